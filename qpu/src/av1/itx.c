/* Launches the inverse transforms of a frame, and makes their tables. */

#include <errno.h>

#include "qpu_av1_itx.h"
#include "kernels.h"
#include "common/itx_launch.h"

/* log2 of what a launch has of each size: kernel, sizes in upstream's numbers */
enum { K_4, K_4X8, K_8, K_16, K_16_RECT, K_32, K_32_RECT, K_64, K_64_WIDE, N_KERNELS };
static const struct Sizes {
    uint8_t n, log2_h /* the largest */, tx[ITX_LISTS];
} sizes[N_KERNELS] = {
    [K_4]       = { 1, 2, { 0 } },
    [K_4X8]     = { 2, 3, { 5, 6 } },
    [K_8]       = { 1, 3, { 1 } },
    [K_16]      = { 1, 4, { 2 } },
    [K_16_RECT] = { 4, 4, { 13, 14, 7, 8 } },
    [K_32]      = { 1, 5, { 3 } },
    [K_32_RECT] = { 4, 5, { 15, 16, 9, 10 } },
    [K_64]      = { 3, 6, { 4, 11, 17 } },
    [K_64_WIDE] = { 2, 5, { 12, 18 } },
};

#define KERNELS(depth) { \
    [K_4]       = &qpu_k_av1_itx_4x4_##depth, \
    [K_4X8]     = &qpu_k_av1_itx_4x8_##depth, \
    [K_8]       = &qpu_k_av1_itx_8x8_##depth, \
    [K_16]      = &qpu_k_av1_itx_16x16_##depth, \
    [K_16_RECT] = &qpu_k_av1_itx_16_##depth, \
    [K_32]      = &qpu_k_av1_itx_32x32_##depth, \
    [K_32_RECT] = &qpu_k_av1_itx_32_##depth, \
    [K_64]      = &qpu_k_av1_itx_64_##depth, \
    [K_64_WIDE] = &qpu_k_av1_itx_64w_##depth, \
}
static const QpuKernel *const kernels[3][N_KERNELS] = { KERNELS(8), KERNELS(10), KERNELS(12) };
static const QpuKernel *const dc_kernels[3] = {
    &qpu_k_av1_itx_dc_8, &qpu_k_av1_itx_dc_10, &qpu_k_av1_itx_dc_12
};

static uint32_t log2_w(const int tx) { return (qpu_av1_itx_dims[tx] & 7U) + 2; }
static uint32_t log2_h(const int tx) { return (qpu_av1_itx_dims[tx] >> 4) + 2U; }
static uint32_t coded(const uint32_t log2) { return log2 < 5 ? log2 : 5; }
static uint32_t n_coefs(const int tx) { return 1U << (coded(log2_w(tx)) + coded(log2_h(tx))); }
static int has_classes(const int tx) { return log2_w(tx) <= 4 && log2_h(tx) <= 4; }

/* Of the sizes with the same coded size, the first one has the tables. */
static int table_owner(const int tx) {
    int i = 0;
    while (coded(log2_w(i)) != coded(log2_w(tx)) || coded(log2_h(i)) != coded(log2_h(tx))) i++;
    return i;
}

/* In entries, a multiple of 8. */
static uint32_t table_offset(const int tx) {
    uint32_t off = 0;
    const int owner = table_owner(tx);
    for (int i = 0; i < owner; i++)
        if (table_owner(i) == i)
            off += 2 * n_coefs(i) * (has_classes(i) ? 3 : 1);
    return off;
}

void qpu_av1_itx_scans(QpuAv1ItxScans *const s, const uint16_t *const scans[QPU_AV1_N_TX]) {
    uint16_t *own = s->own;
    for (int tx = 0; tx < QPU_AV1_N_TX; tx++) {
        s->rc[tx][ITX_CLASS_2D] = scans[tx];
        s->rc[tx][ITX_CLASS_H] = NULL;
        s->rc[tx][ITX_CLASS_V] = NULL;
        if (!has_classes(tx)) continue;
        s->rc[tx][ITX_CLASS_V] = own;
        for (uint32_t y = 0; y < 1U << log2_h(tx); y++)
            for (uint32_t x = 0; x < 1U << log2_w(tx); x++)
                *own++ = (uint16_t) (x << log2_h(tx) | y);
    }
}

void qpu_av1_itx_table(uint16_t *const dst, const QpuAv1ItxScans *const s) {
    for (int tx = 0; tx < QPU_AV1_N_TX; tx++) {
        if (table_owner(tx) != tx) continue;
        const uint32_t lw = coded(log2_w(tx)), lh = coded(log2_h(tx)), n = n_coefs(tx);
        uint16_t *numbers = dst + table_offset(tx);
        for (int order = 0; order < (has_classes(tx) ? 3 : 1); order++, numbers += 2 * n) {
            uint16_t *const last = numbers + n;
            uint32_t max = 0;
            for (uint32_t i = 0; i < n; i++) {
                const uint32_t place = order == ITX_CLASS_H ? i : s->rc[tx][order][i];
                const uint32_t x = place >> lh, y = place & ((1U << lh) - 1);
                const uint32_t col = lw == 5 ? x >> 1 | (x & 1) << 4 : x;
                numbers[y << lw | col] = (uint16_t) i;
                if (y > max) max = y;
                last[i] = (uint16_t) max;
            }
        }
    }
}

static void set_push(struct QpuAv1ItxPush *const push, const QpuFrame *const f,
                     const QpuFrame *const res, const uint32_t cols)
{
    memset(push, 0, sizeof(*push));
    itx_planes(f, cols, push->org, push->stride);
    const uint32_t first = QPU_AV1_ITX_STORE >> 24;
    if (res) itx_planes(res, cols, push->org + first, push->stride + first);
}

int qpu_av1_itx(QpuBatch *const b, const QpuFrame *const f, const QpuFrame *const res,
                const QpuAv1Itx *const p)
{
    uint32_t first[QPU_AV1_N_ITX_KEYS + 1] = { 0 };
    uint64_t total = 0;
    for (int i = 0; i < QPU_AV1_N_ITX_KEYS; i++) {
        total += p->n[i];
        first[i + 1] = (uint32_t) total;
    }
    const int has_coefs = first[QPU_AV1_N_TX] != total;
    if ((f->bpc != 8 && f->bpc != 10 && f->bpc != 12) || (res && !itx_fits(res, f)) ||
        total * sizeof(QpuAv1ItxJob) > p->jobs.size ||
        (has_coefs && (!p->coefs.size || p->table.size < QPU_AV1_ITX_TABLE * 2)))
    {
        return -EINVAL;
    }
    if (!total) return 0;

    const int depth = (f->bpc - 8) >> 1;
    /* without res something must be bound all the same */
    const QpuRange bind[] = { p->jobs, f->range, (res ? res : f)->range, p->coefs, p->table };
    qpu_batch_stage(b, QPU_STAGE_ITX);

    struct QpuAv1ItxPush push;
    set_push(&push, f, res, 4);
    uint32_t groups = 0;
    for (int lw = 0, key = 0; lw < ITX_LISTS; lw++) {
        static const uint8_t n_keys[ITX_LISTS] = { 3, 4, 5, 4, 3 };
        push.first[lw] = first[key];
        key += n_keys[lw];
        push.n[lw] = first[key] - push.first[lw];
        push.info[lw] = groups;
        groups += (push.n[lw] + (64U >> lw) - 1) / (64U >> lw);
    }
    int err = itx_dispatch(b, dc_kernels[depth], bind, 3, &push, sizeof(push), groups);

    for (int k = 0; k < N_KERNELS && !err; k++) {
        const uint32_t cols = k == K_4 ? 4 : ITX_COLS(f->bpc, sizes[k].log2_h);
        set_push(&push, f, res, cols);
        groups = 0;
        /* from the last list on: it must not be empty, spare workgroups look at its first job */
        for (int i = sizes[k].n, slot = i; i--;) {
            const int tx = sizes[k].tx[i], key = QPU_AV1_N_TX + tx;
            if (!p->n[key]) continue;
            const uint32_t lw = log2_w(tx), lh = log2_h(tx);
            const uint32_t rect = lw + 1 == lh || lh + 1 == lw;
            push.first[--slot] = first[key];
            push.n[slot] = p->n[key];
            push.info[slot] = ITX_INFO(lw, lh, ITX_SHIFT(lw - 2, lh - 2), rect, table_offset(tx) / 8);
            const uint32_t blocks = (64U * cols) >> lw;
            groups += (p->n[key] + blocks - 1) / blocks;
        }
        err = itx_dispatch(b, kernels[depth][k], bind, 5, &push, sizeof(push), groups);
    }
    qpu_batch_barrier(b);
    return err;
}
