/* What the parts of qpubench share: options, and results, which the report is made of. */

#ifndef QPU_TOOLS_QPUBENCH_H
#define QPU_TOOLS_QPUBENCH_H

#include <stdint.h>
#include <stdio.h>

#include "bench.h"

typedef struct Options {
    int quick, w, h;
    uint64_t seed;
    const char *device;   /* as in QpuContextParams */
    const char *filter;   /* only rows whose "codec name bits" has this part; or NULL */
    int min_jobs;         /* of M1 */
    uint64_t budget_ns;   /* that a measurement goes on for */
    int reps;             /* of clips */
    const char *dav1d, *vpxdec, *stock_dav1d, *stock_vpxdec; /* NULL: not there */
    const char *const *clips;
    int n_clips;
    const char *spoil;    /* builds with faults: a row whose result is damaged on purpose */
} Options;

/* One line about what is going on, to stderr. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- M1 to M3: kernels ---- */

#define MAX_ROW_KERNELS 6

typedef struct Row {
    const char *codec;
    const Bench *bench;
    int bits;
    const char *kernels[MAX_ROW_KERNELS]; /* that it launched; NULL: no more */
    char why[192];           /* why the row is void; "": it isn't */
    uint64_t checked;        /* M1: jobs whose results were compared */
    int effective;           /* upstream's output was not its input, at least once */
    int simd_differs;        /* upstream's SIMD and C did, on input where they may */
    double ms, simd_ms;      /* M2, M3: a frame */
    int device_clock;        /* M2 is by that */
    uint64_t jobs, pixels;   /* of a frame */
    uint32_t dispatches;
    double ratio;            /* M2 / M3 */
} Row;

typedef struct Rows {
    Row *row;
    int n;
    const char **unmeasured; /* kernels that no row has launched */
    int n_unmeasured, n_kernels;
} Rows;

/* Measures all rows. Returns 0, or a negative errno when nothing can be measured. */
int measure_kernels(QpuContext *ctx, const Options *o, Rows *rows);
void free_rows(Rows *rows);
const char *band_name(double ratio);

/* ---- M4: the CPU and the device at once ---- */

typedef struct Mixed {
    const Row *cpu, *device; /* what each works on */
    int threads;
    char why[192];
    double alone;            /* the CPU's speed alone, in threads' worth of its own */
    double cpu_part, device_part; /* with the device: the CPU's, and the device's in
                                   * threads' worth of upstream's SIMD for its kernel */
} Mixed;

typedef struct MixedRows {
    Mixed *row;
    int n;
} MixedRows;

int measure_mixed(QpuContext *ctx, const Options *o, const Rows *rows, MixedRows *mixed);

/* ---- M5: costs ---- */

#define MAX_MEMORY_TYPES 32

typedef struct Costs {
    char why[192];
    double open_ms, open_cpu_ms;      /* loading the driver, opening the device; without kernels */
    double submit_us, submit_cpu_us;  /* an empty batch until its end is seen; CPU time of it */
    double dispatch_us;               /* with one dispatch of a workgroup, more than that */
    double further_us;                /* each further dispatch, each waits for the one before */
    double wake_us;                   /* a sleeping wait, more than asking all the time;
                                       * below 0: asking took longer */
    double upload_mb_s, download_mb_s, copy_mb_s; /* the engine's own way; on the device */
    struct {
        unsigned index;
        unsigned flags;               /* VkMemoryPropertyFlags */
        double write_mb_s, read_mb_s; /* by the CPU */
    } memory[MAX_MEMORY_TYPES];
    int n_memory;
} Costs;

/* qpu_context_open(), timed: the first call in a process, and *costs is zeroed but for that. */
int open_timed(QpuContext **ctx, const QpuContextParams *params, char *why, size_t size, Costs *costs);

/* All but that. */
void measure_costs(QpuContext *ctx, const Options *o, Costs *costs);

/* ---- clips ---- */

#define MAX_MODES 8
/* Ends a mode of vpxdec in which pictures are handed out one call late, which players
 * have to ask for. */
#define LATE ", delay 1"

typedef struct ClipRun {
    char mode[64];      /* of --qpu, perhaps with LATE; or "stock" */
    char why[192];
    double wall, cpu;   /* seconds, medians */
    double wait_ms;     /* below 0: not known */
} ClipRun;

typedef struct Clip {
    const char *path, *codec;
    char why[192];      /* why it can't be measured */
    int w, h, bits, frames, threads;
    double cpu_1;       /* seconds of upstream's CPU time with one thread; 0: not measured */
    ClipRun run[MAX_MODES]; /* upstream's decoder first: stock's if given, then --qpu=off */
    int n_runs;
} Clip;

/* What others are compared with; NULL: it is void. */
const ClipRun *upstream_run(const Clip *c);

/* o->clips; one_thread: cpu_1, too. */
int measure_clips(const Options *o, int one_thread, Clip **clips);

/* ---- what it ran on ---- */

typedef struct Host {
    char cpu[128], system[256];
    int cores;
    struct Sample {
        double celsius, mhz, gpu_mhz; /* below 0: not shown */
        char throttled[32];           /* vcgencmd's word; "": not shown */
    } begin, end;
} Host;

void host_describe(Host *host);
void host_sample(struct Sample *s);

/* ---- output ---- */

typedef struct Report {
    const Options *options;
    const QpuDeviceInfo *device;
    char date[32];
    Host host;
    Rows rows;
    MixedRows mixed;
    Costs costs;
    int has_kernels; /* rows, mixed and costs were asked for */
    const Clip *clips;
    int n_clips;
} Report;

int report_is_clean(const Report *r); /* no row is void */
int report_json(const Report *r, const char *path);
int report_markdown(const Report *r, const char *path);

/* Whether tune() can go into that file: what is there is a recipe, or nothing is. Makes its
 * folders. 0, or a negative errno (-EINVAL: and has said why). */
int tune_check(const char *path, const QpuDeviceInfo *device);
/* Writes this device's entry of the recipe, goal "cpu" or "fps", from the clips. */
int tune(const char *path, const char *goal, const QpuDeviceInfo *device, const Clip *clips, int n);

#endif /* QPU_TOOLS_QPUBENCH_H */
