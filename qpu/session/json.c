#include "session/json.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 64

int qpu_json_fail(QpuJson *const j, const char *const wrong) {
    if (!j->wrong) {
        j->wrong = wrong;
        j->where = j->at;
    }
    return 0;
}

int qpu_json_line(const QpuJson *const j, const char *text) {
    int n = 1;
    for (; text < j->where; text++) n += *text == '\n';
    return n;
}

static void skip_space(QpuJson *const j) {
    j->at += strspn(j->at, " \t\r\n");
}

/* Takes that character, if it is next. */
static int take(QpuJson *const j, const char c) {
    if (j->wrong) return 0;
    skip_space(j);
    if (*j->at != c) return 0;
    j->at++;
    return 1;
}

static int hex4(const char *const s) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        const char c = s[i];
        const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
                          c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

/* Of a character as UTF-8; surrogates stay what they are. Returns the bytes. */
static int utf8(char *const out, const int c) {
    if (c < 0x80) {
        out[0] = (char) c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char) (0xc0 | c >> 6);
        out[1] = (char) (0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (char) (0xe0 | c >> 12);
    out[1] = (char) (0x80 | (c >> 6 & 0x3f));
    out[2] = (char) (0x80 | (c & 0x3f));
    return 3;
}

/* What follows a backslash. Returns the bytes written, 0: a mistake. */
static int escaped(QpuJson *const j, char *const out) {
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *const known = *j->at ? strchr(from, *j->at) : NULL;
    if (known) {
        *out = to[known - from];
        j->at++;
        return 1;
    }
    const int c = *j->at == 'u' ? hex4(j->at + 1) : -1;
    if (c <= 0) return qpu_json_fail(j, "an unknown escape");
    j->at += 5;
    return utf8(out, c);
}

/* buf may be NULL: then it is skipped, of any length. */
static int string(QpuJson *const j, char *const buf, const size_t size) {
    size_t n = 0;
    if (!take(j, '"')) return qpu_json_fail(j, "a string is expected");
    while (*j->at != '"') {
        char piece[3];
        int len = 1;
        if ((unsigned char) *j->at < 0x20) return qpu_json_fail(j, "a string does not end");
        if (*j->at == '\\') {
            j->at++;
            if (!(len = escaped(j, piece))) return 0;
        } else {
            piece[0] = *j->at++;
        }
        if (!buf) continue;
        if (n + (size_t) len >= size) return qpu_json_fail(j, "a string is too long");
        memcpy(buf + n, piece, (size_t) len);
        n += (size_t) len;
    }
    j->at++;
    if (buf) buf[n] = 0;
    return 1;
}

int qpu_json_string(QpuJson *const j, char *const buf, const size_t size) {
    return string(j, buf, size);
}

int qpu_json_number(QpuJson *const j, double *const value) {
    if (j->wrong) return 0;
    skip_space(j);
    /* without strtod(), which reads what the locale calls a number */
    const char *s = j->at;
    const int negative = *s == '-';
    double mantissa = 0, scale = 1;
    int digits = 0, exponent = 0, exponent_negative = 0;
    s += negative;
    for (; *s >= '0' && *s <= '9'; s++, digits++) mantissa = mantissa * 10 + (*s - '0');
    if (digits && *s == '.')
        for (s++; *s >= '0' && *s <= '9'; s++) mantissa = mantissa * 10 + (*s - '0'), scale *= 10;
    if (!digits) return qpu_json_fail(j, "a number is expected");
    if (*s == 'e' || *s == 'E') {
        s++;
        exponent_negative = *s == '-';
        s += *s == '-' || *s == '+';
        for (; *s >= '0' && *s <= '9'; s++) if (exponent < 300) exponent = exponent * 10 + (*s - '0');
    }
    for (double *const to = exponent_negative ? &scale : &mantissa; exponent; exponent--) *to *= 10;
    *value = (negative ? -mantissa : mantissa) / scale;
    j->at = s;
    return 1;
}

int qpu_json_member(QpuJson *const j, int *const first, char *const key, const size_t size) {
    if (*first && !take(j, '{')) return qpu_json_fail(j, "an object is expected");
    if (take(j, '}')) return 0;
    if (!*first && !take(j, ',')) return qpu_json_fail(j, "a comma or the object's end is expected");
    *first = 0;
    if (!string(j, key, size)) return 0;
    return take(j, ':') ? 1 : qpu_json_fail(j, "a colon is expected");
}

int qpu_json_element(QpuJson *const j, int *const first) {
    if (*first && !take(j, '[')) return qpu_json_fail(j, "an array is expected");
    if (take(j, ']')) return 0;
    if (!*first && !take(j, ',')) return qpu_json_fail(j, "a comma or the array's end is expected");
    *first = 0;
    return !j->wrong;
}

static int skip_word(QpuJson *const j) {
    static const char *const words[] = { "true", "false", "null" };
    for (int i = 0; i < 3; i++)
        if (!strncmp(j->at, words[i], strlen(words[i]))) {
            j->at += strlen(words[i]);
            return 1;
        }
    return qpu_json_fail(j, "a value is expected");
}

static int skip(QpuJson *const j, const int depth) {
    int first = 1;
    double number;
    if (j->wrong) return 0;
    if (depth > MAX_DEPTH) return qpu_json_fail(j, "it is nested too deep");
    skip_space(j);
    switch (*j->at) {
    case '{':
        while (qpu_json_member(j, &first, NULL, 0)) skip(j, depth + 1);
        return !j->wrong;
    case '[':
        while (qpu_json_element(j, &first)) skip(j, depth + 1);
        return !j->wrong;
    case '"':
        return string(j, NULL, 0);
    case '-': case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9':
        return qpu_json_number(j, &number);
    default:
        return skip_word(j);
    }
}

int qpu_json_skip(QpuJson *const j) {
    return skip(j, 0);
}

int qpu_json_end(QpuJson *const j) {
    if (j->wrong) return 0;
    skip_space(j);
    return *j->at ? qpu_json_fail(j, "something follows the end") : 1;
}

void qpu_json_write_string(FILE *const out, const char *s) {
    if (!s) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    for (; *s; s++) {
        const unsigned char c = (unsigned char) *s;
        if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
        else if (c < 0x20) fprintf(out, "\\u%04x", c);
        else fputc(c, out);
    }
    fputc('"', out);
}
