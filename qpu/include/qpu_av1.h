/* AV1 kernels: what a launch needs, in the device's terms. Nothing here
 * knows a decoder. All launches are recorded into a batch; nothing runs
 * before qpu_batch_submit(). Each function puts the barriers it needs between
 * its own launches and one after its last.
 * Section numbers are those of the AV1 specification. */

#ifndef QPU_AV1_H
#define QPU_AV1_H

#include "qpu.h"

/* ---- deblocking, 7.14, in place ---- */

/* An edge segment: 4 samples along the edge. x4 and y4 say which 4x4 block of
 * its plane starts at the edge (the block right of or below it). */
#define QPU_AV1_EDGE(x4, y4, plane, level) \
    ((uint32_t)(x4) | (uint32_t)(y4) << 12 | (uint32_t)(plane) << 24 | (uint32_t)(level) << 26)

enum { QPU_AV1_LF_4, QPU_AV1_LF_6, QPU_AV1_LF_8, QPU_AV1_LF_14, QPU_AV1_N_LF };

typedef struct QpuAv1Lf {
    /* uint32_t edges[]: all vertical ones by size 4, 6, 8, 14, then all
     * horizontal ones likewise, with no gap between the lists. Size 6 is
     * chroma's; 8 and 14 are luma's. Levels are 1 to 63. */
    QpuRange edges;
    uint32_t n[2 /* vertical, horizontal */][QPU_AV1_N_LF];
    int sharpness; /* 0..7 */
} QpuAv1Lf;
int qpu_av1_lf(QpuBatch *b, const QpuFrame *f, const QpuAv1Lf *p);

/* ---- constrained directional enhancement, 7.15 ---- */

/* Strengths of a 64x64 block at 8 bits: primary 0..15, secondary 0, 1, 2, 4. */
#define QPU_AV1_CDEF(y_pri, y_sec, uv_pri, uv_sec) \
    ((uint32_t)(y_pri) | (uint32_t)(y_sec) << 4 | (uint32_t)(uv_pri) << 8 | \
     (uint32_t)(uv_sec) << 12 | 1U << 31)

typedef struct QpuAv1Cdef {
    QpuRange params; /* uint32_t[][sb64w]: QPU_AV1_CDEF(), or 0: not filtered */
    QpuRange mask;   /* uint32_t[h8][mask_stride]: bit x & 31 of word x >> 5 is
                      * set where 8x8 block x of the row may be filtered */
    int sb64w, mask_stride;
    int w8, h8;      /* size of the frame in 8x8 luma blocks */
    int damping;     /* 3..6, luma's at 8 bits */
    int planes;      /* bit 0: luma, bit 1: both chroma planes; the other
                      * planes of dst are left as they are */
} QpuAv1Cdef;
/* Writes all pixels of the chosen planes of dst (w8 * 8 columns, h8 * 8 rows
 * of luma); same geometry as src. */
int qpu_av1_cdef(QpuBatch *b, const QpuFrame *src, const QpuFrame *dst,
                 const QpuAv1Cdef *p);

/* ---- super-resolution, 7.16 ---- */

typedef struct QpuAv1Sr {
    QpuRange filter;              /* int8_t[64][8]: minus the taps of 7.16 */
    int step[2], start[2];        /* luma, chroma; 14 fractional bits */
    int src_w[2];                 /* columns that may be read: the last one
                                   * is repeated to the right */
} QpuAv1Sr;
/* Scales src to dst (widths from the frames, dst's rows), and, in the same
 * launch, src2 to dst2 when they aren't NULL (the deblocked frame, which loop
 * restoration reads around its stripes). */
int qpu_av1_sr(QpuBatch *b, const QpuFrame *src, const QpuFrame *dst,
               const QpuFrame *src2, const QpuFrame *dst2, const QpuAv1Sr *p);

/* ---- loop restoration, 7.17 ---- */

enum { QPU_AV1_LR_NONE, QPU_AV1_LR_WIENER, QPU_AV1_LR_SGR };
typedef struct QpuAv1LrUnit {
    uint8_t type;
    uint8_t sgr_set;    /* 0..15 */
    int8_t filter_h[3]; /* taps 0..2, at 7 fractional bits; the middle one
                         * makes the sum 128 */
    int8_t filter_v[3];
    int8_t sgr_w[2];    /* w0 and w1 of 7.17.3 as coded (lr_sgr_xqd) */
} QpuAv1LrUnit;

typedef struct QpuAv1Lr {
    const uint16_t (*sgr_params)[2]; /* [16]: s0, s1 of a set, 0: no such pass */
    struct {
        const QpuAv1LrUnit *units; /* [rows][cols], CPU memory, read during
                                    * the call; NULL: plane not restored */
        int size_log2;             /* of a unit, in the plane's pixels */
        int cols, rows;            /* the last ones take what is left */
    } plane[3];
} QpuAv1Lr;
/* src: after CDEF and super-resolution; dbl: deblocked (and upscaled) frame,
 * read only in the 2 rows above and 2 below each stripe of 64 luma rows. Writes
 * all w x h pixels of the planes that have units to dst (units of type none
 * are copied), leaves other planes alone. All three have the same geometry;
 * dst may be neither of the others. */
int qpu_av1_lr(QpuBatch *b, const QpuFrame *src, const QpuFrame *dbl,
               const QpuFrame *dst, const QpuAv1Lr *p);

#endif /* QPU_AV1_H */
