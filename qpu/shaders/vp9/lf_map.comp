#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

/* VP9's loop filter, first step: a superblock's masks to a word for each 8x8
 * block (vp9/lf.h), from which the kernels that filter take all they need.
 *
 * An invocation owns a row of blocks in a superblock: of luma, or of chroma
 * where that has edges of its own (in y of the grid). */

#include "vp9/lf.h"

layout(local_size_x = LF_MAP_GROUP) in;

layout(std430, binding = 0) readonly buffer Luma { uint luma[]; };
layout(std430, binding = 1) readonly buffer Chroma { uint chroma[]; };
layout(std430, binding = 2) writeonly buffer Map { uvec4 map[]; };
layout(push_constant) uniform Push { QpuVp9LfPush pc; };

bool own; /* chroma that has masks like luma's */
bool quarter; /* chroma whose masks are in uv */

/* A row of a mask. */
uint bits(const uint sb, const uint mask, const uint row)
{
    const uint base = sb * LF_SB_WORDS;
    if (quarter)
        return luma[base + LF_SB_UV + (mask >> 1)] >> ((mask & 1u) << 4) + (row << 2) & 15u;
    const uint at = base + mask * 2u + (row >> 2), shift = (row & 3u) << 3;
    return (own ? chroma[at] : luma[at]) >> shift & 255u;
}

void main()
{
    const uint sb = gl_GlobalInvocationID.x >> 3, row = gl_GlobalInvocationID.x & 7u;
    const bool uv = gl_WorkGroupID.y != 0u;
    quarter = uv && pc.sub != 0u;
    own = uv && pc.sub == 0u;
    const uint rows = uv && pc.ss_ver != 0u ? 4u : 8u; /* of a superblock */
    if (sb >= pc.sb_cols * pc.sb_rows || row >= rows) return;

    const uint sb_y = sb / pc.sb_cols, sb_x = sb - sb_y * pc.sb_cols;
    const uint y = sb_y * rows + row;
    const uint up = row == 0u ? sb - pc.sb_cols : sb, up_row = row - 1u & rows - 1u;
    const uint down = row == rows - 1u ? sb + pc.sb_cols : sb, down_row = row + 1u & rows - 1u;
    const uint have_up = y == 0u ? 0u : ~0u;
    const uint have_down = row == rows - 1u && sb_y == pc.sb_rows - 1u ? 0u : ~0u;
    const uint up_sb = min(up, sb), down_sb = have_down == 0u ? sb : down;

    const uint l4 = bits(sb, LF_LEFT, row), l8 = bits(sb, LF_LEFT + 1u, row);
    const uint l16 = bits(sb, LF_LEFT + 2u, row), inner = bits(sb, LF_INNER, row);
    const uint a4 = bits(sb, LF_ABOVE, row) & have_up, a8 = bits(sb, LF_ABOVE + 1u, row) & have_up;
    const uint a16 = bits(sb, LF_ABOVE + 2u, row) & have_up;

    /* where only half of the last row of chroma blocks is in the frame, it has
     * no edge in its middle */
    const uint h_inner = rows == 4u && y + y == pc.mi_rows - 1u ? 0u : inner;

    /* an edge belongs to the chain of the edge 4 samples before it, and one of
     * size 16 to that of the edge 8 before it */
    const uint v = (l4 | l8 | l16) & (sb_x == 0u ? ~1u : ~0u);
    const uint v_in = v & (inner << 1 | l16 & v << 1);
    const uint h = a4 | a8 | a16;
    const uint up_h = bits(up_sb, LF_ABOVE, up_row) | bits(up_sb, LF_ABOVE + 1u, up_row) |
                      bits(up_sb, LF_ABOVE + 2u, up_row);
    const uint h_in = h & (bits(up_sb, LF_INNER, up_row) | a16 & (y == 1u ? 0u : up_h));
    const uint down16 = bits(down_sb, LF_ABOVE + 2u, down_row);
    const uint down_h = bits(down_sb, LF_ABOVE, down_row) | bits(down_sb, LF_ABOVE + 1u, down_row) | down16;
    const uint h_next = down_h & have_down & (h_inner | down16 & h);

    const uint v_hi = l8 | l16, h_hi = a8 | a16;
    const uint v_lo = l16 | l4 & ~v_hi, h_lo = a16 | a4 & ~h_hi;
    const uint v_head = v & ~v_in & ~1u | ~v & inner;
    const uint h_head = h & ~h_in | ~h & h_inner;
    const uint f0 = v_lo & v | (v_hi & v) << 8 | inner << 16 | v_head << 24;
    const uint f1 = v_in >> 1 | h_lo << 8 | h_hi << 16 | h_inner << 24;
    const uint f2 = h_head | h_next << 8;

    uint w[8];
    const uint at = sb * LF_SB_WORDS + LF_SB_LEVEL;
    [[unroll]] for (uint i = 0u; i < 8u; i++) {
        uint level;
        if (quarter) {
            const uint l = luma[at + row * 4u + (i >> 1 & 1u)];
            level = l >> 16u * (i & 1u);
        } else {
            const uint k = at + row * 2u + (i >> 2), l = own ? chroma[k] : luma[k];
            level = l >> 8u * (i & 3u);
        }
        w[i] = f0 >> i & 0x1010101u | (f1 >> i & 0x1010101u) << 1 | (f2 >> i & 0x101u) << 2 |
               level << LF_LEVEL_SHIFT;
    }
    const uint stride = uv ? pc.map_stride[1] : pc.map_stride[0];
    const bool half_w = uv && pc.ss_hor != 0u;
    const uint to = (uv ? pc.map[1] : pc.map[0]) + y * stride + sb_x * (half_w ? 4u : 8u) >> 2;
    map[to] = uvec4(w[0], w[1], w[2], w[3]);
    if (!half_w) map[to + 1u] = uvec4(w[4], w[5], w[6], w[7]);
}
