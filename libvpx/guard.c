#include "vp9/qpu/guard.h"

#ifdef QPU_FAULTS

#include "session/guard.h"

#include "vp9/qpu/decoder.h"

void vp9_qpu_guard_begin(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    uint8_t *const area = qpu_guard_area();
    if (!area) return;
    for (int i = 0; i < FRAME_BUFFERS; i++) {
        YV12_BUFFER_CONFIG *const buf = &pbi->common.buffer_pool->frame_bufs[i].buf;
        q->guarded[i][0] = buf->y_buffer;
        q->guarded[i][1] = buf->u_buffer;
        q->guarded[i][2] = buf->v_buffer;
        buf->y_buffer = buf->u_buffer = buf->v_buffer = area;
    }
    q->is_guarded = 1;
}

void vp9_qpu_guard_end(VP9Decoder *const pbi) {
    Vp9Qpu *const q = pbi->qpu;
    if (!q->is_guarded) return;
    q->is_guarded = 0;
    for (int i = 0; i < FRAME_BUFFERS; i++) {
        YV12_BUFFER_CONFIG *const buf = &pbi->common.buffer_pool->frame_bufs[i].buf;
        buf->y_buffer = q->guarded[i][0];
        buf->u_buffer = q->guarded[i][1];
        buf->v_buffer = q->guarded[i][2];
    }
}

#else
typedef int vp9_qpu_no_guard;
#endif /* QPU_FAULTS */
