#include "fault.h"

#ifdef QPU_FAULTS
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

int qpu_fault(const enum QpuFault point) {
    static const char *const names[QPU_N_FAULTS] = {
        "loader", "device", "feature", "pipeline", "alloc", "submit", "lost", "wait",
        "uncached",
    };
    static atomic_int passed[QPU_N_FAULTS];

    const char *s = getenv("DAEDALUS_FAULT");
    const size_t len = strlen(names[point]);
    while (s && *s) {
        if (!strncmp(s, names[point], len) && (!s[len] || s[len] == ':' || s[len] == ',')) {
            const int n = atomic_fetch_add(&passed[point], 1) + 1;
            return s[len] != ':' || n == atoi(s + len + 1);
        }
        s = strchr(s, ',');
        if (s) s++;
    }
    return 0;
}
#else
typedef int qpu_no_faults; /* ISO C wants a declaration in every unit */
#endif
