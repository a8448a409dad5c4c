/* Inter prediction and super-resolution. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/levels.h"
#include "src/mc.h"
#include "src/tables.h"

#include "bench_av1.h"
#include "qpu_av1.h"
#include "qpu_av1_mc.h"

/* arg[0]; [1]: log2 of the blocks' size, [2]: filters of 8 taps, not 6 */
enum { COPY, HOR, VER, BOTH, OBMC, AVG, MASK };
enum { JOBS, TABLES, MASKS };

typedef struct Block {
    int x, y;
    struct {
        int x, y, mx, my;
    } src[2]; /* in reference 0, 1 */
    int mask;
} Block;

typedef struct Blocks {
    Dav1dMCDSPContext dsp[BENCH_N_CPU];
    QpuAv1Mc p;
    int filter_2d;
    uint8_t *masks;
    int n;
    Block block[];
} Blocks;

#define MASK_BYTES 65536

static void free_blocks(void *const own) {
    free(((Blocks *) own)->masks);
    free(own);
}

static int tables(BenchCase *const c) {
    uint8_t bytes[QPU_AV1_MC_TABLES_SIZE];
    qpu_av1_mc_tables(bytes, c->bpc, dav1d_mc_subpel_filters, dav1d_mc_warp_filter, dav1d_obmc_masks);
    return bench_input(c, TABLES, bytes, sizeof(bytes));
}

/* The frame, two references, and what both sides need. Blocks whose number is to be
 * had at n pixels each way. */
static Blocks *new_blocks(BenchCase *const c, const int n, int *const res) {
    *res = -ENOMEM;
    const int max = (c->w / n) * (c->h / n);
    Blocks *const o = c->own = calloc(1, sizeof(*o) + (size_t) max * sizeof(*o->block));
    if (!o) return NULL;
    c->free_own = free_blocks;
    BENCH_AV1_EACH(i) bitfn(dav1d_mc_dsp_init)(&o->dsp[i]);
    o->n = max;
    for (int i = 0; i < max; i++) {
        o->block[i].x = i % (c->w / n) * n;
        o->block[i].y = i / (c->w / n) * n;
    }
    c->jobs = (uint64_t) max;
    c->out_pixels = c->jobs * (uint64_t) (n * n);
    for (int i = 0; i < 3; i++)
        if ((*res = bench_frame(c, c->w, c->h, c->bpc))) return NULL;
    *res = tables(c);
    return o;
}

/* A position that is some pixels off, taps inside the frame. */
static int off(const int at, const int n, const int size) {
    return iclip(at + check_range(-16, 16), 4, size - n - 8);
}

static int make(BenchCase *const c) {
    int res;
    const int how = c->bench->arg[0], log2 = c->bench->arg[1], n = 1 << log2;
    Blocks *const o = new_blocks(c, n, &res);
    if (!o || res) return res;
    const int sharp = c->bench->arg[2], filter = sharp ? QPU_AV1_MC_SHARP : QPU_AV1_MC_REGULAR;
    const int refs = how >= AVG ? 2 : 1;
    /* OBMC: the left half of a block is blended with what its neighbour would be */
    const int w_log2 = how == OBMC ? log2 - 1 : log2;
    o->filter_2d = sharp ? FILTER_2D_8TAP_SHARP : FILTER_2D_8TAP_REGULAR;

    const size_t n_jobs = (size_t) o->n * (how == MASK ? 3 : (size_t) refs);
    QpuAv1McJob *const jobs = malloc(n_jobs * sizeof(*jobs));
    if (!jobs) return -ENOMEM;
    for (int i = 0; i < o->n; i++) {
        Block *const b = &o->block[i];
        for (int r = 0; r < refs; r++) {
            b->src[r].x = off(b->x, n, c->w);
            b->src[r].y = off(b->y, n, c->h);
            b->src[r].mx = how == COPY || how == VER ? 0 : check_range(1, 15);
            b->src[r].my = how == COPY || how == HOR ? 0 : check_range(1, 15);
            const uint32_t taps_h = qpu_av1_mc_taps(filter, b->src[r].mx, 1 << w_log2);
            const uint32_t taps_v = qpu_av1_mc_taps(filter, b->src[r].my, n);
            int kind = qpu_av1_mc_put_kind(log2, n, taps_h, taps_v);
            if (how == OBMC) kind = QPU_AV1_MC_OBMC_LEFT;
            if (how >= AVG) kind = (r && how == AVG ? QPU_AV1_MC_AVG_6 : QPU_AV1_MC_PREP_6) + sharp;
            QpuAv1McJob *const job = &jobs[r * o->n + i];
            *job = (QpuAv1McJob) {
                .dst = QPU_AV1_MC_DST(b->x, b->y, 0),
                .src = QPU_AV1_MC_SRC(b->src[r].x, b->src[r].y),
                .how = QPU_AV1_MC_HOW(w_log2, n, r, taps_h, taps_v) |
                       (how == MASK ? QPU_AV1_MC_TMP(r) : 0) | (how == OBMC ? QPU_AV1_MC_LEFT : 0),
                .arg = how == AVG && r ? 32 : 0,
            };
            o->p.n[kind][qpu_av1_mc_class(kind, w_log2, n)]++;
        }
        if (how == MASK) {
            b->mask = check_range(0, (MASK_BYTES - n * n) / 8) * 8;
            jobs[2 * o->n + i] = (QpuAv1McJob) {
                .dst = QPU_AV1_MC_DST(b->x, b->y, 0),
                .how = QPU_AV1_MC_HOW(log2, n, 0, 0, 0),
                .arg = (uint32_t) b->mask,
            };
            o->p.n[QPU_AV1_MC_MASK][qpu_av1_mc_class(QPU_AV1_MC_MASK, log2, n)]++;
        }
    }
    res = bench_input(c, JOBS, jobs, n_jobs * sizeof(*jobs));
    free(jobs);
    if (res || how != MASK) return res;
    if (!(o->masks = malloc(MASK_BYTES))) return -ENOMEM;
    for (int i = 0; i < MASK_BYTES; i++)
        o->masks[i] = (uint8_t) check_range(0, 64);
    return bench_input(c, MASKS, o->masks, MASK_BYTES);
}

static int run(const BenchCase *const c, QpuAv1Mc p, QpuBatch *const b) {
    p.pool = qpu_pool_range(c->pool);
    p.cur = &c->frame[0];
    for (int i = 1; i < c->n_frames; i++)
        p.ref[i - 1] = &c->frame[i];
    p.tables = c->input[TABLES];
    return qpu_av1_mc(b, &p);
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    QpuAv1Mc p = ((const Blocks *) c->own)->p;
    p.jobs = c->input[JOBS];
    p.masks = c->input[MASKS];
    return run(c, p, b);
}

static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Blocks *const o = c->own;
    const Dav1dMCDSPContext *const dsp = &o->dsp[how];
    const int n = 1 << c->bench->arg[1], bitdepth_max = (1 << c->bpc) - 1;
    ALIGN_STK_64(int16_t, tmp, 2, [128 * 128]);
    ALIGN_STK_64(pixel, lap, 128 * 128, );
    ptrdiff_t stride, src_stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    (void) bitdepth_max;
    for (int i = 0; i < o->n; i++) {
        const Block *const b = &o->block[i];
        pixel *const at = dst + b->y * PXSTRIDE(stride) + b->x;
        for (int r = 0; r < (c->bench->arg[0] >= AVG ? 2 : 1); r++) {
            const pixel *const src = (const pixel *) bench_pixels(c, 1 + r, &src_stride) +
                                     b->src[r].y * PXSTRIDE(src_stride) + b->src[r].x;
            if (c->bench->arg[0] >= AVG)
                dsp->mct[o->filter_2d](tmp[r], src, src_stride, n, n, b->src[r].mx, b->src[r].my HIGHBD_TAIL_SUFFIX);
            else if (c->bench->arg[0] == OBMC)
                dsp->mc[o->filter_2d](lap, n / 2 * (ptrdiff_t) sizeof(pixel), src, src_stride, n / 2, n, b->src[r].mx,
                                      b->src[r].my HIGHBD_TAIL_SUFFIX);
            else
                dsp->mc[o->filter_2d](at, stride, src, src_stride, n, n, b->src[r].mx, b->src[r].my
                                      HIGHBD_TAIL_SUFFIX);
        }
        if (c->bench->arg[0] == OBMC)
            dsp->blend_v(at, stride, lap, n / 2, n);
        else if (c->bench->arg[0] == AVG)
            dsp->avg(at, stride, tmp[0], tmp[1], n, n HIGHBD_TAIL_SUFFIX);
        else if (c->bench->arg[0] == MASK)
            dsp->mask(at, stride, tmp[0], tmp[1], n, n, o->masks + b->mask HIGHBD_TAIL_SUFFIX);
    }
}

/* ---- warps ---- */

typedef struct Warps {
    Dav1dMCDSPContext dsp[BENCH_N_CPU];
    int n;
    QpuAv1McWarp warp[];
} Warps;

static int make_warp(BenchCase *const c) {
    int res = 0;
    const int cols = c->w / 8, n = cols * (c->h / 8);
    Warps *const o = c->own = calloc(1, sizeof(*o) + (size_t) n * sizeof(*o->warp));
    if (!o) return -ENOMEM;
    BENCH_AV1_EACH(i) bitfn(dav1d_mc_dsp_init)(&o->dsp[i]);
    o->n = n;
    c->jobs = (uint64_t) n;
    c->out_pixels = c->jobs * 64;
    for (int i = 0; i < n; i++) {
        const int x = i % cols * 8, y = i / cols * 8;
        QpuAv1McWarp *const w = &o->warp[i];
        /* as far as their sums may go, 7.11.3.6 */
        *w = (QpuAv1McWarp) {
            .dst = QPU_AV1_MC_DST(x, y, 0),
            .src = QPU_AV1_MC_SRC(off(x, 8, c->w), off(y, 8, c->h)),
            .abcd = { (int16_t) (check_range(-109, 109) * 64), (int16_t) (check_range(-83, 83) * 64),
                      (int16_t) (check_range(-127, 127) * 64), (int16_t) (check_range(-127, 127) * 64) },
        };
        w->mx = (check_range(0, 0xffff) - w->abcd[0] * 4 - w->abcd[1] * 7) & ~0x3f;
        w->my = (check_range(0, 0xffff) - w->abcd[2] * 4 - w->abcd[3] * 4) & ~0x3f;
    }
    for (int i = 0; i < 2 && !res; i++)
        res = bench_frame(c, c->w, c->h, c->bpc);
    if (!res) res = tables(c);
    return res ? res : bench_input(c, JOBS, o->warp, (size_t) n * sizeof(*o->warp));
}

static int launch_warp(const BenchCase *const c, QpuBatch *const b) {
    const QpuAv1Mc p = {
        .warps = c->input[JOBS],
        .n_warps = (uint32_t) ((const Warps *) c->own)->n,
    };
    return run(c, p, b);
}

static void cpu_warp(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Warps *const o = c->own;
    const int bitdepth_max = (1 << c->bpc) - 1;
    ptrdiff_t stride, src_stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    const pixel *const src = (const pixel *) bench_pixels(c, 1, &src_stride);
    (void) bitdepth_max;
    for (int i = 0; i < o->n; i++) {
        const QpuAv1McWarp *const w = &o->warp[i];
        const int x = (int) (w->dst & 0x3fff), y = (int) (w->dst >> 14 & 0x3fff);
        const int sx = (int) (w->src & 0xffff), sy = (int) (w->src >> 16);
        o->dsp[how].warp8x8(dst + y * PXSTRIDE(stride) + x, stride, src + sy * PXSTRIDE(src_stride) + sx,
                            src_stride, w->abcd, w->mx, w->my HIGHBD_TAIL_SUFFIX);
    }
}

/* ---- references of another size ---- */

#define SCALED_LOG2 4

typedef struct Scaled {
    Dav1dMCDSPContext dsp[BENCH_N_CPU];
    QpuAv1Mc p;
    int n;
    struct ScaledBlock {
        int x, y, pos[2];
    } block[];
} Scaled;

static int make_scaled(BenchCase *const c) {
    const int n = 1 << SCALED_LOG2, cols = c->w / n, n_blocks = cols * (c->h / n);
    const int from[2] = { c->w * 3 / 4, c->h * 3 / 4 }, size[2] = { c->w, c->h };
    int res = -ENOMEM;
    Scaled *const o = c->own = calloc(1, sizeof(*o) + (size_t) n_blocks * sizeof(*o->block));
    QpuAv1McJob *const jobs = malloc((size_t) n_blocks * sizeof(*jobs));
    if (!o || !jobs) goto end;
    BENCH_AV1_EACH(i) bitfn(dav1d_mc_dsp_init)(&o->dsp[i]);
    o->n = n_blocks;
    o->p.n[QPU_AV1_MC_SCALED][qpu_av1_mc_class(QPU_AV1_MC_SCALED, SCALED_LOG2, n)] = (uint32_t) n_blocks;
    c->jobs = (uint64_t) n_blocks;
    c->out_pixels = c->jobs * (uint64_t) (n * n);
    for (int k = 0; k < 2; k++) /* upstream's, 7.11.3.3 */
        o->p.step[0][k] = (((from[k] << 14) + (size[k] >> 1)) / size[k] + 8) >> 4;
    for (int i = 0; i < n_blocks; i++) {
        struct ScaledBlock *const b = &o->block[i];
        b->x = i % cols * n;
        b->y = i / cols * n;
        for (int k = 0; k < 2; k++) /* taps inside the reference */
            b->pos[k] = iclip((k ? b->y : b->x) * o->p.step[0][k] + check_range(-8 * 1024, 8 * 1024), 4 << 10,
                              (from[k] - 8) * 1024 - n * o->p.step[0][k]);
        const uint32_t taps = qpu_av1_mc_taps(QPU_AV1_MC_REGULAR, 0, n);
        jobs[i] = (QpuAv1McJob) {
            .dst = QPU_AV1_MC_DST(b->x, b->y, 0),
            .src = (uint32_t) b->pos[0],
            .how = QPU_AV1_MC_HOW(SCALED_LOG2, n, 0, taps, taps),
            .arg = (uint32_t) b->pos[1],
        };
    }
    res = bench_frame(c, c->w, c->h, c->bpc);
    if (!res) res = bench_frame(c, from[0], from[1], c->bpc);
    if (!res) res = bench_input(c, JOBS, jobs, (size_t) n_blocks * sizeof(*jobs));
    if (!res) res = tables(c);
end:
    free(jobs);
    return res;
}

static int launch_scaled(const BenchCase *const c, QpuBatch *const b) {
    QpuAv1Mc p = ((const Scaled *) c->own)->p;
    p.jobs = c->input[JOBS];
    return run(c, p, b);
}

static void cpu_scaled(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Scaled *const o = c->own;
    const int n = 1 << SCALED_LOG2, bitdepth_max = (1 << c->bpc) - 1;
    ptrdiff_t stride, src_stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    const pixel *const src = (const pixel *) bench_pixels(c, 1, &src_stride);
    (void) bitdepth_max;
    for (int i = 0; i < o->n; i++) {
        const struct ScaledBlock *const b = &o->block[i];
        o->dsp[how].mc_scaled[FILTER_2D_8TAP_REGULAR](
            dst + b->y * PXSTRIDE(stride) + b->x, stride,
            src + (b->pos[1] >> 10) * PXSTRIDE(src_stride) + (b->pos[0] >> 10), src_stride, n, n,
            b->pos[0] & 0x3ff, b->pos[1] & 0x3ff, o->p.step[0][0], o->p.step[0][1] HIGHBD_TAIL_SUFFIX);
    }
}

/* ---- super-resolution ---- */

typedef struct Scale {
    Dav1dMCDSPContext dsp[BENCH_N_CPU];
    QpuAv1Sr p;
} Scale;

static int make_sr(BenchCase *const c) {
    const int from = (c->w * 8 + 6) / 12;
    Scale *const o = c->own = calloc(1, sizeof(*o));
    if (!o) return -ENOMEM;
    BENCH_AV1_EACH(i) bitfn(dav1d_mc_dsp_init)(&o->dsp[i]);
    for (int i = 0; i < 2; i++) {
        const int step = ((from << 14) + (c->w >> 1)) / c->w, err = c->w * step - (from << 14);
        o->p.step[i] = step;
        o->p.start[i] = ((-((c->w - from) << 13) + (c->w >> 1)) / c->w + 128 - err / 2) & 0x3fff;
        o->p.src_w[i] = (from + 7) & ~7;
    }
    c->jobs = (uint64_t) c->h;
    c->out_pixels = c->jobs * (uint64_t) c->w;
    int res = bench_frame(c, c->w, c->h, c->bpc);
    if (!res) res = bench_frame(c, from, c->h, c->bpc);
    return res ? res : bench_input(c, TABLES, dav1d_resize_filter, sizeof(dav1d_resize_filter));
}

static int launch_sr(const BenchCase *const c, QpuBatch *const b) {
    QpuAv1Sr p = ((const Scale *) c->own)->p;
    p.filter = c->input[TABLES];
    return qpu_av1_sr(b, &c->frame[1], &c->frame[0], NULL, NULL, &p);
}

static void cpu_sr(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Scale *const o = c->own;
    const int bitdepth_max = (1 << c->bpc) - 1;
    ptrdiff_t stride, src_stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    const pixel *const src = (const pixel *) bench_pixels(c, 1, &src_stride);
    (void) bitdepth_max;
    o->dsp[how].resize(dst, stride, src, src_stride, c->w, c->h, o->p.src_w[0], o->p.step[0], o->p.start[0]
                       HIGHBD_TAIL_SUFFIX);
}

#define MC(title, how, log2, sharp) \
    { .name = "mc " title, .unit = "block", .stage = QPU_STAGE_MC, .in_place = how == OBMC, \
      .arg = { how, log2, sharp }, .make = make, .launch = launch, .cpu = cpu }
BENCHES(av1_mc) = {
    MC("put copy 16x16", COPY, 4, 0),
    MC("put h 16x16", HOR, 4, 0),
    MC("put v 16x16", VER, 4, 0),
    MC("put hv 2x2", BOTH, 1, 0),
    MC("put hv 4x4", BOTH, 2, 0),
    MC("put hv 8x8", BOTH, 3, 0),
    MC("put hv 16x16", BOTH, 4, 0),
    MC("put hv 64x64", BOTH, 6, 0),
    MC("put hv sharp 16x16", BOTH, 4, 1),
    MC("average 16x16", AVG, 4, 0),
    MC("average sharp 16x16", AVG, 4, 1),
    MC("mask 16x16", MASK, 4, 0),
    MC("obmc left 16x16", OBMC, 4, 0),
    { .name = "mc scaled 16x16", .unit = "block", .stage = QPU_STAGE_MC,
      .make = make_scaled, .launch = launch_scaled, .cpu = cpu_scaled },
    { .name = "mc warp 8x8", .unit = "block", .stage = QPU_STAGE_MC,
      .make = make_warp, .launch = launch_warp, .cpu = cpu_warp },
    { .name = "sr 2:3", .unit = "row", .stage = QPU_STAGE_SR,
      .make = make_sr, .launch = launch_sr, .cpu = cpu_sr },
    { .name = NULL },
};
