/* SPDX-License-Identifier: MIT */
/* The high-resolution tick: slices and budgets end when they end, not at the next tick. */
#include "schedule.h"

#include <criterion/criterion.h>

static const char hogs[] =
	"duration: 60ms\nmachine: {cpus: 8, hz: 250, costs: zero}\n"
	"sched: {features: [HRTICK]}\n"
	"tasks:\n"
	"- {name: A, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
	"- {name: B, affinity: 0, birth: woken, program: [{loop: [{run: 1s}]}]}\n"
	"- {name: C, affinity: 0, birth: woken, nice: 5, program: [{loop: [{run: 1s}]}]}\n";

/*
 * fair.md 11.1 with turns of 2.8 ms. After B's first turn A and B are at 2.8 ms and V at 2.406: C
 * alone is eligible. It comes to 8.559 and V to 3.609: A and B follow, then A again as of equal
 * deadlines who waits beats who runs.
 */
Test(hrtick, an_eevdf_request_ends_when_it_is_used_up)
{
	static const char *const expected = "0 A, 2.8 B, 5.6 C, 8.4 A, 11.2 B, 14 A";

	expect_switches(hogs, (const char *const[]){"kernel=v6.12", NULL}, 0, 6, expected);
	expect_switches(hogs, (const char *const[]){"kernel=v6.18", NULL}, 0, 6, expected);
}

/*
 * The timer expires at the end of the request, 2.8 ms; its handler begins 100 us after that and
 * finds it used up.
 */
Test(hrtick, its_interrupt_has_the_way_to_its_handler)
{
	static const char *const costs = "machine.costs={preset: zero, irq_entry: 100us}";

	expect_switches(hogs, (const char *const[]){"kernel=v6.12", costs, NULL}, 0, 2,
			"0 A, 2.9 B");
	expect_switches(hogs, (const char *const[]){"kernel=v6.18", costs, NULL}, 0, 2,
			"0 A, 2.9 B");
}

/*
 * Slices of 10.313049 ms and 3.373897 ms (fair.md 11.1). After its own C is still the left-most, by
 * 92 ns: it goes on for the least delay of the timer, 10 us.
 */
Test(hrtick, a_cfs_slice_ends_when_it_is_over)
{
	expect_switches(hogs, (const char *const[]){"kernel=v6.1", NULL}, 0, 4,
			"0 A, 10.313049 B, 20.626098 C, 24.009995 A");
}

/* core-rt-dl-ext.md E4 without its overruns: 10 ms of each 100 ms. */
Test(hrtick, a_deadline_budget_ends_when_it_is_used_up)
{
	static const char yaml[] =
		"duration: 300ms\nmachine: {cpus: 1, hz: 250, costs: zero}\n"
		"sched: {features: [HRTICK_DL]}\n"
		"tasks:\n"
		"- {name: D, policy: deadline, runtime: 10ms, deadline: 30ms, period: 100ms,"
		" birth: woken, program: [{loop: [{run: 1s}]}]}\n";

	for (u32 i = 0; i < 3; i++) {
		static const char *const rows[] = {"kernel=v6.1", "kernel=v6.12", "kernel=v6.18"};

		expect_switches(yaml, (const char *const[]){rows[i], NULL}, 0, 5,
				"0 D, 10 idle, 100 D, 110 idle, 200 D");
	}
}

/* A task that is alone needs no such interrupt. */
Test(hrtick, one_task_alone_is_not_interrupted)
{
	static const char yaml[] =
		"duration: 100ms\nmachine: {cpus: 1, hz: 100, costs: zero}\n"
		"tasks: [{name: A, birth: woken, program: [{loop: [{run: 1s}]}]}]\n";
	struct schedule plain = schedule_run(yaml, NULL);
	struct schedule fine =
		schedule_run(yaml, (const char *const[]){"sched.features=HRTICK", NULL});

	cr_assert_eq(plain.nr_events, fine.nr_events);
	schedule_free(&plain);
	schedule_free(&fine);
}
