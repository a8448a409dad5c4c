/* What upstream's recon_tmpl.c and decode.c call where a frame is recorded: t->qpu is
 * set then, but for dav1d_qpu_rec_tile(). All belong to the thread that decodes
 * the tile. */

#ifndef DAEDALUS_DAV1D_HOOKS_H
#define DAEDALUS_DAV1D_HOOKS_H

#include "src/internal.h"
#include "src/intra_edge.h"

/* A task starts on a superblock row of a tile: sets t->qpu, to NULL where the
 * frame is the CPU's. */
void dav1d_qpu_rec_tile(Dav1dTaskContext *t);

/* Before the superblock at t->bx, t->by; returns 0, or nonzero when out of
 * memory. */
int dav1d_qpu_rec_sb(Dav1dTaskContext *t);

/* Where a prediction goes: the frame, upstream's buffer for OBMC, a
 * compound's two buffers. */
enum Dav1dQpuMcTo { QPU_MC_FRAME, QPU_MC_LAP, QPU_MC_COMP_0, QPU_MC_COMP_1 };

/* All predictions of an inter block at t->bx, t->by, if they are what most are: from
 * one reference or the average of two, the same for the whole block. Returns 0 if
 * upstream has to go through it, with the functions that follow. */
int dav1d_qpu_inter(Dav1dTaskContext *t, enum BlockSize bs, const Av1Block *b, int has_chroma);

/* Upstream's mc(), warp_affine() */
int dav1d_qpu_mc(Dav1dTaskContext *t, enum Dav1dQpuMcTo to, int bw4, int bh4, int bx, int by,
                 int pl, mv mv, const Dav1dThreadPicture *refp, int refidx,
                 enum Filter2d filter);
int dav1d_qpu_warp(Dav1dTaskContext *t, enum Dav1dQpuMcTo to, const uint8_t *b_dim, int pl,
                   const Dav1dThreadPicture *refp, const Dav1dWarpedMotionParams *wmp);

/* blend_h() (above) or blend_v() (left) of the prediction in the OBMC buffer:
 * height in pixels, as upstream passes it. */
void dav1d_qpu_obmc(Dav1dTaskContext *t, int left, int h);

/* A plane of a compound, both of whose predictions have been given. */
void dav1d_qpu_compound(Dav1dTaskContext *t, enum BlockSize bs, const Av1Block *b, int pl);

/* A plane of inter-intra, on top of the inter prediction. */
void dav1d_qpu_interintra(Dav1dTaskContext *t, enum BlockSize bs, const Av1Block *b, int pl);

/* A transform block of an intra block at t->bx, t->by; flags: upstream's, of the
 * edges. */
void dav1d_qpu_intra(Dav1dTaskContext *t, int pl, enum IntraPredMode mode, int angle, int flags,
                     enum EdgeFlags edge_flags, enum RectTxfmSize tx);
/* Palette of luma; palette of chroma or chroma from luma, where the block has
 * them: all else is dav1d_qpu_intra()'s. */
void dav1d_qpu_palette_y(Dav1dTaskContext *t, enum BlockSize bs);
void dav1d_qpu_palette_cfl(Dav1dTaskContext *t, enum BlockSize bs, const Av1Block *b);

/* A transform block with coefficients, at t->bx, t->by: packs and clears
 * them. */
void dav1d_qpu_itx(Dav1dTaskContext *t, const Av1Block *b, int pl, enum RectTxfmSize tx,
                   enum TxfmType txtp, void *coef, int eob);

/* A block's edges for deblocking, in place of dav1d_create_lf_mask_*(), whose arguments
 * the latter gets. */
void dav1d_qpu_edges_intra(const Dav1dTaskContext *t, enum BlockSize bs, const Av1Block *b,
                           int has_chroma);
void dav1d_qpu_edges_inter(const Dav1dTaskContext *t, enum BlockSize bs, const Av1Block *b,
                           int is_globalmv, enum RectTxfmSize tx, enum RectTxfmSize uvtx,
                           const uint16_t split[2], int has_chroma);

#endif /* DAEDALUS_DAV1D_HOOKS_H */
