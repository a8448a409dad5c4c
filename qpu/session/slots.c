#include "session/slots.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int qpu_slots_retire(QpuSlots *const s, QpuSlot *const slot) {
    const int res = qpu_batch_wait(slot->batch);
    slot->in_flight = 0;
    if (!res) qpu_stats_batch(s->stats, slot->batch, slot->jobs, slot->pixels, slot->is_frame);
    if (slot->cpu_pixels) qpu_stats_cpu_pixels(s->stats, QPU_STAGE_ITX, slot->cpu_pixels);
    return res;
}

int qpu_slots_get(QpuSlots *const s, QpuSlot **const out) {
    QpuSlot *slot = NULL, *oldest = NULL;
    unsigned n = 0;
    int res;
    for (QpuSlot *i = s->list; i; i = i->next, n++) {
        if (i->pending) continue;
        if (!i->in_flight) slot = i;
        else if (!oldest || i->serial < oldest->serial) oldest = i;
    }
    if (!slot && oldest && n >= s->max) {
        if ((res = qpu_slots_retire(s, oldest))) return res;
        slot = oldest;
    }
    if (!slot) {
        slot = calloc(1, sizeof(*slot));
        if (!slot) return -ENOMEM;
        if ((res = qpu_batch_open(s->ctx, &slot->batch))) {
            free(slot);
            return res;
        }
        slot->next = s->list;
        s->list = slot;
    }
    qpu_lend_back(s->lender, &slot->host); /* nobody asked for those pixels in the end */
    memset(slot->jobs, 0, sizeof(slot->jobs));
    memset(slot->pixels, 0, sizeof(slot->pixels));
    slot->cpu_pixels = 0;
    slot->is_frame = 0;
    *out = slot;
    return qpu_batch_begin(slot->batch);
}

int qpu_slots_submit(QpuSlots *const s, QpuSlot *const slot) {
    const int res = qpu_batch_submit(slot->batch);
    if (res) return res;
    slot->in_flight = 1;
    slot->serial = ++s->serial;
    return 0;
}

uint64_t qpu_slots_first_pending(const QpuSlots *const s) {
    uint64_t first = UINT64_MAX;
    for (const QpuSlot *i = s->list; i; i = i->next)
        if (i->pending && i->serial < first) first = i->serial;
    return first;
}

void qpu_slots_close(QpuSlots *const s) {
    while (s->list) {
        QpuSlot *const slot = s->list;
        if (slot->in_flight) qpu_slots_retire(s, slot);
        qpu_lend_back(s->lender, &slot->host);
        s->list = slot->next;
        qpu_batch_close(&slot->batch);
        free(slot);
    }
}
