/* What the parts of the engine share: the open device. */

#ifndef QPU_CONTEXT_H
#define QPU_CONTEXT_H

#include <pthread.h>
#include <stdatomic.h>

#include "qpu.h"
#include "vk.h"

struct QpuPipeline {
    const QpuKernel *kernel;
    int n_bind;
    VkPipeline pipeline;
};

struct QpuContext {
    /* set at opening, constant from then on */
    int null;               /* the null device: there is nothing behind vk */
    QpuVk vk;
    VkInstance instance;
    VkPhysicalDevice phys;
    VkDevice dev;
    VkQueue queue;          /* use under queue_lock */
    uint32_t family;
    VkPhysicalDeviceLimits limits;
    VkPhysicalDeviceMemoryProperties memory;
    uint32_t max_range;     /* of a buffer, a multiple of 256 */
    uint32_t upload_type, device_type, download_type; /* memory types */
    int unified;            /* uploads are device memory; no staging copy */
    int download_direct;    /* device memory can be read as well as any */
    int dmabuf;             /* extensions to import them are enabled */
    int heap_wanted;        /* no memory of the device's own is cached */
    int heap;               /* to make them from; -1: not used */
    int timestamps;
    uint32_t timestamp_bits;
    QpuDeviceInfo info;
    char *cache_path;       /* NULL: no pipeline cache on disk */
    VkDescriptorSetLayout set_layout[QPU_MAX_BINDINGS + 1]; /* by number of bindings */
    VkPipelineLayout pipeline_layout[QPU_MAX_BINDINGS + 1];
    VkPipelineCache cache;
    VkSemaphore timeline;

    /* None is taken inside another, but error_lock inside any. */
    pthread_mutex_t queue_lock; /* owns the queue, and writing submitted */

    pthread_mutex_t pipeline_lock; /* owns what follows */
    struct QpuPipeline *pipelines;
    uint32_t n_pipelines, n_pipelines_alloc;
    int cache_dirty;
    size_t cache_size;      /* on disk, at opening */

    pthread_mutex_t memory_lock; /* owns what follows */
    struct QpuScratchChunk **scratch; /* what new batches get */
    uint32_t n_scratch, n_scratch_alloc;
    uint64_t scratch_want;
    QpuBuffer **tables;
    uint32_t n_tables, n_tables_alloc;
    QpuBuffer *retired;     /* to be freed when their time comes */

    pthread_mutex_t error_lock; /* owns error */
    char error[160];

    /* any thread */
    atomic_uint_least64_t submitted; /* last timeline value handed to the queue */
    atomic_int lost;
    atomic_int hung; /* lost without being safe to free */
    atomic_uint_least64_t mem_now, mem_peak;
};

/* Frees the tables that are left, once there are no batches. */
void qpu_tables_close(QpuContext *ctx);

/* Keeps what went wrong for qpu_context_error(). */
void qpu_set_error(QpuContext *ctx, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Notes which call failed and a lost device, returns the errno. */
int qpu_vk_failed(QpuContext *ctx, const char *call, VkResult res);

/* QPU_TRY(ctx, CreateBuffer(...)) calls it; on failure sets res and jumps. */
#define QPU_TRY(ctx, call) do { \
        const VkResult vkres_ = (ctx)->vk.call; \
        if (vkres_ != VK_SUCCESS) { \
            res = qpu_vk_failed(ctx, #call, vkres_); \
            goto error; \
        } \
    } while (0)

#endif /* QPU_CONTEXT_H */
