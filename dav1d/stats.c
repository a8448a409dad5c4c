/* The statistics as JSON. The keys are a contract with scripts and people:
 * docs/design.md says what each counts. */

#include "config.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/qpu/decoder.h"

static void write_string(FILE *const out, const char *s) {
    if (!s) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    for (; *s; s++) {
        const unsigned char c = (unsigned char) *s;
        if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
        else if (c < 0x20) fprintf(out, "\\u%04x", c);
        else fputc(c, out);
    }
    fputc('"', out);
}

static void mode_name(const QpuMode *const mode, char *const buf, const size_t size) {
    static const char *const kinds[] = { "off", "auto", "all", "" };
    snprintf(buf, size, "%s", kinds[mode->kind]);
    if (mode->kind != QPU_MODE_LIST) return;
    for (int s = 0; s < QPU_N_STAGES; s++) {
        if (!(mode->stages & 1U << s)) continue;
        const size_t len = strlen(buf);
        snprintf(buf + len, size - len, "%s%s", len ? "," : "", qpu_stage_names[s]);
    }
}

int dav1d_qpu_write_stats(struct Dav1dQpu *const q) {
    FILE *const out = strcmp(q->stats_path, "-") ? fopen(q->stats_path, "w") : stderr;
    if (!out) return -errno;
    const QpuDeviceInfo *const info = q->ctx ? qpu_context_info(q->ctx) : NULL;
    uint64_t now, peak = 0;
    if (q->ctx) qpu_context_memory(q->ctx, &now, &peak);
    char mode[64];
    mode_name(&q->mode, mode, sizeof(mode));

    fputs("{\"device\": ", out);
    write_string(out, info ? info->name : NULL);
    fputs(", \"driver\": ", out);
    write_string(out, info ? info->driver : NULL);
    fputs(", \"mode\": ", out);
    write_string(out, mode);
    fputs(", \"fallback\": ", out);
    write_string(out, q->fallback);
#define NUMBER(name, value) fprintf(out, ",\n \"" name "\": %" PRIu64, (uint64_t) (value))
    NUMBER("frames", q->stats.frames);
    NUMBER("qpu_frames", q->stats.qpu_frames);
    NUMBER("cpu_frames", q->stats.cpu_frames);
    NUMBER("submits", q->stats.submits);
    NUMBER("dispatches", q->stats.dispatches);
    NUMBER("max_dispatches_per_frame", q->stats.max_dispatches);
    NUMBER("upload_bytes", q->stats.upload_bytes);
    NUMBER("download_bytes", q->stats.download_bytes);
    NUMBER("peak_device_bytes", peak);
#undef NUMBER
    fprintf(out, ",\n \"wait_ms\": %.3f,\n \"stages\": {", (double) q->stats.wait_ns * 1e-6);
    for (int s = 0; s < QPU_N_STAGES; s++) {
        fprintf(out, "%s\n  \"%s\": {\"dispatches\": %" PRIu64 ", \"jobs\": %" PRIu64
                ", \"groups\": %" PRIu64 ", \"pixels_qpu\": %" PRIu64 ", \"pixels_cpu\": %" PRIu64,
                s ? "," : "", qpu_stage_names[s], q->stats.stage[s].dispatches,
                q->stats.stage[s].jobs, q->stats.stage[s].groups,
                q->stats.stage[s].pixels_qpu, q->stats.stage[s].pixels_cpu);
        if (info && info->timestamps)
            fprintf(out, ", \"gpu_ms\": %.3f}", (double) q->stats.stage[s].gpu_ns * 1e-6);
        else
            fputs(", \"gpu_ms\": null}", out); /* the device can't tell */
    }
    fputs("\n }}\n", out);
    const int failed = ferror(out);
    if (out != stderr && fclose(out)) return -EIO;
    return failed ? -EIO : 0;
}
