#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session/stats.h"

static void become(const char *const argv[], const int out, const int err) {
    static const char *const settings[] = {
        "DAEDALUS_QPU", "DAEDALUS_DEVICE", "DAEDALUS_STATS", "DAEDALUS_DELAY", "DAEDALUS_RECIPE",
    };
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
        unsetenv(settings[i]);
    const int in = open("/dev/null", O_RDONLY);
    if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(127);
    execv(argv[0], (char *const *) argv);
    _exit(127);
}

/* Keeps what a buffer has room for; of err the last line. Returns 0 at the end. */
static int take(const int fd, char *const buf, const size_t size, const int last_line) {
    char chunk[4096];
    ssize_t n = read(fd, chunk, sizeof(chunk));
    if (n < 0 && errno == EINTR) return 1;
    if (n <= 0) return 0;
    size_t len = strlen(buf);
    for (ssize_t i = 0; i < n; i++) {
        if (last_line && len && buf[len - 1] == '\n') len = 0;
        if (chunk[i] && len < size - 1) buf[len++] = chunk[i];
        buf[len] = 0;
    }
    return 1;
}

int run_child(Child *const c, const char *const argv[]) {
    int out[2], err[2], status;
    *c = (Child) { .status = -1 };
    if (pipe(out)) return -1;
    if (pipe(err)) {
        close(out[0]);
        close(out[1]);
        return -1;
    }
    const uint64_t start = qpu_now_ns();
    const pid_t pid = fork();
    if (!pid) become(argv, out[1], err[1]);
    close(out[1]);
    close(err[1]);
    struct pollfd fds[2] = { { .fd = out[0], .events = POLLIN }, { .fd = err[0], .events = POLLIN } };
    while (pid > 0 && (fds[0].fd >= 0 || fds[1].fd >= 0)) {
        if (poll(fds, 2, -1) < 0 && errno != EINTR) break;
        if (fds[0].fd >= 0 && fds[0].revents && !take(out[0], c->out, sizeof(c->out), 0)) fds[0].fd = -1;
        if (fds[1].fd >= 0 && fds[1].revents && !take(err[0], c->err, sizeof(c->err), 1)) fds[1].fd = -1;
    }
    struct rusage usage;
    pid_t ended = -1;
    while (pid > 0 && (ended = wait4(pid, &status, 0, &usage)) < 0 && errno == EINTR) {}
    c->wall = (double) (qpu_now_ns() - start) * 1e-9;
    close(out[0]);
    close(err[0]);
    if (ended != pid || pid <= 0) return -1;
    c->cpu = (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
             (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
    c->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    c->out[strcspn(c->out, "\n")] = 0;
    c->err[strcspn(c->err, "\n")] = 0;
    return c->status;
}

void temporary(char *const path, const size_t size) {
    const char *const dir = getenv("TMPDIR");
    snprintf(path, size, "%s/qpubench-XXXXXX", dir && *dir && strlen(dir) < size - 32 ? dir : P_tmpdir);
}
