/* VP9's loop filter: the device's kernels, libvpx's functions. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "./vpx_config.h"
#include "./vpx_dsp_rtcd.h"
#include "vp9/common/vp9_loopfilter.h"
#include "vp9/common/vp9_onyxc_int.h"

#include "api.h"
#include "qpu_vp9_lf.h"

static int sb_cols(const DaedalusFrame *const f) { return (f->q.plane[0].w + 63) >> 6; }
static int sb_rows(const DaedalusFrame *const f) { return (f->q.plane[0].h + 63) >> 6; }

static int has_uv(const DaedalusFrame *const f) { return f->q.n_planes > 1 && f->q.ss_hor; }

/* ---- masks ---- */

/* Blocks of a superblock that are in the frame, of 8; chroma's of 4 (half a block counts). */
typedef struct Inside { int cols, rows; } Inside;

static Inside inside(const DaedalusFrame *const f, const int x, const int y) {
    const int cols = ((f->q.plane[0].w + 7) >> 3) - x * 8, rows = ((f->q.plane[0].h + 7) >> 3) - y * 8;
    return (Inside) { cols < 8 ? cols : 8, rows < 8 ? rows : 8 };
}

static uint64_t area_y(const int cols, const int rows) {
    const uint64_t row = (1U << cols) - 1;
    return row * 0x0101010101010101ULL & (rows < 8 ? (1ULL << rows * 8) - 1 : ~0ULL);
}

static uint16_t area_uv(const int cols, const int rows) {
    return (uint16_t) (((1U << cols) - 1) * 0x1111U & ((1U << rows * 4) - 1));
}

/* Takes away what doesn't count. */
static void trim(DaedalusVp9LfSb *const sb, const DaedalusFrame *const f, const int x, const int y) {
    const Inside in = inside(f, x, y);
    uint64_t on = 0;
    uint16_t on_uv = 0;
    for (int i = 0; i < 64; i++) on |= (uint64_t) !!sb->level[i] << i;
    for (int i = 0; i < 16; i++) on_uv |= (uint16_t) ((on >> ((i >> 2) * 16 + (i & 3) * 2) & 1) << i);

    on &= area_y(in.cols, in.rows);
    for (int i = 0; i < 3; i++) {
        sb->left[i] &= x ? on : on & 0xfefefefefefefefeULL;
        sb->above[i] &= y ? on : on & ~0xffULL;
    }
    sb->inner &= on;
    const int cols = (in.cols + 1) >> 1, rows = (in.rows + 1) >> 1;
    on_uv = has_uv(f) ? on_uv & area_uv(cols, rows) : 0;
    for (int i = 0; i < 3; i++) {
        sb->left_uv[i] &= (uint16_t) (x ? on_uv : on_uv & 0xeeee);
        sb->above_uv[i] &= (uint16_t) (y ? on_uv : on_uv & 0xfff0);
    }
    /* downwards both substrates look at the row themselves */
    sb->inner_uv &= on_uv & area_uv(in.cols >> 1, rows);
    /* half a block has no room for 16 */
    const uint16_t last_col = in.cols & 1 ? (uint16_t) (0x1111 << (cols - 1)) : 0;
    const uint16_t last_row = in.rows & 1 ? (uint16_t) (0xf << (rows - 1) * 4) : 0;
    sb->left_uv[1] |= sb->left_uv[2] & last_col;
    sb->left_uv[2] &= (uint16_t) ~last_col;
    sb->above_uv[1] |= sb->above_uv[2] & last_row;
    sb->above_uv[2] &= (uint16_t) ~last_row;
}

/* What VP9's edges are like, and both substrates rely on. next: bits from a block to the one behind
 * it, across the edge; beside: to the one beside it along the edge. */
typedef struct Direction {
    uint64_t even;   /* blocks at multiples of 16 samples across the edge */
    int next;
    uint64_t first;  /* the first of two that are 16 samples along the edge */
    int beside;
} Direction;
#define ROWS    0x00ff00ff00ff00ffULL
#define COLS    0x5555555555555555ULL
#define ROWS_UV 0x0f0fU
#define COLS_UV 0x5555U

static int level_of(const DaedalusVp9LfSb *const sb, const int i, const int is_uv) {
    return is_uv ? sb->level[(i >> 2) * 16 + (i & 3) * 2] : sb->level[i];
}

/* One width an edge; 16 at multiples of 16, along 16 samples with one level, and with nothing else as
 * far as the transform block behind it goes. */
static int is_valid_mask(const DaedalusVp9LfSb *const sb, const uint64_t m[3], const uint64_t inner,
                         const uint64_t area, const Direction d, const int is_uv)
{
    const uint64_t small = m[0] | m[1];
    if (m[0] & m[1] || m[2] & ~d.even || (small | inner) & (m[2] | m[2] << d.next)) return 0;
    for (uint64_t left = m[2]; left; left &= left - 1) {
        const int i = __builtin_ctzll(left), k = d.first >> i & 1 ? i + d.beside : i - d.beside;
        if (area >> k & 1 && (!(m[2] >> k & 1) || level_of(sb, i, is_uv) != level_of(sb, k, is_uv))) return 0;
    }
    return 1;
}

/* After trim(). */
static int is_valid(const DaedalusVp9LfSb *const sb, const DaedalusFrame *const f, const int x, const int y) {
    const Inside in = inside(f, x, y);
    const uint64_t area = area_y(in.cols, in.rows), area_c = area_uv((in.cols + 1) >> 1, (in.rows + 1) >> 1);
    const uint64_t left_uv[3] = { sb->left_uv[0], sb->left_uv[1], sb->left_uv[2] };
    const uint64_t above_uv[3] = { sb->above_uv[0], sb->above_uv[1], sb->above_uv[2] };
    for (int i = 0; i < 64; i++)
        if (sb->level[i] > 63) return 0;
    return !sb->unused &&
           is_valid_mask(sb, sb->left, sb->inner, area, (Direction) { COLS, 1, ROWS, 8 }, 0) &&
           is_valid_mask(sb, sb->above, sb->inner, area, (Direction) { ROWS, 8, COLS, 1 }, 0) &&
           is_valid_mask(sb, left_uv, sb->inner_uv, area_c, (Direction) { COLS_UV, 1, ROWS_UV, 4 }, 1) &&
           is_valid_mask(sb, above_uv, sb->inner_uv, area_c, (Direction) { ROWS_UV, 4, COLS_UV, 1 }, 1);
}

/* ---- the CPU ---- */

static void to_upstream(LOOP_FILTER_MASK *const m, const DaedalusVp9LfSb *const sb) {
    memset(m, 0, sizeof(*m));
    for (int i = 0; i < 3; i++) {
        m->left_y[i] = sb->left[i];
        m->above_y[i] = sb->above[i];
        m->left_uv[i] = sb->left_uv[i];
        m->above_uv[i] = sb->above_uv[i];
    }
    m->int_4x4_y = sb->inner;
    m->int_4x4_uv = sb->inner_uv;
    memcpy(m->lfl_y, sb->level, sizeof(m->lfl_y));
}

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    const DaedalusFrame *const f = op->frame[0];
    const DaedalusVp9LfSb *const sb = op->jobs;
    const int px = frame_pixel_size(f), rows = sb_rows(f), cols = sb_cols(f);
    VP9_COMMON *const cm = op->extra; /* the parts that the filter looks at */
    memset(cm, 0, sizeof(*cm));
    cm->mi_cols = (f->q.plane[0].w + 7) >> 3;
    cm->mi_rows = (f->q.plane[0].h + 7) >> 3;
    cm->bit_depth = (vpx_bit_depth_t) f->q.bpc;
    cm->use_highbitdepth = f->q.bpc > 8;
    cm->lf.sharpness_level = op->arg;
    vp9_loop_filter_init(cm);
    for (int y = 0; y < rows; y++)
        for (int x = 0; x < cols; x++) {
            LOOP_FILTER_MASK m;
            to_upstream(&m, &sb[y * cols + x]);
            for (int p = 0; p < f->q.n_planes; p++) {
                const int ss_hor = p ? f->q.ss_hor : 0, ss_ver = p ? f->q.ss_ver : 0;
                struct macroblockd_plane plane;
                memset(&plane, 0, sizeof(plane));
                plane.subsampling_x = ss_hor;
                plane.subsampling_y = ss_ver;
                plane.dst.stride = (int) (host[0]->stride[p] / px);
                uint8_t *const at = (uint8_t *) host[0]->data[p] + (y * 64 >> ss_ver) * host[0]->stride[p] +
                                    (ptrdiff_t) (x * 64 >> ss_hor) * px;
                plane.dst.buf = px == 1 ? at : CONVERT_TO_BYTEPTR(at);
                (ss_hor ? vp9_filter_block_plane_ss11 : vp9_filter_block_plane_ss00)(cm, &plane, y * 8, &m);
            }
        }
}

/* ---- the device ---- */

static int crossings(const DaedalusVp9LfSb *const sb, const int uv) {
    int res = qpu_vp9_lf_cross8(sb->left[0], sb->left[1], sb->inner) ? QPU_VP9_LF_CROSS_Y : 0;
    if (uv && qpu_vp9_lf_cross_uv(sb->left_uv[0], sb->left_uv[1], sb->inner_uv)) res |= QPU_VP9_LF_CROSS_UV;
    return res;
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    const DaedalusFrame *const f = op->frame[0];
    const DaedalusVp9LfSb *const sb = op->jobs;
    QpuVp9Lf p = { .sharpness = op->arg };
    (void) ctx;
    struct QpuVp9LfSb *const up = qpu_batch_upload(b, op->n_jobs * sizeof(*up), &p.sb);
    uint8_t *const cross = malloc(op->n_jobs);
    int any = 0;
    if (!up || !cross) {
        free(cross);
        return -ENOMEM;
    }
    for (size_t i = 0; i < op->n_jobs; i++) {
        qpu_vp9_lf_sb(&up[i], sb[i].left, sb[i].above, sb[i].inner, sb[i].left_uv, sb[i].above_uv, sb[i].inner_uv,
                      sb[i].level);
        any |= cross[i] = (uint8_t) crossings(&sb[i], has_uv(f));
    }
    p.cross = any ? cross : NULL;
    const int res = qpu_vp9_lf(b, &f->q, &p);
    free(cross);
    return res;
}

/* ---- the call ---- */

static const Kernel kernel = { .name = "vp9_lf", .codec = CODEC_VP9, .stage = QPU_STAGE_LF, .qpu = run_qpu, .cpu = run_cpu };

int daedalus_vp9_lf(DaedalusBatch *const batch, DaedalusFrame *const frame, const DaedalusVp9LfSb *const sb,
                    const size_t n_sb, const int sharpness)
{
    const int res = batch_check(batch, &frame, 1);
    if (res) return res;
    if (frame->q.ss_hor != frame->q.ss_ver) return -ENOTSUP;
    const int cols = sb_cols(frame), rows = sb_rows(frame);
    if (n_sb != (size_t) cols * (size_t) rows || sharpness < 0 || sharpness > 7) return -EINVAL;
    Op op = { .kernel = &kernel, .frame = { frame }, .n_frames = 1, .reads = 1, .arg = sharpness, .n_jobs = n_sb };
    DaedalusVp9LfSb *const mine = op.jobs = copied(sb, n_sb, sizeof(*sb));
    if (posix_memalign(&op.extra, 64, sizeof(VP9_COMMON))) op.extra = NULL;
    int err = mine && op.extra ? 0 : -ENOMEM;
    for (size_t i = 0; i < n_sb && !err; i++) {
        const int x = (int) (i % (size_t) cols), y = (int) (i / (size_t) cols);
        trim(&mine[i], frame, x, y);
        if (!is_valid(&mine[i], frame, x, y)) err = -EINVAL;
    }
    if (err) {
        free(mine);
        free(op.extra);
        return err;
    }
    for (int p = 0; p < frame->q.n_planes; p++)
        op.pixels += (uint64_t) frame_cols(frame, p) * (uint64_t) frame_rows(frame, p);
    return batch_add(batch, &op);
}
