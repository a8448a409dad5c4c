/* Pixels that the device had, or should have had, and that are lost: decoded
 * again, by a decoder without a device, from the last key frame on. For that the
 * data since then is kept. */

#ifndef DAEDALUS_DAV1D_RECOVER_H
#define DAEDALUS_DAV1D_RECOVER_H

#include "src/internal.h"

struct Dav1dQpuPicture;

/* Which frame of the stream a picture is. */
typedef struct Dav1dQpuFrameId {
    uint64_t packet;    /* piece of data that dav1d_send_data() got */
    unsigned n;         /* number of the frame in it */
    uint64_t start;     /* the piece that decoding has to start with; 0: none */
} Dav1dQpuFrameId;

/* Owner: the decoder's thread */
struct Dav1dQpuRecover {
    struct Dav1dQpuPacket {
        struct Dav1dQpuPacket *next;
        uint64_t number;        /* from 1 on */
        Dav1dRef *seq_hdr_ref;  /* of one that starts with a key frame */
        size_t size;
        uint8_t data[];
    } *first, *last;
    size_t bytes;
    Dav1dQpuFrameId id;         /* of the next frame */
    int lost;                   /* so much data since a key frame that it isn't kept */

    Dav1dContext *again;        /* decodes a second time; NULL: no need so far */
    uint64_t next_packet;       /* that it gets */
    Dav1dContext *of;           /* in the second decoder: the first */
};

/* Keeps what c->in has got. */
void dav1d_qpu_recover_data(Dav1dContext *c);

/* A frame is set up: returns which it is. */
Dav1dQpuFrameId dav1d_qpu_recover_frame(const Dav1dFrameContext *f);

/* In the second decoder: a frame is finished. */
void dav1d_qpu_recover_deliver(const Dav1dFrameContext *f);

/* Gets a picture's pixels into upstream's memory although the device can't give
 * them; err: why. By the decoder's thread. Returns 0 or a DAV1D_ERR code. */
int dav1d_qpu_recover(Dav1dContext *c, const Dav1dPicture *p, int err);

/* Forgets all of it. */
void dav1d_qpu_recover_flush(struct Dav1dQpu *d);

#endif /* DAEDALUS_DAV1D_RECOVER_H */
