/* A quad, four pixels of a row, as it lies in memory. Needs BPC. */

#ifndef COMMON_MC_PACK_GLSL
#define COMMON_MC_PACK_GLSL

#if BPC == 8
#define quad uint
#else
#define quad uvec2
#endif

quad mc_pack(const uvec4 q)
{
#if BPC == 8
    return q.x + (q.y << 8) + (q.z << 16) + (q.w << 24);
#else
    return quad(q.x + (q.y << 16), q.z + (q.w << 16));
#endif
}

#endif /* COMMON_MC_PACK_GLSL */
