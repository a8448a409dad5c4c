/* Tables and push constants of the inter prediction kernels, av1/mc*.comp, and
 * the groups that the launch makes of jobs. */

#ifndef QPU_AV1_MC_SHADERS_H
#define QPU_AV1_MC_SHADERS_H

#include "common/glsl.h"

/* A workgroup has MC_GROUP lanes; a lane owns a quad (4 pixels of a row) and some
 * rows of it: MC_ROWS, or twice that where it only copies. The lanes of a job are
 * a power of two: columns of quads, then rows of lanes. */
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
struct QpuAv1McPlane {
    uint org;    /* in words, from the pool's start */
    int w, h;
    uint stride; /* in words; of all references that aren't scaled the same */
};
/* After them, a word each: steps of references, horizontally and vertically. */

/* The library's tables. The filters have MC_N_TAPS rows, the 6 filters by 16
 * positions, of eight taps: first the horizontal ones, 16 bits a tap: integers at
 * 8 bits, else half floats scaled to the intermediate precision; then the vertical
 * ones, half floats, scaled likewise; then the plain integers, a byte each. Then
 * the 64 bytes of OBMC's weights; then the warp filters, eight half floats each.
 * Where they begin, in rows of 16 bytes: */
#define MC_N_TAPS    96
#define MC_TAPS_V    MC_N_TAPS
#define MC_TAPS_BYTE (MC_N_TAPS * 2)
#define MC_OBMC      (MC_N_TAPS * 5 / 2)
#define MC_WARP      (MC_OBMC + 4)
#define MC_N_WARP    193

/* What is added to the intermediate samples of a compound to make them
 * unsigned 16-bit numbers. A row's samples are two words a quad, where the quad is
 * in the pool, counted from tmp_org. */
#define MC_BIAS 24576

struct QpuAv1McPush {
    uint first;      /* group; warps: block */
    uint n_warps;
    uint blend;      /* scaled: with the frame, as OBMC does */
    uint tmp_org;    /* word of the pool where the frame and its samples begin */
    uint tmp_size;   /* quads of a reference's samples */
    uint depth;      /* bits beyond 8 */
    uint ss_hor, ss_ver;
    uint zero;       /* 0, which the compiler doesn't know */
    float round;     /* half a pixel in intermediate precision */
    float range;     /* a little less than 1 << bit depth */
    float unit;      /* 1 / (1 << bit depth) */
};

/* The first word of the frame, in the guard above it. Stores that are not wanted go
 * there, and to as many rows below it as a lane has. */
#define MC_NONE p.tmp_org

struct QpuAv1McExtendPush {
    uint org[3], stride[3]; /* in words */
    int w[3], h[3];
    uint end[2];            /* first lane after the plane's */
};

#endif /* QPU_AV1_MC_SHADERS_H */
