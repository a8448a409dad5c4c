/* AV1's inverse transforms on the CPU: dav1d's functions. Compiled by bit depth. */

#include "config.h"

#include <string.h>

#include "common/attributes.h"
#include "src/itx.h"

#include "av1_itx.h"
#include "cpu_block.h"

#if BITDEPTH == 8
#define MORE_ARGS
int daedalus_itx_exists(const int tx, const int type) {
    Dav1dInvTxfmDSPContext dsp;
    memset(&dsp, 0, sizeof(dsp));
    bitfn(dav1d_itx_dsp_init)(&dsp, 8);
    return dsp.itxfm_add[tx][type] != NULL;
}
#else
#define MORE_ARGS , (1 << bpc) - 1
#endif

void bitfn(daedalus_itx_cpu)(const Op *const op, const DaedalusPlanes *const host) {
    const DaedalusFrame *const f = op->frame[0];
    const Av1Itx *const jobs = op->jobs;
    const int bpc = f->q.bpc;
    Dav1dInvTxfmDSPContext dsp;
    ALIGN_STK_64(coef, cf, AV1_ITX_MAX,);
    memset(&dsp, 0, sizeof(dsp));
    bitfn(dav1d_itx_dsp_init)(&dsp, bpc);
    for (size_t i = 0; i < op->n_jobs; i++) {
        const DaedalusAv1Itx *const j = &jobs[i].job;
        const int w = av1_itx_width(j->tx), h = av1_itx_height(j->tx);
        const int n = (w < 32 ? w : 32) * (h < 32 ? h : 32);
        for (int k = 0; k < n; k++) cf[k] = (coef) op->coefs[j->coefs + (uint32_t) k];
        CpuBlock b;
        pixel *const dst = (pixel *) cpu_block_begin(&b, f, host, j->plane, j->x, j->y, w, h, 1);
        dsp.itxfm_add[j->tx][j->type](dst, b.stride, cf, jobs[i].eob MORE_ARGS);
        cpu_block_end(&b);
    }
}
