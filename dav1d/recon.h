/* Frames that are made on the device as a whole: parsed and recorded by the
 * decoder's threads, gathered into a batch and submitted in decoding order. */

#ifndef DAEDALUS_DAV1D_RECON_H
#define DAEDALUS_DAV1D_RECON_H

#include "src/qpu/frame.h"
#include "src/qpu/recover.h"

/* Returns 0, or a negative errno, f being untouched then: -ENOTSUP also where
 * f refers to a picture that is not on the device. stages: those wanted. */
int dav1d_qpu_recon_init(struct Dav1dQpuFrame *q, Dav1dFrameContext *f, unsigned stages,
                         Dav1dQpuFrameId id);

/* See dav1d_qpu_frame_sbrow(), dav1d_qpu_frame_finish(), dav1d_qpu_frame_exit(). */
int dav1d_qpu_recon_sbrow(struct Dav1dQpuFrame *q, int sby);
void dav1d_qpu_recon_finish(struct Dav1dQpuFrame *q);
void dav1d_qpu_recon_exit(struct Dav1dQpuFrame *q);

#endif /* DAEDALUS_DAV1D_RECON_H */
