/* A frame's way over the device. Two ways:
 *
 * - whole (recon.c): the decoder only parses and records; the frame is made,
 *   filtered and kept on the device.
 * - filters (hybrid.c): the CPU reconstructs, the rows are uploaded, filtered by
 *   the device, and taken back before anyone may refer to them.
 *
 * All else is upstream's own. */

#ifndef DAEDALUS_DAV1D_FRAME_H
#define DAEDALUS_DAV1D_FRAME_H

#include <stdatomic.h>

#include "src/internal.h"

#include "qpu.h"
#include "qpu_av1.h"

#include "src/qpu/rec.h"

enum Dav1dQpuWay { QPU_WAY_CPU, QPU_WAY_FILTERS, QPU_WAY_WHOLE };

struct Dav1dQpuFrame {
    /* Owner: the thread that sets up, then those that record (what is theirs in
     * rec), then the one that launches, then the completion thread; handed over
     * under upstream's, the order's and the queue's locks */
    Dav1dFrameContext *f;
    enum Dav1dQpuWay way;
    QpuBatch *batch;        /* filters: own; whole: a slot's, while it is launched */
    unsigned wanted;        /* what the device may do of such frames */
    unsigned stages;        /* of this frame on the device */
    unsigned lf_on_cpu;     /* deblocking precedes the upload */
    QpuFrame cur, out[3];   /* as reconstructed; where each plane ends up */
    uint64_t jobs[QPU_N_STAGES], pixels_out[QPU_N_STAGES];
    Dav1dDSPContext dsp;    /* upstream's, with deblocking that does nothing */
    filter_sbrow_fn filter_sbrow_deblock_cols, filter_sbrow_deblock_rows;
    filter_sbrow_fn filter_sbrow_resize, filter_sbrow_lr;
    void (*filter_sbrow_cdef)(Dav1dTaskContext *tc, int sby);

    /* filters */
    struct Dav1dQpuFrame *next; /* in the queue, under its lock */
    QpuBatch *own;
    uint8_t *pixels;        /* upload memory of cur, write-only */

    /* whole */
    struct Dav1dQpuRec rec;
    QpuIpredPlan plan;
    struct Dav1dQpuPicture *picture, *ref[7];
    int parsed, failed;     /* under the order's lock */
    struct Dav1dQpuFrame *notify; /* launched, to be told so; likewise */

    int held_sby;           /* whose task is withheld; before there are tasks */

    /* any worker */
    atomic_int sbrows_left;
    atomic_int released;    /* the withheld superblock row may be counted */
    atomic_uint_least64_t submitted_ns; /* filters; 0: not on the device */
};

/* Whether f's blocks are recorded instead of reconstructed. */
static inline int dav1d_qpu_records(const Dav1dFrameContext *const f) {
    return f->qpu && f->qpu->way == QPU_WAY_WHOLE;
}

/* Decides what the device does for the frame and points f's tables there.
 * Called once f's dimensions and picture are known. Returns 0, or a DAV1D_ERR
 * code where neither the device nor the CPU has what the frame refers to. */
int dav1d_qpu_frame_init(Dav1dFrameContext *f);

/* A superblock row is parsed, or reconstructed and filtered as far as the CPU
 * filters it. With the last one the frame is submitted. Returns whether the
 * caller is to drop this row's task: row 0, or the one that stands for all, is
 * withheld until the frame's turn has come (whole) or the device is done
 * (filters), so that upstream's progress stays at 0, and comes back by
 * dav1d_task_qpu_done(). */
int dav1d_qpu_frame_sbrow(Dav1dFrameContext *f, Dav1dTaskContext *tc, int sby);

/* Of a frame that is recorded, before its tasks run: there will be one row's task, the
 * last's, for all. */
void dav1d_qpu_frame_one_row(Dav1dFrameContext *f);

/* The same without threads: returns when the frame is submitted (whole) or
 * finished (filters). */
void dav1d_qpu_frame_finish(Dav1dFrameContext *f);

/* At the end of any frame, before upstream lets go of what it holds. With
 * threads: under upstream's task lock, or while it flushes. */
void dav1d_qpu_frame_exit(Dav1dFrameContext *f);

void dav1d_qpu_frame_free(Dav1dFrameContext *f);

/* ---- for the two ways ---- */

/* Lays frame out for pictures of f's kind, w luma pixels wide, bpc bits. */
int dav1d_qpu_frame_layout(const Dav1dFrameContext *f, QpuFrame *frame, int w, int bpc);

/* Copies plane p, whose rows lie in src as they do in frame, to a picture. */
void dav1d_qpu_copy_plane(const uint8_t *src, const QpuFrame *frame, int p, const Dav1dPicture *dst);

/* Pixels of a stage's output, all planes. */
uint64_t dav1d_qpu_frame_pixels(const Dav1dFrameContext *f, unsigned stage);

/* Counts a frame that is not the device's; what: why, for the user. */
void dav1d_qpu_frame_give_up(const Dav1dFrameContext *f, int err, const char *what);

/* In thread_task.c: has the withheld row counted. locked: under upstream's task lock. */
void dav1d_task_qpu_done(Dav1dFrameContext *f, int locked);

#endif /* DAEDALUS_DAV1D_FRAME_H */
