/* Records the edges of transform blocks, AV1 specification 7.14.2 and 7.14.3,
 * and makes lists of them. A filter's size is that of the smaller transform at
 * either side, which is only looked up when all blocks are known: so neither
 * tiles nor blocks depend on each other. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/intops.h"

#include "src/levels.h"
#include "src/qpu/edges.h"
#include "src/qpu/frame.h"
#include "src/qpu/hooks.h"
#include "src/qpu/layout.h"
#include "src/qpu/lf.h"
#include "src/tables.h"

/* The first block of each row in a word; rows are 1 << row_log2 bits. */
#define ROWS(row_log2) ((row_log2) == 4 ? 0x0001000100010001ULL : 0x0101010101010101ULL)

static void set_levels(Dav1dQpuEdgeLevels levels, const uint8_t (*const lvl)[4][8][2]) {
    for (int seg = 0; seg < 8; seg++)
        for (int p = 0; p < 4; p++)
            memcpy(levels[p] + seg * 16, lvl[seg][p], 16);
}

/* ---- recording ---- */

/* A rectangle of transforms of one size, lw and lh, at a multiple of its own
 * size. left, top: whether there are edges at those sides; inner: whether there
 * are others. n: words of a direction. */
static ALWAYS_INLINE void put_area(uint64_t *w, const int n, const int row_log2,
                                   const int x4, const int y4, const int w4, const int h4,
                                   const int lw, const int lh,
                                   const int left, const int top, const int inner)
{
    static const uint16_t col_steps[5] = { 0xffff, 0x5555, 0x1111, 0x0101, 0x0001 };
    static const uint64_t row_steps[2][5] = {
        { ROWS(3), 0x0001000100010001, 0x0000000100000001, 1, 1 },
        { ROWS(4), 0x0000000100000001, 1, 1, 1 },
    };
    const int rows = 64 >> row_log2; /* of a word */
    const int shift = (y4 & (rows - 1)) << row_log2;
    const uint64_t firsts = ROWS(row_log2) >> (64 - (imin(h4, rows) << row_log2)) << shift;
    const unsigned run = ((1U << w4) - 1) << x4;
    const uint64_t all = firsts * run;
    const uint64_t cols = firsts * (((inner ? col_steps[lw] : 1U) - !left) << x4 & run);
    const uint64_t steps = inner ? row_steps[row_log2 - 3][lh] << shift & firsts : 0;
    uint64_t starts = top ? steps | 1ULL << shift : steps & ~(1ULL << shift);

    w += (y4 >> (6 - row_log2)) * 2 * n;
    for (int y = 0;;) {
        w[0] |= cols;
        w[n] |= starts * run;
        for (int i = 1; i < n; i++) {
            w[i] |= lw >= i ? all : 0;
            w[n + i] |= lh >= i ? all : 0;
        }
        if ((y += rows) >= h4) break;
        w += 2 * n;
        starts = y & ((1 << lh) - 1) ? 0 : steps;
    }
}

/* As upstream's decomp_tx(). */
static NOINLINE void put_tree(struct Dav1dQpuEdgeUnit *const u, const enum RectTxfmSize tx, const int depth,
                     const int x4, const int y4, const int x_off, const int y_off,
                     const uint16_t *const split)
{
    const TxfmInfo *const t_dim = &dav1d_txfm_dimensions[tx];
    if (tx == (int) TX_4X4 || depth > 1 || !(split[depth] >> (y_off * 4 + x_off) & 1)) {
        put_area(u->y[0], 3, 4, x4, y4, t_dim->w, t_dim->h, t_dim->lw, t_dim->lh, 1, 1, 0);
        return;
    }
    const int right = t_dim->w >= t_dim->h, below = t_dim->h >= t_dim->w;
    for (int y = 0; y <= below; y++)
        for (int x = 0; x <= right; x++)
            put_tree(u, t_dim->sub, depth + 1, x4 + x * (t_dim->w >> 1), y4 + y * (t_dim->h >> 1),
                     x_off * 2 + x, y_off * 2 + y, split);
}

static ALWAYS_INLINE void put_ids(uint8_t *at, const int id, const int w4, const int h4) {
    const uint64_t ids = (uint64_t) id * 0x0101010101010101;
    const uint8_t *const end = at + h4 * 16;
    switch (w4) {
#define ROW(...) for (; at != end; at += 16) { __VA_ARGS__; } break
    case 1: ROW(*at = (uint8_t) id);
    case 2: ROW(memcpy(at, &ids, 2));
    case 4: ROW(memcpy(at, &ids, 4));
    case 8: ROW(memcpy(at, &ids, 8));
    default: ROW(memcpy(at, &ids, 8); memcpy(at + 8, &ids, 8));
#undef ROW
    }
}

/* A block as far as it is in one unit, or all of them. */
struct Area {
    int w4, h4;             /* of luma; 16 at most */
    enum RectTxfmSize tx, uvtx;
    const uint16_t *split;  /* which transforms of luma are split; NULL: none */
    int id, inner, has_chroma;
};

/* Without subsampling. */
static NOINLINE void put_large_chroma(uint64_t *const w, const int x4, const int y4,
                                      const struct Area *const a, const int left, const int top)
{
    const TxfmInfo *const t_dim = &dav1d_txfm_dimensions[a->uvtx];
    put_area(w, 2, 4, x4, y4, a->w4, a->h4, t_dim->lw, t_dim->lh, left, top, a->inner);
}

/* x, y: of the unit in the block, in 4 pixels of luma. */
static ALWAYS_INLINE void put_unit(const Dav1dTaskContext *const t, const struct Area *const a,
                                   const int x, const int y)
{
    const struct Dav1dQpuEdges *const e = &t->f->qpu->rec.edges;
    const int n = ((t->by + y) >> 4) * e->stride + ((t->bx + x) >> 4);
    const int x4 = t->bx & 15, y4 = t->by & 15;
    struct Dav1dQpuEdgeUnit *const u = &e->unit[n];
    if (!(x4 | y4)) { /* the unit's first block */
        memset(u, 0, offsetof(struct Dav1dQpuEdgeUnit, id));
        if (e->unit_levels) set_levels(e->levels[n], t->ts->lflvl);
    }
    put_ids(&u->id[y4 * 16 + x4], a->id, a->w4, a->h4);
    if (a->split && *a->split) {
        put_tree(u, a->tx, 0, x4, y4, x >> 4, y >> 4, a->split);
    } else {
        const TxfmInfo *const t_dim = &dav1d_txfm_dimensions[a->tx];
        put_area(u->y[0], 3, 4, x4, y4, a->w4, a->h4, t_dim->lw, t_dim->lh,
                 a->inner | !x, a->inner | !y, a->inner);
    }
    if (!a->has_chroma) return;
    const int ss_hor = t->qpu->ss_hor[1], ss_ver = t->qpu->ss_ver[1];
    const TxfmInfo *const t_dim = &dav1d_txfm_dimensions[a->uvtx];
    /* a transform may be of more than one unit */
    const int left = !x || (a->inner && !((x >> ss_hor) & (t_dim->w - 1)));
    const int top = !y || (a->inner && !((y >> ss_ver) & (t_dim->h - 1)));
    if (!ss_hor)
        put_large_chroma(u->uv[0], x4, y4, a, left, top);
    else
        put_area(u->uv[0], 2, 3, x4 >> 1, y4 >> ss_ver, (a->w4 + 1) >> 1, (a->h4 + ss_ver) >> ss_ver,
                 t_dim->lw, t_dim->lh, left, top, a->inner);
}

/* Larger than 64x64. */
static NOINLINE void put_units(const Dav1dTaskContext *const t, const struct Area *const a,
                               const uint8_t *const b_dim)
{
    for (int y = 0; y < b_dim[1]; y += 16)
        for (int x = 0; x < b_dim[0]; x += 16)
            put_unit(t, a, x, y);
}

static ALWAYS_INLINE void put_block(const Dav1dTaskContext *const t, const enum BlockSize bs,
                                    struct Area a)
{
    const uint8_t *const b_dim = dav1d_block_dimensions[bs];
    a.w4 = imin(b_dim[0], 16);
    a.h4 = imin(b_dim[1], 16);
    if (imax(b_dim[0], b_dim[1]) > 16) put_units(t, &a, b_dim);
    else put_unit(t, &a, 0, 0);
}

void dav1d_qpu_edges_intra(const Dav1dTaskContext *const t, const enum BlockSize bs,
                           const Av1Block *const b, const int has_chroma)
{
    put_block(t, bs, (struct Area) {
        .tx = b->tx, .uvtx = b->uvtx, .id = b->seg_id << 4, .inner = 1, .has_chroma = has_chroma,
    });
}

void dav1d_qpu_edges_inter(const Dav1dTaskContext *const t, const enum BlockSize bs,
                           const Av1Block *const b, const int is_globalmv,
                           const enum RectTxfmSize tx, const enum RectTxfmSize uvtx,
                           const uint16_t split[2], const int has_chroma)
{
    put_block(t, bs, (struct Area) {
        .tx = tx, .uvtx = uvtx, .split = split,
        .id = b->seg_id << 4 | (b->ref[0] + 1) << 1 | !is_globalmv,
        .inner = !b->skip, .has_chroma = has_chroma,
    });
}

int dav1d_qpu_edges_begin(struct Dav1dQpuEdges *const e, const Dav1dFrameContext *const f) {
    const int n = f->sb128w * 2 * f->sb128h * 2;
    e->stride = f->sb128w * 2;
    e->unit_levels = f->frame_hdr->delta.lf.present;
    if (n > e->max_units) {
        free(e->unit);
        e->unit = malloc(n * sizeof(*e->unit));
        e->max_units = e->unit ? n : 0;
        if (!e->unit) return -ENOMEM;
    }
    const int n_levels = e->unit_levels ? n : 1;
    if (n_levels > e->max_levels) {
        free(e->levels);
        e->levels = malloc(n_levels * sizeof(*e->levels));
        e->max_levels = e->levels ? n_levels : 0;
        if (!e->levels) return -ENOMEM;
    }
    return 0;
}

void dav1d_qpu_edges_free(struct Dav1dQpuEdges *const e) {
    free(e->unit);
    free(e->levels);
}

/* ---- sizes ---- */

/* A word's edges by size. left, up: the words there as they were recorded. */
static ALWAYS_INLINE void sort_word(uint64_t *const w, const uint64_t *const left,
                                    const uint64_t *const up, const int n, const int row_log2,
                                    uint64_t v, uint64_t h)
{
    const uint64_t firsts = ROWS(row_log2);
    const int row = 1 << row_log2;
    v &= w[0];
    h &= w[n];
    for (int i = n - 1; i; i--) {
        const uint64_t before = (w[i] << 1 & ~firsts) | (left[i] >> (row - 1) & firsts);
        const uint64_t above = w[n + i] << row | up[n + i] >> (64 - row);
        w[i] &= v & before;
        w[n + i] &= h & above;
        v &= ~w[i];
        h &= ~w[n + i];
    }
    w[0] = v;
    w[n] = h;
}

/* Backwards, as each word needs those before it as they were. w4, h4: of the
 * plane; n_words: of a unit, at off in it. */
static ALWAYS_INLINE void sort_plane(const struct Dav1dQpuEdges *const e,
                                     const Dav1dFrameContext *const f, const int n,
                                     const int row_log2, const int n_words, const size_t off,
                                     const int w4, const int h4)
{
    static const uint64_t none[6];
    const int uw = (f->w4 + 15) >> 4, uh = (f->h4 + 15) >> 4;
    const int rows = 64 >> row_log2, row = 1 << row_log2;
#define WORDS(y, x) ((uint64_t *) ((uint8_t *) &e->unit[(y) * e->stride + (x)] + off))
    for (int uy = uh - 1; uy >= 0; uy--)
        for (int ux = uw - 1; ux >= 0; ux--) {
            uint64_t *const w = WORDS(uy, ux);
            const uint64_t *const left = ux ? WORDS(uy, ux - 1) : NULL;
            const uint64_t *const above = uy ? WORDS(uy - 1, ux) + (n_words - 1) * 2 * n : none;
            const unsigned run = (1U << imin(row, w4 - ux * row)) - 1;
            for (int i = n_words - 1; i >= 0; i--) {
                const int left_rows = iclip(h4 - (uy * n_words + i) * rows, 0, rows);
                const uint64_t there = left_rows ?
                    (ROWS(row_log2) >> (64 - (left_rows << row_log2))) * run : 0;
                /* nothing is filtered at the frame's own edges */
                sort_word(w + i * 2 * n, left ? left + i * 2 * n : none,
                          i ? w + (i - 1) * 2 * n : above, n, row_log2,
                          ux ? there : there & ~ROWS(row_log2),
                          uy | i ? there : there & ~((1ULL << row) - 1));
            }
        }
#undef WORDS
}

/* ---- lists ---- */

/* A block's place in a word, as QPU_AV1_EDGE() has it, and that of its id, where
 * of more than one (chroma) the last one says. */
#define EACH(of, at) of(at), of((at) + 1), of((at) + 2), of((at) + 3)
#define EACH16(of, at) EACH(of, at), EACH(of, (at) + 4), EACH(of, (at) + 8), EACH(of, (at) + 12)
#define EACH64(of) { EACH16(of, 0), EACH16(of, 16), EACH16(of, 32), EACH16(of, 48) }
#define PLACE_8(at)  ((at) & 7) | (at) >> 3 << 12
#define PLACE_16(at) ((at) & 15) | (at) >> 4 << 12
#define ID_420(at) ((at) >> 3) * 32 + ((at) & 7) * 2 + 17
#define ID_422(at) ((at) >> 3) * 16 + ((at) & 7) * 2 + 1
static const uint16_t place[2][64] = { EACH64(PLACE_8), EACH64(PLACE_16) };
static const uint8_t id_at[2][64] = { EACH64(ID_422), EACH64(ID_420) };

/* Of a plane, and of luma a direction: levels as QPU_AV1_EDGE() has them. */
struct Levels {
    uint32_t of[128];
    int has_0; /* then that of the block before says */
};

static void get_levels(struct Levels *const to, const Dav1dFrameContext *const f,
                       const uint8_t level[128])
{
    const int n = f->frame_hdr->segmentation.enabled ? 128 : 16;
    to->has_0 = 0;
    for (int i = 0; i < n; i++) {
        to->of[i] = QPU_AV1_EDGE(0, 0, 0, level[i]);
        to->has_0 |= !level[i];
    }
}

static NOINLINE uint32_t level_at(const struct Dav1dQpuEdges *const e, const int lvl,
                                  const int x4, const int y4)
{
    const int n = (y4 >> 4) * e->stride + (x4 >> 4);
    const uint8_t id = e->unit[n].id[(y4 & 15) * 16 + (x4 & 15)];
    return QPU_AV1_EDGE(0, 0, 0, e->levels[e->unit_levels ? n : 0][lvl][id]);
}

/* One list and plane. */
struct List {
    const struct Dav1dQpuEdges *e;
    const Dav1dFrameContext *f;
    size_t off;     /* of the first word in a unit */
    int plane, dir;
    int lvl;        /* whose levels */
};

static ALWAYS_INLINE uint32_t *put_list(const struct List *const l, uint32_t *dst,
                                        const int step, const int ss_hor, const int ss_ver)
{
    const struct Dav1dQpuEdges *const e = l->e;
    const int uw = (l->f->w4 + 15) >> 4, uh = (l->f->h4 + 15) >> 4;
    const int row_log2 = 4 - ss_hor, rows = 64 >> row_log2, n_words = (16 >> ss_ver) / rows;
    struct Levels levels;
    get_levels(&levels, l->f, e->levels[0][l->lvl]);
    for (int uy = 0; uy < uh; uy++) {
        const struct Dav1dQpuEdgeUnit *u = &e->unit[uy * e->stride];
        for (int ux = 0; ux < uw; ux++, u++) {
            const uint64_t *w = (const uint64_t *) ((const uint8_t *) u + l->off);
            const uint8_t *id = u->id;
            uint32_t word = QPU_AV1_EDGE(ux << row_log2, uy * (16 >> ss_ver), l->plane, 0);
            if (e->unit_levels) get_levels(&levels, l->f, e->levels[u - e->unit][l->lvl]);
            for (int i = 0; i < n_words; i++, w += step) {
                uint64_t m = *w;
                if (!levels.has_0) {
                    for (; m; m &= m - 1) {
                        const int at = __builtin_ctzll(m);
                        *dst++ = word + place[row_log2 - 3][at] +
                                 levels.of[id[ss_hor ? id_at[ss_ver][at] : at]];
                    }
                } else {
                    for (; m; m &= m - 1) {
                        const int at = __builtin_ctzll(m);
                        const int x = at & ((1 << row_log2) - 1), y = (at >> row_log2) + i * rows;
                        const int x4 = ux * 16 + (x << ss_hor | ss_hor);
                        const int y4 = uy * 16 + (y << ss_ver | ss_ver);
                        uint32_t level = levels.of[id[ss_hor ? id_at[ss_ver][at] : at]];
                        if (!level)
                            level = level_at(e, l->lvl, l->dir ? x4 : x4 - (1 << ss_hor),
                                             l->dir ? y4 - (1 << ss_ver) : y4);
                        /* without a branch: the next one overwrites a level 0 */
                        *dst = word + place[row_log2 - 3][at] + level;
                        dst += !!level;
                    }
                }
                word += QPU_AV1_EDGE(0, rows, 0, 0);
                id += rows << (4 + ss_ver);
            }
        }
    }
    return dst;
}

static NOINLINE uint32_t *put_y(const struct Dav1dQpuEdges *const e, const Dav1dFrameContext *const f,
                                uint32_t *const dst, const int dir, const int size)
{
    const struct List l = {
        .e = e, .f = f, .dir = dir, .lvl = dir,
        .off = offsetof(struct Dav1dQpuEdgeUnit, y) + 8 * (dir * 3 + size),
    };
    return put_list(&l, dst, 6, 0, 0);
}

static NOINLINE uint32_t *put_uv(const struct Dav1dQpuEdges *const e, const Dav1dFrameContext *const f,
                                 uint32_t *dst, const int dir, const int size)
{
    const Dav1dFrameHeader *const hdr = f->frame_hdr;
    if (f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I400) return dst;
    for (int pl = 1; pl < 3; pl++) {
        const struct List l = {
            .e = e, .f = f, .plane = pl, .dir = dir, .lvl = pl + 1,
            .off = offsetof(struct Dav1dQpuEdgeUnit, uv) + 8 * (dir * 2 + size),
        };
        /* upstream derives no level but 0 from a frame level of 0 (in luma it does) */
        if (!(pl == 1 ? hdr->loopfilter.level_u : hdr->loopfilter.level_v)) continue;
        dst = f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I420 ? put_list(&l, dst, 4, 1, 1) :
              f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I422 ? put_list(&l, dst, 4, 1, 0) :
                                                           put_list(&l, dst, 4, 0, 0);
    }
    return dst;
}

static void sort_edges(const struct Dav1dQpuEdges *const e, const Dav1dFrameContext *const f) {
    const int ss_hor = dav1d_qpu_ss_hor(f->cur.p.layout, 1);
    const int ss_ver = dav1d_qpu_ss_ver(f->cur.p.layout, 1);
    const int cw4 = (f->w4 + ss_hor) >> ss_hor, ch4 = (f->h4 + ss_ver) >> ss_ver;
    const size_t uv = offsetof(struct Dav1dQpuEdgeUnit, uv);
    sort_plane(e, f, 3, 4, 4, offsetof(struct Dav1dQpuEdgeUnit, y), f->w4, f->h4);
    if (f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I400) return;
    if (ss_ver) sort_plane(e, f, 2, 3, 1, uv, cw4, ch4);
    else if (ss_hor) sort_plane(e, f, 2, 3, 2, uv, cw4, ch4);
    else sort_plane(e, f, 2, 4, 4, uv, cw4, ch4);
}

size_t dav1d_qpu_edges_list(struct Dav1dQpuEdges *const e, const Dav1dFrameContext *const f,
                            uint32_t *const dst, uint32_t n[2][QPU_AV1_N_LF])
{
    uint32_t *end = dst, *start;
    memset(n, 0, 2 * sizeof(*n));
    if (!f->frame_hdr->loopfilter.level_y[0] && !f->frame_hdr->loopfilter.level_y[1]) return 0;
    sort_edges(e, f);
    if (!e->unit_levels) set_levels(*e->levels, f->lf.lvl);
    for (int dir = 0; dir < 2; dir++)
        for (int size = 0; size < QPU_AV1_N_LF; size++) {
            start = end;
            switch (size) {
            case QPU_AV1_LF_4:
                end = put_uv(e, f, put_y(e, f, end, dir, 0), dir, 0);
                break;
            case QPU_AV1_LF_6:
                end = put_uv(e, f, end, dir, 1);
                break;
            case QPU_AV1_LF_8:
                end = put_y(e, f, end, dir, 1);
                break;
            case QPU_AV1_LF_14:
                end = put_y(e, f, end, dir, 2);
                break;
            }
            n[dir][size] = (uint32_t) (end - start);
        }
    return (size_t) (end - dst);
}
