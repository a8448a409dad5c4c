/* Inverse transforms of 4x4 blocks, Walsh-Hadamard's too, and the addition of
 * the residual, 7.13.3 and 7.12.3 step 5, or its storage.
 *
 * An invocation owns a block and has it in registers all the time.
 *
 * Reads and writes what itx.comp does. Set: DEPTH. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require

#include "av1/itx.h"

#define COLUMNS 4
#define ITX_WIDE (DEPTH == 12)
#include "common/itx.glsl"
#define ITX_JOB QpuAv1ItxJob
#define ITX_PUSH QpuAv1ItxPush
#include "common/itx_io.glsl"

layout(local_size_x = ITX_GROUP) in;

void transform(inout int c[4], const uint type, const int hi)
{
    if (type == ITX_DCT)
        itx_dct4(c, hi);
    else if (type == ITX_IDENTITY) {
        const ivec4 v = itx_id4(ivec4(c[0], c[1], c[2], c[3]));
        c = int[](v.x, v.y, v.z, v.w);
    } else {
        itx_adst4(c, hi);
        if (type == ITX_FLIPADST)
            c = int[](c[3], c[2], c[1], c[0]);
    }
}

#define ITX_STORE QPU_AV1_ITX_STORE
#include "common/itx_4x4.glsl"
