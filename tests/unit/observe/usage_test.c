/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "observe/usage.h"
#include "trace/roster.h"

static struct task_info task(u8 policy, s8 nice)
{
	return (struct task_info){.policy = policy, .nice = nice, .prio = (s16)(120 + nice)};
}

Test(fairness, equal_shares_are_perfectly_fair)
{
	struct fairness_sums sums = {0};
	struct task_info normal = task(0, 0);

	for (u32 i = 0; i < 1000; i++)
		fairness_add(&sums, 3 * SEC, &normal);
	cr_assert_eq(fairness_ppm(&sums), 1000000);
}

Test(fairness, one_that_gets_all_of_n_is_one_nth)
{
	struct fairness_sums sums = {0};
	struct task_info normal = task(0, 0);

	fairness_add(&sums, 1000 * SEC, &normal);
	for (u32 i = 0; i < 3; i++)
		fairness_add(&sums, 1, &normal);
	cr_assert_eq(fairness_ppm(&sums), 250000);
}

Test(fairness, shares_by_weight_are_fair)
{
	struct fairness_sums sums = {0};
	struct task_info heavy = task(0, -20), light = task(3, 19), idle = task(5, 0);

	fairness_add(&sums, 88761 * MSEC, &heavy);
	fairness_add(&sums, 15 * MSEC, &light);
	fairness_add(&sums, 3 * MSEC, &idle);
	cr_assert_eq(fairness_ppm(&sums), 1000000);
}

Test(fairness, only_fair_tasks_that_ran_count)
{
	struct fairness_sums sums = {0};
	struct task_info normal = task(0, 0), fifo = task(1, 0), deadline = task(6, 0);
	struct task_info traced_rt = {.policy = ROSTER_POLICY_UNKNOWN, .prio = 50};

	fairness_add(&sums, SEC, &normal);
	fairness_add(&sums, 0, &normal);
	fairness_add(&sums, 9 * SEC, &fifo);
	fairness_add(&sums, 9 * SEC, &deadline);
	fairness_add(&sums, 9 * SEC, &traced_rt);
	cr_assert_eq(sums.nr, 1);
	cr_assert_eq(fairness_ppm(&sums), 1000000);
}

Test(fairness, a_million_long_lived_tasks_do_not_overflow)
{
	struct fairness_sums sums = {0};
	struct task_info idle = task(5, 0);

	for (u32 i = 0; i < 1 << 20; i++)
		fairness_add(&sums, 52ULL * 86400 * SEC, &idle);
	cr_assert_eq(fairness_ppm(&sums), 1000000);
}

Test(fairness, nobody_is_0)
{
	struct fairness_sums sums = {0};

	cr_assert_eq(fairness_ppm(&sums), 0);
}
