#include "vp9/qpu/recon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vp9/qpu/decoder.h"
#include "vp9/qpu/lf.h"

#include "qpu_vp9_ipred.h"

/* ---- gathering ---- */

/* Jobs of all tiles, by bucket. The upload memory is written in many places at
 * once, but whole jobs at a time. */
static int gather_mc(const Vp9QpuRec *const rec, QpuSlot *const slot, QpuVp9Mc *const mc) {
    uint32_t at[VP9_QPU_MC_BUCKETS], n = 0;
    uint32_t *const counts = &mc->n[0][0];
    for (int i = 0; i < VP9_QPU_MC_BUCKETS; i++) {
        at[i] = n;
        for (int t = 0; t < rec->n_tiles; t++) n += rec->tile[t].mc_count[i];
        counts[i] = n - at[i];
    }
    slot->jobs[QPU_STAGE_MC] = n;
    if (!n) return 0;
    QpuVp9McJob *const out = qpu_batch_upload(slot->batch, n * sizeof(*out), &mc->jobs);
    if (!out) return -ENOMEM;
    for (int t = 0; t < rec->n_tiles; t++) {
        const Vp9QpuTile *const tile = &rec->tile[t];
        for (uint32_t i = 0; i < tile->n_mc; i++)
            out[at[tile->mc_bucket[i]]++] = tile->mc[i];
    }
    return 0;
}

static int gather_itx(const Vp9QpuRec *const rec, QpuSlot *const slot, QpuVp9Itx *const itx) {
    uint32_t at[QPU_VP9_N_ITX_KEYS], n = 0, n_coefs = 0;
    for (int t = 0; t < rec->n_tiles; t++) n_coefs += rec->tile[t].n_coef;
    for (int i = 0; i < QPU_VP9_N_ITX_KEYS; i++) {
        at[i] = n;
        for (int t = 0; t < rec->n_tiles; t++) n += rec->tile[t].itx_count[i];
        itx->n[i] = n - at[i];
    }
    slot->jobs[QPU_STAGE_ITX] = n;
    for (int t = 0; t < rec->n_tiles; t++) slot->cpu_pixels += rec->tile[t].cpu_pixels;
    if (!n) return 0;
    QpuVp9ItxJob *const out = qpu_batch_upload(slot->batch, n * sizeof(*out), &itx->jobs);
    uint32_t *const coefs = qpu_batch_upload(slot->batch, (n_coefs + 1) * 4, &itx->coefs);
    if (!out || !coefs) return -ENOMEM;
    uint32_t first = 0;
    for (int t = 0; t < rec->n_tiles; t++) {
        const Vp9QpuTile *const tile = &rec->tile[t];
        if (tile->n_coef) memcpy(coefs + first, tile->coef, tile->n_coef * 4);
        for (uint32_t i = 0; i < tile->n_itx; i++) {
            QpuVp9ItxJob job = tile->itx[i];
            job.coefs += first;
            out[at[tile->itx_key[i]]++] = job;
        }
        first += tile->n_coef;
    }
    return 0;
}

static int gather_ipred(Vp9Qpu *const q, QpuSlot *const slot, QpuVp9Ipred *const ipred) {
    Vp9QpuRec *const rec = &q->rec;
    const int n_sb = rec->sbw * rec->sbh;
    for (int t = 0; t < rec->n_tiles; t++) vp9_qpu_rec_end(&rec->tile[t]);
    for (int i = 0; i < n_sb; i++) {
        const struct Vp9QpuSbStart *const s = &rec->sb_start[i];
        const Vp9QpuTile *const tile = &rec->tile[s->tile];
        rec->sb[i] = (QpuIpredSb) { tile->ipred + s->first, tile->ipred_level + s->first, s->n };
    }
    const int res = qpu_ipred_plan(&q->plan, rec->sb, rec->sbw, rec->sbh, 6, q->cur.ss_hor, q->cur.ss_ver,
                                   q->schedule);
    if (res) return res;
    slot->jobs[QPU_STAGE_IPRED] = q->plan.n_jobs;
    if (!q->plan.n_jobs) return 0;
    void *const jobs = qpu_batch_upload(slot->batch, q->plan.jobs_size, &ipred->jobs);
    void *const groups = q->plan.groups_size ?
        qpu_batch_upload(slot->batch, q->plan.groups_size, &ipred->groups) : NULL;
    if (!jobs || (q->plan.groups_size && !groups)) return -ENOMEM;
    qpu_ipred_plan_write(&q->plan, jobs, groups);
    return 0;
}

/* ---- launching ---- */

static int launch_recon(VP9Decoder *const pbi, QpuSlot *const slot) {
    Vp9Qpu *const q = pbi->qpu;
    const VP9_COMMON *const cm = &pbi->common;
    QpuVp9Mc mc;
    QpuVp9Itx itx;
    QpuVp9Ipred ipred;
    QpuFrame residual;
    int res;

    memset(&mc, 0, sizeof(mc));
    memset(&itx, 0, sizeof(itx));
    memset(&ipred, 0, sizeof(ipred));
    if ((res = gather_mc(&q->rec, slot, &mc)) || (res = gather_itx(&q->rec, slot, &itx)) ||
        (res = gather_ipred(q, slot, &ipred))) return res;

    mc.pool = qpu_pool_range(q->frames.pool);
    mc.cur = &q->cur;
    for (int i = 0; i < REFS_PER_FRAME && !frame_is_intra_only(cm); i++) {
        mc.ref[i] = &q->picture[cm->frame_refs[i].idx].frame;
        mc.step[i][0] = cm->frame_refs[i].sf.x_step_q4;
        mc.step[i][1] = cm->frame_refs[i].sf.y_step_q4;
    }
    mc.tables = q->tables.mc;
    itx.table = q->tables.itx;
    if ((res = qpu_vp9_mc(slot->batch, &mc)) ||
        (res = vp9_qpu_layout(q, &pbi->cur_buf->buf, 16, &residual)) ||
        (res = qpu_batch_scratch(slot->batch, residual.range.size, &residual.range)) ||
        (res = qpu_vp9_itx(slot->batch, &q->cur, &residual, &itx))) return res;
    return qpu_vp9_ipred_run(slot->batch, &q->cur, &residual, &ipred, &q->plan);
}

static int launch_lf(VP9Decoder *const pbi, QpuSlot *const slot) {
    Vp9Qpu *const q = pbi->qpu;
    VP9_COMMON *const cm = &pbi->common;
    QpuVp9Lf lf;
    if (!cm->lf.filter_level || cm->skip_loop_filter) return 0;
    memset(&lf, 0, sizeof(lf));
    slot->jobs[QPU_STAGE_LF] = (uint64_t) (q->rec.sbw * q->rec.sbh);
    const int res = vp9_qpu_lf(slot->batch, cm, q->rec.lf_cross, &lf);
    return res ? res : qpu_vp9_lf(slot->batch, &q->cur, &lf);
}

static uint64_t pixels_of(const QpuFrame *const f) {
    uint64_t n = 0;
    for (int i = 0; i < f->n_planes; i++) n += (uint64_t) f->plane[i].w * (uint64_t) f->plane[i].h;
    return n;
}

int vp9_qpu_launch(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    const VP9_COMMON *const cm = &pbi->common;
    Vp9QpuPicture *const pic = &q->picture[cm->new_fb_idx];
    QpuSlot *slot;
    int res;

    if ((res = vp9_qpu_tables_get(&q->tables, q->session.ctx)) || (res = qpu_slots_get(&q->slots, &slot))) return res;
    slot->is_frame = 1;
    if ((res = qpu_frames_alloc(&q->frames, slot->batch, q->slots.serial, &q->cur)) ||
        (res = launch_recon(pbi, slot)) || (res = launch_lf(pbi, slot))) goto error;
    if (pbi->refresh_frame_flags && (res = qpu_mc_extend(slot->batch, &q->cur))) goto error;
    for (int s = 0; s <= QPU_STAGE_LF; s++)
        slot->pixels[s] = slot->jobs[s] ? pixels_of(&q->cur) : 0;
    pic->frame = q->cur;
    q->cur.range.buf = NULL;
    if (cm->show_frame && (res = vp9_qpu_download(q, pic, slot))) return res;
    return qpu_slots_submit(&q->slots, slot);

error:
    qpu_frames_free(&q->frames, &q->cur);
    return res;
}
