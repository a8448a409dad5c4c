/* Batches of blocks that all can be predicted at the same time: every other one of a
 * frame each way, so that none reads what another writes. For both codecs. */

#ifndef QPU_TOOLS_BENCH_IPRED_H
#define QPU_TOOLS_BENCH_IPRED_H

#include "bench.h"
#include "qpu_ipred.h"

typedef struct BenchIpred {
    QpuIpredPlan plan;
    int n_blocks;
    struct BenchIpredBlock {
        int x4, y4, mode, angle;
    } *block; /* superblock by superblock */
    QpuIpredSb *sb;
    struct QpuIpredJob *jobs;
    uint16_t *levels;
} BenchIpred;

enum { BENCH_IPRED_JOBS, BENCH_IPRED_GROUPS, BENCH_IPRED_TABLES }; /* inputs */

/* The frame, and blocks of 4 << log2 pixels each way in superblocks of 64, whose jobs
 * are still to be written. */
int bench_ipred_blocks(BenchCase *c, BenchIpred *o, int log2);
/* Then: how they are launched. */
int bench_ipred_plan(BenchCase *c, BenchIpred *o, enum QpuIpredSchedule schedule);
void bench_ipred_free(BenchIpred *o);

/* The table of a family, arg: the blocks' log2 - 2, enum QpuIpredSchedule. */
#define BENCH_IPRED(title, log2, schedule, make_, launch_, cpu_) \
    { .name = "ipred " title, .unit = "block", .stage = QPU_STAGE_IPRED, .in_place = 1, .arg = { log2, schedule }, \
      .make = make_, .launch = launch_, .cpu = cpu_ }
#define BENCH_IPREDS(make, launch, cpu) { \
    BENCH_IPRED("4x4", 0, QPU_IPRED_LEVELS, make, launch, cpu), \
    BENCH_IPRED("8x8", 1, QPU_IPRED_LEVELS, make, launch, cpu), \
    BENCH_IPRED("16x16", 2, QPU_IPRED_LEVELS, make, launch, cpu), \
    BENCH_IPRED("32x32", 3, QPU_IPRED_LEVELS, make, launch, cpu), \
    BENCH_IPRED("8x8 by superblocks", 1, QPU_IPRED_SUPERBLOCKS, make, launch, cpu), \
    { .name = NULL }, \
}

#endif /* QPU_TOOLS_BENCH_IPRED_H */
