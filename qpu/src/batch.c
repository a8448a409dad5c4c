/* A frame's launches: collected as a list, made one command buffer at submit,
 * handed to the queue in one go. */

#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dmabuf.h"
#include "fault.h"
#include "grow.h"
#include "pipeline.h"

/* How many of the latest sets of bindings a launch is compared with: stages
 * take turns, each with the bindings it had before. */
#define RECENT_SETS 16
/* Longer than any frame takes; a device that needs more hangs. */
#define WAIT_NS 60000000000ULL

int qpu_batch_open(QpuContext *const ctx, QpuBatch **const out) {
    QpuBatch *const b = *out = calloc(1, sizeof(*b));
    if (!b) return -ENOMEM;
    b->ctx = ctx;
    b->upload.kind = QPU_MEM_UPLOAD;
    b->download.kind = QPU_MEM_DOWNLOAD;
    const int res = ctx->null ? 0 : qpu_record_open(b);
    if (res) qpu_batch_close(out);
    return res;
}

void qpu_batch_close(QpuBatch **const pb) {
    QpuBatch *const b = *pb;
    if (!b) return;
    QpuContext *const ctx = b->ctx;
    if (b->in_flight) qpu_batch_wait(b);
    *pb = NULL;
    if (atomic_load(&ctx->hung)) return;
    if (!ctx->null) qpu_record_close(b);
    qpu_arena_free(ctx, &b->upload);
    qpu_arena_free(ctx, &b->download);
    qpu_scratch_free(ctx, &b->scratch);
    free(b->ops);
    free(b->sets);
    free(b->pushes);
    free(b);
}

static int fail(QpuBatch *const b, const int res) {
    if (res && !b->err) b->err = res;
    return res;
}

int qpu_batch_begin(QpuBatch *const b) {
    int res;
    b->err = 0;
    if (b->in_flight) return fail(b, -EBUSY);
    b->n_ops = b->n_sets = b->n_pushes = b->n_bound = b->n_changes = b->n_marks = 0;
    b->n_down = 0;
    b->value = 0;
    b->stage = QPU_N_STAGES;
    memset(&b->stats, 0, sizeof(b->stats));
    if (atomic_load(&b->ctx->lost)) return fail(b, -ENODEV);
    qpu_scratch_reset(b->ctx, &b->scratch);
    for (uint32_t i = 0; i < b->download.n_chunks; i++)
        qpu_dmabuf_end_read(b->download.chunk[i].buf);
    if ((res = qpu_arena_reset(b->ctx, &b->upload)) ||
        (res = qpu_arena_reset(b->ctx, &b->download))) return fail(b, res);
    return 0;
}

void *qpu_batch_upload(QpuBatch *const b, const size_t size, QpuRange *const out) {
    memset(out, 0, sizeof(*out));
    if (b->err || fail(b, qpu_arena_alloc(b->ctx, &b->upload, size, out))) return NULL;
    return out->buf->map + out->off;
}

void qpu_batch_trim(QpuBatch *const b, QpuRange *const r, const size_t size) {
    struct QpuChunk *const c = &b->upload.chunk[b->upload.cur];
    const uint32_t kept = (uint32_t) qpu_aligned(size);
    if (b->err || r->buf != c->buf || r->off + r->size != c->used || kept >= r->size) return;
    c->used = r->off + kept;
    r->size = kept;
}

int qpu_batch_scratch(QpuBatch *const b, const size_t size, QpuRange *const out) {
    memset(out, 0, sizeof(*out));
    return b->err ? b->err : fail(b, qpu_scratch_alloc(b->ctx, &b->scratch, size, out));
}

static struct QpuOp *add_op(QpuBatch *const b, const enum QpuOpType type) {
    struct QpuOp *const ops = qpu_grown(b->ops, &b->n_ops_alloc, b->n_ops + 1, sizeof(*ops));
    if (!ops) {
        fail(b, -ENOMEM);
        return NULL;
    }
    b->ops = ops;
    struct QpuOp *const op = &ops[b->n_ops++];
    op->type = type;
    return op;
}

void qpu_batch_stage(QpuBatch *const b, const enum QpuStage stage) {
    if (b->err || b->stage == stage) return;
    struct QpuOp *const op = add_op(b, QPU_OP_STAGE);
    if (!op) return;
    b->stage = op->stage = stage;
    b->n_changes++;
}

static int find_pipeline(QpuBatch *const b, const QpuKernel *const k, const int n_bind,
                         VkPipeline *const out)
{
    struct QpuPipeline *const known = &b->known[((uintptr_t) k / sizeof(*k)) % 64];
    if (known->kernel != k || known->n_bind != n_bind) {
        const int res = qpu_pipeline_get(b->ctx, k, n_bind, out);
        if (res) return res;
        *known = (struct QpuPipeline) { .kernel = k, .n_bind = n_bind, .pipeline = *out };
    }
    *out = known->pipeline;
    return 0;
}

static int in_bounds(const QpuRange *const r) {
    return r->buf && r->size && r->size <= r->buf->size && r->off <= r->buf->size - r->size;
}

/* The index of the set that has these bindings, a new one if need be. */
static int find_set(QpuBatch *const b, const QpuRange *const bind, const int n_bind,
                    uint32_t *const out)
{
    const uint32_t oldest = b->n_sets > RECENT_SETS ? b->n_sets - RECENT_SETS : 0;
    for (uint32_t i = b->n_sets; i-- > oldest;) {
        const struct QpuSet *const s = &b->sets[i];
        if (s->n_bind != n_bind || memcmp(s->bind, bind, n_bind * sizeof(*bind))) continue;
        *out = i;
        return 0;
    }
    for (int i = 0; i < n_bind; i++)
        if (!in_bounds(&bind[i]) || bind[i].off % QPU_ALIGNMENT) return -EINVAL;
    struct QpuSet *const sets = qpu_grown(b->sets, &b->n_sets_alloc, b->n_sets + 1, sizeof(*sets));
    if (!sets) return -ENOMEM;
    b->sets = sets;
    sets[b->n_sets].n_bind = n_bind;
    memcpy(sets[b->n_sets].bind, bind, n_bind * sizeof(*bind));
    b->n_bound += (uint32_t) n_bind;
    *out = b->n_sets++;
    return 0;
}

static int add_push(QpuBatch *const b, const void *const push, const uint32_t size,
                    uint32_t *const out)
{
    *out = b->n_pushes;
    if (!size) return 0;
    uint8_t *const pushes = qpu_grown(b->pushes, &b->n_pushes_alloc, b->n_pushes + size, 1);
    if (!pushes) return -ENOMEM;
    b->pushes = pushes;
    memcpy(pushes + b->n_pushes, push, size);
    b->n_pushes += size;
    return 0;
}

int qpu_batch_dispatch(QpuBatch *const b, const QpuKernel *const k,
                       const QpuRange *const bind, const int n_bind,
                       const void *const push, const size_t push_size,
                       const uint32_t gx, const uint32_t gy, const uint32_t gz)
{
    if (b->err) return b->err;
    if (n_bind < 1 || n_bind > QPU_MAX_BINDINGS || push_size > QPU_MAX_PUSH || push_size & 3 ||
        gx > 65535 || gy > 65535 || gz > 65535 || b->stage >= QPU_N_STAGES) return fail(b, -EINVAL);
    if (!gx || !gy || !gz) return 0;
    VkPipeline pipeline;
    uint32_t set, data;
    if (fail(b, find_pipeline(b, k, n_bind, &pipeline)) ||
        fail(b, find_set(b, bind, n_bind, &set)) ||
        fail(b, add_push(b, push, (uint32_t) push_size, &data))) return b->err;
    struct QpuOp *const op = add_op(b, QPU_OP_DISPATCH);
    if (!op) return b->err;
    op->dispatch.pipeline = pipeline;
    op->dispatch.set = set;
    op->dispatch.push = data;
    op->dispatch.push_size = (uint32_t) push_size;
    op->dispatch.groups[0] = gx;
    op->dispatch.groups[1] = gy;
    op->dispatch.groups[2] = gz;
    b->stats.dispatches++;
    b->stats.stage[b->stage].dispatches++;
    b->stats.stage[b->stage].groups += (uint64_t) gx * gy * gz;
    return 0;
}

void qpu_batch_barrier(QpuBatch *const b) {
    if (b->err || !b->n_ops || b->ops[b->n_ops - 1].type == QPU_OP_BARRIER) return;
    add_op(b, QPU_OP_BARRIER);
}

int qpu_batch_copy(QpuBatch *const b, const QpuRange *const src, const QpuRange *const dst) {
    if (b->err) return b->err;
    if (src->size != dst->size || !in_bounds(src) || !in_bounds(dst) ||
        (src->buf == dst->buf && src->off < dst->off + dst->size && dst->off < src->off + src->size))
    {
        return fail(b, -EINVAL);
    }
    struct QpuOp *const op = add_op(b, QPU_OP_COPY);
    if (!op) return b->err;
    op->copy.src = *src;
    op->copy.dst = *dst;
    return 0;
}

/* Whether there may be one more download, of that range. */
static int check_download(QpuBatch *const b, const QpuRange *const range) {
    if (b->err) return b->err;
    if (b->n_down == QPU_MAX_DOWNLOADS) return fail(b, -ENOSPC);
    return in_bounds(range) ? 0 : fail(b, -EINVAL);
}

int qpu_batch_download(QpuBatch *const b, const QpuRange *const range) {
    if (check_download(b, range)) return b->err;
    const int n = b->n_down;
    b->down[n].range = b->down[n].host = *range;
    /* scratch is the next batch's before anyone has read it */
    b->down[n].copied = !b->ctx->download_direct || !range->buf->map || range->buf->shared;
    if (b->down[n].copied &&
        fail(b, qpu_arena_alloc(b->ctx, &b->download, range->size, &b->down[n].host))) return b->err;
    b->stats.download_bytes += range->size;
    b->n_down++;
    return 0;
}

int qpu_batch_download_to(QpuBatch *const b, const QpuRange *const range, const QpuRange *const host) {
    if (check_download(b, range)) return b->err;
    if (!in_bounds(host) || range->size != host->size) return fail(b, -EINVAL);
    qpu_dmabuf_end_read(host->buf);
    b->down[b->n_down].range = *range;
    b->down[b->n_down].host = *host;
    b->down[b->n_down++].copied = 1;
    b->stats.download_bytes += range->size;
    return 0;
}

static int submit(QpuBatch *const b) {
    int res = 0;
    QpuContext *const ctx = b->ctx;
    if (qpu_fault(QPU_FAULT_SUBMIT))
        return qpu_vk_failed(ctx, "QueueSubmit(", VK_ERROR_OUT_OF_HOST_MEMORY);
    if (qpu_fault(QPU_FAULT_LOST))
        return qpu_vk_failed(ctx, "QueueSubmit(", VK_ERROR_DEVICE_LOST);
    pthread_mutex_lock(&ctx->queue_lock);
    const uint64_t value = atomic_load(&ctx->submitted) + 1;
    const VkTimelineSemaphoreSubmitInfo timeline = {
        .sType = VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO,
        .signalSemaphoreValueCount = 1,
        .pSignalSemaphoreValues = &value,
    };
    const VkSubmitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
        .pNext = &timeline,
        .commandBufferCount = 1,
        .pCommandBuffers = &b->cmd,
        .signalSemaphoreCount = 1,
        .pSignalSemaphores = &ctx->timeline,
    };
    if (!ctx->null) QPU_TRY(ctx, QueueSubmit(ctx->queue, 1, &info, VK_NULL_HANDLE));
    atomic_store(&ctx->submitted, value);
    b->value = value;
    b->in_flight = 1;
error:
    pthread_mutex_unlock(&ctx->queue_lock);
    return res;
}

int qpu_batch_submit(QpuBatch *const b) {
    if (!b->err && b->value) return -EINVAL;
    if (!b->err && atomic_load(&b->ctx->lost)) fail(b, -ENODEV);
    for (uint32_t i = 0; !b->err && i < b->upload.n_chunks; i++)
        b->stats.upload_bytes += b->upload.chunk[i].used;
    if (!b->err && !b->ctx->null) fail(b, qpu_record(b));
    if (!b->err) fail(b, submit(b));
    return b->err;
}

static VkResult wait_for(QpuContext *const ctx, const uint64_t value, const uint64_t ns) {
    const VkSemaphoreWaitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
        .semaphoreCount = 1,
        .pSemaphores = &ctx->timeline,
        .pValues = &value,
    };
    return ctx->null ? VK_SUCCESS : ctx->vk.WaitSemaphores(ctx->dev, &info, ns);
}

int qpu_batch_reached(const QpuBatch *const b, const int wait) {
    if (!b->value || atomic_load(&b->ctx->lost)) return 1;
    return wait_for(b->ctx, b->value, wait ? WAIT_NS : 0) != VK_TIMEOUT;
}

int qpu_batch_wait(QpuBatch *const b) {
    int res;
    QpuContext *const ctx = b->ctx;
    if (!b->in_flight) return b->err;
    VkResult vkres = wait_for(ctx, b->value, WAIT_NS);
    if (qpu_fault(QPU_FAULT_WAIT)) vkres = VK_ERROR_DEVICE_LOST;
    b->in_flight = 0;
    if (vkres != VK_SUCCESS) {
        res = qpu_vk_failed(ctx, "WaitSemaphores(", vkres);
        /* what a hung device may still use must outlive it: it is leaked */
        if (vkres != VK_ERROR_DEVICE_LOST) {
            atomic_store(&ctx->hung, 1);
            atomic_store(&ctx->lost, 1);
        }
        return fail(b, res);
    }
    qpu_scratch_reset(ctx, &b->scratch);
    qpu_buffers_reap(ctx, 0);
    for (int i = 0; i < b->n_down; i++) {
        if ((res = qpu_dmabuf_begin_read(ctx, b->down[i].host.buf))) goto error;
        if (b->down[i].host.buf->coherent) continue;
        const VkMappedMemoryRange range = {
            .sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE,
            .memory = b->down[i].host.buf->mem,
            .size = VK_WHOLE_SIZE,
        };
        QPU_TRY(ctx, InvalidateMappedMemoryRanges(ctx->dev, 1, &range));
    }
    return fail(b, qpu_record_times(b));
error:
    return fail(b, res);
}

const void *qpu_batch_downloaded(QpuBatch *const b, const int index, int *const cached) {
    if (index < 0 || index >= b->n_down) return NULL;
    const QpuRange *const host = &b->down[index].host;
    *cached = host->buf->cached;
    return host->buf->map + host->off;
}

void qpu_batch_stats(const QpuBatch *const b, QpuBatchStats *const out) {
    *out = b->stats;
}
