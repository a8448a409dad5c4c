/* Intra prediction of a block: the predictors, see av1/ipred_edge.glsl. A lane
 * has a column of quads, and every so manieth row of it.
 *
 * All modes share one loop over the rows and one store: to V3D's compiler
 * whatever is assigned in a branch is alive from one end to the other of the
 * loop around it, which in ipred_sb.comp is all of this. */

#ifndef AV1_IPRED_PRED_GLSL
#define AV1_IPRED_PRED_GLSL

#include "av1/ipred_edge.glsl"

/* 7.11.2.5: the average of what there is; n pixels, a power of two times 1, 3, 5 */
float ipred_dc(const Ipred b)
{
    const uint n = uint(ipred_dc_left(b) + ipred_dc_top(b));
    const uint log2 = uint(max(findLSB(n), 0));
    const uint v = ipred_sum[b.slot] + (n >> 1) >> log2;
    /* dividing by 3 and 5, exact for up to 5 pixels of 12 bits */
    const uint odd = n >> log2;
    const uint part = v * (odd == 3u ? 0xaaabu : 0x6667u) >> 17;
    return n == 0u ? floor(p.pixel_max * 0.5 + 0.5) : float(odd <= 1u ? v : part);
}

/* 7.11.2.3, filter-intra: units of 4x2 pixels, each from the 7 pixels around
 * it. A lane has a row of units, one unit behind the row above it, whose
 * bottom pixels it finds in the place of the edge above, where it leaves its
 * own. */
struct IpredFilter {
    float corner, left0, left1;
};

void ipred_filter_step(const Ipred b, const uint step, inout IpredFilter f)
{
    const int x = int(step) - int(b.lane), row = int(b.lane) * 2;
    if (b.mode == QPU_IPRED_FILTER && row < b.h && uint(x) < 1u << b.lw) {
        const float corner = ipred_edge[b.mid - row];
        const float left0 = ipred_edge[b.mid - row - 1], left1 = ipred_edge[b.mid - row - 2];
        const int at = b.mid + 1 + x * 4;
        const float in_[7] = float[7](
            x == 0 ? corner : f.corner, ipred_edge[at], ipred_edge[at + 1], ipred_edge[at + 2], ipred_edge[at + 3],
            x == 0 ? left0 : f.left0, x == 0 ? left1 : f.left1);
        const uint taps = IPRED_TABLE_TAPS + (b.angle & 511u) * 7u;
        vec4 v0 = vec4(0.5), v1 = vec4(0.5);
        [[unroll]] for (int k = 0; k < 7; k++) {
            const uvec4 t = tables[taps + k];
            v0 += vec4(unpackHalf2x16(t.x), unpackHalf2x16(t.y)) * in_[k];
            v1 += vec4(unpackHalf2x16(t.z), unpackHalf2x16(t.w)) * in_[k];
        }
        v0 = floor(clamp(v0, 0.0, p.pixel_max));
        v1 = floor(clamp(v1, 0.0, p.pixel_max));
        f.corner = in_[4];
        f.left0 = v0.w;
        f.left1 = v1.w;
        ipred_edge[at] = v1.x;
        ipred_edge[at + 1] = v1.y;
        ipred_edge[at + 2] = v1.z;
        ipred_edge[at + 3] = v1.w;
        ipred_keep(b, (uint(row) << b.lw) + uint(x), ivec4(v0));
        ipred_keep(b, (uint(row + 1) << b.lw) + uint(x), ivec4(v1));
    }
}

/* 7.11.2.4: directional. With edge pixels numbered from the corner on, 0, pixel
 * (x, y) is taken from the row above at x + 1 - dx * (y + 1), if that isn't
 * left of the corner, else from the column at y + 1 - dy * (x + 1); dx is negative
 * for angles below 90, and for those above 180 dy is, with dx so great that
 * nothing comes from above. */
vec4 ipred_z(const Ipred b, const uint x, const uint y)
{
    const IpredSide above = ipred_side(b, true), beside = ipred_side(b, false);
    const bool z1 = b.mode == QPU_IPRED_Z1, z3 = b.mode == QPU_IPRED_Z3;
    const int angle = int(b.angle & 511u);
    const int half_x = abs(z1 ? angle : 180 - angle) >> 1;
    const int half_y = abs(z3 ? 270 - angle : angle - 90) >> 1;
    const int step_x = int(tables[IPRED_TABLE_STEPS + (half_x >> 2)][half_x & 3]) << above.up;
    const int step_y = int(tables[IPRED_TABLE_STEPS + (half_y >> 2)][half_y & 3]) << beside.up;
    const int dx = z1 ? -step_x : z3 ? 1 << 20 : step_x, dy = z3 ? -step_y : step_y;
    const int last_x = above.n << above.up, last_y = beside.n << beside.up;
    const int mid = b.mid + IPRED_EDGE;
    const int line = int(y) + 1, from = -dx * line;
    vec4 v;
    [[unroll]] for (int i = 0; i < 4; i++) {
        const int col = int(x) * 4 + 1 + i, pos_y = -dy * col;
        const int at_x = (col << above.up) + (from >> 6), at_y = (line << beside.up) + (pos_y >> 6);
        const bool left = at_x < 0;
        const int at = left ? at_y : at_x, last = left ? last_y : last_x;
        const int dir = left ? -1 : 1, frac = left ? pos_y : from;
        const float lo = ipred_edge[mid + dir * min(at, last)];
        const float hi = ipred_edge[mid + dir * min(at + 1, last)];
        v[i] = lo + ((hi - lo) * float(frac & 0x3e) + 32.0) * 0.015625;
    }
    return v;
}

/* 7.11.5: chroma from luma */
vec4 ipred_cfl(const Ipred b, const vec4 luma)
{
    const uint n = uint(b.w * b.h);
    const float avg = float(ipred_ac_sum[b.slot] + (n >> 1) >> findLSB(n));
    const vec4 ac = float(bitfieldExtract(int(b.arg), 0, 8)) * (luma - avg);
    return clamp(ipred_dc(b) + sign(ac) * floor((abs(ac) + 32.0) * 0.015625), 0.0, p.pixel_max);
}

/* 7.11.2.6: what one direction adds counts twice if it is the only one */
vec4 ipred_smooth(const Ipred b, const uint x, const uint y, const vec4 top, const float left)
{
    const float ver = b.mode == QPU_IPRED_SMOOTH ? 1.0 / 512.0 :
                      b.mode == QPU_IPRED_SMOOTH_V ? 2.0 / 512.0 : 0.0;
    const float hor = 2.0 / 512.0 - ver;
    const float right = ipred_edge[b.mid + b.w], bottom = ipred_edge[b.mid - b.h];
    const uint i = uint(b.h) + y;
    const vec4 w_hor = uintBitsToFloat(tables[(uint(b.w) >> 2) + x]);
    const float w_ver = uintBitsToFloat(tables[i >> 2][i & 3u]);
    return hor * (256.0 * right + w_hor * (left - right)) +
           ver * (256.0 * bottom + w_ver * (top - bottom)) + 0.5;
}

/* 7.11.2.2 */
vec4 ipred_paeth(const vec4 top, const float corner, const float left)
{
    const vec4 d_left = abs(top - corner);
    const vec4 d_corner = abs(left - corner + (top - corner));
    const vec4 d_top = vec4(abs(left - corner));
    const vec4 other = mix(vec4(corner), top, lessThanEqual(d_top, d_corner));
    return mix(other, vec4(left), lessThanEqual(d_left, min(d_top, d_corner)));
}

/* Intra block copy, 7.11.3.4 for whole and half pixels: the average of four
 * pixels, of which some are the same; nothing is lost between the two
 * directions. What would be outside the plane is the nearest inside. */
vec4 ipred_copy(const Ipred b, const uint x, const uint y)
{
    /* push constants must not be indexed by a variable: Mesa 25.0's v3dv copies
     * them for that, with each launch, and in time over the end of its buffer */
    const int last_x = b.plane == 0u ? p.last_x[0] : p.last_x[1];
    const int last_y = b.plane == 0u ? p.last_y[0] : p.last_y[1];
    const int sx = bitfieldExtract(int(b.arg), 0, 16) + int(x) * 4;
    const int sy = (int(b.arg) >> 16) + int(y);
    const uint row0 = uint(clamp(sy, 0, last_y));
    const uint row1 = uint(clamp(sy + int(b.arg2 >> 1 & 1u), 0, last_y));
    const uint first = uint(clamp(sx, 0, last_x)) >> 2;
    const uint from = b.org + first, to = b.org + min(first + 1u, uint(last_x) >> 2);
    const quad lo0 = frame[from + row0 * b.stride], hi0 = frame[to + row0 * b.stride];
    const quad lo1 = frame[from + row1 * b.stride], hi1 = frame[to + row1 * b.stride];
    uint sum[5];
    [[unroll]] for (int i = 0; i < 5; i++) {
        const int at = clamp(sx + i, 0, last_x);
        const bool is_lo = uint(at) >> 2 == first;
        sum[i] = ipred_pixel_of(is_lo ? lo0 : hi0, at) + ipred_pixel_of(is_lo ? lo1 : hi1, at);
    }
    const uvec4 here = uvec4(sum[0], sum[1], sum[2], sum[3]);
    const uvec4 next = uvec4(sum[1], sum[2], sum[3], sum[4]);
    return vec4(ivec4(here + ((b.arg2 & 1u) != 0u ? next : here))) * 0.25 + 0.5;
}

/* Quad (x, y) of the block; what is behind the point is cut off. */
vec4 ipred_quad(const Ipred b, const uint x, const uint y)
{
    const uint q = (y << b.lw) + x;
    const int top_at = b.mid + 1 + int(x) * 4;
    vec4 v;
    if (IPRED_IS(IPRED_ANY_Z, b.mode)) {
        v = ipred_z(b, x, y);
    } else if (IPRED_IS(IPRED_ANY_KEPT, b.mode)) {
        v = vec4(ipred_kept(b, q));
        if (b.mode == QPU_IPRED_CFL)
            v = ipred_cfl(b, v);
    } else if (IPRED_IS(IPRED_ANY_DC, b.mode)) {
        v = vec4(ipred_dc(b));
    } else if (b.mode == QPU_IPRED_PAL) {
        const uint idx = palettes[b.arg2 + (q >> 1)] >> (q & 1u) * 16u;
        const int first = b.mid + 1;
        v = vec4(ipred_edge[first + int(idx & 7u)], ipred_edge[first + int(idx >> 4 & 7u)],
                 ipred_edge[first + int(idx >> 8 & 7u)], ipred_edge[first + int(idx >> 12 & 7u)]);
    } else if (b.mode == QPU_IPRED_COPY) {
        v = ipred_copy(b, x, y);
    } else {
        const float left = ipred_edge[b.mid - 1 - int(y)];
        v = vec4(ipred_edge[top_at], ipred_edge[top_at + 1],
                 ipred_edge[top_at + 2], ipred_edge[top_at + 3]);
        v = b.mode == QPU_IPRED_H ? vec4(left) : v;
        if (b.mode == QPU_IPRED_PAETH)
            v = ipred_paeth(v, ipred_edge[b.mid], left);
        else if (IPRED_IS(IPRED_ANY_SMOOTH, b.mode))
            v = ipred_smooth(b, x, y, v, left);
    }
    return v;
}

void ipred_predict(const Ipred b)
{
    const uint x = b.lane & (1u << b.lw) - 1u;
    const uint y0 = b.lane >> b.lw, y_step = b.lanes >> b.lw;
    for (uint y = y0; y < uint(b.h); y += y_step) {
        vec4 v = ipred_quad(b, x, y);
        const uint row = b.y + y, at = b.x + x, pos = b.org + row * b.stride + at;
        if (b.blend || b.mode == QPU_IPRED_KEEP) {
            /* 7.11.3.14 */
            const vec4 d = vec4(ipred_unpack(frame[pos]));
            const uint m = masks[b.blend ? b.arg + (y << b.lw) + x : 0u];
            const vec4 weight = vec4(ivec4(m & 0xffu, m >> 8 & 0xffu, m >> 16 & 0xffu, m >> 24));
            const vec4 other = b.blend ? floor(v) : d;
            v = d + ((other - d) * weight + 32.0) * 0.015625;
        }
        if (b.residual) {
            const vec4 sum = floor(v) + vec4(ipred_residual(ipred_residual_at(b, x, y)));
            v = clamp(sum, 0.0, p.pixel_max);
        }
        frame[pos] = ipred_pack(ivec4(v));
    }
}

/* Before the first pass. */
void ipred_open() {}

/* All of a block (ipred_lane). The whole workgroup comes here, and may come
 * again. Each step gets what the job says anew: to keep all of it over the
 * barriers takes more registers than V3D has. zero makes the compiler think
 * that it could be another job. */
void ipred_pass(const uint who)
{
    uint sum, ac_sum;
    ipred_start(ipred_block(who), sum, ac_sum);
    barrier();
    ipred_sides(ipred_block(who + (p.zero & sum)), sum, ac_sum);
    barrier();
    IpredFilter f = IpredFilter(0.0, 0.0, 0.0);
    const uint steps = ipred_steps;
    const Ipred b = ipred_block(who + (p.zero & steps));
    for (uint i = 0u; i < steps; i++) {
        ipred_filter_step(b, i, f);
        barrier();
    }
    ipred_predict(ipred_block(who + (p.zero & floatBitsToUint(f.left0))));
}

#endif /* AV1_IPRED_PRED_GLSL */
