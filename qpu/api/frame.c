/* Frames: where their pixels are, here and on the device, and the copies between. */

#include <errno.h>
#include <linux/dma-buf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <unistd.h>

#include "api.h"

#define MIN_POOL    (32U << 20)
#define POOL_FRAMES 8
/* What callers' memory is a multiple of; see struct DaedalusPlanes. */
#define MEMORY_MULT  16
#define MEMORY_ALIGN 16

static int layout_of(DaedalusContext *const ctx, const DaedalusFormat *const f, QpuFrame *const q) {
    static const int8_t ss[][3] = { /* planes, subsampling */
        [DAEDALUS_400] = { 1, 0, 0 }, [DAEDALUS_420] = { 3, 1, 1 }, [DAEDALUS_422] = { 3, 1, 0 },
        [DAEDALUS_440] = { 3, 0, 1 }, [DAEDALUS_444] = { 3, 0, 0 },
    };
    if (f->size != sizeof(*f) || (unsigned) f->layout > DAEDALUS_444 || f->width < 1 || f->height < 1 ||
        (f->depth != 8 && f->depth != 10 && f->depth != 12))
    {
        return -EINVAL;
    }
    const int8_t *const s = ss[f->layout];
    return qpu_frame_layout(ctx->qpu, q, f->width, f->height, f->depth, s[0], s[1], s[2]);
}

static void planes_at(const QpuFrame *const q, uint8_t *const mem, DaedalusPlanes *const out) {
    memset(out, 0, sizeof(*out));
    for (int i = 0; i < q->n_planes; i++) {
        out->data[i] = mem + (size_t) q->plane[i].org * 4;
        out->stride[i] = (ptrdiff_t) q->plane[i].stride * 4;
    }
}

int daedalus_frame_memory(DaedalusContext *const ctx, const DaedalusFormat *const format, DaedalusMemory *const out) {
    QpuFrame q;
    const int res = layout_of(ctx, format, &q);
    if (res) return res;
    memset(out, 0, sizeof(*out));
    out->bytes = q.range.size;
    for (int i = 0; i < q.n_planes; i++) {
        out->offset[i] = (size_t) q.plane[i].org * 4;
        out->stride[i] = (size_t) q.plane[i].stride * 4;
    }
    return 0;
}

int frame_same_format(const DaedalusFrame *const a, const DaedalusFrame *const b) {
    return qpu_frame_same_layout(&a->q, &b->q);
}

/* ---- life ---- */

static int frame_new(DaedalusContext *const ctx, const DaedalusFormat *const format, DaedalusFrame **const out) {
    *out = NULL;
    DaedalusFrame *const f = calloc(1, sizeof(*f));
    if (!f) return -ENOMEM;
    const int res = layout_of(ctx, format, &f->q);
    if (res) {
        free(f);
        return res;
    }
    f->ctx = ctx;
    f->refs = 1;
    f->fd = -1;
    *out = f;
    return 0;
}

int daedalus_frame_alloc(DaedalusContext *const ctx, const DaedalusFormat *const format, DaedalusFrame **const out) {
    const int res = frame_new(ctx, format, out);
    if (!res) (*out)->host_ok = 1; /* undefined, but there */
    return res;
}

int daedalus_frame_wrap(DaedalusContext *const ctx, const DaedalusFormat *const format,
                        const DaedalusPlanes *const planes, DaedalusFrame **const out)
{
    const int res = frame_new(ctx, format, out);
    if (res) return res;
    DaedalusFrame *const f = *out;
    const int cols = (format->width + MEMORY_MULT - 1) & -MEMORY_MULT;
    for (int i = 0; i < f->q.n_planes; i++) {
        const ptrdiff_t least = (cols >> (i ? f->q.ss_hor : 0)) * frame_pixel_size(f);
        const ptrdiff_t stride = planes->stride[i];
        if (!planes->data[i] || ((uintptr_t) planes->data[i] | (uintptr_t) stride) & (MEMORY_ALIGN - 1) ||
            stride < least)
        {
            daedalus_frame_free(out);
            return -EINVAL;
        }
    }
    f->host = *planes;
    f->wrapped = f->host_ok = 1;
    return 0;
}

int daedalus_frame_import(DaedalusContext *const ctx, const DaedalusFormat *const format, const int fd,
                          DaedalusFrame **const out)
{
    int res = frame_new(ctx, format, out);
    if (res) return res;
    DaedalusFrame *const f = *out;
    const off_t size = lseek(fd, 0, SEEK_END);
    if (size < 0) {
        res = -errno;
        goto error;
    }
    if (size < (off_t) f->q.range.size) {
        res = -EINVAL;
        goto error;
    }
    if ((f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0) {
        res = -errno;
        goto error;
    }
    f->map = mmap(NULL, (size_t) size, PROT_READ | PROT_WRITE, MAP_SHARED, f->fd, 0);
    if (f->map == MAP_FAILED) {
        f->map = NULL;
        res = -errno;
        goto error;
    }
    f->map_size = (size_t) size;
    planes_at(&f->q, f->map, &f->host);
    f->host_ok = 1;
    if (context_usable(ctx) &&
        !qpu_import_open(ctx->qpu, f->fd, f->q.range.size, &f->q.range))
    {
        f->direct = f->dev_ok = 1;
    } else {
        f->wrapped = 1;
    }
    return 0;

error:
    daedalus_frame_free(out);
    return res;
}

int daedalus_frame_is_direct(const DaedalusFrame *const f) {
    return f->direct;
}

void frame_unref(DaedalusFrame *const f) {
    if (--f->refs) return;
    if (f->pool) qpu_pool_free(f->pool, &f->q.range);
    else if (f->q.range.buf) qpu_host_close(f->ctx->qpu, &f->q.range);
    qpu_host_close(f->ctx->qpu, &f->shadow);
    if (f->map) munmap(f->map, f->map_size);
    if (f->fd >= 0) close(f->fd);
    free(f);
}

void daedalus_frame_free(DaedalusFrame **const frame) {
    DaedalusFrame *const f = *frame;
    if (!f) return;
    *frame = NULL;
    DaedalusContext *const ctx = f->ctx;
    pthread_mutex_lock(&ctx->lock);
    frame_unref(f);
    pthread_mutex_unlock(&ctx->lock);
}

/* ---- copies ---- */

/* What kernels look at of each plane. */
static void copy_planes(const DaedalusFrame *const f, const DaedalusPlanes *const from, const DaedalusPlanes *const to) {
    for (int i = 0; i < f->q.n_planes; i++) {
        const size_t bytes = (size_t) frame_cols(f, i) * (size_t) frame_pixel_size(f);
        const uint8_t *src = from->data[i];
        uint8_t *dst = to->data[i];
        for (int y = 0; y < frame_rows(f, i); y++, src += from->stride[i], dst += to->stride[i])
            memcpy(dst, src, bytes);
    }
}

static void sync_cpu(const DaedalusFrame *const f, const uint64_t flags) {
    struct dma_buf_sync sync = { .flags = flags | DMA_BUF_SYNC_RW };
    /* other kinds of files (memfd) have no such request, nor the need */
    if (f->fd >= 0) while (ioctl(f->fd, DMA_BUF_IOCTL_SYNC, &sync) < 0 && (errno == EINTR || errno == EAGAIN));
}

void frame_begin_cpu(const DaedalusFrame *const f) {
    sync_cpu(f, DMA_BUF_SYNC_START);
}

void frame_end_cpu(const DaedalusFrame *const f) {
    sync_cpu(f, DMA_BUF_SYNC_END);
}

static int alloc_range(DaedalusFrame *const f) {
    DaedalusContext *const ctx = f->ctx;
    const uint32_t size = f->q.range.size;
    for (int i = 0; i < ctx->n_pools; i++)
        if (!qpu_pool_alloc(ctx->pool[i], size, &f->q.range)) {
            f->pool = ctx->pool[i];
            return 0;
        }
    f->q.range.size = size; /* a range that isn't there is cleared */
    if (ctx->n_pools == MAX_POOLS) return -ENOMEM;
    uint64_t want = (uint64_t) size * POOL_FRAMES;
    if (want < MIN_POOL) want = MIN_POOL;
    if (want > qpu_context_max_range(ctx->qpu)) want = qpu_context_max_range(ctx->qpu);
    QpuPool *pool;
    int res = qpu_pool_open(ctx->qpu, (uint32_t) want, &pool);
    if (res) return res;
    ctx->pool[ctx->n_pools++] = pool;
    res = qpu_pool_alloc(pool, size, &f->q.range);
    if (!res) f->pool = pool;
    f->q.range.size = size;
    return res;
}

int frame_to_device(DaedalusFrame *const f, QpuBatch *const b, const int read) {
    int res;
    if (!f->q.range.buf && (res = alloc_range(f))) return res;
    if (f->now.ok) return 0;
    f->now.ok = 1;
    f->now.extended = 0;
    if (!read) return 0;
    if (!f->host_ok) return -EIO;
    if (!f->host.data[0]) return 0; /* undefined as it is */
    QpuRange up;
    uint8_t *const mem = qpu_batch_upload(b, f->q.range.size, &up);
    if (!mem) return -ENOMEM;
    DaedalusPlanes to;
    planes_at(&f->q, mem, &to);
    frame_begin_cpu(f);
    copy_planes(f, &f->host, &to);
    frame_end_cpu(f);
    up.size = f->q.range.size;
    return qpu_batch_copy(b, &up, &f->q.range);
}

/* Memory of the library's own for a frame, with what the device has in it. */
static int download(DaedalusFrame *const f) {
    DaedalusContext *const ctx = f->ctx;
    int res;
    if (!ctx->copies && (res = qpu_batch_open(ctx->qpu, &ctx->copies))) return res;
    if ((res = qpu_batch_begin(ctx->copies)) ||
        (res = qpu_batch_download_to(ctx->copies, &f->q.range, &f->shadow)) ||
        (res = qpu_batch_submit(ctx->copies))) return res;
    return qpu_batch_wait(ctx->copies);
}

int frame_to_host(DaedalusFrame *const f, const int read) {
    int res, cached;
    if (!f->host.data[0]) {
        if ((res = qpu_host_open(f->ctx->qpu, f->q.range.size, &f->shadow))) return res;
        planes_at(&f->q, qpu_host_map(&f->shadow, &cached), &f->host);
    }
    if (f->host_ok || !read) return 0;
    if (!f->dev_ok || qpu_context_lost(f->ctx->qpu)) return -EIO;
    if ((res = download(f))) {
        context_check_lost(f->ctx);
        return qpu_context_lost(f->ctx->qpu) ? -EIO : res;
    }
    f->host_ok = 1;
    return 0;
}

void frame_take(DaedalusFrame *const f, const QpuRange *const host) {
    DaedalusPlanes from;
    int cached;
    planes_at(&f->q, qpu_host_map(host, &cached), &from);
    frame_begin_cpu(f);
    copy_planes(f, &from, &f->host);
    frame_end_cpu(f);
}

/* ---- the caller's access ---- */

int daedalus_map(DaedalusFrame *const f, const int how, DaedalusPlanes *const out) {
    if (!how || how & ~(DAEDALUS_READ | DAEDALUS_WRITE)) return -EINVAL;
    pthread_mutex_lock(&f->ctx->lock);
    int res = f->mapped ? -EBUSY : 0;
    if (!res) {
        batches_finish(f->ctx, NULL);
        res = frame_to_host(f, how & DAEDALUS_READ);
    }
    if (!res) {
        if (how & DAEDALUS_WRITE) {
            f->host_ok = 1;
            f->dev_ok = f->direct;
            f->extended = 0;
        }
        f->mapped = how;
        frame_begin_cpu(f);
        *out = f->host;
    }
    pthread_mutex_unlock(&f->ctx->lock);
    return res;
}

int daedalus_unmap(DaedalusFrame *const f) {
    pthread_mutex_lock(&f->ctx->lock);
    const int res = f->mapped ? 0 : -EINVAL;
    if (!res) {
        frame_end_cpu(f);
        f->mapped = 0;
    }
    pthread_mutex_unlock(&f->ctx->lock);
    return res;
}
