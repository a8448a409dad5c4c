/* What a plan (qpu_ipred.h) says about its dispatches. */

#ifndef QPU_COMMON_IPRED_PLAN_H
#define QPU_COMMON_IPRED_PLAN_H

#include "qpu_ipred.h"

/* Jobs, neighbours in the buffer, the large ones first; or workgroups of
 * superblocks, as if they were large jobs. */
typedef struct IpredPart {
    uint32_t first, n_large, n_small;
} IpredPart;

const IpredPart *ipred_plan_first(const QpuIpredPlan *plan);
const IpredPart *ipred_plan_part(const QpuIpredPlan *plan, uint32_t dispatch);

#endif /* QPU_COMMON_IPRED_PLAN_H */
