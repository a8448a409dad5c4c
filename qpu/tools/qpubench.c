/* qpubench: what a device is worth, kernel by kernel and clip by clip. docs/qpubench.md. */

#include "qpubench.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "samples.h"
#include "session/recipe.h"

static const char usage_text[] =
    "Usage: qpubench [options] [CLIP...]\n"
    "       qpubench --tune[=cpu|fps] [options] [CLIP...]\n"
    "\n"
    "Measures every kernel on a Vulkan device and against upstream's functions for this\n"
    "CPU, what launches and transfers cost, and whole clips (AV1 and VP9: IVF, WebM, OBU).\n"
    "Writes a report. What fails or gives a wrong result is void and has no numbers.\n"
    "\n"
    "  --quick            small frames, few repetitions: seconds, and rough numbers\n"
    "  --device D         index or a part of the name (default: DAEDALUS_DEVICE or the best)\n"
    "  --list             the devices, then end\n"
    "  --size WxH         of the kernels' frames (default 1920x1080; at least 160x160)\n"
    "  --only TEXT        kernels' rows that have TEXT in \"codec name bits\"\n"
    "  --no-kernels       without kernels and costs: clips alone\n"
    "  --wall-clock       not by the device's clock, even if it has one\n"
    "  --seed N           repeat a run's input (default: from the clock)\n"
    "  --json FILE        the report as JSON (-: to stdout)\n"
    "  --markdown FILE    the report as Markdown (default: - when there is no --json)\n"
    "  --reps N           runs of each clip and mode, of which the median counts (default 3)\n"
    "  --dav1d PATH       the decoders to run (default: those beside qpubench)\n"
    "  --vpxdec PATH\n"
    "  --stock-dav1d PATH upstream's own, unpatched, to compare with\n"
    "  --stock-vpxdec PATH\n"
    "  --tune[=GOAL]      write the device's recipe for --qpu=auto. Measures clips only, or\n"
    "                     everything if a report is asked for (--json, --markdown). GOAL:\n"
    "                     cpu: least CPU time, never slower than upstream (default);\n"
    "                     fps: the fastest. Without clips, some are made, where there are\n"
    "                     encoders (vpxenc beside qpubench, aomenc)\n"
    "  --output FILE      of --tune (default: $XDG_CONFIG_HOME/daedalus/recipe.json)\n"
#ifdef QPU_FAULTS
    "  --spoil NAMES      damage the results of these kernels (for tests)\n"
#endif
    "\n"
    "Exit status: 0, 1 when something is void, 2 for wrong options or no device.\n";

void say(const char *const format, ...) {
    va_list ap;
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
}

/* A program beside this one, if it is there. The caller frees it. */
static char *beside(const char *const name) {
    char self[4096], *path = NULL;
    const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
    if (n <= 0) return NULL;
    self[n] = 0;
    *strrchr(self, '/') = 0;
    if (asprintf(&path, "%s/%s", self, name) < 0) return NULL;
    if (!access(path, X_OK)) return path;
    free(path);
    return NULL;
}

typedef struct Arguments {
    Options o;
    const char *json, *markdown, *goal, *output;
    int list, no_kernels, wall_clock, help, reps;
} Arguments;

enum {
    QUICK = 256, DEVICE, LIST, SIZE, ONLY, NO_KERNELS, WALL_CLOCK, SEED, JSON, MARKDOWN, REPS, DAV1D, VPXDEC, STOCK_DAV1D,
    STOCK_VPXDEC, TUNE, OUTPUT, SPOIL, HELP,
};

static const struct option long_options[] = {
    { "quick", no_argument, NULL, QUICK }, { "device", required_argument, NULL, DEVICE },
    { "list", no_argument, NULL, LIST }, { "size", required_argument, NULL, SIZE },
    { "only", required_argument, NULL, ONLY }, { "no-kernels", no_argument, NULL, NO_KERNELS },
    { "wall-clock", no_argument, NULL, WALL_CLOCK }, { "seed", required_argument, NULL, SEED }, { "json", required_argument, NULL, JSON },
    { "markdown", required_argument, NULL, MARKDOWN }, { "reps", required_argument, NULL, REPS },
    { "dav1d", required_argument, NULL, DAV1D }, { "vpxdec", required_argument, NULL, VPXDEC },
    { "stock-dav1d", required_argument, NULL, STOCK_DAV1D }, { "stock-vpxdec", required_argument, NULL, STOCK_VPXDEC },
    { "tune", optional_argument, NULL, TUNE }, { "output", required_argument, NULL, OUTPUT },
#ifdef QPU_FAULTS
    { "spoil", required_argument, NULL, SPOIL },
#endif
    { "help", no_argument, NULL, HELP }, { NULL, 0, NULL, 0 },
};

static int parse(Arguments *const a, const int argc, char **const argv) {
    Options *const o = &a->o;
    int c, n;
    *a = (Arguments) { .o = { .seed = (uint64_t) time(NULL), .w = 0, .device = getenv("DAEDALUS_DEVICE") } };
    while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        switch (c) {
        case QUICK: o->quick = 1; break;
        case DEVICE: o->device = optarg; break;
        case LIST: a->list = 1; break;
        case SIZE:
            n = 0;
            if (sscanf(optarg, "%dx%d%n", &o->w, &o->h, &n) != 2 || optarg[n] || o->w < 160 || o->h < 160 ||
                o->w > 8192 || o->h > 8192)
            {
                say("--size is WxH, 160x160 to 8192x8192, as in 1920x1080");
                return -1;
            }
            break;
        case ONLY: o->filter = optarg; break;
        case NO_KERNELS: a->no_kernels = 1; break;
        case WALL_CLOCK: a->wall_clock = 1; break;
        case SEED: o->seed = strtoull(optarg, NULL, 0); break;
        case JSON: a->json = optarg; break;
        case MARKDOWN: a->markdown = optarg; break;
        case REPS:
            a->reps = atoi(optarg);
            if (a->reps < 1 || a->reps > 50) {
                say("--reps is 1 to 50");
                return -1;
            }
            break;
        case DAV1D: o->dav1d = optarg; break;
        case VPXDEC: o->vpxdec = optarg; break;
        case STOCK_DAV1D: o->stock_dav1d = optarg; break;
        case STOCK_VPXDEC: o->stock_vpxdec = optarg; break;
        case TUNE:
            a->goal = optarg ? optarg : "cpu";
            if (strcmp(a->goal, "cpu") && strcmp(a->goal, "fps")) {
                say("--tune=%s: goals are cpu and fps", a->goal);
                return -1;
            }
            break;
        case OUTPUT: a->output = optarg; break;
        case SPOIL: o->spoil = optarg; break;
        case HELP: a->help = 1; break;
        default: return -1;
        }
    }
    o->clips = (const char *const *) argv + optind;
    o->n_clips = argc - optind;
    if (!o->w) {
        o->w = o->quick ? 416 : 1920;
        o->h = o->quick ? 240 : 1080;
    }
    o->min_jobs = o->quick ? 1000 : 10000;
    o->budget_ns = o->quick ? 10000000 : 300000000;
    o->reps = a->reps ? a->reps : o->quick ? 1 : 3;
    if (!a->json && !a->markdown && !a->goal) a->markdown = "-";
    return 0;
}

static int list_devices(void) {
    char *text = NULL;
    const int n = qpu_device_list(&text);
    fputs(text ? text : "", stdout);
    free(text);
    return n > 0 ? 0 : 2;
}

/* early: with clips still to come, into files only. */
static int write_reports(const Report *const r, const Arguments *const a, const int early) {
    const int json = a->json && !(early && !strcmp(a->json, "-"));
    const int markdown = a->markdown && !(early && !strcmp(a->markdown, "-"));
    int res = json ? report_json(r, a->json) : 0;
    if (res) say("%s: %s", a->json, strerror(-res));
    const int res2 = markdown ? report_markdown(r, a->markdown) : 0;
    if (res2) say("%s: %s", a->markdown, strerror(-res2));
    return res || res2;
}

/* Clips that are made up are better than none. */
static void need_clips(Arguments *const a, Samples *const s) {
    char *const vpxenc = beside("vpxenc");
    const int res = samples_make(s, &a->o, vpxenc);
    free(vpxenc);
    if (res) say("no clips: %s", strerror(-res));
    a->o.clips = s->list;
    a->o.n_clips = s->n;
}

static int run_all(QpuContext *const ctx, const Arguments *const a, const Costs *const opened) {
    int status = 2, res;
    Clip *clips = NULL;
    Report r = { .options = &a->o, .device = qpu_context_info(ctx), .costs = *opened,
                 .has_kernels = !a->no_kernels && (!a->goal || a->json || a->markdown) };
    const time_t now = time(NULL);
    struct tm tm;
    strftime(r.date, sizeof(r.date), "%Y-%m-%d %H:%M:%S %z", localtime_r(&now, &tm));
    host_describe(&r.host);
    host_sample(&r.host.begin);
    say("%s (%s), seed %" PRIu64, r.device->name, r.device->driver, a->o.seed);

    char own_recipe[4096];
    const int has_home = !qpu_recipe_user_path(own_recipe, sizeof(own_recipe));
    const char *const recipe = a->output ? a->output : has_home ? own_recipe : NULL;
    if (a->goal && (res = recipe ? tune_check(recipe, r.device) : -ENOENT)) {
        say("no recipe could be written to %s: %s", recipe ? recipe : "a folder of yours: HOME is not set", strerror(-res));
        goto end;
    }
    if (r.has_kernels) {
        if ((res = measure_kernels(ctx, &a->o, &r.rows))) {
            say("no kernels to measure: %s", strerror(-res));
            goto end;
        }
        if ((res = measure_mixed(ctx, &a->o, &r.rows, &r.mixed))) {
            say("not enough memory");
            goto end;
        }
        measure_costs(ctx, &a->o, &r.costs);
        host_sample(&r.host.end);
        /* clips take long: what is interrupted there is not lost */
        if (a->o.n_clips && write_reports(&r, a, 1)) goto end;
    }
    if ((res = measure_clips(&a->o, a->goal != NULL, &clips))) {
        say("clips can't be measured: %s", strerror(-res));
        goto end;
    }
    r.clips = clips;
    r.n_clips = a->o.n_clips;
    host_sample(&r.host.end);
    if (write_reports(&r, a, 0)) goto end;
    if (a->goal) {
        if ((res = tune(recipe, a->goal, r.device, clips, r.n_clips))) {
            say("the recipe could not be written to %s: %s", recipe, strerror(-res));
            goto end;
        }
        say("written: %s", recipe);
    }
    status = report_is_clean(&r) ? 0 : 1;
end:
    free_rows(&r.rows);
    free(r.mixed.row);
    free(clips);
    return status;
}

int main(const int argc, char **const argv) {
    Arguments a;
    if (parse(&a, argc, argv)) {
        say("try --help");
        return 2;
    }
    if (a.help) {
        fputs(usage_text, stdout);
        return 0;
    }
    if (a.list) return list_devices();
    char *const dav1d = beside("dav1d"), *const vpxdec = beside("vpxdec");
    if (!a.o.dav1d) a.o.dav1d = dav1d;
    if (!a.o.vpxdec) a.o.vpxdec = vpxdec;
    if (a.o.device && !*a.o.device) a.o.device = NULL;

    char why[512];
    QpuContext *ctx;
    Costs opened;
    const QpuContextParams params = { .device = a.o.device, .allow_cpu = 1, .timestamps = !a.wall_clock };
    int status = 2;
    if (open_timed(&ctx, &params, why, sizeof(why), &opened)) {
        say("%s", why);
    } else {
        Samples samples = { .n = 0 };
        if (a.goal && !a.o.n_clips) need_clips(&a, &samples);
        if (a.goal && !a.o.n_clips)
            say("--tune needs clips: one at least of each codec, depth and size that it is to be for");
        else status = run_all(ctx, &a, &opened);
        samples_remove(&samples);
        qpu_context_close(&ctx);
    }
    free(dav1d);
    free(vpxdec);
    return status;
}
