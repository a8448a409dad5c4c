/* Wiener filter, 7.17.4, of the units of that type; others that are not
 * self-guided pass as the filter that changes nothing.
 *
 * A workgroup owns a tile: up to 16 quads (4 pixels each) of a unit in one
 * segment of 32 rows; an invocation walks down a quad's columns, three rows
 * ahead of the stripe to three rows behind. Lanes that are too many repeat the
 * tile's last quad.
 *
 * Reads src and, in the rows around the stripe, dbl; the tiles (QpuAv1LrJob),
 * planes and units. Writes whole quads of dst; rows before the first and after
 * the last of the plane go to the guard.
 *
 * All in float: a horizontal sum is a multiple of 2^-3 (2^-5 at 12 bits) below
 * 2^13 * 308 / 2^7, a vertical one of 2^-11 (2^-9), with at most 24 bits:
 * exact in any order. The vertical sums of the six rows to come run along, so
 * no window of rows moves. The offset that keeps upstream's intermediate
 * values positive cancels out, but for the limits that they are clipped to. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "common/lr.glsl"

layout(local_size_x = LR_LANES) in;

layout(std430, binding = 0) readonly buffer Src { QUAD src[]; };
layout(std430, binding = 1) readonly buffer Dbl { QUAD dbl[]; };
layout(std430, binding = 2) writeonly buffer Dst { QUAD dst[]; };
layout(std430, binding = 3) readonly buffer Planes { QpuAv1LrPlane planes[]; };
layout(std430, binding = 4) readonly buffer Units { ivec4 units[]; };
layout(std430, binding = 5) readonly buffer Jobs { QpuAv1LrJob jobs[]; };

layout(push_constant) uniform Push { QpuAv1LrPush p; };

#if BPC == 8
#define ROUND_H (1.0 / 8.0)
#define MIN_H   (-2048.0)
#define MAX_H   6143.0
#define ROUND_V (1.0 / 2048.0)
#define MAX_PX  255.0
#else
#define ROUND_H p.round_h
#define MIN_H   p.min_h
#define MAX_H   p.max_h
#define ROUND_V p.round_v
#define MAX_PX  float(p.pixel_max)
#endif

Lane lane;
/* Two halves a word, to save registers; V3D unpacks them for nothing. Taps have
 * 9 bits: exact. */
uvec2 taps_h, taps_v;
float bias;

Quads from_src(const uint i)
{
    return Quads(src[i - 1u], src[i], src[i + 1u]);
}

Quads from_dbl(const uint i)
{
    return Quads(dbl[i - 1u], dbl[i], dbl[i + 1u]);
}

/* Sums of the rows 3 above the newest one to 2 below it. */
vec4 sum0, sum1, sum2, sum3, sum4, sum5;

/* A column of a row: filters p, the pixels 3 left to 3 right of it, and adds
 * that to the sums; gives the one that is then complete, of the row 3 above. */
#define COLUMN(c, p0, p1, p2, p3, p4, p5, p6) \
    { \
        const float s = (p0 + p6) * h.x + (p1 + p5) * h.y + (p2 + p4) * h.z + \
                        (p3 * h.w + bias); \
        const float f = clamp(floor(s), MIN_H, MAX_H); \
        const float t0 = f * v.x, t1 = f * v.y, t2 = f * v.z; \
        done.c = sum0.c + t0; \
        sum0.c = sum1.c + t1; \
        sum1.c = sum2.c + t2; \
        sum2.c = sum3.c + f * v.w; \
        sum3.c = sum4.c + t2; \
        sum4.c = sum5.c + t1; \
        sum5.c = t0 + 0.5; \
    }

/* One column after the other: all at once needs more registers than there are
 * where a pixel's unpacking is an operation of its own. */
vec4 filter_row(Quads q)
{
    vec4 done;
    const vec4 h = vec4(unpackHalf2x16(taps_h.x), unpackHalf2x16(taps_h.y));
    const vec4 v = vec4(unpackHalf2x16(taps_v.x), unpackHalf2x16(taps_v.y));
    if (lane_has(lane, LANE_BORDER)) lr_border(lane, q);
    const vec4 l = quad_biased(q.l), m = quad_biased(q.m), r = quad_biased(q.r);
    COLUMN(x, l.y, l.z, l.w, m.x, m.y, m.z, m.w)
    COLUMN(y, l.z, l.w, m.x, m.y, m.z, m.w, r.x)
    COLUMN(z, l.w, m.x, m.y, m.z, m.w, r.x, r.y)
    COLUMN(w, m.x, m.y, m.z, m.w, r.x, r.y, r.z)
    return done;
}

/* Goes on to the next row. */
void store(const vec4 sum)
{
    dst[lane.at - 3u * lane.stride] = quad_pack(ivec4(clamp(sum, vec4(0.0), vec4(MAX_PX))));
    lane.at += lane.stride;
}

void main()
{
    const uint i = min(gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x, p.n - 1u);
    const QpuAv1LrJob job = jobs[i];
    const int x = int(job.pos & 0x1fffu) + int(min(gl_LocalInvocationID.x, job.quads - 1u));
    lane = lr_lane(planes[job.pos >> 23], job.pos, x, -3);
    const vec4 h = vec4(units[job.unit * 2u]) * ROUND_H;
    const vec4 v = vec4(units[job.unit * 2u + 1u]) * ROUND_V;
    taps_h = uvec2(packHalf2x16(h.xy), packHalf2x16(h.zw));
    taps_v = uvec2(packHalf2x16(v.xy), packHalf2x16(v.zw));
    bias = 0.5 - PX_BIAS * 128.0 * ROUND_H; /* the taps add up to 128 */
    sum0 = sum1 = sum2 = sum3 = sum4 = sum5 = vec4(0.5);

    /* rows from own on, or all, are src's */
    const int own = lane_has(lane, LANE_TOP_DBL) ? 3 : 0;
    [[dont_unroll]] for (int k = 0; k < 6; k++) {
        Quads q;
        if (k < own) q = from_dbl(lr_row(lane));
        else q = from_src(lr_row(lane));
        filter_row(q);
        lane.at += lane.stride;
    }

    [[dont_unroll]] for (int k = 0; k < LR_SEG - 3; k++)
        store(filter_row(from_src(lr_row(lane))));

    [[dont_unroll]] for (int k = 0; k < 3; k++) {
        Quads q;
        if (lane_has(lane, LANE_BOTTOM_DBL)) q = from_dbl(lr_row(lane));
        else q = from_src(lr_row(lane));
        store(filter_row(q));
    }
}
