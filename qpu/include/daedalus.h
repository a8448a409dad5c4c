/* Daedalus: pixel kernels of VP9 and AV1, on a Vulkan device or on the CPU, for
 * decoders of one's own. docs/api.md is the manual, examples/ has a program.
 *
 *     DaedalusContext: a device (or none), and all that belongs to it
 *     DaedalusFrame:   a picture's planes: caller's memory, the library's, or a dma-buf
 *     DaedalusBatch:   calls of kernels, in order, each with an array of jobs; handed over
 *                      at once by daedalus_submit(), done by daedalus_wait()
 *
 * A batch runs as a whole on the device (QPU) or on the CPU, where upstream's own functions
 * do it (dav1d's and libvpx's, with SIMD), and the result is the same to the last bit.
 * DAEDALUS_AUTO chooses, and goes on on the CPU when the device fails;
 * daedalus_report() says who did it and why.
 *
 * Errors: functions that return int give 0 or a negative errno, and say which ones at
 * their declaration; every one may give -ENOMEM. A call that fails has changed nothing,
 * unless it says otherwise.
 *
 * Threads: a context and its frames may be used by any number of threads at once, a
 * batch by one at a time. Two contexts have nothing in common.
 *
 * ABI: structures with a field `size` may grow at their end: set it to sizeof. Jobs never
 * change. Section numbers are those of the AV1 and VP9 specifications. */

#ifndef DAEDALUS_H
#define DAEDALUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define DAEDALUS_API __attribute__((visibility("default")))
#else
#define DAEDALUS_API
#endif

#define DAEDALUS_API_VERSION 1
/* Of the library that is linked: DAEDALUS_API_VERSION when it was built. */
DAEDALUS_API int daedalus_api_version(void);

typedef struct DaedalusContext DaedalusContext;
typedef struct DaedalusFrame DaedalusFrame;
typedef struct DaedalusBatch DaedalusBatch;

typedef enum DaedalusSubstrate {
    DAEDALUS_CPU,  /* in daedalus_submit(), by the thread that calls it */
    DAEDALUS_QPU,  /* on the device; what goes wrong there is an error */
    DAEDALUS_AUTO, /* the device where the recipe says that it pays, and the CPU if it fails */
} DaedalusSubstrate;

/* ---- context ---- */

typedef struct DaedalusSettings {
    size_t size;        /* sizeof(DaedalusSettings) */
    const char *device; /* index or a part of the name, see daedalus_devices(); NULL: the best
                         * one; "none": the CPU alone, and no Vulkan is loaded */
    int cpu_devices;    /* other than 0: a Vulkan device that is a CPU (lavapipe) will do,
                         * too; for tests */
    uint64_t least_pixels; /* DAEDALUS_AUTO takes the device for batches that write at least so many
                         * pixels, whichever device it is; 0: it decides itself */
    int need_device;    /* other than 0: without a device, opening fails with -ENODEV. Else
                         * the context opens and has the CPU alone */
    int unused;         /* 0 */
    /* Gets a line, without its newline, when the recipe has a mistake, and when the context is without its device: at opening,
     * or when the device is lost. Once a context. From the thread that called in,
     * which may not call the library in it. NULL: nobody is told but daedalus_report(). */
    void (*log)(void *opaque, const char *line);
    void *opaque;
} DaedalusSettings;

/* settings: NULL: all zero. On failure *out is NULL, and why (if why_size > 0) gets a
 * sentence for the user. -EINVAL: size is wrong; -ENODEV: see need_device; -ENOTSUP: the
 * device is not fit. */
DAEDALUS_API int daedalus_open(DaedalusContext **out, const DaedalusSettings *settings,
                               char *why, size_t why_size);
/* Clears *ctx; nothing happens if it is NULL. All frames and batches must be freed. */
DAEDALUS_API void daedalus_close(DaedalusContext **ctx);

/* The device's name and driver, or why there is none. The text lives as long as the context.
 * *usable (if not NULL): whether batches can run on it now; once 0, it stays so. */
DAEDALUS_API const char *daedalus_device(DaedalusContext *ctx, int *usable);
/* A line for each Vulkan device: index, name, driver, type, what is missing. *text is malloc'ed,
 * the caller frees it. Returns the number of usable ones, or a negative errno, and then *text
 * says why. */
DAEDALUS_API int daedalus_devices(char **text);

/* ---- frames ---- */

enum DaedalusLayout { /* chroma: none, half each way, half horizontally, half vertically, full */
    DAEDALUS_400, DAEDALUS_420, DAEDALUS_422, DAEDALUS_440, DAEDALUS_444,
};

typedef struct DaedalusFormat {
    size_t size;                /* sizeof(DaedalusFormat) */
    int width, height;          /* of the picture, in luma pixels: 1..16384 */
    int depth;                  /* bits of a pixel: 8, in bytes; 10, 12, in uint16_t */
    enum DaedalusLayout layout;
} DaedalusFormat;

/* Planes of a frame: luma, and Cb, Cr unless it has none (then NULL). data: pixel (0, 0);
 * stride: bytes from a row to the next, positive.
 *
 * Kernels work on blocks: each plane must have memory for the width and the height rounded up
 * to 16 luma pixels. What they read and write, and what this header means by "the frame", is
 * the size rounded up to 8 luma pixels; beyond that, memory may be written and never
 * matters. Pixels above the depth's largest value must not occur. */
typedef struct DaedalusPlanes {
    void *data[3];
    ptrdiff_t stride[3];
} DaedalusPlanes;

/* Where planes lie in the memory of a frame that the device can work in: bytes. */
typedef struct DaedalusMemory {
    size_t bytes;
    size_t offset[3], stride[3];
} DaedalusMemory;
/* -EINVAL: the format makes no sense; -ENOTSUP: too large for the device. */
DAEDALUS_API int daedalus_frame_memory(DaedalusContext *ctx, const DaedalusFormat *format,
                                       DaedalusMemory *out);

/* A frame in the library's memory; content undefined. As long as batches on the device use
 * it, nothing is copied: daedalus_map() and the CPU's batches copy. Errors as above. */
DAEDALUS_API int daedalus_frame_alloc(DaedalusContext *ctx, const DaedalusFormat *format,
                                      DaedalusFrame **out);

/* A frame in the caller's memory, which stays the caller's: it must live as long as the
 * frame, and is the library's, to be neither read nor written by others, from the submit of
 * a batch that uses it until that was waited for. Costs, each time the device does a batch: the
 * frame is copied to the device if it is read, and back, in daedalus_wait(), if
 * it is written (by at most 16 such frames a batch). -EINVAL also when a stride is too
 * short, or data or a stride isn't a multiple of 16 bytes. */
DAEDALUS_API int daedalus_frame_wrap(DaedalusContext *ctx, const DaedalusFormat *format,
                                     const DaedalusPlanes *planes, DaedalusFrame **out);

/* A frame in a dma-buf whose planes lie as daedalus_frame_memory() says, from its beginning on;
 * fd is duplicated. The content is kept. The device works in it with no copy where it can import
 * it (daedalus_frame_is_direct()), else it is copied as caller's memory is. To look at it in
 * between, use daedalus_map(), or wait for the batches and synchronise the dma-buf
 * as its exporter demands. -EBADF, -EACCES...: what the kernel says of fd; -EINVAL: too small. */
DAEDALUS_API int daedalus_frame_import(DaedalusContext *ctx, const DaedalusFormat *format, int fd,
                                       DaedalusFrame **out);
/* 1: an imported frame in which the device works itself; else 0. */
DAEDALUS_API int daedalus_frame_is_direct(const DaedalusFrame *frame);

/* Clears *frame; nothing happens if it is NULL. Batches that use the frame keep it until
 * they are waited for, or freed, and wrapped memory must live that long. */
DAEDALUS_API void daedalus_frame_free(DaedalusFrame **frame);

/* Gives the caller the pixels of a frame of any kind until daedalus_unmap(): waits for
 * all batches that were submitted, then copies the frame from the device if it isn't here.
 * DAEDALUS_READ, DAEDALUS_WRITE or both; with WRITE alone the content is undefined. No batch
 * that uses the frame may be submitted before daedalus_unmap(). -EBUSY: is mapped;
 * -EIO: the content was lost with the device (until it is mapped for WRITE alone). */
#define DAEDALUS_READ  1
#define DAEDALUS_WRITE 2
DAEDALUS_API int daedalus_map(DaedalusFrame *frame, int how, DaedalusPlanes *out);
/* -EINVAL: is not mapped. */
DAEDALUS_API int daedalus_unmap(DaedalusFrame *frame);

/* ---- batches ---- */

DAEDALUS_API int daedalus_batch_open(DaedalusContext *ctx, DaedalusBatch **out);
/* Clears *batch; nothing happens if it is NULL. Waits, if it was submitted. */
DAEDALUS_API void daedalus_batch_free(DaedalusBatch **batch);

/* Hands the batch over. Batches of a context take effect in the order of their submits, so one
 * may use what an earlier one writes, without a wait between. On the device: one submit;
 * returns before it has run. On the CPU: has run when it returns, after waiting for what
 * is on the device. CPU batches of a context run one at a time: for more, use several.
 *
 * The batch is then in flight until daedalus_wait(), whatever this returns but -EBUSY: is in
 * flight already; -EINVAL: a frame is mapped, no such substrate. DAEDALUS_QPU: -ENODEV: there
 * is no device, or it was lost; -ENOSPC, see daedalus_frame_wrap(); -ENOTSUP: a frame doesn't fit it;
 * frames are as before then. DAEDALUS_CPU and DAEDALUS_AUTO: -EIO: a frame's content was lost. */
DAEDALUS_API int daedalus_submit(DaedalusBatch *batch, DaedalusSubstrate substrate);
/* 1: daedalus_wait() has nothing to wait for; 0: the device is at it. */
DAEDALUS_API int daedalus_poll(DaedalusBatch *batch);
/* Waits for the batch and all before it; copies to callers' memory what it wrote there. With
 * DAEDALUS_AUTO, what was lost with the device is done again by the CPU, here. The batch is
 * empty then, for more calls. Returns what daedalus_submit() did, or what happened since: -EIO,
 * -ENODEV: the device was lost, and the frames that the batch was to write are as undefined
 * as said by daedalus_map() (callers' memory is as before). */
DAEDALUS_API int daedalus_wait(DaedalusBatch *batch);

typedef struct DaedalusReport {
    size_t size;                 /* sizeof(DaedalusReport), set by the caller */
    DaedalusSubstrate asked, ran; /* ran: DAEDALUS_CPU or _QPU; who has, or will have, done it */
    int result;                  /* of the batch, so far */
    int fell_back;               /* 1: the device was tried, and failed */
    char why[160];               /* why the CPU did it, or what failed; "" else */
    uint64_t jobs, pixels;       /* pixels: that the kernels write, by the jobs' sizes */
    uint32_t dispatches;         /* kernel launches of the device */
    uint64_t upload_bytes, download_bytes;
} DaedalusReport;
/* Of the batch as it was submitted last; until it is given a new call. -EINVAL: was not. */
DAEDALUS_API int daedalus_report(const DaedalusBatch *batch, DaedalusReport *out);

/* Counts of a context since it was opened: batches by who did them, and those that fell back. */
typedef struct DaedalusCounts {
    size_t size;
    uint64_t cpu, qpu, fell_back, failed;
} DaedalusCounts;
DAEDALUS_API int daedalus_counts(DaedalusContext *ctx, DaedalusCounts *out);

/* ---- kernels ----
 *
 * Each call adds to a batch, at its end, one kernel over all its jobs. Arrays are copied, and
 * may be reused at once; frames are looked at when the batch runs. All errors in jobs are found
 * here, and the call adds nothing then: -EINVAL: a job is wrong, frames are of another context or
 * don't fit each other; -EBUSY: the batch is in flight; -ENOTSUP: not for this layout.
 * No jobs: nothing happens. plane: 0 luma, 1 Cb, 2 Cr; x, y: pixels of that plane. */

/* VP9 inverse transform and addition, 8.7.2 and 8.6.2. The block of 4 << tx pixels each way begins
 * in the frame, at multiples of its size; what of it lies beyond the frame is left out. Blocks of a
 * call must not overlap. */
enum { DAEDALUS_VP9_4X4, DAEDALUS_VP9_8X8, DAEDALUS_VP9_16X16, DAEDALUS_VP9_32X32 };
enum { /* columns, rows; 32x32 has DCT_DCT only, WHT (lossless) is 4x4 only */
    DAEDALUS_VP9_DCT_DCT, DAEDALUS_VP9_ADST_DCT, DAEDALUS_VP9_DCT_ADST, DAEDALUS_VP9_ADST_ADST,
    DAEDALUS_VP9_WHT,
};
typedef struct DaedalusVp9Itx {
    uint16_t x, y;
    uint8_t plane, tx, type;
    uint8_t unused;   /* 0 */
    uint16_t eob;     /* how many coefficients, in VP9's order of scanning, may be other than 0;
                       * the others are not looked at. 0: find out */
    uint16_t unused2; /* 0 */
    uint32_t coefs;   /* index of the block's first coefficient in coefs */
} DaedalusVp9Itx;
/* coefs: dequantised, blocks of n x n (n = 4 << tx), row after row: the frequency across grows
 * along a row. n_coefs: how many int32_t there are. Any value is right; the result is that of
 * libvpx's C functions, which streams that are valid cannot tell from SIMD. */
DAEDALUS_API int daedalus_vp9_itx(DaedalusBatch *batch, DaedalusFrame *frame,
                                  const DaedalusVp9Itx *jobs, size_t n_jobs,
                                  const int32_t *coefs, size_t n_coefs);

/* VP9 inter prediction with 8 taps or 2, 8.5.2.3 (not of scaled references), to or with ("average")
 * what is in the frame. Blocks are 4 to 64 pixels each way, powers of two, at multiples of 4; they
 * may reach beyond the frame. Positions beyond a reference's width x height see its edge. All jobs
 * that average run after all others of the call; else, blocks must not overlap. */
enum { DAEDALUS_VP9_REGULAR, DAEDALUS_VP9_SMOOTH, DAEDALUS_VP9_SHARP, DAEDALUS_VP9_BILINEAR };
typedef struct DaedalusVp9Mc {
    uint16_t x, y;
    uint8_t plane, w, h;
    uint8_t ref;         /* index in refs */
    int16_t mv_x, mv_y;  /* in 1/16 pixel of the plane; a multiple of 16: that direction is copied */
    uint8_t filter, average;
    uint16_t unused;     /* 0 */
} DaedalusVp9Mc;
/* refs: n_refs (1..3) frames of frame's format, none of them frame. Their pixels right of
 * the width and below the height are undefined afterwards. */
DAEDALUS_API int daedalus_vp9_mc(DaedalusBatch *batch, DaedalusFrame *frame,
                                 DaedalusFrame *const *refs, int n_refs,
                                 const DaedalusVp9Mc *jobs, size_t n_jobs);

/* VP9 loop filter of a frame, 8.8, in place: a job for each superblock of 64x64, row by row, all of
 * them. Bit y * 8 + x of a luma mask is the 8x8 block (x, y) of the superblock; of a chroma mask
 * (4:2:0), bit y * 4 + x. Filters 4, 8 and 16 samples wide, at the left and the upper edges of blocks;
 * inner: 4 wide, in the middle of blocks, both ways. 4:4:4: luma's masks are chroma's, too.
 * Bits beyond the frame, at its left and upper edge, and of blocks of level 0 don't count. As in VP9, an edge
 * has one width at most; one 16 wide is at a multiple of 16 samples, has no other (inner ones neither) for
 * 16 samples behind it, and goes on with one level for 16 samples along it (or to the frame's end), from
 * a multiple of 16 on: else -EINVAL. Where the frame has but 4 samples of chroma behind an edge, 16 wide
 * ones are 8 wide; a block of which it has 4 columns has no inner edges, one with 4 rows none across.
 * -ENOTSUP: 4:2:2, 4:4:0. */
typedef struct DaedalusVp9LfSb {
    uint64_t left[3], above[3], inner;          /* by width: 4, 8, 16 */
    uint16_t left_uv[3], above_uv[3], inner_uv;
    uint16_t unused;                            /* 0 */
    uint8_t level[64];                          /* 0 (none) to 63, of each block, row by row; a
                                                 * chroma block has that of its upper left luma block */
} DaedalusVp9LfSb;
/* n_sb: must be the number of superblocks. sharpness: 0..7. */
DAEDALUS_API int daedalus_vp9_lf(DaedalusBatch *batch, DaedalusFrame *frame,
                                 const DaedalusVp9LfSb *sb, size_t n_sb, int sharpness);

/* AV1 inverse transform and addition, 7.13.3 and 7.12.3 step 5. tx and type are the specification's
 * numbers of transform sizes (TX_4X4 0, ... TX_64X16 18) and types (DCT_DCT 0, ... H_FLIPADST 15); 16 is WHT
 * (lossless), of 4x4. -EINVAL: a type that the size doesn't have. The block begins in the frame, at multiples of
 * its width and height; what of it lies beyond the frame is left out. Blocks of a call must not overlap. */
#define DAEDALUS_AV1_WHT 16
typedef struct DaedalusAv1Itx {
    uint16_t x, y;
    uint8_t plane, tx, type;
    uint8_t unused;   /* 0 */
    uint32_t coefs;   /* index of the block's first coefficient in coefs */
} DaedalusAv1Itx;
/* coefs: dequantised, blocks of as many columns and rows as the block has, but 32 at most, row after row: the
 * frequency across grows along a row. n_coefs: how many int32_t there are. They are as in streams that
 * conform: within 8 + depth bits, sign included, or -EINVAL, and with sums that fit where 7.13.3 requires it; else
 * pixels of the block may differ from one substrate to the other. */
DAEDALUS_API int daedalus_av1_itx(DaedalusBatch *batch, DaedalusFrame *frame,
                                  const DaedalusAv1Itx *jobs, size_t n_jobs,
                                  const int32_t *coefs, size_t n_coefs);

/* AV1's constrained directional enhancement filter, 7.15: from src to dst, which gets all pixels
 * of the frame. A job for each 64x64 of luma, row by row, all of them. Strengths as at 8 bits; in
 * blocks that mask leaves out, pixels are copied. -ENOTSUP: 4:4:0. */
typedef struct DaedalusAv1CdefSb {
    uint64_t mask;            /* bit y * 8 + x: the 8x8 luma block (x, y) is filtered */
    uint8_t y_pri, y_sec;     /* 0..15; 0, 1, 2, 4 */
    uint8_t uv_pri, uv_sec;
    uint32_t unused;          /* 0 */
} DaedalusAv1CdefSb;
/* src and dst: different frames of one format. damping: 3..6, luma's at 8 bits. */
DAEDALUS_API int daedalus_av1_cdef(DaedalusBatch *batch, DaedalusFrame *src, DaedalusFrame *dst,
                                   const DaedalusAv1CdefSb *sb, size_t n_sb, int damping);

/* AV1's super-resolution, 7.16: from src to dst, across, from one's width to the other's. Columns of src count
 * as far as the frame goes; of dst, width x height are written, and what is beyond is undefined. It is one job.
 * src and dst: of one depth, layout and height; src's width: at least 16, less than dst's, and at least half of it. */
DAEDALUS_API int daedalus_av1_sr(DaedalusBatch *batch, DaedalusFrame *src, DaedalusFrame *dst);

/* AV1's loop restoration, 7.17: from src to dst, of which width x height are written; what is beyond is
 * undefined. A job for each restoration unit: row by row, of luma, of Cb, of Cr. Units of a plane are
 * 1 << size_log2 pixels each way; in a row of n pixels there are (n + half a unit) / a unit, rounded down, but at
 * least 1, and the last one takes what is left; in a column likewise, where all but the first begin 8 luma rows
 * higher, as stripes do. */
enum { DAEDALUS_AV1_LR_NONE, DAEDALUS_AV1_LR_WIENER, DAEDALUS_AV1_LR_SELF_GUIDED };
typedef struct DaedalusAv1LrUnit {
    uint8_t type;         /* none: pixels are copied. What another type needs is not looked at */
    uint8_t set;          /* self-guided: lr_sgr_set, 0..15 */
    int8_t weights[2];    /* LrSgrXqd: -96..31, -32..95. Sets 10 to 13 have no first pass: the first one must be 0;
                           * 14 and 15 no second: the other one is not looked at */
    int8_t filter_v[3];   /* LrWiener of pass 0, the outer tap first: -5..10, -23..8, -17..46 */
    int8_t filter_h[3];   /* of pass 1 */
    uint16_t unused;      /* 0 */
} DaedalusAv1LrUnit;
/* src: after CDEF (and super-resolution); dbl: before CDEF (and then scaled, too), whose rows are those around
 * stripes of 64 luma rows; may be src. dst is neither. All of one format. n_units: must be the number of units
 * of all planes. size_log2: of each plane: 6..8; chroma of half the height: 5..8; 0: is not restored, but copied, and
 * has no units. If no plane has any, nothing happens. */
DAEDALUS_API int daedalus_av1_lr(DaedalusBatch *batch, DaedalusFrame *src, DaedalusFrame *dbl, DaedalusFrame *dst,
                                 const DaedalusAv1LrUnit *units, size_t n_units, const uint8_t size_log2[3]);

/* AV1 deblocking, 7.14.6 with the limits of 7.14.4, in place: first all vertical edges of the call, then all
 * horizontal ones, so a frame's belong into one call. Which edges there are, their sizes and levels (7.14.2,
 * 7.14.3, 7.14.5) are the caller's. A job is 4 samples of an edge; jobs are in any order. As in AV1, transforms
 * at both sides have at least 4 (filters of 4 samples), 8 (of 6 and 8) or 16 (of 14) samples across the edge: it
 * is at a multiple of that, and nearer than that there is no other of its plane and direction; else -EINVAL, as
 * for one that is there twice. */
typedef struct DaedalusAv1LfEdge {
    uint16_t x, y;       /* the first sample right of (below) the edge; multiples of 4, in the frame. A
                          * vertical one is not at x = 0, a horizontal one not at y = 0 */
    uint8_t plane;
    uint8_t horizontal;  /* 0: vertical, 4 rows; 1: horizontal, 4 columns */
    uint8_t size;        /* of the filter: luma 4, 8, 14, chroma 4, 6 */
    uint8_t level;       /* 1..63 */
} DaedalusAv1LfEdge;
/* sharpness: 0..7. */
DAEDALUS_API int daedalus_av1_lf(DaedalusBatch *batch, DaedalusFrame *frame,
                                 const DaedalusAv1LfEdge *edges, size_t n_edges, int sharpness);

/* AV1's film grain, 7.18.3: from src to dst, which gets all planes; pixels of dst right of the width
 * and below the height are undefined afterwards. Fields are those of film_grain_params(), 5.9.30, as 7.18.3 uses
 * them: without the offsets that they are coded with. -EINVAL: a value out of range; 4:0:0 with grain for chroma; chroma
 * with points and chroma_scaling_from_luma. -ENOTSUP: 4:4:0. */
typedef struct DaedalusAv1Fg {
    uint16_t seed;
    int16_t uv_offset[2];                /* Cb, Cr: -256..255 */
    int8_t uv_mult[2], uv_luma_mult[2];
    uint8_t num_y_points;                /* 0..14; 0: luma has no grain */
    uint8_t num_uv_points[2];            /* 0..10 */
    uint8_t y_points[14][2];             /* value, scaling; values rise */
    uint8_t uv_points[2][10][2];
    uint8_t scaling_shift;               /* 8..11 */
    uint8_t ar_coeff_lag;                /* 0..3 */
    uint8_t ar_coeff_shift;              /* 6..9 */
    uint8_t grain_scale_shift;           /* 0..3 */
    int8_t ar_coeffs_y[24];              /* as many as the lag has, in their order; others don't count */
    int8_t ar_coeffs_uv[2][25];          /* the same, then luma's, if that has grain */
    uint8_t chroma_scaling_from_luma;    /* 0 or 1, as all that follow */
    uint8_t overlap, restricted_range;   /* overlap_flag, clip_to_restricted_range */
    uint8_t identity;                    /* matrix_coefficients is MC_IDENTITY */
    uint8_t unused;                      /* 0 */
} DaedalusAv1Fg;
/* src and dst: different frames of one format. */
DAEDALUS_API int daedalus_av1_fg(DaedalusBatch *batch, DaedalusFrame *src, DaedalusFrame *dst,
                                 const DaedalusAv1Fg *fg);

/* AV1 inter prediction of blocks that are only moved, 7.11.3.4, from one reference or, weighted as in 7.11.3.1,
 * from two (not scaled ones; no warps, masks, overlapped blocks), to the frame. Blocks are 2 to 128 pixels
 * each way, powers of two, one way 4 times the other at most, at multiples of 4 pixels, or of their size if that
 * is less; of two references, 4 pixels at least. They may reach beyond the frame. Positions beyond a
 * reference's width x height see its edge. Blocks of a call must not overlap. Filters, by a direction's own:
 * the specification's numbers, where sizes of 4 and less have 4 taps; bilinear is for both or none. */
enum { DAEDALUS_AV1_REGULAR, DAEDALUS_AV1_SMOOTH, DAEDALUS_AV1_SHARP, DAEDALUS_AV1_BILINEAR };
typedef struct DaedalusAv1Mc {
    uint16_t x, y;
    uint8_t plane, w, h;
    uint8_t filter_h, filter_v;
    uint8_t weight;           /* of the first reference in 1/16, 1..15, the second one has the rest: 8 is the
                               * average; 0: one reference */
    uint8_t ref[2];           /* indices in refs; may be the same */
    int16_t mv_x[2], mv_y[2]; /* in 1/16 pixel of the plane. One reference: the second's are 0 */
} DaedalusAv1Mc;
/* refs: n_refs (1..7) frames of frame's format, none of them frame. Their pixels right of
 * the width and below the height are undefined afterwards. */
DAEDALUS_API int daedalus_av1_mc(DaedalusBatch *batch, DaedalusFrame *frame,
                                 DaedalusFrame *const *refs, int n_refs,
                                 const DaedalusAv1Mc *jobs, size_t n_jobs);

#ifdef __cplusplus
}
#endif

#endif /* DAEDALUS_H */
