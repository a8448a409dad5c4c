#include "config.h"

#include <string.h>

#include "src/fg_apply.h"

#include "fg.h"

static int grain_planes(const Dav1dPicture *const pic) {
    const Dav1dFilmGrainData *const data = &pic->frame_hdr->film_grain.data;
    int planes = !!data->num_y_points;
    if (pic->p.layout == DAV1D_PIXEL_LAYOUT_I400) return planes;
    if (data->chroma_scaling_from_luma) {
        /* luma's function may be 0, which leaves nothing but clipping */
        if (data->num_y_points || data->clip_to_restricted_range) planes |= 6;
    } else {
        for (int pl = 0; pl < 2; pl++)
            planes |= !!data->num_uv_points[pl] << (1 + pl);
    }
    return planes;
}

int dav1d_qpu_fg_params(const Dav1dFilmGrainDSPContext *const dsp, const Dav1dPicture *const pic,
                        Dav1dQpuFg *const tables, QpuAv1Fg *const p)
{
    const Dav1dFilmGrainData *const data = &pic->frame_hdr->film_grain.data;
    const int from_luma = data->chroma_scaling_from_luma;
    const int is_8bit = pic->p.bpc == 8;

    memset(p, 0, sizeof(*p));
    p->planes = grain_planes(pic);
    if (!p->planes) return 0;

    /* Upstream's function makes the tables and copies the planes that have no
     * grain, of which a picture without rows has nothing. */
    uint8_t nothing[1] = { 0 };
    Dav1dPicture empty = {
        .seq_hdr = pic->seq_hdr,
        .frame_hdr = pic->frame_hdr,
        .data = { nothing, nothing, nothing },
        .p = pic->p,
    };
    empty.p.h = 0;
#if CONFIG_8BPC
    if (is_8bit)
        dav1d_prep_grain_8bpc(dsp, &empty, &empty, tables->scaling, tables->grain);
#endif
#if CONFIG_16BPC
    if (!is_8bit)
        dav1d_prep_grain_16bpc(dsp, &empty, &empty, tables->scaling, tables->grain);
#endif

    p->seed = data->seed;
    p->overlap = data->overlap_flag;
    p->scaling_shift = data->scaling_shift;
    p->clip = data->clip_to_restricted_range;
    p->identity = pic->seq_hdr->mtrx == DAV1D_MC_IDENTITY;

    const size_t scaling_size = is_8bit ? 256 : 4096;
    const size_t grain_size = (size_t) (GRAIN_HEIGHT + 1) * GRAIN_WIDTH * (is_8bit ? 1 : 2);
    for (int pl = 0; pl < 3; pl++) {
        p->plane[pl].scaling = tables->scaling + (from_luma ? 0 : pl) * scaling_size;
        p->plane[pl].grain = (const uint8_t *) tables->grain + pl * grain_size;
        if (!pl) continue;
        p->plane[pl].luma_mult = from_luma ? 64 : data->uv_luma_mult[pl - 1];
        p->plane[pl].mult = from_luma ? 0 : data->uv_mult[pl - 1];
        p->plane[pl].offset = from_luma ? 0 : data->uv_offset[pl - 1];
    }
    return p->planes;
}
