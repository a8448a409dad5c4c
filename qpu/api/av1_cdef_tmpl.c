/* AV1's CDEF on the CPU: dav1d's functions, on copies of blocks with what is around them, as they
 * work in place and this filter doesn't. Compiled by bit depth. */

#include "config.h"

#include <string.h>

#include "common/intops.h"
#include "src/cdef.h"

#include "av1_cdef.h"

#define AROUND     2 /* rows and columns that a block's filter reads */
#define TMP_STRIDE 32
#define TMP_LEFT   16

/* 7.15: luma's primary strength grows with the block's variance. */
static int adjusted(const int strength, const unsigned var) {
    const int log2_var = var < 64 ? 0 : ulog2(var) - 6;
    return var ? (strength * (4 + imin(log2_var, 12)) + 8) >> 4 : 0;
}

typedef struct Cdef {
    Dav1dCdefDSPContext dsp;
    const DaedalusFrame *f;
    const DaedalusPlanes *src, *dst;
    int damping, bitdepth_max;
} Cdef;

static const pixel *block_at(const Cdef *const c, const int pl, const int x8, const int y8, int size[2]) {
    size[0] = 8 >> (pl ? c->f->q.ss_hor : 0);
    size[1] = 8 >> (pl ? c->f->q.ss_ver : 0);
    return (const pixel *) ((const uint8_t *) c->src->data[pl] + y8 * size[1] * c->src->stride[pl]) + x8 * size[0];
}

static void filter(const Cdef *const c, const int pl, const int x8, const int y8, const enum CdefEdgeFlags edges,
                   const int pri, const int sec, const int dir)
{
    ALIGN_STK_64(pixel, tmp, TMP_STRIDE * (8 + 2 * AROUND),);
    ALIGN_STK_16(pixel, left, 8,[2]);
    int size[2];
    const pixel *const src = block_at(c, pl, x8, y8, size);
    const ptrdiff_t src_stride = PXSTRIDE(c->src->stride[pl]);
    const int w = size[0], h = size[1], fb = 2 - (w == 8) - (h == 8);
    const int x0 = edges & CDEF_HAVE_LEFT ? -AROUND : 0, x1 = w + (edges & CDEF_HAVE_RIGHT ? AROUND : 0);
    const int y0 = edges & CDEF_HAVE_TOP ? -AROUND : 0, y1 = h + (edges & CDEF_HAVE_BOTTOM ? AROUND : 0);
    pixel *const at = tmp + AROUND * TMP_STRIDE + TMP_LEFT;

    for (int y = y0; y < y1; y++)
        pixel_copy(at + y * TMP_STRIDE + x0, src + y * src_stride + x0, x1 - x0);
    if (edges & CDEF_HAVE_LEFT)
        for (int y = 0; y < h; y++) pixel_copy(left[y], src + y * src_stride - 2, 2);
    c->dsp.fb[fb](at, TMP_STRIDE * sizeof(pixel), (const pixel (*)[2]) left, at - AROUND * TMP_STRIDE,
                  at + h * TMP_STRIDE, pri, sec, dir, c->damping - !!pl, edges
#if BITDEPTH == 16
                  , c->bitdepth_max
#endif
                  );
    pixel *const dst = (pixel *) ((uint8_t *) c->dst->data[pl] + y8 * h * c->dst->stride[pl]) + x8 * w;
    for (int y = 0; y < h; y++)
        pixel_copy(dst + y * PXSTRIDE(c->dst->stride[pl]), at + y * TMP_STRIDE, w);
}

static void filter_block(const Cdef *const c, const DaedalusAv1CdefSb *const sb, const int x8, const int y8,
                         const enum CdefEdgeFlags edges)
{
    /* 4:2:2's chroma is half as wide as luma is, and so are its lines' slopes */
    static const uint8_t uv_dirs[2][8] = { { 0, 1, 2, 3, 4, 5, 6, 7 }, { 7, 0, 2, 4, 5, 6, 6, 6 } };
    const int shift = c->f->q.bpc - 8, is_422 = c->f->q.ss_hor && !c->f->q.ss_ver;
    int size[2], dir = 0;
    unsigned var = 0;
    if (sb->y_pri | sb->uv_pri) {
        const pixel *const at = block_at(c, 0, x8, y8, size);
        dir = c->dsp.dir(at, c->src->stride[0], &var
#if BITDEPTH == 16
                         , c->bitdepth_max
#endif
                         );
    }
    const int y_pri = sb->y_pri ? adjusted(sb->y_pri << shift, var) : 0;
    if (y_pri | sb->y_sec) filter(c, 0, x8, y8, edges, y_pri, sb->y_sec << shift, sb->y_pri ? dir : 0);
    if (!(sb->uv_pri | sb->uv_sec)) return;
    for (int pl = 1; pl < c->f->q.n_planes; pl++)
        filter(c, pl, x8, y8, edges, sb->uv_pri << shift, sb->uv_sec << shift, sb->uv_pri ? uv_dirs[is_422][dir] : 0);
}

void bitfn(daedalus_cdef_cpu)(const Op *const op, const DaedalusPlanes *const src, const DaedalusPlanes *const dst) {
    const DaedalusAv1CdefSb *const sb = op->jobs;
    const DaedalusFrame *const f = op->frame[0];
    const int w8 = (f->q.plane[0].w + 7) >> 3, h8 = (f->q.plane[0].h + 7) >> 3, sb_cols = (w8 + 7) >> 3;
    Cdef c = {
        .f = f, .src = src, .dst = dst,
        .damping = op->arg + f->q.bpc - 8, .bitdepth_max = (1 << f->q.bpc) - 1,
    };
    bitfn(dav1d_cdef_dsp_init)(&c.dsp);
    for (int p = 0; p < f->q.n_planes; p++)
        for (int y = 0; y < frame_rows(f, p); y++)
            memcpy((uint8_t *) dst->data[p] + y * dst->stride[p], (const uint8_t *) src->data[p] + y * src->stride[p],
                   (size_t) frame_cols(f, p) * sizeof(pixel));
    for (int y = 0; y < h8; y++)
        for (int x = 0; x < w8; x++) {
            const DaedalusAv1CdefSb *const s = &sb[(y >> 3) * sb_cols + (x >> 3)];
            if (!(s->mask >> ((y & 7) * 8 + (x & 7)) & 1)) continue;
            filter_block(&c, s, x, y, (x ? CDEF_HAVE_LEFT : 0) | (x + 1 < w8 ? CDEF_HAVE_RIGHT : 0) |
                                      (y ? CDEF_HAVE_TOP : 0) | (y + 1 < h8 ? CDEF_HAVE_BOTTOM : 0));
        }
}
