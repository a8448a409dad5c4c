/* Medians. */

#ifndef QPU_TOOLS_TIMING_H
#define QPU_TOOLS_TIMING_H

#define MAX_SAMPLES 64

/* Sorts v; n > 0. */
double median(double *v, int n);

#endif /* QPU_TOOLS_TIMING_H */
