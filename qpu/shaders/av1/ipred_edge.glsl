/* Intra prediction of a block, 7.11.2 to 7.11.5: its edges.
 * av1/ipred_pred.glsl has the predictors, and ipred_pass() for all of it.
 *
 * Before this file the shader declares, beside what common/ipred_block.glsl
 * wants, under these names
 *   uvec4 tables[], uint palettes[], uint masks[], QpuAv1IpredPush p. */

#ifndef AV1_IPRED_EDGE_GLSL
#define AV1_IPRED_EDGE_GLSL

#include "av1/ipred.h"
#include "common/ipred_block.glsl"

/* Pixels of the edges as numbers: the corner in the middle of a block's part,
 * the row above after it, the column to the left, downwards, before it. In the
 * second half the same filtered or upsampled. A large block has up to 128 pixels
 * on a side, a small one up to 32. */
#define IPRED_EDGE (65 * IPRED_SLOTS)
shared float ipred_edge[2 * IPRED_EDGE];
shared uint ipred_quads[2 * 64 * IPRED_SLOTS]; /* see ipred_keep */
shared uint ipred_sum[IPRED_SLOTS], ipred_ac_sum[IPRED_SLOTS];
shared uint ipred_steps;        /* that a filter-intra block needs */

/* Pixel j of the edges, 0 being the corner, 1 the first of the row above, -1
 * the first to the left; 7.11.2: what isn't there is made of what is. */
uint ipred_neighbour(const Ipred b, const int j)
{
    const int dx = j > 0 ? min(j, b.n_top) - 1 : -1, dy = j < 0 ? min(-j, b.n_left) - 1 : -1;
    const bool down = dy < 0 && !b.top;         /* the first pixel to the left instead */
    const bool right = !down && dx < 0 && !b.left; /* the first one above */
    const int x = down ? -1 : right ? 0 : dx, y = down ? 0 : right ? -1 : dy;
    const uint pos = b.org + uint(int(b.y) + y) * b.stride + uint(int(b.x) + (x >> 2));
    /* where there is neither, this may be another block or a guard */
    const uint v = ipred_pixel_of(frame[pos], x);
    return b.top || b.left ? v : uint(int(p.pixel_max * 0.5 + 0.5) - sign(j));
}

/* Sum of the luma pixels under each of the four chroma pixels of quad (x, y)
 * of the block, times what makes it 8 pixels. */
ivec4 ipred_luma(const Ipred b, const uint x, const uint y)
{
    const uint last_x = (1u << b.lw) - (b.arg >> 8 & 0xfu) - 1u;
    const uint last_y = uint(b.h) - (b.arg >> 12 & 0xfu) * 4u - 1u;
    const uint pos = p.org[0] + ((b.y + min(y, last_y)) << p.ss_ver) * p.stride[0] +
                     ((b.x + min(x, last_x)) << p.ss_hor);
    /* two rows and two quads: twice the same where there is one for a pixel */
    const uint below = pos + p.ss_ver * p.stride[0];
    const quad q = frame[pos], r = frame[pos + p.ss_hor];
    const quad q1 = frame[below], r1 = frame[below + p.ss_hor];
    /* sums of two rows keep below 2^16 */
#if BPC == 8
    const uint a = (q & 0x00ff00ffu) + (q1 & 0x00ff00ffu); /* pixels 0 and 2 */
    const uint c = (q >> 8 & 0x00ff00ffu) + (q1 >> 8 & 0x00ff00ffu);
    const uint d = (r & 0x00ff00ffu) + (r1 & 0x00ff00ffu);
    const uint e = (r >> 8 & 0x00ff00ffu) + (r1 >> 8 & 0x00ff00ffu);
    const ivec4 one = ivec4(a & 0xffffu, c & 0xffffu, a >> 16, c >> 16);
    const ivec4 two = ivec4((a + c) & 0xffffu, (a + c) >> 16, (d + e) & 0xffffu, (d + e) >> 16);
#else
    const uvec2 a = q + q1, c = r + r1;
    const ivec4 one = ivec4(a.x & 0xffffu, a.x >> 16, a.y & 0xffffu, a.y >> 16);
    const ivec4 two = ivec4((a & 0xffffu) + (a >> 16), (c & 0xffffu) + (c >> 16));
#endif
    const ivec4 v = (p.ss_hor != 0u ? two : one) << 2u - p.ss_hor;
    return x > last_x ? v.wwww : v;
}

/* Keeps what is known of a quad, 16 bits each, until it is predicted: the luma
 * under it for chroma from luma, the result for filter-intra. */
void ipred_keep(const Ipred b, const uint quad_nr, const ivec4 v)
{
    const uint at = 2u * (b.slot * 64u + quad_nr);
    ipred_quads[at] = uint(v.x | v.y << 16);
    ipred_quads[at + 1u] = uint(v.z | v.w << 16);
}

ivec4 ipred_kept(const Ipred b, const uint quad_nr)
{
    const uint at = 2u * (b.slot * 64u + quad_nr);
    const uint lo = ipred_quads[at], hi = ipred_quads[at + 1u];
    return ivec4(lo & 0xffffu, lo >> 16, hi & 0xffffu, hi >> 16);
}

/* Pixels that a DC mode averages. */
int ipred_dc_left(const Ipred b) { return b.left ? b.h : 0; }
int ipred_dc_top(const Ipred b) { return b.top ? b.w : 0; }

/* Reads the edges. sum, ac_sum: for ipred_sides. */
void ipred_start(const Ipred b, out uint sum, out uint ac_sum)
{
    sum = ac_sum = 0u;
    if (b.lane == 0u) {
        ipred_sum[b.slot] = 0u;
        ipred_ac_sum[b.slot] = 0u;
        if (b.slot == 0u)
            ipred_steps = 0u;
    }
    if (b.mode == QPU_IPRED_PAL) {
        /* the palette takes the place of the row above */
        if (b.lane < 8u)
            ipred_edge[b.mid + 1 + int(b.lane)] =
                float(ipred_pixel(palettes[b.arg + (b.lane >> PX_LOG2)], int(b.lane)));
    }
    int n_left, n_top;
    if (IPRED_IS(IPRED_ANY_DC, b.mode)) {
        n_left = ipred_dc_left(b);
        n_top = ipred_dc_top(b);
    } else {
        const int less = min(b.w, b.h);
        n_left = IPRED_IS(IPRED_NEEDS_LEFT, b.mode) ? b.h : 0;
        n_top = IPRED_IS(IPRED_NEEDS_TOP, b.mode) ? b.w : 0;
        n_left += b.mode == QPU_IPRED_Z3 ? less : 0;
        n_top += b.mode == QPU_IPRED_Z1 ? less : 0;
    }
    const bool corner = IPRED_IS(IPRED_NEEDS_CORNER, b.mode);
    for (int j = int(b.lane) - n_left; j <= n_top; j += int(b.lanes))
        if (j != 0 || corner) {
            const uint v = ipred_neighbour(b, j);
            ipred_edge[b.mid + j] = float(v);
            sum += v;
        }
    const uint n_luma = b.mode == QPU_IPRED_CFL ? uint(b.h) << b.lw : 0u;
    for (uint q = b.lane; q < n_luma; q += b.lanes) {
        const ivec4 v = ipred_luma(b, q & (1u << b.lw) - 1u, q >> b.lw);
        ipred_keep(b, q, v);
        ac_sum += uint(v.x + v.y + v.z + v.w);
    }
}

/* How one of the edges of a directional mode is prepared: 7.11.2.9 to
 * 7.11.2.12. above: the row, else the column. */
struct IpredSide {
    int n, used;        /* pixels needed of it, pixels that they are made of */
    int filtered;       /* the first ones, that the filter changes */
    int strength;       /* 0..3 */
    int up;             /* log2 of the upsampling */
};

IpredSide ipred_side(const Ipred b, const bool above)
{
    const int angle = int(b.angle & 511u), wh = b.w + b.h;
    const bool sm = (b.angle & IPRED_SMOOTH_EDGE) != 0u;
    const bool z2 = b.mode == QPU_IPRED_Z2;
    const int delta = abs(angle - (above ? 90 : 180));
    const int len = above ? b.w : b.h;
    IpredSide s;
    s.n = z2 ? len : wh;
    s.used = z2 ? len : len + min(b.w, b.h);
    s.filtered = z2 ? (above ? b.n_top : b.n_left) : wh;
    /* the angles from which the strength is 1, 2, 3 */
    const uint from =
        sm ? (wh <= 8 ? 0xff4028u : wh <= 16 ? 0xff3014u : wh <= 24 ? 0x040404u : 0u)
           : (wh <= 8 ? 0xffff38u : wh <= 16 ? 0xffff28u : wh <= 24 ? 0x201008u :
              wh <= 32 ? 0x200400u : 0u);
    s.strength = int(delta >= int(from & 0xffu)) + int(delta >= int(from >> 8 & 0xffu)) +
                 int(delta >= int(from >> 16));
    s.up = int(delta < 40 && wh <= (sm ? 8 : 16));
    if ((b.angle & IPRED_FILTER_EDGE) == 0u)
        s.strength = s.up = 0;
    return s;
}

/* Prepares the edges of a directional mode. */
void ipred_directional(const Ipred b)
{
    const bool z2 = b.mode == QPU_IPRED_Z2;
    const float corner = ipred_edge[b.mid];
    const float around = 5.0 * (ipred_edge[b.mid - 1] + ipred_edge[b.mid + 1]);
    const float smooth_corner = floor((around + corner * 6.0 + 8.0) * 0.0625);
    const float first = z2 && b.w + b.h >= 24 && (b.angle & IPRED_FILTER_EDGE) != 0u ?
                        smooth_corner : corner;
    /* with the corner, which both may have */
    const bool z1 = b.mode == QPU_IPRED_Z1, z3 = b.mode == QPU_IPRED_Z3;
    const int n_left = z2 || z3 ? ipred_side(b, false).n + 1 : 0;
    const int n_top = z1 || z2 ? ipred_side(b, true).n + 1 : 0;
    for (int i = int(b.lane) - n_left; i < n_top; i += int(b.lanes)) {
        const bool above = i >= 0;
        const int j = above ? i : -1 - i, at = above ? i : i + 1;
        const IpredSide s = ipred_side(b, above);
        const int end_left = above ? 0 : -s.used, end_top = above ? s.used : 0;
        float v[5];
        [[unroll]] for (int k = 0; k < 5; k++) {
            const int pos = clamp(at + k - 2, end_left, end_top);
            const float e = ipred_edge[b.mid + pos];
            v[k] = pos == 0 ? first : e;
        }
        const float c = v[2], near = v[1] + v[3], far = v[0] + v[4];
        const float next = above ? v[3] : v[1], after = above ? v[4] : v[0];
        /* weights 8 4 0, 6 5 0, 4 4 2 */
        const float even = s.strength == 1 ? 8.0 * c + 4.0 * near :
                           s.strength == 2 ? 6.0 * c + 5.0 * near : 4.0 * (c + near) + 2.0 * far;
        const float between = 9.0 * c + 10.0 * next - near - after;
        const int to = IPRED_EDGE + b.mid + (at << s.up);
        ipred_edge[to] = s.up != 0 || s.strength == 0 || j == 0 || j > s.filtered ? c :
                         floor((even + 8.0) * 0.0625);
        if (s.up != 0 && j < s.n)
            ipred_edge[above ? to + 1 : to - 1] =
                clamp(floor((between + 8.0) * 0.0625), 0.0, p.pixel_max);
    }
}

/* What is between reading the edges and predicting. */
void ipred_sides(const Ipred b, const uint sum, const uint ac_sum)
{
    if (IPRED_IS(IPRED_ANY_DC, b.mode)) {
        atomicAdd(ipred_sum[b.slot], sum);
        if (b.mode == QPU_IPRED_CFL)
            atomicAdd(ipred_ac_sum[b.slot], ac_sum);
    }
    if (b.mode == QPU_IPRED_FILTER && b.lane == 0u)
        atomicMax(ipred_steps, uint(b.w / 4 + b.h / 2 - 1));
    ipred_directional(b);
}

#endif /* AV1_IPRED_EDGE_GLSL */
