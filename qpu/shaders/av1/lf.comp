#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require

/* Deblocking, AV1 specification 7.14, of a frame's vertical (DIR 0) or
 * horizontal (DIR 1) edges, all planes and sizes, in place.
 *
 * An invocation owns one edge segment, 4 lines of samples across an edge, and
 * the samples of them that its filter may change. A workgroup owns LF_GROUP
 * segments of one size, so that all its invocations take the same branch; which
 * size follows from the push constants.
 * A job is a word, QPU_AV1_EDGE() in qpu_av1.h.
 * Reads the jobs and up to 7 samples each side of the edge, writes up to 8.
 * AV1 keeps transform blocks at least as wide as what their edges' filters
 * read, at multiples of their width, so that a word belongs to one
 * segment. Except with 4 samples a word at vertical edges of size 4: there
 * each block edge gets half a word. */

#include "av1/lf.h"

layout(local_size_x = LF_GROUP) in;

layout(std430, binding = 0) buffer Pix { uint pix[]; };
layout(std430, binding = 0) buffer Pix16 { uint16_t pix16[]; };
layout(std430, binding = 0) buffer Pix2 { uvec2 pix2[]; };
layout(std430, binding = 0) buffer Pix4 { uvec4 pix4[]; };
layout(std430, binding = 1) readonly buffer Edges { uint edges[]; };
layout(push_constant) uniform Push { QpuAv1LfPush pc; };

#if BPC == 8
#define DEPTH 0u
#define LF_FLAT 0x80018001u
#define LF_HI 127
#else
#define DEPTH pc.depth
#define LF_FLAT pc.flat_limit
#define LF_HI pc.hi
#endif
#include "common/lf.glsl"

#if BPC == 8
#define WORDS 1u /* of 4 samples */
#else
#define WORDS 2u
#endif

#if DIR == 0
/* b: the word right of the edge, st: the stride, for two lines. */

void pair4(const uint b, const uint st, const LfLimits l)
{
    uint s[4];
#if BPC == 8
    const uint h0 = b + b, h1 = h0 + st + st;
    const uint p = uint(pix16[h0 - 1u]) | uint(pix16[h1 - 1u]) << 16;
    const uint q = uint(pix16[h0]) | uint(pix16[h1]) << 16;
    s[0] = p & LF_BYTES;
    s[1] = p >> 8 & LF_BYTES;
    s[2] = q & LF_BYTES;
    s[3] = q >> 8 & LF_BYTES;
    lf_filter(s, l);
    const uint u = s[0] | s[1] << 8, v = s[2] | s[3] << 8;
    pix16[h0 - 1u] = uint16_t(u);
    pix16[h0] = uint16_t(v);
    pix16[h1 - 1u] = uint16_t(u >> 16);
    pix16[h1] = uint16_t(v >> 16);
#else
    const uvec2 p = lf_swap(pix[b - 1u], pix[b - 1u + st]);
    const uvec2 q = lf_swap(pix[b], pix[b + st]);
    s[0] = p.x;
    s[1] = p.y;
    s[2] = q.x;
    s[3] = q.y;
    lf_filter(s, l);
    const uvec2 u = lf_swap(s[0], s[1]), v = lf_swap(s[2], s[3]);
    pix[b - 1u] = u.x;
    pix[b] = v.x;
    pix[b - 1u + st] = u.y;
    pix[b + st] = v.y;
#endif
}

/* p3 .. q3 */
void load8(const uint b, const uint st, out uint s[8])
{
#if BPC == 8
    uint p[4], q[4];
    lf_columns(pix[b - 1u], pix[b - 1u + st], p);
    lf_columns(pix[b], pix[b + st], q);
    [[unroll]] for (int i = 0; i < 4; i++) {
        s[i] = p[i];
        s[i + 4] = q[i];
    }
#else
    const uint b2 = b >> 1, st2 = st >> 1;
    const uvec2 p0 = pix2[b2 - 1u], q0 = pix2[b2];
    const uvec2 p1 = pix2[b2 - 1u + st2], q1 = pix2[b2 + st2];
    const uvec2 a = lf_swap(p0.x, p1.x), c = lf_swap(p0.y, p1.y);
    const uvec2 d = lf_swap(q0.x, q1.x), e = lf_swap(q0.y, q1.y);
    s = uint[8](a.x, a.y, c.x, c.y, d.x, d.y, e.x, e.y);
#endif
}

void store8(const uint b, const uint st, const uint s[8])
{
#if BPC == 8
    const uvec2 p = lf_rows(s[0], s[1], s[2], s[3]);
    const uvec2 q = lf_rows(s[4], s[5], s[6], s[7]);
    pix[b - 1u] = p.x;
    pix[b] = q.x;
    pix[b - 1u + st] = p.y;
    pix[b + st] = q.y;
#else
    const uint b2 = b >> 1, st2 = st >> 1;
    const uvec2 a = lf_swap(s[0], s[1]), c = lf_swap(s[2], s[3]);
    const uvec2 d = lf_swap(s[4], s[5]), e = lf_swap(s[6], s[7]);
    pix2[b2 - 1u] = uvec2(a.x, c.x);
    pix2[b2] = uvec2(d.x, e.x);
    pix2[b2 - 1u + st2] = uvec2(a.y, c.y);
    pix2[b2 + st2] = uvec2(d.y, e.y);
#endif
}

void pair6(const uint b, const uint st, const LfLimits l)
{
    uint t[8], s[6];
    load8(b, st, t);
    [[unroll]] for (int i = 0; i < 6; i++)
        s[i] = t[i + 1];
    lf_filter(s, l);
    [[unroll]] for (int i = 0; i < 6; i++)
        t[i + 1] = s[i];
    store8(b, st, t);
}

void pair8(const uint b, const uint st, const LfLimits l)
{
    uint s[8];
    load8(b, st, s);
    lf_filter(s, l);
    store8(b, st, s);
}

void pair14(const uint b, const uint st, const LfLimits l)
{
    uint t[16], s[14];
#if BPC == 8
    const uint b2 = b >> 1, st2 = st >> 1;
    const uvec2 p0 = pix2[b2 - 1u], q0 = pix2[b2];
    const uvec2 p1 = pix2[b2 - 1u + st2], q1 = pix2[b2 + st2];
    uint c[4];
    lf_columns(p0.x, p1.x, c);
    [[unroll]] for (int i = 0; i < 4; i++) t[i] = c[i];
    lf_columns(p0.y, p1.y, c);
    [[unroll]] for (int i = 0; i < 4; i++) t[i + 4] = c[i];
    lf_columns(q0.x, q1.x, c);
    [[unroll]] for (int i = 0; i < 4; i++) t[i + 8] = c[i];
    lf_columns(q0.y, q1.y, c);
    [[unroll]] for (int i = 0; i < 4; i++) t[i + 12] = c[i];
#else
    const uint b4 = b >> 2, st4 = st >> 2;
    const uvec4 p0 = pix4[b4 - 1u], q0 = pix4[b4];
    const uvec4 p1 = pix4[b4 - 1u + st4], q1 = pix4[b4 + st4];
    [[unroll]] for (int i = 0; i < 4; i++) {
        const uvec2 p = lf_swap(p0[i], p1[i]), q = lf_swap(q0[i], q1[i]);
        t[2 * i] = p.x;
        t[2 * i + 1] = p.y;
        t[2 * i + 8] = q.x;
        t[2 * i + 9] = q.y;
    }
#endif
    [[unroll]] for (int i = 0; i < 14; i++)
        s[i] = t[i + 1];
    lf_filter(s, l);
    [[unroll]] for (int i = 0; i < 14; i++)
        t[i + 1] = s[i];
#if BPC == 8
    const uvec2 u0 = lf_rows(t[0], t[1], t[2], t[3]);
    const uvec2 u1 = lf_rows(t[4], t[5], t[6], t[7]);
    const uvec2 v0 = lf_rows(t[8], t[9], t[10], t[11]);
    const uvec2 v1 = lf_rows(t[12], t[13], t[14], t[15]);
    pix2[b2 - 1u] = uvec2(u0.x, u1.x);
    pix2[b2] = uvec2(v0.x, v1.x);
    pix2[b2 - 1u + st2] = uvec2(u0.y, u1.y);
    pix2[b2 + st2] = uvec2(v0.y, v1.y);
#else
    uvec4 u0, u1, v0, v1;
    [[unroll]] for (int i = 0; i < 4; i++) {
        const uvec2 u = lf_swap(t[2 * i], t[2 * i + 1]), v = lf_swap(t[2 * i + 8], t[2 * i + 9]);
        u0[i] = u.x;
        u1[i] = u.y;
        v0[i] = v.x;
        v1[i] = v.y;
    }
    pix4[b4 - 1u] = u0;
    pix4[b4] = v0;
    pix4[b4 - 1u + st4] = u1;
    pix4[b4 + st4] = v1;
#endif
}

#define SEGMENT(n, a, st, l) { \
    pair##n(a, st, l); \
    pair##n((a) + (st) + (st), st, l); \
}

#else

/* a: the word below the edge. A row of the segment is one word or two. At 8
 * bits the even columns are done before the odd ones. */
#if BPC == 8
#define SEGMENT(n, a, st, l) { \
    const uint top = (a) - uint(n / 2) * (st); \
    uint w[n], s[n]; \
    [[unroll]] for (int i = 0; i < n; i++) { \
        w[i] = pix[top + uint(i) * (st)]; \
        s[i] = w[i] & LF_BYTES; \
    } \
    lf_filter(s, l); \
    [[unroll]] for (int i = 0; i < n; i++) { \
        w[i] = w[i] & ~LF_BYTES | s[i]; \
        s[i] = w[i] >> 8 & LF_BYTES; \
    } \
    lf_filter(s, l); \
    [[unroll]] for (int i = n == 4 ? 0 : 1; i < (n == 4 ? n : n - 1); i++) \
        pix[top + uint(i) * (st)] = w[i] & LF_BYTES | s[i] << 8; \
}
#else
#define SEGMENT(n, a, st, l) { \
    const uint st2 = (st) >> 1, top = ((a) >> 1) - uint(n / 2) * st2; \
    uint s[n], t[n]; \
    [[unroll]] for (int i = 0; i < n; i++) { \
        const uvec2 w = pix2[top + uint(i) * st2]; \
        s[i] = w.x; \
        t[i] = w.y; \
    } \
    lf_filter(s, l); \
    lf_filter(t, l); \
    [[unroll]] for (int i = n == 4 ? 0 : 1; i < (n == 4 ? n : n - 1); i++) \
        pix2[top + uint(i) * st2] = uvec2(s[i], t[i]); \
}
#endif
#endif

void main()
{
    const uint i = gl_GlobalInvocationID.x + gl_WorkGroupID.y * pc.row;
    uint end = pc.end[0], skip = pc.skip[0], size = 0u;
    [[unroll]] for (uint n = 1u; n < 4u; n++) {
        if (i >= pc.first[n]) {
            end = pc.end[n];
            skip = pc.skip[n];
            size = n;
        }
    }
    if (i >= end) return;

    const uint job = edges[i - skip];
    const uint x4 = job & 0xfffu, y4 = job >> 12 & 0xfffu, plane = job >> 24 & 3u;
    const uint st = plane == 0u ? pc.stride[0] : pc.stride[1];
    const uint org = plane == 0u ? pc.org[0] : plane == 1u ? pc.org[1] : pc.org[2];
    const uint a = org + y4 * 4u * st + x4 * WORDS;
    const LfLimits l = lf_limits(job >> 26, pc.limit_shift, pc.limit_max, DEPTH);

    if (size == 0u)
        SEGMENT(4, a, st, l)
    else if (size == 1u)
        SEGMENT(6, a, st, l)
    else if (size == 2u)
        SEGMENT(8, a, st, l)
    else
        SEGMENT(14, a, st, l)
}
