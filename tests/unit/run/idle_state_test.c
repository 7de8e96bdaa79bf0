/* SPDX-License-Identifier: MIT */
/*
 * Idle states (core-rt-dl-ext.md 1.14, fair.md 5.6): which one a cpu takes is seen by when it is back. Costs are zero but for
 * those: 2 us out of the first, 100 us out of the second, which pays from 500 us on.
 */
#include "schedule.h"

#include <criterion/criterion.h>

#define STATES "idle_states: [{name: A, exit: 2us, residency: 2us}, {name: B, exit: 100us, residency: 500us}]"

static const char *const none[] = {NULL};

/*
 * It has idled for long when T comes at 0. At 1.1 ms a timer is due in 0.3 ms, too soon for B; at 2.402 ms in 1 ms.
 */
Test(idle_states, the_next_timer_bounds_how_deep_a_cpu_sleeps)
{
	static const char yaml[] =
		"duration: 1s\nmachine: {cpus: 1, hz: 250, costs: zero, " STATES "}\ntasks:\n"
		"- {name: T, birth: woken, timer_slack: 0, program: [run: 1ms, sleep: 300us, run: 1ms, sleep: 1ms, run: 1ms, sleep: 9s]}\n";

	expect_switches(yaml, none, 0, 9, "0.1 T, 1.1 idle, 1.402 T, 2.402 idle, 3.502 T, 4.502 idle");
	/* Without states it is back at once. */
	expect_switches(yaml, (const char *const[]){"machine={cpus: 1, costs: zero}", NULL}, 0, 9,
			"0 T, 1 idle, 1.3 T, 2.3 idle, 3.3 T, 4.3 idle");
}

/*
 * Cpu 1 has no timer. It has idled for 50 us when W sleeps first (100 us, of which half counts, as leaving took as long), and seven times for
 * long: those are left out, being the longest, and what is left is typical: A. Then 300 us, and after that nothing is typical, up to
 * 300, 288 (388 without the 100 of leaving) and six times 190: without the longest, and the next, they are all the same.
 * So the tick goes on from then on, and each tells that it has been longer; when it is the only one to have done so for eight times, at 32 ms, the cpu
 * sleeps deeply, without ticks.
 */
Test(idle_states, what_is_typical_of_late_bounds_it_too)
{
	static const char yaml[] =
		"duration: 1s\nmachine: {cpus: 2, hz: 250, costs: zero, " STATES "}\ntasks:\n"
		"- {name: P, affinity: 0, birth: woken, program: [loop: {count: 9, do: [run: 300us, sem_post: s]}, run: 40ms, sem_post: s, sleep: 9s]}\n"
		"- {name: W, affinity: 1, birth: woken, program: [loop: [sem_wait: s, run: 10us]]}\n";

	expect_switches(yaml, none, 1, 22,
			"0.1 W, 0.1 idle, 0.402 W, 0.412 idle, 0.8 W, 0.81 idle, 1.1 W, 1.11 idle, 1.4 W, 1.41 idle, 1.7 W, 1.71 idle, "
			"2 W, 2.01 idle, 2.3 W, 2.31 idle, 2.6 W, 2.61 idle, 2.802 W, 2.812 idle, 42.9 W, 42.91 idle");
}

/*
 * A child of F on cpu 0 (1 is busy) goes to the other cache. Cpu 3 has begun to idle last; but it sleeps in B, and cpu 2, which has
 * a timer every 0.4 ms, in A. Without states it is cpu 3.
 */
static const char forked[] =
	"duration: 100ms\nmachine: {cpus: 4, llc_cores: 2, hz: 250, costs: zero, kernel_threads: false, " STATES "}\ntasks:\n"
	"- {name: H, affinity: 1, birth: woken, program: [run: 1s]}\n"
	"- {name: T, affinity: 2, birth: woken, timer_slack: 0, program: [run: 10ms, loop: {count: 9, do: [sleep: 400us, run: 10us]}, sleep: 9s]}\n"
	"- {name: U, affinity: 3, birth: woken, timer_slack: 0, program: [run: 1ms, sleep: 3ms, run: 7800us, sleep: 9s]}\n"
	"- {name: C, template: true, program: [run: 1ms]}\n"
	"- {name: F, affinity: 0, birth: woken, program: [run: 12ms, affinity: all, fork: C, run: 9ms, sleep: 9s]}\n";

Test(idle_states, a_new_task_goes_to_the_cpu_that_is_back_first)
{
	struct event_filter births = {RECORD_BIT(WAKEUP_NEW), 11 * MSEC, 14 * MSEC};

	expect_events(forked, none, births, "12.1 0 wakeup_new C 2\n");
	expect_events(forked, (const char *const[]){"machine={cpus: 4, llc_cores: 2, costs: zero, kernel_threads: false}", NULL},
		      births, "12 0 wakeup_new C 3\n");
}
