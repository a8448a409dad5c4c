/* VP9 inter prediction of a frame: jobs that a recorder writes, and the launch of their
 * kernels. Nothing runs before qpu_batch_submit().
 *
 * All frames are parts of one range, the pool, so that any may be a reference.
 * References are read up to 16 columns and 8 rows outside their planes, which
 * must repeat the planes' edges: see qpu_mc_extend(). The frame that is
 * predicted is written in whole blocks, up to its size rounded up to 8 luma pixels;
 * what of a block lies beyond that is left out. Its guard is written, too.
 *
 * Pixels come out as from upstream's decoder (dec_build_inter_predictors() with the C
 * functions), everywhere up to the size rounded up to 8 luma pixels. That decoder copies
 * what of a reference a block and its taps need into a buffer, the edges repeated, when
 * the block does not lie inside the reference's cropped plane (y_crop_width, ...), for
 * scaled references, too: the copy always holds all that is read, so the result is that of
 * clamping each coordinate to the cropped plane. The one exception are blocks without
 * motion in planes whose width and height are multiples of 8, which it reads
 * in place: of those, only what lies beyond the frame can differ.
 *
 * At most 8 dispatches a frame in 2 steps, 10 with scaled references; more only for
 * frames beyond some 40 million pixels. */

#ifndef QPU_VP9_MC_H
#define QPU_VP9_MC_H

#include "qpu_mc.h"

/* ---- jobs: a block of a plane and a reference each ---- */

/* Written by qpu_vp9_mc_job() and qpu_vp9_mc_scaled_job(). A block is 4 to 64 pixels wide
 * and high, powers of two, and at multiples of 4 pixels. A compound is a job for the first
 * reference, and another one, of an AVG kind, for the second: the average does not
 * depend on which is which. */
typedef struct QpuVp9McJob {
    uint32_t dst; /* QPU_MC_DST() */
    uint32_t src; /* QPU_MC_SRC(); scaled: column in 1/16 pixel, signed */
    uint32_t how; /* QPU_MC_HOW(); ref 0..2; rows of taps: filter * 16 + position, which is
                   * 0 in scaled ones */
    uint32_t arg; /* scaled: row in 1/16 pixel, signed; else not read */
} QpuVp9McJob;

enum { /* upstream's interp_filter */
    QPU_VP9_MC_REGULAR, QPU_VP9_MC_SMOOTH, QPU_VP9_MC_SHARP, QPU_VP9_MC_BILINEAR
};

/* Kinds of jobs. QPU_VP9_MC_AVG + a kind is what averages with the frame; all of those
 * run after all others, else there is no order. BOTH does what COPY, HOR, and VER do, too. */
enum {
    QPU_VP9_MC_COPY,   /* whole positions */
    QPU_VP9_MC_HOR,    /* whole vertically */
    QPU_VP9_MC_VER,    /* whole horizontally */
    QPU_VP9_MC_BOTH,
    QPU_VP9_MC_SCALED, /* the reference's scale isn't 1 << 14 in both directions */
    QPU_VP9_MC_AVG,
    QPU_VP9_MC_N = 2 * QPU_VP9_MC_AVG
};

/* Jobs of a kind are sorted by class. */
#define QPU_VP9_MC_CLASSES 21
static inline int qpu_vp9_mc_class(const int w_log2, const int h_log2) {
    return (w_log2 - 2 + (h_log2 > 4 ? h_log2 - 4 : 0)) * 3 + (h_log2 > 4 ? 2 : h_log2 - 2);
}

/* The job for a block whose first pixel is (x, y) of its plane, of a reference that is not
 * scaled. mv: in 1/16 pixel of the plane, which is upstream's times 1 << (1 - subsampling),
 * not clamped. Returns the kind, less QPU_VP9_MC_AVG. */
static inline int qpu_vp9_mc_job(QpuVp9McJob *const job, const int plane, const int x, const int y,
                                 const int w_log2, const int h_log2, const int ref, const int filter,
                                 const int mv_x, const int mv_y)
{
    const int fx = mv_x & 15, fy = mv_y & 15;
    *job = (QpuVp9McJob) {
        .dst = QPU_MC_DST(x, y, plane),
        .src = QPU_MC_SRC(x + (mv_x >> 4), y + (mv_y >> 4)),
        .how = QPU_MC_HOW(w_log2, 1 << h_log2, ref, filter * 16 + fx, filter * 16 + fy),
    };
    return !!fx * QPU_VP9_MC_HOR + !!fy * QPU_VP9_MC_VER;
}

/* A direction of a scaled reference's job, from upstream's numbers. */
typedef struct QpuVp9McScaled {
    int scale;      /* x_scale_fp or y_scale_fp */
    int ss;         /* the plane's subsampling */
    int to_edge[2]; /* mb_to_left_edge and mb_to_right_edge, or top and bottom */
    int size;       /* of all of the block (sub-8x8: of 8x8) in the plane, in pixels: 4 * n4_w
                     * or n4_h */
    int luma;       /* where it begins in luma, in pixels: mi_x or mi_y */
    int off;        /* sub-8x8: of this 4x4 block in it, in pixels of the plane; else 0 */
    int mv;         /* of the block, col or row; sub-8x8: average_split_mvs() */
} QpuVp9McScaled;

/* Where the first pixel is predicted from, in 1/16 pixel of the reference. */
static inline int qpu_vp9_mc_scaled_pos(const QpuVp9McScaled *const s) {
    const int mul = 1 << (1 - s->ss), reach = (4 + s->size) * 16;
    const int lo = s->to_edge[0] * mul - reach, hi = s->to_edge[1] * mul + reach - 16;
    const int start = (-s->to_edge[0] >> (3 + s->ss)) + s->off;
    int mv = (int16_t) (s->mv * mul);
    mv = (int16_t) (mv < lo ? lo : mv > hi ? hi : mv);
#define QPU_SCALED(v) ((int) ((int64_t) (v) * s->scale >> 14))
    /* the fraction of the block's position is that of luma's, in all planes */
    return QPU_SCALED(start) * 16 + QPU_SCALED(mv) + (QPU_SCALED((s->luma + s->off) * 16) & 15);
#undef QPU_SCALED
}

/* The same for a scaled reference: always kind QPU_VP9_MC_SCALED, with AVG or not. */
static inline void qpu_vp9_mc_scaled_job(QpuVp9McJob *const job, const int plane, const int x, const int y,
                                         const int w_log2, const int h_log2, const int ref,
                                         const int filter, const int pos_x, const int pos_y)
{
    *job = (QpuVp9McJob) {
        .dst = QPU_MC_DST(x, y, plane),
        .src = (uint32_t) pos_x,
        .how = QPU_MC_HOW(w_log2, 1 << h_log2, ref, filter * 16, filter * 16),
        .arg = (uint32_t) pos_y,
    };
}

/* ---- launch ---- */

/* What the kernels need of the library's tables, the same for all frames. filters:
 * vp9_filter_kernels, the first 4 of which are read, each with 16 positions. Writes
 * dst front to back and reads nothing there. */
#define QPU_VP9_MC_TABLES_SIZE 1024
void qpu_vp9_mc_tables(void *dst, const int16_t (*const *filters)[8]);

typedef struct QpuVp9Mc {
    QpuRange pool;                /* all frames lie in it */
    const QpuFrame *cur, *ref[3]; /* ref: NULL where there is none; of cur's size
                                   * if a job that is not scaled refers to it */
    int step[3][2];               /* of scaled references: x_step_q4, y_step_q4, 1..32 */

    QpuRange jobs;                /* QpuVp9McJob[]: kind after kind, in a kind
                                   * class after class */
    uint32_t n[QPU_VP9_MC_N][QPU_VP9_MC_CLASSES];

    QpuRange tables;              /* qpu_vp9_mc_tables() */
} QpuVp9Mc;
/* Puts a barrier between the jobs that average and the others, and one after its last
 * launch. No jobs: no launch. -EINVAL when a frame is not in the pool, or jobs or tables
 * are smaller than they say. */
int qpu_vp9_mc(QpuBatch *b, const QpuVp9Mc *p);

#endif /* QPU_VP9_MC_H */
