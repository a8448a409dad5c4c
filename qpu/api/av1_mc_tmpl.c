/* AV1's inter prediction on the CPU: dav1d's functions. Compiled by bit depth. */

#include "config.h"

#include "common/attributes.h"
#include "common/intops.h"
#include "src/mc.h"
#include "src/tables.h"

#include "av1_mc.h"

#if BITDEPTH == 8
#define MORE_ARGS
#else
#define MORE_ARGS , (1 << f->q.bpc) - 1
#endif

typedef struct Mc {
    Dav1dMCDSPContext dsp;
    const Op *op;
    const DaedalusPlanes *const *host;
} Mc;

/* A part of a block, which has the block's filters. */
static void predict(const Mc *const c, const DaedalusAv1Mc *const j, const int x, const int y, const int w, const int h) {
    ALIGN_STK_64(int16_t, samples, 2,[CPU_BLOCK_MAX * CPU_BLOCK_MAX]);
    const DaedalusFrame *const f = c->op->frame[0];
    const int filter = dav1d_filter_2d[j->filter_h][j->filter_v];
    McReference ref;
    CpuBlock b;
    pixel *const dst = (pixel *) cpu_block_begin(&b, f, c->host[0], j->plane, x, y, w, h, 0);
    for (int i = 0; i < (j->weight ? 2 : 1); i++) {
        const int k = 1 + j->ref[i], mx = j->mv_x[i] & 15, my = j->mv_y[i] & 15;
        mc_reference(&ref, c->op->frame[k], c->host[k], j->plane, x + (j->mv_x[i] >> 4), y + (j->mv_y[i] >> 4), w, h);
        const pixel *const src = (const pixel *) ref.at;
        if (j->weight) c->dsp.mct[filter](samples[i], src, ref.stride, w, h, mx, my MORE_ARGS);
        else c->dsp.mc[filter](dst, b.stride, src, ref.stride, w, h, mx, my MORE_ARGS);
    }
    if (j->weight == 8) c->dsp.avg(dst, b.stride, samples[0], samples[1], w, h MORE_ARGS);
    else if (j->weight) c->dsp.w_avg(dst, b.stride, samples[0], samples[1], w, h, j->weight MORE_ARGS);
    cpu_block_end(&b);
}

void bitfn(daedalus_mc_cpu)(const Op *const op, const DaedalusPlanes *const *const host) {
    const DaedalusFrame *const f = op->frame[0];
    const DaedalusAv1Mc *const jobs = op->jobs;
    Mc c = { .op = op, .host = host };
    bitfn(dav1d_mc_dsp_init)(&c.dsp);
    for (size_t i = 0; i < op->n_jobs; i++) {
        const DaedalusAv1Mc *const j = &jobs[i];
        const int x1 = imin(j->x + j->w, frame_cols(f, j->plane)), y1 = imin(j->y + j->h, frame_rows(f, j->plane));
        for (int y = j->y; y < y1; y += CPU_BLOCK_MAX)
            for (int x = j->x; x < x1; x += CPU_BLOCK_MAX)
                predict(&c, j, x, y, imin(j->w, CPU_BLOCK_MAX), imin(j->h, CPU_BLOCK_MAX));
    }
}
