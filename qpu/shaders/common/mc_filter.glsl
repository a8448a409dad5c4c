/* Filters whose result is a pixel again after each direction, and whose taps add up
 * to 128, as floats. Values are multiples of 1/256 pixel below 1 << 12: exact. Needs
 * BPC, common/pixels.glsl, common/mc_pack.glsl, common/mc_taps.glsl, and push constants
 * p with range, a little less than 1 << bit depth, and unit, 128 / (1 << bit depth).
 *
 * Taps are scaled by 1 / (1 << 14). A sum of products starts at MC_START; times MC_UNIT,
 * it is a pixel with half of one added, over 1 << bit depth. MC_START_WHOLE and
 * MC_UNIT_WHOLE are those for pixels that mc_whole() gave. */

#ifndef COMMON_MC_FILTER_GLSL
#define COMMON_MC_FILTER_GLSL

/* What sums are multiples of: half of it, so that range, which is a little less, scales
 * them to no lower integer. */
#define MC_HALF_STEP (1.0 / 256.0)

#define MC_START_WHOLE ((0.5 + MC_HALF_STEP) / 128.0)

#if BPC == 8

/* 512 and half a pixel each: an OR makes two bytes two half floats. */
vec4 mc_unpack(const uint w)
{
    const vec2 even = unpackHalf2x16((w & 0x00ff00ffu) + 0x60006000u);
    const vec2 odd = unpackHalf2x16((w >> 8 & 0x00ff00ffu) + 0x60006000u);
    return vec4(even.x, odd.x, even.y, odd.y);
}

#define MC_START      ((0.5 + MC_HALF_STEP) / 256.0 - 4.0)
#define MC_UNIT       1.0
#define MC_UNIT_WHOLE 0.5
#define MC_RANGE      (256.0 - 1.0 / 16384.0)
#define MC_WHOLE_BIAS 0.0

#else

vec4 mc_unpack(const uvec2 q)
{
    return vec4(px_biased(q.x), px_biased(q.y));
}

#define MC_START      MC_START_WHOLE
#define MC_UNIT       p.unit
#define MC_UNIT_WHOLE p.unit
#define MC_RANGE      p.range
#define MC_WHOLE_BIAS 2048.0

#endif

/* The pixels that a direction gives. */
vec4 mc_whole(const vec4 sum)
{
    return floor(clamp(sum * MC_UNIT, 0.0, 1.0) * MC_RANGE);
}

/* They as half floats, which have all numbers up to 2048. */
uvec2 mc_pack_whole(const vec4 v)
{
    return uvec2(packHalf2x16(v.xy - MC_WHOLE_BIAS), packHalf2x16(v.zw - MC_WHOLE_BIAS));
}

/* Less MC_WHOLE_BIAS; a sum of them starts at MC_START_PACKED. */
vec4 mc_unpack_whole(const uvec2 v)
{
    return vec4(unpackHalf2x16(v.x), unpackHalf2x16(v.y));
}

#define MC_START_PACKED (MC_START_WHOLE + MC_WHOLE_BIAS / 128.0)

/* unit: MC_UNIT or MC_UNIT_WHOLE */
quad mc_quad(const vec4 sum, const float unit)
{
    return mc_pack(uvec4(clamp(sum * unit, 0.0, 1.0) * MC_RANGE));
}

/* Averages of pixels, rounded up. */
quad mc_average(const quad a, const quad b)
{
    return (a | b) - ((a ^ b) >> 1 & (BPC == 8 ? 0x7f7f7f7fu : 0x7fff7fffu));
}

#endif /* COMMON_MC_FILTER_GLSL */
