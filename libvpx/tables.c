#include "vp9/qpu/tables.h"

#include "qpu_vp9_mc.h"

#include "vp9/common/vp9_filter.h"
#include "vp9/common/vp9_scan.h"

static int get_mc(Vp9QpuTables *const t, QpuContext *const ctx) {
    uint32_t table[QPU_VP9_MC_TABLES_SIZE / 4];
    if (t->mc.buf) return 0;
    qpu_vp9_mc_tables(table, vp9_filter_kernels);
    return qpu_context_table(ctx, table, sizeof(table), &t->mc);
}

static int get_itx(Vp9QpuTables *const t, QpuContext *const ctx) {
    uint16_t table[QPU_VP9_ITX_TABLE];
    const int16_t *scans[TX_SIZES][TX_TYPES];
    if (t->itx.buf) return 0;
    for (int tx = 0; tx < TX_SIZES; tx++)
        for (int type = 0; type < TX_TYPES; type++)
            scans[tx][type] = vp9_scan_orders[tx][type].scan;
    qpu_vp9_itx_table(table, scans);
    return qpu_context_table(ctx, table, sizeof(table), &t->itx);
}

int vp9_qpu_tables_get(Vp9QpuTables *const t, QpuContext *const ctx) {
    const int res = get_mc(t, ctx);
    return res ? res : get_itx(t, ctx);
}
