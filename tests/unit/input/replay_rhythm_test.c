/* SPDX-License-Identifier: MIT */
/* Rhythms: those of tasks that sleep, and that of ticks. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

/* An interrupt wakes b at @us, who gets the cpu at @from, works for @work and blocks. */
static void works(struct tale *t, u64 us, u64 from, u64 work)
{
	t->flags = "d.h2.";
	wakes(t, us, 'b');
	t->flags = "d..2.";
	gives_way(t, from, "R", 'b');
	gives_way(t, from + work, "S", 'a');
}

Test(replay_rhythm, a_delay_of_another_length_may_come_before_a_timer)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	t.flags = "d..2.";
	gives_way(&t, 100, "S", 'a');
	works(&t, 2000, 2000, 6000);
	for (u64 i = 0; i < 20; i++)
		works(&t, 33000 + 25000 * i, 33000 + 25000 * i, 6000 + i % 2 * 100);
	rebuilt(&t);
	/*
	 * Its sleeps are of 19 or 18.9 ms, its wakeups 25 ms apart but for the first; it goes on
	 * with those from the second to the last.
	 */
	cr_expect_eq(count_in(task_text(&t, "b"), "timer: 25ms"), 19, "%s", task_text(&t, "b"));
	cr_expect_eq(count_ahead(&t, "b", "timer: 25ms"), 18);
	expect_text(&t, "b", "  - sleep: 1.8998ms\n");
	tale_end(&t);
}

Test(replay_rhythm, who_is_behind_with_his_timer_comes_back_at_once)
{
	struct tale t = tale_begin('b');

	event(&t, 0, "print: x");
	t.flags = "d..2.";
	gives_way(&t, 100, "S", 'a');
	for (u64 i = 0; i < 3; i++)
		works(&t, 100000 + 20000 * i, 100000 + 20000 * i, 1000);
	/*
	 * Held up until 600 ms, he has the cpu every 10 ms then: each time a point has passed, so
	 * he sleeps for 2 us. At last he goes on with all but the last of these.
	 */
	works(&t, 160000, 600000, 1000);
	for (u64 i = 0; i < 12; i++)
		works(&t, 601002 + 10000 * i, 610000 + 10000 * i, 1000);
	rebuilt(&t);
	cr_expect_eq(count_in(task_text(&t, "b"), "timer: 20ms"), 15, "%s", task_text(&t, "b"));
	cr_expect_eq(count_ahead(&t, "b", "timer: 20ms"), 14);
	tale_end(&t);
}

/* a runs on; ticks of 250 Hz are seen by turns after 8 and 12 ms, calls account in between. */
static void seldom_seen_ticks(struct tale *t)
{
	event(t, 0, "print: x");
	t->flags = "d..2.";
	gives_way(t, 100, "R", 'a');
	for (u64 i = 0, us = 700; i < 60; us += i++ % 2 ? 12000 : 8000) {
		t->flags = "d.h1.";
		accounts(t, us);
		t->flags = "d..2.";
		for (u64 k = 0; k < 5; k++)
			accounts(t, us + 900 + k * 730 + i * 37 % 500);
	}
	rebuilt(t);
}

Test(replay_rhythm, interrupts_that_wake_nobody_are_ticks)
{
	struct tale t = tale_begin('b');

	seldom_seen_ticks(&t);
	cr_expect(strstr(t.yaml.at, "  hz: 250\n  tick_phase: 699.8us\n"), "%.400s", t.yaml.at);
	tale_end(&t);
}

/*
 * a is woken every 8 ms, @before a tick of 250 Hz that shows, and the ticks in between find the cpu
 * idle.
 */
static void sees_every_other_tick(struct tale *t, u64 before)
{
	event(t, 0, "print: x");
	gives_way(t, 100, "S", '-');
	for (u64 us = 8000; us < 400000; us += 8000) {
		t->flags = "d.h2.";
		wakes(t, us - before, 'a');
		t->flags = "d..2.";
		gives_way(t, us - before + 2, "R", 'a');
		t->flags = "d.h1.";
		accounts(t, us);
		t->flags = "d..2.";
		accounts(t, us + 300);
		gives_way(t, us + 302, "S", '-');
	}
	event(t, 410000, "print: x");
	rebuilt(t);
}

Test(replay_rhythm, the_shortest_period_that_a_task_had_a_cpu_to_itself_for_is_that_of_ticks)
{
	struct tale t = tale_begin('a');

	/* In 3.5 ms there would have been ticks of 1000 or of 300 Hz. */
	sees_every_other_tick(&t, 3500);
	cr_expect(strstr(t.yaml.at, "  hz: 250\n"), "%s", t.yaml.at);
	tale_end(&t);
	t = tale_begin('a');
	sees_every_other_tick(&t, 900);
	cr_expect(!strstr(t.yaml.at, "  hz:"), "%s", t.yaml.at);
	tale_end(&t);
}
