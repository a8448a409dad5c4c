/* Memory that the device wrote a picture to, lent to the player instead of being
 * copied. */

#ifndef QPU_SESSION_LEND_H
#define QPU_SESSION_LEND_H

#include "qpu.h"

/* Memory of a picture, that both see. */
typedef struct QpuHost {
    struct QpuHost *next; /* that nobody has */
    QpuRange range;
    QpuRange plane[3];    /* parts of it: rows as they lie in the frame */
} QpuHost;

/* Whoever owns it calls nothing here at the same time as others. */
typedef struct QpuLender {
    QpuContext *ctx;  /* closed by the last one lent when the decoder is closed already */
    QpuHost *hosts;   /* that nobody has */
    int lends;        /* to be set: 0: never lends. Cleared where memory is not cached */
    int n_lent;
    int closed;
} QpuLender;

/* Where the rows of a plane are in its frame's range. */
QpuRange qpu_plane_range(const QpuFrame *frame, int p);

/* Memory for a picture of that layout; NULL: none is to be had, the pixels have to
 * be copied to the player's. */
QpuHost *qpu_lend(QpuLender *l, const QpuFrame *frame);
/* Clears *host; NULL is fine. */
void qpu_lend_back(QpuLender *l, QpuHost **host);
/* The decoder is being closed. Closes the context, unless something is lent still:
 * then the last one to be given back does. */
void qpu_lend_close(QpuLender *l);

/* The first pixel of a plane. */
uint8_t *qpu_lend_plane(const QpuHost *host, int p);

/* Copies plane p's pixels, whose rows lie in src as they do in a frame. */
void qpu_copy_plane(const uint8_t *src, const QpuFrame *frame, int p, uint8_t *dst, ptrdiff_t stride);

#endif /* QPU_SESSION_LEND_H */
