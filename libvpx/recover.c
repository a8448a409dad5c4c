#include "vp9/qpu/recover.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vpx_mem/vpx_mem.h"
#include "vpx_scale/vpx_scale.h"
#include "./vpx_scale_rtcd.h"

#include "vp9/qpu/decoder.h"
#include "vp9/qpu/hooks.h"

/* Of data; more than any player lets pass between key frames. */
#define MAX_BYTES ((size_t) 512 << 20)

static void drop_first(Vp9QpuRecover *const r) {
    struct Vp9QpuPacket *const p = r->first;
    r->first = p->next;
    if (!r->first) r->last = NULL;
    r->bytes -= p->size;
    free(p);
}

void vp9_qpu_recover_close(Vp9QpuRecover *const r) {
    while (r->first) drop_first(r);
}

void vp9_qpu_keep(VP9Decoder *const pbi, const uint8_t *const data, const size_t size) {
    Vp9Qpu *const q = pbi->qpu;
    if (!q || !q->session.stages || atomic_load(&q->session.dead)) return;
    Vp9QpuRecover *const r = &q->recover;
    r->number++;
    struct Vp9QpuPacket *const p = r->bytes + size > MAX_BYTES ? NULL : malloc(sizeof(*p) + size);
    if (!p) {
        vp9_qpu_recover_close(r);
        r->lost = 1;
        return;
    }
    *p = (struct Vp9QpuPacket) {
        .number = r->number,
        .skip_loop_filter = pbi->common.skip_loop_filter,
        .size = size,
    };
    if (size) memcpy(p->data, data, size);
    if (r->last) r->last->next = p;
    else r->first = p;
    r->last = p;
    r->bytes += size;
}

void vp9_qpu_recover_done(Vp9QpuRecover *const r, const int key) {
    if (!key) return;
    while (r->first && r->first->number < r->number) drop_first(r);
    r->lost = !r->first;
}

/* ---- the second decoder ---- */

static VP9Decoder *open_again(const VP9Decoder *const pbi) {
    BufferPool *const pool = vpx_calloc(1, sizeof(*pool));
    if (!pool) return NULL;
    VP9Decoder *const again = vp9_decoder_create(pool);
    if (!again) goto error;
    pool->get_fb_cb = vp9_get_frame_buffer;
    pool->release_fb_cb = vp9_release_frame_buffer;
    if (vp9_alloc_internal_frame_buffers(&pool->int_frame_buffers)) goto error;
    pool->cb_priv = &pool->int_frame_buffers;
    again->common.new_fb_idx = INVALID_IDX;
    again->common.byte_alignment = pbi->common.byte_alignment;
    again->max_threads = 1;
    again->decrypt_cb = pbi->decrypt_cb;
    again->decrypt_state = pbi->decrypt_state;
    return again;

error:
    vp9_decoder_remove(again);
    vpx_free(pool);
    return NULL;
}

static void close_again(VP9Decoder *const again) {
    BufferPool *const pool = again->common.buffer_pool;
    vp9_decoder_remove(again);
    vp9_free_ref_frame_buffers(pool);
    vp9_free_internal_frame_buffers(&pool->int_frame_buffers);
    vpx_free(pool);
}

static int is_wanted(const Vp9QpuPicture *const pic) {
    return !pic->on_cpu && pic->number;
}

/* What frame `number` made, for all who want it. */
static void deliver(Vp9Qpu *const q, const VP9Decoder *const again, BufferPool *const pool,
                    const uint64_t number)
{
    const YV12_BUFFER_CONFIG *const src = &again->common.buffer_pool->frame_bufs[again->common.new_fb_idx].buf;
    for (int i = 0; i < FRAME_BUFFERS; i++) {
        Vp9QpuPicture *const pic = &q->picture[i];
        if (!is_wanted(pic) || pic->number != number) continue;
        vpx_yv12_copy_frame(src, &pool->frame_bufs[i].buf);
        vp9_qpu_picture_reset(q, pic);
        pic->on_cpu = 1;
    }
}

int vp9_qpu_recover(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    Vp9QpuRecover *const r = &q->recover;
    if (r->lost || !r->first) return -ENODATA;
    VP9Decoder *const again = open_again(pbi);
    if (!again) return -ENOMEM;
    const uint64_t end = r->number + !q->in_frame;
    for (const struct Vp9QpuPacket *p = r->first; p && p->number < end; p = p->next) {
        const uint8_t *data = p->data;
        again->common.skip_loop_filter = p->skip_loop_filter;
        /* what was broken is so again */
        if (vp9_receive_compressed_data(again, p->size, &data)) again->need_resync = 1;
        else if (!again->common.show_existing_frame)
            deliver(q, again, pbi->common.buffer_pool, p->number);
        again->ready_for_new_data = 1;
    }
    close_again(again);
    int res = 0;
    for (int i = 0; i < FRAME_BUFFERS; i++)
        if (is_wanted(&q->picture[i])) res = -ENODATA;
    for (int i = 0; i < q->n_output; i++) {
        if (q->output[i].slot) q->output[i].slot->pending = 0;
        q->output[i].slot = NULL;
    }
    vp9_qpu_recover_close(r);
    return res;
}
