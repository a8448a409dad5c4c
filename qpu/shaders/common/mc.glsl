/* The separable filters of inter prediction on quads, four pixels of a row: a
 * row through the horizontal filter, and the pixels of a finished quad. AV1
 * specification 7.11.3.4. Needs BPC, MC_H_TAPS (4, 6 or 8: those in the middle
 * of 8) and common/pixels.glsl.
 *
 * At 8 bits the horizontal filter is integer arithmetic on two pixels a word
 * (x and x + 2); all else is float. Values are integers below 2^17 with at most 7
 * bits of fraction: exact. */

#ifndef COMMON_MC_GLSL
#define COMMON_MC_GLSL

#define MC_H_FIRST ((8 - MC_H_TAPS) / 2)

#include "common/mc_taps.glsl"

#if BPC == 8

#define MC_MID_BIAS 2048.0

struct McTaps {
    int h[MC_H_TAPS];
};

McTaps mc_taps(const uvec4 h)
{
    McTaps t;
    [[unroll]] for (int i = 0; i < MC_H_TAPS; i++) {
        const int k = i + MC_H_FIRST;
        t.h[i] = (k & 1) != 0 ? int(h[k >> 1]) >> 16 : int(h[k >> 1] << 16) >> 16;
    }
    return t;
}

/* A row through the horizontal filter; the first tap of its first pixel is at
 * bit s of word w[0]. Each result has 4 fractional bits (rounded to them),
 * MC_MID_BIAS added, and is scaled by 4. */
vec4 mc_row(const uint w[4], const uint s, const uint up, const McTaps t)
{
    const uint a0 = px_funnel(w[0], w[1], s, up);
    const uint a1 = px_funnel(w[1], w[2], s, up);
    const uint a2 = MC_H_TAPS == 8 ? px_funnel(w[2], w[3], s, up) : w[2] >> s;

    /* pixels i and i + 2 */
    uint p[10];
    p[0] = a0 & 0x00ff00ffu;
    p[1] = a0 >> 8 & 0x00ff00ffu;
    p[4] = a1 & 0x00ff00ffu;
    p[5] = a1 >> 8 & 0x00ff00ffu;
    p[8] = a2 & 0x00ff00ffu;
    p[9] = a2 >> 8 & 0x00ff00ffu;
    p[2] = (p[0] >> 16) + (p[4] << 16);
    p[3] = (p[1] >> 16) + (p[5] << 16);
    p[6] = (p[4] >> 16) + (p[8] << 16);
    p[7] = (p[5] >> 16) + (p[9] << 16);

    /* 8192 keeps both halves positive, 2 rounds */
    uint even = 0x20022002u, odd = 0x20022002u;
    [[unroll]] for (int i = 0; i < MC_H_TAPS; i++) {
        even += p[i] * uint(t.h[i]);
        odd += p[i + 1] * uint(t.h[i]);
    }
    return vec4(float(even & 0xfffcu), float(odd & 0xfffcu),
                float(even & 0xfffc0000u) * (1.0 / 65536.0),
                float(odd & 0xfffc0000u) * (1.0 / 65536.0));
}

#define MC_SCALE (1.0 / 4096.0) /* pixels with 4 fractional bits to 0..1 */

#else

#define MC_MID_BIAS 0.0

struct McTaps {
    uvec4 h;
};

McTaps mc_taps(const uvec4 h)
{
    return McTaps(h);
}

/* Adds what pixel i contributes: in this order pixels don't wait in registers. */
void mc_add(inout vec4 sum, const float x, const int i, const McTaps t)
{
    if (i < MC_H_TAPS)
        sum.x += x * mc_half(t.h, i + MC_H_FIRST);
    if (i >= 1 && i < MC_H_TAPS + 1)
        sum.y += x * mc_half(t.h, i - 1 + MC_H_FIRST);
    if (i >= 2 && i < MC_H_TAPS + 2)
        sum.z += x * mc_half(t.h, i - 2 + MC_H_FIRST);
    if (i >= 3 && i < MC_H_TAPS + 3)
        sum.w += x * mc_half(t.h, i - 3 + MC_H_FIRST);
}

/* Likewise pixels 2 * i and 2 * i + 1, which are in w. Start sum at 0.5; the
 * floor of the sum of all (MC_H_TAPS + 4) / 2 words is the row's result, with neither
 * bias nor scale. */
void mc_add_word(inout vec4 sum, const uint w, const int i, const McTaps t)
{
    mc_add(sum, float(int(w & 0xffffu)), 2 * i, t);
    mc_add(sum, float(int(w >> 16)), 2 * i + 1, t);
}

#define MC_SCALE (1.0 / 16384.0)

#endif

/* Pixels of a quad from intermediate precision: f has half a pixel added, for
 * rounding, and MC_HALF_STEP, half of what f is a multiple of, so that range, a
 * little less than 1 << bit depth, scales it to no lower integer. */
#define MC_HALF_STEP (1.0 / 128.0)

uvec4 mc_pixels(const vec4 f, const float range)
{
    return uvec4(clamp(f * MC_SCALE, 0.0, 1.0) * range);
}

#include "common/mc_pack.glsl"

#endif /* COMMON_MC_GLSL */
