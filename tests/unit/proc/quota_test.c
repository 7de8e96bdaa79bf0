/* SPDX-License-Identifier: MIT */
/* RLIMIT_NPROC and pids.max end to end (process.md 2.7). */
#include <criterion/criterion.h>

#include "rig.h"

#define ANSWERS (RECORD_BIT(MARK) | RECORD_BIT(FAILED))

/* Three with itself; a thread is a task; a zombie is one until it is waited for. */
Test(quota, a_user_s_threads_and_zombies_count)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "run 1ms");
	rig_template(&rig, "t", "run 1ms");
	rig_task_attr(
		&rig, "bob", (struct rig_attr){.user = "bob", .nproc = 3},
		"fork c; clone t; fork c; sleep 5ms; fork c; fork c; waitall; fork c; fork c; fork c; waitall");
	/* At 5 ms the thread is gone by itself, and c is a zombie: one more. */
	rig_expect(&rig, ANSWERS,
		   "0 failed bob EAGAIN c\n5 ms failed bob EAGAIN c\n6 ms failed bob EAGAIN c\n");
}

/* All of a user's processes count for each; whose limit it is says the process. */
Test(quota, a_limit_is_the_process_s_and_the_count_the_user_s)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "sleep 9ms");
	rig_task_attr(&rig, "strict", (struct rig_attr){.user = "bob", .nproc = 2},
		      "sleep 1ms; fork c; waitall");
	rig_task_attr(&rig, "loose", (struct rig_attr){.user = "bob"}, "fork c; fork c; waitall");
	rig_task_attr(&rig, "other", (struct rig_attr){.user = "eve", .nproc = 2},
		      "sleep 1ms; fork c; waitall");
	rig_task_attr(&rig, "root", (struct rig_attr){.nproc = 1}, "fork c; waitall");
	rig_expect(&rig, ANSWERS, "1 ms failed strict EAGAIN c\n");
}

/*
 * PF_NPROC_EXCEEDED: who became bob when there were too many executes nothing, until that is over.
 */
Test(quota, one_too_many_executes_nothing)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "new", "mark new");
	rig_task_attr(&rig, "first", (struct rig_attr){.user = "bob", .nproc = 1}, "sleep 3ms");
	rig_task_attr(&rig, "second", (struct rig_attr){.user = "bob", .nproc = 1},
		      "sleep 1ms; exec new new; mark refused; sleep 4ms; exec new new");
	rig_expect(&rig, ANSWERS,
		   "1 ms failed second EAGAIN exec\n1 ms mark second refused\n5 ms mark new new\n");
}

static void group(struct rig *rig, const char *name, u32 parent, u32 pids_max)
{
	builder_group(rig->builder, &(struct group_spec){.name = name,
							 .parent = parent,
							 .shares = 1024,
							 .quota_ns = GROUP_NO_QUOTA,
							 .period_ns = 100 * MSEC,
							 .pids_max = pids_max});
}

/*
 * What a group may have, all above it must have room for; a move, which lasts until the third tick,
 * does not ask.
 */
Test(quota, every_group_above_counts)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	group(&rig, "outer", GROUP_ROOT, 3);
	group(&rig, "inner", 0, 9);
	rig_template(&rig, "c", "sleep 30ms");
	rig_task_attr(&rig, "in", (struct rig_attr){.group = "inner"},
		      "fork c; fork c; fork c; sleep 2ms; fork c; waitall");
	rig_task_attr(&rig, "out", (struct rig_attr){.start_ns = MSEC},
		      "group outer; fork c; group root; fork c; waitall");
	rig_expect(&rig, ANSWERS,
		   "0 failed in EAGAIN c\n2 ms failed in EAGAIN c\n12 ms failed out EAGAIN c\n");
}

/*
 * cgroup_can_fork() comes behind alloc_pid(): two forks fail, and the numbers go on behind theirs.
 */
Test(quota, a_fork_that_the_group_refuses_has_had_a_number)
{
	struct rig rig;
	u32 given = 0, last = 0;

	rig_init(&rig, 1, "v6.12");
	group(&rig, "box", GROUP_ROOT, 2);
	rig_template(&rig, "c", "run 1ms");
	rig_task_attr(&rig, "in", (struct rig_attr){.group = "box"},
		      "fork c; fork c; fork c; waitall; fork c; waitall");
	rig_run(&rig, 0);
	for (u32 i = 0; i < ARRAY_SIZE(rig.given); i++) {
		given += rig.given[i];
		last = rig.given[i] ? i : last;
	}
	/* in and two children; between the last two are the numbers of two that were not. */
	cr_assert_eq(given, 3);
	cr_assert(rig.given[last - 3]);
	cr_assert(!rig.given[last - 2] && !rig.given[last - 1]);
	rig_fini(&rig);
}

/*
 * Of 20 ms per 100 ms hog has had all by the tick of 20 ms. Periods begin 30 ms after boot, which
 * was 5 ms ago; that its quota is used up again at 45 ms is seen by the tick of 48 ms. 7 ms are
 * left for the next.
 */
Test(quota, periods_begin_where_they_are_told_to)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->kernel_threads = false;
	builder_platform(rig.builder)->uptime_ns = 5 * MSEC;
	builder_platform(rig.builder)->quota_phase_ns = 30 * MSEC;
	builder_group(rig.builder, &(struct group_spec){.name = "g",
							.parent = GROUP_ROOT,
							.shares = 1024,
							.quota_ns = 20 * MSEC,
							.period_ns = 100 * MSEC});
	rig_task_attr(&rig, "hog", (struct rig_attr){.group = "g"}, "run 50ms");
	rig_expect(
		&rig, RECORD_BIT(SWITCH),
		"0 switch swapper/0 R > hog\n20 ms switch hog R > swapper/0\n25 ms switch swapper/0 R > hog\n"
		"48 ms switch hog R > swapper/0\n125 ms switch swapper/0 R > hog\n132 ms switch hog Z > init\n");
}
