/* Inter prediction. */

#include "bench_vp9.h"

#include <errno.h>
#include <stdlib.h>

#include "vp9/common/vp9_filter.h"
#include "vpx_dsp/vpx_convolve.h"

#include "qpu_vp9_mc.h"

/* arg[0]; [1]: log2 of the blocks' size, [2]: averaged with the frame */
enum { COPY, HOR, VER, BOTH, SCALED };
enum { JOBS, TABLES };

#define STEP 12 /* of a scaled reference's pixels, in 1/16: it is 3/4 as large */

typedef struct Blocks {
    QpuVp9Mc p;
    int n;
    struct Block {
        int x, y, src_x, src_y, fx, fy;
    } block[];
} Blocks;

static int clamp_to(const int v, const int lo, const int hi) {
    return v < lo ? lo : v > hi ? hi : v;
}

static int make(BenchCase *const c) {
    const int how = c->bench->arg[0], log2 = c->bench->arg[1], n = 1 << log2, cols = c->w / n;
    const int n_blocks = cols * (c->h / n);
    const int from[2] = { how == SCALED ? c->w * STEP / 16 : c->w, how == SCALED ? c->h * STEP / 16 : c->h };
    bench_vp9_init();
    Blocks *const o = c->own = calloc(1, sizeof(*o) + (size_t) n_blocks * sizeof(*o->block));
    QpuVp9McJob *const jobs = malloc((size_t) n_blocks * sizeof(*jobs));
    int res = -ENOMEM;
    if (!o || !jobs) goto end;
    o->n = n_blocks;
    c->jobs = (uint64_t) n_blocks;
    c->out_pixels = c->jobs * (uint64_t) (n * n);
    for (int i = 0; i < n_blocks; i++) {
        struct Block *const b = &o->block[i];
        b->x = i % cols * n;
        b->y = i / cols * n;
        /* some pixels off, taps inside the frame */
        b->src_x = clamp_to(b->x + check_range(-16, 16), 4, c->w - n - 8);
        b->src_y = clamp_to(b->y + check_range(-16, 16), 4, c->h - n - 8);
        b->fx = how == COPY || how == VER ? 0 : check_range(1, 15);
        b->fy = how == COPY || how == HOR ? 0 : check_range(1, 15);
        if (how == SCALED) {
            b->src_x = clamp_to(b->x * STEP + check_range(-128, 128), 64, (from[0] - 8) * 16 - n * STEP);
            b->src_y = clamp_to(b->y * STEP + check_range(-128, 128), 64, (from[1] - 8) * 16 - n * STEP);
            qpu_vp9_mc_scaled_job(&jobs[i], 0, b->x, b->y, log2, log2, 0, QPU_VP9_MC_REGULAR, b->src_x, b->src_y);
            o->p.n[QPU_VP9_MC_SCALED + (c->bench->arg[2] ? QPU_VP9_MC_AVG : 0)][qpu_vp9_mc_class(log2, log2)]++;
            b->fx = b->src_x & 15;
            b->fy = b->src_y & 15;
            b->src_x >>= 4;
            b->src_y >>= 4;
            continue;
        }
        int kind = qpu_vp9_mc_job(&jobs[i], 0, b->x, b->y, log2, log2, 0, QPU_VP9_MC_REGULAR,
                                  (b->src_x - b->x) * 16 + b->fx, (b->src_y - b->y) * 16 + b->fy);
        if (c->bench->arg[2]) kind += QPU_VP9_MC_AVG;
        o->p.n[kind][qpu_vp9_mc_class(log2, log2)]++; /* all alike */
    }
    uint8_t tables[QPU_VP9_MC_TABLES_SIZE];
    qpu_vp9_mc_tables(tables, vp9_filter_kernels);
    res = bench_input(c, JOBS, jobs, (size_t) n_blocks * sizeof(*jobs));
    if (!res) res = bench_input(c, TABLES, tables, sizeof(tables));
    if (!res) res = bench_frame(c, c->w, c->h, c->bpc);
    if (!res) res = bench_frame(c, from[0], from[1], c->bpc);
end:
    free(jobs);
    return res;
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    QpuVp9Mc p = ((const Blocks *) c->own)->p;
    p.pool = qpu_pool_range(c->pool);
    p.cur = &c->frame[0];
    p.ref[0] = &c->frame[1];
    p.jobs = c->input[JOBS];
    p.tables = c->input[TABLES];
    p.step[0][0] = p.step[0][1] = c->bench->arg[0] == SCALED ? STEP : 16;
    return qpu_vp9_mc(b, &p);
}

static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
#if BITDEPTH == 8
    typedef convolve_fn_t Fn;
#define SCALED_FN(avg) BENCH_VP9_BOTH(scaled##avg##_2d)
#else /* has no function of its own for that */
    typedef highbd_convolve_fn_t Fn;
#define SCALED_FN(avg) BENCH_VP9_BOTH(convolve8##avg)
#endif
    const Fn fns[5][2][BENCH_N_CPU] = {
        { BENCH_VP9_BOTH(convolve_copy), BENCH_VP9_BOTH(convolve_avg) },
        { BENCH_VP9_BOTH(convolve8_horiz), BENCH_VP9_BOTH(convolve8_avg_horiz) },
        { BENCH_VP9_BOTH(convolve8_vert), BENCH_VP9_BOTH(convolve8_avg_vert) },
        { BENCH_VP9_BOTH(convolve8), BENCH_VP9_BOTH(convolve8_avg) },
        { SCALED_FN(), SCALED_FN(_avg) },
    };
    const int step = c->bench->arg[0] == SCALED ? STEP : 16;
    const Blocks *const o = c->own;
    const Fn fn = fns[c->bench->arg[0]][c->bench->arg[2]][how];
    const int n = 1 << c->bench->arg[1];
    ptrdiff_t stride, src_stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    const pixel *const src = (const pixel *) bench_pixels(c, 1, &src_stride);
    stride /= (ptrdiff_t) sizeof(pixel);
    src_stride /= (ptrdiff_t) sizeof(pixel);
    for (int i = 0; i < o->n; i++) {
        const struct Block *const b = &o->block[i];
        fn(src + b->src_y * src_stride + b->src_x, src_stride, dst + b->y * stride + b->x, stride,
           vp9_filter_kernels[QPU_VP9_MC_REGULAR], b->fx, step, b->fy, step, n, n BENCH_VP9_DEPTH);
    }
}

#define MC(title, how, log2, avg) \
    { .name = "mc " title, .unit = "block", .stage = QPU_STAGE_MC, .in_place = avg, .arg = { how, log2, avg }, \
      .make = make, .launch = launch, .cpu = cpu }
BENCHES(vp9_mc) = {
    MC("put copy 16x16", COPY, 4, 0),
    MC("put h 8x8", HOR, 3, 0),
    MC("put h 16x16", HOR, 4, 0),
    MC("put h 64x64", HOR, 6, 0),
    MC("put v 16x16", VER, 4, 0),
    MC("put hv 4x4", BOTH, 2, 0),
    MC("put hv 8x8", BOTH, 3, 0),
    MC("put hv 16x16", BOTH, 4, 0),
    MC("put hv 64x64", BOTH, 6, 0),
    MC("average copy 16x16", COPY, 4, 1),
    MC("average h 16x16", HOR, 4, 1),
    MC("average v 16x16", VER, 4, 1),
    MC("average hv 16x16", BOTH, 4, 1),
    MC("put scaled 16x16", SCALED, 4, 0),
    MC("average scaled 16x16", SCALED, 4, 1),
    { .name = NULL },
};
