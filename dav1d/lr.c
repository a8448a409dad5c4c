#include "config.h"

#include <string.h>

#include "common/intops.h"

#include "src/tables.h"

#include "layout.h"
#include "lr.h"

/* A plane's grid of units. The last ones of a row and a column have up to one
 * and a half times the size. */
struct Plane {
    int ss_hor, ss_ver, size_log2, cols, rows;
};

static int n_units(const int pixels, const int size_log2) {
    return imax((pixels + (1 << size_log2 >> 1)) >> size_log2, 1);
}

static struct Plane plane_grid(const Dav1dFrameContext *const f, const int plane) {
    const Dav1dPictureParameters *const p = &f->sr_cur.p.p;
    struct Plane g;
    g.ss_hor = dav1d_qpu_ss_hor(p->layout, plane);
    g.ss_ver = dav1d_qpu_ss_ver(p->layout, plane);
    g.size_log2 = f->frame_hdr->restoration.unit_size[!!plane];
    g.cols = n_units((p->w + g.ss_hor) >> g.ss_hor, g.size_log2);
    g.rows = n_units((p->h + g.ss_ver) >> g.ss_ver, g.size_log2);
    return g;
}

static int n_planes(const Dav1dFrameContext *const f) {
    return f->sr_cur.p.p.layout == DAV1D_PIXEL_LAYOUT_I400 ? 1 : 3;
}

int dav1d_qpu_lr_max_units(const Dav1dFrameContext *const f) {
    int n = 0;
    for (int pl = 0; pl < n_planes(f); pl++) {
        if (!(f->lf.restore_planes >> pl & 1)) continue;
        const struct Plane g = plane_grid(f, pl);
        n += g.cols * g.rows;
    }
    return n;
}

/* Upstream keeps a unit where its first luma pixel is, four to 128x128. */
static const Av1RestorationUnit *find_unit(const Dav1dFrameContext *const f, const int pl,
                                           const struct Plane *const g,
                                           const int row, const int col)
{
    const int x = col << g->size_log2 << g->ss_hor, y = row << g->size_log2 << g->ss_ver;
    return &f->lf.lr_mask[(y >> 7) * f->sr_sb128w + (x >> 7)]
                .lr[pl][(y >> 6 & 1) * 2 + (x >> 6 & 1)];
}

static void fill_unit(QpuAv1LrUnit *const dst, const Av1RestorationUnit *const src) {
    memset(dst, 0, sizeof(*dst));
    if (src->type == DAV1D_RESTORATION_WIENER) {
        dst->type = QPU_AV1_LR_WIENER;
        memcpy(dst->filter_h, src->filter_h, sizeof(dst->filter_h));
        memcpy(dst->filter_v, src->filter_v, sizeof(dst->filter_v));
    } else if (src->type >= DAV1D_RESTORATION_SGRPROJ) {
        dst->type = QPU_AV1_LR_SGR;
        dst->sgr_set = src->type - DAV1D_RESTORATION_SGRPROJ;
        memcpy(dst->sgr_w, src->sgr_weights, sizeof(dst->sgr_w));
    }
}

int dav1d_qpu_lr_units(const Dav1dFrameContext *const f, QpuAv1LrUnit *units,
                       QpuAv1Lr *const p)
{
    int planes = 0;
    memset(p, 0, sizeof(*p));
    p->sgr_params = dav1d_sgr_params;
    for (int pl = 0; pl < n_planes(f); pl++) {
        if (!(f->lf.restore_planes >> pl & 1)) continue;
        const struct Plane g = plane_grid(f, pl);
        int restored = 0;
        for (int row = 0; row < g.rows; row++)
            for (int col = 0; col < g.cols; col++) {
                QpuAv1LrUnit *const u = &units[row * g.cols + col];
                fill_unit(u, find_unit(f, pl, &g, row, col));
                restored |= u->type != QPU_AV1_LR_NONE;
            }
        if (!restored) continue;
        p->plane[pl].units = units;
        p->plane[pl].size_log2 = g.size_log2;
        p->plane[pl].cols = g.cols;
        p->plane[pl].rows = g.rows;
        units += g.cols * g.rows;
        planes |= 1 << pl;
    }
    return planes;
}
