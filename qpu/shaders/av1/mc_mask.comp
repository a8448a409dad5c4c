/* Both references of a compound by a mask: wedges 7.11.3.11, weights by their
 * difference 7.11.3.12, blending 7.11.3.14; or with one weight for all.
 *
 * An invocation owns a quad (4 pixels of a row) and up to 8 rows of a block, a
 * workgroup 64 of them, of jobs with the same number of invocations (mc.h).
 * A chroma quad's differences are those of luma's samples, from which it makes the
 * same weights as luma did.
 *
 * Reads jobs (QpuAv1McJob, qpu_av1_mc.h), tables and samples (mc.h), masks of a byte
 * a pixel. Writes pixels to the pool. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/mc.h"
#include "common/pixels.glsl"

layout(local_size_x = MC_GROUP) in;

layout(push_constant) uniform Push { QpuAv1McPush p; };

#include "common/mc_samples.glsl"

layout(std430, binding = 0) writeonly buffer Pool { quad quads[]; };
layout(std430, binding = 1) readonly buffer Jobs { uvec4 jobs[]; };
layout(std430, binding = 2) readonly buffer Groups { uvec2 groups[]; };
layout(std430, binding = 3) readonly buffer Planes { uvec4 planes[]; };
layout(std430, binding = 5) readonly buffer Tmp { uvec2 tmp[]; };
layout(std430, binding = 6) readonly buffer Masks { uint masks[]; };

#define MC_LANE_ROWS MC_ROWS
#include "common/mc_lane.glsl"

#define SWAP (1u << 27)
#define DIFF (1u << 28)
#define EVEN (1u << 29)

#define WORDS (4 / PX_PER_WORD) /* of a quad */

/* By the difference of a quad of luma. */
ivec4 weights(const uvec2 s0, const uvec2 s1)
{
    const ivec4 diff = abs(mc_unpack_samples(s0) - mc_unpack_samples(s1));
    const int shift = BPC == 8 ? 8 : 10;
    return min(38 + (diff + (1 << shift - 5) >> shift), 64);
}

ivec4 luma_weights(const uint at)
{
    return weights(tmp[at], tmp[at + p.tmp_size]);
}

/* Sums of neighbours. */
ivec4 luma_pairs(const uint at)
{
    const ivec4 a = luma_weights(at), b = luma_weights(at + 1u);
    return ivec4(a.x + a.y, a.z + a.w, b.x + b.y, b.z + b.w);
}

/* at: luma's quad of the first pixel. */
ivec4 chroma_weights(const uint at, const uint stride, const bool swap)
{
    if (p.ss_hor == 0u)
        return luma_weights(at);
    ivec4 m = luma_pairs(at) + (swap ? 0 : 1);
    if (p.ss_ver != 0u)
        m += luma_pairs(at + stride) + 1;
    return m >> 1 + int(p.ss_ver);
}

void main()
{
    const McLane l = mc_lane();

    const bool swap = (l.job.z & SWAP) != 0u, diff = (l.job.z & DIFF) != 0u;
    const bool even = (l.job.z & EVEN) != 0u;
    const bool chroma = (l.job.x >> 28 & 3u) != 0u;
    uint luma = 0u, luma_stride = 0u;
    if (diff && chroma) {
        const uvec4 plane = planes[MC_CURRENT * 4];
        const uint x = (l.job.x & 0x3fffu) + uint(l.x) << p.ss_hor;
        const uint y = (l.job.x >> 14 & 0x3fffu) + uint(l.y) << p.ss_ver;
        luma = (plane.x + y * plane.w - p.tmp_org) / WORDS + x / 4u;
        luma_stride = plane.w / WORDS;
    }
    uint mask = (l.job.w + (uint(l.y) << mc_w_log2(l.job)) + uint(l.x)) / 4u;
    uint at = (l.dst - p.tmp_org) / WORDS, to = l.dst / WORDS;

    /* two at a time: the device waits for memory half as often */
    for (int i = 0; i < l.rows; i += 2) {
        uvec2 s0[2], s1[2];
        ivec4 m[2];
        [[unroll]] for (int k = 0; k < 2; k++) {
            s0[k] = tmp[at];
            s1[k] = tmp[at + p.tmp_size];
            at += l.stride / WORDS;
        }
        if (even) {
            [[unroll]] for (int k = 0; k < 2; k++)
                m[k] = ivec4(l.job.w);
        } else if (!diff) {
            [[unroll]] for (int k = 0; k < 2; k++) {
                const uint w = masks[mask];
                m[k] = ivec4(w & 0xffu, w >> 8 & 0xffu, w >> 16 & 0xffu, w >> 24);
                mask += 1u << mc_w_log2(l.job) - 2u;
            }
        } else if (!chroma) {
            [[unroll]] for (int k = 0; k < 2; k++)
                m[k] = weights(s0[k], s1[k]);
        } else {
            [[unroll]] for (int k = 0; k < 2; k++) {
                m[k] = chroma_weights(luma, luma_stride, swap);
                luma += luma_stride << p.ss_ver;
            }
        }
        [[unroll]] for (int k = 0; k < 2; k++) {
            const ivec4 a = mc_unpack_samples(s0[k]), b = mc_unpack_samples(s1[k]);
            const ivec4 w = swap ? 64 - m[k] : m[k];
            const int shift = MC_EXTRA_BITS + 6;
            const ivec4 sum = (a - b) * w + (b - MC_BIAS) * 64;
            quads[to] = mc_pack_pixels(mc_clip(sum + (1 << shift - 1) >> shift));
            to += l.stride / WORDS;
        }
    }
}
