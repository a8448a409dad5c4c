/* CDEF's direction search, 7.15.2, and the strengths of a block, 7.15.1.
 *
 * An invocation owns one 8x8 luma block, a workgroup 16 x 4 of them. Reads the
 * strengths of the 64x64 block (QPU_AV1_CDEF) and the block's mask bit, and, if
 * a primary strength asks for it, its luma pixels, cut to 8 bits. Writes
 * the block's info word (cdef.h), 0 where nothing is filtered.
 *
 * A direction's lines are summed as pairs of 16-bit halves of a word, so that
 * an addition takes two pixels of a row to their lines. Where a row begins half
 * a word higher, it is added to sums of its own, which are moved at the end. The
 * largest sum is 8 * 255. Pixels count from 128, which is subtracted from the
 * sums. A cost is at most 105 * 2^23 < 2^31. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/cdef.h"
#include "common/invocation.glsl"

layout(local_size_x = CDEF_DIR_GROUP_W * CDEF_DIR_GROUP_H) in;

#if BPC == 8
layout(std430, binding = 0) readonly buffer Src { uvec2 src[]; };
#else
layout(std430, binding = 0) readonly buffer Src { uvec4 src[]; };
#endif
layout(std430, binding = 1) readonly buffer Params { uint params[]; };
layout(std430, binding = 2) readonly buffer Mask { uint mask[]; };
layout(std430, binding = 3) writeonly buffer Info { uint info[]; };

layout(push_constant) uniform Push { QpuAv1CdefDirPush p; };

#define BYTES 0x00ff00ffu

#if BPC == 8
uvec2 rows[8];
#else
uvec4 rows[8];
#endif

void load(const uint pos)
{
    [[unroll]] for (int y = 0; y < 8; y++)
        rows[y] = src[pos + uint(y) * p.stride];
}

/* Loading the block again costs less than the registers that keep it; the
 * compiler must not know that it is the same block. */
#define RELOAD(pos, cost) load(pos += p.zero & uint(cost))

/* The pixels of a row: 0 2, 4 6, 1 3, 5 7 at 8 bits, else 0 1, 2 3, 4 5, 6 7. */
uvec4 pairs(const int y)
{
#if BPC == 8
    return uvec4(rows[y] & BYTES, rows[y] >> 8 & BYTES);
#else
    return rows[y] >> p.depth & BYTES;
#endif
}

uint half_word(const uint w, const int high)
{
    return high == 0 ? w & 0xffffu : w >> 16;
}

/* The square of a sum of n pixels, less 128 each. */
int square(const uint sum, const int n)
{
    const int v = int(sum) - 128 * n;
    return v * v;
}

int square2(const uint w, const int n)
{
    return square(w & 0xffffu, n) + square(w >> 16, n);
}

/* Sums in neighbouring half words: _low in their place, _high one half word
 * lower. Macros, as arrays must not be passed on before loops are unrolled. */
#define SUMS(s, n) \
    uint s##_low[n], s##_high[n]; \
    [[unroll]] for (int k = 0; k < n; k++) \
        s##_low[k] = s##_high[k] = 0u;

#define ADD(s, at, w) { \
    if (((at) & 1) == 0) \
        s##_low[(at) >> 1] += w; \
    else \
        s##_high[(at) >> 1] += w; \
}

#define MERGE(s, n) { \
    [[unroll]] for (int k = n - 1; k > 0; k--) \
        s##_low[k] += (s##_high[k] << 16) + (s##_high[k - 1] >> 16); \
    s##_low[0] += s##_high[0] << 16; \
}

#define SUM(s, at) half_word(s##_low[(at) >> 1], (at) & 1)

/* n lines, at most 16, to which consecutive pixels of a row belong. */
#if BPC == 8

#define LINES(n)  SUMS(even, (n + 3) / 4) SUMS(odd, (n + 3) / 4)
#define ADD_ROW(first, r) { \
    if (((first) & 1) == 0) { \
        ADD(even, (first) >> 1, r.x) \
        ADD(even, ((first) >> 1) + 2, r.y) \
        ADD(odd, (first) >> 1, r.z) \
        ADD(odd, ((first) >> 1) + 2, r.w) \
    } else { \
        ADD(odd, (first) >> 1, r.x) \
        ADD(odd, ((first) >> 1) + 2, r.y) \
        ADD(even, ((first) >> 1) + 1, r.z) \
        ADD(even, ((first) >> 1) + 3, r.w) \
    } \
}
#define MERGE_LINES(n) { MERGE(even, (n + 3) / 4) MERGE(odd, (n + 3) / 4) }
#define LINE(k) (((k) & 1) == 0 ? SUM(even, (k) >> 1) : SUM(odd, (k) >> 1))

#else

#define LINES(n)  SUMS(line, (n + 1) / 2)
#define ADD_ROW(first, r) { \
    ADD(line, first, r.x) \
    ADD(line, (first) + 2, r.y) \
    ADD(line, (first) + 4, r.z) \
    ADD(line, (first) + 6, r.w) \
}
#define MERGE_LINES(n) MERGE(line, (n + 1) / 2)
#define LINE(k) SUM(line, k)

#endif

/* Rows and columns, directions 2 and 6. Weights, here and below: 840 divided by
 * the line's number of pixels. */
void straight(out int cost_rows, out int cost_cols)
{
    int sum = 0;
    uvec4 cols = uvec4(0);
    [[unroll]] for (int y = 0; y < 8; y++) {
        const uvec4 r = pairs(y);
        const uint t = r.x + r.y + r.z + r.w;
        sum += square((t & 0xffffu) + (t >> 16), 8);
        cols += r;
    }
    cost_rows = sum * 105;
    cost_cols = (square2(cols.x, 8) + square2(cols.y, 8) +
                 square2(cols.z, 8) + square2(cols.w, 8)) * 105;
}

/* 15 diagonals: a row begins at line y (direction 0) or 7 - y (4). */
int diagonal(const bool up)
{
    LINES(15)
    [[unroll]] for (int y = 0; y < 8; y++) {
        const uvec4 r = pairs(y);
        ADD_ROW(up ? 7 - y : y, r)
    }
    MERGE_LINES(15)
    int cost = square(LINE(7), 8) * 105;
    [[unroll]] for (int k = 0; k < 7; k++)
        cost += (square(LINE(k), k + 1) + square(LINE(14 - k), k + 1)) * (840 / (k + 1));
    return cost;
}

/* 11 lines, of which a row begins one: y (direction 1) or 7 - y (3, counted
 * upwards), and has two pixels each in four. */
int steep(const bool up)
{
#if BPC == 8
    SUMS(line, 6)
    [[unroll]] for (int y = 0; y < 8; y++) {
        const uvec4 r = pairs(y);
        ADD(line, up ? 7 - y : y, r.x + r.z)
        ADD(line, (up ? 7 - y : y) + 2, r.y + r.w)
    }
    MERGE(line, 6)
#define STEEP(k) SUM(line, k)
#else
    uint line[11];
    [[unroll]] for (int k = 0; k < 11; k++)
        line[k] = 0u;
    [[unroll]] for (int y = 0; y < 8; y++) {
        const uvec4 r = pairs(y);
        [[unroll]] for (int i = 0; i < 4; i++)
            line[(up ? 7 - y : y) + i] += r[i];
    }
#define STEEP(k) ((line[k] & 0xffffu) + (line[k] >> 16))
#endif
    int cost = 0;
    [[unroll]] for (int k = 3; k < 8; k++)
        cost += square(STEEP(k), 8);
    cost *= 105;
    [[unroll]] for (int k = 0; k < 3; k++)
        cost += (square(STEEP(k), 2 * k + 2) + square(STEEP(10 - k), 2 * k + 2)) * (420 / (k + 1));
    return cost;
}

/* Likewise with two rows a line: they begin at line 3 - y / 2 (direction 5) or
 * y / 2 (7). */
int shallow(const bool up)
{
    LINES(11)
    [[unroll]] for (int y = 0; y < 4; y++) {
        const uvec4 r = pairs(2 * y) + pairs(2 * y + 1);
        ADD_ROW(up ? 3 - y : y, r)
    }
    MERGE_LINES(11)
    int cost = 0;
    [[unroll]] for (int k = 3; k < 8; k++)
        cost += square(LINE(k), 8);
    cost *= 105;
    [[unroll]] for (int k = 0; k < 3; k++)
        cost += (square(LINE(k), 2 * k + 2) + square(LINE(10 - k), 2 * k + 2)) * (420 / (k + 1));
    return cost;
}

void main()
{
    const uvec2 b = invocation_2d(CDEF_DIR_GROUP_W, CDEF_DIR_GROUP_H);
    if (b.x >= p.w8 || b.y >= p.h8)
        return;
    const uint out_pos = b.y * p.w8 + b.x;
    const uint par = params[(b.y >> 3) * p.sb64w + (b.x >> 3)];
    const uint on = mask[b.y * p.mask_stride + (b.x >> 5)] >> (b.x & 31u) & 1u;
    if (par == 0u || on == 0u) {
        info[out_pos] = 0u;
        return;
    }

    uint y_pri = (par & 15u) << p.depth;
    const uint y_sec = par >> 4 & 15u;
    const uint uv_pri = (par >> 8 & 15u) << p.depth;
    const uint uv_sec = par >> 12 & 15u;
    uint y_dir = 0u, uv_dir = 0u;
    if ((y_pri | uv_pri) != 0u) {
        int cost[8];
        uint pos = p.org + b.y * 8u * p.stride + b.x;
        load(pos);
        straight(cost[2], cost[6]);
        RELOAD(pos, cost[2]);
        cost[0] = diagonal(false);
        cost[4] = diagonal(true);
        RELOAD(pos, cost[4]);
        cost[1] = steep(false);
        cost[3] = steep(true);
        RELOAD(pos, cost[3]);
        cost[5] = shallow(true);
        cost[7] = shallow(false);

        /* the first of equals */
        int best = cost[0], across = cost[4];
        uint dir = 0u;
        [[unroll]] for (int i = 1; i < 8; i++) {
            if (cost[i] > best) {
                best = cost[i];
                across = cost[i ^ 4];
                dir = uint(i);
            }
        }
        /* no primary strength, no direction */
        if (uv_pri != 0u)
            uv_dir = p.uv_dirs >> dir * 4u & 7u;
        if (y_pri != 0u)
            y_dir = dir;
        const uint variance = uint(best - across) >> 10;
        const int level = variance < 64u ? 0 : min(findMSB(variance >> 6), 12);
        y_pri = variance == 0u ? 0u : y_pri * uint(4 + level) + 8u >> 4;
    }
    const uint y = y_pri | y_sec << CDEF_SEC_SHIFT | y_dir << CDEF_DIR_SHIFT;
    const uint uv = uv_pri | uv_sec << CDEF_SEC_SHIFT | uv_dir << CDEF_DIR_SHIFT;
    info[out_pos] = y | uv << 16;
}
