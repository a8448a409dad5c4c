#include "scratch.h"

#include <errno.h>
#include <string.h>

#include "grow.h"
#include "memory.h"

#define MIN_CHUNK (1U << 20)

/* The functions up to qpu_scratch_alloc() are called under memory_lock. */

static void unref(QpuContext *const ctx, struct QpuScratchChunk *const c) {
    if (--c->refs) return;
    qpu_buffer_free(ctx, &c->buf);
    free(c);
}

static int holds(const QpuScratch *const s, const struct QpuScratchChunk *const c) {
    for (uint32_t i = 0; i < s->n_chunks; i++)
        if (s->chunk[i] == c) return 1;
    return 0;
}

/* The context's next chunk for a batch, or NULL. */
static struct QpuScratchChunk *find(QpuContext *const ctx, const QpuScratch *const s,
                                    const uint64_t need)
{
    for (uint32_t i = 0; i < ctx->n_scratch; i++) {
        struct QpuScratchChunk *const c = ctx->scratch[i];
        if (c->buf->size >= need && !holds(s, c)) return c;
    }
    return NULL;
}

/* Makes a chunk with room for want bytes. Smaller ones get no new users; who
 * has them keeps them. */
static int add(QpuContext *const ctx, uint64_t want, struct QpuScratchChunk **const out) {
    const uint32_t max = qpu_max_chunk(ctx);
    struct QpuScratchChunk **const list =
        qpu_grown(ctx->scratch, &ctx->n_scratch_alloc, ctx->n_scratch + 1, sizeof(*list));
    if (!list) return -ENOMEM;
    ctx->scratch = list;
    struct QpuScratchChunk *const c = calloc(1, sizeof(*c));
    if (!c) return -ENOMEM;
    const int res = qpu_buffer_alloc(ctx, &c->buf, QPU_MEM_DEVICE, (uint32_t) want);
    if (res) {
        free(c);
        return res;
    }
    c->buf->shared = 1;
    c->refs = 1;
    uint32_t n = 0;
    for (uint32_t i = 0; i < ctx->n_scratch; i++) {
        if (list[i]->buf->size >= want || list[i]->buf->size >= max) list[n++] = list[i];
        else unref(ctx, list[i]);
    }
    list[n++] = c;
    ctx->n_scratch = n;
    *out = c;
    return 0;
}

static int next_chunk(QpuContext *const ctx, QpuScratch *const s, const uint64_t need) {
    struct QpuScratchChunk **const chunk =
        qpu_grown(s->chunk, &s->n_alloc, s->n_chunks + 1, sizeof(*chunk));
    if (!chunk) return -ENOMEM;
    s->chunk = chunk;
    /* one chunk for all that a batch is known to need, if that can be had;
     * ctx->scratch_want is what one needed that had to take several */
    const uint32_t max = qpu_max_chunk(ctx);
    uint64_t want = s->total + need;
    if (!s->n_chunks && want < ctx->scratch_want) want = ctx->scratch_want;
    if (want < MIN_CHUNK) want = MIN_CHUNK;
    if (want > max) want = need > max ? need : max;
    struct QpuScratchChunk *c = find(ctx, s, s->n_chunks ? need : want);
    if (!c) {
        const int res = add(ctx, want, &c);
        if (res) return res;
    }
    c->refs++;
    chunk[s->n_chunks++] = c;
    s->used = 0;
    return 0;
}

int qpu_scratch_alloc(QpuContext *const ctx, QpuScratch *const s,
                      const size_t size, QpuRange *const out)
{
    const uint64_t need = qpu_aligned(size);
    if (need > ctx->max_range) return -ENOTSUP;
    if (!s->n_chunks || s->chunk[s->n_chunks - 1]->buf->size - s->used < need) {
        /* held while memory is allocated: who waits here would allocate, too */
        pthread_mutex_lock(&ctx->memory_lock);
        const int res = next_chunk(ctx, s, need);
        pthread_mutex_unlock(&ctx->memory_lock);
        if (res) return res;
    }
    out->buf = s->chunk[s->n_chunks - 1]->buf;
    out->off = s->used;
    out->size = (uint32_t) need;
    s->used += (uint32_t) need;
    s->total += need;
    return 0;
}

void qpu_scratch_reset(QpuContext *const ctx, QpuScratch *const s) {
    if (s->n_chunks) {
        pthread_mutex_lock(&ctx->memory_lock);
        if (s->n_chunks > 1 && s->total > ctx->scratch_want) ctx->scratch_want = s->total;
        while (s->n_chunks) unref(ctx, s->chunk[--s->n_chunks]);
        pthread_mutex_unlock(&ctx->memory_lock);
    }
    s->used = 0;
    s->total = 0;
}

void qpu_scratch_free(QpuContext *const ctx, QpuScratch *const s) {
    qpu_scratch_reset(ctx, s);
    free(s->chunk);
    memset(s, 0, sizeof(*s));
}

void qpu_scratch_close(QpuContext *const ctx) {
    while (ctx->n_scratch) unref(ctx, ctx->scratch[--ctx->n_scratch]);
    free(ctx->scratch);
    ctx->scratch = NULL;
}
