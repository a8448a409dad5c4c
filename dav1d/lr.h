/* What the device needs to restore a frame, from upstream's units. */

#ifndef DAV1D_SRC_QPU_LR_H
#define DAV1D_SRC_QPU_LR_H

#include "src/internal.h"

#include "qpu_av1.h"

/* How many units dav1d_qpu_lr_units() may write, 0 where the frame header
 * turns restoration off. */
int dav1d_qpu_lr_max_units(const Dav1dFrameContext *f);

/* Needs f->lf.lr_mask of a completely parsed frame; doesn't look at the
 * inloop_filters setting. Fills units, which p then points into, and all of p.
 * Returns the planes that have a unit to restore as bits; p has no units for
 * the others, which stay as they are. */
int dav1d_qpu_lr_units(const Dav1dFrameContext *f, QpuAv1LrUnit *units, QpuAv1Lr *p);

#endif /* DAV1D_SRC_QPU_LR_H */
