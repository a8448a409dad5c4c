/* A frame's way over the device: set up before it is decoded, fed as its
 * rows are reconstructed, submitted with the last of them, taken back when the
 * device is done. Any failure on the way leaves the frame to upstream's
 * filters, which find the reconstructed pixels untouched. */

#ifndef DAEDALUS_DAV1D_FRAME_H
#define DAEDALUS_DAV1D_FRAME_H

#include <stdatomic.h>

#include "src/internal.h"

#include "qpu.h"
#include "qpu_av1.h"

struct Dav1dQpuFrame {
    /* Owner: the thread that sets up, then the one that submits, then the
     * completion thread; handed over under upstream's and the queue's locks */
    Dav1dFrameContext *f;
    struct Dav1dQpuFrame *next; /* in the queue, under its lock */
    QpuBatch *batch;
    unsigned stages;        /* of this frame on the device; 0: not used */
    unsigned lf_on_cpu;     /* deblocking precedes the upload */
    QpuFrame cur, out[3];   /* as uploaded; where each plane ends up */
    uint8_t *pixels;        /* upload memory of cur, write-only */
    uint64_t jobs[QPU_N_STAGES], pixels_out[QPU_N_STAGES];
    Dav1dDSPContext dsp;    /* upstream's, with deblocking that does nothing */
    filter_sbrow_fn filter_sbrow_deblock_cols, filter_sbrow_deblock_rows;
    filter_sbrow_fn filter_sbrow_resize, filter_sbrow_lr;
    void (*filter_sbrow_cdef)(Dav1dTaskContext *tc, int sby);

    /* any worker */
    atomic_int sbrows_left;
    atomic_int released;    /* the withheld superblock row may be counted */
    atomic_uint_least64_t submitted_ns; /* 0: not on the device */
};

/* Decides what the device does for the frame and points f's tables there.
 * Called once f's dimensions and picture are known. Cannot fail. */
void dav1d_qpu_frame_init(Dav1dFrameContext *f);

/* A superblock row is reconstructed and filtered as far as the CPU filters
 * it. With the last one the frame is submitted. Returns whether the caller is
 * to drop this row's task: row 0 is withheld until the device is done, so that
 * upstream's progress stays at 0, and comes back by dav1d_task_qpu_done(). */
int dav1d_qpu_frame_sbrow(Dav1dFrameContext *f, Dav1dTaskContext *tc, int sby);

/* The same without threads: returns when the frame is finished. */
void dav1d_qpu_frame_finish(Dav1dFrameContext *f);

/* Waits for the device and completes the picture. tc: for the filters, should
 * the CPU have to do them; NULL: have one made. skip: the picture is not
 * wanted any more. */
void dav1d_qpu_frame_complete(struct Dav1dQpuFrame *q, Dav1dTaskContext *tc, int skip);

void dav1d_qpu_frame_free(Dav1dFrameContext *f);

/* In thread_task.c: has row 0 counted. */
void dav1d_task_qpu_done(Dav1dFrameContext *f);

#endif /* DAEDALUS_DAV1D_FRAME_H */
