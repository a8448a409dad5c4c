/* Film grain: whole frames through upstream's dav1d_apply_grain() and through
 * the builder of the tables and the kernel. */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/bitdepth.h"
#include "common/intops.h"
#include "src/cpu.h"
#include "src/fg_apply.h"
#include "src/filmgrain.h"

#include "qpu_av1_fg.h"
#include "../../dav1d/fg.h"
#include "checkqpu.h"

void bitfn(checkqpu_av1_fg)(void);

/* What came, and must come: */
enum {
    NO_PLANE, SOME_PLANES, ALL_PLANES, OVERLAP, NO_OVERLAP, CLIP, NO_CLIP, CLIP_IDENTITY,
    FROM_LUMA, FROM_LUMA_WITHOUT, ODD_LUMA, ONE_BLOCK, LAG_0, LAG_1, LAG_2, LAG_3,
    SHIFT_8, SHIFT_9, SHIFT_10, SHIFT_11, MOST_POINTS, N_FEATURES
};
static const char *const feature_names[N_FEATURES] = {
    "no plane", "some planes", "all planes", "overlap", "no overlap", "restricted range",
    "full range", "restricted range with identity matrix", "chroma scaled from luma",
    "the same without luma's function", "odd width with half the chroma columns", "one block",
    "lag 0", "lag 1", "lag 2", "lag 3", "shift 8", "shift 9", "shift 10", "shift 11", "most points",
};
static unsigned long features[N_FEATURES];

/* How many pixels of luma and chroma with grain changed, and how many ended at
 * the least and at the most they may be. */
enum { CHANGED, AT_MIN, AT_MAX, N_PIXELS };
static unsigned long pixels[2][N_PIXELS];
/* Grain values at the ends of their range: what overlap has to clip. */
static unsigned long grain_ends[2];

static int one_in(const int n) {
    return !check_range(0, n - 1);
}

static void fill_plane(pixel *const dst, const ptrdiff_t stride, const int w, const int h,
                       const int max)
{
    const int kind = check_range(0, 5);
    const int base = kind == 1 ? 0 : kind == 2 ? max : check_range(0, max);
    const int dx = check_range(-8, 8), dy = check_range(-8, 8), noise = max >> check_range(2, 8);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            int v;
            if (kind == 0) v = check_range(0, max);
            else if (kind == 3) v = check_rand() & 1 ? max : 0;
            else v = base + (kind > 3 ? dx * x + dy * y : 0) + check_range(-noise, noise);
            dst[y * PXSTRIDE(stride) + x] = (pixel) iclip(v, 0, max);
        }
}

/* n points with ascending positions */
static void random_points(uint8_t (*const points)[2], const int n) {
    int x = check_range(0, one_in(2) ? 0 : 256 - n);
    for (int i = 0; i < n; i++) {
        const int kind = check_range(0, 5);
        points[i][0] = (uint8_t) x;
        points[i][1] = (uint8_t) (kind == 0 ? 0 : kind == 1 ? 255 : check_range(0, 255));
        const int room = 256 - n + i - x;
        x += 1 + (room > 0 ? check_range(0, one_in(3) ? room : imin(room, 512 / n)) : 0);
        x = imin(x, 256 - n + i + 1);
    }
}

static void random_coeffs(int8_t *const c, const int n, const int kind) {
    for (int i = 0; i < n; i++)
        c[i] = (int8_t) (kind == 0 ? 0 : kind == 1 ? check_range(-128, 127) :
                         kind == 2 ? check_range(-16, 16) : check_rand() & 1 ? -128 : 127);
}

static int random_mult(void) {
    const int kind = check_range(0, 5);
    return kind == 0 ? 0 : kind == 1 ? 127 : kind == 2 ? -128 : kind == 3 ? 64 :
           check_range(-128, 127);
}

static void random_data(Dav1dFilmGrainData *const d, const enum Dav1dPixelLayout layout) {
    memset(d, 0, sizeof(*d));
    d->seed = check_rand() & 0xffff;
    if (one_in(20)) d->seed = 0;
    d->num_y_points = one_in(5) ? 0 : one_in(5) ? 14 : check_range(1, 14);
    random_points(d->y_points, d->num_y_points);
    if (layout != DAV1D_PIXEL_LAYOUT_I400) {
        d->chroma_scaling_from_luma = one_in(4);
        for (int pl = 0; pl < 2; pl++) {
            if (d->chroma_scaling_from_luma) continue;
            d->num_uv_points[pl] = one_in(5) ? 0 : one_in(5) ? 10 : check_range(1, 10);
            random_points(d->uv_points[pl], d->num_uv_points[pl]);
        }
    }
    d->scaling_shift = check_range(8, 11);
    d->ar_coeff_lag = check_range(0, 3);
    const int kind = check_range(0, 3);
    random_coeffs(d->ar_coeffs_y, 24, kind);
    for (int pl = 0; pl < 2; pl++) {
        random_coeffs(d->ar_coeffs_uv[pl], 25, kind);
        d->uv_mult[pl] = random_mult();
        d->uv_luma_mult[pl] = random_mult();
        d->uv_offset[pl] = one_in(3) ? 0 : one_in(4) ? -256 : one_in(4) ? 255 : check_range(-256, 255);
    }
    d->ar_coeff_shift = (uint64_t) check_range(6, 9);
    d->grain_scale_shift = check_range(0, 3);
    d->overlap_flag = check_rand() & 1;
    d->clip_to_restricted_range = check_rand() & 1;
}

static void check_case(const int w, const int h, const int bitdepth,
                       const enum Dav1dPixelLayout layout)
{
    const int n_planes = layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3;
    const int ss_ver = layout == DAV1D_PIXEL_LAYOUT_I420;
    const int ss_hor = n_planes > 1 && layout != DAV1D_PIXEL_LAYOUT_I444;
    const int max = (1 << bitdepth) - 1;

    static Dav1dFilmGrainDSPContext dsp;
    bitfn(dav1d_film_grain_dsp_init)(&dsp);

    Dav1dSequenceHeader *const seq_hdr = calloc(1, sizeof(*seq_hdr));
    Dav1dFrameHeader *const hdr = calloc(1, sizeof(*hdr));
    Dav1dQpuFg *tables = NULL;
    if (!seq_hdr || !hdr || posix_memalign((void **) &tables, 64, sizeof(*tables))) abort();
    memset(tables, 0xa5, sizeof(*tables));
    Dav1dFilmGrainData *const data = &hdr->film_grain.data;
    random_data(data, layout);
    seq_hdr->mtrx = check_rand() & 1 ? DAV1D_MC_IDENTITY : DAV1D_MC_BT709;

    check_begin("%dx%d %d bits layout %d overlap %d points %d %d %d from luma %d clip %d", w, h,
                bitdepth, layout, data->overlap_flag, data->num_y_points, data->num_uv_points[0],
                data->num_uv_points[1], data->chroma_scaling_from_luma,
                data->clip_to_restricted_range);

    QpuFrame src, dst;
    uint8_t *ref = NULL, *src_copy = NULL, *expected = NULL, *dst_copy = NULL;
    if (qpu_batch_begin(check_batch) ||
        check_frame(&src, w, h, bitdepth, n_planes, ss_hor, ss_ver, &ref) ||
        check_frame(&dst, w, h, bitdepth, n_planes, ss_hor, ss_ver, &dst_copy))
    {
        check_fail("no memory");
        goto end;
    }
    const size_t size = src.range.size;
    Dav1dPicture in = {
        .seq_hdr = seq_hdr, .frame_hdr = hdr,
        .p = { .w = w, .h = h, .layout = layout, .bpc = bitdepth },
    };
    /* around the planes, deeper pixels may have bits that they can't have */
    if (bitdepth > 8 && check_rand() & 1)
        for (size_t i = 0; i < size / 4; i++)
            ((uint32_t *) ref)[i] = check_rand();
    for (int pl = 0; pl < n_planes; pl++) {
        in.data[pl] = check_plane(&src, pl, ref, &in.stride[!!pl]);
        fill_plane(in.data[pl], in.stride[!!pl], src.plane[pl].w, src.plane[pl].h, max);
    }
    void *const up = qpu_batch_upload(check_batch, size, &src.range);
    src_copy = malloc(size);
    expected = malloc(size);
    if (!up || !src_copy || !expected) {
        check_fail("no memory");
        goto end;
    }
    memcpy(up, ref, size);
    memcpy(src_copy, ref, size);
    memcpy(expected, dst_copy, size);

    /* upstream */
    Dav1dPicture out = in;
    for (int pl = 0; pl < n_planes; pl++)
        out.data[pl] = check_plane(&dst, pl, expected, &out.stride[!!pl]);
    bitfn(dav1d_apply_grain)(&dsp, &out, &in);

    /* device */
    QpuAv1Fg p;
    const int planes = dav1d_qpu_fg_params(&dsp, &in, tables, &p);
    if (planes != p.planes) check_fail("planes %d or %d", planes, p.planes);
    if (planes && qpu_av1_fg(check_batch, &src, &dst, &p)) {
        check_fail("the launch failed");
        goto end;
    }
    QpuBatchStats stats;
    qpu_batch_stats(check_batch, &stats);
    if (stats.stage[QPU_STAGE_FG].dispatches != (unsigned) !!planes)
        check_fail("%u dispatches", stats.stage[QPU_STAGE_FG].dispatches);
    if (qpu_batch_download(check_batch, &dst.range) ||
        qpu_batch_download(check_batch, &src.range))
    {
        check_fail("the download failed");
        goto end;
    }
    if (check_run()) goto end;

    int cached;
    const int depth = bitdepth - 8, clip = data->clip_to_restricted_range;
    const int identity = seq_hdr->mtrx == DAV1D_MC_IDENTITY;
    uint8_t *const result = (uint8_t *) qpu_batch_downloaded(check_batch, 0, &cached);
    for (int pl = 0; pl < n_planes; pl++) {
        static const char *const names[] = { "Y", "U", "V" };
        const QpuPlane *const pp = &dst.plane[pl];
        ptrdiff_t stride;
        uint8_t *const o = check_plane(&dst, pl, result, &stride);
        uint8_t *const e = check_plane(&dst, pl, expected, &stride);
        const uint8_t *const s = check_plane(&src, pl, src_copy, &stride);
        const uint8_t *const d = check_plane(&dst, pl, dst_copy, &stride);
        if (!(planes >> pl & 1)) {
            /* upstream's is a copy of src, but for the rows' ends */
            for (int y = 0; y < pp->h; y++) {
                if (memcmp(e + y * stride, s + y * stride, (size_t) pp->w * sizeof(pixel)))
                    check_fail("%s needs grain", names[pl]);
                memcpy(e + y * stride, d + y * stride, (size_t) stride);
            }
            check_pixels(names[pl], e, stride, o, stride, pp->w, pp->h, sizeof(pixel));
            continue;
        }
        check_pixels(names[pl], e, stride, o, stride, pp->w, pp->h, sizeof(pixel));
        const int lo = clip ? 16 << depth : 0;
        const int hi = clip ? (pl && !identity ? 240 : 235) << depth : max;
        for (int y = 0; y < pp->h; y++)
            for (int x = 0; x < pp->w; x++) {
                const pixel v = ((const pixel *) (e + y * stride))[x];
                pixels[!!pl][CHANGED] += v != ((const pixel *) (s + y * stride))[x];
                pixels[!!pl][AT_MIN] += v == lo;
                pixels[!!pl][AT_MAX] += v == hi;
            }
        /* whole blocks of eight rows are the kernel's own */
        const int block = 32 >> (pl ? ss_hor : 0);
        const int own_w = (pp->w + block - 1) / block * block, own_h = (pp->h + 7) & ~7;
        for (int y = 0; y < own_h; y++)
            memcpy(e + y * stride, o + y * stride, (size_t) own_w * sizeof(pixel));

        const entry *const grain = p.plane[pl].grain;
        for (int i = 0; i < 38 * GRAIN_WIDTH; i++)
            grain_ends[!!pl] += grain[i] == -(128 << depth) || grain[i] == (128 << depth) - 1;
    }
    if (memcmp(expected, result, size)) check_fail("written outside the planes");
    if (memcmp(src_copy, qpu_batch_downloaded(check_batch, 1, &cached), size))
        check_fail("the source was written");

    features[!planes ? NO_PLANE : planes + 1 == 1 << n_planes ? ALL_PLANES : SOME_PLANES]++;
    if (planes) {
        features[data->overlap_flag ? OVERLAP : NO_OVERLAP]++;
        features[clip ? CLIP : NO_CLIP]++;
        features[CLIP_IDENTITY] += planes & 6 && clip && identity;
        features[FROM_LUMA] += data->chroma_scaling_from_luma;
        features[FROM_LUMA_WITHOUT] += data->chroma_scaling_from_luma && !data->num_y_points;
        features[ODD_LUMA] += planes & 6 && ss_hor && w & 1;
        features[ONE_BLOCK] += w <= 32 && h <= 32;
        features[LAG_0 + data->ar_coeff_lag]++;
        features[SHIFT_8 + data->scaling_shift - 8]++;
        features[MOST_POINTS] += data->num_y_points == 14 || data->num_uv_points[0] == 10 ||
                                 data->num_uv_points[1] == 10;
    }

end:
    free(dst_copy);
    free(expected);
    free(src_copy);
    free(ref);
    free(tables);
    free(hdr);
    free(seq_hdr);
    check_end();
}

void bitfn(checkqpu_av1_fg)(void) {
    const int n = check_quick ? 40 : 400;

    dav1d_set_cpu_flags_mask(0);
    memset(features, 0, sizeof(features));
    memset(pixels, 0, sizeof(pixels));
    memset(grain_ends, 0, sizeof(grain_ends));

#if BITDEPTH == 8
    for (int bitdepth = 8; bitdepth <= 8; bitdepth += 2)
#else
    for (int bitdepth = 10; bitdepth <= 12; bitdepth += 2)
#endif
        for (int layout = DAV1D_PIXEL_LAYOUT_I400; layout <= DAV1D_PIXEL_LAYOUT_I444; layout++) {
            for (int k = 0; k < n; k++) {
                const int top = k & 1 ? 300 : 70;
                check_case(check_range(1, top), check_range(1, imin(top, 200)), bitdepth, layout);
            }
            for (int k = 0; k < (check_quick ? 1 : 8); k++)
                for (int size = 1; size <= 4; size++)
                    check_case(size, check_range(1, 4), bitdepth, layout);
            check_case(33, 33, bitdepth, layout);
            check_case(65, 32, bitdepth, layout);
            if (!check_quick) {
                check_case(8191, 37, bitdepth, layout);
                check_case(35, 8191, bitdepth, layout);
                check_case(1921, 1081, bitdepth, layout);
            }
        }

    check_begin("outcomes");
    printf(" ");
    for (int i = 0; i < N_FEATURES; i++) {
        printf(" %s %lu%s", feature_names[i], features[i], i + 1 < N_FEATURES ? "," : "\n");
        if (!features[i]) check_fail("%s never came", feature_names[i]);
    }
    for (int uv = 0; uv < 2; uv++) {
        printf("  %s: %lu pixels changed, %lu at the least, %lu at the most; grain at its ends %lu\n",
               uv ? "chroma" : "luma  ", pixels[uv][CHANGED], pixels[uv][AT_MIN],
               pixels[uv][AT_MAX], grain_ends[uv]);
        for (int i = 0; i < N_PIXELS; i++)
            if (!pixels[uv][i]) check_fail("a kind of pixel never came");
        if (!grain_ends[uv]) check_fail("grain never was at its ends");
    }
    check_end();
}
