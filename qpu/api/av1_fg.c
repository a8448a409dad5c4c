/* AV1's film grain: the device's kernel; the tables and the CPU's side are av1_fg_tmpl.c. */

#include <errno.h>
#include <stdlib.h>

#include "av1_fg.h"

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    (op->frame[0]->q.bpc > 8 ? daedalus_fg_cpu_16bpc : daedalus_fg_cpu_8bpc)(op, host[1], host[0]);
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    const QpuFrame *const dst = &op->frame[0]->q, *const src = &op->frame[1]->q;
    const QpuAv1Fg *const *const p = op->jobs;
    (void) ctx;
    if ((*p)->planes + 1 != 1 << src->n_planes) {
        const int res = qpu_batch_copy(b, &src->range, &dst->range);
        if (res || !(*p)->planes) return res;
    }
    return qpu_av1_fg(b, src, dst, *p);
}

/* ---- the call ---- */

static const Kernel kernel = { .name = "av1_fg", .codec = CODEC_AV1, .stage = QPU_STAGE_FG, .qpu = run_qpu, .cpu = run_cpu };

/* Ascending, n of them. */
static int are_points(const uint8_t (*const points)[2], const int n) {
    for (int i = 1; i < n; i++)
        if (points[i][0] <= points[i - 1][0]) return 0;
    return 1;
}

static int is_valid(const DaedalusAv1Fg *const fg, const int has_chroma) {
    const int n_uv = fg->num_uv_points[0] | fg->num_uv_points[1];
    if (fg->num_y_points > 14 || fg->num_uv_points[0] > 10 || fg->num_uv_points[1] > 10 ||
        (fg->chroma_scaling_from_luma ? n_uv || !has_chroma : n_uv && !has_chroma)) return 0;
    for (int i = 0; i < 2; i++)
        if (!are_points(fg->uv_points[i], fg->num_uv_points[i]) || fg->uv_offset[i] < -256 || fg->uv_offset[i] > 255)
            return 0;
    return are_points(fg->y_points, fg->num_y_points) && fg->scaling_shift >= 8 && fg->scaling_shift <= 11 &&
           fg->ar_coeff_lag <= 3 && fg->ar_coeff_shift >= 6 && fg->ar_coeff_shift <= 9 && fg->grain_scale_shift <= 3 &&
           (fg->chroma_scaling_from_luma | fg->overlap | fg->restricted_range | fg->identity) <= 1 && !fg->unused;
}

int daedalus_av1_fg(DaedalusBatch *const batch, DaedalusFrame *const src, DaedalusFrame *const dst,
                    const DaedalusAv1Fg *const fg)
{
    Op op = { .kernel = &kernel, .frame = { dst, src }, .n_frames = 2 };
    const int res = src == dst ? -EINVAL : batch_check(batch, op.frame, 2);
    if (res) return res;
    if (src->q.ss_ver && !src->q.ss_hor) return -ENOTSUP;
    if (!is_valid(fg, src->q.n_planes > 1)) return -EINVAL;

    const int is_8 = src->q.bpc == 8;
    const size_t size = (is_8 ? daedalus_fg_work_size_8bpc : daedalus_fg_work_size_16bpc)(src);
    const QpuAv1Fg **const p = op.jobs = malloc(sizeof(*p));
    if (!p || posix_memalign(&op.extra, 64, size)) {
        free(p);
        return -ENOMEM;
    }
    *p = (is_8 ? daedalus_fg_prepare_8bpc : daedalus_fg_prepare_16bpc)(op.extra, src, fg);
    for (int pl = 0; pl < src->q.n_planes; pl++) {
        op.n_jobs += (*p)->planes >> pl & 1;
        op.pixels += (uint64_t) src->q.plane[pl].w * (uint64_t) src->q.plane[pl].h;
    }
    return batch_add(batch, &op);
}
