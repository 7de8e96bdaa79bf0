/* SPDX-License-Identifier: MIT */
/*
 * What paths cost more by the state that they find: times of a pipe, who waits for a lock, the tree
 * of the queue, weights (docs/costs.md). All other costs are 0, so each expectation is the
 * program's own time and what the cost adds.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

/* ---- Calls ---- */

/*
 * The clock of file times goes by ticks, of 4 ms. The pipe is made before the first, as is what is
 * written at 1 ms; of the writes of 5 and 6 ms the first pays, and so does the one read, at 6 ms:
 * it sets another time.
 */
Test(state_cost, the_first_call_behind_a_tick_sets_a_pipes_times)
{
	struct rig rig;

	rig_init_costs(&rig)->file_times = 100 * USEC;
	rig_task(
		&rig, "a",
		"run 1ms; pipe_write p 1; run 4ms; pipe_write p 1; run 1ms; pipe_write p 1; run 1ms; sleep 50ms");
	rig_expect_switch(&rig, "\n7.1 ms switch a S > swapper/0\n");

	rig_init_costs(&rig)->file_times = 100 * USEC;
	rig_task(&rig, "a", "run 5ms; pipe_write p 1; run 1ms; pipe_read p 1; run 1ms; sleep 50ms");
	rig_expect_switch(&rig, "\n7.2 ms switch a S > swapper/0\n");
}

/*
 * b sleeps in its pipe: a is 5 us longer on its way to the switch. A write that finds nobody is
 * not.
 */
Test(state_cost, who_has_woken_a_reader_has_a_longer_way_back)
{
	struct rig rig;

	rig_init_costs(&rig)->pipe_waker = 5 * USEC;
	rig_task(&rig, "b", "pipe_read p 1; run 1us; sleep 2ms");
	rig_task(&rig, "a", "run 1ms; pipe_write p 1; sleep 1ms");
	rig_expect_switch(&rig, "\n1.005 ms switch a R > b\n");

	rig_init_costs(&rig)->pipe_waker = 5 * USEC;
	rig_task(&rig, "a", "run 1ms; pipe_write p 1; sleep 1ms");
	rig_expect_switch(&rig, "\n1 ms switch a S > swapper/0\n");
}

/*
 * b has slept in the semaphore: 7 us on its way back, before its own work. One that finds it open
 * has not.
 */
Test(state_cost, who_slept_in_a_semaphore_has_a_longer_way_back)
{
	struct rig rig;

	rig_init_costs(&rig)->futex_woken = 7 * USEC;
	rig_task(&rig, "b", "sem_wait s; run 1us; sleep 2ms");
	rig_task(&rig, "a", "run 1ms; sem_post s; sleep 1ms");
	rig_expect_switch(&rig, "\n1 ms switch a R > b\n1.008 ms switch b S > a\n");

	rig_init_costs(&rig)->futex_woken = 7 * USEC;
	rig_task(&rig, "a", "run 1ms; sem_post s; sem_wait s; sleep 1ms");
	rig_expect_switch(&rig, "\n1 ms switch a S > swapper/0\n");
}

/* a, the second, wakes b, which has slept in the barrier: b's own 1 us is 7 us later. */
Test(state_cost, who_slept_in_a_barrier_has_a_longer_way_back)
{
	struct rig rig;

	rig_init_costs(&rig)->futex_woken = 7 * USEC;
	builder_barrier(rig.builder, (struct loc){0}, "r", 2);
	rig_task(&rig, "b", "barrier r; run 1us; sleep 2ms");
	rig_task(&rig, "a", "run 1ms; barrier r; sleep 1ms");
	rig_expect_switch(&rig, "\n1 ms switch a R > b\n1.008 ms switch b S > a\n");
}

/*
 * w is woken at 1 ms; s still has the mutex, which w finds 5 us later, so that s goes on by as much
 * later; or nobody has it.
 */
Test(state_cost, a_condition_costs_more_if_its_mutex_is_not_free)
{
	struct rig rig;

	rig_init_costs(&rig)->cond_lock = 5 * USEC;
	rig_task(&rig, "w", "lock m; cond_wait c m; unlock m");
	rig_task(&rig, "s", "lock m; run 1ms; cond_signal c; unlock m; sleep 5ms");
	rig_expect_switch(&rig, "\n1.005 ms switch s S > w\n");

	rig_init_costs(&rig)->cond_lock = 5 * USEC;
	rig_task(&rig, "w", "lock m; cond_wait c m; unlock m; sleep 5ms");
	rig_task(&rig, "s", "run 1ms; cond_signal c; sleep 5ms");
	rig_expect_switch(&rig, "\n1 ms switch s R > w\n1 ms switch w S > s\n");
}

/*
 * The library's work comes behind the fork, in user mode: the child, which preempts at the end of
 * the call, does not wait for it.
 */
Test(state_cost, a_parent_has_work_behind_its_fork)
{
	struct rig rig;

	rig_init_costs(&rig)->fork_user = 1 * MSEC;
	rig_template(&rig, "c", "run 1ms");
	rig_task(&rig, "a", "run 1ms; fork c; sleep 50ms");
	rig_expect_switch(
		&rig, "\n1 ms switch a R > c\n2 ms switch c Z > a\n3 ms switch a S > swapper/0\n");
}

/*
 * Both sleeps end at 2 ms, by one interrupt of an idle cpu: the switch is 1 ms later for the
 * second.
 */
Test(state_cost, an_idle_cpu_wakes_several_one_by_one)
{
	struct rig rig;

	rig_init_costs(&rig)->idle_next = 1 * MSEC;
	rig_task(&rig, "a", "sleep 2ms; run 1ms");
	rig_expect_switch(&rig, "\n2 ms switch swapper/0 R > a\n");

	rig_init_costs(&rig)->idle_next = 1 * MSEC;
	rig_task(&rig, "a", "sleep 2ms; run 1ms");
	rig_task(&rig, "b", "sleep 2ms; run 1ms");
	rig_expect_switch(&rig, "\n3 ms switch swapper/0 R > a\n");
}

/*
 * Between a signal's wakeup and the call's end: s sleeps as it is sent one, and w waits for the
 * cpu.
 */
Test(state_cost, a_signal_that_wakes_takes_more)
{
	struct rig rig;

	rig_init_costs(&rig)->kill_wake = 1 * MSEC;
	rig_task_attr(
		&rig, "a", (struct rig_attr){.fifo = 1},
		"sleep 1ms; stop s; run 1us; mark s; stop w; run 1us; mark w; kill s; kill w");
	rig_task(&rig, "s", "sleep 10ms");
	rig_task(&rig, "w", "run 10ms");
	rig_expect(&rig, RECORD_BIT(MARK), "2.001 ms mark a s\n2.002 ms mark a w\n");
}

/* Nobody of that name lives: there is none to send it to. */
Test(state_cost, a_signal_to_the_dead_costs_a_call)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->syscall = 1 * MSEC;
	costs->kill = 5 * MSEC;
	rig_task(&rig, "a", "sleep 2ms; kill s; sleep 50ms");
	rig_task(&rig, "s", "run 1ms");
	rig_expect_switch(&rig, "\n3 ms switch a S > swapper/0\n");
}

/*
 * From the switch to its own work, or to the next sleep's call: a sleeps from 0, from 2.1 and from
 * 4.2 ms on, and works from 5.3 on.
 */
Test(state_cost, a_sleep_has_a_way_back)
{
	struct rig rig;

	rig_init_costs(&rig)->sleep_woken = 100 * USEC;
	rig_task(&rig, "a", "sleep 2ms; sleep 2ms; mark a; sleep 1ms; run 1ms");
	rig_expect_switch(&rig, "\n5.2 ms switch swapper/0 R > a\n6.3 ms switch a Z > init\n");
}

/*
 * Interrupts take 0.5 ms up to what they do; the end of a sleep comes 0.2 ms before that, the tick
 * of 4 ms does not.
 */
Test(state_cost, a_sleeps_end_comes_earlier_than_a_tick_accounts)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->irq_entry = 500 * USEC;
	costs->timer_early = 200 * USEC;
	rig_task(&rig, "a", "sleep 2ms; run 1ms");
	rig_expect_switch(&rig, "\n2.3 ms switch swapper/0 R > a\n");
}

/* ---- The tree of EEVDF ---- */

/* f, a FIFO task, blocks at 1 ms: of b and c, which wait, one is asked. With b alone nobody is. */
Test(state_cost, a_pick_asks_who_is_eligible)
{
	struct rig rig;

	for (u32 others = 1; others <= 2; others++) {
		rig_init_costs(&rig)->tree_check = 100 * USEC;
		rig_task_attr(&rig, "f", (struct rig_attr){.fifo = 1}, "run 1ms; sleep 50ms");
		rig_task_attr(&rig, "b", (struct rig_attr){.count = others}, "run 10ms");
		rig_expect_switch(&rig, others == 1 ? "\n1 ms switch f S > b\n"
						    : "\n1.1 ms switch f S > b0\n");
	}
}

/*
 * Behind f, a FIFO task, three others join at the begin: the first finds no tree, the second is put
 * one level down, the third two, which turns the tree, so that the first goes from one level down
 * when f blocks. Each level is 100 us.
 */
Test(state_cost, who_wakes_is_put_into_the_tree)
{
	struct rig rig;

	rig_init_costs(&rig)->tree_level = 100 * USEC;
	rig_task_attr(&rig, "f", (struct rig_attr){.fifo = 1}, "run 1ms; sleep 50ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.count = 3}, "run 10ms");
	rig_expect_switch(&rig, "\n1.4 ms switch f S > b0\n");
}

/*
 * a joins at the begin, is charged for 500 us as it blocks, and has used up its first request, of
 * 350 us, by then: at nice -5 all three are weighed, and b, which comes next for 200 us, is through
 * as much later. (a is in debt: its lag is weighed when its dequeue is finished.)
 */
Test(state_cost, weights_other_than_that_of_nice_0_take_time)
{
	struct rig rig;

	for (s32 nice = 0; nice >= -5; nice -= 5) {
		rig_init_costs(&rig)->weighing = 100 * USEC;
		rig_task_attr(&rig, "a", (struct rig_attr){.nice = nice}, "run 500us; sleep 50ms");
		rig_task(&rig, "b", "run 200us; sleep 50ms");
		rig_expect_switch(&rig, nice ? "\n1 ms switch b S > swapper/0\n"
					     : "\n700 us switch b S > swapper/0\n");
	}
}

/*
 * Of the first request, 350 us, some is left at 300 us, nothing at 400: then b, which comes next,
 * has the cpu 100 us later.
 */
Test(state_cost, a_new_request_takes_time)
{
	struct rig rig;

	for (u32 used = 0; used < 2; used++) {
		rig_init_costs(&rig)->request = 100 * USEC;
		rig_task(&rig, "a", used ? "run 400us; sleep 50ms" : "run 300us; sleep 50ms");
		rig_task(&rig, "b", "run 200us; sleep 50ms");
		rig_expect_switch(&rig, used ? "\n700 us switch b S > swapper/0\n"
					     : "\n500 us switch b S > swapper/0\n");
	}
}
