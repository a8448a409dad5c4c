/* CDEF's arithmetic on a quad, four pixels of a row. AV1 specification 7.15.3.
 * Needs BPC and common/pixels.glsl. */

#ifndef COMMON_CDEF_GLSL
#define COMMON_CDEF_GLSL

#if BPC == 8
#define quad uint
#else
#define quad uvec2
#endif

/* Where the taps of a direction lie, 4 bits each. They come in pairs, one on
 * either side of the centre; this is the one that isn't left of it. Rows have
 * 2 added. */
#define CDEF_NEAR_Y 0x33332221u
#define CDEF_NEAR_X 0x00011111u
#define CDEF_FAR_Y  0x04443210u
#define CDEF_FAR_X  0x10122222u

vec4 cdef_pixels(const quad q) /* with PX_BIAS */
{
#if BPC == 8
    return px_biased(q);
#else
    return vec4(px_biased(q.x), px_biased(q.y));
#endif
}

quad cdef_pack(const ivec4 v) /* of pixels with PX_BIAS */
{
#if BPC == 8
    return px_pack(v - int(PX_BIAS));
#else
    return quad(px_pack(v.xy), px_pack(v.zw));
#endif
}

/* What cdef_constrain() takes for a strength (0 yields 0) and damping. */
float cdef_limit(const uint strength)
{
    return strength == 0u ? 0.0 : float(int(strength)) + (1.0 - 1.0 / 256.0);
}

float cdef_slope(const uint strength, const uint damping) /* 2^-shift */
{
    const int shift = max(int(damping) - findMSB(strength), 0);
    return uintBitsToFloat(uint(127 - shift) << 23);
}

/* sign(d) * clamp(strength - (|d| >> shift), 0, |d|). strength - (|d| >> shift)
 * is ceil(strength - |d| / 2^shift) and, shift being at most 8, the same plus
 * 1 - 2^-8 truncated; |d| has no fraction to lose. */
ivec4 cdef_constrain(const vec4 d, const float limit, const float slope)
{
    const vec4 a = abs(d);
    return ivec4(max(min(limit - a * slope, a), 0.0) * clamp(d, -1.0, 1.0));
}

#endif /* COMMON_CDEF_GLSL */
