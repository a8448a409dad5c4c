/* DAEDALUS_GUARD=1, in builds with faults: while a frame is recorded, its buffer and
 * those it refers to are memory that can't be accessed, so that any pixel that the
 * CPU touches ends the program. */

#ifndef DAEDALUS_LIBVPX_GUARD_H
#define DAEDALUS_LIBVPX_GUARD_H

#include "vp9/decoder/vp9_decoder.h"

#ifdef QPU_FAULTS
void vp9_qpu_guard_begin(VP9Decoder *pbi);
void vp9_qpu_guard_end(VP9Decoder *pbi); /* nothing happens if there was no begin */
#else
static inline void vp9_qpu_guard_begin(VP9Decoder *const pbi) { (void) pbi; }
static inline void vp9_qpu_guard_end(VP9Decoder *const pbi) { (void) pbi; }
#endif

#endif /* DAEDALUS_LIBVPX_GUARD_H */
