/* Blending a neighbour's prediction with the frame, 7.11.3.10. Needs the
 * library's tables as uvec4 taps[] (av1/mc.h) and common/mc_lane.glsl. */

#ifndef COMMON_MC_OBMC_GLSL
#define COMMON_MC_OBMC_GLSL

/* Where in the table the weights of a lane begin: one a row, or, MC_OBMC_LEFT, one a
 * column. */
#define MC_OBMC_LEFT 256u

/* n: the height that the mask is for, above. */
uint mc_obmc_first(const McLane l, const uint n)
{
    return (l.job.z & 1u << 27) != 0u ?
        MC_OBMC_LEFT | (1u << mc_w_log2(l.job)) + uint(l.x) : n + uint(l.y);
}

/* Of row i of the lane, a byte a column; 0 beyond a block that is 2 pixels wide. */
uint mc_obmc_weights(const uint first, const uint i)
{
    const bool left = first >= MC_OBMC_LEFT;
    const uint at = left ? first - MC_OBMC_LEFT : first + i;
    const uint w = taps[MC_OBMC + (at >> 4)][at >> 2 & 3u] >> (at & 3u) * 8u;
    return left ? w : (w & 0xffu) * 0x01010101u;
}

uvec4 mc_obmc_blend(const uvec4 old, const uvec4 q, const uint weights)
{
    const uvec4 m = uvec4(weights, weights >> 8, weights >> 16, weights >> 24) & 0xffu;
    return old * 64u + (q - old) * m + 32u >> 6;
}

#endif /* COMMON_MC_OBMC_GLSL */
