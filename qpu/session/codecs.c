/* What there is of each codec for --qpu. */

#include "session/mode.h"

#define BIT(s) (1U << QPU_STAGE_##s)

const QpuModeRules qpu_rules_av1 = {
    .codec = "av1",
    .stages = BIT(MC) | BIT(ITX) | BIT(IPRED) | BIT(LF) | BIT(CDEF) | BIT(SR) | BIT(LR) | BIT(FG),
    /* as loop restoration reads the deblocked frame, deblocked rows have to be there from the start */
    .filters = { BIT(LF) | BIT(CDEF) | BIT(SR) | BIT(LR), BIT(CDEF) | BIT(SR) | BIT(LR) },
};

const QpuModeRules qpu_rules_vp9 = {
    .codec = "vp9",
    .stages = BIT(MC) | BIT(ITX) | BIT(IPRED) | BIT(LF),
};
