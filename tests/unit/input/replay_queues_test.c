/* SPDX-License-Identifier: MIT */
/* Where several tasks wait together: barriers, queues, and what is taken from them. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

enum { ROUNDS = 24, ROUND_US = 10000 };

static void by_interrupt(struct tale *t, u64 us, char task)
{
	t->flags = "d.h2.";
	wakes(t, us, task);
	t->flags = "d..2.";
}

/* ---- Barriers ---- */

/*
 * Each in turn runs for a ms and blocks, but the last one wakes the others. The first of a round is
 * @first's next, so who comes last changes.
 */
static void meets(struct tale *t, u32 rounds, bool same_order)
{
	char order[] = "123";

	t->on_cpu = '1';
	t->flags = "d..2.";
	event(t, 0, "print: x");
	for (u64 i = 0, us = 1000; i < rounds; i++, us += 3000) {
		char last = order[2];

		gives_way(t, us, "S", order[1]);
		gives_way(t, us + 1000, "S", last);
		wakes(t, us + 2000, order[0]);
		t->flags = "dN.2.";
		wakes(t, us + 2003, order[1]);
		t->flags = "d..2.";
		if (same_order) { /* it runs on for its next round when the others have come */
			gives_way(t, us + 2005, "R", order[0]);
			continue;
		}
		order[2] = order[1];
		order[1] = order[0];
		order[0] = last;
	}
	event(t, 3000 * rounds + 100, "print: x");
	rebuilt(t);
}

Test(replay_queues, who_comes_last_and_wakes_all_others_is_at_a_barrier)
{
	struct tale t = tale_begin('1');

	meets(&t, 8, false);
	cr_expect(strstr(t.yaml.at, "barriers:\n  \"queue 1: w1 and 2 more\": 3\n"), "%s",
		  t.yaml.at);
	cr_expect_eq(count_in(t.yaml.at, "- barrier:"), 3 * 8);
	cr_expect_eq(count_in(t.yaml.at, "sem_"), 0);
	tale_end(&t);
}

Test(replay_queues, who_always_comes_last_and_never_waits_has_waited_at_a_barrier)
{
	struct tale t = tale_begin('1');

	meets(&t, 12, true);
	cr_expect_eq(count_in(t.yaml.at, "- barrier:"), 3 * 12, "%s", t.yaml.at);
	tale_end(&t);
}

Test(replay_queues, few_meetings_with_the_same_one_last_may_be_chance)
{
	struct tale t = tale_begin('1');

	meets(&t, 8, true);
	cr_expect_eq(count_in(t.yaml.at, "- barrier:"), 0, "%s", t.yaml.at);
	cr_expect_eq(count_in(t.yaml.at, "sem_wait: \"w3 > w1\""), 8);
	tale_end(&t);
}

/* ---- Broadcasts ---- */

/*
 * a wakes all three by a call every 10 ms, in the order in which they wait; they run 600 us, the
 * first of them last in each @turn-th round.
 */
static void broadcasts(struct tale *t, const char *flags, u32 turn)
{
	char queue[] = "123";

	t->on_cpu = '1';
	t->flags = "d..2.";
	event(t, 0, "print: x");
	gives_way(t, 100, "S", '2');
	gives_way(t, 200, "S", '3');
	gives_way(t, 300, "S", 'a');
	gives_way(t, 400, "S", '-');
	for (u64 i = 0, us = ROUND_US; i < ROUNDS; i++, us += ROUND_US) {
		char order[] = "123";

		by_interrupt(t, us, 'a');
		gives_way(t, us, "R", 'a');
		for (u32 j = 0; j < 3; j++) {
			t->flags = j ? flags : "d..2.";
			wakes(t, us + 10 + 3 * j, queue[j]);
			t->flags = "d..2.";
			order[j] = queue[turn && i % turn == 0 ? (j + 1) % 3 : j];
		}
		gives_way(t, us + 500, "S", order[0]);
		for (u32 j = 0; j < 3; j++)
			gives_way(t, us + 1100 + 600 * j, "S", j < 2 ? order[j + 1] : '-');
		memcpy(queue, order, 3);
	}
	event(t, ROUND_US * (ROUNDS + 1), "print: x");
	rebuilt(t);
}

static void expect_broadcasts(struct tale *t)
{
	cr_expect_eq(count_in(task_text(t, "a"),
			      "- futex_wake: {futex: \"queue 1: w1 and 2 more\", nr: all}"),
		     ROUNDS, "%s", t->yaml.at);
	cr_expect_eq(count_in(t->yaml.at,
			      "- futex_wait: {futex: \"queue 1: w1 and 2 more\", value: 0}"),
		     3 * ROUNDS);
	cr_expect_eq(count_in(t->yaml.at, "sem_"), 0);
	tale_end(t);
}

Test(replay_queues, who_is_woken_by_one_call_has_waited_in_one_queue)
{
	struct tale t = tale_begin('1');

	broadcasts(&t, "dN.2.", 0);
	expect_broadcasts(&t);
}

Test(replay_queues, who_leaves_in_the_order_of_coming_whatever_it_is_has_waited_in_one_queue)
{
	struct tale t = tale_begin('1');

	broadcasts(&t, "d..2.", 3);
	expect_broadcasts(&t);
}

Test(replay_queues, who_is_woken_always_in_the_same_order_may_have_waited_apart)
{
	struct tale t = tale_begin('1');

	broadcasts(&t, "d..2.", 0);
	cr_expect_eq(count_in(t.yaml.at, "futex"), 0);
	cr_expect_eq(count_in(t.yaml.at, "sem_wait: \"a > w2\""), ROUNDS, "%s", t.yaml.at);
	tale_end(&t);
}

/* ---- Queues of jobs ---- */

enum { ANSWERS = 1, LAST_FIRST = 2, APART = 4, UNSEEN = 8 };

/*
 * a brings two jobs of 1 ms every 10 ms, 50 us apart, which wake w1 and w2. Whoever runs first
 * takes both, and the other one finds nothing; but each has its own if they are APART. UNSEEN: that
 * is so in each third round; in the others who runs first takes a third one, too, for which nobody
 * waited.
 */
static void serves(struct tale *t, u32 how)
{
	char queue[] = "12";

	t->on_cpu = '1';
	t->flags = "d..2.";
	event(t, 0, "print: x");
	gives_way(t, 100, "S", '2');
	gives_way(t, 200, "S", 'a');
	gives_way(t, 300, "S", '-');
	for (u64 i = 0, us = ROUND_US; i < ROUNDS; i++, us += ROUND_US) {
		char first = queue[i % 2], second = queue[!(i % 2)];
		bool apart = how & APART || (how & UNSEEN && i % 3 == 0);
		u64 end = us + (apart          ? 1200
				: how & UNSEEN ? 3200
					       : 2200),
		    last = apart ? end + 1000 : end + 5;

		by_interrupt(t, us, 'a');
		gives_way(t, us, "R", 'a');
		wakes(t, us + 50, how & LAST_FIRST ? queue[1] : queue[0]);
		wakes(t, us + 100, how & LAST_FIRST ? queue[0] : queue[1]);
		gives_way(t, us + 200, "S", first);
		if (how & ANSWERS)
			wakes(t, end - 1, 'a');
		gives_way(t, end, "S", second);
		gives_way(t, last, "S", how & ANSWERS ? 'a' : '-');
		if (how & ANSWERS)
			gives_way(t, last + 100, "S", '-');
		queue[0] = first;
		queue[1] = second;
	}
	event(t, ROUND_US * (ROUNDS + 1), "print: x");
	rebuilt(t);
}

#define QUEUE "\"queue 1: w1 and 1 more\""

/* And so they go on. Each run is 1 ms less what the simulation charges. */
static void expect_jobs(struct tale *t, u32 jobs)
{
	cr_expect_eq(count_in(task_text(t, "a"), "- sem_post: " QUEUE), jobs, "%s", t->yaml.at);
	expect_text(t, "w1", "  - loop:\n      do:\n      - sem_wait: " QUEUE "\n      - run: ");
	expect_text(t, "w2", "  - loop:\n      do:\n      - sem_wait: " QUEUE "\n      - run: ");
	cr_expect_eq(count_in(t->yaml.at, "- run: 999.") + count_in(t->yaml.at, "- run: 1ms") +
			     count_in(t->yaml.at, "- run: 1.00"),
		     jobs + 1, "%s", t->yaml.at); /* one behind the last wait in vain */
}

Test(replay_queues, who_was_woken_for_what_another_took_shares_a_queue_with_him)
{
	struct tale t = tale_begin('1');

	serves(&t, 0);
	expect_jobs(&t, 2 * ROUNDS);
	tale_end(&t);
}

Test(replay_queues, workers_take_jobs_that_woke_nobody)
{
	struct tale t = tale_begin('1');

	serves(&t, UNSEEN);
	expect_jobs(&t, 2 * ROUNDS / 3 + 3 * 2 * ROUNDS / 3);
	tale_end(&t);
}

static void expect_apart(struct tale *t)
{
	cr_expect_eq(count_in(t->yaml.at, "queue"), 0, "%s", t->yaml.at);
	cr_expect_eq(count_in(t->yaml.at, "- sem_wait: \"a > w1\""), ROUNDS, "%s", t->yaml.at);
	tale_end(t);
}

Test(replay_queues, who_came_last_and_is_woken_first_waits_elsewhere)
{
	struct tale t = tale_begin('1');

	serves(&t, LAST_FIRST);
	expect_apart(&t);
}

Test(replay_queues, who_always_finds_what_he_was_woken_for_may_have_a_queue_of_his_own)
{
	struct tale t = tale_begin('1');

	serves(&t, APART);
	expect_apart(&t);
}

/* Who waits for w1 would wait for ever if w2 took what was w1's. */
Test(replay_queues, nobody_who_fills_a_queue_waits_for_who_takes_from_it)
{
	struct tale t = tale_begin('1');

	serves(&t, ANSWERS);
	expect_apart(&t);
}
