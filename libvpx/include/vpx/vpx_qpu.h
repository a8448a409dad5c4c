/* Decoding with the pixel work on a Vulkan device: the additions of this build to
 * libvpx's API. Without them, and without the environment variables below, the
 * library behaves as upstream's. */

#ifndef VPX_VPX_VPX_QPU_H_
#define VPX_VPX_VPX_QPU_H_

#ifdef __cplusplus
extern "C" {
#endif

#include "./vpx_codec.h"

/* Members that are NULL (0): the environment variable counts, if set. Strings are
 * not copied: they must stay valid until the first data has been decoded. */
typedef struct vpx_qpu_settings {
  const char *mode;   /**< "off" (default), "auto", "all", or a list of stages, here
                           always "mc,itx,ipred,lf" (DAEDALUS_QPU) */
  const char *device; /**< index or part of the name (DAEDALUS_DEVICE) */
  const char *stats;  /**< file for statistics as JSON, written when the decoder is
                           destroyed; "-" is stderr (DAEDALUS_STATS) */
  int delay;          /**< 1: pictures are handed out one call late, so that the
                           device works on one while the next is parsed; then
                           decoding ends with a flush, vpx_codec_decode() without
                           data, and vpx_codec_get_frame() (DAEDALUS_DELAY) */
} vpx_qpu_settings_t;

/* Controls of VP9 decoders. */
enum vpx_qpu_control_id {
  /* const vpx_qpu_settings_t *: before the first data. The first
   * vpx_codec_decode() returns VPX_CODEC_INVALID_PARAM for a mode that it doesn't
   * know or can't honour, and VPX_CODEC_INCAPABLE when all stages are demanded
   * ("all") and there is no usable device; vpx_codec_error_detail() says why. In any
   * other case where the device can't be used, decoding goes on on the CPU, with the
   * same pictures. */
  VPXD_SET_QPU = 0x515000,
  /* char **: set to a text of one line a Vulkan device, or to the reason why there
   * is none; to be freed with free(). */
  VPXD_GET_QPU_DEVICES
};

/*!\cond */
VPX_CTRL_USE_TYPE(VPXD_SET_QPU, const vpx_qpu_settings_t *)
#define VPX_CTRL_VPXD_SET_QPU
VPX_CTRL_USE_TYPE(VPXD_GET_QPU_DEVICES, char **)
#define VPX_CTRL_VPXD_GET_QPU_DEVICES
/*!\endcond */

#ifdef __cplusplus
} /* extern "C" */
#endif

#endif /* VPX_VPX_VPX_QPU_H_ */
