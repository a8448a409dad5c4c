/* VP9's inverse transforms: the device's kernels, libvpx's functions. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "./vpx_config.h"
#include "./vp9_rtcd.h"
#include "./vpx_dsp_rtcd.h"
#include "vp9/common/vp9_idct.h"
#include "vp9/common/vp9_scan.h"

#include "api.h"
#include "cpu_block.h"
#include "qpu_vp9_itx.h"

#define MAX_N 1024 /* coefficients */

static const int16_t *scan_of(const int tx, const int type) {
    return vp9_scan_orders[tx][type < DAEDALUS_VP9_WHT ? type : 0].scan;
}

/* ---- the CPU ---- */

/* Upstream's C functions, which define what overflow gives. What their shortcuts leave out is 0. */
static void add_c(const int32_t *const coef, uint8_t *const dst8, const int stride, const int tx, const int type,
                  const int eob, const int bpc)
{
    uint16_t *const dst16 = (uint16_t *) dst8;
#define ADD(name) do { \
        if (bpc == 8) vpx_##name##_add_c(coef, dst8, stride); \
        else vpx_highbd_##name##_add_c(coef, dst16, stride, bpc); \
    } while (0)
#define ADD_TYPE(name) do { \
        if (bpc == 8) vp9_##name##_add_c(coef, dst8, stride, type); \
        else vp9_highbd_##name##_add_c(coef, dst16, stride, type, bpc); \
    } while (0)
    if (type == DAEDALUS_VP9_WHT) {
        if (eob > 1) ADD(iwht4x4_16);
        else ADD(iwht4x4_1);
    } else if (tx == DAEDALUS_VP9_4X4) {
        if (type) ADD_TYPE(iht4x4_16);
        else if (eob > 1) ADD(idct4x4_16);
        else ADD(idct4x4_1);
    } else if (tx == DAEDALUS_VP9_8X8) {
        if (type) ADD_TYPE(iht8x8_64);
        else if (eob > 1) ADD(idct8x8_64);
        else ADD(idct8x8_1);
    } else if (tx == DAEDALUS_VP9_16X16) {
        if (type) ADD_TYPE(iht16x16_256);
        else if (eob > 1) ADD(idct16x16_256);
        else ADD(idct16x16_1);
    } else {
        if (eob > 1) ADD(idct32x32_1024);
        else ADD(idct32x32_1);
    }
#undef ADD
#undef ADD_TYPE
}

static void add_simd(const int32_t *const coef, uint8_t *const dst8, const int stride, const int tx, const int type,
                     const int eob, const int bpc)
{
    uint16_t *const dst16 = (uint16_t *) dst8;
    if (bpc == 8) {
        if (type == DAEDALUS_VP9_WHT) vp9_iwht4x4_add(coef, dst8, stride, eob);
        else if (tx == DAEDALUS_VP9_4X4) vp9_iht4x4_add((TX_TYPE) type, coef, dst8, stride, eob);
        else if (tx == DAEDALUS_VP9_8X8) vp9_iht8x8_add((TX_TYPE) type, coef, dst8, stride, eob);
        else if (tx == DAEDALUS_VP9_16X16) vp9_iht16x16_add((TX_TYPE) type, coef, dst8, stride, eob);
        else vp9_idct32x32_add(coef, dst8, stride, eob);
    } else {
        if (type == DAEDALUS_VP9_WHT) vp9_highbd_iwht4x4_add(coef, dst16, stride, eob, bpc);
        else if (tx == DAEDALUS_VP9_4X4) vp9_highbd_iht4x4_add((TX_TYPE) type, coef, dst16, stride, eob, bpc);
        else if (tx == DAEDALUS_VP9_8X8) vp9_highbd_iht8x8_add((TX_TYPE) type, coef, dst16, stride, eob, bpc);
        else if (tx == DAEDALUS_VP9_16X16) vp9_highbd_iht16x16_add((TX_TYPE) type, coef, dst16, stride, eob, bpc);
        else vp9_highbd_idct32x32_add(coef, dst16, stride, eob, bpc);
    }
}

/* Whether SIMD's narrower sums can't overflow: see qpu_vp9_itx.h. */
static int is_small(const int32_t *const coef, const int16_t *const scan, const int eob, const int bpc) {
    uint64_t sum = 0;
    for (int i = 0; i < eob; i++) sum += (uint64_t) llabs((long long) coef[scan[i]]);
    return sum <= QPU_VP9_ITX_LIMIT(bpc);
}

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    const DaedalusFrame *const f = op->frame[0];
    const DaedalusVp9Itx *const jobs = op->jobs;
    const int bpc = f->q.bpc, px = frame_pixel_size(f);
    DECLARE_ALIGNED(32, int32_t, coef[MAX_N]);
    for (size_t i = 0; i < op->n_jobs; i++) {
        const DaedalusVp9Itx *const j = &jobs[i];
        const int n = 4 << j->tx, pl = j->plane, eob = j->eob;
        memcpy(coef, op->coefs + j->coefs, (size_t) (n * n) * sizeof(*coef));
        CpuBlock b;
        uint8_t *const dst = cpu_block_begin(&b, f, host[0], pl, j->x, j->y, n, n, 1);
        if (is_small(coef, scan_of(j->tx, j->type), eob, bpc))
            add_simd(coef, dst, (int) (b.stride / px), j->tx, j->type, eob, bpc);
        else
            add_c(coef, dst, (int) (b.stride / px), j->tx, j->type, eob, bpc);
        cpu_block_end(&b);
    }
}

/* ---- the device ---- */

static void make_table(void *const dst) {
    const int16_t *scans[QPU_VP9_N_TX][4];
    for (int tx = 0; tx < QPU_VP9_N_TX; tx++)
        for (int type = 0; type < 4; type++) scans[tx][type] = scan_of(tx, type);
    qpu_vp9_itx_table(dst, scans);
}

/* A residual that the kernels can't compute. */
static uint32_t give(QpuVp9ItxJob *const job, uint32_t *const dst, const int32_t *const coef,
                     const DaedalusVp9Itx *const j, const int bpc)
{
    DECLARE_ALIGNED(32, uint16_t, on[2][MAX_N]);
    const int n = 4 << j->tx, max = (1 << bpc) - 1;
    for (int i = 0; i < n * n; i++) {
        if (bpc == 8) {
            ((uint8_t *) on[0])[i] = 0;
            ((uint8_t *) on[1])[i] = 255;
        } else {
            on[0][i] = 0;
            on[1][i] = (uint16_t) max;
        }
    }
    for (int i = 0; i < 2; i++) add_c(coef, (uint8_t *) on[i], n, j->tx, j->type, j->eob, bpc);
    return bpc == 8 ? qpu_vp9_itx_give_8(job, dst, (uint8_t *) on[0], (uint8_t *) on[1], j->tx) :
                      qpu_vp9_itx_give_16(job, dst, on[0], on[1], j->tx, bpc);
}

/* A job's coefficients, and what of the job is not its place; returns the words. */
static uint32_t pack(QpuVp9ItxJob *const job, uint32_t *const dst, const DaedalusVp9Itx *const j,
                     const int32_t *const coefs, const int bpc, int *const key)
{
    const size_t bytes = (size_t) (16 << 2 * j->tx) * sizeof(*coefs);
    const int16_t *const scan = scan_of(j->tx, j->type);
    DECLARE_ALIGNED(32, int32_t, coef[MAX_N]); /* packing clears it */
    memcpy(coef, coefs + j->coefs, bytes);
    *key = qpu_vp9_itx_key(j->tx, j->type, j->eob);
    if (qpu_vp9_itx_is_dc(j->type, j->eob)) {
        qpu_vp9_itx_dc(job, coef, j->tx, bpc);
        return 0;
    }
    const uint32_t words = bpc == 8 ?
        qpu_vp9_itx_pack_8(job, dst, coef, scan, j->tx, j->type, j->eob, key) :
        qpu_vp9_itx_pack_16(job, dst, coef, scan, j->tx, j->type, j->eob, bpc, key);
    if (words) return words;
    *key = qpu_vp9_itx_given_key(j->tx);
    return give(job, dst, coef, j, bpc);
}

static size_t max_words(const DaedalusVp9Itx *const j) {
    const size_t packed = QPU_VP9_ITX_PACK_16((size_t) j->eob), given = QPU_VP9_ITX_GIVE((size_t) j->tx);
    return packed > given ? packed : given;
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    const DaedalusVp9Itx *const in = op->jobs;
    const QpuFrame *const f = &op->frame[0]->q;
    size_t words = 4, used = 0;
    QpuVp9Itx p;
    memset(&p, 0, sizeof(p));
    int res = context_table(ctx, TABLE_VP9_ITX, QPU_VP9_ITX_TABLE * 2, make_table, &p.table);
    if (res) return res;
    for (size_t i = 0; i < op->n_jobs; i++) words += max_words(&in[i]);
    QpuVp9ItxJob *const jobs = malloc(op->n_jobs * sizeof(*jobs));
    uint8_t *const keys = malloc(op->n_jobs);
    QpuVp9ItxJob *const sorted = qpu_batch_upload(b, op->n_jobs * sizeof(*sorted), &p.jobs);
    uint32_t *const coefs = qpu_batch_upload(b, words * 4, &p.coefs);
    if (!jobs || !keys || !sorted || !coefs) {
        res = -ENOMEM;
        goto error;
    }
    for (size_t i = 0; i < op->n_jobs; i++) {
        int key;
        jobs[i] = (QpuVp9ItxJob) {
            .pos = QPU_VP9_ITX_POS(in[i].x >> 2, in[i].y >> 2, in[i].plane),
            .coefs = (uint32_t) used,
        };
        used += pack(&jobs[i], coefs + used, &in[i], op->coefs, f->bpc, &key);
        keys[i] = (uint8_t) key;
        p.n[key]++;
    }
    qpu_batch_trim(b, &p.coefs, (used + 2) * 4);
    uint32_t at[QPU_VP9_N_ITX_KEYS] = { 0 };
    for (int k = 1; k < QPU_VP9_N_ITX_KEYS; k++) at[k] = at[k - 1] + p.n[k - 1];
    for (size_t i = 0; i < op->n_jobs; i++) sorted[at[keys[i]]++] = jobs[i];
    res = qpu_vp9_itx(b, f, NULL, &p);

error:
    free(jobs);
    free(keys);
    return res;
}

/* ---- the call ---- */

static const Kernel kernel = { .name = "vp9_itx", .codec = CODEC_VP9, .stage = QPU_STAGE_ITX, .qpu = run_qpu, .cpu = run_cpu };

static int is_valid(const DaedalusFrame *const f, const DaedalusVp9Itx *const j, const size_t n_coefs) {
    if (j->plane >= f->q.n_planes || j->tx > DAEDALUS_VP9_32X32 || j->type > DAEDALUS_VP9_WHT || j->unused || j->unused2)
        return 0;
    if ((j->tx == DAEDALUS_VP9_32X32 && j->type) || (j->tx != DAEDALUS_VP9_4X4 && j->type == DAEDALUS_VP9_WHT)) return 0;
    const size_t n = (size_t) 16 << 2 * j->tx;
    return !((j->x | j->y) & ((4 << j->tx) - 1)) && j->x < frame_cols(f, j->plane) && j->y < frame_rows(f, j->plane) &&
           j->eob <= n && n_coefs >= n && j->coefs <= n_coefs - n;
}

/* Copies a block's coefficients, zeros where they are not to be looked at; returns eob, which is
 * 0 if there is nothing to add. */
static int take_coefs(int32_t *const dst, const int32_t *const src, const DaedalusVp9Itx *const j) {
    const int16_t *const scan = scan_of(j->tx, j->type);
    const int n = 16 << 2 * j->tx;
    int eob = j->eob;
    if (!eob) {
        for (eob = n; eob && !src[scan[eob - 1]];) eob--;
    }
    memset(dst, 0, (size_t) n * sizeof(*dst));
    for (int i = 0; i < eob; i++) dst[scan[i]] = src[scan[i]];
    return eob;
}

int daedalus_vp9_itx(DaedalusBatch *const batch, DaedalusFrame *const frame, const DaedalusVp9Itx *const jobs,
                     const size_t n_jobs, const int32_t *const coefs, const size_t n_coefs)
{
    const int res = batch_check(batch, &frame, 1);
    size_t total = 0;
    if (res || !n_jobs) return res;
    for (size_t i = 0; i < n_jobs; i++) {
        if (!is_valid(frame, &jobs[i], n_coefs)) return -EINVAL;
        total += (size_t) 16 << 2 * jobs[i].tx;
    }
    if (total > UINT32_MAX || n_jobs > UINT32_MAX) return -EINVAL;
    Op op = { .kernel = &kernel, .frame = { frame }, .n_frames = 1, .reads = 1 };
    DaedalusVp9Itx *const mine = op.jobs = malloc(n_jobs * sizeof(*mine));
    op.coefs = malloc(total * sizeof(*op.coefs));
    if (!op.jobs || !op.coefs) {
        free(op.jobs);
        free(op.coefs);
        return -ENOMEM;
    }
    uint32_t at = 0;
    for (size_t i = 0; i < n_jobs; i++) {
        DaedalusVp9Itx *const j = &mine[op.n_jobs];
        *j = jobs[i];
        const int eob = take_coefs(op.coefs + at, coefs + j->coefs, j);
        if (!eob) continue;
        j->eob = (uint16_t) eob;
        j->coefs = at;
        at += 16U << 2 * j->tx;
        op.pixels += 16U << 2 * j->tx;
        op.n_jobs++;
    }
    if (!op.n_jobs) {
        free(op.jobs);
        free(op.coefs);
        return 0;
    }
    return batch_add(batch, &op);
}
