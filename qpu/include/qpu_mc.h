/* Inter prediction, what all codecs share: what jobs look like, and references, which
 * have their edges repeated around them. */

#ifndef QPU_MC_H
#define QPU_MC_H

#include "qpu.h"

/* What jobs begin with. First pixel of the block in its plane, 0..16383 each. */
#define QPU_MC_DST(x, y, plane) \
    ((uint32_t) (x) | (uint32_t) (y) << 14 | (uint32_t) (plane) << 28)
/* The pixel of the reference (integer part) that the first one is predicted
 * from, not clamped, -32768..32767 each. */
#define QPU_MC_SRC(x, y) (((uint32_t) (x) & 0xffff) | (uint32_t) (y) << 16)
/* w_log2 2..7 (1 where the codec has such blocks), h 2..128, ref 0..6, and rows of the
 * table of taps, 0..127. */
#define QPU_MC_HOW(w_log2, h, ref, taps_h, taps_v) \
    ((uint32_t) (w_log2) | (uint32_t) ((h) - 1) << 3 | (uint32_t) (ref) << 10 | \
     (uint32_t) (taps_h) << 13 | (uint32_t) (taps_v) << 20)

/* Repeats the edges of a finished frame around its planes, 16 columns and 8 rows,
 * so that it can be a reference. Overwrites columns right of the planes' width and
 * rows below their height. Launches after this see it. */
int qpu_mc_extend(QpuBatch *b, const QpuFrame *f);

#endif /* QPU_MC_H */
