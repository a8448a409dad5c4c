/* AV1's super-resolution and loop restoration for api.c, pixel by pixel. */

#include "config.h"

#include <string.h>

#include "src/tables.h"

#include "api_ref.h"

/* ---- super-resolution, 7.16; the filter's numbers, which are negative there, are upstream's ---- */

void ref_av1_sr(const Pic *const src, Pic *const dst) {
    const int max = (1 << dst->format.depth) - 1;
    for (int pl = 0; pl < dst->n_planes; pl++) {
        const int from = src->w[pl], to = dst->w[pl];
        const int step = ((from << 14) + to / 2) / to, err = to * step - (from << 14);
        const int start = ((-((to - from) * 8192) + to / 2) / to + 128 - err / 2) & 0x3fff;
        for (int y = 0; y < dst->h[pl]; y++)
            for (int x = 0; x < to; x++) {
                const int at = start + x * step - 16384;
                int sum = 0;
                for (int k = 0; k < 8; k++)
                    sum -= dav1d_resize_filter[(at & 0x3fff) >> 8][k] *
                           pic_get(src, pl, clip3(0, src->cols[pl] - 1, (at >> 14) + k - 3), y);
                pic_set(dst, pl, x, y, clip3(0, max, round2(sum, 7)));
            }
    }
}

/* ---- loop restoration, 7.17 ---- */

typedef struct Stripe {
    const Pic *src, *dbl;
    int plane, top, bottom; /* first and last row */
} Stripe;

typedef struct Area { int x, y, w, h; } Area;

/* 7.17.6 */
static int source(const Stripe *const s, int x, int y) {
    const Pic *p = s->src;
    x = clip3(0, p->w[s->plane] - 1, x);
    y = clip3(0, p->h[s->plane] - 1, y);
    if (y < s->top || y > s->bottom) {
        p = s->dbl;
        y = clip3(s->top - 2, s->bottom + 2, y);
    }
    return pic_get(p, s->plane, x, y);
}

static int tap(const int8_t coded[3], const int i) {
    return i == 3 ? 128 - 2 * (coded[0] + coded[1] + coded[2]) : coded[i < 3 ? i : 6 - i];
}

/* 7.17.4 */
static int wiener(const Stripe *const s, const DaedalusAv1LrUnit *const u, const int x, const int y) {
    const int depth = s->src->format.depth, round0 = depth == 12 ? 5 : 3, round1 = depth == 12 ? 9 : 11;
    const int off = 1 << (depth + 6 - round0), limit = (1 << (depth + 8 - round0)) - 1;
    int sum = 0;
    for (int r = -3; r <= 3; r++) {
        int row = 0;
        for (int c = -3; c <= 3; c++) row += tap(u->filter_h, c + 3) * source(s, x + c, y + r);
        sum += tap(u->filter_v, r + 3) * clip3(-off, limit - off, round2(row, round0));
    }
    return clip3(0, (1 << depth) - 1, round2(sum, round1));
}

static const struct { int r, s; } sgr_params[16][2] = { /* of both passes */
    { { 2, 140 }, { 1, 3236 } }, { { 2, 112 }, { 1, 2158 } }, { { 2, 93 }, { 1, 1618 } }, { { 2, 80 }, { 1, 1438 } },
    { { 2, 70 }, { 1, 1295 } }, { { 2, 58 }, { 1, 1177 } }, { { 2, 47 }, { 1, 1079 } }, { { 2, 37 }, { 1, 996 } },
    { { 2, 30 }, { 1, 925 } }, { { 2, 25 }, { 1, 863 } }, { { 0, 0 }, { 1, 2589 } }, { { 0, 0 }, { 1, 1618 } },
    { { 0, 0 }, { 1, 1177 } }, { { 0, 0 }, { 1, 925 } }, { { 2, 56 }, { 0, 0 } }, { { 2, 22 }, { 0, 0 } },
};

/* Of at most 384 x 64 pixels, and one more on each side. */
typedef struct Boxes { int32_t a[66][386], b[66][386]; } Boxes;

/* 7.17.3, box filter process: its first part. */
static void make_boxes(Boxes *const out, const Stripe *const s, const Area *const area, const int r, const int eps) {
    const int up = s->src->format.depth - 8;
    const uint32_t n = (uint32_t) ((2 * r + 1) * (2 * r + 1)), one_by_n = (4096 + n / 2) / n;
    for (int y = -1; y <= area->h; y++)
        for (int x = -1; x <= area->w; x++) {
            uint32_t squares = 0, sum = 0;
            for (int dy = -r; dy <= r; dy++)
                for (int dx = -r; dx <= r; dx++) {
                    const uint32_t v = (uint32_t) source(s, area->x + x + dx, area->y + y + dy);
                    squares += v * v;
                    sum += v;
                }
            const uint32_t a = (squares + (1U << 2 * up >> 1)) >> 2 * up, d = (sum + (1U << up >> 1)) >> up;
            const uint64_t p = a * n > d * d ? a * n - d * d : 0;
            const uint32_t z = (uint32_t) ((p * (uint32_t) eps + (1U << 19)) >> 20);
            const uint32_t a2 = z >= 255 ? 256 : z ? (z * 256 + z / 2) / (z + 1) : 1;
            out->a[y + 1][x + 1] = (int32_t) a2;
            out->b[y + 1][x + 1] = (int32_t) (((uint64_t) (256 - a2) * sum * one_by_n + 2048) >> 12);
        }
}

/* Its second part. */
static int box_filtered(const Boxes *const box, const int x, const int y, const int pass, const int px) {
    int a = 0, b = 0;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++) {
            const int of_pass0 = (y + dy) & 1 ? dx ? 5 : 6 : 0;
            const int weight = pass ? dx && dy ? 3 : 4 : of_pass0;
            a += weight * box->a[y + 1 + dy][x + 1 + dx];
            b += weight * box->b[y + 1 + dy][x + 1 + dx];
        }
    return round2(a * px + b, 8 + (!pass && y & 1 ? 4 : 5) - 4);
}

static void self_guided(Pic *const dst, const Stripe *const s, const DaedalusAv1LrUnit *const u, const Area *const area) {
    Boxes box[2];
    for (int pass = 0; pass < 2; pass++)
        if (sgr_params[u->set][pass].r)
            make_boxes(&box[pass], s, area, sgr_params[u->set][pass].r, sgr_params[u->set][pass].s);
    for (int y = 0; y < area->h; y++)
        for (int x = 0; x < area->w; x++) {
            const int px = pic_get(s->src, s->plane, area->x + x, area->y + y);
            const int w0 = u->weights[0], w1 = sgr_params[u->set][1].r ? u->weights[1] : 95, w2 = 128 - w0 - w1;
            int v = w1 * (px << 4);
            v += w0 * (sgr_params[u->set][0].r ? box_filtered(&box[0], x, y, 0, px) : px << 4);
            v += w2 * (sgr_params[u->set][1].r ? box_filtered(&box[1], x, y, 1, px) : px << 4);
            pic_set(dst, s->plane, area->x + x, area->y + y, clip3(0, (1 << dst->format.depth) - 1, round2(v, 11)));
        }
}

int ref_av1_lr_units(const int pixels, const int size_log2) {
    return max_of((pixels + (1 << size_log2) / 2) >> size_log2, 1);
}

/* A unit's part of a stripe. */
static void restore(Pic *const dst, const Stripe *const s, const DaedalusAv1LrUnit *const u, const Area *const area) {
    if (u->type == DAEDALUS_AV1_LR_SELF_GUIDED) {
        self_guided(dst, s, u, area);
        return;
    }
    for (int y = area->y; y < area->y + area->h; y++)
        for (int x = area->x; x < area->x + area->w; x++)
            pic_set(dst, s->plane, x, y,
                    u->type == DAEDALUS_AV1_LR_NONE ? pic_get(s->src, s->plane, x, y) : wiener(s, u, x, y));
}

void ref_av1_lr(const Pic *const src, const Pic *const dbl, Pic *const dst, const DaedalusAv1LrUnit *units,
                const uint8_t size_log2[3])
{
    static const DaedalusAv1LrUnit none = { .type = DAEDALUS_AV1_LR_NONE };
    for (int pl = 0; pl < dst->n_planes; pl++) {
        const int ss_ver = pl ? dst->ss_ver : 0, w = dst->w[pl], h = dst->h[pl], size = size_log2[pl];
        const int cols = size ? ref_av1_lr_units(w, size) : 1, rows = size ? ref_av1_lr_units(h, size) : 1;
        for (int luma_y = -8; luma_y >> ss_ver < h; luma_y += 64) {
            const Stripe s = { src, dbl, pl, luma_y >> ss_ver, (luma_y >> ss_ver) + (64 >> ss_ver) - 1 };
            const int row = size ? min_of(rows - 1, ((luma_y + 8) >> ss_ver) >> size) : 0;
            Area area = { .y = max_of(s.top, 0) };
            area.h = min_of(s.bottom + 1, h) - area.y;
            for (int col = 0; col < cols; col++, area.x += area.w) {
                area.w = col + 1 < cols ? 1 << size : w - area.x;
                restore(dst, &s, size ? &units[row * cols + col] : &none, &area);
            }
        }
        if (size) units += rows * cols;
    }
}
