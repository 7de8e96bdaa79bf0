/* SPDX-License-Identifier: MIT */
/*
 * What a trace is rebuilt to, rule by rule, on small traces written by hand.
 *
 * A tale is told in events of one cpu, at times in us. Tasks are a, b, c, ... with pids 10, 11, 12,
 * ...; "-" is the idle task. A preset charges x86-64's costs, so that a burst of 1 ms is a run of
 * 999.2us: less the switch to it (700 ns) and the entry into its sleep (100 ns).
 */
#include "compiled.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tale {
	struct text trace;
	char on_cpu;
	const char *flags; /* of the line heads */
	struct diag *diag;
	struct text yaml, messages;
	struct compiled compiled;
	struct replay_options options;
};

static struct tale tale_begin(char on_cpu)
{
	return (struct tale){.on_cpu = on_cpu, .flags = ""};
}

static int pid_of(char task)
{
	return task == '-' ? 0 : task - 'a' + 10;
}

static const char *comm_of_b = "b"; /* it may execute another program */

static const char *comm_of(char task)
{
	static char comm[2];

	if (task == 'b')
		return comm_of_b;
	comm[0] = task;
	return task == '-' ? "swapper/0" : comm;
}

static void head(struct tale *t, u64 us)
{
	text_printf(&t->trace, "%16s-%-5d [000] %s %5" PRIu64 ".%06" PRIu64 ": ",
		    t->on_cpu == '-' ? "<idle>" : comm_of(t->on_cpu), pid_of(t->on_cpu), t->flags,
		    us / 1000000, us % 1000000);
}

static void event(struct tale *t, u64 us, const char *body)
{
	head(t, us);
	text_add(&t->trace, body);
	text_add_char(&t->trace, '\n');
}

/* Who runs leaves the cpu in @state for @next. */
static void gives_way_at(struct tale *t, u64 us, const char *state, char next, int prio,
			 int next_prio)
{
	head(t, us);
	text_printf(&t->trace,
		    "sched_switch: prev_comm=%s prev_pid=%d prev_prio=%d prev_state=%s ==> ",
		    comm_of(t->on_cpu), pid_of(t->on_cpu), prio, state);
	text_printf(&t->trace, "next_comm=%s next_pid=%d next_prio=%d\n", comm_of(next),
		    pid_of(next), next_prio);
	t->on_cpu = next;
}

static void gives_way(struct tale *t, u64 us, const char *state, char next)
{
	gives_way_at(t, us, state, next, 120, 120);
}

static void wakes(struct tale *t, u64 us, char task)
{
	head(t, us);
	text_printf(&t->trace, "sched_waking: comm=%s pid=%d prio=120 target_cpu=000\n",
		    comm_of(task), pid_of(task));
	head(t, us);
	text_printf(&t->trace, "sched_wakeup: comm=%s pid=%d prio=120 target_cpu=000\n",
		    comm_of(task), pid_of(task));
}

static void forks(struct tale *t, u64 us, char child)
{
	char parent = t->on_cpu;

	head(t, us);
	text_printf(&t->trace, "sched_process_fork: comm=%s pid=%d ", comm_of(parent),
		    pid_of(parent));
	text_printf(&t->trace, "child_comm=%s child_pid=%d\n", comm_of(child), pid_of(child));
	head(t, us);
	text_printf(&t->trace, "sched_wakeup_new: comm=%s pid=%d prio=120 target_cpu=000\n",
		    comm_of(child), pid_of(child));
}

/* The rebuilt workload as text; it must compile. */
static const char *rebuilt(struct tale *t)
{
	u32 source;

	t->diag = diag_new();
	source = diag_add_source(t->diag, "t.txt", t->trace.at, t->trace.len);
	cr_assert(
		replay_rebuild(t->diag, source, t->trace.at, t->trace.len, &t->options, &t->yaml));
	diag_to_text(t->diag, &t->messages);
	t->compiled = compile_text(t->yaml.at, NULL);
	cr_assert_not_null(t->compiled.workload, "%s\n%s", messages_of(&t->compiled), t->yaml.at);
	return t->yaml.at;
}

static void tale_end(struct tale *t)
{
	if (t->diag) {
		compiled_fini(&t->compiled);
		diag_free(t->diag);
	}
	text_fini(&t->trace);
	text_fini(&t->yaml);
	text_fini(&t->messages);
}

/* The part of the text that tells of a task. */
static const char *task_text(struct tale *t, const char *name)
{
	static char part[65536];
	char begin[64];
	const char *at, *end;

	snprintf(begin, sizeof(begin), "- name: %s\n", name);
	at = strstr(t->yaml.at, begin);
	cr_assert_not_null(at, "no task %s in\n%s", name, t->yaml.at);
	end = strstr(at, "\n\n");
	snprintf(part, sizeof(part), "%.*s", end ? (int)(end + 1 - at) : (int)strlen(at), at);
	return part;
}

static void expect_text(struct tale *t, const char *task, const char *wanted)
{
	const char *text = task_text(t, task);

	cr_expect(strstr(text, wanted), "wanted\n%s\nin\n%s", wanted, text);
}

static void expect_no_text(struct tale *t, const char *task, const char *unwanted)
{
	const char *text = task_text(t, task);

	cr_expect(!strstr(text, unwanted), "did not want\n%s\nin\n%s", unwanted, text);
}

/* In how many actions @word occurs; those in a loop count as often as it goes round. */
static u32 count_in(const char *text, const char *word)
{
	u32 n = 0, rounds = 1;

	for (const char *end; *text; text = end + 1) {
		char line[256];

		end = strchrnul(text, '\n');
		snprintf(line, sizeof(line), "%.*s", (int)(end - text), text);
		sscanf(line, "      count: %u", &rounds);
		if (strstr(line, word))
			n += strncmp(line, "      - ", 8) == 0 ? rounds : 1;
		if (!*end)
			break;
	}
	return n;
}

/* ---- Bursts and sleeps ---- */

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

Test(replay, short_stints_that_end_for_no_reason_are_yields)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 12; i++) {
		gives_way(&t, 200 + 4200 * i, "R", 'b');
		gives_way(&t, 4200 + 4200 * i, "R", 'a');
	}
	rebuilt(&t);
	/* The first was cut by the trace's beginning. */
	cr_expect_eq(count_in(task_text(&t, "a"), "- yield"), 11, "%s", task_text(&t, "a"));
	expect_no_text(&t, "b", "yield");
	tale_end(&t);
}

Test(replay, who_runs_without_having_been_woken_runs)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	gives_way(&t, 1000, "S", '-');
	/* A record of its birth comes behind its time: it is runnable then, but nobody has woken it. */
	event(&t, 2000, "sched_wakeup_new: comm=a pid=10 prio=120 target_cpu=000");
	gives_way(&t, 3000, "R", 'a');
	event(&t, 5000, "print: x");
	rebuilt(&t);
	/* A sleep whose end nobody has seen lasts as long as the window; what it ran is not lost. */
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

/* @body happens on cpu 1, whose own task is x. */
static void on_cpu_1(struct tale *t, u64 us, const char *body)
{
	text_printf(&t->trace, "x-50 [001] 0.%06" PRIu64 ": %s\n", us, body);
}

static void cpu_1_idles(struct tale *t, u64 us)
{
	on_cpu_1(t, us,
		 "sched_switch: prev_comm=x prev_pid=50 prev_prio=120 prev_state=S ==> "
		 "next_comm=swapper/1 next_pid=0 next_prio=120");
}

static void cpu_1_is_left(struct tale *t, u64 us, const char *next, int pid)
{
	text_printf(&t->trace,
		    "<idle>-0 [001] 0.%06" PRIu64 ": sched_switch: prev_comm=swapper/1 prev_pid=0 "
		    "prev_prio=120 prev_state=R ==> next_comm=%s next_pid=%d next_prio=120\n",
		    us, next, pid);
}

/* a and b alternate on cpu 0, every 4 ms from @us on, @rounds times. */
static void alternate(struct tale *t, u64 us, u32 rounds)
{
	for (u32 i = 0; i < rounds; i++)
		gives_way(t, us + 4000 * i, "R", t->on_cpu == 'a' ? 'b' : 'a');
}

Test(replay, who_waits_beside_an_idle_cpu_is_not_allowed_there)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	/* Each waits 4 ms of 8: 200 ms in 100 rounds, and some more. */
	alternate(&t, 4000, 104);
	rebuilt(&t);
	expect_text(&t, "a", "  affinity: [0]\n");
	expect_text(&t, "b", "  affinity: [0]\n");
	expect_no_text(&t, "x", "affinity");
	tale_end(&t);
	/* An idle cpu may take so long until it looks for work. */
	t = tale_begin('a');
	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	alternate(&t, 4000, 90);
	rebuilt(&t);
	expect_no_text(&t, "a", "affinity");
	tale_end(&t);
	/* Nobody idles. */
	t = tale_begin('a');
	event(&t, 0, "print: x");
	on_cpu_1(&t, 1000, "print: x");
	alternate(&t, 4000, 104);
	rebuilt(&t);
	expect_no_text(&t, "a", "affinity");
	tale_end(&t);
}

Test(replay, what_waits_for_an_idle_cpu_is_held_by_something_else)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	/* A quota of 50 ms in 100 ms: a leaves its cpu, runnable, to nobody. */
	for (u32 i = 0; i < 8; i++) {
		gives_way(&t, 50000 + 100000 * i, "R", '-');
		gives_way(&t, 100000 + 100000 * i, "R", 'a');
	}
	rebuilt(&t);
	expect_no_text(&t, "a", "affinity");
	tale_end(&t);
}

Test(replay, a_cpu_that_a_task_left_for_good_is_forbidden_from_then_on)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	gives_way(&t, 2000, "S", 'b');
	wakes(&t, 3000, 'a');
	cpu_1_is_left(&t, 3000, "a", 10);
	text_add(&t.trace,
		 "a-10 [001] 0.005000: sched_switch: prev_comm=a prev_pid=10 prev_prio=120 "
		 "prev_state=R ==> next_comm=swapper/1 next_pid=0 next_prio=120\n");
	t.on_cpu = 'b';
	alternate(&t, 8000, 104);
	rebuilt(&t);
	/* 2 ms on cpu 1, less the switch to it (700 ns) and the system call (100 ns). */
	expect_text(&t, "a", "  - run: 1.9992ms\n  - affinity: [0]\n");
	expect_no_text(&t, "a", "  affinity: [");
	expect_text(&t, "b", "  affinity: [0]\n");
	tale_end(&t);
}

Test(replay, who_is_woken_behind_somebody_beside_an_idle_cpu_is_not_allowed_there)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 10);
	/* Waits of 50 us, which weigh nothing; but no woken task is put behind another so often. */
	for (u32 i = 0; i < 110; i++) {
		wakes(&t, 1000 + 1000 * i, 'a');
		gives_way(&t, 1050 + 1000 * i, "R", 'a');
		gives_way(&t, 1100 + 1000 * i, "S", 'b');
	}
	rebuilt(&t);
	expect_text(&t, "a", "  affinity: [0]\n");
	expect_no_text(&t, "b", "affinity");
	tale_end(&t);
}

static const char *at_cpu(char task, u32 cpu)
{
	static char comm[2][16];
	static u32 turn;
	char *at = comm[turn++ % 2];

	if (task == '-')
		snprintf(at, sizeof(comm[0]), "swapper/%u", cpu);
	else
		snprintf(at, sizeof(comm[0]), "%c", task);
	return at;
}

/* As gives_way(), on any cpu. */
static void switches(struct tale *t, u32 cpu, u64 us, char prev, const char *state, char next)
{
	text_printf(&t->trace, "%s-%d [%03u] 0.%06" PRIu64 ": sched_switch: prev_comm=%s prev_pid=%d ", at_cpu(prev, cpu),
		    pid_of(prev), cpu, us, at_cpu(prev, cpu), pid_of(prev));
	text_printf(&t->trace, "prev_prio=120 prev_state=%s ==> next_comm=%s next_pid=%d next_prio=120\n", state,
		    at_cpu(next, cpu), pid_of(next));
}

static void wakes_for(struct tale *t, u64 us, char task, u32 cpu)
{
	head(t, us);
	text_printf(&t->trace, "sched_wakeup: comm=%c pid=%d prio=120 target_cpu=%03u\n", task, pid_of(task), cpu);
}

Test(replay, who_is_set_free_by_a_fork_is_kept_from_some_cpus_still)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 1000);
	switches(&t, 2, 1000, 'y', "S", '-');
	/* a and b wait beside the idle cpus 1 and 2 as above, c and d on cpu 1 beside cpu 2. */
	alternate(&t, 4000, 104);
	forks(&t, 417000, 'c');
	forks(&t, 417001, 'd');
	switches(&t, 1, 417010, '-', "R", 'c');
	for (u32 i = 0; i < 110; i++)
		switches(&t, 1, 420000 + 4000 * i, i % 2 ? 'd' : 'c', "R", i % 2 ? 'c' : 'd');
	rebuilt(&t);
	expect_text(&t, "a", "  affinity: [0]\n");
	/* The child has left its parent's mask, for one without cpu 2. */
	expect_text(&t, "c", "  - affinity: [0-1]\n");
	expect_no_text(&t, "c", "[0-2]");
	tale_end(&t);
}

Test(replay, a_wakeup_tells_for_which_cpu_a_task_waits)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	cpu_1_idles(&t, 100);
	switches(&t, 2, 100, 'y', "S", '-');
	/* a waits 4 ms for cpu 0 and none for cpu 1, where it was before; the idleness of cpu 2 ends meanwhile. */
	for (u64 us = 6000; us < 6000 + 60 * 6000; us += 6000) {
		wakes_for(&t, us, 'a', 0);
		switches(&t, 2, us + 4000, '-', "R", 'y');
		switches(&t, 2, us + 4010, 'y', "S", '-');
		gives_way(&t, us + 4050, "R", 'a');
		gives_way(&t, us + 4100, "S", 'b');
		wakes_for(&t, us + 5000, 'a', 1);
		switches(&t, 1, us + 5001, '-', "R", 'a');
		switches(&t, 1, us + 5100, 'a', "S", '-');
	}
	rebuilt(&t);
	expect_text(&t, "a", "  affinity: [0-1]\n");
	tale_end(&t);
}

Test(replay, on_very_many_cpus_nobody_looks_who_is_kept_from_which)
{
	static const u32 cpus[] = {511, 512};

	for (u32 i = 0; i < ARRAY_SIZE(cpus); i++) {
		struct tale t = tale_begin('a');

		event(&t, 0, "print: x");
		cpu_1_idles(&t, 1000);
		switches(&t, cpus[i], 900, 'z', "R", 'y'); /* one event alone would be a garbled number */
		switches(&t, cpus[i], 1000, 'y', "R", 'z');
		alternate(&t, 4000, 104);
		rebuilt(&t);
		if (cpus[i] < 512) /* not from cpus of which nothing is known */
			expect_text(&t, "a", "  affinity: [0, 2-511]\n");
		else
			expect_no_text(&t, "a", "affinity");
		tale_end(&t);
	}
}

/* The head tells that init does not run. */
Test(replay, what_a_simulation_starts_at_a_time_is_there_then)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	event(&t, 500, "sched_process_fork: comm=init pid=1 child_comm=a child_pid=10");
	event(&t, 500, "sched_wakeup_new: comm=a pid=10 prio=120 target_cpu=000");
	gives_way(&t, 500, "R", 'a');
	gives_way(&t, 1500, "S", '-');
	rebuilt(&t);
	expect_text(&t, "a", "  birth: woken\n  start: 500us\n  program:\n  - run: 999.2us\n");
	cr_expect(!strstr(t.yaml.at, "init"), "%s", t.yaml.at);
	tale_end(&t);
}

/* ---- Deadline tasks ---- */

/*
 * It never blocks. Its first budget begins at its wakeup; ticks see late that it is used up, and the next one is shorter for that:
 * 2.2 and 1.8 ms in turns, of 10 ms.
 */
Test(replay, who_is_throttled_shows_its_budget_and_its_period)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	wakes(&t, 1000, 'a');
	for (u32 i = 0; i < 8; i++) {
		u64 us = 1000 + 10000 * i;

		gives_way_at(&t, us, "R", 'a', 120, -1);
		gives_way_at(&t, us + (i % 2 ? 1800 : 2200), "R", 'b', -1, 120);
	}
	event(&t, 81000, "print: x");
	rebuilt(&t);
	expect_text(&t, "a", "  policy: deadline\n  runtime: 2ms\n  period: 10ms\n  deadline: 10ms\n  reset_on_fork: true\n");
	cr_expect(strstr(t.messages.at, "those of 1 are estimated"), "%s", t.messages.at);
	tale_end(&t);
}

/* Bursts of 1 ms and once 1.6, each 8 ms: the longest and an eighth of it will do. A migration thread that comes between says nothing. */
Test(replay, who_is_never_throttled_had_enough)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 9; i++) {
		u64 us = 1000 + 8000 * i;

		wakes(&t, us, 'a');
		gives_way_at(&t, us, "R", 'a', 120, -1);
		if (i % 2) {
			head(&t, us + 500);
			text_add(&t.trace, "sched_switch: prev_comm=a prev_pid=10 prev_prio=-1 prev_state=R ==> next_comm=migration/0 next_pid=90 "
					   "next_prio=0\n");
			text_printf(&t.trace,
				    "migration/0-90 [000] %5" PRIu64 ".%06" PRIu64 ": sched_switch: prev_comm=migration/0 prev_pid=90 "
				    "prev_prio=0 prev_state=S ==> next_comm=a next_pid=10 next_prio=-1\n",
				    (u64)0, us + 500);
		}
		gives_way_at(&t, us + (i == 4 ? 1600 : 1000), "S", '-', -1, 120);
	}
	rebuilt(&t);
	expect_text(&t, "a", "  policy: deadline\n  runtime: 1.8ms\n  period: 8ms\n  deadline: 8ms\n");
	tale_end(&t);
}

/* Of 10 ms one runs 4 and the other 5: with an eighth more each they are more than a cpu, but not more than two. */
Test(replay, what_would_not_be_admitted_is_fifo)
{
	for (u32 cpus = 1; cpus <= 2; cpus++) {
		struct tale t = tale_begin('-');

		t.options.nr_cpus = cpus;
		event(&t, 0, "print: x");
		for (u32 i = 0; i < 9; i++) {
			u64 us = 1000 + 10000 * i;

			wakes(&t, us, 'a');
			gives_way_at(&t, us, "R", 'a', 120, -1);
			wakes(&t, us + 1000, 'b');
			gives_way_at(&t, us + 4000, "S", 'b', -1, -1);
			gives_way_at(&t, us + 9000, "S", '-', -1, 120);
		}
		rebuilt(&t);
		expect_text(&t, "a", cpus == 1 ? "  policy: fifo\n  priority: 99\n" : "  policy: deadline\n  runtime: 4.5ms\n");
		expect_text(&t, "b", cpus == 1 ? "  policy: fifo\n  priority: 99\n" : "  policy: deadline\n  runtime: 5.625ms\n");
		tale_end(&t);
	}
}

/* Times in whole milliseconds: it leaves its cpu and comes back in the same moment, again and again. That is no period. */
Test(replay, budgets_of_no_time_tell_nothing)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	gives_way_at(&t, 1000, "R", 'a', 120, -1);
	gives_way_at(&t, 2000, "R", '-', -1, 120);
	for (u32 i = 0; i < 4; i++) {
		gives_way_at(&t, 2000, "R", 'a', 120, -1);
		gives_way_at(&t, 2000, "R", '-', -1, 120);
	}
	event(&t, 5000, "print: x");
	rebuilt(&t);
	expect_text(&t, "a", "  policy: fifo\n  priority: 99\n");
	tale_end(&t);
}

/* sched_setattr() in mid-run: a task of nice 0 becomes a deadline task, and one of nice 5. */
Test(replay, a_policy_changes_in_mid_run)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	wakes(&t, 0, 'a');
	gives_way(&t, 0, "R", 'a');
	gives_way_at(&t, 1000, "S", '-', -1, 120);
	for (u32 i = 1; i < 5; i++) {
		wakes(&t, 10000 * i, 'a');
		gives_way_at(&t, 10000 * i, "R", 'a', 120, -1);
		gives_way_at(&t, 10000 * i + 1000, "S", '-', i == 4 ? 125 : -1, 120);
	}
	rebuilt(&t);
	expect_text(&t, "a", "  - policy: {policy: deadline, runtime: 1.125ms, period: 10ms, deadline: 10ms, reset_on_fork: true}\n");
	expect_text(&t, "a", "  - policy: {policy: other, nice: 5}\n");
	tale_end(&t);
}

/* ---- Ticks ---- */

static void accounts(struct tale *t, u64 us)
{
	head(t, us);
	text_printf(&t->trace, "sched_stat_runtime: comm=%s pid=%d runtime=1000000 [ns]\n",
		    comm_of(t->on_cpu), pid_of(t->on_cpu));
}

/* A hog at @hz, whose time is accounted at each tick; the first comes at 700 us. */
static void ticks_of(struct tale *t, u32 hz, u32 nr)
{
	event(t, 0, "print: x");
	gives_way(t, 100, "R", 'a');
	for (u32 i = 0; i < nr; i++)
		accounts(t, 700 + (u64)i * 1000000 / hz + i % 3);
}

Test(replay, the_rate_and_phase_of_ticks_are_seen_in_what_is_accounted)
{
	static const u32 rates[] = {100, 250, 300, 1000};

	for (u32 i = 0; i < ARRAY_SIZE(rates); i++) {
		struct tale t = tale_begin('b');

		ticks_of(&t, rates[i], 90);
		rebuilt(&t);
		cr_expect_eq(t.compiled.workload->platform.hz, rates[i], "%u: %s", rates[i],
			     t.yaml.at);
		cr_expect_leq(t.compiled.workload->platform.tick_phase_ns - 700 * USEC, 2 * USEC,
			      "%s", t.yaml.at);
		tale_end(&t);
	}
}

/* Hogs on 25 cpus, which all see each tick. */
Test(replay, a_tick_may_be_seen_on_many_cpus)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	for (u32 us = 100; us < 10000; us += us == 100 ? 600 : 1000)
		for (u32 cpu = 0; cpu < 25; cpu++)
			if (us == 100)
				switches(&t, cpu, us, '-', "R", 'a' + cpu);
			else
				text_printf(&t.trace, "%s-%d [%03u] 0.%06u: sched_stat_runtime: comm=%s pid=%d runtime=1000000 [ns]\n",
					    at_cpu('a' + cpu, cpu), 10 + cpu, cpu, us, at_cpu('a' + cpu, cpu), 10 + cpu);
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 1000\n  tick_phase: 700us\n"), "%s", t.yaml.at);
	tale_end(&t);
}

/* On 300 cpus one tick makes more such moments than are looked at otherwise: it takes several to know their rate. */
Test(replay, a_tick_may_be_seen_on_very_many_cpus)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	for (u32 cpu = 0; cpu < 300; cpu++)
		text_printf(&t.trace,
			    "<idle>-0 [%03u] 0.000100: sched_switch: prev_comm=swapper/%u prev_pid=0 prev_prio=120 prev_state=R ==> "
			    "next_comm=hog next_pid=%u next_prio=120\n",
			    cpu, cpu, 1000 + cpu);
	for (u32 us = 700; us < 100000; us += 4000)
		for (u32 cpu = 0; cpu < 300; cpu++)
			text_printf(&t.trace, "hog-%u [%03u] 0.%06u: sched_stat_runtime: comm=hog pid=%u runtime=4000000 [ns]\n",
				    1000 + cpu, cpu, us, 1000 + cpu);
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 250\n  tick_phase: 700us\n"), "%.400s", t.yaml.at);
	tale_end(&t);
}

Test(replay, switches_between_equals_are_ticks_too)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	alternate(&t, 1300, 40);
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 250\n  tick_phase: 1.3ms\n"), "%s", t.yaml.at);
	tale_end(&t);
}

Test(replay, what_is_accounted_for_another_reason_is_no_tick)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	/* A sleep accounts the time until then. */
	for (u32 i = 0; i < 60; i++) {
		wakes(&t, 1000 + 4000 * i, 'a');
		gives_way(&t, 1001 + 4000 * i, "R", 'a');
		accounts(&t, 2000 + 4000 * i);
		gives_way(&t, 2002 + 4000 * i, "S", '-');
	}
	rebuilt(&t);
	cr_expect(!strstr(t.yaml.at, "hz:"), "%s", t.yaml.at);
	tale_end(&t);
	/* Too few. */
	t = tale_begin('b');
	ticks_of(&t, 250, 15);
	rebuilt(&t);
	cr_expect(!strstr(t.yaml.at, "hz:"), "%s", t.yaml.at);
	tale_end(&t);
}

/* ---- Ends of the window ---- */

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
	/* It computed nearly all the time: it may do so for ever. */
	expect_text(&t, "a", "  - run: 18.9993ms\n  - sleep: 10ms\n");
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
	cr_expect(strstr(t.messages.at, "events are missing in 1 places"), "%s", t.messages.at);
	cr_expect(strstr(t.yaml.at, "# The trace lacks events in 1 places.\n"));
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

	cr_assert(!replay_rebuild(diag, source, trace, strlen(trace), &options, &yaml));
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
	cr_expect(strstr(refusal("a-1 [000] 1.000000: print: x\n", (struct replay_options){0}, &text),
			 "no time passes in the trace"),
		  "%s", text.at);
	cr_expect(strstr(refusal(line, (struct replay_options){0}, &text),
			 "nobody runs in the window"),
		  "%s", text.at);
	text_fini(&text);
}
