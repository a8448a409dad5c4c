/* Pictures whose pixels are on the device. Upstream's picture holds one of
 * these (picture.c's context); its own memory stays as the allocator gave it
 * until somebody is to see the pixels: a player, or a frame that the CPU
 * decodes.
 *
 * Life: made when a frame is set up (PARSING); its frame gets memory in the pool
 * when its turn has come (LAUNCHED), which is taken away once nobody can refer to
 * it any more (dav1d_qpu_picture_sweep()); freed with upstream's picture. A
 * player sees memory that the device wrote (lend.h) or, where that is not to be
 * had, a copy in upstream's. */

#ifndef DAEDALUS_DAV1D_PICTURE_H
#define DAEDALUS_DAV1D_PICTURE_H

#include "src/internal.h"

#include "qpu.h"

#include "src/qpu/recover.h"

struct Dav1dQpu;
struct Dav1dQpuFrame;

/* A batch and what it is used for. Under the order's lock, but waited for
 * without it by the one who has `pending`. */
struct Dav1dQpuSlot {
    struct Dav1dQpuSlot *next;
    QpuBatch *batch;
    int in_flight;      /* submitted, not waited for */
    int pending;        /* holds pixels that a picture is waiting for */
    uint64_t serial;    /* of the submit */
    int is_frame;       /* and not only a download */
    struct Dav1dQpuHost *host; /* where the download goes; NULL: to the batch's memory */
    uint64_t jobs[QPU_N_STAGES], pixels_out[QPU_N_STAGES];
};

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
    struct Dav1dQpuHost *host; /* has what a player sees; NULL: nothing does */
    QpuFrame frame;     /* range.buf NULL: not on the device */
    QpuFrame grain;     /* with film grain, while it is downloaded */
    struct Dav1dQpuSlot *slot; /* holds the pixels, or will; NULL: none */
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

/* Memory for a frame in the pool; range.size says how much, range.buf is NULL, and
 * stays so on failure. Moves everything
 * to a larger pool if it must: then the moves are recorded in b. */
int dav1d_qpu_pool_alloc(struct Dav1dQpu *d, QpuBatch *b, QpuFrame *frame);
void dav1d_qpu_pool_free(struct Dav1dQpu *d, QpuFrame *frame);
void dav1d_qpu_pool_close(struct Dav1dQpu *d);

/* A batch to record, begun. Waits for the device if too many are in flight. */
int dav1d_qpu_slot_get(struct Dav1dQpu *d, struct Dav1dQpuSlot **out);
int dav1d_qpu_slot_submit(struct Dav1dQpu *d, struct Dav1dQpuSlot *slot);
/* Waits for all, counts them, closes them. */
void dav1d_qpu_slots_close(struct Dav1dQpu *d);

/* The device could not make it: it has nothing on the device any more. */
void dav1d_qpu_picture_lost(struct Dav1dQpuPicture *pic);

/* Records the download of a picture, with film grain or without, into slot,
 * which is then pending. headers: upstream's picture. */
int dav1d_qpu_picture_download(const Dav1dContext *c, struct Dav1dQpuPicture *pic,
                               struct Dav1dQpuSlot *slot, const Dav1dPicture *headers, int grain);

#endif /* DAEDALUS_DAV1D_PICTURE_H */
