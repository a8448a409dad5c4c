/* M1 to M3: each kernel against upstream's C and SIMD, then how fast both are. */

#include "qpubench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernel_names.h"
#include "session/stats.h"
#include "timing.h"

#define MAX_ROUNDS   200 /* of M1 */
#define MAX_LAUNCHES 8   /* a batch; each has scratch memory of its own */
#define N_DEPTHS     3   /* 8, 10, 12 bits */

static const char *const all_kernels[] = { KERNEL_NAMES };
#define N_KERNELS ((int) (sizeof(all_kernels) / sizeof(*all_kernels)))

#define FAMILY(codec, f) { codec, { bench_##f##_8, bench_##f##_16 } },
#define FAMILY_AV1(f) FAMILY("av1", f)
#define FAMILY_VP9(f) FAMILY("vp9", f)
static const struct {
    const char *codec;
    const Bench *table[2]; /* of 8 bits, and more */
} families[] = {
#ifdef QPUBENCH_AV1
    BENCH_FAMILIES_AV1(FAMILY_AV1)
#endif
#ifdef QPUBENCH_VP9
    BENCH_FAMILIES_VP9(FAMILY_VP9)
#endif
};
#define N_FAMILIES ((int) (sizeof(families) / sizeof(*families)))

const char *band_name(const double ratio) {
    return ratio >= 1 ? "GREEN" : ratio >= 0.5 ? "YELLOW" : ratio >= 0.1 ? "ORANGE" : "RED";
}

static void voided(Row *const row, QpuContext *const ctx, const char *const what, const int res) {
    char why[120];
    qpu_context_error(ctx, why, sizeof(why));
    snprintf(row->why, sizeof(row->why), "%s: %s%s%s%s", what, strerror(-res), *why ? " (" : "", why, *why ? ")" : "");
}

static const char *const data_names[] = { "extreme", "random", "natural" };

/* Compares one case's output. 0: all is well, else the row has the reason. */
static int check_case(Row *const row, const BenchCase *const c, QpuBatch *const b, const Options *const o) {
    uint8_t *out[BENCH_N_CPU] = { bench_new_out(c), bench_new_out(c) }, *const got = bench_new_out(c);
    BenchRun run;
    BenchDiff diff;
    int res = -ENOMEM;
    if (!out[0] || !out[1] || !got) goto end;
    for (int i = 0; i < BENCH_N_CPU; i++)
        c->bench->cpu(c, out[i], (enum BenchCpu) i);
    if ((res = bench_run(c, b, 1, &run, got))) goto end;
    row->dispatches = run.dispatches;
    bench_kernels(b, row->kernels, MAX_ROW_KERNELS);
    if (o->spoil && strstr(o->spoil, c->bench->name)) {
        ptrdiff_t stride;
        *bench_out(c, got, &stride) ^= 1;
    }
    row->effective |= bench_compare(c, out[BENCH_C], c->pixels[0], &diff);
    for (int i = 0; i < BENCH_N_CPU; i++) {
        static const char *const names[] = { "C", "SIMD" };
        if (!bench_compare(c, got, out[i], &diff)) continue;
        if (i == BENCH_SIMD && (int) c->data < c->bench->rough) {
            row->simd_differs = 1;
            continue;
        }
        snprintf(row->why, sizeof(row->why), "M1 failed: %s input, pixel (%d, %d) is %u, upstream's %s has %u",
                 data_names[c->data], diff.x, diff.y, diff.got, names[i], diff.wanted);
        res = -EILSEQ;
        break;
    }
end:
    for (int i = 0; i < BENCH_N_CPU; i++)
        bench_free_out(out[i]);
    bench_free_out(got);
    return res;
}

/* M1. *last: a case of natural input, whose output is right. */
static int check_row(Row *const row, QpuContext *const ctx, QpuBatch *const b, const Options *const o,
                     BenchCase **const last)
{
    for (int round = 0; round < MAX_ROUNDS && (round < BENCH_N_DATA || row->checked < (uint64_t) o->min_jobs); round++) {
        /* all kinds of input, and then those that say most */
        const enum BenchData data = round < BENCH_N_DATA ? (enum BenchData) round :
                                    round & 1 ? BENCH_NOISE : BENCH_NATURAL;
        int res;
        BenchCase *c = bench_open(ctx, row->bench, o->w, o->h, row->bits, data, &res);
        if (!c) {
            voided(row, ctx, "no batch of this size", res);
            return res;
        }
        res = check_case(row, c, b, o);
        if (res && !*row->why) voided(row, ctx, "the device did not run it", res);
        row->checked += c->jobs;
        row->jobs = c->jobs;
        row->pixels = c->out_pixels;
        if (data == BENCH_NATURAL && !res) {
            bench_close(last);
            *last = c;
        } else {
            bench_close(&c);
        }
        if (res) return res;
    }
    if (row->effective) return 0;
    snprintf(row->why, sizeof(row->why), "M1 failed: there was nothing to do in any of its frames");
    return -EINVAL;
}

/* M2: milliseconds of a launch by the device's clock, or else by ours, less what submits and copies take. */
static int time_device(Row *const row, const BenchCase *const c, QpuBatch *const b, const Options *const o) {
    double sample[MAX_SAMPLES];
    int n_samples = 0;
    BenchRun one, many;
    int res = bench_run(c, b, 1, &one, NULL); /* warms up */
    if (!res) res = bench_run(c, b, 1, &one, NULL);
    if (res) return res;
    const int own_clock = row->device_clock = one.ns > 0;
    uint64_t n = o->budget_ns / 4 / (one.wall + 1);
    n = n < 1 ? 1 : n > MAX_LAUNCHES ? MAX_LAUNCHES : n;
    if (!own_clock && n < 4) n = 4;
    const uint64_t end = qpu_now_ns() + o->budget_ns;
    do {
        if ((res = bench_run(c, b, (int) n, &many, NULL))) return res;
        if (own_clock) {
            sample[n_samples++] = (double) many.ns / (double) n;
            continue;
        }
        uint64_t copies[2] = { 0, 0 };
        if ((res = bench_run(c, b, 1, &one, NULL)) ||
            (c->bench->in_place && ((res = bench_copies(c, b, 1, &copies[0])) ||
                                    (res = bench_copies(c, b, (int) n, &copies[1]))))) return res;
        sample[n_samples++] = ((double) many.wall - (double) one.wall - ((double) copies[1] - (double) copies[0])) /
                              (double) (n - 1);
    } while (n_samples < MAX_SAMPLES && (n_samples < 3 || qpu_now_ns() < end));
    row->ms = median(sample, n_samples) * 1e-6;
    return row->ms > 0 ? 0 : -ERANGE;
}

/* M3 */
static int time_simd(Row *const row, const BenchCase *const c, const Options *const o) {
    double sample[MAX_SAMPLES];
    int n = 0;
    uint8_t *const out = bench_new_out(c);
    if (!out) return -ENOMEM;
    c->bench->cpu(c, out, BENCH_SIMD); /* warms up */
    const uint64_t end = qpu_now_ns() + o->budget_ns;
    do {
        if (c->bench->in_place) bench_reset_out(c, out);
        const uint64_t start = qpu_now_ns();
        c->bench->cpu(c, out, BENCH_SIMD);
        sample[n++] = (double) (qpu_now_ns() - start);
    } while (n < MAX_SAMPLES && (n < 3 || qpu_now_ns() < end));
    row->simd_ms = median(sample, n) * 1e-6;
    bench_free_out(out);
    return 0;
}

static void measure_row(Row *const row, QpuContext *const ctx, QpuBatch *const b, const Options *const o) {
    BenchCase *c = NULL;
    int res = check_row(row, ctx, b, o, &c);
    if (!res && (res = time_device(row, c, b, o))) voided(row, ctx, "could not be timed", res);
    if (!res && (res = time_simd(row, c, o))) voided(row, ctx, "upstream could not be timed", res);
    if (!res) row->ratio = row->simd_ms / row->ms;
    bench_close(&c);
    if (*row->why) say("%s %s, %d bits: VOID: %s", row->codec, row->bench->name, row->bits, row->why);
    else say("%s %s, %d bits: %llu jobs right; device %.3f ms, SIMD %.3f ms a frame, R = %.2f %s", row->codec,
             row->bench->name, row->bits, (unsigned long long) row->checked, row->ms, row->simd_ms, row->ratio,
             band_name(row->ratio));
}

static int wanted(const Options *const o, const char *const codec, const Bench *const bench, const int bits) {
    char name[128];
    snprintf(name, sizeof(name), "%s %s %d", codec, bench->name, bits);
    return !o->filter || strstr(name, o->filter);
}

static void list_unmeasured(Rows *const rows) {
    rows->n_kernels = N_KERNELS;
    for (int i = 0; i < N_KERNELS; i++) {
        int found = 0;
        for (int k = 0; k < rows->n * MAX_ROW_KERNELS && !found; k++) {
            const Row *const row = &rows->row[k / MAX_ROW_KERNELS];
            const char *const name = row->kernels[k % MAX_ROW_KERNELS];
            found = !*row->why && name && !strcmp(name, all_kernels[i]);
        }
        if (!found) rows->unmeasured[rows->n_unmeasured++] = all_kernels[i];
    }
}

/* Whether a kernel has a build of its own for the depth: above 8 bits only transforms
 * have several. */
static int has_depth(const Bench *const bench, const int bits) {
    return bits < 12 || bench->stage == QPU_STAGE_ITX;
}

/* The rows of a family's table, at one depth. */
static void measure_table(QpuContext *const ctx, const Options *const o, Rows *const rows, QpuBatch **const b,
                          const char *const codec, const Bench *const table, const int bits, const unsigned series)
{
    for (const Bench *bench = table; bench->name; bench++) {
        if (!has_depth(bench, bits) || !wanted(o, codec, bench, bits)) continue;
        Row *const row = &rows->row[rows->n++];
        *row = (Row) { .codec = codec, .bench = bench, .bits = bits };
        const int res = *b ? 0 : qpu_batch_open(ctx, b);
        if (res) {
            voided(row, ctx, "no batch", res);
            say("%s %s, %d bits: VOID: %s", codec, bench->name, bits, row->why);
            continue;
        }
        /* a row alone sees the same input as in a full run */
        check_seed(o->seed, series + (unsigned) (bench - table));
        measure_row(row, ctx, *b, o);
        if (!qpu_context_lost(ctx)) continue;
        say("the device is lost: what follows is void");
        qpu_batch_close(b);
    }
}

int measure_kernels(QpuContext *const ctx, const Options *const o, Rows *const rows) {
    QpuBatch *b = NULL;
    int n = 0;
    for (int i = 0; i < N_FAMILIES; i++)
        for (const Bench *bench = families[i].table[0]; bench->name; bench++)
            n += N_DEPTHS;
    rows->row = calloc((size_t) n + 1, sizeof(*rows->row));
    rows->unmeasured = calloc(N_KERNELS, sizeof(*rows->unmeasured));
    if (!rows->row || !rows->unmeasured) return -ENOMEM;
    for (int i = 0; i < N_FAMILIES; i++)
        for (int d = 0; d < N_DEPTHS; d++)
            measure_table(ctx, o, rows, &b, families[i].codec, families[i].table[d > 0], 8 + 2 * d,
                          (unsigned) (i * N_DEPTHS + d) * 100);
    qpu_batch_close(&b);
    list_unmeasured(rows);
    return rows->n ? 0 : -ENOENT;
}

void free_rows(Rows *const rows) {
    free(rows->row);
    free((void *) rows->unmeasured);
}
