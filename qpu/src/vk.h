/* Vulkan, found at run time: the library has no link to the loader. */

#ifndef QPU_VK_H
#define QPU_VK_H

#define VK_NO_PROTOTYPES
#include <vulkan/vulkan_core.h>

#define QPU_VK_GLOBAL(F) \
    F(CreateInstance) \
    F(EnumerateInstanceVersion)

#define QPU_VK_INSTANCE(F) \
    F(CreateDevice) \
    F(DestroyInstance) \
    F(EnumerateDeviceExtensionProperties) \
    F(EnumeratePhysicalDevices) \
    F(GetDeviceProcAddr) \
    F(GetPhysicalDeviceExternalBufferProperties) \
    F(GetPhysicalDeviceFeatures2) \
    F(GetPhysicalDeviceMemoryProperties) \
    F(GetPhysicalDeviceProperties2) \
    F(GetPhysicalDeviceQueueFamilyProperties)

#define QPU_VK_DEVICE(F) \
    F(AllocateCommandBuffers) \
    F(AllocateDescriptorSets) \
    F(AllocateMemory) \
    F(BeginCommandBuffer) \
    F(BindBufferMemory) \
    F(CmdBindDescriptorSets) \
    F(CmdBindPipeline) \
    F(CmdCopyBuffer) \
    F(CmdDispatch) \
    F(CmdPipelineBarrier) \
    F(CmdPushConstants) \
    F(CmdResetQueryPool) \
    F(CmdWriteTimestamp) \
    F(CreateBuffer) \
    F(CreateCommandPool) \
    F(CreateComputePipelines) \
    F(CreateDescriptorPool) \
    F(CreateDescriptorSetLayout) \
    F(CreatePipelineCache) \
    F(CreatePipelineLayout) \
    F(CreateQueryPool) \
    F(CreateSemaphore) \
    F(CreateShaderModule) \
    F(DestroyBuffer) \
    F(DestroyCommandPool) \
    F(DestroyDescriptorPool) \
    F(DestroyDescriptorSetLayout) \
    F(DestroyDevice) \
    F(DestroyPipeline) \
    F(DestroyPipelineCache) \
    F(DestroyPipelineLayout) \
    F(DestroyQueryPool) \
    F(DestroySemaphore) \
    F(DestroyShaderModule) \
    F(DeviceWaitIdle) \
    F(EndCommandBuffer) \
    F(FreeMemory) \
    F(GetBufferMemoryRequirements) \
    F(GetDeviceQueue) \
    F(GetPipelineCacheData) \
    F(GetQueryPoolResults) \
    F(InvalidateMappedMemoryRanges) \
    F(MapMemory) \
    F(QueueSubmit) \
    F(ResetCommandPool) \
    F(ResetDescriptorPool) \
    F(UpdateDescriptorSets)

typedef struct QpuVk {
    void *lib;
    PFN_vkGetInstanceProcAddr GetInstanceProcAddr;
#define MEMBER(f) PFN_vk##f f;
    QPU_VK_GLOBAL(MEMBER)
    QPU_VK_INSTANCE(MEMBER)
    QPU_VK_DEVICE(MEMBER)
#undef MEMBER
    /* core in 1.2, an extension before */
    PFN_vkGetSemaphoreCounterValue GetSemaphoreCounterValue;
    PFN_vkWaitSemaphores WaitSemaphores;
    PFN_vkGetMemoryFdPropertiesKHR GetMemoryFdPropertiesKHR; /* NULL: not there */
} QpuVk;

/* Opens the loader and gets what can be called without an instance. Returns
 * 0, or -ENOENT when there is no loader or it is too old for Vulkan 1.1. */
int qpu_vk_open(QpuVk *vk);
int qpu_vk_load_instance(QpuVk *vk, VkInstance instance);
int qpu_vk_load_device(QpuVk *vk, VkDevice device);
void qpu_vk_close(QpuVk *vk);

const char *qpu_vk_result_name(VkResult res);
/* The errno a caller of the engine gets for it. */
int qpu_vk_errno(VkResult res);

#endif /* QPU_VK_H */
