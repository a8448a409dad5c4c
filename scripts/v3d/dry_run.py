"""Decoders on the Pi's driver, nothing executed; see scripts/v3d/dry-run,
which calls this."""

import argparse
import json
import os
import sys
import tempfile

import jobs
import kernels

LAYER = 'VK_LAYER_KHRONOS_validation'
HARMLESS = 'is not a conformant Vulkan implementation', # what v3dv says of all its users


def validation(directory):
    """Environment that has the layer write to directory/said."""
    said = os.path.join(directory, 'said')
    settings = os.path.join(directory, 'settings')
    with open(settings, 'w') as f:
        f.write('khronos_validation.report_flags = error,warn\n'
                'khronos_validation.debug_action = VK_DBG_LAYER_ACTION_LOG_MSG\n'
                f'khronos_validation.log_filename = {said}\n')
    return {'VK_INSTANCE_LAYERS': LAYER, 'VK_LAYER_SETTINGS_PATH': settings}, said


def complaints(run):
    """What went wrong in a run, a line each."""
    if run.status or not run.stats:
        return [f'status {run.status}', *run.messages.splitlines()[-5:]]
    stats = json.loads(run.stats)
    found = [f"{stats['cpu_frames']} frames on the CPU: {stats['fallback']}"] if stats['cpu_frames'] or stats['fallback'] else []
    return found + [line for line in run.messages.splitlines()
                    if 'MESA' in line and not any(harmless in line for harmless in HARMLESS)]


def dry_run(clip, args):
    """Prints the clip's row and what was wrong; True: nothing was."""
    name = os.path.basename(clip)
    if args.validate:
        with tempfile.TemporaryDirectory() as directory:
            env, said = validation(directory)
            run = jobs.Run(clip, limit=args.limit or 10, env=env)
            found = complaints(run)
            if os.path.exists(said):
                with open(said) as f:
                    found += f.read().strip().splitlines()
            else:
                found.append('the validation layer was not loaded')
        print(f'| {name} | {run.frames} | {len(found)} |')
    else:
        jobs.Run(clip, limit=1) # all kernels are compiled, and kept
        run, null = jobs.Run(clip, limit=args.limit), jobs.Run(clip, device='null', limit=args.limit)
        found = complaints(run) + complaints(null)
        if found:
            print(f'| {name} | failed |')
        else:
            stats = json.loads(run.stats)
            a_frame = lambda value: f'{value / max(run.frames, 1):.2f}'
            print(f'| {name} | {run.frames} | {a_frame(stats["submits"])} | {a_frame(stats["dispatches"])} | '
                  f'{a_frame(run.cpu_seconds * 1e3)} | {a_frame(null.cpu_seconds * 1e3)} | '
                  f'{a_frame((run.cpu_seconds - null.cpu_seconds) * 1e3)} |')
    for line in found:
        print(f'dry-run: {name}: {line}', file=sys.stderr)
    sys.stdout.flush()
    return not found


def main():
    parser = argparse.ArgumentParser(prog='scripts/v3d/dry-run')
    parser.add_argument('--validate', action='store_true')
    parser.add_argument('--limit', type=int, metavar='N')
    parser.add_argument('clips', nargs='+', metavar='CLIP')
    args = parser.parse_args()
    columns = ('clip', 'pictures', 'complaints') if args.validate else \
        ('clip', 'pictures', 'submits', 'launches', 'CPU ms', 'null device', 'driver')
    print('| ' + ' | '.join(columns) + ' |\n' + '| --- ' * len(columns) + '|')
    try:
        kernels.directory()
        return 0 if all([dry_run(clip, args) for clip in args.clips]) else 1
    except kernels.Missing as missing:
        sys.exit(f'dry-run: {missing}')


if __name__ == '__main__':
    sys.exit(main())
