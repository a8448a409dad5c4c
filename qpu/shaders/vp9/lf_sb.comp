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

/* not readonly: such loads would all be done before the first edge */
layout(std430, binding = 2) coherent buffer Jobs { uint jobs[]; };

/* What follows from the job for a row of superblocks. */
struct Row {
    uint n; /* rows of the job */
    uint st, map_stride;
    uint a, m; /* the superblock's first quad and block */
    uint rows; /* of blocks */
    uint sub;  /* the lane's number among those of its plane */
};

/* different: 0, unknown to the compiler */
Row row_of(const uint i, const uint different)
{
    /* the same for all lanes: V3D's compiler would not know */
    const uint lane = gl_LocalInvocationID.x + different;
    const uint job = subgroupBroadcastFirst(jobs[pc.job + gl_WorkGroupID.x + different]);
    const bool uv = job >> LF_JOB_CHROMA_SHIFT != 0u, both = uv && pc.ss_ver != 0u;
    const bool second = both ? lane >= 16u : gl_WorkGroupID.y != 0u;
    const uint x = (job & 0x3ffu) << (uv && pc.ss_hor != 0u ? 2 : 3);
    Row r;
    r.n = subgroupBroadcastFirst(second && !uv ? 0u : (job >> LF_JOB_ROWS_SHIFT & 0x3ffu) + 1u);
    r.st = uv ? pc.stride[1] : pc.stride[0];
    r.map_stride = uv ? pc.map_stride[1] : pc.map_stride[0];
    r.rows = both ? 4u : 8u;
    r.sub = lane & r.rows * 4u - 1u;
    const uint y = ((job >> LF_JOB_ROW_SHIFT & 0x3ffu) + i) * r.rows;
    r.a = (uv ? second ? pc.org[2] : pc.org[1] : pc.org[0]) + x * 2u + y * 8u * r.st;
    r.m = (uv ? pc.map[1] : pc.map[0]) + x + y * r.map_stride;
    return r;
}

void main()
{
    uint i = 0u;
    Row r;
    do {
        /* each chain by its head's lane; what comes from the superblock above
         * was done in the round before */
        r = row_of(i, 0u);
        const uint y = r.sub >> 1, h_m = r.m - 1u + y * r.map_stride;
        const uint mine = y == 0u ? LF_H_LO | LF_H_HI | LF_H_INNER : LF_H_HEAD;
        const bool h_on = i < r.n && y < r.rows && (map[h_m] & mine) != 0u;
        lf_chain_h(r.a + (h_on ? y * 8u * r.st - 2u + (r.sub & 1u) : 0u), h_m, r.st, r.map_stride, LF_H_LAST, h_on);
        memoryBarrierBuffer();
        barrier();
        /* the job is read again: less registers */
        r = row_of(i, pc.zero & i);
        const uint v_m = r.m + (r.sub >> 2) * r.map_stride;
        const bool v_on = i < r.n && (map[v_m] & (LF_V_LO | LF_V_HI)) != 0u;
        lf_chain_v(r.a + (v_on ? r.sub * 2u * r.st : 0u), v_m, r.st, v_on);
        memoryBarrierBuffer();
        barrier();
    } while (++i < r.n);
}
