/* What a pixel layout says of a plane. */

#ifndef DAEDALUS_DAV1D_LAYOUT_H
#define DAEDALUS_DAV1D_LAYOUT_H

#include "dav1d/headers.h"

static inline int dav1d_qpu_n_planes(const enum Dav1dPixelLayout l) {
    return l == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3;
}

/* Subsampling of plane pl, as a shift. */
static inline int dav1d_qpu_ss_hor(const enum Dav1dPixelLayout l, const int pl) {
    return pl && l != DAV1D_PIXEL_LAYOUT_I444;
}
static inline int dav1d_qpu_ss_ver(const enum Dav1dPixelLayout l, const int pl) {
    return pl && l == DAV1D_PIXEL_LAYOUT_I420;
}

#endif /* DAEDALUS_DAV1D_LAYOUT_H */
