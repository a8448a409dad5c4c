#include "config.h"

#include "src/qpu/guard.h"

#ifdef QPU_FAULTS

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Larger than any plane, with a margin on both sides. */
#define AREA ((size_t) 1 << 34)

static uint8_t *area;

static void make_area(void) {
    const char *const wanted = getenv("DAEDALUS_GUARD");
    if (!wanted || strcmp(wanted, "1")) return;
    void *const mem = mmap(NULL, 2 * AREA, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mem == MAP_FAILED) abort(); /* a test that tests nothing */
    area = (uint8_t *) mem + AREA / 2;
}

void dav1d_qpu_guard(Dav1dFrameContext *const f) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_area);
    if (!area) return;
    for (int pl = 0; pl < 3; pl++) {
        f->cur.data[pl] = area;
        for (int i = 0; i < 7; i++)
            if (f->refp[i].p.data[0]) f->refp[i].p.data[pl] = area;
    }
}

#endif /* QPU_FAULTS */
