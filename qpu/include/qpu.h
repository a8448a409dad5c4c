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
#define QPU_MAX_DOWNLOADS 16 /* a batch */

typedef struct QpuContext QpuContext;
typedef struct QpuBatch QpuBatch;
typedef struct QpuBuffer QpuBuffer;
typedef struct QpuPool QpuPool;

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
 * more (half as many in planes subsampled vertically), and at least 16 words
 * left and right of each row (counted from the width rounded up to 8 luma
 * pixels). */
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
    const char *device;  /* NULL: the best one; else an index or a part of a name;
                          * "null": the null device, see below */
    int allow_cpu;       /* whether a device of type CPU (lavapipe) will do */
    int timestamps;      /* measure gpu_ns; costs a little on some devices */
    const char *pipeline_cache; /* file; NULL: one in $XDG_CACHE_HOME/daedalus; "": none */
} QpuContextParams;

/* Opens a device. On failure *out is NULL and why (if size > 0) gets one
 * sentence for the user.
 *
 * The null device shows what the CPU's side costs: memory, lists of launches
 * and statistics are as ever, but nothing is executed, so the content of
 * downloads is undefined. It needs no Vulkan at all. Its memory is ordinary
 * memory, written and read in place. It is opened by its exact name only and
 * in no list. */
int qpu_context_open(QpuContext **out, const QpuContextParams *params,
                     char *why, size_t why_size);
/* All batches and pools must be closed; tables are freed. */
void qpu_context_close(QpuContext **ctx);

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

/* The largest size in bytes of a pool, and of a range that a kernel can be
 * given; a multiple of 256. */
uint32_t qpu_context_max_range(const QpuContext *ctx);

/* Bytes of device memory in use now, and the most there ever were. */
void qpu_context_memory(const QpuContext *ctx, uint64_t *now, uint64_t *peak);

/* What went wrong last, for the user. */
void qpu_context_error(QpuContext *ctx, char *buf, size_t size);

/* Whether the device was lost; it does not come back. */
int qpu_context_lost(const QpuContext *ctx);

/* ---- memory that outlives batches ---- */

/* A table: device memory with a copy of data (size > 0 bytes), to be read by
 * any batch that is submitted after this returns. May wait for the device
 * (once a table). Any thread. -ENOTSUP when it is larger than max_range. */
int qpu_context_table(QpuContext *ctx, const void *data, size_t size, QpuRange *out);
/* Gives a table back and clears *r (nothing happens if r->buf is NULL already).
 * Never waits: the memory goes when the batches submitted so far are done. Any
 * thread. A table that is not given back goes with the context. */
void qpu_context_table_free(QpuContext *ctx, QpuRange *r);

/* A pool: one buffer in device memory of which frames are parts, so that one
 * binding reaches all of them. The content of a fresh range is undefined.
 *
 * size in bytes, up to max_range (else -ENOTSUP), is rounded up to a multiple
 * of 256. Any thread may use a pool at any time between open and close. */
int qpu_pool_open(QpuContext *ctx, uint32_t size, QpuPool **out);
/* Ends all ranges of the pool, and clears *pool. Never waits: the memory goes
 * when the batches submitted so far are done. A batch that was recorded with
 * ranges of the pool, but not submitted before, may not be submitted any more. */
void qpu_pool_close(QpuPool **pool);
/* The first free part of at least size > 0 bytes; out->size is size rounded up
 * to a multiple of 256. -ENOMEM when no part is large enough: that is no error
 * of the device, it is not in qpu_context_error(). */
int qpu_pool_alloc(QpuPool *pool, uint32_t size, QpuRange *out);
/* Gives a range back, exactly as qpu_pool_alloc() gave it. Also while batches
 * that use it are in flight: who gets the memory next uses it in batches
 * submitted later, and those run later. What was submitted to be downloaded
 * must have been read, though. */
void qpu_pool_free(QpuPool *pool, const QpuRange *r);
/* All of the pool, to be bound. off is 0: offsets of ranges count from here. */
QpuRange qpu_pool_range(const QpuPool *pool);

/* Memory that the device writes and the CPU reads, for pictures that are kept
 * longer than a batch. size > 0 in bytes, rounded up to a multiple of 256. Any
 * thread. */
int qpu_host_open(QpuContext *ctx, uint32_t size, QpuRange *out);
/* Clears *r (nothing happens if r->buf is NULL already). Never waits: the
 * memory goes when the batches submitted so far are done. Batches that were to
 * download to it have been waited for or are never going to be. */
void qpu_host_close(QpuContext *ctx, QpuRange *r);
/* Its bytes, from r->off on. Those of a download are there after the wait, until
 * another one is asked for. The caller may write, too. *cached: as of
 * qpu_batch_downloaded(). */
void *qpu_host_map(const QpuRange *r, int *cached);

/* The first size bytes of a dma-buf as memory of the device, which works in it; size is a
 * multiple of 256. fd stays the caller's. Freed by qpu_host_close(), not to be mapped.
 * -ENOTSUP where the device can't import it; the other errors are no reason to give up the
 * device either. Any thread. */
int qpu_import_open(QpuContext *ctx, int fd, uint32_t size, QpuRange *out);

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

/* All batches of a context run in the order of their submits, one after the
 * other: whatever an earlier one wrote, to tables, pools or downloads, is seen
 * by a later one, and whatever an earlier one still reads, a later one may
 * overwrite. So nobody has to wait between a frame and those that refer to it.
 *
 * Several threads may record batches (each its own) at the same time. */

int qpu_batch_open(QpuContext *ctx, QpuBatch **out);
void qpu_batch_close(QpuBatch **b); /* waits for the device */

/* Starts over: forgets all launches and hands all memory back to the batch
 * (buffers are kept for the next frame). The batch must not be in flight. */
int qpu_batch_begin(QpuBatch *b);

/* Memory for the CPU to write and the device to read and write. The returned
 * pointer is write-only (it may be uncached) and valid until submit; what is
 * written up to then is seen by the first launch. NULL on failure. */
void *qpu_batch_upload(QpuBatch *b, size_t size, QpuRange *out);

/* Gives back all but the first size bytes of the upload that was asked for last. */
void qpu_batch_trim(QpuBatch *b, QpuRange *r, size_t size);

/* Memory for the device alone; content undefined. Since batches run one after
 * the other, all batches of a context have the same memory here: it is the
 * batch's from its first launch to its last, and there is one frame's worth of
 * it however many are in flight. */
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

/* Copies src to dst, on the device, in the order of the launches: it sees what
 * launches and copies before it wrote, and those after it see what it wrote;
 * no barrier is needed on either side. Same size, no overlap, any kinds of
 * memory; dst may not be a table. */
int qpu_batch_copy(QpuBatch *b, const QpuRange *src, const QpuRange *dst);

/* Asks for a range to be readable after the wait. Call after the last launch
 * that writes it. A range of a pool may be read in place: until it has been
 * read, it must neither be given back nor be written by a later batch. At most
 * QPU_MAX_DOWNLOADS a batch, else -ENOSPC. */
int qpu_batch_download(QpuBatch *b, const QpuRange *range);

/* The same, into memory of qpu_host_open() or a part of it, whose size is the
 * range's. What was read before in any part of it is read no more. */
int qpu_batch_download_to(QpuBatch *b, const QpuRange *range, const QpuRange *host);

/* Hands the batch to the device: one submit, once a begin. Calls of several threads at the
 * same time are in an order that none of them can know. */
int qpu_batch_submit(QpuBatch *b);

/* Waits until the device is done with the batch. Any thread may wait. */
int qpu_batch_wait(QpuBatch *b);

/* Whether the device is done with a batch that was submitted (or will never be): 1, else 0.
 * wait: not before it is, or is taken to hang. Changes nothing: qpu_batch_wait() is
 * still to be called. Any thread, also while another one is in qpu_batch_wait(). */
int qpu_batch_reached(const QpuBatch *b, int wait);

/* After the wait: the bytes of a range given to qpu_batch_download(), same
 * order of calls (index 0 is the first). *cached says whether ordinary loads
 * are fast; if not, read each line once, in order. Valid until the batch begins
 * anew. NULL when there is no such download. */
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
