/* Inverse transforms of 4x4 blocks, Walsh-Hadamard's too, and the addition of
 * the residual, or its storage.
 *
 * An invocation owns a block and has it in registers all the time.
 *
 * Reads and writes what itx.comp does. Set: DEPTH. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require

#include "vp9/itx.h"

#define COLUMNS 4
#define ITX_BITS 14
#define ITX_WIDE (DEPTH == 12)
#include "common/itx.glsl"
#define ITX_JOB QpuVp9ItxJob
#define ITX_PUSH QpuVp9ItxPush
#include "common/itx_io.glsl"

layout(local_size_x = ITX_GROUP) in;

void transform(inout int c[4], const uint type, const int hi)
{
    if (type == ITX_DCT)
        itx_dct4(c, hi);
    else
        itx_adst4(c, hi);
}

#define ITX_STORE QPU_VP9_ITX_STORE
#include "common/itx_4x4.glsl"
