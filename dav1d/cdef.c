#include "config.h"

#include "common/intops.h"

#include "cdef.h"

/* Blocks of 8x8 luma pixels, which is what f->bw and f->bh are multiples of. */
static int frame_w8(const Dav1dFrameContext *const f) {
    return f->bw >> 1;
}

static int frame_h8(const Dav1dFrameContext *const f) {
    return f->bh >> 1;
}

/* Words of a row of the mask: one for each 4 superblocks of 64 pixels. */
static int mask_stride(const Dav1dFrameContext *const f) {
    return (frame_w8(f) + 31) >> 5;
}

static int frame_sb64w(const Dav1dFrameContext *const f) {
    return (frame_w8(f) + 7) >> 3;
}

size_t dav1d_qpu_cdef_params_size(const Dav1dFrameContext *const f) {
    return sizeof(uint32_t) * frame_sb64w(f) * ((frame_h8(f) + 7) >> 3);
}

size_t dav1d_qpu_cdef_mask_size(const Dav1dFrameContext *const f) {
    return sizeof(uint32_t) * mask_stride(f) * frame_h8(f);
}

/* From a bit a 4x8 block to one an 8x8 block, which is filtered if either half
 * has something coded: a row of 4 superblocks of 64 pixels. */
static ALWAYS_INLINE uint32_t pairs(uint64_t m) {
    m = (m | m >> 1) & 0x5555555555555555;
    m = (m | m >> 1) & 0x3333333333333333;
    m = (m | m >> 2) & 0x0f0f0f0f0f0f0f0f;
    m = (m | m >> 4) & 0x00ff00ff00ff00ff;
    m = (m | m >> 8) & 0x0000ffff0000ffff;
    return (uint32_t) (m | m >> 16);
}

static ALWAYS_INLINE uint32_t noskip(const Av1Filter *const lf, const int y) {
    return lf->noskip_mask[y][0] | (uint32_t) lf->noskip_mask[y][1] << 16;
}

#define UNSET 8 /* strengths after the 8 that there may be */
static ALWAYS_INLINE int strength_index(const int cdef_idx) {
    return cdef_idx < 0 ? UNSET : cdef_idx;
}

int dav1d_qpu_cdef_params(const Dav1dFrameContext *const f,
                          uint32_t *params, uint32_t *mask, QpuAv1Cdef *const p)
{
    const Dav1dFrameHeader *const hdr = f->frame_hdr;
    const int has_uv = f->cur.p.layout != DAV1D_PIXEL_LAYOUT_I400;

    p->sb64w = frame_sb64w(f);
    p->mask_stride = mask_stride(f);
    p->w8 = frame_w8(f);
    p->h8 = frame_h8(f);
    p->damping = hdr->cdef.damping;
    p->planes = 0;

    uint32_t strengths[UNSET + 1] = { 0 };
    int planes[UNSET + 1] = { 0 }, any = 0;
    for (int i = 0; i < 1 << hdr->cdef.n_bits; i++) {
        const int y = hdr->cdef.y_strength[i];
        const int uv = has_uv ? hdr->cdef.uv_strength[i] : 0;
        const int y_sec = (y & 3) + ((y & 3) == 3), uv_sec = (uv & 3) + ((uv & 3) == 3);
        planes[i] = (y != 0) | (uv != 0) << 1;
        strengths[i] = planes[i] ? QPU_AV1_CDEF(y >> 2, y_sec, uv >> 2, uv_sec) : 0;
        any |= planes[i];
    }
    if (!any) return 0;

    const int sb64h = (p->h8 + 7) >> 3;
    for (int sby = 0; sby < sb64h; sby++) {
        const Av1Filter *const row = f->lf.mask + (size_t) (sby >> 1) * f->sb128w;
        for (int sbx = 0; sbx < p->sb64w; sbx++) {
            const int idx = row[sbx >> 1].cdef_idx[(sby & 1) * 2 + (sbx & 1)];
            *params++ = strengths[strength_index(idx)];
        }
    }

    for (int y = 0; y < p->h8; y++) {
        const Av1Filter *const row = f->lf.mask + (size_t) (y >> 4) * f->sb128w;
        for (int x = 0; x < p->mask_stride; x++) {
            const Av1Filter *const lf = &row[2 * x];
            uint64_t m = noskip(lf, y & 15);
            if (2 * x + 1 < f->sb128w) m |= (uint64_t) noskip(lf + 1, y & 15) << 32;
            uint32_t bits = pairs(m);
            /* the frame may end within the word */
            if (p->sb64w - x * 4 < 4) bits &= (1U << (p->sb64w - x * 4) * 8) - 1;
            *mask++ = bits;
            if (p->planes == any) continue;
            for (int i = 0; i < 4; i++)
                if (bits >> i * 8 & 0xff) {
                    const int idx = lf[i >> 1].cdef_idx[(y >> 3 & 1) * 2 + (i & 1)];
                    p->planes |= planes[strength_index(idx)];
                }
        }
    }
    return !!p->planes;
}
