/* CDEF's filter, 7.15.3, of all chosen planes.
 *
 * An invocation owns four pixels of a row (a quad), a workgroup four columns of
 * blocks (cdef.h): consecutive invocations share a block, so that at least
 * luma's 16 do the same. Rows of workgroups are numbered through: luma's (none
 * if it isn't filtered), then U's, then V's.
 *
 * Reads the block's info word (cdef.h), and of src the quad and, if it is
 * filtered, up to 2 pixels on all sides of it; what lies outside the frame is
 * read too, but not used. Writes the quad to dst, filtered or not.
 *
 * Pixels are floats, 8-bit ones with 1024 added (common/pixels.glsl). All values
 * are multiples of 2^-8 below 2^14 in magnitude: exact. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/cdef.h"
#include "common/pixels.glsl"
#include "common/cdef.glsl"

layout(local_size_x = CDEF_GROUP) in;

layout(std430, binding = 0) readonly buffer Src { uint src[]; };
#if BPC == 16
layout(std430, binding = 0) readonly buffer Src2 { uvec2 src2[]; };
#endif
layout(std430, binding = 1) writeonly buffer Dst { quad dst[]; };
layout(std430, binding = 2) readonly buffer Info { uint info[]; };

layout(push_constant) uniform Push { QpuAv1CdefPush p; };

#define PRI 1 /* which taps count */
#define SEC 2

/* What the filter knows of its block. */
struct Block {
    uint pri, sec, dir, damping, stride;
    bool edge;          /* whether it lies at the frame's edge; if so: */
    uint left, right;   /* ~0 where the quad does, else 0 */
    int y, h;           /* row of the quad, rows of the plane */
};

/* The quad that begins dx (0..2) pixels right of the one at word pos. */
quad quad_right(uint pos, const uint dx)
{
#if BPC == 8
    const uint s = dx * 8u;
    return src[pos] >> s | src[pos + 1u] << 1u << (31u - s);
#else
    pos += dx >> 1;
    const uint s = dx << 4 & 31u, mid = src[pos + 1u];
    return uvec2(src[pos], mid) >> s | uvec2(mid, src[pos + 2u]) << 1u << (31u - s);
#endif
}

/* Likewise to the left. */
quad quad_left(uint pos, const uint dx)
{
#if BPC == 8
    const uint s = dx * 8u;
    return src[pos] << s | src[pos - 1u] >> 1u >> (31u - s);
#else
    pos -= dx >> 1;
    const uint s = dx << 4 & 31u, mid = src[pos];
    return uvec2(mid, src[pos + 1u]) << s | uvec2(src[pos - 1u], mid) >> 1u >> (31u - s);
#endif
}

/* Were it not for this, all taps would be loaded first, for which there are
 * not enough registers. Waiting for one sum costs less, for all saves more. */
#define AFTER(pos, sum, all) \
    pos += p.zero & uint(all ? sum.x + sum.y + sum.z + sum.w : sum.x)

/* Adds the two taps at distance 1, or 2 if far, in direction dir (mod 8). */
void taps(const bool far, const uint dir, const bool minmax, const Block b,
          const vec4 x, const float limit, const float slope,
          inout uint pos, inout vec4 lo, inout vec4 hi, inout ivec4 sum)
{
    const uint n = (dir & 7u) * 4u;
    const uint dx = (far ? CDEF_FAR_X : CDEF_NEAR_X) >> n & 3u;
    const int dy = int((far ? CDEF_FAR_Y : CDEF_NEAR_Y) >> n & 7u) - 2;
    const uint off = uint(dy * int(b.stride));

    /* the centre stands in for what isn't in the frame */
    uint d = dx, o = off;
    if (b.edge && uint(b.y + dy) >= uint(b.h))
        d = o = 0u;
    vec4 t = cdef_pixels(quad_right(pos + o, d));
    if (b.edge) {
        d &= b.right;
        t.w = d != 0u ? x.w : t.w;
        if (far)
            t.z = d == 2u ? x.z : t.z;
    }
    if (minmax) {
        lo = min(lo, t);
        hi = max(hi, t);
    }
    sum += cdef_constrain(t - x, limit, slope);
    if (b.edge || BPC == 16 && minmax)
        AFTER(pos, sum, true);

    d = dx, o = off;
    if (b.edge && uint(b.y - dy) >= uint(b.h))
        d = o = 0u;
    t = cdef_pixels(quad_left(pos - o, d));
    if (b.edge) {
        d &= b.left;
        t.x = d != 0u ? x.x : t.x;
        if (far)
            t.y = d == 2u ? x.y : t.y;
    }
    if (minmax) {
        lo = min(lo, t);
        hi = max(hi, t);
    }
    sum += cdef_constrain(t - x, limit, slope);
    AFTER(pos, sum, b.edge || BPC == 16);
}

quad filtered(const int use, const bool edge, Block b, uint pos, const quad centre)
{
    b.edge = edge;
    const vec4 x = cdef_pixels(centre);
    vec4 lo = x, hi = x;
    ivec4 sum = ivec4(0);
    const bool minmax = use == (PRI | SEC); /* else it can't leave the range */
    if ((use & PRI) != 0) {
        const float limit = cdef_limit(b.pri), slope = cdef_slope(b.pri, b.damping);
        ivec4 near = ivec4(0);
        taps(false, b.dir, minmax, b, x, limit, slope, pos, lo, hi, near);
        taps(true, b.dir, minmax, b, x, limit, slope, pos, lo, hi, sum);
        /* weights 4 and 2, or 3 and 3 */
        const bool odd = (b.pri >> p.depth & 1u) != 0u;
        sum += near;
        sum += sum + (odd ? sum : near + near);
    }
    if ((use & SEC) != 0) {
        const float limit = cdef_limit(b.sec), slope = cdef_slope(b.sec, b.damping);
        ivec4 near = ivec4(0);
        taps(false, b.dir + 2u, minmax, b, x, limit, slope, pos, lo, hi, near);
        taps(false, b.dir + 6u, minmax, b, x, limit, slope, pos, lo, hi, near);
        sum += near + near;
        taps(true, b.dir + 2u, minmax, b, x, limit, slope, pos, lo, hi, sum);
        taps(true, b.dir + 6u, minmax, b, x, limit, slope, pos, lo, hi, sum);
    }
    ivec4 v = ivec4(x) + (8 + sum + (sum >> 31) >> 4);
    if (minmax)
        v = clamp(v, ivec4(lo), ivec4(hi));
    return cdef_pack(v);
}

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    uint x = gl_WorkGroupID.x, y = gl_WorkGroupID.y, org = p.org[0];
    const bool uv = y >= p.end[0];
    if (y >= p.end[1]) {
        y -= p.end[1];
        org = p.org[2];
    } else if (uv) {
        y -= p.end[0];
        org = p.org[1];
    }
    const uint narrow = uv ? p.ss_hor : 0u;
    const uint log2_h = 3u - (uv ? p.ss_ver : 0u);
    if (narrow != 0u) { /* 4 quads x 16 rows */
        x = x * 4u + (lane & 3u);
        y = y * 16u + (lane >> 2);
    } else { /* 8 x 8, a block after the other */
        x = x * 8u + (lane >> 3 & 6u) + (lane & 1u);
        y = y * 8u + (lane >> 1 & 7u);
    }
    const uint bx = x >> (1u - narrow), by = y >> log2_h;
    if (bx >= p.w8 || by >= p.h8)
        return;

    Block b;
    b.stride = uv ? p.stride[1] : p.stride[0];
    const uint pos = org + y * b.stride + x * (4 / PX_PER_WORD);
#if BPC == 8
    quad q = src[pos];
#else
    quad q = src2[pos >> 1];
#endif
    uint how = info[by * p.w8 + bx];
    if (uv)
        how >>= 16;
    if ((how & CDEF_STRENGTHS) != 0u) {
        b.pri = how & 0xffu;
        b.sec = (how >> CDEF_SEC_SHIFT & 7u) << p.depth;
        b.dir = how >> CDEF_DIR_SHIFT & 7u;
        b.damping = p.damping - uint(uv);
        b.left = x == 0u ? ~0u : 0u;
        b.right = x + 1u == p.w8 << 1u - narrow ? ~0u : 0u;
        b.y = int(y);
        b.h = int(p.h8 << log2_h);
        if (bx == 0u || by == 0u || bx + 1u == p.w8 || by + 1u == p.h8)
            q = filtered(PRI | SEC, true, b, pos, q);
        else if (b.sec == 0u)
            q = filtered(PRI, false, b, pos, q);
        else if (b.pri == 0u)
            q = filtered(SEC, false, b, pos, q);
        else
            q = filtered(PRI | SEC, false, b, pos, q);
    }
    dst[pos / (4 / PX_PER_WORD)] = q;
}
