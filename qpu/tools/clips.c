/* Whole clips: the decoders as programs, in all modes that are possible, each with the
 * pictures of --qpu=off or it is void. */

#include "qpubench.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "session/mode.h"
#include "timing.h"

enum { DAV1D, VPXDEC };
enum { SPEED, MD5, HEADER }; /* what a decoder is called for */

/* A command line; the arguments' text is in it. */
typedef struct Command {
    const char *argv[32];
    char text[4096];
    size_t used;
    int n;
} Command;

__attribute__((format(printf, 2, 3)))
static void add(Command *const c, const char *const format, ...) {
    if (c->n == 31 || c->used == sizeof(c->text)) return;
    char *const at = c->text + c->used;
    const size_t room = sizeof(c->text) - c->used;
    va_list ap;
    va_start(ap, format);
    const int len = vsnprintf(at, room, format, ap);
    va_end(ap);
    c->used += (size_t) len + 1 < room ? (size_t) len + 1 : room;
    c->argv[c->n++] = at;
}

/* mode: NULL: upstream's own program, without our options. stats: a file or NULL. */
static void decoder_command(Command *const c, const int decoder, const char *const program, const char *const clip,
                            const int threads, const char *const mode, const char *const device,
                            const char *const stats, const int what)
{
    memset(c, 0, sizeof(*c));
    add(c, "%s", program);
    if (decoder == DAV1D) {
        static const char *const ends[3][6] = {
            { "--muxer", "null", "-o", "/dev/null" }, { "--filmgrain", "1", "--muxer", "md5", "-o", "-" },
            { "--limit", "1", "--muxer", "yuv4mpeg2", "-o", "-" },
        };
        add(c, "-i");
        add(c, "%s", clip);
        add(c, "--quiet");
        add(c, "--threads");
        add(c, "%d", threads);
        if (mode) add(c, "--qpu=%s", mode);
        if (mode && device) {
            add(c, "--qpudevice");
            add(c, "%s", device);
        }
        if (stats) {
            add(c, "--qpustats");
            add(c, "%s", stats);
        }
        for (int i = 0; i < 6 && ends[what][i]; i++)
            add(c, "%s", ends[what][i]);
    } else {
        static const char *const ends[3][3] = {
            { "--noblit" }, { "--rawvideo", "--md5" }, { "--limit=1", "-o", "-" },
        };
        add(c, "%s", clip);
        add(c, "--threads=%d", threads);
        if (mode) {
            const char *const late = strstr(mode, LATE);
            add(c, "--qpu=%.*s", (int) (late ? late - mode : (ptrdiff_t) strlen(mode)), mode);
            if (late) add(c, "--qpu-delay=1");
        }
        if (mode && device) add(c, "--qpu-device=%s", device);
        if (stats) add(c, "--qpu-stats=%s", stats);
        for (int i = 0; i < 3 && ends[what][i]; i++)
            add(c, "%s", ends[what][i]);
    }
}

/* VP9 in IVF or WebM is vpxdec's, all else dav1d's. -1: can't be read. */
static int decoder_of(const char *const path) {
    unsigned char head[4096] = { 0 };
    FILE *const f = fopen(path, "rb");
    const size_t n = f ? fread(head, 1, sizeof(head), f) : 0;
    if (f) fclose(f);
    if (n < 16) return -1;
    if (!memcmp(head, "DKIF", 4)) return memcmp(head + 8, "VP9", 3) ? DAV1D : VPXDEC;
    for (size_t i = 0; i + 5 < n; i++)
        if (!memcmp(head + i, "V_VP9", 5)) return VPXDEC;
    return DAV1D;
}

/* A number of the decoders' statistics; -1: not there. */
static double stats_number(const char *const text, const char *const key) {
    const char *const at = strstr(text, key);
    return at ? atof(at + strlen(key)) : -1;
}

static int read_stats(const char *const path, char *const text, const size_t size) {
    FILE *const f = fopen(path, "r");
    const size_t n = f ? fread(text, 1, size - 1, f) : 0;
    text[n] = 0;
    if (f) fclose(f);
    return n ? 0 : -1;
}

/* Size, depth and number of frames. */
static int describe(Clip *const clip, const int decoder, const char *const program, const char *const stats) {
    Command cmd;
    Child child;
    char text[4096];
    decoder_command(&cmd, decoder, program, clip->path, 1, "off", NULL, NULL, HEADER);
    run_child(&child, cmd.argv);
    if (child.status || sscanf(child.out, "YUV4MPEG2 W%d H%d", &clip->w, &clip->h) != 2) {
        snprintf(clip->why, sizeof(clip->why), "size and depth are not to be had: %.140s", child.err);
        return -1;
    }
    /* "C420jpeg", "C420p10", "C444p12" */
    const char *const chroma = strstr(child.out, " C");
    const char *const p = chroma ? strchr(chroma, 'p') : NULL;
    clip->bits = p && p[1] >= '1' && p[1] <= '9' && p < chroma + 8 ? atoi(p + 1) : 8;
    /* the null device decodes nothing, but counts */
    decoder_command(&cmd, decoder, program, clip->path, 1, "all", "null", stats, SPEED);
    if (run_child(&child, cmd.argv) || read_stats(stats, text, sizeof(text)) ||
        (clip->frames = (int) stats_number(text, "\"frames\":")) <= 0)
    {
        snprintf(clip->why, sizeof(clip->why), "frames can't be counted: %.150s", child.err);
        return -1;
    }
    return 0;
}

/* Whether the device did all of it, else why not. */
static int check_stats(ClipRun *const r, const char *const path) {
    char text[4096];
    if (read_stats(path, text, sizeof(text))) {
        snprintf(r->why, sizeof(r->why), "no statistics");
        return -1;
    }
    r->wait_ms = stats_number(text, "\"wait_ms\":");
    const double on_cpu = stats_number(text, "\"cpu_frames\":");
    const char *const fallback = strstr(text, "\"fallback\": \"");
    if (!fallback && on_cpu == 0) return 0;
    const int len = fallback ? (int) strcspn(fallback + 13, "\"") : 0;
    snprintf(r->why, sizeof(r->why), "the CPU did %d frames in the device's place%s%.*s", (int) on_cpu,
             fallback ? ": " : "", len < 120 ? len : 120, fallback ? fallback + 13 : "");
    return -1;
}

static void measure_run(const Options *const o, const Clip *const clip, ClipRun *const r, const int decoder,
                        const char *const program, const char *const mode, const char *const stats,
                        char md5[sizeof(((Child *) 0)->out)])
{
    Command cmd;
    Child child;
    double walls[MAX_SAMPLES], cpus[MAX_SAMPLES];
    const int on_device = mode && strcmp(mode, "off");
    const char *const device = on_device ? o->device : NULL;
    r->wait_ms = -1;
    decoder_command(&cmd, decoder, program, clip->path, clip->threads, mode, device, NULL, MD5);
    if (run_child(&child, cmd.argv)) {
        snprintf(r->why, sizeof(r->why), "ended with status %d: %.140s", child.status, child.err);
        return;
    }
    child.out[strcspn(child.out, " ")] = 0;
    if (!*md5) memcpy(md5, child.out, sizeof(child.out));
    if (strcmp(md5, child.out)) {
        snprintf(r->why, sizeof(r->why), "other pictures: MD5 %.32s, should be %.32s", child.out, md5);
        return;
    }
    for (int i = 0; i < o->reps; i++) {
        decoder_command(&cmd, decoder, program, clip->path, clip->threads, mode, device, on_device ? stats : NULL, SPEED);
        if (run_child(&child, cmd.argv)) {
            snprintf(r->why, sizeof(r->why), "ended with status %d: %.140s", child.status, child.err);
            return;
        }
        if (on_device && check_stats(r, stats)) return;
        walls[i] = child.wall;
        cpus[i] = child.cpu;
    }
    r->wall = median(walls, o->reps);
    r->cpu = median(cpus, o->reps);
}

/* All modes that are possible, upstream first. */
static void name_runs(Clip *const clip, const QpuModeRules *const rules, const int stock) {
    static const char *const fixed[] = { "stock", "off", "all", "all" LATE };
    for (int i = !stock; i < (rules == &qpu_rules_vp9 ? 4 : 3); i++)
        snprintf(clip->run[clip->n_runs++].mode, sizeof(clip->run[0].mode), "%s", fixed[i]);
    for (int i = 0; i < 4 && rules->filters[i]; i++) {
        const QpuMode mode = { .kind = QPU_MODE_LIST, .stages = rules->filters[i] };
        qpu_mode_name(&mode, clip->run[clip->n_runs++].mode, sizeof(clip->run[0].mode));
    }
}

static void measure_clip(const Options *const o, Clip *const clip, const int one_thread, const char *const stats) {
    const int decoder = decoder_of(clip->path);
    const char *const program = decoder == VPXDEC ? o->vpxdec : o->dav1d;
    const char *const stock = decoder == VPXDEC ? o->stock_vpxdec : o->stock_dav1d;
    char md5[sizeof(((Child *) 0)->out)] = "";
    clip->codec = decoder == VPXDEC ? "vp9" : "av1";
    if (decoder < 0 || !program) {
        snprintf(clip->why, sizeof(clip->why), decoder < 0 ? "can't be read" : "there is no %s: see --%s",
                 decoder == VPXDEC ? "vpxdec" : "dav1d", decoder == VPXDEC ? "vpxdec" : "dav1d");
        say("%s: VOID: %s", clip->path, clip->why);
        return;
    }
    if (describe(clip, decoder, program, stats)) {
        say("%s: VOID: %s", clip->path, clip->why);
        return;
    }
    name_runs(clip, decoder == VPXDEC ? &qpu_rules_vp9 : &qpu_rules_av1, stock != NULL);
    for (int i = 0; i < clip->n_runs; i++) {
        ClipRun *const r = &clip->run[i];
        const int is_stock = stock && !i;
        measure_run(o, clip, r, decoder, is_stock ? stock : program, is_stock ? NULL : r->mode, stats, md5);
        if (*r->why) say("%s, %s: VOID: %s", clip->path, r->mode, r->why);
        else say("%s, %s: %.2f fps, %.3f CPU seconds", clip->path, r->mode, clip->frames / r->wall, r->cpu);
    }
    if (!one_thread) return;
    Command cmd;
    Child child;
    decoder_command(&cmd, decoder, stock ? stock : program, clip->path, 1, stock ? NULL : "off", NULL, NULL, SPEED);
    if (!run_child(&child, cmd.argv)) clip->cpu_1 = child.cpu;
}

const ClipRun *upstream_run(const Clip *const c) {
    for (int i = 0; i < c->n_runs && (!strcmp(c->run[i].mode, "stock") || !strcmp(c->run[i].mode, "off")); i++)
        if (!*c->run[i].why) return &c->run[i];
    return NULL;
}

int measure_clips(const Options *const o, const int one_thread, Clip **const out) {
    char stats[256];
    Clip *const clips = *out = calloc((size_t) o->n_clips + 1, sizeof(*clips));
    if (!clips) return -ENOMEM;
    if (!o->n_clips) return 0;
    temporary(stats, sizeof(stats));
    const int fd = mkstemp(stats);
    if (fd < 0) return -errno;
    close(fd);
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    for (int i = 0; i < o->n_clips; i++) {
        clips[i] = (Clip) { .path = o->clips[i], .threads = online > 0 ? (int) online : 1 };
        measure_clip(o, &clips[i], one_thread, stats);
    }
    unlink(stats);
    return 0;
}
