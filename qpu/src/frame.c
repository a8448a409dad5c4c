/* How planes lie in a frame's memory. */

#include <errno.h>
#include <string.h>

#include "context.h"

static uint32_t align(const uint32_t v, const uint32_t a) {
    return (v + a - 1) / a * a;
}

int qpu_frame_layout(const QpuContext *const ctx, QpuFrame *const f,
                     const int w, const int h, const int bpc,
                     const int n_planes, const int ss_hor, const int ss_ver)
{
    memset(f, 0, sizeof(*f));
    /* job words hold 12 bits of 4x4 block coordinates */
    if (w < 1 || h < 1 || w > 16384 || h > 16384) return -ENOTSUP;
    const uint32_t pixels_per_word = bpc > 8 ? 2 : 4;
    uint64_t off = 0;
    for (int p = 0; p < n_planes; p++) {
        const int sh = p ? ss_hor : 0, sv = p ? ss_ver : 0;
        const uint32_t w8 = align((uint32_t) w, 8) >> sh, h8 = align((uint32_t) h, 8) >> sv;
        QpuPlane *const pl = &f->plane[p];
        pl->w = (w + sh) >> sh;
        pl->h = (h + sv) >> sv;
        /* 16 words of slack serve the end of a row and the start of the next */
        pl->stride = align((w8 + pixels_per_word - 1) / pixels_per_word, 16) + 16;
        off += (uint64_t) QPU_GUARD_TOP * pl->stride + 16;
        pl->org = (uint32_t) off;
        off += (uint64_t) (align(h8, 64) + (QPU_GUARD_BOTTOM >> sv)) * pl->stride;
        off = (off + 63) & ~(uint64_t) 63;
        if (off * 4 > ctx->max_range || off * 4 > 1U << 30) return -ENOTSUP;
    }
    f->range.size = (uint32_t) off * 4;
    f->n_planes = n_planes;
    f->bpc = bpc;
    f->ss_hor = ss_hor;
    f->ss_ver = ss_ver;
    return 0;
}

int qpu_frame_same_layout(const QpuFrame *const a, const QpuFrame *const b) {
    if (a->n_planes != b->n_planes || a->bpc != b->bpc ||
        a->ss_hor != b->ss_hor || a->ss_ver != b->ss_ver) return 0;
    for (int i = 0; i < a->n_planes; i++) {
        const QpuPlane *const p = &a->plane[i], *const q = &b->plane[i];
        if (p->org != q->org || p->stride != q->stride || p->w != q->w || p->h != q->h)
            return 0;
    }
    return 1;
}
