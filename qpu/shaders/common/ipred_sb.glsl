/* Intra prediction superblock by superblock, those of a frame that don't depend
 * on each other: a workgroup owns a superblock (or some that lie together) and
 * does its blocks in passes: as many as there are lanes for, 64 lanes for a
 * large block (wider or higher than 16 pixels), 16 for a small one, none of
 * which depends on another. What one pass wrote to the frame, the next ones
 * read.
 *
 * The codec's ipred_open() comes first, ipred_pass() predicts a block. groups:
 * see common/ipred.h. Of the push constants: first and end of the workgroups,
 * row of them in x. */

#ifndef COMMON_IPRED_SB_GLSL
#define COMMON_IPRED_SB_GLSL

void main()
{
    ipred_open();
    const uint group = p.first + gl_WorkGroupID.y * p.row + gl_WorkGroupID.x;
    /* the same for all lanes, so each passes each barrier. V3D's compiler doesn't
     * know that, of anything that depends on the workgroup's number, and would
     * mask all of the loop; it believes it of what a broadcast gives. */
    const uint at = 2u * min(group, p.end - 1u);
    const uint first = subgroupBroadcastFirst(groups[at]);
    const uint n = subgroupBroadcastFirst(group < p.end ? groups[at + 1u] : 0u);
    for (uint i = first; i < first + n; i++) {
        const uint pass = groups[i];
        const uint n_large = pass >> IPRED_PASS_LARGE_SHIFT & 7u;
        const uint n_small = pass >> IPRED_PASS_SMALL_SHIFT;
        const bool large = gl_LocalInvocationID.x < n_large * IPRED_LARGE;
        const uint slot = gl_LocalInvocationID.x / IPRED_SMALL;
        const uint per_large = IPRED_LARGE / IPRED_SMALL;
        const uint job = large ? slot / per_large : slot - n_large * (per_large - 1u);
        const bool on = job < n_large + n_small;
        ipred_pass(ipred_lane((pass & 0xffffffu) + (on ? job : 0u),
                              large ? slot & ~(per_large - 1u) : slot, on, large));
        memoryBarrierBuffer();
        barrier();
    }
}

#endif /* COMMON_IPRED_SB_GLSL */
