/* SPDX-License-Identifier: MIT */
/*
 * What a call takes before it, behind it and on its way back (docs/costs.md): changes of nice,
 * slice and affinity, wakeups of several.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

/*
 * a makes itself nicer at 1 ms, for which it is to be rescheduled; b, whose lag is positive, comes
 * when the call is over, 2 ms later.
 */
Test(call_cost, a_change_of_ones_own_nice_has_a_way_back)
{
	struct rig rig;

	rig_init_costs(&rig)->change_exit = 2 * MSEC;
	rig_task(&rig, "a", "run 1ms; nice 5; run 5ms");
	rig_task(&rig, "b", "run 5ms");
	rig_expect_switch(&rig, "\n3 ms switch a R > b\n");

	rig_init_costs(&rig);
	rig_task(&rig, "a", "run 1ms; nice 5; run 5ms");
	rig_task(&rig, "b", "run 5ms");
	rig_expect_switch(&rig, "\n1 ms switch a R > b\n");
}

/*
 * Up to the change a runs, as up to the reschedule that it asks for; where nothing changes, and
 * where nobody asks (of the first request, 350 us, some is left), there is nothing to pay.
 */
Test(call_cost, a_change_takes_time_before_it_and_before_its_reschedule)
{
	struct rig rig;

	rig_init_costs(&rig)->change_entry = 2 * MSEC;
	rig_task(&rig, "a", "run 1ms; nice 5; run 5ms");
	rig_task(&rig, "b", "run 5ms");
	rig_expect_switch(&rig, "\n3 ms switch a R > b\n");

	rig_init_costs(&rig)->change_resched = 2 * MSEC;
	rig_task(&rig, "a", "run 1ms; nice 5; run 5ms");
	rig_task(&rig, "b", "run 5ms");
	rig_expect_switch(&rig, "\n3 ms switch a R > b\n");

	rig_init_costs(&rig)->change_entry = 2 * MSEC;
	rig_task(&rig, "a", "run 1ms; nice 0; sleep 50ms");
	rig_expect_switch(&rig, "\n1 ms switch a S > swapper/0\n");

	rig_init_costs(&rig)->change_resched = 2 * MSEC;
	rig_task(&rig, "a", "run 300us; nice -5; sleep 50ms");
	rig_task(&rig, "b", "run 5ms");
	rig_expect_switch(&rig, "\n300 us switch a S > b\n");
}

/*
 * sched_setattr() has more to do than setpriority(). An affinity has no way back that is told
 * apart.
 */
Test(call_cost, a_change_of_a_slice_or_an_affinity_takes_longer)
{
	struct rig rig;

	rig_init_costs(&rig)->change_attr = 1 * MSEC;
	rig_task(&rig, "a", "run 1ms; slice 5ms; sleep 50ms");
	rig_expect_switch(&rig, "\n2 ms switch a S > swapper/0\n");

	rig_init_costs(&rig)->change_attr = 1 * MSEC;
	rig_task(&rig, "a", "run 1ms; nice 5; sleep 50ms");
	rig_expect_switch(&rig, "\n1 ms switch a S > swapper/0\n");

	rig_init_costs(&rig)->change_exit = 1 * MSEC;
	rig_task(&rig, "a", "run 1ms; affinity 0; sleep 50ms");
	rig_expect_switch(&rig, "\n1 ms switch a S > swapper/0\n");
}

/* One call for all whom it finds. */
Test(call_cost, a_change_of_several_has_one_way_back)
{
	struct rig rig;

	rig_init_costs(&rig)->change_exit = 1 * MSEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "nice 5 b; run 1ms; sleep 50ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.count = 3}, "run 5ms");
	rig_expect_switch(&rig, "\n2 ms switch a S > ");
}

/*
 * a, protected until its request is used up, asks for a reschedule by its nice, and is picked
 * again. It has paid for a switch, 100 us, and needs 30: of 2 ms of work, in one piece or with the
 * first one shorter than what it gets back, 70 us are done.
 */
Test(call_cost, a_task_that_goes_on_behind_its_call_gets_back_what_it_did_not_need)
{
	const char *programs[] = {"nice 1; run 2ms; sleep 50ms",
				  "nice 1; run 20us; run 1980us; sleep 50ms"};

	for (u32 i = 0; i < ARRAY_SIZE(programs); i++) {
		struct rig rig;
		struct costs *costs = rig_init_costs(&rig);

		costs->schedule = 100 * USEC;
		costs->schedule_same = 30 * USEC;
		rig_task(&rig, "a", programs[i]);
		rig_task(&rig, "b", "run 5ms");
		rig_expect_switch(&rig, "\n2.03 ms switch a S > b\n");
	}
}

/*
 * b, a child of nice 19, begins far behind a (place_entity()), which so goes on behind both calls:
 * two refunds of 70 us.
 */
Test(call_cost, what_is_got_back_adds_up)
{
	struct rig rig;
	struct costs *costs;

	rig_init(&rig, 1, "v6.1");
	builder_platform(rig.builder)->kernel_threads = false;
	costs = &builder_platform(rig.builder)->costs;
	costs->schedule = 100 * USEC;
	costs->schedule_same = 30 * USEC;
	rig_task(&rig, "a", "nice 1; nice 2; run 2ms; sleep 50ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.nice = 19}, "run 5ms");
	rig_expect_switch(&rig, "\n2.06 ms switch a S > b\n");
}

/* Of 10 us: a, as above, is not to pay for it beside. */
Test(call_cost, a_way_back_from_a_call_is_part_of_the_way_to_a_switch)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->schedule = 100 * USEC;
	costs->schedule_same = 30 * USEC;
	costs->syscall_exit = 10 * USEC;
	rig_task(&rig, "a", "nice 1; run 2ms; sleep 50ms");
	rig_task(&rig, "b", "run 5ms");
	rig_expect_switch(&rig, "\n2.02 ms switch a S > b\n");
}

/*
 * hog, from 1 ms on, is interrupted at 2 ms by another cpu. It has no way back from a call: 10 ms,
 * and 100 us for the pick.
 */
Test(call_cost, who_is_interrupted_has_no_way_back_from_a_call)
{
	struct rig rig;
	struct costs *costs;

	rig_init(&rig, 2, "v6.12");
	builder_platform(rig.builder)->kernel_threads = false;
	costs = &builder_platform(rig.builder)->costs;
	costs->schedule = 100 * USEC;
	costs->schedule_same = 100 * USEC;
	costs->syscall_exit = 10 * USEC;
	rig_task_attr(&rig, "sl", (struct rig_attr){.cpus = "0"}, "run 1ms; sleep 50ms");
	rig_task_attr(&rig, "hog", (struct rig_attr){.cpus = "0"}, "run 10ms; sleep 50ms");
	rig_task_attr(&rig, "c", (struct rig_attr){.cpus = "1"}, "run 2ms; nice 1 hog; sleep 50ms");
	rig_expect_switch(&rig, "\n11.1 ms switch hog S > ");
}

/*
 * wake_up_q(): s itself is woken for 3 us; then a wakeup of 3 us and 1 us of the call's own lie
 * between one and the next.
 */
Test(call_cost, the_wakeups_of_a_call_come_one_after_the_other)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->costs.wakeup = 3 * USEC;
	builder_platform(rig.builder)->costs.futex_next = 1 * USEC;
	rig_task_attr(&rig, "w", (struct rig_attr){.count = 3}, "lock m; cond_wait c m; unlock m");
	rig_task(&rig, "s", "sleep 1ms; cond_broadcast c");
	rig_expect(&rig, RECORD_BIT(WAKEUP),
		   "1 ms wakeup s\n"
		   "1.003 ms wakeup w0\n"
		   "1.007 ms wakeup w1\n"
		   "1.011 ms wakeup w2\n");
}
