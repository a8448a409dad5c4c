/* DCT_DCT of blocks with no coefficient but the first one, 7.13.3 and 7.12.3
 * step 5: the same value is added to all pixels.
 *
 * An invocation owns four columns of a block, a workgroup blocks of one width.
 *
 * Reads jobs (itx.h). Reads and writes the blocks' pixels in dst, up to the
 * column end. Set: DEPTH. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/itx.h"

#define COLUMNS 4
#define NO_COEFS
#include "common/itx.glsl"
#include "common/itx_io.glsl"

layout(local_size_x = ITX_GROUP) in;

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint log2_w = 0u, first = p.first[0], n = p.n[0]; /* in units of 4 pixels */
    [[unroll]] for (uint i = 1u; i < ITX_LISTS; i++) {
        const uint log2_blocks = 6u - log2_w;
        const uint groups = n + (1u << log2_blocks) - 1u >> log2_blocks;
        if (group < groups)
            break;
        group -= groups;
        log2_w = i;
        first = p.first[i];
        n = p.n[i];
    }
    const uint index = (group << 6u - log2_w) + (lane >> log2_w);
    if (index >= n)
        return;
    const QpuAv1ItxJob job = jobs[first + index];
    const uint plane = job.pos >> 24 & 3u, uv = min(plane, 1u);
    const uint x = (job.pos & 0xfffu) + (lane & (1u << log2_w) - 1u);
    if (x >= p.end[uv])
        return;

    const uint log2_h = job.how >> 11 & 7u;
    int dc = job.dc;
    if (log2_w == log2_h + 1u || log2_h == log2_w + 1u)
        dc = itx_half(dc);
    dc = itx_half(dc);
    /* a bit for each size */
    const uint shift = (ITX_SHIFT_1 >> log2_w * 5u + log2_h & 1u) + 2u * (ITX_SHIFT_2 >> log2_w * 5u + log2_h & 1u);
    dc = dc + int(1u << shift >> 1) >> shift;
    dc = dc * 181 + 128 + 2048 >> 12;
    dc = clamp(dc, -PIXEL_MAX, PIXEL_MAX);

    const uint stride = p.stride[uv];
    uint pos = p.org[plane] + (job.pos >> 12 & 0xfffu) * 4u * stride + x;
    const uvec2 r = uvec2(biased(dc, dc));
    for (uint y = 0u; y < 1u << log2_h; y++) {
        add4(pos, stride, r, r, r, r);
        pos += 4u * stride;
    }
}
