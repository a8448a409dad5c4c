#include "vk.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

int qpu_vk_open(QpuVk *const vk) {
    memset(vk, 0, sizeof(*vk));
    vk->lib = dlopen("libvulkan.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!vk->lib) vk->lib = dlopen("libvulkan.so", RTLD_NOW | RTLD_LOCAL);
    if (!vk->lib) return -ENOENT;
    vk->GetInstanceProcAddr =
        (PFN_vkGetInstanceProcAddr) dlsym(vk->lib, "vkGetInstanceProcAddr");
    if (!vk->GetInstanceProcAddr) goto error;
#define LOAD(f) \
    vk->f = (PFN_vk##f) vk->GetInstanceProcAddr(NULL, "vk" #f); \
    if (!vk->f) goto error;
    QPU_VK_GLOBAL(LOAD)
#undef LOAD
    return 0;

error:
    qpu_vk_close(vk);
    return -ENOENT;
}

int qpu_vk_load_instance(QpuVk *const vk, const VkInstance instance) {
#define LOAD(f) \
    vk->f = (PFN_vk##f) vk->GetInstanceProcAddr(instance, "vk" #f); \
    if (!vk->f) return -ENOENT;
    QPU_VK_INSTANCE(LOAD)
#undef LOAD
    return 0;
}

int qpu_vk_load_device(QpuVk *const vk, const VkDevice device) {
#define LOAD(f) \
    vk->f = (PFN_vk##f) vk->GetDeviceProcAddr(device, "vk" #f); \
    if (!vk->f) return -ENOENT;
    QPU_VK_DEVICE(LOAD)
#undef LOAD
#define LOAD(f) \
    vk->f = (PFN_vk##f) vk->GetDeviceProcAddr(device, "vk" #f); \
    if (!vk->f) vk->f = (PFN_vk##f) vk->GetDeviceProcAddr(device, "vk" #f "KHR"); \
    if (!vk->f) return -ENOENT;
    LOAD(GetSemaphoreCounterValue)
    LOAD(WaitSemaphores)
#undef LOAD
    vk->GetMemoryFdPropertiesKHR = (PFN_vkGetMemoryFdPropertiesKHR)
        vk->GetDeviceProcAddr(device, "vkGetMemoryFdPropertiesKHR");
    return 0;
}

void qpu_vk_close(QpuVk *const vk) {
    if (vk->lib) dlclose(vk->lib);
    memset(vk, 0, sizeof(*vk));
}

const char *qpu_vk_result_name(const VkResult res) {
    switch (res) {
#define NAME(r) case r: return #r;
    NAME(VK_SUCCESS)
    NAME(VK_NOT_READY)
    NAME(VK_TIMEOUT)
    NAME(VK_INCOMPLETE)
    NAME(VK_ERROR_OUT_OF_HOST_MEMORY)
    NAME(VK_ERROR_OUT_OF_DEVICE_MEMORY)
    NAME(VK_ERROR_INITIALIZATION_FAILED)
    NAME(VK_ERROR_DEVICE_LOST)
    NAME(VK_ERROR_MEMORY_MAP_FAILED)
    NAME(VK_ERROR_LAYER_NOT_PRESENT)
    NAME(VK_ERROR_EXTENSION_NOT_PRESENT)
    NAME(VK_ERROR_FEATURE_NOT_PRESENT)
    NAME(VK_ERROR_INCOMPATIBLE_DRIVER)
    NAME(VK_ERROR_TOO_MANY_OBJECTS)
    NAME(VK_ERROR_FRAGMENTED_POOL)
    NAME(VK_ERROR_OUT_OF_POOL_MEMORY)
    NAME(VK_ERROR_UNKNOWN)
#undef NAME
    default: return "an unknown VkResult";
    }
}

int qpu_vk_errno(const VkResult res) {
    switch (res) {
    case VK_SUCCESS: return 0;
    case VK_ERROR_OUT_OF_HOST_MEMORY:
    case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    case VK_ERROR_TOO_MANY_OBJECTS:
    case VK_ERROR_FRAGMENTED_POOL:
    case VK_ERROR_OUT_OF_POOL_MEMORY:
    case VK_ERROR_MEMORY_MAP_FAILED:
        return -ENOMEM;
    case VK_ERROR_DEVICE_LOST:
        return -ENODEV;
    default:
        return -EIO;
    }
}
