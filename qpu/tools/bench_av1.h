/* What benchmarks of AV1's kernels share. */

#ifndef QPU_TOOLS_BENCH_AV1_H
#define QPU_TOOLS_BENCH_AV1_H

#include "bench.h"
#include "src/cpu.h"

/* Before upstream's tables of functions are filled: BENCH_C gets the C ones,
 * BENCH_SIMD those that are best here. */
static inline int bench_av1_choose(const int how) {
    dav1d_init_cpu();
    dav1d_set_cpu_flags_mask(how == BENCH_C ? 0 : ~0U);
    return 1;
}
#define BENCH_AV1_EACH(how) for (int how = 0; how < BENCH_N_CPU && bench_av1_choose(how); how++)

#endif /* QPU_TOOLS_BENCH_AV1_H */
