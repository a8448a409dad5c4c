/* Intra prediction: single blocks of every size, mode and availability, and
 * frames of blocks that depend on each other, through upstream's
 * prepare_intra_edges and predictors and through the kernel. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/cpu.h"
#include "src/internal.h"
#include "src/ipred.h"
#include "src/ipred_prepare.h"
#include "src/mc.h"
#include "src/tables.h"

#include "qpu_av1_ipred.h"
#include "checkqpu.h"

void bitfn(checkqpu_av1_ipred)(void);

#define SAME(name, upstream) \
    _Static_assert(QPU_AV1_IPRED_##name == (int) upstream, "the job's modes are upstream's")
SAME(DC, DC_PRED); SAME(V, VERT_PRED); SAME(H, HOR_PRED); SAME(LEFT_DC, LEFT_DC_PRED);
SAME(TOP_DC, TOP_DC_PRED); SAME(DC_128, DC_128_PRED); SAME(Z1, Z1_PRED); SAME(Z2, Z2_PRED);
SAME(Z3, Z3_PRED); SAME(SMOOTH, SMOOTH_PRED); SAME(SMOOTH_V, SMOOTH_V_PRED);
SAME(SMOOTH_H, SMOOTH_H_PRED); SAME(PAETH, PAETH_PRED); SAME(FILTER, FILTER_PRED);
_Static_assert(IPRED_SMOOTH_EDGE == ANGLE_SMOOTH_EDGE_FLAG &&
               IPRED_FILTER_EDGE == ANGLE_USE_EDGE_FILTER_FLAG, "and so are the flags");

/* What a block is made with: upstream's coded modes, then these. */
enum { FILTER = N_INTRA_PRED_MODES, PAL, CFL, BLEND, N_KINDS };

static Dav1dIntraPredDSPContext dsp;
static Dav1dMCDSPContext mc;

/* Predictors that ran, by size and availability; what was done to edges. */
static unsigned long ran[16][5][5][2][2];
static unsigned long upsampled[2], strength[2][4], corners, blended, cut_top, cut_left;

static struct {
    QpuFrame f;
    uint8_t *ref, *before;
    struct QpuAv1IpredJob *jobs;
    uint16_t *levels;
    uint32_t n_jobs, max_jobs;
    uint8_t *pal, *masks;       /* palettes: colours, then indices */
    uint32_t pal_used, masks_used, max_pal, max_masks;
    QpuAv1IpredMap map[3];
    uint8_t *done[3];           /* 4x4 blocks that are decoded */
    int rows;
} s;

static void count_side(const int above, const int wh, const int delta, const int sm)
{
    /* 7.11.2.9, 7.11.2.10 */
    int v = 0;
    if (sm) v = wh <= 8 ? (delta >= 64 ? 2 : delta >= 40) : wh <= 16 ? (delta >= 48 ? 2 : delta >= 20) :
                wh <= 24 ? (delta >= 4 ? 3 : 0) : 3;
    else v = wh <= 8 ? delta >= 56 : wh <= 16 ? delta >= 40 :
             wh <= 24 ? (delta >= 32 ? 3 : delta >= 16 ? 2 : delta >= 8) :
             wh <= 32 ? (delta >= 32 ? 3 : delta >= 4 ? 2 : 1) : 3;
    if (delta < 40 && wh <= (sm ? 8 : 16)) upsampled[above]++;
    else strength[above][v]++;
}

static void copy_block(pixel *dst, const ptrdiff_t dst_stride, const pixel *src,
                       const ptrdiff_t src_stride, const int w, const int h)
{
    for (int y = 0; y < h; y++, dst += PXSTRIDE(dst_stride), src += PXSTRIDE(src_stride))
        memcpy(dst, src, (size_t) w * sizeof(pixel));
}

/* Predicts a block in s.ref with upstream's functions and adds its job. x4, y4,
 * lw4, lh4 in 4x4 blocks; end_x, end_y: the tile's. Returns the job. */
static struct QpuAv1IpredJob *
block(const int pl, const int x4, const int y4, const int lw4, const int lh4, const int kind,
      const int delta, const int have_left, const int have_top, const int end_x, const int end_y,
      const int more_top, const int more_left, const int filter_edge, const int smooth,
      const int w_pad, const int h_pad)
{
    const int bitdepth_max = (1 << s.f.bpc) - 1;
    const int w = 4 << lw4, h = 4 << lh4;
    ptrdiff_t stride, y_stride;
    pixel *const plane = (pixel *) check_plane(&s.f, pl, s.ref, &stride);
    const pixel *const luma = (const pixel *) check_plane(&s.f, 0, s.ref, &y_stride);
    pixel *const dst = plane + y4 * 4 * PXSTRIDE(stride) + x4 * 4;
    struct QpuAv1IpredJob *const job = &s.jobs[s.n_jobs++];
    if (s.n_jobs > s.max_jobs) abort();

    const unsigned n_top = qpu_av1_ipred_edge(1U << lw4, (unsigned) (end_x - x4), (unsigned) more_top);
    const unsigned n_left = qpu_av1_ipred_edge(1U << lh4, (unsigned) (end_y - y4), (unsigned) more_left);
    job->pos = qpu_av1_ipred_pos((unsigned) pl, (unsigned) x4, (unsigned) y4, (unsigned) lw4, (unsigned) lh4);
    job->arg = job->arg2 = 0;

    /* upstream's functions want blocks where the decoder has them: aligned */
    static _Alignas(64) pixel out[64 * 64];
    const ptrdiff_t out_stride = 64 * sizeof(pixel);

    if (kind == PAL) {
        const uint32_t colours = (8 * sizeof(pixel)), n = (uint32_t) (w * h / 2);
        pixel *const pal = (pixel *) (s.pal + s.pal_used);
        uint8_t *const idx = s.pal + s.pal_used + colours;
        if (s.pal_used + colours + n > s.max_pal) abort();
        for (int i = 0; i < 8; i++) pal[i] = (pixel) check_range(0, bitdepth_max);
        for (uint32_t i = 0; i < n; i++) idx[i] = check_rand() & 0x77;
        job->how = qpu_av1_ipred_how(QPU_AV1_IPRED_PAL, 0, n_top, n_left,
                                     (unsigned) have_top, (unsigned) have_left);
        job->arg = s.pal_used / 4;
        job->arg2 = (s.pal_used + colours) / 4;
        s.pal_used += colours + n;
        dsp.pal_pred(out, out_stride, pal, idx, w, h);
        copy_block(dst, stride, out, out_stride, w, h);
        ran[QPU_AV1_IPRED_PAL][lw4][lh4][have_top][have_left]++;
        return job;
    }

    _Alignas(64) pixel buf[64 * 4 + 64];
    pixel *const edge = buf + 160;
    enum IntraPredMode m = kind < N_INTRA_PRED_MODES ? (enum IntraPredMode) kind :
                           kind == FILTER ? FILTER_PRED :
                           kind == BLEND ? (enum IntraPredMode) (delta == 3 ? SMOOTH_PRED : delta) :
                           DC_PRED;
    int angle = kind == CFL || kind == BLEND ? 0 : delta;
    const enum EdgeFlags flags = (more_top ? EDGE_I444_TOP_HAS_RIGHT : 0) |
                                 (more_left ? EDGE_I444_LEFT_HAS_BOTTOM : 0);
    memset(buf, 0x55, sizeof(buf));
    m = bytefn(dav1d_prepare_intra_edges)(x4, have_left, y4, have_top, end_x, end_y, flags, dst,
                                          stride, NULL, m, &angle, 1 << lw4, 1 << lh4, filter_edge,
                                          edge HIGHBD_TAIL_SUFFIX);
    int mode = (int) m;
    if (kind == CFL) {
        _Alignas(64) int16_t ac[32 * 32];
        const int layout = s.f.ss_ver ? DAV1D_PIXEL_LAYOUT_I420 :
                           s.f.ss_hor ? DAV1D_PIXEL_LAYOUT_I422 : DAV1D_PIXEL_LAYOUT_I444;
        const int alpha = delta;
        dsp.cfl_ac[layout - 1](ac, luma + (y4 * 4 << s.f.ss_ver) * PXSTRIDE(y_stride) + (x4 * 4 << s.f.ss_hor),
                               y_stride, w_pad, h_pad, w, h);
        dsp.cfl_pred[m](out, out_stride, edge, w, h, ac, alpha HIGHBD_TAIL_SUFFIX);
        copy_block(dst, stride, out, out_stride, w, h);
        job->how = qpu_av1_ipred_how(QPU_AV1_IPRED_CFL, 0, n_top, n_left,
                                     (unsigned) have_top, (unsigned) have_left);
        job->arg = qpu_av1_ipred_cfl(alpha, (unsigned) w_pad, (unsigned) h_pad);
        mode = QPU_AV1_IPRED_CFL;
    } else if (kind == BLEND) {
        static _Alignas(64) pixel tmp[32 * 32];
        uint8_t *const mask = s.masks + s.masks_used;
        if (s.masks_used + w * h > s.max_masks) abort();
        const int all = check_range(0, 7);
        for (int i = 0; i < w * h; i++)
            mask[i] = (uint8_t) (all == 0 ? 0 : all == 1 ? 64 : check_range(0, 64));
        dsp.intra_pred[m](tmp, w * (ptrdiff_t) sizeof(pixel), edge, w, h, 0, 0, 0 HIGHBD_TAIL_SUFFIX);
        copy_block(out, out_stride, dst, stride, w, h);
        mc.blend(out, out_stride, tmp, w, h, mask);
        copy_block(dst, stride, out, out_stride, w, h);
        job->how = QPU_AV1_IPRED_BLEND |
                   qpu_av1_ipred_how((unsigned) m, (unsigned) angle, n_top, n_left,
                                     (unsigned) have_top, (unsigned) have_left);
        job->arg = s.masks_used / 4;
        s.masks_used += (uint32_t) (w * h);
        blended++;
    } else {
        const int a = angle | filter_edge << 10 | smooth << 9;
        dsp.intra_pred[m](out, out_stride, edge, w, h, a, (end_x - x4) * 4, (end_y - y4) * 4
                          HIGHBD_TAIL_SUFFIX);
        copy_block(dst, stride, out, out_stride, w, h);
        job->how = qpu_av1_ipred_how((unsigned) m, (unsigned) a, n_top, n_left,
                                     (unsigned) have_top, (unsigned) have_left);
        if (filter_edge) {
            if (m == Z1_PRED) count_side(1, w + h, 90 - angle, smooth);
            if (m == Z3_PRED) count_side(0, w + h, angle - 180, smooth);
            if (m == Z2_PRED) {
                count_side(1, w + h, angle - 90, smooth);
                count_side(0, w + h, 180 - angle, smooth);
                corners += w + h >= 24;
                cut_top += (int) n_top < 1 << lw4;
                cut_left += (int) n_left < 1 << lh4;
            }
        }
    }
    ran[mode][lw4][lh4][have_top][have_left]++;
    return job;
}

static int start(const int w, const int h, const int bpc, const enum Dav1dPixelLayout layout,
                 const int fill, const uint32_t max_jobs, const uint32_t max_bytes)
{
    const int n_planes = layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3;
    memset(&s, 0, sizeof(s));
    if (qpu_batch_begin(check_batch) ||
        check_frame(&s.f, w, h, bpc, n_planes, n_planes > 1 && layout != DAV1D_PIXEL_LAYOUT_I444,
                    layout == DAV1D_PIXEL_LAYOUT_I420, &s.ref))
    {
        return -1;
    }
    /* random already; or extremes; or differing little */
    pixel *const px = (pixel *) s.ref;
    const int max = (1 << bpc) - 1;
    const int base = check_range(0, max - 3);
    if (fill)
        for (size_t i = 0; i < s.f.range.size / sizeof(pixel); i++)
            px[i] = (pixel) (fill == 1 ? (check_rand() & 1 ? max : 0) : base + check_range(0, 3));
    void *const up = qpu_batch_upload(check_batch, s.f.range.size, &s.f.range);
    s.before = malloc(s.f.range.size);
    s.max_jobs = max_jobs;
    s.max_pal = s.max_masks = max_bytes;
    s.jobs = malloc(max_jobs * sizeof(*s.jobs));
    s.levels = malloc(max_jobs * sizeof(*s.levels));
    s.pal = malloc(max_bytes);
    s.masks = malloc(max_bytes);
    if (!up || !s.before || !s.jobs || !s.levels || !s.pal || !s.masks) return -1;
    memcpy(up, s.ref, s.f.range.size);
    memcpy(s.before, s.ref, s.f.range.size);
    return 0;
}

static void stop(void) {
    free(s.ref);
    free(s.before);
    free(s.jobs);
    free(s.levels);
    free(s.pal);
    free(s.masks);
    for (int pl = 0; pl < 3; pl++) {
        free(s.map[pl].level);
        free(s.done[pl]);
    }
}

/* Runs the jobs in n_levels levels and compares all of the frame's memory. */
static void run(const uint32_t n_levels) {
    QpuAv1Ipred p;
    memset(&p, 0, sizeof(p));
    QpuAv1IpredLevel *const ranges = malloc(n_levels * sizeof(*ranges));
    uint32_t *const order = malloc(s.n_jobs * sizeof(*order));
    struct QpuAv1IpredJob *const jobs =
        qpu_batch_upload(check_batch, s.n_jobs * sizeof(*jobs), &p.jobs);
    void *const tables = qpu_batch_upload(check_batch, QPU_AV1_IPRED_TABLES_SIZE, &p.tables);
    void *const pal = s.pal_used ? qpu_batch_upload(check_batch, s.pal_used, &p.palettes) : NULL;
    void *const masks = s.masks_used ? qpu_batch_upload(check_batch, s.masks_used, &p.masks) : NULL;
    if (!ranges || !order || !jobs || !tables || (s.pal_used && !pal) || (s.masks_used && !masks)) {
        check_fail("no memory");
        goto end;
    }
    int8_t taps[5][64];
    for (int m = 0; m < 5; m++)
        for (int i = 0; i < 64; i++)
#if ARCH_X86
            taps[m][i] = dav1d_filter_intra_taps[m][(i & 7) * 2 + (i >> 3 & 1) + (i >> 4) * 16];
#else
            taps[m][i] = dav1d_filter_intra_taps[m][i];
#endif
    qpu_av1_ipred_tables(tables, dav1d_sm_weights, dav1d_dr_intra_derivative, (const int8_t (*)[64]) taps);
    if (pal) memcpy(pal, s.pal, s.pal_used);
    if (masks) memcpy(masks, s.masks, s.masks_used);
    qpu_av1_ipred_sort(s.jobs, s.levels, s.n_jobs, jobs, ranges, n_levels, order);
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_levels; i++) {
        if (ranges[i].first != n) check_fail("level %u starts at %u, should be %u", i, ranges[i].first, n);
        n += ranges[i].n_large + ranges[i].n_small;
    }
    if (n != s.n_jobs) check_fail("%u of %u jobs are left", n, s.n_jobs);
    if (qpu_av1_ipred(check_batch, &s.f, &p, ranges, (int) n_levels) ||
        qpu_batch_download(check_batch, &s.f.range))
    {
        check_fail("the launch failed");
        goto end;
    }
    if (check_run()) goto end;
    QpuBatchStats stats;
    qpu_batch_stats(check_batch, &stats);
    if (stats.stage[QPU_STAGE_IPRED].dispatches != n_levels)
        check_fail("%u dispatches for %u levels", stats.stage[QPU_STAGE_IPRED].dispatches, n_levels);

    int cached;
    uint8_t *const out = (uint8_t *) qpu_batch_downloaded(check_batch, 0, &cached);
    for (uint32_t i = 0; i < s.n_jobs; i++) {
        const struct QpuAv1IpredJob *const j = &s.jobs[i];
        const int pl = (int) (j->pos >> IPRED_PLANE_SHIFT & 3);
        const int x = (int) (j->pos & 0xfff) * 4, y = (int) (j->pos >> IPRED_Y4_SHIFT & 0xfff) * 4;
        const int w = 4 << (j->pos >> IPRED_LW_SHIFT & 7), h = 4 << (j->pos >> IPRED_LH_SHIFT);
        char name[160];
        ptrdiff_t stride;
        const uint8_t *const r = check_plane(&s.f, pl, s.ref, &stride) + y * stride + x * (int) sizeof(pixel);
        const uint8_t *const o = check_plane(&s.f, pl, out, &stride) + y * stride + x * (int) sizeof(pixel);
        snprintf(name, sizeof(name), "job %u of level %u: plane %d at (%d, %d) mode %u angle %u "
                 "top %u:%u left %u:%u blend %u arg %x", i, s.levels[i], pl, x, y, j->how & 15,
                 j->how >> 4 & 0x7ff, j->how >> 27 & 1, j->how >> 15 & 63, j->how >> 28 & 1,
                 j->how >> 21 & 63, j->how >> 29 & 1, j->arg);
        if (check_pixels(name, r, stride, o, stride, w, h, sizeof(pixel))) break;
    }
    if (memcmp(s.ref, out, s.f.range.size)) check_fail("written outside the blocks");
end:
    free(ranges);
    free(order);
}

static int may(const int kind, const int pl, const int lw4, const int lh4) {
    switch (kind) {
    case FILTER: return pl == 0 && lw4 <= 3 && lh4 <= 3;
    case PAL: return 1;
    case CFL: return pl && lw4 <= 3 && lh4 <= 3;
    case BLEND: return lw4 <= 3 && lh4 <= 3;
    default: return 1;
    }
}

static int random_delta(const int kind) {
    if (kind == FILTER) return check_range(0, 4);
    if (kind == CFL) {
        const int v = check_range(1, 16);
        return check_rand() & 1 ? -v : v;
    }
    if (kind == BLEND) return check_range(0, 3);
    if (kind < VERT_PRED || kind > VERT_LEFT_PRED) return 0;
    return check_range(0, 2) ? check_range(-3, 3) : 0;
}

/* Blocks of one size that are so far apart that none reads what another
 * writes. first counts up through the modes and availabilities. */
static void check_size(const int bpc, const enum Dav1dPixelLayout layout, const int chroma,
                       const int lw4, const int lh4, const int fill, unsigned *const first)
{
    const int cell_w = (2 << lw4) + 1, cell_h = (2 << lh4) + 1;
    const int w = check_range(imax(cell_w * 4 * 3, 200), imax(cell_w * 4 * 4, 300)) << chroma;
    const int h = check_range(imax(cell_h * 4 * 3, 200), imax(cell_h * 4 * 4, 300)) << chroma;
    check_begin("blocks %dx%d, frame %dx%d %d bits layout %d chroma %d fill %d",
                4 << lw4, 4 << lh4, w, h, bpc, layout, chroma, fill);
    if (start(w, h, bpc, layout, fill, 30000, 4 << 20)) {
        check_fail("no memory");
        stop();
        check_end();
        return;
    }
    for (int pl = chroma; pl <= (chroma ? 2 : 0); pl++) {
        const QpuPlane *const p = &s.f.plane[pl];
        const int w4 = (p->w + 3) >> 2, h4 = (p->h + 3) >> 2;
        /* to what there is memory for, in a row and below */
        const int max_x = (int) (p->stride * 4 / sizeof(pixel)) >> 2;
        const int max_y = ((h4 * 4 + 63) & ~63) / 4;
        for (int y4 = 1; y4 < h4; y4 += cell_h)
            for (int x4 = 1; x4 < w4; x4 += cell_w) {
                if (x4 + (1 << lw4) > max_x || y4 + (1 << lh4) > max_y) continue;
                const unsigned k = (*first)++;
                int kind = (int) (k % N_KINDS);
                if (!may(kind, pl, lw4, lh4)) kind = check_range(0, N_INTRA_PRED_MODES - 1);
                const int avail = (int) (k / N_KINDS) & 3;
                const int near_x = !check_range(0, 2), near_y = !check_range(0, 2);
                const int end_x = near_x ? imin(x4 + check_range(1, 2 << lw4), max_x) : max_x;
                const int end_y = near_y ? imin(y4 + check_range(1, 2 << lh4), max_y) : max_y;
                block(pl, x4, y4, lw4, lh4, kind, random_delta(kind), avail & 1, avail >> 1,
                      end_x, end_y, check_rand() & 1, check_rand() & 1,
                      check_range(0, 3) != 0 && kind != BLEND && kind != CFL, check_rand() & 1,
                      check_range(0, 1) ? 0 : check_range(0, (1 << lw4) - 1),
                      check_range(0, 1) ? 0 : check_range(0, (1 << lh4) - 1));
                s.levels[s.n_jobs - 1] = 1;
            }
    }
    run(1);
    stop();
    check_end();
}

/* ---- frames ---- */

static struct {
    int bw, bh;                 /* of the frame, 4x4 luma blocks */
    int col_start, col_end, row_start, row_end; /* of the tile */
    int filter_edge;
    unsigned n_inter, n_intra, max_level;
    uint64_t level_sum;
} fr;

static int is_done(const int pl, const int x4, const int y4, const int dx, const int dy, const int n) {
    for (int i = 0; i < n; i++)
        if (!s.done[pl][(size_t) (y4 + dy * i) * s.map[pl].stride + (size_t) (x4 + dx * i)]) return 0;
    return 1;
}

static void mark(const int pl, const int x4, const int y4, const int w4, const int h4) {
    for (int y = y4; y < y4 + h4; y++)
        memset(&s.done[pl][(size_t) y * s.map[pl].stride + (size_t) x4], 1, (size_t) w4);
}

/* A transform block: everything that its place says, and its level. */
static void txfm(const int pl, const int x4, const int y4, const int lw4, const int lh4,
                 const int kind, const int delta, const int w_pad, const int h_pad)
{
    const int sh = pl ? s.f.ss_hor : 0, sv = pl ? s.f.ss_ver : 0;
    const int end_x = fr.col_end >> sh, end_y = fr.row_end >> sv;
    const int have_left = x4 > fr.col_start >> sh, have_top = y4 > fr.row_start >> sv;
    const int w4 = 1 << lw4, h4 = 1 << lh4;
    const int more_x = imin(w4, end_x - x4 - w4), more_y = imin(h4, end_y - y4 - h4);
    const int more_top = have_top && more_x > 0 && kind < FILTER && check_range(0, 7) &&
                         is_done(pl, x4 + w4, y4 - 1, 1, 0, more_x);
    const int more_left = have_left && more_y > 0 && kind < FILTER && check_range(0, 7) &&
                          is_done(pl, x4 - 1, y4 + h4, 0, 1, more_y);
    const struct QpuAv1IpredJob *const job =
        block(pl, x4, y4, lw4, lh4, kind, delta, have_left, have_top, end_x, end_y,
              more_top, more_left, kind < BLEND && kind != CFL ? fr.filter_edge : 0,
              check_rand() & 1, w_pad, h_pad);
    const unsigned level = qpu_av1_ipred_level(s.map, s.f.ss_hor, s.f.ss_ver, job);
    s.levels[s.n_jobs - 1] = (uint16_t) level;
    fr.max_level = fr.max_level > level ? fr.max_level : level;
    fr.level_sum += level;
    mark(pl, x4, y4, w4, h4);
}

static int random_mode(void) {
    return check_range(0, N_INTRA_PRED_MODES - 1);
}

/* A block of 1 << lw, 1 << lh 4x4 luma blocks, in upstream's order. */
static void coded_block(const int bx, const int by, const int lw, const int lh) {
    const int ss_hor = s.f.ss_hor, ss_ver = s.f.ss_ver, bw4 = 1 << lw, bh4 = 1 << lh;
    if (bx >= fr.bw || by >= fr.bh) return;
    const int w4 = imin(bw4, fr.bw - bx), h4 = imin(bh4, fr.bh - by);
    const int has_chroma = s.f.n_planes > 1 && (bw4 > ss_hor || bx & 1) && (bh4 > ss_ver || by & 1);
    const int clw = imax(lw - ss_hor, 0), clh = imax(lh - ss_ver, 0);
    const int cx = bx >> ss_hor, cy = by >> ss_ver;
    const int what = check_range(0, 9);
    if (what < 3) { /* inter: its pixels are there already */
        fr.n_inter++;
        if (what == 0 && lw >= 1 && lw <= 3 && lh >= 1 && lh <= 3) {
            const int mode = check_range(0, 3);
            txfm(0, bx, by, lw, lh, BLEND, mode, 0, 0);
            if (has_chroma)
                for (int pl = 1; pl < 3; pl++)
                    txfm(pl, cx, cy, clw, clh, BLEND, mode, 0, 0);
        }
        mark(0, bx, by, bw4, bh4);
        if (has_chroma)
            for (int pl = 1; pl < 3; pl++)
                mark(pl, cx, cy, 1 << clw, 1 << clh);
        return;
    }
    fr.n_intra++;
    const int mode = random_mode(), delta = random_delta(mode);
    const int filter = !check_range(0, 5) && lw <= 3 && lh <= 3;
    const int split = check_range(0, 2);
    const int tlw = imax(lw - split, 0), tlh = imax(lh - split, 0);
    if (what == 3 && lw && lh) {
        txfm(0, bx, by, lw, lh, PAL, 0, 0, 0);
    } else {
        for (int y = 0; y < h4; y += 1 << tlh)
            for (int x = 0; x < w4; x += 1 << tlw)
                txfm(0, bx + x, by + y, tlw, tlh, filter ? FILTER : mode,
                     filter ? random_delta(FILTER) : delta, 0, 0);
    }
    if (!has_chroma) return;
    const int uv_mode = random_mode(), uv_delta = random_delta(uv_mode);
    const int cw4 = (w4 + ss_hor) >> ss_hor, ch4 = (h4 + ss_ver) >> ss_ver;
    const int cfl = check_range(0, 2) == 0 && lw <= 3 && lh <= 3;
    for (int pl = 1; pl < 3; pl++) {
        if (cfl && check_range(0, 3)) {
            const int far_x = ((cw4 << ss_hor) + (1 << tlw) - 1) & ~((1 << tlw) - 1);
            const int far_y = ((ch4 << ss_ver) + (1 << tlh) - 1) & ~((1 << tlh) - 1);
            txfm(pl, cx, cy, clw, clh, CFL, random_delta(CFL),
                 (1 << clw) - (far_x >> ss_hor), (1 << clh) - (far_y >> ss_ver));
        } else if (what == 3 && lw && lh) {
            txfm(pl, cx, cy, clw, clh, PAL, 0, 0, 0);
        } else {
            txfm(pl, cx, cy, clw, clh, uv_mode, uv_delta, 0, 0);
        }
    }
}

static void partition(const int bx, const int by, const int l) {
    if (bx >= fr.bw || by >= fr.bh) return;
    const int half = 1 << l >> 1;
    switch (check_range(l == 4 ? 2 : 0, 7)) {
    case 0: case 1: coded_block(bx, by, l, l); break;
    case 2:
        coded_block(bx, by, l, l - 1);
        coded_block(bx, by + half, l, l - 1);
        break;
    case 3:
        coded_block(bx, by, l - 1, l);
        coded_block(bx + half, by, l - 1, l);
        break;
    case 4:
        if (l == 4 || check_range(0, 1)) {
            coded_block(bx, by, l, l);
            break;
        } // fall through
    default:
        for (int i = 0; i < 4; i++) {
            const int x = bx + (i & 1) * half, y = by + (i >> 1) * half;
            if (l == 1) coded_block(x, y, 0, 0);
            else partition(x, y, l - 1);
        }
    }
}

static void check_frame_levels(const int w, const int h, const int bpc,
                               const enum Dav1dPixelLayout layout, const int fill)
{
    check_begin("frame %dx%d %d bits layout %d fill %d", w, h, bpc, layout, fill);
    memset(&fr, 0, sizeof(fr));
    fr.bw = (w + 7) >> 3 << 1;
    fr.bh = (h + 7) >> 3 << 1;
    const uint32_t units = (uint32_t) ((fr.bw + 15) & ~15) * (uint32_t) ((fr.bh + 15) & ~15);
    int ok = !start(w, h, bpc, layout, fill, units * 3, units * 80 + 4096);
    for (int pl = 0; pl < 3 && ok; pl++) {
        s.map[pl].stride = (size_t) ((fr.bw + 15) & ~15);
        const size_t n = s.map[pl].stride * (size_t) ((fr.bh + 15) & ~15);
        s.map[pl].level = calloc(n, sizeof(*s.map[pl].level));
        s.done[pl] = calloc(n, 1);
        ok = s.map[pl].level && s.done[pl];
    }
    if (!ok) {
        check_fail("no memory");
        goto end;
    }
    /* up to four tiles */
    const int cut_x = 16 * check_range(0, (fr.bw + 15) >> 4), cut_y = 16 * check_range(0, (fr.bh + 15) >> 4);
    fr.filter_edge = check_range(0, 3) != 0;
    for (int t = 0; t < 4; t++) {
        fr.col_start = t & 1 ? cut_x : 0;
        fr.col_end = imin(t & 1 ? fr.bw : cut_x, fr.bw);
        fr.row_start = t & 2 ? cut_y : 0;
        fr.row_end = imin(t & 2 ? fr.bh : cut_y, fr.bh);
        for (int y = fr.row_start; y < fr.row_end; y += 16)
            for (int x = fr.col_start; x < fr.col_end; x += 16)
                partition(x, y, 4);
    }
    if (!s.n_jobs) goto end;
    run(fr.max_level);
    if (!check_quick)
        printf("  %dx%d layout %d: %u intra blocks of %u, %u jobs, %u levels, mean %.1f\n", w, h, layout,
               fr.n_intra, fr.n_intra + fr.n_inter, s.n_jobs, fr.max_level,
               (double) fr.level_sum / s.n_jobs);
end:
    stop();
    check_end();
}

void bitfn(checkqpu_av1_ipred)(void) {
    static const char *const names[] = {
        "dc", "v", "h", "left dc", "top dc", "dc 128", "z1", "z2", "z3",
        "smooth", "smooth v", "smooth h", "paeth", "filter", "palette", "cfl",
    };
    dav1d_set_cpu_flags_mask(0);
    bitfn(dav1d_intra_pred_dsp_init)(&dsp);
    bitfn(dav1d_mc_dsp_init)(&mc);
    memset(ran, 0, sizeof(ran));
    memset(upsampled, 0, sizeof(upsampled));
    memset(strength, 0, sizeof(strength));
    corners = blended = cut_top = cut_left = 0;

#if BITDEPTH == 8
    const int first_depth = 8, last_depth = 8;
#else
    const int first_depth = 10, last_depth = 12;
#endif
    unsigned k[5][5][2];
    memset(k, 0, sizeof(k));
    int i = 0;
    for (int bpc = first_depth; bpc <= last_depth; bpc += 2)
        for (int layout = DAV1D_PIXEL_LAYOUT_I400; layout <= DAV1D_PIXEL_LAYOUT_I444; layout++) {
            for (int chroma = 0; chroma <= (layout != DAV1D_PIXEL_LAYOUT_I400); chroma++) {
                if (check_quick && !chroma && layout != DAV1D_PIXEL_LAYOUT_I400) continue;
                for (int lw = 0; lw < 5; lw++)
                    for (int lh = imax(lw - 2, 0); lh <= imin(lw + 2, 4); lh++) {
                        /* as many as it takes for each mode and availability */
                        const unsigned goal = k[lw][lh][chroma] + (check_quick ? 4 : 16) * N_KINDS;
                        while (k[lw][lh][chroma] < goal)
                            check_size(bpc, (enum Dav1dPixelLayout) layout, chroma, lw, lh,
                                       i++ % 3, &k[lw][lh][chroma]);
                    }
            }
            for (int n = 0; n < (check_quick ? 3 : 20); n++) {
                const int max = n & 1 ? 96 : check_quick ? 200 : 400;
                check_frame_levels(check_range(1, max), check_range(1, max), bpc,
                                   (enum Dav1dPixelLayout) layout, n % 3);
            }
        }
    if (!check_quick) {
        check_frame_levels(4200, 40, last_depth, DAV1D_PIXEL_LAYOUT_I420, 0);
        check_frame_levels(40, 4200, last_depth, DAV1D_PIXEL_LAYOUT_I420, 0);
    }

    check_begin("coverage");
    for (int m = 0; m < 16; m++) {
        unsigned long n = 0, by_avail[4] = { 0 };
        for (int lw = 0; lw < 5; lw++)
            for (int lh = imax(lw - 2, 0); lh <= imin(lw + 2, 4); lh++)
                for (int a = 0; a < 4; a++) {
                    const int top = a >> 1, left = a & 1;
                    const unsigned long v = ran[m][lw][lh][top][left];
                    const int never = /* which modes upstream has for it */
                        m == DC_PRED ? a != 3 : m == LEFT_DC_PRED ? a != 1 :
                        m == TOP_DC_PRED ? a != 2 : m == DC_128_PRED ? a != 0 :
                        m == Z1_PRED ? !top : m == Z3_PRED ? !left : m == PAETH_PRED ? a != 3 :
                        (m == FILTER_PRED || m == QPU_AV1_IPRED_CFL) && (lw > 3 || lh > 3);
                    n += v;
                    by_avail[a] += never ? 1 : v;
                    if (never ? v : !v && !check_quick)
                        check_fail("%s, %dx%d, top %d left %d: %lu", names[m], 4 << lw, 4 << lh, top, left, v);
                }
        for (int a = 0; a < 4; a++)
            if (!by_avail[a]) check_fail("%s, top %d left %d never came", names[m], a >> 1, a & 1);
        printf("%s%s %lu", m % 8 ? ", " : "  ", names[m], n);
        if (m % 8 == 7) printf("\n");
    }
    for (int above = 0; above < 2; above++) {
        printf("  %s: upsampled %lu, filtered by strength", above ? "above" : "left ", upsampled[above]);
        if (!upsampled[above]) check_fail("never upsampled");
        for (int v = 0; v < 4; v++) {
            printf(" %lu", strength[above][v]);
            if (!strength[above][v]) check_fail("strength %d never came", v);
        }
        printf("\n");
    }
    printf("  corners %lu, cut at the top %lu, left %lu, blended %lu\n", corners, cut_top, cut_left, blended);
    if (!corners || !cut_top || !cut_left || !blended) check_fail("something never came");
    check_end();
}
