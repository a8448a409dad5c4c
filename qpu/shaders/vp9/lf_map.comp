#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

/* VP9's loop filter, first step: the superblocks' masks to a word for each 8x8
 * block (vp9/lf.h), from which the kernels that filter take all they need.
 *
 * An invocation owns four rows of blocks of a superblock: of luma, or of chroma
 * where that has edges of its own (in y of the grid). */

#include "vp9/lf.h"

layout(local_size_x = LF_MAP_GROUP) in;

layout(std430, binding = 0) readonly buffer Sbs { uint sbs[]; };
layout(std430, binding = 1) writeonly buffer Map { uvec4 map[]; };
layout(push_constant) uniform Push { QpuVp9LfPush pc; };

/* Four rows of a mask. */
uint rows(const uint sb, const uint mask, const uint half_, const bool small)
{
    const uint w = sbs[sb * LF_SB_WORDS + (small ? LF_SB_UV + (mask >> 1) : mask * 2u + half_)];
    return small ? w >> ((mask & 1u) << 4) & 0xffffu : w;
}

void main()
{
    const bool uv = gl_WorkGroupID.y != 0u;
    const bool small = uv && pc.sub != 0u; /* masks of 16 bits */
    const uint halves = uv && pc.ss_ver != 0u ? 0u : 1u; /* log2 */
    const uint n_sb = pc.sb_cols * pc.sb_rows;
    const uint i = gl_GlobalInvocationID.x >> halves, half_ = gl_GlobalInvocationID.x & halves;
    if (i >= n_sb) return;

    const uint sb_y = i / pc.sb_cols, sb_x = i - sb_y * pc.sb_cols;
    const uint sb = uv && !small ? i + n_sb : i;
    const uint y = (sb_y << halves) + half_; /* in four rows */
    const bool top = y == 0u, bottom = y == (pc.sb_rows << halves) - 1u;
    const uint up_sb = half_ == 0u && !top ? sb - pc.sb_cols : sb, up_half = half_ ^ halves;
    const uint down_sb = half_ == halves && !bottom ? sb + pc.sb_cols : sb;
    const uint row = small ? 4u : 8u, rest = row * 3u; /* bits */
    const uint all = small ? 0xffffu : ~0u;
    const uint first_row = (1u << row) - 1u, first_col = small ? 0x1111u : 0x1010101u;

    const uint l4 = rows(sb, LF_LEFT, half_, small), l8 = rows(sb, LF_LEFT + 1u, half_, small);
    const uint l16 = rows(sb, LF_LEFT + 2u, half_, small), inner = rows(sb, LF_INNER, half_, small);
    /* nothing is filtered at the frame's upper and left edge */
    const uint filtered = top ? ~first_row : ~0u;
    const uint a4 = rows(sb, LF_ABOVE, half_, small) & filtered;
    const uint a8 = rows(sb, LF_ABOVE + 1u, half_, small) & filtered;
    const uint a16 = rows(sb, LF_ABOVE + 2u, half_, small) & filtered;
    const uint v = (l4 | l8 | l16) & (sb_x == 0u ? ~first_col : ~0u);
    const uint h = a4 | a8 | a16;

    /* where only half of the last row of chroma blocks is in the frame, it has
     * no edge in its middle */
    const uint last = pc.mi_rows - 1u;
    const bool cut = uv && pc.ss_ver != 0u && (last & 1u) == 0u && last >> 3 == y;
    const uint h_inner = cut ? inner & ~(first_row << row * (last >> 1 & 3u)) : inner;

    /* Each edge belongs to the chain of the edge 4 samples before it, if there is
     * one, and one of size 16 to that of an edge 8 samples before it. */
    const uint v_in = v & ((inner << 1 | l16 & v << 1) & ~first_col);
    uint up = rows(up_sb, LF_INNER, up_half, small) >> rest;
    uint up_h = (rows(up_sb, LF_ABOVE, up_half, small) | rows(up_sb, LF_ABOVE + 1u, up_half, small) |
                 rows(up_sb, LF_ABOVE + 2u, up_half, small)) >> rest;
    const uint h_in = h & (h_inner << row | up | a16 & (h << row | up_h));
    uint down16 = rows(down_sb, LF_ABOVE + 2u, up_half, small);
    uint down = down16 | rows(down_sb, LF_ABOVE, up_half, small) | rows(down_sb, LF_ABOVE + 1u, up_half, small);
    down16 = a16 >> row | (bottom ? 0u : down16 << rest & all);
    down = h >> row | (bottom ? 0u : down << rest & all);
    const uint h_next = down & (h_inner | down16 & h);

    const uint v_hi = (l8 | l16) & v, h_hi = a8 | a16;
    const uint v_lo = (l16 | l4 & ~v_hi) & v, h_lo = a16 | a4 & ~h_hi;
    const uint v_head = v & ~v_in & ~first_col | ~v & inner;
    const uint h_head = h & ~h_in | ~h & h_inner;

    const uint stride = uv ? pc.map_stride[1] : pc.map_stride[0];
    const bool narrow = uv && pc.ss_hor != 0u;
    uint to = (uv ? pc.map[1] : pc.map[0]) + y * 4u * stride + sb_x * (narrow ? 4u : 8u) >> 2;
    uint at = sb * LF_SB_WORDS + LF_SB_LEVEL + half_ * 8u;
    for (uint shift = 0u; shift < row * 4u; shift += row) {
        const uint f0 = (v_lo >> shift & first_row) | (v_hi >> shift & first_row) << 8 |
                        (inner >> shift & first_row) << 16 | (v_head >> shift & first_row) << 24;
        const uint f1 = (v_in >> shift & first_row) >> 1 | (h_lo >> shift & first_row) << 8 |
                        (h_hi >> shift & first_row) << 16 | (h_inner >> shift & first_row) << 24;
        const uint f2 = h_head >> shift & first_row | (h_next >> shift & first_row) << 8 |
                        (half_ == halves && shift == rest ? first_row << 16 : 0u);
        uint l0 = sbs[at];
        const uint l1 = sbs[at + 1u];
        if (small)
            l0 = l0 & 0xffu | l0 >> 8 & 0xff00u | (l1 & 0xffu) << 16 | (l1 & 0xff0000u) << 8;
        uint w[8];
        [[unroll]] for (uint b = 0u; b < 8u; b++)
            w[b] = f0 >> b & 0x1010101u | (f1 >> b & 0x1010101u) << 1 | (f2 >> b & 0x10101u) << 2 |
                   (b < 4u ? l0 : l1) >> 8u * (b & 3u) << LF_LEVEL_SHIFT;
        map[to] = uvec4(w[0], w[1], w[2], w[3]);
        if (!narrow) map[to + 1u] = uvec4(w[4], w[5], w[6], w[7]);
        to += stride >> 2;
        at += small ? 4u : 2u;
    }
}
