/* Kernel tests in checkasm's style: random and extreme inputs through the
 * device and through upstream's C, output and surroundings compared. One file
 * per kernel family, compiled per bit depth where the C function is. */

#ifndef QPU_TESTS_CHECKQPU_H
#define QPU_TESTS_CHECKQPU_H

#include <stddef.h>
#include <stdint.h>

#include "qpu.h"
#include "check_data.h"

extern QpuContext *check_ctx;
extern QpuBatch *check_batch; /* for the tests to begin, fill, submit, wait */
extern int check_quick;       /* fewer cases, every kind of case */

/* A case has a name; it fails once, however often check_fail() is called,
 * and says which seed repeats it. */
void check_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
void check_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
int check_end(void); /* 0 if the case failed */

/* A frame in upload memory of check_batch, every byte of its range random
 * (guards too). copy gets a malloc'ed copy of the range as uploaded. */
int check_frame(QpuFrame *f, int w, int h, int bpc, int n_planes,
                int ss_hor, int ss_ver, uint8_t **copy);

/* Compares w x h pixels (bytes_pp bytes each) and reports the first that
 * differs. */
int check_pixels(const char *what, const uint8_t *ref, ptrdiff_t ref_stride,
                 const uint8_t *out, ptrdiff_t out_stride, int w, int h, int bytes_pp);

/* Submits check_batch and waits; a failure fails the case. */
int check_run(void);

/* Not a kernel: what the engine promises. */
void checkqpu_engine(void);

#endif /* QPU_TESTS_CHECKQPU_H */
