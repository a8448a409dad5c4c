/* Inter prediction from a reference of another size, 7.11.3.3 and 7.11.3.4, to
 * the frame, to a compound's intermediate samples, or blended with the frame as
 * a neighbour's prediction, 7.11.3.10.
 *
 * An invocation owns a quad (4 pixels of a row) and up to 8 rows of a block, a
 * workgroup 64 of them, of jobs with the same number of invocations (mc.h). Each
 * row of a quad is filtered on its own: this is rare and need not be fast.
 *
 * Reads jobs (QpuAv1McJob, qpu_av1_mc.h), tables (mc.h), and the reference, whose
 * planes are extended by 16 columns on both sides. Writes to the pool or to tmp
 * (mc.h). */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#if BPC == 8
#extension GL_EXT_shader_16bit_storage : require
#endif

#include "av1/mc.h"
#include "common/pixels.glsl"

layout(local_size_x = MC_GROUP) in;

layout(push_constant) uniform Push { QpuAv1McPush p; };

#include "common/mc_samples.glsl"

layout(std430, binding = 0) readonly buffer Pool { uint px[]; };
#if BPC == 8
layout(std430, binding = 0) buffer Pool2 { uint16_t pairs[]; };
#else
layout(std430, binding = 0) buffer Pool2 { uint pairs[]; };
#endif
layout(std430, binding = 1) readonly buffer Jobs { uvec4 jobs[]; };
layout(std430, binding = 2) readonly buffer Groups { uvec2 groups[]; };
layout(std430, binding = 3) readonly buffer Planes { uvec4 planes[]; };
layout(std430, binding = 4) readonly buffer Taps { uvec4 taps[]; };
layout(std430, binding = 5) writeonly buffer Tmp { uvec2 tmp[]; };

#define MC_LANE_ROWS MC_ROWS
#include "common/mc_lane.glsl"
#include "common/mc_obmc.glsl"

#define PREP (1u << 28)

#define WORDS (4 / PX_PER_WORD)  /* of a quad */
#define LOADS (8 / PX_PER_WORD)  /* of 8 pixels, and one more */

/* 0, but known only after v is (av1/mc.comp). */
#define AFTER(v) (p.zero & uint(v))

uvec2 taps_at(const uint row)
{
    const uvec4 t = taps[MC_TAPS_BYTE + (row >> 1)];
    return (row & 1u) != 0u ? t.zw : t.xy;
}

/* 8 pixels from column x on, filtered. */
int filtered(const uint row, const int x, const uvec2 t)
{
    const uint at = row + uint(x >> PX_LOG2), s = uint(x & PX_PER_WORD - 1) * PX_BITS;
    const uint up = px_up(s);
    int sum = 0;
    uint lo = px[at];
    [[unroll]] for (int i = 0; i < LOADS; i++) {
        const uint hi = px[at + uint(i) + 1u];
        const px_ivec v = px_int(px_funnel(lo, hi, s, up));
#if BPC == 8
        sum += v.x * mc_tap(t, 4 * i) + v.y * mc_tap(t, 4 * i + 1) +
               v.z * mc_tap(t, 4 * i + 2) + v.w * mc_tap(t, 4 * i + 3);
#else
        sum += v.x * mc_tap(t, 2 * i) + v.y * mc_tap(t, 2 * i + 1);
#endif
        lo = hi;
    }
    return sum;
}

/* Two pixels. */
void store(const uint at, ivec2 q, const uint weights)
{
    if (p.blend != 0u) {
        const uint w = uint(pairs[at]);
        const uvec4 old = uvec4(w & (1u << PX_BITS) - 1u, w >> PX_BITS, 0, 0);
        q = ivec2(mc_obmc_blend(old, uvec4(q, 0, 0), weights).xy);
    }
    const uint w = uint(q.x | q.y << PX_BITS);
#if BPC == 8
    pairs[at] = uint16_t(w);
#else
    pairs[at] = w;
#endif
}

void main()
{
    const McLane l = mc_lane();

    const uint r = l.job.z >> 10 & 7u;
    const uvec4 ref = planes[r * 4u + (l.job.x >> 28 & 3u)];
    const uvec4 steps = planes[MC_N_PLANES + (r >> 1)];
    const ivec2 step = ivec2((r & 1u) != 0u ? steps.zw : steps.xy);
    const int shift = 6 - MC_EXTRA_BITS;
    const ivec4 x = int(l.job.y) + (l.x + ivec4(0, 1, 2, 3)) * step.x;
    const ivec4 column = clamp(x >> 10, -8, int(ref.y) + 3) - 3;
    const uvec4 h = (l.job.z >> 13 & 127u) + uvec4(x >> 6 & 15);
    const uvec2 h0 = taps_at(h.x), h1 = taps_at(h.y), h2 = taps_at(h.z), h3 = taps_at(h.w);

    int y = int(l.job.w) + l.y * step.y;
    uint to = l.dst;
    /* the power of two that three quarters of are blended */
    const uint first = mc_obmc_first(l, 2u << findMSB(mc_h(l.job)));
    for (int i = 0; i < l.rows; i++) {
        const uvec2 v = taps_at((l.job.z >> 20 & 127u) + uint(y >> 6 & 15));
        ivec4 sum = ivec4(0);
        for (int k = 0; k < 8; k++) {
            uint row = ref.x + uint(clamp((y >> 10) - 3 + k, 0, int(ref.z) - 1)) * ref.w;
            ivec4 m;
            m.x = filtered(row, column.x, h0);
            row += AFTER(m.x);
            m.y = filtered(row, column.y, h1);
            row += AFTER(m.y);
            m.z = filtered(row, column.z, h2);
            row += AFTER(m.z);
            m.w = filtered(row, column.w, h3);
            const int t = bitfieldExtract(int(k < 4 ? v.x : v.y), (k & 3) * 8, 8);
            sum += (m + (1 << shift >> 1) >> shift) * t;
        }
        if ((l.job.z & PREP) != 0u) {
            tmp[(to - p.tmp_org) / WORDS + (l.job.z >> 27 & 1u) * p.tmp_size] =
                mc_pack_samples((sum + 32 >> 6) + MC_BIAS);
        } else {
            const int down = 6 + MC_EXTRA_BITS;
            const ivec4 q = mc_clip(sum + (1 << down - 1) >> down);
            const uint at = BPC == 8 ? to * 2u + (l.job.x >> 1 & 1u) : to;
            const uint weights = p.blend != 0u ? mc_obmc_weights(first, uint(i)) : 0u;
            store(at, q.xy, weights);
            if (mc_w_log2(l.job) > 1u)
                store(at + 1u, q.zw, weights >> 16);
        }
        y += step.y;
        to += l.stride;
    }
}
