#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/intops.h"

#include "src/internal.h"
#include "src/tables.h"

#include "src/qpu/cdef.h"
#include "src/qpu/decoder.h"
#include "src/qpu/frame.h"
#include "src/qpu/lf.h"
#include "src/qpu/lr.h"

#define BIT(s) (1U << QPU_STAGE_##s)

/* ---- tables of a frame whose filters run on the device ---- */

static void no_filter_sbrow(Dav1dFrameContext *const f, const int sby) {}
static void no_filter_sbrow_cdef(Dav1dTaskContext *const tc, const int sby) {}

/* Upstream's walk over the masks runs for what it does besides filtering:
 * it mends them at tile edges. */
#define decl_no_loop_filter(suffix, ...) \
static void no_loop_filter_##suffix(pixel *dst, ptrdiff_t dst_stride, \
                                    const uint32_t *mask, \
                                    const uint8_t (*lvl)[4], ptrdiff_t lvl_stride, \
                                    const Av1FilterLUT *lut, int w __VA_ARGS__) {}
decl_no_loop_filter(8bpc)
decl_no_loop_filter(16bpc, , int bitdepth_max)

static void save_tables(struct Dav1dQpuFrame *const q, const Dav1dFrameContext *const f) {
    q->filter_sbrow_deblock_cols = f->bd_fn.filter_sbrow_deblock_cols;
    q->filter_sbrow_deblock_rows = f->bd_fn.filter_sbrow_deblock_rows;
    q->filter_sbrow_cdef = f->bd_fn.filter_sbrow_cdef;
    q->filter_sbrow_resize = f->bd_fn.filter_sbrow_resize;
    q->filter_sbrow_lr = f->bd_fn.filter_sbrow_lr;
}

static void filter_sbrow(Dav1dFrameContext *const f, const int sby) {
    f->bd_fn.filter_sbrow_deblock_cols(f, sby);
    f->bd_fn.filter_sbrow_deblock_rows(f, sby);
    dav1d_qpu_frame_sbrow(f, f->c->tc, sby);
}

static void set_tables(struct Dav1dQpuFrame *const q, Dav1dFrameContext *const f) {
    if (!q->lf_on_cpu) {
        q->dsp = *f->dsp;
        /* the table's type has no bit depth: a call goes by the real one */
        const loopfilter_sb_fn none = f->seq_hdr->hbd ?
            (loopfilter_sb_fn) (void (*)(void)) no_loop_filter_16bpc : no_loop_filter_8bpc;
        for (int i = 0; i < 4; i++)
            q->dsp.lf.loop_filter_sb[i >> 1][i & 1] = none;
        f->dsp = &q->dsp;
        f->bd_fn.filter_sbrow_deblock_rows = no_filter_sbrow;
    }
    f->bd_fn.filter_sbrow = filter_sbrow;
    f->bd_fn.filter_sbrow_cdef = no_filter_sbrow_cdef;
    f->bd_fn.filter_sbrow_resize = no_filter_sbrow;
    f->bd_fn.filter_sbrow_lr = no_filter_sbrow;
}

/* ---- setting up ---- */

static unsigned filters_of(const Dav1dFrameContext *const f) {
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

static int layout(const struct Dav1dQpuFrame *const q, QpuFrame *const frame, const int w) {
    const Dav1dFrameContext *const f = q->f;
    const enum Dav1dPixelLayout l = f->cur.p.layout;
    return qpu_frame_layout(f->c->qpu->ctx, frame, w, f->frame_hdr->height, f->cur.p.bpc,
                            l == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3,
                            l != DAV1D_PIXEL_LAYOUT_I444, l == DAV1D_PIXEL_LAYOUT_I420);
}

static uint64_t frame_pixels(const Dav1dFrameContext *const f, const int w) {
    const int ss_hor = f->cur.p.layout != DAV1D_PIXEL_LAYOUT_I444;
    const int ss_ver = f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I420;
    uint64_t n = (uint64_t) w * f->frame_hdr->height;
    if (f->cur.p.layout != DAV1D_PIXEL_LAYOUT_I400)
        n += 2 * (uint64_t) ((w + ss_hor) >> ss_hor) *
             ((f->frame_hdr->height + ss_ver) >> ss_ver);
    return n;
}

/* Under the decoder's lock: filters that ran on the CPU. */
static void count_filters(const Dav1dFrameContext *const f, const unsigned stages) {
    struct Dav1dQpu *const d = f->c->qpu;
    for (unsigned s = 0; s < QPU_N_STAGES; s++)
        if (stages & 1U << s)
            d->stats.stage[s].pixels_cpu +=
                frame_pixels(f, f->frame_hdr->width[s >= QPU_STAGE_SR]);
}

/* A frame that the device has nothing to do with, by demand (idle) or not. */
static void count_cpu(const Dav1dFrameContext *const f, const int idle) {
    struct Dav1dQpu *const d = f->c->qpu;
    pthread_mutex_lock(&d->lock);
    d->stats.frames++;
    if (idle) d->stats.qpu_frames++;
    else d->stats.cpu_frames++;
    count_filters(f, filters_of(f));
    pthread_mutex_unlock(&d->lock);
}

/* Counts a frame's filters as the CPU's and says why they are not the
 * device's. */
static void give_up(const Dav1dFrameContext *const f, const int err, const char *const what) {
    char why[256], detail[160] = "";
    QpuContext *const ctx = f->c->qpu->ctx;
    if (err != -ENOTSUP) qpu_context_error(ctx, detail, sizeof(detail));
    snprintf(why, sizeof(why), "%s: %s", what, detail[0] ? detail : strerror(-err));
    /* what is too large for the device is not its failure */
    dav1d_qpu_fallback(f->c, err != -ENOMEM && err != -ENOTSUP, why);
    count_cpu(f, 0);
}

void dav1d_qpu_frame_init(Dav1dFrameContext *const f) {
    struct Dav1dQpu *const d = f->c->qpu;
    if (!d) return;
    if (f->qpu) {
        f->qpu->stages = 0;
        atomic_store(&f->qpu->submitted_ns, 0);
    }
    const unsigned stages = atomic_load(&d->dead) ? 0 : filters_of(f) & d->stages;
    if (!stages) {
        /* a frame that has nothing to filter asks nothing of the device */
        count_cpu(f, d->stages && !atomic_load(&d->dead));
        return;
    }

    int res = -ENOMEM;
    if (!f->qpu && !(f->qpu = calloc(1, sizeof(*f->qpu)))) goto error;
    struct Dav1dQpuFrame *const q = f->qpu;
    q->f = f;
    if (!q->batch && (res = qpu_batch_open(d->ctx, &q->batch))) goto error;
    if ((res = qpu_batch_begin(q->batch)) ||
        (res = layout(q, &q->cur, f->frame_hdr->width[0]))) goto error;
    res = -ENOMEM;
    q->pixels = qpu_batch_upload(q->batch, q->cur.range.size, &q->cur.range);
    if (!q->pixels) goto error;

    q->stages = stages;
    q->lf_on_cpu = !(d->stages & BIT(LF));
    memset(q->jobs, 0, sizeof(q->jobs));
    memset(q->pixels_out, 0, sizeof(q->pixels_out));
    atomic_store(&q->sbrows_left, f->sbh);
    atomic_store(&q->released, 0);
    save_tables(q, f);
    set_tables(q, f);
    return;

error:
    give_up(f, res, "no memory for a frame");
}

/* ---- feeding ---- */

static void upload_rows(struct Dav1dQpuFrame *const q, const int sby) {
    const Dav1dFrameContext *const f = q->f;
    const int sbsz = f->sb_step * 4, last = sby + 1 == f->sbh;
    /* what the CPU deblocks is finished up to 8 rows above the next row */
    const int shift = q->lf_on_cpu ? 8 : 0;
    const int y0 = imax(sby * sbsz - shift, 0);
    const int y1 = last ? f->bh * 4 : imin((sby + 1) * sbsz - shift, f->bh * 4);
    const int hbd = f->seq_hdr->hbd != 0;
    for (int p = 0; p < q->cur.n_planes; p++) {
        const QpuPlane *const pl = &q->cur.plane[p];
        const int ss_hor = p ? q->cur.ss_hor : 0, ss_ver = p ? q->cur.ss_ver : 0;
        const ptrdiff_t src_stride = f->cur.stride[!!p];
        const size_t dst_stride = (size_t) pl->stride * 4;
        const size_t len = (size_t) (f->bw * 4 >> ss_hor) << hbd;
        const uint8_t *src = (const uint8_t *) f->cur.data[p] + (y0 >> ss_ver) * src_stride;
        uint8_t *dst = q->pixels + (size_t) pl->org * 4 + (y0 >> ss_ver) * dst_stride;
        for (int y = y0 >> ss_ver; y < y1 >> ss_ver; y++) {
            memcpy(dst, src, len);
            src += src_stride;
            dst += dst_stride;
        }
    }
}

/* ---- launching ---- */

static int launch_lf(struct Dav1dQpuFrame *const q) {
    const Dav1dFrameContext *const f = q->f;
    QpuAv1Lf lf = { .sharpness = f->frame_hdr->loopfilter.sharpness };
    const size_t n = dav1d_qpu_lf_count(f, lf.n);
    uint32_t *const edges = qpu_batch_upload(q->batch, n * sizeof(*edges), &lf.edges);
    if (!edges) return -ENOMEM;
    dav1d_qpu_lf_edges(f, edges, lf.n);
    for (int i = 0; i < 2 * QPU_AV1_N_LF; i++)
        q->jobs[QPU_STAGE_LF] += lf.n[i / QPU_AV1_N_LF][i % QPU_AV1_N_LF];
    return qpu_av1_lf(q->batch, &q->cur, &lf);
}

/* Leaves the result in *dst, or *dst = *src when there is nothing to filter.
 * Planes that nobody filters stay where they are unless a later stage wants
 * the frame in one piece. */
static int launch_cdef(struct Dav1dQpuFrame *const q, const QpuFrame *const src,
                       QpuFrame *const dst, const int whole)
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
    int res = qpu_batch_scratch(q->batch, src->range.size, &dst->range);
    if (res) return res;
    q->jobs[QPU_STAGE_CDEF] += (uint64_t) cdef.w8 * cdef.h8;
    res = qpu_av1_cdef(q->batch, src, dst, &cdef);
    for (int p = 0; p < dst->n_planes; p++)
        if (cdef.planes & 1 << !!p) q->out[p] = *dst;
    return res;
}

static int launch_sr(struct Dav1dQpuFrame *const q, QpuFrame *const src, QpuFrame *const dbl) {
    const Dav1dFrameContext *const f = q->f;
    const int lr = !!(q->stages & BIT(LR)), ss_hor = q->cur.ss_hor;
    QpuAv1Sr sr;
    QpuFrame dst, dbl_dst;
    int res = layout(q, &dst, f->frame_hdr->width[1]);
    if (res) return res;
    dbl_dst = dst;
    void *const filter = qpu_batch_upload(q->batch, sizeof(dav1d_resize_filter), &sr.filter);
    if (!filter) return -ENOMEM;
    memcpy(filter, dav1d_resize_filter, sizeof(dav1d_resize_filter));
    if ((res = qpu_batch_scratch(q->batch, dst.range.size, &dst.range)) ||
        (lr && (res = qpu_batch_scratch(q->batch, dst.range.size, &dbl_dst.range)))) return res;
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

static int launch_lr(struct Dav1dQpuFrame *const q, const QpuFrame *const src,
                     const QpuFrame *const dbl)
{
    const Dav1dFrameContext *const f = q->f;
    QpuAv1Lr lr;
    QpuFrame dst = *src;
    QpuAv1LrUnit *const units = malloc(dav1d_qpu_lr_max_units(f) * sizeof(*units));
    if (!units) return -ENOMEM;
    int res = 0;
    const int planes = dav1d_qpu_lr_units(f, units, &lr);
    if (!planes) goto end;
    if ((res = qpu_batch_scratch(q->batch, dst.range.size, &dst.range)) ||
        (res = qpu_av1_lr(q->batch, src, dbl, &dst, &lr))) goto end;
    for (int p = 0; p < dst.n_planes; p++) {
        if (!(planes & 1 << p)) continue;
        q->out[p] = dst;
        q->jobs[QPU_STAGE_LR] += (uint64_t) lr.plane[p].cols * lr.plane[p].rows;
    }
end:
    free(units);
    return res;
}

static int launch(struct Dav1dQpuFrame *const q) {
    const Dav1dFrameContext *const f = q->f;
    int res = 0;
    QpuFrame dbl = q->cur, src = q->cur;
    for (int p = 0; p < q->cur.n_planes; p++) q->out[p] = q->cur;
    if (q->stages & BIT(LF) && (res = launch_lf(q))) return res;
    if (q->stages & BIT(CDEF) &&
        (res = launch_cdef(q, &dbl, &src, q->stages & (BIT(SR) | BIT(LR))))) return res;
    if (q->stages & BIT(SR) && (res = launch_sr(q, &src, &dbl))) return res;
    if (q->stages & BIT(LR) && (res = launch_lr(q, &src, &dbl))) return res;
    for (int p = 0; p < q->cur.n_planes; p++) {
        const QpuPlane *const pl = &q->out[p].plane[p];
        QpuRange range = q->out[p].range;
        range.off += pl->org * 4;
        range.size = pl->stride * 4 * (uint32_t) pl->h;
        if ((res = qpu_batch_download(q->batch, &range))) return res;
    }
    for (int s = 0; s < QPU_N_STAGES; s++)
        if (q->stages & 1U << s)
            q->pixels_out[s] = frame_pixels(f, f->frame_hdr->width[s >= QPU_STAGE_SR]);
    return qpu_batch_submit(q->batch);
}

/* ---- taking back ---- */

static void download(struct Dav1dQpuFrame *const q) {
    const Dav1dFrameContext *const f = q->f;
    const int hbd = f->seq_hdr->hbd != 0;
    for (int p = 0; p < q->cur.n_planes; p++) {
        const QpuPlane *const pl = &q->out[p].plane[p];
        int cached;
        const uint8_t *src = qpu_batch_downloaded(q->batch, p, &cached);
        const ptrdiff_t dst_stride = f->sr_cur.p.stride[!!p];
        uint8_t *dst = f->sr_cur.p.data[p];
        for (int y = 0; y < pl->h; y++) {
            memcpy(dst, src, (size_t) pl->w << hbd);
            src += (size_t) pl->stride * 4;
            dst += dst_stride;
        }
    }
}

/* The CPU does what was the device's to do, from the reconstructed pixels. */
static int filter_on_cpu(struct Dav1dQpuFrame *const q, Dav1dTaskContext *tc) {
    Dav1dFrameContext *const f = q->f;
    Dav1dTaskContext *const made = tc ? NULL :
        dav1d_alloc_aligned(ALLOC_THREAD_CTX, sizeof(*made), 64);
    if (!tc && !(tc = made)) return -ENOMEM;
    if (made) memset(made, 0, sizeof(*made));
    const Dav1dFrameContext *const prev = tc->f;
    tc->c = f->c;
    tc->f = f;
    f->dsp = &f->c->dsp[f->seq_hdr->hbd];
    for (int sby = 0; sby < f->sbh; sby++) {
        if (!q->lf_on_cpu) {
            q->filter_sbrow_deblock_cols(f, sby);
            q->filter_sbrow_deblock_rows(f, sby);
        }
        if (f->seq_hdr->cdef) q->filter_sbrow_cdef(tc, sby);
        if (f->frame_hdr->width[0] != f->frame_hdr->width[1]) q->filter_sbrow_resize(f, sby);
        if (f->lf.restore_planes) q->filter_sbrow_lr(f, sby);
    }
    tc->f = prev;
    dav1d_free_aligned(made);
    return 0;
}

static void count_qpu(struct Dav1dQpuFrame *const q) {
    const Dav1dFrameContext *const f = q->f;
    struct Dav1dQpu *const d = f->c->qpu;
    QpuBatchStats st;
    qpu_batch_stats(q->batch, &st);
    pthread_mutex_lock(&d->lock);
    d->failures = 0;
    d->stats.frames++;
    d->stats.qpu_frames++;
    d->stats.submits++;
    d->stats.dispatches += st.dispatches;
    if (st.dispatches > d->stats.max_dispatches) d->stats.max_dispatches = st.dispatches;
    d->stats.upload_bytes += st.upload_bytes;
    d->stats.download_bytes += st.download_bytes;
    for (unsigned s = 0; s < QPU_N_STAGES; s++) {
        d->stats.stage[s].dispatches += st.stage[s].dispatches;
        d->stats.stage[s].groups += st.stage[s].groups;
        d->stats.stage[s].gpu_ns += st.stage[s].gpu_ns;
        d->stats.stage[s].jobs += q->jobs[s];
        d->stats.stage[s].pixels_qpu += q->pixels_out[s];
    }
    count_filters(f, filters_of(f) & ~q->stages);
    pthread_mutex_unlock(&d->lock);
}

/* No failure of the device reaches the picture; only this can, when even the
 * CPU's filters get no memory. */
static void fail_frame(Dav1dFrameContext *const f) {
    atomic_store(&f->task_thread.error, -1);
}

void dav1d_qpu_frame_complete(struct Dav1dQpuFrame *const q, Dav1dTaskContext *const tc,
                              const int skip)
{
    const int res = qpu_batch_wait(q->batch);
    if (skip) return;
    if (!res) {
        download(q);
        count_qpu(q);
        return;
    }
    give_up(q->f, res, "a frame did not come back");
    if (filter_on_cpu(q, tc)) fail_frame(q->f);
}

/* Returns whether the frame is on the device. */
static int submit(struct Dav1dQpuFrame *const q, Dav1dTaskContext *const tc) {
    const int res = launch(q);
    if (!res) {
        atomic_store(&q->submitted_ns, dav1d_qpu_now());
        return 1;
    }
    give_up(q->f, res, "a frame was not submitted");
    if (filter_on_cpu(q, tc)) fail_frame(q->f);
    return 0;
}

static void enqueue(struct Dav1dQpuFrame *const q) {
    struct Dav1dQpu *const d = q->f->c->qpu;
    pthread_mutex_lock(&d->lock);
    q->next = NULL;
    if (d->head) d->tail->next = q;
    else d->head = q;
    d->tail = q;
    pthread_cond_broadcast(&d->cond);
    pthread_mutex_unlock(&d->lock);
}

int dav1d_qpu_frame_sbrow(Dav1dFrameContext *const f, Dav1dTaskContext *const tc, const int sby) {
    struct Dav1dQpuFrame *const q = f->qpu;
    if (!q || !q->stages || atomic_load(&q->released)) return 0;
    if (!atomic_load(&f->task_thread.error)) upload_rows(q, sby);
    if (atomic_fetch_sub(&q->sbrows_left, 1) > 1) return !sby; /* no matter without threads */
    if (f->c->n_tc == 1) return 0; /* dav1d_qpu_frame_finish() does the rest */
    /* a broken frame is upstream's to end */
    if (!atomic_load(&f->task_thread.error) && submit(q, tc)) {
        enqueue(q);
        return !sby;
    }
    atomic_store(&q->released, 1);
    if (sby) dav1d_task_qpu_done(f);
    return 0;
}

void dav1d_qpu_frame_finish(Dav1dFrameContext *const f) {
    struct Dav1dQpuFrame *const q = f->qpu;
    if (!q || !q->stages) return;
    if (!submit(q, f->c->tc)) return;
    const uint64_t start = dav1d_qpu_now();
    dav1d_qpu_frame_complete(q, f->c->tc, 0);
    dav1d_qpu_wait_end(f, start);
}

void dav1d_qpu_frame_free(Dav1dFrameContext *const f) {
    if (!f->qpu) return;
    qpu_batch_close(&f->qpu->batch);
    free(f->qpu);
    f->qpu = NULL;
}
