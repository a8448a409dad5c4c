/* The engine itself: memory, and the order in which things happen. */

#include "checkqpu.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

extern const QpuKernel qpu_k_test_engine; /* engine.comp */

#define WORDS 4096 /* of most buffers here */
#define BYTES (WORDS * 4)

#define EXPECT(x) do { if (!(x)) check_fail("line %d: %s", __LINE__, #x); } while (0)

struct Push {
    uint32_t n, mul, add;
};

/* dst = src * mul + add, all words of src */
static int step(QpuBatch *const b, const QpuRange *const src, const QpuRange *const dst,
                const uint32_t mul, const uint32_t add)
{
    const struct Push push = { .n = src->size / 4, .mul = mul, .add = add };
    const QpuRange bind[] = { *src, *dst };
    qpu_batch_stage(b, QPU_STAGE_MC);
    return qpu_batch_dispatch(b, &qpu_k_test_engine, bind, 2, &push, sizeof(push),
                              (push.n + 63) / 64, 1, 1);
}

/* 101 times mul 3, add 1, in a; the result times 5, plus add, in out. */
static void chain(QpuBatch *const b, const QpuRange *const up, const QpuRange *const a,
                  const QpuRange *const out, const uint32_t add)
{
    step(b, up, a, 3, 1);
    qpu_batch_barrier(b);
    for (int n = 0; n < 100; n++) {
        step(b, a, a, 3, 1);
        qpu_batch_barrier(b);
    }
    step(b, a, out, 5, add);
}

/* A range of upload memory whose word i is first + i. */
static int counting(QpuBatch *const b, const uint32_t first, QpuRange *const out) {
    uint32_t *const words = qpu_batch_upload(b, BYTES, out);
    if (!words) return -ENOMEM;
    for (uint32_t i = 0; i < WORDS; i++) words[i] = first + i;
    return 0;
}

/* Whether word i of a download is mul * (first + i) + add. */
static int as_expected(QpuBatch *const b, const int index, const uint32_t first,
                       const uint32_t mul, const uint32_t add)
{
    int cached;
    const uint32_t *const words = qpu_batch_downloaded(b, index, &cached);
    if (!words) return 0;
    for (uint32_t i = 0; i < WORDS; i++)
        if (words[i] != mul * (first + i) + add) return 0;
    return 1;
}

/* ---- pools ---- */

static void pool_parts(QpuContext *const ctx) {
    enum { UNIT = 256, N = 64 };
    QpuPool *pool = NULL;
    QpuRange r[N], x;
    check_begin("engine: parts of a pool");
    EXPECT(qpu_pool_open(ctx, 0, &pool) == -EINVAL && !pool);
    EXPECT(qpu_pool_open(ctx, UINT32_MAX, &pool) == -ENOTSUP && !pool);
    if (qpu_pool_open(ctx, N * UNIT - 100, &pool)) {
        check_fail("no pool");
        goto end;
    }
    const QpuRange whole = qpu_pool_range(pool);
    EXPECT(whole.buf && !whole.off && whole.size == N * UNIT);
    EXPECT(qpu_pool_alloc(pool, 0, &x) == -EINVAL);
    EXPECT(qpu_pool_alloc(pool, N * UNIT + 1, &x) == -ENOMEM && !x.buf);
    for (int i = 0; i < N; i++)
        EXPECT(!qpu_pool_alloc(pool, UNIT - (uint32_t) i, &r[i]) && r[i].buf == whole.buf &&
               r[i].off == (uint32_t) i * UNIT && r[i].size == UNIT);
    EXPECT(qpu_pool_alloc(pool, 1, &x) == -ENOMEM);

    /* every other one free: no two in a row */
    for (int i = 0; i < N; i += 2) qpu_pool_free(pool, &r[i]);
    EXPECT(qpu_pool_alloc(pool, 2 * UNIT, &x) == -ENOMEM);
    qpu_pool_free(pool, &r[0]); /* twice: nothing happens */
    qpu_pool_free(pool, &r[7]);
    EXPECT(!qpu_pool_alloc(pool, 3 * UNIT, &x) && x.off == 6 * UNIT);
    EXPECT(!qpu_pool_alloc(pool, UNIT, &r[0]) && !r[0].off);
    qpu_pool_free(pool, &r[0]);
    qpu_pool_free(pool, &x);
    for (int i = 1; i < N; i += 2)
        if (i != 7) qpu_pool_free(pool, &r[i]);
    EXPECT(!qpu_pool_alloc(pool, N * UNIT, &x) && !x.off);
    qpu_pool_free(pool, &x);
end:
    qpu_pool_close(&pool);
    EXPECT(!pool);
    check_end();
}

/* Random requests; a map says which unit is whose. */
static void pool_random(QpuContext *const ctx) {
    enum { UNIT = 256, UNITS = 500, N = 100 };
    QpuPool *pool;
    QpuRange r[N] = { 0 };
    uint8_t used[UNITS] = { 0 };
    check_begin("engine: random parts of a pool");
    if (qpu_pool_open(ctx, UNITS * UNIT, &pool)) {
        check_fail("no pool");
        goto end;
    }
    for (int n = 0; n < 20000; n++) {
        QpuRange *const x = &r[check_range(0, N - 1)];
        if (x->size) {
            memset(used + x->off / UNIT, 0, x->size / UNIT);
            qpu_pool_free(pool, x);
            memset(x, 0, sizeof(*x));
            continue;
        }
        const int units = check_range(1, 20);
        const int res = qpu_pool_alloc(pool, (uint32_t) units * UNIT, x);
        /* first fit: there is none before */
        int first = 0, run = 0;
        while (first + run < UNITS && run < units) {
            if (used[first + run]) {
                first += run + 1;
                run = 0;
            } else run++;
        }
        if (run < units) EXPECT(res == -ENOMEM && !x->size);
        else {
            EXPECT(!res && x->off == (uint32_t) first * UNIT && x->size == (uint32_t) units * UNIT);
            if (res || x->off / UNIT + x->size / UNIT > UNITS) break;
            memset(used + x->off / UNIT, 1, x->size / UNIT);
        }
    }
    qpu_pool_close(&pool);
end:
    check_end();
}

/* Memory of a frame in flight is given away; who gets it runs later. Closing
 * the pool doesn't take it away either. */
static void pool_reuse(QpuContext *const ctx, const int executes) {
    QpuPool *pool = NULL;
    QpuBatch *b[2] = { NULL };
    QpuRange a, up, out, keep[2];
    uint64_t before, now, peak;
    check_begin("engine: memory of a pool goes from batch to batch");
    if (!qpu_batch_open(ctx, &b[0]) && !qpu_batch_begin(b[0])) /* scratch stays with ctx */
        qpu_batch_scratch(b[0], BYTES, &out);
    qpu_batch_close(&b[0]);
    qpu_context_memory(ctx, &before, &peak);
    if (qpu_pool_open(ctx, 4 * BYTES, &pool) ||
        qpu_batch_open(ctx, &b[0]) || qpu_batch_open(ctx, &b[1]) ||
        qpu_pool_alloc(pool, BYTES, &keep[0]) || qpu_pool_alloc(pool, BYTES, &keep[1]))
    {
        check_fail("no memory");
        goto end;
    }
    uint32_t off = 0;
    for (uint32_t i = 0; i < 2; i++) {
        EXPECT(!qpu_pool_alloc(pool, BYTES, &a) && (!i || a.off == off));
        off = a.off;
        EXPECT(!qpu_batch_begin(b[i]) && !counting(b[i], i * WORDS, &up) &&
               !qpu_batch_scratch(b[i], BYTES, &out));
        chain(b[i], &up, &a, &keep[i], i);
        /* the pool will be gone when it is read */
        qpu_batch_copy(b[i], &keep[i], &out);
        qpu_batch_download(b[i], &out);
        EXPECT(!qpu_batch_submit(b[i]));
        qpu_pool_free(pool, &a);
    }
    qpu_pool_close(&pool);
    uint32_t mul = 1, add = 0;
    for (int n = 0; n < 101; n++) {
        mul *= 3;
        add = add * 3 + 1;
    }
    for (uint32_t i = 0; i < 2; i++) {
        EXPECT(!qpu_batch_wait(b[i]));
        if (executes) EXPECT(as_expected(b[i], 0, i * WORDS, mul * 5, add * 5 + i));
    }
    /* the same, read from the pool */
    if (qpu_pool_open(ctx, 4 * BYTES, &pool)) {
        check_fail("no pool");
        goto end;
    }
    EXPECT(!qpu_pool_alloc(pool, BYTES, &a) && !qpu_pool_alloc(pool, BYTES, &keep[0]) &&
           !qpu_pool_alloc(pool, BYTES, &keep[1]));
    for (uint32_t i = 0; i < 2; i++) {
        EXPECT(!qpu_batch_begin(b[i]) && !counting(b[i], i * WORDS, &up));
        chain(b[i], &up, &a, &keep[i], i);
        qpu_batch_download(b[i], &keep[i]);
        EXPECT(!qpu_batch_submit(b[i]));
    }
    for (uint32_t i = 0; i < 2; i++) {
        EXPECT(!qpu_batch_wait(b[i]));
        if (executes) EXPECT(as_expected(b[i], 0, i * WORDS, mul * 5, add * 5 + i));
    }
end:
    qpu_batch_close(&b[0]);
    qpu_batch_close(&b[1]);
    qpu_pool_close(&pool);
    /* all batches are done, so the pool's memory went at once */
    qpu_context_memory(ctx, &now, &peak);
    EXPECT(now == before);
    check_end();
}

/* ---- copies, tables, downloads ---- */

static void copies(QpuContext *const ctx, const int executes) {
    QpuBatch *b = NULL;
    QpuPool *pool = NULL;
    QpuRange up, mid, in_pool, end, half[2];
    check_begin("engine: copies");
    if (qpu_batch_open(ctx, &b) || qpu_pool_open(ctx, 4 * BYTES, &pool) || qpu_batch_begin(b) ||
        counting(b, 7, &up) || qpu_batch_scratch(b, BYTES, &mid) || qpu_batch_scratch(b, BYTES, &end) ||
        qpu_pool_alloc(pool, BYTES, &in_pool))
    {
        check_fail("no memory");
        goto end;
    }
    /* up -> mid -> pool, both halves of the pool exchanged through end */
    qpu_batch_copy(b, &up, &mid);
    step(b, &mid, &mid, 3, 1);
    qpu_batch_copy(b, &mid, &in_pool);
    half[0] = half[1] = in_pool;
    half[0].size = half[1].size = BYTES / 2;
    half[1].off += BYTES / 2;
    QpuRange tail = end, head = end;
    head.size = tail.size = BYTES / 2;
    tail.off += BYTES / 2;
    qpu_batch_copy(b, &half[0], &tail);
    qpu_batch_copy(b, &half[1], &head);
    /* overwrites what was just copied from */
    step(b, &up, &in_pool, 1, 0);
    qpu_batch_copy(b, &in_pool, &mid);
    qpu_batch_copy(b, &end, &in_pool);
    qpu_batch_download(b, &in_pool);
    qpu_batch_download(b, &mid);
    qpu_batch_download(b, &end);
    EXPECT(!qpu_batch_submit(b) && !qpu_batch_wait(b));
    EXPECT(qpu_batch_submit(b) == -EINVAL); /* once a begin */
    for (int d = 0; d < 3 && executes; d++) {
        int cached;
        const uint32_t *const words = qpu_batch_downloaded(b, d, &cached);
        int bad = !words;
        for (uint32_t i = 0; i < WORDS && !bad; i++)
            bad |= words[i] != (d == 1 ? 7 + i : 3 * (7 + (i + WORDS / 2) % WORDS) + 1);
        EXPECT(!bad);
    }

    static const struct { uint32_t src, dst, src_size, dst_size; } refused[] = {
        { 0, 0, 256, 256 }, { 0, 128, 256, 256 }, { 0, 1024, 256, 512 }, { 0, 1024, 0, 0 },
        { BYTES * 4, 0, 256, 256 },
    };
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        const QpuRange whole = qpu_pool_range(pool);
        const QpuRange src = { whole.buf, refused[i].src, refused[i].src_size };
        const QpuRange dst = { whole.buf, refused[i].dst, refused[i].dst_size };
        EXPECT(!qpu_batch_begin(b) && qpu_batch_copy(b, &src, &dst) == -EINVAL &&
               qpu_batch_submit(b) == -EINVAL);
    }
end:
    qpu_batch_close(&b);
    qpu_pool_close(&pool);
    check_end();
}

/* Whether word i of a part of host memory is first + i. */
static int counts_from(const QpuRange *const host, const uint32_t first) {
    int cached;
    const uint32_t *const words = qpu_host_map(host, &cached);
    for (uint32_t i = 0; i < WORDS; i++)
        if (words[i] != first + i) return 0;
    return 1;
}

/* Memory that keeps downloads of several batches, and outlives them. */
static void hosts(QpuContext *const ctx, const int executes) {
    enum { N = 3 };
    QpuBatch *b[2] = { NULL };
    QpuRange host = { 0 }, part[N], other = { 0 }, up;
    uint64_t before, now, peak;
    check_begin("engine: downloads that are kept");
    qpu_context_memory(ctx, &before, &peak);
    if (qpu_host_open(ctx, N * BYTES - 100, &host) || qpu_host_open(ctx, 1, &other) ||
        qpu_batch_open(ctx, &b[0]) || qpu_batch_open(ctx, &b[1]))
    {
        check_fail("no memory");
        goto end;
    }
    EXPECT(host.size == N * BYTES && other.size == 256);
    EXPECT(qpu_host_open(ctx, 0, &up) == -ENOTSUP && !up.buf);
    for (int turn = 0; turn < 2; turn++) {
        for (uint32_t i = 0; i < N; i++) {
            QpuBatch *const x = b[i & 1];
            part[i] = (QpuRange) { host.buf, host.off + i * BYTES, BYTES };
            EXPECT(!qpu_batch_wait(x) && !qpu_batch_begin(x) && !counting(x, i * 1000, &up) &&
                   !qpu_batch_download_to(x, &up, &part[i]) && !qpu_batch_submit(x));
        }
        EXPECT(!qpu_batch_wait(b[0]) && !qpu_batch_wait(b[1]));
        for (int i = 0; i < 2; i++)
            EXPECT(!qpu_batch_begin(b[i]) && !counting(b[i], 99, &up) && !qpu_batch_download(b[i], &up) &&
                   !qpu_batch_submit(b[i]) && !qpu_batch_wait(b[i]));
        for (uint32_t i = 0; i < N; i++) EXPECT(!executes || counts_from(&part[i], i * 1000));
    }
    QpuRange wrong = part[N - 1];
    EXPECT(!qpu_batch_begin(b[0]) && !counting(b[0], 0, &up));
    wrong.off += 256;
    EXPECT(qpu_batch_download_to(b[0], &up, &wrong) == -EINVAL && qpu_batch_submit(b[0]) == -EINVAL);
    EXPECT(!qpu_batch_begin(b[0]) && !counting(b[0], 0, &up));
    EXPECT(qpu_batch_download_to(b[0], &up, &other) == -EINVAL);
    qpu_batch_close(&b[0]);
    qpu_batch_close(&b[1]);
    for (uint32_t i = 0; i < N; i++) EXPECT(!executes || counts_from(&part[i], i * 1000));
end:
    qpu_batch_close(&b[0]);
    qpu_batch_close(&b[1]);
    qpu_host_close(ctx, &host);
    qpu_host_close(ctx, &other);
    qpu_host_close(ctx, &other);
    EXPECT(!host.buf && !host.size);
    qpu_context_memory(ctx, &now, &peak);
    EXPECT(now == before);
    check_end();
}

static void tables(QpuContext *const ctx, const int executes) {
    enum { N = 20 };
    QpuBatch *b = NULL;
    QpuRange table[N] = { 0 }, out[N];
    uint64_t before, now, peak;
    check_begin("engine: tables");
    if (qpu_batch_open(ctx, &b)) {
        check_fail("no batch");
        goto end;
    }
    qpu_context_memory(ctx, &before, &peak);
    uint32_t *const data = malloc(BYTES);
    for (uint32_t t = 0; data && t < N; t++) {
        for (uint32_t i = 0; i < WORDS; i++) data[i] = t * 1000 + i;
        EXPECT(!qpu_context_table(ctx, data, BYTES, &table[t]) && table[t].buf &&
               !table[t].off && table[t].size == BYTES);
    }
    free(data);
    QpuRange small, nothing = { 0 };
    EXPECT(!qpu_context_table(ctx, "x", 1, &small) && small.size == 256);
    EXPECT(qpu_context_table(ctx, "x", 0, &nothing) == -EINVAL && !nothing.buf);
    qpu_context_table_free(ctx, &nothing);
    /* the small one is left to the context */

    EXPECT(!qpu_batch_begin(b));
    for (int t = 0; t < N; t++) EXPECT(!qpu_batch_scratch(b, BYTES, &out[t]));
    for (int t = 0; t < N; t++) step(b, &table[t], &out[t], 2, 1);
    for (int t = 0; t < 16; t++) qpu_batch_download(b, &out[t + 4]);
    EXPECT(!qpu_batch_submit(b));
    for (int t = 0; t < N; t++) {
        qpu_context_table_free(ctx, &table[t]);
        EXPECT(!table[t].buf);
        qpu_context_table_free(ctx, &table[t]);
    }
    EXPECT(!qpu_batch_wait(b));
    for (uint32_t t = 0; executes && t < 16; t++)
        EXPECT(as_expected(b, (int) t, (t + 4) * 1000, 2, 1));

    EXPECT(!qpu_batch_begin(b) && !qpu_batch_scratch(b, BYTES, &out[0]));
    for (int d = 0; d < QPU_MAX_DOWNLOADS; d++) EXPECT(!qpu_batch_download(b, &out[0]));
    EXPECT(qpu_batch_download(b, &out[0]) == -ENOSPC && qpu_batch_submit(b) == -ENOSPC);
end:
    qpu_batch_close(&b);
    qpu_context_memory(ctx, &now, &peak);
    EXPECT(now <= before + 4 * BYTES * N); /* the small table, and scratch memory */
    check_end();
}

/* ---- scratch ---- */

static void scratch(QpuContext *const ctx, const int executes) {
    enum { N = 4, SIZE = 4 << 20 };
    QpuBatch *b[N] = { NULL };
    QpuRange up, a[N], c;
    uint64_t before, now, peak;
    check_begin("engine: scratch memory of batches in flight");
    for (int i = 0; i < N; i++)
        if (qpu_batch_open(ctx, &b[i])) {
            check_fail("no batch");
            goto end;
        }
    /* a lone batch that needs more and more: each time once again in several
     * chunks, then in one */
    for (uint32_t n = 1; n <= 3; n++) {
        EXPECT(!qpu_batch_begin(b[0]));
        for (uint32_t i = 0; i < n * 20; i++)
            EXPECT(!qpu_batch_scratch(b[0], SIZE / 64 * n, &c) && c.buf && c.size == SIZE / 64 * n);
        EXPECT(!qpu_batch_submit(b[0]) && !qpu_batch_wait(b[0]));
    }
    EXPECT(!qpu_batch_begin(b[0]));
    for (int i = 0; i < 60; i++) {
        EXPECT(!qpu_batch_scratch(b[0], SIZE / 64 * 3, &c));
        if (!i) a[0] = c;
        else EXPECT(c.buf == a[0].buf);
    }
    EXPECT(!qpu_batch_begin(b[0]));

    /* the others have the very same, and don't disturb each other */
    qpu_context_memory(ctx, &before, &peak);
    for (uint32_t i = 0; i < N; i++) {
        EXPECT(!qpu_batch_begin(b[i]) && !counting(b[i], i, &up) &&
               !qpu_batch_scratch(b[i], BYTES, &a[i]) && !qpu_batch_scratch(b[i], BYTES, &c));
        EXPECT(a[i].buf == a[0].buf && a[i].off == a[0].off);
        step(b[i], &up, &a[i], 1, 0);
        for (int n = 0; n < 40; n++) {
            qpu_batch_barrier(b[i]);
            step(b[i], n & 1 ? &c : &a[i], n & 1 ? &a[i] : &c, 3, i);
        }
        qpu_batch_download(b[i], &a[i]);
    }
    qpu_context_memory(ctx, &now, &peak);
    EXPECT(now - before <= 4 * N << 20); /* upload and download, no scratch */
    for (int i = 0; i < N; i++) EXPECT(!qpu_batch_submit(b[i]));

    if (executes)
        for (uint32_t i = 0; i < N; i++) {
            uint32_t mul = 1, add = 0;
            for (int n = 0; n < 40; n++) {
                mul *= 3;
                add = add * 3 + i;
            }
            EXPECT(!qpu_batch_wait(b[i]) && as_expected(b[i], 0, i, mul, add));
        }
end:
    for (int i = 0; i < N; i++) qpu_batch_close(&b[i]);
    check_end();
}

/* A chunk grows while others are in flight with the old one. */
static void scratch_grows(QpuContext *const ctx, const int executes) {
    enum { N = 6 };
    QpuBatch *b[N] = { NULL };
    QpuRange up, a, big;
    check_begin("engine: scratch memory grows under batches in flight");
    for (uint32_t i = 0; i < N; i++) {
        EXPECT(!qpu_batch_open(ctx, &b[i]) && !qpu_batch_begin(b[i]) && !counting(b[i], i, &up) &&
               !qpu_batch_scratch(b[i], 3U << (20 + i % 3), &big) && !qpu_batch_scratch(b[i], BYTES, &a));
        step(b[i], &up, &a, 9, i);
        qpu_batch_download(b[i], &a);
        EXPECT(!qpu_batch_submit(b[i]));
    }
    for (uint32_t i = 0; i < N; i++)
        EXPECT(!qpu_batch_wait(b[i]) && (!executes || as_expected(b[i], 0, i, 9, i)));
    for (int i = 0; i < N; i++) qpu_batch_close(&b[i]);
    check_end();
}

/* ---- many of everything ---- */

/* A frame that is scheduled level by level: thousands of launches, the stage
 * changing all the time; the same bindings, or each time others. */
static void many(QpuContext *const ctx, const int executes, const int same) {
    enum { N = 4000 };
    QpuBatch *b = NULL;
    QpuRange up, a, c;
    check_begin("engine: %d launches%s", N, same ? " with few bindings" : "");
    /* twice: the second time all has its size */
    for (int turn = 0; turn < 2; turn++) {
        if (!b && qpu_batch_open(ctx, &b)) {
            check_fail("no batch");
            break;
        }
        EXPECT(!qpu_batch_begin(b) && !counting(b, 5, &up) &&
               !qpu_batch_scratch(b, BYTES, &a) && !qpu_batch_scratch(b, BYTES + N * 256, &c));
        c.size = BYTES;
        step(b, &up, &a, 1, 0);
        uint32_t mul = 1, add = 0;
        for (uint32_t i = 0; i < N; i++) {
            qpu_batch_barrier(b);
            qpu_batch_barrier(b);
            qpu_batch_stage(b, (enum QpuStage) (i / 2 % QPU_N_STAGES));
            const struct Push push = { .n = WORDS, .mul = 3, .add = i };
            const QpuRange bind[] = { i & 1 ? c : a, i & 1 ? a : c };
            EXPECT(!qpu_batch_dispatch(b, &qpu_k_test_engine, bind, 2, &push, sizeof(push),
                                       WORDS / 64, 1, 1));
            if (i & 1 && !same) c.off += 256;
            mul *= 3;
            add = add * 3 + i;
        }
        qpu_batch_download(b, &a);
        EXPECT(!qpu_batch_submit(b) && !qpu_batch_wait(b));
        if (executes) EXPECT(as_expected(b, 0, 5, mul, add));
        QpuBatchStats st;
        qpu_batch_stats(b, &st);
        EXPECT(st.dispatches == N + 1 && st.download_bytes == BYTES && st.upload_bytes == BYTES);
        uint32_t sum = 0;
        for (int s = 0; s < QPU_N_STAGES; s++) {
            sum += st.stage[s].dispatches;
            EXPECT(st.stage[s].dispatches >= N / QPU_N_STAGES &&
                   st.stage[s].groups == st.stage[s].dispatches * (uint64_t) (WORDS / 64));
        }
        EXPECT(sum == N + 1);
    }
    qpu_batch_close(&b);
    check_end();
}

/* Uploads of many sizes, each as it was written. */
static void uploads(QpuContext *const ctx, const int executes) {
    enum { N = 600 };
    QpuBatch *b = NULL;
    QpuRange r[N], sum;
    check_begin("engine: many uploads");
    for (int turn = 0; turn < 2; turn++) {
        if (!b && qpu_batch_open(ctx, &b)) {
            check_fail("no batch");
            break;
        }
        EXPECT(!qpu_batch_begin(b) && !qpu_batch_scratch(b, N * 256, &sum));
        for (uint32_t i = 0; i < N; i++) {
            uint32_t *const words = qpu_batch_upload(b, (size_t) check_range(1, 200) * 1000 + 256, &r[i]);
            if (!words) {
                check_fail("no memory for upload %u", i);
                goto end;
            }
            for (uint32_t n = 0; n < 64; n++) words[n] = i * 64 + n;
            if (i % 3) continue;
            const uint32_t size = r[i].size;
            if (i % 2) qpu_batch_trim(b, &r[i], 1 + (size_t) check_range(0, 255));
            else qpu_batch_trim(b, &r[i], size);
            EXPECT(r[i].size == (i % 2 ? 256 : size));
            if (i) qpu_batch_trim(b, &r[i - 1], 256); /* not the last one */
            EXPECT(!i || i % 2 == 0 || r[i - 1].size > 256);
        }
        for (uint32_t i = 0; i < N; i++) {
            const QpuRange src = { r[i].buf, r[i].off, 256 }, dst = { sum.buf, sum.off + i * 256, 256 };
            step(b, &src, &dst, 1, 0);
        }
        qpu_batch_download(b, &sum);
        EXPECT(!qpu_batch_submit(b) && !qpu_batch_wait(b));
        if (executes) EXPECT(as_expected(b, 0, 0, 1, 0));
    }
end:
    qpu_batch_close(&b);
    check_end();
}

/* What is given back of an upload is kept for the next frame's: nothing is
 * allocated anew then. */
static void trims(QpuContext *const ctx) {
    QpuBatch *b = NULL;
    QpuRange r;
    uint64_t begun, now, peak;
    check_begin("engine: uploads that are cut short");
    if (qpu_batch_open(ctx, &b)) check_fail("no batch");
    for (int frame = 0; b && frame < 6; frame++) {
        EXPECT(!qpu_batch_begin(b));
        qpu_context_memory(ctx, &begun, &peak);
        for (int i = 0; i < 4; i++) {
            EXPECT(qpu_batch_upload(b, 3U << 20, &r));
            qpu_batch_trim(b, &r, 1000);
        }
        qpu_context_memory(ctx, &now, &peak);
        EXPECT(frame < 2 || now == begun);
        EXPECT(!qpu_batch_submit(b) && !qpu_batch_wait(b));
    }
    qpu_batch_close(&b);
    check_end();
}

/* ---- threads ---- */

struct Worker {
    pthread_t thread;
    QpuContext *ctx;
    QpuPool *pool;
    uint32_t id;
    int executes, frames, res;
};

/* A decoder's thread: frames into a pool, each made from the one before. */
static void *work(void *const arg) {
    struct Worker *const w = arg;
    QpuBatch *b[2] = { NULL };
    QpuRange ref = { 0 }, cur, up, tmp, table;
    uint32_t mul = 1, add = 0;
    int res;
    const uint32_t word = w->id;
    if ((res = qpu_batch_open(w->ctx, &b[0])) || (res = qpu_batch_open(w->ctx, &b[1])) ||
        (res = qpu_context_table(w->ctx, &word, sizeof(word), &table))) goto end;
    for (int i = 0; i < w->frames && !res; i++) {
        QpuBatch *const x = b[i & 1];
        if ((res = qpu_batch_wait(x)) || (res = qpu_batch_begin(x)) ||
            (res = counting(x, w->id, &up)) ||
            (res = qpu_batch_scratch(x, BYTES << (i & 3), &tmp)) ||
            (res = qpu_pool_alloc(w->pool, BYTES, &cur))) break;
        tmp.size = BYTES;
        step(x, ref.buf ? &ref : &up, &tmp, 3, w->id);
        qpu_batch_barrier(x);
        step(x, &tmp, &cur, 5, (uint32_t) i);
        mul *= 15;
        add = (add * 3 + w->id) * 5 + (uint32_t) i;
        if (i == w->frames - 1) qpu_batch_download(x, &cur);
        res = qpu_batch_submit(x);
        if (ref.buf) qpu_pool_free(w->pool, &ref);
        ref = cur;
    }
    QpuBatch *const last = b[(w->frames - 1) & 1];
    if (!res) res = qpu_batch_wait(last);
    if (!res && w->executes && !as_expected(last, 0, w->id, mul, add)) res = -EIO;
    if (ref.buf) qpu_pool_free(w->pool, &ref);
    qpu_context_table_free(w->ctx, &table);
end:
    qpu_batch_close(&b[0]);
    qpu_batch_close(&b[1]);
    w->res = res;
    return NULL;
}

static void threads(QpuContext *const ctx, const int executes) {
    enum { N = 4 };
    struct Worker w[N];
    QpuPool *pool;
    QpuRange whole;
    check_begin("engine: %d threads", N);
    if (qpu_pool_open(ctx, 2 * N * BYTES, &pool)) {
        check_fail("no pool");
        goto end;
    }
    int n = 0;
    for (; n < N; n++) {
        w[n] = (struct Worker) {
            .ctx = ctx, .pool = pool, .id = (uint32_t) n + 1,
            .executes = executes, .frames = check_quick ? 50 : 300,
        };
        if (pthread_create(&w[n].thread, NULL, work, &w[n])) break;
    }
    EXPECT(n == N);
    while (n--) {
        pthread_join(w[n].thread, NULL);
        if (w[n].res) check_fail("thread %d: %s", n, strerror(-w[n].res));
    }
    EXPECT(!qpu_pool_alloc(pool, 2 * N * BYTES, &whole)); /* all given back */
    qpu_pool_close(&pool);
end:
    check_end();
}

static void all(QpuContext *const ctx, const int executes) {
    pool_parts(ctx);
    pool_random(ctx);
    pool_reuse(ctx, executes);
    copies(ctx, executes);
    hosts(ctx, executes);
    tables(ctx, executes);
    scratch(ctx, executes);
    scratch_grows(ctx, executes);
    many(ctx, executes, 0);
    many(ctx, executes, 1);
    uploads(ctx, executes);
    trims(ctx);
    threads(ctx, executes);
}

static void null_device(void) {
    QpuContext *ctx;
    char why[256], *list = NULL;
    const QpuContextParams params = { .device = "null", .timestamps = 1 };
    check_begin("engine: the null device");
    if (qpu_context_open(&ctx, &params, why, sizeof(why))) {
        check_fail("%s", why);
        check_end();
        return;
    }
    const QpuDeviceInfo *const info = qpu_context_info(ctx);
    EXPECT(!strcmp(info->name, "null") && !strcmp(info->driver, "none") && !info->timestamps);
    EXPECT(qpu_context_max_range(ctx) == 0xffffff00 && !qpu_context_lost(ctx));
    EXPECT(qpu_device_list(&list) > 0 && list && !strstr(list, "null"));
    free(list);
    check_end();
    all(ctx, 0);
    check_begin("engine: the null device's memory");
    uint64_t now, peak;
    qpu_context_memory(ctx, &now, &peak);
    EXPECT(peak > now);
    check_end();
    qpu_context_close(&ctx);
}

/* The same device once more, with timestamps. */
static void timed(void) {
    QpuContext *ctx;
    char why[256];
    const QpuContextParams params = {
        .device = qpu_context_info(check_ctx)->name,
        .allow_cpu = 1,
        .timestamps = 1,
        .pipeline_cache = "",
    };
    if (qpu_context_open(&ctx, &params, why, sizeof(why))) {
        check_begin("engine: a second context");
        check_fail("%s", why);
        check_end();
        return;
    }
    const int executes = strcmp(qpu_context_info(ctx)->name, "null") != 0;
    many(ctx, executes, 0);
    many(ctx, executes, 1);
    qpu_context_close(&ctx);
}

void checkqpu_engine(void) {
    const uint32_t max = qpu_context_max_range(check_ctx);
    check_begin("engine: max_range");
    EXPECT(max >= 1U << 27 && !(max & 255)); /* what Vulkan guarantees */
    check_end();
    all(check_ctx, strcmp(qpu_context_info(check_ctx)->name, "null") != 0);
    timed();
    null_device();
}
