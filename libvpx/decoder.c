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

/* Frames in a row that fail before the device is given up. */
#define MAX_FAILURES 3

static const unsigned recon = BIT(MC) | BIT(ITX) | BIT(IPRED);
static const QpuModeRules rules = { .stages = BIT(MC) | BIT(ITX) | BIT(IPRED) | BIT(LF) };

/* What auto goes by until there are recipes: nothing has been measured on the
 * devices that people have. So the device is not even opened. */
static const char auto_reason[] = "auto leaves it to the CPU: it has no measurements of any device yet";

static void say(const char *const what, const char *const why) {
    fprintf(stderr, "libvpx: %s%s\n", what, why);
}

void vp9_qpu_fallback(Vp9Qpu *const q, const int permanent, const char *const why) {
    q->dead |= permanent || ++q->failures >= MAX_FAILURES;
    if (q->fallback) return;
    q->fallback = strdup(why);
    say(q->dead ? "The CPU decodes instead of the Vulkan device: " :
                  "The CPU decodes a frame instead of the Vulkan device: ", why);
}

/* ---- opening ---- */

static vpx_codec_err_t open_device(Vp9Qpu *const q, const char *device, const char **const detail) {
    static char why[512]; /* the application reads it later */
    if (device && !strcmp(device, "list")) {
        char *list;
        qpu_device_list(&list);
        say("Vulkan devices:\n", list ? list : "");
        free(list);
        device = NULL;
    }
    if (q->mode.kind == QPU_MODE_AUTO) {
        q->fallback = strdup(auto_reason); /* a choice, not a failure: no noise */
        return VPX_CODEC_OK;
    }
    const QpuContextParams params = {
        .device = device,
        .allow_cpu = 1,
        .timestamps = !!q->stats_path,
    };
    if (!qpu_context_open(&q->ctx, &params, why, sizeof(why))) {
        q->stages = q->mode.stages;
        return VPX_CODEC_OK;
    }
    if (q->mode.kind == QPU_MODE_ALL) {
        char *list;
        const int found = qpu_device_list(&list);
        say("--qpu=all: ", why);
        if (found >= 0 && list) say("Vulkan devices found:\n", list);
        free(list);
        *detail = why;
        return VPX_CODEC_INCAPABLE;
    }
    vp9_qpu_fallback(q, 1, why);
    return VPX_CODEC_OK;
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
    if (q->stats_path &&
        qpu_stats_write(&q->stats, q->stats_path, q->ctx, &q->mode, q->fallback))
        say("can't write the statistics: ", q->stats_path);
    if (q->ctx) qpu_lend_close(&q->lender);
    qpu_stats_destroy(&q->stats);
    free(q->stats_path);
    free(q->fallback);
    free(q);
}

static vpx_codec_err_t open_qpu(vpx_codec_alg_priv_t *const ctx) {
    const vpx_qpu_settings_t *const s = &ctx->qpu_settings;
    const char *const mode = qpu_setting(s->mode, "DAEDALUS_QPU");
    const char *const stats = qpu_setting(s->stats, "DAEDALUS_STATS");
    const char *const delay = qpu_setting(NULL, "DAEDALUS_DELAY");
    if (ctx->qpu || ((!mode || !strcmp(mode, "off")) && !stats)) return VPX_CODEC_OK;

    Vp9Qpu *const q = calloc(1, sizeof(*q));
    if (!q) return VPX_CODEC_MEM_ERROR;
    if (qpu_stats_init(&q->stats)) {
        free(q);
        return VPX_CODEC_MEM_ERROR;
    }
    vpx_codec_err_t res = VPX_CODEC_MEM_ERROR;
    static char why[256]; /* likewise */
    if (mode && qpu_mode_parse(&q->mode, &rules, mode, why, sizeof(why))) {
        say("--qpu: ", why);
        ctx->base.err_detail = why;
        res = VPX_CODEC_INVALID_PARAM;
        goto error;
    }
    if (stats && !(q->stats_path = strdup(stats))) goto error;
    if (q->mode.kind != QPU_MODE_OFF &&
        (res = open_device(q, qpu_setting(s->device, "DAEDALUS_DEVICE"), &ctx->base.err_detail)))
        goto error;
    const int wanted = s->delay > 0 ? s->delay : delay ? atoi(delay) : 0;
    q->delay = wanted <= 0 ? 0 : wanted < VP9_QPU_MAX_DELAY ? wanted : VP9_QPU_MAX_DELAY;
    const char *const schedule = qpu_setting(NULL, "DAEDALUS_SCHEDULE");
    q->schedule = !schedule ? QPU_IPRED_AUTO :
                  !strcmp(schedule, "levels") ? QPU_IPRED_LEVELS : QPU_IPRED_SUPERBLOCKS;
    q->shown.idx = -1;
    q->lender.ctx = q->slots.ctx = q->frames.ctx = q->ctx;
    q->lender.lends = 1;
    q->slots.stats = &q->stats;
    q->slots.lender = &q->lender;
    q->slots.max = 3;
    q->frames.n_first = FRAME_BUFFERS;
    q->frames.each = each_frame;
    q->frames.opaque = q; /* no collect: what can be freed was, before the frame */
    ctx->qpu = q;
    return VPX_CODEC_OK;

error:
    free(q->stats_path);
    q->stats_path = NULL; /* nothing was decoded */
    close_qpu(q);
    return res;
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
    qpu_stats_cpu_frame(&q->stats, 0);
    for (int s = 0; s < QPU_N_STAGES; s++)
        if (stages & 1U << s) qpu_stats_cpu_pixels(&q->stats, (enum QpuStage) s, frame_pixels(cm));
}

void vp9_qpu_give_up(Vp9Qpu *const q, const VP9_COMMON *const cm, const int err, const char *const what) {
    char why[256], detail[160] = "";
    const int too_large = err == -ENOTSUP || err == -ERANGE;
    if (!too_large) qpu_context_error(q->ctx, detail, sizeof(detail));
    snprintf(why, sizeof(why), "%s: %s", what, detail[0] ? detail : strerror(-err));
    /* what is too large for the device is not its failure */
    vp9_qpu_fallback(q, err != -ENOMEM && !too_large, why);
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
    if (!q->stages || q->dead || !refs_on_device(q, cm)) {
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
        q->failures = 0;
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
