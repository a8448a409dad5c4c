/* For the engine's test: dst[i] = src[i] * mul + add, so that a chain of
 * launches shows whether each ran once, in its order, on what it was given. */

#version 450

layout(local_size_x = 64) in;

layout(std430, binding = 0) readonly buffer Src { uint src[]; };
layout(std430, binding = 1) writeonly buffer Dst { uint dst[]; };

layout(push_constant) uniform Push { uint n, mul, add; };

void main() {
    const uint i = gl_GlobalInvocationID.x;
    if (i < n) dst[i] = src[i] * mul + add;
}
