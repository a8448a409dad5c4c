/* AV1's deblocking: what the parts share. */

#ifndef DAEDALUS_API_AV1_LF_H
#define DAEDALUS_API_AV1_LF_H

#include "api.h"

/* The edges of a call as the CPU's side takes them, op->extra: for each plane, for vertical and for
 * horizontal edges, a byte for each 4x4 block, row by row. 0: there is none at its left (upper) side. */
#define AV1_LF_LEVEL 63 /* bits of the level; above them: 0: 4 samples, 1: 6 or 8, 2: 14 */
#define AV1_LF_SIZE_SHIFT 6

typedef struct Av1LfMap {
    int cols, rows; /* in blocks */
    size_t at;      /* of the first block */
} Av1LfMap;

static inline Av1LfMap av1_lf_map(const DaedalusFrame *const f, const int plane, const int is_hor) {
    Av1LfMap map = { 0, 0, 0 };
    for (int p = 0; p <= plane; p++) {
        map.cols = frame_cols(f, p) >> 2;
        map.rows = frame_rows(f, p) >> 2;
        map.at += (size_t) map.cols * (size_t) map.rows * (p < plane ? 2 : (size_t) is_hor);
    }
    return map;
}

/* dav1d's functions on a frame, by bit depth: av1_lf_tmpl.c. */
void daedalus_lf_cpu_8bpc(const Op *op, const DaedalusPlanes *host);
void daedalus_lf_cpu_16bpc(const Op *op, const DaedalusPlanes *host);

#endif /* DAEDALUS_API_AV1_LF_H */
