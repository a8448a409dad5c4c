/* A batch: what was launched, as a list, and the command buffer it becomes. */

#ifndef QPU_BATCH_H
#define QPU_BATCH_H

#include "context.h"
#include "memory.h"
#include "scratch.h"

enum QpuOpType { QPU_OP_DISPATCH, QPU_OP_BARRIER, QPU_OP_COPY, QPU_OP_STAGE };
struct QpuOp {
    enum QpuOpType type;
    union {
        struct {
            VkPipeline pipeline;
            uint32_t set;             /* index into sets */
            uint32_t push, push_size; /* bytes of pushes */
            uint32_t groups[3];
        } dispatch;
        struct {
            QpuRange src, dst;
        } copy;
        enum QpuStage stage;
    };
};

/* What is bound together; many launches may use it. */
struct QpuSet {
    int n_bind;
    QpuRange bind[QPU_MAX_BINDINGS];
    VkDescriptorSet set;
};

struct QpuBatch {
    QpuContext *ctx;
    QpuArena upload, download;
    QpuScratch scratch;

    int err;             /* the first failure since begin */
    enum QpuStage stage; /* QPU_N_STAGES: none yet */
    struct QpuOp *ops;
    struct QpuSet *sets;
    uint8_t *pushes;
    uint32_t n_ops, n_ops_alloc;
    uint32_t n_sets, n_sets_alloc;
    uint32_t n_pushes, n_pushes_alloc;
    uint32_t n_bound;    /* bindings of all sets */
    uint32_t n_changes;  /* of the stage */
    struct {
        QpuRange range;
        QpuRange host;   /* where the CPU reads it */
        int copied;
    } down[QPU_MAX_DOWNLOADS];
    int n_down;
    QpuBatchStats stats;

    /* pipelines that were used before, by a hash of the kernel's address:
     * they never change, and looking here takes no lock */
    struct QpuPipeline known[64];

    /* record.c's; grown to the largest frame so far */
    VkCommandPool pool;
    VkCommandBuffer cmd;
    VkDescriptorPool set_pool;
    uint32_t max_sets, max_bound;
    VkQueryPool queries;
    uint32_t max_marks;
    enum QpuStage *marks; /* stage that starts at a query */
    uint64_t *ticks;      /* one more than marks */
    uint32_t n_marks;

    uint64_t value;      /* of the timeline; 0: not submitted since begin */
    int in_flight;
};

int qpu_record_open(QpuBatch *b);
void qpu_record_close(QpuBatch *b);
/* Writes the command buffer, all of it. */
int qpu_record(QpuBatch *b);
/* After the wait: adds up what each stage took. */
int qpu_record_times(QpuBatch *b);

#endif /* QPU_BATCH_H */
