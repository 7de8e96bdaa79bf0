/* SPDX-License-Identifier: MIT */
#include "base/sorted.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return x < y ? -1 : x > y;
}

void sort_u64(u64 *at, u32 nr)
{
	if (nr)
		qsort(at, nr, sizeof(*at), compare);
}

u64 median_u64(u64 *at, u32 nr)
{
	sort_u64(at, nr);
	return at[nr / 2];
}
