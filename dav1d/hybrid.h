/* Frames that the CPU reconstructs and the device filters. Any failure on the
 * way leaves the frame to upstream's filters, which find the reconstructed pixels
 * untouched. */

#ifndef DAEDALUS_DAV1D_HYBRID_H
#define DAEDALUS_DAV1D_HYBRID_H

#include "src/qpu/frame.h"

/* Gets memory for the rows and points f's tables there. stages: filters for
 * the device. Returns 0 or a negative errno, f being untouched then. */
int dav1d_qpu_hybrid_init(struct Dav1dQpuFrame *q, Dav1dFrameContext *f, unsigned stages);

/* See dav1d_qpu_frame_sbrow(), dav1d_qpu_frame_finish(). */
int dav1d_qpu_hybrid_sbrow(struct Dav1dQpuFrame *q, Dav1dTaskContext *tc, int sby);
void dav1d_qpu_hybrid_finish(struct Dav1dQpuFrame *q);

/* Waits for the device and completes the picture. tc: for the filters, should
 * the CPU have to do them; NULL: have one made. skip: the picture is not
 * wanted any more. */
void dav1d_qpu_hybrid_complete(struct Dav1dQpuFrame *q, Dav1dTaskContext *tc, int skip);

#endif /* DAEDALUS_DAV1D_HYBRID_H */
