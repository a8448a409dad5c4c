/* Pools: a buffer, and the list of its free parts. Nothing here knows what
 * the device is doing: that a part may be given away while batches in flight
 * use it follows from the order in which batches run. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "grow.h"
#include "memory.h"

struct QpuPool {
    QpuContext *ctx;
    QpuBuffer *buf;
    pthread_mutex_t lock; /* owns what follows */
    struct Part {
        uint32_t off, size;
    } *part;              /* the free ones, by offset; no two touch */
    uint32_t n_parts, n_alloc;
    uint32_t n_ranges;    /* given away */
};

int qpu_pool_open(QpuContext *const ctx, const uint32_t size, QpuPool **const out) {
    int res;
    *out = NULL;
    if (!size) return -EINVAL;
    if (size > ctx->max_range) return -ENOTSUP;
    QpuPool *const p = calloc(1, sizeof(*p));
    if (!p) return -ENOMEM;
    p->ctx = ctx;
    if (pthread_mutex_init(&p->lock, NULL)) {
        free(p);
        return -ENOMEM;
    }
    qpu_buffers_reap(ctx, 0); /* an old pool makes room for a new one */
    if (!(p->part = qpu_grown(NULL, &p->n_alloc, 1, sizeof(*p->part)))) {
        res = -ENOMEM;
        goto error;
    }
    if ((res = qpu_buffer_alloc(ctx, &p->buf, QPU_MEM_DEVICE, (uint32_t) qpu_aligned(size)))) goto error;
    p->part[p->n_parts++] = (struct Part) { .off = 0, .size = p->buf->size };
    *out = p;
    return 0;

error:
    free(p->part);
    pthread_mutex_destroy(&p->lock);
    free(p);
    return res;
}

void qpu_pool_close(QpuPool **const pool) {
    QpuPool *const p = *pool;
    if (!p) return;
    *pool = NULL;
    qpu_buffer_retire(p->ctx, &p->buf);
    pthread_mutex_destroy(&p->lock);
    free(p->part);
    free(p);
}

int qpu_pool_alloc(QpuPool *const p, const uint32_t size, QpuRange *const out) {
    int res = -ENOMEM;
    memset(out, 0, sizeof(*out));
    if (!size) return -EINVAL;
    const uint64_t need = qpu_aligned(size);
    pthread_mutex_lock(&p->lock);
    /* between n ranges there are up to n + 1 free parts; room for them is made
     * here, where it may fail */
    struct Part *const part =
        qpu_grown(p->part, &p->n_alloc, p->n_ranges + 2, sizeof(*part));
    if (!part) goto end;
    p->part = part;
    for (uint32_t i = 0; i < p->n_parts; i++) {
        if (part[i].size < need) continue;
        out->buf = p->buf;
        out->off = part[i].off;
        out->size = (uint32_t) need;
        part[i].off += (uint32_t) need;
        part[i].size -= (uint32_t) need;
        if (!part[i].size)
            memmove(&part[i], &part[i + 1], (--p->n_parts - i) * sizeof(*part));
        p->n_ranges++;
        res = 0;
        break;
    }
end:
    pthread_mutex_unlock(&p->lock);
    return res;
}

void qpu_pool_free(QpuPool *const p, const QpuRange *const r) {
    if (!r->buf || r->buf != p->buf || !r->size) return;
    pthread_mutex_lock(&p->lock);
    struct Part *const part = p->part;
    uint32_t i = 0;
    while (i < p->n_parts && part[i].off < r->off) i++;
    const int after = i && part[i - 1].off + part[i - 1].size == r->off;
    const int before = i < p->n_parts && r->off + r->size == part[i].off;
    /* what is free already would be given away twice */
    if ((i && part[i - 1].off + part[i - 1].size > r->off) ||
        (i < p->n_parts && r->off + r->size > part[i].off)) goto end;
    if (after && before) {
        part[i - 1].size += r->size + part[i].size;
        memmove(&part[i], &part[i + 1], (--p->n_parts - i) * sizeof(*part));
    } else if (after) {
        part[i - 1].size += r->size;
    } else if (before) {
        part[i].off = r->off;
        part[i].size += r->size;
    } else {
        memmove(&part[i + 1], &part[i], (p->n_parts++ - i) * sizeof(*part));
        part[i] = (struct Part) { .off = r->off, .size = r->size };
    }
    p->n_ranges--;
end:
    pthread_mutex_unlock(&p->lock);
}

QpuRange qpu_pool_range(const QpuPool *const p) {
    return (QpuRange) { .buf = p->buf, .off = 0, .size = p->buf->size };
}
