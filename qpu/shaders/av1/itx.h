/* Jobs and push constants of av1/itx*.comp. */

#ifndef QPU_AV1_ITX_H
#define QPU_AV1_ITX_H

#include "common/glsl.h"

/* A transform block. Coefficients lie in scan order, the first one at word
 * `coefs` of their buffer: 16 bits each at 8 bits a pixel, else 32. After the
 * last one that isn't zero (number eob) there is at least one zero. */
struct QpuAv1ItxJob {
    uint pos;   /* QPU_AV1_ITX_POS() */
    uint how;   /* QPU_AV1_ITX_HOW() */
    uint coefs;
    int dc;     /* jobs with nothing else: the only coefficient, dequantised */
};

/* x4, y4: the block's place in its plane in units of 4 pixels, below 4096. */
#define QPU_AV1_ITX_POS(x4, y4, plane) \
    ((uint)(x4) | (uint)(y4) << 12 | (uint)(plane) << 24)

/* In pos: the residual is not added to the pixels, but stored. */
#define QPU_AV1_ITX_STORE (4U << 24)

/* One-dimensional transforms */
#define ITX_DCT      0
#define ITX_ADST     1
#define ITX_FLIPADST 2
#define ITX_IDENTITY 3

/* Order of the coefficients: upstream's table, by columns, by rows */
#define ITX_CLASS_2D 0
#define ITX_CLASS_H  1
#define ITX_CLASS_V  2

/* Transforms of rows and columns, class, whether it is Walsh-Hadamard's, size
 * (log2 - 2), number of the last coefficient */
#define QPU_AV1_ITX_HOW(row, col, order, wht, lw, lh, eob) \
    ((uint)(row) | (uint)(col) << 2 | (uint)(order) << 4 | (uint)(wht) << 6 | \
     (uint)(lw) << 8 | (uint)(lh) << 11 | (uint)(eob) << 16)

#define ITX_GROUP 64

#define ITX_LISTS 5
/* log2 of width and height, shift after the rows, whether one side is twice
 * the other, where the size's tables start (in units of 8 entries) */
#define ITX_INFO(lw, lh, shift, rect, table) \
    ((lw) | (lh) << 4 | (shift) << 8 | (rect) << 10 | (table) << 16)

/* Sizes whose shift is 1, and 2: bit lw * 5 + lh (log2 - 2) */
#define ITX_SHIFT_1 0x08a2cc4U
#define ITX_SHIFT_2 0x1455100U
#define ITX_SHIFT(lw, lh) \
    ((ITX_SHIFT_1 >> ((lw) * 5 + (lh)) & 1U) + (ITX_SHIFT_2 >> ((lw) * 5 + (lh)) & 1U) * 2U)

/* Columns of an invocation: what it stores at once, an element, is as many
 * pixels. Many rows leave room for few columns, and 12 bits don't allow to
 * keep two values in a word. */
#define ITX_COLS(depth, log2_h) ((depth) == 12 || (log2_h) > 4 ? 1 : (log2_h) > 3 ? 2 : 4)

struct QpuAv1ItxPush {
    /* Jobs of one size are neighbours: the first one, their number, ITX_INFO().
     * There is one in the last list at least. itx_dc.comp: those of one width;
     * info is the first workgroup that has them. */
    uint first[ITX_LISTS], n[ITX_LISTS], info[ITX_LISTS];
    /* of the planes of dst, and from number 4 on of res, in elements */
    uint org[7], stride[7];
    uint zero;   /* 0, which the compiler doesn't know */
};

#endif /* QPU_AV1_ITX_H */
