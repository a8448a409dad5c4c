/* Inverse transforms: frames tiled with blocks of all sizes and types, at any
 * 4-pixel offset, added or stored, against upstream's C on a copy. */

#include "./vpx_config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "./vp9_rtcd.h"
#include "./vpx_dsp_rtcd.h"
#include "vp9/common/vp9_scan.h"

#include "checkqpu.h"
#include "qpu_vp9_itx.h"
#include "vp9_itx_ref.h"

#define BF_(a, b) a##_##b##bpc
#define BF(a, b) BF_(a, b)
#define bitfn(a) BF(a, BITDEPTH)
void bitfn(checkqpu_vp9_itx)(void);

#if BITDEPTH == 8
typedef int16_t packed_coef;
#else
typedef int32_t packed_coef;
#endif

#define N_TYPES 5 /* Walsh-Hadamard's, too */
#define MAX_N   1024

enum { ADD_ALL, STORE_ALL, MIXED, N_MODES };
static const char *const mode_names[] = { "added", "stored", "added and stored" };
/* Around upstream's shortcuts */
static const int eobs[] = { 1, 2, 3, 4, 9, 10, 11, 12, 13, 16, 33, 34, 35, 38, 39, 64, 134, 135, 136, 256, 1023, 1024 };
#define N_EOBS ((int) (sizeof(eobs) / sizeof(*eobs)))
enum { SMALL, LARGE, EXTREME, SAME, SPARSE, LIMIT, WORST, LARGE_NOISE, LARGE_LIMIT, LARGE_WORST, OVER, DAMAGED, N_VALUES };
static unsigned long covered[QPU_VP9_N_TX][N_TYPES][N_EOBS][2]; /* added, stored */
static unsigned long n_saturated, n_clipped_columns, n_given, n_packed_over_half;
static unsigned long n_large[QPU_VP9_N_TX][N_TYPES];

static int is_valid(const int tx, const int type) {
    return tx == 0 ? type < 5 : tx < 3 ? type < 4 : !type;
}

static const int16_t *scan_of(const int tx, const int type) {
    return vp9_scan_orders[tx][type < 4 ? type : 0].scan;
}

/* The residual that upstream adds, as far as pixels show it. */
static void upstream_residual(const int32_t *const coef, pixel on_black[MAX_N], pixel on_white[MAX_N],
                              const int tx, const int type, const int eob, const int bpc)
{
    const int n = 4 << tx;
    memset(on_black, 0, (size_t) (n * n) * sizeof(pixel));
    for (int i = 0; i < n * n; i++) on_white[i] = (pixel) ((1 << bpc) - 1);
    upstream_add(coef, on_black, n, tx, type, eob, bpc);
    upstream_add(coef, on_white, n, tx, type, eob, bpc);
}

/* How a transform's input k shows in its output i. */
static double basis(const int n, const int adst, const int k, const int i) {
    const double pi = 3.14159265358979;
    if (!adst) return cos(pi * k * (2 * i + 1) / (2 * n));
    if (n == 4) return sin(pi * (2 * k + 1) * (i + 1) / 9);
    return sin(pi * (2 * k + 1) * (2 * i + 1) / (4 * n));
}

struct Case {
    int bitdepth;
    QpuFrame f, res;
    uint8_t *ref, *res_ref;
    QpuVp9ItxJob *jobs; /* unsorted */
    uint8_t *keys;
    int n_jobs, max_jobs;
    uint32_t *coefs;
    uint32_t n_words, max_words;
    int one_eob; /* index, or -1 */
    int turn;
};

static void make_coefs(int32_t coef[MAX_N], const struct Case *const c, const int tx, const int type,
                       const int eob)
{
    const int16_t *const scan = scan_of(tx, type);
    const int n = 4 << tx, max = (1 << (c->bitdepth + 7)) - 1;
    const int values = check_range(0, 3) ? check_range(0, OVER - 1) : check_range(0, N_VALUES - 1);
    const int same = check_range(0, 3) ? check_rand() & 1 ? max : -1 - max : check_range(-400, 400);
    const int limit = (int) QPU_VP9_ITX_LIMIT(c->bitdepth) + check_range(0, 3) / 3;
    const int large = (int) QPU_VP9_ITX_LARGE(c->bitdepth, tx) - check_range(0, 1) * check_range(0, 1 << 14) +
                      check_range(0, 3) / 3;
    const int noise = large / (eob * check_range(1, 4));
    const int px = check_range(0, n - 1), py = check_range(0, n - 1), few = check_range(1, 8);
    const int shift = check_range(0, 15);
    int left = values == LARGE_LIMIT || values == LARGE_WORST ? large : limit;
    const int all = left;
    for (int i = 0; i < eob; i++) {
        int v = 0;
        switch (values) {
        case SMALL: v = check_range(-60, 60); break;
        case LARGE: v = check_range(-max, max) / eob; break;
        case EXTREME: /* up to the limit, all of it in one or a few */
            v = check_range(0, few) ? 0 : check_range(-left, left);
            if (i == eob - 1 && check_rand() & 1) v = check_rand() & 1 ? left : -left;
            break;
        case SAME: v = same / eob; break;
        case SPARSE: v = check_range(0, 5) ? 0 : check_range(-max, max) >> check_range(0, 12); break;
        case LARGE_NOISE: v = check_range(-noise, noise); break;
        case LIMIT: /* exactly the limit, or one more */
        case LARGE_LIMIT:
        case LARGE_WORST:
        case WORST: { /* all of it adds up in one pixel */
            v = i < eob - 1 ? all / eob : left;
            if (values == WORST || values == LARGE_WORST) {
                const int x = scan[i] % n, y = scan[i] / n;
                const double b = basis(n, type == 1 || type == 3, y, py) * basis(n, type == 2 || type == 3, x, px);
                if (b < 0) v = -v;
            } else if (check_rand() & 1) v = -v;
            break;
        }
        case OVER: v = check_range(-max, max) >> check_range(0, 3); break;
        default: v = (int32_t) check_rand() >> shift; break;
        }
        left -= abs(v);
        if (left < 0) left = 0;
        coef[scan[i]] = v;
    }
    if (!coef[scan[eob - 1]] && check_rand() & 1) coef[scan[eob - 1]] = 1; /* a damaged stream may have 0 */
}

static void add_block(struct Case *const c, const int plane, const int x4, const int y4,
                      const int tx, const int type, const int store)
{
    const int n = 4 << tx, n_coefs = n * n, bpc = c->bitdepth;
    int e = c->one_eob >= 0 ? c->one_eob : check_range(0, N_EOBS - 1);
    while (eobs[e] > n_coefs) e--;
    const int eob = check_range(0, 3) || c->one_eob >= 0 ? eobs[e] : check_range(1, n_coefs);
    if (eob == eobs[e]) covered[tx][type][e][store]++;
    const int16_t *const scan = scan_of(tx, type);
    const int white_level = (1 << bpc) - 1;

    static DECLARE_ALIGNED(32, int32_t, coef[MAX_N]);
    static DECLARE_ALIGNED(32, int32_t, mine[MAX_N]);
    static pixel on_black[MAX_N], on_white[MAX_N];
    memset(coef, 0, sizeof(coef));
    make_coefs(coef, c, tx, type, eob);
    upstream_residual(coef, on_black, on_white, tx, type, eob, bpc);

    QpuVp9ItxJob *const job = &c->jobs[c->n_jobs];
    int key = qpu_vp9_itx_key(tx, type, eob);
    memset(job, 0xab, sizeof(*job));
    job->pos = QPU_VP9_ITX_POS(x4, y4, plane) | (store ? QPU_VP9_ITX_STORE : 0);
    job->coefs = c->n_words;
    memcpy(mine, coef, sizeof(coef));
    uint32_t *const dst = c->coefs + c->n_words;
    if (qpu_vp9_itx_is_dc(type, eob)) {
        qpu_vp9_itx_dc(job, mine, tx, bpc);
    } else {
#if BITDEPTH == 8
        const uint32_t room = QPU_VP9_ITX_PACK_8((uint32_t) eob);
        dst[room] = 0x5a5a5a5a;
        const uint32_t words = qpu_vp9_itx_pack_8(job, dst, mine, scan, tx, type, eob, &key);
#else
        const uint32_t room = QPU_VP9_ITX_PACK_16((uint32_t) eob);
        dst[room] = 0x5a5a5a5a;
        const uint32_t words = qpu_vp9_itx_pack_16(job, dst, mine, scan, tx, type, eob, bpc, &key);
#endif
        uint64_t sum = 0;
        int negative = 0, wide = 0;
        uint64_t row[32] = { 0 }, most = 0;
        for (int i = 0; i < eob; i++) {
            const int32_t v = coef[scan[i]];
            const uint64_t mag = (uint64_t) llabs((long long) v);
            sum += mag;
            negative += v < 0;
            wide |= v != (int16_t) v;
            row[scan[i] >> (tx + 2)] += mag;
        }
        for (int y = 0; y < n; y++) if (row[y] > most) most = row[y];
        const int small = sum - (uint64_t) negative <= QPU_VP9_ITX_LIMIT(bpc);
        /* see the header; rows of DCT that wrap, columns of ADST8 */
        const int fits = small || (sum <= QPU_VP9_ITX_LARGE(bpc, tx) && (bpc > 8 ||
            (!wide && (tx != 1 || type != 1 || sum <= 65535 || most <= 32000))));
        const int key_wanted = small ? qpu_vp9_itx_key(tx, type, eob) : qpu_vp9_itx_large_key(tx);
        if (words & 1 || words > room || dst[room] != 0x5a5a5a5a)
            check_fail("packing took %u words of %u", words, room);
        if (!words != !fits || (words && key != key_wanted))
            check_fail("packing took a sum of %llu for %s", (unsigned long long) sum,
                       !words ? "too large" : key == qpu_vp9_itx_large_key(tx) ? "large" : "small");
        if (words) {
            n_large[tx][type] += !small;
            const packed_coef *const packed = (const packed_coef *) dst;
            for (int i = 0; i < eob; i++)
                if (packed[i] != coef[scan[i]]) check_fail("packed coefficient %d of %d", i, eob);
            if (packed[eob] || (eob + 1) * sizeof(packed_coef) > words * 4U) check_fail("no zero at the end");
            n_packed_over_half += small && sum > QPU_VP9_ITX_LIMIT(bpc) / 2;
            c->n_words += words;
        } else {
            if (memcmp(coef, mine, sizeof(coef))) check_fail("packing changed coefficients that it did not take");
            memset(mine, 0, sizeof(mine));
#if BITDEPTH == 8
            c->n_words += qpu_vp9_itx_give_8(job, dst, on_black, on_white, tx);
#else
            c->n_words += qpu_vp9_itx_give_16(job, dst, on_black, on_white, tx, bpc);
#endif
            key = qpu_vp9_itx_given_key(tx);
            n_given++;
        }
    }
    for (int i = 0; i < MAX_N; i++)
        if (mine[i]) check_fail("packing left coefficient %d", i);
    c->keys[c->n_jobs++] = (uint8_t) key;

    const int end = (((c->f.plane[0].w + 7) & ~7) >> (plane ? c->f.ss_hor : 0)) - x4 * 4;
    if (end < n) n_clipped_columns++;
    ptrdiff_t stride;
    if (store) { /* what is positive comes to light on black, negative on white */
        int16_t *const out = (int16_t *) check_plane(&c->res, plane, c->res_ref, &stride) +
                             y4 * 4 * (stride >> 1) + x4 * 4;
        for (int y = 0; y < n; y++)
            for (int x = 0; x < n; x++)
                out[y * (stride >> 1) + x] =
                    (int16_t) (on_black[y * n + x] + on_white[y * n + x] - white_level);
    } else {
        const ptrdiff_t px = sizeof(pixel);
        pixel *const out = (pixel *) check_plane(&c->f, plane, c->ref, &stride) +
                           y4 * 4 * (stride / px) + x4 * 4;
        upstream_add(coef, out, (int) (stride / px), tx, type, eob, bpc);
        for (int y = 0; y < n; y++)
            for (int x = 0; x < n; x++) {
                const int v = out[y * (stride / px) + x];
                n_saturated += !v || v == white_level;
            }
    }
}

static int random_type(const int tx) {
    for (;;) {
        /* half of the blocks of real streams and more */
        const int type = check_range(0, 2) ? check_range(0, N_TYPES - 1) : 0;
        if (is_valid(tx, type)) return type;
    }
}

/* Whether what was stored is right: values that no pixel can take needn't be
 * the same. Takes them over, so that all of res can be compared. */
static int check_stored(const struct Case *const c, const char *const what, const int plane,
                        const int x0, const int y0, const int n, uint8_t *const out)
{
    const int max = (1 << c->bitdepth) - 1;
    ptrdiff_t stride;
    int16_t *const r0 = (int16_t *) check_plane(&c->res, plane, c->res_ref, &stride);
    const int16_t *const o0 = (int16_t *) check_plane(&c->res, plane, out, &stride);
    stride >>= 1;
    for (int y = y0; y < y0 + n; y++)
        for (int x = x0; x < x0 + n; x++) {
            int16_t *const r = &r0[y * stride + x];
            const int o = o0[y * stride + x];
            if ((o < -max ? -max : o > max ? max : o) != *r) {
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
    if (!c.jobs || !c.keys || !c.coefs) {
        check_fail("no memory");
        goto end;
    }

    const int n_turns = one_tx >= 0 ? N_TYPES : 0;
    for (int pl = 0; pl < n_planes; pl++) {
        const int w4 = ((w + 7) & ~7) >> (pl ? ss_hor : 0) >> 2;
        const int h4 = ((h + 7) & ~7) >> (pl ? ss_ver : 0) >> 2;
        /* cells of 64x64, each of one size */
        const int y0 = check_range(0, 3);
        for (int cy = y0; cy < h4; cy += 16)
            for (int cx = 0; cx < w4; cx += 16) {
                const int tx = one_tx >= 0 ? one_tx : check_range(0, QPU_VP9_N_TX - 1), n4 = 1 << tx;
                const int cell_type = random_type(tx), mixed = check_rand() & 1;
                for (int y = cy; y < cy + 16 && y < h4; y += n4)
                    for (int x = cx; x < cx + 16 && x < w4; x += n4) {
                        int type = mixed ? random_type(tx) : cell_type;
                        int store = mode == MIXED ? check_rand() & 1 : mode == STORE_ALL;
                        while (c.turn < 2 * n_turns && !is_valid(tx, c.turn >> 1)) c.turn++;
                        if (c.turn < 2 * n_turns) { /* all types come, added and stored */
                            type = c.turn >> 1;
                            store = c.turn++ & 1;
                        } else if (!check_range(0, 9)) continue;
                        add_block(&c, pl, x, y, tx, type, store);
                    }
            }
    }

    QpuVp9Itx p;
    memset(&p, 0, sizeof(p));
    QpuVp9ItxJob *const jobs = qpu_batch_upload(check_batch, (size_t) (c.n_jobs + 1) * sizeof(*jobs), &p.jobs);
    uint32_t *const coefs = qpu_batch_upload(check_batch, (size_t) (c.n_words + 2) * 4, &p.coefs);
    uint16_t *const table = qpu_batch_upload(check_batch, QPU_VP9_ITX_TABLE * 2, &p.table);
    if (!jobs || !coefs || !table) {
        check_fail("no memory");
        goto end;
    }
    for (int key = 0, n = 0; key < QPU_VP9_N_ITX_KEYS; key++)
        for (int i = 0; i < c.n_jobs; i++)
            if (c.keys[i] == key) {
                jobs[n++] = c.jobs[i];
                p.n[key]++;
            }
    memcpy(coefs, c.coefs, (size_t) c.n_words * 4);
    const int16_t *scans[QPU_VP9_N_TX][4];
    for (int tx = 0; tx < QPU_VP9_N_TX; tx++)
        for (int type = 0; type < 4; type++) scans[tx][type] = scan_of(tx, type);
    qpu_vp9_itx_table(table, scans);
    if (qpu_vp9_itx(check_batch, &c.f, mode == ADD_ALL ? NULL : &c.res, &p) ||
        qpu_batch_download(check_batch, &c.f.range) ||
        qpu_batch_download(check_batch, &c.res.range))
    {
        check_fail("the launch failed");
        goto end;
    }
    if (check_run()) goto end;
    QpuBatchStats stats;
    qpu_batch_stats(check_batch, &stats);
    if (stats.dispatches > QPU_VP9_ITX_DISPATCHES) check_fail("%u dispatches", stats.dispatches);

    int cached;
    uint8_t *const out = (uint8_t *) qpu_batch_downloaded(check_batch, 0, &cached);
    uint8_t *const res_out = (uint8_t *) qpu_batch_downloaded(check_batch, 1, &cached);
    for (int i = 0; i < c.n_jobs; i++) { /* says which block it is */
        const uint32_t pos = c.jobs[i].pos, how = c.jobs[i].how, pl = pos >> 24 & 3;
        const int n = 4 << (how >> 8 & 7), x = (int) (pos & 0xfff) * 4, y = (int) (pos >> 12 & 0xfff) * 4;
        ptrdiff_t stride;
        char what[80];
        snprintf(what, sizeof(what), "%dx%d how %02x last %u plane %u at (%d, %d)",
                 n, n, how & 0xff, how >> 16, pl, x, y);
        if (pos & QPU_VP9_ITX_STORE) {
            if (check_stored(&c, what, (int) pl, x, y, n, res_out)) break;
            continue;
        }
        const uint8_t *const r = check_plane(&c.f, (int) pl, c.ref, &stride);
        const uint8_t *const o = check_plane(&c.f, (int) pl, out, &stride);
        const ptrdiff_t off = y * stride + x * (ptrdiff_t) sizeof(pixel);
        if (check_pixels(what, r + off, stride, o + off, stride, n, n, sizeof(pixel))) break;
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

/* Upstream's shortcuts leave out rows that have no coefficients. If that holds for
 * its scans, what they compute is the same as the whole transform. */
static void check_shortcuts(void) {
    static const int cuts[][3] = { { 1, 12, 4 }, { 2, 10, 4 }, { 2, 38, 8 }, { 3, 34, 8 }, { 3, 135, 16 } };
    check_begin("shortcuts");
    for (size_t c = 0; c < sizeof(cuts) / sizeof(*cuts); c++)
        for (int i = 0; i < cuts[c][1]; i++)
            if (scan_of(cuts[c][0], 0)[i] >> (cuts[c][0] + 2) >= cuts[c][2])
                check_fail("size %d, coefficient %d is in another row", cuts[c][0], i);
    for (int i = 0; i < QPU_VP9_ITX_IN_8X8; i++) /* the kernel relies on it */
        if (scan_of(3, 0)[i] % 32 >= 8 || scan_of(3, 0)[i] / 32 >= 8)
            check_fail("coefficient %d of 32x32 is not in the upper left", i);
    check_end();
}

static void check_errors(void) {
    check_begin("errors");
    QpuVp9Itx p;
    QpuFrame f, res;
    memset(&p, 0, sizeof(p));
    if (qpu_batch_begin(check_batch) || qpu_frame_layout(check_ctx, &f, 64, 64, BITDEPTH == 8 ? 8 : 10, 3, 1, 1) ||
        qpu_frame_layout(check_ctx, &res, 72, 64, 16, 3, 1, 1))
    {
        check_fail("no frames");
    } else {
        if (qpu_vp9_itx(check_batch, &f, NULL, &p)) check_fail("nothing to do failed");
        if (!qpu_vp9_itx(check_batch, &f, &res, &p)) check_fail("another size was accepted");
        p.n[5] = 1;
        if (!qpu_vp9_itx(check_batch, &f, NULL, &p)) check_fail("a job of no range was accepted");
    }
    check_end();
}

void bitfn(checkqpu_vp9_itx)(void) {
    static const int8_t layouts[4][3] = { { 1, 0, 0 }, { 3, 1, 1 }, { 3, 1, 0 }, { 3, 0, 0 } };
    const int n = check_quick ? 4 : 30;

    n_saturated = n_clipped_columns = n_given = n_packed_over_half = 0;
    check_shortcuts();
    check_errors();

#if BITDEPTH == 8
    for (int bitdepth = 8; bitdepth <= 8; bitdepth += 2)
#else
    for (int bitdepth = 10; bitdepth <= 12; bitdepth += 2)
#endif
    {
        memset(covered, 0, sizeof(covered));
        memset(n_large, 0, sizeof(n_large));
        for (int tx = 0; tx < QPU_VP9_N_TX; tx++) {
            const int big = 16 << tx; /* room for each type twice */
            for (int e = 0; e < N_EOBS && eobs[e] <= 16 << 2 * tx; e++)
                check_case(big * 4 + check_range(0, 70), big * 3 + check_range(0, 70), bitdepth,
                           1, 0, 0, tx, e, MIXED);
        }
        for (int i = 0; i < n * 4; i++) {
            const int8_t *const l = layouts[i & 3];
            check_case(check_range(1, i < n ? 100 : 700), check_range(1, i < n ? 100 : 500),
                       bitdepth, l[0], l[1], l[2], -1, -1, i % N_MODES);
        }

        check_begin("%d bits: kinds of blocks", bitdepth);
        unsigned long blocks = 0, kinds = 0, least = ~0UL, large = 0;
        for (int tx = 0; tx < QPU_VP9_N_TX; tx++)
            for (int type = 0; type < N_TYPES; type++) {
                large += n_large[tx][type];
                if (is_valid(tx, type) && !n_large[tx][type])
                    check_fail("size %d type %d never had large coefficients", tx, type);
                for (int e = 0; e < N_EOBS * 2; e++) {
                    if (!is_valid(tx, type) || eobs[e >> 1] > 16 << 2 * tx) continue;
                    const unsigned long times = covered[tx][type][e >> 1][e & 1];
                    blocks += times;
                    kinds++;
                    if (times < least) least = times;
                    if (!times) check_fail("size %d type %d eob %d %s never came", tx, type,
                                           eobs[e >> 1], mode_names[e & 1]);
                }
            }
        printf("  %d bits: %lu blocks, %lu kinds of size, type, eob and mode, each %lu times and more, "
               "%lu blocks with large coefficients\n", bitdepth, blocks, kinds, least, large);
        check_end();
    }
    printf("  %lu pixels saturated, %lu blocks reached over the right edge, %lu residuals given, "
           "%lu others with more than half of the allowed sum\n",
           n_saturated, n_clipped_columns, n_given, n_packed_over_half);
    check_begin("edges");
    if (!n_saturated || !n_clipped_columns || !n_given || !n_packed_over_half) check_fail("edges were not tested");
    check_end();
}
