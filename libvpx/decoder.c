/* Opening, closing, and which frames are the device's. */

#include "vp9/qpu/decoder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vp9/qpu/guard.h"
#include "vp9/qpu/hooks.h"
#include "vp9/qpu/recon.h"

#define BIT(s) (1U << QPU_STAGE_##s)

static const unsigned recon = BIT(MC) | BIT(ITX) | BIT(IPRED);

static void say(void *const opaque, const char *const text) {
    fprintf(stderr, "libvpx: %s\n", text);
}

/* ---- what the frame memory asks ---- */

static int each_frame(void *const opaque, int (*const each)(void *, QpuFrame *), void *const with) {
    Vp9Qpu *const q = opaque;
    int res = each(with, &q->cur);
    for (int i = 0; i < FRAME_BUFFERS && !res; i++)
        res = each(with, &q->picture[i].frame);
    return res;
}

static void close_qpu(Vp9Qpu *const q) {
    qpu_slots_close(&q->slots);
    qpu_frames_close(&q->frames);
    vp9_qpu_rec_free(&q->rec);
    vp9_qpu_recover_close(&q->recover);
    qpu_ipred_plan_free(&q->plan);
    qpu_session_write_stats(&q->session);
    if (q->session.ctx) qpu_lend_close(&q->lender);
    qpu_session_destroy(&q->session);
    free(q);
}

static vpx_codec_err_t open_qpu(vpx_codec_alg_priv_t *const ctx) {
    const vpx_qpu_settings_t *const s = &ctx->qpu_settings;
    const char *const delay = qpu_setting(NULL, "DAEDALUS_DELAY");
    const QpuSessionParams params = {
        .rules = &qpu_rules_vp9,
        .mode = s->mode,
        .device = s->device,
        .stats = s->stats,
        .threads = ctx->cfg.threads > 0 ? (int) ctx->cfg.threads : 1,
        .say = say,
    };
    if (ctx->qpu || !qpu_session_wanted(&params)) return VPX_CODEC_OK;

    Vp9Qpu *const q = calloc(1, sizeof(*q));
    if (!q) return VPX_CODEC_MEM_ERROR;
    if (qpu_session_init(&q->session)) {
        free(q);
        return VPX_CODEC_MEM_ERROR;
    }
    const int res = qpu_session_open(&q->session, &params, ctx->qpu_error, sizeof(ctx->qpu_error));
    if (res) {
        if (ctx->qpu_error[0]) ctx->base.err_detail = ctx->qpu_error;
        close_qpu(q);
        return res == -EINVAL ? VPX_CODEC_INVALID_PARAM : res == -ENOMEM ? VPX_CODEC_MEM_ERROR :
               VPX_CODEC_INCAPABLE;
    }
    const int wanted = s->delay > 0 ? s->delay : delay ? atoi(delay) : 0;
    q->delay = wanted <= 0 ? 0 : wanted < VP9_QPU_MAX_DELAY ? wanted : VP9_QPU_MAX_DELAY;
    const char *const schedule = qpu_setting(NULL, "DAEDALUS_SCHEDULE");
    q->schedule = !schedule ? QPU_IPRED_AUTO :
                  !strcmp(schedule, "levels") ? QPU_IPRED_LEVELS : QPU_IPRED_SUPERBLOCKS;
    q->shown.idx = -1;
    q->lender.ctx = q->slots.ctx = q->frames.ctx = q->session.ctx;
    q->lender.lends = 1;
    q->slots.stats = &q->session.stats;
    q->slots.lender = &q->lender;
    q->slots.max = 3;
    q->frames.n_first = FRAME_BUFFERS;
    q->frames.each = each_frame;
    q->frames.opaque = q; /* no collect: what can be freed was, before the frame */
    ctx->qpu = q;
    return VPX_CODEC_OK;
}

vpx_codec_err_t vp9_qpu_open(vpx_codec_alg_priv_t *const ctx) {
    /* drivers leave it dirty, and programs print it where nobody set it */
    const int err = errno;
    const vpx_codec_err_t res = open_qpu(ctx);
    errno = err;
    return res;
}

void vp9_qpu_close(vpx_codec_alg_priv_t *const ctx) {
    Vp9Qpu *const q = ctx->qpu;
    if (!q) return;
    if (ctx->buffer_pool) vp9_qpu_outputs_close(q, ctx->buffer_pool);
    for (int i = 0; i < FRAME_BUFFERS; i++) vp9_qpu_picture_reset(q, &q->picture[i]);
    close_qpu(q);
    ctx->qpu = NULL;
    if (ctx->pbi) ctx->pbi->qpu = NULL;
}

/* ---- frames ---- */

static uint64_t frame_pixels(const VP9_COMMON *const cm) {
    const uint64_t uv = (uint64_t) ((cm->width + cm->subsampling_x) >> cm->subsampling_x) *
                        ((cm->height + cm->subsampling_y) >> cm->subsampling_y);
    return (uint64_t) cm->width * cm->height + 2 * uv;
}

/* Stages of a frame that the device may have been asked for. Which blocks are
 * predicted how is not known before it is parsed: reconstruction counts as one. */
static void count_cpu(Vp9Qpu *const q, const VP9_COMMON *const cm) {
    const unsigned stages = recon | (cm->lf.filter_level ? BIT(LF) : 0);
    qpu_stats_cpu_frame(&q->session.stats, 0);
    for (int s = 0; s < QPU_N_STAGES; s++)
        if (stages & 1U << s) qpu_stats_cpu_pixels(&q->session.stats, (enum QpuStage) s, frame_pixels(cm));
}

void vp9_qpu_give_up(Vp9Qpu *const q, const VP9_COMMON *const cm, const int err, const char *const what) {
    qpu_session_give_up(&q->session, err, what);
    count_cpu(q, cm);
}

/* All that the frame refers to is needed where it is decoded. */
static int refs_on_device(const Vp9Qpu *const q, const VP9_COMMON *const cm) {
    if (frame_is_intra_only(cm)) return 1;
    for (int i = 0; i < REFS_PER_FRAME; i++)
        if (!q->picture[cm->frame_refs[i].idx].frame.range.buf) return 0;
    return 1;
}

static void refs_to_cpu(VP9Decoder *const pbi) {
    VP9_COMMON *const cm = &pbi->common;
    if (frame_is_intra_only(cm)) return;
    for (int i = 0; i < REFS_PER_FRAME; i++)
        if (vp9_qpu_picture_to_cpu(pbi, cm->frame_refs[i].idx))
            vpx_internal_error(&cm->error, VPX_CODEC_ERROR, "A reference was lost with the Vulkan device");
}

static void to_cpu(VP9Decoder *const pbi) {
    refs_to_cpu(pbi);
    pbi->qpu->picture[pbi->common.new_fb_idx].on_cpu = 1;
}

static void stop_recording(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    vp9_qpu_guard_end(pbi);
    q->recording = 0;
    pbi->common.skip_loop_filter = q->saved_skip_loop_filter;
    pbi->row_mt = q->saved_row_mt;
}

void vp9_qpu_frame_begin(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    VP9_COMMON *const cm = &pbi->common;
    int res;
    if (!q) return;
    vp9_qpu_picture_sweep(q, cm->buffer_pool);
    vp9_qpu_picture_reset(q, &q->picture[cm->new_fb_idx]);
    q->in_frame = 1;
    const unsigned stages = qpu_session_frame(&q->session, cm->width, cm->height, (int) cm->bit_depth,
                                              frame_is_intra_only(cm), cm->frame_type == KEY_FRAME);
    if (!stages || !refs_on_device(q, cm)) {
        count_cpu(q, cm);
        to_cpu(pbi);
        return;
    }
    const YV12_BUFFER_CONFIG *const buf = &pbi->cur_buf->buf;
    QpuFrame residual;
    if ((res = vp9_qpu_layout(q, buf, (int) cm->bit_depth, &q->cur)) ||
        (res = vp9_qpu_layout(q, buf, 16, &residual)) ||
        (res = vp9_qpu_rec_begin(&q->rec, cm)))
    {
        vp9_qpu_give_up(q, cm, res, "a frame can't be set up");
        to_cpu(pbi);
        return;
    }
    q->recording = 1;
    /* One walk: parsing ahead of reconstruction by rows has no use here. The masks for
     * the loop filter are made all the same. */
    q->saved_skip_loop_filter = cm->skip_loop_filter;
    q->saved_row_mt = pbi->row_mt;
    cm->skip_loop_filter = 1;
    pbi->row_mt = 0;
    vp9_qpu_guard_begin(pbi);
}

static void done(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    q->in_frame = 0;
    vp9_qpu_recover_done(&q->recover, pbi->common.frame_type == KEY_FRAME);
}

int vp9_qpu_frame_end(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    VP9_COMMON *const cm = &pbi->common;
    if (!q) return 0;
    if (!q->recording) {
        done(pbi);
        return 0;
    }
    stop_recording(pbi);
    if (pbi->mb.corrupted) return 0; /* upstream says so next */
    q->picture[cm->new_fb_idx].number = q->recover.number;
    const int res = vp9_qpu_launch(pbi);
    if (!res) {
        qpu_session_success(&q->session);
        done(pbi);
        return 0;
    }
    vp9_qpu_picture_reset(q, &q->picture[cm->new_fb_idx]);
    vp9_qpu_give_up(q, cm, res, "a frame was not submitted");
    to_cpu(pbi);
    vp9_zero(cm->counts);
    return 1;
}

void vp9_qpu_frame_abort(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    if (!q) return;
    if (q->recording) stop_recording(pbi);
    q->in_frame = 0;
}

void vp9_qpu_tile(VP9Decoder *const pbi, MACROBLOCKD *const xd, const int tile) {
    Vp9Qpu *const q = pbi->qpu;
    xd->qpu = q && q->recording ? &q->rec.tile[tile] : NULL;
}
