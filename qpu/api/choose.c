/* Where DAEDALUS_AUTO goes. */

#include <stdio.h>

#include "api.h"

/* A batch costs a submit, a wake-up and its upload, whatever is in it: without a recipe, a quarter of
 * a 1080p frame is taken to be worth it. Not measured. */
#define LEAST_PIXELS (512 * 1024)

static const QpuModeRules *const rules[N_CODECS] = { &qpu_rules_av1, &qpu_rules_vp9 };

void choose_init(DaedalusContext *const c) {
    const QpuDeviceInfo *const info = qpu_context_info(c->qpu);
    char path[4096], why[4400];
    if (qpu_recipe_find(path, sizeof(path))) return;
    for (int i = 0; i < N_CODECS; i++) {
        const int res = qpu_recipe_read(&c->recipe[i], path, rules[i], info->name, info->driver, why, sizeof(why));
        if (res > 0) c->has_recipe = 1;
        if (res >= 0) continue;
        if (c->log) c->log(c->opaque, why);
        return;
    }
}

/* The first operation that the recipe leaves to the CPU, or NULL. What was measured are whole
 * decoders: their stage stands for the kernel. */
static const Op *find_cpu_op(const DaedalusContext *const c, const DaedalusBatch *const batch) {
    for (uint32_t i = 0; i < batch->n_ops; i++) {
        const Op *const op = &batch->ops[i];
        const QpuFrame *const f = &op->frame[0]->q;
        const QpuRecipeRule *const rule =
            &c->recipe[op->kernel->codec].rule[f->bpc > 8][qpu_size_class(f->plane[0].w, f->plane[0].h)];
        if (!(rule->inter & 1U << op->kernel->stage)) return op;
    }
    return NULL;
}

DaedalusSubstrate choose(DaedalusContext *const ctx, const DaedalusBatch *const batch, char *const why, const size_t size) {
    if (!context_usable(ctx)) {
        snprintf(why, size, "%s", ctx->have_device ? "the device was lost" : ctx->device);
        return DAEDALUS_CPU;
    }
    if (!ctx->least_pixels && ctx->has_recipe) {
        const Op *const op = find_cpu_op(ctx, batch);
        if (!op) return DAEDALUS_QPU;
        snprintf(why, size, "auto: the recipe leaves %s to the CPU", op->kernel->name);
        return DAEDALUS_CPU;
    }
    const enum QpuDeviceClass cls = qpu_context_info(ctx->qpu)->cls;
    uint64_t pixels = 0;
    for (uint32_t i = 0; i < batch->n_ops; i++) pixels += batch->ops[i].pixels;
    const uint64_t least = ctx->least_pixels ? ctx->least_pixels : LEAST_PIXELS;
    if (!ctx->least_pixels && cls == QPU_CLASS_CPU) {
        snprintf(why, size, "auto: the Vulkan device is a CPU");
    } else if (!ctx->least_pixels && cls == QPU_CLASS_V3D) {
        snprintf(why, size, "auto: V3D is not known to be faster than the CPU");
    } else if (pixels < least) {
        snprintf(why, size, "auto: %llu pixels are too few for the device", (unsigned long long) pixels);
    } else {
        return DAEDALUS_QPU;
    }
    return DAEDALUS_CPU;
}
