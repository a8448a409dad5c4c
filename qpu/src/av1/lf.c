/* Launches deblocking: all vertical edges of a frame, then all horizontal
 * ones. */

#include <errno.h>
#include <string.h>

#include "qpu_av1.h"
#include "kernels.h"
#include "av1/lf.h"

#define MAX_GROUPS 65535U

int qpu_av1_lf(QpuBatch *const b, const QpuFrame *const f, const QpuAv1Lf *const p) {
    static const QpuKernel *const kernels[2 /* direction */][2 /* more than 8 bits */] = {
        { &qpu_k_av1_lf_v_8, &qpu_k_av1_lf_v_16 },
        { &qpu_k_av1_lf_h_8, &qpu_k_av1_lf_h_16 },
    };

    uint64_t n_edges = 0;
    for (int dir = 0; dir < 2; dir++)
        for (int size = 0; size < QPU_AV1_N_LF; size++)
            n_edges += p->n[dir][size];
    if (n_edges > p->edges.size / 4 || p->sharpness < 0 || p->sharpness > 7 ||
        f->bpc < 8 || f->bpc > 12)
    {
        return -EINVAL;
    }

    qpu_batch_stage(b, QPU_STAGE_LF);

    struct QpuAv1LfPush push;
    memset(&push, 0, sizeof(push));
    for (int pl = 0; pl < f->n_planes; pl++) {
        push.org[pl] = f->plane[pl].org;
        push.stride[!!pl] = f->plane[pl].stride;
    }
    push.limit_shift = (uint32_t) (p->sharpness + 3) >> 2;
    push.limit_max = p->sharpness ? 9 - (uint32_t) p->sharpness : 63;
    push.depth = (uint32_t) f->bpc - 8;
    push.flat_limit = (0x8000U + (1U << push.depth)) * 0x10001U;
    push.hi = (128 << push.depth) - 1;

    const QpuRange bind[] = { f->range, p->edges };
    uint32_t edge = 0; /* of the list, in the buffer */
    for (int dir = 0; dir < 2; dir++) {
        uint32_t groups = 0;
        for (int size = 0; size < QPU_AV1_N_LF; size++) {
            const uint32_t n = p->n[dir][size];
            push.first[size] = groups * LF_GROUP;
            push.end[size] = push.first[size] + n;
            push.skip[size] = push.first[size] - edge; /* may wrap */
            edge += n;
            groups += n / LF_GROUP + !!(n % LF_GROUP);
        }
        if (!groups) continue;
        const uint32_t gy = (groups + MAX_GROUPS - 1) / MAX_GROUPS;
        const uint32_t gx = (groups + gy - 1) / gy;
        push.row = gx * LF_GROUP;
        const int res = qpu_batch_dispatch(b, kernels[dir][f->bpc > 8],
                                           bind, sizeof(bind) / sizeof(*bind),
                                           &push, sizeof(push), gx, gy, 1);
        if (res) return res;
        qpu_batch_barrier(b);
    }
    return 0;
}
