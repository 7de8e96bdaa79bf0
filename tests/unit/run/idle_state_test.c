/* SPDX-License-Identifier: MIT */
/*
 * Idle states (core-rt-dl-ext.md 1.14, fair.md 5.6): which one a cpu takes is seen by when it is
 * back. Costs are zero but for those: 2 us out of the first, 100 us out of the second, which pays
 * from 500 us on.
 */
#include "schedule.h"

#include <criterion/criterion.h>

#define STATES \
	"idle_states: [{name: A, exit: 2us, residency: 2us}, {name: B, exit: 100us, residency: 500us}]"

static const char *const none[] = {NULL};

/*
 * It has idled for long when T comes at 0. At 1.1 ms a timer is due in 0.3 ms, too soon for B; at
 * 2.402 ms in 1 ms.
 */
Test(idle_states, the_next_timer_bounds_how_deep_a_cpu_sleeps)
{
	static const char yaml[] =
		"duration: 1s\nmachine: {cpus: 1, hz: 250, costs: zero, " STATES "}\ntasks:\n"
		"- {name: T, birth: woken, timer_slack: 0, program: [run: 1ms, sleep: 300us, run: 1ms, sleep: 1ms, run: 1ms, sleep: 9s]}\n";

	expect_switches(yaml, none, 0, 9,
			"0.1 T, 1.1 idle, 1.402 T, 2.402 idle, 3.502 T, 4.502 idle");
	/* Without states it is back at once. */
	expect_switches(yaml, (const char *const[]){"machine={cpus: 1, costs: zero}", NULL}, 0, 9,
			"0 T, 1 idle, 1.3 T, 2.3 idle, 3.3 T, 4.3 idle");
}

/*
 * Cpu 1 has no timer. It has idled for 50 us when W sleeps first (100 us, of which half counts, as
 * leaving took as long), and seven times for long: those are left out, being the longest, and what
 * is left is typical: A. Then 300 us, and after that nothing is typical, up to 300, 288 (388
 * without the 100 of leaving) and six times 190: without the longest, and the next, they are all
 * the same. So the tick goes on from then on, and each tells that it has been longer; when it is
 * the only one to have done so for eight times, at 32 ms, the cpu sleeps deeply, without ticks.
 */
Test(idle_states, what_is_typical_of_late_bounds_it_too)
{
	static const char yaml[] =
		"duration: 1s\nmachine: {cpus: 2, hz: 250, costs: zero, " STATES "}\ntasks:\n"
		"- {name: P, affinity: 0, birth: woken, program: [loop: {count: 9, do: [run: 300us, sem_post: s]}, run: 40ms, sem_post: s, sleep: 9s]}\n"
		"- {name: W, affinity: 1, birth: woken, program: [loop: [sem_wait: s, run: 10us]]}\n";

	expect_switches(
		yaml, none, 1, 22,
		"0.1 W, 0.1 idle, 0.402 W, 0.412 idle, 0.8 W, 0.81 idle, 1.1 W, 1.11 idle, 1.4 W, 1.41 idle, 1.7 W, 1.71 idle, "
		"2 W, 2.01 idle, 2.3 W, 2.31 idle, 2.6 W, 2.61 idle, 2.802 W, 2.812 idle, 42.9 W, 42.91 idle");
}

/*
 * A child of F on cpu 0 (1 is busy) goes to the other cache. Cpu 3 has begun to idle last; but it
 * sleeps in B, and cpu 2, which has a timer every 0.4 ms, in A. Without states it is cpu 3.
 */
static const char forked[] =
	"duration: 100ms\nmachine: {cpus: 4, llc_cores: 2, hz: 250, costs: zero, kernel_threads: false, " STATES
	"}\ntasks:\n"
	"- {name: H, affinity: 1, birth: woken, program: [run: 1s]}\n"
	"- {name: T, affinity: 2, birth: woken, timer_slack: 0, program: [run: 10ms, loop: {count: 9, do: [sleep: 400us, run: 10us]}, sleep: 9s]}\n"
	"- {name: U, affinity: 3, birth: woken, timer_slack: 0, program: [run: 1ms, sleep: 3ms, run: 7800us, sleep: 9s]}\n"
	"- {name: C, template: true, program: [run: 1ms]}\n"
	"- {name: F, affinity: 0, birth: woken, program: [run: 12ms, affinity: all, fork: C, run: 9ms, sleep: 9s]}\n";

Test(idle_states, a_new_task_goes_to_the_cpu_that_is_back_first)
{
	struct event_filter births = {RECORD_BIT(WAKEUP_NEW), 11 * MSEC, 14 * MSEC};

	expect_events(forked, none, births, "12.1 0 wakeup_new C 2\n");
	expect_events(forked,
		      (const char *const[]){
			      "machine={cpus: 4, llc_cores: 2, costs: zero, kernel_threads: false}",
			      NULL},
		      births, "12 0 wakeup_new C 3\n");
}

/*
 * As above, but a task of the cpu waits for I/O: at 2.402 ms B takes more than an eleventh
 * (drivers/cpuidle/governors/menu.c, performance_multiplier()) of the 1 ms to leave. Of 1.2 ms it
 * takes less.
 */
Test(idle_states, who_waits_for_io_bounds_how_long_a_cpu_may_take_to_be_back)
{
	static const char yaml[] =
		"duration: 50ms\nmachine: {cpus: 1, hz: 250, costs: zero, " STATES
		"}\ndevices: {d: {service: 1s}}\ntasks:\n"
		"- {name: I, birth: woken, program: [io: d]}\n"
		"- {name: T, birth: woken, timer_slack: 0, program: [run: 1ms, sleep: 300us, run: 1ms, sleep: 1ms, run: 1ms, sleep: 9s]}\n";

	expect_switches(yaml, none, 0, 7,
			"0.1 I, 0.1 T, 1.1 idle, 1.402 T, 2.402 idle, 3.404 T, 4.404 idle");
	expect_switches(yaml, (const char *const[]){"tasks.T.program.3.sleep=1.2ms", NULL}, 0, 7,
			"0.1 I, 0.1 T, 1.1 idle, 1.402 T, 2.402 idle, 3.702 T, 4.702 idle");
}

#define COSTLY_TICKS \
	"duration: 50ms\nmachine: {cpus: 1, hz: 250, costs: {preset: zero, idle_tick: 5us}, "
#define DEEP \
	"idle_states: [{name: A, exit: 2us, residency: 2us}, {name: B, exit: 100us, residency: 6ms}]"

/*
 * What was typical up to 2.402 ms differs. A timer is due in 5 ms, in which B does not pay: in A
 * the cpu keeps its tick although that is more than a tick, so that it has none to make up for. If
 * B pays it sleeps without, and has: 5 us more.
 */
Test(idle_states, a_shallow_state_keeps_the_tick)
{
	static const char yaml[] = COSTLY_TICKS DEEP
		"}\ntasks:\n"
		"- {name: T, birth: woken, timer_slack: 0, program: [run: 1ms, sleep: 300us, run: 1ms, sleep: 5ms, run: 1ms, sleep: 9s]}\n";

	expect_switches(yaml, none, 0, 6,
			"0.1 T, 1.1 idle, 1.402 T, 2.402 idle, 7.404 T, 8.404 idle");
	expect_switches(yaml, (const char *const[]){"machine.idle_states.1.residency=4ms", NULL}, 0,
			6, "0.1 T, 1.1 idle, 1.402 T, 2.402 idle, 7.507 T, 8.507 idle");
}

/*
 * The tick at 4 ms went on, those from 8 to 24 ms did not (docs/costs.md): that is more of the way
 * out of B.
 */
Test(idle_states, ticks_are_made_up_for_beside_the_exit)
{
	static const char yaml[] = COSTLY_TICKS STATES
		"}\ntasks:\n"
		"- {name: T, birth: woken, timer_slack: 0, program: [run: 3ms, sleep: 2ms, run: 1ms, sleep: 20ms, run: 1ms, sleep: 9s]}\n";

	expect_switches(yaml, none, 0, 6,
			"0.1 T, 3.1 idle, 5.2 T, 6.2 idle, 26.305 T, 27.305 idle");
}

/*
 * What leaving took is no idleness. After 50 us in B (100, of which half counts) W idles for 490 us
 * in A, as 50 is typical; then nothing is, and it is B: 578 us, and six times 480, without the 100
 * of leaving each. Their mean is 493, and A is taken; with the 100 it would be 581, and B.
 */
Test(idle_states, leaving_is_no_part_of_how_long_it_idled)
{
	static const char yaml[] =
		"duration: 6ms\nmachine: {cpus: 2, hz: 250, costs: zero, " STATES "}\ntasks:\n"
		"- {name: P, affinity: 0, birth: woken, program: [run: 490us, sem_post: s, loop: {count: 9, do: [run: 590us, sem_post: s]}]}\n"
		"- {name: W, affinity: 1, birth: woken, program: [loop: [sem_wait: s, run: 10us]]}\n";

	expect_switches(
		yaml, none, 1, 20,
		"0.1 W, 0.1 idle, 0.592 W, 0.602 idle, 1.28 W, 1.29 idle, 1.87 W, 1.88 idle, 2.46 W, 2.47 idle, 3.05 W, 3.06 idle, "
		"3.64 W, 3.65 idle, 4.23 W, 4.24 idle, 4.82 W, 4.83 idle, 5.312 W, 5.322 idle");
}
