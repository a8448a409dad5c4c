#include "./vpx_config.h"
#include "./vp9_rtcd.h"
#include "./vpx_dsp_rtcd.h"

#include "api_ref.h"
#include "vp9_itx_ref.h"

#if BITDEPTH == 8
#define bitfn(x) x##_8bpc
#else
#define bitfn(x) x##_16bpc
#endif

void bitfn(ref_vp9_itx_block)(const int32_t *const coef, void *const dst, const int stride, const int tx,
                              const int type, const int eob, const int depth)
{
    upstream_add(coef, dst, stride, tx, type, eob, depth);
}
