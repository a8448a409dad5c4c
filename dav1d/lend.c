#include "config.h"

#include <stdlib.h>

#include "src/internal.h"

#include "src/qpu/decoder.h"
#include "src/qpu/frame.h"
#include "src/qpu/lend.h"

/* More at a time than any player keeps; one that does gets copies in ordinary
 * memory. */
#define MAX_LENT 32

/* For those who read past the last row, as they may in upstream's memory. */
#define MARGIN 4096

static void close_host(struct Dav1dQpu *const d, struct Dav1dQpuHost *const host) {
    qpu_host_close(d->ctx, &host->range);
    free(host);
}

static uint32_t size_of(const QpuFrame *const frame) {
    uint64_t size = MARGIN;
    for (int i = 0; i < frame->n_planes; i++)
        size += ((uint64_t) dav1d_qpu_plane_range(frame, i).size + 255) & ~(uint64_t) 255;
    return size > UINT32_MAX ? 0 : (uint32_t) size;
}

/* A free one, or a new one; those of other sizes are from another stream. */
static struct Dav1dQpuHost *take(struct Dav1dQpu *const d, const uint32_t size) {
    while (d->hosts) {
        struct Dav1dQpuHost *const host = d->hosts;
        d->hosts = host->next;
        if (host->range.size >= size && host->range.size / 2 < size) return host;
        close_host(d, host);
    }
    struct Dav1dQpuHost *const host = calloc(1, sizeof(*host));
    int cached;
    if (!host) return NULL;
    if (!size || qpu_host_open(d->ctx, size, &host->range)) goto error;
    qpu_host_map(&host->range, &cached);
    if (!cached) { /* a player would read it many times */
        d->lends = 0;
        goto error;
    }
    return host;
error:
    close_host(d, host);
    return NULL;
}

struct Dav1dQpuHost *dav1d_qpu_lend(struct Dav1dQpu *const d, const QpuFrame *const frame) {
    if (!d->lends || d->n_lent >= MAX_LENT) return NULL;
    struct Dav1dQpuHost *const host = take(d, size_of(frame));
    if (!host) return NULL;
    uint32_t off = host->range.off;
    for (int i = 0; i < frame->n_planes; i++) {
        host->plane[i] = host->range;
        host->plane[i].off = off;
        host->plane[i].size = dav1d_qpu_plane_range(frame, i).size;
        off += (host->plane[i].size + 255) & ~255U;
    }
    d->n_lent++;
    return host;
}

void dav1d_qpu_lend_back(struct Dav1dQpu *const d, struct Dav1dQpuHost **const host) {
    if (!*host) return;
    d->n_lent--;
    if (d->closed) {
        close_host(d, *host);
        if (!d->n_lent) qpu_context_close(&d->ctx);
    } else {
        (*host)->next = d->hosts;
        d->hosts = *host;
    }
    *host = NULL;
}

int dav1d_qpu_lend_close(struct Dav1dQpu *const d) {
    while (d->hosts) {
        struct Dav1dQpuHost *const host = d->hosts;
        d->hosts = host->next;
        close_host(d, host);
    }
    return d->n_lent;
}

void dav1d_qpu_lend_point(const struct Dav1dQpuHost *const host, const QpuFrame *const frame,
                          Dav1dPicture *const p)
{
    int cached;
    for (int i = 0; i < frame->n_planes; i++) {
        p->data[i] = qpu_host_map(&host->plane[i], &cached);
        p->stride[!!i] = (ptrdiff_t) frame->plane[i].stride * 4;
    }
}

void dav1d_qpu_lend_copy(const struct Dav1dQpuHost *const host, const QpuFrame *const frame,
                         const Dav1dPicture *const p)
{
    int cached;
    for (int i = 0; i < frame->n_planes; i++)
        dav1d_qpu_copy_plane(qpu_host_map(&host->plane[i], &cached), &frame->plane[i], i, p);
}
