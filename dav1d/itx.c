/* Records inverse transforms, AV1 specification 7.13, and packs their
 * coefficients. */

#include "config.h"

#include "common/frame.h"
#include "common/intops.h"

#include "src/levels.h"
#include "src/qpu/frame.h"
#include "src/qpu/ipred.h"
#include "src/qpu/rec.h"
#include "src/tables.h"

/* Where the residual goes. Inter blocks and palettes are predicted before all
 * transforms, so theirs is added by the transform. Other intra blocks come
 * after: their residual is stored, and added by their own prediction, or by a
 * job of its own where that is for more than this transform's block. */
static uint32_t target(Dav1dTaskContext *const t, const Av1Block *const b, const int pl,
                       const int x4, const int y4, const enum RectTxfmSize tx)
{
    struct Dav1dQpuTile *const tile = t->qpu;
    if (b->intra) {
        if (b->pal_sz[!!pl]) return 0;
        tile->ipred[tile->last_ipred[pl]].how |= QPU_IPRED_RESIDUAL;
        return QPU_AV1_ITX_STORE;
    }
    if (IS_KEY_OR_INTRA(t->f->frame_hdr) ||
        (b->comp_type == COMP_INTER_NONE && b->interintra_type))
    {
        const TxfmInfo *const t_dim = &dav1d_txfm_dimensions[tx];
        dav1d_qpu_keep(t, pl, x4, y4, t_dim->lw, t_dim->lh);
        return QPU_AV1_ITX_STORE;
    }
    return 0;
}

void dav1d_qpu_itx(Dav1dTaskContext *const t, const Av1Block *const b, const int pl,
                   const enum RectTxfmSize tx, const enum TxfmType txtp,
                   void *const coef, const int eob)
{
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const int x4 = t->bx >> tile->ss_hor[!!pl];
    const int y4 = t->by >> tile->ss_ver[!!pl];
    const int key = qpu_av1_itx_key(tx, txtp, eob), hbd = f->seq_hdr->hbd;
    const uint32_t n = tile->n_itx++;
    QpuAv1ItxJob *const job = &tile->itx[n];

    job->pos = QPU_AV1_ITX_POS(x4, y4, pl) | target(t, b, pl, x4, y4, tx);
    job->how = qpu_av1_itx_how(tx, txtp, eob);
    job->coefs = tile->n_coef;
    job->dc = 0;
    tile->itx_key[n] = (uint8_t) key;
    tile->itx_count[key]++;
    if (qpu_av1_itx_is_dc(txtp, eob)) {
        if (hbd) {
            job->dc = *(int32_t *) coef;
            *(int32_t *) coef = 0;
        } else {
            job->dc = *(int16_t *) coef;
            *(int16_t *) coef = 0;
        }
        return;
    }
    uint32_t *const dst = tile->coef + tile->n_coef;
    const QpuAv1ItxScans *const scans = f->qpu->rec.scans;
    tile->n_coef += hbd ? qpu_av1_itx_pack_16(dst, coef, scans, tx, txtp, eob) :
                          qpu_av1_itx_pack_8(dst, coef, scans, tx, txtp, eob);
}
