/* A block of a frame for upstream's functions, which want it aligned and whole: in place where
 * that holds, else a copy. */

#ifndef DAEDALUS_CPU_BLOCK_H
#define DAEDALUS_CPU_BLOCK_H

#include "api.h"

#define CPU_BLOCK_MAX    64 /* pixels each way */
#define CPU_BLOCK_STRIDE (CPU_BLOCK_MAX * 2)

typedef struct CpuBlock {
    uint8_t *at;      /* in the frame; NULL: the block is there itself */
    ptrdiff_t at_stride, stride; /* bytes; of the block */
    size_t bytes;     /* of a row that are in the frame */
    int rows;
    _Alignas(64) uint8_t copy[CPU_BLOCK_MAX * CPU_BLOCK_STRIDE];
} CpuBlock;

/* w, h: powers of two. read: the pixels in the frame matter. Returns the first pixel; rows are
 * b->stride apart. */
uint8_t *cpu_block_begin(CpuBlock *b, const DaedalusFrame *f, const DaedalusPlanes *host, int plane,
                         int x, int y, int w, int h, int read);
void cpu_block_end(CpuBlock *b);

#endif /* DAEDALUS_CPU_BLOCK_H */
