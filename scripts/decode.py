"""Runs build/out/bin/dav1d, or vpxdec, on files and prints its statistics as a
table; see scripts/decode, which calls this."""

import json
import os
import re
import subprocess
import sys

import decoders

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.path.join(ROOT, 'build', 'out', 'bin')
STATS = os.path.join(ROOT, 'build', 'log', 'stats.json')
DEFAULT_CLIP = os.path.join(ROOT, 'conformance', 'clips', 'superres-random.ivf') # has work for every filter

# What each decoder gets besides the file, which options say that pictures are asked for, and what it
# says of its speed: frames and frames a second.
ALWAYS = {decoders.Dav1d: ['--filmgrain', '1'], decoders.Vpxdec: ['--summary', *decoders.Vpxdec.late]}
OUTPUT = {decoders.Dav1d: (('-o', '--output'), ('--muxer',), ('--verify',)),
          decoders.Vpxdec: (('-o', '--output'), ('--i420',), ('--yv12',), ('--rawvideo',), ('--noblit',))}
SPEED = re.compile(r'Decoded (\d+).* - ([\d.]+)\S* fps|.*/(\d+) showed frames in .*\(([\d.]+) fps\)')


def value_of(options, *names):
    """The value of the last of these options ('' if it has none), or None."""
    value = None
    for i, option in enumerate(options):
        for name in names:
            if option == name:
                value = options[i + 1] if i + 1 < len(options) else ''
            elif option.startswith(name + '='):
                value = option[len(name) + 1:]
            elif len(name) == 2 and option.startswith(name):
                value = option[2:]
    return value


def table(rows):
    """Columns: the first flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    for first, *rest in rows:
        yield '  '.join([first.ljust(widths[0])] +
                        [cell.rjust(width) for cell, width in zip(rest, widths[1:])])


def report(stats, out):
    frames = max(stats['frames'], 1)
    megabytes = lambda name: '%.1f MB' % (stats[name] / 1e6)
    print(f"device    {stats['device'] or 'none'} ({stats['driver'] or 'no driver'}), mode {stats['mode']}", file=out)
    if stats['fallback']:
        print(f"fallback  {stats['fallback']}", file=out)
    print(f"frames    {stats['frames']}: {stats['qpu_frames']} on the device, {stats['cpu_frames']} on the CPU; "
          f"{stats['submits']} submits, {stats['dispatches']} dispatches, "
          f"at most {stats['max_dispatches_per_frame']} a frame", file=out)
    print(f"memory    {megabytes('upload_bytes')} up, {megabytes('download_bytes')} down, "
          f"peak {megabytes('peak_device_bytes')}; waited {stats['wait_ms']:.1f} ms for the device", file=out)
    rows = [('stage', 'dispatches', 'jobs', 'groups', 'pixels on device', 'on CPU', 'GPU ms', 'ms/frame')]
    for name, stage in stats['stages'].items():
        if not any(stage.values()):
            continue
        gpu_ms = stage['gpu_ms']
        rows.append((name, *(str(stage[key]) for key in ('dispatches', 'jobs', 'groups', 'pixels_qpu', 'pixels_cpu')),
                     *(('-', '-') if gpu_ms is None else (f'{gpu_ms:.2f}', f'{gpu_ms / frames:.3f}'))))
    for line in table(rows):
        print(line.rstrip(), file=out)


def follow(pipe):
    """Passes the decoder's messages on, but of its progress, a line a frame, only
    the last one (on a terminal all, in one place). Returns frames and fps."""
    speed, tty = None, sys.stderr.isatty()
    for line in pipe:
        match = SPEED.match(line)
        if not match:
            sys.stderr.write(line)
            continue
        speed = [group for group in match.groups() if group]
        if tty:
            print(f'\r{speed[0]} frames, {speed[1]} fps\033[K\r', end='', file=sys.stderr)
    return speed


def decode(file, options):
    """Returns the decoder's exit status."""
    decoder = decoders.of_clip(file)
    command = [os.path.join(BIN, decoder.name), *(['-i'] if decoder is decoders.Dav1d else []), file, '--qpu=all',
               *ALWAYS[decoder]]
    if decoder is decoders.Vpxdec and sys.stderr.isatty():
        command.append('--progress')
    shows_md5 = all(value_of(options, *names) is None for names in OUTPUT[decoder])
    if shows_md5:
        command += decoder.md5
    stats_file = value_of(options, decoder.stats('')[0].rstrip('='))
    if stats_file is None:
        stats_file = STATS
        command += decoder.stats(stats_file)
        if os.path.exists(stats_file):
            os.remove(stats_file)
    with subprocess.Popen(command + options, text=True, stderr=subprocess.PIPE,
                          stdout=subprocess.PIPE if shows_md5 else None) as run:
        speed = follow(run.stderr)
        output = run.stdout.read().strip() if shows_md5 else ''
    # A picture stream on stdout is not ours to write into.
    out = sys.stdout if shows_md5 else sys.stderr
    if speed:
        print(f'file      {os.path.relpath(file)}: {speed[0]} frames, {speed[1]} fps', file=out)
    if output:
        print('MD5      ' if speed else '', output.removesuffix('  -'), file=out)
    if speed and os.path.isfile(stats_file):
        with open(stats_file) as f:
            report(json.load(f), out)
    return run.returncode


def main():
    args = sys.argv[1:]
    n_files = next((i for i, arg in enumerate(args) if arg.startswith('-')), len(args))
    files, options = args[:n_files] or [DEFAULT_CLIP], args[n_files:]
    return max(abs(decode(file, options)) for file in files)


if __name__ == '__main__':
    sys.exit(main())
