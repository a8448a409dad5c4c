/* Deblocking: a frame of edges of one size, all of them in both directions. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/lf_mask.h"
#include "src/loopfilter.h"

#include "bench_av1.h"
#include "qpu_av1.h"

enum { EDGES }; /* inputs; arg[0]: QPU_AV1_LF_*, [1]: pixels from edge to edge, [2]: chroma */

typedef struct Edges {
    Dav1dLoopFilterDSPContext dsp[BENCH_N_CPU];
    ALIGN(Av1FilterLUT lut, 16);
    QpuAv1Lf p;
    int w4, h4;
    uint8_t (*level)[4]; /* [h4][w4] */
} Edges;

static void free_edges(void *const own) {
    free(((Edges *) own)->level);
    free(own);
}

static int make(BenchCase *const c) {
    const int size = c->bench->arg[0], step4 = c->bench->arg[1] / 4;
    Edges *o;
    int res = bench_frame(c, c->w, c->h, c->bpc);
    if (res) return res;
    if (posix_memalign((void **) &o, 64, sizeof(*o))) return -ENOMEM;
    memset(o, 0, sizeof(*o));
    c->own = o;
    c->free_own = free_edges;
    BENCH_AV1_EACH(i) bitfn(dav1d_loop_filter_dsp_init)(&o->dsp[i]);
    dav1d_calc_eih(&o->lut, 0);
    o->w4 = c->w / 4;
    o->h4 = c->h / 4;
    const int n4 = o->w4 * o->h4;
    uint32_t *const edges = malloc((size_t) n4 * 2 * sizeof(*edges));
    o->level = malloc((size_t) (n4 + 64) * sizeof(*o->level));
    res = -ENOMEM;
    if (!edges || !o->level) goto end;
    memset(o->level, 0, (size_t) (n4 + 64) * sizeof(*o->level));
    for (int i = 0; i < n4; i++)
        o->level[i][0] = (uint8_t) check_range(1, 63);
    size_t n = 0;
    for (int dir = 0; dir < 2; dir++)
        for (int y = 0; y < o->h4; y++)
            for (int x = 0; x < o->w4; x++) {
                if (!(dir ? y : x) || (dir ? y : x) % step4) continue;
                edges[n++] = QPU_AV1_EDGE(x, y, 0, o->level[y * o->w4 + x][0]);
                o->p.n[dir][size]++;
            }
    c->jobs = n;
    c->out_pixels = (uint64_t) n4 * 16;
    res = bench_input(c, EDGES, edges, n * sizeof(*edges));
end:
    free(edges);
    return res;
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    QpuAv1Lf p = ((const Edges *) c->own)->p;
    p.edges = c->input[EDGES];
    return qpu_av1_lf(b, &c->frame[0], &p);
}

static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Edges *const o = c->own;
    const int size = c->bench->arg[0], step4 = c->bench->arg[1] / 4, uv = c->bench->arg[2];
    const int bitdepth_max = (1 << c->bpc) - 1;
    ptrdiff_t stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    (void) bitdepth_max;
    for (int dir = 0; dir < 2; dir++) {
        const loopfilter_sb_fn fn = o->dsp[how].loop_filter_sb[uv][dir];
        /* upstream's calls: an edge of up to 128 pixels each */
        const int along = dir ? o->w4 : o->h4, across = dir ? o->h4 : o->w4;
        for (int sb = 0; sb < along; sb += 32) {
            const int n = imin(32, along - sb);
            uint32_t mask[3] = { 0 };
            mask[size == QPU_AV1_LF_4 ? 0 : size == QPU_AV1_LF_14 ? 2 : 1] = n < 32 ? (1U << n) - 1 : ~0U;
            for (int i = step4; i < across; i += step4) {
                const int x = dir ? sb : i, y = dir ? i : sb;
                fn(dst + y * 4 * PXSTRIDE(stride) + x * 4, stride, mask, (const uint8_t (*)[4]) o->level + y * o->w4 + x,
                   o->w4, &o->lut, n HIGHBD_TAIL_SUFFIX);
            }
        }
    }
}

#define LF(title, size, step, uv) \
    { .name = "lf " title, .unit = "edge", .stage = QPU_STAGE_LF, .in_place = 1, .arg = { size, step, uv }, \
      .make = make, .launch = launch, .cpu = cpu }
BENCHES(av1_lf) = {
    LF("4 every 4", QPU_AV1_LF_4, 4, 0),
    LF("6 every 8", QPU_AV1_LF_6, 8, 1),
    LF("8 every 8", QPU_AV1_LF_8, 8, 0),
    LF("14 every 16", QPU_AV1_LF_14, 16, 0),
    { .name = NULL },
};
