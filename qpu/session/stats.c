#include "session/stats.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "session/json.h"

uint64_t qpu_now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return 1000000000ULL * (uint64_t) ts.tv_sec + (uint64_t) ts.tv_nsec;
}

int qpu_stats_init(QpuStats *const s) {
    memset(s, 0, sizeof(*s));
    return -pthread_mutex_init(&s->lock, NULL);
}

void qpu_stats_destroy(QpuStats *const s) {
    pthread_mutex_destroy(&s->lock);
}

void qpu_stats_batch(QpuStats *const s, const QpuBatch *const b, const uint64_t jobs[QPU_N_STAGES],
                     const uint64_t pixels[QPU_N_STAGES], const int is_frame)
{
    QpuBatchStats st;
    qpu_batch_stats(b, &st);
    pthread_mutex_lock(&s->lock);
    s->frames += !!is_frame;
    s->qpu_frames += !!is_frame;
    s->submits++;
    s->dispatches += st.dispatches;
    if (st.dispatches > s->max_dispatches) s->max_dispatches = st.dispatches;
    s->upload_bytes += st.upload_bytes;
    s->download_bytes += st.download_bytes;
    for (int i = 0; i < QPU_N_STAGES; i++) {
        s->stage[i].dispatches += st.stage[i].dispatches;
        s->stage[i].groups += st.stage[i].groups;
        s->stage[i].gpu_ns += st.stage[i].gpu_ns;
        s->stage[i].jobs += jobs[i];
        s->stage[i].pixels_qpu += pixels[i];
    }
    pthread_mutex_unlock(&s->lock);
}

void qpu_stats_cpu_frame(QpuStats *const s, const int idle) {
    pthread_mutex_lock(&s->lock);
    s->frames++;
    if (idle) s->qpu_frames++;
    else s->cpu_frames++;
    pthread_mutex_unlock(&s->lock);
}

void qpu_stats_cpu_pixels(QpuStats *const s, const enum QpuStage stage, const uint64_t pixels) {
    pthread_mutex_lock(&s->lock);
    s->stage[stage].pixels_cpu += pixels;
    pthread_mutex_unlock(&s->lock);
}

void qpu_stats_wait(QpuStats *const s, const uint64_t ns) {
    pthread_mutex_lock(&s->lock);
    s->wait_ns += ns;
    pthread_mutex_unlock(&s->lock);
}

uint64_t qpu_stats_waited(QpuStats *const s) {
    pthread_mutex_lock(&s->lock);
    const uint64_t ns = s->wait_ns;
    pthread_mutex_unlock(&s->lock);
    return ns;
}

static void write_numbers(FILE *const out, const QpuStats *const s, const uint64_t peak, const int timestamps) {
#define NUMBER(name, value) fprintf(out, ",\n \"" name "\": %" PRIu64, (uint64_t) (value))
    NUMBER("frames", s->frames);
    NUMBER("qpu_frames", s->qpu_frames);
    NUMBER("cpu_frames", s->cpu_frames);
    NUMBER("submits", s->submits);
    NUMBER("dispatches", s->dispatches);
    NUMBER("max_dispatches_per_frame", s->max_dispatches);
    NUMBER("upload_bytes", s->upload_bytes);
    NUMBER("download_bytes", s->download_bytes);
    NUMBER("peak_device_bytes", peak);
#undef NUMBER
    fprintf(out, ",\n \"wait_ms\": %.3f,\n \"stages\": {", (double) s->wait_ns * 1e-6);
    for (int i = 0; i < QPU_N_STAGES; i++) {
        fprintf(out, "%s\n  \"%s\": {\"dispatches\": %" PRIu64 ", \"jobs\": %" PRIu64
                ", \"groups\": %" PRIu64 ", \"pixels_qpu\": %" PRIu64 ", \"pixels_cpu\": %" PRIu64,
                i ? "," : "", qpu_stage_names[i], s->stage[i].dispatches, s->stage[i].jobs,
                s->stage[i].groups, s->stage[i].pixels_qpu, s->stage[i].pixels_cpu);
        if (timestamps) fprintf(out, ", \"gpu_ms\": %.3f}", (double) s->stage[i].gpu_ns * 1e-6);
        else fputs(", \"gpu_ms\": null}", out); /* the device can't tell */
    }
    fputs("\n }}\n", out);
}

int qpu_stats_write(QpuStats *const s, const char *const path, QpuContext *const ctx,
                    const QpuMode *const mode, const char *const fallback)
{
    FILE *const out = strcmp(path, "-") ? fopen(path, "w") : stderr;
    if (!out) return -errno;
    const QpuDeviceInfo *const info = ctx ? qpu_context_info(ctx) : NULL;
    uint64_t now, peak = 0;
    if (ctx) qpu_context_memory(ctx, &now, &peak);
    char name[64];
    qpu_mode_name(mode, name, sizeof(name));

    fputs("{\"device\": ", out);
    qpu_json_write_string(out, info ? info->name : NULL);
    fputs(", \"driver\": ", out);
    qpu_json_write_string(out, info ? info->driver : NULL);
    fputs(", \"mode\": ", out);
    qpu_json_write_string(out, name);
    fputs(", \"fallback\": ", out);
    qpu_json_write_string(out, fallback);
    pthread_mutex_lock(&s->lock);
    write_numbers(out, s, peak, info && info->timestamps);
    pthread_mutex_unlock(&s->lock);
    const int failed = ferror(out);
    if (out != stderr && fclose(out)) return -EIO;
    return failed ? -EIO : 0;
}
