/* AV1 inter prediction, 7.11.3, of a frame: jobs that a recorder writes, and the
 * launch of their kernels. See qpu_av1.h for what holds of all launches.
 *
 * All frames are parts of one range, the pool, so that any may be a reference.
 * References are read up to 16 columns and 8 rows outside their planes, which
 * must repeat the planes' edges: see qpu_mc_extend(). The frame that is
 * predicted is written in whole blocks, up to its size rounded up to 8 luma pixels;
 * what of a block lies beyond that is left out. Its guard is written, too.
 *
 * At most 15 dispatches a frame (16 with scaled references, 18 if OBMC has some),
 * in 3 steps, and one to extend it. More only for frames beyond 8192x8192. */

#ifndef QPU_AV1_MC_H
#define QPU_AV1_MC_H

#include "qpu_mc.h"

/* ---- jobs: a block of a plane each ---- */

typedef struct QpuAv1McJob {
    uint32_t dst; /* QPU_AV1_MC_DST() */
    uint32_t src; /* QPU_AV1_MC_SRC(); scaled: column, 10 fractional bits */
    uint32_t how; /* QPU_AV1_MC_HOW(), and flags */
    uint32_t arg; /* by kind of job */
} QpuAv1McJob;

/* First pixel of the block in its plane, 0..16383 each. Blocks are at multiples
 * of their size, or of 4 pixels if that is less; 2 pixels wide ones of 2. */
#define QPU_AV1_MC_DST(x, y, plane) QPU_MC_DST(x, y, plane)
/* The pixel of the reference (integer part) that the first one is predicted
 * from, not clamped, -32768..32767 each. */
#define QPU_AV1_MC_SRC(x, y) QPU_MC_SRC(x, y)
/* w: 2..128, a power of two, given as its logarithm; h: 2, or a multiple of 4 up to
 * 128; OBMC's and scaled ones: any up to 128; ref: 0..6; filters: qpu_av1_mc_taps(). */
#define QPU_AV1_MC_HOW(w_log2, h, ref, taps_h, taps_v) QPU_MC_HOW(w_log2, h, ref, taps_h, taps_v)

/* Flags of how. */
#define QPU_AV1_MC_TMP(i)    ((uint32_t) (i) << 27) /* prep, scaled: writes samples
                                                     * of reference i, 0 or 1 */
#define QPU_AV1_MC_LEFT      (1U << 27) /* obmc: the neighbour is on the left */
#define QPU_AV1_MC_SWAP      (1U << 27) /* mask: is that of the second reference */
#define QPU_AV1_MC_DIFF      (1U << 28) /* mask: from the difference of the luma
                                         * samples, not from a table */
#define QPU_AV1_MC_PREP      (1U << 28) /* scaled: for a compound */

enum { /* filters of 7.11.3.4 */
    QPU_AV1_MC_REGULAR, QPU_AV1_MC_SMOOTH, QPU_AV1_MC_SHARP, QPU_AV1_MC_BILINEAR
};
/* The first of a filter's 16 positions, of blocks of at most 4 pixels or larger. */
#define QPU_AV1_MC_ROW(filter, small) \
    (16 * ((filter) == QPU_AV1_MC_BILINEAR ? 5 : (small) ? 3 + ((filter) & 1) : (filter)))
/* For a direction: position in 1/16 pixel, and the block's size in it (that of
 * the call that predicts it). */
static inline uint32_t qpu_av1_mc_taps(const int filter, const int pos, const int size) {
    return (uint32_t) (QPU_AV1_MC_ROW(filter, size <= 4) + pos);
}
/* Of those 8, how many count: 4, 6 or 8 in the middle. */
static inline int qpu_av1_mc_n_taps(const uint32_t taps) {
    return taps >= 48 ? 4 : taps > 32 ? 8 : 6;
}

/* Kinds of jobs. A number is that of the taps: the larger of both directions'. */
enum {
    /* one reference, to the frame */
    QPU_AV1_MC_PUT_2,    /* 2 pixels wide; only this, SCALED and _LEFT may be */
    QPU_AV1_MC_PUT_4,    /* at most 4x4 (all other kinds: any size) */
    QPU_AV1_MC_PUT_6,
    QPU_AV1_MC_PUT_8,
    QPU_AV1_MC_PUT_COPY, /* whole positions; heights of these three are
                          * multiples of 4 */
    QPU_AV1_MC_PUT_H,    /* whole vertically */
    QPU_AV1_MC_PUT_V,    /* whole horizontally */
    /* a reference of a compound, to intermediate samples; QPU_AV1_MC_TMP() */
    QPU_AV1_MC_PREP_6,
    QPU_AV1_MC_PREP_8,
    /* Another reference (scaled or not): put, or prep with QPU_AV1_MC_PREP. src and
     * arg: column and row with 10 fractional bits (upstream's pos_x, pos_y); the
     * filters' positions are 0. */
    QPU_AV1_MC_SCALED,
    /* the other reference, averaged with samples 0; arg: weight of those, 0..64 */
    QPU_AV1_MC_AVG_6,
    QPU_AV1_MC_AVG_8,
    /* Samples 0 and 1 (with QPU_AV1_MC_SWAP: 1 and 0) by weights 0..64 of the
     * first: a table's, arg being the first byte in masks, a multiple of 4; with
     * QPU_AV1_MC_DIFF made of luma's samples, 7.11.3.12, which must have been
     * prepared in the same frame; with QPU_AV1_MC_EVEN arg for all pixels. */
    QPU_AV1_MC_MASK,
    /* A neighbour's prediction, blended with the frame. Left: all w columns are
     * given, the last quarter keeps as it is. Above: arg is the height that the
     * mask is for, h the 3/4 of it that are blended. Left after above. */
    QPU_AV1_MC_OBMC_ABOVE,
    QPU_AV1_MC_OBMC_LEFT,
    /* The same from another reference, src and arg as SCALED's. Above: the height
     * that the mask is for follows from h. */
    QPU_AV1_MC_SCALED_ABOVE,
    QPU_AV1_MC_SCALED_LEFT,
    QPU_AV1_MC_N
};
#define QPU_AV1_MC_EVEN (1U << 29) /* mask: none */

/* The kind for one reference, as fast as it can be. The general ones do what the
 * special ones do, too. */
static inline int qpu_av1_mc_put_kind(const int w_log2, const int h,
                                      const uint32_t taps_h, const uint32_t taps_v)
{
    /* a table, as which it is can't be predicted */
#define K(kind) QPU_AV1_MC_PUT_##kind
    static const uint8_t kinds[2][2][2][2][2] = { /* small; h % 4 == 0; 8 taps; h whole; v whole */
        { { { { K(6), K(6) }, { K(6), K(6) } }, { { K(8), K(8) }, { K(8), K(8) } } },
          { { { K(6), K(H) }, { K(V), K(COPY) } }, { { K(8), K(H) }, { K(V), K(COPY) } } } },
        { { { { K(4), K(4) }, { K(4), K(4) } }, { { K(4), K(4) }, { K(4), K(4) } } },
          { { { K(4), K(H) }, { K(V), K(COPY) } }, { { K(4), K(H) }, { K(V), K(COPY) } } } },
    };
#undef K
    const int small = (w_log2 == 2) & (h <= 4);
    const int is_8 = (qpu_av1_mc_n_taps(taps_h) == 8) | (qpu_av1_mc_n_taps(taps_v) == 8);
    if (w_log2 == 1) return QPU_AV1_MC_PUT_2;
    return kinds[small][!(h & 3)][is_8][!(taps_h & 15)][!(taps_v & 15)];
}

/* Jobs of a kind are sorted by class. Within a class, those of the same height
 * are best kept together. */
#define QPU_AV1_MC_CLASSES 10
static inline int qpu_av1_mc_class(const int kind, const int w_log2, const int h) {
    const int rows_log2 = kind == QPU_AV1_MC_PUT_COPY || kind == QPU_AV1_MC_PUT_H ? 4 : 3;
    const int h_log2 = 32 - __builtin_clz((unsigned) (h - 1) | 1); /* rounded up */
    return (w_log2 > 2 ? w_log2 - 2 : 0) + (h_log2 > rows_log2 ? h_log2 - rows_log2 : 0);
}

/* A block of 8x8 pixels through the warp filter, 7.11.3.5: upstream's call. */
typedef struct QpuAv1McWarp {
    uint32_t dst;    /* QPU_AV1_MC_DST() */
    uint32_t src;    /* QPU_AV1_MC_SRC() of upstream's dx, dy */
    uint32_t how;    /* ref << 10, QPU_AV1_MC_PREP, QPU_AV1_MC_TMP() */
    int32_t mx, my;
    int16_t abcd[4];
    uint32_t unused;
} QpuAv1McWarp;

/* ---- launch ---- */

/* What the kernels need of the library's tables, the same for all frames of a
 * depth. Writes dst front to back and reads nothing there. */
#define QPU_AV1_MC_TABLES_SIZE 6992
void qpu_av1_mc_tables(void *dst, int bpc,
                       const int8_t (*filters)[15][8],  /* [5]: regular, smooth, sharp, and the
                                                         * first two for small sizes; positions
                                                         * 1..15 */
                       const int8_t (*warp_filters)[8], /* [193] */
                       const uint8_t *obmc_masks);      /* [64]: those for size n begin at n */

typedef struct QpuAv1Mc {
    QpuRange pool;                 /* all frames lie in it */
    const QpuFrame *cur, *ref[7];  /* ref: NULL where there is none; of cur's size
                                    * if a job that is not scaled refers to it */
    int step[7][2];                /* of scaled references: upstream's step */

    QpuRange jobs;                 /* QpuAv1McJob[]: kind after kind, in a kind
                                    * class after class */
    uint32_t n[QPU_AV1_MC_N][QPU_AV1_MC_CLASSES];
    QpuRange warps;                /* QpuAv1McWarp[] */
    uint32_t n_warps;
    QpuRange masks;                /* bytes 0..64, row after row of a block; only
                                    * needed if a job refers to it */

    QpuRange tables;               /* qpu_av1_mc_tables() of cur's depth */
} QpuAv1Mc;
int qpu_av1_mc(QpuBatch *b, const QpuAv1Mc *p);

#endif /* QPU_AV1_MC_H */
