#include "session/guard.h"

#ifdef QPU_FAULTS

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define AREA ((size_t) 1 << 34)

static uint8_t *area;

static void make_area(void) {
    const char *const wanted = getenv("DAEDALUS_GUARD");
    if (!wanted || strcmp(wanted, "1")) return;
    void *const mem = mmap(NULL, 2 * AREA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mem == MAP_FAILED) abort(); /* a test that tests nothing */
    area = (uint8_t *) mem + AREA / 2;
}

uint8_t *qpu_guard_area(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_area);
    return area;
}

#else
typedef int qpu_no_guard;
#endif /* QPU_FAULTS */
