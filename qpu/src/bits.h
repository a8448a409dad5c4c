/* Counting bits. */

#ifndef QPU_BITS_H
#define QPU_BITS_H

#include <stdint.h>

/* The compiler's own may be a call into libgcc_s, which libraries would need then. */
static inline uint32_t qpu_popcount(uint64_t v) {
    v -= v >> 1 & 0x5555555555555555;
    v = (v & 0x3333333333333333) + (v >> 2 & 0x3333333333333333);
    v = (v + (v >> 4)) & 0x0f0f0f0f0f0f0f0f;
    return (uint32_t) (v * 0x0101010101010101 >> 56);
}

#endif /* QPU_BITS_H */
