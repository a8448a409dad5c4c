#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "common/attributes.h"
#include "src/cpu.h"
#include "src/fg_apply.h"
#include "src/itx.h"
#include "src/scan.h"
#include "src/tables.h"

#include "api_ref.h"

#if BITDEPTH == 8
#define MORE_ARGS
const int8_t *ref_av1_mc_taps(const int filter, const int pos) { return dav1d_mc_subpel_filters[filter][pos - 1]; }
#else
#define MORE_ARGS , (1 << depth) - 1
#endif

static Dav1dInvTxfmDSPContext dsp; /* constant after ref_init() */
static Dav1dFilmGrainDSPContext fg_dsp; /* the same */

void bitfn(ref_av1_itx_init)(void) {
    dav1d_set_cpu_flags_mask(0); /* C */
    dav1d_init_last_nonzero_col_from_eob_tables();
    bitfn(dav1d_itx_dsp_init)(&dsp, BITDEPTH == 8 ? 8 : 10);
    bitfn(dav1d_film_grain_dsp_init)(&fg_dsp);
}

void bitfn(ref_av1_itx_block)(const int32_t *const coefs, void *const dst, const ptrdiff_t stride, const int tx,
                              const int type, const int w, const int h, const int depth)
{
    ALIGN_STK_64(coef, cf, 32 * 32,);
    for (int i = 0; i < w * h; i++) cf[i % w * h + i / w] = (coef) coefs[i];
    /* one coefficient is a case of its own; else all of them count */
    int only = !type;
    for (int i = 1; i < w * h; i++) only &= !coefs[i];
    dsp.itxfm_add[tx][type](dst, stride, cf, only ? 0 : w * h - 1 MORE_ARGS);
}

static void copy_pic(const Pic *const p, const DaedalusPlanes *const dst, const DaedalusPlanes *const src) {
    for (int pl = 0; pl < p->n_planes; pl++)
        for (int y = 0; y < p->h[pl]; y++)
            memcpy((uint8_t *) dst->data[pl] + y * dst->stride[pl], (const uint8_t *) src->data[pl] + y * src->stride[pl],
                   (size_t) p->w[pl] * sizeof(pixel));
}

void bitfn(ref_av1_fg)(const Pic *const src, Pic *const dst, const DaedalusAv1Fg *const fg) {
    static const enum Dav1dPixelLayout layouts[] = {
        [DAEDALUS_400] = DAV1D_PIXEL_LAYOUT_I400, [DAEDALUS_420] = DAV1D_PIXEL_LAYOUT_I420,
        [DAEDALUS_422] = DAV1D_PIXEL_LAYOUT_I422, [DAEDALUS_444] = DAV1D_PIXEL_LAYOUT_I444,
    };
    Dav1dSequenceHeader *const seq_hdr = calloc(1, sizeof(*seq_hdr));
    Dav1dFrameHeader *const hdr = calloc(1, sizeof(*hdr));
    if (!seq_hdr || !hdr) abort();
    seq_hdr->mtrx = fg->identity ? DAV1D_MC_IDENTITY : DAV1D_MC_BT709;
    Dav1dFilmGrainData *const d = &hdr->film_grain.data;
    *d = (Dav1dFilmGrainData) {
        .seed = fg->seed, .num_y_points = fg->num_y_points, .num_uv_points = { fg->num_uv_points[0], fg->num_uv_points[1] },
        .chroma_scaling_from_luma = fg->chroma_scaling_from_luma, .scaling_shift = fg->scaling_shift,
        .ar_coeff_lag = fg->ar_coeff_lag, .ar_coeff_shift = fg->ar_coeff_shift, .grain_scale_shift = fg->grain_scale_shift,
        .uv_mult = { fg->uv_mult[0], fg->uv_mult[1] }, .uv_luma_mult = { fg->uv_luma_mult[0], fg->uv_luma_mult[1] },
        .uv_offset = { fg->uv_offset[0], fg->uv_offset[1] }, .overlap_flag = fg->overlap,
        .clip_to_restricted_range = fg->restricted_range,
    };
    memcpy(d->y_points, fg->y_points, sizeof(fg->y_points));
    memcpy(d->uv_points, fg->uv_points, sizeof(fg->uv_points));
    memcpy(d->ar_coeffs_y, fg->ar_coeffs_y, sizeof(fg->ar_coeffs_y));
    for (int i = 0; i < 2; i++) memcpy(d->ar_coeffs_uv[i], fg->ar_coeffs_uv[i], sizeof(fg->ar_coeffs_uv[i]));

    /* as large as upstream's pictures, as it writes beside them */
    const size_t stride = (((size_t) src->w[0] + 127) & ~(size_t) 127) * sizeof(pixel);
    const size_t size = stride * (((size_t) src->h[0] + 127) & ~(size_t) 127);
    uint8_t *const mem = calloc(6, size);
    if (!mem) abort();
    Dav1dPicture in = {
        .seq_hdr = seq_hdr, .frame_hdr = hdr, .stride = { (ptrdiff_t) stride, (ptrdiff_t) stride },
        .p = { .w = src->w[0], .h = src->h[0], .layout = layouts[src->format.layout], .bpc = src->format.depth },
    };
    Dav1dPicture out = in;
    DaedalusPlanes planes[2];
    for (int pl = 0; pl < 3; pl++) {
        planes[0].data[pl] = in.data[pl] = mem + (size_t) pl * size;
        planes[1].data[pl] = out.data[pl] = mem + (size_t) (3 + pl) * size;
        planes[0].stride[pl] = planes[1].stride[pl] = (ptrdiff_t) stride;
    }
    copy_pic(src, &planes[0], &src->planes);
    bitfn(dav1d_apply_grain)(&fg_dsp, &out, &in);
    copy_pic(src, &dst->planes, &planes[1]);
    free(mem);
    free(hdr);
    free(seq_hdr);
}
