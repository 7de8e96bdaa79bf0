/* SPDX-License-Identifier: MIT */
/* Which part of a trace is rebuilt, and sleeps that go by ticks. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

/*
 * a works for 1, 2, 3, ... ms and sleeps for 10; the third time it writes a mark after half of its
 * work.
 */
static void growing_bursts(struct tale *t)
{
	event(t, 0, "print: x");
	for (u32 i = 0; i < 5; i++) {
		u64 from = 20000 * (u64)i, work = 1000 * (i + 1);

		t->flags = "d.h2.";
		wakes(t, from + 1000, 'a');
		t->flags = "d..2.";
		gives_way(t, from + 1000, "R", 'a');
		if (i == 2)
			event(t, from + 1000 + work / 2, "print: BEGIN");
		gives_way(t, from + 1000 + work, "S", '-');
	}
	event(t, 100000, "print: END");
}

static const char *with_history(struct tale *t, struct replay_options options)
{
	growing_bursts(t);
	t->options = options;
	return rebuilt(t);
}

Test(replay_window, what_was_before_the_window_is_rebuilt_too)
{
	struct tale t = tale_begin('-');

	with_history(&t, (struct replay_options){
				 .from_mark = "BEGIN", .to_mark = "END", .history_ns = SEC});
	cr_expect_eq(t.lead, 42500 * USEC);
	cr_expect(strstr(t.yaml.at, "ossim run --from 42.5ms\n"), "%s", t.yaml.at);
	cr_expect(strstr(t.yaml.at, "duration: 100ms\n"));
	/* The mark is a call in the middle of the third burst. */
	expect_text(&t, "a", "  - run: 999.2us\n");
	expect_text(&t, "a", "  - run: 1.9992ms\n");
	expect_text(&t, "a", "  - mark: BEGIN\n");
	expect_text(&t, "a", "  - run: 4.9992ms\n");
	tale_end(&t);
}

Test(replay_window, so_much_of_it_as_is_asked_for)
{
	struct tale t = tale_begin('-');

	with_history(&t, (struct replay_options){
				 .from_mark = "BEGIN", .to_mark = "END", .history_ns = 22 * MSEC});
	cr_expect_eq(t.lead, 22 * MSEC);
	cr_expect(strstr(t.yaml.at, "duration: 79.5ms\n"), "%s", t.yaml.at);
	/* It begins at 20.5 ms, where the first burst is over. */
	expect_no_text(&t, "a", "  - run: 999.2us\n");
	expect_text(&t, "a", "  start: 500us\n  program:\n  - run: 1.9992ms\n");
	tale_end(&t);
}

Test(replay_window, times_have_a_history_like_marks)
{
	struct tale t = tale_begin('-');

	with_history(&t, (struct replay_options){.from_ns = 42500 * USEC,
						 .to_ns = 90 * MSEC,
						 .history_ns = 22 * MSEC});
	cr_expect_eq(t.lead, 22 * MSEC);
	cr_expect(strstr(t.yaml.at, "duration: 69.5ms\n"), "%s", t.yaml.at);
	expect_text(&t, "a", "  start: 500us\n  program:\n  - run: 1.9992ms\n");
	expect_no_text(&t, "a", "mark:");
	tale_end(&t);
}

Test(replay_window, none_if_none_is_asked_for)
{
	struct tale t = tale_begin('-');

	with_history(&t, (struct replay_options){.from_mark = "BEGIN", .to_mark = "END"});
	cr_expect_eq(t.lead, 0);
	cr_expect(strstr(t.yaml.at, "duration: 57.5ms\n"), "%s", t.yaml.at);
	cr_expect(!strstr(t.yaml.at, "--from"));
	expect_no_text(&t, "a", "mark:");
	tale_end(&t);
}

/* A hog shows ticks at 700 us and every 4 ms from there; b is woken by them, or 1 ms behind. */
static void naps(struct tale *t, const char *comm, u64 behind_us)
{
	const char *before = comm_of_b;

	comm_of_b = comm;
	event(t, 0, "print: x");
	gives_way(t, 100, "R", 'a');
	for (u32 i = 0; i < 90; i++) {
		u64 tick = 700 + 4000 * (u64)i;

		t->flags = "d.h1.";
		accounts(t, tick);
		t->flags = "d..2.";
		if (i % 3)
			continue;
		t->flags = "d.h2.";
		wakes(t, tick + 3 + behind_us, 'b');
		t->flags = "d..2.";
		gives_way(t, tick + 6 + behind_us, "R", 'b');
		/* Its work has many a length, so its sleeps have, too. */
		gives_way(t, tick + 50 + behind_us + i * 7 % 100, "S", 'a');
	}
	rebuilt(t);
	comm_of_b = before;
}

Test(replay_window, sleeps_of_kernel_threads_go_by_ticks)
{
	struct tale t = tale_begin('b');

	naps(&t, "rcu_preempt", 0);
	cr_assert(strstr(t.yaml.at, "  hz: 250\n"));
	/* The third tick, which is the first one behind two ticks from now. */
	cr_expect_geq(count_in(task_text(&t, "rcu_preempt"),
			       "wait_event: {queue: ticks, timeout: 8ms}"),
		      28, "%s", task_text(&t, "rcu_preempt"));
	expect_no_text(&t, "rcu_preempt", "timer:");
	tale_end(&t);
}

Test(replay_window, what_ends_apart_from_ticks_or_is_a_programs_does_not)
{
	struct tale t = tale_begin('b');

	naps(&t, "rcu_preempt", 1000);
	cr_assert(strstr(t.yaml.at, "  hz: 250\n"));
	expect_no_text(&t, "rcu_preempt", "wait_event");
	tale_end(&t);
	t = tale_begin('b');
	naps(&t, "b", 0);
	expect_no_text(&t, "b", "wait_event");
	tale_end(&t);
}
