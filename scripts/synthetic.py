"""Computed pictures (fixed seeds, no footage) for scripts/make-clips and
scripts/make-vp9-clips: planes of 12-bit samples, made by rows."""

import math
import random

SIZE = 256  # of a texture, which repeats


def texture(seed):
    """Noise of several scales, some hard edges, some flat areas."""
    rnd = random.Random(seed)
    total = [0] * (SIZE * SIZE)
    for log2, gain in ((6, 1400), (5, 900), (4, 600), (3, 400), (2, 200), (0, 60)):
        n, step = SIZE >> log2, 1 << log2
        grid = [rnd.randint(-gain, gain) for _ in range(n * n)]
        for y in range(SIZE):
            g0, g1, fy = (y >> log2) * n, ((y >> log2) + 1) % n * n, y & step - 1
            for x in range(SIZE):
                a, b, fx = x >> log2, ((x >> log2) + 1) % n, x & step - 1
                top = grid[g0 + a] * (step - fx) + grid[g0 + b] * fx
                bottom = grid[g1 + a] * (step - fx) + grid[g1 + b] * fx
                total[y * SIZE + x] += (top * (step - fy) + bottom * fy) >> 2 * log2
    for _ in range(12):  # bars and boxes
        x0, y0 = rnd.randrange(SIZE), rnd.randrange(SIZE)
        w, h, v = rnd.randint(3, 60), rnd.randint(3, 60), rnd.randint(-2000, 2000)
        for y in range(h):
            for x in range(w):
                total[(y0 + y) % SIZE * SIZE + (x0 + x) % SIZE] = v
    return [min(4095, max(0, v + 2048)) for v in total]


_textures = {}


def tex(seed):
    if seed not in _textures:
        _textures[seed] = texture(seed)
    return _textures[seed]


def affine_rows(t, w, h, u, v, du, dv):
    """Samples texture t along (u, v) + x (du, dv) + y (-dv, du), 16 fractional bits."""
    for y in range(h):
        yield [t[(v + x * dv >> 8 & 0xff00) | (u + x * du >> 16 & 0xff)] for x in range(w)]
        u, v = u - dv, v + du


def plane_motion(w, h, frame, seed, sx, sy, noise):
    """A background that pans, turns and zooms, two objects with a motion of their
    own, noise that is new in each frame."""
    zoom = 1.0 + 0.012 * frame
    angle = 0.01 * frame
    du, dv = int(65536 * zoom * math.cos(angle)), int(65536 * zoom * math.sin(angle))
    rows = [list(r) for r in affine_rows(tex(seed), w, h, int(frame * 1.37 * 65536),
                                         int(frame * 0.61 * 65536), du * sx, dv * sy)]
    for n, (ox, oy, mx, my) in enumerate(((0.1, 0.2, 3.25, 1.5), (0.6, 0.5, -2.5, 2.75))):
        bw, bh = max(1, w // 3), max(1, h // 3)
        x0, y0 = int(ox * w + frame * mx / sx), int(oy * h + frame * my / sy)
        patch = list(affine_rows(tex(seed + 1 + n), bw, bh, 1 << 20, 1 << 21, 65536 * sx, 0))
        for y in range(bh):
            for x in range(bw):
                if 0 <= y0 + y < h and 0 <= x0 + x < w:
                    rows[y0 + y][x0 + x] = patch[y][x]
    if noise:
        rnd = random.Random(seed * 1000 + frame)
        table = [int(rnd.gauss(0, noise)) for _ in range(4096)]
        for row in rows:
            o = rnd.randrange(4096)
            for x in range(w):
                row[x] = min(4095, max(0, row[x] + table[(o + x * 7) & 4095]))
    return rows


def plane_screen(w, h, frame, seed, sx, sy, noise):
    """Windows, lines of repeated glyphs, a pointer: few colours, exact repeats."""
    rnd = random.Random(seed)
    rows = [[3500 - 200 * (seed & 3)] * w for _ in range(h)]
    glyphs = [[rnd.getrandbits(8) & rnd.getrandbits(8) | 1 << rnd.randrange(8) for _ in range(8)]
              for _ in range(10)]
    text = [rnd.randrange(10) for _ in range(64)]
    ink = 300 + 500 * (seed % 3)

    def box(x0, y0, bw, bh, v):
        for y in range(max(0, y0), min(h, y0 + bh)):
            for x in range(max(0, x0), min(w, x0 + bw)):
                rows[y][x] = v

    box(w // 8, h // 8, w // 2, h // 2, 2800)
    box(w // 3, h // 3, w // 2, h // 2, 3900)
    scroll = 4 * frame
    for line in range(0, h // (10 // sy) + 2):
        for col in range(w // (8 // sx)):
            glyph = glyphs[text[(line * 5 + col) & 63]]
            for y in range(0, 8, sy):
                yy = line * 10 // sy + y // sy - scroll // sy
                if 0 <= yy < h:
                    for x in range(0, 8, sx):
                        xx = col * 8 // sx + x // sx
                        if xx < w and glyph[y] >> x & 1:
                            rows[yy][xx] = ink
    box((10 + 5 * frame) // sx, (20 + 3 * frame) // sy, 12 // sx, 12 // sy, 2000)
    return rows


SUBSAMPLING = {'400': (2, 2), '420': (2, 2), '422': (2, 1), '440': (1, 2), '444': (1, 1)}


def write_frame(f, kind, w, h, n, chroma, depth, noise):
    """Frame n as raw planes; chroma 400 is 420 with grey."""
    make = {'motion': plane_motion, 'screen': plane_screen}[kind]
    sx, sy = SUBSAMPLING[chroma]
    for p in range(3):
        px, py = (sx, sy) if p else (1, 1)
        pw, ph = (w + px - 1) // px, (h + py - 1) // py
        if p and chroma == '400':
            rows = [[2048] * pw] * ph
        else:
            rows = make(pw, ph, n, 10 * (p + 1), px, py, noise)
        shift = 12 - depth
        for row in rows:
            if depth == 8:
                f.write(bytes(v >> shift for v in row))
            else:
                f.write(b''.join((v >> shift).to_bytes(2, 'little') for v in row))


def write_y4m(f, kind, w, h, frames, chroma, depth, noise):
    """chroma: 400 (as 420 with grey, the encoders take no other), 420, 422, 444."""
    name = {'400': '420'}.get(chroma, chroma)
    name = name + ('jpeg' if name == '420' and depth == 8 else '') if depth == 8 else \
        '%sp%d' % (name, depth)
    f.write(b'YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C%s\n' % (w, h, name.encode()))
    for n in range(frames):
        f.write(b'FRAME\n')
        write_frame(f, kind, w, h, n, chroma, depth, noise)
