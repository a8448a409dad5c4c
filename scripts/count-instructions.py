"""Runs the builds in build/count and prints tables; see
scripts/count-instructions, which calls this once they are there."""

import argparse
import bisect
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

import decoders

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COUNT = os.path.join(ROOT, 'build', 'count')
CLIP = os.path.join(ROOT, 'conformance', 'clips', 'svt-8.ivf')
PREFIX = 'aarch64-linux-gnu-'
STOCK = {decoders.Dav1d: os.path.join(COUNT, 'stock', 'tools', 'dav1d'),
         decoders.Vpxdec: os.path.join(COUNT, 'libvpx-stock', 'vpxdec')}
OURS = {decoders.Dav1d: os.path.join(COUNT, 'ours', 'build', 'src', 'dav1d', 'tools', 'dav1d'),
        decoders.Vpxdec: os.path.join(COUNT, 'libvpx-ours', 'vpxdec')}
VARIANTS = 'stock', 'off', 'null'

options = argparse.Namespace()


class Failed(Exception):
    """A run that says nothing."""


def program(variant, decoder):
    return (STOCK if variant == 'stock' else OURS)[decoder]


def decode(variant, clip, threads, args, quiet=True, stats=None, plugin=()):
    """What one run says on stdout and stderr."""
    decoder = decoders.of_clip(clip)
    command = decoder.command(program(variant, decoder), clip, threads, options.limit, quiet)
    if variant == 'off':
        command += decoder.qpu('off')
    elif variant == 'null':
        command += decoder.qpu('all', 'null', stats) + decoder.late
    env = {name: value for name, value in os.environ.items() if not name.startswith(('DAEDALUS_', 'QEMU_'))}
    run = subprocess.run([options.qemu, '-cpu', options.cpu, *plugin, *command, *args], stdin=subprocess.DEVNULL,
                         capture_output=True, text=True, errors='replace', env=env)
    if run.returncode:
        raise Failed(f'{variant}, {os.path.basename(clip)}, {threads} threads: status {run.returncode}: '
                     f'{run.stderr.strip()}')
    return run.stdout, run.stderr


def pictures(variant, clip, threads):
    """MD5 and number of the pictures."""
    decoder = decoders.of_clip(clip)
    md5, progress = decode(variant, clip, threads, decoder.md5, quiet=False)
    return md5.strip(), int(re.findall(decoder.frames, progress)[-1])


def count(variant, clip, threads):
    """How often each address was executed."""
    with tempfile.TemporaryDirectory() as directory:
        blocks, stats = (os.path.join(directory, name) for name in ('blocks', 'stats'))
        decode(variant, clip, threads, decoders.of_clip(clip).null, stats=stats,
               plugin=('-plugin', f'{os.path.join(COUNT, "plugin.so")},out={blocks}'))
        if variant == 'null':
            with open(stats) as f:
                s = json.load(f)
            if s['fallback'] or s['cpu_frames'] or not s['qpu_frames']:
                raise Failed(f'{variant}, {os.path.basename(clip)}, {threads} threads: the device did '
                             f'{s["qpu_frames"]} of {s["frames"]} frames: {s["fallback"]}')
        executed = collections.Counter()
        with open(blocks) as f:
            for line in f:
                address, instructions, times = map(int, line.split())
                for i in range(instructions):
                    executed[address + 4 * i] += times
    return executed


def by_function(program, addresses):
    """The symbol at or before each address; of several the shortest."""
    symbols = {}
    for line in subprocess.run([PREFIX + 'nm', '--defined-only', program], check=True,
                               capture_output=True, text=True).stdout.splitlines():
        address, kind, name = line.split()
        if kind in 'tTwWi':
            symbols[int(address, 16)] = min(symbols.get(int(address, 16), name), name, key=lambda n: (len(n), n))
    starts = sorted(symbols)
    for address in addresses:
        i = bisect.bisect_right(starts, address)
        yield symbols[starts[i - 1]] if i else '?'


def by_source(program, addresses):
    """Function, inlined ones too, and line, from the debug information."""
    lines = subprocess.run([PREFIX + 'addr2line', '-f', '-e', program], check=True, capture_output=True, text=True,
                           input='\n'.join(map(hex, addresses))).stdout.splitlines()
    for name, place in zip(lines[::2], lines[1::2]):
        yield name, os.path.basename(place.partition(' ')[0])


def by_inlined(program, addresses):
    return (name for name, _ in by_source(program, addresses))


def by_line(program, addresses):
    return (f'{place} {name}' for name, place in by_source(program, addresses))


def breakdown(title, key, decoder, counted):
    """A table of the functions or lines with the most instructions in the
    last column, in millions."""
    columns = {}
    for variant, executed in counted.items():
        columns[variant] = collections.Counter()
        for name, times in zip(key(program(variant, decoder), list(executed)), executed.values()):
            columns[variant][name] += times
    last = columns[variant]
    print(f'\n| {title} | {" | ".join(columns)} | % of {variant} | sum |')
    print('| --- |' + ' --- |' * (len(columns) + 2))
    so_far, total = 0, sum(last.values())
    for name, times in last.most_common(options.top):
        so_far += times
        cells = [f'{column[name] / 1e6:.2f}' for column in columns.values()]
        print(f'| {name} | {" | ".join(cells)} | {100 * times / total:.1f} | {100 * so_far / total:.1f} |')


def measure(clip):
    """Prints the rows of a clip; returns the first counts by variant."""
    counted = {}
    md5, frames = pictures('stock', clip, 1)
    for threads in options.threads:
        for variant in VARIANTS:
            if variant == 'off' and pictures('off', clip, threads) != (md5, frames):
                raise Failed(f'{clip}, {threads} threads: other pictures than stock')
            try:
                runs = [count(variant, clip, threads) for _ in range(options.reps)]
            except Failed as error:
                if variant != 'null':
                    raise
                print(f'count-instructions: left out: {error}', file=sys.stderr)
                options.incomplete = True
                continue
            sums = sorted(sum(run.values()) for run in runs)
            middle = sums[len(sums) // 2]
            if variant == 'stock':
                stock = middle
            print(f'| {os.path.basename(clip)} ({frames}) | {threads} | {variant} | {middle / 1e6:.1f} | '
                  f'{middle / frames / 1e6:.3f} | {middle / stock:.4f} |' +
                  (f' {100 * (sums[-1] - sums[0]) / middle:.4f} |' if options.reps > 1 else ''), flush=True)
            counted.setdefault(variant, runs[0])
    return counted


def main():
    parser = argparse.ArgumentParser(prog='scripts/count-instructions')
    parser.add_argument('clips', nargs='*', default=[CLIP])
    parser.add_argument('--qemu')
    parser.add_argument('--decoders', action='store_true', help='print those that the clips need')
    parser.add_argument('--cpu', default='cortex-a76')
    parser.add_argument('--threads', default='1,2')
    parser.add_argument('--limit', type=int)
    parser.add_argument('--reps', type=int, default=1)
    parser.add_argument('--functions', action='store_true')
    parser.add_argument('--inlined', action='store_true')
    parser.add_argument('--lines', action='store_true')
    parser.add_argument('--top', type=int, default=40)
    parser.parse_args(namespace=options)
    options.threads = [int(n) for n in options.threads.split(',')]
    options.incomplete = False
    if options.decoders:
        print(*{decoders.of_clip(clip).name for clip in options.clips})
        return 0

    print('| clip (frames) | threads | | M instructions | a frame | of stock |' +
          (' spread % |' if options.reps > 1 else ''))
    print('| --- |' + ' --- |' * (5 + (options.reps > 1)), flush=True)
    breakdowns = [(clip, measure(clip)) for clip in options.clips]
    for clip, counted in breakdowns:
        counted.pop('off' if 'null' in counted else None, None)
        decoder = decoders.of_clip(clip)
        where = f'{os.path.basename(clip)}, {options.threads[0]} threads, M instructions'
        if options.functions:
            breakdown(f'functions: {where}', by_function, decoder, counted)
        if options.inlined:
            breakdown(f'functions, inlined ones by themselves: {where}', by_inlined, decoder, counted)
        if options.lines: # what stock has on a line is of no use here
            breakdown(f'lines: {where}', by_line, decoder, dict([counted.popitem()]))
    return options.incomplete


if __name__ == '__main__':
    try:
        sys.exit(main())
    except (Failed, OSError) as error:
        sys.exit(f'count-instructions: {error}')
