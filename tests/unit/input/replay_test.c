/* SPDX-License-Identifier: MIT */
/* What a trace is rebuilt to, rule by rule: what tasks do, and whom they wait for. */
#include "tale.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(replay, a_burst_is_summed_over_preemptions)
{
	struct tale t = tale_begin('a');

	event(&t, 1000, "print: x");
	gives_way(&t, 2000, "R", 'b');
	gives_way(&t, 5000, "R", 'a');
	gives_way(&t, 7000, "S", 'b');
	gives_way(&t, 8000, "R", 'b');
	rebuilt(&t);
	/* 1 + 2 ms, less one switch (the first was before the trace) and the sleep's entry. */
	expect_text(&t, "a", "  - run: 2.9992ms\n  - sleep: 7ms\n");
	tale_end(&t);
}

Test(replay, a_sleep_has_its_length_less_the_interrupts_delay)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	gives_way(&t, 1000, "S", '-');
	wakes(&t, 4000, 'a');
	gives_way(&t, 4000, "R", 'a');
	gives_way(&t, 5000, "S", '-');
	gives_way(&t, 9000, "R", '-');
	rebuilt(&t);
	expect_text(&t, "a",
		    "  - run: 999.9us\n  - sleep: 2.9998ms\n  - run: 999.2us\n  - sleep: 9ms\n");
	expect_text(&t, "a", "  timer_slack: 0\n  birth: woken\n  program:");
	cr_expect(strstr(t.yaml.at, "duration: 9ms\n"));
	tale_end(&t);
}

Test(replay, who_slept_at_first_begins_with_its_first_wakeup)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	wakes(&t, 3000, 'b');
	gives_way(&t, 3000, "R", 'b');
	gives_way(&t, 4000, "S", 'a');
	gives_way(&t, 5000, "R", 'a');
	rebuilt(&t);
	expect_text(&t, "b", "  start: 3ms\n  program:\n  - run: 999.2us\n");
	expect_no_text(&t, "a", "start:");
	tale_end(&t);
}

/* ---- Who is waited for ---- */

/* b wakes a at the end of each of its bursts; a sleeps and runs 1 ms. */
static void hand_over(struct tale *t, u32 rounds, u32 tail_us)
{
	event(t, 0, "print: x");
	gives_way(t, 500, "S", 'b');
	for (u64 i = 0, at = 1000; i < rounds; i++, at += 5000 + 7 * i * i) {
		wakes(t, at + 2000 - tail_us, 'a');
		gives_way(t, at + 2000, "S", 'a');
		gives_way(t, at + 3000, "S", '-');
		wakes(t, at + 4000 + 50 * i * i, 'b');
		gives_way(t, at + 4000 + 50 * i * i, "R", 'b');
	}
}

Test(replay, who_blocks_right_after_waking_is_waited_for)
{
	struct tale t = tale_begin('a');

	hand_over(&t, 5, 4);
	rebuilt(&t);
	expect_text(&t, "a", "  - sem_wait: \"b > a\"\n");
	expect_text(&t, "b", "  - sem_post: \"b > a\"\n");
	/* b's own wakeups found the cpu idle: nobody can have made them. */
	expect_no_text(&t, "b", "sem_wait");
	cr_expect_eq(count_in(t.yaml.at, "sem_wait"), 5);
	cr_expect_eq(count_in(t.yaml.at, "sem_post"), 5);
	tale_end(&t);
}

Test(replay, flags_of_the_trace_decide_before_all_evidence)
{
	struct tale t = tale_begin('a');

	t.flags = "d.h2.";
	hand_over(&t, 5, 4);
	rebuilt(&t);
	cr_expect_eq(count_in(t.yaml.at, "sem_"), 0);
	tale_end(&t);
	/* In the middle of a burst, by a hog even, if the flags say that it is the task. */
	t = tale_begin('b');
	t.flags = "d..2.";
	event(&t, 0, "print: x");
	wakes(&t, 1000, 'a');
	gives_way(&t, 1000, "R", 'a');
	gives_way(&t, 2000, "S", 'b');
	wakes(&t, 4000, 'a');
	gives_way(&t, 4000, "R", 'a');
	gives_way(&t, 5000, "S", 'b');
	gives_way(&t, 9000, "R", 'b');
	rebuilt(&t);
	expect_text(&t, "a", "sem_wait: \"b > a\"");
	tale_end(&t);
}

Test(replay, nobody_waits_for_a_task_that_never_blocks)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	for (u64 i = 0, at = 1000; i < 6; i++, at += 5000 + 700 * i * i) {
		wakes(&t, at, 'a');
		gives_way(&t, at, "R", 'a');
		gives_way(&t, at + 1000, "S", 'b');
	}
	rebuilt(&t);
	cr_expect_eq(count_in(t.yaml.at, "sem_"), 0);
	cr_expect_eq(count_in(task_text(&t, "a"), "sleep:"), 6);
	tale_end(&t);
}

Test(replay, wakeups_on_a_grid_are_a_timer)
{
	struct tale t = tale_begin('b');

	/* Bursts differ, so that sleeps do too; the clock drifts by 1 us now and then. */
	event(&t, 0, "print: x");
	for (u64 i = 0; i < 12; i++) {
		wakes(&t, 3000 + 10000 * i + i % 3, 'a');
		gives_way(&t, 3002 + 10000 * i, "R", 'a');
		gives_way(&t, 4002 + 10000 * i + 400 * (i % 4), "S", 'b');
	}
	rebuilt(&t);
	expect_text(&t, "a", "  - timer: 10ms\n");
	cr_expect_eq(count_in(task_text(&t, "a"), "timer: 10ms"), 10, "%s", task_text(&t, "a"));
	tale_end(&t);
}

Test(replay, sleeps_of_one_length_are_sleeps)
{
	struct tale t = tale_begin('b');
	u64 at = 3000;

	event(&t, 0, "print: x");
	for (u64 i = 0; i < 12; i++) {
		wakes(&t, at, 'a');
		gives_way(&t, at, "R", 'a');
		at += 1000 + 400 * (i % 4);
		gives_way(&t, at, "S", 'b');
		at += 5000;
	}
	rebuilt(&t);
	cr_expect_eq(count_in(task_text(&t, "a"), "- sleep: 4.9998ms"), 11, "%s",
		     task_text(&t, "a"));
	expect_no_text(&t, "a", "timer:");
	tale_end(&t);
}

/* Each runs 100 us and wakes the other, who preempts it at once; then it finds its answer there. */
Test(replay, answers_that_wake_nobody_are_turns_too)
{
	struct tale t = tale_begin('a');
	u64 at = 100;

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 40; i++) {
		bool seen = i % 2;

		wakes(&t, at, 'b');
		gives_way(&t, at, seen ? "S" : "R", 'b');
		at += 100;
		if (seen)
			wakes(&t, at - 1, 'a');
		gives_way(&t, at, "S", 'a');
		at += 100;
	}
	rebuilt(&t);
	/* Of 40 rounds, all but the first begin with a wait of b and end with one of a. */
	cr_expect_eq(count_in(task_text(&t, "b"), "sem_wait: \"a > b\""), 39);
	cr_expect_geq(count_in(task_text(&t, "a"), "sem_wait: \"b > a\""), 38);
	cr_expect_geq(count_in(task_text(&t, "b"), "sem_post: \"b > a\""), 38);
	tale_end(&t);
}

/* a is preempted by b and sleeps then, in turns; @tells: the trace has wakeups. */
static void short_stints(struct tale *t, bool tells)
{
	event(t, 0, "print: x");
	for (u64 us = 1000; us < 40000; us += 700) {
		if (tells)
			wakes(t, us, 'b');
		gives_way(t, us, "R", 'b');
		gives_way(t, us + 100, "S", 'a');
	}
	rebuilt(t);
}

/* What comes to the queue does not show there. */
Test(replay, without_wakeups_no_preemption_is_a_yield)
{
	struct tale t = tale_begin('a');

	short_stints(&t, false);
	expect_no_text(&t, "a", "yield");
	cr_expect(strstr(t.messages.at, "the trace has no wakeups"), "%s", t.messages.at);
	tale_end(&t);
	t = tale_begin('a');
	short_stints(&t, true);
	expect_no_text(&t, "a", "yield");
	cr_expect_eq(t.messages.len, 0, "%s", t.messages.at);
	tale_end(&t);
}

/* ---- Lives ---- */

Test(replay, a_child_is_forked_waited_for_and_exits)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	forks(&t, 1000, 'b');
	event(&t, 1100, "sched_process_wait: comm=a pid=0 prio=120");
	gives_way(&t, 1200, "S", 'b');
	event(&t, 1500, "task_rename: pid=11 oldcomm=b newcomm=cc oom_score_adj=0");
	comm_of_b = "cc";
	event(&t, 1600, "sched_process_exec: filename=/bin/cc pid=11 old_pid=11");
	event(&t, 3000, "sched_process_exit: comm=cc pid=11 prio=120");
	wakes(&t, 3010, 'a');
	gives_way(&t, 3020, "Z", 'a');
	gives_way(&t, 4000, "S", '-');
	gives_way(&t, 5000, "R", '-');
	rebuilt(&t);
	/* The fork itself costs 25 us. */
	expect_text(&t, "a", "  - run: 975us\n  - fork: b\n  - run: 199.9us\n  - wait\n");
	expect_text(&t, "b", "  template: true\n");
	expect_text(&t, "b", "  - exec: {comm: cc}\n");
	expect_text(&t, "b", "  - exit\n");
	tale_end(&t);
}

Test(replay, who_is_about_to_exit_when_the_trace_ends_exits)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	forks(&t, 1000, 'b');
	gives_way(&t, 1200, "S", 'b');
	event(&t, 3000, "sched_process_exit: comm=b pid=11 prio=120");
	event(&t, 3020, "print: x"); /* it is still on its way to its last switch */
	rebuilt(&t);
	expect_text(&t, "b", "  - exit\n");
	tale_end(&t);
}

Test(replay, tasks_of_one_comm_have_names_of_their_own)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	text_add(&t.trace,
		 "a-10 [000] 0.001000: sched_switch: prev_comm=a prev_pid=10 prev_prio=120 "
		 "prev_state=R ==> next_comm=a next_pid=77 next_prio=120\n"
		 "a-77 [000] 0.002000: sched_switch: prev_comm=a prev_pid=77 prev_prio=120 "
		 "prev_state=R ==> next_comm=a b: \"c\" next_pid=78 next_prio=120\n"
		 "a-78 [000] 0.003000: print: x\n");
	rebuilt(&t);
	expect_text(&t, "a.10", "  comm: a\n");
	expect_text(&t, "a.77", "  comm: a\n");
	cr_expect(strstr(t.yaml.at, "- name: \"a b: \\\"c\\\"\"\n"), "%s", t.yaml.at);
	tale_end(&t);
}

Test(replay, priorities_become_policies)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	gives_way_at(&t, 1000, "R", 'b', 115, 49);
	gives_way_at(&t, 2000, "S", 'c', 49, 89);
	gives_way_at(&t, 3000, "R", 'd', 89, 89);
	gives_way_at(&t, 4000, "S", 'a', 89, 115);
	gives_way_at(&t, 5000, "R", 'e', 125, 120);
	event(&t, 9000, "print: x");
	rebuilt(&t);
	expect_text(&t, "b", "  policy: fifo\n  priority: 50\n");
	/* A fifo task does not give way to its equal. */
	expect_text(&t, "c", "  policy: rr\n  priority: 10\n");
	expect_text(&t, "d", "  policy: fifo\n  priority: 10\n");
	expect_text(&t, "a", "  nice: -5\n");
	expect_text(&t, "a", "  - nice: 5\n");
	tale_end(&t);
}

Test(replay, the_machines_own_tasks_are_left_out_and_cpus_threads_stay)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	text_add(&t.trace,
		 "a-10 [000] 0.001000: sched_switch: prev_comm=a prev_pid=10 prev_prio=120 "
		 "prev_state=R ==> next_comm=migration/0 next_pid=18 next_prio=0\n"
		 "migration/0-18 [000] 0.002000: sched_switch: prev_comm=migration/0 prev_pid=18 "
		 "prev_prio=0 prev_state=S ==> next_comm=kworker/0:1 next_pid=30 next_prio=120\n"
		 "kworker/0:1-30 [000] 0.003000: sched_switch: prev_comm=kworker/0:1 prev_pid=30 "
		 "prev_prio=120 prev_state=I ==> next_comm=kworker/u8:0 next_pid=31 next_prio=120\n"
		 "kworker/u8:0-31 [000] 0.004000: print: x\n");
	rebuilt(&t);
	cr_expect(!strstr(t.yaml.at, "migration"));
	expect_text(&t, "\"kworker/0:1\"", "  affinity: 0\n");
	expect_no_text(&t, "\"kworker/u8:0\"", "affinity");
	tale_end(&t);
}

Test(replay, who_runs_without_having_been_woken_runs)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	gives_way(&t, 1000, "S", '-');
	/*
	 * A record of its birth comes behind its time: it is runnable then, but nobody has woken
	 * it.
	 */
	event(&t, 2000, "sched_wakeup_new: comm=a pid=10 prio=120 target_cpu=000");
	gives_way(&t, 3000, "R", 'a');
	event(&t, 5000, "print: x");
	rebuilt(&t);
	/*
	 * A sleep whose end nobody has seen lasts as long as the window; what it ran is not lost.
	 */
	expect_text(&t, "a", "  - sleep: 5ms\n  - run: ");
	tale_end(&t);
}

Test(replay, who_has_been_seen_before_his_fork_is_not_forked)
{
	struct tale t = tale_begin('a');

	/* The clocks of cpus differ a little. */
	event(&t, 0, "print: x");
	gives_way(&t, 1000, "R", 'b');
	gives_way(&t, 1005, "R", 'a');
	forks(&t, 1010, 'b');
	gives_way(&t, 2000, "S", 'b');
	event(&t, 4000, "print: x");
	rebuilt(&t); /* b is no template, so a program that forks it would be refused */
	expect_no_text(&t, "a", "fork");
	expect_text(&t, "b", "  - run: ");
	tale_end(&t);
}

/* ---- Where a task may run ---- */

Test(replay, what_the_window_cuts_goes_on)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	wakes(&t, 0, 'a');
	gives_way(&t, 0, "R", 'a');
	wakes(&t, 1000, 'b');
	gives_way(&t, 9000, "R", 'c');
	wakes(&t, 9500, 'd');
	gives_way(&t, 9600, "R", 'd');
	event(&t, 10000, "print: x");
	rebuilt(&t);
	/*
	 * It computed nearly all the time: it may do so for ever. The birth of b takes 400 ns of
	 * it.
	 */
	expect_text(&t, "a", "  - run: 18.9989ms\n  - sleep: 10ms\n");
	/* Never had the cpu: not known to want it. */
	expect_text(&t, "b", "  program:\n  - sleep: 10ms\n");
	/* It may last as long again as it has lasted. */
	expect_text(&t, "d", "  - run: 799.3us\n  - sleep: 10ms\n");
	tale_end(&t);
}

Test(replay, a_window_between_marks_or_times)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	gives_way(&t, 1000, "S", 'b');
	event(&t, 2000, "print: BEGIN now");
	gives_way(&t, 3000, "S", 'c');
	event(&t, 5000, "print: END");
	gives_way(&t, 8000, "S", '-');
	t.options = (struct replay_options){.from_mark = "BEGIN", .to_mark = "END"};
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "duration: 3ms\n"));
	cr_expect(!strstr(t.yaml.at, "name: a\n"), "asleep all the time");
	expect_text(&t, "b", "  - run: 999.9us\n");
	t.options = (struct replay_options){
		.from_ns = 2 * MSEC, .to_ns = 5 * MSEC, .nr_cpus = 4, .kernel = "v6.1"};
	text_clear(&t.yaml);
	compiled_fini(&t.compiled);
	diag_free(t.diag);
	rebuilt(&t);
	expect_text(&t, "b", "  - run: 999.9us\n");
	cr_expect(strstr(t.yaml.at, "  cpus: 4\n"));
	cr_expect(strstr(t.yaml.at, "kernel: v6.1\n"));
	tale_end(&t);
}

Test(replay, losses_are_bridged_and_told)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	text_add(&t.trace, "CPU:0 [12 EVENTS DROPPED]\n");
	gives_way(&t, 3000, "S", 'b');
	/* a was woken, ran and blocked again unseen, or was it? It runs. */
	t.on_cpu = 'a';
	gives_way(&t, 5000, "S", 'b');
	gives_way(&t, 6000, "R", 'b');
	rebuilt(&t);
	cr_expect(strstr(t.messages.at, "events are missing in 1 place of"), "%s", t.messages.at);
	cr_expect(strstr(t.yaml.at, "# The trace lacks events in 1 place.\n"));
	cr_expect_eq(count_in(task_text(&t, "a"), "sleep"), 2);
	tale_end(&t);
}

/* Some kernels lose the switch out of a task; if somebody wakes it later, it had blocked. */
Test(replay, a_task_whose_block_is_missing_has_blocked_if_it_is_woken)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	gives_way(&t, 1000, "R", 'b');
	t.on_cpu = 'c';
	gives_way(&t, 3000, "R", 'a');
	t.on_cpu = '-';
	wakes(&t, 6000, 'b');
	gives_way(&t, 6000, "R", 'b');
	gives_way(&t, 7000, "S", '-');
	rebuilt(&t);
	cr_expect_eq(count_in(task_text(&t, "b"), "sleep:"), 2, "%s", task_text(&t, "b"));
	tale_end(&t);
}

/* Nobody wakes who was about to exit: its parent would wait without end. */
Test(replay, a_task_whose_last_switch_is_missing_has_died)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	forks(&t, 1000, 'b');
	gives_way(&t, 1200, "S", 'b');
	event(&t, 3000, "sched_process_exit: comm=b pid=11 prio=120");
	wakes(&t, 3010, 'a');
	t.on_cpu = 'a';
	gives_way(&t, 4000, "S", '-');
	event(&t, 9000, "print: y");
	rebuilt(&t);
	expect_text(&t, "a", "  - wait\n");
	expect_text(&t, "b", "  - exit\n");
	tale_end(&t);
}

/* ---- Text ---- */

Test(replay, what_repeats_exactly_is_a_loop)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	for (u64 at = 1000; at < 60000; at += 3000) {
		wakes(&t, at, 'a');
		gives_way(&t, at, "R", 'a');
		gives_way(&t, at + 1000, "S", '-');
	}
	rebuilt(&t);
	expect_text(
		&t, "a",
		"  - loop:\n      count: 18\n      do:\n      - run: 999.2us\n      - timer: 3ms\n");
	tale_end(&t);
}

static const char *refusal(const char *trace, struct replay_options options, struct text *out)
{
	struct diag *diag = diag_new();
	u32 source = diag_add_source(diag, "t.txt", trace, strlen(trace));
	struct text yaml = {0};
	u64 lead;

	cr_assert(!replay_rebuild(diag, source, trace, strlen(trace), &options, &yaml, &lead));
	text_clear(out);
	diag_to_text(diag, out);
	diag_free(diag);
	text_fini(&yaml);
	return out->at;
}

Test(replay, what_cannot_be_rebuilt_is_refused)
{
	static const char line[] = "a-1 [000] 1.000000: print: x\na-1 [000] 1.500000: print: x\n";
	struct text text = {0};

	cr_expect(strstr(refusal("some text\n", (struct replay_options){0}, &text),
			 "t.txt: error: this is not a trace"),
		  "%s", text.at);
	cr_expect(strstr(refusal("tasks: []\n", (struct replay_options){0}, &text),
			 "t.txt: error: this is a workload, not a trace"),
		  "%s", text.at);
	cr_expect(strstr(refusal(line, (struct replay_options){.from_mark = "B"}, &text),
			 "no mark 'B' (--from-mark)"),
		  "%s", text.at);
	cr_expect(strstr(refusal(line, (struct replay_options){.from_ns = SEC}, &text),
			 "the window holds no time"),
		  "%s", text.at);
	cr_expect(strstr(refusal("a-1 [000] 1.000000: print: x\n", (struct replay_options){0},
				 &text),
			 "no time passes in the trace"),
		  "%s", text.at);
	cr_expect(strstr(refusal(line, (struct replay_options){0}, &text),
			 "nobody runs in the window"),
		  "%s", text.at);
	text_fini(&text);
}
