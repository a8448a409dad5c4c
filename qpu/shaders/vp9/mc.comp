/* Inter prediction from a reference of the frame's size. MC_DIR 0: whole positions, 1:
 * horizontal filter, 2: vertical filter, 3: both, the vertical one on rounded pixels;
 * a filter of a whole position changes nothing, so that 3 can do the work of all.
 * MC_AVG 1: a compound's second reference: averaged with what the first one left in
 * the frame.
 *
 * An invocation owns a quad (4 pixels of a row) and up to 16 rows of a block, a
 * workgroup 64 of them, of jobs with the same number of invocations (common/mc.h).
 *
 * Reads jobs (QpuVp9McJob, qpu_vp9_mc.h), taps (vp9/mc.h), and the reference, whose
 * planes are extended by 16 columns and 8 rows on all sides: farther off, all
 * is the same, so that positions are moved to there, columns by quads, rows by
 * 8. Writes pixels to the pool. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "vp9/mc.h"
#include "common/pixels.glsl"
#include "common/mc_pack.glsl"
#include "common/mc_taps.glsl"

#define MC_H ((MC_DIR & 1) != 0)
#define MC_V ((MC_DIR & 2) != 0)

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

/* Rows between two jumps to a clamped row. */
#define ROWS 8
/* Rows above the block. */
#define ABOVE (MC_V ? 7 : 0)

/* The compiler would load all rows first, and begin all sums, for which there are
 * not enough registers. AFTER(v) is 0, but known only after v is. */
#define AFTER(v) (p.zero & floatBitsToUint(v))

uint s, up; /* of the source's first pixel in its word */
uint to, to_stride; /* in quads */
#define NONE (MC_NONE / (4 / PX_PER_WORD))

quad load(const uint at)
{
#if BPC == 8
    return px_funnel(px[at], px[at + 1u], s, up);
#else
    const uint mid = px[at + 1u];
    return uvec2(px_funnel(px[at], mid, s, up), px_funnel(mid, px[at + 2u], s, up));
#endif
}

/* Eight pixels from at on and the three after them, filtered. */
vec4 row(const uint at, const uvec4 h)
{
    vec4 sum = vec4(MC_START);
#if BPC == 8
    float x[12];
    uint lo = px[at];
    [[unroll]] for (int i = 0; i < 3; i++) {
        const uint hi = px[at + uint(i) + 1u];
        const vec4 v = mc_unpack(px_funnel(lo, hi, s, up));
        x[4 * i] = v.x;
        x[4 * i + 1] = v.y;
        x[4 * i + 2] = v.z;
        x[4 * i + 3] = v.w;
        lo = hi;
    }
    [[unroll]] for (int k = 0; k < 8; k++)
        sum += vec4(x[k], x[k + 1], x[k + 2], x[k + 3]) * mc_half(h, k);
#else
    float x[12];
    uint lo = px[at];
    [[unroll]] for (int i = 0; i < 6; i++) {
        const uint hi = i < 5 ? px[at + uint(i) + 1u] : 0u;
        const vec2 v = px_biased(px_funnel(lo, hi, s, up));
        x[2 * i] = v.x;
        x[2 * i + 1] = v.y;
        lo = hi;
    }
    [[unroll]] for (int k = 0; k < 8; k++)
        sum += vec4(x[k], x[k + 1], x[k + 2], x[k + 3]) * mc_half(h, k);
#endif
    return mc_whole(sum);
}

/* What waits for the vertical filter. */
#if MC_DIR == 2
#define Mid quad
Mid mid(const uint at, const uvec4 h) { return load(at); }
#define UNPACK(m) mc_unpack(m)
#define START MC_START
#define UNIT MC_UNIT
#elif BPC == 8 && !defined(MC_UNPACKED)
#define Mid uvec2
Mid mid(const uint at, const uvec4 h)
{
    const vec4 v = row(at, h);
    return uvec2(packHalf2x16(v.xy), packHalf2x16(v.zw));
}
#define UNPACK(m) vec4(unpackHalf2x16(m.x), unpackHalf2x16(m.y))
#else
#define Mid vec4
Mid mid(const uint at, const uvec4 h) { return row(at, h); }
#define UNPACK(m) m
#endif
#if MC_DIR != 2
#define START MC_START_WHOLE
#define UNIT MC_UNIT_WHOLE
#endif

void store(quad q)
{
#if MC_AVG
    q = mc_average(quads[to], q);
#endif
    quads[to] = q;
    to += to_stride;
}

void main()
{
    const McLane l = mc_lane();

    const uvec4 ref = planes[(l.job.z >> 10 & 7u) * 4u + (l.job.x >> 28 & 3u)];
    const int x = clamp((int(l.job.y << 16) >> 16) + l.x, -8, int(ref.y) + 3) - (MC_H ? 3 : 0);
    int y = (int(l.job.y) >> 16) + l.y - (MC_V ? 3 : 0);
    const uint plane_at = ref.x + uint(x >> PX_LOG2);
    const uint stride = l.stride;
    s = uint(x & PX_PER_WORD - 1) * PX_BITS;
    up = px_up(s);
    to = l.dst / (4 / PX_PER_WORD);
    to_stride = stride / (4 / PX_PER_WORD);

#define FIRST(y) (plane_at + uint(clamp(y, -MC_ROWS, int(ref.z)) * int(stride)))

#if MC_DIR == 0
    for (int left = l.rows; left > 0; left -= ROWS) {
        uint at = FIRST(y);
        quad q[ROWS];
        [[unroll]] for (int i = 0; i < ROWS; i++) {
            q[i] = load(at);
            at += stride;
        }
        [[unroll]] for (int i = 0; i < ROWS; i++) {
            if (i == 4) to = left > 4 ? to : NONE;
            store(q[i]);
        }
        y += ROWS;
    }
#elif MC_DIR == 1
    const uvec4 h = taps[l.job.z >> 13 & 127u];
    for (int left = l.rows; left > 0; left -= 4) {
        uint at = FIRST(y);
        [[unroll]] for (int i = 0; i < 4; i++) {
            const vec4 v = row(at, h);
            store(mc_pack(uvec4(v)));
            at += stride + AFTER(v.x);
        }
        y += 4;
    }
#else
    const uvec4 h = taps[l.job.z >> 13 & 127u], v = taps[l.job.z >> 20 & 127u];
    Mid m[7 + ROWS];
    uint at = FIRST(y);
    [[unroll]] for (int i = 0; i < 7; i++) {
        m[i] = mid(at, h);
        at += stride;
#if MC_DIR == 3
        at += p.zero & uint(m[i].x);
#endif
    }
    y += 7;
    for (int left = l.rows; left > 0; left -= ROWS) {
        at = FIRST(y);
        [[unroll]] for (int i = 0; i < ROWS; i++) {
            m[i + 7] = mid(at, h);
            vec4 sum = vec4(START);
            [[unroll]] for (int k = 0; k < 8; k++)
                sum += UNPACK(m[i + k]) * mc_half(v, k);
            if (i == 4) to = left > 4 ? to : NONE;
            store(mc_quad(sum, UNIT));
            at += stride + AFTER(sum.x);
        }
        [[unroll]] for (int i = 0; i < 7; i++)
            m[i] = m[i + ROWS];
        y += ROWS;
    }
#endif
}
