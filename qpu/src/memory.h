/* Buffers, and arenas of buffers that a batch refills each frame. */

#ifndef QPU_MEMORY_H
#define QPU_MEMORY_H

#include "context.h"

#define QPU_ALIGNMENT 256U /* offsets of storage buffers, on every device */

struct QpuBuffer {
    VkBuffer buf;
    VkDeviceMemory mem;
    uint8_t *map;       /* NULL: the CPU can't see it */
    uint32_t size;
    int cached, coherent;
    int shared;         /* by batches: a later one overwrites it */
    int dmabuf;         /* cached memory of the kernel's: */
    int fd, reading;
    size_t mapped;
    QpuBuffer *staging; /* where the CPU writes what is copied here, or NULL */
    QpuBuffer *next;    /* in the list of the retired */
    uint64_t retired;   /* timeline value when nothing uses it any more */
};

enum QpuMemory { QPU_MEM_UPLOAD, QPU_MEM_DEVICE, QPU_MEM_DOWNLOAD };

/* On a device without unified memory an upload buffer has a staging twin, and
 * map is the twin's. size is a multiple of 256. */
int qpu_buffer_alloc(QpuContext *ctx, QpuBuffer **out, enum QpuMemory kind, uint32_t size);
void qpu_buffer_free(QpuContext *ctx, QpuBuffer **buf);

/* Counts memory that came (or, negative, went) outside of the two. */
void qpu_memory_account(QpuContext *ctx, int64_t bytes);

/* Frees the buffer once the batches submitted so far are done; never waits.
 * Any thread. */
void qpu_buffer_retire(QpuContext *ctx, QpuBuffer **buf);
/* Frees the retired whose time has come; with all set, all of them. */
void qpu_buffers_reap(QpuContext *ctx, int all);

/* size rounded up to what ranges are made of; 0 counts as 1. */
static inline uint64_t qpu_aligned(const uint64_t size) {
    return ((size ? size : 1) + QPU_ALIGNMENT - 1) & ~(uint64_t) (QPU_ALIGNMENT - 1);
}

/* The largest buffer that is made without being asked for in one piece. */
static inline uint32_t qpu_max_chunk(const QpuContext *const ctx) {
    return ctx->max_range < 1U << 30 ? ctx->max_range : 1U << 30;
}

/* Ranges are cut from the front of a buffer; a full one is followed by
 * another. A reset leaves one buffer that holds all of what was needed at any
 * time. */
typedef struct QpuArena {
    enum QpuMemory kind;
    struct QpuChunk {
        QpuBuffer *buf;
        uint32_t used;
        uint32_t most;  /* that was used, before some of it was given back */
    } *chunk;
    uint32_t n_chunks, n_alloc;
    uint32_t cur;       /* that ranges are cut from */
} QpuArena;

int qpu_arena_alloc(QpuContext *ctx, QpuArena *a, size_t size, QpuRange *out);
int qpu_arena_reset(QpuContext *ctx, QpuArena *a);
void qpu_arena_free(QpuContext *ctx, QpuArena *a);

#endif /* QPU_MEMORY_H */
