/* Deblocking of one line of samples across an edge, for two lines at a time:
 * their samples lie in the 16-bit halves of a word. Samples have up to 12
 * bits, so sums of 16 of them fit. AV1 specification 7.14.6. */

#ifndef COMMON_LF_GLSL
#define COMMON_LF_GLSL

/* Limits for both halves, each with 0x8000 added for lf_within(). What
 * follows from the bit depth alone are macros, defined before this is included:
 * LF_FLAT (likewise, of 1 at 8 bits) and LF_HI (127 at 8 bits). V3D reads a
 * push constant where it is used; what was computed holds a register. */
struct LfLimits {
    uint inner;  /* I */
    uint edge;   /* 2 E + 1 */
    uint thresh; /* H */
};
#define LF_LO (~LF_HI)
/* Whether to do what only some lanes need; what it does is masked. May be
 * defined to ask all lanes of the subgroup, for uniform control flow. */
#ifndef LF_ANY
#define LF_ANY(c) (c)
#endif
#define LF_MAX (LF_HI + LF_HI + 1)

#if BPC == 8
#define LF_BYTES 0x00ff00ffu

/* Two lines of 4 samples to 4 columns of 2 samples, and back. */
void lf_columns(const uint r0, const uint r1, out uint c[4])
{
    const uint lo = r0 & 0xffffu | r1 << 16;
    const uint hi = r0 >> 16 | r1 & 0xffff0000u;
    c[0] = lo & LF_BYTES;
    c[1] = lo >> 8 & LF_BYTES;
    c[2] = hi & LF_BYTES;
    c[3] = hi >> 8 & LF_BYTES;
}

uvec2 lf_rows(const uint c0, const uint c1, const uint c2, const uint c3)
{
    const uint lo = c0 | c1 << 8, hi = c2 | c3 << 8;
    return uvec2(lo & 0xffffu | hi << 16, lo >> 16 | hi & 0xffff0000u);
}
#else
/* Two lines of 2 samples to 2 columns, and back. */
uvec2 lf_swap(const uint a, const uint b)
{
    return uvec2(a & 0xffffu | b << 16, a >> 16 | b & 0xffff0000u);
}
#endif

uint lf_both(const uint v)
{
    return v | v << 16;
}

LfLimits lf_limits(const uint level, const uint shift, const uint max_, const uint depth)
{
    LfLimits l;
    const uint i = clamp(level >> shift, 1u, max_);
    l.inner = lf_both(0x8000u + (i << depth));
    l.edge = lf_both(0x8001u + (level + level + 4u + i << depth + 1u));
    l.thresh = lf_both(0x8000u + (level >> 4 << depth));
    return l;
}

/* Bit 15 of a half is set where |d| <= k - 0x8000; d is a difference of
 * packed words, so a borrow out of the lower half is undone by the add. */
uint lf_within(const uint d, const uint k)
{
    return k + d & k - d;
}

/* Bit 15 of each half to all bits of the half. */
uint lf_spread(uint b)
{
    b = b >> 15 & 0x10001u;
    return (b << 16) - b;
}

uint lf_select(const uint m, const uint a, const uint b)
{
    return b ^ (a ^ b) & m;
}

/* A sum of samples where fm is set (a mask without the bits of a half that
 * a shift fills from the other half), else what there was. */
#define LF_HALF_BITS 0x0fff0fffu
uint lf_put(const uint sum, const int shift, const uint fm, const uint keep, const uint old)
{
    return sum >> shift & fm | old & keep;
}

/* The narrow filter on p1, p0, q0, q1 of one line. m: 0 (leave it) or -1,
 * hev: likewise. With the difference masked to 0 all that follows is 0. */
ivec4 lf_narrow(const ivec4 s, const int m, const int hev)
{
    const int d = s.z - s.y;
    int f = clamp(s.x - s.w, LF_LO, LF_HI) & hev;
    f = clamp(f + d + d + d, LF_LO, LF_HI) & m;
    const int f1 = min(f + 4, LF_HI) >> 3;
    const int f2 = min(f + 3, LF_HI) >> 3;
    const int f3 = f1 + 1 >> 1 & ~hev;
    return clamp(ivec4(s.x + f3, s.y + f2, s.z - f1, s.w - f3), 0, LF_MAX);
}

/* The same for both lines of packed samples. m: all bits of a half; nhev: bit
 * 15 of a half, set where there is no high variance. */
uvec4 lf_narrow2(const uvec4 s, const uint m, const uint nhev)
{
    const uint hev = ~lf_spread(nhev);
    const ivec4 a = lf_narrow(ivec4(s & 0xffffu), int(m << 16) >> 16, int(hev << 16) >> 16);
    const ivec4 b = lf_narrow(ivec4(s >> 16), int(m) >> 16, int(hev) >> 16);
    return uvec4(a | b << 16);
}

/* Masks of what all sizes look at. */
void lf_masks(const uint p1, const uint p0, const uint q0, const uint q1, const LfLimits l,
              out uint ok, out uint nhev)
{
    const uint p = p1 - p0, q = q1 - q0;
    /* 2 |p0 - q0| + |p1 - q1| / 2 <= E without absolute values or halves */
    const uint d0 = p0 - q0 << 2, d1 = p1 - q1;
    ok = lf_within(p, l.inner) & lf_within(q, l.inner) &
         lf_within(d0 + d1, l.edge) & lf_within(d0 - d1, l.edge);
    nhev = lf_within(p, l.thresh) & lf_within(q, l.thresh);
}

/* lf_filter: s[] is p(n/2 - 1) .. p0, q0 .. q(n/2 - 1); filtered in place. */

void lf_filter(inout uint s[4], const LfLimits l)
{
    uint ok, nhev;
    lf_masks(s[0], s[1], s[2], s[3], l, ok, nhev);
    const uint m = lf_spread(ok);
    if (m != 0u) {
        const uvec4 n = lf_narrow2(uvec4(s[0], s[1], s[2], s[3]), m, nhev);
        s[0] = n.x;
        s[1] = n.y;
        s[2] = n.z;
        s[3] = n.w;
    }
}

void lf_filter(inout uint s[6], const LfLimits l)
{
    uint ok, nhev;
    lf_masks(s[1], s[2], s[3], s[4], l, ok, nhev);
    ok &= lf_within(s[0] - s[1], l.inner) & lf_within(s[5] - s[4], l.inner);
    const uint m = lf_spread(ok);
    const uint fl = lf_spread(ok & lf_within(s[0] - s[2], LF_FLAT) & lf_within(s[1] - s[2], LF_FLAT) &
                              lf_within(s[4] - s[3], LF_FLAT) & lf_within(s[5] - s[3], LF_FLAT));
    uint o[4] = uint[4](s[1], s[2], s[3], s[4]);
    if ((m & ~fl) != 0u) {
        const uvec4 n = lf_narrow2(uvec4(s[1], s[2], s[3], s[4]), m, nhev);
        o[0] = n.x;
        o[1] = n.y;
        o[2] = n.z;
        o[3] = n.w;
    }
    if (fl != 0u) {
        /* weights 1 2 2 2 1, as windows of 5 and 3 */
        const uint fm = fl & LF_HALF_BITS, keep = ~fl;
        uint sum = s[0] + s[0] + s[0] + (s[1] + s[2] << 1) + s[3] + 0x40004u;
        [[unroll]] for (int i = 1; i < 5; i++) {
            o[i - 1] = lf_put(sum, 3, fm, keep, o[i - 1]);
            sum += s[min(i + 3, 5)] + s[min(i + 2, 5)] - s[max(i - 2, 0)] - s[i - 1];
        }
    }
    [[unroll]] for (int i = 0; i < 4; i++)
        s[i + 1] = o[i];
}

/* Masks of p3 .. q3: where they are filtered, and where they are flat, too. */
uint lf_ok8(const uint s[8], const LfLimits l, out uint nhev)
{
    uint ok;
    lf_masks(s[2], s[3], s[4], s[5], l, ok, nhev);
    ok &= lf_within(s[1] - s[2], l.inner) & lf_within(s[6] - s[5], l.inner) &
          lf_within(s[0] - s[1], l.inner) & lf_within(s[7] - s[6], l.inner);
    return ok;
}

uint lf_flat8(const uint s[8], const uint ok)
{
    return lf_spread(ok & lf_within(s[0] - s[3], LF_FLAT) & lf_within(s[1] - s[3], LF_FLAT) &
                     lf_within(s[2] - s[3], LF_FLAT) & lf_within(s[5] - s[4], LF_FLAT) &
                     lf_within(s[6] - s[4], LF_FLAT) & lf_within(s[7] - s[4], LF_FLAT));
}

/* The two shorter filters. m: lf_spread() of lf_ok8(); fl: lf_flat8(), or 0 for
 * a narrow filter whose mask looks at 4 samples each side. */
void lf_short8(const uint s[8], out uint o[6], const uint m, const uint fl, const uint nhev)
{
    [[unroll]] for (int i = 0; i < 6; i++)
        o[i] = s[i + 1];
    if (LF_ANY((m & ~fl) != 0u)) {
        const uvec4 n = lf_narrow2(uvec4(s[2], s[3], s[4], s[5]), m, nhev);
        o[1] = n.x;
        o[2] = n.y;
        o[3] = n.z;
        o[4] = n.w;
    }
    if (LF_ANY(fl != 0u)) {
        /* weights 1 1 1 2 1 1 1: a window of 7 and the sample itself */
        const uint fm = fl & LF_HALF_BITS, keep = ~fl;
        uint sum = s[0] + s[0] + s[0] + s[1] + s[1] + s[2] + s[3] + s[4] + 0x40004u;
        [[unroll]] for (int i = 1; i < 7; i++) {
            o[i - 1] = lf_put(sum, 3, fm, keep, o[i - 1]);
            sum += s[min(i + 4, 7)] + s[i + 1] - s[max(i - 3, 0)] - s[i];
        }
    }
}

/* Sizes 8 and 14: p3 .. q3. Returns where they are flat. */
uint lf_inner8(const uint s[8], out uint o[6], const LfLimits l)
{
    uint nhev;
    const uint ok = lf_ok8(s, l, nhev);
    const uint m = lf_spread(ok);
    const uint fl = lf_flat8(s, ok);
    lf_short8(s, o, m, fl, nhev);
    return fl;
}

void lf_filter(inout uint s[8], const LfLimits l)
{
    uint o[6];
    lf_inner8(s, o, l);
    [[unroll]] for (int i = 0; i < 6; i++)
        s[i + 1] = o[i];
}

void lf_filter(inout uint s[14], const LfLimits l)
{
    uint c[8], n[6];
    [[unroll]] for (int i = 0; i < 8; i++)
        c[i] = s[i + 3];
    uint fl = lf_inner8(c, n, l);

    uint flat_out = 0x80008000u;
    [[unroll]] for (int i = 0; i < 3; i++)
        flat_out &= lf_within(s[i] - s[6], LF_FLAT) & lf_within(s[13 - i] - s[7], LF_FLAT);
    fl &= lf_spread(flat_out);

    uint o[12];
    [[unroll]] for (int i = 0; i < 12; i++)
        o[i] = i < 3 || i > 8 ? s[i + 1] : n[clamp(i - 3, 0, 5)];
    if (fl != 0u) {
        /* 13 weights of 1 but 2 for the three in the middle */
        const uint fm = fl & LF_HALF_BITS, keep = ~fl;
        uint sum = (s[0] << 3) - s[0] + (s[1] + s[2] << 1) +
                   s[3] + s[4] + s[5] + s[6] + s[7] + 0x80008u;
        [[unroll]] for (int i = 1; i < 13; i++) {
            o[i - 1] = lf_put(sum, 4, fm, keep, o[i - 1]);
            sum += s[min(i + 7, 13)] + s[min(i + 2, 13)] - s[max(i - 6, 0)] - s[i - 1];
        }
    }
    [[unroll]] for (int i = 0; i < 12; i++)
        s[i + 1] = o[i];
}

/* The widest filter, for s[] = p7 .. q7. fl: lf_flat8() of the middle. Returns where
 * all is flat; there sample i from 1 to 14 becomes (sum + s[i]) / 16 for a sum of 15
 * samples around it: first lf_wide_sum(), then each time LF_WIDE_NEXT more. */
uint lf_wide_flat(const uint s[16], const uint fl)
{
    uint flat_out = 0x80008000u;
    [[unroll]] for (int i = 0; i < 4; i++)
        flat_out &= lf_within(s[i] - s[7], LF_FLAT) & lf_within(s[15 - i] - s[8], LF_FLAT);
    return fl & lf_spread(flat_out);
}

uint lf_wide_sum(const uint s[16])
{
    return (s[0] << 3) - s[0] + s[1] + s[2] + s[3] + s[4] + s[5] + s[6] + s[7] + s[8] +
           0x80008u;
}

#define LF_WIDE_NEXT(s, i) (s[min((i) + 8, 15)] - s[max((i) - 7, 0)])

#endif /* COMMON_LF_GLSL */
