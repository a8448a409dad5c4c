"""What the driver submitted, from the shim's log; decoders run on it."""

import os
import re
import resource
import subprocess
import sys
import tempfile

import kernels

sys.path.insert(0, os.path.join(kernels.ROOT, 'scripts'))
import decoders # noqa: E402

BIN = os.path.join(kernels.ROOT, 'build', 'out', 'bin')


class Job:
    """A dispatch: groups, batches (of 16 lanes), and of its program insts,
    threads, tmua (static); if it was executed: executed (instructions of all
    batches), longest (of the batch with most), accesses (of 16 lanes), lines
    (of 64 bytes, each access's), read, written (bytes of the lines touched)."""

    def __init__(self, line):
        words = line.split()
        self.groups = int(words[2]) * int(words[3]) * int(words[4])
        for name, value in zip(words[5::2], words[6::2]):
            if name not in ('program', 'hash'):
                setattr(self, name, int(value))
        self.was_executed = 'executed' in words
        if not self.was_executed:
            self.executed, self.longest = self.batches * self.insts, self.insts


class Run:
    """A decoder's run on the driver: .status, .md5, .messages, .frames
    (pictures handed out), .stats, .jobs, .cpu_seconds."""

    def __init__(self, clip, mode='all', device=None, execute=False, jobs=False, limit=None, md5=False, env=None):
        decoder = decoders.of_clip(clip)
        program = os.path.join(BIN, decoder.name)
        if not os.path.exists(program):
            raise kernels.Missing(f'no {decoder.name} in build/out: run scripts/setup')
        with tempfile.TemporaryDirectory() as directory:
            log, stats = os.path.join(directory, 'jobs'), os.path.join(directory, 'stats')
            command = [kernels.RUN] + (['--execute'] if execute else []) + (['--jobs', log] if jobs else [])
            command += decoder.command(program, clip, 1, limit, quiet=False) + (decoder.md5 if md5 else decoder.null)
            command += decoder.late + decoder.qpu(mode, device, stats)
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors='replace',
                                 env={**os.environ, **(env or {})})
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            self.status, self.messages = run.returncode, run.stderr
            self.md5 = (re.findall(r'\b[0-9a-f]{32}\b', run.stdout) or [None])[0]
            shown = re.findall(decoder.frames, run.stderr)
            self.frames = int(shown[-1]) if shown else 0
            self.stats = open(stats).read() if os.path.exists(stats) else None
            self.jobs = []
            if jobs and os.path.exists(log):
                with open(log) as f:
                    self.jobs = [Job(line) for line in f if line.startswith('csd ')]


def programs(compiled):
    """{(insts, threads, tmua): name} of compiled kernels; a name may be of
    several that are the same to us."""
    names = {}
    for kernel in compiled:
        key = kernel.instructions, kernel.threads, kernel.tmu
        names[key] = f'{names[key]}, {kernel.name}' if key in names else kernel.name
    return names


def stage(name):
    """The decoder's stage that a kernel belongs to."""
    return re.match(r'(?:av1_|vp9_)?(mc|itx|ipred|lf|cdef|sr|lr|fg)', name).group(1)
