#include "common/itx_launch.h"

void itx_planes(const QpuFrame *const f, const uint32_t cols, uint32_t *const org, uint32_t *const stride) {
    const uint32_t per_word = f->bpc > 8 ? 2 : 4;
    for (int pl = 0; pl < f->n_planes; pl++) {
        const QpuPlane *const p = &f->plane[pl];
        /* words hold more pixels than elements or fewer */
        org[pl] = (uint32_t) ((uint64_t) p->org * per_word / cols);
        stride[pl] = p->stride * per_word / cols;
    }
}

int itx_fits(const QpuFrame *const res, const QpuFrame *const f) {
    if (res->bpc <= 8 || res->n_planes != f->n_planes || res->ss_hor != f->ss_hor ||
        res->ss_ver != f->ss_ver)
    {
        return 0;
    }
    return res->plane[0].w == f->plane[0].w && res->plane[0].h == f->plane[0].h;
}

int itx_dispatch(QpuBatch *const b, const QpuKernel *const k, const QpuRange *const bind,
                 const int n_bind, const void *const push, const size_t push_size, const uint32_t groups)
{
    if (!groups) return 0;
    const uint32_t gy = (groups + 32767) / 32768, gx = (groups + gy - 1) / gy;
    return qpu_batch_dispatch(b, k, bind, n_bind, push, push_size, gx, gy, 1);
}
