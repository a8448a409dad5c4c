/* Memory of the recordings. */

#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/frame.h"
#include "common/intops.h"

#include "src/qpu/frame.h"
#include "src/qpu/layout.h"
#include "src/qpu/rec.h"

#include "grow.h"

/* The most that a superblock of 64x64 can leave; one of 128x128 has four
 * times that. Blocks of 4x4 in 4:4:4 make 768 predictions; OBMC of 8x8 blocks, 9
 * each; compounds of them, 9 each. Transforms: 768; intra blocks as many, and as
 * many again where a residual has a job of its own. */
#define SB_MC    1024
#define SB_WARP  512
#define SB_ITX   768
#define SB_IPRED 2048
#define SB_PAL   2048
/* all coefficients of 32 bits, and the ends of their blocks */
#define SB_COEF  (64 * 64 * 3 + SB_ITX * 4)

static int make_room(struct Dav1dQpuTile *const tile, const int sb128) {
    const uint32_t sbs = sb128 ? 4 : 1;
    uint32_t max = tile->max_mc;
    if (qpu_grow(&tile->mc, &max, tile->n_mc + SB_MC * sbs, sizeof(*tile->mc))) return -ENOMEM;
    if (qpu_grow(&tile->mc_bucket, &tile->max_mc, tile->n_mc + SB_MC * sbs, 1)) return -ENOMEM;
    max = tile->max_itx;
    if (qpu_grow(&tile->itx, &max, tile->n_itx + SB_ITX * sbs, sizeof(*tile->itx))) return -ENOMEM;
    if (qpu_grow(&tile->itx_key, &tile->max_itx, tile->n_itx + SB_ITX * sbs, 1)) return -ENOMEM;
    max = tile->max_ipred;
    if (qpu_grow(&tile->ipred, &max, tile->n_ipred + SB_IPRED * sbs, sizeof(*tile->ipred)) ||
        qpu_grow(&tile->ipred_level, &tile->max_ipred, tile->n_ipred + SB_IPRED * sbs,
                 sizeof(*tile->ipred_level))) return -ENOMEM;
    if (qpu_grow(&tile->warp, &tile->max_warp, tile->n_warp + SB_WARP * sbs, sizeof(*tile->warp)) ||
        qpu_grow(&tile->coef, &tile->max_coef, tile->n_coef + SB_COEF * sbs, sizeof(*tile->coef)) ||
        qpu_grow(&tile->pal, &tile->max_pal, tile->n_pal + SB_PAL * sbs, sizeof(*tile->pal)))
        return -ENOMEM;
    return 0;
}

static void begin_tile(struct Dav1dQpuTile *const tile, const Dav1dFrameContext *const f) {
    tile->ss_hor[1] = (uint8_t) dav1d_qpu_ss_hor(f->cur.p.layout, 1);
    tile->ss_ver[1] = (uint8_t) dav1d_qpu_ss_ver(f->cur.p.layout, 1);
    tile->is_special = IS_KEY_OR_INTRA(f->frame_hdr);
    if (!tile->is_special)
        for (int i = 0; i < 7; i++) tile->is_special |= !!f->svc[i][0].scale;
    tile->n_mc = tile->n_warp = tile->n_itx = tile->n_coef = tile->n_ipred = tile->n_pal = 0;
    tile->sb = NULL;
    memset(tile->mc_count, 0, sizeof(tile->mc_count));
    memset(tile->itx_count, 0, sizeof(tile->itx_count));
}

/* Zeroes what a job has put into the map. */
static void clear_block(const QpuIpredMap map[3], const struct QpuIpredJob *const job) {
    const QpuIpredMap *const m = &map[job->pos >> IPRED_PLANE_SHIFT & 3];
    const unsigned w4 = 1U << (job->pos >> IPRED_LW_SHIFT & 7), h4 = 1U << (job->pos >> IPRED_LH_SHIFT);
    uint16_t *row = m->level + (job->pos >> IPRED_Y4_SHIFT & 0xfff) * m->stride + (job->pos & 0xfff);
    const uint16_t *const end = row + h4 * m->stride;
    if (w4 == 1) for (; row != end; row += m->stride) *row = 0;
    else if (w4 == 2) for (; row != end; row += m->stride) memset(row, 0, 4);
    else
        for (; row != end; row += m->stride)
            for (unsigned x = 0; x < w4; x += 4) memset(row + x, 0, 8);
}

/* Makes the map of the frame before one of zeroes. Where that had few blocks, only
 * they are cleared: all of it is more than the nearer caches hold. */
static void clear_map(struct Dav1dQpuRec *const rec, const size_t size) {
    size_t n = 0;
    for (int t = 0; t < rec->n_tiles; t++) n += rec->tile[t].n_ipred;
    if (!rec->map_filled || n * 128 > size) {
        memset(rec->map[0].level, 0, size * sizeof(uint16_t));
        return;
    }
    for (int t = 0; t < rec->n_tiles; t++)
        for (uint32_t i = 0; i < rec->tile[t].n_ipred; i++)
            clear_block(rec->map, &rec->tile[t].ipred[i]);
}

/* One level for each 4x4 block of each plane, rounded up to 64 pixels and with
 * a row and 4 blocks to spare, as blocks reach over the frame's end. Needs the last
 * frame's jobs. */
static int begin_map(struct Dav1dQpuRec *const rec, const Dav1dFrameContext *const f) {
    const enum Dav1dPixelLayout l = f->cur.p.layout;
    size_t off[3], size = 0;
    memset(off, 0, sizeof(off));
    for (int pl = 0; pl < dav1d_qpu_n_planes(l); pl++) {
        const int ss_hor = dav1d_qpu_ss_hor(l, pl), ss_ver = dav1d_qpu_ss_ver(l, pl);
        const size_t w4 = (size_t) f->sb128w * 32 >> ss_hor;
        const size_t h4 = (size_t) f->sb128h * 32 >> ss_ver;
        rec->map_filled &= rec->map[pl].stride == w4 + 4 && rec->map[pl].level == rec->map[0].level + size;
        rec->map[pl].stride = w4 + 4;
        rec->map[pl].w4 = (unsigned) f->bw >> ss_hor;
        rec->map[pl].h4 = (unsigned) f->bh >> ss_ver;
        off[pl] = size;
        size += (w4 + 4) * (h4 + 1);
    }
    rec->map_filled &= size == rec->map_used;
    if (size * sizeof(uint16_t) > rec->map_size) {
        free(rec->map[0].level);
        rec->map[0].level = malloc(size * sizeof(uint16_t));
        rec->map_size = rec->map[0].level ? size * sizeof(uint16_t) : 0;
        rec->map_filled = 0;
        if (!rec->map[0].level) return -ENOMEM;
    }
    for (int pl = 1; pl < 3; pl++)
        rec->map[pl].level = rec->map[0].level + off[pl];
    clear_map(rec, size);
    rec->map_filled = 1;
    rec->map_used = size;
    return 0;
}

int dav1d_qpu_rec_begin(struct Dav1dQpuRec *const rec, const Dav1dFrameContext *const f,
                        const QpuAv1ItxScans *const scans)
{
    const int n_tiles = f->frame_hdr->tiling.cols * f->frame_hdr->tiling.rows;
    const int sbw = (f->bw + f->sb_step - 1) >> f->sb_shift, n_sb = sbw * f->sbh;
    int res = begin_map(rec, f);
    if (res) return res;
    if (n_tiles > rec->max_tiles) {
        struct Dav1dQpuTile *const tile = realloc(rec->tile, n_tiles * sizeof(*tile));
        if (!tile) return -ENOMEM;
        memset(tile + rec->max_tiles, 0, (n_tiles - rec->max_tiles) * sizeof(*tile));
        rec->tile = tile;
        rec->max_tiles = n_tiles;
    }
    rec->n_tiles = n_tiles;
    for (int i = 0; i < n_tiles; i++) begin_tile(&rec->tile[i], f);
    if (n_sb > rec->max_sb) {
        free(rec->sb);
        free(rec->sb_start);
        rec->sb = malloc(n_sb * sizeof(*rec->sb));
        rec->sb_start = malloc(n_sb * sizeof(*rec->sb_start));
        rec->max_sb = rec->sb && rec->sb_start ? n_sb : 0;
        if (!rec->max_sb) return -ENOMEM;
    }
    rec->sbw = sbw;
    rec->sbh = f->sbh;
    rec->scans = scans;
    return dav1d_qpu_edges_begin(&rec->edges, f);
}

void dav1d_qpu_rec_free(struct Dav1dQpuRec *const rec) {
    for (int i = 0; i < rec->max_tiles; i++) {
        struct Dav1dQpuTile *const tile = &rec->tile[i];
        free(tile->mc);
        free(tile->mc_bucket);
        free(tile->warp);
        free(tile->itx);
        free(tile->itx_key);
        free(tile->coef);
        free(tile->ipred);
        free(tile->ipred_level);
        free(tile->pal);
    }
    free(rec->tile);
    free(rec->map[0].level);
    free(rec->sb);
    free(rec->sb_start);
    dav1d_qpu_edges_free(&rec->edges);
    memset(rec, 0, sizeof(*rec));
}

void dav1d_qpu_rec_tile(Dav1dTaskContext *const t) {
    const Dav1dFrameContext *const f = t->f;
    t->qpu = dav1d_qpu_records(f) ? &f->qpu->rec.tile[t->ts - f->ts] : NULL;
}

static struct Dav1dQpuSbStart *sb_start(const Dav1dTaskContext *const t) {
    const struct Dav1dQpuRec *const rec = &t->f->qpu->rec;
    return &rec->sb_start[(t->by >> t->f->sb_shift) * rec->sbw + (t->bx >> t->f->sb_shift)];
}

void dav1d_qpu_rec_end(struct Dav1dQpuTile *const tile) {
    if (tile->sb) tile->sb->n = tile->n_ipred - tile->sb->first;
}

/* All that is used of upstream's masks, which it leaves as they are for us. */
static void clear_noskip(const Dav1dTaskContext *const t) {
    Av1Filter *const lf = t->lf_mask;
    if (t->f->seq_hdr->sb128) {
        memset(lf->noskip_mask, 0, sizeof(lf->noskip_mask));
        return;
    }
    uint16_t (*const half)[2] = &lf->noskip_mask[(t->by & 16) >> 1];
    for (int y = 0; y < 8; y++) half[y][(t->bx & 16) >> 4] = 0;
}

int dav1d_qpu_rec_sb(Dav1dTaskContext *const t) {
    struct Dav1dQpuTile *const tile = t->qpu;
    dav1d_qpu_rec_end(tile);
    tile->sb = sb_start(t);
    tile->sb->tile = (uint32_t) (t->ts - t->f->ts);
    tile->sb->first = tile->n_ipred;
    clear_noskip(t);
    return make_room(tile, t->f->seq_hdr->sb128);
}
