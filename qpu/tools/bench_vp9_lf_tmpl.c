/* Loop filter: a frame of edges of one size, both directions, in upstream's order,
 * superblock by superblock. */

#include "bench_vp9.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vp9/common/vp9_loopfilter.h"
#include "vp9/common/vp9_onyxc_int.h"

#include "qpu_vp9_lf.h"

enum { SB };                     /* inputs */
enum { OUTER, INNER, CROSSING }; /* arg[1]; [0]: 0, 1, 2: size 4, 8, 16 */

#if BITDEPTH == 8
typedef void (*Filter)(uint8_t *s, int pitch, const uint8_t *blimit, const uint8_t *limit, const uint8_t *thresh);
#else
typedef void (*Filter)(uint16_t *s, int pitch, const uint8_t *blimit, const uint8_t *limit, const uint8_t *thresh,
                       int bd);
#endif

typedef struct Edges {
    Filter fn[3][2][BENCH_N_CPU]; /* by size; vertical edges, horizontal ones */
    loop_filter_thresh thresh[64];
    int cols, rows;  /* 8x8 blocks */
    uint8_t *cross;  /* see QpuVp9Lf */
    uint8_t level[]; /* of each block */
} Edges;

static void free_edges(void *const own) {
    free(((Edges *) own)->cross);
    free(own);
}

/* Edges of size 4 inside blocks. Where all of them are there, what a superblock's left edge
 * changes goes on into the next superblock. */
static int has_inner(const BenchCase *const c, const int b) {
    return c->bench->arg[1] == CROSSING || (c->bench->arg[1] == INNER && (b & 7) != 4);
}

static int thresholds(Edges *const o) {
    VP9_COMMON *cm;
    if (posix_memalign((void **) &cm, 64, sizeof(*cm))) return -ENOMEM;
    memset(cm, 0, sizeof(*cm));
    cm->lf.last_sharpness_level = -1;
    vp9_loop_filter_init(cm);
    for (int i = 0; i < 64; i++)
        o->thresh[i] = cm->lf_info.lfthr[i];
    free(cm);
    return 0;
}

static int make(BenchCase *const c) {
    const int size = c->bench->arg[0], cols = c->w / 8, rows = c->h / 8;
    const int sb_cols = (cols + 7) >> 3, sb_rows = (rows + 7) >> 3;
    bench_vp9_init();
    Edges *o;
    if (posix_memalign((void **) &o, 64, sizeof(*o) + (size_t) (cols * rows))) return -ENOMEM;
    memset(o, 0, sizeof(*o));
    c->own = o;
    c->free_own = free_edges;
    o->cross = calloc((size_t) (sb_cols * sb_rows), 1);
    int res = thresholds(o);
    if (res || !o->cross) return -ENOMEM;
    const Filter fns[3][2][BENCH_N_CPU] = {
        { BENCH_VP9_BOTH(lpf_vertical_4), BENCH_VP9_BOTH(lpf_horizontal_4) },
        { BENCH_VP9_BOTH(lpf_vertical_8), BENCH_VP9_BOTH(lpf_horizontal_8) },
        { BENCH_VP9_BOTH(lpf_vertical_16), BENCH_VP9_BOTH(lpf_horizontal_16) },
    };
    memcpy(o->fn, fns, sizeof(fns));
    o->cols = cols;
    o->rows = rows;
    for (int i = 0; i < cols * rows; i++)
        o->level[i] = (uint8_t) check_range(1, 63);
    struct QpuVp9LfSb *const sb = calloc((size_t) (sb_cols * sb_rows), sizeof(*sb));
    if (!sb) return -ENOMEM;
    c->jobs = 0;
    for (int i = 0; i < sb_cols * sb_rows; i++) {
        uint64_t left[3] = { 0 }, above[3] = { 0 }, in = 0;
        uint8_t levels[64] = { 0 };
        for (int b = 0; b < 64; b++) {
            const int x = i % sb_cols * 8 + (b & 7), y = i / sb_cols * 8 + (b >> 3);
            const uint64_t bit = 1ULL << b;
            if (x >= cols || y >= rows) continue;
            levels[b] = o->level[y * cols + x];
            if (x && (size < 2 || !(x & 1))) left[size] |= bit;
            if (y && (size < 2 || !(y & 1))) above[size] |= bit;
            if (has_inner(c, b)) in |= bit;
        }
        o->cross[i] = qpu_vp9_lf_cross8(left[0], left[1], in) ? QPU_VP9_LF_CROSS_Y : 0;
        c->jobs += 2 * (uint64_t) (__builtin_popcountll(left[size]) + __builtin_popcountll(above[size])) +
                   4 * (uint64_t) __builtin_popcountll(in);
        qpu_vp9_lf_sb(&sb[i], left, above, in, (uint16_t[3]) { 0 }, (uint16_t[3]) { 0 }, 0, levels);
    }
    c->out_pixels = (uint64_t) (cols * rows) * 64;
    res = bench_input(c, SB, sb, (size_t) (sb_cols * sb_rows) * sizeof(*sb));
    free(sb);
    return res ? res : bench_frame(c, cols * 8, rows * 8, c->bpc);
}

static int launch(const BenchCase *const c, QpuBatch *const b) {
    const QpuVp9Lf p = {
        .sb = c->input[SB],
        .cross = c->bench->arg[1] == CROSSING ? ((const Edges *) c->own)->cross : NULL,
    };
    return qpu_vp9_lf(b, &c->frame[0], &p);
}

static void cpu(const BenchCase *const c, uint8_t *const out, const enum BenchCpu how) {
    const Edges *const o = c->own;
    const int size = c->bench->arg[0], odd = size == 2;
    const int sb_cols = (o->cols + 7) >> 3, sb_rows = (o->rows + 7) >> 3;
    ptrdiff_t stride;
    pixel *const px = (pixel *) bench_out(c, out, &stride);
    stride /= (ptrdiff_t) sizeof(pixel);
#define FILTER(at, fn) fn(at, (int) stride, t->mblim, t->lim, t->hev_thr BENCH_VP9_DEPTH)
    for (int sb = 0; sb < sb_cols * sb_rows; sb++)
        for (int dir = 0; dir < 2; dir++) {
            const Filter edge = o->fn[size][dir][how], middle = o->fn[0][dir][how];
            for (int b = 0; b < 64; b++) {
                const int x = sb % sb_cols * 8 + (b & 7), y = sb / sb_cols * 8 + (b >> 3);
                if (x >= o->cols || y >= o->rows) continue;
                const loop_filter_thresh *const t = &o->thresh[o->level[y * o->cols + x]];
                pixel *const at = px + y * 8 * stride + x * 8;
                const int pos = dir ? y : x;
                if (pos && !(odd && pos & 1)) FILTER(at, edge);
                if (has_inner(c, b)) FILTER(at + 4 * (dir ? stride : 1), middle);
            }
        }
#undef FILTER
}

#define LF(title, size, inner) \
    { .name = "lf " title, .unit = "edge", .stage = QPU_STAGE_LF, .in_place = 1, .arg = { size, inner }, \
      .make = make, .launch = launch, .cpu = cpu }
BENCHES(vp9_lf) = {
    LF("4 every 8", 0, OUTER),
    LF("8 every 8", 1, OUTER),
    LF("16 every 16", 2, OUTER),
    LF("4 every 4", 0, INNER),
    LF("4 every 4 crossing", 0, CROSSING),
    { .name = NULL },
};
