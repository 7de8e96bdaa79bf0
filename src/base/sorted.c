/* SPDX-License-Identifier: MIT */
#include "base/sorted.h"

#include <stdlib.h>

static int compare_u32(const void *a, const void *b)
{
	return order_u64(*(const u32 *)a, *(const u32 *)b);
}

static int compare_u64(const void *a, const void *b)
{
	return order_u64(*(const u64 *)a, *(const u64 *)b);
}

void sort_u32(u32 *at, u32 nr)
{
	if (nr)
		qsort(at, nr, sizeof(*at), compare_u32);
}

void sort_u64(u64 *at, u32 nr)
{
	if (nr)
		qsort(at, nr, sizeof(*at), compare_u64);
}

u64 median_u64(u64 *at, u32 nr)
{
	sort_u64(at, nr);
	return at[nr / 2];
}
