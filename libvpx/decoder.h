/* What a decoder that uses the device has besides upstream's. */

#ifndef DAEDALUS_LIBVPX_DECODER_H
#define DAEDALUS_LIBVPX_DECODER_H

#include "vp9/decoder/vp9_decoder.h"
#include "vp9/vp9_dx_iface.h"

#include "qpu.h"
#include "session/frames.h"
#include "session/lend.h"
#include "session/session.h"
#include "session/slots.h"

#include "vp9/qpu/picture.h"
#include "vp9/qpu/rec.h"
#include "vp9/qpu/recover.h"
#include "vp9/qpu/tables.h"

/* Owner: the thread that calls the decoder; tiles in rec belong to the threads that
 * decode them while a frame's tiles are decoded. */
typedef struct Vp9Qpu {
    QpuSession session; /* its context is closed by the lender */

    /* constant after opening */
    int delay;         /* pictures that are handed out late */
    enum QpuIpredSchedule schedule;

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
} Vp9Qpu;

/* Notes that the CPU does a frame in the device's place, as for qpu_session_give_up(), and counts it. */
void vp9_qpu_give_up(Vp9Qpu *q, const VP9_COMMON *cm, int err, const char *what);

#endif /* DAEDALUS_LIBVPX_DECODER_H */
