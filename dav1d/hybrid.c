#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/intops.h"

#include "src/internal.h"

#include "src/qpu/decoder.h"
#include "src/qpu/filters.h"
#include "src/qpu/hybrid.h"

#define BIT(s) (1U << QPU_STAGE_##s)

static void filter_sbrow(Dav1dFrameContext *const f, const int sby) {
    f->bd_fn.filter_sbrow_deblock_cols(f, sby);
    f->bd_fn.filter_sbrow_deblock_rows(f, sby);
    dav1d_qpu_frame_sbrow(f, f->c->tc, sby);
}

int dav1d_qpu_hybrid_init(struct Dav1dQpuFrame *const q, Dav1dFrameContext *const f,
                          const unsigned stages)
{
    struct Dav1dQpu *const d = f->c->qpu;
    int res;
    if (!q->own && (res = qpu_batch_open(d->session.ctx, &q->own))) return res;
    q->batch = q->own;
    if ((res = qpu_batch_begin(q->batch)) ||
        (res = dav1d_qpu_frame_layout(f, &q->cur, f->frame_hdr->width[0], f->cur.p.bpc))) return res;
    q->pixels = qpu_batch_upload(q->batch, q->cur.range.size, &q->cur.range);
    if (!q->pixels) return -ENOMEM;
    q->stages = stages;
    q->lf_on_cpu = !(q->wanted & BIT(LF));
    dav1d_qpu_filters_off(q, f, filter_sbrow);
    return 0;
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

static int launch(struct Dav1dQpuFrame *const q) {
    int res = dav1d_qpu_filters_launch(q, NULL);
    if (res) return res;
    for (int p = 0; p < q->cur.n_planes; p++) {
        const QpuRange range = qpu_plane_range(&q->out[p], p);
        if ((res = qpu_batch_download(q->batch, &range))) return res;
    }
    return qpu_batch_submit(q->batch);
}

/* ---- taking back ---- */

static void download(struct Dav1dQpuFrame *const q) {
    int cached;
    for (int p = 0; p < q->cur.n_planes; p++)
        dav1d_qpu_copy_plane(qpu_batch_downloaded(q->batch, p, &cached), &q->out[p], p, &q->f->sr_cur.p);
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
    qpu_stats_batch(&q->f->c->qpu->session.stats, q->batch, q->jobs, q->pixels_out, 1);
    qpu_session_success(&q->f->c->qpu->session);
    dav1d_qpu_count_cpu(q->f, dav1d_qpu_filters_of(q->f) & ~q->stages);
}

/* No failure of the device reaches the picture; only this can, when even the
 * CPU's filters get no memory. */
static void fail_frame(Dav1dFrameContext *const f) {
    atomic_store(&f->task_thread.error, -1);
}

void dav1d_qpu_hybrid_complete(struct Dav1dQpuFrame *const q, Dav1dTaskContext *const tc,
                              const int skip)
{
    const int res = qpu_batch_wait(q->batch);
    if (skip) return;
    if (!res) {
        download(q);
        count_qpu(q);
        return;
    }
    dav1d_qpu_frame_give_up(q->f, res, "a frame did not come back");
    if (filter_on_cpu(q, tc)) fail_frame(q->f);
}

/* Returns whether the frame is on the device. */
static int submit(struct Dav1dQpuFrame *const q, Dav1dTaskContext *const tc) {
    const int res = launch(q);
    if (!res) {
        atomic_store(&q->submitted_ns, qpu_now_ns());
        return 1;
    }
    dav1d_qpu_frame_give_up(q->f, res, "a frame was not submitted");
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

int dav1d_qpu_hybrid_sbrow(struct Dav1dQpuFrame *const q, Dav1dTaskContext *const tc, const int sby) {
    Dav1dFrameContext *const f = q->f;
    if (!atomic_load(&f->task_thread.error)) upload_rows(q, sby);
    if (atomic_fetch_sub(&q->sbrows_left, 1) > 1) return !sby; /* no matter without threads */
    if (f->c->n_tc == 1) return 0; /* dav1d_qpu_frame_finish() does the rest */
    /* a broken frame is upstream's to end */
    if (!atomic_load(&f->task_thread.error) && submit(q, tc)) {
        enqueue(q);
        return !sby;
    }
    atomic_store(&q->released, 1);
    if (sby) dav1d_task_qpu_done(f, 0);
    return 0;
}

void dav1d_qpu_hybrid_finish(struct Dav1dQpuFrame *const q) {
    Dav1dTaskContext *const tc = q->f->c->tc;
    if (!submit(q, tc)) return;
    const uint64_t start = qpu_now_ns();
    dav1d_qpu_hybrid_complete(q, tc, 0);
    dav1d_qpu_wait_end(q->f, start);
}
