/* AV1's deblocking: the device's kernels; the CPU's side is av1_lf_tmpl.c. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "av1_lf.h"
#include "qpu_av1.h"

/* A call's jobs in the device's form and order. */
typedef struct Edges {
    uint32_t n[2][QPU_AV1_N_LF];
    uint32_t edge[];
} Edges;

static void run_cpu(const Op *const op, const DaedalusPlanes *const *const host) {
    (op->frame[0]->q.bpc > 8 ? daedalus_lf_cpu_16bpc : daedalus_lf_cpu_8bpc)(op, host[0]);
}

static int run_qpu(DaedalusContext *const ctx, QpuBatch *const b, const Op *const op) {
    const Edges *const e = op->jobs;
    QpuAv1Lf p = { .sharpness = op->arg };
    (void) ctx;
    uint32_t *const up = qpu_batch_upload(b, op->n_jobs * sizeof(*up), &p.edges);
    if (!up) return -ENOMEM;
    memcpy(up, e->edge, op->n_jobs * sizeof(*up));
    memcpy(p.n, e->n, sizeof(p.n));
    return qpu_av1_lf(b, &op->frame[0]->q, &p);
}

/* ---- the call ---- */

static const Kernel kernel = { .name = "av1_lf", .codec = CODEC_AV1, .stage = QPU_STAGE_LF, .qpu = run_qpu, .cpu = run_cpu };

static const struct Size {
    uint8_t samples;
    uint8_t blocks;  /* that the transforms at both sides have at least, of 4 samples */
    uint8_t in_map;
    uint8_t changed; /* samples of a line */
} sizes[QPU_AV1_N_LF] = {
    [QPU_AV1_LF_4] = { 4, 1, 0, 4 }, [QPU_AV1_LF_6] = { 6, 2, 1, 4 },
    [QPU_AV1_LF_8] = { 8, 2, 1, 6 }, [QPU_AV1_LF_14] = { 14, 4, 2, 12 },
};

/* -1: the plane has no such filter */
static int size_of(const DaedalusAv1LfEdge *const e) {
    switch (e->size) {
    case 4: return QPU_AV1_LF_4;
    case 6: return e->plane ? QPU_AV1_LF_6 : -1;
    case 8: return e->plane ? -1 : QPU_AV1_LF_8;
    case 14: return e->plane ? -1 : QPU_AV1_LF_14;
    default: return -1;
    }
}

static int is_valid(const DaedalusFrame *const f, const DaedalusAv1LfEdge *const e) {
    if (e->plane >= f->q.n_planes || e->horizontal > 1 || e->level < 1 || e->level > 63 || (e->x | e->y) & 3 ||
        e->x >= frame_cols(f, e->plane) || e->y >= frame_rows(f, e->plane)) return 0;
    const int size = size_of(e), at = e->horizontal ? e->y : e->x;
    return size >= 0 && at > 0 && !(at & (sizes[size].blocks * 4 - 1));
}

static uint8_t *in_map(uint8_t *const map, const Av1LfMap *const m, const DaedalusAv1LfEdge *const e) {
    return map + m->at + (size_t) (e->y >> 2) * (size_t) m->cols + (e->x >> 2);
}

/* Whether no other edge is within what an edge's filter may read. */
static int is_alone(uint8_t *const map, const Av1LfMap *const m, const DaedalusAv1LfEdge *const e) {
    const uint8_t *const at = in_map(map, m, e);
    const int pos = (e->horizontal ? e->y : e->x) >> 2, end = e->horizontal ? m->rows : m->cols;
    const ptrdiff_t step = e->horizontal ? m->cols : 1;
    for (int i = 1; i < sizes[size_of(e)].blocks; i++)
        if (at[-i * step] || (pos + i < end && at[i * step])) return 0;
    return 1;
}

int daedalus_av1_lf(DaedalusBatch *const batch, DaedalusFrame *const frame, const DaedalusAv1LfEdge *const edges,
                    const size_t n_edges, const int sharpness)
{
    Op op = { .kernel = &kernel, .frame = { frame }, .n_frames = 1, .reads = 1, .arg = sharpness, .n_jobs = n_edges };
    int err = batch_check(batch, &frame, 1);
    if (err) return err;
    if (sharpness < 0 || sharpness > 7) return -EINVAL;
    if (!n_edges) return 0;
    Av1LfMap maps[3][2];
    for (int p = 0; p < frame->q.n_planes; p++)
        for (int hor = 0; hor < 2; hor++) maps[p][hor] = av1_lf_map(frame, p, hor);
    const Av1LfMap *const last = &maps[frame->q.n_planes - 1][1];
    const size_t most = last->at + (size_t) last->cols * (size_t) last->rows;
    if (n_edges > most) return -EINVAL; /* some are there twice */

    uint8_t *const map = op.extra = calloc(most, 1);
    Edges *const mine = op.jobs = malloc(sizeof(*mine) + n_edges * sizeof(*mine->edge));
    if (!map || !mine) {
        err = -ENOMEM;
        goto error;
    }
    memset(mine->n, 0, sizeof(mine->n));
    err = -EINVAL;
    for (size_t i = 0; i < n_edges; i++) {
        const DaedalusAv1LfEdge *const e = &edges[i];
        if (!is_valid(frame, e)) goto error;
        const int size = size_of(e);
        uint8_t *const at = in_map(map, &maps[e->plane][e->horizontal], e);
        if (*at) goto error;
        *at = (uint8_t) (sizes[size].in_map << AV1_LF_SIZE_SHIFT | e->level);
        mine->n[e->horizontal][size]++;
        op.pixels += 4 * sizes[size].changed;
    }
    uint32_t next[2][QPU_AV1_N_LF], n = 0;
    for (int hor = 0; hor < 2; hor++)
        for (int size = 0; size < QPU_AV1_N_LF; size++) {
            next[hor][size] = n;
            n += mine->n[hor][size];
        }
    for (size_t i = 0; i < n_edges; i++) {
        const DaedalusAv1LfEdge *const e = &edges[i];
        if (!is_alone(map, &maps[e->plane][e->horizontal], e)) goto error;
        mine->edge[next[e->horizontal][size_of(e)]++] = QPU_AV1_EDGE(e->x >> 2, e->y >> 2, e->plane, e->level);
    }
    return batch_add(batch, &op);

error:
    free(map);
    free(mine);
    return err;
}
