/* Proof for tests that a frame that is recorded has no pixel touched by the CPU. */

#ifndef DAEDALUS_DAV1D_GUARD_H
#define DAEDALUS_DAV1D_GUARD_H

#include "src/internal.h"

#ifdef QPU_FAULTS
/* With DAEDALUS_GUARD=1, puts memory that can't be accessed in the place of f's
 * picture and those it refers to. Once f's tables are set up. */
void dav1d_qpu_guard(Dav1dFrameContext *f);
#else
static inline void dav1d_qpu_guard(Dav1dFrameContext *const f) {}
#endif

#endif /* DAEDALUS_DAV1D_GUARD_H */
