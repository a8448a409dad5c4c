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

#endif /* QPU_TOOLS_BENCH_IPRED_H */
