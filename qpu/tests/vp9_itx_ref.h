/* Upstream's C functions for VP9's inverse transforms, by BITDEPTH; libvpx's headers come before. */

#ifndef QPU_TESTS_VP9_ITX_REF_H
#define QPU_TESTS_VP9_ITX_REF_H

#include <stdint.h>

#include "qpu_vp9_itx.h"

#if BITDEPTH == 8
typedef uint8_t pixel;
#else
typedef uint16_t pixel;
#endif

#define UPSTREAM_ADD upstream_add
#define UPSTREAM(f)  f##_c
#include "vp9_itx_upstream.h"

#endif /* QPU_TESTS_VP9_ITX_REF_H */
