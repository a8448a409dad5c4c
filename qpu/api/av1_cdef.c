/* AV1's CDEF: the device's kernels; the CPU's side is av1_cdef_tmpl.c. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "av1_cdef.h"
#include "qpu_av1.h"

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    (op->frame[0]->q.bpc > 8 ? daedalus_cdef_cpu_16bpc : daedalus_cdef_cpu_8bpc)(op, host[1], host[0]);
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    const DaedalusAv1CdefSb *const sb = op->jobs;
    const QpuFrame *const dst = &op->frame[0]->q, *const src = &op->frame[1]->q;
    QpuAv1Cdef p = {
        .w8 = (src->plane[0].w + 7) >> 3,
        .h8 = (src->plane[0].h + 7) >> 3,
        .damping = op->arg,
        .planes = 3,
    };
    (void) ctx;
    p.sb64w = (p.w8 + 7) >> 3;
    p.mask_stride = (p.w8 + 31) >> 5;
    uint32_t *const params = qpu_batch_upload(b, op->n_jobs * sizeof(*params), &p.params);
    const size_t n_mask = (size_t) p.h8 * (size_t) p.mask_stride;
    uint32_t *const up = qpu_batch_upload(b, n_mask * sizeof(*up), &p.mask);
    uint8_t *const mask = calloc(n_mask, sizeof(*up)); /* a byte: 8 blocks of a row */
    if (!params || !up || !mask) {
        free(mask);
        return -ENOMEM;
    }
    for (size_t i = 0; i < op->n_jobs; i++) {
        const size_t x = i % (size_t) p.sb64w, y = i / (size_t) p.sb64w;
        params[i] = sb[i].mask ? QPU_AV1_CDEF(sb[i].y_pri, sb[i].y_sec, sb[i].uv_pri, sb[i].uv_sec) : 0;
        for (size_t row = 0; row < 8 && y * 8 + row < (size_t) p.h8; row++)
            mask[(y * 8 + row) * (size_t) p.mask_stride * 4 + x] = (uint8_t) (sb[i].mask >> row * 8);
    }
    for (size_t i = 0; i < n_mask; i++)
        up[i] = mask[i * 4] | (uint32_t) mask[i * 4 + 1] << 8 | (uint32_t) mask[i * 4 + 2] << 16 |
                (uint32_t) mask[i * 4 + 3] << 24;
    free(mask);
    return qpu_av1_cdef(b, src, dst, &p);
}

static const Kernel kernel = { .name = "av1_cdef", .codec = CODEC_AV1, .stage = QPU_STAGE_CDEF, .qpu = run_qpu, .cpu = run_cpu };

static int is_secondary(const int v) {
    return v <= 2 || v == 4;
}

int daedalus_av1_cdef(DaedalusBatch *const batch, DaedalusFrame *const src, DaedalusFrame *const dst,
                      const DaedalusAv1CdefSb *const sb, const size_t n_sb, const int damping)
{
    Op op = { .kernel = &kernel, .frame = { dst, src }, .n_frames = 2, .arg = damping, .n_jobs = n_sb };
    const int res = src == dst ? -EINVAL : batch_check(batch, op.frame, 2);
    if (res) return res;
    if (src->q.ss_ver && !src->q.ss_hor) return -ENOTSUP;
    const size_t cols = (size_t) (src->q.plane[0].w + 63) >> 6, rows = (size_t) (src->q.plane[0].h + 63) >> 6;
    if (n_sb != cols * rows || damping < 3 || damping > 6) return -EINVAL;
    for (size_t i = 0; i < n_sb; i++)
        if (sb[i].y_pri > 15 || sb[i].uv_pri > 15 || !is_secondary(sb[i].y_sec) || !is_secondary(sb[i].uv_sec) ||
            sb[i].unused) return -EINVAL;
    for (int p = 0; p < src->q.n_planes; p++)
        op.pixels += (uint64_t) frame_cols(src, p) * (uint64_t) frame_rows(src, p);
    op.jobs = copied(sb, n_sb, sizeof(*sb));
    return batch_add(batch, &op);
}
