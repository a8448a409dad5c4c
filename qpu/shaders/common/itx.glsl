/* One-dimensional inverse transforms of AV1, 7.13.2, and of codecs whose DCT has
 * the same steps, on arrays that live in registers: indices are constants, so
 * that nothing is left of them.
 *
 * ITX_BITS: of the constants, 12 or 14.
 * hi: the largest value of intermediate results; the smallest is ~hi. Where
 * the specification asks for a range that valid streams keep, upstream clips
 * (after each butterfly without a rotation), and so does this.
 * With 14 bits nothing is clipped: who launches has seen to it that no value
 * leaves its range.
 * ITX_WIDE: 1: values may have 20 bits, and two products of constants don't fit a
 * word; 2 (with 14 bits): they may have 28.
 * ITX_WRAP: the DCT's steps wrap to 16 bits, its inputs must have been, its results
 * don't. */

#ifndef COMMON_ITX_GLSL
#define COMMON_ITX_GLSL

#ifndef ITX_WIDE
#define ITX_WIDE 0
#endif
#ifndef ITX_WRAP
#define ITX_WRAP 0
#endif
#ifndef ITX_BITS
#define ITX_BITS 12
#endif

/* Cosines of multiples of pi / 64 */
#if ITX_BITS == 14
#define COS_1  16364
#define COS_2  16305
#define COS_3  16207
#define COS_4  16069
#define COS_5  15893
#define COS_6  15679
#define COS_7  15426
#define COS_8  15137
#define COS_9  14811
#define COS_10 14449
#define COS_11 14053
#define COS_12 13623
#define COS_13 13160
#define COS_14 12665
#define COS_15 12140
#define COS_16 11585
#define COS_17 11003
#define COS_18 10394
#define COS_19 9760
#define COS_20 9102
#define COS_21 8423
#define COS_22 7723
#define COS_23 7005
#define COS_24 6270
#define COS_25 5520
#define COS_26 4756
#define COS_27 3981
#define COS_28 3196
#define COS_29 2404
#define COS_30 1606
#define COS_31 804

/* Sums of products, to be rounded: ITX_ROUND once in each, itx_shift() at the end */
#if ITX_WIDE == 2
/* the products with the upper bits of the value, in units of 4096, whose sum may wrap
 * on its way, and with its 12 lower ones, of which ten fit */
#define itx_sum ivec2
#define ITX_ROUND ivec2(0, 8192)

itx_sum itx_times(const int x, const int k)
{
    return ivec2((x >> 12) * k, (x & 0xfff) * k);
}

int itx_shift(const itx_sum s)
{
    return s.x + (s.y >> 12) >> 2;
}
#elif ITX_WIDE
/* the products with the upper bits of the constants, in units of 128, and with
 * the 7 lower ones */
#define itx_sum ivec2
#define ITX_ROUND ivec2(0, 8192)

itx_sum itx_times(const int x, const int k)
{
    const int upper = k + 64 >> 7;
    return ivec2(x * upper, x * (k - upper * 128));
}

int itx_shift(const itx_sum s)
{
    return s.x + (s.y >> 7) >> 7;
}
#else
#define itx_sum int
#define ITX_ROUND 8192

itx_sum itx_times(const int x, const int k)
{
    return x * k;
}

int itx_shift(const itx_sum s)
{
    return s >> 14;
}
#endif

int itx_half(const int x)
{
    return itx_shift(itx_times(x, COS_16) + ITX_ROUND);
}
#else
#define COS_1  4091
#define COS_2  4076
#define COS_3  4052
#define COS_4  4017
#define COS_5  3973
#define COS_6  3920
#define COS_7  3857
#define COS_8  3784
#define COS_9  3703
#define COS_10 3612
#define COS_11 3513
#define COS_12 3406
#define COS_13 3290
#define COS_14 3166
#define COS_15 3035
#define COS_16 2896
#define COS_17 2751
#define COS_18 2598
#define COS_19 2440
#define COS_20 2276
#define COS_21 2106
#define COS_22 1931
#define COS_23 1751
#define COS_24 1567
#define COS_25 1380
#define COS_26 1189
#define COS_27 995
#define COS_28 799
#define COS_29 601
#define COS_30 401
#define COS_31 201

/* (x * a + y * b) / 4096, rounded */
int itx_rot(const int x, const int a, const int y, const int b)
{
#if ITX_WIDE
    /* what is left of a constant after taking 4096, 0 or -4096 away is small */
    const int ka = a + 2048 >> 12, kb = b + 2048 >> 12;
    return (x * (a - ka * 4096) + y * (b - kb * 4096) + 2048 >> 12) + x * ka + y * kb;
#else
    return x * a + y * b + 2048 >> 12;
#endif
}

/* x times sqrt(1/2) */
int itx_half(const int x)
{
    return x * 181 + 128 >> 8;
}
#endif

/* What a step of the DCT gives */
#if ITX_WRAP
int itx_step(const int x)
{
    return x << 16 >> 16;
}
#else
#define itx_step(x) (x)
#endif

#if ITX_BITS == 14
/* B(a, b, angle, 0) of the specification, with the angle's cosine and sine. Both
 * results share a product, as multiplications take twice as long as additions; that
 * it may leave the range of a word doesn't matter. */
void itx_b(inout int a, inout int b, const int c, const int s)
{
    const itx_sum t = itx_times(a + b, c) + ITX_ROUND;
    const int x = a;
    a = itx_step(itx_shift(t - itx_times(b, c + s)));
    b = itx_step(itx_shift(t + itx_times(x, s - c)));
}

/* B(a, b, angle, 1) */
void itx_f(inout int a, inout int b, const int c, const int s)
{
    const itx_sum t = itx_times(a - b, s) + ITX_ROUND;
    const int x = a;
    a = itx_step(itx_shift(t + itx_times(b, c + s)));
    b = itx_step(itx_shift(t + itx_times(x, c - s)));
}
#else
/* B(a, b, angle, 0) of the specification, with the angle's cosine and sine */
void itx_b(inout int a, inout int b, const int c, const int s)
{
    const int x = a;
    a = itx_rot(x, c, b, -s);
    b = itx_rot(x, s, b, c);
}

/* B(a, b, angle, 1) */
void itx_f(inout int a, inout int b, const int c, const int s)
{
    const int x = a;
    a = itx_rot(x, s, b, c);
    b = itx_rot(x, c, b, -s);
}

#endif

/* B(a, b, 32, 1) */
void itx_r(inout int a, inout int b)
{
    const int x = a;
    a = itx_step(itx_half(x + b));
    b = itx_step(itx_half(x - b));
}

/* H(a, b, 0) */
void itx_h(inout int a, inout int b, const int hi)
{
    const int x = a;
#if ITX_BITS == 14
    a = itx_step(x + b);
    b = itx_step(x - b);
#else
    a = clamp(x + b, ~hi, hi);
    b = clamp(x - b, ~hi, hi);
#endif
}

/* itx_end(): the same as a DCT's last step, whose results don't wrap; what a smaller
 * one gave has to. itx_add(), itx_half2(): for ADST, which doesn't wrap. */
#if ITX_WRAP
void itx_add(inout int a, inout int b, const int hi)
{
    const int x = a;
    a = x + b;
    b = x - b;
}

void itx_end(inout int a, inout int b, const int hi)
{
    a = itx_step(a);
    itx_add(a, b, hi);
}

void itx_half2(inout int a, inout int b)
{
    const int x = a;
    a = itx_half(x + b);
    b = itx_half(x - b);
}
#else
#define itx_end itx_h
#define itx_add itx_h
#define itx_half2 itx_r
#endif

#if ITX_BITS == 12
/* The reflection that the ADST's steps are made of */
void itx_m(inout int a, inout int b, const int c, const int s)
{
    const int x = a;
    a = itx_rot(x, c, b, s);
    b = itx_rot(x, s, b, -c);
}
#endif

/* ---- DCT. A transform of n is one of n / 2 of the even inputs, e[], and an
 * odd part of the others: output i is e[i] + o[n/2-1-i], output n-1-i is
 * e[i] - o[n/2-1-i]. Odd parts take their inputs in bit-reversed order. ---- */

void itx_dct4(inout int c[4], const int hi)
{
    int a = c[0], b = c[2], x = c[1], y = c[3];
    itx_r(a, b);
    itx_b(x, y, COS_24, COS_8);
    itx_end(a, y, hi);
    itx_end(b, x, hi);
    c[0] = a;
    c[1] = b;
    c[2] = x;
    c[3] = y;
}

void itx_odd4(inout int o[4], const int hi)
{
    itx_b(o[0], o[3], COS_28, COS_4); itx_b(o[1], o[2], COS_12, COS_20);
    itx_h(o[0], o[1], hi); itx_h(o[3], o[2], hi);
    itx_r(o[2], o[1]);
}

void itx_dct8(inout int c[8], const int hi)
{
    int e[4] = int[](c[0], c[2], c[4], c[6]);
    int o[4] = int[](c[1], c[5], c[3], c[7]);
    itx_dct4(e, hi);
    itx_odd4(o, hi);
    [[unroll]] for (int i = 0; i < 4; i++) {
        itx_end(e[i], o[3 - i], hi);
        c[i] = e[i];
        c[7 - i] = o[3 - i];
    }
}

void itx_odd8(inout int o[8], const int hi)
{
    itx_b(o[0], o[7], COS_30, COS_2); itx_b(o[1], o[6], COS_14, COS_18); itx_b(o[2], o[5], COS_22, COS_10);
    itx_b(o[3], o[4], COS_6, COS_26);
    itx_h(o[0], o[1], hi); itx_h(o[3], o[2], hi); itx_h(o[4], o[5], hi); itx_h(o[7], o[6], hi);
    itx_f(o[6], o[1], COS_24, COS_8); itx_f(o[5], o[2], -COS_8, COS_24);
    itx_h(o[0], o[3], hi); itx_h(o[1], o[2], hi); itx_h(o[7], o[4], hi); itx_h(o[6], o[5], hi);
    itx_r(o[5], o[2]); itx_r(o[4], o[3]);
}

void itx_dct16(inout int c[16], const int hi)
{
    int e[8] = int[](c[0], c[2], c[4], c[6], c[8], c[10], c[12], c[14]);
    int o[8] = int[](c[1], c[9], c[5], c[13], c[3], c[11], c[7], c[15]);
    itx_dct8(e, hi);
    itx_odd8(o, hi);
    [[unroll]] for (int i = 0; i < 8; i++) {
        itx_end(e[i], o[7 - i], hi);
        c[i] = e[i];
        c[15 - i] = o[7 - i];
    }
}

void itx_odd16(inout int o[16], const int hi)
{
    itx_b(o[0], o[15], COS_31, COS_1); itx_b(o[1], o[14], COS_15, COS_17);
    itx_b(o[2], o[13], COS_23, COS_9); itx_b(o[3], o[12], COS_7, COS_25);
    itx_b(o[4], o[11], COS_27, COS_5); itx_b(o[5], o[10], COS_11, COS_21);
    itx_b(o[6], o[9], COS_19, COS_13); itx_b(o[7], o[8], COS_3, COS_29);
    itx_h(o[0], o[1], hi); itx_h(o[3], o[2], hi); itx_h(o[4], o[5], hi); itx_h(o[7], o[6], hi);
    itx_h(o[8], o[9], hi); itx_h(o[11], o[10], hi); itx_h(o[12], o[13], hi);
    itx_h(o[15], o[14], hi);
    itx_f(o[14], o[1], COS_28, COS_4); itx_f(o[13], o[2], -COS_4, COS_28);
    itx_f(o[10], o[5], COS_12, COS_20); itx_f(o[9], o[6], -COS_20, COS_12);
    itx_h(o[0], o[3], hi); itx_h(o[1], o[2], hi); itx_h(o[7], o[4], hi); itx_h(o[6], o[5], hi);
    itx_h(o[8], o[11], hi); itx_h(o[9], o[10], hi); itx_h(o[15], o[12], hi);
    itx_h(o[14], o[13], hi);
    itx_f(o[13], o[2], COS_24, COS_8); itx_f(o[12], o[3], COS_24, COS_8);
    itx_f(o[11], o[4], -COS_8, COS_24); itx_f(o[10], o[5], -COS_8, COS_24);
    itx_h(o[0], o[7], hi); itx_h(o[1], o[6], hi); itx_h(o[2], o[5], hi); itx_h(o[3], o[4], hi);
    itx_h(o[15], o[8], hi); itx_h(o[14], o[9], hi); itx_h(o[13], o[10], hi);
    itx_h(o[12], o[11], hi);
    itx_r(o[11], o[4]); itx_r(o[10], o[5]); itx_r(o[9], o[6]); itx_r(o[8], o[7]);
}

void itx_dct32(inout int c[32], const int hi)
{
    int e[16] = int[](c[0], c[2], c[4], c[6], c[8], c[10], c[12], c[14], c[16], c[18], c[20],
                    c[22], c[24], c[26], c[28], c[30]);
    int o[16] = int[](c[1], c[17], c[9], c[25], c[5], c[21], c[13], c[29], c[3], c[19], c[11],
                    c[27], c[7], c[23], c[15], c[31]);
    itx_dct16(e, hi);
    itx_odd16(o, hi);
    [[unroll]] for (int i = 0; i < 16; i++) {
        itx_end(e[i], o[15 - i], hi);
        c[i] = e[i];
        c[31 - i] = o[15 - i];
    }
}

#if ITX_BITS == 12
/* The odd part of a transform of 64, whose upper half of inputs is zero in all
 * of AV1, in pieces that need few registers: first these two, on values 0 to 7
 * and 24 to 31 of it, and on 8 to 23; then four values after the other. */
void itx_odd32_outer(inout int o[16], const int hi)
{
    itx_b(o[0], o[15], 101, 4095); itx_b(o[1], o[14], 2967, 2824);
    itx_b(o[2], o[13], 1660, 3745); itx_b(o[3], o[12], 3822, 1474);
    itx_b(o[4], o[11], 897, 3996); itx_b(o[5], o[10], 3461, 2191);
    itx_b(o[6], o[9], 2359, 3349); itx_b(o[7], o[8], 4036, 700);
    itx_h(o[0], o[1], hi); itx_h(o[3], o[2], hi); itx_h(o[4], o[5], hi); itx_h(o[7], o[6], hi);
    itx_h(o[8], o[9], hi); itx_h(o[11], o[10], hi); itx_h(o[12], o[13], hi);
    itx_h(o[15], o[14], hi);
    itx_f(o[14], o[1], 401, 4076); itx_f(o[13], o[2], -4076, 401);
    itx_f(o[10], o[5], 3166, 2598); itx_f(o[9], o[6], -2598, 3166);
    itx_h(o[0], o[3], hi); itx_h(o[1], o[2], hi); itx_h(o[7], o[4], hi); itx_h(o[6], o[5], hi);
    itx_h(o[8], o[11], hi); itx_h(o[9], o[10], hi); itx_h(o[15], o[12], hi);
    itx_h(o[14], o[13], hi);
    itx_f(o[13], o[2], 799, 4017); itx_f(o[12], o[3], 799, 4017);
    itx_f(o[11], o[4], -4017, 799); itx_f(o[10], o[5], -4017, 799);
    itx_h(o[0], o[7], hi); itx_h(o[1], o[6], hi); itx_h(o[2], o[5], hi); itx_h(o[3], o[4], hi);
    itx_h(o[15], o[8], hi); itx_h(o[14], o[9], hi); itx_h(o[13], o[10], hi);
    itx_h(o[12], o[11], hi);
    itx_f(o[11], o[4], 1567, 3784); itx_f(o[10], o[5], 1567, 3784);
    itx_f(o[9], o[6], 1567, 3784); itx_f(o[8], o[7], 1567, 3784);
}

void itx_odd32_inner(inout int o[16], const int hi)
{
    itx_b(o[0], o[15], 501, 4065); itx_b(o[1], o[14], 3229, 2520);
    itx_b(o[2], o[13], 2019, 3564); itx_b(o[3], o[12], 3948, 1092);
    itx_b(o[4], o[11], 1285, 3889); itx_b(o[5], o[10], 3659, 1842);
    itx_b(o[6], o[9], 2675, 3102); itx_b(o[7], o[8], 4085, 301);
    itx_h(o[0], o[1], hi); itx_h(o[3], o[2], hi); itx_h(o[4], o[5], hi); itx_h(o[7], o[6], hi);
    itx_h(o[8], o[9], hi); itx_h(o[11], o[10], hi); itx_h(o[12], o[13], hi);
    itx_h(o[15], o[14], hi);
    itx_f(o[14], o[1], 1931, 3612); itx_f(o[13], o[2], -3612, 1931);
    itx_f(o[10], o[5], 3920, 1189); itx_f(o[9], o[6], -1189, 3920);
    itx_h(o[0], o[3], hi); itx_h(o[1], o[2], hi); itx_h(o[7], o[4], hi); itx_h(o[6], o[5], hi);
    itx_h(o[8], o[11], hi); itx_h(o[9], o[10], hi); itx_h(o[15], o[12], hi);
    itx_h(o[14], o[13], hi);
    itx_f(o[13], o[2], 3406, 2276); itx_f(o[12], o[3], 3406, 2276);
    itx_f(o[11], o[4], -2276, 3406); itx_f(o[10], o[5], -2276, 3406);
    itx_h(o[7], o[0], hi); itx_h(o[6], o[1], hi); itx_h(o[5], o[2], hi); itx_h(o[4], o[3], hi);
    itx_h(o[8], o[15], hi); itx_h(o[9], o[14], hi); itx_h(o[10], o[13], hi);
    itx_h(o[11], o[12], hi);
    itx_f(o[15], o[0], -3784, 1567); itx_f(o[14], o[1], -3784, 1567);
    itx_f(o[13], o[2], -3784, 1567); itx_f(o[12], o[3], -3784, 1567);
}

/* Values i, 15 - i, 16 + i, 31 - i, i in 0..7 */
void itx_odd32_end(inout int a, inout int b, inout int c, inout int d, const int hi)
{
    itx_h(a, b, hi);
    itx_h(d, c, hi);
    itx_r(c, b);
}

#endif

/* ---- ADST ---- */

void itx_adst4(inout int c[4], const int hi)
{
    const int a = c[0], b = c[1], x = c[2], y = c[3];
#if ITX_BITS == 14
    /* 5283 + 9929 = 15212 */
    const itx_sum m = itx_times(b, 13377) + ITX_ROUND;
    const itx_sum p = itx_times(a + x, 5283) + itx_times(x + y, 9929);
    const itx_sum q = itx_times(a - y, 9929) - itx_times(x + y, 5283);
    c[0] = itx_shift(m + p);
    c[1] = itx_shift(m + q);
    c[2] = itx_shift(itx_times(a - x + y, 13377) + ITX_ROUND);
    c[3] = itx_shift(p + q - m + ITX_ROUND * 2);
#else
#if ITX_WIDE
    /* as in itx_rot() */
    c[0] = (1321 * a - 293 * x - 1614 * y - 752 * b + 2048 >> 12) + x + y + b;
    c[1] = (-1614 * a - 1321 * x + 293 * y - 752 * b + 2048 >> 12) + a - y + b;
    c[3] = (-293 * a - 1614 * x - 1321 * y + 752 * b + 2048 >> 12) + a + x - b;
#else
    c[0] = 1321 * a + 3803 * x + 2482 * y + 3344 * b + 2048 >> 12;
    c[1] = 2482 * a - 1321 * x - 3803 * y + 3344 * b + 2048 >> 12;
    c[3] = 3803 * a + 2482 * x - 1321 * y - 3344 * b + 2048 >> 12;
#endif
    c[2] = 209 * (a - x + y) + 128 >> 8;
#endif
}

#if ITX_BITS == 14
/* Reflections of (a, b) and of (d, e), whose sums and differences are rounded */
void itx_mm(inout int a, inout int b, inout int d, inout int e,
            const int c, const int s, const int c2, const int s2)
{
    const itx_sum t = itx_times(a - b, c) + ITX_ROUND, t2 = itx_times(d - e, c2);
    const itx_sum p = t + itx_times(b, s + c), q = t + itx_times(a, s - c);
    const itx_sum u = t2 + itx_times(e, s2 + c2), v = t2 + itx_times(d, s2 - c2);
    a = itx_shift(p + u);
    b = itx_shift(q + v);
    d = itx_shift(p - u);
    e = itx_shift(q - v);
}

/* Steps that ADST8 and both halves of ADST16 share */
void itx_adst_end(inout int t[8], const int hi)
{
    itx_mm(t[4], t[5], t[6], t[7], COS_8, COS_24, -COS_24, COS_8);
    itx_add(t[0], t[2], hi); itx_add(t[1], t[3], hi);
}

void itx_adst8(inout int c[8], const int hi)
{
    int t[8] = int[](c[7], c[0], c[5], c[2], c[3], c[4], c[1], c[6]);
    itx_mm(t[0], t[1], t[4], t[5], COS_2, COS_30, COS_18, COS_14);
    itx_mm(t[2], t[3], t[6], t[7], COS_10, COS_22, COS_26, COS_6);
    itx_adst_end(t, hi);
    itx_half2(t[2], t[3]);
    itx_half2(t[6], t[7]);
    c = int[](t[0], -t[4], t[6], -t[2], t[3], -t[7], t[5], -t[1]);
}

/* -(x + y) and x - y, halved like itx_half2(): halves are rounded upwards, so the sign
 * has to come first */
void itx_rn(inout int a, inout int b)
{
    const int x = a;
    a = itx_half(-x - b);
    b = itx_half(x - b);
}

void itx_adst16(inout int c[16], const int hi)
{
    int t[8] = int[](c[15], c[0], c[13], c[2], c[11], c[4], c[9], c[6]);
    int u[8] = int[](c[7], c[8], c[5], c[10], c[3], c[12], c[1], c[14]);
    itx_mm(t[0], t[1], u[0], u[1], COS_1, COS_31, COS_17, COS_15);
    itx_mm(t[2], t[3], u[2], u[3], COS_5, COS_27, COS_21, COS_11);
    itx_mm(t[4], t[5], u[4], u[5], COS_9, COS_23, COS_25, COS_7);
    itx_mm(t[6], t[7], u[6], u[7], COS_13, COS_19, COS_29, COS_3);
    [[unroll]] for (int i = 0; i < 4; i++)
        itx_add(t[i], t[4 + i], hi);
    itx_mm(u[0], u[1], u[4], u[5], COS_4, COS_28, -COS_28, COS_4);
    itx_mm(u[2], u[3], u[6], u[7], COS_20, COS_12, -COS_12, COS_20);
    itx_adst_end(t, hi);
    itx_adst_end(u, hi);
    itx_rn(t[2], t[3]);
    itx_half2(t[7], t[6]);
    itx_half2(u[3], u[2]);
    itx_rn(u[6], u[7]);
    c = int[](t[0], -u[0], u[4], -t[4], t[7], u[6], u[3], t[2],
              t[3], u[2], u[7], t[6], t[5], -u[5], u[1], -t[1]);
}
#else

/* The last steps of ADST8, and of both halves of ADST16. */
void itx_adst_end(inout int t[8], const int hi)
{
    itx_h(t[0], t[4], hi); itx_h(t[1], t[5], hi); itx_h(t[2], t[6], hi); itx_h(t[3], t[7], hi);
    itx_m(t[4], t[5], 3784, 1567); itx_m(t[7], t[6], 1567, 3784);
    itx_h(t[0], t[2], hi); itx_h(t[1], t[3], hi); itx_h(t[4], t[6], hi); itx_h(t[5], t[7], hi);
    itx_r(t[2], t[3]);
    itx_r(t[6], t[7]);
}

void itx_adst8(inout int c[8], const int hi)
{
    int t[8] = int[](c[7], c[0], c[5], c[2], c[3], c[4], c[1], c[6]);
    itx_m(t[0], t[1], 4076, 401); itx_m(t[2], t[3], 3612, 1931);
    itx_m(t[4], t[5], 2598, 3166); itx_m(t[6], t[7], 1189, 3920);
    itx_adst_end(t, hi);
    c = int[](t[0], -t[4], t[6], -t[2], t[3], -t[7], t[5], -t[1]);
}

void itx_adst16(inout int c[16], const int hi)
{
    int t[8] = int[](c[15], c[0], c[13], c[2], c[11], c[4], c[9], c[6]);
    int u[8] = int[](c[7], c[8], c[5], c[10], c[3], c[12], c[1], c[14]);
    itx_m(t[0], t[1], 4091, 201); itx_m(t[2], t[3], 3973, 995);
    itx_m(t[4], t[5], 3703, 1751); itx_m(t[6], t[7], 3290, 2440);
    itx_m(u[0], u[1], 2751, 3035); itx_m(u[2], u[3], 2106, 3513);
    itx_m(u[4], u[5], 1380, 3857); itx_m(u[6], u[7], 601, 4052);
    [[unroll]] for (int i = 0; i < 8; i++)
        itx_h(t[i], u[i], hi);
    itx_m(u[0], u[1], 4017, 799); itx_m(u[2], u[3], 2276, 3406);
    itx_m(u[5], u[4], 799, 4017); itx_m(u[7], u[6], 3406, 2276);
    itx_adst_end(t, hi);
    itx_adst_end(u, hi);
    c = int[](t[0], -u[0], u[4], -t[4], t[6], -u[6], u[2], -t[2],
              t[3], -u[3], u[7], -t[7], t[5], -u[5], u[1], -t[1]);
}

/* ---- Identity, of any four values ---- */

ivec4 itx_id4(const ivec4 c)
{
    return c + (c * 1697 + 2048 >> 12);
}

ivec4 itx_id8(const ivec4 c)
{
    return c * 2;
}

ivec4 itx_id16(const ivec4 c)
{
    return c * 2 + (c * 1697 + 1024 >> 11);
}

ivec4 itx_id32(const ivec4 c)
{
    return c * 4;
}

#endif

/* ---- Walsh-Hadamard ---- */

void itx_wht4(inout int c[4])
{
    const int a = c[0] + c[1], b = c[2] - c[3], m = a - b >> 1;
    const int x = m - c[3], y = m - c[1];
    c[0] = a - x;
    c[1] = x;
    c[2] = y;
    c[3] = b + y;
}

#endif /* COMMON_ITX_GLSL */
