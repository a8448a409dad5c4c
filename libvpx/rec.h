/* What a tile leaves behind for the device: jobs in the order of decoding, and the
 * coefficients they point to. Filled by the hooks (mc.c, itx.c, ipred.c), one walk over
 * the bitstream, no pixel read or written; gathered into a batch when the frame is
 * parsed (recon.c).
 *
 * Everything lies in ordinary, cached memory that is kept from frame to frame: what a
 * frame needs on the device is known only at its end. Room for whatever one superblock
 * can hold is made before it is decoded (vp9_qpu_sb()), so that no hook has to look. */

#ifndef DAEDALUS_LIBVPX_REC_H
#define DAEDALUS_LIBVPX_REC_H

#include "vp9/common/vp9_onyxc_int.h"

#include "qpu_ipred.h"
#include "qpu_vp9_itx.h"
#include "qpu_vp9_mc.h"

#define VP9_QPU_MC_BUCKETS (QPU_VP9_MC_N * QPU_VP9_MC_CLASSES)

/* Owner of a tile's: the thread that decodes the tile, then the one that gathers. */
typedef struct Vp9QpuTile {
    /* constant while a frame is recorded */
    struct Vp9QpuRec *rec;
    uint8_t is_scaled[REFS_PER_FRAME];
    int bpc;

    /* inter prediction */
    QpuVp9McJob *mc;
    uint16_t *mc_bucket;    /* kind and class of each job */
    uint32_t n_mc, max_mc;
    uint32_t mc_count[VP9_QPU_MC_BUCKETS];

    /* transforms */
    QpuVp9ItxJob *itx;
    uint8_t *itx_key;
    uint32_t n_itx, max_itx;
    uint32_t itx_count[QPU_VP9_N_ITX_KEYS];
    uint32_t *coef;         /* words */
    uint32_t n_coef, max_coef;
    uint64_t cpu_pixels;    /* of blocks that upstream's functions transformed */

    /* intra prediction */
    struct QpuIpredJob *ipred;
    uint16_t *ipred_level;
    uint32_t n_ipred, max_ipred;
    struct Vp9QpuSbStart *sb; /* the one that the jobs belong to; NULL: none so far */
} Vp9QpuTile;

/* The frame's, shared by its tiles: set up before the first one starts. */
typedef struct Vp9QpuRec {
    Vp9QpuTile *tile;
    int n_tiles, max_tiles;
    QpuIpredMap map[3];     /* tiles write their own parts */
    size_t map_size;        /* bytes of all three, one allocation */
    QpuIpredSb *sb;         /* where each superblock's intra jobs are; likewise;
                             * jobs and levels are set when all are known */
    struct Vp9QpuSbStart {
        uint32_t tile, first, n;
    } *sb_start;
    uint8_t *lf_cross;      /* of each superblock: recon.c's */
    int sbw, sbh, max_sb;
} Vp9QpuRec;

/* Makes room for a frame and forgets the last one. Returns 0 or a negative errno. */
int vp9_qpu_rec_begin(Vp9QpuRec *rec, const VP9_COMMON *cm);
void vp9_qpu_rec_free(Vp9QpuRec *rec);

/* A tile is recorded: its last superblock ends here. */
void vp9_qpu_rec_end(Vp9QpuTile *tile);

#endif /* DAEDALUS_LIBVPX_REC_H */
