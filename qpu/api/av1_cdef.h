/* dav1d's CDEF on a frame, by bit depth: av1_cdef_tmpl.c. */

#ifndef DAEDALUS_AV1_CDEF_H
#define DAEDALUS_AV1_CDEF_H

#include "api.h"

void daedalus_cdef_cpu_8bpc(const Op *op, const DaedalusPlanes *src, const DaedalusPlanes *dst);
void daedalus_cdef_cpu_16bpc(const Op *op, const DaedalusPlanes *src, const DaedalusPlanes *dst);

#endif /* DAEDALUS_AV1_CDEF_H */
