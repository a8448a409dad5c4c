/* Scratch memory. Batches run one after the other, so all of them have the
 * same: each batch cuts its ranges from the front of the context's buffers,
 * regardless of the others. */

#ifndef QPU_SCRATCH_H
#define QPU_SCRATCH_H

#include "context.h"

/* A buffer, and how many hold it: the context, while it is given to new
 * batches, and each batch, from its first range in it to the end of its run. */
struct QpuScratchChunk {
    QpuBuffer *buf;
    int refs;
};

/* A batch's place in them; all zero at first. */
typedef struct QpuScratch {
    struct QpuScratchChunk **chunk; /* ranges are cut from the last one */
    uint32_t n_chunks, n_alloc;
    uint32_t used;                  /* of the last one */
    uint64_t total;                 /* bytes cut */
} QpuScratch;

/* Different batches' scratch may be used by several threads at once. */
int qpu_scratch_alloc(QpuContext *ctx, QpuScratch *s, size_t size, QpuRange *out);
/* The batch holds nothing any more. The device must be done with it. */
void qpu_scratch_reset(QpuContext *ctx, QpuScratch *s);
/* Frees what qpu_scratch_reset() keeps for the next time. */
void qpu_scratch_free(QpuContext *ctx, QpuScratch *s);

/* The context's share, once there are no batches. */
void qpu_scratch_close(QpuContext *ctx);

#endif /* QPU_SCRATCH_H */
