/* DAEDALUS_GUARD=1, in builds with faults: while a frame is recorded, pictures are memory
 * that can't be accessed, so that any pixel that the CPU touches ends the program. */

#ifndef QPU_SESSION_GUARD_H
#define QPU_SESSION_GUARD_H

#include <stdint.h>

#ifdef QPU_FAULTS
/* The middle of it: larger than any plane, with a margin on both sides. NULL: not
 * wanted. Any thread. */
uint8_t *qpu_guard_area(void);
#endif

#endif /* QPU_SESSION_GUARD_H */
