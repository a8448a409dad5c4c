#include "checkqpu.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DECLARE(f) void checkqpu_##f##_8bpc(void); void checkqpu_##f##_16bpc(void);
#define ROW(f) { #f "_8", checkqpu_##f##_8bpc }, { #f "_16", checkqpu_##f##_16bpc },
#include FAMILIES_H
FAMILIES(DECLARE)
static const struct {
    const char *name;
    void (*run)(void);
} families[] = {
    FAMILIES(ROW)
    MORE_FAMILIES
};

QpuContext *check_ctx;
QpuBatch *check_batch;
int check_quick;

static uint64_t seed;
static char name[256];
static int case_failed, n_passed, n_failed;

void check_begin(const char *const format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(name, sizeof(name), format, ap);
    va_end(ap);
    case_failed = 0;
}

void check_fail(const char *const format, ...) {
    if (case_failed) return;
    case_failed = 1;
    fprintf(stderr, "FAIL %s (--seed %" PRIu64 "): ", name, seed);
    va_list ap;
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
}

int check_end(void) {
    if (case_failed) n_failed++;
    else n_passed++;
    return !case_failed;
}

int check_frame(QpuFrame *const f, const int w, const int h, const int bpc,
                const int n_planes, const int ss_hor, const int ss_ver,
                uint8_t **const copy)
{
    *copy = NULL;
    int res = qpu_frame_layout(check_ctx, f, w, h, bpc, n_planes, ss_hor, ss_ver);
    if (res) return res;
    uint8_t *const dst = qpu_batch_upload(check_batch, f->range.size, &f->range);
    if (!dst) return -ENOMEM;
    uint8_t *const buf = *copy = malloc(f->range.size);
    if (!buf) return -ENOMEM;
    if (bpc == 8) {
        for (uint32_t i = 0; i < f->range.size / 4; i++)
            ((uint32_t *) buf)[i] = check_rand();
    } else {
        const uint32_t mask = ((1U << bpc) - 1) * 0x10001U;
        for (uint32_t i = 0; i < f->range.size / 4; i++)
            ((uint32_t *) buf)[i] = check_rand() & mask;
    }
    memcpy(dst, buf, f->range.size);
    return 0;
}

int check_pixels(const char *const what,
                 const uint8_t *ref, const ptrdiff_t ref_stride,
                 const uint8_t *out, const ptrdiff_t out_stride,
                 const int w, const int h, const int bytes_pp)
{
    for (int y = 0; y < h; y++, ref += ref_stride, out += out_stride) {
        if (!memcmp(ref, out, (size_t) w * bytes_pp)) continue;
        for (int x = 0; x < w; x++) {
            unsigned r = 0, o = 0;
            memcpy(&r, ref + x * bytes_pp, bytes_pp);
            memcpy(&o, out + x * bytes_pp, bytes_pp);
            if (r == o) continue;
            check_fail("%s differs first at (%d, %d) of %dx%d: %u, should be %u",
                       what, x, y, w, h, o, r);
            return -1;
        }
    }
    return 0;
}

int check_run(void) {
    int res = qpu_batch_submit(check_batch);
    if (!res) res = qpu_batch_wait(check_batch);
    if (res) {
        char why[160];
        qpu_context_error(check_ctx, why, sizeof(why));
        check_fail("the device did not run the batch: %s (%s)", strerror(-res), why);
    }
    return res;
}

static void usage(const char *const app) {
    printf("Usage: %s [options] [family...]\n"
           " --seed N     repeat a run (default: from the clock)\n"
           " --device D   index or part of the name (default: DAEDALUS_DEVICE or the best)\n"
           " --quick      fewer cases\n"
           " --list       print the families\n", app);
}

int main(const int argc, char **const argv) {
    const char *device = getenv("DAEDALUS_DEVICE");
    const char *wanted[64];
    int n_wanted = 0;

    seed = (uint64_t) time(NULL);
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--seed") && i + 1 < argc) seed = strtoull(argv[++i], NULL, 0);
        else if (!strcmp(argv[i], "--device") && i + 1 < argc) device = argv[++i];
        else if (!strcmp(argv[i], "--quick")) check_quick = 1;
        else if (!strcmp(argv[i], "--list")) {
            for (size_t n = 0; n < sizeof(families) / sizeof(*families); n++)
                printf("%s\n", families[n].name);
            return 0;
        } else if (argv[i][0] != '-' && n_wanted < 64) wanted[n_wanted++] = argv[i];
        else {
            usage(argv[0]);
            return strcmp(argv[i], "--help") ? 2 : 0;
        }
    }

    char why[512];
    const QpuContextParams params = {
        .device = device && *device ? device : NULL,
        .allow_cpu = 1,
        .pipeline_cache = "",
    };
    if (qpu_context_open(&check_ctx, &params, why, sizeof(why))) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    if (qpu_batch_open(check_ctx, &check_batch)) {
        fprintf(stderr, "no batch\n");
        return 1;
    }
    printf("%s, %s, seed %" PRIu64 "\n", qpu_context_info(check_ctx)->name,
           qpu_context_info(check_ctx)->driver, seed);

    for (size_t n = 0; n < sizeof(families) / sizeof(*families); n++) {
        int run = !n_wanted;
        for (int i = 0; i < n_wanted; i++)
            run |= !strcmp(wanted[i], families[n].name);
        if (!run) continue;
        const int passed = n_passed, failed = n_failed;
        /* a family alone sees the same numbers as in a full run */
        check_seed(seed, (unsigned) n);
        families[n].run();
        printf("%-12s %d passed, %d failed cases\n", families[n].name,
               n_passed - passed, n_failed - failed);
    }
    qpu_batch_close(&check_batch);
    qpu_context_close(&check_ctx);
    printf("%d passed, %d failed\n", n_passed, n_failed);
    return n_failed || !n_passed;
}
