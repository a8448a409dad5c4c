#include "vp9/qpu/lf.h"

#include <errno.h>
#include <string.h>

#include "vp9/common/vp9_loopfilter.h"

/* Chroma of 4:2:2 and 4:4:0 has masks of its own, which upstream makes while it filters. */
static void chroma(const VP9_COMMON *const cm, const int mi_row, const int mi_col,
                   const LOOP_FILTER_MASK *const lfm, struct QpuVp9LfSb *const dst)
{
    const int ss_hor = cm->subsampling_x, ss_ver = cm->subsampling_y;
    const struct macroblockd_plane pd = { .subsampling_x = ss_hor, .subsampling_y = ss_ver };
    memset(dst, 0, sizeof(*dst));
    for (int row = 0; row < MI_BLOCK_SIZE && mi_row + row < cm->mi_rows; row += 1 << ss_ver)
        for (int col = 0; col < MI_BLOCK_SIZE && mi_col + col < cm->mi_cols; col += 1 << ss_hor) {
            const MODE_INFO *const mi =
                cm->mi_grid_visible[(mi_row + row) * cm->mi_stride + mi_col + col];
            const QpuVp9LfBlock b = {
                .row = row,
                .col = col,
                .w8 = num_8x8_blocks_wide_lookup[mi->sb_type],
                .h8 = num_8x8_blocks_high_lookup[mi->sb_type],
                .large = (num_4x4_blocks_wide_lookup[mi->sb_type] > 1) |
                         (num_4x4_blocks_high_lookup[mi->sb_type] > 1) << 1,
                .tx = get_uv_tx_size(mi, &pd),
                .skip = mi->skip && is_inter_block(mi),
                .level = lfm->lfl_y[row * MI_BLOCK_SIZE + col],
                .last_col = mi_col + col == cm->mi_cols - 1,
                .last_row = mi_row + row == cm->mi_rows - 1,
            };
            qpu_vp9_lf_chroma(dst, &b, ss_hor, ss_ver);
        }
}

int vp9_qpu_lf(QpuBatch *const b, VP9_COMMON *const cm, uint8_t *cross, QpuVp9Lf *const lf) {
    const int sbw = (cm->mi_cols + 7) >> 3, sbh = (cm->mi_rows + 7) >> 3;
    const int has_masks = cm->subsampling_x == cm->subsampling_y;
    const size_t n = (size_t) (sbw * sbh);
    struct QpuVp9LfSb *dst = qpu_batch_upload(b, (n << !has_masks) * sizeof(*dst), &lf->sb);
    struct QpuVp9LfSb *uv = has_masks ? NULL : dst + n;
    if (!dst) return -ENOMEM;
    lf->cross = cross;
    lf->sharpness = cm->lf.sharpness_level;
    for (int mi_row = 0; mi_row < cm->mi_rows; mi_row += MI_BLOCK_SIZE)
        for (int mi_col = 0; mi_col < cm->mi_cols; mi_col += MI_BLOCK_SIZE, dst++, cross++) {
            LOOP_FILTER_MASK *const lfm = get_lfm(&cm->lf, mi_row, mi_col);
            struct QpuVp9LfSb sb;
            vp9_adjust_mask(cm, mi_row, mi_col, lfm);
            qpu_vp9_lf_sb(&sb, lfm->left_y, lfm->above_y, lfm->int_4x4_y, lfm->left_uv, lfm->above_uv,
                          lfm->int_4x4_uv, lfm->lfl_y);
            memcpy(dst, &sb, sizeof(sb)); /* at once: it may not be cached */
            *cross = (uint8_t) (qpu_vp9_lf_cross8(lfm->left_y[0], lfm->left_y[1], lfm->int_4x4_y) *
                                QPU_VP9_LF_CROSS_Y);
            if (uv) {
                chroma(cm, mi_row, mi_col, lfm, &sb);
                memcpy(uv++, &sb, sizeof(sb));
                uint64_t left[2], inner;
                memcpy(left, sb.left, sizeof(left));
                memcpy(&inner, sb.inner, sizeof(inner));
                const int crosses = cm->subsampling_x ? qpu_vp9_lf_cross4(left[0], left[1], inner) :
                                                        qpu_vp9_lf_cross8(left[0], left[1], inner);
                *cross |= (uint8_t) (crosses * QPU_VP9_LF_CROSS_UV);
            } else if (cm->subsampling_x) {
                *cross |= (uint8_t) (qpu_vp9_lf_cross_uv(lfm->left_uv[0], lfm->left_uv[1],
                                                         lfm->int_4x4_uv) * QPU_VP9_LF_CROSS_UV);
            }
        }
    return 0;
}
