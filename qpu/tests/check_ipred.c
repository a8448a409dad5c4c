#include "check_ipred.h"

#include <stdlib.h>
#include <string.h>

#include "common/ipred_plan.h"
#include "checkqpu.h"

/* When a job runs: in which dispatch, which of its workgroups, which pass. */
struct Time {
    uint32_t dispatch, group, pass;
};

struct Place {
    struct QpuIpredJob job;
    struct Time time;
};

static int is_before(const struct Time *const a, const struct Time *const b) {
    return a->dispatch < b->dispatch ||
           (a->dispatch == b->dispatch && a->group == b->group && a->pass < b->pass);
}

static int compare(const void *const a, const void *const b) {
    return memcmp(a, b, sizeof(struct QpuIpredJob)); /* a place starts with it */
}

/* Puts the jobs of a part's workgroups into places from n on. Returns how many
 * there are then, 0 after a failure. */
static uint32_t read_passes(const QpuIpredPlan *const plan, const uint32_t dispatch,
                            const IpredPart *const part, const uint32_t *const groups,
                            struct Place *const place, uint32_t n, const char *const name)
{
    for (uint32_t g = part->first; g < part->first + part->n_large; g++)
        for (uint32_t k = 0; k < groups[2 * g + 1]; k++) {
            const uint32_t pass = groups[groups[2 * g] + k];
            const uint32_t large = pass >> IPRED_PASS_LARGE_SHIFT & 7, small = pass >> IPRED_PASS_SMALL_SHIFT;
            if ((pass & 0xffffff) != n || n + large + small > plan->n_jobs ||
                large * IPRED_LARGE + small * IPRED_SMALL > IPRED_SB_GROUP)
            {
                check_fail("%s: bad pass %x", name, pass);
                return 0;
            }
            for (uint32_t j = 0; j < large + small; j++, n++) {
                const uint32_t pos = place[n].job.pos;
                const int is_large = (pos >> IPRED_LW_SHIFT & 7) > 2 || pos >> IPRED_LH_SHIFT > 2;
                if (is_large != (j < large)) check_fail("%s: job %u has the wrong size", name, n);
                place[n].time = (struct Time) { dispatch, g, k };
            }
        }
    return n;
}

void check_ipred_times(const QpuIpredPlan *const plan, const struct QpuIpredJob *const made_of,
                       const uint32_t n_jobs, const struct CheckIpredDependency *const deps,
                       const uint32_t n_deps, const struct QpuIpredJob *const jobs,
                       const uint32_t *const groups, const char *const name)
{
    struct Place *const place = malloc((plan->n_jobs + 1) * sizeof(*place));
    uint32_t n = 0, group = 0;
    if (!place) {
        check_fail("no memory");
        return;
    }
    for (uint32_t i = 0; i < plan->n_jobs; i++)
        place[i].job = jobs[i];
    for (uint32_t d = 0; d <= plan->n_dispatches; d++) {
        const IpredPart *const part = d ? ipred_plan_part(plan, d - 1) : ipred_plan_first(plan);
        const int by_level = !d || plan->schedule == QPU_IPRED_LEVELS;
        if (part->first != (by_level ? n : group)) {
            check_fail("%s: part %u starts at %u", name, d, part->first);
            goto end;
        }
        if (by_level) {
            for (uint32_t i = 0; i < part->n_large + part->n_small && n < plan->n_jobs; i++)
                place[n++].time = (struct Time) { d, i, 0 };
        } else {
            group += part->n_large;
            if (!(n = read_passes(plan, d, part, groups, place, n, name))) goto end;
        }
    }
    if (n != n_jobs) {
        check_fail("%s: %u of %u jobs are left", name, n, n_jobs);
        goto end;
    }
    qsort(place, n, sizeof(*place), compare);
    for (uint32_t i = 0; i < n_deps; i++) {
        const struct Place *const p = bsearch(&made_of[deps[i].job], place, n, sizeof(*place), compare);
        const struct Place *const on = bsearch(&made_of[deps[i].on], place, n, sizeof(*place), compare);
        if (!p || !on) {
            check_fail("%s: a job is missing", name);
            break;
        }
        if (!is_before(&on->time, &p->time)) {
            check_fail("%s: job %u does not wait for %u: dispatch, group, pass %u %u %u, %u %u %u", name,
                       deps[i].job, deps[i].on, p->time.dispatch, p->time.group, p->time.pass,
                       on->time.dispatch, on->time.group, on->time.pass);
            break;
        }
    }
end:
    free(place);
}
