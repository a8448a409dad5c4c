/* AV1's loop restoration on the CPU: dav1d's functions, on copies of a unit's stripes, as they work in
 * place and may write beyond their end. Compiled by bit depth. */

#include "config.h"

#include "common/intops.h"
#include "src/looprestoration.h"
#include "src/tables.h"

#include "av1_lr.h"

#define BESIDE 4 /* columns left and right of it that are brought along, one more than filters read */

typedef struct Lr {
    Dav1dLoopRestorationDSPContext dsp;
    const DaedalusPlanes *src, *dbl, *dst;
    pixel *tmp;
    int plane, rows, bitdepth_max;
} Lr;

typedef struct Area { int x, y, w, h; } Area;

static pixel *pixel_at(const Lr *const c, const DaedalusPlanes *const p, const int x, const int y) {
    return (pixel *) ((uint8_t *) p->data[c->plane] + y * p->stride[c->plane]) + x;
}

/* dav1d's form of a unit's parameters, and the function that takes them. */
static looprestorationfilter_fn unit_params(LooprestorationParams *const out, const Lr *const c,
                                            const QpuAv1LrUnit *const u)
{
    if (u->type == QPU_AV1_LR_SGR) {
        const uint16_t *const s = dav1d_sgr_params[u->sgr_set];
        out->sgr.s0 = s[0];
        out->sgr.s1 = s[1];
        out->sgr.w0 = u->sgr_w[0];
        out->sgr.w1 = (int16_t) (128 - u->sgr_w[0] - u->sgr_w[1]);
        return c->dsp.sgr[s[0] && s[1] ? 2 : !s[0]];
    }
    for (int dir = 0; dir < 2; dir++) {
        const int8_t *const taps = dir ? u->filter_v : u->filter_h;
        int16_t *const filter = out->filter[dir];
        for (int i = 0; i < 3; i++) filter[i] = filter[6 - i] = taps[i];
        filter[3] = (int16_t) (128 - 2 * (taps[0] + taps[1] + taps[2]));
        filter[7] = 0;
    }
#if BITDEPTH == 8
    out->filter[0][3] -= 128; /* added by the function */
#endif
    return c->dsp.wiener[!u->filter_h[0] && !u->filter_v[0]];
}

/* A unit's part of a stripe. */
static void filter(const Lr *const c, const QpuAv1LrUnit *const u, const Area a, const enum LrEdgeFlags edges) {
    ALIGN_STK_16(pixel, left, 64,[BESIDE]);
    LooprestorationParams params;
    const looprestorationfilter_fn fn = unit_params(&params, c, u);
    const int x0 = edges & LR_HAVE_LEFT ? -BESIDE : 0, x1 = a.w + (edges & LR_HAVE_RIGHT ? BESIDE : 0);
    pixel *const around = c->tmp + AV1_LR_LEFT, *const at = around + AV1_LR_AROUND * AV1_LR_STRIDE;

    /* dav1d's rows 0, 1: above the stripe, 6, 7: below it */
    for (int i = 0; i < 4; i++) {
        if (!(edges & (i < 2 ? LR_HAVE_TOP : LR_HAVE_BOTTOM))) continue;
        const int y = i < 2 ? a.y - 2 + i : imin(a.y + a.h + i - 2, c->rows - 1);
        pixel_copy(around + (i < 2 ? i : 4 + i) * AV1_LR_STRIDE + x0, pixel_at(c, c->dbl, a.x + x0, y), x1 - x0);
    }
    for (int y = 0; y < a.h; y++) {
        const pixel *const src = pixel_at(c, c->src, a.x, a.y + y);
        pixel_copy(at + y * AV1_LR_STRIDE, src, x1);
        if (edges & LR_HAVE_LEFT) pixel_copy(left[y], src - BESIDE, BESIDE);
    }
    fn(at, AV1_LR_STRIDE * sizeof(pixel), (const pixel (*)[4]) left, around, a.w, a.h, &params, edges
#if BITDEPTH == 16
       , c->bitdepth_max
#endif
       );
    for (int y = 0; y < a.h; y++) pixel_copy(pixel_at(c, c->dst, a.x, a.y + y), at + y * AV1_LR_STRIDE, a.w);
}

static void copy(const Lr *const c, const Area a) {
    for (int y = a.y; y < a.y + a.h; y++) pixel_copy(pixel_at(c, c->dst, a.x, y), pixel_at(c, c->src, a.x, y), a.w);
}

/* 7.17: units and stripes begin 8 luma rows higher than multiples of their size. */
static void restore_plane(const Lr *const c, const QpuAv1Lr *const p, const int w, const int ss_ver) {
    const int size_log2 = p->plane[c->plane].size_log2, cols = p->plane[c->plane].cols, rows = p->plane[c->plane].rows;
    const int off = 8 >> ss_ver, stripe = 64 >> ss_ver;
    const QpuAv1LrUnit *u = p->plane[c->plane].units;
    for (int row = 0; row < rows; row++) {
        const int y0 = imax((row << size_log2) - off, 0);
        const int y1 = row + 1 < rows ? ((row + 1) << size_log2) - off : c->rows;
        for (int col = 0; col < cols; col++, u++) {
            Area a = { .x = col << size_log2, .y = y0, .h = y1 - y0 };
            a.w = col + 1 < cols ? 1 << size_log2 : w - a.x;
            if (u->type == QPU_AV1_LR_NONE) {
                copy(c, a);
                continue;
            }
            for (; a.y < y1; a.y += a.h) {
                a.h = imin(stripe - (a.y + off) % stripe, y1 - a.y);
                filter(c, u, a, (col ? LR_HAVE_LEFT : 0) | (col + 1 < cols ? LR_HAVE_RIGHT : 0) |
                                (a.y ? LR_HAVE_TOP : 0) | (a.y + a.h < c->rows ? LR_HAVE_BOTTOM : 0));
            }
        }
    }
}

void bitfn(daedalus_lr_cpu)(const Op *const op, const DaedalusPlanes *const src, const DaedalusPlanes *const dbl,
                            const DaedalusPlanes *const dst)
{
    const QpuAv1Lr *const p = &((const Av1Lr *) op->jobs)->p;
    const QpuFrame *const f = &op->frame[0]->q;
    Lr c = { .src = src, .dbl = dbl, .dst = dst, .tmp = op->extra, .bitdepth_max = (1 << f->bpc) - 1 };
    bitfn(dav1d_loop_restoration_dsp_init)(&c.dsp, f->bpc);
    for (c.plane = 0; c.plane < f->n_planes; c.plane++) {
        c.rows = f->plane[c.plane].h;
        if (p->plane[c.plane].units) restore_plane(&c, p, f->plane[c.plane].w, c.plane ? f->ss_ver : 0);
        else copy(&c, (Area) { .w = f->plane[c.plane].w, .h = c.rows });
    }
}
