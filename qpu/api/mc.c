#include "mc.h"

#include <errno.h>
#include <string.h>

int mc_begin(Op *const op, const DaedalusBatch *const batch, DaedalusFrame *const frame,
             DaedalusFrame *const *const refs, const int n_refs, const int most)
{
    if (n_refs < 1 || n_refs > most) return -EINVAL;
    op->frame[0] = frame;
    for (int i = 0; i < n_refs; i++) {
        if (refs[i] == frame) return -EINVAL;
        op->frame[1 + i] = refs[i];
    }
    op->n_frames = 1 + n_refs;
    op->reads = op->extends = 1;
    return batch_check(batch, op->frame, op->n_frames);
}

/* ---- the device ---- */

int mc_gather(QpuBatch *const b, const Op *const op, QpuFrame *const frames, QpuRange *const all) {
    QpuPool *const pool = op->frame[0]->pool;
    const uint32_t size = op->frame[0]->q.range.size;
    int same = pool != NULL, res;
    for (int i = 0; i < op->n_frames; i++) {
        frames[i] = op->frame[i]->q;
        same &= op->frame[i]->pool == pool;
    }
    if (same) {
        *all = qpu_pool_range(pool);
        return 0;
    }
    if ((res = qpu_batch_scratch(b, (size_t) size * (size_t) op->n_frames, all))) return res;
    for (int i = 0; i < op->n_frames; i++) {
        frames[i].range = (QpuRange) { .buf = all->buf, .off = all->off + size * (uint32_t) i, .size = size };
        if ((res = qpu_batch_copy(b, &op->frame[i]->q.range, &frames[i].range))) return res;
    }
    return 0;
}

int mc_put_back(QpuBatch *const b, const Op *const op, const QpuFrame *const frames) {
    const QpuRange *const to = &op->frame[0]->q.range;
    return frames[0].range.buf == to->buf ? 0 : qpu_batch_copy(b, &frames[0].range, to);
}

void mc_sort(void *const dst, const void *const jobs, const uint8_t *const bins, const size_t n_jobs,
             const uint32_t *const n_in_bin, const int n_bins)
{
    uint32_t at[MC_MAX_BINS] = { 0 };
    for (int i = 1; i < n_bins; i++) at[i] = at[i - 1] + n_in_bin[i - 1];
    for (size_t i = 0; i < n_jobs; i++)
        memcpy((uint8_t *) dst + (size_t) at[bins[i]]++ * MC_JOB_BYTES, (const uint8_t *) jobs + i * MC_JOB_BYTES,
               MC_JOB_BYTES);
}

/* ---- the CPU ---- */

static int clip(const int v, const int lo, const int hi) {
    return v < lo ? lo : v > hi ? hi : v;
}

void mc_reference(McReference *const r, const DaedalusFrame *const f, const DaedalusPlanes *const host, const int plane,
                  const int block_x, const int block_y, const int block_w, const int block_h)
{
    const int px = frame_pixel_size(f), fw = f->q.plane[plane].w, fh = f->q.plane[plane].h;
    /* the taps of both directions, whichever it needs: SIMD reads them */
    const int x = block_x - MC_BEFORE, y = block_y - MC_BEFORE;
    const int w = block_w + MC_BEFORE + MC_AFTER, h = block_h + MC_BEFORE + MC_AFTER;
    const uint8_t *const src = host->data[plane];
    const ptrdiff_t stride = host->stride[plane];
    /* from the last pixel to where the plane's memory may end */
    const ptrdiff_t left = (frame_rows(f, plane) - (y + h)) * stride + (ptrdiff_t) (frame_cols(f, plane) - (x + w)) * px;
    if (x >= 0 && y >= 0 && x + w <= fw && y + h <= fh && left >= MC_READ_PAST) {
        r->stride = stride;
        r->at = src + block_y * stride + (ptrdiff_t) block_x * px;
        return;
    }
    for (int i = 0; i < h; i++) {
        const uint8_t *const row = src + clip(y + i, 0, fh - 1) * stride;
        for (int k = 0; k < w; k++) {
            const int at = clip(x + k, 0, fw - 1);
            if (px == 1) ((uint8_t *) r->area)[i * MC_AREA_STRIDE + k] = row[at];
            else r->area[i * MC_AREA_STRIDE + k] = ((const uint16_t *) row)[at];
        }
    }
    r->stride = MC_AREA_STRIDE * px;
    r->at = (const uint8_t *) r->area + MC_BEFORE * r->stride + MC_BEFORE * px;
}
