/* What the kernels of VP9's loop filter are given: vp9/lf_map.comp, lf_v.comp,
 * lf_sb.comp, lf_h.comp. */

#ifndef QPU_SHADERS_VP9_LF_H
#define QPU_SHADERS_VP9_LF_H

#include "common/glsl.h"

/* Edges of a superblock, a bit for each 8x8 block of a plane: block x of row y
 * is bit y * 8 + x of two words, lowest word first; of uv, bit y * 4 + x.
 * Masks by size of the filter: 4, 8, 16. A block has at most one of them a
 * direction, and 16 only at multiples of 16 samples. */
struct QpuVp9LfSb {
    uint left[3][2];  /* filter at the block's left edge */
    uint above[3][2]; /* at its upper edge */
    uint inner[2];    /* filter of size 4 in its middle, both directions */
    uint uv[4];       /* the same seven for both chroma planes of 4:2:0, 16 bits
                       * each, lowest first */
    uint level[16];   /* a byte a block; a chroma block of 4:2:0 has that of its
                       * upper left luma block */
};
#define LF_SB_WORDS 34
#define LF_SB_UV    14 /* word of uv */
#define LF_SB_LEVEL 18
/* masks, in order */
#define LF_LEFT  0
#define LF_ABOVE 3
#define LF_INNER 6

/* The map: a word for each 8x8 block of luma and of chroma, made by
 * vp9/lf_map.comp. A chain is a run of edges each of which reads what the one
 * before it changed; its first edge is its head.
 * Size of the filter at the left edge: 0 none, LO 4, HI 8, both 16; likewise at
 * the upper edge. */
#define LF_V_LO    (1u << 0)
#define LF_V_HI    (1u << 8)
#define LF_V_INNER (1u << 16)
#define LF_V_HEAD  (1u << 24) /* a chain starts here that is not of a superblock's left edge */
#define LF_V_NEXT  (1u << 1)  /* the next block's left edge is of this one's chain */
#define LF_H_LO    (1u << 9)
#define LF_H_HI    (1u << 17)
#define LF_H_INNER (1u << 25)
#define LF_H_HEAD  (1u << 2)
#define LF_H_NEXT  (1u << 10) /* the upper edge of the block below */
#define LF_H_LAST  (1u << 18) /* the superblock's last row */
#define LF_LEVEL_SHIFT 26

/* A meeting of two superblocks, for a team of vp9/lf_sb.comp: the right one's column
 * (10 bits; 0: none), its row (10), plane: 0 luma; 1, 2 chroma, with vertical
 * subsampling 1 alone, for both. */
#define LF_MEET_ROW_SHIFT   10
#define LF_MEET_PLANE_SHIFT 20

#define LF_MAP_GROUP 64 /* a workgroup of vp9/lf_map.comp */
#define LF_GROUP     64 /* vp9/lf_v.comp and lf_h.comp */
#define LF_TEAM      32 /* vp9/lf_sb.comp */
#define LF_TEAMS     8  /* of a workgroup, where superblocks wait for those to their left */

/* Of two of a kind the first is luma's, the second chroma's. */
struct QpuVp9LfPush {
    uint org[3];    /* of the planes, in quads: 4 samples */
    uint stride[2];
    uint map[2];    /* first word */
    uint map_stride[2];
    uint cols[2];   /* 8x8 blocks */
    uint rows[2];
    uint first[2];  /* the first row of workgroups of the two chroma planes */
    uint sb_cols;
    uint sb_rows;
    uint ss_hor, ss_ver;
    uint mi_rows;   /* luma's rows of blocks */
    uint sub;       /* lf_map.comp: whether chroma's edges are those of uv */
    uint skip, most; /* lf_sb.comp: words of rounds that were done before, that may be done now */
    uint zero;
    uint limit_shift, limit_max; /* sharpness */
    uint depth;                  /* bits beyond 8 */
    uint flat_limit;             /* LF_FLAT of common/lf.glsl */
    int hi;                      /* LF_HI */
};

#endif /* QPU_SHADERS_VP9_LF_H */
