/* The machine: its name, how warm it is, how fast it is clocked, as far as it says. */

#include "qpubench.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The first line of a file or of a command's output, without its end. */
static int first_line(FILE *const f, char *const line, const size_t size) {
    if (!f || !fgets(line, (int) size, f)) return -1;
    line[strcspn(line, "\n")] = 0;
    return 0;
}

static int read_line(const char *const path, char *const line, const size_t size) {
    FILE *const f = fopen(path, "r");
    const int res = first_line(f, line, size);
    if (f) fclose(f);
    return res;
}

static double read_number(const char *const path) {
    char line[64];
    return read_line(path, line, sizeof(line)) ? -1 : atof(line);
}

static int vcgencmd(const char *const command, char *const line, const size_t size) {
    char text[96];
    snprintf(text, sizeof(text), "vcgencmd %s 2>/dev/null", command);
    FILE *const f = popen(text, "r");
    const int res = first_line(f, line, size);
    if (f) pclose(f);
    return res || !strchr(line, '=') ? -1 : 0;
}

/* The highest of all thermal zones. */
static double zones(void) {
    double highest = -1;
    DIR *const d = opendir("/sys/class/thermal");
    for (const struct dirent *e; d && (e = readdir(d));) {
        if (strncmp(e->d_name, "thermal_zone", 12)) continue;
        char path[320];
        snprintf(path, sizeof(path), "/sys/class/thermal/%s/temp", e->d_name);
        const double v = read_number(path) / 1000;
        if (v > highest && v < 200) highest = v;
    }
    if (d) closedir(d);
    return highest;
}

void host_sample(struct Sample *const s) {
    char line[96];
    *s = (struct Sample) { .celsius = zones(), .mhz = -1, .gpu_mhz = -1 };
    const double khz = read_number("/sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq");
    if (khz > 0) s->mhz = khz / 1000;
    if (!vcgencmd("measure_temp", line, sizeof(line))) s->celsius = atof(strchr(line, '=') + 1);
    if (!vcgencmd("measure_clock arm", line, sizeof(line))) s->mhz = atof(strchr(line, '=') + 1) * 1e-6;
    if (!vcgencmd("measure_clock v3d", line, sizeof(line))) s->gpu_mhz = atof(strchr(line, '=') + 1) * 1e-6;
    if (!vcgencmd("get_throttled", line, sizeof(line)))
        snprintf(s->throttled, sizeof(s->throttled), "%.31s", strchr(line, '=') + 1);
}

/* Of /proc/cpuinfo: what x86 calls "model name", a Raspberry Pi "Model". */
static void cpu_name(char *const name, const size_t size) {
    char line[256];
    snprintf(name, size, "unknown");
    FILE *const f = fopen("/proc/cpuinfo", "r");
    while (f && fgets(line, sizeof(line), f)) {
        const char *const value = strchr(line, ':');
        if (!value || (strncmp(line, "model name", 10) && strncmp(line, "Model", 5))) continue;
        line[strcspn(line, "\n")] = 0;
        snprintf(name, size, "%s", value + 1 + strspn(value + 1, " "));
        if (line[0] == 'm') break;
    }
    if (f) fclose(f);
}

void host_describe(Host *const h) {
    struct utsname u;
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    h->cores = n > 0 ? (int) n : 1;
    cpu_name(h->cpu, sizeof(h->cpu));
    if (!uname(&u)) snprintf(h->system, sizeof(h->system), "%.60s %.60s %.60s", u.sysname, u.release, u.machine);
}
