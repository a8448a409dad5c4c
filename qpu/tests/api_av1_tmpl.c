#include "config.h"

#include "common/attributes.h"
#include "src/cpu.h"
#include "src/itx.h"
#include "src/scan.h"
#include "src/tables.h"

#include "api_ref.h"

#if BITDEPTH == 8
#define MORE_ARGS
const int8_t *ref_av1_mc_taps(const int filter, const int pos) { return dav1d_mc_subpel_filters[filter][pos - 1]; }
#else
#define MORE_ARGS , (1 << depth) - 1
#endif

static Dav1dInvTxfmDSPContext dsp; /* constant after ref_init() */

void bitfn(ref_av1_itx_init)(void) {
    dav1d_set_cpu_flags_mask(0); /* C */
    dav1d_init_last_nonzero_col_from_eob_tables();
    bitfn(dav1d_itx_dsp_init)(&dsp, BITDEPTH == 8 ? 8 : 10);
}

void bitfn(ref_av1_itx_block)(const int32_t *const coefs, void *const dst, const ptrdiff_t stride, const int tx,
                              const int type, const int w, const int h, const int depth)
{
    ALIGN_STK_64(coef, cf, 32 * 32,);
    for (int i = 0; i < w * h; i++) cf[i % w * h + i / w] = (coef) coefs[i];
    /* one coefficient is a case of its own; else all of them count */
    int only = !type;
    for (int i = 1; i < w * h; i++) only &= !coefs[i];
    dsp.itxfm_add[tx][type](dst, stride, cf, only ? 0 : w * h - 1 MORE_ARGS);
}
