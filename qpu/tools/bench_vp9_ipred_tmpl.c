/* Intra prediction: blocks of one size, of all modes. */

#include "bench_vp9.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench_ipred.h"
#include "qpu_vp9_ipred.h"

/* arg[0]: log2 of the size in 4 pixels, [1]: enum QpuIpredSchedule */

#if BITDEPTH == 8
typedef void (*Predictor)(uint8_t *dst, ptrdiff_t stride, const uint8_t *above, const uint8_t *left);
#else
typedef void (*Predictor)(uint16_t *dst, ptrdiff_t stride, const uint16_t *above, const uint16_t *left, int bd);
#endif

typedef struct Blocks {
    BenchIpred b;
    Predictor fn[QPU_VP9_IPRED_MODES][BENCH_N_CPU];
} Blocks;

static void free_blocks(void *const own) {
    bench_ipred_free(&((Blocks *) own)->b);
    free(own);
}

static void choose(Blocks *const o, const int log2) {
#define MODE(name) \
    { BENCH_VP9_BOTH(name##_predictor_4x4), BENCH_VP9_BOTH(name##_predictor_8x8), \
      BENCH_VP9_BOTH(name##_predictor_16x16), BENCH_VP9_BOTH(name##_predictor_32x32) }
    const Predictor all[QPU_VP9_IPRED_MODES][4][BENCH_N_CPU] = {
        [QPU_VP9_IPRED_DC] = MODE(dc), [QPU_VP9_IPRED_V] = MODE(v), [QPU_VP9_IPRED_H] = MODE(h),
        [QPU_VP9_IPRED_D45] = MODE(d45), [QPU_VP9_IPRED_D135] = MODE(d135), [QPU_VP9_IPRED_D117] = MODE(d117),
        [QPU_VP9_IPRED_D153] = MODE(d153), [QPU_VP9_IPRED_D207] = MODE(d207), [QPU_VP9_IPRED_D63] = MODE(d63),
        [QPU_VP9_IPRED_TM] = MODE(tm),
    };
    for (int m = 0; m < QPU_VP9_IPRED_MODES; m++)
        memcpy(o->fn[m], all[m][log2], sizeof(o->fn[m]));
}

static int make(BenchCase *const c) {
    const int log2 = c->bench->arg[0];
    bench_vp9_init();
    Blocks *const o = c->own = calloc(1, sizeof(*o));
    if (!o) return -ENOMEM;
    c->free_own = free_blocks;
    choose(o, log2);
    int res = bench_ipred_blocks(c, &o->b, log2);
    if (res) return res;
    const size_t stride = (size_t) ((c->w + 63) >> 6) * 16, rows = (size_t) ((c->h + 63) >> 6) * 16;
    const QpuIpredMap map = {
        .level = calloc(stride * rows, sizeof(*map.level)), .stride = stride,
        .w4 = (unsigned) ((c->w + 7) & ~7) >> 2, .h4 = (unsigned) ((c->h + 7) & ~7) >> 2,
    };
    if (!map.level) return -ENOMEM;
    for (int i = 0; i < o->b.n_blocks; i++) {
        struct BenchIpredBlock *const b = &o->b.block[i];
        b->mode = check_range(0, QPU_VP9_IPRED_MODES - 1);
        qpu_vp9_ipred_job(&o->b.jobs[i], &map, 0, (unsigned) b->x4, (unsigned) b->y4, (unsigned) log2,
                          (unsigned) b->mode, 1, 1, 1);
    }
    free(map.level);
    return bench_ipred_plan(c, &o->b, (enum QpuIpredSchedule) c->bench->arg[1]);
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    const QpuVp9Ipred p = { .jobs = c->input[BENCH_IPRED_JOBS], .groups = c->input[BENCH_IPRED_GROUPS] };
    return qpu_vp9_ipred_run(b, &c->frame[0], NULL, &p, &((const Blocks *) c->own)->b.plan);
}

/* Edges as upstream's decoder makes them. */
static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Blocks *const o = c->own;
    const int n = 4 << c->bench->arg[0];
    _Alignas(64) pixel row[64 + 16], left[32];
    pixel *const above = row + 16;
    ptrdiff_t stride;
    pixel *const px = (pixel *) bench_out(c, out, &stride);
    stride /= (ptrdiff_t) sizeof(pixel);
    for (int i = 0; i < o->b.n_blocks; i++) {
        const struct BenchIpredBlock *const b = &o->b.block[i];
        pixel *const dst = px + b->y4 * 4 * stride + b->x4 * 4;
        const int has_right = n == 4 && b->x4 * 4 + 8 <= c->w;
        memcpy(above - 1, dst - stride - 1, (size_t) (n + 1) * sizeof(pixel));
        for (int k = 0; k < n; k++) {
            above[n + k] = has_right ? dst[n + k - stride] : above[n - 1];
            left[k] = dst[k * stride - 1];
        }
        o->fn[b->mode][how](dst, stride, above, left BENCH_VP9_DEPTH);
    }
}

BENCHES(vp9_ipred) = BENCH_IPREDS(make, launch, cpu);
