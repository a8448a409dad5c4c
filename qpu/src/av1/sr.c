#include <errno.h>
#include <string.h>

#include "qpu_av1.h"
#include "kernels.h"
#include "av1/sr.h"

#define GROUP_W 16
#define GROUP_H 4

int qpu_av1_sr(QpuBatch *const b, const QpuFrame *const src, const QpuFrame *const dst,
               const QpuFrame *const src2, const QpuFrame *const dst2,
               const QpuAv1Sr *const p)
{
    const int log2_pixels = dst->bpc == 8 ? 2 : 1; /* of a word */
    const int pixels = 1 << log2_pixels;

    if (!src2 != !dst2 || src->n_planes != dst->n_planes || src->bpc != dst->bpc)
        return -EINVAL;
    if (src2 && (!qpu_frame_same_layout(src, src2) || !qpu_frame_same_layout(dst, dst2)))
        return -EINVAL;

    struct QpuAv1SrPush push;
    memset(&push, 0, sizeof(push));
    push.pixel_max = (1 << dst->bpc) - 1;
    int n_words = 0, n_tasks = 0;
    for (int pl = 0; pl < dst->n_planes; pl++) {
        const QpuPlane *const d = &dst->plane[pl];
        const int uv = !!pl, ss_ver = uv & dst->ss_ver;
        if (d->h > src->plane[pl].h || p->src_w[uv] < pixels ||
            p->src_w[uv] & (pixels - 1) || p->step[uv] < 1 || p->step[uv] > 1 << 14 ||
            p->start[uv] < 0 || p->start[uv] >= 1 << 14)
        {
            return -EINVAL;
        }
        push.src_org[pl] = src->plane[pl].org;
        push.dst_org[pl] = d->org;
        push.src_stride[uv] = src->plane[pl].stride;
        push.dst_stride[uv] = d->stride;
        push.words[uv] = (d->w + pixels - 1) >> log2_pixels;
        push.rows[uv] = d->h;
        push.last[uv] = (p->src_w[uv] >> log2_pixels) - 1;
        push.step[uv] = p->step[uv];
        push.start[uv] = p->start[uv];
        push.full[uv] = (d->h + SR_ROWS - 1) / SR_ROWS;
        /* stripes are 64 luma rows, the first one 8 less */
        const int top = 56 >> ss_ver;
        push.border[uv] = 64 >> ss_ver;
        push.first[uv] = top - 2;
        n_tasks += push.full[uv];
        if (src2 && d->h > top) {
            const int n = (d->h - top + push.border[uv] - 1) / push.border[uv];
            n_tasks += (n + 1) / 2;
        }
        for (int i = pl; i < 3; i++)
            push.end[i] = n_tasks;
        if (n_words < push.words[uv])
            n_words = push.words[uv];
    }

    const QpuRange bind[] = {
        src->range, dst->range,
        src2 ? src2->range : src->range, dst2 ? dst2->range : dst->range,
        p->filter,
    };
    qpu_batch_stage(b, QPU_STAGE_SR);
    const int res = qpu_batch_dispatch(b, dst->bpc == 8 ? &qpu_k_av1_sr_8 : &qpu_k_av1_sr_16,
                                       bind, sizeof(bind) / sizeof(*bind),
                                       &push, sizeof(push),
                                       (uint32_t) (n_words + GROUP_W - 1) / GROUP_W,
                                       (uint32_t) (n_tasks + GROUP_H - 1) / GROUP_H, 1);
    qpu_batch_barrier(b);
    return res;
}
