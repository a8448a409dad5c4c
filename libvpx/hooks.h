/* What upstream's files call: patches/libvpx. */

#ifndef DAEDALUS_LIBVPX_HOOKS_H
#define DAEDALUS_LIBVPX_HOOKS_H

#include "vp9/common/vp9_blockd.h"
#include "vp9/decoder/vp9_decoder.h"

struct vpx_codec_alg_priv;

/* ---- vp9_dx_iface.c: the application's thread ---- */

/* Opens the device that the settings or the environment ask for, once. Sets
 * ctx->qpu, to NULL when there is nothing to do. */
vpx_codec_err_t vp9_qpu_open(struct vpx_codec_alg_priv *ctx);

/* Before the decoder is removed: writes the statistics and frees everything. */
void vp9_qpu_close(struct vpx_codec_alg_priv *ctx);

/* The picture that ctx->img describes is to be handed out: waits for its pixels,
 * or puts it off. Returns the picture that the application gets now, NULL: none. */
vpx_image_t *vp9_qpu_output(struct vpx_codec_alg_priv *ctx);

/* No picture has come of the last call; after a flush, the oldest one put off. */
vpx_image_t *vp9_qpu_drain(struct vpx_codec_alg_priv *ctx);

/* Gets the pixels of a frame buffer into its own memory, for whoever is going to
 * read them there; written: or has changed them there. */
void vp9_qpu_to_cpu(VP9Decoder *pbi, int idx, int written);

/* The same of the reference that a control names. */
void vp9_qpu_reference(struct vpx_codec_alg_priv *ctx, VP9_REFFRAME frame, int written);

/* VPXD_GET_QPU_DEVICES */
vpx_codec_err_t vp9_qpu_devices(char **list);

/* A frame is about to be decoded of data. */
void vp9_qpu_keep(VP9Decoder *pbi, const uint8_t *data, size_t size);

/* ---- vp9_decoder.c, vp9_decodeframe.c ---- */

/* More data is to be decoded: the application is done with the last picture. */
void vp9_qpu_release(VP9Decoder *pbi);

/* Before the tiles are decoded, when all headers have been read: decides whether
 * blocks are recorded. */
void vp9_qpu_frame_begin(VP9Decoder *pbi);

/* After the tiles. Returns whether the CPU has to decode them again, since the
 * device can't. */
int vp9_qpu_frame_end(VP9Decoder *pbi);

/* The frame is broken. */
void vp9_qpu_frame_abort(VP9Decoder *pbi);

/* Before a tile, numbered as in the bitstream: sets xd->qpu, to NULL where the
 * frame is the CPU's. The calls below are for xd->qpu other than NULL; they belong
 * to the thread that decodes the tile. */
void vp9_qpu_tile(VP9Decoder *pbi, MACROBLOCKD *xd, int tile);

/* Before a superblock; leaves by vpx_internal_error() when out of memory. */
void vp9_qpu_sb(VP9Decoder *pbi, MACROBLOCKD *xd, int mi_row, int mi_col);

/* dec_build_inter_predictors_sb() */
void vp9_qpu_inter(VP9Decoder *pbi, MACROBLOCKD *xd, int mi_row, int mi_col);

/* vp9_predict_intra_block(); row, col: of the transform block in its block, in 4x4
 * blocks. */
void vp9_qpu_intra(MACROBLOCKD *xd, int plane, int row, int col, TX_SIZE tx_size,
                   PREDICTION_MODE mode);

/* inverse_transform_block_intra(), _inter() (then mode_type is DCT_DCT; 32x32 have no
 * other anyway): eob > 0.
 * Packs the coefficients and clears them. */
void vp9_qpu_itx(MACROBLOCKD *xd, int plane, int row, int col, TX_SIZE tx_size,
                 TX_TYPE mode_type, int eob);

#endif /* DAEDALUS_LIBVPX_HOOKS_H */
