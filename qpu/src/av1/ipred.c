/* Launches intra prediction as planned (common/ipred_plan.c), and its tables. */

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "qpu_av1_ipred.h"
#include "kernels.h"
#include "common/ipred_run.h"

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

_Static_assert(offsetof(struct QpuAv1IpredPush, res_stride) == offsetof(struct IpredPlanes, res_stride) &&
               offsetof(struct QpuAv1IpredPush, row) - offsetof(struct QpuAv1IpredPush, first) ==
               offsetof(struct IpredSpan, row), "parts of the push constants");

static int start(QpuBatch *const b, const QpuFrame *const f, const QpuFrame *const residual,
                 const QpuAv1Ipred *const p, const QpuIpredPlan *const plan,
                 QpuRange bind[N_BIND], struct QpuAv1IpredPush *const push, IpredRun *const run)
{
    struct IpredPlanes planes;
    if (p->tables.size < QPU_AV1_IPRED_TABLES_SIZE || p->jobs.size < plan->jobs_size ||
        p->groups.size < plan->groups_size || ipred_planes(&planes, f, residual)) return -EINVAL;
    memset(push, 0, sizeof(*push));
    memcpy(push, &planes, sizeof(planes));
    for (int pl = 0; pl < f->n_planes; pl++) {
        push->last_x[!!pl] = (((f->plane[0].w + 7) & ~7) >> (pl ? f->ss_hor : 0)) - 1;
        push->last_y[!!pl] = (((f->plane[0].h + 7) & ~7) >> (pl ? f->ss_ver : 0)) - 1;
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
    *run = (IpredRun) {
        .level = f->bpc > 8 ? &qpu_k_av1_ipred_16 : &qpu_k_av1_ipred_8,
        .sb = f->bpc > 8 ? &qpu_k_av1_ipred_sb_16 : &qpu_k_av1_ipred_sb_8,
        .bind = bind, .n_bind_level = GROUPS, .n_bind_sb = N_BIND,
        .push = push, .push_size = sizeof(*push), .span_at = offsetof(struct QpuAv1IpredPush, first)
    };
    qpu_batch_stage(b, QPU_STAGE_IPRED);
    return 0;
}

int qpu_av1_ipred_run_first(QpuBatch *const b, const QpuFrame *const f, const QpuAv1Ipred *const p,
                            const QpuIpredPlan *const plan)
{
    QpuRange bind[N_BIND];
    struct QpuAv1IpredPush push;
    IpredRun run;
    if (!plan->n_first) return 0;
    const int res = start(b, f, NULL, p, plan, bind, &push, &run);
    return res ? res : ipred_run_first(b, &run, plan);
}

int qpu_av1_ipred_run(QpuBatch *const b, const QpuFrame *const f, const QpuFrame *const residual,
                      const QpuAv1Ipred *const p, const QpuIpredPlan *const plan)
{
    QpuRange bind[N_BIND];
    struct QpuAv1IpredPush push;
    IpredRun run;
    if (!plan->n_dispatches) return 0;
    if (plan->n_residual && !residual) return -EINVAL;
    const int res = start(b, f, residual, p, plan, bind, &push, &run);
    return res ? res : ipred_run(b, &run, plan);
}
