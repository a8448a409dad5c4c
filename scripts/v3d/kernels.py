"""The project's compute shaders as V3D 7.1's compiler sees them, and the table
of that in docs/shaders.md: for scripts/shader-table, scripts/v3d-model and
scripts/test."""

import concurrent.futures
import glob
import hashlib
import json
import os
import re
import struct
import subprocess
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RUN = os.path.join(ROOT, 'scripts', 'v3d', 'run')
SHADERS = os.path.join(ROOT, 'build', 'release', 'qpu', 'shaders')
CACHE = os.path.join(ROOT, 'build', 'cache', 'v3d')
DOCS = os.path.join(ROOT, 'docs', 'shaders.md')
# What the driver allows, and the decoders rely on.
LIMITS = {'storage buffers': 8, 'bytes of shared memory': 16384, 'bytes of push constants': 128, 'invocations': 256}
BEGIN, END = '<!-- scripts/shader-table: begin -->', '<!-- scripts/shader-table: end -->'
COLUMNS = {'kernel': 'name', 'instructions': 'instructions', 'threads': 'threads', 'registers': 'registers',
           'spills:fills': 'spills', 'scratch': 'scratch', 'TMU accesses': 'tmu', 'multiplies': 'multiplies',
           'loops': 'loops', 'shared bytes': 'shared', 'storage buffers': 'buffers'}


class Missing(Exception):
    """Something has to be built first; the message says by what."""


def directory():
    """Where scripts/v3d/setup has put the driver."""
    path = os.environ.get('V3D_DIR') or os.path.join(os.path.expanduser('~'), '.cache', 'v3d')
    if not os.path.exists(os.path.join(path, 'bin', 'compile')):
        raise Missing('no V3D compiler here: run scripts/v3d/setup once')
    return path


class Spirv:
    """What a compute shader's SPIR-V declares: its storage buffers, bytes of
    push constants and of shared memory, and invocations a workgroup."""

    def __init__(self, path, data):
        words = struct.unpack(f'<{len(data) // 4}I', data)
        if len(words) < 5 or words[0] != 0x07230203:
            raise ValueError(f'{path} is no SPIR-V')
        self.types, self.constants, self.offsets, self.strides = {}, {}, {}, {}
        self.invocations, bindings, pushed, shared = 1, set(), 0, 0
        at = 5
        while at < len(words):
            length, op = words[at] >> 16, words[at] & 0xffff
            a = words[at + 1:at + length]
            at += length
            if op == 16 and a[1] == 17: # OpExecutionMode LocalSize
                self.invocations = a[2] * a[3] * a[4]
            elif op == 71 and a[1] == 33: # OpDecorate Binding
                bindings.add(a[2])
            elif op == 71 and a[1] == 6: # ArrayStride
                self.strides[a[0]] = a[2]
            elif op == 72 and a[2] == 35: # OpMemberDecorate Offset
                self.offsets[a[0], a[1]] = a[3]
            elif op in (20, 21, 22, 23, 24, 28, 29, 30, 32): # OpType*: bool, int, float, vector, ... pointer
                self.types[a[0]] = (op, *a[1:])
            elif op in (43, 50): # OpConstant, OpSpecConstant
                self.constants[a[1]] = a[2]
            elif op == 59: # OpVariable
                if a[2] == 9: # PushConstant
                    pushed += self.size(self.types[a[0]][2])
                elif a[2] == 4: # Workgroup
                    shared += self.size(self.types[a[0]][2])
        self.buffers, self.pushed, self.shared = len(bindings), pushed, shared
        self.bindings = max(bindings, default=-1) + 1

    def size(self, type_id):
        """Bytes of a type, by its offsets and strides where it has some."""
        op, *a = self.types[type_id]
        if op == 20:
            return 4
        if op in (21, 22):
            return a[0] // 8
        if op in (23, 24):
            return self.size(a[0]) * a[1]
        if op == 28:
            return self.strides.get(type_id, self.size(a[0])) * self.constants[a[1]]
        return max((self.offsets.get((type_id, i), 0) if (type_id, i) in self.offsets else
                    sum(self.size(m) for m in a[:i])) + self.size(member) for i, member in enumerate(a))


class Kernel:
    """A shader and what became of it."""

    def __init__(self, path):
        with open(path, 'rb') as f:
            self.data = f.read()
        self.name, self.spirv = os.path.splitext(os.path.basename(path))[0], Spirv(path, self.data)
        self.buffers, self.shared = self.spirv.buffers, self.spirv.shared
        self.program = ''

    def driver(self, statistics, shaderdb, program):
        """Takes over the driver's statistics, the compiler's own line, the program's text."""
        self.instructions, self.threads = statistics['Instruction Count'], statistics['Thread Count']
        self.scratch = statistics['Spill Size'] # bytes of a batch: spilled registers, and arrays that became memory
        words = dict((name, value) for value, name in re.findall(r'([\d:]+) ([a-z:-]+)', shaderdb))
        self.registers, self.spills, self.loops = int(words['max-temps']), words['spills:fills'], int(words['loops'])
        self.program = program
        self.tmu = len(re.findall(r'\btmuau?,', program))
        self.multiplies = len(re.findall(r'\b[us]mul24\b', program))

    def row(self):
        return '| ' + ' | '.join(str(getattr(self, field)) for field in COLUMNS.values()) + ' |'

    def problems(self):
        """What of DESIGN's limits it does not keep."""
        found = []
        if self.spills != '0:0':
            found.append(f'spills registers ({self.spills})')
        elif self.scratch:
            found.append(f'{self.scratch // 16} bytes a lane of scratch memory: a local array that a variable indexes')
        for (what, limit), value in zip(LIMITS.items(), (self.spirv.buffers, self.spirv.shared, self.spirv.pushed,
                                                         self.spirv.invocations)):
            if value > limit:
                found.append(f'{value} {what}, {limit} are there')
        return found


def compiled(kernels):
    """What the driver says of these kernels, in order, from one run of it."""
    command = [RUN, os.path.join(directory(), 'bin', 'compile')]
    with tempfile.TemporaryDirectory() as copies: # a build may be writing the files anew
        for i, kernel in enumerate(kernels):
            path = os.path.join(copies, f'{i}.spv')
            with open(path, 'wb') as f:
                f.write(kernel.data)
            command += [path, str(kernel.spirv.bindings), str(LIMITS['bytes of push constants'])]
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors='replace',
                             env={**os.environ, 'V3D_DEBUG': 'shaderdb'})
    if run.returncode:
        raise RuntimeError(f'the V3D compiler ended with status {run.returncode}:\n' + run.stderr[-2000:])
    outputs, messages = (re.split(r'^shader .*\n', text, flags=re.M)[1:] for text in (run.stdout, run.stderr))
    if len(outputs) != len(kernels) or len(messages) != len(kernels):
        raise RuntimeError(f'{len(outputs)} results of {len(kernels)} shaders')
    for output, message in zip(outputs, messages):
        head, program = output.split('program\n', 1)
        yield {'statistics': {name: int(value) for name, value in re.findall(r'^(.+): (\d+)$', head, re.M)},
               'shaderdb': re.findall(r'^SHADER-DB.*', message, re.M)[-1], 'program': program.rsplit('end\n', 1)[0]}


def compile_all(paths):
    """Kernels of these SPIR-V files. All of the project's take three minutes
    of a processor, so what was compiled before is kept in build/cache/v3d."""
    kernels = [Kernel(path) for path in paths]
    with open(os.path.join(directory(), 'stamp'), 'rb') as f:
        driver = f.read()
    os.makedirs(CACHE, exist_ok=True)

    def entry(kernel):
        return os.path.join(CACHE, hashlib.sha256(driver + kernel.data).hexdigest() + '.json')

    entries = [entry(kernel) for kernel in kernels]
    todo = [(kernel, path) for kernel, path in zip(kernels, entries) if not os.path.exists(path)]

    def work(some):
        for (_, path), result in zip(some, compiled([kernel for kernel, _ in some])):
            with tempfile.NamedTemporaryFile('w', dir=CACHE, delete=False) as f:
                json.dump(result, f)
            os.replace(f.name, path)

    few = [todo[i:i + 8] for i in range(0, len(todo), 8)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(work, few))
    for kernel, path in zip(kernels, entries):
        with open(path) as f:
            kernel.driver(**json.load(f))
    return kernels


def built():
    """The shaders of build/release, in order."""
    paths = sorted(glob.glob(os.path.join(glob.escape(SHADERS), '*.spv')))
    if not paths:
        raise Missing('no shaders in build/release: run scripts/setup')
    return paths


def table(kernels):
    return '\n'.join(['| ' + ' | '.join(COLUMNS) + ' |', '| --- ' * len(COLUMNS) + '|'] + [k.row() for k in kernels]) + '\n'


def committed():
    """Rows of the table in docs/shaders.md: {kernel: {column: text}}."""
    with open(DOCS) as f:
        text = f.read()
    lines = text[text.index(BEGIN):text.index(END)].splitlines()
    rows = [[cell.strip() for cell in line.strip('| ').split('|')] for line in lines if line.startswith('|')]
    return {row[0]: dict(zip(rows[0], row)) for row in rows[2:]} if rows else {}
