#include "session/frames.h"

#include <errno.h>

/* What is in an older pool goes with that. */
void qpu_frames_free(QpuFrames *const f, QpuFrame *const frame) {
    if (f->pool && frame->range.buf == qpu_pool_range(f->pool).buf)
        qpu_pool_free(f->pool, &frame->range);
    frame->range.buf = NULL;
}

struct Move {
    QpuPool *pool;
    QpuBatch *b;
};

/* Moves a frame, whose range is in the old pool. */
static int move_frame(void *const opaque, QpuFrame *const frame) {
    const struct Move *const m = opaque;
    const QpuRange old = frame->range;
    int res;
    if (!old.buf) return 0;
    if ((res = qpu_pool_alloc(m->pool, old.size, &frame->range))) {
        frame->range = old;
        return res;
    }
    return qpu_batch_copy(m->b, &old, &frame->range);
}

/* A pool with room for one more frame of that size, and all that is in the old
 * one. */
static int grow(QpuFrames *const f, QpuBatch *const b, const uint64_t serial, const uint32_t size) {
    const uint64_t max = qpu_context_max_range(f->ctx);
    const uint64_t old = f->pool ? qpu_pool_range(f->pool).size : 0;
    const uint64_t some = (uint64_t) size * (f->pool ? 4 : f->n_first);
    uint64_t want = old + old / 2 > old + some ? old + old / 2 : old + some;
    struct Move move = { .b = b };
    int res;
    if (want > max) want = max;
    if (want < old + size || f->n_old == QPU_MAX_OLD_POOLS) return -ENOMEM;
    if ((res = qpu_pool_open(f->ctx, (uint32_t) want, &move.pool))) return res;
    if ((res = f->each(f->opaque, move_frame, &move))) {
        /* some frames are in the one, some in the other: neither can be used */
        qpu_pool_close(&move.pool);
        return -EIO;
    }
    if (f->pool) {
        f->old[f->n_old].pool = f->pool;
        f->old[f->n_old++].serial = serial;
    }
    f->pool = move.pool;
    return 0;
}

/* Pixels may be read from a pool where they are, as long as a picture is
 * waiting for them. */
void qpu_frames_close_old(QpuFrames *const f, const uint64_t first) {
    int n = 0;
    for (int i = 0; i < f->n_old; i++)
        if (f->old[i].serial < first) qpu_pool_close(&f->old[i].pool);
        else f->old[n++] = f->old[i];
    f->n_old = n;
}

int qpu_frames_alloc(QpuFrames *const f, QpuBatch *const b, const uint64_t serial, QpuFrame *const frame) {
    const uint32_t size = frame->range.size;
    int res = -ENOMEM;
    if (f->pool) res = qpu_pool_alloc(f->pool, size, &frame->range);
    if (res == -ENOMEM && f->pool && f->collect) {
        f->collect(f->opaque);
        res = qpu_pool_alloc(f->pool, size, &frame->range);
    }
    if (res == -ENOMEM) {
        if ((res = grow(f, b, serial, size))) return res;
        res = qpu_pool_alloc(f->pool, size, &frame->range);
    }
    return res; /* a range that isn't there is cleared */
}

void qpu_frames_close(QpuFrames *const f) {
    qpu_frames_close_old(f, UINT64_MAX);
    qpu_pool_close(&f->pool);
}
