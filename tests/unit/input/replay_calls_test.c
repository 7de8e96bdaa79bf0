/* SPDX-License-Identifier: MIT */
/* What a trace is rebuilt to, rule by rule: calls that wake several. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

/* Within a call there is no way to a switch, though it is asked for (N) with the first wakeup. */
Test(replay_calls, wakeups_of_one_call_are_posts_of_one)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 us = 1000; us < 5000; us += 1000) {
		t.flags = "d..2.";
		wakes(&t, us, 'b');
		t.flags = "dN.2.";
		wakes(&t, us + 3, 'c');
		t.flags = "d..2.";
		gives_way(&t, us + 5, "R", 'b');
		gives_way(&t, us + 100, "S", 'c');
		gives_way(&t, us + 200, "S", 'a');
	}
	rebuilt(&t);
	expect_text(&t, "a", "  - sem_post: {semaphore: \"a > b\", more: true}\n  - sem_post: \"a > c\"\n");
	tale_end(&t);
}

/* b and c are woken as one above each 1 ms, but farther apart in each second round: that is no call then. */
Test(replay_calls, wakeups_far_from_each_other_are_of_several_calls)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 us = 1000; us <= 20000; us += 1000) {
		t.flags = "d..2.";
		wakes(&t, us, 'b');
		t.flags = us % 2000 ? "dN.2." : "d..2.";
		wakes(&t, us % 2000 ? us + 10 : us + 11, 'c');
		t.flags = "d..2.";
		gives_way(&t, us + 15, "R", 'b');
		gives_way(&t, us + 100, "S", 'c');
		gives_way(&t, us + 200, "S", 'a');
	}
	rebuilt(&t);
	cr_expect_eq(count_in(task_text(&t, "a"), "more: true"), 9, "%s", task_text(&t, "a")); /* the first one is a birth */
	tale_end(&t);
	/* N comes too late to tell anything. */
	t = tale_begin('a');
	event(&t, 0, "print: x");
	for (u32 us = 1000; us <= 20000; us += 1000) {
		t.flags = "d..2.";
		wakes(&t, us, 'b');
		t.flags = "dN.2.";
		wakes(&t, us + 11, 'c');
		wakes(&t, us + 30, 'd');
		t.flags = "d..2.";
		gives_way(&t, us + 35, "R", 'b');
		gives_way(&t, us + 100, "S", 'c');
		gives_way(&t, us + 200, "S", 'd');
		gives_way(&t, us + 300, "S", 'a');
	}
	rebuilt(&t);
	expect_no_text(&t, "a", "more");
	tale_end(&t);
}

/* a does, until an interrupt comes. */
static void sleeps(struct tale *t, u64 us)
{
	gives_way(t, us, "S", '-');
	t->flags = "d.h2.";
	wakes(t, us + 100, 'a');
	t->flags = "d..2.";
	gives_way(t, us + 100, "R", 'a');
}

/*
 * Behind their births a wakes c alone, or d, b and c by one call; then b and c again and again. What repeats from that first post of c, or
 * of b, on must not become a loop that begins or ends within a call. They come back in another order than that in which they are
 * woken: so they wait apart.
 */
Test(replay_calls, loops_do_not_cut_calls)
{
	for (u32 d = 0; d < 2; d++) {
		struct tale t = tale_begin('a');

		event(&t, 0, "print: x");
		for (char born = 'b'; born <= 'd'; born++) {
			wakes(&t, 100 * (u64)(born - 'a'), born);
			gives_way(&t, 100 * (u64)(born - 'a') + 5, "R", born);
			gives_way(&t, 100 * (u64)(born - 'a') + 50, "S", 'a');
		}
		for (u32 us = 1000; us <= 20000; us += 1000) {
			bool first = us == 1000, with_b = !first || d, with_d = first && d;

			t.flags = "d..2.";
			if (with_d)
				wakes(&t, us - 3, 'd');
			t.flags = with_d ? "dN.2." : "d..2.";
			if (with_b)
				wakes(&t, us, 'b');
			t.flags = with_b ? "dN.2." : "d..2.";
			wakes(&t, us + 3, 'c');
			t.flags = "d..2.";
			if (with_d)
				gives_way(&t, us + 5, "R", 'd');
			gives_way(&t, us + 50, with_d ? "S" : "R", 'c');
			if (with_b)
				gives_way(&t, us + 100, "S", 'b');
			gives_way(&t, us + 200, "S", 'a');
			sleeps(&t, us + 300);
		}
		rebuilt(&t); /* which it would not be */
		cr_expect_eq(count_in(task_text(&t, "a"), "more: true"), d ? 21 : 19, "%s", task_text(&t, "a"));
		tale_end(&t);
	}
}

/* Each call may be followed by a switch: the next one comes when who was woken has run. */
Test(replay_calls, wakeups_of_several_calls_are_several_posts)
{
	struct tale t = tale_begin('a');

	t.flags = "d..2.";
	event(&t, 0, "print: x");
	for (u32 us = 1000; us < 20000; us += 1000) {
		wakes(&t, us, 'b');
		wakes(&t, us + 3, 'c');
		gives_way(&t, us + 5, "R", 'b');
		gives_way(&t, us + 100, "S", 'c');
		gives_way(&t, us + 200, "S", 'a');
	}
	rebuilt(&t);
	expect_no_text(&t, "a", "more");
	expect_text(&t, "a", "  - sem_post: \"a > c\"\n");
	tale_end(&t);
}
