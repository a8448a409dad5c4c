#include "session/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Frames in a row that fail before the device is given up. */
#define MAX_FAILURES 3

/* Frames after which auto may find that it falls behind. */
#define WATCHED_FRAMES 32

/* Of upstream's CPU time, what is left with the device (docs/performance.md). Whoever waits
 * for it longer than the rest takes is better off without. */
#define LEFT 0.4

/* ---- opening ---- */

int qpu_session_wanted(const QpuSessionParams *const p) {
    const char *const mode = qpu_setting(p->mode, "DAEDALUS_QPU");
    return (mode && strcmp(mode, "off")) || qpu_setting(p->stats, "DAEDALUS_STATS");
}

int qpu_session_init(QpuSession *const s) {
    memset(s, 0, sizeof(*s));
    atomic_init(&s->dead, 0);
    int res = qpu_stats_init(&s->stats);
    if (res) return res;
    if ((res = -pthread_mutex_init(&s->lock, NULL))) qpu_stats_destroy(&s->stats);
    return res;
}

void qpu_session_destroy(QpuSession *const s) {
    pthread_mutex_destroy(&s->lock);
    qpu_stats_destroy(&s->stats);
    free(s->stats_path);
    free(s->fallback);
    s->stats_path = s->fallback = NULL;
}

static void say(const QpuSession *const s, const char *const what, const char *const text) {
    char line[4096];
    int len = snprintf(line, sizeof(line), "%s%s", what, text);
    if (len >= (int) sizeof(line)) len = sizeof(line) - 1;
    while (len > 0 && line[len - 1] == '\n') line[--len] = 0;
    s->params.say(s->params.opaque, line);
}

static void say_devices(const QpuSession *const s, const char *const what, const int if_found) {
    char *list;
    const int found = qpu_device_list(&list);
    if (list && (found >= 0 || !if_found)) say(s, what, list);
    free(list);
}

/* A choice, not a failure: no noise. */
static int leave_to_cpu(QpuSession *const s, const char *const why) {
    const size_t size = strlen(why) + 40;
    s->fallback = malloc(size);
    if (!s->fallback) return -ENOMEM;
    snprintf(s->fallback, size, "auto leaves it to the CPU: %s", why);
    return 0;
}

/* Whether a GPU's driver may be there, by what kernel drivers show: loading Vulkan's to find
 * none costs more than a short clip's decoding. */
static int may_have_gpu(void) {
    static const char *const nodes[] = { "/dev/dri", "/dev/nvidiactl", "/dev/dxg", "/dev/kgsl-3d0", "/dev/mali0" };
    for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
        if (!access(nodes[i], F_OK)) return 1;
    return 0;
}

/* Whether there are devices that are used without a recipe. */
static int has_default(const QpuModeRules *const rules) {
    QpuRecipe r;
    int any = 0;
    for (int cls = QPU_CLASS_CPU; cls <= QPU_CLASS_DISCRETE; cls++) {
        qpu_recipe_default(&r, (enum QpuDeviceClass) cls, rules);
        any |= !!qpu_recipe_stages(&r);
    }
    return any;
}

static int open_auto(QpuSession *const s, QpuContextParams *const params) {
    const QpuModeRules *const rules = s->params.rules;
    char path[4096], why[4400];
    int res = 0, has_recipe = !qpu_recipe_find(path, sizeof(path));
    if (has_recipe && (res = qpu_recipe_read(&s->recipe, path, rules, NULL, NULL, why, sizeof(why))) < 0) {
        say(s, "--qpu=auto: ", why);
        has_recipe = 0;
    }
    const int has_devices = has_recipe && res;
    if (has_devices && !qpu_recipe_stages(&s->recipe)) return leave_to_cpu(s, "so says the recipe");
    if (!has_devices && !has_default(rules))
        return leave_to_cpu(s, "there is no recipe, and this codec needs one; qpubench --tune makes it");
    if (!has_devices && !params->device && !may_have_gpu()) return leave_to_cpu(s, "there is no GPU");
    /* what is emulated by the CPU is no device, unless somebody has measured it */
    params->allow_cpu = has_devices;
    if (qpu_context_open(&s->ctx, params, why, sizeof(why))) return leave_to_cpu(s, why);
    const QpuDeviceInfo *const info = qpu_context_info(s->ctx);
    res = has_recipe ? qpu_recipe_read(&s->recipe, path, rules, info->name, info->driver, why, sizeof(why)) : 0;
    if (res <= 0) qpu_recipe_default(&s->recipe, info->cls, rules);
    s->stages = qpu_recipe_stages(&s->recipe);
    if (s->stages) return 0;
    qpu_context_close(&s->ctx);
    return leave_to_cpu(s, res > 0 ? "so says the recipe" : "nothing has been measured on this device with this "
                        "driver; qpubench --tune does");
}

static int open_device(QpuSession *const s, char *const why, const size_t size) {
    const char *device = qpu_setting(s->params.device, "DAEDALUS_DEVICE");
    char reason[512];
    if (device && !strcmp(device, "list")) {
        say_devices(s, "Vulkan devices:\n", 0);
        device = NULL;
    }
    QpuContextParams params = {
        .device = device,
        .allow_cpu = 1,
        .timestamps = !!s->stats_path,
    };
    if (s->mode.kind == QPU_MODE_AUTO) return open_auto(s, &params);
    if (!qpu_context_open(&s->ctx, &params, reason, sizeof(reason))) {
        s->stages = s->mode.stages;
        return 0;
    }
    if (s->mode.kind == QPU_MODE_ALL) {
        snprintf(why, size, "%s", reason);
        say(s, "--qpu=all: ", reason);
        say_devices(s, "Vulkan devices found:\n", 1);
        return -ENODEV;
    }
    qpu_session_fallback(s, 1, reason);
    return 0;
}

int qpu_session_open(QpuSession *const s, const QpuSessionParams *const p, char *const why, const size_t size) {
    const char *const mode = qpu_setting(p->mode, "DAEDALUS_QPU");
    const char *const stats = qpu_setting(p->stats, "DAEDALUS_STATS");
    char wrong[256];
    s->params = *p;
    if (size) why[0] = 0;
    if (mode && qpu_mode_parse(&s->mode, p->rules, mode, wrong, sizeof(wrong))) {
        snprintf(why, size, "%s", wrong);
        say(s, "--qpu: ", wrong);
        return -EINVAL;
    }
    if (stats && !(s->stats_path = strdup(stats))) return -ENOMEM;
    const int res = s->mode.kind == QPU_MODE_OFF ? 0 : open_device(s, why, size);
    if (res) { /* nothing is going to be decoded */
        free(s->stats_path);
        s->stats_path = NULL;
    }
    return res;
}

void qpu_session_write_stats(QpuSession *const s) {
    if (s->stats_path && qpu_stats_write(&s->stats, s->stats_path, s->ctx, &s->mode, s->fallback))
        say(s, "can't write the statistics: ", s->stats_path);
}

/* ---- frames ---- */

/* Says the first time why the CPU decodes. */
static void note_fallback(QpuSession *const s, const char *const what, const char *const why) {
    int first;
    pthread_mutex_lock(&s->lock);
    first = !s->fallback && (s->fallback = strdup(why));
    pthread_mutex_unlock(&s->lock);
    if (first) say(s, what, why);
}

static uint64_t cpu_now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return 1000000000ULL * (uint64_t) ts.tv_sec + (uint64_t) ts.tv_nsec;
}

static void watch_start(QpuSession *const s) {
    s->watch.frames = 0;
    s->watch.mpixels = 0;
    s->watch.wait_ns = qpu_stats_waited(&s->stats);
    s->watch.cpu_ns = cpu_now_ns();
}

/* Whether waiting for the device has cost more than it saves, while it was watched. */
static int falls_behind(QpuSession *const s) {
    const double waited = (double) (qpu_stats_waited(&s->stats) - s->watch.wait_ns) * 1e-6;
    /* upstream's, measured, or guessed by what the process has used, whatever it did besides */
    const double used = (double) (cpu_now_ns() - s->watch.cpu_ns) * 1e-6;
    const double cpu = (s->rule.cpu_ms ? s->rule.cpu_ms * s->watch.mpixels : used / LEFT) / s->params.threads;
    if (waited < cpu * (1 - LEFT)) return 0;
    char why[256];
    snprintf(why, sizeof(why), "the device falls behind: %.1f ms a frame were waited for it, and the CPU needs "
             "some %.1f ms for all; from this key frame on the CPU decodes",
             waited / (double) s->watch.frames, cpu / (double) s->watch.frames);
    note_fallback(s, "--qpu=auto: ", why);
    return 1;
}

/* From a key frame on. */
static void choose_rule(QpuSession *const s, const QpuRecipeRule *const rule) {
    const QpuRecipeRule none = { 0 };
    /* a device that is waited for to no use is given back where nothing has to be moved */
    if (!s->watch.behind && s->watch.frames >= WATCHED_FRAMES && (s->rule.key | s->rule.inter))
        s->watch.behind = falls_behind(s);
    if (s->watch.frames >= WATCHED_FRAMES || memcmp(&s->rule, rule, sizeof(*rule))) watch_start(s);
    s->rule = s->watch.behind ? none : *rule;
}

unsigned qpu_session_frame(QpuSession *const s, const int w, const int h, const int bpc, const int intra,
                           const int key)
{
    if (atomic_load(&s->dead)) return 0;
    if (s->mode.kind != QPU_MODE_AUTO) return s->stages;
    if (key) choose_rule(s, &s->recipe.rule[bpc > 8][qpu_size_class(w, h)]);
    s->watch.frames++;
    s->watch.mpixels += (double) w * h * 1e-6;
    return intra ? s->rule.key : s->rule.inter;
}

void qpu_session_fallback(QpuSession *const s, const int permanent, const char *const why) {
    pthread_mutex_lock(&s->lock);
    const int dead = permanent || ++s->failures >= MAX_FAILURES;
    pthread_mutex_unlock(&s->lock);
    if (dead) atomic_store(&s->dead, 1);
    note_fallback(s, dead ? "The CPU decodes instead of the Vulkan device: " :
                            "The CPU decodes a frame instead of the Vulkan device: ", why);
}

void qpu_session_give_up(QpuSession *const s, const int err, const char *const what) {
    char why[256], detail[160] = "";
    const int too_large = err == -ENOTSUP || err == -ERANGE;
    if (!too_large) qpu_context_error(s->ctx, detail, sizeof(detail));
    snprintf(why, sizeof(why), "%s: %s", what, detail[0] ? detail : strerror(-err));
    /* what is too large for the device is not its failure */
    qpu_session_fallback(s, err != -ENOMEM && !too_large, why);
}

void qpu_session_success(QpuSession *const s) {
    pthread_mutex_lock(&s->lock);
    s->failures = 0;
    pthread_mutex_unlock(&s->lock);
}
