/* AV1's inverse transforms: the call and the device's kernels; the CPU's side is av1_itx_tmpl.c. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/levels.h"
#include "src/scan.h"

#include "av1_itx.h"

static QpuAv1ItxScans scans;

static void make_scans(void) {
    dav1d_init_last_nonzero_col_from_eob_tables(); /* for dav1d's functions */
    qpu_av1_itx_scans(&scans, dav1d_scans);
}

static const QpuAv1ItxScans *get_scans(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_scans);
    return &scans;
}

/* ---- the device ---- */

static void make_table(void *const dst) {
    qpu_av1_itx_table(dst, get_scans());
}

/* A job's coefficients, and what of the job is not its place; returns the words. */
static uint32_t pack(QpuAv1ItxJob *const job, uint32_t *const dst, const Av1Itx *const in,
                     const int32_t *const coefs, const int bpc)
{
    const int tx = in->job.tx, type = in->job.type;
    union {
        int16_t c16[AV1_ITX_MAX];
        int32_t c32[AV1_ITX_MAX];
    } c; /* packing clears it */
    job->how = qpu_av1_itx_how(tx, type, in->eob);
    if (qpu_av1_itx_is_dc(type, in->eob)) {
        job->dc = coefs[0];
        return 0;
    }
    if (bpc > 8) {
        memcpy(c.c32, coefs, sizeof(c.c32));
        return qpu_av1_itx_pack_16(dst, c.c32, get_scans(), tx, type, in->eob);
    }
    for (int i = 0; i < AV1_ITX_MAX; i++) c.c16[i] = (int16_t) coefs[i];
    return qpu_av1_itx_pack_8(dst, c.c16, get_scans(), tx, type, in->eob);
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    const Av1Itx *const in = op->jobs;
    const QpuFrame *const f = &op->frame[0]->q;
    size_t words = 4, used = 0;
    QpuAv1Itx p;
    memset(&p, 0, sizeof(p));
    int res = context_table(ctx, TABLE_AV1_ITX, QPU_AV1_ITX_TABLE * 2, make_table, &p.table);
    if (res) return res;
    for (size_t i = 0; i < op->n_jobs; i++) words += QPU_AV1_ITX_PACK_16((size_t) in[i].eob);
    QpuAv1ItxJob *const jobs = malloc(op->n_jobs * sizeof(*jobs));
    QpuAv1ItxJob *const sorted = qpu_batch_upload(b, op->n_jobs * sizeof(*sorted), &p.jobs);
    uint32_t *const coefs = qpu_batch_upload(b, words * 4, &p.coefs);
    if (!jobs || !sorted || !coefs) {
        free(jobs);
        return -ENOMEM;
    }
    for (size_t i = 0; i < op->n_jobs; i++) {
        const DaedalusAv1Itx *const j = &in[i].job;
        jobs[i] = (QpuAv1ItxJob) {
            .pos = QPU_AV1_ITX_POS(j->x >> 2, j->y >> 2, j->plane),
            .coefs = (uint32_t) used,
        };
        used += pack(&jobs[i], coefs + used, &in[i], op->coefs + j->coefs, f->bpc);
        p.n[qpu_av1_itx_key(j->tx, j->type, in[i].eob)]++;
    }
    qpu_batch_trim(b, &p.coefs, (used + 2) * 4);
    uint32_t at[QPU_AV1_N_ITX_KEYS] = { 0 };
    for (int k = 1; k < QPU_AV1_N_ITX_KEYS; k++) at[k] = at[k - 1] + p.n[k - 1];
    for (size_t i = 0; i < op->n_jobs; i++)
        sorted[at[qpu_av1_itx_key(in[i].job.tx, in[i].job.type, in[i].eob)]++] = jobs[i];
    res = qpu_av1_itx(b, f, NULL, &p);
    free(jobs);
    return res;
}

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    (op->frame[0]->q.bpc > 8 ? daedalus_itx_cpu_16bpc : daedalus_itx_cpu_8bpc)(op, host[0]);
}

/* ---- the call ---- */

static const Kernel kernel = { .name = "av1_itx", .codec = CODEC_AV1, .stage = QPU_STAGE_ITX, .qpu = run_qpu, .cpu = run_cpu };

static int coded(const int v) { return v < 32 ? v : 32; }

static uint32_t n_coded(const int tx) {
    return (uint32_t) (coded(av1_itx_width(tx)) * coded(av1_itx_height(tx)));
}

static int is_valid(const DaedalusFrame *const f, const DaedalusAv1Itx *const j, const size_t n_coefs) {
    if (j->plane >= f->q.n_planes || j->tx >= QPU_AV1_N_TX || j->type > DAEDALUS_AV1_WHT || j->unused ||
        !daedalus_itx_exists(j->tx, j->type)) return 0;
    const size_t n = n_coded(j->tx);
    return !(j->x & (av1_itx_width(j->tx) - 1)) && !(j->y & (av1_itx_height(j->tx) - 1)) &&
           j->x < frame_cols(f, j->plane) && j->y < frame_rows(f, j->plane) && n_coefs >= n && j->coefs <= n_coefs - n;
}

/* Turns rows into columns; returns the number of the last coefficient, -1: there is none, -EINVAL - 1: one is
 * too large. */
static int take_coefs(int32_t *const dst, const int32_t *const src, const DaedalusAv1Itx *const j, const int bpc) {
    const int w = coded(av1_itx_width(j->tx)), h = coded(av1_itx_height(j->tx)), limit = 1 << (bpc + 7);
    const uint16_t *const rc = get_scans()->rc[j->tx][qpu_av1_itx_types[j->type] >> 4 & 3];
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            const int32_t v = src[y * w + x];
            if (v < -limit || v >= limit) return -EINVAL - 1;
            dst[x * h + y] = v;
        }
    int last = w * h - 1;
    while (last >= 0 && !dst[rc ? rc[last] : last]) last--;
    return last;
}

int daedalus_av1_itx(DaedalusBatch *const batch, DaedalusFrame *const frame, const DaedalusAv1Itx *const jobs,
                     const size_t n_jobs, const int32_t *const coefs, const size_t n_coefs)
{
    int res = batch_check(batch, &frame, 1);
    size_t total = AV1_ITX_MAX; /* so that as many can be read from any on */
    if (res || !n_jobs) return res;
    for (size_t i = 0; i < n_jobs; i++) {
        if (!is_valid(frame, &jobs[i], n_coefs)) return -EINVAL;
        total += n_coded(jobs[i].tx);
    }
    if (total > UINT32_MAX || n_jobs > UINT32_MAX) return -EINVAL;
    Op op = { .kernel = &kernel, .frame = { frame }, .n_frames = 1, .reads = 1 };
    Av1Itx *const mine = op.jobs = malloc(n_jobs * sizeof(*mine));
    op.coefs = calloc(total, sizeof(*op.coefs));
    res = mine && op.coefs ? 0 : -ENOMEM;
    uint32_t at = 0;
    for (size_t i = 0; i < n_jobs && !res; i++) {
        const int last = take_coefs(op.coefs + at, coefs + jobs[i].coefs, &jobs[i], frame->q.bpc);
        if (last < -1) res = -EINVAL;
        if (last < 0) continue;
        Av1Itx *const j = &mine[op.n_jobs++];
        j->job = jobs[i];
        j->job.coefs = at;
        j->eob = (uint16_t) last;
        at += n_coded(jobs[i].tx);
        op.pixels += (uint64_t) av1_itx_width(jobs[i].tx) * (uint64_t) av1_itx_height(jobs[i].tx);
    }
    if (!res && op.n_jobs) return batch_add(batch, &op);
    free(op.jobs);
    free(op.coefs);
    return res;
}
