/* SPDX-License-Identifier: MIT */
/* Futex calls with more than one word, and with PI mutexes (process.md 8.1; kernel/futex/). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS (RECORD_BIT(MARK) | RECORD_BIT(FAILED))

static const struct loc nowhere;

/*
 * What signalled and unlocked in one call: v becomes 0, who sleeps at w is woken, and as v was
 * above 1 so is one who sleeps there. The second call finds 0, which is not above 1.
 */
Test(futex_wake_op, the_old_value_decides_about_the_second_word)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_futex(rig.builder, nowhere, "v", 2);
	rig_task(&rig, "a", "futex_wait w+=0; mark up; futex_wait w+=0; mark up");
	rig_task(&rig, "b", "futex_wait v+=2; mark up; futex_wait v+=0; mark late");
	rig_task(&rig, "k",
		 "sleep 1ms; futex_wake_op w+>v+@set0+?gt1+#1+%1; sleep 1ms;"
		 "futex_wake_op w+>v+@add5+?gt1+#1+%1; sleep 1ms; futex_wait v+=0; futex_wake v");
	rig_expect(
		&rig, MARKS | RECORD_BIT(WAKEUP),
		"1 ms wakeup k\n1 ms wakeup a\n1 ms wakeup b\n1 ms mark a up\n1 ms mark b up\n"
		"2 ms wakeup k\n2 ms wakeup a\n2 ms mark a up\n3 ms wakeup k\n3 ms failed k EAGAIN v\n"
		"3 ms wakeup b\n3 ms mark b late\n");
}

/* arch_futex_atomic_op_inuser(), and comparisons of signed numbers: 0xffffffff is -1. */
Test(futex_wake_op, all_changes_and_relations)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "k",
		"futex_wake_op w+>v+@or12+?eq0; futex_wake_op w+>v+@andn4+?ne12; futex_wake_op w+>v+@xor3+?le8;"
		"futex_wait v+=11+1ms; futex_wake_op w+>v+@add4294967284+?ge11; futex_wait v+=4294967295+1ms;"
		"futex_wake_op w+>v+@set5+?lt0; futex_wait v+=5+1ms");
	/*
	 * 0|12 = 12, &~4 = 8, ^3 = 11, +(-12) = -1. All waits sleep until their end, as the word is
	 * as told.
	 */
	rig_expect(
		&rig, MARKS,
		"1 ms failed k ETIMEDOUT v\n2 ms failed k ETIMEDOUT v\n3 ms failed k ETIMEDOUT v\n");
}

/* The first wake lets it go on, wherever; its other places are free for others then. */
Test(futex_waitv, a_wake_at_any_of_the_words)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "a",
		"futex_waitv u=0,v=0,w=0; mark up; futex_waitv u=0,v=0,w=0; mark up; futex_waitv u=0,v=1; mark no");
	rig_task(&rig, "b", "sleep 500us; futex_wait w+=0; mark up");
	rig_task(
		&rig, "k",
		"sleep 1ms; futex_wake v; sleep 1ms; futex_wake w; sleep 1ms; futex_wake w; futex_wake u");
	/* At 1 ms a comes back to w behind b. */
	rig_expect(
		&rig, MARKS,
		"1 ms mark a up\n2 ms mark b up\n3 ms mark a up\n3 ms failed a EAGAIN v\n3 ms mark a no\n");
}

/* What is requeued to another of its words is one place more there, and gone with the rest. */
Test(futex_waitv, requeued_timed_interrupted)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "a", "futex_waitv u=0,v=0; mark up; futex_waitv u=0,v=0+2ms; mark late");
	rig_task(
		&rig, "s",
		"sigaction USR1=h; futex_waitv x=0,y=0; mark broken; sigaction USR1=h+restart; futex_waitv x=0,y=0; mark up");
	rig_task(&rig, "d", "futex_waitv p=0,q=0; mark no");
	rig_task(
		&rig, "k",
		"sleep 1ms; futex_requeue u+>v+#0+%9; futex_wake v+#9; signal USR1 s; sleep 1ms; signal USR1 s; "
		"kill d; sleep 500us; futex_wake x; futex_wake y; futex_wake q");
	rig_expect(&rig, MARKS,
		   "1 ms mark a up\n1 ms mark s handler\n1 ms mark s broken\n2 ms mark s handler\n"
		   "2.5 ms mark s up\n3 ms failed a ETIMEDOUT u\n3 ms mark a late\n");
}

/*
 * futex_unqueue_multiple() is called when it runs: until then it takes the wakes of its other
 * words, too.
 */
Test(futex_waitv, stands_at_all_words_until_it_runs)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "futex_waitv u=0,v=0; mark up");
	rig_task(&rig, "b", "sleep 100us; futex_wait v+=0; mark b");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1},
		      "sleep 1ms; futex_wake u+#1; futex_wake v+#1; sleep 1ms; futex_wake v+#1");
	rig_expect(&rig, RECORD_BIT(MARK), "1 ms mark a up\n2 ms mark b b\n");
}

/*
 * Who was woken before the signal came was woken: the call is not begun anew behind the handler,
 * nor is it EINTR.
 */
Test(futex_waitv, woken_and_interrupted)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "a", "sigaction USR1=h+restart; futex_waitv u=0,v=0+5ms; mark up");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1},
		      "sleep 1ms; futex_wake v; signal USR1 a");
	rig_expect(&rig, MARKS, "1 ms mark a handler\n1 ms mark a up\n");
}

/*
 * One word is a vector, too: a signal breaks the wait for it off (EINTR), though there are no other
 * places to leave.
 */
Test(futex_waitv, of_one_word_interrupted)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "a", "sigaction USR1=h; futex_waitv u=0; mark broken");
	rig_task(&rig, "k", "sleep 1ms; signal USR1 a");
	rig_expect(&rig, MARKS, "1 ms mark a handler\n1 ms mark a broken\n");
}

static void pi_rig(struct rig *rig)
{
	rig_init(rig, 1, "v6.12");
	builder_mutex(rig->builder, nowhere, "m", MUTEX_PI);
	rig_task_attr(rig, "n", (struct rig_attr){.nice = 5},
		      "futex_wait_requeue_pi w+=0 m; mark in; unlock m");
	rig_task_attr(rig, "f1", (struct rig_attr){.fifo = 1},
		      "futex_wait_requeue_pi w+=0 m; mark in; unlock m");
	rig_task_attr(rig, "f2", (struct rig_attr){.fifo = 2},
		      "futex_wait_requeue_pi w+=0 m; mark in; unlock m");
}

#define SEEN (MARKS | RECORD_BIT(WAKEUP) | RECORD_BIT(PI_SETPRIO))

/*
 * The holder moves them all and is boosted at once (FIFO 2 is prio 97); each is woken with the
 * mutex, by rank.
 */
Test(futex_requeue_pi, waiters_of_the_word_become_waiters_of_the_mutex)
{
	struct rig rig;

	pi_rig(&rig);
	rig_task(&rig, "k",
		 "sleep 1ms; lock m; futex_requeue_pi w m; run 1ms; mark done; unlock m");
	rig_expect(
		&rig, SEEN,
		"1 ms wakeup k\n1 ms pi_setprio k 120>97\n2 ms mark k done\n2 ms pi_setprio k 97>120\n"
		"2 ms wakeup f2\n2 ms mark f2 in\n2 ms wakeup f1\n2 ms mark f1 in\n2 ms wakeup n\n2 ms mark n in\n");
}

/* Nobody has it: the first gets it and is woken, one more is moved, the third stays at the word. */
Test(futex_requeue_pi, a_free_mutex_goes_to_the_first)
{
	struct rig rig;

	pi_rig(&rig);
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 90},
		"sleep 1ms; futex_requeue_pi w+%1 m; mark moved; sleep 1ms; futex_wake w; futex_requeue_pi w+%1 m");
	/* FUTEX_WAKE finds one who waits for a requeue: EINVAL. */
	rig_expect(
		&rig, SEEN,
		"1 ms wakeup k\n1 ms wakeup f2\n1 ms mark k moved\n1 ms mark f2 in\n1 ms wakeup f1\n1 ms mark f1 in\n"
		"2 ms wakeup k\n2 ms failed k EINVAL w\n2 ms wakeup n\n2 ms mark n in\n");
}

/* Who comes too late goes on behind the unlock; who waits for no requeue is not for one. */
Test(futex_requeue_pi, what_fails)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_mutex(rig.builder, nowhere, "m", MUTEX_PI);
	rig_task(&rig, "a", "futex_wait_requeue_pi w+=1 m; mark in; unlock m; mark out");
	rig_task(&rig, "b", "futex_wait v+=0; mark up");
	rig_task(&rig, "k",
		 "sleep 1ms; futex_requeue_pi v m; futex_requeue_pi v+=3 m; futex_wake v");
	rig_expect(
		&rig, MARKS,
		"0 failed a EAGAIN w\n0 mark a out\n1 ms failed k EINVAL v\n1 ms failed k EAGAIN v\n1 ms mark b up\n");
}

/*
 * Who waits to be moved to a mutex is not for FUTEX_CMP_REQUEUE and FUTEX_WAKE_OP, either: they end
 * there, before they look at another word; who stands before is moved all the same.
 */
Test(futex_requeue_pi, no_other_call_moves_or_wakes_its_waiters)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_mutex(rig.builder, nowhere, "m", MUTEX_PI);
	rig_task(&rig, "b", "futex_wait w+=0; mark up");
	rig_task(&rig, "a", "futex_wait_requeue_pi w+=0 m; mark in; unlock m");
	rig_task(&rig, "c", "futex_wait v+=0; mark up");
	rig_task(
		&rig, "k",
		"sleep 1ms; futex_requeue w+>v+#0+%9; futex_wake_op w+>v+@set0+?eq0+#1+%1; sleep 1ms;"
		"futex_wake v+#9; futex_requeue_pi w m");
	rig_expect(
		&rig, MARKS,
		"1 ms failed k EINVAL w\n1 ms failed k EINVAL w\n2 ms mark c up\n2 ms mark b up\n2 ms mark a in\n");
}

/* A signal before the move lets it begin anew, one after it leaves it a locker. */
Test(futex_requeue_pi, signals_come_in_between)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_mutex(rig.builder, nowhere, "m", MUTEX_PI);
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "a", "sigaction USR1=h; futex_wait_requeue_pi w+=0 m; mark in; unlock m");
	rig_task(
		&rig, "k",
		"sleep 1ms; signal USR1 a; sleep 1ms; lock m; futex_requeue_pi w m; sleep 1ms; signal USR1 a; "
		"sleep 1ms; unlock m");
	rig_expect(&rig, MARKS, "1 ms mark a handler\n3 ms mark a handler\n4 ms mark a in\n");
}

/* Its death in any of the three places leaves nothing behind. */
Test(futex_requeue_pi, the_dead_are_gone)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	builder_mutex(rig.builder, nowhere, "m", MUTEX_PI);
	rig_task(&rig, "a", "futex_wait_requeue_pi w+=0 m; mark no; unlock m");
	rig_task(&rig, "b", "sleep 100us; futex_wait_requeue_pi w+=0 m; mark no; unlock m");
	rig_task(&rig, "c", "sleep 200us; futex_wait_requeue_pi w+=0 m; mark in; unlock m");
	rig_task(
		&rig, "k",
		"sleep 1ms; kill a; sleep 1ms; lock m; futex_requeue_pi w m; kill b; sleep 1ms; unlock m");
	rig_expect(&rig, MARKS, "3 ms mark c in\n");
}
