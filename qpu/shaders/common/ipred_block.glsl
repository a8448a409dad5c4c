/* Intra prediction: which block a lane helps with, of any codec.
 *
 * Some lanes of a workgroup (16 or 64, side by side) predict a block together,
 * in steps between which the whole workgroup passes a barrier. Lanes without a
 * block take part with one of no rows.
 *
 * Before this file the shader declares IPRED_GROUP, the lanes of a workgroup
 * (a multiple of IPRED_LARGE), quad (4 pixels), and under these names
 *   uvec4 jobs[], quad frame[] (read and written), uvec2 residual[], and push
 *   constants p that start with org, stride, res_org, res_stride (quads). */

#ifndef COMMON_IPRED_BLOCK_GLSL
#define COMMON_IPRED_BLOCK_GLSL

#include "common/ipred.h"
#include "common/pixels.glsl"

#define IPRED_IS(set, mode) (((set) >> (mode) & 1u) != 0u)

/* 64 lanes have one large block or four small ones: slots are those of small
 * blocks. */
#define IPRED_SLOTS (IPRED_GROUP / IPRED_SMALL)

struct Ipred {
    uint mode, angle;           /* angle with its flags */
    uint x, y;                  /* quad and row of the plane */
    uint org, stride;           /* of the plane, quads */
    uint plane;
    int w, h;                   /* pixels */
    uint lw;                    /* log2 of the quads of a row */
    int n_top, n_left;          /* pixels that there are */
    bool top, left;             /* whether there are any */
    bool blend, residual;
    uint arg, arg2;
    uint lane, lanes, slot;     /* slot: which block of the workgroup */
    int mid;                    /* the corner's place in the edges, 65 a slot */
};

/* Which block a lane has, in one word: job (24 bits), slot (4), whether there is
 * a block at all, whether it is a large one. */
uint ipred_lane(const uint job, const uint slot, const bool on, const bool large)
{
    return job | slot << 24 | uint(on) << 28 | uint(large) << 29;
}

/* Mesa 25.0's nir_opt_if never ends where all of the steps stand in an
 * `if (on)` of their own: a block of no mode and no rows does nothing. */
Ipred ipred_block(const uint who)
{
    const uvec4 job = jobs[who & 0xffffffu];
    const uint pos = job.x, how = job.y;
    const bool on = (who >> 28 & 1u) != 0u;
    Ipred b;
    b.plane = pos >> IPRED_PLANE_SHIFT & 3u;
    b.org = b.plane == 0u ? p.org[0] : b.plane == 1u ? p.org[1] : p.org[2];
    b.stride = b.plane == 0u ? p.stride[0] : p.stride[1];
    b.x = pos & 0xfffu;
    b.y = (pos >> IPRED_Y4_SHIFT & 0xfffu) << 2;
    b.lw = pos >> IPRED_LW_SHIFT & 7u;
    b.w = 4 << b.lw;
    b.h = on ? 4 << (pos >> IPRED_LH_SHIFT) : 0;
    b.mode = on ? how & 0xfu | how >> IPRED_MODE_BIT << 4 : QPU_IPRED_NONE;
    b.angle = how >> IPRED_ANGLE_SHIFT & 0x7ffu;
    b.n_top = int(how >> IPRED_TOP_SHIFT & 0x3fu) * 4;
    b.n_left = int(how >> IPRED_LEFT_SHIFT & 0x3fu) * 4;
    b.top = (how >> IPRED_HAVE_TOP_BIT & 1u) != 0u;
    b.left = (how >> IPRED_HAVE_LEFT_BIT & 1u) != 0u;
    b.blend = (how >> IPRED_BLEND_BIT & 1u) != 0u;
    b.residual = (how >> IPRED_RESIDUAL_BIT & 1u) != 0u;
    b.arg = job.z;
    b.arg2 = job.w;
    b.slot = who >> 24 & 0xfu;
    b.lanes = who >> 29 != 0u ? IPRED_LARGE : IPRED_SMALL;
    b.lane = gl_LocalInvocationID.x & b.lanes - 1u;
    b.mid = int(b.slot) * 65 + (who >> 29 != 0u ? 128 : 32);
    return b;
}

uint ipred_pixel(const uint word, const int x)
{
#if BPC == 8
    return word >> (x & 3) * 8 & 0xffu;
#else
    return word >> (x & 1) * 16 & 0xffffu;
#endif
}

uint ipred_pixel_of(const quad q, const int x)
{
#if BPC == 8
    return ipred_pixel(q, x);
#else
    return ipred_pixel((x & 2) == 0 ? q.x : q.y, x);
#endif
}

ivec4 ipred_unpack(const quad q)
{
#if BPC == 8
    return px_int(q);
#else
    return ivec4(px_int(q.x), px_int(q.y));
#endif
}

quad ipred_pack(const ivec4 v)
{
#if BPC == 8
    return px_pack(v);
#else
    return uvec2(px_pack(v.xy), px_pack(v.zw));
#endif
}

/* Where the residual of quad x in row y of a block is, and what it is. */
uint ipred_residual_at(const Ipred b, const uint x, const uint y)
{
    const uint org = b.plane == 0u ? p.res_org[0] : b.plane == 1u ? p.res_org[1] : p.res_org[2];
    const uint stride = b.plane == 0u ? p.res_stride[0] : p.res_stride[1];
    return org + (b.y + y) * stride + (b.x + x);
}

ivec4 ipred_residual(const uint at)
{
    const ivec2 r = ivec2(residual[at]);
    return ivec4(r << 16 >> 16, r >> 16).xzyw;
}

#endif /* COMMON_IPRED_BLOCK_GLSL */
