/*
 * SPDX-License-Identifier: BSD-2-Clause
 *
 * Runs compute jobs, one instruction after the other, 16 lanes at a time: what
 * a QPU of V3D 7.1 computes, as far as the compiler (compiler/nir_to_vir.c,
 * qpu_schedule.c) says what it relies on.  Nothing here takes the time that it
 * takes there.
 *
 * - An instruction sees the registers that all before it have written: the
 *   compiler sees to it that no result is read too early.
 * - A store is in memory at once, a load's result is there at once.  Batches of
 *   a supergroup run one after the other, each up to its next barrier.
 * - What the compiler never asked for yet is not there: such a program stops
 *   the process and says which operation was missing.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "broadcom/common/v3d_csd.h"
#include "broadcom/qpu/qpu_disasm.h"
#include "broadcom/qpu/qpu_instr.h"
#include "util/macros.h"
#include "util/ralloc.h"
#include "v3d_exec.h"

#define LANES 16
#define N_SMALL 64
#define N_RESULTS 64    /* words that loads may have ready */
#define MAX_BATCHES 256 /* of a supergroup */

typedef uint32_t vu __attribute__((vector_size(64)));
typedef int32_t vi __attribute__((vector_size(64)));
typedef float vf __attribute__((vector_size(64)));

struct source {
    uint8_t reg; /* 64 and more: small immediates */
    uint8_t unpack;
};

struct alu {
    uint8_t op, waddr, pack, cond, pf, uf;
    bool magic;
    struct source a, b;
};

struct decoded {
    uint64_t instruction, executed;
    bool branch;
    struct v3d_qpu_sig sig;
    uint8_t sig_addr;
    struct alu add, mul;
    /* branches */
    uint8_t cond, msfign;
    bool ub;
    int32_t target; /* index of an instruction */
};

struct v3d_exec_program {
    struct v3d_exec_program *next; /* of all that were decoded */
    uint64_t batches;
    uint32_t count;
    bool barriers;
    struct decoded code[];
};

struct batch {
    vu regs[64 + N_SMALL];
    vu a, b;      /* flags, ~0 or 0 */
    vu msf;       /* ~0: the lane exists */
    vu rtop;      /* of multop */
    vu data[8];   /* for the next store */
    vu results[N_RESULTS];
    uint32_t n_data, first_result, n_results;
    uint32_t unif, unifa; /* addresses */
    uint32_t pc, index, executed;
    int32_t branch_in, target; /* delay slots left */
    bool sync, done;
};

/* Which 64-byte lines a job touches */
struct lines {
    uint64_t *bits;
    uint32_t *touched;
    uint32_t n, size;
};

static struct lines lines_read, lines_written;
static struct v3d_exec_program *programs;

static void __attribute__((noreturn)) unknown(const char *what, const char *name)
{
    fprintf(stderr, "v3d shim: cannot execute %s %s\n", what, name);
    abort();
}

static void touch(struct lines *l, uint32_t address)
{
    const uint32_t line = address >> 6;

    if (!l->bits)
        l->bits = calloc(1 << 20, sizeof(*l->bits));
    if (l->bits[line >> 6] >> (line & 63) & 1)
        return;
    l->bits[line >> 6] |= 1ull << (line & 63);
    if (l->n == l->size) {
        l->size = l->size ? l->size * 2 : 4096;
        l->touched = realloc(l->touched, l->size * sizeof(*l->touched));
    }
    l->touched[l->n++] = line;
}

static uint64_t forget(struct lines *l)
{
    const uint64_t bytes = l->n * 64ull;

    for (uint32_t i = 0; i < l->n; i++)
        l->bits[l->touched[i] >> 6] = 0;
    l->n = 0;
    return bytes;
}

static inline vf as_float(vu x)
{
    return (vf)x;
}

static inline vu select_lanes(vu mask, vu x, vu y)
{
    return (mask & x) | (~mask & y);
}

static inline vu is_true(vi comparison)
{
    return (vu)comparison;
}

static inline vf half_to_float(vu h)
{
    const vf magnitude = as_float((h & 0x7fff) << 13) * 0x1p112f;
    return as_float((vu)magnitude | (h & 0x8000) << 16);
}

/* To the nearest, ties to even */
static inline vu float_to_half(vf f)
{
    const vu x = (vu)f, sign = x >> 16 & 0x8000, a = x & 0x7fffffff;
    const vu normal = (a + 0xfff + (a >> 13 & 1) - 0x38000000) >> 13;
    const vu tiny = (vu)(as_float(a) + 0.5f) - 0x3f000000;
    vu h = select_lanes(is_true(a < 0x38800000), tiny, normal);
    h = select_lanes(is_true(a >= 0x47800000), (vu){ 0 } + 0x7c00, h);
    return h | sign;
}

static inline vf clamp(vf x, float low, float high)
{
    const vf l = (vf){ 0 } + low, h = (vf){ 0 } + high;
    x = as_float(select_lanes(is_true(x > l), (vu)x, (vu)l));
    return as_float(select_lanes(is_true(x < h), (vu)x, (vu)h));
}

static inline vu read_source(const struct batch *t, struct source s)
{
    const vu x = t->regs[s.reg];

    switch (s.unpack) {
    case V3D_QPU_UNPACK_NONE: return x;
    case V3D_QPU_UNPACK_ABS: return x & 0x7fffffff;
    case V3D_QPU_UNPACK_L: return (vu)half_to_float(x);
    case V3D_QPU_UNPACK_H: return (vu)half_to_float(x >> 16);
    case V3D71_QPU_UNPACK_SAT: return (vu)clamp(as_float(x), 0, 1);
    case V3D71_QPU_UNPACK_NSAT: return (vu)clamp(as_float(x), -1, 1);
    case V3D71_QPU_UNPACK_MAX0: return (vu)clamp(as_float(x), 0, INFINITY);
    case V3D_QPU_UNPACK_UL: return x & 0xffff;
    case V3D_QPU_UNPACK_UH: return x >> 16;
    case V3D_QPU_UNPACK_IL: return (vu)((vi)(x << 16) >> 16);
    case V3D_QPU_UNPACK_IH: return (vu)((vi)x >> 16);
    default: unknown("unpack", v3d_qpu_unpack_name(s.unpack));
    }
}

static inline vu condition(const struct batch *t, uint8_t cond)
{
    switch (cond) {
    case V3D_QPU_COND_IFA: return t->a;
    case V3D_QPU_COND_IFB: return t->b;
    case V3D_QPU_COND_IFNA: return ~t->a;
    case V3D_QPU_COND_IFNB: return ~t->b;
    default: return ~(vu){ 0 };
    }
}

static vf each(vf x, float (*function)(float))
{
    for (int i = 0; i < LANES; i++)
        x[i] = function(x[i]);
    return x;
}

/* Of the lanes in mask, the first; LANES: none */
static int first_lane(vu mask)
{
    int i = 0;
    while (i < LANES && !mask[i])
        i++;
    return i;
}

static vu add_alu(struct batch *t, const struct alu *in, vu *carry)
{
    const vu a = read_source(t, in->a), b = read_source(t, in->b);
    const vf fa = as_float(a), fb = as_float(b);
    const vu ones = ~(vu){ 0 };
    vu r;

    switch (in->op) {
    case V3D_QPU_A_NOP: return (vu){ 0 };
    case V3D_QPU_A_FADD:
    case V3D_QPU_A_FADDNF: return (vu)(fa + fb);
    case V3D_QPU_A_FSUB: return (vu)(fa - fb);
    case V3D_QPU_A_ADD: r = a + b; *carry = is_true(r < a); return r;
    case V3D_QPU_A_SUB: *carry = is_true(a < b); return a - b;
    case V3D_QPU_A_MIN:
        *carry = is_true((vi)a > (vi)b);
        return select_lanes(*carry, b, a);
    case V3D_QPU_A_MAX: return select_lanes(is_true((vi)a > (vi)b), a, b);
    case V3D_QPU_A_UMIN: return select_lanes(is_true(a < b), a, b);
    case V3D_QPU_A_UMAX: return select_lanes(is_true(a > b), a, b);
    case V3D_QPU_A_SHL: return a << (b & 31);
    case V3D_QPU_A_SHR: return a >> (b & 31);
    case V3D_QPU_A_ASR: return (vu)((vi)a >> (vi)(b & 31));
    case V3D_QPU_A_ROR: return a >> (b & 31) | a << (-b & 31);
    case V3D_QPU_A_FMIN: return select_lanes(is_true(fa < fb), a, b);
    case V3D_QPU_A_FMAX: return select_lanes(is_true(fa > fb), a, b);
    case V3D_QPU_A_AND: return a & b;
    case V3D_QPU_A_OR: return a | b;
    case V3D_QPU_A_XOR: return a ^ b;
    case V3D_QPU_A_NOT: return ~a;
    case V3D_QPU_A_NEG: return -a;
    case V3D_QPU_A_MOV:
    case V3D_QPU_A_FMOV: return a;
    case V3D_QPU_A_FCMP:
        /* zero: equal, negative: less, carry: not greater */
        *carry = is_true(fa <= fb);
        return (is_true(fa != fb) & 1) | (is_true(fa < fb) & 0x80000000);
    case V3D_QPU_A_ITOF: return (vu)__builtin_convertvector((vi)a, vf);
    case V3D_QPU_A_UTOF:
        for (int i = 0; i < LANES; i++)
            r[i] = ((union { float f; uint32_t u; }){ (float)a[i] }).u;
        return r;
    case V3D_QPU_A_FTOIZ: return (vu)__builtin_convertvector(clamp(fa, -0x1p31f, 0x1.fffffep30f), vi);
    case V3D_QPU_A_FTOIN: return (vu)__builtin_convertvector(each(clamp(fa, -0x1p31f, 0x1.fffffep30f), rintf), vi);
    case V3D_QPU_A_FTOUZ:
        if (first_lane(is_true(fa >= 0x1p31f)) == LANES)
            return (vu)__builtin_convertvector(clamp(fa, 0, 0x1.fffffep30f), vi);
        for (int i = 0; i < LANES; i++)
            r[i] = fa[i] >= 0x1p32f ? UINT32_MAX : fa[i] > 0 ? (uint32_t)fa[i] : 0;
        return r;
    case V3D_QPU_A_FFLOOR: return (vu)each(fa, floorf);
    case V3D_QPU_A_FCEIL: return (vu)each(fa, ceilf);
    case V3D_QPU_A_FTRUNC: return (vu)each(fa, truncf);
    case V3D_QPU_A_FROUND: return (vu)each(fa, rintf);
    case V3D_QPU_A_RECIP: return (vu)(1.0f / fa);
    case V3D_QPU_A_CLZ:
        for (int i = 0; i < LANES; i++)
            r[i] = a[i] ? __builtin_clz(a[i]) : 32;
        return r;
    case V3D_QPU_A_VFPACK: return float_to_half(fa) | float_to_half(fb) << 16;
    case V3D_QPU_A_TIDX: return (vu){ 0 } + (t->index & 63);
    case V3D_QPU_A_EIDX: return (vu){ 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
    case V3D_QPU_A_MSF: return t->msf & 1;
    case V3D_QPU_A_BARRIERID:
    case V3D_QPU_A_TMUWT: return (vu){ 0 };
    case V3D_QPU_A_ROT:
        for (int i = 0; i < LANES; i++)
            r[i] = a[(i - b[i]) & 15];
        return r;
    case V3D_QPU_A_SHUFFLE:
        for (int i = 0; i < LANES; i++)
            r[i] = a[b[i] & 15];
        return r;
    case V3D_QPU_A_BALLOT: {
        const vu on = condition(t, in->cond) & t->msf & is_true(a != 0);
        uint32_t bits = 0;
        for (int i = 0; i < LANES; i++)
            bits |= (on[i] & 1) << i;
        return (vu){ 0 } + bits;
    }
    case V3D_QPU_A_BCASTF: {
        const int i = first_lane(condition(t, in->cond) & t->msf);
        return (vu){ 0 } + a[i & 15];
    }
    case V3D_QPU_A_ALLEQ: {
        const vu on = condition(t, in->cond) & t->msf;
        const int i = first_lane(on);
        return first_lane(on & is_true(a != a[i & 15])) == LANES ? ones & 1 : (vu){ 0 };
    }
    case V3D_QPU_A_FLAFIRST:
    case V3D_QPU_A_FLNAFIRST: {
        const int i = first_lane(in->op == V3D_QPU_A_FLAFIRST ? t->a : ~t->a);
        r = (vu){ 0 };
        if (i < LANES)
            r[i] = 1;
        return r;
    }
    default: unknown("add operation", v3d_qpu_add_op_name(in->op));
    }
}

static vu mul_alu(struct batch *t, const struct alu *in, vu *carry)
{
    const vu a = read_source(t, in->a), b = read_source(t, in->b);
    vu r;

    switch (in->op) {
    case V3D_QPU_M_NOP: return (vu){ 0 };
    case V3D_QPU_M_MOV:
    case V3D_QPU_M_FMOV: return a;
    case V3D_QPU_M_ADD: r = a + b; *carry = is_true(r < a); return r;
    case V3D_QPU_M_SUB: *carry = is_true(a < b); return a - b;
    case V3D_QPU_M_FMUL: return (vu)(as_float(a) * as_float(b));
    /* What umul24 leaves out of a product of 32 bits */
    case V3D_QPU_M_MULTOP:
        t->rtop = ((a >> 24) * b + a * (b >> 24)) << 24;
        return (vu){ 0 };
    case V3D_QPU_M_UMUL24:
        r = (a & 0xffffff) * (b & 0xffffff) + t->rtop;
        t->rtop = (vu){ 0 };
        return r;
    case V3D_QPU_M_SMUL24:
        return (vu)(((vi)(a << 8) >> 8) * ((vi)(b << 8) >> 8));
    default: unknown("mul operation", v3d_qpu_mul_op_name(in->op));
    }
}

static inline void update_flags(struct batch *t, const struct alu *in, vu r, vu carry, vu mask)
{
    if (in->pf) {
        const vu f = in->pf == V3D_QPU_PF_PUSHZ ? is_true(r == 0) :
                 in->pf == V3D_QPU_PF_PUSHN ? is_true((vi)r < 0) : carry;
        t->b = select_lanes(mask, t->a, t->b);
        t->a = select_lanes(mask, f, t->a);
    } else if (in->uf) {
        const int u = in->uf - V3D_QPU_UF_ANDZ, kind = u & 3;
        vu f = u < 4 ? is_true(r == 0) : u < 8 ? is_true((vi)r < 0) : carry;
        /* and, and not, nor not, nor */
        if (kind == 1 || kind == 2)
            f = ~f;
        const vu next = kind < 2 ? t->a & f : ~(t->a | f);
        t->a = select_lanes(mask, next, t->a);
    }
}

/* What an atomic operation makes of a word; without data, some mean others */
static uint32_t atomic(uint32_t op, bool store, uint32_t old, uint32_t x)
{
    if (!store && op != 8 && op != 9)
        unknown("atomic operation", "without data");
    switch (op) {
    case 0: return old + x;
    case 1: return old - x;
    case 2: return x;
    case 4: return MIN2(old, x);
    case 5: return MAX2(old, x);
    case 6: return MIN2((int32_t)old, (int32_t)x);
    case 7: return MAX2((int32_t)old, (int32_t)x);
    case 8: return store ? old & x : old + 1;
    case 9: return store ? old | x : old - 1;
    case 10: return old ^ x;
    default: unknown("atomic operation", "compare and exchange, or another");
    }
}

/* A load, store or atomic operation of 16 lanes. config, low bits first: 3 of the
 * type (signed bytes and 16 bits; 2, 3 or 4 words; unsigned bytes, 16 bits, a word),
 * 4 of the operation. Data that was written before makes it a store.
 */
static void access_memory(struct batch *t, uint8_t *mem, vu address, vu mask, uint32_t config,
                          struct v3d_exec_counts *counts)
{
    const uint32_t op = config >> 3 & 15, type = config & 7;
    const uint32_t words = type >= 2 && type <= 4 ? type : 1;
    const uint32_t bytes = type == 0 || type == 5 ? 1 : type == 1 || type == 6 ? 2 : 4;
    const bool store = t->n_data > 0, regular = op == 15;

    if (store && t->n_data != words)
        unknown("TMU store", "of another number of words than it was given");
    mask &= t->msf;
    counts->accesses++;
    uint32_t last = ~0u;
    for (uint32_t w = 0; w < words; w++) {
        vu r = { 0 };
        for (int i = 0; i < LANES; i++) {
            if (!mask[i])
                continue;
            const uint32_t at = address[i] + 4 * w;
            if (at >> 6 != last) {
                last = at >> 6;
                counts->lines++;
                touch(store ? &lines_written : &lines_read, at);
            }
            if (!regular) {
                uint32_t old;
                memcpy(&old, mem + at, 4);
                memcpy(mem + at, &(uint32_t){ atomic(op, store, old, t->data[0][i]) }, 4);
                r[i] = old;
            } else if (store) {
                memcpy(mem + at, &(uint32_t){ t->data[w][i] }, bytes);
            } else {
                uint32_t value = 0;
                memcpy(&value, mem + at, bytes);
                if (type == 0)
                    value = (int8_t)value;
                else if (type == 1)
                    value = (int16_t)value;
                r[i] = value;
            }
        }
        if (!store || !regular) {
            if (t->n_results == N_RESULTS)
                unknown("TMU load", "with more results than fit");
            t->results[(t->first_result + t->n_results++) % N_RESULTS] = r;
        }
    }
    t->n_data = 0;
}

static inline uint32_t next_uniform(struct batch *t, const uint8_t *mem)
{
    uint32_t u;
    memcpy(&u, mem + t->unif, 4);
    t->unif += 4;
    return u;
}

static inline void write_magic(struct batch *t, uint8_t *mem, uint8_t waddr, vu r, vu mask,
                               struct v3d_exec_counts *counts)
{
    switch (waddr) {
    case V3D_QPU_WADDR_NOP: break;
    case V3D_QPU_WADDR_TMUD:
        if (t->n_data == 8)
            unknown("TMU store", "of more than 8 words");
        t->data[t->n_data++] = r;
        break;
    case V3D_QPU_WADDR_TMUA: access_memory(t, mem, r, mask, ~0u, counts); break;
    case V3D_QPU_WADDR_TMUAU: access_memory(t, mem, r, mask, next_uniform(t, mem), counts); break;
    case V3D_QPU_WADDR_UNIFA: t->unifa = r[0]; break;
    case V3D_QPU_WADDR_SYNCB: t->sync = true; break;
    case V3D_QPU_WADDR_REP: t->regs[0] = (vu){ 0 } + r[0]; break;
    default: unknown("write to", "a special register");
    }
}

static inline void write_result(struct batch *t, uint8_t *mem, const struct alu *in, vu r, vu mask,
                                struct v3d_exec_counts *counts)
{
    if (in->magic) {
        write_magic(t, mem, in->waddr, r, mask, counts);
        return;
    }
    vu *const reg = &t->regs[in->waddr];
    if (in->pack == V3D_QPU_PACK_L)
        r = (*reg & 0xffff0000) | float_to_half(as_float(r));
    else if (in->pack == V3D_QPU_PACK_H)
        r = (*reg & 0xffff) | float_to_half(as_float(r)) << 16;
    *reg = select_lanes(mask, r, *reg);
}

static bool branch_taken(const struct batch *t, const struct decoded *d)
{
    const vu on = d->msfign == V3D_QPU_MSFIGN_NONE ? ~(vu){ 0 } : t->msf;

    switch (d->cond) {
    case V3D_QPU_BRANCH_COND_ALWAYS: return true;
    case V3D_QPU_BRANCH_COND_A0: return t->a[0];
    case V3D_QPU_BRANCH_COND_NA0: return !t->a[0];
    case V3D_QPU_BRANCH_COND_ALLA: return first_lane(on & ~t->a) == LANES;
    case V3D_QPU_BRANCH_COND_ANYNA: return first_lane(on & ~t->a) < LANES;
    case V3D_QPU_BRANCH_COND_ANYA: return first_lane(on & t->a) < LANES;
    default: return first_lane(on & t->a) == LANES;
    }
}

/* To the end, or to a thread switch after a barrier */
static void run(struct batch *t, struct v3d_exec_program *p, uint8_t *mem, struct v3d_exec_counts *counts)
{
    int switch_in = -1;

    while (t->pc < p->count) {
        struct decoded *const d = &p->code[t->pc];

        t->executed++;
        d->executed++;
        t->pc++;
        if (d->branch) {
            uint32_t jump = 0;
            if (d->ub)
                jump = next_uniform(t, mem);
            if (branch_taken(t, d)) {
                t->branch_in = 4;
                t->target = d->target;
                t->unif += jump;
            }
        } else {
            vu carry = { 0 }, mul_carry = { 0 };
            const vu add_mask = condition(t, d->add.cond), mul_mask = condition(t, d->mul.cond);
            const vu add = add_alu(t, &d->add, &carry);
            const vu mul = d->mul.op == V3D_QPU_M_NOP ? (vu){ 0 } : mul_alu(t, &d->mul, &mul_carry);

            update_flags(t, &d->add, add, carry, add_mask);
            update_flags(t, &d->mul, mul, mul_carry, mul_mask);
            if (d->mul.op != V3D_QPU_M_NOP && d->mul.op != V3D_QPU_M_MULTOP)
                write_result(t, mem, &d->mul, mul, mul_mask, counts);
            if (d->add.op != V3D_QPU_A_NOP)
                write_result(t, mem, &d->add, add, add_mask, counts);

            if (d->sig.ldunif)
                t->regs[0] = (vu){ 0 } + next_uniform(t, mem);
            if (d->sig.ldunifrf)
                t->regs[d->sig_addr] = (vu){ 0 } + next_uniform(t, mem);
            if (d->sig.ldunifa || d->sig.ldunifarf) {
                uint32_t u;
                memcpy(&u, mem + t->unifa, 4);
                t->unifa += 4;
                t->regs[d->sig.ldunifa ? 0 : d->sig_addr] = (vu){ 0 } + u;
            }
            if (d->sig.ldtmu) {
                if (!t->n_results)
                    unknown("ldtmu", "without a load");
                t->regs[d->sig_addr] = t->results[t->first_result];
                t->first_result = (t->first_result + 1) % N_RESULTS;
                t->n_results--;
            }
            if (d->sig.thrsw && t->sync) {
                t->sync = false;
                switch_in = 3;
            }
        }
        if (t->branch_in > 0 && !--t->branch_in)
            t->pc = t->target;
        if (switch_in > 0 && !--switch_in)
            return;
    }
    t->done = true;
    counts->instructions += t->executed;
    counts->longest = MAX2(counts->longest, t->executed);
}

static void decode_alu(struct alu *out, uint8_t op, const struct v3d_qpu_input *a, const struct v3d_qpu_input *b,
                       uint8_t waddr, bool magic, uint8_t pack, uint8_t cond, uint8_t pf, uint8_t uf,
                       bool small_a, bool small_b)
{
    *out = (struct alu) {
        .op = op, .waddr = waddr, .magic = magic, .pack = pack, .cond = cond, .pf = pf, .uf = uf,
        .a = { (a->raddr & 63) + (small_a ? 64 : 0), a->unpack },
        .b = { (b->raddr & 63) + (small_b ? 64 : 0), b->unpack },
    };
}

struct v3d_exec_program *v3d_exec_decode(const struct v3d_device_info *devinfo, const uint64_t *code, uint32_t count)
{
    struct v3d_exec_program *p = calloc(1, sizeof(*p) + count * sizeof(p->code[0]));

    p->count = count;
    for (uint32_t i = 0; i < count; i++) {
        struct v3d_qpu_instr q = { 0 };
        struct decoded *d = &p->code[i];

        if (!v3d_qpu_instr_unpack(devinfo, code[i], &q))
            unknown("instruction", "that Mesa does not know");
        d->instruction = code[i];
        d->sig = q.sig;
        d->sig_addr = q.sig_addr;
        d->branch = q.type == V3D_QPU_INSTR_TYPE_BRANCH;
        if (d->branch) {
            if (q.branch.bdi != V3D_QPU_BRANCH_DEST_REL ||
                (q.branch.ub && q.branch.bdu != V3D_QPU_BRANCH_DEST_REL))
                unknown("branch", "to an absolute address");
            d->cond = q.branch.cond;
            d->msfign = q.branch.msfign;
            d->ub = q.branch.ub;
            d->target = (int32_t)i + 4 + (int32_t)q.branch.offset / 8;
            continue;
        }
        if (q.sig.wrtmuc || q.sig.ldvary || q.sig.ldvpm || q.sig.ldtlb || q.sig.ldtlbu || q.sig.rotate)
            unknown("signal", "of graphics or textures");
        if (q.alu.mul.op == V3D_QPU_M_FMOV) {
            /* Mesa reads 2 of the 3 bits that it writes */
            static const uint8_t unpacks[8] = {
                V3D_QPU_UNPACK_ABS, V3D_QPU_UNPACK_NONE, V3D_QPU_UNPACK_L, V3D_QPU_UNPACK_H,
                V3D71_QPU_UNPACK_SAT, V3D71_QPU_UNPACK_NSAT, V3D71_QPU_UNPACK_MAX0,
            };
            q.alu.mul.a.unpack = unpacks[q.alu.mul.b.raddr >> 2 & 7];
        }
        decode_alu(&d->add, q.alu.add.op, &q.alu.add.a, &q.alu.add.b, q.alu.add.waddr, q.alu.add.magic_write,
                   q.alu.add.output_pack, q.flags.ac, q.flags.apf, q.flags.auf, q.sig.small_imm_a, q.sig.small_imm_b);
        decode_alu(&d->mul, q.alu.mul.op, &q.alu.mul.a, &q.alu.mul.b, q.alu.mul.waddr, q.alu.mul.magic_write,
                   q.alu.mul.output_pack, q.flags.mc, q.flags.mpf, q.flags.muf, q.sig.small_imm_c, q.sig.small_imm_d);
        if ((d->add.magic && d->add.waddr == V3D_QPU_WADDR_SYNCB) ||
            (d->mul.magic && d->mul.waddr == V3D_QPU_WADDR_SYNCB))
            p->barriers = true;
    }
    p->next = programs;
    programs = p;
    return p;
}

void v3d_exec_profile(const struct v3d_device_info *devinfo, FILE *file)
{
    for (const struct v3d_exec_program *p = programs; p; p = p->next) {
        fprintf(file, "program insts %u batches %llu\n", p->count, (unsigned long long)p->batches);
        for (uint32_t i = 0; i < p->count; i++) {
            const struct decoded *const d = &p->code[i];
            const char *const text = v3d_qpu_disasm(devinfo, d->instruction);
            fprintf(file, "%12llu %8.2f %5u  %s", (unsigned long long)d->executed,
                    (double)d->executed / MAX2(p->batches, 1), i, text);
            if (d->branch)
                fprintf(file, " -> %d", d->target);
            fprintf(file, "\n");
            ralloc_free((void *)text);
        }
    }
}

/* counts: of workgroups in x, y, z. Lanes are the items of the supergroup's
 * workgroups, one after the other.
 */
static void start_batch(const struct v3d_device_info *devinfo, struct batch *t, uint32_t index,
                        uint32_t first_group, uint32_t groups, uint32_t group_size, const uint32_t counts[3], uint32_t uniforms)
{
    uint32_t bits = 6;

    while (1u << bits < group_size)
        bits++;
    memset(t, 0, sizeof(*t));
    for (uint32_t i = 0; i < N_SMALL; i++) {
        uint32_t value;
        if (v3d_qpu_small_imm_unpack(devinfo, i, &value))
            t->regs[64 + i] = (vu){ 0 } + value;
    }
    t->unif = uniforms;
    t->index = index;
    for (uint32_t i = 0; i < LANES; i++) {
        const uint32_t item = index * LANES + i, group = item / group_size, local = item % group_size;
        const uint32_t n = first_group + group;
        if (group >= groups)
            continue;
        t->msf[i] = ~0u;
        t->regs[3][i] = n % counts[0] | n / counts[0] % counts[1] << 16;
        t->regs[2][i] = n / counts[0] / counts[1] | group << 16 | local << (32 - bits);
    }
}

void v3d_exec_csd(const struct v3d_device_info *devinfo, struct v3d_exec_program *p, uint8_t *mem,
                  const uint32_t cfg[7], struct v3d_exec_counts *counts)
{
    const uint32_t n[3] = { cfg[0] >> 16, cfg[1] >> 16, cfg[2] >> 16 };
    const uint32_t group_size = cfg[3] & 0xff ? cfg[3] & 0xff : 256;
    const uint32_t per_super = cfg[3] >> 8 & 15 ? cfg[3] >> 8 & 15 : 16;
    const uint32_t all = n[0] * n[1] * n[2];
    static struct batch *batches;

    if (!batches)
        batches = aligned_alloc(64, sizeof(*batches) * MAX_BATCHES);
    memset(counts, 0, sizeof(*counts));
    for (uint32_t first = 0; first < all; first += per_super) {
        const uint32_t groups = all - first < per_super ? all - first : per_super;
        const uint32_t todo = (groups * group_size + LANES - 1) / LANES;
        bool more = true;

        p->batches += todo;
        if (todo > MAX_BATCHES)
            unknown("supergroup", "of that many batches");
        if (!p->barriers) {
            for (uint32_t i = 0; i < todo; i++) {
                start_batch(devinfo, batches, i, first, groups, group_size, n, cfg[6]);
                run(batches, p, mem, counts);
            }
            continue;
        }
        for (uint32_t i = 0; i < todo; i++)
            start_batch(devinfo, &batches[i], i, first, groups, group_size, n, cfg[6]);
        while (more) {
            more = false;
            for (uint32_t i = 0; i < todo; i++) {
                if (!batches[i].done)
                    run(&batches[i], p, mem, counts);
                more |= !batches[i].done;
            }
        }
    }
    counts->read = forget(&lines_read);
    counts->written = forget(&lines_written);
}

static uint32_t word(const uint8_t *p)
{
    uint32_t w;
    memcpy(&w, p, 4);
    return w;
}

/* Bytes of the packets that v3dv's copies of buffers consist of */
static uint32_t packet_length(uint8_t opcode)
{
    switch (opcode) {
    case 13: case 18: case 19: case 25: case 26: case 27: case 125: return 1;
    case 21: case 126: return 2;
    case 23: return 3;
    case 124: return 4;
    case 16: case 123: return 5;
    case 20: case 121: case 122: return 9;
    case 29: case 30: return 13;
    default: return 0;
    }
}

/* Copies are renderings of a picture of single lines: each tile is loaded from
 * one buffer and stored to the other, in a list that all tiles share.
 */
bool v3d_exec_copy(uint8_t *mem, uint32_t start, uint32_t end)
{
    uint32_t height = 0, list = 0, list_end = 0, source = 0, target = 0, stride[2] = { 0 };

    for (uint32_t at = start, n; at < end; at += n) {
        const uint8_t *const p = mem + at;
        if (!(n = packet_length(p[0])))
            return false;
        if (p[0] == 16) { /* BRANCH: the list goes on elsewhere */
            at = word(p + 1) - n;
            end = ~0u;
        } else if (p[0] == 121 && !(p[1] & 7)) { /* TILE_RENDERING_MODE_CFG_COMMON */
            height = word(p + 4) & 0xffff;
        } else if (p[0] == 20) { /* START_ADDRESS_OF_GENERIC_TILE_LIST */
            list = word(p + 1);
            list_end = word(p + 5);
        } else if (p[0] == 13) { /* END_OF_RENDERING */
            break;
        }
    }
    for (uint32_t at = list, n; at < list_end; at += n) {
        const uint8_t *const p = mem + at;
        if (!(n = packet_length(p[0])))
            return false;
        const bool raster = !(word(p) >> 12 & 7);
        if (p[0] == 30 && raster) { /* LOAD_TILE_BUFFER_GENERAL */
            source = word(p + 9);
            stride[0] = word(p + 4) >> 4 & 0xfffff;
        } else if (p[0] == 29 && raster) { /* STORE_TILE_BUFFER_GENERAL */
            target = word(p + 9);
            stride[1] = word(p + 4) >> 4 & 0xfffff;
        }
    }
    if (!source && !target)
        return true; /* nothing to do: the end of a submission */
    if (!source || !target || stride[0] != stride[1])
        return false;
    memmove(mem + target, mem + source, (size_t)stride[0] * height);
    return true;
}
