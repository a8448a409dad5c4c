/* Launch parameters of the loop restoration kernels. A quad is 4 pixels side
 * by side: a word of 8-bit pixels, two words of deeper ones. A segment is 32
 * rows of a plane, which are a stripe or half of one: segment i starts at row
 * 32 * i - off. */

#ifndef QPU_SHADERS_AV1_LR_H
#define QPU_SHADERS_AV1_LR_H

#include "common/glsl.h"

#define LR_LANES    16  /* quads of a workgroup, side by side */
#define LR_SEG_LOG2 5
#define LR_SEG      32  /* rows of a segment */
#define LR_ROWS5    17  /* of A and B in a segment: rows -1, 1, .. 31 */
#define LR_ROWS3    34  /* rows -1 to 32 */

struct QpuAv1LrPlane {
    uint org, stride;   /* quads */
    int w, h;
    int off;            /* rows that the first stripe is short of */
    int stripe_log2;
    uint pad[2];
};

/* coef: Wiener: taps 0..3 horizontally, then vertically.
 * Self-guided: s0, s1 and the weights of the 5x5 and 3x3 parts. */
struct QpuAv1LrCoefs {
    int coef[8];
};

/* quads x rows of one unit: a tile has at most LR_LANES quads, a strip all of
 * the unit's in its segment. */
struct QpuAv1LrJob {
    uint pos;   /* first quad | segment << 13 | plane << 23 */
    uint unit;
    uint quads;
    uint ab;    /* strip: number of its first lane of A and B, which is the
                 * quad before the first; tile: that of its first quad */
};
#define LR_POS(quad, seg, plane) ((quad) | (seg) << 13 | (plane) << 23)

struct QpuAv1LrPush {
    uint n;         /* tiles or batches */
    uint passes;    /* A and B: bit 0: 3x3, bit 1: 5x5 */
    uint first;     /* 3x3: tile to start with */
    uint n_5;       /* 5x5: number of tiles, the first ones, with no 3x3 part;
                     * 3x3: number of tiles, the first ones, with a 5x5 part */
    uint zero;      /* is 0; the compiler can't know */
    int bit_depth;
    int pixel_max;
    float round_h, min_h, max_h, round_v;
};

#endif
