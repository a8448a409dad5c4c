/* What libdaedalus should compute, written from the specifications pixel by pixel, but for the
 * transforms, which are upstream's C functions (what overflow gives is theirs to say). */

#ifndef QPU_TESTS_API_REF_H
#define QPU_TESTS_API_REF_H

#include "daedalus.h"

/* A picture in memory, rows and columns up to a multiple of 16 luma pixels and some more. */
typedef struct Pic {
    DaedalusFormat format;
    int n_planes, ss_hor, ss_ver;
    DaedalusPlanes planes;
    int alloc_rows[3];
    int cols[3], rows[3]; /* that count: up to a multiple of 8 luma pixels */
    int w[3], h[3];
} Pic;

static inline int min_of(const int a, const int b) { return a < b ? a : b; }
static inline int max_of(const int a, const int b) { return a > b ? a : b; }
static inline int clip3(const int lo, const int hi, const int v) { return v < lo ? lo : v > hi ? hi : v; }
static inline int round2(const int v, const int n) { return (v + (1 << n >> 1)) >> n; }
static inline int floor_log2(const int v) { return 31 - __builtin_clz((unsigned) v); }

int pic_get(const Pic *p, int plane, int x, int y);
void pic_set(Pic *p, int plane, int x, int y, int v);

void ref_vp9_itx(Pic *p, const DaedalusVp9Itx *jobs, size_t n, const int32_t *coefs);
void ref_vp9_mc(Pic *p, const Pic *const *refs, const DaedalusVp9Mc *jobs, size_t n);
void ref_vp9_lf(Pic *p, const DaedalusVp9LfSb *sb, int sharpness);
/* Once, before any other, by one thread. */
void ref_init(void);
void ref_av1_itx(Pic *p, const DaedalusAv1Itx *jobs, size_t n, const int32_t *coefs);
void ref_av1_mc(Pic *p, const Pic *const *refs, const DaedalusAv1Mc *jobs, size_t n);
void ref_av1_cdef(const Pic *src, Pic *dst, const DaedalusAv1CdefSb *sb, int damping);
void ref_av1_sr(const Pic *src, Pic *dst);
void ref_av1_lr(const Pic *src, const Pic *dbl, Pic *dst, const DaedalusAv1LrUnit *units, const uint8_t size_log2[3]);
/* Restoration units in a row or column of a plane. */
int ref_av1_lr_units(int pixels, int size_log2);
void ref_av1_lf(Pic *p, const DaedalusAv1LfEdge *edges, size_t n, int sharpness);
/* Upstream's C functions; the pixels in width x height count. */
void ref_av1_fg(const Pic *src, Pic *dst, const DaedalusAv1Fg *fg);

/* log2 of the sizes of AV1's transforms. */
extern const uint8_t ref_av1_tx[19][2];

/* Of VP9's scans: the place of a block's coefficient number i. */
int ref_vp9_scan(int tx, int type, int i);

void ref_vp9_itx_block_8bpc(const int32_t *coef, void *dst, int stride, int tx, int type, int eob, int depth);
void ref_vp9_itx_block_16bpc(const int32_t *coef, void *dst, int stride, int tx, int type, int eob, int depth);
void ref_av1_itx_init_8bpc(void);
void ref_av1_itx_init_16bpc(void);
void ref_av1_fg_8bpc(const Pic *src, Pic *dst, const DaedalusAv1Fg *fg);
void ref_av1_fg_16bpc(const Pic *src, Pic *dst, const DaedalusAv1Fg *fg);
void ref_av1_itx_block_8bpc(const int32_t *coefs, void *dst, ptrdiff_t stride, int tx, int type, int w, int h, int depth);
void ref_av1_itx_block_16bpc(const int32_t *coefs, void *dst, ptrdiff_t stride, int tx, int type, int w, int h, int depth);
/* Upstream's table of taps, half the specification's; pos: 1..15. */
const int8_t *ref_av1_mc_taps(int filter, int pos);

#endif /* QPU_TESTS_API_REF_H */
