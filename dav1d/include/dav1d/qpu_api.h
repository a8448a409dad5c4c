/* Decoding with the pixel work on a Vulkan device: the additions of this
 * build to dav1d's API. Without them, and without the environment variables
 * below, the library behaves as upstream's. */

#ifndef DAV1D_QPU_API_H
#define DAV1D_QPU_API_H

#ifdef __cplusplus
extern "C" {
#endif

#include "common.h"
#include "dav1d.h"

/* Any member may be NULL: then the environment variable counts, if set. */
typedef struct Dav1dQpuSettings {
    const char *mode;   ///< "off" (default), "auto", "all", or a list of stages,
                        ///< e.g. "lf,cdef,sr,lr" (DAEDALUS_QPU)
    const char *device; ///< index or part of the name (DAEDALUS_DEVICE)
    const char *stats;  ///< file for statistics as JSON, written by
                        ///< dav1d_close(); "-" is stderr (DAEDALUS_STATS)
} Dav1dQpuSettings;

/**
 * Attach settings to those of a decoder that is going to be opened.
 *
 * @param s   Settings, initialized with dav1d_default_settings().
 * @param qpu Not copied: must stay valid until dav1d_open() returns.
 *            NULL detaches.
 *
 * dav1d_open() returns DAV1D_ERR(EINVAL) for a mode that it doesn't know or
 * can't honour, and DAV1D_ERR(ENODEV) when all stages are demanded ("all") and
 * there is no usable device. It says why through the logger. In any other
 * case where the device can't be used, decoding goes on on the CPU, with the
 * same pictures.
 */
DAV1D_API void dav1d_qpu_settings(Dav1dSettings *s, const Dav1dQpuSettings *qpu);

/**
 * List the Vulkan devices.
 *
 * @param list Set to a text of one line a device, or to the reason why there
 *             is none; NULL when out of memory. Freed by the caller with free().
 *
 * @return Number of usable devices, or < 0 (a negative DAV1D_ERR code).
 */
DAV1D_API int dav1d_qpu_list_devices(char **list);

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* DAV1D_QPU_API_H */
