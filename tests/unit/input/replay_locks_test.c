/* SPDX-License-Identifier: MIT */
/* Mutexes with priority inheritance, of which a trace tells who lent his priority to whom. */
#include "tale.h"

#include <criterion/criterion.h>
#include <string.h>

enum { RT = 79, FAIR = 120 };

static void lends(struct tale *t, u64 us, char holder, int old, int new)
{
	char text[96];

	snprintf(text, sizeof(text), "sched_pi_setprio: comm=%s pid=%d oldprio=%d newprio=%d",
		 comm_of(holder), pid_of(holder), old, new);
	event(t, us, text);
}

static void wakes_rt(struct tale *t, u64 us)
{
	event(t, us, "sched_waking: comm=b pid=11 prio=79 target_cpu=000");
	event(t, us, "sched_wakeup: comm=b pid=11 prio=79 target_cpu=000");
}

/* b, a fifo task, comes at @us while a runs, finds a's mutex taken, and gets it @held later. */
static void contends(struct tale *t, u64 us, u64 held)
{
	t->flags = "d.h2.";
	wakes_rt(t, us);
	t->flags = "d..2.";
	gives_way_at(t, us, "R", 'b', FAIR, RT);
	lends(t, us + 100, 'a', FAIR, RT);
	gives_way_at(t, us + 100, "S", 'a', RT, RT);
	lends(t, us + 100 + held, 'a', RT, FAIR);
	wakes_rt(t, us + 100 + held);
	gives_way_at(t, us + 100 + held, "R", 'b', FAIR, RT);
	gives_way_at(t, us + 1100 + held, "S", 'a', RT, FAIR);
}

Test(replay_locks, who_lends_his_priority_waits_for_a_mutex)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	t.flags = "d..2.";
	contends(&t, 10000, 2000);
	event(&t, 20000, "print: y");
	rebuilt(&t);
	cr_expect(strstr(t.yaml.at, "mutexes:\n  \"> a\": {pi: true}\ntasks:\n"), "%s", t.yaml.at);
	expect_text(&t, "b", "  - lock: \"> a\"\n  - unlock: \"> a\"\n  - run:");
	expect_no_text(&t, "b", "sem_wait");
	/*
	 * b waited for 2 ms, and one wait is half of a section: that is 4 ms of the 12 that a ran,
	 * less what the kernel took.
	 */
	expect_text(&t, "a", "  - run: 8ms\n  - lock: \"> a\"\n  - run: 3.99");
	expect_no_text(&t, "a", "sem_post");
	cr_expect_eq(t.compiled.workload->nr_tasks, 2);
	tale_end(&t);
}

Test(replay_locks, many_waits_tell_how_long_a_mutex_is_held)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	t.flags = "d..2.";
	for (u64 i = 0; i < 4; i++)
		contends(&t, 10000 + 10000 * i, 500 + 500 * i);
	event(&t, 60000, "print: y");
	rebuilt(&t);
	/* The longest wait is of 2 ms, a section a fourth longer, less what the kernel took. */
	cr_expect_eq(count_in(task_text(&t, "a"), "  - lock: \"> a\""), 4);
	cr_expect_eq(count_in(task_text(&t, "a"), "  - unlock: \"> a\""), 4);
	expect_text(&t, "a", "  - run: 2.497");
	tale_end(&t);
}

Test(replay_locks, a_section_begins_with_its_burst_at_the_earliest)
{
	struct tale t = tale_begin('-');

	event(&t, 0, "print: x");
	t.flags = "d.h2.";
	wakes(&t, 9000, 'a');
	t.flags = "d..2.";
	gives_way(&t, 9000, "R", 'a');
	contends(&t, 10000, 2000);
	gives_way(&t, 14000, "S", '-');
	event(&t, 20000, "print: y");
	rebuilt(&t);
	/* 1 ms until b came, and 2 ms. */
	expect_text(&t, "a", "  program:\n  - lock: \"> a\"\n  - run: 2.99");
	tale_end(&t);
}

/* The call had a timeout, or a signal came. */
Test(replay_locks, who_is_woken_by_an_interrupt_did_not_get_it)
{
	struct tale t = tale_begin('a');

	event(&t, 0, "print: x");
	t.flags = "d.h2.";
	wakes_rt(&t, 10000);
	t.flags = "d..2.";
	gives_way_at(&t, 10000, "R", 'b', FAIR, RT);
	lends(&t, 10100, 'a', FAIR, RT);
	gives_way_at(&t, 10100, "S", 'a', RT, RT);
	t.flags = "d.h2.";
	wakes_rt(&t, 12000);
	t.flags = "d..2.";
	gives_way_at(&t, 12000, "R", 'b', RT, RT);
	gives_way_at(&t, 13000, "S", 'a', RT, FAIR);
	event(&t, 20000, "print: y");
	rebuilt(&t);
	expect_text(&t, "b", "  - sleep: 1.8");
	cr_expect(!strstr(t.yaml.at, "lock"), "%s", t.yaml.at);
	tale_end(&t);
}
