/* SPDX-License-Identifier: MIT */
/*
 * Whole schedules under policies of the ext class: the reference's worked example and what follows
 * from its rules.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "schedule.h"

static const char *const fair_kernels[] = {"kernel=v6.12", "kernel=v6.18", NULL};

/* On one cpu, without costs, ticks at multiples of 4 ms. */
#define ONE_CPU         "machine: {cpus: 1, costs: zero, hz: 250}\n"
#define HOG(name, more) "  - {name: " name ", " more "program: {loop: [{run: 1s}]}}\n"

/*
 * core-rt-dl-ext.md E11: scx_simple with two tasks of weight 100 and one of 305. A task cannot
 * follow itself, as dispatch runs before it is put back: so C has about half, not 305 of 505.
 */
Test(ext, e11_three_tasks_by_virtual_time)
{
	for (u32 i = 0; fair_kernels[i]; i++)
		expect_switches("duration: 190ms\n" ONE_CPU
				"ext: {policy: vtime}\ntasks:\n" HOG("A", "") HOG("B", "")
					HOG("C", "nice: -5, "),
				(const char *const[]){fair_kernels[i], NULL}, 0, 9,
				"0 A, 20 B, 40 C, 60 A, 80 C, 100 B, 120 C, 140 A, 160 C");
}

/* E11: two tasks alternate, whatever their weights. */
Test(ext, e11_two_tasks_alternate)
{
	expect_switches("duration: 190ms\n" ONE_CPU "ext: {policy: vtime}\ntasks:\n" HOG("A", "")
				HOG("C", "nice: -5, "),
			NULL, 0, 6, "0 A, 20 C, 40 A, 60 C, 80 A, 100 C");
}

/*
 * E11: a task that starts 1 ms after a tick runs 23 ms, to the first tick at which its slice is
 * over.
 */
Test(ext, e11_a_slice_ends_at_a_tick)
{
	expect_switches("duration: 100ms\n" ONE_CPU
			"ext: {policy: fifo}\ntasks:\n" HOG("A", "start: 1ms, ")
				HOG("B", "start: 2ms, "),
			NULL, 0, 4, "1 A, 24 B, 44 A, 64 B");
}

Test(ext, fifo_serves_in_order_of_arrival_whatever_the_weight)
{
	expect_switches("duration: 190ms\n" ONE_CPU
			"ext: {policy: fifo}\ntasks:\n" HOG("A", "nice: 19, ")
				HOG("B", "nice: -20, ") HOG("C", ""),
			NULL, 0, 6, "0 A, 20 B, 40 C, 60 A, 80 B, 100 C");
}

Test(ext, the_workload_sets_the_slice)
{
	expect_switches("duration: 30ms\n" ONE_CPU
			"ext: {policy: fifo, slice: 4ms}\ntasks:\n" HOG("A", "") HOG("B", ""),
			NULL, 0, 5, "0 A, 4 B, 8 A, 12 B, 16 A");
}

/* A wakeup does not preempt in fifo: the sleeper waits for the end of the other's slice. */
Test(ext, a_wakeup_does_not_preempt_by_itself)
{
	expect_switches("duration: 60ms\n" ONE_CPU "ext: {policy: fifo}\ntasks:\n" HOG(
				"A", "") "  - {name: B, start: 5ms, program: [{run: 1ms}]}\n",
			NULL, 0, 3, "0 A, 20 B, 21 A");
}

/* rt preempts at once; A goes on with the rest of its slice (14 ms), and only then B. */
Test(ext, rt_preempts_and_the_preempted_goes_on_first)
{
	expect_switches(
		"duration: 60ms\n" ONE_CPU "ext: {policy: fifo}\ntasks:\n" HOG("A", "") HOG(
			"B",
			"") "  - {name: R, policy: fifo, priority: 1, start: 6ms, program: [{run: 2ms}]}\n",
		NULL, 0, 4, "0 A, 6 R, 8 A, 24 B");
}

/* Partial: G is of the ext class and waits until nothing fair is runnable. */
Test(ext, a_partial_policy_runs_what_fair_tasks_leave)
{
	expect_switches(
		"duration: 60ms\n" ONE_CPU "ext: {policy: fifo, partial: true}\ntasks:\n" HOG(
			"G",
			"policy: ext, ") "  - {name: F, start: 5ms, program: [{run: 10ms}, {sleep: 10ms}, {run: 5ms}, {sleep: 1s}]}\n",
		(const char *const[]){"kernel=v6.12", "sched.timer_slack_ns=0", NULL}, 0, 5,
		"0 G, 5 F, 15 G, 25 F, 30 G");
}

/*
 * When F sleeps, the fair class says that there is something to run (G counts), so the ext class is
 * not asked to balance; then it has nothing itself. G, whose slice was over, is in the global
 * queue: the cpu goes idle, kicks itself and finds it (the workaround in pick_task_scx()).
 */
Test(ext, between_a_fair_task_and_a_globally_queued_one_the_cpu_passes_through_idle)
{
	expect_switches(
		"duration: 60ms\n" ONE_CPU "ext: {policy: fifo, partial: true}\ntasks:\n" HOG(
			"G",
			"policy: ext, ") "  - {name: F, start: 10ms, program: [{run: 10ms}, {sleep: 10ms}, {run: 5ms}, {sleep: 1s}]}\n",
		(const char *const[]){"kernel=v6.12", "sched.timer_slack_ns=0", NULL}, 0, 6,
		"0 G, 10 F, 20 G, 30 F, 35 idle, 35 G");
}

/* Without a policy a task of policy ext is a normal one. */
Test(ext, policy_ext_without_a_policy_is_fair)
{
	expect_switches("duration: 20ms\n" ONE_CPU "tasks:\n" HOG("G", "policy: ext, ")
				HOG("F", ""),
			(const char *const[]){"sched.base_slice_ns=4ms", NULL}, 0, 3,
			"0 G, 4 F, 8 G");
}

/* Loaded at 50 ms, unloaded at 150 ms: the fair class before and after, with turns of 4 ms. */
Test(ext, a_policy_is_loaded_and_unloaded_in_mid_run)
{
	struct schedule s =
		schedule_run("duration: 200ms\n" ONE_CPU
			     "ext: {policy: fifo, load: 50ms, unload: 150ms}\ntasks:\n" HOG("A", "")
				     HOG("B", ""),
			     (const char *const[]){"sched.base_slice_ns=4ms", NULL});
	u32 nr[3] = {0};

	for (u32 i = 0; i < s.count; i++)
		nr[s.events[i].when < 50000000 ? 0 : s.events[i].when <= 150000000 ? 1 : 2]++;
	cr_assert(nr[0] >= 11 && nr[0] <= 13, "%u", nr[0]);
	cr_assert(nr[1] >= 4 && nr[1] <= 7, "%u", nr[1]);
	cr_assert(nr[2] >= 11 && nr[2] <= 14, "%u", nr[2]);
	schedule_free(&s);
}

/*
 * Two cpus, three hogs, first come first served: whoever waits gets the cpu whose turn ends first.
 */
Test(ext, the_global_queue_serves_all_cpus)
{
	const char *yaml =
		"duration: 100ms\nmachine: {cpus: 2, costs: zero}\next: {policy: fifo}\ntasks:\n" HOG(
			"A", "") HOG("B", "") HOG("C", "");

	/*
	 * Both turns end at 20 ms: cpu 0 is asked first and takes C, then A waits and cpu 1 takes
	 * it.
	 */
	expect_switches(yaml, NULL, 0, 3, "0 A, 20 C, 40 B");
	expect_switches(yaml, NULL, 1, 3, "0 B, 20 A, 40 C");
}

/* Tasks that sleep for good leave nothing that would keep the simulation going. */
Test(ext, the_watchdog_does_not_keep_a_finished_simulation_going)
{
	struct schedule s =
		schedule_run(ONE_CPU
			     "ext: {policy: vtime}\ntasks:\n"
			     "  - {name: A, program: [{run: 10ms}, {sleep: 100s}, {run: 1ms}]}\n",
			     NULL);

	cr_assert(s.nr_events < 100, "%u", (u32)s.nr_events);
	schedule_free(&s);
}

/*
 * core-rt-dl-ext.md E8: no server feeds the ext class, so a real-time hog starves its tasks until
 * the watchdog ejects the policy: it looks every 15 s, and at 30 s A has not waited for more than
 * 30 s. At 45 s it has; then the fair server gives A its 50 ms a second, from 950 ms later on.
 */
Test(ext, an_rt_hog_starves_ext_tasks_until_the_watchdog_comes)
{
	struct schedule s = schedule_run(
		"duration: 47s\n" ONE_CPU "ext: {policy: fifo}\ntasks:\n" HOG(
			"A",
			"") "  - {name: R, policy: fifo, priority: 1, program: {loop: [{run: 1s}]}}\n",
		NULL);
	u64 first = 0;

	for (u32 i = 0; i < s.count && !first; i++)
		if (!strcmp(s.events[i].next, "A") && s.events[i].when > 0)
			first = s.events[i].when;
	cr_assert(first > 45000000000 && first < 46000000000, "A runs at %" PRIu64, first);
	schedule_free(&s);
}
