/* Tables and push constants of the inter prediction kernels, vp9/mc*.comp. */

#ifndef QPU_VP9_MC_SHADERS_H
#define QPU_VP9_MC_SHADERS_H

#include "common/mc.h"

/* Rows that a lane owns. */
#define MC_LANE_ROWS (2 * MC_ROWS)

/* The table of taps has a row of eight half floats for each of 4 filters by 16
 * positions: the taps over 1 << MC_TAPS_SHIFT, which keeps them out of the subnormal
 * numbers. They add up to 128. */
#define MC_N_TAPS     64
#define MC_TAPS_SHIFT 14

struct QpuVp9McPush {
    uint first; /* group */
    uint none;  /* the first word of the frame, in the guard above it: stores that are
                 * not wanted go there, and to as many rows below it as a lane has */
    uint zero;  /* 0, which the compiler doesn't know */
    float range; /* a little less than 1 << bit depth */
    float unit;  /* 128 / (1 << bit depth) */
};
#define MC_NONE p.none

#endif /* QPU_VP9_MC_SHADERS_H */
