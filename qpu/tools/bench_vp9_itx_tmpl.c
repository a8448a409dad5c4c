/* Inverse transforms, added to the frame. */

#include "bench_vp9.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vp9/common/vp9_scan.h"

#include "qpu_vp9_itx.h"

#define UPSTREAM_ADD add_c
#define UPSTREAM(f)  f##_c
#include "vp9_itx_upstream.h"
#define UPSTREAM_ADD add_simd
#define UPSTREAM(f)  f
#include "vp9_itx_upstream.h"

/* arg[0]: upstream's size, [1]: WHOLE and so on */
enum { WHOLE, FEW, SINGLE, BIG };
enum { JOBS, COEFS, TABLE };

typedef struct Blocks {
    uint32_t n[QPU_VP9_N_ITX_KEYS];
    int32_t *coef; /* as the decoder has them */
    int n_blocks;
    struct Block {
        int x, y, type, eob;
    } block[];
} Blocks;

static void free_blocks(void *const own) {
    free(((Blocks *) own)->coef);
    free(own);
}

/* A block's coefficients, whose magnitudes add up to what its kernel takes. */
static void random_block(const BenchCase *const c, struct Block *const b, int32_t *const coef) {
    const int tx = c->bench->arg[0], what = c->bench->arg[1], n = 16 << 2 * tx;
    b->type = what == SINGLE || tx == 3 ? 0 : check_rand() & 1 ? 0 : check_range(1, 3);
    b->eob = what == SINGLE ? 1 : what == FEW ? check_range(2, QPU_VP9_ITX_IN_8X8) :
             tx == 3 ? check_range(QPU_VP9_ITX_IN_8X8 + 1, n) : check_range(0, 3) ? check_range(2, 12) : check_range(2, n);
    const int limit = (int) QPU_VP9_ITX_LIMIT(c->bpc);
    int left = limit;
    const int16_t *const scan = vp9_scan_orders[tx][b->type].scan;
    for (int i = 0; i < b->eob; i++) {
        int v;
        if (what == BIG) { /* a little more than the others take */
            coef[scan[i]] = (limit + 2000 + b->eob) / b->eob * (check_rand() & 1 ? 1 : -1);
            continue;
        }
        if (c->data == BENCH_EXTREME) v = i == b->eob - 1 || !check_range(0, 3) ? left : 0;
        else if (c->data == BENCH_NOISE) v = check_range(-left, left) / b->eob;
        else v = check_range(-400, 400) * (1 << (c->bpc - 8)) / (1 + i);
        if (abs(v) > left) v = 0;
        if (c->data == BENCH_EXTREME && check_rand() & 1) v = -v;
        left -= abs(v);
        coef[scan[i]] = v;
    }
    if (!coef[scan[b->eob - 1]] && left) coef[scan[b->eob - 1]] = 1;
}

static int make(BenchCase *const c) {
    const int tx = c->bench->arg[0], n = 4 << tx, cols = c->w / n, n_blocks = cols * (c->h / n);
    const size_t n_coefs = (size_t) n_blocks * (size_t) (n * n);
    bench_vp9_init();
    int res = bench_frame(c, c->w, c->h, c->bpc);
    if (res) return res;
    Blocks *const o = c->own = calloc(1, sizeof(*o) + (size_t) n_blocks * sizeof(*o->block));
    if (!o) return -ENOMEM;
    c->free_own = free_blocks;
    o->n_blocks = n_blocks;
    c->jobs = (uint64_t) n_blocks;
    c->out_pixels = c->jobs * (uint64_t) (n * n);
    if (posix_memalign((void **) &o->coef, 64, n_coefs * sizeof(*o->coef))) {
        o->coef = NULL;
        return -ENOMEM;
    }
    memset(o->coef, 0, n_coefs * sizeof(*o->coef));
    QpuVp9ItxJob *const jobs = malloc((size_t) n_blocks * sizeof(*jobs));
    uint32_t *const packed = malloc((n_coefs + (size_t) n_blocks * 8 + 8) * 4);
    uint32_t n_words = 0;
    static _Alignas(64) int32_t mine[1024]; /* packing clears it */
    int first_key = -1;
    res = -ENOMEM;
    if (!jobs || !packed) goto end;
    for (int i = 0; i < n_blocks; i++) {
        struct Block *const b = &o->block[i];
        int32_t *const coef = o->coef + (size_t) i * (size_t) (n * n);
        b->x = i % cols * n;
        b->y = i / cols * n;
        random_block(c, b, coef);
        memcpy(mine, coef, (size_t) (n * n) * sizeof(*mine));
        jobs[i] = (QpuVp9ItxJob) { .pos = QPU_VP9_ITX_POS(b->x / 4, b->y / 4, 0), .coefs = n_words };
        int key = qpu_vp9_itx_key(tx, b->type, b->eob);
        if (qpu_vp9_itx_is_dc(b->type, b->eob)) {
            qpu_vp9_itx_dc(&jobs[i], mine, tx, c->bpc);
        } else {
            const int16_t *const scan = vp9_scan_orders[tx][b->type].scan;
#if BITDEPTH == 8
            const uint32_t words = qpu_vp9_itx_pack_8(&jobs[i], packed + n_words, mine, scan, tx, b->type, b->eob, &key);
#else
            const uint32_t words = qpu_vp9_itx_pack_16(&jobs[i], packed + n_words, mine, scan, tx, b->type, b->eob,
                                                       c->bpc, &key);
#endif
            if (!words) {
                res = -ERANGE;
                goto end;
            }
            n_words += words;
        }
        /* one kernel's */
        if (first_key < 0) first_key = key;
        if (key != first_key) {
            res = -ERANGE;
            goto end;
        }
        o->n[key]++;
    }
    const int16_t *scans[QPU_VP9_N_TX][4];
    for (int i = 0; i < QPU_VP9_N_TX * 4; i++)
        scans[i >> 2][i & 3] = vp9_scan_orders[i >> 2][i & 3].scan;
    uint16_t table[QPU_VP9_ITX_TABLE];
    qpu_vp9_itx_table(table, scans);
    res = bench_input(c, JOBS, jobs, (size_t) n_blocks * sizeof(*jobs));
    if (!res) res = bench_input(c, COEFS, packed, ((size_t) n_words + 2) * 4);
    if (!res) res = bench_input(c, TABLE, table, sizeof(table));
end:
    free(jobs);
    free(packed);
    return res;
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    QpuVp9Itx p = { .jobs = c->input[JOBS], .coefs = c->input[COEFS], .table = c->input[TABLE] };
    memcpy(p.n, ((const Blocks *) c->own)->n, sizeof(p.n));
    return qpu_vp9_itx(b, &c->frame[0], NULL, &p);
}

static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Blocks *const o = c->own;
    const int tx = c->bench->arg[0], n = 4 << tx;
    ptrdiff_t stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    stride /= (ptrdiff_t) sizeof(pixel);
    for (int i = 0; i < o->n_blocks; i++) {
        const struct Block *const b = &o->block[i];
        (how == BENCH_C ? add_c : add_simd)(o->coef + (size_t) i * (size_t) (n * n), dst + b->y * stride + b->x,
                                            (int) stride, tx, b->type, b->eob, c->bpc);
    }
}

/* large ones are beyond what upstream's SIMD is right for */
#define ITX(title, tx, what) \
    { .name = "itx " title, .unit = "block", .stage = QPU_STAGE_ITX, .in_place = 1, \
      .rough = what == BIG ? BENCH_N_DATA : 1, .arg = { tx, what }, \
      .make = make, .launch = launch, .cpu = cpu }
BENCHES(vp9_itx) = {
    ITX("8x8", 1, WHOLE),
    ITX("4x4", 0, WHOLE), ITX("16x16", 2, WHOLE), ITX("32x32", 3, WHOLE), ITX("32x32 few", 3, FEW),
    ITX("dc 8x8", 1, SINGLE), ITX("dc 32x32", 3, SINGLE),
    ITX("large 4x4", 0, BIG), ITX("large 8x8", 1, BIG), ITX("large 16x16", 2, BIG), ITX("large 32x32", 3, BIG),
    { .name = NULL },
};
