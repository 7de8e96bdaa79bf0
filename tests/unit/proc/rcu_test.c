/* SPDX-License-Identifier: MIT */
/*
 * What follows a death: grace periods, and what is freed behind them. The reasons are recordings of
 * a fork storm beside a hog (f01 in tests/fidelity): on 6.1 the hog loses its cpu at every tick,
 * because rcu_preempt wakes there.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

static u32 count(const char *text, const char *what)
{
	u32 nr = 0;

	while ((text = strstr(text, what))) {
		text += strlen(what);
		nr++;
	}
	return nr;
}

static void init(struct rig *rig)
{
	rig_init(rig, 1, "v6.1");
	builder_platform(rig->builder)->kernel_threads = false;
	rig_template(rig, "c", "run 100us");
}

/*
 * Dead at 1 ms: a tick asks for a grace period, the next ends it; whoever ran goes on. The third
 * frees the task, and so its credentials, for which it is all the same again.
 */
Test(rcu, a_death_wakes_the_thread_at_two_ticks_twice)
{
	struct rig rig;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	rig_task(&rig, "short", "run 1ms");
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	rig_expect(&rig, RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > hog\n"
		   "0 switch hog S > short\n"
		   "1 ms switch short Z > init\n"
		   "2 ms switch swapper/0 R > hog\n"
		   "4 ms switch hog R > rcu_preempt\n"
		   "4 ms switch rcu_preempt I > hog\n"
		   "8 ms switch hog R > rcu_preempt\n"
		   "8 ms switch rcu_preempt I > hog\n"
		   "16 ms switch hog R > rcu_preempt\n"
		   "16 ms switch rcu_preempt I > hog\n"
		   "20 ms switch hog R > rcu_preempt\n"
		   "20 ms switch rcu_preempt I > hog\n"
		   "22 ms switch hog Z > init\n");
}

/*
 * A FIFO task keeps rcu_preempt from the cpu: the tick of 4 ms wakes it by a softirq of 100 us,
 * those of 8, 12 and 16 ms have nothing to tell it (rcu_pending()). So 18 ms of work, from 2 ms on,
 * end at 20.1 ms.
 */
Test(rcu, a_thread_that_waits_for_the_cpu_is_told_nothing_more)
{
	struct rig rig;
	const char *lines;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->costs.softirq = 100 * USEC;
	rig_task(&rig, "short", "run 1ms");
	rig_task_attr(&rig, "fifo", (struct rig_attr){.fifo = 1}, "sleep 2ms; run 18ms");
	lines = rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(lines, "\n20.1 ms switch fifo Z > rcu_preempt\n"), "%s", lines);
	rig_fini(&rig);
}

Test(rcu, nothing_runs_after_a_death_unless_asked_for)
{
	struct rig rig;

	init(&rig);
	rig_task(&rig, "short", "run 1ms");
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	rig_expect(&rig, RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > hog\n"
		   "0 switch hog S > short\n"
		   "1 ms switch short Z > init\n"
		   "2 ms switch swapper/0 R > hog\n"
		   "22 ms switch hog Z > init\n");
}

/*
 * The last who writes into p closes it at 1 ms: 6.1 frees the file after a grace period, later
 * kernels at once.
 */
static u32 wakeups_after_a_close(const char *kernel)
{
	struct rig rig;
	u32 nr;

	rig_init(&rig, 1, kernel);
	builder_platform(rig.builder)->kernel_threads = false;
	builder_platform(rig.builder)->rcu = true;
	builder_pipe(rig.builder, (struct loc){0}, "p", 4096, PIPE_WITH_ENDS);
	rig_task(&rig, "w", "run 1ms; close_write p; sleep 100ms");
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	nr = count(rig_run(&rig, RECORD_BIT(SWITCH)), "switch hog R > rcu_preempt");
	rig_fini(&rig);
	return nr;
}

Test(rcu, a_close_leaves_the_file_to_a_grace_period_on_6_1)
{
	cr_expect_eq(wakeups_after_a_close("v6.1"), 2);
	cr_expect_eq(wakeups_after_a_close("v6.12"), 0);
}

/*
 * Children die at 0.1 and 6.2 ms. To begin a period at 4 ms takes 0.5 ms; at 8 ms it ends and the
 * next begins, and so at 12 ms, where the first task is freed, and leaves its credentials: 0.6 ms.
 */
Test(rcu, to_end_a_period_and_begin_the_next_takes_a_fifth_more_than_either)
{
	struct rig rig;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->costs.rcu = 600 * USEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1},
		      "fork c; wait; sleep 6ms; fork c; wait; sleep 100ms");
	rig_task(&rig, "hog", "run 18ms");
	rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(rig.lines.at, "\n4.5 ms switch rcu_preempt I > hog\n"), "%s",
		  rig.lines.at);
	cr_expect(strstr(rig.lines.at, "\n8.6 ms switch rcu_preempt I > hog\n"), "%s",
		  rig.lines.at);
	cr_expect(strstr(rig.lines.at, "\n12.6 ms switch rcu_preempt I > hog\n"), "%s",
		  rig.lines.at);
	rig_fini(&rig);
}

/*
 * The file that is closed at 1 ms: at 4 ms a period begins, whose thread sleeps with a timeout that
 * the wheel looks for at 12 ms, though it was woken at 8 ms. That takes 0.1 ms: 18 ms of work from
 * 2 ms on end at 20.1 ms.
 */
Test(rcu, the_wheel_is_looked_at_two_ticks_after_a_period_has_begun)
{
	struct rig rig;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->costs.timer_softirq = 100 * USEC;
	builder_pipe(rig.builder, (struct loc){0}, "p", 4096, PIPE_WITH_ENDS);
	rig_task(&rig, "w", "run 1ms; close_write p; sleep 100ms");
	rig_task(&rig, "hog", "sleep 2ms; run 18ms");
	rig_expect_switch(&rig, "\n20.1 ms switch hog Z > init\n");
}

/*
 * A FIFO task goes on behind the wakeup of the thread at 4 ms, which has 0.1 ms more of the softirq
 * behind it; at 8 and 12 ms the thread is still awake. 18 ms of work from 2 ms on end at 20.1 ms.
 */
Test(rcu, a_softirq_that_wakes_the_thread_has_an_end)
{
	struct rig rig;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->costs.softirq_exit = 100 * USEC;
	builder_pipe(rig.builder, (struct loc){0}, "p", 4096, PIPE_WITH_ENDS);
	rig_task(&rig, "w", "run 1ms; close_write p; sleep 100ms");
	rig_task_attr(&rig, "rt", (struct rig_attr){.fifo = 1}, "sleep 2ms; run 18ms; sleep 100ms");
	rig_expect_switch(&rig, "\n20.1 ms switch rt S > rcu_preempt\n");
}

/*
 * m asks to be moved at 1 ms and waits for a grace period, which begins at 4 ms and has ended at 8
 * ms: the softirq of 12 ms wakes it, and as it is a FIFO task it runs. What it leaves behind, which
 * closes the way again, asks for another one: 16 and 20 ms.
 */
Test(rcu, who_is_moved_to_a_group_waits_for_a_grace_period)
{
	struct rig rig;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_group(rig.builder, &(struct group_spec){.name = "g",
							.parent = GROUP_ROOT,
							.shares = 1024,
							.quota_ns = GROUP_NO_QUOTA,
							.period_ns = 100 * MSEC});
	rig_task_attr(&rig, "m", (struct rig_attr){.fifo = 1}, "run 1ms; group g; sleep 100ms");
	rig_task(&rig, "hog", "run 30ms");
	rig_expect(&rig, RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > m\n"
		   "1 ms switch m D > hog\n"
		   "4 ms switch hog R > rcu_preempt\n"
		   "4 ms switch rcu_preempt I > hog\n"
		   "8 ms switch hog R > rcu_preempt\n"
		   "8 ms switch rcu_preempt I > hog\n"
		   "12 ms switch hog R > m\n"
		   "12 ms switch m S > hog\n"
		   "16 ms switch hog R > rcu_preempt\n"
		   "16 ms switch rcu_preempt I > hog\n"
		   "20 ms switch hog R > rcu_preempt\n"
		   "20 ms switch rcu_preempt I > hog\n"
		   "31 ms switch hog Z > init\n"
		   "112 ms switch swapper/0 R > m\n"
		   "112 ms switch m Z > init\n");
}

/* Children die at 0.1, 4.2 and 8.3 ms, p itself at 12.3 ms: each tick finds new callbacks. */
Test(rcu, a_storm_of_deaths_wakes_it_at_every_tick)
{
	struct rig rig;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1},
		      "loop 3; fork c; wait; sleep 4ms; end");
	rig_task(&rig, "hog", "run 18ms");
	cr_assert_eq(count(rig_run(&rig, RECORD_BIT(SWITCH)), "> rcu_preempt"), 4);
	cr_expect(strstr(rig.lines.at, "\n4 ms switch hog R > rcu_preempt\n"));
	cr_expect(strstr(rig.lines.at, "\n8 ms switch hog R > rcu_preempt\n"));
	cr_expect(strstr(rig.lines.at, "\n12 ms switch hog R > rcu_preempt\n"));
	cr_expect(strstr(rig.lines.at, "\n16 ms switch hog R > rcu_preempt\n"));
	rig_fini(&rig);
}

/*
 * Each death leaves two callbacks, for its number and its task, and a batch is of ten. Children die
 * before the first tick, then one between any two: at the third tick the grace period of the first
 * is over, and as the hog shall give way to rcu_preempt there, what the interrupt leaves undone is
 * not done in a further pass: two callbacks of six deaths, none of five.
 */
static u32 wakeups_of_ksoftirqd(const char *program, u32 last_pid)
{
	struct rig rig;
	u32 nr;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "run 100us");
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->kernel_threads = true;
	builder_platform(rig.builder)->last_pid = last_pid;
	builder_platform(rig.builder)->costs.rcu_callback = 4 * USEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, program);
	rig_task(&rig, "hog", "run 40ms");
	/* so that it comes before rcu_preempt, as recorded */
	builder_platform(rig.builder)->softirq_lag_ns = 3 * MSEC;
	nr = count(rig_run(&rig, RECORD_BIT(SWITCH)), "switch hog R > ksoftirqd/0");
	rig_fini(&rig);
	return nr;
}

Test(rcu, callbacks_beyond_a_batch_are_for_ksoftirqd)
{
	cr_expect_eq(wakeups_of_ksoftirqd(
			     "loop 5; fork c; wait; end; loop 3; sleep 4ms; fork c; wait; end", 0),
		     0);
	cr_expect_eq(wakeups_of_ksoftirqd(
			     "loop 6; fork c; wait; end; loop 3; sleep 4ms; fork c; wait; end", 0),
		     1);
}

#define SECOND_BATCH "; sleep 8ms; fork c; wait; sleep 4ms; loop 4; fork c; wait; end; sleep 20ms"

/*
 * The first batch is freed at 12 ms, and leaves its credentials behind the period that this tick
 * has asked for, for one more death. They wait for the next one, from 16 to 20 ms, as four deaths
 * at 13 ms do: at 24 ms there are twelve callbacks if the first were four, eleven if three, ten if
 * two.
 */
Test(rcu, credentials_are_freed_a_period_later)
{
	cr_expect_eq(wakeups_of_ksoftirqd("loop 4; fork c; wait; end" SECOND_BATCH, 0), 1);
	cr_expect_eq(wakeups_of_ksoftirqd("loop 3; fork c; wait; end" SECOND_BATCH, 0), 1);
	cr_expect_eq(wakeups_of_ksoftirqd("loop 2; fork c; wait; end" SECOND_BATCH, 0), 0);
}

/*
 * @nr tasks die by 1 ms, when both stacks are kept that may be; then @forks take some of those.
 * When does the hog end?
 */
static void expect_hog_beside_stacks(u32 nr, const char *forks, const char *line)
{
	struct rig rig;
	const char *lines;

	rig_init(&rig, 1, "v6.1");
	builder_platform(rig.builder)->kernel_threads = false;
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->kept_stacks = 2;
	/* who found none would be seen */
	builder_platform(rig.builder)->costs.fork_stack = 1 * SEC;
	builder_platform(rig.builder)->costs.rcu_callback = 1 * MSEC;
	rig_template(&rig, "c", "sleep 1s");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, forks);
	rig_task_attr(&rig, "a", (struct rig_attr){.count = nr}, "run 100us");
	rig_task(&rig, "hog", "sleep 2ms; run 15ms; sleep 1s");
	lines = rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(lines, line), "no '%s' in\n%s", line, lines);
	rig_fini(&rig);
}

/*
 * At 12 ms numbers and tasks of two are freed, in (123 + 612) us each; their credentials come
 * later. A stack takes 30, unless there is room for it by then: for none of two, for one, for both.
 */
Test(rcu, a_stack_for_which_there_is_room_is_not_freed)
{
	expect_hog_beside_stacks(2, "sleep 2ms; sleep 1s", "\n18.53 ms switch hog S");
	expect_hog_beside_stacks(2, "sleep 2ms; fork c; sleep 1s", "\n18.5 ms switch hog S");
	expect_hog_beside_stacks(2, "sleep 2ms; fork c; fork c; sleep 1s",
				 "\n18.47 ms switch hog S");
}

/*
 * Of six deaths, in 735 us each, three stacks are in the first batch and three beyond it: there is
 * room for one of all six. (The hog begins at 2.1 ms.)
 */
Test(rcu, a_place_for_a_stack_is_taken_once)
{
	expect_hog_beside_stacks(6, "sleep 2ms; fork c; sleep 1s", "\n21.66 ms switch hog S");
}

/*
 * Does a sleeper whose interrupt comes at @sleep run before the thread that the tick of 4 ms wakes?
 */
static bool comes_before_the_thread(const char *sleep)
{
	struct rig rig;
	const char *lines, *sleeper, *thread;
	bool before;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->costs.irq_entry = 100 * USEC;
	builder_platform(rig.builder)->costs.softirq = 100 * USEC;
	rig_task(&rig, "short", "run 1ms");
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 1}, sleep);
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	lines = rig_run(&rig, RECORD_BIT(SWITCH));
	sleeper = strstr(lines, "hog R > s\n");
	thread = strstr(lines, "hog R > rcu_preempt\n");
	cr_assert(sleeper && thread, "%s", lines);
	before = sleeper < thread;
	rig_fini(&rig);
	return before;
}

/*
 * The softirq would run at 4.2 ms. An interrupt that has come at 4.15 ms is served before, one of
 * 4.25 ms behind.
 */
Test(rcu, interrupts_that_have_come_are_served_before_the_softirq)
{
	cr_expect(comes_before_the_thread("sleep 4150us"));
	cr_expect(!comes_before_the_thread("sleep 4250us"));
}

/*
 * When is a task woken that sleeps for @ns and a slack of 50 us, while a tick at 4 ms leaves a
 * softirq for 4.01 ms?
 */
static void expect_wakeup(u64 ns, const char *line)
{
	struct rig rig;
	const char *lines;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->costs.softirq = 10 * USEC;
	rig_task(&rig, "short", "run 1ms");
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	builder_task_begin(rig.builder, (struct loc){0}, "s");
	builder_op(rig.builder, (struct loc){0}, OP_SLEEP,
		   &(struct op_operands){.quantity.value = ns});
	builder_task_end(rig.builder);
	lines = rig_run(&rig, RECORD_BIT(WAKEUP));
	cr_expect(strstr(lines, line), "no '%s' in\n%s", line, lines);
	rig_fini(&rig);
}

/*
 * The tick's interrupt takes along what may be over; the softirq, which is none, does not, and does
 * not stand before it.
 */
Test(rcu, a_softirq_neither_hides_a_sleep_from_the_tick_nor_ends_it)
{
	expect_wakeup(3980 * USEC, "\n4 ms wakeup s\n");
	expect_wakeup(4005 * USEC, "\n4.055 ms wakeup s\n");
}

/* Three tasks that are dead by 1.5 ms leave three stacks, with places for two. */
static void three_dead(struct rig *rig, u64 worker_ns)
{
	struct platform *platform;

	init(rig);
	platform = builder_platform(rig->builder);
	platform->rcu = true;
	platform->kept_stacks = 2;
	platform->costs.fork_stack = 1 * USEC;
	platform->costs.worker = worker_ns;
	platform->costs.free_stack = 500 * USEC;
	rig_task_attr(rig, "a", (struct rig_attr){.count = 3}, "run 500us");
}

/* At the third tick a kworker frees them, in 1 + 3 * 0.5 ms. */
Test(rcu, a_kworker_frees_stacks_for_which_there_is_no_place)
{
	struct rig rig;
	const char *lines;

	three_dead(&rig, 1 * MSEC);
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	lines = rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(lines,
			 "\n12 ms switch hog R > kworker/0:1\n14.5 ms switch kworker/0:1 I > "),
		  "%s", lines);
	cr_expect_eq(count(lines, "> kworker/0:1"), 1);
	rig_fini(&rig);
}

/*
 * It works from 12 ms on for 5 + 3 * 0.5 ms. At 16 ms comes the stack of b, dead at 5 ms: it has
 * that freed before it sleeps.
 */
Test(rcu, a_kworker_frees_what_comes_while_it_works)
{
	struct rig rig;
	const char *lines;

	three_dead(&rig, 5 * MSEC);
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 2}, "sleep 4500us; run 500us");
	rig_task_attr(&rig, "hog", (struct rig_attr){.nice = 19}, "sleep 2ms; run 40ms");
	lines = rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(lines,
			 "\n12 ms switch hog R > rcu_preempt\n19 ms switch rcu_preempt I > hog\n"),
		  "%s", lines);
	rig_fini(&rig);
}

/*
 * a is dead at 1 ms; @second goes on at 4.5, and a task that is more important than the thread
 * begins at 2. Who is freed when?
 */
static void expect_freed(const char *second, const char *keeps_the_thread_off, const char *expected)
{
	struct rig rig;
	const char *lines;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 2}, "run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 2}, second);
	rig_task_attr(&rig, "f", (struct rig_attr){.fifo = 1}, keeps_the_thread_off);
	rig_task(&rig, "hog", "sleep 6600us; run 30ms");
	lines = rig_run(&rig, RECORD_BIT(FREE));
	cr_expect(strstr(lines, expected), "%s", lines);
	rig_fini(&rig);
}

/*
 * a is dead at 1 ms, when the others begin, and the tick of 4 ms asks for a period; the thread
 * comes at 7.5 ms, and begins it for a alone: b, dead at 5 ms, has to wait for a whole one, from 8
 * to 12 ms.
 */
Test(rcu, a_period_is_for_those_who_had_died_when_it_was_asked_for)
{
	expect_freed("sleep 3500us; run 500us", "sleep 1ms; run 5ms; sleep 100ms",
		     "12 ms free a\n16 ms free b\n");
}

/*
 * The thread comes at 10.1 ms only: the tick of 8 ms has asked for a child that b has waited for by
 * 5 ms, too, and the period is over at 12 ms for both.
 */
Test(rcu, a_tick_asks_for_more_before_the_thread_has_come)
{
	expect_freed("sleep 3500us; fork c; wait; sleep 100ms", "sleep 1ms; run 8ms; sleep 100ms",
		     "16 ms free a\n16 ms free c\n");
}

/* @nr of them die by 1 ms. Is the thread woken at the tick at which they are freed? */
static bool is_woken_as_they_are_freed(u32 nr)
{
	struct rig rig;
	bool woken;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->kernel_threads = true;
	builder_platform(rig.builder)->costs.rcu_callback = 4 * USEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.count = nr}, "run 100us");
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	woken = strstr(rig_run(&rig, RECORD_BIT(SWITCH)),
		       "\n12.02 ms switch hog R > rcu_preempt\n");
	rig_fini(&rig);
	return woken;
}

/*
 * Ten callbacks of five deaths are a batch, of 14.7 us. Of six two are left, for which the softirq
 * comes again: it asks for the credentials of the first.
 */
Test(rcu, a_softirq_that_comes_again_asks_for_another_period)
{
	cr_expect(!is_woken_as_they_are_freed(5));
	cr_expect(is_woken_as_they_are_freed(6));
}

/*
 * s is woken at 12.01 ms, in the first batch: what is left is for ksoftirqd, 2.9 us behind s, and
 * the thread comes behind that.
 */
Test(rcu, a_softirq_that_comes_again_in_ksoftirqd_asks_as_well)
{
	struct rig rig;
	const char *lines;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->kernel_threads = true;
	builder_platform(rig.builder)->costs.rcu_callback = 4 * USEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.count = 6}, "run 100us");
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 1}, "sleep 12010us; run 1ms; sleep 1s");
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	lines = rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(lines, "\n13.02 ms switch rcu_preempt I > hog\n"), "%s", lines);
	rig_fini(&rig);
}

/*
 * p and the hog are 126 and 127. Each child is alone among the numbers from 128 on, and leaves the
 * node of these, too: twelve callbacks of four deaths. With p and the hog in that node it is eight.
 */
Test(rcu, the_node_of_a_number_that_was_alone_is_freed)
{
	cr_expect_eq(wakeups_of_ksoftirqd(
			     "loop 4; fork c; wait; end; loop 3; sleep 4ms; fork c; wait; end",
			     125),
		     1);
	cr_expect_eq(wakeups_of_ksoftirqd(
			     "loop 4; fork c; wait; end; loop 3; sleep 4ms; fork c; wait; end",
			     127),
		     0);
}

/*
 * sched_process_free comes from a callback: dead at 1 ms, a period begins at the tick of 4 ms, ends
 * at that of 8, and the next softirq, at 12 ms, finds the callback ready.
 */
Test(rcu, the_dead_are_freed_behind_a_grace_period)
{
	struct rig rig;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	rig_task(&rig, "short", "run 1ms");
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	rig_expect(&rig, RECORD_BIT(FREE), "12 ms free short\n");

	init(&rig);
	rig_task(&rig, "short", "run 1ms");
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	rig_expect(&rig, RECORD_BIT(FREE), "1 ms free short\n22 ms free hog\n");
}

/*
 * rcu_preempt begins a period at the tick of 4 ms, for which it needs 0.5 ms, and is preempted in
 * it at 4.2 ms. The cpu reports at the tick of 8 ms, which finds the thread awake. It looks again
 * before it sleeps, at 9.5 ms: so short is freed at 12 ms.
 */
Test(rcu, a_report_that_finds_the_thread_awake_is_not_lost)
{
	struct rig rig;
	const char *lines;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->preempt = PREEMPT_FULL;
	builder_platform(rig.builder)->costs.rcu = 600 * USEC;
	rig_task(&rig, "short", "run 1ms");
	rig_task_attr(&rig, "fifo", (struct rig_attr){.fifo = 1},
		      "sleep 4200us; run 5ms; sleep 40ms");
	lines = rig_run(&rig, RECORD_BIT(FREE));
	cr_expect(strstr(lines, "12 ms free short\n"), "%s", lines);
	rig_fini(&rig);
}
