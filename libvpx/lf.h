/* The loop filter's input, from upstream's masks. */

#ifndef DAEDALUS_LIBVPX_LF_H
#define DAEDALUS_LIBVPX_LF_H

#include "vp9/common/vp9_onyxc_int.h"

#include "qpu_vp9_lf.h"

/* Uploads what a parsed frame's filter reads; cross: a byte a superblock, to be kept
 * until the launch. Returns 0 or a negative errno. */
int vp9_qpu_lf(QpuBatch *b, VP9_COMMON *cm, uint8_t *cross, QpuVp9Lf *lf);

#endif /* DAEDALUS_LIBVPX_LF_H */
