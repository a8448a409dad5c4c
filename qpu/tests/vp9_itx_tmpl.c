#include "checkqpu.h"

#define BF_(a, b) a##_##b##bpc
#define BF(a, b) BF_(a, b)
void BF(checkqpu_vp9_itx, BITDEPTH)(void);
void BF(checkqpu_vp9_itx, BITDEPTH)(void) {}
