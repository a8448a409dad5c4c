/* Repeats the edges of a frame's planes around them, as far as inter prediction reads:
 * positions outside a reference stand for the nearest inside.
 *
 * An invocation owns a word: of the columns left and right of the plane's rows and
 * of 8 more above and below, 2 * 16 pixels and a word in a row (the first right one may
 * begin with pixels of the plane, which stay); then of the rows above and below,
 * as many whole words as the plane is wide. Planes follow each other, each
 * with a multiple of the workgroup's 64. Reads the outermost pixels, writes those
 * words. */

#version 450
#extension GL_GOOGLE_include_directive : require

#include "common/mc.h"
#include "common/pixels.glsl"

layout(local_size_x = MC_GROUP) in;

layout(std430, binding = 0) buffer Frame { uint px[]; };

layout(push_constant) uniform Push { QpuMcExtendPush p; };

uint splat(const uint pixel)
{
    return pixel * (BPC == 8 ? 0x01010101u : 0x00010001u);
}

void main()
{
    uint lane = gl_GlobalInvocationID.x;
    uint plane = 0u;
    if (lane >= p.end[1]) {
        plane = 2u;
        lane -= p.end[1];
    } else if (lane >= p.end[0]) {
        plane = 1u;
        lane -= p.end[0];
    }
    const uint org = p.org[plane], stride = p.stride[plane];
    const uint w = uint(p.w[plane]);
    const int h = p.h[plane];
    const uint left = MC_MARGIN_X / PX_PER_WORD, columns = 2u * left + 1u;
    const uint whole = w / PX_PER_WORD;

    const uint side = uint(h + 2 * MC_ROWS) * columns;
    if (lane < side) {
        const int y = int(lane / columns) - MC_ROWS;
        const uint row = org + uint(y * int(stride)), from = org + uint(clamp(y, 0, h - 1) * int(stride));
        const uint c = lane % columns;
        if (c < left) {
            px[row + c - left] = splat(px[from] & (1u << PX_BITS) - 1u);
        } else {
            const uint at = whole + c - left, last = w - 1u;
            if (at > (w + MC_MARGIN_X - 1u) / PX_PER_WORD)
                return;
            const uint edge = splat(px[from + last / PX_PER_WORD] >> last % PX_PER_WORD * PX_BITS &
                                    (1u << PX_BITS) - 1u);
            const uint keep = c == left ? (1u << w % PX_PER_WORD * PX_BITS) - 1u : 0u;
            px[row + at] = keep == 0u ? edge : px[from + at] & keep | edge & ~keep;
        }
    } else if (whole != 0u) {
        lane -= side;
        const uint r = lane / whole;
        if (r >= 2u * MC_ROWS)
            return;
        const int y = r < MC_ROWS ? -1 - int(r) : h - MC_ROWS + int(r);
        const uint c = lane % whole;
        px[org + uint(y * int(stride)) + c] = px[org + uint(clamp(y, 0, h - 1) * int(stride)) + c];
    }
}
