/* M5: what it costs to hand something to the device, to wait for it, and to move
 * memory to and fro. */

#include "qpubench.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "context.h"
#include "qpu_mc.h"
#include "session/stats.h"
#include "timing.h"

#define COPY_BYTES (16U << 20)
#define FURTHER    100

static double cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static int begin(QpuBatch *const b, const QpuFrame *const f, const int dispatches) {
    int res = qpu_batch_begin(b);
    for (int i = 0; i < dispatches && !res; i++)
        res = qpu_mc_extend(b, f);
    return res;
}

/* Medians, in ns, of a batch with so many dispatches, from its submit until a wait has
 * returned: a sleeping one, or one that asks all the time. */
static int time_batch(QpuContext *const ctx, QpuBatch *const b, const QpuFrame *const f, const int dispatches,
                      const int ask, const int n, double *const wall, double *const cpu)
{
    double walls[MAX_SAMPLES], cpus[MAX_SAMPLES];
    for (int i = -2; i < n; i++) { /* the first ones warm up */
        int res = begin(b, f, dispatches);
        if (res) return res;
        const double cpu_start = cpu_ns();
        const uint64_t start = qpu_now_ns();
        if ((res = qpu_batch_submit(b))) return res;
        uint64_t value = 0;
        for (; ask && value < b->value; sched_yield())
            if (ctx->vk.GetSemaphoreCounterValue(ctx->dev, ctx->timeline, &value) != VK_SUCCESS) return -EIO;
        if (!ask && (res = qpu_batch_wait(b))) return res;
        if (i >= 0) {
            walls[i] = (double) (qpu_now_ns() - start);
            cpus[i] = cpu_ns() - cpu_start;
        }
        if (ask && (res = qpu_batch_wait(b))) return res;
    }
    *wall = median(walls, n);
    if (cpu) *cpu = median(cpus, n);
    return 0;
}

static int time_batches(QpuContext *const ctx, const Options *const o, Costs *const c) {
    QpuBatch *b = NULL;
    QpuPool *pool = NULL;
    QpuFrame f;
    const int n = o->quick ? 15 : MAX_SAMPLES;
    double empty, cpu, one, many, asked;
    /* the smallest frame there is: a workgroup or two */
    int res = qpu_frame_layout(ctx, &f, 8, 8, 8, 1, 0, 0);
    if (!res) res = qpu_pool_open(ctx, f.range.size, &pool);
    if (!res) res = qpu_pool_alloc(pool, f.range.size, &f.range);
    if (!res) res = qpu_batch_open(ctx, &b);
    if (!res) res = time_batch(ctx, b, &f, 0, 0, n, &empty, &cpu);
    if (!res) res = time_batch(ctx, b, &f, 1, 0, n, &one, NULL);
    if (!res) res = time_batch(ctx, b, &f, 1 + FURTHER, 0, n, &many, NULL);
    if (!res) res = time_batch(ctx, b, &f, 1 + FURTHER, 1, n, &asked, NULL);
    if (!res) {
        c->submit_us = empty * 1e-3;
        c->submit_cpu_us = cpu * 1e-3;
        c->dispatch_us = (one - empty) * 1e-3;
        c->further_us = (many - one) * 1e-3 / FURTHER;
        c->wake_us = (many - asked) * 1e-3;
    }
    qpu_batch_close(&b);
    if (pool) qpu_pool_close(&pool);
    return res;
}

static double mb_s(const double bytes, const double ns) {
    return ns > 0 ? bytes * 1e3 / ns : 0;
}

/* The way that jobs take to the device, and that frames take back. */
static int time_transfers(QpuContext *const ctx, const Options *const o, Costs *const c) {
    QpuBatch *b = NULL;
    QpuPool *pool = NULL;
    QpuRange part[2], up;
    double ups[MAX_SAMPLES], downs[MAX_SAMPLES], copies[MAX_SAMPLES];
    const int n = o->quick ? 3 : 15;
    const uint32_t size = COPY_BYTES;
    uint8_t *const bytes = malloc(size);
    int res = bytes ? qpu_pool_open(ctx, size * 2, &pool) : -ENOMEM;
    if (!res) memset(bytes, 1, size);
    for (int i = 0; i < 2 && !res; i++)
        res = qpu_pool_alloc(pool, size, &part[i]);
    if (!res) res = qpu_batch_open(ctx, &b);
    for (int i = -1; i < n && !res; i++) {
        if ((res = qpu_batch_begin(b))) break;
        uint64_t start = qpu_now_ns();
        void *const to = qpu_batch_upload(b, size, &up);
        if (!to) {
            res = -ENOMEM;
            break;
        }
        memcpy(to, bytes, size);
        if ((res = qpu_batch_submit(b)) || (res = qpu_batch_wait(b))) break;
        if (i >= 0) ups[i] = (double) (qpu_now_ns() - start);

        if ((res = qpu_batch_begin(b)) || (res = qpu_batch_copy(b, &part[0], &part[1]))) break;
        start = qpu_now_ns();
        if ((res = qpu_batch_submit(b)) || (res = qpu_batch_wait(b))) break;
        if (i >= 0) copies[i] = (double) (qpu_now_ns() - start);

        if ((res = qpu_batch_begin(b)) || (res = qpu_batch_download(b, &part[1]))) break;
        start = qpu_now_ns();
        if ((res = qpu_batch_submit(b)) || (res = qpu_batch_wait(b))) break;
        int cached;
        memcpy(bytes, qpu_batch_downloaded(b, 0, &cached), size);
        if (i >= 0) downs[i] = (double) (qpu_now_ns() - start);
    }
    if (!res) {
        c->upload_mb_s = mb_s(size, median(ups, n));
        c->copy_mb_s = mb_s(size, median(copies, n));
        c->download_mb_s = mb_s(size, median(downs, n));
    }
    qpu_batch_close(&b);
    if (pool) qpu_pool_close(&pool);
    free(bytes);
    return res;
}

/* How fast the CPU writes and reads a type of memory. A type that can't be had is left out. */
static void time_memory(QpuContext *const ctx, const Options *const o, Costs *const c, const uint32_t type) {
    const QpuVk *const vk = &ctx->vk;
    const VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .allocationSize = COPY_BYTES,
        .memoryTypeIndex = type,
    };
    VkDeviceMemory mem;
    void *map;
    if (vk->AllocateMemory(ctx->dev, &info, NULL, &mem) != VK_SUCCESS) return;
    uint8_t *const bytes = malloc(COPY_BYTES);
    if (!bytes || vk->MapMemory(ctx->dev, mem, 0, COPY_BYTES, 0, &map) != VK_SUCCESS) goto end;
    double writes[MAX_SAMPLES], reads[MAX_SAMPLES];
    const int n = o->quick ? 3 : 9;
    memset(bytes, 1, COPY_BYTES);
    for (int i = -1; i < n; i++) {
        uint64_t start = qpu_now_ns();
        memcpy(map, bytes, COPY_BYTES);
        if (i >= 0) writes[i] = (double) (qpu_now_ns() - start);
        start = qpu_now_ns();
        memcpy(bytes, map, COPY_BYTES);
        if (i >= 0) reads[i] = (double) (qpu_now_ns() - start);
    }
    c->memory[c->n_memory].index = type;
    c->memory[c->n_memory].flags = ctx->memory.memoryTypes[type].propertyFlags;
    c->memory[c->n_memory].write_mb_s = mb_s(COPY_BYTES, median(writes, n));
    c->memory[c->n_memory++].read_mb_s = mb_s(COPY_BYTES, median(reads, n));
end:
    free(bytes);
    vk->FreeMemory(ctx->dev, mem, NULL);
}

int open_timed(QpuContext **const ctx, const QpuContextParams *const params, char *const why, const size_t size,
               Costs *const c)
{
    const double cpu_start = cpu_ns();
    const uint64_t start = qpu_now_ns();
    const int res = qpu_context_open(ctx, params, why, size);
    *c = (Costs) { .open_ms = (double) (qpu_now_ns() - start) * 1e-6, .open_cpu_ms = (cpu_ns() - cpu_start) * 1e-6 };
    return res;
}

void measure_costs(QpuContext *const ctx, const Options *const o, Costs *const c) {
    if (ctx->null) {
        snprintf(c->why, sizeof(c->why), "the null device runs nothing");
        return;
    }
    int res = time_batches(ctx, o, c);
    if (!res) res = time_transfers(ctx, o, c);
    if (res) {
        char why[120];
        qpu_context_error(ctx, why, sizeof(why));
        snprintf(c->why, sizeof(c->why), "could not be measured: %s (%s)", strerror(-res), why);
        say("costs: VOID: %s", c->why);
        return;
    }
    for (uint32_t i = 0; i < ctx->memory.memoryTypeCount; i++)
        if (ctx->memory.memoryTypes[i].propertyFlags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) time_memory(ctx, o, c, i);
    say("costs: opening %.1f ms, empty submit %.1f us, a dispatch %.1f us, each further one %.2f us, "
        "upload %.0f MB/s, download %.0f MB/s",
        c->open_ms, c->submit_us, c->dispatch_us, c->further_us, c->upload_mb_s, c->download_mb_s);
}
