#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_ballot : require

/* TEAMS: 1 or LF_TEAMS.
 *
 * VP9's loop filter, third step: where two superblocks of a row meet. First the
 * horizontal edges in the last 8 columns left of the meeting, then the vertical
 * edge there and the chain that hangs on it.
 *
 * A meeting waits for the one above, and sometimes for the one to its left. A
 * workgroup owns meetings that wait for nobody else's, and does them in rounds, TEAMS
 * at a time. A team owns one, of luma or chroma; of both chroma planes where
 * they have no more than 16 pairs of rows in a superblock. An invocation owns a
 * word's columns of a block, then two rows. */

#include "vp9/lf.h"

layout(local_size_x = LF_TEAM * TEAMS) in;
#define LF_FRAME coherent
#include "vp9/lf.glsl"

/* Of each workgroup where its rounds begin and end, then rounds: a word a team (vp9/lf.h).
 * Not readonly: such loads would all be done before the first edge. */
layout(std430, binding = 2) coherent buffer Rounds { uint rounds[]; };

/* What follows from a meeting for a lane. */
struct Lane {
    uint st, map_stride;
    uint a, m; /* of the superblock right of it: the first quad and block */
    uint rows; /* of blocks; 0: no meeting */
    uint sub;  /* the lane's number among those of its plane */
};

/* different: 0, unknown to the compiler */
Lane lane_of(const uint round, const uint different)
{
    const uint lane = gl_LocalInvocationID.x + different;
    const uint meeting = rounds[round + lane / LF_TEAM];
    const uint plane = meeting >> LF_MEET_PLANE_SHIFT;
    const bool uv = plane != 0u, both = uv && pc.ss_ver != 0u;
    const bool second = both ? (lane & 16u) != 0u : plane == 2u;
    const uint x = (meeting & 0x3ffu) << (uv && pc.ss_hor != 0u ? 2 : 3);
    const uint rows = both ? 4u : 8u;
    Lane r;
    r.st = uv ? pc.stride[1] : pc.stride[0];
    r.map_stride = uv ? pc.map_stride[1] : pc.map_stride[0];
    r.rows = x != 0u ? rows : 0u;
    r.sub = lane & rows * 4u - 1u;
    const uint y = (meeting >> LF_MEET_ROW_SHIFT & 0x3ffu) * rows;
    r.a = (uv ? second ? pc.org[2] : pc.org[1] : pc.org[0]) + x * 2u + y * 8u * r.st;
    r.m = (uv ? pc.map[1] : pc.map[0]) + x + y * r.map_stride;
    return r;
}

void main()
{
    /* the same for all lanes: V3D's compiler would not know */
    const uint at = gl_WorkGroupID.x * 2u;
    uint round = subgroupBroadcastFirst(rounds[at] + pc.skip);
    const uint end = subgroupBroadcastFirst(min(rounds[at + 1u], round + pc.most));
    while (round < end) {
        /* each chain by its head's lane; what comes from the superblock above
         * was done before */
        Lane r = lane_of(round, 0u);
        const uint y = r.sub >> 1 + LF_WORDS_LOG2, h_m = r.m - 1u + y * r.map_stride;
        const uint mine = y == 0u ? LF_H_LO | LF_H_HI | LF_H_INNER : LF_H_HEAD;
        const bool h_on = y < r.rows && (map[h_m] & mine) != 0u;
        const uint words = (r.a + (h_on ? y * 8u * r.st - 2u : 0u) << LF_WORDS_LOG2) +
                           (r.sub & (2u << LF_WORDS_LOG2) - 1u);
        lf_chain_h(words, h_m, r.st << LF_WORDS_LOG2, r.map_stride, LF_H_LAST, h_on);
        memoryBarrierBuffer();
        barrier();
        /* the meeting is read again: less registers */
        r = lane_of(round, pc.zero & round);
        const uint v_m = r.m + (r.sub >> 2) * r.map_stride;
        const bool v_on = r.rows != 0u && (map[v_m] & (LF_V_LO | LF_V_HI)) != 0u;
        lf_chain_v(r.a + (v_on ? r.sub * 2u * r.st : 0u), v_m, r.st, v_on);
        memoryBarrierBuffer();
        barrier();
        round += TEAMS;
    }
}
