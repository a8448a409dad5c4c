/* Self-guided filter, 7.17.3: the weighted 5x5 part.
 *
 * A workgroup owns a tile: up to 16 quads (4 pixels each) of a unit in one
 * segment of 32 rows; an invocation walks down a quad's columns, two rows a
 * step: A and B exist in the odd rows from -1 on. Lanes that are too many
 * repeat the tile's last quad.
 *
 * Reads src, the tiles (QpuAv1LrJob), planes and units, and ab5 of
 * lr_sgr_ab.comp. The first n_5 tiles have no 3x3 part: whole quads of dst
 * are written (rows outside the plane go to the guard). The others write
 * part[tile - n_5][32 rows][16 lanes], a quad as four numbers of 16 bits:
 * the part before its weight w0, which fits, as x is large only in boxes that
 * hardly vary. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "common/lr.glsl"
#include "common/lr_sgr.glsl"

layout(local_size_x = LR_LANES) in;

layout(std430, binding = 0) readonly buffer Src { QUAD src[]; };
layout(std430, binding = 1) writeonly buffer Dst { QUAD dst[]; };
layout(std430, binding = 2) readonly buffer Planes { QpuAv1LrPlane planes[]; };
layout(std430, binding = 3) readonly buffer Units { QpuAv1LrCoefs units[]; };
layout(std430, binding = 4) readonly buffer Jobs { QpuAv1LrJob jobs[]; };
layout(std430, binding = 5) readonly buffer Ab5 { uint ab5[]; };
layout(std430, binding = 5) readonly buffer Ab5Quads { uvec4 ab5_quads[]; };
layout(std430, binding = 6) writeonly buffer Part { uvec2 part[]; };

layout(push_constant) uniform Push { QpuAv1LrPush p; };

#if BPC == 8
#define MAX_PX 255
#else
#define MAX_PX p.pixel_max
#endif

/* Sums of a row with weights 5, 6, 5. */
struct Sum {
    ivec4 x, y;
};

#if BPC == 8
Sum weigh(const Ab r)
{
    const uvec4 s = (r.three << 2) + r.three + r.m; /* y: 16 * 65008 < 2^20 */
    return Sum(ivec4(s >> 20), ivec4(s & 0xfffffu));
}
#else
Sum weigh(const Ab r)
{
    return Sum((r.three_x << 2) + r.three_x + r.m_x, (r.three_y << 2) + r.three_y + r.m_y);
}
#endif

uint l, m, r; /* where the quads lie */

Sum next_row()
{
    const Ab row = ab_row(ab5[l + 3u], ab5_quads[m >> 2], ab5[r]);
    l += LR_LANES * 4u;
    m += LR_LANES * 4u;
    r += LR_LANES * 4u;
    return weigh(row);
}

void main()
{
    const uint tile = min(gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x, p.n - 1u);
    const QpuAv1LrJob job = jobs[tile];
    const QpuAv1LrPlane plane = planes[job.pos >> 23];
    const uint n = min(gl_LocalInvocationID.x, job.quads - 1u);
    l = ab_start(job.ab + n - 1u, LR_ROWS5);
    m = ab_start(job.ab + n, LR_ROWS5);
    r = ab_start(job.ab + n + 1u, LR_ROWS5);

    const int y = (int(job.pos >> 13 & 0x3ffu) << LR_SEG_LOG2) - plane.off;
    uint d = plane.org + (job.pos & 0x1fffu) + n + uint(y) * plane.stride;
    const bool alone = tile < p.n_5;
    const int w0 = units[job.unit].coef[2];
    uint i = (tile - p.n_5) * (LR_SEG * LR_LANES) + n;

    Sum above = next_row();
    [[dont_unroll]] for (int k = 0; k < LR_SEG / 2; k++) {
        const Sum below = next_row();
        const ivec4 px0 = quad_int(src[d]), px1 = quad_int(src[d + plane.stride]);
        const ivec4 v0 = above.y + below.y - (above.x + below.x) * px0 + 256 >> 9;
        const ivec4 v1 = below.y - below.x * px1 + 128 >> 8;
        if (alone) {
            dst[d] = quad_pack(clamp(px0 + (v0 * w0 + 1024 >> 11), ivec4(0), ivec4(MAX_PX)));
            dst[d + plane.stride] =
                quad_pack(clamp(px1 + (v1 * w0 + 1024 >> 11), ivec4(0), ivec4(MAX_PX)));
        } else {
            part[i] = uvec2(v0.xz & 0xffff | v0.yw << 16);
            part[i + LR_LANES] = uvec2(v1.xz & 0xffff | v1.yw << 16);
        }
        above = below;
        d += plane.stride * 2u;
        i += LR_LANES * 2u;
    }
}
