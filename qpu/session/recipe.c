#include "session/recipe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "session/json.h"

#define BIT(s) (1U << QPU_STAGE_##s)

#define MAX_FILE 65536

const char *const qpu_size_names[QPU_N_SIZES] = { "360p", "720p", "1080p", "2160p" };

enum QpuSizeClass qpu_size_class(const int w, const int h) {
    static const int64_t limits[] = { 300000, 1100000, 2500000 };
    int i = 0;
    while (i < QPU_SIZE_2160P && (int64_t) w * h > limits[i]) i++;
    return (enum QpuSizeClass) i;
}

unsigned qpu_recipe_stages(const QpuRecipe *const r) {
    unsigned stages = 0;
    for (int hbd = 0; hbd < 2; hbd++)
        for (int i = 0; i < QPU_N_SIZES; i++)
            stages |= r->rule[hbd][i].key | r->rule[hbd][i].inter;
    return stages;
}

void qpu_recipe_default(QpuRecipe *const r, const enum QpuDeviceClass cls, const QpuModeRules *const rules) {
    memset(r, 0, sizeof(*r));
    /* One discrete GPU has been measured (docs/performance.md), with AV1, at 1080p and 2160p. */
    if (cls != QPU_CLASS_DISCRETE || rules != &qpu_rules_av1) return;
    for (int hbd = 0; hbd < 2; hbd++)
        for (int i = QPU_SIZE_1080P; i < QPU_N_SIZES; i++)
            r->rule[hbd][i].key = r->rule[hbd][i].inter = rules->stages;
}

/* ---- finding ---- */

int qpu_recipe_user_path(char *const path, const size_t size) {
    const char *const config = qpu_setting(NULL, "XDG_CONFIG_HOME"), *const home = qpu_setting(NULL, "HOME");
    path[0] = 0;
    if (!config && !home) return -ENOENT;
    snprintf(path, size, "%s%s/daedalus/recipe.json", config ? config : home, config ? "" : "/.config");
    return 0;
}

int qpu_recipe_find(char *const path, const size_t size) {
    const char *const named = qpu_setting(NULL, "DAEDALUS_RECIPE");
    if (named) {
        snprintf(path, size, "%s", named);
        return 0;
    }
    if (!qpu_recipe_user_path(path, size) && !access(path, F_OK)) return 0;
    snprintf(path, size, "/etc/daedalus/recipe.json");
    if (!access(path, F_OK)) return 0;
    path[0] = 0;
    return -ENOENT;
}

/* ---- reading ---- */

typedef struct Rule {
    char codec[16], size[16], key[64], inter[64];
    double bits, cpu_ms;
} Rule;

static int index_of(const char *const name, const char *const *const names, const int n) {
    int i = 0;
    while (i < n && strcmp(name, names[i])) i++;
    return i;
}

/* "cpu", "all" or a list. */
static int read_stages(QpuJson *const j, const char *const text, const QpuModeRules *const rules,
                       unsigned *const stages)
{
    QpuMode mode;
    char why[256];
    *stages = 0;
    if (!strcmp(text, "cpu")) return 1;
    if (qpu_mode_parse(&mode, rules, text, why, sizeof(why)) ||
        (mode.kind != QPU_MODE_ALL && mode.kind != QPU_MODE_LIST))
        return qpu_json_fail(j, "stages are \"cpu\", \"all\" or a list that --qpu takes");
    *stages = mode.stages;
    return 1;
}

static int apply(QpuJson *const j, const Rule *const rule, const QpuModeRules *const rules,
                 const int any, QpuRecipe *const r)
{
    const unsigned recon = BIT(MC) | BIT(ITX) | BIT(IPRED);
    QpuRecipeRule new = { .cpu_ms = rule->cpu_ms };
    const int size = index_of(rule->size, qpu_size_names, QPU_N_SIZES);
    if (strcmp(rule->codec, rules->codec)) return 1;
    if (rule->bits != 8 && rule->bits != 10)
        return qpu_json_fail(j, "a rule's \"bits\" are 8, or 10 for all that is more");
    if (size == QPU_N_SIZES) return qpu_json_fail(j, "a rule's \"size\" is 360p, 720p, 1080p or 2160p");
    if (!read_stages(j, rule->key, rules, &new.key) || !read_stages(j, rule->inter, rules, &new.inter)) return 0;
    if (new.key != new.inter && (new.key | new.inter) & recon)
        return qpu_json_fail(j, "what is reconstructed on the device is so for all kinds of frames: "
                             "\"key\" and \"inter\" must be the same");
    QpuRecipeRule *const to = &r->rule[rule->bits > 8][size];
    if (any) {
        to->key |= new.key;
        to->inter |= new.inter;
    } else {
        *to = new;
    }
    return 1;
}

static int read_rule(QpuJson *const j, Rule *const rule) {
    char key[32];
    memset(rule, 0, sizeof(*rule));
    for (int first = 1; qpu_json_member(j, &first, key, sizeof(key)); ) {
        if (!strcmp(key, "codec")) qpu_json_string(j, rule->codec, sizeof(rule->codec));
        else if (!strcmp(key, "size")) qpu_json_string(j, rule->size, sizeof(rule->size));
        else if (!strcmp(key, "key")) qpu_json_string(j, rule->key, sizeof(rule->key));
        else if (!strcmp(key, "inter")) qpu_json_string(j, rule->inter, sizeof(rule->inter));
        else if (!strcmp(key, "bits")) qpu_json_number(j, &rule->bits);
        else if (!strcmp(key, "cpu_ms")) qpu_json_number(j, &rule->cpu_ms);
        else qpu_json_skip(j);
    }
    return !j->wrong;
}

/* Members may come in any order, so rules are applied to a recipe that is kept only
 * if the device turns out to be the one. Returns whether it is. */
static int read_device(QpuJson *const j, const QpuModeRules *const rules, const char *const device,
                       const char *const driver, QpuRecipe *const r)
{
    char key[32], name[256] = "", version[256] = "";
    for (int first = 1; qpu_json_member(j, &first, key, sizeof(key)); ) {
        if (!strcmp(key, "device")) qpu_json_string(j, name, sizeof(name));
        else if (!strcmp(key, "driver")) qpu_json_string(j, version, sizeof(version));
        else if (!strcmp(key, "rules")) {
            Rule rule;
            for (int begin = 1; qpu_json_element(j, &begin); )
                if (read_rule(j, &rule)) apply(j, &rule, rules, !device, r);
        } else {
            qpu_json_skip(j);
        }
    }
    return !device || (!strcmp(name, device) && !strcmp(version, driver));
}

static void read_all(QpuJson *const j, const QpuModeRules *const rules, const char *const device,
                     const char *const driver, QpuRecipe *const r, int *const found)
{
    char key[32];
    double version = 0;
    for (int first = 1; qpu_json_member(j, &first, key, sizeof(key)); ) {
        if (!strcmp(key, "version")) {
            qpu_json_number(j, &version);
        } else if (!strcmp(key, "devices")) {
            for (int begin = 1; qpu_json_element(j, &begin); ) {
                QpuRecipe read = { 0 };
                if (!device) read = *r;
                if (!read_device(j, rules, device, driver, &read)) continue;
                *r = read;
                *found = 1;
            }
        } else {
            qpu_json_skip(j);
        }
    }
    if (qpu_json_end(j) && version != 1) qpu_json_fail(j, "\"version\" is not 1: another release wrote it");
}

/* malloc'ed, 0-terminated. */
static int read_file(const char *const path, char **const text) {
    FILE *const in = fopen(path, "re");
    if (!in) return -errno;
    int res = -ENOMEM;
    if (!(*text = malloc(MAX_FILE + 1))) goto end;
    const size_t n = fread(*text, 1, MAX_FILE + 1, in);
    res = ferror(in) ? -EIO : n > MAX_FILE ? -EFBIG : 0;
    if (res) free(*text);
    else (*text)[n] = 0;
end:
    fclose(in);
    return res;
}

int qpu_recipe_read(QpuRecipe *const r, const char *const path, const QpuModeRules *const rules,
                    const char *const device, const char *const driver, char *const why, const size_t size)
{
    char *text = NULL;
    int found = 0;
    memset(r, 0, sizeof(*r));
    const int res = read_file(path, &text);
    if (res) {
        snprintf(why, size, "the recipe %s can't be read: %s", path, strerror(-res));
        return res;
    }
    QpuJson j = { .at = text };
    read_all(&j, rules, device, driver, r, &found);
    if (j.wrong) {
        snprintf(why, size, "the recipe %s is not used: line %d: %s", path, qpu_json_line(&j, text), j.wrong);
        memset(r, 0, sizeof(*r));
    }
    free(text);
    return j.wrong ? -EINVAL : found;
}
