/* Intra prediction, 7.11.2 to 7.11.5, of blocks that don't depend on each
 * other: one level of a frame.
 *
 * A workgroup owns one large block (wider or higher than 16 pixels) or four
 * small ones, 16 lanes each; a lane columns of quads, or rows of units
 * (common/ipred_pred.glsl). The large blocks' jobs come first.
 *
 * Reads jobs (av1/ipred.h), of the frame the pixels around a block, with chroma
 * from luma the luma under it, with a mask the block itself; tables, palettes
 * and masks. Writes the block, whole, whether it is in the picture or not. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/ipred.h"

layout(local_size_x = IPRED_GROUP) in;

#if BPC == 8
#define quad uint
#else
#define quad uvec2
#endif

layout(std430, binding = 0) buffer Frame { quad frame[]; };
layout(std430, binding = 1) readonly buffer Jobs { uvec4 jobs[]; };
layout(std430, binding = 2) readonly buffer Tables { uvec4 tables[]; };
layout(std430, binding = 3) readonly buffer Palettes { uint palettes[]; };
layout(std430, binding = 4) readonly buffer Masks { uint masks[]; };

layout(push_constant) uniform Push { QpuAv1IpredPush p; };

#include "common/ipred_pred.glsl"

void main()
{
    const uint group = gl_WorkGroupID.y * p.row + gl_WorkGroupID.x;
    uint lane = gl_LocalInvocationID.x, lanes = IPRED_GROUP, slot = 0u;
    uint job = p.first + group;
    if (group >= p.n_large) {
        lanes = IPRED_SMALL;
        slot = lane / IPRED_SMALL;
        lane &= IPRED_SMALL - 1;
        job = p.first + p.n_large + (group - p.n_large) * (IPRED_GROUP / IPRED_SMALL) + slot;
    }
    const Ipred b = ipred_block(job < p.end, jobs[min(job, p.end - 1u)], lane, lanes, slot);

    uint sum, ac_sum;
    ipred_start(b, sum, ac_sum);
    barrier();
    ipred_sides(b, sum, ac_sum);
    barrier();
    ipred_predict(b);
    IpredFilter f = IpredFilter(0.0, 0.0, 0.0);
    const uint steps = ipred_steps;
    for (uint i = 0u; i < steps; i++) {
        ipred_filter_step(b, i, f);
        barrier();
    }
}
