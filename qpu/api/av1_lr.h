/* AV1's loop restoration: what the parts share. */

#ifndef DAEDALUS_API_AV1_LR_H
#define DAEDALUS_API_AV1_LR_H

#include "api.h"
#include "qpu_av1.h"

/* The jobs of an operation: as the engine takes them. */
typedef struct Av1Lr {
    QpuAv1Lr p; /* planes without units are copied */
    QpuAv1LrUnit units[];
} Av1Lr;

/* The CPU's extra memory: a unit's part of a stripe, and of dav1d's 8 rows around it, of which it
 * looks at 4. Columns: room to the left, a unit of one and a half times 256, and what functions may
 * write beyond it. */
#define AV1_LR_LEFT   64
#define AV1_LR_STRIDE (AV1_LR_LEFT + 384 + 64)
#define AV1_LR_AROUND 8
#define AV1_LR_EXTRA  (AV1_LR_STRIDE * (AV1_LR_AROUND + 64) * 2) /* bytes */

/* dav1d's functions on a frame, by bit depth: av1_lr_tmpl.c. */
void daedalus_lr_cpu_8bpc(const Op *op, const DaedalusPlanes *src, const DaedalusPlanes *dbl, const DaedalusPlanes *dst);
void daedalus_lr_cpu_16bpc(const Op *op, const DaedalusPlanes *src, const DaedalusPlanes *dbl, const DaedalusPlanes *dst);

#endif /* DAEDALUS_API_AV1_LR_H */
