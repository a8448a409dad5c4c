/* Records inter prediction: dec_build_inter_predictors_sb(). */

#include "vp9/qpu/hooks.h"
#include "vp9/qpu/rec.h"

#include "vp9/common/vp9_reconinter.h"

/* log2 of 1, 2, 4, 8, 16 */
static inline int log2_of(const unsigned n) {
    return 31 - __builtin_clz(n);
}

static inline void add(Vp9QpuTile *const tile, const int kind, const int w_log2, const int h_log2) {
    const int bucket = kind * QPU_VP9_MC_CLASSES + qpu_vp9_mc_class(w_log2, h_log2);
    tile->mc_bucket[tile->n_mc++] = (uint16_t) bucket;
    tile->mc_count[bucket]++;
}

/* A block of a plane, at x, y of it. off_x, off_y: in the prediction block, which is n4
 * 4x4 blocks of the plane. */
static void scaled(const MACROBLOCKD *const xd, const struct scale_factors *const sf, const int plane,
                   const int x, const int y, const int off_x, const int off_y, const int w_log2,
                   const int h_log2, const int ref, const int filter, const MV mv, const int avg)
{
    Vp9QpuTile *const tile = xd->qpu;
    const struct macroblockd_plane *const pd = &xd->plane[plane];
    const QpuVp9McScaled hor = {
        .scale = sf->x_scale_fp,
        .ss = pd->subsampling_x,
        .to_edge = { xd->mb_to_left_edge, xd->mb_to_right_edge },
        .size = 4 * pd->n4_w,
        .luma = -xd->mb_to_left_edge >> 3,
        .off = off_x,
        .mv = mv.col,
    };
    const QpuVp9McScaled ver = {
        .scale = sf->y_scale_fp,
        .ss = pd->subsampling_y,
        .to_edge = { xd->mb_to_top_edge, xd->mb_to_bottom_edge },
        .size = 4 * pd->n4_h,
        .luma = -xd->mb_to_top_edge >> 3,
        .off = off_y,
        .mv = mv.row,
    };
    qpu_vp9_mc_scaled_job(&tile->mc[tile->n_mc], plane, x, y, w_log2, h_log2, ref, filter,
                          qpu_vp9_mc_scaled_pos(&hor), qpu_vp9_mc_scaled_pos(&ver));
    add(tile, QPU_VP9_MC_SCALED + avg, w_log2, h_log2);
}

static inline void block(const MACROBLOCKD *const xd, const struct scale_factors *const sf, const int plane,
                         const int x, const int y, const int off_x, const int off_y, const int w_log2,
                         const int h_log2, const int ref, const int filter, const MV mv, const int avg)
{
    Vp9QpuTile *const tile = xd->qpu;
    const struct macroblockd_plane *const pd = &xd->plane[plane];
    if (tile->is_scaled[ref]) {
        scaled(xd, sf, plane, x + off_x, y + off_y, off_x, off_y, w_log2, h_log2, ref, filter, mv, avg);
        return;
    }
    const int kind = qpu_vp9_mc_job(&tile->mc[tile->n_mc], plane, x + off_x, y + off_y, w_log2, h_log2,
                                    ref, filter, mv.col * (1 << (1 - pd->subsampling_x)),
                                    mv.row * (1 << (1 - pd->subsampling_y)));
    add(tile, kind + avg, w_log2, h_log2);
}

void vp9_qpu_inter(VP9Decoder *const pbi, MACROBLOCKD *const xd, const int mi_row, const int mi_col) {
    const MODE_INFO *const mi = xd->mi[0];
    const int n_refs = 1 + has_second_ref(mi), filter = mi->interp_filter;
    for (int i = 0; i < n_refs; i++) {
        const int ref = mi->ref_frame[i] - LAST_FRAME;
        const struct scale_factors *const sf = &pbi->common.frame_refs[ref].sf;
        const int avg = i ? QPU_VP9_MC_AVG : 0;
        if (!vp9_is_valid_scale(sf))
            vpx_internal_error(xd->error_info, VPX_CODEC_UNSUP_BITSTREAM,
                               "Reference frame has invalid dimensions");
        for (int plane = 0; plane < MAX_MB_PLANE; plane++) {
            const struct macroblockd_plane *const pd = &xd->plane[plane];
            const int x = mi_col * MI_SIZE >> pd->subsampling_x, y = mi_row * MI_SIZE >> pd->subsampling_y;
            if (mi->sb_type >= BLOCK_8X8) {
                block(xd, sf, plane, x, y, 0, 0, 2 + log2_of(pd->n4_w), 2 + log2_of(pd->n4_h), ref, filter,
                      mi->mv[i].as_mv, avg);
                continue;
            }
            int b = 0;
            for (int y4 = 0; y4 < pd->n4_h; y4++)
                for (int x4 = 0; x4 < pd->n4_w; x4++)
                    block(xd, sf, plane, x, y, 4 * x4, 4 * y4, 2, 2, ref, filter,
                          average_split_mvs(pd, mi, i, b++), avg);
        }
    }
}
