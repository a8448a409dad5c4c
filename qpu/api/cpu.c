#include "./vp9_rtcd.h"
#include "./vpx_dsp_rtcd.h"

#include "config.h"
#include "src/cpu.h"

#include "api.h"

static void init(void) {
    dav1d_init_cpu();
    vpx_dsp_rtcd();
    vp9_rtcd();
}

void cpu_init(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, init);
}
