/* SPDX-License-Identifier: MIT */
/* What a trace is rebuilt to, rule by rule: what tasks go on with that depend on each other. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

/*
 * a works for 200 us, wakes b, and sleeps until that has worked for 300 us, in so many rounds.
 * Returns the end.
 */
static u32 talk(struct tale *t, u32 rounds)
{
	u32 us = 0;

	event(t, 0, "print: x");
	t->flags = "d..2.";
	for (u32 i = 0; i < rounds; i++, us += 500) {
		wakes(t, us + 200, 'b');
		gives_way(t, us + 205, "S", 'b');
		wakes(t, us + 500, 'a');
		gives_way(t, us + 505, "S", 'a');
	}
	return us;
}

Test(replay_circle, who_depend_on_each_other_go_on_together)
{
	struct tale t = tale_begin('a');

	event(&t, talk(&t, 40) + 100, "print: y");
	rebuilt(&t);
	/*
	 * Each has its part of as many rounds in the loop: a post for each wait of the other one.
	 */
	cr_expect_gt(count_ahead(&t, "a", "- sem_wait: \"b > a\""), 10);
	cr_expect_eq(count_ahead(&t, "a", "- sem_post: \"a > b\""),
		     count_ahead(&t, "b", "- sem_wait: \"a > b\""));
	cr_expect_eq(count_ahead(&t, "b", "- sem_post: \"b > a\""),
		     count_ahead(&t, "a", "- sem_wait: \"b > a\""));
	tale_end(&t);
}

/* They would have gone on by themselves. */
Test(replay_circle, who_have_come_to_rest_stay_there)
{
	struct tale t = tale_begin('a');
	u32 end = talk(&t, 40);

	gives_way(&t, end + 205, "S", '-');
	event(&t, end + 3000, "print: y");
	rebuilt(&t);
	expect_no_text(&t, "a", "# Ahead");
	expect_no_text(&t, "b", "# Ahead");
	tale_end(&t);
}

Test(replay_circle, if_one_is_gone_none_goes_on)
{
	struct tale t = tale_begin('a');
	u32 end = talk(&t, 40);

	wakes(&t, end + 100, 'b');
	gives_way(&t, end + 105, "S", 'b');
	head(&t, end + 200);
	text_printf(&t.trace, "sched_process_exit: comm=b pid=%d prio=120\n", pid_of('b'));
	gives_way(&t, end + 205, "X", '-');
	event(&t, end + 300, "print: y");
	rebuilt(&t);
	expect_no_text(&t, "a", "# Ahead");
	tale_end(&t);
}

/* Interrupts wake a, after longer and longer sleeps, and a wakes b. */
Test(replay_circle, who_wakes_another_one_goes_on_with_it)
{
	struct tale t = tale_begin('-');
	u32 us = 1000;

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 20; i++, us += 1000 + 37 * i) {
		t.flags = "d.h2.";
		wakes(&t, us, 'a');
		t.flags = "d..2.";
		gives_way(&t, us + 5, "R", 'a');
		wakes(&t, us + 55, 'b');
		gives_way(&t, us + 105, "S", 'b');
		gives_way(&t, us + 155, "S", '-');
	}
	event(&t, us, "print: y");
	rebuilt(&t);
	cr_expect_gt(count_ahead(&t, "a", "- sem_post: \"a > b\""), 10);
	cr_expect_eq(count_ahead(&t, "a", "- sleep: "),
		     count_ahead(&t, "a", "- sem_post: \"a > b\""));
	cr_expect_eq(count_ahead(&t, "b", "- sem_wait: \"a > b\""),
		     count_ahead(&t, "a", "- sem_post: \"a > b\""));
	tale_end(&t);
}
