#include "memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dmabuf.h"
#include "fault.h"
#include "grow.h"

#define MIN_CHUNK (1U << 20)

void qpu_memory_account(QpuContext *const ctx, const int64_t bytes) {
    const uint64_t now =
        atomic_fetch_add(&ctx->mem_now, (uint64_t) bytes) + (uint64_t) bytes;
    uint64_t peak = atomic_load(&ctx->mem_peak);
    while (bytes > 0 && now > peak &&
           !atomic_compare_exchange_weak(&ctx->mem_peak, &peak, now));
}

void qpu_context_memory(const QpuContext *const cctx, uint64_t *const now, uint64_t *const peak) {
    QpuContext *const ctx = (QpuContext *) cctx;
    *now = atomic_load(&ctx->mem_now);
    *peak = atomic_load(&ctx->mem_peak);
}

/* ---- buffers ---- */

static int alloc_type(QpuContext *const ctx, QpuBuffer **const out,
                      const uint32_t type, const uint32_t size)
{
    int res;
    QpuBuffer *const b = *out = calloc(1, sizeof(*b));
    if (!b) return -ENOMEM;
    if (qpu_fault(QPU_FAULT_ALLOC)) {
        res = qpu_vk_failed(ctx, "AllocateMemory(", VK_ERROR_OUT_OF_DEVICE_MEMORY);
        goto error;
    }
    if (ctx->null) {
        if (!(b->map = aligned_alloc(QPU_ALIGNMENT, size))) {
            res = -ENOMEM;
            goto error;
        }
        b->cached = b->coherent = 1;
        b->size = size;
        qpu_memory_account(ctx, size);
        return 0;
    }

    const VkMemoryPropertyFlags flags = ctx->memory.memoryTypes[type].propertyFlags;
    b->cached = !!(flags & VK_MEMORY_PROPERTY_HOST_CACHED_BIT);
    b->coherent = !!(flags & VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
    const VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .size = size,
        .usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                 VK_BUFFER_USAGE_TRANSFER_DST_BIT,
        .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
    };
    QPU_TRY(ctx, CreateBuffer(ctx->dev, &info, NULL, &b->buf));
    VkMemoryRequirements req;
    ctx->vk.GetBufferMemoryRequirements(ctx->dev, b->buf, &req);
    if (!(req.memoryTypeBits & (1U << type))) {
        res = -ENOTSUP;
        goto error;
    }
    const VkMemoryAllocateInfo mem = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .allocationSize = req.size,
        .memoryTypeIndex = type,
    };
    QPU_TRY(ctx, AllocateMemory(ctx->dev, &mem, NULL, &b->mem));
    b->size = size;
    qpu_memory_account(ctx, size);
    QPU_TRY(ctx, BindBufferMemory(ctx->dev, b->buf, b->mem, 0));
    if (flags & VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT) {
        void *map;
        QPU_TRY(ctx, MapMemory(ctx->dev, b->mem, 0, VK_WHOLE_SIZE, 0, &map));
        b->map = map;
    }
    return 0;

error:
    qpu_buffer_free(ctx, out);
    return res;
}

int qpu_buffer_alloc(QpuContext *const ctx, QpuBuffer **const out,
                     const enum QpuMemory kind, const uint32_t size)
{
    const uint32_t type = kind == QPU_MEM_DOWNLOAD ? ctx->download_type :
                          ctx->unified ? ctx->upload_type : ctx->device_type;
    if (kind == QPU_MEM_DOWNLOAD && ctx->heap >= 0 && !qpu_dmabuf_alloc(ctx, out, size)) {
        qpu_memory_account(ctx, size);
        return 0;
    }
    int res = alloc_type(ctx, out, type, size);
    if (res || kind != QPU_MEM_UPLOAD || ctx->unified) return res;
    res = alloc_type(ctx, &(*out)->staging, ctx->upload_type, size);
    if (res) {
        qpu_buffer_free(ctx, out);
        return res;
    }
    (*out)->map = (*out)->staging->map;
    return 0;
}

void qpu_buffer_free(QpuContext *const ctx, QpuBuffer **const buf) {
    QpuBuffer *const b = *buf;
    if (!b) return;
    if (b->staging) qpu_buffer_free(ctx, &b->staging);
    if (b->buf) ctx->vk.DestroyBuffer(ctx->dev, b->buf, NULL);
    if (b->mem) ctx->vk.FreeMemory(ctx->dev, b->mem, NULL); /* unmaps, too */
    qpu_dmabuf_free(b);
    if (b->size) qpu_memory_account(ctx, -(int64_t) b->size);
    if (ctx->null) free(b->map);
    free(b);
    *buf = NULL;
}

void qpu_buffer_retire(QpuContext *const ctx, QpuBuffer **const buf) {
    QpuBuffer *const b = *buf;
    if (!b) return;
    *buf = NULL;
    b->retired = atomic_load(&ctx->submitted);
    pthread_mutex_lock(&ctx->memory_lock);
    b->next = ctx->retired;
    ctx->retired = b;
    pthread_mutex_unlock(&ctx->memory_lock);
    qpu_buffers_reap(ctx, 0);
}

void qpu_buffers_reap(QpuContext *const ctx, const int all) {
    uint64_t done = UINT64_MAX;
    pthread_mutex_lock(&ctx->memory_lock);
    if (!ctx->retired) goto end;
    if (!all && !ctx->null &&
        (atomic_load(&ctx->lost) ||
         ctx->vk.GetSemaphoreCounterValue(ctx->dev, ctx->timeline, &done) != VK_SUCCESS)) goto end;
    QpuBuffer **b = &ctx->retired;
    while (*b) {
        if ((*b)->retired > done) b = &(*b)->next;
        else {
            QpuBuffer *const next = (*b)->next;
            qpu_buffer_free(ctx, b);
            *b = next;
        }
    }
end:
    pthread_mutex_unlock(&ctx->memory_lock);
}

int qpu_host_open(QpuContext *const ctx, const uint32_t size, QpuRange *const out) {
    memset(out, 0, sizeof(*out));
    if (!size || size > ctx->max_range) return -ENOTSUP;
    const int res = qpu_buffer_alloc(ctx, &out->buf, QPU_MEM_DOWNLOAD, (uint32_t) qpu_aligned(size));
    if (!res) out->size = out->buf->size;
    return res;
}

void qpu_host_close(QpuContext *const ctx, QpuRange *const r) {
    qpu_buffer_retire(ctx, &r->buf);
    memset(r, 0, sizeof(*r));
}

void *qpu_host_map(const QpuRange *const r, int *const cached) {
    *cached = r->buf->cached;
    return r->buf->map + r->off;
}

/* ---- arenas ---- */

static int add_chunk(QpuContext *const ctx, QpuArena *const a, const uint64_t size) {
    if (size > ctx->max_range) return -ENOTSUP;
    struct QpuChunk *const chunk = qpu_grown(a->chunk, &a->n_alloc, a->n_chunks + 1, sizeof(*chunk));
    if (!chunk) return -ENOMEM;
    a->chunk = chunk;
    struct QpuChunk *const c = &chunk[a->n_chunks];
    c->used = c->most = 0;
    const int res = qpu_buffer_alloc(ctx, &c->buf, a->kind,
                                     size < MIN_CHUNK ? MIN_CHUNK : (uint32_t) size);
    if (!res) a->n_chunks++;
    return res;
}

int qpu_arena_alloc(QpuContext *const ctx, QpuArena *const a,
                    const size_t size, QpuRange *const out)
{
    const uint64_t need = qpu_aligned(size);
    while (a->cur < a->n_chunks &&
           a->chunk[a->cur].buf->size - a->chunk[a->cur].used < need) a->cur++;
    if (a->cur == a->n_chunks) {
        /* in proportion to what is there, so that few buffers hold any frame */
        uint64_t grow = 0;
        for (uint32_t i = 0; i < a->n_chunks; i++) grow += a->chunk[i].buf->size;
        grow = qpu_aligned(grow / 2);
        if (grow > qpu_max_chunk(ctx)) grow = qpu_max_chunk(ctx);
        const int res = add_chunk(ctx, a, need > grow ? need : grow);
        if (res) {
            a->cur = a->n_chunks ? a->n_chunks - 1 : 0;
            return res;
        }
    }
    struct QpuChunk *const c = &a->chunk[a->cur];
    out->buf = c->buf;
    out->off = c->used;
    out->size = (uint32_t) need;
    c->used += (uint32_t) need;
    if (c->used > c->most) c->most = c->used;
    return 0;
}

int qpu_arena_reset(QpuContext *const ctx, QpuArena *const a) {
    uint64_t used = 0;
    for (uint32_t i = 0; i < a->n_chunks; i++) {
        used += a->chunk[i].most;
        a->chunk[i].used = a->chunk[i].most = 0;
    }
    a->cur = 0;
    /* more than one buffer should hold stays in several */
    if (a->n_chunks < 2 || used > qpu_max_chunk(ctx)) return 0;
    qpu_arena_free(ctx, a);
    return add_chunk(ctx, a, used);
}

void qpu_arena_free(QpuContext *const ctx, QpuArena *const a) {
    while (a->n_chunks) qpu_buffer_free(ctx, &a->chunk[--a->n_chunks].buf);
    free(a->chunk);
    a->chunk = NULL;
    a->n_alloc = a->cur = 0;
}
