/* Jobs of intra prediction, the order that their dependencies allow, and how
 * they are put into dispatches; of any codec.
 *
 * The way of a frame: a job for each block in the order of decoding, with its
 * level (qpu_ipred_level), then a plan of all jobs (qpu_ipred_plan), which is
 * written into upload memory (qpu_ipred_plan_write) and launched by the codec's
 * own functions. */

#ifndef QPU_INCLUDE_QPU_IPRED_H
#define QPU_INCLUDE_QPU_IPRED_H

#include <string.h>

#include "qpu.h"
#include "common/ipred.h"

/* ---- jobs ---- */

/* Words of struct QpuIpredJob. x4, y4: position in 4x4 blocks of the plane;
 * lw4, lh4: log2 of the size in 4x4 blocks, 0..4. */
static inline uint32_t qpu_ipred_pos(const unsigned plane, const unsigned x4, const unsigned y4,
                                     const unsigned lw4, const unsigned lh4)
{
    return x4 | y4 << IPRED_Y4_SHIFT | plane << IPRED_PLANE_SHIFT |
           lw4 << IPRED_LW_SHIFT | lh4 << IPRED_LH_SHIFT;
}

/* mode: QPU_IPRED_*. angle: the codec's own word of 11 bits. n_top4, n_left4:
 * from qpu_ipred_edge(), also where have_top or have_left is 0. Of KEEP and
 * COPY only the mode matters. */
static inline uint32_t qpu_ipred_how(const unsigned mode, const unsigned angle,
                                     const unsigned n_top4, const unsigned n_left4,
                                     const unsigned have_top, const unsigned have_left)
{
    return (mode & 15) | mode >> 4 << IPRED_MODE_BIT | angle << IPRED_ANGLE_SHIFT |
           n_top4 << IPRED_TOP_SHIFT | n_left4 << IPRED_LEFT_SHIFT |
           have_top << IPRED_HAVE_TOP_BIT | have_left << IPRED_HAVE_LEFT_BIT;
}

/* Flags of how, to be ORed in. BLEND: with what the frame holds.
 * RESIDUAL: the block's part of the residual frame is added at the end. */
#define QPU_IPRED_BLEND    (1U << IPRED_BLEND_BIT)
#define QPU_IPRED_RESIDUAL (1U << IPRED_RESIDUAL_BIT)

/* How much of an edge there is, in 4x4 blocks: size4 is the block's own, room4
 * how many there are up to the tile's or frame's end; more: whether those behind the
 * block's own (above right, below left) are decoded. */
static inline unsigned qpu_ipred_edge(const unsigned size4, const unsigned room4,
                                      const unsigned more)
{
    const unsigned want = size4 << !!more;
    return want < room4 ? want : room4;
}

/* arg of a COPY job: the source's first pixel, in pixels of the plane. arg2 is
 * 1 for half a pixel more to the right, 2 for half a pixel more down, or both. */
static inline uint32_t qpu_ipred_source(const int sx, const int sy) {
    return (uint32_t) (sx & 0xffff) | (uint32_t) sy << 16;
}

/* ---- levels ---- */

/* A block's level is 1 + the highest one of what it reads; pixels of other
 * blocks (inter) have level 0. So have palettes, which read nothing, unless a
 * residual is to be added to them, which isn't there in time. A map has a level
 * for each 4x4 block of a plane, in rows of stride, and is zeroed before a
 * frame. Blocks reach over the plane's end: the map's memory has the plane's
 * width and height rounded up to 16 blocks. */
typedef struct QpuIpredMap {
    uint16_t *level;
    size_t stride;
    unsigned w4, h4; /* the plane's, rounded up to 8 luma pixels: what COPY may read */
} QpuIpredMap;

/* What doesn't fit gets this level; no plan can be made of it. */
#define QPU_IPRED_MAX_LEVEL 32767

/* Four levels at a time. */
static inline uint64_t qpu_ipred_max4(const uint64_t a, const uint64_t b) {
    const uint64_t ge = ((a | 0x8000800080008000) - b) & 0x8000800080008000;
    return b ^ ((a ^ b) & (ge - (ge >> 15)));
}

static inline unsigned qpu_ipred_max_of4(const uint64_t four, unsigned max) {
    for (int i = 0; i < 64; i += 16)
        if ((four >> i & 0xffff) > max) max = four >> i & 0xffff;
    return max;
}

/* The highest of max and n levels in a row. */
static inline unsigned qpu_ipred_max_row(const uint16_t *at, unsigned n, unsigned max) {
    if (n >= 4) {
        uint64_t four, more;
        memcpy(&four, at, 8);
        for (n -= 4, at += 4; n >= 4; n -= 4, at += 4) {
            memcpy(&more, at, 8);
            four = qpu_ipred_max4(four, more);
        }
        max = qpu_ipred_max_of4(four, max);
    }
    for (; n; n--, at++)
        if (*at > max) max = *at;
    return max;
}

/* The highest level of a rectangle. */
static inline unsigned qpu_ipred_max_area(const uint16_t *at, const size_t stride,
                                          const unsigned w, unsigned h)
{
    uint64_t four = 0, more;
    unsigned max = 0;
    for (; h; h--, at += stride) {
        unsigned x = 0;
        for (; x + 4 <= w; x += 4) {
            memcpy(&more, at + x, 8);
            four = qpu_ipred_max4(four, more);
        }
        for (; x < w; x++)
            if (at[x] > max) max = at[x];
    }
    return qpu_ipred_max_of4(four, max);
}

/* Of what a COPY job reads. */
static inline unsigned qpu_ipred_max_source(const QpuIpredMap *const map,
                                            const struct QpuIpredJob *const job,
                                            const unsigned w4, const unsigned h4)
{
    const int end_x = (int) map->w4 - 1, end_y = (int) map->h4 - 1;
    const int sx = (int16_t) (job->arg & 0xffff), sy = (int16_t) (job->arg >> 16);
    int x0 = sx >> 2, x1 = (sx + (int) (w4 * 4 - 1 + (job->arg2 & 1))) >> 2;
    int y0 = sy >> 2, y1 = (sy + (int) (h4 * 4 - 1 + (job->arg2 >> 1 & 1))) >> 2;
    x0 = x0 < 0 ? 0 : x0 > end_x ? end_x : x0;
    x1 = x1 < 0 ? 0 : x1 > end_x ? end_x : x1;
    y0 = y0 < 0 ? 0 : y0 > end_y ? end_y : y0;
    y1 = y1 < 0 ? 0 : y1 > end_y ? end_y : y1;
    return qpu_ipred_max_area(map->level + (size_t) y0 * map->stride + x0, map->stride,
                              (unsigned) (x1 - x0 + 1), (unsigned) (y1 - y0 + 1));
}

/* Of the edges that a predictor of mode reads; at: the block's first level. */
static inline unsigned qpu_ipred_max_edges(const uint16_t *const at, const size_t stride,
                                           const uint32_t how, const unsigned mode,
                                           const unsigned w4, const unsigned h4)
{
    const unsigned have_top = how >> IPRED_HAVE_TOP_BIT & 1;
    const unsigned have_left = how >> IPRED_HAVE_LEFT_BIT & 1;
    const unsigned less = w4 < h4 ? w4 : h4;
    unsigned max = 0;
    unsigned top = IPRED_READS_TOP >> mode & 1 ? w4 : 0;
    unsigned left = IPRED_READS_LEFT >> mode & 1 ? h4 : 0;
    if (mode == QPU_IPRED_Z1) top += less;
    if (mode == QPU_IPRED_Z3) left += less;
    const unsigned n_top = how >> IPRED_TOP_SHIFT & 63, n_left = how >> IPRED_LEFT_SHIFT & 63;
    if (top > n_top) top = n_top;
    if (left > n_left) left = n_left;
    /* what isn't there may be made of the first pixel of the other side */
    if (have_top)
        max = qpu_ipred_max_row(at - stride, top + !(top | have_left), max);
    if (have_left) {
        left += !(left | have_top);
        for (const uint16_t *l = at - 1; left; left--, l += stride)
            if (*l > max) max = *l;
    }
    if (have_top & have_left & IPRED_NEEDS_CORNER >> mode && at[-(ptrdiff_t) stride - 1] > max)
        max = at[-(ptrdiff_t) stride - 1];
    return max;
}

/* A block gets the level after max, which is returned. */
static inline unsigned qpu_ipred_set_level(uint16_t *const at, const size_t stride, unsigned max,
                                           const unsigned w4, const unsigned h4)
{
    max += max < QPU_IPRED_MAX_LEVEL;
    const uint64_t four = max * 0x0001000100010001ULL;
    uint16_t *row = at, *const end = at + h4 * stride;
    if (w4 == 1)
        for (; row != end; row += stride) *row = (uint16_t) max;
    else if (w4 == 2)
        for (; row != end; row += stride) memcpy(row, &four, 4);
    else
        for (; row != end; row += stride)
            for (unsigned x = 0; x < w4; x += 4) memcpy(row + x, &four, 8);
    return max;
}

/* The level of the block of a job, which is put into the map. Jobs of a tile
 * come in the order of decoding; tiles may be done at the same time. map: of
 * luma, U, V. */
static inline unsigned qpu_ipred_level(const QpuIpredMap map[3], const int ss_hor,
                                       const int ss_ver, const struct QpuIpredJob *const job)
{
    const uint32_t pos = job->pos, how = job->how;
    const unsigned mode = (how & 15) | how >> IPRED_MODE_BIT << 4, pl = pos >> IPRED_PLANE_SHIFT & 3;
    const unsigned x4 = pos & 0xfff, y4 = pos >> IPRED_Y4_SHIFT & 0xfff;
    const unsigned w4 = 1U << (pos >> IPRED_LW_SHIFT & 7), h4 = 1U << (pos >> IPRED_LH_SHIFT);
    const size_t stride = map[pl].stride;
    uint16_t *const at = map[pl].level + y4 * stride + x4;
    unsigned max = 0;

    if (mode < QPU_IPRED_PAL || mode == QPU_IPRED_CFL) {
        max = qpu_ipred_max_edges(at, stride, how, mode, w4, h4);
        if (mode == QPU_IPRED_CFL) {
            const unsigned luma = qpu_ipred_max_area(
                map[0].level + (y4 << ss_ver) * map[0].stride + (x4 << ss_hor), map[0].stride,
                (w4 - (job->arg >> 8 & 15)) << ss_hor, (h4 - (job->arg >> 12 & 15)) << ss_ver);
            if (luma > max) max = luma;
        }
    } else if (mode == QPU_IPRED_COPY) {
        max = qpu_ipred_max_source(&map[pl], job, w4, h4);
    } else if (mode == QPU_IPRED_KEEP) {
        max = qpu_ipred_max_area(at, stride, w4, h4);
    } else if (!(how & QPU_IPRED_RESIDUAL)) {
        return 0;
    }
    return qpu_ipred_set_level(at, stride, max, w4, h4);
}

/* ---- plans ---- */

/* A superblock's jobs in the order of decoding, and their levels. */
typedef struct QpuIpredSb {
    const struct QpuIpredJob *jobs;
    const uint16_t *levels;
    uint32_t n;
} QpuIpredSb;

/* How the jobs are put into dispatches, each of which waits for the one before. */
enum QpuIpredSchedule {
    QPU_IPRED_AUTO,         /* the one with the fewest dispatches, see ipred_plan.c */
    QPU_IPRED_LEVELS,       /* one a level */
    QPU_IPRED_SUPERBLOCKS,  /* one for all superblocks that don't depend on each other */
    QPU_IPRED_CLUSTERS_2,   /* the same with clusters of 2x2 superblocks, */
    QPU_IPRED_CLUSTERS_4    /* of 4x4 */
};

/* Which dispatch does what. Zeroed before its first use, its memory serves one
 * frame after the other. What it was made from (superblocks, jobs, levels) has
 * to stay until it is written. */
typedef struct QpuIpredPlan {
    enum QpuIpredSchedule schedule; /* not AUTO */
    uint32_t n_jobs;            /* of all levels */
    uint32_t n_first;           /* of level 0 */
    uint32_t n_dispatches;      /* of the codec's run() */
    uint32_t n_residual;        /* jobs that add one */
    size_t jobs_size, groups_size; /* bytes of upload memory, perhaps 0 */
    struct QpuIpredPlanMem *mem;
} QpuIpredPlan;

/* sb: the superblocks, sbw * sbh, row by row; sb_log2: of their size in luma
 * pixels, 6 or 7. CLUSTERS are only wished for: they are SUPERBLOCKS where
 * copies have sources that clusters can't wait for. -ENOMEM, -ERANGE (a level
 * that doesn't fit), -ENOTSUP (too many jobs): the frame has to go another way. */
int qpu_ipred_plan(QpuIpredPlan *plan, const QpuIpredSb *sb, int sbw, int sbh,
                   int sb_log2, int ss_hor, int ss_ver, enum QpuIpredSchedule want);
void qpu_ipred_plan_free(QpuIpredPlan *plan);

/* Fills in plan->jobs_size and plan->groups_size bytes, once and in order. */
void qpu_ipred_plan_write(const QpuIpredPlan *plan, void *jobs_out, void *groups_out);

#endif /* QPU_INCLUDE_QPU_IPRED_H */
