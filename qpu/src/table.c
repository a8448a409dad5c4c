/* Tables: device memory that is filled once. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "context.h"
#include "grow.h"
#include "memory.h"

/* A device that the CPU can't write into gets it by a batch of its own. */
static int copy_staged(QpuContext *const ctx, const void *const data, const size_t size,
                       const QpuRange *const dst)
{
    QpuBatch *b;
    QpuRange src;
    int res = qpu_batch_open(ctx, &b);
    if (res) return res;
    if ((res = qpu_batch_begin(b))) goto end;
    void *const up = qpu_batch_upload(b, dst->size, &src);
    if (up) {
        memcpy(up, data, size);
        src.size = dst->size;
        qpu_batch_copy(b, &src, dst);
    }
    res = qpu_batch_submit(b); /* with the batch's first error, if any */
    if (!res) res = qpu_batch_wait(b);
end:
    qpu_batch_close(&b);
    return res;
}

int qpu_context_table(QpuContext *const ctx, const void *const data, const size_t size,
                      QpuRange *const out)
{
    int res = -ENOMEM;
    QpuBuffer *buf = NULL;
    memset(out, 0, sizeof(*out));
    if (!size) return -EINVAL;
    if (size > ctx->max_range) return -ENOTSUP;
    if ((res = qpu_buffer_alloc(ctx, &buf, QPU_MEM_DEVICE, (uint32_t) qpu_aligned(size)))) return res;
    const QpuRange range = { .buf = buf, .off = 0, .size = buf->size };
    if (ctx->unified) memcpy(buf->map, data, size);
    else if ((res = copy_staged(ctx, data, size, &range))) goto error;

    pthread_mutex_lock(&ctx->memory_lock);
    QpuBuffer **const tables =
        qpu_grown(ctx->tables, &ctx->n_tables_alloc, ctx->n_tables + 1, sizeof(*tables));
    if (tables) {
        ctx->tables = tables;
        tables[ctx->n_tables++] = buf;
    }
    pthread_mutex_unlock(&ctx->memory_lock);
    if (!tables) {
        res = -ENOMEM;
        goto error;
    }
    *out = range;
    return 0;

error:
    /* a device that hangs may still write into it */
    if (!atomic_load(&ctx->hung)) qpu_buffer_free(ctx, &buf);
    return res;
}

void qpu_context_table_free(QpuContext *const ctx, QpuRange *const r) {
    QpuBuffer *buf = NULL;
    pthread_mutex_lock(&ctx->memory_lock);
    for (uint32_t i = 0; r->buf && i < ctx->n_tables; i++) {
        if (ctx->tables[i] != r->buf) continue;
        buf = r->buf;
        ctx->tables[i] = ctx->tables[--ctx->n_tables];
        break;
    }
    pthread_mutex_unlock(&ctx->memory_lock);
    memset(r, 0, sizeof(*r));
    qpu_buffer_retire(ctx, &buf);
}

void qpu_tables_close(QpuContext *const ctx) {
    while (ctx->n_tables) qpu_buffer_free(ctx, &ctx->tables[--ctx->n_tables]);
    free(ctx->tables);
    ctx->tables = NULL;
}
