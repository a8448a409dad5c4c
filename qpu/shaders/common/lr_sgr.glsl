/* What the two weighting passes of the self-guided filter share: rows of A and
 * B as lr_sgr_ab.comp leaves them, x << 20 | y. A pass gives
 * sum(y * weight) - pixel * sum(x * weight), the weights adding up to 32. */

#ifndef COMMON_LR_SGR_GLSL
#define COMMON_LR_SGR_GLSL

/* Where the quad of a lane is in the first of its rows: words. */
uint ab_start(const uint lane, const uint rows)
{
    return (lane / LR_LANES * rows * LR_LANES + lane % LR_LANES) * 4u;
}

/* A row of a quad: the samples, and each with its left and right neighbour.
 * At 8 bits y is less than 2^16, so that nine samples add up packed. */
#if BPC == 8

struct Ab {
    uvec4 m, three;
};

Ab ab_row(const uint l, const uvec4 m, const uint r)
{
    const uint a = m.x + m.y, b = m.z + m.w;
    return Ab(m, uvec4(l + a, a + m.z, m.y + b, b + r));
}

#else

struct Ab {
    ivec4 m_x, three_x, m_y, three_y;
};

ivec4 ab_three(const int l, const ivec4 m, const int r)
{
    const int a = m.x + m.y, b = m.z + m.w;
    return ivec4(l + a, a + m.z, m.y + b, b + r);
}

Ab ab_row(const uint l, const uvec4 m, const uint r)
{
    Ab v;
    v.m_x = ivec4(m >> 20);
    v.three_x = ab_three(int(l >> 20), v.m_x, int(r >> 20));
    v.m_y = ivec4(m & 0xfffffu);
    v.three_y = ab_three(int(l & 0xfffffu), v.m_y, int(r & 0xfffffu));
    return v;
}

#endif

#endif
