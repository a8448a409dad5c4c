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
#include "common/lf.glsl"

layout(std430, binding = 0) LF_FRAME buffer Frame { quad frame[]; };
layout(std430, binding = 1) readonly buffer Map { uint map[]; };

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
void lf_edge_v(const uint a, const uint st, const LfLimits l, const bool big, const bool wide)
{
    uint p[4], q[4], n[6];
    quad_columns(frame[a - 1u], frame[a + st - 1u], p);
    quad_columns(frame[a], frame[a + st], q);
    const uint s[8] = uint[8](p[0], p[1], p[2], p[3], q[0], q[1], q[2], q[3]);
    const uint fl = lf_inner8(s, n, l, big ? ~0u : 0u);
    quad r0, r1;
    if (wide && fl != 0u) {
        uint e[4], f[4];
        quad_columns(frame[a - 2u], frame[a + st - 2u], e);
        quad_columns(frame[a + 1u], frame[a + st + 1u], f);
        const uint t[16] = uint[16](e[0], e[1], e[2], e[3], p[0], p[1], p[2], p[3],
                                    q[0], q[1], q[2], q[3], f[0], f[1], f[2], f[3]);
        const uint wf = lf_wide_flat(t, fl);
        if (wf != 0u) {
            const uint fm = wf & LF_HALF_BITS, keep = ~wf;
            uint o[16], sum = lf_wide_sum(t);
            [[unroll]] for (int i = 1; i < 15; i++) {
                o[i] = lf_put(sum, 4, fm, keep, i < 5 || i > 10 ? t[i] : n[clamp(i - 5, 0, 5)]);
                sum += LF_WIDE_NEXT(t, i);
            }
            quad_rows(e[0], o[1], o[2], o[3], r0, r1);
            frame[a - 2u] = r0;
            frame[a + st - 2u] = r1;
            quad_rows(o[12], o[13], o[14], f[3], r0, r1);
            frame[a + 1u] = r0;
            frame[a + st + 1u] = r1;
            p[0] = o[4];
            q[3] = o[11];
            [[unroll]] for (int i = 0; i < 6; i++)
                n[i] = o[i + 5];
        }
    }
    quad_rows(p[0], n[0], n[1], n[2], r0, r1);
    frame[a - 1u] = r0;
    frame[a + st - 1u] = r1;
    quad_rows(n[3], n[4], n[5], q[3], r0, r1);
    frame[a] = r0;
    frame[a + st] = r1;
}

/* Half of a quad's columns, two in a word; the quad with others in their place;
 * with both halves exchanged, if k is 1. */
#if BPC == 8
uint quad_half(const quad w)
{
    return w & LF_BYTES;
}

quad quad_put(const quad w, const uint s)
{
    return w & ~LF_BYTES | s;
}

quad quad_turn(const quad w, const uint k)
{
    return k == 0u ? w : (w & LF_BYTES) << 8 | w >> 8 & LF_BYTES;
}
#else
uint quad_half(const quad w)
{
    return w.x;
}

quad quad_put(const quad w, const uint s)
{
    return uvec2(s, w.y);
}

quad quad_turn(const quad w, const uint k)
{
    return k == 0u ? w : w.yx;
}
#endif

/* A quad's columns of a horizontal edge: one half, two columns in a word, then
 * the other. A loop, as both at once take more registers than V3D has. For the
 * same reason rows outside are read again where they are written, and addresses
 * are made to look new there (zero). */
void lf_edge_h(const uint a, const uint st, const LfLimits l, const bool big, const bool wide)
{
    const uint top = a - (st << 2);
    quad w[8];
    uint at = top;
    [[unroll]] for (int i = 0; i < 8; i++, at += st)
        w[i] = frame[at];
    for (uint k = 0u; k < 2u; k++) {
        uint s[8], n[6];
        [[unroll]] for (int i = 0; i < 8; i++)
            s[i] = quad_half(w[i]);
        const uint fl = lf_inner8(s, n, l, big ? ~0u : 0u);
        if (wide && fl != 0u) {
            uint t[16];
            at = top - (st << 2) + (pc.zero & fl);
            [[unroll]] for (int i = 0; i < 16; i++, at += st)
                t[i] = i >= 4 && i < 12 ? s[i - 4 & 7] : quad_half(quad_turn(frame[at], k));
            const uint wf = lf_wide_flat(t, fl);
            if (wf != 0u) {
                const uint fm = wf & LF_HALF_BITS, keep = ~wf;
                uint sum = lf_wide_sum(t);
                at = top - (st << 2) + st + (pc.zero & sum);
                [[unroll]] for (int i = 1; i < 15; i++, at += st) {
                    if (i < 4 || i > 11)
                        frame[at] = quad_turn(quad_put(quad_turn(frame[at], k), lf_put(sum, 4, fm, keep, t[i])), k);
                    else if (i == 4 || i == 11)
                        w[i - 4 & 7] = quad_put(w[i - 4 & 7], lf_put(sum, 4, fm, keep, t[i]));
                    else
                        n[clamp(i - 5, 0, 5)] = lf_put(sum, 4, fm, keep, n[clamp(i - 5, 0, 5)]);
                    sum += LF_WIDE_NEXT(t, i);
                }
            }
        }
        [[unroll]] for (int i = 0; i < 6; i++)
            w[i + 1] = quad_put(w[i + 1], n[i]);
        [[unroll]] for (int i = 0; i < 8; i++)
            w[i] = quad_turn(w[i], 1u);
    }
    at = top + (pc.zero & quad_half(w[0]));
    [[unroll]] for (int i = 0; i < 8; i++, at += st)
        frame[at] = w[i];
}

/* From the head of a chain along a row: two rows of samples. */
void lf_chain_v(uint a, uint m, const uint st)
{
    uint info = map[m];
    bool mid = (info & (LF_V_LO | LF_V_HI)) == 0u;
    if (mid) a++;
    for (;;) {
        const bool big = !mid && (info & LF_V_HI) != 0u;
        lf_edge_v(a, st, lf_level(info), big, big && (info & LF_V_LO) != 0u);
        if (!mid && (info & LF_V_INNER) != 0u) {
            mid = true;
            a++;
        } else {
            if ((info & LF_V_NEXT) == 0u) break;
            a += mid ? 1u : 2u;
            mid = false;
            info = map[++m];
        }
    }
}

/* The same down a column, a quad wide; last: the last block that belongs to it. */
void lf_chain_h(uint a, uint m, const uint st, const uint map_stride, const uint last)
{
    uint info = map[m];
    bool mid = (info & (LF_H_LO | LF_H_HI)) == 0u;
    if (mid) a += 4u * st;
    for (;;) {
        const bool big = !mid && (info & LF_H_HI) != 0u;
        lf_edge_h(a, st, lf_level(info), big, big && (info & LF_H_LO) != 0u);
        if (!mid && (info & LF_H_INNER) != 0u) {
            mid = true;
            a += 4u * st;
        } else {
            if ((info & LF_H_NEXT) == 0u || m == last) break;
            a += (mid ? 4u : 8u) * st;
            mid = false;
            m += map_stride;
            info = map[m];
        }
    }
}

#endif /* VP9_LF_GLSL */
