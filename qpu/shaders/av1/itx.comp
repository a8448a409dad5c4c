/* Inverse transforms and the addition of the residual, 7.13.3 and 7.12.3 step 5,
 * of blocks of one size or of a few sizes (but 4x4: itx_4x4.comp).
 *
 * A workgroup works on as many blocks of one size as its invocations have
 * columns for (ITX_COLS() each). First, an invocation transforms whole rows:
 * it fetches their coefficients by place from the list in scan order; rows
 * without any are left out. Results go through shared memory: a row of all
 * blocks takes ITX_GROUP elements, an element being what an invocation needs
 * of it for its columns. Then an invocation transforms its columns and adds
 * them to the pixels, or stores them.
 * Invocations of one block are log2_blocks apart, so that neighbours do the
 * same row of different blocks.
 *
 * Reads jobs (itx.h), coefficients, and for each size and class (itx.h), at
 * ITX_INFO()'s table + 2 * class * number of coefficients, a coefficient's
 * number by its place (by rows; where rows have 32, the even columns first),
 * followed by the last row with coefficients by the number of the last one.
 * Reads and writes the blocks' pixels in dst, or writes their samples in res,
 * whole blocks, in the picture or not.
 *
 * Set: DEPTH; the smallest and largest log2 of width and height: MIN_W, MAX_W,
 * MIN_H, MAX_H; LISTS: sizes; TYPES: 1: DCT, 2: and identity, 3: all. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_8bit_storage : require

#include "av1/itx.h"

#if DEPTH == 12 || MAX_H > 4 /* ITX_COLS() */
#define COLUMNS 1
#elif MAX_H > 3
#define COLUMNS 2
#else
#define COLUMNS 4
#endif
#define ITX_WIDE (DEPTH == 12)
#include "common/itx.glsl"
#define ITX_JOB QpuAv1ItxJob
#define ITX_PUSH QpuAv1ItxPush
#include "common/itx_io.glsl"

layout(local_size_x = ITX_GROUP) in;

#define ROWS (1 << MAX_H)
#if COLUMNS == 1
shared int tmp[ROWS * ITX_GROUP];
#elif COLUMNS == 2
shared uint tmp[ROWS * ITX_GROUP];
#else
shared uvec2 tmp[ROWS * ITX_GROUP];
#endif

struct Block {
    uint how;           /* of the job */
    uint coefs, end;    /* the first coefficient, number of the zero after the last */
    uint table;         /* in units of four entries */
    int last;           /* row with coefficients; -1 without a job */
    uint block, log2_blocks;
    bool rect, store;
    int shift;
};

int coefficient(const Block b, const uint number)
{
    const int c = COEF(b.coefs + min(number, b.end));
#if MIN_W == MAX_W && MIN_H == MAX_H && MIN_W == MIN_H
    return c;
#else
    return b.rect ? itx_half(c) : c;
#endif
}

/* From rows to columns. What a DCT gives is clamped already. */
int between(const Block b, const int c, const bool dct)
{
    const int v = c + (1 << b.shift >> 1) >> b.shift;
    return dct && ROW_MAX == COL_MAX ? v : clamp(v, ~COL_MAX, COL_MAX);
}

#include "common/itx_rows.glsl"

#define TRANSFORM(n) \
void transform(inout int c[n], const uint kind, const int hi) \
{ \
    if (kind == ITX_DCT) \
        itx_dct##n(c, hi); \
    else \
        itx_adst##n(c, hi); \
}

#if MIN_W <= 2 || MIN_H <= 2
TRANSFORM(4)
#define N 4
#define ROW row4
#define COLUMN column4
#define IDENTITY itx_id4
#include "common/itx_pass.glsl"
#endif
#if MIN_W <= 3 && MAX_W >= 3 || MIN_H <= 3 && MAX_H >= 3
TRANSFORM(8)
#define N 8
#define ROW row8
#define COLUMN column8
#define IDENTITY itx_id8
#include "common/itx_pass.glsl"
#endif
#if MIN_W <= 4 && MAX_W >= 4 || MIN_H <= 4 && MAX_H >= 4
TRANSFORM(16)
#define N 16
#define ROW row16
#define COLUMN column16
#define IDENTITY itx_id16
#include "common/itx_pass.glsl"
#endif

#if MAX_W >= 5 || MAX_H >= 5
#include "common/itx_pass32.glsl"
#endif

#if MAX_W > 5 || MAX_H > 5
/* Inputs 32 to 63 of a transform of 64 are zero, and so are 16 to 31 of the
 * transform of 32 that is its even part, 8 to 15 of that one's. */
void dct16_of_8(out int c[16], const int x[8], const int hi)
{
    [[unroll]] for (int i = 0; i < 8; i++) {
        c[i] = x[i];
        c[8 + i] = 0;
    }
    itx_dct16(c, hi);
}

void odd16_of_8(out int c[16], const int x[8], const int hi)
{
    c = int[](x[0], 0, x[4], 0, x[2], 0, x[6], 0, x[1], 0, x[5], 0, x[3], 0, x[7], 0);
    itx_odd16(c, hi);
}

/* Of inputs 1, 3, .. 31 */
void odd32_outer_of_8(out int c[16], const int x[8], const int hi)
{ /* 1, 17, 9, 25, 7, 23, 15, 31 */
    c = int[](x[0], 0, x[1], 0, x[2], 0, x[3], 0, x[4], 0, x[5], 0, x[6], 0, x[7], 0);
    itx_odd32_outer(c, hi);
}

void odd32_inner_of_8(out int c[16], const int x[8], const int hi)
{ /* 5, 21, 13, 29, 3, 19, 11, 27 */
    c = int[](x[0], 0, x[1], 0, x[2], 0, x[3], 0, x[4], 0, x[5], 0, x[6], 0, x[7], 0);
    itx_odd32_inner(c, hi);
}

/* The row's number i of the even columns, or i + 16 of the odd ones. */
int one_coefficient(const Block b, const uint row, const int i)
{
    const uvec2 t = order[row + (i >> 2)];
    const uint w = (i & 2) == 0 ? t.x : t.y;
    return coefficient(b, (i & 1) == 0 ? w & 0xffffu : w >> 16);
}

void row64(const Block b, const uint y)
{
    int x[8], c[16];
    const uint row = b.table + y * 8;
    uint at = y * ITX_GROUP + b.block, apart = b.log2_blocks;
    STEP(1) {
        [[unroll]] for (int i = 0; i < 8; i++)
            x[i] = one_coefficient(b, row, 2 * i);
        dct16_of_8(c, x, ROW_MAX);
        [[unroll]] for (int i = 0; i < 16; i++)
            IN_ROW(i) = c[i];
    }
    STEP(2) {
        [[unroll]] for (int i = 0; i < 8; i++)
            x[i] = one_coefficient(b, row, 2 * i + 1);
        odd16_of_8(c, x, ROW_MAX);
        [[unroll]] for (int i = 0; i < 16; i++) {
            int e = IN_ROW(i);
            itx_h(e, c[15 - i], ROW_MAX);
            IN_ROW(i) = e;
            IN_ROW(31 - i) = c[15 - i];
            at += AFTER(e);
            apart += AFTER(e);
        }
    }
    STEP(3) {
        x = int[](one_coefficient(b, row, 16), one_coefficient(b, row, 24),
                  one_coefficient(b, row, 20), one_coefficient(b, row, 28),
                  one_coefficient(b, row, 19), one_coefficient(b, row, 27),
                  one_coefficient(b, row, 23), one_coefficient(b, row, 31));
        odd32_outer_of_8(c, x, ROW_MAX);
        [[unroll]] for (int i = 0; i < 16; i++)
            IN_ROW(32 + i) = c[i];
    }
    STEP(4) {
        x = int[](one_coefficient(b, row, 18), one_coefficient(b, row, 26),
                  one_coefficient(b, row, 22), one_coefficient(b, row, 30),
                  one_coefficient(b, row, 17), one_coefficient(b, row, 25),
                  one_coefficient(b, row, 21), one_coefficient(b, row, 29));
        odd32_inner_of_8(c, x, ROW_MAX);
        [[unroll]] for (int i = 0; i < 8; i++) {
            IN_ROW(48 + i) = c[7 - i];
            IN_ROW(63 - i) = c[8 + i];
        }
    }
    for (uint i = 0; i < 8 + p.zero; i++) { /* not to be unrolled */
        int o0 = IN_ROW(32 + i), o1 = IN_ROW(48 + i), o2 = IN_ROW(63 - i), o3 = IN_ROW(47 - i);
        int e0 = IN_ROW(31 - i), e1 = IN_ROW(16 + i), e2 = IN_ROW(15 - i), e3 = IN_ROW(i);
        itx_odd32_end(o0, o1, o2, o3, ROW_MAX);
        itx_h(e0, o0, ROW_MAX);
        itx_h(e1, o1, ROW_MAX);
        itx_h(e2, o2, ROW_MAX);
        itx_h(e3, o3, ROW_MAX);
        IN_ROW(31 - i) = between(b, e0, true);
        IN_ROW(16 + i) = between(b, e1, true);
        IN_ROW(15 - i) = between(b, e2, true);
        IN_ROW(i) = between(b, e3, true);
        IN_ROW(32 + i) = between(b, o0, true);
        IN_ROW(47 - i) = between(b, o1, true);
        IN_ROW(48 + i) = between(b, o2, true);
        IN_ROW(63 - i) = between(b, o3, true);
    }
}

/* Where value i of the even half waits: in even rows, then below all rows. */
#define EVEN(i) IN_COLUMN((i) < 16 ? 2 * (i) : 16 + (i))

void column64(const Block b, const uint pos, const uint stride)
{
    uint lane = gl_LocalInvocationID.x;
    int x[8], c[16];
    STEP(5) {
        [[unroll]] for (int i = 0; i < 8; i++)
            x[i] = row_or_0(b, lane, 4 * i);
        dct16_of_8(c, x, COL_MAX);
        [[unroll]] for (int i = 0; i < 16; i++)
            IN_COLUMN(48 + i) = c[i];
    }
    STEP(6) {
        [[unroll]] for (int i = 0; i < 8; i++)
            x[i] = row_or_0(b, lane, 4 * i + 2);
        odd16_of_8(c, x, COL_MAX);
        [[unroll]] for (int i = 0; i < 16; i++) {
            int e = IN_COLUMN(48 + i);
            itx_h(e, c[15 - i], COL_MAX);
            EVEN(i) = e;
            EVEN(31 - i) = c[15 - i];
            lane += AFTER(e);
        }
    }
    STEP(7) {
        x = int[](row_or_0(b, lane, 1), row_or_0(b, lane, 17), row_or_0(b, lane, 9),
                  row_or_0(b, lane, 25), row_or_0(b, lane, 7), row_or_0(b, lane, 23),
                  row_or_0(b, lane, 15), row_or_0(b, lane, 31));
        odd32_outer_of_8(c, x, COL_MAX);
        [[unroll]] for (int i = 0; i < 16; i++)
            IN_COLUMN(48 + i) = c[i];
    }
    STEP(8) {
        x = int[](row_or_0(b, lane, 5), row_or_0(b, lane, 21), row_or_0(b, lane, 13),
                  row_or_0(b, lane, 29), row_or_0(b, lane, 3), row_or_0(b, lane, 19),
                  row_or_0(b, lane, 11), row_or_0(b, lane, 27));
        odd32_inner_of_8(c, x, COL_MAX);
        [[unroll]] for (int i = 0; i < 8; i++) { /* in the place of odd rows */
            IN_COLUMN(2 * i + 1) = c[7 - i];
            IN_COLUMN(31 - 2 * i) = c[8 + i];
        }
    }
    for (uint i = 0; i < 8 + p.zero; i++) { /* not to be unrolled */
        int o0 = IN_COLUMN(48 + i), o3 = IN_COLUMN(63 - i);
        int o1 = IN_COLUMN(2 * i + 1), o2 = IN_COLUMN(31 - 2 * i);
        int e0 = IN_COLUMN(47 - i), e1 = IN_COLUMN(32 + i);
        int e2 = IN_COLUMN(30 - 2 * i), e3 = IN_COLUMN(2 * i);
        itx_odd32_end(o0, o1, o2, o3, COL_MAX);
        itx_h(e0, o0, COL_MAX);
        itx_h(e1, o1, COL_MAX);
        itx_h(e2, o2, COL_MAX);
        itx_h(e3, o3, COL_MAX);
        /* rows i, 15 - i, 16 + i, 31 - i, and as many from below */
        const uint s0 = i * stride, s1 = (15 - i) * stride, s2 = s0 + 16 * stride, s3 = s1 + 16 * stride;
        const uint low = pos + 32 * stride;
        if (b.store) {
            store4(pos, s0, s1, s2, s3, e3, e2, e1, e0);
            store4(low, s0, s1, s2, s3, o0, o1, o2, o3);
        } else {
            add4(pos, s0, s1, s2, s3, e3, e2, e1, e0);
            add4(low, s0, s1, s2, s3, o0, o1, o2, o3);
        }
    }
}
#endif

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint first = p.first[0], n = p.n[0], info = p.info[0];
#if LISTS > 1
    [[unroll]] for (int i = 1; i < LISTS; i++) {
        const uint log2_blocks = 6u + COLUMNS / 2 - (info & 15u);
        const uint groups = n + (1u << log2_blocks) - 1u >> log2_blocks;
        if (group < groups)
            break;
        group -= groups;
        first = p.first[i];
        n = p.n[i];
        info = p.info[i];
    }
#endif
#if MIN_W == MAX_W
    const uint log2_w = MIN_W;
#else
    const uint log2_w = info & 15u;
#endif
#if MIN_H == MAX_H
    const uint log2_h = MIN_H;
#else
    const uint log2_h = info >> 4 & 15u;
#endif
    Block b;
#if MIN_W == MAX_W && MIN_H == MAX_H
    b.shift = int(ITX_SHIFT(MIN_W - 2, MIN_H - 2));
#else
    b.shift = int(info >> 8 & 3u);
#endif
    b.rect = (info >> 10 & 1u) != 0u;
    b.log2_blocks = 6u + COLUMNS / 2 - log2_w;
    b.block = lane & (1u << b.log2_blocks) - 1u;
    const uint part = lane >> b.log2_blocks;
    const uint index = (group << b.log2_blocks) + b.block;
    /* one of the list's, if not this invocation's own: a branch would take 35 instructions */
    const QpuAv1ItxJob job = jobs[first + (index < n ? index : 0u)];
    const uint size = 1u << min(log2_w, 5u) + min(log2_h, 5u);
    const uint eob = job.how >> 16;
    b.how = job.how;
    b.coefs = COEFS(job.coefs);
    b.end = eob + 1u;
    b.table = (info >> 16) * 2u + (job.how >> 4 & 3u) * (size >> 1);
    b.last = index < n ? int(order16[b.table * 4u + size + eob]) : -1;

    /* the invocations of a block do so many rows at once */
    const uint step = (1u << log2_w) / COLUMNS, rows = min(1u << log2_h, 32u);
    for (uint top = 0u; top < rows; top += step) {
        const uint y = top + part;
        if (int(y) <= b.last) {
#if MIN_W <= 2
            if (log2_w == 2)
                row4(b, y);
#endif
#if MIN_W <= 3 && MAX_W >= 3
            if (log2_w == 3)
                row8(b, y);
#endif
#if MIN_W <= 4 && MAX_W >= 4
            if (log2_w == 4)
                row16(b, y);
#endif
#if MIN_W <= 5 && MAX_W >= 5
            if (log2_w == 5)
                row32(b, y);
#endif
#if MAX_W >= 6
            if (log2_w == 6)
                row64(b, y);
#endif
        }
    }
    barrier();

    const uint plane = job.pos >> 24;
    const uint x = (job.pos & 0xfffu) * (4 / COLUMNS) + part;
    if (b.last < 0) /* no job */
        return;
    b.store = job.pos >= QPU_AV1_ITX_STORE;
    const uint stride = p.stride[plane];
    const uint pos = p.org[plane] + (job.pos >> 12 & 0xfffu) * 4u * stride + x;
#if MIN_H <= 2
    if (log2_h == 2)
        column4(b, pos, stride);
#endif
#if MIN_H <= 3 && MAX_H >= 3
    if (log2_h == 3)
        column8(b, pos, stride);
#endif
#if MIN_H <= 4 && MAX_H >= 4
    if (log2_h == 4)
        column16(b, pos, stride);
#endif
#if MIN_H <= 5 && MAX_H >= 5
    if (log2_h == 5)
        column32(b, pos, stride);
#endif
#if MAX_H >= 6
    if (log2_h == 6)
        column64(b, pos, stride);
#endif
}
