/* Programs that are run and measured, and files for them. */

#ifndef QPU_TOOLS_CHILD_H
#define QPU_TOOLS_CHILD_H

#include <stddef.h>

typedef struct Child {
    int status;        /* its exit status; -1: it could not be run, or a signal ended it */
    double wall, cpu;  /* seconds; CPU: user and system, of all threads */
    char out[512];     /* the first that it wrote to stdout */
    char err[256];     /* the last line that it wrote to stderr */
} Child;

/* argv: its path, its arguments, NULL. Without the environment's DAEDALUS_*.
 * Returns its status. */
int run_child(Child *c, const char *const argv[]);

/* What mkstemp() and mkdtemp() want for a temporary file or folder. */
void temporary(char *path, size_t size);

#endif /* QPU_TOOLS_CHILD_H */
