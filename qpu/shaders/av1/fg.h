/* Push constants of av1/fg.comp, and the tables that it looks things up in. */

#ifndef QPU_SHADERS_AV1_FG_H
#define QPU_SHADERS_AV1_FG_H

#include "common/glsl.h"

/* Grain lies in rows of FG_PITCH halves. The first row is the first that a
 * block may start in, and so is the first column. A row holds the same grain
 * 1 << FG_COPIES_LOG2 times, copy c from column c << FG_STEP_LOG2 on: a block
 * of 32 columns starts at an even column, a subsampled one of 16 columns
 * anywhere, but always at a multiple of four in one of the copies. */
#define FG_PITCH           128
#define FG_COPIES_LOG2(ss) (1 + (ss))
#define FG_STEP_LOG2(ss)   (1 - (ss))
#define FG_COPY_W(ss)      (64 >> (ss))

/* A workgroup: lanes side by side and under each other, see fg.comp. */
#define FG_GROUP_W 16
#define FG_GROUP_H 4
#define FG_ROWS    8 /* of a block, that a lane owns */

/* Random numbers, a byte each: the block's own, and those of the blocks on its
 * left, above it, and above that on its left. */
#define FG_RANDOM(own, left, up, up_left) \
    ((uint) (own) | (uint) (left) << 8 | (uint) (up) << 16 | (uint) (up_left) << 24)

/* What fg.comp's floats have added to a pixel. */
#define FG_BIAS(is_8bit) ((is_8bit) ? 512 : 0)

/* The luma column in the last block that stands for the one after it, too,
 * where chroma takes the mean of two; FG_EVEN: there is none. */
#define FG_FLAGS(overlap, ss_ver, odd) ((uint) (overlap) | (uint) (ss_ver) << 1 | (uint) (odd) << 2)
#define FG_EVEN 32

struct QpuAv1FgPush {
    uint org[3];        /* of the planes, in units of 8 pixels */
    uint stride[2];     /* luma, chroma; likewise */
    uint end[4];        /* rows of lanes: see fg.comp */
    uint rows[2];       /* of a plane */
    uint blocks_w;
    uint blocks;        /* the blocks' random numbers, in words of the tables */
    uint grain[3];      /* units of 4 halves */
    uint flags;
    uint pixel_max;
    uint zero;          /* 0, which the compiler doesn't know */
    float grain_max;
    float lo, hi[2];    /* of results; hi for luma, chroma, and 1/2 more */
    float luma_mult[2], mult[2], offset[2]; /* U, V: make an index in lut .. */
    float lut[2], lut_size; /* .. and lut_size more: the scaling function, in
                             * halves. Luma's lies at 0 */
};

#endif
