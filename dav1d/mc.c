/* Records inter prediction, AV1 specification 7.11.3. */

#include "config.h"

#include <stdlib.h>

#include "common/intops.h"

#include "src/levels.h"
#include "src/qpu/ipred.h"
#include "src/qpu/rec.h"
#include "src/tables.h"
#include "src/wedge.h"

/* The first row of qpu_av1_mc_taps() for a Filter2d: horizontally, vertically; of
 * more than 4 pixels, of 4 or less. */
static const uint8_t taps_rows[N_2D_FILTERS][2][2] = {
#define ROW(filter) { QPU_AV1_MC_ROW(QPU_AV1_MC_##filter, 0), QPU_AV1_MC_ROW(QPU_AV1_MC_##filter, 1) }
#define FILTER(name, h, v) [FILTER_2D_##name] = { ROW(h), ROW(v) }
    FILTER(8TAP_REGULAR, REGULAR, REGULAR),
    FILTER(8TAP_REGULAR_SMOOTH, REGULAR, SMOOTH),
    FILTER(8TAP_REGULAR_SHARP, REGULAR, SHARP),
    FILTER(8TAP_SHARP_REGULAR, SHARP, REGULAR),
    FILTER(8TAP_SHARP_SMOOTH, SHARP, SMOOTH),
    FILTER(8TAP_SHARP, SHARP, SHARP),
    FILTER(8TAP_SMOOTH_REGULAR, SMOOTH, REGULAR),
    FILTER(8TAP_SMOOTH, SMOOTH, SMOOTH),
    FILTER(8TAP_SMOOTH_SHARP, SMOOTH, SHARP),
    FILTER(BILINEAR, BILINEAR, BILINEAR),
#undef FILTER
#undef ROW
};

static ALWAYS_INLINE void write_job(struct Dav1dQpuTile *const tile, const QpuAv1McJob *const job,
                                    const int kind, const int w_log2, const int h)
{
    const uint32_t n = tile->n_mc++;
    const int bucket = kind * QPU_AV1_MC_CLASSES + qpu_av1_mc_class(kind, w_log2, h);
    tile->mc[n] = *job;
    tile->mc_bucket[n] = (uint8_t) bucket;
    tile->mc_count[bucket]++;
}

static ALWAYS_INLINE int max_taps(const uint32_t how) {
    return imax(qpu_av1_mc_n_taps(how >> 13 & 127), qpu_av1_mc_n_taps(how >> 20 & 127));
}

/* Upstream's position in a reference of another size, 10 fractional bits. */
static int scaled_pos(const int pos, const int scale) {
    const int64_t p = (int64_t) pos * scale + (scale - 0x4000) * 8;
    return apply_sign64((int) ((llabs(p) + 128) >> 8), p) + 32;
}

int dav1d_qpu_mc(Dav1dTaskContext *const t, const enum Dav1dQpuMcTo to,
                 const int bw4, const int bh4, const int bx, const int by, const int pl,
                 const mv mv, const Dav1dThreadPicture *const refp, const int refidx,
                 const enum Filter2d filter_2d)
{
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const int ss_ver = pl && f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I420;
    const int ss_hor = pl && f->cur.p.layout != DAV1D_PIXEL_LAYOUT_I444;
    const int x = bx * 4 >> ss_hor, y = by * 4 >> ss_ver;
    const int w = bw4 * 4 >> ss_hor, h = bh4 * 4 >> ss_ver;
    if (refp == &f->sr_cur) {
        dav1d_qpu_intrabc(t, pl, x, y, w, h, mv);
        return 0;
    }
    const int w_log2 = ulog2(w);
    const uint32_t row_h = taps_rows[filter_2d][0][w <= 4], row_v = taps_rows[filter_2d][1][h <= 4];
    QpuAv1McJob job = { .dst = QPU_AV1_MC_DST(x, y, pl) };
    int kind;

    if (refp->p.p.w == f->cur.p.w && refp->p.p.h == f->cur.p.h) {
        const int mx = mv.x & (15 >> !ss_hor), my = mv.y & (15 >> !ss_ver);
        const uint32_t taps_h = row_h + (uint32_t) (mx << !ss_hor);
        const uint32_t taps_v = row_v + (uint32_t) (my << !ss_ver);
        job.src = QPU_AV1_MC_SRC(x + (mv.x >> (3 + ss_hor)), y + (mv.y >> (3 + ss_ver)));
        job.how = QPU_AV1_MC_HOW(w_log2, h, refidx, taps_h, taps_v);
        job.arg = 0;
        if (to == QPU_MC_FRAME) {
            kind = qpu_av1_mc_put_kind(w_log2, h, taps_h, taps_v);
            write_job(tile, &job, kind, w_log2, h);
            return 0;
        }
        kind = QPU_AV1_MC_PUT_6; /* whoever takes it decides */
    } else {
        const int pos_x = (x << 4) + mv.x * (1 << !ss_hor);
        const int pos_y = (y << 4) + mv.y * (1 << !ss_ver);
        job.src = (uint32_t) scaled_pos(pos_x, f->svc[refidx][0].scale);
        job.arg = (uint32_t) scaled_pos(pos_y, f->svc[refidx][1].scale);
        job.how = QPU_AV1_MC_HOW(w_log2, h, refidx, row_h, row_v);
        kind = QPU_AV1_MC_SCALED;
        if (to == QPU_MC_FRAME) {
            write_job(tile, &job, kind, w_log2, h);
            return 0;
        }
    }
    tile->pending[to == QPU_MC_COMP_1] = (struct Dav1dQpuPending) {
        .job = job, .kind = (uint8_t) kind, .w_log2 = (uint8_t) w_log2, .h = (uint8_t) h,
    };
    return 0;
}

int dav1d_qpu_warp(Dav1dTaskContext *const t, const enum Dav1dQpuMcTo to,
                   const uint8_t *const b_dim, const int pl,
                   const Dav1dThreadPicture *const refp, const Dav1dWarpedMotionParams *const wmp)
{
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const int ss_ver = pl && f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I420;
    const int ss_hor = pl && f->cur.p.layout != DAV1D_PIXEL_LAYOUT_I444;
    const int x0 = t->bx * 4 >> ss_hor, y0 = t->by * 4 >> ss_ver;
    const int w = b_dim[0] * 4 >> ss_hor, h = b_dim[1] * 4 >> ss_ver;
    const int32_t *const mat = wmp->matrix;
    uint32_t how = (uint32_t) (refp - f->refp) << 10;

    if (to != QPU_MC_FRAME) {
        how |= QPU_AV1_MC_PREP | QPU_AV1_MC_TMP(to == QPU_MC_COMP_1);
        tile->pending[to == QPU_MC_COMP_1] = (struct Dav1dQpuPending) {
            .job = { .dst = QPU_AV1_MC_DST(x0, y0, pl) },
            .kind = QPU_AV1_MC_N, .w_log2 = (uint8_t) ulog2(w), .h = (uint8_t) h,
        };
    }
    for (int y = 0; y < h; y += 8) {
        const int src_y = t->by * 4 + ((y + 4) << ss_ver);
        const int64_t mat_x = (int64_t) mat[3] * src_y + mat[0];
        const int64_t mat_y = (int64_t) mat[5] * src_y + mat[1];
        for (int x = 0; x < w; x += 8) {
            const int src_x = t->bx * 4 + ((x + 4) << ss_hor);
            const int64_t px = ((int64_t) mat[2] * src_x + mat_x) >> ss_hor;
            const int64_t py = ((int64_t) mat[4] * src_x + mat_y) >> ss_ver;
            /* far outside, all of it is the corner pixel's column or row */
            const int dx = iclip((int) (px >> 16) - 4, -32000, 32000);
            const int dy = iclip((int) (py >> 16) - 4, -32000, 32000);
            tile->warp[tile->n_warp++] = (QpuAv1McWarp) {
                .dst = QPU_AV1_MC_DST(x0 + x, y0 + y, pl),
                .src = QPU_AV1_MC_SRC(dx, dy),
                .how = how,
                .mx = (((int) px & 0xffff) - wmp->u.p.alpha * 4 - wmp->u.p.beta * 7) & ~0x3f,
                .my = (((int) py & 0xffff) - wmp->u.p.gamma * 4 - wmp->u.p.delta * 4) & ~0x3f,
                .abcd = { wmp->u.p.alpha, wmp->u.p.beta, wmp->u.p.gamma, wmp->u.p.delta },
            };
        }
    }
    return 0;
}

void dav1d_qpu_obmc(Dav1dTaskContext *const t, const int left, const int h) {
    struct Dav1dQpuTile *const tile = t->qpu;
    struct Dav1dQpuPending *const p = &tile->pending[0];
    const int scaled = p->kind == QPU_AV1_MC_SCALED;
    QpuAv1McJob job = p->job;
    if (left) {
        job.how |= QPU_AV1_MC_LEFT;
        write_job(tile, &job, scaled ? QPU_AV1_MC_SCALED_LEFT : QPU_AV1_MC_OBMC_LEFT,
                  p->w_log2, h);
        return;
    }
    const int rows = h * 3 >> 2;
    job.how = (job.how & ~(127U << 3)) | (uint32_t) (rows - 1) << 3;
    if (!scaled) job.arg = (uint32_t) h;
    write_job(tile, &job, scaled ? QPU_AV1_MC_SCALED_ABOVE : QPU_AV1_MC_OBMC_ABOVE,
              p->w_log2, rows);
}

/* Has a reference of a compound written to its samples. */
static void write_prep(struct Dav1dQpuTile *const tile, const int i) {
    struct Dav1dQpuPending *const p = &tile->pending[i];
    if (p->kind == QPU_AV1_MC_N) return; /* by warps */
    QpuAv1McJob job = p->job;
    const int scaled = p->kind == QPU_AV1_MC_SCALED;
    job.how |= QPU_AV1_MC_TMP(i) | (scaled ? QPU_AV1_MC_PREP : 0);
    write_job(tile, &job, scaled ? QPU_AV1_MC_SCALED :
              max_taps(job.how) == 8 ? QPU_AV1_MC_PREP_8 : QPU_AV1_MC_PREP_6, p->w_log2, p->h);
}

void dav1d_qpu_compound(Dav1dTaskContext *const t, const enum BlockSize bs,
                        const Av1Block *const b, const int pl)
{
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const struct Dav1dQpuPending *const second = &tile->pending[1];
    const int w_log2 = second->w_log2, h = second->h;
    const int chr_layout_idx = pl ? DAV1D_PIXEL_LAYOUT_I444 - f->cur.p.layout : 0;
    QpuAv1McJob job = {
        .dst = second->job.dst,
        .how = QPU_AV1_MC_HOW(w_log2, h, 0, 0, 0),
    };

    write_prep(tile, 0);
    switch (b->comp_type) {
    case COMP_INTER_AVG:
    case COMP_INTER_WEIGHTED_AVG: {
        const uint32_t weight = b->comp_type == COMP_INTER_AVG ? 32 :
                                4U * f->jnt_weights[b->ref[0]][b->ref[1]];
        if (second->kind == QPU_AV1_MC_PUT_6) {
            job = second->job;
            job.arg = weight;
            write_job(tile, &job, max_taps(job.how) == 8 ? QPU_AV1_MC_AVG_8 : QPU_AV1_MC_AVG_6,
                      w_log2, h);
            return;
        }
        job.how |= QPU_AV1_MC_EVEN;
        job.arg = weight;
        break;
    }
    case COMP_INTER_SEG:
        job.how |= QPU_AV1_MC_DIFF | (b->mask_sign ? QPU_AV1_MC_SWAP : 0);
        break;
    case COMP_INTER_WEDGE:
        job.how |= b->mask_sign ? QPU_AV1_MC_SWAP : 0;
        job.arg = (uint32_t) (WEDGE_MASK(chr_layout_idx, bs, pl ? b->mask_sign : 0, b->wedge_idx) -
                              (const uint8_t *) &dav1d_masks);
        break;
    }
    write_prep(tile, 1);
    write_job(tile, &job, QPU_AV1_MC_MASK, w_log2, h);
}
