/* SPDX-License-Identifier: MIT */
/* Mutexes: barging, priority inheritance, mistakes (process.md 8.1-8.3, 14.10). */
#include <criterion/criterion.h>

#include "rig.h"

#define SHOWN (RECORD_BIT(MARK) | RECORD_BIT(PI_SETPRIO) | RECORD_BIT(WAKEUP))

/* a frees the lock and takes it again before b, which was woken, gets the cpu. */
Test(mutex, a_woken_waiter_has_to_compete_with_who_comes_by)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1},
		      "lock m; sleep 1ms; unlock m; lock m; run 1ms; mark mine; unlock m");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1}, "lock m; mark mine; unlock m");
	rig_expect(&rig, SHOWN,
		   "1 ms wakeup a\n"
		   "1 ms wakeup b\n"
		   "2 ms mark a mine\n"
		   "2 ms mark b mine\n");
}

Test(mutex, sleepers_are_woken_in_the_order_of_their_coming)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "lock m; sleep 10ms; unlock m");
	rig_task(&rig, "b", "sleep 1ms; lock m; mark b; unlock m");
	rig_task(&rig, "c", "sleep 2ms; lock m; mark c; unlock m");
	rig_task(&rig, "d", "sleep 3ms; lock m; mark d; unlock m");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "10 ms mark b b\n"
		   "10 ms mark c c\n"
		   "10 ms mark d d\n");
}

/*
 * What user space takes when it is back from the call is not taken by who was killed in between: it
 * is free for others.
 */
Test(mutex, the_killed_take_nothing_on_their_way_out)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "sleep 500us; lock m; mark no; unlock m");
	rig_task(&rig, "b", "sleep 500us; sem_wait s; mark no");
	rig_task(&rig, "c", "sleep 500us; read_lock r; mark no; rw_unlock r");
	rig_task(&rig, "d", "lock n; cond_wait c n; mark no; unlock n");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 1},
		"lock m; write_lock r; sleep 1ms; unlock m; kill a; sem_post s; kill b; rw_unlock r; kill c;"
		"cond_signal c; kill d; sleep 1ms; lock m; mark m; sem_wait s; mark s; write_lock r; mark r; lock n; mark n");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "2 ms mark k m\n2 ms mark k s\n2 ms mark k r\n2 ms mark k n\n");
}

/* A stop, and a handler, come before the lock is taken, too. */
Test(mutex, who_is_stopped_on_its_way_out_holds_nothing)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler; sleep 3ms");
	rig_task(&rig, "a", "sleep 500us; lock m; mark a; unlock m");
	rig_task(&rig, "b", "sigaction USR1=h; sleep 600us; write_lock r; mark b; rw_unlock r");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 1},
		"lock m; read_lock r; sleep 1ms; unlock m; stop a; rw_unlock r; signal USR1 b; sleep 1ms;"
		"lock m; read_lock r; mark k; unlock m; rw_unlock r; sleep 1ms; cont a");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "1 ms mark b handler\n2 ms mark k k\n3 ms mark a a\n4 ms mark b b\n");
}

/*
 * So does what a semaphore's waiter takes: its call is over with the wakeup, its loop in user mode
 * is not.
 */
Test(semaphore, who_is_stopped_on_its_way_out_takes_nothing)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "sem_wait s; mark a");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 1},
		"sleep 1ms; sem_post s; stop a; sleep 1ms; sem_wait s; mark k; sleep 1ms; sem_post s; cont a");
	rig_expect(&rig, RECORD_BIT(MARK), "2 ms mark k k\n3 ms mark a a\n");
}

/* A handler without SA_RESTART is no EINTR then: there is no call that it could end. */
Test(semaphore, a_handler_on_the_way_out_ends_nothing)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler; sleep 1ms");
	rig_task(&rig, "a", "sigaction USR1=h; sem_wait s; mark one; sem_wait s; mark broken");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 1},
		"sleep 1ms; sem_post s; signal USR1 a; sem_wait s; sleep 2ms; sem_post s; sleep 1ms; signal USR1 a");
	rig_expect(
		&rig, RECORD_BIT(MARK),
		"1 ms mark a handler\n3 ms mark a one\n4 ms mark a handler\n5 ms mark a broken\n");
}

Test(mutex, without_contention_no_system_call_is_paid)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->costs.syscall = MSEC;
	builder_platform(rig.builder)->costs.block = MSEC;
	rig_task(&rig, "a", "loop 10; lock m; unlock m; run 1us; end; mark over");
	rig_expect(&rig, RECORD_BIT(MARK), "1.01 ms mark a over\n");
}

/* The hog keeps l from running, so h waits for it: the inversion that inheritance is there for. */
Test(mutex, without_inheritance_a_middle_task_delays_a_strong_waiter)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 1}, "lock m; run 2ms; unlock m");
	rig_task_attr(&rig, "h", (struct rig_attr){.fifo = 9, .start_ns = MSEC},
		      "lock m; mark in; unlock m");
	rig_task_attr(&rig, "hog", (struct rig_attr){.fifo = 5, .start_ns = MSEC}, "run 10ms");
	rig_expect(&rig, SHOWN,
		   "12 ms wakeup h\n"
		   "12 ms mark h in\n");
}

static void pi_rig(struct rig *rig, u32 nr_cpus)
{
	rig_init(rig, nr_cpus, "v6.12");
	builder_mutex(rig->builder, (struct loc){0}, "A", MUTEX_PI);
	builder_mutex(rig->builder, (struct loc){0}, "B", MUTEX_PI);
}

Test(pi, the_owner_runs_at_its_waiters_priority_until_it_unlocks)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 1}, "lock A; run 2ms; unlock A");
	rig_task_attr(&rig, "h", (struct rig_attr){.fifo = 9, .start_ns = MSEC},
		      "lock A; mark in; unlock A");
	rig_task_attr(&rig, "hog", (struct rig_attr){.fifo = 5, .start_ns = MSEC}, "run 10ms");
	rig_expect(&rig, SHOWN,
		   "1 ms pi_setprio l 98>90\n"
		   "2 ms pi_setprio l 90>98\n"
		   "2 ms wakeup h\n"
		   "2 ms mark h in\n");
}

/* process.md 14.10. */
Test(pi, a_chain_of_three_is_boosted_link_by_link_and_handed_over)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task(&rig, "L", "lock A; run 5ms; unlock A; run 1ms; mark L-over");
	rig_task_attr(&rig, "M", (struct rig_attr){.fifo = 20, .start_ns = 1 * MSEC},
		      "lock B; lock A; mark M-in; unlock A; unlock B; mark M-over");
	rig_task_attr(&rig, "H", (struct rig_attr){.fifo = 30, .start_ns = 2 * MSEC},
		      "lock B; mark H-in; unlock B");
	rig_expect(&rig, SHOWN,
		   "1 ms pi_setprio L 120>79\n"
		   "2 ms pi_setprio M 79>69\n"
		   "2 ms pi_setprio L 79>69\n"
		   "5 ms pi_setprio L 69>120\n"
		   "5 ms wakeup M\n"
		   "5 ms mark M M-in\n"
		   "5 ms pi_setprio M 69>79\n"
		   "5 ms wakeup H\n"
		   "5 ms mark H H-in\n"
		   "5 ms mark M M-over\n"
		   "6 ms mark L L-over\n");
}

Test(pi, waiters_get_the_lock_by_priority)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task(&rig, "l", "lock A; sleep 5ms; unlock A");
	rig_task_attr(&rig, "w1", (struct rig_attr){.fifo = 1},
		      "sleep 1ms; lock A; mark in; unlock A");
	rig_task_attr(&rig, "w3", (struct rig_attr){.fifo = 3},
		      "sleep 2ms; lock A; mark in; unlock A");
	rig_task_attr(&rig, "w2", (struct rig_attr){.fifo = 2},
		      "sleep 3ms; lock A; mark in; unlock A");
	rig_task(&rig, "n", "sleep 4ms; lock A; mark in; unlock A");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "5 ms mark w3 in\n"
		   "5 ms mark w2 in\n"
		   "5 ms mark w1 in\n"
		   "5 ms mark n in\n");
}

Test(pi, the_boost_ends_when_the_waiter_is_killed)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 1}, "lock A; sleep 5ms; unlock A");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 9}, "sleep 1ms; lock A; unlock A");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 10}, "sleep 2ms; kill w");
	rig_expect(&rig, RECORD_BIT(PI_SETPRIO) | RECORD_BIT(EXIT),
		   "1 ms pi_setprio l 98>90\n"
		   "2 ms exit k 0x0\n"
		   "2 ms exit w 0x9\n"
		   "2 ms pi_setprio l 90>98\n"
		   "5 ms exit l 0x0\n");
}

Test(pi, a_dying_owner_hands_over)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task(&rig, "l", "lock A; run 3ms; kill l; unlock A");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1},
		      "sleep 1ms; lock A; mark in; unlock A");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(EXIT),
		   "3 ms exit l 0x9\n"
		   "3 ms mark w in\n"
		   "3 ms exit w 0x0\n");
}

Test(pi, the_boost_follows_a_change_of_the_waiters_priority)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 1}, "lock A; sleep 5ms; unlock A");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 2}, "sleep 1ms; lock A; unlock A");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 8},
		      "sleep 2ms; policy fifo:7 w; sleep 1ms; policy fifo:4 w");
	rig_expect(&rig, RECORD_BIT(PI_SETPRIO),
		   "1 ms pi_setprio l 98>97\n"
		   "2 ms pi_setprio l 97>92\n"
		   "3 ms pi_setprio l 92>95\n"
		   "5 ms pi_setprio l 95>98\n");
}

/* __waiter_prio(): all fair tasks are one rank, so nice moves nobody, and the first stays first. */
Test(pi, fair_waiters_keep_their_order_whatever_their_nice)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task(&rig, "l", "lock A; sleep 9ms; unlock A");
	rig_task(&rig, "w1", "sleep 1ms; lock A; mark in; unlock A");
	rig_task_attr(&rig, "w2", (struct rig_attr){.nice = -5},
		      "sleep 2ms; lock A; mark in; unlock A");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 8}, "sleep 3ms; policy other:-9 w2");
	rig_expect(&rig, RECORD_BIT(PI_SETPRIO) | RECORD_BIT(MARK),
		   "9 ms mark w1 in\n"
		   "9 ms mark w2 in\n");
}

/*
 * rt_effective_prio() takes the top waiter's nice, which has no weight: it is only seen in the
 * trace.
 */
Test(pi, a_fair_top_waiter_lends_its_nice_and_the_next_owner_gets_none)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task(&rig, "l", "lock A; sleep 9ms; unlock A");
	rig_task_attr(&rig, "w1", (struct rig_attr){.nice = -5},
		      "sleep 1ms; lock A; sleep 1ms; unlock A");
	rig_task_attr(&rig, "w2", (struct rig_attr){.nice = -9},
		      "sleep 2ms; lock A; mark in; unlock A");
	rig_expect(&rig, RECORD_BIT(PI_SETPRIO) | RECORD_BIT(MARK),
		   "1 ms pi_setprio l 120>115\n"
		   "9 ms pi_setprio l 115>120\n"
		   "10 ms mark w2 in\n");
}

/*
 * Of two locks' top waiters, equal in rank, the earlier one counts; when it goes, the other does.
 */
Test(pi, among_fair_top_waiters_the_first_one_is_the_donor)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task(&rig, "l", "lock A; lock B; sleep 9ms; unlock B; sleep 1ms; unlock A");
	rig_task_attr(&rig, "b", (struct rig_attr){.nice = -2}, "sleep 1ms; lock B; unlock B");
	rig_task_attr(&rig, "a", (struct rig_attr){.nice = -7}, "sleep 2ms; lock A; unlock A");
	rig_expect(&rig, RECORD_BIT(PI_SETPRIO),
		   "1 ms pi_setprio l 120>118\n"
		   "9 ms pi_setprio l 118>113\n"
		   "10 ms pi_setprio l 113>120\n");
}

/*
 * futex_queue() ranks by normal_prio: w is boosted through A, but waits on m as the fair task it
 * is.
 */
Test(futex_order, a_boost_does_not_count)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task_attr(&rig, "o", (struct rig_attr){.fifo = 50}, "lock m; sleep 9ms; unlock m");
	rig_task(&rig, "w", "lock A; sleep 3ms; lock m; mark w; unlock m; unlock A");
	rig_task_attr(&rig, "h", (struct rig_attr){.fifo = 30}, "sleep 1ms; lock A; unlock A");
	rig_task_attr(&rig, "x", (struct rig_attr){.fifo = 10},
		      "sleep 4ms; lock m; mark x; unlock m");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "9 ms mark x x\n"
		   "9 ms mark w w\n");
}

/*
 * The unlock chooses w, which cannot run yet; s is stronger, comes by and takes the lock. w has
 * stood first among its equals all the time and gets it before v, though v did not lose its turn.
 */
Test(pi, whoever_was_robbed_keeps_its_place)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 40},
		      "lock A; sleep 3ms; unlock A; run 2ms");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 20},
		      "sleep 1ms; lock A; mark in; unlock A");
	rig_task_attr(&rig, "v", (struct rig_attr){.fifo = 20},
		      "sleep 2ms; lock A; mark in; unlock A");
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 50},
		      "sleep 4ms; lock A; mark in; sleep 3ms; unlock A");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "4 ms mark s in\n"
		   "7 ms mark w in\n"
		   "7 ms mark v in\n");
}

/* x waits for B behind nobody else; raised, it lifts L over M, which holds B and waits for A. */
Test(pi, a_change_of_priority_walks_the_whole_chain)
{
	struct rig rig;

	pi_rig(&rig, 1);
	rig_task(&rig, "L", "lock A; sleep 9ms; unlock A");
	rig_task(&rig, "M", "lock B; sleep 1ms; lock A; unlock A; unlock B");
	rig_task(&rig, "x", "sleep 2ms; lock B; unlock B");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sleep 3ms; policy fifo:9 x; sleep 1ms; policy other:0 x");
	rig_expect(&rig, RECORD_BIT(PI_SETPRIO),
		   "3 ms pi_setprio M 120>90\n"
		   "3 ms pi_setprio L 120>90\n"
		   "4 ms pi_setprio M 90>120\n"
		   "4 ms pi_setprio L 90>120\n");
}

Test(mistake, to_unlock_what_another_holds_ends_the_run)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "lock m; run 5ms; unlock m");
	rig_task(&rig, "b", "sem_wait s; unlock m; lock m");
	rig_task(&rig, "c", "run 1ms; sem_post s");
	rig_expect_failure(&rig, "unlocks mutex 'm', which it does not hold");
}

Test(mistake, a_deadlock_is_reported_with_its_circle_when_it_closes)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "lock m; sleep 1ms; lock n; unlock n; unlock m");
	rig_task(&rig, "b", "lock n; sleep 2ms; lock m; unlock m; unlock n");
	rig_expect_failure(&rig,
			   "task 'b' (pid 9) at 2 ms: deadlock: it waits for 'm', held by 'a' "
			   "(pid 8), which waits for 'n', held by 'b' (pid 9)");
}

/* b waits for all who read l, c among them, who goes on; a is enough. */
Test(mistake, a_circle_may_lead_through_one_of_several_readers)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.18");
	rig_task(&rig, "a",
		 "read_lock l; read_lock l; rw_unlock l; sleep 3ms; lock m; unlock m; rw_unlock l");
	rig_task(&rig, "b", "lock m; sleep 1ms; write_lock l; rw_unlock l; unlock m");
	rig_task(&rig, "c", "read_lock l; run 20ms; rw_unlock l");
	rig_expect_failure(
		&rig,
		"task 'a' (pid 18) at 3 ms: deadlock: it waits for 'm', held by 'b' (pid 19), which waits for 'l', "
		"read by 'a' (pid 18)");

	rig_init(&rig, 1, "v6.18");
	rig_task(&rig, "a", "read_lock l; write_lock l; rw_unlock l");
	rig_expect_failure(&rig, "deadlock: it waits for 'l', which it reads itself");
}

/*
 * Who has given it back, has died, or waits for a time only, is in no circle; and whose read
 * another task gives back is not known.
 */
Test(mistake, a_circle_does_not_lead_through_those_who_read_no_more)
{
	static const char *const readers[] = {
		"read_lock l; rw_unlock l; sleep 3ms; lock m; unlock m; mark in",
		"read_lock l; sleep 3ms; lock m 5ms; mark got; unlock m; mark in; rw_unlock l",
		"read_lock l; read_lock l; sleep 3ms; lock m; unlock m; mark in",
	};

	for (u32 i = 0; i < ARRAY_SIZE(readers); i++) {
		struct rig rig;

		rig_init(&rig, 3, "v6.18");
		rig_task(&rig, "a", readers[i]);
		rig_task(&rig, "b", "lock m; sleep 1ms; write_lock l; rw_unlock l; unlock m");
		rig_task(&rig, "c",
			 i == 2 ? "sleep 2ms; rw_unlock l; sleep 5ms; rw_unlock l" : "run 1ms");
		cr_expect(strstr(rig_run(&rig, RECORD_BIT(MARK)), "mark a in"), "%u", i);
		rig_fini(&rig);
	}
}

Test(mistake, to_lock_what_one_holds_is_a_deadlock_too)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "lock m; run 1ms; loop 2; lock m; run 1ms; end; unlock m");
	rig_expect_failure(&rig, "deadlock: it waits for 'm', which it holds itself");
}

/* The parent waits for a child that waits for a mutex of the parent. */
Test(mistake, a_circle_through_a_wait_is_told_when_it_closes)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "kid", "sleep 1ms; lock m; unlock m");
	rig_task(&rig, "dad", "lock m; fork kid; wait; unlock m");
	rig_expect_failure(
		&rig,
		"task 'kid' (pid 14) at 1 ms: deadlock: it waits for 'm', held by 'dad' (pid 13), which "
		"waits for the end of 'kid' (pid 14)");

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "kid", "lock m; unlock m");
	rig_task(&rig, "dad", "lock m; fork kid; sleep 1ms; wait; unlock m");
	rig_expect_failure(
		&rig,
		"task 'dad' (pid 13) at 1 ms: deadlock: it waits for its child 'kid' (pid 14), which waits "
		"for 'm', held by 'dad' (pid 13)");
}

/* Three generations and a mutex of the eldest; the youngest closes the circle. */
Test(mistake, a_circle_through_several_waits)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "kid", "sleep 1ms; lock m; unlock m");
	rig_template(&rig, "mum", "fork kid; waitall");
	rig_task(&rig, "nan", "lock m; fork mum; wait; unlock m");
	rig_expect_failure(
		&rig,
		"deadlock: it waits for 'm', held by 'nan' (pid 13), which waits for its child 'mum' (pid 14), "
		"which waits for the end of 'kid' (pid 15)");
}

/* A vfork waits as well. */
Test(mistake, a_circle_through_a_vfork)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "kid", "sleep 1ms; lock m; unlock m");
	rig_task(&rig, "dad", "lock m; vfork kid; unlock m");
	rig_expect_failure(
		&rig,
		"deadlock: it waits for 'm', held by 'dad' (pid 13), which waits for the end of 'kid' (pid 14)");
}

/*
 * Another thread might end the process that waits, and does: what it had locked stays so, but
 * nobody waits in a circle.
 */
Test(mistake, a_vfork_that_another_thread_may_end_is_in_no_circle)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "kid", "lock m; unlock m");
	rig_template(&rig, "quitter", "sleep 1ms; exit_group 0");
	rig_task(&rig, "dad", "lock m; clone quitter; vfork kid; unlock m");
	rig_expect_failure(
		&rig,
		"1 task sleeps and nothing will wake it: 'kid' (pid 15) in 'lock m', whose holder has died");
}

/* Not the one that closes it, but another thread of its process has the lock. */
Test(mistake, a_circle_beside_who_closes_it)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "kid", "sleep 1ms; lock m; unlock m");
	rig_template(&rig, "aunt", "lock m; sleep 500us; wait; unlock m");
	rig_task(&rig, "dad", "clone aunt; fork kid; sleep 3ms; wait");
	rig_expect_failure(
		&rig,
		"task 'dad' (pid 13) at 3 ms: deadlock: it waits for its child 'kid' (pid 15), which waits for "
		"'m', held by 'aunt' (pid 14), which waits for its child 'kid' (pid 15), which was named before");
}

/* Another child, another thread of the child or of the parent, or a signal may yet help. */
Test(mistake, who_waits_for_one_of_several_children_is_not_stuck_with_one)
{
	static const struct {
		const char *parent, *kid;
	} cases[] = {
		{"lock m; fork kid; fork other; wait; unlock m; waitall; mark done",
		 "lock m; unlock m"},
		{"lock m; fork kid; clone saver; wait; unlock m; waitall; mark done",
		 "lock m; unlock m"},
		{"lock m; fork kid; wait; unlock m; mark done", "clone quitter; lock m; unlock m"},
		{"lock m; alarm 1ms; sigaction ALRM=h; fork kid; wait; unlock m; waitall; mark done",
		 "lock m; unlock m"},
	};

	for (u32 i = 0; i < ARRAY_SIZE(cases); i++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.12");
		rig_template(&rig, "kid", cases[i].kid);
		rig_template(&rig, "other", "sleep 1ms");
		rig_template(&rig, "saver", "fork other; sleep 5ms");
		rig_template(&rig, "quitter", "sleep 1ms; exit_group 0");
		if (i == 3)
			rig_template(&rig, "h", "");
		rig_task(&rig, "dad", cases[i].parent);
		rig_expect(&rig, RECORD_BIT(MARK), "1 ms mark dad done\n");
	}
}
