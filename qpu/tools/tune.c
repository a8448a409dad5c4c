/* The recipe: which mode is best for which kind of clip on this device, by what the
 * clips took. Entries of other devices stay in the file as they are. */

#include "qpubench.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "session/json.h"

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

static const char *skip_space(const char *s) {
    while (isspace((unsigned char) *s)) s++;
    return s;
}

static const char *skip_string(const char *s) {
    for (s++; *s && *s != '"'; s++)
        if (*s == '\\' && s[1]) s++;
    return *s ? s + 1 : NULL;
}

/* What follows a value; NULL: it isn't one. Brackets have to match in number only: this
 * finds where a value ends, the decoder's reader says what is wrong with it. */
static const char *skip_value(const char *s) {
    int depth = 0;
    do {
        s = skip_space(s);
        if (!*s) return NULL;
        if (*s == '"') {
            if (!(s = skip_string(s))) return NULL;
        } else if (strchr("[{", *s)) {
            depth++;
            s++;
        } else if (strchr("]}", *s)) {
            if (--depth < 0) return NULL;
            s++;
        } else if (depth && strchr(",:", *s)) {
            s++;
        } else {
            const size_t n = strcspn(s, " \t\r\n,:[]{}\"");
            if (!n) return NULL;
            s += n;
        }
    } while (depth);
    return s;
}

/* The value of a key of an object, which s is at; NULL: there is none. */
static const char *find_key(const char *s, const char *const key) {
    const size_t len = strlen(key);
    s = skip_space(s);
    if (*s != '{') return NULL;
    for (s = skip_space(s + 1); s && *s == '"';) {
        const char *const name = s + 1;
        if (!(s = skip_string(s))) return NULL;
        const int found = (size_t) (s - name) == len + 1 && !strncmp(name, key, len);
        s = skip_space(s);
        if (*s != ':') return NULL;
        s = skip_space(s + 1);
        if (found) return s;
        if (!(s = skip_value(s))) return NULL;
        s = skip_space(s);
        if (*s == ',') s = skip_space(s + 1);
    }
    return NULL;
}

/* Whether a key's value is that string. */
static int has_string(const char *const object, const char *const key, const char *const value) {
    char *text = NULL;
    size_t size;
    const char *const at = find_key(object, key);
    FILE *const f = at ? open_memstream(&text, &size) : NULL;
    if (!f) return 0;
    qpu_json_write_string(f, value);
    const int ok = !fclose(f);
    const int same = ok && !strncmp(at, text, strlen(text));
    free(text);
    return same;
}

/* Copies the entries of all other devices. Returns how many, or a negative errno. */
static int keep_others(FILE *const out, const char *const old, const QpuDeviceInfo *const device) {
    int n = 0;
    const char *s = old ? find_key(old, "devices") : NULL;
    if (old && (!s || *s != '[')) return -EINVAL;
    for (s = s ? skip_space(s + 1) : NULL; s && *s == '{';) {
        const char *const end = skip_value(s);
        if (!end) return -EINVAL;
        if (!has_string(s, "device", device->name) || !has_string(s, "driver", device->driver))
            fprintf(out, "%s        %.*s", n++ ? ",\n" : "", (int) (end - s), s);
        s = skip_space(end);
        if (*s == ',') s = skip_space(s + 1);
    }
    return s && *s != ']' ? -EINVAL : n;
}

/* ---- choosing ---- */

static const char *const sizes[] = { "360p", "720p", "1080p", "2160p" };
#define N_SIZES ((int) (sizeof(sizes) / sizeof(*sizes)))

static int size_of(const Clip *const c) {
    const long n = (long) c->w * c->h;
    return n <= 300000 ? 0 : n <= 1100000 ? 1 : n <= 2500000 ? 2 : 3;
}

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
        if (!strcmp(mode, "stock") || !strcmp(mode, "off") || !rate_mode(clips, n, mode, &wall, &cpu)) continue;
        /* better than upstream, and than the best so far */
        const double v = fps ? wall : cpu;
        if (v < best) {
            best = v;
            rule.mode = mode;
        }
    }
    return rule;
}

static void write_rules(FILE *const out, const Clip *const clips, const int n_clips, const int fps) {
    static const char *const codecs[] = { "av1", "vp9" };
    int n_rules = 0;
    const Clip **const some = malloc(((size_t) n_clips + 1) * sizeof(*some));
    for (int k = 0; some && k < 2 * 2 * N_SIZES; k++) {
        const char *const codec = codecs[k / (2 * N_SIZES)];
        const int deep = k / N_SIZES & 1, size = k % N_SIZES;
        int n = 0;
        for (int i = 0; i < n_clips; i++)
            if (!*clips[i].why && upstream_run(&clips[i]) && clips[i].cpu_1 > 0 && !strcmp(clips[i].codec, codec) &&
                (clips[i].bits > 8) == deep && size_of(&clips[i]) == size) some[n++] = &clips[i];
        const Rule rule = choose(some, n, fps);
        if (!rule.mode) continue;
        fprintf(out, "%s                { \"codec\": \"%s\", \"bits\": %d, \"size\": \"%s\", \"key\": \"%s\", "
                "\"inter\": \"%s\", \"cpu_ms\": %.3f }", n_rules++ ? ",\n" : "", codec, deep ? 10 : 8, sizes[size],
                rule.mode, rule.mode, rule.cpu_ms);
        say("recipe: %s, %d bits, %s (%d clips): %s", codec, deep ? 10 : 8, sizes[size], n, rule.mode);
    }
    free(some);
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
    if ((res = keep_others(f, old.size ? old.bytes : NULL, device)) < 0) {
        say("%s is no recipe: move it away, or choose another file with --output", path);
        fclose(f);
        goto error;
    }
    fprintf(f, "%s        {\n            \"device\": ", res ? ",\n" : "");
    qpu_json_write_string(f, device->name);
    fputs(", \"driver\": ", f);
    qpu_json_write_string(f, device->driver);
    fprintf(f, ",\n            \"made\": \"%s\", \"goal\": \"%s\",\n            \"rules\": [\n", date, goal);
    write_rules(f, clips, n, !strcmp(goal, "fps"));
    fputs("\n            ]\n        }\n    ]\n}\n", f);
    res = ferror(f) || fflush(f) || fchmod(fd, 0644) || fsync(fd) ? -EIO : 0;
    if (fclose(f) && !res) res = -EIO;
    if (!res && rename(tmp, path)) res = -errno;
error:
    if (res < 0 && fd >= 0) unlink(tmp);
    free(old.bytes);
    return res < 0 ? res : 0;
}
