#ifndef QPU_VP9_ITX_H
#define QPU_VP9_ITX_H

#include "qpu.h"

#endif
