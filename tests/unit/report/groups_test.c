/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "report/groups.h"
#include "report_fixture.h"

Test(groups, a_stem_has_no_number_at_its_end_and_nothing_behind_a_slash)
{
	cr_assert_eq(name_stem("web12"), 3);
	cr_assert_eq(name_stem("web"), 3);
	cr_assert_eq(name_stem("kworker/u8:2"), 7);
	cr_assert_eq(name_stem("migration/0"), 9);
	cr_assert_eq(name_stem("a1b2"), 3);
	cr_assert_eq(name_stem("7"), 1);
	cr_assert_eq(name_stem("/x"), 2);
}

Test(groups, a_name_cannot_command_the_terminal)
{
	char shown[8];

	printable_name("a\033[1mbcdefgh", shown, sizeof(shown));
	cr_assert_str_eq(shown, "a?[1mbc");
}

/* A comm is cut after 15 bytes, wherever that is; and here there is room for 7. */
Test(groups, a_name_that_is_utf_8_is_shown_as_it_is_and_what_is_cut_is_not)
{
	char shown[8];

	printable_name("\303\244\303\266\303", shown, sizeof(shown));
	cr_assert_str_eq(shown, "\303\244\303\266?");
	printable_name("abcd\346\227\245\346\234\254", shown, sizeof(shown));
	cr_assert_str_eq(shown, "abcd\346\227\245");
	printable_name("abcdef\303\244", shown, sizeof(shown));
	cr_assert_str_eq(shown, "abcdef");
}

Test(groups, a_group_has_the_sums_of_its_comms)
{
	struct groups groups;
	struct hist *slices;
	struct fixture f;

	fixture_init(&f);
	groups_init(&groups, &f.metrics, true);
	cr_assert_eq(groups.at.len, 3);
	cr_assert_str_eq(groups.at.at[0].name, "hog*");
	cr_assert_eq(groups.at.at[0].nr_tasks, 2);
	cr_assert_eq(groups.at.at[0].sums.cpu_ns, 100 * MSEC);
	cr_assert_str_eq(groups.at.at[1].name, "web.io");
	cr_assert_str_eq(groups.at.at[2].name, "kworker/0:1");
	slices = groups_dist(&groups, 0, DIST_SLICE);
	cr_assert_eq(slices->count, 20);
	hist_free(slices);
	cr_assert_null(groups_dist(&groups, 0, DIST_RESPONSE));
	groups_fini(&groups);
	fixture_fini(&f);
}

Test(groups, without_stems_each_comm_is_its_own_group)
{
	struct groups groups;
	struct fixture f;

	fixture_init(&f);
	groups_init(&groups, &f.metrics, false);
	cr_assert_eq(groups.at.len, 4);
	cr_assert_str_eq(groups.at.at[1].name, "hog1");
	cr_assert_str_eq(groups.at.at[2].name, "web.io");
	groups_fini(&groups);
	fixture_fini(&f);
}
