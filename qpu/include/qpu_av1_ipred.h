/* AV1 intra prediction on the device: jobs, their order, the launch. Section
 * numbers are those of the AV1 specification. Nothing here knows a decoder,
 * but what a job says is what upstream's recon_b_intra() passes on. */

#ifndef QPU_INCLUDE_QPU_AV1_IPRED_H
#define QPU_INCLUDE_QPU_AV1_IPRED_H

#include <string.h>

#include "qpu.h"
#include "av1/ipred.h"

/* ---- jobs ---- */

/* Words of struct QpuAv1IpredJob. x4, y4: position in 4x4 blocks of the plane;
 * lw4, lh4: log2 of the size in 4x4 blocks, 0..4. */
static inline uint32_t qpu_av1_ipred_pos(const unsigned plane, const unsigned x4, const unsigned y4,
                                         const unsigned lw4, const unsigned lh4)
{
    return x4 | y4 << IPRED_Y4_SHIFT | plane << IPRED_PLANE_SHIFT |
           lw4 << IPRED_LW_SHIFT | lh4 << IPRED_LH_SHIFT;
}

/* angle: what upstream's predictors get, flags included. n_top4, n_left4: from
 * qpu_av1_ipred_edge(), also where have_top or have_left is 0. */
static inline uint32_t qpu_av1_ipred_how(const unsigned mode, const unsigned angle,
                                         const unsigned n_top4, const unsigned n_left4,
                                         const unsigned have_top, const unsigned have_left)
{
    return mode | angle << IPRED_ANGLE_SHIFT | n_top4 << IPRED_TOP_SHIFT |
           n_left4 << IPRED_LEFT_SHIFT | have_top << IPRED_HAVE_TOP_BIT |
           have_left << IPRED_HAVE_LEFT_BIT;
}

/* How much of an edge there is, in 4x4 blocks: size4 is the block's own, room4
 * how many there are up to the tile's end; more: whether those behind the
 * block's own (above right, below left) are decoded. */
static inline unsigned qpu_av1_ipred_edge(const unsigned size4, const unsigned room4,
                                          const unsigned more)
{
    const unsigned want = size4 << !!more;
    return want < room4 ? want : room4;
}

static inline uint32_t qpu_av1_ipred_cfl(const int alpha, const unsigned w_pad4,
                                         const unsigned h_pad4)
{
    return (uint32_t) (alpha & 0xff) | w_pad4 << 8 | h_pad4 << 12;
}

#define QPU_AV1_IPRED_BLEND (1U << IPRED_BLEND_BIT) /* of how */

/* ---- levels ---- */

/* A block's level is 1 + the highest one of what it reads; pixels of other
 * blocks (inter) have level 0. A map has a level for each 4x4 block of a
 * plane, in rows of stride, and is zeroed before a frame. Blocks reach over
 * the plane's end: width and height are those rounded up to 16. */
typedef struct QpuAv1IpredMap {
    uint16_t *level;
    size_t stride;
} QpuAv1IpredMap;

static inline unsigned qpu_av1_ipred_max(const uint16_t *at, size_t step, unsigned n, unsigned max) {
    for (; n; n--, at += step)
        if (*at > max) max = *at;
    return max;
}

/* The level of the block of a job, which is put into the map. Jobs of a tile
 * come in the order of decoding; tiles may be done at the same time. map: of
 * luma, U, V (the latter two may be the same map, at the price of a level more
 * here and there if V's jobs are done in between). More than 65535 can't be
 * represented: such a frame has to go another way. */
static inline unsigned qpu_av1_ipred_level(const QpuAv1IpredMap map[3], const int ss_hor,
                                           const int ss_ver, const struct QpuAv1IpredJob *const job)
{
    const uint32_t pos = job->pos, how = job->how;
    const unsigned mode = how & 15, pl = pos >> IPRED_PLANE_SHIFT & 3;
    const unsigned x4 = pos & 0xfff, y4 = pos >> IPRED_Y4_SHIFT & 0xfff;
    const unsigned w4 = 1U << (pos >> IPRED_LW_SHIFT & 7), h4 = 1U << (pos >> IPRED_LH_SHIFT);
    const int have_top = how >> IPRED_HAVE_TOP_BIT & 1, have_left = how >> IPRED_HAVE_LEFT_BIT & 1;
    const size_t stride = map[pl].stride;
    uint16_t *const at = map[pl].level + y4 * stride + x4;
    unsigned max = 0;

    if (mode != QPU_AV1_IPRED_PAL) {
        const int any_dc = IPRED_ANY_DC >> mode & 1;
        const unsigned less = w4 < h4 ? w4 : h4;
        unsigned top = any_dc || IPRED_NEEDS_TOP >> mode & 1 ? w4 : 0;
        unsigned left = any_dc || IPRED_NEEDS_LEFT >> mode & 1 ? h4 : 0;
        if (mode == QPU_AV1_IPRED_Z1) top += less;
        if (mode == QPU_AV1_IPRED_Z3) left += less;
        const unsigned n_top = how >> IPRED_TOP_SHIFT & 63, n_left = how >> IPRED_LEFT_SHIFT & 63;
        if (top > n_top) top = n_top;
        if (left > n_left) left = n_left;
        /* what isn't there is made of the first pixel of the other side */
        if (have_top)
            max = qpu_av1_ipred_max(at - stride, 1, top + !(top | have_left), max);
        if (have_left)
            max = qpu_av1_ipred_max(at - 1, stride, left + !(left | have_top), max);
        if (have_top & have_left & IPRED_NEEDS_CORNER >> mode)
            max = qpu_av1_ipred_max(at - stride - 1, 1, 1, max);
        if (mode == QPU_AV1_IPRED_CFL) {
            const unsigned cw = (w4 - (job->arg >> 8 & 15)) << ss_hor;
            const unsigned ch = (h4 - (job->arg >> 12 & 15)) << ss_ver;
            const uint16_t *luma = map[0].level + (y4 << ss_ver) * map[0].stride + (x4 << ss_hor);
            for (unsigned y = 0; y < ch; y++, luma += map[0].stride)
                max = qpu_av1_ipred_max(luma, 1, cw, max);
        }
    }
    max++;
    const uint64_t four = (uint16_t) max * 0x0001000100010001ULL;
    uint16_t *row = at;
    for (unsigned y = 0; y < h4; y++, row += stride)
        switch (w4) {
        case 1: memcpy(row, &four, 2); break;
        case 2: memcpy(row, &four, 4); break;
        default:
            for (unsigned x = 0; x < w4; x += 4) memcpy(row + x, &four, 8);
        }
    return max;
}

/* The jobs of one level, neighbours in the buffer; those of blocks wider or
 * higher than 16 pixels come first. */
typedef struct QpuAv1IpredLevel {
    uint32_t first, n_large, n_small;
} QpuAv1IpredLevel;

/* Brings n jobs into the order of their levels, levels[i] being that of
 * jobs[i]. out gets n jobs, written once and in order; ranges[0] belongs to
 * level 1, up to n_levels; order is scratch memory for n words. */
void qpu_av1_ipred_sort(const struct QpuAv1IpredJob *jobs, const uint16_t *levels, uint32_t n,
                        struct QpuAv1IpredJob *out, QpuAv1IpredLevel *ranges,
                        uint32_t n_levels, uint32_t *order);

/* ---- launch ---- */

#define QPU_AV1_IPRED_TABLES_SIZE (16 * IPRED_TABLE_SIZE)

/* Fills in the tables that the kernel reads, the same for all frames.
 * weights: of 7.11.2.6 for size n at n; steps: of 7.11.2.4 by half the angle;
 * taps: of 7.11.2.3 for input k and output i at [8 * k + i], -16 to 16. */
void qpu_av1_ipred_tables(void *dst, const uint8_t weights[128], const uint16_t steps[44],
                          const int8_t taps[5][64]);

typedef struct QpuAv1Ipred {
    QpuRange jobs;      /* struct QpuAv1IpredJob[] */
    QpuRange tables;
    QpuRange palettes;  /* uint32_t[]; buf NULL: no job has one */
    QpuRange masks;     /* uint8_t[]; buf NULL: no job has one */
} QpuAv1Ipred;

/* Predicts the blocks of n_levels levels, one after the other, each in one
 * dispatch that is followed by a barrier; empty ones cost nothing. Where
 * residuals have to be added in between, call it for one level at a time.
 * Whole blocks are written, up to 63 pixels right of the plane and 63 rows
 * below it, as far as blocks at multiples of their size reach; none
 * of it belongs to another row's pixels. */
int qpu_av1_ipred(QpuBatch *b, const QpuFrame *f, const QpuAv1Ipred *p,
                  const QpuAv1IpredLevel *levels, int n_levels);

#endif /* QPU_INCLUDE_QPU_AV1_IPRED_H */
