/* What the launches of inter prediction share: groups of jobs for workgroups, the
 * table of planes, taps as the kernels read them. */

#ifndef QPU_COMMON_MC_LAUNCH_H
#define QPU_COMMON_MC_LAUNCH_H

#include "qpu.h"
#include "common/mc.h"

/* Whether all of f lies in the pool. */
int qpu_mc_in_pool(const QpuRange *pool, const QpuFrame *f);

/* Fewer groups than this don't get a launch of their own if a more general kernel
 * runs anyway, which takes some 0.4 us longer for each on V3D. */
#define QPU_MC_FEW_GROUPS 32

/* Groups of n jobs of 1 << lanes_log2 lanes each. */
uint32_t qpu_mc_groups(uint32_t n, int lanes_log2);
/* Writes them, two words each; the jobs are those from job on. Returns the end. */
uint32_t *qpu_mc_write_groups(uint32_t *dst, uint32_t job, uint32_t n, int lanes_log2);

/* The table of planes, MC_N_PLANES + 4 entries: cur, n_refs <= MC_CURRENT references
 * (NULL where there is none), and steps of those. Writes dst front to back. */
void qpu_mc_write_planes(struct QpuMcPlane *dst, const QpuRange *pool, const QpuFrame *cur,
                         const QpuFrame *const *ref, const int (*step)[2], int n_refs);

/* Launches n groups, as many as a launch may have at a time. The first member of push
 * is a uint32_t, the first of what is launched, of which a group has per_group. */
int qpu_mc_dispatch(QpuBatch *b, const QpuKernel *k, const QpuRange *bind, int n_bind,
                    void *push, size_t push_size, uint32_t n, uint32_t per_group);

/* v / (1 << shift) as a half float: exact if |v| < 2048, and if it is 0 or not less
 * than 2^-14. */
uint32_t qpu_mc_half_float(int v, int shift);

#endif /* QPU_COMMON_MC_LAUNCH_H */
