"""How the codecs' decoders are called: for the scripts here that run stock's
and ours."""

import os


class Dav1d:
    name = 'dav1d'
    stages = 'mc', 'itx', 'ipred', 'lf', 'cdef', 'sr', 'lr', 'fg'
    md5 = ['--filmgrain', '1', '--muxer', 'md5', '-o', '-']
    null = ['--muxer', 'null', '-o', os.devnull]
    # Pictures handed out late, so that the device has time, and each one waited for.
    late, at_once = [], ['--framedelay', '1']
    frames = r'Decoded (\d+)'

    @staticmethod
    def command(program, clip, threads, limit=None, quiet=True):
        return [program, '-i', clip, '--threads', str(threads)] + (['--quiet'] if quiet else []) + \
            (['--limit', str(limit)] if limit else [])

    @staticmethod
    def qpu(mode, device=None, stats=None):
        return ['--qpu=' + mode] + (['--qpudevice', device] if device else []) + (Dav1d.stats(stats) if stats else [])

    @staticmethod
    def stats(file):
        return ['--qpustats', file]


class Vpxdec:
    name = 'vpxdec'
    stages = 'mc', 'itx', 'ipred', 'lf'
    md5 = ['--rawvideo', '--md5']
    null = ['--noblit']
    late, at_once = ['--qpu-delay=1'], ['--qpu-delay=0']
    frames = r'/(\d+) showed frames'

    @staticmethod
    def command(program, clip, threads, limit=None, quiet=True):
        return [program, clip, f'--threads={threads}'] + ([] if quiet else ['--summary']) + \
            ([f'--limit={limit}'] if limit else [])

    @staticmethod
    def qpu(mode, device=None, stats=None):
        return ['--qpu=' + mode] + (['--qpu-device=' + device] if device else []) + (Vpxdec.stats(stats) if stats else [])

    @staticmethod
    def stats(file):
        return ['--qpu-stats=' + file]


def of_clip(clip):
    """The decoder of a clip: Vpxdec of a VP9 or VP8 stream in IVF or WebM, else Dav1d."""
    with open(clip, 'rb') as f:
        head = f.read(4096)
    vpx = head[8:11] == b'VP9' or head[8:11] == b'VP8' if head[:4] == b'DKIF' else b'V_VP' in head
    return Vpxdec if vpx else Dav1d
