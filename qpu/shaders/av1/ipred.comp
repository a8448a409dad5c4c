/* Intra prediction, 7.11.2 to 7.11.5, of blocks that don't depend on each
 * other: one level of a frame.
 *
 * A workgroup owns one large block (wider or higher than 16 pixels) or four
 * small ones, 16 lanes each; a lane columns of quads, or rows of units
 * (av1/ipred_pred.glsl). The large blocks' jobs come first.
 *
 * Reads jobs (av1/ipred.h), of the frame the pixels around a block, with chroma
 * from luma the luma under it, with a mask the block itself, or what is copied;
 * tables, palettes, masks and the residual. Writes the block, whole, whether it
 * is in the picture or not. */

#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require

#include "av1/ipred.h"

#define IPRED_GROUP IPRED_LEVEL_GROUP
layout(local_size_x = IPRED_GROUP) in;

#if BPC == 8
#define quad uint
#else
#define quad uvec2
#endif

layout(std430, binding = 0) buffer Frame { quad frame[]; };
layout(std430, binding = 1) readonly buffer Jobs { uvec4 jobs[]; };
layout(std430, binding = 2) readonly buffer Tables { uvec4 tables[]; };
layout(std430, binding = 3) readonly buffer Palettes { uint palettes[]; };
layout(std430, binding = 4) readonly buffer Masks { uint masks[]; };
layout(std430, binding = 5) readonly buffer Residual { uvec2 residual[]; };

layout(push_constant) uniform Push { QpuAv1IpredPush p; };

#include "av1/ipred_pred.glsl"
#include "common/ipred_level.glsl"
