/* Blocks whose residual is the same everywhere: an invocation owns four columns of
 * a block, a workgroup blocks of one width. Needs common/itx_io.glsl, ITX_STORE (a bit
 * of the places), and dc_residual(dc, log2 of width and height in units of 4).
 * ITX_GIVEN: this bit of `how` says that each pixel has a residual of its own,
 * quads[] from word job.coefs on: rows of quads, each as biased() makes it. */

void main()
{
    const uint lane = gl_LocalInvocationID.x;
    const uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    uint log2_w = 0u, start = 0u, first = p.first[0], n = p.n[0]; /* log2_w: in units of 4 pixels */
    [[unroll]] for (uint i = 1u; i < ITX_LISTS; i++) {
        const bool here = group >= p.info[i];
        log2_w = here ? i : log2_w;
        start = here ? p.info[i] : start;
        first = here ? p.first[i] : first;
        n = here ? p.n[i] : n;
    }
    const uint index = (group - start << 6u - log2_w) + (lane >> log2_w);
    if (index >= n)
        return;
    const ITX_JOB job = jobs[first + index];
    const uint plane = job.pos >> 24;
    const uint x = (job.pos & 0xfffu) + (lane & (1u << log2_w) - 1u);

    const uint log2_h = job.how >> 11 & 7u;
    const int dc = dc_residual(job.dc, log2_w, log2_h);
    const uint stride = p.stride[plane];
    uint pos = p.org[plane] + (job.pos >> 12 & 0xfffu) * 4u * stride + x;
    const uvec2 r = uvec2(biased(dc, dc));
#ifdef ITX_GIVEN
    const uint w = 1u << log2_w;
    uint at = (job.coefs >> 1) + (lane & w - 1u);
    uvec2 r0 = r, r1 = r, r2 = r, r3 = r;
#endif
    for (uint y = 0u; y < 1u << log2_h; y++) {
#ifdef ITX_GIVEN
        if ((job.how & ITX_GIVEN) != 0u) {
            r0 = quads[at];
            r1 = quads[at + w];
            r2 = quads[at + 2u * w];
            r3 = quads[at + 3u * w];
            at += 4u * w;
        }
#else
#define r0 r
#define r1 r
#define r2 r
#define r3 r
#endif
        if (job.pos >= ITX_STORE)
            store4(pos, 0u, stride, 2u * stride, 3u * stride, r0, r1, r2, r3);
        else
            add4(pos, 0u, stride, 2u * stride, 3u * stride, r0, r1, r2, r3);
        pos += 4u * stride;
    }
}
