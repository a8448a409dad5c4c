#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

int daedalus_api_version(void) {
    return DAEDALUS_API_VERSION;
}

int daedalus_devices(char **const text) {
    return qpu_device_list(text);
}

static int open_device(DaedalusContext *const c, const DaedalusSettings *const s, char *const why, const size_t size) {
    const QpuContextParams params = { .device = s->device, .allow_cpu = s->cpu_devices };
    if (s->device && !strcmp(s->device, "none")) {
        snprintf(why, size, "the CPU alone was asked for");
        return -ENODEV;
    }
    const int res = qpu_context_open(&c->qpu, &params, why, size);
    if (!res) {
        const QpuDeviceInfo *const info = qpu_context_info(c->qpu);
        snprintf(c->device, sizeof(c->device), "%s, %s", info->name, info->driver);
        c->have_device = 1;
    }
    return res;
}

int daedalus_open(DaedalusContext **const out, const DaedalusSettings *settings,
                  char *const why, const size_t why_size)
{
    static const DaedalusSettings none = { .size = sizeof(none) };
    char reason[512] = "";
    int res;
    *out = NULL;
    if (why_size) *why = 0;
    if (!settings) settings = &none;
    if (settings->size != sizeof(*settings)) {
        snprintf(why, why_size, "settings of %zu bytes: set size to sizeof(DaedalusSettings), "
                 "and use the header of this library", settings->size);
        return -EINVAL;
    }
    DaedalusContext *const c = calloc(1, sizeof(*c));
    if (!c) return -ENOMEM;
    if (pthread_mutex_init(&c->lock, NULL)) {
        free(c);
        return -ENOMEM;
    }
    cpu_init();
    c->least_pixels = settings->least_pixels;
    c->log = settings->log;
    c->opaque = settings->opaque;
    if ((res = open_device(c, settings, reason, sizeof(reason)))) {
        if (settings->need_device) goto error;
        const QpuContextParams null = { .device = "null", .pipeline_cache = "" };
        snprintf(c->device, sizeof(c->device), "%s", reason);
        if ((res = qpu_context_open(&c->qpu, &null, reason, sizeof(reason)))) goto error;
        if (c->log && !(settings->device && !strcmp(settings->device, "none"))) {
            char line[sizeof(c->device) + 32];
            snprintf(line, sizeof(line), "%s; the CPU does it all", c->device);
            c->log(c->opaque, line);
        }
        c->told = 1;
    }
    if (c->have_device) choose_init(c);
    *out = c;
    return 0;

error:
    snprintf(why, why_size, "%s", reason);
    daedalus_close(out);
    pthread_mutex_destroy(&c->lock);
    free(c);
    return settings->need_device && res == -ENOENT ? -ENODEV : res;
}

void daedalus_close(DaedalusContext **const ctx) {
    DaedalusContext *const c = *ctx;
    if (!c) return;
    *ctx = NULL;
    qpu_batch_close(&c->copies);
    for (int i = 0; i < c->n_pools; i++) qpu_pool_close(&c->pool[i]);
    qpu_context_close(&c->qpu);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

int context_usable(DaedalusContext *const c) {
    return c->have_device && !qpu_context_lost(c->qpu);
}

const char *daedalus_device(DaedalusContext *const c, int *const usable) {
    if (usable) *usable = context_usable(c);
    return c->device;
}

void context_check_lost(DaedalusContext *const c) {
    if (c->told || !c->have_device || !qpu_context_lost(c->qpu)) return;
    c->told = 1;
    if (!c->log) return;
    char error[160], line[256];
    qpu_context_error(c->qpu, error, sizeof(error));
    snprintf(line, sizeof(line), "the device was lost (%s); the CPU goes on", error);
    c->log(c->opaque, line);
}

int context_table(DaedalusContext *const c, const int table, const size_t size,
                  void (*const make)(void *), QpuRange *const out)
{
    int res = 0;
    if (!c->table[table].buf) {
        void *const data = malloc(size);
        if (!data) return -ENOMEM;
        make(data);
        res = qpu_context_table(c->qpu, data, size, &c->table[table]);
        free(data);
    }
    *out = c->table[table];
    return res;
}

int daedalus_counts(DaedalusContext *const c, DaedalusCounts *const out) {
    if (out->size != sizeof(*out)) return -EINVAL;
    pthread_mutex_lock(&c->lock);
    *out = c->counts;
    pthread_mutex_unlock(&c->lock);
    out->size = sizeof(*out);
    return 0;
}
