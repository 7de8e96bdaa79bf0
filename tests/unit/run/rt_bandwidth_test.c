/* SPDX-License-Identifier: MIT */
/*
 * RT throttling (core-rt-dl-ext.md 2.5, 2.6; E8 is the reference's worked example): an account per
 * cpu, looked at whenever the running task is charged, and a period timer on a grid of its own.
 *
 * Costs are zero; a tick comes every 4 ms.
 */
#include "schedule.h"

#include <criterion/criterion.h>

#define MACHINE(cpus) "machine: {cpus: " #cpus ", hz: 250, costs: zero}\n"

#define HOG \
	"- {name: hog, birth: woken, affinity: 0, policy: fifo, priority: 10, program: [{run: 10s}]}\n"

static const char *const v6_1[] = {"kernel=v6.1", NULL};

static const char hog_and_fair[] =
	"duration: 5s\n" MACHINE(1) "tasks:\n" HOG
				    "- {name: fair, birth: woken, program: [{run: 10s}]}\n";

static const char hog_alone[] = "duration: 3s\n" MACHINE(2) "tasks:\n" HOG;

/* What the tick of 952 ms has overdrawn is paid in the next period. */
Test(rt_bandwidth, e8_the_first_tick_beyond_the_runtime_ends_it_and_the_period_gives_it_back)
{
	expect_switches(hog_and_fair, v6_1, 0, 9,
			"0 hog, 952 fair, 1000 hog, 1952 fair, 2000 hog, 2948 fair, 3000 hog, "
			"3952 fair, 4000 hog");
}

Test(rt_bandwidth, a_throttled_cpu_idles_rather_than_run_its_rt_task)
{
	expect_switches(hog_alone, v6_1, 0, 4, "0 hog, 952 idle, 1000 hog, 1952 idle");
}

Test(rt_bandwidth, runtime_minus_one_or_a_whole_period_is_no_limit)
{
	static const char *const settings[] = {"sched.sched_rt_runtime_us=-1",
					       "sched.sched_rt_runtime_us=1000000"};

	for (u32 i = 0; i < 2; i++)
		expect_switches(hog_alone, (const char *const[]){v6_1[0], settings[i], NULL}, 0, 4,
				"0 hog");
}

/*
 * 3 ms of 10: the tick of 4 ms finds 4 > 3, and at 10 one is left to pay. That of 12 finds 3, that
 * of 16 finds 7; at 20 there are 4 to pay, too many to go on, at 30 one again.
 */
Test(rt_bandwidth, period_and_runtime_are_sysctls)
{
	expect_switches(hog_alone,
			(const char *const[]){v6_1[0], "sched.sched_rt_period_us=10000",
					      "sched.sched_rt_runtime_us=3000", NULL},
			0, 5, "0 hog, 4 idle, 10 hog, 16 idle, 30 hog");
}

/* 6.12 protects fair tasks by other means; a kernel with RT groups has both. */
Test(rt_bandwidth, later_kernels_throttle_only_if_built_with_rt_groups)
{
	static const char *const rows[] = {"kernel=v6.12", "kernel=v6.18"};

	for (u32 i = 0; i < 2; i++) {
		expect_switches(hog_alone, (const char *const[]){rows[i], NULL}, 0, 4, "0 hog");
		expect_switches(hog_alone,
				(const char *const[]){rows[i], "sched.switches=RT_THROTTLING",
						      NULL},
				0, 4, "0 hog, 952 idle, 1000 hog, 1952 idle");
	}
}

/* The first RT task that is queued starts the grid, wherever the ticks are. */
Test(rt_bandwidth, the_grid_begins_with_the_first_rt_task)
{
	expect_switches(
		"duration: 3s\n" MACHINE(
			1) "tasks:\n"
			   "- {name: hog, birth: woken, start: 101ms, policy: fifo, priority: 10,"
			   " program: [{run: 10s}]}\n",
		v6_1, 0, 5, "101 hog, 1052 idle, 1101 hog, 2052 idle, 2101 hog");
}

/*
 * At 1000 ms nothing is left to watch and the timer stops, set for 2000 ms: who comes before that
 * finds the old grid, who comes later begins a new one. At a grid point the time since the last
 * tick is not charged yet: it counts in the new period, so the limit is passed 4 ms earlier.
 */
Test(rt_bandwidth, a_grid_that_has_stopped_begins_anew_after_its_next_point)
{
	static const char yaml[] = "duration: 4s\n" MACHINE(
		1) "tasks:\n"
		   "- {name: hog, birth: woken, policy: fifo, priority: 10,"
		   " program: [{run: 10ms}, {sleep: 1490ms}, {run: 10s}]}\n";

	expect_switches(yaml, v6_1, 0, 5, "0 hog, 10 idle, 1500 hog, 2948 idle, 3000 hog");
	expect_switches(yaml,
			(const char *const[]){v6_1[0], "tasks.hog.program.1.sleep=2490ms", NULL}, 0,
			5, "0 hog, 10 idle, 2500 hog, 3452 idle, 3500 hog");
}

/* With the whole period in hand, cpu 0 is never throttled; cpu 1 has lent its own runtime. */
Test(rt_bandwidth, with_runtime_share_a_cpu_borrows_from_the_others)
{
	static const char *const share[] = {"kernel=v6.1", "sched.features=RT_RUNTIME_SHARE", NULL};

	expect_switches(hog_alone, share, 0, 3, "0 hog");
}

/* Each cpu has an account of its own. */
Test(rt_bandwidth, throttling_one_cpu_leaves_the_others_alone)
{
	static const char yaml[] = "duration: 2s\n" MACHINE(
		2) "tasks:\n" HOG "- {name: other, birth: woken, start: 500ms, affinity: 1,"
		   " policy: fifo, priority: 10, program: [{run: 10s}]}\n";

	expect_switches(yaml, v6_1, 0, 3, "0 hog, 952 idle, 1000 hog");
	expect_switches(yaml, v6_1, 1, 2, "500 other, 1948 idle");
}

/* It is still queued, only not seen: affinity moves it as any other that does not run. */
Test(rt_bandwidth, a_waiting_rt_task_may_leave_a_throttled_cpu)
{
	static const char yaml[] = "duration: 2s\n" MACHINE(
		2) "tasks:\n" HOG "- {name: K, birth: woken, start: 960ms, affinity: 1, program:"
		   " [{affinity: {cpus: 1, task: hog}}, {run: 1ms}]}\n";

	expect_switches(yaml, v6_1, 1, 2, "960 K, 960 hog");
}

/* It goes on beyond the limit for as long as somebody waits for what it holds. */
Test(rt_bandwidth, with_rt_groups_a_boosted_task_is_not_throttled)
{
	static const char yaml[] = "duration: 2s\n" MACHINE(
		1) "mutexes: {m: {pi: true}}\n"
		   "tasks:\n"
		   "- {name: L, birth: woken, program: [{lock: m}, {run: 1200ms}, {unlock: m}, {sleep: 9s}]}\n"
		   "- {name: H, birth: woken, policy: fifo, priority: 10,"
		   " program: [{sleep: 1ms}, {lock: m}, {sleep: 9s}]}\n";

	expect_switches(yaml,
			(const char *const[]){"kernel=v6.12", "sched.switches=RT_THROTTLING",
					      "sched.fair_server_runtime_ns=0ns", NULL},
			0, 9, "0 H, 0 L, 1 H, 1 L, 1200 H, 1200 L, 1200 idle");
}

/*
 * W begins at 0.1 ms, behind the way out of idle, and wakes at 999.95 ms; the period ends before
 * the cpu is out of idle again. It is charged from its switch at 1000.05 ms on, not from the moment
 * at which the cpu was unthrottled (rq_clock_cancel_skipupdate() in do_sched_rt_period_timer()). It
 * runs for 1 ms.
 */
static const char woken_while_throttled[] =
	"duration: 1100ms\n"
	"machine: {cpus: 1, hz: 250, costs: {preset: zero, idle_exit: 100us}}\n"
	"tasks:\n" HOG
	"- {name: W, birth: woken, policy: fifo, priority: 20, program: [{sleep: 999850us}, {run: 1ms}, {sleep: 1s}]}\n";

Test(rt_bandwidth, a_wait_for_the_end_of_idle_is_not_charged)
{
	expect_events(woken_while_throttled, v6_1,
		      (struct event_filter){RECORD_BIT(RUNTIME), 1000 * MSEC, 1003 * MSEC},
		      "1001.05 0 runtime W 1000000\n");
}
