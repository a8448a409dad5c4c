/* Random input, the same from the same seed everywhere, and where pixels are: for
 * the kernel tests and for qpubench. One thread. */

#ifndef QPU_TESTS_CHECK_DATA_H
#define QPU_TESTS_CHECK_DATA_H

#include <stddef.h>
#include <stdint.h>

#include "qpu.h"

/* Starts series n of a seed. */
void check_seed(uint64_t seed, unsigned n);

uint32_t check_rand(void);
int check_range(int lo, int hi); /* lo..hi inclusive */

/* Pixel (0, 0) of a plane in a copy of the frame's range, and its stride. */
uint8_t *check_plane(const QpuFrame *f, int plane, uint8_t *copy, ptrdiff_t *stride);

#endif /* QPU_TESTS_CHECK_DATA_H */
