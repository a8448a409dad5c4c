/* What a decoder of any codec has of the device: the settings, the context, the
 * statistics, which stages of a frame are the device's, and what is said when the CPU
 * does its work. */

#ifndef QPU_SESSION_SESSION_H
#define QPU_SESSION_SESSION_H

#include <pthread.h>
#include <stdatomic.h>

#include "qpu.h"
#include "session/mode.h"
#include "session/recipe.h"
#include "session/stats.h"

typedef struct QpuSessionParams {
    const QpuModeRules *rules;               /* stays the caller's */
    const char *mode, *device, *stats;       /* NULL: the environment's */
    int threads;                             /* that would decode without the device */
    void (*say)(void *opaque, const char *text); /* without the last line's end; any thread */
    void *opaque;
} QpuSessionParams;

typedef struct QpuSession {
    /* constant after opening */
    QpuContext *ctx;   /* NULL: no device, or none wanted; whoever opened the session closes it */
    QpuMode mode;
    unsigned stages;   /* that any frame may have on the device, bit set of enum QpuStage */
    char *stats_path;  /* NULL: none wanted */
    QpuSessionParams params;
    QpuRecipe recipe;  /* for auto */

    /* the thread that begins frames */
    QpuRecipeRule rule; /* since the last key frame, for auto */
    struct {
        uint64_t frames;          /* since the watch began */
        uint64_t wait_ns, cpu_ns; /* waited and used until then */
        double mpixels;           /* luma samples of those frames, in millions */
        int behind;
    } watch;

    atomic_int dead;   /* the device is given up; any thread */
    pthread_mutex_t lock; /* owns what follows */
    char *fallback;    /* why the CPU did the device's work, first time */
    int failures;      /* frames in a row that the device did not do */

    QpuStats stats;    /* has a lock of its own */
} QpuSession;

/* Whether the settings or the environment ask for anything. */
int qpu_session_wanted(const QpuSessionParams *p);

/* Without a device: 0 or a negative errno. */
int qpu_session_init(QpuSession *s);
void qpu_session_destroy(QpuSession *s);

/* Reads the settings and opens the device, if they need one. Without a device that will do,
 * says why and leaves all to the CPU; for --qpu=all and for a wrong setting that is an
 * error, also said: -ENODEV, -EINVAL, -ENOMEM. why (if size > 0) gets the same sentence. */
int qpu_session_open(QpuSession *s, const QpuSessionParams *p, char *why, size_t size);

/* If they are wanted; says so if they can't be written. */
void qpu_session_write_stats(QpuSession *s);

/* A frame of w x h luma samples is begun; intra: it refers to no other; key: nor does
 * anything after it refer to what was before. Returns its stages on the device. Frames come in
 * decoding order. */
unsigned qpu_session_frame(QpuSession *s, int w, int h, int bpc, int intra, int key);

/* Notes that the CPU does a frame in the device's place, and why; says so the first
 * time. permanent: the device is not to be asked again. Any thread. */
void qpu_session_fallback(QpuSession *s, int permanent, const char *why);
/* The same of an error (negative errno) and of what could not be done. */
void qpu_session_give_up(QpuSession *s, int err, const char *what);
/* The device did a frame. Any thread. */
void qpu_session_success(QpuSession *s);

#endif /* QPU_SESSION_SESSION_H */
