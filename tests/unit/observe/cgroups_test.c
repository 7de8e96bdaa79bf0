/* SPDX-License-Identifier: MIT */
/* What groups of tasks are said to have run and waited. */
#include <criterion/criterion.h>

#include "observe/cgroups.h"

static struct cgroups groups;

static void setup(void)
{
	groups = (struct cgroups){0};
	cgroups_take(&groups,
		     &(struct record){.kind = RECORD_GROUP, .task = 0, .other = TASK_ID_NONE},
		     true);
	cgroups_take(&groups, &(struct record){.kind = RECORD_GROUP, .task = 1, .other = 0}, true);
}

static void teardown(void)
{
	cgroups_fini(&groups);
}

TestSuite(cgroups, .init = setup, .fini = teardown);

static const struct group_metrics *group(u32 id)
{
	return &groups.at.at[id].metrics;
}

Test(cgroups, what_a_subgroup_ran_is_its_parents_too)
{
	cgroups_credit(&groups, 0, 5);
	cgroups_credit(&groups, 1, 7);
	cgroups_credit(&groups, TASK_ID_NONE, 100);
	cgroups_sum_up(&groups);
	cr_expect_eq(group(0)->cpu_ns, 12u);
	cr_expect_eq(group(1)->cpu_ns, 7u);
}

static void throttle(u64 when, bool begins, bool counts)
{
	cgroups_take(
		&groups,
		&(struct record){.kind = RECORD_THROTTLE, .when = when, .task = 1, .arg = begins},
		counts);
}

Test(cgroups, throttled_time_is_cut_by_the_window)
{
	throttle(10, true, false);
	cgroups_open(&groups, 100);
	throttle(120, true, true); /* a second cpu */
	throttle(150, false, true);
	throttle(180, true, true);
	cgroups_close(&groups, 200);
	/* 100 to 200 on one cpu; 120 to 150 and 180 to 200 on the other. */
	cr_expect_eq(group(1)->throttled_ns, 150u);
}

Test(cgroups, periods_count_inside_the_window_only)
{
	struct record period = {
		.kind = RECORD_PERIOD, .task = 0, .other = 2, .arg = 1, .value = 30};

	cgroups_take(&groups, &period, false);
	cr_expect_eq(group(0)->nr_periods, 0u);
	cgroups_take(&groups, &period, true);
	period.arg = 0;
	period.value = 0;
	cgroups_take(&groups, &period, true);
	cr_expect_eq(group(0)->nr_periods, 4u);
	cr_expect_eq(group(0)->nr_throttled, 2u);
	cr_expect_eq(group(0)->nr_bursts, 1u);
	cr_expect_eq(group(0)->burst_ns, 30u);
}
