/* Launches VP9's inverse transforms of a frame, and makes their tables. */

#include <errno.h>
#include <stdlib.h>

#include "qpu_vp9_itx.h"
#include "kernels.h"
#include "common/itx_launch.h"

#define KERNELS(depth) { \
    &qpu_k_vp9_itx_4x4_##depth, \
    &qpu_k_vp9_itx_8x8_##depth, \
    &qpu_k_vp9_itx_16x16_##depth, \
    &qpu_k_vp9_itx_32x32_few_##depth, \
    &qpu_k_vp9_itx_32x32_##depth, \
    &qpu_k_vp9_itx_4x4_large_##depth, \
    &qpu_k_vp9_itx_8x8_large_##depth, \
    &qpu_k_vp9_itx_16x16_large_##depth, \
    &qpu_k_vp9_itx_32x32_large_##depth, \
}
/* by key, from number QPU_VP9_N_TX on */
#define N_KERNELS (QPU_VP9_N_ITX_KEYS - QPU_VP9_N_TX)
static const QpuKernel *const kernels[3][N_KERNELS] = { KERNELS(8), KERNELS(10), KERNELS(12) };
static const QpuKernel *const dc_kernels[3] = {
    &qpu_k_vp9_itx_dc_8, &qpu_k_vp9_itx_dc_10, &qpu_k_vp9_itx_dc_12
};

static int n_scans(const int tx) { return tx < 3 ? 3 : 1; }

/* In entries, a multiple of 8. */
static uint32_t table_offset(const int tx) {
    uint32_t off = 0;
    for (int i = 0; i < tx; i++)
        off += 2 * (uint32_t) n_scans(i) * (16U << 2 * i);
    return off;
}

void qpu_vp9_itx_table(uint16_t *const dst, const int16_t *const scans[QPU_VP9_N_TX][4]) {
    for (int tx = 0; tx < QPU_VP9_N_TX; tx++) {
        const uint32_t lw = (uint32_t) tx + 2, n = 1U << 2 * lw;
        for (int type = 0; type < n_scans(tx); type++) {
            const uint32_t order = qpu_vp9_itx_types[type] >> 4 & 3;
            uint16_t *const numbers = dst + table_offset(tx) + 2 * n * order;
            uint16_t *const last = numbers + n;
            uint32_t max = 0;
            for (uint32_t i = 0; i < n; i++) {
                const uint32_t place = (uint32_t) scans[tx][type][i];
                const uint32_t x = place & ((1U << lw) - 1), y = place >> lw;
                const uint32_t col = lw == 5 ? x >> 1 | (x & 1) << 4 : x;
                numbers[y << lw | col] = (uint16_t) i;
                if (y > max) max = y;
                last[i] = (uint16_t) max;
            }
        }
    }
}

/* Whether the sums of an 8x8's columns fit, too: what a row's DCT gives for
 * coefficients that add up to 32000 does so, while others may give 65535. */
static int adst8_fits(const int32_t *const coef, const uint32_t total) {
    if (total <= 65535) return 1;
    for (int y = 0; y < 8; y++) {
        uint32_t sum = 0;
        for (int x = 0; x < 8; x++) sum += (uint32_t) abs(coef[y * 8 + x]);
        if (sum > 32000) return 0;
    }
    return 1;
}

uint32_t qpu_vp9_itx_pack_large(uint32_t *const dst, int32_t *const coef, const int16_t *const scan,
                                const int tx, const int type, const int eob, const int bpc, int *const key)
{
    const uint32_t limit = QPU_VP9_ITX_LARGE(bpc, tx), n = (uint32_t) eob;
    uint32_t sum = 0, words;
    for (uint32_t i = 0; i < n; i++) {
        const int32_t v = coef[scan[i]];
        if ((bpc == 8 && v != (int16_t) v) || qpu_vp9_itx_mag(v) > limit) return 0;
        sum += qpu_vp9_itx_mag(v) + (v < 0);
        if (sum > limit) return 0;
    }
    if (bpc == 8 && tx == 1 && type == 1 && !adst8_fits(coef, sum)) return 0;

    if (bpc == 8) {
        int16_t *const out = (int16_t *) dst;
        words = (n >> 2) * 2 + 2;
        for (uint32_t i = 0; i < words * 2; i++) out[i] = i < n ? (int16_t) coef[scan[i]] : 0;
    } else {
        words = (n >> 1) * 2 + 2;
        for (uint32_t i = 0; i < words; i++) dst[i] = i < n ? (uint32_t) coef[scan[i]] : 0;
    }
    for (uint32_t i = 0; i < n; i++) coef[scan[i]] = 0;
    *key = qpu_vp9_itx_large_key(tx);
    return words;
}

/* The kernel's order of four samples, which it wants biased. */
static uint32_t *give_quad(uint32_t *const dst, const int v[4], const int second) {
    const uint32_t bias = 0x80008000U;
    dst[0] = ((uint32_t) v[0] + ((uint32_t) v[second] << 16)) + bias;
    dst[1] = ((uint32_t) v[3 - second] + ((uint32_t) v[3] << 16)) + bias;
    return dst + 2;
}

uint32_t qpu_vp9_itx_give_8(QpuVp9ItxJob *const job, uint32_t *dst, const uint8_t *const on_black,
                            const uint8_t *const on_white, const int tx)
{
    const int n = 16 << 2 * tx;
    job->how = QPU_VP9_ITX_GIVEN | QPU_VP9_ITX_HOW(0, 0, 0, tx, 0);
    for (int i = 0; i < n; i += 4) {
        int v[4];
        for (int j = 0; j < 4; j++) v[j] = on_black[i + j] + on_white[i + j] - 255;
        dst = give_quad(dst, v, 2);
    }
    return QPU_VP9_ITX_GIVE(tx);
}

uint32_t qpu_vp9_itx_give_16(QpuVp9ItxJob *const job, uint32_t *dst, const uint16_t *const on_black,
                             const uint16_t *const on_white, const int tx, const int bpc)
{
    const int n = 16 << 2 * tx, max = (1 << bpc) - 1;
    job->how = QPU_VP9_ITX_GIVEN | QPU_VP9_ITX_HOW(0, 0, 0, tx, 0);
    for (int i = 0; i < n; i += 4) {
        int v[4];
        for (int j = 0; j < 4; j++) v[j] = on_black[i + j] + on_white[i + j] - max;
        dst = give_quad(dst, v, 1);
    }
    return QPU_VP9_ITX_GIVE(tx);
}

static void set_push(struct QpuVp9ItxPush *const push, const QpuFrame *const f,
                     const QpuFrame *const res, const uint32_t cols)
{
    memset(push, 0, sizeof(*push));
    itx_planes(f, cols, push->org, push->stride);
    const uint32_t first = QPU_VP9_ITX_STORE >> 24;
    if (res) itx_planes(res, cols, push->org + first, push->stride + first);
}

int qpu_vp9_itx(QpuBatch *const b, const QpuFrame *const f, const QpuFrame *const res,
                const QpuVp9Itx *const p)
{
    uint32_t first[QPU_VP9_N_ITX_KEYS + 1] = { 0 };
    uint64_t total = 0;
    for (int i = 0; i < QPU_VP9_N_ITX_KEYS; i++) {
        total += p->n[i];
        first[i + 1] = (uint32_t) total;
    }
    const int has_coefs = first[QPU_VP9_N_TX] != total;
    if ((f->bpc != 8 && f->bpc != 10 && f->bpc != 12) || (res && !itx_fits(res, f)) ||
        total * sizeof(QpuVp9ItxJob) > p->jobs.size ||
        (has_coefs && (!p->coefs.size || p->table.size < QPU_VP9_ITX_TABLE * 2)))
    {
        return -EINVAL;
    }
    if (!total) return 0;

    const int depth = (f->bpc - 8) >> 1;
    /* without res or coefficients something must be bound all the same */
    const QpuRange bind[] = {
        p->jobs, f->range, (res ? res : f)->range, p->coefs.size ? p->coefs : p->jobs, p->table
    };
    qpu_batch_stage(b, QPU_STAGE_ITX);

    struct QpuVp9ItxPush push;
    set_push(&push, f, res, 4);
    uint32_t groups = 0;
    for (int tx = 0; tx < QPU_VP9_N_TX; tx++) {
        push.first[tx] = first[tx];
        push.n[tx] = p->n[tx];
        push.info[tx] = groups;
        groups += (p->n[tx] + (64U >> tx) - 1) / (64U >> tx);
    }
    int err = itx_dispatch(b, dc_kernels[depth], bind, 4, &push, sizeof(push), groups);

    for (int k = 0; k < N_KERNELS && !err; k++) {
        const int large = k > QPU_VP9_N_TX, key = QPU_VP9_N_TX + k;
        const int tx = large ? k - QPU_VP9_N_TX - 1 : k < QPU_VP9_N_TX ? k : QPU_VP9_N_TX - 1;
        /* invocations of 4x4 own a block, others so many columns */
        const uint32_t cols = large ? 1 : tx ? ITX_COLS(f->bpc, tx + 2) : 4;
        const uint32_t blocks = 64 * cols >> (tx + 2);
        set_push(&push, f, res, cols);
        push.first[0] = first[key];
        push.n[0] = p->n[key];
        push.info[0] = table_offset(tx) / 8 << 16;
        err = itx_dispatch(b, kernels[depth][k], bind, 5, &push, sizeof(push),
                           (p->n[key] + blocks - 1) / blocks);
    }
    qpu_batch_barrier(b);
    return err;
}
