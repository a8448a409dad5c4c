/* Finding a device that has what V3D 7.1 has, and opening it. */

#include "context.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "dmabuf.h"
#include "fault.h"
#include "memory.h"
#include "pipeline.h"
#include "scratch.h"

const char *const qpu_stage_names[QPU_N_STAGES] = {
    "mc", "itx", "ipred", "lf", "cdef", "sr", "lr", "fg",
};

struct Candidate {
    VkPhysicalDevice phys;
    VkPhysicalDeviceProperties props;
    QpuDeviceInfo info;
    uint32_t family;
    uint32_t timestamp_bits;
    uint64_t max_allocation;    /* bytes */
    int ext_timeline, ext_8bit; /* extensions to enable, core in 1.2 */
    int ext_dmabuf;             /* there, two of them */
    char missing[256];          /* empty: usable */
};

int qpu_vk_failed(QpuContext *const ctx, const char *const call, const VkResult res) {
    if (res == VK_ERROR_DEVICE_LOST) atomic_store(&ctx->lost, 1);
    qpu_set_error(ctx, "vk%.*s: %s", (int) strcspn(call, "("), call, qpu_vk_result_name(res));
    return qpu_vk_errno(res);
}

void qpu_set_error(QpuContext *const ctx, const char *const format, ...) {
    va_list ap;
    va_start(ap, format);
    pthread_mutex_lock(&ctx->error_lock);
    vsnprintf(ctx->error, sizeof(ctx->error), format, ap);
    pthread_mutex_unlock(&ctx->error_lock);
    va_end(ap);
}

void qpu_context_error(QpuContext *const ctx, char *const buf, const size_t size) {
    pthread_mutex_lock(&ctx->error_lock);
    snprintf(buf, size, "%s", ctx->error);
    pthread_mutex_unlock(&ctx->error_lock);
}

static VkResult create_instance(QpuVk *const vk, VkInstance *const instance) {
    uint32_t version = VK_API_VERSION_1_0;
    VkResult res = vk->EnumerateInstanceVersion(&version);
    if (res != VK_SUCCESS) return res;
    if (version < VK_API_VERSION_1_1) return VK_ERROR_INCOMPATIBLE_DRIVER;
    const VkApplicationInfo app = {
        .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
        .pApplicationName = "daedalus",
        .pEngineName = "daedalus",
        /* what is used of 1.2 is asked for device by device */
        .apiVersion = version < VK_API_VERSION_1_2 ? VK_API_VERSION_1_1 : VK_API_VERSION_1_2,
    };
    const VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pApplicationInfo = &app,
    };
    return vk->CreateInstance(&info, NULL, instance);
}

static int has_extension(const VkExtensionProperties *const ext, const uint32_t n,
                         const char *const name)
{
    for (uint32_t i = 0; i < n; i++)
        if (!strcmp(ext[i].extensionName, name)) return 1;
    return 0;
}

static void missing(struct Candidate *const c, const char *const what) {
    const size_t len = strlen(c->missing);
    snprintf(c->missing + len, sizeof(c->missing) - len, "%s%s", len ? ", " : "", what);
}

/* Everything the kernels and the engine use must be there, and nothing that
 * V3D 7.1 lacks may be asked for: the numbers are that device's. */
static void check_limits(struct Candidate *const c) {
    const VkPhysicalDeviceLimits *const l = &c->props.limits;
    if (l->maxPerStageDescriptorStorageBuffers < QPU_MAX_BINDINGS)
        missing(c, "8 storage buffers a stage");
    if (l->maxPushConstantsSize < QPU_MAX_PUSH)
        missing(c, "128 bytes of push constants");
    if (l->maxComputeSharedMemorySize < 16384)
        missing(c, "16 KiB of shared memory");
    if (l->maxComputeWorkGroupInvocations < 256 || l->maxComputeWorkGroupSize[0] < 256)
        missing(c, "256 invocations a workgroup");
    if (l->maxComputeWorkGroupCount[0] < 65535 || l->maxComputeWorkGroupCount[1] < 65535)
        missing(c, "65535 workgroups a dimension");
    if (l->minStorageBufferOffsetAlignment > 256)
        missing(c, "storage buffer offsets of 256 bytes");
}

static void check_features(const QpuVk *const vk, struct Candidate *const c) {
    const int core12 = c->props.apiVersion >= VK_API_VERSION_1_2;
    VkExtensionProperties *ext = NULL;
    uint32_t n_ext = 0;
    if (vk->EnumerateDeviceExtensionProperties(c->phys, NULL, &n_ext, NULL) == VK_SUCCESS && n_ext) {
        ext = malloc(n_ext * sizeof(*ext));
        if (!ext || vk->EnumerateDeviceExtensionProperties(c->phys, NULL, &n_ext, ext) < 0)
            n_ext = 0;
    }
    const int ext_timeline = has_extension(ext, n_ext, VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME);
    const int ext_8bit = has_extension(ext, n_ext, VK_KHR_8BIT_STORAGE_EXTENSION_NAME);
    const int ext_driver = has_extension(ext, n_ext, VK_KHR_DRIVER_PROPERTIES_EXTENSION_NAME);
    c->ext_dmabuf = has_extension(ext, n_ext, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME) &&
                    has_extension(ext, n_ext, VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME);
    free(ext);

    VkPhysicalDeviceTimelineSemaphoreFeatures timeline = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES,
    };
    VkPhysicalDevice8BitStorageFeatures s8 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_8BIT_STORAGE_FEATURES,
    };
    VkPhysicalDevice16BitStorageFeatures s16 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES,
    };
    VkPhysicalDeviceFeatures2 features = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2,
        .pNext = &s16,
    };
    if (core12 || ext_timeline) {
        timeline.pNext = features.pNext;
        features.pNext = &timeline;
    }
    if (core12 || ext_8bit) {
        s8.pNext = features.pNext;
        features.pNext = &s8;
    }
    vk->GetPhysicalDeviceFeatures2(c->phys, &features);
    if (qpu_fault(QPU_FAULT_FEATURE)) s16.storageBuffer16BitAccess = 0;
    if (!timeline.timelineSemaphore) missing(c, "timeline semaphores");
    if (!s8.storageBuffer8BitAccess) missing(c, "8-bit storage");
    if (!s16.storageBuffer16BitAccess) missing(c, "16-bit storage");
    c->ext_timeline = !core12;
    c->ext_8bit = !core12;

    VkPhysicalDeviceSubgroupProperties subgroup = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES,
    };
    VkPhysicalDeviceProperties2 of_subgroups = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
        .pNext = &subgroup,
    };
    vk->GetPhysicalDeviceProperties2(c->phys, &of_subgroups);
    if (!(subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT) ||
        !(subgroup.supportedOperations & VK_SUBGROUP_FEATURE_BALLOT_BIT))
        missing(c, "subgroup ballots in compute shaders");

    VkPhysicalDeviceDriverProperties driver = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES,
    };
    VkPhysicalDeviceMaintenance3Properties maintenance = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES,
        .pNext = core12 || ext_driver ? &driver : NULL,
    };
    VkPhysicalDeviceProperties2 props = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
        .pNext = &maintenance,
    };
    vk->GetPhysicalDeviceProperties2(c->phys, &props);
    c->max_allocation = maintenance.maxMemoryAllocationSize;
    if (driver.driverName[0])
        snprintf(c->info.driver, sizeof(c->info.driver), "%.100s, %.100s",
                 driver.driverName, driver.driverInfo);
    else
        snprintf(c->info.driver, sizeof(c->info.driver), "driver version 0x%x",
                 c->props.driverVersion);

    switch (c->props.deviceType) {
    case VK_PHYSICAL_DEVICE_TYPE_CPU:
        c->info.cls = QPU_CLASS_CPU;
        break;
    case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
        c->info.cls = QPU_CLASS_DISCRETE;
        break;
    default:
        c->info.cls = driver.driverID == VK_DRIVER_ID_MESA_V3DV ||
                      !strncmp(c->info.name, "V3D", 3)
                    ? QPU_CLASS_V3D : QPU_CLASS_INTEGRATED;
    }
}

static void check_queues(const QpuVk *const vk, struct Candidate *const c) {
    VkQueueFamilyProperties families[16];
    uint32_t n = 16;
    vk->GetPhysicalDeviceQueueFamilyProperties(c->phys, &n, families);
    int best = -1;
    for (uint32_t i = 0; i < n; i++) {
        if (!(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT) || !families[i].queueCount)
            continue;
        /* a family without graphics runs beside the desktop's drawing */
        if (best < 0 || !(families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT)) best = (int) i;
    }
    if (best < 0) {
        missing(c, "a compute queue");
        return;
    }
    c->family = (uint32_t) best;
    c->timestamp_bits = families[best].timestampValidBits;
    c->info.timestamps = c->timestamp_bits != 0;
}

/* Returns the number of candidates or a negative errno. */
static int enumerate(const QpuVk *const vk, const VkInstance instance,
                     struct Candidate **const out)
{
    *out = NULL;
    uint32_t n = 0;
    VkResult vkres = vk->EnumeratePhysicalDevices(instance, &n, NULL);
    if (vkres != VK_SUCCESS) return qpu_vk_errno(vkres);
    if (!n || qpu_fault(QPU_FAULT_DEVICE)) return 0;
    VkPhysicalDevice *const phys = malloc(n * sizeof(*phys));
    struct Candidate *const c = calloc(n, sizeof(*c));
    int res = -ENOMEM;
    if (!phys || !c) goto error;
    vkres = vk->EnumeratePhysicalDevices(instance, &n, phys);
    if (vkres < 0) {
        res = qpu_vk_errno(vkres);
        goto error;
    }
    for (uint32_t i = 0; i < n; i++) {
        VkPhysicalDeviceProperties2 props = {
            .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
        };
        c[i].phys = phys[i];
        vk->GetPhysicalDeviceProperties2(phys[i], &props);
        c[i].props = props.properties;
        snprintf(c[i].info.name, sizeof(c[i].info.name), "%.255s", c[i].props.deviceName);
        if (c[i].props.apiVersion < VK_API_VERSION_1_1) {
            missing(&c[i], "Vulkan 1.1");
            continue;
        }
        check_features(vk, &c[i]);
        check_limits(&c[i]);
        check_queues(vk, &c[i]);
    }
    free(phys);
    *out = c;
    return (int) n;

error:
    free(phys);
    free(c);
    return res;
}

static const char *class_name(const struct Candidate *const c) {
    switch (c->info.cls) {
    case QPU_CLASS_CPU: return "CPU";
    case QPU_CLASS_V3D: return "VideoCore";
    case QPU_CLASS_INTEGRATED: return "integrated GPU";
    case QPU_CLASS_DISCRETE: return "discrete GPU";
    }
    return "";
}

static void describe(const struct Candidate *const c, const int index,
                     char *const buf, const size_t size)
{
    snprintf(buf, size, "%d: %.200s (%.200s, %s)%s%.200s\n", index, c->info.name,
             c->info.driver, class_name(c),
             c->missing[0] ? ": can't be used, lacks " : "", c->missing);
}

static const char no_loader[] =
    "no Vulkan loader (libvulkan.so.1; Debian package libvulkan1)";
static const char no_device[] =
    "no Vulkan device (is a driver installed? Debian package mesa-vulkan-drivers)";

int qpu_device_list(char **const out) {
    enum { LINE = 768 };
    *out = NULL;
    QpuVk vk;
    VkInstance instance = VK_NULL_HANDLE;
    struct Candidate *c = NULL;
    int res = qpu_fault(QPU_FAULT_LOADER) ? -ENOENT : qpu_vk_open(&vk);
    if (res < 0) {
        *out = strdup(no_loader);
        return res;
    }
    int n = 0, usable = 0;
    if (create_instance(&vk, &instance) == VK_SUCCESS && !qpu_vk_load_instance(&vk, instance))
        n = enumerate(&vk, instance, &c);
    if (n <= 0) {
        *out = strdup(no_device);
        res = n < 0 ? n : -ENODEV;
    } else if ((*out = malloc((size_t) n * LINE))) {
        (*out)[0] = 0;
        for (int i = 0; i < n; i++) {
            describe(&c[i], i, *out + strlen(*out), LINE);
            usable += !c[i].missing[0];
        }
        res = usable;
    } else
        res = -ENOMEM;
    free(c);
    if (instance && vk.DestroyInstance) vk.DestroyInstance(instance, NULL);
    /* the loader stays: drivers leave destructors of threads behind */
    return res;
}

static int contains(const char *hay, const char *const needle) {
    const size_t len = strlen(needle);
    for (; *hay; hay++) {
        size_t i = 0;
        while (i < len && tolower((unsigned char) hay[i]) == tolower((unsigned char) needle[i])) i++;
        if (i == len) return 1;
    }
    return 0;
}

static int choose(const struct Candidate *const c, const int n,
                  const QpuContextParams *const params, char *const why, const size_t size)
{
    int best = -1;
    if (params->device) {
        char *end;
        const long index = strtol(params->device, &end, 10);
        if (*params->device && !*end) {
            if (index >= 0 && index < n) best = (int) index;
        } else {
            for (int i = n - 1; i >= 0; i--)
                if (contains(c[i].info.name, params->device)) best = i;
        }
        if (best < 0)
            snprintf(why, size, "no device is called or numbered \"%.100s\"", params->device);
        else if (c[best].missing[0]) {
            snprintf(why, size, "%.100s lacks %.200s", c[best].info.name, c[best].missing);
            best = -1;
        }
        return best;
    }
    int skipped_cpu = 0;
    for (int i = 0; i < n; i++) {
        if (c[i].missing[0]) continue;
        if (c[i].info.cls == QPU_CLASS_CPU && !params->allow_cpu) skipped_cpu = 1;
        else if (best < 0 || c[i].info.cls > c[best].info.cls) best = i;
    }
    if (best < 0) {
        if (skipped_cpu)
            snprintf(why, size, "the only Vulkan device is a CPU (ask for it by name, or use --qpu=all)");
        else
            snprintf(why, size, "%.100s lacks %.200s", c[0].info.name, c[0].missing);
    }
    return best;
}

static uint32_t pick_type(const VkPhysicalDeviceMemoryProperties *const m,
                          const VkMemoryPropertyFlags need,
                          const VkMemoryPropertyFlags like,
                          const VkMemoryPropertyFlags avoid)
{
    int best = -1, best_score = 0;
    for (uint32_t i = 0; i < m->memoryTypeCount; i++) {
        const VkMemoryPropertyFlags f = m->memoryTypes[i].propertyFlags;
        if ((f & need) != need) continue;
        /* types of special purpose (protected, device-coherent) cost or fail */
        if (f & ~(VkMemoryPropertyFlags) 0xf) continue;
        const int score = 1 + 4 * (int) qpu_popcount(f & like) - 2 * (int) qpu_popcount(f & avoid);
        if (best < 0 || score > best_score) {
            best = (int) i;
            best_score = score;
        }
    }
    return best < 0 ? UINT32_MAX : (uint32_t) best;
}

static int choose_memory(QpuContext *const ctx) {
    enum {
        LOCAL = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT,
        VISIBLE = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT,
        COHERENT = VK_MEMORY_PROPERTY_HOST_COHERENT_BIT,
        CACHED = VK_MEMORY_PROPERTY_HOST_CACHED_BIT,
    };
    const VkPhysicalDeviceMemoryProperties *const m = &ctx->memory;
    ctx->unified = ctx->info.cls != QPU_CLASS_DISCRETE;
    if (ctx->unified) {
        ctx->upload_type = pick_type(m, LOCAL | VISIBLE | COHERENT, CACHED, 0);
        ctx->device_type = ctx->upload_type;
        if (ctx->upload_type == UINT32_MAX) ctx->unified = 0;
    }
    if (!ctx->unified) {
        ctx->upload_type = pick_type(m, VISIBLE | COHERENT, 0, LOCAL | CACHED);
        ctx->device_type = pick_type(m, LOCAL, 0, VISIBLE);
    }
    ctx->download_type = pick_type(m, VISIBLE | CACHED, COHERENT, LOCAL);
    if (ctx->download_type == UINT32_MAX)
        ctx->download_type = pick_type(m, VISIBLE | COHERENT, 0, LOCAL);
    if (ctx->upload_type == UINT32_MAX || ctx->device_type == UINT32_MAX ||
        ctx->download_type == UINT32_MAX) return -ENOTSUP;

    VkMemoryPropertyFlags dev = m->memoryTypes[ctx->device_type].propertyFlags;
    VkMemoryPropertyFlags down = m->memoryTypes[ctx->download_type].propertyFlags;
    if (qpu_fault(QPU_FAULT_UNCACHED)) {
        dev &= ~(VkMemoryPropertyFlags) CACHED;
        down &= ~(VkMemoryPropertyFlags) CACHED;
    }
    ctx->download_direct = ctx->unified && (dev & CACHED || !(down & CACHED));
    ctx->heap_wanted = ctx->unified && !((dev | down) & CACHED);
    return 0;
}

/* The largest buffer: bound as a whole, in one allocation, and a bit smaller
 * than 32 bits can say, so that sizes can be rounded up. */
static uint32_t max_range(const struct Candidate *const c) {
    uint64_t max = 0xfffffff0;
    if (max > c->props.limits.maxStorageBufferRange) max = c->props.limits.maxStorageBufferRange;
    if (max > c->max_allocation) max = c->max_allocation;
    return (uint32_t) max & ~(QPU_ALIGNMENT - 1);
}

static int create_device(QpuContext *const ctx, const struct Candidate *const c) {
    int res;
    const char *ext[4];
    uint32_t n_ext = 0;
    if (c->ext_timeline) ext[n_ext++] = VK_KHR_TIMELINE_SEMAPHORE_EXTENSION_NAME;
    if (c->ext_8bit) ext[n_ext++] = VK_KHR_8BIT_STORAGE_EXTENSION_NAME;
    if ((ctx->dmabuf = c->ext_dmabuf)) {
        ext[n_ext++] = VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME;
        ext[n_ext++] = VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME;
    }
    VkPhysicalDeviceTimelineSemaphoreFeatures timeline = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_TIMELINE_SEMAPHORE_FEATURES,
        .timelineSemaphore = VK_TRUE,
    };
    VkPhysicalDevice8BitStorageFeatures s8 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_8BIT_STORAGE_FEATURES,
        .pNext = &timeline,
        .storageBuffer8BitAccess = VK_TRUE,
    };
    VkPhysicalDevice16BitStorageFeatures s16 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES,
        .pNext = &s8,
        .storageBuffer16BitAccess = VK_TRUE,
    };
    const float priority = 1.0f;
    const VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
        .queueFamilyIndex = c->family,
        .queueCount = 1,
        .pQueuePriorities = &priority,
    };
    const VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .pNext = &s16,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue,
        .enabledExtensionCount = n_ext,
        .ppEnabledExtensionNames = ext,
    };
    QPU_TRY(ctx, CreateDevice(c->phys, &info, NULL, &ctx->dev));
    if (qpu_vk_load_device(&ctx->vk, ctx->dev)) return -ENOENT;
    ctx->vk.GetDeviceQueue(ctx->dev, c->family, 0, &ctx->queue);

    const VkSemaphoreTypeCreateInfo type = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
        .semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE,
    };
    const VkSemaphoreCreateInfo semaphore = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
        .pNext = &type,
    };
    QPU_TRY(ctx, CreateSemaphore(ctx->dev, &semaphore, NULL, &ctx->timeline));
    return 0;

error:
    return res;
}

static int init_locks(QpuContext *const ctx) {
    pthread_mutex_t *const lock[] = {
        &ctx->queue_lock, &ctx->pipeline_lock, &ctx->memory_lock, &ctx->error_lock,
    };
    for (size_t n = 0; n < sizeof(lock) / sizeof(*lock); n++) {
        if (!pthread_mutex_init(lock[n], NULL)) continue;
        while (n) pthread_mutex_destroy(lock[--n]);
        return -ENOMEM;
    }
    return 0;
}

/* Behaves like a device whose memory is the CPU's, without its limits. */
static void open_null(QpuContext *const ctx) {
    ctx->null = 1;
    ctx->unified = ctx->download_direct = 1;
    ctx->max_range = 0xfffffff0 & ~(QPU_ALIGNMENT - 1);
    strcpy(ctx->info.name, "null");
    strcpy(ctx->info.driver, "none");
    ctx->info.cls = QPU_CLASS_DISCRETE; /* wherever a device pays, it does */
}

int qpu_context_open(QpuContext **const out, const QpuContextParams *const params,
                     char *const why, const size_t size)
{
    char scrap[1];
    char *const reason = size ? why : scrap;
    const size_t reason_size = size ? size : 1;
    struct Candidate *c = NULL;
    *out = NULL;
    QpuContext *const ctx = calloc(1, sizeof(*ctx));
    if (!ctx || init_locks(ctx)) {
        free(ctx);
        snprintf(reason, reason_size, "out of memory");
        return -ENOMEM;
    }
    ctx->heap = -1;
    if (params->device && !strcmp(params->device, "null")) {
        open_null(ctx);
        *out = ctx;
        return 0;
    }

    int res = qpu_fault(QPU_FAULT_LOADER) ? -ENOENT : qpu_vk_open(&ctx->vk);
    if (res < 0) {
        snprintf(reason, reason_size, "%s", no_loader);
        goto error;
    }
    const VkResult vkres = create_instance(&ctx->vk, &ctx->instance);
    if (vkres != VK_SUCCESS) {
        snprintf(reason, reason_size, "%s (vkCreateInstance: %s)", no_device,
                 qpu_vk_result_name(vkres));
        res = qpu_vk_errno(vkres);
        goto error;
    }
    res = qpu_vk_load_instance(&ctx->vk, ctx->instance);
    const int n = res ? res : enumerate(&ctx->vk, ctx->instance, &c);
    if (n <= 0) {
        snprintf(reason, reason_size, "%s", no_device);
        res = n < 0 ? n : -ENODEV;
        goto error;
    }
    const int i = choose(c, n, params, reason, reason_size);
    if (i < 0) {
        res = -ENODEV;
        goto error;
    }
    ctx->phys = c[i].phys;
    ctx->info = c[i].info;
    ctx->family = c[i].family;
    ctx->limits = c[i].props.limits;
    ctx->timestamp_bits = c[i].timestamp_bits;
    ctx->timestamps = params->timestamps && c[i].info.timestamps;
    ctx->vk.GetPhysicalDeviceMemoryProperties(ctx->phys, &ctx->memory);
    ctx->max_range = max_range(&c[i]);
    if ((res = choose_memory(ctx)) || (res = create_device(ctx, &c[i])) ||
        (res = qpu_pipelines_open(ctx, params->pipeline_cache))) goto failed;
    qpu_dmabuf_open(ctx);
    free(c);
    *out = ctx;
    return 0;

failed:
    snprintf(reason, reason_size, "%.200s could not be opened: %s", c[i].info.name,
             ctx->error[0] ? ctx->error : strerror(-res));
error:
    free(c);
    QpuContext *dead = ctx;
    qpu_context_close(&dead);
    return res;
}

void qpu_context_close(QpuContext **const pctx) {
    QpuContext *const ctx = *pctx;
    if (!ctx) return;
    *pctx = NULL;
    if (atomic_load(&ctx->hung)) return;
    if (ctx->null || (ctx->dev && ctx->vk.DestroyDevice)) {
        /* nothing is in flight: batches wait when they are closed */
        qpu_scratch_close(ctx);
        qpu_tables_close(ctx);
        qpu_buffers_reap(ctx, 1);
        qpu_pipelines_close(ctx);
        qpu_dmabuf_close(ctx);
    }
    if (ctx->dev && ctx->vk.DestroyDevice) {
        if (ctx->timeline) ctx->vk.DestroySemaphore(ctx->dev, ctx->timeline, NULL);
        ctx->vk.DestroyDevice(ctx->dev, NULL);
    }
    if (ctx->instance && ctx->vk.DestroyInstance)
        ctx->vk.DestroyInstance(ctx->instance, NULL);
    pthread_mutex_destroy(&ctx->queue_lock);
    pthread_mutex_destroy(&ctx->pipeline_lock);
    pthread_mutex_destroy(&ctx->memory_lock);
    pthread_mutex_destroy(&ctx->error_lock);
    free(ctx->cache_path);
    free(ctx);
}

const QpuDeviceInfo *qpu_context_info(const QpuContext *const ctx) {
    return &ctx->info;
}

uint32_t qpu_context_max_range(const QpuContext *const ctx) {
    return ctx->max_range;
}

int qpu_context_lost(const QpuContext *const ctx) {
    return atomic_load(&((QpuContext *) ctx)->lost);
}
