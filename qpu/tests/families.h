/* Every kernel family that has tests. */

#ifndef QPU_TESTS_FAMILIES_H
#define QPU_TESTS_FAMILIES_H

#define FAMILIES(F) \
    F(av1_lf) \
    F(av1_cdef) \
    F(av1_sr) \
    F(av1_lr) \
    F(av1_fg) \
    F(av1_mc) \
    F(av1_ipred) \
    F(av1_itx)

#define DECLARE(f) void checkqpu_##f##_8bpc(void); void checkqpu_##f##_16bpc(void);
FAMILIES(DECLARE)
#undef DECLARE

static const struct {
    const char *name;
    void (*run)(void);
} families[] = {
#define ROW(f) { #f "_8", checkqpu_##f##_8bpc }, { #f "_16", checkqpu_##f##_16bpc },
    FAMILIES(ROW)
#undef ROW
    { "engine", checkqpu_engine },
};

#endif /* QPU_TESTS_FAMILIES_H */
