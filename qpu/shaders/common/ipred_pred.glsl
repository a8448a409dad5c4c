/* Intra prediction of a block: the predictors, see common/ipred.glsl. A lane
 * has a column of quads, and every so manieth row of it. */

#ifndef COMMON_IPRED_PRED_GLSL
#define COMMON_IPRED_PRED_GLSL

#include "common/ipred.glsl"

ivec4 ipred_unpack(const quad q)
{
#if BPC == 8
    return px_int(q);
#else
    return ivec4(px_int(q.x), px_int(q.y));
#endif
}

quad ipred_pack(const ivec4 v)
{
#if BPC == 8
    return px_pack(v);
#else
    return uvec2(px_pack(v.xy), px_pack(v.zw));
#endif
}

/* Writes v, rounded down, to quad (x, y) of the block; 7.11.3.14 for the mask. */
void ipred_store(const Ipred b, const uint x, const uint y, const vec4 v)
{
    ivec4 i = ivec4(v);
    const uint pos = b.org + (b.y + y) * b.stride + b.x + x;
    if (b.blend) {
        const uint m = masks[b.arg + (y << b.lw) + x];
        const vec4 weight = vec4(ivec4(m & 0xffu, m >> 8 & 0xffu, m >> 16 & 0xffu, m >> 24));
        const vec4 d = vec4(ipred_unpack(frame[pos]));
        i = ivec4(d + ((vec4(i) - d) * weight + 32.0) * 0.015625);
    }
    frame[pos] = ipred_pack(i);
}

/* 7.11.2.5: the average of what there is; n pixels, a power of two times 1, 3, 5 */
float ipred_dc(const Ipred b)
{
    const uint n = uint(ipred_dc_left(b) + ipred_dc_top(b));
    if (n == 0u)
        return floor(p.pixel_max * 0.5 + 0.5);
    const uint log2 = uint(findLSB(n));
    uint v = ipred_sum[b.slot] + (n >> 1) >> log2;
    /* dividing by 3 and 5, exact for up to 5 pixels of 12 bits */
    const uint odd = n >> log2;
    if (odd != 1u)
        v = v * (odd == 3u ? 0xaaabu : 0x6667u) >> 17;
    return float(v);
}

float ipred_weight(const uint i)
{
    return uintBitsToFloat(tables[i >> 2][i & 3u]);
}

/* 7.11.2.4: directional. With edge pixels numbered from the corner on, 0, pixel
 * (x, y) is taken from the row above at x + 1 - dx * (y + 1), if that isn't
 * left of the corner, else from the column at y + 1 - dy * (x + 1); dx is negative
 * for angles below 90, and for those above 180 dy is, with dx so great that
 * nothing comes from above. */
void ipred_z(const Ipred b, const uint x, const uint y0, const uint y_step)
{
    const IpredSide above = ipred_side(b, true), beside = ipred_side(b, false);
    const int angle = int(b.angle & 511u);
    const int half_x = abs(b.mode == QPU_AV1_IPRED_Z1 ? angle : 180 - angle) >> 1;
    const int half_y = abs(b.mode == QPU_AV1_IPRED_Z3 ? 270 - angle : angle - 90) >> 1;
    int dx = int(tables[IPRED_TABLE_STEPS + (half_x >> 2)][half_x & 3]) << above.up;
    int dy = int(tables[IPRED_TABLE_STEPS + (half_y >> 2)][half_y & 3]) << beside.up;
    if (b.mode == QPU_AV1_IPRED_Z1)
        dx = -dx;
    if (b.mode == QPU_AV1_IPRED_Z3) {
        dx = 1 << 20;
        dy = -dy;
    }
    const int last_x = above.n << above.up, last_y = beside.n << beside.up;
    const int mid = b.mid + IPRED_EDGE;
    const ivec4 col = int(x) * 4 + 1 + ivec4(0, 1, 2, 3);
    const ivec4 pos_y = -dy * col, pos_x = col << above.up;

    for (uint y = y0; y < uint(b.h); y += y_step) {
        const int line = int(y) + 1, from = -dx * line;
        vec4 v;
        [[unroll]] for (int i = 0; i < 4; i++) {
            int at = pos_x[i] + (from >> 6), last = last_x, dir = 1, frac = from;
            if (at < 0) {
                at = (line << beside.up) + (pos_y[i] >> 6);
                last = last_y;
                dir = -1;
                frac = pos_y[i];
            }
            const float lo = ipred_edge[mid + dir * min(at, last)];
            const float hi = ipred_edge[mid + dir * min(at + 1, last)];
            v[i] = lo + ((hi - lo) * float(frac & 0x3e) + 32.0) * 0.015625;
        }
        ipred_store(b, x, y, v);
    }
}

/* All modes but filter-intra. */
void ipred_predict(const Ipred b)
{
    const uint x = b.lane & (1u << b.lw) - 1u;
    const uint y0 = b.lane >> b.lw, y_step = b.lanes >> b.lw;
    const int mid = b.mid, top_at = mid + 1 + int(x) * 4;

    if (IPRED_IS(IPRED_ANY_Z, b.mode)) {
        ipred_z(b, x, y0, y_step);
    } else if (b.mode == QPU_AV1_IPRED_PAL) {
        for (uint y = y0; y < uint(b.h); y += y_step) {
            const uint q = (y << b.lw) + x;
            const uint idx = palettes[b.arg2 + (q >> 1)] >> (q & 1u) * 16u;
            ipred_store(b, x, y, vec4(ipred_edge[mid + 1 + int(idx & 7u)],
                                      ipred_edge[mid + 1 + int(idx >> 4 & 7u)],
                                      ipred_edge[mid + 1 + int(idx >> 8 & 7u)],
                                      ipred_edge[mid + 1 + int(idx >> 12 & 7u)]));
        }
    } else if (b.mode == QPU_AV1_IPRED_CFL) {
        /* 7.11.5 */
        const uint n = uint(b.w * b.h);
        const int avg = int(ipred_ac_sum[b.slot] + (n >> 1) >> findLSB(n));
        const float dc = ipred_dc(b), alpha = float(bitfieldExtract(int(b.arg), 0, 8));
        for (uint y = y0; y < uint(b.h); y += y_step) {
            const uint at = 2u * (b.slot * 64u + (y << b.lw) + x);
            const uint lo = ipred_ac[at], hi = ipred_ac[at + 1u];
            const ivec4 ac = ivec4(lo & 0xffffu, lo >> 16, hi & 0xffffu, hi >> 16) - avg;
            const vec4 v = alpha * vec4(ac);
            const vec4 d = floor((abs(v) + 32.0) * 0.015625);
            ipred_store(b, x, y, clamp(dc + sign(v) * d, 0.0, p.pixel_max));
        }
    } else if (b.mode != QPU_AV1_IPRED_FILTER) {
        const vec4 top = vec4(ipred_edge[top_at], ipred_edge[top_at + 1],
                              ipred_edge[top_at + 2], ipred_edge[top_at + 3]);
        if (b.mode == QPU_AV1_IPRED_PAETH) {
            /* 7.11.2.2 */
            const float corner = ipred_edge[mid];
            const vec4 d_left = abs(top - corner);
            for (uint y = y0; y < uint(b.h); y += y_step) {
                const float left = ipred_edge[mid - 1 - int(y)];
                const vec4 d_corner = abs(left - corner + (top - corner));
                const vec4 d_top = vec4(abs(left - corner));
                const vec4 other = mix(vec4(corner), top, lessThanEqual(d_top, d_corner));
                const bvec4 is_left = lessThanEqual(d_left, min(d_top, d_corner));
                ipred_store(b, x, y, mix(other, vec4(left), is_left));
            }
        } else if (b.mode >= QPU_AV1_IPRED_SMOOTH) {
            /* 7.11.2.6: what one direction adds counts twice if it is the only one */
            const float ver = b.mode == QPU_AV1_IPRED_SMOOTH ? 1.0 / 512.0 :
                              b.mode == QPU_AV1_IPRED_SMOOTH_V ? 2.0 / 512.0 : 0.0;
            const float hor = 2.0 / 512.0 - ver;
            const float right = ipred_edge[mid + b.w], bottom = ipred_edge[mid - b.h];
            const vec4 w_hor = hor * uintBitsToFloat(tables[(uint(b.w) >> 2) + x]);
            const vec4 from_right = hor * 256.0 * right + 0.5 - w_hor * right;
            const vec4 from_top = ver * (top - bottom);
            for (uint y = y0; y < uint(b.h); y += y_step) {
                const float left = ipred_edge[mid - 1 - int(y)];
                ipred_store(b, x, y, from_right + w_hor * left + ver * 256.0 * bottom +
                                     ipred_weight(uint(b.h) + y) * from_top);
            }
        } else {
            const bool hor = b.mode == QPU_AV1_IPRED_H;
            const vec4 v = b.mode == QPU_AV1_IPRED_V ? top : vec4(ipred_dc(b));
            if (hor || b.blend) {
                for (uint y = y0; y < uint(b.h); y += y_step)
                    ipred_store(b, x, y, hor ? vec4(ipred_edge[mid - 1 - int(y)]) : v);
            } else {
                const quad q = ipred_pack(ivec4(v));
                for (uint y = y0; y < uint(b.h); y += y_step)
                    frame[b.org + (b.y + y) * b.stride + b.x + x] = q;
            }
        }
    }
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
    if (b.mode == QPU_AV1_IPRED_FILTER && row < b.h && uint(x) < 1u << b.lw) {
        if (x == 0) {
            f.corner = ipred_edge[b.mid - row];
            f.left0 = ipred_edge[b.mid - row - 1];
            f.left1 = ipred_edge[b.mid - row - 2];
        }
        const int at = b.mid + 1 + x * 4;
        const float in_[7] = float[7](
            f.corner, ipred_edge[at], ipred_edge[at + 1], ipred_edge[at + 2], ipred_edge[at + 3],
            f.left0, f.left1);
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
        ipred_store(b, uint(x), uint(row), v0);
        ipred_store(b, uint(x), uint(row) + 1u, v1);
    }
}

#endif /* COMMON_IPRED_PRED_GLSL */
