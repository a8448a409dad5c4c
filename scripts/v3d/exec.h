/*
 * SPDX-License-Identifier: BSD-2-Clause
 */

#ifndef V3D_EXEC_H
#define V3D_EXEC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct v3d_device_info;
struct v3d_exec_program;

struct v3d_exec_counts {
    uint64_t instructions; /* of all batches */
    uint64_t longest;      /* of them, those of the batch with most */
    uint64_t accesses;     /* loads and stores, of 16 lanes each */
    uint64_t lines;        /* 64-byte lines that each of them touched, one after the other */
    uint64_t read, written; /* bytes of the lines that the job read and wrote, each line once */
};

struct v3d_exec_program *v3d_exec_decode(const struct v3d_device_info *devinfo, const uint64_t *code, uint32_t count);

/* Runs a compute job whose registers are cfg.  mem is all of the GPU's memory.
 * One caller at a time.
 */
void v3d_exec_csd(const struct v3d_device_info *devinfo, struct v3d_exec_program *p, uint8_t *mem,
                  const uint32_t cfg[7], struct v3d_exec_counts *counts);

/* Does what the render list of a copy of buffers does; false: it is something
 * else.
 */
bool v3d_exec_copy(uint8_t *mem, uint32_t start, uint32_t end);

/* Writes all programs, with how often each instruction was executed, and that
 * by batch.
 */
void v3d_exec_profile(const struct v3d_device_info *devinfo, FILE *file);

#endif
