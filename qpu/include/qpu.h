/* The engine: a Vulkan compute device, its memory, and batches of kernel
 * launches. Knows frames and planes, but no codec.
 *
 * Errors: functions that return int give 0 or a negative errno; a failed
 * batch stays failed until qpu_batch_begin(), so a sequence of launches needs
 * only its last result checked. Nothing here aborts.
 *
 * Threads: a QpuContext may be used by any number of threads at once. A
 * QpuBatch belongs to one thread at a time; handing it over needs the usual
 * happens-before (a lock, an atomic). */

#ifndef QPU_H
#define QPU_H

#include <stddef.h>
#include <stdint.h>

#define QPU_MAX_BINDINGS 8   /* storage buffers a stage, V3D 7.1 */
#define QPU_MAX_PUSH     128 /* bytes of push constants, V3D 7.1 */

typedef struct QpuContext QpuContext;
typedef struct QpuBatch QpuBatch;
typedef struct QpuBuffer QpuBuffer;

/* A part of a buffer. off and size in bytes; off is a multiple of 256. */
typedef struct QpuRange {
    QpuBuffer *buf;
    uint32_t off, size;
} QpuRange;

/* One plane of a frame. org is the index of the 32-bit word that holds pixel
 * (0, 0), counted from the start of the frame's range; stride is in words;
 * both are multiples of 16. w and h are the plane's size in pixels.
 * Pixels of 8 bits lie four to a word, lowest byte first; deeper ones two to
 * a word, 16 bits each. */
typedef struct QpuPlane {
    uint32_t org, stride;
    int w, h;
} QpuPlane;

/* A frame in device memory. Around each plane there is memory that kernels
 * may read and write freely and whose content means nothing: QPU_GUARD_TOP
 * rows above, rows below up to the next multiple of 64 plus QPU_GUARD_BOTTOM
 * more, and at least 16 words left and right of each row (counted from the
 * width rounded up to 8 luma pixels). */
#define QPU_GUARD_TOP    16
#define QPU_GUARD_BOTTOM 64
typedef struct QpuFrame {
    QpuRange range;
    QpuPlane plane[3];
    int n_planes;       /* 1 or 3 */
    int bpc;            /* 8, 10, 12 */
    int ss_hor, ss_ver; /* chroma subsampling, 0 or 1 */
} QpuFrame;

/* Stages in the order of the data flow; names as in the command line. */
enum QpuStage {
    QPU_STAGE_MC,
    QPU_STAGE_ITX,
    QPU_STAGE_IPRED,
    QPU_STAGE_LF,
    QPU_STAGE_CDEF,
    QPU_STAGE_SR,
    QPU_STAGE_LR,
    QPU_STAGE_FG,
    QPU_N_STAGES
};
extern const char *const qpu_stage_names[QPU_N_STAGES];

/* A compute shader: see shaders/kernels.h for the list. */
typedef struct QpuKernel {
    const char *name;
    const uint32_t *code; /* SPIR-V */
    uint32_t size;        /* bytes */
} QpuKernel;

/* ---- context ---- */

typedef struct QpuContextParams {
    const char *device;  /* NULL: the best one; else an index or a part of a name */
    int allow_cpu;       /* whether a device of type CPU (lavapipe) will do */
    int timestamps;      /* measure gpu_ns; costs a little on some devices */
    const char *pipeline_cache; /* file; NULL: one in $XDG_CACHE_HOME/daedalus; "": none */
} QpuContextParams;

/* Opens a device. On failure *out is NULL and why (if size > 0) gets one
 * sentence for the user. */
int qpu_context_open(QpuContext **out, const QpuContextParams *params,
                     char *why, size_t why_size);
void qpu_context_close(QpuContext **ctx); /* all batches must be closed */

/* One line a device, as `--qpudevice list` shows it: index, name, driver,
 * type, and what is missing where it can't be used. Returns the number of
 * usable devices or a negative errno; out (malloc'ed, caller frees) is set
 * either way, to the reason when there is no loader or no device. */
int qpu_device_list(char **out);

enum QpuDeviceClass {
    QPU_CLASS_CPU, QPU_CLASS_V3D, QPU_CLASS_INTEGRATED, QPU_CLASS_DISCRETE
};
typedef struct QpuDeviceInfo {
    char name[256], driver[256]; /* driver: name and version */
    enum QpuDeviceClass cls;
    int timestamps;              /* gpu_ms can be measured */
} QpuDeviceInfo;
const QpuDeviceInfo *qpu_context_info(const QpuContext *ctx);

/* Bytes of device memory in use now, and the most there ever were. */
void qpu_context_memory(const QpuContext *ctx, uint64_t *now, uint64_t *peak);

/* What went wrong last, for the user. */
void qpu_context_error(QpuContext *ctx, char *buf, size_t size);

/* Whether the device was lost; it does not come back. */
int qpu_context_lost(const QpuContext *ctx);

/* ---- frames ---- */

/* Fills in everything but range.buf and range.off, which an allocation below
 * sets; range.size is the number of bytes to allocate. w and h in luma
 * pixels. Fails with -ENOTSUP when a plane is too large for the device. */
int qpu_frame_layout(const QpuContext *ctx, QpuFrame *f, int w, int h, int bpc,
                     int n_planes, int ss_hor, int ss_ver);

/* Whether the planes of two frames have the same size and lie alike in their
 * ranges, so that one set of offsets serves both. */
int qpu_frame_same_layout(const QpuFrame *a, const QpuFrame *b);

/* ---- batches ---- */

int qpu_batch_open(QpuContext *ctx, QpuBatch **out);
void qpu_batch_close(QpuBatch **b); /* waits for the device */

/* Starts over: forgets all launches and hands all memory back to the batch
 * (buffers are kept for the next frame). The batch must not be in flight. */
int qpu_batch_begin(QpuBatch *b);

/* Memory for the CPU to write and the device to read and write. The returned
 * pointer is write-only (it may be uncached) and valid until submit; what is
 * written up to then is seen by the first launch. NULL on failure. */
void *qpu_batch_upload(QpuBatch *b, size_t size, QpuRange *out);

/* Memory for the device alone; content undefined. */
int qpu_batch_scratch(QpuBatch *b, size_t size, QpuRange *out);

/* What is launched from here on counts as this stage's. */
void qpu_batch_stage(QpuBatch *b, enum QpuStage stage);

/* Launches k with gx x gy x gz workgroups; bind[i] is at binding i of set 0. */
int qpu_batch_dispatch(QpuBatch *b, const QpuKernel *k,
                       const QpuRange *bind, int n_bind,
                       const void *push, size_t push_size,
                       uint32_t gx, uint32_t gy, uint32_t gz);

/* Launches after this see what launches before it wrote. */
void qpu_batch_barrier(QpuBatch *b);

/* Asks for a range to be readable after the wait. Call after the last launch
 * that writes it. */
int qpu_batch_download(QpuBatch *b, const QpuRange *range);

/* Hands the batch to the device: one submit. */
int qpu_batch_submit(QpuBatch *b);

/* Waits until the device is done with the batch. Any thread may wait. */
int qpu_batch_wait(QpuBatch *b);

/* After the wait: the bytes of a range given to qpu_batch_download(), same
 * order of calls (index 0 is the first). *cached says whether ordinary loads
 * are fast; if not, read each line once, in order. */
const void *qpu_batch_downloaded(QpuBatch *b, int index, int *cached);

/* Work counts of the batch, for the statistics; gpu_ns only after the wait. */
typedef struct QpuBatchStats {
    uint32_t dispatches;
    uint64_t upload_bytes, download_bytes;
    struct {
        uint32_t dispatches;
        uint64_t groups;
        uint64_t gpu_ns;
    } stage[QPU_N_STAGES];
} QpuBatchStats;
void qpu_batch_stats(const QpuBatch *b, QpuBatchStats *out);

#endif /* QPU_H */
