/* What --qpu=auto goes by: for a device and its driver, which stages are worth it, by
 * codec, bit depth, size and kind of frame. qpubench --tune writes such files;
 * docs/recipe.md describes them. */

#ifndef QPU_SESSION_RECIPE_H
#define QPU_SESSION_RECIPE_H

#include "qpu.h"
#include "session/mode.h"

/* By luma samples of a frame: up to 300,000, 1,100,000, 2,500,000, more. */
enum QpuSizeClass { QPU_SIZE_360P, QPU_SIZE_720P, QPU_SIZE_1080P, QPU_SIZE_2160P, QPU_N_SIZES };
enum QpuSizeClass qpu_size_class(int w, int h);
extern const char *const qpu_size_names[QPU_N_SIZES];

typedef struct QpuRecipeRule {
    unsigned key, inter; /* stages on the device of key and intra-only frames, of others: bit sets of
                          * enum QpuStage. If reconstruction is in one, both are the same */
    double cpu_ms;       /* what upstream needs on one thread, a million luma samples; 0: unknown */
} QpuRecipeRule;

typedef struct QpuRecipe {
    QpuRecipeRule rule[2][QPU_N_SIZES]; /* [more than 8 bits] */
} QpuRecipe;

/* Where the user's recipe belongs: $XDG_CONFIG_HOME/daedalus/recipe.json, $HOME/.config without
 * the variable. Returns 0, or -ENOENT without a home; then path is "". */
int qpu_recipe_user_path(char *path, size_t size);

/* The first of: $DAEDALUS_RECIPE, the user's, /etc/daedalus/recipe.json. Returns 0, or -ENOENT
 * if there is none; then path is "". A file that $DAEDALUS_RECIPE names need not exist. */
int qpu_recipe_find(char *path, size_t size);

/* Reads the rules for rules->codec on that device with that driver. device NULL: of all
 * devices in the file, whatever stages any of them has, to know whether to open one.
 *
 * Returns 1; 0 if the file has none for it; or a negative errno with a sentence for the
 * user in why. *r has no stages then. */
int qpu_recipe_read(QpuRecipe *r, const char *path, const QpuModeRules *rules,
                    const char *device, const char *driver, char *why, size_t size);

/* Without a recipe: what has been measured on devices of the class, else nothing. */
void qpu_recipe_default(QpuRecipe *r, enum QpuDeviceClass cls, const QpuModeRules *rules);

/* Stages of any rule. */
unsigned qpu_recipe_stages(const QpuRecipe *r);

#endif /* QPU_SESSION_RECIPE_H */
