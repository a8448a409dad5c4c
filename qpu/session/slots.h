/* The batches of a decoder, used again and again. */

#ifndef QPU_SESSION_SLOTS_H
#define QPU_SESSION_SLOTS_H

#include "qpu.h"
#include "session/lend.h"
#include "session/stats.h"

/* A batch and what it is used for. */
typedef struct QpuSlot {
    struct QpuSlot *next;
    QpuBatch *batch;
    int in_flight;      /* submitted, not waited for */
    int pending;        /* holds pixels that a picture is waiting for */
    uint64_t serial;    /* of the submit */
    int is_frame;       /* and not only a download */
    QpuHost *host;      /* where the download goes; NULL: to the batch's memory */
    uint64_t jobs[QPU_N_STAGES], pixels[QPU_N_STAGES]; /* for the statistics */
    uint64_t cpu_pixels; /* whose transform was the CPU's all the same */
} QpuSlot;

/* Whoever owns it calls nothing here at the same time as others; the wait for a
 * pending slot's batch alone (qpu_batch_wait()) may be another thread's. */
typedef struct QpuSlots {
    QpuContext *ctx;
    QpuStats *stats;
    QpuLender *lender;
    QpuSlot *list;
    uint64_t serial;    /* of the last submit */
    unsigned max;       /* that are not pending; more wait for the oldest */
} QpuSlots;

/* One to record, begun. Waits for the device if too many are in flight. */
int qpu_slots_get(QpuSlots *s, QpuSlot **out);
int qpu_slots_submit(QpuSlots *s, QpuSlot *slot);
/* Waits until a slot isn't in flight any more, and counts what it did. Returns
 * the wait's result. */
int qpu_slots_retire(QpuSlots *s, QpuSlot *slot);
/* The serial of the oldest one that holds pixels; UINT64_MAX: none does. */
uint64_t qpu_slots_first_pending(const QpuSlots *s);
/* Waits for all, counts them, closes them. */
void qpu_slots_close(QpuSlots *s);

#endif /* QPU_SESSION_SLOTS_H */
