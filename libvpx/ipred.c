/* Records intra prediction: vp9_predict_intra_block(). */

#include "vp9/qpu/hooks.h"
#include "vp9/qpu/rec.h"

#include "qpu_vp9_ipred.h"

/* Upstream's modes and the kernel's have the same numbers. */
_Static_assert(DC_PRED == QPU_VP9_IPRED_DC && V_PRED == QPU_VP9_IPRED_V && H_PRED == QPU_VP9_IPRED_H &&
               D45_PRED == QPU_VP9_IPRED_D45 && D135_PRED == QPU_VP9_IPRED_D135 &&
               D117_PRED == QPU_VP9_IPRED_D117 && D153_PRED == QPU_VP9_IPRED_D153 &&
               D207_PRED == QPU_VP9_IPRED_D207 && D63_PRED == QPU_VP9_IPRED_D63 &&
               TM_PRED == QPU_VP9_IPRED_TM, "passed on");

/* Where a block begins in its plane, in 4x4 blocks. */
static inline unsigned start4(const int to_edge, const int ss) {
    return (unsigned) (-to_edge >> (5 + ss));
}

void vp9_qpu_intra(MACROBLOCKD *const xd, const int plane, const int row, const int col,
                   const TX_SIZE tx_size, const PREDICTION_MODE mode)
{
    Vp9QpuTile *const tile = xd->qpu;
    const struct macroblockd_plane *const pd = &xd->plane[plane];
    const uint32_t n = tile->n_ipred++;
    const unsigned x4 = start4(xd->mb_to_left_edge, pd->subsampling_x) + (unsigned) col;
    const unsigned y4 = start4(xd->mb_to_top_edge, pd->subsampling_y) + (unsigned) row;
    tile->ipred_level[n] = (uint16_t)
        qpu_vp9_ipred_job(&tile->ipred[n], &tile->rec->map[plane], (unsigned) plane, x4, y4, tx_size, mode,
                          row || xd->above_mi, col || xd->left_mi, col + (1 << tx_size) < 1 << pd->n4_wl);
}
