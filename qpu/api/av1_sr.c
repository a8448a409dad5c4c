/* AV1's super-resolution: the call and the device's kernel; the CPU's side is av1_sr_tmpl.c. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/tables.h"

#include "av1_sr.h"

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    (op->frame[0]->q.bpc > 8 ? daedalus_sr_cpu_16bpc : daedalus_sr_cpu_8bpc)(op, host[1], host[0]);
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    QpuAv1Sr p = *(const QpuAv1Sr *) op->jobs;
    void *const filter = qpu_batch_upload(b, sizeof(dav1d_resize_filter), &p.filter);
    (void) ctx;
    if (!filter) return -ENOMEM;
    memcpy(filter, dav1d_resize_filter, sizeof(dav1d_resize_filter));
    return qpu_av1_sr(b, &op->frame[1]->q, &op->frame[0]->q, NULL, NULL, &p);
}

static const Kernel kernel = { .name = "av1_sr", .codec = CODEC_AV1, .stage = QPU_STAGE_SR, .qpu = run_qpu, .cpu = run_cpu };

/* ---- the call ---- */

/* stepX and initialSubpelX of 7.16. */
static void take_widths(QpuAv1Sr *const p, const int uv, const int from, const int to) {
    const int step = ((from << 14) + to / 2) / to, err = to * step - (from << 14);
    p->step[uv] = step;
    p->start[uv] = ((to / 2 - ((to - from) << 13)) / to + 128 - err / 2) & 0x3fff;
}

int daedalus_av1_sr(DaedalusBatch *const batch, DaedalusFrame *const src, DaedalusFrame *const dst) {
    int res = batch_check(batch, &src, 1);
    if (res || (res = batch_check(batch, &dst, 1))) return res;
    const QpuFrame *const s = &src->q, *const d = &dst->q;
    const int from = s->plane[0].w, to = d->plane[0].w;
    /* AV1 scales no frames that are narrower, and its functions can't */
    if (s->n_planes != d->n_planes || s->bpc != d->bpc || s->ss_hor != d->ss_hor || s->ss_ver != d->ss_ver ||
        s->plane[0].h != d->plane[0].h || from < 16 || from >= to || from * 2 < to) return -EINVAL;
    Op op = { .kernel = &kernel, .frame = { dst, src }, .n_frames = 2, .n_jobs = 1 };
    QpuAv1Sr *const p = op.jobs = calloc(1, sizeof(*p));
    const size_t pixels = (size_t) ((from + 63) & ~63) + (size_t) ((to + 63) & ~63) + 4 * AV1_SR_BESIDE;
    if (posix_memalign(&op.extra, 64, pixels * (size_t) frame_pixel_size(dst))) op.extra = NULL;
    if (!p || !op.extra) {
        free(p);
        free(op.extra);
        return -ENOMEM;
    }
    for (int pl = 0; pl < d->n_planes; pl++) {
        take_widths(p, !!pl, s->plane[pl].w, d->plane[pl].w);
        p->src_w[!!pl] = frame_cols(src, pl);
        op.pixels += (uint64_t) frame_cols(dst, pl) * (uint64_t) frame_rows(dst, pl);
    }
    return batch_add(batch, &op);
}
