/* Which way a frame goes, and what is counted of it. */

#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"

#include "src/internal.h"

#include "src/qpu/decoder.h"
#include "src/qpu/filters.h"
#include "src/qpu/frame.h"
#include "src/qpu/hybrid.h"
#include "src/qpu/layout.h"
#include "src/qpu/picture.h"
#include "src/qpu/recon.h"
#include "src/qpu/recover.h"

#define BIT(s) (1U << QPU_STAGE_##s)

int dav1d_qpu_frame_layout(const Dav1dFrameContext *const f, QpuFrame *const frame,
                           const int w, const int bpc)
{
    const enum Dav1dPixelLayout l = f->cur.p.layout;
    return qpu_frame_layout(f->c->qpu->session.ctx, frame, w, f->frame_hdr->height, bpc,
                            dav1d_qpu_n_planes(l), dav1d_qpu_ss_hor(l, 1), dav1d_qpu_ss_ver(l, 1));
}

void dav1d_qpu_copy_plane(const uint8_t *const src, const QpuFrame *const frame, const int p,
                          const Dav1dPicture *const dst)
{
    qpu_copy_plane(src, frame, p, dst->data[p], dst->stride[!!p]);
}

uint64_t dav1d_qpu_frame_pixels(const Dav1dFrameContext *const f, const unsigned stage) {
    const enum Dav1dPixelLayout l = f->cur.p.layout;
    const int w = f->frame_hdr->width[stage >= QPU_STAGE_SR], h = f->frame_hdr->height;
    uint64_t n = 0;
    for (int pl = 0; pl < dav1d_qpu_n_planes(l); pl++) {
        const int ss_hor = dav1d_qpu_ss_hor(l, pl), ss_ver = dav1d_qpu_ss_ver(l, pl);
        n += (uint64_t) ((w + ss_hor) >> ss_hor) * ((h + ss_ver) >> ss_ver);
    }
    return n;
}

/* Stages of a frame that the device may be asked for. Which blocks are
 * predicted how is not known before it is parsed: reconstruction counts as one. */
static unsigned stages_of(const Dav1dFrameContext *const f) {
    const unsigned recon = BIT(MC) | BIT(ITX) | BIT(IPRED);
    return dav1d_qpu_filters_of(f) | (f->c->qpu->session.stages & recon ? recon : 0);
}

void dav1d_qpu_count_cpu(const Dav1dFrameContext *const f, const unsigned stages) {
    struct Dav1dQpu *const d = f->c->qpu;
    for (unsigned s = 0; s < QPU_N_STAGES; s++)
        if (stages & 1U << s) qpu_stats_cpu_pixels(&d->session.stats, (enum QpuStage) s, dav1d_qpu_frame_pixels(f, s));
}

/* A frame that the device has nothing to do with, by demand (idle) or not. */
static void count_frame(const Dav1dFrameContext *const f, const int idle) {
    qpu_stats_cpu_frame(&f->c->qpu->session.stats, idle);
    dav1d_qpu_count_cpu(f, stages_of(f));
}

void dav1d_qpu_frame_give_up(const Dav1dFrameContext *const f, const int err, const char *const what) {
    qpu_session_give_up(&f->c->qpu->session, err, what);
    count_frame(f, 0);
}

static int init(struct Dav1dQpuFrame *const q, Dav1dFrameContext *const f, const unsigned stages,
                const Dav1dQpuFrameId id)
{
    const int whole = !!(stages & BIT(MC));
    const int res = whole ? dav1d_qpu_recon_init(q, f, stages, id) :
                            dav1d_qpu_hybrid_init(q, f, stages);
    if (res) return res;
    memset(q->jobs, 0, sizeof(q->jobs));
    memset(q->pixels_out, 0, sizeof(q->pixels_out));
    q->held_sby = 0;
    atomic_store(&q->sbrows_left, f->sbh);
    atomic_store(&q->released, 0);
    q->way = whole ? QPU_WAY_WHOLE : QPU_WAY_FILTERS;
    return 0;
}

/* The CPU's frame. On failure upstream lets go of all else. What it refers to may
 * still be parsed, by threads that need upstream's lock. */
static int init_cpu(Dav1dFrameContext *const f) {
    if (f->c->n_fc > 1) pthread_mutex_unlock(&f->task_thread.ttd->lock);
    const int res = dav1d_qpu_picture_refs_to_cpu(f);
    if (f->c->n_fc > 1) pthread_mutex_lock(&f->task_thread.ttd->lock);
    if (res < 0) {
        dav1d_ref_dec(&f->cur_segmap_ref);
        dav1d_ref_dec(&f->prev_segmap_ref);
    }
    return res;
}

int dav1d_qpu_frame_init(Dav1dFrameContext *const f) {
    struct Dav1dQpu *const d = f->c->qpu;
    if (!d) return 0;
    const Dav1dQpuFrameId id = dav1d_qpu_recover_frame(f);
    if (d->recover.of) return 0; /* in a decoder that replaces this one's device */
    if (f->qpu) {
        f->qpu->way = QPU_WAY_CPU;
        atomic_store(&f->qpu->submitted_ns, 0);
    }
    const Dav1dFrameHeader *const hdr = f->frame_hdr;
    const unsigned wanted = qpu_session_frame(&d->session, hdr->width[0], hdr->height, f->cur.p.bpc,
                                              !IS_INTER_OR_SWITCH(hdr),
                                              hdr->frame_type == DAV1D_FRAME_TYPE_KEY && hdr->show_frame);
    const unsigned stages = stages_of(f) & wanted;
    if (!stages) {
        /* a frame that has nothing to filter asks nothing of the device */
        count_frame(f, !!wanted);
        return init_cpu(f);
    }

    int res = -ENOMEM;
    if (!f->qpu && !(f->qpu = calloc(1, sizeof(*f->qpu)))) goto error;
    f->qpu->f = f;
    f->qpu->wanted = wanted;
    if ((res = init(f->qpu, f, stages, id))) goto error;
    return 0;

error:
    dav1d_qpu_frame_give_up(f, res, "a frame can't be set up");
    return init_cpu(f);
}

int dav1d_qpu_frame_sbrow(Dav1dFrameContext *const f, Dav1dTaskContext *const tc, const int sby) {
    struct Dav1dQpuFrame *const q = f->qpu;
    if (!q || q->way == QPU_WAY_CPU || atomic_load(&q->released)) return 0;
    return q->way == QPU_WAY_WHOLE ? dav1d_qpu_recon_sbrow(q, sby) :
                                     dav1d_qpu_hybrid_sbrow(q, tc, sby);
}

void dav1d_qpu_frame_one_row(Dav1dFrameContext *const f) {
    f->qpu->held_sby = f->sbh - 1;
    atomic_store(&f->qpu->sbrows_left, 1);
}

void dav1d_qpu_frame_finish(Dav1dFrameContext *const f) {
    struct Dav1dQpuFrame *const q = f->qpu;
    if (!q || q->way == QPU_WAY_CPU) return;
    if (q->way == QPU_WAY_WHOLE) dav1d_qpu_recon_finish(q);
    else dav1d_qpu_hybrid_finish(q);
}

void dav1d_qpu_frame_exit(Dav1dFrameContext *const f) {
    if (f->c->qpu && f->c->qpu->recover.of) dav1d_qpu_recover_deliver(f);
    if (dav1d_qpu_records(f)) dav1d_qpu_recon_exit(f->qpu);
}

void dav1d_qpu_frame_free(Dav1dFrameContext *const f) {
    if (!f->qpu) return;
    qpu_batch_close(&f->qpu->own);
    dav1d_qpu_rec_free(&f->qpu->rec);
    qpu_ipred_plan_free(&f->qpu->plan);
    free(f->qpu);
    f->qpu = NULL;
}
