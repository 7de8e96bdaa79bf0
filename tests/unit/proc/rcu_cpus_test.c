/* SPDX-License-Identifier: MIT */
/*
 * Grace periods of several cpus: each notes and reports for itself, and has callbacks of its own
 * (kernel/rcu/tree.c).
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

static void init(struct rig *rig, u32 nr_cpus)
{
	rig_init(rig, nr_cpus, "v6.12");
	builder_platform(rig->builder)->kernel_threads = false;
	builder_platform(rig->builder)->rcu = true;
}

static void expect_lines(struct rig *rig, u64 kinds, const char *expected)
{
	const char *lines = rig_run(rig, kinds);

	cr_expect(strstr(lines, expected), "no '%s' in\n%s", expected, lines);
	rig_fini(rig);
}

/*
 * a is dead at 1 ms, and the tick of 4 ms asks for a period. The cpu where the thread runs notes
 * that at once, the other, busy as well, at 8 ms, and can report what it has seen since at 12 ms:
 * then the period ends, and the tick of 16 ms frees a (one cpu does at 12 ms).
 */
Test(rcu_cpus, a_busy_cpu_notes_a_period_at_one_tick_and_reports_at_the_next)
{
	struct rig rig;

	init(&rig, 2);
	rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "0"}, "run 1ms");
	rig_task_attr(&rig, "hog0", (struct rig_attr){.cpus = "0"}, "sleep 2ms; run 40ms");
	rig_task_attr(&rig, "hog1", (struct rig_attr){.cpus = "1"}, "run 40ms");
	expect_lines(&rig, RECORD_BIT(FREE), "16 ms free a\n");
}

/*
 * b dies on the other cpu while the period for a is under way: it needs a whole one, from 12 to 20
 * ms. On one cpu it would be freed at 16 ms.
 */
Test(rcu_cpus, what_dies_in_a_period_waits_for_the_next_whole_one)
{
	struct rig rig;

	init(&rig, 2);
	rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "0"}, "run 1ms");
	rig_task_attr(&rig, "hog0", (struct rig_attr){.cpus = "0"}, "sleep 2ms; run 60ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "1", .fifo = 1}, "run 5ms");
	rig_task_attr(&rig, "hog1", (struct rig_attr){.cpus = "1"}, "run 60ms");
	expect_lines(&rig, RECORD_BIT(FREE), "16 ms free a\n24 ms free b\n");
}

/*
 * Nobody else runs. The cpu on which a has died and was reaped ticks on for its callbacks: it asks
 * at 4 ms. Others idle without ticks, which the thread finds when its timeout has passed, at the
 * second tick: 12 ms. So a is freed at 16 ms.
 */
Test(rcu_cpus, an_idle_cpu_ticks_on_for_its_callbacks_and_others_are_looked_at)
{
	struct rig rig;

	init(&rig, 4);
	builder_platform(rig.builder)->costs.tick = 10 * USEC; /* the softirqs come so much later */
	rig_template(&rig, "a", "run 1ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"}, "fork a; wait; sleep 100ms");
	expect_lines(&rig, RECORD_BIT(FREE), "16.01 ms free a\n");
}

/*
 * Three stacks are left on cpu 1, with places for two there: the kworker of cpu 1 frees them at the
 * tick that frees the tasks.
 */
Test(rcu_cpus, the_kworker_of_the_cpu_frees_its_stacks)
{
	struct rig rig;

	init(&rig, 2);
	builder_platform(rig.builder)->kept_stacks = 2;
	builder_platform(rig.builder)->costs.fork_stack = 1 * USEC;
	builder_platform(rig.builder)->costs.worker = 1 * MSEC;
	builder_platform(rig.builder)->costs.free_stack = 500 * USEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "1", .count = 3}, "run 500us");
	rig_task_attr(&rig, "hog0", (struct rig_attr){.cpus = "0"}, "run 40ms");
	rig_task_attr(&rig, "hog1", (struct rig_attr){.cpus = "1"}, "sleep 2ms; run 40ms");
	expect_lines(&rig, RECORD_BIT(SWITCH), "\n16 ms switch hog1 R > kworker/1:1\n");
}
