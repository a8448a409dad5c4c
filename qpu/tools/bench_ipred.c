#include "bench_ipred.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int bench_ipred_blocks(BenchCase *const c, BenchIpred *const o, const int log2) {
    const int n4 = 1 << log2, sbw = (c->w + 63) >> 6, sbh = (c->h + 63) >> 6;
    const int max = (c->w / 4 / n4 + 1) * (c->h / 4 / n4 + 1);
    o->block = malloc((size_t) max * sizeof(*o->block));
    o->jobs = malloc((size_t) max * sizeof(*o->jobs));
    o->levels = malloc((size_t) max * sizeof(*o->levels));
    o->sb = calloc((size_t) (sbw * sbh), sizeof(*o->sb));
    if (!o->block || !o->jobs || !o->levels || !o->sb) return -ENOMEM;
    for (int sby = 0; sby < sbh; sby++)
        for (int sbx = 0; sbx < sbw; sbx++) {
            QpuIpredSb *const sb = &o->sb[sby * sbw + sbx];
            *sb = (QpuIpredSb) { .jobs = o->jobs + o->n_blocks, .levels = o->levels + o->n_blocks };
            /* edges on both sides, and whole blocks only */
            for (int y4 = sby * 16; y4 < sby * 16 + 16; y4 += n4)
                for (int x4 = sbx * 16; x4 < sbx * 16 + 16; x4 += n4) {
                    if (!x4 || !y4 || (x4 | y4) & n4 || (x4 + n4) * 4 > c->w || (y4 + n4) * 4 > c->h) continue;
                    o->levels[o->n_blocks] = 1;
                    o->block[o->n_blocks++] = (struct BenchIpredBlock) { .x4 = x4, .y4 = y4 };
                    sb->n++;
                }
        }
    c->jobs = (uint64_t) o->n_blocks;
    c->out_pixels = c->jobs * (uint64_t) (16 * n4 * n4);
    return bench_frame(c, c->w, c->h, c->bpc);
}

int bench_ipred_plan(BenchCase *const c, BenchIpred *const o, const enum QpuIpredSchedule schedule) {
    int res = qpu_ipred_plan(&o->plan, o->sb, (c->w + 63) >> 6, (c->h + 63) >> 6, 6, 0, 0, schedule);
    if (res) return res;
    void *const jobs = malloc(o->plan.jobs_size + 1), *const groups = malloc(o->plan.groups_size + 1);
    res = -ENOMEM;
    if (jobs && groups) {
        qpu_ipred_plan_write(&o->plan, jobs, groups);
        res = bench_input(c, BENCH_IPRED_JOBS, jobs, o->plan.jobs_size);
        if (!res) res = bench_input(c, BENCH_IPRED_GROUPS, groups, o->plan.groups_size);
    }
    free(jobs);
    free(groups);
    return res;
}

void bench_ipred_free(BenchIpred *const o) {
    qpu_ipred_plan_free(&o->plan);
    free(o->block);
    free(o->sb);
    free(o->jobs);
    free(o->levels);
}
