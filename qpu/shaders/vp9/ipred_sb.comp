/* Intra prediction, superblock by superblock: those of a frame that don't
 * depend on each other.
 *
 * A workgroup owns a superblock (or some that lie together) and does its blocks
 * in passes: as many as there are lanes for, 64 lanes for a 32x32 block, 16 for
 * a smaller one, none of which depends on another. See vp9/ipred.comp for what
 * a lane has.
 *
 * Reads passes and jobs (vp9/ipred.h), and else what ipred.comp does; what one
 * pass wrote to the frame, the next ones read. Writes the blocks. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_KHR_shader_subgroup_ballot : require

#include "vp9/ipred.h"

#define IPRED_GROUP IPRED_SB_GROUP
layout(local_size_x = IPRED_GROUP) in;

#if BPC == 8
#define quad uint
#else
#define quad uvec2
#endif

layout(std430, binding = 0) coherent buffer Frame { quad frame[]; };
layout(std430, binding = 1) readonly buffer Jobs { uvec4 jobs[]; };
layout(std430, binding = 2) readonly buffer Residual { uvec2 residual[]; };
layout(std430, binding = 3) readonly buffer Groups { uint groups[]; };

layout(push_constant) uniform Push { QpuVp9IpredPush p; };

#include "vp9/ipred_pred.glsl"
#include "common/ipred_sb.glsl"
