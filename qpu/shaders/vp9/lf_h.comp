#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_ballot : require

/* VP9's loop filter, last step: horizontal edges, but not those in the last 8
 * columns of a superblock that has another one to its right (vp9/lf_sb.comp).
 *
 * An invocation owns a word's columns of a block and filters the chain of edges
 * whose head is in it, if there is one, down to where it ends. x of the grid:
 * words; y: rows of luma's blocks, then of the chroma planes'. */

#include "vp9/lf.h"

layout(local_size_x = LF_GROUP) in;
#define LF_FRAME
#define LF_UNROLL
#include "vp9/lf.glsl"

void main()
{
    const uint gy = gl_WorkGroupID.y;
    const bool uv = gy >= pc.first[0], second = gy >= pc.first[1];
    const uint y = gy - (second ? pc.first[1] : uv ? pc.first[0] : 0u);
    const uint word = gl_GlobalInvocationID.x, x = word >> 1 + LF_WORDS_LOG2;
    const uint map_stride = uv ? pc.map_stride[1] : pc.map_stride[0];
    const uint m = (uv ? pc.map[1] : pc.map[0]) + y * map_stride + x;
    const uint w = uv && pc.ss_hor != 0u ? 4u : 8u; /* of a superblock */
    const bool strip = (x & w - 1u) == w - 1u && x < (pc.sb_cols - 1u) * w;
    const bool on = x < (uv ? pc.cols[1] : pc.cols[0]) && !strip && (map[m] & LF_H_HEAD) != 0u;
    if (!LF_ANY(on)) /* as in many: nothing of what follows is done for them */
        return;
    const uint st = (uv ? pc.stride[1] : pc.stride[0]) << LF_WORDS_LOG2;
    const uint org = (second ? pc.org[2] : uv ? pc.org[1] : pc.org[0]) << LF_WORDS_LOG2;
    lf_chain_h(org + (on ? y * 8u * st + word : 0u), m, st, map_stride, 0u, on);
}
