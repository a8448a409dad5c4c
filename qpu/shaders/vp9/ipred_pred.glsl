/* VP9's intra prediction of a block, in two steps: the edges are read, and what
 * the mode makes of them is put side by side, so that each pixel takes one of
 * these at a place that is linear in x and y.
 *
 * Edge pixels are numbered from the corner on, 0: 1 is the first of the row
 * above, -1 the first of the column to the left; the other way round for
 * modes that are mirrored. With u and v for a pixel's x and y (y and x if
 * mirrored), T(n) for the average of 3 around edge pixel n, of n - 1 and n D(n):
 *   V, H        place u        holds pixel u + 1
 *   D45         place u + v    T(u + v + 2)
 *   D135        place u - v    T(u - v)
 *   D63, D207   place 2u + v   2n: D(n + 2), 2n + 1: T(n + 2)
 *   D117, D153  place 2u - v   2n: D(n + 1), 2n - 1: T(n), -n: T(1 - n)
 *   TM          V's, and -1 - v holds what is to be added in row v
 *
 * Before this file the shader declares, beside what common/ipred_block.glsl
 * wants, QpuVp9IpredPush p. */

#ifndef VP9_IPRED_PRED_GLSL
#define VP9_IPRED_PRED_GLSL

#include "vp9/ipred.h"
#include "common/ipred_block.glsl"

/* Of each block from b.mid on; a large one has places -32 to 62, a small one -16
 * to 30. */
shared int ipred_edge[65 * IPRED_SLOTS];
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
    const bool half_step = IPRED_IS(IPRED_HALF, mode);
    const int sign = IPRED_IS(IPRED_MIRRORED, mode) ? -1 : 1;
    /* first and last; DC and TM leave the corner out */
    const int from = rising ? 2 : falling ? 1 - b.w : tm || (dc && b.left) ? -b.w : 1;
    const int skip = (dc || tm) && from < 0 ? 1 : 0;
    const int to = b.h == 0 ? from - 1 : rising ? max(b.w + 1, 8) : dc && !b.top ? -skip : b.w - skip;
    uint sum = 0u;
    for (int i = from + int(b.lane); i <= to; i += int(b.lanes)) {
        const int j = i >= 0 ? i + skip : i;
        const int v = ipred_neighbour(b, sign * j);
        int at = b.mid + j - (rising ? 2 : falling ? int(half_step) : int(j > 0)), put = v;
        if (mode >= QPU_VP9_IPRED_D45) {
            /* D45's last pixel of 4x4 is no average */
            const int low = ipred_neighbour(b, tm ? 0 : sign * (j - int(b.w > 4 || j < 8)));
            const int high = ipred_neighbour(b, sign * (j + 1));
            put = low + v + v + high + 2 >> 2;
            if (tm)
                put = j < 0 ? v - low : v;
            if (half_step && (rising || j >= 0)) {
                at += j - int(rising);
                if (j > 0)
                    ipred_edge[at - 1] = low + v + 1 >> 1;
            }
        }
        ipred_edge[at] = put;
        sum += uint(v);
    }
    if (dc)
        atomicAdd(ipred_sum[ipred_turn + b.slot], sum);
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
    /* how far a pixel to the right or down is, and the last place */
    const int right = int(IPRED_RIGHT >> 2u * mode & 3u) - 1, down = int(IPRED_DOWN >> 2u * mode & 3u) - 1;
    const int last = b.mid + (mode == QPU_VP9_IPRED_D45 ? max(b.w - 1, 6) : max(2 * b.w - 2, 9));
    for (uint y = y0; y < uint(b.h); y += y_step) {
        ivec4 v = ivec4(dc);
        if (mode != QPU_VP9_IPRED_DC) {
            const int first = b.mid + right * int(x << 2) + down * int(y);
            [[unroll]] for (int i = 0; i < 4; i++)
                v[i] = ipred_edge[min(first + right * i, last)];
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
