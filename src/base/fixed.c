/* SPDX-License-Identifier: MIT */
/* Integer square root. */
#include "base/fixed.h"

/*
 * Newton's method from above: it falls until the floor is reached. The start is a power of two that
 * is not below the root, so x + n / x cannot overflow (both are at most 2^32).
 */
u64 isqrt_u64(u64 n)
{
	if (n < 2)
		return n;

	u64 x = 1ULL << (bit_length(n) + 1) / 2;

	for (;;) {
		u64 next = (x + n / x) / 2;

		if (next >= x)
			return x;
		x = next;
	}
}
