/* What the parts of libdaedalus share. The lock of a context owns the states of its frames
 * and of batches that were submitted. */

#ifndef DAEDALUS_API_H
#define DAEDALUS_API_H

#include <pthread.h>

#include "daedalus.h"
#include "qpu.h"
#include "qpu_mc.h"
#include "session/recipe.h"

#define MAX_REFS   7
#define MAX_POOLS  16
#define FRAME_MULT 8 /* luma pixels: what kernels work on is a multiple */

enum Codec { CODEC_AV1, CODEC_VP9, N_CODECS };

/* Tables of kernels on the device, made when they are first needed. */
enum { TABLE_VP9_ITX, TABLE_VP9_MC, TABLE_AV1_ITX, TABLE_AV1_MC_8, TABLE_AV1_MC_10, TABLE_AV1_MC_12, N_TABLES };

struct DaedalusContext {
    QpuContext *qpu;  /* the null device if there is none: it has memory and layouts */
    int have_device;
    char device[640]; /* its name, or why there is none */
    uint64_t least_pixels; /* the caller's; 0: see choose.c */
    int has_recipe;
    QpuRecipe recipe[N_CODECS];
    void (*log)(void *opaque, const char *line);
    void *opaque;

    pthread_mutex_t lock; /* owns all that follows */
    int told;             /* that the device was lost */
    QpuPool *pool[MAX_POOLS];
    int n_pools;
    QpuRange table[N_TABLES];
    QpuBatch *copies;     /* for daedalus_map() */
    DaedalusBatch *first, *last; /* in flight on the device, in order */
    DaedalusCounts counts;
};

/* Where a frame's content is. In the caller's memory it may change whenever no batch is in
 * flight, so the device's copy counts only as long as one that writes it is. */
struct DaedalusFrame {
    DaedalusContext *ctx;
    int refs;        /* the caller's, and batches' */
    QpuFrame q;      /* range: on the device; range.buf is NULL until it is needed */
    QpuPool *pool;   /* that range is from, or NULL */
    DaedalusPlanes host; /* data is NULL until it is needed */
    int wrapped;     /* host is the caller's, or a dma-buf that is copied */
    int direct;      /* host and range are the same memory */
    QpuRange shadow; /* host, of frames that are the library's */
    int fd;          /* dma-buf, or -1 */
    void *map;
    size_t map_size;

    int host_ok, dev_ok; /* which copies are right */
    int extended;    /* the device's copy has its edges repeated around it */
    int pending;     /* batches in flight that write it */
    int mapped;      /* how, by daedalus_map() */

    /* the same, of a batch that is being recorded */
    struct { int ok, extended, written; } now;
};

typedef struct Op Op;
typedef struct Kernel {
    const char *name;
    enum Codec codec;
    enum QpuStage stage; /* that recipes have it under */
    /* Launches it, frames being on the device. */
    int (*qpu)(DaedalusContext *ctx, QpuBatch *b, const Op *op);
    /* Does it. host: of the operation's frames. */
    void (*cpu)(const Op *op, const DaedalusPlanes *const *host);
} Kernel;

struct Op {
    const Kernel *kernel;
    DaedalusFrame *frame[1 + MAX_REFS]; /* the first is written */
    int n_frames;
    int reads;   /* the first one is read, too */
    int extends; /* the others are read around their edges */
    void *jobs;
    size_t n_jobs;
    int32_t *coefs;
    void *extra; /* memory that the CPU needs */
    int arg;
    uint64_t pixels;
};

struct DaedalusBatch {
    DaedalusContext *ctx;
    Op *ops;
    uint32_t n_ops, n_ops_alloc;
    DaedalusFrame **frames; /* each once */
    uint32_t n_frames, n_frames_alloc;

    int submitted; /* in flight, for the caller */
    int on_device; /* in the context's list */
    DaedalusBatch *next;
    QpuBatch *q;
    struct { DaedalusFrame *frame; QpuRange host; } down[QPU_MAX_DOWNLOADS];
    int n_down;
    DaedalusFrame **written; /* by the batch in flight */
    uint32_t n_written, n_written_alloc;
    DaedalusReport report;
    int reported;
};

/* ---- frame.c ---- */

/* Columns in pixels and rows of what kernels work on. */
static inline int frame_cols(const DaedalusFrame *const f, const int plane) {
    return ((f->q.plane[0].w + FRAME_MULT - 1) & -FRAME_MULT) >> (plane ? f->q.ss_hor : 0);
}
static inline int frame_rows(const DaedalusFrame *const f, const int plane) {
    return ((f->q.plane[0].h + FRAME_MULT - 1) & -FRAME_MULT) >> (plane ? f->q.ss_ver : 0);
}
static inline int frame_pixel_size(const DaedalusFrame *const f) {
    return f->q.bpc > 8 ? 2 : 1;
}
/* All of the context's lock. */
int frame_same_format(const DaedalusFrame *a, const DaedalusFrame *b);
void frame_unref(DaedalusFrame *f);
/* Brings the content to the device, by copies in b. read: else it needn't be there. */
int frame_to_device(DaedalusFrame *f, QpuBatch *b, int read);
/* Brings the content here; nothing is in flight. */
int frame_to_host(DaedalusFrame *f, int read);
/* Copies a downloaded range to the caller's memory. */
void frame_take(DaedalusFrame *f, const QpuRange *host);
/* Between the two the CPU may touch the host's side of a dma-buf. */
void frame_begin_cpu(const DaedalusFrame *f);
void frame_end_cpu(const DaedalusFrame *f);

/* ---- context.c ---- */

int context_usable(DaedalusContext *ctx);
/* Says once that the device was lost. */
void context_check_lost(DaedalusContext *ctx);
/* A table, made by make() if it isn't there yet. */
int context_table(DaedalusContext *ctx, int table, size_t size, void (*make)(void *dst), QpuRange *out);

/* ---- cpu.c ---- */

/* Has upstream's libraries choose their functions for this CPU, once a process. */
void cpu_init(void);

/* ---- batch.c ---- */

/* Whether a call may add jobs: frames are of the batch's context and, if they are more, of one
 * format. NULL counts as wrong. */
int batch_check(const DaedalusBatch *batch, DaedalusFrame *const *frames, int n_frames);
/* Adds an operation, whose jobs coefs and extra (malloc'ed) become the batch's, also on failure. */
int batch_add(DaedalusBatch *batch, const Op *op);
/* Finishes all batches on the device, under the lock. */
void batches_finish(DaedalusContext *ctx, DaedalusBatch *up_to);
/* A copy, by malloc. NULL: no memory. */
void *copied(const void *src, size_t n, size_t size);

/* ---- choose.c ---- */

/* Reads the recipe, if there is one for the context's device. What is wrong with it goes to the
 * context's log. */
void choose_init(DaedalusContext *ctx);

/* DAEDALUS_CPU or DAEDALUS_QPU for a batch; why gets the reason for the CPU. */
DaedalusSubstrate choose(DaedalusContext *ctx, const DaedalusBatch *batch, char *why, size_t size);

#endif /* DAEDALUS_API_H */
