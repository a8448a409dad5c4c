/* From a frame's recordings to the submit. */

#ifndef DAEDALUS_LIBVPX_RECON_H
#define DAEDALUS_LIBVPX_RECON_H

#include "vp9/decoder/vp9_decoder.h"

/* Returns 0 or a negative errno: then nothing has been submitted. */
int vp9_qpu_launch(VP9Decoder *pbi);

#endif /* DAEDALUS_LIBVPX_RECON_H */
