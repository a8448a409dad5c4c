#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_ballot : require

/* VP9's loop filter, third step: where two superblocks of a row meet. Down the
 * rows of superblocks: the horizontal edges in the last 8 columns left of the
 * meeting, then the vertical edge there and the chain that hangs on it.
 *
 * A workgroup owns a job (vp9/lf.h): a column of superblocks, some rows of it, of
 * luma or chroma; both chroma planes where one has no more than 16 pairs of
 * rows in a superblock, else the one that y of the grid says. An invocation owns
 * a quad's columns of a block, then two rows. */

#include "vp9/lf.h"

layout(local_size_x = LF_SB_GROUP) in;
#define LF_FRAME coherent
#include "vp9/lf.glsl"

layout(std430, binding = 2) readonly buffer Jobs { uint jobs[]; };

void main()
{
    /* the same for all lanes: V3D's compiler would not know */
    const uint job = subgroupBroadcastFirst(jobs[pc.job + gl_WorkGroupID.x]);
    const uint k = job & 0x3ffu;
    const bool uv = job >> LF_JOB_CHROMA_SHIFT != 0u;
    const bool both = uv && pc.ss_ver != 0u;
    const uint n = uv || gl_WorkGroupID.y == 0u ? (job >> LF_JOB_ROWS_SHIFT & 0x3ffu) + 1u : 0u;

    const uint lane = gl_LocalInvocationID.x;
    const uint lanes = both ? 16u : 32u, sub = lane & lanes - 1u;
    const bool second = both ? lane >= 16u : gl_WorkGroupID.y != 0u;
    const uint st = uv ? pc.stride[1] : pc.stride[0];
    const uint org = uv ? second ? pc.org[2] : pc.org[1] : pc.org[0];
    const uint map_stride = uv ? pc.map_stride[1] : pc.map_stride[0];
    const uint rows = lanes >> 2; /* blocks of a superblock */
    const uint x = k * (uv && pc.ss_hor != 0u ? 4u : 8u);
    uint y = (job >> LF_JOB_ROW_SHIFT & 0x3ffu) * rows;
    const uint at = (uv ? pc.map[1] : pc.map[0]) + x;

    for (uint i = 0u; i < n; i++, y += rows) {
        /* each chain by its head's lane; what comes from the superblock above
         * was done in the round before */
        const uint h_y = y + (sub >> 1), h_m = at - 1u + h_y * map_stride;
        const uint mine = h_y == y ? LF_H_LO | LF_H_HI | LF_H_INNER : LF_H_HEAD;
        const bool h_on = sub < lanes >> 1 && (map[h_m] & mine) != 0u;
        lf_chain_h(org + (h_on ? h_y * 8u * st + x * 2u - 2u + (sub & 1u) : 0u), h_m, st, map_stride,
                   at - 1u + (y + rows - 1u) * map_stride, h_on);
        memoryBarrierBuffer();
        barrier();
        const uint v_m = at + (y + (sub >> 2)) * map_stride;
        const bool v_on = (map[v_m] & (LF_V_LO | LF_V_HI)) != 0u;
        lf_chain_v(org + (y * 8u + sub * 2u) * st + x * 2u, v_m, st, v_on);
        memoryBarrierBuffer();
        barrier();
    }
}
