/* SPDX-License-Identifier: MIT */
/* Numbers in order. */
#ifndef OSSIM_BASE_SORTED_H
#define OSSIM_BASE_SORTED_H

#include "base/types.h"

/*
 * Which one comes first, for qsort()'s comparisons: of several keys the first that differs decides,
 * as in order_u64(..) ?: order_u64(..).
 */
static inline int order_u64(u64 x, u64 y)
{
	return x < y ? -1 : x > y;
}
static inline int order_s64(s64 x, s64 y)
{
	return x < y ? -1 : x > y;
}

/*
 * The first @index below @nr for which @before does not hold, else @nr: in what is in order, it
 * holds up to some place and not from there on.
 *
 *	u32 at = first_not(i, times.len, times.at[i] < when);
 */
#define first_not(index, nr, before)                                                      \
	({                                                                                \
		u32 first_not_low = 0, first_not_high = (nr);                             \
		while (first_not_low < first_not_high) {                                  \
			u32 index = first_not_low + (first_not_high - first_not_low) / 2; \
			if (before)                                                       \
				first_not_low = index + 1;                                \
			else                                                              \
				first_not_high = index;                                   \
		}                                                                         \
		first_not_low;                                                            \
	})

/* From the least on. */
void sort_u32(u32 *at, u32 nr);
void sort_u64(u64 *at, u32 nr);
/* Of @nr > 0 numbers, which are sorted by it: the upper one of the two in the middle. */
u64 median_u64(u64 *at, u32 nr);

#endif
