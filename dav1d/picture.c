#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"

#include "src/internal.h"
#include "src/picture.h"

#include "src/qpu/decoder.h"
#include "src/qpu/fg.h"
#include "src/qpu/frame.h"
#include "src/qpu/lend.h"
#include "src/qpu/picture.h"
#include "src/qpu/recover.h"

#define BIT(s) (1U << QPU_STAGE_##s)

static struct Dav1dQpuPicture *picture_of(const Dav1dPicture *const p) {
    return p->ref ? *dav1d_picture_qpu(p) : NULL;
}

static int is_pending(const struct Dav1dQpuPicture *const pic) {
    return pic->slot && pic->slot->pending;
}

/* ---- memory in the pool ---- */

/* What is in an older pool goes with that. */
void dav1d_qpu_pool_free(struct Dav1dQpu *const d, QpuFrame *const frame) {
    if (d->pool && frame->range.buf == qpu_pool_range(d->pool).buf)
        qpu_pool_free(d->pool, &frame->range);
    frame->range.buf = NULL;
}

/* Moves a frame, whose range is in the old pool. */
static int move_frame(QpuPool *const pool, QpuBatch *const b, QpuFrame *const frame) {
    const QpuRange old = frame->range;
    int res;
    if (!old.buf) return 0;
    if ((res = qpu_pool_alloc(pool, old.size, &frame->range))) {
        frame->range = old;
        return res;
    }
    return qpu_batch_copy(b, &old, &frame->range);
}

/* A pool with room for one more frame of that size, and all that is in the old
 * one. */
static int grow_pool(struct Dav1dQpu *const d, QpuBatch *const b, const uint32_t size) {
    const uint64_t max = qpu_context_max_range(d->ctx);
    const uint64_t old = d->pool ? qpu_pool_range(d->pool).size : 0;
    const uint64_t some = (uint64_t) size * (d->pool ? 4 : 12 + d->n_fc);
    uint64_t want = old + old / 2 > old + some ? old + old / 2 : old + some;
    QpuPool *pool;
    int res;
    if (want > max) want = max;
    if (want < old + size || d->n_old_pools == QPU_MAX_OLD_POOLS) return -ENOMEM;
    if ((res = qpu_pool_open(d->ctx, (uint32_t) want, &pool))) return res;
    for (struct Dav1dQpuPicture *p = d->pictures; p && !res; p = p->next) {
        res = move_frame(pool, b, &p->frame);
        if (!res) res = move_frame(pool, b, &p->grain);
    }
    if (res) {
        /* some frames are in the one, some in the other: neither can be used */
        qpu_pool_close(&pool);
        return res < 0 ? -EIO : res;
    }
    if (d->pool) {
        d->old_pool[d->n_old_pools].pool = d->pool;
        d->old_pool[d->n_old_pools++].serial = d->serial;
    }
    d->pool = pool;
    return 0;
}

/* Pixels may be read from a pool where they are, as long as a picture is
 * waiting for them. */
static void close_old_pools(struct Dav1dQpu *const d, const int all) {
    uint64_t first = UINT64_MAX;
    for (const struct Dav1dQpuSlot *s = d->slots; s; s = s->next)
        if (s->pending && s->serial < first) first = s->serial;
    int n = 0;
    for (int i = 0; i < d->n_old_pools; i++)
        if (all || d->old_pool[i].serial < first) qpu_pool_close(&d->old_pool[i].pool);
        else d->old_pool[n++] = d->old_pool[i];
    d->n_old_pools = n;
}

/* Whether a player is still going to see pixels that are in the frame alone. */
static int is_needed(const struct Dav1dQpuPicture *const pic) {
    const int lent = pic->slot && pic->slot->host;
    return pic->due > lent || (is_pending(pic) && !lent);
}

/* Takes memory from those that nobody can refer to any more. */
static void collect(struct Dav1dQpu *const d) {
    for (struct Dav1dQpuPicture *p = d->pictures; p; p = p->next)
        if (p->state == QPU_PICTURE_LAUNCHED && !p->is_ref && !p->users && !is_needed(p))
            dav1d_qpu_pool_free(d, &p->frame);
}

int dav1d_qpu_pool_alloc(struct Dav1dQpu *const d, QpuBatch *const b, QpuFrame *const frame) {
    const uint32_t size = frame->range.size;
    int res = -ENOMEM;
    if (d->pool) res = qpu_pool_alloc(d->pool, size, &frame->range);
    if (res == -ENOMEM && d->pool) {
        collect(d); /* what has been launched since the last sweep */
        res = qpu_pool_alloc(d->pool, size, &frame->range);
    }
    if (res == -ENOMEM) {
        if ((res = grow_pool(d, b, size))) return res;
        res = qpu_pool_alloc(d->pool, size, &frame->range);
    }
    return res; /* a range that isn't there is cleared */
}

void dav1d_qpu_pool_close(struct Dav1dQpu *const d) {
    close_old_pools(d, 1);
    qpu_pool_close(&d->pool);
}

/* ---- batches ---- */

/* Takes a batch back that is not in flight any more, or waits until it isn't.
 * Returns the wait's result. */
static int retire(struct Dav1dQpu *const d, struct Dav1dQpuSlot *const slot) {
    const int res = qpu_batch_wait(slot->batch);
    slot->in_flight = 0;
    if (!res) dav1d_qpu_count_frame(d, slot->batch, slot->jobs, slot->pixels_out, slot->is_frame);
    return res;
}

int dav1d_qpu_slot_get(struct Dav1dQpu *const d, struct Dav1dQpuSlot **const out) {
    struct Dav1dQpuSlot *slot = NULL, *oldest = NULL;
    unsigned n = 0;
    int res;
    for (struct Dav1dQpuSlot *s = d->slots; s; s = s->next, n++) {
        if (s->pending) continue;
        if (!s->in_flight) slot = s;
        else if (!oldest || s->serial < oldest->serial) oldest = s;
    }
    if (!slot && oldest && n >= d->n_fc + 3) {
        if ((res = retire(d, oldest))) return res;
        slot = oldest;
    }
    if (!slot) {
        slot = calloc(1, sizeof(*slot));
        if (!slot) return -ENOMEM;
        if ((res = qpu_batch_open(d->ctx, &slot->batch))) {
            free(slot);
            return res;
        }
        slot->next = d->slots;
        d->slots = slot;
    }
    dav1d_qpu_lend_back(d, &slot->host); /* nobody asked for those pixels in the end */
    memset(slot->jobs, 0, sizeof(slot->jobs));
    memset(slot->pixels_out, 0, sizeof(slot->pixels_out));
    slot->is_frame = 0;
    *out = slot;
    return qpu_batch_begin(slot->batch);
}

int dav1d_qpu_slot_submit(struct Dav1dQpu *const d, struct Dav1dQpuSlot *const slot) {
    const int res = qpu_batch_submit(slot->batch);
    if (res) return res;
    slot->in_flight = 1;
    slot->serial = ++d->serial;
    return 0;
}

void dav1d_qpu_slots_close(struct Dav1dQpu *const d) {
    while (d->slots) {
        struct Dav1dQpuSlot *const slot = d->slots;
        if (slot->in_flight) retire(d, slot);
        dav1d_qpu_lend_back(d, &slot->host);
        d->slots = slot->next;
        qpu_batch_close(&slot->batch);
        free(slot);
    }
}

/* ---- pictures ---- */

static void link_picture(struct Dav1dQpu *const d, struct Dav1dQpuPicture *const pic) {
    atomic_fetch_add(&d->refs, 1);
    pic->d = d;
    pic->next = d->pictures;
    if (pic->next) pic->next->prev = pic;
    d->pictures = pic;
}

struct Dav1dQpuPicture *dav1d_qpu_picture_new(Dav1dFrameContext *const f, const Dav1dQpuFrameId id) {
    struct Dav1dQpu *const d = f->c->qpu;
    struct Dav1dQpuPicture *const pic = calloc(1, sizeof(*pic));
    if (!pic) return NULL;
    pic->state = QPU_PICTURE_PARSING;
    pic->cpu = f->sr_cur.p;
    pic->id = id;
    pic->due = f->frame_hdr->show_frame || f->c->output_invisible_frames;
    pic->is_ref = !!f->frame_hdr->refresh_frame_flags; /* in a moment */
    pthread_mutex_lock(&d->order_lock);
    link_picture(d, pic);
    pthread_mutex_unlock(&d->order_lock);
    *dav1d_picture_qpu(&f->sr_cur.p) = pic;
    return pic;
}

static void take_pixels(struct Dav1dQpuPicture *const pic) {
    if (pic->slot) pic->slot->pending = 0;
    pic->slot = NULL;
    dav1d_qpu_pool_free(pic->d, &pic->grain);
}

void dav1d_qpu_picture_lost(struct Dav1dQpuPicture *const pic) {
    take_pixels(pic);
    dav1d_qpu_pool_free(pic->d, &pic->frame);
}

void dav1d_qpu_picture_free(struct Dav1dQpuPicture *const pic) {
    if (!pic) return;
    struct Dav1dQpu *const d = pic->d;
    pthread_mutex_lock(&d->order_lock);
    if (!d->closed) {
        take_pixels(pic);
        dav1d_qpu_pool_free(d, &pic->frame);
    }
    dav1d_qpu_lend_back(d, &pic->host);
    if (pic->prev) pic->prev->next = pic->next;
    else d->pictures = pic->next;
    if (pic->next) pic->next->prev = pic->prev;
    pthread_mutex_unlock(&d->order_lock);
    free(pic);
    dav1d_qpu_unref(d);
}

void dav1d_qpu_picture_sweep(const Dav1dContext *const c) {
    struct Dav1dQpu *const d = c->qpu;
    pthread_mutex_lock(&d->order_lock);
    for (struct Dav1dQpuPicture *p = d->pictures; p; p = p->next) p->is_ref = 0;
    for (int i = 0; i < 8; i++) {
        struct Dav1dQpuPicture *const p = picture_of(&c->refs[i].p.p);
        if (p) p->is_ref = 1;
    }
    collect(d);
    close_old_pools(d, 0);
    pthread_mutex_unlock(&d->order_lock);
}

static int has_grain(const Dav1dPicture *const p) {
    const Dav1dFilmGrainData *const data = &p->frame_hdr->film_grain.data;
    return data->num_y_points || data->num_uv_points[0] || data->num_uv_points[1] ||
           (data->clip_to_restricted_range && data->chroma_scaling_from_luma);
}

int dav1d_qpu_picture_grain(const Dav1dContext *const c, const Dav1dPicture *const p) {
    return c->apply_grain && c->qpu->stages & BIT(FG) && has_grain(p);
}

static int launch_grain(const Dav1dContext *const c, struct Dav1dQpuPicture *const pic,
                        struct Dav1dQpuSlot *const slot, const Dav1dPicture *const p, int *const planes)
{
    QpuAv1Fg fg;
    *planes = dav1d_qpu_fg_params(&c->dsp[p->seq_hdr->hbd].fg, p, &c->qpu->fg, &fg);
    if (!*planes) return 0;
    pic->grain = pic->frame;
    pic->grain.range.buf = NULL;
    int res = dav1d_qpu_pool_alloc(c->qpu, slot->batch, &pic->grain);
    if (res || (res = qpu_av1_fg(slot->batch, &pic->frame, &pic->grain, &fg))) return res;
    for (int i = 0; i < pic->frame.n_planes; i++)
        if (*planes & 1 << i) {
            slot->jobs[QPU_STAGE_FG]++;
            slot->pixels_out[QPU_STAGE_FG] +=
                (uint64_t) pic->frame.plane[i].w * pic->frame.plane[i].h;
        }
    return 0;
}

int dav1d_qpu_picture_download(const Dav1dContext *const c, struct Dav1dQpuPicture *const pic,
                               struct Dav1dQpuSlot *const slot, const Dav1dPicture *const headers,
                               const int grain)
{
    int res, planes = 0;
    struct Dav1dQpuHost *const host = slot->host = dav1d_qpu_lend(c->qpu, &pic->frame);
    pic->with_grain = grain;
    if (pic->with_grain && (res = launch_grain(c, pic, slot, headers, &planes))) return res;
    for (int i = 0; i < pic->frame.n_planes; i++) {
        const QpuRange range =
            dav1d_qpu_plane_range(planes & 1 << i ? &pic->grain : &pic->frame, i);
        if ((res = host ? qpu_batch_download_to(slot->batch, &range, &host->plane[i]) :
                          qpu_batch_download(slot->batch, &range))) return res;
    }
    slot->pending = 1;
    pic->slot = slot;
    return 0;
}

/* A batch of its own for a picture that was launched without a download. */
static int download_now(const Dav1dContext *const c, struct Dav1dQpuPicture *const pic,
                        const Dav1dPicture *const p, const int grain)
{
    struct Dav1dQpu *const d = c->qpu;
    struct Dav1dQpuSlot *slot;
    int res;
    if (!pic->frame.range.buf) return -EIO;
    pic->users++; /* making room for the grain must not take it */
    if ((res = dav1d_qpu_slot_get(d, &slot)) ||
        (res = dav1d_qpu_picture_download(c, pic, slot, p, grain)) ||
        (res = dav1d_qpu_slot_submit(d, slot))) take_pixels(pic);
    pic->users--;
    return res;
}

void dav1d_qpu_picture_show(const Dav1dContext *const c, const Dav1dPicture *const p) {
    struct Dav1dQpu *const d = c->qpu;
    struct Dav1dQpuPicture *const pic = d ? picture_of(p) : NULL;
    if (!pic) return;
    pthread_mutex_lock(&d->order_lock);
    pic->due++;
    if (pic->state == QPU_PICTURE_LAUNCHED && !pic->slot &&
        ((!pic->on_cpu && !pic->host) || dav1d_qpu_picture_grain(c, p)))
        download_now(c, pic, p, dav1d_qpu_picture_grain(c, p)); /* failures come again */
    pthread_mutex_unlock(&d->order_lock);
}

/* Waits for the pixels, with grain or without. They are then in *host or, if that
 * is NULL, have been copied to dst. Called and left with the order's lock held. */
static int fetch(const Dav1dContext *const c, struct Dav1dQpuPicture *const pic,
                 const Dav1dPicture *const headers, const Dav1dPicture *const dst, const int grain,
                 struct Dav1dQpuHost **const host)
{
    struct Dav1dQpu *const d = c->qpu;
    int res = 0, cached;
    *host = NULL;
    if (pic->state != QPU_PICTURE_LAUNCHED) return -EIO;
    if (pic->slot && pic->with_grain != grain) take_pixels(pic); /* the other comes again */
    if (!pic->slot && (res = download_now(c, pic, headers, grain))) return res;
    struct Dav1dQpuSlot *const slot = pic->slot;
    const uint64_t start = dav1d_qpu_now();
    pthread_mutex_unlock(&d->order_lock);
    res = qpu_batch_wait(slot->batch);
    const uint64_t waited = dav1d_qpu_now() - start;
    for (int p = 0; !res && !slot->host && p < pic->frame.n_planes; p++)
        dav1d_qpu_copy_plane(qpu_batch_downloaded(slot->batch, p, &cached), &pic->frame.plane[p],
                             p, dst);
    pthread_mutex_lock(&d->lock);
    d->stats.wait_ns += waited;
    pthread_mutex_unlock(&d->lock);
    pthread_mutex_lock(&d->order_lock);
    if (slot->in_flight) retire(d, slot);
    if (!res) {
        *host = slot->host;
        slot->host = NULL;
    }
    take_pixels(pic);
    return res;
}

/* Has the pixels, without grain, in upstream's memory or in pic->host. */
static int fetch_plain(const Dav1dContext *const c, struct Dav1dQpuPicture *const pic,
                       const Dav1dPicture *const p)
{
    if (pic->on_cpu || pic->host) return 0;
    const int res = fetch(c, pic, p, &pic->cpu, 0, &pic->host);
    if (!res && !pic->host) pic->on_cpu = 1;
    return res;
}

/* Has those with grain in out, a picture of its own. */
static int fetch_grain(const Dav1dContext *const c, struct Dav1dQpuPicture *const pic,
                       const Dav1dPicture *const p, Dav1dPicture *const out)
{
    struct Dav1dQpuPicture *const owner = calloc(1, sizeof(*owner));
    if (!owner) return -ENOMEM;
    const int res = fetch(c, pic, p, out, 1, &owner->host);
    if (res || !owner->host) {
        free(owner);
        return res;
    }
    owner->state = QPU_PICTURE_LAUNCHED;
    owner->on_cpu = 1; /* nobody can refer to it */
    link_picture(c->qpu, owner);
    *dav1d_picture_qpu(out) = owner;
    dav1d_qpu_lend_point(owner->host, &pic->frame, out);
    return 0;
}

/* Waits until the frame has been parsed and is the device's. */
static void wait_launched(struct Dav1dQpu *const d, const struct Dav1dQpuPicture *const pic) {
    while (pic->state == QPU_PICTURE_PARSING)
        pthread_cond_wait(&d->order_cond, &d->order_lock);
}

int dav1d_qpu_picture_output(Dav1dContext *const c, Dav1dPicture *const out, Dav1dPicture *const p) {
    struct Dav1dQpu *const d = c->qpu;
    if (!d) return 0;
    d->is_due = 0;
    struct Dav1dQpuPicture *const pic = picture_of(p);
    if (!pic) return 0;
    int res = 0;
    const int grain = dav1d_qpu_picture_grain(c, p);
    if (grain && (res = dav1d_picture_alloc_copy(c, out, p->p.w, p)) < 0) return res;
    pthread_mutex_lock(&d->order_lock);
    wait_launched(d, pic);
    res = grain ? fetch_grain(c, pic, p, out) : fetch_plain(c, pic, p);
    if (pic->due) pic->due--;
    if (!res && !grain && !pic->on_cpu) dav1d_qpu_lend_point(pic->host, &pic->frame, p);
    pthread_mutex_unlock(&d->order_lock);
    if (!res) return grain;
    /* upstream adds the grain then */
    if (grain) dav1d_picture_unref_internal(out);
    return dav1d_qpu_recover(c, p, res);
}

int dav1d_qpu_picture_refs_to_cpu(Dav1dFrameContext *const f) {
    Dav1dContext *const c = (Dav1dContext *) f->c;
    struct Dav1dQpu *const d = c->qpu;
    if (!IS_INTER_OR_SWITCH(f->frame_hdr)) return 0;
    for (int i = 0; i < 7; i++) {
        const Dav1dPicture *const p = &f->refp[i].p;
        struct Dav1dQpuPicture *const pic = picture_of(p);
        if (!pic) continue;
        int res = 0;
        pthread_mutex_lock(&d->order_lock);
        wait_launched(d, pic);
        if (pic->state != QPU_PICTURE_ABORTED) res = fetch_plain(c, pic, p);
        if (!res && pic->host && !pic->on_cpu) {
            dav1d_qpu_lend_copy(pic->host, &pic->frame, &pic->cpu);
            pic->on_cpu = 1;
        }
        pthread_mutex_unlock(&d->order_lock);
        if (res && (res = dav1d_qpu_recover(c, p, res)) < 0) return res;
    }
    return 0;
}

/* ---- handing out late ---- */

static void take_oldest(Dav1dContext *const c) {
    struct Dav1dQpu *const d = c->qpu;
    c->out = d->delayed[0];
    memmove(d->delayed, d->delayed + 1, (size_t) (d->n_delayed - 1) * sizeof(*d->delayed));
    d->n_delayed--;
    d->is_due = 1;
}

int dav1d_qpu_picture_is_due(const Dav1dContext *const c) {
    return c->qpu && c->qpu->is_due;
}

int dav1d_qpu_picture_overdue(Dav1dContext *const c) {
    struct Dav1dQpu *const d = c->qpu;
    if (!d || !d->delay) return 0;
    if (d->is_due) return 1;
    if (c->all_layers || !c->max_spatial_id) return 0;
    if (d->n_delayed) {
        if (c->out.p.data[0]) dav1d_thread_picture_move_ref(&d->newest, &c->out);
        take_oldest(c);
        return 1;
    }
    if (d->newest.p.data[0]) dav1d_thread_picture_move_ref(&c->out, &d->newest);
    return 0;
}

int dav1d_qpu_picture_delay(Dav1dContext *const c, const int ready) {
    struct Dav1dQpu *const d = c->qpu;
    if (!d || !d->delay || !ready) return ready;
    if (!d->n_delayed && !picture_of(&c->out.p)) return 1;
    const int full = d->n_delayed == d->delay;
    Dav1dThreadPicture newest = c->out;
    memset(&c->out, 0, sizeof(c->out));
    if (full) take_oldest(c);
    d->delayed[d->n_delayed++] = newest;
    return full;
}

int dav1d_qpu_picture_drain(Dav1dContext *const c) {
    struct Dav1dQpu *const d = c->qpu;
    if (!d || !d->n_delayed || c->out.p.data[0]) return 0;
    take_oldest(c);
    return 1;
}
