#ifndef QPU_VP9_MC_H
#define QPU_VP9_MC_H

#include "qpu.h"

#endif
