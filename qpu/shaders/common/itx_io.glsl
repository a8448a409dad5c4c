/* Buffers of the inverse transforms, ranges of values, and how a residual is
 * added to an element of dst, COLUMNS pixels of DEPTH bits, or stored as one of
 * res, as many samples of 16 bits. Needs structs ITX_JOB and ITX_PUSH.
 * ITX_SHIFT_LAST: of what comes out of columns, 4 if not set.
 * ITX_CLIP: with COLUMNS of 1, results may give more than 16 bits. */

#ifndef ITX_SHIFT_LAST
#define ITX_SHIFT_LAST 4
#endif
#define ITX_LAST(r) ((r) + (1 << ITX_SHIFT_LAST - 1) >> ITX_SHIFT_LAST)

#if DEPTH == 8
#define ROW_MAX 0x7fff
#define COL_MAX 0x7fff
#else /* bit depth + 8, and at least 16 bits */
#define ROW_MAX ((1 << DEPTH + 7) - 1)
#define COL_MAX ((1 << DEPTH + 5) - 1)
#endif
#define PIXEL_MAX ((1 << DEPTH) - 1)
/* Of a result of columns. Values can wait for it here, but not in a choice of what is done with them. */
#ifdef ITX_CLIP
#define CLIP(r) r = clamp(r, -(PIXEL_MAX << ITX_SHIFT_LAST), PIXEL_MAX << ITX_SHIFT_LAST)
#else
#define CLIP(r)
#endif
#define PX_BITS (DEPTH == 8 ? 8 : 16)

layout(std430, binding = 0) readonly buffer Jobs { ITX_JOB jobs[]; };
#if COLUMNS == 4 && DEPTH > 8
layout(std430, binding = 1) buffer Dst { uvec2 dst[]; };
#elif COLUMNS == 4 || COLUMNS == 2 && DEPTH > 8
layout(std430, binding = 1) buffer Dst { uint dst[]; };
#elif COLUMNS == 2 || DEPTH > 8
layout(std430, binding = 1) buffer Dst { uint16_t dst[]; };
#else
layout(std430, binding = 1) buffer Dst { uint8_t dst[]; };
#endif
#if COLUMNS == 4
#define samples uvec2
#elif COLUMNS == 2
#define samples uint
#else
#define samples int16_t
#endif
layout(std430, binding = 2) writeonly buffer Res { samples res[]; };
#ifndef NO_COEFS
#if DEPTH == 8
/* unsigned: the compiler takes more instructions to load a signed one */
layout(std430, binding = 3) readonly buffer Coefs { uint16_t coefs[]; };
#define COEFS(word) ((word) * 2u)
#define COEF(i) (int(uint(coefs[i]) << 16) >> 16)
#else
layout(std430, binding = 3) readonly buffer Coefs { int coefs[]; };
#define COEFS(word) (word)
#define COEF(i) coefs[i]
#endif
layout(std430, binding = 4) readonly buffer Order { uvec2 order[]; };
layout(std430, binding = 4) readonly buffer Order16 { uint16_t order16[]; };
#endif

layout(push_constant) uniform Push { ITX_PUSH p; };

#if COLUMNS == 1

#define element uint
#define results int

uint sum(const uint w, const int r)
{
    return uint(clamp(int(w) + ITX_LAST(r), 0, PIXEL_MAX));
}

/* What is stored in res */
int alone(const int r)
{
    return ITX_LAST(r);
}

#if DEPTH == 8
#define WRITE(pos, w) dst[pos] = uint8_t(w)
#else
#define WRITE(pos, w) dst[pos] = uint16_t(w)
#endif

#elif COLUMNS == 2

#define element uint
#define results ivec2

uint sum(const uint w, const ivec2 r)
{
    const ivec2 v = clamp(ivec2(w & (1 << PX_BITS) - 1, w >> PX_BITS) + ITX_LAST(r), 0, PIXEL_MAX);
    return uint(v.x | v.y << PX_BITS);
}

uint alone(const ivec2 r)
{
    const ivec2 v = ITX_LAST(r);
    return uint(v.x & 0xffff | v.y << 16);
}

#if DEPTH == 8
#define WRITE(pos, w) dst[pos] = uint16_t(w)
#else
#define WRITE(pos, w) dst[pos] = w
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
#define BIAS 32768u

uint biased(const int low, const int high)
{
    return uint(low + BIAS) + (uint(high + BIAS) << 16);
}

/* Of results of columns. */
uint residual(const int low, const int high)
{
    const uint c = (BIAS << ITX_SHIFT_LAST) + (1 << ITX_SHIFT_LAST - 1);
    return uint(low + c >> ITX_SHIFT_LAST) + (uint(high + c >> ITX_SHIFT_LAST) << 16);
}

element sum(const element w, const uvec2 r)
{
#if DEPTH == 8
    const uvec2 s = uvec2(w & 0xff00ffu, w >> 8 & 0xff00ffu) + r;
#else
    const uvec2 s = w + r;
#endif
    /* what is below the high half is a fraction */
    const uvec2 low = clamp(s & 0xffffu, BIAS, BIAS + PIXEL_MAX) - BIAS;
    const uvec2 high = clamp(s, BIAS << 16, (BIAS + PIXEL_MAX + 1 << 16) - 1) & PIXEL_MAX << 16;
    const uvec2 v = low + high;
#if DEPTH == 8
    return v.x + (v.y << 8);
#else
    return v;
#endif
}

uvec2 alone(const uvec2 r)
{
#if DEPTH == 8
    return uvec2(r.x & 0xffffu | r.y << 16, r.x >> 16 | r.y & 0xffff0000u) ^ BIAS * 0x10001u;
#else
    return r ^ BIAS * 0x10001u;
#endif
}

#define results uvec2
#define WRITE(pos, w) dst[pos] = w

#endif

/* Four rows, so many elements from pos. They are stored after all are loaded:
 * the compiler doesn't know that they are different ones. */
void add4(const uint pos, const uint s0, const uint s1, const uint s2, const uint s3,
          const results r0, const results r1, const results r2, const results r3)
{
    const element w0 = element(dst[pos + s0]), w1 = element(dst[pos + s1]);
    const element w2 = element(dst[pos + s2]), w3 = element(dst[pos + s3]);
    WRITE(pos + s0, sum(w0, r0));
    WRITE(pos + s1, sum(w1, r1));
    WRITE(pos + s2, sum(w2, r2));
    WRITE(pos + s3, sum(w3, r3));
}

void store4(const uint pos, const uint s0, const uint s1, const uint s2, const uint s3,
            const results r0, const results r1, const results r2, const results r3)
{
    res[pos + s0] = samples(alone(r0));
    res[pos + s1] = samples(alone(r1));
    res[pos + s2] = samples(alone(r2));
    res[pos + s3] = samples(alone(r3));
}

/* n rows from pos, R(y) each; a macro for want of arrays of any length. The mode is
 * asked for once: to do so every four rows takes 13 instructions each time. */
#define PUT_ROWS(store, n) \
    if (store) { \
        [[unroll]] for (int y = 0; y < n; y++) { \
            res[pos] = samples(alone(R(y))); \
            pos += stride; \
        } \
    } else { \
        [[unroll]] for (int y = 0; y < n; y += 4) { \
            add4(pos, 0u, stride, 2 * stride, 3 * stride, R(y), R(y + 1), R(y + 2), R(y + 3)); \
            pos += 4 * stride; \
        } \
    }

/* A row of a job that stores its results, or adds them. */
void put(const bool store, const uint pos, const results r)
{
    if (store)
        res[pos] = samples(alone(r));
    else
        WRITE(pos, sum(element(dst[pos]), r));
}

/* Rows y to n - 1, which have no results: there is nothing to add. */
void put_zeros(const bool store, uint pos, const uint stride, const int y, const int n)
{
    for (int i = store ? y : n; i < n; i++) {
        res[pos] = samples(p.zero); /* there are no constants of 16 bits */
        pos += stride;
    }
}
