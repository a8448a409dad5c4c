/* Rows and columns of DCTs of 32, and tools for those that are longer. Needs what
 * common/itx_rows.glsl has, and common/itx_io.glsl with COLUMNS of 1. TYPES: 1: DCT, 2:
 * and identity; 4: as in itx_pass.glsl.
 * ITX_INPUTS: coefficients are known to be in so many rows and columns, 8 or 16, if set. */

#ifdef ITX_INPUTS
#define IF_INPUT(i, zero, c) ((i) < ITX_INPUTS ? (c) : zero)
#else
#define IF_INPUT(i, zero, c) c
#endif

/* From 32 on there are not registers enough for a transform. What its even part
 * (a transform of half the size) gives waits in shared memory, where the
 * invocation's own inputs were, or outputs will be. */

/* Always true. What is in different steps doesn't share registers. */
#define STEP(i) if (p.zero < i)

/* Coefficients of 16 even or odd columns. */
void load16(const Block b, const uint row, out int c[16])
{
    [[unroll]] for (int i = 0; i < 4; i++) {
        const ivec4 v = IF_INPUT(8 * i, ivec4(0), four_coefficients(b, row + i));
        c[4 * i] = v.x;
        c[4 * i + 1] = v.y;
        c[4 * i + 2] = v.z;
        c[4 * i + 3] = v.w;
    }
}

int row_or_0(const Block b, const uint lane, const int y)
{
    const int c = tmp[y * ITX_GROUP + lane]; /* a load in the choice would be a branch */
    return y > b.last ? 0 : c;
}

void reverse16(inout int c[16])
{
    c = int[](c[0], c[8], c[4], c[12], c[2], c[10], c[6], c[14],
              c[1], c[9], c[5], c[13], c[3], c[11], c[7], c[15]);
}

#define IN_ROW(x)    tmp[at + ((x) << apart)]
#define IN_COLUMN(y) tmp[(y) * ITX_GROUP + lane]

#if MIN_W <= 5 && MAX_W >= 5
void row32_dct(const Block b, const uint row, uint at)
{
    int c[16];
    uint apart = b.log2_blocks;
    STEP(1) {
        load16(b, row, c);
        itx_dct16(c, ROW_MAX);
        [[unroll]] for (int i = 0; i < 16; i++)
            IN_ROW(i) = c[i];
    }
    STEP(2) {
        load16(b, row + 4, c);
        reverse16(c);
        itx_odd16(c, ROW_MAX);
        [[unroll]] for (int i = 0; i < 16; i++) {
            int e = IN_ROW(i);
            itx_end(e, c[15 - i], ROW_MAX);
            IN_ROW(i) = between(b, e, true);
            IN_ROW(31 - i) = between(b, c[15 - i], true);
            at += AFTER(e);
            apart += AFTER(e);
        }
    }
}

void row32(const Block b, const uint y)
{
    const uint row = b.table + y * 8, at = y * ITX_GROUP + b.block;
    const uint apart = b.log2_blocks;
#if TYPES != 4
    if (TYPES > 1 && (b.how & 3u) == ITX_IDENTITY) {
        for (uint i = 0; i < 8 + p.zero; i++) { /* not to be unrolled */
            const ivec4 v = itx_id32(four_coefficients(b, row + i));
            const uint x = i < 4 ? 8 * i : 8 * i - 31;
            IN_ROW(x) = between(b, v.x, false);
            IN_ROW(x + 2) = between(b, v.y, false);
            IN_ROW(x + 4) = between(b, v.z, false);
            IN_ROW(x + 6) = between(b, v.w, false);
        }
    } else
#endif
        row32_dct(b, row, at);
}
#endif

#if MIN_H <= 5 && MAX_H >= 5
void column32_dct(const Block b, uint pos, const uint stride)
{
    uint lane = gl_LocalInvocationID.x;
    int c[16];
    STEP(3) {
        [[unroll]] for (int i = 0; i < 16; i++)
            c[i] = IF_INPUT(2 * i, 0, row_or_0(b, lane, 2 * i));
        itx_dct16(c, COL_MAX);
        [[unroll]] for (int i = 0; i < 16; i++)
            IN_COLUMN(2 * i) = c[i];
    }
    STEP(4) {
        [[unroll]] for (int i = 0; i < 16; i++)
            c[i] = IF_INPUT(2 * i, 0, row_or_0(b, lane, 2 * i + 1));
        reverse16(c);
        itx_odd16(c, COL_MAX);
        lane += AFTER(c[0]);
        int e[16];
        [[unroll]] for (int i = 0; i < 16; i++) {
            e[i] = IN_COLUMN(2 * i);
            itx_end(e[i], c[15 - i], COL_MAX);
            CLIP(e[i]);
            CLIP(c[15 - i]);
        }
#define R(y) ((y) < 16 ? e[(y) & 15] : c[(y) & 15])
        PUT_ROWS(b.store, 32)
#undef R
    }
}

void column32(const Block b, uint pos, const uint stride)
{
    const uint lane = gl_LocalInvocationID.x;
#if TYPES != 4
    if (TYPES > 1 && (b.how >> 2 & 3u) == ITX_IDENTITY) {
        for (int y = 0; y <= b.last; y++) {
            put(b.store, pos, min(IN_COLUMN(y) * 4, 32767 * 16));
            pos += stride;
        }
        put_zeros(b.store, pos, stride, b.last + 1, 32);
    } else
#endif
        column32_dct(b, pos, stride);
}
#endif
