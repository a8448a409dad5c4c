/* Records intra prediction, AV1 specification 7.11.2 to 7.11.5, intra block
 * copy (7.11.3.2), palettes and the intra part of inter-intra. */

#include "config.h"

#include <string.h>

#include "common/intops.h"

#include "src/intra_edge.h"
#include "src/levels.h"
#include "src/qpu/frame.h"
#include "src/qpu/ipred.h"
#include "src/qpu/rec.h"
#include "src/tables.h"
#include "src/wedge.h"

static void write_job(Dav1dTaskContext *const t, const int pl, const struct QpuIpredJob *const job) {
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const uint32_t n = tile->n_ipred++;
    tile->ipred[n] = *job;
    tile->ipred_level[n] = (uint16_t)
        qpu_ipred_level(f->qpu->rec.map, tile->ss_hor[1], tile->ss_ver[1], job);
    tile->last_ipred[pl] = n;
}

/* The mode that upstream's dav1d_prepare_intra_edges() would return; *angle
 * becomes degrees. */
static int final_mode(const enum IntraPredMode mode, int *const angle,
                      const int have_left, const int have_top)
{
    static const uint8_t degrees[8] = { 90, 180, 45, 135, 113, 157, 203, 67 };
    switch (mode) {
    case DC_PRED:
        return QPU_IPRED_DC; /* the kernel sees what is there */
    case PAETH_PRED:
        return have_left ? have_top ? QPU_IPRED_PAETH : QPU_IPRED_H :
               have_top ? QPU_IPRED_V : QPU_IPRED_DC_128;
    case SMOOTH_PRED:   return QPU_IPRED_SMOOTH;
    case SMOOTH_V_PRED: return QPU_IPRED_SMOOTH_V;
    case SMOOTH_H_PRED: return QPU_IPRED_SMOOTH_H;
    case FILTER_PRED:   return QPU_IPRED_FILTER;
    default:
        *angle = degrees[mode - VERT_PRED] + 3 * *angle;
        if (*angle <= 90) return *angle < 90 && have_top ? QPU_IPRED_Z1 : QPU_IPRED_V;
        if (*angle < 180) return QPU_IPRED_Z2;
        return *angle > 180 && have_left ? QPU_IPRED_Z3 : QPU_IPRED_H;
    }
}

/* A job at t->bx, t->by, without arg. */
static ALWAYS_INLINE struct QpuIpredJob
make_job(const Dav1dTaskContext *const t, const int pl, const enum IntraPredMode mode, int angle,
         const int flags, const enum EdgeFlags edge_flags, const int lw4, const int lh4)
{
    const Dav1dTileState *const ts = t->ts;
    const int ss_hor = t->qpu->ss_hor[!!pl], ss_ver = t->qpu->ss_ver[!!pl];
    const int x4 = t->bx >> ss_hor, y4 = t->by >> ss_ver;
    const int have_left = x4 > ts->tiling.col_start >> ss_hor;
    const int have_top = y4 > ts->tiling.row_start >> ss_ver;
    const int qpu_mode = final_mode(mode, &angle, have_left, have_top);
    const unsigned n_top = qpu_ipred_edge(1U << lw4, (ts->tiling.col_end >> ss_hor) - x4,
                                          edge_flags & EDGE_I444_TOP_HAS_RIGHT);
    const unsigned n_left = qpu_ipred_edge(1U << lh4, (ts->tiling.row_end >> ss_ver) - y4,
                                           edge_flags & EDGE_I444_LEFT_HAS_BOTTOM);
    return (struct QpuIpredJob) {
        .pos = qpu_ipred_pos(pl, x4, y4, lw4, lh4),
        .how = qpu_ipred_how(qpu_mode, angle | flags, n_top, n_left, have_top, have_left),
    };
}

void dav1d_qpu_intra(Dav1dTaskContext *const t, const int pl, const enum IntraPredMode mode,
                     const int angle, const int flags, const enum EdgeFlags edge_flags,
                     const enum RectTxfmSize tx)
{
    const TxfmInfo *const t_dim = &dav1d_txfm_dimensions[tx];
    const struct QpuIpredJob job =
        make_job(t, pl, mode, angle, flags, edge_flags, t_dim->lw, t_dim->lh);
    write_job(t, pl, &job);
}

static void write_palette(Dav1dTaskContext *const t, const int pl, const int lw4, const int lh4,
                          const uint32_t indices)
{
    const Dav1dFrameContext *const f = t->f;
    struct Dav1dQpuTile *const tile = t->qpu;
    const struct QpuIpredJob job = {
        .pos = qpu_ipred_pos(pl, t->bx >> t->qpu->ss_hor[!!pl], t->by >> t->qpu->ss_ver[!!pl], lw4, lh4),
        .how = qpu_ipred_how(QPU_IPRED_PAL, 0, 0, 0, 0, 0),
        .arg = tile->n_pal,
        .arg2 = indices,
    };
    if (f->seq_hdr->hbd) {
        memcpy(tile->pal + tile->n_pal, t->scratch.pal_16bpc[pl], 16);
        tile->n_pal += 4;
    } else {
        memcpy(tile->pal + tile->n_pal, t->scratch.pal_8bpc[pl], 8);
        tile->n_pal += 2;
    }
    write_job(t, pl, &job);
}

static uint32_t write_indices(struct Dav1dQpuTile *const tile, const uint8_t *const indices,
                              const int lw4, const int lh4)
{
    const uint32_t at = tile->n_pal, words = 2U << (lw4 + lh4);
    memcpy(tile->pal + at, indices, words * 4);
    tile->n_pal += words;
    return at;
}

void dav1d_qpu_palette_y(Dav1dTaskContext *const t, const enum BlockSize bs) {
    const uint8_t *const b_dim = dav1d_block_dimensions[bs];
    const uint32_t indices = write_indices(t->qpu, t->scratch.pal_idx_y, b_dim[2], b_dim[3]);
    write_palette(t, 0, b_dim[2], b_dim[3], indices);
}

static void write_cfl(Dav1dTaskContext *const t, const enum BlockSize bs, const Av1Block *const b) {
    const Dav1dFrameContext *const f = t->f;
    const int ss_hor = t->qpu->ss_hor[1], ss_ver = t->qpu->ss_ver[1];
    const uint8_t *const b_dim = dav1d_block_dimensions[bs];
    const TxfmInfo *const t_dim = &dav1d_txfm_dimensions[b->tx];
    const TxfmInfo *const uv_t_dim = &dav1d_txfm_dimensions[b->uvtx];
    const int w4 = imin(b_dim[0], f->bw - t->bx), h4 = imin(b_dim[1], f->bh - t->by);
    const int cw4 = (w4 + ss_hor) >> ss_hor, ch4 = (h4 + ss_ver) >> ss_ver;
    const int cbw4 = (b_dim[0] + ss_hor) >> ss_hor, cbh4 = (b_dim[1] + ss_ver) >> ss_ver;
    /* luma is there up to the end of the last transform block inside the frame */
    const int right = ((cw4 << ss_hor) + t_dim->w - 1) & ~(t_dim->w - 1);
    const int bottom = ((ch4 << ss_ver) + t_dim->h - 1) & ~(t_dim->h - 1);
    for (int pl = 1; pl < 3; pl++) {
        if (!b->cfl_alpha[pl - 1]) continue; /* plain DC, as any other mode */
        struct QpuIpredJob job = make_job(t, pl, DC_PRED, 0, 0, 0, uv_t_dim->lw, uv_t_dim->lh);
        job.how |= QPU_IPRED_CFL;
        job.arg = qpu_av1_ipred_cfl(b->cfl_alpha[pl - 1], cbw4 - (right >> ss_hor),
                                    cbh4 - (bottom >> ss_ver));
        write_job(t, pl, &job);
    }
}

void dav1d_qpu_palette_cfl(Dav1dTaskContext *const t, const enum BlockSize bs,
                           const Av1Block *const b)
{
    if (b->uv_mode == CFL_PRED) {
        write_cfl(t, bs, b);
    } else if (b->pal_sz[1]) {
        const uint8_t *const b_dim = dav1d_block_dimensions[bs];
        const int lw4 = imax(b_dim[2] - t->qpu->ss_hor[1], 0);
        const int lh4 = imax(b_dim[3] - t->qpu->ss_ver[1], 0);
        const uint32_t indices = write_indices(t->qpu, t->scratch.pal_idx_uv, lw4, lh4);
        write_palette(t, 1, lw4, lh4, indices);
        write_palette(t, 2, lw4, lh4, indices);
    }
}

void dav1d_qpu_interintra(Dav1dTaskContext *const t, const enum BlockSize bs,
                          const Av1Block *const b, const int pl)
{
    const Dav1dFrameContext *const f = t->f;
    const uint8_t *const b_dim = dav1d_block_dimensions[bs];
    const int lw4 = b_dim[2] - t->qpu->ss_hor[!!pl], lh4 = b_dim[3] - t->qpu->ss_ver[!!pl];
    const int chr_layout_idx = pl ? DAV1D_PIXEL_LAYOUT_I444 - f->cur.p.layout : 0;
    const enum IntraPredMode mode = b->interintra_mode == II_SMOOTH_PRED ?
                                    SMOOTH_PRED : (enum IntraPredMode) b->interintra_mode;
    const uint8_t *const mask = II_MASK(chr_layout_idx, bs, b);
    struct QpuIpredJob job = make_job(t, pl, mode, 0, 0, 0, lw4, lh4);
    job.how |= QPU_IPRED_BLEND;
    job.arg = (uint32_t) (mask - (const uint8_t *) &dav1d_masks) >> 2;
    write_job(t, pl, &job);
}

/* A job's block is 64x64 at most. */
void dav1d_qpu_intrabc(Dav1dTaskContext *const t, const int pl, const int x, const int y,
                       const int w, const int h, const mv mv)
{
    const Dav1dFrameContext *const f = t->f;
    const int ss_hor = t->qpu->ss_hor[!!pl], ss_ver = t->qpu->ss_ver[!!pl];
    const int sx = mv.x >> (3 + ss_hor), sy = mv.y >> (3 + ss_ver);
    /* vectors are whole luma pixels */
    const uint32_t half = (mv.x & (15 >> !ss_hor) ? 1 : 0) | (mv.y & (15 >> !ss_ver) ? 2 : 0);
    const int bw = imin(w, 64), bh = imin(h, 64);
    for (int j = 0; j < h; j += bh)
        for (int i = 0; i < w; i += bw) {
            /* upstream copies whole blocks, whose source may hold nothing yet
             * where they reach over the frame's end */
            if (x + i >= f->bw * 4 >> ss_hor || y + j >= f->bh * 4 >> ss_ver) continue;
            const struct QpuIpredJob job = {
                .pos = qpu_ipred_pos(pl, (x + i) >> 2, (y + j) >> 2, ulog2(bw) - 2, ulog2(bh) - 2),
                .how = qpu_ipred_how(QPU_IPRED_COPY, 0, 0, 0, 0, 0),
                .arg = qpu_ipred_source(x + i + sx, y + j + sy),
                .arg2 = half,
            };
            write_job(t, pl, &job);
        }
}

void dav1d_qpu_keep(Dav1dTaskContext *const t, const int pl, const int x4, const int y4,
                    const int lw4, const int lh4)
{
    const struct QpuIpredJob job = {
        .pos = qpu_ipred_pos(pl, x4, y4, lw4, lh4),
        .how = qpu_ipred_how(QPU_IPRED_KEEP, 0, 0, 0, 0, 0) | QPU_IPRED_RESIDUAL,
    };
    write_job(t, pl, &job);
}
