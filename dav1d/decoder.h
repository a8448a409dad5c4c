/* What a decoder that uses the device has besides upstream's context. */

#ifndef DAEDALUS_DAV1D_DECODER_H
#define DAEDALUS_DAV1D_DECODER_H

#include <pthread.h>
#include <stdatomic.h>

#include "src/internal.h"

#include "qpu.h"
#include "session/frames.h"
#include "session/lend.h"
#include "session/session.h"
#include "session/slots.h"
#include "src/qpu/fg.h"
#include "src/qpu/recover.h"
#include "src/qpu/tables.h"

#define QPU_MAX_DELAY     2

struct Dav1dQpu {
    QpuSession session; /* its context is closed by the lender */

    /* constant after opening */
    unsigned n_fc;    /* frames that may be parsed at the same time */
    int delay;        /* pictures that are held back, without threads */

    atomic_int refs;  /* the decoder, and each picture with pixels on the device */

    /* the decoder's thread */
    Dav1dThreadPicture delayed[QPU_MAX_DELAY]; /* oldest first */
    int n_delayed;
    int is_due;       /* the picture that is to be handed out has been held back already */
    Dav1dThreadPicture newest; /* waits for those, among spatial layers */
    struct Dav1dQpuRecover recover;

    pthread_mutex_t order_lock; /* owns what follows, and the device's frames.
                                 * Taken before `lock`, after upstream's. */
    pthread_cond_t order_cond;  /* a frame was launched, or is not going to be */
    struct Dav1dQpuPicture *pictures; /* all */
    struct Dav1dQpuPicture *order_head, *order_tail; /* not launched, in decoding order */
    QpuSlots slots;
    QpuLender lender; /* only pictures are left once it is closed */
    QpuFrames frames;
    struct Dav1dQpuTables tables;
    Dav1dQpuFg fg;
    enum QpuIpredSchedule schedule;
    int flushing;     /* what is parsed is not launched any more */

    pthread_mutex_t lock; /* owns what follows */
    pthread_cond_t cond;  /* queue changed, or the completion thread is idle */
    pthread_t thread;     /* waits for the device, one frame after the other */
    int thread_inited, die, busy;
    struct Dav1dQpuFrame *head, *tail; /* frames on the device, in order */
};

/* Opens the device that the settings or the environment ask for. Sets c->qpu,
 * to NULL when there is nothing to do. Returns 0 or a DAV1D_ERR code. */
int dav1d_qpu_open(Dav1dContext *c, const Dav1dSettings *s);

/* Writes the statistics and frees everything. No worker runs any more. */
void dav1d_qpu_close(Dav1dContext *c);

/* Waits until no frame is on the device. Nothing may be submitted meanwhile. */
void dav1d_qpu_flush(Dav1dContext *c);

/* Brackets a wait of the application for a frame: the part of it that was
 * spent on the device goes into wait_ms. */
uint64_t dav1d_qpu_wait_start(const Dav1dFrameContext *f);
void dav1d_qpu_wait_end(const Dav1dFrameContext *f, uint64_t start);

/* One without a device. NULL when out of memory. */
struct Dav1dQpu *dav1d_qpu_new(void);

/* Drops what a picture holds of the decoder. */
void dav1d_qpu_unref(struct Dav1dQpu *d);

/* Counts stages of a frame that the CPU does. */
void dav1d_qpu_count_cpu(const Dav1dFrameContext *f, unsigned stages);

#endif /* DAEDALUS_DAV1D_DECODER_H */
