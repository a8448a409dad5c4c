/* AV1 inverse transforms and the addition of the residual, 7.13 and 7.12.3
 * step 5, or its storage: jobs, their coefficients, the launch.
 *
 * Transform sizes and types are numbers of upstream's enums (RectTxfmSize,
 * TxfmType with WHT_WHT). A recorder, for each block:
 *
 *     key = qpu_av1_itx_key(tx, type, eob);
 *     job->pos = QPU_AV1_ITX_POS(x4, y4, plane);
 *     if (the block's prediction is not in the frame yet)
 *         job->pos |= QPU_AV1_ITX_STORE;
 *     job->how = qpu_av1_itx_how(tx, type, eob);
 *     job->coefs = words before dst in the buffer of coefficients;
 *     if (key is one of a single coefficient)
 *         job->dc = coef[0], coef[0] = 0;
 *     else
 *         dst += qpu_av1_itx_pack_8(dst, coef, scans, tx, type, eob);
 *
 * and sorts the frame's jobs by key. Nothing here keeps a state: threads that
 * write different streams don't meet. */

#ifndef QPU_INCLUDE_QPU_AV1_ITX_H
#define QPU_INCLUDE_QPU_AV1_ITX_H

#include <string.h>

#include "qpu.h"
#include "av1/itx.h"

typedef struct QpuAv1ItxJob QpuAv1ItxJob;

#define QPU_AV1_N_TX       19
#define QPU_AV1_N_ITX_KEYS (2 * QPU_AV1_N_TX)
#define QPU_AV1_ITX_WHT    16 /* of types */

/* Launches of a frame at most: one of blocks with a single coefficient, and
 * one for each of 4x4; 4x8 and 8x4; 8x8; 16x16; those with a side of 16; 32x32;
 * those with a side of 32; those of 64 rows; those of 64 columns. */
#define QPU_AV1_ITX_DISPATCHES 10

/* log2 - 2 of width and height of a size: low and high nibble. */
static const uint8_t qpu_av1_itx_dims[QPU_AV1_N_TX] = {
    0x00, 0x11, 0x22, 0x33, 0x44, 0x10, 0x01, 0x21, 0x12, 0x32,
    0x23, 0x43, 0x34, 0x20, 0x02, 0x31, 0x13, 0x42, 0x24,
};

/* A type's transform of rows, of columns << 2, class << 4, wht << 6. */
static const uint8_t qpu_av1_itx_types[17] = {
#define QPU_TYPE(row, col, order) (uint8_t) QPU_AV1_ITX_HOW(row, col, order, 0, 0, 0, 0)
    QPU_TYPE(ITX_DCT, ITX_DCT, ITX_CLASS_2D),
    QPU_TYPE(ITX_DCT, ITX_ADST, ITX_CLASS_2D),
    QPU_TYPE(ITX_ADST, ITX_DCT, ITX_CLASS_2D),
    QPU_TYPE(ITX_ADST, ITX_ADST, ITX_CLASS_2D),
    QPU_TYPE(ITX_DCT, ITX_FLIPADST, ITX_CLASS_2D),
    QPU_TYPE(ITX_FLIPADST, ITX_DCT, ITX_CLASS_2D),
    QPU_TYPE(ITX_FLIPADST, ITX_FLIPADST, ITX_CLASS_2D),
    QPU_TYPE(ITX_FLIPADST, ITX_ADST, ITX_CLASS_2D),
    QPU_TYPE(ITX_ADST, ITX_FLIPADST, ITX_CLASS_2D),
    QPU_TYPE(ITX_IDENTITY, ITX_IDENTITY, ITX_CLASS_2D),
    QPU_TYPE(ITX_IDENTITY, ITX_DCT, ITX_CLASS_V),
    QPU_TYPE(ITX_DCT, ITX_IDENTITY, ITX_CLASS_H),
    QPU_TYPE(ITX_IDENTITY, ITX_ADST, ITX_CLASS_V),
    QPU_TYPE(ITX_ADST, ITX_IDENTITY, ITX_CLASS_H),
    QPU_TYPE(ITX_IDENTITY, ITX_FLIPADST, ITX_CLASS_V),
    QPU_TYPE(ITX_FLIPADST, ITX_IDENTITY, ITX_CLASS_H),
    1 << 6,
#undef QPU_TYPE
};

/* A block with nothing but coefficient 0 of DCT_DCT has it in its job. */
static inline int qpu_av1_itx_is_dc(const int type, const int eob) {
    return !(type | eob);
}

/* Keys 0..18: blocks of a single coefficient, by width, then height; 19..37:
 * others, by size as upstream numbers them.
 * Any order of the jobs of one key is right. Those of one type beside each
 * other are faster, DCT_DCT beside nothing else most of all; a little also those
 * that store beside each other. */
static inline int qpu_av1_itx_key(const int tx, const int type, const int eob) {
    static const uint8_t dc_keys[QPU_AV1_N_TX] = {
        0, 4, 9, 14, 18, 1, 3, 5, 8, 10, 13, 15, 17, 2, 7, 6, 12, 11, 16,
    };
    return qpu_av1_itx_is_dc(type, eob) ? dc_keys[tx] : tx + QPU_AV1_N_TX;
}

static inline uint32_t qpu_av1_itx_how(const int tx, const int type, const int eob) {
    const uint32_t dims = qpu_av1_itx_dims[tx];
    return qpu_av1_itx_types[type] | (dims & 7) << 8 | (dims >> 4) << 11 | (uint32_t) eob << 16;
}

/* In which order coefficients lie in the decoder's block: rc[tx][class] lists
 * their places; class H, whose place is the number, has NULL. */
typedef struct QpuAv1ItxScans {
    const uint16_t *rc[QPU_AV1_N_TX][3];
    uint16_t own[784]; /* class V */
} QpuAv1ItxScans;

/* scans: upstream's dav1d_scans, which must outlive *s. *s must not move. */
void qpu_av1_itx_scans(QpuAv1ItxScans *s, const uint16_t *const scans[QPU_AV1_N_TX]);

/* The kernels' table, made of *s: QPU_AV1_ITX_TABLE entries, the same for all
 * frames. */
#define QPU_AV1_ITX_TABLE (2 * (3344 + 2 * 784))
void qpu_av1_itx_table(uint16_t *dst, const QpuAv1ItxScans *s);

/* Words that packing may touch, those behind the result included. */
#define QPU_AV1_ITX_PACK_8(eob)  (((eob) >> 2) * 2 + 4)
#define QPU_AV1_ITX_PACK_16(eob) (((eob) >> 1) * 2 + 4)

/* Writes a block's coefficients 0..eob to dst, in order, with a zero behind
 * them, and clears all of the source. dst, on a multiple of 8 bytes, may be
 * write-combined: it is written once, upwards. Returns the number of words,
 * even. 8 bits a pixel: */
static inline uint32_t qpu_av1_itx_pack_8(uint32_t *const dst, int16_t *const coef,
                                          const QpuAv1ItxScans *const s,
                                          const int tx, const int type, const int eob)
{
    const uint32_t words = (((uint32_t) eob + 1) >> 2) * 2 + 2;
    const uint32_t order = qpu_av1_itx_types[type] >> 4 & 3;
    const uint16_t *rc = s->rc[tx][order];
    uint32_t *out = dst;
    uint64_t v;
    if (order == ITX_CLASS_H) {
        for (int16_t *in = coef; in <= coef + eob; in += 4, out += 2) {
            memcpy(&v, in, 8);
            memset(in, 0, 8);
            memcpy(out, &v, 8);
        }
    } else {
        /* what follows the last one up to a multiple of 4 is zero */
        for (const uint16_t *const end = rc + eob; rc <= end; rc += 4, out += 2) {
            int16_t *const a = coef + rc[0], *const b = coef + rc[1];
            int16_t *const c = coef + rc[2], *const d = coef + rc[3];
            v = (uint64_t) (uint16_t) *a | (uint64_t) (uint16_t) *b << 16 |
                (uint64_t) (uint16_t) *c << 32 | (uint64_t) (uint16_t) *d << 48;
            *a = *b = *c = *d = 0;
            memcpy(out, &v, 8);
        }
    }
    memset(out, 0, 8); /* is behind the result if the last four had room for a zero */
    return words;
}

/* More than 8 bits a pixel: */
static inline uint32_t qpu_av1_itx_pack_16(uint32_t *const dst, int32_t *const coef,
                                           const QpuAv1ItxScans *const s,
                                           const int tx, const int type, const int eob)
{
    const uint32_t words = (((uint32_t) eob + 1) >> 1) * 2 + 2;
    const uint32_t order = qpu_av1_itx_types[type] >> 4 & 3;
    const uint16_t *rc = s->rc[tx][order];
    uint32_t *out = dst;
    if (order == ITX_CLASS_H) {
        for (int32_t *in = coef; in <= coef + eob; in += 2, out += 2) {
            memcpy(out, in, 8);
            memset(in, 0, 8);
        }
    } else {
        for (const uint16_t *const end = rc + eob; rc <= end; rc += 2, out += 2) {
            int32_t *const a = coef + rc[0], *const b = coef + rc[1];
            const uint64_t v = (uint32_t) *a | (uint64_t) (uint32_t) *b << 32;
            *a = *b = 0;
            memcpy(out, &v, 8);
        }
    }
    memset(out, 0, 8);
    return words;
}

typedef struct QpuAv1Itx {
    QpuRange jobs;  /* QpuAv1ItxJob[], sorted by key */
    QpuRange coefs; /* what packing wrote; may be of size 0 if all jobs have
                     * a single coefficient */
    QpuRange table; /* qpu_av1_itx_table() */
    uint32_t n[QPU_AV1_N_ITX_KEYS]; /* jobs of each key */
} QpuAv1Itx;

/* Adds the residuals of all blocks to the planes of f, but stores those of jobs
 * with QPU_AV1_ITX_STORE in res, whose pixels in f are neither read nor written.
 * Blocks must not overlap. They are written whole, in f and in res: what lies
 * right of the plane's width or below its height stays within the frame's guards,
 * as blocks are at multiples of their size; chroma from luma reads it.
 * res: f's size and planes, laid out for 16 bits a pixel by
 *     qpu_frame_layout(ctx, res, w, h, 16, n_planes, ss_hor, ss_ver);
 * NULL if no job stores. Its samples are signed. All of a block's are written,
 * zeros too, and no others; what was there before doesn't matter. One beyond
 * plus or minus the largest pixel stays there, but may be another: added to a
 * pixel and clipped, it makes no difference. */
int qpu_av1_itx(QpuBatch *b, const QpuFrame *f, const QpuFrame *res, const QpuAv1Itx *p);

#endif /* QPU_INCLUDE_QPU_AV1_ITX_H */
