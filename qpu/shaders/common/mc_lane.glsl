/* Which part of which job a lane of the inter prediction kernels owns. Needs
 * BPC, a buffer of QpuAv1McJob jobs[], uvec2 groups[], uvec4 planes[], and push
 * constants p with first and n. MC_LANE_ROWS: rows of a lane. */

#ifndef COMMON_MC_LANE_GLSL
#define COMMON_MC_LANE_GLSL

struct McLane {
    uvec4 job;
    uint dst, stride; /* word of the first pixel, words to the next row */
    int x, y, rows;   /* in the block, in pixels; rows to be written */
};

uint mc_w_log2(const uvec4 job) { return job.z & 7u; }
uint mc_h(const uvec4 job) { return (job.z >> 3 & 127u) + 1u; }

/* False: there is nothing to do. What lies beyond the plane (its size rounded up
 * to blocks) is nobody's. */
bool mc_lane(out McLane l)
{
    const uint g = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    if (g >= p.n)
        return false;
    const uvec2 group = groups[p.first + g];
    const uint lanes_log2 = group.y & 15u;
    uint lane = gl_LocalInvocationID.x + (group.y >> 4 & 15u) * MC_GROUP;
    const uint i = lane >> lanes_log2;
    if (i >= group.y >> 8)
        return false;
    l.job = jobs[group.x + i];
    lane &= (1u << lanes_log2) - 1u;
    const uint cols_log2 = max(mc_w_log2(l.job), 2u) - 2u;
    l.x = int(lane & (1u << cols_log2) - 1u) * 4;
    l.y = int(lane >> cols_log2) * MC_LANE_ROWS;

    const uvec4 plane = planes[MC_CURRENT * 4 + (l.job.x >> 28 & 3u)];
    const int x = int(l.job.x & 0x3fffu) + l.x, y = int(l.job.x >> 14 & 0x3fffu) + l.y;
    l.stride = plane.y;
    l.dst = plane.x + uint(y) * plane.y + uint(x) / PX_PER_WORD;
    l.rows = min(min(int(mc_h(l.job)) - l.y, MC_LANE_ROWS), int(plane.w) - y);
    return x < int(plane.z) && l.rows > 0;
}

#endif /* COMMON_MC_LANE_GLSL */
