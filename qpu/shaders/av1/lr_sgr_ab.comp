/* Box sums of the self-guided filter, 7.17.3: A and B of every sample that the
 * weighting will read, in a 5x5 box every other row and in a 3x3 box.
 *
 * An invocation owns a quad of columns (4 pixels) of a strip and walks down its
 * 32 rows, two a step, once for each pass that some unit of the frame has. (The
 * other way round, a workgroup for each pass, the loops' bounds would not be
 * uniform, which costs more than it saves.) A strip is a unit's part of a
 * segment with one quad more on each side, for its neighbours' A and B as its
 * own parameters make them. The lanes of all strips are numbered through; a
 * workgroup is a batch of 16 of them, out of two strips at most.
 *
 * Reads src and, in the rows around the stripe, dbl; strips (QpuAv1LrJob), the
 * number of each batch's first strip, planes and units. Writes
 * ab5[batch][17 rows][16 lanes] and ab3[batch][34][16], a quad as four words
 * x << 20 | y: x = 256 - A (255 where A is 1) in 8 bits, y = B, less than 2^20
 * at 12 bits. So the weighted sum is that of y - x * pixel, a multiple of 2^13
 * less than the specification's.
 *
 * 8 bits: squares of pixel - 128 in float; n * squares - sum^2 stays the same,
 * and all is below 2^24. Deeper: integers, as sums are rounded. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "common/lr.glsl"

layout(local_size_x = LR_LANES) in;

layout(std430, binding = 0) readonly buffer Src { QUAD src[]; };
layout(std430, binding = 1) readonly buffer Dbl { QUAD dbl[]; };
layout(std430, binding = 2) readonly buffer Planes { QpuAv1LrPlane planes[]; };
layout(std430, binding = 3) readonly buffer Units { QpuAv1LrCoefs units[]; };
layout(std430, binding = 4) readonly buffer Jobs { QpuAv1LrJob jobs[]; };
layout(std430, binding = 5) readonly buffer First { uint first_strip[]; };
layout(std430, binding = 6) writeonly buffer Ab5 { uvec2 ab5[]; };
layout(std430, binding = 7) writeonly buffer Ab3 { uvec2 ab3[]; };

layout(push_constant) uniform Push { QpuAv1LrPush p; };

#if BPC == 8
#define SQ vec4
#else
#define SQ ivec4
#endif

Lane lane;

/* The quads of the row at hand, goes on to the next one. k: the step; the rows
 * around the segment are those of negative steps and of step n. */
Quads load(const int k, const int n)
{
    const uint i = lr_row(lane);
    lane.at += lane.stride;
    Quads q;
    if (lane_has(lane, k < 0 ? LANE_TOP_DBL : k >= n ? LANE_BOTTOM_DBL : 0u))
        q = Quads(dbl[i - 1u], dbl[i], dbl[i + 1u]);
    else
        q = Quads(src[i - 1u], src[i], src[i + 1u]);
    if (lane_has(lane, LANE_BORDER)) lr_border(lane, q);
    return q;
}

/* Sums of pixels, two a word (three rows of five 12-bit ones have 16 bits), and
 * of their squares. */
struct Row {
    uvec2 sum;
    SQ sq;
};

/* Last half of a word and first one of the next. */
uint between(const uint a, const uint b)
{
    return a >> 16 | b << 16;
}

SQ box3(const SQ l, const SQ m, const SQ r)
{
    return SQ(l.w + m.x, m.x + m.y, m.y + m.z, m.z + m.w) + SQ(m.y, m.z, m.w, r.x);
}

SQ box5(const SQ l, const SQ m, const SQ r)
{
    return box3(l, m, r) + (SQ(l.zw, m.xy) + SQ(m.zw, r.xy));
}

#if BPC == 8

/* Pixels 0 and 2, 1 and 3. */
uvec2 pairs(const uint q)
{
    return uvec2(q & 0x00ff00ffu, q >> 8 & 0x00ff00ffu);
}

ivec4 sums(const uvec2 v)
{
    return ivec4(v.x & 0xffffu, v.y & 0xffffu, v.x >> 16, v.y >> 16);
}

vec4 squares(const uint q)
{
    const vec4 v = quad_biased(q) - (PX_BIAS + 128.0);
    return v * v;
}

uvec2 sums3(const Quads q)
{
    const uvec2 l = pairs(q.l), m = pairs(q.m), r = pairs(q.r);
    return m.x + m.y + uvec2(between(l.y, m.y), between(m.x, r.x));
}

uvec2 sums5(const Quads q)
{
    const uvec2 l = pairs(q.l), m = pairs(q.m), r = pairs(q.r);
    const uint mid = between(l.y, m.y) + m.x + m.y + between(m.x, r.x);
    return mid + uvec2(between(l.x, m.x), between(m.y, r.y));
}

#else

ivec4 sums(const uvec2 v)
{
    return quad_int(v);
}

ivec4 squares(const uvec2 q)
{
    const ivec4 v = quad_int(q);
    return v * v;
}

uvec2 sums3(const Quads q)
{
    const uint mid = between(q.m.x, q.m.y);
    return q.m + mid + uvec2(between(q.l.y, q.m.x), between(q.m.y, q.r.x));
}

uvec2 sums5(const Quads q)
{
    const uint mid = q.m.x + between(q.m.x, q.m.y) + q.m.y;
    return mid + uvec2(q.l.y + between(q.l.y, q.m.x), between(q.m.y, q.r.x) + q.r.x);
}

#endif

Row row3(const Quads q)
{
    return Row(sums3(q), box3(squares(q.l), squares(q.m), squares(q.r)));
}

Row row5(const Quads q)
{
    return Row(sums5(q), box5(squares(q.l), squares(q.m), squares(q.r)));
}

Row add(const Row a, const Row b)
{
    return Row(a.sum + b.sum, a.sq + b.sq);
}

/* n: pixels of the box, one_by_n: 2^12 / n, s: the set's parameter */
#if BPC == 8
uint ab(const int sum, const float sq, const int n, const uint s, const uint one_by_n)
{
    const float b = float(sum - n * 128);
    const uint var = uint(sq * float(n) - b * b);
#else
uint ab(const int sum, const int sq, const int n, const uint s, const uint one_by_n)
{
    const int sh = p.bit_depth - 8;
    const int a8 = sq + (1 << 2 * sh >> 1) >> 2 * sh, b8 = sum + (1 << sh >> 1) >> sh;
    const uint var = uint(max(a8 * n - b8 * b8, 0));
#endif
    const uint z = min(var * s + (1u << 19) >> 20, 255u);
    /* 256 / (z + 1), rounded. The quarter keeps the quotient 1 / 1024 or more
     * away from integers, as division is not exact. */
    const float d = float(z + 1u);
    uint x = min(uint((d * 0.5 + 256.25) * (1.0 / d)), 255u);
    if (z == 255u) x = 0u;
    return x << 20 | (x * uint(sum) * one_by_n + (1u << 11) >> 12);
}

/* Of the rows that a and b are sums of. */
uvec4 ab_quad(const Row a, const Row b, const int n, const uint s, const uint one_by_n)
{
    const SQ sq = a.sq + b.sq;
    const ivec4 sum = sums(a.sum) + sums(b.sum);
    return uvec4(ab(sum.x, sq.x, n, s, one_by_n), ab(sum.y, sq.y, n, s, one_by_n),
                 ab(sum.z, sq.z, n, s, one_by_n), ab(sum.w, sq.w, n, s, one_by_n));
}

/* Two stores, as one would halve the threads on V3D. */
#define STORE(ab, i, v) { ab[i] = v.xy; ab[i + 1u] = v.zw; }

/* Sets the lane up and gives parameter i of its unit's set. */
uint begin(const uint batch, const int i, const int dy)
{
    const uint n = batch * LR_LANES + gl_LocalInvocationID.x;
    uint strip = first_strip[batch];
    if (n >= jobs[strip + 1u].ab) strip++;
    const QpuAv1LrJob job = jobs[strip];
    const int x = int(job.pos & 0x1fffu) - 1 + int(min(n - job.ab, job.quads + 1u));
    lane = lr_lane(planes[job.pos >> 23], job.pos, x, dy);
    return uint(units[job.unit].coef[i]);
}

void main()
{
    const uint batch = min(gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x, p.n - 1u);
    /* The sums of the rows before the two of a step, and the last one of them:
     * the first steps only fill these. */
    Row sum = Row(uvec2(0), SQ(0)), last = sum;

    if (p.passes >= 2u) {
        const uint s = begin(batch, 0, -4);
        uint d = batch * (LR_ROWS5 * LR_LANES * 2u) + gl_LocalInvocationID.x * 2u;
        [[dont_unroll]] for (int k = -2; k < LR_ROWS5; k++) {
            const Row a = row5(load(k, LR_SEG / 2)), next = add(last, a);
            last = row5(load(k, LR_SEG / 2));
            if (k >= 0) {
                const uvec4 v = ab_quad(sum, add(a, last), 25, s, 164u);
                STORE(ab5, d, v)
                d += LR_LANES * 2u;
            }
            sum = add(next, last);
        }
    }

    if ((p.passes & 1u) != 0u) {
        /* looked up again: to keep it through the loop above would spill */
        const uint s = begin(batch + (sum.sum.x & p.zero), 1, -2);
        uint d = batch * (LR_ROWS3 * LR_LANES * 2u) + gl_LocalInvocationID.x * 2u;
        sum = last = Row(uvec2(0), SQ(0));
        [[dont_unroll]] for (int k = -2; k < LR_SEG + 2; k++) {
            const Row a = row3(load(k, LR_SEG));
            if (k >= 0) {
                const uvec4 v = ab_quad(sum, a, 9, s, 455u);
                STORE(ab3, d, v)
                d += LR_LANES * 2u;
            }
            sum = add(last, a);
            last = a;
        }
    }
}
