/* Upstream's constant tables, on the device. */

#ifndef DAEDALUS_LIBVPX_TABLES_H
#define DAEDALUS_LIBVPX_TABLES_H

#include "qpu.h"
#include "qpu_vp9_itx.h"

typedef struct Vp9QpuTables {
    QpuRange mc, itx;     /* buf NULL: not uploaded yet */
} Vp9QpuTables;

/* Uploads what isn't there yet. They go with the context. */
int vp9_qpu_tables_get(Vp9QpuTables *t, QpuContext *ctx);

#endif /* DAEDALUS_LIBVPX_TABLES_H */
