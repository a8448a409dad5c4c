#include "session/lend.h"

#include <stdlib.h>
#include <string.h>

/* More at a time than any player keeps; one that does gets copies in ordinary
 * memory. */
#define MAX_LENT 32

/* For those who read past the last row, as they may in upstream's memory. */
#define MARGIN 4096

QpuRange qpu_plane_range(const QpuFrame *const frame, const int p) {
    const QpuPlane *const pl = &frame->plane[p];
    return (QpuRange) {
        .buf = frame->range.buf,
        .off = frame->range.off + pl->org * 4,
        .size = pl->stride * 4 * (uint32_t) pl->h,
    };
}

static void close_host(QpuLender *const l, QpuHost *const host) {
    qpu_host_close(l->ctx, &host->range);
    free(host);
}

/* Of a plane, with what rounds the next one's start up. */
static uint64_t plane_size(const QpuFrame *const frame, const int p) {
    return ((uint64_t) qpu_plane_range(frame, p).size + 255) & ~(uint64_t) 255;
}

/* A free one, or a new one; those of other sizes are from another stream. */
static QpuHost *take(QpuLender *const l, const uint64_t size) {
    while (l->hosts) {
        QpuHost *const host = l->hosts;
        l->hosts = host->next;
        if (host->range.size >= size && host->range.size / 2 < size) return host;
        close_host(l, host);
    }
    QpuHost *const host = calloc(1, sizeof(*host));
    int cached;
    if (!host) return NULL;
    if (size > UINT32_MAX || qpu_host_open(l->ctx, (uint32_t) size, &host->range)) goto error;
    qpu_host_map(&host->range, &cached);
    if (!cached) { /* a player would read it many times */
        l->lends = 0;
        goto error;
    }
    return host;
error:
    close_host(l, host);
    return NULL;
}

QpuHost *qpu_lend(QpuLender *const l, const QpuFrame *const frame) {
    uint64_t size = MARGIN;
    if (!l->lends || l->n_lent >= MAX_LENT) return NULL;
    for (int i = 0; i < frame->n_planes; i++) size += plane_size(frame, i);
    QpuHost *const host = take(l, size);
    if (!host) return NULL;
    uint32_t off = host->range.off;
    for (int i = 0; i < frame->n_planes; i++) {
        host->plane[i] = host->range;
        host->plane[i].off = off;
        host->plane[i].size = qpu_plane_range(frame, i).size;
        off += (uint32_t) plane_size(frame, i);
    }
    l->n_lent++;
    return host;
}

void qpu_lend_back(QpuLender *const l, QpuHost **const host) {
    if (!*host) return;
    l->n_lent--;
    if (l->closed) {
        close_host(l, *host);
        if (!l->n_lent) qpu_context_close(&l->ctx);
    } else {
        (*host)->next = l->hosts;
        l->hosts = *host;
    }
    *host = NULL;
}

void qpu_lend_close(QpuLender *const l) {
    while (l->hosts) {
        QpuHost *const host = l->hosts;
        l->hosts = host->next;
        close_host(l, host);
    }
    l->closed = 1;
    if (!l->n_lent) qpu_context_close(&l->ctx);
}

uint8_t *qpu_lend_plane(const QpuHost *const host, const int p) {
    int cached;
    return qpu_host_map(&host->plane[p], &cached);
}

void qpu_copy_plane(const uint8_t *src, const QpuFrame *const frame, const int p,
                    uint8_t *dst, const ptrdiff_t stride)
{
    const QpuPlane *const pl = &frame->plane[p];
    for (int y = 0; y < pl->h; y++) {
        memcpy(dst, src, (size_t) pl->w << (frame->bpc > 8));
        src += (size_t) pl->stride * 4;
        dst += stride;
    }
}
