#ifndef QPU_VP9_IPRED_H
#define QPU_VP9_IPRED_H

#include "qpu.h"

#endif
