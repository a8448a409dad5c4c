/* Launches inter prediction: tables, groups of jobs, and the kernels in the
 * order that compounds and OBMC need. */

#include <errno.h>
#include <string.h>

#include "qpu_av1_mc.h"
#include "kernels.h"
#include "av1/mc.h"

enum { BIND_POOL, BIND_JOBS, BIND_GROUPS, BIND_PLANES, BIND_TAPS, BIND_TMP, BIND_MASKS, N_BIND };

/* Kernels by kind, 8 bits and more; and after which launches each comes. */
static const struct {
    const QpuKernel *k[2];
    int n_bind, step;
} kinds[QPU_AV1_MC_N] = {
#define KERNEL(name) { &qpu_k_av1_mc_##name##_8, &qpu_k_av1_mc_##name##_16 }
    [QPU_AV1_MC_PUT_2]      = { KERNEL(put_2), BIND_TAPS + 1, 0 },
    [QPU_AV1_MC_PUT_4]      = { KERNEL(put_4), BIND_TAPS + 1, 0 },
    [QPU_AV1_MC_PUT_6]      = { KERNEL(put_6), BIND_TAPS + 1, 0 },
    [QPU_AV1_MC_PUT_8]      = { KERNEL(put_8), BIND_TAPS + 1, 0 },
    [QPU_AV1_MC_PUT_COPY]   = { KERNEL(put_copy), BIND_TAPS + 1, 0 },
    [QPU_AV1_MC_PUT_H]      = { KERNEL(put_h), BIND_TAPS + 1, 0 },
    [QPU_AV1_MC_PUT_V]      = { KERNEL(put_v), BIND_TAPS + 1, 0 },
    [QPU_AV1_MC_PREP_6]     = { KERNEL(prep_6), BIND_TMP + 1, 0 },
    [QPU_AV1_MC_PREP_8]     = { KERNEL(prep_8), BIND_TMP + 1, 0 },
    [QPU_AV1_MC_SCALED]     = { KERNEL(scaled), BIND_TMP + 1, 0 },
    [QPU_AV1_MC_AVG_6]      = { KERNEL(avg_6), BIND_TMP + 1, 1 },
    [QPU_AV1_MC_AVG_8]      = { KERNEL(avg_8), BIND_TMP + 1, 1 },
    [QPU_AV1_MC_MASK]       = { KERNEL(mask), BIND_MASKS + 1, 1 },
    [QPU_AV1_MC_OBMC_ABOVE] = { KERNEL(obmc), BIND_TAPS + 1, 1 },
    [QPU_AV1_MC_OBMC_LEFT]  = { KERNEL(obmc), BIND_TAPS + 1, 2 },
#undef KERNEL
};
#define N_STEPS 3

/* The numbers that scaled taps are have few bits: exact. */
static uint32_t half_float(const int v, const int shift) {
    if (!v) return 0;
    uint32_t a = (uint32_t) (v < 0 ? -v : v);
    int e = 25;
    for (; !(a & 1U << 10); a <<= 1) e--; /* 1 << 10 is 1.0 at exponent 15 */
    return (v < 0 ? 0x8000U : 0) | (uint32_t) (e - shift) << 10 | (a & 0x3ff);
}

static void write_taps(uint32_t *dst, const QpuAv1Mc *const p) {
    const int bpc = p->cur->bpc;
    const int shift_h = bpc == 12 ? 4 : 2, shift_v = bpc == 8 ? 8 : 6;
    int8_t taps[MC_N_TAPS][8];

    memset(taps, 0, sizeof(taps));
    for (int i = 0; i < MC_N_TAPS; i++) {
        const int filter = i >> 4, pos = i & 15;
        if (!pos) taps[i][3] = 64;
        else if (filter < 5) memcpy(taps[i], p->filters[filter][pos - 1], 8);
        else {
            taps[i][3] = (int8_t) (64 - 4 * pos);
            taps[i][4] = (int8_t) (4 * pos);
        }
    }
    for (int i = 0; i < MC_N_TAPS; i++)
        for (int k = 0; k < 8; k += 2)
            *dst++ = bpc == 8 ? ((uint32_t) taps[i][k] & 0xffff) | (uint32_t) taps[i][k + 1] << 16 :
                     half_float(taps[i][k], shift_h) | half_float(taps[i][k + 1], shift_h) << 16;
    for (int i = 0; i < MC_N_TAPS; i++)
        for (int k = 0; k < 8; k += 2)
            *dst++ = half_float(taps[i][k], shift_v) | half_float(taps[i][k + 1], shift_v) << 16;
    memcpy(dst, taps, sizeof(taps));
    dst += sizeof(taps) / 4;
    memcpy(dst, p->obmc_masks, 64);
}
#define TAPS_SIZE (MC_N_TAPS * (16 + 16 + 8) + 64)

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

static uint32_t *write_class(uint32_t *dst, const uint32_t first, const uint32_t n,
                             const int lanes_log2)
{
    if (lanes_log2 > 6) {
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t sub = 0; sub < 1U << (lanes_log2 - 6); sub++) {
                *dst++ = first + i;
                *dst++ = MC_GROUP_Y(lanes_log2, sub, 1);
            }
        return dst;
    }
    const uint32_t jobs = MC_GROUP >> lanes_log2;
    for (uint32_t i = 0; i < n; i += jobs) {
        *dst++ = first + i;
        *dst++ = MC_GROUP_Y(lanes_log2, 0, n - i < jobs ? n - i : jobs);
    }
    return dst;
}

static int dispatch(QpuBatch *const b, const QpuKernel *const k, const QpuRange *const bind,
                    const int n_bind, const struct QpuAv1McPush *const push)
{
    /* more groups than a dimension takes make rows; what is too much in the
     * last one returns */
    const uint32_t rows = (push->n + 65534) / 65535;
    return qpu_batch_dispatch(b, k, bind, n_bind, push, sizeof(*push),
                              (push->n + rows - 1) / rows, rows, 1);
}

int qpu_av1_mc(QpuBatch *const b, const QpuAv1Mc *const p) {
    const QpuFrame *const cur = p->cur;
    const int hbd = cur->bpc > 8;
    uint32_t n_groups[QPU_AV1_MC_N], all_groups = 0, all_jobs = 0, samples = 0;

    if (!in_pool(&p->pool, cur)) return -EINVAL;
    for (int i = 0; i < 7; i++)
        if (p->ref[i] && !in_pool(&p->pool, p->ref[i])) return -EINVAL;
    for (int k = 0; k < QPU_AV1_MC_N; k++) {
        n_groups[k] = 0;
        for (int c = 0; c < QPU_AV1_MC_CLASSES; c++) {
            all_jobs += p->n[k][c];
            n_groups[k] += class_groups(p->n[k][c], c);
        }
        all_groups += n_groups[k];
        if (n_groups[k] && kinds[k].n_bind > BIND_TMP)
            samples |= k == QPU_AV1_MC_MASK ? 2 : 1;
    }
    if (p->n_warps) samples |= 1;
    if (!all_jobs && !p->n_warps) return 0;
    if (all_jobs > p->jobs.size / sizeof(QpuAv1McJob) ||
        p->n_warps > p->warps.size / sizeof(QpuAv1McWarp))
    {
        return -EINVAL;
    }

    qpu_batch_stage(b, QPU_STAGE_MC);
    QpuRange groups, planes, taps;
    struct QpuAv1McPlane *const up_planes =
        qpu_batch_upload(b, (MC_N_PLANES + 4) * sizeof(*up_planes), &planes);
    uint32_t *const up_taps = qpu_batch_upload(b, TAPS_SIZE, &taps);
    uint32_t *at = qpu_batch_upload(b, (all_groups + 1) * 8, &groups);
    if (!up_planes || !up_taps || !at) return -ENOMEM;
    write_planes(up_planes, p);
    uint32_t table[TAPS_SIZE / 4];
    write_taps(table, p);
    memcpy(up_taps, table, sizeof(table));
    uint32_t job = 0;
    for (int k = 0; k < QPU_AV1_MC_N; k++)
        for (int c = 0; c < QPU_AV1_MC_CLASSES; c++) {
            at = write_class(at, job, p->n[k][c], c);
            job += p->n[k][c];
        }

    QpuRange filters = planes;
    if (p->n_warps) {
        void *const up = qpu_batch_upload(b, 193 * 8, &filters);
        if (!up) return -ENOMEM;
        memcpy(up, p->warp_filters, 193 * 8);
    }

    const uint32_t quads = cur->range.size / (hbd ? 8 : 4);
    QpuRange tmp = planes; /* bound in any case */
    if (samples) {
        const int res = qpu_batch_scratch(b, (size_t) quads * 8 * (samples & 2 ? 2 : 1), &tmp);
        if (res) return res;
    }

    struct QpuAv1McPush push = {
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
        p->pool, p->jobs, groups, planes, taps, tmp, p->masks.buf ? p->masks : planes,
    };
    int res = 0;
    for (int step = 0; step < N_STEPS; step++) {
        int launched = 0;
        push.first = 0;
        for (int k = 0; k < QPU_AV1_MC_N; k++) {
            push.n = n_groups[k];
            if (push.n && kinds[k].step == step) {
                res = dispatch(b, kinds[k].k[hbd], bind, kinds[k].n_bind, &push);
                launched = 1;
            }
            push.first += push.n;
        }
        if (!step && p->n_warps) {
            push.n = p->n_warps;
            const QpuRange warp_bind[] = { p->pool, p->warps, groups, planes, filters, tmp };
            const uint32_t n = (p->n_warps + 3) / 4, rows = (n + 65534) / 65535;
            res = qpu_batch_dispatch(b, hbd ? &qpu_k_av1_mc_warp_16 : &qpu_k_av1_mc_warp_8,
                                     warp_bind, sizeof(warp_bind) / sizeof(*warp_bind),
                                     &push, sizeof(push), (n + rows - 1) / rows, rows, 1);
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
        push.end[i] = n;
    }
    qpu_batch_stage(b, QPU_STAGE_MC);
    const uint32_t all = n / MC_GROUP, rows = (all + 65534) / 65535;
    const int res = qpu_batch_dispatch(b, f->bpc > 8 ? &qpu_k_av1_mc_extend_16 : &qpu_k_av1_mc_extend_8,
                                       &f->range, 1, &push, sizeof(push),
                                       (all + rows - 1) / rows, rows, 1);
    qpu_batch_barrier(b);
    return res;
}
