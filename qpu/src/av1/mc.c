/* Launches inter prediction: tables, groups of jobs, and the kernels in the
 * order that compounds and OBMC need. */

#include <errno.h>
#include <string.h>

#include "qpu_av1_mc.h"
#include "kernels.h"
#include "av1/mc.h"

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

/* Fewer groups than this don't get a launch of their own if the general kernel runs
 * anyway, which takes some 0.4 us longer for each on V3D. */
#define FEW_GROUPS 32

/* Of a launch; more are split. */
#define MAX_GROUPS 65535

/* The numbers that scaled taps are have few bits: exact. */
static uint32_t half_float(const int v, const int shift) {
    if (!v) return 0;
    uint32_t a = (uint32_t) (v < 0 ? -v : v);
    int e = 25;
    for (; !(a & 1U << 10); a <<= 1) e--; /* 1 << 10 is 1.0 at exponent 15 */
    return (v < 0 ? 0x8000U : 0) | (uint32_t) (e - shift) << 10 | (a & 0x3ff);
}

/* Eight taps, scaled down by a power of two. */
static uint32_t *write_halves(uint32_t *dst, const int8_t *const taps, const int shift) {
    for (int k = 0; k < 8; k += 2)
        *dst++ = half_float(taps[k], shift) | half_float(taps[k + 1], shift) << 16;
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

static int in_pool(const QpuRange *const pool, const QpuFrame *const f) {
    return f->range.buf == pool->buf && f->range.off >= pool->off &&
           f->range.off - pool->off <= pool->size &&
           f->range.size <= pool->size - (f->range.off - pool->off);
}

static void write_planes(struct QpuAv1McPlane *const dst, const QpuAv1Mc *const p) {
    struct QpuAv1McPlane planes[MC_N_PLANES + 4];
    memset(planes, 0, sizeof(planes));
    for (int r = 0; r <= MC_CURRENT; r++) {
        const QpuFrame *const f = r == MC_CURRENT ? p->cur : p->ref[r];
        if (!f) continue;
        for (int i = 0; i < f->n_planes; i++) {
            const QpuPlane *const pl = &f->plane[i];
            struct QpuAv1McPlane *const q = &planes[r * 4 + i];
            *q = (struct QpuAv1McPlane) {
                .org = (f->range.off - p->pool.off) / 4 + pl->org,
                .stride = pl->stride,
                .w = pl->w,
                .h = pl->h,
            };
            if (r == MC_CURRENT) {
                q->w = ((f->plane[0].w + 7) & ~7) >> (i ? f->ss_hor : 0);
                q->h = ((f->plane[0].h + 7) & ~7) >> (i ? f->ss_ver : 0);
            }
        }
    }
    uint32_t steps[16] = { 0 };
    for (int r = 0; r < 7; r++) {
        steps[r * 2] = (uint32_t) p->step[r][0];
        steps[r * 2 + 1] = (uint32_t) p->step[r][1];
    }
    memcpy(&planes[MC_N_PLANES], steps, sizeof(steps));
    memcpy(dst, planes, sizeof(planes)); /* at once: it may not be cached */
}

/* Groups of a class of n jobs, of 1 << lanes_log2 lanes each. */
static uint32_t class_groups(const uint32_t n, const int lanes_log2) {
    return lanes_log2 > 6 ? n << (lanes_log2 - 6) :
           (n + (MC_GROUP >> lanes_log2) - 1) >> (6 - lanes_log2);
}

static uint32_t *write_class(uint32_t *dst, uint32_t job, uint32_t n, const int lanes_log2) {
    if (lanes_log2 > 6) {
        for (; n; n--, job++)
            for (uint32_t sub = 0; sub < 1U << (lanes_log2 - 6); sub++) {
                *dst++ = job;
                *dst++ = MC_GROUP_Y(lanes_log2, sub, 1);
            }
        return dst;
    }
    const uint32_t jobs = MC_GROUP >> lanes_log2;
    for (; n >= jobs; n -= jobs, job += jobs) {
        *dst++ = job;
        *dst++ = MC_GROUP_Y(lanes_log2, 0, jobs);
    }
    if (n) {
        *dst++ = job;
        *dst++ = MC_GROUP_Y(lanes_log2, 0, n);
    }
    return dst;
}

/* n groups, of per_group of what push->first counts. */
static int dispatch(QpuBatch *const b, const QpuKernel *const k, const QpuRange *const bind,
                    const int n_bind, struct QpuAv1McPush *const push,
                    uint32_t n, const uint32_t per_group)
{
    int res = 0;
    while (n) {
        const uint32_t some = n < MAX_GROUPS ? n : MAX_GROUPS;
        res = qpu_batch_dispatch(b, k, bind, n_bind, push, sizeof(*push), some, 1, 1);
        push->first += some * per_group;
        n -= some;
    }
    return res;
}

int qpu_av1_mc(QpuBatch *const b, const QpuAv1Mc *const p) {
    const QpuFrame *const cur = p->cur;
    const int hbd = cur->bpc > 8;
    uint32_t n_jobs[QPU_AV1_MC_N] = { 0 }, n_groups[QPU_AV1_MC_N] = { 0 }, first[QPU_AV1_MC_N];
    uint32_t all_groups = 0, all_jobs = 0, samples = !!p->n_warps;

    if (!in_pool(&p->pool, cur)) return -EINVAL;
    for (int i = 0; i < 7; i++)
        if (p->ref[i] && !in_pool(&p->pool, p->ref[i])) return -EINVAL;
    for (int k = 0; k < QPU_AV1_MC_N; k++) {
        for (int c = 0; c < QPU_AV1_MC_CLASSES; c++) {
            n_jobs[k] += p->n[k][c];
            n_groups[k] += class_groups(p->n[k][c], c);
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
    struct QpuAv1McPlane *const up_planes =
        qpu_batch_upload(b, (MC_N_PLANES + 4) * sizeof(*up_planes), &planes);
    uint32_t *at = qpu_batch_upload(b, (all_groups + 1) * 8, &groups);
    if (!up_planes || !at) return -ENOMEM;
    write_planes(up_planes, p);
    uint32_t job = 0;
    for (int k = 0; k < QPU_AV1_MC_N; k++) {
        if (!n_jobs[k]) continue;
        for (int c = 0; c < QPU_AV1_MC_CLASSES; c++) {
            at = write_class(at, job, p->n[k][c], c);
            job += p->n[k][c];
        }
    }
    for (int k = 1; k < QPU_AV1_MC_N; k++)
        if (kinds[k].general && n_groups[k] && n_groups[k - 1] < FEW_GROUPS) {
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
            res = dispatch(b, hbd ? &qpu_k_av1_mc_warp_16 : &qpu_k_av1_mc_warp_8, warp_bind,
                           sizeof(warp_bind) / sizeof(*warp_bind), &push, (p->n_warps + 3) / 4, 4);
            launched = 1;
        }
        for (int k = 0; k < QPU_AV1_MC_N; k++) {
            if (!n_groups[k] || kinds[k].step != step) continue;
            push.first = first[k];
            push.blend = k == QPU_AV1_MC_SCALED_ABOVE || k == QPU_AV1_MC_SCALED_LEFT;
            res = dispatch(b, kinds[k].k[hbd], bind, kinds[k].n_bind, &push, n_groups[k], 1);
            launched = 1;
        }
        if (launched) qpu_batch_barrier(b);
    }
    return res; /* the last one's: a failed batch stays failed */
}

int qpu_av1_mc_extend(QpuBatch *const b, const QpuFrame *const f) {
    const uint32_t pixels_log2 = f->bpc > 8 ? 1 : 2;
    struct QpuAv1McExtendPush push;
    uint32_t n = 0;

    memset(&push, 0, sizeof(push));
    for (int i = 0; i < 3; i++) {
        if (i < f->n_planes) {
            const QpuPlane *const pl = &f->plane[i];
            push.org[i] = pl->org;
            push.stride[i] = pl->stride;
            push.w[i] = pl->w;
            push.h[i] = pl->h;
            n += (uint32_t) (pl->h + 2 * MC_ROWS) * ((2 * MC_MARGIN_X >> pixels_log2) + 1) +
                 2 * MC_ROWS * ((uint32_t) pl->w >> pixels_log2);
            n = (n + MC_GROUP - 1) / MC_GROUP * MC_GROUP;
        }
        if (i < 2) push.end[i] = n;
    }
    qpu_batch_stage(b, QPU_STAGE_MC);
    const int res = qpu_batch_dispatch(b, f->bpc > 8 ? &qpu_k_av1_mc_extend_16 : &qpu_k_av1_mc_extend_8,
                                       &f->range, 1, &push, sizeof(push), n / MC_GROUP, 1, 1);
    qpu_batch_barrier(b);
    return res;
}
