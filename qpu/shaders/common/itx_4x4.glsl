/* Blocks of 4x4: an invocation owns one and has it in registers all the time.
 * Needs common/itx_io.glsl, ITX_STORE (a bit of the places), and transform(values, kind, largest value). In a job's
 * `how` are the kinds of rows and of columns, 2 bits each, the order of
 * coefficients, 2 bits, whether it is Walsh-Hadamard's, and from bit 16 on the
 * number of the last coefficient. */

void main()
{
    const uint group = gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
    const uint index = group * ITX_GROUP + gl_LocalInvocationID.x;
    if (index >= p.n[0])
        return;
    const ITX_JOB job = jobs[p.first[0] + index];
    const uint table = (p.info[0] >> 16) * 8u + (job.how >> 4 & 3u) * 32u;
    const uint end = (job.how >> 16) + 1u, coef = COEFS(job.coefs);
    const bool wht = (job.how >> 6 & 1u) != 0u;

    int c[4][4];
    [[unroll]] for (int y = 0; y < 4; y++) {
        const uvec2 t = order[(table >> 2) + y];
        int r[4] = int[](COEF(coef + min(t.x & 0xffffu, end)), COEF(coef + min(t.x >> 16, end)),
                         COEF(coef + min(t.y & 0xffffu, end)), COEF(coef + min(t.y >> 16, end)));
        if (wht) {
            r = int[](r[0] >> 2, r[1] >> 2, r[2] >> 2, r[3] >> 2);
            itx_wht4(r);
        } else {
            transform(r, job.how & 3u, ROW_MAX);
#if ITX_BITS == 12
            [[unroll]] for (int x = 0; x < 4; x++)
                r[x] = clamp(r[x], ~COL_MAX, COL_MAX);
#endif
        }
        c[y] = r;
    }
    [[unroll]] for (int x = 0; x < 4; x++) {
        int r[4] = int[](c[0][x], c[1][x], c[2][x], c[3][x]);
        if (wht) {
            itx_wht4(r);
        } else {
            transform(r, job.how >> 2 & 3u, COL_MAX);
            [[unroll]] for (int y = 0; y < 4; y++)
                r[y] = ITX_LAST(r[y]);
        }
        /* a residual that is out of the range of pixels needn't be exact */
        [[unroll]] for (int y = 0; y < 4; y++)
            c[y][x] = clamp(r[y], -PIXEL_MAX, PIXEL_MAX);
    }

    const uint plane = job.pos >> 24, x = job.pos & 0xfffu;
    const uint stride = p.stride[plane];
    const uint pos = p.org[plane] + (job.pos >> 12 & 0xfffu) * 4u * stride + x;
#define R(y) uvec2(biased(c[y][0], c[y][SECOND]), biased(c[y][3 - SECOND], c[y][3]))
    if (job.pos >= ITX_STORE)
        store4(pos, 0u, stride, 2u * stride, 3u * stride, R(0), R(1), R(2), R(3));
    else
        add4(pos, 0u, stride, 2u * stride, 3u * stride, R(0), R(1), R(2), R(3));
}
