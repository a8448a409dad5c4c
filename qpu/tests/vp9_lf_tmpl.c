/* VP9's loop filter: frames of random blocks through upstream's masks and its
 * walk over the superblocks, and through the kernels. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "./vpx_config.h"
#include "./vp9_rtcd.h"
#include "./vpx_dsp_rtcd.h"
#include "vp9/common/vp9_common_data.h"
#include "vp9/common/vp9_loopfilter.h"
#include "vp9/common/vp9_onyxc_int.h"

#include "qpu_vp9_lf.h"
#include "checkqpu.h"

#define BF_(a, b) a##_##b##bpc
#define BF(a, b) BF_(a, b)
void BF(checkqpu_vp9_lf, BITDEPTH)(void);

#if BITDEPTH == 8
typedef uint8_t pixel;
#else
typedef uint16_t pixel;
#endif

/* What a frame's blocks are like. */
enum Kind {
    MIXED,      /* everything */
    DENSE_4X4,  /* 8x8 blocks and smaller, transforms 4x4 */
    DENSE_8X8,  /* 8x8 blocks, transforms 8x8: chroma's of 4:2:0 are 4x4 */
    LARGE,      /* blocks and transforms as large as may be */
    PATCHES,    /* each superblock dense, large or mixed */
    HOLES,      /* dense with blocks that have no edges now and then */
    ROWS,       /* dense rows of blocks, others mixed */
    N_KINDS
};

/* What became of a line of samples at an edge of size 4, 8, 16, were all edges
 * filtered at once. */
enum { UNCHANGED, NARROW, NARROW_HEV, FLAT, FLAT_WIDE, N_OUTCOMES };
static unsigned long outcomes[3][N_OUTCOMES];
static unsigned n_cross[2], most_launches;

/* ---- blocks ---- */

struct Blocks {
    VP9_COMMON *cm;
    enum Kind kind;
    int ss_x, ss_y;
    int hole; /* percent */
};

static int valid(const struct Blocks *const b, const BLOCK_SIZE bs) {
    return bs < BLOCK_8X8 || ss_size_lookup[bs][b->ss_x][b->ss_y] != BLOCK_INVALID;
}

static enum Kind kind_at(const struct Blocks *const b, const int row, const int col) {
    if (b->kind == PATCHES) {
        const unsigned n = (unsigned) (row >> 3) * 31 + (unsigned) (col >> 3) * 17 + (unsigned) b->hole;
        static const enum Kind k[] = { DENSE_4X4, DENSE_8X8, LARGE, MIXED, DENSE_4X4, DENSE_8X8 };
        return k[n * 2654435761U >> 16 & 0xffff ? (n * 2654435761U >> 16) % 6 : 0];
    }
    if (b->kind == ROWS)
        return (row >> 1) % 3 == 1 ? b->hole & 1 ? DENSE_4X4 : DENSE_8X8 : MIXED;
    return b->kind;
}

static void block(const struct Blocks *const b, const int row, const int col, const BLOCK_SIZE bs) {
    VP9_COMMON *const cm = b->cm;
    if (row >= cm->mi_rows || col >= cm->mi_cols) return;
    const enum Kind kind = kind_at(b, row, col);
    MODE_INFO *const mi = &cm->mi[row * cm->mi_stride + col];
    const int bw = num_8x8_blocks_wide_lookup[bs], bh = num_8x8_blocks_high_lookup[bs];
    const TX_SIZE max = max_txsize_lookup[bs];
    int tx = check_range(0, max);
    if (kind == LARGE && check_range(0, 4)) tx = max;
    if (kind == DENSE_4X4 || (kind == HOLES && b->hole & 1)) tx = TX_4X4;
    if (kind == DENSE_8X8 || (kind == HOLES && !(b->hole & 1))) tx = max;
    memset(mi, 0, sizeof(*mi));
    mi->sb_type = bs;
    mi->tx_size = (TX_SIZE) tx;
    mi->segment_id = (int8_t) check_range(0, 7);
    mi->ref_frame[0] = (MV_REFERENCE_FRAME) check_range(0, 3);
    mi->mode = (PREDICTION_MODE) (mi->ref_frame[0] ? check_range(NEARESTMV, NEWMV) : check_range(0, TM_PRED));
    mi->skip = kind == DENSE_4X4 || kind == DENSE_8X8 ? 0 :
               kind == HOLES ? check_range(0, 99) < b->hole : check_range(0, 1);
    for (int y = row; y < VPXMIN(row + bh, cm->mi_rows); y++)
        for (int x = col; x < VPXMIN(col + bw, cm->mi_cols); x++)
            cm->mi_grid_visible[y * cm->mi_stride + x] = mi;
    vp9_build_mask(cm, mi, row, col, bw, bh);
}

static void partition(const struct Blocks *const b, const int row, const int col, const BLOCK_SIZE bs) {
    const VP9_COMMON *const cm = b->cm;
    if (row >= cm->mi_rows || col >= cm->mi_cols) return;
    const int half = num_8x8_blocks_wide_lookup[bs] >> 1;
    const int has_rows = row + half < cm->mi_rows, has_cols = col + half < cm->mi_cols;
    const enum Kind kind = kind_at(b, row, col);

    PARTITION_TYPE p = (PARTITION_TYPE) check_range(0, 3);
    if (kind == LARGE && check_range(0, 3)) p = PARTITION_NONE;
    if ((kind == DENSE_4X4 || kind == DENSE_8X8 || kind == HOLES || b->kind == ROWS) && bs > BLOCK_8X8)
        p = PARTITION_SPLIT;
    if ((kind == DENSE_8X8 || kind == HOLES) && bs == BLOCK_8X8) p = PARTITION_NONE;
    if (!has_rows && has_cols && p != PARTITION_SPLIT) p = PARTITION_HORZ;
    if (has_rows && !has_cols && p != PARTITION_SPLIT) p = PARTITION_VERT;
    if (!has_rows && !has_cols) p = PARTITION_SPLIT;
    BLOCK_SIZE sub = subsize_lookup[p][bs];
    if (!valid(b, sub)) sub = subsize_lookup[p = PARTITION_SPLIT][bs];

    if (!half) {
        block(b, row, col, sub);
        return;
    }
    switch (p) {
    case PARTITION_NONE: block(b, row, col, sub); break;
    case PARTITION_HORZ:
        block(b, row, col, sub);
        if (has_rows) block(b, row + half, col, sub);
        break;
    case PARTITION_VERT:
        block(b, row, col, sub);
        if (has_cols) block(b, row, col + half, sub);
        break;
    default:
        for (int i = 0; i < 4; i++)
            partition(b, row + half * (i >> 1), col + half * (i & 1), sub);
    }
}

/* ---- samples ---- */

static void fill_plane(pixel *const dst, const ptrdiff_t stride, const int w, const int h, const int bitdepth) {
    const int max = (1 << bitdepth) - 1, one = 1 << (bitdepth - 8);
    /* 16x16 areas, each of its own kind */
    int base = check_range(0, max);
    for (int y0 = 0; y0 < h; y0 += 16)
        for (int x0 = 0; x0 < w; x0 += 16) {
            const int kind = check_range(0, 15);
            const int noise = kind < 7 ? 0 : kind < 10 ? one : kind < 13 ? 4 * one : 24 * one;
            if (check_rand() & 1)
                base = clamp(base + check_range(-20, 20) * one, 0, max);
            else if (!(check_rand() & 3))
                base = check_rand() & 1 ? check_range(0, max) : check_rand() & 1 ? max : 0;
            for (int y = y0; y < VPXMIN(y0 + 16, h); y++)
                for (int x = x0; x < VPXMIN(x0 + 16, w); x++) {
                    int v;
                    if (kind == 15) v = check_rand() & 1 ? max : 0;
                    else if (kind == 14) v = check_range(0, max);
                    else {
                        v = base + check_range(-noise, noise);
                        /* steps of 1 at block edges */
                        if (kind & 1) v += ((x >> 2 ^ y >> 2) & 3) * one / 2;
                    }
                    dst[y * stride + x] = (pixel) clamp(v, 0, max);
                }
        }
}

static void count_line(const pixel *const s, const ptrdiff_t step, const int size,
                       const loop_filter_thresh *const t, const int shift)
{
    const int inner = t->lim[0] << shift, edge = t->mblim[0] << shift, hev = t->hev_thr[0] << shift;
    const int one = 1 << shift;
#define S(k) ((int) s[(k) * step])
    int filter = abs(S(-1) - S(0)) * 2 + abs(S(-2) - S(1)) / 2 <= edge, flat = size > 0, wide = size == 2;
    for (int k = 1; k < 4; k++) {
        filter &= abs(S(-1 - k) - S(-k)) <= inner && abs(S(k) - S(k - 1)) <= inner;
        flat &= abs(S(-1 - k) - S(-1)) <= one && abs(S(k) - S(0)) <= one;
    }
    for (int k = 4; wide && k < 8; k++)
        wide &= abs(S(-1 - k) - S(-1)) <= one && abs(S(k) - S(0)) <= one;
    const int high = abs(S(-2) - S(-1)) > hev || abs(S(1) - S(0)) > hev;
#undef S
    outcomes[size][!filter ? UNCHANGED : flat ? wide ? FLAT_WIDE : FLAT : high ? NARROW_HEV : NARROW]++;
}

static void count_luma(const VP9_COMMON *const cm, const pixel *const s, const ptrdiff_t stride, const int shift) {
    for (int y = 0; y < cm->mi_rows; y++)
        for (int x = 0; x < cm->mi_cols; x++) {
            const LOOP_FILTER_MASK *const m = get_lfm(&cm->lf, y, x);
            const int bit = (y & 7) * 8 + (x & 7);
            const pixel *const at = s + y * 8 * stride + x * 8;
            for (int size = 0; size < 3; size++)
                for (int i = 0; i < 8; i++) {
                    const loop_filter_thresh *const t = &cm->lf_info.lfthr[m->lfl_y[bit]];
                    if (m->left_y[size] >> bit & 1) count_line(at + i * stride, 1, size, t, shift);
                    if (y && m->above_y[size] >> bit & 1) count_line(at + i, stride, size, t, shift);
                }
        }
}

/* ---- a frame ---- */

static int min_int(const int a, const int b) {
    return a < b ? a : b;
}

static void convert(VP9_COMMON *const cm, struct QpuVp9LfSb *const sb, struct QpuVp9LfSb *const uv,
                    uint8_t *const cross, const int ss_x, const int ss_y)
{
    const int sb_cols = (cm->mi_cols + 7) >> 3, sb_rows = (cm->mi_rows + 7) >> 3;
    for (int r = 0; r < sb_rows; r++)
        for (int c = 0; c < sb_cols; c++) {
            const int i = r * sb_cols + c;
            LOOP_FILTER_MASK m = *get_lfm(&cm->lf, r * 8, c * 8);
            vp9_adjust_mask(cm, r * 8, c * 8, &m);
            qpu_vp9_lf_sb(&sb[i], m.left_y, m.above_y, m.int_4x4_y,
                          m.left_uv, m.above_uv, m.int_4x4_uv, m.lfl_y);
            cross[i] = 0;
            if (qpu_vp9_lf_cross8(m.left_y[0], m.left_y[1], m.int_4x4_y)) cross[i] |= QPU_VP9_LF_CROSS_Y;
            if (ss_x && ss_y && qpu_vp9_lf_cross_uv(m.left_uv[0], m.left_uv[1], m.int_4x4_uv))
                cross[i] |= QPU_VP9_LF_CROSS_UV;
            if (ss_x == ss_y) continue;

            struct QpuVp9LfSb *const d = &uv[i];
            memset(d, 0, sizeof(*d));
            for (int y = 0; y < min_int(8, cm->mi_rows - r * 8); y += 1 << ss_y)
                for (int x = 0; x < min_int(8, cm->mi_cols - c * 8); x += 1 << ss_x) {
                    const MODE_INFO *const mi =
                        cm->mi_grid_visible[(r * 8 + y) * cm->mi_stride + c * 8 + x];
                    const QpuVp9LfBlock b = {
                        .row = y, .col = x,
                        .w8 = num_8x8_blocks_wide_lookup[mi->sb_type],
                        .h8 = num_8x8_blocks_high_lookup[mi->sb_type],
                        .large = (num_4x4_blocks_wide_lookup[mi->sb_type] > 1) |
                                 (num_4x4_blocks_high_lookup[mi->sb_type] > 1) << 1,
                        .tx = uv_txsize_lookup[mi->sb_type][mi->tx_size][ss_x][ss_y],
                        .skip = mi->skip && is_inter_block(mi),
                        .level = m.lfl_y[y * 8 + x],
                        .last_col = c * 8 + x == cm->mi_cols - 1,
                        .last_row = r * 8 + y == cm->mi_rows - 1,
                    };
                    qpu_vp9_lf_chroma(d, &b, ss_x, ss_y);
                }
            uint64_t left[2], inner;
            memcpy(left, d->left, sizeof(left));
            memcpy(&inner, d->inner, sizeof(inner));
            if ((ss_x ? qpu_vp9_lf_cross4 : qpu_vp9_lf_cross8)(left[0], left[1], inner))
                cross[i] |= QPU_VP9_LF_CROSS_UV;
        }
}

static void check_case(const int w, const int h, const int bitdepth, const int ss_x, const int ss_y,
                       const int sharpness, const enum Kind kind)
{
    static const char *const names[] = { "mixed", "4x4", "8x8", "large", "patches", "holes", "rows" };
    check_begin("%dx%d %d bits ss %d%d sharpness %d %s", w, h, bitdepth, ss_x, ss_y, sharpness, names[kind]);

    /* the parts of a decoder's state that the filter looks at */
    VP9_COMMON *cm = NULL;
    MACROBLOCKD *xd = NULL;
    if (posix_memalign((void **) &cm, 64, sizeof(*cm)) || posix_memalign((void **) &xd, 64, sizeof(*xd))) abort();
    memset(cm, 0, sizeof(*cm));
    memset(xd, 0, sizeof(*xd));
    cm->mi_cols = (w + 7) >> 3;
    cm->mi_rows = (h + 7) >> 3;
    cm->mi_stride = cm->mi_cols + 8;
    cm->bit_depth = (vpx_bit_depth_t) bitdepth;
    cm->use_highbitdepth = bitdepth > 8;
    const int sb_cols = (cm->mi_cols + 7) >> 3, sb_rows = (cm->mi_rows + 7) >> 3;
    const size_t n_sb = (size_t) sb_cols * (size_t) sb_rows;
    cm->lf.lfm_stride = sb_cols;
    cm->lf.lfm = calloc(n_sb, sizeof(*cm->lf.lfm));
    cm->mi = calloc((size_t) cm->mi_stride * (size_t) cm->mi_rows, sizeof(*cm->mi));
    cm->mi_grid_visible = calloc((size_t) cm->mi_stride * (size_t) (cm->mi_rows + 8), sizeof(*cm->mi_grid_visible));
    cm->lf.filter_level = 32;
    cm->lf.sharpness_level = sharpness;
    cm->lf.last_sharpness_level = -1;
    vp9_loop_filter_init(cm);
    vp9_loop_filter_frame_init(cm, cm->lf.filter_level);
    const int hole = kind == HOLES || kind >= PATCHES ? check_range(0, 10) : 0;
    const int zero = kind == DENSE_4X4 || kind == DENSE_8X8 ? 0 : check_range(0, 1) * 10;
    for (int i = 0; i < (int) sizeof(cm->lf_info.lvl); i++)
        ((uint8_t *) cm->lf_info.lvl)[i] = check_range(0, 99) < zero ? 0 : (uint8_t) check_range(1, 63);

    const struct Blocks blocks = { .cm = cm, .kind = kind, .ss_x = ss_x, .ss_y = ss_y, .hole = hole };
    for (int r = 0; r < cm->mi_rows; r += 8)
        for (int c = 0; c < cm->mi_cols; c += 8)
            partition(&blocks, r, c, BLOCK_64X64);

    /* samples */
    QpuFrame qf;
    uint8_t *ref = NULL;
    struct QpuVp9LfSb *sb = NULL, *uv = NULL;
    uint8_t *cross = NULL;
    if (qpu_batch_begin(check_batch) || check_frame(&qf, w, h, bitdepth, 3, ss_x, ss_y, &ref)) {
        check_fail("no memory");
        goto end;
    }
    const size_t size = qf.range.size;
    pixel *plane[3];
    ptrdiff_t stride[3];
    int pw[3], ph[3];
    for (int p = 0; p < 3; p++) {
        plane[p] = (pixel *) check_plane(&qf, p, ref, &stride[p]);
        stride[p] /= (ptrdiff_t) sizeof(pixel);
        pw[p] = cm->mi_cols * 8 >> (p ? ss_x : 0);
        ph[p] = cm->mi_rows * 8 >> (p ? ss_y : 0);
        fill_plane(plane[p], stride[p], pw[p], ph[p], bitdepth);
        xd->plane[p].subsampling_x = p ? ss_x : 0;
        xd->plane[p].subsampling_y = p ? ss_y : 0;
    }
    void *const up = qpu_batch_upload(check_batch, size, &qf.range);
    QpuVp9Lf p = { .sharpness = sharpness };
    sb = malloc(n_sb * sizeof(*sb));
    uv = malloc(n_sb * sizeof(*uv));
    cross = malloc(n_sb);
    convert(cm, sb, uv, cross, ss_x, ss_y);
    struct QpuVp9LfSb *const up_sb = qpu_batch_upload(check_batch, (n_sb << (ss_x != ss_y)) * sizeof(*sb), &p.sb);
    if (!up || !up_sb) {
        check_fail("no memory");
        goto end;
    }
    memcpy(up, ref, size);
    memcpy(up_sb, sb, n_sb * sizeof(*sb));
    if (ss_x != ss_y) memcpy(up_sb + n_sb, uv, n_sb * sizeof(*uv));
    int crosses = 0;
    for (size_t i = 0; i < n_sb; i++) {
        n_cross[0] += cross[i] & QPU_VP9_LF_CROSS_Y;
        n_cross[1] += cross[i] >> 1;
        crosses |= cross[i];
    }
    p.cross = crosses ? cross : NULL;

    /* upstream */
    YV12_BUFFER_CONFIG frame;
    memset(&frame, 0, sizeof(frame));
#if BITDEPTH == 8
    frame.y_buffer = plane[0];
    frame.u_buffer = plane[1];
    frame.v_buffer = plane[2];
#else
    frame.y_buffer = CONVERT_TO_BYTEPTR(plane[0]);
    frame.u_buffer = CONVERT_TO_BYTEPTR(plane[1]);
    frame.v_buffer = CONVERT_TO_BYTEPTR(plane[2]);
#endif
    frame.y_stride = (int) stride[0];
    frame.uv_stride = (int) stride[1];
    count_luma(cm, plane[0], stride[0], bitdepth - 8);
    vp9_loop_filter_frame(&frame, cm, xd, cm->lf.filter_level, 0, 0);

    /* device */
    if (qpu_vp9_lf(check_batch, &qf, &p) || qpu_batch_download(check_batch, &qf.range)) {
        check_fail("the launch failed");
        goto end;
    }
    QpuBatchStats stats;
    qpu_batch_stats(check_batch, &stats);
    if (w == 1920) {
        printf("  1920x1080 %s: %u launches\n", names[kind], stats.dispatches);
        if (stats.dispatches != 4) check_fail("%u launches", stats.dispatches);
    }
    if (stats.dispatches > most_launches) most_launches = stats.dispatches;
    /* one for 128 rounds of up to 8 superblocks, the last ones not full; or two columns' */
    const unsigned rounds = (unsigned) (sb_cols * sb_rows / 8 + sb_cols + sb_rows * 2);
    if (stats.dispatches > 4 + rounds / 128) check_fail("%u launches", stats.dispatches);
    if (check_run()) goto end;

    int cached;
    uint8_t *const out = (uint8_t *) qpu_batch_downloaded(check_batch, 0, &cached);
    for (int pl = 0; pl < 3; pl++) {
        static const char *const plane_names[] = { "Y", "U", "V" };
        ptrdiff_t bytes;
        const uint8_t *const o = check_plane(&qf, pl, out, &bytes);
        check_pixels(plane_names[pl], (uint8_t *) plane[pl], bytes, o, bytes, pw[pl], ph[pl], sizeof(pixel));
        /* half of a chroma block may be in the guard */
        const int full_w = (pw[pl] + 7) & ~7, full_h = (ph[pl] + 7) & ~7;
        for (int y = 0; y < full_h; y++) {
            const int x = y < ph[pl] ? pw[pl] : 0;
            memcpy(plane[pl] + y * stride[pl] + x, o + y * bytes + x * (int) sizeof(pixel),
                   (size_t) (full_w - x) * sizeof(pixel));
        }
    }
    if (memcmp(ref, out, size)) check_fail("written outside the planes");

end:
    free(ref);
    free(sb);
    free(uv);
    free(cross);
    free(cm->lf.lfm);
    free(cm->mi);
    free(cm->mi_grid_visible);
    free(cm);
    free(xd);
    check_end();
}

void BF(checkqpu_vp9_lf, BITDEPTH)(void) {
    const int n = check_quick ? 2 : 12;
    int sharpness = 0;

    vp9_rtcd();
    vpx_dsp_rtcd();
    memset(outcomes, 0, sizeof(outcomes));
    memset(n_cross, 0, sizeof(n_cross));
    most_launches = 0;

#if BITDEPTH == 8
    for (int bitdepth = 8; bitdepth <= 8; bitdepth += 2)
#else
    for (int bitdepth = 10; bitdepth <= 12; bitdepth += 2)
#endif
        for (int ss = 0; ss < 4; ss++)
            for (int kind = 0; kind < N_KINDS; kind++)
                for (int k = 0; k < n; k++, sharpness = (sharpness + 1) & 7) {
                    const int max_w = k % 4 == 3 ? 40 : k % 4 == 2 ? 160 : 600;
                    const int max_h = k % 4 == 3 ? 40 : k % 4 == 2 ? 500 : 240;
                    check_case(check_range(1, max_w), check_range(1, max_h), bitdepth, ss >> 1, ss & 1,
                               sharpness, (enum Kind) kind);
                }

    if (!check_quick) {
        /* many superblocks in a row, in a column, and a common size */
        const int bitdepth = BITDEPTH == 8 ? 8 : 10;
        check_case(4100, 72, bitdepth, 1, 1, 0, PATCHES);
        check_case(136, 4100, bitdepth, 1, 1, 3, PATCHES);
        for (int kind = 0; kind < N_KINDS; kind++)
            check_case(1920, 1080, bitdepth, 1, 1, 0, (enum Kind) kind);
        /* more rounds than a launch may have */
        check_case(2690, 1660, bitdepth, 1, 1, 0, DENSE_4X4);
        if (most_launches < 5) check_fail("%u launches", most_launches);
    }

    check_begin("outcomes");
    for (int size = 0; size < 3; size++) {
        const unsigned long *const o = outcomes[size];
        printf("  size %2d: %lu lines unchanged, %lu narrow, %lu narrow with hev, %lu flat, %lu wide\n",
               4 << size, o[UNCHANGED], o[NARROW], o[NARROW_HEV], o[FLAT], o[FLAT_WIDE]);
        for (int k = 0; k < N_OUTCOMES; k++)
            if (k < FLAT + size && !o[k]) check_fail("outcome %d of size %d never came", k, 4 << size);
    }
    printf("  %u crossings in luma, %u in chroma, at most %u launches\n", n_cross[0], n_cross[1], most_launches);
    if (!n_cross[0] || !n_cross[1]) check_fail("no crossing");
    check_end();
}
