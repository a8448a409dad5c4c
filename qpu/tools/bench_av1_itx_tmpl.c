/* Inverse transforms, added to the frame. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "src/itx.h"

#include "av1_itx_coefs.h"
#include "bench_av1.h"

enum { JOBS, COEFS, TABLE }; /* inputs; arg[0]: upstream's size, [1]: only single coefficients */

typedef struct Block {
    int x, y, type, eob;
    uint32_t coefs; /* the first of coef that are its own */
} Block;

typedef struct Blocks {
    Dav1dInvTxfmDSPContext dsp[BENCH_N_CPU];
    uint32_t n[QPU_AV1_N_ITX_KEYS];
    coef *coef;     /* as the decoder has them */
    int n_blocks, room; /* coefficients a block */
    Block block[];
} Blocks;

static void free_blocks(void *const own) {
    free(((Blocks *) own)->coef);
    free(own);
}

/* Natural ones get smaller with their number, as an encoder's do. */
static int random_coef(const BenchCase *const c, const int i, const int eob) {
    const int one = 1 << (c->bpc - 8), max = (1 << (c->bpc + 7)) - 1;
    switch (c->data) {
    case BENCH_EXTREME: return check_rand() & 1 ? max : -1 - max;
    case BENCH_NOISE: return check_range(-max, max) / (4 * (eob + 1)); /* 4x4 of the largest residual has that */
    default: return check_range(-400, 400) * one / (1 + i);
    }
}

static int random_block(const BenchCase *const c, const Blocks *const o, Block *const b, coef *const cf) {
    const int tx = c->bench->arg[0], most = imin(o->room, 1024) - 1;
    b->type = DCT_DCT;
    b->eob = 0;
    if (!c->bench->arg[1]) {
        /* most blocks have few */
        b->eob = check_range(0, 3) ? imin(check_range(1, 12), most) : check_range(1, most);
        do b->type = check_rand() & 1 ? DCT_DCT : check_range(0, N_TX_TYPES_PLUS_LL - 1);
        while (!o->dsp[BENCH_C].itxfm_add[tx][b->type]);
    }
    for (int i = 0; i <= b->eob; i++)
        cf[place(tx, b->type, i)] = (coef) random_coef(c, i, b->eob);
    if (!cf[place(tx, b->type, b->eob)]) cf[place(tx, b->type, b->eob)] = 1;
    return qpu_av1_itx_key(tx, b->type, b->eob);
}

static int make(BenchCase *const c) {
    const int tx = c->bench->arg[0];
    const TxfmInfo *const t = &dav1d_txfm_dimensions[tx];
    const int w = t->w * 4, h = t->h * 4, cols = c->w / w, n = cols * (c->h / h);
    int res = bench_frame(c, c->w, c->h, c->bpc);
    if (res) return res;
    Blocks *const o = c->own = calloc(1, sizeof(*o) + (size_t) n * sizeof(*o->block));
    if (!o) return -ENOMEM;
    c->free_own = free_blocks;
    BENCH_AV1_EACH(i) bitfn(dav1d_itx_dsp_init)(&o->dsp[i], c->bpc);
    o->n_blocks = n;
    o->room = imin(w, 32) * imin(h, 32);
    c->jobs = (uint64_t) n;
    c->out_pixels = c->jobs * (uint64_t) (w * h);
    const size_t n_coefs = (size_t) n * (size_t) o->room;
    if (posix_memalign((void **) &o->coef, 64, (n_coefs + 64) * sizeof(coef))) {
        o->coef = NULL;
        return -ENOMEM;
    }
    memset(o->coef, 0, (n_coefs + 64) * sizeof(coef));

    QpuAv1ItxJob *const jobs = malloc((size_t) n * sizeof(*jobs));
    uint32_t *const packed = malloc((n_coefs + (size_t) n * 8 + 8) * 4);
    uint32_t n_words = 0;
    static ALIGN(coef mine[32 * 32 + 8], 64); /* packing clears it */
    res = -ENOMEM;
    if (!jobs || !packed) goto end;
    for (int i = 0; i < n; i++) {
        Block *const b = &o->block[i];
        b->x = i % cols * w;
        b->y = i / cols * h;
        b->coefs = (uint32_t) (i * o->room);
        const int key = random_block(c, o, b, o->coef + b->coefs);
        jobs[i] = (QpuAv1ItxJob) {
            .pos = QPU_AV1_ITX_POS(b->x / 4, b->y / 4, 0),
            .how = qpu_av1_itx_how(tx, b->type, b->eob),
            .coefs = n_words,
        };
        o->n[key]++; /* all of one key */
        memcpy(mine, o->coef + b->coefs, (size_t) o->room * sizeof(coef));
        if (qpu_av1_itx_is_dc(b->type, b->eob)) jobs[i].dc = mine[0];
        else n_words += pack(packed + n_words, mine, tx, b->type, b->eob);
    }
    uint16_t table[QPU_AV1_ITX_TABLE];
    qpu_av1_itx_table(table, scans());
    res = bench_input(c, JOBS, jobs, (size_t) n * sizeof(*jobs));
    if (!res) res = bench_input(c, COEFS, packed, ((size_t) n_words + 2) * 4);
    if (!res) res = bench_input(c, TABLE, table, sizeof(table));
end:
    free(jobs);
    free(packed);
    return res;
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    QpuAv1Itx p = { .jobs = c->input[JOBS], .coefs = c->input[COEFS], .table = c->input[TABLE] };
    memcpy(p.n, ((const Blocks *) c->own)->n, sizeof(p.n));
    return qpu_av1_itx(b, &c->frame[0], NULL, &p);
}

static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Blocks *const o = c->own;
    const int tx = c->bench->arg[0], bitdepth_max = (1 << c->bpc) - 1;
    ALIGN_STK_64(coef, cf, 32 * 32 + 8, );
    ptrdiff_t stride;
    pixel *const dst = (pixel *) bench_out(c, out, &stride);
    (void) bitdepth_max;
    for (int i = 0; i < o->n_blocks; i++) {
        const Block *const b = &o->block[i];
        /* it is cleared by the transform; the copy is what reading them costs a decoder */
        memcpy(cf, o->coef + b->coefs, (size_t) o->room * sizeof(coef));
        o->dsp[how].itxfm_add[tx][b->type](dst + b->y * PXSTRIDE(stride) + b->x, stride, cf, b->eob
                                           HIGHBD_TAIL_SUFFIX);
    }
}

#define ITX(title, tx, dc) \
    { .name = "itx " title, .unit = "block", .stage = QPU_STAGE_ITX, .in_place = 1, .rough = 1, .arg = { tx, dc }, \
      .make = make, .launch = launch, .cpu = cpu }
BENCHES(av1_itx) = {
    ITX("dc 8x8", TX_8X8, 1), ITX("dc 32x32", TX_32X32, 1),
    ITX("4x4", TX_4X4, 0), ITX("8x8", TX_8X8, 0), ITX("16x16", TX_16X16, 0),
    ITX("32x32", TX_32X32, 0), ITX("64x64", TX_64X64, 0),
    ITX("4x8", RTX_4X8, 0), ITX("8x4", RTX_8X4, 0), ITX("8x16", RTX_8X16, 0), ITX("16x8", RTX_16X8, 0),
    ITX("16x32", RTX_16X32, 0), ITX("32x16", RTX_32X16, 0), ITX("32x64", RTX_32X64, 0), ITX("64x32", RTX_64X32, 0),
    ITX("4x16", RTX_4X16, 0), ITX("16x4", RTX_16X4, 0), ITX("8x32", RTX_8X32, 0), ITX("32x8", RTX_32X8, 0),
    ITX("16x64", RTX_16X64, 0), ITX("64x16", RTX_64X16, 0),
    { .name = NULL },
};
