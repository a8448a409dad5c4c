/* The warp filter, 7.11.3.5, to the frame or to a compound's intermediate
 * samples.
 *
 * A workgroup owns four blocks of 8x8 pixels, 16 invocations each: each of these
 * filters a row horizontally into shared memory (15 are needed), then a quad of
 * the block vertically.
 *
 * Reads blocks (QpuAv1McWarp, qpu_av1_mc.h), tables (mc.h), and the reference, whose
 * planes are extended by 16 columns on both sides. Writes to the pool or to tmp (mc.h). */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/mc.h"
#include "common/pixels.glsl"

layout(local_size_x = MC_GROUP) in;

layout(push_constant) uniform Push { QpuAv1McPush p; };

#include "common/mc_samples.glsl"
#include "common/mc_taps.glsl"

layout(std430, binding = 0) readonly buffer Pool { uint px[]; };
layout(std430, binding = 0) writeonly buffer Pool2 { quad quads[]; };
layout(std430, binding = 1) readonly buffer Warps { uvec4 warps[]; };
layout(std430, binding = 3) readonly buffer Planes { uvec4 planes[]; };
layout(std430, binding = 4) readonly buffer Tables { uvec4 tables[]; };
layout(std430, binding = 5) writeonly buffer Tmp { uvec2 tmp[]; };

#define LANES 16 /* of a block */
#define PREP (1u << 28)
#define WORDS (4 / PX_PER_WORD)   /* of a quad */
#define LOADS (16 / PX_PER_WORD)  /* of 16 pixels, and one more at 8 bits */

#if BPC == 8
#define ROUND 8.0
#else
#define ROUND p.round
#endif

shared vec4 mid[MC_GROUP * 2];

int low(const uint w) { return int(w << 16) >> 16; }
int high(const uint w) { return int(w) >> 16; }

uvec4 filter_at(const int pos)
{
    return tables[MC_WARP + clamp(64 + (pos + 512 >> 10), 0, MC_N_WARP - 1)];
}

/* The job in two parts. */
uvec4 a, b;

/* Row lane - 3 of the block, 8 columns, to intermediate precision. */
void horizontal(const uvec4 ref, const int lane)
{
    const int x = clamp(low(a.y), -12, int(ref.y) + 3) - 3;
    const int y = clamp(high(a.y) - 3 + lane, 0, int(ref.z) - 1);
    const uint at = ref.x + uint(y) * ref.w + uint(x >> PX_LOG2);
    const uint s = uint(x & PX_PER_WORD - 1) * PX_BITS, up = px_up(s);
    float v[16];
    uint lo = px[at];
    [[unroll]] for (int k = 0; k < LOADS; k++) {
        /* the 16th pixel isn't used */
        const uint hi = BPC == 8 || k + 1 < LOADS ? px[at + uint(k) + 1u] : 0u;
        const px_fvec w = px_biased(px_funnel(lo, hi, s, up));
        [[unroll]] for (int j = 0; j < PX_PER_WORD; j++)
            v[k * PX_PER_WORD + j] = w[j];
        lo = hi;
    }
    int pos = int(a.w) + lane * high(b.y);
    float m[8];
    [[unroll]] for (int c = 0; c < 8; c++) {
        const uvec4 t = filter_at(pos);
        m[c] = -128.0 * PX_BIAS; /* 128: all filters' sum */
        [[unroll]] for (int k = 0; k < 8; k++)
            m[c] += v[c + k] * mc_half(t, k);
        m[c] = floor(m[c] * (ROUND / 64.0) + 0.5);
        pos += low(b.y);
    }
    mid[gl_LocalInvocationID.x * 2u] = vec4(m[0], m[1], m[2], m[3]);
    mid[gl_LocalInvocationID.x * 2u + 1u] = vec4(m[4], m[5], m[6], m[7]);
}

/* Half (a quad) of a row of the block; from: its first row in mid. */
ivec4 vertical(const uint from, const int row, const int half_row)
{
    vec4 m[8];
    [[unroll]] for (int k = 0; k < 8; k++)
        m[k] = mid[(from + uint(row + k)) * 2u + uint(half_row)];
    vec4 sum = vec4(0.0);
    int pos = int(b.x) + row * high(b.z) + half_row * 4 * low(b.z);
    [[unroll]] for (int c = 0; c < 4; c++) {
        const uvec4 t = filter_at(pos);
        [[unroll]] for (int k = 0; k < 8; k++)
            sum[c] += m[k][c] * mc_half(t, k);
        pos += low(b.z);
    }
    return ivec4(sum);
}

void main()
{
    const uint lane = gl_LocalInvocationID.x % LANES, slot = gl_LocalInvocationID.x / LANES;
    const uint i = p.first + gl_WorkGroupID.x * (MC_GROUP / LANES) + slot;
    const bool exists = i < p.n_warps; /* else it works on the first one, in vain */
    a = warps[exists ? i * 2u : 0u];
    b = warps[exists ? i * 2u + 1u : 1u];
    const uint plane = a.x >> 28 & 3u;
    horizontal(planes[(a.z >> 10 & 7u) * 4u + plane], int(lane));
    barrier();
    const uint row = lane >> 1, half_row = lane & 1u;
    const ivec4 sum = vertical(slot * LANES, int(row), int(half_row));

    const uvec4 dst = planes[MC_CURRENT * 4 + plane];
    const uint x = (a.x & 0x3fffu) + half_row * 4u, y = (a.x >> 14 & 0x3fffu) + row;
    const uint to = exists && x < dst.y && y < dst.z ?
        dst.x + y * dst.w + x / PX_PER_WORD : MC_NONE;
    if ((a.z & PREP) != 0u) {
        tmp[(to - p.tmp_org) / WORDS + (a.z >> 27 & 1u) * p.tmp_size] =
            mc_pack_samples((sum + 64 >> 7) + MC_BIAS);
    } else {
        const int down = 7 + MC_EXTRA_BITS;
        quads[to / WORDS] = mc_pack_pixels(mc_clip(sum + (1 << down - 1) >> down));
    }
}
