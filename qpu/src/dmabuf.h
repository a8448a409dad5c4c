/* Cached memory for downloads on a device whose own memory is all uncached
 * (V3D), where the CPU reads a frame at a few hundred MB/s: memory from the
 * kernel's heap, which the device imports as a dma-buf. */

#ifndef QPU_DMABUF_H
#define QPU_DMABUF_H

#include "memory.h"

/* Tries whether downloads can come this way, and come right; if so, ctx->heap
 * is open (else -1) and downloads are copied. The context is otherwise ready. */
void qpu_dmabuf_open(QpuContext *ctx);
void qpu_dmabuf_close(QpuContext *ctx);

/* Like qpu_buffer_alloc(); the caller has another way when it fails. */
int qpu_dmabuf_alloc(QpuContext *ctx, QpuBuffer **out, uint32_t size);
/* The part of qpu_buffer_free() that is not Vulkan's. */
void qpu_dmabuf_free(QpuBuffer *b);

/* The CPU may read what the device wrote, from the one to the other. Nothing
 * happens to buffers of other kinds. */
int qpu_dmabuf_begin_read(QpuContext *ctx, QpuBuffer *b);
void qpu_dmabuf_end_read(QpuBuffer *b);

#endif /* QPU_DMABUF_H */
