/* SPDX-License-Identifier: MIT */
#include "base/sets.h"

#include <criterion/criterion.h>

Test(sets, who_is_joined_is_of_the_set_of_the_least)
{
	u32 of[] = {0, 1, 2, 3, 4, 5};

	sets_join(of, 5, 3);
	sets_join(of, 1, 4);
	cr_expect_eq(sets_root(of, 5), 3);
	cr_expect_eq(sets_root(of, 4), 1);
	cr_expect_neq(sets_root(of, 3), sets_root(of, 1));
	sets_join(of, 4, 5);
	for (u32 i = 1; i < 6; i++)
		cr_expect_eq(sets_root(of, i), i == 2 ? 2 : 1, "%u", i);
	cr_expect_eq(sets_root(of, 0), 0);
}
