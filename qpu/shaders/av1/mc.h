/* Tables and push constants of the inter prediction kernels, av1/mc*.comp. */

#ifndef QPU_AV1_MC_SHADERS_H
#define QPU_AV1_MC_SHADERS_H

#include "common/mc.h"

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

#endif /* QPU_AV1_MC_SHADERS_H */
