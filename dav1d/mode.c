#include "src/qpu/mode.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BIT(s) (1U << QPU_STAGE_##s)

static const unsigned recon = BIT(MC) | BIT(ITX) | BIT(IPRED);
static const unsigned filters = BIT(LF) | BIT(CDEF) | BIT(SR) | BIT(LR);

static int parse_list(unsigned *const stages, const char *s, char *const why, const size_t size) {
    *stages = 0;
    for (;;) {
        const size_t len = strcspn(s, ",");
        unsigned n;
        for (n = 0; n < QPU_N_STAGES; n++)
            if (strlen(qpu_stage_names[n]) == len && !strncmp(qpu_stage_names[n], s, len)) break;
        if (n == QPU_N_STAGES) {
            snprintf(why, size, "\"%.*s\" is no mode and no stage (off, auto, all, or a list "
                     "of mc,itx,ipred,lf,cdef,sr,lr,fg)", (int) len, s);
            return -EINVAL;
        }
        *stages |= 1U << n;
        if (!s[len]) return 0;
        s += len + 1;
    }
}

int dav1d_qpu_parse_mode(QpuMode *const mode, const char *const str,
                         char *const why, const size_t size)
{
    mode->stages = 0;
    if (!strcmp(str, "off")) {
        mode->kind = QPU_MODE_OFF;
        return 0;
    }
    if (!strcmp(str, "auto") || !*str) {
        mode->kind = QPU_MODE_AUTO;
        return 0;
    }
    if (!strcmp(str, "all")) {
        mode->kind = QPU_MODE_ALL;
        mode->stages = recon | filters | BIT(FG);
        return 0;
    }
    mode->kind = QPU_MODE_LIST;
    if (parse_list(&mode->stages, str, why, size)) return -EINVAL;
    const unsigned r = mode->stages & recon;
    const char *wrong = NULL;
    if (r && r != recon)
        wrong = "mc, itx and ipred interleave: they go together";
    else if (r && (mode->stages & filters) != filters)
        wrong = "what is reconstructed on the device is filtered there: add lf,cdef,sr,lr";
    else if (!r && mode->stages & BIT(FG))
        wrong = "film grain needs the frame on the device: use all stages";
    /* The frame comes back from the device once, finished. So the list ends
     * with the last stage; and as loop restoration reads the deblocked frame,
     * deblocked rows have to be there from the start. */
    else if ((mode->stages & filters & ~BIT(LF)) != (filters & ~BIT(LF)))
        wrong = "a frame comes back from the device once, after its last stage: "
                "use lf,cdef,sr,lr or cdef,sr,lr";
    if (!wrong) return 0;
    snprintf(why, size, "\"%.60s\" is not possible: %s", str, wrong);
    return -EINVAL;
}
