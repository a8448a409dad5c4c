/* Pixels of a word as numbers and back. BPC 8: four pixels a word, lowest byte
 * first; BPC 16: two of up to 16 bits. */

#ifndef COMMON_PIXELS_GLSL
#define COMMON_PIXELS_GLSL

#if BPC == 8

#define PX_PER_WORD  4
#define PX_LOG2      2  /* of PX_PER_WORD */
#define PX_BITS      8
#define PX_BIAS      1024.0
#define px_fvec      vec4
#define px_ivec      ivec4

/* PX_BIAS + pixel: an OR makes two bytes two half floats, whose unpacking is
 * part of the operation that uses them on V3D. */
vec4 px_biased(const uint w)
{
    const vec2 even = unpackHalf2x16(w & 0x00ff00ffu | 0x64006400u);
    const vec2 odd = unpackHalf2x16(w >> 8 & 0x00ff00ffu | 0x64006400u);
    return vec4(even.x, odd.x, even.y, odd.y);
}

vec4 px_float(const uint w)
{
    return px_biased(w) - PX_BIAS;
}

ivec4 px_int(const uint w)
{
    return ivec4(w & 0xffu, w >> 8 & 0xffu, w >> 16 & 0xffu, w >> 24);
}

/* 0..255 each */
uint px_pack(const ivec4 v)
{
    return uint(v.x | v.y << 8 | v.z << 16 | v.w << 24);
}

#else

#define PX_PER_WORD  2
#define PX_LOG2      1
#define PX_BITS      16
#define PX_BIAS      0.0
#define px_fvec      vec2
#define px_ivec      ivec2

/* Twelve bits don't fit a half float's ten. */
vec2 px_biased(const uint w)
{
    return vec2(int(w & 0xffffu), int(w >> 16));
}

vec2 px_float(const uint w)
{
    return px_biased(w);
}

ivec2 px_int(const uint w)
{
    return ivec2(w & 0xffffu, w >> 16);
}

/* 0..65535 each */
uint px_pack(const ivec2 v)
{
    return uint(v.x | v.y << 16);
}

#endif

/* Bits s to s + 31 of two words, s in 0..31. up: px_up(s), computed once where
 * s stays. Adds and multiplies run side by side on V3D, shifts and ORs don't. */
uint px_up(const uint s)
{
    return s == 0u ? 0u : 1u << 32u - s;
}

uint px_funnel(const uint lo, const uint hi, const uint s, const uint up)
{
    return (lo >> s) + hi * up;
}

#endif /* COMMON_PIXELS_GLSL */
