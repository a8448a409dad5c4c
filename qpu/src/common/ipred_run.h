/* Launches of planned intra prediction, whatever the codec's kernels are. */

#ifndef QPU_COMMON_IPRED_RUN_H
#define QPU_COMMON_IPRED_RUN_H

#include "common/ipred_plan.h"

/* How planes lie, the residual's too: what the push constants start with. */
struct IpredPlanes {
    uint32_t org[3], stride[2], res_org[3], res_stride[2];
};

/* What a launch is for, somewhere in the push constants. */
struct IpredSpan {
    uint32_t first, end, n_large, row;
};

typedef struct IpredRun {
    const QpuKernel *level, *sb;
    const QpuRange *bind;
    int n_bind_level, n_bind_sb;
    void *push;
    size_t push_size, span_at; /* span_at: where in push */
} IpredRun;

/* residual may be NULL. -EINVAL where it doesn't fit the frame. */
int ipred_planes(struct IpredPlanes *planes, const QpuFrame *f, const QpuFrame *residual);

/* The jobs of level 0; all others. A barrier follows each dispatch. */
int ipred_run_first(QpuBatch *b, const IpredRun *run, const QpuIpredPlan *plan);
int ipred_run(QpuBatch *b, const IpredRun *run, const QpuIpredPlan *plan);

#endif /* QPU_COMMON_IPRED_RUN_H */
