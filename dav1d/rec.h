/* What a tile leaves behind for the device: jobs in the order of decoding, and
 * what they point to. Filled by the hooks in upstream's recon_tmpl.c (hooks.h;
 * mc.c, itx.c, ipred.c), one walk over the bitstream, no pixel read
 * or written; gathered into a batch when the frame is parsed (recon.c).
 *
 * Everything lies in ordinary, cached memory that is kept from frame to frame:
 * what a frame needs on the device is known only at its end. Room for whatever
 * one superblock can hold is made before it is decoded (dav1d_qpu_rec_sb()), so
 * that no hook has to look. */

#ifndef DAEDALUS_DAV1D_REC_H
#define DAEDALUS_DAV1D_REC_H

#include <stddef.h>
#include <stdint.h>

#include "src/internal.h"

#include "qpu_av1_ipred.h"
#include "qpu_av1_itx.h"
#include "qpu_av1_mc.h"

#include "src/qpu/edges.h"
#include "src/qpu/hooks.h"

#define DAV1D_QPU_MC_BUCKETS (QPU_AV1_MC_N * QPU_AV1_MC_CLASSES)

/* Owner of a tile's: the thread that decodes the tile, then the one that
 * gathers. */
struct Dav1dQpuTile {
    /* constant while a frame is recorded */
    uint8_t ss_hor[2], ss_ver[2]; /* of luma, of chroma */
    uint8_t is_special;     /* references may have another size, or be the frame itself */

    /* inter prediction */
    QpuAv1McJob *mc;
    uint8_t *mc_bucket;     /* kind and class of each job */
    uint32_t n_mc, max_mc;
    uint32_t mc_count[DAV1D_QPU_MC_BUCKETS];
    QpuAv1McWarp *warp;
    uint32_t n_warp, max_warp;
    /* predictions of which only the next call says what becomes of them: a
     * neighbour's for OBMC, the references of a compound */
    struct Dav1dQpuPending {
        QpuAv1McJob job;
        uint8_t kind;       /* QPU_AV1_MC_N: already written, by warps */
        uint8_t w_log2, h;
    } pending[2];

    /* transforms */
    QpuAv1ItxJob *itx;
    uint8_t *itx_key;
    uint32_t n_itx, max_itx;
    uint32_t itx_count[QPU_AV1_N_ITX_KEYS];
    uint32_t *coef;         /* words */
    uint32_t n_coef, max_coef;

    /* intra prediction */
    struct QpuIpredJob *ipred;
    uint16_t *ipred_level;
    uint32_t n_ipred, max_ipred;
    uint32_t last_ipred[3]; /* of each plane: the block that the next transform belongs to */
    uint32_t *pal;          /* palettes and indices, words */
    uint32_t n_pal, max_pal;
    struct Dav1dQpuSbStart *sb; /* the one that the jobs belong to; NULL: none so far */
};

/* The frame's, shared by its tiles: set up before the first one starts. */
struct Dav1dQpuRec {
    struct Dav1dQpuTile *tile;
    int n_tiles, max_tiles;
    const QpuAv1ItxScans *scans;
    QpuIpredMap map[3];     /* tiles write their own parts */
    size_t map_size;        /* bytes of all three, one allocation */
    size_t map_used;        /* levels of the last frame's */
    int map_filled;         /* what isn't 0 belongs to the last frame's jobs */
    QpuIpredSb *sb;         /* where each superblock's intra jobs are; likewise;
                             * jobs and levels are set when all are known */
    struct Dav1dQpuSbStart {
        uint32_t tile, first, n;
    } *sb_start;
    int sbw, sbh, max_sb;
    struct Dav1dQpuEdges edges;
};

/* Makes room for a frame and forgets the last one. Needs f's dimensions.
 * Returns 0 or a negative errno. */
int dav1d_qpu_rec_begin(struct Dav1dQpuRec *rec, const Dav1dFrameContext *f,
                        const QpuAv1ItxScans *scans);
void dav1d_qpu_rec_free(struct Dav1dQpuRec *rec);

/* A tile is recorded: its last superblock ends here. */
void dav1d_qpu_rec_end(struct Dav1dQpuTile *tile);

#endif /* DAEDALUS_DAV1D_REC_H */
