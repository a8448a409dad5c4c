/* Intra prediction: blocks of one size, of all modes that read nothing but edges. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/ipred.h"
#include "src/ipred_prepare.h"

#include "../../dav1d/tables.h"
#include "bench_av1.h"
#include "bench_ipred.h"
#include "qpu_av1_ipred.h"

/* arg[0]: log2 of the size in 4 pixels, [1]: enum QpuIpredSchedule */

typedef struct Blocks {
    Dav1dIntraPredDSPContext dsp[BENCH_N_CPU];
    BenchIpred b;
} Blocks;

/* Room for the edges of the largest block; the corner is aligned, as upstream's SIMD wants it. */
#define CORNER      192
#define EDGE_PIXELS (2 * CORNER)

static void free_blocks(void *const own) {
    bench_ipred_free(&((Blocks *) own)->b);
    free(own);
}

/* Upstream's edges of a block, and the predictor that is left to be called. */
static enum IntraPredMode edges(const BenchCase *const c, const struct BenchIpredBlock *const b,
                                const pixel *const dst, const ptrdiff_t stride, pixel *const edge, int *const angle)
{
    const int n4 = 1 << c->bench->arg[0], bitdepth_max = (1 << c->bpc) - 1;
    (void) bitdepth_max;
    *angle = b->angle;
    return bytefn(dav1d_prepare_intra_edges)(b->x4, 1, b->y4, 1, c->w / 4, c->h / 4,
                                             EDGE_I444_TOP_HAS_RIGHT | EDGE_I444_LEFT_HAS_BOTTOM, dst, stride, NULL,
                                             (enum IntraPredMode) b->mode, angle, n4, n4, 1, edge HIGHBD_TAIL_SUFFIX);
}

static int make(BenchCase *const c) {
    const int log2 = c->bench->arg[0];
    const unsigned n4 = 1U << log2;
    Blocks *const o = c->own = calloc(1, sizeof(*o));
    if (!o) return -ENOMEM;
    c->free_own = free_blocks;
    BENCH_AV1_EACH(i) bitfn(dav1d_intra_pred_dsp_init)(&o->dsp[i]);
    int res = bench_ipred_blocks(c, &o->b, log2);
    if (res) return res;
    ptrdiff_t stride;
    const pixel *const px = (const pixel *) bench_pixels(c, 0, &stride);
    for (int i = 0; i < o->b.n_blocks; i++) {
        struct BenchIpredBlock *const b = &o->b.block[i];
        b->mode = check_range(0, log2 <= 3 ? FILTER_PRED : N_INTRA_PRED_MODES - 1);
        if (b->mode >= N_INTRA_PRED_MODES) b->mode = FILTER_PRED;
        if (b->mode == FILTER_PRED) b->angle = check_range(0, 4);
        else if (b->mode >= VERT_PRED && b->mode <= VERT_LEFT_PRED) b->angle = check_range(-3, 3);
        ALIGN_STK_64(pixel, buf, EDGE_PIXELS, );
        int angle;
        const enum IntraPredMode m = edges(c, b, px + b->y4 * 4 * PXSTRIDE(stride) + b->x4 * 4, stride, buf + CORNER, &angle);
        o->b.jobs[i] = (struct QpuIpredJob) {
            .pos = qpu_ipred_pos(0, (unsigned) b->x4, (unsigned) b->y4, (unsigned) log2, (unsigned) log2),
            .how = qpu_ipred_how((unsigned) m, (unsigned) (angle | 1 << 10),
                                 qpu_ipred_edge(n4, (unsigned) (c->w / 4 - b->x4), 1),
                                 qpu_ipred_edge(n4, (unsigned) (c->h / 4 - b->y4), 1), 1, 1),
        };
    }
    uint8_t tables[QPU_AV1_IPRED_TABLES_SIZE];
    dav1d_qpu_ipred_tables(tables);
    res = bench_input(c, BENCH_IPRED_TABLES, tables, sizeof(tables));
    return res ? res : bench_ipred_plan(c, &o->b, (enum QpuIpredSchedule) c->bench->arg[1]);
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    const QpuAv1Ipred p = {
        .jobs = c->input[BENCH_IPRED_JOBS], .groups = c->input[BENCH_IPRED_GROUPS],
        .tables = c->input[BENCH_IPRED_TABLES],
    };
    return qpu_av1_ipred_run(b, &c->frame[0], NULL, &p, &((const Blocks *) c->own)->b.plan);
}

static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Blocks *const o = c->own;
    const int n = 4 << c->bench->arg[0], bitdepth_max = (1 << c->bpc) - 1;
    ALIGN_STK_64(pixel, buf, EDGE_PIXELS, );
    ptrdiff_t stride;
    pixel *const px = (pixel *) bench_out(c, out, &stride);
    (void) bitdepth_max;
    for (int i = 0; i < o->b.n_blocks; i++) {
        const struct BenchIpredBlock *const b = &o->b.block[i];
        pixel *const dst = px + b->y4 * 4 * PXSTRIDE(stride) + b->x4 * 4;
        int angle;
        const enum IntraPredMode m = edges(c, b, dst, stride, buf + CORNER, &angle);
        o->dsp[how].intra_pred[m](dst, stride, buf + CORNER, n, n, angle | 1 << 10, c->w - b->x4 * 4, c->h - b->y4 * 4
                                  HIGHBD_TAIL_SUFFIX);
    }
}

BENCHES(av1_ipred) = BENCH_IPREDS(make, launch, cpu);
