#include "config.h"

#include <string.h>

#include "common/attributes.h"
#include "common/intops.h"

#include "layout.h"
#include "lf.h"

/* A plane in 4x4 blocks, and what an Av1Filter covers of it. */
struct Plane {
    int w4, h4;
    int sbw, sbh;
};

static ALWAYS_INLINE struct Plane plane_size(const Dav1dFrameContext *const f, const int uv) {
    const enum Dav1dPixelLayout layout = f->cur.p.layout;
    const int ss_hor = dav1d_qpu_ss_hor(layout, uv), ss_ver = dav1d_qpu_ss_ver(layout, uv);
    return (struct Plane) {
        .w4 = (f->w4 + ss_hor) >> ss_hor, .h4 = (f->h4 + ss_ver) >> ss_ver,
        .sbw = 32 >> ss_hor, .sbh = 32 >> ss_ver,
    };
}

/* Chroma planes to filter: bits 1 and 2. Upstream derives no level but 0 from
 * a frame level of 0 in chroma (in luma it does). */
static int chroma_planes(const Dav1dFrameContext *const f) {
    if (f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I400) return 0;
    return !!f->frame_hdr->loopfilter.level_u << 1 | !!f->frame_hdr->loopfilter.level_v << 2;
}

static int enabled(const Dav1dFrameContext *const f) {
    return f->frame_hdr->loopfilter.level_y[0] || f->frame_hdr->loopfilter.level_y[1];
}

/* Edges of one class along a line of blocks, the halves bits wide. As in
 * upstream's filters, the longest class wins. */
static ALWAYS_INLINE uint32_t edge_bits(const uint16_t (*const mask)[2], const int n_classes,
                                        const int cls, const int bits)
{
    uint32_t m = mask[cls][0] | (uint32_t) mask[cls][1] << bits;
    for (int c = cls + 1; c < n_classes; c++)
        m &= ~(mask[c][0] | (uint32_t) mask[c][1] << bits);
    return m;
}

static ALWAYS_INLINE uint32_t line_bits(const Av1Filter *const lf, const int uv, const int dir,
                                        const int line, const int cls, const int bits)
{
    return uv ? edge_bits(lf->filter_uv[dir][line], 2, cls, bits) :
                edge_bits(lf->filter_y[dir][line], 3, cls, bits);
}

/* ---- lists ---- */

/* m[i] bit j <-> m[j] bit i */
static void transpose32(uint32_t *const m) {
#define STEP(n, mask) \
    for (int i = 0; i < 32; i += 2 * n) \
        for (int j = i; j < i + n; j++) { \
            const uint32_t t = (m[j] >> n ^ m[j + n]) & mask; \
            m[j] ^= t << n; \
            m[j + n] ^= t; \
        }
    STEP(16, 0x0000ffffU)
    STEP(8,  0x00ff00ffU)
    STEP(4,  0x0f0f0f0fU)
    STEP(2,  0x33333333U)
    STEP(1,  0x55555555U)
#undef STEP
}

/* Rows of blocks, one by one in both directions: on the device neighbouring
 * invocations then work on neighbouring words, and the levels are read in
 * order. planes: bits. */
static ALWAYS_INLINE uint32_t *put_planes(const Dav1dFrameContext *const f, uint32_t *dst,
                                          const int planes, const int uv,
                                          const int dir, const int cls)
{
    const struct Plane pl = plane_size(f, uv);
    const int bits = (dir ? pl.sbw : pl.sbh) >> 1;
    const ptrdiff_t stride = f->b4_stride * 4;
    const ptrdiff_t prev = dir ? -stride : -4;
    const Av1Filter *lf = f->lf.mask;
    for (int sby = 0; sby < f->sb128h; sby++) {
        const int y0 = sby * pl.sbh, h = imin(pl.sbh, pl.h4 - y0);
        for (int sbx = 0; sbx < f->sb128w; sbx++, lf++) {
            const int x0 = sbx * pl.sbw, w = imin(pl.sbw, pl.w4 - x0);
            uint32_t rows[32] = { 0 }, any = 0;
            const int end = dir ? h : w;
            for (int line = !(dir ? sby : sbx); line < end; line++)
                any |= rows[line] = line_bits(lf, uv, dir, line, cls, bits);
            if (!any) continue;
            if (!dir) transpose32(rows);

            for (int p = uv; p <= 2 * uv; p++) {
                if (!(planes >> p & 1)) continue;
                const uint8_t *level = f->lf.level[y0 * f->b4_stride + x0] + (uv ? p + 1 : dir);
                uint32_t word = QPU_AV1_EDGE(x0, y0, p, 0);
                for (int y = 0; y < h; y++, level += stride, word += QPU_AV1_EDGE(0, 1, 0, 0)) {
                    for (uint32_t m = rows[y]; m; m &= m - 1) {
                        const int x = __builtin_ctz(m);
                        const unsigned l0 = level[x * 4], l1 = level[x * 4 + prev];
                        const unsigned l = l0 ? l0 : l1;
                        /* without a branch: the next one overwrites a level 0 */
                        *dst = word + QPU_AV1_EDGE(x, 0, 0, l);
                        dst += !!l;
                    }
                }
            }
        }
    }
    return dst;
}

/* One function a list and direction, so that each is compiled with its own constants. */
#define PUT(name, uv, cls) \
static NOINLINE uint32_t *put_##name(const Dav1dFrameContext *const f, uint32_t *const dst, \
                                     const int planes, const int dir) \
{ \
    return dir ? put_planes(f, dst, planes, uv, 1, cls) : \
                 put_planes(f, dst, planes, uv, 0, cls); \
}
PUT(y4,  0, 0)
PUT(y8,  0, 1)
PUT(y14, 0, 2)
PUT(uv4, 1, 0)
PUT(uv6, 1, 1)
#undef PUT

size_t dav1d_qpu_lf_max(const Dav1dFrameContext *const f) {
    if (!enabled(f)) return 0;
    const int planes = chroma_planes(f), n_planes = (planes >> 1 & 1) + (planes >> 2);
    const struct Plane y = plane_size(f, 0), uv = plane_size(f, 1);
    return 2 * ((size_t) y.w4 * y.h4 + (size_t) n_planes * uv.w4 * uv.h4);
}

size_t dav1d_qpu_lf_edges(const Dav1dFrameContext *const f, uint32_t *const dst,
                          uint32_t n[2][QPU_AV1_N_LF])
{
    memset(n, 0, 2 * sizeof(*n));
    if (!enabled(f)) return 0;
    const int planes = chroma_planes(f);
    uint32_t *end = dst, *start;
    for (int dir = 0; dir < 2; dir++) {
        start = end;
        end = put_y4(f, end, 1, dir);
        if (planes) end = put_uv4(f, end, planes, dir);
        n[dir][QPU_AV1_LF_4] = (uint32_t) (end - start);
        start = end;
        if (planes) end = put_uv6(f, end, planes, dir);
        n[dir][QPU_AV1_LF_6] = (uint32_t) (end - start);
        start = end;
        end = put_y8(f, end, 1, dir);
        n[dir][QPU_AV1_LF_8] = (uint32_t) (end - start);
        start = end;
        end = put_y14(f, end, 1, dir);
        n[dir][QPU_AV1_LF_14] = (uint32_t) (end - start);
    }
    return (size_t) (end - dst);
}
