/* What launches of inverse transforms share. */

#ifndef QPU_COMMON_ITX_LAUNCH_H
#define QPU_COMMON_ITX_LAUNCH_H

#include "qpu.h"

/* First elements and strides of f's planes, in elements of so many pixels. */
void itx_planes(const QpuFrame *f, uint32_t cols, uint32_t *org, uint32_t *stride);

/* Whether residuals of f's blocks have their places in res. */
int itx_fits(const QpuFrame *res, const QpuFrame *f);

/* No launch for 0 groups. */
int itx_dispatch(QpuBatch *b, const QpuKernel *k, const QpuRange *bind, int n_bind,
                 const void *push, size_t push_size, uint32_t groups);

#endif /* QPU_COMMON_ITX_LAUNCH_H */
