/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler's own paths cost, told apart as recordings of emulated machines tell them
 * (docs/costs.md): a pick of the same task, a wakeup of a task that is still queued, an interrupt and a
 * softirq that come before a switch; ways that differ by what they find.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

/*
 * sl has run 1 ms when it sleeps, hog nothing: it is ineligible and stays queued. At the tick of 4 ms hog has
 * used up its request; sl is picked, leaves its queue, and hog goes on. From 1 ms on it works for 10 ms,
 * and stands still for the one pick.
 */
static void same_task(u64 same_ns, const char *line)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->schedule = 100 * USEC;
	costs->schedule_same = same_ns;
	rig_task(&rig, "sl", "run 1ms; sleep 50ms");
	rig_task(&rig, "hog", "run 10ms; sleep 50ms");
	rig_expect_switch(&rig, line);
}

Test(path_cost, a_pick_of_the_same_task_costs_less_than_a_switch)
{
	same_task(100 * USEC, "\n11.1 ms switch hog S > swapper/0\n");
	same_task(30 * USEC, "\n11.03 ms switch hog S > swapper/0\n");
	same_task(0, "\n11 ms switch hog S > swapper/0\n");
}

/* In the same course, the pick that comes upon sl finishes its dequeue: hog stands still for that. */
Test(path_cost, a_pick_that_finishes_a_delayed_dequeue_takes_longer)
{
	struct rig rig;

	rig_init_costs(&rig)->undelay = 30 * USEC;
	rig_task(&rig, "sl", "run 1ms; sleep 50ms");
	rig_task(&rig, "hog", "run 10ms; sleep 50ms");
	rig_expect_switch(&rig, "\n11.03 ms switch hog S > swapper/0\n");
}

/*
 * At the tick of 4 ms a has the latest deadline of all. With b and c in the tree, c to the right of b as it came later, it is put
 * below c, two levels down, which turns the tree: c is its root, and b goes from one level down. Without c a is put below b, its root.
 * Each level takes 100 us, or the way to the tree as such; the switch comes when all is done.
 */
Test(path_cost, a_switch_takes_longer_the_deeper_the_tree)
{
	struct rig rig;

	for (u32 third = 0; third < 2; third++) {
		rig_init_costs(&rig)->tree_level = 100 * USEC;
		rig_task(&rig, "a", "run 10ms");
		rig_task(&rig, "b", "run 10ms");
		if (third)
			rig_task(&rig, "c", "run 10ms");
		rig_expect_switch(&rig, third ? "\n4.3 ms switch a R > b\n" : "\n4.1 ms switch a R > b\n");
	}
	for (u32 third = 0; third < 2; third++) {
		rig_init_costs(&rig)->tree_put = 100 * USEC;
		rig_task(&rig, "a", "run 10ms");
		rig_task(&rig, "b", "run 10ms");
		if (third)
			rig_task(&rig, "c", "run 10ms");
		rig_expect_switch(&rig, "\n4.1 ms switch a R > b\n");
	}
}

/* a yields at 1 ms; the way to the switch, which is told at its end, takes 100 us. */
Test(path_cost, who_yields_is_switched_from_when_the_scheduler_is_through)
{
	struct rig rig;

	rig_init_costs(&rig)->schedule = 100 * USEC;
	rig_task(&rig, "a", "run 1ms; yield; run 10ms");
	rig_task(&rig, "b", "run 10ms");
	rig_expect_switch(&rig, "\n1.1 ms switch a R > b\n");
}

/* b finds a's lock at 2 ms and is off the cpu 1 ms after that. */
Test(path_cost, waiting_with_inheritance_has_its_own_cost)
{
	struct rig rig;

	rig_init_costs(&rig)->pi_wait = 1 * MSEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_task(&rig, "a", "lock m; run 10ms; unlock m");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 2ms; lock m; unlock m");
	rig_expect_switch(&rig, "\n3 ms switch b S > a\n");
}

/*
 * Both sleeps end at 5 ms. The interrupt wakes a, comes to b 100 us later, and is over then: hog is switched from at 5.1 ms,
 * and has 5 ms to go when both have slept again.
 */
Test(path_cost, an_interrupt_wakes_one_sleeper_after_the_other)
{
	struct rig rig;

	for (u32 i = 0; i < 2; i++) {
		rig_init_costs(&rig)->timer_next = 100 * USEC;
		rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "sleep 5ms; sleep 50ms");
		rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 5ms; sleep 50ms");
		rig_task(&rig, "hog", "run 10ms; sleep 50ms");
		rig_expect_switch(&rig, i ? "\n10.1 ms switch hog S > swapper/0\n" : "\n5.1 ms switch hog R > a\n");
	}
}

/* a waits for a grace period until the third tick, at 12 ms, is moved, and is back 100 us later. */
Test(path_cost, who_joins_a_group_is_back_some_time_after_the_move)
{
	struct rig rig;

	rig_init_costs(&rig)->group_exit = 100 * USEC;
	builder_group(rig.builder, &(struct group_spec){.name = "g", .parent = GROUP_ROOT, .shares = 1024,
							.quota_ns = GROUP_NO_QUOTA, .period_ns = 100 * MSEC});
	rig_task(&rig, "a", "group g; run 1ms; sleep 50ms");
	rig_expect_switch(&rig, "\n13.1 ms switch a S > swapper/0\n");
}

/* sl's interrupt preempts hog at 2 ms, which is back at 3 ms and has yet to leave it. A pick of hog itself has not. */
Test(path_cost, who_was_preempted_by_an_interrupt_has_yet_to_leave_it)
{
	struct rig rig;

	rig_init_costs(&rig)->irq_resume = 100 * USEC;
	rig_task_attr(&rig, "sl", (struct rig_attr){.fifo = 1}, "sleep 2ms; run 1ms; sleep 50ms");
	rig_task(&rig, "hog", "run 10ms; sleep 50ms");
	rig_expect_switch(&rig, "\n11.1 ms switch hog S > swapper/0\n");

	rig_init_costs(&rig)->irq_resume = 100 * USEC;
	rig_task(&rig, "sl", "run 1ms; sleep 50ms");
	rig_task(&rig, "hog", "run 10ms; sleep 50ms");
	rig_expect_switch(&rig, "\n11 ms switch hog S > swapper/0\n");
}

/* post wakes b at 1 ms, which takes until 2 ms; the sleep is called then. */
Test(path_cost, a_sleep_is_called_when_the_wakeup_before_it_is_done)
{
	struct rig rig;

	rig_init_costs(&rig)->wakeup = 1 * MSEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "run 1ms; sem_post s; sleep 10ms");
	rig_task(&rig, "b", "sem_wait s; run 20ms");
	rig_expect_switch(&rig, "\n12 ms switch b R > a\n");
}

/*
 * As above, but sl's sleep is over at 2 ms, when it is still queued. Hog is charged then, which
 * makes sl the one with the earlier deadline; what the wakeup takes comes before the switch.
 */
static void woken_in_queue(u64 asleep_ns, u64 queued_ns, const char *line)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->wakeup_check = asleep_ns;
	costs->queued_check = queued_ns;
	rig_task(&rig, "sl", "run 1ms; sleep 1ms; run 1ms");
	rig_task(&rig, "hog", "run 10ms");
	rig_expect_switch(&rig, line);
}

Test(path_cost, a_wakeup_of_a_queued_task_has_its_own_cost)
{
	woken_in_queue(100 * USEC, 0, "\n2 ms switch hog R > sl\n");
	woken_in_queue(0, 100 * USEC, "\n2.1 ms switch hog R > sl\n");
}

/*
 * The tick of 4 ms ends a's turn: 5 us for the way in and 10 for its handler, 100 us more for the way to the
 * switch. c sleeps until 4.04 ms, and its interrupt, 5 us and 20 us for the handler, makes that later by 25 us.
 */
Test(path_cost, an_interrupt_before_a_switch_makes_it_later)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->tick = 10 * USEC;
	costs->schedule = 100 * USEC;
	costs->irq_entry = 5 * USEC;
	costs->timer = 20 * USEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task(&rig, "b", "run 10ms");
	rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 1}, "sleep 4040us; run 1us");
	rig_expect_switch(&rig, "\n4.14 ms switch a R > c\n");
}

/* The same with a thread that wakes at 4.05 ms by itself: a softirq, whose way begins as the tick's handler ends. */
Test(path_cost, a_softirq_before_a_switch_makes_it_later)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->tick = 10 * USEC;
	costs->schedule = 100 * USEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task(&rig, "b", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.woken = true, .start_ns = 4050 * USEC}, "run 1us");
	rig_expect_switch(&rig, "\n4.15 ms switch a R > b\n");
}

/* A sleep of 1 ms is over before the tick of 4 ms: 10 us for the clock. The second, until 5.01 ms, is behind it. */
Test(path_cost, a_sleep_before_the_tick_sets_the_clock)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->timer_program = 10 * USEC;
	costs->block = USEC;
	rig_task(&rig, "a", "sleep 1ms; run 10us; sleep 4ms");
	rig_expect_switch(&rig, "\n11 us switch a S > swapper/0\n1 ms switch swapper/0 R > a\n"
			  "1.011 ms switch a S > swapper/0\n");
}

/*
 * b sleeps in its pipe from the beginning: a's write, at 1 ms, takes 5 us more for that, and b has 7 us on its
 * way back before its own work.
 */
Test(path_cost, a_pipe_takes_longer_for_who_sleeps)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->pipe_wake = 5 * USEC;
	costs->pipe_woken = 7 * USEC;
	rig_task(&rig, "b", "pipe_read p 1; run 1us; sleep 2ms");
	rig_task(&rig, "a", "run 1ms; pipe_write p 1; sleep 1ms");
	rig_expect_switch(&rig, "\n1.005 ms switch a R > b\n1.013 ms switch b S > a\n");
}

/* Alone, who yields goes on: 5 us later. */
Test(path_cost, a_yield_to_nobody_has_its_own_cost)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->yield_same = 5 * USEC;
	rig_task(&rig, "a", "run 1ms; yield; run 1ms; sleep 1ms");
	rig_expect_switch(&rig, "\n2.005 ms switch a S > swapper/0\n");
}

/*
 * hog, a FIFO task, begins at 1.1 ms, as its interrupt takes 100 us. The one that wakes sl behind it takes as much, at 3 ms, and so
 * do the ticks of 4 and 8 ms.
 */
static void interrupted(struct rig *rig, const char *line)
{
	struct costs *costs = &builder_platform(rig->builder)->costs;

	costs->irq_entry = 100 * USEC;
	rig_task_attr(rig, "hog", (struct rig_attr){.fifo = 1}, "sleep 1ms; run 10ms; sleep 50ms");
	rig_task(rig, "sl", "sleep 3ms; run 1ms");
	rig_expect_switch(rig, line);
}

Test(path_cost, work_goes_on_until_a_timer_s_interrupt_is_seen)
{
	struct rig rig;

	rig_init_costs(&rig);
	interrupted(&rig, "\n11.4 ms switch hog S > sl\n");
	rig_init_costs(&rig)->timer_work = 30 * USEC;
	interrupted(&rig, "\n11.37 ms switch hog S > sl\n");
	rig_init_costs(&rig)->timer_exit = 20 * USEC;
	interrupted(&rig, "\n11.42 ms switch hog S > sl\n");
}

Test(path_cost, a_tick_takes_what_its_class_takes)
{
	struct rig rig;

	rig_init_costs(&rig)->tick_rt = 50 * USEC;
	interrupted(&rig, "\n11.5 ms switch hog S > sl\n");
}

/*
 * A wakeup takes 1 ms, of which 0.4 ms are the charge of a fair task that runs. hog begins 1 ms later by its own, and one more tick
 * comes; the one at 4 ms finds sl's interrupt still served, if that takes so long.
 */
Test(path_cost, a_wakeup_behind_a_real_time_task_charges_nobody)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->wakeup = 1 * MSEC;
	interrupted(&rig, "\n13.4 ms switch hog S > sl\n");
	costs = rig_init_costs(&rig);
	costs->wakeup = 1 * MSEC;
	costs->wakeup_fair = 400 * USEC;
	interrupted(&rig, "\n13.1 ms switch hog S > sl\n");
}

/* a, a FIFO task, wakes b by a write: 1 ms, of which 0.4 are the charge of a fair task that runs. */
Test(path_cost, a_real_time_tasks_wakeup_charges_nobody)
{
	for (u32 fair = 0; fair < 2; fair++) {
		struct rig rig;
		struct costs *costs = rig_init_costs(&rig);

		costs->wakeup = 1 * MSEC;
		costs->wakeup_fair = fair ? 400 * USEC : 0;
		rig_task(&rig, "b", "pipe_read p 1");
		rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "sleep 2ms; pipe_write p 1; run 1us; mark a");
		rig_expect(&rig, RECORD_BIT(MARK), fair ? "3.601 ms mark a a\n" : "4.001 ms mark a a\n");
	}
}

/* b goes to sleep until 1 ms; a is on its way to sleep from 2 to 3 ms, when b's sleep is over, at 2.7 ms. */
Test(path_cost, at_the_end_of_a_block_interrupts_are_off)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->block = 1 * MSEC;
	rig_task(&rig, "a", "run 1ms; sleep 50ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 2700us; run 1ms");
	rig_expect_switch(&rig, "\n3 ms switch a S > b\n");

	costs = rig_init_costs(&rig);
	costs->block = 1 * MSEC;
	costs->irqs_off = 500 * USEC;
	rig_task(&rig, "a", "run 1ms; sleep 50ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 2700us; run 1ms");
	rig_expect_switch(&rig, "\n3 ms switch a S > swapper/0\n3 ms switch swapper/0 R > b\n");

	/* Up to where the idle task has them on again. */
	costs = rig_init_costs(&rig);
	costs->block = 1 * MSEC;
	costs->irqs_off = 500 * USEC;
	costs->idle_switch = 100 * USEC;
	rig_task(&rig, "a", "run 1ms; sleep 50ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 2700us; run 1ms");
	rig_expect_switch(&rig, "\n3 ms switch a S > swapper/0\n3.1 ms switch swapper/0 R > b\n");

	/* Also if no interrupt has come since the last switch, each of which takes 10 us. */
	costs = rig_init_costs(&rig);
	costs->block = 1 * MSEC;
	costs->irqs_off = 500 * USEC;
	costs->switch_other_mm = 10 * USEC;
	rig_task(&rig, "a", "run 1ms; sleep 50ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 2700us; run 1ms");
	rig_expect_switch(&rig, "\n3.02 ms switch a S > swapper/0\n");
}

/* c finds mid's lock at 5 ms, and mid waits for a's. */
Test(path_cost, waiting_with_inheritance_looks_at_the_whole_chain)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->pi_wait = 1 * MSEC;
	costs->pi_chain = 100 * USEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	builder_mutex(rig.builder, (struct loc){0}, "n", MUTEX_PI);
	rig_task(&rig, "a", "lock m; run 20ms; unlock m");
	rig_task_attr(&rig, "mid", (struct rig_attr){.fifo = 1}, "sleep 1ms; lock n; lock m; unlock m; unlock n");
	rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 2}, "sleep 5ms; lock n; unlock n");
	rig_expect_switch(&rig, "\n6.1 ms switch c S > a\n");
}

Test(path_cost, handing_over_a_lock_with_inheritance_has_its_own_cost)
{
	struct rig rig;

	rig_init_costs(&rig)->pi_wake = 1 * MSEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_task(&rig, "a", "lock m; run 10ms; unlock m; run 5ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 2ms; lock m; run 1ms; unlock m");
	rig_expect_switch(&rig, "\n11 ms switch a R > b\n");
}

/* b is on its way to sleep from 2 to 3 ms; a gives it the lock at 4 ms and takes it again; the second wait begins at once, at 5 ms. */
Test(path_cost, the_first_wait_for_a_lock_with_inheritance_has_its_own_cost)
{
	struct rig rig;

	rig_init_costs(&rig)->pi_first = 1 * MSEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_task(&rig, "a", "lock m; run 3ms; unlock m; lock m; run 3ms; unlock m; run 10ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 2ms; lock m; unlock m; sleep 1ms; lock m; unlock m");
	rig_expect_switch(&rig, "\n3 ms switch b S > a\n");

	rig_init_costs(&rig)->pi_first = 1 * MSEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_task(&rig, "a", "lock m; run 3ms; unlock m; lock m; run 3ms; unlock m; run 10ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 2ms; lock m; unlock m; sleep 1ms; lock m; unlock m");
	rig_expect_switch(&rig, "\n5 ms switch b S > a\n");
}

/* Nobody is boosted: b waits for a that comes before it anyway, and the unlock at 10 ms takes nothing. */
Test(path_cost, handing_over_costs_that_if_a_boost_ends)
{
	struct rig rig;

	rig_init_costs(&rig)->pi_wake = 1 * MSEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 2}, "lock m; sleep 5ms; run 5ms; unlock m; run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 1ms; lock m; run 1ms; unlock m");
	rig_expect_switch(&rig, "\n11 ms switch a Z > b\n");
}

/* a is stopped from 2 ms on, which takes until 3 ms, and has 8 ms of its work left when it goes on at 5 ms. */
Test(path_cost, a_stop_takes_time)
{
	struct rig rig;

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1}, "sleep 2ms; stop a; sleep 3ms; cont a; sleep 100ms");
	rig_expect_switch(&rig, "\n3 ms switch a T > swapper/0\n");

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1}, "sleep 2ms; stop a; sleep 3ms; cont a; sleep 100ms");
	rig_expect_switch(&rig, "\n13 ms switch a Z > init\n");
}

/* SIGCONT comes at 2.5 ms, when a is still on its way to the stop: it does not stop, nor sleep longer, and has lost that time. */
Test(path_cost, a_stop_that_is_taken_back_on_the_way_costs_all_the_same)
{
	struct rig rig;

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1}, "sleep 2ms; stop a; sleep 500us; cont a; sleep 100ms");
	rig_expect_switch(&rig, "\n11 ms switch a Z > init\n");

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "sleep 10ms; run 1ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1}, "sleep 2ms; stop a; sleep 500us; cont a; sleep 100ms");
	rig_expect_switch(&rig, "\n11 ms switch a Z > init\n");
}

/* Killed on its way to the stop, it dies when it has come there. */
Test(path_cost, who_is_killed_on_the_way_to_a_stop_dies)
{
	struct rig rig;

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1}, "sleep 2ms; stop a; sleep 500us; kill a; sleep 100ms");
	rig_expect_switch(&rig, "\n3 ms switch a Z > init\n");
}

/* a exits from 1 to 11 ms; b wakes at 5 ms. */
Test(path_cost, an_exit_is_full_of_preemption_points)
{
	struct rig rig;

	rig_init_costs(&rig)->exit = 10 * MSEC;
	builder_platform(rig.builder)->preempt = PREEMPT_VOLUNTARY;
	rig_task(&rig, "a", "run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 5ms; run 1ms");
	rig_expect_switch(&rig, "\n5 ms switch a R+ > b\n");

	rig_init_costs(&rig)->exit = 10 * MSEC;
	builder_platform(rig.builder)->preempt = PREEMPT_NONE;
	rig_task(&rig, "a", "run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 5ms; run 1ms");
	rig_expect_switch(&rig, "\n11 ms switch a Z > b\n");
}

/* a dies first, from 1 to 3 ms; b, which begins at 3 ms, needs 1 ms for its work and 1 ms for its death. */
Test(path_cost, the_first_exit_of_all_has_its_own_cost)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->exit = 1 * MSEC;
	costs->exit_first = 1 * MSEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 2}, "run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "run 1ms");
	rig_expect_switch(&rig, "\n3 ms switch a Z > b\n5 ms switch b Z > init\n");
}

/* The same if it dies of a signal at 1 ms. */
Test(path_cost, so_is_a_death_by_a_signal)
{
	struct rig rig;

	rig_init_costs(&rig)->exit = 10 * MSEC;
	builder_platform(rig.builder)->preempt = PREEMPT_VOLUNTARY;
	rig_task(&rig, "a", "run 100ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 2}, "sleep 1ms; kill a; sleep 100ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 5ms; run 1ms");
	rig_expect_switch(&rig, "\n5 ms switch a R+ > b\n");
}

/* a forks from 1 to 11 ms; b wakes at 5 ms. Without such points it waits until the call is over, and comes before the child. */
Test(path_cost, a_fork_is_full_of_preemption_points)
{
	struct rig rig;

	rig_init_costs(&rig)->fork = 10 * MSEC;
	builder_platform(rig.builder)->preempt = PREEMPT_VOLUNTARY;
	rig_template(&rig, "c", "run 1ms");
	rig_task(&rig, "a", "run 1ms; fork c; run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 5ms; run 1ms");
	rig_expect_switch(&rig, "\n5 ms switch a R+ > b\n");

	rig_init_costs(&rig)->fork = 10 * MSEC;
	builder_platform(rig.builder)->preempt = PREEMPT_NONE;
	rig_template(&rig, "c", "run 1ms");
	rig_task(&rig, "a", "run 1ms; fork c; run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 5ms; run 1ms");
	rig_expect_switch(&rig, "\n11 ms switch a R > b\n");
}

/*
 * p forks c, and c forks d: two tasks live, for which no stack is kept, so both forks take 10.1 ms. Both die by 21.2 ms, and both stacks are
 * kept. Then p forks three: the third finds none.
 */
Test(path_cost, two_stacks_of_dead_tasks_are_kept)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->fork = 100 * USEC;
	costs->fork_stack = 10 * MSEC;
	rig_template(&rig, "d", "sleep 1ms");
	rig_template(&rig, "c", "fork d; wait");
	rig_template(&rig, "e", "sleep 1s");
	rig_task(&rig, "p", "fork c; wait; mark reaped; fork e; mark first; fork e; mark second; fork e; mark third");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "21.2 ms mark p reaped\n21.3 ms mark p first\n21.4 ms mark p second\n31.5 ms mark p third\n");
}

/* As many as the boot has left. Of a task's stack it does not matter when its parent reaps it. */
Test(path_cost, forks_find_stacks_that_the_boot_has_left)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	builder_platform(rig.builder)->kept_stacks = 1;
	costs->fork_stack = 10 * MSEC;
	rig_template(&rig, "c", "sleep 1ms");
	rig_task(&rig, "p", "fork c; mark first; fork c; mark second; sleep 5ms; fork c; fork c; mark fourth; fork c; mark fifth");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "0 mark p first\n10 ms mark p second\n15 ms mark p fourth\n25 ms mark p fifth\n");
}

/* It may have one child: the two forks that are refused give their stack back, and no third is needed. */
Test(path_cost, a_fork_that_is_refused_gives_its_stack_back)
{
	struct rig rig;

	rig_init_costs(&rig)->fork_stack = 10 * MSEC;
	builder_platform(rig.builder)->kept_stacks = 2;
	rig_template(&rig, "c", "sleep 100ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.user = "u", .nproc = 2}, "fork c; fork c; fork c; mark done; wait");
	rig_expect(&rig, RECORD_BIT(MARK), "0 mark p done\n");
}

/* There is room for one: the second takes 10 ms, and then there is room for two, whoever they are. */
Test(path_cost, a_fork_takes_more_if_more_live_than_ever)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	builder_platform(rig.builder)->most_processes = 1;
	costs->fork_grow = 10 * MSEC;
	rig_template(&rig, "c", "sleep 100ms");
	rig_task(&rig, "p", "fork c; mark first; fork c; mark second; sleep 200ms; fork c; fork c; mark fourth; fork c; mark fifth");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "0 mark p first\n10 ms mark p second\n210 ms mark p fourth\n220 ms mark p fifth\n");
}

/* The first two that are too many take 10 and 20 ms, each further one 5. */
Test(path_cost, a_list_tells_what_single_growths_take)
{
	static const u64 growth[] = {10 * MSEC, 20 * MSEC};
	struct rig rig;
	struct platform *platform;

	rig_init_costs(&rig)->fork_grow = 5 * MSEC;
	platform = builder_platform(rig.builder);
	platform->most_processes = 1;
	platform->growth = growth;
	platform->nr_growth = 2;
	rig_template(&rig, "c", "sleep 100ms");
	rig_task(&rig, "p", "fork c; mark 1; fork c; mark 2; fork c; mark 3; fork c; mark 4; sleep 200ms; fork c; mark 5");
	rig_expect(&rig, RECORD_BIT(MARK), "0 mark p 1\n10 ms mark p 2\n30 ms mark p 3\n35 ms mark p 4\n235 ms mark p 5\n");
}

/* The first child is dead when p waits, at 5 ms; for the second one it sleeps; and then there is none. */
Test(path_cost, a_wait_that_does_not_sleep_has_a_way_in)
{
	struct rig rig;

	rig_init_costs(&rig)->wait_call = 1 * MSEC;
	rig_template(&rig, "c", "");
	rig_template(&rig, "d", "sleep 2ms");
	rig_task(&rig, "p", "fork c; sleep 5ms; wait; mark first; fork d; wait; mark second; waitall; mark none");
	rig_expect(&rig, RECORD_BIT(MARK), "6 ms mark p first\n8 ms mark p second\n9 ms mark p none\n");
}

/* The first write to each pipe, whoever makes it. */
Test(path_cost, a_pipes_first_write_takes_more)
{
	struct rig rig;

	rig_init_costs(&rig)->pipe_first = 1 * MSEC;
	builder_pipe(rig.builder, (struct loc){0}, "p", 65536, PIPE_ENDLESS);
	builder_pipe(rig.builder, (struct loc){0}, "q", 65536, PIPE_ENDLESS);
	rig_task(&rig, "a", "pipe_write p 1; mark 1; pipe_write p 1; mark 2; pipe_read p 2; pipe_write p 1; mark 3; pipe_write q 1; mark 4");
	rig_expect(&rig, RECORD_BIT(MARK), "1 ms mark a 1\n1 ms mark a 2\n1 ms mark a 3\n2 ms mark a 4\n");
}

/* To stop s takes 1 ms, to let it go on 3, of which 2 come behind its wakeup; it runs once a sleeps. Who has not stopped takes 1 ms. */
Test(path_cost, a_continue_takes_more_than_a_stop)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->kill = 1 * MSEC;
	costs->cont = 2 * MSEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1},
		      "cont s; mark none; sleep 1ms; stop s; mark stop; sleep 1ms; cont s; run 1us; mark cont");
	rig_task(&rig, "s", "run 10ms");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(WAKEUP),
		   "1 ms mark a none\n2 ms wakeup a\n3 ms mark a stop\n4 ms wakeup a\n5 ms wakeup s\n7.001 ms mark a cont\n");
}

/* s is stopped at 2 ms, with 3 to run, and let go on at 4. */
Test(path_cost, who_was_stopped_has_a_way_back)
{
	struct rig rig;

	rig_init_costs(&rig)->resume = 1 * MSEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "sleep 2ms; stop s; sleep 2ms; cont s");
	rig_task(&rig, "s", "run 5ms; mark done");
	rig_expect(&rig, RECORD_BIT(MARK), "8 ms mark s done\n");
}

/* Its 30 pages take 3 ms; those of a thread are its process's, which goes on. */
Test(path_cost, an_exit_takes_more_for_each_page)
{
	struct rig rig;

	rig_init_costs(&rig)->exit_page = 100 * USEC;
	rig_template(&rig, "t", "");
	rig_task_attr(&rig, "a", (struct rig_attr){.pages = 30}, "clone t; sleep 1ms; mark a");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(EXIT), "0 exit t 0x0\n1 ms mark a a\n4 ms exit a 0x0\n");
}

/*
 * Work is due at 2 ms, for 1 ms, and twice during the second one's 3 ms from 10 ms on: that is done in the same go, 6 ms. a, of nice 19, is
 * preempted by both, and works for 9.5 ms.
 */
Test(path_cost, a_kworker_does_what_the_boot_has_left)
{
	static const struct kernel_work work[] = {
		{2 * MSEC, 1 * MSEC}, {10 * MSEC, 3 * MSEC}, {11 * MSEC, 1 * MSEC}, {12 * MSEC, 2 * MSEC},
	};
	struct rig rig;
	struct platform *platform;

	rig_init_costs(&rig);
	platform = builder_platform(rig.builder);
	platform->kernel_threads = true;
	platform->work = work;
	platform->nr_work = ARRAY_SIZE(work);
	rig_task_attr(&rig, "a", (struct rig_attr){.nice = 19}, "run 9500us; mark done");
	rig_expect(&rig, RECORD_BIT(MARK), "16.5 ms mark a done\n");
}

/* a ends at 1 ms. b frees its memory as it loads its own, once. */
Test(path_cost, the_next_user_task_frees_the_memory_of_a_dead_one)
{
	struct rig rig;

	rig_init_costs(&rig)->mm_drop = 1 * MSEC;
	rig_task(&rig, "a", "run 1ms");
	rig_task(&rig, "b", "run 5ms; mark done; run 5ms; mark again");
	rig_expect(&rig, RECORD_BIT(MARK), "7 ms mark b done\n12 ms mark b again\n");
}

/* a makes itself nicer at 1 ms, for which it is to be rescheduled; b, whose lag is positive, comes when the call is over, 2 ms later. */
Test(path_cost, a_change_of_ones_own_nice_has_a_way_back)
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
 * Up to the change a runs, as up to the reschedule that it asks for; where nothing changes, and where nobody asks (of the first
 * request, 350 us, some is left), there is nothing to pay.
 */
Test(path_cost, a_change_takes_time_before_it_and_before_its_reschedule)
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

/* sched_setattr() has more to do than setpriority(). An affinity has no way back that is told apart. */
Test(path_cost, a_change_of_a_slice_or_an_affinity_takes_longer)
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
Test(path_cost, a_change_of_several_has_one_way_back)
{
	struct rig rig;

	rig_init_costs(&rig)->change_exit = 1 * MSEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "nice 5 b; run 1ms; sleep 50ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.count = 3}, "run 5ms");
	rig_expect_switch(&rig, "\n2 ms switch a S > ");
}

/*
 * a, protected until its request is used up, asks for a reschedule by its nice, and is picked again. It has paid for a switch,
 * 100 us, and needs 30: of 2 ms of work, in one piece or with the first one shorter than what it gets back, 70 us are done.
 */
Test(path_cost, a_task_that_goes_on_behind_its_call_gets_back_what_it_did_not_need)
{
	const char *programs[] = {"nice 1; run 2ms; sleep 50ms", "nice 1; run 20us; run 1980us; sleep 50ms"};

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

/* b, a child of nice 19, begins far behind a (place_entity()), which so goes on behind both calls: two refunds of 70 us. */
Test(path_cost, what_is_got_back_adds_up)
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
Test(path_cost, a_way_back_from_a_call_is_part_of_the_way_to_a_switch)
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

/* hog, from 1 ms on, is interrupted at 2 ms by another cpu. It has no way back from a call: 10 ms, and 100 us for the pick. */
Test(path_cost, who_is_interrupted_has_no_way_back_from_a_call)
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

/* wake_up_q(): s itself is woken for 3 us; then a wakeup of 3 us and 1 us of the call's own lie between one and the next. */
Test(path_cost, the_wakeups_of_a_call_come_one_after_the_other)
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
