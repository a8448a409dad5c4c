#include "api_ref.h"

#include <stdlib.h>
#include <string.h>

#include "./vpx_config.h"
#include "vp9/common/vp9_filter.h"
#include "vp9/common/vp9_scan.h"

int pic_get(const Pic *const p, const int plane, const int x, const int y) {
    const uint8_t *const row = (const uint8_t *) p->planes.data[plane] + y * p->planes.stride[plane];
    return p->format.depth == 8 ? row[x] : ((const uint16_t *) row)[x];
}

void pic_set(Pic *const p, const int plane, const int x, const int y, const int v) {
    uint8_t *const row = (uint8_t *) p->planes.data[plane] + y * p->planes.stride[plane];
    if (p->format.depth == 8) row[x] = (uint8_t) v;
    else ((uint16_t *) row)[x] = (uint16_t) v;
}

/* ---- VP9 transforms ---- */

/* A block by itself; 0 where it is not in the frame. block: of the depth's pixels, rows without a gap. */
static void take_block(const Pic *const p, const int plane, const int x0, const int y0, const int w, const int h,
                       uint16_t *const block)
{
    for (int i = 0; i < w * h; i++) {
        const int x = x0 + i % w, y = y0 + i / w;
        const int v = x < p->cols[plane] && y < p->rows[plane] ? pic_get(p, plane, x, y) : 0;
        if (p->format.depth == 8) ((uint8_t *) block)[i] = (uint8_t) v;
        else block[i] = (uint16_t) v;
    }
}

static void put_block(Pic *const p, const int plane, const int x0, const int y0, const int w, const int h,
                      const uint16_t *const block)
{
    for (int i = 0; i < w * h; i++) {
        const int x = x0 + i % w, y = y0 + i / w;
        if (x < p->cols[plane] && y < p->rows[plane])
            pic_set(p, plane, x, y, p->format.depth == 8 ? ((const uint8_t *) block)[i] : block[i]);
    }
}

int ref_vp9_scan(const int tx, const int type, const int i) {
    return vp9_scan_orders[tx][type < DAEDALUS_VP9_WHT ? type : 0].scan[i];
}

void ref_vp9_itx(Pic *const p, const DaedalusVp9Itx *const jobs, const size_t n_jobs, const int32_t *const coefs) {
    const int is_8 = p->format.depth == 8;
    for (size_t i = 0; i < n_jobs; i++) {
        const DaedalusVp9Itx *const j = &jobs[i];
        const int n = 4 << j->tx;
        uint16_t block[32 * 32];
        int32_t coef[32 * 32] = { 0 };
        int eob = j->eob;
        for (int k = 0; k < (j->eob ? j->eob : n * n); k++) {
            const int at = ref_vp9_scan(j->tx, j->type, k);
            coef[at] = coefs[j->coefs + (uint32_t) at];
            if (!j->eob && coef[at]) eob = k + 1;
        }
        if (!eob) continue;
        take_block(p, j->plane, j->x, j->y, n, n, block);
        (is_8 ? ref_vp9_itx_block_8bpc : ref_vp9_itx_block_16bpc)(coef, block, n, j->tx, j->type, eob, p->format.depth);
        put_block(p, j->plane, j->x, j->y, n, n, block);
    }
}

/* ---- AV1 transforms ---- */

const uint8_t ref_av1_tx[19][2] = {
    { 2, 2 }, { 3, 3 }, { 4, 4 }, { 5, 5 }, { 6, 6 }, { 2, 3 }, { 3, 2 }, { 3, 4 }, { 4, 3 }, { 4, 5 },
    { 5, 4 }, { 5, 6 }, { 6, 5 }, { 2, 4 }, { 4, 2 }, { 3, 5 }, { 5, 3 }, { 4, 6 }, { 6, 4 },
};

void ref_init(void) {
    ref_av1_itx_init_8bpc();
    ref_av1_itx_init_16bpc();
}

void ref_av1_itx(Pic *const p, const DaedalusAv1Itx *const jobs, const size_t n_jobs, const int32_t *const coefs) {
    const int is_8 = p->format.depth == 8;
    _Alignas(64) uint16_t block[64 * 64];
    for (size_t i = 0; i < n_jobs; i++) {
        const DaedalusAv1Itx *const j = &jobs[i];
        const int w = 1 << ref_av1_tx[j->tx][0], h = 1 << ref_av1_tx[j->tx][1];
        take_block(p, j->plane, j->x, j->y, w, h, block);
        (is_8 ? ref_av1_itx_block_8bpc : ref_av1_itx_block_16bpc)(coefs + j->coefs, block, w << !is_8, j->tx, j->type,
                                                                  min_of(w, 32), min_of(h, 32), p->format.depth);
        put_block(p, j->plane, j->x, j->y, w, h, block);
    }
}

/* ---- VP9 inter prediction, 8.5.2.3 ---- */

static int predicted(const Pic *const ref, const DaedalusVp9Mc *const j, const int x, const int y) {
    const InterpKernel *const taps = vp9_filter_kernels[j->filter];
    const int max = (1 << ref->format.depth) - 1, pl = j->plane;
    int sum = 0;
    for (int r = 0; r < 8; r++) {
        int row = 0;
        for (int c = 0; c < 8; c++)
            row += taps[j->mv_x & 15][c] *
                   pic_get(ref, pl, clip3(0, ref->w[pl] - 1, x + (j->mv_x >> 4) + c - 3),
                           clip3(0, ref->h[pl] - 1, y + (j->mv_y >> 4) + r - 3));
        sum += taps[j->mv_y & 15][r] * clip3(0, max, round2(row, 7));
    }
    return clip3(0, max, round2(sum, 7));
}

void ref_vp9_mc(Pic *const p, const Pic *const *const refs, const DaedalusVp9Mc *const jobs, const size_t n) {
    for (int average = 0; average < 2; average++)
        for (size_t i = 0; i < n; i++) {
            const DaedalusVp9Mc *const j = &jobs[i];
            if (j->average != average) continue;
            for (int y = j->y; y < min_of(j->y + j->h, p->rows[j->plane]); y++)
                for (int x = j->x; x < min_of(j->x + j->w, p->cols[j->plane]); x++) {
                    const int v = predicted(refs[j->ref], j, x, y);
                    pic_set(p, j->plane, x, y, average ? round2(v + pic_get(p, j->plane, x, y), 1) : v);
                }
        }
}

/* ---- AV1 inter prediction, 7.11.3 ---- */

/* 7.11.3.4's eight taps, whose sum is 128. */
static void taps_av1(int taps[8], const int filter, const int size, const int pos) {
    memset(taps, 0, 8 * sizeof(*taps));
    if (!pos || filter == DAEDALUS_AV1_BILINEAR) {
        taps[3] = 128 - 8 * pos;
        taps[4] = 8 * pos;
        return;
    }
    const int8_t *const half = ref_av1_mc_taps(size > 4 ? filter : filter == DAEDALUS_AV1_SMOOTH ? 4 : 3, pos);
    for (int i = 0; i < 8; i++) taps[i] = half[i] * 2;
}

/* A block from reference i, to intermediate precision. */
static void predict_av1(const Pic *const ref, const DaedalusAv1Mc *const j, const int i, const int round[2], int *const out) {
    int h[8], v[8], rows[(128 + 7) * 128];
    const int pl = j->plane, x0 = j->x + (j->mv_x[i] >> 4) - 3, y0 = j->y + (j->mv_y[i] >> 4) - 3;
    taps_av1(h, j->filter_h, j->w, j->mv_x[i] & 15);
    taps_av1(v, j->filter_v, j->h, j->mv_y[i] & 15);
    for (int y = 0; y < j->h + 7; y++)
        for (int x = 0; x < j->w; x++) {
            int sum = 0;
            for (int k = 0; k < 8; k++)
                sum += h[k] * pic_get(ref, pl, clip3(0, ref->w[pl] - 1, x0 + x + k), clip3(0, ref->h[pl] - 1, y0 + y));
            rows[y * 128 + x] = round2(sum, round[0]);
        }
    for (int y = 0; y < j->h; y++)
        for (int x = 0; x < j->w; x++) {
            int sum = 0;
            for (int k = 0; k < 8; k++) sum += v[k] * rows[(y + k) * 128 + x];
            out[y * 128 + x] = round2(sum, round[1]);
        }
}

void ref_av1_mc(Pic *const p, const Pic *const *const refs, const DaedalusAv1Mc *const jobs, const size_t n) {
    static _Thread_local int pred[2][128 * 128];
    const int max = (1 << p->format.depth) - 1, first = p->format.depth == 12 ? 5 : 3;
    for (size_t i = 0; i < n; i++) {
        const DaedalusAv1Mc *const j = &jobs[i];
        const int round[2] = { first, j->weight ? 7 : 14 - first };
        for (int k = 0; k < (j->weight ? 2 : 1); k++) predict_av1(refs[j->ref[k]], j, k, round, pred[k]);
        for (int y = 0; y < j->h && j->y + y < p->rows[j->plane]; y++)
            for (int x = 0; x < j->w && j->x + x < p->cols[j->plane]; x++) {
                const int a = pred[0][y * 128 + x], b = pred[1][y * 128 + x];
                const int v = j->weight ? round2(a * j->weight + b * (16 - j->weight), 4 + 14 - 7 - first) : a;
                pic_set(p, j->plane, j->x + x, j->y + y, clip3(0, max, v));
            }
    }
}

/* ---- VP9 loop filter, 8.8 ---- */

typedef struct Edge {
    Pic *p;
    int plane, dx, dy; /* across the edge */
    int x, y;          /* the first pixel behind it */
} Edge;

static int get(const Edge *const e, const int i) { return pic_get(e->p, e->plane, e->x + i * e->dx, e->y + i * e->dy); }
static void set(const Edge *const e, const int i, const int v) { pic_set(e->p, e->plane, e->x + i * e->dx, e->y + i * e->dy, v); }

static void filter_narrow(const Edge *const e, const int depth, const int hev) {
    const int lo = -(1 << (depth - 1)), hi = -lo - 1;
    const int p1 = get(e, -2) + lo, p0 = get(e, -1) + lo, q0 = get(e, 0) + lo, q1 = get(e, 1) + lo;
    const int base = clip3(lo, hi, (hev ? clip3(lo, hi, p1 - q1) : 0) + 3 * (q0 - p0));
    const int f1 = clip3(lo, hi, base + 4) >> 3, f2 = clip3(lo, hi, base + 3) >> 3;
    set(e, 0, clip3(lo, hi, q0 - f1) - lo);
    set(e, -1, clip3(lo, hi, p0 + f2) - lo);
    if (hev) return;
    set(e, 1, clip3(lo, hi, q1 - round2(f1, 1)) - lo);
    set(e, -2, clip3(lo, hi, p1 + round2(f1, 1)) - lo);
}

/* Changes n pixels each side, from n + 1; of the taps, those within n_double of the middle count twice. */
static void filter_wide(const Edge *const e, const int n, const int n_double, const int log2_sum) {
    int in[16], *const f = in + 8;
    for (int i = -n - 1; i <= n; i++) f[i] = get(e, i);
    for (int i = -n; i < n; i++) {
        int sum = 0;
        for (int k = -n; k <= n; k++) sum += f[clip3(-n - 1, n, i + k)] << (abs(k) <= n_double);
        set(e, i, round2(sum, log2_sum));
    }
}

/* As in AV1, 7.14.4. */
static int lf_limit(const int level, const int sharpness) {
    const int shift = sharpness > 4 ? 2 : sharpness > 0;
    return max_of(1, sharpness ? min_of(9 - sharpness, level >> shift) : level >> shift);
}

static void filter_line(const Edge *const e, const int size, const int level, const int sharpness) {
    const int depth = e->p->format.depth, up = depth - 8, limit = lf_limit(level, sharpness);
    const int most = (2 * (level + 2) + limit) << up, one = 1 << up;
    int flat = size > 4, flat_wide = size == 16;
    if (abs(get(e, -1) - get(e, 0)) * 2 + abs(get(e, -2) - get(e, 1)) / 2 > most) return;
    for (int i = 1; i < 4; i++) {
        if (abs(get(e, -1 - i) - get(e, -i)) > limit << up || abs(get(e, i) - get(e, i - 1)) > limit << up) return;
        flat &= abs(get(e, -1 - i) - get(e, -1)) <= one && abs(get(e, i) - get(e, 0)) <= one;
    }
    for (int i = 4; flat_wide && i < 8; i++)
        flat_wide &= abs(get(e, -1 - i) - get(e, -1)) <= one && abs(get(e, i) - get(e, 0)) <= one;
    const int thresh = (level >> 4) << up;
    if (flat) filter_wide(e, flat_wide ? 7 : 3, 0, flat_wide ? 4 : 3);
    else filter_narrow(e, depth, abs(get(e, -2) - get(e, -1)) > thresh || abs(get(e, 1) - get(e, 0)) > thresh);
}

/* All edges of a superblock's plane in one direction. */
static void filter_sb(Pic *const p, const int plane, const DaedalusVp9LfSb *const sb, const int sb_x, const int sb_y,
                      const int hor, const int sharpness)
{
    const int is_uv = plane && p->ss_hor, n = is_uv ? 4 : 8;
    for (int i = 0; i < n * n; i++) {
        const int x = sb_x * n + i % n, y = sb_y * n + i / n; /* in blocks */
        if (x * 8 >= p->cols[plane] || y * 8 >= p->rows[plane]) continue;
        const int half_x = x * 8 + 8 > p->cols[plane], half_y = y * 8 + 8 > p->rows[plane];
        const int level = is_uv ? sb->level[i / n * 16 + i % n * 2] : sb->level[i];
        int size = 0;
        for (int k = 0; k < 3; k++) {
            const uint64_t m = is_uv ? hor ? sb->above_uv[k] : sb->left_uv[k] : hor ? sb->above[k] : sb->left[k];
            if (m >> i & 1) size = 4 << k;
        }
        const int inner = (int) ((is_uv ? sb->inner_uv : sb->inner) >> i & 1) && !half_x && !(hor && half_y);
        if (!level) continue;
        if (size == 16 && (hor ? half_y : half_x)) size = 8;
        if (!(hor ? y : x)) size = 0;
        for (int k = 0; k < (hor ? half_x ? 4 : 8 : half_y ? 4 : 8); k++) {
            Edge e = { p, plane, !hor, hor, x * 8 + (hor ? k : 0), y * 8 + (hor ? 0 : k) };
            if (size) filter_line(&e, size, level, sharpness);
            e.x += 4 * e.dx;
            e.y += 4 * e.dy;
            if (inner) filter_line(&e, 4, level, sharpness);
        }
    }
}

void ref_vp9_lf(Pic *const p, const DaedalusVp9LfSb *const sb, const int sharpness) {
    const int cols = (p->format.width + 63) / 64, rows = (p->format.height + 63) / 64;
    for (int i = 0; i < cols * rows; i++)
        for (int pl = 0; pl < p->n_planes; pl++)
            for (int hor = 0; hor < 2; hor++) filter_sb(p, pl, &sb[i], i % cols, i / cols, hor, sharpness);
}

/* ---- AV1 deblocking, 7.14.6 ---- */

static void filter_line_av1(const Edge *const e, const int size, const int level, const int sharpness) {
    const int depth = e->p->format.depth, up = depth - 8, one = 1 << up, reach = size == 4 ? 2 : size / 2;
    const int limit = lf_limit(level, sharpness), thresh = (level >> 4) << up;
    int p[7], q[7], flat = size > 4, flat_wide = size == 14;
    for (int i = 0; i < reach; i++) {
        p[i] = get(e, -1 - i);
        q[i] = get(e, i);
    }
    if (abs(p[0] - q[0]) * 2 + abs(p[1] - q[1]) / 2 > (2 * (level + 2) + limit) << up) return;
    for (int i = 1; i < reach; i++) {
        const int is_flat = abs(p[i] - p[0]) <= one && abs(q[i] - q[0]) <= one;
        if (i < 4 && (abs(p[i] - p[i - 1]) > limit << up || abs(q[i] - q[i - 1]) > limit << up)) return;
        if (i < 4) flat &= is_flat;
        else flat_wide &= is_flat;
    }
    if (!flat) filter_narrow(e, depth, abs(p[1] - p[0]) > thresh || abs(q[1] - q[0]) > thresh);
    else if (flat_wide) filter_wide(e, 6, 1, 4);
    else filter_wide(e, size == 6 ? 2 : 3, size == 6, 3);
}

void ref_av1_lf(Pic *const p, const DaedalusAv1LfEdge *const edges, const size_t n, const int sharpness) {
    for (int hor = 0; hor < 2; hor++)
        for (size_t i = 0; i < n; i++) {
            const DaedalusAv1LfEdge *const j = &edges[i];
            for (int k = 0; j->horizontal == hor && k < 4; k++) {
                const Edge e = { p, j->plane, !hor, hor, j->x + (hor ? k : 0), j->y + (hor ? 0 : k) };
                filter_line_av1(&e, j->size, j->level, sharpness);
            }
        }
}

void ref_av1_fg(const Pic *const src, Pic *const dst, const DaedalusAv1Fg *const fg) {
    (src->format.depth == 8 ? ref_av1_fg_8bpc : ref_av1_fg_16bpc)(src, dst, fg);
}

/* ---- AV1 CDEF, 7.15 ---- */

static int direction(const Pic *const p, const int x0, const int y0, int *const var) {
    static const int div[9] = { 0, 840, 420, 280, 210, 168, 140, 120, 105 };
    int partial[8][15] = { { 0 } }, cost[8] = { 0 }, best = 0;
    for (int i = 0; i < 8; i++)
        for (int j = 0; j < 8; j++) {
            const int v = (pic_get(p, 0, x0 + j, y0 + i) >> (p->format.depth - 8)) - 128;
            const int at[8] = { i + j, i + j / 2, i, 3 + i - j / 2, 7 + i - j, 3 - i / 2 + j, j, i / 2 + j };
            for (int d = 0; d < 8; d++) partial[d][at[d]] += v;
        }
    for (int d = 0; d < 8; d++) {
        const int *const s = partial[d];
        if (d == 2 || d == 6) {
            for (int i = 0; i < 8; i++) cost[d] += s[i] * s[i] * div[8];
        } else if (!(d & 3)) {
            for (int i = 0; i < 7; i++) cost[d] += (s[i] * s[i] + s[14 - i] * s[14 - i]) * div[i + 1];
            cost[d] += s[7] * s[7] * div[8];
        } else {
            for (int i = 0; i < 5; i++) cost[d] += s[3 + i] * s[3 + i] * div[8];
            for (int i = 0; i < 3; i++) cost[d] += (s[i] * s[i] + s[10 - i] * s[10 - i]) * div[2 * i + 2];
        }
        if (cost[d] > cost[best]) best = d;
    }
    *var = (cost[best] - cost[(best + 4) & 7]) >> 10;
    return best;
}

static int constrain(const int diff, const int threshold, const int damping) {
    if (!threshold) return 0;
    const int mag = abs(diff), adj = max_of(0, damping - floor_log2(threshold));
    const int v = clip3(0, mag, threshold - (mag >> adj));
    return diff < 0 ? -v : v;
}

static int cdef_pixel(const Pic *const p, const int pl, const int x, const int y, const int pri, const int sec,
                      const int dir, const int damping)
{
    static const int8_t dirs[8][2][2] = { /* y, x */
        { { -1, 1 }, { -2, 2 } }, { { 0, 1 }, { -1, 2 } }, { { 0, 1 }, { 0, 2 } }, { { 0, 1 }, { 1, 2 } },
        { { 1, 1 }, { 2, 2 } }, { { 1, 0 }, { 2, 1 } }, { { 1, 0 }, { 2, 0 } }, { { 1, 0 }, { 2, -1 } },
    };
    static const int8_t taps[3][2] = { { 4, 2 }, { 3, 3 }, { 2, 1 } };
    const int mid = pic_get(p, pl, x, y), odd = pri >> (p->format.depth - 8) & 1;
    int sum = 0, lo = mid, hi = mid;
    for (int i = 0; i < 12; i++) {
        const int k = i & 1, sign = i & 2 ? -1 : 1, which = i >> 2; /* primary, both secondary */
        const int8_t *const d = dirs[(dir + (which == 1 ? 2 : which == 2 ? 6 : 0)) & 7][k];
        const int px = x + sign * d[1], py = y + sign * d[0];
        if (px < 0 || py < 0 || px >= p->cols[pl] || py >= p->rows[pl]) continue;
        const int v = pic_get(p, pl, px, py);
        sum += taps[which ? 2 : odd][k] * constrain(v - mid, which ? sec : pri, damping);
        lo = min_of(lo, v);
        hi = max_of(hi, v);
    }
    return clip3(lo, hi, mid + ((8 + sum - (sum < 0)) >> 4));
}

void ref_av1_cdef(const Pic *const src, Pic *const dst, const DaedalusAv1CdefSb *const sbs, const int damping) {
    static const int uv_422[8] = { 7, 0, 2, 4, 5, 6, 6, 6 };
    const int cols = (src->format.width + 63) / 64, up = src->format.depth - 8;
    for (int pl = 0; pl < src->n_planes; pl++)
        for (int y = 0; y < src->rows[pl]; y++)
            for (int x = 0; x < src->cols[pl]; x++) pic_set(dst, pl, x, y, pic_get(src, pl, x, y));
    for (int by = 0; by < src->rows[0] / 8; by++)
        for (int bx = 0; bx < src->cols[0] / 8; bx++) {
            const DaedalusAv1CdefSb *const sb = &sbs[by / 8 * cols + bx / 8];
            if (!(sb->mask >> (by % 8 * 8 + bx % 8) & 1)) continue;
            int var, dir = direction(src, bx * 8, by * 8, &var);
            for (int pl = 0; pl < src->n_planes; pl++) {
                const int w = pl ? 8 >> src->ss_hor : 8, h = pl ? 8 >> src->ss_ver : 8;
                int pri = (pl ? sb->uv_pri : sb->y_pri) << up, at = pri ? dir : 0;
                const int sec = (pl ? sb->uv_sec : sb->y_sec) << up;
                if (!pri && !sec) continue;
                if (!pl && pri)
                    pri = var ? (pri * (4 + (var >> 6 ? min_of(floor_log2(var >> 6), 12) : 0)) + 8) >> 4 : 0;
                if (pl && pri && src->ss_hor && !src->ss_ver) at = uv_422[dir];
                for (int i = 0; i < w * h; i++) {
                    const int x = bx * w + i % w, y = by * h + i / w;
                    pic_set(dst, pl, x, y, cdef_pixel(src, pl, x, y, pri, sec, at, damping + up - !!pl));
                }
            }
        }
}
