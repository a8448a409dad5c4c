/* Upstream's constant tables in device memory, made when first needed. */

#ifndef DAEDALUS_DAV1D_TABLES_H
#define DAEDALUS_DAV1D_TABLES_H

#include "qpu_av1_ipred.h"
#include "qpu_av1_itx.h"
#include "qpu_av1_mc.h"

/* Owner: the order's lock; scans: constant after opening */
struct Dav1dQpuTables {
    QpuAv1ItxScans scans;
    QpuRange mc[3];     /* 8, 10, 12 bits */
    QpuRange itx, ipred;
    QpuRange masks;     /* dav1d_masks, whole */
};

/* What kernels of intra prediction read of them: fills QPU_AV1_IPRED_TABLES_SIZE bytes. */
void dav1d_qpu_ipred_tables(void *dst);

void dav1d_qpu_tables_init(struct Dav1dQpuTables *t);

/* Makes those for a bit depth. Returns 0 or a negative errno. */
int dav1d_qpu_tables_get(struct Dav1dQpuTables *t, QpuContext *ctx, int bpc);

#endif /* DAEDALUS_DAV1D_TABLES_H */
