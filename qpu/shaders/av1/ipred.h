/* Jobs, tables and push constants of av1/ipred.comp and ipred_sb.comp. */

#ifndef QPU_SHADERS_AV1_IPRED_H
#define QPU_SHADERS_AV1_IPRED_H

#include "common/glsl.h"

/* How a block is predicted. The numbers up to PAETH are upstream's, after the
 * availability of the edges has been looked at; which of the DC modes it is
 * doesn't matter here, the flags say it again. */
#define QPU_AV1_IPRED_DC        0
#define QPU_AV1_IPRED_V         1
#define QPU_AV1_IPRED_H         2
#define QPU_AV1_IPRED_LEFT_DC   3
#define QPU_AV1_IPRED_TOP_DC    4
#define QPU_AV1_IPRED_DC_128    5
#define QPU_AV1_IPRED_Z1        6  /* directional, angle < 90 */
#define QPU_AV1_IPRED_Z2        7
#define QPU_AV1_IPRED_Z3        8  /* > 180 */
#define QPU_AV1_IPRED_SMOOTH    9
#define QPU_AV1_IPRED_SMOOTH_V 10
#define QPU_AV1_IPRED_SMOOTH_H 11
#define QPU_AV1_IPRED_PAETH    12
#define QPU_AV1_IPRED_FILTER   13
#define QPU_AV1_IPRED_PAL      14
#define QPU_AV1_IPRED_CFL      15
#define QPU_AV1_IPRED_KEEP     16  /* what the frame holds, for its residual */
#define QPU_AV1_IPRED_COPY     17  /* intra block copy */
#define QPU_AV1_IPRED_NONE     31  /* the device's own */

/* A block of a plane, 4x4 to 64x64 pixels.
 *
 * pos: x / 4 (12 bits), y / 4 (12), plane (2), log2 of width / 4 (3), of height / 4 (3)
 * how: mode (low 4 bits of 5),
 *      angle (11): degrees, or the filter-intra mode, in the low 9 bits;
 *        512: a neighbour is smooth, 1024: the sequence filters edges;
 *      pixels / 4 of the plane's row above that the block may use, from its
 *        left end on (6), and of the column to its left (6): up to the tile's
 *        end and, where blocks above right or below left are there already,
 *        up to twice the block's width or height, else up to that;
 *      whether there is a row above at all (1), a column to the left (1);
 *      whether to blend with what is there already (1): inter-intra;
 *      whether to add the residual at the end (1);
 *      mode (highest bit)
 * arg: chroma from luma: alpha (8 bits, signed), columns (4) and rows (4) of
 *        4x4 blocks on the right and at the bottom for which there is no luma;
 *      palette: word of the palettes' buffer where the 8 colours start, packed
 *        like pixels;
 *      inter-intra: word of the masks' buffer where the block's mask starts,
 *        a byte (0..64) for each pixel, no gap between rows;
 *      copy: x (16 bits, signed) and y (16) of the source's first pixel
 * arg2: palette: word where the indices start, 4 bits each, no gap between rows;
 *      copy: 1: half a pixel further right, 2: half a pixel further down */
struct QpuAv1IpredJob {
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

#define IPRED_SMOOTH_EDGE 512
#define IPRED_FILTER_EDGE 1024

/* Modes that need the edges, as bits: what is left of the block, above it, and
 * the corner. DC modes take what is there. */
#define IPRED_ANY_DC      0x8039
#define IPRED_NEEDS_LEFT  0x3f84
#define IPRED_NEEDS_TOP   0x3ec2
#define IPRED_NEEDS_CORNER 0x31c0
#define IPRED_ANY_Z       0x01c0
#define IPRED_ANY_SMOOTH  0x0e00
#define IPRED_ANY_KEPT    0xa000 /* filter-intra, chroma from luma */
#define IPRED_READS_LEFT  (IPRED_ANY_DC | IPRED_NEEDS_LEFT)
#define IPRED_READS_TOP   (IPRED_ANY_DC | IPRED_NEEDS_TOP)

/* The tables' buffer, in units of 16 bytes: smooth weights (7.11.2.6) of size n
 * from float n on; 7.11.2.4's steps by half the angle, as words; taps of
 * filter-intra (7.11.2.3), for each mode and each of the 7 inputs those of
 * the 8 outputs as half floats. */
#define IPRED_TABLE_STEPS   32
#define IPRED_TABLE_TAPS    43
#define IPRED_TABLE_SIZE    78

#define IPRED_LARGE      64  /* lanes of a block */
#define IPRED_SMALL      16  /* of one that is up to 16x16 */
#define IPRED_LEVEL_GROUP IPRED_LARGE /* lanes of a workgroup of ipred.comp */
#define IPRED_SB_GROUP   64 /* of ipred_sb.comp; up to 192: fewer passes then, more idle lanes */

/* Words of the groups' buffer of ipred_sb.comp: two for each workgroup, where
 * its passes are in the buffer and how many, then the passes. A pass is a
 * number of jobs that don't depend on each other, large ones first:
 * the first job (24 bits), how many are large (3), how many small (5). */
#define IPRED_PASS_LARGE_SHIFT 24
#define IPRED_PASS_SMALL_SHIFT 27

struct QpuAv1IpredPush {
    uint org[3], stride[2]; /* quads (4 pixels); luma's, chroma's stride */
    uint res_org[3], res_stride[2]; /* of the residual's frame */
    int last_x[2], last_y[2]; /* pixels: where what copies may read ends */
    uint first, end;        /* ipred: jobs of the level, large ones first; sb: workgroups */
    uint n_large;
    uint row;               /* workgroups in x */
    uint ss_hor, ss_ver;
    float pixel_max;
    uint zero;              /* 0 */
};

#endif
