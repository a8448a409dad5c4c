/* Inverse transforms: frames tiled with blocks of all sizes and types, at any
 * 4-pixel offset, added or stored, against upstream's itxfm_add on a copy. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/cpu.h"
#include "src/itx.h"
#include "src/scan.h"
#include "src/tables.h"

#include "checkqpu.h"
#include "av1_itx_coefs.h"

void bitfn(checkqpu_av1_itx)(void);

enum { ADD_ALL, STORE_ALL, MIXED, N_MODES };
static const char *const mode_names[] = { "added", "stored", "added and stored" };
enum { EOB_0, EOB_1, EOB_LOW, EOB_MID, EOB_HIGH, EOB_ALL, N_EOBS };
enum { SMALL, LARGE, EXTREME, SAME, SPARSE, N_VALUES };
static const char *const eob_names[] = { "0", "1", "low", "mid", "high", "all" };
static unsigned long covered[N_RECT_TX_SIZES][N_TX_TYPES_PLUS_LL][N_EOBS][2]; /* added, stored */
static unsigned long n_saturated, n_clipped_columns;

static int random_value(const int kind, const int same, const int bitdepth) {
    const int max = (1 << (bitdepth + 7)) - 1;
    switch (kind) {
    case SMALL: return check_range(-60, 60);
    case LARGE: return check_range(-1 - max, max) >> check_range(0, 6);
    case EXTREME: return check_rand() & 1 ? max - check_range(0, 1) : -1 - max + check_range(0, 1);
    case SAME: return same;
    default: return check_range(0, 5) ? 0 : check_range(-1 - max, max) >> check_range(0, 8);
    }
}

struct Case {
    Dav1dInvTxfmDSPContext dsp;
    int bitdepth;
    QpuFrame f, res;
    uint8_t *ref, *res_ref;
    QpuAv1ItxJob *jobs; /* unsorted */
    uint8_t *keys;
    int n_jobs, max_jobs;
    uint32_t *coefs;
    uint32_t n_words, max_words;
    int one_eob; /* class, or -1 */
    int turn;
};

/* Upstream's C, on a block of stride 64. */
static void itxfm_add(const struct Case *const c, pixel *const block, const int tx, const int type,
                      const coef *const coefs, const int eob)
{
    static ALIGN(coef cf[32 * 32 + 8], 64); /* will be cleared */
    memcpy(cf, coefs, sizeof(cf));
#if BITDEPTH == 8
    c->dsp.itxfm_add[tx][type](block, 64, cf, eob);
#else
    c->dsp.itxfm_add[tx][type](block, 64 * 2, cf, eob, (1 << c->bitdepth) - 1);
#endif
}

static void add_block(struct Case *const c, const int plane, const int x4, const int y4,
                      const int tx, const int type, const int store)
{
    const TxfmInfo *const t = &dav1d_txfm_dimensions[tx];
    const int n = imin(t->w, 8) * imin(t->h, 8) * 16, w = t->w * 4, h = t->h * 4;
    const int eobs = c->one_eob >= 0 ? c->one_eob : check_range(0, N_EOBS - 1);
    const int values = check_range(0, N_VALUES - 1);
    const int white_level = (1 << c->bitdepth) - 1;
    int eob;
    switch (eobs) {
    case EOB_0: eob = 0; break;
    case EOB_1: eob = 1; break;
    case EOB_LOW: eob = check_range(2, imin(n - 1, 12)); break;
    case EOB_MID: eob = check_range(n / 8, n / 2); break;
    case EOB_HIGH: eob = check_range(n / 2, n - 1); break;
    default: eob = n - 1; break;
    }
    covered[tx][type][eobs][store]++;

    /* as decode_coefs() leaves them */
    static ALIGN(coef cf[32 * 32 + 8], 64);
    memset(cf, 0, sizeof(cf));
    const int max = (1 << (c->bitdepth + 7)) - 1;
    const int same = check_range(0, 3) ? check_rand() & 1 ? max : -1 - max : check_range(-400, 400);
    for (int i = 0; i <= eob; i++)
        cf[place(tx, type, i)] = (coef) random_value(values, same, c->bitdepth);
    if (!cf[place(tx, type, eob)]) cf[place(tx, type, eob)] = 1;

    QpuAv1ItxJob *const job = &c->jobs[c->n_jobs];
    const int key = qpu_av1_itx_key(tx, type, eob);
    c->keys[c->n_jobs++] = (uint8_t) key;
    job->pos = QPU_AV1_ITX_POS(x4, y4, plane) | (store ? QPU_AV1_ITX_STORE : 0);
    job->how = qpu_av1_itx_how(tx, type, eob);
    job->coefs = c->n_words;
    job->dc = 0xabcdef;
    static ALIGN(coef mine[32 * 32 + 8], 64);
    memcpy(mine, cf, sizeof(cf));
    if (qpu_av1_itx_is_dc(type, eob)) {
        job->dc = mine[0];
        mine[0] = 0;
    } else {
        uint32_t *const dst = c->coefs + c->n_words;
        const uint32_t room = sizeof(coef) == 2 ? QPU_AV1_ITX_PACK_8(eob) : QPU_AV1_ITX_PACK_16(eob);
        dst[room] = 0x5a5a5a5a;
        const uint32_t words = pack(dst, mine, tx, type, eob);
        if (words & 1 || words > room || dst[room] != 0x5a5a5a5a)
            check_fail("packing took %u words of %u", words, room);
        const coef *const packed = (const coef *) dst;
        for (int i = 0; i <= eob; i++)
            if (packed[i] != cf[place(tx, type, i)]) check_fail("packed coefficient %d of %d", i, eob);
        if (packed[eob + 1] || (eob + 1) * sizeof(coef) >= words * 4U) check_fail("no zero at the end");
        c->n_words += words;
    }
    for (size_t i = 0; i < sizeof(mine) / sizeof(*mine); i++)
        if (mine[i]) check_fail("packing left coefficient %d", (int) i);

    /* upstream's C */
    const int end = (((c->f.plane[0].w + 7) & ~7) >> (plane ? c->f.ss_hor : 0)) - x4 * 4;
    if (end < w) n_clipped_columns++;
    static ALIGN(pixel block[64 * 64], 64);
    ptrdiff_t stride;
    if (store) { /* what is positive comes to light on black, negative on white */
        static ALIGN(pixel white[64 * 64], 64);
        for (int i = 0; i < 64 * 64; i++) {
            block[i] = 0;
            white[i] = (pixel) white_level;
        }
        itxfm_add(c, block, tx, type, cf, eob);
        itxfm_add(c, white, tx, type, cf, eob);
        int16_t *const dst = (int16_t *) check_plane(&c->res, plane, c->res_ref, &stride) +
                             y4 * 4 * (stride >> 1) + x4 * 4;
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++)
                dst[y * (stride >> 1) + x] = (int16_t) (block[y * 64 + x] + white[y * 64 + x] - white_level);
    } else {
        pixel *const dst = (pixel *) check_plane(&c->f, plane, c->ref, &stride) +
                           y4 * 4 * PXSTRIDE(stride) + x4 * 4;
        for (int y = 0; y < h; y++)
            memcpy(block + y * 64, dst + y * PXSTRIDE(stride), (size_t) w * sizeof(pixel));
        itxfm_add(c, block, tx, type, cf, eob);
        for (int y = 0; y < h; y++)
            for (int x = 0; x < w; x++) {
                const int v = block[y * 64 + x];
                n_saturated += !v || v == white_level;
                dst[y * PXSTRIDE(stride) + x] = (pixel) v;
            }
    }
}

static int random_type(const struct Case *const c, const int tx) {
    for (;;) {
        /* half of the blocks of real streams and more */
        const int type = check_range(0, 2) ? check_range(0, N_TX_TYPES_PLUS_LL - 1) : DCT_DCT;
        if (c->dsp.itxfm_add[tx][type]) return type;
    }
}

/* Whether what was stored is right: values that no pixel can take needn't be
 * the same. Takes them over, so that all of res can be compared. */
static int check_stored(const struct Case *const c, const char *const what, const int plane,
                        const int x0, const int y0, const int w, const int h, uint8_t *const out)
{
    const int max = (1 << c->bitdepth) - 1;
    ptrdiff_t stride;
    int16_t *const r0 = (int16_t *) check_plane(&c->res, plane, c->res_ref, &stride);
    const int16_t *const o0 = (int16_t *) check_plane(&c->res, plane, out, &stride);
    stride >>= 1;
    for (int y = y0; y < y0 + h; y++)
        for (int x = x0; x < x0 + w; x++) {
            int16_t *const r = &r0[y * stride + x];
            const int o = o0[y * stride + x];
            if (iclip(o, -max, max) != *r) {
                check_fail("%s stored: differs first at (%d, %d): %d, should be %d", what,
                           x - x0, y - y0, o, *r);
                return -1;
            }
            *r = (int16_t) o;
        }
    return 0;
}

static void check_case(const int w, const int h, const int bitdepth, const int n_planes,
                       const int ss_hor, const int ss_ver,
                       const int one_tx, const int one_eob, const int mode)
{
    struct Case c = {
        .bitdepth = bitdepth, .one_eob = one_eob,
    };
    check_begin("%dx%d %d bits %d planes ss %d%d size %d eob %d %s", w, h, bitdepth, n_planes,
                ss_hor, ss_ver, one_tx, one_eob, mode_names[mode]);
    bitfn(dav1d_itx_dsp_init)(&c.dsp, bitdepth);
    if (qpu_batch_begin(check_batch) ||
        check_frame(&c.f, w, h, bitdepth, n_planes, ss_hor, ss_ver, &c.ref) ||
        check_frame(&c.res, w, h, 16, n_planes, ss_hor, ss_ver, &c.res_ref))
    {
        check_fail("no memory");
        goto end;
    }
    c.max_jobs = n_planes * (w / 4 + 20) * (h / 4 + 20);
    c.jobs = calloc((size_t) c.max_jobs, sizeof(*c.jobs));
    c.keys = calloc((size_t) c.max_jobs, 1);
    c.max_words = (uint32_t) (n_planes * (w + 80) * (h + 80) * 3 + 1024);
    c.coefs = malloc((size_t) c.max_words * 4);

    const int n_turns = one_tx >= 0 ? N_TX_TYPES_PLUS_LL : 0;
    for (int pl = 0; pl < n_planes; pl++) {
        const int w4 = ((w + 7) & ~7) >> (pl ? ss_hor : 0) >> 2;
        const int h4 = ((h + 7) & ~7) >> (pl ? ss_ver : 0) >> 2;
        /* cells of 64x64, each of one size */
        const int y0 = check_range(0, 3);
        for (int cy = y0; cy < h4; cy += 16)
            for (int cx = 0; cx < w4; cx += 16) {
                const int tx = one_tx >= 0 ? one_tx : check_range(0, N_RECT_TX_SIZES - 1);
                const TxfmInfo *const t = &dav1d_txfm_dimensions[tx];
                const int cell_type = random_type(&c, tx), mixed = check_rand() & 1;
                for (int y = cy; y < imin(cy + 16, h4); y += t->h)
                    for (int x = cx; x < imin(cx + 16, w4); x += t->w) {
                        int type = mixed ? random_type(&c, tx) : cell_type;
                        int store = mode == MIXED ? check_rand() & 1 : mode == STORE_ALL;
                        while (c.turn < 2 * n_turns && !c.dsp.itxfm_add[tx][c.turn >> 1]) c.turn++;
                        if (c.turn < 2 * n_turns) { /* all types come, added and stored */
                            type = c.turn >> 1;
                            store = c.turn++ & 1;
                        } else if (!check_range(0, 9)) continue;
                        add_block(&c, pl, x, y, tx, type, store);
                    }
            }
    }

    QpuAv1Itx p;
    memset(&p, 0, sizeof(p));
    QpuAv1ItxJob *const jobs = qpu_batch_upload(check_batch, (size_t) (c.n_jobs + 1) * sizeof(*jobs), &p.jobs);
    uint32_t *const coefs = qpu_batch_upload(check_batch, (size_t) (c.n_words + 2) * 4, &p.coefs);
    uint16_t *const table = qpu_batch_upload(check_batch, QPU_AV1_ITX_TABLE * 2, &p.table);
    if (!jobs || !coefs || !table) {
        check_fail("no memory");
        goto end;
    }
    for (int key = 0, n = 0; key < QPU_AV1_N_ITX_KEYS; key++)
        for (int i = 0; i < c.n_jobs; i++)
            if (c.keys[i] == key) {
                jobs[n++] = c.jobs[i];
                p.n[key]++;
            }
    memcpy(coefs, c.coefs, (size_t) c.n_words * 4);
    qpu_av1_itx_table(table, scans());
    if (qpu_av1_itx(check_batch, &c.f, mode == ADD_ALL ? NULL : &c.res, &p) ||
        qpu_batch_download(check_batch, &c.f.range) ||
        qpu_batch_download(check_batch, &c.res.range))
    {
        check_fail("the launch failed");
        goto end;
    }
    if (check_run()) goto end;
    QpuBatchStats stats;
    qpu_batch_stats(check_batch, &stats);
    if (stats.dispatches > QPU_AV1_ITX_DISPATCHES) check_fail("%u dispatches", stats.dispatches);

    int cached;
    uint8_t *const out = (uint8_t *) qpu_batch_downloaded(check_batch, 0, &cached);
    uint8_t *const res_out = (uint8_t *) qpu_batch_downloaded(check_batch, 1, &cached);
    for (int i = 0; i < c.n_jobs; i++) { /* says which block it is */
        const uint32_t pos = c.jobs[i].pos, how = c.jobs[i].how, pl = pos >> 24 & 3;
        ptrdiff_t stride;
        const ptrdiff_t off = (ptrdiff_t) (pos & 0xfff) * 4 * sizeof(pixel);
        const pixel *const r = (pixel *) (check_plane(&c.f, (int) pl, c.ref, &stride) + off);
        const pixel *const o = (pixel *) (check_plane(&c.f, (int) pl, out, &stride) + off);
        char what[80];
        snprintf(what, sizeof(what), "%ux%u how %02x eob %u plane %u at 4 x (%u, %u)",
                 4U << (how >> 8 & 7), 4U << (how >> 11 & 7), how & 0xff, how >> 16, pl,
                 pos & 0xfff, pos >> 12 & 0xfff);
        if (pos & QPU_AV1_ITX_STORE) {
            if (check_stored(&c, what, (int) pl, (int) (pos & 0xfff) * 4, (int) (pos >> 12 & 0xfff) * 4,
                             4 << (how >> 8 & 7), 4 << (how >> 11 & 7), res_out)) break;
            continue;
        }
        const size_t y = (size_t) (pos >> 12 & 0xfff) * 4 * PXSTRIDE(stride);
        if (check_pixels(what, (const uint8_t *) (r + y), stride, (const uint8_t *) (o + y), stride,
                         4 << (how >> 8 & 7), 4 << (how >> 11 & 7), sizeof(pixel))) break;
    }
    if (memcmp(c.ref, out, c.f.range.size)) check_fail("written outside the blocks");
    if (memcmp(c.res_ref, res_out, c.res.range.size)) check_fail("stored outside the blocks");

end:
    free(c.coefs);
    free(c.keys);
    free(c.jobs);
    free(c.ref);
    free(c.res_ref);
    check_end();
}

void bitfn(checkqpu_av1_itx)(void) {
    static const int8_t layouts[4][3] = { { 1, 0, 0 }, { 3, 1, 1 }, { 3, 1, 0 }, { 3, 0, 0 } };
    const int n = check_quick ? 4 : 30;

    dav1d_set_cpu_flags_mask(0);
    n_saturated = n_clipped_columns = 0;

#if BITDEPTH == 8
    for (int bitdepth = 8; bitdepth <= 8; bitdepth += 2)
#else
    for (int bitdepth = 10; bitdepth <= 12; bitdepth += 2)
#endif
    {
        memset(covered, 0, sizeof(covered));
        for (int tx = 0; tx < N_RECT_TX_SIZES; tx++) {
            /* room for each type twice */
            const int big = imax(imax(dav1d_txfm_dimensions[tx].w, dav1d_txfm_dimensions[tx].h), 4) * 4;
            for (int eob = 0; eob < N_EOBS; eob++)
                check_case(big * 8 + check_range(0, 70), big * 6 + check_range(0, 70), bitdepth,
                           1, 0, 0, tx, eob, MIXED);
        }
        for (int i = 0; i < n * 4; i++) {
            const int8_t *const l = layouts[i & 3];
            check_case(check_range(1, i < n ? 100 : 700), check_range(1, i < n ? 100 : 500),
                       bitdepth, l[0], l[1], l[2], -1, -1, check_range(0, N_MODES - 1));
        }

        check_begin("outcomes %d", bitdepth);
        Dav1dInvTxfmDSPContext dsp = { 0 };
        bitfn(dav1d_itx_dsp_init)(&dsp, bitdepth);
        unsigned long kinds = 0, least = ~0UL, blocks = 0;
        for (int tx = 0; tx < N_RECT_TX_SIZES; tx++)
            for (int type = 0; type < N_TX_TYPES_PLUS_LL; type++) {
                if (!dsp.itxfm_add[tx][type]) continue;
                for (int i = 0; i < 2 * N_EOBS; i++) {
                    const unsigned long n_blocks = covered[tx][type][i >> 1][i & 1];
                    kinds++;
                    blocks += n_blocks;
                    least = n_blocks < least ? n_blocks : least;
                    if (!n_blocks)
                        check_fail("size %d type %d eob %s never came %s", tx, type,
                                   eob_names[i >> 1], mode_names[i & 1]);
                }
            }
        printf("  %d bits: %lu blocks, %lu kinds of size, type, eob and mode, each %lu times and more\n",
               bitdepth, blocks, kinds, least);
        check_end();
    }
    printf("  %lu pixels saturated, %lu blocks reached over the right edge\n", n_saturated, n_clipped_columns);
    check_begin("edges");
    if (!n_saturated || !n_clipped_columns) check_fail("edges were not tested");
    check_end();
}
