/* AV1's inverse transforms: what the parts share. */

#ifndef DAEDALUS_API_AV1_ITX_H
#define DAEDALUS_API_AV1_ITX_H

#include "api.h"
#include "qpu_av1_itx.h"

#define AV1_ITX_MAX 1024 /* coefficients */

/* A job of the batch's own: coefs are in dav1d's order, column after column, of op->coefs. */
typedef struct Av1Itx {
    DaedalusAv1Itx job;
    uint16_t eob; /* number of the last one in dav1d's order of scanning */
} Av1Itx;

/* dav1d's functions on a frame, by bit depth: av1_itx_tmpl.c. */
void daedalus_itx_cpu_8bpc(const Op *op, const DaedalusPlanes *host);
void daedalus_itx_cpu_16bpc(const Op *op, const DaedalusPlanes *host);
/* Whether a size has a type. */
int daedalus_itx_exists(int tx, int type);

static inline int av1_itx_width(const int tx) { return 4 << (qpu_av1_itx_dims[tx] & 7); }
static inline int av1_itx_height(const int tx) { return 4 << (qpu_av1_itx_dims[tx] >> 4); }

#endif /* DAEDALUS_API_AV1_ITX_H */
