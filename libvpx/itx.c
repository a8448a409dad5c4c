/* Records inverse transforms and packs their coefficients. */

#include "vp9/qpu/hooks.h"
#include "vp9/qpu/rec.h"
#include "vp9/qpu/tables.h"

void vp9_qpu_itx(MACROBLOCKD *const xd, const int plane, const int row, const int col, const TX_SIZE tx_size,
                 const TX_TYPE tx_type, const int eob)
{
    Vp9QpuTile *const tile = xd->qpu;
    const struct macroblockd_plane *const pd = &xd->plane[plane];
    const int type = xd->lossless ? QPU_VP9_ITX_WHT : (int) tx_type;
    const int key = qpu_vp9_itx_key(tx_size, type, eob);
    const uint32_t n = tile->n_itx++;
    QpuVp9ItxJob *const job = &tile->itx[n];

    job->pos = QPU_VP9_ITX_POS((unsigned) (-xd->mb_to_left_edge >> (5 + pd->subsampling_x)) + (unsigned) col,
                               (unsigned) (-xd->mb_to_top_edge >> (5 + pd->subsampling_y)) + (unsigned) row,
                               plane);
    /* Intra blocks are predicted after all transforms: their own prediction adds it. */
    if (!is_inter_block(xd->mi[0])) {
        job->pos |= QPU_VP9_ITX_STORE;
        tile->ipred[tile->n_ipred - 1].how |= QPU_IPRED_RESIDUAL;
    }
    job->how = qpu_vp9_itx_how(tx_size, type, eob);
    job->coefs = tile->n_coef;
    job->dc = 0;
    tile->itx_key[n] = (uint8_t) key;
    tile->itx_count[key]++;
    if (qpu_vp9_itx_is_dc(type, eob)) {
        job->dc = pd->dqcoeff[0];
        pd->dqcoeff[0] = 0;
        return;
    }
    uint32_t *const dst = tile->coef + tile->n_coef;
    const QpuVp9ItxScans *const scans = &tile->rec->tables->scans;
    tile->n_coef += tile->is_high ? qpu_vp9_itx_pack_16(dst, pd->dqcoeff, scans, tx_size, type, eob) :
                                    qpu_vp9_itx_pack_8(dst, pd->dqcoeff, scans, tx_size, type, eob);
}
