/* Arrays that grow as they are filled. */

#ifndef QPU_GROW_H
#define QPU_GROW_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

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

/* The same of *array, a pointer to any type. Returns 0 or -ENOMEM. */
static inline int qpu_grow(void *const array, uint32_t *const alloc, const uint32_t need, const size_t element) {
    void *old;
    if (need <= *alloc) return 0;
    memcpy(&old, array, sizeof(old));
    void *const grown = qpu_grown(old, alloc, need, element);
    if (!grown) return -ENOMEM;
    memcpy(array, &grown, sizeof(grown));
    return 0;
}

#endif /* QPU_GROW_H */
