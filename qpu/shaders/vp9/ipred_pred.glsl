/* VP9's intra prediction of a block, in two steps: the edges are read and put
 * into the order and the averages that the mode takes pixels of; then each
 * pixel is one of them.
 *
 * Edge pixels are numbered from the corner on, 0: 1 is the first of the row
 * above, -1 the first of the column to the left; the other way round for
 * modes that are mirrored. Then, with u and v for a pixel's x and y (y and x
 * if mirrored), a mode takes
 *   V, H        pixel u + 1
 *   D45         the average of 3 around u + v + 2
 *   D135        the same around u - v
 *   D63, D207   where v is odd: around u + v / 2 + 2, else that of 2, this pixel
 *               and the one before
 *   D117, D153  where v is odd: around w = u - v / 2, else that of w + 1 and the
 *               one before; where w < 0: around 2w + 1, or 2w if v is odd
 *
 * Before this file the shader declares, beside what common/ipred_block.glsl
 * wants, QpuVp9IpredPush p. */

#ifndef VP9_IPRED_PRED_GLSL
#define VP9_IPRED_PRED_GLSL

#include "vp9/ipred.h"
#include "common/ipred_block.glsl"

/* The edges, or the averages of 3; in the second half those of 2. Room for 32
 * pixels on each side of the corner of a small block's. */
#define IPRED_TWO (65 * IPRED_SLOTS)
shared int ipred_edge[2 * IPRED_TWO];
/* Sums for DC, of a pass and the next, whose are cleared in time. */
shared uint ipred_sum[2 * IPRED_SLOTS];
uint ipred_turn = 0u;

/* Edge pixel j. Where there is no row above it is half of the range less 1, the
 * corner too; where there is nothing to the left, half of the range and 1. */
int ipred_neighbour(const Ipred b, const int j)
{
    const int x = j > 0 ? min(j, b.n_top) - 1 : -1, y = j < 0 ? min(-j, b.n_left) - 1 : -1;
    const uint pos = b.org + uint(int(b.y) + y) * b.stride + uint(int(b.x) + (x >> 2));
    /* this may be another block or a guard */
    const int v = int(ipred_pixel_of(frame[pos], x));
    const bool there = j > 0 ? b.top : b.left && (j < 0 || b.top);
    const bool less = j > 0 || (j == 0 && !b.top);
    return there ? v : p.base + (less ? -1 : 1);
}

/* Reads the edges. */
void ipred_start(const Ipred b)
{
    const uint mode = b.angle;
    const bool dc = mode == QPU_VP9_IPRED_DC, tm = mode == QPU_VP9_IPRED_TM;
    const bool rising = IPRED_IS(IPRED_RISING, mode), falling = IPRED_IS(IPRED_FALLING, mode);
    const int sign = IPRED_IS(IPRED_MIRRORED, mode) ? -1 : 1;
    /* first and last; DC and TM leave the corner out */
    const int from = rising ? 2 : falling ? 1 - b.w : tm || (dc && b.left) ? -b.w : 1;
    const int to = b.h == 0 ? from - 1 : rising ? max(b.w + 1, 8) : dc && !b.top ? 0 : b.w;
    uint sum = 0u;
    for (int i = from + int(b.lane); i <= to - int((dc || tm) && from < 0); i += int(b.lanes)) {
        const int j = i + int((dc || tm) && i >= 0 && from < 0);
        int v = ipred_neighbour(b, sign * j);
        if (rising || falling) {
            /* D45's last pixel of 4x4 is no average */
            const int low = ipred_neighbour(b, sign * (j - int(b.w > 4 || j < 8)));
            const int high = ipred_neighbour(b, sign * (j + 1));
            ipred_edge[IPRED_TWO + b.mid + j] = low + v + 1 >> 1;
            v = low + v + v + high + 2 >> 2;
        }
        if (tm && j < 0)
            v -= ipred_neighbour(b, 0);
        ipred_edge[b.mid + j] = v;
        sum += uint(v);
    }
    if (dc)
        atomicAdd(ipred_sum[ipred_turn + b.slot], sum);
}

/* Where pixel (x, y) of the block is in the edges, from the corner's place. */
int ipred_place(const Ipred b, const uint mode, const int x, const int y)
{
    const bool mirrored = IPRED_IS(IPRED_MIRRORED, mode), half_step = IPRED_IS(IPRED_HALF, mode);
    const bool rising = IPRED_IS(IPRED_RISING, mode), falling = IPRED_IS(IPRED_FALLING, mode);
    const int u = mirrored ? y : x, v = mirrored ? x : y;
    const int step = half_step ? v >> 1 : v, odd = v & 1;
    const int down = u - step;
    const int at = rising ? min(u + step + 2, max(b.w + 1, 8)) : falling ? down : u + 1;
    const bool behind = half_step && falling && down < 0;
    const bool two = half_step && odd == 0 && !behind;
    return behind ? 2 * down + 1 - odd : at + (two ? IPRED_TWO + int(falling) : 0);
}

void ipred_predict(const Ipred b)
{
    const uint mode = b.angle;
    const uint x = b.lane & (1u << b.lw) - 1u;
    const uint y0 = b.lane >> b.lw, y_step = b.lanes >> b.lw;
    const int pixel_max = 2 * p.base - 1;
    /* 0 where there is nothing to average */
    const uint n = (b.top ? uint(b.w) : 0u) + (b.left ? uint(b.w) : 0u);
    const uint log2 = uint(max(findMSB(n), 0));
    const uint mean = ipred_sum[ipred_turn + b.slot] + (n >> 1) >> log2;
    const int dc = n == 0u ? p.base : int(mean);
    for (uint y = y0; y < uint(b.h); y += y_step) {
        ivec4 v = ivec4(dc);
        if (mode != QPU_VP9_IPRED_DC) {
            [[unroll]] for (int i = 0; i < 4; i++)
                v[i] = ipred_edge[b.mid + ipred_place(b, mode, int(x) * 4 + i, int(y))];
            if (mode == QPU_VP9_IPRED_TM)
                v = clamp(v + ipred_edge[b.mid - 1 - int(y)], 0, pixel_max);
        }
        const uint row = b.y + y, at = b.x + x;
        if (b.residual)
            v = clamp(v + ipred_residual(b, row, at), 0, pixel_max);
        frame[b.org + row * b.stride + at] = ipred_pack(v);
    }
}

/* Before the first pass. */
void ipred_open()
{
    if (gl_LocalInvocationID.x < 2 * IPRED_SLOTS)
        ipred_sum[gl_LocalInvocationID.x] = 0u;
    barrier();
}

/* All of a block (ipred_lane). The whole workgroup comes here, and may come
 * again after a barrier. */
void ipred_pass(const uint who)
{
    ipred_start(ipred_block(who));
    barrier();
    ipred_predict(ipred_block(who));
    ipred_turn ^= IPRED_SLOTS;
    if (gl_LocalInvocationID.x < IPRED_SLOTS)
        ipred_sum[ipred_turn + gl_LocalInvocationID.x] = 0u;
}

#endif /* VP9_IPRED_PRED_GLSL */
