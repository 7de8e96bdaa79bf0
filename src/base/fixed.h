/* SPDX-License-Identifier: MIT */
/* Integer arithmetic for weights, averages and ratios: no floating point anywhere. */
#ifndef OSSIM_BASE_FIXED_H
#define OSSIM_BASE_FIXED_H

#include "base/types.h"

/* a * b / c through 128 bits, truncating; saturates at UINT64_MAX. @c is not 0. */
static inline u64 mul_div_u64(u64 a, u64 b, u64 c)
{
	u128 q = (u128)a * b / c;

	return q > UINT64_MAX ? UINT64_MAX : (u64)q;
}

/* (a * b) >> shift through 128 bits, truncating to 64. */
static inline u64 mul_shift_u64(u64 a, u64 b, u32 shift)
{
	return (u64)((u128)a * b >> shift);
}

static inline u32 log2_floor(u64 x) /* x > 0 */
{
	return 63 - (u32)__builtin_clzll(x);
}

/* The number of bits needed for x: 0 for 0, 1 for 1, 2 for 2 and 3. */
static inline u32 bit_length(u64 x)
{
	return x ? log2_floor(x) + 1 : 0;
}

#endif
