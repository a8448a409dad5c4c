/* DCT_DCT of blocks with no coefficient but the first one, 7.13.3 and 7.12.3
 * step 5: the same value is added to all pixels, or stored.
 *
 * An invocation owns four columns of a block, a workgroup blocks of one width.
 *
 * Reads jobs (itx.h). Reads and writes the blocks' pixels in dst, or writes
 * their samples in res, whole blocks. Set: DEPTH. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/itx.h"

#define COLUMNS 4
#define NO_COEFS
#include "common/itx.glsl"
#define ITX_JOB QpuAv1ItxJob
#define ITX_PUSH QpuAv1ItxPush
#include "common/itx_io.glsl"

layout(local_size_x = ITX_GROUP) in;

int dc_residual(int dc, const uint log2_w, const uint log2_h)
{
    if (log2_w == log2_h + 1u || log2_h == log2_w + 1u)
        dc = itx_half(dc);
    dc = itx_half(dc);
    const uint shift = ITX_SHIFT(log2_w, log2_h);
    dc = dc + int(1u << shift >> 1) >> shift;
    dc = dc * 181 + 128 + 2048 >> 12;
    return clamp(dc, -PIXEL_MAX, PIXEL_MAX);
}

#define ITX_STORE QPU_AV1_ITX_STORE
#include "common/itx_dc.glsl"
