/* Compiles compute shaders with the Vulkan driver at hand and prints what it says of each:
 *
 *     compile FILE.spv BUFFERS PUSH [FILE.spv BUFFERS PUSH]...
 *
 * BUFFERS is how many storage buffers the shader has (set 0, from binding 0 on), PUSH the bytes of its push constants.
 * For each: "shader FILE" on standard error, where V3D_DEBUG=shaderdb writes too; on standard output the same line, the
 * driver's statistics as "NAME: NUMBER", and the program as text, between "program" and "end". Nothing is run. */

#include <stdio.h>
#include <stdlib.h>

#include <vulkan/vulkan.h>

#define MAX_BUFFERS 32

#define CHECK(call) do { \
    const VkResult result_ = (call); \
    if (result_ != VK_SUCCESS) { \
        fprintf(stderr, "compile: %s: %d\n", #call, result_); \
        exit(1); \
    } \
} while (0)

#define LOAD(device, name) ((PFN_##name)vkGetDeviceProcAddr(device, #name))

static VkDevice open_device(void)
{
    const VkApplicationInfo app = { .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO, .apiVersion = VK_API_VERSION_1_3 };
    VkInstance instance;
    CHECK(vkCreateInstance(&(VkInstanceCreateInfo) {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO, .pApplicationInfo = &app,
    }, NULL, &instance));

    uint32_t n = 1;
    VkPhysicalDevice physical = VK_NULL_HANDLE;
    if (vkEnumeratePhysicalDevices(instance, &n, &physical) < 0 || !n) {
        fprintf(stderr, "compile: no Vulkan device\n");
        exit(1);
    }

    // All that the device has, but for robustness, which the engine leaves off and which costs instructions.
    VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR pipelines = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR,
    };
    VkPhysicalDeviceVulkan12Features v12 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, .pNext = &pipelines,
    };
    VkPhysicalDeviceVulkan11Features v11 = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_1_FEATURES, .pNext = &v12,
    };
    VkPhysicalDeviceFeatures2 features = { .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, .pNext = &v11 };
    vkGetPhysicalDeviceFeatures2(physical, &features);
    features.features.robustBufferAccess = VK_FALSE;

    VkDevice device;
    CHECK(vkCreateDevice(physical, &(VkDeviceCreateInfo) {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, .pNext = &features,
        .queueCreateInfoCount = 1, .pQueueCreateInfos = &(VkDeviceQueueCreateInfo) {
            .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO, .queueCount = 1, .pQueuePriorities = &(float) { 1 },
        },
        .enabledExtensionCount = 1,
        .ppEnabledExtensionNames = &(const char *) { VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME },
    }, NULL, &device));
    return device;
}

static VkShaderModule load(const VkDevice device, const char *const path)
{
    FILE *const file = fopen(path, "rb");
    long size = -1;
    if (file && !fseek(file, 0, SEEK_END)) size = ftell(file);
    void *const code = size > 0 ? malloc(size) : NULL;
    if (!code || fseek(file, 0, SEEK_SET) || fread(code, 1, size, file) != (size_t)size) {
        fprintf(stderr, "compile: cannot read %s\n", path);
        exit(1);
    }
    fclose(file);

    VkShaderModule module;
    CHECK(vkCreateShaderModule(device, &(VkShaderModuleCreateInfo) {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO, .codeSize = size, .pCode = code,
    }, NULL, &module));
    free(code);
    return module;
}

static void print_statistics(const VkDevice device, const VkPipeline pipeline)
{
    const VkPipelineExecutableInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline,
    };
    VkPipelineExecutableStatisticKHR statistics[32] = { { 0 } };
    uint32_t n = 32;
    for (uint32_t i = 0; i < n; i++) statistics[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR;
    CHECK(LOAD(device, vkGetPipelineExecutableStatisticsKHR)(device, &info, &n, statistics));
    for (uint32_t i = 0; i < n; i++)
        printf("%s: %llu\n", statistics[i].name, (unsigned long long)statistics[i].value.u64);
}

static void print_program(const VkDevice device, const VkPipeline pipeline)
{
    const VkPipelineExecutableInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, .pipeline = pipeline,
    };
    const PFN_vkGetPipelineExecutableInternalRepresentationsKHR get =
        LOAD(device, vkGetPipelineExecutableInternalRepresentationsKHR);
    VkPipelineExecutableInternalRepresentationKHR texts[8] = { { 0 } };
    uint32_t n = 8;
    for (uint32_t i = 0; i < n; i++)
        texts[i].sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INTERNAL_REPRESENTATION_KHR;
    CHECK(get(device, &info, &n, texts));
    for (uint32_t i = 0; i < n; i++) texts[i].pData = calloc(texts[i].dataSize + 1, 1);
    CHECK(get(device, &info, &n, texts));
    // The last one is what the processors run; those before are the compiler's.
    printf("program\n%s\nend\n", n ? (const char *)texts[n - 1].pData : "");
    for (uint32_t i = 0; i < n; i++) free(texts[i].pData);
}

static void compile(const VkDevice device, const char *const path, const int n_buffers, const int push)
{
    printf("shader %s\n", path);
    fprintf(stderr, "shader %s\n", path);

    VkDescriptorSetLayoutBinding bindings[MAX_BUFFERS];
    for (int i = 0; i < n_buffers; i++)
        bindings[i] = (VkDescriptorSetLayoutBinding) {
            .binding = i, .descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .descriptorCount = 1,
            .stageFlags = VK_SHADER_STAGE_COMPUTE_BIT,
        };
    VkDescriptorSetLayout set;
    CHECK(vkCreateDescriptorSetLayout(device, &(VkDescriptorSetLayoutCreateInfo) {
        .sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO,
        .bindingCount = n_buffers, .pBindings = bindings,
    }, NULL, &set));
    VkPipelineLayout layout;
    CHECK(vkCreatePipelineLayout(device, &(VkPipelineLayoutCreateInfo) {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO, .setLayoutCount = 1, .pSetLayouts = &set,
        .pushConstantRangeCount = push > 0,
        .pPushConstantRanges = &(VkPushConstantRange) { VK_SHADER_STAGE_COMPUTE_BIT, 0, push },
    }, NULL, &layout));
    const VkShaderModule module = load(device, path);
    VkPipeline pipeline;
    CHECK(vkCreateComputePipelines(device, VK_NULL_HANDLE, 1, &(VkComputePipelineCreateInfo) {
        .sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO,
        .flags = VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR |
                 VK_PIPELINE_CREATE_CAPTURE_INTERNAL_REPRESENTATIONS_BIT_KHR,
        .stage = {
            .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO, .stage = VK_SHADER_STAGE_COMPUTE_BIT,
            .module = module, .pName = "main",
        },
        .layout = layout,
    }, NULL, &pipeline));

    print_statistics(device, pipeline);
    print_program(device, pipeline);
    vkDestroyPipeline(device, pipeline, NULL);
    vkDestroyShaderModule(device, module, NULL);
    vkDestroyPipelineLayout(device, layout, NULL);
    vkDestroyDescriptorSetLayout(device, set, NULL);
}

int main(const int argc, char **const argv)
{
    if (argc < 4 || (argc - 1) % 3) {
        fprintf(stderr, "usage: compile FILE.spv BUFFERS PUSH [FILE.spv BUFFERS PUSH]...\n");
        return 2;
    }
    const VkDevice device = open_device();
    for (int i = 1; i < argc; i += 3) {
        const int n_buffers = atoi(argv[i + 1]), push = atoi(argv[i + 2]);
        if (n_buffers < 0 || n_buffers > MAX_BUFFERS || push < 0) {
            fprintf(stderr, "compile: %s: %s buffers, %s bytes of push constants?\n", argv[i], argv[i + 1], argv[i + 2]);
            return 2;
        }
        compile(device, argv[i], n_buffers, push);
    }
    vkDestroyDevice(device, NULL);
    return 0;
}
