/* Loop restoration against upstream's C: whole frames through dav1d_copy_lpf()
 * and dav1d_lr_sbrow(), superblock row by superblock row, with random units,
 * which go to the device by way of dav1d_qpu_lr_units(). */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/cpu.h"
#include "src/internal.h"
#include "src/lf_apply.h"
#include "src/looprestoration.h"
#include "src/lr_apply.h"
#include "src/tables.h"

#include "qpu_av1.h"
#include "../../dav1d/lr.h"
#include "checkqpu.h"

void bitfn(checkqpu_av1_lr)(void);

enum { SRC, DBL, DST, N_FRAMES };
enum Fill { NOISE, EXTREME, SMOOTH, BLOCKS, N_FILLS };
enum Units { MIXED, ALL_NONE, ALL_WIENER, ALL_SGR, SGR_ONE_PASS, N_UNITS };

/* What a stream's units may look like, and what they did. */
static struct {
    unsigned units[3], sets[16], none_planes;
    unsigned wiener_low, wiener_high, out_low, out_high;
    unsigned flat, steep; /* boxes with the largest and the smallest x */
    unsigned copied_lines; /* stripes with one row below them */
} seen;

typedef struct {
    QpuFrame f;
    uint8_t *copy;
} Frame;

typedef struct {
    int bpc, layout, w, h, sb128, size_log2, uv_shift;
    enum Fill fill, dbl_fill;
    enum Units units;
    int planes; /* with restoration on */
} Case;

static void fill_plane(const QpuFrame *const f, const int pl, pixel *px, const ptrdiff_t stride,
                       const enum Fill fill)
{
    const int max = (1 << f->bpc) - 1, one = 1 << (f->bpc - 8);
    const int cols = f->plane[pl].w, rows = f->plane[pl].h;
    const int dx = check_range(-3, 3), dy = check_range(-3, 3), at = check_range(0, max);
    for (int y = 0; y < rows; y++, px += PXSTRIDE(stride)) {
        int run = 0, v = 0;
        for (int x = 0; x < cols; x++) {
            switch (fill) {
            case NOISE:
                v = check_rand() & max;
                break;
            case EXTREME: /* runs, so that all taps of a sign meet the same */
                if (!run--) {
                    run = check_range(0, 4);
                    v = check_rand() & 1 ? max : 0;
                }
                break;
            case SMOOTH:
                v = iclip(at + (x * dx + y * dy) * one / 2 + check_range(-2, 2) * one, 0, max);
                break;
            default: /* flat areas with hard edges and single pixels */
                v = ((x >> 3) ^ (y >> 3)) & 1 ? at : max - at;
                if (!(check_rand() & 63)) v = check_rand() & max;
                break;
            }
            px[x] = (pixel) v;
        }
    }
}

/* Everything around the planes is random, not even pixels of this depth. */
static int make_frame(Frame *const fr, const Case *const k, const enum Fill fill) {
    const int n_planes = k->layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3;
    const int ss_hor = k->layout == DAV1D_PIXEL_LAYOUT_I420 || k->layout == DAV1D_PIXEL_LAYOUT_I422;
    const int ss_ver = k->layout == DAV1D_PIXEL_LAYOUT_I420;
    if (qpu_frame_layout(check_ctx, &fr->f, k->w, k->h, k->bpc, n_planes, ss_hor, ss_ver)) return -1;
    const size_t size = fr->f.range.size;
    void *const up = qpu_batch_upload(check_batch, size, &fr->f.range);
    fr->copy = malloc(size);
    if (!up || !fr->copy) return -1;
    for (size_t i = 0; i < size / 4; i++)
        ((uint32_t *) fr->copy)[i] = check_rand();
    for (int pl = 0; pl < n_planes; pl++) {
        ptrdiff_t stride;
        pixel *const px = (pixel *) check_plane(&fr->f, pl, fr->copy, &stride);
        fill_plane(&fr->f, pl, px, stride, fill);
    }
    memcpy(up, fr->copy, size);
    return 0;
}

static int8_t pick(const int lo, const int hi, const int how) {
    return (int8_t) (how == 0 ? lo : how == 1 ? hi : check_range(lo, hi));
}

/* Taps at the ends of their ranges, each to one side, or anything. */
static void random_taps(int8_t taps[3], const int chroma) {
    const int how = check_rand() & 1;
    taps[0] = pick(-5, 10, how ? (int) (check_rand() & 1) : 2);
    taps[1] = pick(-23, 8, how ? (int) (check_rand() & 1) : 2);
    taps[2] = pick(-17, 46, how ? (int) (check_rand() & 1) : 2);
    if (chroma) taps[0] = 0;
}

static void random_unit(Av1RestorationUnit *const u, const enum Units units, const int plane) {
    int type = check_range(0, 2), set = check_range(0, 15);
    if (units == ALL_NONE) type = 0;
    if (units == ALL_WIENER) type = 1;
    if (units >= ALL_SGR) type = 2;
    if (units == SGR_ONE_PASS) set = check_rand() & 1 ? check_range(10, 13) : check_range(14, 15);

    memset(u, 0x55, sizeof(*u)); /* what is not used may be anything */
    u->type = type == 0 ? DAV1D_RESTORATION_NONE : type == 1 ? DAV1D_RESTORATION_WIENER :
                          DAV1D_RESTORATION_SGRPROJ + set;
    if (type == 1) {
        random_taps(u->filter_h, !!plane);
        random_taps(u->filter_v, !!plane);
    } else if (type == 2) {
        const int how = check_rand() & 1;
        u->sgr_weights[0] = !dav1d_sgr_params[set][0] ? 0 :
                            pick(-96, 31, how ? (int) (check_rand() & 1) : 2);
        u->sgr_weights[1] = !dav1d_sgr_params[set][1] ? 95 :
                            pick(-32, 95, how ? (int) (check_rand() & 1) : 2);
    }
}

/* Counts how often the filters' special cases occur in a plane. */
static void count_plane(const QpuFrame *const f, const int pl, const pixel *const px,
                        const ptrdiff_t stride, const pixel *const out, const QpuAv1Lr *const p)
{
    const QpuPlane *const g = &f->plane[pl];
    const int us = p->plane[pl].size_log2, bpc = f->bpc, max = (1 << bpc) - 1;
    const int sh = bpc - 8, round = bpc == 12 ? 5 : 3;
    for (int y = 1; y < g->h - 1; y += 2)
        for (int x = 3; x < g->w - 3; x += 3) {
            const pixel *const c = &px[y * PXSTRIDE(stride) + x];
            const int col = imin(x >> us, p->plane[pl].cols - 1);
            const int row = imin((y + (8 >> (pl ? f->ss_ver : 0))) >> us, p->plane[pl].rows - 1);
            const QpuAv1LrUnit *const u = &p->plane[pl].units[row * p->plane[pl].cols + col];
            if (u->type == QPU_AV1_LR_NONE) continue;
            const int v = out[y * PXSTRIDE(stride) + x];
            seen.out_low += v == 0 && c[0];
            seen.out_high += v == max && c[0] < max;
            if (u->type == QPU_AV1_LR_WIENER) {
                int sum = 1 << (bpc + 6), centre = 128;
                for (int i = 0; i < 3; i++) {
                    sum += (c[i - 3] + c[3 - i]) * u->filter_h[i];
                    centre -= 2 * u->filter_h[i];
                }
                sum += c[0] * centre + (1 << round >> 1);
                seen.wiener_low += sum < 0;
                seen.wiener_high += sum >> round >= 1 << (bpc + 8 - round);
            } else {
                int b = 0, a = 0;
                for (int i = -1; i <= 1; i++)
                    for (int j = -1; j <= 1; j++) {
                        const int q = c[i * PXSTRIDE(stride) + j];
                        b += q;
                        a += q * q;
                    }
                a = (a + (1 << 2 * sh >> 1)) >> 2 * sh;
                b = (b + (1 << sh >> 1)) >> sh;
                const unsigned z = ((unsigned) imax(a * 9 - b * b, 0) *
                                    dav1d_sgr_params[u->sgr_set][1] + (1 << 19)) >> 20;
                seen.flat += !z;
                seen.steep += z >= 255;
            }
        }
}

/* What upstream's functions look at. */
static int make_context(Dav1dFrameContext *const f, Dav1dContext *const c,
                        Dav1dSequenceHeader *const seq, Dav1dFrameHeader *const hdr,
                        Dav1dDSPContext *const dsp, const Case *const k,
                        const Frame *const fr)
{
    c->n_tc = 2;
    seq->sb128 = (uint8_t) k->sb128;
    seq->cdef = check_rand() & 1;
    hdr->width[0] = hdr->width[1] = k->w;
    hdr->height = k->h;
    hdr->restoration.unit_size[0] = (uint8_t) k->size_log2;
    hdr->restoration.unit_size[1] = (uint8_t) (k->size_log2 - k->uv_shift);
    f->c = c;
    f->seq_hdr = seq;
    f->frame_hdr = hdr;
    f->dsp = dsp;
    f->bitdepth_max = (1 << k->bpc) - 1;
    f->cur.p.w = f->sr_cur.p.p.w = k->w;
    f->cur.p.h = f->sr_cur.p.p.h = k->h;
    f->cur.p.layout = f->sr_cur.p.p.layout = (enum Dav1dPixelLayout) k->layout;
    f->cur.p.bpc = f->sr_cur.p.p.bpc = k->bpc;
    for (int uv = 0; uv < 2; uv++)
        f->cur.stride[uv] = f->sr_cur.p.stride[uv] =
            (ptrdiff_t) fr->f.plane[fr->f.n_planes > 1 ? uv : 0].stride * 4;
    f->bw = ((k->w + 7) >> 3) << 1;
    f->bh = ((k->h + 7) >> 3) << 1;
    f->sb_step = 16 << k->sb128;
    f->sb_shift = 4 + k->sb128;
    f->sbh = (f->bh + f->sb_step - 1) >> f->sb_shift;
    f->sb128w = (f->bw + 31) >> 5;
    f->sb128h = (f->bh + 31) >> 5;
    f->sr_sb128w = (k->w + 127) >> 7;
    f->lf.restore_planes = k->planes;

    const size_t n = (size_t) f->sr_sb128w * f->sb128h;
    f->lf.lr_mask = malloc(n * sizeof(*f->lf.lr_mask));
    if (!f->lf.lr_mask) return -1;
    for (size_t i = 0; i < n; i++)
        for (int pl = 0; pl < 3; pl++)
            for (int j = 0; j < 4; j++)
                random_unit(&f->lf.lr_mask[i].lr[pl][j], k->units, pl);

    const size_t rows = (size_t) f->sbh * 4 << k->sb128;
    f->lf.lr_line_buf = malloc(rows * (f->cur.stride[0] + 2 * f->cur.stride[1]) + 128);
    if (!f->lf.lr_line_buf) return -1;
    uint8_t *line = f->lf.lr_line_buf + 64;
    for (int pl = 0; pl < 3; pl++) {
        f->lf.lr_lpf_line[pl] = (pixel *) line;
        line += rows * f->cur.stride[!!pl];
    }
    return 0;
}

static void reference(Dav1dFrameContext *const f, const Frame *const src, const Frame *const dbl) {
    for (int pass = 0; pass < 2; pass++)
        for (int sby = 0; sby < f->sbh; sby++) {
            pixel *ptr[3] = { 0 };
            for (int pl = 0; pl < src->f.n_planes; pl++) {
                const Frame *const fr = pass ? src : dbl;
                const int ss_ver = pl ? src->f.ss_ver : 0;
                ptrdiff_t stride;
                ptr[pl] = (pixel *) check_plane(&fr->f, pl, fr->copy, &stride);
                ptr[pl] += (sby << (6 + f->seq_hdr->sb128) >> ss_ver) * PXSTRIDE(stride);
            }
            if (pass) bytefn(dav1d_lr_sbrow)(f, ptr, sby);
            else bytefn(dav1d_copy_lpf)(f, ptr, sby);
        }
}

static void check_case(Dav1dDSPContext *const dsp, const Case *const k) {
    static const char *const layouts[] = { "400", "420", "422", "444" };
    Frame fr[N_FRAMES] = { 0 };
    uint8_t *ref = NULL;
    QpuAv1LrUnit *units = NULL;
    Dav1dFrameContext *const f = calloc(1, sizeof(*f));
    Dav1dContext *const c = calloc(1, sizeof(*c));
    Dav1dSequenceHeader *const seq = calloc(1, sizeof(*seq));
    Dav1dFrameHeader *const hdr = calloc(1, sizeof(*hdr));
    const void *out[N_FRAMES];
    int res, cached;

    check_begin("av1_lr_%d %s %dx%d of %d bits, sb%d, units 2^%d and 2^%d, fill %d and %d, "
                "types %d, planes %d", BITDEPTH, layouts[k->layout], k->w, k->h, k->bpc,
                64 << k->sb128, k->size_log2, k->size_log2 - k->uv_shift, k->fill,
                k->dbl_fill, k->units, k->planes);
    qpu_batch_begin(check_batch);
    if (!f || !c || !seq || !hdr) goto memory;
    for (int i = 0; i < N_FRAMES; i++)
        if (make_frame(&fr[i], k, i == DBL ? k->dbl_fill : k->fill)) goto memory;
    if (make_context(f, c, seq, hdr, dsp, k, &fr[SRC])) goto memory;

    QpuAv1Lr p;
    const int max_units = dav1d_qpu_lr_max_units(f);
    units = malloc((max_units + 1) * sizeof(*units));
    if (!units) goto memory;
    memset(units, 0xaa, (max_units + 1) * sizeof(*units));
    const int planes = dav1d_qpu_lr_units(f, units, &p);
    int n_units = 0;
    for (int pl = 0; pl < 3; pl++) {
        if (!p.plane[pl].units) continue;
        const int n = p.plane[pl].cols * p.plane[pl].rows;
        n_units += n;
        for (int i = 0; i < n; i++) {
            seen.units[p.plane[pl].units[i].type]++;
            if (p.plane[pl].units[i].type == QPU_AV1_LR_SGR)
                seen.sets[p.plane[pl].units[i].sgr_set]++;
        }
    }
    seen.none_planes += planes != k->planes;
    if (n_units > max_units || units[max_units].type != 0xaa)
        check_fail("%d units, %d announced", n_units, max_units);

    if ((res = qpu_av1_lr(check_batch, &fr[SRC].f, &fr[DBL].f, &fr[DST].f, &p))) {
        check_fail("qpu_av1_lr() failed: %s", strerror(-res));
        goto end;
    }
    for (int i = 0; i < N_FRAMES; i++)
        qpu_batch_download(check_batch, &fr[i].f.range);
    if (check_run()) goto end;
    for (int i = 0; i < N_FRAMES; i++)
        out[i] = qpu_batch_downloaded(check_batch, i, &cached);
    for (int i = SRC; i <= DBL; i++)
        if (memcmp(out[i], fr[i].copy, fr[i].f.range.size))
            check_fail("frame %d changed", i);

    ref = malloc(fr[SRC].f.range.size);
    if (!ref) goto memory;
    memcpy(ref, fr[SRC].copy, fr[SRC].f.range.size);
    reference(f, &(Frame) { fr[SRC].f, ref }, &fr[DBL]);

    for (int pl = 0; pl < fr[DST].f.n_planes; pl++) {
        if (!(planes >> pl & 1)) continue;
        const QpuPlane *const g = &fr[DST].f.plane[pl];
        ptrdiff_t stride;
        pixel *const exp = (pixel *) check_plane(&fr[DST].f, pl, fr[DST].copy, &stride);
        const pixel *const good = (const pixel *) check_plane(&fr[DST].f, pl, ref, &stride);
        const pixel *const got = (const pixel *)
            check_plane(&fr[DST].f, pl, (uint8_t *) out[DST], &stride);
        static const char *const names[] = { "Y", "U", "V" };
        check_pixels(names[pl], (const uint8_t *) good, stride, (const uint8_t *) got, stride,
                     g->w, g->h, sizeof(pixel));
        count_plane(&fr[SRC].f, pl, (const pixel *) check_plane(&fr[SRC].f, pl, fr[SRC].copy, &stride),
                    stride, good, &p);

        /* beyond the plane, segments of 32 rows and quads of pixels are the
         * kernels' to write */
        const int off = 8 >> (pl ? fr[DST].f.ss_ver : 0);
        const int stripe = 64 >> (pl ? fr[DST].f.ss_ver : 0);
        const int end = ((g->h + off + 31) & ~31) - off;
        seen.copied_lines += (g->h + off) % stripe == 1;
        for (int y = -off; y < end; y++)
            memcpy(exp + y * PXSTRIDE(stride), got + y * PXSTRIDE(stride),
                   ((g->w + 3) & ~3) * sizeof(pixel));
    }
    if (memcmp(out[DST], fr[DST].copy, fr[DST].f.range.size))
        check_fail("dst changed outside of the picture");
    goto end;

memory:
    check_fail("no memory");
end:
    check_end();
    if (f) {
        free(f->lf.lr_mask);
        free(f->lf.lr_line_buf);
    }
    free(f);
    free(c);
    free(seq);
    free(hdr);
    free(units);
    free(ref);
    for (int i = 0; i < N_FRAMES; i++)
        free(fr[i].copy);
}

static Case random_case(const int bpc, const int layout, const int w, const int h) {
    const int sb128 = check_rand() & 1;
    return (Case) {
        .bpc = bpc, .layout = layout, .w = w, .h = h, .sb128 = sb128,
        .size_log2 = check_range(6 + sb128, 8),
        .uv_shift = layout == DAV1D_PIXEL_LAYOUT_I420 ? check_range(0, 1) : 0,
        .fill = (enum Fill) check_range(0, N_FILLS - 1),
        .dbl_fill = (enum Fill) check_range(0, N_FILLS - 1),
        .units = check_rand() & 1 ? MIXED : (enum Units) check_range(0, N_UNITS - 1),
        .planes = layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 :
                  check_rand() & 3 ? 7 : check_range(1, 7),
    };
}

void bitfn(checkqpu_av1_lr)(void) {
    static Dav1dDSPContext dsp;
    dav1d_set_cpu_flags_mask(0);
    memset(&seen, 0, sizeof(seen));

    static const int sizes[][2] = {
        { 16, 16 }, { 66, 66 }, { 226, 211 }, { 300, 200 }, { 97, 57 }, { 96, 56 },
        { 192, 121 }, { 191, 120 }, { 161, 185 }, { 640, 137 }, { 385, 449 },
    };
    const int n_sizes = (int) (sizeof(sizes) / sizeof(*sizes));
    for (int bpc = BITDEPTH == 8 ? 8 : 10; bpc <= (BITDEPTH == 8 ? 8 : 12); bpc += 2) {
        bitfn(dav1d_loop_restoration_dsp_init)(&dsp.lr, bpc);
        for (int layout = 0; layout < 4; layout++) {
            for (int i = 0; i < n_sizes; i++)
                for (int n = 0; n < (check_quick ? 3 : 20); n++) {
                    const Case k = random_case(bpc, layout, sizes[i][0], sizes[i][1]);
                    check_case(&dsp, &k);
                }
            /* the intermediate values that upstream clips */
            Case clip = random_case(bpc, layout, 300, 200);
            clip.fill = clip.dbl_fill = EXTREME;
            clip.units = ALL_WIENER;
            clip.size_log2 = 7;
            check_case(&dsp, &clip);
            /* narrow and low ones: edges from both sides at once */
            for (int w = 1; w <= 20; w += check_quick ? check_range(1, 4) : 1)
                for (int n = 0; n < (check_quick ? 2 : 10); n++) {
                    const Case k = random_case(bpc, layout, w, check_range(1, 130));
                    check_case(&dsp, &k);
                }
            for (int h = 1; h <= 20; h += check_quick ? check_range(3, 6) : 1) {
                const Case k = random_case(bpc, layout, check_range(1, 200), h);
                check_case(&dsp, &k);
            }
            for (int n = 0; n < (check_quick ? 12 : 150); n++) {
                const Case k = random_case(bpc, layout, check_range(21, 520), check_range(21, 400));
                check_case(&dsp, &k);
            }
        }
    }

    check_begin("av1_lr_%d cases", BITDEPTH);
    printf("    units: none %u, Wiener %u, self-guided %u; planes of none %u; sets",
           seen.units[0], seen.units[1], seen.units[2], seen.none_planes);
    int sets = 1;
    for (int i = 0; i < 16; i++) {
        printf(" %u", seen.sets[i]);
        sets &= !!seen.sets[i];
    }
    printf("\n    Wiener clipped below %u, above %u; boxes flat %u, steep %u; "
           "pixels clipped to 0 %u, to the maximum %u; stripes of one row %u\n",
           seen.wiener_low, seen.wiener_high, seen.flat, seen.steep, seen.out_low,
           seen.out_high, seen.copied_lines);
    if (!seen.units[0] || !seen.units[1] || !seen.units[2] || !seen.none_planes || !sets ||
        !seen.wiener_low || !seen.wiener_high || !seen.flat || !seen.steep ||
        !seen.out_low || !seen.out_high || !seen.copied_lines)
        check_fail("a case never occurred");
    check_end();
}
