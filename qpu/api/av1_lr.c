/* AV1's loop restoration: the call and the device's kernels; the CPU's side is av1_lr_tmpl.c. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/tables.h"

#include "av1_lr.h"
#include "session/lend.h"

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    (op->frame[0]->q.bpc > 8 ? daedalus_lr_cpu_16bpc : daedalus_lr_cpu_8bpc)(op, host[1], host[2], host[0]);
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    const Av1Lr *const lr = op->jobs;
    const QpuFrame *const dst = &op->frame[0]->q, *const src = &op->frame[1]->q, *const dbl = &op->frame[2]->q;
    (void) ctx;
    for (int pl = 0; pl < dst->n_planes; pl++) {
        if (lr->p.plane[pl].units) continue;
        const QpuRange from = qpu_plane_range(src, pl), to = qpu_plane_range(dst, pl);
        const int res = qpu_batch_copy(b, &from, &to);
        if (res) return res;
    }
    return qpu_av1_lr(b, src, dbl, dst, &lr->p);
}

static const Kernel kernel = { .name = "av1_lr", .codec = CODEC_AV1, .stage = QPU_STAGE_LR, .qpu = run_qpu, .cpu = run_cpu };

/* ---- the call ---- */

/* In a row or a column. */
static int n_units_in(const int pixels, const int size_log2) {
    const int n = (pixels + (1 << size_log2 >> 1)) >> size_log2;
    return n > 1 ? n : 1;
}

static int is_tap(const int8_t v, const int i) {
    static const int8_t least[3] = { -5, -23, -17 }, most[3] = { 10, 8, 46 };
    return v >= least[i] && v <= most[i];
}

/* Values are those that streams may have. */
static int is_valid(const DaedalusAv1LrUnit *const u) {
    if (u->unused || u->type > DAEDALUS_AV1_LR_SELF_GUIDED) return 0;
    if (u->type == DAEDALUS_AV1_LR_WIENER)
        for (int i = 0; i < 3; i++)
            if (!is_tap(u->filter_v[i], i) || !is_tap(u->filter_h[i], i)) return 0;
    if (u->type != DAEDALUS_AV1_LR_SELF_GUIDED) return 1;
    if (u->set > 15 || u->weights[0] < -96 || u->weights[0] > 31) return 0;
    if (!dav1d_sgr_params[u->set][0] && u->weights[0]) return 0;
    return !dav1d_sgr_params[u->set][1] || (u->weights[1] >= -32 && u->weights[1] <= 95);
}

static void take_unit(QpuAv1LrUnit *const dst, const DaedalusAv1LrUnit *const u) {
    static const uint8_t types[] = { QPU_AV1_LR_NONE, QPU_AV1_LR_WIENER, QPU_AV1_LR_SGR };
    dst->type = types[u->type];
    dst->sgr_set = u->set;
    memcpy(dst->filter_h, u->filter_h, sizeof(dst->filter_h));
    memcpy(dst->filter_v, u->filter_v, sizeof(dst->filter_v));
    memcpy(dst->sgr_w, u->weights, sizeof(dst->sgr_w));
}

/* Sizes and grids of all planes; returns how many units they have, or -EINVAL. */
static int64_t take_sizes(QpuAv1Lr *const p, const QpuFrame *const f, const uint8_t size_log2[3]) {
    int64_t n = 0;
    for (int pl = 0; pl < f->n_planes; pl++) {
        const int size = size_log2[pl];
        if (!size) continue;
        /* a stripe is never of two units */
        if (size > 8 || size < (pl && f->ss_ver ? 5 : 6)) return -EINVAL;
        p->plane[pl].size_log2 = size;
        p->plane[pl].cols = n_units_in(f->plane[pl].w, size);
        p->plane[pl].rows = n_units_in(f->plane[pl].h, size);
        n += (int64_t) p->plane[pl].cols * p->plane[pl].rows;
    }
    return n;
}

int daedalus_av1_lr(DaedalusBatch *const batch, DaedalusFrame *const src, DaedalusFrame *const dbl,
                    DaedalusFrame *const dst, const DaedalusAv1LrUnit *const units, const size_t n_units,
                    const uint8_t size_log2[3])
{
    Op op = { .kernel = &kernel, .frame = { dst, src, dbl }, .n_frames = 3, .n_jobs = n_units };
    QpuAv1Lr p;
    const int res = dst == src || dst == dbl ? -EINVAL : batch_check(batch, op.frame, 3);
    if (res) return res;
    memset(&p, 0, sizeof(p));
    const int64_t n = take_sizes(&p, &dst->q, size_log2);
    if (n < 0 || (uint64_t) n != n_units) return -EINVAL;
    for (size_t i = 0; i < n_units; i++)
        if (!is_valid(&units[i])) return -EINVAL;
    if (!n_units) return 0;
    Av1Lr *const lr = op.jobs = malloc(sizeof(*lr) + n_units * sizeof(*lr->units));
    if (posix_memalign(&op.extra, 64, AV1_LR_EXTRA)) op.extra = NULL;
    if (!lr || !op.extra) {
        free(lr);
        free(op.extra);
        return -ENOMEM;
    }
    for (size_t i = 0; i < n_units; i++) take_unit(&lr->units[i], &units[i]);
    lr->p = p;
    lr->p.sgr_params = dav1d_sgr_params;
    const QpuAv1LrUnit *at = lr->units;
    for (int pl = 0; pl < dst->q.n_planes; pl++) {
        op.pixels += (uint64_t) frame_cols(dst, pl) * (uint64_t) frame_rows(dst, pl);
        if (!size_log2[pl]) continue;
        lr->p.plane[pl].units = at;
        at += p.plane[pl].cols * p.plane[pl].rows;
    }
    return batch_add(batch, &op);
}
