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

/* Where the next job goes, which is of that kind. */
static ALWAYS_INLINE QpuAv1McJob *next_job(struct Dav1dQpuTile *const tile, const int kind,
                                           const int w_log2, const int h)
{
    const uint32_t n = tile->n_mc++;
    const int bucket = kind * QPU_AV1_MC_CLASSES + qpu_av1_mc_class(kind, w_log2, h);
    tile->mc_bucket[n] = (uint8_t) bucket;
    tile->mc_count[bucket]++;
    return &tile->mc[n];
}

static ALWAYS_INLINE int max_taps(const uint32_t how) {
    return imax(qpu_av1_mc_n_taps(how >> 13 & 127), qpu_av1_mc_n_taps(how >> 20 & 127));
}

/* Upstream's position in a reference of another size, 10 fractional bits. */
static int scaled_pos(const int pos, const int scale) {
    const int64_t p = (int64_t) pos * scale + (scale - 0x4000) * 8;
    return apply_sign64((int) ((llabs(p) + 128) >> 8), p) + 32;
}

/* A block of the plane, as all functions here take it: in pixels. */
struct Block {
    int x, y, w, h;
};

static ALWAYS_INLINE struct Block block_of(const struct Dav1dQpuTile *const tile, const int pl,
                                           const int bx, const int by, const int bw4, const int bh4)
{
    const int ss_hor = tile->ss_hor[!!pl], ss_ver = tile->ss_ver[!!pl];
    return (struct Block) { bx * 4 >> ss_hor, by * 4 >> ss_ver, bw4 * 4 >> ss_hor, bh4 * 4 >> ss_ver };
}

/* From a reference of the frame's size. */
static ALWAYS_INLINE QpuAv1McJob plain_job(const struct Dav1dQpuTile *const tile, const struct Block b,
                                           const int w_log2, const int pl, const mv mv,
                                           const int refidx, const enum Filter2d filter)
{
    const int ss_hor = pl ? tile->ss_hor[1] : 0, ss_ver = pl ? tile->ss_ver[1] : 0;
    const uint32_t taps_h = taps_rows[filter][0][b.w <= 4] + ((uint32_t) mv.x << !ss_hor & 15);
    const uint32_t taps_v = taps_rows[filter][1][b.h <= 4] + ((uint32_t) mv.y << !ss_ver & 15);
    return (QpuAv1McJob) {
        .dst = QPU_AV1_MC_DST(b.x, b.y, pl),
        .src = QPU_AV1_MC_SRC(b.x + (mv.x >> (3 + ss_hor)), b.y + (mv.y >> (3 + ss_ver))),
        .how = QPU_AV1_MC_HOW(w_log2, b.h, refidx, taps_h, taps_v),
    };
}

static ALWAYS_INLINE int put_kind(const QpuAv1McJob *const job, const int w_log2, const int h) {
    return qpu_av1_mc_put_kind(w_log2, h, job->how >> 13 & 127, job->how >> 20 & 127);
}

static ALWAYS_INLINE int plain_mc(struct Dav1dQpuTile *const tile, const enum Dav1dQpuMcTo to,
                                  const struct Block b, const int pl, const mv mv,
                                  const int refidx, const enum Filter2d filter)
{
    const int w_log2 = ulog2(b.w);
    const QpuAv1McJob job = plain_job(tile, b, w_log2, pl, mv, refidx, filter);
    if (to == QPU_MC_FRAME)
        *next_job(tile, put_kind(&job, w_log2, b.h), w_log2, b.h) = job;
    else
        tile->pending[to == QPU_MC_COMP_1] = (struct Dav1dQpuPending) {
            .job = job,
            .kind = QPU_AV1_MC_PUT_6, /* whoever takes it decides */
            .w_log2 = (uint8_t) w_log2,
            .h = (uint8_t) b.h,
        };
    return 0;
}

/* Where references may have another size or be the frame itself; with the same
 * arguments, so that the others don't have to keep theirs for it. */
static NOINLINE int special_mc(Dav1dTaskContext *const t, const enum Dav1dQpuMcTo to,
                               const int bw4, const int bh4, const int bx, const int by, const int pl,
                               const mv mv, const Dav1dThreadPicture *const refp, const int refidx,
                               const enum Filter2d filter)
{
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const struct Block b = block_of(tile, pl, bx, by, bw4, bh4);
    if (refp == &f->sr_cur) {
        dav1d_qpu_intrabc(t, pl, b.x, b.y, b.w, b.h, mv);
        return 0;
    }
    const struct ScalableMotionParams *const svc = f->svc[refidx];
    if (!svc[0].scale) return plain_mc(tile, to, b, pl, mv, refidx, filter);
    const int w_log2 = ulog2(b.w), to_frame = to == QPU_MC_FRAME;
    struct Dav1dQpuPending *const p = &tile->pending[to == QPU_MC_COMP_1];
    *(to_frame ? next_job(tile, QPU_AV1_MC_SCALED, w_log2, b.h) : &p->job) = (QpuAv1McJob) {
        .dst = QPU_AV1_MC_DST(b.x, b.y, pl),
        .src = (uint32_t) scaled_pos((b.x << 4) + mv.x * (1 << !tile->ss_hor[!!pl]), svc[0].scale),
        .how = QPU_AV1_MC_HOW(w_log2, b.h, refidx, taps_rows[filter][0][b.w <= 4],
                              taps_rows[filter][1][b.h <= 4]),
        .arg = (uint32_t) scaled_pos((b.y << 4) + mv.y * (1 << !tile->ss_ver[!!pl]), svc[1].scale),
    };
    if (!to_frame) {
        p->kind = QPU_AV1_MC_SCALED;
        p->w_log2 = (uint8_t) w_log2;
        p->h = (uint8_t) b.h;
    }
    return 0;
}

int dav1d_qpu_mc(Dav1dTaskContext *const t, const enum Dav1dQpuMcTo to,
                 const int bw4, const int bh4, const int bx, const int by, const int pl,
                 const mv mv, const Dav1dThreadPicture *const refp, const int refidx,
                 const enum Filter2d filter)
{
    struct Dav1dQpuTile *const tile = t->qpu;
    if (tile->is_special) return special_mc(t, to, bw4, bh4, bx, by, pl, mv, refp, refidx, filter);
    return plain_mc(tile, to, block_of(tile, pl, bx, by, bw4, bh4), pl, mv, refidx, filter);
}

/* A block's prediction in n planes from pl on, U and V being alike. */
static ALWAYS_INLINE void plain_planes(struct Dav1dQpuTile *const tile, const struct Block b,
                                       const int pl, const int n, const Av1Block *const block,
                                       const uint32_t weight)
{
    const int w_log2 = ulog2(b.w);
    QpuAv1McJob first = plain_job(tile, b, w_log2, pl, block->mv[0], block->ref[0], block->filter2d);
    if (block->comp_type == COMP_INTER_NONE) {
        const int kind = put_kind(&first, w_log2, b.h);
        for (int i = 0; i < n; i++, first.dst += QPU_AV1_MC_DST(0, 0, 1))
            *next_job(tile, kind, w_log2, b.h) = first;
        return;
    }
    QpuAv1McJob second = plain_job(tile, b, w_log2, pl, block->mv[1], block->ref[1], block->filter2d);
    second.arg = weight;
    const int prep = max_taps(first.how) == 8 ? QPU_AV1_MC_PREP_8 : QPU_AV1_MC_PREP_6;
    const int avg = max_taps(second.how) == 8 ? QPU_AV1_MC_AVG_8 : QPU_AV1_MC_AVG_6;
    for (int i = 0; i < n; i++) {
        *next_job(tile, prep, w_log2, b.h) = first;
        *next_job(tile, avg, w_log2, b.h) = second;
        first.dst += QPU_AV1_MC_DST(0, 0, 1);
        second.dst += QPU_AV1_MC_DST(0, 0, 1);
    }
}

int dav1d_qpu_inter(Dav1dTaskContext *const t, const enum BlockSize bs, const Av1Block *const b,
                    const int has_chroma)
{
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const uint8_t *const b_dim = dav1d_block_dimensions[bs];
    uint32_t weight = 0;
    if (tile->is_special) return 0;
    switch (b->comp_type) {
    case COMP_INTER_NONE:
        if (b->motion_mode != MM_TRANSLATION || b->interintra_type ||
            (b->inter_mode == GLOBALMV && f->gmv_warp_allowed[b->ref[0]]) ||
            b_dim[0] == tile->ss_hor[1] || b_dim[1] == tile->ss_ver[1]) return 0;
        t->tl_4x4_filter = b->filter2d;
        break;
    case COMP_INTER_AVG:
    case COMP_INTER_WEIGHTED_AVG:
        if (b->inter_mode == GLOBALMV_GLOBALMV &&
            (f->gmv_warp_allowed[b->ref[0]] || f->gmv_warp_allowed[b->ref[1]])) return 0;
        weight = b->comp_type == COMP_INTER_AVG ? 32 : 4U * f->jnt_weights[b->ref[0]][b->ref[1]];
        break;
    default:
        return 0;
    }
    plain_planes(tile, block_of(tile, 0, t->bx, t->by, b_dim[0], b_dim[1]), 0, 1, b, weight);
    if (has_chroma)
        plain_planes(tile, block_of(tile, 1, t->bx, t->by, b_dim[0], b_dim[1]), 1, 2, b, weight);
    return 1;
}

int dav1d_qpu_warp(Dav1dTaskContext *const t, const enum Dav1dQpuMcTo to,
                   const uint8_t *const b_dim, const int pl,
                   const Dav1dThreadPicture *const refp, const Dav1dWarpedMotionParams *const wmp)
{
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const int ss_hor = tile->ss_hor[!!pl], ss_ver = tile->ss_ver[!!pl];
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
    const struct Dav1dQpuPending *const p = &tile->pending[0];
    const int scaled = p->kind == QPU_AV1_MC_SCALED;
    const int kind = scaled ? left ? QPU_AV1_MC_SCALED_LEFT : QPU_AV1_MC_SCALED_ABOVE :
                     left ? QPU_AV1_MC_OBMC_LEFT : QPU_AV1_MC_OBMC_ABOVE;
    const int rows = left ? h : h * 3 >> 2;
    QpuAv1McJob *const job = next_job(tile, kind, p->w_log2, rows);
    *job = p->job;
    if (left) {
        job->how |= QPU_AV1_MC_LEFT;
    } else {
        job->how = (p->job.how & ~(127U << 3)) | (uint32_t) (rows - 1) << 3;
        if (!scaled) job->arg = (uint32_t) h;
    }
}

/* Has a reference of a compound written to its samples. */
static void write_prep(struct Dav1dQpuTile *const tile, const int i) {
    const struct Dav1dQpuPending *const p = &tile->pending[i];
    if (p->kind == QPU_AV1_MC_N) return; /* by warps */
    const int scaled = p->kind == QPU_AV1_MC_SCALED;
    const int kind = scaled ? QPU_AV1_MC_SCALED :
                     max_taps(p->job.how) == 8 ? QPU_AV1_MC_PREP_8 : QPU_AV1_MC_PREP_6;
    QpuAv1McJob *const job = next_job(tile, kind, p->w_log2, p->h);
    *job = p->job;
    job->how = p->job.how | QPU_AV1_MC_TMP(i) | (scaled ? QPU_AV1_MC_PREP : 0);
}

void dav1d_qpu_compound(Dav1dTaskContext *const t, const enum BlockSize bs,
                        const Av1Block *const b, const int pl)
{
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const struct Dav1dQpuPending *const second = &tile->pending[1];
    const int w_log2 = second->w_log2, h = second->h;
    uint32_t how = QPU_AV1_MC_HOW(w_log2, h, 0, 0, 0), arg = 0;

    write_prep(tile, 0);
    switch (b->comp_type) {
    case COMP_INTER_AVG:
    case COMP_INTER_WEIGHTED_AVG:
        arg = b->comp_type == COMP_INTER_AVG ? 32 : 4U * f->jnt_weights[b->ref[0]][b->ref[1]];
        if (second->kind == QPU_AV1_MC_PUT_6) {
            QpuAv1McJob *const job =
                next_job(tile, max_taps(second->job.how) == 8 ? QPU_AV1_MC_AVG_8 : QPU_AV1_MC_AVG_6,
                         w_log2, h);
            *job = second->job;
            job->arg = arg;
            return;
        }
        how |= QPU_AV1_MC_EVEN;
        break;
    case COMP_INTER_SEG:
        how |= QPU_AV1_MC_DIFF | (b->mask_sign ? QPU_AV1_MC_SWAP : 0);
        break;
    case COMP_INTER_WEDGE: {
        const int layout = pl ? DAV1D_PIXEL_LAYOUT_I444 - f->cur.p.layout : 0;
        how |= b->mask_sign ? QPU_AV1_MC_SWAP : 0;
        arg = (uint32_t) (WEDGE_MASK(layout, bs, pl ? b->mask_sign : 0, b->wedge_idx) -
                          (const uint8_t *) &dav1d_masks);
        break;
    }
    }
    write_prep(tile, 1);
    *next_job(tile, QPU_AV1_MC_MASK, w_log2, h) = (QpuAv1McJob) {
        .dst = second->job.dst, .how = how, .arg = arg,
    };
}
