#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_ballot : require

/* VP9's loop filter, second step: vertical edges, but not the left ones of
 * superblocks and what hangs on them (vp9/lf_sb.comp).
 *
 * An invocation owns two rows of a block and filters the chain of edges whose
 * head is in it, if there is one; a workgroup owns 64 rows of two columns of
 * blocks. y of the grid: luma's 64 rows, then those of the chroma planes. */

#include "vp9/lf.h"

layout(local_size_x = LF_GROUP) in;
#define LF_FRAME
#include "vp9/lf.glsl"

void main()
{
    const uint gy = gl_WorkGroupID.y;
    const bool uv = gy >= pc.first[0], second = gy >= pc.first[1];
    const uint band = gy - (second ? pc.first[1] : uv ? pc.first[0] : 0u);
    const uint pair = gl_LocalInvocationID.x & 31u;
    const uint x = gl_WorkGroupID.x * 2u + (gl_LocalInvocationID.x >> 5);
    const uint y = band * 8u + (pair >> 2);
    const uint m = (uv ? pc.map[1] : pc.map[0]) + y * (uv ? pc.map_stride[1] : pc.map_stride[0]) + x;
    const bool on = x < (uv ? pc.cols[1] : pc.cols[0]) && y < (uv ? pc.rows[1] : pc.rows[0]) &&
                    (map[m] & LF_V_HEAD) != 0u;
    if (!LF_ANY(on)) /* as in most: nothing of what follows is done for them */
        return;
    const uint st = uv ? pc.stride[1] : pc.stride[0];
    const uint org = second ? pc.org[2] : uv ? pc.org[1] : pc.org[0];
    lf_chain_v(org + (on ? (band * 64u + pair * 2u) * st + x * 2u : 0u), m, st, on);
}
