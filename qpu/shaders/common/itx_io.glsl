/* Buffers of av1/itx*.comp, ranges of values, and how a residual is added to
 * an element of dst: COLUMNS pixels of DEPTH bits. */

#if DEPTH == 8
#define ROW_MAX 0x7fff
#define COL_MAX 0x7fff
#else /* bit depth + 8, and at least 16 bits */
#define ROW_MAX ((1 << DEPTH + 7) - 1)
#define COL_MAX ((1 << DEPTH + 5) - 1)
#endif
#define PIXEL_MAX ((1 << DEPTH) - 1)
#define PX_BITS (DEPTH == 8 ? 8 : 16)

layout(std430, binding = 0) readonly buffer Jobs { QpuAv1ItxJob jobs[]; };
#if COLUMNS == 4 && DEPTH > 8
layout(std430, binding = 1) buffer Dst { uvec2 dst[]; };
#elif COLUMNS == 4 || COLUMNS == 2 && DEPTH > 8
layout(std430, binding = 1) buffer Dst { uint dst[]; };
#elif COLUMNS == 2 || DEPTH > 8
layout(std430, binding = 1) buffer Dst { uint16_t dst[]; };
#else
layout(std430, binding = 1) buffer Dst { uint8_t dst[]; };
#endif
#ifndef NO_COEFS
#if DEPTH == 8
layout(std430, binding = 2) readonly buffer Coefs { int16_t coefs[]; };
#define COEFS(word) ((word) * 2u)
#else
layout(std430, binding = 2) readonly buffer Coefs { int coefs[]; };
#define COEFS(word) (word)
#endif
layout(std430, binding = 3) readonly buffer Order { uvec2 order[]; };
layout(std430, binding = 3) readonly buffer Order16 { uint16_t order16[]; };
#endif

layout(push_constant) uniform Push { QpuAv1ItxPush p; };

#if COLUMNS == 1

#define element uint
#define results int

uint sum(const uint w, const int r)
{
    return uint(clamp(int(w) + r, 0, PIXEL_MAX));
}

#if DEPTH == 8
#define STORE(pos, w) dst[pos] = uint8_t(w)
#else
#define STORE(pos, w) dst[pos] = uint16_t(w)
#endif

#elif COLUMNS == 2

#define element uint
#define results ivec2

uint sum(const uint w, const ivec2 r)
{
    const ivec2 v = clamp(ivec2(w & (1 << PX_BITS) - 1, w >> PX_BITS) + r, 0, PIXEL_MAX);
    return uint(v.x | v.y << PX_BITS);
}

#if DEPTH == 8
#define STORE(pos, w) dst[pos] = uint16_t(w)
#else
#define STORE(pos, w) dst[pos] = w
#endif

#else

/* Four results lie in two words, in the order of the bytes of a word of
 * pixels (first and third, second and fourth) or of two words of two. They are
 * biased: no half borrows from the other one. */
#if DEPTH == 8
#define element uint
#define SECOND 2
#else
#define element uvec2
#define SECOND 1
#endif
#define BIAS 16384

uint biased(const int low, const int high)
{
    return uint(low + BIAS) + (uint(high + BIAS) << 16);
}

/* Of results of columns. */
uint residual(const int low, const int high)
{
    return uint(low + (BIAS * 16 + 8) >> 4) + (uint(high + (BIAS * 16 + 8) >> 4) << 16);
}

element sum(const element w, const uvec2 r)
{
#if DEPTH == 8
    const uvec2 s = uvec2(w & 0xff00ffu, w >> 8 & 0xff00ffu) + r;
#else
    const uvec2 s = w + r;
#endif
    const uvec2 low = clamp(s & 0xffffu, uint(BIAS), uint(BIAS + PIXEL_MAX));
    const uvec2 high = clamp(s >> 16, uint(BIAS), uint(BIAS + PIXEL_MAX));
    const uvec2 v = low + (high << 16) - BIAS * 0x10001u;
#if DEPTH == 8
    return v.x + (v.y << 8);
#else
    return v;
#endif
}

#define results uvec2
#define STORE(pos, w) dst[pos] = w

#endif

void add(const uint pos, const results r)
{
    STORE(pos, sum(element(dst[pos]), r));
}

/* Rows are stored after all are loaded: the compiler doesn't know that they
 * are different ones. */
void add2(const uint pos, const uint stride, const results r0, const results r1)
{
    const element w0 = element(dst[pos]), w1 = element(dst[pos + stride]);
    STORE(pos, sum(w0, r0));
    STORE(pos + stride, sum(w1, r1));
}

/* Four rows, so many elements from pos. */
void add4(const uint pos, const uint s0, const uint s1, const uint s2, const uint s3,
          const results r0, const results r1, const results r2, const results r3)
{
    const element w0 = element(dst[pos + s0]), w1 = element(dst[pos + s1]);
    const element w2 = element(dst[pos + s2]), w3 = element(dst[pos + s3]);
    STORE(pos + s0, sum(w0, r0));
    STORE(pos + s1, sum(w1, r1));
    STORE(pos + s2, sum(w2, r2));
    STORE(pos + s3, sum(w3, r3));
}

void add4(const uint pos, const uint stride,
          const results r0, const results r1, const results r2, const results r3)
{
    add4(pos, 0u, stride, 2 * stride, 3 * stride, r0, r1, r2, r3);
}
