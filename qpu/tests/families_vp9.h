/* Every VP9 kernel family that has tests. */

#ifndef QPU_TESTS_FAMILIES_VP9_H
#define QPU_TESTS_FAMILIES_VP9_H

#define FAMILIES(F) \
    F(vp9_lf) \
    F(vp9_mc) \
    F(vp9_ipred) \
    F(vp9_itx)
#define MORE_FAMILIES

#endif /* QPU_TESTS_FAMILIES_VP9_H */
