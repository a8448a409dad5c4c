/* Blocks with no coefficient but a DCT's first one, whose residual is the same
 * everywhere, and those whose residual is given: it is added to the pixels, or
 * stored.
 *
 * Reads jobs (itx.h), and given residuals. Reads and writes the blocks' pixels in
 * dst, or writes their samples in res, whole blocks. Set: DEPTH. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "vp9/itx.h"

#define COLUMNS 4
#define NO_COEFS
#define ITX_JOB QpuVp9ItxJob
#define ITX_PUSH QpuVp9ItxPush
#include "common/itx_io.glsl"

layout(local_size_x = ITX_GROUP) in;
layout(std430, binding = 3) readonly buffer Quads { uvec2 quads[]; };

int dc_residual(const int dc, const uint log2_w, const uint log2_h)
{
    return dc;
}

#define ITX_STORE QPU_VP9_ITX_STORE
#define ITX_GIVEN QPU_VP9_ITX_GIVEN
#include "common/itx_dc.glsl"
