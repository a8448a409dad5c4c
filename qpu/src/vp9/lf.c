/* Launches VP9's loop filter: the map of edges, vertical edges, where superblocks
 * meet, horizontal edges. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "qpu_vp9_lf.h"
#include "kernels.h"

/* Upstream goes through the superblocks in raster order, each first along its
 * rows, then down its columns. What depends on what:
 *
 * - In a row of samples an edge depends on the one before if the samples they look
 *   at overlap: 4 (size 16: 8) each side. Sizes 4 and 8 are 4 samples or more
 *   apart, so it does if they are 4 samples apart, or 8 and the second has size
 *   16. (A block after an edge of size 16 has none for 16 samples.) A run of such
 *   edges is a chain. Chains of a step have no sample in common. Down a column it
 *   is the same.
 * - A superblock's vertical edges look at its own columns and 8 to its left, its
 *   horizontal ones at its own rows and 8 above. So the only samples that are
 *   filtered vertically after they were horizontally are those 8 columns, by the
 *   superblock's left edge; and what depends on that edge, its chain.
 *
 * Hence: (1) all vertical edges but left ones and their chains; (2) where
 * superblocks meet, the horizontal edges in the 8 columns left of it, then the left
 * edge and its chain; (3) all horizontal edges elsewhere. The second step goes
 * down the rows of superblocks, as the horizontal edges of each also look at 8 rows
 * of the one above. It only depends on the superblock to the left if the chain on
 * that one's left edge gets to the 8 columns: a crossing.
 *
 * A workgroup walks down a column, which needs no launch. A superblock behind a
 * crossing is a launch later. The longer the walks, the fewer launches, but also
 * the longer those that wait for them. So a walk may be limited to a number of
 * rows, and the limit is the one that makes the least of both. */

#define LAUNCH_COST 4 /* as much as so many rows of a walk */

struct Plan {
    int cols, rows;       /* superblocks */
    int n_classes;        /* 1: luma alone */
    int bit[2];           /* of a crossing, in cross */
    const uint8_t *cross; /* may be NULL */
    uint32_t *mem;
    uint32_t *launch, *done; /* [cols] that the column's walk is in; its rows so far */
    uint32_t *n, *longest;   /* [cols + rows] a launch: walks, rows of the longest one */
    uint32_t *end;           /* likewise: end of their jobs */
    uint32_t *jobs;          /* NULL: only count */
    uint32_t launches, total, cost;
};

static void end_walk(struct Plan *const p, const int class, const int col, const int end) {
    const uint32_t l = p->launch[col], rows = p->done[col];
    if (p->jobs)
        p->jobs[p->end[l] - 1 - p->n[l]] =
            (uint32_t) col | ((uint32_t) end - rows) << LF_JOB_ROW_SHIFT |
            (rows - 1) << LF_JOB_ROWS_SHIFT | (uint32_t) class << LF_JOB_CHROMA_SHIFT;
    p->n[l]++;
    if (p->longest[l] < rows) p->longest[l] = rows;
    if (p->launches <= l) p->launches = l + 1;
}

static void schedule(struct Plan *const p, const uint32_t limit) {
    const size_t most = (size_t) (p->cols + p->rows);
    memset(p->n, 0, most * sizeof(*p->n));
    memset(p->longest, 0, most * sizeof(*p->longest));
    p->launches = 0;
    for (int class = 0; class < p->n_classes; class++) {
        memset(p->launch, 0, (size_t) p->cols * sizeof(*p->launch));
        memset(p->done, 0, (size_t) p->cols * sizeof(*p->done));
        for (int y = 0; y < p->rows; y++)
            for (int x = 1; x < p->cols; x++) {
                uint32_t l = p->launch[x] + (p->done[x] >= limit);
                if (p->cross && p->cross[y * p->cols + x - 1] & p->bit[class] && l <= p->launch[x - 1])
                    l = p->launch[x - 1] + 1;
                if (l != p->launch[x]) {
                    if (p->done[x]) end_walk(p, class, x, y);
                    p->launch[x] = l;
                    p->done[x] = 0;
                }
                p->done[x]++;
            }
        for (int x = 1; x < p->cols; x++)
            end_walk(p, class, x, p->rows);
    }
    p->total = p->cost = 0;
    for (uint32_t i = 0; i < p->launches; i++) {
        p->total += p->n[i];
        p->end[i] = p->total;
        p->cost += LAUNCH_COST + p->longest[i];
    }
}

/* Sets launches, n and end; jobs is upload memory. Those of a launch are in the order
 * in which superblocks may not be filtered, in case that one runs after the other:
 * a dependency that was overlooked shows. */
static int make_plan(struct Plan *const p, QpuBatch *const b, QpuRange *const jobs) {
    const size_t cols = (size_t) p->cols, most = cols + (size_t) p->rows;
    p->mem = malloc((cols * 2 + most * 3) * sizeof(*p->mem));
    if (!p->mem) return -ENOMEM;
    p->launch = p->mem;
    p->done = p->launch + cols;
    p->n = p->done + cols;
    p->longest = p->n + most;
    p->end = p->longest + most;

    uint32_t best = (uint32_t) p->rows, cost;
    schedule(p, best);
    cost = p->cost;
    if (p->launches > 1)
        for (uint32_t limit = 8; limit; limit >>= 1) {
            schedule(p, limit);
            if (p->cost >= cost) continue;
            best = limit;
            cost = p->cost;
        }
    schedule(p, best);
    uint32_t *const mem = qpu_batch_upload(b, ((size_t) p->total + !p->total) * sizeof(*mem), jobs);
    if (!mem) return -ENOMEM;
    p->jobs = mem;
    schedule(p, best);
    return 0;
}

int qpu_vp9_lf(QpuBatch *const b, const QpuFrame *const f, const QpuVp9Lf *const p) {
    static const QpuKernel *const kernels[][2 /* more than 8 bits */] = {
        { &qpu_k_vp9_lf_v_8, &qpu_k_vp9_lf_v_16 },
        { &qpu_k_vp9_lf_sb_8, &qpu_k_vp9_lf_sb_16 },
        { &qpu_k_vp9_lf_h_8, &qpu_k_vp9_lf_h_16 },
    };
    const int hbd = f->bpc > 8, planes = f->n_planes;
    const int ss_hor = planes > 1 && f->ss_hor, ss_ver = planes > 1 && f->ss_ver;
    const int sub = ss_hor && ss_ver, own = ss_hor != ss_ver;
    const int w8 = (f->plane[0].w + 7) >> 3, h8 = (f->plane[0].h + 7) >> 3;
    const int sb_cols = (w8 + 7) >> 3, sb_rows = (h8 + 7) >> 3;
    const uint64_t n_sb = (uint64_t) sb_cols * (uint64_t) sb_rows;
    const uint64_t need = n_sb * sizeof(struct QpuVp9LfSb);

    if (p->sharpness < 0 || p->sharpness > 7 || f->bpc < 8 || f->bpc > 12 || w8 < 1 || h8 < 1 ||
        sb_cols > 1024 || sb_rows > 1024 || p->sb.size < need << own)
    {
        return -EINVAL;
    }

    struct QpuVp9LfPush push;
    memset(&push, 0, sizeof(push));
    for (int i = 0; i < planes; i++) {
        push.org[i] = f->plane[i].org >> hbd;
        push.stride[!!i] = f->plane[i].stride >> hbd;
    }
    push.sb_cols = (uint32_t) sb_cols;
    push.sb_rows = (uint32_t) sb_rows;
    push.mi_rows = (uint32_t) h8;
    push.sub = (uint32_t) sub;
    push.ss_hor = (uint32_t) ss_hor;
    push.ss_ver = (uint32_t) ss_ver;
    push.map_stride[0] = push.sb_cols * 8;
    push.map_stride[1] = push.map_stride[0] >> ss_hor;
    push.map[1] = sub || own ? push.map_stride[0] * push.sb_rows * 8 : 0;
    const uint64_t map_words = (n_sb << 6) + (sub || own ? n_sb << (6 - ss_hor - ss_ver) : 0);
    push.cols[0] = (uint32_t) w8;
    push.rows[0] = (uint32_t) h8;
    push.cols[1] = (uint32_t) (w8 + ss_hor) >> ss_hor;
    push.rows[1] = (uint32_t) (h8 + ss_ver) >> ss_ver;
    push.limit_shift = (uint32_t) (p->sharpness + 3) >> 2;
    push.limit_max = p->sharpness ? 9 - (uint32_t) p->sharpness : 63;
    push.depth = (uint32_t) f->bpc - 8;
    push.flat_limit = (0x8000U + (1U << push.depth)) * 0x10001U;
    push.hi = (128 << push.depth) - 1;

    /* 64 rows of luma, then of the chroma planes; blocks' rows likewise */
    const uint32_t bands[2] = { (push.rows[0] + 7) >> 3, (push.rows[1] + 7) >> 3 };
    const uint32_t uv_planes = planes > 1 ? 2 : 0;

    qpu_batch_stage(b, QPU_STAGE_LF);

    struct Plan plan = {
        .cols = sb_cols, .rows = sb_rows, .n_classes = planes > 1 ? 2 : 1,
        .bit = { QPU_VP9_LF_CROSS_Y, sub || own ? QPU_VP9_LF_CROSS_UV : QPU_VP9_LF_CROSS_Y },
        .cross = p->cross,
    };
    QpuRange map, jobs;
    int res = qpu_batch_scratch(b, map_words * 4, &map);
    if (!res) res = make_plan(&plan, b, &jobs);
    if (res) goto error;

    const QpuRange map_bind[] = { p->sb, map };
    res = qpu_batch_dispatch(b, &qpu_k_vp9_lf_map, map_bind, 2, &push, sizeof(push),
                             (uint32_t) ((n_sb * 2 + LF_MAP_GROUP - 1) / LF_MAP_GROUP), sub || own ? 2 : 1, 1);
    if (res) goto error;
    qpu_batch_barrier(b);

    const QpuRange bind[] = { f->range, map, jobs };
    push.first[0] = bands[0];
    push.first[1] = bands[0] + bands[1];
    res = qpu_batch_dispatch(b, kernels[0][hbd], bind, 2, &push, sizeof(push),
                             (push.cols[0] + 1) >> 1, bands[0] + bands[1] * uv_planes, 1);
    if (res) goto error;
    qpu_batch_barrier(b);

    for (uint32_t i = 0; i < plan.launches; i++) {
        push.job = plan.end[i] - plan.n[i];
        res = qpu_batch_dispatch(b, kernels[1][hbd], bind, 3, &push, sizeof(push),
                                 plan.n[i], uv_planes && !ss_ver ? 2 : 1, 1);
        if (res) goto error;
        qpu_batch_barrier(b);
    }

    push.first[0] = push.rows[0];
    push.first[1] = push.rows[0] + push.rows[1];
    res = qpu_batch_dispatch(b, kernels[2][hbd], bind, 2, &push, sizeof(push),
                             (push.cols[0] * 2 + LF_GROUP - 1) / LF_GROUP,
                             push.rows[0] + push.rows[1] * uv_planes, 1);
    if (!res) qpu_batch_barrier(b);

error:
    free(plan.mem);
    return res;
}

void qpu_vp9_lf_chroma(struct QpuVp9LfSb *const dst, const QpuVp9LfBlock *const b,
                       const int ss_hor, const int ss_ver)
{
    /* a chroma block of 8x8 has what the luma block at its upper left says */
    const int x = b->col >> ss_hor, y = b->row >> ss_ver, at = y * 8 + x;
    const uint32_t bit = 1U << (at & 31);
    const int word = at >> 5;
    if (!b->level) return;
    ((uint8_t *) dst->level)[at] = (uint8_t) b->level;

    const int left = !b->skip || !(b->large & 1) || !(b->col & (b->w8 - 1));
    const int above = !b->skip || !(b->large & 2) || !(b->row & (b->h8 - 1));
    const int last_col = ss_hor && b->last_col, last_row = ss_ver && b->last_row;
    if (b->tx >= 2) {
        /* only half of a block at the frame's end is in the frame */
        const int grid = b->tx > 2 ? 3 : 1;
        if (left && !(x & grid)) dst->left[last_col ? 1 : 2][word] |= bit;
        if (above && !(y & grid)) dst->above[last_row ? 1 : 2][word] |= bit;
    } else {
        /* every 32 samples there is size 8 at least */
        if (left) dst->left[b->tx || !(x & 3)][word] |= bit;
        if (above) dst->above[b->tx || !(y & 3)][word] |= bit;
        if (!b->skip && !b->tx && !last_col) dst->inner[word] |= bit;
    }
}
