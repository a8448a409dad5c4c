/* What the device needs to deblock a frame, from upstream's masks and
 * levels. */

#ifndef DAV1D_SRC_QPU_LF_H
#define DAV1D_SRC_QPU_LF_H

#include <stddef.h>
#include <stdint.h>

#include "src/internal.h"

#include "qpu_av1.h"

/* Both functions need f->lf.mask and f->lf.level of a completely parsed
 * frame, the masks with dav1d_loopfilter_sbrow_cols()' corrections at tile
 * edges. Neither looks at the inloop_filters setting.
 *
 * dav1d_qpu_lf_max(): how many words there are at most, one past which may be
 * written. dav1d_qpu_lf_edges() sets n[] to what is in each list and returns the
 * sum; the lists lie without gaps from dst on and hold no level 0. dst is
 * written from front to back and never read (it may be uncached). */
size_t dav1d_qpu_lf_max(const Dav1dFrameContext *f);
size_t dav1d_qpu_lf_edges(const Dav1dFrameContext *f, uint32_t *dst, uint32_t n[2][QPU_AV1_N_LF]);

#endif /* DAV1D_SRC_QPU_LF_H */
