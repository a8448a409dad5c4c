/* The report: JSON for programs, Markdown for people. */

#include "qpubench.h"

#include <errno.h>
#include <string.h>

#include "session/json.h"

static FILE *open_out(const char *const path) {
    return strcmp(path, "-") ? fopen(path, "w") : stdout;
}

static int close_out(FILE *const f) {
    const int failed = ferror(f) || fflush(f);
    return (f != stdout && fclose(f)) || failed ? -EIO : 0;
}

int report_is_clean(const Report *const r) {
    int voids = r->has_kernels && *r->costs.why;
    for (int i = 0; i < r->rows.n; i++)
        voids += *r->rows.row[i].why != 0;
    for (int i = 0; i < r->mixed.n; i++)
        voids += *r->mixed.row[i].why != 0;
    for (int i = 0; i < r->n_clips; i++) {
        voids += *r->clips[i].why != 0;
        for (int k = 0; k < r->clips[i].n_runs; k++)
            voids += *r->clips[i].run[k].why != 0;
    }
    return !voids;
}

/* Millions a second. */
static double rate(const uint64_t n, const double ms) {
    return ms > 0 ? (double) n / ms * 1e-3 : 0;
}

/* ---- JSON ---- */

static void string(FILE *const f, const char *const key, const char *const value) {
    fprintf(f, "\"%s\": ", key);
    qpu_json_write_string(f, value);
    fputs(", ", f);
}

/* With the reason, or null. */
static void state(FILE *const f, const char *const why) {
    string(f, "status", *why ? "void" : "ok");
    string(f, "why", *why ? why : NULL);
}

static void shown(FILE *const f, const char *const key, const double value, const char *const end) {
    if (value < 0) fprintf(f, "\"%s\": null%s", key, end);
    else fprintf(f, "\"%s\": %.1f%s", key, value, end);
}

static void json_sample(FILE *const f, const char *const key, const struct Sample *const s, const char *const end) {
    fprintf(f, "\"%s\": {", key);
    string(f, "throttled", *s->throttled ? s->throttled : NULL);
    shown(f, "celsius", s->celsius, ", ");
    shown(f, "cpu_mhz", s->mhz, ", ");
    shown(f, "gpu_mhz", s->gpu_mhz, "}");
    fputs(end, f);
}

static void json_row(FILE *const f, const Row *const r) {
    fputs("{", f);
    string(f, "codec", r->codec);
    string(f, "name", r->bench->name);
    fprintf(f, "\"bits\": %d, ", r->bits);
    state(f, r->why);
    fputs("\"kernels\": [", f);
    for (int i = 0; i < MAX_ROW_KERNELS && r->kernels[i]; i++)
        fprintf(f, "%s\"%s\"", i ? ", " : "", r->kernels[i]);
    fputs("],\n  ", f);
    if (*r->why) {
        fputs("\"m1\": null, \"m2\": null, \"m3\": null, \"r\": null, \"band\": null}", f);
        return;
    }
    fprintf(f, "\"m1\": {\"jobs\": %llu, \"right\": %llu, \"simd_differs\": %s}, ", (unsigned long long) r->checked,
            (unsigned long long) r->checked, r->simd_differs ? "true" : "false");
    for (int i = 0; i < 2; i++) {
        const double ms = i ? r->simd_ms : r->ms;
        fprintf(f, "\"m%d\": {\"ms\": %.4f, \"mjob_s\": %.4f, \"mpixel_s\": %.3f", 2 + i, ms, rate(r->jobs, ms),
                rate(r->pixels, ms));
        if (i) fputs("}, ", f);
        else fprintf(f, ", \"clock\": \"%s\"}, ", r->device_clock ? "device" : "wall");
    }
    fprintf(f, "\"unit\": \"%s\", \"jobs\": %llu, \"dispatches\": %u, \"r\": %.4f, \"band\": \"%s\"}", r->bench->unit,
            (unsigned long long) r->jobs, r->dispatches, r->ratio, band_name(r->ratio));
}

static void json_mixed(FILE *const f, const Mixed *const m) {
    fputs("{", f);
    string(f, "codec", m->cpu->codec);
    string(f, "cpu", m->cpu->bench->name);
    string(f, "device", m->device->bench->name);
    state(f, m->why);
    fprintf(f, "\"threads\": %d, \"alone\": %.3f, \"with_cpu\": %.3f, \"with_device\": %.3f}", m->threads, m->alone,
            m->cpu_part, m->device_part);
}

static void json_costs(FILE *const f, const Costs *const c) {
    fputs("{", f);
    state(f, c->why);
    shown(f, "wake_us", c->wake_us, ", ");
    fprintf(f, "\"open_ms\": %.1f, \"open_cpu_ms\": %.1f, \"submit_us\": %.2f, \"submit_cpu_us\": %.2f, "
            "\"dispatch_us\": %.2f, \"further_dispatch_us\": %.3f, "
            "\n  \"upload_mb_s\": %.0f, \"download_mb_s\": %.0f, \"copy_mb_s\": %.0f, \"memory\": [",
            c->open_ms, c->open_cpu_ms, c->submit_us, c->submit_cpu_us, c->dispatch_us, c->further_us, c->upload_mb_s,
            c->download_mb_s, c->copy_mb_s);
    for (int i = 0; i < c->n_memory; i++)
        fprintf(f, "%s{\"type\": %u, \"flags\": %u, \"write_mb_s\": %.0f, \"read_mb_s\": %.0f}", i ? ", " : "",
                c->memory[i].index, c->memory[i].flags, c->memory[i].write_mb_s, c->memory[i].read_mb_s);
    fputs("]}", f);
}

static void json_clip(FILE *const f, const Clip *const c) {
    fputs("{", f);
    string(f, "clip", c->path);
    string(f, "codec", c->codec);
    state(f, c->why);
    fprintf(f, "\"width\": %d, \"height\": %d, \"bits\": %d, \"frames\": %d, \"threads\": %d, \"runs\": [", c->w, c->h,
            c->bits, c->frames, c->threads);
    for (int i = 0; i < c->n_runs; i++) {
        const ClipRun *const r = &c->run[i];
        fputs(i ? ",\n  {" : "\n  {", f);
        string(f, "mode", r->mode);
        state(f, r->why);
        if (*r->why) fputs("\"fps\": null, \"wall_s\": null, \"cpu_s\": null, ", f);
        else fprintf(f, "\"fps\": %.2f, \"wall_s\": %.4f, \"cpu_s\": %.4f, ", c->frames / r->wall, r->wall, r->cpu);
        shown(f, "wait_ms", r->wait_ms, "}");
    }
    fputs("]}", f);
}

int report_json(const Report *const r, const char *const path) {
    static const char *const classes[] = { "cpu", "v3d", "integrated", "discrete" };
    FILE *const f = open_out(path);
    if (!f) return -errno;
    fputs("{\"program\": \"qpubench\", \"version\": 1, ", f);
    string(f, "date", r->date);
    fprintf(f, "\"quick\": %s, \"seed\": %llu, \"width\": %d, \"height\": %d,\n \"device\": {",
            r->options->quick ? "true" : "false", (unsigned long long) r->options->seed, r->options->w, r->options->h);
    string(f, "name", r->device->name);
    string(f, "driver", r->device->driver);
    string(f, "class", classes[r->device->cls]);
    fprintf(f, "\"timestamps\": %s},\n \"host\": {", r->device->timestamps ? "true" : "false");
    string(f, "cpu", r->host.cpu);
    string(f, "system", r->host.system);
    fprintf(f, "\"cores\": %d, ", r->host.cores);
    json_sample(f, "begin", &r->host.begin, ", ");
    json_sample(f, "end", &r->host.end, "},\n \"kernels\": [");
    for (int i = 0; i < r->rows.n; i++) {
        fputs(i ? ",\n  " : "\n  ", f);
        json_row(f, &r->rows.row[i]);
    }
    fprintf(f, "],\n \"known_kernels\": %d, \"not_measured\": [", r->rows.n_kernels);
    for (int i = 0; i < r->rows.n_unmeasured; i++)
        fprintf(f, "%s\"%s\"", i ? ", " : "", r->rows.unmeasured[i]);
    fputs("],\n \"mixed\": [", f);
    for (int i = 0; i < r->mixed.n; i++) {
        fputs(i ? ",\n  " : "\n  ", f);
        json_mixed(f, &r->mixed.row[i]);
    }
    fputs("],\n \"costs\": ", f);
    if (r->has_kernels) json_costs(f, &r->costs);
    else fputs("null", f);
    fputs(",\n \"clips\": [", f);
    for (int i = 0; i < r->n_clips; i++) {
        fputs(i ? ",\n  " : "\n  ", f);
        json_clip(f, &r->clips[i]);
    }
    fputs("]}\n", f);
    return close_out(f);
}

/* ---- Markdown ---- */

static void markdown_sample(FILE *const f, const char *const when, const struct Sample *const s) {
    fprintf(f, "* %s: ", when);
    if (s->celsius < 0 && s->mhz < 0 && s->gpu_mhz < 0) fputs("temperature and clocks are not shown here", f);
    if (s->celsius >= 0) fprintf(f, "%.1f °C ", s->celsius);
    if (s->mhz >= 0) fprintf(f, "CPU %.0f MHz ", s->mhz);
    if (s->gpu_mhz >= 0) fprintf(f, "V3D %.0f MHz ", s->gpu_mhz);
    if (*s->throttled) fprintf(f, "throttled %s", s->throttled);
    fputs("\n", f);
}

static void markdown_kernels(FILE *const f, const Report *const r) {
    if (!r->has_kernels) {
        fputs("\n## Kernels, costs\n\nNot measured: not asked for.\n", f);
        return;
    }
    fprintf(f, "\n## Kernels, frames of %dx%d, one plane\n\n"
            "M2 by the device's clock, but with a w by the wall's: several submits, copies taken off. A job is a block, an edge of 4 pixels, a row, or a unit, as the row says.\n\n"
            "| codec | kernel | bits | M1: jobs right | a frame: jobs | dispatches | M2 ms | Mjob/s | Mpixel/s | "
            "M3 ms | Mjob/s | Mpixel/s | R | |\n|", r->options->w, r->options->h);
    for (int i = 0; i < 14; i++) fputs(" --- |", f);
    fputs("\n", f);
    for (int i = 0; i < r->rows.n; i++) {
        const Row *const k = &r->rows.row[i];
        fprintf(f, "| %s | %s | %d | ", k->codec, k->bench->name, k->bits);
        if (*k->why) {
            fprintf(f, "**VOID**: %s | | | | | | | | | | |\n", k->why);
            continue;
        }
        fprintf(f, "%llu%s | %llu %ss | %u | %.3f%s | %.3f | %.1f | %.3f | %.3f | %.1f | %.2f | %s |\n",
                (unsigned long long) k->checked, k->simd_differs ? " *" : "", (unsigned long long) k->jobs,
                k->bench->unit, k->dispatches, k->ms, k->device_clock ? "" : " w", rate(k->jobs, k->ms), rate(k->pixels, k->ms), k->simd_ms,
                rate(k->jobs, k->simd_ms), rate(k->pixels, k->simd_ms), k->ratio, band_name(k->ratio));
    }
    fputs("\n\\* Upstream's SIMD gave something else than its C for coefficients that no residual of pixels has; the "
          "device gives what C does.\n", f);
    fprintf(f, "\nNot measured, or void: %d of %d kernels", r->rows.n_unmeasured, r->rows.n_kernels);
    for (int i = 0; i < r->rows.n_unmeasured; i++)
        fprintf(f, "%s`%s`", i ? ", " : ": ", r->rows.unmeasured[i]);
    fputs("\n", f);
}

static void markdown_mixed(FILE *const f, const Report *const r) {
    fputs("\n## M4: the CPU and the device at once\n\nSpeed in threads' worth: 1 is what one thread alone does.\n\n"
          "| codec | CPU | threads | device | CPU alone | CPU then | device | together | gain |\n"
          "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n", f);
    for (int i = 0; i < r->mixed.n; i++) {
        const Mixed *const m = &r->mixed.row[i];
        fprintf(f, "| %s | %s | %d | %s | ", m->cpu->codec, m->cpu->bench->name, m->threads, m->device->bench->name);
        if (*m->why) fprintf(f, "**VOID**: %s | | | | |\n", m->why);
        else fprintf(f, "%.2f | %.2f | %.2f | %.2f | %+.0f %% |\n", m->alone, m->cpu_part, m->device_part,
                     m->cpu_part + m->device_part, 100 * ((m->cpu_part + m->device_part) / m->alone - 1));
    }
    if (!r->mixed.n) fputs("| not measured | | | | | | | | |\n", f);
}

static void markdown_costs(FILE *const f, const Costs *const c) {
    fputs("\n## M5: costs\n\n", f);
    if (*c->why) {
        fprintf(f, "**VOID**: %s\n", c->why);
        return;
    }
    char wake[64] = "not to be told: asking all the time took longer";
    if (c->wake_us >= 0) snprintf(wake, sizeof(wake), "%.1f us", c->wake_us);
    fprintf(f, "| | |\n| --- | --- |\n| opening the device | %.1f ms, %.1f ms of CPU time |\n"
            "| empty submit, until its end is seen | %.1f us, %.1f us of CPU time |\n"
            "| with a dispatch of one workgroup | %.1f us more |\n| each further dispatch | %.2f us |\n"
            "| waking up from the wait | %s |\n| upload, written by the CPU and handed over | %.0f MB/s |\n"
            "| download, read by the CPU | %.0f MB/s |\n| copy on the device | %.0f MB/s |\n\n"
            "| memory type | flags | CPU writes MB/s | CPU reads MB/s |\n| --- | --- | --- | --- |\n",
            c->open_ms, c->open_cpu_ms, c->submit_us, c->submit_cpu_us, c->dispatch_us, c->further_us, wake, c->upload_mb_s,
            c->download_mb_s, c->copy_mb_s);
    for (int i = 0; i < c->n_memory; i++) {
        const unsigned flags = c->memory[i].flags;
        fprintf(f, "| %u | %s%s%s%s | %.0f | %.0f |\n", c->memory[i].index, flags & 1 ? "device-local " : "",
                flags & 2 ? "visible " : "", flags & 4 ? "coherent " : "", flags & 8 ? "cached" : "uncached",
                c->memory[i].write_mb_s, c->memory[i].read_mb_s);
    }
}

static void markdown_clips(FILE *const f, const Report *const r) {
    fputs("\n## Whole clips\n\n", f);
    if (!r->n_clips) {
        fputs("Not measured: no clips were given.\n", f);
        return;
    }
    fputs("| clip | | size | bits | frames | threads | mode | fps | of upstream | CPU s | of upstream | waited ms |\n|", f);
    for (int i = 0; i < 12; i++) fputs(" --- |", f);
    fputs("\n", f);
    for (int i = 0; i < r->n_clips; i++) {
        const Clip *const c = &r->clips[i];
        const char *const slash = strrchr(c->path, '/'), *const name = slash ? slash + 1 : c->path;
        if (*c->why) fprintf(f, "| %s | %s | **VOID**: %s | | | | | | | | | |\n", name, c->codec, c->why);
        for (int k = 0; k < c->n_runs; k++) {
            const ClipRun *const run = &c->run[k], *const base = upstream_run(c);
            fprintf(f, "| %s | %s | %dx%d | %d | %d | %d | %s | ", name, c->codec, c->w, c->h, c->bits, c->frames,
                    c->threads, run->mode);
            if (*run->why || !base) {
                fprintf(f, "**VOID**: %s | | | | |\n", *run->why ? run->why : "upstream's is void");
                continue;
            }
            fprintf(f, "%.2f | %.2f | %.3f | %.2f | ", c->frames / run->wall, base->wall / run->wall, run->cpu,
                    run->cpu / base->cpu);
            if (run->wait_ms < 0) fputs("- |\n", f);
            else fprintf(f, "%.1f |\n", run->wait_ms);
        }
    }
}

int report_markdown(const Report *const r, const char *const path) {
    FILE *const f = open_out(path);
    if (!f) return -errno;
    fprintf(f, "# qpubench: %s\n\n* driver: %s\n* %s, %d cores, %s\n* %s, seed %llu%s\n", r->device->name,
            r->device->driver, r->host.cpu, r->host.cores, r->host.system, r->date,
            (unsigned long long) r->options->seed, r->options->quick ? ", quick: numbers are rough" : "");
    markdown_sample(f, "at the beginning", &r->host.begin);
    markdown_sample(f, "at the end", &r->host.end);
    markdown_kernels(f, r);
    if (r->has_kernels) {
        markdown_mixed(f, r);
        markdown_costs(f, &r->costs);
    }
    markdown_clips(f, r);
    return close_out(f);
}
