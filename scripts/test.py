"""Every test of the project, step by step; see scripts/test, which calls
this once all is built."""

import argparse
import concurrent.futures
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

import decoders

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.append(os.path.join(ROOT, 'scripts', 'v3d'))
import jobs # noqa: E402
import kernels as v3d_kernels # noqa: E402

BUILD = os.path.join(ROOT, 'build')
LOG = os.path.join(BUILD, 'log', 'test')
RELEASE = os.path.join(BUILD, 'release')
OURS = os.path.join(BUILD, 'out')
STOCK = os.path.join(BUILD, 'stock', 'out')
STOCK_VPX = os.path.join(BUILD, 'stock', 'build-libvpx')
CLIPS = os.path.join(ROOT, 'conformance', 'clips')
VP9_CLIPS = os.path.join(ROOT, 'conformance', 'clips-vp9')
CLIP = os.path.join(CLIPS, 'superres-random.ivf') # has work for every filter
VP9_CLIP = os.path.join(VP9_CLIPS, 'base-420-8.ivf')
MANIFEST = os.path.join(os.path.dirname(ROOT), 'shared', 'vectors', 'MANIFEST.tsv')
VP9_1080P = os.path.join(os.path.dirname(MANIFEST), 'bench', 'pan1080-vp9.ivf')
# Clips with something to seek to.
SEEKS = ['--filter', '/(svt|rav1e|resize|key-frames|forward-key|show-existing|superres-random|layers)']
# Clips whose threads differ in what they do.
THREADS = '/(tile|resize|super|svt|layers|key-frames|forward|show-existing|intrabc|screen|grain-1|frame-parallel|multi-arf|error)'
# What the release and the stock build have in common.
MESON = ['--buildtype=release', '-Ddebug=true', '--libdir=lib', '-Dc_link_args=-Wl,-rpath,$ORIGIN/../lib']
LAYER = 'VK_LAYER_KHRONOS_validation'
ALL = 'mc,itx,ipred,lf,cdef,sr,lr,fg' # --qpu=all, but goes on without a device
FILTERS = 'lf,cdef,sr,lr'
VP9_ALL = 'mc,itx,ipred,lf'
MAX_DISPATCHES = '120'
VP9_MAX_DISPATCHES = '40' # of our clips and of one with 1080p; key frames of other streams may take MAX_DISPATCHES

options = argparse.Namespace()
STEPS = {}


def step(function):
    """Registers a test step; its docstring is its line in --list."""
    STEPS[function.__name__] = function
    return function


class Failed(Exception):
    """The step cannot go on."""


class Step:
    """Counts and logs what a step does. Any thread may call check()."""

    def __init__(self, name):
        self.name, self.passed, self.failed, self.skipped, self.failures = name, 0, 0, 0, []
        self.path = os.path.join(LOG, name + '.log')
        self.log = open(self.path, 'w')

    def note(self, text):
        self.log.write(text.rstrip('\n') + '\n')
        self.log.flush()

    def check(self, ok, what, details=''):
        self.note(('ok      ' if ok else 'FAILED  ') + what)
        if ok:
            self.passed += 1
        else:
            self.note(details)
            self.failed += 1
            self.failures.append('\n'.join([what] + details.strip().splitlines()[-12:]))
        return ok

    def skip(self, why):
        self.note('skipped ' + why)
        self.skipped += 1

    def run(self, *command, env=None, status=(0,)):
        """Runs a command into the log; returns its output."""
        self.note('$ ' + ' '.join(command))
        run = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, errors='replace', env=environment(env))
        self.note(run.stdout)
        if status is not None and run.returncode not in status:
            raise Failed(f'{command[0]} ended with status {run.returncode}')
        return run.stdout

    def count(self, output):
        """Takes over the "N passed, N failed[, N skipped]" that a test
        program prints last, and its lines about failures."""
        counts = re.findall(r'^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?', output, re.M)
        if not counts:
            raise Failed('no counts at the end of the output')
        passed, failed, skipped = (int(n or 0) for n in counts[-1])
        self.passed += passed
        self.failed += failed
        self.skipped += skipped
        self.failures += re.findall(r'^(?:FAIL|FAILED|CRASHED|TIMEOUT|STATS|MISSING|LIST) .*', output, re.M)

    def each(self, function, jobs):
        """Runs function(*job) for all jobs, as many at once as there are
        processors."""
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for result in [pool.submit(function, *job) for job in jobs]:
                result.result()


def environment(extra=None):
    """Ours, without settings that would change what the tests mean."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith('DAEDALUS_') and name not in ('CFLAGS', 'LDFLAGS')}
    env['XDG_CACHE_HOME'] = os.path.join(BUILD, 'cache')
    env['XDG_CONFIG_HOME'] = os.path.join(BUILD, 'config') # no recipe of the user's
    if options.device:
        env['DAEDALUS_DEVICE'] = options.device
    env.update(extra or {})
    return env


def meson(s, directory, args, targets, source=ROOT):
    """Configures (where the arguments changed) and builds."""
    stamp, wanted = os.path.join(directory, '.args'), repr([source] + args)
    if not os.path.exists(stamp) or open(stamp).read() != wanted:
        shutil.rmtree(directory, ignore_errors=True)
        s.run('meson', 'setup', *args, directory, source)
        with open(stamp, 'w') as f:
            f.write(wanted)
    s.run('ninja', '-C', directory, *targets)


def stock(s):
    """Upstream as it was released, into build/stock/out."""
    s.run(os.path.join(ROOT, 'scripts', 'fetch'), '--stock')
    directory = os.path.join(BUILD, 'stock', 'build')
    meson(s, directory, MESON + ['--prefix=' + STOCK, '-Denable_tests=false'], [],
          os.path.join(BUILD, 'stock', 'src'))
    s.run('meson', 'install', '-C', directory, '--no-rebuild', '--only-changed')


def stock_libvpx(s):
    """The same of libvpx, with types for abidiff."""
    s.run(os.path.join(ROOT, 'scripts', 'fetch'), '--stock')
    make = os.path.join(ROOT, 'scripts', 'make-libvpx')
    s.run(make, os.path.join(BUILD, 'stock', 'libvpx'), STOCK_VPX, 'cflags=-g', 'prefix=' + STOCK)
    s.run(make, '--install', STOCK_VPX)


def clips(folder=CLIPS):
    found = [path for ext in ('ivf', 'obu') for path in glob.glob(os.path.join(glob.escape(folder), '*.' + ext))]
    if not found:
        raise Failed(f'no clips in {os.path.relpath(folder, ROOT)}')
    return sorted(found, key=os.path.getsize)


class Decode:
    """One run of a decoder, in OURS, STOCK, or the program given: .status, .md5, .messages, .stats (None
    without)."""

    def __init__(self, program, clip, threads=1, mode=None, device=None, args=(), env=None):
        decoder = decoders.of_clip(clip)
        if program in (OURS, STOCK):
            program = os.path.join(program, 'bin', decoder.name)
        with tempfile.TemporaryDirectory() as directory:
            stats = os.path.join(directory, 'stats.json')
            command = decoder.command(program, clip, threads) + decoder.md5 + list(args)
            if mode:
                command += decoder.qpu(mode, device, stats)
            try:
                run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                     errors='replace', env=environment(env), timeout=600)
                self.status, self.md5, self.messages = run.returncode, run.stdout.strip(), run.stderr
            except subprocess.TimeoutExpired:
                self.status, self.md5, self.messages = 'timeout', '', ''
            self.stats = None
            if os.path.exists(stats):
                with open(stats) as f:
                    self.stats = json.load(f)
        self.text = f'{" ".join(command)}: status {self.status}, MD5 {self.md5 or "none"}\n{self.messages}'

    def result(self):
        return self.status, self.md5, self.messages


_expected = {}


def expected_md5(clip):
    if clip not in _expected:
        _expected[clip] = Decode(STOCK, clip).md5
    return _expected[clip]


def conformance(s, program, *args, codec='av1', env=None):
    """conformance/run with its table and failures in our log."""
    dav1d = codec == 'av1'
    s.count(s.run(os.path.join(ROOT, 'conformance', 'run'), '--codec', codec, '--decoder' if dav1d else '--vpxdec', program,
                  *(('--reference', os.path.join(STOCK, 'bin', 'dav1d')) if dav1d else
                    ('--vpxdec-reference', os.path.join(STOCK, 'bin', 'vpxdec'))), *args, env=env, status=(0, 1)))


def vpx_conformance(s, *args, codec='vp9', env=None):
    conformance(s, os.path.join(OURS, 'bin', 'vpxdec'), *args, codec=codec, env=env)


def seek_program(s, library, *flags):
    """conformance/seek.c with the library in that directory."""
    program = os.path.join(library, 'seek')
    s.run('cc', '-O2', '-g', *flags, '-o', program, os.path.join(ROOT, 'conformance', 'seek.c'),
          '-I' + os.path.join(OURS, 'include'), '-L' + library, '-ldav1d', '-Wl,-rpath,' + library)
    return program


# ---- the steps ----

@step
def upstream(s):
    """upstream's own tests, checkasm among them"""
    s.run('meson', 'test', '-C', RELEASE, '--no-suite', 'kernels', '--print-errorlogs', status=None)
    with open(os.path.join(RELEASE, 'meson-logs', 'testlog.json')) as f:
        for test in map(json.loads, f):
            s.check(test['result'] == 'OK', test['name'])


def fewer_cases():
    """For the kernel tests: every kind of case all the same."""
    return [] if options.thorough else ['--quick']


@step
def kernels(s):
    """each shader against upstream's C function"""
    checkqpu = os.path.join('qpu', 'tests', 'checkqpu')
    s.run('ninja', '-C', RELEASE, checkqpu)
    s.count(s.run(os.path.join(RELEASE, checkqpu), *fewer_cases(), status=(0, 1)))


@step
def api(s):
    """libdaedalus: jobs of all kinds on the device and the CPU, threads, errors; its names; its example"""
    test, library = os.path.join('qpu', 'tests', 'api'), os.path.join('qpu', 'api', 'libdaedalus.so.0')
    example = os.path.join('qpu', 'examples', 'idct')
    s.run('ninja', '-C', RELEASE, test, example)
    s.count(s.run(os.path.join(RELEASE, test), *fewer_cases(), status=(0, 1)))
    # libvpx's C functions instead of its SIMD
    s.count(s.run(os.path.join(RELEASE, test), '--quick', env={'VPX_SIMD_CAPS': '0'}, status=(0, 1)))
    names = [line.split()[2] for line in s.run('nm', '-D', '--defined-only', os.path.join(RELEASE, library)).splitlines()]
    strange = [name for name in names if not re.match('daedalus_|DAEDALUS_0$', name)]
    s.check(len(names) > 1 and not strange, 'only names of its own are exported', str(strange))
    declared = set(re.findall(r'^DAEDALUS_API .*?(daedalus_\w+)\(', open(os.path.join(OURS, 'include', 'daedalus.h')).read(), re.M))
    exported = {name.split('@')[0] for name in names} - {'DAEDALUS_0'}
    s.check(declared == exported, 'what the header declares is exported', str(declared ^ exported))
    needed = set(re.findall(r'\(NEEDED\).*\[(.*?)\.so', s.run('readelf', '-d', os.path.join(RELEASE, library))))
    s.check(needed <= {'libc', 'libm', 'libdl', 'libpthread', 'ld-linux-x86-64', 'ld-linux-aarch64'},
            'needs nothing but the C library', str(needed))
    s.run(os.path.join(RELEASE, example))
    # as others build it, from what is installed
    out = os.path.join(LOG, 'idct')
    env = {'PKG_CONFIG_PATH': os.path.join(OURS, 'lib', 'pkgconfig')}
    flags = s.run('pkg-config', '--cflags', '--libs', 'daedalus', env=env).split()
    s.run('cc', '-std=c11', '-D_GNU_SOURCE', '-O2', '-Wall', '-Wextra', '-Werror', '-o', out,
          os.path.join(ROOT, 'qpu', 'examples', 'idct.c'), *flags)
    s.check('by the device' in s.run(out, env={'LD_LIBRARY_PATH': os.path.join(OURS, 'lib')}),
            'the example runs on the device with the library that is installed')
    s.run('c++', '-fsyntax-only', '-Wall', '-Wextra', '-Werror', '-x', 'c++', os.path.join(OURS, 'include', 'daedalus.h'))


@step
def abi(s):
    """the library differs from stock's by additions only"""
    stock(s)
    compare_abi(s, 'dav1d', *(os.path.join(build, 'src', 'libdav1d.so.7') for build in
                (os.path.join(RELEASE, 'build', 'src', 'dav1d'), os.path.join(BUILD, 'stock', 'build'))))


def compare_abi(s, headers, ours, theirs):
    def exported(library):
        return {tuple(line.split()[-2:]) for line in s.run('nm', '-D', '--defined-only', library).splitlines()[1:]}

    def needed(library):
        return set(re.findall(r'\((?:NEEDED|SONAME)\).*\[(.*)\]', s.run('readelf', '-d', library)))

    lost, new = exported(theirs) - exported(ours), exported(ours) - exported(theirs)
    s.check(not lost, 'no symbol is gone', str(lost))
    s.check(all(name.startswith(headers + '_qpu_') for _, name in new), f'new symbols are {headers}_qpu_*', str(new))
    s.check(needed(ours) == needed(theirs), 'same SONAME, needs the same libraries', str(needed(ours)))
    folders = [os.path.join(out, 'include', headers) for out in (STOCK, OURS)]
    report = s.run('abidiff', '--no-added-syms', '--headers-dir1', folders[0], '--headers-dir2', folders[1],
                   theirs, ours, status=(0, 4, 8, 12))
    s.check(not report.strip() or len(re.findall('summary: 0 Removed, 0 Changed', report)) == 2,
            'abidiff finds additions only', report) # or nothing at all
    # Without types from the debug information, abidiff would find nothing.
    s.check(all('.debug_info' in s.run('readelf', '-SW', library) for library in (ours, theirs)),
            'abidiff has types to compare')


@step
def same(s):
    """without --qpu, it does what stock does, and no more instructions"""
    stock(s)

    compare_same(s, CLIPS, CLIP)


def compare_same(s, folder, clip, modes=(None,)):
    """Pictures, status and messages of all clips; instructions of one."""
    def one(clip, threads, mode):
        ours, theirs = Decode(OURS, clip, threads, mode), Decode(STOCK, clip, threads)
        s.check(ours.result() == theirs.result(), f'{os.path.basename(clip)}, {threads} threads' + (f', {mode}' if mode else ''),
                ours.text + theirs.text)
    s.each(one, [(clip, threads, mode) for clip in clips(folder) for threads in (1, 4) for mode in modes])
    counts, decoder = [], decoders.of_clip(clip)
    for out in STOCK, OURS:
        text = s.run('valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
                     *decoder.command(os.path.join(out, 'bin', decoder.name), clip, 1, limit=10), *decoder.null)
        counts.append(int(re.search(r'Collected : (\d+)', text).group(1)))
    s.check(counts[1] <= counts[0] * 1.005, f'{counts[1]} instructions, stock {counts[0]}')


@step
def decode(s):
    """our clips in all modes, with threads and frame delays"""
    stock(s)
    runs = [('1', '0'), ('4', '4')]
    if options.thorough:
        runs = [('1,2,4', '0,1'), ('2,4', '2,4')]
    for threads, delays in runs[1:] if options.quick else runs:
        conformance(s, os.path.join(OURS, 'bin', 'dav1d'), '--vectors', '', '--modes', 'off;all', '--threads', threads,
                    '--framedelay', delays, '--stats', '--max-dispatches', MAX_DISPATCHES)
    conformance(s, os.path.join(OURS, 'bin', 'dav1d'), '--vectors', '', '--modes', 'lf,cdef,sr,lr;cdef,sr,lr',
                '--threads', '4', '--framedelay', '4', '--stats', '--max-dispatches', '12')


@step
def script(s):
    """scripts/decode: the right pictures, all frames on the device, a table, of both codecs"""
    stock(s)
    stock_libvpx(s)
    program = os.path.join(ROOT, 'scripts', 'decode')
    text = s.run(program, CLIP, VP9_CLIP)
    for clip in CLIP, VP9_CLIP:
        s.check(re.search(rf'^MD5 +{expected_md5(clip).split()[0]}$', text, re.M), os.path.basename(clip), text)
    s.check(len(re.findall(r'^frames .* on the device, 0 on the CPU', text, re.M)) == 2 and
            len(re.findall(r'^mc +\d', text, re.M)) == 2, 'the tables', text)
    text = s.run(program, VP9_CLIP, '--qpu=off', '--noblit')
    s.check('MD5' not in text and 'mode off' in text, 'options win', text)
    text = s.run(program, 'nowhere.ivf', status=(1,))
    s.check('no such file: nowhere.ivf' in text, 'no such file', text)


@step
def null(s):
    """the null device takes our clips, and counts them as the device's"""
    on_null(s, CLIPS)


def on_null(s, folder, *args):
    def one(clip, threads):
        run = Decode(OURS, clip, threads, 'all', 'null', args)
        s.check(run.status == 0 and run.stats and run.stats['device'] == 'null' and not run.stats['fallback'] and
                not run.stats['cpu_frames'] and run.stats['qpu_frames'], f'{os.path.basename(clip)}, {threads} threads',
                run.text)
    s.each(one, [(clip, threads) for clip in clips(folder) for threads in (1, 4)])


@step
def seek(s):
    """flushes, drains and restarts in the middle of our clips"""
    library = os.path.join(RELEASE, 'build', 'src', 'dav1d', 'src')
    conformance(s, os.path.join(OURS, 'bin', 'dav1d'), '--seek', seek_program(s, library), '--vectors', '',
                '--modes', 'all', '--threads', '1,4' if options.thorough else '4', '--framedelay', '0', *SEEKS)


@step
def damaged(s):
    """broken copies of our clips end as with stock"""
    stock(s)
    conformance(s, os.path.join(OURS, 'bin', 'dav1d'), '--vectors', '', '--damage', '2', '--modes', 'all',
                '--threads', '4', '--framedelay', '1')


@step
def vectors(s):
    """the streams of ../shared/vectors: those with role=ci, and the broken ones"""
    if not os.path.exists(MANIFEST):
        return s.skip('no ../shared/vectors')
    stock(s)
    dav1d = os.path.join(OURS, 'bin', 'dav1d')
    for threads, delays in [('1,2,4', '0,1'), ('4', '4')] if options.thorough else [('1', '0'), ('2', '0'), ('4', '4')]:
        conformance(s, dav1d, MANIFEST, '--class', 'vector', '--role', 'ci', '--modes', 'all', '--threads', threads,
                    '--framedelay', delays, '--stats', '--max-dispatches', MAX_DISPATCHES)
    conformance(s, dav1d, MANIFEST, '--class', 'robustness', '--modes', 'all', '--threads', '1,4', '--framedelay', '0,1')


@step
def every_vector(s):
    """every AV1 stream of ../shared/vectors once (only when asked for)"""
    if not os.path.exists(MANIFEST):
        return s.skip('no ../shared/vectors')
    stock(s)
    conformance(s, os.path.join(OURS, 'bin', 'dav1d'), MANIFEST, '--class', 'vector', '--modes', 'all',
                '--threads', '4', '--framedelay', '4', '--timeout', '1200', '--stats')


@step
def validation(s):
    """no message from Khronos' validation layer, synchronization included"""
    stock(s)
    # Launches that make different blocks of a frame need no barrier between
    # them, but have the same buffer: to the layer, a hazard, if it looks for them.
    with_layer(s, clips(), [(FILTERS, 4, True), ('all', 4, False)] + [('all', 1, False)] * options.thorough)


def with_layer(s, paths, runs, args=()):
    """Each clip in each (mode, threads, with synchronization validation)."""
    with tempfile.TemporaryDirectory() as directory:
        messages = os.path.join(directory, 'messages')
        os.mkdir(messages)

        def settings(name, sync):
            path = os.path.join(directory, name)
            with open(path, 'w') as f:
                for key, value in {'report_flags': 'error,warn,perf',
                                   'debug_action': 'VK_DBG_LAYER_ACTION_LOG_MSG',
                                   'log_filename': os.path.join(messages, name),
                                   **({'enables': 'VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT',
                                       'validate_sync': 'true'} if sync else {})}.items():
                    f.write(f'khronos_validation.{key} = {value}\n')
            return {'VK_INSTANCE_LAYERS': LAYER, 'VK_LAYER_SETTINGS_PATH': path}

        def one(clip, mode, n, sync):
            name = f'{os.path.basename(clip)}.{mode}.{n}'
            run = Decode(OURS, clip, n, mode, args=args, env=settings(name, sync))
            log = os.path.join(messages, name)
            said = open(log).read() if os.path.exists(log) else ''
            s.check(run.status == 0 and run.md5 == expected_md5(clip) and not said.strip(), name, run.text + said)

        loaded = Decode(OURS, paths[0], 1, 'all', env={**settings('loaded', True), 'VK_LOADER_DEBUG': 'layer'})
        s.check(re.search('Insert instance layer.*' + LAYER, loaded.messages), 'the layer is loaded', loaded.text)
        s.each(one, [(clip, *run) for clip in paths for run in runs])


def sanitizer(s, name, flags, delays, some, env):
    """Builds with a sanitizer, without assembly (which it cannot see into),
    and runs the short suite, the kernel tests, and random seeks."""
    stock(s)
    directory = os.path.join(BUILD, name)
    program = lambda *path: os.path.join(directory, *path)
    in_dav1d = lambda *path: program('build', 'src', 'dav1d', *path)
    meson(s, directory, ['-Dbuildtype=debugoptimized', '-Db_sanitize=' + flags, '-Db_lundef=false', '-Dfaults=true',
                         '-Ddav1d:enable_asm=false', '-Doptimization=1',
                         '-Dshader_cache=' + os.path.join(BUILD, 'cache', 'shaders')],
          ['build/src/dav1d/tools/dav1d', 'libvpx.stamp', 'qpu/tests/checkqpu', 'qpu/tests/api', 'qpu/tools/qpubench'])
    dav1d = in_dav1d('tools', 'dav1d')
    short = ['--vectors', '', '--modes', 'all', '--threads', '4', '--limit-pixels', '1000000']
    conformance(s, dav1d, *short, '--framedelay', delays, *([] if options.thorough else some), env=env)
    s.count(s.run(program('qpu', 'tests', 'checkqpu'), '--quick', *([] if options.thorough else ['engine']), env=env, status=None))
    conformance(s, dav1d, '--seek', seek_program(s, in_dav1d('src'), '-fsanitize=' + flags), *short,
                '--framedelay', '4', '--filter', '/(key-frames|show-existing|resize-random|superres-random)', env=env)


def vpx_sanitizer(s, name, env, *args):
    stock_libvpx(s)
    conformance(s, os.path.join(BUILD, name, 'libvpx', 'vpxdec'), '--vectors', '', '--modes', 'all', '--threads', '4',
                '--row-mt', '0', '--qpu-delay', '0,1', '--limit-pixels', '1000000', *args, codec='vp9', env=env)
    # Upstream's transforms overflow for coefficients that no stream has, and wrap.
    known = os.path.join(LOG, 'ubsan-upstream')
    with open(known, 'w') as f:
        f.write('signed-integer-overflow:inv_txfm.c\nsigned-integer-overflow:vp9_idct.c\n')
    env = {**env, 'UBSAN_OPTIONS': ':'.join([*filter(None, [env.get('UBSAN_OPTIONS')]), 'suppressions=' + known])}
    s.count(s.run(os.path.join(BUILD, name, 'qpu', 'tests', 'api'), '--quick', env=env, status=(0, 1)))


@step
def asan(s):
    """short suite with AddressSanitizer and UndefinedBehaviorSanitizer"""
    env = {'ASAN_OPTIONS': 'detect_stack_use_after_return=1',
           'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1',
           'DAEDALUS_GUARD': '1'} # and no pixel touched while a frame is recorded
    sanitizer(s, 'asan', 'address,undefined', '4', [], env)
    vpx_sanitizer(s, 'asan', env)


@step
def faults(s):
    """injected failures of the device: right pictures, one line, a reason"""
    stock(s)
    stock_libvpx(s)
    dav1d = os.path.join(BUILD, 'asan', 'build', 'src', 'dav1d', 'tools', 'dav1d')
    vpxdec = os.path.join(BUILD, 'asan', 'libvpx', 'vpxdec')
    api_test = os.path.join(BUILD, 'asan', 'qpu', 'tests', 'api')
    if not all(os.path.exists(program) for program in (dav1d, vpxdec, api_test)):
        raise Failed('build/asan is missing: run the step asan')

    def run(program, clip, mode, fault, threads):
        return Decode(program, clip, threads, mode, env={'DAEDALUS_FAULT': fault})

    def goes_on(program, clip, mode, fault, threads):
        """Says why once, and goes on. Returns whether the fault happened."""
        r = run(program, clip, mode, fault, threads)
        happened = bool(r.stats and r.stats['fallback'])
        s.check(r.status == 0 and r.md5 == expected_md5(clip) and r.stats and
                len(r.messages.splitlines()) == happened, f'{mode}: {fault}, {threads} threads', r.text)
        return happened

    def each_fault(program, clip, mode, threads):
        for fault in 'loader', 'device', 'feature', 'pipeline', 'alloc', 'submit', 'lost', 'wait':
            s.check(goes_on(program, clip, mode, fault, threads), f'{mode}: {fault} is in the statistics')
        for fault in 'pipeline', 'alloc', 'submit', 'lost', 'wait':
            # the first passage, the second, and so on, with larger steps, to the last one
            n, step = 1, 1
            while goes_on(program, clip, mode, f'{fault}:{n}', threads):
                n, step = n + step, step + (mode != FILTERS)
            s.check(n > 1, f'{mode}: {fault} can be injected')
    s.each(each_fault, [(dav1d, CLIP, mode, threads) for mode in (FILTERS, ALL) for threads in (1, 4)] +
           [(vpxdec, VP9_CLIP, VP9_ALL, 1)])
    for fault in 'pipeline', 'alloc:6', 'submit', 'submit:3', 'lost', 'lost:4', 'wait', 'wait:2':
        s.count(s.run(api_test, '--faults', env={'DAEDALUS_FAULT': fault}, status=(0, 1)))
    for program, clip in (dav1d, CLIP), (vpxdec, VP9_CLIP):
        for fault in 'loader', 'device', 'feature':
            r = run(program, clip, 'all', fault, 1)
            s.check(r.status not in (0, 'timeout') and r.md5 != expected_md5(clip) and r.messages.strip(),
                    f'--qpu=all is an error with {fault}', r.text)


@step
def tsan(s):
    """short suite with ThreadSanitizer"""
    env = {'TSAN_OPTIONS': 'ignore_noninstrumented_modules=1'}
    sanitizer(s, 'tsan', 'thread', '1,4', ['--filter', THREADS], env)
    vpx_sanitizer(s, 'tsan', env, '--filter', THREADS)


def repeated(clip, times, path):
    """Writes an IVF file's frames several times."""
    with open(clip, 'rb') as f:
        data = f.read()
    with open(path, 'wb') as f:
        f.write(data[:32] + data[32:] * times)
    return path


@step
def recipe(s):
    """--qpu=auto goes by the recipe, or says why not, and notices that the device falls behind"""
    stock(s)
    stock_libvpx(s)
    device = Decode(OURS, CLIP, mode='all').stats
    svt = os.path.join(CLIPS, 'svt-8.ivf') # 18 frames, of which 1, 9 and 17 are key frames
    everything = {'codec': 'av1', 'bits': 8, 'size': '360p', 'key': 'all', 'inter': 'all'}

    def file_of(*rules, **changes):
        return json.dumps({'version': 1, 'more': [{'': [1.5e-3, True, None, '\\u00e9\\n']}], 'devices': [
            {'device': 'another', 'driver': '1', 'rules': [dict(everything, codec='vp9')]},
            {'rules': rules, 'device': device['device'], 'driver': device['driver']}], **changes}, indent=1)

    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, 'recipe.json')

        def auto(what, text, clip, on_device, why=None, line=None, threads=1, env=None):
            """Decodes with a recipe of that text. on_device: how many frames, None: all."""
            if text is not None:
                with open(path, 'w') as f:
                    f.write(text)
            r = Decode(OURS, clip, threads, 'auto', env={'DAEDALUS_RECIPE': path, **(env or {})})
            frames = r.stats and r.stats['frames']
            s.check(r.status == 0 and r.md5 == expected_md5(clip) and r.stats and
                    r.stats['qpu_frames'] == (frames if on_device is None else on_device) and
                    r.stats['cpu_frames'] == frames - r.stats['qpu_frames'] and
                    re.search(why or '^$', r.stats['fallback'] or '') and
                    re.search(line or '^$', r.messages.strip()) and r.messages.count('\n') <= 1, what, f'{r.text}\n{r.stats}')

        for threads in 1, 4:
            auto('all', file_of(everything), svt, None, threads=threads)
            auto('filters', file_of(dict(everything, key='cdef,sr,lr', inter='lf,cdef,sr,lr')), svt, None, threads=threads)
            auto('filters of key frames alone', file_of(dict(everything, key='lf,cdef,sr,lr', inter='cpu')), svt, 3,
                 threads=threads)
        vp9 = dict(everything, codec='vp9')
        auto('VP9', file_of(vp9, everything), VP9_CLIP, None)
        auto('another codec', file_of(vp9), svt, 0, 'so says the recipe')
        auto('all on the CPU', file_of(dict(everything, key='cpu', inter='cpu')), svt, 0, 'so says the recipe')
        auto('another size', file_of(dict(everything, size='720p')), svt, 0)
        auto('another depth', file_of(dict(everything, bits=10)), svt, 0)
        auto('10 bits', file_of(dict(everything, bits=10)), os.path.join(CLIPS, 'svt-10.ivf'), None)
        auto('another device', file_of(everything).replace(device['device'], 'X'), svt, 0, 'qpubench --tune')
        nothing, nowhere = '{"version": 1, "devices": []}', {'DAEDALUS_DEVICE': 'no such device'}
        auto('a device is looked for, for AV1', nothing, svt, 0, 'no such device', env=nowhere)
        auto('but not for VP9', nothing, VP9_CLIP, 0, 'qpubench --tune', env=nowhere)
        auto('no file of that name', None, svt, 0, 'CPU', 'nowhere.json can.t be read', env={'DAEDALUS_RECIPE': 'nowhere.json'})
        auto('from the user\'s settings', None, svt, 0, 'CPU',
             env={'DAEDALUS_RECIPE': '', 'HOME': directory, 'XDG_CONFIG_HOME': ''})
        os.makedirs(os.path.join(directory, '.config', 'daedalus'))
        shutil.copy(path, os.path.join(directory, '.config', 'daedalus', 'recipe.json'))
        with open(os.path.join(directory, '.config', 'daedalus', 'recipe.json'), 'w') as f:
            f.write(file_of(everything))
        auto('from $HOME/.config', None, svt, None, env={'DAEDALUS_RECIPE': '', 'HOME': directory, 'XDG_CONFIG_HOME': ''})
        auto('from $XDG_CONFIG_HOME', None, svt, None,
             env={'DAEDALUS_RECIPE': '', 'HOME': '', 'XDG_CONFIG_HOME': os.path.join(directory, '.config')})

        good = file_of(everything)
        for what, text, line in (
                ('another version', file_of(everything, version=2), 'another release'),
                ('wrong bits', file_of(dict(everything, bits=9)), r'line \d+: .*bits'),
                ('wrong size', file_of(dict(everything, size='4k')), r'line \d+: .*size'),
                ('wrong stages', file_of(dict(everything, inter='lf')), r'line \d+: .*stages are'),
                ('off', file_of(dict(everything, inter='off')), r'line \d+: .*stages are'),
                ('reconstruction of some frames', file_of(dict(everything, key='cpu')), r'line \d+: .*must be the same'),
                ('an empty file', '', 'line 1: an object'),
                ('something behind', good + '}', 'something follows'),
                ('too deep', '{"x":' + '[' * 100, 'too deep'),
                ('too long', ' ' * 100000, 'too large'),
                ('a long string', '{"devices": [{"device": "' + 'x' * 300 + '"}]}', 'too long'),
                *((f'cut off at {n}', good[:n], r'line \d+: ') for n in range(1, len(good.rstrip()) - 1, 37))):
            auto(what, text, svt, 0, 'CPU', line)

        long = repeated(svt, 4, os.path.join(directory, 'long.ivf'))
        auto('falls behind', file_of(dict(everything, cpu_ms=1e-6)), long, 34, 'falls behind', 'falls behind')
        auto('does not fall behind', file_of(dict(everything, cpu_ms=1e6)), long, None)
        auto('falls behind, threads', file_of(dict(everything, cpu_ms=1e-6)), long, 34, 'falls behind', 'falls behind',
             threads=4)


def bench_report(s, program, directory, *args, env=None, status=(0,)):
    """qpubench's report on a quick run: JSON, and Markdown as text."""
    paths = [os.path.join(directory, name) for name in ('report.json', 'report.md')]
    s.run(program, '--quick', '--json', paths[0], '--markdown', paths[1], *args, env=env, status=status)
    with open(paths[0]) as f, open(paths[1]) as g:
        return json.load(f), g.read()


# Kernels that qpubench has no row for: upstream has no function that does the same alone, or on one plane.
NOT_BENCHED = {'mc_extend_8', 'mc_extend_16', 'av1_fg_ss_8', 'av1_fg_ss_16'}


@step
def qpubench(s):
    """qpubench: a quick run, all of it there and right; a recipe beside others'"""
    stock(s)
    stock_libvpx(s)
    program = os.path.join(OURS, 'bin', 'qpubench')
    stocks = ['--stock-dav1d', os.path.join(STOCK, 'bin', 'dav1d'), '--stock-vpxdec', os.path.join(STOCK, 'bin', 'vpxdec')]
    with tempfile.TemporaryDirectory() as directory:
        report, text = bench_report(s, program, directory, *stocks, CLIP, VP9_CLIP)
        for row in report['kernels']:
            s.check(row['status'] == 'ok' and row['m1']['right'] == row['m1']['jobs'] >= 1000 and row['m2']['ms'] > 0 and
                    row['m3']['ms'] > 0 and row['band'], f'{row["codec"]} {row["name"]}, {row["bits"]} bits', str(row))
        shaders = glob.glob(os.path.join(glob.escape(RELEASE), 'qpu', 'shaders', '*.spv'))
        s.check(report['known_kernels'] == len(shaders), 'it knows all kernels')
        s.check(set(report['not_measured']) == NOT_BENCHED, 'nothing is left out that it used to measure',
                str(report['not_measured']))
        s.check(len(report['mixed']) >= 4 and all(row['status'] == 'ok' for row in report['mixed']), 'mixed')
        s.check(report['costs']['status'] == 'ok' and report['costs']['memory'], 'costs', str(report['costs']))
        for clip, modes in zip(report['clips'], (['stock', 'off', 'all', 'lf,cdef,sr,lr', 'cdef,sr,lr'],
                                                 ['stock', 'off', 'all', 'all, delay 1'])):
            s.check([run['mode'] for run in clip['runs']] == modes and clip['frames'] and
                    all(run['status'] == 'ok' and run['fps'] > 0 for run in clip['runs']), clip['clip'], str(clip))
        s.check(len(report['clips']) == 2 and 'VOID' not in text, 'the Markdown has nothing void', text)
        recipes(s, program, os.path.join(directory, 'new', 'recipe.json'), stocks)
        choices(s, program, directory)
        # a device that computes nothing
        report, text = bench_report(s, program, directory, '--device', 'null', '--only', 'av1 cdef', status=(1,))
        s.check(report['kernels'] and all(row['status'] == 'void' and 'M1 failed' in row['why'] and not row['m2']
                                          for row in report['kernels']), 'wrong results are void', text)


def recipes(s, program, path, stocks):
    """--tune adds the device's entry, replaces it, and leaves others alone."""
    other = {'device': 'a "quoted" one', 'driver': '1', 'made': '2026-01-01', 'goal': 'fps',
             'rules': [{'codec': 'av1', 'bits': 8, 'size': '720p', 'key': 'all', 'inter': 'all', 'cpu_ms': 1.5}]}
    for goal in '', '=fps':
        s.run(program, '--tune' + goal, '--quick', *stocks, '--output', path, CLIP, VP9_CLIP)
        with open(path) as f:
            recipe = json.load(f)
        own = [entry for entry in recipe['devices'] if entry != other]
        rules = {(rule['codec'], rule['bits'], rule['size']): rule for rule in own[0]['rules']}
        s.check(recipe['version'] == 1 and len(own) == 1 and own[0]['goal'] == (goal[1:] or 'cpu') and
                set(rules) == {('av1', 8, '360p'), ('vp9', 8, '360p')} and
                all(rule['key'] == rule['inter'] and rule['cpu_ms'] > 0 for rule in rules.values()),
                f'--tune{goal}', str(recipe))
        s.check(len(recipe['devices']) == len(own) + (goal != ''), 'other devices\' entries stay', str(recipe))
        with open(path, 'w') as f:
            json.dump({'version': 1, 'devices': [other] + own}, f)
    s.check(os.listdir(os.path.dirname(path)) == ['recipe.json'], 'no temporary file is left')
    for clip in CLIP, VP9_CLIP: # silent: the decoder has nothing to complain of
        auto = Decode(OURS, clip, 1, 'auto', env={'DAEDALUS_RECIPE': path})
        s.check(auto.status == 0 and auto.md5 == expected_md5(clip) and not auto.messages, 'auto goes by it', auto.text)
    with open(path, 'w') as f:
        f.write('no recipe')
    report = os.path.join(os.path.dirname(path), '..', 'tune.json')
    s.run(program, '--tune', '--quick', '--only', 'av1 cdef', '--json', report, '--output', path + '.new', CLIP)
    with open(report) as f, open(path + '.new') as new:
        s.check(json.load(f)['kernels'] and json.load(new)['devices'], 'a report and a recipe in one run')
    os.unlink(path + '.new')
    s.run(program, '--tune', '--quick', '--output', path, CLIP, status=(2,))
    with open(path) as f:
        s.check(f.read() == 'no recipe', 'what is no recipe is left alone')


# Stands for dav1d on a device that pays, or doesn't: seconds that a mode sleeps and computes.
PRETENDER = """#!{python}
import json, sys, time
args = dict(zip(sys.argv[1:], sys.argv[2:] + ['']))
mode = next((arg[6:] for arg in sys.argv if arg.startswith('--qpu=')), 'off')
wall, cpu = {modes}[mode]
if '--qpustats' in args:
    with open(args['--qpustats'], 'w') as f:
        json.dump({{'fallback': None, 'frames': 10, 'cpu_frames': 0, 'wait_ms': 1.0}}, f)
if args['--muxer'] == 'yuv4mpeg2':
    print('YUV4MPEG2 W1920 H1080 F30:1 Ip C420p10')
elif args['--muxer'] == 'md5':
    print('0' * 32 + ' -')
elif args.get('--qpudevice') != 'null':
    time.sleep(wall)
    while time.process_time() < cpu:
        pass
"""


def choices(s, program, directory):
    """What --tune makes of decoders whose speed is known."""
    # sleeps that differ by more than a busy machine adds to computing
    every = {'off': (1.25, 0.3), 'all': (0.9, 0.05), 'lf,cdef,sr,lr': (0.05, 0.15), 'cdef,sr,lr': (5, 0.02)}
    slow = {mode: (0.1, 0.3) if mode == 'off' else (3, 0.05) for mode in every}
    for modes, goal, wanted in (every, 'cpu', 'all'), (every, 'fps', 'lf,cdef,sr,lr'), (slow, 'cpu', 'cpu'):
        fake, path = (os.path.join(directory, name) for name in ('pretender', 'recipe.json'))
        with open(fake, 'w') as f:
            f.write(PRETENDER.format(python=sys.executable, modes=modes))
        os.chmod(fake, 0o755)
        s.run(program, '--tune=' + goal, '--quick', '--dav1d', fake, '--output', path, CLIP)
        with open(path) as f:
            rules = json.load(f)['devices'][0]['rules']
        s.check(len(rules) == 1 and rules[0]['key'] == rules[0]['inter'] == wanted and
                (rules[0]['codec'], rules[0]['bits'], rules[0]['size']) == ('av1', 10, '1080p'),
                f'--tune={goal} chooses {wanted}', str(rules))


@step
def qpubench_faults(s):
    """qpubench: a wrong result, a pipeline, a submit, a device that fail void their rows"""
    program = os.path.join(BUILD, 'asan', 'qpu', 'tools', 'qpubench')
    if not os.path.exists(program):
        raise Failed('build/asan is missing: run the step asan')
    only = ['--only', 'av1 cdef']

    def report(fault, *args):
        with tempfile.TemporaryDirectory() as directory:
            result, text = bench_report(s, program, directory, *only, *args, env={'DAEDALUS_FAULT': fault}, status=(0, 1, 2))
        return {f'{row["name"]} {row["bits"]}': row for row in result['kernels']}, result, text
    rows, result, text = report('')
    names = set(rows)
    s.check(names and all(row['status'] == 'ok' for row in rows.values()), 'without a fault', text)

    def voids(what, wanted, fault, *args):
        rows, result, text = report(fault, *args)
        void = {name for name, row in rows.items() if row['status'] == 'void' and row['why'] and not row['m1'] and
                not row['m2'] and not row['r']}
        s.check(set(rows) == names and void == wanted and text.count('**VOID**') >= len(wanted), what, text)
        return result
    voids('a wrong result', {'cdef 8x8 both 8', 'cdef 8x8 both 10'}, '', '--spoil', 'cdef 8x8 both')
    result = voids('no pipeline', names, 'pipeline')
    s.check({'av1_cdef_8', 'av1_cdef_16'} <= set(result['not_measured']), 'and its kernels are not measured')
    voids('no pipeline once', {'cdef 8x8 both 8'}, 'pipeline:1')
    voids('a submit is refused', names, 'submit')
    voids('the device is lost', names, 'lost:1')


# VP9: the same, where it makes sense.

@step
def vp9_kernels(s):
    """VP9: each shader against upstream's C function"""
    stock_libvpx(s)
    checkqpu = os.path.join('qpu', 'tests', 'checkqpu_vp9')
    s.run('meson', 'configure', RELEASE, '-Dvpx_tree=' + STOCK_VPX)
    s.run('ninja', '-C', RELEASE, checkqpu)
    s.count(s.run(os.path.join(RELEASE, checkqpu), *fewer_cases(), status=(0, 1)))


@step
def vp9_abi(s):
    """VP9: the library differs from stock's by additions only"""
    stock_libvpx(s)
    compare_abi(s, 'vpx', *(os.path.join(out, 'lib', 'libvpx.so.9') for out in (OURS, STOCK)))


@step
def vp9_same(s):
    """VP9: without --qpu and with --qpu=off, vpxdec does what stock's does"""
    stock_libvpx(s)
    compare_same(s, VP9_CLIPS, VP9_CLIP, (None, 'off'))


@step
def vp9_decode(s):
    """VP9: our clips in all modes, with threads, rows and delays"""
    stock_libvpx(s)
    every = [['off', '1,2,4', '0,1', '0'], ['all', '1,2,4', '0', '0,1'], ['all', '4', '1', '1']]
    for modes, threads, row_mt, delays in [['off;all', '4', '0', '1']] if options.quick else every:
        vpx_conformance(s, '--vectors', '', '--modes', modes, '--threads', threads, '--row-mt', row_mt,
                        '--qpu-delay', delays, '--stats', '--max-dispatches', VP9_MAX_DISPATCHES)


@step
def vp9_null(s):
    """VP9: the null device takes our clips, and counts them as the device's"""
    on_null(s, VP9_CLIPS, *decoders.Vpxdec.late)


@step
def vp9_launches(s):
    """VP9: a 1080p frame takes few launches (counted on the null device)"""
    if not os.path.exists(VP9_1080P):
        return s.skip('no ../shared/vectors')
    run = Decode(OURS, VP9_1080P, 1, 'all', 'null', decoders.Vpxdec.late)
    most = run.stats and run.stats['max_dispatches_per_frame']
    s.check(run.status == 0 and most and most <= int(VP9_MAX_DISPATCHES), f'{most} in a frame', run.text)


@step
def vp9_damaged(s):
    """VP9: broken copies of our clips end as with stock"""
    stock_libvpx(s)
    vpx_conformance(s, '--vectors', '', '--damage', '1', '--modes', 'all', '--threads', '4', '--row-mt', '0',
                    '--qpu-delay', '0')


@step
def vp9_vectors(s):
    """VP9: the streams of ../shared/vectors: those with role=ci, and the broken ones"""
    if not os.path.exists(MANIFEST):
        return s.skip('no ../shared/vectors')
    stock_libvpx(s)
    vpx_conformance(s, MANIFEST, '--class', 'vector', '--role', 'ci', '--modes', 'all', '--threads', '1,4',
                    '--row-mt', '0', '--qpu-delay', '1', '--stats', '--max-dispatches', MAX_DISPATCHES)
    vpx_conformance(s, MANIFEST, '--class', 'robustness', '--modes', 'all', '--threads', '1,4', '--row-mt', '0',
                    '--qpu-delay', '0')


@step
def vp9_every_vector(s):
    """every VP9 stream of ../shared/vectors once (only when asked for)"""
    if not os.path.exists(MANIFEST):
        return s.skip('no ../shared/vectors')
    stock_libvpx(s)
    vpx_conformance(s, MANIFEST, '--class', 'vector', '--modes', 'all', '--threads', '4', '--row-mt', '0',
                    '--qpu-delay', '1', '--timeout', '1200', '--stats')


@step
def vp9_validation(s):
    """VP9: no message from Khronos' validation layer"""
    stock_libvpx(s)
    with_layer(s, clips(VP9_CLIPS), [('all', 4, False)], decoders.Vpxdec.late)


@step
def vp8(s):
    """VP8, of which nothing runs on the device, is as with stock, DAEDALUS_QPU=all or not"""
    if not os.path.exists(MANIFEST):
        return s.skip('no ../shared/vectors')
    stock_libvpx(s)
    vpx_conformance(s, MANIFEST, '--modes', 'off;all', '--threads', '1', codec='vp8')


@step
def arm64(s):
    """the build for 64-bit Arm under qemu: the CPU's pictures, the null device (only when asked for)"""
    if shutil.which('qemu-aarch64') is None:
        return s.skip('no qemu-aarch64: install qemu-user')
    stock(s)
    stock_libvpx(s)
    s.run(os.path.join(ROOT, 'scripts', 'build-arm64'), '--deb')
    programs = {}
    for decoder in decoders.Dav1d, decoders.Vpxdec:
        programs[decoder] = os.path.join(BUILD, 'arm64', 'qemu-' + decoder.name)
        with open(programs[decoder], 'w') as f:
            f.write('#!/bin/sh\nexec qemu-aarch64 -cpu cortex-a76 -L /usr/aarch64-linux-gnu '
                    f"{os.path.join(BUILD, 'arm64', 'out', 'bin', decoder.name)} \"$@\"\n")
        os.chmod(programs[decoder], 0o755)

    def one(clip, threads):
        program, name = programs[decoders.of_clip(clip)], f'{os.path.relpath(clip, ROOT)}, {threads} threads'
        off = Decode(program, clip, threads, 'off')
        s.check(off.status == 0 and off.md5 == expected_md5(clip), name, off.text)
        null = Decode(program, clip, threads, 'all', 'null')
        s.check(null.status == 0 and null.stats and not null.stats['cpu_frames'] and null.stats['qpu_frames'] and
                not null.stats['fallback'], name + ', null device', null.text)
    s.each(one, [(clip, threads) for clip in clips() + clips(VP9_CLIPS) for threads in (1, 4)])


# V3D: the Raspberry Pi 5's GPU, as far as it can be had without one.

@step
def v3d(s):
    """V3D 7.1: no kernel spills, uses scratch memory, breaks limits or has grown; clips decode on its instructions"""
    if os.environ.get('DAEDALUS_V3D'):
        s.run(os.path.join(ROOT, 'scripts', 'v3d', 'setup'))
    try:
        v3d_kernels.directory()
    except v3d_kernels.Missing:
        return s.skip('no V3D compiler here: run scripts/v3d/setup once, or set DAEDALUS_V3D=1')

    # What would be a scratch user must be found to be one.
    with tempfile.TemporaryDirectory() as directory:
        spv = os.path.join(directory, 'scratch.spv')
        s.run('glslangValidator', '-V', '--target-env', 'vulkan1.1', '-o', spv,
              os.path.join(ROOT, 'scripts', 'v3d', 'scratch.comp'))
        found = v3d_kernels.compile_all([spv])[0].problems()
        s.check(len(found) == 1 and '64 bytes a lane of scratch' in found[0], 'scratch use is found', str(found))

    table, compiled = v3d_kernels.committed(), v3d_kernels.compile_all(v3d_kernels.built())
    for kernel in compiled:
        found = kernel.problems()
        limit = table.get(kernel.name, {}).get('instructions')
        if not limit:
            found.append('not in docs/shaders.md: run scripts/shader-table')
        elif kernel.instructions > int(limit):
            found.append(f'{kernel.instructions} instructions, {limit} in docs/shaders.md: if it has to be so, run '
                         'scripts/shader-table')
        s.check(not found, kernel.name, '\n'.join(found))
    gone = set(table) - {kernel.name for kernel in compiled}
    s.check(not gone, 'docs/shaders.md has no kernels that are gone', str(gone))

    # The driver's programs, executed.
    stock(s)
    stock_libvpx(s)
    for clip in CLIP, os.path.join(CLIPS, 'base-420-8.ivf'), VP9_CLIP:
        run = jobs.Run(clip, execute=True, md5=True, env=environment())
        s.check(run.status == 0 and run.md5 == expected_md5(clip).split()[0] and not json.loads(run.stats)['cpu_frames'],
                f'{os.path.basename(clip)}, executed', f'status {run.status}, MD5 {run.md5}\n{run.messages}')


SLOW = {'v3d', 'qpubench_faults', 'damaged', 'vectors', 'validation', 'asan', 'faults', 'tsan', 'vp9_damaged', 'vp9_vectors', 'vp9_validation',
        'vp8'}
EXTRA = {'every_vector', 'vp9_every_vector', 'arm64'}


def main():
    parser = argparse.ArgumentParser(prog='scripts/test')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--only', metavar='STEP', action='append', choices=STEPS)
    parser.add_argument('--quick', action='store_true')
    parser.add_argument('--thorough', action='store_true')
    parser.add_argument('--device', default=os.environ.get('DAEDALUS_DEVICE'))
    parser.add_argument('--no-setup', action='store_true')
    parser.parse_args(namespace=options)
    if options.list:
        for name, function in STEPS.items():
            print(f'{name:18}{function.__doc__}')
        return 0

    os.makedirs(LOG, exist_ok=True)
    total = [0, 0, 0]
    for name, function in STEPS.items():
        if options.only:
            if name not in options.only:
                continue
        elif name in EXTRA or options.quick and name in SLOW:
            continue
        s, start = Step(name), time.monotonic()
        try:
            function(s)
            if not s.passed and not s.failed and not s.skipped:
                raise Failed('nothing was tested')
        except (Failed, OSError) as error:
            s.log.flush()
            s.check(False, str(error), open(s.path).read())
        counts = s.passed, s.failed, s.skipped
        total = [a + b for a, b in zip(total, counts)]
        print(f'{name:18}{s.passed} passed, {s.failed} failed' + (f', {s.skipped} skipped' if s.skipped else '') +
              f'  ({time.monotonic() - start:.0f} s)', flush=True)
        if s.failed:
            for failure in s.failures[:8]:
                print('    ' + failure.replace('\n', '\n        '))
            print(f'    full log: {s.path}', flush=True)
    if total[2]:
        print(f'{total[2]} skipped')
    print(f'{total[0]} passed, {total[1]} failed')
    return 1 if total[1] or not total[0] else 0


if __name__ == '__main__':
    sys.exit(main())
