/* Launches intra prediction, a level of blocks at a time, and orders the jobs. */

#include <errno.h>
#include <string.h>

#include "qpu_av1_ipred.h"
#include "kernels.h"

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

static int is_large(const struct QpuAv1IpredJob *const job) {
    return (job->pos >> IPRED_LW_SHIFT & 7) > 2 || job->pos >> IPRED_LH_SHIFT > 2;
}

void qpu_av1_ipred_sort(const struct QpuAv1IpredJob *const jobs, const uint16_t *const levels,
                        const uint32_t n, struct QpuAv1IpredJob *const out,
                        QpuAv1IpredLevel *const ranges, const uint32_t n_levels,
                        uint32_t *const order)
{
    memset(ranges, 0, n_levels * sizeof(*ranges));
    for (uint32_t i = 0; i < n; i++) {
        QpuAv1IpredLevel *const l = &ranges[levels[i] - 1];
        if (is_large(&jobs[i])) l->n_large++;
        else l->n_small++;
    }
    /* n_large and n_small are where the next of either goes, for a while */
    uint32_t at = 0;
    for (uint32_t i = 0; i < n_levels; i++) {
        const uint32_t n_large = ranges[i].n_large, n_small = ranges[i].n_small;
        ranges[i].first = ranges[i].n_large = at;
        ranges[i].n_small = at += n_large;
        at += n_small;
    }
    for (uint32_t i = 0; i < n; i++) {
        QpuAv1IpredLevel *const l = &ranges[levels[i] - 1];
        order[is_large(&jobs[i]) ? l->n_large++ : l->n_small++] = i;
    }
    for (uint32_t i = 0; i < n_levels; i++) {
        ranges[i].n_small -= ranges[i].n_large;
        ranges[i].n_large -= ranges[i].first;
    }
    /* out may be memory that isn't cached: in order */
    for (uint32_t i = 0; i < n; i++)
        out[i] = jobs[order[i]];
}

int qpu_av1_ipred(QpuBatch *const b, const QpuFrame *const f, const QpuAv1Ipred *const p,
                  const QpuAv1IpredLevel *const levels, const int n_levels)
{
    const uint64_t n_jobs = p->jobs.size / sizeof(struct QpuAv1IpredJob);
    if (f->bpc < 8 || f->bpc > 12 || p->tables.size < QPU_AV1_IPRED_TABLES_SIZE) return -EINVAL;
    for (int i = 0; i < n_levels; i++)
        if ((uint64_t) levels[i].first + levels[i].n_large + levels[i].n_small > n_jobs)
            return -EINVAL;

    qpu_batch_stage(b, QPU_STAGE_IPRED);

    const uint32_t quad = f->bpc > 8 ? 2 : 1; /* words */
    struct QpuAv1IpredPush push;
    memset(&push, 0, sizeof(push));
    for (int pl = 0; pl < f->n_planes; pl++) {
        push.org[pl] = f->plane[pl].org / quad;
        push.stride[!!pl] = f->plane[pl].stride / quad;
    }
    push.ss_hor = (uint32_t) f->ss_hor;
    push.ss_ver = (uint32_t) f->ss_ver;
    push.pixel_max = (float) ((1 << f->bpc) - 1);

    const QpuRange bind[] = {
        f->range, p->jobs, p->tables,
        p->palettes.buf ? p->palettes : p->tables,
        p->masks.buf ? p->masks : p->tables,
    };
    for (int i = 0; i < n_levels; i++) {
        const QpuAv1IpredLevel *const l = &levels[i];
        const uint32_t per_group = IPRED_GROUP / IPRED_SMALL;
        const uint32_t groups = l->n_large + (l->n_small + per_group - 1) / per_group;
        if (!groups) continue;
        const uint32_t gy = (groups + MAX_GROUPS - 1) / MAX_GROUPS;
        const uint32_t gx = (groups + gy - 1) / gy;
        push.first = l->first;
        push.end = l->first + l->n_large + l->n_small;
        push.n_large = l->n_large;
        push.row = gx;
        const int res = qpu_batch_dispatch(b, f->bpc > 8 ? &qpu_k_av1_ipred_16 : &qpu_k_av1_ipred_8,
                                           bind, sizeof(bind) / sizeof(*bind),
                                           &push, sizeof(push), gx, gy, 1);
        if (res) return res;
        qpu_batch_barrier(b);
    }
    return 0;
}
