/* Writing JSON. */

#ifndef QPU_SESSION_JSON_H
#define QPU_SESSION_JSON_H

#include <stdio.h>

/* s in quotes, what needs it escaped; NULL: null. */
void qpu_json_string(FILE *out, const char *s);

#endif /* QPU_SESSION_JSON_H */
