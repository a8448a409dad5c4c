/* AV1's one-dimensional inverse transforms, 7.13.2, on arrays that live in
 * registers: indices are constants, so that nothing is left of them.
 *
 * hi: the largest value of intermediate results; the smallest is ~hi. Where
 * the specification asks for a range that valid streams keep, upstream clips
 * (after each butterfly without a rotation), and so does this.
 * ITX_WIDE: values may have 20 bits, and two products of 12-bit constants
 * don't fit a word. */

#ifndef COMMON_ITX_GLSL
#define COMMON_ITX_GLSL

#ifndef ITX_WIDE
#define ITX_WIDE 0
#endif

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

/* B(a, b, 32, 1) */
void itx_r(inout int a, inout int b)
{
    const int x = a;
    a = itx_half(x + b);
    b = itx_half(x - b);
}

/* H(a, b, 0) */
void itx_h(inout int a, inout int b, const int hi)
{
    const int x = a;
    a = clamp(x + b, ~hi, hi);
    b = clamp(x - b, ~hi, hi);
}

/* The reflection that the ADST's steps are made of */
void itx_m(inout int a, inout int b, const int c, const int s)
{
    const int x = a;
    a = itx_rot(x, c, b, s);
    b = itx_rot(x, s, b, -c);
}

/* ---- DCT. A transform of n is one of n / 2 of the even inputs, e[], and an
 * odd part of the others: output i is e[i] + o[n/2-1-i], output n-1-i is
 * e[i] - o[n/2-1-i]. Odd parts take their inputs in bit-reversed order. ---- */

void itx_dct4(inout int c[4], const int hi)
{
    int a = c[0], b = c[2], x = c[1], y = c[3];
    itx_r(a, b);
    itx_b(x, y, 1567, 3784);
    itx_h(a, y, hi);
    itx_h(b, x, hi);
    c[0] = a;
    c[1] = b;
    c[2] = x;
    c[3] = y;
}

void itx_odd4(inout int o[4], const int hi)
{
    itx_b(o[0], o[3], 799, 4017); itx_b(o[1], o[2], 3406, 2276);
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
        itx_h(e[i], o[3 - i], hi);
        c[i] = e[i];
        c[7 - i] = o[3 - i];
    }
}

void itx_odd8(inout int o[8], const int hi)
{
    itx_b(o[0], o[7], 401, 4076); itx_b(o[1], o[6], 3166, 2598); itx_b(o[2], o[5], 1931, 3612);
    itx_b(o[3], o[4], 3920, 1189);
    itx_h(o[0], o[1], hi); itx_h(o[3], o[2], hi); itx_h(o[4], o[5], hi); itx_h(o[7], o[6], hi);
    itx_f(o[6], o[1], 1567, 3784); itx_f(o[5], o[2], -3784, 1567);
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
        itx_h(e[i], o[7 - i], hi);
        c[i] = e[i];
        c[15 - i] = o[7 - i];
    }
}

void itx_odd16(inout int o[16], const int hi)
{
    itx_b(o[0], o[15], 201, 4091); itx_b(o[1], o[14], 3035, 2751);
    itx_b(o[2], o[13], 1751, 3703); itx_b(o[3], o[12], 3857, 1380);
    itx_b(o[4], o[11], 995, 3973); itx_b(o[5], o[10], 3513, 2106);
    itx_b(o[6], o[9], 2440, 3290); itx_b(o[7], o[8], 4052, 601);
    itx_h(o[0], o[1], hi); itx_h(o[3], o[2], hi); itx_h(o[4], o[5], hi); itx_h(o[7], o[6], hi);
    itx_h(o[8], o[9], hi); itx_h(o[11], o[10], hi); itx_h(o[12], o[13], hi);
    itx_h(o[15], o[14], hi);
    itx_f(o[14], o[1], 799, 4017); itx_f(o[13], o[2], -4017, 799);
    itx_f(o[10], o[5], 3406, 2276); itx_f(o[9], o[6], -2276, 3406);
    itx_h(o[0], o[3], hi); itx_h(o[1], o[2], hi); itx_h(o[7], o[4], hi); itx_h(o[6], o[5], hi);
    itx_h(o[8], o[11], hi); itx_h(o[9], o[10], hi); itx_h(o[15], o[12], hi);
    itx_h(o[14], o[13], hi);
    itx_f(o[13], o[2], 1567, 3784); itx_f(o[12], o[3], 1567, 3784);
    itx_f(o[11], o[4], -3784, 1567); itx_f(o[10], o[5], -3784, 1567);
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
        itx_h(e[i], o[15 - i], hi);
        c[i] = e[i];
        c[31 - i] = o[15 - i];
    }
}

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

/* ---- ADST ---- */

void itx_adst4(inout int c[4], const int hi)
{
    const int a = c[0], b = c[1], x = c[2], y = c[3];
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
}

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
