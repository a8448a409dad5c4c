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
 * edge and its chain; (3) all horizontal edges elsewhere. In the second step a
 * meeting waits for the one above, as the horizontal edges also look at 8 rows of
 * the superblock above. It waits for the one to its left only if the chain on that
 * one's left edge gets to the 8 columns: a crossing.
 *
 * Columns with crossings between them are a strip, which waits for no other one. A
 * workgroup has one strip or some, and does their meetings in rounds, as many in a
 * round as it has teams: what a round waits for was done in one before. So a
 * crossing takes rounds, not launches. Strips share a workgroup up to a column a
 * team. A longer one has its own, and each meeting goes into the first round after
 * those that it waits for that has room: all before are full, so there are no more
 * rounds than the longest run of waits and a team's share of the meetings add up to.
 *
 * Where strips are short, teams work alone: the fewer in a workgroup, the less they
 * wait for each other. */

#define SHORT_STRIP 2
#define MOST_ROUNDS 128 /* of a launch, so that it ends in time for any watchdog */

/* What is filtered alike: luma, both chroma planes, one of them. */
struct Class {
    uint32_t plane; /* of a meeting (vp9/lf.h) */
    uint32_t bit;   /* of a crossing */
};

struct Plan {
    uint32_t cols, rows;   /* where superblocks meet */
    uint32_t n_columns;    /* of all classes */
    struct Class classes[3];
    const uint8_t *cross;  /* not read if any has none */
    uint8_t *any;          /* of each column of superblocks: all its flags, but those of the first 0 */
    uint32_t teams;
    uint32_t *mem;
    uint32_t *used;        /* of each round of a workgroup: teams */
    uint32_t *round;       /* of each row: that of the column before */
    uint32_t *words;       /* as the kernel reads them */
    uint32_t n_groups, n_words, n_rounds; /* the most of a group */
};

/* Whether a meeting of this column waits for the one to its left: any in a row, the
 * one in this row. */
static int linked(const struct Plan *const p, const uint32_t column) {
    return p->any[column % p->cols] & p->classes[column / p->cols].bit;
}

static int crosses(const struct Plan *const p, const uint32_t column, const uint32_t row) {
    return p->cross[row * (p->cols + 1) + column % p->cols] & p->classes[column / p->cols].bit;
}

/* The column after the strip that begins with this one. */
static uint32_t strip_end(const struct Plan *const p, uint32_t column) {
    while (++column < p->n_columns && linked(p, column)) {}
    return column;
}

/* The column after the last one of the workgroup that begins with this one. */
static uint32_t group_end(const struct Plan *const p, const uint32_t column) {
    uint32_t end = strip_end(p, column), next;
    while (end < p->n_columns && (next = strip_end(p, end)) - column <= p->teams) end = next;
    return end;
}

static void add_group(struct Plan *const p, const uint32_t index, const uint32_t first, const uint32_t end) {
    uint32_t *const words = p->words + p->n_words;
    uint32_t n = 0, full = 0; /* rounds; those before are full */
    for (uint32_t column = first; column < end; column++) {
        const uint32_t meeting = (column % p->cols + 1) |
                                 p->classes[column / p->cols].plane << LF_MEET_PLANE_SHIFT;
        const int waits = linked(p, column);
        uint32_t at = full;
        for (uint32_t row = 0; row < p->rows; row++, at++) {
            if (waits && crosses(p, column, row) && at <= p->round[row]) at = p->round[row] + 1;
            while (at < n && p->used[at] == p->teams) at++;
            if (at == n) {
                p->used[n] = 0;
                memset(words + p->teams * n++, 0, p->teams * sizeof(*words));
            }
            words[at * p->teams + p->used[at]++] = meeting | row << LF_MEET_ROW_SHIFT;
            p->round[row] = at;
        }
        while (full < n && p->used[full] == p->teams) full++;
    }
    p->words[index * 2] = p->n_words;
    p->n_words += n * p->teams;
    p->words[index * 2 + 1] = p->n_words;
    if (p->n_rounds < n) p->n_rounds = n;
}

/* Sets teams, n_groups and n_rounds; rounds is upload memory. */
static int make_plan(struct Plan *const p, QpuBatch *const b, QpuRange *const rounds) {
    uint32_t longest = 0;
    p->any = calloc(p->cols + 1, 1);
    if (!p->any) return -ENOMEM;
    if (p->cross)
        for (uint32_t y = 0, i = 0; y < p->rows; y++, i++)
            for (uint32_t x = 0; x < p->cols; x++, i++)
                p->any[x] |= p->cross[i];
    p->any[0] = 0; /* has no chain that begins left of it */
    for (uint32_t i = 0, end; i < p->n_columns; i = end) {
        end = strip_end(p, i);
        if (longest < end - i) longest = end - i;
    }
    p->teams = longest > SHORT_STRIP ? LF_TEAMS : 1;

    /* see above: rounds of a column each, and what the last ones have no use for */
    size_t most_rounds = 0, most_words = 0;
    for (uint32_t i = 0, end; i < p->n_columns; i = end) {
        end = group_end(p, i);
        const size_t n = (size_t) (end - i) * p->rows / p->teams + p->rows + (end - i);
        if (most_rounds < n) most_rounds = n;
        most_words += n * p->teams + 2;
        p->n_groups++;
    }
    p->mem = malloc((most_rounds + p->rows + most_words) * sizeof(*p->mem));
    if (!p->mem) return -ENOMEM;
    p->used = p->mem;
    p->round = p->used + most_rounds;
    p->words = p->round + p->rows;
    p->n_words = p->n_groups * 2;
    /* the last ones first: if a device runs one after the other, a dependency that was
     * overlooked shows */
    for (uint32_t i = 0, group = p->n_groups, end; i < p->n_columns; i = end) {
        end = group_end(p, i);
        add_group(p, --group, i, end);
    }
    const size_t size = (p->n_words + !p->n_words) * sizeof(*p->words);
    uint32_t *const up = qpu_batch_upload(b, size, rounds);
    if (!up) return -ENOMEM;
    memcpy(up, p->words, p->n_words * sizeof(*p->words));
    return 0;
}

int qpu_vp9_lf(QpuBatch *const b, const QpuFrame *const f, const QpuVp9Lf *const p) {
    static const QpuKernel *const kernels[][2 /* more than 8 bits */] = {
        { &qpu_k_vp9_lf_v_8, &qpu_k_vp9_lf_v_16 },
        { &qpu_k_vp9_lf_h_8, &qpu_k_vp9_lf_h_16 },
        { &qpu_k_vp9_lf_sb_1_8, &qpu_k_vp9_lf_sb_1_16 },
        { &qpu_k_vp9_lf_sb_8_8, &qpu_k_vp9_lf_sb_8_16 },
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

    const uint32_t bit_uv = sub || own ? QPU_VP9_LF_CROSS_UV : QPU_VP9_LF_CROSS_Y;
    const uint32_t n_classes = !uv_planes ? 1 : ss_ver ? 2 : 3;
    struct Plan plan = {
        .cols = push.sb_cols - 1, .rows = push.sb_rows, .n_columns = n_classes * (push.sb_cols - 1),
        .classes = { { 0, QPU_VP9_LF_CROSS_Y }, { 1, bit_uv }, { 2, bit_uv } },
        .cross = p->cross,
    };
    QpuRange map, rounds;
    int res = qpu_batch_scratch(b, map_words * 4, &map);
    if (!res) res = make_plan(&plan, b, &rounds);
    if (res) goto error;

    const QpuRange map_bind[] = { p->sb, map };
    res = qpu_batch_dispatch(b, &qpu_k_vp9_lf_map, map_bind, 2, &push, sizeof(push),
                             (uint32_t) ((n_sb * 2 + LF_MAP_GROUP - 1) / LF_MAP_GROUP), sub || own ? 2 : 1, 1);
    if (res) goto error;
    qpu_batch_barrier(b);

    const QpuRange bind[] = { f->range, map, rounds };
    push.first[0] = bands[0];
    push.first[1] = bands[0] + bands[1];
    res = qpu_batch_dispatch(b, kernels[0][hbd], bind, 2, &push, sizeof(push),
                             (push.cols[0] + 1) >> 1, bands[0] + bands[1] * uv_planes, 1);
    if (res) goto error;
    qpu_batch_barrier(b);

    push.most = MOST_ROUNDS * plan.teams;
    for (uint32_t done = 0; done < plan.n_rounds; done += MOST_ROUNDS) {
        push.skip = done * plan.teams;
        res = qpu_batch_dispatch(b, kernels[plan.teams > 1 ? 3 : 2][hbd], bind, 3, &push, sizeof(push),
                                 plan.n_groups, 1, 1);
        if (res) goto error;
        qpu_batch_barrier(b);
    }

    push.first[0] = push.rows[0];
    push.first[1] = push.rows[0] + push.rows[1];
    res = qpu_batch_dispatch(b, kernels[1][hbd], bind, 2, &push, sizeof(push),
                             ((push.cols[0] * 2 << hbd) + LF_GROUP - 1) / LF_GROUP,
                             push.rows[0] + push.rows[1] * uv_planes, 1);
    if (!res) qpu_batch_barrier(b);

error:
    free(plan.any);
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
