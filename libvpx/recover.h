/* Pixels that the device had, or should have had, and that are lost: decoded again, by
 * a decoder without a device, from the last key frame on. For that the data since then
 * is kept. */

#ifndef DAEDALUS_LIBVPX_RECOVER_H
#define DAEDALUS_LIBVPX_RECOVER_H

#include "vp9/decoder/vp9_decoder.h"

/* Owner: the thread that calls the decoder */
typedef struct Vp9QpuRecover {
    struct Vp9QpuPacket {
        struct Vp9QpuPacket *next;
        uint64_t number;
        int skip_loop_filter;
        size_t size;
        uint8_t data[];
    } *first, *last;
    size_t bytes;
    uint64_t number;  /* of the frame in work, or the last one; from 1 on */
    int lost;         /* so much data since a key frame that it isn't kept */
} Vp9QpuRecover;

/* A frame is finished; key: what was before is needed no more. */
void vp9_qpu_recover_done(Vp9QpuRecover *r, int key);

/* Gets the pixels of all pictures that only the device had into upstream's memory,
 * without it. The device is not used any more then. Returns 0 or a negative errno. */
int vp9_qpu_recover(VP9Decoder *pbi);

/* Forgets all of it. */
void vp9_qpu_recover_close(Vp9QpuRecover *r);

#endif /* DAEDALUS_LIBVPX_RECOVER_H */
