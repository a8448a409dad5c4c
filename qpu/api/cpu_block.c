#include "cpu_block.h"

#include <string.h>

static int imin(const int a, const int b) { return a < b ? a : b; }

uint8_t *cpu_block_begin(CpuBlock *const b, const DaedalusFrame *const f, const DaedalusPlanes *const host,
                         const int plane, const int x, const int y, const int w, const int h, const int read)
{
    const int px = frame_pixel_size(f), cols = frame_cols(f, plane) - x, rows = frame_rows(f, plane) - y;
    const ptrdiff_t stride = host->stride[plane];
    uint8_t *const at = (uint8_t *) host->data[plane] + y * stride + (ptrdiff_t) x * px;
    const uintptr_t mask = (uintptr_t) imin(w * px, 64) - 1;
    if (w <= cols && h <= rows && !(((uintptr_t) at | (uintptr_t) stride) & mask)) {
        b->at = NULL;
        b->stride = stride;
        return at;
    }
    b->at = at;
    b->at_stride = stride;
    b->stride = CPU_BLOCK_STRIDE;
    b->bytes = (size_t) imin(w, cols) * (size_t) px;
    b->rows = imin(h, rows);
    if (read) {
        /* what is not in the frame has to be something */
        if (w > cols || h > rows) memset(b->copy, 0, (size_t) h * CPU_BLOCK_STRIDE);
        for (int i = 0; i < b->rows; i++) memcpy(b->copy + i * CPU_BLOCK_STRIDE, at + i * stride, b->bytes);
    }
    return b->copy;
}

void cpu_block_end(CpuBlock *const b) {
    if (!b->at) return;
    for (int i = 0; i < b->rows; i++) memcpy(b->at + i * b->at_stride, b->copy + i * CPU_BLOCK_STRIDE, b->bytes);
}
