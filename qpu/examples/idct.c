/* A frame's worth of VP9's 8x8 inverse transforms in one batch, as a decoder would hand it over that
 * has its own entropy decoder: on the CPU, on the device, and as the library chooses. Prints who did it
 * and how long it took, and fails if the pictures are not the same.
 *
 *     cc idct.c -o idct $(pkg-config --cflags --libs daedalus)
 *     ./idct [device]        a part of its name; "list" prints them */

#include <daedalus.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WIDTH  1920
#define HEIGHT 1080
#define BLOCKS (WIDTH / 8 * (HEIGHT / 8))
#define RUNS   8 /* the best one counts: the first has to build kernels */

static DaedalusVp9Itx jobs[BLOCKS];
static int32_t coefs[BLOCKS * 64];

/* A few coefficients of low frequencies in each block. */
static void make_jobs(void) {
    for (unsigned i = 0; i < BLOCKS; i++) {
        jobs[i] = (DaedalusVp9Itx) {
            .x = (uint16_t) (i % (WIDTH / 8) * 8),
            .y = (uint16_t) (i / (WIDTH / 8) * 8),
            .tx = DAEDALUS_VP9_8X8,
            .type = DAEDALUS_VP9_DCT_DCT,
            .coefs = i * 64, /* eob is 0: the library looks */
        };
        for (int k = 0; k < 6; k++)
            coefs[i * 64 + (unsigned) rand() % 4 * 8 + (unsigned) rand() % 4] = rand() % 200 - 100;
    }
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e3 + (double) t.tv_nsec / 1e6;
}

static void fill(const DaedalusPlanes *const planes) {
    for (int y = 0; y < HEIGHT; y++) memset((uint8_t *) planes->data[0] + y * planes->stride[0], 128, WIDTH);
}

/* Adds the residuals to a grey picture. sum: of its pixels, so that pictures can be compared. */
static int run(DaedalusContext *const ctx, const DaedalusSubstrate substrate, uint32_t *const sum) {
    static const char *const names[] = { "CPU", "device", "auto" };
    const DaedalusFormat format = {
        .size = sizeof(format), .width = WIDTH, .height = HEIGHT, .depth = 8, .layout = DAEDALUS_400,
    };
    DaedalusReport report = { .size = sizeof(report) };
    DaedalusFrame *frame = NULL;
    DaedalusBatch *batch = NULL;
    DaedalusPlanes planes;
    double best = 1e9;
    int res;

    /* the library's memory: the device keeps the frame, and only what we look at is copied */
    if ((res = daedalus_frame_alloc(ctx, &format, &frame)) || (res = daedalus_batch_open(ctx, &batch))) goto error;
    for (int i = 0; i < RUNS; i++) {
        if ((res = daedalus_map(frame, DAEDALUS_WRITE, &planes))) goto error;
        fill(&planes);
        if ((res = daedalus_unmap(frame))) goto error;

        const double start = now();
        if ((res = daedalus_vp9_itx(batch, frame, jobs, BLOCKS, coefs, BLOCKS * 64)) ||
            (res = daedalus_submit(batch, substrate))) goto error;
        /* here the next frame's entropy decoding would go on */
        if ((res = daedalus_wait(batch))) goto error;
        const double ms = now() - start;
        if (ms < best) best = ms;
    }
    if ((res = daedalus_report(batch, &report)) || (res = daedalus_map(frame, DAEDALUS_READ, &planes))) goto error;
    *sum = 0;
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++)
            *sum = *sum * 31 + ((const uint8_t *) planes.data[0])[y * planes.stride[0] + x];
    daedalus_unmap(frame);
    printf("%-6s %5.2f ms, by the %s%s%s\n", names[substrate], best, names[report.ran],
           *report.why ? ": " : "", report.why);

error:
    if (res) {
        /* a batch that failed says why */
        const int explained = batch && !daedalus_report(batch, &report) && *report.why;
        fprintf(stderr, "%s: %s\n", names[substrate], explained ? report.why : strerror(-res));
    }
    daedalus_batch_free(&batch);
    daedalus_frame_free(&frame);
    return res;
}

static void log_line(void *const opaque, const char *const line) {
    (void) opaque;
    fprintf(stderr, "daedalus: %s\n", line);
}

int main(const int argc, char **const argv) {
    const DaedalusSettings settings = {
        .size = sizeof(settings),
        .device = argc > 1 ? argv[1] : NULL,
        .cpu_devices = 1, /* a player would not */
        .log = log_line,
    };
    DaedalusContext *ctx;
    uint32_t sums[3];
    char why[200];
    int usable, failed = 0;

    if (argc > 1 && !strcmp(argv[1], "list")) {
        char *text = NULL;
        const int n = daedalus_devices(&text);
        printf("%s\n", text ? text : "");
        free(text);
        return n < 0;
    }
    if (daedalus_open(&ctx, &settings, why, sizeof(why))) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    printf("%s\n%d blocks\n", daedalus_device(ctx, &usable), BLOCKS);
    make_jobs();
    for (int i = DAEDALUS_CPU; i <= (int) DAEDALUS_AUTO; i++) {
        sums[i] = 0;
        if (i == DAEDALUS_QPU && !usable) {
            sums[i] = sums[DAEDALUS_CPU];
            continue;
        }
        failed |= !!run(ctx, (DaedalusSubstrate) i, &sums[i]);
    }
    daedalus_close(&ctx);
    if (!failed && (sums[0] != sums[1] || sums[0] != sums[2])) {
        fprintf(stderr, "the pictures differ\n");
        failed = 1;
    }
    return failed;
}
