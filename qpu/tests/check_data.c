#include "check_data.h"

static uint64_t rng = 1;

void check_seed(const uint64_t seed, const unsigned n) {
    rng = seed * 0x9e3779b97f4a7c15ULL + n * 2 + 1;
}

uint32_t check_rand(void) {
    /* xorshift64*: good enough to hit every branch, the same everywhere */
    rng ^= rng >> 12;
    rng ^= rng << 25;
    rng ^= rng >> 27;
    return (uint32_t) (rng * 0x2545f4914f6cdd1dULL >> 32);
}

int check_range(const int lo, const int hi) {
    return lo + (int) (check_rand() % (uint32_t) (hi - lo + 1));
}

uint8_t *check_plane(const QpuFrame *const f, const int plane,
                     uint8_t *const copy, ptrdiff_t *const stride)
{
    *stride = (ptrdiff_t) f->plane[plane].stride * 4;
    return copy + (size_t) f->plane[plane].org * 4;
}
