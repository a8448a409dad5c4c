/* The memory of a decoder's frames: one pool, so that one binding reaches all of
 * them, and a larger one when they don't fit any more. */

#ifndef QPU_SESSION_FRAMES_H
#define QPU_SESSION_FRAMES_H

#include "qpu.h"

#define QPU_MAX_OLD_POOLS 4

/* Calls each(opaque2, frame) for all frames that may have memory in the pool, until
 * that returns other than 0; returns that. */
typedef int (*QpuFramesEach)(void *opaque, int (*each)(void *, QpuFrame *), void *opaque2);

/* Whoever owns it calls nothing here at the same time as others. */
typedef struct QpuFrames {
    QpuContext *ctx;
    QpuPool *pool;
    struct { QpuPool *pool; uint64_t serial; } old[QPU_MAX_OLD_POOLS];
    int n_old;
    unsigned n_first;    /* frames that the first pool has room for */
    QpuFramesEach each;
    void (*collect)(void *opaque); /* frees what isn't needed any more; NULL: nothing is there */
    void *opaque;        /* of both */
} QpuFrames;

/* Memory for a frame: range.size says how much, range.buf is NULL, and stays so on
 * failure. Moves everything to a larger pool if it must: then the moves are
 * recorded in b, which is submitted after serial. */
int qpu_frames_alloc(QpuFrames *f, QpuBatch *b, uint64_t serial, QpuFrame *frame);
/* Clears range.buf; nothing happens if it is NULL. */
void qpu_frames_free(QpuFrames *f, QpuFrame *frame);
/* Closes older pools from which nothing is read any more by batches from serial
 * first on. */
void qpu_frames_close_old(QpuFrames *f, uint64_t first);
void qpu_frames_close(QpuFrames *f);

#endif /* QPU_SESSION_FRAMES_H */
