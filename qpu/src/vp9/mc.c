/* Launches inter prediction: first references, then the second ones of compounds. */

#include <errno.h>

#include "qpu_vp9_mc.h"
#include "kernels.h"
#include "common/mc_launch.h"
#include "vp9/mc.h"

/* Kernels by kind, 8 bits and more. */
static const QpuKernel *const kernels[QPU_VP9_MC_N][2] = {
#define KERNEL(name) { &qpu_k_vp9_mc_##name##_8, &qpu_k_vp9_mc_##name##_16 }
    [QPU_VP9_MC_COPY]                    = KERNEL(copy),
    [QPU_VP9_MC_HOR]                     = KERNEL(h),
    [QPU_VP9_MC_VER]                     = KERNEL(v),
    [QPU_VP9_MC_BOTH]                    = KERNEL(hv),
    [QPU_VP9_MC_SCALED]                  = KERNEL(scaled),
    [QPU_VP9_MC_AVG + QPU_VP9_MC_COPY]   = KERNEL(avg_copy),
    [QPU_VP9_MC_AVG + QPU_VP9_MC_HOR]    = KERNEL(avg_h),
    [QPU_VP9_MC_AVG + QPU_VP9_MC_VER]    = KERNEL(avg_v),
    [QPU_VP9_MC_AVG + QPU_VP9_MC_BOTH]   = KERNEL(avg_hv),
    [QPU_VP9_MC_AVG + QPU_VP9_MC_SCALED] = KERNEL(avg_scaled),
#undef KERNEL
};

void qpu_vp9_mc_tables(void *const to, const int16_t (*const *const filters)[8]) {
    uint32_t *dst = to;
    for (int i = 0; i < MC_N_TAPS; i++) {
        const int16_t *const taps = filters[i >> 4][i & 15];
        for (int k = 0; k < 8; k += 2)
            *dst++ = qpu_mc_half_float(taps[k], MC_TAPS_SHIFT) |
                     qpu_mc_half_float(taps[k + 1], MC_TAPS_SHIFT) << 16;
    }
}
_Static_assert(QPU_VP9_MC_TABLES_SIZE == MC_N_TAPS * 16, "as the kernels read them");

int qpu_vp9_mc(QpuBatch *const b, const QpuVp9Mc *const p) {
    const QpuFrame *const cur = p->cur;
    const int hbd = cur->bpc > 8;
    uint32_t n_groups[QPU_VP9_MC_N] = { 0 }, first_job[QPU_VP9_MC_N], all_groups = 0, all_jobs = 0;
    int as[QPU_VP9_MC_N]; /* the kind whose kernel does a kind's jobs */

    if (!qpu_mc_in_pool(&p->pool, cur)) return -EINVAL;
    for (int i = 0; i < 3; i++)
        if (p->ref[i] && !qpu_mc_in_pool(&p->pool, p->ref[i])) return -EINVAL;
    uint32_t lanes[QPU_VP9_MC_N][QPU_VP9_MC_CLASSES / 3]; /* jobs by number of lanes */
    for (int k = 0; k < QPU_VP9_MC_N; k++) {
        first_job[k] = all_jobs;
        for (int c = 0; c < QPU_VP9_MC_CLASSES / 3; c++) {
            lanes[k][c] = p->n[k][c * 3] + p->n[k][c * 3 + 1] + p->n[k][c * 3 + 2];
            n_groups[k] += qpu_mc_groups(lanes[k][c], c);
            all_jobs += lanes[k][c];
        }
        all_groups += n_groups[k];
    }
    if (!all_jobs) return 0;
    if (all_jobs > p->jobs.size / sizeof(QpuVp9McJob) || p->tables.size < QPU_VP9_MC_TABLES_SIZE)
        return -EINVAL;
    for (int k = 0; k < QPU_VP9_MC_N; k++) {
        const int both = k < QPU_VP9_MC_AVG ? QPU_VP9_MC_BOTH : QPU_VP9_MC_AVG + QPU_VP9_MC_BOTH;
        as[k] = k < both && n_groups[k] < QPU_MC_FEW_GROUPS && n_groups[both] ? both : k;
    }

    qpu_batch_stage(b, QPU_STAGE_MC);
    QpuRange groups, planes;
    struct QpuMcPlane *const up_planes =
        qpu_batch_upload(b, (MC_N_PLANES + 4) * sizeof(*up_planes), &planes);
    uint32_t *at = qpu_batch_upload(b, all_groups * 8, &groups);
    if (!up_planes || !at) return -ENOMEM;
    qpu_mc_write_planes(up_planes, &p->pool, cur, p->ref, p->step, 3);

    struct QpuVp9McPush push = {
        .none = (cur->range.off - p->pool.off) / 4,
        /* 1 << bpc less a small part, for any depth */
        .range = (float) (1 << cur->bpc) - (float) (1 << cur->bpc) / (float) (1 << 22),
        .unit = 128.f / (float) (1 << cur->bpc),
    };
    const QpuRange bind[] = { p->pool, p->jobs, groups, planes, p->tables };
    uint32_t first = 0;
    int res = 0;
    for (int k = 0, launched = 0; k < QPU_VP9_MC_N; k++) {
        uint32_t n = 0;
        for (int i = 0; i < QPU_VP9_MC_N; i++) {
            if (as[i] != k) continue;
            uint32_t job = first_job[i];
            for (int c = 0; c < QPU_VP9_MC_CLASSES / 3; c++) {
                at = qpu_mc_write_groups(at, job, lanes[i][c], c);
                job += lanes[i][c];
            }
            n += n_groups[i];
        }
        if (n) {
            push.first = first;
            res = qpu_mc_dispatch(b, kernels[k][hbd], bind, sizeof(bind) / sizeof(*bind),
                                  &push, sizeof(push), n, 1);
            first += n;
            launched = 1;
        }
        if (launched && (k == QPU_VP9_MC_AVG - 1 || k == QPU_VP9_MC_N - 1)) {
            qpu_batch_barrier(b);
            launched = 0;
        }
    }
    return res; /* the last one's: a failed batch stays failed */
}
