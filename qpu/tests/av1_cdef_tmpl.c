/* CDEF: frames through upstream's superblock rows and through the builder of
 * the arrays and the kernels. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/cdef.h"
#include "src/cpu.h"
#include "src/internal.h"
#include "src/recon.h"

#include "qpu_av1.h"
#include "../../dav1d/cdef.h"
#include "checkqpu.h"

void bitfn(checkqpu_av1_cdef)(void);

/* What became of a block, luma or chroma; counted inside the frame and at its
 * edges. */
enum { OFF, PRI, SEC, BOTH, N_OUTCOMES };
static const char *const outcome_names[] = { "off", "primary", "secondary", "both" };
static unsigned long outcomes[2 /* uv */][2 /* edge */][N_OUTCOMES];
static unsigned long dirs[2 /* uv */][8]; /* of blocks with a primary strength */
static unsigned long adjusted_to_0, chosen[4];

/* What masks and strengths are like. */
enum { MIXED, DENSE, SPARSE, NOTHING, N_KINDS };

static void fill_plane(pixel *const dst, const ptrdiff_t stride, const int w, const int h,
                       const int bitdepth, const int size)
{
    const int max = (1 << bitdepth) - 1, one = 1 << (bitdepth - 8);
    /* areas that are not quite blocks, each of its own kind */
    for (int y0 = 0; y0 < h; y0 += size)
        for (int x0 = 0; x0 < w; x0 += size) {
            static const int8_t slopes[8][2] = { /* x, y: along the direction */
                { 1, -1 }, { 2, -1 }, { 1, 0 }, { 2, 1 }, { 1, 1 }, { 1, 2 }, { 0, 1 }, { 1, -2 },
            };
            const int kind = check_range(0, 15), base = check_range(0, max);
            const int8_t *const slope = slopes[check_range(0, 7)];
            const int step = check_range(1, 12) * one, period = check_range(3, 24);
            const int pulse = ((1 << check_range(4, bitdepth - 1)) - 1) * (check_rand() & 1 ? 1 : -1);
            const int noise = check_range(0, 3) ? check_range(0, 8) * one : 0;
            for (int y = y0; y < imin(y0 + size, h); y++)
                for (int x = x0; x < imin(x0 + size, w); x++) {
                    int v;
                    if (kind == 15) v = check_rand() & 1 ? max : 0;
                    else if (kind == 14) v = check_range(0, max);
                    else if (kind == 13) v = base; /* no variance */
                    else if (kind == 12) /* little of it, and differences with all low bits set */
                        v = base + (check_range(0, 19) ? 0 : pulse);
                    else {
                        const int across = slope[0] * y - slope[1] * x + 1024 * period;
                        v = base + check_range(-noise, noise);
                        if (kind < 6) v += across * step / 4; /* until it is clipped */
                        else if (kind < 10) v += across % period * step;
                        else v += across / period & 1 ? 16 * step : 0;
                    }
                    dst[y * PXSTRIDE(stride) + x] = (pixel) iclip(v, 0, max);
                }
        }
}

static int random_strength(const int kind) {
    switch (kind == NOTHING ? 0 : check_range(kind == DENSE, 4)) {
    case 0: return 0;
    case 1: return check_range(1, 3);
    case 2: return (check_rand() & 1 ? check_range(1, 15) : 1) << 2;
    case 3: return check_range(1, 15) << 2 | check_range(1, 3);
    default: return check_range(0, 63);
    }
}

/* inside: no bits right of the frame. Elsewhere they are as random as others,
 * and must not matter. */
static void random_masks(Dav1dFrameContext *const f, const int n_idx, const int kind,
                         const int inside)
{
    const int full = kind == DENSE || !check_range(0, 2);
    for (int i = 0; i < f->sb128w * f->sb128h; i++) {
        Av1Filter *const lf = &f->lf.mask[i];
        for (int k = 0; k < 4; k++)
            lf->cdef_idx[k] = (int8_t) (!full && !check_range(0, 4) ? -1 : check_range(0, n_idx - 1));
        const uint32_t skipped = check_rand() & check_rand(); /* 64x64 blocks */
        for (int y = 0; y < 16; y++)
            for (int k = 0; k < 2; k++) {
                uint32_t m = check_rand();
                if (full) m = 0xffff;
                else if (skipped >> ((y & 8) / 4 + k) & 1) m = 0;
                else if (kind == SPARSE) m &= check_rand() & check_rand() & check_rand();
                else if (check_rand() & 1) m |= check_rand() | check_rand();
                const int left = f->bw - (i % f->sb128w) * 32 - k * 16; /* 4x8 blocks */
                if (inside && left < 16) m &= (1U << imax(left, 0)) - 1;
                lf->noskip_mask[y][k] = (uint16_t) m;
            }
    }
}

/* Counts the outcomes of all blocks; returns the planes to be filtered. */
static int count_blocks(const Dav1dFrameContext *const f, pixel *const luma) {
    static const uint8_t dir_422[8] = { 7, 0, 2, 4, 5, 6, 6, 6 };
    const Dav1dFrameHeader *const hdr = f->frame_hdr;
    const int has_uv = f->cur.p.layout != DAV1D_PIXEL_LAYOUT_I400;
    int planes = 0;
    for (int y = 0; y < f->bh; y += 2)
        for (int x = 0; x < f->bw; x += 2) {
            const Av1Filter *const lf = &f->lf.mask[(y >> 5) * f->sb128w + (x >> 5)];
            const int idx = lf->cdef_idx[(y >> 4 & 1) * 2 + (x >> 4 & 1)];
            const int on = idx >= 0 && lf->noskip_mask[(y & 31) >> 1][x >> 4 & 1] & 3 << (x & 15);
            const int edge = !x || !y || x + 2 >= f->bw || y + 2 >= f->bh;
            const int ys = on ? hdr->cdef.y_strength[idx] : 0;
            const int uvs = on && has_uv ? hdr->cdef.uv_strength[idx] : 0;
            planes |= (ys != 0) | (uvs != 0) << 1;
            int y_pri = ys >> 2;
            if (y_pri || uvs >> 2) {
                unsigned var;
                const int dir = f->dsp->cdef.dir(luma + y * 4 * PXSTRIDE(f->cur.stride[0]) + x * 4,
                                                 f->cur.stride[0], &var HIGHBD_CALL_SUFFIX);
                if (y_pri) dirs[0][dir]++;
                if (uvs >> 2) dirs[1][f->cur.p.layout == DAV1D_PIXEL_LAYOUT_I422 ? dir_422[dir] : dir]++;
                if (y_pri && !var) {
                    y_pri = 0;
                    adjusted_to_0++;
                }
            }
            outcomes[0][edge][(y_pri ? PRI : 0) + (ys & 3 ? SEC : 0)]++;
            if (has_uv)
                outcomes[1][edge][(uvs >> 2 ? PRI : 0) + (uvs & 3 ? SEC : 0)]++;
        }
    return planes;
}

static void check_case(const int w, const int h, const int bitdepth,
                       const enum Dav1dPixelLayout layout, const int sb128,
                       const int damping, const int kind)
{
    static Dav1dDSPContext dsp;
    const int n_planes = layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3;
    const int ss_ver = layout == DAV1D_PIXEL_LAYOUT_I420;
    const int ss_hor = layout != DAV1D_PIXEL_LAYOUT_I444;

    check_begin("%dx%d %d bits layout %d sb128 %d damping %d kind %d",
                w, h, bitdepth, layout, sb128, damping, kind);

    bitfn(dav1d_cdef_dsp_init)(&dsp.cdef);

    /* the parts of the contexts that CDEF looks at */
    Dav1dFrameContext *f = NULL;
    Dav1dContext *c = NULL;
    Dav1dTaskContext *tc = NULL;
    if (posix_memalign((void **) &f, 64, sizeof(*f)) ||
        posix_memalign((void **) &c, 64, sizeof(*c)) ||
        posix_memalign((void **) &tc, 64, sizeof(*tc)))
    {
        abort();
    }
    memset(f, 0, sizeof(*f));
    memset(c, 0, sizeof(*c));
    memset(tc, 0, sizeof(*tc));
    Dav1dSequenceHeader *const seq_hdr = calloc(1, sizeof(*seq_hdr));
    Dav1dFrameHeader *const hdr = calloc(1, sizeof(*hdr));
    tc->f = f;
    tc->c = f->c = c;
    c->n_tc = 1;
    c->inloop_filters = DAV1D_INLOOPFILTER_CDEF;
    f->seq_hdr = seq_hdr;
    f->frame_hdr = hdr;
    f->dsp = &dsp;
    f->bitdepth_max = (1 << bitdepth) - 1;
    f->cur.p.layout = layout;
    f->cur.p.w = w;
    f->cur.p.h = h;
    f->cur.p.bpc = bitdepth;
    seq_hdr->sb128 = sb128;
    seq_hdr->cdef = 1;
    hdr->width[0] = hdr->width[1] = w;
    hdr->height = h;
    f->bw = ((w + 7) >> 3) << 1;
    f->bh = ((h + 7) >> 3) << 1;
    f->sb128w = (f->bw + 31) >> 5;
    f->sb128h = (f->bh + 31) >> 5;
    f->sb_shift = 4 + sb128;
    f->sb_step = 16 << sb128;
    f->sbh = (f->bh + f->sb_step - 1) >> f->sb_shift;

    hdr->cdef.damping = (uint8_t) damping;
    hdr->cdef.n_bits = (uint8_t) (kind == DENSE ? check_range(2, 3) : check_range(0, 3));
    const int luma_only = kind == MIXED && !check_range(0, 4);
    const int chroma_only = kind == MIXED && !check_range(0, 4);
    for (int i = 0; i < 8; i++) {
        hdr->cdef.y_strength[i] = (uint8_t) (chroma_only ? 0 : random_strength(kind));
        hdr->cdef.uv_strength[i] = (uint8_t) (luma_only || n_planes == 1 ? 0 : random_strength(kind));
    }
    f->lf.mask = calloc((size_t) f->sb128w * f->sb128h, sizeof(*f->lf.mask));
    const int inside = check_rand() & 1;
    random_masks(f, 1 << hdr->cdef.n_bits, kind, inside);

    QpuFrame src, dst;
    uint8_t *ref = NULL, *src_copy = NULL, *expected = NULL;
    pixel *lines = NULL;
    uint32_t *arrays = NULL;
    if (qpu_batch_begin(check_batch) ||
        check_frame(&src, w, h, bitdepth, n_planes, ss_hor, ss_ver, &ref) ||
        check_frame(&dst, w, h, bitdepth, n_planes, ss_hor, ss_ver, &expected))
    {
        check_fail("no memory");
        goto end;
    }
    const size_t size = src.range.size;
    const int area = check_range(0, 3) * 4 + 5;
    for (int p = 0; p < n_planes; p++) {
        f->lf.p[p] = (pixel *) check_plane(&src, p, ref, &f->cur.stride[!!p]);
        fill_plane(f->lf.p[p], f->cur.stride[!!p],
                   f->bw * 4 >> (p ? ss_hor : 0), f->bh * 4 >> (p ? ss_ver : 0), bitdepth, area);
    }
    void *const up = qpu_batch_upload(check_batch, size, &src.range);
    src_copy = malloc(size);
    if (!up || !src_copy) {
        check_fail("no memory");
        goto end;
    }
    memcpy(up, ref, size);
    memcpy(src_copy, ref, size);
    const int needed = count_blocks(f, f->lf.p[0]);

    /* upstream: two lines twice for each plane, read from 2 pixels before */
    size_t line = 64;
    lines = calloc(1, 64 * sizeof(pixel) +
                      12 * (size_t) (imax((int) f->cur.stride[0], (int) f->cur.stride[1]) + 64));
    for (int tf = 0; tf < 2; tf++)
        for (int p = 0; p < 3; p++) {
            f->lf.cdef_line[tf][p] = lines + line;
            line += 2 * (size_t) PXSTRIDE(f->cur.stride[!!p]);
        }
    for (int sby = 0; sby < f->sbh; sby++)
        bytefn(dav1d_filter_sbrow_cdef)(tc, sby);

    /* device */
    QpuAv1Cdef p;
    const size_t params_size = dav1d_qpu_cdef_params_size(f);
    const size_t mask_size = dav1d_qpu_cdef_mask_size(f);
    const size_t n_params = params_size / 4, n_mask = mask_size / 4;
    arrays = malloc(params_size + mask_size + 8);
    memset(arrays, 0xa5, params_size + mask_size + 8);
    const int res = dav1d_qpu_cdef_params(f, arrays, arrays + n_params + 1, &p);
    if (arrays[n_params] != 0xa5a5a5a5 || arrays[n_params + 1 + n_mask] != 0xa5a5a5a5)
        check_fail("the arrays are longer than said");
    if (res != !!p.planes || needed & ~p.planes || (inside && needed != p.planes))
        check_fail("planes %d, should be %d", p.planes, needed);
    /* fewer planes than needed are a caller's right */
    if (kind == DENSE && !check_range(0, 3)) p.planes &= check_range(1, 3);
    chosen[p.planes]++;
    if (res) {
        void *const params = qpu_batch_upload(check_batch, params_size, &p.params);
        void *const mask = qpu_batch_upload(check_batch, mask_size, &p.mask);
        if (!params || !mask) {
            check_fail("no memory");
            goto end;
        }
        memcpy(params, arrays, params_size);
        memcpy(mask, arrays + n_params + 1, mask_size);
        if (qpu_av1_cdef(check_batch, &src, &dst, &p)) {
            check_fail("the launch failed");
            goto end;
        }
    }
    if (qpu_batch_download(check_batch, &dst.range) ||
        qpu_batch_download(check_batch, &src.range))
    {
        check_fail("the download failed");
        goto end;
    }
    if (check_run()) goto end;

    int cached;
    uint8_t *const out = (uint8_t *) qpu_batch_downloaded(check_batch, 0, &cached);
    for (int pl = 0; pl < n_planes; pl++) {
        static const char *const names[] = { "Y", "U", "V" };
        ptrdiff_t stride;
        uint8_t *const o = check_plane(&dst, pl, out, &stride);
        uint8_t *const e = check_plane(&dst, pl, expected, &stride);
        const uint8_t *const r = check_plane(&src, pl, ref, &stride);
        const int pw = f->bw * 4 >> (pl ? ss_hor : 0), ph = f->bh * 4 >> (pl ? ss_ver : 0);
        if (p.planes & (pl ? 2 : 1))
            for (int y = 0; y < ph; y++)
                memcpy(e + y * stride, r + y * stride, (size_t) pw * sizeof(pixel));
        check_pixels(names[pl], e, stride, o, stride, pw, ph, sizeof(pixel));
    }
    if (memcmp(expected, out, size)) check_fail("written outside the planes");
    if (memcmp(src_copy, qpu_batch_downloaded(check_batch, 1, &cached), size))
        check_fail("the source was written");

end:
    free(arrays);
    free(lines);
    free(expected);
    free(src_copy);
    free(ref);
    free(f->lf.mask);
    free(hdr);
    free(seq_hdr);
    free(tc);
    free(c);
    free(f);
    check_end();
}

void bitfn(checkqpu_av1_cdef)(void) {
    const int n = check_quick ? 30 : 250;
    int i = 0;

    dav1d_set_cpu_flags_mask(0);
    memset(outcomes, 0, sizeof(outcomes));
    memset(dirs, 0, sizeof(dirs));
    memset(chosen, 0, sizeof(chosen));
    adjusted_to_0 = 0;

#if BITDEPTH == 8
    for (int bitdepth = 8; bitdepth <= 8; bitdepth += 2)
#else
    for (int bitdepth = 10; bitdepth <= 12; bitdepth += 2)
#endif
        for (int layout = DAV1D_PIXEL_LAYOUT_I400; layout <= DAV1D_PIXEL_LAYOUT_I444; layout++) {
            for (int k = 0; k < n; k++, i++) {
                static const int kinds[] = { DENSE, MIXED, SPARSE, DENSE, MIXED, DENSE, NOTHING };
                const int max = k % 3 == 2 ? 24 : k % 3 ? 160 : 400;
                check_case(check_range(1, max), check_range(1, max), bitdepth, layout, i & 1,
                           3 + (i >> 1 & 3), kinds[i % 7]);
            }
            if (!check_quick) {
                check_case(8200, 17, bitdepth, layout, 1, 5, DENSE);
                check_case(17, 8200, bitdepth, layout, 0, 4, DENSE);
            }
        }

    check_begin("outcomes");
    for (int uv = 0; uv < 2; uv++) {
        for (int edge = 0; edge < 2; edge++) {
            printf("  %s, %s:", uv ? "chroma" : "luma  ", edge ? "edge  " : "inside");
            for (int k = 0; k < N_OUTCOMES; k++) {
                printf(" %s %lu", outcome_names[k], outcomes[uv][edge][k]);
                if (!outcomes[uv][edge][k])
                    check_fail("%s never came", outcome_names[k]);
            }
            printf("\n");
        }
        printf("  %s, directions:", uv ? "chroma" : "luma  ");
        for (int k = 0; k < 8; k++) {
            printf(" %lu", dirs[uv][k]);
            if (!dirs[uv][k]) check_fail("direction %d never came", k);
        }
        printf("\n");
    }
    printf("  %lu primary strengths gone for want of variance; planes: none %lu, luma %lu, "
           "chroma %lu, all %lu frames\n", adjusted_to_0, chosen[0], chosen[1], chosen[2], chosen[3]);
    if (!adjusted_to_0 || !chosen[0] || !chosen[1] || !chosen[2] || !chosen[3])
        check_fail("a kind of block or frame never came");
    check_end();
}
