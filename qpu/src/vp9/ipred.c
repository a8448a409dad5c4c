/* Launches intra prediction as planned (common/ipred_plan.c). */

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "qpu_vp9_ipred.h"
#include "kernels.h"
#include "common/ipred_run.h"

enum { FRAME, JOBS, RESIDUAL, GROUPS, N_BIND };

_Static_assert(offsetof(struct QpuVp9IpredPush, res_stride) == offsetof(struct IpredPlanes, res_stride) &&
               offsetof(struct QpuVp9IpredPush, row) - offsetof(struct QpuVp9IpredPush, first) ==
               offsetof(struct IpredSpan, row), "parts of the push constants");

int qpu_vp9_ipred_run(QpuBatch *const b, const QpuFrame *const f, const QpuFrame *const residual,
                      const QpuVp9Ipred *const p, const QpuIpredPlan *const plan)
{
    struct IpredPlanes planes;
    struct QpuVp9IpredPush push;
    if (plan->n_first || (plan->n_residual && !residual)) return -EINVAL;
    if (!plan->n_dispatches) return 0;
    if (p->jobs.size < plan->jobs_size || p->groups.size < plan->groups_size ||
        ipred_planes(&planes, f, residual)) return -EINVAL;
    memset(&push, 0, sizeof(push));
    memcpy(&push, &planes, sizeof(planes));
    push.base = 1 << (f->bpc - 1);

    QpuRange bind[N_BIND];
    bind[FRAME] = f->range;
    bind[JOBS] = p->jobs;
    bind[RESIDUAL] = residual ? residual->range : p->jobs;
    bind[GROUPS] = p->groups.buf ? p->groups : p->jobs;
    const IpredRun run = {
        .level = f->bpc > 8 ? &qpu_k_vp9_ipred_16 : &qpu_k_vp9_ipred_8,
        .sb = f->bpc > 8 ? &qpu_k_vp9_ipred_sb_16 : &qpu_k_vp9_ipred_sb_8,
        .bind = bind, .n_bind_level = GROUPS, .n_bind_sb = N_BIND,
        .push = &push, .push_size = sizeof(push), .span_at = offsetof(struct QpuVp9IpredPush, first)
    };
    qpu_batch_stage(b, QPU_STAGE_IPRED);
    return ipred_run(b, &run, plan);
}
