/* Compute pipelines, one a kernel, built at first use or ahead of it, with a
 * cache on disk. */

#ifndef QPU_PIPELINE_H
#define QPU_PIPELINE_H

#include "context.h"

int qpu_pipelines_open(QpuContext *ctx, const char *cache_path);
/* Writes the cache back if it grew. */
void qpu_pipelines_close(QpuContext *ctx);

/* VK_NULL_HANDLE in *out and a negative errno on failure. n_bind is the number
 * of storage buffers that the kernel declares. Any thread. */
int qpu_pipeline_get(QpuContext *ctx, const QpuKernel *kernel, int n_bind, VkPipeline *out);

#endif /* QPU_PIPELINE_H */
