/* Launches inter prediction: tables, groups of jobs, and the kernels in the
 * order that compounds and OBMC need. */

#include <errno.h>
#include <string.h>

#include "qpu_av1_mc.h"
#include "kernels.h"
#include "av1/mc.h"
#include "common/mc_launch.h"

enum { BIND_POOL, BIND_JOBS, BIND_GROUPS, BIND_PLANES, BIND_TABLES, BIND_TMP, BIND_MASKS, N_BIND };

/* Kernels by kind, 8 bits and more; of how many references they need the samples;
 * and after which launches each comes. A general kernel can do the work of the
 * kind before it. */
static const struct {
    const QpuKernel *k[2];
    uint8_t n_bind, samples, step, general;
} kinds[QPU_AV1_MC_N] = {
#define KERNEL(name) { &qpu_k_av1_mc_##name##_8, &qpu_k_av1_mc_##name##_16 }
    [QPU_AV1_MC_PUT_2]        = { KERNEL(put_2), BIND_TABLES + 1, 0, 0, 0 },
    [QPU_AV1_MC_PUT_4]        = { KERNEL(put_4), BIND_TABLES + 1, 0, 0, 0 },
    [QPU_AV1_MC_PUT_6]        = { KERNEL(put_6), BIND_TABLES + 1, 0, 0, 1 },
    [QPU_AV1_MC_PUT_8]        = { KERNEL(put_8), BIND_TABLES + 1, 0, 0, 1 },
    [QPU_AV1_MC_PUT_COPY]     = { KERNEL(put_copy), BIND_TABLES + 1, 0, 0, 0 },
    [QPU_AV1_MC_PUT_H]        = { KERNEL(put_h), BIND_TABLES + 1, 0, 0, 0 },
    [QPU_AV1_MC_PUT_V]        = { KERNEL(put_v), BIND_TABLES + 1, 0, 0, 0 },
    [QPU_AV1_MC_PREP_6]       = { KERNEL(prep_6), BIND_TMP + 1, 1, 0, 0 },
    [QPU_AV1_MC_PREP_8]       = { KERNEL(prep_8), BIND_TMP + 1, 1, 0, 1 },
    [QPU_AV1_MC_SCALED]       = { KERNEL(scaled), BIND_TMP + 1, 1, 0, 0 },
    [QPU_AV1_MC_AVG_6]        = { KERNEL(avg_6), BIND_TMP + 1, 1, 1, 0 },
    [QPU_AV1_MC_AVG_8]        = { KERNEL(avg_8), BIND_TMP + 1, 1, 1, 1 },
    [QPU_AV1_MC_MASK]         = { KERNEL(mask), BIND_MASKS + 1, 2, 1, 0 },
    [QPU_AV1_MC_OBMC_ABOVE]   = { KERNEL(obmc), BIND_TABLES + 1, 0, 1, 0 },
    [QPU_AV1_MC_OBMC_LEFT]    = { KERNEL(obmc), BIND_TABLES + 1, 0, 2, 0 },
    [QPU_AV1_MC_SCALED_ABOVE] = { KERNEL(scaled), BIND_TMP + 1, 0, 1, 0 },
    [QPU_AV1_MC_SCALED_LEFT]  = { KERNEL(scaled), BIND_TMP + 1, 0, 2, 0 },
#undef KERNEL
};
#define N_STEPS 3

/* Eight taps, scaled down by a power of two. */
static uint32_t *write_halves(uint32_t *dst, const int8_t *const taps, const int shift) {
    for (int k = 0; k < 8; k += 2)
        *dst++ = qpu_mc_half_float(taps[k], shift) | qpu_mc_half_float(taps[k + 1], shift) << 16;
    return dst;
}

void qpu_av1_mc_tables(void *const to, const int bpc, const int8_t (*const filters)[15][8],
                       const int8_t (*const warp_filters)[8], const uint8_t *const obmc_masks)
{
    int8_t taps[MC_N_TAPS][8];
    uint32_t *dst = to;

    memset(taps, 0, sizeof(taps));
    for (int i = 0; i < MC_N_TAPS; i++) {
        const int filter = i >> 4, pos = i & 15;
        if (!pos) taps[i][3] = 64;
        else if (filter < 5) memcpy(taps[i], filters[filter][pos - 1], 8);
        else {
            taps[i][3] = (int8_t) (64 - 4 * pos);
            taps[i][4] = (int8_t) (4 * pos);
        }
    }
    for (int i = 0; i < MC_N_TAPS; i++) {
        if (bpc > 8) dst = write_halves(dst, taps[i], bpc == 12 ? 4 : 2);
        else for (int k = 0; k < 8; k += 2)
            *dst++ = ((uint32_t) taps[i][k] & 0xffff) | (uint32_t) taps[i][k + 1] << 16;
    }
    for (int i = 0; i < MC_N_TAPS; i++)
        dst = write_halves(dst, taps[i], bpc == 8 ? 8 : 6);
    memcpy(dst, taps, sizeof(taps));
    dst += sizeof(taps) / sizeof(*dst);
    memcpy(dst, obmc_masks, 64);
    dst += 64 / sizeof(*dst);
    for (int i = 0; i < MC_N_WARP; i++)
        dst = write_halves(dst, warp_filters[i], 0);
}
_Static_assert(QPU_AV1_MC_TABLES_SIZE == (MC_WARP + MC_N_WARP) * 16, "as the kernels read them");

int qpu_av1_mc(QpuBatch *const b, const QpuAv1Mc *const p) {
    const QpuFrame *const cur = p->cur;
    const int hbd = cur->bpc > 8;
    uint32_t n_jobs[QPU_AV1_MC_N] = { 0 }, n_groups[QPU_AV1_MC_N] = { 0 }, first[QPU_AV1_MC_N];
    uint32_t all_groups = 0, all_jobs = 0, samples = !!p->n_warps;

    if (!qpu_mc_in_pool(&p->pool, cur)) return -EINVAL;
    for (int i = 0; i < 7; i++)
        if (p->ref[i] && !qpu_mc_in_pool(&p->pool, p->ref[i])) return -EINVAL;
    for (int k = 0; k < QPU_AV1_MC_N; k++) {
        for (int c = 0; c < QPU_AV1_MC_CLASSES; c++) {
            n_jobs[k] += p->n[k][c];
            n_groups[k] += qpu_mc_groups(p->n[k][c], c);
        }
        first[k] = all_groups;
        all_groups += n_groups[k];
        all_jobs += n_jobs[k];
        if (n_jobs[k] && kinds[k].samples > samples) samples = kinds[k].samples;
    }
    if (!all_jobs && !p->n_warps) return 0;
    if (all_jobs > p->jobs.size / sizeof(QpuAv1McJob) ||
        p->n_warps > p->warps.size / sizeof(QpuAv1McWarp) ||
        p->tables.size < QPU_AV1_MC_TABLES_SIZE)
    {
        return -EINVAL;
    }

    qpu_batch_stage(b, QPU_STAGE_MC);
    QpuRange groups, planes;
    struct QpuMcPlane *const up_planes =
        qpu_batch_upload(b, (MC_N_PLANES + 4) * sizeof(*up_planes), &planes);
    uint32_t *at = qpu_batch_upload(b, (all_groups + 1) * 8, &groups);
    if (!up_planes || !at) return -ENOMEM;
    qpu_mc_write_planes(up_planes, &p->pool, cur, p->ref, p->step, MC_CURRENT);
    uint32_t job = 0;
    for (int k = 0; k < QPU_AV1_MC_N; k++) {
        if (!n_jobs[k]) continue;
        for (int c = 0; c < QPU_AV1_MC_CLASSES; c++) {
            at = qpu_mc_write_groups(at, job, p->n[k][c], c);
            job += p->n[k][c];
        }
    }
    for (int k = 1; k < QPU_AV1_MC_N; k++)
        if (kinds[k].general && n_groups[k] && n_groups[k - 1] < QPU_MC_FEW_GROUPS) {
            n_groups[k] += n_groups[k - 1];
            first[k] -= n_groups[k - 1];
            n_groups[k - 1] = 0;
        }

    const uint32_t quads = cur->range.size / (hbd ? 8 : 4);
    QpuRange tmp = planes; /* bound in any case */
    if (samples) {
        const int res = qpu_batch_scratch(b, (size_t) quads * 8 * samples, &tmp);
        if (res) return res;
    }

    struct QpuAv1McPush push = {
        .n_warps = p->n_warps,
        .tmp_org = (cur->range.off - p->pool.off) / 4,
        .tmp_size = quads,
        .depth = (uint32_t) cur->bpc - 8,
        .ss_hor = (uint32_t) cur->ss_hor,
        .ss_ver = (uint32_t) cur->ss_ver,
        .round = (float) (1 << (13 - cur->bpc)),
        /* 1 << bpc less half of the smallest step, for any depth */
        .range = (float) (1 << cur->bpc) - (float) (1 << cur->bpc) / (float) (1 << 22),
        .unit = 1.f / (float) (1 << cur->bpc),
    };
    const QpuRange bind[N_BIND] = {
        p->pool, p->jobs, groups, planes, p->tables, tmp, p->masks.buf ? p->masks : planes,
    };
    int res = 0;
    for (int step = 0; step < N_STEPS; step++) {
        int launched = 0;
        if (!step && p->n_warps) {
            const QpuRange warp_bind[] = { p->pool, p->warps, groups, planes, p->tables, tmp };
            res = qpu_mc_dispatch(b, hbd ? &qpu_k_av1_mc_warp_16 : &qpu_k_av1_mc_warp_8, warp_bind,
                                  sizeof(warp_bind) / sizeof(*warp_bind), &push, sizeof(push),
                                  (p->n_warps + 3) / 4, 4);
            launched = 1;
        }
        for (int k = 0; k < QPU_AV1_MC_N; k++) {
            if (!n_groups[k] || kinds[k].step != step) continue;
            push.first = first[k];
            push.blend = k == QPU_AV1_MC_SCALED_ABOVE || k == QPU_AV1_MC_SCALED_LEFT;
            res = qpu_mc_dispatch(b, kinds[k].k[hbd], bind, kinds[k].n_bind, &push, sizeof(push),
                                  n_groups[k], 1);
            launched = 1;
        }
        if (launched) qpu_batch_barrier(b);
    }
    return res; /* the last one's: a failed batch stays failed */
}
