/* SPDX-License-Identifier: MIT */
/* What a trace is rebuilt to, rule by rule: yields. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

Test(replay_yield, short_stints_that_end_for_no_reason_are_yields)
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

/*
 * a sleeps 100 us, but 150 us in each third round, in which c runs for 50 us of them. If b, who
 * never blocks, is what wakes it, that is when b has worked 100 us; if a timer does, it comes after
 * the same time in each round.
 */
static void held_up(struct tale *t, bool timer)
{
	u64 us = 0;

	event(t, 0, "print: x");
	for (u32 i = 0; i < 40; i++) {
		bool third = i % 3 == 2;

		if (third) {
			wakes(t, us + 20, 'c');
			gives_way(t, us + 20, "R", 'c');
			gives_way(t, us + 70, "S", 'b');
		}
		us += third && !timer ? 150 : 100;
		wakes(t, us, 'a');
		gives_way(t, us, "R", 'a');
		us += 30;
		gives_way(t, us, "S", 'b');
	}
	rebuilt(t);
}

Test(replay_yield, who_is_held_up_together_with_another_waits_for_him)
{
	struct tale t = tale_begin('b');

	held_up(&t, false);
	expect_text(&t, "a", "- sem_wait: \"b > a\"\n");
	expect_no_text(&t, "a", "- timer");
	tale_end(&t);
	t = tale_begin('b');
	held_up(&t, true);
	expect_no_text(&t, "a", "- sem_wait");
	tale_end(&t);
}

/*
 * As above, but two of the wakeups lie within the handler of an interrupt: of these b was the
 * victim, so they tell nothing of its work.
 */
Test(replay_yield, wakeups_by_interrupts_tell_nothing_of_their_victims_work)
{
	struct tale t = tale_begin('b');
	u64 us = 0;

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 60; i++) {
		bool third = i % 3 == 2, by_irq = i == 20 || i == 40;

		if (third) {
			wakes(&t, us + 20, 'c');
			gives_way(&t, us + 20, "R", 'c');
			gives_way(&t, us + 70, "S", 'b');
		}
		us += third ? 150 : 100;
		if (by_irq)
			event(&t, us, "irq_handler_entry: irq=5 name=disk");
		wakes(&t, us, 'a');
		if (by_irq)
			event(&t, us, "irq_handler_exit: irq=5 ret=handled");
		gives_way(&t, us, "R", 'a');
		us += 30;
		gives_way(&t, us, "S", 'b');
	}
	rebuilt(&t);
	cr_expect_eq(count_in(task_text(&t, "a"), "- sem_wait"), 58, "%s", task_text(&t, "a"));
	tale_end(&t);
}

/* Stretches of 300, 600 and 900 us: it yields each 300 us, and is picked again now and then. */
Test(replay_yield, yields_after_which_the_same_task_runs_show_in_the_length_of_its_stretches)
{
	struct tale t = tale_begin('a');
	u64 us = 0;

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 36; i++) {
		us += 300 * (i % 3 + 1);
		gives_way(&t, us, "R", 'b');
		us += 4000;
		gives_way(&t, us, "R", 'a');
	}
	rebuilt(&t);
	/*
	 * Of 36 rows of 1 to 3 yields the last ones of each are seen, but that at the trace's first
	 * switch: 900 us begin there.
	 */
	cr_expect_eq(count_in(task_text(&t, "a"), "- yield"), 12 * (1 + 2 + 3), "%s",
		     task_text(&t, "a"));
	expect_no_text(&t, "b", "yield");
	tale_end(&t);
}

/* Stretches of 300, 400 and 500 us have no length in common: what is seen is all that there is. */
Test(replay_yield, yields_after_any_time_are_those_that_show)
{
	struct tale t = tale_begin('a');
	u64 us = 0;

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 36; i++) {
		us += 300 + 100 * (i % 3);
		gives_way(&t, us, "R", 'b');
		us += 4000;
		gives_way(&t, us, "R", 'a');
	}
	rebuilt(&t);
	cr_expect_eq(count_in(task_text(&t, "a"), "- yield"), 35, "%s", task_text(&t, "a"));
	tale_end(&t);
}
