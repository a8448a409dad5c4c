#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dav1d/qpu_api.h"

#include "src/internal.h"
#include "src/log.h"
#include "src/ref.h"

#include "src/qpu/decoder.h"
#include "src/qpu/layout.h"
#include "src/qpu/picture.h"
#include "src/qpu/recover.h"

/* Compressed data that is kept at most. */
#define MAX_BYTES ((size_t) 512 << 20)

/* ---- keeping the data ---- */

static void drop_first(struct Dav1dQpuRecover *const r) {
    struct Dav1dQpuPacket *const p = r->first;
    r->first = p->next;
    if (!r->first) r->last = NULL;
    r->bytes -= p->size;
    dav1d_ref_dec(&p->seq_hdr_ref);
    free(p);
}

/* The oldest piece that some picture may need. */
static uint64_t oldest_needed(struct Dav1dQpu *const d) {
    uint64_t oldest = d->recover.id.start;
    pthread_mutex_lock(&d->order_lock);
    for (const struct Dav1dQpuPicture *p = d->pictures; p; p = p->next)
        if (!p->on_cpu && !p->host && p->state != QPU_PICTURE_ABORTED && p->id.start < oldest)
            oldest = p->id.start;
    pthread_mutex_unlock(&d->order_lock);
    return oldest;
}

void dav1d_qpu_recover_data(Dav1dContext *const c) {
    struct Dav1dQpu *const d = c->qpu;
    if (!d || !(d->session.stages & 1U << QPU_STAGE_MC)) return;
    struct Dav1dQpuRecover *const r = &d->recover;
    r->id.packet++;
    r->id.n = 0;
    if (!c->in.sz || r->lost) return;
    struct Dav1dQpuPacket *const p = malloc(sizeof(*p) + c->in.sz);
    if (!p || r->bytes + c->in.sz > MAX_BYTES) {
        free(p);
        while (r->first) drop_first(r);
        r->lost = 1;
        return;
    }
    *p = (struct Dav1dQpuPacket) { .number = r->id.packet, .size = c->in.sz };
    memcpy(p->data, c->in.data, c->in.sz);
    if (r->last) r->last->next = p;
    else r->first = p;
    r->last = p;
    r->bytes += p->size;
}

Dav1dQpuFrameId dav1d_qpu_recover_frame(const Dav1dFrameContext *const f) {
    struct Dav1dQpu *const d = f->c->qpu;
    struct Dav1dQpuRecover *const r = &d->recover;
    const Dav1dFrameHeader *const hdr = f->frame_hdr;
    if (!r->id.n && hdr->frame_type == DAV1D_FRAME_TYPE_KEY && hdr->show_frame &&
        r->last && r->last->number == r->id.packet)
    {
        /* nothing before this is referred to by what comes after */
        r->id.start = r->id.packet;
        r->last->seq_hdr_ref = f->seq_hdr_ref;
        dav1d_ref_inc(f->seq_hdr_ref);
        const uint64_t oldest = oldest_needed(d);
        while (r->first->number < oldest) drop_first(r);
        r->lost = 0;
    }
    Dav1dQpuFrameId id = r->id;
    r->id.n++;
    return id;
}

/* ---- decoding again ---- */

static void close_again(struct Dav1dQpuRecover *const r) {
    if (r->again) dav1d_close(&r->again);
}

static int open_again(Dav1dContext *const c, const struct Dav1dQpuPacket *const start) {
    struct Dav1dQpuRecover *const r = &c->qpu->recover;
    Dav1dSettings s;
    const Dav1dQpuSettings off = { .mode = "off", .device = "", .stats = "" };
    dav1d_default_settings(&s);
    s.n_threads = (int) c->n_tc;
    s.max_frame_delay = 1;
    s.apply_grain = 0;
    s.operating_point = c->operating_point;
    s.all_layers = c->all_layers;
    s.frame_size_limit = c->frame_size_limit;
    s.strict_std_compliance = c->strict_std_compliance;
    s.inloop_filters = c->inloop_filters;
    s.decode_frame_type = c->decode_frame_type;
    s.logger = c->logger;
    dav1d_qpu_settings(&s, &off);
    const int res = dav1d_open(&r->again, &s);
    if (res < 0) return res;
    Dav1dContext *const again = r->again;
    if (!(again->qpu = dav1d_qpu_new())) {
        close_again(r);
        return DAV1D_ERR(ENOMEM);
    }
    again->qpu->recover.of = c;
    again->seq_hdr_ref = start->seq_hdr_ref;
    dav1d_ref_inc(again->seq_hdr_ref);
    again->seq_hdr = again->seq_hdr_ref->data;
    again->operating_point_idc = c->operating_point_idc;
    again->max_spatial_id = c->max_spatial_id;
    r->next_packet = start->number;
    return 0;
}

void dav1d_qpu_recover_deliver(const Dav1dFrameContext *const f) {
    struct Dav1dQpu *const d = f->c->qpu, *const to = d->recover.of->qpu;
    const Dav1dPicture *const src = &f->sr_cur.p;
    if (!src->data[0]) return;
    pthread_mutex_lock(&to->order_lock);
    for (struct Dav1dQpuPicture *pic = to->pictures; pic; pic = pic->next) {
        const Dav1dPicture *const dst = &pic->cpu;
        if (pic->on_cpu || pic->id.packet != d->recover.id.packet ||
            pic->id.n + 1 != d->recover.id.n || pic->state == QPU_PICTURE_PARSING ||
            dst->p.w != src->p.w || dst->p.h != src->p.h || dst->p.bpc != src->p.bpc ||
            dst->p.layout != src->p.layout) continue;
        const enum Dav1dPixelLayout l = src->p.layout;
        for (int pl = 0; pl < dav1d_qpu_n_planes(l); pl++) {
            const int ss_hor = dav1d_qpu_ss_hor(l, pl), ss_ver = dav1d_qpu_ss_ver(l, pl);
            const size_t w = (size_t) ((src->p.w + ss_hor) >> ss_hor);
            const int h = (src->p.h + ss_ver) >> ss_ver;
            for (int y = 0; y < h; y++)
                memcpy((uint8_t *) dst->data[pl] + y * dst->stride[!!pl],
                       (const uint8_t *) src->data[pl] + y * src->stride[!!pl],
                       w << (src->p.bpc > 8));
        }
        pic->on_cpu = 1;
    }
    pthread_mutex_unlock(&to->order_lock);
}

static void free_nothing(const uint8_t *const data, void *const cookie) {}

static void feed(struct Dav1dQpuRecover *const r, const struct Dav1dQpuPacket *const p) {
    Dav1dContext *const again = r->again;
    Dav1dData data = { 0 };
    if (dav1d_data_wrap(&data, p->data, p->size, free_nothing, NULL)) return;
    again->qpu->recover.id.packet = p->number;
    again->qpu->recover.id.n = 0;
    do {
        Dav1dPicture pic = { 0 };
        const int res = data.sz ? dav1d_send_data(again, &data) : 0;
        /* what is broken was so the first time, too */
        if (res < 0 && res != DAV1D_ERR(EAGAIN)) dav1d_data_unref(&data);
        if (!dav1d_get_picture(again, &pic)) dav1d_picture_unref(&pic);
    } while (data.sz || again->in.sz);
    r->next_packet = p->number + 1;
}

static int decode_again(Dav1dContext *const c, const struct Dav1dQpuPicture *const pic) {
    struct Dav1dQpuRecover *const r = &c->qpu->recover;
    const struct Dav1dQpuPacket *p = r->first;
    while (p && p->number != pic->id.start) p = p->next;
    if (!p || !pic->id.start || !p->seq_hdr_ref) return DAV1D_ERR(EIO);
    if (r->again && (r->next_packet <= pic->id.start || r->next_packet > pic->id.packet))
        close_again(r);
    if (!r->again) {
        const int res = open_again(c, p);
        if (res < 0) return res;
    }
    for (; p && p->number <= pic->id.packet && !pic->on_cpu; p = p->next)
        if (p->number >= r->next_packet) feed(r, p);
    return pic->on_cpu ? 0 : DAV1D_ERR(EIO);
}

int dav1d_qpu_recover(Dav1dContext *const c, const Dav1dPicture *const p, const int err) {
    struct Dav1dQpuPicture *const pic = *dav1d_picture_qpu(p);
    if (pic->state == QPU_PICTURE_LAUNCHED) {
        char why[256];
        qpu_context_error(c->qpu->session.ctx, why, sizeof(why));
        qpu_session_fallback(&c->qpu->session, err != -ENOMEM, why[0] ? why : "a frame did not come back");
        qpu_stats_cpu_frame(&c->qpu->session.stats, 0);
    }
    return decode_again(c, pic);
}

void dav1d_qpu_recover_flush(struct Dav1dQpu *const d) {
    struct Dav1dQpuRecover *const r = &d->recover;
    close_again(r);
    while (r->first) drop_first(r);
    r->id.start = 0;
    r->lost = 0;
}
