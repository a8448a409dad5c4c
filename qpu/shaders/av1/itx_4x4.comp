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

#define ITX_STORE QPU_AV1_ITX_STORE
#include "common/itx_4x4.glsl"

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

void main()
{
    const uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    const uint index = group * ITX_GROUP + gl_LocalInvocationID.x;
    if (index >= p.n[0])
        return;
    const QpuAv1ItxJob job = jobs[p.first[0] + index];
    const bool wht = (job.how >> 6 & 1u) != 0u;

    int c[4][4];
    [[unroll]] for (int y = 0; y < 4; y++) {
        int r[4] = load_row(job, y);
        if (wht) {
            r = int[](r[0] >> 2, r[1] >> 2, r[2] >> 2, r[3] >> 2);
            itx_wht4(r);
        } else {
            transform(r, job.how & 3u, ROW_MAX);
            [[unroll]] for (int x = 0; x < 4; x++)
                r[x] = clamp(r[x], ~COL_MAX, COL_MAX);
        }
        c[y] = r;
    }
    [[unroll]] for (int x = 0; x < 4; x++) {
        int r[4] = int[](c[0][x], c[1][x], c[2][x], c[3][x]);
        if (wht) {
            itx_wht4(r);
        } else {
            transform(r, job.how >> 2 & 3u, COL_MAX);
            [[unroll]] for (int y = 0; y < 4; y++)
                r[y] = ITX_LAST(r[y]);
        }
        /* a residual that is out of the range of pixels needn't be exact */
        [[unroll]] for (int y = 0; y < 4; y++)
            c[y][x] = clamp(r[y], -PIXEL_MAX, PIXEL_MAX);
    }
    put_block(job, c);
}
