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
	expect_text(&t, "a",
		    "  - sem_post: {semaphore: \"a > b\", more: true}\n  - sem_post: \"a > c\"\n");
	tale_end(&t);
}

/*
 * b and c are woken as one above each 1 ms, but farther apart in each second round: that is no call
 * then.
 */
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
	/* the first one is a birth */
	cr_expect_eq(count_in(task_text(&t, "a"), "more: true"), 9, "%s", task_text(&t, "a"));
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
 * Behind their births a wakes c alone, or d, b and c by one call; then b and c again and again.
 * What repeats from that first post of c, or of b, on must not become a loop that begins or ends
 * within a call. They come back in another order than that in which they are woken: so they wait
 * apart.
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
		cr_expect_eq(count_in(task_text(&t, "a"), "more: true"), d ? 21 : 19, "%s",
			     task_text(&t, "a"));
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

/* ---- Where heads tell nothing of interrupts ---- */

/*
 * An interrupt wakes a, which wakes b and then c, @gap us later, is switched out to @next, and
 * sleeps when both have run.
 */
static void wakes_both(struct tale *t, u64 us, char next, u32 gap)
{
	wakes(t, us, 'a');
	gives_way(t, us + 5, "R", 'a');
	wakes(t, us + 100, 'b');
	wakes(t, us + 100 + gap, 'c');
	gives_way(t, us + 102 + gap, "R", next);
	gives_way(t, us + 200, "S", next == 'b' ? 'c' : 'b');
	gives_way(t, us + 300, "S", 'a');
	gives_way(t, us + 305, "S", '-');
}

static u32 count_calls(char next, u32 gap)
{
	struct tale t = tale_begin('-');
	u32 nr;

	event(&t, 0, "print: x");
	for (u32 us = 1000; us < 30000; us += 1000)
		wakes_both(&t, us, next, gap);
	rebuilt(&t);
	nr = count_in(task_text(&t, "a"), "- futex_wake: "); /* of all who wait */
	tale_end(&t);
	return nr;
}

Test(replay_calls, who_is_switched_out_to_one_before_the_last_has_gone_on_within_a_call)
{
	cr_expect_gt(count_calls('b', 3), 20);
	/* The last wakeup may have asked for it; or there was a way out before it. */
	cr_expect_eq(count_calls('c', 3), 0);
	cr_expect_eq(count_calls('b', 11), 0);
}

/*
 * An interrupt wakes b each 10 ms, which works, wakes c and d, and works on for different times. If
 * @swaps, the order changes.
 */
static void wakes_in_rhythm(struct tale *t, bool swaps, bool others)
{
	event(t, 0, "print: x");
	for (u32 i = 0, us = 1000; i < 30; i++, us += 10000) {
		wakes(t, us, 'b');
		gives_way(t, us + 5, "R", 'b');
		wakes(t, us + 100, swaps && i % 3 ? 'd' : 'c');
		wakes(t, us + 104, swaps && i % 3 ? 'c' : 'd');
		gives_way(t, us + 500 + 37 * (i % 7), "S", 'c');
		gives_way(t, us + 1000, "S", 'd');
		gives_way(t, us + 1100, "S", '-');
		if (!others)
			continue;
		wakes(t, us + 2000 + 173 * i, 'c'); /* no rhythm of c's */
		gives_way(t, us + 2005 + 173 * i, "R", 'c');
		gives_way(t, us + 2100 + 173 * i, "S", '-');
	}
	rebuilt(t);
}

Test(replay_calls, who_changes_places_in_a_row_waits_for_its_waker)
{
	struct tale t = tale_begin('-');

	wakes_in_rhythm(&t, true, false);
	expect_text(&t, "d", "  - sem_wait: \"b > d\"\n");
	expect_text(&t, "c", "  - sem_wait: \"b > c\"\n");
	tale_end(&t);
	/* Else they may be timers. */
	t = tale_begin('-');
	wakes_in_rhythm(&t, false, false);
	expect_no_text(&t, "c", "  - sem_wait: ");
	expect_no_text(&t, "d", "  - sem_wait: ");
	tale_end(&t);
}

Test(replay_calls, half_of_a_row_tell_what_the_others_wait_for)
{
	struct tale t = tale_begin('-');

	wakes_in_rhythm(&t, false, true);
	expect_text(&t, "c", "  - sem_wait: \"b > c\"\n");
	expect_text(&t, "d", "  - sem_wait: \"b > d\"\n");
	tale_end(&t);
}
