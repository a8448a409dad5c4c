/* Clips for --tune where none are given: a made-up scene, by the encoders that are here:
 * vpxenc beside qpubench, aomenc where it is installed. */

#include "samples.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check_data.h"
#include "child.h"

#define TEXTURE 1024 /* pixels each way, repeated */

static const struct {
    const char *name;
    int w, h;
} sizes[] = { { "360p", 640, 360 }, { "720p", 1280, 720 }, { "1080p", 1920, 1080 } };
#define N_SIZES ((int) (sizeof(sizes) / sizeof(*sizes)))
#define N_KINDS (2 /* codecs */ * 2 /* depths */ * N_SIZES)

/* Smooth shapes of several sizes, and fine detail. */
static void make_texture(uint8_t *const t) {
    static uint8_t noise[TEXTURE * TEXTURE];
    for (int i = 0; i < TEXTURE * TEXTURE; i++)
        noise[i] = (uint8_t) (check_rand() & 255);
    for (int y = 0; y < TEXTURE; y++)
        for (int x = 0; x < TEXTURE; x++) {
            int sum = noise[y * TEXTURE + x] * 4;
            for (int log2 = 3; log2 <= 6; log2++) { /* between four values a cell */
                const int n = 1 << log2, fx = x & (n - 1), fy = y & (n - 1);
                const int x0 = x >> log2, y0 = y >> log2, x1 = (x0 + 1) & (TEXTURE / n - 1), y1 = (y0 + 1) & (TEXTURE / n - 1);
                const int top = noise[y0 * TEXTURE + x0] * (n - fx) + noise[y0 * TEXTURE + x1] * fx;
                const int low = noise[y1 * TEXTURE + x0] * (n - fx) + noise[y1 * TEXTURE + x1] * fx;
                sum += (top * (n - fy) + low * fy) / (n * n) * (log2 * 4 + 1);
            }
            t[y * TEXTURE + x] = (uint8_t) (sum / (4 + 13 + 17 + 21 + 25));
        }
}

/* A background that pans, and things that move across it. */
static int scene(const uint8_t *const t, const int frame, const int x, const int y, const int w, const int h) {
    for (int i = 0; i < 4; i++) {
        const int size = h / (3 + i), at_x = (w * i / 4 + frame * (3 + 2 * i)) % (w + size) - size;
        const int at_y = h / 6 * (i + 1) + frame * (i - 1) / 2;
        if (x >= at_x && x < at_x + size && y >= at_y && y < at_y + size)
            return t[((y - at_y + i * 200) & (TEXTURE - 1)) * TEXTURE + ((x - at_x) & (TEXTURE - 1))];
    }
    return t[((y + frame / 2) & (TEXTURE - 1)) * TEXTURE + ((x + frame * 3) & (TEXTURE - 1))] / 2 + 40;
}

static int write_y4m(const char *const path, const uint8_t *const t, const int w, const int h, const int bits,
                     const int frames)
{
    FILE *const f = fopen(path, "wb");
    if (!f) return -errno;
    fprintf(f, "YUV4MPEG2 W%d H%d F30:1 Ip C420%s\n", w, h, bits > 8 ? "p10 XYSCSS=420P10" : "jpeg");
    for (int n = 0; n < frames && !ferror(f); n++) {
        fputs("FRAME\n", f);
        for (int pl = 0; pl < 3; pl++)
            for (int y = 0; y < h >> !!pl; y++)
                for (int x = 0; x < w >> !!pl; x++) {
                    int v = scene(t, n, x << !!pl, y << !!pl, w, h);
                    if (pl) v = 128 + (v - 128) / (1 + pl);
                    if (bits > 8) v = v << 2 | (x & 3);
                    putc(v & 255, f);
                    if (bits > 8) putc(v >> 8, f);
                }
    }
    const int failed = ferror(f);
    return fclose(f) || failed ? -EIO : 0;
}

/* 0, or the encoder's failure, said. */
static int encode(const char *const encoder, const int av1, const char *const in, const char *const out, const int bits) {
    const char *argv[24] = { "/usr/bin/env", encoder, "--quiet", "--good", "--end-usage=q", "--cq-level=32", "--passes=1",
                             "--lag-in-frames=16", "--auto-alt-ref=1", "--threads=4", "--ivf", "-o", out };
    int n = 13;
    argv[n++] = av1 ? "--cpu-used=6" : "--cpu-used=4";
    if (bits > 8) {
        argv[n++] = "--bit-depth=10";
        argv[n++] = "--input-bit-depth=10";
        argv[n++] = av1 ? "--profile=0" : "--profile=2";
    }
    argv[n] = in;
    Child child;
    if (!run_child(&child, argv)) return 0;
    say("%s did not make a clip of %d bits: %s", encoder, bits, child.err);
    return -1;
}

int samples_make(Samples *const s, const Options *const o, const char *const vpxenc) {
    char in[288], folder[sizeof(s->folder)];
    int res = -ENOMEM;
    uint8_t *const texture = malloc(TEXTURE * TEXTURE);
    memset(s, 0, sizeof(*s));
    temporary(s->folder, sizeof(s->folder));
    if (!texture) return res;
    if (!mkdtemp(s->folder)) {
        free(texture);
        *s->folder = 0;
        return -errno;
    }
    say("no clips given: making some, of a scene that is made up, by vpxenc and aomenc");
    check_seed(1, 0);
    make_texture(texture);
    memcpy(folder, s->folder, sizeof(folder));
    snprintf(in, sizeof(in), "%s/in.y4m", folder);
    int broken[2][2] = { { 0, 0 }, { !vpxenc, !vpxenc } }; /* codec, depth */
    for (int k = 0; k < (o->quick ? 2 : N_KINDS / 2); k++) {
        const int size = o->quick ? 0 : k / 2, bits = k & 1 ? 10 : 8;
        if ((res = write_y4m(in, texture, sizes[size].w, sizes[size].h, bits, o->quick ? 6 : 60))) break;
        for (int vp9 = 0; vp9 < 2; vp9++) {
            if (broken[vp9][k & 1]) continue;
            char *const out = s->path[s->n];
            snprintf(out, sizeof(s->path[0]), "%s/%s-%s-%d.ivf", folder, vp9 ? "vp9" : "av1", sizes[size].name, bits);
            s->list[s->n] = out;
            if (encode(vp9 ? vpxenc : "aomenc", !vp9, in, out, bits)) {
                unlink(out);
                broken[vp9][k & 1] = 1;
            } else {
                s->n++;
            }
        }
    }
    unlink(in);
    free(texture);
    if (!res && !s->n) res = -ENOENT;
    return res;
}

void samples_remove(Samples *const s) {
    for (int i = 0; i < s->n; i++)
        unlink(s->path[i]);
    if (*s->folder) rmdir(s->folder);
}
