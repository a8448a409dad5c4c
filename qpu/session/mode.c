#include "session/mode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(s) (1U << QPU_STAGE_##s)

static const unsigned recon = BIT(MC) | BIT(ITX) | BIT(IPRED);

static size_t write_list(char *const buf, const size_t size, const unsigned stages) {
    size_t len = 0;
    if (size) buf[0] = 0;
    for (int s = 0; s < QPU_N_STAGES; s++) {
        if (!(stages & 1U << s) || len >= size) continue;
        len += (size_t) snprintf(buf + len, size - len, "%s%s", len ? "," : "", qpu_stage_names[s]);
    }
    return len;
}

static int parse_list(unsigned *const stages, const char *s, char *const why, const size_t size) {
    *stages = 0;
    for (;;) {
        const size_t len = strcspn(s, ",");
        unsigned n;
        for (n = 0; n < QPU_N_STAGES; n++)
            if (strlen(qpu_stage_names[n]) == len && !strncmp(qpu_stage_names[n], s, len)) break;
        if (n == QPU_N_STAGES) {
            snprintf(why, size, "\"%.*s\" is no mode and no stage (off, auto, all, or a list "
                     "of mc,itx,ipred,lf,cdef,sr,lr,fg)", (int) len, s);
            return -EINVAL;
        }
        *stages |= 1U << n;
        if (!s[len]) return 0;
        s += len + 1;
    }
}

/* What is wrong with a list, or NULL. A frame comes back from the device once, after
 * its last stage: so a list ends with the last one, and all between is in it. */
static const char *check_list(const QpuModeRules *const rules, const unsigned stages) {
    const unsigned r = stages & recon, filters = rules->stages & ~recon & ~BIT(FG);
    if (r && r != recon) return "mc, itx and ipred interleave: they go together";
    if (r && (stages & filters) != filters)
        return "what is reconstructed on the device is filtered there: add all filters";
    if (r) return NULL;
    if (stages & BIT(FG)) return "film grain needs the frame on the device: use all stages";
    for (int i = 0; i < 4 && rules->filters[i]; i++)
        if (stages == rules->filters[i]) return NULL;
    return "a frame comes back from the device once, after its last stage";
}

int qpu_mode_parse(QpuMode *const mode, const QpuModeRules *const rules, const char *const str,
                   char *const why, const size_t size)
{
    mode->stages = 0;
    if (!strcmp(str, "off")) {
        mode->kind = QPU_MODE_OFF;
        return 0;
    }
    if (!strcmp(str, "auto") || !*str) {
        mode->kind = QPU_MODE_AUTO;
        return 0;
    }
    if (!strcmp(str, "all")) {
        mode->kind = QPU_MODE_ALL;
        mode->stages = rules->stages;
        return 0;
    }
    mode->kind = QPU_MODE_LIST;
    if (parse_list(&mode->stages, str, why, size)) return -EINVAL;
    mode->stages &= rules->stages;
    const char *const wrong = check_list(rules, mode->stages);
    if (!wrong) return 0;
    char possible[128];
    size_t len = write_list(possible, sizeof(possible), rules->stages);
    for (int i = 0; i < 4 && rules->filters[i] && len < sizeof(possible); i++) {
        len += (size_t) snprintf(possible + len, sizeof(possible) - len, "; ");
        if (len < sizeof(possible))
            len += write_list(possible + len, sizeof(possible) - len, rules->filters[i]);
    }
    snprintf(why, size, "\"%.60s\" is not possible: %s. Lists that are: %s", str, wrong, possible);
    return -EINVAL;
}

void qpu_mode_name(const QpuMode *const mode, char *const buf, const size_t size) {
    static const char *const kinds[] = { "off", "auto", "all" };
    if (mode->kind == QPU_MODE_LIST) write_list(buf, size, mode->stages);
    else snprintf(buf, size, "%s", kinds[mode->kind]);
}

const char *qpu_setting(const char *const option, const char *const env) {
    if (option) return *option ? option : NULL;
    const char *const e = getenv(env);
    return e && *e ? e : NULL;
}
