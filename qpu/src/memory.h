/* Buffers, and arenas of buffers that a batch refills each frame. */

#ifndef QPU_MEMORY_H
#define QPU_MEMORY_H

#include "context.h"

struct QpuBuffer {
    VkBuffer buf;
    VkDeviceMemory mem;
    uint8_t *map;       /* NULL: the CPU can't see it */
    uint32_t size;
    int cached, coherent;
    QpuBuffer *staging; /* where the CPU writes what is copied here, or NULL */
};

enum QpuMemory { QPU_MEM_UPLOAD, QPU_MEM_DEVICE, QPU_MEM_DOWNLOAD };

/* On a device without unified memory an upload buffer has a staging twin, and
 * map is the twin's. */
int qpu_buffer_alloc(QpuContext *ctx, QpuBuffer **out, enum QpuMemory kind, uint32_t size);
void qpu_buffer_free(QpuContext *ctx, QpuBuffer **buf);

/* Ranges are cut from the front of the last buffer; a full one is followed by
 * another. A reset leaves one buffer that holds all of what was needed. */
typedef struct QpuArena {
    enum QpuMemory kind;
    struct QpuChunk {
        QpuBuffer *buf;
        uint32_t used;
    } chunk[32];
    int n_chunks;
} QpuArena;

int qpu_arena_alloc(QpuContext *ctx, QpuArena *a, size_t size, QpuRange *out);
int qpu_arena_reset(QpuContext *ctx, QpuArena *a);
void qpu_arena_free(QpuContext *ctx, QpuArena *a);

#endif /* QPU_MEMORY_H */
