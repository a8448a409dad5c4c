/* AV1's deblocking on the CPU: dav1d's functions, on copies of 64x64 areas with what is before them, as they
 * want pixels aligned and work on more than they change. Compiled by bit depth. */

#include "config.h"

#include <string.h>

#include "common/intops.h"
#include "src/lf_mask.h"
#include "src/loopfilter.h"

#include "av1_lf.h"

#define AREA4      16 /* blocks each way */
#define AREA       (AREA4 * 4)
#define BEFORE     8  /* pixels before an area's first edge that its filter reads, at most */
#define LEFT       64 /* room for them, so that rows are aligned */
#define STRIDE     (LEFT + AREA)
#define LVL_STRIDE 24 /* an area's blocks, one before, and what SIMD reads */

typedef struct Lf {
    Dav1dLoopFilterDSPContext dsp;
    ALIGN(Av1FilterLUT lut, 16);
    int bitdepth_max;
} Lf;

/* Edges of an area as dav1d takes them. */
typedef struct Area {
    int w4, h4, any;
    uint32_t mask[AREA4][4];                      /* [column or row of blocks][size], a bit a block along it */
    uint8_t level[1 + AREA4][LVL_STRIDE][4]; /* [1 + y][1 + x][0] */
} Area;

static void take_edges(Area *const a, const uint8_t *const edges, const Av1LfMap *const map, const int is_hor,
                       const int x4, const int y4)
{
    memset(a, 0, sizeof(*a));
    a->w4 = imin(AREA4, map->cols - x4);
    a->h4 = imin(AREA4, map->rows - y4);
    for (int y = 0; y < a->h4; y++) {
        const uint8_t *const row = edges + map->at + (size_t) (y4 + y) * (size_t) map->cols + x4;
        for (int x = 0; x < a->w4; x++) {
            if (!row[x]) continue;
            a->mask[is_hor ? y : x][row[x] >> AV1_LF_SIZE_SHIFT] |= 1U << (is_hor ? x : y);
            a->level[1 + y][1 + x][0] = row[x] & AV1_LF_LEVEL;
            a->any = 1;
        }
    }
}

/* at: the area's first pixel in the plane. */
static void filter_area(const Lf *const c, const Area *const a, const int is_uv, const int is_hor,
                        const int before, pixel *const at, const ptrdiff_t stride)
{
    ALIGN_STK_64(pixel, tmp, STRIDE * (BEFORE + AREA),);
    pixel *const area = tmp + BEFORE * STRIDE + LEFT;
    const int x0 = is_hor ? 0 : -before, y0 = is_hor ? -before : 0;
    for (int y = y0; y < a->h4 * 4; y++)
        pixel_copy(area + y * STRIDE + x0, at + y * stride + x0, a->w4 * 4 - x0);
    for (int i = 0; i < (is_hor ? a->h4 : a->w4); i++) {
        if (!(a->mask[i][0] | a->mask[i][1] | a->mask[i][2])) continue;
        c->dsp.loop_filter_sb[is_uv][is_hor](area + i * 4 * (is_hor ? STRIDE : 1), STRIDE * sizeof(pixel), a->mask[i],
                                             &a->level[is_hor ? 1 + i : 1][is_hor ? 1 : 1 + i], LVL_STRIDE,
                                             &c->lut, AREA4
#if BITDEPTH == 16
                                             , c->bitdepth_max
#endif
                                             );
    }
    for (int y = y0; y < a->h4 * 4; y++)
        pixel_copy(at + y * stride + x0, area + y * STRIDE + x0, a->w4 * 4 - x0);
}

void bitfn(daedalus_lf_cpu)(const Op *const op, const DaedalusPlanes *const host) {
    const DaedalusFrame *const f = op->frame[0];
    Lf c = { .bitdepth_max = (1 << f->q.bpc) - 1 };
    bitfn(dav1d_loop_filter_dsp_init)(&c.dsp);
    dav1d_calc_eih(&c.lut, op->arg);
    for (int p = 0; p < f->q.n_planes; p++)
        for (int is_hor = 0; is_hor < 2; is_hor++) {
            const Av1LfMap map = av1_lf_map(f, p, is_hor);
            const ptrdiff_t stride = PXSTRIDE(host->stride[p]);
            for (int y4 = 0; y4 < map.rows; y4 += AREA4)
                for (int x4 = 0; x4 < map.cols; x4 += AREA4) {
                    Area a;
                    take_edges(&a, op->extra, &map, is_hor, x4, y4);
                    if (a.any)
                        filter_area(&c, &a, !!p, is_hor, (is_hor ? y4 : x4) ? BEFORE : 0,
                                    (pixel *) host->data[p] + y4 * 4 * stride + x4 * 4, stride);
                }
        }
}
