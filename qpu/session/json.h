/* Reading JSON, member by member, without building anything from it; writing a string. */

#ifndef QPU_SESSION_JSON_H
#define QPU_SESSION_JSON_H

#include <stddef.h>
#include <stdio.h>

typedef struct QpuJson {
    const char *at;    /* what comes next, 0-terminated; the caller's */
    const char *wrong; /* the first mistake; NULL: none so far */
    const char *where; /* of the mistake */
} QpuJson;

/* After any mistake all functions return 0 and change nothing, so only the last
 * result needs to be looked at.
 *
 * key NULL: of any length, not wanted.
 *
 * An object:  for (int first = 1; qpu_json_member(j, &first, key, sizeof(key)); ) a value
 * An array:   for (int first = 1; qpu_json_element(j, &first); ) a value */
int qpu_json_member(QpuJson *j, int *first, char *key, size_t size);
int qpu_json_element(QpuJson *j, int *first);

/* Values. A string longer than size - 1 bytes is a mistake. */
int qpu_json_string(QpuJson *j, char *buf, size_t size);
int qpu_json_number(QpuJson *j, double *value);
/* Any value, however deep (64 levels). */
int qpu_json_skip(QpuJson *j);
/* Nothing but white space may follow. Returns whether all was well. */
int qpu_json_end(QpuJson *j);

/* Notes a mistake at the current place, for what JSON allows and the caller doesn't. Returns 0. */
int qpu_json_fail(QpuJson *j, const char *wrong);

/* The line of the mistake, from 1 on, in the text that starts there. */
int qpu_json_line(const QpuJson *j, const char *text);

/* s in quotes, what needs it escaped; NULL: null. */
void qpu_json_write_string(FILE *out, const char *s);

#endif /* QPU_SESSION_JSON_H */
