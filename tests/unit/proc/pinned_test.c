/* SPDX-License-Identifier: MIT */
/* migrate_disable and migrate_enable end to end (core-rt-dl-ext.md 1.8, 1.10, 2.4). */
#include <criterion/criterion.h>

#include "rig.h"

#include <string.h>

enum { MOVES = RECORD_BIT(MARK) | RECORD_BIT(MIGRATE) };

static const char *const rows[] = {"v6.1", "v6.12", "v6.18"};

/* An idle cpu takes one of two hogs long before they are done, unless that one has to stay. */
Test(pinned, balancing_leaves_the_task)
{
	static const char *const programs[] = {
		"affinity 0; affinity 0-1; run 60ms; mark free; run 40ms",
		"affinity 0; affinity 0-1; migrate_disable; run 60ms; mark free; migrate_enable; run 40ms",
	};

	for (u32 i = 0; i < 6; i++) {
		const char *lines, *move, *mark;
		struct rig rig;

		rig_init(&rig, 2, rows[i / 2]);
		rig_task_attr(&rig, "q", (struct rig_attr){.cpus = "0"}, "run 300ms");
		rig_task(&rig, "p", programs[i % 2]);
		lines = rig_run(&rig, MOVES);
		move = strstr(lines, "migrate p 0>1");
		mark = strstr(lines, "mark p free");
		cr_expect(move && mark && (i % 2 ? mark < move : move < mark), "%s, %s:\n%s",
			  rows[i / 2], programs[i % 2], lines);
		rig_fini(&rig);
	}
}

/*
 * affine_move_task(): who asks for it sleeps until the task may move, and its own stopper moves it.
 */
Test(pinned, a_change_of_affinity_waits)
{
	for (u32 i = 0; i < 3; i++) {
		struct rig rig;

		rig_init(&rig, 2, rows[i]);
		rig_task_attr(
			&rig, "t", (struct rig_attr){.fifo = 5},
			"migrate_disable; migrate_disable; run 6ms; migrate_enable; run 4ms; migrate_enable; run 5ms; mark end");
		rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 9, .cpus = "1"},
			      "sleep 2ms; affinity 1 t; mark moved");
		rig_expect(&rig, MOVES,
			   "10 ms migrate t 0>1\n10 ms mark c moved\n15 ms mark t end\n");
	}
}

/*
 * It sleeps, and a change of affinity that leaves it its cpu: the first of them that does not goes
 * on as well.
 */
Test(pinned, a_sleeper_stays_and_an_affinity_with_its_cpu_ends_the_wait)
{
	for (u32 i = 0; i < 3; i++) {
		struct rig rig;

		rig_init(&rig, 3, rows[i]);
		rig_task_attr(
			&rig, "t", (struct rig_attr){.fifo = 5},
			"migrate_disable; run 1ms; wait_event q+D; run 10ms; migrate_enable; run 5ms; mark end");
		rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 9, .cpus = "1"},
			      "sleep 2ms; affinity 1 t; mark moved");
		rig_task_attr(&rig, "d", (struct rig_attr){.fifo = 9, .cpus = "2"},
			      "sleep 4ms; affinity 0-1 t; mark stays; sleep 1ms; wake_up q");
		rig_expect(&rig, MOVES, "4 ms mark d stays\n4 ms mark c moved\n20 ms mark t end\n");
	}
}

/*
 * h preempts l at 2 ms, and l may not leave. When x sleeps at 10 ms its cpu asks for work: h goes
 * there, by the stopper, and l has the 3 ms that it still needs on the cpu that it is on.
 */
Test(pinned, the_running_rt_task_is_pushed_instead)
{
	for (u32 i = 0; i < 3; i++) {
		struct rig rig;

		rig_init(&rig, 2, rows[i]);
		builder_platform(rig.builder)->preempt = PREEMPT_FULL;
		rig_task_attr(&rig, "x", (struct rig_attr){.fifo = 30, .cpus = "1", .woken = true},
			      "run 10ms; sleep 1s");
		rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 10, .woken = true},
			      "migrate_disable; run 5ms; mark low; migrate_enable; run 1ms");
		rig_task_attr(&rig, "h",
			      (struct rig_attr){.fifo = 20, .start_ns = 2 * MSEC, .woken = true},
			      "run 20ms; mark high");
		rig_expect(&rig, MOVES,
			   "10 ms migrate h 0>1\n13 ms mark l low\n22 ms mark h high\n");
	}
}
