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

/* 0, but known only after v is: the compiler would load all rows first, for which there
 * are not enough registers. */
#define AFTER(v) (p.zero & floatBitsToUint(v))

uint at, stride, s, up; /* of the source, in words; bits of its first pixel in a word */
uint to, to_stride;     /* in quads */

quad load()
{
#if BPC == 8
    return px_funnel(px[at], px[at + 1u], s, up);
#else
    const uint mid = px[at + 1u];
    return uvec2(px_funnel(px[at], mid, s, up), px_funnel(mid, px[at + 2u], s, up));
#endif
}

void store(quad q)
{
#if MC_AVG
    q = mc_average(quads[to], q);
#endif
    quads[to] = q;
    to += to_stride;
}

/* The sums of a row's horizontal filter. */
vec4 row(const uvec4 h)
{
    vec4 sum = vec4(MC_START);
    float x[12];
    uint lo = px[at];
#if BPC == 8
    [[unroll]] for (int i = 0; i < 3; i++) {
        const uint hi = px[at + uint(i) + 1u];
        const vec4 v = mc_unpack(px_funnel(lo, hi, s, up));
        x[4 * i] = v.x;
        x[4 * i + 1] = v.y;
        x[4 * i + 2] = v.z;
        x[4 * i + 3] = v.w;
        lo = hi;
    }
#else
    [[unroll]] for (int i = 0; i < 6; i++) {
        const uint hi = i < 5 ? px[at + uint(i) + 1u] : 0u;
        const vec2 v = px_biased(px_funnel(lo, hi, s, up));
        x[2 * i] = v.x;
        x[2 * i + 1] = v.y;
        lo = hi;
    }
#endif
    [[unroll]] for (int k = 0; k < 8; k++)
        sum += vec4(x[k], x[k + 1], x[k + 2], x[k + 3]) * mc_half(h, k);
    return sum;
}

#if MC_DIR == 0

/* Four rows; all loads before all stores, for which the device would wait. */
void four_rows()
{
    quad q[4];
    [[unroll]] for (int i = 0; i < 4; i++) {
        q[i] = load();
        at += stride;
    }
    [[unroll]] for (int i = 0; i < 4; i++)
        store(q[i]);
}

#elif MC_DIR == 1

void four_rows(const uvec4 h)
{
    [[unroll]] for (int i = 0; i < 4; i++) {
        const vec4 sum = row(h);
        store(mc_quad(sum, MC_UNIT));
        at += stride + AFTER(sum.x);
    }
}

#else

/* What waits for the vertical filter: pixels as in memory, or four half floats. */
#if MC_DIR == 2
#define Mid quad
Mid mid(const uvec4 h)
{
    const Mid m = load();
    at += stride;
    return m;
}
#define START      MC_START
#define UNIT       MC_UNIT
#define UNPACK(m)  mc_unpack(m)
#else
#define Mid uvec2
Mid mid(const uvec4 h)
{
    const Mid m = mc_pack_whole(mc_whole(row(h)));
    at += stride + (p.zero & m.x);
    return m;
}
#define START      MC_START_PACKED
#define UNIT       MC_UNIT_WHOLE
#define UNPACK(m)  mc_unpack_whole(m)
#endif

Mid m[7 + MC_LANE_ROWS];
vec4 sum;

void filter_row(const int i, const uvec4 h, const uvec4 v)
{
    m[i + 7] = mid(h);
    vec4 f = vec4(START);
    [[unroll]] for (int k = 0; k < 8; k++)
        f += UNPACK(m[i + k]) * mc_half(v, k);
    at += AFTER(f.x);
    sum = f;
}

/* Row i, then all rows after it in a branch that is always taken (p.zero is not any number but 0),
 * or if the block has them: otherwise the compiler begins many rows at once. A row is
 * stored in the next one's branch, where it fills waiting times. */
#define ROW(i) filter_row(i, h, v); if (p.zero != uint(i) + 2u) { store(mc_quad(sum, UNIT));
#define ROW_OF_4(i) filter_row(i, h, v); store(mc_quad(sum, UNIT)); if (l.rows > i + 1) {

#endif

void main()
{
    const McLane l = mc_lane();

    const uvec4 ref = planes[(l.job.z >> 10 & 7u) * 4u + (l.job.x >> 28 & 3u)];
    const int x = clamp((int(l.job.y << 16) >> 16) + l.x, -8, int(ref.y) + 3) - (MC_H ? 3 : 0);
    const int y = (int(l.job.y) >> 16) + l.y - (MC_V ? 3 : 0);
    const uint plane_at = ref.x + uint(x >> PX_LOG2);
    stride = l.stride;
    s = uint(x & PX_PER_WORD - 1) * PX_BITS;
    up = px_up(s);
    to = l.dst / (4 / PX_PER_WORD);
    to_stride = stride / (4 / PX_PER_WORD);

/* To row y of the reference, the first of at most 8. */
#define FROM(y) at = plane_at + uint(clamp(y, -MC_ROWS, int(ref.z)) * int(stride))

    const uvec4 h = taps[l.job.z >> 13 & 127u];
#if MC_DIR == 0
    FROM(y);
    four_rows();
    if (l.rows > 4) {
        four_rows();
        if (l.rows > 8) {
            FROM(y + 8);
            four_rows();
            to = l.rows > 12 ? to : MC_NONE / (4 / PX_PER_WORD);
            four_rows();
        }
    }
#elif MC_DIR == 1
    for (int i = 0; i < l.rows; i += 4) {
        FROM(y + i);
        four_rows(h);
    }
#else
    const uvec4 v = taps[l.job.z >> 20 & 127u];
    FROM(y);
    [[unroll]] for (int i = 0; i < 7; i++)
        m[i] = mid(h);
    FROM(y + 7);
    if (p.zero != 1u) {
    ROW(0) ROW(1) ROW(2) ROW_OF_4(3)
    ROW(4) ROW(5) ROW(6) ROW_OF_4(7)
    FROM(y + 15);
    ROW(8) ROW(9) ROW(10) ROW_OF_4(11)
    ROW(12) ROW(13) ROW(14) ROW(15)
    }}}}}}}}}}}}}}}}}
#endif
}
