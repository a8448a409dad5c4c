/* Push constants of av1/lf.comp. */

#ifndef QPU_AV1_LF_H
#define QPU_AV1_LF_H

#include "common/glsl.h"

#define LF_GROUP 64 /* edge segments a workgroup */

struct QpuAv1LfPush {
    uint org[3];    /* of the planes, in words */
    uint stride[2]; /* luma, chroma */
    uint row;       /* invocations in x: what a step in y is worth */
    /* Sizes 4, 6, 8, 14. The segments of a size belong to the invocations from
     * first on, a multiple of LF_GROUP, up to end; invocation i has word
     * i - skip of the buffer of edges. */
    uint first[4], end[4], skip[4];
    uint limit_shift, limit_max; /* sharpness */
    uint depth;                  /* bits beyond 8 */
    uint flat_limit;             /* LF_FLAT of common/lf.glsl */
    int hi;                      /* LF_HI */
};

#endif /* QPU_AV1_LF_H */
