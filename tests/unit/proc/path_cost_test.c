/* SPDX-License-Identifier: MIT */
/*
 * What the scheduler's own paths cost, told apart as recordings of emulated machines tell them
 * (docs/costs.md): a pick of the same task, a wakeup of a task that is still queued, an interrupt
 * and a softirq that come before a switch; ways that differ by what they find.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

/*
 * sl has run 1 ms when it sleeps, hog nothing: it is ineligible and stays queued. At the tick of 4
 * ms hog has used up its request; sl is picked, leaves its queue, and hog goes on. From 1 ms on it
 * works for 10 ms, and stands still for the one pick.
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

/*
 * In the same course, the pick that comes upon sl finishes its dequeue: hog stands still for that.
 */
Test(path_cost, a_pick_that_finishes_a_delayed_dequeue_takes_longer)
{
	struct rig rig;

	rig_init_costs(&rig)->undelay = 30 * USEC;
	rig_task(&rig, "sl", "run 1ms; sleep 50ms");
	rig_task(&rig, "hog", "run 10ms; sleep 50ms");
	rig_expect_switch(&rig, "\n11.03 ms switch hog S > swapper/0\n");
}

/*
 * At the tick of 4 ms a has the latest deadline of all. With b and c in the tree, c to the right of
 * b as it came later, it is put below c, two levels down, which turns the tree: c is its root, and
 * b goes from one level down. Without c a is put below b, its root. Each level takes 100 us, or the
 * way to the tree as such; the switch comes when all is done.
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
		rig_expect_switch(&rig, third ? "\n4.3 ms switch a R > b\n"
					      : "\n4.1 ms switch a R > b\n");
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
 * Both sleeps end at 5 ms. The interrupt wakes a, comes to b 100 us later, and is over then: hog is
 * switched from at 5.1 ms, and has 5 ms to go when both have slept again.
 */
Test(path_cost, an_interrupt_wakes_one_sleeper_after_the_other)
{
	struct rig rig;

	for (u32 i = 0; i < 2; i++) {
		rig_init_costs(&rig)->timer_next = 100 * USEC;
		rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "sleep 5ms; sleep 50ms");
		rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 5ms; sleep 50ms");
		rig_task(&rig, "hog", "run 10ms; sleep 50ms");
		rig_expect_switch(&rig, i ? "\n10.1 ms switch hog S > swapper/0\n"
					  : "\n5.1 ms switch hog R > a\n");
	}
}

/*
 * Behind the wakeup of a kernel thread at 2 ms a FIFO task goes on, as it does behind that of
 * another task.
 */
Test(path_cost, a_softirq_that_wakes_a_kernel_thread_has_an_end)
{
	struct rig rig;

	for (u32 i = 0; i < 2; i++) {
		rig_init_costs(&rig)->softirq_exit = 100 * USEC;
		builder_platform(rig.builder)->kernel_threads = i;
		rig_task_attr(&rig, "k", (struct rig_attr){.woken = true, .kthread = i},
			      "sleep 2ms; sleep 50ms");
		rig_task_attr(&rig, "hog", (struct rig_attr){.fifo = 1, .start_ns = 1 * MSEC},
			      "run 10ms; sleep 50ms");
		rig_expect_switch(&rig, i ? "\n11.1 ms switch hog S > k\n"
					  : "\n11 ms switch hog S > k\n");
	}
}

/* a waits for a grace period until the third tick, at 12 ms, is moved, and is back 100 us later. */
Test(path_cost, who_joins_a_group_is_back_some_time_after_the_move)
{
	struct rig rig;

	rig_init_costs(&rig)->group_exit = 100 * USEC;
	builder_group(rig.builder, &(struct group_spec){.name = "g",
							.parent = GROUP_ROOT,
							.shares = 1024,
							.quota_ns = GROUP_NO_QUOTA,
							.period_ns = 100 * MSEC});
	rig_task(&rig, "a", "group g; run 1ms; sleep 50ms");
	rig_expect_switch(&rig, "\n13.1 ms switch a S > swapper/0\n");
}

/*
 * sl's interrupt preempts hog at 2 ms, which is back at 3 ms and has yet to leave it. A pick of hog
 * itself has not.
 */
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
 * The tick of 4 ms ends a's turn: 5 us for the way in and 10 for its handler, 100 us more for the
 * way to the switch. c sleeps until 4.04 ms, and its interrupt, 5 us and 20 us for the handler,
 * makes that later by 25 us.
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

/*
 * The same with a thread that wakes at 4.05 ms by itself: a softirq, whose way begins as the tick's
 * handler ends.
 */
Test(path_cost, a_softirq_before_a_switch_makes_it_later)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->tick = 10 * USEC;
	costs->schedule = 100 * USEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task(&rig, "b", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.woken = true, .start_ns = 4050 * USEC},
		      "run 1us");
	rig_expect_switch(&rig, "\n4.15 ms switch a R > b\n");
}

/*
 * A sleep of 1 ms is over before the tick of 4 ms: 10 us for the clock. The second, until 5.01 ms,
 * is behind it.
 */
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
 * b sleeps in its pipe from the beginning: a's write, at 1 ms, takes 5 us more for that, and b has
 * 7 us on its way back before its own work.
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
 * hog, a FIFO task, begins at 1.1 ms, as its interrupt takes 100 us. The one that wakes sl behind
 * it takes as much, at 3 ms, and so do the ticks of 4 and 8 ms.
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
 * A wakeup takes 1 ms, of which 0.4 ms are the charge of a fair task that runs. hog begins 1 ms
 * later by its own, and one more tick comes; the one at 4 ms finds sl's interrupt still served, if
 * that takes so long.
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

/*
 * rq_clock_skip_update() asks for TIF_NEED_RESCHED, which a fair wakee of a kernel with lazy
 * preemption does not set: schedule() charges whom it preempts up to there then, and not up to the
 * wakeup. Recorded on 6.18.15 (lazy): sched_stat_runtime of the one that is preempted comes twice,
 * at the wakeup and 2.4 us before the switch, where on 6.12 (voluntary) it comes once. A wakeup
 * takes 0.3 ms here.
 */
Test(path_cost, a_lazy_wakeup_charges_whom_it_preempts_up_to_the_switch)
{
	static const struct {
		const char *kernel, *expected;
	} cases[] = {
		{"v6.12",
		 "\n1.95 ms runtime hog 1950000\n2.25 ms switch hog R > sl\n2.45 ms runtime sl 500000\n"},
		{"v6.18",
		 "\n1.95 ms runtime hog 1950000\n2.25 ms runtime hog 300000\n2.25 ms switch hog R > sl\n2.45 ms runtime sl 200000\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig rig;
		const char *text;

		rig_init(&rig, 1, cases[i].kernel);
		builder_platform(rig.builder)->costs.wakeup = 300 * USEC;
		rig_task(&rig, "sl", "sleep 1950us; run 200us; sleep 10ms");
		rig_task(&rig, "hog", "run 3ms");
		text = rig_run(&rig, RECORD_BIT(RUNTIME) | RECORD_BIT(SWITCH));
		cr_expect(strstr(text, cases[i].expected), "%s:\n%s", cases[i].kernel, text);
		rig_fini(&rig);
	}
}

/*
 * schedule() charges from the clock of the last wakeup on, which is the second one's. Recorded on
 * 6.12 (k24): of 1507 us each until a task that came so goes to sleep, 3.0 were charged too much,
 * what idle_next is there.
 */
Test(path_cost, what_an_idle_cpus_interrupt_takes_for_a_second_sleep_is_charged_to_nobody)
{
	struct rig rig;
	const char *text;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->costs.idle_next = 300 * USEC;
	rig_task(&rig, "a", "sleep 1950us; run 200us; sleep 10ms");
	rig_task(&rig, "b", "sleep 1950us; run 200us; sleep 10ms");
	text = rig_run(&rig, RECORD_BIT(RUNTIME) | RECORD_BIT(SWITCH));
	cr_expect(
		strstr(text,
		       "\n2.25 ms switch swapper/0 R > a\n2.45 ms runtime a 200000\n2.45 ms switch a S > b\n2.65 ms runtime b 200000\n"),
		"%s", text);
	rig_fini(&rig);
}

/*
 * a, a FIFO task, wakes b by a write: 1 ms, of which 0.4 are the charge of a fair task that runs.
 */
Test(path_cost, a_real_time_tasks_wakeup_charges_nobody)
{
	for (u32 fair = 0; fair < 2; fair++) {
		struct rig rig;
		struct costs *costs = rig_init_costs(&rig);

		costs->wakeup = 1 * MSEC;
		costs->wakeup_fair = fair ? 400 * USEC : 0;
		rig_task(&rig, "b", "pipe_read p 1");
		rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1},
			      "sleep 2ms; pipe_write p 1; run 1us; mark a");
		rig_expect(&rig, RECORD_BIT(MARK),
			   fair ? "3.601 ms mark a a\n" : "4.001 ms mark a a\n");
	}
}

/*
 * b goes to sleep until 1 ms; a is on its way to sleep from 2 to 3 ms, when b's sleep is over, at
 * 2.7 ms.
 */
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

/* b preempts a, which takes from 2 to 3 ms; c's sleep is over at 2.7 ms. */
Test(path_cost, at_the_end_of_the_way_to_a_preemption_interrupts_are_off)
{
	for (u32 off = 0; off < 2; off++) {
		struct rig rig;
		struct costs *costs = rig_init_costs(&rig);

		costs->schedule = 1 * MSEC;
		costs->irqs_off = off ? 500 * USEC : 0;
		rig_task(&rig, "a", "run 10ms");
		rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 2ms; run 1ms");
		rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 2}, "sleep 2700us; run 1ms");
		rig_expect_switch(&rig,
				  off ? "\n3 ms switch a R > b\n" : "\n3 ms switch a R > c\n");
	}
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
	rig_task_attr(&rig, "mid", (struct rig_attr){.fifo = 1},
		      "sleep 1ms; lock n; lock m; unlock m; unlock n");
	rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 2}, "sleep 5ms; lock n; unlock n");
	rig_expect_switch(&rig, "\n6.1 ms switch c S > a\n");
}

Test(path_cost, handing_over_a_lock_with_inheritance_has_its_own_cost)
{
	struct rig rig;

	rig_init_costs(&rig)->pi_wake = 1 * MSEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_task(&rig, "a", "lock m; run 10ms; unlock m; run 5ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1},
		      "sleep 2ms; lock m; run 1ms; unlock m");
	rig_expect_switch(&rig, "\n11 ms switch a R > b\n");
}

/*
 * b is on its way to sleep from 2 to 3 ms; a gives it the lock at 4 ms and takes it again; the
 * second wait begins at once, at 5 ms.
 */
Test(path_cost, the_first_wait_for_a_lock_with_inheritance_has_its_own_cost)
{
	struct rig rig;

	rig_init_costs(&rig)->pi_first = 1 * MSEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_task(&rig, "a", "lock m; run 3ms; unlock m; lock m; run 3ms; unlock m; run 10ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1},
		      "sleep 2ms; lock m; unlock m; sleep 1ms; lock m; unlock m");
	rig_expect_switch(&rig, "\n3 ms switch b S > a\n");

	rig_init_costs(&rig)->pi_first = 1 * MSEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_task(&rig, "a", "lock m; run 3ms; unlock m; lock m; run 3ms; unlock m; run 10ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1},
		      "sleep 2ms; lock m; unlock m; sleep 1ms; lock m; unlock m");
	rig_expect_switch(&rig, "\n5 ms switch b S > a\n");
}

/*
 * Nobody is boosted: b waits for a that comes before it anyway, and the unlock at 10 ms takes
 * nothing.
 */
Test(path_cost, handing_over_costs_that_if_a_boost_ends)
{
	struct rig rig;

	rig_init_costs(&rig)->pi_wake = 1 * MSEC;
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 2},
		      "lock m; sleep 5ms; run 5ms; unlock m; run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1},
		      "sleep 1ms; lock m; run 1ms; unlock m");
	rig_expect_switch(&rig, "\n11 ms switch a Z > b\n");
}
