/* What the device needs to run CDEF on a frame, from upstream's indices and
 * masks. */

#ifndef DAV1D_SRC_QPU_CDEF_H
#define DAV1D_SRC_QPU_CDEF_H

#include <stddef.h>
#include <stdint.h>

#include "src/internal.h"

#include "qpu_av1.h"

/* Bytes of the two arrays that dav1d_qpu_cdef_params() fills. */
size_t dav1d_qpu_cdef_params_size(const Dav1dFrameContext *f);
size_t dav1d_qpu_cdef_mask_size(const Dav1dFrameContext *f);

/* Needs f->lf.mask of a completely parsed frame; doesn't look at the
 * inloop_filters setting. Sets all of p but its ranges, and fills the arrays,
 * which are written from front to back and never read (they may be uncached).
 * planes has the planes of which at least one block may change; returns
 * whether there are any, if not, the arrays may be incomplete. */
int dav1d_qpu_cdef_params(const Dav1dFrameContext *f, uint32_t *params, uint32_t *mask,
                          QpuAv1Cdef *p);

#endif /* DAV1D_SRC_QPU_CDEF_H */
