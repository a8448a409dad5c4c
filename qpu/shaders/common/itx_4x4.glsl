/* Blocks of 4x4: an invocation owns one and has it in registers all the time.
 * Needs common/itx_io.glsl and ITX_STORE, a bit of the jobs' places. In a job's `how`
 * are the order of coefficients (2 bits from bit 4 on), and from bit 16 on the
 * number of the last one. */

/* Row y of the coefficients. */
int[4] load_row(const ITX_JOB job, const int y)
{
    const uint table = (p.info[0] >> 16) * 8u + (job.how >> 4 & 3u) * 32u;
    const uint end = (job.how >> 16) + 1u, coef = COEFS(job.coefs);
    const uvec2 t = order[(table >> 2) + y];
    return int[](COEF(coef + min(t.x & 0xffffu, end)), COEF(coef + min(t.x >> 16, end)),
                 COEF(coef + min(t.y & 0xffffu, end)), COEF(coef + min(t.y >> 16, end)));
}

/* Adds or stores the residual, rows of values of 16 bits that stay so when a pixel is added. */
void put_block(const ITX_JOB job, const int c[4][4])
{
    const uint plane = job.pos >> 24, x = job.pos & 0xfffu;
    const uint stride = p.stride[plane];
    const uint pos = p.org[plane] + (job.pos >> 12 & 0xfffu) * 4u * stride + x;
#define R(y) uvec2(biased(c[y][0], c[y][SECOND]), biased(c[y][3 - SECOND], c[y][3]))
    if (job.pos >= ITX_STORE)
        store4(pos, 0u, stride, 2u * stride, 3u * stride, R(0), R(1), R(2), R(3));
    else
        add4(pos, 0u, stride, 2u * stride, 3u * stride, R(0), R(1), R(2), R(3));
#undef R
}
