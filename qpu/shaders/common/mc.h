/* What the launch of inter prediction makes of jobs and frames, for any codec:
 * groups of lanes, the table of planes, and repeating a frame's edges. */

#ifndef QPU_COMMON_MC_SHADERS_H
#define QPU_COMMON_MC_SHADERS_H

#include "common/glsl.h"

/* A workgroup has MC_GROUP lanes; a lane owns a quad (4 pixels of a row) and some
 * rows of it: MC_ROWS or twice that. The lanes of a job are a power of two: columns
 * of quads, then rows of lanes. */
#define MC_GROUP 64
#define MC_ROWS  8

/* Pixels that are extended on the left and on the right of a plane; above and
 * below MC_ROWS. */
#define MC_MARGIN_X 16

/* An entry of the table of groups, two words: the first job; and
 * lanes of a job (log2) | groups before this one in the same job << 4 |
 * number of jobs << 8. */
#define MC_GROUP_Y(lanes_log2, sub, n) \
    ((uint) (lanes_log2) | (uint) (sub) << 4 | (uint) (n) << 8)

/* Entries of the table of planes: reference * 4 + plane. The last reference is
 * the frame that is being predicted, with its size rounded up to blocks. */
#define MC_CURRENT  7
#define MC_N_PLANES 32
struct QpuMcPlane {
    uint org;    /* in words, from the pool's start */
    int w, h;
    uint stride; /* in words; of all references that aren't scaled the same */
};
/* After them, a word each: steps of references, horizontally and vertically. */

struct QpuMcExtendPush {
    uint org[3], stride[3]; /* in words */
    int w[3], h[3];
    uint end[2];            /* first lane after the plane's */
};

#endif /* QPU_COMMON_MC_SHADERS_H */
