/* AV1's inter prediction: the call and the device's kernels; the CPU's side is av1_mc_tmpl.c. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/tables.h"

#include "av1_mc.h"
#include "qpu_av1_mc.h"

#define N_REFS   7
#define MAX_SIZE 128

/* ---- the device ---- */

static void make_table(void *const dst, const int bpc) {
    qpu_av1_mc_tables(dst, bpc, dav1d_mc_subpel_filters, dav1d_mc_warp_filter, dav1d_obmc_masks);
}

static void make_8(void *const dst) { make_table(dst, 8); }
static void make_10(void *const dst) { make_table(dst, 10); }
static void make_12(void *const dst) { make_table(dst, 12); }

static int get_table(DaedalusContext *const ctx, const int bpc, QpuRange *const out) {
    void (*const make[])(void *) = { make_8, make_10, make_12 };
    const int i = (bpc - 8) >> 1;
    return context_table(ctx, TABLE_AV1_MC_8 + i, QPU_AV1_MC_TABLES_SIZE, make[i], out);
}

typedef struct Taps {
    uint32_t h, v;
} Taps;

/* From a reference; its kind is for the caller to say. */
static QpuAv1McJob job_of(const DaedalusAv1Mc *const j, const int i, Taps *const taps) {
    const int mx = j->mv_x[i], my = j->mv_y[i];
    taps->h = qpu_av1_mc_taps(j->filter_h, mx & 15, j->w);
    taps->v = qpu_av1_mc_taps(j->filter_v, my & 15, j->h);
    return (QpuAv1McJob) {
        .dst = QPU_AV1_MC_DST(j->x, j->y, j->plane),
        .src = QPU_AV1_MC_SRC(j->x + (mx >> 4), j->y + (my >> 4)),
        .how = QPU_AV1_MC_HOW(mc_log2(j->w), j->h, j->ref[i], taps->h, taps->v),
    };
}

static int has_8(const Taps *const t) {
    return qpu_av1_mc_n_taps(t->h) == 8 || qpu_av1_mc_n_taps(t->v) == 8;
}

/* The engine's one or two jobs for a job, and their kinds. */
static int make_jobs(QpuAv1McJob out[2], int kind[2], const DaedalusAv1Mc *const j) {
    Taps t;
    out[0] = job_of(j, 0, &t);
    if (!j->weight) {
        kind[0] = qpu_av1_mc_put_kind(mc_log2(j->w), j->h, t.h, t.v);
        return 1;
    }
    out[0].how |= QPU_AV1_MC_TMP(0);
    kind[0] = has_8(&t) ? QPU_AV1_MC_PREP_8 : QPU_AV1_MC_PREP_6;
    out[1] = job_of(j, 1, &t);
    out[1].arg = j->weight * 4U;
    kind[1] = has_8(&t) ? QPU_AV1_MC_AVG_8 : QPU_AV1_MC_AVG_6;
    return 2;
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    const DaedalusAv1Mc *const in = op->jobs;
    QpuFrame frames[1 + N_REFS];
    QpuAv1Mc p;
    memset(&p, 0, sizeof(p));
    int res = get_table(ctx, op->frame[0]->q.bpc, &p.tables);
    if (res || (res = mc_gather(b, op, frames, &p.pool))) return res;
    p.cur = &frames[0];
    for (int i = 1; i < op->n_frames; i++) p.ref[i - 1] = &frames[i];

    size_t n = 0;
    for (size_t i = 0; i < op->n_jobs; i++) n += in[i].weight ? 2 : 1;
    QpuAv1McJob *const jobs = malloc(n * sizeof(*jobs));
    uint8_t *const bins = malloc(n);
    QpuAv1McJob *const sorted = qpu_batch_upload(b, n * sizeof(*sorted), &p.jobs);
    if (!jobs || !bins || !sorted) {
        res = -ENOMEM;
        goto error;
    }
    uint32_t *const n_in_bin = &p.n[0][0];
    n = 0;
    for (size_t i = 0; i < op->n_jobs; i++) {
        QpuAv1McJob made[2];
        int kind[2];
        const int n_made = make_jobs(made, kind, &in[i]);
        for (int k = 0; k < n_made; k++, n++) {
            jobs[n] = made[k];
            bins[n] = (uint8_t) (kind[k] * QPU_AV1_MC_CLASSES + qpu_av1_mc_class(kind[k], mc_log2(in[i].w), in[i].h));
            n_in_bin[bins[n]]++;
        }
    }
    _Static_assert(QPU_AV1_MC_N * QPU_AV1_MC_CLASSES <= MC_MAX_BINS && sizeof(*jobs) == MC_JOB_BYTES, "see mc_sort()");
    mc_sort(sorted, jobs, bins, n, n_in_bin, QPU_AV1_MC_N * QPU_AV1_MC_CLASSES);
    res = qpu_av1_mc(b, &p);
    if (!res) res = mc_put_back(b, op, frames);

error:
    free(jobs);
    free(bins);
    return res;
}

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    (op->frame[0]->q.bpc > 8 ? daedalus_mc_cpu_16bpc : daedalus_mc_cpu_8bpc)(op, host);
}

/* ---- the call ---- */

static const Kernel kernel = { .name = "av1_mc", .codec = CODEC_AV1, .stage = QPU_STAGE_MC, .qpu = run_qpu, .cpu = run_cpu };

/* Of two references or one. */
static int is_size(const int v, const int two) {
    return v >= (two ? 4 : 2) && v <= MAX_SIZE && !(v & (v - 1));
}

/* Blocks begin at multiples of 4, or of their size if that is less. */
static int is_place(const int at, const int size) {
    return !(at & ((size < 4 ? size : 4) - 1));
}

static int is_valid(const DaedalusFrame *const f, const DaedalusAv1Mc *const j, const int n_refs) {
    const int two = j->weight != 0;
    if (j->plane >= f->q.n_planes || !is_size(j->w, two) || !is_size(j->h, two) || j->w > j->h * 4 || j->h > j->w * 4 ||
        !is_place(j->x, j->w) || !is_place(j->y, j->h) || j->weight > 15 || j->ref[0] >= n_refs || j->ref[1] >= n_refs ||
        j->x >= frame_cols(f, j->plane) || j->y >= frame_rows(f, j->plane)) return 0;
    if (!two && (j->ref[1] || j->mv_x[1] || j->mv_y[1])) return 0;
    return j->filter_h <= DAEDALUS_AV1_BILINEAR && j->filter_v <= DAEDALUS_AV1_BILINEAR &&
           (j->filter_h == DAEDALUS_AV1_BILINEAR) == (j->filter_v == DAEDALUS_AV1_BILINEAR);
}

int daedalus_av1_mc(DaedalusBatch *const batch, DaedalusFrame *const frame, DaedalusFrame *const *const refs,
                    const int n_refs, const DaedalusAv1Mc *const jobs, const size_t n_jobs)
{
    Op op = { .kernel = &kernel, .n_jobs = n_jobs };
    const int res = mc_begin(&op, batch, frame, refs, n_refs, N_REFS);
    if (res || !n_jobs) return res;
    for (size_t i = 0; i < n_jobs; i++) {
        if (!is_valid(frame, &jobs[i], n_refs)) return -EINVAL;
        op.pixels += (uint64_t) jobs[i].w * jobs[i].h;
    }
    op.jobs = copied(jobs, n_jobs, sizeof(*jobs));
    return batch_add(batch, &op);
}
