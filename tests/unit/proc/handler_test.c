/* SPDX-License-Identifier: MIT */
/* Handlers, masks, the choice of a thread, interrupted calls (process.md 6.3-6.9, 14). */
#include <criterion/criterion.h>

#include "rig.h"

#define TAKEN RECORD_BIT(SIGNAL_DELIVER)
#define MARKS RECORD_BIT(MARK)
#define ENDS  (RECORD_BIT(MARK) | RECORD_BIT(EXIT))

Test(handler, it_runs_at_once_and_what_it_interrupted_goes_on)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark in; run 2ms; mark out");
	rig_task_attr(&rig, "t", (struct rig_attr){.cpus = "0"},
		      "sigaction USR1=h; run 10ms; mark done");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"}, "run 3ms; signal USR1 t");
	rig_expect(&rig, MARKS, "3 ms mark t in\n5 ms mark t out\n12 ms mark t done\n");
}

/*
 * process.md 6.6: private TERM, shared HUP, USR1 twice, USR2, RTMIN+1 twice, unblocked at once: the
 * handlers run in the order RT, RT, USR2, USR1, HUP, TERM: the last one taken first.
 */
Test(handler, signals_that_come_together_are_handled_last_taken_first)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h1", "mark USR1");
	rig_template(&rig, "h2", "mark USR2");
	rig_template(&rig, "hh", "mark HUP");
	rig_template(&rig, "ht", "mark TERM");
	rig_template(&rig, "hr", "mark RT");
	rig_task(&rig, "t",
		 "sigaction USR1=h1; sigaction USR2=h2; sigaction HUP=hh; sigaction TERM=ht;"
		 "sigaction RTMIN+1=hr; sigmask block USR1,USR2,HUP,TERM,RTMIN+1;"
		 "signal TERM!; signal HUP; signal USR1; signal USR1; signal USR2;"
		 "signal RTMIN+1; signal RTMIN+1; mark unblocking; sigmask set; mark done");
	rig_expect(&rig, MARKS,
		   "0 mark t unblocking\n0 mark t RT\n0 mark t RT\n0 mark t USR2\n"
		   "0 mark t USR1\n0 mark t HUP\n0 mark t TERM\n0 mark t done\n");
}

/* 14.17: main blocks USR1; the thread that took it once takes it again, until it is gone. */
Test(handler, what_main_blocks_goes_to_the_first_thread_that_wants_it_and_stays_with_it)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task(&rig, "main", "sigaction USR1=h+restart; sigmask block USR1; sleep 20ms");
	rig_task_attr(&rig, "a", (struct rig_attr){.thread_of = "main", .start_ns = 1},
		      "pause; pause; sleep 20ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.thread_of = "main", .start_ns = 1},
		      "run 3500us; exit; ");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "3"},
		      "loop 4; sleep 1ms; signal USR1 main; end");
	rig_task_attr(&rig, "c", (struct rig_attr){.thread_of = "main", .start_ns = 1}, "run 20ms");
	rig_expect(&rig, MARKS,
		   "1 ms mark a got\n2 ms mark a got\n3 ms mark a got\n4 ms mark c got\n");
}

Test(handler, one_to_a_thread_is_not_for_others)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task(&rig, "main",
		 "sigaction USR1=h; sigmask block USR1; run 5ms; sigmask unblock USR1; run 1ms");
	rig_task_attr(&rig, "a", (struct rig_attr){.thread_of = "main", .start_ns = 1}, "run 20ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "3"}, "run 1ms; signal USR1! main");
	rig_expect(&rig, MARKS, "5 ms mark main got\n");
}

Test(handler, a_standard_signal_is_pending_once_a_real_time_one_as_often_as_it_was_sent)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark usr");
	rig_template(&rig, "r", "mark rt");
	rig_task(&rig, "t",
		 "sigaction USR1=h; sigaction RTMIN=r; sigmask block USR1,RTMIN;"
		 "loop 3; signal USR1; signal RTMIN; end; sigmask unblock USR1;"
		 "sigmask unblock RTMIN");
	rig_expect(&rig, MARKS, "0 mark t usr\n0 mark t rt\n0 mark t rt\n0 mark t rt\n");
}

Test(handler, its_own_signal_waits_for_its_end_unless_it_says_otherwise)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark in; signal USR2; mark out");
	rig_template(&rig, "g", "mark second");
	rig_task(&rig, "t",
		 "sigaction USR1=h/USR2; sigaction USR2=g; signal USR1; mark between;"
		 "sigaction USR1=h; signal USR1");
	rig_expect(&rig, MARKS,
		   "0 mark t in\n0 mark t out\n0 mark t second\n0 mark t between\n"
		   "0 mark t in\n0 mark t second\n0 mark t out\n");
}

Test(handler, one_that_resets_serves_once)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task(&rig, "t", "sigaction TERM=h+reset; signal TERM; signal TERM; mark never");
	rig_expect(&rig, ENDS, "0 mark t got\n0 exit t 0xf\n");
}

/* ---- Interrupted calls: process.md 6.8 ---- */

Test(interrupted, a_sleep_ends_with_EINTR_whatever_the_handler_says)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task(&rig, "t", "sigaction USR1=h+restart; sleep 10ms; mark up");
	rig_task(&rig, "k", "sleep 3ms; signal USR1 t");
	rig_expect(&rig, MARKS, "3 ms mark t got\n3 ms mark t up\n");
}

Test(interrupted, a_read_begins_anew_only_if_the_handler_says_so)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task(&rig, "again", "sigaction USR1=h+restart; pipe_read p 1; mark read");
	rig_task(&rig, "eintr", "sigaction USR1=h; pipe_read p 1; mark eintr");
	rig_task(&rig, "k",
		 "sleep 3ms; signal USR1 again; signal USR1 eintr; sleep 3ms; pipe_write p 1");
	rig_expect(&rig, MARKS,
		   "3 ms mark again got\n3 ms mark eintr got\n3 ms mark eintr eintr\n"
		   "6 ms mark again read\n");
}

Test(interrupted, a_call_that_was_woken_by_what_it_waited_for_is_complete)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task_attr(&rig, "t", (struct rig_attr){.fifo = 1},
		      "sigaction USR1=h; pipe_read p 1; mark read");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 2},
		      "sleep 3ms; pipe_write p 1; signal USR1 t; pipe_read q 1");
	rig_task_attr(&rig, "z", (struct rig_attr){.fifo = 1}, "sleep 5ms; pipe_write q 1");
	rig_expect(&rig, MARKS, "3 ms mark t got\n3 ms mark t read\n");
}

Test(interrupted, a_handler_that_came_during_a_stop_ends_the_sleep_when_it_goes_on)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.1");
	rig_template(&rig, "h", "mark got");
	rig_task(&rig, "t", "sigaction USR1=h; sleep 10ms; mark up");
	rig_task(&rig, "k", "sleep 2ms; stop t; sleep 1ms; signal USR1 t; sleep 1ms; cont t");
	rig_expect(&rig, MARKS | RECORD_BIT(WAKEUP),
		   "2 ms wakeup k\n2 ms wakeup t\n3 ms wakeup k\n4 ms wakeup k\n4 ms wakeup t\n"
		   "4 ms mark t got\n4 ms mark t up\n");
}

Test(interrupted, who_waits_for_a_lock_a_barrier_or_a_condition_waits_on_after_the_handler)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "run 1ms; mark got");
	rig_task(&rig, "cw", "sigaction USR1=h; lock m; cond_wait c m; unlock m; mark done");
	rig_task(&rig, "lw", "sigaction USR1=h; sleep 1ms; lock held; unlock held; mark done");
	rig_task(&rig, "k",
		 "lock held; sleep 3ms; signal USR1 cw; sleep 5ms; signal USR1 lw; sleep 5ms;"
		 "lock m; cond_signal c; unlock m; sleep 1ms; unlock held");
	rig_expect(&rig, MARKS,
		   "4 ms mark cw got\n9 ms mark lw got\n13 ms mark cw done\n14 ms mark lw done\n");
}

Test(interrupted, a_condition_signalled_while_its_waiter_runs_a_handler_is_not_lost)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark in; run 4ms");
	rig_task_attr(&rig, "w", (struct rig_attr){.cpus = "0"},
		      "sigaction USR1=h; lock m; cond_wait c m; unlock m; mark done");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"},
		      "run 2ms; signal USR1 w; run 1ms; lock m; cond_signal c; unlock m");
	rig_expect(&rig, MARKS, "2 ms mark w in\n6 ms mark w done\n");
}

Test(interrupted, wait_is_interrupted_by_a_handler_of_SIGCHLD_before_it_finds_the_child)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark chld");
	rig_template(&rig, "c", "run 2ms; exit 3");
	rig_task(&rig, "p", "sigaction CHLD=h+restart; fork c; wait; mark reaped");
	rig_expect(&rig, MARKS, "2 ms mark p chld\n2 ms mark p reaped\n");
}

/*
 * The mutex is free at 2 ms while its waiter is in a handler: that is no reason for the handler's
 * own sleep to end.
 */
Test(handlers, what_was_waited_for_does_not_disturb_the_handler)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "sleep 5ms; mark slept");
	rig_task(&rig, "holder", "lock m; run 2ms; unlock m");
	rig_task_attr(&rig, "p", (struct rig_attr){.fifo = 5, .start_ns = 500 * USEC, .cpus = "1"},
		      "sigaction USR1=h; lock m; mark locked; unlock m");
	rig_task(&rig, "k", "sleep 900us; signal USR1 p");
	rig_expect(&rig, MARKS, "5.9 ms mark p slept\n5.9 ms mark p locked\n");
}

/*
 * The signal comes while main is in the call that blocks it (retarget_shared_pending()): t is
 * willing.
 */
Test(handlers, what_a_thread_blocks_while_it_is_pending_is_for_another)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	builder_platform(rig.builder)->costs.syscall = MSEC;
	rig_template(&rig, "h", "mark got");
	rig_template(&rig, "t", "pause");
	rig_task(&rig, "main", "sigaction USR1=h; clone t; run 1ms; sigmask block USR1; run 5ms");
	rig_task(&rig, "k", "run 1500us; signal USR1 main");
	builder_duration(rig.builder, 20 * MSEC);
	rig_expect(&rig, TAKEN, "3 ms signal_deliver t USR1 handler\n");
}

/*
 * So is what a handler's mask blocks (signal_delivered()): main handles USR1 until 6 ms, USR2 is
 * t's meanwhile.
 */
Test(handlers, what_a_handlers_mask_blocks_is_for_another_thread)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_template(&rig, "h", "run 5ms");
	rig_template(&rig, "g", "mark got");
	rig_template(&rig, "t", "affinity 1; pause");
	rig_task(&rig, "main",
		 "sigaction USR1=h/USR2; sigaction USR2=g; clone t; affinity 0; run 10ms");
	rig_task(&rig, "k", "affinity 2; run 1ms; signal USR1 main; signal USR2 main");
	rig_expect(&rig, TAKEN,
		   "1 ms signal_deliver main USR1 handler\n1 ms signal_deliver t USR2 handler\n");
}

/*
 * sem_post() enters the kernel if somebody waits: who was interrupted does no more. The signal's
 * call ends at 2 ms, the post takes no time at 3, the mark's own call one ms.
 */
Test(handlers, who_gave_up_a_semaphore_is_not_woken_for_it)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "run 100us");
	rig_task(&rig, "p", "sigaction USR1=h; sem_wait s");
	rig_task(&rig, "k", "run 1ms; signal USR1 p; run 1ms; sem_post s; mark posted");
	builder_platform(rig.builder)->costs.syscall = MSEC;
	rig_expect(&rig, MARKS, "4 ms mark k posted\n");
}

/* ---- pause, sigsuspend, sigwait, alarm ---- */

Test(sigwait, pause_ends_with_a_handler_and_not_with_what_is_ignored)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_task(&rig, "t", "sigaction USR1=h; sigaction USR2=ignore; pause; mark up");
	rig_task(&rig, "k",
		 "sleep 1ms; signal USR2 t; sleep 1ms; stop t; sleep 1ms; cont t; sleep 1ms;"
		 "signal USR1 t");
	rig_expect(&rig, MARKS, "4 ms mark t got\n4 ms mark t up\n");
}

Test(sigwait, sigsuspend_has_its_mask_until_its_handler_is_over)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got; signal USR1; mark out");
	rig_task(&rig, "t",
		 "sigaction USR1=h; sigmask block USR1; signal USR1; mark waiting; sigsuspend USR2;"
		 "mark up; sigaction USR1=default; sigmask unblock USR1; mark never");
	rig_expect(&rig, ENDS,
		   "0 mark t waiting\n0 mark t got\n0 mark t out\n0 mark t up\n0 exit t 0xa\n");
}

Test(sigwait, sigwait_takes_a_blocked_signal_without_a_handler)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "t",
		 "sigmask block USR1,USR2; signal USR2; sigwait USR1,USR2; mark first;"
		 "sigwait USR1,USR2; mark second");
	rig_task(&rig, "k", "sleep 3ms; signal USR1 t");
	rig_expect(&rig, MARKS, "0 mark t first\n3 ms mark t second\n");
}

/*
 * EAGAIN with the timeout (and no slack for a FIFO task); what comes before it is taken, and the
 * timer is off.
 */
Test(sigwait, with_a_timeout_it_gives_up_then)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(
		&rig, "p", (struct rig_attr){.fifo = 5},
		"sigmask block USR1; sigwait USR1/2ms; mark late; sigwait USR1/20ms; mark taken; sigwait USR1/0ns; "
		"mark looked; sleep 30ms; mark slept");
	rig_task(&rig, "k", "run 7ms; signal USR1 p");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(FAILED),
		   "2 ms failed p EAGAIN sigwait\n"
		   "2 ms mark p late\n"
		   "7 ms mark p taken\n"
		   "7 ms failed p EAGAIN sigwait\n"
		   "7 ms mark p looked\n"
		   "37 ms mark p slept\n");
}

/*
 * sigtimedwait() is over with a handler, and with a stop as well (EINTR); sigwait() of the C
 * library begins anew.
 */
Test(sigwait, with_a_timeout_other_signals_end_it)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark handled");
	rig_task_attr(
		&rig, "p", (struct rig_attr){.fifo = 5},
		"sigaction USR2=h; sigmask block USR1; sigwait USR1/20ms; mark one; sigwait USR1/20ms; mark two; "
		"sigwait USR1; mark three");
	rig_task(
		&rig, "k",
		"run 1ms; signal USR2 p; run 1ms; stop p; run 1ms; cont p; run 1ms; signal USR2 p; run 1ms; "
		"signal USR1 p");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(FAILED),
		   "1 ms failed p EINTR sigwait\n"
		   "1 ms mark p handled\n"
		   "1 ms mark p one\n"
		   "2 ms failed p EINTR sigwait\n"
		   "3 ms mark p two\n"
		   "4 ms mark p handled\n"
		   "5 ms mark p three\n");
}

/*
 * A periodic timer is armed again when its signal is taken, be that by sigwait (dequeue_signal()).
 */
Test(sigwait, taking_an_alarm_arms_the_next)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(
		&rig, "p",
		"sigmask block ALRM; setitimer real 5ms/5ms; sigwait ALRM; mark one; run 7ms; sigwait ALRM; mark two; "
		"sigwait ALRM; mark three");
	/* The second came at 10 ms and was taken at 12, the third is of the grid. */
	rig_expect(&rig, MARKS, "5 ms mark p one\n12 ms mark p two\n15 ms mark p three\n");
}

Test(sigwait, an_alarm_kills_who_does_not_handle_it)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark ring");
	rig_task(&rig, "t", "alarm 5ms; run 20ms");
	rig_task(&rig, "u", "sigaction ALRM=h; alarm 3ms; run 10ms; alarm 5ms; alarm 0; run 9ms");
	rig_expect(&rig, ENDS, "3 ms mark u ring\n5 ms exit t 0xe\n19 ms exit u 0x0\n");
}

/* ---- Default actions ---- */

Test(defaults, what_a_signal_does_by_itself)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_task(&rig, "term", "run 10ms");
	rig_task(&rig, "core", "run 10ms");
	rig_task(&rig, "chld", "run 4ms");
	rig_task(&rig, "k", "run 1ms; signal TERM term; signal QUIT core; signal CHLD chld");
	rig_expect(
		&rig, RECORD_BIT(EXIT),
		"1 ms exit k 0x0\n1 ms exit term 0xf\n1 ms exit core 0x83\n4 ms exit chld 0x0\n");
}

Test(defaults, a_fatal_one_ends_all_threads_with_the_same_code)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_task_attr(&rig, "main", (struct rig_attr){.cpus = "0"}, "sleep 20ms");
	rig_task_attr(&rig, "a", (struct rig_attr){.thread_of = "main", .start_ns = 1, .cpus = "1"},
		      "run 20ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "2"}, "run 1ms; signal TERM main");
	rig_expect(&rig, RECORD_BIT(EXIT),
		   "1 ms exit k 0x0\n1 ms exit main 0xf\n1 ms exit a 0xf\n");
}

Test(defaults, a_child_has_its_parents_actions_and_mask_but_nothing_pending)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_template(&rig, "c", "sigmask unblock USR1; mark clean; signal USR1; exit 0");
	rig_task(&rig, "p",
		 "sigaction USR1=h; sigmask block USR1; signal USR1; fork c; wait;"
		 "sigmask unblock USR1");
	rig_expect(&rig, MARKS, "0 mark c clean\n0 mark c got\n0 mark p got\n");
}

Test(defaults, exec_drops_handlers_and_keeps_what_is_ignored)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark got");
	rig_template(&rig, "next", "signal USR2; mark alive; signal USR1; mark never");
	rig_task(&rig, "t", "sigaction USR1=h; sigaction USR2=ignore; exec /bin/next next");
	rig_expect(&rig, ENDS, "0 mark next alive\n0 exit next 0xa\n");
}

Test(defaults, children_of_who_ignores_SIGCHLD_are_reaped_by_themselves)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "c", "run 1ms");
	rig_task(&rig, "p", "sigaction CHLD=ignore; fork c; wait; mark none");
	rig_expect(
		&rig, RECORD_BIT(FREE) | RECORD_BIT(MARK) | RECORD_BIT(EXIT),
		"1 ms exit c 0x0\n1 ms free c\n1 ms mark p none\n1 ms exit p 0x0\n1 ms free p\n");
}
