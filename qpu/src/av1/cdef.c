/* Launches CDEF: the directions of all blocks, then the filter of all planes. */

#include <errno.h>
#include <string.h>

#include "qpu_av1.h"
#include "kernels.h"
#include "av1/cdef.h"

int qpu_av1_cdef(QpuBatch *const b, const QpuFrame *const src, const QpuFrame *const dst,
                 const QpuAv1Cdef *const p)
{
    const int planes = p->planes & (src->n_planes > 1 ? 3 : 1);
    const int w8 = (src->plane[0].w + 7) >> 3, h8 = (src->plane[0].h + 7) >> 3;
    const int hbd = src->bpc > 8;
    if (!qpu_frame_same_layout(src, dst) || p->w8 != w8 || p->h8 != h8 ||
        p->sb64w * 8 < w8 || p->mask_stride * 32 < w8 ||
        p->params.size / 4 < (uint64_t) p->sb64w * ((h8 + 7) >> 3) ||
        p->mask.size / 4 < (uint64_t) p->mask_stride * h8 ||
        p->damping < 3 || p->damping > 6 || src->bpc < 8 || src->bpc > 12)
    {
        return -EINVAL;
    }
    if (!planes) return 0;

    qpu_batch_stage(b, QPU_STAGE_CDEF);

    QpuRange info;
    int res = qpu_batch_scratch(b, (size_t) w8 * h8 * 4, &info);
    if (res) return res;

    /* 4:2:2 chroma is half as wide as luma is, and so are its lines' slopes */
    const int is_422 = src->ss_hor && !src->ss_ver;
    const uint32_t depth = (uint32_t) src->bpc - 8, row = hbd ? 4 : 2 /* words of 8 pixels */;
    const struct QpuAv1CdefDirPush dir_push = {
        .org = src->plane[0].org / row,
        .stride = src->plane[0].stride / row,
        .w8 = (uint32_t) w8, .h8 = (uint32_t) h8,
        .sb64w = (uint32_t) p->sb64w, .mask_stride = (uint32_t) p->mask_stride,
        .depth = depth,
        .uv_dirs = is_422 ? 0x66654207U : 0x76543210U,
    };
    const QpuRange dir_bind[] = { src->range, p->params, p->mask, info };
    res = qpu_batch_dispatch(b, hbd ? &qpu_k_av1_cdef_dir_16 : &qpu_k_av1_cdef_dir_8,
                             dir_bind, sizeof(dir_bind) / sizeof(*dir_bind),
                             &dir_push, sizeof(dir_push),
                             (uint32_t) (w8 + CDEF_DIR_GROUP_W - 1) / CDEF_DIR_GROUP_W,
                             (uint32_t) (h8 + CDEF_DIR_GROUP_H - 1) / CDEF_DIR_GROUP_H, 1);
    if (res) return res;
    qpu_batch_barrier(b);

    struct QpuAv1CdefPush push = {
        .w8 = (uint32_t) w8, .h8 = (uint32_t) h8,
        .ss_hor = (uint32_t) src->ss_hor, .ss_ver = (uint32_t) src->ss_ver,
        .damping = (uint32_t) p->damping + depth,
        .depth = depth,
    };
    for (int pl = 0; pl < src->n_planes; pl++) {
        push.org[pl] = src->plane[pl].org;
        push.stride[!!pl] = src->plane[pl].stride;
    }
    const uint32_t uv_rows = (uint32_t) (h8 * 8) >> src->ss_ver;
    const uint32_t uv_group_rows = src->ss_hor ? 16 : 8;
    const uint32_t uv_groups = planes & 2 ? (uv_rows + uv_group_rows - 1) / uv_group_rows : 0;
    push.end[0] = planes & 1 ? (uint32_t) h8 : 0;
    push.end[1] = push.end[0] + uv_groups;
    const QpuRange bind[] = { src->range, dst->range, info };
    res = qpu_batch_dispatch(b, hbd ? &qpu_k_av1_cdef_16 : &qpu_k_av1_cdef_8,
                             bind, sizeof(bind) / sizeof(*bind), &push, sizeof(push),
                             (uint32_t) (w8 + CDEF_GROUP_BLOCKS_W - 1) / CDEF_GROUP_BLOCKS_W,
                             push.end[1] + uv_groups, 1);
    qpu_batch_barrier(b);
    return res;
}
