/* Inter prediction from a reference of another size. MC_AVG as vp9/mc.comp's.
 *
 * An invocation owns a quad (4 pixels of a row) and up to 16 rows of a block, a
 * workgroup 64 of them, of jobs with the same number of invocations (common/mc.h). Each
 * pixel of a row has its own position; rows are filtered horizontally once, as they come
 * into reach of the vertical filter.
 *
 * Reads jobs (QpuVp9McJob, qpu_vp9_mc.h), taps (vp9/mc.h), steps (common/mc.h), and the
 * reference, whose planes are extended by 16 columns on both sides. Writes pixels to
 * the pool. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "vp9/mc.h"
#include "common/pixels.glsl"
#include "common/mc_pack.glsl"
#include "common/mc_taps.glsl"

layout(local_size_x = MC_GROUP) in;

layout(std430, binding = 0) readonly buffer Pool { uint px[]; };
layout(std430, binding = 0) buffer Pool2 { quad quads[]; };
layout(std430, binding = 1) readonly buffer Jobs { uvec4 jobs[]; };
layout(std430, binding = 2) readonly buffer Groups { uvec2 groups[]; };
layout(std430, binding = 3) readonly buffer Planes { uvec4 planes[]; };
layout(std430, binding = 4) readonly buffer Taps { uvec4 taps[]; };

layout(push_constant) uniform Push { QpuVp9McPush p; };

#include "common/mc_filter.glsl"
#include "common/mc_lane.glsl"

/* 0, but known only after v is (vp9/mc.comp). */
#define AFTER(v) (p.zero & floatBitsToUint(v))

/* 8 pixels from column x on, filtered. */
float filtered(const uint row, const int x, const uvec4 t)
{
    const uint at = row + uint(x >> PX_LOG2), s = uint(x & PX_PER_WORD - 1) * PX_BITS;
    const uint up = px_up(s);
    float sum = MC_START;
    uint lo = px[at];
    [[unroll]] for (int i = 0; i < 2; i++) {
#if BPC == 8
        const uint hi = px[at + uint(i) + 1u];
        const vec4 v = mc_unpack(px_funnel(lo, hi, s, up));
#else
        const uint mid = px[at + uint(2 * i) + 1u], hi = px[at + uint(2 * i) + 2u];
        const vec4 v = mc_unpack(uvec2(px_funnel(lo, mid, s, up), px_funnel(mid, hi, s, up)));
#endif
        [[unroll]] for (int k = 0; k < 4; k++)
            sum += v[k] * mc_half(t, 4 * i + k);
        lo = hi;
    }
    return sum;
}

void main()
{
    const McLane l = mc_lane();

    const uint r = l.job.z >> 10 & 7u;
    const uvec4 ref = planes[r * 4u + (l.job.x >> 28 & 3u)];
    const uvec4 steps = planes[MC_N_PLANES + (r >> 1)];
    const ivec2 step = ivec2((r & 1u) != 0u ? steps.zw : steps.xy);
    const ivec4 x = int(l.job.y) + (l.x + ivec4(0, 1, 2, 3)) * step.x;
    const ivec4 column = clamp(x >> 4, -8, int(ref.y) + 3) - 3;
    const uvec4 h = (l.job.z >> 13 & 127u) + uvec4(x & 15);
    const uvec4 h0 = taps[h.x], h1 = taps[h.y], h2 = taps[h.z], h3 = taps[h.w];

    int y = int(l.job.w) + l.y * step.y;
    int last = (y >> 4) - 4; /* row of the reference that m[7] has */
    uvec2 m[8];
    [[unroll]] for (int k = 0; k < 8; k++)
        m[k] = uvec2(0);
    uint to = l.dst / (4 / PX_PER_WORD);
    for (int i = 0; i < l.rows; i++) {
        while (last < (y >> 4) + 4) {
            last++;
            uint row = ref.x + uint(clamp(last, 0, int(ref.z) - 1)) * ref.w;
            vec4 f;
            f.x = filtered(row, column.x, h0);
            row += AFTER(f.x);
            f.y = filtered(row, column.y, h1);
            row += AFTER(f.y);
            f.z = filtered(row, column.z, h2);
            row += AFTER(f.z);
            f.w = filtered(row, column.w, h3);
            [[unroll]] for (int k = 0; k < 7; k++)
                m[k] = m[k + 1];
            m[7] = mc_pack_whole(mc_whole(f));
        }
        const uvec4 v = taps[(l.job.z >> 20 & 127u) + uint(y & 15)];
        vec4 sum = vec4(MC_START_PACKED);
        [[unroll]] for (int k = 0; k < 8; k++)
            sum += mc_unpack_whole(m[k]) * mc_half(v, k);
        quad q = mc_quad(sum, MC_UNIT_WHOLE);
#if MC_AVG
        q = mc_average(quads[to], q);
#endif
        quads[to] = q;
        y += step.y;
        to += l.stride / (4 / PX_PER_WORD);
    }
}
