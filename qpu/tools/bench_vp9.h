/* What benchmarks of VP9's kernels share: pixels, and upstream's functions by name, the
 * C ones and those that are best here, with or without the depth as last argument. */

#ifndef QPU_TOOLS_BENCH_VP9_H
#define QPU_TOOLS_BENCH_VP9_H

#include "./vpx_config.h"
#include "./vp9_rtcd.h"
#include "./vpx_dsp_rtcd.h"

#include "bench.h"

#if BITDEPTH == 8
typedef uint8_t pixel;
#define BENCH_VP9_DEPTH
#else
typedef uint16_t pixel;
#define BENCH_VP9_DEPTH , c->bpc
#endif
/* { C, best }, filled when it runs: upstream looks at the CPU first */
#if BITDEPTH == 8
#define BENCH_VP9_BOTH(f) { vpx_##f##_c, vpx_##f }
#else
#define BENCH_VP9_BOTH(f) { vpx_highbd_##f##_c, vpx_highbd_##f }
#endif

static inline void bench_vp9_init(void) {
    vp9_rtcd();
    vpx_dsp_rtcd();
}

#endif /* QPU_TOOLS_BENCH_VP9_H */
