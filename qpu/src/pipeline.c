#include "pipeline.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fault.h"
#include "grow.h"

/* The driver checks that cached data is its own; the name only keeps devices
 * and driver versions from overwriting each other. */
static char *default_cache_path(const QpuContext *const ctx) {
    const char *const xdg = getenv("XDG_CACHE_HOME"), *const home = getenv("HOME");
    char dir[3072], path[4096], name[128];
    if (xdg && *xdg == '/') snprintf(dir, sizeof(dir), "%.3000s", xdg);
    else if (home && *home == '/') snprintf(dir, sizeof(dir), "%.3000s/.cache", home);
    else return NULL;
    if (mkdir(dir, 0700) && errno != EEXIST) return NULL;
    strcat(dir, "/daedalus");
    if (mkdir(dir, 0700) && errno != EEXIST) return NULL;

    snprintf(name, sizeof(name), "%.60s %.60s", ctx->info.name, ctx->info.driver);
    for (char *s = name; *s; s++)
        if (!((*s >= '0' && *s <= '9') || ((*s | 32) >= 'a' && (*s | 32) <= 'z') || *s == '.'))
            *s = '-';
    snprintf(path, sizeof(path), "%s/%s.pipelines", dir, name);
    return strdup(path);
}

static void *read_file(const char *const path, size_t *const size) {
    *size = 0;
    FILE *const f = fopen(path, "rb");
    if (!f) return NULL;
    void *data = NULL;
    if (!fseek(f, 0, SEEK_END)) {
        const long len = ftell(f);
        if (len > 0 && len < 64 << 20 && !fseek(f, 0, SEEK_SET) && (data = malloc((size_t) len))) {
            *size = fread(data, 1, (size_t) len, f);
            if (*size != (size_t) len) *size = 0;
        }
    }
    fclose(f);
    return data;
}

static void write_cache(QpuContext *const ctx) {
    size_t size = 0;
    void *data = NULL;
    char tmp[4200];
    if (ctx->vk.GetPipelineCacheData(ctx->dev, ctx->cache, &size, NULL) != VK_SUCCESS || !size ||
        size == ctx->cache_size ||
        !(data = malloc(size)) ||
        ctx->vk.GetPipelineCacheData(ctx->dev, ctx->cache, &size, data) != VK_SUCCESS) goto end;
    /* others may read or write it at this moment: replace it whole */
    snprintf(tmp, sizeof(tmp), "%.4000s.%ld", ctx->cache_path, (long) getpid());
    FILE *const f = fopen(tmp, "wb");
    if (!f) goto end;
    const int ok = fwrite(data, 1, size, f) == size;
    if (fclose(f) || !ok || rename(tmp, ctx->cache_path)) remove(tmp);
end:
    free(data);
}

int qpu_pipelines_open(QpuContext *const ctx, const char *const cache_path) {
    int res;
    size_t size = 0;
    void *data = NULL;
    if (!cache_path) ctx->cache_path = default_cache_path(ctx);
    else if (*cache_path) ctx->cache_path = strdup(cache_path);
    if (ctx->cache_path) data = read_file(ctx->cache_path, &size);
    ctx->cache_size = size;
    const VkPipelineCacheCreateInfo cache = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO,
        .initialDataSize = size,
        .pInitialData = data,
    };
    QPU_TRY(ctx, CreatePipelineCache(ctx->dev, &cache, NULL, &ctx->cache));

    for (uint32_t n = 1; n <= QPU_MAX_BINDINGS; n++) {
        VkDescriptorSetLayoutBinding bindings[QPU_MAX_BINDINGS];
        for (uint32_t i = 0; i < n; i++)
            bindings[i] = (VkDescriptorSetLayoutBinding) {
                .binding = i,
                .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER,
                .descriptorCount = 1,
                .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
            };
        const VkDescriptorSetLayoutCreateInfo set = {
            .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
            .bindingCount = n,
            .pBindings = bindings,
        };
        QPU_TRY(ctx, CreateDescriptorSetLayout(ctx->dev, &set, NULL, &ctx->set_layout[n]));
        const VkPushConstantRange push = {
            .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
            .size = QPU_MAX_PUSH,
        };
        const VkPipelineLayoutCreateInfo layout = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
            .setLayoutCount = 1,
            .pSetLayouts = &ctx->set_layout[n],
            .pushConstantRangeCount = 1,
            .pPushConstantRanges = &push,
        };
        QPU_TRY(ctx, CreatePipelineLayout(ctx->dev, &layout, NULL, &ctx->pipeline_layout[n]));
    }
    res = 0;
error:
    free(data);
    return res;
}

void qpu_pipelines_close(QpuContext *const ctx) {
    if (ctx->cache && ctx->cache_path && ctx->cache_dirty) write_cache(ctx);
    for (uint32_t i = 0; i < ctx->n_pipelines; i++)
        if (ctx->pipelines[i].pipeline)
            ctx->vk.DestroyPipeline(ctx->dev, ctx->pipelines[i].pipeline, NULL);
    free(ctx->pipelines);
    for (int n = 1; n <= QPU_MAX_BINDINGS; n++) {
        if (ctx->pipeline_layout[n])
            ctx->vk.DestroyPipelineLayout(ctx->dev, ctx->pipeline_layout[n], NULL);
        if (ctx->set_layout[n])
            ctx->vk.DestroyDescriptorSetLayout(ctx->dev, ctx->set_layout[n], NULL);
    }
    if (ctx->cache) ctx->vk.DestroyPipelineCache(ctx->dev, ctx->cache, NULL);
}

static int create(QpuContext *const ctx, const QpuKernel *const kernel,
                  const int n_bind, VkPipeline *const out)
{
    int res;
    VkShaderModule module = VK_NULL_HANDLE;
    const VkShaderModuleCreateInfo code = {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
        .codeSize = kernel->size,
        .pCode = kernel->code,
    };
    if (qpu_fault(QPU_FAULT_PIPELINE)) {
        res = qpu_vk_failed(ctx, "CreateComputePipelines(", VK_ERROR_UNKNOWN);
        goto error;
    }
    if (ctx->null) return 0;
    QPU_TRY(ctx, CreateShaderModule(ctx->dev, &code, NULL, &module));
    const VkComputePipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .stage = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
            .stage = VK_SHADER_STAGE_COMPUTE_BIT,
            .module = module,
            .pName = "main",
        },
        .layout = ctx->pipeline_layout[n_bind],
    };
    QPU_TRY(ctx, CreateComputePipelines(ctx->dev, ctx->cache, 1, &info, NULL, out));
    res = 0;
error:
    if (module) ctx->vk.DestroyShaderModule(ctx->dev, module, NULL);
    if (res) {
        char why[100];
        qpu_context_error(ctx, why, sizeof(why));
        qpu_set_error(ctx, "kernel %s does not build (%s)", kernel->name, why);
    }
    return res;
}

int qpu_pipeline_get(QpuContext *const ctx, const QpuKernel *const kernel,
                     const int n_bind, VkPipeline *const out)
{
    int res = 0;
    *out = VK_NULL_HANDLE;
    if (n_bind < 1 || n_bind > QPU_MAX_BINDINGS) return -EINVAL;
    pthread_mutex_lock(&ctx->pipeline_lock);
    for (uint32_t i = 0; i < ctx->n_pipelines; i++) {
        const struct QpuPipeline *const p = &ctx->pipelines[i];
        if (p->kernel != kernel) continue;
        if (p->n_bind == n_bind) *out = p->pipeline;
        else res = -EINVAL; /* it was built for another layout */
        goto end;
    }
    struct QpuPipeline *const p =
        qpu_grown(ctx->pipelines, &ctx->n_pipelines_alloc, ctx->n_pipelines + 1, sizeof(*p));
    if (!p) {
        res = -ENOMEM;
        goto end;
    }
    ctx->pipelines = p;
    res = create(ctx, kernel, n_bind, out);
    if (!res) {
        p[ctx->n_pipelines++] =
            (struct QpuPipeline) { .kernel = kernel, .n_bind = n_bind, .pipeline = *out };
        ctx->cache_dirty = 1;
    }
end:
    pthread_mutex_unlock(&ctx->pipeline_lock);
    return res;
}
