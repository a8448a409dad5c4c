/* VP9's loop filter: one edge's samples of a lane, and the walk along a chain
 * of edges (vp9/lf.h). Bindings 0 and 1 are the frame and the map.
 *
 * A quad is 4 samples of a row: a word, or two with 10 and 12 bits. Vertical edges
 * read and write the frame by quads only, horizontal ones by words only, so that what a
 * lane wrote it can read again. All filters read 4 or 8 samples each side of the
 * edge; those are whole quads, and those of chains that don't depend on each other
 * are not the same ones. */

#ifndef VP9_LF_GLSL
#define VP9_LF_GLSL

layout(push_constant) uniform Push { QpuVp9LfPush pc; };

#if BPC == 8
#define quad uint
#define LF_DEPTH 0u
#define LF_FLAT 0x80018001u
#define LF_HI 127
#else
#define quad uvec2
#define LF_DEPTH pc.depth
#define LF_FLAT pc.flat_limit
#define LF_HI pc.hi
#endif
/* All lanes of a subgroup walk as long as one has edges left, and branch alike:
 * in a loop or a branch that they don't share, V3D's compiler keeps every value
 * of the branches inside for the whole loop. */
#define LF_ANY(c) (subgroupBallot(c) != uvec4(0u))
#include "common/lf.glsl"

layout(std430, binding = 0) LF_FRAME buffer Frame { quad frame[]; };
/* The same by words: 4 columns with 8 bits, 2 with more. Words in a quad. */
#if BPC == 8
#define columns frame
#define LF_WORDS_LOG2 0
#else
layout(std430, binding = 0) LF_FRAME buffer FrameWords { uint columns[]; };
#define LF_WORDS_LOG2 1
#endif
layout(std430, binding = 1) readonly buffer Map { uint map[]; };

/* info: a word of the map, without its size where the edge is the one in the
 * block's middle; 0 for a lane that has none and writes nothing. */
LfLimits lf_level(const uint info)
{
    return lf_limits(info >> LF_LEVEL_SHIFT, pc.limit_shift, pc.limit_max, LF_DEPTH);
}

/* A quad of two rows to 4 words of both rows' samples, and back. */
void quad_columns(const quad r0, const quad r1, out uint c[4])
{
#if BPC == 8
    lf_columns(r0, r1, c);
#else
    const uvec2 a = lf_swap(r0.x, r1.x), b = lf_swap(r0.y, r1.y);
    c = uint[4](a.x, a.y, b.x, b.y);
#endif
}

void quad_rows(const uint c0, const uint c1, const uint c2, const uint c3, out quad r0, out quad r1)
{
#if BPC == 8
    const uvec2 r = lf_rows(c0, c1, c2, c3);
    r0 = r.x;
    r1 = r.y;
#else
    const uvec2 a = lf_swap(c0, c1), b = lf_swap(c2, c3);
    r0 = uvec2(a.x, b.x);
    r1 = uvec2(a.y, b.y);
#endif
}

/* Two rows of a vertical edge. */
void lf_edge_v(const uint a, const uint st, const uint info)
{
    const LfLimits l = lf_level(info);
    const bool wide = (info & (LF_V_LO | LF_V_HI)) == (LF_V_LO | LF_V_HI);
    uint p[4], q[4], n[6];
    quad_columns(frame[a - 1u], frame[a + st - 1u], p);
    quad_columns(frame[a], frame[a + st], q);
    const uint s[8] = uint[8](p[0], p[1], p[2], p[3], q[0], q[1], q[2], q[3]);
    uint nhev, fl = 0u;
    const uint ok = lf_ok8(s, l, nhev);
    if (LF_ANY((info & LF_V_HI) != 0u)) fl = lf_flat8(s, (info & LF_V_HI) != 0u ? ok : 0u);
    lf_short8(s, n, lf_spread(ok), fl, nhev);
    const uint maybe = wide ? fl : 0u;
    quad r0, r1;
    if (LF_ANY(maybe != 0u)) {
        uint e[4], f[4], o[16];
        quad_columns(frame[a - 2u], frame[a + st - 2u], e);
        quad_columns(frame[a + 1u], frame[a + st + 1u], f);
        const uint t[16] = uint[16](e[0], e[1], e[2], e[3], p[0], p[1], p[2], p[3],
                                    q[0], q[1], q[2], q[3], f[0], f[1], f[2], f[3]);
        const uint wf = lf_wide_flat(t, maybe), fm = wf & LF_HALF_BITS, keep = ~wf;
        uint sum = lf_wide_sum(t);
        [[unroll]] for (int i = 1; i < 15; i++) {
            o[i] = lf_put(sum + t[i], 4, fm, keep, i < 5 || i > 10 ? t[i] : n[clamp(i - 5, 0, 5)]);
            sum += LF_WIDE_NEXT(t, i);
        }
        if (wf != 0u) {
            quad_rows(e[0], o[1], o[2], o[3], r0, r1);
            frame[a - 2u] = r0;
            frame[a + st - 2u] = r1;
            quad_rows(o[12], o[13], o[14], f[3], r0, r1);
            frame[a + 1u] = r0;
            frame[a + st + 1u] = r1;
        }
        p[0] = o[4];
        q[3] = o[11];
        [[unroll]] for (int i = 0; i < 6; i++)
            n[i] = o[i + 5];
    }
    if (info != 0u) {
        const uint b = a + (pc.zero & n[0]);
        quad_rows(p[0], n[0], n[1], n[2], r0, r1);
        frame[b - 1u] = r0;
        frame[b + st - 1u] = r1;
        quad_rows(n[3], n[4], n[5], q[3], r0, r1);
        frame[b] = r0;
        frame[b + st] = r1;
    }
}

/* Two columns of a word, and the word with those bits of them that m has replaced. With 8
 * bits there are two pairs of columns, 8 bits of a shift apart. */
#if BPC == 8
#define LF_PAIRS 2u
#define LF_PAIR_BITS LF_BYTES
#define LF_GET(w) ((w) >> shift & LF_BYTES)
#define LF_SET(w, s, m) ((w) & ~((m) << shift) | ((s) & (m)) << shift)
#else
#define LF_PAIRS 1u
#define LF_PAIR_BITS ~0u
#define LF_GET(w) (w)
#define LF_SET(w, s, m) ((w) & ~(m) | (s) & (m))
#endif

/* Replaces bits in four rows down to a. (No loop: one inside another isn't unrolled.) */
void lf_put4(const uint a, const uint st, const uvec4 s, const uint bits)
{
    const uint b = a - st, c = b - st, d = c - st;
    columns[d] = columns[d] & ~bits | s.x;
    columns[c] = columns[c] & ~bits | s.y;
    columns[b] = columns[b] & ~bits | s.z;
    columns[a] = columns[a] & ~bits | s.w;
}

/* Pair k of a word's columns of a horizontal edge; w: rows p3 .. q3. The rows that only
 * the widest filter looks at are read where it may change them, and again where it does.
 * V3D has no registers for more; so addresses are made to look new (zero), and LF_ANY()
 * parts what the compiler would do side by side. */
void lf_pair_h(inout uint w[8], const uint a, const uint st, const uint info, const uint k)
{
    const uint shift = k << 3;
    uint s[8], n[6], nhev, fl = 0u;
    [[unroll]] for (int i = 0; i < 8; i++)
        s[i] = LF_GET(w[i]);
    const uint ok = lf_ok8(s, lf_level(info + (pc.zero & k)), nhev);
    if (LF_ANY((info & LF_H_HI) != 0u)) fl = lf_flat8(s, (info & LF_H_HI) != 0u ? ok : 0u);
    lf_short8(s, n, lf_spread(ok), fl, nhev);
    const uint maybe = (info & LF_H_LO) != 0u ? fl : 0u;
    if (LF_ANY(maybe != 0u)) {
        uint t[16], at = a + (pc.zero & fl) - (st << 3);
        [[unroll]] for (int i = 0; i < 16; i++, at += st)
            if (i >= 4 && i < 12) t[i] = s[i - 4 & 7];
            else t[i] = LF_GET(columns[at]);
        const uint wf = lf_wide_flat(t, maybe);
        if (LF_ANY(wf != 0u)) {
            const uint m = wf & LF_HALF_BITS & LF_PAIR_BITS, bits = m << shift;
            uint sum = lf_wide_sum(t);
            uvec4 last = uvec4(0u);
            at = a + (pc.zero & sum) - (st << 3) + st;
            [[unroll]] for (int i = 1; i < 15; i++, at += st) {
                const uint x = sum + t[i] >> 4 & m;
                last = uvec4(last.yzw, x);
                sum += LF_WIDE_NEXT(t, i);
                if (i > 4 && i < 11) n[clamp(i - 5, 0, 5)] = n[clamp(i - 5, 0, 5)] & ~m | x;
                if ((i == 4 || i == 14) && wf != 0u)
                    lf_put4(at, st, last << shift, bits);
            }
        }
    }
    [[unroll]] for (int i = 0; i < 6; i++)
        w[i + 1] = LF_SET(w[i + 1], n[i], LF_PAIR_BITS);
}

/* A word's columns of a horizontal edge. With LF_UNROLL, for kernels that have registers
 * left, the pairs' code stands there twice, and is a tenth shorter to run. */
void lf_edge_h(const uint a, const uint st, const uint info)
{
    uint w[8];
    uint at = a - (st << 2);
    [[unroll]] for (int i = 0; i < 8; i++, at += st)
        w[i] = columns[at];
#ifdef LF_UNROLL
    lf_pair_h(w, a, st, info, 0u);
    if (LF_PAIRS > 1u) lf_pair_h(w, a, st, info, 1u);
#else
    for (uint k = 0u; k < LF_PAIRS; k++)
        lf_pair_h(w, a, st, info, k);
#endif
    if (info != 0u) {
        at = a + (pc.zero & w[1]) - (st << 2) + st;
        [[unroll]] for (int i = 1; i < 7; i++, at += st)
            columns[at] = w[i];
    }
}

/* From the head of a chain along a row: two rows of samples. on: whether there is
 * one; if not, a may be anything in the frame. */
void lf_chain_v(uint a, uint m, const uint st, const bool on)
{
    const uint size = LF_V_LO | LF_V_HI;
    uint info = on ? map[m] : 0u;
    if ((info & size) == 0u) a++;
    while (LF_ANY(info != 0u)) {
        lf_edge_v(a, st, info);
        const bool left = (info & size) != 0u, inner = left && (info & LF_V_INNER) != 0u;
        const bool next = !inner && (info & LF_V_NEXT) != 0u;
        a += left && !inner ? 2u : 1u;
        info = inner ? info & ~size : 0u;
        if (LF_ANY(next) && next) info = map[++m];
    }
}

/* The same down a column, a word wide (a, st: in words); end: flags of a block that ends it. */
void lf_chain_h(uint a, uint m, const uint st, const uint map_stride, const uint end, const bool on)
{
    const uint size = LF_H_LO | LF_H_HI;
    uint info = on ? map[m] : 0u;
    if ((info & size) == 0u) a += st << 2;
    while (LF_ANY(info != 0u)) {
        lf_edge_h(a, st, info);
        const bool above = (info & size) != 0u, inner = above && (info & LF_H_INNER) != 0u;
        const bool next = !inner && (info & (LF_H_NEXT | end)) == LF_H_NEXT;
        a += st << (above && !inner ? 3 : 2);
        info = inner ? info & ~size : 0u;
        if (LF_ANY(next) && next) info = map[m += map_stride];
    }
}

#endif /* VP9_LF_GLSL */
