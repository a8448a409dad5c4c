/* Inter prediction: what the codecs share. */

#ifndef DAEDALUS_API_MC_H
#define DAEDALUS_API_MC_H

#include "api.h"
#include "cpu_block.h"

static inline int mc_log2(const int v) {
    return __builtin_ctz((unsigned) v);
}

/* ---- the call ---- */

/* Begins an operation that predicts frame from references, at most so many of them. Errors as batch_check(). */
int mc_begin(Op *op, const DaedalusBatch *batch, DaedalusFrame *frame, DaedalusFrame *const *refs,
             int n_refs, int most);

/* ---- the device ---- */

/* All frames in one range: that of the pool, if they are of one, else copies in memory that is the
 * batch's. frames: the first one is written, and needs mc_put_back() then. */
int mc_gather(QpuBatch *b, const Op *op, QpuFrame *frames, QpuRange *all);
int mc_put_back(QpuBatch *b, const Op *op, const QpuFrame *frames);

/* Sorts the engine's jobs by their bins, into memory that is written only. n_in_bin: how many each has. */
#define MC_JOB_BYTES 16
#define MC_MAX_BINS  256
void mc_sort(void *dst, const void *jobs, const uint8_t *bins, size_t n_jobs, const uint32_t *n_in_bin, int n_bins);

/* ---- the CPU ---- */

#define MC_BEFORE 3 /* pixels that the taps reach beyond a block */
#define MC_AFTER  4
#define MC_AREA   (CPU_BLOCK_MAX + MC_BEFORE + MC_AFTER) /* pixels that a block reads, each way */
#define MC_AREA_STRIDE 80
/* Bytes: SIMD reads up to so many past the end of what it uses. */
#define MC_READ_PAST 64

/* What a block sees of a reference. */
typedef struct McReference {
    const uint8_t *at; /* the block's first pixel, with what the taps reach around the block */
    ptrdiff_t stride;  /* bytes */
    uint16_t area[MC_AREA * MC_AREA_STRIDE + MC_READ_PAST / 2];
} McReference;
/* x, y: where the block is in the reference, which has its edges repeated as far as one likes; in place unless
 * they are needed. */
void mc_reference(McReference *r, const DaedalusFrame *f, const DaedalusPlanes *host, int plane,
                  int x, int y, int w, int h);

#endif /* DAEDALUS_API_MC_H */
