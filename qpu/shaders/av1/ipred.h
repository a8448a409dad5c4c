/* Jobs, tables and push constants of av1/ipred.comp and ipred_sb.comp. */

#ifndef QPU_SHADERS_AV1_IPRED_H
#define QPU_SHADERS_AV1_IPRED_H

#include "common/ipred.h"

/* What common/ipred.h leaves to the codec. The modes up to PAETH have upstream's
 * numbers, after the availability of the edges has been looked at.
 *
 * angle: degrees, or the filter-intra mode, in the low 9 bits; then these flags:
 *      a neighbour is smooth; the sequence filters edges
 * blend: inter-intra
 * arg: chroma from luma: alpha (8 bits, signed);
 *      palette: word of the palettes' buffer where the 8 colours start, packed
 *        like pixels;
 *      inter-intra: word of the masks' buffer where the block's mask starts,
 *        a byte (0..64) for each pixel, no gap between rows
 * arg2: palette: word where the indices start, 4 bits each, no gap between rows */
#define IPRED_SMOOTH_EDGE 512
#define IPRED_FILTER_EDGE 1024

/* Modes as bits, see common/ipred.h. */
#define IPRED_ANY_Z       0x01c0
#define IPRED_ANY_SMOOTH  0x0e00
#define IPRED_ANY_KEPT    0xa000 /* filter-intra, chroma from luma */

/* The tables' buffer, in units of 16 bytes: smooth weights (7.11.2.6) of size n
 * from float n on; 7.11.2.4's steps by half the angle, as words; taps of
 * filter-intra (7.11.2.3), for each mode and each of the 7 inputs those of
 * the 8 outputs as half floats. */
#define IPRED_TABLE_STEPS   32
#define IPRED_TABLE_TAPS    43
#define IPRED_TABLE_SIZE    78

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
