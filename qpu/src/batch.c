/* A frame's launches: collected as a list, written into one command buffer at
 * submit, handed to the queue in one go. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "fault.h"
#include "memory.h"
#include "pipeline.h"

#define MAX_OPS 256
#define MAX_DOWNLOADS 8
#define MAX_MARKS 32
/* Longer than any frame takes; a device that needs more hangs. */
#define WAIT_NS 60000000000ULL

enum OpType { OP_DISPATCH, OP_BARRIER, OP_STAGE };
struct Op {
    enum OpType type;
    enum QpuStage stage;
    VkPipeline pipeline;
    int n_bind;
    QpuRange bind[QPU_MAX_BINDINGS];
    uint8_t push[QPU_MAX_PUSH];
    uint32_t push_size, groups[3];
};

struct QpuBatch {
    QpuContext *ctx;
    VkCommandPool pool;
    VkCommandBuffer cmd;
    VkDescriptorPool sets;
    VkQueryPool queries;
    QpuArena upload, scratch, download;

    int err;             /* the first failure since begin */
    enum QpuStage stage;
    struct Op *ops;
    int n_ops, n_dispatches;
    struct {
        QpuRange range;
        QpuRange host;   /* where the CPU reads it */
        int copied;
    } down[MAX_DOWNLOADS];
    int n_down;
    enum QpuStage mark[MAX_MARKS]; /* stage that starts at a query */
    int n_marks;
    uint64_t value;      /* of the timeline; 0: never submitted */
    int in_flight;
    QpuBatchStats stats;
};

int qpu_batch_open(QpuContext *const ctx, QpuBatch **const out) {
    int res = -ENOMEM;
    QpuBatch *const b = *out = calloc(1, sizeof(*b));
    if (!b) return -ENOMEM;
    b->ctx = ctx;
    b->upload.kind = QPU_MEM_UPLOAD;
    b->scratch.kind = QPU_MEM_DEVICE;
    b->download.kind = QPU_MEM_DOWNLOAD;
    b->ops = malloc(MAX_OPS * sizeof(*b->ops));
    if (!b->ops) goto error;

    const VkCommandPoolCreateInfo pool = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
        .flags = VK_COMMAND_POOL_CREATE_TRANSIENT_BIT,
        .queueFamilyIndex = ctx->family,
    };
    QPU_TRY(ctx, CreateCommandPool(ctx->dev, &pool, NULL, &b->pool));
    const VkCommandBufferAllocateInfo cmd = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
        .commandPool = b->pool,
        .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
        .commandBufferCount = 1,
    };
    QPU_TRY(ctx, AllocateCommandBuffers(ctx->dev, &cmd, &b->cmd));
    const VkDescriptorPoolSize size = {
        .type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
        .descriptorCount = MAX_OPS * QPU_MAX_BINDINGS,
    };
    const VkDescriptorPoolCreateInfo sets = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
        .maxSets = MAX_OPS,
        .poolSizeCount = 1,
        .pPoolSizes = &size,
    };
    QPU_TRY(ctx, CreateDescriptorPool(ctx->dev, &sets, NULL, &b->sets));
    if (ctx->timestamps) {
        const VkQueryPoolCreateInfo queries = {
            .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
            .queryType = VK_QUERY_TYPE_TIMESTAMP,
            .queryCount = MAX_MARKS + 1,
        };
        QPU_TRY(ctx, CreateQueryPool(ctx->dev, &queries, NULL, &b->queries));
    }
    return 0;

error:
    qpu_batch_close(out);
    return res;
}

void qpu_batch_close(QpuBatch **const pb) {
    QpuBatch *const b = *pb;
    if (!b) return;
    QpuContext *const ctx = b->ctx;
    if (b->in_flight) qpu_batch_wait(b);
    *pb = NULL;
    if (atomic_load(&ctx->hung)) return;
    if (b->queries) ctx->vk.DestroyQueryPool(ctx->dev, b->queries, NULL);
    if (b->sets) ctx->vk.DestroyDescriptorPool(ctx->dev, b->sets, NULL);
    if (b->pool) ctx->vk.DestroyCommandPool(ctx->dev, b->pool, NULL);
    qpu_arena_free(ctx, &b->upload);
    qpu_arena_free(ctx, &b->scratch);
    qpu_arena_free(ctx, &b->download);
    free(b->ops);
    free(b);
}

static int fail(QpuBatch *const b, const int res) {
    if (res && !b->err) b->err = res;
    return res;
}

int qpu_batch_begin(QpuBatch *const b) {
    int res;
    b->err = 0;
    b->n_ops = b->n_dispatches = b->n_down = b->n_marks = 0;
    b->stage = QPU_N_STAGES;
    memset(&b->stats, 0, sizeof(b->stats));
    if (b->in_flight) return fail(b, -EBUSY);
    if (atomic_load(&b->ctx->lost)) return fail(b, -ENODEV);
    if ((res = qpu_arena_reset(b->ctx, &b->upload)) ||
        (res = qpu_arena_reset(b->ctx, &b->scratch)) ||
        (res = qpu_arena_reset(b->ctx, &b->download))) return fail(b, res);
    return 0;
}

void *qpu_batch_upload(QpuBatch *const b, const size_t size, QpuRange *const out) {
    memset(out, 0, sizeof(*out));
    if (b->err || fail(b, qpu_arena_alloc(b->ctx, &b->upload, size, out))) return NULL;
    return out->buf->map + out->off;
}

int qpu_batch_scratch(QpuBatch *const b, const size_t size, QpuRange *const out) {
    memset(out, 0, sizeof(*out));
    return b->err ? b->err : fail(b, qpu_arena_alloc(b->ctx, &b->scratch, size, out));
}

static struct Op *add_op(QpuBatch *const b, const enum OpType type) {
    if (b->n_ops == MAX_OPS) {
        fail(b, -ENOSPC);
        return NULL;
    }
    struct Op *const op = &b->ops[b->n_ops++];
    op->type = type;
    return op;
}

void qpu_batch_stage(QpuBatch *const b, const enum QpuStage stage) {
    if (b->err || b->stage == stage) return;
    struct Op *const op = add_op(b, OP_STAGE);
    if (!op) return;
    b->stage = op->stage = stage;
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
    if (fail(b, qpu_pipeline_get(b->ctx, k, n_bind, &pipeline))) return b->err;
    struct Op *const op = add_op(b, OP_DISPATCH);
    if (!op) return b->err;
    op->pipeline = pipeline;
    op->n_bind = n_bind;
    memcpy(op->bind, bind, n_bind * sizeof(*bind));
    if (push_size) memcpy(op->push, push, push_size);
    op->push_size = (uint32_t) push_size;
    op->groups[0] = gx;
    op->groups[1] = gy;
    op->groups[2] = gz;
    b->n_dispatches++;
    b->stats.dispatches++;
    b->stats.stage[b->stage].dispatches++;
    b->stats.stage[b->stage].groups += (uint64_t) gx * gy * gz;
    return 0;
}

void qpu_batch_barrier(QpuBatch *const b) {
    if (b->err || !b->n_ops || b->ops[b->n_ops - 1].type == OP_BARRIER) return;
    add_op(b, OP_BARRIER);
}

int qpu_batch_download(QpuBatch *const b, const QpuRange *const range) {
    if (b->err) return b->err;
    if (b->n_down == MAX_DOWNLOADS) return fail(b, -ENOSPC);
    const int n = b->n_down;
    b->down[n].range = b->down[n].host = *range;
    b->down[n].copied = !b->ctx->download_direct || !range->buf->map;
    if (b->down[n].copied &&
        fail(b, qpu_arena_alloc(b->ctx, &b->download, range->size, &b->down[n].host))) return b->err;
    b->stats.download_bytes += range->size;
    b->n_down++;
    return 0;
}

static void barrier(QpuBatch *const b,
                    const VkPipelineStageFlags src, const VkAccessFlags src_access,
                    const VkPipelineStageFlags dst, const VkAccessFlags dst_access)
{
    const VkMemoryBarrier mem = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
        .srcAccessMask = src_access,
        .dstAccessMask = dst_access,
    };
    b->ctx->vk.CmdPipelineBarrier(b->cmd, src, dst, 0, 1, &mem, 0, NULL, 0, NULL);
}

static void copy(QpuBatch *const b, const QpuBuffer *const src, const uint32_t src_off,
                 const QpuBuffer *const dst, const uint32_t dst_off, const uint32_t size)
{
    const VkBufferCopy region = { .srcOffset = src_off, .dstOffset = dst_off, .size = size };
    b->ctx->vk.CmdCopyBuffer(b->cmd, src->buf, dst->buf, 1, &region);
}

static void record_uploads(QpuBatch *const b) {
    int copies = 0;
    for (int i = 0; i < b->upload.n_chunks; i++) {
        const struct QpuChunk *const c = &b->upload.chunk[i];
        b->stats.upload_bytes += c->used;
        if (!c->buf->staging || !c->used) continue;
        copy(b, c->buf->staging, 0, c->buf, 0, c->used);
        copies++;
    }
    if (copies)
        barrier(b, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT,
                VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_READ_BIT);
}

static void mark(QpuBatch *const b, const enum QpuStage stage) {
    if (!b->queries || b->n_marks >= MAX_MARKS) return;
    b->ctx->vk.CmdWriteTimestamp(b->cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT,
                                 b->queries, (uint32_t) b->n_marks);
    b->mark[b->n_marks++] = stage;
}

static int record_dispatch(QpuBatch *const b, const struct Op *const op) {
    int res;
    QpuContext *const ctx = b->ctx;
    const VkPipelineLayout layout = ctx->pipeline_layout[op->n_bind];
    VkDescriptorSet set;
    const VkDescriptorSetAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
        .descriptorPool = b->sets,
        .descriptorSetCount = 1,
        .pSetLayouts = &ctx->set_layout[op->n_bind],
    };
    QPU_TRY(ctx, AllocateDescriptorSets(ctx->dev, &info, &set));
    VkDescriptorBufferInfo buf[QPU_MAX_BINDINGS];
    VkWriteDescriptorSet write = {
        .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
        .dstSet = set,
        .descriptorCount = (uint32_t) op->n_bind,
        .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
        .pBufferInfo = buf,
    };
    for (int i = 0; i < op->n_bind; i++)
        buf[i] = (VkDescriptorBufferInfo) {
            .buffer = op->bind[i].buf->buf,
            .offset = op->bind[i].off,
            .range = op->bind[i].size,
        };
    /* one write covers consecutive bindings */
    ctx->vk.UpdateDescriptorSets(ctx->dev, 1, &write, 0, NULL);
    ctx->vk.CmdBindPipeline(b->cmd, VK_PIPELINE_BIND_POINT_COMPUTE, op->pipeline);
    ctx->vk.CmdBindDescriptorSets(b->cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout,
                                  0, 1, &set, 0, NULL);
    if (op->push_size)
        ctx->vk.CmdPushConstants(b->cmd, layout, VK_SHADER_STAGE_COMPUTE_BIT,
                                 0, op->push_size, op->push);
    ctx->vk.CmdDispatch(b->cmd, op->groups[0], op->groups[1], op->groups[2]);
    return 0;
error:
    return res;
}

static int record(QpuBatch *const b) {
    int res, copies = 0;
    QpuContext *const ctx = b->ctx;
    QPU_TRY(ctx, ResetCommandPool(ctx->dev, b->pool, 0));
    QPU_TRY(ctx, ResetDescriptorPool(ctx->dev, b->sets, 0));
    const VkCommandBufferBeginInfo begin = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
    };
    QPU_TRY(ctx, BeginCommandBuffer(b->cmd, &begin));
    if (b->queries) ctx->vk.CmdResetQueryPool(b->cmd, b->queries, 0, MAX_MARKS + 1);
    record_uploads(b);
    for (int i = 0; i < b->n_ops; i++) {
        const struct Op *const op = &b->ops[i];
        switch (op->type) {
        case OP_STAGE:
            mark(b, op->stage);
            break;
        case OP_BARRIER:
            barrier(b, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_ACCESS_SHADER_WRITE_BIT,
                    VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                    VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT);
            break;
        case OP_DISPATCH:
            if ((res = record_dispatch(b, op))) goto error;
            break;
        }
    }
    if (b->n_marks)
        ctx->vk.CmdWriteTimestamp(b->cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT,
                                  b->queries, (uint32_t) b->n_marks);
    for (int i = 0; i < b->n_down; i++)
        copies += b->down[i].copied;
    if (copies)
        barrier(b, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
                VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
                VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_READ_BIT);
    for (int i = 0; i < b->n_down; i++)
        if (b->down[i].copied)
            copy(b, b->down[i].range.buf, b->down[i].range.off,
                 b->down[i].host.buf, b->down[i].host.off, b->down[i].range.size);
    barrier(b, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
            VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT,
            VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT);
    QPU_TRY(ctx, EndCommandBuffer(b->cmd));
    return 0;
error:
    return res;
}

static int submit(QpuBatch *const b) {
    int res = 0;
    QpuContext *const ctx = b->ctx;
    if (qpu_fault(QPU_FAULT_SUBMIT))
        return qpu_vk_failed(ctx, "QueueSubmit(", VK_ERROR_OUT_OF_HOST_MEMORY);
    if (qpu_fault(QPU_FAULT_LOST))
        return qpu_vk_failed(ctx, "QueueSubmit(", VK_ERROR_DEVICE_LOST);
    pthread_mutex_lock(&ctx->lock);
    const uint64_t value = ctx->submitted + 1;
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
    QPU_TRY(ctx, QueueSubmit(ctx->queue, 1, &info, VK_NULL_HANDLE));
    ctx->submitted = b->value = value;
    b->in_flight = 1;
error:
    pthread_mutex_unlock(&ctx->lock);
    return res;
}

int qpu_batch_submit(QpuBatch *const b) {
    if (!b->err && b->in_flight) fail(b, -EBUSY);
    if (!b->err && atomic_load(&b->ctx->lost)) fail(b, -ENODEV);
    if (!b->err) fail(b, record(b));
    if (!b->err) fail(b, submit(b));
    return b->err;
}

int qpu_batch_wait(QpuBatch *const b) {
    int res;
    QpuContext *const ctx = b->ctx;
    if (!b->in_flight) return b->err;
    const VkSemaphoreWaitInfo info = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO,
        .semaphoreCount = 1,
        .pSemaphores = &ctx->timeline,
        .pValues = &b->value,
    };
    VkResult vkres = ctx->vk.WaitSemaphores(ctx->dev, &info, WAIT_NS);
    if (qpu_fault(QPU_FAULT_WAIT)) vkres = VK_ERROR_DEVICE_LOST;
    if (vkres != VK_SUCCESS) {
        res = qpu_vk_failed(ctx, "WaitSemaphores(", vkres);
        /* what a hung device may still use must outlive it: it is leaked */
        if (vkres != VK_ERROR_DEVICE_LOST) {
            atomic_store(&ctx->hung, 1);
            atomic_store(&ctx->lost, 1);
        }
        b->in_flight = 0;
        return fail(b, res);
    }
    b->in_flight = 0;
    for (int i = 0; i < b->n_down; i++) {
        if (b->down[i].host.buf->coherent) continue;
        const VkMappedMemoryRange range = {
            .sType = VK_STRUCTURE_TYPE_MAPPED_MEMORY_RANGE,
            .memory = b->down[i].host.buf->mem,
            .size = VK_WHOLE_SIZE,
        };
        QPU_TRY(ctx, InvalidateMappedMemoryRanges(ctx->dev, 1, &range));
    }
    if (b->n_marks) {
        uint64_t ticks[MAX_MARKS + 1];
        QPU_TRY(ctx, GetQueryPoolResults(ctx->dev, b->queries, 0, (uint32_t) b->n_marks + 1,
                                         sizeof(ticks), ticks, sizeof(*ticks),
                                         VK_QUERY_RESULT_64_BIT));
        const uint64_t mask = ctx->timestamp_bits >= 64 ? ~0ULL : (1ULL << ctx->timestamp_bits) - 1;
        for (int i = 0; i < b->n_marks; i++)
            b->stats.stage[b->mark[i]].gpu_ns +=
                (uint64_t) ((double) ((ticks[i + 1] - ticks[i]) & mask) * ctx->limits.timestampPeriod);
    }
    return 0;
error:
    return fail(b, res);
}

const void *qpu_batch_downloaded(QpuBatch *const b, const int index, int *const cached) {
    const QpuRange *const host = &b->down[index].host;
    *cached = host->buf->cached;
    return host->buf->map + host->off;
}

void qpu_batch_stats(const QpuBatch *const b, QpuBatchStats *const out) {
    *out = b->stats;
}
