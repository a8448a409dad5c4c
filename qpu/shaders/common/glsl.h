/* Lets a header declare push constants and jobs once for C and GLSL: uint,
 * int and arrays of them lie the same in both (std430). */

#ifndef QPU_GLSL_H
#define QPU_GLSL_H

#ifndef VULKAN /* C */
#include <stdint.h>
typedef uint32_t uint;
#endif

#endif
