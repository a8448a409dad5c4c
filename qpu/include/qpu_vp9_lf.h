#ifndef QPU_VP9_LF_H
#define QPU_VP9_LF_H

#include "qpu.h"

#endif
