/* Intra prediction of blocks that don't depend on each other: one level of a
 * frame.
 *
 * A workgroup owns one 32x32 block or four smaller ones, 16 lanes each; a lane
 * columns of quads (vp9/ipred_pred.glsl). The 32x32 blocks' jobs come first.
 *
 * Reads jobs (vp9/ipred.h), of the frame the pixels around a block, and the
 * residual. Writes the block, whole, whether it is in the picture or not. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "vp9/ipred.h"

#define IPRED_GROUP IPRED_LEVEL_GROUP
layout(local_size_x = IPRED_GROUP) in;

#if BPC == 8
#define quad uint
#else
#define quad uvec2
#endif

layout(std430, binding = 0) buffer Frame { quad frame[]; };
layout(std430, binding = 1) readonly buffer Jobs { uvec4 jobs[]; };
layout(std430, binding = 2) readonly buffer Residual { uvec2 residual[]; };

layout(push_constant) uniform Push { QpuVp9IpredPush p; };

#include "vp9/ipred_pred.glsl"
#include "common/ipred_level.glsl"
