#include "config.h"

#include "src/qpu/guard.h"

#ifdef QPU_FAULTS

#include "session/guard.h"

void dav1d_qpu_guard(Dav1dFrameContext *const f) {
    uint8_t *const area = qpu_guard_area();
    if (!area) return;
    for (int pl = 0; pl < 3; pl++) {
        f->cur.data[pl] = area;
        for (int i = 0; i < 7; i++)
            if (f->refp[i].p.data[0]) f->refp[i].p.data[pl] = area;
    }
}

#endif /* QPU_FAULTS */
