#include "config.h"

#include "src/qpu/tables.h"

#include <errno.h>
#include <stdlib.h>

#include "src/scan.h"
#include "src/tables.h"
#include "src/wedge.h"

void dav1d_qpu_tables_init(struct Dav1dQpuTables *const t) {
    qpu_av1_itx_scans(&t->scans, dav1d_scans);
}

static int get_mc(struct Dav1dQpuTables *const t, QpuContext *const ctx, const int bpc) {
    QpuRange *const range = &t->mc[(bpc - 8) >> 1];
    uint32_t table[QPU_AV1_MC_TABLES_SIZE / 4];
    if (range->buf) return 0;
    qpu_av1_mc_tables(table, bpc, dav1d_mc_subpel_filters, dav1d_mc_warp_filter, dav1d_obmc_masks);
    return qpu_context_table(ctx, table, sizeof(table), range);
}

static int get_itx(struct Dav1dQpuTables *const t, QpuContext *const ctx) {
    uint16_t table[QPU_AV1_ITX_TABLE];
    if (t->itx.buf) return 0;
    qpu_av1_itx_table(table, &t->scans);
    return qpu_context_table(ctx, table, sizeof(table), &t->itx);
}

void dav1d_qpu_ipred_tables(void *const dst) {
    int8_t taps[5][64];
    for (int m = 0; m < 5; m++)
        for (int i = 0; i < 64; i++)
#if ARCH_X86 /* upstream has them in the order that its assembly wants */
            taps[m][i] = dav1d_filter_intra_taps[m][(i & 7) * 2 + (i >> 3 & 1) + (i >> 4) * 16];
#else
            taps[m][i] = dav1d_filter_intra_taps[m][i];
#endif
    qpu_av1_ipred_tables(dst, dav1d_sm_weights, dav1d_dr_intra_derivative, (const int8_t (*)[64]) taps);
}

static int get_ipred(struct Dav1dQpuTables *const t, QpuContext *const ctx) {
    uint32_t table[QPU_AV1_IPRED_TABLES_SIZE / 4];
    if (t->ipred.buf) return 0;
    dav1d_qpu_ipred_tables(table);
    return qpu_context_table(ctx, table, sizeof(table), &t->ipred);
}

int dav1d_qpu_tables_get(struct Dav1dQpuTables *const t, QpuContext *const ctx, const int bpc) {
    int res;
    if ((res = get_mc(t, ctx, bpc)) || (res = get_itx(t, ctx)) || (res = get_ipred(t, ctx)))
        return res;
    return t->masks.buf ? 0 : qpu_context_table(ctx, &dav1d_masks, sizeof(dav1d_masks), &t->masks);
}
