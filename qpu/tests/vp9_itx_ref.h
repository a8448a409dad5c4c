/* Upstream's C functions for VP9's inverse transforms, by BITDEPTH; libvpx's headers come before. */

#ifndef QPU_TESTS_VP9_ITX_REF_H
#define QPU_TESTS_VP9_ITX_REF_H

#include <stdint.h>

#include "qpu_vp9_itx.h"

#if BITDEPTH == 8
typedef uint8_t pixel;
#else
typedef uint16_t pixel;
#endif

/* Which of upstream's functions inverse_transform_block_intra() and _inter() get to. */
static void upstream_add(const int32_t *const coef, pixel *const dst, const int stride, const int tx,
                         const int type, const int eob, const int bpc)
{
#if BITDEPTH == 8
#define CALL(f, ...) vpx_##f##_c(coef, dst, stride)
#define CALL_IHT(f) vp9_##f##_c(coef, dst, stride, type)
    (void) bpc;
#else
#define CALL(f, ...) vpx_highbd_##f##_c(coef, dst, stride, bpc)
#define CALL_IHT(f) vp9_highbd_##f##_c(coef, dst, stride, type, bpc)
#endif
    if (type == QPU_VP9_ITX_WHT) {
        if (eob > 1) CALL(iwht4x4_16_add);
        else CALL(iwht4x4_1_add);
    } else if (tx == 0) {
        if (type) CALL_IHT(iht4x4_16_add);
        else if (eob > 1) CALL(idct4x4_16_add);
        else CALL(idct4x4_1_add);
    } else if (tx == 1) {
        if (type) CALL_IHT(iht8x8_64_add);
        else if (eob == 1) CALL(idct8x8_1_add);
        else if (eob <= 12) CALL(idct8x8_12_add);
        else CALL(idct8x8_64_add);
    } else if (tx == 2) {
        if (type) CALL_IHT(iht16x16_256_add);
        else if (eob == 1) CALL(idct16x16_1_add);
        else if (eob <= 10) CALL(idct16x16_10_add);
        else if (eob <= 38) CALL(idct16x16_38_add);
        else CALL(idct16x16_256_add);
    } else {
        if (eob == 1) CALL(idct32x32_1_add);
        else if (eob <= 34) CALL(idct32x32_34_add);
        else if (eob <= 135) CALL(idct32x32_135_add);
        else CALL(idct32x32_1024_add);
    }
}

#endif /* QPU_TESTS_VP9_ITX_REF_H */
