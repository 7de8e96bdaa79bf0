/* SPDX-License-Identifier: MIT */
/* timerfd, setitimer, timer_settime end to end (process.md 8.8, 8.9). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

Test(timerfd, once_or_with_a_period_of_its_own)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w",
		 "timerfd_settime t 5ms; timerfd_read t; mark once; timerfd_settime t 1ms/10ms; "
		 "loop 3; timerfd_read t; mark tick; end");
	rig_expect(&rig, MARKS,
		   "5 ms mark w once\n6 ms mark w tick\n16 ms mark w tick\n26 ms mark w tick\n");
}

/* 25 ms of work pass two periods; one read counts them, and the grid stays. */
Test(timerfd, a_late_reader_reads_all_periods_at_once)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"timerfd_settime t 10ms/10ms; run 25ms; timerfd_read t; mark at; timerfd_read t; mark next");
	rig_expect(&rig, MARKS, "25 ms mark w at\n30 ms mark w next\n");
}

/* It is armed again by a read alone: who does not read sees one expiration, at 1 ms. */
Test(timerfd, nobody_reads_nothing_more_expires)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"timerfd_settime t 1ms/1ms; epoll_add ep timerfd=t+edge; epoll_wait ep; mark first; "
		"epoll_wait ep+20ms; mark timeout; timerfd_read t; epoll_wait ep; mark second");
	rig_expect(&rig, MARKS, "1 ms mark w first\n21 ms mark w timeout\n22 ms mark w second\n");
}

Test(timerfd, all_readers_are_woken_and_one_reads)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "r", (struct rig_attr){.fifo = 1, .count = 2},
		      "timerfd_read t; mark got");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90}, "timerfd_settime t 1ms/5ms");
	rig_expect(&rig, RECORD_BIT(FUTILE) | MARKS,
		   "1 ms mark r0 got\n1 ms futile r1\n6 ms mark r1 got\n");
}

Test(timerfd, zero_disarms_and_a_setting_forgets_what_has_expired)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "w",
		"timerfd_settime t 1ms; run 2ms; timerfd_settime t 5ms; timerfd_read t; mark five; "
		"timerfd_settime t 1ms; timerfd_settime t 0; run 3ms; timerfd_read~ t; mark nothing");
	rig_expect(&rig, MARKS, "7 ms mark w five\n10 ms mark w nothing\n");
}

/* The timer goes on when its signal is taken: at 20 ms, after which the grid's next point is 25. */
Test(itimer, a_period_ends_when_its_signal_is_taken)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark tick");
	rig_task(&rig, "w",
		 "sigaction ALRM=h; setitimer real 5ms/10ms; pause; sigmask block ALRM; run 15ms; "
		 "sigmask unblock ALRM; pause; setitimer real 0; sleep 50ms; mark end");
	rig_expect(&rig, MARKS,
		   "5 ms mark w tick\n20 ms mark w tick\n25 ms mark w tick\n75 ms mark w end\n");
}

Test(itimer, alarm_is_the_same_timer_without_a_period)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark tick");
	rig_task(
		&rig, "w",
		"sigaction ALRM=h; setitimer real 5ms/5ms; alarm 7ms; pause; sleep 30ms; mark end");
	rig_expect(&rig, MARKS, "7 ms mark w tick\n37 ms mark w end\n");
}

/*
 * HZ is 250: a tick each 4 ms. 10 ms of cpu time are over when ticks have found 10 + 4 ms, at the
 * fourth; then each 10 ms more, at 24 and 34: the sixth and the ninth. While it sleeps nothing
 * counts.
 */
Test(itimer, cpu_time_is_counted_in_ticks)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark tick");
	rig_task(&rig, "w",
		 "sigaction PROF=h; setitimer prof 10ms/10ms; run 18ms; sleep 42ms; run 19ms");
	rig_expect(&rig, MARKS, "16 ms mark w tick\n68 ms mark w tick\n");
}

/* Two of them on a process's own signals; exec deletes them, and an interval timer stays. */
Test(itimer, own_timers_do_not_survive_exec)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark one");
	rig_template(&rig, "g", "mark two");
	rig_template(&rig, "new", "sleep 50ms; mark alive");
	rig_task(&rig, "w",
		 "sigaction USR1=h; sigaction USR2=g; timer_settime a=USR1 2ms/10ms; "
		 "timer_settime b=USR2 5ms; pause; pause; setitimer real 20ms; exec new new");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "2 ms mark w one\n5 ms mark w two\n25 ms exit new 0xe\n");
}

/*
 * send_sigqueue(): since 6.4 a timer's signal is offered to the thread that runs where it expires,
 * if it is one of the process's, so that no other has to be woken; before it was the main thread's.
 * An alarm is as it was.
 */
Test(timerfd, a_timers_signal_prefers_the_thread_that_runs)
{
	static const char *const names[] = {"v6.1", "v6.12", "v6.18"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct rig rig;

		rig_init(&rig, 1, names[i]);
		rig_template(&rig, "h", "mark handled");
		rig_template(&rig, "t", "run 20ms");
		rig_task(&rig, "main",
			 "sigaction USR1=h; sigaction ALRM=h; clone t; timer_settime a=USR1 5ms; "
			 "alarm 10ms; sleep 40ms; sleep 40ms");
		rig_expect(&rig, RECORD_BIT(MARK),
			   i ? "5 ms mark t handled\n10 ms mark main handled\n"
			     : "5 ms mark main handled\n10 ms mark main handled\n");
	}
}

/*
 * SIGEV_THREAD_ID: the thread that armed it, asleep or not; when it is gone nobody, and the process
 * lives.
 */
Test(itimer, a_timer_may_be_a_thread_s)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark mine");
	rig_task(&rig, "w", "sigaction USR1=h; sleep 30ms; mark slept");
	rig_task_attr(&rig, "t", (struct rig_attr){.thread_of = "w", .start_ns = MSEC},
		      "timer_settime a=USR1! 5ms; pause; timer_settime a=USR1! 10ms; sleep 4ms");
	rig_expect(&rig, MARKS, "6 ms mark t mine\n30 ms mark w slept\n");
}

/*
 * send_sigqueue(): each timer has an entry of its own in the queue, so both are taken, though
 * kill() twice is one signal. One that expires again before its signal was taken adds nothing (an
 * overrun).
 */
Test(itimer, two_timers_of_one_signal_are_two_signals)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark tick");
	rig_task(
		&rig, "two",
		"sigaction USR1=h; sigmask block USR1; timer_settime a=USR1 2ms; timer_settime b=USR1 3ms; sleep 4ms; "
		"timer_settime a=USR1 2ms; sleep 4ms; sigmask unblock USR1; sleep 2ms");
	rig_task(
		&rig, "killed",
		"sleep 20ms; sigaction USR1=h; sigmask block USR1; signal USR1; signal USR1; sigmask unblock USR1");
	rig_expect(&rig, MARKS, "8 ms mark two tick\n8 ms mark two tick\n20 ms mark killed tick\n");
}

/*
 * posix_timer_fn(): a periodic one whose signal is ignored goes on, and whoever has a handler later
 * finds it on its grid.
 */
Test(itimer, an_own_timer_goes_on_while_its_signal_is_ignored)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark tick");
	rig_task(
		&rig, "w",
		"sigaction USR1=ignore; timer_settime a=USR1 5ms/5ms; sleep 12ms; sigaction USR1=h; pause; mark end");
	rig_expect(&rig, MARKS, "15 ms mark w tick\n15 ms mark w end\n");
}

/*
 * Since 6.13 it expires once, at 5 ms, and rests (posixtimer_sig_ignore()). A handler at 12 ms gets
 * that signal at once, and with it the timer goes on, on its grid; what was missed is an overrun.
 */
Test(itimer, an_own_timer_rests_while_its_signal_is_ignored)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.18");
	rig_template(&rig, "h", "mark tick");
	rig_task(
		&rig, "w",
		"sigaction USR1=ignore; timer_settime a=USR1 5ms/5ms; sleep 12ms; sigaction USR1=h; pause; mark end");
	rig_expect(&rig, MARKS | RECORD_BIT(SIGNAL_GENERATE),
		   "5 ms signal_generate w USR1 group ignored code=-2\n"
		   "12 ms mark w tick\n"
		   "15 ms signal_generate w USR1 group delivered code=-2\n"
		   "15 ms mark w tick\n15 ms mark w end\n");
}

/*
 * What waits, as it is blocked, is dropped when it is ignored; since 6.13 the timer rests then and
 * comes when it no longer is. Before, nothing armed it any more. One that expires once is gone in
 * either.
 */
Test(itimer, an_own_timer_whose_pending_signal_is_ignored)
{
	for (u32 rests = 0; rests < 2; rests++) {
		struct rig rig;

		rig_init(&rig, 1, rests ? "v6.18" : "v6.12");
		rig_template(&rig, "h", "mark tick");
		rig_task(
			&rig, "w",
			"sigaction USR1=h; sigmask block USR1; timer_settime a=USR1 5ms/5ms; timer_settime b=USR1 5ms; sleep 7ms; "
			"sigaction USR1=ignore; sigmask unblock USR1; sleep 5ms; sigaction USR1=h; sleep 4ms; mark end");
		rig_expect(&rig, MARKS,
			   rests ? "12 ms mark w tick\n15 ms mark w tick\n15 ms mark w end\n"
				 : "16 ms mark w end\n");
	}
}

/*
 * flush_sigqueue_mask(): SIGCONT drops the stop signal that waits since 5 ms; nothing arms its
 * timer then. Since 6.13 it rests, and comes when the signal was ignored and no longer is, at 9 ms.
 */
Test(itimer, an_own_timer_whose_stop_signal_is_dropped_by_sigcont)
{
	for (u32 rests = 0; rests < 2; rests++) {
		struct rig rig;

		rig_init(&rig, 2, rests ? "v6.18" : "v6.12");
		rig_template(&rig, "h", "mark tick");
		rig_task_attr(
			&rig, "w", (struct rig_attr){.cpus = "0"},
			"sigaction TSTP=h; sigmask block TSTP; timer_settime a=TSTP 5ms/5ms; sleep 9ms; sigmask unblock TSTP; mark on; "
			"sigaction TSTP=ignore; sigaction TSTP=h; sleep 2ms; mark end");
		rig_task_attr(&rig, "other", (struct rig_attr){.cpus = "1"}, "sleep 7ms; cont w");
		rig_expect(
			&rig, MARKS,
			rests ? "9 ms mark w on\n9 ms mark w tick\n10 ms mark w tick\n10 ms mark w end\n"
			      : "9 ms mark w on\n11 ms mark w end\n");
	}
}

/*
 * __posixtimer_deliver_signal(): the setting of 4 ms is not that for which the signal of 2 ms was
 * sent.
 */
Test(itimer, an_own_timer_that_is_set_anew_takes_its_signal_back)
{
	for (u32 drops = 0; drops < 2; drops++) {
		struct rig rig;

		rig_init(&rig, 1, drops ? "v6.18" : "v6.12");
		rig_template(&rig, "h", "mark tick");
		rig_task(
			&rig, "w",
			"sigaction USR1=h; sigmask block USR1; timer_settime a=USR1 2ms; sleep 4ms; timer_settime a=USR1 10ms; "
			"sigmask unblock USR1; sleep 3ms; mark on; pause; mark end");
		/* Taken at 4 ms before 6.13; not interrupted since then. */
		rig_expect(
			&rig, MARKS,
			drops ? "7 ms mark w on\n14 ms mark w tick\n14 ms mark w end\n"
			      : "4 ms mark w tick\n7 ms mark w on\n14 ms mark w tick\n14 ms mark w end\n");
	}
}

/* Expired again, its entry, which is in the queue still, is that of the new setting. */
Test(itimer, an_own_timer_that_was_set_anew_has_expired_again)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.18");
	rig_template(&rig, "h", "mark tick");
	rig_task(
		&rig, "w",
		"sigaction USR1=h; sigmask block USR1; timer_settime a=USR1 2ms; sleep 4ms; timer_settime a=USR1 2ms; sleep 4ms; "
		"sigmask unblock USR1; sleep 3ms; mark end");
	rig_expect(&rig, MARKS, "8 ms mark w tick\n11 ms mark w end\n");
}

/* exec: the timer is gone, and its signal that was pending with it (flush_itimer_signals()). */
Test(itimer, an_exec_finds_no_signal_of_a_timer)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "new", "sigmask unblock USR1; sleep 5ms; mark alive");
	rig_task(&rig, "w",
		 "sigmask block USR1; timer_settime a=USR1 2ms; sleep 3ms; exec new new");
	rig_expect(&rig, MARKS, "8 ms mark new alive\n");
}
