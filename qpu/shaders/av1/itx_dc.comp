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
#include "common/itx_io.glsl"

layout(local_size_x = ITX_GROUP) in;

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    const uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint log2_w = 0u, start = 0u, first = p.first[0], n = p.n[0]; /* log2_w: in units of 4 pixels */
    [[unroll]] for (uint i = 1u; i < ITX_LISTS; i++) {
        const bool here = group >= p.info[i];
        log2_w = here ? i : log2_w;
        start = here ? p.info[i] : start;
        first = here ? p.first[i] : first;
        n = here ? p.n[i] : n;
    }
    const uint index = (group - start << 6u - log2_w) + (lane >> log2_w);
    if (index >= n)
        return;
    const QpuAv1ItxJob job = jobs[first + index];
    const uint plane = job.pos >> 24;
    const uint x = (job.pos & 0xfffu) + (lane & (1u << log2_w) - 1u);

    const uint log2_h = job.how >> 11 & 7u;
    int dc = job.dc;
    if (log2_w == log2_h + 1u || log2_h == log2_w + 1u)
        dc = itx_half(dc);
    dc = itx_half(dc);
    const uint shift = ITX_SHIFT(log2_w, log2_h);
    dc = dc + int(1u << shift >> 1) >> shift;
    dc = dc * 181 + 128 + 2048 >> 12;
    dc = clamp(dc, -PIXEL_MAX, PIXEL_MAX);

    const uint stride = p.stride[plane];
    uint pos = p.org[plane] + (job.pos >> 12 & 0xfffu) * 4u * stride + x;
    const uvec2 r = uvec2(biased(dc, dc));
    for (uint y = 0u; y < 1u << log2_h; y++) {
        if (job.pos >= QPU_AV1_ITX_STORE)
            store4(pos, 0u, stride, 2u * stride, 3u * stride, r, r, r, r);
        else
            add4(pos, 0u, stride, 2u * stride, 3u * stride, r, r, r, r);
        pos += 4u * stride;
    }
}
