/* CDEF: all 8x8 blocks of a frame. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/cdef.h"

#include "bench_av1.h"
#include "qpu_av1.h"

enum { PARAMS, MASK };          /* inputs */
enum { BOTH, PRIMARY, SECONDARY }; /* arg[0] */

typedef struct Strengths {
    Dav1dCdefDSPContext dsp[BENCH_N_CPU];
    QpuAv1Cdef p;
    uint32_t params[]; /* of 64x64 blocks */
} Strengths;

static int make(BenchCase *const c) {
    const int w8 = c->w / 8, h8 = c->h / 8, sb64w = (w8 + 7) >> 3, n_sb = sb64w * ((h8 + 7) >> 3);
    const int stride = (w8 + 31) >> 5;
    Strengths *const o = c->own = calloc(1, sizeof(*o) + (size_t) n_sb * 4);
    uint32_t *const mask = malloc((size_t) (stride * h8) * 4);
    int res = -ENOMEM;
    if (!o || !mask) goto end;
    BENCH_AV1_EACH(i) bitfn(dav1d_cdef_dsp_init)(&o->dsp[i]);
    for (int i = 0; i < n_sb; i++) {
        const int pri = c->bench->arg[0] == SECONDARY ? 0 : check_range(1, 15);
        const int sec = c->bench->arg[0] == PRIMARY ? 0 : 1 << check_range(0, 2);
        o->params[i] = QPU_AV1_CDEF(pri, sec, 0, 0);
    }
    memset(mask, 0xff, (size_t) (stride * h8) * 4);
    o->p = (QpuAv1Cdef) {
        .sb64w = sb64w, .mask_stride = stride, .w8 = w8, .h8 = h8, .damping = 5, .planes = 1,
    };
    c->jobs = (uint64_t) (w8 * h8);
    c->out_pixels = c->jobs * 64;
    res = bench_frame(c, w8 * 8, h8 * 8, c->bpc);
    if (!res) res = bench_frame(c, w8 * 8, h8 * 8, c->bpc);
    /* upstream filters in place */
    if (!res) memcpy(c->pixels[0], c->pixels[1], c->frame[0].range.size);
    if (!res) res = bench_input(c, PARAMS, o->params, (size_t) n_sb * 4);
    if (!res) res = bench_input(c, MASK, mask, (size_t) (stride * h8) * 4);
end:
    free(mask);
    return res;
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    QpuAv1Cdef p = ((const Strengths *) c->own)->p;
    p.params = c->input[PARAMS];
    p.mask = c->input[MASK];
    return qpu_av1_cdef(b, &c->frame[1], &c->frame[0], &p);
}

/* As the decoder does it: in place, but that lines above and below and the columns to
 * the left are kept as they were. Here the source still has the lines. */
static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Strengths *const o = c->own;
    const Dav1dCdefDSPContext *const dsp = &o->dsp[how];
    const int bitdepth_max = (1 << c->bpc) - 1, depth = c->bpc - 8;
    ptrdiff_t stride, src_stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    const pixel *const src = (const pixel *) bench_pixels(c, 1, &src_stride);
    (void) bitdepth_max;
    for (int y = 0; y < o->p.h8; y++)
        for (int x = 0; x < o->p.w8; x++) {
            const uint32_t v = o->params[(y >> 3) * o->p.sb64w + (x >> 3)];
            const int sec = (int) (v >> 4 & 15) << depth;
            int pri = (int) (v & 15) << depth, dir = 0;
            pixel *const at = dst + y * 8 * PXSTRIDE(stride) + x * 8;
            const pixel *const from = src + y * 8 * PXSTRIDE(stride) + x * 8;
            pixel left[8][2];
            for (int i = 0; x && i < 8; i++)
                memcpy(left[i], from + i * PXSTRIDE(stride) - 2, sizeof(left[i]));
            if (pri) {
                unsigned var;
                dir = dsp->dir(at, stride, &var HIGHBD_TAIL_SUFFIX);
                /* 7.15.2: less where there is little variance */
                const int i = var >> 6 ? imin(ulog2(var >> 6), 12) : 0;
                pri = var ? (pri * (4 + i) + 8) >> 4 : 0;
            }
            if (!pri && !sec) continue;
            const enum CdefEdgeFlags edges = (x ? CDEF_HAVE_LEFT : 0) | (y ? CDEF_HAVE_TOP : 0) |
                                             (x + 1 < o->p.w8 ? CDEF_HAVE_RIGHT : 0) |
                                             (y + 1 < o->p.h8 ? CDEF_HAVE_BOTTOM : 0);
            dsp->fb[0](at, stride, left, from - 2 * PXSTRIDE(stride), from + 8 * PXSTRIDE(stride), pri, sec, dir,
                       o->p.damping + depth, edges HIGHBD_TAIL_SUFFIX);
        }
}

#define CDEF(title, strengths) \
    { .name = "cdef 8x8 " title, .unit = "block", .stage = QPU_STAGE_CDEF, .in_place = 1, .arg = { strengths }, \
      .make = make, .launch = launch, .cpu = cpu }
BENCHES(av1_cdef) = {
    CDEF("both", BOTH),
    CDEF("primary", PRIMARY),
    CDEF("secondary", SECONDARY),
    { .name = NULL },
};
