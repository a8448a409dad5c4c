/* What a decoder counts, and the JSON of it. docs/design.md says what each key
 * means: they are a contract with scripts and people. */

#ifndef QPU_SESSION_STATS_H
#define QPU_SESSION_STATS_H

#include <pthread.h>

#include "qpu.h"
#include "session/mode.h"

typedef struct QpuStats {
    pthread_mutex_t lock; /* owns what follows */
    uint64_t frames, qpu_frames, cpu_frames, submits, dispatches;
    uint64_t max_dispatches, upload_bytes, download_bytes, wait_ns;
    struct {
        uint64_t dispatches, jobs, groups, pixels_qpu, pixels_cpu, gpu_ns;
    } stage[QPU_N_STAGES];
} QpuStats;

int qpu_stats_init(QpuStats *s); /* 0 or a negative errno */
void qpu_stats_destroy(QpuStats *s);

/* What a batch did, after its wait; is_frame: that was a frame of the device's. */
void qpu_stats_batch(QpuStats *s, const QpuBatch *b, const uint64_t jobs[QPU_N_STAGES],
                     const uint64_t pixels[QPU_N_STAGES], int is_frame);
/* A frame that the device had no part in, on purpose (idle) or not. */
void qpu_stats_cpu_frame(QpuStats *s, int idle);
/* Pixels of a stage that the CPU made, whoever's frame it is. */
void qpu_stats_cpu_pixels(QpuStats *s, enum QpuStage stage, uint64_t pixels);
void qpu_stats_wait(QpuStats *s, uint64_t ns);
uint64_t qpu_stats_waited(QpuStats *s); /* ns so far */

/* path "-": to stderr. fallback: why the CPU did the device's work, or NULL.
 * ctx may be NULL. Returns 0 or a negative errno. */
int qpu_stats_write(QpuStats *s, const char *path, QpuContext *ctx, const QpuMode *mode,
                    const char *fallback);

uint64_t qpu_now_ns(void); /* monotonic */

#endif /* QPU_SESSION_STATS_H */
