/* Intra prediction of blocks that don't depend on each other, one level of a
 * frame: a workgroup owns one large block (wider or higher than 16 pixels) or
 * four small ones, 16 lanes each. The large blocks' jobs come first.
 *
 * The codec's ipred_open() comes first, ipred_pass() predicts a block. Of the
 * push constants: first and end of the level's jobs, n_large of them, row
 * workgroups in x. */

#ifndef COMMON_IPRED_LEVEL_GLSL
#define COMMON_IPRED_LEVEL_GLSL

void main()
{
    ipred_open();
    const uint group = gl_WorkGroupID.y * p.row + gl_WorkGroupID.x;
    const bool large = group < p.n_large;
    const uint slot = large ? 0u : gl_LocalInvocationID.x / IPRED_SMALL;
    const uint job = p.first + (large ? group : p.n_large + (group - p.n_large) * IPRED_SLOTS + slot);
    const bool on = job < p.end;
    ipred_pass(ipred_lane(on ? job : p.first, slot, on, large));
}

#endif /* COMMON_IPRED_LEVEL_GLSL */
