/* What players do: decodes a stream straight through, then again with flushes,
 * drains and restarts in the middle, with pictures that are kept for a while, and
 * with memory of the player's own, and compares every picture with the straight
 * decode. Public dav1d API only.
 *
 *   cc -O2 -o seek seek.c $(pkg-config --cflags --libs dav1d)
 *   DAEDALUS_QPU=all ./seek [--threads N] [--framedelay N] [--seed N] [--rounds N] FILE
 *
 * FILE is IVF, section 5 or annex B. The straight decode runs with
 * DAEDALUS_QPU=off, everything else as the environment says, so a wrong
 * picture of the device fails too. Prints `N passed, N failed`. */

#define _GNU_SOURCE
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dav1d/dav1d.h>

typedef struct Packet {
    const uint8_t *data;
    size_t size;
    int has_seq_hdr;
    int first_picture; /* the first one that comes from it or a later packet */
    int restart;       /* decoding may start here */
} Packet;

typedef struct Picture {
    uint64_t hash;
    int64_t packet;
    int key;
} Picture;

typedef struct Pictures {
    Picture *p;
    int n, size;
} Pictures;

static Packet *packets;
static int n_packets, packets_size;
static Pictures straight;
static Dav1dSettings settings;
static int n_passed, n_failed;
static uint64_t rng = 1;

/* Pictures that have been handed out and are still in use. */
#define MAX_KEPT 40
static struct {
    Dav1dPicture pic[MAX_KEPT + 1];
    uint64_t hash[MAX_KEPT + 1];
    int n, max;
    int changed; /* how many had other pixels when they were given back */
} kept;

/* An allocator of the player's. */
static int own_pictures, foreign_pictures; /* in use; handed out, but from elsewhere */

static unsigned rnd(const unsigned n) {
    rng ^= rng >> 12;
    rng ^= rng << 25;
    rng ^= rng >> 27;
    return (unsigned) ((rng * 0x2545f4914f6cdd1dULL >> 32) % n);
}

static void out_of_memory(void) {
    fprintf(stderr, "out of memory\n");
    exit(2);
}

static void add_packet(const uint8_t *const data, const size_t size) {
    if (n_packets == packets_size) {
        packets_size = packets_size ? packets_size * 2 : 64;
        packets = realloc(packets, packets_size * sizeof(*packets));
        if (!packets) out_of_memory();
    }
    Dav1dSequenceHeader seq;
    packets[n_packets++] = (Packet) {
        .data = data, .size = size,
        .has_seq_hdr = !dav1d_parse_sequence_header(&seq, data, size),
    };
}

/* Returns the number of bytes, 0 if there is no such number. */
static size_t leb128(const uint8_t *const p, const uint8_t *const end, uint64_t *const out) {
    *out = 0;
    for (size_t i = 0; i < 8 && p + i < end; i++) {
        *out |= (uint64_t) (p[i] & 127) << (i * 7);
        if (p[i] < 128) return i + 1;
    }
    return 0;
}

static int split_ivf(const uint8_t *p, const uint8_t *const end) {
    if (end - p < 32 || memcmp(p, "DKIF", 4) || memcmp(p + 8, "AV01", 4)) return -1;
    for (p += 32; end - p >= 12;) {
        const size_t size = p[0] | p[1] << 8 | p[2] << 16 | (size_t) p[3] << 24;
        p += 12;
        if (size > (size_t) (end - p)) break;
        if (size) add_packet(p, size);
        p += size;
    }
    return 0;
}

/* Temporal units begin with a delimiter. */
static int split_section5(const uint8_t *p, const uint8_t *const end) {
    const uint8_t *unit = p;
    if (end - p < 2 || p[0] != 0x12 || p[1] != 0) return -1;
    while (p < end) {
        if (p[0] >> 3 == 2 && p > unit) {
            add_packet(unit, (size_t) (p - unit));
            unit = p;
        }
        uint64_t size;
        const size_t header = 1 + (p[0] >> 2 & 1);
        if (!(p[0] & 2)) return -1;
        if ((size_t) (end - p) <= header) break;
        const size_t n = leb128(p + header, end, &size);
        if (!n || size > (uint64_t) (end - p) - header - n) return -1;
        p += header + n + size;
    }
    add_packet(unit, (size_t) (p - unit));
    return 0;
}

/* Units of annex B become section 5's form: each OBU with a size of its own. */
static int split_annexb(const uint8_t *p, const uint8_t *const end) {
    while (p < end) {
        uint64_t unit;
        size_t n = leb128(p, end, &unit);
        if (!n || unit > (uint64_t) (end - p) - n) return -1;
        p += n;
        const uint8_t *const unit_end = p + unit;
        uint8_t *const out = malloc(unit * 2 + 16); /* kept until the program ends */
        if (!out) out_of_memory();
        size_t out_size = 0;
        while (p < unit_end) {
            uint64_t frame;
            n = leb128(p, unit_end, &frame);
            if (!n || frame > (uint64_t) (unit_end - p) - n) return -1;
            p += n;
            const uint8_t *const frame_end = p + frame;
            while (p < frame_end) {
                uint64_t obu;
                n = leb128(p, frame_end, &obu);
                if (!n || !obu || obu > (uint64_t) (frame_end - p) - n) return -1;
                p += n;
                const size_t header = 1 + (p[0] >> 2 & 1);
                if (p[0] & 2 || obu < header) {
                    memcpy(out + out_size, p, obu);
                    out_size += obu;
                } else {
                    out[out_size++] = p[0] | 2;
                    if (header > 1) out[out_size++] = p[1];
                    uint64_t size = obu - header;
                    do {
                        out[out_size++] = (uint8_t) ((size & 127) | (size > 127) << 7);
                    } while (size >>= 7);
                    memcpy(out + out_size, p + header, obu - header);
                    out_size += obu - header;
                }
                p += obu;
            }
        }
        add_packet(out, out_size);
    }
    return 0;
}

static int read_file(const char *const name) {
    FILE *const f = fopen(name, "rb");
    if (!f) return -1;
    size_t size = 0, room = 1 << 20, n;
    uint8_t *buf = malloc(room);
    while (buf && (n = fread(buf + size, 1, room - size, f)) > 0) {
        size += n;
        if (size == room) buf = realloc(buf, room *= 2);
    }
    fclose(f);
    if (!buf) out_of_memory();
    if (!split_ivf(buf, buf + size)) return 0;
    n_packets = 0;
    if (!split_section5(buf, buf + size)) return 0;
    n_packets = 0;
    const int res = split_annexb(buf, buf + size);
    free(buf); /* the packets are copies */
    return res;
}

/* FNV-1a, 8 bytes at a time, over the visible pixels and the size. */
static uint64_t hash_picture(const Dav1dPicture *const p) {
    uint64_t h = 0xcbf29ce484222325ULL;
    const int meta[4] = { p->p.w, p->p.h, (int) p->p.layout, p->p.bpc };
    for (int i = 0; i < 4; i++) h = (h ^ (uint64_t) meta[i]) * 0x100000001b3ULL;
    for (int pl = 0; pl < (p->p.layout ? 3 : 1); pl++) {
        const int sh = pl && p->p.layout != DAV1D_PIXEL_LAYOUT_I444;
        const int sv = pl && p->p.layout == DAV1D_PIXEL_LAYOUT_I420;
        const size_t n = (size_t) ((p->p.w + sh) >> sh) << (p->p.bpc > 8);
        const uint8_t *row = p->data[pl];
        for (int y = 0; y < (p->p.h + sv) >> sv; y++, row += p->stride[!!pl])
            for (size_t x = 0; x < n; x += 8) {
                uint64_t v = 0;
                memcpy(&v, row + x, n - x < 8 ? n - x : 8);
                h = (h ^ v) * 0x100000001b3ULL;
                h ^= h >> 29;
            }
    }
    return h;
}

static void give_back_oldest(void) {
    kept.changed += hash_picture(&kept.pic[0]) != kept.hash[0];
    dav1d_picture_unref(&kept.pic[0]);
    kept.n--;
    memmove(kept.pic, kept.pic + 1, (size_t) kept.n * sizeof(*kept.pic));
    memmove(kept.hash, kept.hash + 1, (size_t) kept.n * sizeof(*kept.hash));
}

static void keep(const Dav1dPicture *const pic, const uint64_t hash) {
    kept.pic[kept.n] = *pic;
    kept.hash[kept.n++] = hash;
    while (kept.n > kept.max) give_back_oldest();
}

static int own_alloc(Dav1dPicture *const p, void *const cookie) {
    const size_t w = (size_t) (p->p.w + 127) & ~(size_t) 127, h = (size_t) (p->p.h + 127) & ~(size_t) 127;
    const ptrdiff_t stride = (ptrdiff_t) (w << (p->p.bpc > 8)) + 3 * DAV1D_PICTURE_ALIGNMENT;
    uint8_t *const mem = aligned_alloc(DAV1D_PICTURE_ALIGNMENT, 3 * (size_t) stride * h);
    if (!mem) return DAV1D_ERR(ENOMEM);
    for (int i = 0; i < 3; i++)
        p->data[i] = i && p->p.layout == DAV1D_PIXEL_LAYOUT_I400 ? NULL : mem + (size_t) i * (size_t) stride * h;
    p->stride[0] = p->stride[1] = stride;
    p->allocator_data = mem;
    __atomic_fetch_add(&own_pictures, 1, __ATOMIC_RELAXED);
    return 0;
}

static void own_release(Dav1dPicture *const p, void *const cookie) {
    free(p->allocator_data);
    __atomic_fetch_sub(&own_pictures, 1, __ATOMIC_RELAXED);
}

/* Takes at most max pictures. */
static int take(Dav1dContext *const c, Pictures *const out, const int max) {
    for (int i = 0; i < max; i++) {
        Dav1dPicture pic = { 0 };
        const int res = dav1d_get_picture(c, &pic);
        if (res) return res;
        if (out->n == out->size) {
            out->size = out->size ? out->size * 2 : 64;
            out->p = realloc(out->p, out->size * sizeof(*out->p));
            if (!out->p) out_of_memory();
        }
        if (settings.allocator.alloc_picture_callback == own_alloc && pic.data[0] != pic.allocator_data)
            foreign_pictures++;
        const uint64_t hash = hash_picture(&pic);
        out->p[out->n++] = (Picture) {
            hash, pic.m.timestamp, pic.frame_hdr->frame_type == DAV1D_FRAME_TYPE_KEY
        };
        keep(&pic, hash); /* takes the reference */
    }
    return 0;
}

/* Sends packets first to last - 1; returns 0 or an error of the decoder. */
static int feed(Dav1dContext *const c, const int first, const int last, Pictures *const out) {
    for (int i = first; i < last; i++) {
        Dav1dData data = { 0 };
        uint8_t *const p = dav1d_data_create(&data, packets[i].size);
        if (!p) out_of_memory();
        memcpy(p, packets[i].data, packets[i].size);
        data.m.timestamp = i;
        do {
            int res = dav1d_send_data(c, &data);
            if (res && res != DAV1D_ERR(EAGAIN)) {
                dav1d_data_unref(&data);
                return res;
            }
            res = take(c, out, 1);
            if (res && res != DAV1D_ERR(EAGAIN)) {
                dav1d_data_unref(&data);
                return res;
            }
        } while (data.sz > 0);
    }
    return 0;
}

static int drain(Dav1dContext *const c, Pictures *const out) {
    const int res = take(c, out, 1 << 30);
    return res == DAV1D_ERR(EAGAIN) ? 0 : res;
}

/* out must be the pictures of the straight decode from number `from` on; all
 * of them, or, if some are allowed to be missing at the end, a beginning. */
static int same(const Pictures *const out, const int from, const int all, const char *const what) {
    const int n = straight.n - from;
    for (int i = 0; i < out->n; i++)
        if (i >= n || out->p[i].hash != straight.p[from + i].hash) {
            printf("FAIL %s: picture %d of %d is %s\n", what, i, n, i < n ? "wrong" : "too many");
            return 0;
        }
    if (all && out->n != n) {
        printf("FAIL %s: %d pictures instead of %d\n", what, out->n, n);
        return 0;
    }
    return 1;
}

static Dav1dContext *open_decoder(void) {
    Dav1dContext *c;
    const int res = dav1d_open(&c, &settings);
    if (res) {
        fprintf(stderr, "dav1d_open: %s\n", strerror(-res));
        exit(2);
    }
    return c;
}

static void count(const int ok) {
    if (ok) n_passed++;
    else n_failed++;
}

/* Decodes up to packet `stop`, takes what is there or not, seeks to `start`. */
static void seek(Dav1dContext *const c, const int stop, const int take_first,
                 const int flushes, const int start)
{
    char what[160];
    snprintf(what, sizeof(what), "%d packets, %s, %d flush%s, then from packet %d on", stop,
             take_first ? "drained" : "not drained", flushes, flushes == 1 ? "" : "es", start);
    Pictures before = { 0 }, after = { 0 };
    int ok = 1, res = feed(c, 0, stop, &before);
    if (!res && take_first) res = drain(c, &before);
    if (!res) ok = same(&before, 0, stop == n_packets && take_first, what);
    for (int i = 0; i < flushes; i++) dav1d_flush(c);
    if (!res) res = feed(c, start, n_packets, &after);
    if (!res) res = drain(c, &after);
    if (res) {
        printf("FAIL %s: %s\n", what, strerror(-res));
        ok = 0;
    }
    if (ok) ok = same(&after, packets[start].first_picture, 1, what);
    count(ok);
    dav1d_flush(c);
    free(before.p);
    free(after.p);
}

/* The whole stream by a player that keeps that many pictures, in the decoder's
 * memory or in its own. The last ones outlive the decoder. */
static void play(const int max_kept, const int own) {
    char what[80];
    snprintf(what, sizeof(what), "%d pictures kept, %s memory", max_kept, own ? "the player's" : "the decoder's");
    const Dav1dPicAllocator theirs = settings.allocator;
    if (own) settings.allocator = (Dav1dPicAllocator) { NULL, own_alloc, own_release };
    Pictures out = { 0 };
    Dav1dContext *c = open_decoder();
    kept.max = max_kept;
    kept.changed = foreign_pictures = 0;
    int res = feed(c, 0, n_packets, &out);
    if (!res) res = drain(c, &out);
    dav1d_close(&c);
    while (kept.n) give_back_oldest();
    kept.max = 0;
    settings.allocator = theirs;
    int ok = !res && same(&out, 0, 1, what);
    if (kept.changed || foreign_pictures || own_pictures) {
        printf("FAIL %s: %d pictures changed, %d were not in the player's memory, %d not given back\n",
               what, kept.changed, foreign_pictures, own_pictures);
        ok = 0;
    }
    count(ok);
    free(out.p);
}

static void log_nothing(void *const cookie, const char *const format, va_list ap) {}

int main(const int argc, char **const argv) {
    const char *file = NULL;
    int rounds = 2;
    dav1d_default_settings(&settings);
    settings.n_threads = settings.max_frame_delay = 1;
    settings.all_layers = 0;
    settings.logger.callback = log_nothing;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--threads") && i + 1 < argc) settings.n_threads = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--framedelay") && i + 1 < argc) settings.max_frame_delay = atoi(argv[++i]);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc) rng = strtoull(argv[++i], NULL, 0) | 1;
        else if (!strcmp(argv[i], "--rounds") && i + 1 < argc) rounds = atoi(argv[++i]);
        else if (argv[i][0] != '-' && !file) file = argv[i];
        else file = NULL, i = argc;
    }
    if (!file) {
        fprintf(stderr, "Usage: seek [--threads N] [--framedelay N] [--seed N] [--rounds N] FILE\n");
        return 2;
    }
    if (read_file(file) || !n_packets) {
        fprintf(stderr, "%s: cannot be read as IVF, section 5 or annex B\n", file);
        return 2;
    }

    /* straight, without the device */
    const char *const mode = getenv("DAEDALUS_QPU");
    char *const saved = mode ? strdup(mode) : NULL;
    setenv("DAEDALUS_QPU", "off", 1);
    Dav1dContext *c = open_decoder();
    int res = feed(c, 0, n_packets, &straight);
    if (!res) res = drain(c, &straight);
    dav1d_close(&c);
    if (saved) setenv("DAEDALUS_QPU", saved, 1);
    else unsetenv("DAEDALUS_QPU");
    free(saved);
    if (res) {
        printf("the stream has errors: %s\n", strerror(-res));
        return 2;
    }

    /* Where to start: packets with a sequence header whose first picture is a
     * key frame. */
    int n_restarts = 0;
    for (int i = n_packets - 1, first = straight.n; i >= 0; i--) {
        while (first && straight.p[first - 1].packet >= i) first--;
        packets[i].first_picture = first;
        packets[i].restart = packets[i].has_seq_hdr && first < straight.n &&
                             straight.p[first].packet == i && straight.p[first].key;
        n_restarts += packets[i].restart;
    }

    c = open_decoder();
    seek(c, n_packets, 1, 1, 0);  /* whole stream twice */
    seek(c, 0, 0, 2, 0);          /* flushed before anything was sent */
    seek(c, 1, 0, 1, 0);
    seek(c, n_packets / 2, 0, 1, 0);
    seek(c, n_packets / 2, 1, 1, 0);
    seek(c, n_packets, 0, 3, 0);  /* pictures still inside */
    for (int i = 1; i < n_packets; i++)
        if (packets[i].restart) {
            seek(c, 0, 0, 0, i);
            seek(c, (int) rnd((unsigned) n_packets + 1), (int) rnd(2), 1, i);
            if (n_restarts > 12) i += n_packets / 12;
        }
    for (int i = 0; i < rounds; i++)
        seek(c, (int) rnd((unsigned) n_packets + 1), (int) rnd(2), 1 + (int) rnd(2), 0);
    dav1d_close(&c);

    /* A decoder that is closed with frames in flight, and pictures that live
     * longer than it. */
    for (int i = 0; i < rounds; i++) {
        Pictures out = { 0 };
        c = open_decoder();
        res = feed(c, 0, (int) rnd((unsigned) n_packets + 1), &out);
        Dav1dPicture pic = { 0 };
        const int number = out.n, got = !dav1d_get_picture(c, &pic);
        dav1d_close(&c);
        int ok = !res && same(&out, 0, 0, "closed in the middle");
        if (ok && got && hash_picture(&pic) != straight.p[number].hash) {
            printf("FAIL picture %d is wrong after the decoder was closed\n", number);
            ok = 0;
        }
        if (got) dav1d_picture_unref(&pic);
        count(ok);
        free(out.p);
    }
    play(MAX_KEPT, 0);
    play(4, 1);
    free(straight.p);
    printf("%d passed, %d failed, %d pictures, %d places to start\n", n_passed, n_failed, straight.n, n_restarts);
    return n_failed || !n_passed;
}
