/* SPDX-License-Identifier: MIT */
/*
 * What groups with a quota give back between two periods (fair.md 7.4; do_sched_cfs_slack_timer()).
 */
#include "schedule.h"

#include <criterion/criterion.h>

/*
 * Of 20 ms a period of 40 ms, A has two slices of 5 ms and then none; B1 and B2 hold one each, of
 * which they need 200 us. They get to that when X1 and X2 leave them their cpus, at 18 and 20 ms,
 * and each gives back what it has left but 1 ms: 3.8 ms. Only both together are more than a slice:
 * 5 ms after B2's A has them.
 */
#define GIVEN_BACK                                                                                                               \
	"kernel: v6.1\nduration: 45ms\nmachine: {cpus: 4, hz: 1000, kernel_threads: false, costs: zero}\n"                       \
	"groups: {g: {max: 20ms/40ms}}\ntasks:\n"                                                                                \
	"- {name: A, affinity: 0, birth: woken, group: g, program: [run: 1s]}\n"                                                 \
	"- {name: B1, affinity: 1, birth: woken, group: g, program: [run: 200us, sleep: 1s]}\n"                                  \
	"- {name: B2, affinity: 2, birth: woken, group: g, program: [run: 200us, sleep: 1s]}\n"                                  \
	"- {name: X1, affinity: 1, birth: woken, start: 100us, policy: fifo, priority: 1, program: [run: 17900us, sleep: 1s]}\n" \
	"- {name: X2, affinity: 2, birth: woken, start: 100us, policy: fifo, priority: 1, program: [run: 19900us, sleep: 1s]}\n"

/* The 7.6 ms are used up at 32.7 ms, which the tick after that finds. */
Test(bandwidth, what_is_given_back_goes_to_who_has_none)
{
	expect_switches(GIVEN_BACK, (const char *const[]){NULL}, 0, 5,
			"0 A, 10 idle, 25.1 A, 33 idle, 40 A");
}

/*
 * C takes a slice of it at 22 ms: when the time has come, what is there is less than one, and stays
 * for others.
 */
Test(bandwidth, less_than_a_slice_is_not_handed_out)
{
	expect_switches(
		GIVEN_BACK
		"- {name: C, affinity: 3, birth: woken, start: 22ms, group: g, program: [run: 4ms, sleep: 1s]}\n",
		(const char *const[]){NULL}, 0, 3, "0 A, 10 idle, 40 A");
}
