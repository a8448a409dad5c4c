/* Opening and closing, and the thread that waits for the device. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "dav1d/qpu_api.h"

#include "src/internal.h"
#include "src/log.h"
#include "src/picture.h"

#include "src/qpu/decoder.h"
#include "src/qpu/frame.h"
#include "src/qpu/hybrid.h"
#include "src/qpu/picture.h"

void dav1d_qpu_settings(Dav1dSettings *const s, const Dav1dQpuSettings *const qpu) {
    /* the pointer lives in upstream's reserved bytes, which
     * dav1d_default_settings() zeroes: the struct and its size stay */
    memcpy(s->reserved, &qpu, sizeof(qpu));
}

int dav1d_qpu_list_devices(char **const list) {
    const int res = qpu_device_list(list);
    return res < 0 ? DAV1D_ERR(-res) : res;
}

static void *completion_thread(void *const data) {
    Dav1dContext *const c = data;
    struct Dav1dQpu *const q = c->qpu;

    dav1d_set_thread_name("dav1d-qpu");
    pthread_mutex_lock(&q->lock);
    for (;;) {
        while (!q->head && !q->die) pthread_cond_wait(&q->cond, &q->lock);
        if (!q->head) break;
        struct Dav1dQpuFrame *const fr = q->head;
        q->head = fr->next;
        if (!q->head) q->tail = NULL;
        q->busy = 1;
        pthread_mutex_unlock(&q->lock);
        Dav1dFrameContext *const f = fr->f;
        dav1d_qpu_hybrid_complete(fr, NULL, atomic_load(c->flush));
        atomic_store(&fr->released, 1);
        dav1d_task_qpu_done(f, 0);
        pthread_mutex_lock(&q->lock);
        q->busy = 0;
        pthread_cond_broadcast(&q->cond);
    }
    pthread_mutex_unlock(&q->lock);
    return NULL;
}

static void say(void *const c, const char *const text) {
    dav1d_log(c, "%s\n", text);
}

struct Dav1dQpu *dav1d_qpu_new(void) {
    struct Dav1dQpu *const q = calloc(1, sizeof(*q));
    if (!q) return NULL;
    if (qpu_session_init(&q->session)) goto no_session;
    if (pthread_mutex_init(&q->lock, NULL)) goto no_lock;
    if (pthread_cond_init(&q->cond, NULL)) goto no_cond;
    if (pthread_mutex_init(&q->order_lock, NULL)) goto no_order_lock;
    if (pthread_cond_init(&q->order_cond, NULL)) goto no_order_cond;
    atomic_init(&q->refs, 1);
    dav1d_qpu_tables_init(&q->tables);
    return q;

no_order_cond:
    pthread_mutex_destroy(&q->order_lock);
no_order_lock:
    pthread_cond_destroy(&q->cond);
no_cond:
    pthread_mutex_destroy(&q->lock);
no_lock:
    qpu_session_destroy(&q->session);
no_session:
    free(q);
    return NULL;
}

void dav1d_qpu_unref(struct Dav1dQpu *const q) {
    if (atomic_fetch_sub(&q->refs, 1) > 1) return;
    pthread_cond_destroy(&q->order_cond);
    pthread_mutex_destroy(&q->order_lock);
    pthread_cond_destroy(&q->cond);
    pthread_mutex_destroy(&q->lock);
    qpu_session_destroy(&q->session);
    free(q);
}

static int open_qpu(Dav1dContext *const c, const Dav1dSettings *const s) {
    int res = DAV1D_ERR(ENOMEM);
    const Dav1dQpuSettings *settings;
    memcpy(&settings, s->reserved, sizeof(settings));
    const Dav1dQpuSettings none = { 0 };
    if (!settings) settings = &none;
    const QpuSessionParams params = {
        .rules = &qpu_rules_av1,
        .mode = settings->mode,
        .device = settings->device,
        .stats = settings->stats,
        .threads = (int) c->n_tc,
        .say = say,
        .opaque = c,
    };
    if (!qpu_session_wanted(&params)) return 0;

    struct Dav1dQpu *const q = dav1d_qpu_new();
    if (!q) return DAV1D_ERR(ENOMEM);
    c->qpu = q;
    q->n_fc = c->n_fc;
    q->slots.stats = &q->session.stats;
    q->slots.lender = &q->lender;
    q->slots.max = c->n_fc + 3;
    q->frames.n_first = 12 + c->n_fc;
    q->frames.each = dav1d_qpu_pictures_each;
    q->frames.collect = dav1d_qpu_pictures_collect;
    q->frames.opaque = q;
    if ((res = qpu_session_open(&q->session, &params, NULL, 0))) {
        res = DAV1D_ERR(-res);
        goto error;
    }
    q->lender.ctx = q->slots.ctx = q->frames.ctx = q->session.ctx;
    const unsigned stages = q->session.stages;
    if (stages & 1U << QPU_STAGE_MC) {
        /* without threads and with no wish for the least delay */
        if (c->n_tc == 1 && s->max_frame_delay != 1) q->delay = QPU_MAX_DELAY;
        q->lender.lends = s->allocator.alloc_picture_callback == dav1d_default_picture_alloc;
        const char *const schedule = qpu_setting(NULL, "DAEDALUS_SCHEDULE");
        q->schedule = !schedule ? QPU_IPRED_AUTO :
                      !strcmp(schedule, "levels") ? QPU_IPRED_LEVELS : QPU_IPRED_SUPERBLOCKS;
    }
    /* a recipe may have both ways */
    if (stages && (!(stages & 1U << QPU_STAGE_MC) || q->session.mode.kind == QPU_MODE_AUTO) && c->n_tc > 1) {
        if (pthread_create(&q->thread, NULL, completion_thread, c)) {
            res = DAV1D_ERR(ENOMEM);
            goto error;
        }
        q->thread_inited = 1;
    }
    return 0;

error:
    dav1d_qpu_close(c);
    return res;
}

int dav1d_qpu_open(Dav1dContext *const c, const Dav1dSettings *const s) {
    /* drivers leave it dirty, and programs print it where nobody set it */
    const int err = errno;
    const int res = open_qpu(c, s);
    errno = err;
    return res;
}

void dav1d_qpu_close(Dav1dContext *const c) {
    struct Dav1dQpu *const q = c->qpu;
    if (!q) return;
    if (q->thread_inited) {
        pthread_mutex_lock(&q->lock);
        q->die = 1;
        pthread_cond_broadcast(&q->cond);
        pthread_mutex_unlock(&q->lock);
        pthread_join(q->thread, NULL);
    }
    for (unsigned n = 0; c->fc && n < c->n_fc; n++)
        dav1d_qpu_frame_free(&c->fc[n]);
    pthread_mutex_lock(&q->order_lock);
    qpu_slots_close(&q->slots);
    qpu_frames_close(&q->frames);
    pthread_mutex_unlock(&q->order_lock);
    qpu_session_write_stats(&q->session);
    /* pictures may outlive the decoder */
    pthread_mutex_lock(&q->order_lock);
    qpu_lend_close(&q->lender);
    pthread_mutex_unlock(&q->order_lock);
    c->qpu = NULL;
    dav1d_qpu_unref(q);
}

void dav1d_qpu_flush(Dav1dContext *const c) {
    struct Dav1dQpu *const q = c->qpu;
    if (!q) return;
    pthread_mutex_lock(&q->lock);
    while (q->head || q->busy) pthread_cond_wait(&q->cond, &q->lock);
    pthread_mutex_unlock(&q->lock);
    pthread_mutex_lock(&q->order_lock);
    q->flushing = 1;
    pthread_mutex_unlock(&q->order_lock);
    for (int i = 0; i < q->n_delayed; i++) dav1d_thread_picture_unref(&q->delayed[i]);
    q->n_delayed = q->is_due = 0;
    dav1d_thread_picture_unref(&q->newest);
    dav1d_qpu_recover_flush(q);
}

uint64_t dav1d_qpu_wait_start(const Dav1dFrameContext *const f) {
    return f->c->qpu ? qpu_now_ns() : 0;
}

void dav1d_qpu_wait_end(const Dav1dFrameContext *const f, const uint64_t start) {
    struct Dav1dQpu *const q = f->c->qpu;
    if (!q || !f->qpu) return;
    const uint64_t submitted = atomic_exchange(&f->qpu->submitted_ns, 0);
    if (!submitted) return;
    const uint64_t from = submitted > start ? submitted : start, now = qpu_now_ns();
    qpu_stats_wait(&q->session.stats, now - from);
}
