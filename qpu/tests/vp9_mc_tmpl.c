/* Inter prediction: frames of random blocks through upstream's C functions, called as
 * upstream's decoder calls them, and through the kernels. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "./vpx_config.h"
#include "./vpx_dsp_rtcd.h"
#include "vp9/common/vp9_filter.h"
#include "vp9/common/vp9_reconinter.h"
#include "vp9/common/vp9_scale.h"

#include "qpu_vp9_mc.h"
#include "checkqpu.h"

#if BITDEPTH == 8
#define pixel    uint8_t
#define bitfn(x) x##_8bpc
#else
#define pixel    uint16_t
#define bitfn(x) x##_16bpc
#endif

void bitfn(checkqpu_vp9_mc)(void);

#define N_REFS   3
#define MAX_JOBS 120000
/* Bytes behind the pool that upstream's way of reading may touch. */
#define SLACK (1 << 20)
/* A few jobs of some kinds are the more general kind's; so many more, which lie beyond the
 * frame, are not. */
#define PAD (32 * 64)

static unsigned long n_jobs[QPU_VP9_MC_N], n_sizes[7][7], n_filters[4], n_edges, n_inside, n_far, n_beyond,
    n_blocks, n_steps[33];

static int imin(const int a, const int b) { return a < b ? a : b; }
static int imax(const int a, const int b) { return a > b ? a : b; }
static int iclip(const int v, const int lo, const int hi) { return imin(imax(v, lo), hi); }
static int ulog2(const int v) { return 31 - __builtin_clz((unsigned) v); }
static int aligned8(const int v) { return (v + 7) & ~7; }

typedef struct Job {
    QpuVp9McJob job;
    int kind, cls;
} Job;

typedef struct Case {
    QpuFrame cur, ref[N_REFS];
    struct scale_factors sf[N_REFS];
    uint8_t *pool; /* of upstream's side */
    int bd, ss[2];
    MACROBLOCKD xd;
    Job *jobs;
    int n_jobs;
    int motion; /* 0: any; 1: none */

    pixel border[160 * 160], block[64 * 64];
} Case;

static pixel *plane_at(const Case *const c, const QpuFrame *const f, const int pl, ptrdiff_t *const stride) {
    pixel *const px = (pixel *) check_plane(f, pl, c->pool + f->range.off, stride);
    *stride /= (ptrdiff_t) sizeof(pixel);
    return px;
}

/* As vp9_setup_scale_factors_for_frame() chooses. */
static void predict(const Case *const c, const pixel *const src, const ptrdiff_t stride, pixel *const dst,
                    const struct scale_factors *const sf, const InterpKernel *const kernel,
                    const int fx, const int fy, const int avg, const int w, const int h)
{
    const int hor = fx || sf->x_step_q4 != 16, ver = fy || sf->y_step_q4 != 16;
#if BITDEPTH == 8
#define CALL(fn, ...) fn(src, stride, dst, 64, kernel, fx, xs, fy, ys, w, h)
#define CHOOSE(copy, horiz, vert, both, scaled_horiz, scaled_vert, scaled_both) \
    (is_scaled ? hor && ver ? scaled_both : hor ? scaled_horiz : scaled_vert : \
     hor && ver ? both : hor ? horiz : ver ? vert : copy)
#else
#define CALL(fn, ...) fn(src, stride, dst, 64, kernel, fx, xs, fy, ys, w, h, c->bd)
#define CHOOSE(copy, horiz, vert, both, scaled_horiz, scaled_vert, scaled_both) \
    (hor && ver ? both : hor ? horiz : ver ? vert : copy)
#endif
    const int xs = sf->x_step_q4, ys = sf->y_step_q4;
    const int is_scaled = xs != 16 || ys != 16;
    (void) is_scaled;
    (void) c;
#if BITDEPTH == 8
    const convolve_fn_t fn = avg ?
        CHOOSE(vpx_convolve_avg_c, vpx_convolve8_avg_horiz_c, vpx_convolve8_avg_vert_c, vpx_convolve8_avg_c,
               vpx_scaled_avg_horiz_c, vpx_scaled_avg_vert_c, vpx_scaled_avg_2d_c) :
        CHOOSE(vpx_convolve_copy_c, vpx_convolve8_horiz_c, vpx_convolve8_vert_c, vpx_convolve8_c,
               vpx_scaled_horiz_c, vpx_scaled_vert_c, vpx_scaled_2d_c);
#else
    const highbd_convolve_fn_t fn = avg ?
        CHOOSE(vpx_highbd_convolve_avg_c, vpx_highbd_convolve8_avg_horiz_c, vpx_highbd_convolve8_avg_vert_c,
               vpx_highbd_convolve8_avg_c, , , ) :
        CHOOSE(vpx_highbd_convolve_copy_c, vpx_highbd_convolve8_horiz_c, vpx_highbd_convolve8_vert_c,
               vpx_highbd_convolve8_c, , , );
#endif
    CALL(fn);
}

/* A block, or a 4x4 one of a sub-8x8 block: off from its first pixel (x, y), all in its
 * plane. */
typedef struct Block {
    int pl, x, y, off[2], all[2], w, h;
    int mi[2]; /* luma's pixel */
} Block;

/* Upstream's way: what it reads where. */
static void predict_block(Case *const c, const Block *const b, const int r, const int filter,
                          const MV *const mv, const int avg)
{
    const QpuFrame *const f = &c->ref[r];
    const struct scale_factors *const sf = &c->sf[r];
    const int fw = f->plane[b->pl].w, fh = f->plane[b->pl].h;
    const int ss_x = b->pl ? c->ss[0] : 0, ss_y = b->pl ? c->ss[1] : 0;
    const int scaled = vp9_is_scaled(sf);
    const int start_x = b->x + b->off[0], start_y = b->y + b->off[1];
    int x0 = start_x, y0 = start_y, x_q4 = x0 * 16, y_q4 = y0 * 16, xs = 16, ys = 16;
    MV32 m = { mv->row * (1 << (1 - ss_y)), mv->col * (1 << (1 - ss_x)) };
    if (scaled) {
        const MV clamped = clamp_mv_to_umv_border_sb(&c->xd, mv, b->all[0], b->all[1], ss_x, ss_y);
        x_q4 = sf->scale_value_x(x0 * 16, sf);
        y_q4 = sf->scale_value_y(y0 * 16, sf);
        x0 = sf->scale_value_x(x0, sf);
        y0 = sf->scale_value_y(y0, sf);
        m = vp9_scale_mv(&clamped, b->mi[0] + b->off[0], b->mi[1] + b->off[1], sf);
        xs = sf->x_step_q4;
        ys = sf->y_step_q4;
    }
    const int fx = m.col & 15, fy = m.row & 15;
    x0 += m.col >> 4;
    y0 += m.row >> 4;
    x_q4 += m.col;
    y_q4 += m.row;

    ptrdiff_t stride;
    const pixel *const plane = plane_at(c, f, b->pl, &stride);
    const pixel *src = plane + y0 * stride + x0;
    if (scaled || m.col || m.row || (fw & 7) || (fh & 7)) {
        int x1 = ((x_q4 + (b->w - 1) * xs) >> 4) + 1, y1 = ((y_q4 + (b->h - 1) * ys) >> 4) + 1;
        const int pad_x = fx || xs != 16, pad_y = fy || ys != 16;
        x0 -= pad_x * 3;
        x1 += pad_x * 4;
        y0 -= pad_y * 3;
        y1 += pad_y * 4;
        if (x0 < 0 || x0 > fw - 1 || x1 < 0 || x1 > fw - 1 ||
            y0 < 0 || y0 > fh - 1 || y1 < 0 || y1 > fh - 1)
        {
            /* holds no more than upstream's copy */
            const int w = x1 - x0 + 1, h = y1 - y0 + 1;
            if (w * h > (int) (sizeof(c->border) / sizeof(*c->border))) abort();
            for (int i = 0; i < w * h; i++)
                c->border[i] = plane[iclip(y0 + i / w, 0, fh - 1) * stride + iclip(x0 + i % w, 0, fw - 1)];
            src = c->border + pad_y * 3 * w + pad_x * 3;
            stride = w;
            n_edges++;
            if (x1 < 0 || y1 < 0 || x0 >= fw || y0 >= fh) n_far++;
        } else {
            n_inside++;
        }
    } else if (start_x + b->w > fw || start_y + b->h > fh) {
        n_beyond++;
    }
    predict(c, src, stride, c->block, sf, vp9_filter_kernels[filter], fx, fy, avg, b->w, b->h);
}

static void add_job(Case *const c, const Block *const b, const int r, const int filter,
                    const MV *const mv, const int avg)
{
    const int x = b->x + b->off[0], y = b->y + b->off[1], w_log2 = ulog2(b->w), h_log2 = ulog2(b->h);
    const int ss[2] = { b->pl ? c->ss[0] : 0, b->pl ? c->ss[1] : 0 };
    if (c->n_jobs == MAX_JOBS) abort();
    Job *const j = &c->jobs[c->n_jobs++];
    if (vp9_is_scaled(&c->sf[r])) {
        int pos[2];
        for (int i = 0; i < 2; i++) {
            const QpuVp9McScaled s = {
                .scale = i ? c->sf[r].y_scale_fp : c->sf[r].x_scale_fp,
                .ss = ss[i],
                .to_edge = { i ? c->xd.mb_to_top_edge : c->xd.mb_to_left_edge,
                             i ? c->xd.mb_to_bottom_edge : c->xd.mb_to_right_edge },
                .size = b->all[i],
                .luma = b->mi[i],
                .off = b->off[i],
                .mv = i ? mv->row : mv->col,
            };
            pos[i] = qpu_vp9_mc_scaled_pos(&s);
        }
        qpu_vp9_mc_scaled_job(&j->job, b->pl, x, y, w_log2, h_log2, r, filter, pos[0], pos[1]);
        j->kind = QPU_VP9_MC_SCALED;
        n_steps[c->sf[r].x_step_q4]++;
    } else {
        j->kind = qpu_vp9_mc_job(&j->job, b->pl, x, y, w_log2, h_log2, r, filter,
                                 mv->col * (1 << (1 - ss[0])), mv->row * (1 << (1 - ss[1])));
    }
    if (avg) j->kind += QPU_VP9_MC_AVG;
    j->cls = qpu_vp9_mc_class(w_log2, h_log2);
    n_jobs[j->kind]++;
    n_sizes[w_log2][h_log2]++;
    n_filters[filter]++;
}

/* Copies what of the block lies in the frame. */
static void write_block(const Case *const c, const Block *const b) {
    ptrdiff_t stride;
    pixel *const dst = plane_at(c, &c->cur, b->pl, &stride);
    const int x = b->x + b->off[0], y = b->y + b->off[1];
    const int w = imin(b->w, (aligned8(c->cur.plane[0].w) >> (b->pl ? c->ss[0] : 0)) - x);
    const int h = imin(b->h, (aligned8(c->cur.plane[0].h) >> (b->pl ? c->ss[1] : 0)) - y);
    for (int i = 0; i < h; i++)
        memcpy(dst + (y + i) * stride + x, c->block + i * 64, (size_t) imax(w, 0) * sizeof(pixel));
}

static MV random_mv(const int motion) {
    const int far = check_range(0, 9) ? 300 : 16383;
    MV mv = { (int16_t) check_range(-far, far), (int16_t) check_range(-far, far) };
    if (!check_range(0, 3)) mv.row &= ~15;
    if (!check_range(0, 3)) mv.col &= ~15;
    if (motion || !check_range(0, 7)) mv.row = mv.col = 0;
    return mv;
}

static void do_block(Case *const c, const int mi_x, const int mi_y, const int w, const int h, const int sub8x8) {
    const int compound = !check_range(0, 2), filter = check_range(0, 3);
    int refs[2] = { check_range(0, N_REFS - 1), check_range(0, N_REFS - 1) };
    const int mi_cols = aligned8(c->cur.plane[0].w) / 8, mi_rows = aligned8(c->cur.plane[0].h) / 8;
    MV mv[2][4];
    for (int i = 0; i < 8; i++)
        mv[i & 1][i >> 1] = sub8x8 || i < 2 ? random_mv(c->motion) : mv[i & 1][0];

    c->xd.mb_to_left_edge = -mi_x * 8;
    c->xd.mb_to_right_edge = (mi_cols - w / 8 - mi_x / 8) * 64;
    c->xd.mb_to_top_edge = -mi_y * 8;
    c->xd.mb_to_bottom_edge = (mi_rows - h / 8 - mi_y / 8) * 64;
    n_blocks++;
    for (int pl = 0; pl < 3; pl++) {
        const int ss_x = pl ? c->ss[0] : 0, ss_y = pl ? c->ss[1] : 0;
        const int pw = w >> ss_x, ph = h >> ss_y, step_x = sub8x8 ? 4 : pw, step_y = sub8x8 ? 4 : ph;
        for (int y = 0, i = 0; y < ph; y += step_y)
            for (int x = 0; x < pw; x += step_x, i++) {
                const Block b = { pl, mi_x >> ss_x, mi_y >> ss_y, { x, y }, { pw, ph }, step_x, step_y,
                                  { mi_x, mi_y } };
                for (int k = 0; k < 1 + compound; k++) {
                    predict_block(c, &b, refs[k], filter, &mv[k][i], k);
                    add_job(c, &b, refs[k], filter, &mv[k][i], k);
                }
                write_block(c, &b);
            }
    }
}

static void do_area(Case *const c, const int x0, const int y0) {
    static const int sizes[13][2] = {
        { 64, 64 }, { 64, 32 }, { 32, 64 }, { 32, 32 }, { 32, 16 }, { 16, 32 }, { 16, 16 }, { 16, 8 },
        { 8, 16 }, { 8, 8 }, { 4, 4 }, { 4, 8 }, { 8, 4 },
    };
    const int size = check_range(0, 12);
    const int sub8x8 = size >= 10, w = imax(sizes[size][0], 8), h = imax(sizes[size][1], 8);
    for (int y = y0; y < imin(y0 + 64, aligned8(c->cur.plane[0].h)); y += h)
        for (int x = x0; x < imin(x0 + 64, aligned8(c->cur.plane[0].w)); x += w)
            if (w * h > 256 || check_range(0, 255) < w * h + 32) /* only some of many */
                do_block(c, x, y, w, h, sub8x8);
}

static void fill_frame(const Case *const c, const QpuFrame *const f, const int kind) {
    const int max = (1 << c->bd) - 1;
    for (int pl = 0; pl < 3; pl++) {
        ptrdiff_t stride;
        pixel *const px = plane_at(c, f, pl, &stride);
        for (int y = 0; y < f->plane[pl].h; y++)
            for (int x = 0; x < f->plane[pl].w; x++) {
                int v = check_range(0, max);
                /* extremes overflow, slopes round */
                if (kind == 1) v = v & 1 ? max : 0;
                else if (kind == 2) v = ((x / 5 ^ y / 7) & 1) * max;
                else if (kind == 3) v = (x * 3 + y * 5) & max;
                px[y * stride + x] = (pixel) v;
            }
    }
}

/* What qpu_mc_extend() should do. */
static void extend(const Case *const c, const QpuFrame *const f) {
    const int per_word = 4 / sizeof(pixel);
    for (int pl = 0; pl < 3; pl++) {
        ptrdiff_t stride;
        pixel *const px = plane_at(c, f, pl, &stride);
        const int w = f->plane[pl].w, h = f->plane[pl].h;
        for (int y = -8; y < h + 8; y++)
            for (int x = -16; x < ((w + 15) / per_word + 1) * per_word; x++)
                px[y * stride + x] = px[iclip(y, 0, h - 1) * stride + iclip(x, 0, w - 1)];
    }
}

/* A size that a reference of a frame of size v may have. */
static int ref_size(const int v, const int how) {
    switch (how) {
    case 0: return 2 * v;
    case 1: return (v + 1) / 2;
    case 2: return (v + 15) / 16;
    case 3: return v + 1;
    case 4: return imax(v - 1, (v + 15) / 16);
    case 5: return v;
    default: return check_range((v + 15) / 16, 2 * v);
    }
}

/* scaled: how many of the references are; motion: as in Case. */
static void check_case(const int w, const int h, const int bd, const int ss, const int scaled, const int motion) {
    Case *const c = calloc(1, sizeof(*c));
    uint8_t *out = NULL;
    uint32_t size = 0;
    check_begin("%dx%d %d bits subsampling %d, %d scaled, motion %d", w, h, bd, ss, scaled, motion);

    c->bd = bd;
    c->ss[0] = ss & 1;
    c->ss[1] = ss >> 1;
    c->motion = motion;
    c->jobs = malloc(MAX_JOBS * sizeof(*c->jobs));

    QpuVp9Mc p;
    memset(&p, 0, sizeof(p));
    if (qpu_batch_begin(check_batch)) goto error;
    for (int i = -1; i < N_REFS; i++) {
        QpuFrame *const f = i < 0 ? &c->cur : &c->ref[i];
        int fw = w, fh = h;
        if (i >= N_REFS - scaled) {
            static int next;
            const int how = next++ % 10;
            fw = imin(ref_size(w, how), 16384);
            fh = imin(ref_size(h, check_range(0, 2) ? how : check_range(0, 9)), 16384);
        }
        if (i >= 0) {
            vp9_setup_scale_factors_for_frame(&c->sf[i], fw, fh, w, h, bd > 8);
            if (!vp9_is_valid_scale(&c->sf[i])) check_fail("%dx%d is no reference", fw, fh);
            p.step[i][0] = c->sf[i].x_step_q4;
            p.step[i][1] = c->sf[i].y_step_q4;
        }
        if (qpu_frame_layout(check_ctx, f, fw, fh, bd, 3, c->ss[0], c->ss[1])) goto error;
        f->range.off = size;
        size += (f->range.size + 255) & ~255U;
        if (i >= 0) p.ref[i] = f;
    }
    void *const up = qpu_batch_upload(check_batch, size, &p.pool);
    c->pool = calloc(1, (size_t) size + SLACK);
    out = malloc(size);
    if (!up || !c->pool || !out || !c->jobs) goto error;
    for (uint32_t i = 0; i < size / sizeof(pixel); i++)
        ((pixel *) c->pool)[i] = (pixel) (check_rand() & ((1U << bd) - 1));
    for (int i = 0; i < N_REFS; i++)
        fill_frame(c, &c->ref[i], check_range(0, 3));
    memcpy(up, c->pool, size);

    for (int y = 0; y < h; y += 64)
        for (int x = 0; x < w; x += 64)
            do_area(c, x, y);

    /* jobs by kind and class */
    p.cur = &c->cur;
    c->cur.range.buf = p.pool.buf;
    c->cur.range.off += p.pool.off;
    const int pad = (int) (check_rand() & 1);
    QpuVp9McJob *jobs = qpu_batch_upload(check_batch, (size_t) (c->n_jobs + PAD * QPU_VP9_MC_N) * sizeof(*jobs),
                                         &p.jobs);
    void *const tables = qpu_batch_upload(check_batch, QPU_VP9_MC_TABLES_SIZE, &p.tables);
    if (!jobs || !tables) goto error;
    for (int k = 0; k < QPU_VP9_MC_N; k++)
        for (int cls = 0; cls < QPU_VP9_MC_CLASSES; cls++) {
            for (int i = 0; i < c->n_jobs; i++)
                if (c->jobs[i].kind == k && c->jobs[i].cls == cls) {
                    *jobs++ = c->jobs[i].job;
                    p.n[k][cls]++;
                }
            if (pad && !cls && k % QPU_VP9_MC_AVG < QPU_VP9_MC_BOTH) {
                for (int i = 0; i < PAD; i++)
                    qpu_vp9_mc_job(jobs++, i % 3, 16380, 16380, 2, 2, 0, 0, 0, 0);
                p.n[k][0] += PAD;
            }
        }
    qpu_vp9_mc_tables(tables, vp9_filter_kernels);
    for (int i = 0; i < N_REFS; i++) {
        extend(c, &c->ref[i]);
        c->ref[i].range.buf = p.pool.buf;
        c->ref[i].range.off += p.pool.off;
        if (qpu_mc_extend(check_batch, &c->ref[i])) goto error;
    }
    if (qpu_vp9_mc(check_batch, &p) || qpu_batch_download(check_batch, &p.pool)) {
        check_fail("the launch failed");
        goto end;
    }
    if (check_run()) goto end;

    int cached;
    memcpy(out, qpu_batch_downloaded(check_batch, 0, &cached), size);
    for (int i = -1; i < N_REFS; i++) {
        QpuFrame *const f = i < 0 ? &c->cur : &c->ref[i];
        f->range.off -= p.pool.off;
        for (int pl = 0; pl < 3; pl++) {
            static const char *const names[] = { "Y", "U", "V" };
            ptrdiff_t stride;
            const uint8_t *const o = check_plane(f, pl, out + f->range.off, &stride);
            const uint8_t *const e = check_plane(f, pl, c->pool + f->range.off, &stride);
            check_pixels(i < 0 ? names[pl] : "a reference", e, stride, o, stride,
                         aligned8(f->plane[0].w) >> (pl ? c->ss[0] : 0),
                         aligned8(f->plane[0].h) >> (pl ? c->ss[1] : 0), sizeof(pixel));
        }
    }
    /* what is not wanted goes here */
    for (uint32_t y = 0; y < 16; y++)
        for (int pl = 0; pl < 3; pl++) {
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
    free(c->jobs);
    free(c);
    check_end();
}

void bitfn(checkqpu_vp9_mc)(void) {
    const int n = check_quick ? 6 : 60;

    memset(n_jobs, 0, sizeof(n_jobs));
    memset(n_sizes, 0, sizeof(n_sizes));
    memset(n_filters, 0, sizeof(n_filters));
    memset(n_steps, 0, sizeof(n_steps));
    n_edges = n_inside = n_far = n_beyond = n_blocks = 0;

#if BITDEPTH == 8
    for (int bd = 8; bd <= 8; bd += 2)
#else
    for (int bd = 10; bd <= 12; bd += 2)
#endif
        for (int ss = 0; ss < 4; ss++) {
            for (int scaled = 0; scaled <= N_REFS; scaled++)
                check_case(check_range(300, 600), check_range(300, 600), bd, ss, scaled, 0);
            /* in place, with blocks that reach beyond the frame */
            check_case(check_range(3, 12) * 32 + 16, check_range(3, 12) * 32 + 16, bd, ss, 0, 1);
            check_case(check_range(1, 300), check_range(1, 300), bd, ss, 1, 1);
            for (int k = 0; k < n; k++)
                check_case(check_range(1, k % 3 ? 100 : 300), check_range(1, k % 3 ? 100 : 300),
                           bd, ss, check_range(0, N_REFS), 0);
            if (!check_quick) {
                check_case(8200, 17, bd, ss, 1, 0);
                check_case(17, 8200, bd, ss, 1, 0);
            }
        }

    check_begin("what came");
    printf("  %lu blocks; jobs by kind:", n_blocks);
    for (int i = 0; i < QPU_VP9_MC_N; i++) {
        printf(" %lu", n_jobs[i]);
        if (!n_jobs[i]) check_fail("kind %d never came", i);
    }
    printf("; inside %lu, at edges %lu, beyond %lu, in place over the end %lu; steps",
           n_inside, n_edges, n_far, n_beyond);
    for (int i = 1; i <= 32; i++)
        if (n_steps[i]) printf(" %d", i);
    printf("\n");
    if (!n_inside || !n_edges || !n_far || !n_beyond || !n_steps[1] || !n_steps[8] || !n_steps[16] || !n_steps[32])
        check_fail("a kind of position or step never came");
    for (int i = 0; i < 4; i++)
        if (!n_filters[i]) check_fail("filter %d never came", i);
    for (int i = 2; i <= 6; i++)
        for (int k = imax(i - 1, 2); k <= imin(i + 1, 6); k++)
            if (!n_sizes[i][k]) check_fail("%dx%d never came", 1 << i, 1 << k);
    check_end();
}
