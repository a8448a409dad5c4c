/* --qpu=MODE: which stages are wanted on the device. */

#ifndef DAEDALUS_DAV1D_MODE_H
#define DAEDALUS_DAV1D_MODE_H

#include <stddef.h>

#include "qpu.h"

enum QpuModeKind { QPU_MODE_OFF, QPU_MODE_AUTO, QPU_MODE_ALL, QPU_MODE_LIST };

typedef struct QpuMode {
    enum QpuModeKind kind;
    unsigned stages; /* bit set of enum QpuStage; for off and auto: 0 */
} QpuMode;

/* Parses "off", "auto", "all" or a list of stages. Returns 0, or -EINVAL with
 * a sentence for the user in why. */
int dav1d_qpu_parse_mode(QpuMode *mode, const char *str, char *why, size_t size);

#endif /* DAEDALUS_DAV1D_MODE_H */
