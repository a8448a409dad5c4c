/* Integer arithmetic on the intermediate samples of inter prediction, for the
 * kernels that are not made of quads through common/mc.glsl. Needs BPC,
 * common/pixels.glsl and push constants p with depth. */

#ifndef COMMON_MC_SAMPLES_GLSL
#define COMMON_MC_SAMPLES_GLSL

/* Bits of precision that samples have beyond the pixels'. */
#if BPC == 8
#define MC_EXTRA_BITS 4
#else
#define MC_EXTRA_BITS (6 - int(p.depth))
#endif

ivec4 mc_clip(const ivec4 v)
{
    return clamp(v, 0, (256 << (BPC == 8 ? 0 : int(p.depth))) - 1);
}

/* Tap k of eight signed bytes. */
int mc_tap(const uvec2 taps, const int k)
{
    return bitfieldExtract(int(taps[k >> 2]), (k & 3) * 8, 8);
}

uvec2 mc_pack_samples(const ivec4 v)
{
    return uvec2(v.x | v.y << 16, v.z | v.w << 16);
}

ivec4 mc_unpack_samples(const uvec2 v)
{
    return ivec4(v.x & 0xffffu, v.x >> 16, v.y & 0xffffu, v.y >> 16);
}

#if BPC == 8
#define quad uint
quad mc_pack_pixels(const ivec4 v) { return px_pack(v); }
#else
#define quad uvec2
quad mc_pack_pixels(const ivec4 v) { return uvec2(px_pack(v.xy), px_pack(v.zw)); }
#endif

#endif /* COMMON_MC_SAMPLES_GLSL */
