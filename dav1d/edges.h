/* Edges for deblocking where a frame is recorded: what upstream's masks and
 * levels say (lf.h is for those), but in bits that one block sets in a few
 * words, and that whole words of are made lists of. */

#ifndef DAEDALUS_DAV1D_EDGES_H
#define DAEDALUS_DAV1D_EDGES_H

#include <stddef.h>
#include <stdint.h>

#include "src/internal.h"

#include "qpu_av1.h"

/* 64x64 luma pixels, a bit for each 4x4 block of a plane, row by row: in a
 * word there are 4 rows of 16 blocks or, where chroma is half as wide, 8 of 8.
 * Of each direction, vertical edges first: whether the block starts an edge;
 * whether its transform is of 8 pixels or more across it; likewise 16 (luma).
 * dav1d_qpu_edges_list() turns these into the edges of each size. */
struct Dav1dQpuEdgeUnit {
    uint64_t y[4][6], uv[4][4];
    uint8_t id[256];        /* of luma's blocks: which levels */
};

/* Levels by id: those of vertical and horizontal edges of luma, of U, of V. */
typedef uint8_t Dav1dQpuEdgeLevels[4][128];

struct Dav1dQpuEdges {
    struct Dav1dQpuEdgeUnit *unit; /* tiles write their own; the blocks reach over the frame's end */
    int stride;             /* units in a row */
    int max_units;
    Dav1dQpuEdgeLevels *levels; /* one for all units, or one each */
    int max_levels;
    int unit_levels;        /* one each */
};

/* Makes room for a frame's. Needs f's dimensions. Returns 0 or a negative errno. */
int dav1d_qpu_edges_begin(struct Dav1dQpuEdges *e, const Dav1dFrameContext *f);
void dav1d_qpu_edges_free(struct Dav1dQpuEdges *e);

/* As dav1d_qpu_lf_edges(), once for a frame, which is completely parsed. */
size_t dav1d_qpu_edges_list(struct Dav1dQpuEdges *e, const Dav1dFrameContext *f, uint32_t *dst,
                            uint32_t n[2][QPU_AV1_N_LF]);

#endif /* DAEDALUS_DAV1D_EDGES_H */
