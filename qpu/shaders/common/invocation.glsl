/* Workgroups that are w lanes wide, w a power of two, and h high, declared with
 * one dimension of w * h: V3D's driver gets at two by emulated divisions, some
 * 40 instructions. */

uvec2 invocation_2d(const uint w, const uint h)
{
    const uint lane = gl_LocalInvocationID.x;
    return gl_WorkGroupID.xy * uvec2(w, h) + uvec2(lane & w - 1u, lane / w);
}
