/* VP9 intra prediction on the device: its jobs, the launch. Nothing here knows
 * a decoder, but what a job says is what upstream's vp9_predict_intra_block()
 * is called with.
 *
 * The way of a frame: a job for each transform block that upstream predicts, in
 * the order of decoding, with its level (qpu_vp9_ipred_job), then a plan of
 * them (qpu_ipred.h; superblocks of 64 pixels), which is launched after all
 * inter prediction and all transforms. */

#ifndef QPU_INCLUDE_QPU_VP9_IPRED_H
#define QPU_INCLUDE_QPU_VP9_IPRED_H

#include "qpu_ipred.h"
#include "vp9/ipred.h"

/* Fills in a job and its level's place in the map, returns the level (1 or
 * more; pixels of inter blocks have 0). map: of the plane, w4 and h4 its size
 * without which no job starts, in 4x4 blocks: that of luma rounded up to 8
 * pixels, and chroma's half of that where it is subsampled.
 *
 * x4, y4: position in 4x4 blocks of the plane. tx_size: log2 of the size in
 * 4x4 blocks, 0..3. mode: QPU_VP9_IPRED_*. As upstream's
 * vp9_predict_intra_block() has them: have_top = loff || above_mi, have_left =
 * aoff || left_mi, have_right = aoff + (1 << tx_size) < 1 << bwl_in; each 0 or 1.
 *
 * Where the transform leaves a residual, QPU_IPRED_RESIDUAL is to be ORed into
 * job->how, at any time before the plan is made. */
static inline unsigned qpu_vp9_ipred_job(struct QpuIpredJob *const job, const QpuIpredMap *const map,
                                         const unsigned plane, const unsigned x4, const unsigned y4,
                                         const unsigned tx_size, const unsigned mode,
                                         const unsigned have_top, const unsigned have_left,
                                         const unsigned have_right)
{
    /* by mode: what is read, 4 bits each; whether above, whether to the left */
    const unsigned reads = 0x7687776210ULL >> 4 * mode & 15;
    const unsigned top = have_top & 0x37bU >> mode, left = have_left & 0x2f5U >> mode;
    const unsigned n = 1U << tx_size, more = have_right & (tx_size == 0);
    const unsigned n_top = qpu_ipred_edge(n, map->w4 - x4, more);
    const unsigned n_left = qpu_ipred_edge(n, map->h4 - y4, 0);
    uint16_t *const at = map->level + y4 * map->stride + x4;
    job->pos = qpu_ipred_pos(plane, x4, y4, tx_size, tx_size);
    job->how = qpu_ipred_how(reads, mode, n_top, n_left, top, left);
    job->arg = job->arg2 = 0;
    return qpu_ipred_set_level(at, map->stride,
                               qpu_ipred_max_edges(at, map->stride, job->how, reads, n, n), n, n);
}

/* ---- launch ---- */

typedef struct QpuVp9Ipred {
    QpuRange jobs, groups; /* as written from the plan; groups.buf NULL: groups_size is 0 */
} QpuVp9Ipred;

/* Predicts whole blocks, up to 28 pixels right of what upstream decodes (the
 * frame rounded up to 8 luma pixels) and 28 rows below it; none of it belongs
 * to another row's pixels, and nothing there is ever read. Each dispatch is
 * followed by a barrier; what wrote the inter blocks' pixels and the residual
 * has to be behind one.
 *
 * residual: int16_t for each pixel, a frame of f's size laid out for 16-bit
 * pixels (the same layout as f's unless that has 8); NULL: no job adds one.
 * -EINVAL where that is not so, or a job has level 0. */
int qpu_vp9_ipred_run(QpuBatch *b, const QpuFrame *f, const QpuFrame *residual,
                      const QpuVp9Ipred *p, const QpuIpredPlan *plan);

#endif /* QPU_INCLUDE_QPU_VP9_IPRED_H */
