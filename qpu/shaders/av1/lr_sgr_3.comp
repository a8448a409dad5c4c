/* Self-guided filter, 7.17.3: the weighted 3x3 part, and the sum of both.
 *
 * A workgroup owns a tile: up to 16 quads (4 pixels each) of a unit in one
 * segment of 32 rows; an invocation walks down a quad's columns. Lanes that
 * are too many repeat the tile's last quad.
 *
 * Reads src, the tiles (QpuAv1LrJob) from `first` on, planes and units, ab3 of
 * lr_sgr_ab.comp and, for the first n_5 of these tiles, part of
 * lr_sgr_5.comp; the others have no 5x5 part. Writes whole quads of dst; rows
 * outside the plane go to the guard. */

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
layout(std430, binding = 5) readonly buffer Ab3 { uint ab3[]; };
layout(std430, binding = 5) readonly buffer Ab3Quads { uvec4 ab3_quads[]; };
layout(std430, binding = 6) readonly buffer Part { uvec2 part[]; };

layout(push_constant) uniform Push { QpuAv1LrPush p; };

#if BPC == 8
#define MAX_PX 255
#else
#define MAX_PX p.pixel_max
#endif

uint l, m, r; /* where the quads lie */

Ab next_row()
{
    const Ab row = ab_row(ab3[l + 3u], ab3_quads[m >> 2], ab3[r]);
    l += LR_LANES * 4u;
    m += LR_LANES * 4u;
    r += LR_LANES * 4u;
    return row;
}

/* Sums with weights 3 in the corners and 4 elsewhere: partly those of the two
 * rows above the newest one and those of the row above. */
#if BPC == 8

/* nine: all samples, once; cross: those that are not in a corner */
struct Sum {
    uvec4 nine, cross;
};

Sum first_sum(const Ab a) { return Sum(a.three, a.m); }
Sum second_sum(const Sum s, const Ab b) { return Sum(s.nine + b.three, s.cross + b.three); }

void last_sum(const Sum s, const Ab c, out ivec4 x, out ivec4 y)
{
    const uvec4 nine = s.nine + c.three, cross = s.cross + c.m;
    const uvec4 nx = nine >> 20, ny = nine & 0xfffffu;
    x = ivec4(nx + nx + nx + (cross >> 20));
    y = ivec4(ny + ny + ny + (cross & 0xfffffu));
}

#else

struct Sum {
    ivec4 x, y;
};

Sum first_sum(const Ab a)
{
    return Sum(a.three_x + a.three_x + a.three_x + a.m_x,
               a.three_y + a.three_y + a.three_y + a.m_y);
}

Sum second_sum(const Sum s, const Ab b)
{
    return Sum(s.x + (b.three_x << 2), s.y + (b.three_y << 2));
}

void last_sum(const Sum s, const Ab c, out ivec4 x, out ivec4 y)
{
    const Sum f = first_sum(c);
    x = s.x + f.x;
    y = s.y + f.y;
}

#endif

void main()
{
    const uint tile = min(gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x, p.n - 1u);
    const QpuAv1LrJob job = jobs[tile + p.first];
    const QpuAv1LrPlane plane = planes[job.pos >> 23];
    const uint n = min(gl_LocalInvocationID.x, job.quads - 1u);
    l = ab_start(job.ab + n - 1u, LR_ROWS3);
    m = ab_start(job.ab + n, LR_ROWS3);
    r = ab_start(job.ab + n + 1u, LR_ROWS3);

    const int y = (int(job.pos >> 13 & 0x3ffu) << LR_SEG_LOG2) - plane.off;
    uint d = plane.org + (job.pos & 0x1fffu) + n + uint(y) * plane.stride;
    /* with no 5x5 part its weight is 0 and any part will do */
    const int w0 = units[job.unit].coef[2], w1 = units[job.unit].coef[3];
    uint i = tile < p.n_5 ? tile * (LR_SEG * LR_LANES) + n : n;

    Ab row = next_row();
    Sum two = first_sum(row);
    row = next_row();
    two = second_sum(two, row);
    Sum one = first_sum(row);
    [[dont_unroll]] for (int k = 0; k < LR_SEG; k++) {
        ivec4 x, y;
        row = next_row();
        last_sum(two, row, x, y);
        two = second_sum(one, row);
        one = first_sum(row);
        const ivec4 px = quad_int(src[d]);
        const ivec4 v = y - x * px + 256 >> 9;
        const ivec2 u = ivec2(part[i]);
        const ivec4 v5 = ivec4(u.x << 16, u.x, u.y << 16, u.y) >> 16;
        dst[d] = quad_pack(clamp(px + (v5 * w0 + v * w1 + 1024 >> 11), ivec4(0), ivec4(MAX_PX)));
        d += plane.stride;
        i += LR_LANES;
    }
}
