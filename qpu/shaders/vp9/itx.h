/* Jobs and push constants of vp9/itx*.comp. */

#ifndef QPU_VP9_ITX_H
#define QPU_VP9_ITX_H

#include "common/glsl.h"

/* A transform block. Coefficients lie in scan order, the first one at word
 * `coefs` of their buffer: 16 bits each at 8 bits a pixel, else 32. After the
 * last one that was decoded there is at least one zero. */
struct QpuVp9ItxJob {
    uint pos;   /* QPU_VP9_ITX_POS() */
    uint how;   /* QPU_VP9_ITX_HOW() */
    uint coefs; /* even */
    int dc;     /* jobs with nothing else: the residual of all pixels */
};

/* x4, y4: the block's place in its plane in units of 4 pixels, below 4096. */
#define QPU_VP9_ITX_POS(x4, y4, plane) \
    ((uint)(x4) | (uint)(y4) << 12 | (uint)(plane) << 24)

/* In pos: the residual is not added to the pixels, but stored. */
#define QPU_VP9_ITX_STORE (4U << 24)

/* One-dimensional transforms */
#define ITX_DCT  0
#define ITX_ADST 1
#define ITX_WHT  2 /* rows and columns, 4x4 only */

/* Order of the coefficients: upstream's scans */
#define ITX_SCAN_DEFAULT 0
#define ITX_SCAN_ROW     1
#define ITX_SCAN_COL     2

/* Transforms of rows and of columns, scan, size (log2 - 2, where the width and the
 * height are looked for), number of the last coefficient */
#define QPU_VP9_ITX_HOW(row, col, order, tx, last) \
    ((uint)(row) | (uint)(col) << 2 | (uint)(order) << 4 | \
     (uint)(tx) << 8 | (uint)(tx) << 11 | (uint)(last) << 16)

/* In how: there is no transform to be done, each pixel's residual is given. */
#define QPU_VP9_ITX_GIVEN 64U

#define ITX_GROUP 64

#define ITX_LISTS 4

/* Columns of an invocation: many rows leave room for few, 12 bits for half as many. With
 * large coefficients it is one. */
#define ITX_COLS(depth, log2) ((log2) > 4 ? 1 : ((log2) > 3 ? 2 : 4) >> ((depth) == 12 ? 1 : 0))

struct QpuVp9ItxPush {
    /* The first job and the number of jobs; itx_dc.comp: of each size. info: from
     * bit 16 on where the size's tables start (in units of 8 entries);
     * itx_dc.comp: the first workgroup that has jobs of the size. */
    uint first[ITX_LISTS], n[ITX_LISTS], info[ITX_LISTS];
    /* of the planes of dst, and from number 4 on of res, in elements */
    uint org[7], stride[7];
    uint zero;   /* 0, which the compiler doesn't know */
};

#endif /* QPU_VP9_ITX_H */
