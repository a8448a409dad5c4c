/* M4: threads of the CPU do one kernel while the device does another. */

#include "qpubench.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/stats.h"

static const struct {
    const char *codec, *cpu, *device; /* rows of 8 bits */
} pairs[] = {
    { "av1", "itx 8x8", "cdef 8x8 both" },
    { "av1", "mc put hv 16x16", "lr wiener 7 taps" },
    { "vp9", "mc put hv 16x16", "lf 8 every 8" },
    { "vp9", "itx 8x8", "mc put h 16x16" },
};
#define N_PAIRS ((int) (sizeof(pairs) / sizeof(*pairs)))
#define MAX_THREADS 64

typedef struct Worker {
    const BenchCase *c;
    atomic_int *stop;
    uint8_t *out;
    uint64_t frames, ns;
    pthread_t thread;
} Worker;

static void *work(void *const arg) {
    Worker *const w = arg;
    const uint64_t start = qpu_now_ns();
    do {
        w->c->bench->cpu(w->c, w->out, BENCH_SIMD);
        w->frames++;
    } while (!atomic_load(w->stop));
    w->ns = qpu_now_ns() - start;
    return NULL;
}

/* Frames a second of n threads; and of the device, meanwhile, if there is one. */
static int run(const BenchCase *const cpu, const int n, const BenchCase *const device, QpuBatch *const b,
               const uint64_t budget, double *const cpu_rate, double *const device_rate)
{
    Worker worker[MAX_THREADS];
    atomic_int stop = 0;
    int started = 0, res = 0;
    for (; started < n && !res; started++) {
        Worker *const w = &worker[started];
        *w = (Worker) { .c = cpu, .stop = &stop, .out = bench_new_out(cpu) };
        if (!w->out || pthread_create(&w->thread, NULL, work, w)) {
            bench_free_out(w->out);
            res = -ENOMEM;
            break;
        }
    }
    const uint64_t start = qpu_now_ns();
    uint64_t frames = 0;
    while (!res && qpu_now_ns() - start < budget) {
        BenchRun r;
        if (!device) usleep(1000);
        else if (!(res = bench_run(device, b, 2, &r, NULL))) frames += 2;
    }
    const uint64_t ns = qpu_now_ns() - start;
    atomic_store(&stop, 1);
    *cpu_rate = 0;
    for (int i = 0; i < started; i++) {
        pthread_join(worker[i].thread, NULL);
        *cpu_rate += (double) worker[i].frames * 1e9 / (double) worker[i].ns;
        bench_free_out(worker[i].out);
    }
    if (device) *device_rate = (double) frames * 1e9 / (double) ns;
    return res;
}

static const Row *find(const Rows *const rows, const char *const codec, const char *const name) {
    for (int i = 0; i < rows->n; i++)
        if (!strcmp(rows->row[i].codec, codec) && rows->row[i].bits == 8 && !strcmp(rows->row[i].bench->name, name))
            return &rows->row[i];
    return NULL;
}

static void measure_pair(QpuContext *const ctx, const Options *const o, MixedRows *const mixed,
                         const Row *const cpu_row, const Row *const device_row, const int cores)
{
    QpuBatch *b = NULL;
    int res;
    const int n_first = mixed->n;
    BenchCase *cpu = NULL, *device = bench_open(ctx, device_row->bench, o->w, o->h, 8, BENCH_NATURAL, &res);
    if (device) cpu = bench_open(ctx, cpu_row->bench, o->w, o->h, 8, BENCH_NATURAL, &res);
    if (cpu) res = qpu_batch_open(ctx, &b);
    /* a thread alone, of either kernel: measured here, as the machine is now */
    double one = 0, other = 0;
    if (!res) res = run(cpu, 1, NULL, NULL, o->budget_ns, &one, NULL);
    if (!res) res = run(device, 1, NULL, NULL, o->budget_ns, &other, NULL);
    for (int n = 1;; n = n * 2 < cores ? n * 2 : cores) {
        Mixed *const m = &mixed->row[mixed->n++];
        *m = (Mixed) { .cpu = cpu_row, .device = device_row, .threads = n };
        double alone = 0, with = 0, device_rate = 0;
        if (!res) res = run(cpu, n, NULL, NULL, o->budget_ns, &alone, NULL);
        if (!res) res = run(cpu, n, device, b, o->budget_ns, &with, &device_rate);
        if (res) {
            snprintf(m->why, sizeof(m->why), "could not run: %s", strerror(-res));
        } else {
            m->alone = alone / one;
            m->cpu_part = with / one;
            m->device_part = device_rate / other;
        }
        say("mixed: %s %s on %d threads, %s on the device: %s%.2f alone, %.2f + %.2f", cpu_row->codec,
            cpu_row->bench->name, n, device_row->bench->name, *m->why ? "VOID " : "", m->alone, m->cpu_part,
            m->device_part);
        if (n >= cores || mixed->n - n_first >= 8) break;
    }
    qpu_batch_close(&b);
    bench_close(&cpu);
    bench_close(&device);
}

int measure_mixed(QpuContext *const ctx, const Options *const o, const Rows *const rows, MixedRows *const mixed) {
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    const int cores = online < 1 ? 1 : online > MAX_THREADS ? MAX_THREADS : (int) online;
    mixed->row = calloc(N_PAIRS * 8, sizeof(*mixed->row));
    if (!mixed->row) return -ENOMEM;
    for (int i = 0; i < N_PAIRS; i++) {
        const Row *const cpu = find(rows, pairs[i].codec, pairs[i].cpu);
        const Row *const device = find(rows, pairs[i].codec, pairs[i].device);
        if (!cpu || !device) continue; /* not asked for */
        if (*cpu->why || *device->why) {
            Mixed *const m = &mixed->row[mixed->n++];
            *m = (Mixed) { .cpu = cpu, .device = device };
            snprintf(m->why, sizeof(m->why), "%s is void", *device->why ? device->bench->name : cpu->bench->name);
            continue;
        }
        check_seed(o->seed, (unsigned) i + 5000);
        measure_pair(ctx, o, mixed, cpu, device, cores);
    }
    return 0;
}
