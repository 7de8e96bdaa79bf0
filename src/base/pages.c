/* SPDX-License-Identifier: MIT */
/* Large blocks straight from the system. */
#include "base/pages.h"

#include <sys/mman.h>

#include "base/ensure.h"

static size_t rounded(size_t bytes)
{
	return bytes < PAGES_HUGE ? bytes : (bytes + PAGES_HUGE - 1) & ~(size_t)(PAGES_HUGE - 1);
}

static char *map(size_t bytes)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

/* What lies before the boundary, and as much of the rest, goes back. */
static char *map_aligned(size_t bytes)
{
	char *at = map(bytes + PAGES_HUGE);
	size_t skip = -(uintptr_t)at & (PAGES_HUGE - 1);

	if (!at)
		return NULL;
	if (skip)
		munmap(at, skip);
	munmap(at + skip + bytes, PAGES_HUGE - skip);
	return at + skip;
}

void *pages_get(size_t bytes)
{
	char *at;

	ensure(bytes >= PAGES_LARGE);
	if (bytes > SIZE_MAX - 2 * (size_t)PAGES_HUGE)
		return NULL;
	if (bytes < PAGES_HUGE)
		return map(bytes);
	at = map_aligned(rounded(bytes));
#ifdef MADV_HUGEPAGE
	if (at)
		(void)madvise(at, rounded(bytes), MADV_HUGEPAGE);
#endif
	return at;
}

void pages_put(void *at, size_t bytes)
{
	munmap(at, rounded(bytes));
}
