/* Launches intra prediction as planned (ipred_plan.c), and its tables. */

#include <errno.h>
#include <string.h>

#include "qpu_av1_ipred.h"
#include "kernels.h"
#include "ipred_plan.h"

#define MAX_GROUPS 65535U

/* v / 16 as a half float, |v| <= 31 */
static uint32_t half_of_16ths(const int v) {
    unsigned a = v < 0 ? (unsigned) -v : (unsigned) v, log2 = 0;
    if (!a) return 0;
    while (a >> (log2 + 1)) log2++;
    return (v < 0 ? 0x8000U : 0) | (log2 - 4 + 15) << 10 | (a - (1U << log2)) << (10 - log2);
}

void qpu_av1_ipred_tables(void *const dst, const uint8_t weights[128], const uint16_t steps[44],
                          const int8_t taps[5][64])
{
    uint32_t words[4 * IPRED_TABLE_SIZE];
    for (int i = 0; i < 128; i++) {
        const float w = weights[i];
        memcpy(&words[i], &w, sizeof(w));
    }
    uint32_t *out = words + 4 * IPRED_TABLE_STEPS;
    for (int i = 0; i < 44; i++)
        *out++ = steps[i];
    for (int mode = 0; mode < 5; mode++)
        for (int i = 0; i < 7 * 8; i += 2)
            *out++ = half_of_16ths(taps[mode][i]) | half_of_16ths(taps[mode][i + 1]) << 16;
    memcpy(dst, words, sizeof(words));
}

enum { FRAME, JOBS, TABLES, PALETTES, MASKS, RESIDUAL, GROUPS, N_BIND };

static int start(QpuBatch *const b, const QpuFrame *const f, const QpuFrame *const residual,
                 const QpuAv1Ipred *const p, const QpuAv1IpredPlan *const plan,
                 QpuRange bind[N_BIND], struct QpuAv1IpredPush *const push)
{
    if (f->bpc < 8 || f->bpc > 12 || p->tables.size < QPU_AV1_IPRED_TABLES_SIZE ||
        p->jobs.size < plan->jobs_size || p->groups.size < plan->groups_size) return -EINVAL;
    memset(push, 0, sizeof(*push));
    for (int pl = 0; pl < f->n_planes; pl++) {
        const uint32_t quad = f->bpc > 8 ? 2 : 1; /* words */
        const QpuPlane *const plane = &f->plane[pl];
        push->org[pl] = plane->org / quad;
        push->stride[!!pl] = plane->stride / quad;
        push->last_x[!!pl] = ((f->plane[0].w + 7) & ~7) >> (pl ? f->ss_hor : 0);
        push->last_y[!!pl] = ((f->plane[0].h + 7) & ~7) >> (pl ? f->ss_ver : 0);
        push->last_x[!!pl]--;
        push->last_y[!!pl]--;
        if (!residual) continue;
        const QpuPlane *const res = &residual->plane[pl];
        if (residual->bpc <= 8 || res->w != plane->w || res->h != plane->h) return -EINVAL;
        push->res_org[pl] = res->org / 2;
        push->res_stride[!!pl] = res->stride / 2;
    }
    push->ss_hor = (uint32_t) f->ss_hor;
    push->ss_ver = (uint32_t) f->ss_ver;
    push->pixel_max = (float) ((1 << f->bpc) - 1);

    bind[FRAME] = f->range;
    bind[JOBS] = p->jobs;
    bind[TABLES] = p->tables;
    bind[PALETTES] = p->palettes.buf ? p->palettes : p->tables;
    bind[MASKS] = p->masks.buf ? p->masks : p->tables;
    bind[RESIDUAL] = residual ? residual->range : p->tables;
    bind[GROUPS] = p->groups.buf ? p->groups : p->tables;
    qpu_batch_stage(b, QPU_STAGE_IPRED);
    return 0;
}

static int dispatch(QpuBatch *const b, const QpuKernel *const k, const QpuRange *const bind,
                    const int n_bind, struct QpuAv1IpredPush *const push, const uint32_t groups)
{
    if (!groups) return 0;
    const uint32_t gy = (groups + MAX_GROUPS - 1) / MAX_GROUPS;
    const uint32_t gx = (groups + gy - 1) / gy;
    push->row = gx;
    const int res = qpu_batch_dispatch(b, k, bind, n_bind, push, sizeof(*push), gx, gy, 1);
    if (!res) qpu_batch_barrier(b);
    return res;
}

static int level(QpuBatch *const b, const QpuFrame *const f, const QpuRange *const bind,
                 struct QpuAv1IpredPush *const push, const IpredPart *const part)
{
    const uint32_t per_group = IPRED_LEVEL_GROUP / IPRED_SMALL;
    push->first = part->first;
    push->end = part->first + part->n_large + part->n_small;
    push->n_large = part->n_large;
    return dispatch(b, f->bpc > 8 ? &qpu_k_av1_ipred_16 : &qpu_k_av1_ipred_8, bind, GROUPS, push,
                    part->n_large + (part->n_small + per_group - 1) / per_group);
}

int qpu_av1_ipred_run_first(QpuBatch *const b, const QpuFrame *const f, const QpuAv1Ipred *const p,
                            const QpuAv1IpredPlan *const plan)
{
    QpuRange bind[N_BIND];
    struct QpuAv1IpredPush push;
    if (!plan->n_first) return 0;
    const int res = start(b, f, NULL, p, plan, bind, &push);
    return res ? res : level(b, f, bind, &push, ipred_plan_first(plan));
}

int qpu_av1_ipred_run(QpuBatch *const b, const QpuFrame *const f, const QpuFrame *const residual,
                      const QpuAv1Ipred *const p, const QpuAv1IpredPlan *const plan)
{
    QpuRange bind[N_BIND];
    struct QpuAv1IpredPush push;
    if (!plan->n_dispatches) return 0;
    if (plan->n_residual && !residual) return -EINVAL;
    int res = start(b, f, residual, p, plan, bind, &push);
    for (uint32_t i = 0; i < plan->n_dispatches && !res; i++) {
        const IpredPart *const part = ipred_plan_part(plan, i);
        if (plan->schedule == QPU_AV1_IPRED_LEVELS) {
            res = level(b, f, bind, &push, part);
        } else {
            push.first = part->first;
            push.end = part->first + part->n_large;
            res = dispatch(b, f->bpc > 8 ? &qpu_k_av1_ipred_sb_16 : &qpu_k_av1_ipred_sb_8,
                           bind, N_BIND, &push, part->n_large);
        }
    }
    return res;
}
