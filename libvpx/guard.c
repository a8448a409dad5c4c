#include "vp9/qpu/guard.h"

#ifdef QPU_FAULTS

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "vp9/qpu/decoder.h"

/* Larger than any plane, with a margin on both sides. */
#define AREA ((size_t) 1 << 34)

static uint8_t *area;

static void make_area(void) {
    const char *const wanted = getenv("DAEDALUS_GUARD");
    if (!wanted || strcmp(wanted, "1")) return;
    void *const mem = mmap(NULL, 2 * AREA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mem == MAP_FAILED) abort(); /* a test that tests nothing */
    area = (uint8_t *) mem + AREA / 2;
}

void vp9_qpu_guard_begin(VP9Decoder *const pbi) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    Vp9Qpu *const q = pbi->qpu;
    pthread_once(&once, make_area);
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
