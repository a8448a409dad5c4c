/* What qpubench measures of a kernel: a batch of a frame's size, made of random
 * input, that the device and upstream's functions both work through. A family of
 * kernels is a table of these (BENCHES), ended by one without a name.
 *
 * make() is called by one thread. launch() and cpu() don't change the case: any
 * number of threads may call cpu() at the same time, each with its own out. */

#ifndef QPU_TOOLS_BENCH_H
#define QPU_TOOLS_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "check_data.h"
#include "qpu.h"

/* What pixels (and coefficients) are like. */
enum BenchData {
    BENCH_EXTREME, /* smallest and largest values */
    BENCH_NOISE,   /* anything */
    BENCH_NATURAL, /* areas of all kinds, mostly smooth: what is timed */
    BENCH_N_DATA
};

enum BenchCpu { BENCH_C, BENCH_SIMD, BENCH_N_CPU };

typedef struct BenchCase BenchCase;

typedef struct Bench {
    const char *name;
    const char *unit;    /* what a job is: "block", "edge" (of 4 pixels), "row" */
    enum QpuStage stage;
    int in_place;        /* reads the frame that it writes */
    int arg[3];          /* the family's own */
    int rough;           /* the first so many of enum BenchData: input that no encoder makes, for
                          * which upstream's SIMD and C need not agree */
    /* Lays out the frames, fills them, and makes the jobs, by the calls below. 0 or
     * a negative errno. */
    int (*make)(BenchCase *c);
    /* All of it into the batch. 0 or a negative errno. */
    int (*launch)(const BenchCase *c, QpuBatch *b);
    /* The same by upstream's functions, into out, which is a copy of frame 0's range
     * as the device finds it. */
    void (*cpu)(const BenchCase *c, uint8_t *out, enum BenchCpu how);
} Bench;

#define BENCH_MAX_FRAMES 4
#define BENCH_MAX_INPUTS 8

struct BenchCase {
    const Bench *bench;
    QpuContext *ctx;
    int w, h, bpc;                   /* of the luma plane */
    enum BenchData data;

    /* set by make(), by way of the calls below */
    QpuFrame frame[BENCH_MAX_FRAMES]; /* 0 is written */
    uint8_t *pixels[BENCH_MAX_FRAMES]; /* their ranges, at first, in the CPU's memory */
    int n_frames;
    QpuRange input[BENCH_MAX_INPUTS]; /* in device memory */
    uint64_t jobs, out_pixels;        /* of a launch */
    void *own;                        /* of malloc() */
    void (*free_own)(void *own);      /* NULL: free() */

    /* case.c's */
    QpuPool *pool;
    QpuRange pristine; /* frame 0 as it was */
};

/* Bytes before and after a frame's memory that upstream's functions may read. */
#define BENCH_SLACK 4096

/* ---- for make() ---- */

/* The next frame, one plane, filled as c->data says. bpc 16: a residual's. */
int bench_frame(BenchCase *c, int w, int h, int bpc);
/* Pixel (0, 0) of a frame, and its stride in bytes. */
uint8_t *bench_pixels(const BenchCase *c, int frame, ptrdiff_t *stride);
/* The same in out. */
uint8_t *bench_out(const BenchCase *c, uint8_t *out, ptrdiff_t *stride);
/* Input i: a copy of data in device memory. */
int bench_input(BenchCase *c, int i, const void *data, size_t size);

/* ---- for the program ---- */

/* A case with random input from check_rand(); NULL: no memory, or the device has
 * none (*res: the errno). */
BenchCase *bench_open(QpuContext *ctx, const Bench *bench, int w, int h, int bpc,
                      enum BenchData data, int *res);
void bench_close(BenchCase **c);

/* Memory for cpu()'s out, filled as the device finds frame 0. NULL: no memory. */
uint8_t *bench_new_out(const BenchCase *c);
void bench_reset_out(const BenchCase *c, uint8_t *out);
void bench_free_out(uint8_t *out);

/* Launches n times (each time frame 0 is as it was), waits. ns: of the launches
 * alone by the device's clock, 0 without one; wall: of submit and wait. out: NULL,
 * or gets a copy of frame 0's range. */
typedef struct BenchRun {
    uint64_t ns, wall;
    uint32_t dispatches; /* of one launch */
} BenchRun;
int bench_run(const BenchCase *c, QpuBatch *b, int n, BenchRun *run, uint8_t *out);

/* As many copies of frame 0 as it was, and nothing else. */
int bench_copies(const BenchCase *c, QpuBatch *b, int n, uint64_t *wall);
/* The kernels that the batch has launched since its begin, each once; their number. */
int bench_kernels(const QpuBatch *b, const char **names, int max);

/* Where outputs differ first, or 0. */
typedef struct BenchDiff {
    int x, y;
    unsigned got, wanted;
} BenchDiff;
int bench_compare(const BenchCase *c, uint8_t *got, uint8_t *wanted, BenchDiff *diff);

/* ---- the families ---- */

#define BENCH_FAMILIES_AV1(F) \
    F(av1_mc) \
    F(av1_itx) \
    F(av1_ipred) \
    F(av1_lf) \
    F(av1_cdef) \
    F(av1_lr) \
    F(av1_fg)
#define BENCH_FAMILIES_VP9(F) \
    F(vp9_mc) \
    F(vp9_itx) \
    F(vp9_ipred) \
    F(vp9_lf)
#define BENCH_DECLARE(f) extern const Bench bench_##f##_8[], bench_##f##_16[];
BENCH_FAMILIES_AV1(BENCH_DECLARE)
BENCH_FAMILIES_VP9(BENCH_DECLARE)

#define BENCHES__(f, bits) bench_##f##_##bits
#define BENCHES_(f, bits) BENCHES__(f, bits)
#define BENCHES(f) const Bench BENCHES_(f, BITDEPTH)[]

#endif /* QPU_TOOLS_BENCH_H */
