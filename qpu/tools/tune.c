/* The recipe: which mode is best for which kind of clip on this device, by what the
 * clips took. Entries of other devices stay in the file as they are. */

#include "qpubench.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "session/json.h"
#include "session/recipe.h"

/* What of upstream's speed is still as fast: runs differ by so much anyway. */
#define AS_FAST 0.97

/* ---- reading what is there ---- */

typedef struct Text {
    char *bytes; /* ends with 0 */
    size_t size;
} Text;

static int read_file(const char *const path, Text *const t) {
    FILE *const f = fopen(path, "rb");
    *t = (Text) { 0 };
    if (!f) return errno == ENOENT ? 0 : -errno;
    int res = -ENOMEM;
    for (size_t room = 0; !feof(f) && !ferror(f);) {
        if (room - t->size < 4096) {
            char *const more = realloc(t->bytes, room = room * 2 + 8192);
            if (!more) goto end;
            t->bytes = more;
        }
        t->size += fread(t->bytes + t->size, 1, room - t->size - 1, f);
        t->bytes[t->size] = 0;
    }
    res = ferror(f) ? -EIO : 0;
end:
    fclose(f);
    return res;
}

/* Whether the object that comes next is this device's. */
static int is_of(QpuJson *const j, const QpuDeviceInfo *const device) {
    char key[256], text[512];
    int same = 2; /* members */
    for (int first = 1; qpu_json_member(j, &first, key, sizeof(key));) {
        const int is_name = !strcmp(key, "device");
        if (!is_name && strcmp(key, "driver")) qpu_json_skip(j);
        else if (qpu_json_string(j, text, sizeof(text)))
            same -= !strcmp(text, is_name ? device->name : device->driver);
    }
    return !same;
}

/* Copies the entries of all other devices. Returns how many; -EINVAL: it is no recipe. */
static int keep_others(FILE *const out, const char *const path, const char *const old, const QpuDeviceInfo *const device) {
    QpuJson j = { .at = old };
    char key[256];
    int n = 0;
    if (!old) return 0;
    for (int first = 1; qpu_json_member(&j, &first, key, sizeof(key));) {
        if (strcmp(key, "devices")) {
            qpu_json_skip(&j);
            continue;
        }
        for (int first_entry = 1; qpu_json_element(&j, &first_entry);) {
            const char *const begin = j.at + strspn(j.at, " \t\r\n");
            if (!is_of(&j, device) && !j.wrong)
                fprintf(out, "%s        %.*s", n++ ? ",\n" : "", (int) (j.at - begin), begin);
        }
    }
    if (qpu_json_end(&j)) return n;
    say("%s, line %d: %s. It is left alone: correct it, move it away, or choose another file with --output", path,
        qpu_json_line(&j, old), j.wrong);
    return -EINVAL;
}

/* ---- choosing ---- */

typedef struct Rule {
    const char *mode; /* NULL: no clip of this kind */
    double cpu_ms;
} Rule;

static const ClipRun *run_of(const Clip *const c, const char *const mode) {
    for (int i = 0; i < c->n_runs; i++)
        if (!strcmp(c->run[i].mode, mode)) return &c->run[i];
    return NULL;
}

/* Compares a mode with upstream over all clips of a kind: geometric means of its wall and
 * CPU time. Returns 0 if it isn't possible: void somewhere, or slower on any clip. */
static int rate_mode(const Clip *const *const clips, const int n, const char *const mode,
                     double *const wall, double *const cpu)
{
    *wall = *cpu = 0;
    for (int i = 0; i < n; i++) {
        const ClipRun *const r = run_of(clips[i], mode), *const base = upstream_run(clips[i]);
        if (!r || *r->why || r->wall * AS_FAST > base->wall) return 0;
        *wall += log(r->wall / base->wall) / n;
        *cpu += log(r->cpu / base->cpu) / n;
    }
    return 1;
}

static Rule choose(const Clip *const *const clips, const int n, const int fps) {
    Rule rule = { 0 };
    double best = 0, sum = 0;
    for (int i = 0; i < n; i++)
        sum += clips[i]->cpu_1 * 1e9 / clips[i]->frames / ((double) clips[i]->w * clips[i]->h);
    if (!n) return rule;
    rule = (Rule) { .mode = "cpu", .cpu_ms = sum / n };
    for (int i = 0; i < clips[0]->n_runs; i++) {
        const char *const mode = clips[0]->run[i].mode;
        double wall, cpu;
        if (!strcmp(mode, "stock") || !strcmp(mode, "off") || strstr(mode, LATE) || !rate_mode(clips, n, mode, &wall, &cpu)) continue;
        /* better than upstream, and than the best so far */
        const double v = fps ? wall : cpu;
        if (v < best) {
            best = v;
            rule.mode = mode;
        }
    }
    return rule;
}

/* Returns how many there are. */
static int write_rules(FILE *const out, const Clip *const clips, const int n_clips, const int fps) {
    static const char *const codecs[] = { "av1", "vp9" };
    int n_rules = 0;
    const Clip **const some = malloc(((size_t) n_clips + 1) * sizeof(*some));
    for (int k = 0; some && k < 2 * 2 * QPU_N_SIZES; k++) {
        const char *const codec = codecs[k / (2 * QPU_N_SIZES)];
        const int deep = k / QPU_N_SIZES & 1, size = k % QPU_N_SIZES;
        int n = 0;
        for (int i = 0; i < n_clips; i++)
            if (!*clips[i].why && upstream_run(&clips[i]) && clips[i].cpu_1 > 0 && !strcmp(clips[i].codec, codec) &&
                (clips[i].bits > 8) == deep && (int) qpu_size_class(clips[i].w, clips[i].h) == size) some[n++] = &clips[i];
        const Rule rule = choose(some, n, fps);
        if (!rule.mode) continue;
        fprintf(out, "%s                { \"codec\": \"%s\", \"bits\": %d, \"size\": \"%s\", \"key\": \"%s\", "
                "\"inter\": \"%s\", \"cpu_ms\": %.3f }", n_rules++ ? ",\n" : "", codec, deep ? 10 : 8, qpu_size_names[size],
                rule.mode, rule.mode, rule.cpu_ms);
        say("recipe: %s, %d bits, %s (%d clips): %s", codec, deep ? 10 : 8, qpu_size_names[size], n, rule.mode);
    }
    free(some);
    return n_rules;
}

/* ---- writing ---- */

/* The folders of a path, as far as they are missing. */
static void make_folders(const char *const path) {
    char part[4096];
    snprintf(part, sizeof(part), "%s", path);
    for (char *s = part + 1; (s = strchr(s, '/')); s++) {
        *s = 0;
        mkdir(part, 0777);
        *s = '/';
    }
}

int tune_check(const char *const path, const QpuDeviceInfo *const device) {
    Text old;
    char folder[4096] = ".";
    const char *const slash = strrchr(path, '/');
    if (slash) snprintf(folder, sizeof(folder), "%.*s", (int) (slash - path + 1), path);
    make_folders(path);
    if (access(folder, W_OK | X_OK)) return -errno;
    int res = read_file(path, &old);
    FILE *const nowhere = res ? NULL : fopen("/dev/null", "w");
    if (nowhere) {
        res = keep_others(nowhere, path, old.size ? old.bytes : NULL, device);
        fclose(nowhere);
    }
    free(old.bytes);
    return res < 0 ? res : 0;
}

int tune(const char *const path, const char *const goal, const QpuDeviceInfo *const device,
         const Clip *const clips, const int n)
{
    char tmp[4096], date[16];
    Text old;
    const time_t now = time(NULL);
    struct tm tm;
    strftime(date, sizeof(date), "%Y-%m-%d", localtime_r(&now, &tm));
    make_folders(path);
    int res = read_file(path, &old);
    if (res) return res;
    if (snprintf(tmp, sizeof(tmp), "%s.XXXXXX", path) >= (int) sizeof(tmp)) {
        free(old.bytes);
        return -ENAMETOOLONG;
    }
    const int fd = mkstemp(tmp);
    FILE *const f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f) {
        res = -errno;
        if (fd >= 0) close(fd);
        goto error;
    }
    fputs("{\n    \"version\": 1,\n    \"devices\": [\n", f);
    if ((res = keep_others(f, path, old.size ? old.bytes : NULL, device)) < 0) {
        fclose(f);
        goto error;
    }
    fprintf(f, "%s        {\n            \"device\": ", res ? ",\n" : "");
    qpu_json_write_string(f, device->name);
    fputs(", \"driver\": ", f);
    qpu_json_write_string(f, device->driver);
    fprintf(f, ",\n            \"made\": \"%s\", \"goal\": \"%s\",\n            \"rules\": [\n", date, goal);
    if (!write_rules(f, clips, n, !strcmp(goal, "fps"))) {
        say("no clip could be measured, so the recipe stays as it was");
        res = -ENODATA;
        fclose(f);
        goto error;
    }
    fputs("\n            ]\n        }\n    ]\n}\n", f);
    res = ferror(f) || fflush(f) || fchmod(fd, 0644) || fsync(fd) ? -EIO : 0;
    if (fclose(f) && !res) res = -EIO;
    if (!res && rename(tmp, path)) res = -errno;
error:
    if (res < 0 && fd >= 0) unlink(tmp);
    free(old.bytes);
    return res < 0 ? res : 0;
}
