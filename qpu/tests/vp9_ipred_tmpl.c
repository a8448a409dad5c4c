/* Intra prediction: single blocks of every size, mode and availability, also at
 * the frame's ends, and frames of blocks that depend on each other, through
 * upstream's vp9_predict_intra_block() and its C predictors, block by block,
 * and through the kernels by all schedules. */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Upstream's file, so that its tables of predictors can be set to the C ones;
 * libvpx.a has those of this machine. */
#define BF_(a, b) a##_##b##bpc
#define BF(a, b) BF_(a, b)
#define vp9_predict_intra_block BF(ref_predict_intra_block, BITDEPTH)
#define vp9_init_intra_predictors BF(ref_init_intra_predictors, BITDEPTH)
#define intra_mode_to_tx_type_lookup BF(ref_mode_to_tx_type, BITDEPTH)
#include "vp9/common/vp9_reconintra.c"

#include "qpu_vp9_ipred.h"
#include "check_ipred.h"
#include "checkqpu.h"

#if BITDEPTH == 8
typedef uint8_t pixel;
#else
typedef uint16_t pixel;
#endif

void BF(checkqpu_vp9_ipred, BITDEPTH)(void);

#define SAME(name, upstream) \
    _Static_assert(QPU_VP9_IPRED_##name == upstream, "the job's modes are upstream's")
SAME(DC, DC_PRED); SAME(V, V_PRED); SAME(H, H_PRED); SAME(D45, D45_PRED); SAME(D135, D135_PRED);
SAME(D117, D117_PRED); SAME(D153, D153_PRED); SAME(D207, D207_PRED); SAME(D63, D63_PRED); SAME(TM, TM_PRED);
SAME(MODES, INTRA_MODES);

/* What ran: by mode, size and what is there (4 right, 2 above, 1 left); cut at
 * the frame's ends by mode and size; residuals; plans. */
static unsigned long ran[INTRA_MODES][TX_SIZES][8], with_residual[INTRA_MODES];
static unsigned long cut_right[INTRA_MODES][TX_SIZES], cut_bottom[INTRA_MODES][TX_SIZES], planned[5];

static struct {
    QpuFrame f, res;
    YV12_BUFFER_CONFIG buf;
    uint8_t *ref, *before, *res_data;
    struct QpuIpredJob *jobs;
    uint16_t *levels;
    uint32_t n_jobs, max_jobs;
    QpuIpredMap map[3];
    uint32_t *writer[3];        /* 1 + the job that a 4x4 block is of, 0: inter */
    struct CheckIpredDependency *deps;
    uint32_t n_deps, max_deps;
    QpuIpredSb *sb;
    int sbw, sbh;
} s;
static QpuIpredPlan plan;

static int min(const int a, const int b) {
    return a < b ? a : b;
}

static int max(const int a, const int b) {
    return a > b ? a : b;
}

/* The plane's decoded size. */
static int end_x4(const int pl) {
    return (pl ? s.buf.uv_width : s.buf.y_width) >> 2;
}

static int end_y4(const int pl) {
    return (pl ? s.buf.uv_height : s.buf.y_height) >> 2;
}

static void use_c_predictors(void) {
#define C_SIZES(p, type) \
    p[TX_4X4] = vpx_##type##_predictor_4x4_c; \
    p[TX_8X8] = vpx_##type##_predictor_8x8_c; \
    p[TX_16X16] = vpx_##type##_predictor_16x16_c; \
    p[TX_32X32] = vpx_##type##_predictor_32x32_c
#define C_BOTH(i, type) C_SIZES(pred[i], type); C_SIZES(pred_high[i], highbd_##type)
#define C_DC(l, t, type) C_SIZES(dc_pred[l][t], type); C_SIZES(dc_pred_high[l][t], highbd_##type)
    vp9_init_intra_predictors();
    C_BOTH(V_PRED, v); C_BOTH(H_PRED, h); C_BOTH(D207_PRED, d207); C_BOTH(D45_PRED, d45);
    C_BOTH(D63_PRED, d63); C_BOTH(D117_PRED, d117); C_BOTH(D135_PRED, d135); C_BOTH(D153_PRED, d153);
    C_BOTH(TM_PRED, tm);
    C_DC(0, 0, dc_128); C_DC(0, 1, dc_top); C_DC(1, 0, dc_left); C_DC(1, 1, dc);
}

/* Adds the residual to a block in s.ref, as if the transform were done. */
static void add_residual(const int pl, const int x, const int y, const int size) {
    const int pixel_max = (1 << s.f.bpc) - 1;
    ptrdiff_t stride, res_stride;
    uint8_t *const ref = check_plane(&s.f, pl, s.ref, &stride);
    uint8_t *const res = check_plane(&s.res, pl, s.res_data, &res_stride);
    for (int i = 0; i < size; i++) {
        pixel *const dst = (pixel *) (ref + (y + i) * stride) + x;
        const int16_t *const add = (const int16_t *) (res + (y + i) * res_stride) + x;
        for (int j = 0; j < size; j++) {
            const int v = dst[j] + add[j];
            dst[j] = (pixel) (v < 0 ? 0 : v > pixel_max ? pixel_max : v);
        }
    }
}

/* Predicts a transform block in s.ref, adds its job and perhaps a residual.
 * xd: as of the block that it is in, aoff and loff 4x4 blocks into it. */
static struct QpuIpredJob *predict(const MACROBLOCKD *const xd, const int pl, const int bwl,
                                   const TX_SIZE tx_size, const PREDICTION_MODE mode,
                                   const int aoff, const int loff, const int residual)
{
    const int ss_x = xd->plane[pl].subsampling_x, ss_y = xd->plane[pl].subsampling_y;
    const int x4 = (-xd->mb_to_left_edge >> (5 + ss_x)) + aoff;
    const int y4 = (-xd->mb_to_top_edge >> (5 + ss_y)) + loff;
    const int n4 = 1 << tx_size;
    ptrdiff_t stride;
    pixel *const dst = (pixel *) (check_plane(&s.f, pl, s.ref, &stride) + y4 * 4 * stride) + x4 * 4;
#if BITDEPTH == 8
    uint8_t *const dst8 = dst;
#else
    uint8_t *const dst8 = CONVERT_TO_BYTEPTR(dst);
    stride >>= 1;
#endif
    vp9_predict_intra_block(xd, bwl, tx_size, mode, dst8, (int) stride, dst8, (int) stride, aoff, loff, pl);
    const unsigned have_top = loff || xd->above_mi != NULL, have_left = aoff || xd->left_mi != NULL;
    const unsigned have_right = aoff + n4 < 1 << bwl;
    struct QpuIpredJob *const job = &s.jobs[s.n_jobs];
    if (s.n_jobs == s.max_jobs) abort();
    s.levels[s.n_jobs++] = (uint16_t)
        qpu_vp9_ipred_job(job, &s.map[pl], (unsigned) pl, (unsigned) x4, (unsigned) y4, tx_size, mode,
                          have_top, have_left, have_right);
    if (residual) {
        job->how |= QPU_IPRED_RESIDUAL;
        add_residual(pl, x4 * 4, y4 * 4, 4 << tx_size);
        with_residual[mode]++;
    }
    ran[mode][tx_size][have_right << 2 | have_top << 1 | have_left]++;
    cut_right[mode][tx_size] += x4 + n4 > end_x4(pl);
    cut_bottom[mode][tx_size] += y4 + n4 > end_y4(pl);
    return job;
}

static int start(const int w, const int h, const int bpc, const int ss_x, const int ss_y,
                 const int fill, const uint32_t max_jobs)
{
    memset(&s, 0, sizeof(s));
    if (qpu_batch_begin(check_batch) || check_frame(&s.f, w, h, bpc, 3, ss_x, ss_y, &s.ref) ||
        qpu_frame_layout(check_ctx, &s.res, w, h, 16, 3, ss_x, ss_y)) return -1;
    s.buf.y_width = (w + 7) & ~7;
    s.buf.y_height = (h + 7) & ~7;
    s.buf.uv_width = s.buf.y_width >> ss_x;
    s.buf.uv_height = s.buf.y_height >> ss_y;
    s.buf.flags = BITDEPTH > 8 ? YV12_FLAG_HIGHBITDEPTH : 0;
    /* random already; or extremes; or differing little */
    pixel *const px = (pixel *) s.ref;
    const int pixel_max = (1 << bpc) - 1;
    const int base = check_range(0, pixel_max - 3);
    if (fill)
        for (size_t i = 0; i < s.f.range.size / sizeof(pixel); i++)
            px[i] = (pixel) (fill == 1 ? (check_rand() & 1 ? pixel_max : 0) : base + check_range(0, 3));
    s.before = malloc(s.f.range.size);
    s.res_data = malloc(s.res.range.size);
    s.max_jobs = max_jobs;
    s.jobs = malloc(max_jobs * sizeof(*s.jobs));
    s.levels = malloc(max_jobs * sizeof(*s.levels));
    s.sbw = (w + 63) >> 6;
    s.sbh = (h + 63) >> 6;
    s.sb = calloc((size_t) (s.sbw * s.sbh), sizeof(*s.sb));
    int ok = s.before && s.res_data && s.jobs && s.levels && s.sb;
    for (int pl = 0; pl < 3; pl++) {
        QpuIpredMap *const map = &s.map[pl];
        map->stride = (size_t) s.sbw * 16;
        map->w4 = (unsigned) end_x4(pl);
        map->h4 = (unsigned) end_y4(pl);
        const size_t n = map->stride * (size_t) s.sbh * 16;
        map->level = calloc(n, sizeof(*map->level));
        s.writer[pl] = calloc(n, sizeof(*s.writer[pl]));
        ok &= map->level && s.writer[pl];
    }
    if (!ok) return -1;
    memcpy(s.before, s.ref, s.f.range.size);
    /* residuals: small ones, of the pixels' size, the largest */
    for (size_t i = 0; i < s.res.range.size / 2; i++) {
        const int v = check_range(-pixel_max, pixel_max);
        const int16_t r = (int16_t) (fill == 0 ? check_range(-3, 3) :
                                     fill == 1 && !(v & 7) ? v < 0 ? -32768 : 32767 : v);
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
    free(s.deps);
    free(s.sb);
    for (int pl = 0; pl < 3; pl++) {
        free(s.map[pl].level);
        free(s.writer[pl]);
    }
}

static const struct { enum QpuIpredSchedule schedule; const char *name; } schedules[] = {
    { QPU_IPRED_LEVELS, "levels" }, { QPU_IPRED_SUPERBLOCKS, "superblocks" },
    { QPU_IPRED_CLUSTERS_2, "clusters 2x2" }, { QPU_IPRED_CLUSTERS_4, "clusters 4x4" },
    { QPU_IPRED_AUTO, "auto" }
};

static void upload(const void *const data, const size_t size, QpuRange *const range) {
    void *const to = size ? qpu_batch_upload(check_batch, size, range) : NULL;
    if (to) memcpy(to, data, size);
    else if (size) check_fail("no memory");
}

/* Runs the jobs by a schedule and compares all of the frame's memory. */
static void run_by(const enum QpuIpredSchedule want, const char *const schedule) {
    QpuVp9Ipred p;
    memset(&p, 0, sizeof(p));
    const int res = qpu_ipred_plan(&plan, s.sb, s.sbw, s.sbh, 6, s.f.ss_hor, s.f.ss_ver, want);
    if (res || plan.n_jobs != s.n_jobs || (want != QPU_IPRED_AUTO && want != plan.schedule)) {
        check_fail("%s: no plan of %u jobs: %d, %u", schedule, s.n_jobs, res, plan.n_jobs);
        return;
    }
    planned[plan.schedule]++;
    struct QpuIpredJob *const jobs = malloc(plan.jobs_size + 1);
    uint32_t *const groups = malloc(plan.groups_size + 1);
    if (!jobs || !groups || qpu_batch_begin(check_batch)) {
        check_fail("no memory");
        goto end;
    }
    qpu_ipred_plan_write(&plan, jobs, groups);
    check_ipred_times(&plan, s.jobs, s.n_jobs, s.deps, s.n_deps, jobs, groups, schedule);
    upload(s.before, s.f.range.size, &s.f.range);
    upload(s.res_data, s.res.range.size, &s.res.range);
    upload(jobs, plan.jobs_size, &p.jobs);
    upload(groups, plan.groups_size, &p.groups);
    if (qpu_vp9_ipred_run(check_batch, &s.f, plan.n_residual ? &s.res : NULL, &p, &plan) ||
        qpu_batch_download(check_batch, &s.f.range))
    {
        check_fail("%s: the launch failed", schedule);
        goto end;
    }
    if (check_run()) goto end;
    QpuBatchStats stats;
    qpu_batch_stats(check_batch, &stats);
    if (stats.stage[QPU_STAGE_IPRED].dispatches != plan.n_dispatches)
        check_fail("%s: %u dispatches, not %u", schedule, stats.stage[QPU_STAGE_IPRED].dispatches,
                   plan.n_dispatches);

    int cached;
    uint8_t *const out = (uint8_t *) qpu_batch_downloaded(check_batch, 0, &cached);
    for (uint32_t i = 0; i < s.n_jobs; i++) {
        const struct QpuIpredJob *const j = &s.jobs[i];
        const int pl = (int) (j->pos >> IPRED_PLANE_SHIFT & 3);
        const int x = (int) (j->pos & 0xfff) * 4, y = (int) (j->pos >> IPRED_Y4_SHIFT & 0xfff) * 4;
        const int size = 4 << (j->pos >> IPRED_LW_SHIFT & 7);
        char name[200];
        ptrdiff_t stride;
        const uint8_t *const r = check_plane(&s.f, pl, s.ref, &stride) + y * stride + x * (int) sizeof(pixel);
        const uint8_t *const o = check_plane(&s.f, pl, out, &stride) + y * stride + x * (int) sizeof(pixel);
        snprintf(name, sizeof(name), "%s: job %u of level %u: plane %d at (%d, %d) mode %u top %u:%u left %u:%u "
                 "residual %u", schedule, i, s.levels[i], pl, x, y, j->how >> IPRED_ANGLE_SHIFT & 15,
                 j->how >> IPRED_HAVE_TOP_BIT & 1, j->how >> IPRED_TOP_SHIFT & 63,
                 j->how >> IPRED_HAVE_LEFT_BIT & 1, j->how >> IPRED_LEFT_SHIFT & 63,
                 j->how >> IPRED_RESIDUAL_BIT & 1);
        if (check_pixels(name, r, stride, o, stride, size, size, sizeof(pixel))) break;
    }
    if (memcmp(s.ref, out, s.f.range.size)) check_fail("%s: written outside the blocks", schedule);
end:
    free(jobs);
    free(groups);
}

static void run(const size_t n_schedules) {
    for (size_t i = 0; i < n_schedules; i++)
        run_by(schedules[i].schedule, schedules[i].name);
}

static MACROBLOCKD new_xd(void) {
    MACROBLOCKD xd;
    memset(&xd, 0, sizeof(xd));
    xd.cur_buf = &s.buf;
    xd.bd = s.f.bpc;
    for (int pl = 1; pl < 3; pl++) {
        xd.plane[pl].subsampling_x = s.f.ss_hor;
        xd.plane[pl].subsampling_y = s.f.ss_ver;
    }
    return xd;
}

/* w, h: of a block at (x, y); luma pixels */
static void set_edges(MACROBLOCKD *const xd, const int x, const int y, const int w, const int h) {
    xd->mb_to_left_edge = -x * 8;
    xd->mb_to_top_edge = -y * 8;
    xd->mb_to_right_edge = (s.buf.y_width - w - x) * 8;
    xd->mb_to_bottom_edge = (s.buf.y_height - h - y) * 8;
}

static MODE_INFO some_mi;

/* Blocks of one size that are so far apart that none reads what another
 * writes. first counts up through the modes and availabilities. */
static void check_size(const int bpc, const int ss_x, const int ss_y, const TX_SIZE tx_size, const int fill,
                       unsigned *const first)
{
    const int n4 = 1 << tx_size, room = 8 << tx_size;
    const int w = check_range(max(room * 3, 100), max(room * 5, 200));
    const int h = check_range(max(room * 3, 100), max(room * 5, 200));
    check_begin("blocks %dx%d, frame %dx%d %d bits subsampled %d %d fill %d", n4 * 4, n4 * 4, w, h, bpc,
                ss_x, ss_y, fill);
    if (start(w, h, bpc, ss_x, ss_y, fill, 10000)) {
        check_fail("no memory");
        goto end;
    }
    MACROBLOCKD xd = new_xd();
    for (int pl = 0; pl < 3; pl++) {
        const int sx = pl ? ss_x : 0, sy = pl ? ss_y : 0;
        for (int y4 = 0; y4 < end_y4(pl); y4 += 2 * n4)
            for (int x4 = 0; x4 < end_x4(pl); x4 += 2 * n4) {
                const unsigned k = (*first)++;
                const PREDICTION_MODE mode = (PREDICTION_MODE) (k % INTRA_MODES);
                const int avail = (int) (k / INTRA_MODES) & 7;
                /* a block of one or two transform blocks each way, the first or
                 * second of them */
                const int aoff = avail & 1 && check_range(0, 1) && x4 >= n4 ? n4 : 0;
                const int loff = avail & 2 && check_range(0, 1) && y4 >= n4 ? n4 : 0;
                const int bwl = tx_size + (aoff && avail & 4 ? 2 : aoff || avail & 4);
                const int bhl = tx_size + (loff ? 1 : check_range(0, 1));
                xd.left_mi = avail & 1 && x4 ? &some_mi : NULL;
                xd.above_mi = avail & 2 && y4 ? &some_mi : NULL;
                set_edges(&xd, (x4 - aoff) * 4 << sx, (y4 - loff) * 4 << sy, 4 << bwl << sx, 4 << bhl << sy);
                predict(&xd, pl, bwl, tx_size, mode, aoff, loff, check_rand() & 1);
                s.levels[s.n_jobs - 1] = 1;
            }
    }
    s.sb[0] = (QpuIpredSb) { s.jobs, s.levels, s.n_jobs };
    run(2);
end:
    stop();
    check_end();
}

/* ---- frames ---- */

static struct {
    int mi_cols, mi_rows, tile_col; /* tile_col: where the tile starts */
    int inter; /* of ten blocks */
    unsigned n_inter, n_intra, max_level;
    uint64_t level_sum;
} fr;

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

/* Notes what upstream reads for a block, by its own table. */
static void note_reads(const MACROBLOCKD *const xd, const int pl, const int bwl, const TX_SIZE tx_size,
                       const PREDICTION_MODE mode, const int aoff, const int loff)
{
    const int x4 = (-xd->mb_to_left_edge >> (5 + xd->plane[pl].subsampling_x)) + aoff;
    const int y4 = (-xd->mb_to_top_edge >> (5 + xd->plane[pl].subsampling_y)) + loff;
    const int n4 = 1 << tx_size, top = loff || xd->above_mi, left = aoff || xd->left_mi;
    const uint32_t job = s.n_jobs - 1;
    int n_top = extend_modes[mode] & (NEED_ABOVE | NEED_ABOVERIGHT) ? n4 : 0;
    if (extend_modes[mode] & NEED_ABOVERIGHT && n4 == 1 && aoff + n4 < 1 << bwl) n_top++;
    for (int i = 0; top && i < n_top && x4 + i < end_x4(pl); i++)
        depend(job, pl, x4 + i, y4 - 1);
    for (int i = 0; left && extend_modes[mode] & NEED_LEFT && i < n4 && y4 + i < end_y4(pl); i++)
        depend(job, pl, x4 - 1, y4 + i);
    if (top && left && extend_modes[mode] & NEED_ABOVE && extend_modes[mode] & NEED_LEFT && mode != DC_PRED)
        depend(job, pl, x4 - 1, y4 - 1);
}

/* All of a block as decode_block() does it. */
static void coded_block(MACROBLOCKD *const xd, const int mi_row, const int mi_col, const BLOCK_SIZE bsize) {
    const BLOCK_SIZE at_least = bsize < BLOCK_8X8 ? BLOCK_8X8 : bsize;
    const int bw = num_8x8_blocks_wide_lookup[bsize], bh = num_8x8_blocks_high_lookup[bsize];
    if (mi_row >= fr.mi_rows || mi_col >= fr.mi_cols) return;
    if (check_range(0, 9) < fr.inter) {
        fr.n_inter++;
        return;
    }
    fr.n_intra++;
    set_edges(xd, mi_col * 8, mi_row * 8, bw * 8, bh * 8);
    xd->above_mi = mi_row ? &some_mi : NULL;
    xd->left_mi = mi_col > fr.tile_col ? &some_mi : NULL;
    const TX_SIZE y_tx = bsize < BLOCK_8X8 ? TX_4X4 : (TX_SIZE) check_range(TX_4X4, max_txsize_lookup[bsize]);
    const int mode = check_range(0, INTRA_MODES - 1), uv_mode = check_range(0, INTRA_MODES - 1);
    const int skip = !check_range(0, 3);
    for (int pl = 0; pl < 3; pl++) {
        const int ss_x = xd->plane[pl].subsampling_x, ss_y = xd->plane[pl].subsampling_y;
        const TX_SIZE tx_size = pl ? uv_txsize_lookup[bsize][y_tx][ss_x][ss_y] : y_tx;
        const int bwl = b_width_log2_lookup[at_least] - ss_x, step = 1 << tx_size;
        const int right = xd->mb_to_right_edge >> (5 + ss_x), bottom = xd->mb_to_bottom_edge >> (5 + ss_y);
        const int w4 = (bw * 2 >> ss_x) + min(right, 0), h4 = (bh * 2 >> ss_y) + min(bottom, 0);
        if (step > bw * 2 >> ss_x || step > bh * 2 >> ss_y) check_fail("a transform block is larger than its block");
        for (int row = 0; row < h4; row += step)
            for (int col = 0; col < w4; col += step) {
                const PREDICTION_MODE m = (PREDICTION_MODE)
                    (pl ? uv_mode : bsize < BLOCK_8X8 ? check_range(0, INTRA_MODES - 1) : mode);
                const struct QpuIpredJob *const job =
                    predict(xd, pl, bwl, tx_size, m, col, row, !skip && check_rand() & 1);
                const unsigned level = s.levels[s.n_jobs - 1];
                fr.max_level = fr.max_level > level ? fr.max_level : level;
                fr.level_sum += level;
                note_reads(xd, pl, bwl, tx_size, m, col, row);
                const size_t x4 = job->pos & 0xfff, y4 = job->pos >> IPRED_Y4_SHIFT & 0xfff;
                for (int i = 0; i < step * step; i++)
                    s.writer[pl][(y4 + (size_t) (i / step)) * s.map[pl].stride + x4 + (size_t) (i % step)] = s.n_jobs;
            }
    }
}

static void partition(MACROBLOCKD *const xd, const int mi_row, const int mi_col, const BLOCK_SIZE bsize) {
    if (mi_row >= fr.mi_rows || mi_col >= fr.mi_cols) return;
    const int half = num_8x8_blocks_wide_lookup[bsize] >> 1;
    int p = check_range(0, 5);
    if (p > PARTITION_SPLIT) p = bsize > BLOCK_16X16 || check_range(0, 1) ? PARTITION_SPLIT : PARTITION_NONE;
    /* upstream has no block with chroma of 1:4 */
    if (s.f.ss_hor != s.f.ss_ver && bsize > BLOCK_8X8 && (p == PARTITION_VERT || p == PARTITION_HORZ))
        p = PARTITION_SPLIT;
    const BLOCK_SIZE sub = subsize_lookup[p][bsize];
    if (bsize == BLOCK_8X8) {
        coded_block(xd, mi_row, mi_col, sub);
        return;
    }
    if (p != PARTITION_SPLIT) coded_block(xd, mi_row, mi_col, sub);
    if (p == PARTITION_HORZ) coded_block(xd, mi_row + half, mi_col, sub);
    if (p == PARTITION_VERT) coded_block(xd, mi_row, mi_col + half, sub);
    for (int i = 0; i < 4 && p == PARTITION_SPLIT; i++)
        partition(xd, mi_row + (i >> 1) * half, mi_col + (i & 1) * half, sub);
}

/* inter: how many of ten blocks are */
static void check_intra_frame(const int w, const int h, const int bpc, const int ss_x, const int ss_y,
                              const int fill, const int inter)
{
    check_begin("frame %dx%d %d bits subsampled %d %d fill %d inter %d", w, h, bpc, ss_x, ss_y, fill, inter);
    const uint32_t units = (uint32_t) ((w + 63) & ~63) / 4 * (uint32_t) ((h + 63) & ~63) / 4;
    memset(&fr, 0, sizeof(fr));
    if (start(w, h, bpc, ss_x, ss_y, fill, units * 3)) {
        check_fail("no memory");
        goto end;
    }
    fr.mi_cols = s.buf.y_width >> 3;
    fr.mi_rows = s.buf.y_height >> 3;
    fr.inter = inter;
    MACROBLOCKD xd = new_xd();
    const int cut = check_range(0, s.sbw) * 8;
    for (int tile = 0; tile < 2; tile++) {
        fr.tile_col = tile ? cut : 0;
        for (int y = 0; y < fr.mi_rows; y += 8)
            for (int x = fr.tile_col; x < min(tile ? fr.mi_cols : cut, fr.mi_cols); x += 8) {
                const uint32_t first = s.n_jobs;
                partition(&xd, y, x, BLOCK_64X64);
                s.sb[(y >> 3) * s.sbw + (x >> 3)] =
                    (QpuIpredSb) { s.jobs + first, s.levels + first, s.n_jobs - first };
            }
    }
    if (!s.n_jobs) goto end;
    run(sizeof(schedules) / sizeof(*schedules));
    if (!check_quick)
        printf("  %dx%d subsampled %d %d: %u intra blocks of %u, %u jobs, %u levels, mean %.1f, %u dispatches\n",
               w, h, ss_x, ss_y, fr.n_intra, fr.n_intra + fr.n_inter, s.n_jobs, fr.max_level,
               (double) fr.level_sum / s.n_jobs, plan.n_dispatches);
end:
    stop();
    check_end();
}

/* What must be refused: level 0, a residual that isn't given, or has the wrong size. */
static void check_errors(const int bpc) {
    QpuVp9Ipred p;
    memset(&p, 0, sizeof(p));
    check_begin("errors %d bits", bpc);
    if (start(64, 64, bpc, 1, 1, 0, 4)) {
        check_fail("no memory");
        goto end;
    }
    MACROBLOCKD xd = new_xd();
    set_edges(&xd, 0, 0, 64, 64);
    predict(&xd, 0, 4, TX_32X32, DC_PRED, 0, 0, 1);
    s.sb[0] = (QpuIpredSb) { s.jobs, s.levels, 1 };
    upload(s.jobs, sizeof(*s.jobs), &p.jobs);
    upload(s.res_data, s.res.range.size, &s.res.range);
    QpuFrame other = s.res;
    other.plane[1].w++;
    if (qpu_ipred_plan(&plan, s.sb, 1, 1, 6, 1, 1, QPU_IPRED_LEVELS) ||
        qpu_vp9_ipred_run(check_batch, &s.f, NULL, &p, &plan) != -EINVAL ||
        qpu_vp9_ipred_run(check_batch, &s.f, &other, &p, &plan) != -EINVAL)
        check_fail("no residual, or one of the wrong size, was taken");
    s.levels[0] = 0;
    if (qpu_ipred_plan(&plan, s.sb, 1, 1, 6, 1, 1, QPU_IPRED_LEVELS) ||
        qpu_vp9_ipred_run(check_batch, &s.f, &s.res, &p, &plan) != -EINVAL)
        check_fail("level 0 was taken");
end:
    stop();
    check_end();
}

static void check_coverage(void) {
    static const char *const names[INTRA_MODES] = {
        "dc", "v", "h", "d45", "d135", "d117", "d153", "d207", "d63", "tm"
    };
    check_begin("coverage");
    for (int m = 0; m < INTRA_MODES; m++) {
        unsigned long n = 0;
        for (int tx = 0; tx < TX_SIZES; tx++) {
            for (int a = 0; a < 8; a++) {
                n += ran[m][tx][a];
                if (!ran[m][tx][a]) check_fail("%s %dx%d, available %d never came", names[m], 4 << tx, 4 << tx, a);
            }
            if (tx > TX_8X8 && (!cut_right[m][tx] || !cut_bottom[m][tx]))
                check_fail("%s %dx%d was never at the frame's ends", names[m], 4 << tx, 4 << tx);
        }
        if (!with_residual[m]) check_fail("%s never had a residual", names[m]);
        printf("%s%s %lu (%lu)", m ? ", " : "  ", names[m], n, with_residual[m]);
    }
    printf("\n  plans by levels %lu, superblocks %lu, clusters %lu %lu\n", planned[QPU_IPRED_LEVELS],
           planned[QPU_IPRED_SUPERBLOCKS], planned[QPU_IPRED_CLUSTERS_2], planned[QPU_IPRED_CLUSTERS_4]);
    check_end();
}

void BF(checkqpu_vp9_ipred, BITDEPTH)(void) {
    static const int layouts[4][2] = { { 1, 1 }, { 0, 0 }, { 1, 0 }, { 0, 1 } };
    const int first_depth = BITDEPTH == 8 ? 8 : 10, last_depth = BITDEPTH == 8 ? 8 : 12;
    use_c_predictors();
    memset(ran, 0, sizeof(ran));
    memset(with_residual, 0, sizeof(with_residual));
    memset(cut_right, 0, sizeof(cut_right));
    memset(cut_bottom, 0, sizeof(cut_bottom));
    memset(planned, 0, sizeof(planned));

    unsigned k[TX_SIZES] = { 0 };
    int i = 0;
    for (int bpc = first_depth; bpc <= last_depth; bpc += 2)
        for (int l = 0; l < 4; l++) {
            const int ss_x = layouts[l][0], ss_y = layouts[l][1];
            for (int tx = 0; tx < TX_SIZES; tx++) {
                /* as many as it takes for each mode and availability */
                const unsigned goal = k[tx] + (check_quick ? 4 : 16) * INTRA_MODES * 8;
                while (k[tx] < goal)
                    check_size(bpc, ss_x, ss_y, (TX_SIZE) tx, i++ % 3, &k[tx]);
            }
            for (int n = 0; n < (check_quick ? 4 : 20); n++) {
                const int most = n & 1 ? 96 : check_quick ? 300 : 600, least = n & 1 ? 1 : most / 3;
                check_intra_frame(check_range(least, most), check_range(least, most), bpc, ss_x, ss_y, n % 3,
                                  n & 2 ? check_range(1, 9) : 0);
            }
        }
    if (!check_quick) {
        check_intra_frame(4200, 40, last_depth, 1, 1, 0, 2);
        check_intra_frame(40, 4200, last_depth, 1, 1, 0, 2);
    }
    check_errors(last_depth);
    check_coverage();
    qpu_ipred_plan_free(&plan);
}
