/* SPDX-License-Identifier: MIT */
/* System V semaphores end to end (process.md 8.7, ipc/sem.c). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

static void sem_rig(struct rig *rig, u32 nr, s32 first, s32 second)
{
	s32 values[] = {first, second, 0};

	rig_init(rig, 1, "v6.12");
	builder_sem_set(rig->builder, (struct loc){0}, "s", values, nr);
}

/*
 * Measured on Linux (process.md 8.7): they need 3, 1, 2, 1, and come free in the order w2, w4, w3,
 * w1.
 */
Test(sem_set, a_small_request_overtakes_a_large_one)
{
	struct rig rig;

	sem_rig(&rig, 1, 0, 0);
	rig_task_attr(&rig, "w1", (struct rig_attr){.fifo = 9}, "semop s 0-3; mark got");
	rig_task_attr(&rig, "w2", (struct rig_attr){.fifo = 8}, "semop s 0-1; mark got");
	rig_task_attr(&rig, "w3", (struct rig_attr){.fifo = 7}, "semop s 0-2; mark got");
	rig_task_attr(&rig, "w4", (struct rig_attr){.fifo = 6}, "semop s 0-1; mark got");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "loop 7; sleep 1ms; semop s 0+1; end");
	/* 1: w2. 1: w4. 2: w3. 3: w1; each post is one. */
	rig_expect(&rig, MARKS,
		   "1 ms mark w2 got\n2 ms mark w4 got\n4 ms mark w3 got\n7 ms mark w1 got\n");
}

/* One post of three serves, in the order of arrival, all whom it is enough for. */
Test(sem_set, who_changes_it_does_the_calls_of_others)
{
	struct rig rig;

	sem_rig(&rig, 1, 0, 0);
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "semop s 0-2; mark got");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 9}, "semop s 0-1; mark got");
	rig_task_attr(&rig, "late", (struct rig_attr){.fifo = 5},
		      "sleep 1ms; semop s 0-1; mark got");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sleep 2ms; semop s 0+3; sleep 1ms; semop s 0+1");
	rig_expect(
		&rig, RECORD_BIT(WAKEUP),
		"1 ms wakeup late\n2 ms wakeup k\n2 ms wakeup b\n2 ms wakeup a\n3 ms wakeup k\n3 ms wakeup late\n");
}

/* Those that wait for a zero come before those that wait for more, and take nothing. */
Test(sem_set, zeros_come_first)
{
	struct rig rig;

	sem_rig(&rig, 1, 2, 0);
	rig_task_attr(&rig, "z1", (struct rig_attr){.fifo = 3}, "semop s 0+0; mark zero");
	rig_task_attr(&rig, "z2", (struct rig_attr){.fifo = 2}, "semop s 0+0; mark zero");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1}, "semop s 0-3; mark got");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sleep 1ms; semop s 0+1; sleep 1ms; semop s 0+1; semop s 0-1");
	/* 2 + 1 lets w take all three: that is a zero, and both are woken before w is. */
	rig_expect(&rig, RECORD_BIT(WAKEUP),
		   "1 ms wakeup k\n1 ms wakeup z1\n1 ms wakeup z2\n1 ms wakeup w\n2 ms wakeup k\n");
}

Test(sem_set, all_operations_or_none)
{
	struct rig rig;

	sem_rig(&rig, 2, 1, 0);
	rig_task(&rig, "both", "semop s 0-1,1-1; mark both");
	rig_task(&rig, "first", "sleep 1ms; semop s 0-1; mark first; sleep 1ms; semop s 0+1");
	rig_task(&rig, "k", "sleep 4ms; semop s 1+1");
	rig_expect(&rig, MARKS, "1 ms mark first first\n4 ms mark both both\n");
}

/*
 * While a call of several waits, later single ones stand behind it in one queue, but are not held
 * up.
 */
Test(sem_set, a_call_of_several_keeps_its_place_in_one_queue)
{
	struct rig rig;

	sem_rig(&rig, 2, 0, 0);
	rig_task_attr(&rig, "one", (struct rig_attr){.fifo = 9},
		      "semop s 0-1; mark got; semop s 0+1");
	rig_task_attr(&rig, "both", (struct rig_attr){.fifo = 8}, "semop s 0-1,1-1; mark got");
	rig_task_attr(&rig, "two", (struct rig_attr){.fifo = 7}, "semop s 1-1; mark got");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sleep 1ms; semop s 1+1; sleep 1ms; semop s 0+1; sleep 1ms; semop s 1+1");
	/*
	 * At 1 `both` lacks the first, so `two` gets the second; at 2 `one` gets the first, and
	 * gives it back.
	 */
	rig_expect(&rig, MARKS, "1 ms mark two got\n2 ms mark one got\n3 ms mark both got\n");
}

/*
 * The end of the process gives back what it took, whoever of its threads; what it gave is taken,
 * down to 0.
 */
Test(sem_set, undo_at_the_end_of_the_process)
{
	struct rig rig;

	sem_rig(&rig, 2, 1, 0);
	rig_template(&rig, "thread", "semop s 0-1u,1+2u; run 1ms");
	rig_task(&rig, "p", "clone thread; sleep 5ms");
	rig_task(
		&rig, "w",
		"sleep 1ms; semop s 1-1; mark second; semop s 0-1; mark back; semop~ s 1-1; mark none");
	rig_expect(&rig, MARKS, "1 ms mark w second\n5 ms mark w back\n5 ms mark w none\n");
}

Test(sem_set, a_timeout_ends_the_wait)
{
	struct rig rig;

	sem_rig(&rig, 1, 0, 0);
	rig_task(&rig, "w",
		 "semop s 0-1 5ms; mark late; semop~ s 0-1; mark none; semop s 0-1 9ms; mark got");
	rig_task(&rig, "k", "sleep 7ms; semop s 0+1");
	rig_expect(&rig, MARKS, "5 ms mark w late\n5 ms mark w none\n7 ms mark w got\n");
}

/* EINTR, always: the place is given up. */
Test(sem_set, a_signal_ends_it_even_if_calls_restart)
{
	struct rig rig;

	sem_rig(&rig, 1, 0, 0);
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "w", "sigaction USR1=h+restart; semop s 0-1; mark interrupted");
	rig_task(&rig, "stopped", "semop s 0-1; mark interrupted");
	rig_task(&rig, "k",
		 "sleep 1ms; signal USR1 w; stop stopped; sleep 1ms; cont stopped; semop s 0+1");
	rig_expect(&rig, MARKS,
		   "1 ms mark w handler\n1 ms mark w interrupted\n2 ms mark stopped interrupted\n");
}

#define FAILURES (RECORD_BIT(FAILED) | MARKS)

/*
 * SETVAL: do_smart_update() looks at all who wait; what was to be undone of that one is forgotten.
 */
Test(sem_set, a_new_value_does_the_calls_that_it_makes_possible)
{
	struct rig rig;

	sem_rig(&rig, 2, 0, 1);
	rig_task_attr(&rig, "w1", (struct rig_attr){.fifo = 2}, "semop s 0-2; mark got");
	rig_task_attr(&rig, "w2", (struct rig_attr){.fifo = 3}, "semop s 0-2; mark got");
	rig_task_attr(&rig, "z", (struct rig_attr){.fifo = 1}, "semop s 1+0; mark zero");
	rig_task_attr(&rig, "u", (struct rig_attr){.fifo = 5}, "semop s 1+3u; sleep 3ms");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 90},
		"sleep 1ms; semctl s 0+2; sleep 1ms; semctl s 0+2,1+0; sleep 3ms; semop~ s 1+0; mark still");
	/*
	 * w2 came first, as its priority let it. The end of u at 3 ms would take 3 from 0, but
	 * SETVAL said 0.
	 */
	rig_expect(&rig, MARKS,
		   "1 ms mark w2 got\n2 ms mark w1 got\n2 ms mark z zero\n5 ms mark k still\n");
}

/*
 * freeary(): EIDRM, in the order zero-waiters, others; whoever comes later finds nothing (EINVAL).
 */
Test(sem_set, the_end_of_a_set_ends_all_waits)
{
	struct rig rig;

	sem_rig(&rig, 2, 0, 1);
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 5}, "semop s 0-1 9ms; mark gone");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 5}, "semop s 0-1; mark gone");
	rig_task_attr(&rig, "z", (struct rig_attr){.fifo = 5}, "semop s 1+0; mark gone");
	rig_task_attr(&rig, "u", (struct rig_attr){.fifo = 9},
		      "semop s 1+1u; sleep 2ms; semop s 0+1; mark late");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sleep 1ms; semctl s; mark removed; semctl s 0+1");
	rig_expect(
		&rig, FAILURES,
		"1 ms mark k removed\n1 ms failed k EINVAL s\n"
		"1 ms failed a EIDRM s\n1 ms mark a gone\n1 ms failed b EIDRM s\n1 ms mark b gone\n"
		"1 ms failed z EIDRM s\n1 ms mark z gone\n2 ms failed u EINVAL s\n2 ms mark u late\n");
}
