/* SPDX-License-Identifier: MIT */
/*
 * Nice to weight, and time scaled by weight.
 *
 * A weight is stored << 10 ("scaled"), so that a group's share keeps some bits; most arithmetic
 * uses it scaled down again. Time is scaled by a multiplication with the weight's inverse, as the
 * kernel does it: the same bits are lost in the same places. Reference: fair.md 1.
 */
#ifndef OSSIM_CLASSES_WEIGHT_H
#define OSSIM_CLASSES_WEIGHT_H

#include "base/fixed.h"
#include "sched/task.h"

enum {
	WEIGHT_SHIFT = 10,
	WEIGHT_NICE_0 = 1024 << WEIGHT_SHIFT,
};

struct weight {
	u32 weight;  /* scaled */
	u32 inverse; /* 2^32 / (weight >> 10) */
};

/* @nice is -20..19; @idle: SCHED_IDLE, whatever the nice. */
struct weight weight_of(s32 nice, bool idle);

/* The weight as sums and averages use it: never below 2, unless there is none. */
static inline u64 weight_scale_down(u64 weight)
{
	return weight ? max_of(weight >> WEIGHT_SHIFT, 2ULL) : 0;
}

/* 2^32 / (weight >> 10) as the kernel computes it for weights that are in no table. */
static inline u32 weight_inverse(u64 weight)
{
	u64 w = weight_scale_down(weight);

	if (w >= UINT32_MAX)
		return 1;
	return w ? UINT32_MAX / (u32)w : UINT32_MAX;
}

/* Shifts @factor into 32 bits and takes as much off @shift. */
static always_inline u64 weight_fit_32_bits(u64 factor, u32 *shift)
{
	u32 excess = bit_length(factor >> 32);

	*shift -= excess;
	return factor >> excess;
}

/* @delta * @weight / the weight whose inverse is @inverse; @weight is scaled. */
static always_inline u64 weight_mul_div(u64 delta, u64 weight, u32 inverse)
{
	u32 shift = 32;
	u64 factor = weight_fit_32_bits(weight_scale_down(weight), &shift);

	factor = weight_fit_32_bits(factor * inverse, &shift);
	if (shift > 32)
		__builtin_unreachable(); /* one shift of two words does it */
	return mul_shift_u64(delta, factor, shift);
}

/* The entity's, which is not 0 once it has got attributes. */
static inline u64 fair_weight(const struct fair_entity *se)
{
	return max_of((u64)se->weight >> WEIGHT_SHIFT, (u64)2);
}

/* How far @delta ns of wall time take the entity in virtual time. */
static inline u64 weight_virtual(u64 delta, struct fair_entity *se)
{
	if (likely(se->weight == WEIGHT_NICE_0))
		return delta;
	if (unlikely(!se->inv_weight))
		se->inv_weight = weight_inverse(se->weight);
	return weight_mul_div(delta, WEIGHT_NICE_0, se->inv_weight);
}

#endif
