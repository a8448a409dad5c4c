/* Inverse transforms and the addition of the residual of square blocks of one
 * size, from 8x8 on, or of large coefficients, then from 4x4 on.
 *
 * A workgroup works on as many blocks as its invocations have columns for
 * (ITX_COLS() each). First, an invocation transforms whole rows: it fetches their
 * coefficients by place from the list in scan order; rows without any are left
 * out. Results go through shared memory: a row of all blocks takes ITX_GROUP
 * elements, an element being what an invocation needs of it for its columns. Then
 * an invocation transforms its columns and adds them to the pixels, or stores
 * them. Invocations of one block are LOG2_BLOCKS apart, so that neighbours do the
 * same row of different blocks.
 *
 * Nothing is clipped or wrapped on the way, as nobody launches a block whose values
 * could need it (qpu_vp9_itx.h). LARGE: 8 bits wrap where upstream's C does, else
 * sums of products have all the bits they need.
 *
 * Reads jobs (itx.h), coefficients, and for each scan at info + 2 * scan * number
 * of coefficients, a coefficient's number by its place (by rows; where rows have
 * 32, the even columns first), followed by the last row with coefficients by the
 * number of the last one.
 * Reads and writes the blocks' pixels in dst, or writes their samples in res,
 * whole blocks, in the picture or not.
 *
 * Set: DEPTH; LOG2 of width and height; for a kernel of 32x32 with few coefficients
 * ITX_INPUTS (common/itx_pass32.glsl); LARGE, 0 or 1. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_16bit_storage : require
#extension GL_EXT_shader_8bit_storage : require

#include "vp9/itx.h"

#define ITX_BITS 14
#if LARGE
#define ITX_WRAP (DEPTH == 8)
#if LOG2 < 5 || DEPTH > 8 /* else there is no ADST, whose values grow */
#define ITX_WIDE 2
#endif
#define ITX_CLIP
#else
#define ITX_WIDE (DEPTH == 12)
#endif
#include "common/itx.glsl"
#if LARGE || LOG2 == 5 || LOG2 == 4 && DEPTH == 12 /* ITX_COLS() */
#define COLUMNS 1
#elif LOG2 == 4 || DEPTH == 12
#define COLUMNS 2
#else
#define COLUMNS 4
#endif
#define ITX_JOB QpuVp9ItxJob
#define ITX_PUSH QpuVp9ItxPush
#define ITX_SHIFT_LAST (LOG2 == 2 ? 4 : LOG2 == 3 ? 5 : 6)
#include "common/itx_io.glsl"

layout(local_size_x = ITX_GROUP) in;

/* Above 8 bits results of rows don't fit 16 bits. */
#if DEPTH > 8
#define ITX_UNPACKED
#endif
#define SIZE (1 << LOG2)
#if COLUMNS == 1
shared int tmp[SIZE * ITX_GROUP];
#elif COLUMNS == 2 && DEPTH == 8
shared uint tmp[SIZE * ITX_GROUP];
#elif COLUMNS == 2
shared ivec2 tmp[SIZE * ITX_GROUP];
#elif DEPTH == 8
shared uvec2 tmp[SIZE * ITX_GROUP];
#else
shared ivec4 tmp[SIZE * ITX_GROUP];
#endif

#define LOG2_BLOCKS (6 + COLUMNS / 2 - LOG2)
struct Block {
    uint how;           /* of the job */
    uint coefs, end;    /* the first coefficient, number of the zero after the last */
    uint table;         /* in units of four entries */
    int last;           /* row with coefficients; -1 without a job */
    uint block, log2_blocks;
    bool store;
};

int coefficient(const Block b, const uint number)
{
    return COEF(b.coefs + min(number, b.end));
}

int between(const Block b, const int c, const bool dct)
{
#if LOG2 == 5
    return itx_step(c); /* before another DCT; transform() sees to it else */
#else
    return c;
#endif
}

#include "common/itx_rows.glsl"

#if LOG2 < 5
#if ITX_WRAP
#define WRAP(c, n) \
        [[unroll]] for (int i = 0; i < n; i++) \
            c[i] = itx_step(c[i]);
#else
#define WRAP(c, n)
#endif
#define TRANSFORM(n) \
void transform(inout int c[n], const uint kind, const int hi) \
{ \
    if (kind == ITX_DCT) { \
        WRAP(c, n) \
        itx_dct##n(c, hi); \
    } else \
        itx_adst##n(c, hi); \
}
#define TYPES 4
#define ROW    row
#define COLUMN column
#if LOG2 == 2
TRANSFORM(4)

void row(const Block b, const uint y)
{
    const uint kind = b.how & 3u;
    const ivec4 v = four_coefficients(b, b.table + y) >> (kind == ITX_WHT ? 2 : 0);
    int c[4] = int[](v.x, v.y, v.z, v.w);
    if (kind == ITX_WHT)
        itx_wht4(c);
    else
        transform(c, kind, ROW_MAX);
    keep(b, y * ITX_GROUP + b.block, b.log2_blocks, 0u, ivec4(c[0], c[1], c[2], c[3]), false);
}

void column(const Block b, uint pos, const uint stride)
{
    const uint kind = b.how >> 2 & 3u;
    int c[4];
    [[unroll]] for (int y = 0; y < 4; y++) {
        const int t = tmp[y * ITX_GROUP + gl_LocalInvocationID.x];
        c[y] = y > b.last ? 0 : t;
    }
    if (kind == ITX_WHT) {
        itx_wht4(c);
        [[unroll]] for (int y = 0; y < 4; y++) /* which is undone */
            c[y] <<= ITX_SHIFT_LAST;
    } else
        transform(c, kind, COL_MAX);
    [[unroll]] for (int y = 0; y < 4; y++)
        CLIP(c[y]);
#define R(y) c[y]
    PUT_ROWS(b.store, 4)
#undef R
}
#elif LOG2 == 3
TRANSFORM(8)
#define N 8
#else
TRANSFORM(16)
#define N 16
#endif
#if LOG2 > 2
#include "common/itx_pass.glsl"
#endif
#else
#define TYPES 4
#define MIN_W 5
#define MAX_W 5
#define MIN_H 5
#define MAX_H 5
#define row    row32
#define column column32
#include "common/itx_pass32.glsl"
#endif

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    const uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    Block b;
    b.log2_blocks = LOG2_BLOCKS;
    b.block = lane & (1u << LOG2_BLOCKS) - 1u;
    const uint part = lane >> LOG2_BLOCKS;
    const uint index = (group << LOG2_BLOCKS) + b.block, n = p.n[0];
    /* one of the list's, if not this invocation's own: a branch would take 35 instructions */
    const QpuVp9ItxJob job = jobs[p.first[0] + (index < n ? index : 0u)];
    const uint last = job.how >> 16;
    b.how = job.how;
    b.coefs = COEFS(job.coefs);
    b.end = last + 1u;
    b.table = (p.info[0] >> 16) * 2u + (job.how >> 4 & 3u) * (SIZE * SIZE / 2);
    b.last = index < n ? int(order16[b.table * 4u + SIZE * SIZE + last]) : -1;

    /* the invocations of a block do so many rows at once */
    const uint step = SIZE / COLUMNS;
    for (uint top = 0u; top < SIZE; top += step) {
        const uint y = top + part;
        if (int(y) <= b.last)
            row(b, y);
    }
    barrier();

    const uint plane = job.pos >> 24;
    const uint x = (job.pos & 0xfffu) * (4 / COLUMNS) + part;
    if (b.last < 0) /* no job */
        return;
    b.store = job.pos >= QPU_VP9_ITX_STORE;
    const uint stride = p.stride[plane];
    column(b, p.org[plane] + (job.pos >> 12 & 0xfffu) * 4u * stride + x, stride);
}
