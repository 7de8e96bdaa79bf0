/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "feed.h"

static const struct observer_config only_invariants = {.invariants = true};

static void begin(struct feed *feed)
{
	feed_init(feed, only_invariants);
	feed_idle_tasks(feed);
	feed_task(feed, 2, "a");
	feed_task(feed, 3, "b");
	feed_waking(feed, 10, 2);
	feed_wakeup(feed, 10, 2, 0);
	feed_switch(feed, 20, 0, 0, STATE_R, 2);
}

/* The rule that was broken, or NULL. */
static const char *broken(struct feed *feed)
{
	const char *text;

	stream_flush(&feed->stream);
	text = observer_violation(feed->observer);
	return text != NULL ? strstr(text, "violated: ") + strlen("violated: ") : NULL;
}

Test(invariants, hold_in_a_sound_trace)
{
	struct feed feed;

	begin(&feed);
	feed_wakeup(&feed, 30, 3, 1);
	feed_migrate(&feed, 40, 3, 1, 0, RECORD_MOVE_PULL);
	feed_switch(&feed, 50, 0, 2, STATE_R, 3);
	feed_switch(&feed, 60, 0, 3, STATE_S, 2);
	feed_put(&feed, (struct record){.when = 70, .kind = RECORD_EXIT, .task = 2});
	feed_switch(&feed, 80, 0, 2, STATE_ZOMBIE, 0);
	feed_put(&feed, (struct record){.when = 90, .kind = RECORD_FREE, .task = 2});
	feed_end(&feed, 100);
	cr_assert_null(broken(&feed));
	feed_fini(&feed);
}

Test(invariants, the_violation_names_time_cpu_task_and_rule)
{
	struct feed feed;

	begin(&feed);
	feed_switch(&feed, 1500000000, 0, 3, STATE_S, 0);
	stream_flush(&feed.stream);
	cr_assert_str_eq(observer_violation(feed.observer),
			 "at 1.500000000 s: switch record on cpu 0 about task 3 (b, pid 103): "
			 "violated: a switch takes the cpu from the task that has it");
	feed_fini(&feed);
}

Test(invariants, a_task_is_on_one_cpu_at_a_time)
{
	struct feed feed;

	begin(&feed);
	feed_switch(&feed, 30, 1, 1, STATE_R, 2);
	cr_assert_str_eq(broken(&feed), "a task is on one cpu at a time");
	feed_fini(&feed);
}

Test(invariants, a_sleeping_task_is_woken_before_it_runs)
{
	struct feed feed;

	begin(&feed);
	feed_switch(&feed, 30, 0, 2, STATE_R, 3);
	cr_assert_str_eq(broken(&feed), "a sleeping task is woken before it runs");
	feed_fini(&feed);
}

Test(invariants, a_dead_task_is_never_woken)
{
	struct feed feed;

	begin(&feed);
	feed_put(&feed, (struct record){.when = 30, .kind = RECORD_EXIT, .task = 2});
	feed_switch(&feed, 40, 0, 2, STATE_ZOMBIE, 0);
	feed_waking(&feed, 50, 2);
	cr_assert_str_eq(broken(&feed), "a dead task is never woken");
	feed_fini(&feed);
}

Test(invariants, a_task_dies_only_after_it_began_to_exit)
{
	struct feed feed;

	begin(&feed);
	feed_switch(&feed, 40, 0, 2, STATE_ZOMBIE, 0);
	cr_assert_str_eq(broken(&feed), "a task dies only after it began to exit");
	feed_fini(&feed);
}

Test(invariants, time_never_runs_backwards)
{
	struct feed feed;

	begin(&feed);
	feed_switch(&feed, 19, 0, 2, STATE_R, 0);
	cr_assert_str_eq(broken(&feed), "time never runs backwards");
	feed_fini(&feed);
}

Test(invariants, a_move_begins_where_the_task_is)
{
	struct feed feed;

	begin(&feed);
	feed_wakeup(&feed, 30, 3, 0);
	feed_migrate(&feed, 40, 3, 1, 0, RECORD_MOVE_PULL);
	cr_assert_str_eq(broken(&feed), "a move begins where the task is");
	feed_fini(&feed);
}

Test(invariants, a_running_task_does_not_move)
{
	struct feed feed;

	begin(&feed);
	feed_migrate(&feed, 40, 2, 0, 1, RECORD_MOVE_PULL);
	cr_assert_str_eq(broken(&feed), "a running task does not move");
	feed_fini(&feed);
}

Test(invariants, a_task_runs_on_the_cpu_it_was_put_on)
{
	struct feed feed;

	begin(&feed);
	feed_wakeup(&feed, 30, 3, 1);
	feed_switch(&feed, 40, 0, 2, STATE_R, 3);
	cr_assert_str_eq(broken(&feed), "a task runs on the cpu it was put on");
	feed_fini(&feed);
}

Test(invariants, a_new_task_is_woken_once)
{
	struct feed feed;

	begin(&feed);
	feed_fork(&feed, 4, 2, "child");
	feed_wakeup_new(&feed, 30, 4, 1);
	feed_wakeup_new(&feed, 31, 4, 1);
	cr_assert_str_eq(broken(&feed), "a new task is woken once");
	feed_fini(&feed);
}

Test(invariants, a_wakeup_names_a_cpu_that_exists)
{
	struct feed feed;

	begin(&feed);
	feed_wakeup(&feed, 30, 3, FEED_CPUS);
	cr_assert_str_eq(broken(&feed), "a wakeup's cpu exists");
	feed_fini(&feed);
}

/* Threads 2 and 3 of one process: 2 tells of the stop while 3 is in @state, and goes into @next. */
static const char *told_of_stop(u32 state, u32 next)
{
	static char rule[100];
	struct feed feed;
	const char *found;

	feed_init(&feed, only_invariants);
	feed_idle_tasks(&feed);
	for (u32 task = 2; task <= 4; task++)
		feed_put(&feed, (struct record){.kind = RECORD_TASK,
						.task = task,
						.other = TASK_ID_NONE,
						.arg = 100 + task,
						.value = (task < 4 ? 102ULL : 104) << 32});
	for (u32 task = 2; task <= 3; task++) {
		feed_waking(&feed, 10 * task, task);
		feed_wakeup(&feed, 10 * task, task, task - 2);
		feed_switch(&feed, 10 * task, task - 2, task - 2, STATE_R, task);
	}
	if (state != STATE_R)
		feed_switch(&feed, 40, 1, 3, state, 1);
	feed_put(&feed, (struct record){.when = 50,
					.kind = RECORD_SIGNAL_GENERATE,
					.task = 4,
					.other = 5,
					.arg = 17});
	feed_switch(&feed, 50, 0, 2, next, 0);
	found = broken(&feed);
	snprintf(rule, sizeof(rule), "%s", found ? found : "");
	feed_fini(&feed);
	return rule;
}

Test(invariants, a_process_has_stopped_when_all_its_threads_have)
{
	enum { STATE_T = 4 };

	cr_expect_str_eq(told_of_stop(STATE_T, STATE_T), "");
	cr_expect_str_eq(told_of_stop(STATE_R, STATE_T),
			 "a process has stopped when all its threads have");
	cr_expect_str_eq(told_of_stop(STATE_S, STATE_T),
			 "a process has stopped when all its threads have");
}

/*
 * A tracer hears of each thread of a stop (ptrace_stop(), do_notify_parent_cldstop()), which is in
 * t then.
 */
Test(invariants, a_tracer_is_told_of_a_thread_while_others_run)
{
	enum { STATE_TRACED = 8 };

	cr_expect_str_eq(told_of_stop(STATE_R, STATE_TRACED), "");
}
