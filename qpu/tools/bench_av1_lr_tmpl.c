/* Loop restoration: a frame of units of 256x256, by stripes. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/looprestoration.h"
#include "src/tables.h"

#include "bench_av1.h"
#include "qpu_av1.h"

enum { WIENER_7, WIENER_5, SGR_5, SGR_3, SGR_BOTH }; /* arg[0] */

typedef struct Units {
    Dav1dLoopRestorationDSPContext dsp[BENCH_N_CPU];
    int cols, rows;
    QpuAv1LrUnit *unit;             /* [rows][cols] */
    LooprestorationParams *params;  /* the same */
    uint8_t *lines; /* 4 of the deblocked frame at each stripe's begin, 2 of them above */
} Units;

static void free_units(void *const own) {
    Units *const o = own;
    free(o->unit);
    free(o->params);
    free(o->lines);
    free(o);
}

static int stripe_y(const int s) {
    return s ? s * 64 - 8 : 0;
}

static void random_unit(const int how, QpuAv1LrUnit *const u, LooprestorationParams *const p) {
    memset(u, 0, sizeof(*u));
    memset(p, 0, sizeof(*p));
    if (how <= WIENER_5) {
        int8_t *const taps[2] = { u->filter_h, u->filter_v };
        u->type = QPU_AV1_LR_WIENER;
        for (int i = 0; i < 2; i++) {
            taps[i][0] = (int8_t) (how == WIENER_7 ? check_range(-5, 10) : 0);
            taps[i][1] = (int8_t) check_range(-23, 8);
            taps[i][2] = (int8_t) check_range(-17, 46);
            if (how == WIENER_7 && !taps[i][0]) taps[i][0] = 1;
            int16_t *const f = p->filter[i];
            for (int k = 0; k < 3; k++) f[k] = f[6 - k] = taps[i][k];
            f[3] = (int16_t) (-2 * (f[0] + f[1] + f[2]) + (i || sizeof(pixel) > 1 ? 128 : 0));
        }
        return;
    }
    u->type = QPU_AV1_LR_SGR;
    u->sgr_set = (uint8_t) (how == SGR_5 ? check_range(14, 15) : how == SGR_3 ? check_range(10, 13) : check_range(0, 9));
    const uint16_t *const set = dav1d_sgr_params[u->sgr_set];
    u->sgr_w[0] = (int8_t) (set[0] ? check_range(-96, 31) : 0);
    u->sgr_w[1] = (int8_t) (set[1] ? check_range(-32, 95) : 95);
    p->sgr.s0 = set[0];
    p->sgr.s1 = set[1];
    p->sgr.w0 = u->sgr_w[0];
    p->sgr.w1 = (int16_t) (128 - (u->sgr_w[0] + u->sgr_w[1]));
}

static int make(BenchCase *const c) {
    Units *const o = c->own = calloc(1, sizeof(*o));
    if (!o) return -ENOMEM;
    c->free_own = free_units;
    BENCH_AV1_EACH(i) bitfn(dav1d_loop_restoration_dsp_init)(&o->dsp[i], c->bpc);
    o->cols = imax((c->w + 128) >> 8, 1);
    o->rows = imax((c->h + 128) >> 8, 1);
    const int n = o->cols * o->rows, n_stripes = (c->h + 8 + 63) >> 6;
    o->unit = malloc((size_t) n * sizeof(*o->unit));
    if (posix_memalign((void **) &o->params, 64, (size_t) n * sizeof(*o->params))) o->params = NULL;
    if (!o->unit || !o->params) return -ENOMEM;
    for (int i = 0; i < n; i++)
        random_unit(c->bench->arg[0], &o->unit[i], &o->params[i]);
    c->jobs = (uint64_t) n_stripes * (uint64_t) o->cols;
    c->out_pixels = (uint64_t) c->w * (uint64_t) c->h;
    for (int i = 0; i < 3; i++) {
        const int res = bench_frame(c, c->w, c->h, c->bpc);
        if (res) return res;
    }
    /* upstream restores in place */
    memcpy(c->pixels[0], c->pixels[1], c->frame[0].range.size);
    ptrdiff_t stride;
    const uint8_t *const dbl = bench_pixels(c, 2, &stride);
    if (posix_memalign((void **) &o->lines, 64, (size_t) (n_stripes + 3) * 4 * (size_t) stride)) {
        o->lines = NULL;
        return -ENOMEM;
    }
    memset(o->lines, 0, (size_t) (n_stripes + 3) * 4 * (size_t) stride);
    for (int s = 0; s < n_stripes; s++)
        for (int i = 0; i < 4; i++)
            memcpy(o->lines + ((s + 1) * 4 + i) * stride, dbl + iclip(stripe_y(s) - 2 + i, 0, c->h - 1) * stride,
                   (size_t) c->w * sizeof(pixel));
    return 0;
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    const Units *const o = c->own;
    const QpuAv1Lr p = {
        .sgr_params = dav1d_sgr_params,
        .plane[0] = { .units = o->unit, .size_log2 = 8, .cols = o->cols, .rows = o->rows },
    };
    return qpu_av1_lr(b, &c->frame[1], &c->frame[2], &c->frame[0], &p);
}

static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Units *const o = c->own;
    const Dav1dLoopRestorationDSPContext *const dsp = &o->dsp[how];
    const int kind = c->bench->arg[0], bitdepth_max = (1 << c->bpc) - 1;
    const looprestorationfilter_fn fn = kind <= WIENER_5 ? dsp->wiener[kind] : dsp->sgr[kind - SGR_5];
    ALIGN_STK_16(pixel, left, 64, [4]);
    ptrdiff_t stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    const pixel *const src = (const pixel *) bench_pixels(c, 1, &stride);
    (void) bitdepth_max;
    for (int s = 0; stripe_y(s) < c->h; s++) {
        const int y = stripe_y(s), h = imin(stripe_y(s + 1), c->h) - y;
        const LooprestorationParams *const params = o->params + imin((y + 8) >> 8, o->rows - 1) * o->cols;
        const pixel *const lines = (const pixel *) (o->lines + (s + 1) * 4 * stride);
        for (int col = 0; col < o->cols; col++) {
            const int x = col * 256, w = (col + 1 < o->cols ? x + 256 : c->w) - x;
            const enum LrEdgeFlags edges = (x ? LR_HAVE_LEFT : 0) | (s ? LR_HAVE_TOP : 0) |
                                           (x + w < c->w ? LR_HAVE_RIGHT : 0) | (y + h < c->h ? LR_HAVE_BOTTOM : 0);
            for (int i = 0; x && i < h; i++)
                memcpy(left[i], src + (y + i) * PXSTRIDE(stride) + x - 4, sizeof(left[i]));
            fn(dst + y * PXSTRIDE(stride) + x, stride, left, lines + x, w, h, params + col, edges HIGHBD_TAIL_SUFFIX);
        }
    }
}

#define LR(title, how) \
    { .name = "lr " title, .unit = "unit", .stage = QPU_STAGE_LR, .in_place = 1, .arg = { how }, \
      .make = make, .launch = launch, .cpu = cpu }
BENCHES(av1_lr) = {
    LR("wiener 7 taps", WIENER_7),
    LR("wiener 5 taps", WIENER_5),
    LR("self-guided 5x5", SGR_5),
    LR("self-guided 3x3", SGR_3),
    LR("self-guided both", SGR_BOTH),
    { .name = NULL },
};
