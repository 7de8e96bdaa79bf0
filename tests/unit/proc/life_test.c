/* SPDX-License-Identifier: MIT */
/* Fork, exec, exit, wait, reap, end to end (process.md 3, 4, 14). */
#include <criterion/criterion.h>
#include <string.h>

#include "rig.h"

#define DEATHS   (RECORD_BIT(EXIT) | RECORD_BIT(WAIT) | RECORD_BIT(FREE))
#define SWITCHES (RECORD_BIT(SWITCH) | RECORD_BIT(WAKEUP) | RECORD_BIT(WAKEUP_NEW))

Test(life, a_child_that_dies_first_stays_a_zombie_until_its_parent_waits)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "c", "run 5ms; exit 3");
	rig_task(&rig, "p", "fork c; run 20ms; wait; run 1ms");
	rig_expect(&rig, DEATHS | RECORD_BIT(FORK),
		   "0 fork p by init\n"
		   "0 fork c by p\n"
		   "5 ms exit c 0x300\n"
		   "20 ms wait p\n"
		   "20 ms free c\n"
		   "21 ms exit p 0x0\n");
}

Test(life, a_parent_that_waits_first_sleeps_until_the_child_is_dead)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "run 3ms");
	rig_task(&rig, "p", "fork c; wait; run 1ms");
	rig_expect(&rig, SWITCHES | DEATHS,
		   "0 wakeup_new p\n"
		   "0 switch swapper/0 R > p\n"
		   "0 wakeup_new c\n"
		   "0 wait p\n"
		   "0 switch p S > c\n"
		   "3 ms exit c 0x0\n"
		   "3 ms wakeup p\n"
		   "3 ms switch c Z > p\n"
		   "3 ms free c\n"
		   "4 ms exit p 0x0\n"
		   "4 ms switch p Z > init\n"
		   "4 ms free p\n");
}

/*
 * sched_autogroup_exit_task() comes before exit_notify() and asks for a reschedule. Recorded on
 * 6.18.15 with preempt=lazy (a fork storm beside a hog): "child R+ ==> hog", and the parent is
 * woken when the child is back; on 6.12 with voluntary preemption never.
 */
Test(life, where_the_kernel_is_preempted_who_dies_may_be_before_its_parent_is_woken)
{
	static const struct {
		const char *kernel;
		enum preempt_model model;
		const char *expected;
	} cases[] = {
		{"v6.12", PREEMPT_VOLUNTARY,
		 "3 ms exit c 0x0\n3 ms wakeup p\n3 ms switch c Z > hog\n"},
		{"v6.12", PREEMPT_FULL, "3 ms exit c 0x0\n3 ms switch c R+ > hog\n"},
		{"v6.18", PREEMPT_LAZY, "3 ms exit c 0x0\n3 ms switch c R+ > hog\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig rig;
		const char *text;

		rig_init(&rig, 1, cases[i].kernel);
		builder_platform(rig.builder)->preempt = cases[i].model;
		rig_template(&rig, "c", "run 3ms");
		rig_task(&rig, "p", "fork c; wait");
		rig_task_attr(&rig, "hog", (struct rig_attr){.nice = 5, .start_ns = 1500 * USEC},
			      "run 20ms");
		text = rig_run(&rig, DEATHS | RECORD_BIT(SWITCH) | RECORD_BIT(WAKEUP));
		cr_expect(strstr(text, cases[i].expected), "%s, model %d:\n%s", cases[i].kernel,
			  cases[i].model, text);
		rig_fini(&rig);
	}
}

Test(life, wait_takes_the_oldest_zombie_in_the_order_of_the_children_not_of_their_deaths)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c1", "sleep 30ms");
	rig_template(&rig, "c2", "sleep 20ms");
	rig_template(&rig, "c3", "sleep 10ms");
	rig_task(&rig, "p", "fork c1; fork c2; fork c3; sleep 50ms; waitall");
	rig_expect(&rig, RECORD_BIT(FREE) | RECORD_BIT(EXIT),
		   "10 ms exit c3 0x0\n"
		   "20 ms exit c2 0x0\n"
		   "30 ms exit c1 0x0\n"
		   "50 ms free c1\n"
		   "50 ms free c2\n"
		   "50 ms free c3\n"
		   "50 ms exit p 0x0\n"
		   "50 ms free p\n");
}

Test(life, a_parent_that_waits_after_each_death_reaps_in_their_order)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c1", "sleep 30ms");
	rig_template(&rig, "c2", "sleep 20ms");
	rig_template(&rig, "c3", "sleep 10ms");
	rig_task(&rig, "p", "fork c1; fork c2; fork c3; waitall; run 1ms");
	rig_expect(&rig, DEATHS,
		   "0 wait p\n"
		   "10 ms exit c3 0x0\n"
		   "10 ms free c3\n"
		   "10 ms wait p\n"
		   "20 ms exit c2 0x0\n"
		   "20 ms free c2\n"
		   "20 ms wait p\n"
		   "30 ms exit c1 0x0\n"
		   "30 ms free c1\n"
		   "30 ms wait p\n"
		   "31 ms exit p 0x0\n"
		   "31 ms free p\n");
}

Test(life, wait_without_children_returns_at_once)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "p", "wait; run 1ms");
	rig_expect(&rig, RECORD_BIT(WAIT) | RECORD_BIT(EXIT),
		   "0 wait p\n"
		   "1 ms exit p 0x0\n");
}

Test(life, init_reaps_orphans)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "sleep 10ms; exit 9");
	rig_task(&rig, "p", "fork c");
	rig_task(&rig, "other", "sleep 20ms");
	rig_expect(&rig, RECORD_BIT(FREE) | RECORD_BIT(EXIT),
		   "0 exit p 0x0\n"
		   "0 free p\n"
		   "10 ms exit c 0x900\n"
		   "10 ms free c\n"
		   "20 ms exit other 0x0\n"
		   "20 ms free other\n");
}

Test(life, a_zombie_whose_parent_dies_is_reaped_by_init)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "run 1ms");
	rig_task(&rig, "p", "fork c; sleep 10ms");
	rig_task(&rig, "other", "sleep 20ms");
	rig_expect(&rig, RECORD_BIT(FREE) | RECORD_BIT(EXIT),
		   "1 ms exit c 0x0\n"
		   "10 ms exit p 0x0\n"
		   "10 ms free p\n"
		   "10 ms free c\n"
		   "20 ms exit other 0x0\n"
		   "20 ms free other\n");
}

Test(life, a_leader_that_exits_first_is_reaped_when_its_last_thread_is_gone)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "t", "run 10ms; exit 5");
	rig_template(&rig, "l", "clone t; exit 3");
	rig_task(&rig, "p", "fork l; wait");
	rig_expect(&rig, DEATHS | RECORD_BIT(SWITCH),
		   "0 switch swapper/0 R > p\n"
		   "0 wait p\n"
		   "0 switch p S > l\n"
		   "0 exit l 0x300\n"
		   "0 switch l Z > t\n"
		   "10 ms exit t 0x500\n"
		   "10 ms switch t X > p\n"
		   "10 ms free t\n"
		   "10 ms free l\n"
		   "10 ms exit p 0x0\n"
		   "10 ms switch p Z > init\n"
		   "10 ms free p\n");
}

Test(life, children_of_a_dead_thread_go_to_a_living_one)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "sleep 10ms");
	rig_template(&rig, "t", "fork c");
	rig_task(&rig, "p", "clone t; sleep 5ms; wait; run 1ms");
	rig_expect(&rig, DEATHS,
		   "0 exit t 0x0\n"
		   "0 free t\n"
		   "5 ms wait p\n"
		   "10 ms exit c 0x0\n"
		   "10 ms free c\n"
		   "11 ms exit p 0x0\n"
		   "11 ms free p\n");
}

Test(life, exec_takes_the_base_name_and_the_other_program)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "t", "run 2ms; mark there");
	rig_task(&rig, "p", "run 1ms; exec /usr/bin/a-tool-of-a-long-name t; mark never");
	rig_expect(&rig, RECORD_BIT(RENAME) | RECORD_BIT(EXEC) | RECORD_BIT(MARK),
		   "1 ms rename a-tool-of-a-lon a-tool-of-a-lon\n"
		   "1 ms exec a-tool-of-a-lon /usr/bin/a-tool-of-a-long-name\n"
		   "3 ms mark a-tool-of-a-lon there\n");
}

static void exec_beside_a_thread(const char *kernel, const char *lines)
{
	struct rig rig;

	rig_init(&rig, 1, kernel);
	rig_task(&rig, "p", "run 1ms; exec /bin/tool; run 1ms");
	rig_task_attr(&rig, "other", (struct rig_attr){.thread_of = "p"}, "sleep 1s");
	rig_expect(&rig, RECORD_BIT(PREPARE_EXEC) | RECORD_BIT(EXEC) | RECORD_BIT(EXIT), lines);
}

/*
 * begin_new_exec() tells of it ahead of all that it gives up, other threads first, whose code is 0
 * (do_group_exit()).
 */
Test(life, exec_is_told_of_before_other_threads_die)
{
	exec_beside_a_thread(
		"v6.12",
		"1 ms prepare_exec p /bin/tool\n1 ms exit other 0x0\n1 ms exec tool /bin/tool\n2 ms exit tool 0x0\n");
	exec_beside_a_thread("v6.1",
			     "1 ms exit other 0x0\n1 ms exec tool /bin/tool\n2 ms exit tool 0x0\n");
}

Test(life, exec_without_a_template_goes_on_in_its_program)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "p", "exec tool; run 1ms; mark here");
	rig_expect(&rig, RECORD_BIT(EXEC) | RECORD_BIT(MARK),
		   "0 exec tool tool\n"
		   "1 ms mark tool here\n");
}

Test(life, a_child_has_its_parents_attributes_or_those_of_its_template)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "run 1ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 10}, "fork c; nice 5; waitall");
	rig_expect(&rig, RECORD_BIT(ATTR) | RECORD_BIT(FORK),
		   "0 fork p by init\n"
		   "0 attr p fifo 89\n"
		   "0 fork c by p\n"
		   "0 attr c fifo 89\n"
		   "0 attr p fifo 89\n");
}

Test(life, instances_are_numbered_and_start_in_file_order)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "worker", (struct rig_attr){.count = 3, .fifo = 1}, "run 1ms");
	rig_task_attr(&rig, "late", (struct rig_attr){.start_ns = 2 * MSEC, .fifo = 1}, "run 1ms");
	rig_expect(&rig, RECORD_BIT(FORK) | RECORD_BIT(EXIT),
		   "0 fork worker0 by init\n"
		   "0 fork worker1 by init\n"
		   "0 fork worker2 by init\n"
		   "1 ms exit worker0 0x0\n"
		   "2 ms exit worker1 0x0\n"
		   "2 ms fork late by init\n"
		   "3 ms exit worker2 0x0\n"
		   "4 ms exit late 0x0\n");
}

Test(life, a_task_that_is_woken_existed_before_and_is_placed_as_woken)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w", (struct rig_attr){.woken = true, .start_ns = MSEC}, "run 1ms");
	rig_expect(&rig, RECORD_BIT(TASK) | RECORD_BIT(FORK) | SWITCHES,
		   "0 task w\n"
		   "1 ms wakeup w\n"
		   "1 ms switch swapper/0 R > w\n"
		   "2 ms switch w Z > init\n");
}

/* All cpus idle: it comes to the one where it slept, which is the first one if nothing is said. */
Test(life, who_is_woken_comes_to_the_cpu_where_it_slept)
{
	static const char *const lines[] = {"1 ms wakeup w\n1 ms switch swapper/0 R > w\n",
					    "1 ms wakeup w\n1 ms switch swapper/1 R > w\n",
					    "1 ms wakeup w\n1 ms switch swapper/2 R > w\n"};

	for (u32 cpu = 0; cpu < ARRAY_SIZE(lines); cpu++) {
		struct rig rig;
		const char *got;

		rig_init(&rig, 3, "v6.12");
		rig_task_attr(&rig, "w",
			      (struct rig_attr){.woken = true, .slept_on = cpu, .start_ns = MSEC},
			      "run 1ms");
		got = rig_run(&rig, SWITCHES);
		cr_expect_eq(strncmp(got, lines[cpu], strlen(lines[cpu])), 0, "%s", got);
		rig_fini(&rig);
	}
}

static u32 count_lines(const char *text, const char *word)
{
	u32 count = 0;

	for (const char *at = text; (at = strstr(at, word)); at++)
		count++;
	return count;
}

/* 309 numbers: init, kthreadd, five kernel threads, p, and so 301 children. */
Test(life, forks_fail_when_no_pid_is_left_and_the_program_goes_on)
{
	struct rig rig;
	const char *lines;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->pid_max = 310;
	rig_template(&rig, "c", "sleep 1ms");
	rig_task(&rig, "p", "loop 400; fork c; end; waitall; fork c; wait");
	lines = rig_run(&rig, RECORD_BIT(FORK));
	cr_expect(!rig.failure);
	cr_expect_eq(count_lines(lines, "fork c by p"), 302, "%u",
		     count_lines(lines, "fork c by p"));
	rig_fini(&rig);
}

/* init, kthreadd, migration/0, p, and so 16 children of 18; after their end there is room again. */
Test(life, threads_max_is_a_limit_of_all_tasks)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->kernel_threads = false;
	builder_platform(rig.builder)->threads_max = 20;
	rig_template(&rig, "c", "sleep 1ms");
	rig_task(&rig, "p", "loop 18; fork c; end; mark full; waitall; fork c; mark again; wait");
	rig_expect(&rig, RECORD_BIT(FAILED) | RECORD_BIT(MARK),
		   "0 failed p EAGAIN c\n0 failed p EAGAIN c\n0 mark p full\n1 ms mark p again\n");
}

Test(life, costs_are_paid_in_the_kernel_before_the_effect)
{
	struct rig rig;
	struct costs *costs;

	rig_init(&rig, 1, "v6.12");
	costs = &builder_platform(rig.builder)->costs;
	costs->fork = 30 * USEC;
	costs->exit = 20 * USEC;
	costs->reap = 10 * USEC;
	costs->exec = 300 * USEC;
	rig_template(&rig, "c", "run 1ms");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 1}, "fork c; wait; exec tool");
	rig_expect(&rig, RECORD_BIT(FORK) | RECORD_BIT(EXIT) | RECORD_BIT(FREE) | RECORD_BIT(EXEC),
		   "0 fork p by init\n"
		   "30 us fork c by p\n"
		   "1.05 ms exit c 0x0\n"
		   "1.06 ms free c\n"
		   "1.36 ms exec tool tool\n"
		   "1.38 ms exit tool 0x0\n");
}

/*
 * do_exit() of v6.1 and v6.12 calls trace_sched_process_exit() behind exit_mm(), and that of v6.18
 * in front of it. Recorded on emulated machines, of 1 ns an instruction, from there to the next
 * charge of a child of 90 us: 2.53, 2.79 and 85.3 us.
 */
Test(life, an_end_is_traced_behind_that_of_the_memory_or_in_front_of_it)
{
	static const struct {
		const char *kernel, *expected;
	} cases[] = {
		{"v6.1", "1.087 ms exit c 0x0\n1.09 ms wakeup p\n"},
		{"v6.12", "1.087 ms exit c 0x0\n1.09 ms wakeup p\n"},
		{"v6.18", "1 ms exit c 0x0\n1.09 ms wakeup p\n"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig rig;
		struct costs *costs;
		const char *text;

		rig_init(&rig, 1, cases[i].kernel);
		costs = &builder_platform(rig.builder)->costs;
		costs->exit = 90 * USEC;
		costs->exit_files = 3 * USEC;
		rig_template(&rig, "c", "run 1ms");
		rig_task(&rig, "p", "fork c; wait");
		text = rig_run(&rig, RECORD_BIT(EXIT) | RECORD_BIT(WAKEUP));
		cr_expect(strstr(text, cases[i].expected), "%s:\n%s", cases[i].kernel, text);
		rig_fini(&rig);
	}
}

/* group_dead, of two that are in their exits at the same time. */
Test(life,
     the_last_thread_whose_end_is_traced_is_the_last_of_its_process_though_others_have_not_gone_yet)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.18");
	rig.tells_group_dead = true;
	builder_platform(rig.builder)->costs.exit = 1 * MSEC;
	rig_template(&rig, "t", "run 500us");
	rig_task(&rig, "p", "clone t; run 1ms");
	rig_expect(&rig, RECORD_BIT(EXIT) | RECORD_BIT(FREE),
		   "500 us exit t 0x0 others live\n"
		   "1 ms exit p 0x0\n"
		   "1.5 ms free t\n");
}

/*
 * The forked inherit from init how often it has changed whom it wakes. 50 of theirs and 61 more of
 * the waker's make it 111, twice as many as the wakee has: that stays where it ran, though all hogs
 * are there (wake_wide()).
 */
static bool follows_its_waker(u32 wakee_flips)
{
	struct rig rig;
	const char *from, *to, *moved;
	bool follows;

	rig_init(&rig, 2, "v6.12");
	builder_platform(rig.builder)->wakee_flips = wakee_flips;
	rig_task_attr(&rig, "hog", (struct rig_attr){.cpus = "1", .count = 6}, "run 12ms");
	rig_task_attr(
		&rig, "w", (struct rig_attr){.cpus = "0"},
		"sleep 40ms; loop 30; sem_post c; sem_post d; sleep 500us; end; mark from; sem_post a; run 1ms; mark to");
	rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "1"},
		      "affinity 0-1; sem_wait a; run 1ms");
	rig_task(&rig, "c", "loop 30; sem_wait c; end");
	rig_task(&rig, "d", "loop 30; sem_wait d; end");
	from = strstr(rig_run(&rig, RECORD_BIT(MARK) | RECORD_BIT(MIGRATE)), "mark w from");
	to = strstr(from, "mark w to");
	moved = strstr(from, "migrate a 1>0");
	follows = moved && moved < to;
	rig_fini(&rig);
	return follows;
}

Test(life, children_inherit_their_parents_partners)
{
	cr_expect(follows_its_waker(0));
	cr_expect_not(follows_its_waker(50));
}
