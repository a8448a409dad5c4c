/* Filters of inter prediction as the multiplier reads them. */

#ifndef COMMON_MC_TAPS_GLSL
#define COMMON_MC_TAPS_GLSL

/* Of eight taps of 16 bits each; the halves unpack where they are used. */
float mc_half(const uvec4 taps, const int i)
{
    const vec2 t = unpackHalf2x16(taps[i >> 1]);
    return (i & 1) != 0 ? t.y : t.x;
}

#endif /* COMMON_MC_TAPS_GLSL */
