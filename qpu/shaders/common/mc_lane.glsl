/* Which part of which job a lane of the inter prediction kernels owns. Needs
 * BPC, buffers jobs[] (uvec4; qpu_*_mc.h), uvec2 groups[] and uvec4 planes[]
 * (common/mc.h), and push constants p with first. MC_LANE_ROWS: rows of a lane;
 * MC_NONE: a word above the frame. */

#ifndef COMMON_MC_LANE_GLSL
#define COMMON_MC_LANE_GLSL

struct McLane {
    uvec4 job;
    uint dst, stride; /* word of the first pixel, words to the next row */
    int x, y, rows;   /* in the block, in pixels; rows to be written */
};

uint mc_w_log2(const uvec4 job) { return job.z & 7u; }
uint mc_h(const uvec4 job) { return (job.z >> 3 & 127u) + 1u; }

/* What lies beyond the plane (its size rounded up to blocks) is nobody's, and a
 * class' last group may have lanes without a job. Lanes with nothing to do have
 * rows <= 0, and a dst in the guard above the frame: to let them work and write
 * there costs less than to mask them out. */
McLane mc_lane()
{
    const uvec2 group = groups[p.first + gl_WorkGroupID.x];
    const uint lanes_log2 = group.y & 15u, n = group.y >> 8;
    uint lane = gl_LocalInvocationID.x + (group.y >> 4 & 15u) * MC_GROUP;
    const uint i = lane >> lanes_log2;
    McLane l;
    l.job = jobs[group.x + min(i, n - 1u)];
    lane &= (1u << lanes_log2) - 1u;
    const uint cols_log2 = max(mc_w_log2(l.job), 2u) - 2u;
    l.x = int(lane & (1u << cols_log2) - 1u) * 4;
    l.y = int(lane >> cols_log2) * MC_LANE_ROWS;

    const uvec4 plane = planes[MC_CURRENT * 4 + (l.job.x >> 28 & 3u)];
    const int x = int(l.job.x & 0x3fffu) + l.x, y = int(l.job.x >> 14 & 0x3fffu) + l.y;
    l.rows = min(min(int(mc_h(l.job)) - l.y, MC_LANE_ROWS), int(plane.z) - y);
    if (i >= n || x >= int(plane.y))
        l.rows = 0;
    l.dst = l.rows > 0 ? plane.x + uint(y) * plane.w + uint(x) / PX_PER_WORD : MC_NONE;
    l.stride = plane.w;
    return l;
}

#endif /* COMMON_MC_LANE_GLSL */
