/* Inter prediction: frames of random blocks through upstream's functions, called
 * as upstream's reconstruction calls them, and through the kernels. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/cpu.h"
#include "src/levels.h"
#include "src/mc.h"
#include "src/tables.h"

#include "qpu_av1_mc.h"
#include "checkqpu.h"

void bitfn(checkqpu_av1_mc)(void);

#define N_REFS   3  /* of the frame's size */
#define N_SCALED 2  /* of other sizes */
#define MAX_JOBS 40000
#define MASKS_SIZE 65536
/* A few jobs of some kinds are the more general kind's; so many more, small
 * ones, are not. */
#define PAD (32 * 64)

/* What an area of 128x128 luma pixels is made of. */
enum { PUT, OBMC, AVG, MASK, DIFF, WARP, WARP_COMP, SCALED, SCALED_COMP, N_AREAS };
static const char *const area_names[] = {
    "put", "obmc", "average", "mask", "difference", "warp", "warped compound", "scaled",
    "scaled compound",
};
static unsigned long n_blocks[N_AREAS], n_jobs[QPU_AV1_MC_N], n_warp_jobs;
static unsigned long n_edges, n_far, n_sizes[8][8];

typedef struct Job {
    QpuAv1McJob job;
    int kind, cls;
} Job;

typedef struct Case {
    Dav1dMCDSPContext dsp;
    QpuFrame cur, ref[N_REFS + N_SCALED];
    uint8_t *pool; /* of upstream's side */
    int bitdepth_max, n_planes, ss_hor, ss_ver;
    int scale[7][2], step[7][2];
    uint8_t masks[MASKS_SIZE];

    Job *jobs;
    QpuAv1McWarp *warps;
    int n_jobs, n_warps;

    /* buffers of upstream's, whose last rows may be read past the end */
    pixel emu[330 * 330], block[128 * 128], lap[128 * 128];
    int16_t tmp[2][128 * 128];
    uint8_t seg_mask[128 * 128];
} Case;

static int aligned8(const int v) { return (v + 7) & ~7; }

static const uint8_t filter_2d[3 /* vertical */][3 /* horizontal */] = {
    { FILTER_2D_8TAP_REGULAR, FILTER_2D_8TAP_SMOOTH_REGULAR, FILTER_2D_8TAP_SHARP_REGULAR },
    { FILTER_2D_8TAP_REGULAR_SMOOTH, FILTER_2D_8TAP_SMOOTH, FILTER_2D_8TAP_SHARP_SMOOTH },
    { FILTER_2D_8TAP_REGULAR_SHARP, FILTER_2D_8TAP_SMOOTH_SHARP, FILTER_2D_8TAP_SHARP },
};

typedef struct Filter {
    int h, v, type; /* type: upstream's */
} Filter;

static Filter random_filter(void) {
    Filter f = { check_range(0, 2), check_range(0, 2), FILTER_2D_BILINEAR };
    if (check_range(0, 7)) f.type = filter_2d[f.v][f.h];
    else f.h = f.v = QPU_AV1_MC_BILINEAR;
    return f;
}

static pixel *plane_at(const Case *const c, const QpuFrame *const f, const int pl, ptrdiff_t *const stride) {
    return (pixel *) check_plane(f, pl, c->pool + f->range.off, stride);
}

static void add_job(Case *const c, const int kind, const int w, const int h, const QpuAv1McJob job) {
    if (c->n_jobs == MAX_JOBS) abort();
    c->jobs[c->n_jobs++] = (Job) { job, kind, qpu_av1_mc_class(kind, ulog2(w), h) };
    n_jobs[kind]++;
}

/* The current frame's, rounded up to blocks. */
static int plane_w(const Case *const c, const int pl) {
    return aligned8(c->cur.plane[0].w) >> (pl ? c->ss_hor : 0);
}
static int plane_h(const Case *const c, const int pl) {
    return aligned8(c->cur.plane[0].h) >> (pl ? c->ss_ver : 0);
}

/* A block: where it is in its plane, and its size. */
typedef struct Block {
    int pl, x, y, w, h;
} Block;

static uint32_t block_dst(const Block *const b) {
    return QPU_AV1_MC_DST(b->x, b->y, b->pl);
}

/* Copies what of a block lies in the frame. */
static void write_block(const Case *const c, const Block *const b, const pixel *const src) {
    ptrdiff_t stride;
    pixel *const dst = plane_at(c, &c->cur, b->pl, &stride);
    const int w = plane_w(c, b->pl), h = plane_h(c, b->pl);
    for (int y = 0; y < imin(b->h, h - b->y); y++)
        memcpy(dst + (b->y + y) * PXSTRIDE(stride) + b->x, src + y * 128,
               (size_t) imax(imin(b->w, w - b->x), 0) * sizeof(pixel));
}

static void read_block(const Case *const c, const Block *const b, pixel *const dst) {
    ptrdiff_t stride;
    const pixel *const src = plane_at(c, &c->cur, b->pl, &stride);
    const int w = plane_w(c, b->pl), h = plane_h(c, b->pl);
    for (int y = 0; y < imin(b->h, h - b->y); y++)
        memcpy(dst + y * 128, src + (b->y + y) * PXSTRIDE(stride) + b->x,
               (size_t) imax(imin(b->w, w - b->x), 0) * sizeof(pixel));
}

/* A prediction: from where, how. */
typedef struct Motion {
    int ref, x, y, mx, my;
    Filter filter;
} Motion;

static Motion random_motion(const Block *const b) {
    Motion m = { .ref = check_range(0, N_REFS - 1), .filter = random_filter() };
    const int far = check_range(0, 9) ? 40 : 2300;
    m.x = b->x + check_range(-far, far);
    m.y = b->y + check_range(-far, far);
    m.mx = check_range(0, 3) ? check_range(0, 15) : 0;
    m.my = check_range(0, 3) ? check_range(0, 15) : 0;
    return m;
}

/* Upstream's way to a block of one reference, into dst8 (128 pixels a row, lap: as
 * wide as the block) or dst16. */
static void predict(Case *const c, const Block *const b, const Motion *const m,
                    pixel *const dst8, const int dst_stride, int16_t *const dst16)
{
    const int bitdepth_max = c->bitdepth_max;
    ptrdiff_t stride;
    const QpuFrame *const f = &c->ref[m->ref];
    const pixel *const plane = plane_at(c, f, b->pl, &stride);
    const pixel *src = plane + m->y * PXSTRIDE(stride) + m->x;
    const int w = f->plane[b->pl].w, h = f->plane[b->pl].h;
    const int mx = m->mx, my = m->my;
    (void) bitdepth_max;

    if (m->x < !!mx * 3 || m->y < !!my * 3 ||
        m->x + b->w + !!mx * 4 > w || m->y + b->h + !!my * 4 > h)
    {
        c->dsp.emu_edge(b->w + !!mx * 7, b->h + !!my * 7, w, h, m->x - !!mx * 3, m->y - !!my * 3,
                        c->emu, 192 * sizeof(pixel), plane, stride);
        src = &c->emu[192 * !!my * 3 + !!mx * 3];
        stride = 192 * sizeof(pixel);
        n_edges++;
        if (m->x + b->w + 4 < 0 || m->y + b->h + 4 < 0 || m->x > w + 3 || m->y > h + 3) n_far++;
    }
    if (dst8)
        c->dsp.mc[m->filter.type](dst8, dst_stride * sizeof(pixel), src, stride, b->w, b->h,
                                  mx, my HIGHBD_TAIL_SUFFIX);
    else
        c->dsp.mct[m->filter.type](dst16, src, stride, b->w, b->h, mx, my HIGHBD_TAIL_SUFFIX);
}

static QpuAv1McJob motion_job(const Block *const b, const Motion *const m, const int h) {
    return (QpuAv1McJob) {
        .dst = block_dst(b),
        .src = QPU_AV1_MC_SRC(m->x, m->y),
        .how = QPU_AV1_MC_HOW(ulog2(b->w), h, m->ref, qpu_av1_mc_taps(m->filter.h, m->mx, b->w),
                              qpu_av1_mc_taps(m->filter.v, m->my, b->h)),
    };
}

static int taps_of(const Block *const b, const Motion *const m) {
    return imax(qpu_av1_mc_n_taps(qpu_av1_mc_taps(m->filter.h, m->mx, b->w)),
                qpu_av1_mc_n_taps(qpu_av1_mc_taps(m->filter.v, m->my, b->h)));
}

static void do_put(Case *const c, const Block *const b) {
    const Motion m = random_motion(b);
    const QpuAv1McJob job = motion_job(b, &m, b->h);
    int kind = qpu_av1_mc_put_kind(ulog2(b->w), b->h, qpu_av1_mc_taps(m.filter.h, m.mx, b->w),
                                   qpu_av1_mc_taps(m.filter.v, m.my, b->h));
    /* the general kernels can do the others' work */
    if (b->w > 2 && !check_range(0, 3))
        kind = taps_of(b, &m) == 8 || check_rand() & 1 ? QPU_AV1_MC_PUT_8 : QPU_AV1_MC_PUT_6;
    predict(c, b, &m, c->block, 128, NULL);
    write_block(c, b, c->block);
    add_job(c, kind, b->w, b->h, job);
}

/* A prediction from a reference of another size. */
typedef struct Scaled {
    int ref, pos[2];
    Filter filter;
} Scaled;

static Scaled random_scaled(const Case *const c, const Block *const b) {
    Scaled s = { .ref = N_REFS + check_range(0, N_SCALED - 1), .filter = random_filter() };
    const int ss_hor = b->pl ? c->ss_hor : 0, ss_ver = b->pl ? c->ss_ver : 0;
    const int far = check_range(0, 9) ? 300 : 16000;
    const int mvx = check_range(-far, far), mvy = check_range(-far, far);
    const int orig[2] = { (b->x << 4) + mvx * (1 << !ss_hor), (b->y << 4) + mvy * (1 << !ss_ver) };
    for (int k = 0; k < 2; k++) {
        const int scale = c->scale[s.ref][k];
        const int64_t t = (int64_t) orig[k] * scale + (scale - 0x4000) * 8;
        s.pos[k] = apply_sign64((int) ((llabs(t) + 128) >> 8), t) + 32;
    }
    return s;
}

/* As predict(). */
static void predict_scaled(Case *const c, const Block *const b, const Scaled *const s,
                           pixel *const dst8, const int dst_stride, int16_t *const dst16)
{
    const int bitdepth_max = c->bitdepth_max;
    const QpuFrame *const f = &c->ref[s->ref];
    const int *const step = c->step[s->ref];
    const int left = s->pos[0] >> 10, top = s->pos[1] >> 10;
    const int right = ((s->pos[0] + (b->w - 1) * step[0]) >> 10) + 1;
    const int bottom = ((s->pos[1] + (b->h - 1) * step[1]) >> 10) + 1;
    const int w = f->plane[b->pl].w, h = f->plane[b->pl].h;
    ptrdiff_t stride;
    const pixel *const plane = plane_at(c, f, b->pl, &stride);
    const pixel *src = plane + top * PXSTRIDE(stride) + left;
    (void) bitdepth_max;

    if (left < 3 || top < 3 || right + 4 > w || bottom + 4 > h) {
        c->dsp.emu_edge(right - left + 7, bottom - top + 7, w, h, left - 3, top - 3,
                        c->emu, 320 * sizeof(pixel), plane, stride);
        src = &c->emu[320 * 3 + 3];
        stride = 320 * sizeof(pixel);
        n_edges++;
    }
    if (dst8)
        c->dsp.mc_scaled[s->filter.type](dst8, dst_stride * sizeof(pixel), src, stride, b->w, b->h,
                                         s->pos[0] & 0x3ff, s->pos[1] & 0x3ff,
                                         step[0], step[1] HIGHBD_TAIL_SUFFIX);
    else
        c->dsp.mct_scaled[s->filter.type](dst16, src, stride, b->w, b->h,
                                          s->pos[0] & 0x3ff, s->pos[1] & 0x3ff,
                                          step[0], step[1] HIGHBD_TAIL_SUFFIX);
}

static QpuAv1McJob scaled_job(const Block *const b, const Scaled *const s, const int h) {
    return (QpuAv1McJob) {
        .dst = block_dst(b),
        .src = (uint32_t) s->pos[0],
        .how = QPU_AV1_MC_HOW(ulog2(b->w), h, s->ref, qpu_av1_mc_taps(s->filter.h, 0, b->w),
                              qpu_av1_mc_taps(s->filter.v, 0, b->h)),
        .arg = (uint32_t) s->pos[1],
    };
}

static void do_scaled(Case *const c, const Block *const b, const int prep, const int i) {
    const Scaled s = random_scaled(c, b);
    QpuAv1McJob job = scaled_job(b, &s, b->h);
    if (prep) {
        predict_scaled(c, b, &s, NULL, 0, c->tmp[i]);
        job.how |= QPU_AV1_MC_PREP | QPU_AV1_MC_TMP(i);
    } else {
        predict_scaled(c, b, &s, c->block, 128, NULL);
        write_block(c, b, c->block);
    }
    add_job(c, QPU_AV1_MC_SCALED, b->w, b->h, job);
}

/* Neighbours lie at multiples of their size. */
static int neighbour_step(const int pos) {
    int step = 1 << check_range(1, 4);
    while (pos & (step - 1)) step >>= 1;
    return step;
}

/* A neighbour's prediction into c->lap, and the job, of h rows. mask_h: what the
 * mask above is for. */
static void do_neighbour(Case *const c, const Block *const n, const int scaled, const int left,
                         const int h, const int mask_h)
{
    QpuAv1McJob job;
    int kind;
    if (scaled) {
        const Scaled s = random_scaled(c, n);
        predict_scaled(c, n, &s, c->lap, n->w, NULL);
        job = scaled_job(n, &s, h);
        kind = left ? QPU_AV1_MC_SCALED_LEFT : QPU_AV1_MC_SCALED_ABOVE;
    } else {
        const Motion m = random_motion(n);
        predict(c, n, &m, c->lap, n->w, NULL);
        job = motion_job(n, &m, h);
        job.arg = (uint32_t) mask_h;
        kind = left ? QPU_AV1_MC_OBMC_LEFT : QPU_AV1_MC_OBMC_ABOVE;
    }
    if (left) job.how |= QPU_AV1_MC_LEFT;
    add_job(c, kind, n->w, h, job);
}

/* luma: the block that b is a plane's part of; scaled: of 4 neighbours */
static void do_obmc(Case *const c, const Block *const b, const Block *const luma, const int scaled) {
    const int h_mul = 4 >> (b->pl ? c->ss_hor : 0), v_mul = 4 >> (b->pl ? c->ss_ver : 0);
    const int bw4 = luma->w / 4, bh4 = luma->h / 4;
    do_put(c, b);
    read_block(c, b, c->block);
    if (!b->pl || b->w + b->h >= 16)
        for (int i = 0, x = 0; x < bw4 && i < 4;) {
            const int step4 = neighbour_step(x), ow4 = imin(step4, bw4);
            const int oh4 = imin(bh4, 16) >> 1;
            if (check_range(0, 3)) {
                const Block n = { b->pl, b->x + x * h_mul, b->y, ow4 * h_mul, ((oh4 * 3 + 3) >> 2) * v_mul };
                do_neighbour(c, &n, check_range(1, 4) <= scaled, 0, oh4 * v_mul * 3 >> 2, oh4 * v_mul);
                c->dsp.blend_h(&c->block[x * h_mul], 128 * sizeof(pixel), c->lap, n.w, oh4 * v_mul);
                i++;
            }
            x += step4;
        }
    for (int i = 0, y = 0; y < bh4 && i < 4;) {
        const int step4 = neighbour_step(y), oh4 = imin(step4, bh4);
        const int ow4 = imin(bw4, 16) >> 1;
        if (check_range(0, 3)) {
            const Block n = { b->pl, b->x, b->y + y * v_mul, ow4 * h_mul, oh4 * v_mul };
            do_neighbour(c, &n, check_range(1, 4) <= scaled, 1, n.h, 0);
            c->dsp.blend_v(&c->block[y * v_mul * 128], 128 * sizeof(pixel), c->lap, n.w, n.h);
            i++;
        }
        y += step4;
    }
    write_block(c, b, c->block);
}

/* One reference of a compound: upstream's samples, and a job for ours. */
static void do_prep(Case *const c, const Block *const b, const int i) {
    const Motion m = random_motion(b);
    predict(c, b, &m, NULL, 0, c->tmp[i]);
    QpuAv1McJob job = motion_job(b, &m, b->h);
    job.how |= QPU_AV1_MC_TMP(i);
    add_job(c, taps_of(b, &m) == 8 || !check_range(0, 3) ? QPU_AV1_MC_PREP_8 : QPU_AV1_MC_PREP_6,
            b->w, b->h, job);
}

static void do_warp(Case *const c, const Block *const b, const int prep, const int i) {
    const int bitdepth_max = c->bitdepth_max;
    const int ref = check_range(0, N_REFS - 1);
    const QpuFrame *const f = &c->ref[ref];
    const int w = f->plane[b->pl].w, h = f->plane[b->pl].h;
    int16_t abcd[4];
    (void) bitdepth_max;

    /* as far as their sums may go, 7.11.3.6 */
    abcd[0] = (int16_t) (check_range(-109, 109) * 64);
    abcd[1] = (int16_t) (check_range(-83, 83) * 64);
    abcd[2] = (int16_t) (check_range(-127, 127) * 64);
    abcd[3] = (int16_t) (check_range(-127, 127) * 64);
    const int far = check_range(0, 9) ? 40 : 2300;
    for (int y = 0; y < b->h; y += 8)
        for (int x = 0; x < b->w; x += 8) {
            const int dx = b->x + x + check_range(-far, far), dy = b->y + y + check_range(-far, far);
            const int mx = (check_range(0, 0xffff) - abcd[0] * 4 - abcd[1] * 7) & ~0x3f;
            const int my = (check_range(0, 0xffff) - abcd[2] * 4 - abcd[3] * 4) & ~0x3f;
            ptrdiff_t stride;
            const pixel *const plane = plane_at(c, f, b->pl, &stride);
            const pixel *src = plane + dy * PXSTRIDE(stride) + dx;
            if (dx < 3 || dx + 8 + 4 > w || dy < 3 || dy + 8 + 4 > h) {
                c->dsp.emu_edge(15, 15, w, h, dx - 3, dy - 3, c->emu, 32 * sizeof(pixel), plane, stride);
                src = &c->emu[32 * 3 + 3];
                stride = 32 * sizeof(pixel);
                n_edges++;
            }
            if (prep)
                c->dsp.warp8x8t(&c->tmp[i][y * b->w + x], b->w, src, stride, abcd, mx, my HIGHBD_TAIL_SUFFIX);
            else
                c->dsp.warp8x8(&c->block[y * 128 + x], 128 * sizeof(pixel), src, stride,
                               abcd, mx, my HIGHBD_TAIL_SUFFIX);
            QpuAv1McWarp *const job = &c->warps[c->n_warps++];
            *job = (QpuAv1McWarp) {
                .dst = QPU_AV1_MC_DST(b->x + x, b->y + y, b->pl),
                .src = QPU_AV1_MC_SRC(dx, dy),
                .how = (uint32_t) ref << 10 | (prep ? QPU_AV1_MC_PREP | QPU_AV1_MC_TMP(i) : 0),
                .mx = mx,
                .my = my,
            };
            memcpy(job->abcd, abcd, sizeof(abcd));
            n_warp_jobs++;
        }
    if (!prep) write_block(c, b, c->block);
}

/* Both references of a compound, then what becomes of them. mask_sign: of the
 * block's planes. */
static void do_compound(Case *const c, const Block *const b, const int area, const int mask_sign) {
    const int bitdepth_max = c->bitdepth_max;
    const int fused = area == AVG;
    (void) bitdepth_max;

    QpuAv1McJob job = { .dst = block_dst(b), .how = QPU_AV1_MC_HOW(ulog2(b->w), b->h, 0, 0, 0) };
    int kind = QPU_AV1_MC_MASK;
    for (int i = 0; i < 2 - fused; i++) {
        const int special = i == 0 || check_rand() & 1;
        if (area == WARP_COMP && special && b->w >= 8 && b->h >= 8) do_warp(c, b, 1, i);
        else if (area == SCALED_COMP && special) do_scaled(c, b, 1, i);
        else do_prep(c, b, i);
    }
    if (fused) {
        const Motion m = random_motion(b);
        predict(c, b, &m, NULL, 0, c->tmp[1]);
        job = motion_job(b, &m, b->h);
        kind = taps_of(b, &m) == 8 || !check_range(0, 3) ? QPU_AV1_MC_AVG_8 : QPU_AV1_MC_AVG_6;
    }
    const int layout = !c->ss_hor ? 0 : !c->ss_ver ? 1 : 2;
    if (area == DIFF && !b->pl) {
        c->dsp.w_mask[layout](c->block, 128 * sizeof(pixel), c->tmp[mask_sign], c->tmp[!mask_sign],
                              b->w, b->h, c->seg_mask, mask_sign HIGHBD_TAIL_SUFFIX);
    } else if (area == DIFF || area == MASK) {
        const int off = area == MASK ? check_range(0, (MASKS_SIZE - b->w * b->h) / 8) * 8 : 0;
        c->dsp.mask(c->block, 128 * sizeof(pixel), c->tmp[mask_sign], c->tmp[!mask_sign], b->w, b->h,
                    area == MASK ? c->masks + off : c->seg_mask HIGHBD_TAIL_SUFFIX);
        job.arg = (uint32_t) off;
    } else if (check_rand() & 1) {
        c->dsp.avg(c->block, 128 * sizeof(pixel), c->tmp[0], c->tmp[1], b->w, b->h HIGHBD_TAIL_SUFFIX);
        job.arg = 32;
    } else {
        const int weight = check_range(0, 16);
        c->dsp.w_avg(c->block, 128 * sizeof(pixel), c->tmp[0], c->tmp[1], b->w, b->h, weight HIGHBD_TAIL_SUFFIX);
        job.arg = (uint32_t) weight * 4;
    }
    if (!fused) {
        if (area == DIFF) job.how |= QPU_AV1_MC_DIFF;
        else if (area != MASK) job.how |= QPU_AV1_MC_EVEN;
        if (area == DIFF || area == MASK) job.how |= mask_sign ? QPU_AV1_MC_SWAP : 0;
    }
    write_block(c, b, c->block);
    add_job(c, kind, b->w, b->h, job);
}

static void do_area(Case *const c, const int x0, const int y0, const int area) {
    static const int min_log2[N_AREAS] = { 1, 3, 3, 3, 3, 3, 3, 2, 3 };
    int w_log2 = check_range(min_log2[area], 7);
    int h_log2 = iclip(w_log2 + check_range(-3, 3), min_log2[area], 7);
    if (area == PUT) { /* all sizes in turn */
        static int size;
        w_log2 = size % 7 + 1;
        h_log2 = size / 7 % 7 + 1;
        size++;
    }
    const int w = 1 << w_log2, h = 1 << h_log2;
    for (int y = y0; y < imin(y0 + 128, aligned8(c->cur.plane[0].h)); y += h)
        for (int x = x0; x < imin(x0 + 128, aligned8(c->cur.plane[0].w)); x += w) {
            /* only some of many */
            if (w * h < 256 && check_range(0, 255) > w * h + 8) continue;
            const Block luma = { 0, x, y, w, h };
            const int mask_sign = (int) (check_rand() & 1);
            const int scaled = check_range(0, 4); /* of OBMC's neighbours: none to all */
            n_blocks[area]++;
            for (int pl = 0; pl < c->n_planes; pl++) {
                Block b = luma;
                if (pl) {
                    b = (Block) { pl, x >> c->ss_hor, y >> c->ss_ver, w >> c->ss_hor, h >> c->ss_ver };
                    if (b.w < 2 || b.h < 2) continue;
                }
                if (area == PUT) n_sizes[ulog2(b.w)][ulog2(b.h)]++;
                switch (area) {
                case PUT: do_put(c, &b); break;
                case OBMC: do_obmc(c, &b, &luma, scaled); break;
                case WARP: if (b.w >= 8 && b.h >= 8) do_warp(c, &b, 0, 0); break;
                case SCALED: do_scaled(c, &b, 0, 0); break;
                default: do_compound(c, &b, area, mask_sign);
                }
            }
        }
}

/* What qpu_mc_extend() should do. */
static void extend(const Case *const c, const QpuFrame *const f) {
    const int per_word = 4 / sizeof(pixel);
    for (int pl = 0; pl < c->n_planes; pl++) {
        ptrdiff_t stride;
        pixel *const px = plane_at(c, f, pl, &stride);
        const int w = f->plane[pl].w, h = f->plane[pl].h;
        for (int y = -8; y < h + 8; y++)
            for (int x = -16; x < ((w + 15) / per_word + 1) * per_word; x++)
                px[y * PXSTRIDE(stride) + x] =
                    px[iclip(y, 0, h - 1) * PXSTRIDE(stride) + iclip(x, 0, w - 1)];
    }
}

static void fill_frame(const Case *const c, const QpuFrame *const f, const int kind) {
    const int max = c->bitdepth_max;
    for (int pl = 0; pl < c->n_planes; pl++) {
        ptrdiff_t stride;
        pixel *const px = plane_at(c, f, pl, &stride);
        for (int y = 0; y < f->plane[pl].h; y++)
            for (int x = 0; x < f->plane[pl].w; x++) {
                int v = check_range(0, max);
                /* extremes overflow, slopes round */
                if (kind == 1) v = v & 1 ? max : 0;
                else if (kind == 2) v = ((x / 5 ^ y / 7) & 1) * max;
                else if (kind == 3) v = iclip((x * 3 + y * 5) & max, 0, max);
                px[y * PXSTRIDE(stride) + x] = (pixel) v;
            }
    }
}

static void check_case(const int w, const int h, const int bitdepth, const int layout, const int only) {
    Case *const c = calloc(1, sizeof(*c));
    uint8_t *out = NULL;
    uint32_t size = 0;
    check_begin("%dx%d %d bits layout %d area %d", w, h, bitdepth, layout, only);

    bitfn(dav1d_mc_dsp_init)(&c->dsp);
    c->bitdepth_max = (1 << bitdepth) - 1;
    c->n_planes = layout ? 3 : 1;
    c->ss_hor = layout != DAV1D_PIXEL_LAYOUT_I444;
    c->ss_ver = layout == DAV1D_PIXEL_LAYOUT_I420;
    if (!c->n_planes) c->ss_hor = c->ss_ver = 0;
    c->jobs = malloc(MAX_JOBS * sizeof(*c->jobs));
    c->warps = malloc(MAX_JOBS * sizeof(*c->warps));
    for (int i = 0; i < MASKS_SIZE; i++)
        c->masks[i] = (uint8_t) check_range(0, 64);

    QpuAv1Mc p;
    memset(&p, 0, sizeof(p));
    if (qpu_batch_begin(check_batch)) goto error;
    for (int i = -1; i < N_REFS + N_SCALED; i++) {
        QpuFrame *const f = i < 0 ? &c->cur : &c->ref[i];
        int fw = w, fh = h;
        if (i >= N_REFS) {
            fw = check_range(imax((w + 15) / 16, 1), 2 * w);
            fh = check_range(imax((h + 15) / 16, 1), 2 * h);
            if (!check_range(0, 3)) fw = 2 * w, fh = 2 * h;
            fw = imin(fw, 16384);
            fh = imin(fh, 16384);
            c->scale[i][0] = ((fw << 14) + (w >> 1)) / w;
            c->scale[i][1] = ((fh << 14) + (h >> 1)) / h;
            for (int k = 0; k < 2; k++)
                p.step[i][k] = c->step[i][k] = (c->scale[i][k] + 8) >> 4;
        }
        if (qpu_frame_layout(check_ctx, f, fw, fh, bitdepth, c->n_planes, c->ss_hor, c->ss_ver)) goto error;
        f->range.off = size;
        size += (f->range.size + 255) & ~255U;
        if (i >= 0) p.ref[i] = f;
    }
    void *const up = qpu_batch_upload(check_batch, size, &p.pool);
    c->pool = malloc(size);
    out = malloc(size);
    if (!up || !c->pool || !out) goto error;
    for (uint32_t i = 0; i < size / sizeof(pixel); i++)
        ((pixel *) c->pool)[i] = (pixel) (check_rand() & (uint32_t) c->bitdepth_max);
    for (int i = 0; i < N_REFS + N_SCALED; i++)
        fill_frame(c, &c->ref[i], check_range(0, 3));
    memcpy(up, c->pool, size);

    for (int y = 0; y < h; y += 128)
        for (int x = 0; x < w; x += 128)
            do_area(c, x, y, only < N_AREAS ? only : check_range(0, N_AREAS - 1));

    /* jobs by kind and class */
    p.cur = &c->cur;
    c->cur.range.buf = p.pool.buf;
    c->cur.range.off += p.pool.off;
    const int pad = (int) (check_rand() & 1);
    QpuAv1McJob *jobs = qpu_batch_upload(check_batch, (size_t) (c->n_jobs + PAD * 4 + 1) * sizeof(*jobs),
                                         &p.jobs);
    QpuAv1McWarp *const warps = qpu_batch_upload(check_batch, (size_t) (c->n_warps + 1) * sizeof(*warps), &p.warps);
    uint8_t *const masks = qpu_batch_upload(check_batch, MASKS_SIZE, &p.masks);
    void *const tables = qpu_batch_upload(check_batch, QPU_AV1_MC_TABLES_SIZE, &p.tables);
    if (!jobs || !warps || !masks || !tables) goto error;
    for (int k = 0; k < QPU_AV1_MC_N; k++) {
        int last = -1;
        for (int cls = 0; cls < QPU_AV1_MC_CLASSES; cls++)
            for (int i = 0; i < c->n_jobs; i++)
                if (c->jobs[i].kind == k && c->jobs[i].cls == cls) {
                    *jobs++ = c->jobs[i].job;
                    p.n[k][cls]++;
                    last = i;
                }
        if (pad && last >= 0 && (k == QPU_AV1_MC_PUT_4 || k == QPU_AV1_MC_PUT_6 ||
                                 k == QPU_AV1_MC_PREP_6 || k == QPU_AV1_MC_AVG_6))
        {
            const int n = PAD >> c->jobs[last].cls;
            for (int i = 0; i < n; i++)
                *jobs++ = c->jobs[last].job;
            p.n[k][c->jobs[last].cls] += (uint32_t) n;
        }
    }
    memcpy(warps, c->warps, (size_t) c->n_warps * sizeof(*warps));
    memcpy(masks, c->masks, MASKS_SIZE);
    p.n_warps = (uint32_t) c->n_warps;
    qpu_av1_mc_tables(tables, bitdepth, dav1d_mc_subpel_filters, dav1d_mc_warp_filter, dav1d_obmc_masks);
    for (int i = 0; i < N_REFS + N_SCALED; i++) {
        extend(c, &c->ref[i]);
        c->ref[i].range.buf = p.pool.buf;
        c->ref[i].range.off += p.pool.off;
        if (qpu_mc_extend(check_batch, &c->ref[i])) goto error;
    }
    if (qpu_av1_mc(check_batch, &p) || qpu_batch_download(check_batch, &p.pool)) {
        check_fail("the launch failed");
        goto end;
    }
    if (check_run()) goto end;

    int cached;
    memcpy(out, qpu_batch_downloaded(check_batch, 0, &cached), size);
    for (int i = -1; i < N_REFS + N_SCALED; i++) {
        QpuFrame *const f = i < 0 ? &c->cur : &c->ref[i];
        f->range.off -= p.pool.off;
        for (int pl = 0; pl < c->n_planes; pl++) {
            static const char *const names[] = { "Y", "U", "V" };
            ptrdiff_t stride;
            const uint8_t *const o = check_plane(f, pl, out + f->range.off, &stride);
            const uint8_t *const e = check_plane(f, pl, c->pool + f->range.off, &stride);
            check_pixels(i < 0 ? names[pl] : "a reference", e, stride, o, stride,
                         aligned8(f->plane[0].w) >> (pl ? c->ss_hor : 0),
                         aligned8(f->plane[0].h) >> (pl ? c->ss_ver : 0), sizeof(pixel));
        }
    }
    /* what is not wanted goes here */
    for (int pl = 0; pl < c->n_planes; pl++)
        for (uint32_t y = 0; y < 16; y++) {
            const size_t at = c->cur.range.off + (size_t) y * c->cur.plane[pl].stride * 4;
            memcpy(c->pool + at, out + at, 4 * sizeof(pixel));
        }
    if (memcmp(out, c->pool, size)) check_fail("written outside the planes");
    goto end;

error:
    check_fail("no memory");
end:
    free(out);
    free(c->pool);
    free(c->warps);
    free(c->jobs);
    free(c);
    check_end();
}

void bitfn(checkqpu_av1_mc)(void) {
    const int n = check_quick ? 12 : 80;

    dav1d_set_cpu_flags_mask(0);
    memset(n_blocks, 0, sizeof(n_blocks));
    memset(n_jobs, 0, sizeof(n_jobs));
    memset(n_sizes, 0, sizeof(n_sizes));
    n_warp_jobs = n_edges = n_far = 0;

#if BITDEPTH == 8
    for (int bitdepth = 8; bitdepth <= 8; bitdepth += 2)
#else
    for (int bitdepth = 10; bitdepth <= 12; bitdepth += 2)
#endif
        for (int layout = DAV1D_PIXEL_LAYOUT_I400; layout <= DAV1D_PIXEL_LAYOUT_I444; layout++) {
            for (int area = 0; area < N_AREAS; area++) {
                const int max = area == PUT ? 900 : 300;
                check_case(check_range(max / 2, max), check_range(max / 2, max), bitdepth, layout, area);
            }
            for (int k = 0; k < n; k++)
                check_case(check_range(1, k % 3 ? 200 : 500), check_range(1, k % 3 ? 200 : 500),
                           bitdepth, layout, N_AREAS);
            if (!check_quick) {
                check_case(8200, 17, bitdepth, layout, N_AREAS);
                check_case(17, 8200, bitdepth, layout, N_AREAS);
            }
        }

    check_begin("what came");
    printf("  blocks:");
    for (int i = 0; i < N_AREAS; i++) {
        printf(" %s %lu", area_names[i], n_blocks[i]);
        if (!n_blocks[i]) check_fail("%s never came", area_names[i]);
    }
    printf("\n  jobs by kind:");
    for (int i = 0; i < QPU_AV1_MC_N; i++) {
        printf(" %lu", n_jobs[i]);
        if (!n_jobs[i]) check_fail("kind %d never came", i);
    }
    printf(", warps %lu; at edges %lu, beyond %lu\n", n_warp_jobs, n_edges, n_far);
    if (!n_warp_jobs || !n_edges || !n_far) check_fail("a kind never came");
    for (int i = 1; i <= 7; i++)
        for (int k = 1; k <= 7; k++)
            if (!n_sizes[i][k]) check_fail("%dx%d never came", 1 << i, 1 << k);
    check_end();
}
