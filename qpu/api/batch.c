/* Batches: calls of kernels, who runs them, what becomes of frames. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "grow.h"

int daedalus_batch_open(DaedalusContext *const ctx, DaedalusBatch **const out) {
    DaedalusBatch *const b = *out = calloc(1, sizeof(*b));
    if (!b) return -ENOMEM;
    b->ctx = ctx;
    return 0;
}

/* Forgets the calls. */
static void clear(DaedalusBatch *const b) {
    for (uint32_t i = 0; i < b->n_ops; i++) {
        free(b->ops[i].jobs);
        free(b->ops[i].coefs);
        free(b->ops[i].extra);
    }
    for (uint32_t i = 0; i < b->n_frames; i++) frame_unref(b->frames[i]);
    b->n_ops = b->n_frames = 0;
}

void daedalus_batch_free(DaedalusBatch **const batch) {
    DaedalusBatch *const b = *batch;
    if (!b) return;
    *batch = NULL;
    if (b->submitted) daedalus_wait(b);
    pthread_mutex_lock(&b->ctx->lock);
    clear(b);
    qpu_batch_close(&b->q);
    for (int i = 0; i < QPU_MAX_DOWNLOADS; i++) qpu_host_close(b->ctx->qpu, &b->down[i].host);
    pthread_mutex_unlock(&b->ctx->lock);
    free(b->ops);
    free(b->frames);
    free(b->written);
    free(b);
}

/* ---- recording ---- */

void *copied(const void *const src, const size_t n, const size_t size) {
    if (n > SIZE_MAX / size) return NULL;
    void *const dst = malloc(n * size);
    if (dst) memcpy(dst, src, n * size);
    return dst;
}

int batch_check(const DaedalusBatch *const b, DaedalusFrame *const *const frames, const int n_frames) {
    if (b->submitted) return -EBUSY;
    for (int i = 0; i < n_frames; i++)
        if (!frames[i] || frames[i]->ctx != b->ctx || !frame_same_format(frames[i], frames[0])) return -EINVAL;
    return 0;
}

static void add_frame(DaedalusBatch *const b, DaedalusFrame *const f) {
    for (uint32_t i = 0; i < b->n_frames; i++)
        if (b->frames[i] == f) return;
    f->refs++;
    b->frames[b->n_frames++] = f;
}

int batch_add(DaedalusBatch *const b, const Op *const op) {
    int res = -ENOMEM;
    if (!op->jobs || qpu_grow(&b->ops, &b->n_ops_alloc, b->n_ops + 1, sizeof(*b->ops)) ||
        qpu_grow(&b->frames, &b->n_frames_alloc, b->n_frames + 1 + MAX_REFS, sizeof(*b->frames)) ||
        qpu_grow(&b->written, &b->n_written_alloc, b->n_frames + 1 + MAX_REFS, sizeof(*b->written)))
    {
        goto error;
    }
    b->reported = 0;
    pthread_mutex_lock(&b->ctx->lock);
    for (int i = 0; i < op->n_frames; i++) add_frame(b, op->frame[i]);
    pthread_mutex_unlock(&b->ctx->lock);
    b->ops[b->n_ops++] = *op;
    return 0;

error:
    free(op->jobs);
    free(op->coefs);
    free(op->extra);
    return res;
}

/* ---- the CPU ---- */

/* Nothing is in flight. -EIO: a frame's content was lost; nothing is changed then. */
static int run_cpu(DaedalusBatch *const b) {
    int res;
    for (uint32_t i = 0; i < b->n_frames; i++) b->frames[i]->now.written = 0;
    for (uint32_t i = 0; i < b->n_ops; i++) {
        const Op *const op = &b->ops[i];
        for (int k = 0; k < op->n_frames; k++) {
            DaedalusFrame *const f = op->frame[k];
            if ((res = frame_to_host(f, (k || op->reads) && !f->now.written))) return res;
        }
        op->frame[0]->now.written = 1;
    }
    for (uint32_t i = 0; i < b->n_frames; i++) frame_begin_cpu(b->frames[i]);
    for (uint32_t i = 0; i < b->n_ops; i++) {
        const Op *const op = &b->ops[i];
        const DaedalusPlanes *host[1 + MAX_REFS];
        for (int k = 0; k < op->n_frames; k++) host[k] = &op->frame[k]->host;
        op->kernel->cpu(op, host);
    }
    for (uint32_t i = 0; i < b->n_frames; i++) {
        DaedalusFrame *const f = b->frames[i];
        frame_end_cpu(f);
        if (!f->now.written) continue;
        f->host_ok = 1;
        f->dev_ok = f->direct;
        f->extended = 0;
    }
    return 0;
}

/* ---- the device ---- */

/* Whether what the device has of a frame is right when the batch starts. */
static int on_device(const DaedalusFrame *const f) {
    return f->wrapped ? f->pending > 0 : f->dev_ok;
}

static int launch(DaedalusBatch *const b, const Op *const op) {
    int res;
    for (int i = 0; i < op->n_frames; i++) {
        DaedalusFrame *const f = op->frame[i];
        if ((res = frame_to_device(f, b->q, i || op->reads))) return res;
        if (!i || !op->extends || f->now.extended) continue;
        if ((res = qpu_mc_extend(b->q, &f->q))) return res;
        f->now.extended = 1;
    }
    op->frame[0]->now.extended = 0;
    if (!op->frame[0]->now.written) {
        op->frame[0]->now.written = 1;
        b->written[b->n_written++] = op->frame[0];
    }
    return op->kernel->qpu(b->ctx, b->q, op);
}

/* Memory of the batch's own, so that a later one doesn't write what hasn't been read. */
static int add_download(DaedalusBatch *const b, DaedalusFrame *const f) {
    int res;
    if (b->n_down == QPU_MAX_DOWNLOADS) return -ENOSPC;
    QpuRange *const host = &b->down[b->n_down].host;
    if (host->size < f->q.range.size) {
        qpu_host_close(b->ctx->qpu, host);
        if ((res = qpu_host_open(b->ctx->qpu, f->q.range.size, host))) return res;
    }
    const QpuRange part = { .buf = host->buf, .off = host->off, .size = f->q.range.size };
    if ((res = qpu_batch_download_to(b->q, &f->q.range, &part))) return res;
    b->down[b->n_down++].frame = f;
    return 0;
}

static int start(DaedalusBatch *const b) {
    int res;
    b->n_written = 0;
    b->n_down = 0;
    if (!context_usable(b->ctx)) return -ENODEV;
    if (!b->q && (res = qpu_batch_open(b->ctx->qpu, &b->q))) return res;
    if ((res = qpu_batch_begin(b->q))) return res;
    for (uint32_t i = 0; i < b->n_frames; i++) {
        DaedalusFrame *const f = b->frames[i];
        f->now.ok = on_device(f);
        f->now.extended = f->now.ok && f->extended;
        f->now.written = 0;
    }
    for (uint32_t i = 0; i < b->n_ops; i++)
        if ((res = launch(b, &b->ops[i]))) return res;
    for (uint32_t i = 0; i < b->n_written; i++)
        if (b->written[i]->wrapped && (res = add_download(b, b->written[i]))) return res;
    if ((res = qpu_batch_submit(b->q))) return res;

    for (uint32_t i = 0; i < b->n_frames; i++) {
        DaedalusFrame *const f = b->frames[i];
        f->extended = f->now.extended;
        f->dev_ok = 1;
        f->pending += f->now.written;
    }
    b->next = NULL;
    if (b->ctx->last) b->ctx->last->next = b;
    else b->ctx->first = b;
    b->ctx->last = b;
    b->on_device = 1;
    return 0;
}

/* ---- both ---- */

static void count(DaedalusBatch *const b) {
    DaedalusCounts *const n = &b->ctx->counts;
    if (b->report.result) n->failed++;
    else if (b->report.ran == DAEDALUS_QPU) n->qpu++;
    else n->cpu++;
    n->fell_back += (uint64_t) b->report.fell_back;
}

/* What the device said, for the report. */
static void explain(DaedalusBatch *const b, const int res) {
    char error[160];
    qpu_context_error(b->ctx->qpu, error, sizeof(error));
    if (res == -ENOSPC)
        snprintf(b->report.why, sizeof(b->report.why), "more than %d wrapped frames are written", QPU_MAX_DOWNLOADS);
    else if (res == -ENODEV && !b->ctx->have_device)
        snprintf(b->report.why, sizeof(b->report.why), "%.150s", b->ctx->device);
    else
        snprintf(b->report.why, sizeof(b->report.why), "%.40s%s%.110s", strerror(-res), *error ? ": " : "", error);
    context_check_lost(b->ctx);
}

static void fall_back(DaedalusBatch *const b) {
    b->report.fell_back = 1;
    b->report.ran = DAEDALUS_CPU;
    b->report.result = run_cpu(b);
}

/* The first one in flight, which the device has been waited for. */
static void finish(DaedalusBatch *const b) {
    DaedalusContext *const ctx = b->ctx;
    const int res = qpu_batch_wait(b->q);
    b->on_device = 0;
    ctx->first = b->next;
    if (!ctx->first) ctx->last = NULL;
    for (uint32_t i = 0; i < b->n_written; i++) {
        DaedalusFrame *const f = b->written[i];
        f->pending--;
        if (res) {
            f->dev_ok = 0;
            if (f->direct) f->host_ok = 0; /* may be half done */
        } else if (!f->wrapped) {
            f->host_ok = f->direct;
        }
    }
    if (!res) {
        QpuBatchStats stats;
        qpu_batch_stats(b->q, &stats);
        b->report.download_bytes = stats.download_bytes;
        for (int i = 0; i < b->n_down; i++) frame_take(b->down[i].frame, &b->down[i].host);
    } else {
        explain(b, res);
        if (b->report.asked == DAEDALUS_AUTO) fall_back(b);
        else b->report.result = res;
        /* what it should have written is nowhere */
        if (b->report.result)
            for (uint32_t i = 0; i < b->n_written; i++)
                if (!b->written[i]->wrapped) b->written[i]->host_ok = 0;
    }
    count(b);
}

void batches_finish(DaedalusContext *const ctx, DaedalusBatch *const up_to) {
    while (ctx->first && (!up_to || up_to->on_device)) finish(ctx->first);
}

int daedalus_submit(DaedalusBatch *const b, const DaedalusSubstrate substrate) {
    DaedalusContext *const ctx = b->ctx;
    int res = 0;
    if (b->submitted) return -EBUSY;
    if ((unsigned) substrate > DAEDALUS_AUTO) return -EINVAL;
    pthread_mutex_lock(&ctx->lock);
    for (uint32_t i = 0; i < b->n_frames; i++)
        if (b->frames[i]->mapped) res = -EINVAL;
    if (res) goto end;

    DaedalusReport *const r = &b->report;
    memset(r, 0, sizeof(*r));
    r->size = sizeof(*r);
    r->asked = substrate;
    for (uint32_t i = 0; i < b->n_ops; i++) {
        r->jobs += b->ops[i].n_jobs;
        r->pixels += b->ops[i].pixels;
    }
    r->ran = substrate == DAEDALUS_AUTO ? choose(ctx, b, r->why, sizeof(r->why)) : substrate;
    b->submitted = b->reported = 1;
    if (r->ran == DAEDALUS_QPU) {
        r->result = start(b);
        if (!r->result) {
            QpuBatchStats stats;
            qpu_batch_stats(b->q, &stats);
            r->dispatches = stats.dispatches;
            r->upload_bytes = stats.upload_bytes;
        } else {
            explain(b, r->result);
            if (substrate == DAEDALUS_AUTO) {
                batches_finish(ctx, NULL);
                fall_back(b);
            }
        }
    } else {
        batches_finish(ctx, NULL);
        r->result = run_cpu(b);
        if (r->result) snprintf(r->why, sizeof(r->why), "a frame's content was lost, or there is no memory");
    }
    if (!b->on_device) count(b);
    res = r->result;
end:
    pthread_mutex_unlock(&ctx->lock);
    return res;
}

static int in_flight(DaedalusBatch *const b) {
    pthread_mutex_lock(&b->ctx->lock);
    const int res = b->on_device;
    pthread_mutex_unlock(&b->ctx->lock);
    return res;
}

int daedalus_poll(DaedalusBatch *const b) {
    return !in_flight(b) || qpu_batch_reached(b->q, 0);
}

int daedalus_wait(DaedalusBatch *const b) {
    if (!b->submitted) return 0;
    /* without the lock: others may submit in the meantime */
    if (in_flight(b)) qpu_batch_reached(b->q, 1);
    pthread_mutex_lock(&b->ctx->lock);
    batches_finish(b->ctx, b);
    clear(b);
    b->submitted = 0;
    const int res = b->report.result;
    pthread_mutex_unlock(&b->ctx->lock);
    return res;
}

int daedalus_report(const DaedalusBatch *const b, DaedalusReport *const out) {
    if (out->size != sizeof(*out) || !b->reported) return -EINVAL;
    pthread_mutex_lock(&b->ctx->lock);
    *out = b->report;
    pthread_mutex_unlock(&b->ctx->lock);
    return 0;
}
