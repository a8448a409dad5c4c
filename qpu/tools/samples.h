/* Clips for --tune where none are given. */

#ifndef QPU_TOOLS_SAMPLES_H
#define QPU_TOOLS_SAMPLES_H

#include "qpubench.h"

typedef struct Samples {
    char folder[256];    /* "": none */
    char path[16][288];
    const char *list[16]; /* the same, for Options */
    int n;
} Samples;

/* Makes clips of both codecs, 8 and 10 bits, some sizes, in a folder for them, as far as
 * there are encoders: vpxenc's path or NULL, aomenc from PATH. 0, or a negative errno when
 * there are none. To be removed in any case. *s must not move. */
int samples_make(Samples *s, const Options *o, const char *vpxenc);
void samples_remove(Samples *s);

#endif /* QPU_TOOLS_SAMPLES_H */
