/* Pictures whose pixels are on the device. Upstream's picture holds one of
 * these (picture.c's context); its own memory stays as the allocator gave it
 * until somebody is to see the pixels: a player, or a frame that the CPU
 * decodes.
 *
 * Life: made when a frame is set up (PARSING); its frame gets memory in the pool
 * when its turn has come (LAUNCHED), which is taken away once nobody can refer to
 * it any more (dav1d_qpu_picture_sweep()); freed with upstream's picture. A
 * player sees memory that the device wrote (session/lend.h) or, where that is not to be
 * had, a copy in upstream's. */

#ifndef DAEDALUS_DAV1D_PICTURE_H
#define DAEDALUS_DAV1D_PICTURE_H

#include "src/internal.h"

#include "qpu.h"
#include "session/slots.h"

#include "src/qpu/recover.h"

struct Dav1dQpu;
struct Dav1dQpuFrame;

enum Dav1dQpuPictureState {
    QPU_PICTURE_PARSING,
    QPU_PICTURE_LAUNCHED,
    QPU_PICTURE_ABORTED,    /* the bitstream is broken: nobody refers to it */
    QPU_PICTURE_FAILED      /* the device could not: the pixels are nowhere */
};

/* All under the order's lock. */
struct Dav1dQpuPicture {
    struct Dav1dQpu *d;
    struct Dav1dQpuPicture *prev, *next; /* all there are */
    struct Dav1dQpuPicture *order_next;  /* those not launched yet, in decoding order */
    struct Dav1dQpuFrame *q;    /* while PARSING */
    Dav1dPicture cpu;           /* upstream's memory; no reference: that holds this */
    Dav1dQpuFrameId id;
    enum Dav1dQpuPictureState state;
    int users;          /* frames in flight that refer to it, downloads being recorded */
    int is_ref;         /* one of the references, as of the last sweep or to become one */
    int due;            /* how often a player is still going to see it */
    int on_cpu;         /* upstream's memory has the pixels */
    QpuHost *host; /* has what a player sees; NULL: nothing does */
    QpuFrame frame;     /* range.buf NULL: not on the device */
    QpuFrame grain;     /* with film grain, while it is downloaded */
    QpuSlot *slot; /* holds the pixels, or will; NULL: none */
    int with_grain;     /* those are of the version with film grain */
};

/* In picture.c of upstream's: where a picture keeps its. */
struct Dav1dQpuPicture **dav1d_picture_qpu(const Dav1dPicture *p);

/* The decoder's turn: attaches a picture to f's. Returns NULL when out of
 * memory. */
struct Dav1dQpuPicture *dav1d_qpu_picture_new(Dav1dFrameContext *f, Dav1dQpuFrameId id);

/* With upstream's picture, by any thread. NULL: nothing. */
void dav1d_qpu_picture_free(struct Dav1dQpuPicture *pic);

/* By the decoder's thread, when a frame is set up and the references are as it
 * leaves them: gives back device memory that nobody can need any more. */
void dav1d_qpu_picture_sweep(const Dav1dContext *c);

/* Gets the pixels of all that f refers to into upstream's memory. Returns 0 or
 * a DAV1D_ERR code. */
int dav1d_qpu_picture_refs_to_cpu(Dav1dFrameContext *f);

/* A picture is going to be shown that perhaps was not meant to be. */
void dav1d_qpu_picture_show(const Dav1dContext *c, const Dav1dPicture *p);

/* Whether the device adds grain to what the player gets. */
int dav1d_qpu_picture_grain(const Dav1dContext *c, const Dav1dPicture *p);

/* Hands out a picture: waits for its pixels. Returns 0 when p is complete and
 * upstream's to go on with; 1 when *out has been made of it, with film grain; or
 * a DAV1D_ERR code. */
int dav1d_qpu_picture_output(Dav1dContext *c, Dav1dPicture *out, Dav1dPicture *p);

/* Without threads, a picture is handed out one or two calls late, so that the
 * device has time while the next ones are parsed. ready: whether c->out has one.
 * Returns whether c->out has one for the player. */
int dav1d_qpu_picture_delay(Dav1dContext *c, int ready);
/* No more data: puts the oldest one that was held back into c->out. */
int dav1d_qpu_picture_drain(Dav1dContext *c);
/* Where upstream chooses among spatial layers, nothing is held back: what has been
 * before goes first. Returns whether c->out has such a picture. */
int dav1d_qpu_picture_overdue(Dav1dContext *c);
/* Whether c->out has one that was held back, which no choice is made of. */
int dav1d_qpu_picture_is_due(const Dav1dContext *c);

/* ---- under the order's lock ---- */

/* What the frames' memory asks for: opaque is the struct Dav1dQpu (session/frames.h). */
int dav1d_qpu_pictures_each(void *opaque, int (*each)(void *, QpuFrame *), void *with);
void dav1d_qpu_pictures_collect(void *opaque);

/* The device could not make it: it has nothing on the device any more. */
void dav1d_qpu_picture_lost(struct Dav1dQpuPicture *pic);

/* Records the download of a picture, with film grain or without, into slot,
 * which is then pending. headers: upstream's picture. */
int dav1d_qpu_picture_download(const Dav1dContext *c, struct Dav1dQpuPicture *pic,
                               QpuSlot *slot, const Dav1dPicture *headers, int grain);

#endif /* DAEDALUS_DAV1D_PICTURE_H */
