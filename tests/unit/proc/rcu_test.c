/* SPDX-License-Identifier: MIT */
/*
 * What follows a death: grace periods, the pages that parent and child share, the queue's virtual
 * time. The reasons are recordings of a fork storm beside a hog (f01 in tests/fidelity): on 6.1 the
 * hog loses its cpu at every tick, because rcu_preempt wakes there.
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
 * Dead at 1 ms: a tick asks for a grace period, the next ends it; whoever ran goes on. The third frees the task, and so
 * its credentials, for which it is all the same again.
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
 * A FIFO task keeps rcu_preempt from the cpu: the tick of 4 ms wakes it by a softirq of 100 us, those of 8, 12 and 16 ms
 * have nothing to tell it (rcu_pending()). So 18 ms of work, from 2 ms on, end at 20.1 ms.
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

/* The last who writes into p closes it at 1 ms: 6.1 frees the file after a grace period, later kernels at once. */
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
 * Children die at 0.1 and 6.2 ms. To begin a period at 4 ms takes 0.5 ms; at 8 ms it ends and the next begins, and so at 12 ms, where
 * the first task is freed, and leaves its credentials: 0.6 ms.
 */
Test(rcu, to_end_a_period_and_begin_the_next_takes_a_fifth_more_than_either)
{
	struct rig rig;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->costs.rcu = 600 * USEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c; wait; sleep 6ms; fork c; wait; sleep 100ms");
	rig_task(&rig, "hog", "run 18ms");
	rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(rig.lines.at, "\n4.5 ms switch rcu_preempt I > hog\n"), "%s", rig.lines.at);
	cr_expect(strstr(rig.lines.at, "\n8.6 ms switch rcu_preempt I > hog\n"), "%s", rig.lines.at);
	cr_expect(strstr(rig.lines.at, "\n12.6 ms switch rcu_preempt I > hog\n"), "%s", rig.lines.at);
	rig_fini(&rig);
}

/*
 * The file that is closed at 1 ms: at 4 ms a period begins, whose thread sleeps with a timeout that the wheel looks for at 12 ms,
 * though it was woken at 8 ms. That takes 0.1 ms: 18 ms of work from 2 ms on end at 20.1 ms.
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
	rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(rig.lines.at, "\n20.1 ms switch hog Z > init\n"), "%s", rig.lines.at);
	rig_fini(&rig);
}

/*
 * m asks to be moved at 1 ms and waits for a grace period, which begins at 4 ms and has ended at 8 ms: the softirq of 12 ms wakes it,
 * and as it is a FIFO task it runs. What it leaves behind, which closes the way again, asks for another one: 16 and 20 ms.
 */
Test(rcu, who_is_moved_to_a_group_waits_for_a_grace_period)
{
	struct rig rig;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_group(rig.builder, &(struct group_spec){.name = "g", .parent = GROUP_ROOT, .shares = 1024,
							.quota_ns = GROUP_NO_QUOTA, .period_ns = 100 * MSEC});
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
 * Each death leaves two callbacks, for its number and its task, and a batch is of ten. Children die before the first tick,
 * then one between any two: at the third tick the grace period of the first is over, and as the hog shall give way to
 * rcu_preempt there, what the interrupt leaves undone is not done in a further pass: two callbacks of six deaths, none of five.
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
	nr = count(rig_run(&rig, RECORD_BIT(SWITCH)), "switch ksoftirqd/0 S > hog");
	rig_fini(&rig);
	return nr;
}

Test(rcu, callbacks_beyond_a_batch_are_for_ksoftirqd)
{
	cr_expect_eq(wakeups_of_ksoftirqd("loop 5; fork c; wait; end; loop 3; sleep 4ms; fork c; wait; end", 0), 0);
	cr_expect_eq(wakeups_of_ksoftirqd("loop 6; fork c; wait; end; loop 3; sleep 4ms; fork c; wait; end", 0), 1);
}

#define SECOND_BATCH "; sleep 8ms; fork c; wait; sleep 4ms; loop 4; fork c; wait; end; sleep 20ms"

/*
 * The first batch is freed at 12 ms, and leaves its credentials behind the period that this tick has asked for, for one more death. They wait
 * for the next one, from 16 to 20 ms, as four deaths at 13 ms do: at 24 ms there are twelve callbacks if the first were four,
 * eleven if three, ten if two.
 */
Test(rcu, credentials_are_freed_a_period_later)
{
	cr_expect_eq(wakeups_of_ksoftirqd("loop 4; fork c; wait; end" SECOND_BATCH, 0), 1);
	cr_expect_eq(wakeups_of_ksoftirqd("loop 3; fork c; wait; end" SECOND_BATCH, 0), 1);
	cr_expect_eq(wakeups_of_ksoftirqd("loop 2; fork c; wait; end" SECOND_BATCH, 0), 0);
}

/* @nr tasks die by 1 ms, when both stacks are kept that may be; then @forks take some of those. When does the hog end? */
static void expect_hog_beside_stacks(u32 nr, const char *forks, const char *line)
{
	struct rig rig;
	const char *lines;

	rig_init(&rig, 1, "v6.1");
	builder_platform(rig.builder)->kernel_threads = false;
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->kept_stacks = 2;
	builder_platform(rig.builder)->costs.fork_stack = 1 * SEC; /* who found none would be seen */
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
 * At 12 ms numbers and tasks of two are freed, in (123 + 612) us each; their credentials come later. A stack takes 30, unless there
 * is room for it by then: for none of two, for one, for both.
 */
Test(rcu, a_stack_for_which_there_is_room_is_not_freed)
{
	expect_hog_beside_stacks(2, "sleep 2ms; sleep 1s", "\n18.53 ms switch hog S");
	expect_hog_beside_stacks(2, "sleep 2ms; fork c; sleep 1s", "\n18.5 ms switch hog S");
	expect_hog_beside_stacks(2, "sleep 2ms; fork c; fork c; sleep 1s", "\n18.47 ms switch hog S");
}

/* Of six deaths, in 735 us each, three stacks are in the first batch and three beyond it: there is room for one of all six. (The hog begins at 2.1 ms.) */
Test(rcu, a_place_for_a_stack_is_taken_once)
{
	expect_hog_beside_stacks(6, "sleep 2ms; fork c; sleep 1s", "\n21.66 ms switch hog S");
}

/* Does a sleeper whose interrupt comes at @sleep run before the thread that the tick of 4 ms wakes? */
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

/* The softirq would run at 4.2 ms. An interrupt that has come at 4.15 ms is served before, one of 4.25 ms behind. */
Test(rcu, interrupts_that_have_come_are_served_before_the_softirq)
{
	cr_expect(comes_before_the_thread("sleep 4150us"));
	cr_expect(!comes_before_the_thread("sleep 4250us"));
}

/* When is a task woken that sleeps for @ns and a slack of 50 us, while a tick at 4 ms leaves a softirq for 4.01 ms? */
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
	builder_op(rig.builder, (struct loc){0}, OP_SLEEP, &(struct op_operands){.quantity.value = ns});
	builder_task_end(rig.builder);
	lines = rig_run(&rig, RECORD_BIT(WAKEUP));
	cr_expect(strstr(lines, line), "no '%s' in\n%s", line, lines);
	rig_fini(&rig);
}

/* The tick's interrupt takes along what may be over; the softirq, which is none, does not, and does not stand before it. */
Test(rcu, a_softirq_neither_hides_a_sleep_from_the_tick_nor_ends_it)
{
	expect_wakeup(3980 * USEC, "\n4 ms wakeup s\n");
	expect_wakeup(4005 * USEC, "\n4.055 ms wakeup s\n");
}

/* With places for two: three tasks that are dead by 1.5 ms leave three stacks; at the third tick a kworker frees them, in 1 + 3 * 0.5 ms. */
Test(rcu, a_kworker_frees_stacks_for_which_there_is_no_place)
{
	struct rig rig;
	const char *lines;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->kept_stacks = 2;
	builder_platform(rig.builder)->costs.fork_stack = 1 * USEC;
	builder_platform(rig.builder)->costs.worker = 1 * MSEC;
	builder_platform(rig.builder)->costs.free_stack = 500 * USEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.count = 3}, "run 500us");
	rig_task(&rig, "hog", "sleep 2ms; run 20ms");
	lines = rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(lines, "\n12 ms switch hog R > kworker/0:1\n14.5 ms switch kworker/0:1 I > "), "%s", lines);
	cr_expect_eq(count(lines, "> kworker/0:1"), 1);
	rig_fini(&rig);
}

/* It works from 12 ms on for 5 + 3 * 0.5 ms. At 16 ms comes the stack of b, dead at 5 ms: it has that freed before it sleeps. */
Test(rcu, a_kworker_frees_what_comes_while_it_works)
{
	struct rig rig;
	const char *lines;

	init(&rig);
	builder_platform(rig.builder)->rcu = true;
	builder_platform(rig.builder)->kept_stacks = 2;
	builder_platform(rig.builder)->costs.fork_stack = 1 * USEC;
	builder_platform(rig.builder)->costs.worker = 5 * MSEC;
	builder_platform(rig.builder)->costs.free_stack = 500 * USEC;
	rig_task_attr(&rig, "a", (struct rig_attr){.count = 3}, "run 500us");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 2}, "sleep 4500us; run 500us");
	rig_task_attr(&rig, "hog", (struct rig_attr){.nice = 19}, "sleep 2ms; run 40ms");
	lines = rig_run(&rig, RECORD_BIT(SWITCH));
	cr_expect(strstr(lines, "\n12 ms switch hog R > rcu_preempt\n19 ms switch rcu_preempt I > hog\n"), "%s", lines);
	rig_fini(&rig);
}

/* a is dead at 1 ms; @second goes on at 4.5, and a task that is more important than the thread begins at 2. Who is freed when? */
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
 * a is dead at 1 ms, when the others begin, and the tick of 4 ms asks for a period; the thread comes at 7.5 ms, and begins it for a alone: b, dead at 5 ms, has to
 * wait for a whole one, from 8 to 12 ms.
 */
Test(rcu, a_period_is_for_those_who_had_died_when_it_was_asked_for)
{
	expect_freed("sleep 3500us; run 500us", "sleep 1ms; run 5ms; sleep 100ms", "12 ms free a\n16 ms free b\n");
}

/* The thread comes at 10.1 ms only: the tick of 8 ms has asked for a child that b has waited for by 5 ms, too, and the period is over at 12 ms for both. */
Test(rcu, a_tick_asks_for_more_before_the_thread_has_come)
{
	expect_freed("sleep 3500us; fork c; wait; sleep 100ms", "sleep 1ms; run 8ms; sleep 100ms", "16 ms free a\n16 ms free c\n");
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
	woken = strstr(rig_run(&rig, RECORD_BIT(SWITCH)), "\n12.02 ms switch hog R > rcu_preempt\n");
	rig_fini(&rig);
	return woken;
}

/* Ten callbacks of five deaths are a batch, of 14.7 us. Of six two are left, for which the softirq comes again: it asks for the credentials of the first. */
Test(rcu, a_softirq_that_comes_again_asks_for_another_period)
{
	cr_expect(!is_woken_as_they_are_freed(5));
	cr_expect(is_woken_as_they_are_freed(6));
}

/* s is woken at 12.01 ms, in the first batch: what is left is for ksoftirqd, 2.9 us behind s, and the thread comes behind that. */
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
 * p and the hog are 126 and 127. Each child is alone among the numbers from 128 on, and leaves the node of these, too:
 * twelve callbacks of four deaths. With p and the hog in that node it is eight.
 */
Test(rcu, the_node_of_a_number_that_was_alone_is_freed)
{
	cr_expect_eq(wakeups_of_ksoftirqd("loop 4; fork c; wait; end; loop 3; sleep 4ms; fork c; wait; end", 125), 1);
	cr_expect_eq(wakeups_of_ksoftirqd("loop 4; fork c; wait; end; loop 3; sleep 4ms; fork c; wait; end", 127), 0);
}

/* ---- Shared pages ---- */

static void share(struct rig *rig, const char *kernel)
{
	rig_init(rig, 2, kernel);
	builder_platform(rig->builder)->costs.cow = 5 * MSEC;
	rig_template(rig, "c", "mark child");
}

/* It may write to more of them: cow_parent. The parent goes on at once; the child has its pages for itself when it begins on another cpu. */
Test(copy_on_write, the_parent_pays_if_it_is_first)
{
	struct rig rig;

	share(&rig, "v6.1");
	builder_platform(rig.builder)->costs.cow_parent = 1 * MSEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"}, "fork c; mark parent; sleep 1ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "6 ms mark p parent\n"
		   "6 ms mark c child\n");
}

/*
 * On 6.12 it preempts a parent that has used up its request, at 1 ms; the tick at 4 ms preempts it
 * 2 ms before the end of its copying, of which the parent has none.
 */
Test(copy_on_write, the_child_pays_if_it_is_first)
{
	struct rig rig;

	share(&rig, "v6.12");
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"}, "run 1ms; fork c; mark parent; sleep 1ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "4 ms mark p parent\n"
		   "6 ms mark c child\n");
}

static void share_thread(struct rig *rig)
{
	rig_init(rig, 1, "v6.1");
	builder_platform(rig->builder)->costs.cow = 1 * MSEC;
	builder_platform(rig->builder)->costs.cow_thread = 5 * MSEC;
	builder_platform(rig->builder)->costs.fault_reuse = 100 * USEC;
	rig_template(rig, "c", "mark child");
}

/* The parent copies the stack, and waits at 1 ms; the child the thread's page. Back, the parent finds that its own. */
Test(copy_on_write, the_threads_page_is_the_childs_to_copy)
{
	struct rig rig;

	share_thread(&rig);
	rig_task(&rig, "p", "fork c; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "6 ms mark c child\n"
		   "6.1 ms mark p parent\n");
}

/*
 * On 6.12 the child preempts a parent at 1 ms, and copies all there is, in 6 ms. Back at 4 ms, the parent finds both kinds of pages its
 * own, once, and the child goes on when it sleeps.
 */
Test(copy_on_write, a_parent_that_comes_second_finds_its_pages_its_own)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	builder_platform(rig.builder)->costs.cow = 5 * MSEC;
	builder_platform(rig.builder)->costs.cow_thread = 1 * MSEC;
	builder_platform(rig.builder)->costs.fault_reuse = 100 * USEC;
	rig_template(&rig, "c", "mark child");
	rig_template(&rig, "t", "sleep 10ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"}, "run 1ms; fork c; mark parent; clone t; mark again; sleep 5ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "4.2 ms mark p parent\n"
		   "4.2 ms mark p again\n"
		   "7.2 ms mark c child\n");
}

/* Its fork takes from 0 to 10 ms, but for f's 1 ms. It has been switched away, so it copies both, and the child nothing. */
Test(copy_on_write, a_parent_that_was_preempted_in_its_fork_copies_it)
{
	struct rig rig;

	share_thread(&rig);
	builder_platform(rig.builder)->costs.fork = 10 * MSEC;
	builder_platform(rig.builder)->preempt = PREEMPT_VOLUNTARY;
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c; mark parent; wait");
	rig_task_attr(&rig, "f", (struct rig_attr){.fifo = 2}, "sleep 5ms; run 1ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "17.1 ms mark p parent\n"
		   "17.1 ms mark c child\n");
}

/* Without costs.cow it is the only page that counts. */
Test(copy_on_write, the_threads_page_counts_by_itself)
{
	struct rig rig;

	share_thread(&rig);
	builder_platform(rig.builder)->costs.cow = 0;
	rig_task(&rig, "p", "fork c; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "5 ms mark c child\n"
		   "5.1 ms mark p parent\n");
}

/* When the child begins its parent is no more, or has other memory, and shares nothing with it. */
Test(copy_on_write, the_threads_page_is_the_childs_if_the_parent_has_it_no_more)
{
	struct rig rig;

	share_thread(&rig);
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c");
	rig_expect(&rig, RECORD_BIT(MARK), "1 ms mark c child\n");

	share_thread(&rig);
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c; exec /bin/p; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "1 ms mark c child\n"
		   "1 ms mark p parent\n");
}

/* It dies before it begins: p has copied the stack, and finds the thread's page its own. */
Test(copy_on_write, a_child_that_never_begins_copies_nothing)
{
	struct rig rig;

	share_thread(&rig);
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c; kill c; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK), "1.1 ms mark p parent\n");
}

/*
 * p calls fork on cpu 0, to which one switch has come, and waits on cpu 1, to which one has come as well: it has been away for all that. So it
 * finds the page its own as its wait begins, at 1 ms, not when it is woken.
 */
Test(copy_on_write, a_parent_that_moved_has_been_away)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.1");
	rig_template(&rig, "c", "mark child");
	builder_platform(rig.builder)->costs.cow_thread = 5 * MSEC;
	builder_platform(rig.builder)->costs.fault_reuse = 100 * USEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.cpus = "0"}, "fork c; affinity 1; wait; mark parent");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "5 ms mark c child\n"
		   "5 ms mark p parent\n");
}

/* Its child copies the thread's page from 1 to 6 ms. Back from another wait than for a child, p finds it its own as it forks again; then it copies the stack. */
Test(copy_on_write, what_is_left_of_a_fork_is_paid_by_the_next)
{
	struct rig rig;

	share_thread(&rig);
	rig_template(&rig, "d", "sleep 1ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c; sleep 20ms; mark before; fork d; mark behind");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "6 ms mark c child\n"
		   "21 ms mark p before\n"
		   "22.1 ms mark p behind\n");
}

/* For the second child p copies what it has just copied for the first. If that one is dead by then, the copy has come to its list. */
Test(copy_on_write, a_copy_of_a_copy_takes_more)
{
	struct rig rig;

	share_thread(&rig);
	builder_platform(rig.builder)->costs.cow_thread = 10 * USEC;
	builder_platform(rig.builder)->costs.fault_reuse = 0;
	builder_platform(rig.builder)->costs.lru_drain = 500 * USEC;
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c; fork c; mark parent; sleep 10ms; fork c; mark again; sleep 1ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "2.5 ms mark p parent\n"
		   "2.51 ms mark c child\n"
		   "2.52 ms mark c child\n"
		   "13.5 ms mark p again\n"
		   "13.51 ms mark c child\n");
}

/*
 * q's copy, of 1 ms, waits in the same batch as that of p, which begins at 6 ms, behind q's child. p's second fork, at 27 ms, sends the batch
 * off: q's second one finds its copy on the list.
 */
Test(copy_on_write, a_batch_of_copies_is_sent_off_as_a_whole)
{
	struct rig rig;

	share_thread(&rig);
	builder_platform(rig.builder)->costs.lru_drain = 500 * USEC;
	rig_template(&rig, "d", "sleep 1s");
	rig_task_attr(&rig, "q", (struct rig_attr){.fifo = 2}, "fork d; sleep 30ms; mark q; fork d; mark again; sleep 30ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "sleep 20ms; fork d; fork d; mark p; sleep 60ms");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "28.5 ms mark p p\n"
		   "31 ms mark q q\n"
		   "32.1 ms mark q again\n");
}

/* ---- Waking many ---- */

/* wake_up_q(): s itself is woken for 3 us; then a wakeup of 3 us and 1 us of the call's own lie between one and the next. */
Test(futex_call, its_wakeups_come_one_after_the_other)
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

/*
 * sched_process_free comes from a callback: dead at 1 ms, a period begins at the tick of 4 ms, ends at that of 8, and
 * the next softirq, at 12 ms, finds the callback ready.
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
