/* Push constants of av1/cdef_dir.comp and av1/cdef.comp, and the words that
 * the first hands to the second. */

#ifndef QPU_AV1_CDEF_H
#define QPU_AV1_CDEF_H

#include "common/glsl.h"

/* An info word says how an 8x8 luma block and the chroma that goes with it are
 * filtered: luma in the low half, chroma in the high one, each
 * primary strength | secondary strength << 8 | direction << 11. The primary
 * strength is that of the bit depth (luma's adjusted to the variance), the
 * secondary one that at 8 bits. Both 0: not filtered. */
#define CDEF_SEC_SHIFT 8
#define CDEF_DIR_SHIFT 11
#define CDEF_STRENGTHS 0x7ffU

/* Blocks of a workgroup of cdef_dir.comp. */
#define CDEF_DIR_GROUP_W 16
#define CDEF_DIR_GROUP_H 4

struct QpuAv1CdefDirPush {
    uint org, stride; /* of luma, in rows of 8 pixels */
    uint w8, h8;
    uint sb64w, mask_stride;
    uint depth;       /* bits beyond 8 */
    uint uv_dirs;     /* chroma's direction for luma's, 4 bits each */
    uint zero;        /* 0, which the compiler doesn't know */
};

/* A workgroup of cdef.comp: where blocks are 8 pixels wide, 32 x 8 pixels, else
 * (subsampled chroma) 16 x 16; 4 columns of blocks in any case. */
#define CDEF_GROUP 64
#define CDEF_GROUP_BLOCKS_W 4

struct QpuAv1CdefPush {
    uint org[3];      /* of the planes, in words */
    uint stride[2];   /* luma, chroma; likewise */
    uint end[2];      /* first row of workgroups after luma's, and after U's */
    uint w8, h8;
    uint ss_hor, ss_ver;
    uint damping;     /* luma's, for the bit depth */
    uint depth;       /* bits beyond 8 */
    uint zero;        /* 0, which the compiler doesn't know */
};

#endif /* QPU_AV1_CDEF_H */
