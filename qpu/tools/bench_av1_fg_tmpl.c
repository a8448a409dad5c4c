/* Film grain on luma; making its tables is not measured, neither side's. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/fg_apply.h"
#include "src/filmgrain.h"

#include "../../dav1d/fg.h"
#include "bench_av1.h"

typedef struct Grain {
    Dav1dFilmGrainDSPContext dsp[BENCH_N_CPU];
    Dav1dSequenceHeader seq;
    Dav1dFrameHeader hdr;
    Dav1dQpuFg *tables;
    QpuAv1Fg p;
    ALIGN(entry lut[3][GRAIN_HEIGHT + 1][GRAIN_WIDTH], 16);
    ALIGN(uint8_t scaling[3][SCALING_SIZE], 64);
} Grain;

static void free_grain(void *const own) {
    free(((Grain *) own)->tables);
    free(own);
}

static Dav1dPicture picture(const BenchCase *const c, const Grain *const o, uint8_t *const data,
                            const ptrdiff_t stride)
{
    return (Dav1dPicture) {
        .seq_hdr = (Dav1dSequenceHeader *) &o->seq, .frame_hdr = (Dav1dFrameHeader *) &o->hdr,
        .data = { data }, .stride = { stride },
        .p = { .w = c->w, .h = c->h, .layout = DAV1D_PIXEL_LAYOUT_I400, .bpc = c->bpc },
    };
}

static int make(BenchCase *const c) {
    Grain *o;
    if (posix_memalign((void **) &o, 64, sizeof(*o))) return -ENOMEM;
    memset(o, 0, sizeof(*o));
    c->own = o;
    c->free_own = free_grain;
    if (posix_memalign((void **) &o->tables, 64, sizeof(*o->tables))) {
        o->tables = NULL;
        return -ENOMEM;
    }
    memset(o->tables, 0, sizeof(*o->tables));
    BENCH_AV1_EACH(i) bitfn(dav1d_film_grain_dsp_init)(&o->dsp[i]);
    Dav1dFilmGrainData *const d = &o->hdr.film_grain.data;
    *d = (Dav1dFilmGrainData) {
        .seed = check_rand() & 0xffff,
        .num_y_points = 2,
        .y_points = { { 0, (uint8_t) check_range(20, 120) }, { 255, (uint8_t) check_range(20, 120) } },
        .scaling_shift = check_range(8, 11),
        .ar_coeff_lag = 3,
        .ar_coeff_shift = 7,
        .overlap_flag = 1,
    };
    for (int i = 0; i < 24; i++)
        d->ar_coeffs_y[i] = (int8_t) check_range(-16, 16);
    c->jobs = (uint64_t) ((c->w + 31) / 32) * (uint64_t) ((c->h + 31) / 32);
    c->out_pixels = (uint64_t) c->w * (uint64_t) c->h;
    for (int i = 0; i < 2; i++) {
        const int res = bench_frame(c, c->w, c->h, c->bpc);
        if (res) return res;
    }
    ptrdiff_t stride;
    uint8_t *const src = bench_pixels(c, 1, &stride);
    const Dav1dPicture in = picture(c, o, src, stride), out = in;
    bitfn(dav1d_prep_grain)(&o->dsp[BENCH_C], (Dav1dPicture *) &out, &in, o->scaling, o->lut);
    return dav1d_qpu_fg_params(&o->dsp[BENCH_C], &in, o->tables, &o->p) == 1 ? 0 : -EINVAL;
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    return qpu_av1_fg(b, &c->frame[1], &c->frame[0], &((const Grain *) c->own)->p);
}

static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Grain *const o = c->own;
    ptrdiff_t stride, src_stride;
    uint8_t *const dst = bench_out(c, out, &stride), *const src = bench_pixels(c, 1, &src_stride);
    Dav1dPicture to = picture(c, o, dst, stride);
    const Dav1dPicture from = picture(c, o, src, src_stride);
    for (int row = 0; row < (c->h + 31) / 32; row++)
        bitfn(dav1d_apply_grain_row)(&o->dsp[how], &to, &from, o->scaling, o->lut, row);
}

BENCHES(av1_fg) = {
    { .name = "fg luma", .unit = "block", .stage = QPU_STAGE_FG, .make = make, .launch = launch, .cpu = cpu },
    { .name = NULL },
};
