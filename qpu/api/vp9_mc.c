/* VP9's inter prediction: the device's kernels, libvpx's functions. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "./vpx_config.h"
#include "./vpx_dsp_rtcd.h"
#include "vp9/common/vp9_filter.h"
#include "vpx_dsp/vpx_convolve.h"

#include "mc.h"
#include "qpu_vp9_mc.h"

#define N_REFS 3

/* ---- the CPU ---- */

static void predict(const DaedalusFrame *const f, const DaedalusVp9Mc *const j, const uint8_t *const src,
                    const ptrdiff_t src_stride, uint8_t *const dst, const ptrdiff_t dst_stride)
{
    const int fx = j->mv_x & 15, fy = j->mv_y & 15, which = (fx ? 1 : 0) + (fy ? 2 : 0);
    const InterpKernel *const filter = vp9_filter_kernels[j->filter];
    if (f->q.bpc == 8) {
        const convolve_fn_t fns[2][4] = {
            { vpx_convolve_copy, vpx_convolve8_horiz, vpx_convolve8_vert, vpx_convolve8 },
            { vpx_convolve_avg, vpx_convolve8_avg_horiz, vpx_convolve8_avg_vert, vpx_convolve8_avg },
        };
        fns[!!j->average][which](src, src_stride, dst, dst_stride, filter, fx, 16, fy, 16, j->w, j->h);
    } else {
        const highbd_convolve_fn_t fns[2][4] = {
            { vpx_highbd_convolve_copy, vpx_highbd_convolve8_horiz, vpx_highbd_convolve8_vert, vpx_highbd_convolve8 },
            { vpx_highbd_convolve_avg, vpx_highbd_convolve8_avg_horiz, vpx_highbd_convolve8_avg_vert,
              vpx_highbd_convolve8_avg },
        };
        fns[!!j->average][which]((const uint16_t *) src, src_stride >> 1, (uint16_t *) dst, dst_stride >> 1,
                                 filter, fx, 16, fy, 16, j->w, j->h, f->q.bpc);
    }
}

static void run_job(const Op *const op, const DaedalusPlanes *const *const host, const DaedalusVp9Mc *const j) {
    const DaedalusFrame *const f = op->frame[0];
    McReference ref;
    mc_reference(&ref, op->frame[1 + j->ref], host[1 + j->ref], j->plane, j->x + (j->mv_x >> 4), j->y + (j->mv_y >> 4),
                 j->w, j->h);
    CpuBlock b;
    uint8_t *const dst = cpu_block_begin(&b, f, host[0], j->plane, j->x, j->y, j->w, j->h, j->average);
    predict(f, j, ref.at, ref.stride, dst, b.stride);
    cpu_block_end(&b);
}

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    const DaedalusVp9Mc *const jobs = op->jobs;
    for (int average = 0; average < 2; average++)
        for (size_t i = 0; i < op->n_jobs; i++)
            if (!!jobs[i].average == average) run_job(op, host, &jobs[i]);
}

/* ---- the device ---- */

static void make_table(void *const dst) {
    qpu_vp9_mc_tables(dst, vp9_filter_kernels);
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    const DaedalusVp9Mc *const in = op->jobs;
    QpuFrame frames[1 + N_REFS];
    QpuVp9Mc p;
    memset(&p, 0, sizeof(p));
    int res = context_table(ctx, TABLE_VP9_MC, QPU_VP9_MC_TABLES_SIZE, make_table, &p.tables);
    if (res || (res = mc_gather(b, op, frames, &p.pool))) return res;
    p.cur = &frames[0];
    for (int i = 1; i < op->n_frames; i++) {
        p.ref[i - 1] = &frames[i];
        p.step[i - 1][0] = p.step[i - 1][1] = 16;
    }
    QpuVp9McJob *const jobs = malloc(op->n_jobs * sizeof(*jobs));
    uint8_t *const bins = malloc(op->n_jobs);
    QpuVp9McJob *const sorted = qpu_batch_upload(b, op->n_jobs * sizeof(*sorted), &p.jobs);
    if (!jobs || !bins || !sorted) {
        res = -ENOMEM;
        goto error;
    }
    uint32_t *const n = &p.n[0][0];
    for (size_t i = 0; i < op->n_jobs; i++) {
        const DaedalusVp9Mc *const j = &in[i];
        const int w_log2 = mc_log2(j->w), h_log2 = mc_log2(j->h);
        int kind = qpu_vp9_mc_job(&jobs[i], j->plane, j->x, j->y, w_log2, h_log2, j->ref, j->filter, j->mv_x, j->mv_y);
        if (j->average) kind += QPU_VP9_MC_AVG;
        bins[i] = (uint8_t) (kind * QPU_VP9_MC_CLASSES + qpu_vp9_mc_class(w_log2, h_log2));
        n[bins[i]]++;
    }
    _Static_assert(QPU_VP9_MC_N * QPU_VP9_MC_CLASSES <= MC_MAX_BINS && sizeof(*jobs) == MC_JOB_BYTES, "see mc_sort()");
    mc_sort(sorted, jobs, bins, op->n_jobs, n, QPU_VP9_MC_N * QPU_VP9_MC_CLASSES);
    res = qpu_vp9_mc(b, &p);
    if (!res) res = mc_put_back(b, op, frames);

error:
    free(jobs);
    free(bins);
    return res;
}

/* ---- the call ---- */

static const Kernel kernel = { .name = "vp9_mc", .codec = CODEC_VP9, .stage = QPU_STAGE_MC, .qpu = run_qpu, .cpu = run_cpu };

static int is_size(const int v) {
    return v >= 4 && v <= CPU_BLOCK_MAX && !(v & (v - 1));
}

static int is_valid(const DaedalusFrame *const f, const DaedalusVp9Mc *const j, const int n_refs) {
    return j->plane < f->q.n_planes && is_size(j->w) && is_size(j->h) && j->ref < n_refs &&
           j->filter <= DAEDALUS_VP9_BILINEAR && j->average <= 1 && !j->unused && !((j->x | j->y) & 3) &&
           j->x < frame_cols(f, j->plane) && j->y < frame_rows(f, j->plane);
}

int daedalus_vp9_mc(DaedalusBatch *const batch, DaedalusFrame *const frame, DaedalusFrame *const *const refs,
                    const int n_refs, const DaedalusVp9Mc *const jobs, const size_t n_jobs)
{
    Op op = { .kernel = &kernel };
    const int res = mc_begin(&op, batch, frame, refs, n_refs, N_REFS);
    if (res || !n_jobs) return res;
    for (size_t i = 0; i < n_jobs; i++) {
        if (!is_valid(frame, &jobs[i], n_refs)) return -EINVAL;
        op.pixels += (uint64_t) jobs[i].w * jobs[i].h;
    }
    op.jobs = copied(jobs, n_jobs, sizeof(*jobs));
    op.n_jobs = n_jobs;
    return batch_add(batch, &op);
}
