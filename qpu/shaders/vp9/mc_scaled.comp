/* Inter prediction from a reference of another size. MC_AVG as vp9/mc.comp's.
 *
 * An invocation owns a quad (4 pixels of a row) and up to 16 rows of a block, a
 * workgroup 64 of them, of jobs with the same number of invocations (common/mc.h). Each
 * row of a quad is filtered on its own: this is rare and need not be fast.
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
layout(std430, binding = 4) readonly buffer Taps2 { uint tap_pairs[]; };

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
    uint to = l.dst / (4 / PX_PER_WORD);
    for (int i = 0; i < l.rows; i++) {
        const uint v = ((l.job.z >> 20 & 127u) + uint(y & 15)) * 4u;
        vec4 sum = vec4(MC_START_WHOLE);
        for (int k = 0; k < 8; k++) {
            uint row = ref.x + uint(clamp((y >> 4) - 3 + k, 0, int(ref.z) - 1)) * ref.w;
            vec4 m;
            m.x = filtered(row, column.x, h0);
            row += AFTER(m.x);
            m.y = filtered(row, column.y, h1);
            row += AFTER(m.y);
            m.z = filtered(row, column.z, h2);
            row += AFTER(m.z);
            m.w = filtered(row, column.w, h3);
            const vec2 t = unpackHalf2x16(tap_pairs[v + uint(k >> 1)]);
            sum += mc_whole(m) * ((k & 1) != 0 ? t.y : t.x);
        }
        quad q = mc_quad(sum, MC_UNIT_WHOLE);
#if MC_AVG
        q = mc_average(quads[to], q);
#endif
        quads[to] = q;
        y += step.y;
        to += l.stride / (4 / PX_PER_WORD);
    }
}
