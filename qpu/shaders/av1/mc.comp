/* Inter prediction through the two-dimensional filter, 7.11.3.4; full-pixel
 * directions have a filter, too. MC_TAPS 6 and 8: blocks of any size that are at
 * least 4 pixels wide; 4: blocks of at most 4x4; 2: blocks that are 2 pixels
 * wide, for which horizontal filters have 4 taps, vertical ones 8. What becomes of
 * the block, MC_KIND:
 *   0 put   the prediction, to the frame
 *   1 prep  the intermediate samples of a compound's first reference, to tmp
 *   2 avg   those of the second one, weighted with the first's from tmp,
 *           7.11.3.15, to the frame
 *   3 obmc  a neighbour's prediction, blended with the frame, 7.11.3.10
 *
 * An invocation owns a quad (4 pixels of a row) and up to 8 rows of a block, a
 * workgroup 64 of them, of jobs with the same number of invocations (mc.h).
 *
 * Reads jobs (QpuAv1McJob, qpu_av1_mc.h), tables (mc.h), and the reference, whose
 * planes are extended by 16 columns and 8 rows on all sides: farther off, all
 * is the same, so that positions are moved to there, columns by quads, rows by
 * 8. Writes pixels to the pool (put, avg, obmc) or 16-bit numbers, MC_BIAS added,
 * to tmp, two words a quad (mc.h). */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#if MC_TAPS == 2
#undef MC_TAPS
#define MC_TAPS 8
#define MC_H_TAPS 4
#define MC_NARROW 1
#else
#define MC_H_TAPS MC_TAPS
#define MC_NARROW 0
#endif
#define MC_FIRST ((8 - MC_TAPS) / 2) /* of eight taps */

#include "av1/mc.h"
#include "common/pixels.glsl"

#define PUT  0
#define PREP 1
#define AVG  2
#define OBMC 3

/* Columns that are filtered at once: four deep ones take too many registers with
 * eight taps. */
#if MC_NARROW
#define MC_COLS 2
#define MC_HALVES 1
#elif MC_TAPS == 8 && BPC == 16
#define MC_COLS 2
#define MC_HALVES 2
#else
#define MC_COLS 4
#define MC_HALVES 1
#endif

#if BPC == 8 && MC_COLS == 2
#extension GL_EXT_shader_16bit_storage : require
#endif

#include "common/mc.glsl"

layout(local_size_x = MC_GROUP) in;

layout(std430, binding = 0) readonly buffer Pool { uint px[]; };
layout(std430, binding = 0) buffer Pool2 { quad quads[]; };
#if BPC == 8 && MC_COLS == 2
layout(std430, binding = 0) buffer Pool3 { uint16_t pairs[]; };
#else
layout(std430, binding = 0) buffer Pool3 { uint pairs[]; };
#endif
layout(std430, binding = 1) readonly buffer Jobs { uvec4 jobs[]; };
layout(std430, binding = 2) readonly buffer Groups { uvec2 groups[]; };
layout(std430, binding = 3) readonly buffer Planes { uvec4 planes[]; };
layout(std430, binding = 4) readonly buffer Taps { uvec4 taps[]; };
#if MC_KIND == PREP || MC_KIND == AVG
#if MC_HALVES == 2
layout(std430, binding = 5) buffer Tmp { uint tmp[]; };
#else
layout(std430, binding = 5) buffer Tmp { uvec2 tmp[]; };
#endif
#endif

layout(push_constant) uniform Push { QpuAv1McPush p; };

#define MC_LANE_ROWS MC_ROWS
#include "common/mc_lane.glsl"
#if MC_KIND == OBMC
#include "common/mc_obmc.glsl"
#endif

#if BPC == 8
#define LOADS ((MC_H_TAPS == 8 ? 4 : 3) - (MC_COLS == 2 ? 1 : 0))
#define RANGE (256.0 - 1.0 / 16384.0)
#define ROUND 8.0
#else
#define LOADS ((MC_H_TAPS + MC_COLS) / 2)
#define RANGE p.range
#define ROUND p.round
#endif

#define ROWS (MC_TAPS == 4 ? 4 : MC_ROWS)

struct Source {
    uint at, stride; /* word of the first tap's column in the plane's row 0 */
    int y, h;        /* row of the first tap, rows of the plane */
    uint s, up;
};

/* What a lane needs for its results. */
struct Result {
    uint at, stride; /* in words of the pool, in quads of tmp */
#if MC_KIND == AVG
    uint tmp;
    float mine, other;
#elif MC_KIND == OBMC
    uint weights; /* mc_obmc_first() */
#endif
};

/* The compiler would load all rows first, and begin all sums, for which there are
 * not enough registers. AFTER(v) is 0, but known only after v is. FENCE(n), n > 0, a
 * number a place, is true, but what is behind it stays there; six taps at 8 bits
 * do without one in front of all rows. */
#define AFTER(v) (p.zero & floatBitsToUint(v))
#define FENCE(n) (p.zero != uint(n))
#define FENCE_ROWS (MC_TAPS != 6 || BPC == 16)

vec4 row(uint at, const Source src, const McTaps t)
{
#if BPC == 8
    uint w[4];
    [[unroll]] for (int i = 0; i < 4; i++)
        w[i] = i < LOADS ? px[at + uint(i)] : 0u;
    return mc_row(w, src.s, src.up, t);
#else
    vec4 sum = vec4(0.5);
    uint lo = px[at];
    [[unroll]] for (int i = 0; i < LOADS; i++) {
        const uint hi = i + 1 < LOADS ? px[at + uint(i) + 1u] : 0u;
        mc_add_word(sum, px_funnel(lo, hi, src.s, src.up), i, t);
        lo = hi;
    }
    return floor(sum);
#endif
}

/* Where row y of the block is, the first of up to MC_ROWS rows. */
uint first(const Source src, const int y)
{
    return src.at + uint(clamp(src.y + y, -MC_ROWS, src.h) * int(src.stride));
}

/* MC_NONE, in units of Result.at. */
#if MC_KIND == PREP
#define NONE 0u
#elif BPC == 8 && MC_COLS == 2
#define NONE (MC_NONE * 2u)
#else
#define NONE MC_NONE
#endif

void store(const Result r, const vec4 sum, const int i)
{
#if MC_KIND == PREP
    const uvec4 q = uvec4(sum);
#if MC_HALVES == 2
    tmp[r.at] = q.x + (q.y << 16);
#else
    tmp[r.at] = uvec2(q.x + (q.y << 16), q.z + (q.w << 16));
#endif
#else
#if MC_KIND == AVG
    vec4 f = floor(sum) * r.mine + (ROUND + MC_HALF_STEP - MC_BIAS);
#if MC_HALVES == 2
    const uint t = tmp[r.tmp];
    f.xy += vec2(int(t & 0xffffu), int(t >> 16)) * r.other;
#else
    const uvec2 t = tmp[r.tmp];
    f += vec4(int(t.x & 0xffffu), int(t.x >> 16), int(t.y & 0xffffu), int(t.y >> 16)) * r.other;
#endif
    uvec4 q = mc_pixels(f, RANGE);
#else
    uvec4 q = mc_pixels(sum, RANGE);
#endif
#if MC_KIND == OBMC
#if BPC == 8
    const uvec4 old = px_int(quads[r.at]);
#else
    const uvec4 old = uvec4(px_int(pairs[r.at]), 0, 0);
#endif
    q = mc_obmc_blend(old, q, mc_obmc_weights(r.weights, uint(i)));
#endif
#if MC_COLS == 4
    quads[r.at / (4 / PX_PER_WORD)] = mc_pack(q);
#elif BPC == 8
    pairs[r.at] = uint16_t(q.x + (q.y << 8));
#else
    pairs[r.at] = q.x + (q.y << 16);
#endif
#endif
}

void block(const Source src, Result r, const McTaps h, const uvec4 v, const McLane l)
{
#if MC_KIND == PREP || MC_KIND == AVG
    const float start = MC_BIAS + 0.5 - MC_MID_BIAS;
#else
    const float start = ROUND + MC_HALF_STEP - MC_MID_BIAS;
#endif

    vec4 m[MC_TAPS - 1 + ROWS];
    uint from = first(src, 0);
    [[unroll]] for (int i = 0; i < MC_TAPS - 1; i++) {
        m[i] = row(from, src, h);
        from += src.stride + AFTER(m[i].x);
    }
    from = first(src, MC_TAPS - 1);
    [[unroll]] for (int i = 0; i < ROWS; i++) {
        m[i + MC_TAPS - 1] = row(from, src, h);
        vec4 sum = vec4(start);
        [[unroll]] for (int k = 0; k < MC_TAPS; k++)
            sum += m[i + k] * mc_half(v, k + MC_FIRST);
        /* which numbers of rows there are: qpu_av1_mc.h */
        if (MC_KIND == OBMC ? i > 0 : i == 2 || i == 4)
            r.at = i < l.rows ? r.at : NONE;
        if (FENCE(i + 2))
            store(r, sum, i);
        from += src.stride + AFTER(sum.x);
        r.at += r.stride;
#if MC_KIND == AVG
        r.tmp += r.stride / (4 / PX_PER_WORD) * MC_HALVES;
#endif
    }
}

void main()
{
    const McLane l = mc_lane();

    const uvec4 ref = planes[(l.job.z >> 10 & 7u) * 4u + (l.job.x >> 28 & 3u)];
    const uvec4 v = taps[MC_TAPS_V + (l.job.z >> 20 & 127u)];
    const McTaps h = mc_taps(taps[l.job.z >> 13 & 127u]);
    const int x = clamp((int(l.job.y << 16) >> 16) + l.x, -8, int(ref.y) + 3) - (MC_H_TAPS / 2 - 1);
    Source src;
    src.at = ref.x + uint(x >> PX_LOG2);
    src.stride = l.stride;
    src.y = (int(l.job.y) >> 16) + l.y - (MC_TAPS / 2 - 1);
    src.h = int(ref.z);
    src.s = uint(x & PX_PER_WORD - 1) * PX_BITS;
    src.up = px_up(src.s);

    Result r;
    r.at = l.dst;
    r.stride = l.stride;
#if MC_KIND == PREP
    r.at = ((r.at - p.tmp_org) / (4 / PX_PER_WORD) + (l.job.z >> 27 & 1u) * p.tmp_size) * MC_HALVES;
    r.stride = r.stride / (4 / PX_PER_WORD) * MC_HALVES;
#elif MC_KIND == AVG
    r.tmp = (r.at - p.tmp_org) / (4 / PX_PER_WORD) * MC_HALVES;
    r.other = float(int(l.job.w)) * (1.0 / 64.0);
    r.mine = 1.0 - r.other;
#elif MC_KIND == OBMC
    r.weights = mc_obmc_first(l, l.job.w);
#endif

#if MC_COLS == 2 && BPC == 8
    /* the frame is written in pairs of pixels */
    r.at = r.at * 2u + (l.job.x >> 1 & 1u);
    r.stride *= 2u;
#endif
#if MC_HALVES == 2
    for (uint i = 0u; i < 2u && i < mc_w_log2(l.job); i++) {
        block(src, r, h, v, l);
        r.at++;
#if BPC == 8
        src.at += src.s >> 4;
        src.s ^= 16u;
        src.up = px_up(src.s);
#else
        src.at++;
#endif
#if MC_KIND == AVG
        r.tmp++;
#elif MC_KIND == OBMC
        r.weights += r.weights >= MC_OBMC_LEFT ? 2u : 0u;
#endif
    }
#else
    if (!FENCE_ROWS || FENCE(1))
        block(src, r, h, v, l);
#endif
}
