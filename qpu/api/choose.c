/* Where DAEDALUS_AUTO goes. All that is known about devices is here; a recipe that was measured
 * on the device belongs here, too. */

#include <stdio.h>

#include "api.h"

/* A batch costs a submit, a wake-up and its upload, whatever is in it: a quarter of a 1080p frame
 * is taken to be worth it. Not measured. */
#define LEAST_PIXELS (512 * 1024)

DaedalusSubstrate choose(DaedalusContext *const ctx, const DaedalusBatch *const batch, char *const why, const size_t size) {
    if (!context_usable(ctx)) {
        snprintf(why, size, "%s", ctx->have_device ? "the device was lost" : ctx->device);
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
