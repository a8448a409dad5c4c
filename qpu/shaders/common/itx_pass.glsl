/* A row, and the columns of an invocation: included once for each length of a
 * transform up to 16. Set: N, ROW, COLUMN, IDENTITY (names), TYPES: 1: DCT, 2: and
 * identity, 3: and ADST, which may be flipped; 4: DCT and ADST. Needs what
 * common/itx_rows.glsl has, ITX_DCT etc., and transform().
 *
 * There is a path for each kind of transform: were there one to and from all of
 * them, values would wait in registers for other invocations' turn. */

/* kind: known when compiling, not ITX_IDENTITY */
void ROW(const Block b, const uint y, const uint kind)
{
    int c[N];
    const uint row = b.table + y * (N / 4), at = y * ITX_GROUP + b.block;
    [[unroll]] for (int i = 0; i < N / 4; i++) {
        const ivec4 v = four_coefficients(b, row + i);
        c[4 * i] = v.x;
        c[4 * i + 1] = v.y;
        c[4 * i + 2] = v.z;
        c[4 * i + 3] = v.w;
    }
    transform(c, kind, ROW_MAX);
#if TYPES != 4
    if (kind == ITX_ADST) {
        const bool flip = (b.how & 3u) == ITX_FLIPADST;
        [[unroll]] for (int i = 0; i < N / 2; i++) {
            const int t = c[i];
            c[i] = flip ? c[N - 1 - i] : t;
            c[N - 1 - i] = flip ? t : c[N - 1 - i];
        }
    }
#endif
    const uint apart = b.log2_blocks + (N > 8 ? AFTER(c[0]) : 0u);
    [[unroll]] for (int i = 0; i < N / 4; i++)
        keep(b, at, apart, i, ivec4(c[4 * i], c[4 * i + 1], c[4 * i + 2], c[4 * i + 3]), kind == ITX_DCT);
}

void ROW(const Block b, const uint y)
{
    const uint type = b.how & 3u;
    if (TYPES == 1 || type == ITX_DCT)
        ROW(b, y, ITX_DCT);
#if TYPES != 4
    else if (TYPES == 2 || type == ITX_IDENTITY) {
        const uint row = b.table + y * (N / 4), at = y * ITX_GROUP + b.block;
        for (uint i = 0; i < N / 4 + p.zero; i++) /* not to be unrolled */
            keep(b, at, b.log2_blocks, i, IDENTITY(four_coefficients(b, row + i)), false);
    }
#endif
    else
        ROW(b, y, ITX_ADST);
}

void COLUMN(const Block b, uint pos, uint stride, const uint kind)
{
    const uint lane = gl_LocalInvocationID.x;
#if TYPES != 4
    if (kind == ITX_ADST && (b.how >> 2 & 3u) == ITX_FLIPADST) {
        pos += (N - 1) * stride;
        stride = -stride;
    }
#endif
#if COLUMNS == 1
    int c[N];
    [[unroll]] for (int y = 0; y < N; y++) {
        const int t = tmp[y * ITX_GROUP + lane];
        c[y] = y > b.last ? 0 : t;
    }
    transform(c, kind, COL_MAX);
#ifdef ITX_CLIP
    [[unroll]] for (int y = 0; y < N; y++)
        CLIP(c[y]);
#endif
#elif defined(ITX_UNPACKED) && COLUMNS == 2
    ivec2 u[N];
    int c[N], d[N];
    [[unroll]] for (int y = 0; y < N; y++) {
        const ivec2 t = tmp[y * ITX_GROUP + lane];
        u[y] = t & (y - 1 - b.last >> 31);
        c[y] = u[y].x;
    }
    transform(c, kind, COL_MAX);
    [[unroll]] for (int y = 0; y < N; y++)
        d[y] = u[y].y;
    transform(d, kind, COL_MAX);
#elif defined(ITX_UNPACKED)
    ivec4 u[N];
    uvec2 c[N];
    [[unroll]] for (int y = 0; y < N; y++) {
        const ivec4 t = tmp[y * ITX_GROUP + lane];
        u[y] = t & (y - 1 - b.last >> 31);
    }
    [[unroll]] for (int k = 0; k < 2; k++) {
        int d[N], e[N];
        [[unroll]] for (int y = 0; y < N; y++) {
            d[y] = u[y][2 * k];
            e[y] = u[y][2 * k + 1];
        }
        transform(d, kind, COL_MAX);
        transform(e, kind, COL_MAX);
        [[unroll]] for (int y = 0; y < N; y++)
            c[y][k] = residual(d[y], e[y]);
    }
#elif COLUMNS == 2
    uint u[N];
    int c[N], d[N];
    [[unroll]] for (int y = 0; y < N; y++) {
        const uint t = tmp[y * ITX_GROUP + lane];
        u[y] = y > b.last ? 0u : t;
        c[y] = int(u[y] << 16) >> 16;
    }
    transform(c, kind, COL_MAX);
    [[unroll]] for (int y = 0; y < N; y++)
        d[y] = int(u[y]) >> 16;
    transform(d, kind, COL_MAX);
#else
    uvec2 c[N];
    [[unroll]] for (int y = 0; y < N; y++) {
        const uvec2 t = tmp[y * ITX_GROUP + lane];
        c[y] = t & uint(y - 1 - b.last >> 31); /* a choice of two words takes more */
    }
    [[unroll]] for (int k = 0; k < 2; k++) {
        int d[N], e[N];
        [[unroll]] for (int y = 0; y < N; y++) {
            d[y] = int(c[y][k] << 16) >> 16;
            e[y] = int(c[y][k]) >> 16;
        }
        transform(d, kind, COL_MAX);
        transform(e, kind, COL_MAX);
        [[unroll]] for (int y = 0; y < N; y++)
            c[y][k] = residual(d[y], e[y]);
    }
#endif
#if COLUMNS == 2
#define R(y) ivec2(c[y], d[y])
#else
#define R(y) c[y]
#endif
    PUT_ROWS(b.store, N)
#undef R
}

void COLUMN(const Block b, uint pos, const uint stride)
{
    const uint type = b.how >> 2 & 3u;
    if (TYPES == 1 || type == ITX_DCT)
        COLUMN(b, pos, stride, ITX_DCT);
#if TYPES != 4
    else if (TYPES == 2 || type == ITX_IDENTITY) {
        for (uint i = gl_LocalInvocationID.x; i <= b.last * ITX_GROUP + gl_LocalInvocationID.x; i += ITX_GROUP) {
#if COLUMNS == 1
            put(b.store, pos, IDENTITY(ivec4(tmp[i])).x);
#elif COLUMNS == 2
            const ivec4 v = IDENTITY(ivec4(int(tmp[i] << 16) >> 16, int(tmp[i]) >> 16, 0, 0));
            put(b.store, pos, v.xy);
#else
            const ivec4 v = IDENTITY(ivec4(ivec2(tmp[i] << 16) >> 16, ivec2(tmp[i]) >> 16));
            put(b.store, pos, uvec2(residual(v.x, v.z), residual(v.y, v.w)));
#endif
            pos += stride;
        }
        put_zeros(b.store, pos, stride, b.last + 1, N);
    }
#endif
    else
        COLUMN(b, pos, stride, ITX_ADST);
}

#undef N
#undef ROW
#undef COLUMN
#undef IDENTITY
