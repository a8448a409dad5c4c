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
 *   TM          V's, and -2 - v holds what is to be added in row v
 *
 * Before this file the shader declares, beside what common/ipred_block.glsl
 * wants, QpuVp9IpredPush p. */

#ifndef VP9_IPRED_PRED_GLSL
#define VP9_IPRED_PRED_GLSL

#include "vp9/ipred.h"
#include "common/ipred_block.glsl"

/* The places, of each block from b.mid on; a large one has -33 to 62, a small one
 * -17 to 30. Then sums for DC, of a pass and the next, whose are cleared in time. */
#define IPRED_SUMS (65u * IPRED_SLOTS)
shared int ipred_edge[IPRED_SUMS + 2u * IPRED_SLOTS];
uint ipred_turn = 0u;

/* What reading edge pixels takes. */
struct IpredEdges {
    uint corner, stride; /* where the corner's quad is */
    int from, to;       /* the last ones that there are; after them they repeat */
    int left, top;      /* where pixels of the left, of the top, are missing */
};

/* Edge pixel n. Where there is no row above it is half of the range less 1, the
 * corner too; where there is nothing to the left, half of the range and 1. */
int ipred_neighbour(const IpredEdges e, const int n)
{
    const int at = clamp(n, e.from, e.to), x = max(at, 0) - 1;
    const uint pos = e.corner + uint(max(-at, 0)) * e.stride + uint((x >> 2) + 1);
    /* this may be another block or a guard */
    const int v = int(ipred_pixel_of(frame[pos], x));
    return n >= e.top ? p.base - 1 : n <= e.left ? p.base + 1 : v;
}

/* Reads the edges. */
void ipred_start(const Ipred b)
{
    const uint mode = b.angle;
    const bool dc = mode == QPU_VP9_IPRED_DC, tm = mode == QPU_VP9_IPRED_TM;
    const bool rising = IPRED_IS(IPRED_RISING, mode), falling = IPRED_IS(IPRED_FALLING, mode);
    const int none = 99; /* further than any edge */
    const IpredEdges e = IpredEdges(
        b.org + (b.y - 1u) * b.stride + b.x - 1u, b.stride, -b.n_left, b.n_top,
        b.left ? -none : 0, b.top ? none : 0);
    const int sign = IPRED_IS(IPRED_MIRRORED, mode) ? -1 : 1;
    /* first and last; DC and TM leave the corner out */
    const int from = rising ? 2 : falling ? 1 - b.w : tm || (dc && b.left) ? -b.w : 1;
    const int skip = (dc || tm) && from < 0 ? 1 : 0;
    const int to = b.h == 0 ? from - 1 : rising ? max(b.w + 1, 8) : dc && !b.top ? -skip : b.w - skip;
    /* T(j) has place j - before, or with half steps, right of the corner, twice
     * as far; D(j) the one before that */
    const int before = rising ? 2 : mode == QPU_VP9_IPRED_D135 ? 0 : 1;
    const int half_step = IPRED_IS(IPRED_HALF, mode) ? -1 : 0;
    /* D45's last pixel of 4x4 is no average */
    const int whole = b.w > 4 ? none : 8;
    for (int i = from + int(b.lane); i <= to; i += int(b.lanes)) {
        const int j = i >= 0 ? i + skip : i;
        const int at = b.mid + j - before + (max(j - before + 1, 0) & half_step);
        /* loads that don't depend on each other, then all of their waits */
        if (mode < QPU_VP9_IPRED_D45) {
            const int v = ipred_neighbour(e, sign * j);
            if (dc)
                atomicAdd(ipred_edge[IPRED_SUMS + ipred_turn + b.slot], v);
            else
                ipred_edge[at] = v;
        } else {
            const int low = ipred_neighbour(e, tm ? 0 : sign * (j - int(j != whole)));
            const int v = ipred_neighbour(e, sign * j);
            const int high = ipred_neighbour(e, sign * (j + 1));
            const int of_two = low + v + 1 >> 1, of_three = low + v + v + high + 2 >> 2;
            ipred_edge[at] = !tm ? of_three : j < 0 ? v - low : v;
            if (half_step != 0 && j > 0)
                ipred_edge[at - 1] = of_two;
        }
    }
}

void ipred_predict(const Ipred b)
{
    const uint mode = b.angle;
    const int x = int(b.lane & (1u << b.lw) - 1u), y0 = int(b.lane >> b.lw), rows = int(b.lanes >> b.lw);
    const int pixel_max = 2 * p.base - 1;
    const bool dc = mode == QPU_VP9_IPRED_DC, tm = mode == QPU_VP9_IPRED_TM;
    /* DC takes all pixels from the place of the sum, of n pixels */
    const uint n = dc ? (b.top ? uint(b.w) : 0u) + (b.left ? uint(b.w) : 0u) : 0u;
    const int log2 = max(findMSB(n), 0);
    const int more = dc && n == 0u ? p.base : int(n >> 1);
    /* behind the last place all are the same */
    const int right = int(IPRED_RIGHT >> 2u * mode & 3u) - 1, down = int(IPRED_DOWN >> 2u * mode & 3u) - 1;
    const int last = dc ? int(IPRED_SUMS + ipred_turn + b.slot) :
                     b.mid + (mode == QPU_VP9_IPRED_D45 ? max(b.w - 1, 6) : max(2 * b.w - 2, 9));
    const int org = dc ? last : b.mid;
    for (int y = y0; y < b.h; y += rows) {
        const int from = org + right * x * 4 + down * y;
        ivec4 v;
        [[unroll]] for (int k = 0; k < 4; k++)
            v[k] = ipred_edge[min(from + right * k, last)];
        /* always read, as a branch would wait for what is read before it */
        const int left = ipred_edge[b.mid - 2 - y];
        const ivec4 r = ipred_residual(b.residual ? ipred_residual_at(b, uint(x), uint(y)) : 0u);
        v = clamp((v + more >> log2) + (tm ? left : 0), 0, pixel_max);
        v = clamp(v + (b.residual ? r : ivec4(0)), 0, pixel_max);
        frame[b.org + (b.y + uint(y)) * b.stride + b.x + uint(x)] = ipred_pack(v);
    }
}

/* Before the first pass. */
void ipred_open()
{
    if (gl_LocalInvocationID.x < 2 * IPRED_SLOTS)
        ipred_edge[IPRED_SUMS + gl_LocalInvocationID.x] = 0;
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
        ipred_edge[IPRED_SUMS + ipred_turn + gl_LocalInvocationID.x] = 0;
}

#endif /* VP9_IPRED_PRED_GLSL */
