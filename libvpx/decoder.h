/* What a decoder that uses the device has besides upstream's. */

#ifndef DAEDALUS_LIBVPX_DECODER_H
#define DAEDALUS_LIBVPX_DECODER_H

#include "vp9/decoder/vp9_decoder.h"
#include "vp9/vp9_dx_iface.h"

#include "qpu.h"
#include "session/frames.h"
#include "session/lend.h"
#include "session/mode.h"
#include "session/slots.h"
#include "session/stats.h"

#include "vp9/qpu/picture.h"
#include "vp9/qpu/rec.h"
#include "vp9/qpu/recover.h"
#include "vp9/qpu/tables.h"

/* Owner: the thread that calls the decoder; tiles in rec belong to the threads that
 * decode them while a frame's tiles are decoded. */
typedef struct Vp9Qpu {
    /* constant after opening */
    QpuContext *ctx;   /* NULL: no device, or none wanted; the lender closes it */
    QpuMode mode;
    unsigned stages;   /* what runs on the device, bit set of enum QpuStage */
    char *stats_path;  /* NULL: none wanted */
    int delay;         /* pictures that are handed out late */
    enum QpuIpredSchedule schedule;

    QpuStats stats;
    QpuLender lender;
    QpuSlots slots;
    QpuFrames frames;
    Vp9QpuTables tables;

    /* by upstream's number of the frame buffer */
    Vp9QpuPicture picture[FRAME_BUFFERS];
    Vp9QpuOutput output[VP9_QPU_MAX_DELAY + 1]; /* oldest first */
    int n_output;
    Vp9QpuOutput shown; /* what the application has */

    Vp9QpuRecover recover;

    /* the frame in work */
    int in_frame;
    int recording;
    int saved_skip_loop_filter, saved_row_mt; /* upstream's, while recording */
    QpuFrame cur;
    Vp9QpuRec rec;
    QpuIpredPlan plan;

#ifdef QPU_FAULTS
    int is_guarded;
    uint8_t *guarded[FRAME_BUFFERS][3]; /* upstream's planes, meanwhile */
#endif

    int dead;          /* the device is given up */
    int failures;      /* frames in a row that the device did not do */
    char *fallback;    /* why the CPU did the device's work, first time */
} Vp9Qpu;

/* Notes that a frame's device stages are done by the CPU, and why; says so
 * the first time. permanent: the device is not to be asked again. */
void vp9_qpu_fallback(Vp9Qpu *q, int permanent, const char *why);

/* The same of an error (negative errno), and what could not be done. Counts the frame. */
void vp9_qpu_give_up(Vp9Qpu *q, const VP9_COMMON *cm, int err, const char *what);

#endif /* DAEDALUS_LIBVPX_DECODER_H */
