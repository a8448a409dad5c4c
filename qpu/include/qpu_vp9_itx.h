/* VP9's inverse transforms and the addition of the residual, or its storage: jobs,
 * their coefficients, the launch.
 *
 * Sizes and types are numbers of upstream's enums (TX_SIZE, TX_TYPE), and
 * QPU_VP9_ITX_WHT in lossless frames. eob is what upstream's counts: the number of
 * coefficients up to the last one that was decoded, at least 1. coef is upstream's
 * block: rows of 32-bit values, 0 but for those eob. scan is the order in which they
 * were decoded. A recorder, for each block with eob > 0:
 *
 *     job->pos = QPU_VP9_ITX_POS(x4, y4, plane);
 *     if (the block's prediction is not in the frame yet)
 *         job->pos |= QPU_VP9_ITX_STORE;
 *     job->coefs = words before dst in the buffer of coefficients;
 *     key = qpu_vp9_itx_key(tx, type, eob);
 *     if (qpu_vp9_itx_is_dc(type, eob))
 *         qpu_vp9_itx_dc(job, coef, tx, bit depth);
 *     else if ((words = qpu_vp9_itx_pack_8(job, dst, coef, scan, tx, type, eob, &key)))
 *         dst += words;
 *     else {
 *         transform by upstream's C functions, which is rare (see below)
 *         dst += qpu_vp9_itx_give_8(job, dst, on_black, on_white, tx);
 *         key = qpu_vp9_itx_given_key(tx);
 *     }
 *
 * (above 8 bits pack_16 and give_16, which take the depth, too) and sorts the frame's
 * jobs by key. Nothing here keeps a state: threads that
 * write different streams don't meet.
 *
 * Most kernels neither clip nor wrap nor widen. That is what upstream's C computes,
 * unless a value leaves its range on the way, and none can while the coefficients'
 * magnitudes add up to no more than QPU_VP9_ITX_LIMIT: each value of each step of
 * each transform is, but for its roundings, a sum of coefficients times factors
 * that are 1 at most. Blocks that exceed it, some with a strong texture at hardly
 * any quantisation, get another key by packing, of a slower kernel, which computes what
 * upstream's C does up to QPU_VP9_ITX_LARGE. What exceeds that, too, comes of
 * damaged streams and is the CPU's: packing returns 0 and leaves coef as it was. The
 * recorder calls the function that upstream has for size, type
 * and eob twice, with coef, on n x n pixels (n = 4 << tx, rows without a gap) that
 * are 0 before and on n x n pixels that are the largest value before, clears coef, and
 * gives the kernel both results (see upstream_residual() in tests/vp9_itx_tmpl.c). */

#ifndef QPU_INCLUDE_QPU_VP9_ITX_H
#define QPU_INCLUDE_QPU_VP9_ITX_H

#include <string.h>

#include "qpu.h"
#include "vp9/itx.h"

typedef struct QpuVp9ItxJob QpuVp9ItxJob;

#define QPU_VP9_N_TX       4
#define QPU_VP9_N_ITX_KEYS (3 * QPU_VP9_N_TX + 1)
#define QPU_VP9_ITX_WHT    4 /* of types */

/* Launches of a frame at most: one of blocks with a single coefficient or a given
 * residual, one for each size, another one for 32x32, and one for large coefficients of
 * each size. */
#define QPU_VP9_ITX_DISPATCHES 10

/* So many coefficients of 32x32 are in the upper left 8x8, by upstream's scan. */
#define QPU_VP9_ITX_IN_8X8 34

/* Sums of magnitudes by bit depth. 8 bits: what a step gives fits 16 bits; 10:
 * sums of products with constants of 14 bits fit a word; 12: residuals fit 16 bits with
 * a pixel added. The factors of all steps of rows, then columns are 0.9989 at most (but
 * 1 for the sum of three inputs in ADST4), roundings add up to 510 at most (32x32), and
 * packing may take a sum for up to 1024 less (negative coefficients, see there). */
#define QPU_VP9_ITX_LIMIT(bpc) ((bpc) == 8 ? 31200U : (bpc) == 10 ? 129500U : 400000U)

/* The same for large coefficients; at 8 bits, each has to fit 16 bits besides.
 * 8 bits: upstream's DCTs wrap to 16 bits after each step but the last, and so do these. ADST8's
 * sums of products have to fit a word; they do while what goes in adds up to 131071. Columns
 * get up to 65535 of a row that wraps: see qpu_vp9_itx_pack_large(). Other sizes could
 * take any sum, but where values do wrap upstream's SIMD, which saturates, gives
 * something else, so what is far beyond a residual of pixels (noise of +-128 has
 * 420,000 in 32x32 and half of it each size below) stays with it.
 * Above: upstream's C drops what is 1 << 25 or more at the beginning of each transform,
 * and the kernels compute with 28 bits. */
#define QPU_VP9_ITX_LARGE(bpc, tx) ((bpc) == 8 ? 65500U << (tx) : 33000000U)

/* how's bits of a type */
static const uint8_t qpu_vp9_itx_types[5] = {
    QPU_VP9_ITX_HOW(ITX_DCT, ITX_DCT, ITX_SCAN_DEFAULT, 0, 0),
    QPU_VP9_ITX_HOW(ITX_DCT, ITX_ADST, ITX_SCAN_ROW, 0, 0),
    QPU_VP9_ITX_HOW(ITX_ADST, ITX_DCT, ITX_SCAN_COL, 0, 0),
    QPU_VP9_ITX_HOW(ITX_ADST, ITX_ADST, ITX_SCAN_DEFAULT, 0, 0),
    QPU_VP9_ITX_HOW(ITX_WHT, ITX_WHT, ITX_SCAN_DEFAULT, 0, 0),
};

/* A block with nothing but the first coefficient of a DCT has its residual in its job. */
static inline int qpu_vp9_itx_is_dc(const int type, const int eob) {
    return !(type | (eob - 1));
}

/* Keys 0..3: by size, blocks of a single coefficient or a given residual; 4..7: by
 * size, others, of 32x32 those with all coefficients in the upper left 8x8; 8: of
 * 32x32 those with more; 9..12: by size, those that packing finds large. Any order of the jobs of one key is right. Those of one type
 * beside each other are faster; a little also those that store beside each other. */
static inline int qpu_vp9_itx_key(const int tx, const int type, const int eob) {
    if (qpu_vp9_itx_is_dc(type, eob)) return tx;
    return tx + QPU_VP9_N_TX + (tx == 3 && eob > QPU_VP9_ITX_IN_8X8);
}
static inline int qpu_vp9_itx_given_key(const int tx) {
    return tx;
}
static inline int qpu_vp9_itx_large_key(const int tx) {
    return 2 * QPU_VP9_N_TX + 1 + tx;
}

/* Fills in how and dc, and clears coef[0]. */
static inline void qpu_vp9_itx_dc(QpuVp9ItxJob *const job, int32_t *const coef, const int tx, const int bpc) {
    const int64_t c = bpc == 8 ? (int16_t) coef[0] : coef[0];
    const int32_t row = (int32_t) ((c * 11585 + 8192) >> 14);
    const int32_t both = (int32_t) (((int64_t) row * 11585 + 8192) >> 14);
    const int shift = tx < 3 ? tx + 4 : 6, max = (1 << bpc) - 1;
    const int v = (both + (1 << shift >> 1)) >> shift;
    coef[0] = 0;
    job->how = QPU_VP9_ITX_HOW(0, 0, 0, tx, 0);
    job->dc = v < -max ? -max : v > max ? max : v;
}

/* Words that packing, or a given residual of a block with so many coefficients, may
 * touch: those behind the result included. */
#define QPU_VP9_ITX_PACK_8(eob)  (((eob) >> 2) * 2 + 4)
#define QPU_VP9_ITX_PACK_16(eob) (((eob) >> 1) * 2 + 4)
#define QPU_VP9_ITX_GIVE(tx)     (8 << 2 * (tx))

/* What the functions below do with a block that exceeds the first limit. */
uint32_t qpu_vp9_itx_pack_large(uint32_t *dst, int32_t *coef, const int16_t *scan, int tx, int type,
                                int eob, int bpc, int *key);

/* A magnitude, or one less if v is negative: it takes half the instructions. */
static inline uint32_t qpu_vp9_itx_mag(const int32_t v) {
    return (uint32_t) (v ^ v >> 31);
}

/* Fills in how, writes a block's eob coefficients to dst, in order, with a zero
 * behind them, and clears them in coef. dst, on a multiple of 8 bytes, may be
 * write-combined: it is written once, upwards. Reads scan up to the next multiple of 4.
 * Returns the number of words, even, and sets *key if the sum of magnitudes is large; 0 if
 * it is too large: coef is as before then, what dst has doesn't matter. 8 bits a pixel: */
static inline uint32_t qpu_vp9_itx_pack_8(QpuVp9ItxJob *const job, uint32_t *const dst, int32_t *const coef,
                                          const int16_t *const scan, const int tx, const int type,
                                          const int eob, int *const key)
{
    const int16_t *rc = scan;
    const int16_t *const end = scan + eob;
    uint32_t *out = dst;
    uint64_t sum = 0, v;
    job->how = qpu_vp9_itx_types[type] | QPU_VP9_ITX_HOW(0, 0, 0, tx, eob - 1);
    /* what follows the last one up to a multiple of 4 is zero */
    for (; rc < end; rc += 4, out += 2) {
        int32_t *const a = coef + rc[0], *const b = coef + rc[1];
        int32_t *const c = coef + rc[2], *const d = coef + rc[3];
        sum += (uint64_t) qpu_vp9_itx_mag(*a) + qpu_vp9_itx_mag(*b);
        sum += (uint64_t) qpu_vp9_itx_mag(*c) + qpu_vp9_itx_mag(*d);
        if (__builtin_expect(sum > QPU_VP9_ITX_LIMIT(8), 0)) goto large;
        v = (uint64_t) (uint16_t) *a | (uint64_t) (uint16_t) *b << 16 |
            (uint64_t) (uint16_t) *c << 32 | (uint64_t) (uint16_t) *d << 48;
        *a = *b = *c = *d = 0;
        memcpy(out, &v, 8);
    }
    memset(out, 0, 8); /* is behind the result if the last four had room for a zero */
    return ((uint32_t) eob >> 2) * 2 + 2;

large:
    while (rc != scan) {
        int16_t c[4];
        rc -= 4;
        out -= 2;
        memcpy(c, out, 8);
        for (int i = 0; i < 4; i++) coef[rc[i]] = c[i];
    }
    return qpu_vp9_itx_pack_large(dst, coef, scan, tx, type, eob, 8, key);
}

/* More than 8 bits a pixel: */
static inline uint32_t qpu_vp9_itx_pack_16(QpuVp9ItxJob *const job, uint32_t *const dst, int32_t *const coef,
                                           const int16_t *const scan, const int tx, const int type,
                                           const int eob, const int bpc, int *const key)
{
    const int16_t *rc = scan;
    const int16_t *const end = scan + eob;
    const uint64_t limit = QPU_VP9_ITX_LIMIT(bpc);
    uint32_t *out = dst;
    uint64_t sum = 0;
    job->how = qpu_vp9_itx_types[type] | QPU_VP9_ITX_HOW(0, 0, 0, tx, eob - 1);
    for (; rc < end; rc += 2, out += 2) {
        int32_t *const a = coef + rc[0], *const b = coef + rc[1];
        sum += (uint64_t) qpu_vp9_itx_mag(*a) + qpu_vp9_itx_mag(*b);
        if (__builtin_expect(sum > limit, 0)) goto large;
        const uint64_t v = (uint32_t) *a | (uint64_t) (uint32_t) *b << 32;
        *a = *b = 0;
        memcpy(out, &v, 8);
    }
    memset(out, 0, 8);
    return ((uint32_t) eob >> 1) * 2 + 2;

large:
    while (rc != scan) {
        rc -= 2;
        out -= 2;
        memcpy(&coef[rc[0]], out, 4);
        memcpy(&coef[rc[1]], out + 1, 4);
    }
    return qpu_vp9_itx_pack_large(dst, coef, scan, tx, type, eob, bpc, key);
}

/* Fills in how of a job whose residual is given, and writes that to dst (8 bytes
 * aligned). Returns the number of words, QPU_VP9_ITX_GIVE(tx). on_black, on_white:
 * what adding it made of n x n pixels of 0, and of the largest value. */
uint32_t qpu_vp9_itx_give_8(QpuVp9ItxJob *job, uint32_t *dst, const uint8_t *on_black,
                            const uint8_t *on_white, int tx);
uint32_t qpu_vp9_itx_give_16(QpuVp9ItxJob *job, uint32_t *dst, const uint16_t *on_black,
                             const uint16_t *on_white, int tx, int bpc);

/* The kernels' table, QPU_VP9_ITX_TABLE entries, the same for all frames. scans:
 * upstream's, by size and type (vp9_scan_orders[tx][type].scan). */
#define QPU_VP9_ITX_TABLE (2 * (3 * (16 + 64 + 256) + 1024))
void qpu_vp9_itx_table(uint16_t *dst, const int16_t *const scans[QPU_VP9_N_TX][4]);

typedef struct QpuVp9Itx {
    QpuRange jobs;  /* QpuVp9ItxJob[], sorted by key */
    QpuRange coefs; /* what packing and giving wrote; may be of size 0 if all jobs have
                     * a single coefficient */
    QpuRange table; /* qpu_vp9_itx_table(); may be of size 0 likewise */
    uint32_t n[QPU_VP9_N_ITX_KEYS]; /* jobs of each key */
} QpuVp9Itx;

/* Adds the residuals of all blocks to the planes of f, but stores those of jobs
 * with QPU_VP9_ITX_STORE in res, whose pixels in f are neither read nor written.
 * Launches of before are waited for by a barrier of the caller's; one follows what is
 * launched here.
 * Blocks must not overlap. They are written whole, in f and in res: what lies
 * right of the plane's width or below its height stays within the frame's guards,
 * as blocks are at multiples of their size and begin in the plane.
 * res: f's size and planes, laid out for 16 bits a pixel by
 *     qpu_frame_layout(ctx, res, w, h, 16, n_planes, ss_hor, ss_ver);
 * NULL if no job stores. Its samples are signed. All of a block's are written,
 * zeros too, and no others; what was there before doesn't matter. One beyond
 * plus or minus the largest pixel stays there, but may be another: added to a
 * pixel and clipped, it makes no difference.
 * -EINVAL: a depth other than 8, 10, 12, frames that don't fit each other, ranges
 * too small for the counts. */
int qpu_vp9_itx(QpuBatch *b, const QpuFrame *f, const QpuFrame *res, const QpuVp9Itx *p);

#endif /* QPU_INCLUDE_QPU_VP9_ITX_H */
