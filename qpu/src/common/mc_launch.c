/* What the launches of inter prediction share. */

#include <string.h>

#include "common/mc_launch.h"
#include "kernels.h"
#include "qpu_mc.h"

/* Of a launch; more are split. */
#define MAX_GROUPS 65535

int qpu_mc_in_pool(const QpuRange *const pool, const QpuFrame *const f) {
    return f->range.buf == pool->buf && f->range.off >= pool->off &&
           f->range.off - pool->off <= pool->size &&
           f->range.size <= pool->size - (f->range.off - pool->off);
}

uint32_t qpu_mc_groups(const uint32_t n, const int lanes_log2) {
    return lanes_log2 > 6 ? n << (lanes_log2 - 6) :
           (n + (MC_GROUP >> lanes_log2) - 1) >> (6 - lanes_log2);
}

uint32_t *qpu_mc_write_groups(uint32_t *dst, uint32_t job, uint32_t n, const int lanes_log2) {
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

void qpu_mc_write_planes(struct QpuMcPlane *const dst, const QpuRange *const pool,
                         const QpuFrame *const cur, const QpuFrame *const *const ref,
                         const int (*const step)[2], const int n_refs)
{
    struct QpuMcPlane planes[MC_N_PLANES + 4];
    memset(planes, 0, sizeof(planes));
    for (int r = 0; r <= n_refs; r++) {
        const QpuFrame *const f = r == n_refs ? cur : ref[r];
        if (!f) continue;
        for (int i = 0; i < f->n_planes; i++) {
            const QpuPlane *const pl = &f->plane[i];
            struct QpuMcPlane *const q = &planes[(r == n_refs ? MC_CURRENT : r) * 4 + i];
            *q = (struct QpuMcPlane) {
                .org = (f->range.off - pool->off) / 4 + pl->org,
                .stride = pl->stride,
                .w = pl->w,
                .h = pl->h,
            };
            if (r == n_refs) {
                q->w = ((f->plane[0].w + 7) & ~7) >> (i ? f->ss_hor : 0);
                q->h = ((f->plane[0].h + 7) & ~7) >> (i ? f->ss_ver : 0);
            }
        }
    }
    uint32_t steps[16] = { 0 };
    for (int r = 0; r < n_refs; r++) {
        steps[r * 2] = (uint32_t) step[r][0];
        steps[r * 2 + 1] = (uint32_t) step[r][1];
    }
    memcpy(&planes[MC_N_PLANES], steps, sizeof(steps));
    memcpy(dst, planes, sizeof(planes)); /* at once: it may not be cached */
}

int qpu_mc_dispatch(QpuBatch *const b, const QpuKernel *const k, const QpuRange *const bind,
                    const int n_bind, void *const push, const size_t push_size,
                    uint32_t n, const uint32_t per_group)
{
    uint32_t first;
    int res = 0;
    memcpy(&first, push, sizeof(first));
    while (n) {
        const uint32_t some = n < MAX_GROUPS ? n : MAX_GROUPS;
        res = qpu_batch_dispatch(b, k, bind, n_bind, push, push_size, some, 1, 1);
        first += some * per_group;
        memcpy(push, &first, sizeof(first));
        n -= some;
    }
    return res;
}

uint32_t qpu_mc_half_float(const int v, const int shift) {
    if (!v) return 0;
    uint32_t a = (uint32_t) (v < 0 ? -v : v);
    int e = 25;
    for (; !(a & 1U << 10); a <<= 1) e--; /* 1 << 10 is 1.0 at exponent 15 */
    return (v < 0 ? 0x8000U : 0) | (uint32_t) (e - shift) << 10 | (a & 0x3ff);
}

int qpu_mc_extend(QpuBatch *const b, const QpuFrame *const f) {
    const uint32_t pixels_log2 = f->bpc > 8 ? 1 : 2;
    struct QpuMcExtendPush push;
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
    const int res = qpu_batch_dispatch(b, f->bpc > 8 ? &qpu_k_mc_extend_16 : &qpu_k_mc_extend_8,
                                       &f->range, 1, &push, sizeof(push), n / MC_GROUP, 1, 1);
    qpu_batch_barrier(b);
    return res;
}
