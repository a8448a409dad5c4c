/* Jobs and push constants of vp9/ipred.comp and ipred_sb.comp. */

#ifndef QPU_SHADERS_VP9_IPRED_H
#define QPU_SHADERS_VP9_IPRED_H

#include "common/ipred.h"

/* What common/ipred.h leaves to the codec. A block is a transform block, square,
 * 4x4 to 32x32.
 *
 * mode: what is read: DC, V, H, Z1 (the row above, further than the block's width
 *      for 4x4), Z2 (both and the corner), Z3 (the column to the left)
 * angle: the prediction mode, one of these numbers, which are upstream's
 * whether there is a row above, a column to the left: and is read
 * arg, arg2: 0 */
#define QPU_VP9_IPRED_DC    0
#define QPU_VP9_IPRED_V     1
#define QPU_VP9_IPRED_H     2
#define QPU_VP9_IPRED_D45   3
#define QPU_VP9_IPRED_D135  4
#define QPU_VP9_IPRED_D117  5
#define QPU_VP9_IPRED_D153  6
#define QPU_VP9_IPRED_D207  7
#define QPU_VP9_IPRED_D63   8
#define QPU_VP9_IPRED_TM    9
#define QPU_VP9_IPRED_MODES 10

/* Modes as bits: those whose edges change places, so that H is V, D153 is D117
 * and D207 is D63 with x and y exchanged; that go to the right, or to the left,
 * on the way down; of which every other row is half a pixel further. */
#define IPRED_MIRRORED 0x0c4
#define IPRED_RISING   0x188
#define IPRED_FALLING  0x070
#define IPRED_HALF     0x1e0
/* By mode, 2 bits each: 1 + how many places a pixel to the right, or down, is
 * further (vp9/ipred_pred.glsl). */
#define IPRED_RIGHT    0xb8e99u
#define IPRED_DOWN     0x6f0a5u

struct QpuVp9IpredPush {
    uint org[3], stride[2]; /* quads (4 pixels); luma's, chroma's stride */
    uint res_org[3], res_stride[2]; /* of the residual's frame */
    uint first, end, n_large, row; /* see common/ipred_level.glsl, ipred_sb.glsl */
    int base;               /* half of what a pixel may be */
    uint zero;              /* 0 */
};

#endif
