/* SPDX-License-Identifier: MIT */
/*
 * What a trace is rebuilt to, rule by rule: what a task goes on with that is ahead of its
 * recording.
 */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

/*
 * Interrupts wake a 12 times, after longer and longer sleeps, for 100 us each. Returns the end of
 * the last.
 */
static u32 works_and_sleeps(struct tale *t)
{
	u32 us = 1000;

	event(t, 0, "print: x");
	for (u32 i = 0; i < 12; i++, us += 1000 + 37 * i * i) {
		t->flags = "d.h2.";
		wakes(t, us, 'a');
		t->flags = "d..2.";
		gives_way(t, us + 5, "R", 'a');
		gives_way(t, us + 105, "S", '-');
	}
	return us;
}

Test(replay_cycle, who_works_and_sleeps_goes_on)
{
	struct tale t = tale_begin('-');

	event(&t, works_and_sleeps(&t), "print: y");
	rebuilt(&t);
	/*
	 * It was woken 12 times; the 10 sleeps between the second and the last time are those that
	 * it goes on with.
	 */
	cr_expect_eq(count_in(task_text(&t, "a"), "- sleep: "), 11, "%s", t.yaml.at);
	cr_expect_eq(count_ahead(&t, "a", "- sleep: "), 10);
	/*
	 * The first of them took 1.037 ms from wakeup to wakeup, less the 105 us until it slept and
	 * the interrupt's 200 ns.
	 */
	expect_text(&t, "a", "  - loop:\n      do:\n      - sleep: 931.8us\n      - run: 99.2us\n");
	tale_end(&t);
}

Test(replay_cycle, who_has_come_to_rest_stays_there)
{
	struct tale t = tale_begin('-');
	u32 end = works_and_sleeps(&t);

	/* Its longest sleep was 5.4 ms; then it sleeps for 16. */
	event(&t, end + 10000, "print: y");
	rebuilt(&t);
	expect_no_text(&t, "a", "- loop:");
	cr_expect_eq(count_in(task_text(&t, "a"), "- sleep: "), 11 + 1, "%s", t.yaml.at);
	tale_end(&t);
}

/* Each time the point had passed for which it waits. */
Test(replay_cycle, who_is_behind_with_a_timer_does_not_show_what_it_would_do)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	t.flags = "d..2.";
	for (u32 i = 0, us = 1000; i < 14; i++, us += 2000 + 97 * i * i) {
		gives_way(&t, us, "R", 'a');
		gives_way(&t, us + 500, "S", 'b');
		t.flags = "d.h2.";
		wakes(&t, us + 502, 'a');
		t.flags = "d..2.";
	}
	rebuilt(&t);
	/* as it was, no more */
	cr_expect_eq(count_in(task_text(&t, "a"), "- sleep: 1.8us"), 14, "%s", t.yaml.at);
	tale_end(&t);
}

/*
 * a forks b each ms, which computes, and waits for its end, for which the last one has no time if
 * not @whole.
 */
static void forks_and_waits(struct tale *t, u32 rounds, bool whole)
{
	event(t, 0, "print: x");
	for (u32 i = 0, us = 1000; i < rounds; i++, us += 1000 + 7 * i) {
		t->flags = "d..2.";
		forks(t, us, (char)('b' + i));
		gives_way(t, us + 100, "S", (char)('b' + i));
		if (!whole && i + 1 == rounds) {
			event(t, us + 600, "print: y");
			return;
		}
		head(t, us + 600);
		text_printf(&t->trace, "sched_process_exit: comm=%s pid=%d prio=120\n",
			    comm_of(t->on_cpu), pid_of(t->on_cpu));
		wakes(t, us + 610, 'a');
		gives_way(t, us + 620, "X", 'a');
	}
	event(t, 1000 + rounds * 1100, "print: y");
}

Test(replay_cycle, children_are_made_again_that_come_to_their_end)
{
	struct tale t = tale_begin('a');

	forks_and_waits(&t, 13, true);
	rebuilt(&t);
	/* 13 times, and once more between the first and the last of 13 waits. */
	cr_expect_eq(count_in(task_text(&t, "a"), "- fork: "), 13, "%s", t.yaml.at);
	cr_expect_eq(count_ahead(&t, "a", "- fork: "), 12);
	cr_expect_eq(count_ahead(&t, "a", "- wait"), 12);
	tale_end(&t);
}

Test(replay_cycle, a_child_that_has_no_time_to_end_is_made_by_the_next_round)
{
	struct tale t = tale_begin('a');

	forks_and_waits(&t, 14, false);
	rebuilt(&t);
	/* What comes behind the 13th wait, which is that of the next round, is left out. */
	cr_expect_eq(count_in(task_text(&t, "a"), "- fork: "), 13, "%s", t.yaml.at);
	cr_expect_eq(count_in(task_text(&t, "a"), "- wait"), 12, "%s", t.yaml.at);
	cr_expect_eq(count_ahead(&t, "a", "- fork: "), 12);
	cr_expect_eq(count_ahead(&t, "a", "- wait"), 12);
	cr_expect_not(strstr(t.yaml.at, "name: o\n"), "%s", t.yaml.at);
	/*
	 * It ran for 520 us. The switch to it takes 700 ns; exiting 18.5 us, and 1.5 more to the
	 * last switch; and it wakes its parent, which takes 400 ns.
	 */
	expect_text(&t, "b", "  - run: 498.9us\n  - exit\n");
	tale_end(&t);
}
