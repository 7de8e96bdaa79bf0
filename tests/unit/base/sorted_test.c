/* SPDX-License-Identifier: MIT */
#include "base/sorted.h"

#include <criterion/criterion.h>

Test(sorted, numbers_beyond_32_bits_are_in_order)
{
	u64 at[] = {1ULL << 40, 3, UINT64_MAX, 0, 1ULL << 33};
	static const u64 want[] = {0, 3, 1ULL << 33, 1ULL << 40, UINT64_MAX};

	sort_u64(at, 5);
	for (u32 i = 0; i < 5; i++)
		cr_expect_eq(at[i], want[i], "%u", i);
	sort_u64(NULL, 0);
}

Test(sorted, the_median_is_in_the_middle)
{
	u64 three[] = {9, 1, 5}, four[] = {8, 2, 4, 6};

	cr_expect_eq(median_u64(three, 3), 5);
	cr_expect_eq(median_u64(four, 4), 6, "the upper one of two");
	cr_expect_eq(four[0], 2, "they are sorted by it");
}

Test(sorted, the_first_of_those_for_which_it_does_not_hold_is_found)
{
	static const u64 at[] = {1, 3, 3, 7};

	for (u64 wanted = 0; wanted <= 8; wanted++) {
		u32 found = first_not(i, 4, at[i] < wanted), slowly = 0;

		while (slowly < 4 && at[slowly] < wanted)
			slowly++;
		cr_expect_eq(found, slowly, "%u, not %u, for %u", found, slowly, (u32)wanted);
	}
	cr_expect_eq(first_not(i, 0, at[i] < 1), 0);
}
