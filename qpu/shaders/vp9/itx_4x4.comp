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

#define ITX_STORE QPU_VP9_ITX_STORE
#include "common/itx_4x4.glsl"

void transform(inout int c[4], const uint kind)
{
    if (kind == ITX_DCT)
        itx_dct4(c, 0);
    else if (kind == ITX_ADST)
        itx_adst4(c, 0);
    else
        itx_wht4(c);
}

void rows(inout int c[4][4], const uint kind)
{
    [[unroll]] for (int y = 0; y < 4; y++)
        transform(c[y], kind);
}

void columns(inout int c[4][4], const uint kind)
{
    [[unroll]] for (int x = 0; x < 4; x++) {
        int r[4] = int[](c[0][x], c[1][x], c[2][x], c[3][x]);
        transform(r, kind);
        [[unroll]] for (int y = 0; y < 4; y++)
            c[y][x] = r[y];
    }
}

/* At 12 bits four transforms side by side don't have registers enough. */
#if DEPTH == 12
#define EACH_KIND(f, kind) f(c, kind)
#else
#define EACH_KIND(f, kind) \
    if (kind == ITX_DCT) \
        f(c, ITX_DCT); \
    else if (kind == ITX_ADST) \
        f(c, ITX_ADST); \
    else \
        f(c, ITX_WHT)
#endif

void main()
{
    const uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    const uint index = group * ITX_GROUP + gl_LocalInvocationID.x;
    if (index >= p.n[0])
        return;
    const QpuVp9ItxJob job = jobs[p.first[0] + index];
    const uint row = job.how & 3u, column = job.how >> 2 & 3u;
    const bool wht = row == ITX_WHT;

    int c[4][4];
    [[unroll]] for (int y = 0; y < 4; y++) {
        c[y] = load_row(job, y);
        [[unroll]] for (int x = 0; x < 4; x++)
            c[y][x] >>= wht ? 2 : 0;
    }
    EACH_KIND(rows, row);
    EACH_KIND(columns, column);
    [[unroll]] for (int y = 0; y < 4; y++)
        [[unroll]] for (int x = 0; x < 4; x++)
            c[y][x] = c[y][x] + (wht ? 0 : 8) >> (wht ? 0 : 4);
    put_block(job, c);
}
