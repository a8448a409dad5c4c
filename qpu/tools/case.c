/* A benchmark's case: its frames and input in device memory, running it, looking at
 * what comes out. */

#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "session/stats.h"

static int iclip(const int v, const int lo, const int hi) {
    return v < lo ? lo : v > hi ? hi : v;
}

/* Areas of 16x16, each of its own kind: flat, a slope, some noise, a texture. */
static void fill_natural(uint8_t *const px, const ptrdiff_t stride, const int w, const int h,
                         const int bpc)
{
    const int max = (1 << bpc) - 1, one = 1 << (bpc - 8);
    int base = check_range(0, max);
    for (int y0 = 0; y0 < h; y0 += 16)
        for (int x0 = 0; x0 < w; x0 += 16) {
            const int kind = check_range(0, 15);
            const int noise = kind < 6 ? 0 : kind < 10 ? one : kind < 14 ? 4 * one : 24 * one;
            const int dx = kind & 1 ? check_range(-3, 3) * one : 0;
            const int dy = kind & 2 ? check_range(-3, 3) * one : 0;
            base = check_range(0, 7) ? iclip(base + check_range(-20, 20) * one, 0, max) : check_range(0, max);
            for (int y = y0; y < h && y < y0 + 16; y++)
                for (int x = x0; x < w && x < x0 + 16; x++) {
                    const int grain = noise ? check_range(-noise, noise) : 0;
                    const int v = iclip(base + dx * (x - x0) + dy * (y - y0) + grain, 0, max);
                    if (bpc == 8) px[y * stride + x] = (uint8_t) v;
                    else ((uint16_t *) (px + y * stride))[x] = (uint16_t) v;
                }
        }
}

static void fill(uint8_t *const bytes, const QpuFrame *const f, const enum BenchData data) {
    const uint32_t one = f->bpc == 8 ? 0x01010101 : 0x00010001, max = (1U << f->bpc) - 1;
    uint32_t *const words = (uint32_t *) bytes;
    for (uint32_t i = 0; i < f->range.size / 4; i++) {
        const uint32_t v = check_rand();
        words[i] = data == BENCH_EXTREME ? (v & one) * max : v & one * max;
    }
    if (data != BENCH_NATURAL) return;
    ptrdiff_t stride;
    uint8_t *const px = check_plane(f, 0, bytes, &stride);
    fill_natural(px, stride, f->plane[0].w, f->plane[0].h, f->bpc);
}

static uint8_t *new_bytes(const size_t size) {
    uint8_t *p;
    if (posix_memalign((void **) &p, 64, size + 2 * BENCH_SLACK)) return NULL;
    memset(p, 0, BENCH_SLACK);
    memset(p + BENCH_SLACK + size, 0, BENCH_SLACK);
    return p + BENCH_SLACK;
}

static void free_bytes(uint8_t *const p) {
    if (p) free(p - BENCH_SLACK);
}

int bench_frame(BenchCase *const c, const int w, const int h, const int bpc) {
    if (c->n_frames == BENCH_MAX_FRAMES) return -ENOSPC;
    QpuFrame *const f = &c->frame[c->n_frames];
    const int res = qpu_frame_layout(c->ctx, f, w, h, bpc, 1, 0, 0);
    if (res) return res;
    uint8_t *const bytes = new_bytes(f->range.size);
    if (!bytes) return -ENOMEM;
    fill(bytes, f, c->data);
    c->pixels[c->n_frames++] = bytes;
    return 0;
}

uint8_t *bench_pixels(const BenchCase *const c, const int frame, ptrdiff_t *const stride) {
    return check_plane(&c->frame[frame], 0, c->pixels[frame], stride);
}

uint8_t *bench_out(const BenchCase *const c, uint8_t *const out, ptrdiff_t *const stride) {
    return check_plane(&c->frame[0], 0, out, stride);
}

int bench_input(BenchCase *const c, const int i, const void *const data, const size_t size) {
    return size ? qpu_context_table(c->ctx, data, size, &c->input[i]) : 0;
}

/* Parts of a pool for all frames, and their content. */
static int upload(BenchCase *const c) {
    uint64_t total = 0;
    for (int i = 0; i < c->n_frames; i++)
        total += (c->frame[i].range.size + 255) & ~255U;
    if (total > UINT32_MAX - 255) return -ENOTSUP;
    QpuBatch *b = NULL;
    QpuRange table[BENCH_MAX_FRAMES] = { { 0 } };
    int res = qpu_pool_open(c->ctx, (uint32_t) total, &c->pool);
    if (!res) res = qpu_batch_open(c->ctx, &b);
    if (!res) res = qpu_batch_begin(b);
    for (int i = 0; i < c->n_frames && !res; i++) {
        QpuFrame *const f = &c->frame[i];
        QpuRange part;
        res = qpu_pool_alloc(c->pool, f->range.size, &part);
        if (!res) res = qpu_context_table(c->ctx, c->pixels[i], f->range.size, &table[i]);
        if (res) break;
        part.size = table[i].size;
        f->range = part;
        res = qpu_batch_copy(b, &table[i], &part);
    }
    if (!res) res = qpu_batch_submit(b);
    if (!res) res = qpu_batch_wait(b);
    qpu_batch_close(&b);
    c->pristine = table[0];
    for (int i = 1; i < c->n_frames; i++)
        qpu_context_table_free(c->ctx, &table[i]);
    return res;
}

BenchCase *bench_open(QpuContext *const ctx, const Bench *const bench, const int w, const int h,
                      const int bpc, const enum BenchData data, int *const res)
{
    BenchCase *c = calloc(1, sizeof(*c));
    *res = -ENOMEM;
    if (!c) return NULL;
    c->ctx = ctx;
    c->bench = bench;
    c->w = w;
    c->h = h;
    c->bpc = bpc;
    c->data = data;
    *res = bench->make(c);
    if (!*res) *res = upload(c);
    if (*res) bench_close(&c);
    return c;
}

void bench_close(BenchCase **const pc) {
    BenchCase *const c = *pc;
    if (!c) return;
    *pc = NULL;
    for (int i = 0; i < c->n_frames; i++)
        free_bytes(c->pixels[i]);
    for (int i = 0; i < BENCH_MAX_INPUTS; i++)
        qpu_context_table_free(c->ctx, &c->input[i]);
    qpu_context_table_free(c->ctx, &c->pristine);
    if (c->pool) qpu_pool_close(&c->pool);
    if (c->own) (c->free_own ? c->free_own : free)(c->own);
    free(c);
}

uint8_t *bench_new_out(const BenchCase *const c) {
    uint8_t *const out = new_bytes(c->frame[0].range.size);
    if (out) bench_reset_out(c, out);
    return out;
}

void bench_reset_out(const BenchCase *const c, uint8_t *const out) {
    memcpy(out, c->pixels[0], c->frame[0].range.size);
}

void bench_free_out(uint8_t *const out) {
    free_bytes(out);
}

int bench_run(const BenchCase *const c, QpuBatch *const b, const int n, BenchRun *const run,
              uint8_t *const out)
{
    /* copies count as another stage's, so that the launches' time is their own */
    const enum QpuStage stage = c->bench->stage, other = stage == QPU_STAGE_FG ? QPU_STAGE_MC : QPU_STAGE_FG;
    int res = qpu_batch_begin(b);
    for (int i = 0; i < n && !res; i++) {
        if (!i || c->bench->in_place) {
            qpu_batch_stage(b, other);
            res = qpu_batch_copy(b, &c->pristine, &c->frame[0].range);
        }
        if (!res) {
            qpu_batch_stage(b, stage);
            res = c->bench->launch(c, b);
            qpu_batch_barrier(b);
        }
    }
    if (!res && out) res = qpu_batch_download(b, &c->frame[0].range);
    const uint64_t start = qpu_now_ns();
    if (!res) res = qpu_batch_submit(b);
    if (!res) res = qpu_batch_wait(b);
    if (res) return res;
    run->wall = qpu_now_ns() - start;
    QpuBatchStats stats;
    qpu_batch_stats(b, &stats);
    run->ns = stats.stage[stage].gpu_ns;
    run->dispatches = stats.dispatches / (uint32_t) n;
    if (out) {
        int cached;
        memcpy(out, qpu_batch_downloaded(b, 0, &cached), c->frame[0].range.size);
    }
    return 0;
}

int bench_compare(const BenchCase *const c, uint8_t *const got, uint8_t *const wanted, BenchDiff *const diff) {
    ptrdiff_t stride;
    const int bytes = c->frame[0].bpc == 8 ? 1 : 2;
    const uint8_t *g = bench_out(c, got, &stride), *w = bench_out(c, wanted, &stride);
    for (int y = 0; y < c->frame[0].plane[0].h; y++, g += stride, w += stride) {
        if (!memcmp(g, w, (size_t) (c->frame[0].plane[0].w * bytes))) continue;
        int x = 0;
        while (!memcmp(g + x * bytes, w + x * bytes, (size_t) bytes)) x++;
        *diff = (BenchDiff) { .x = x, .y = y };
        memcpy(&diff->got, g + x * bytes, (size_t) bytes);
        memcpy(&diff->wanted, w + x * bytes, (size_t) bytes);
        return 1;
    }
    return 0;
}

int bench_copies(const BenchCase *const c, QpuBatch *const b, const int n, uint64_t *const wall) {
    int res = qpu_batch_begin(b);
    for (int i = 0; i < n && !res; i++)
        res = qpu_batch_copy(b, &c->pristine, &c->frame[0].range);
    const uint64_t start = qpu_now_ns();
    if (!res) res = qpu_batch_submit(b);
    if (!res) res = qpu_batch_wait(b);
    *wall = qpu_now_ns() - start;
    return res;
}

static const char *kernel_of(QpuContext *const ctx, const VkPipeline pipeline) {
    const char *name = NULL;
    pthread_mutex_lock(&ctx->pipeline_lock);
    for (uint32_t i = 0; i < ctx->n_pipelines && !name; i++)
        if (ctx->pipelines[i].pipeline == pipeline) name = ctx->pipelines[i].kernel->name;
    pthread_mutex_unlock(&ctx->pipeline_lock);
    return name;
}

int bench_kernels(const QpuBatch *const b, const char **const names, const int max) {
    int n = 0;
    for (uint32_t i = 0; i < b->n_ops; i++) {
        if (b->ops[i].type != QPU_OP_DISPATCH) continue;
        const char *const name = kernel_of(b->ctx, b->ops[i].dispatch.pipeline);
        int k = 0;
        while (k < n && names[k] != name) k++;
        if (name && k == n && n < max) names[n++] = name;
    }
    return n;
}
