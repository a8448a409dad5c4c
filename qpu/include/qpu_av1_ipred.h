/* AV1 intra prediction on the device: what its jobs say, the launches. Section
 * numbers are those of the AV1 specification. Nothing here knows a decoder,
 * but what a job says is what upstream's recon_b_intra() passes on.
 *
 * Jobs, levels and plans: qpu_ipred.h. Of a plan, palettes
 * (qpu_av1_ipred_run_first) are launched before the transforms, all else
 * (qpu_av1_ipred_run) after them. */

#ifndef QPU_INCLUDE_QPU_AV1_IPRED_H
#define QPU_INCLUDE_QPU_AV1_IPRED_H

#include "qpu_ipred.h"
#include "av1/ipred.h"

/* arg of a CFL job. */
static inline uint32_t qpu_av1_ipred_cfl(const int alpha, const unsigned w_pad4,
                                         const unsigned h_pad4)
{
    return (uint32_t) (alpha & 0xff) | w_pad4 << 8 | h_pad4 << 12;
}

/* ---- launch ---- */

#define QPU_AV1_IPRED_TABLES_SIZE (16 * IPRED_TABLE_SIZE)

/* Fills in the tables that the kernel reads, the same for all frames.
 * weights: of 7.11.2.6 for size n at n; steps: of 7.11.2.4 by half the angle;
 * taps: of 7.11.2.3 for input k and output i at [8 * k + i], -16 to 16. */
void qpu_av1_ipred_tables(void *dst, const uint8_t weights[128], const uint16_t steps[44],
                          const int8_t taps[5][64]);

typedef struct QpuAv1Ipred {
    QpuRange jobs, groups; /* as written from the plan; groups.buf NULL: groups_size is 0 */
    QpuRange tables;
    QpuRange palettes;  /* uint32_t[]; buf NULL: no job has one */
    QpuRange masks;     /* uint8_t[]; buf NULL: no job has one */
} QpuAv1Ipred;

/* Both predict whole blocks, up to 63 pixels right of the plane and 63 rows
 * below it, as far as blocks at multiples of their size reach; none of it
 * belongs to another row's pixels. Each dispatch is followed by a barrier. */

/* The jobs of level 0, in one dispatch or none. */
int qpu_av1_ipred_run_first(QpuBatch *b, const QpuFrame *f, const QpuAv1Ipred *p,
                            const QpuIpredPlan *plan);

/* All others. residual: int16_t for each pixel, a frame of f's size laid out
 * for 16-bit pixels (the same layout as f's unless that has 8); NULL: no job
 * adds one. */
int qpu_av1_ipred_run(QpuBatch *b, const QpuFrame *f, const QpuFrame *residual,
                      const QpuAv1Ipred *p, const QpuIpredPlan *plan);

#endif /* QPU_INCLUDE_QPU_IPRED_H */
