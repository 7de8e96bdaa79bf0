/* SPDX-License-Identifier: MIT */
/* What stops, deaths, forks and waits cost, by what they find (docs/costs.md). */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

/*
 * a is stopped from 2 ms on, which takes until 3 ms, and has 8 ms of its work left when it goes on
 * at 5 ms.
 */
Test(life_cost, a_stop_takes_time)
{
	struct rig rig;

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1},
		      "sleep 2ms; stop a; sleep 3ms; cont a; sleep 100ms");
	rig_expect_switch(&rig, "\n3 ms switch a T > swapper/0\n");

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1},
		      "sleep 2ms; stop a; sleep 3ms; cont a; sleep 100ms");
	rig_expect_switch(&rig, "\n13 ms switch a Z > init\n");
}

/*
 * SIGCONT comes at 2.5 ms, when a is still on its way to the stop: it does not stop, nor sleep
 * longer, and has lost that time.
 */
Test(life_cost, a_stop_that_is_taken_back_on_the_way_costs_all_the_same)
{
	struct rig rig;

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1},
		      "sleep 2ms; stop a; sleep 500us; cont a; sleep 100ms");
	rig_expect_switch(&rig, "\n11 ms switch a Z > init\n");

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "sleep 10ms; run 1ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1},
		      "sleep 2ms; stop a; sleep 500us; cont a; sleep 100ms");
	rig_expect_switch(&rig, "\n11 ms switch a Z > init\n");
}

/* Killed on its way to the stop, it dies when it has come there. */
Test(life_cost, who_is_killed_on_the_way_to_a_stop_dies)
{
	struct rig rig;

	rig_init_costs(&rig)->stop = 1 * MSEC;
	rig_task(&rig, "a", "run 10ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1},
		      "sleep 2ms; stop a; sleep 500us; kill a; sleep 100ms");
	rig_expect_switch(&rig, "\n3 ms switch a Z > init\n");
}

/* a exits from 1 to 11 ms; b wakes at 5 ms. */
Test(life_cost, an_exit_is_full_of_preemption_points)
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

/*
 * a dies first, from 1 to 3 ms; b, which begins at 3 ms, needs 1 ms for its work and 1 ms for its
 * death.
 */
Test(life_cost, the_first_exit_of_all_has_its_own_cost)
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
Test(life_cost, so_is_a_death_by_a_signal)
{
	struct rig rig;

	rig_init_costs(&rig)->exit = 10 * MSEC;
	builder_platform(rig.builder)->preempt = PREEMPT_VOLUNTARY;
	rig_task(&rig, "a", "run 100ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 2}, "sleep 1ms; kill a; sleep 100ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "sleep 5ms; run 1ms");
	rig_expect_switch(&rig, "\n5 ms switch a R+ > b\n");
}

/*
 * a forks from 1 to 11 ms; b wakes at 5 ms. Without such points it waits until the call is over,
 * and comes before the child.
 */
Test(life_cost, a_fork_is_full_of_preemption_points)
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
 * p forks c, and c forks d: two tasks live, for which no stack is kept, so both forks take 10.1 ms.
 * Both die by 21.2 ms, and both stacks are kept. Then p forks three: the third finds none.
 */
Test(life_cost, two_stacks_of_dead_tasks_are_kept)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->fork = 100 * USEC;
	costs->fork_stack = 10 * MSEC;
	rig_template(&rig, "d", "sleep 1ms");
	rig_template(&rig, "c", "fork d; wait");
	rig_template(&rig, "e", "sleep 1s");
	rig_task(
		&rig, "p",
		"fork c; wait; mark reaped; fork e; mark first; fork e; mark second; fork e; mark third");
	rig_expect(
		&rig, RECORD_BIT(MARK),
		"21.2 ms mark p reaped\n21.3 ms mark p first\n21.4 ms mark p second\n31.5 ms mark p third\n");
}

/* As many as the boot has left. Of a task's stack it does not matter when its parent reaps it. */
Test(life_cost, forks_find_stacks_that_the_boot_has_left)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	builder_platform(rig.builder)->kept_stacks = 1;
	costs->fork_stack = 10 * MSEC;
	rig_template(&rig, "c", "sleep 1ms");
	rig_task(
		&rig, "p",
		"fork c; mark first; fork c; mark second; sleep 5ms; fork c; fork c; mark fourth; fork c; mark fifth");
	rig_expect(
		&rig, RECORD_BIT(MARK),
		"0 mark p first\n10 ms mark p second\n15 ms mark p fourth\n25 ms mark p fifth\n");
}

/*
 * It may have one child: the two forks that are refused give their stack back, and no third is
 * needed.
 */
Test(life_cost, a_fork_that_is_refused_gives_its_stack_back)
{
	struct rig rig;

	rig_init_costs(&rig)->fork_stack = 10 * MSEC;
	builder_platform(rig.builder)->kept_stacks = 2;
	rig_template(&rig, "c", "sleep 100ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.user = "u", .nproc = 2},
		      "fork c; fork c; fork c; mark done; wait");
	rig_expect(&rig, RECORD_BIT(MARK), "0 mark p done\n");
}

/*
 * There is room for one: the second takes 10 ms, and then there is room for two, whoever they are.
 */
Test(life_cost, a_fork_takes_more_if_more_live_than_ever)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	builder_platform(rig.builder)->most_processes = 1;
	costs->fork_grow = 10 * MSEC;
	rig_template(&rig, "c", "sleep 100ms");
	rig_task(
		&rig, "p",
		"fork c; mark first; fork c; mark second; sleep 200ms; fork c; fork c; mark fourth; fork c; mark fifth");
	rig_expect(
		&rig, RECORD_BIT(MARK),
		"0 mark p first\n10 ms mark p second\n210 ms mark p fourth\n220 ms mark p fifth\n");
}

/* The first two that are too many take 10 and 20 ms, each further one 5. */
Test(life_cost, a_list_tells_what_single_growths_take)
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
	rig_task(
		&rig, "p",
		"fork c; mark 1; fork c; mark 2; fork c; mark 3; fork c; mark 4; sleep 200ms; fork c; mark 5");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "0 mark p 1\n10 ms mark p 2\n30 ms mark p 3\n35 ms mark p 4\n235 ms mark p 5\n");
}

/*
 * The first child is dead when p waits, at 5 ms; for the second one it sleeps; and then there is
 * none.
 */
Test(life_cost, a_wait_that_does_not_sleep_has_a_way_in)
{
	struct rig rig;

	rig_init_costs(&rig)->wait_call = 1 * MSEC;
	rig_template(&rig, "c", "");
	rig_template(&rig, "d", "sleep 2ms");
	rig_task(
		&rig, "p",
		"fork c; sleep 5ms; wait; mark first; fork d; wait; mark second; waitall; mark none");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "6 ms mark p first\n8 ms mark p second\n9 ms mark p none\n");
}

/* The first write to each pipe, whoever makes it. */
Test(life_cost, a_pipes_first_write_takes_more)
{
	struct rig rig;

	rig_init_costs(&rig)->pipe_first = 1 * MSEC;
	builder_pipe(rig.builder, (struct loc){0}, "p", 65536, PIPE_ENDLESS);
	builder_pipe(rig.builder, (struct loc){0}, "q", 65536, PIPE_ENDLESS);
	rig_task(
		&rig, "a",
		"pipe_write p 1; mark 1; pipe_write p 1; mark 2; pipe_read p 2; pipe_write p 1; mark 3; pipe_write q 1; mark 4");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "1 ms mark a 1\n1 ms mark a 2\n1 ms mark a 3\n2 ms mark a 4\n");
}

/*
 * To stop s takes 1 ms, to let it go on 3, of which 2 come behind its wakeup; it runs once a
 * sleeps. Who has not stopped takes 1 ms.
 */
Test(life_cost, a_continue_takes_more_than_a_stop)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->kill = 1 * MSEC;
	costs->cont = 2 * MSEC;
	rig_task_attr(
		&rig, "a", (struct rig_attr){.fifo = 1},
		"cont s; mark none; sleep 1ms; stop s; mark stop; sleep 1ms; cont s; run 1us; mark cont");
	rig_task(&rig, "s", "run 10ms");
	rig_expect(
		&rig, RECORD_BIT(MARK) | RECORD_BIT(WAKEUP),
		"1 ms mark a none\n2 ms wakeup a\n3 ms mark a stop\n4 ms wakeup a\n5 ms wakeup s\n7.001 ms mark a cont\n");
}

/* s is stopped at 2 ms, with 3 to run, and let go on at 4. */
Test(life_cost, who_was_stopped_has_a_way_back)
{
	struct rig rig;

	rig_init_costs(&rig)->resume = 1 * MSEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1},
		      "sleep 2ms; stop s; sleep 2ms; cont s");
	rig_task(&rig, "s", "run 5ms; mark done");
	rig_expect(&rig, RECORD_BIT(MARK), "8 ms mark s done\n");
}

/* The second and the fourth fork use up a slab; with slab_first the third and the fifth do. */
Test(life_cost, each_so_manieth_fork_uses_up_a_slab)
{
	struct rig rig;

	for (u32 i = 0; i < 2; i++) {
		rig_init_costs(&rig)->fork_slab = 10 * MSEC;
		builder_platform(rig.builder)->slab_forks = 2;
		builder_platform(rig.builder)->slab_first = 3 * i;
		rig_template(&rig, "c", "");
		rig_task(
			&rig, "p",
			"fork c; mark 1; fork c; mark 2; fork c; mark 3; fork c; mark 4; fork c; mark 5");
		rig_expect(
			&rig, RECORD_BIT(MARK),
			i ? "0 mark p 1\n0 mark p 2\n10 ms mark p 3\n10 ms mark p 4\n20 ms mark p 5\n"
			  : "0 mark p 1\n10 ms mark p 2\n10 ms mark p 3\n20 ms mark p 4\n20 ms mark p 5\n");
	}
}

/*
 * copy_process() looks for signals before it takes anything: the fork that is called again is still
 * the first one.
 */
Test(life_cost, a_fork_that_a_signal_sends_back_uses_up_nothing)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	costs->fork = 1 * MSEC;
	costs->fork_slab = 10 * MSEC;
	builder_platform(rig.builder)->slab_forks = 2;
	rig_template(&rig, "h", "mark handler");
	rig_template(&rig, "c", "");
	rig_task(&rig, "p", "sigaction USR1=h; fork c; mark 1; fork c; mark 2");
	rig_task_attr(&rig, "q", (struct rig_attr){.fifo = 1}, "sleep 500us; signal USR1 p");
	rig_expect(&rig, RECORD_BIT(MARK), "1 ms mark p handler\n2 ms mark p 1\n13 ms mark p 2\n");
}

/* Its 30 pages take 3 ms; those of a thread are its process's, which goes on. */
Test(life_cost, an_exit_takes_more_for_each_page)
{
	struct rig rig;

	rig_init_costs(&rig)->exit_page = 100 * USEC;
	rig_template(&rig, "t", "");
	rig_task_attr(&rig, "a", (struct rig_attr){.pages = 30}, "clone t; sleep 1ms; mark a");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(EXIT),
		   "0 exit t 0x0\n1 ms mark a a\n4 ms exit a 0x0\n");
}

/*
 * Work is due at 2 ms, for 1 ms, and twice during the second one's 3 ms from 10 ms on: that is done
 * in the same go, 6 ms. a, of nice 19, is preempted by both, and works for 9.5 ms.
 */
Test(life_cost, a_kworker_does_what_the_boot_has_left)
{
	static const struct kernel_work work[] = {
		{2 * MSEC, 1 * MSEC, 0},
		{10 * MSEC, 3 * MSEC, 0},
		{11 * MSEC, 1 * MSEC, 0},
		{12 * MSEC, 2 * MSEC, 0},
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

/*
 * round_jiffies_relative(): work that queues itself again comes at the whole second that is
 * nearest, and then at the wheel's next slot, as far behind its tick as before. The first ones
 * after the boot are 816 and 1816 ms, as the count of ticks begins 300 s before it wraps; done at
 * 836 ms it is due at 1824 + 2 ms, and then, where a real-time task keeps it from the cpu until the
 * fair server comes, at 2850 ms. The time counts from its end: if it takes 300 ms, 1 s later is too
 * far behind 816 ms for that.
 */
static void work_again(u64 takes, const char *realtime, const char *line, bool comes)
{
	const struct kernel_work work[] = {{10 * MSEC, takes, 1 * SEC}};
	struct rig rig;
	struct platform *platform;
	const char *lines;

	rig_init_costs(&rig);
	platform = builder_platform(rig.builder);
	platform->kernel_threads = true;
	platform->work = work;
	platform->nr_work = ARRAY_SIZE(work);
	rig_task_attr(&rig, "f", (struct rig_attr){.fifo = 1}, realtime);
	rig_task_attr(&rig, "a", (struct rig_attr){.nice = 19}, "run 4s");
	lines = rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect((strstr(lines, line) != NULL) == comes, "'%s' in\n%s", line, lines);
	rig_fini(&rig);
}

Test(life_cost, work_may_be_due_again)
{
	work_again(2 * MSEC, "sleep 1s", "\n834 ms switch a R > kworker/0:1\n", true);
	work_again(2 * MSEC, "sleep 1s", "\n1.826 s switch a R > kworker/0:1\n", true);
	work_again(2 * MSEC, "sleep 1s; run 1100ms", "\n1.95 s switch f R > kworker/0:1\n", true);
	work_again(2 * MSEC, "sleep 1s; run 1100ms", "\n2.85 s switch a R > kworker/0:1\n", true);
	work_again(300 * MSEC, "sleep 5s", "\n834 ms switch a R > kworker/0:1\n", false);
	work_again(300 * MSEC, "sleep 5s", "\n1.826 s switch a R > kworker/0:1\n", true);
}

/* Kernel threads do not count: there is no room for them that forks could use. */
Test(life_cost, kernel_threads_of_the_workload_leave_no_room_for_forks)
{
	struct rig rig;
	struct costs *costs = rig_init_costs(&rig);

	builder_platform(rig.builder)->kernel_threads = true;
	builder_platform(rig.builder)->most_processes = 1;
	costs->fork_grow = 10 * MSEC;
	rig_template(&rig, "c", "sleep 100ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.woken = true, .kthread = true, .start_ns = 1},
		      "sleep 200ms");
	rig_task(&rig, "p", "fork c; mark first; fork c; mark second");
	rig_expect(&rig, RECORD_BIT(MARK), "0 mark p first\n10 ms mark p second\n");
}

/* a ends at 1 ms. b frees its memory as it loads its own, once. */
Test(life_cost, the_next_user_task_frees_the_memory_of_a_dead_one)
{
	struct rig rig;

	rig_init_costs(&rig)->mm_drop = 1 * MSEC;
	rig_task(&rig, "a", "run 1ms");
	rig_task(&rig, "b", "run 5ms; mark done; run 5ms; mark again");
	rig_expect(&rig, RECORD_BIT(MARK), "7 ms mark b done\n12 ms mark b again\n");
}
