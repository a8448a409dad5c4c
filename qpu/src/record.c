/* A batch's list becomes a command buffer. */

#include "batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COMPUTE VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT
#define TRANSFER VK_PIPELINE_STAGE_TRANSFER_BIT

/* Changes of the stage that are timed; what follows the last one counts as
 * its stage's. More would cost more to look at than they tell. */
#define MAX_MARKS 4096

int qpu_record_open(QpuBatch *const b) {
    int res;
    QpuContext *const ctx = b->ctx;
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
    return 0;
error:
    return res;
}

void qpu_record_close(QpuBatch *const b) {
    QpuContext *const ctx = b->ctx;
    if (b->queries) ctx->vk.DestroyQueryPool(ctx->dev, b->queries, NULL);
    if (b->set_pool) ctx->vk.DestroyDescriptorPool(ctx->dev, b->set_pool, NULL);
    if (b->pool) ctx->vk.DestroyCommandPool(ctx->dev, b->pool, NULL);
    free(b->marks);
    free(b->ticks);
}

/* n or more, with some room for the next frame. */
static uint32_t roomy(const uint32_t n) {
    return n < 64 ? 64 : n + n / 2;
}

/* An empty descriptor pool that is large enough. */
static int fit_sets(QpuBatch *const b) {
    int res;
    QpuContext *const ctx = b->ctx;
    if (b->set_pool && b->n_sets <= b->max_sets && b->n_bound <= b->max_bound) {
        QPU_TRY(ctx, ResetDescriptorPool(ctx->dev, b->set_pool, 0));
        return 0;
    }
    if (b->set_pool) ctx->vk.DestroyDescriptorPool(ctx->dev, b->set_pool, NULL);
    b->set_pool = VK_NULL_HANDLE;
    b->max_sets = roomy(b->n_sets);
    b->max_bound = roomy(b->n_bound);
    const VkDescriptorPoolSize size = {
        .type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
        .descriptorCount = b->max_bound,
    };
    const VkDescriptorPoolCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO,
        .maxSets = b->max_sets,
        .poolSizeCount = 1,
        .pPoolSizes = &size,
    };
    QPU_TRY(ctx, CreateDescriptorPool(ctx->dev, &info, NULL, &b->set_pool));
    return 0;
error:
    return res;
}

/* Room for a timestamp at each change of the stage, and one at the end. */
static int fit_marks(QpuBatch *const b) {
    int res = -ENOMEM;
    QpuContext *const ctx = b->ctx;
    const uint32_t need = b->n_changes < MAX_MARKS ? b->n_changes : MAX_MARKS;
    if (b->queries && need <= b->max_marks) return 0;
    if (b->queries) ctx->vk.DestroyQueryPool(ctx->dev, b->queries, NULL);
    b->queries = VK_NULL_HANDLE;
    free(b->marks);
    free(b->ticks);
    b->max_marks = roomy(need);
    b->marks = malloc(b->max_marks * sizeof(*b->marks));
    b->ticks = malloc((b->max_marks + 1) * sizeof(*b->ticks));
    if (!b->marks || !b->ticks) goto error;
    const VkQueryPoolCreateInfo queries = {
        .sType = VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO,
        .queryType = VK_QUERY_TYPE_TIMESTAMP,
        .queryCount = b->max_marks + 1,
    };
    QPU_TRY(ctx, CreateQueryPool(ctx->dev, &queries, NULL, &b->queries));
    return 0;
error:
    return res;
}

static int write_sets(QpuBatch *const b) {
    int res = fit_sets(b);
    if (res) return res;
    QpuContext *const ctx = b->ctx;
    for (uint32_t n = 0; n < b->n_sets; n++) {
        struct QpuSet *const s = &b->sets[n];
        const VkDescriptorSetAllocateInfo info = {
            .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO,
            .descriptorPool = b->set_pool,
            .descriptorSetCount = 1,
            .pSetLayouts = &ctx->set_layout[s->n_bind],
        };
        QPU_TRY(ctx, AllocateDescriptorSets(ctx->dev, &info, &s->set));
        VkDescriptorBufferInfo buf[QPU_MAX_BINDINGS];
        for (int i = 0; i < s->n_bind; i++)
            buf[i] = (VkDescriptorBufferInfo) {
                .buffer = s->bind[i].buf->buf,
                .offset = s->bind[i].off,
                .range = s->bind[i].size,
            };
        /* one write covers consecutive bindings */
        const VkWriteDescriptorSet write = {
            .sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET,
            .dstSet = s->set,
            .descriptorCount = (uint32_t) s->n_bind,
            .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
            .pBufferInfo = buf,
        };
        ctx->vk.UpdateDescriptorSets(ctx->dev, 1, &write, 0, NULL);
    }
    return 0;
error:
    return res;
}

/* What writes before it wrote is seen by all after it, and all before it is
 * over; before and after: COMPUTE, TRANSFER or both, after also the host. */
static void barrier(QpuBatch *const b, const VkPipelineStageFlags before,
                    const VkPipelineStageFlags after)
{
    VkMemoryBarrier mem = { .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER };
    if (before & COMPUTE) mem.srcAccessMask |= VK_ACCESS_SHADER_WRITE_BIT;
    if (before & TRANSFER) mem.srcAccessMask |= VK_ACCESS_TRANSFER_WRITE_BIT;
    if (after & COMPUTE) mem.dstAccessMask |= VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT;
    if (after & TRANSFER) mem.dstAccessMask |= VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
    if (after & VK_PIPELINE_STAGE_HOST_BIT) mem.dstAccessMask |= VK_ACCESS_HOST_READ_BIT;
    b->ctx->vk.CmdPipelineBarrier(b->cmd, before, after, 0, 1, &mem, 0, NULL, 0, NULL);
}

static void copy(QpuBatch *const b, const QpuBuffer *const src, const uint32_t src_off,
                 const QpuBuffer *const dst, const uint32_t dst_off, const uint32_t size)
{
    const VkBufferCopy region = { .srcOffset = src_off, .dstOffset = dst_off, .size = size };
    b->ctx->vk.CmdCopyBuffer(b->cmd, src->buf, dst->buf, 1, &region);
}

static void mark(QpuBatch *const b, const enum QpuStage stage) {
    const uint32_t n = b->n_marks;
    if (!b->queries || n == b->max_marks || n == MAX_MARKS || (n && b->marks[n - 1] == stage)) return;
    b->ctx->vk.CmdWriteTimestamp(b->cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, b->queries, n);
    b->marks[b->n_marks++] = stage;
}

/* While the list is gone through. */
struct State {
    VkPipelineStageFlags used; /* so far in this command buffer */
    int blocked;               /* a barrier is due before the next work */
    enum QpuStage stage;
    VkPipeline pipeline;
    uint32_t set;
};

/* Before work of a kind: the barrier that is due. Work of a kind that a
 * barrier did not name comes with one of its own (a copy, or what follows
 * it), so each names only the next. */
static void begin_work(QpuBatch *const b, struct State *const s, const VkPipelineStageFlags kind) {
    if (s->blocked && s->used) barrier(b, s->used, kind);
    s->blocked = 0;
    s->used |= kind;
    if (s->stage < QPU_N_STAGES) mark(b, s->stage);
}

static void record_dispatch(QpuBatch *const b, struct State *const s, const struct QpuOp *const op) {
    QpuContext *const ctx = b->ctx;
    const struct QpuSet *const set = &b->sets[op->dispatch.set];
    const VkPipelineLayout layout = ctx->pipeline_layout[set->n_bind];
    begin_work(b, s, COMPUTE);
    if (s->pipeline != op->dispatch.pipeline)
        ctx->vk.CmdBindPipeline(b->cmd, VK_PIPELINE_BIND_POINT_COMPUTE, op->dispatch.pipeline);
    /* layouts of different numbers of bindings never share a set */
    if (s->set != op->dispatch.set)
        ctx->vk.CmdBindDescriptorSets(b->cmd, VK_PIPELINE_BIND_POINT_COMPUTE, layout,
                                      0, 1, &set->set, 0, NULL);
    s->pipeline = op->dispatch.pipeline;
    s->set = op->dispatch.set;
    if (op->dispatch.push_size)
        ctx->vk.CmdPushConstants(b->cmd, layout, VK_SHADER_STAGE_COMPUTE_BIT,
                                 0, op->dispatch.push_size, b->pushes + op->dispatch.push);
    ctx->vk.CmdDispatch(b->cmd, op->dispatch.groups[0], op->dispatch.groups[1],
                        op->dispatch.groups[2]);
}

static void record_ops(QpuBatch *const b, struct State *const s) {
    for (uint32_t i = 0; i < b->n_ops; i++) {
        const struct QpuOp *const op = &b->ops[i];
        switch (op->type) {
        case QPU_OP_STAGE:
            s->stage = op->stage;
            break;
        case QPU_OP_BARRIER:
            s->blocked = 1;
            break;
        case QPU_OP_COPY:
            s->blocked = 1;
            begin_work(b, s, TRANSFER);
            copy(b, op->copy.src.buf, op->copy.src.off,
                 op->copy.dst.buf, op->copy.dst.off, op->copy.src.size);
            s->blocked = 1;
            break;
        case QPU_OP_DISPATCH:
            record_dispatch(b, s, op);
            break;
        }
    }
}

static void record_uploads(QpuBatch *const b) {
    int copies = 0;
    for (uint32_t i = 0; i < b->upload.n_chunks; i++) {
        const struct QpuChunk *const c = &b->upload.chunk[i];
        if (!c->buf->staging || !c->used) continue;
        copy(b, c->buf->staging, 0, c->buf, 0, c->used);
        copies++;
    }
    if (copies) barrier(b, TRANSFER, COMPUTE | TRANSFER);
}

static void record_downloads(QpuBatch *const b, struct State *const s) {
    int copies = 0;
    for (int i = 0; i < b->n_down; i++) {
        if (!b->down[i].copied) continue;
        if (!copies++ && s->used) barrier(b, s->used, TRANSFER);
        copy(b, b->down[i].range.buf, b->down[i].range.off,
             b->down[i].host.buf, b->down[i].host.off, b->down[i].range.size);
    }
    if (b->n_down) barrier(b, COMPUTE | TRANSFER, VK_PIPELINE_STAGE_HOST_BIT);
}

int qpu_record(QpuBatch *const b) {
    int res;
    QpuContext *const ctx = b->ctx;
    QPU_TRY(ctx, ResetCommandPool(ctx->dev, b->pool, 0));
    if ((res = write_sets(b)) || (ctx->timestamps && (res = fit_marks(b)))) return res;
    const VkCommandBufferBeginInfo begin = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
    };
    QPU_TRY(ctx, BeginCommandBuffer(b->cmd, &begin));
    b->n_marks = 0;
    if (b->queries && b->n_changes)
        ctx->vk.CmdResetQueryPool(b->cmd, b->queries, 0,
                                  (b->n_changes < b->max_marks ? b->n_changes : b->max_marks) + 1);
    /* batches run one after the other: what those before wrote is seen, and
     * what they read may be overwritten */
    barrier(b, COMPUTE | TRANSFER, COMPUTE | TRANSFER);
    record_uploads(b);
    struct State s = { .stage = QPU_N_STAGES, .set = UINT32_MAX };
    record_ops(b, &s);
    if (b->n_marks)
        ctx->vk.CmdWriteTimestamp(b->cmd, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT,
                                  b->queries, b->n_marks);
    record_downloads(b, &s);
    QPU_TRY(ctx, EndCommandBuffer(b->cmd));
    return 0;
error:
    return res;
}

int qpu_record_times(QpuBatch *const b) {
    int res;
    QpuContext *const ctx = b->ctx;
    if (!b->n_marks) return 0;
    QPU_TRY(ctx, GetQueryPoolResults(ctx->dev, b->queries, 0, b->n_marks + 1,
                                     (b->n_marks + 1) * sizeof(*b->ticks), b->ticks,
                                     sizeof(*b->ticks), VK_QUERY_RESULT_64_BIT));
    const uint64_t mask = ctx->timestamp_bits >= 64 ? ~0ULL : (1ULL << ctx->timestamp_bits) - 1;
    for (uint32_t i = 0; i < b->n_marks; i++)
        b->stats.stage[b->marks[i]].gpu_ns +=
            (uint64_t) ((double) ((b->ticks[i + 1] - b->ticks[i]) & mask) * ctx->limits.timestampPeriod);
    return 0;
error:
    return res;
}
