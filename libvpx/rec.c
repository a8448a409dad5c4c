/* Memory of the recordings. */

#include "vp9/qpu/rec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vp9/qpu/decoder.h"
#include "vp9/qpu/hooks.h"

#include "src/grow.h"

/* The most that a superblock can leave, 4:4:4. Blocks of 4x4 of two references;
 * transforms of 4x4. */
#define SB_MC    1536
#define SB_ITX   768
#define SB_IPRED 768
/* all coefficients of 32 bits, and the ends of their blocks */
#define SB_COEF  (64 * 64 * 3 + SB_ITX * 4)

static int make_room(Vp9QpuTile *const tile) {
    uint32_t max = tile->max_mc;
    if (qpu_grow(&tile->mc, &max, tile->n_mc + SB_MC, sizeof(*tile->mc)) ||
        qpu_grow(&tile->mc_bucket, &tile->max_mc, tile->n_mc + SB_MC, sizeof(*tile->mc_bucket))) return -ENOMEM;
    max = tile->max_itx;
    if (qpu_grow(&tile->itx, &max, tile->n_itx + SB_ITX, sizeof(*tile->itx)) ||
        qpu_grow(&tile->itx_key, &tile->max_itx, tile->n_itx + SB_ITX, 1)) return -ENOMEM;
    max = tile->max_ipred;
    if (qpu_grow(&tile->ipred, &max, tile->n_ipred + SB_IPRED, sizeof(*tile->ipred)) ||
        qpu_grow(&tile->ipred_level, &tile->max_ipred, tile->n_ipred + SB_IPRED, sizeof(*tile->ipred_level)))
        return -ENOMEM;
    return qpu_grow(&tile->coef, &tile->max_coef, tile->n_coef + SB_COEF, sizeof(*tile->coef));
}

static void begin_tile(Vp9QpuTile *const tile, Vp9QpuRec *const rec, const VP9_COMMON *const cm) {
    tile->rec = rec;
    tile->bpc = (int) cm->bit_depth;
    tile->cpu_pixels = 0;
    for (int i = 0; i < REFS_PER_FRAME; i++)
        tile->is_scaled[i] = !frame_is_intra_only(cm) && vp9_is_scaled(&cm->frame_refs[i].sf);
    tile->n_mc = tile->n_itx = tile->n_coef = tile->n_ipred = 0;
    tile->sb = NULL;
    memset(tile->mc_count, 0, sizeof(tile->mc_count));
    memset(tile->itx_count, 0, sizeof(tile->itx_count));
}

/* One level for each 4x4 block of each plane, rounded up to superblocks and with a
 * row and 4 blocks to spare, as blocks reach over the frame's end. */
static int begin_map(Vp9QpuRec *const rec, const VP9_COMMON *const cm) {
    size_t off[3], size = 0;
    for (int pl = 0; pl < 3; pl++) {
        const int ss_hor = pl ? cm->subsampling_x : 0, ss_ver = pl ? cm->subsampling_y : 0;
        const size_t w4 = (size_t) rec->sbw * 16 >> ss_hor, h4 = (size_t) rec->sbh * 16 >> ss_ver;
        rec->map[pl].stride = w4 + 4;
        rec->map[pl].w4 = (unsigned) cm->mi_cols * 2 >> ss_hor;
        rec->map[pl].h4 = (unsigned) cm->mi_rows * 2 >> ss_ver;
        off[pl] = size;
        size += (w4 + 4) * (h4 + 1);
    }
    if (size * sizeof(uint16_t) > rec->map_size) {
        free(rec->map[0].level);
        rec->map[0].level = malloc(size * sizeof(uint16_t));
        rec->map_size = rec->map[0].level ? size * sizeof(uint16_t) : 0;
        if (!rec->map[0].level) return -ENOMEM;
    }
    for (int pl = 1; pl < 3; pl++)
        rec->map[pl].level = rec->map[0].level + off[pl];
    memset(rec->map[0].level, 0, size * sizeof(uint16_t));
    return 0;
}

int vp9_qpu_rec_begin(Vp9QpuRec *const rec, const VP9_COMMON *const cm) {
    const int n_tiles = 1 << (cm->log2_tile_cols + cm->log2_tile_rows);
    rec->sbw = (cm->mi_cols + 7) >> 3;
    rec->sbh = (cm->mi_rows + 7) >> 3;
    const int n_sb = rec->sbw * rec->sbh;
    if (n_tiles > rec->max_tiles) {
        Vp9QpuTile *const tile = realloc(rec->tile, (size_t) n_tiles * sizeof(*tile));
        if (!tile) return -ENOMEM;
        memset(tile + rec->max_tiles, 0, (size_t) (n_tiles - rec->max_tiles) * sizeof(*tile));
        rec->tile = tile;
        rec->max_tiles = n_tiles;
    }
    rec->n_tiles = n_tiles;
    for (int i = 0; i < n_tiles; i++) begin_tile(&rec->tile[i], rec, cm);
    if (n_sb > rec->max_sb) {
        free(rec->sb);
        free(rec->sb_start);
        free(rec->lf_cross);
        rec->sb = malloc((size_t) n_sb * sizeof(*rec->sb));
        rec->sb_start = malloc((size_t) n_sb * sizeof(*rec->sb_start));
        rec->lf_cross = malloc((size_t) n_sb);
        rec->max_sb = rec->sb && rec->sb_start && rec->lf_cross ? n_sb : 0;
        if (!rec->max_sb) return -ENOMEM;
    }
    return begin_map(rec, cm);
}

void vp9_qpu_rec_free(Vp9QpuRec *const rec) {
    for (int i = 0; i < rec->max_tiles; i++) {
        Vp9QpuTile *const tile = &rec->tile[i];
        free(tile->mc);
        free(tile->mc_bucket);
        free(tile->itx);
        free(tile->itx_key);
        free(tile->coef);
        free(tile->ipred);
        free(tile->ipred_level);
    }
    free(rec->tile);
    free(rec->map[0].level);
    free(rec->sb);
    free(rec->sb_start);
    free(rec->lf_cross);
    memset(rec, 0, sizeof(*rec));
}

void vp9_qpu_rec_end(Vp9QpuTile *const tile) {
    if (tile->sb) tile->sb->n = tile->n_ipred - tile->sb->first;
}

void vp9_qpu_sb(VP9Decoder *const pbi, MACROBLOCKD *const xd, const int mi_row, const int mi_col) {
    Vp9QpuTile *const tile = xd->qpu;
    Vp9QpuRec *const rec = tile->rec;
    vp9_qpu_rec_end(tile);
    tile->sb = &rec->sb_start[(mi_row >> 3) * rec->sbw + (mi_col >> 3)];
    tile->sb->tile = (uint32_t) (tile - rec->tile);
    tile->sb->first = tile->n_ipred;
    if (make_room(tile))
        vpx_internal_error(xd->error_info ? xd->error_info : &pbi->common.error, VPX_CODEC_MEM_ERROR,
                           "Failed to allocate the recording of a superblock");
}
