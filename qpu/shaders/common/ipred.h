/* Jobs of intra prediction and the order they run in, of any codec: what
 * the plan (qpu_ipred.h) and the shaders have to know. */

#ifndef QPU_SHADERS_COMMON_IPRED_H
#define QPU_SHADERS_COMMON_IPRED_H

#include "common/glsl.h"

/* How a block is predicted, and so what it reads. A codec that has two modes
 * that read the same may tell them apart by the angle, and need not have all
 * modes. Which of the DC modes it is doesn't matter, the flags say it again. */
#define QPU_IPRED_DC        0
#define QPU_IPRED_V         1
#define QPU_IPRED_H         2
#define QPU_IPRED_LEFT_DC   3
#define QPU_IPRED_TOP_DC    4
#define QPU_IPRED_DC_128    5
#define QPU_IPRED_Z1        6  /* directional, angle < 90 */
#define QPU_IPRED_Z2        7
#define QPU_IPRED_Z3        8  /* > 180 */
#define QPU_IPRED_SMOOTH    9
#define QPU_IPRED_SMOOTH_V 10
#define QPU_IPRED_SMOOTH_H 11
#define QPU_IPRED_PAETH    12
#define QPU_IPRED_FILTER   13
#define QPU_IPRED_PAL      14
#define QPU_IPRED_CFL      15
#define QPU_IPRED_KEEP     16  /* what the frame holds, for its residual */
#define QPU_IPRED_COPY     17  /* intra block copy */
#define QPU_IPRED_NONE     31  /* the device's own */

/* A block of a plane, 4x4 to 64x64 pixels.
 *
 * pos: x / 4 (12 bits), y / 4 (12), plane (2), log2 of width / 4 (3), of height / 4 (3)
 * how: mode (low 4 bits of 5),
 *      angle (11): the codec's own, see there;
 *      pixels / 4 of the plane's row above that the block may use, from its
 *        left end on (6), and of the column to its left (6): up to the tile's
 *        or frame's end and, where blocks above right or below left are there
 *        already, up to twice the block's width or height, else up to that;
 *      whether there is a row above at all (1), a column to the left (1);
 *      whether to blend with what is there already (1);
 *      whether to add the residual at the end (1);
 *      mode (highest bit)
 * arg: chroma from luma: the codec's own (8 bits), columns (4) and rows (4) of
 *        4x4 blocks on the right and at the bottom for which there is no luma;
 *      copy: x (16 bits, signed) and y (16) of the source's first pixel;
 *      else the codec's own
 * arg2: copy: 1: half a pixel further right, 2: half a pixel further down;
 *      else the codec's own */
struct QpuIpredJob {
    uint pos, how, arg, arg2;
};
#define IPRED_Y4_SHIFT      12
#define IPRED_PLANE_SHIFT   24
#define IPRED_LW_SHIFT      26
#define IPRED_LH_SHIFT      29
#define IPRED_ANGLE_SHIFT    4
#define IPRED_TOP_SHIFT     15
#define IPRED_LEFT_SHIFT    21
#define IPRED_HAVE_TOP_BIT  27
#define IPRED_HAVE_LEFT_BIT 28
#define IPRED_BLEND_BIT     29
#define IPRED_RESIDUAL_BIT  30
#define IPRED_MODE_BIT      31

/* Modes as bits: those that read the column to the left, the row above, the
 * corner between them. DC modes take what is there. */
#define IPRED_ANY_DC      0x8039
#define IPRED_NEEDS_LEFT  0x3f84
#define IPRED_NEEDS_TOP   0x3ec2
#define IPRED_NEEDS_CORNER 0x31c0
#define IPRED_READS_LEFT  (IPRED_ANY_DC | IPRED_NEEDS_LEFT)
#define IPRED_READS_TOP   (IPRED_ANY_DC | IPRED_NEEDS_TOP)

#define IPRED_LARGE      64  /* lanes of a block */
#define IPRED_SMALL      16  /* of one that is up to 16x16 */
#define IPRED_LEVEL_GROUP IPRED_LARGE /* lanes of a workgroup by levels */
#define IPRED_SB_GROUP   64 /* by superblocks; up to 192: fewer passes then, more idle lanes */

/* Words of the groups' buffer of ipred_sb.glsl: two for each workgroup, where
 * its passes are in the buffer and how many, then the passes. A pass is a
 * number of jobs that don't depend on each other, large ones first:
 * the first job (24 bits), how many are large (3), how many small (5). */
#define IPRED_PASS_LARGE_SHIFT 24
#define IPRED_PASS_SMALL_SHIFT 27

#endif
