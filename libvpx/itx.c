/* Records inverse transforms and packs their coefficients. */

#include <string.h>

#include "vp9/qpu/hooks.h"
#include "vp9/qpu/rec.h"
#include "vp9/qpu/tables.h"

#include "vp9/common/vp9_idct.h"
#include "vp9/common/vp9_scan.h"

/* Upstream's inverse_transform_block_intra(), of 8 bits and more. */
static void transform_8(const MACROBLOCKD *const xd, const tran_low_t *const coef, uint8_t *const dst,
                        const TX_SIZE tx, const TX_TYPE type, const int eob)
{
    const int n = 4 << tx;
    if (xd->lossless) vp9_iwht4x4_add(coef, dst, n, eob);
    else if (tx == TX_4X4) vp9_iht4x4_add(type, coef, dst, n, eob);
    else if (tx == TX_8X8) vp9_iht8x8_add(type, coef, dst, n, eob);
    else if (tx == TX_16X16) vp9_iht16x16_add(type, coef, dst, n, eob);
    else vp9_idct32x32_add(coef, dst, n, eob);
}

#if CONFIG_VP9_HIGHBITDEPTH
static void transform_16(const MACROBLOCKD *const xd, const tran_low_t *const coef, uint16_t *const dst,
                         const TX_SIZE tx, const TX_TYPE type, const int eob)
{
    const int n = 4 << tx;
    if (xd->lossless) vp9_highbd_iwht4x4_add(coef, dst, n, eob, xd->bd);
    else if (tx == TX_4X4) vp9_highbd_iht4x4_add(type, coef, dst, n, eob, xd->bd);
    else if (tx == TX_8X8) vp9_highbd_iht8x8_add(type, coef, dst, n, eob, xd->bd);
    else if (tx == TX_16X16) vp9_highbd_iht16x16_add(type, coef, dst, n, eob, xd->bd);
    else vp9_highbd_idct32x32_add(coef, dst, n, eob, xd->bd);
}
#endif

/* A block of a damaged stream, whose coefficients are beyond what the kernels compute
 * exactly as upstream does: its residual comes of upstream's own functions. */
static __attribute__((noinline)) uint32_t give(const MACROBLOCKD *const xd, QpuVp9ItxJob *const job, uint32_t *const dst,
                               tran_low_t *const coef, const TX_SIZE tx, const TX_TYPE type, const int eob)
{
    DECLARE_ALIGNED(32, uint16_t, on[2][32 * 32]);
    const size_t n = (size_t) 16 << 2 * tx;
    uint32_t words;
    xd->qpu->cpu_pixels += n;
#if CONFIG_VP9_HIGHBITDEPTH
    if (xd->cur_buf->flags & YV12_FLAG_HIGHBITDEPTH) {
        memset(on[0], 0, n * 2);
        for (size_t i = 0; i < n; i++) on[1][i] = (uint16_t) ((1 << xd->bd) - 1);
        for (int i = 0; i < 2; i++) transform_16(xd, coef, on[i], tx, type, eob);
        words = qpu_vp9_itx_give_16(job, dst, on[0], on[1], tx, xd->bd);
    } else
#endif
    {
        memset(on[0], 0, n);
        memset(on[1], 255, n);
        for (int i = 0; i < 2; i++) transform_8(xd, coef, (uint8_t *) on[i], tx, type, eob);
        words = qpu_vp9_itx_give_8(job, dst, (const uint8_t *) on[0], (const uint8_t *) on[1], tx);
    }
    memset(coef, 0, n * sizeof(*coef));
    return words;
}

void vp9_qpu_itx(MACROBLOCKD *const xd, const int plane, const int row, const int col, const TX_SIZE tx_size,
                 const TX_TYPE mode_type, const int eob)
{
    Vp9QpuTile *const tile = xd->qpu;
    const struct macroblockd_plane *const pd = &xd->plane[plane];
    const TX_TYPE tx_type = tx_size == TX_32X32 ? DCT_DCT : mode_type;
    const int type = xd->lossless ? QPU_VP9_ITX_WHT : (int) tx_type;
    const uint32_t n = tile->n_itx++;
    QpuVp9ItxJob *const job = &tile->itx[n];
    int key = qpu_vp9_itx_key(tx_size, type, eob);

    job->pos = QPU_VP9_ITX_POS((unsigned) (-xd->mb_to_left_edge >> (5 + pd->subsampling_x)) + (unsigned) col,
                               (unsigned) (-xd->mb_to_top_edge >> (5 + pd->subsampling_y)) + (unsigned) row,
                               plane);
    /* Intra blocks are predicted after all transforms: their own prediction adds it. */
    if (!is_inter_block(xd->mi[0])) {
        job->pos |= QPU_VP9_ITX_STORE;
        tile->ipred[tile->n_ipred - 1].how |= QPU_IPRED_RESIDUAL;
    }
    job->coefs = tile->n_coef;
    if (qpu_vp9_itx_is_dc(type, eob)) {
        qpu_vp9_itx_dc(job, pd->dqcoeff, tx_size, tile->bpc);
    } else {
        uint32_t *const dst = tile->coef + tile->n_coef;
        const int16_t *const scan = vp9_scan_orders[tx_size][tx_type].scan;
        uint32_t words = tile->bpc == 8 ?
            qpu_vp9_itx_pack_8(job, dst, pd->dqcoeff, scan, tx_size, type, eob, &key) :
            qpu_vp9_itx_pack_16(job, dst, pd->dqcoeff, scan, tx_size, type, eob, tile->bpc, &key);
        if (!words) {
            words = give(xd, job, dst, pd->dqcoeff, tx_size, tx_type, eob);
            key = qpu_vp9_itx_given_key(tx_size);
        }
        tile->n_coef += words;
    }
    tile->itx_key[n] = (uint8_t) key;
    tile->itx_count[key]++;
}
