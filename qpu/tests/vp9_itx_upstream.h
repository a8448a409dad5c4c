/* Defines UPSTREAM_ADD(), an inverse transform by upstream's functions, for sources
 * that are compiled per bit depth: UPSTREAM(f) names the one of the table's f that is
 * meant, f##_c for the C ones, f for those that are right for this CPU. May be
 * included more than once. */

/* Which of upstream's functions inverse_transform_block_intra() and _inter() get to. */
static void UPSTREAM_ADD(const int32_t *const coef, pixel *const dst, const int stride, const int tx,
                         const int type, const int eob, const int bpc)
{
#if BITDEPTH == 8
#define CALL(f, ...) UPSTREAM(vpx_##f)(coef, dst, stride)
#define CALL_IHT(f) UPSTREAM(vp9_##f)(coef, dst, stride, type)
    (void) bpc;
#else
#define CALL(f, ...) UPSTREAM(vpx_highbd_##f)(coef, dst, stride, bpc)
#define CALL_IHT(f) UPSTREAM(vp9_highbd_##f)(coef, dst, stride, type, bpc)
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

#undef CALL
#undef CALL_IHT
#undef UPSTREAM_ADD
#undef UPSTREAM
