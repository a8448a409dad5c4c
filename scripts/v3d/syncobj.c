/*
 * SPDX-License-Identifier: MIT
 *
 * Syncobjs for the DRM shim.  A job of a no-op driver is complete when its
 * submit ioctl returns, so "has a fence" and "is signalled" are one state
 * here; what matters is that a syncobj is NOT signalled before the driver
 * (possibly on its own submit thread) has submitted the job.
 */

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "drm-uapi/drm.h"
#include "drm_shim.h"

struct syncobj {
    int refcount;
    bool signalled;
    uint64_t point;
};

/* An opaque fd is an empty memfd; its inode names the syncobj, so that dup()
 * and fd passing inside the process work.  Entries are never dropped.
 */
struct export {
    dev_t dev;
    ino_t ino;
    struct syncobj *obj;
    struct export *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct syncobj **table; /* index: handle; 0 is invalid */
static uint32_t table_size, first_free = 1;
static struct export *exports;

static void init_cond(void)
{
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&cond, &attr);
    pthread_condattr_destroy(&attr);
}

static void enter(void)
{
    pthread_once(&once, init_cond);
    pthread_mutex_lock(&lock);
}

static struct syncobj *get(uint32_t handle)
{
    return handle && handle < table_size ? table[handle] : NULL;
}

static void unref(struct syncobj *obj)
{
    if (--obj->refcount == 0)
        free(obj);
}

static uint32_t add_handle(struct syncobj *obj)
{
    uint32_t h = first_free;
    while (h < table_size && table[h])
        h++;
    if (h >= table_size) {
        uint32_t size = table_size ? table_size * 2 : 64;
        struct syncobj **t = realloc(table, size * sizeof(*t));
        if (!t)
            return 0;
        for (uint32_t i = table_size; i < size; i++)
            t[i] = NULL;
        table = t;
        table_size = size;
    }
    table[h] = obj;
    obj->refcount++;
    first_free = h + 1;
    return h;
}

/* All or none, and at once: whoever waits for one of them may then destroy the
 * others.  handles are stride bytes apart; points may be NULL.
 */
int drm_shim_syncobj_signal_many(const uint32_t *handles, size_t stride,
                                      const uint64_t *points, uint32_t count)
{
#define HANDLE(i) (*(const uint32_t *)((const char *)handles + (i) * stride))
    int ret = 0;

    enter();
    for (uint32_t i = 0; i < count; i++) {
        if (!get(HANDLE(i)))
            ret = -ENOENT;
    }
    for (uint32_t i = 0; !ret && i < count; i++) {
        struct syncobj *obj = get(HANDLE(i));
        obj->signalled = true;
        if (points && points[i] > obj->point)
            obj->point = points[i];
    }
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&lock);
    return ret;
#undef HANDLE
}

int drm_shim_syncobj_signal(uint32_t handle, uint64_t point)
{
    return drm_shim_syncobj_signal_many(&handle, sizeof(handle), &point, 1);
}

int drm_shim_syncobj_reset(uint32_t handle)
{
    enter();
    struct syncobj *obj = get(handle);
    if (obj) {
        obj->signalled = false;
        obj->point = 0;
    }
    pthread_mutex_unlock(&lock);
    return obj ? 0 : -ENOENT;
}

/* 1 signalled, 0 not, -ENOENT no such syncobj */
int drm_shim_syncobj_status(uint32_t handle, uint64_t point)
{
    enter();
    struct syncobj *obj = get(handle);
    int ret = !obj ? -ENOENT : point ? obj->point >= point : obj->signalled;
    pthread_mutex_unlock(&lock);
    return ret;
}

int drm_shim_ioctl_syncobj_create(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_create *create = arg;
    struct syncobj *obj = calloc(1, sizeof(*obj));
    if (!obj)
        return -ENOMEM;

    obj->signalled = create->flags & DRM_SYNCOBJ_CREATE_SIGNALED;

    enter();
    create->handle = add_handle(obj);
    pthread_mutex_unlock(&lock);
    return create->handle ? 0 : -ENOMEM;
}

int drm_shim_ioctl_syncobj_destroy(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_destroy *args = arg;

    enter();
    struct syncobj *obj = get(args->handle);
    if (obj) {
        table[args->handle] = NULL;
        if (args->handle < first_free)
            first_free = args->handle;
        unref(obj);
    }
    pthread_mutex_unlock(&lock);
    return obj ? 0 : -EINVAL;
}

int drm_shim_ioctl_syncobj_handle_to_fd(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_handle *args = arg;
    int ret = 0;

    enter();
    struct syncobj *obj = get(args->handle);
    if (!obj) {
        ret = -EINVAL;
    } else if (args->flags & DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE) {
        /* No fence yet: the kernel says EINVAL too.  A sync file of the shim is
       * always a signalled one: an eventfd that polls readable.
       */
        if (!obj->signalled)
            ret = -EINVAL;
        else if ((args->fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
            ret = -errno;
    } else {
        struct stat st;
        struct export *e = calloc(1, sizeof(*e));
        args->fd = drm_shim_memfd_create("shim syncobj");
        if (!e || args->fd < 0 || fstat(args->fd, &st)) {
            free(e);
            ret = -ENOMEM;
        } else {
            e->dev = st.st_dev;
            e->ino = st.st_ino;
            e->obj = obj;
            obj->refcount++;
            e->next = exports;
            exports = e;
        }
    }
    pthread_mutex_unlock(&lock);
    return ret;
}

int drm_shim_ioctl_syncobj_fd_to_handle(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_handle *args = arg;
    struct stat st;
    int ret = -EINVAL;

    if (args->fd < 0 || fstat(args->fd, &st))
        return -EINVAL;

    if (args->flags & DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE)
        return drm_shim_syncobj_signal(args->handle, 0);

    enter();
    for (struct export *e = exports; e; e = e->next) {
        if (e->dev == st.st_dev && e->ino == st.st_ino) {
            args->handle = add_handle(e->obj);
            ret = args->handle ? 0 : -ENOMEM;
            break;
        }
    }
    pthread_mutex_unlock(&lock);
    return ret;
}

static int wait_many(const uint32_t *handles, const uint64_t *points, uint32_t count,
             uint32_t flags, int64_t timeout, uint32_t *first)
{
    if (!count)
        return -EINVAL;

    struct syncobj **objs = calloc(count, sizeof(*objs));
    int ret = objs ? 0 : -ENOMEM;

    enter();
    for (uint32_t i = 0; !ret && i < count; i++) {
        objs[i] = get(handles[i]);
        if (objs[i])
            objs[i]->refcount++;
        else
            ret = -ENOENT;
    }

    while (!ret) {
        uint32_t done = 0;
        for (uint32_t i = 0; i < count; i++) {
            bool ok = points && points[i] ? objs[i]->point >= points[i]
                                                    : objs[i]->signalled;
            if (ok && !done++)
            *first = i;
            if (!ok && !(flags & (DRM_SYNCOBJ_WAIT_FLAGS_WAIT_FOR_SUBMIT |
                                         DRM_SYNCOBJ_WAIT_FLAGS_WAIT_AVAILABLE)))
                ret = -EINVAL;
        }
        if (ret || done == count ||
             (done && !(flags & DRM_SYNCOBJ_WAIT_FLAGS_WAIT_ALL)))
            break;

        struct timespec now, end = { timeout / 1000000000, timeout % 1000000000 };
        clock_gettime(CLOCK_MONOTONIC, &now);
        if (timeout <= 0 || now.tv_sec > end.tv_sec ||
             (now.tv_sec == end.tv_sec && now.tv_nsec >= end.tv_nsec))
            ret = -ETIME;
        else if (timeout == INT64_MAX)
            pthread_cond_wait(&cond, &lock);
        else
            pthread_cond_timedwait(&cond, &lock, &end);
    }

    for (uint32_t i = 0; objs && i < count; i++) {
        if (objs[i])
            unref(objs[i]);
    }
    pthread_mutex_unlock(&lock);
    free(objs);
    return ret;
}

int drm_shim_ioctl_syncobj_wait(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_wait *w = arg;
    return wait_many((void *)(uintptr_t)w->handles, NULL, w->count_handles,
                          w->flags, w->timeout_nsec, &w->first_signaled);
}

int drm_shim_ioctl_syncobj_timeline_wait(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_timeline_wait *w = arg;
    return wait_many((void *)(uintptr_t)w->handles,
                          (void *)(uintptr_t)w->points, w->count_handles,
                          w->flags, w->timeout_nsec, &w->first_signaled);
}

int drm_shim_ioctl_syncobj_reset(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_array *a = arg;
    const uint32_t *handles = (void *)(uintptr_t)a->handles;
    int ret = 0;

    for (uint32_t i = 0; !ret && i < a->count_handles; i++)
        ret = drm_shim_syncobj_reset(handles[i]);
    return ret;
}

int drm_shim_ioctl_syncobj_signal(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_array *a = arg;

    return drm_shim_syncobj_signal_many((void *)(uintptr_t)a->handles,
                                                    sizeof(uint32_t), NULL,
                                                    a->count_handles);
}

int drm_shim_ioctl_syncobj_timeline_signal(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_timeline_array *a = arg;

    return drm_shim_syncobj_signal_many((void *)(uintptr_t)a->handles,
                                                    sizeof(uint32_t),
                                                    (void *)(uintptr_t)a->points,
                                                    a->count_handles);
}

int drm_shim_ioctl_syncobj_query(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_timeline_array *a = arg;
    const uint32_t *handles = (void *)(uintptr_t)a->handles;
    uint64_t *points = (void *)(uintptr_t)a->points;
    int ret = 0;

    enter();
    for (uint32_t i = 0; !ret && i < a->count_handles; i++) {
        struct syncobj *obj = get(handles[i]);
        if (obj)
            points[i] = obj->point;
        else
            ret = -ENOENT;
    }
    pthread_mutex_unlock(&lock);
    return ret;
}

int drm_shim_ioctl_syncobj_transfer(int fd, unsigned long request, void *arg)
{
    struct drm_syncobj_transfer *t = arg;
    uint64_t point = t->src_point;
    uint32_t first;
    int ret = wait_many(&t->src_handle, &point, 1, t->flags, INT64_MAX,
                              &first);

    return ret ? ret : drm_shim_syncobj_signal(t->dst_handle, t->dst_point);
}
