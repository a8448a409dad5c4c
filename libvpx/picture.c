#include "vp9/qpu/decoder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vp9/qpu/hooks.h"

int vp9_qpu_layout(const Vp9Qpu *const q, const YV12_BUFFER_CONFIG *const buf, const int bpc,
                   QpuFrame *const frame)
{
    return qpu_frame_layout(q->session.ctx, frame, buf->y_crop_width, buf->y_crop_height, bpc, 3,
                            buf->subsampling_x, buf->subsampling_y);
}

/* Upstream's plane, in bytes. */
static uint8_t *plane_of(const YV12_BUFFER_CONFIG *const buf, const int pl, ptrdiff_t *const stride) {
    uint8_t *const p = pl == 0 ? buf->y_buffer : pl == 1 ? buf->u_buffer : buf->v_buffer;
    *stride = pl ? buf->uv_stride : buf->y_stride;
#if CONFIG_VP9_HIGHBITDEPTH
    if (buf->flags & YV12_FLAG_HIGHBITDEPTH) {
        *stride *= 2;
        return (uint8_t *) CONVERT_TO_SHORTPTR(p);
    }
#endif
    return p;
}

/* ---- downloads ---- */

int vp9_qpu_download(Vp9Qpu *const q, Vp9QpuPicture *const pic, QpuSlot *const slot) {
    int res;
    QpuHost *const host = slot->host = qpu_lend(&q->lender, &pic->frame);
    for (int i = 0; i < pic->frame.n_planes; i++) {
        const QpuRange range = qpu_plane_range(&pic->frame, i);
        if ((res = host ? qpu_batch_download_to(slot->batch, &range, &host->plane[i]) :
                          qpu_batch_download(slot->batch, &range))) return res;
    }
    slot->pending = 1;
    pic->slot = slot;
    return 0;
}

/* A batch of its own for a picture that was made without a download. */
static int download_now(Vp9Qpu *const q, Vp9QpuPicture *const pic) {
    QpuSlot *slot;
    int res;
    if (!pic->frame.range.buf) return -EIO;
    if ((res = qpu_slots_get(&q->slots, &slot)) || (res = vp9_qpu_download(q, pic, slot)) ||
        (res = qpu_slots_submit(&q->slots, slot)))
    {
        if (pic->slot) pic->slot->pending = 0;
        pic->slot = NULL;
    }
    return res;
}

/* Waits until a slot's pixels are there. */
static int wait_for(Vp9Qpu *const q, QpuSlot *const slot) {
    if (!slot->in_flight) return 0;
    const uint64_t start = qpu_now_ns();
    const int res = qpu_slots_retire(&q->slots, slot);
    qpu_stats_wait(&q->session.stats, qpu_now_ns() - start);
    return res;
}

/* Copies a slot's pixels to upstream's memory. */
static int copy_out(QpuSlot *const slot, const QpuFrame *const frame, const YV12_BUFFER_CONFIG *const buf) {
    for (int i = 0; i < frame->n_planes; i++) {
        ptrdiff_t stride;
        int cached;
        uint8_t *const dst = plane_of(buf, i, &stride);
        const uint8_t *const src = slot->host ? qpu_lend_plane(slot->host, i) :
                                                qpu_batch_downloaded(slot->batch, i, &cached);
        if (!src) return -EIO;
        qpu_copy_plane(src, frame, i, dst, stride);
    }
    return 0;
}

/* ---- pictures ---- */

void vp9_qpu_picture_reset(Vp9Qpu *const q, Vp9QpuPicture *const pic) {
    if (pic->slot) pic->slot->pending = 0;
    pic->slot = NULL;
    pic->on_cpu = 0;
    pic->number = 0;
    qpu_frames_free(&q->frames, &pic->frame);
}

void vp9_qpu_picture_sweep(Vp9Qpu *const q, const BufferPool *const pool) {
    for (int i = 0; i < FRAME_BUFFERS; i++)
        if (!pool->frame_bufs[i].ref_count) vp9_qpu_picture_reset(q, &q->picture[i]);
    qpu_frames_close_old(&q->frames, qpu_slots_first_pending(&q->slots));
}

/* The device can't give what it has, or should have. */
static int recover(VP9Decoder *const pbi, const int err) {
    Vp9Qpu *const q = pbi->qpu;
    char why[160] = "";
    qpu_context_error(q->session.ctx, why, sizeof(why));
    qpu_session_fallback(&q->session, 1, why[0] ? why : strerror(-err));
    return vp9_qpu_recover(pbi);
}

int vp9_qpu_picture_to_cpu(VP9Decoder *const pbi, const int idx) {
    Vp9Qpu *const q = pbi->qpu;
    Vp9QpuPicture *const pic = &q->picture[idx];
    int res;
    if (pic->on_cpu || !pic->number) return 0;
    if ((!pic->slot && (res = download_now(q, pic))) || (res = wait_for(q, pic->slot)) ||
        (res = copy_out(pic->slot, &pic->frame, &pbi->common.buffer_pool->frame_bufs[idx].buf)))
        return recover(pbi, res);
    pic->on_cpu = 1;
    return 0;
}

void vp9_qpu_to_cpu(VP9Decoder *const pbi, const int idx, const int written) {
    Vp9Qpu *const q = pbi->qpu;
    if (!q || idx < 0 || idx >= FRAME_BUFFERS) return;
    Vp9QpuPicture *const pic = &q->picture[idx];
    if (vp9_qpu_picture_to_cpu(pbi, idx)) pbi->common.buffer_pool->frame_bufs[idx].buf.corrupted = 1;
    if (!written) return;
    /* what comes of it can't be decoded again */
    for (int i = 0; i < FRAME_BUFFERS; i++) vp9_qpu_picture_to_cpu(pbi, i);
    qpu_session_fallback(&q->session, 1, "the application replaces references");
    vp9_qpu_picture_reset(q, pic);
    pic->on_cpu = 1;
}

void vp9_qpu_reference(vpx_codec_alg_priv_t *const ctx, const VP9_REFFRAME frame, const int written) {
    if (!ctx->pbi) return;
    const int slot = frame == VP9_GOLD_FLAG ? 1 : frame == VP9_ALT_FLAG ? 2 : 0;
    vp9_qpu_to_cpu(ctx->pbi, ctx->pbi->common.ref_frame_map[slot], written);
}

vpx_codec_err_t vp9_qpu_devices(char **const list) {
    return qpu_device_list(list) < 0 ? VPX_CODEC_INCAPABLE : VPX_CODEC_OK;
}

/* ---- handing out ---- */

static void drop(Vp9Qpu *const q, BufferPool *const pool, Vp9QpuOutput *const out) {
    if (out->slot) out->slot->pending = 0;
    out->slot = NULL;
    qpu_lend_back(&q->lender, &out->host);
    if (out->idx >= 0) decrease_ref_count(out->idx, pool->frame_bufs, pool);
    out->idx = -1;
}

/* The picture is the application's until it decodes more; memory of our own stays
 * until it has the next one, but upstream's is needed. */
void vp9_qpu_release(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    BufferPool *const pool = pbi->common.buffer_pool;
    if (!q || q->shown.idx < 0) return;
    decrease_ref_count(q->shown.idx, pool->frame_bufs, pool);
    q->shown.idx = -1;
}

/* Completes a picture that the application is to have. */
static int complete(Vp9Qpu *const q, const YV12_BUFFER_CONFIG *const buf, const int own_memory,
                    Vp9QpuOutput *const out)
{
    QpuSlot *const slot = out->slot;
    int res = 0;
    if (!slot) return 0;
    if (!(res = wait_for(q, slot))) {
        if (!own_memory && slot->host) {
            out->host = slot->host;
            slot->host = NULL;
            for (int i = 0; i < out->frame.n_planes; i++) {
                out->img.planes[i] = qpu_lend_plane(out->host, i);
                out->img.stride[i] = (int) out->frame.plane[i].stride * 4;
            }
        } else {
            res = copy_out(slot, &out->frame, buf);
        }
    }
    slot->pending = 0;
    out->slot = NULL;
    return res;
}

static vpx_image_t *take_oldest(vpx_codec_alg_priv_t *const ctx) {
    Vp9Qpu *const q = ctx->qpu;
    BufferPool *const pool = ctx->buffer_pool;
    drop(q, pool, &q->shown);
    q->shown = q->output[0];
    memmove(q->output, q->output + 1, (size_t) --q->n_output * sizeof(*q->output));
    const int res = complete(q, &pool->frame_bufs[q->shown.idx].buf, !!ctx->get_ext_fb_cb, &q->shown);
    if (res && recover(ctx->pbi, res)) pool->frame_bufs[q->shown.idx].buf.corrupted = 1;
    ctx->last_show_frame = q->shown.idx;
    ctx->img = q->shown.img;
    return &ctx->img;
}

vpx_image_t *vp9_qpu_output(vpx_codec_alg_priv_t *const ctx) {
    Vp9Qpu *const q = ctx->qpu;
    const int idx = ctx->last_show_frame;
    Vp9QpuPicture *const pic = &q->picture[idx];
    int res = 0;
    if (!pic->on_cpu && !pic->slot && pic->number) res = download_now(q, pic);
    if (res && recover(ctx->pbi, res)) ctx->buffer_pool->frame_bufs[idx].buf.corrupted = 1;
    Vp9QpuOutput *const out = &q->output[q->n_output++];
    *out = (Vp9QpuOutput) { .idx = idx, .img = ctx->img, .frame = pic->frame };
    if (!pic->on_cpu) {
        out->slot = pic->slot;
        pic->slot = NULL;
    }
    ctx->buffer_pool->frame_bufs[idx].ref_count++;
    return q->n_output > q->delay ? take_oldest(ctx) : NULL;
}

vpx_image_t *vp9_qpu_drain(vpx_codec_alg_priv_t *const ctx) {
    Vp9Qpu *const q = ctx->qpu;
    return q && ctx->flushed && q->n_output ? take_oldest(ctx) : NULL;
}

void vp9_qpu_outputs_close(Vp9Qpu *const q, BufferPool *const pool) {
    for (int i = 0; i < q->n_output; i++) drop(q, pool, &q->output[i]);
    q->n_output = 0;
    drop(q, pool, &q->shown);
}
