/* A plugin for qemu-user that counts, for each translated block, how often it
 * is executed, and writes "address instructions executions" in decimal, a
 * line a block, to the file of its argument out= when the program ends.
 *
 * Each thread of the program counts for itself: QEMU's own inline counters
 * are not atomic and lose counts with more than one. An address may have
 * several lines, because QEMU may translate it anew.
 *
 * Distributions don't package qemu-plugin.h, so what is needed of the API
 * (https://www.qemu.org/docs/master/devel/tcg-plugins.html) is declared here.
 * These functions are the same in all its versions; QEMU asks for ours. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define MAX_THREADS 128
#define MAX_BLOCKS (1 << 18)

typedef uint64_t PluginId;
typedef struct qemu_plugin_tb Block;

uint64_t qemu_plugin_tb_vaddr(const Block *);
size_t qemu_plugin_tb_n_insns(const Block *);
void qemu_plugin_register_vcpu_init_cb(PluginId, void (*)(PluginId, unsigned thread));
void qemu_plugin_register_vcpu_tb_trans_cb(PluginId, void (*)(PluginId, Block *));
void qemu_plugin_register_vcpu_tb_exec_cb(Block *, void (*)(unsigned thread, void *),
                                          int no_registers, void *);
void qemu_plugin_register_atexit_cb(PluginId, void (*)(PluginId, void *), void *);

EXPORT int qemu_plugin_version = PLUGIN_VERSION;
EXPORT int qemu_plugin_install(PluginId, const void *, int, char **);

static struct { uint64_t address, instructions; } blocks[MAX_BLOCKS];
static uint64_t executions[MAX_THREADS][MAX_BLOCKS]; /* pages come with use */
static unsigned n_blocks;

static void fail(const char *const what) {
    fprintf(stderr, "count-instructions: %s\n", what);
    _Exit(125);
}

static void thread_starts(const PluginId id, const unsigned thread) {
    if (thread >= MAX_THREADS) fail("too many threads");
}

static void executed(const unsigned thread, void *const block) {
    executions[thread][(uintptr_t) block]++;
}

static void translated(const PluginId id, Block *const tb) {
    /* Other threads may translate at the same time. */
    const unsigned block = __atomic_fetch_add(&n_blocks, 1, __ATOMIC_RELAXED);
    if (block >= MAX_BLOCKS) fail("too many blocks");
    blocks[block].address = qemu_plugin_tb_vaddr(tb);
    blocks[block].instructions = qemu_plugin_tb_n_insns(tb);
    qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, 0, (void *) (uintptr_t) block);
}

static void ends(const PluginId id, void *const path) {
    FILE *const out = fopen(path, "w");
    if (!out) fail("cannot write the counts");
    for (unsigned block = 0; block < n_blocks; block++) {
        uint64_t sum = 0;
        for (int thread = 0; thread < MAX_THREADS; thread++)
            sum += executions[thread][block];
        if (sum)
            fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n",
                    blocks[block].address, blocks[block].instructions, sum);
    }
    if (fclose(out)) fail("cannot write the counts");
}

int qemu_plugin_install(const PluginId id, const void *const info,
                        const int argc, char **const argv)
{
    if (argc != 1 || strncmp(argv[0], "out=", 4)) fail("usage: -plugin FILE,out=FILE");
    qemu_plugin_register_vcpu_init_cb(id, thread_starts);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, ends, argv[0] + 4);
    return 0;
}
