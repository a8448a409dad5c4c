/* Deblocking: frames of random transform blocks through upstream's two passes
 * and through the list builder and the kernels. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/cpu.h"
#include "src/internal.h"
#include "src/lf_apply.h"
#include "src/lf_mask.h"
#include "src/loopfilter.h"

#include "qpu_av1.h"
#include "../../dav1d/lf.h"
#include "checkqpu.h"

void bitfn(checkqpu_av1_lf)(void);

#define LOG2_SB 5 /* of an Av1Filter, in 4x4 blocks */

/* What became of a line of samples; counted for each size of filter. */
enum { UNCHANGED, NARROW, NARROW_HEV, FLAT, FLAT_WIDE, N_OUTCOMES };
static unsigned long outcomes[QPU_AV1_N_LF][N_OUTCOMES];
static unsigned long n_level0;

/* ---- blocks ---- */

/* How a plane's transform blocks come about. */
struct Tiling {
    int split;   /* in percent, at each step; more than 100: all is 4x4 */
    int drop;    /* edges left out, in percent (skipped inter blocks) */
    int w4, h4;
    uint8_t *lw, *lh; /* log2 of the block's size, in 4 samples */
    uint8_t *left, *top;
};

static void tile(struct Tiling *const t, const int x, const int y, const int lw, const int lh) {
    if (x >= t->w4 || y >= t->h4) return;
    const int can = (lw > 0) | (lh > 0) << 1;
    int how = lw > 4 || lh > 4 ? 3 : t->split > 100 ? can :
              check_range(0, 99) < t->split ? check_range(1, 3) & can : 0;
    /* up to 64x16 */
    if (!how && abs(lw - lh) > 2) how = lw > lh ? 1 : 2;
    if (how) {
        const int w = lw - (how & 1), h = lh - (how >> 1);
        for (int j = 0; j <= how >> 1; j++)
            for (int i = 0; i <= (how & 1); i++)
                tile(t, x + (i << w), y + (j << h), w, h);
        return;
    }
    const int drop = check_range(0, 99) < t->drop;
    for (int j = y; j < imin(y + (1 << lh), t->h4); j++)
        for (int i = x; i < imin(x + (1 << lw), t->w4); i++) {
            const int n = j * t->w4 + i;
            t->lw[n] = (uint8_t) lw;
            t->lh[n] = (uint8_t) lh;
            t->left[n] = i == x && !drop;
            t->top[n] = j == y && !drop;
        }
}

/* Edges in the masks, whatever their levels. */
static size_t marked_edges(const Dav1dFrameContext *const f, const int n_planes,
                           const int ss_hor, const int ss_ver)
{
    const Dav1dFrameHeader *const hdr = f->frame_hdr;
    size_t n = 0;
    if (!hdr->loopfilter.level_y[0] && !hdr->loopfilter.level_y[1]) return 0;
    for (int p = 0; p < n_planes; p++) {
        const int h = p && ss_hor, v = p && ss_ver, bits[2] = { 16 >> v, 16 >> h };
        if (p && !(p == 1 ? hdr->loopfilter.level_u : hdr->loopfilter.level_v)) continue;
        for (int y = 0; y < (f->h4 + v) >> v; y++)
            for (int x = 0; x < (f->w4 + h) >> h; x++) {
                const Av1Filter *const lf = &f->lf.mask[(y << v >> 5) * f->sb128w + (x << h >> 5)];
                const int at[2] = { x & (31 >> h), y & (31 >> v) };
                for (int dir = 0; dir < 2; dir++) {
                    const int i = at[!dir], half = i >= bits[dir];
                    unsigned m = 0;
                    for (int c = 0; c < 3 - !!p; c++)
                        m |= p ? lf->filter_uv[dir][at[dir]][c][half] : lf->filter_y[dir][at[dir]][c][half];
                    n += (dir ? y : x) && m >> (i - half * bits[dir]) & 1;
                }
            }
    }
    return n;
}

static void put_masks(Av1Filter *const mask, const int sb128w, const int uv,
                      const int ss_hor, const int ss_ver,
                      const int w4, const int h4, const int split)
{
    const size_t n = (size_t) w4 * h4;
    uint8_t *const mem = calloc(4, n);
    struct Tiling t = {
        .split = split, .drop = split > 100 ? 0 : check_range(0, 2) * 10, .w4 = w4, .h4 = h4,
        .lw = mem, .lh = mem + n, .left = mem + 2 * n, .top = mem + 3 * n,
    };
    const int lw = LOG2_SB - ss_hor, lh = LOG2_SB - ss_ver;
    for (int y = 0; y < h4; y += 1 << lh)
        for (int x = 0; x < w4; x += 1 << lw)
            tile(&t, x, y, lw, lh);

    const int max_cls = uv ? 1 : 2;
    for (int y = 0; y < h4; y++)
        for (int x = 0; x < w4; x++) {
            Av1Filter *const m = &mask[(y >> lh) * sb128w + (x >> lw)];
            const int bx = x & ((1 << lw) - 1), by = y & ((1 << lh) - 1);
            const int i = y * w4 + x;
            for (int dir = 0; dir < 2; dir++) {
                if (!(dir ? t.top : t.left)[i]) continue;
                const uint8_t *const l = dir ? t.lh : t.lw;
                /* edges of the frame have masks too, but aren't filtered */
                const int prev = dir ? (y ? i - w4 : i) : (x ? i - 1 : i);
                const int cls = imin(max_cls, imin(l[i], l[prev]));
                const int line = dir ? by : bx, bit = dir ? bx : by;
                const int half = 1 << (dir ? lw - 1 : lh - 1);
                uint16_t (*const e)[2] = uv ? m->filter_uv[dir][line] : m->filter_y[dir][line];
                e[cls][bit >= half] |= 1 << (bit & (half - 1));
            }
        }
    free(mem);
}

/* ---- samples ---- */

static void fill_plane(pixel *dst, const ptrdiff_t stride, const int w, const int h,
                       const int bitdepth)
{
    const int max = (1 << bitdepth) - 1, one = 1 << (bitdepth - 8);
    /* 16x16 areas, each of its own kind */
    int base = check_range(0, max);
    for (int y0 = 0; y0 < h; y0 += 16)
        for (int x0 = 0; x0 < w; x0 += 16) {
            const int kind = check_range(0, 15);
            const int noise = kind < 7 ? 0 : kind < 10 ? one : kind < 13 ? 4 * one : 24 * one;
            if (check_rand() & 1)
                base = iclip(base + check_range(-20, 20) * one, 0, max);
            else if (!(check_rand() & 3))
                base = check_rand() & 1 ? check_range(0, max) : check_rand() & 1 ? max : 0;
            for (int y = y0; y < imin(y0 + 16, h); y++)
                for (int x = x0; x < imin(x0 + 16, w); x++) {
                    int v;
                    if (kind == 15) v = check_rand() & 1 ? max : 0;
                    else if (kind == 14) v = check_range(0, max);
                    else {
                        v = base + check_range(-noise, noise);
                        /* steps of 1 at block edges */
                        if (kind & 1) v += ((x >> 2 ^ y >> 2) & 3) * one / 2;
                    }
                    dst[y * PXSTRIDE(stride) + x] = (pixel) iclip(v, 0, max);
                }
        }
}

/* ---- statistics ---- */

static void count_line(const pixel *const s, const ptrdiff_t step, const int size,
                       const int level, const Av1FilterLUT *const lut, const int shift)
{
    static const int reach[] = { 2, 3, 4, 7 };
    const int i_ = lut->i[level] << shift, e = lut->e[level] << shift;
    const int one = 1 << shift, n = reach[size];
#define S(k) ((int) s[(k) * step])
    int filter = abs(S(-1) - S(0)) * 2 + (abs(S(-2) - S(1)) >> 1) <= e, flat = size > 0, wide = size == 3;
    for (int k = 1; k < imin(n, 4); k++) {
        filter &= abs(S(-1 - k) - S(-k)) <= i_ && abs(S(k) - S(k - 1)) <= i_;
        flat &= abs(S(-1 - k) - S(-1)) <= one && abs(S(k) - S(0)) <= one;
    }
    for (int k = 4; k < n; k++)
        wide &= abs(S(-1 - k) - S(-1)) <= one && abs(S(k) - S(0)) <= one;
    const int t = (level >> 4) << shift;
    const int hev = abs(S(-2) - S(-1)) > t || abs(S(1) - S(0)) > t;
#undef S
    outcomes[size][!filter ? UNCHANGED : flat ? wide ? FLAT_WIDE : FLAT : hev ? NARROW_HEV : NARROW]++;
}

static void count_edges(const QpuFrame *const qf, uint8_t *const buf, const uint32_t *edge,
                        const uint32_t n[QPU_AV1_N_LF], const int dir,
                        const Av1FilterLUT *const lut)
{
    for (int size = 0; size < QPU_AV1_N_LF; size++)
        for (uint32_t i = 0; i < n[size]; i++, edge++) {
            ptrdiff_t stride;
            pixel *const p = (pixel *) check_plane(qf, *edge >> 24 & 3, buf, &stride);
            stride = PXSTRIDE(stride);
            const pixel *const s = p + (*edge & 0xfff) * 4 + (*edge >> 12 & 0xfff) * 4 * stride;
            for (int k = 0; k < 4; k++)
                count_line(s + k * (dir ? 1 : stride), dir ? stride : 1, size,
                           *edge >> 26, lut, qf->bpc - 8);
        }
}

/* ---- a frame ---- */

static void filter_rows(Dav1dFrameContext *const f, pixel *const plane[3], const int sby,
                        const int what, const uint8_t *const start_of_tile_row)
{
    const int y = (sby << (4 + f->seq_hdr->sb128)) * 4;
    const int ss_ver = f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I420;
    pixel *const p[3] = {
        plane[0] + y * PXSTRIDE(f->cur.stride[0]),
        plane[1] + (y >> ss_ver) * PXSTRIDE(f->cur.stride[1]),
        plane[2] + (y >> ss_ver) * PXSTRIDE(f->cur.stride[1]),
    };
    Av1Filter *const mask = f->lf.mask + (sby >> !f->seq_hdr->sb128) * f->sb128w;
    if (what & 1)
        bytefn(dav1d_loopfilter_sbrow_cols)(f, p, mask, sby, start_of_tile_row[sby]);
    if (what & 2)
        bytefn(dav1d_loopfilter_sbrow_rows)(f, p, mask, sby);
}

static void check_case(const int w, const int h, const int bitdepth,
                       const enum Dav1dPixelLayout layout, const int sb128,
                       const int sharpness, const int split)
{
    static Dav1dDSPContext dsp;
    const int n_planes = layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3;
    const int ss_ver = layout == DAV1D_PIXEL_LAYOUT_I420;
    const int ss_hor = layout != DAV1D_PIXEL_LAYOUT_I444;

    check_begin("%dx%d %d bits layout %d sb128 %d sharpness %d split %d",
                w, h, bitdepth, layout, sb128, sharpness, split);

    bitfn(dav1d_loop_filter_dsp_init)(&dsp.lf);

    /* the parts of a frame context that deblocking looks at */
    Dav1dFrameContext *f = NULL;
    if (posix_memalign((void **) &f, 64, sizeof(*f))) abort();
    memset(f, 0, sizeof(*f));
    Dav1dSequenceHeader *const seq_hdr = calloc(1, sizeof(*seq_hdr));
    Dav1dFrameHeader *const hdr = calloc(1, sizeof(*hdr));
    f->seq_hdr = seq_hdr;
    f->frame_hdr = hdr;
    f->dsp = &dsp;
    f->bitdepth_max = (1 << bitdepth) - 1;
    f->cur.p.layout = layout;
    f->cur.p.w = w;
    f->cur.p.h = h;
    f->cur.p.bpc = bitdepth;
    seq_hdr->sb128 = sb128;
    f->w4 = (w + 3) >> 2;
    f->h4 = (h + 3) >> 2;
    f->bw = ((w + 7) >> 3) << 1;
    f->bh = ((h + 7) >> 3) << 1;
    f->sb128w = (f->bw + 31) >> 5;
    f->sb128h = (f->bh + 31) >> 5;
    f->b4_stride = (f->bw + 31) & ~31;
    const int n_sb = f->sb128w * f->sb128h, sbl2 = 4 + sb128;
    const int sbh = (f->bh + (1 << sbl2) - 1) >> sbl2;

    dav1d_calc_eih(&f->lf.lim_lut, sharpness);
    f->lf.mask = calloc(n_sb, sizeof(*f->lf.mask));
    put_masks(f->lf.mask, f->sb128w, 0, 0, 0, f->w4, f->h4, split);
    if (n_planes > 1)
        put_masks(f->lf.mask, f->sb128w, 1, ss_hor, ss_ver,
                  (f->w4 + ss_hor) >> ss_hor, (f->h4 + ss_ver) >> ss_ver, split);

    /* frame levels: each may be 0, both of luma together too */
    const int dense = split > 100, zero = dense ? 15 : check_range(0, 15);
    hdr->loopfilter.level_y[0] = zero & 1 ? 63 : 0;
    hdr->loopfilter.level_y[1] = zero & 2 || zero & 12 ? 1 : 0;
    hdr->loopfilter.level_u = zero & 4 ? 20 : 0;
    hdr->loopfilter.level_v = zero & 8 ? 40 : 0;
    hdr->loopfilter.sharpness = sharpness;
    f->lf.level = malloc((size_t) n_sb * 32 * 32 * sizeof(*f->lf.level) + 3);
    const int lo = dense ? 1 : check_range(0, 3) ? 0 : check_range(1, 63);
    const int p0 = dense ? 0 : check_range(0, 60);
    for (int i = 0; i < n_sb * 32 * 32; i++)
        for (int k = 0; k < 4; k++)
            f->lf.level[i][k] = (k == 2 && !hdr->loopfilter.level_u) ||
                                (k == 3 && !hdr->loopfilter.level_v) ||
                                check_range(0, 99) < p0 ? 0 : (uint8_t) check_range(lo, 63);

    /* a tile boundary each way, sometimes; it makes filters shorter */
    hdr->tiling.col_start_sb[1] = 0xffff >> sbl2;
    hdr->tiling.col_start_sb[2] = 0xffff >> sbl2;
    if (f->bw > 1 << sbl2 && check_rand() & 1)
        hdr->tiling.col_start_sb[1] = (uint16_t) check_range(1, (f->bw - 1) >> sbl2);
    const int halign = (f->bh + 31) & ~31;
    for (int uv = 0; uv < 2; uv++) {
        f->lf.tx_lpf_right_edge[uv] = malloc(halign);
        for (int i = 0; i < halign; i++)
            f->lf.tx_lpf_right_edge[uv][i] = (uint8_t) check_range(0, 2 - uv);
    }
    uint8_t *const start_of_tile_row = calloc(sbh, 1);
    f->a = calloc(f->sb128w, sizeof(*f->a));
    for (int i = 0; i < f->sb128w; i++)
        for (int k = 0; k < 32; k++) {
            f->a[i].tx_lpf_y[k] = (uint8_t) check_range(0, 2);
            f->a[i].tx_lpf_uv[k] = (uint8_t) check_range(0, 1);
        }
    if (sbh > 1 && check_rand() & 1)
        start_of_tile_row[check_range(1, sbh - 1)] = 1;

    /* samples */
    QpuFrame qf;
    uint8_t *ref = NULL, *tmp = NULL;
    uint32_t *list = NULL;
    if (qpu_batch_begin(check_batch) ||
        check_frame(&qf, w, h, bitdepth, n_planes, ss_hor, ss_ver, &ref))
    {
        check_fail("no memory");
        goto end;
    }
    const size_t size = qf.range.size;
    tmp = malloc(size);
    pixel *plane[3] = { 0 }, *tmp_plane[3] = { 0 };
    for (int p = 0; p < n_planes; p++) {
        plane[p] = (pixel *) check_plane(&qf, p, ref, &f->cur.stride[!!p]);
        tmp_plane[p] = (pixel *) check_plane(&qf, p, tmp, &f->cur.stride[!!p]);
        fill_plane(plane[p], f->cur.stride[!!p],
                   f->bw * 4 >> (p ? ss_hor : 0), f->bh * 4 >> (p ? ss_ver : 0), bitdepth);
    }
    void *const up = qpu_batch_upload(check_batch, size, &qf.range);
    if (!up) {
        check_fail("no memory");
        goto end;
    }
    memcpy(up, ref, size);
    memcpy(tmp, ref, size);

    /* upstream */
    if (hdr->loopfilter.level_y[0] || hdr->loopfilter.level_y[1])
        for (int sby = 0; sby < sbh; sby++)
            filter_rows(f, plane, sby, 3, start_of_tile_row);

    /* device */
    QpuAv1Lf p = { .sharpness = sharpness };
    const size_t bound = dav1d_qpu_lf_max(f), marked = marked_edges(f, n_planes, ss_hor, ss_ver);
    list = malloc(bound * 4 + 8);
    list[bound + 1] = 0xdeadbeef;
    const size_t total = dav1d_qpu_lf_edges(f, list, p.n);
    if (list[bound + 1] != 0xdeadbeef) check_fail("the list is longer than %zu edges", bound);
    size_t sum = 0;
    for (int i = 0; i < 2 * QPU_AV1_N_LF; i++) sum += p.n[i / QPU_AV1_N_LF][i % QPU_AV1_N_LF];
    if (sum != total || total > bound || total > marked) check_fail("too many edges in a list");
    n_level0 += marked - total;
    for (size_t i = 0; i < total; i++)
        if (!(list[i] >> 26)) check_fail("a level of 0 in the list");
    void *const edges = qpu_batch_upload(check_batch, total * 4 + 4, &p.edges);
    if (!edges) {
        check_fail("no memory");
        goto end;
    }
    memcpy(edges, list, total * 4);
    if (qpu_av1_lf(check_batch, &qf, &p) || qpu_batch_download(check_batch, &qf.range)) {
        check_fail("the launch failed");
        goto end;
    }
    if (check_run()) goto end;

    int cached;
    uint8_t *const out = (uint8_t *) qpu_batch_downloaded(check_batch, 0, &cached);
    for (int pl = 0; pl < n_planes; pl++) {
        static const char *const names[] = { "Y", "U", "V" };
        ptrdiff_t stride;
        const uint8_t *const o = check_plane(&qf, pl, out, &stride);
        check_pixels(names[pl], (uint8_t *) plane[pl], stride, o, stride,
                     f->bw * 4 >> (pl ? ss_hor : 0), f->bh * 4 >> (pl ? ss_ver : 0),
                     sizeof(pixel));
    }
    if (memcmp(ref, out, size)) check_fail("written outside the planes");

    /* which filters fired */
    if (total) {
        const uint32_t *e = list;
        count_edges(&qf, tmp, e, p.n[0], 0, &f->lf.lim_lut);
        for (int sby = 0; sby < sbh; sby++)
            filter_rows(f, tmp_plane, sby, 1, start_of_tile_row);
        for (int i = 0; i < QPU_AV1_N_LF; i++)
            e += p.n[0][i];
        count_edges(&qf, tmp, e, p.n[1], 1, &f->lf.lim_lut);
    }

end:
    free(list);
    free(ref);
    free(tmp);
    free(f->a);
    free(start_of_tile_row);
    for (int uv = 0; uv < 2; uv++)
        free(f->lf.tx_lpf_right_edge[uv]);
    free(f->lf.level);
    free(f->lf.mask);
    free(hdr);
    free(seq_hdr);
    free(f);
    check_end();
}

static int outcome_possible(const int size, const int outcome) {
    return outcome < FLAT || (size > QPU_AV1_LF_4 && (outcome == FLAT || size == QPU_AV1_LF_14));
}

void bitfn(checkqpu_av1_lf)(void) {
    static const int splits[] = { 0, 25, 50, 75, 100 };
    const int n = check_quick ? 6 : 40;
    int sharpness = 0, i = 0;

    dav1d_set_cpu_flags_mask(0);
    memset(outcomes, 0, sizeof(outcomes));
    n_level0 = 0;

#if BITDEPTH == 8
    for (int bitdepth = 8; bitdepth <= 8; bitdepth += 2)
#else
    for (int bitdepth = 10; bitdepth <= 12; bitdepth += 2)
#endif
        for (int layout = DAV1D_PIXEL_LAYOUT_I400; layout <= DAV1D_PIXEL_LAYOUT_I444; layout++)
            for (int sb128 = 0; sb128 < 2; sb128++)
                for (int k = 0; k < n; k++, sharpness = (sharpness + 1) & 7) {
                    const int max = k % 3 == 2 ? 40 : k % 3 ? 200 : 600;
                    check_case(check_range(1, max), check_range(1, max), bitdepth, layout,
                               sb128, sharpness, splits[i++ % 5]);
                }

    if (!check_quick) {
        /* more than 65535 workgroups */
#if BITDEPTH == 8
        check_case(8200, 8216, 8, DAV1D_PIXEL_LAYOUT_I400, 1, 0, 101);
#endif
    }

    check_begin("outcomes");
    for (int size = 0; size < QPU_AV1_N_LF; size++) {
        static const int names[] = { 4, 6, 8, 14 };
        const unsigned long *const o = outcomes[size];
        printf("  size %2d: %lu lines unchanged, %lu narrow, %lu narrow with hev, %lu flat, %lu wide\n",
               names[size], o[UNCHANGED], o[NARROW], o[NARROW_HEV], o[FLAT], o[FLAT_WIDE]);
        for (int k = 0; k < N_OUTCOMES; k++)
            if (outcome_possible(size, k) && !o[k]) check_fail("outcome %d of size %d never came", k, names[size]);
    }
    printf("  %lu edges of level 0\n", n_level0);
    if (!n_level0) check_fail("no edge of level 0");
    check_end();
}
