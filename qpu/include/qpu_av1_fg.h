/* AV1 film grain on the device; see qpu_av1.h. Section numbers are those of
 * the AV1 specification. */

#ifndef QPU_AV1_FG_H
#define QPU_AV1_FG_H

#include "qpu.h"

#define QPU_AV1_GRAIN_W 82 /* of a row, 44 used where subsampled */
#define QPU_AV1_GRAIN_H 73 /* rows, 38 used where subsampled */

/* Noise synthesis, 7.18.3.5. The grain (7.18.3.3) and the scaling functions
 * (7.18.3.4) come from the CPU: some thousand numbers, each of which depends on
 * the one before. */
typedef struct QpuAv1Fg {
    unsigned seed;         /* random_seed, 16 bits */
    int overlap;           /* overlap_flag */
    int scaling_shift;     /* 8..11 */
    int clip;              /* clip_to_restricted_range */
    int identity;          /* matrix_coefficients are MC_IDENTITY */
    int planes;            /* bit p: plane p; the other planes of dst are left
                            * as they are, which is not a copy of src's */
    struct {
        /* CPU memory, read during the call, only that of chosen planes */
        const void *grain;      /* [QPU_AV1_GRAIN_H][QPU_AV1_GRAIN_W], int8_t,
                                 * above 8 bits int16_t */
        const uint8_t *scaling; /* [1 << bpc]; several planes may have the same */
        /* Chroma's place in its scaling function: (luma * luma_mult +
         * pixel * mult) >> 6, plus offset, which is in 8-bit units. As chroma
         * scaled from luma does it: 64, 0, 0. All within -128..127, -256..255. */
        int luma_mult, mult, offset;
    } plane[3];
} QpuAv1Fg;

/* Writes all w x h pixels of the chosen planes of dst; src and dst have the
 * same geometry and are not the same. One launch. */
int qpu_av1_fg(QpuBatch *b, const QpuFrame *src, const QpuFrame *dst, const QpuAv1Fg *p);

#endif /* QPU_AV1_FG_H */
