/* AV1's super-resolution on the CPU: dav1d's function, a row at a time, as it may write beyond the end.
 * Compiled by bit depth. */

#include "config.h"

#include <string.h>

#include "common/bitdepth.h"
#include "src/mc.h"

#include "av1_sr.h"

void bitfn(daedalus_sr_cpu)(const Op *const op, const DaedalusPlanes *const src, const DaedalusPlanes *const dst) {
    const QpuAv1Sr *const p = op->jobs;
    const QpuFrame *const f = &op->frame[0]->q;
    pixel *const in = (pixel *) op->extra + AV1_SR_BESIDE;
    pixel *const out = in + ((p->src_w[0] + 63) & ~63) + 2 * AV1_SR_BESIDE;
    Dav1dMCDSPContext dsp;
    memset(&dsp, 0, sizeof(dsp));
    bitfn(dav1d_mc_dsp_init)(&dsp);
    for (int pl = 0; pl < f->n_planes; pl++) {
        const int uv = !!pl, w = f->plane[pl].w;
        for (int y = 0; y < f->plane[pl].h; y++) {
            pixel_copy(in, (const uint8_t *) src->data[pl] + y * src->stride[pl], p->src_w[uv]);
            dsp.resize(out, w * (ptrdiff_t) sizeof(pixel), in, p->src_w[uv] * (ptrdiff_t) sizeof(pixel), w, 1,
                       p->src_w[uv], p->step[uv], p->start[uv]
#if BITDEPTH == 16
                       , (1 << f->bpc) - 1
#endif
                       );
            pixel_copy((uint8_t *) dst->data[pl] + y * dst->stride[pl], out, w);
        }
    }
}
