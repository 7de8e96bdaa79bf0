/* SPDX-License-Identifier: MIT */
/*
 * The one untyped part of vec: growing.
 *
 * The caller's pointer has some other type than void *, so it is read and written by memcpy, which
 * may alias anything.
 */
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

enum { CAP_MIN = 8, LARGE = 1 << 20 };

/* The system moves large arrays without copying; what they have too much stays theirs. */
static u32 next_cap(u32 cap, u32 max, size_t size)
{
	if (cap > max / 2)
		return max;
	return cap * size >= LARGE ? cap + cap / 4 : max_of(cap * 2, (u32)CAP_MIN);
}

void vec_grow(void **at, u32 *cap, u32 need, size_t size)
{
	/* One below the largest u32: len + 1 in vec_push must not wrap to 0. */
	u32 max = UINT32_MAX - 1;
	u32 new_cap = max_of(next_cap(*cap, max, size), need);
	void *old, *new;

	if (need > max || new_cap > SIZE_MAX / size)
		die("out of memory: an array of %u elements of %zu bytes", need, size);

	memcpy(&old, at, sizeof(old));
	new = realloc(old, new_cap * size);
	if (!new)
		die("out of memory: an array of %u elements of %zu bytes", new_cap, size);
	memset((char *)new + *cap *size, 0, (new_cap - *cap) * size);
	memcpy(at, &new, sizeof(new));
	*cap = new_cap;
}

void vec_release(void **at)
{
	void *old, *none = NULL;

	memcpy(&old, at, sizeof(old));
	free(old);
	memcpy(at, &none, sizeof(none));
}
