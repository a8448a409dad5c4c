/* What the tests of intra prediction share: whether a plan keeps the order. */

#ifndef QPU_TESTS_CHECK_IPRED_H
#define QPU_TESTS_CHECK_IPRED_H

#include "qpu_ipred.h"

/* One job reads what another wrote. */
struct CheckIpredDependency {
    uint32_t job, on;
};

/* Reads a written plan (jobs, groups) as the device does: each job of the n
 * that it was made of once, after all that it reads. Of the dependencies, jobs
 * that are alike count as one. */
void check_ipred_times(const QpuIpredPlan *plan, const struct QpuIpredJob *made_of, uint32_t n,
                       const struct CheckIpredDependency *deps, uint32_t n_deps,
                       const struct QpuIpredJob *jobs, const uint32_t *groups, const char *name);

#endif /* QPU_TESTS_CHECK_IPRED_H */
