/* Intra prediction: single blocks of every size, mode and availability, and
 * frames of blocks that depend on each other, through upstream's
 * prepare_intra_edges and predictors, block by block, and through the kernels
 * by all schedules. */

#include "config.h"

#include <errno.h>
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

#include "../../dav1d/tables.h"
#include "qpu_av1_ipred.h"
#include "check_ipred.h"
#include "checkqpu.h"

void bitfn(checkqpu_av1_ipred)(void);

#define SAME(name, upstream) \
    _Static_assert(QPU_IPRED_##name == (int) upstream, "the job's modes are upstream's")
SAME(DC, DC_PRED); SAME(V, VERT_PRED); SAME(H, HOR_PRED); SAME(LEFT_DC, LEFT_DC_PRED);
SAME(TOP_DC, TOP_DC_PRED); SAME(DC_128, DC_128_PRED); SAME(Z1, Z1_PRED); SAME(Z2, Z2_PRED);
SAME(Z3, Z3_PRED); SAME(SMOOTH, SMOOTH_PRED); SAME(SMOOTH_V, SMOOTH_V_PRED);
SAME(SMOOTH_H, SMOOTH_H_PRED); SAME(PAETH, PAETH_PRED); SAME(FILTER, FILTER_PRED);
_Static_assert(IPRED_SMOOTH_EDGE == ANGLE_SMOOTH_EDGE_FLAG &&
               IPRED_FILTER_EDGE == ANGLE_USE_EDGE_FILTER_FLAG, "and so are the flags");

/* What a block is made with: upstream's coded modes, then these. */
enum { FILTER = N_INTRA_PRED_MODES, PAL, CFL, BLEND, KEEP, COPY, N_KINDS };
#define N_MODES 18

static Dav1dIntraPredDSPContext dsp;
static Dav1dMCDSPContext mc;

/* Predictors that ran, by size and availability; what was done to edges. */
static unsigned long ran[N_MODES][5][5][2][2], with_residual[N_MODES];
static unsigned long upsampled[2], strength[2][4], corners, blended, cut_top, cut_left;
static unsigned long copies[4], copies_outside, planned[5], not_clustered;

static struct {
    QpuFrame f, res;
    uint8_t *ref, *before, *res_data;
    struct QpuIpredJob *jobs;
    uint16_t *levels;
    uint32_t n_jobs, max_jobs;
    uint8_t *pal, *masks;       /* palettes: colours, then indices */
    uint32_t pal_used, masks_used, max_pal, max_masks;
    QpuIpredMap map[3];
    uint8_t *done[3];           /* 4x4 blocks that are decoded */
    uint32_t *writer[3];        /* 1 + the job that they are of, 0: inter */
    struct CheckIpredDependency *deps;
    uint32_t n_deps, max_deps;
    QpuIpredSb *sb;
    int sbw, sbh, sb_log2;
} s;
static QpuIpredPlan plan;

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

/* Adds the residual to a block in s.ref, as if the transform were done. */
static void add_residual(const int pl, const int x, const int y, const int w, const int h) {
    const int bitdepth_max = (1 << s.f.bpc) - 1;
    ptrdiff_t stride, res_stride;
    pixel *dst = (pixel *) check_plane(&s.f, pl, s.ref, &stride);
    const int16_t *res = (const int16_t *) check_plane(&s.res, pl, s.res_data, &res_stride);
    dst += y * PXSTRIDE(stride) + x;
    res += y * (res_stride >> 1) + x;
    for (int i = 0; i < h; i++, dst += PXSTRIDE(stride), res += res_stride >> 1)
        for (int j = 0; j < w; j++)
            dst[j] = (pixel) iclip(dst[j] + res[j], 0, bitdepth_max);
}

/* As upstream's mc() does for intra block copy; mx, my: half a pixel. */
static void copy_from(const int pl, pixel *const dst, const ptrdiff_t dst_stride,
                      const int w, const int h, const int sx, const int sy, const int mx, const int my)
{
#if BITDEPTH == 16
    const int bitdepth_max = (1 << s.f.bpc) - 1;
#endif
    static _Alignas(64) pixel edges[192 * 192];
    ptrdiff_t stride;
    const pixel *const plane = (const pixel *) check_plane(&s.f, pl, s.ref, &stride);
    const int plane_w = ((s.f.plane[0].w + 7) & ~7) >> (pl ? s.f.ss_hor : 0);
    const int plane_h = ((s.f.plane[0].h + 7) & ~7) >> (pl ? s.f.ss_ver : 0);
    mc.emu_edge(w + mx * 7, h + my * 7, plane_w, plane_h, sx - mx * 3, sy - my * 3,
                edges, 192 * sizeof(pixel), plane, stride);
    mc.mc[FILTER_2D_BILINEAR](dst, dst_stride, edges + 192 * my * 3 + mx * 3, 192 * sizeof(pixel),
                              w, h, mx * 8, my * 8 HIGHBD_TAIL_SUFFIX);
    copies[mx + 2 * my]++;
    copies_outside += sx < 0 || sy < 0 || sx + w + mx > plane_w || sy + h + my > plane_h;
}

/* Predicts a block in s.ref with upstream's functions and adds its job. x4, y4,
 * lw4, lh4 in 4x4 blocks; end_x, end_y: the tile's. Returns the job. */
static struct QpuIpredJob *
predict(const int pl, const int x4, const int y4, const int lw4, const int lh4, const int kind,
      const int delta, const int have_left, const int have_top, const int end_x, const int end_y,
      const int more_top, const int more_left, const int filter_edge, const int smooth,
      const int w_pad, const int h_pad)
{
    const int bitdepth_max = (1 << s.f.bpc) - 1;
    const int w = 4 << lw4, h = 4 << lh4;
    const int s_x = w_pad, s_y = h_pad; /* of COPY: the source */
    ptrdiff_t stride, y_stride;
    pixel *const plane = (pixel *) check_plane(&s.f, pl, s.ref, &stride);
    const pixel *const luma = (const pixel *) check_plane(&s.f, 0, s.ref, &y_stride);
    pixel *const dst = plane + y4 * 4 * PXSTRIDE(stride) + x4 * 4;
    struct QpuIpredJob *const job = &s.jobs[s.n_jobs++];
    if (s.n_jobs > s.max_jobs) abort();

    const unsigned n_top = qpu_ipred_edge(1U << lw4, (unsigned) (end_x - x4), (unsigned) more_top);
    const unsigned n_left = qpu_ipred_edge(1U << lh4, (unsigned) (end_y - y4), (unsigned) more_left);
    job->pos = qpu_ipred_pos((unsigned) pl, (unsigned) x4, (unsigned) y4, (unsigned) lw4, (unsigned) lh4);
    job->arg = job->arg2 = 0;

    /* upstream's functions want blocks where the decoder has them: aligned */
    static _Alignas(64) pixel out[64 * 64];
    const ptrdiff_t out_stride = 64 * sizeof(pixel);

    if (kind == KEEP || kind == COPY) {
        const unsigned mode = kind == KEEP ? QPU_IPRED_KEEP : QPU_IPRED_COPY;
        if (kind == COPY) {
            const int mx = check_rand() & 1, my = check_rand() & 1;
            copy_from(pl, out, out_stride, w, h, s_x, s_y, mx, my);
            copy_block(dst, stride, out, out_stride, w, h);
            job->arg = qpu_ipred_source(s_x, s_y);
            job->arg2 = (uint32_t) (mx | my << 1);
        }
        job->how = qpu_ipred_how(mode, 0, n_top, n_left, (unsigned) have_top, (unsigned) have_left);
        ran[mode][lw4][lh4][have_top][have_left]++;
        return job;
    }
    if (kind == PAL) {
        const uint32_t colours = (8 * sizeof(pixel)), n = (uint32_t) (w * h / 2);
        pixel *const pal = (pixel *) (s.pal + s.pal_used);
        uint8_t *const idx = s.pal + s.pal_used + colours;
        if (s.pal_used + colours + n > s.max_pal) abort();
        for (int i = 0; i < 8; i++) pal[i] = (pixel) check_range(0, bitdepth_max);
        for (uint32_t i = 0; i < n; i++) idx[i] = check_rand() & 0x77;
        job->how = qpu_ipred_how(QPU_IPRED_PAL, 0, n_top, n_left,
                                 (unsigned) have_top, (unsigned) have_left);
        job->arg = s.pal_used / 4;
        job->arg2 = (s.pal_used + colours) / 4;
        s.pal_used += colours + n;
        dsp.pal_pred(out, out_stride, pal, idx, w, h);
        copy_block(dst, stride, out, out_stride, w, h);
        ran[QPU_IPRED_PAL][lw4][lh4][have_top][have_left]++;
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
        job->how = qpu_ipred_how(QPU_IPRED_CFL, 0, n_top, n_left,
                                 (unsigned) have_top, (unsigned) have_left);
        job->arg = qpu_av1_ipred_cfl(alpha, (unsigned) w_pad, (unsigned) h_pad);
        mode = QPU_IPRED_CFL;
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
        job->how = QPU_IPRED_BLEND |
                   qpu_ipred_how((unsigned) m, (unsigned) angle, n_top, n_left,
                                 (unsigned) have_top, (unsigned) have_left);
        job->arg = s.masks_used / 4;
        s.masks_used += (uint32_t) (w * h);
        blended++;
    } else {
        const int a = angle | filter_edge << 10 | smooth << 9;
        dsp.intra_pred[m](out, out_stride, edge, w, h, a, (end_x - x4) * 4, (end_y - y4) * 4
                          HIGHBD_TAIL_SUFFIX);
        copy_block(dst, stride, out, out_stride, w, h);
        job->how = qpu_ipred_how((unsigned) m, (unsigned) a, n_top, n_left,
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

/* The same, and perhaps a residual on top. */
static struct QpuIpredJob *
block(const int pl, const int x4, const int y4, const int lw4, const int lh4, const int kind,
      const int delta, const int have_left, const int have_top, const int end_x, const int end_y,
      const int more_top, const int more_left, const int filter_edge, const int smooth,
      const int w_pad, const int h_pad, const int residual)
{
    struct QpuIpredJob *const job =
        predict(pl, x4, y4, lw4, lh4, kind, delta, have_left, have_top, end_x, end_y,
                more_top, more_left, filter_edge, smooth, w_pad, h_pad);
    if (residual) {
        job->how |= QPU_IPRED_RESIDUAL;
        add_residual(pl, x4 * 4, y4 * 4, 4 << lw4, 4 << lh4);
        with_residual[(job->how & 15) | job->how >> IPRED_MODE_BIT << 4]++;
    }
    return job;
}

static int start(const int w, const int h, const int bpc, const enum Dav1dPixelLayout layout,
                 const int fill, const uint32_t max_jobs, const uint32_t max_bytes)
{
    const int n_planes = layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3;
    memset(&s, 0, sizeof(s));
    if (qpu_batch_begin(check_batch) ||
        check_frame(&s.f, w, h, bpc, n_planes, n_planes > 1 && layout != DAV1D_PIXEL_LAYOUT_I444,
                    layout == DAV1D_PIXEL_LAYOUT_I420, &s.ref) ||
        qpu_frame_layout(check_ctx, &s.res, w, h, 16, n_planes, s.f.ss_hor, s.f.ss_ver))
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
    s.before = malloc(s.f.range.size);
    s.res_data = malloc(s.res.range.size);
    s.max_jobs = max_jobs;
    s.max_pal = s.max_masks = max_bytes;
    s.jobs = malloc(max_jobs * sizeof(*s.jobs));
    s.levels = malloc(max_jobs * sizeof(*s.levels));
    s.pal = malloc(max_bytes);
    s.masks = malloc(max_bytes);
    if (!s.before || !s.res_data || !s.jobs || !s.levels || !s.pal || !s.masks) return -1;
    memcpy(s.before, s.ref, s.f.range.size);
    /* residuals: small ones, of the pixels' size, the largest */
    for (size_t i = 0; i < s.res.range.size / 2; i++) {
        const int v = check_range(-max, max);
        const int16_t r = (int16_t) (fill == 0 ? check_range(-3, 3) : fill == 1 && !(v & 7) ? v * 32767 : v);
        memcpy(s.res_data + 2 * i, &r, 2);
    }
    return 0;
}

static void stop(void) {
    free(s.ref);
    free(s.before);
    free(s.res_data);
    free(s.jobs);
    free(s.levels);
    free(s.pal);
    free(s.masks);
    free(s.deps);
    free(s.sb);
    for (int pl = 0; pl < 3; pl++) {
        free(s.map[pl].level);
        free(s.done[pl]);
        free(s.writer[pl]);
    }
}

static const struct { enum QpuIpredSchedule schedule; const char *name; } schedules[] = {
    { QPU_IPRED_LEVELS, "levels" }, { QPU_IPRED_SUPERBLOCKS, "superblocks" },
    { QPU_IPRED_CLUSTERS_2, "clusters 2x2" }, { QPU_IPRED_CLUSTERS_4, "clusters 4x4" },
    { QPU_IPRED_AUTO, "auto" }
};

static void upload(const void *const data, const uint32_t size, QpuRange *const range) {
    void *const to = size ? qpu_batch_upload(check_batch, size, range) : NULL;
    if (to) memcpy(to, data, size);
    else if (size) check_fail("no memory");
}

/* Runs the jobs by a schedule and compares all of the frame's memory. */
static void run_by(const enum QpuIpredSchedule want, const char *const schedule) {
    QpuAv1Ipred p;
    memset(&p, 0, sizeof(p));
    struct QpuIpredJob *jobs = NULL;
    uint32_t *groups = NULL;
    uint8_t tables[QPU_AV1_IPRED_TABLES_SIZE];
    dav1d_qpu_ipred_tables(tables);
    int res = qpu_ipred_plan(&plan, s.sb, s.sbw, s.sbh, s.sb_log2, s.f.ss_hor, s.f.ss_ver, want);
    if (res || plan.n_jobs != s.n_jobs || plan.jobs_size != s.n_jobs * sizeof(*jobs)) {
        check_fail("%s: no plan of %u jobs: %d, %u", schedule, s.n_jobs, res, plan.n_jobs);
        return;
    }
    planned[plan.schedule]++;
    not_clustered += want >= QPU_IPRED_CLUSTERS_2 && plan.schedule == QPU_IPRED_SUPERBLOCKS;
    if (want != QPU_IPRED_AUTO && want != plan.schedule &&
        (want < QPU_IPRED_CLUSTERS_2 || plan.schedule != QPU_IPRED_SUPERBLOCKS))
    {
        check_fail("%s: the plan is %d", schedule, plan.schedule);
    }
    jobs = malloc(plan.jobs_size);
    groups = malloc(plan.groups_size + 1);
    if (!jobs || !groups || qpu_batch_begin(check_batch)) {
        check_fail("no memory");
        goto end;
    }
    qpu_ipred_plan_write(&plan, jobs, groups);
    check_ipred_times(&plan, s.jobs, s.n_jobs, s.deps, s.n_deps, jobs, groups, schedule);
    upload(s.before, s.f.range.size, &s.f.range);
    upload(s.res_data, s.res.range.size, &s.res.range);
    upload(jobs, (uint32_t) plan.jobs_size, &p.jobs);
    upload(groups, (uint32_t) plan.groups_size, &p.groups);
    upload(tables, sizeof(tables), &p.tables);
    upload(s.pal, s.pal_used, &p.palettes);
    upload(s.masks, s.masks_used, &p.masks);
    if (qpu_av1_ipred_run_first(check_batch, &s.f, &p, &plan) ||
        qpu_av1_ipred_run(check_batch, &s.f, plan.n_residual ? &s.res : NULL, &p, &plan) ||
        qpu_batch_download(check_batch, &s.f.range))
    {
        check_fail("%s: the launch failed", schedule);
        goto end;
    }
    if (check_run()) goto end;
    QpuBatchStats stats;
    qpu_batch_stats(check_batch, &stats);
    if (stats.stage[QPU_STAGE_IPRED].dispatches != plan.n_dispatches + !!plan.n_first)
        check_fail("%s: %u dispatches, not %u", schedule, stats.stage[QPU_STAGE_IPRED].dispatches,
                   plan.n_dispatches + !!plan.n_first);

    int cached;
    uint8_t *const out = (uint8_t *) qpu_batch_downloaded(check_batch, 0, &cached);
    for (uint32_t i = 0; i < s.n_jobs; i++) {
        const struct QpuIpredJob *const j = &s.jobs[i];
        const int pl = (int) (j->pos >> IPRED_PLANE_SHIFT & 3);
        const int x = (int) (j->pos & 0xfff) * 4, y = (int) (j->pos >> IPRED_Y4_SHIFT & 0xfff) * 4;
        const int w = 4 << (j->pos >> IPRED_LW_SHIFT & 7), h = 4 << (j->pos >> IPRED_LH_SHIFT);
        char name[200];
        ptrdiff_t stride;
        const uint8_t *const r = check_plane(&s.f, pl, s.ref, &stride) + y * stride + x * (int) sizeof(pixel);
        const uint8_t *const o = check_plane(&s.f, pl, out, &stride) + y * stride + x * (int) sizeof(pixel);
        snprintf(name, sizeof(name), "%s: job %u of level %u: plane %d at (%d, %d) mode %u angle %u "
                 "top %u:%u left %u:%u blend %u residual %u arg %x", schedule, i, s.levels[i], pl, x, y,
                 (j->how & 15) | j->how >> 31 << 4, j->how >> 4 & 0x7ff, j->how >> 27 & 1, j->how >> 15 & 63,
                 j->how >> 28 & 1, j->how >> 21 & 63, j->how >> 29 & 1, j->how >> 30 & 1, j->arg);
        if (check_pixels(name, r, stride, o, stride, w, h, sizeof(pixel))) break;
    }
    if (memcmp(s.ref, out, s.f.range.size)) check_fail("%s: written outside the blocks", schedule);
end:
    free(jobs);
    free(groups);
}

static void run(void) {
    const size_t n = s.n_deps ? sizeof(schedules) / sizeof(*schedules) : 2;
    for (size_t i = 0; i < n; i++)
        run_by(schedules[i].schedule, schedules[i].name);
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
        const int w8 = ((s.f.plane[0].w + 7) & ~7) >> (pl ? s.f.ss_hor : 0);
        const int h8 = ((s.f.plane[0].h + 7) & ~7) >> (pl ? s.f.ss_ver : 0);
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
                int a = check_range(0, 1) ? 0 : check_range(0, (1 << lw4) - 1);
                int b = check_range(0, 1) ? 0 : check_range(0, (1 << lh4) - 1);
                if (kind == COPY) {
                    /* from the gaps between the rows or the columns of blocks,
                     * which the planes' ends must not cut off */
                    const int w = 4 << lw4, h = 4 << lh4;
                    if ((y4 + cell_h) * 4 <= h8) {
                        a = check_range(-w - 8, w8 + 8);
                        b = y4 * 4 + h + check_range(0, 3);
                    } else if ((x4 + cell_w) * 4 <= w8) {
                        a = x4 * 4 + w + check_range(0, 3);
                        b = check_range(-h - 8, h8 + 8);
                    } else {
                        kind = KEEP;
                    }
                }
                const int residual = check_rand() & 1;
                block(pl, x4, y4, lw4, lh4, kind, random_delta(kind), avail & 1, avail >> 1,
                      end_x, end_y, check_rand() & 1, check_rand() & 1,
                      check_range(0, 3) != 0 && kind != BLEND && kind != CFL, check_rand() & 1,
                      a, b, residual);
                s.levels[s.n_jobs - 1] = kind != PAL || residual;
            }
    }
    QpuIpredSb sb = { s.jobs, s.levels, s.n_jobs };
    s.sb = &sb;
    s.sbw = s.sbh = 1;
    s.sb_log2 = 6;
    run();
    s.sb = NULL;
    stop();
    check_end();
}

/* ---- frames ---- */

static struct {
    int bw, bh;                 /* of the frame, 4x4 luma blocks */
    int col_start, col_end, row_start, row_end; /* of the tile */
    int filter_edge, copies;
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

/* Notes that a job reads a 4x4 block. */
static void depend(const uint32_t job, const int pl, const int x4, const int y4) {
    const uint32_t on = s.writer[pl][(size_t) y4 * s.map[pl].stride + (size_t) x4];
    if (!on || (s.n_deps && s.deps[s.n_deps - 1].job == job && s.deps[s.n_deps - 1].on == on - 1)) return;
    if (s.n_deps == s.max_deps) {
        s.max_deps = s.max_deps ? s.max_deps * 2 : 1024;
        if (!(s.deps = realloc(s.deps, s.max_deps * sizeof(*s.deps)))) abort();
    }
    s.deps[s.n_deps++] = (struct CheckIpredDependency) { job, on - 1 };
}

static void depend_on_area(const uint32_t job, const int pl, const int x4, const int y4,
                           const int w4, const int h4)
{
    for (int y = y4; y < y4 + h4; y++)
        for (int x = x4; x < x4 + w4; x++)
            depend(job, pl, x, y);
}

/* What the source of a copy is in 4x4 blocks, with room for half a pixel. */
static void source_area(const int pl, const int sx, const int sy, const int w, const int h, int area[4]) {
    const int w4 = ((s.f.plane[0].w + 7) & ~7) >> (pl ? s.f.ss_hor : 0) >> 2;
    const int h4 = ((s.f.plane[0].h + 7) & ~7) >> (pl ? s.f.ss_ver : 0) >> 2;
    area[0] = iclip(sx >> 2, 0, w4 - 1);
    area[1] = iclip(sy >> 2, 0, h4 - 1);
    area[2] = iclip((sx + w) >> 2, 0, w4 - 1) - area[0] + 1;
    area[3] = iclip((sy + h) >> 2, 0, h4 - 1) - area[1] + 1;
}

/* What a block reads, by the specification. */
static void note_reads(const struct QpuIpredJob *const job, const int kind, const int pl,
                       const int x4, const int y4, const int w4, const int h4,
                       const int have_left, const int have_top, const int w_pad, const int h_pad)
{
    const uint32_t i = (uint32_t) (job - s.jobs);
    if (kind == COPY) {
        int a[4];
        source_area(pl, w_pad, h_pad, w4 * 4 - !(job->arg2 & 1), h4 * 4 - !(job->arg2 & 2), a);
        depend_on_area(i, pl, a[0], a[1], a[2], a[3]);
        return;
    }
    if (kind == BLEND || kind == KEEP) depend_on_area(i, pl, x4, y4, w4, h4);
    if (kind == PAL || kind == KEEP) return;
    int top = 0, left = 0, corner = 0;
    const int less = imin(w4, h4);
    switch (job->how & 15) {
    case DC_PRED: case LEFT_DC_PRED: case TOP_DC_PRED: case DC_128_PRED: case QPU_IPRED_CFL:
        top = have_top ? w4 : 0;
        left = have_left ? h4 : 0;
        break;
    case VERT_PRED: top = w4; break;
    case HOR_PRED: left = h4; break;
    case Z1_PRED: top = w4 + less; corner = 1; break;
    case Z3_PRED: left = h4 + less; corner = 1; break;
    case Z2_PRED: case PAETH_PRED: case FILTER_PRED: corner = 1; // fall through
    default: top = w4; left = h4;
    }
    if (!have_top && top && have_left) left = imax(left, 1);
    if (!have_left && left && have_top) top = imax(top, 1);
    if (have_top)
        depend_on_area(i, pl, x4, y4 - 1, imin(top, (int) (job->how >> IPRED_TOP_SHIFT & 63)), 1);
    if (have_left)
        depend_on_area(i, pl, x4 - 1, y4, 1, imin(left, (int) (job->how >> IPRED_LEFT_SHIFT & 63)));
    if (corner && have_top && have_left) depend(i, pl, x4 - 1, y4 - 1);
    if (kind == CFL)
        depend_on_area(i, 0, x4 << s.f.ss_hor, y4 << s.f.ss_ver, (w4 - w_pad) << s.f.ss_hor,
                       (h4 - h_pad) << s.f.ss_ver);
}

/* A transform block: everything that its place says, and its level. w_pad,
 * h_pad: of CFL; of COPY the source. */
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
    const struct QpuIpredJob *const job =
        block(pl, x4, y4, lw4, lh4, kind, delta, have_left, have_top, end_x, end_y,
              more_top, more_left, kind < BLEND && kind != CFL ? fr.filter_edge : 0,
              check_rand() & 1, w_pad, h_pad, check_rand() & 1);
    const unsigned level = qpu_ipred_level(s.map, s.f.ss_hor, s.f.ss_ver, job);
    s.levels[s.n_jobs - 1] = (uint16_t) level;
    fr.max_level = fr.max_level > level ? fr.max_level : level;
    fr.level_sum += level;
    note_reads(job, kind, pl, x4, y4, w4, h4, have_left, have_top, w_pad, h_pad);
    for (int y = y4; y < y4 + h4; y++)
        for (int x = x4; x < x4 + w4; x++)
            s.writer[pl][(size_t) y * s.map[pl].stride + (size_t) x] = s.n_jobs;
    mark(pl, x4, y4, w4, h4);
}

/* Residuals of a block that is predicted already. */
static void keep(const int pl, const int x4, const int y4, const int lw4, const int lh4, const int split) {
    const int tlw = imax(lw4 - split, 0), tlh = imax(lh4 - split, 0);
    for (int y = 0; y < 1 << lh4; y += 1 << tlh)
        for (int x = 0; x < 1 << lw4; x += 1 << tlw)
            if (check_range(0, 3)) txfm(pl, x4 + x, y4 + y, tlw, tlh, KEEP, 0, 0, 0);
}

/* A block from anywhere in the tile that is decoded, or from over the frame's
 * ends; if none is found, it's inter. */
static void copied(const int pl, const int x4, const int y4, const int lw4, const int lh4) {
    const int sh = pl ? s.f.ss_hor : 0, sv = pl ? s.f.ss_ver : 0;
    for (int tries = 0; tries < 30; tries++) {
        const int sx = check_range((fr.col_start * 4 >> sh) - 8, (fr.col_end * 4 >> sh) + 8);
        const int sy = check_range((fr.row_start * 4 >> sv) - 8, y4 * 4 + 8);
        int a[4];
        source_area(pl, sx, sy, 4 << lw4, 4 << lh4, a);
        int ok = a[0] >= fr.col_start >> sh && a[0] + a[2] <= fr.col_end >> sh &&
                 a[1] >= fr.row_start >> sv && a[1] + a[3] <= fr.row_end >> sv;
        for (int y = a[1]; y < a[1] + a[3]; y++)
            ok &= is_done(pl, a[0], y, 1, 0, a[2]);
        if (!ok) continue;
        txfm(pl, x4, y4, lw4, lh4, COPY, 0, sx, sy);
        break;
    }
    keep(pl, x4, y4, lw4, lh4, check_range(0, 2));
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
    const int what = check_range(0, fr.copies ? 12 : 9);
    if (what < 3) { /* inter: its pixels are there already */
        fr.n_inter++;
        if (what == 0 && lw >= 1 && lw <= 3 && lh >= 1 && lh <= 3) {
            const int mode = check_range(0, 3), more = check_rand() & 1;
            txfm(0, bx, by, lw, lh, BLEND, mode, 0, 0);
            if (more) keep(0, bx, by, lw, lh, check_range(0, 2));
            if (has_chroma)
                for (int pl = 1; pl < 3; pl++) {
                    txfm(pl, cx, cy, clw, clh, BLEND, mode, 0, 0);
                    if (more) keep(pl, cx, cy, clw, clh, check_range(0, 1));
                }
        }
        mark(0, bx, by, bw4, bh4);
        if (has_chroma)
            for (int pl = 1; pl < 3; pl++)
                mark(pl, cx, cy, 1 << clw, 1 << clh);
        return;
    }
    if (what > 9) {
        copied(0, bx, by, lw, lh);
        if (has_chroma)
            for (int pl = 1; pl < 3; pl++)
                copied(pl, cx, cy, clw, clh);
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

static void superblock(const int x, const int y) {
    const int i = (y >> (s.sb_log2 - 2)) * s.sbw + (x >> (s.sb_log2 - 2));
    const uint32_t first = s.n_jobs;
    for (int k = 0; k < (s.sb_log2 > 6 ? 4 : 1); k++)
        partition(x + (k & 1) * 16, y + (k >> 1) * 16, 4);
    s.sb[i] = (QpuIpredSb) { s.jobs + first, s.levels + first, s.n_jobs - first };
}

/* copies: whether there may be any, which make clusters impossible */
static void check_intra_frame(const int w, const int h, const int bpc, const enum Dav1dPixelLayout layout,
                              const int fill, const int sb_log2, const int with_copies)
{
    check_begin("frame %dx%d %d bits layout %d fill %d superblocks %d copies %d", w, h, bpc, layout, fill,
                1 << sb_log2, with_copies);
    memset(&fr, 0, sizeof(fr));
    fr.copies = with_copies;
    fr.bw = (w + 7) >> 3 << 1;
    fr.bh = (h + 7) >> 3 << 1;
    const int sb4 = 1 << (sb_log2 - 2);
    const uint32_t units = (uint32_t) ((fr.bw + 15) & ~15) * (uint32_t) ((fr.bh + 15) & ~15);
    int ok = !start(w, h, bpc, layout, fill, units * 6, units * 80 + 4096);
    s.sb_log2 = sb_log2;
    s.sbw = (fr.bw + sb4 - 1) / sb4;
    s.sbh = (fr.bh + sb4 - 1) / sb4;
    s.sb = calloc((size_t) (s.sbw * s.sbh), sizeof(*s.sb));
    ok &= s.sb != NULL;
    for (int pl = 0; pl < 3 && ok; pl++) {
        QpuIpredMap *const map = &s.map[pl];
        map->stride = (size_t) ((fr.bw + 15) & ~15);
        map->w4 = (unsigned) (fr.bw >> (pl ? s.f.ss_hor : 0));
        map->h4 = (unsigned) (fr.bh >> (pl ? s.f.ss_ver : 0));
        const size_t n = map->stride * (size_t) ((fr.bh + 15) & ~15);
        map->level = calloc(n, sizeof(*map->level));
        s.done[pl] = calloc(n, 1);
        s.writer[pl] = calloc(n, sizeof(*s.writer[pl]));
        ok = map->level && s.done[pl] && s.writer[pl];
    }
    if (!ok) {
        check_fail("no memory");
        goto end;
    }
    /* up to four tiles */
    const int cut_x = sb4 * check_range(0, s.sbw), cut_y = sb4 * check_range(0, s.sbh);
    fr.filter_edge = check_range(0, 3) != 0;
    for (int t = 0; t < 4; t++) {
        fr.col_start = t & 1 ? cut_x : 0;
        fr.col_end = imin(t & 1 ? fr.bw : cut_x, fr.bw);
        fr.row_start = t & 2 ? cut_y : 0;
        fr.row_end = imin(t & 2 ? fr.bh : cut_y, fr.bh);
        for (int y = fr.row_start; y < fr.row_end; y += sb4)
            for (int x = fr.col_start; x < fr.col_end; x += sb4)
                superblock(x, y);
    }
    if (!s.n_jobs) goto end;
    run();
    if (!check_quick)
        printf("  %dx%d layout %d: %u intra blocks of %u, %u jobs, %u levels, mean %.1f, %u dispatches\n", w, h,
               layout, fr.n_intra, fr.n_intra + fr.n_inter, s.n_jobs, fr.max_level,
               (double) fr.level_sum / s.n_jobs, plan.n_dispatches);
end:
    stop();
    check_end();
}

void bitfn(checkqpu_av1_ipred)(void) {
    static const char *const names[] = {
        "dc", "v", "h", "left dc", "top dc", "dc 128", "z1", "z2", "z3",
        "smooth", "smooth v", "smooth h", "paeth", "filter", "palette", "cfl",
        "keep", "copy",
    };
    dav1d_set_cpu_flags_mask(0);
    bitfn(dav1d_intra_pred_dsp_init)(&dsp);
    bitfn(dav1d_mc_dsp_init)(&mc);
    memset(ran, 0, sizeof(ran));
    memset(upsampled, 0, sizeof(upsampled));
    memset(strength, 0, sizeof(strength));
    memset(with_residual, 0, sizeof(with_residual));
    memset(copies, 0, sizeof(copies));
    memset(planned, 0, sizeof(planned));
    corners = blended = cut_top = cut_left = copies_outside = not_clustered = 0;

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
            for (int n = 0; n < (check_quick ? 4 : 20); n++) {
                const int max = n & 1 ? 96 : check_quick ? 300 : 600, min = n & 1 ? 1 : max / 3;
                check_intra_frame(check_range(min, max), check_range(min, max), bpc,
                                  (enum Dav1dPixelLayout) layout, n % 3, check_range(6, 7), n >> 1 & 1);
            }
        }
    /* so many rows of superblocks that some copy is in the way of clusters */
    check_intra_frame(768, 512, last_depth, DAV1D_PIXEL_LAYOUT_I420, 0, 6, 1);
    if (!check_quick) {
        check_intra_frame(4200, 40, last_depth, DAV1D_PIXEL_LAYOUT_I420, 0, 6, 0);
        check_intra_frame(40, 4200, last_depth, DAV1D_PIXEL_LAYOUT_I420, 0, 7, 0);
    }

    check_begin("coverage");
    for (int m = 0; m < N_MODES; m++) {
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
                        (m == FILTER_PRED || m == QPU_IPRED_CFL) && (lw > 3 || lh > 3);
                    n += v;
                    by_avail[a] += never ? 1 : v;
                    if (never ? v : !v && !check_quick)
                        check_fail("%s, %dx%d, top %d left %d: %lu", names[m], 4 << lw, 4 << lh, top, left, v);
                }
        for (int a = 0; a < 4; a++)
            if (!by_avail[a]) check_fail("%s, top %d left %d never came", names[m], a >> 1, a & 1);
        if (!with_residual[m]) check_fail("%s never had a residual", names[m]);
        printf("%s%s %lu (%lu)", m % 9 ? ", " : "  ", names[m], n, with_residual[m]);
        if (m % 9 == 8) printf("\n");
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
    printf("  copies of whole pixels %lu, between columns %lu, rows %lu, both %lu; over the plane's ends %lu\n",
           copies[0], copies[1], copies[2], copies[3], copies_outside);
    for (int k = 0; k < 4; k++)
        if (!copies[k]) check_fail("copies of kind %d never came", k);
    if (!copies_outside) check_fail("no copy was over the planes' ends");
    printf("  plans by levels %lu, superblocks %lu, clusters %lu %lu, not possible %lu\n",
           planned[QPU_IPRED_LEVELS], planned[QPU_IPRED_SUPERBLOCKS],
           planned[QPU_IPRED_CLUSTERS_2], planned[QPU_IPRED_CLUSTERS_4], not_clustered);
    for (int k = 1; k < 5; k++)
        if (!planned[k]) check_fail("schedule %d never came", k);
    if (!not_clustered) check_fail("clusters were always possible");
    const struct QpuIpredJob job = { .how = QPU_IPRED_RESIDUAL };
    const uint16_t level = QPU_IPRED_MAX_LEVEL;
    const QpuIpredSb sb = { &job, &level, 1 };
    if (qpu_ipred_plan(&plan, &sb, 1, 1, 6, 1, 1, QPU_IPRED_AUTO) != -ERANGE)
        check_fail("a plan with too high a level");
    qpu_ipred_plan_free(&plan);
    check_end();
}
