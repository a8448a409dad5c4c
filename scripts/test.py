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
# Clips with something to seek to.
SEEKS = ['--filter', '/(svt|rav1e|resize|key-frames|forward-key|show-existing|superres-random|layers)']
# What the release and the stock build have in common.
MESON = ['--buildtype=release', '-Ddebug=true', '--libdir=lib', '-Dc_link_args=-Wl,-rpath,$ORIGIN/../lib']
LAYER = 'VK_LAYER_KHRONOS_validation'
ALL = 'mc,itx,ipred,lf,cdef,sr,lr,fg' # --qpu=all, but goes on without a device
FILTERS = 'lf,cdef,sr,lr'
VP9_ALL = 'mc,itx,ipred,lf'
MAX_DISPATCHES = '120'

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


@step
def kernels(s):
    """each shader against upstream's C function"""
    checkqpu = os.path.join('qpu', 'tests', 'checkqpu')
    s.run('ninja', '-C', RELEASE, checkqpu)
    s.count(s.run(os.path.join(RELEASE, checkqpu), *(['--quick'] if options.quick else []), status=(0, 1)))


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
    threads = ['--threads', '4', '--framedelay', '1,4'] if options.quick else \
        ['--threads', '1,4', '--framedelay', '0,4']
    conformance(s, os.path.join(OURS, 'bin', 'dav1d'), '--vectors', '', '--modes', 'off;all', *threads,
                '--stats', '--max-dispatches', MAX_DISPATCHES)
    conformance(s, os.path.join(OURS, 'bin', 'dav1d'), '--vectors', '', '--modes', 'lf,cdef,sr,lr;cdef,sr,lr',
                '--threads', '4', '--framedelay', '4', '--stats', '--max-dispatches', '12')


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
                '--modes', 'all', '--threads', '1,4', '--framedelay', '0', *SEEKS)


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
    conformance(s, dav1d, MANIFEST, '--class', 'vector', '--role', 'ci', '--modes', 'all',
                '--threads', '1,2,4', '--framedelay', '0,4', '--stats', '--max-dispatches', MAX_DISPATCHES)
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
    with_layer(s, clips(), [(FILTERS, 4, True), ('all', 1, False), ('all', 4, False)])


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


def sanitizer(s, name, flags, delays, args, families, env):
    """Builds with a sanitizer, without assembly (which it cannot see into),
    and runs the short suite, the kernel tests, and random seeks."""
    stock(s)
    directory = os.path.join(BUILD, name)
    program = lambda *path: os.path.join(directory, *path)
    in_dav1d = lambda *path: program('build', 'src', 'dav1d', *path)
    meson(s, directory, ['-Dbuildtype=debugoptimized', '-Db_sanitize=' + flags, '-Db_lundef=false', '-Dfaults=true',
                         '-Ddav1d:enable_asm=false', '-Dshader_cache=' + os.path.join(BUILD, 'cache', 'shaders'), *args],
          ['all', 'qpu/tests/checkqpu'])
    dav1d = in_dav1d('tools', 'dav1d')
    short = ['--vectors', '', '--modes', 'all', '--threads', '4', '--limit-pixels', '1000000']
    conformance(s, dav1d, *short, '--framedelay', delays, env=env)
    s.count(s.run(program('qpu', 'tests', 'checkqpu'), '--quick', *families, env=env, status=None))
    conformance(s, dav1d, '--seek', seek_program(s, in_dav1d('src'), '-fsanitize=' + flags), *short,
                '--framedelay', '4', '--filter', '/(key-frames|show-existing|resize-random|superres-random)', env=env)


@step
def asan(s):
    """short suite with AddressSanitizer and UndefinedBehaviorSanitizer"""
    env = {'ASAN_OPTIONS': 'detect_stack_use_after_return=1',
           'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1',
           'DAEDALUS_GUARD': '1'} # and no pixel touched while a frame is recorded
    sanitizer(s, 'asan', 'address,undefined', '4', [], [], env)
    stock_libvpx(s)
    vpxdec = os.path.join(BUILD, 'asan', 'libvpx', 'vpxdec')
    conformance(s, vpxdec, '--vectors', '', '--modes', 'all', '--threads', '4', '--row-mt', '0', '--qpu-delay', '0,1',
                '--limit-pixels', '1000000', codec='vp9', env=env)


@step
def faults(s):
    """injected failures of the device: right pictures, one line, a reason"""
    stock(s)
    stock_libvpx(s)
    dav1d = os.path.join(BUILD, 'asan', 'build', 'src', 'dav1d', 'tools', 'dav1d')
    if not os.path.exists(dav1d):
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
    vpxdec = os.path.join(BUILD, 'asan', 'libvpx', 'vpxdec')
    s.each(each_fault, [(dav1d, CLIP, mode, threads) for mode in (FILTERS, ALL) for threads in (1, 4)] +
           [(vpxdec, VP9_CLIP, VP9_ALL, 1)])
    for program, clip in (dav1d, CLIP), (vpxdec, VP9_CLIP):
        for fault in 'loader', 'device', 'feature':
            r = run(program, clip, 'all', fault, 1)
            s.check(r.status not in (0, 'timeout') and r.md5 != expected_md5(clip) and r.messages.strip(),
                    f'--qpu=all is an error with {fault}', r.text)


@step
def tsan(s):
    """short suite with ThreadSanitizer"""
    sanitizer(s, 'tsan', 'thread', '1,4', ['-Dlibvpx=false'], ['engine'], { # kernels' tests have one thread
        'TSAN_OPTIONS': 'ignore_noninstrumented_modules=1'})


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


# VP9: the same, where it makes sense.

@step
def vp9_kernels(s):
    """VP9: each shader against upstream's C function, fewer cases of each kind"""
    stock_libvpx(s)
    checkqpu = os.path.join('qpu', 'tests', 'checkqpu_vp9')
    s.run('meson', 'configure', RELEASE, '-Dvpx_tree=' + STOCK_VPX)
    s.run('ninja', '-C', RELEASE, checkqpu)
    s.count(s.run(os.path.join(RELEASE, checkqpu), '--quick', status=(0, 1)))


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
                        '--qpu-delay', delays, '--stats', '--max-dispatches', MAX_DISPATCHES)


@step
def vp9_null(s):
    """VP9: the null device takes our clips, and counts them as the device's"""
    on_null(s, VP9_CLIPS, *decoders.Vpxdec.late)


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
        s.check(run.status == 0 and run.md5 == expected_md5(clip) and not json.loads(run.stats)['cpu_frames'],
                f'{os.path.basename(clip)}, executed', f'status {run.status}, MD5 {run.md5}\n{run.messages}')


SLOW = {'v3d', 'damaged', 'vectors', 'validation', 'asan', 'faults', 'tsan', 'vp9_damaged', 'vp9_vectors', 'vp9_validation',
        'vp8'}
EXTRA = {'every_vector', 'vp9_every_vector'}


def main():
    parser = argparse.ArgumentParser(prog='scripts/test')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--only', metavar='STEP', action='append', choices=STEPS)
    parser.add_argument('--quick', action='store_true')
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
