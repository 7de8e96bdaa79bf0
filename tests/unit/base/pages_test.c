/* SPDX-License-Identifier: MIT */
/* Large blocks: zeroed, aligned where they are huge, and all of it is there. */
#include "base/pages.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

Test(pages, blocks_are_zeroed_and_huge_ones_begin_on_a_boundary)
{
	static const size_t sizes[] = {PAGES_LARGE, PAGES_LARGE + 1, PAGES_HUGE - 1,
				       PAGES_HUGE,  PAGES_HUGE + 1,  5 * (size_t)PAGES_HUGE - 4096};
	char *at[ARRAY_SIZE(sizes)];

	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++) {
		at[i] = pages_get(sizes[i]);
		cr_assert(at[i]);
		if (sizes[i] >= PAGES_HUGE)
			cr_assert_eq((uintptr_t)at[i] % PAGES_HUGE, 0);
		for (size_t byte = 0; byte < sizes[i]; byte += 4093) {
			cr_assert_eq(at[i][byte], 0);
			at[i][byte] = 1;
		}
		at[i][sizes[i] - 1] = 1;
	}
	for (u32 i = 0; i < ARRAY_SIZE(sizes); i++)
		pages_put(at[i], sizes[i]);
}

/* The address space in use, in pages of memory; without an allocation. */
static u64 size_now(void)
{
	char text[64] = {0};
	int file = open("/proc/self/statm", O_RDONLY);

	cr_assert(file >= 0 && read(file, text, sizeof(text) - 1) > 0);
	close(file);
	return strtoull(text, NULL, 10);
}

/*
 * What is mapped beside a block to find a boundary goes back at once, and the block when it is put.
 */
Test(pages, no_more_is_kept_than_the_block)
{
	u64 page = (u64)sysconf(_SC_PAGESIZE), before = size_now();

	for (u32 huge = 1; huge <= 9; huge++) {
		char *at = pages_get(huge * (size_t)PAGES_HUGE);

		cr_assert(at);
		at[huge * (size_t)PAGES_HUGE - 1] = 1;
		cr_expect_eq(size_now() - before, huge * (u64)PAGES_HUGE / page);
		pages_put(at, huge * (size_t)PAGES_HUGE);
		cr_expect_eq(size_now(), before);
	}
}

Test(pages, what_cannot_be_had_is_refused)
{
	cr_assert_null(pages_get(SIZE_MAX - 5));
	cr_assert_null(pages_get(SIZE_MAX / 2));
}

Test(pages, small_blocks_are_not_for_it, .exit_code = 70)
{
	cr_assert_null(pages_get(PAGES_LARGE - 1));
}
