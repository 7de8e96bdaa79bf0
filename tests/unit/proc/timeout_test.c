/* SPDX-License-Identifier: MIT */
/* Locks and waits that end after a time, or do not wait at all (process.md 8.1, 8.3, 8.9). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS (RECORD_BIT(MARK) | RECORD_BIT(FAILED))
#define SHOWN (MARKS | RECORD_BIT(PI_SETPRIO))

Test(timeout, who_does_not_get_a_lock_goes_on_behind_its_unlock)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "a", "lock m; sleep 5ms; unlock m");
	rig_task(
		&rig, "b",
		"run 1ms; lock m 2ms; mark in; unlock m; mark out; lock m 10ms; mark in; unlock m");
	rig_task(&rig, "c", "run 2ms; lock m try; mark in; unlock m; mark out");
	rig_expect(&rig, MARKS,
		   "2 ms failed c EBUSY m\n2 ms mark c out\n"
		   "3 ms failed b ETIMEDOUT m\n3 ms mark b out\n5 ms mark b in\n");
}

/* The inner section of another lock, and an inner one of the same, are not mistaken for its end. */
Test(timeout, the_unlock_that_belongs_to_it)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	builder_mutex_spec(rig.builder, (struct loc){0},
			   &(struct mutex_spec){.name = "m", .type = MUTEX_RECURSIVE});
	rig_task(&rig, "a", "lock m; sleep 5ms; unlock m");
	rig_task(
		&rig, "b",
		"run 1ms; loop 1; lock m 2ms; lock n; unlock n; lock m; unlock m; mark in; unlock m; "
		"mark out; end");
	rig_expect(&rig, MARKS, "3 ms failed b ETIMEDOUT m\n3 ms mark b out\n");
}

/*
 * 14.10's last line: the lock's timeout gives the boost back, chain and all, as soon as H runs
 * again.
 */
Test(timeout, the_boost_of_a_chain_ends_with_the_wait)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	builder_mutex(rig.builder, (struct loc){0}, "A", MUTEX_PI);
	builder_mutex(rig.builder, (struct loc){0}, "B", MUTEX_PI);
	rig_task_attr(&rig, "L", (struct rig_attr){.cpus = "0"}, "lock A; run 5ms; unlock A");
	rig_task_attr(&rig, "M", (struct rig_attr){.fifo = 20, .cpus = "0", .start_ns = 1 * MSEC},
		      "lock B; lock A; mark M-in; unlock A; unlock B");
	rig_task_attr(&rig, "H", (struct rig_attr){.fifo = 30, .cpus = "1", .start_ns = 2 * MSEC},
		      "lock B 1ms; mark H-in; unlock B; mark H-out");
	rig_expect(&rig, SHOWN,
		   "1 ms pi_setprio L 120>79\n"
		   "2 ms pi_setprio M 79>69\n"
		   "2 ms pi_setprio L 79>69\n"
		   "3 ms pi_setprio M 69>79\n"
		   "3 ms pi_setprio L 69>79\n"
		   "3 ms failed H ETIMEDOUT B\n"
		   "3 ms mark H H-out\n"
		   "5 ms pi_setprio L 79>120\n"
		   "5 ms mark M M-in\n");
}

Test(timeout, a_circle_with_a_time_in_it_is_no_deadlock)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "lock m; sleep 1ms; lock n 5ms; mark in; unlock n; unlock m");
	rig_task(&rig, "b", "lock n; sleep 2ms; lock m; mark in; unlock m; unlock n");
	rig_expect(&rig, MARKS, "6 ms failed a ETIMEDOUT n\n6 ms mark b in\n");
}

/*
 * Its holder waits for itself: the time is over all the same, and it has the lock once, as before.
 */
Test(timeout, a_pi_mutex_that_its_holder_locks_again)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	builder_mutex(rig.builder, (struct loc){0}, "A", MUTEX_PI);
	rig_task(&rig, "a",
		 "lock A; lock A 3ms; mark in; unlock A; mark out; unlock A; run 1ms; mark end");
	rig_task(&rig, "b", "sleep 1ms; lock A; mark in; unlock A");
	rig_expect(&rig, MARKS,
		   "3 ms failed a ETIMEDOUT A\n3 ms mark a out\n3 ms mark b in\n4 ms mark a end\n");
}

Test(timeout, a_condition_that_is_not_signalled_in_time)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "w",
		 "lock m; cond_wait c m 3ms; mark first; cond_wait c m 9ms; mark second; unlock m");
	rig_task(&rig, "s", "run 2500us; lock m; run 1ms; unlock m; run 2ms; cond_signal c");
	/* It comes back at 3 ms and has to wait for the mutex; the second time it is signalled. */
	rig_expect(&rig, MARKS,
		   "3 ms failed w ETIMEDOUT c\n3.5 ms mark w first\n5.5 ms mark w second\n");
}

Test(timeout, semaphores_and_rwlocks_have_them_too)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_task(&rig, "s",
		 "sem_wait s try; mark none; sem_wait s 2ms; mark late; sem_wait s 9ms; mark got");
	rig_task(&rig, "p", "run 4ms; sem_post s");
	rig_task(&rig, "r", "read_lock l; run 5ms; rw_unlock l");
	rig_task(&rig, "w",
		 "run 1ms; write_lock l try; rw_unlock l; write_lock l 2ms; mark in; rw_unlock l; "
		 "write_lock l 9ms; mark in; rw_unlock l");
	rig_expect(&rig, MARKS,
		   "0 failed s EAGAIN s\n0 mark s none\n1 ms failed w EBUSY l\n"
		   "2 ms failed s ETIMEDOUT s\n2 ms mark s late\n"
		   "3 ms failed w ETIMEDOUT l\n4 ms mark s got\n5 ms mark w in\n");
}

/* The timer slack of a fair task counts, a real-time task has none. */
Test(timeout, has_the_slack_of_any_timer)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_NORMAL);
	rig_task(&rig, "a", "lock m; sleep 9ms; unlock m");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 1, .start_ns = MSEC},
		      "lock m 1ms; mark in; unlock m; mark out");
	rig_expect(&rig, MARKS, "2 ms failed b ETIMEDOUT m\n2 ms mark b out\n");
}

Test(timeout, a_handler_in_between_does_not_prolong_the_wait)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark handled");
	rig_task(&rig, "a", "lock m; sleep 9ms; unlock m");
	rig_task(&rig, "b", "sigaction USR1=h; run 1ms; lock m 4ms; mark in; unlock m; mark out");
	rig_task(&rig, "k", "sleep 3ms; signal USR1 b");
	rig_expect(&rig, MARKS,
		   "3 ms mark b handled\n5 ms failed b ETIMEDOUT m\n5 ms mark b out\n");
}
