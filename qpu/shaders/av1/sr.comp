/* Super-resolution, 7.16: scales rows horizontally with an 8-tap filter of 64
 * phases, never to more than twice the width.
 *
 * An invocation owns one output word (four 8-bit pixels or two deeper ones) in
 * SR_ROWS rows, a workgroup 16 words of 4 row tasks. The row tasks of all
 * planes are numbered through: first those of luma, then U, then V. Of a
 * plane's, the first ones fill dst from src, SR_ROWS consecutive rows each; the
 * others fill dst2 from src2, 4 rows around each of two borders between loop
 * restoration's stripes, the only ones that are read there.
 *
 * Reads src and src2 (words left and right of 0 to last count as the nearest
 * pixel; they are read, but not used) and the filter table, two words a phase,
 * taps negated, which add up to -128. Writes dst and dst2, whole words, rows of
 * the frame only.
 *
 * All in float: the taps are scaled by 1/128, so every term and every partial
 * sum is a multiple of 1/128 below 2^14 in magnitude: exact in any order. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/sr.h"
#include "common/invocation.glsl"

layout(local_size_x = 16 * 4) in;

layout(std430, binding = 0) readonly buffer Src { uint src[]; };
layout(std430, binding = 1) writeonly buffer Dst { uint dst[]; };
layout(std430, binding = 2) readonly buffer Src2 { uint src2[]; };
layout(std430, binding = 3) writeonly buffer Dst2 { uint dst2[]; };
layout(std430, binding = 4) readonly buffer Filter { uvec2 taps[]; };

layout(push_constant) uniform Push { QpuAv1SrPush p; };

#if BPC == 8
#define PIXELS    4 /* a word */
#define LOG2      2
#define N_WORDS   4 /* that hold the pixels that a word is made of */
#define SPLAT     0x01010101u
#define BITS      8
#define BIAS      1024.0
#else
#define PIXELS    2
#define LOG2      1
#define N_WORDS   5
#define SPLAT     0x00010001u
#define BITS      16
#endif

/* Four taps, lowest byte first, as two words of two halves, by way of the
 * half 1024 + (byte ^ 0x80), which an OR makes. */
uvec2 halves(const uint w)
{
    const uint t = w ^ 0x80808080u;
    const vec2 even = unpackHalf2x16((t & 0x00ff00ffu) | 0x64006400u);
    const vec2 odd = unpackHalf2x16((t >> 8 & 0x00ff00ffu) | 0x64006400u);
    return uvec2(packHalf2x16((1152.0 - even) * (1.0 / 128.0)),
                 packHalf2x16((1152.0 - odd) * (1.0 / 128.0)));
}

/* Bits s to s + 31 of two words; up is 1 << (32 - s), or 0 where s is 0. */
uint funnel(const uint lo, const uint hi, const uint s, const uint up)
{
    return (lo >> s) + hi * up;
}

uint up_of(const uint s)
{
    return s == 0u ? 0u : 1u << (32u - s);
}

void main()
{
    const ivec2 id = ivec2(invocation_2d(16u, 4u));
    const int x = id.x;
    int task = id.y;
    const bool chroma = task >= p.end[0];
    if (task >= p.end[2] || x >= (chroma ? p.words[1] : p.words[0]))
        return;
    uint so = p.src_org[0], to = p.dst_org[0];
    if (task >= p.end[1]) {
        task -= p.end[1];
        so = p.src_org[2];
        to = p.dst_org[2];
    } else if (chroma) {
        task -= p.end[0];
        so = p.src_org[1];
        to = p.dst_org[1];
    }

    /* rows y to y + 3, then 4 more after a jump */
    const int full = chroma ? p.full[1] : p.full[0];
    const bool second = task >= full;
    int y = task * SR_ROWS, jump = 0;
    if (second) {
        const int border = chroma ? p.border[1] : p.border[0];
        y = (chroma ? p.first[1] : p.first[0]) + (task - full) * 2 * border;
        jump = border - SR_ROWS / 2;
    }
    const int rows = chroma ? p.rows[1] : p.rows[0];
    const uint src_stride = chroma ? p.src_stride[1] : p.src_stride[0];
    const uint dst_stride = chroma ? p.dst_stride[1] : p.dst_stride[0];

    /* The first tap of the first pixel is pixel a of word q of the row: the
     * position counts from pixel -1, and three taps lie left of it. */
    const int step = chroma ? p.step[1] : p.step[0];
    int pos = (chroma ? p.start[1] : p.start[0]) + x * PIXELS * step;
    const int origin = pos >> 14;
    const int q = (origin - 4) >> LOG2;
    const uint s = uint(origin & PIXELS - 1) * BITS;
    const uint up = up_of(s);

    const int last = chroma ? p.last[1] : p.last[0];
    const bool edge = q < 0 || q + N_WORDS - 1 > last;

    uint f[PIXELS][4]; /* taps (0, 2), (1, 3), (4, 6), (5, 7) */
    uint d[PIXELS];    /* how far a pixel's window lies right of the first's, bits */
    [[unroll]] for (int i = 0; i < PIXELS; i++) {
        const uvec2 t = taps[pos >> 8 & 63];
        const uvec2 lo = halves(t.x), hi = halves(t.y);
        f[i][0] = lo.x;
        f[i][1] = lo.y;
        f[i][2] = hi.x;
        f[i][3] = hi.y;
        d[i] = uint((pos >> 14) - origin) * BITS;
        pos += step;
    }

    uint in_off = so + uint(q) + uint(y) * src_stride;
    uint out_off = to + uint(x) + uint(y) * dst_stride;
    for (int r = 0; r < SR_ROWS; r++) {
        if (y < rows) {
            uint w[N_WORDS];
            if (second) {
                [[unroll]] for (int i = 0; i < N_WORDS; i++)
                    w[i] = src2[in_off + i];
            } else {
                [[unroll]] for (int i = 0; i < N_WORDS; i++)
                    w[i] = src[in_off + i];
            }
            if (edge) { /* the nearest pixel, word by word outwards */
                [[unroll]] for (int i = N_WORDS - 2; i >= 0; i--)
                    if (q + i < 0)
                        w[i] = (w[i + 1] & (1u << BITS) - 1u) * SPLAT;
                [[unroll]] for (int i = 1; i < N_WORDS; i++)
                    if (q + i > last)
                        w[i] = (w[i - 1] >> 32 - BITS) * SPLAT;
            }

            uint o = 0u;
#if BPC == 8
            uint a[3];
            [[unroll]] for (int i = 0; i < 3; i++)
                a[i] = funnel(w[i], w[i + 1], s, up);
            [[unroll]] for (int i = 0; i < PIXELS; i++) {
                uint b0 = a[0], b1 = a[1];
                if (i > 0) {
                    const uint du = up_of(d[i]);
                    b0 = funnel(a[0], a[1], d[i], du);
                    b1 = funnel(a[1], a[2], d[i], du);
                }
                /* bytes become the halves 1024 + byte */
                float v = 0.5 - BIAS;
                vec2 m;
                m = unpackHalf2x16((b0 & 0x00ff00ffu) | 0x64006400u) * unpackHalf2x16(f[i][0]);
                v += m.x + m.y;
                m = unpackHalf2x16((b0 >> 8 & 0x00ff00ffu) | 0x64006400u) * unpackHalf2x16(f[i][1]);
                v += m.x + m.y;
                m = unpackHalf2x16((b1 & 0x00ff00ffu) | 0x64006400u) * unpackHalf2x16(f[i][2]);
                v += m.x + m.y;
                m = unpackHalf2x16((b1 >> 8 & 0x00ff00ffu) | 0x64006400u) * unpackHalf2x16(f[i][3]);
                v += m.x + m.y;
                o += uint(clamp(v, 0.0, 255.5)) << i * BITS;
            }
#else
            float c[9];
            [[unroll]] for (int i = 0; i < 4; i++) {
                const uint b = funnel(w[i], w[i + 1], s, up);
                c[2 * i] = float(int(b & 0xffffu));
                c[2 * i + 1] = float(int(b >> 16));
            }
            c[8] = float(int(w[4] >> s & 0xffffu));
            const float top = float(p.pixel_max) + 0.5;
            [[unroll]] for (int i = 0; i < PIXELS; i++) {
                const bool next = i > 0 && d[i] != 0u;
                float v = 0.5;
                [[unroll]] for (int j = 0; j < 4; j++) {
                    const vec2 t = unpackHalf2x16(f[i][j]);
                    const int k = (j >> 1) * 4 + (j & 1); /* tap of t.x */
                    v += (next ? c[k + 1] : c[k]) * t.x;
                    v += (next ? c[k + 3] : c[k + 2]) * t.y;
                }
                o += uint(clamp(v, 0.0, top)) << i * BITS;
            }
#endif
            if (second)
                dst2[out_off] = o;
            else
                dst[out_off] = o;
        }

        y++;
        in_off += src_stride;
        out_off += dst_stride;
        if (r == SR_ROWS / 2 - 1) {
            y += jump;
            in_off += uint(jump) * src_stride;
            out_off += uint(jump) * dst_stride;
        }
    }
}
