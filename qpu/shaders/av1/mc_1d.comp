/* Inter prediction from one reference where a direction or both are at whole
 * pixels, 7.11.3.4 with what the other direction's filter would not change left
 * out. MC_DIR 0: copy, 1: horizontal filter, 2: vertical filter; all 8 taps. Heights
 * are multiples of 4.
 *
 * An invocation owns a quad (4 pixels of a row) and up to 16 rows of a block
 * (vertical filter: 8), a workgroup 64 of them, of jobs with the same number of
 * invocations (mc.h). Reads and writes as av1/mc.comp does. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/mc.h"
#include "common/pixels.glsl"

#define MC_H_TAPS 8
#include "common/mc.glsl"

layout(local_size_x = MC_GROUP) in;

layout(std430, binding = 0) readonly buffer Pool { uint px[]; };
layout(std430, binding = 0) writeonly buffer Pool2 { quad quads[]; };
layout(std430, binding = 1) readonly buffer Jobs { uvec4 jobs[]; };
layout(std430, binding = 2) readonly buffer Groups { uvec2 groups[]; };
layout(std430, binding = 3) readonly buffer Planes { uvec4 planes[]; };
layout(std430, binding = 4) readonly buffer Taps { uvec4 taps[]; };

layout(push_constant) uniform Push { QpuAv1McPush p; };

#if MC_DIR != 2
#define MC_LANE_ROWS (2 * MC_ROWS)
#else
#define MC_LANE_ROWS MC_ROWS
#endif
#include "common/mc_lane.glsl"

#if BPC == 8
#define RANGE (256.0 - 1.0 / 16384.0)
#define UNIT (1.0 / 256.0)
#else
#define RANGE p.range
#define UNIT p.unit
#endif

uint at, stride, s, up; /* of the source, in words */
uint to, to_stride;     /* in quads */
#define NONE (MC_NONE / (4 / PX_PER_WORD))

quad load()
{
#if BPC == 8
    return px_funnel(px[at], px[at + 1u], s, up);
#else
    const uint mid = px[at + 1u];
    return uvec2(px_funnel(px[at], mid, s, up), px_funnel(mid, px[at + 2u], s, up));
#endif
}

#if MC_DIR == 0

/* Four rows; all loads before all stores, for which the device would wait. */
void copy()
{
    quad q[4];
    [[unroll]] for (int i = 0; i < 4; i++) {
        q[i] = load();
        at += stride;
    }
    [[unroll]] for (int i = 0; i < 4; i++) {
        quads[to] = q[i];
        to += to_stride;
    }
}

#elif MC_DIR == 1

uvec4 row(const McTaps h)
{
#if BPC == 8
    uint w[4];
    [[unroll]] for (int i = 0; i < 4; i++)
        w[i] = px[at + uint(i)];
    const vec4 f = mc_row(w, s, up, h) * 0.25 + (8.0 + MC_HALF_STEP - MC_MID_BIAS);
#else
    vec4 f = vec4(0.5);
    uint lo = px[at];
    [[unroll]] for (int i = 0; i < 6; i++) {
        const uint hi = i < 5 ? px[at + uint(i) + 1u] : 0u;
        mc_add_word(f, px_funnel(lo, hi, s, up), i, h);
        lo = hi;
    }
    f = floor(f) + (p.round + MC_HALF_STEP);
#endif
    return mc_pixels(f, RANGE);
}

/* Two rows. */
void filter_two(const McTaps h)
{
    const uvec4 q0 = row(h);
    at += stride;
    const uvec4 q1 = row(h);
    at += stride;
    quads[to] = mc_pack(q0);
    to += to_stride;
    quads[to] = mc_pack(q1);
    to += to_stride;
}

#elif MC_DIR == 2

#if BPC == 8
#define SCALE 4.0  /* of the taps, to their 1/64 */
vec4 pixels(const quad q) { return px_biased(q); }
#else
#define SCALE 1.0
vec4 pixels(const quad q) { return vec4(px_biased(q.x), px_biased(q.y)); }
#endif

#endif

void main()
{
    const McLane l = mc_lane();

    const uvec4 ref = planes[(l.job.z >> 10 & 7u) * 4u + (l.job.x >> 28 & 3u)];
    const int first_x = MC_DIR == 1 ? 3 : 0, first_y = MC_DIR == 2 ? 3 : 0;
    const int x = clamp((int(l.job.y << 16) >> 16) + l.x, -8, int(ref.y) + 3) - first_x;
    const int y = (int(l.job.y) >> 16) + l.y - first_y;
    const uint plane_at = ref.x + uint(x >> PX_LOG2);
    const int h = int(ref.z);
    stride = l.stride;
    at = plane_at + uint(clamp(y, -MC_ROWS, h) * int(stride));
    s = uint(x & PX_PER_WORD - 1) * PX_BITS;
    up = px_up(s);
    to = l.dst / (4 / PX_PER_WORD);
    to_stride = stride / (4 / PX_PER_WORD);

#if MC_DIR == 0
    copy();
    if (l.rows > 4)
        copy();
    if (l.rows > MC_ROWS) {
        at = plane_at + uint(clamp(y + MC_ROWS, -MC_ROWS, h) * int(stride));
        copy();
        to = l.rows > MC_ROWS + 4 ? to : NONE;
        copy();
    }
#elif MC_DIR == 1
    const McTaps t = mc_taps(taps[l.job.z >> 13 & 127u]);
    for (int i = 0; i < l.rows; i += 4) {
        at = plane_at + uint(clamp(y + i, -MC_ROWS, h) * int(stride));
        filter_two(t);
        filter_two(t);
    }
#else
    const uvec4 v = taps[MC_TAPS_V + (l.job.z >> 20 & 127u)];
    quad m[MC_ROWS + 7];
    [[unroll]] for (int i = 0; i < 7; i++) {
        m[i] = load();
        at += stride;
    }
    at = plane_at + uint(clamp(y + 7, -MC_ROWS, h) * int(stride));
    [[unroll]] for (int i = 0; i < MC_ROWS; i++) {
        m[i + 7] = load();
        /* MC_HALF_STEP, as a multiple of 1/64 of a pixel */
        vec4 sum = vec4((0.5 + MC_HALF_STEP - PX_BIAS) / SCALE);
        [[unroll]] for (int k = 0; k < 8; k++)
            sum += pixels(m[i + k]) * mc_half(v, k);
        const uvec4 q = uvec4(clamp(sum * (SCALE * UNIT), 0.0, 1.0) * RANGE);
        if (i == 4)
            to = i < l.rows ? to : NONE;
        quads[to] = mc_pack(q);
        at += stride;
        to += to_stride;
    }
#endif
}
