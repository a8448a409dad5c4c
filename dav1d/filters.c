#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/intops.h"

#include "src/internal.h"
#include "src/tables.h"

#include "src/qpu/cdef.h"
#include "src/qpu/decoder.h"
#include "src/qpu/edges.h"
#include "src/qpu/filters.h"
#include "src/qpu/lf.h"
#include "src/qpu/lr.h"

#define BIT(s) (1U << QPU_STAGE_##s)

static void no_filter_sbrow(Dav1dFrameContext *const f, const int sby) {}
static void no_filter_sbrow_cdef(Dav1dTaskContext *const tc, const int sby) {}

/* Where upstream's masks are used, its walk over them runs for what it does
 * besides filtering: it mends them at tile edges. */
#define decl_no_loop_filter(suffix, ...) \
static void no_loop_filter_##suffix(pixel *dst, ptrdiff_t dst_stride, \
                                    const uint32_t *mask, \
                                    const uint8_t (*lvl)[4], ptrdiff_t lvl_stride, \
                                    const Av1FilterLUT *lut, int w __VA_ARGS__) {}
decl_no_loop_filter(8bpc)
decl_no_loop_filter(16bpc, , int bitdepth_max)

void dav1d_qpu_filters_off(struct Dav1dQpuFrame *const q, Dav1dFrameContext *const f,
                           void (*const filter_sbrow)(Dav1dFrameContext *f, int sby))
{
    q->filter_sbrow_deblock_cols = f->bd_fn.filter_sbrow_deblock_cols;
    q->filter_sbrow_deblock_rows = f->bd_fn.filter_sbrow_deblock_rows;
    q->filter_sbrow_cdef = f->bd_fn.filter_sbrow_cdef;
    q->filter_sbrow_resize = f->bd_fn.filter_sbrow_resize;
    q->filter_sbrow_lr = f->bd_fn.filter_sbrow_lr;
    f->bd_fn.filter_sbrow = filter_sbrow ? filter_sbrow : no_filter_sbrow;
    f->bd_fn.filter_sbrow_cdef = no_filter_sbrow_cdef;
    f->bd_fn.filter_sbrow_resize = no_filter_sbrow;
    f->bd_fn.filter_sbrow_lr = no_filter_sbrow;
    if (!filter_sbrow) {
        f->bd_fn.filter_sbrow_deblock_cols = no_filter_sbrow;
        f->bd_fn.filter_sbrow_deblock_rows = no_filter_sbrow;
    } else if (!q->lf_on_cpu) {
        q->dsp = *f->dsp;
        /* the table's type has no bit depth: a call goes by the real one */
        const loopfilter_sb_fn none = f->seq_hdr->hbd ?
            (loopfilter_sb_fn) (void (*)(void)) no_loop_filter_16bpc : no_loop_filter_8bpc;
        for (int i = 0; i < 4; i++)
            q->dsp.lf.loop_filter_sb[i >> 1][i & 1] = none;
        f->dsp = &q->dsp;
        f->bd_fn.filter_sbrow_deblock_rows = no_filter_sbrow;
    }
}

unsigned dav1d_qpu_filters_of(const Dav1dFrameContext *const f) {
    const Dav1dFrameHeader *const hdr = f->frame_hdr;
    const enum Dav1dInloopFilterType on = f->c->inloop_filters;
    unsigned stages = 0;
    if (on & DAV1D_INLOOPFILTER_DEBLOCK &&
        (hdr->loopfilter.level_y[0] || hdr->loopfilter.level_y[1])) stages |= BIT(LF);
    if (on & DAV1D_INLOOPFILTER_CDEF && f->seq_hdr->cdef) stages |= BIT(CDEF);
    if (hdr->width[0] != hdr->width[1]) stages |= BIT(SR);
    if (on & DAV1D_INLOOPFILTER_RESTORATION)
        for (int p = 0; p < 3; p++)
            if (hdr->restoration.type[p] != DAV1D_RESTORATION_NONE) stages |= BIT(LR);
    return stages;
}

static int launch_lf(struct Dav1dQpuFrame *const q) {
    const Dav1dFrameContext *const f = q->f;
    QpuAv1Lf lf = { .sharpness = f->frame_hdr->loopfilter.sharpness };
    uint32_t *const edges =
        qpu_batch_upload(q->batch, (dav1d_qpu_lf_max(f) + 1) * sizeof(*edges), &lf.edges);
    if (!edges) return -ENOMEM;
    const size_t n = q->way == QPU_WAY_WHOLE ? dav1d_qpu_edges_list(&q->rec.edges, f, edges, lf.n) :
                                               dav1d_qpu_lf_edges(f, edges, lf.n);
    qpu_batch_trim(q->batch, &lf.edges, n * sizeof(*edges));
    for (int i = 0; i < 2 * QPU_AV1_N_LF; i++)
        q->jobs[QPU_STAGE_LF] += lf.n[i / QPU_AV1_N_LF][i % QPU_AV1_N_LF];
    return qpu_av1_lf(q->batch, &q->cur, &lf);
}

/* Memory for a stage's output: into's, if that is where the frame is to end. */
static int place(struct Dav1dQpuFrame *const q, QpuFrame *const dst, const QpuFrame *const into) {
    if (!into) return qpu_batch_scratch(q->batch, dst->range.size, &dst->range);
    dst->range = into->range;
    return 0;
}

/* Leaves the result in *dst, or *dst = *src when there is nothing to filter.
 * Planes that nobody filters stay where they are unless somebody wants the frame
 * in one piece. */
static int launch_cdef(struct Dav1dQpuFrame *const q, const QpuFrame *const src,
                       QpuFrame *const dst, const int whole, const QpuFrame *const into)
{
    const Dav1dFrameContext *const f = q->f;
    QpuAv1Cdef cdef;
    *dst = *src;
    uint32_t *const params =
        qpu_batch_upload(q->batch, dav1d_qpu_cdef_params_size(f), &cdef.params);
    uint32_t *const mask = qpu_batch_upload(q->batch, dav1d_qpu_cdef_mask_size(f), &cdef.mask);
    if (!params || !mask) return -ENOMEM;
    if (!dav1d_qpu_cdef_params(f, params, mask, &cdef)) return 0;
    if (whole) cdef.planes = src->n_planes > 1 ? 3 : 1;
    int res = place(q, dst, into);
    if (res) return res;
    q->jobs[QPU_STAGE_CDEF] += (uint64_t) cdef.w8 * cdef.h8;
    res = qpu_av1_cdef(q->batch, src, dst, &cdef);
    for (int p = 0; p < dst->n_planes; p++)
        if (cdef.planes & 1 << !!p) q->out[p] = *dst;
    return res;
}

static int launch_sr(struct Dav1dQpuFrame *const q, QpuFrame *const src, QpuFrame *const dbl,
                     const int lr, const QpuFrame *const into)
{
    const Dav1dFrameContext *const f = q->f;
    const int ss_hor = q->cur.ss_hor;
    QpuAv1Sr sr;
    QpuFrame dst, dbl_dst;
    int res = dav1d_qpu_frame_layout(f, &dst, f->frame_hdr->width[1], q->cur.bpc);
    if (res) return res;
    dbl_dst = dst;
    void *const filter = qpu_batch_upload(q->batch, sizeof(dav1d_resize_filter), &sr.filter);
    if (!filter) return -ENOMEM;
    memcpy(filter, dav1d_resize_filter, sizeof(dav1d_resize_filter));
    if ((res = place(q, &dst, into)) || (lr && (res = place(q, &dbl_dst, NULL)))) return res;
    for (int i = 0; i < 2; i++) {
        sr.step[i] = f->resize_step[i];
        sr.start[i] = f->resize_start[i];
        sr.src_w[i] = (4 * f->bw + (i & ss_hor)) >> (i & ss_hor);
    }
    res = qpu_av1_sr(q->batch, src, &dst, lr ? dbl : NULL, lr ? &dbl_dst : NULL, &sr);
    q->jobs[QPU_STAGE_SR] += (uint64_t) dst.plane[0].h * (1 + lr);
    *src = dst;
    *dbl = dbl_dst;
    for (int p = 0; p < dst.n_planes; p++) q->out[p] = dst;
    return res;
}

static int copy_plane(QpuBatch *const b, const QpuFrame *const src, const QpuFrame *const dst,
                      const int p)
{
    const QpuRange from = qpu_plane_range(src, p), to = qpu_plane_range(dst, p);
    return qpu_batch_copy(b, &from, &to);
}

static int launch_lr(struct Dav1dQpuFrame *const q, const QpuFrame *const src,
                     const QpuFrame *const dbl, const QpuAv1Lr *const lr, const int planes,
                     const QpuFrame *const into)
{
    QpuFrame dst = *src;
    int res = place(q, &dst, into);
    if (res || (res = qpu_av1_lr(q->batch, src, dbl, &dst, lr))) return res;
    for (int p = 0; p < dst.n_planes; p++) {
        if (planes & 1 << p) {
            q->out[p] = dst;
            q->jobs[QPU_STAGE_LR] += (uint64_t) lr->plane[p].cols * lr->plane[p].rows;
        } else if (into && (res = copy_plane(q->batch, src, &dst, p))) {
            return res;
        }
    }
    return 0;
}

int dav1d_qpu_filters_launch(struct Dav1dQpuFrame *const q, const QpuFrame *const into) {
    const Dav1dFrameContext *const f = q->f;
    QpuFrame dbl = q->cur, src = q->cur;
    QpuAv1LrUnit *units = NULL;
    QpuAv1Lr lr;
    int res = 0, lr_planes = 0;

    for (int p = 0; p < q->cur.n_planes; p++) q->out[p] = q->cur;
    if (q->stages & BIT(LR)) {
        units = malloc(dav1d_qpu_lr_max_units(f) * sizeof(*units));
        if (!units) return -ENOMEM;
        lr_planes = dav1d_qpu_lr_units(f, units, &lr);
    }
    const int sr = !!(q->stages & BIT(SR));
    if (q->stages & BIT(LF) && (res = launch_lf(q))) goto end;
    if (q->stages & BIT(CDEF) &&
        (res = launch_cdef(q, &dbl, &src, into || sr || lr_planes, sr || lr_planes ? NULL : into)))
        goto end;
    if (sr && (res = launch_sr(q, &src, &dbl, !!lr_planes, lr_planes ? NULL : into))) goto end;
    if (lr_planes && (res = launch_lr(q, &src, &dbl, &lr, lr_planes, into))) goto end;
    res = into && !sr && !lr_planes && src.range.buf == q->cur.range.buf &&
          src.range.off == q->cur.range.off;
    for (unsigned s = QPU_STAGE_LF; s <= QPU_STAGE_LR; s++)
        if (q->stages & 1U << s) q->pixels_out[s] = dav1d_qpu_frame_pixels(f, s);
end:
    free(units);
    return res;
}
