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
        uint e[4], f[4], o[14];
        quad_columns(frame[a - 2u], frame[a + st - 2u], e);
        quad_columns(frame[a + 1u], frame[a + st + 1u], f);
        const uint t[16] = uint[16](e[0], e[1], e[2], e[3], p[0], p[1], p[2], p[3],
                                    q[0], q[1], q[2], q[3], f[0], f[1], f[2], f[3]);
        lf_wide16(t, n, fl, o);
        quad_rows(e[0], o[0], o[1], o[2], r0, r1);
        frame[a - 2u] = r0;
        frame[a + st - 2u] = r1;
        quad_rows(o[11], o[12], o[13], f[3], r0, r1);
        frame[a + 1u] = r0;
        frame[a + st + 1u] = r1;
        p[0] = o[3];
        q[3] = o[10];
        [[unroll]] for (int i = 0; i < 6; i++)
            n[i] = o[i + 4];
    }
    quad_rows(p[0], n[0], n[1], n[2], r0, r1);
    frame[a - 1u] = r0;
    frame[a + st - 1u] = r1;
    quad_rows(n[3], n[4], n[5], q[3], r0, r1);
    frame[a] = r0;
    frame[a + st] = r1;
}

/* Half of a quad's columns, two in a word, and their place in it. */
uint lf_half(const quad w, const int k)
{
#if BPC == 8
    return w >> 8 * k & LF_BYTES;
#else
    return w[k];
#endif
}

quad lf_whole(const uint even, const uint odd)
{
#if BPC == 8
    return even | odd << 8;
#else
    return uvec2(even, odd);
#endif
}

/* A quad's columns of a horizontal edge. */
void lf_edge_h(const uint a, const uint st, const LfLimits l, const bool big, const bool wide)
{
    const uint top = a - 4u * st;
    quad w[8];
    uint s[8], n0[6], n1[6];
    [[unroll]] for (int i = 0; i < 8; i++) {
        w[i] = frame[top + uint(i) * st];
        s[i] = lf_half(w[i], 0);
    }
    const uint fl0 = lf_inner8(s, n0, l, big ? ~0u : 0u);
    [[unroll]] for (int i = 0; i < 8; i++)
        s[i] = lf_half(w[i], 1);
    const uint fl1 = lf_inner8(s, n1, l, big ? ~0u : 0u);
    if (wide && (fl0 | fl1) != 0u) {
        quad o[16];
        uint t[16], r0[14], r1[14];
        [[unroll]] for (int i = 0; i < 16; i++) {
            if (i < 4 || i > 11) o[i] = frame[top + uint(i) * st - 4u * st];
            else o[i] = w[i - 4];
            t[i] = lf_half(o[i], 0);
        }
        lf_wide16(t, n0, fl0, r0);
        [[unroll]] for (int i = 0; i < 16; i++)
            t[i] = lf_half(o[i], 1);
        lf_wide16(t, n1, fl1, r1);
        [[unroll]] for (int i = 0; i < 4; i++) {
            frame[top + uint(i) * st - 3u * st] = lf_whole(r0[i], r1[i]);
            frame[top + uint(i + 7) * st] = lf_whole(r0[i + 10], r1[i + 10]);
        }
        [[unroll]] for (int i = 0; i < 6; i++) {
            n0[i] = r0[i + 4];
            n1[i] = r1[i + 4];
        }
    }
    [[unroll]] for (int i = 0; i < 6; i++)
        frame[top + uint(i + 1) * st] = lf_whole(n0[i], n1[i]);
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
