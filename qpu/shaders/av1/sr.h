/* Push constants of sr.comp. Index 0 is luma, 1 both chroma planes. */

#ifndef QPU_SHADERS_AV1_SR_H
#define QPU_SHADERS_AV1_SR_H

#include "common/glsl.h"

/* Rows of one invocation. */
#define SR_ROWS 8

struct QpuAv1SrPush {
    uint src_org[3], dst_org[3];        /* words */
    uint src_stride[2], dst_stride[2];  /* words */
    int words[2];                       /* dst's width */
    int rows[2];                        /* dst's height */
    int end[3];                         /* first row task after the plane's */
    int full[2];                        /* row tasks that fill dst; the rest of
                                         * a plane's are dst2's */
    int border[2];                      /* distance of stripes, rows */
    int first[2];                       /* dst2's first row that is written */
    int last[2];                        /* last word of src that may be read */
    int step[2], start[2];
    int pixel_max;
};

#endif
