/* Film grain, 7.18.3.5: adds scaled noise to luma, or U and V, or all three.
 *
 * The frame is made of blocks of 32x32 luma pixels, each of which takes its
 * noise from a random place of its plane's grain; with overlap, its first
 * columns and rows (two, or one where chroma is subsampled) are mixed with what
 * follows the neighbours' places.
 *
 * A workgroup is FG_GROUP_H rows of FG_GROUP_W lanes. Rows of lanes are numbered
 * through; gl_WorkGroupID.x counts the blocks of a row. First come those of
 * which a lane owns FG_ROWS rows of a block,
 *   up to end[0] of luma,
 *   up to end[1] of both chroma planes (if only one has noise, p names it twice),
 * then those that own a row of a block that is mixed with the block above,
 *   up to end[2] of luma,
 *   up to end[3] of chroma,
 * and then, where the last luma column has no partner, those that own a row of
 * chroma in the last column of blocks, FG_GROUP_W under each other. So all lanes
 * of a row are in the same row of their blocks or all in the same column.
 * Lanes beyond the last column of blocks do what the one in it does.
 *
 * Reads the rows from src, for chroma also luma's, and from a buffer of tables
 * (fg.h) the random numbers of the block and its neighbours, the grain, and the
 * scaling functions times 2^-shift. Writes dst, whole blocks wide: up to 31
 * columns and FG_ROWS - 1 rows more than the plane has.
 *
 * SS_HOR: whether chroma has half luma's columns.
 *
 * Floats are exact: grain is integers of 12 bits, scaling functions multiples
 * of 2^-11 below 1, pixels of 12 bits, multipliers multiples of 1/64 below 2. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require

#include "av1/fg.h"
#include "common/fg.glsl"
#include "common/invocation.glsl"

layout(local_size_x = FG_GROUP_W * FG_GROUP_H) in;

layout(std430, binding = 0) readonly buffer Src { octet src[]; };
#if BPC == 8
layout(std430, binding = 0) readonly buffer Src2 { uvec4 src2[]; };
#endif
layout(std430, binding = 1) writeonly buffer Dst { uvec2 dst[]; };
layout(std430, binding = 2) readonly buffer Lut { float16_t lut[]; };
layout(std430, binding = 2) readonly buffer Grain { uvec2 grain[]; };
layout(std430, binding = 2) readonly buffer Blocks { uint blocks[]; };

layout(push_constant) uniform Push { QpuAv1FgPush p; };

#define OVERLAP ((p.flags & 1u) != 0u)
#define SS_VER  (p.flags >> 1 & 1u)
#define ODD     (p.flags >> 2)

/* Where a row of a block has its noise from. */
struct Noise {
    uint own, left, up, up_left;  /* in the grain, units of 4 halves */
    vec2 weight_own, weight_left; /* of the first two columns */
    float weight_row, weight_up;  /* in special rows */
};

/* How chroma and its luma make an index of the scaling function. */
struct Mix {
    float luma_mult, mult, offset, lo, hi;
};

vec4 unpack(const uvec2 v)
{
    return vec4(unpackHalf2x16(v.x), unpackHalf2x16(v.y));
}

vec2 clip_grain(const vec2 v)
{
    return clamp(floor(v), -1.0 - p.grain_max, p.grain_max);
}

vec4 clip_grain(const vec4 v)
{
    return clamp(floor(v), -1.0 - p.grain_max, p.grain_max);
}

/* Where the grain for a random number starts. */
uint place(const uint random, const uint ss_hor, const uint ss_ver)
{
    const uint x = random >> 4 & 15u, y = (random & 15u) << 1u - ss_ver;
    const uint log2_copies = FG_COPIES_LOG2(ss_hor), copy = x & (1u << log2_copies) - 1u;
    return (y * FG_PITCH + copy * FG_COPY_W(ss_hor) >> 2) + (x >> log2_copies);
}

/* The first two columns of a row, mixed with what is left of them. */
vec2 first_columns(const vec2 own, const uint left, const Noise z)
{
    return clip_grain(unpackHalf2x16(grain[left].x) * z.weight_left + (own * z.weight_own + 0.5));
}

/* Octet k of the row. table: where the plane's grain begins; up: whether rows
 * are mixed. */
void noise_octet(const uint k, const Noise z, const uint table, const bool up,
                 out vec4 n0, out vec4 n1)
{
    n0 = unpack(grain[z.own + table + 2u * k]);
    n1 = unpack(grain[z.own + table + 2u * k + 1u]);
    if (k == 0u)
        n0.xy = first_columns(n0.xy, z.left + table, z);
    if (up) {
        vec4 u0 = unpack(grain[z.up + table + 2u * k]);
        vec4 u1 = unpack(grain[z.up + table + 2u * k + 1u]);
        if (k == 0u)
            u0.xy = first_columns(u0.xy, z.up_left + table, z);
        n0 = clip_grain(u0 * z.weight_up + (n0 * z.weight_row + 0.5));
        n1 = clip_grain(u1 * z.weight_up + (n1 * z.weight_row + 0.5));
    }
}

vec4 scales(const uvec4 i)
{
    return vec4(lut[i.x], lut[i.y], lut[i.z], lut[i.w]);
}

/* Returns 0 that the compiler doesn't know, for what has to come later. */
uint store(const uint pos, const vec4 v0, const vec4 v1, const float hi)
{
    const vec4 a = clamp(v0, p.lo, hi), b = clamp(v1, p.lo, hi);
#if BPC == 8
    const uvec2 w = uvec2(fg_pack(a), fg_pack(b));
    dst[pos] = w;
    return (w.x + w.y) & p.zero;
#else
    const uvec2 w0 = fg_pack(a), w1 = fg_pack(b);
    dst[pos * 2u] = w0;
    dst[pos * 2u + 1u] = w1;
    return (w0.x + w1.y) & p.zero;
#endif
}

/* pos: of the row's first octet; so below. */
void luma_octet(const uint k, const bool up, const uint pos, const Noise z)
{
    vec4 n0, n1;
    noise_octet(k, z, p.grain[0], up, n0, n1);
    Quad q0, q1;
    fg_quads(src[pos + k], p.pixel_max, q0, q1);
    store(pos + k, fg_rounding(q0) + n0 * scales(fg_indices(q0)),
          fg_rounding(q1) + n1 * scales(fg_indices(q1)), p.hi[0]);
}

vec4 noisy_chroma(const Quad q, const vec4 luma, const vec4 noise, const Mix m)
{
    const vec4 x = fg_rounding(q);
    const vec4 at = luma * m.luma_mult + (x * m.mult + m.offset);
    return x + noise * scales(uvec4(clamp(at, m.lo, m.hi)));
}

/* One of chroma's planes, from whose origin pos counts. */
uint chroma_plane(const int v, const uint k, const bool special, const vec4 luma0,
                  const vec4 luma1, const uint pos, const Noise z)
{
    const Mix m = Mix(p.luma_mult[v], p.mult[v], p.offset[v], p.lut[v], p.lut[v] + p.lut_size);
    const uint at = pos + p.org[1 + v] + k;
    vec4 n0, n1;
    noise_octet(k, z, p.grain[1 + v], special, n0, n1);
    Quad q0, q1;
    fg_quads(src[at], p.pixel_max, q0, q1);
    return store(at, noisy_chroma(q0, luma0, n0, m), noisy_chroma(q1, luma1, n1, m), p.hi[1]);
}

/* Both planes. luma: position of its octets; odd: column to be repeated, or
 * FG_EVEN. */
void chroma_octet(const uint k, const bool special, inout uint luma, inout uint pos,
                  const uint odd, inout Noise z)
{
#if !SS_HOR
    Quad y0, y1;
    fg_quads(src[luma + k], p.pixel_max, y0, y1);
    const vec4 luma0 = fg_rounding(y0), luma1 = fg_rounding(y1);
#else
    const uint x = odd - 16u * k;
#if BPC == 8
    uvec4 w = src2[(luma >> 1) + k];
    if (special)
        w = uvec4(fg_repeat(w.x, x), fg_repeat(w.y, x - 4u),
                  fg_repeat(w.z, x - 8u), fg_repeat(w.w, x - 12u));
    const vec4 luma0 = fg_average(w.xy), luma1 = fg_average(w.zw);
#else
    uvec4 w0 = src[luma + 2u * k], w1 = src[luma + 2u * k + 1u];
    if (special) {
        w0 = uvec4(fg_repeat(w0.x, x), fg_repeat(w0.y, x - 2u),
                   fg_repeat(w0.z, x - 4u), fg_repeat(w0.w, x - 6u));
        w1 = uvec4(fg_repeat(w1.x, x - 8u), fg_repeat(w1.y, x - 10u),
                   fg_repeat(w1.z, x - 12u), fg_repeat(w1.w, x - 14u));
    }
    const vec4 luma0 = fg_average(w0), luma1 = fg_average(w1);
#endif
#endif
    /* Did not all that follows wait for U, too much would be loaded first, and
     * there are not enough registers. */
    const uint zero = chroma_plane(0, k, special, luma0, luma1, pos, z);
    luma += zero;
    pos += zero;
    z.own += zero;
    chroma_plane(1, k, special, luma0, luma1, pos, z);
}

/* What a row of a block that isn't mixed with the one above needs. */
Noise noise(const uint bx, const uint row, const uint random, const uint ss_hor, const uint ss_ver)
{
    Noise z;
    z.own = row * (FG_PITCH / 4) + place(random, ss_hor, ss_ver);
    z.left = row * (FG_PITCH / 4) + place(random >> 8, ss_hor, ss_ver) + (32u >> ss_hor) / 4u;
    z.weight_own = vec2(1.0);
    z.weight_left = vec2(0.0);
    if (OVERLAP && bx > 0u) {
        z.weight_own = ss_hor != 0u ? vec2(22.0 / 32.0, 1.0) : vec2(17.0 / 32.0, 27.0 / 32.0);
        z.weight_left = ss_hor != 0u ? vec2(23.0 / 32.0, 0.0) : vec2(27.0 / 32.0, 17.0 / 32.0);
    }
    return z;
}

/* FG_ROWS rows from top on, but for those that are mixed with the block above. */
void plain_rows(const bool uv, const uint ss_hor, const uint ss_ver, const uint bx, const uint top)
{
    const uint by = top >> 5u - ss_ver, row = top & (32u >> ss_ver) - 1u;
    const uint first = OVERLAP && by > 0u && row == 0u ? 2u >> ss_ver : 0u;
    const uint random = blocks[p.blocks + by * p.blocks_w + bx];
    Noise z = noise(bx, row + first, random, ss_hor, ss_ver);

    const uint stride = p.stride[uv ? 1 : 0], y = top + first;
    uint pos = y * stride + bx * (4u >> ss_hor) + (uv ? 0u : p.org[0]);
    uint luma = p.org[0] + (y << ss_ver) * p.stride[0] + bx * 4u;
    [[dont_unroll]] for (uint i = first; i < FG_ROWS; i++) {
        if (uv) {
            chroma_octet(0u, false, luma, pos, FG_EVEN, z);
            chroma_octet(1u, false, luma, pos, FG_EVEN, z);
#if !SS_HOR
            chroma_octet(2u, false, luma, pos, FG_EVEN, z);
            chroma_octet(3u, false, luma, pos, FG_EVEN, z);
#endif
        } else {
            luma_octet(0u, false, pos, z);
            luma_octet(1u, false, pos, z);
            luma_octet(2u, false, pos, z);
            luma_octet(3u, false, pos, z);
        }
        z.own += FG_PITCH / 4;
        z.left += FG_PITCH / 4;
        pos += stride;
        luma += p.stride[0] << ss_ver;
    }
}

/* Any row of any block. */
void special_row(const bool uv, const uint ss_hor, const uint ss_ver, const uint bx, const uint y)
{
    const uint by = y >> 5u - ss_ver, row = y & (32u >> ss_ver) - 1u;
    const uint random = blocks[p.blocks + by * p.blocks_w + bx];
    Noise z = noise(bx, row, random, ss_hor, ss_ver);

    /* mixed with itself where there may be no grain above */
    z.up = z.own;
    z.up_left = z.left;
    z.weight_row = 1.0;
    z.weight_up = 0.0;
    if (OVERLAP && by > 0u && row < 2u >> ss_ver) {
        const uint below = (row + (32u >> ss_ver)) * (FG_PITCH / 4);
        z.up = below + place(random >> 16, ss_hor, ss_ver);
        z.up_left = below + place(random >> 24, ss_hor, ss_ver) + (32u >> ss_hor) / 4u;
        z.weight_row = (ss_ver != 0u ? 22.0 : row == 0u ? 17.0 : 27.0) / 32.0;
        z.weight_up = (ss_ver != 0u ? 23.0 : row == 0u ? 27.0 : 17.0) / 32.0;
    }

    const uint octets = 4u >> ss_hor, odd = bx + 1u == p.blocks_w ? ODD : FG_EVEN;
    uint pos = y * p.stride[uv ? 1 : 0] + bx * octets + (uv ? 0u : p.org[0]);
    uint luma = p.org[0] + (y << ss_ver) * p.stride[0] + bx * 4u;
    [[dont_unroll]] for (uint k = 0u; k < octets; k++) {
        if (uv)
            chroma_octet(k, true, luma, pos, odd, z);
        else
            luma_octet(k, true, pos, z);
    }
}

/* The first rows of the blocks but for the first row of blocks. */
uint mixed_row(const uint n, const uint ss_ver)
{
    const uint log2_rows = 1u - ss_ver;
    return ((n >> log2_rows) + 1u << 5u - ss_ver) + (n & (1u << log2_rows) - 1u);
}

void main()
{
    const uvec2 id = invocation_2d(FG_GROUP_W, FG_GROUP_H);
    const uint lanes = id.y, ss_ver = SS_VER;
    uint bx = min(id.x, p.blocks_w - 1u);
    if (lanes < p.end[0]) {
        const uint y = lanes * FG_ROWS;
        if (y < p.rows[0])
            plain_rows(false, 0u, 0u, bx, y);
    } else if (lanes < p.end[1]) {
        const uint y = (lanes - p.end[0]) * FG_ROWS;
        if (y < p.rows[1] && (bx + 1u < p.blocks_w || ODD == FG_EVEN))
            plain_rows(true, SS_HOR, ss_ver, bx, y);
    } else if (lanes < p.end[2]) {
        const uint y = mixed_row(lanes - p.end[1], 0u);
        if (y < p.rows[0])
            special_row(false, 0u, 0u, bx, y);
    } else {
        uint y = mixed_row(lanes - p.end[2], ss_ver);
        if (lanes >= p.end[3]) {
            /* one workgroup of a row is enough */
            y = (lanes - p.end[3]) * FG_GROUP_W + id.x;
            y = gl_WorkGroupID.x == 0u ? y : ~0u;
            bx = p.blocks_w - 1u;
        }
        if (y < p.rows[1])
            special_row(true, SS_HOR, ss_ver, bx, y);
    }
}
