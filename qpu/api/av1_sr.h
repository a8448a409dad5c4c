/* dav1d's super-resolution of a frame, by bit depth: av1_sr_tmpl.c. */

#ifndef DAEDALUS_API_AV1_SR_H
#define DAEDALUS_API_AV1_SR_H

#include "api.h"
#include "qpu_av1.h"

/* The job is a QpuAv1Sr. The CPU's extra memory: a row of src and one of dst, with as many pixels on each
 * side as functions may read and write too many. */
#define AV1_SR_BESIDE 64

void daedalus_sr_cpu_8bpc(const Op *op, const DaedalusPlanes *src, const DaedalusPlanes *dst);
void daedalus_sr_cpu_16bpc(const Op *op, const DaedalusPlanes *src, const DaedalusPlanes *dst);

#endif /* DAEDALUS_API_AV1_SR_H */
