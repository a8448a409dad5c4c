/* Arrays that grow as they are filled. */

#ifndef QPU_GROW_H
#define QPU_GROW_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* The array with room for need elements; at least doubled, so that filling it
 * one by one is cheap. NULL when there is no memory: then the old array stays
 * valid, as it is. */
static inline void *qpu_grown(void *const array, uint32_t *const alloc,
                              const uint32_t need, const size_t element)
{
    if (need <= *alloc) return array;
    if (*alloc > UINT32_MAX / 2) return NULL;
    uint32_t n = *alloc ? *alloc * 2 : 16;
    if (n < need) n = need;
    if (n > SIZE_MAX / element) return NULL;
    void *const grown = realloc(array, n * element);
    if (grown) *alloc = n;
    return grown;
}

#endif /* QPU_GROW_H */
