#include <errno.h>
#include <string.h>

#include "common/ipred_run.h"

#define MAX_GROUPS 65535U

int ipred_planes(struct IpredPlanes *const planes, const QpuFrame *const f,
                 const QpuFrame *const residual)
{
    const uint32_t quad = f->bpc > 8 ? 2 : 1; /* words */
    if (f->bpc < 8 || f->bpc > 12) return -EINVAL;
    memset(planes, 0, sizeof(*planes));
    for (int pl = 0; pl < f->n_planes; pl++) {
        const QpuPlane *const plane = &f->plane[pl];
        planes->org[pl] = plane->org / quad;
        planes->stride[!!pl] = plane->stride / quad;
        if (!residual) continue;
        const QpuPlane *const res = &residual->plane[pl];
        if (residual->bpc <= 8 || res->w != plane->w || res->h != plane->h) return -EINVAL;
        planes->res_org[pl] = res->org / 2;
        planes->res_stride[!!pl] = res->stride / 2;
    }
    return 0;
}

static int dispatch(QpuBatch *const b, const IpredRun *const run, const int by_level,
                    struct IpredSpan span, const uint32_t groups)
{
    if (!groups) return 0;
    const uint32_t gy = (groups + MAX_GROUPS - 1) / MAX_GROUPS;
    const uint32_t gx = (groups + gy - 1) / gy;
    span.row = gx;
    memcpy((char *) run->push + run->span_at, &span, sizeof(span));
    const int res = qpu_batch_dispatch(b, by_level ? run->level : run->sb, run->bind,
                                       by_level ? run->n_bind_level : run->n_bind_sb,
                                       run->push, run->push_size, gx, gy, 1);
    if (!res) qpu_batch_barrier(b);
    return res;
}

static int run_level(QpuBatch *const b, const IpredRun *const run, const IpredPart *const part) {
    const uint32_t per_group = IPRED_LEVEL_GROUP / IPRED_SMALL;
    const struct IpredSpan span = {
        part->first, part->first + part->n_large + part->n_small, part->n_large, 0
    };
    return dispatch(b, run, 1, span, part->n_large + (part->n_small + per_group - 1) / per_group);
}

static int run_superblocks(QpuBatch *const b, const IpredRun *const run, const IpredPart *const part) {
    const struct IpredSpan span = { part->first, part->first + part->n_large, part->n_large, 0 };
    return dispatch(b, run, 0, span, part->n_large);
}

int ipred_run_first(QpuBatch *const b, const IpredRun *const run, const QpuIpredPlan *const plan) {
    return run_level(b, run, ipred_plan_first(plan));
}

int ipred_run(QpuBatch *const b, const IpredRun *const run, const QpuIpredPlan *const plan) {
    int res = 0;
    for (uint32_t i = 0; i < plan->n_dispatches && !res; i++) {
        const IpredPart *const part = ipred_plan_part(plan, i);
        res = (plan->schedule == QPU_IPRED_LEVELS ? run_level : run_superblocks)(b, run, part);
    }
    return res;
}
