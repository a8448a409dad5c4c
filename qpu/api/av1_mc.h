/* dav1d's inter prediction of an operation's blocks, by bit depth: av1_mc_tmpl.c. */

#ifndef DAEDALUS_API_AV1_MC_H
#define DAEDALUS_API_AV1_MC_H

#include "mc.h"

void daedalus_mc_cpu_8bpc(const Op *op, const DaedalusPlanes *const *host);
void daedalus_mc_cpu_16bpc(const Op *op, const DaedalusPlanes *const *host);

#endif /* DAEDALUS_API_AV1_MC_H */
