/* VP9's loop filter on the device, in place. Nothing here knows a decoder.
 *
 * VP9 filters superblock by superblock in raster order, in each all vertical
 * edges, then all horizontal ones. What comes of it depends on that order only
 * at a superblock's left edge: there the last 8 columns of the superblock to
 * the left are filtered horizontally before, and so is what depends on that
 * edge, since edges 4 samples apart read what the one before changed. Mostly such
 * a chain ends in its superblock; one that doesn't is a crossing, and then the
 * superblock to its right waits for it. */

#ifndef QPU_INCLUDE_QPU_VP9_LF_H
#define QPU_INCLUDE_QPU_VP9_LF_H

#include <string.h>

#include "qpu.h"
#include "vp9/lf.h"

/* ---- input ---- */

/* A superblock's masks, for luma and, with 4:2:0, chroma: bits as in struct
 * QpuVp9LfSb, by size of filter 4, 8, 16; cut off at the frame's end, and what
 * is at its left edge left out. dst may be write-only memory; levels: 64 bytes,
 * one a block, row by row. */
static inline void qpu_vp9_lf_sb(struct QpuVp9LfSb *const dst,
                                 const uint64_t left_y[3], const uint64_t above_y[3], const uint64_t inner_y,
                                 const uint16_t left_uv[3], const uint16_t above_uv[3], const uint16_t inner_uv,
                                 const uint8_t levels[64])
{
    const uint16_t uv[8] = {
        left_uv[0], left_uv[1], left_uv[2], above_uv[0], above_uv[1], above_uv[2], inner_uv, 0,
    };
    memcpy(dst->left, left_y, sizeof(dst->left));
    memcpy(dst->above, above_y, sizeof(dst->above));
    memcpy(dst->inner, &inner_y, sizeof(dst->inner));
    memcpy(dst->uv, uv, sizeof(dst->uv));
    memcpy(dst->level, levels, sizeof(dst->level));
}

/* Whether a chain from the superblock's left edge gets to the last 8 columns, from
 * masks of filters of size 4 and 8 at left edges and of inner edges: a row of
 * which all bits are set but the last block's inner one. Luma (and chroma that
 * has no less columns), chroma with 4 columns and 8 rows, and that of 4:2:0. */
#define QPU_VP9_LF_CROSS_Y  1
#define QPU_VP9_LF_CROSS_UV 2

static inline int qpu_vp9_lf_cross8(const uint64_t left4, const uint64_t left8, const uint64_t inner) {
    /* a byte that is 0 where the row is full */
    const uint64_t x = ~((left4 | left8) & (inner | 0x8080808080808080ULL));
    return ((x - 0x0101010101010101ULL) & ~x & 0x8080808080808080ULL) != 0;
}

static inline int qpu_vp9_lf_cross4(const uint64_t left4, const uint64_t left8, const uint64_t inner) {
    return qpu_vp9_lf_cross8(left4 | 0xf0f0f0f0f0f0f0f0ULL, left8, inner | 0xf8f8f8f8f8f8f8f8ULL);
}

static inline int qpu_vp9_lf_cross_uv(const unsigned left4, const unsigned left8, const unsigned inner) {
    const unsigned x = ~((left4 | left8) & (inner | 0x8888)) & 0xffff;
    return ((x - 0x1111) & ~x & 0x8888) != 0;
}

/* A block's part of the chroma masks of 4:2:2 and 4:4:0, both planes: dst is zero
 * before a superblock's first one, and read: ordinary memory. row, col: of the 8x8 luma block in the
 * superblock, multiples of 1 << ss_ver, 1 << ss_hor; w8, h8: size of the
 * prediction block that it is in, in 8x8 luma blocks, not less than 1; large: it
 * is larger than 4 luma samples wide (1), high (2); tx: log2 of the chroma
 * transform's size / 4; skip: an inter block without coefficients; level: 0: no
 * edges; last_col, last_row: whether it is in the frame's last column or row of
 * 8x8 luma blocks. */
typedef struct QpuVp9LfBlock {
    int row, col;
    int w8, h8, large;
    int tx, skip, level;
    int last_col, last_row;
} QpuVp9LfBlock;
void qpu_vp9_lf_chroma(struct QpuVp9LfSb *dst, const QpuVp9LfBlock *b, int ss_hor, int ss_ver);

/* ---- launch ---- */

typedef struct QpuVp9Lf {
    /* struct QpuVp9LfSb[]: superblocks of the frame, row by row; with 4:2:2 and
     * 4:4:0 then all of them again, for chroma (qpu_vp9_lf_chroma()). In 4:4:4
     * luma's edges are chroma's too. */
    QpuRange sb;
    /* [] of superblocks, in ordinary memory, read during the call: QPU_VP9_LF_CROSS_*;
     * NULL: no crossings. With 4:4:4 the flag of chroma doesn't matter. */
    const uint8_t *cross;
    int sharpness; /* 0..7 */
} QpuVp9Lf;

/* Launches of a frame's filter into a batch: 4, one more for each 1000 superblocks or so
 * that have crossings; a barrier follows the last one.
 * Filters samples up to the frame's size rounded up to 8 luma samples; in the
 * guard around it anything may be changed. -EINVAL: sizes that don't fit. */
int qpu_vp9_lf(QpuBatch *b, const QpuFrame *f, const QpuVp9Lf *p);

#endif /* QPU_INCLUDE_QPU_VP9_LF_H */
