/* Failures on purpose, for tests: DAEDALUS_FAULT=POINT[:N][,...] makes the
 * N-th passage (default: each) of a point fail. Only in builds with
 * -Dfaults=true; else all of it is compiled away.
 *
 *  loader    there is no libvulkan        device   it shows no device
 *  feature   the device lacks a feature   pipeline a pipeline does not build
 *  alloc     device memory is exhausted   submit   a submit is refused
 *  lost      the device is lost at a submit
 *  wait      the device is lost while it is waited for
 *  uncached  no memory of the device is cached (nothing fails: V3D is so) */

#ifndef QPU_FAULT_H
#define QPU_FAULT_H

enum QpuFault {
    QPU_FAULT_LOADER,
    QPU_FAULT_DEVICE,
    QPU_FAULT_FEATURE,
    QPU_FAULT_PIPELINE,
    QPU_FAULT_ALLOC,
    QPU_FAULT_SUBMIT,
    QPU_FAULT_LOST,
    QPU_FAULT_WAIT,
    QPU_FAULT_UNCACHED,
    QPU_N_FAULTS
};

#ifdef QPU_FAULTS
int qpu_fault(enum QpuFault point);
#else
static inline int qpu_fault(const enum QpuFault point) { return 0; }
#endif

#endif /* QPU_FAULT_H */
