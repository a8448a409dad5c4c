/* Intra jobs that come from upstream's inter prediction. */

#ifndef DAEDALUS_DAV1D_IPRED_H
#define DAEDALUS_DAV1D_IPRED_H

#include "src/qpu/rec.h"

/* Intra block copy of w x h pixels at (x, y) of a plane. */
void dav1d_qpu_intrabc(Dav1dTaskContext *t, int pl, int x, int y, int w, int h, mv mv);

/* The residual of a transform block whose prediction is not its own job's. */
void dav1d_qpu_keep(Dav1dTaskContext *t, int pl, int x4, int y4, int lw4, int lh4);

#endif /* DAEDALUS_DAV1D_IPRED_H */
