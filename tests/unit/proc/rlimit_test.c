/* SPDX-License-Identifier: MIT */
/* RLIMIT_RTTIME and RLIMIT_CPU end to end (core-rt-dl-ext.md 2.2). HZ is 250: a tick each 4 ms. */
#include <criterion/criterion.h>

#include "rig.h"

enum { MARKS = RECORD_BIT(MARK) | RECORD_BIT(EXIT) };

/*
 * 100 ms are 25 ticks, so the 26th looks, at 104 ms. The limit is 1.1 s then, 275 ticks: at 276 * 4
 * ms.
 */
Test(rlimit, rttime_signals_above_its_soft_limit_and_a_second_later_again)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark over");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 10, .rttime = {100 * MSEC, NEVER}},
		      "sigaction XCPU=h; run 1500ms; exit 0");
	rig_expect(&rig, MARKS, "104 ms mark w over\n1.104 s mark w over\n1.5 s exit w 0x0\n");
}

/* The soft limit is 1.1 s when the hard one of 500 ms, 125 ticks, is passed. */
Test(rlimit, rttime_kills_above_its_hard_limit)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark over");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 10, .rttime = {100 * MSEC, 500 * MSEC}},
		      "sigaction XCPU=h; run 1500ms; exit 0");
	rig_expect(&rig, MARKS, "104 ms mark w over\n504 ms exit w 0x9\n");
}

/* Each sleep begins anew: 22 ticks at most; then 26 without one, from 272 ms on, over a yield. */
Test(rlimit, rttime_begins_anew_with_each_sleep_but_not_with_a_yield)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark over");
	rig_task_attr(
		&rig, "w", (struct rig_attr){.fifo = 10, .rttime = {100 * MSEC, NEVER}},
		"sigaction XCPU=h; loop 3; run 88ms; sleep 2ms; end; sleep 2ms; run 60ms; yield; run 60ms; exit 0");
	rig_expect(&rig, MARKS, "376 ms mark w over\n392 ms exit w 0x0\n");
}

/* As a fair task it may do what it wants. */
Test(rlimit, rttime_is_not_for_fair_tasks)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.18");
	rig_task_attr(
		&rig, "w", (struct rig_attr){.rttime = {100 * MSEC, 200 * MSEC}},
		"run 300ms; policy fifo:1; run 80ms; policy other:0; run 80ms; policy fifo:1; run 80ms; exit 0");
	rig_expect(&rig, MARKS, "540 ms exit w 0x0\n");
}

/*
 * task_tick_rt() counts for who is boosted, too: w holds the mutex that r wants from 10 ms on, so
 * the ticks at 12 to 112 ms are 26.
 */
Test(rlimit, rttime_counts_while_a_fair_task_is_boosted)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_mutex(rig.builder, (struct loc){0}, "m", MUTEX_PI);
	rig_template(&rig, "h", "mark over");
	rig_task_attr(&rig, "w", (struct rig_attr){.rttime = {100 * MSEC, NEVER}},
		      "sigaction XCPU=h; lock m; run 200ms; unlock m; exit 0");
	rig_task_attr(&rig, "r", (struct rig_attr){.fifo = 10},
		      "sleep 10ms; lock m; unlock m; exit 0");
	rig_expect(&rig, MARKS, "112 ms mark w over\n200 ms exit r 0x0\n200 ms exit w 0x0\n");
}

/*
 * 250 ticks are 1 s: 150 up to 602 ms, and 100 from 1.004 s on. Where nobody handles it SIGXCPU
 * (0x18) dumps core (0x80).
 */
Test(rlimit, cpu_signals_each_second_and_kills_at_last)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark over");
	rig_task_attr(&rig, "w", (struct rig_attr){.cpu = {SEC, 3 * SEC}},
		      "sigaction XCPU=h; run 602ms; sleep 400ms; run 5s; exit 0");
	rig_expect(&rig, MARKS, "1.4 s mark w over\n2.4 s mark w over\n3.4 s exit w 0x9\n");
	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w", (struct rig_attr){.cpu = {SEC, NEVER}}, "run 5s; exit 0");
	rig_expect(&rig, MARKS, "1 s exit w 0x98\n");
}

/*
 * Both threads count: 125 ticks each at 500 ms, where that of the second cpu is the one that looks.
 * A child has the limit as it is by then, 2 s, but not what its parent has used: its 500th tick is
 * at 2.6 s.
 */
Test(rlimit, cpu_is_of_all_threads_and_is_inherited)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark over");
	rig_template(&rig, "c", "run 5s");
	rig_task_attr(&rig, "w", (struct rig_attr){.cpu = {SEC, 2 * SEC}, .cpus = "0"},
		      "sigaction XCPU=h; run 602ms; fork c; wait; exit 0");
	rig_task_attr(&rig, "t", (struct rig_attr){.thread_of = "w", .cpus = "1"},
		      "run 600ms; sleep 10s");
	rig_expect(&rig, MARKS,
		   "500 ms mark t over\n"
		   "2.6 s exit c 0x9\n"
		   "2.6 s exit w 0x0\n"
		   "10.6 s exit t 0x0\n");
}

/* ---- RLIMIT_SIGPENDING (process.md 6.3) ---- */

#define SENT (RECORD_BIT(SIGNAL_GENERATE) | RECORD_BIT(SIGNAL_DELIVER) | RECORD_BIT(FAILED))

/*
 * Two entries are all: a third sigqueue() of a real-time signal fails; kill() of another one leaves
 * its bit, for which it is taken once. A standard signal by sigqueue() is pending likewise. What is
 * taken makes room.
 */
Test(rlimit, of_realtime_signals_above_sigpending_sigqueue_is_told_and_kill_is_not)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark taken");
	rig_task_attr(
		&rig, "t", (struct rig_attr){.sigpending = 3},
		"sigaction USR1=h; sigaction RTMIN=h; sigaction RTMIN+1=h; sigmask block USR1,RTMIN,RTMIN+1; "
		"sleep 1ms; sigmask unblock USR1; sigmask unblock RTMIN+1; sigmask unblock RTMIN; sleep 2ms");
	rig_task(
		&rig, "s",
		"signal RTMIN^ t; signal RTMIN^ t; signal RTMIN^ t; signal RTMIN t; signal RTMIN+1 t; signal RTMIN+1 t; "
		"signal RTMIN+1! t; signal USR1^ t; signal USR1^ t; sleep 2ms; signal RTMIN^ t");
	rig_expect(&rig, SENT,
		   "0 signal_generate t RTMIN group delivered code=-1\n"
		   "0 signal_generate t RTMIN group delivered code=-1\n"
		   "0 signal_generate t RTMIN group overflow code=-1\n"
		   "0 failed s EAGAIN sigqueue\n"
		   "0 signal_generate t RTMIN group lost code=0\n"
		   "0 signal_generate t RTMIN+1 group lost code=0\n"
		   "0 signal_generate t RTMIN+1 group lost code=0\n"
		   "0 signal_generate t RTMIN+1 thread overflow code=-6\n"
		   "0 failed s EAGAIN signal\n"
		   "0 signal_generate t USR1 group lost code=-1\n"
		   "0 signal_generate t USR1 group pending code=-1\n"
		   "1 ms signal_deliver t USR1 handler\n"
		   "1 ms signal_deliver t RTMIN+1 handler\n"
		   "1 ms signal_deliver t RTMIN handler\n"
		   "1 ms signal_deliver t RTMIN handler\n"
		   "2 ms signal_generate t RTMIN group delivered code=-1\n"
		   "2 ms signal_deliver t RTMIN handler\n");
}

/*
 * What the kernel or kill() sends of the standard ones has an entry above the limit, which counts:
 * none is left for others then. The count is the user's: what waits for another process of root's
 * is in it, what waits for ann's is not.
 */
Test(rlimit, sigpending_counts_what_waits_for_all_of_a_users_processes)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "ann", (struct rig_attr){.user = "ann"},
		      "sigmask block RTMIN; sleep 2ms; exit 0");
	rig_task(&rig, "other", "sigmask block USR1,USR2; sleep 2ms; exit 0");
	rig_task_attr(&rig, "t", (struct rig_attr){.sigpending = 3},
		      "sigmask block RTMIN,USR1; sleep 2ms; exit 0");
	rig_task(
		&rig, "s",
		"signal RTMIN^ ann; signal RTMIN^ ann; signal USR1 other; signal USR2 other; signal RTMIN^ t; signal USR1 t; signal RTMIN t");
	rig_expect(&rig, RECORD_BIT(SIGNAL_GENERATE) | RECORD_BIT(FAILED),
		   "0 signal_generate ann RTMIN group delivered code=-1\n"
		   "0 signal_generate ann RTMIN group delivered code=-1\n"
		   "0 signal_generate other USR1 group delivered code=0\n"
		   "0 signal_generate other USR2 group delivered code=0\n"
		   "0 signal_generate t RTMIN group overflow code=-1\n"
		   "0 failed s EAGAIN sigqueue\n"
		   "0 signal_generate t USR1 group delivered code=0\n"
		   "0 signal_generate t RTMIN group lost code=0\n");
}

/*
 * timer_create() takes an entry for good, whether its signal waits or not. A child has its parent's
 * limit.
 */
Test(rlimit, each_timer_of_ones_own_takes_one_of_sigpending)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "timer_settime c=RTMIN 1ms; sleep 3ms; mark alive; exit 0");
	rig_task_attr(
		&rig, "t", (struct rig_attr){.sigpending = 3},
		"timer_settime a=RTMIN 1s; timer_settime b=RTMIN 1s; fork c; sleep 4ms; timer_settime a=RTMIN 2s; exit 0");
	rig_expect(&rig, RECORD_BIT(FAILED) | RECORD_BIT(MARK),
		   "0 failed c EAGAIN timer_settime\n3 ms mark c alive\n");
}
