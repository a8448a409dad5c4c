/* The post-filters of a frame on the device: deblocking, CDEF,
 * super-resolution, loop restoration. */

#ifndef DAEDALUS_DAV1D_FILTERS_H
#define DAEDALUS_DAV1D_FILTERS_H

#include "src/qpu/frame.h"

/* Filters that the frame and the settings ask for, as bits. */
unsigned dav1d_qpu_filters_of(const Dav1dFrameContext *f);

/* Points f's tables to filters that do nothing (deblocking only unless
 * q->lf_on_cpu), keeping upstream's in q. filter_sbrow: what is called for a
 * superblock row without threads; NULL: nothing, and the frame has edges of its
 * own (edges.h) in place of upstream's masks. */
void dav1d_qpu_filters_off(struct Dav1dQpuFrame *q, Dav1dFrameContext *f,
                           void (*filter_sbrow)(Dav1dFrameContext *f, int sby));

/* Launches q->stages' filters on q->cur.
 *
 * dst NULL: q->out[p] says where plane p ends up. Else all planes of the result
 * end up in one frame: in *dst, whose range and layout (that of the upscaled
 * frame) the caller gives, or in q->cur if nothing needs another frame. Returns
 * 1 in that last case, else 0 or a negative errno. */
int dav1d_qpu_filters_launch(struct Dav1dQpuFrame *q, const QpuFrame *dst);

#endif /* DAEDALUS_DAV1D_FILTERS_H */
