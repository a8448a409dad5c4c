/* What the loop restoration kernels share: quads of pixels, the rows and
 * columns that stand in for those outside a stripe and a plane (7.17.6), and
 * the lookup of jobs. */

#ifndef COMMON_LR_GLSL
#define COMMON_LR_GLSL

#include "av1/lr.h"
#include "common/pixels.glsl"

#if BPC == 8

#define QUAD uint

vec4 quad_biased(const QUAD q) { return px_biased(q); }
ivec4 quad_int(const QUAD q) { return px_int(q); }
QUAD quad_pack(const ivec4 v) { return px_pack(v); }

QUAD quad_splat_first(const QUAD q) { return (q & 0xffu) * 0x01010101u; }
QUAD quad_splat_last(const QUAD q) { return (q >> 24) * 0x01010101u; }

/* Repeats pixel k to the right. */
QUAD quad_extend(const QUAD q, const int k)
{
    const int s = 8 * k;
    return q & (0xffu << s) - 1u | ((q >> s & 0xffu) * 0x01010101u) << s;
}

#else

#define QUAD uvec2

vec4 quad_biased(const QUAD q) { return vec4(px_biased(q.x), px_biased(q.y)); }
ivec4 quad_int(const QUAD q) { return ivec4(px_int(q.x), px_int(q.y)); }
QUAD quad_pack(const ivec4 v) { return uvec2(px_pack(v.xy), px_pack(v.zw)); }

QUAD quad_splat_first(const QUAD q) { return uvec2((q.x & 0xffffu) * 0x00010001u); }
QUAD quad_splat_last(const QUAD q) { return uvec2((q.y >> 16) * 0x00010001u); }

QUAD quad_extend(const QUAD q, const int k)
{
    uvec2 r = q;
    if (k == 0) r.x = (q.x & 0xffffu) * 0x00010001u;
    if (k <= 1) r.y = (r.x >> 16) * 0x00010001u;
    if (k == 2) r.y = (q.y & 0xffffu) * 0x00010001u;
    return r;
}

#endif

/* A quad with its neighbours. */
struct Quads {
    QUAD l, m, r;
};

/* Where a lane is in its plane: quads, first of the row at hand and of the rows
 * that exist for this stripe. Registers are few, hence one word of flags. */
struct Lane {
    uint at, stride;
    uint at_min, at_max;
    uint flags;
};
#define LANE_LAST_PX    3u  /* the plane's last pixel in its last quad */
#define LANE_RIGHT      4u  /* the quad is the last one */
#define LANE_NEAR_RIGHT 8u  /* the one before it */
#define LANE_BEYOND     16u /* the one after it */
#define LANE_LEFT       32u /* the first one */
#define LANE_BEFORE     64u /* the one before it */
#define LANE_BORDER     124u
#define LANE_TOP_DBL    128u /* rows above the segment are dbl's */
#define LANE_BOTTOM_DBL 256u /* rows below it are */

/* dy: the row to start at, from the segment's first one on */
Lane lr_lane(const QpuAv1LrPlane p, const uint pos, const int x, const int dy)
{
    Lane a;
    const int row = int(pos >> 13 & 0x3ffu) << LR_SEG_LOG2;
    const int y = row - p.off;
    const int start = (row >> p.stripe_log2 << p.stripe_log2) - p.off;
    const int end = start + (1 << p.stripe_log2);
    const uint col = p.org + uint(x);
    a.stride = p.stride;
    a.at = col + uint(y + dy) * p.stride;
    a.at_min = col + uint(max(start - 2, 0)) * p.stride;
    a.at_max = col + uint(min(end + 1, p.h - 1)) * p.stride;
    const int last = p.w - 1 >> 2;
    a.flags = uint(p.w - 1) & LANE_LAST_PX;
    if (x > last) a.flags |= LANE_BEYOND;
    if (x == last) a.flags |= LANE_RIGHT;
    if (x + 1 == last) a.flags |= LANE_NEAR_RIGHT;
    if (x == 0) a.flags |= LANE_LEFT;
    if (x < 0) a.flags |= LANE_BEFORE;
    if (y == start && start > 0) a.flags |= LANE_TOP_DBL;
    if (y + LR_SEG == end && end < p.h) a.flags |= LANE_BOTTOM_DBL;
    return a;
}

bool lane_has(const Lane a, const uint flags)
{
    return (a.flags & flags) != 0u;
}

/* Where the row at hand is, or the one that stands in for it. */
uint lr_row(const Lane a)
{
    return clamp(a.at, a.at_min, a.at_max);
}

/* Columns outside the plane repeat its first and last pixel. */
void lr_border(const Lane a, inout Quads q)
{
    const int last_px = int(a.flags & LANE_LAST_PX);
    if (lane_has(a, LANE_BEYOND)) {
        /* counts only where the last quad is full */
        q.m = quad_splat_last(q.l);
        q.r = q.m;
    }
    if (lane_has(a, LANE_RIGHT)) {
        q.m = quad_extend(q.m, last_px);
        q.r = quad_splat_last(q.m);
    }
    if (lane_has(a, LANE_NEAR_RIGHT)) q.r = quad_extend(q.r, last_px);
    if (lane_has(a, LANE_BEFORE)) q.m = quad_splat_first(q.r);
    if (lane_has(a, LANE_LEFT)) q.l = quad_splat_first(q.m);
}

#endif /* COMMON_LR_GLSL */
