"""What a clip would cost the Raspberry Pi 5's GPU; see scripts/v3d-model,
which calls this."""

import argparse
import json
import os
import sys

import jobs
import kernels

QPUS, MHZ, CLOCKS = 16, 960, 4 # clocks an instruction of 16 lanes
EFFICIENCY = 0.4
BYTES_A_MS = 5e6
LAUNCH_MS = 0.033
STAGES = 'mc', 'itx', 'ipred', 'lf', 'cdef', 'sr', 'lr', 'fg'


def alone_ms(instructions):
    """One batch with a QPU of its own."""
    return instructions * CLOCKS / (MHZ * 1e3)


def issue_ms(instructions):
    return alone_ms(instructions) / QPUS


class Sum:
    """Of some dispatches."""

    def __init__(self, of):
        self.dispatches, self.issue, self.alone = len(of), 0.0, 0.0
        self.batches = self.executed = self.static = self.accesses = self.lines = self.bytes = 0
        for job in of:
            issue = issue_ms(job.executed)
            self.issue += issue
            self.alone += max(issue, alone_ms(job.longest))
            self.batches += job.batches
            self.executed += job.executed
            self.static += job.insts * job.batches
            if job.was_executed:
                self.accesses += job.accesses
                self.lines += job.lines
                self.bytes += job.read + job.written


def number(value, digits=2):
    return f'{value:.{digits}f}'


def row(*cells):
    print('| ' + ' | '.join(cells) + ' |')


def by_stage(of, frames, executed):
    row('stage', 'launches', 'issue ms', 'at 40 %', 'alone ms', 'MB', 'ms at 5 GB/s', 'launches ms')
    row(*['---'] * 8)
    sums = {name: Sum([job for job in of if job.stage == name]) for name in STAGES}
    for name, s in [*((name, s) for name, s in sums.items() if s.dispatches), ('all', Sum(of))]:
        row(name, number(s.dispatches / frames, 1), number(s.issue / frames), number(s.issue / frames / EFFICIENCY),
            number(s.alone / frames), *((number(s.bytes / 1e6 / frames), number(s.bytes / BYTES_A_MS / frames))
                                        if executed else ('-', '-')), number(s.dispatches * LAUNCH_MS / frames))


def by_kernel(of, frames, executed):
    row('kernel', 'launches', 'batches', 'instructions, static', 'executed a batch', 'issue ms', 'alone ms',
        'loads and stores a batch', 'lines each', 'MB')
    row(*['---'] * 10)
    sums = {name: Sum([job for job in of if job.name == name]) for name in {job.name for job in of}}
    for name, s in sorted(sums.items(), key=lambda item: -item[1].issue):
        row(name, number(s.dispatches / frames), number(s.batches / frames, 0), number(s.static / s.batches, 0),
            number(s.executed / s.batches, 0) if executed else '-', number(s.issue / frames, 3),
            number(s.alone / frames, 3), *((number(s.accesses / s.batches, 1), number(s.lines / max(s.accesses, 1), 1),
                                            number(s.bytes / 1e6 / frames)) if executed else ('-', '-', '-')))


def model(clip, args, names):
    name = os.path.basename(clip)
    run = jobs.Run(clip, execute=not args.static, jobs=True, limit=args.limit, md5=not args.static)
    if run.status or not run.frames:
        sys.exit(f'v3d-model: {name}: the decoder ended with status {run.status}\n{run.messages[-2000:]}')
    stats = json.loads(run.stats)
    if stats['cpu_frames'] or stats['fallback']:
        sys.exit(f"v3d-model: {name}: {stats['cpu_frames']} frames were the CPU's: {stats['fallback']}. (A device that "
                 'takes more than a minute for a frame counts as lost: is this machine too busy?)')
    unknown = 0
    for job in run.jobs:
        job.name = names.get((job.insts, job.threads, job.tmua))
        unknown += job.name is None
        job.stage = job.name and jobs.stage(job.name)
    if unknown:
        sys.exit(f'v3d-model: {unknown} of {len(run.jobs)} dispatches are of no kernel in build/release: '
                 'run scripts/setup, so that build/out is made of the same')
    if args.static:
        said = 'nothing executed: static counts'
    else:
        cpu = jobs.Run(clip, mode='off', limit=args.limit, md5=True)
        same = run.md5 and run.md5 == cpu.md5
        said = f"executed; the pictures are {'the' if same else 'NOT the'} CPU's (MD5 {run.md5})"
    print(f'{name}: {run.frames} pictures, {said}. A picture:\n')
    by_stage(run.jobs, run.frames, not args.static)
    if args.kernels:
        print()
        by_kernel(run.jobs, run.frames, not args.static)
    print(flush=True)
    return args.static or same


def main():
    parser = argparse.ArgumentParser(prog='scripts/v3d-model')
    parser.add_argument('--kernels', action='store_true')
    parser.add_argument('--static', action='store_true')
    parser.add_argument('--limit', type=int, metavar='N')
    parser.add_argument('clips', nargs='+', metavar='CLIP')
    args = parser.parse_args()
    try:
        names = jobs.programs(kernels.compile_all(kernels.built()))
        return 0 if all([model(clip, args, names) for clip in args.clips]) else 1
    except kernels.Missing as missing:
        sys.exit(f'v3d-model: {missing}')


if __name__ == '__main__':
    sys.exit(main())
