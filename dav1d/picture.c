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
#include "src/qpu/picture.h"
#include "src/qpu/recover.h"

#define BIT(s) (1U << QPU_STAGE_##s)

static struct Dav1dQpuPicture *picture_of(const Dav1dPicture *const p) {
    return p->ref ? *dav1d_picture_qpu(p) : NULL;
}

/* Points p to host's pixels, which lie as in frame. */
static void lend_point(const QpuHost *const host, const QpuFrame *const frame, Dav1dPicture *const p) {
    for (int i = 0; i < frame->n_planes; i++) {
        p->data[i] = qpu_lend_plane(host, i);
        p->stride[!!i] = (ptrdiff_t) frame->plane[i].stride * 4;
    }
}

static int is_pending(const struct Dav1dQpuPicture *const pic) {
    return pic->slot && pic->slot->pending;
}

/* Whether a player is still going to see pixels that are in the frame alone. */
static int is_needed(const struct Dav1dQpuPicture *const pic) {
    const int lent = pic->slot && pic->slot->host;
    return pic->due > lent || (is_pending(pic) && !lent);
}

/* Takes memory from those that nobody can refer to any more. */
void dav1d_qpu_pictures_collect(void *const opaque) {
    struct Dav1dQpu *const d = opaque;
    for (struct Dav1dQpuPicture *p = d->pictures; p; p = p->next)
        if (p->state == QPU_PICTURE_LAUNCHED && !p->is_ref && !p->users && !is_needed(p))
            qpu_frames_free(&d->frames, &p->frame);
}

int dav1d_qpu_pictures_each(void *const opaque, int (*const each)(void *, QpuFrame *), void *const with) {
    const struct Dav1dQpu *const d = opaque;
    int res = 0;
    for (struct Dav1dQpuPicture *p = d->pictures; p && !res; p = p->next) {
        res = each(with, &p->frame);
        if (!res) res = each(with, &p->grain);
    }
    return res;
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
    qpu_frames_free(&pic->d->frames, &pic->grain);
}

void dav1d_qpu_picture_lost(struct Dav1dQpuPicture *const pic) {
    take_pixels(pic);
    qpu_frames_free(&pic->d->frames, &pic->frame);
}

void dav1d_qpu_picture_free(struct Dav1dQpuPicture *const pic) {
    if (!pic) return;
    struct Dav1dQpu *const d = pic->d;
    pthread_mutex_lock(&d->order_lock);
    if (!d->lender.closed) {
        take_pixels(pic);
        qpu_frames_free(&d->frames, &pic->frame);
    }
    qpu_lend_back(&d->lender, &pic->host);
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
    dav1d_qpu_pictures_collect(d);
    qpu_frames_close_old(&d->frames, qpu_slots_first_pending(&d->slots));
    pthread_mutex_unlock(&d->order_lock);
}

static int has_grain(const Dav1dPicture *const p) {
    const Dav1dFilmGrainData *const data = &p->frame_hdr->film_grain.data;
    return data->num_y_points || data->num_uv_points[0] || data->num_uv_points[1] ||
           (data->clip_to_restricted_range && data->chroma_scaling_from_luma);
}

int dav1d_qpu_picture_grain(const Dav1dContext *const c, const Dav1dPicture *const p) {
    return c->apply_grain && c->qpu->session.stages & BIT(FG) && has_grain(p);
}

static int launch_grain(const Dav1dContext *const c, struct Dav1dQpuPicture *const pic,
                        QpuSlot *const slot, const Dav1dPicture *const p, int *const planes)
{
    QpuAv1Fg fg;
    *planes = dav1d_qpu_fg_params(&c->dsp[p->seq_hdr->hbd].fg, p, &c->qpu->fg, &fg);
    if (!*planes) return 0;
    pic->grain = pic->frame;
    pic->grain.range.buf = NULL;
    int res = qpu_frames_alloc(&c->qpu->frames, slot->batch, c->qpu->slots.serial, &pic->grain);
    if (res || (res = qpu_av1_fg(slot->batch, &pic->frame, &pic->grain, &fg))) return res;
    for (int i = 0; i < pic->frame.n_planes; i++)
        if (*planes & 1 << i) {
            slot->jobs[QPU_STAGE_FG]++;
            slot->pixels[QPU_STAGE_FG] +=
                (uint64_t) pic->frame.plane[i].w * pic->frame.plane[i].h;
        }
    return 0;
}

int dav1d_qpu_picture_download(const Dav1dContext *const c, struct Dav1dQpuPicture *const pic,
                               QpuSlot *const slot, const Dav1dPicture *const headers,
                               const int grain)
{
    int res, planes = 0;
    QpuHost *const host = slot->host = qpu_lend(&c->qpu->lender, &pic->frame);
    pic->with_grain = grain;
    if (pic->with_grain && (res = launch_grain(c, pic, slot, headers, &planes))) return res;
    for (int i = 0; i < pic->frame.n_planes; i++) {
        const QpuRange range =
            qpu_plane_range(planes & 1 << i ? &pic->grain : &pic->frame, i);
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
    QpuSlot *slot;
    int res;
    if (!pic->frame.range.buf) return -EIO;
    pic->users++; /* making room for the grain must not take it */
    if ((res = qpu_slots_get(&d->slots, &slot)) ||
        (res = dav1d_qpu_picture_download(c, pic, slot, p, grain)) ||
        (res = qpu_slots_submit(&d->slots, slot))) take_pixels(pic);
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
                 QpuHost **const host)
{
    struct Dav1dQpu *const d = c->qpu;
    int res = 0, cached;
    *host = NULL;
    if (pic->state != QPU_PICTURE_LAUNCHED) return -EIO;
    if (pic->slot && pic->with_grain != grain) take_pixels(pic); /* the other comes again */
    if (!pic->slot && (res = download_now(c, pic, headers, grain))) return res;
    QpuSlot *const slot = pic->slot;
    const uint64_t start = qpu_now_ns();
    pthread_mutex_unlock(&d->order_lock);
    res = qpu_batch_wait(slot->batch);
    const uint64_t waited = qpu_now_ns() - start;
    for (int p = 0; !res && !slot->host && p < pic->frame.n_planes; p++)
        dav1d_qpu_copy_plane(qpu_batch_downloaded(slot->batch, p, &cached), &pic->frame, p, dst);
    qpu_stats_wait(&d->session.stats, waited);
    pthread_mutex_lock(&d->order_lock);
    if (slot->in_flight) qpu_slots_retire(&d->slots, slot);
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
    lend_point(owner->host, &pic->frame, out);
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
    if (!res && !grain && !pic->on_cpu) lend_point(pic->host, &pic->frame, p);
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
            for (int pl = 0; pl < pic->frame.n_planes; pl++)
                dav1d_qpu_copy_plane(qpu_lend_plane(pic->host, pl), &pic->frame, pl, &pic->cpu);
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
