/* --qpu=MODE: which stages are wanted on the device. */

#ifndef QPU_SESSION_MODE_H
#define QPU_SESSION_MODE_H

#include <stddef.h>

#include "qpu.h"

enum QpuModeKind { QPU_MODE_OFF, QPU_MODE_AUTO, QPU_MODE_ALL, QPU_MODE_LIST };

typedef struct QpuMode {
    enum QpuModeKind kind;
    unsigned stages; /* bit set of enum QpuStage; for off and auto: 0 */
} QpuMode;

/* What a decoder can do: bit sets of enum QpuStage. A list may name any stage
 * there is, since players set one list for all codecs: those that the codec has
 * not are nothing to it. */
typedef struct QpuModeRules {
    const char *codec;    /* as in recipes */
    unsigned stages;      /* the codec's */
    unsigned filters[4];  /* sets that may be the device's alone; 0: no more */
} QpuModeRules;
extern const QpuModeRules qpu_rules_av1, qpu_rules_vp9;

/* Parses "off", "auto", "all" or a list of stages. Returns 0, or -EINVAL with
 * a sentence for the user in why. */
int qpu_mode_parse(QpuMode *mode, const QpuModeRules *rules, const char *str, char *why, size_t size);

/* As it was written, or might have been. */
void qpu_mode_name(const QpuMode *mode, char *buf, size_t size);

/* A setting of the command line or, if that is NULL, of the environment; NULL
 * when empty. */
const char *qpu_setting(const char *option, const char *env);

#endif /* QPU_SESSION_MODE_H */
