#!/usr/bin/env python3
"""Compiles one compute shader: GLSL -> SPIR-V -> optimised -> a C file that
defines `const QpuKernel qpu_k_NAME`, and the SPIR-V beside it."""

import argparse
import struct
import subprocess
import sys

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
    ap.add_argument('-I', dest='include', action='append', default=[])
    ap.add_argument('-D', dest='define', action='append', default=[])
    a = ap.parse_args()

    run(a.glslang, '-V', '--target-env', 'vulkan1.1', '--quiet', '-S', 'comp',
        *('-I' + i for i in a.include), *('-D' + d for d in a.define),
        '--depfile', a.depfile, '-o', a.spv, a.source)
    # glslang names the SPIR-V as the target, ninja wants the first output
    with open(a.depfile) as f:
        deps = f.read().split(':', 1)[1]
    with open(a.depfile, 'w') as f:
        f.write(a.c + ':' + deps)
    run(a.opt, '--target-env=vulkan1.1', *PASSES, a.spv, '-o', a.spv)
    run(a.val, '--target-env', 'vulkan1.1', a.spv)

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
