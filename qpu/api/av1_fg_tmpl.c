/* AV1's film grain on the CPU: dav1d's functions, which also make the tables for the device, on copies of 32
 * rows, as they want them aligned and write beside them. Compiled by bit depth. */

#include "config.h"

#include <string.h>

#include "common/intops.h"
#include "src/filmgrain.h"
#include "src/qpu/fg.h"

#include "av1_fg.h"

typedef struct Work {
    Dav1dQpuFg tables;
    QpuAv1Fg params;
    Dav1dFilmGrainDSPContext dsp;
    Dav1dSequenceHeader seq_hdr;
    Dav1dFrameHeader frame_hdr;
    ALIGN(pixel strip[], 64);
} Work;

/* Pixels of a row of a strip, as wide as dav1d's pictures are. */
static int strip_stride(const DaedalusFrame *const f) {
    return (f->q.plane[0].w + 127) & ~127;
}

/* The strips: luma, chroma, what they become. */
size_t bitfn(daedalus_fg_work_size)(const DaedalusFrame *const f) {
    return sizeof(Work) + (size_t) strip_stride(f) * AV1_FG_ROWS * 3 * sizeof(pixel) + 64;
}

static enum Dav1dPixelLayout layout_of(const QpuFrame *const q) {
    return q->n_planes == 1 ? DAV1D_PIXEL_LAYOUT_I400 : q->ss_ver ? DAV1D_PIXEL_LAYOUT_I420 :
           q->ss_hor ? DAV1D_PIXEL_LAYOUT_I422 : DAV1D_PIXEL_LAYOUT_I444;
}

const QpuAv1Fg *bitfn(daedalus_fg_prepare)(void *const work, const DaedalusFrame *const f, const DaedalusAv1Fg *const fg) {
    Work *const w = work;
    memset(w, 0, sizeof(*w));
    Dav1dFilmGrainData *const d = &w->frame_hdr.film_grain.data;
    /* SIMD wants 0 in place of luma's where that has no grain */
    const size_t n_coeffs = (size_t) (2 * fg->ar_coeff_lag * (fg->ar_coeff_lag + 1));
    d->seed = fg->seed;
    d->num_y_points = fg->num_y_points;
    memcpy(d->y_points, fg->y_points, sizeof(d->y_points));
    d->chroma_scaling_from_luma = fg->chroma_scaling_from_luma;
    d->scaling_shift = fg->scaling_shift;
    d->ar_coeff_lag = fg->ar_coeff_lag;
    memcpy(d->ar_coeffs_y, fg->ar_coeffs_y, n_coeffs);
    d->ar_coeff_shift = fg->ar_coeff_shift;
    d->grain_scale_shift = fg->grain_scale_shift;
    for (int i = 0; i < 2; i++) {
        d->num_uv_points[i] = fg->num_uv_points[i];
        memcpy(d->uv_points[i], fg->uv_points[i], sizeof(d->uv_points[i]));
        memcpy(d->ar_coeffs_uv[i], fg->ar_coeffs_uv[i], n_coeffs + !!fg->num_y_points);
        d->uv_mult[i] = fg->uv_mult[i];
        d->uv_luma_mult[i] = fg->uv_luma_mult[i];
        d->uv_offset[i] = fg->uv_offset[i];
    }
    d->overlap_flag = fg->overlap;
    d->clip_to_restricted_range = fg->restricted_range;
    w->seq_hdr.mtrx = fg->identity ? DAV1D_MC_IDENTITY : DAV1D_MC_UNKNOWN;

    bitfn(dav1d_film_grain_dsp_init)(&w->dsp);
    const Dav1dPicture pic = {
        .seq_hdr = &w->seq_hdr,
        .frame_hdr = &w->frame_hdr,
        .p = { .w = f->q.plane[0].w, .h = f->q.plane[0].h, .layout = layout_of(&f->q), .bpc = f->q.bpc },
    };
    dav1d_qpu_fg_params(&w->dsp, &pic, &w->tables, &w->params);
    return &w->params;
}

/* Rows from y on between a plane and a strip. */
static void copy_rows(void *const dst, const ptrdiff_t dst_stride, const void *const src, const ptrdiff_t src_stride,
                      const int w, const int h)
{
    for (int y = 0; y < h; y++)
        memcpy((uint8_t *) dst + y * dst_stride, (const uint8_t *) src + y * src_stride, (size_t) w * sizeof(pixel));
}

static void add_grain(const Work *const w, const int pl, pixel *const out, const pixel *const in, const ptrdiff_t stride,
                      const int width, const int rows, const int row, const pixel *const luma,
                      const ptrdiff_t luma_stride, const DaedalusFrame *const f)
{
    const Dav1dFilmGrainData *const data = &w->frame_hdr.film_grain.data;
    const uint8_t *const scaling = w->params.plane[pl].scaling;
    const entry (*const grain)[GRAIN_WIDTH] = (const entry (*)[GRAIN_WIDTH]) w->params.plane[pl].grain;
#if BITDEPTH == 16
    const int bitdepth_max = (1 << f->q.bpc) - 1;
#endif
    if (!pl)
        w->dsp.fgy_32x32xn(out, in, stride, data, (size_t) width, scaling, grain, rows, row HIGHBD_TAIL_SUFFIX);
    else
        w->dsp.fguv_32x32xn[layout_of(&f->q) - 1](out, in, stride, data, (size_t) width, scaling, grain, rows, row,
                                                  luma, luma_stride, pl - 1, w->params.identity HIGHBD_TAIL_SUFFIX);
}

void bitfn(daedalus_fg_cpu)(const Op *const op, const DaedalusPlanes *const src, const DaedalusPlanes *const dst) {
    const DaedalusFrame *const f = op->frame[0];
    Work *const w = op->extra;
    const int luma_w = f->q.plane[0].w, pitch = strip_stride(f);
    const ptrdiff_t luma_stride = pitch * (ptrdiff_t) sizeof(pixel);
    pixel *const luma = w->strip, *const chroma = luma + pitch * AV1_FG_ROWS, *const out = chroma + pitch * AV1_FG_ROWS;
    /* SIMD looks pixels beyond the width up, too */
    memset(w->strip, 0, (size_t) pitch * AV1_FG_ROWS * 2 * sizeof(pixel));
    for (int row = 0; row * AV1_FG_ROWS < f->q.plane[0].h; row++)
        for (int pl = 0; pl < f->q.n_planes; pl++) {
            const int ss_hor = pl ? f->q.ss_hor : 0, y = row * AV1_FG_ROWS >> (pl ? f->q.ss_ver : 0);
            const int width = f->q.plane[pl].w, rows = imin(AV1_FG_ROWS >> (pl ? f->q.ss_ver : 0), f->q.plane[pl].h - y);
            const uint8_t *const from = (const uint8_t *) src->data[pl] + y * src->stride[pl];
            uint8_t *const to = (uint8_t *) dst->data[pl] + y * dst->stride[pl];
            const int has_grain = w->params.planes >> pl & 1;
            const ptrdiff_t stride = luma_stride >> ss_hor;
            pixel *const in = pl ? chroma : luma;
            if (!pl || has_grain) copy_rows(in, stride, from, src->stride[pl], width, rows);
            if (!pl && luma_w & 1) /* chroma's last column looks at two */
                for (int i = 0; i < rows; i++) luma[i * pitch + luma_w] = luma[i * pitch + luma_w - 1];
            if (has_grain) add_grain(w, pl, out, in, stride, width, rows, row, luma, luma_stride, f);
            copy_rows(to, dst->stride[pl], has_grain ? (const uint8_t *) out : from, has_grain ? stride : src->stride[pl],
                      width, rows);
        }
}
