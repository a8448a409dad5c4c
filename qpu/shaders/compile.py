#!/usr/bin/env python3
"""Compiles one compute shader: GLSL -> SPIR-V -> optimised -> a C file that
defines `const QpuKernel qpu_k_NAME`, and the SPIR-V beside it."""

import argparse
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

# V3D's driver turns a local array that a loop indexes into memory before it
# unrolls the loop, so loops marked [[unroll]] are unrolled and arrays made
# scalars here (docs/shaders.md).
PASSES = """--eliminate-dead-branches --merge-return
--inline-entry-points-exhaustive --eliminate-dead-functions
--private-to-local --scalar-replacement=0 --ssa-rewrite --ccp --loop-unroll
--simplify-instructions --scalar-replacement=0 --ssa-rewrite --ccp
--simplify-instructions --eliminate-dead-code-aggressive
--redundancy-elimination --eliminate-dead-code-aggressive""".split()


def run(*cmd):
    p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode:
        sys.exit(' '.join(cmd) + '\n' + p.stdout)
    return p.stdout


def compile_spv(a, flags):
    """Writes a.spv and a.depfile."""
    run(a.glslang, '-V', '--quiet', *flags, '--depfile', a.depfile, '-o', a.spv, a.source)
    # glslang names the SPIR-V as the target, ninja wants the first output
    with open(a.depfile) as f:
        deps = f.read().split(':', 1)[1]
    with open(a.depfile, 'w') as f:
        f.write(a.c + ': ' + ' '.join(os.path.abspath(path) for path in deps.split()) + '\n')
    run(a.opt, '--target-env=vulkan1.1', *PASSES, a.spv, '-o', a.spv)
    run(a.val, '--target-env', 'vulkan1.1', a.spv)


def digest(a, deps):
    """Of everything that decides what the SPIR-V is."""
    h = hashlib.sha256()
    for tool in a.glslang, a.opt:
        h.update(run(tool, '--version').encode())
    for path in [__file__] + deps:
        with open(path, 'rb') as f:
            h.update(hashlib.sha256(f.read()).digest())
    return h.hexdigest()


def cached_spv(a, flags):
    """The same, by way of a folder that several builds share: one entry a
    source and flags, of the last time it was compiled."""
    source = os.path.abspath(a.source)
    entry = os.path.join(a.cache, hashlib.sha256(' '.join([source] + flags).encode()).hexdigest())
    try:
        with open(entry + '.json') as f:
            known = json.load(f)
        if known['digest'] == digest(a, known['deps']):
            shutil.copyfile(entry + '.' + known['digest'], a.spv)
            with open(a.depfile, 'w') as f:
                f.write(a.c + ': ' + ' '.join(known['deps']) + '\n')
            return
        os.unlink(entry + '.' + known['digest'])
    except FileNotFoundError:
        pass
    compile_spv(a, flags)
    with open(a.depfile) as f:
        deps = f.read().split(':', 1)[1].split()
    known = {'deps': deps, 'digest': digest(a, deps)}
    os.makedirs(a.cache, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=a.cache) as directory: # each file appears whole
        shutil.copyfile(a.spv, os.path.join(directory, 'spv'))
        with open(os.path.join(directory, 'json'), 'w') as f:
            json.dump(known, f)
        os.replace(os.path.join(directory, 'spv'), entry + '.' + known['digest'])
        os.replace(os.path.join(directory, 'json'), entry + '.json')


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('name')
    ap.add_argument('source')
    ap.add_argument('c')
    ap.add_argument('spv')
    ap.add_argument('depfile')
    ap.add_argument('--glslang', required=True)
    ap.add_argument('--opt', required=True)
    ap.add_argument('--val', required=True)
    ap.add_argument('--cache', help='folder of SPIR-V that other builds may have made')
    ap.add_argument('-I', dest='include', action='append', default=[])
    ap.add_argument('-D', dest='define', action='append', default=[])
    a = ap.parse_args()

    flags = ['--target-env', 'vulkan1.1', '-S', 'comp', *('-I' + i for i in a.include), *('-D' + d for d in a.define)]
    (cached_spv if a.cache else compile_spv)(a, flags)

    with open(a.spv, 'rb') as f:
        data = f.read()
    words = struct.unpack('<%dI' % (len(data) // 4), data)
    with open(a.c, 'w') as f:
        f.write('#include "kernels.h"\n\nstatic const uint32_t code[] = {\n')
        for i in range(0, len(words), 8):
            f.write('    ' + ' '.join('0x%08x,' % w for w in words[i:i + 8]) + '\n')
        f.write('};\n\nconst QpuKernel qpu_k_%s = { "%s", code, sizeof(code) };\n'
                % (a.name, a.name))


main()
