#include "dmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dma-buf.h>
#include <linux/dma-heap.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define DMABUF VK_EXTERNAL_MEMORY_HANDLE_TYPE_DMA_BUF_BIT_EXT

static int again(const int fd, const unsigned long request, void *const arg) {
    int res;
    do res = ioctl(fd, request, arg);
    while (res < 0 && (errno == EINTR || errno == EAGAIN));
    return res < 0 ? -errno : 0;
}

/* Makes b->buf of the dma-buf's memory, len bytes. */
static int import(QpuContext *const ctx, QpuBuffer *const b, const int fd, const uint64_t len,
                  const uint32_t size, const VkBufferUsageFlags usage)
{
    int res, own = -1;
    const VkExternalMemoryBufferCreateInfo external = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_MEMORY_BUFFER_CREATE_INFO,
        .handleTypes = DMABUF,
    };
    const VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .pNext = &external,
        .size = size,
        .usage = usage,
        .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
    };
    QPU_TRY(ctx, CreateBuffer(ctx->dev, &info, NULL, &b->buf));
    VkMemoryRequirements req;
    ctx->vk.GetBufferMemoryRequirements(ctx->dev, b->buf, &req);
    VkMemoryFdPropertiesKHR props = { .sType = VK_STRUCTURE_TYPE_MEMORY_FD_PROPERTIES_KHR };
    QPU_TRY(ctx, GetMemoryFdPropertiesKHR(ctx->dev, DMABUF, fd, &props));
    const uint32_t types = req.memoryTypeBits & props.memoryTypeBits;
    if (!types || req.size > len) return -ENOTSUP;
    /* an import that succeeds owns the descriptor it was given */
    if ((own = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0) return -errno;
    const VkImportMemoryFdInfoKHR import = {
        .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
        .handleType = DMABUF,
        .fd = own,
    };
    const VkMemoryAllocateInfo mem = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = &import,
        .allocationSize = len,
        .memoryTypeIndex = (uint32_t) __builtin_ctz(types),
    };
    QPU_TRY(ctx, AllocateMemory(ctx->dev, &mem, NULL, &b->mem));
    own = -1;
    QPU_TRY(ctx, BindBufferMemory(ctx->dev, b->buf, b->mem, 0));
    b->size = size;
    return 0;

error:
    if (own >= 0) close(own);
    return res;
}

int qpu_dmabuf_alloc(QpuContext *const ctx, QpuBuffer **const out, const uint32_t size) {
    int res;
    QpuBuffer *const b = *out = calloc(1, sizeof(*b));
    if (!b) return -ENOMEM;
    const uint64_t page = (uint64_t) sysconf(_SC_PAGESIZE);
    struct dma_heap_allocation_data heap = {
        .len = (size + page - 1) / page * page,
        .fd_flags = O_RDWR | O_CLOEXEC,
    };
    if ((res = again(ctx->heap, DMA_HEAP_IOCTL_ALLOC, &heap))) goto error;
    b->dmabuf = 1;
    b->fd = (int) heap.fd;
    b->mapped = (size_t) heap.len;
    void *const map = mmap(NULL, b->mapped, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
    if (map == MAP_FAILED) {
        res = -errno;
        goto error;
    }
    b->map = map;
    b->cached = b->coherent = 1; /* to Vulkan there is nothing to invalidate */
    if (!(res = import(ctx, b, b->fd, heap.len, size, VK_BUFFER_USAGE_TRANSFER_DST_BIT))) return 0;

error:
    qpu_buffer_free(ctx, out);
    return res;
}

/* Whether the device says that it imports buffers with such a use. */
static int can_import(QpuContext *const ctx, const VkBufferUsageFlags usage) {
    if (!ctx->dmabuf || !ctx->vk.GetMemoryFdPropertiesKHR) return 0;
    const VkPhysicalDeviceExternalBufferInfo info = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_BUFFER_INFO,
        .usage = usage,
        .handleType = DMABUF,
    };
    VkExternalBufferProperties props = { .sType = VK_STRUCTURE_TYPE_EXTERNAL_BUFFER_PROPERTIES };
    ctx->vk.GetPhysicalDeviceExternalBufferProperties(ctx->phys, &info, &props);
    const VkExternalMemoryFeatureFlags f = props.externalMemoryProperties.externalMemoryFeatures;
    return f & VK_EXTERNAL_MEMORY_FEATURE_IMPORTABLE_BIT &&
           !(f & VK_EXTERNAL_MEMORY_FEATURE_DEDICATED_ONLY_BIT);
}

int qpu_import_open(QpuContext *const ctx, const int fd, const uint32_t size, QpuRange *const out) {
    const VkBufferUsageFlags usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                                     VK_BUFFER_USAGE_TRANSFER_DST_BIT;
    QpuBuffer *b;
    const off_t len = lseek(fd, 0, SEEK_END);
    if (len < (off_t) size || !size || size > ctx->max_range || !can_import(ctx, usage)) return -ENOTSUP;
    if (!(b = calloc(1, sizeof(*b)))) return -ENOMEM;
    const int res = import(ctx, b, fd, (uint64_t) len, size, usage);
    if (res) {
        qpu_buffer_free(ctx, &b);
        return res;
    }
    qpu_memory_account(ctx, size);
    *out = (QpuRange) { .buf = b, .size = size };
    return 0;
}

void qpu_dmabuf_free(QpuBuffer *const b) {
    if (!b->dmabuf) return;
    if (b->map) munmap(b->map, b->mapped);
    close(b->fd);
}

static int sync_cpu(const QpuBuffer *const b, const uint64_t flags) {
    struct dma_buf_sync sync = { .flags = flags };
    return again(b->fd, DMA_BUF_IOCTL_SYNC, &sync);
}

int qpu_dmabuf_begin_read(QpuContext *const ctx, QpuBuffer *const b) {
    if (!b->dmabuf || b->reading) return 0;
    const int res = sync_cpu(b, DMA_BUF_SYNC_START | DMA_BUF_SYNC_RW);
    if (res) qpu_set_error(ctx, "a dma-buf can't be read: %s", strerror(-res));
    else b->reading = 1;
    return res;
}

void qpu_dmabuf_end_read(QpuBuffer *const b) {
    if (!b->dmabuf || !b->reading) return;
    sync_cpu(b, DMA_BUF_SYNC_END | DMA_BUF_SYNC_RW);
    b->reading = 0;
}

/* One download; 0 if it is what was uploaded. */
static int try_once(QpuBatch *const b, const uint32_t seed) {
    enum { WORDS = 16384 };
    QpuRange up;
    int cached, res = qpu_batch_begin(b);
    uint32_t *const words = qpu_batch_upload(b, WORDS * 4, &up);
    if (!words) return -ENOMEM;
    for (uint32_t i = 0; i < WORDS; i++) words[i] = (i + seed) * 0x9e3779b1U;
    qpu_batch_download(b, &up);
    if ((res = qpu_batch_submit(b)) || (res = qpu_batch_wait(b))) return res;
    const uint32_t *const down = qpu_batch_downloaded(b, 0, &cached);
    if (!cached) return -ENOTSUP; /* it came another way */
    for (uint32_t i = 0; i < WORDS; i++)
        if (down[i] != (i + seed) * 0x9e3779b1U) return -EIO;
    return 0;
}

void qpu_dmabuf_open(QpuContext *const ctx) {
    QpuBatch *b = NULL;
    if (!ctx->heap_wanted || !can_import(ctx, VK_BUFFER_USAGE_TRANSFER_DST_BIT)) return;
    if ((ctx->heap = open("/dev/dma_heap/system", O_RDONLY | O_CLOEXEC)) < 0) return;
    const int direct = ctx->download_direct;
    ctx->download_direct = 0;
    /* Whether caches are kept right is up to two drivers of the kernel. The
     * second time would show what the CPU's kept from the first. */
    int ok = !qpu_batch_open(ctx, &b);
    for (uint32_t i = 0; ok && i < 4; i++) ok = !try_once(b, i * 99991);
    qpu_batch_close(&b);
    if (ok) return;
    qpu_dmabuf_close(ctx);
    ctx->download_direct = direct;
}

void qpu_dmabuf_close(QpuContext *const ctx) {
    if (ctx->heap >= 0) close(ctx->heap);
    ctx->heap = -1;
}
