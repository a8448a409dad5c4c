/* Intra prediction of a block, AV1 specification 7.11.2 to 7.11.5: its edges.
 * common/ipred_pred.glsl has the predictors.
 *
 * Some lanes of a workgroup (16 or 64, side by side) predict a block together,
 * in steps between which the whole workgroup passes a barrier:
 *   ipred_start, barrier, ipred_sides, barrier, ipred_predict,
 *   then ipred_filter_step, barrier as often as ipred_steps says.
 * Lanes without a block call them with one of no rows (ipred_block). Whoever
 * reuses the shared memory for a next block puts a barrier before it.
 *
 * Before this file the shader declares, under these names:
 *   quad frame[] (read and written), uvec4 tables[], uint palettes[],
 *   uint masks[], QpuAv1IpredPush p. */

#ifndef COMMON_IPRED_GLSL
#define COMMON_IPRED_GLSL

#include "av1/ipred.h"
#include "common/pixels.glsl"

#define IPRED_IS(set, mode) (((set) >> (mode) & 1u) != 0u)

/* Pixels of the edges as numbers: the corner in the middle of a block's part,
 * the row above after it, the column to the left, downwards, before it. In the
 * second half the same filtered or upsampled. A workgroup has one large block
 * (up to 128 pixels on a side) or four small ones (up to 32). */
#define IPRED_EDGE 260
shared float ipred_edge[2 * IPRED_EDGE];
shared uint ipred_ac[2 * 256];  /* luma under a quad of chroma, 16 bits each */
shared uint ipred_sum[4], ipred_ac_sum[4];
shared uint ipred_steps;        /* that a filter-intra block needs */

struct Ipred {
    uint mode, angle;           /* angle with its flags */
    uint x, y;                  /* quad and row of the plane */
    uint org, stride;           /* of the plane, quads */
    uint plane;
    int w, h;                   /* pixels */
    uint lw;                    /* log2 of the quads of a row */
    int n_top, n_left;          /* pixels that there are */
    bool top, left;             /* whether there are any */
    bool blend;
    uint arg, arg2;
    uint lane, lanes, slot;     /* slot: which block of the workgroup */
    int mid;                    /* the corner's place in ipred_edge */
};

/* on: whether there is a block. Mesa 25.0's nir_opt_if never ends where all of
 * the steps stand in an `if (on)` of their own. */
Ipred ipred_block(const bool on, const uvec4 job, const uint lane, const uint lanes,
                  const uint slot)
{
    const uint pos = job.x, how = job.y;
    Ipred b;
    b.plane = pos >> IPRED_PLANE_SHIFT & 3u;
    b.org = b.plane == 0u ? p.org[0] : b.plane == 1u ? p.org[1] : p.org[2];
    b.stride = b.plane == 0u ? p.stride[0] : p.stride[1];
    b.x = pos & 0xfffu;
    b.y = (pos >> IPRED_Y4_SHIFT & 0xfffu) << 2;
    b.lw = pos >> IPRED_LW_SHIFT & 7u;
    b.w = 4 << b.lw;
    b.h = on ? 4 << (pos >> IPRED_LH_SHIFT) : 0;
    b.mode = on ? how & 0xfu : QPU_AV1_IPRED_NONE;
    b.angle = how >> IPRED_ANGLE_SHIFT & 0x7ffu;
    b.n_top = int(how >> IPRED_TOP_SHIFT & 0x3fu) * 4;
    b.n_left = int(how >> IPRED_LEFT_SHIFT & 0x3fu) * 4;
    b.top = (how >> IPRED_HAVE_TOP_BIT & 1u) != 0u;
    b.left = (how >> IPRED_HAVE_LEFT_BIT & 1u) != 0u;
    b.blend = (how >> IPRED_BLEND_BIT & 1u) != 0u;
    b.arg = job.z;
    b.arg2 = job.w;
    b.lane = lane;
    b.lanes = lanes;
    b.slot = slot;
    b.mid = lanes == uint(IPRED_SMALL) ? int(slot) * 65 + 32 : 128;
    return b;
}

uint ipred_pixel(const uint word, const int x)
{
#if BPC == 8
    return word >> (x & 3) * 8 & 0xffu;
#else
    return word >> (x & 1) * 16 & 0xffffu;
#endif
}

/* Pixel j of the edges, 0 being the corner, 1 the first of the row above, -1
 * the first to the left; 7.11.2: what isn't there is made of what is. */
uint ipred_neighbour(const Ipred b, const int j)
{
    const int dx = j > 0 ? min(j, b.n_top) - 1 : -1, dy = j < 0 ? min(-j, b.n_left) - 1 : -1;
    const bool down = dy < 0 && !b.top;         /* the first pixel to the left instead */
    const bool right = !down && dx < 0 && !b.left; /* the first one above */
    const int x = down ? -1 : right ? 0 : dx, y = down ? 0 : right ? -1 : dy;
    const uint pos = b.org + uint(int(b.y) + y) * b.stride + uint(int(b.x) + (x >> 2));
    uint v = uint(int(p.pixel_max * 0.5 + 0.5) - sign(j));
    if (b.top || b.left)
#if BPC == 8
        v = ipred_pixel(frame[pos], x);
#else
        v = ipred_pixel(frame[pos][x >> 1 & 1], x);
#endif
    return v;
}

/* Sum of the luma pixels under each of the four chroma pixels of quad (x, y)
 * of the block, times what makes it 8 pixels. */
ivec4 ipred_luma(const Ipred b, const uint x, const uint y)
{
    const uint last_x = (1u << b.lw) - (b.arg >> 8 & 0xfu) - 1u;
    const uint last_y = uint(b.h) - (b.arg >> 12 & 0xfu) * 4u - 1u;
    uint pos = p.org[0] + ((b.y + min(y, last_y)) << p.ss_ver) * p.stride[0] +
               ((b.x + min(x, last_x)) << p.ss_hor);
    uint a = 0u, c = 0u; /* pixels 0 and 2, 1 and 3 if not subsampled; else two of four */
    uint e = 0u, f = 0u;
    for (uint row = 0u; row <= p.ss_ver; row++) {
        const quad q = frame[pos], r = frame[pos + p.ss_hor];
#if BPC == 8
        a += q & 0x00ff00ffu;
        c += q >> 8 & 0x00ff00ffu;
        e += r & 0x00ff00ffu;
        f += r >> 8 & 0x00ff00ffu;
#else
        a += q.x;
        c += q.y;
        e += r.x;
        f += r.y;
#endif
        pos += p.stride[0];
    }
    /* sums of two rows keep below 2^16 */
    ivec4 v;
#if BPC == 8
    if (p.ss_hor != 0u)
        v = ivec4((a + c) & 0xffffu, (a + c) >> 16, (e + f) & 0xffffu, (e + f) >> 16);
    else
        v = ivec4(a & 0xffffu, c & 0xffffu, a >> 16, c >> 16);
#else
    if (p.ss_hor != 0u)
        v = ivec4((a & 0xffffu) + (a >> 16), (c & 0xffffu) + (c >> 16),
                  (e & 0xffffu) + (e >> 16), (f & 0xffffu) + (f >> 16));
    else
        v = ivec4(a & 0xffffu, a >> 16, c & 0xffffu, c >> 16);
#endif
    v <<= 3u - p.ss_hor - p.ss_ver;
    return x > last_x ? v.wwww : v;
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
    if (b.mode == QPU_AV1_IPRED_PAL) {
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
        n_left += b.mode == QPU_AV1_IPRED_Z3 ? less : 0;
        n_top += b.mode == QPU_AV1_IPRED_Z1 ? less : 0;
    }
    const bool corner = IPRED_IS(IPRED_NEEDS_CORNER, b.mode);
    for (int j = int(b.lane) - n_left; j <= n_top; j += int(b.lanes))
        if (j != 0 || corner) {
            const uint v = ipred_neighbour(b, j);
            ipred_edge[b.mid + j] = float(v);
            sum += v;
        }
    if (b.mode == QPU_AV1_IPRED_CFL)
        for (uint q = b.lane; q < uint(b.h) << b.lw; q += b.lanes) {
            const ivec4 v = ipred_luma(b, q & (1u << b.lw) - 1u, q >> b.lw);
            const uint at = 2u * (b.slot * 64u + q);
            ipred_ac[at] = uint(v.x | v.y << 16);
            ipred_ac[at + 1u] = uint(v.z | v.w << 16);
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
    const bool z2 = b.mode == QPU_AV1_IPRED_Z2;
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

float ipred_edge_at(const Ipred b, const int dir, const int used, const float corner, const int i)
{
    const int at = clamp(i, 0, used);
    const float v = ipred_edge[b.mid + dir * at];
    return at == 0 ? corner : v;
}

/* Prepares the edges of a directional mode. */
void ipred_directional(const Ipred b)
{
    const bool z2 = b.mode == QPU_AV1_IPRED_Z2;
    float corner = ipred_edge[b.mid];
    if (z2 && b.w + b.h >= 24 && (b.angle & IPRED_FILTER_EDGE) != 0u)
        corner = floor((ipred_edge[b.mid - 1] * 5.0 + ipred_edge[b.mid + 1] * 5.0 +
                        corner * 6.0 + 8.0) * 0.0625);
    bool above = b.mode != QPU_AV1_IPRED_Z3;
    for (int k = z2 ? 0 : 1; k < 2; k++) {
        const IpredSide s = ipred_side(b, above);
        const int dir = above ? 1 : -1;
        const float w2 = s.strength == 3 ? 2.0 : 0.0, w1 = s.strength == 2 ? 5.0 : 4.0;
        const float w0 = s.strength == 1 ? 8.0 : s.strength == 2 ? 6.0 : 4.0;
        for (int j = int(b.lane); j <= s.n; j += int(b.lanes)) {
            const float c = ipred_edge_at(b, dir, s.used, corner, j);
            const float l1 = ipred_edge_at(b, dir, s.used, corner, j - 1);
            const float n1 = ipred_edge_at(b, dir, s.used, corner, j + 1);
            const float l2 = ipred_edge_at(b, dir, s.used, corner, j - 2);
            const float n2 = ipred_edge_at(b, dir, s.used, corner, j + 2);
            const float even = floor((w0 * c + w1 * l1 + w1 * n1 + w2 * l2 + w2 * n2 + 8.0) * 0.0625);
            const float between = floor((9.0 * c + 9.0 * n1 - l1 - n2 + 8.0) * 0.0625);
            const int to = IPRED_EDGE + b.mid + dir * (j << s.up);
            ipred_edge[to] = s.up != 0 || s.strength == 0 || j == 0 || j > s.filtered ? c : even;
            if (s.up != 0 && j < s.n)
                ipred_edge[to + dir] = clamp(between, 0.0, p.pixel_max);
        }
        above = false;
    }
}

/* What is between reading the edges and predicting. */
void ipred_sides(const Ipred b, const uint sum, const uint ac_sum)
{
    if (IPRED_IS(IPRED_ANY_DC, b.mode)) {
        atomicAdd(ipred_sum[b.slot], sum);
        if (b.mode == QPU_AV1_IPRED_CFL)
            atomicAdd(ipred_ac_sum[b.slot], ac_sum);
    }
    if (b.mode == QPU_AV1_IPRED_FILTER && b.lane == 0u)
        atomicMax(ipred_steps, uint(b.w / 4 + b.h / 2 - 1));
    if (IPRED_IS(IPRED_ANY_Z, b.mode))
        ipred_directional(b);
}

#endif /* COMMON_IPRED_GLSL */
