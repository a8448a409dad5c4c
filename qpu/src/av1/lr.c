#include <errno.h>
#include <string.h>

#include "qpu_av1.h"
#include "kernels.h"
#include "av1/lr.h"

/* Which passes a unit needs: tiles of self-guided units are listed in this
 * order, so that those of either pass follow each other. */
enum UnitKind { KIND_SGR_5, KIND_SGR_BOTH, KIND_SGR_3, KIND_WIENER, N_KINDS };

typedef struct Grid {
    uint32_t tiles[N_KINDS]; /* at most LR_LANES quads x LR_SEG rows */
    uint32_t strips, lanes;  /* of all self-guided units */
    uint32_t units;
} Grid;

/* Where the next tile, strip and unit go. */
typedef struct Writer {
    struct QpuAv1LrCoefs *units;
    struct QpuAv1LrJob *wiener, *sgr, *strips; /* NULL where there are none */
    uint32_t *first;
    Grid at;
} Writer;

static enum UnitKind unit_kind(const QpuAv1LrUnit *const u, const QpuAv1Lr *const p) {
    if (u->type != QPU_AV1_LR_SGR) return KIND_WIENER;
    const uint16_t *const s = p->sgr_params[u->sgr_set];
    return !s[1] ? KIND_SGR_5 : s[0] ? KIND_SGR_BOTH : KIND_SGR_3;
}

static void wiener_taps(int taps[4], const int8_t coded[3]) {
    for (int i = 0; i < 3; i++)
        taps[i] = coded[i];
    taps[3] = 128 - 2 * (taps[0] + taps[1] + taps[2]);
}

static void write_unit(struct QpuAv1LrCoefs *const dst, const QpuAv1LrUnit *const u,
                       const QpuAv1Lr *const p)
{
    static const int8_t none[3] = { 0 }; /* leaves pixels as they are */
    struct QpuAv1LrCoefs unit;

    if (u->type == QPU_AV1_LR_SGR) {
        const uint16_t *const s = p->sgr_params[u->sgr_set];
        memset(&unit, 0, sizeof(unit));
        unit.coef[0] = s[0];
        unit.coef[1] = s[1];
        /* w1 of 7.17.3 is the pixel's own weight, 128 less the two others;
         * what it adds cancels out in the kernels' way of weighting */
        unit.coef[2] = s[0] ? u->sgr_w[0] : 0;
        unit.coef[3] = s[1] ? 128 - u->sgr_w[0] - u->sgr_w[1] : 0;
    } else {
        const int filter = u->type == QPU_AV1_LR_WIENER;
        wiener_taps(unit.coef, filter ? u->filter_h : none);
        wiener_taps(unit.coef + 4, filter ? u->filter_v : none);
    }
    *dst = unit; /* one write: dst may not be cached */
}

/* Lanes of A and B of a strip: one more quad on each side, and so many that a
 * batch sees two strips at most. */
static uint32_t strip_lanes(const uint32_t quads) {
    return quads + 2 > LR_LANES ? quads + 2 : LR_LANES;
}

/* Goes through the units of a plane: counts what they need, or writes it. */
static void walk_plane(Grid *const g, Writer *const w, const QpuFrame *const f,
                       const int plane, const QpuAv1Lr *const p)
{
    const QpuPlane *const pl = &f->plane[plane];
    const QpuAv1LrUnit *const units = p->plane[plane].units;
    const int size_log2 = p->plane[plane].size_log2;
    const int cols = p->plane[plane].cols, rows = p->plane[plane].rows;
    const int off = 8 >> (plane ? f->ss_ver : 0);
    const uint32_t segs = (uint32_t) (pl->h + off + LR_SEG - 1) >> LR_SEG_LOG2;
    const uint32_t all_quads = (uint32_t) (pl->w + 3) >> 2;
    const uint32_t unit_segs = 1U << (size_log2 - LR_SEG_LOG2);
    const uint32_t unit_quads = 1U << (size_log2 - 2);

    for (int row = 0; row < rows; row++) {
        const uint32_t seg0 = (uint32_t) row * unit_segs;
        const uint32_t seg1 = row + 1 < rows ? seg0 + unit_segs : segs;
        for (int col = 0; col < cols; col++) {
            const QpuAv1LrUnit *const u = &units[row * cols + col];
            const enum UnitKind kind = unit_kind(u, p);
            const uint32_t quad0 = (uint32_t) col * unit_quads;
            const uint32_t quads = (col + 1 < cols ? quad0 + unit_quads : all_quads) - quad0;
            const uint32_t tiles = (quads + LR_LANES - 1) / LR_LANES;
            const uint32_t unit = g->units++;
            if (w) write_unit(&w->units[unit], u, p);

            for (uint32_t seg = seg0; seg < seg1; seg++) {
                struct QpuAv1LrJob job = {
                    .pos = LR_POS(quad0, seg, (uint32_t) plane),
                    .unit = unit,
                    .quads = quads,
                    .ab = g->lanes,
                };
                if (kind != KIND_WIENER) {
                    if (w) {
                        w->strips[g->strips] = job;
                        const uint32_t end = g->lanes + strip_lanes(quads);
                        for (uint32_t i = (g->lanes + LR_LANES - 1) / LR_LANES;
                             i * LR_LANES < end; i++)
                        {
                            w->first[i] = g->strips;
                        }
                    }
                    g->strips++;
                    g->lanes += strip_lanes(quads);
                }
                if (w) {
                    struct QpuAv1LrJob *const jobs =
                        (kind == KIND_WIENER ? w->wiener : w->sgr) + g->tiles[kind];
                    for (uint32_t i = 0; i < tiles; i++) {
                        const uint32_t left = quads - i * LR_LANES;
                        job.pos = LR_POS(quad0 + i * LR_LANES, seg, (uint32_t) plane);
                        job.quads = left < LR_LANES ? left : LR_LANES;
                        jobs[i] = job;
                        jobs[i].ab += 1 + i * LR_LANES;
                    }
                }
                g->tiles[kind] += tiles;
            }
        }
    }
}

static void walk(Grid *const g, Writer *const w, const QpuFrame *const f, const QpuAv1Lr *const p) {
    for (int plane = 0; plane < f->n_planes; plane++)
        if (p->plane[plane].units) walk_plane(g, w, f, plane, p);
}

static int check_params(const QpuFrame *const src, const QpuFrame *const dbl,
                        const QpuFrame *const dst, const QpuAv1Lr *const p)
{
    for (int i = 0; i < src->n_planes; i++) {
        const QpuPlane *const a = &src->plane[i], *const b = &dbl->plane[i], *const c = &dst->plane[i];
        if (a->org != b->org || a->stride != b->stride || a->w != b->w || a->h != b->h ||
            a->org != c->org || a->stride != c->stride || a->w != c->w || a->h != c->h)
            return -EINVAL;
        if (!p->plane[i].units) continue;
        const int log2 = p->plane[i].size_log2, cols = p->plane[i].cols, rows = p->plane[i].rows;
        if (log2 < LR_SEG_LOG2 || log2 > 8 || cols < 1 || rows < 1 ||
            (cols - 1) << log2 >= a->w || (rows - 1) << log2 >= a->h)
            return -EINVAL;
    }
    return 0;
}

static int dispatch(QpuBatch *const b, const QpuKernel *const k, const QpuRange *const bind,
                    const int n_bind, const struct QpuAv1LrPush *const push)
{
    /* more groups than a dimension takes make rows; the kernels repeat the
     * last one where the last row is too long */
    const uint32_t rows = (push->n + 65534) / 65535;
    return qpu_batch_dispatch(b, k, bind, n_bind, push, sizeof(*push),
                              (push->n + rows - 1) / rows, rows, 1);
}

int qpu_av1_lr(QpuBatch *const b, const QpuFrame *const src, const QpuFrame *const dbl,
               const QpuFrame *const dst, const QpuAv1Lr *const p)
{
    const int hbd = src->bpc > 8;
    Grid g;
    memset(&g, 0, sizeof(g));

    if (check_params(src, dbl, dst, p)) return -EINVAL;
    walk(&g, NULL, src, p);
    if (!g.units) return 0;

    qpu_batch_stage(b, QPU_STAGE_LR);
    const uint32_t n5 = g.tiles[KIND_SGR_5], both = g.tiles[KIND_SGR_BOTH], n3 = g.tiles[KIND_SGR_3];
    const uint32_t n_sgr = n5 + both + n3, n_wiener = g.tiles[KIND_WIENER];
    const uint32_t batches = (g.lanes + LR_LANES - 1) / LR_LANES;

    QpuRange planes, units, wiener, sgr, strips, first;
    Writer w;
    memset(&w, 0, sizeof(w));
    struct QpuAv1LrPlane *const pl = qpu_batch_upload(b, 3 * sizeof(*pl), &planes);
    w.units = qpu_batch_upload(b, g.units * sizeof(*w.units), &units);
    if (!pl || !w.units) return -ENOMEM;
    if (n_wiener) {
        w.wiener = qpu_batch_upload(b, n_wiener * sizeof(*w.wiener), &wiener);
        if (!w.wiener) return -ENOMEM;
    }
    if (n_sgr) {
        w.sgr = qpu_batch_upload(b, n_sgr * sizeof(*w.sgr), &sgr);
        /* one more: the kernel looks whether its lane belongs to the next */
        w.strips = qpu_batch_upload(b, (g.strips + 1) * sizeof(*w.strips), &strips);
        w.first = qpu_batch_upload(b, batches * sizeof(*w.first), &first);
        if (!w.sgr || !w.strips || !w.first) return -ENOMEM;
        w.strips[g.strips] = (struct QpuAv1LrJob) { .ab = batches * LR_LANES };
    }

    for (int i = 0; i < 3; i++) {
        const QpuPlane *const q = &src->plane[i];
        const int ss_ver = i ? src->ss_ver : 0;
        pl[i] = (struct QpuAv1LrPlane) {
            .org = q->org >> hbd,
            .stride = q->stride >> hbd,
            .w = q->w,
            .h = q->h,
            .off = 8 >> ss_ver,
            .stripe_log2 = 6 - ss_ver,
        };
    }

    Grid at;
    memset(&at, 0, sizeof(at));
    at.tiles[KIND_SGR_BOTH] = n5;
    at.tiles[KIND_SGR_3] = n5 + both;
    walk(&at, &w, src, p);

    struct QpuAv1LrPush push;
    memset(&push, 0, sizeof(push));
    const int round_h = src->bpc == 12 ? 5 : 3;
    push.bit_depth = src->bpc;
    push.pixel_max = (1 << src->bpc) - 1;
    push.round_h = 1.f / (float) (1 << round_h);
    push.round_v = 1.f / (float) (1 << (14 - round_h));
    /* limits of 7.17.4 less the offset that cancels out */
    push.min_h = (float) -(1 << (src->bpc + 6 - round_h));
    push.max_h = (float) (3 * (1 << (src->bpc + 6 - round_h)) - 1);

    int res = 0;
    if (n_wiener) {
        const QpuRange bind[] = { src->range, dbl->range, dst->range, planes, units, wiener };
        push.n = n_wiener;
        res = dispatch(b, hbd ? &qpu_k_av1_lr_wiener_16 : &qpu_k_av1_lr_wiener_8,
                 bind, sizeof(bind) / sizeof(*bind), &push);
    }
    if (n_sgr) {
        const size_t ab_row = LR_LANES * 4 * sizeof(uint32_t);
        const size_t part_size = LR_SEG * LR_LANES * 4 * sizeof(int16_t);
        /* each is bound in any case, and to memory of its own: what a launch
         * may write must not be what another input reads */
        QpuRange ab5, ab3, part;
        qpu_batch_scratch(b, ab_row * LR_ROWS5 * (n5 + both ? batches : 1), &ab5);
        qpu_batch_scratch(b, ab_row * LR_ROWS3 * (both + n3 ? batches : 1), &ab3);
        /* one tile is read, but not used, where there is no 5x5 part */
        qpu_batch_scratch(b, part_size * (both ? both : 1), &part);

        const QpuRange bind_ab[] = { src->range, dbl->range, planes, units, strips, first, ab5, ab3 };
        push.n = batches;
        push.passes = (n5 + both ? 2 : 0) | (both + n3 ? 1 : 0);
        res = dispatch(b, hbd ? &qpu_k_av1_lr_sgr_ab_16 : &qpu_k_av1_lr_sgr_ab_8,
                 bind_ab, sizeof(bind_ab) / sizeof(*bind_ab), &push);
        qpu_batch_barrier(b);

        if (n5 + both) {
            const QpuRange bind[] = { src->range, dst->range, planes, units, sgr, ab5, part };
            push.n = n5 + both;
            push.n_5 = n5;
            res = dispatch(b, hbd ? &qpu_k_av1_lr_sgr_5_16 : &qpu_k_av1_lr_sgr_5_8,
                     bind, sizeof(bind) / sizeof(*bind), &push);
            qpu_batch_barrier(b); /* part, if only by name */
        }
        if (both + n3) {
            const QpuRange bind[] = { src->range, dst->range, planes, units, sgr, ab3, part };
            push.n = both + n3;
            push.first = n5;
            push.n_5 = both;
            res = dispatch(b, hbd ? &qpu_k_av1_lr_sgr_3_16 : &qpu_k_av1_lr_sgr_3_8,
                     bind, sizeof(bind) / sizeof(*bind), &push);
        }
    }
    qpu_batch_barrier(b);
    return res; /* the last one's: a failed batch stays failed */
}
