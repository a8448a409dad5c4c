/* The warp filter, 7.11.3.5, to the frame or to a compound's intermediate
 * samples.
 *
 * A workgroup owns four blocks of 8x8 pixels, 16 invocations each: of these 15
 * filter a row horizontally into shared memory, then each a quad of the block
 * vertically.
 *
 * Reads blocks (QpuAv1McWarp, qpu_av1_mc.h), the table of planes (mc.h), the 193
 * filters, and the reference, whose planes are extended by 16 columns on both
 * sides. Writes to the pool or to tmp (mc.h). */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/mc.h"
#include "common/pixels.glsl"

layout(local_size_x = MC_GROUP) in;

layout(push_constant) uniform Push { QpuAv1McPush p; };

#include "common/mc_samples.glsl"

layout(std430, binding = 0) readonly buffer Pool { uint px[]; };
layout(std430, binding = 0) writeonly buffer Pool2 { quad quads[]; };
layout(std430, binding = 1) readonly buffer Warps { uvec4 warps[]; };
layout(std430, binding = 3) readonly buffer Planes { uvec4 planes[]; };
layout(std430, binding = 4) readonly buffer Filters { uvec2 filters[]; };
layout(std430, binding = 5) writeonly buffer Tmp { uvec2 tmp[]; };

#define LANES 16 /* of a block */
#define ROWS  15 /* of it that are filtered horizontally */
#define PREP (1u << 28)
#define WORDS (4 / PX_PER_WORD)   /* of a quad */
#define LOADS (16 / PX_PER_WORD)  /* of 16 pixels, and one more at 8 bits */

shared int mid[MC_GROUP / LANES * ROWS * 8];

int low(const uint w) { return int(w << 16) >> 16; }
int high(const uint w) { return int(w) >> 16; }

uvec2 filter_at(const int pos)
{
    return filters[clamp(64 + (pos + 512 >> 10), 0, 192)];
}

void main()
{
    const uint g = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    const uint lane = gl_LocalInvocationID.x % LANES, slot = gl_LocalInvocationID.x / LANES;
    const uint i = g * (MC_GROUP / LANES) + slot;
    const bool exists = i < p.n;
    const uvec4 a = warps[exists ? i * 2u : 0u], b = warps[exists ? i * 2u + 1u : 1u];
    const uint plane = a.x >> 28 & 3u;
    const uvec4 ref = planes[(a.z >> 10 & 7u) * 4u + plane];

    if (lane < ROWS) {
        const int x = clamp(low(a.y), -12, int(ref.z) + 3) - 3;
        const int y = clamp(high(a.y) - 3 + int(lane), 0, int(ref.w) - 1);
        const uint at = ref.x + uint(y) * ref.y + uint(x >> PX_LOG2);
        const uint s = uint(x & PX_PER_WORD - 1) * PX_BITS, up = px_up(s);
        const int shift = 7 - MC_EXTRA_BITS;
        int v[16];
        uint lo = px[at];
        [[unroll]] for (int k = 0; k < LOADS; k++) {
            /* the 16th pixel isn't used */
            const uint hi = BPC == 8 || k + 1 < LOADS ? px[at + uint(k) + 1u] : 0u;
            const px_ivec w = px_int(px_funnel(lo, hi, s, up));
            [[unroll]] for (int j = 0; j < PX_PER_WORD; j++)
                v[k * PX_PER_WORD + j] = w[j];
            lo = hi;
        }
        int pos = int(a.w) + int(lane) * high(b.y);
        [[unroll]] for (int c = 0; c < 8; c++) {
            const uvec2 f = filter_at(pos);
            int sum = 1 << shift >> 1;
            [[unroll]] for (int k = 0; k < 8; k++)
                sum += v[c + k] * mc_tap(f, k);
            mid[(slot * ROWS + lane) * 8u + uint(c)] = sum >> shift;
            pos += low(b.y);
        }
    }
    barrier();
    if (!exists)
        return;

    const uvec4 dst = planes[MC_CURRENT * 4 + plane];
    const uint row = lane >> 1, column = (lane & 1u) * 4u;
    const uint x = (a.x & 0x3fffu) + column, y = (a.x >> 14 & 0x3fffu) + row;
    if (x >= dst.z || y >= dst.w)
        return;
    ivec4 sum = ivec4(0);
    int pos = int(b.x) + int(row) * high(b.z) + int(column) * low(b.z);
    [[unroll]] for (int c = 0; c < 4; c++) {
        const uvec2 f = filter_at(pos);
        [[unroll]] for (int k = 0; k < 8; k++)
            sum[c] += mid[(slot * ROWS + row + uint(k)) * 8u + column + uint(c)] * mc_tap(f, k);
        pos += low(b.z);
    }
    const uint to = dst.x + y * dst.y + x / PX_PER_WORD;
    if ((a.z & PREP) != 0u) {
        tmp[(to - p.tmp_org) / WORDS + (a.z >> 27 & 1u) * p.tmp_size] =
            mc_pack_samples((sum + 64 >> 7) + MC_BIAS);
    } else {
        const int down = 7 + MC_EXTRA_BITS;
        quads[to / WORDS] = mc_pack_pixels(mc_clip(sum + (1 << down - 1) >> down));
    }
}
