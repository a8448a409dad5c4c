/* Launches film grain: uploads the tables in the kernel's form, all planes in
 * one dispatch. */

#include <errno.h>
#include <string.h>

#include "qpu_av1_fg.h"
#include "kernels.h"
#include "av1/fg.h"

#define BLOCK_LOG2 5
#define BLOCK (1 << BLOCK_LOG2) /* luma pixels */

/* A number as a half, which it must fit without rounding and as a normal one.
 * Scaled down, the float's exponent is the half's. */
static uint16_t half(const float v) {
    const float scaled = v * 0x1p-112f;
    uint32_t bits;
    memcpy(&bits, &scaled, sizeof(bits));
    return (uint16_t) ((bits >> 16 & 0x8000) | (bits >> 13 & 0x7fff));
}

static uint32_t div_up(const int n, const int by) {
    return (uint32_t) (n + by - 1) / (uint32_t) by;
}

static int grain_rows(const int ss_ver) {
    return BLOCK * 2 >> ss_ver;
}

/* The grain in the layout of av1/fg.h, written from front to back. */
static void write_grain(uint16_t *dst, const void *const grain, const int is_8bit,
                        const int ss_hor, const int ss_ver)
{
    /* where a block with random number 0 begins: 3, and half of 3 times 2 more */
    const int first_x = 3 + (6 >> ss_hor), first_y = 3 + (6 >> ss_ver);
    const int copies = 1 << FG_COPIES_LOG2(ss_hor), width = FG_COPY_W(ss_hor);
    const int cols = width + ((copies - 1) << FG_STEP_LOG2(ss_hor));
    uint16_t row[FG_COPY_W(0) + 2];

    for (int y = 0; y < grain_rows(ss_ver); y++) {
        const size_t at = (size_t) (first_y + y) * QPU_AV1_GRAIN_W + first_x;
        if (is_8bit) {
            const int8_t *const src = (const int8_t *) grain + at;
            for (int x = 0; x < cols; x++)
                row[x] = half(src[x]);
        } else {
            const int16_t *const src = (const int16_t *) grain + at;
            for (int x = 0; x < cols; x++)
                row[x] = half(src[x]);
        }
        for (int c = 0; c < copies; c++, dst += width)
            memcpy(dst, row + (c << FG_STEP_LOG2(ss_hor)), (size_t) width * sizeof(*row));
    }
}

/* The random numbers of a row of blocks, 7.18.3.5. */
static void random_row(uint8_t *const dst, const int n, const unsigned seed, const int row) {
    unsigned r = seed;
    r ^= (((unsigned) row * 37 + 178) & 0xff) << 8;
    r ^= ((unsigned) row * 173 + 105) & 0xff;
    for (int i = 0; i < n; i++) {
        r = r >> 1 | ((r ^ r >> 1 ^ r >> 3 ^ r >> 12) & 1) << 15; /* 7.18.3.2 */
        dst[i] = (uint8_t) (r >> 8);
    }
}

static void write_blocks(uint32_t *dst, const int w, const int h, const unsigned seed) {
    uint8_t rows[2][16384 / BLOCK];
    memset(rows[1], 0, sizeof(rows[1])); /* not used, but shipped */
    for (int y = 0; y < h; y++) {
        const uint8_t *const up = rows[~y & 1], *const own = rows[y & 1];
        random_row(rows[y & 1], w, seed, y);
        *dst++ = FG_RANDOM(own[0], 0, up[0], 0);
        for (int x = 1; x < w; x++)
            *dst++ = FG_RANDOM(own[x], own[x - 1], up[x], up[x - 1]);
    }
}

int qpu_av1_fg(QpuBatch *const b, const QpuFrame *const src, const QpuFrame *const dst,
               const QpuAv1Fg *const p)
{
    const int planes = p->planes & ((1 << src->n_planes) - 1);
    const int is_8bit = src->bpc == 8, depth = src->bpc - 8;
    if (!qpu_frame_same_layout(src, dst) || src->bpc < 8 || src->bpc > 12 ||
        (src->range.buf == dst->range.buf && src->range.off == dst->range.off) ||
        src->plane[0].w > 16384 || p->scaling_shift < 8 || p->scaling_shift > 11)
    {
        return -EINVAL;
    }
    for (int pl = 0; pl < 3; pl++)
        if (planes >> pl & 1 && (!p->plane[pl].grain || !p->plane[pl].scaling))
            return -EINVAL;
    if (!planes) return 0;

    const int w = src->plane[0].w, blocks_w = (w + BLOCK - 1) >> BLOCK_LOG2;
    const int blocks_h = (src->plane[0].h + BLOCK - 1) >> BLOCK_LOG2;
    const uint32_t octet = is_8bit ? 2 : 4; /* words */
    const uint32_t lut = 1U << src->bpc;    /* halves */

    /* the scaling functions, then grain, then the blocks' numbers; offsets in
     * halves. Luma's function comes first, there or not */
    uint32_t lut_at[3] = { 0 }, grain_at[3] = { 0 }, size = lut;
    for (int pl = 1; pl < 3; pl++) {
        if (!(planes >> pl & 1)) continue;
        if (planes & 1 && p->plane[pl].scaling == p->plane[0].scaling) continue;
        if (pl == 2 && planes & 2 && p->plane[2].scaling == p->plane[1].scaling) {
            lut_at[2] = lut_at[1];
            continue;
        }
        lut_at[pl] = size;
        size += lut;
    }
    for (int pl = 0; pl < 3; pl++) {
        if (!(planes >> pl & 1)) continue;
        grain_at[pl] = size;
        size += (uint32_t) grain_rows(pl ? src->ss_ver : 0) * FG_PITCH;
    }
    const uint32_t blocks_at = size;

    qpu_batch_stage(b, QPU_STAGE_FG);
    QpuRange tables;
    uint16_t *const table = qpu_batch_upload(b, (size_t) size * 2 + (size_t) blocks_w * blocks_h * 4,
                                             &tables);
    if (!table) return -ENOMEM;

    uint16_t scale[256];
    const float unit = 1.0f / (float) (1 << p->scaling_shift);
    for (int i = 0; i < 256; i++)
        scale[i] = half((float) i * unit);
    for (int pl = 0; pl < 3; pl++) {
        if (!(planes >> pl & 1) || (pl && !lut_at[pl]) || (pl == 2 && lut_at[2] == lut_at[1]))
            continue;
        for (uint32_t i = 0; i < lut; i++)
            table[lut_at[pl] + i] = scale[p->plane[pl].scaling[i]];
    }
    for (int pl = 0; pl < 3; pl++)
        if (planes >> pl & 1)
            write_grain(table + grain_at[pl], p->plane[pl].grain, is_8bit,
                        pl ? src->ss_hor : 0, pl ? src->ss_ver : 0);
    write_blocks((uint32_t *) (table + blocks_at), blocks_w, blocks_h, p->seed & 0xffff);

    const float bias = FG_BIAS(is_8bit);
    const int min = p->clip ? 16 << depth : 0, top = (1 << src->bpc) - 1;
    const int odd = src->ss_hor && w & 1 ? (w - 1) % BLOCK : FG_EVEN;
    struct QpuAv1FgPush push = {
        .blocks_w = (uint32_t) blocks_w,
        .blocks = blocks_at / 2,
        .flags = FG_FLAGS(!!p->overlap, src->ss_ver, odd),
        .pixel_max = (uint32_t) top,
        .grain_max = (float) ((128 << depth) - 1),
        .lo = bias + (float) min,
        .lut_size = (float) top + 0.5f,
    };
    for (int i = 0; i < src->n_planes; i++) {
        const int pl = planes >> i & 1 || !i ? i : 3 - i; /* one of chroma stands for both */
        const int uv = !!pl;
        const int max = !p->clip ? top : (uv && !p->identity ? 240 : 235) << depth;
        push.org[i] = src->plane[pl].org / octet;
        push.stride[uv] = src->plane[pl].stride / octet;
        push.rows[uv] = (uint32_t) src->plane[pl].h;
        push.grain[i] = grain_at[pl] / 4;
        push.hi[uv] = bias + (float) max + 0.5f;
        if (uv) {
            /* what the kernel has added to pixels is taken away here; sums and
             * products are exact */
            const float luma_mult = (float) p->plane[pl].luma_mult / 64.0f;
            const float mult = (float) p->plane[pl].mult / 64.0f;
            const float luma_bias = src->ss_hor ? bias : bias + 0.5f;
            push.luma_mult[i - 1] = luma_mult;
            push.mult[i - 1] = mult;
            push.lut[i - 1] = (float) lut_at[pl];
            push.offset[i - 1] = (float) (p->plane[pl].offset * (1 << depth)) + (float) lut_at[pl] -
                                 luma_bias * luma_mult - (bias + 0.5f) * mult;
        }
    }

    const int luma = planes & 1, chroma = !!(planes & 6), mixed = p->overlap ? blocks_h - 1 : 0;
    const uint32_t lanes[5] = {
        luma * div_up(src->plane[0].h, FG_ROWS),
        chroma * div_up((int) push.rows[1], FG_ROWS),
        (uint32_t) (luma * mixed * 2),
        (uint32_t) (chroma * mixed * (2 >> src->ss_ver)),
        chroma && odd < FG_EVEN ? div_up((int) push.rows[1], FG_GROUP_W) : 0,
    };
    uint32_t groups = 0;
    for (int i = 0; i < 5; i++) {
        groups += div_up((int) lanes[i], FG_GROUP_H);
        if (i < 4) push.end[i] = groups * FG_GROUP_H;
    }

    const QpuRange bind[] = { src->range, dst->range, tables };
    const QpuKernel *const kernels[2][2] = {
        { &qpu_k_av1_fg_8, &qpu_k_av1_fg_ss_8 }, { &qpu_k_av1_fg_16, &qpu_k_av1_fg_ss_16 },
    };
    const int res = qpu_batch_dispatch(b, kernels[!is_8bit][src->ss_hor],
                                       bind, sizeof(bind) / sizeof(*bind), &push, sizeof(push),
                                       div_up(blocks_w, FG_GROUP_W), groups, 1);
    qpu_batch_barrier(b);
    return res;
}
