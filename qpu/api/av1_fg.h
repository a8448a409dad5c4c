/* AV1's film grain: what the parts share. */

#ifndef DAEDALUS_API_AV1_FG_H
#define DAEDALUS_API_AV1_FG_H

#include "api.h"
#include "qpu_av1_fg.h"

#define AV1_FG_ROWS 32 /* of luma that are done at once */

/* What a call keeps in op->extra, 64 bytes aligned: the tables, dav1d's form of the parameters, a strip of
 * pixels; av1_fg_tmpl.c knows it. */
size_t daedalus_fg_work_size_8bpc(const DaedalusFrame *f);
size_t daedalus_fg_work_size_16bpc(const DaedalusFrame *f);
/* Fills that in, but for the pixels. The result is a part of it. */
const QpuAv1Fg *daedalus_fg_prepare_8bpc(void *work, const DaedalusFrame *f, const DaedalusAv1Fg *fg);
const QpuAv1Fg *daedalus_fg_prepare_16bpc(void *work, const DaedalusFrame *f, const DaedalusAv1Fg *fg);
/* dav1d's functions on a frame. */
void daedalus_fg_cpu_8bpc(const Op *op, const DaedalusPlanes *src, const DaedalusPlanes *dst);
void daedalus_fg_cpu_16bpc(const Op *op, const DaedalusPlanes *src, const DaedalusPlanes *dst);

#endif /* DAEDALUS_API_AV1_FG_H */
