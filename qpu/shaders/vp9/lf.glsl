/* VP9's loop filter: one edge's samples of a lane, and the walk along a chain
 * of edges (vp9/lf.h). Bindings 0 and 1 are the frame and the map.
 *
 * A quad is 4 samples of a row: a word, or two with 10 and 12 bits. Each kernel
 * reads and writes the frame by quads only, so that what a lane wrote it can
 * read again. All filters read 4 or 8 samples each side of the edge; those are
 * whole quads, and those of chains that don't depend on each other are not
 * the same ones. */

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
    uint nhev;
    const uint ok = lf_ok8(s, l, nhev);
    const uint fl = lf_flat8(s, (info & LF_V_HI) != 0u ? ok : 0u);
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
            o[i] = lf_put(sum, 4, fm, keep, i < 5 || i > 10 ? t[i] : n[clamp(i - 5, 0, 5)]);
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

/* Two of a word's columns; the word with those replaced; with the next two in their
 * place; as it was when all have been. */
#if BPC == 8
#define LF_H_PAIRS 2u
uint pair_get(const uint w)
{
    return w & LF_BYTES;
}

uint pair_put(const uint w, const uint s)
{
    return w & ~LF_BYTES | s;
}

uint pair_turn(const uint w)
{
    return w >> 8 | w << 24;
}

uint pair_turned(const uint w)
{
    return w >> 16 | w << 16;
}
#else
#define LF_H_PAIRS 1u
#define pair_get(w) (w)
#define pair_put(w, s) (s)
#define pair_turn(w) (w)
#define pair_turned(w) (w)
#endif

/* A word's columns of a horizontal edge, two and two; the rows that only the widest filter
 * changes are read again where they are written, and addresses are made to look
 * new (zero): V3D has no registers for more. */
void lf_edge_h(const uint a, const uint st, const uint info)
{
    uint w[8];
    uint at = a - (st << 2);
    [[unroll]] for (int i = 0; i < 8; i++, at += st)
        w[i] = columns[at];
    for (uint k = 0u; k < LF_H_PAIRS; k++) {
        uint s[8], n[6], nhev;
        [[unroll]] for (int i = 0; i < 8; i++)
            s[i] = pair_get(w[i]);
        const uint ok = lf_ok8(s, lf_level(info + (pc.zero & k)), nhev);
        const uint fl = lf_flat8(s, (info & LF_H_HI) != 0u ? ok : 0u);
        lf_short8(s, n, lf_spread(ok), fl, nhev);
        const uint maybe = (info & LF_H_LO) != 0u ? fl : 0u;
        if (LF_ANY(maybe != 0u)) {
            uint t[16];
            at = a + (pc.zero & fl) - (st << 3);
            [[unroll]] for (int i = 0; i < 16; i++, at += st)
                if (i >= 4 && i < 12) t[i] = s[i - 4 & 7];
                else {
                    uint v = columns[at];
                    if (k != 0u) v = pair_turn(v);
                    t[i] = pair_get(v);
                }
            const uint wf = lf_wide_flat(t, maybe), fm = wf & LF_HALF_BITS, keep = ~wf;
            uint sum = lf_wide_sum(t);
            at = a + (pc.zero & sum) - (st << 3) + st;
            [[unroll]] for (int i = 1; i < 15; i++, at += st) {
                const uint x = lf_put(sum, 4, fm, keep, i < 5 || i > 10 ? t[i] : n[clamp(i - 5, 0, 5)]);
                if (i == 4 || i == 11) w[i - 4 & 7] = pair_put(w[i - 4 & 7], x);
                else if (i > 4 && i < 11) n[clamp(i - 5, 0, 5)] = x;
                else if (wf != 0u) {
                    uint v = columns[at];
                    if (k != 0u) v = pair_turn(v);
                    v = pair_put(v, x);
                    if (k != 0u) v = pair_turned(pair_turn(v));
                    columns[at] = v;
                }
                sum += LF_WIDE_NEXT(t, i);
            }
        }
        [[unroll]] for (int i = 0; i < 6; i++)
            w[i + 1] = pair_put(w[i + 1], n[i]);
        [[unroll]] for (int i = 0; i < 8; i++)
            w[i] = pair_turn(w[i]);
    }
    if (info != 0u) {
        at = a + (pc.zero & w[1]) - (st << 2);
        const uint top = at;
        at += st;
        [[unroll]] for (int i = 1; i < 7; i++, at += st)
            columns[at] = pair_turned(w[i]);
        if ((info & (LF_H_LO | LF_H_HI)) == (LF_H_LO | LF_H_HI)) {
            columns[top] = pair_turned(w[0]);
            columns[at] = pair_turned(w[7]);
        }
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
        const bool mid = (info & size) == 0u;
        if (!mid && (info & LF_V_INNER) != 0u) {
            info &= ~size;
            a++;
        } else if ((info & LF_V_NEXT) != 0u) {
            info = map[++m];
            a += mid ? 1u : 2u;
        } else
            info = 0u;
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
        const bool mid = (info & size) == 0u;
        if (!mid && (info & LF_H_INNER) != 0u) {
            info &= ~size;
            a += st << 2;
        } else if ((info & (LF_H_NEXT | end)) == LF_H_NEXT) {
            m += map_stride;
            info = map[m];
            a += st << (mid ? 2 : 3);
        } else
            info = 0u;
    }
}

#endif /* VP9_LF_GLSL */
