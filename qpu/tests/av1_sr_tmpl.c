/* Super-resolution against upstream's C, called for whole frames the way
 * upstream's filter_sbrow_resize and copy_lpf call it. */

#include "common/bitdepth.h"
#include "common/intops.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/cpu.h"
#include "src/mc.h"
#include "src/tables.h"

#include "checkqpu.h"
#include "qpu_av1.h"

void bitfn(checkqpu_av1_sr)(void);

enum { IN, IN2, OUT, OUT2, N_FRAMES };
enum { RANDOM, EXTREME, RUNS, N_FILLS };

static unsigned n_left, n_right, n_low, n_high, n_stripes;

typedef struct {
    QpuFrame f;
    uint8_t *copy;
} Frame;

/* Like check_frame(), but with a choice of what is in it. */
static int make_frame(Frame *const fr, const int w, const int h, const int bpc,
                      const int n_planes, const int ss_hor, const int ss_ver, const int fill)
{
    if (qpu_frame_layout(check_ctx, &fr->f, w, h, bpc, n_planes, ss_hor, ss_ver))
        return -1;
    const size_t size = fr->f.range.size;
    void *const up = qpu_batch_upload(check_batch, size, &fr->f.range);
    fr->copy = malloc(size);
    if (!up || !fr->copy) return -1;
    pixel *const px = (pixel *) fr->copy;
    const unsigned max = (1U << bpc) - 1;
    unsigned run = 0, v = 0;
    for (size_t i = 0; i < size / sizeof(pixel); i++) {
        if (fill == RANDOM) {
            v = check_rand() & max;
        } else if (fill == EXTREME) {
            v = check_rand() & 1 ? max : 0;
        } else if (!run--) {
            /* edges between flat areas make the filter overshoot */
            run = check_rand() & 15;
            v = check_rand() & 1 ? (check_rand() & 1 ? max : 0) : check_rand() & max;
        }
        px[i] = (pixel) v;
    }
    memcpy(up, fr->copy, size);
    return 0;
}

static int scale_fac(const int in_w, const int out_w) {
    return ((in_w << 14) + (out_w >> 1)) / out_w;
}

static int upscale_x0(const int in_w, const int out_w, const int step) {
    const int err = out_w * step - (in_w << 14);
    const int x0 = (-((out_w - in_w) << 13) + (out_w >> 1)) / out_w + 128 - err / 2;
    return x0 & 0x3fff;
}

/* Which of the kernel's cases a row holds. */
static void count(const pixel *const src, const int dst_w, const int src_w,
                  const int step, const int start, const int max)
{
    for (int x = 0; x < dst_w; x++) {
        const int pos = start + x * step, first = (pos >> 14) - 4;
        int sum = 0;
        for (int i = 0; i < 8; i++)
            sum -= dav1d_resize_filter[(pos & 0x3fff) >> 8][i] *
                   src[iclip(first + i, 0, src_w - 1)];
        n_left += first < 0;
        n_right += first + 7 >= src_w;
        n_low += (sum + 64) >> 7 < 0;
        n_high += (sum + 64) >> 7 > max;
    }
}

static void check_case(const Dav1dMCDSPContext *const dsp, const int bpc, const int layout,
                       const int w, const int h, const int den, const int second,
                       const int fill)
{
    static const char *const names[] = { "400", "420", "422", "444" };
    const int n_planes = layout ? 3 : 1;
    const int ss_hor = layout == 1 || layout == 2, ss_ver = layout == 1;
    const int in_w = imax((w * 8 + (den >> 1)) / den, imin(16, w));
    const int bw = ((in_w + 7) >> 3) << 1;
    Frame fr[N_FRAMES] = { 0 };
    QpuAv1Sr p = { .filter = { 0 } };

    check_begin("av1_sr_%d %s %dx%d of %d bits from %d columns, den %d%s, fill %d", BITDEPTH,
                names[layout], w, h, bpc, in_w, den, second ? ", two" : "", fill);
    qpu_batch_begin(check_batch);
    for (int i = 0; i < N_FRAMES; i++) {
        if (make_frame(&fr[i], i < OUT ? in_w : w, h, bpc, n_planes, ss_hor, ss_ver,
                       i < OUT ? fill : RANDOM))
        {
            check_fail("no memory");
            goto error;
        }
    }
    void *const filter = qpu_batch_upload(check_batch, sizeof(dav1d_resize_filter), &p.filter);
    if (!filter) {
        check_fail("no memory");
        goto error;
    }
    memcpy(filter, dav1d_resize_filter, sizeof(dav1d_resize_filter));
    for (int uv = 0; uv < 2; uv++) {
        const int ss = uv && ss_hor;
        const int iw = (in_w + ss) >> ss, ow = (w + ss) >> ss;
        p.step[uv] = scale_fac(iw, ow);
        p.start[uv] = upscale_x0(iw, ow, p.step[uv]);
        p.src_w[uv] = (4 * bw + ss) >> ss;
    }

    int res = qpu_av1_sr(check_batch, &fr[IN].f, &fr[OUT].f, second ? &fr[IN2].f : NULL,
                         second ? &fr[OUT2].f : NULL, &p);
    if (res) {
        check_fail("qpu_av1_sr() failed: %s", strerror(-res));
        goto error;
    }
    for (int i = 0; i < N_FRAMES; i++)
        qpu_batch_download(check_batch, &fr[i].f.range);
    if (check_run()) goto error;

    for (int i = OUT; i < N_FRAMES && (i == OUT || second); i++) {
        for (int pl = 0; pl < n_planes; pl++) {
            const int ss = pl && ss_ver;
            const QpuPlane *const d = &fr[i].f.plane[pl];
            ptrdiff_t src_stride, dst_stride;
            const pixel *const src = (pixel *) check_plane(&fr[i - OUT].f, pl, fr[i - OUT].copy,
                                                           &src_stride);
            pixel *const dst = (pixel *) check_plane(&fr[i].f, pl, fr[i].copy, &dst_stride);
            const pixel *const out = (const pixel *)
                ((const uint8_t *) qpu_batch_downloaded(check_batch, i, &(int) { 0 }) +
                 d->org * 4);
            for (int y = 0; y < d->h; y++) {
                /* the second frame: 2 rows above and below each border of stripes */
                const int in_stripe = (y + (8 >> ss) + 2) % (64 >> ss);
                if (i == OUT2 && (in_stripe > 3 || y < (56 >> ss) - 2)) continue;
                /* nothing says whether the rows of a border at the very end are written */
                const int any = i == OUT2 && y - in_stripe + 2 >= d->h;
                n_stripes += i == OUT2 && !any;
                if (!any)
                    dsp->resize(&dst[y * PXSTRIDE(dst_stride)], dst_stride,
                                &src[y * PXSTRIDE(src_stride)], src_stride, d->w, 1,
                                p.src_w[!!pl], p.step[!!pl], p.start[!!pl]
#if BITDEPTH == 16
                                , (1 << bpc) - 1
#endif
                                );
                if (i == OUT)
                    count(&src[y * PXSTRIDE(src_stride)], d->w, p.src_w[!!pl],
                          p.step[!!pl], p.start[!!pl], (1 << bpc) - 1);
                /* the rest of a row's last word is the kernel's to write */
                for (int x = any ? 0 : d->w; x < d->w || x & (4 / (int) sizeof(pixel) - 1); x++)
                    dst[y * PXSTRIDE(dst_stride) + x] = out[y * PXSTRIDE(dst_stride) + x];
            }
            check_pixels(i == OUT ? "dst" : "dst2", (uint8_t *) dst, dst_stride,
                         (const uint8_t *) out, dst_stride, d->w, d->h, sizeof(pixel));
        }
    }
    for (int i = 0; i < N_FRAMES; i++)
        if (memcmp(fr[i].copy, qpu_batch_downloaded(check_batch, i, &(int) { 0 }),
                   fr[i].f.range.size))
            check_fail("frame %d changed outside of the picture", i);

error:
    check_end();
    for (int i = 0; i < N_FRAMES; i++)
        free(fr[i].copy);
}

void bitfn(checkqpu_av1_sr)(void) {
    Dav1dMCDSPContext dsp;
    dav1d_set_cpu_flags_mask(0);
    bitfn(dav1d_mc_dsp_init)(&dsp);
    n_left = n_right = n_low = n_high = n_stripes = 0;

    static const int widths[] = { 1, 2, 3, 7, 8, 9, 16, 17, 31, 33, 63, 64, 65, 66, 127, 130, 226, 353 };
    const int n_widths = (int) (sizeof(widths) / sizeof(*widths));
    for (int bpc = BITDEPTH == 8 ? 8 : 10; bpc <= (BITDEPTH == 8 ? 8 : 12); bpc += 2)
        for (int layout = 0; layout < 4; layout++)
            for (int den = 9; den <= 16; den++) {
                for (int i = 0; i < n_widths; i += check_quick ? check_range(3, 9) : 1) {
                    const int h = check_range(1, 16) * (check_rand() & 1 ? 1 : 12) +
                                  check_range(0, 3);
                    check_case(&dsp, bpc, layout, widths[i], h, den, check_rand() & 1,
                               (int) (check_rand() % N_FILLS));
                }
                check_case(&dsp, bpc, layout, check_range(17, 512), check_range(57, 300),
                           den, 1, (int) (check_rand() % N_FILLS));
            }
    /* positions at the far end of the widest frames */
    for (int den = 9; den <= 16; den += check_quick ? 7 : 1)
        for (int w = 8185; w <= 8192; w += 7)
            check_case(&dsp, BITDEPTH == 8 ? 8 : 12, 3, w, 3, den, 0, RANDOM);

    check_begin("av1_sr_%d cases", BITDEPTH);
    printf("    pixels at the left edge %u, right edge %u, clipped to 0 %u, to the maximum %u; "
           "rows at stripes' borders %u\n", n_left, n_right, n_low, n_high, n_stripes);
    if (!n_left || !n_right || !n_low || !n_high || !n_stripes)
        check_fail("a case never occurred");
    check_end();
}
