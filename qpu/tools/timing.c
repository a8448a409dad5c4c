#include "timing.h"

#include <stdlib.h>

static int compare(const void *const a, const void *const b) {
    const double x = *(const double *) a, y = *(const double *) b;
    return (x > y) - (x < y);
}

double median(double *const v, const int n) {
    qsort(v, (size_t) n, sizeof(*v), compare);
    return n & 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
}
