/* Where upstream's decoder puts coefficients, and packing them: for sources that are
 * compiled per bit depth. */

#ifndef QPU_TESTS_AV1_ITX_COEFS_H
#define QPU_TESTS_AV1_ITX_COEFS_H

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/scan.h"
#include "src/tables.h"

#include "qpu_av1_itx.h"

static const QpuAv1ItxScans *scans(void) {
    static QpuAv1ItxScans s;
    qpu_av1_itx_scans(&s, dav1d_scans);
    return &s;
}

static uint32_t pack(uint32_t *const dst, coef *const src, const int tx, const int type, const int eob) {
#if BITDEPTH == 8
    return qpu_av1_itx_pack_8(dst, src, scans(), tx, type, eob);
#else
    return qpu_av1_itx_pack_16(dst, src, scans(), tx, type, eob);
#endif
}

/* Where decode_coefs() puts coefficient i. */
static int place(const int tx, const int type, const int i) {
    const TxfmInfo *const t = &dav1d_txfm_dimensions[tx];
    const int slw = imin(t->lw, TX_32X32), slh = imin(t->lh, TX_32X32);
    switch (dav1d_tx_type_class[type]) {
    case TX_CLASS_2D: return dav1d_scans[tx][i];
    case TX_CLASS_H: return i;
    default: return (i & ((4 << slw) - 1)) << (slh + 2) | i >> (slw + 2);
    }
}

#endif /* QPU_TESTS_AV1_ITX_COEFS_H */
