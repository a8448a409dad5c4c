/* The compiled kernels. Names and variants are listed in meson.build beside
 * this file; each is qpu_k_NAME. */

#ifndef QPU_KERNELS_H
#define QPU_KERNELS_H

#include "qpu.h"
extern const QpuKernel qpu_k_av1_cdef_dir_8, qpu_k_av1_cdef_dir_16;
extern const QpuKernel qpu_k_av1_cdef_8, qpu_k_av1_cdef_16;
extern const QpuKernel qpu_k_av1_ipred_8, qpu_k_av1_ipred_16;
extern const QpuKernel qpu_k_av1_ipred_sb_8, qpu_k_av1_ipred_sb_16;
extern const QpuKernel qpu_k_av1_itx_dc_8, qpu_k_av1_itx_dc_10, qpu_k_av1_itx_dc_12;
extern const QpuKernel qpu_k_av1_itx_4x4_8, qpu_k_av1_itx_4x4_10, qpu_k_av1_itx_4x4_12;
extern const QpuKernel qpu_k_av1_itx_4x8_8, qpu_k_av1_itx_4x8_10, qpu_k_av1_itx_4x8_12;
extern const QpuKernel qpu_k_av1_itx_8x8_8, qpu_k_av1_itx_8x8_10, qpu_k_av1_itx_8x8_12;
extern const QpuKernel qpu_k_av1_itx_16x16_8, qpu_k_av1_itx_16x16_10, qpu_k_av1_itx_16x16_12;
extern const QpuKernel qpu_k_av1_itx_16_8, qpu_k_av1_itx_16_10, qpu_k_av1_itx_16_12;
extern const QpuKernel qpu_k_av1_itx_32x32_8, qpu_k_av1_itx_32x32_10, qpu_k_av1_itx_32x32_12;
extern const QpuKernel qpu_k_av1_itx_32_8, qpu_k_av1_itx_32_10, qpu_k_av1_itx_32_12;
extern const QpuKernel qpu_k_av1_itx_64_8, qpu_k_av1_itx_64_10, qpu_k_av1_itx_64_12;
extern const QpuKernel qpu_k_av1_itx_64w_8, qpu_k_av1_itx_64w_10, qpu_k_av1_itx_64w_12;
extern const QpuKernel qpu_k_av1_lf_v_8, qpu_k_av1_lf_v_16;
extern const QpuKernel qpu_k_av1_lf_h_8, qpu_k_av1_lf_h_16;
extern const QpuKernel qpu_k_av1_fg_8, qpu_k_av1_fg_16;
extern const QpuKernel qpu_k_av1_fg_ss_8, qpu_k_av1_fg_ss_16;
extern const QpuKernel qpu_k_av1_mc_put_2_8, qpu_k_av1_mc_put_2_16;
extern const QpuKernel qpu_k_av1_mc_put_4_8, qpu_k_av1_mc_put_4_16;
extern const QpuKernel qpu_k_av1_mc_put_6_8, qpu_k_av1_mc_put_6_16;
extern const QpuKernel qpu_k_av1_mc_put_8_8, qpu_k_av1_mc_put_8_16;
extern const QpuKernel qpu_k_av1_mc_prep_6_8, qpu_k_av1_mc_prep_6_16;
extern const QpuKernel qpu_k_av1_mc_prep_8_8, qpu_k_av1_mc_prep_8_16;
extern const QpuKernel qpu_k_av1_mc_avg_6_8, qpu_k_av1_mc_avg_6_16;
extern const QpuKernel qpu_k_av1_mc_avg_8_8, qpu_k_av1_mc_avg_8_16;
extern const QpuKernel qpu_k_av1_mc_obmc_8, qpu_k_av1_mc_obmc_16;
extern const QpuKernel qpu_k_av1_mc_put_copy_8, qpu_k_av1_mc_put_copy_16;
extern const QpuKernel qpu_k_av1_mc_put_h_8, qpu_k_av1_mc_put_h_16;
extern const QpuKernel qpu_k_av1_mc_put_v_8, qpu_k_av1_mc_put_v_16;
extern const QpuKernel qpu_k_av1_mc_mask_8, qpu_k_av1_mc_mask_16;
extern const QpuKernel qpu_k_av1_mc_scaled_8, qpu_k_av1_mc_scaled_16;
extern const QpuKernel qpu_k_av1_mc_warp_8, qpu_k_av1_mc_warp_16;
extern const QpuKernel qpu_k_mc_extend_8, qpu_k_mc_extend_16;
extern const QpuKernel qpu_k_av1_sr_8, qpu_k_av1_sr_16;
extern const QpuKernel qpu_k_av1_lr_sgr_3_8, qpu_k_av1_lr_sgr_3_16;
extern const QpuKernel qpu_k_av1_lr_sgr_5_8, qpu_k_av1_lr_sgr_5_16;
extern const QpuKernel qpu_k_av1_lr_sgr_ab_8, qpu_k_av1_lr_sgr_ab_16;
extern const QpuKernel qpu_k_av1_lr_wiener_8, qpu_k_av1_lr_wiener_16;
extern const QpuKernel qpu_k_vp9_mc_copy_8, qpu_k_vp9_mc_copy_16;
extern const QpuKernel qpu_k_vp9_mc_avg_copy_8, qpu_k_vp9_mc_avg_copy_16;
extern const QpuKernel qpu_k_vp9_mc_h_8, qpu_k_vp9_mc_h_16;
extern const QpuKernel qpu_k_vp9_mc_avg_h_8, qpu_k_vp9_mc_avg_h_16;
extern const QpuKernel qpu_k_vp9_mc_v_8, qpu_k_vp9_mc_v_16;
extern const QpuKernel qpu_k_vp9_mc_avg_v_8, qpu_k_vp9_mc_avg_v_16;
extern const QpuKernel qpu_k_vp9_mc_hv_8, qpu_k_vp9_mc_hv_16;
extern const QpuKernel qpu_k_vp9_mc_avg_hv_8, qpu_k_vp9_mc_avg_hv_16;
extern const QpuKernel qpu_k_vp9_mc_scaled_8, qpu_k_vp9_mc_scaled_16;
extern const QpuKernel qpu_k_vp9_mc_avg_scaled_8, qpu_k_vp9_mc_avg_scaled_16;
extern const QpuKernel qpu_k_vp9_lf_map;
extern const QpuKernel qpu_k_vp9_lf_v_8, qpu_k_vp9_lf_v_16;
extern const QpuKernel qpu_k_vp9_lf_sb_1_8, qpu_k_vp9_lf_sb_1_16;
extern const QpuKernel qpu_k_vp9_lf_sb_8_8, qpu_k_vp9_lf_sb_8_16;
extern const QpuKernel qpu_k_vp9_lf_h_8, qpu_k_vp9_lf_h_16;
extern const QpuKernel qpu_k_vp9_ipred_8, qpu_k_vp9_ipred_16;
extern const QpuKernel qpu_k_vp9_ipred_sb_8, qpu_k_vp9_ipred_sb_16;
extern const QpuKernel qpu_k_vp9_itx_dc_8, qpu_k_vp9_itx_dc_10, qpu_k_vp9_itx_dc_12;
extern const QpuKernel qpu_k_vp9_itx_4x4_8, qpu_k_vp9_itx_4x4_10, qpu_k_vp9_itx_4x4_12;
extern const QpuKernel qpu_k_vp9_itx_8x8_8, qpu_k_vp9_itx_8x8_10, qpu_k_vp9_itx_8x8_12;
extern const QpuKernel qpu_k_vp9_itx_16x16_8, qpu_k_vp9_itx_16x16_10, qpu_k_vp9_itx_16x16_12;
extern const QpuKernel qpu_k_vp9_itx_32x32_8, qpu_k_vp9_itx_32x32_10, qpu_k_vp9_itx_32x32_12;
extern const QpuKernel qpu_k_vp9_itx_32x32_few_8, qpu_k_vp9_itx_32x32_few_10, qpu_k_vp9_itx_32x32_few_12;
extern const QpuKernel qpu_k_vp9_itx_4x4_large_8, qpu_k_vp9_itx_4x4_large_10, qpu_k_vp9_itx_4x4_large_12;
extern const QpuKernel qpu_k_vp9_itx_8x8_large_8, qpu_k_vp9_itx_8x8_large_10, qpu_k_vp9_itx_8x8_large_12;
extern const QpuKernel qpu_k_vp9_itx_16x16_large_8, qpu_k_vp9_itx_16x16_large_10, qpu_k_vp9_itx_16x16_large_12;
extern const QpuKernel qpu_k_vp9_itx_32x32_large_8, qpu_k_vp9_itx_32x32_large_10, qpu_k_vp9_itx_32x32_large_12;

#endif /* QPU_KERNELS_H */
