/* SPDX-License-Identifier: MIT */
/* Numbers in order. */
#ifndef OSSIM_BASE_SORTED_H
#define OSSIM_BASE_SORTED_H

#include "base/types.h"

/* From the least on. */
void sort_u64(u64 *at, u32 nr);
/* Of @nr > 0 numbers, which are sorted by it: the upper one of the two in the middle. */
u64 median_u64(u64 *at, u32 nr);

#endif
