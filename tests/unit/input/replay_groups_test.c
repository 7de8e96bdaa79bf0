/* SPDX-License-Identifier: MIT */
/* What a trace is rebuilt to, rule by rule: groups, by what tasks got. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

enum { TURN = 4000, ROUNDS = 20 };

/*
 * One after the other of @turns has the cpu for 4 ms, @rounds times, from the first one of @t on;
 * nobody sleeps. Returns the end.
 */
static u32 take_turns(struct tale *t, const char *turns, u32 rounds)
{
	u32 us = 0;

	event(t, 0, "print: x");
	for (u32 i = 0; i < rounds; i++)
		for (const char *next = turns; *next; next++) {
			us += TURN;
			if (*next != t->on_cpu)
				gives_way(t, us, "R", *next);
		}
	event(t, us + TURN, "print: y");
	return us;
}

Test(replay_groups, who_gets_alike_for_its_nice_value_is_in_one_group)
{
	struct tale t = tale_begin('d');

	/* d gets 9 of 12 turns, each other one: so 3 for d and 1 for all others together. */
	take_turns(&t, "dddadddbdddc", ROUNDS);
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  group1: {weight: 100}\n  group2: {weight: 300}\n"), "%s",
		  t.yaml.at);
	expect_text(&t, "a", "  group: group1\n");
	expect_text(&t, "b", "  group: group1\n");
	expect_text(&t, "c", "  group: group1\n");
	expect_text(&t, "d", "  group: group2\n");
	cr_expect(strstr(t.messages.at,
			 "groups that are estimated from that, by weight or quota: 2"),
		  "%s", t.messages.at);
	tale_end(&t);
}

Test(replay_groups, a_task_that_weighs_as_much_as_a_usual_group_is_in_none)
{
	struct tale t = tale_begin('d');

	/* All others together get as much as d does. */
	take_turns(&t, "dadbdc", 2 * ROUNDS);
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  group1: {weight: 100}\n"), "%s", t.yaml.at);
	expect_text(&t, "a", "  group: group1\n");
	expect_no_text(&t, "d", "  group: ");
	tale_end(&t);
}

Test(replay_groups, what_all_get_alike_shows_no_group)
{
	struct tale t = tale_begin('d');

	take_turns(&t, "dabc", 3 * ROUNDS);
	rebuilt(&t);
	cr_expect_null(strstr(t.yaml.at, "groups:"), "%s", t.yaml.at);
	tale_end(&t);
}

Test(replay_groups, what_nice_values_give_shows_no_group)
{
	struct tale t = tale_begin('a');

	/* a of nice 0 weighs 1024, b of nice 5 335: three times less. */
	event(&t, 0, "print: x");
	for (u32 i = 0, us = 0; i < 3 * ROUNDS; i++, us += 4 * TURN) {
		gives_way_at(&t, us + 3 * TURN, "R", 'b', 120, 125);
		gives_way_at(&t, us + 4 * TURN, "R", 'a', 125, 120);
	}
	rebuilt(&t);
	cr_expect_null(strstr(t.yaml.at, "groups:"), "%s", t.yaml.at);
	tale_end(&t);
}

Test(replay_groups, who_sleeps_does_not_show_what_it_weighs)
{
	struct tale t = tale_begin('a');

	/* b wants a quarter. */
	event(&t, 0, "print: x");
	for (u32 i = 0, us = 0; i < 3 * ROUNDS; i++, us += 4 * TURN) {
		wakes(&t, us + 3 * TURN, 'b');
		gives_way(&t, us + 3 * TURN, "R", 'b');
		gives_way(&t, us + 4 * TURN, "S", 'a');
	}
	rebuilt(&t);
	cr_expect_null(strstr(t.yaml.at, "groups:"), "%s", t.yaml.at);
	tale_end(&t);
}

/* For 100 us each 20 ms, from @us on until @end. */
static void c_comes_now_and_then(struct tale *t, u32 us, u32 end)
{
	for (; us < end; us += 20000) {
		wakes(t, us, 'c');
		gives_way(t, us, "R", 'c');
		gives_way(t, us + 100, "S", 'a');
	}
}

Test(replay_groups, who_gets_next_to_nothing_is_of_the_idle_policy)
{
	struct tale t = tale_begin('a');

	/* 4 ms of 800 for b, twice: a task of the idle policy weighs 3 of 1024. */
	event(&t, 0, "print: x");
	for (u32 i = 0; i < 2; i++) {
		gives_way(&t, i * 800000 + 1000, "R", 'b');
		gives_way(&t, i * 800000 + 1000 + TURN, "R", 'a');
		c_comes_now_and_then(&t, i * 800000 + 10000, (i + 1) * 800000);
	}
	event(&t, 1600000, "print: y");
	rebuilt(&t);
	expect_text(&t, "b", "  policy: idle\n");
	expect_no_text(&t, "a", "  policy: idle\n");
	expect_no_text(&t, "c", "  policy: idle\n");
	cr_expect(strstr(t.messages.at, "taken to be of the idle policy: 1 "), "%s", t.messages.at);
	tale_end(&t);
}

/*
 * b begins as an RT task: what it got later does not say what it was then, and a policy is said
 * once.
 */
Test(replay_groups, who_was_an_rt_task_is_not_judged_by_what_it_got_later)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 2; i++) {
		gives_way_at(&t, i * 800000 + 1000, "R", 'b', 120, i ? 120 : 89);
		gives_way_at(&t, i * 800000 + 1000 + TURN, "R", 'a', 120, 120);
		c_comes_now_and_then(&t, i * 800000 + 10000, (i + 1) * 800000);
	}
	event(&t, 1600000, "print: y");
	rebuilt(&t);
	expect_text(&t, "b", "  policy: fifo\n");
	expect_no_text(&t, "b", "  policy: idle\n");
	tale_end(&t);
}

/*
 * a waits for the end of each 20 ms with its cpu idle, but has used 0.7 ms: no quota is below 1 ms.
 */
Test(replay_groups, what_is_too_small_for_a_quota_is_none)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 12; i++) {
		gives_way(&t, i * 20000 + 700, "R", '-');
		gives_way(&t, (i + 1) * 20000, "R", 'a');
	}
	rebuilt(&t);
	cr_expect_null(strstr(t.yaml.at, "groups:"), "%s", t.yaml.at);
	expect_no_text(&t, "a", "  group: ");
	tale_end(&t);
}

/* 5 turns of 4 ms for a and for b, then b alone, or nobody, until the 100 ms are over. */
static void uses_up_a_quota(struct tale *t, char others)
{
	event(t, 0, "print: x");
	for (u32 i = 0, us = 0; i < 12; i++, us = i * 100000) {
		for (u32 turn = 0; turn < 5 && others == 'b'; turn++, us += 2 * TURN) {
			gives_way(t, us + TURN, "R", 'b');
			if (turn < 4)
				gives_way(t, us + 2 * TURN, "R", 'a');
		}
		if (others != 'b')
			gives_way(t, us + 20000, "R", '-');
		gives_way(t, (i + 1) * 100000, "R", 'a');
	}
}

Test(replay_groups, who_waits_for_the_end_of_a_period_again_and_again_has_a_quota)
{
	struct tale t = tale_begin('a');

	uses_up_a_quota(&t, 'b');
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  group1: {weight: 100, max: 20ms/100ms}\n"), "%s", t.yaml.at);
	expect_text(&t, "a", "  group: group1\n");
	expect_no_text(&t, "b", "  group: ");
	tale_end(&t);
}

Test(replay_groups, who_waits_for_an_idle_cpu_has_a_quota)
{
	struct tale t = tale_begin('a');

	uses_up_a_quota(&t, '-');
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  group1: {weight: 100, max: 20ms/100ms}\n"), "%s", t.yaml.at);
	expect_text(&t, "a", "  group: group1\n");
	tale_end(&t);
}

/* With ten tasks each waits for 36 ms, in periods of 40 ms. */
Test(replay_groups, long_turns_of_many_others_are_no_quota)
{
	struct tale t = tale_begin('a');

	take_turns(&t, "abcdefghij", ROUNDS);
	rebuilt(&t);
	cr_expect_null(strstr(t.yaml.at, "groups:"), "%s", t.yaml.at);
	tale_end(&t);
}

/* As above, but each period is longer than the one before. */
Test(replay_groups, a_rhythm_that_drifts_is_no_quota)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 i = 0, us = 0, next; i < 12; i++, us = next) {
		next = us + 100000 + i * 2500;
		for (u32 turn = 0; turn < 5; turn++, us += 2 * TURN) {
			gives_way(&t, us + TURN, "R", 'b');
			if (turn < 4)
				gives_way(&t, us + 2 * TURN, "R", 'a');
		}
		gives_way(&t, next, "R", 'a');
	}
	rebuilt(&t);
	cr_expect_null(strstr(t.yaml.at, "max:"), "%s", t.yaml.at);
	tale_end(&t);
}

/*
 * As above, but of each 100 ms b is a realtime task from 40 ms on: that keeps everybody from the
 * cpu.
 */
Test(replay_groups, what_realtime_tasks_take_is_held_by_no_quota)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 i = 0, us = 0; i < 12; i++, us = i * 100000) {
		for (u32 turn = 0; turn < 5; turn++, us += 2 * TURN) {
			gives_way(&t, us + TURN, "R", 'c');
			if (turn < 4)
				gives_way(&t, us + 2 * TURN, "R", 'a');
		}
		wakes(&t, us, 'b');
		gives_way_at(&t, us, "R", 'b', 120, 50);
		gives_way_at(&t, (i + 1) * 100000, "S", 'a', 50, 120);
	}
	rebuilt(&t);
	cr_expect_null(strstr(t.yaml.at, "max:"), "%s", t.yaml.at);
	tale_end(&t);
}

/* The quota is what both have used: each 10 of 100 ms, in turns with c. */
Test(replay_groups, who_waits_for_the_same_periods_shares_a_quota)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	for (u32 i = 0; i < 12; i++) {
		u32 us = i * 100000;

		for (u32 turn = 0; turn < 5; turn++, us += 6000) {
			gives_way(&t, us + 2000, "R", 'b');
			gives_way(&t, us + 4000, "R", 'c');
			if (turn < 4)
				gives_way(&t, us + 6000, "R", 'a');
		}
		gives_way(&t, (i + 1) * 100000, "R", 'a');
	}
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "  group1: {weight: 100, max: 20ms/100ms}\n"), "%s", t.yaml.at);
	expect_text(&t, "a", "  group: group1\n");
	expect_text(&t, "b", "  group: group1\n");
	expect_no_text(&t, "c", "  group: ");
	tale_end(&t);
}
