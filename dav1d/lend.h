/* Pictures that a player gets are lent: their memory is what the device writes
 * and the CPU reads, so that nobody copies them. With upstream's own allocator
 * only: where a player has its own, its memory is what it gets. */

#ifndef DAEDALUS_DAV1D_LEND_H
#define DAEDALUS_DAV1D_LEND_H

#include "src/internal.h"

#include "qpu.h"

struct Dav1dQpu;

/* A picture's planes, as they lie in a frame, one after the other. Has one owner
 * at a time: the list of the free ones, a slot while the device may write to it,
 * a picture. */
struct Dav1dQpuHost {
    struct Dav1dQpuHost *next; /* among the free ones */
    QpuRange range;
    QpuRange plane[3];
};

/* ---- under the order's lock ---- */

/* One for pictures like frame, with no content. NULL: none is to be had, and the
 * picture has to be copied. */
struct Dav1dQpuHost *dav1d_qpu_lend(struct Dav1dQpu *d, const QpuFrame *frame);

/* Takes one back and clears *host (nothing happens if that is NULL already). If
 * the decoder has been closed meanwhile, the last one closes the device. */
void dav1d_qpu_lend_back(struct Dav1dQpu *d, struct Dav1dQpuHost **host);

/* Closes the free ones. Returns whether others are still lent. */
int dav1d_qpu_lend_close(struct Dav1dQpu *d);

/* ---- any thread ---- */

/* Makes p's planes those of host. Its reference stays: that owns host. */
void dav1d_qpu_lend_point(const struct Dav1dQpuHost *host, const QpuFrame *frame, Dav1dPicture *p);

/* Copies them to where p's are. */
void dav1d_qpu_lend_copy(const struct Dav1dQpuHost *host, const QpuFrame *frame, const Dav1dPicture *p);

#endif /* DAEDALUS_DAV1D_LEND_H */
