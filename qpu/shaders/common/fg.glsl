/* Film grain's way of reading, mixing and writing pixels, eight of a row at a
 * time: an octet. AV1 specification 7.18.3.5. Needs BPC. */

#ifndef COMMON_FG_GLSL
#define COMMON_FG_GLSL

/* Four pixels. */
struct Quad {
#if BPC == 8
    uvec2 twice; /* of each pixel: 0 | 2 << 16, 1 | 3 << 16 */
#else
    uvec4 px;
#endif
};

#if BPC == 8

#define octet uvec2

Quad fg_quad(const uint w)
{
    return Quad(uvec2(w << 1, w >> 7) & 0x01fe01feu);
}

void fg_quads(const octet o, const uint pixel_max, out Quad a, out Quad b)
{
    a = fg_quad(o.x);
    b = fg_quad(o.y);
}

/* The pixels as indices of 16-bit elements, whose offset in bytes is what a
 * quad has. */
uvec4 fg_indices(const Quad q)
{
    return uvec4(q.twice & 0xffffu, q.twice >> 16).xzyw.xzyw >> 1;
}

/* FG_BIAS + 1/2 + pixel, by way of halves from 512 on. */
vec4 fg_rounding(const Quad q)
{
    const vec2 even = unpackHalf2x16(q.twice.x | 0x60016001u);
    const vec2 odd = unpackHalf2x16(q.twice.y | 0x60016001u);
    return vec4(even.x, odd.x, even.y, odd.y);
}

/* FG_BIAS + the mean of columns 0 and 1, and so on, rounded up. */
vec4 fg_average(const uvec2 w)
{
    const uvec2 sum = (w & 0x00ff00ffu) + (w >> 8 & 0x00ff00ffu) + 0x60016001u;
    const uvec2 h = sum & 0xfffefffeu;
    return vec4(unpackHalf2x16(h.x), unpackHalf2x16(h.y));
}

/* A word with column x repeated to its right. */
uint fg_repeat(const uint w, const uint x)
{
    return x == 0u ? w & 0xffff00ffu | (w & 0xffu) << 8 :
           x == 2u ? w & 0x00ffffffu | (w & 0xff0000u) << 8 : w;
}

uint fg_pack(const vec4 v)
{
    const uvec4 u = uvec4(v);
    return u.x + (u.y << 8) + (u.z << 16) + (u.w << 24) - 512u * 0x01010101u;
}

#else

#define octet uvec4

Quad fg_quad(const uvec2 w, const uint pixel_max)
{
    return Quad(uvec4(w.x, w.x >> 16, w.y, w.y >> 16) & pixel_max);
}

void fg_quads(const octet o, const uint pixel_max, out Quad a, out Quad b)
{
    a = fg_quad(o.xy, pixel_max);
    b = fg_quad(o.zw, pixel_max);
}

uvec4 fg_indices(const Quad q)
{
    return q.px;
}

vec4 fg_rounding(const Quad q)
{
    return vec4(ivec4(q.px)) + 0.5;
}

vec4 fg_average(const uvec4 w)
{
    return vec4(ivec4((w & 0xffffu) + (w >> 16) + 1u >> 1));
}

uint fg_repeat(const uint w, const uint x)
{
    return x == 0u ? (w & 0xffffu) * 0x10001u : w;
}

uvec2 fg_pack(const vec4 v)
{
    const uvec4 u = uvec4(v);
    return u.xz + (u.yw << 16);
}

#endif

#endif /* COMMON_FG_GLSL */
