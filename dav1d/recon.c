#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "common/intops.h"

#include "src/internal.h"

#include "src/qpu/decoder.h"
#include "src/qpu/filters.h"
#include "src/qpu/guard.h"
#include "src/qpu/picture.h"
#include "src/qpu/recon.h"

#define BIT(s) (1U << QPU_STAGE_##s)

static void no_backup_ipred_edge(Dav1dTaskContext *const t) {}

/* ---- setting up ---- */

/* Pictures that f refers to, all of which have to be the device's. */
static int find_refs(struct Dav1dQpuFrame *const q, const Dav1dFrameContext *const f) {
    memset(q->ref, 0, sizeof(q->ref));
    if (!IS_INTER_OR_SWITCH(f->frame_hdr)) return 0;
    for (int i = 0; i < 7; i++) {
        struct Dav1dQpuPicture *const pic = *dav1d_picture_qpu(&f->refp[i].p);
        if (!pic || pic->state == QPU_PICTURE_FAILED) return -ENOTSUP;
        q->ref[i] = pic;
    }
    return 0;
}

int dav1d_qpu_recon_init(struct Dav1dQpuFrame *const q, Dav1dFrameContext *const f,
                         const unsigned stages, const Dav1dQpuFrameId id)
{
    struct Dav1dQpu *const d = f->c->qpu;
    QpuFrame res_frame, out;
    int res;

    /* that it can be laid out is all that is asked of these here */
    if ((res = dav1d_qpu_frame_layout(f, &q->cur, f->frame_hdr->width[0], f->cur.p.bpc)) ||
        (res = dav1d_qpu_frame_layout(f, &res_frame, f->frame_hdr->width[0], 16)) ||
        (res = dav1d_qpu_frame_layout(f, &out, f->frame_hdr->width[1], f->cur.p.bpc))) return res;
    dav1d_qpu_picture_sweep(f->c);
    pthread_mutex_lock(&d->order_lock);
    d->flushing = 0;
    if (!(res = find_refs(q, f)))
        for (int i = 0; i < 7; i++)
            if (q->ref[i]) q->ref[i]->users++;
    pthread_mutex_unlock(&d->order_lock);
    if (res) return res;
    if ((res = dav1d_qpu_rec_begin(&q->rec, f, &d->tables.scans))) goto error;
    q->picture = dav1d_qpu_picture_new(f, id);
    if (!q->picture) {
        res = -ENOMEM;
        goto error;
    }
    pthread_mutex_lock(&d->order_lock);
    q->parsed = q->failed = 0; /* before anyone can see it */
    q->picture->q = q;
    if (d->order_head) d->order_tail->order_next = q->picture;
    else d->order_head = q->picture;
    d->order_tail = q->picture;
    pthread_mutex_unlock(&d->order_lock);

    q->stages = stages;
    q->lf_on_cpu = 0;
    dav1d_qpu_filters_off(q, f, NULL);
    f->bd_fn.backup_ipred_edge = no_backup_ipred_edge;
    dav1d_qpu_guard(f);
    return 0;

error:
    pthread_mutex_lock(&d->order_lock);
    for (int i = 0; i < 7; i++)
        if (q->ref[i]) q->ref[i]->users--;
    pthread_mutex_unlock(&d->order_lock);
    memset(q->ref, 0, sizeof(q->ref));
    return res;
}

/* ---- gathering ---- */

/* Jobs of all tiles, by bucket. The upload memory is written in many places at
 * once, but whole jobs at a time. */
static int gather_mc(struct Dav1dQpuFrame *const q, QpuAv1Mc *const mc) {
    const struct Dav1dQpuRec *const rec = &q->rec;
    uint32_t at[DAV1D_QPU_MC_BUCKETS], n = 0, n_warps = 0;
    uint32_t *const counts = &mc->n[0][0];
    for (int t = 0; t < rec->n_tiles; t++) n_warps += rec->tile[t].n_warp;
    for (int i = 0; i < DAV1D_QPU_MC_BUCKETS; i++) {
        at[i] = n;
        for (int t = 0; t < rec->n_tiles; t++) n += rec->tile[t].mc_count[i];
        counts[i] = n - at[i];
    }
    q->jobs[QPU_STAGE_MC] += n + n_warps;
    if (n) {
        QpuAv1McJob *const out = qpu_batch_upload(q->batch, n * sizeof(*out), &mc->jobs);
        if (!out) return -ENOMEM;
        for (int t = 0; t < rec->n_tiles; t++) {
            const struct Dav1dQpuTile *const tile = &rec->tile[t];
            for (uint32_t i = 0; i < tile->n_mc; i++)
                out[at[tile->mc_bucket[i]]++] = tile->mc[i];
        }
    }
    mc->n_warps = n_warps;
    if (n_warps) {
        QpuAv1McWarp *out = qpu_batch_upload(q->batch, n_warps * sizeof(*out), &mc->warps);
        if (!out) return -ENOMEM;
        for (int t = 0; t < rec->n_tiles; t++) {
            if (rec->tile[t].n_warp) memcpy(out, rec->tile[t].warp, rec->tile[t].n_warp * sizeof(*out));
            out += rec->tile[t].n_warp;
        }
    }
    return 0;
}

static int gather_itx(struct Dav1dQpuFrame *const q, QpuAv1Itx *const itx) {
    const struct Dav1dQpuRec *const rec = &q->rec;
    uint32_t at[QPU_AV1_N_ITX_KEYS], n = 0, n_coefs = 0;
    for (int t = 0; t < rec->n_tiles; t++) n_coefs += rec->tile[t].n_coef;
    for (int i = 0; i < QPU_AV1_N_ITX_KEYS; i++) {
        at[i] = n;
        for (int t = 0; t < rec->n_tiles; t++) n += rec->tile[t].itx_count[i];
        itx->n[i] = n - at[i];
    }
    q->jobs[QPU_STAGE_ITX] += n;
    if (!n) return 0;
    QpuAv1ItxJob *const out = qpu_batch_upload(q->batch, n * sizeof(*out), &itx->jobs);
    uint32_t *const coefs = qpu_batch_upload(q->batch, (n_coefs + 1) * 4, &itx->coefs);
    if (!out || !coefs) return -ENOMEM;
    uint32_t first = 0;
    for (int t = 0; t < rec->n_tiles; t++) {
        const struct Dav1dQpuTile *const tile = &rec->tile[t];
        if (tile->n_coef) memcpy(coefs + first, tile->coef, tile->n_coef * 4);
        for (uint32_t i = 0; i < tile->n_itx; i++) {
            QpuAv1ItxJob job = tile->itx[i];
            job.coefs += first;
            out[at[tile->itx_key[i]]++] = job;
        }
        first += tile->n_coef;
    }
    return 0;
}

/* Palettes of a tile start where those of the tiles before it end. */
static void move_palettes(struct Dav1dQpuTile *const tile, const uint32_t first) {
    for (uint32_t i = 0; i < tile->n_ipred; i++) {
        struct QpuIpredJob *const job = &tile->ipred[i];
        if ((job->how & 15) != QPU_IPRED_PAL || job->how >> IPRED_MODE_BIT) continue;
        job->arg += first;
        job->arg2 += first;
    }
}

static int gather_palettes(struct Dav1dQpuFrame *const q, QpuRange *const range) {
    const struct Dav1dQpuRec *const rec = &q->rec;
    uint32_t n = 0;
    for (int t = 0; t < rec->n_tiles; t++) n += rec->tile[t].n_pal;
    if (!n) return 0;
    uint32_t *const out = qpu_batch_upload(q->batch, n * 4, range);
    if (!out) return -ENOMEM;
    uint32_t first = 0;
    for (int t = 0; t < rec->n_tiles; t++) {
        struct Dav1dQpuTile *const tile = &rec->tile[t];
        if (!tile->n_pal) continue;
        if (first) move_palettes(tile, first);
        memcpy(out + first, tile->pal, tile->n_pal * 4);
        first += tile->n_pal;
    }
    return 0;
}

static int gather_ipred(struct Dav1dQpuFrame *const q, QpuAv1Ipred *const ipred) {
    struct Dav1dQpuRec *const rec = &q->rec;
    const int n_sb = rec->sbw * rec->sbh;
    int res;
    for (int t = 0; t < rec->n_tiles; t++) dav1d_qpu_rec_end(&rec->tile[t]);
    for (int i = 0; i < n_sb; i++) {
        const struct Dav1dQpuSbStart *const s = &rec->sb_start[i];
        const struct Dav1dQpuTile *const tile = &rec->tile[s->tile];
        rec->sb[i] = (QpuIpredSb) { tile->ipred + s->first, tile->ipred_level + s->first, s->n };
    }
    if ((res = gather_palettes(q, &ipred->palettes)) ||
        (res = qpu_ipred_plan(&q->plan, rec->sb, rec->sbw, rec->sbh, q->f->sb_shift + 2,
                              q->cur.ss_hor, q->cur.ss_ver, q->f->c->qpu->schedule))) return res;
    q->jobs[QPU_STAGE_IPRED] += q->plan.n_jobs;
    if (!q->plan.n_jobs) return 0;
    void *const jobs = qpu_batch_upload(q->batch, q->plan.jobs_size, &ipred->jobs);
    void *const groups = q->plan.groups_size ?
        qpu_batch_upload(q->batch, q->plan.groups_size, &ipred->groups) : NULL;
    if (!jobs || (q->plan.groups_size && !groups)) return -ENOMEM;
    qpu_ipred_plan_write(&q->plan, jobs, groups);
    return 0;
}

/* ---- launching, under the order's lock ---- */

static int launch_recon(struct Dav1dQpuFrame *const q) {
    const Dav1dFrameContext *const f = q->f;
    struct Dav1dQpu *const d = f->c->qpu;
    QpuAv1Mc mc;
    QpuAv1Itx itx;
    QpuAv1Ipred ipred;
    QpuFrame residual;
    int res;

    memset(&mc, 0, sizeof(mc));
    memset(&itx, 0, sizeof(itx));
    memset(&ipred, 0, sizeof(ipred));
    if ((res = gather_mc(q, &mc)) || (res = gather_itx(q, &itx)) ||
        (res = gather_ipred(q, &ipred))) return res;

    mc.pool = qpu_pool_range(d->frames.pool);
    mc.cur = &q->cur;
    for (int i = 0; i < 7; i++) {
        if (!q->ref[i]) continue;
        mc.ref[i] = &q->ref[i]->frame;
        mc.step[i][0] = f->svc[i][0].step;
        mc.step[i][1] = f->svc[i][1].step;
    }
    mc.tables = d->tables.mc[(q->cur.bpc - 8) >> 1];
    itx.table = d->tables.itx;
    ipred.tables = d->tables.ipred;
    mc.masks = ipred.masks = d->tables.masks;
    if ((res = qpu_av1_mc(q->batch, &mc)) ||
        (res = qpu_av1_ipred_run_first(q->batch, &q->cur, &ipred, &q->plan))) return res;
    if ((res = dav1d_qpu_frame_layout(f, &residual, q->cur.plane[0].w, 16)) ||
        (res = qpu_batch_scratch(q->batch, residual.range.size, &residual.range))) return res;
    if ((res = qpu_av1_itx(q->batch, &q->cur, &residual, &itx))) return res;
    return qpu_av1_ipred_run(q->batch, &q->cur, &residual, &ipred, &q->plan);
}

/* From the recordings to the submit. */
static int launch(struct Dav1dQpuFrame *const q) {
    const Dav1dFrameContext *const f = q->f;
    struct Dav1dQpu *const d = f->c->qpu;
    struct Dav1dQpuPicture *const pic = q->picture;
    QpuSlot *slot;
    int res;

    for (int i = 0; i < 7; i++)
        if (q->ref[i] && (q->ref[i]->state != QPU_PICTURE_LAUNCHED || !q->ref[i]->frame.range.buf))
            return -ENODATA;
    if (atomic_load(&d->session.dead)) return -ENODEV;
    if ((res = dav1d_qpu_tables_get(&d->tables, d->session.ctx, q->cur.bpc)) ||
        (res = qpu_slots_get(&d->slots, &slot))) return res;
    q->batch = slot->batch;
    slot->is_frame = 1;

    /* where it ends up, and where it is predicted if that is another frame */
    if ((res = dav1d_qpu_frame_layout(f, &pic->frame, f->frame_hdr->width[1], q->cur.bpc)) ||
        (res = qpu_frames_alloc(&d->frames, slot->batch, d->slots.serial, &pic->frame)) ||
        (res = qpu_frames_alloc(&d->frames, slot->batch, d->slots.serial, &q->cur))) return res;

    if ((res = launch_recon(q)) || (res = dav1d_qpu_filters_launch(q, &pic->frame)) < 0) goto end;
    if (res == 1) {
        const QpuRange unused = pic->frame.range;
        pic->frame.range = q->cur.range;
        q->cur.range = unused;
    }
    res = 0;
    if (f->frame_hdr->refresh_frame_flags)
        res = qpu_mc_extend(slot->batch, &pic->frame);
    for (unsigned s = 0; s < QPU_STAGE_LF; s++)
        q->pixels_out[s] = q->jobs[s] ? dav1d_qpu_frame_pixels(f, s) : 0;
    memcpy(slot->jobs, q->jobs, sizeof(q->jobs));
    memcpy(slot->pixels, q->pixels_out, sizeof(q->pixels_out));
    if (!res && pic->due)
        res = dav1d_qpu_picture_download(f->c, pic, slot, &f->sr_cur.p,
                                         dav1d_qpu_picture_grain(f->c, &f->sr_cur.p));
    if (!res && !(res = qpu_slots_submit(&d->slots, slot))) qpu_session_success(&d->session);
end:
    qpu_frames_free(&d->frames, &q->cur);
    return res;
}

/* Launches all frames whose turn it is. Returns them as a list. */
static struct Dav1dQpuFrame *launch_ready(struct Dav1dQpu *const d) {
    struct Dav1dQpuFrame *launched = NULL, **tail = &launched;
    while (d->order_head) {
        struct Dav1dQpuPicture *const pic = d->order_head;
        struct Dav1dQpuFrame *const q = pic->q;
        if (!q->parsed) break;
        d->order_head = pic->order_next;
        pic->order_next = NULL;
        pic->q = NULL;
        if (q->failed) {
            pic->state = QPU_PICTURE_ABORTED;
        } else {
            const int res = launch(q);
            q->batch = NULL;
            pic->state = res ? QPU_PICTURE_FAILED : QPU_PICTURE_LAUNCHED;
            if (res) {
                dav1d_qpu_picture_lost(pic);
                dav1d_qpu_frame_give_up(q->f, res, "a frame was not submitted");
            }
        }
        atomic_store(&q->released, 1);
        *tail = q;
        tail = &q->notify;
        q->notify = NULL;
    }
    if (launched) pthread_cond_broadcast(&d->order_cond);
    return launched;
}

/* ---- the frame's end ---- */

/* Tells all of the list but self; returns whether that is in it. */
static int notify(struct Dav1dQpuFrame *list, const struct Dav1dQpuFrame *const self,
                  const int locked)
{
    int found = 0;
    while (list) {
        struct Dav1dQpuFrame *const next = list->notify;
        if (list == self) found = 1;
        else dav1d_task_qpu_done(list->f, locked);
        list = next;
    }
    return found;
}

/* Says that q is parsed, or can't be. Other frames that have been waiting for it
 * are told; returns whether q itself has been launched. */
static int finish(struct Dav1dQpuFrame *const q, const int failed) {
    struct Dav1dQpu *const d = q->f->c->qpu;
    pthread_mutex_lock(&d->order_lock);
    q->parsed = 1;
    q->failed = failed;
    struct Dav1dQpuFrame *const list = launch_ready(d);
    pthread_mutex_unlock(&d->order_lock);
    return notify(list, q, 0);
}

int dav1d_qpu_recon_sbrow(struct Dav1dQpuFrame *const q, const int sby) {
    Dav1dFrameContext *const f = q->f;
    const int held = sby == q->held_sby;
    if (atomic_fetch_sub(&q->sbrows_left, 1) > 1) return held;
    if (!finish(q, atomic_load(&f->task_thread.error))) return held;
    if (!held) dav1d_task_qpu_done(f, 0);
    return 0;
}

void dav1d_qpu_recon_finish(struct Dav1dQpuFrame *const q) {
    finish(q, 0);
}

/* A frame that ends before its turn has come is none that others wait for. */
static void leave_order(struct Dav1dQpu *const d, struct Dav1dQpuPicture *const pic) {
    struct Dav1dQpuPicture **at = &d->order_head, *prev = NULL;
    while (*at && *at != pic) {
        prev = *at;
        at = &prev->order_next;
    }
    if (!*at) return;
    *at = pic->order_next;
    if (d->order_tail == pic) d->order_tail = prev;
    pic->order_next = NULL;
    pic->q = NULL;
    pic->state = QPU_PICTURE_ABORTED;
    pthread_cond_broadcast(&d->order_cond);
}

void dav1d_qpu_recon_exit(struct Dav1dQpuFrame *const q) {
    struct Dav1dQpu *const d = q->f->c->qpu;
    pthread_mutex_lock(&d->order_lock);
    for (int i = 0; i < 7; i++)
        if (q->ref[i]) q->ref[i]->users--;
    memset(q->ref, 0, sizeof(q->ref));
    leave_order(d, q->picture);
    struct Dav1dQpuFrame *const list = d->flushing ? NULL : launch_ready(d);
    pthread_mutex_unlock(&d->order_lock);
    notify(list, NULL, 1);
    q->way = QPU_WAY_CPU;
    q->picture = NULL;
}
