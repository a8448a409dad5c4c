/* Puts the intra prediction of a frame into as few dispatches as its
 * dependencies allow.
 *
 * A dispatch has to wait for the one before, so on a small device their number
 * is what counts. By levels, a dispatch has all blocks of a level: that is
 * fewest where the blocks are few and far between. By superblocks, a workgroup
 * does all of a superblock, barrier by barrier, and a dispatch has all
 * superblocks whose neighbours are done. Clusters are superblocks that share a
 * workgroup. They are parallelograms, each row one superblock further left
 * than the row above, for a superblock waits for the one above right. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/ipred_plan.h"
#include "bits.h"
#include "grow.h"

/* AUTO: the one with fewer dispatches of levels and superblocks. It looks at
 * clusters, where less runs side by side, only if these are more than FEW, and
 * more than one for JOBS_EACH jobs or than MANY. */
#define FEW_DISPATCHES 23
#define MANY_DISPATCHES 96
#define JOBS_EACH 128

#define MAX_JOBS (1U << 24) /* as far as the device's words count */
#define N_LEVELS (QPU_IPRED_MAX_LEVEL + 1)
#define MAX_CLUSTER_LOG2 2

/* Neighbours of a superblock that it waits for. */
enum { LEFT = 1, ABOVE = 2, ABOVE_LEFT = 4, ABOVE_RIGHT = 8, HAS_JOBS = 16 };

/* A superblock, and one that a block is copied from. */
struct Source {
    uint32_t sb, from;
};

struct QpuIpredPlanMem {
    const struct QpuIpredJob **order; /* as they are written */
    IpredPart *parts;           /* level 0, then those of the dispatches */
    uint32_t *groups;           /* two words each, then the passes */
    uint32_t n_groups;          /* words */
    uint32_t order_alloc, parts_alloc, groups_alloc;

    uint8_t *waits;             /* of each superblock */
    uint32_t *cluster_level;    /* 0: nothing to do */
    uint32_t *cluster_order;    /* those that have jobs, by level */
    uint32_t waits_alloc, level_alloc, cluster_alloc;
    struct Source *sources;     /* in the order of superblocks */
    uint32_t n_sources, sources_alloc;

    /* of one cluster, for luma and chroma: bits of the levels that occur, and
     * of those with chroma from luma; how many lower ones of luma; for each
     * level which step it becomes, and how many small and large jobs it has,
     * later where the next one goes */
    uint64_t occurs[2][N_LEVELS / 64], cfl[N_LEVELS / 64];
    uint16_t rank[N_LEVELS / 64];
    struct Level {
        uint32_t n[2], step;
    } levels[2][N_LEVELS];
    IpredPart steps[N_LEVELS];
};

/* What is planned, and how superblocks are put together: 1 << cluster of them
 * each way. */
struct Frame {
    struct QpuIpredPlanMem *m;
    const QpuIpredSb *sb;
    int sbw, sbh, sb_log2, ss_hor, ss_ver;
    int cluster, cluster_w;     /* clusters in a row */
    IpredPart first;
    uint32_t n_jobs, n_residual, max_level, max_cluster_level;
};

const IpredPart *ipred_plan_first(const QpuIpredPlan *const plan) {
    return &plan->mem->parts[0];
}

const IpredPart *ipred_plan_part(const QpuIpredPlan *const plan, const uint32_t dispatch) {
    return &plan->mem->parts[1 + dispatch];
}

#define GROW(array, alloc, need) qpu_grow(&(array), &(alloc), need, sizeof(*(array)))

/* Whether one of the sizes' two fields is more than 2; neither is more than 4. */
static int is_large(const struct QpuIpredJob *const job) {
    const uint32_t one = 1U << IPRED_LW_SHIFT | 1U << IPRED_LH_SHIFT;
    return ((job->pos + one) & one * 4) != 0;
}

static int is_chroma(const struct QpuIpredJob *const job) {
    return (job->pos & 3U << IPRED_PLANE_SHIFT) != 0;
}

static unsigned mode_of(const struct QpuIpredJob *const job) {
    return (job->how & 15) | job->how >> IPRED_MODE_BIT << 4;
}

static int clip(const int v, const int max) {
    return v < 0 ? 0 : v > max ? max : v;
}

/* ---- what waits for what ---- */

/* Notes the superblocks that a copy reads. */
static int add_sources(const struct Frame *const f, const struct QpuIpredJob *const job,
                       const uint32_t sb)
{
    struct QpuIpredPlanMem *const m = f->m;
    const int chroma = is_chroma(job);
    const int log2_w = f->sb_log2 - (chroma ? f->ss_hor : 0);
    const int log2_h = f->sb_log2 - (chroma ? f->ss_ver : 0);
    const int w = 4 << (job->pos >> IPRED_LW_SHIFT & 7), h = 4 << (job->pos >> IPRED_LH_SHIFT);
    const int sx = (int16_t) (job->arg & 0xffff), sy = (int16_t) (job->arg >> 16);
    const int x0 = clip(sx >> log2_w, f->sbw - 1), y0 = clip(sy >> log2_h, f->sbh - 1);
    const int x1 = clip((sx + w - 1 + (int) (job->arg2 & 1)) >> log2_w, f->sbw - 1);
    const int y1 = clip((sy + h - 1 + (int) (job->arg2 >> 1 & 1)) >> log2_h, f->sbh - 1);
    for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
            const uint32_t from = (uint32_t) (y * f->sbw + x);
            /* later ones aren't decoded: a broken stream may read them all the same */
            if (from >= sb) continue;
            const uint32_t n = m->n_sources;
            if (n && m->sources[n - 1].sb == sb && m->sources[n - 1].from == from) continue;
            if (GROW(m->sources, m->sources_alloc, n + 1)) return -ENOMEM;
            m->sources[m->n_sources++] = (struct Source) { sb, from };
        }
    return 0;
}

/* Which neighbours a block at the left or upper end of its superblock reads. */
static int reads(const struct Frame *const f, const struct QpuIpredJob *const job,
                 const int at_left, const int at_top)
{
    const uint32_t how = job->how;
    const unsigned mode = mode_of(job);
    if (mode == QPU_IPRED_KEEP || mode == QPU_IPRED_PAL) return 0;
    const int have_top = how >> IPRED_HAVE_TOP_BIT & 1, have_left = how >> IPRED_HAVE_LEFT_BIT & 1;
    int res = 0;
    if (at_left && have_left && (IPRED_READS_LEFT >> mode & 1 || !have_top)) res |= LEFT;
    if (at_top && have_top && (IPRED_READS_TOP >> mode & 1 || !have_left)) res |= ABOVE;
    if (have_top & have_left & IPRED_NEEDS_CORNER >> mode)
        res |= at_left && at_top ? ABOVE_LEFT : at_left ? LEFT : ABOVE;
    if (res & ABOVE && mode == QPU_IPRED_Z1) {
        const uint32_t sb4 = 1U << (f->sb_log2 - 2 - (is_chroma(job) ? f->ss_hor : 0));
        if ((job->pos & (sb4 - 1)) + (how >> IPRED_TOP_SHIFT & 63) > sb4)
            res |= ABOVE_RIGHT;
    }
    return res;
}

/* Looks at all jobs: how many, which levels, and, if superblocks are wanted,
 * what they wait for. */
static int scan(struct Frame *const f, const int superblocks) {
    struct QpuIpredPlanMem *const m = f->m;
    const uint32_t n_sb = (uint32_t) (f->sbw * f->sbh), end4 = (1U << (f->sb_log2 - 2)) - 1;
    const uint32_t end_x[2] = { end4, end4 >> f->ss_hor };
    const uint32_t end_y[2] = { end4 << IPRED_Y4_SHIFT, end4 >> f->ss_ver << IPRED_Y4_SHIFT };
    m->n_sources = 0;
    for (uint32_t i = 0; i < n_sb; i++) {
        const struct QpuIpredJob *job = f->sb[i].jobs;
        const uint16_t *level = f->sb[i].levels, *const end = level + f->sb[i].n;
        int waits = 0;
        m->waits[i] = 0;
        if (level == end) continue;
        if (f->sb[i].n > MAX_JOBS - f->n_jobs) return -ENOTSUP;
        f->n_jobs += f->sb[i].n;
        for (; level != end; level++, job++) {
            f->n_residual += job->how >> IPRED_RESIDUAL_BIT & 1;
            if (!*level) {
                if (is_large(job)) f->first.n_large++;
                else f->first.n_small++;
                continue;
            }
            waits |= HAS_JOBS;
            if (*level > f->max_level) f->max_level = *level;
            if (*level == 1 || !superblocks) continue; /* 1 waits for nobody */
            const int chroma = is_chroma(job);
            const int at_left = !(job->pos & end_x[chroma]), at_top = !(job->pos & end_y[chroma]);
            if (mode_of(job) == QPU_IPRED_COPY) {
                if (add_sources(f, job, i)) return -ENOMEM;
            } else if (at_left | at_top) {
                waits |= reads(f, job, at_left, at_top);
            }
        }
        m->waits[i] = (uint8_t) waits;
    }
    return f->max_level < QPU_IPRED_MAX_LEVEL ? 0 : -ERANGE;
}

static uint32_t cluster_of(const struct Frame *const f, const int x, const int y) {
    const int skew = y & ((1 << f->cluster) - 1);
    return (uint32_t) ((y >> f->cluster) * f->cluster_w + ((x + skew) >> f->cluster));
}

/* Calls each superblock of a cluster in turn: x, y and their index i. */
#define EACH_SB(f, cluster_nr, x, y, i) \
    for (int y = (int) (cluster_nr) / (f)->cluster_w << (f)->cluster, row_ = 0; \
         row_ < 1 << (f)->cluster && y < (f)->sbh; y++, row_++) \
        for (int x = ((int) (cluster_nr) % (f)->cluster_w << (f)->cluster) - row_, col_ = 0, \
             i = y * (f)->sbw + x; col_ < 1 << (f)->cluster; x++, i++, col_++) \
            if (x >= 0 && x < (f)->sbw)

/* The later of level and that of the cluster of superblock x, y, if it is
 * another one that has to be done before. UINT32_MAX if it comes later. */
static uint32_t wait_for(const struct Frame *const f, const uint32_t cluster, const int x,
                         const int y, const uint32_t level)
{
    const uint32_t other = cluster_of(f, x, y);
    if (other > cluster) return UINT32_MAX;
    if (other == cluster || !(f->m->waits[y * f->sbw + x] & HAS_JOBS)) return level;
    const uint32_t of_other = f->m->cluster_level[other];
    return of_other > level ? of_other : level;
}

/* Puts superblocks into clusters and those into an order. Returns the number
 * of dispatches, UINT32_MAX if it can't be done. */
static uint32_t order_clusters(struct Frame *const f, const int cluster) {
    const struct QpuIpredPlanMem *const m = f->m;
    const int end = (1 << cluster) - 1;
    uint32_t source = 0, max = 0;
    f->cluster = cluster;
    f->cluster_w = (f->sbw + 2 * end) >> cluster;
    const uint32_t n = (uint32_t) (f->cluster_w * ((f->sbh + end) >> cluster));
    for (uint32_t c = 0; c < n; c++) {
        uint32_t level = 0;
        int has_jobs = 0;
        EACH_SB(f, c, x, y, i) {
            static const struct { int8_t bit, dx, dy; } others[] = {
                { LEFT, -1, 0 }, { ABOVE, 0, -1 }, { ABOVE_LEFT, -1, -1 }, { ABOVE_RIGHT, 1, -1 }
            };
            const int waits = m->waits[i];
            if (!(waits & HAS_JOBS)) continue;
            has_jobs = 1;
            for (int k = 0; k < 4; k++) {
                const int ox = x + others[k].dx, oy = y + others[k].dy;
                if (waits & others[k].bit && ox >= 0 && oy >= 0 && ox < f->sbw &&
                    (level = wait_for(f, c, ox, oy, level)) == UINT32_MAX) return level;
            }
            if (!m->n_sources) continue;
            /* clusters of more than one don't come in the order of superblocks */
            if (cluster) {
                uint32_t lo = 0, hi = m->n_sources;
                while (lo < hi) {
                    const uint32_t mid = (lo + hi) / 2;
                    if (m->sources[mid].sb < (uint32_t) i) lo = mid + 1;
                    else hi = mid;
                }
                source = lo;
            }
            for (; source < m->n_sources && m->sources[source].sb == (uint32_t) i; source++) {
                const int from = (int) m->sources[source].from;
                level = wait_for(f, c, from % f->sbw, from / f->sbw, level);
                if (level == UINT32_MAX) return level;
            }
        }
        m->cluster_level[c] = level += (uint32_t) has_jobs;
        if (level > max) max = level;
    }
    return f->max_cluster_level = max;
}

/* ---- the jobs' order ---- */

/* n_large and n_small of parts become where the next of either goes; at is
 * where the first does. */
static uint32_t open_parts(IpredPart *const parts, const uint32_t n, uint32_t at) {
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t n_large = parts[i].n_large, n_small = parts[i].n_small;
        parts[i].first = parts[i].n_large = at;
        parts[i].n_small = at += n_large;
        at += n_small;
    }
    return at;
}

static void put(struct QpuIpredPlanMem *const m, IpredPart *const part,
                const struct QpuIpredJob *const job)
{
    m->order[is_large(job) ? part->n_large++ : part->n_small++] = job;
}

static void close_part(IpredPart *const part) {
    part->n_small -= part->n_large;
    part->n_large -= part->first;
}

static int sort_levels(struct Frame *const f) {
    struct QpuIpredPlanMem *const m = f->m;
    const uint32_t n_parts = f->max_level + 1, n_sb = (uint32_t) (f->sbw * f->sbh);
    if (GROW(m->parts, m->parts_alloc, n_parts)) return -ENOMEM;
    memset(m->parts, 0, n_parts * sizeof(*m->parts));
    for (uint32_t i = 0; i < n_sb; i++)
        for (uint32_t j = 0; j < f->sb[i].n; j++) {
            IpredPart *const part = &m->parts[f->sb[i].levels[j]];
            if (is_large(&f->sb[i].jobs[j])) part->n_large++;
            else part->n_small++;
        }
    open_parts(m->parts, n_parts, 0);
    for (uint32_t i = 0; i < n_sb; i++)
        for (uint32_t j = 0; j < f->sb[i].n; j++)
            put(m, &m->parts[f->sb[i].levels[j]], &f->sb[i].jobs[j]);
    for (uint32_t i = 0; i < n_parts; i++)
        close_part(&m->parts[i]);
    return 0;
}

/* Levels count over the whole frame, and luma's have little to do with
 * chroma's. Inside a cluster, a level becomes a step: 0, 1, 2... for those of
 * luma that occur; the same for chroma, where chroma from luma has to wait for
 * all luma of a lower level. Returns the number of steps. */
static uint32_t number_steps(struct QpuIpredPlanMem *const m, const unsigned min_word,
                             const unsigned max_word)
{
    uint32_t next[2] = { 0, 0 };
    for (int chroma = 0; chroma < 2; chroma++)
        for (unsigned w = min_word; w <= max_word; w++) {
            if (!chroma) m->rank[w] = (uint16_t) next[0];
            for (uint64_t bits = m->occurs[chroma][w]; bits; bits &= bits - 1) {
                struct Level *const level = &m->levels[chroma][w * 64 + (unsigned) __builtin_ctzll(bits)];
                const uint64_t lowest = bits & -bits;
                if (chroma && m->cfl[w] & lowest) {
                    const uint32_t after = m->rank[w] +
                        qpu_popcount(m->occurs[0][w] & (lowest - 1));
                    if (next[1] < after) next[1] = after;
                }
                level->step = next[chroma]++;
            }
        }
    return next[0] > next[1] ? next[0] : next[1];
}

/* Whatever is done with all levels of a cluster. */
#define EACH_LEVEL(m, level, min_word, max_word) \
    for (int chroma_ = 0; chroma_ < 2; chroma_++) \
        for (unsigned w_ = (min_word); w_ <= (max_word); w_++) \
            for (uint64_t bits_ = (m)->occurs[chroma_][w_]; bits_; bits_ &= bits_ - 1) \
                for (struct Level *level = \
                         &(m)->levels[chroma_][w_ * 64 + (unsigned) __builtin_ctzll(bits_)]; \
                     level; level = NULL)

/* A step becomes passes, as many jobs each as a workgroup has lanes for. */
static int add_passes(struct QpuIpredPlanMem *const m, const IpredPart *const step) {
    const uint32_t room = IPRED_SB_GROUP / IPRED_LARGE, per_large = IPRED_LARGE / IPRED_SMALL;
    uint32_t first = step->first, n_large = step->n_large, n_small = step->n_small;
    if (GROW(m->groups, m->groups_alloc, m->n_groups + n_large + n_small)) return -ENOMEM;
    while (n_large | n_small) {
        const uint32_t large = n_large < room ? n_large : room;
        const uint32_t left = (room - large) * per_large, small = n_small < left ? n_small : left;
        m->groups[m->n_groups++] = first | large << IPRED_PASS_LARGE_SHIFT |
                                   small << IPRED_PASS_SMALL_SHIFT;
        first += large + small;
        n_large -= large;
        n_small -= small;
    }
    return 0;
}

/* Sorts the jobs of a cluster; at is where the first goes. Returns where the
 * next cluster's do, 0 without memory. */
static uint32_t sort_cluster(const struct Frame *const f, const uint32_t cluster, const uint32_t at) {
    struct QpuIpredPlanMem *const m = f->m;
    unsigned min = N_LEVELS, max = 0;
    EACH_SB(f, cluster, x, y, i) {
        const struct QpuIpredJob *job = f->sb[i].jobs;
        const uint16_t *level = f->sb[i].levels, *const end = level + f->sb[i].n;
        for (; level != end; level++, job++) {
            const int chroma = is_chroma(job);
            const uint64_t bit = 1ULL << (*level & 63);
            if (!*level) continue;
            if (*level < min) min = *level;
            if (*level > max) max = *level;
            m->levels[chroma][*level].n[is_large(job)]++;
            m->occurs[chroma][*level >> 6] |= bit;
            if (mode_of(job) == QPU_IPRED_CFL) m->cfl[*level >> 6] |= bit;
        }
    }
    min >>= 6;
    max >>= 6;
    const uint32_t n_steps = number_steps(m, min, max);
    memset(m->steps, 0, n_steps * sizeof(*m->steps));
    EACH_LEVEL(m, level, min, max) {
        m->steps[level->step].n_small += level->n[0];
        m->steps[level->step].n_large += level->n[1];
    }
    const uint32_t end_at = open_parts(m->steps, n_steps, at);
    EACH_LEVEL(m, level, min, max) {
        IpredPart *const step = &m->steps[level->step];
        const uint32_t n_small = level->n[0], n_large = level->n[1];
        level->n[0] = step->n_small;
        level->n[1] = step->n_large;
        step->n_small += n_small;
        step->n_large += n_large;
    }
    EACH_SB(f, cluster, x, y, i) {
        const struct QpuIpredJob *job = f->sb[i].jobs;
        const uint16_t *level = f->sb[i].levels, *const end = level + f->sb[i].n;
        for (; level != end; level++, job++)
            if (*level) m->order[m->levels[is_chroma(job)][*level].n[is_large(job)]++] = job;
            else put(m, &m->parts[0], job);
    }
    EACH_LEVEL(m, level, min, max)
        level->n[0] = level->n[1] = 0;
    for (unsigned w = min; w <= max; w++)
        m->occurs[0][w] = m->occurs[1][w] = m->cfl[w] = 0;
    for (uint32_t i = 0; i < n_steps; i++) {
        close_part(&m->steps[i]);
        if (add_passes(m, &m->steps[i])) return 0;
    }
    return end_at;
}

static int sort_superblocks(struct Frame *const f) {
    struct QpuIpredPlanMem *const m = f->m;
    const uint32_t n_parts = f->max_cluster_level + 1;
    const int end = (1 << f->cluster) - 1;
    const uint32_t n_clusters = (uint32_t) (f->cluster_w * ((f->sbh + end) >> f->cluster));
    if (GROW(m->parts, m->parts_alloc, n_parts) ||
        GROW(m->cluster_order, m->cluster_alloc, n_clusters)) return -ENOMEM;
    memset(m->parts, 0, n_parts * sizeof(*m->parts));
    for (uint32_t c = 0; c < n_clusters; c++)
        m->parts[m->cluster_level[c]].n_large++;
    m->parts[0].n_large = 0;
    const uint32_t n_groups = open_parts(m->parts, n_parts, 0);
    for (uint32_t c = 0; c < n_clusters; c++)
        if (m->cluster_level[c])
            m->cluster_order[m->parts[m->cluster_level[c]].n_large++] = c;
    for (uint32_t i = 0; i < n_parts; i++)
        close_part(&m->parts[i]);

    if (GROW(m->groups, m->groups_alloc, 2 * n_groups)) return -ENOMEM;
    m->n_groups = 2 * n_groups;
    m->parts[0] = f->first;
    uint32_t at = open_parts(m->parts, 1, 0);
    for (uint32_t i = 0; i < n_groups; i++) {
        const uint32_t first = m->n_groups;
        at = sort_cluster(f, m->cluster_order[i], at);
        if (!at) return -ENOMEM;
        m->groups[2 * i] = first;
        m->groups[2 * i + 1] = m->n_groups - first;
    }
    /* palettes of clusters that have nothing else */
    for (uint32_t c = 0; c < n_clusters; c++)
        if (!m->cluster_level[c])
            EACH_SB(f, c, x, y, i)
                for (uint32_t j = 0; j < f->sb[i].n; j++)
                    put(m, &m->parts[0], &f->sb[i].jobs[j]);
    close_part(&m->parts[0]);
    return 0;
}

/* ---- the plan ---- */

static enum QpuIpredSchedule choose(struct Frame *const f, const enum QpuIpredSchedule want) {
    static const enum QpuIpredSchedule by_cluster[MAX_CLUSTER_LOG2 + 1] = {
        QPU_IPRED_SUPERBLOCKS, QPU_IPRED_CLUSTERS_2, QPU_IPRED_CLUSTERS_4
    };
    if (want == QPU_IPRED_LEVELS) return want;
    if (want != QPU_IPRED_AUTO) {
        int cluster = 0;
        while (by_cluster[cluster] != want) cluster++;
        if (order_clusters(f, cluster) == UINT32_MAX) order_clusters(f, cluster = 0);
        return by_cluster[cluster];
    }
    uint32_t enough = f->n_jobs / JOBS_EACH;
    if (enough < FEW_DISPATCHES) enough = FEW_DISPATCHES;
    if (enough > MANY_DISPATCHES) enough = MANY_DISPATCHES;
    uint32_t fewest = f->max_level;
    int best = -1, cluster = 0;
    for (; cluster <= MAX_CLUSTER_LOG2 && (!cluster || fewest > enough); cluster++) {
        const uint32_t n = order_clusters(f, cluster);
        if (n >= fewest) continue;
        fewest = n;
        best = cluster;
    }
    if (best < 0) return QPU_IPRED_LEVELS;
    if (best != cluster - 1) order_clusters(f, best);
    return by_cluster[best];
}

int qpu_ipred_plan(QpuIpredPlan *const plan, const QpuIpredSb *const sb,
                   const int sbw, const int sbh, const int sb_log2,
                   const int ss_hor, const int ss_ver, const enum QpuIpredSchedule want)
{
    if (!plan->mem && !(plan->mem = calloc(1, sizeof(*plan->mem)))) return -ENOMEM;
    struct QpuIpredPlanMem *const m = plan->mem;
    *plan = (QpuIpredPlan) { .schedule = QPU_IPRED_LEVELS, .mem = m };
    struct Frame f = {
        .m = m, .sb = sb, .sbw = sbw, .sbh = sbh, .sb_log2 = sb_log2, .ss_hor = ss_hor, .ss_ver = ss_ver
    };
    const int most = 2 * ((1 << MAX_CLUSTER_LOG2) - 1); /* clusters stand out */
    if (GROW(m->waits, m->waits_alloc, (uint32_t) (sbw * sbh)) ||
        GROW(m->cluster_level, m->level_alloc, (uint32_t) ((sbw + most) * (sbh + most)))) return -ENOMEM;
    int res = scan(&f, want != QPU_IPRED_LEVELS);
    if (res) return res;
    if (GROW(m->order, m->order_alloc, f.n_jobs)) return -ENOMEM;
    const enum QpuIpredSchedule schedule = choose(&f, want);
    m->n_groups = 0;
    if (schedule == QPU_IPRED_LEVELS) res = sort_levels(&f);
    else res = sort_superblocks(&f);
    if (res) return res;
    plan->schedule = schedule;
    plan->n_jobs = f.n_jobs;
    plan->n_first = f.first.n_large + f.first.n_small;
    plan->n_dispatches = schedule == QPU_IPRED_LEVELS ? f.max_level : f.max_cluster_level;
    plan->n_residual = f.n_residual;
    plan->jobs_size = f.n_jobs * sizeof(struct QpuIpredJob);
    plan->groups_size = m->n_groups * sizeof(*m->groups);
    return 0;
}

void qpu_ipred_plan_write(const QpuIpredPlan *const plan, void *const jobs_out,
                          void *const groups_out)
{
    struct QpuIpredJob *const out = jobs_out;
    for (uint32_t i = 0; i < plan->n_jobs; i++)
        out[i] = *plan->mem->order[i];
    if (plan->groups_size) memcpy(groups_out, plan->mem->groups, plan->groups_size);
}

void qpu_ipred_plan_free(QpuIpredPlan *const plan) {
    struct QpuIpredPlanMem *const m = plan->mem;
    if (m) {
        free(m->order);
        free(m->parts);
        free(m->groups);
        free(m->waits);
        free(m->cluster_level);
        free(m->cluster_order);
        free(m->sources);
        free(m);
    }
    memset(plan, 0, sizeof(*plan));
}
