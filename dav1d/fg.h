/* What the device needs to add film grain to a picture, made by upstream's own
 * generators. */

#ifndef DAV1D_SRC_QPU_FG_H
#define DAV1D_SRC_QPU_FG_H

#include <stdint.h>

#include "common/attributes.h"
#include "dav1d/picture.h"

#include "src/filmgrain.h"

#include "qpu_av1_fg.h"

/* Grain and scaling functions, as upstream lays them out for the bit depth;
 * sizes are those of deeper pixels. */
typedef struct Dav1dQpuFg {
    ALIGN(uint8_t scaling[3 << 12], 64);
    ALIGN(int16_t grain[3 * (GRAIN_HEIGHT + 1) * GRAIN_WIDTH], 64);
} Dav1dQpuFg;

/* pic: the picture before grain, with its headers; its pixels aren't touched.
 * dsp: that of its bit depth. Fills tables, which p then points into, and all
 * of p. Returns the planes that get grain as bits, 0 where upstream would hand
 * out the picture as it is; tables and p are then undefined. */
int dav1d_qpu_fg_params(const Dav1dFilmGrainDSPContext *dsp, const Dav1dPicture *pic,
                        Dav1dQpuFg *tables, QpuAv1Fg *p);

#endif /* DAV1D_SRC_QPU_FG_H */
