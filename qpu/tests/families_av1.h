/* Every AV1 kernel family that has tests, and the engine's. */

#ifndef QPU_TESTS_FAMILIES_AV1_H
#define QPU_TESTS_FAMILIES_AV1_H

#define FAMILIES(F) \
    F(av1_lf) \
    F(av1_cdef) \
    F(av1_sr) \
    F(av1_lr) \
    F(av1_fg) \
    F(av1_mc) \
    F(av1_ipred) \
    F(av1_itx)
#define MORE_FAMILIES { "engine", checkqpu_engine },

#endif /* QPU_TESTS_FAMILIES_AV1_H */
