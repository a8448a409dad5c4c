/* libdaedalus, as a program of somebody else's sees it: random jobs of all kinds, on the device and on the
 * CPU, in all kinds of memory, against api_ref.c; errors; failures; threads. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/dma-heap.h>
#include <linux/udmabuf.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "api_ref.h"

#define MAX_PICS 8

static DaedalusContext *with_device, *without;
static const char *device_name;
static uint64_t seed;
static pthread_mutex_t result_lock = PTHREAD_MUTEX_INITIALIZER;
static int n_passed, n_failed, n_skipped, n_fell_back, n_retried, n_lost, n_log_lines, faulty;

/* Each thread has its own. */
static _Thread_local uint64_t rng;
static _Thread_local char name[256];
static _Thread_local int failed;

static uint32_t rnd(void) {
    rng ^= rng >> 12;
    rng ^= rng << 25;
    rng ^= rng >> 27;
    return (uint32_t) (rng * 0x2545f4914f6cdd1dULL >> 32);
}
static int range(const int lo, const int hi) { return lo + (int) (rnd() % (uint32_t) (hi - lo + 1)); }
static uint64_t rnd64(void) { return (uint64_t) rnd() << 32 | rnd(); }
static void start_random(const uint64_t n) { rng = seed * 0x9e3779b97f4a7c15ULL + n * 2 + 1; }

__attribute__((format(printf, 1, 2))) static void begin(const char *const format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(name, sizeof(name), format, ap);
    va_end(ap);
    failed = 0;
}

__attribute__((format(printf, 1, 2))) static void fail(const char *const format, ...) {
    if (failed++) return;
    va_list ap;
    va_start(ap, format);
    pthread_mutex_lock(&result_lock);
    fprintf(stderr, "FAIL %s (--seed %" PRIu64 "): ", name, seed);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    pthread_mutex_unlock(&result_lock);
    va_end(ap);
}

static void end(void) {
    pthread_mutex_lock(&result_lock);
    if (failed) n_failed++;
    else n_passed++;
    pthread_mutex_unlock(&result_lock);
}

static void expect(const char *const what, const int got, const int wanted) {
    if (got != wanted) fail("%s: %d (%s), should be %d", what, got, got < 0 ? strerror(-got) : "", wanted);
}

/* ---- pictures ---- */

static int layout_ss(const enum DaedalusLayout l, const int ver) {
    return ver ? l == DAEDALUS_420 || l == DAEDALUS_440 : l == DAEDALUS_420 || l == DAEDALUS_422;
}

static size_t pic_bytes(const Pic *const p, const int pl) { return (size_t) p->alloc_rows[pl] * (size_t) p->planes.stride[pl]; }

/* A plane's memory ends where a page begins that nobody may touch. */
static size_t plane_pages(const Pic *const p, const int pl) {
    const size_t page = (size_t) sysconf(_SC_PAGESIZE);
    return (pic_bytes(p, pl) + page - 1) / page * page;
}

static void plane_new(Pic *const p, const int pl) {
    const size_t n = plane_pages(p, pl), page = (size_t) sysconf(_SC_PAGESIZE);
    uint8_t *const mem = mmap(NULL, n + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mem == MAP_FAILED || mprotect(mem + n, page, PROT_NONE)) abort();
    p->planes.data[pl] = mem + n - pic_bytes(p, pl);
}

static void pic_free(Pic *const p) {
    const size_t page = (size_t) sysconf(_SC_PAGESIZE);
    for (int i = 0; i < p->n_planes; i++)
        munmap((uint8_t *) p->planes.data[i] + pic_bytes(p, i) - plane_pages(p, i), plane_pages(p, i) + page);
    memset(p, 0, sizeof(*p));
}

static void pic_new(Pic *const p, const int w, const int h, const int depth, const enum DaedalusLayout layout) {
    memset(p, 0, sizeof(*p));
    p->format = (DaedalusFormat) { sizeof(p->format), w, h, depth, layout };
    p->n_planes = layout == DAEDALUS_400 ? 1 : 3;
    p->ss_hor = layout_ss(layout, 0);
    p->ss_ver = layout_ss(layout, 1);
    for (int i = 0; i < p->n_planes; i++) {
        const int sh = i ? p->ss_hor : 0, sv = i ? p->ss_ver : 0;
        p->w[i] = (w + sh) >> sh;
        p->h[i] = (h + sv) >> sv;
        p->cols[i] = ((w + 7) & ~7) >> sh;
        p->rows[i] = ((h + 7) & ~7) >> sv;
        const int least = (((w + 15) & ~15) >> sh) << (depth > 8);
        p->planes.stride[i] = (least + 15) / 16 * 16 + range(0, 4) * 16;
        p->alloc_rows[i] = ((h + 15) & ~15) >> sv;
        plane_new(p, i);
    }
}

enum { NOISE, AREAS /* to 3: smooth or noisy */, FLAT = 4 /* to 6: nearly */, RUNS = 7 /* of black and white */, EXTREMES };

/* 0 and the largest value, as the signs of sharp taps are, so that sums are what they can be at most. */
static void fill_extremes(Pic *const p) {
    const int max = (1 << p->format.depth) - 1, dx = range(0, 7), dy = range(0, 7);
    for (int pl = 0; pl < p->n_planes; pl++) {
        uint32_t inverse = 0;
        for (int y = 0; y < p->rows[pl]; y++) {
            if (!(y & 31)) inverse = rnd();
            for (int x = 0; x < p->cols[pl]; x++) {
                const int on = 0x5a >> ((x + dx) & 7) ^ 0x5a >> ((y + dy) & 7) ^ (int) (inverse >> (x / 32 & 31));
                pic_set(p, pl, x, y, on & 1 ? max : 0);
            }
        }
    }
}

static void pic_fill(Pic *const p, const int kind) {
    const int max = (1 << p->format.depth) - 1, one = 1 << (p->format.depth - 8);
    for (int pl = 0; pl < p->n_planes; pl++) {
        for (size_t i = 0; i < pic_bytes(p, pl) >> (p->format.depth > 8); i++)
            if (p->format.depth == 8) ((uint8_t *) p->planes.data[pl])[i] = (uint8_t) rnd();
            else ((uint16_t *) p->planes.data[pl])[i] = (uint16_t) (rnd() & (uint32_t) max);
        int base = range(0, max);
        const int flat = base; /* nearly, from 16 pixels to the next */
        for (int y = 0; kind && kind < EXTREMES && y < p->rows[pl]; y++)
            for (int x = 0; x < p->cols[pl]; x++) {
                if (!(x & 15) && !range(0, 2)) base = range(0, 9) ? base + range(-9, 9) * one : range(0, max);
                int v = base + ((x * 3 + y * (kind + 1)) >> 3) % 24 * one + range(-one, one) * (kind > 1);
                if (kind >= FLAT) v = flat + ((x >> 4) * 5 + (y >> 4) * 3) % 7 * one + (range(0, 9) ? 0 : range(-one, one));
                v = v < 0 ? 0 : v > max ? max : v;
                if (kind == RUNS) v = x && range(0, 2) ? pic_get(p, pl, x - 1, y) : rnd() & 1 ? max : 0;
                pic_set(p, pl, x, y, v);
            }
    }
    if (kind == EXTREMES) fill_extremes(p);
}

/* With the memory's layout, all of it. */
static void pic_copy(Pic *const to, const Pic *const from) {
    *to = *from;
    for (int i = 0; i < from->n_planes; i++) {
        plane_new(to, i);
        memcpy(to->planes.data[i], from->planes.data[i], pic_bytes(from, i));
    }
}

static void copy_rows(const Pic *const p, const DaedalusPlanes *const from, const DaedalusPlanes *const to) {
    for (int pl = 0; pl < p->n_planes; pl++)
        for (int y = 0; y < p->rows[pl]; y++)
            memcpy((uint8_t *) to->data[pl] + y * to->stride[pl], (const uint8_t *) from->data[pl] + y * from->stride[pl],
                   (size_t) p->cols[pl] << (p->format.depth > 8));
}

static void pic_compare(const char *const what, const Pic *const want, const Pic *const got) {
    for (int pl = 0; pl < want->n_planes; pl++)
        for (int y = 0; y < want->rows[pl]; y++)
            for (int x = 0; x < want->cols[pl]; x++) {
                const int v = pic_get(got, pl, x, y), w = pic_get(want, pl, x, y);
                if (v == w) continue;
                fail("%s: plane %d differs first at (%d, %d): %d, should be %d", what, pl, x, y, v, w);
                return;
            }
}

/* Takes what is right of the width and below the height from another picture. */
static void pic_take_outside(Pic *const p, const Pic *const from) {
    for (int pl = 0; pl < p->n_planes; pl++)
        for (int y = 0; y < p->rows[pl]; y++)
            for (int x = y < p->h[pl] ? p->w[pl] : 0; x < p->cols[pl]; x++) pic_set(p, pl, x, y, pic_get(from, pl, x, y));
}

/* Nothing beyond a row's last 16 luma pixels may have been written. */
static void pic_compare_outside(const char *const what, const Pic *const before, const Pic *const after) {
    for (int pl = 0; pl < before->n_planes; pl++) {
        const size_t used = (size_t) (((before->format.width + 15) & ~15) >> (pl ? before->ss_hor : 0)) << (before->format.depth > 8);
        for (int y = 0; y < before->alloc_rows[pl]; y++) {
            const ptrdiff_t at = y * before->planes.stride[pl] + (ptrdiff_t) used;
            if (memcmp((uint8_t *) before->planes.data[pl] + at, (uint8_t *) after->planes.data[pl] + at,
                       (size_t) before->planes.stride[pl] - used)) fail("%s: written beyond row %d of plane %d", what, y, pl);
        }
    }
}

/* ---- jobs ---- */

enum Kind { ITX, MC, LF, CDEF, ITX_AV1, MC_AV1, LF_AV1, LR, SR, FG_AV1, N_KINDS };
static const char *const kind_names[] = {
    "vp9 itx", "vp9 mc", "vp9 lf", "av1 cdef", "av1 itx", "av1 mc", "av1 lf", "av1 lr", "av1 sr", "av1 fg",
};
static int is_mc(const enum Kind k) { return k == MC || k == MC_AV1; }

typedef struct Case {
    enum Kind kind;
    Pic pic[MAX_PICS], want; /* pic 0 is written, the others are read */
    int n_pics, arg;
    uint8_t size_log2[3];
    size_t n_jobs, n_coefs;
    void *jobs;
    int32_t *coefs;
} Case;

static int32_t random_coef(const int values, const int depth, const int i) {
    const int max = (1 << (depth + 7)) - 1;
    switch (values) {
    case 0: return range(0, 3) ? 0 : range(-90, 90);
    case 1: return range(-60, 60);
    case 2: return range(-max, max) / (i / 4 + 1);
    case 3: return range(-max, max);
    default: return (int32_t) rnd() >> range(0, 15); /* damaged */
    }
}

static void make_itx(Case *const c) {
    const Pic *const p = &c->pic[0];
    const size_t most = (size_t) (p->cols[0] / 4 + 8) * (size_t) (p->rows[0] / 4 + 8) * 3;
    DaedalusVp9Itx *const jobs = c->jobs = calloc(most, sizeof(*jobs));
    if (!jobs || !(c->coefs = calloc(most * 16 + 4096, sizeof(*c->coefs)))) abort();
    for (int pl = 0; pl < p->n_planes; pl++)
        for (int y0 = 0; y0 < p->rows[pl]; y0 += 32)
            for (int x0 = 0; x0 < p->cols[pl]; x0 += 32) {
                const int tx = range(0, 3), n = 4 << tx;
                for (int y = y0; y < y0 + 32 && y < p->rows[pl]; y += n)
                    for (int x = x0; x < x0 + 32 && x < p->cols[pl]; x += n) {
                        if (!range(0, 3)) continue;
                        DaedalusVp9Itx *const j = &jobs[c->n_jobs++];
                        int type = range(0, tx ? 3 : 4), eob = range(0, 2) ? range(1, n * n) : range(1, 12);
                        if (tx == 3) type = 0;
                        if (!range(0, 3)) eob = 1;
                        const int values = range(0, 19) ? range(0, 2) : range(3, 4);
                        int32_t *const coef = c->coefs + c->n_coefs;
                        for (int i = 0; i < eob; i++)
                            coef[ref_vp9_scan(tx, type, i)] = random_coef(values, p->format.depth, i);
                        *j = (DaedalusVp9Itx) {
                            .x = (uint16_t) x, .y = (uint16_t) y, .plane = (uint8_t) pl, .tx = (uint8_t) tx,
                            .type = (uint8_t) type, .coefs = (uint32_t) c->n_coefs,
                            .eob = range(0, 2) ? (uint16_t) eob : 0,
                        };
                        if (!range(0, 9)) coef[ref_vp9_scan(tx, type, n * n - 1)] = 77; /* not looked at, or is */
                        c->n_coefs += (size_t) (n * n);
                    }
            }
    ref_vp9_itx(&c->want, jobs, c->n_jobs, c->coefs);
}

/* A motion, in 1/16 pixel, after which the taps around n pixels from at on end where a plane of that size does. */
static int16_t to_end(const int size, const int at, const int n) {
    return (int16_t) ((size - 4 - n - at) * 16 + range(0, 15));
}

static void make_mc(Case *const c) {
    const Pic *const p = &c->pic[0], *refs[3] = { &c->pic[1], &c->pic[2], &c->pic[3] };
    const size_t most = (size_t) (p->cols[0] / 4 + 16) * (size_t) (p->rows[0] / 4 + 16) * 6;
    DaedalusVp9Mc *const jobs = c->jobs = calloc(most, sizeof(*jobs));
    if (!jobs) abort();
    for (int pl = 0; pl < p->n_planes; pl++)
        for (int y0 = 0; y0 < p->rows[pl]; y0 += 64)
            for (int x0 = 0; x0 < p->cols[pl]; x0 += 64) {
                const int w = 4 << range(0, 4), h = 4 << range(0, 4);
                for (int y = y0; y < y0 + 64 && y < p->rows[pl]; y += h)
                    for (int x = x0; x < x0 + 64 && x < p->cols[pl]; x += w) {
                        if (w * h < 128 && range(0, 3)) continue;
                        for (int average = 0; average < 2; average++) {
                            if (average && range(0, 2)) continue;
                            const int far = range(0, 9) ? 400 : 32767;
                            DaedalusVp9Mc *const j = &jobs[c->n_jobs++];
                            *j = (DaedalusVp9Mc) {
                                .x = (uint16_t) x, .y = (uint16_t) y, .plane = (uint8_t) pl, .w = (uint8_t) w, .h = (uint8_t) h,
                                .ref = (uint8_t) range(0, c->n_pics - 2), .filter = (uint8_t) range(0, 3),
                                .average = (uint8_t) average,
                                .mv_x = (int16_t) range(-far, far), .mv_y = (int16_t) range(-far, far),
                            };
                            if (!range(0, 9)) {
                                j->mv_x = to_end(p->w[pl], x, w);
                                j->mv_y = to_end(p->h[pl], y, h);
                            }
                            if (!range(0, 2)) j->mv_x &= ~15;
                            if (!range(0, 2)) j->mv_y &= ~15;
                        }
                    }
            }
    ref_vp9_mc(&c->want, refs, jobs, c->n_jobs);
}

/* Masks as VP9 may have them; dense ones have most edges. */
static void random_masks(uint64_t m[3], uint64_t *const inner, const uint64_t at_16, const int next, const int beside,
                         const int dense)
{
    for (int i = 0; i < 2; i++) m[i] = dense ? rnd64() | rnd64() : rnd64();
    m[2] = dense ? 0 : rnd64() & at_16;
    m[2] |= m[2] << beside;
    const uint64_t wide = m[2] | m[2] << next;
    m[1] &= ~wide;
    m[0] &= ~(wide | m[1]);
    *inner &= ~wide;
}

static void make_lf(Case *const c) {
    const Pic *const p = &c->pic[0];
    c->n_jobs = (size_t) ((p->format.width + 63) / 64) * (size_t) ((p->format.height + 63) / 64);
    DaedalusVp9LfSb *const sb = c->jobs = calloc(c->n_jobs, sizeof(*sb));
    if (!sb) abort();
    c->arg = range(0, 7);
    for (size_t i = 0; i < c->n_jobs; i++) {
        const int dense = range(0, 1), none = range(0, 2) ? 0 : 5;
        uint64_t m[3], inner = dense ? rnd64() | rnd64() | rnd64() : rnd64();
        for (int k = 0; k < 64; k++) {
            const int area = (k & 32) | (k >> 2 & 1) << 2; /* of 32x32, one level where edges are 16 wide */
            sb[i].level[k] = !dense && k != area ? sb[i].level[area] : range(0, 99) < none ? 0 : (uint8_t) range(1, 63);
        }
        random_masks(sb[i].left, &inner, 0x0055005500550055ULL, 1, 8, dense);
        random_masks(sb[i].above, &inner, 0x0055005500550055ULL, 8, 1, dense);
        sb[i].inner = inner;
        inner = rnd64() | (dense ? rnd64() | rnd64() : 0);
        random_masks(m, &inner, 0x0505, 1, 4, dense);
        for (int k = 0; k < 3; k++) sb[i].left_uv[k] = (uint16_t) m[k];
        random_masks(m, &inner, 0x0505, 4, 1, dense);
        for (int k = 0; k < 3; k++) sb[i].above_uv[k] = (uint16_t) m[k];
        sb[i].inner_uv = (uint16_t) inner;
    }
    ref_vp9_lf(&c->want, sb, c->arg);
}

static void make_cdef(Case *const c) {
    static const uint8_t sec[] = { 0, 1, 2, 4 };
    const Pic *const p = &c->pic[0];
    c->n_jobs = (size_t) ((p->format.width + 63) / 64) * (size_t) ((p->format.height + 63) / 64);
    DaedalusAv1CdefSb *const sb = c->jobs = calloc(c->n_jobs, sizeof(*sb));
    if (!sb) abort();
    c->arg = range(3, 6);
    for (size_t i = 0; i < c->n_jobs; i++)
        sb[i] = (DaedalusAv1CdefSb) {
            .mask = range(0, 3) ? rnd64() | rnd64() : range(0, 1) ? ~0ULL : 0,
            .y_pri = (uint8_t) (range(0, 2) ? range(0, 15) : 0), .y_sec = sec[range(0, 3)],
            .uv_pri = (uint8_t) (range(0, 2) ? range(0, 15) : 0), .uv_sec = sec[range(0, 3)],
        };
    ref_av1_cdef(&c->pic[1], &c->want, sb, c->arg);
}

/* Types that a size has: DCT always, all sixteen up to 16 pixels, but those of one direction without a flip or
 * ADST at 16; the identity at 32. */
static int random_type(const int tx) {
    const int most = ref_av1_tx[tx][0] > ref_av1_tx[tx][1] ? ref_av1_tx[tx][0] : ref_av1_tx[tx][1];
    if (most == 6 || !range(0, 2)) return 0;
    if (most == 5) return rnd() & 1 ? 9 : 0;
    if (most == 4) return range(0, 11);
    return range(0, tx ? 15 : 16);
}

static void make_itx_av1(Case *const c) {
    const Pic *const p = &c->pic[0];
    const size_t most = (size_t) (p->cols[0] / 4 + 16) * (size_t) (p->rows[0] / 4 + 16) * 3;
    DaedalusAv1Itx *const jobs = c->jobs = calloc(most, sizeof(*jobs));
    if (!jobs || !(c->coefs = calloc(most * 16 + 4096, sizeof(*c->coefs)))) abort();
    for (int pl = 0; pl < p->n_planes; pl++)
        for (int y0 = 0; y0 < p->rows[pl]; y0 += 64)
            for (int x0 = 0; x0 < p->cols[pl]; x0 += 64) {
                const int tx = range(0, 18), w = 1 << ref_av1_tx[tx][0], h = 1 << ref_av1_tx[tx][1];
                const int n = (w < 32 ? w : 32) * (h < 32 ? h : 32);
                for (int y = y0; y < y0 + 64 && y < p->rows[pl]; y += h)
                    for (int x = x0; x < x0 + 64 && x < p->cols[pl]; x += w) {
                        if (!range(0, 3)) continue;
                        jobs[c->n_jobs++] = (DaedalusAv1Itx) {
                            .x = (uint16_t) x, .y = (uint16_t) y, .plane = (uint8_t) pl, .tx = (uint8_t) tx,
                            .type = (uint8_t) random_type(tx), .coefs = (uint32_t) c->n_coefs,
                        };
                        /* so that no sum gets too large */
                        int left = 1 << (p->format.depth + 4);
                        const int dense = range(0, 2), area = dense ? n : 1 + n / 8;
                        for (int i = 0; i < (dense ? n : 5) && left; i++) {
                            const int most_now = range(0, 9) ? left / 16 : left, v = range(-most_now, most_now);
                            int32_t *const at = &c->coefs[c->n_coefs + (size_t) (range(0, 3) ? range(0, area - 1) : 0)];
                            if (*at) continue;
                            *at = v;
                            left -= abs(v);
                        }
                        c->n_coefs += (size_t) n;
                    }
            }
    ref_av1_itx(&c->want, jobs, c->n_jobs, c->coefs);
}

/* Edges along one line of blocks, across it: transforms of random sizes, at multiples of their own. */
static void random_edges(Case *const c, const int plane, const int hor, const int line, const int n_blocks, const int kind) {
    DaedalusAv1LfEdge *const edges = c->jobs;
    for (int at = 0, log2, last = 0; at < n_blocks; at += 1 << log2, last = log2) {
        log2 = kind == 0 ? 0 : kind == 1 ? 2 : range(0, 4);
        while (at & ((1 << log2) - 1)) log2--;
        const int least = log2 < last ? log2 : last, none = kind > 1 && !range(0, 3);
        if (!at || none) continue;
        edges[c->n_jobs++] = (DaedalusAv1LfEdge) {
            .x = (uint16_t) (4 * (hor ? line : at)), .y = (uint16_t) (4 * (hor ? at : line)),
            .plane = (uint8_t) plane, .horizontal = (uint8_t) hor,
            .size = !least ? 4 : plane ? 6 : least == 1 ? 8 : 14,
            .level = (uint8_t) (range(0, 9) ? range(1, 63) : 63),
        };
    }
}

static void make_lf_av1(Case *const c) {
    const Pic *const p = &c->pic[0];
    DaedalusAv1LfEdge *const edges = c->jobs = calloc((size_t) (p->cols[0] / 4) * (size_t) (p->rows[0] / 4) * 6, sizeof(*edges));
    if (!edges) abort();
    c->arg = range(0, 1) ? range(0, 7) : 0;
    const int all_kind = range(0, 5);
    for (int pl = 0; pl < p->n_planes; pl++)
        for (int hor = 0; hor < 2; hor++) {
            const int w4 = p->cols[pl] / 4, h4 = p->rows[pl] / 4;
            for (int i = 0; i < (hor ? w4 : h4); i++) random_edges(c, pl, hor, i, hor ? h4 : w4, all_kind);
        }
    for (size_t i = c->n_jobs; i > 1; i--) { /* in any order */
        const size_t k = rnd() % i;
        const DaedalusAv1LfEdge t = edges[k];
        edges[k] = edges[i - 1];
        edges[i - 1] = t;
    }
    ref_av1_lf(&c->want, edges, c->n_jobs, c->arg);
}

/* n of them, whose values rise. */
static void random_points(uint8_t (*const points)[2], const int n) {
    for (int i = 0, at = range(0, 1) ? 0 : range(0, 256 - n); i < n; i++) {
        points[i][0] = (uint8_t) at;
        points[i][1] = (uint8_t) (range(0, 3) ? range(0, 255) : range(0, 1) * 255);
        at += 1 + range(0, range(0, 1) ? 257 - n + i - at - 1 : 0);
    }
}

static void random_bytes(int8_t *const b, const int n, const int most) {
    for (int i = 0; i < n; i++) b[i] = (int8_t) (most ? range(-most, most - 1) : range(0, 1) ? 127 : -128);
}

static void make_fg_av1(Case *const c) {
    static const uint8_t most[] = { 128, 128, 16, 0 };
    const Pic *const p = &c->pic[0];
    DaedalusAv1Fg *const fg = c->jobs = calloc(1, sizeof(*fg));
    if (!fg) abort();
    c->n_jobs = 3; /* planes */
    *fg = (DaedalusAv1Fg) {
        .seed = (uint16_t) rnd(), .scaling_shift = (uint8_t) range(8, 11), .ar_coeff_lag = (uint8_t) range(0, 3),
        .ar_coeff_shift = (uint8_t) range(6, 9), .grain_scale_shift = (uint8_t) range(0, 3),
        .overlap = rnd() & 1, .restricted_range = rnd() & 1, .identity = rnd() & 1,
        .num_y_points = (uint8_t) (range(0, 4) ? range(1, 14) : 0),
        .chroma_scaling_from_luma = p->n_planes > 1 && !range(0, 3),
    };
    random_points(fg->y_points, fg->num_y_points);
    const int kind = range(0, 3);
    random_bytes(fg->ar_coeffs_y, 24, most[kind]);
    random_bytes(fg->uv_mult, 2, 128);
    random_bytes(fg->uv_luma_mult, 2, most[range(0, 3)]);
    for (int i = 0; i < 2; i++) {
        random_bytes(fg->ar_coeffs_uv[i], 25, most[kind]);
        fg->uv_offset[i] = (int16_t) (range(0, 2) ? range(-256, 255) : 0);
        if (p->n_planes > 1 && !fg->chroma_scaling_from_luma && range(0, 4)) fg->num_uv_points[i] = (uint8_t) range(1, 10);
        random_points(fg->uv_points[i], fg->num_uv_points[i]);
    }
    ref_av1_fg(&c->pic[1], &c->want, fg);
}

/* Beyond the picture nothing is defined. */
static void want_picture_only(Case *const c) {
    memcpy(c->want.cols, c->want.w, sizeof(c->want.w));
    memcpy(c->want.rows, c->want.h, sizeof(c->want.h));
}

static int8_t within(const int lo, const int hi) {
    return (int8_t) (range(0, 2) ? range(lo, hi) : rnd() & 1 ? lo : hi);
}

static void random_taps(int8_t taps[3]) {
    taps[0] = range(0, 2) ? within(-5, 10) : 0;
    taps[1] = within(-23, 8);
    taps[2] = within(-17, 46);
}

/* What isn't looked at may be anything. */
static void random_unit(DaedalusAv1LrUnit *const u) {
    for (size_t i = 0; i < sizeof(*u); i++) ((uint8_t *) u)[i] = (uint8_t) rnd();
    u->unused = 0;
    u->type = (uint8_t) range(DAEDALUS_AV1_LR_NONE, DAEDALUS_AV1_LR_SELF_GUIDED);
    if (u->type == DAEDALUS_AV1_LR_WIENER) {
        random_taps(u->filter_v);
        random_taps(u->filter_h);
    } else if (u->type == DAEDALUS_AV1_LR_SELF_GUIDED) {
        u->set = (uint8_t) range(0, 15);
        u->weights[0] = u->set >= 10 && u->set <= 13 ? 0 : within(-96, 31);
        if (u->set < 14) u->weights[1] = within(-32, 95);
    }
}

static void make_lr(Case *const c) {
    const Pic *const p = &c->pic[0];
    for (int pl = 0; pl < p->n_planes; pl++) {
        const int size = pl && !range(0, 3) ? 0 : range(pl && p->ss_ver ? 5 : 6, 8);
        c->size_log2[pl] = (uint8_t) size;
        if (size) c->n_jobs += (size_t) (ref_av1_lr_units(p->w[pl], size) * ref_av1_lr_units(p->h[pl], size));
    }
    DaedalusAv1LrUnit *const units = c->jobs = calloc(c->n_jobs, sizeof(*units));
    if (!units) abort();
    for (size_t i = 0; i < c->n_jobs; i++) random_unit(&units[i]);
    ref_av1_lr(&c->pic[1], &c->pic[c->n_pics - 1], &c->want, units, c->size_log2);
    want_picture_only(c);
}

static void make_sr(Case *const c) {
    c->n_jobs = 1;
    ref_av1_sr(&c->pic[1], &c->want);
    want_picture_only(c);
}

/* A size that AV1 may have, in w and h: one 4 times the other at most. */
static void random_size(int *const w, int *const h) {
    const int log2_w = range(1, 7);
    *w = 1 << log2_w;
    *h = 1 << range(log2_w > 3 ? log2_w - 2 : 1, log2_w < 5 ? log2_w + 2 : 7);
}

static void random_motion_av1(const Case *const c, DaedalusAv1Mc *const j, const int i) {
    const int far = range(0, 9) ? 400 : 32767;
    j->ref[i] = (uint8_t) range(0, c->n_pics - 2);
    j->mv_x[i] = (int16_t) range(-far, far);
    j->mv_y[i] = (int16_t) range(-far, far);
    if (!range(0, 9)) {
        j->mv_x[i] = to_end(c->pic[0].w[j->plane], j->x, j->w);
        j->mv_y[i] = to_end(c->pic[0].h[j->plane], j->y, j->h);
    }
    if (!range(0, 2)) j->mv_x[i] &= ~15;
    if (!range(0, 2)) j->mv_y[i] &= ~15;
}

static void make_mc_av1(Case *const c) {
    const Pic *const p = &c->pic[0], *refs[MAX_PICS - 1];
    const size_t most = (size_t) (p->cols[0] / 2 + 64) * (size_t) (p->rows[0] / 2 + 64) * 3;
    DaedalusAv1Mc *const jobs = c->jobs = calloc(most, sizeof(*jobs));
    if (!jobs) abort();
    for (int i = 1; i < c->n_pics; i++) refs[i - 1] = &c->pic[i];
    for (int pl = 0; pl < p->n_planes; pl++) {
        const int area = rnd() & 1 ? 128 : 32;
        for (int y0 = 0; y0 < p->rows[pl]; y0 += area)
            for (int x0 = 0; x0 < p->cols[pl]; x0 += area) {
                int w, h;
                do random_size(&w, &h); while (w > area || h > area);
                for (int y = y0; y < y0 + area && y < p->rows[pl]; y += h)
                    for (int x = x0; x < x0 + area && x < p->cols[pl]; x += w) {
                        if (w * h < 128 && range(0, 3)) continue;
                        DaedalusAv1Mc *const j = &jobs[c->n_jobs++];
                        *j = (DaedalusAv1Mc) {
                            .x = (uint16_t) x, .y = (uint16_t) y, .plane = (uint8_t) pl, .w = (uint8_t) w, .h = (uint8_t) h,
                            .filter_h = (uint8_t) range(0, 3), .filter_v = (uint8_t) range(0, 2),
                        };
                        if (j->filter_h == DAEDALUS_AV1_BILINEAR) j->filter_v = DAEDALUS_AV1_BILINEAR;
                        random_motion_av1(c, j, 0);
                        if (w < 4 || h < 4 || range(0, 1)) continue;
                        random_motion_av1(c, j, 1);
                        j->weight = (uint8_t) (range(0, 1) ? 8 : range(1, 15));
                    }
            }
    }
    ref_av1_mc(&c->want, refs, jobs, c->n_jobs);
}

static void make(Case *const c) {
    void (*const makers[])(Case *) = {
        make_itx, make_mc, make_lf, make_cdef, make_itx_av1, make_mc_av1, make_lf_av1, make_lr, make_sr, make_fg_av1,
    };
    makers[c->kind](c);
}

static int random_filling(const enum Kind kind) {
    switch (kind) {
    case MC: case MC_AV1: return (int[]) { NOISE, AREAS, EXTREMES }[range(0, 2)];
    case LF_AV1: return range(NOISE, RUNS - 1);
    case LR: case SR: return range(0, FLAT) < FLAT ? range(NOISE, FLAT - 1) : RUNS;
    default: return range(NOISE, FLAT - 1);
    }
}

static void case_new(Case *const c, const enum Kind kind, const int w, const int h, const int depth, const enum DaedalusLayout layout) {
    memset(c, 0, sizeof(*c));
    c->kind = kind;
    c->n_pics = kind == MC ? range(2, 4) : kind == MC_AV1 ? range(2, MAX_PICS) : kind == LR ? range(2, 3) :
                kind == CDEF || kind == SR || kind == FG_AV1 ? 2 : 1;
    for (int i = 0; i < c->n_pics; i++) {
        const int scaled = w < 17 ? w + 16 : w, from = range(scaled < 32 ? 16 : (scaled + 1) / 2, scaled - 1);
        pic_new(&c->pic[i], kind != SR ? w : i ? from : scaled, h, depth, layout);
        pic_fill(&c->pic[i], random_filling(kind));
    }
    pic_copy(&c->want, &c->pic[0]);
    make(c);
}

static void case_free(Case *const c) {
    for (int i = 0; i < c->n_pics; i++) pic_free(&c->pic[i]);
    pic_free(&c->want);
    free(c->jobs);
    free(c->coefs);
}

static int add(DaedalusBatch *const b, const Case *const c, DaedalusFrame *const *const f) {
    switch (c->kind) {
    case ITX: return daedalus_vp9_itx(b, f[0], c->jobs, c->n_jobs, c->coefs, c->n_coefs);
    case MC: return daedalus_vp9_mc(b, f[0], f + 1, c->n_pics - 1, c->jobs, c->n_jobs);
    case LF: return daedalus_vp9_lf(b, f[0], c->jobs, c->n_jobs, c->arg);
    case MC_AV1: return daedalus_av1_mc(b, f[0], f + 1, c->n_pics - 1, c->jobs, c->n_jobs);
    case ITX_AV1: return daedalus_av1_itx(b, f[0], c->jobs, c->n_jobs, c->coefs, c->n_coefs);
    case LF_AV1: return daedalus_av1_lf(b, f[0], c->jobs, c->n_jobs, c->arg);
    case LR: return daedalus_av1_lr(b, f[1], f[c->n_pics - 1], f[0], c->jobs, c->n_jobs, c->size_log2);
    case SR: return daedalus_av1_sr(b, f[1], f[0]);
    case FG_AV1: return daedalus_av1_fg(b, f[1], f[0], c->jobs);
    default: return daedalus_av1_cdef(b, f[1], f[0], c->jobs, c->n_jobs, c->arg);
    }
}

/* ---- kinds of memory ---- */

enum Memory { WRAPPED, OURS, FILE_BACKED, DMABUF, N_MEMORIES };
static const char *const memory_names[] = { "wrapped", "the library's", "memfd", "dma-buf" };

/* A dma-buf of n bytes, or -1. */
static int new_dmabuf(const size_t n) {
    const size_t page = (size_t) sysconf(_SC_PAGESIZE), size = (n + page - 1) / page * page;
    const int heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC);
    if (heap >= 0) {
        struct dma_heap_allocation_data data = { .len = size, .fd_flags = O_RDWR | O_CLOEXEC };
        const int res = ioctl(heap, DMA_HEAP_IOCTL_ALLOC, &data);
        close(heap);
        if (!res) return (int) data.fd;
    }
    const int dev = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
    if (dev < 0) return -1;
    const int mem = memfd_create("daedalus", MFD_ALLOW_SEALING | MFD_CLOEXEC);
    int fd = -1;
    if (mem >= 0 && !ftruncate(mem, (off_t) size) && !fcntl(mem, F_ADD_SEALS, F_SEAL_SHRINK)) {
        const struct udmabuf_create create = { .memfd = (uint32_t) mem, .flags = UDMABUF_FLAGS_CLOEXEC, .size = size };
        fd = ioctl(dev, UDMABUF_CREATE, &create);
    }
    if (mem >= 0) close(mem);
    close(dev);
    return fd;
}

static int new_frame(DaedalusContext *const ctx, const enum Memory memory, Pic *const p, DaedalusFrame **const f) {
    int res;
    if (memory == WRAPPED) return daedalus_frame_wrap(ctx, &p->format, &p->planes, f);
    if (memory == OURS) {
        if ((res = daedalus_frame_alloc(ctx, &p->format, f))) return res;
    } else {
        DaedalusMemory m;
        if ((res = daedalus_frame_memory(ctx, &p->format, &m))) return res;
        const int fd = memory == DMABUF ? new_dmabuf(m.bytes) : memfd_create("daedalus", MFD_CLOEXEC);
        if (fd < 0 || (memory == FILE_BACKED && ftruncate(fd, (off_t) m.bytes))) return -ENOTSUP;
        res = daedalus_frame_import(ctx, &p->format, fd, f);
        close(fd);
        if (res) return res;
    }
    DaedalusPlanes planes;
    if ((res = daedalus_map(*f, DAEDALUS_WRITE, &planes))) return res;
    copy_rows(p, &p->planes, &planes);
    return daedalus_unmap(*f);
}

/* What is in a frame, to a picture of its own. Returns 0 if that was lost with the device, as
 * a fault may have it that comes after the batch and before the copy. */
static int read_frame(DaedalusFrame *const f, Pic *const to) {
    DaedalusPlanes planes;
    int res;
    res = daedalus_map(f, DAEDALUS_READ, &planes);
    if (res && faulty) { /* a fault that came in the copy: nothing is lost */
        n_retried++;
        res = daedalus_map(f, DAEDALUS_READ, &planes);
    }
    int usable = 1;
    if (res == -EIO && faulty) daedalus_device(with_device, &usable);
    if (!usable) {
        n_lost++;
        return 0;
    }
    if (res) {
        fail("mapping: %s", strerror(-res));
        return 1;
    }
    copy_rows(to, &planes, &to->planes);
    expect("unmap", daedalus_unmap(f), 0);
    return 1;
}

/* ---- one case, one way ---- */

static void run(const Case *const c, DaedalusContext *const ctx, const DaedalusSubstrate substrate,
                const DaedalusSubstrate who, const enum Memory memory)
{
    static const char *const substrates[] = { "CPU", "QPU", "auto" };
    char what[80];
    snprintf(what, sizeof(what), "%s, %s", substrates[substrate], memory_names[memory]);
    DaedalusFrame *f[MAX_PICS] = { NULL };
    DaedalusBatch *b = NULL;
    DaedalusReport report = { .size = sizeof(report) };
    Pic pic[MAX_PICS], out;
    int res = 0;
    for (int i = 0; i < c->n_pics; i++) pic_copy(&pic[i], &c->pic[i]);
    pic_copy(&out, &c->pic[0]);
    for (int i = 0; i < c->n_pics && !res; i++) res = new_frame(ctx, memory, &pic[i], &f[i]);
    if (res || (res = daedalus_batch_open(ctx, &b)) || (res = add(b, c, f)) || (res = daedalus_submit(b, substrate))) {
        fail("%s: %s", what, strerror(-res));
        goto end;
    }
    if (rnd() & 1) while (!daedalus_poll(b)) sched_yield();
    if ((res = daedalus_wait(b))) fail("%s: waiting: %s", what, strerror(-res));
    if ((res = daedalus_report(b, &report))) fail("%s: report: %s", what, strerror(-res));
    n_fell_back += report.fell_back;
    if (!c->n_jobs) goto end;
    if (!faulty && (report.ran != who || report.fell_back || report.asked != substrate))
        fail("%s: ran on %d, \"%s\"", what, report.ran, report.why);
    if (report.result || report.jobs > c->n_jobs || (report.ran == DAEDALUS_QPU && !report.dispatches && report.jobs))
        fail("%s: report: result %d, %" PRIu64 " jobs, %u dispatches", what, report.result, report.jobs, report.dispatches);
    if (report.ran == DAEDALUS_CPU && substrate == DAEDALUS_AUTO && !*report.why) fail("%s: the CPU, and no reason", what);
    if (memory == WRAPPED) {
        copy_rows(&out, &pic[0].planes, &out.planes);
        pic_compare_outside(what, &c->pic[0], &pic[0]);
        for (int i = 1; i < c->n_pics; i++)
            for (int pl = 0; pl < pic[i].n_planes; pl++)
                if (memcmp(pic[i].planes.data[pl], c->pic[i].planes.data[pl], pic_bytes(&pic[i], pl)))
                    fail("%s: frame %d, which is only read, was written", what, i);
    } else if (!read_frame(f[0], &out)) {
        goto end;
    }
    if (c->kind == FG_AV1) pic_take_outside(&out, &c->want);
    pic_compare(what, &c->want, &out);
end:
    daedalus_batch_free(&b);
    for (int i = 0; i < c->n_pics; i++) {
        daedalus_frame_free(&f[i]);
        pic_free(&pic[i]);
    }
    pic_free(&out);
}

static int is_supported(const enum Kind kind, const enum DaedalusLayout l) {
    return kind == LF ? l != DAEDALUS_422 && l != DAEDALUS_440 : kind == CDEF || kind == FG_AV1 ? l != DAEDALUS_440 : 1;
}

static void check_kinds(const int n, const int have_dmabuf) {
    static const int depths[] = { 8, 10, 12 };
    for (int i = 0; i < n * 15; i++) {
        const int depth = depths[i % 3];
        const enum DaedalusLayout layout = (enum DaedalusLayout) (i / 3 % 5);
        for (int k = 0; k < N_KINDS; k++) {
            if (!is_supported((enum Kind) k, layout)) continue;
            const int max = i % 4 ? 90 : 300, even = range(0, 3) ? 0 : 15; /* whole blocks: memory ends with the picture */
            const int w = (range(1, max) + even) & ~even;
            /* some end at a border of restoration's stripes, or a row or two behind it */
            const int h = k == LR && range(0, 1) ? range(56, 58) + range(0, 1) * 64 : (range(1, max) + even) & ~even;
            Case c;
            begin("%s %dx%d, %d bits, layout %d", kind_names[k], w, h, depth, layout);
            case_new(&c, (enum Kind) k, w, h, depth, layout);
            run(&c, without, DAEDALUS_CPU, DAEDALUS_CPU, (enum Memory) range(WRAPPED, FILE_BACKED));
            run(&c, without, DAEDALUS_AUTO, DAEDALUS_CPU, OURS);
            for (int m = 0; m < N_MEMORIES; m++) {
                if (m == DMABUF && !have_dmabuf) continue;
                run(&c, with_device, DAEDALUS_QPU, DAEDALUS_QPU, (enum Memory) m);
            }
            run(&c, with_device, DAEDALUS_CPU, DAEDALUS_CPU, WRAPPED);
            run(&c, with_device, DAEDALUS_AUTO, DAEDALUS_QPU, (enum Memory) range(WRAPPED, FILE_BACKED));
            case_free(&c);
            end();
        }
    }
}

/* ---- contexts ---- */

static void log_line(void *const opaque, const char *const line) {
    (void) opaque;
    pthread_mutex_lock(&result_lock);
    n_log_lines++;
    printf("log: %s\n", line);
    pthread_mutex_unlock(&result_lock);
}

static int open_context(DaedalusContext **const ctx, const char *const device, const uint64_t least_pixels) {
    char why[300];
    const DaedalusSettings s = {
        .size = sizeof(s), .device = device, .cpu_devices = 1, .least_pixels = least_pixels,
        .need_device = !device || strcmp(device, "none"), .log = log_line,
    };
    const int res = daedalus_open(ctx, &s, why, sizeof(why));
    if (res) fprintf(stderr, "%s\n", why);
    return res;
}

/* ---- recipes ---- */

/* A recipe for the device: daedalus_device() gives "name, driver", and either may have commas, so there is
 * an entry for each way to part them. */
static int write_recipe(const char *const path, const char *const av1, const char *const vp9, const int bits) {
    const char *const device = daedalus_device(with_device, NULL);
    FILE *const f = fopen(path, "w");
    if (!f) return -errno;
    fprintf(f, "{ \"version\": 1, \"devices\": [\n");
    for (const char *at = device; (at = strstr(at, ", ")); at += 2)
        fprintf(f, " { \"device\": \"%.*s\", \"driver\": \"%s\", \"rules\": [\n"
                "  { \"codec\": \"av1\", \"bits\": %d, \"size\": \"360p\", \"key\": \"%s\", \"inter\": \"%s\" },\n"
                "  { \"codec\": \"vp9\", \"bits\": %d, \"size\": \"360p\", \"key\": \"%s\", \"inter\": \"%s\" } ] },\n",
                (int) (at - device), device, at + 2, bits, av1, av1, bits, vp9, vp9);
    fprintf(f, " {} ] }\n");
    return fclose(f) ? -errno : 0;
}

static void check_recipes(void) {
    static const struct { const char *av1, *vp9; int bits, depth, on[N_KINDS], lines; } tries[] = {
        { "all", "all", 8, 8, { [ITX] = 1, [MC] = 1, [LF] = 1, [CDEF] = 1, [ITX_AV1] = 1, [MC_AV1] = 1, [LF_AV1] = 1, [LR] = 1,
                                [SR] = 1, [FG_AV1] = 1 }, 0 },
        { "lf,cdef,sr,lr", "cpu", 8, 8, { [CDEF] = 1, [LF_AV1] = 1, [LR] = 1, [SR] = 1 }, 0 },
        { "cpu", "all", 10, 12, { [ITX] = 1, [MC] = 1, [LF] = 1 }, 0 },
        { "all", "all", 10, 8, { 0 }, 0 },
        { "gpu", "all", 8, 8, { 0 }, 1 }, /* a mistake */
    };
    char path[] = "/tmp/daedalus-recipe-XXXXXX";
    const int fd = mkstemp(path);
    if (fd < 0) return;
    close(fd);
    setenv("DAEDALUS_RECIPE", path, 1);
    for (size_t t = 0; t < sizeof(tries) / sizeof(*tries); t++) {
        DaedalusContext *ctx = NULL;
        begin("recipe %zu", t);
        const int lines = n_log_lines;
        if (write_recipe(path, tries[t].av1, tries[t].vp9, tries[t].bits) ||
            open_context(&ctx, device_name, 0)) fail("can't be set up");
        if (n_log_lines - lines != tries[t].lines) fail("%d lines in the log", n_log_lines - lines);
        for (int k = 0; ctx && k < N_KINDS; k++) {
            Case c;
            case_new(&c, (enum Kind) k, 80, 60, tries[t].depth, DAEDALUS_420);
            run(&c, ctx, DAEDALUS_AUTO, tries[t].on[k] ? DAEDALUS_QPU : DAEDALUS_CPU, OURS);
            case_free(&c);
        }
        daedalus_close(&ctx);
        end();
    }
    unsetenv("DAEDALUS_RECIPE");
    unlink(path);
}

/* ---- several batches, no wait between ---- */

/* Whether the first picture is written from the second one. */
static int has_source(const enum Kind kind) {
    return kind == CDEF || kind == LR;
}

/* The target of each step is the next one's; who does it changes. */
static void check_chain(DaedalusContext *const ctx, const int n, const int with_qpu) {
    enum { STEPS = 6 };
    for (int i = 0; i < n; i++) {
        /* restoration leaves undefined what is beyond the picture, and others look at it */
        const int whole = range(0, 1), most = whole ? 25 : 200, unit = whole ? 8 : 1;
        const int w = range(1, most) * unit, h = range(1, most) * unit, depth = 8 + range(0, 2) * 2;
        const enum DaedalusLayout layout = rnd() & 1 ? DAEDALUS_420 : DAEDALUS_444;
        begin("chain %dx%d, %d bits, layout %d", w, h, depth, layout);
        Case c[STEPS];
        DaedalusFrame *f[STEPS][MAX_PICS] = { { NULL } };
        DaedalusBatch *b[STEPS] = { NULL };
        int res = 0;
        memset(c, 0, sizeof(c));
        const enum Memory memory = (enum Memory) range(WRAPPED, FILE_BACKED);
        const Pic *last = NULL;
        for (int s = 0; s < STEPS; s++) {
            /* the result so far goes in: as what is changed, or as what a filter reads */
            enum Kind kind;
            do kind = (enum Kind) range(0, N_KINDS - 1); /* those two leave undefined pixels, or change the size */
            while (kind == SR || kind == FG_AV1 || (kind == LR && !whole));
            Case *const k = &c[s];
            k->kind = kind;
            k->n_pics = is_mc(kind) || kind == LR ? 3 : kind == CDEF ? 2 : 1;
            for (int p = 0; p < k->n_pics; p++) {
                pic_new(&k->pic[p], w, h, depth, layout);
                pic_fill(&k->pic[p], range(NOISE, FLAT - 1));
            }
            if (last) copy_rows(last, &last->planes, &k->pic[has_source(kind)].planes);
            pic_copy(&k->want, &k->pic[0]);
            make(k);
            for (int p = 0; p < k->n_pics && !res; p++) {
                if (s && p == has_source(kind)) f[s][p] = f[s - 1][0];
                else res = new_frame(ctx, memory, &k->pic[p], &f[s][p]);
            }
            last = &k->want;
            /* some steps go into the batch before */
            if (!s || range(0, 2)) {
                for (int p = s - 1; !res && p >= 0; p--)
                    if (b[p]) {
                        res = daedalus_submit(b[p], with_qpu && range(0, 3) ? rnd() & 1 ? DAEDALUS_QPU : DAEDALUS_AUTO : DAEDALUS_CPU);
                        break;
                    }
                if (!res) res = daedalus_batch_open(ctx, &b[s]);
            }
            for (int p = s; !res && p >= 0; p--)
                if (b[p]) {
                    res = add(b[p], k, f[s]);
                    break;
                }
        }
        for (int p = STEPS - 1; !res && p >= 0; p--)
            if (b[p]) {
                res = daedalus_submit(b[p], with_qpu ? DAEDALUS_QPU : DAEDALUS_CPU);
                if (!res && rnd() & 1) res = daedalus_wait(b[p]); /* before those that came before it */
                break;
            }
        for (int s = 0; !res && s < STEPS; s++) if (b[s]) res = daedalus_wait(b[s]);
        if (res) {
            fail("%s", strerror(-res));
        } else {
            Pic out;
            pic_copy(&out, last);
            read_frame(f[STEPS - 1][0], &out);
            pic_compare(memory_names[memory], last, &out);
            pic_free(&out);
        }
        for (int s = 0; s < STEPS; s++) {
            daedalus_batch_free(&b[s]);
            for (int p = 0; p < c[s].n_pics; p++)
                if (!s || p != has_source(c[s].kind)) daedalus_frame_free(&f[s][p]);
            case_free(&c[s]);
        }
        end();
    }
}

/* ---- errors ---- */

static void check_errors(void) {
    begin("errors");
    Pic p, q;
    pic_new(&p, 100, 60, 8, DAEDALUS_420);
    pic_new(&q, 100, 60, 10, DAEDALUS_420);
    DaedalusContext *const ctx = without;
    DaedalusFrame *f = NULL, *g = NULL, *other = NULL, *deep = NULL, *bad = NULL, *f440 = NULL;
    DaedalusBatch *b = NULL;
    DaedalusPlanes planes;
    DaedalusFormat format = p.format;
    expect("wrap", daedalus_frame_wrap(ctx, &p.format, &p.planes, &f), 0);
    expect("alloc", daedalus_frame_alloc(ctx, &p.format, &g), 0);
    expect("alloc", daedalus_frame_alloc(ctx, &q.format, &deep), 0);
    expect("alloc elsewhere", daedalus_frame_alloc(with_device, &p.format, &other), 0);
    expect("batch", daedalus_batch_open(ctx, &b), 0);

    format.size--;
    expect("a format of another size", daedalus_frame_alloc(ctx, &format, &bad), -EINVAL);
    format = p.format;
    format.depth = 9;
    expect("9 bits", daedalus_frame_alloc(ctx, &format, &bad), -EINVAL);
    format.depth = 8;
    format.width = 0;
    expect("no width", daedalus_frame_alloc(ctx, &format, &bad), -EINVAL);
    format.width = 16385;
    expect("too wide", daedalus_frame_alloc(ctx, &format, &bad), -ENOTSUP);
    format.width = 100;
    format.layout = DAEDALUS_440;
    expect("4:4:0", daedalus_frame_alloc(ctx, &format, &f440), 0);
    planes = p.planes;
    planes.stride[1] = 48;
    expect("a short stride", daedalus_frame_wrap(ctx, &p.format, &planes, &bad), -EINVAL);
    planes.stride[1] = -96;
    expect("upside down", daedalus_frame_wrap(ctx, &p.format, &planes, &bad), -EINVAL);
    planes = p.planes;
    planes.data[2] = (uint8_t *) planes.data[2] + 8;
    expect("misaligned", daedalus_frame_wrap(ctx, &p.format, &planes, &bad), -EINVAL);
    planes.data[2] = NULL;
    expect("no plane", daedalus_frame_wrap(ctx, &p.format, &planes, &bad), -EINVAL);
    expect("no file", daedalus_frame_import(ctx, &p.format, -1, &bad), -EBADF);
    const int fd = memfd_create("small", MFD_CLOEXEC);
    if (ftruncate(fd, 4096)) fail("ftruncate");
    expect("a small file", daedalus_frame_import(ctx, &p.format, fd, &bad), -EINVAL);
    close(fd);
    if (bad) fail("a frame that failed is there");

    expect("mapping how", daedalus_map(g, 0, &planes), -EINVAL);
    expect("unmap", daedalus_unmap(g), -EINVAL);
    expect("map", daedalus_map(g, DAEDALUS_WRITE, &planes), 0);
    expect("map twice", daedalus_map(g, DAEDALUS_READ, &planes), -EBUSY);

    int32_t coefs[1024] = { 40 };
#define ITX(res, ...) do { \
        const DaedalusVp9Itx job = { __VA_ARGS__ }; \
        expect("itx " #__VA_ARGS__, daedalus_vp9_itx(b, f, &job, 1, coefs, 1024), res); \
    } while (0)
    ITX(-EINVAL, .plane = 3);
    ITX(-EINVAL, .x = 2);
    ITX(-EINVAL, .tx = 1, .x = 4);
    ITX(-EINVAL, .x = 104);
    ITX(-EINVAL, .plane = 1, .y = 32);
    ITX(-EINVAL, .tx = 4);
    ITX(-EINVAL, .type = 5);
    ITX(-EINVAL, .tx = 1, .type = DAEDALUS_VP9_WHT);
    ITX(-EINVAL, .tx = 3, .type = 1);
    ITX(-EINVAL, .eob = 17);
    ITX(-EINVAL, .coefs = 1009);
    ITX(-EINVAL, .tx = 3, .coefs = 1);
    ITX(-EINVAL, .unused = 1);
    ITX(0, .coefs = 1008); /* all zero */
    ITX(0, .eob = 1);
#undef ITX
#define ITX(res, ...) do { \
        const DaedalusAv1Itx job = { __VA_ARGS__ }; \
        expect("av1 itx " #__VA_ARGS__, daedalus_av1_itx(b, f, &job, 1, coefs, 1024), res); \
    } while (0)
    ITX(-EINVAL, .plane = 3);
    ITX(-EINVAL, .tx = 18, .y = 8);
    ITX(-EINVAL, .tx = 18, .x = 32);
    ITX(-EINVAL, .tx = 19);
    ITX(-EINVAL, .tx = 4, .type = 1);
    ITX(-EINVAL, .tx = 3, .type = 10);
    ITX(-EINVAL, .tx = 1, .type = DAEDALUS_AV1_WHT);
    ITX(-EINVAL, .type = 17);
    ITX(-EINVAL, .coefs = 1009);
    ITX(0, .coefs = 1008); /* all zero */
    coefs[1] = 1 << 15;
    ITX(-EINVAL, .tx = 0);
    coefs[1] = -(1 << 15);
    ITX(0, .tx = 0);
    coefs[1] = 0;
#undef ITX
#define MC(res, ...) do { \
        const DaedalusVp9Mc job = { .w = 8, .h = 8, __VA_ARGS__ }; \
        expect("mc " #__VA_ARGS__, daedalus_vp9_mc(b, f, &g, 1, &job, 1), res); \
    } while (0)
    MC(-EINVAL, .plane = 3);
    MC(-EINVAL, .y = 64);
    MC(-EINVAL, .y = 1);
    MC(-EINVAL, .ref = 1);
    MC(-EINVAL, .filter = 4);
    MC(-EINVAL, .average = 2);
    MC(0, .average = 1);
#undef MC
    DaedalusVp9Mc mc = { .w = 12, .h = 8 };
    expect("12 pixels", daedalus_vp9_mc(b, f, &g, 1, &mc, 1), -EINVAL);
    mc.w = 128;
    expect("128 pixels", daedalus_vp9_mc(b, f, &g, 1, &mc, 1), -EINVAL);
    mc.w = 2;
    expect("2 pixels", daedalus_vp9_mc(b, f, &g, 1, &mc, 1), -EINVAL);
    mc.w = 8;
    expect("no references", daedalus_vp9_mc(b, f, &g, 0, &mc, 1), -EINVAL);
    expect("4 references", daedalus_vp9_mc(b, f, &g, 4, &mc, 1), -EINVAL);
    expect("itself", daedalus_vp9_mc(b, f, &f, 1, &mc, 1), -EINVAL);
    expect("another context's", daedalus_vp9_mc(b, f, &other, 1, &mc, 1), -EINVAL);
    expect("another depth", daedalus_vp9_mc(b, f, &deep, 1, &mc, 1), -EINVAL);
    expect("no jobs", daedalus_vp9_mc(b, f, &g, 1, NULL, 0), 0);

    DaedalusVp9LfSb sb[2];
    memset(sb, 0, sizeof(sb));
    memset(sb[0].level, 20, 64);
    expect("one superblock of two", daedalus_vp9_lf(b, f, sb, 1, 0), -EINVAL);
    expect("sharpness", daedalus_vp9_lf(b, f, sb, 2, 8), -EINVAL);
    expect("4:4:0", daedalus_vp9_lf(b, f440, sb, 2, 0), -ENOTSUP);
    sb[0].left[0] = sb[0].left[1] = 2;
    expect("two widths", daedalus_vp9_lf(b, f, sb, 2, 0), -EINVAL);
    sb[0].left[0] = sb[0].left[1] = 0;
    sb[0].left[2] = 2;
    expect("16 at 8", daedalus_vp9_lf(b, f, sb, 2, 0), -EINVAL);
    sb[0].left[2] = 4;
    expect("16 along 8", daedalus_vp9_lf(b, f, sb, 2, 0), -EINVAL);
    sb[0].left[2] = 0x404;
    sb[0].inner = 8;
    expect("inner behind 16", daedalus_vp9_lf(b, f, sb, 2, 0), -EINVAL);
    sb[0].inner = 0;
    sb[0].level[9] = 64;
    expect("level", daedalus_vp9_lf(b, f, sb, 2, 0), -EINVAL);
    sb[0].level[9] = 0;
    sb[0].level[10]++;
    expect("two levels", daedalus_vp9_lf(b, f, sb, 2, 0), -EINVAL);
    sb[0].level[10]--;
    expect("right", daedalus_vp9_lf(b, f, sb, 2, 7), 0);

    DaedalusAv1CdefSb cdef[2] = { { .y_sec = 3 } };
    expect("secondary 3", daedalus_av1_cdef(b, g, f, cdef, 2, 3), -EINVAL);
    cdef[0].y_sec = 4;
    expect("damping", daedalus_av1_cdef(b, g, f, cdef, 2, 7), -EINVAL);
    expect("in place", daedalus_av1_cdef(b, f, f, cdef, 2, 3), -EINVAL);
    expect("4:4:0", daedalus_av1_cdef(b, f440, f440, cdef, 2, 3), -EINVAL);
    expect("right", daedalus_av1_cdef(b, g, f, cdef, 2, 3), 0);

#define EDGE(res, change) do { \
        DaedalusAv1LfEdge e = { .x = 16, .y = 16, .size = 4, .level = 9 }; \
        change; \
        expect("av1 lf " #change, daedalus_av1_lf(b, f, &e, 1, 0), res); \
    } while (0)
    EDGE(-EINVAL, e.plane = 3);
    EDGE(-EINVAL, e.x = 0);
    EDGE(-EINVAL, e.y = 0; e.horizontal = 1);
    EDGE(-EINVAL, e.x = 18);
    EDGE(-EINVAL, e.y = 17);
    EDGE(-EINVAL, e.x = 104);
    EDGE(-EINVAL, e.plane = 1; e.y = 32);
    EDGE(-EINVAL, e.horizontal = 2);
    EDGE(-EINVAL, e.size = 6);
    EDGE(-EINVAL, e.size = 5);
    EDGE(-EINVAL, e.plane = 1; e.size = 8);
    EDGE(-EINVAL, e.plane = 2; e.size = 14);
    EDGE(-EINVAL, e.x = 8; e.size = 14);
    EDGE(-EINVAL, e.x = 20; e.size = 8);
    EDGE(-EINVAL, e.plane = 1; e.horizontal = 1; e.y = 20; e.size = 6);
    EDGE(-EINVAL, e.level = 0);
    EDGE(-EINVAL, e.level = 64);
    EDGE(0, e.y = 0; e.size = 14);
#undef EDGE
    DaedalusAv1LfEdge edges[2] = { { .x = 16, .y = 8, .size = 4, .level = 1 }, { .x = 16, .y = 8, .size = 4, .level = 1 } };
    expect("an edge twice", daedalus_av1_lf(b, f, edges, 2, 0), -EINVAL);
    edges[1].horizontal = 1;
    expect("two directions", daedalus_av1_lf(b, f, edges, 2, 0), 0);
    edges[1] = (DaedalusAv1LfEdge) { .x = 16, .y = 8, .plane = 1, .size = 4, .level = 1 };
    expect("two planes", daedalus_av1_lf(b, f, edges, 2, 7), 0);
    edges[1] = (DaedalusAv1LfEdge) { .x = 32, .y = 8, .size = 14, .level = 1 };
    expect("far enough", daedalus_av1_lf(b, f, edges, 2, 0), 0);
    for (int i = 20; i <= 44; i += 24) {
        edges[0].x = (uint16_t) i;
        expect("too near", daedalus_av1_lf(b, f, edges, 2, 0), -EINVAL);
    }
    edges[0] = (DaedalusAv1LfEdge) { .x = 32, .y = 20, .horizontal = 1, .size = 4, .level = 1 };
    edges[1] = (DaedalusAv1LfEdge) { .x = 32, .y = 16, .horizontal = 1, .size = 8, .level = 1 };
    expect("too near below", daedalus_av1_lf(b, f, edges, 2, 0), -EINVAL);
    expect("sharpness", daedalus_av1_lf(b, f, edges, 1, 8), -EINVAL);
    expect("sharpness", daedalus_av1_lf(b, f, edges, 1, -1), -EINVAL);
    expect("more than there can be", daedalus_av1_lf(b, f, edges, SIZE_MAX, 0), -EINVAL);
    expect("no edges", daedalus_av1_lf(b, f, NULL, 0, 0), 0);
    expect("another context's", daedalus_av1_lf(b, other, edges, 1, 0), -EINVAL);

#define FG(res, src, change) do { \
        DaedalusAv1Fg p = { .num_y_points = 1, .scaling_shift = 8, .ar_coeff_shift = 6 }; \
        change; \
        expect("av1 fg " #src " " #change, daedalus_av1_fg(b, src, g, &p), res); \
    } while (0)
    FG(-EINVAL, g, p.seed = 1);
    FG(-EINVAL, NULL, p.seed = 1);
    FG(-EINVAL, other, p.seed = 1);
    FG(-EINVAL, deep, p.seed = 1);
    FG(-EINVAL, f, p.num_y_points = 15);
    FG(-EINVAL, f, p.num_y_points = 2);
    FG(-EINVAL, f, p.num_uv_points[0] = 11; p.uv_points[0][0][0] = 9);
    FG(-EINVAL, f, p.num_uv_points[0] = 2);
    FG(-EINVAL, f, p.num_uv_points[1] = 2; p.uv_points[1][0][0] = 1);
    FG(-EINVAL, f, p.num_uv_points[1] = 1; p.chroma_scaling_from_luma = 1);
    FG(-EINVAL, f, p.chroma_scaling_from_luma = 2);
    FG(-EINVAL, f, p.uv_offset[0] = 256);
    FG(-EINVAL, f, p.uv_offset[1] = -257);
    FG(-EINVAL, f, p.scaling_shift = 7);
    FG(-EINVAL, f, p.scaling_shift = 12);
    FG(-EINVAL, f, p.ar_coeff_lag = 4);
    FG(-EINVAL, f, p.ar_coeff_shift = 5);
    FG(-EINVAL, f, p.ar_coeff_shift = 10);
    FG(-EINVAL, f, p.grain_scale_shift = 4);
    FG(-EINVAL, f, p.overlap = 2);
    FG(-EINVAL, f, p.restricted_range = 2);
    FG(-EINVAL, f, p.identity = 2);
    FG(-EINVAL, f, p.unused = 1);
    FG(0, f, p.seed = 1);
#undef FG
    const DaedalusAv1Fg fg = { .num_uv_points = { 1 }, .scaling_shift = 8, .ar_coeff_shift = 6 };
    DaedalusFrame *grey[2] = { NULL }, *more440 = NULL;
    format.layout = DAEDALUS_440;
    expect("4:4:0", daedalus_frame_alloc(ctx, &format, &more440), 0);
    expect("4:4:0", daedalus_av1_fg(b, f440, more440, &fg), -ENOTSUP);
    format.layout = DAEDALUS_400;
    for (int i = 0; i < 2; i++) expect("4:0:0", daedalus_frame_alloc(ctx, &format, &grey[i]), 0);
    expect("chroma that isn't there", daedalus_av1_fg(b, grey[0], grey[1], &fg), -EINVAL);
    daedalus_frame_free(&grey[0]);
    daedalus_frame_free(&grey[1]);
    daedalus_frame_free(&more440);

#define MC(res, ...) do { \
        DaedalusAv1Mc j = { .w = 8, .h = 8 }; \
        __VA_ARGS__; \
        expect("av1 mc " #__VA_ARGS__, daedalus_av1_mc(b, f, &g, 1, &j, 1), res); \
    } while (0)
    MC(-EINVAL, j.plane = 3);
    MC(-EINVAL, j.x = 104);
    MC(-EINVAL, j.y = 64);
    MC(-EINVAL, j.plane = 1, j.y = 32);
    MC(-EINVAL, j.x = 2);
    MC(-EINVAL, j.y = 2);
    MC(0, j.x = 2, j.y = 2, j.w = 2, j.h = 2);
    MC(-EINVAL, j.x = 1, j.w = 2);
    MC(-EINVAL, j.y = 1, j.h = 2);
    MC(-EINVAL, j.w = 12);
    MC(-EINVAL, j.h = 1);
    MC(-EINVAL, j.w = 0);
    MC(-EINVAL, j.h = 129);
    MC(-EINVAL, j.w = 64);
    MC(-EINVAL, j.h = 64);
    MC(0, j.w = 128, j.h = 32);
    MC(-EINVAL, j.filter_h = 4);
    MC(-EINVAL, j.filter_v = 4);
    MC(-EINVAL, j.filter_h = DAEDALUS_AV1_BILINEAR);
    MC(-EINVAL, j.filter_v = DAEDALUS_AV1_BILINEAR);
    MC(0, j.filter_h = DAEDALUS_AV1_BILINEAR, j.filter_v = DAEDALUS_AV1_BILINEAR);
    MC(-EINVAL, j.ref[0] = 1);
    MC(-EINVAL, j.ref[1] = 1, j.weight = 8);
    MC(-EINVAL, j.mv_x[1] = 1);
    MC(-EINVAL, j.mv_y[1] = 1);
    MC(-EINVAL, j.weight = 16);
    MC(-EINVAL, j.weight = 8, j.w = 2);
    MC(-EINVAL, j.weight = 8, j.h = 2);
    MC(0, j.weight = 15, j.mv_x[1] = 1, j.mv_y[1] = 1);
#undef MC
    DaedalusAv1Mc mc_av1 = { .w = 8, .h = 8, .ref = { 0, 1 } };
    DaedalusFrame *const two[] = { g, g };
    expect("one reference, and a second", daedalus_av1_mc(b, f, two, 2, &mc_av1, 1), -EINVAL);
    mc_av1.weight = 8;
    expect("two references", daedalus_av1_mc(b, f, two, 2, &mc_av1, 1), 0);
    expect("no references", daedalus_av1_mc(b, f, two, 0, &mc_av1, 1), -EINVAL);
    expect("8 references", daedalus_av1_mc(b, f, two, 8, &mc_av1, 1), -EINVAL);
    expect("itself", daedalus_av1_mc(b, g, two, 2, &mc_av1, 1), -EINVAL);
    expect("another context's", daedalus_av1_mc(b, f, &other, 1, &mc_av1, 1), -EINVAL);
    expect("another depth", daedalus_av1_mc(b, f, &deep, 1, &mc_av1, 1), -EINVAL);
    expect("no jobs", daedalus_av1_mc(b, f, two, 2, NULL, 0), 0);

    DaedalusReport report = { .size = sizeof(report) };
    expect("no report yet", daedalus_report(b, &report), -EINVAL);
    expect("wait for nothing", daedalus_wait(b), 0);
    expect("a mapped frame", daedalus_submit(b, DAEDALUS_CPU), -EINVAL);
    expect("unmap", daedalus_unmap(g), 0);
    expect("substrate", daedalus_submit(b, (DaedalusSubstrate) 3), -EINVAL);
    expect("submit", daedalus_submit(b, DAEDALUS_CPU), 0);
    expect("submit twice", daedalus_submit(b, DAEDALUS_CPU), -EBUSY);
    expect("add in flight", daedalus_vp9_mc(b, f, &g, 1, &mc, 1), -EBUSY);
    expect("wait", daedalus_wait(b), 0);
    expect("report", daedalus_report(b, &report), 0);
    if (report.jobs != 20 || report.ran != DAEDALUS_CPU) fail("%" PRIu64 " jobs", report.jobs);
    report.size = 8;
    expect("a report of another size", daedalus_report(b, &report), -EINVAL);
    expect("no device", (daedalus_vp9_mc(b, f, &g, 1, &mc, 1), daedalus_submit(b, DAEDALUS_QPU)), -ENODEV);
    expect("no device", daedalus_wait(b), -ENODEV);
    report.size = sizeof(report);
    daedalus_report(b, &report);
    if (!*report.why || report.result != -ENODEV) fail("no reason: %s", report.why);

    daedalus_frame_free(&f);
    daedalus_frame_free(&g);
    daedalus_frame_free(&other);
    daedalus_frame_free(&deep);
    daedalus_frame_free(&f440);
    daedalus_batch_free(&b);
    pic_free(&p);
    pic_free(&q);
    end();

    begin("opening");
    char why[200] = "";
    DaedalusContext *c;
    DaedalusSettings s = { .size = sizeof(s), .device = "no such device", .need_device = 1 };
    expect("a device that isn't there", daedalus_open(&c, &s, why, sizeof(why)), -ENODEV);
    if (c || !*why) fail("no reason");
    s.need_device = 0;
    expect("the CPU instead", daedalus_open(&c, &s, why, sizeof(why)), 0);
    int usable = 1;
    if (!c || !*daedalus_device(c, &usable) || usable) fail("has a device");
    daedalus_close(&c);
    s.size = 3;
    expect("settings of another size", daedalus_open(&c, &s, why, sizeof(why)), -EINVAL);
    expect("version", daedalus_api_version(), DAEDALUS_API_VERSION);
    char *list;
    if (daedalus_devices(&list) < 1) fail("no devices");
    free(list);
    end();
}

static void check_errors_sr(void) {
    begin("errors of av1 sr");
    DaedalusFrame *wide = NULL, *f = NULL;
    DaedalusBatch *b = NULL;
    const DaedalusFormat format = { sizeof(format), 64, 20, 10, DAEDALUS_420 };
    expect("alloc", daedalus_frame_alloc(without, &format, &wide), 0);
    expect("batch", daedalus_batch_open(without, &b), 0);
    static const struct { int width, height, depth, layout, res; } tries[] = {
        { 63, 20, 10, DAEDALUS_420, 0 }, { 32, 20, 10, DAEDALUS_420, 0 }, { 64, 20, 10, DAEDALUS_420, -EINVAL },
        { 65, 20, 10, DAEDALUS_420, -EINVAL }, { 31, 20, 10, DAEDALUS_420, -EINVAL }, { 60, 21, 10, DAEDALUS_420, -EINVAL },
        { 60, 19, 10, DAEDALUS_420, -EINVAL }, { 60, 20, 12, DAEDALUS_420, -EINVAL }, { 60, 20, 10, DAEDALUS_422, -EINVAL },
        { 60, 20, 10, DAEDALUS_440, -EINVAL }, { 60, 20, 10, DAEDALUS_400, -EINVAL },
    };
    for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
        const DaedalusFormat of = { sizeof(of), tries[i].width, tries[i].height, tries[i].depth,
                                    (enum DaedalusLayout) tries[i].layout };
        char what[80];
        snprintf(what, sizeof(what), "%dx%d, %d bits, layout %d", of.width, of.height, of.depth, (int) of.layout);
        expect("alloc", daedalus_frame_alloc(without, &of, &f), 0);
        expect(what, daedalus_av1_sr(b, f, wide), tries[i].res);
        daedalus_frame_free(&f);
    }
    DaedalusFormat of = { sizeof(of), 60, 20, 10, DAEDALUS_420 };
    expect("alloc elsewhere", daedalus_frame_alloc(with_device, &of, &f), 0);
    expect("another context's", daedalus_av1_sr(b, f, wide), -EINVAL);
    expect("to another context's", daedalus_av1_sr(b, wide, f), -EINVAL);
    expect("no source", daedalus_av1_sr(b, NULL, wide), -EINVAL);
    expect("no target", daedalus_av1_sr(b, wide, NULL), -EINVAL);
    daedalus_frame_free(&f);
    daedalus_frame_free(&wide);
    of.width = 15;
    expect("alloc", daedalus_frame_alloc(without, &of, &f), 0);
    of.width = 16;
    expect("alloc", daedalus_frame_alloc(without, &of, &wide), 0);
    expect("15 columns", daedalus_av1_sr(b, f, wide), -EINVAL);
    expect("submit", daedalus_submit(b, DAEDALUS_CPU), 0);
    expect("add in flight", daedalus_av1_sr(b, wide, wide), -EBUSY);
    expect("wait", daedalus_wait(b), 0);
    DaedalusReport report = { .size = sizeof(report) };
    expect("report", daedalus_report(b, &report), 0);
    if (report.jobs != 2) fail("%" PRIu64 " jobs", report.jobs);
    daedalus_frame_free(&f);
    daedalus_frame_free(&wide);
    daedalus_batch_free(&b);
    end();
}

static void check_errors_lr(void) {
    begin("errors of av1 lr");
    const DaedalusFormat format = { sizeof(format), 100, 60, 8, DAEDALUS_420 }, deep = { sizeof(deep), 100, 60, 10, DAEDALUS_420 };
    DaedalusFrame *src = NULL, *dbl = NULL, *dst = NULL, *other = NULL;
    DaedalusBatch *b = NULL;
    const DaedalusAv1LrUnit none[8] = { { .type = DAEDALUS_AV1_LR_NONE } };
    expect("alloc", daedalus_frame_alloc(without, &format, &src), 0);
    expect("alloc", daedalus_frame_alloc(without, &format, &dbl), 0);
    expect("alloc", daedalus_frame_alloc(without, &format, &dst), 0);
    expect("alloc", daedalus_frame_alloc(without, &deep, &other), 0);
    expect("batch", daedalus_batch_open(without, &b), 0);

#define SIZES(res, n, ...) expect("sizes " #__VA_ARGS__ ", units " #n, \
        daedalus_av1_lr(b, src, dbl, dst, none, n, (const uint8_t[3]) { __VA_ARGS__ }), res)
    SIZES(0, 6, 6, 5, 5);
    SIZES(0, 3, 7, 6, 8);
    SIZES(0, 2, 0, 0, 5);
    SIZES(0, 0, 0, 0, 0);
    SIZES(-EINVAL, 5, 6, 5, 5);
    SIZES(-EINVAL, 7, 6, 5, 5);
    SIZES(-EINVAL, 0, 6, 5, 5);
    SIZES(-EINVAL, 1, 0, 0, 0);
    SIZES(-EINVAL, 2, 5, 0, 0);
    SIZES(-EINVAL, 1, 9, 0, 0);
    SIZES(-EINVAL, 1, 0, 9, 0);
    SIZES(-EINVAL, 8, 0, 4, 0);
    SIZES(-EINVAL, 1, 255, 0, 0);
#undef SIZES
    const uint8_t size[3] = { 7, 0, 0 }; /* one unit */
    expect("in place", daedalus_av1_lr(b, src, dbl, src, none, 1, size), -EINVAL);
    expect("to what is around", daedalus_av1_lr(b, src, dbl, dbl, none, 1, size), -EINVAL);
    expect("one frame", daedalus_av1_lr(b, src, src, dst, none, 1, size), 0);
    expect("another depth", daedalus_av1_lr(b, src, other, dst, none, 1, size), -EINVAL);
    expect("another depth", daedalus_av1_lr(b, other, src, dst, none, 1, size), -EINVAL);
    expect("no frame", daedalus_av1_lr(b, src, NULL, dst, none, 1, size), -EINVAL);

#define UNIT(res, ...) do { \
        const DaedalusAv1LrUnit unit = { __VA_ARGS__ }; \
        expect("unit " #__VA_ARGS__, daedalus_av1_lr(b, src, dbl, dst, &unit, 1, size), res); \
    } while (0)
    UNIT(-EINVAL, .unused = 1);
    UNIT(-EINVAL, .type = 3);
    UNIT(0, .type = 0, .set = 99, .weights = { 127, 127 }, .filter_v = { 127, 127, 127 });
    UNIT(0, .type = 1, .set = 99, .filter_v = { -5, -23, -17 }, .filter_h = { 10, 8, 46 });
    UNIT(-EINVAL, .type = 1, .filter_v = { -6, 0, 0 });
    UNIT(-EINVAL, .type = 1, .filter_v = { 0, -24, 0 });
    UNIT(-EINVAL, .type = 1, .filter_v = { 0, 0, -18 });
    UNIT(-EINVAL, .type = 1, .filter_h = { 11, 0, 0 });
    UNIT(-EINVAL, .type = 1, .filter_h = { 0, 9, 0 });
    UNIT(-EINVAL, .type = 1, .filter_h = { 0, 0, 47 });
    UNIT(0, .type = 2, .set = 9, .weights = { -96, 95 }, .filter_v = { 127, 127, 127 });
    UNIT(0, .type = 2, .weights = { 31, -32 });
    UNIT(-EINVAL, .type = 2, .set = 16);
    UNIT(-EINVAL, .type = 2, .weights = { -97, 0 });
    UNIT(-EINVAL, .type = 2, .weights = { 32, 0 });
    UNIT(-EINVAL, .type = 2, .weights = { 0, -33 });
    UNIT(-EINVAL, .type = 2, .weights = { 0, 96 });
    UNIT(-EINVAL, .type = 2, .set = 13, .weights = { 1, 0 });
    UNIT(0, .type = 2, .set = 15, .weights = { 1, 127 });
#undef UNIT
    expect("submit", daedalus_submit(b, DAEDALUS_CPU), 0);
    expect("add in flight", daedalus_av1_lr(b, src, dbl, dst, none, 1, size), -EBUSY);
    expect("wait", daedalus_wait(b), 0);
    DaedalusReport report = { .size = sizeof(report) };
    expect("report", daedalus_report(b, &report), 0);
    if (report.jobs != 6 + 3 + 2 + 1 + 5) fail("%" PRIu64 " jobs", report.jobs);
    daedalus_frame_free(&src);
    daedalus_frame_free(&dbl);
    daedalus_frame_free(&dst);
    daedalus_frame_free(&other);
    daedalus_batch_free(&b);
    end();
}

/* ---- what the device can't do ---- */

/* More wrapped frames than a batch can bring back. */
static void check_fall_back(void) {
    enum { N = 17 };
    begin("fall back");
    Case c[N];
    DaedalusFrame *f[N] = { NULL };
    DaedalusBatch *b = NULL;
    DaedalusReport r = { .size = sizeof(r) };
    DaedalusCounts before = { .size = sizeof(before) }, after = before;
    Pic pic[N];
    daedalus_counts(with_device, &before);
    for (int i = 0; i < N; i++) {
        case_new(&c[i], LF, 70, 40, 8, DAEDALUS_420);
        pic_copy(&pic[i], &c[i].pic[0]);
        expect("wrap", daedalus_frame_wrap(with_device, &pic[i].format, &pic[i].planes, &f[i]), 0);
    }
    expect("open", daedalus_batch_open(with_device, &b), 0);
    for (int on = DAEDALUS_QPU; on <= (int) DAEDALUS_AUTO; on++) {
        const int res = on == DAEDALUS_QPU ? -ENOSPC : 0;
        for (int i = 0; i < N; i++) expect("add", add(b, &c[i], &f[i]), 0);
        expect("submit", daedalus_submit(b, (DaedalusSubstrate) on), res);
        expect("wait", daedalus_wait(b), res);
        expect("report", daedalus_report(b, &r), 0);
        if (r.result != res || r.fell_back != !res || !*r.why) fail("report: %d, %d, \"%s\"", r.result, r.fell_back, r.why);
        for (int i = 0; i < N; i++) pic_compare(res ? "failed" : "fell back", res ? &c[i].pic[0] : &c[i].want, &pic[i]);
    }
    daedalus_counts(with_device, &after);
    if (after.fell_back != before.fell_back + 1 || after.failed != before.failed + 1 || after.cpu != before.cpu + 1)
        fail("counts");
    daedalus_batch_free(&b);
    for (int i = 0; i < N; i++) {
        daedalus_frame_free(&f[i]);
        pic_free(&pic[i]);
        case_free(&c[i]);
    }
    end();
}

/* ---- frames that are not in one piece of device memory ---- */

static void check_pools(const enum Kind kind) {
    enum { BETWEEN = 9 };
    begin("two pools, %s", kind_names[kind]);
    Case c;
    DaedalusContext *ctx = NULL;
    Pic pic[MAX_PICS], out;
    DaedalusFrame *f[MAX_PICS] = { NULL }, *between[BETWEEN] = { NULL };
    DaedalusBatch *b = NULL;
    DaedalusMemory m = { 0 };
    expect("context", open_context(&ctx, device_name, 1), 0);
    case_new(&c, kind, 700, 700, 12, DAEDALUS_444);
    pic_copy(&out, &c.pic[0]);
    DaedalusAv1CdefSb *const none = calloc(11 * 11, sizeof(*none));
    expect("memory", daedalus_frame_memory(ctx, &c.pic[0].format, &m), 0);
    if (m.bytes * (BETWEEN + 1) < 32 << 20) fail("they fit in one");
    for (int i = 0; i < c.n_pics; i++) {
        pic_copy(&pic[i], &c.pic[i]);
        expect("frame", new_frame(ctx, OURS, &pic[i], &f[i]), 0);
    }
    expect("batch", daedalus_batch_open(ctx, &b), 0);
    for (int i = 0; i < BETWEEN; i++) { /* each gets its memory when it is used */
        expect("alloc", daedalus_frame_alloc(ctx, &c.pic[0].format, &between[i]), 0);
        expect("copy", daedalus_av1_cdef(b, i ? between[i - 1] : f[0], between[i], none, 11 * 11, 3), 0);
    }
    expect("submit", daedalus_submit(b, DAEDALUS_QPU), 0);
    expect("wait", daedalus_wait(b), 0);
    expect("add", add(b, &c, f), 0);
    expect("submit", daedalus_submit(b, DAEDALUS_QPU), 0);
    expect("wait", daedalus_wait(b), 0);
    if (!failed) {
        read_frame(f[0], &out);
        pic_compare("predicted", &c.want, &out);
        read_frame(between[BETWEEN - 1], &out);
        pic_compare("copied", &c.pic[0], &out);
    }
    daedalus_batch_free(&b);
    for (int i = 0; i < BETWEEN; i++) daedalus_frame_free(&between[i]);
    for (int i = 0; i < c.n_pics; i++) {
        daedalus_frame_free(&f[i]);
        pic_free(&pic[i]);
    }
    free(none);
    pic_free(&out);
    case_free(&c);
    daedalus_close(&ctx);
    end();
}

/* ---- threads ---- */

typedef struct Thread {
    pthread_t thread;
    DaedalusContext *ctx;
    uint64_t n;
    int own, cases;
} Thread;


static void *thread_main(void *const arg) {
    const Thread *const t = arg;
    DaedalusContext *ctx = t->ctx;
    start_random(1000 + t->n);
    begin("thread %" PRIu64, t->n);
    if (t->own && open_context(&ctx, device_name, 1)) {
        fail("no context");
        end();
        return NULL;
    }
    check_chain(ctx, t->cases, 1);
    if (t->own) daedalus_close(&ctx);
    return NULL;
}

static void check_threads(const int cases) {
    for (int own = 0; own < 2; own++) {
        Thread t[2];
        for (int i = 0; i < 2; i++) {
            t[i] = (Thread) { .ctx = with_device, .n = (uint64_t) (own * 2 + i), .own = own, .cases = cases };
            if (pthread_create(&t[i].thread, NULL, thread_main, &t[i])) abort();
        }
        for (int i = 0; i < 2; i++) pthread_join(t[i].thread, NULL);
    }
}

/* ---- injected faults: DAEDALUS_FAULT is set, in a build that obeys it ---- */

static void check_faults(void) {
    /* the library's frames are memory of the driver's, wherever they are used */
    const char *const fault = getenv("DAEDALUS_FAULT");
    const int no_memory = fault && strstr(fault, "alloc");
    faulty = 1;
    for (int k = 0; k < N_KINDS * 4; k++) {
        Case c;
        begin("%s with a fault", kind_names[k % N_KINDS]);
        case_new(&c, (enum Kind) (k % N_KINDS), range(30, 100), range(30, 100), 8 + range(0, 2) * 2, DAEDALUS_420);
        run(&c, with_device, DAEDALUS_AUTO, DAEDALUS_CPU, no_memory ? WRAPPED : (enum Memory) range(WRAPPED, FILE_BACKED));
        case_free(&c);
        end();
    }
    begin("faults");
    int usable;
    daedalus_device(with_device, &usable);
    DaedalusCounts counts = { .size = sizeof(counts) };
    daedalus_counts(with_device, &counts);
    if (!(n_fell_back + n_retried) || counts.fell_back != (uint64_t) n_fell_back || counts.failed) fail("%d fell back", n_fell_back);
    if (n_lost > 1) fail("%d frames were lost", n_lost);
    if (n_log_lines != !usable) fail("%d lines in the log, usable %d", n_log_lines, usable);
    end();
}

/* ---- main ---- */

static void usage(const char *const app) {
    printf("Usage: %s [options]\n"
           " --seed N     repeat a run (default: from the clock)\n"
           " --device D   index or part of the name (default: DAEDALUS_DEVICE or the best)\n"
           " --quick      fewer cases\n"
           " --faults     only what DAEDALUS_FAULT makes fail, in a build with -Dfaults=true\n", app);
}

int main(const int argc, char **const argv) {
    int quick = 0, faults = 0;
    seed = (uint64_t) time(NULL);
    device_name = getenv("DAEDALUS_DEVICE");
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--seed") && i + 1 < argc) seed = strtoull(argv[++i], NULL, 0);
        else if (!strcmp(argv[i], "--device") && i + 1 < argc) device_name = argv[++i];
        else if (!strcmp(argv[i], "--quick")) quick = 1;
        else if (!strcmp(argv[i], "--faults")) faults = 1;
        else {
            usage(argv[0]);
            return strcmp(argv[i], "--help") ? 2 : 0;
        }
    }
    if (device_name && !*device_name) device_name = NULL;
    start_random(0);
    ref_init();
    if (open_context(&with_device, device_name, 1) || open_context(&without, "none", 1)) return 1;
    printf("%s, seed %" PRIu64 "\n", daedalus_device(with_device, NULL), seed);
    if (faults) {
        check_faults();
    } else {
        const int dmabuf = new_dmabuf(4096);
        if (dmabuf >= 0) {
            close(dmabuf);
        } else {
            printf("skipped: dma-bufs, as there is neither /dev/dma_heap/system nor /dev/udmabuf to make one from\n");
            n_skipped++;
        }
        check_errors();
        check_errors_sr();
        check_errors_lr();
        check_pools(MC);
        check_pools(MC_AV1);
        check_kinds(quick ? 1 : 8, dmabuf >= 0);
        check_chain(without, quick ? 3 : 10, 0);
        check_chain(with_device, quick ? 10 : 60, 1);
        check_fall_back();
        check_recipes();
        check_threads(quick ? 4 : 20);
    }
    daedalus_close(&with_device);
    daedalus_close(&without);
    printf("%d passed, %d failed%s", n_passed, n_failed, n_skipped ? ", 1 skipped\n" : "\n");
    return n_failed || !n_passed;
}
