/* SPDX-License-Identifier: MIT */
/* Kernel threads of the workload's own (process.md 1.3, 4.5, 10, 11.3). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

static void kthread_template(struct rig *rig, const char *name, const char *program)
{
	rig_task_attr(rig, name, (struct rig_attr){.kthread = true, .is_template = true}, program);
}

/* kthreadd ignores SIGCHLD, so they are never zombies; and they ignore what they are sent. */
Test(kthread, hears_no_signal_and_is_reaped_by_itself)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(&rig, "kt", (struct rig_attr){.kthread = true, .cpus = "1"},
		      "run 1ms; sleep 4ms; mark done");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "0"}, "run 2ms; kill kt; sleep 10ms");
	rig_expect(&rig,
		   MARKS | RECORD_BIT(FORK) | RECORD_BIT(SIGNAL_GENERATE) | RECORD_BIT(SWITCH),
		   "0 fork kt by kthreadd\n"
		   "0 fork k by init\n"
		   "0 switch swapper/0 R > k\n"
		   "0 switch swapper/1 R > kt\n"
		   "1 ms switch kt S > swapper/1\n"
		   "2 ms signal_generate kt KILL group ignored code=0\n"
		   "2 ms switch k S > swapper/0\n"
		   "5 ms switch swapper/1 R > kt\n"
		   "5 ms mark kt done\n"
		   "5 ms switch kt X > swapper/1\n"
		   "12 ms switch swapper/0 R > k\n"
		   "12 ms switch k Z > swapper/0\n");
}

/* It works in the kernel: without kernel preemption not even a realtime task gets its cpu. */
Test(kthread, is_preempted_where_the_kernel_is_preemptible)
{
	for (u32 full = 0; full < 2; full++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		builder_platform(rig.builder)->preempt = full ? PREEMPT_FULL : PREEMPT_NONE;
		rig_task_attr(&rig, "kt", (struct rig_attr){.kthread = true},
			      "run 5ms; mark worked");
		rig_task_attr(&rig, "rt", (struct rig_attr){.fifo = 1},
			      "sleep 1ms; run 1ms; mark rt");
		rig_expect(&rig, MARKS,
			   full ? "2 ms mark rt rt\n6 ms mark kt worked\n"
				: "5 ms mark kt worked\n6 ms mark rt rt\n");
	}
}

/*
 * It takes the kernel's locks as others do in their calls, and needs no call for that: 2 ms, not 3.
 */
Test(kthread, takes_locks_of_the_kernel_without_a_system_call)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->costs.syscall = 1 * MSEC;
	rig_task_attr(
		&rig, "kt", (struct rig_attr){.kthread = true},
		"kernel_lock k; run 1ms; kernel_unlock k; spin_lock s; run 1ms; spin_unlock s");
	rig_expect(&rig, RECORD_BIT(EXIT), "2 ms exit kt 0x0\n");
}

/*
 * A loaded address space stays loaded under it: the task that comes back pays for no switch to
 * another.
 */
Test(kthread, borrows_the_address_space_of_who_ran_before)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->costs.switch_other_mm = 1 * MSEC;
	rig_task_attr(&rig, "u", (struct rig_attr){.fifo = 1},
		      "loop 2; run 1ms; mark ran; sleep 5ms; end");
	rig_task_attr(&rig, "kt", (struct rig_attr){.kthread = true, .start_ns = 3 * MSEC},
		      "run 1ms");
	/* 1 ms to load it, 1 ms of work; asleep until 7 ms; no second loading. */
	rig_expect(&rig, MARKS, "2 ms mark u ran\n8 ms mark u ran\n");
}

/*
 * kthread_create(), then wake_up_process(): kthreadd clones it, it says that it is there and sleeps
 * in D, the caller, who has slept in D, wakes it.
 */
Test(kthread, is_made_by_kthreadd_and_woken_by_who_has_asked)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	kthread_template(&rig, "kt", "mark worked");
	rig_task(&rig, "u", "run 1ms; kthread_run kt; mark made");
	rig_expect(&rig,
		   RECORD_BIT(MARK) | RECORD_BIT(FORK) | RECORD_BIT(SWITCH) | RECORD_BIT(EXIT),
		   "0 fork u by init\n0 switch swapper/0 R > u\n"
		   "1 ms switch u D > kthreadd\n"
		   "1 ms fork kt by kthreadd\n"
		   "1 ms switch kthreadd S > kt\n"
		   "1 ms switch kt D > u\n"
		   "1 ms mark u made\n1 ms exit u 0x0\n1 ms switch u Z > kt\n"
		   "1 ms mark kt worked\n1 ms exit kt 0x0\n1 ms switch kt X > init\n");
}

/*
 * trace_sched_kthread_stop() stands at the begin of the call, _ret() at its end, with what the
 * thread's function has returned.
 */
Test(kthread, a_stop_is_traced_with_what_the_thread_returns)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	kthread_template(&rig, "kt", "loop 50; run 2ms; end; run 1ms; exit 3");
	rig_task(&rig, "u", "run 1ms; kthread_run kt; run 3ms; kthread_stop kt");
	rig_expect(
		&rig, RECORD_BIT(KTHREAD_STOP) | RECORD_BIT(KTHREAD_STOP_RET) | RECORD_BIT(EXIT),
		"4 ms kthread_stop kt\n6 ms exit kt 0x300\n6 ms kthread_stop_ret u 3\n6 ms exit u 0x0\n");
}

/* kthread_create_list: in the order of asking, one after the other. */
Test(kthread, requests_are_served_in_order)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	kthread_template(&rig, "ka", "mark a");
	kthread_template(&rig, "kb", "mark b");
	rig_task_attr(&rig, "u", (struct rig_attr){.fifo = 2}, "kthread_run ka");
	rig_task_attr(&rig, "v", (struct rig_attr){.fifo = 1}, "kthread_run kb");
	rig_expect(
		&rig, RECORD_BIT(FORK) | RECORD_BIT(MARK),
		"0 fork u by init\n0 fork v by init\n0 fork ka by kthreadd\n0 fork kb by kthreadd\n0 mark ka a\n0 mark kb b\n");
}

/*
 * The call is killed while kthreadd, which nice 19 keeps from running, has not begun: no thread is
 * made.
 */
Test(kthread, a_killed_call_makes_none)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	kthread_template(&rig, "kt", "mark no");
	rig_task_attr(&rig, "hog", (struct rig_attr){.fifo = 5, .start_ns = MSEC},
		      "sleep 1ms; run 5ms");
	rig_task_attr(&rig, "u", (struct rig_attr){.fifo = 6, .start_ns = MSEC},
		      "sleep 2ms; kthread_run kt; mark never");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 9, .start_ns = MSEC},
		      "sleep 3ms; kill u");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(EXIT),
		   "4 ms exit k 0x0\n4 ms exit u 0x9\n7 ms exit hog 0x0\n");
}

/* A stop ends a sleep and the loop around it; the caller goes on when the thread has exited. */
Test(kthread, is_stopped_in_its_sleep)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	kthread_template(&rig, "kt", "loop 99; sleep 10ms; mark round; end; run 2ms; mark over");
	rig_task(&rig, "u",
		 "kthread_run kt; sleep 15ms; kthread_stop kt; mark stopped; kthread_stop kt");
	rig_expect(
		&rig, RECORD_BIT(MARK) | RECORD_BIT(EXIT) | RECORD_BIT(FAILED),
		"10 ms mark kt round\n15 ms mark kt round\n17 ms mark kt over\n17 ms exit kt 0x0\n17 ms mark u stopped\n"
		"17 ms failed u ESRCH kt\n17 ms exit u 0x0\n");
}

/*
 * Two who stop one each at the same time: 2 ms of work are left for either. A third finds both
 * asked, and waits, too.
 */
Test(kthread, is_stopped_by_one_caller_each)
{
	struct rig rig;

	rig_init(&rig, 6, "v6.12");
	kthread_template(&rig, "kt", "loop 99; sleep 10ms; end; run 2ms; mark over");
	rig_task(
		&rig, "u",
		"kthread_run kt; sleep 1ms; kthread_run kt; sleep 4ms; kthread_stop kt; mark stopped");
	rig_task(&rig, "v", "sleep 6ms; kthread_stop kt; mark stopped");
	rig_task(&rig, "w", "sleep 6500us; kthread_stop kt; mark stopped");
	rig_expect(
		&rig, RECORD_BIT(MARK),
		"7 ms mark kt over\n7 ms mark u stopped\n7 ms mark w stopped\n8 ms mark kt over\n8 ms mark v stopped\n");
}

/* wait_event(q, done || kthread_should_stop()). */
Test(kthread, is_stopped_in_a_wait_queue)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	kthread_template(&rig, "kt", "loop 99; wait_event q; mark round; end");
	rig_task(&rig, "u",
		 "kthread_run kt; wake_up q+1ev; sleep 5ms; kthread_stop kt; mark stopped");
	rig_expect(&rig, RECORD_BIT(MARK),
		   "0 mark kt round\n5 ms mark kt round\n5 ms mark u stopped\n");
}

/*
 * Its sleep ends for it; 1 ms of work is left up to the place where it parks. An unpark begins a
 * new round: 36 + 10 + 1 ms, so that the second park comes in its next sleep. The stop finds it
 * parked: the sleep behind that is whole.
 */
Test(kthread, parks_where_it_looks_for_that)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	kthread_template(&rig, "kt", "loop 99; kthread_parkme; sleep 10ms; run 1ms; end");
	rig_task(
		&rig, "u",
		"kthread_run kt; sleep 5ms; kthread_unpark kt; kthread_park kt; mark parked; kthread_park kt; sleep 30ms; kthread_unpark kt; "
		"sleep 15ms; kthread_park kt; mark again; kthread_stop kt; mark stopped");
	rig_expect(
		&rig, RECORD_BIT(MARK) | RECORD_BIT(FAILED) | RECORD_BIT(EXIT),
		"6 ms mark u parked\n6 ms failed u EBUSY kt\n52 ms mark u again\n63 ms exit kt 0x0\n63 ms mark u stopped\n"
		"63 ms exit u 0x0\n");
}

/*
 * Nothing but an unpark ends a park: signals are ignored, and wakeups of its queue do not mean it.
 */
Test(kthread, is_parked_whatever_else_comes)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	kthread_template(&rig, "kt", "loop 99; kthread_parkme; wait_event q; mark event; end");
	rig_task(
		&rig, "u",
		"kthread_run kt; sleep 5ms; kthread_park kt; sleep 1ms; kill kt; wake_up q+1ev; sleep 4ms; kthread_unpark kt; sleep 1ms; "
		"kthread_stop kt");
	rig_expect(
		&rig, RECORD_BIT(MARK) | RECORD_BIT(EXIT),
		"5 ms mark kt event\n10 ms mark kt event\n11 ms mark kt event\n11 ms exit kt 0x0\n11 ms exit u 0x0\n");
}

/* k == current: kthread_park() only sets the flag. It parks where it looks for that, at 3 ms. */
Test(kthread, that_parks_itself_does_not_wait_for_itself)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	kthread_template(
		&rig, "kt",
		"sleep 2ms; kthread_park kt; run 1ms; mark asked; kthread_parkme; mark unparked");
	rig_task(&rig, "u", "kthread_run kt; sleep 5ms; kthread_park kt; kthread_unpark kt");
	rig_expect(&rig, RECORD_BIT(MARK) | RECORD_BIT(FAILED),
		   "3 ms mark kt asked\n5 ms failed u EBUSY kt\n5 ms mark kt unparked\n");
}

/*
 * wake_up_process() ends the sleep in which it is; schedule_timeout() knows of no flag, so the next
 * one is whole.
 */
Test(kthread, a_park_or_a_stop_ends_one_sleep)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	kthread_template(
		&rig, "kt",
		"sleep 10ms; mark one; sleep 10ms; mark two; kthread_parkme; loop 9; run 1ms; sleep 10ms; mark end; end");
	rig_task(
		&rig, "u",
		"kthread_run kt; sleep 5ms; kthread_park kt; mark parked; kthread_unpark kt; sleep 500us; kthread_stop kt; mark stopped");
	rig_expect(
		&rig, MARKS,
		"5 ms mark kt one\n15 ms mark kt two\n15 ms mark u parked\n26 ms mark kt end\n26 ms mark u stopped\n");
}

/*
 * __kthread_parkme() completes `parked` only if it is still meant: u waits on over the first
 * parkme, and the next park, for which v asks, is u's. The one after that is v's.
 */
Test(kthread, a_park_that_was_called_off_in_time_is_waited_for_further)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	kthread_template(&rig, "kt", "loop 4; run 4ms; kthread_parkme; mark round; end");
	rig_task(&rig, "u", "kthread_run kt; sleep 1ms; kthread_park kt; mark parked");
	rig_task(&rig, "v",
		 "sleep 2ms; kthread_unpark kt; sleep 4ms; kthread_park kt; mark parked");
	rig_task(&rig, "w",
		 "sleep 10ms; kthread_unpark kt; sleep 1ms; kthread_park kt; mark never");
	builder_duration(rig.builder, 100 * MSEC);
	rig_expect(
		&rig, MARKS,
		"4 ms mark kt round\n8 ms mark u parked\n10 ms mark kt round\n14 ms mark v parked\n");
}

/*
 * The park that it asked itself for has completed once; the caller who comes next finds that and
 * does not wait.
 */
Test(kthread, a_park_of_its_own_is_one_that_the_next_caller_need_not_wait_for)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	kthread_template(
		&rig, "kt",
		"kthread_park kt; kthread_parkme; run 5ms; mark late; kthread_parkme; mark on");
	rig_task(
		&rig, "u",
		"kthread_run kt; sleep 1ms; kthread_unpark kt; sleep 1ms; kthread_park kt; mark parked; sleep 8ms; kthread_unpark kt");
	rig_expect(&rig, MARKS, "2 ms mark u parked\n6 ms mark kt late\n10 ms mark kt on\n");
}

/* It ends before it comes to a parkme: nothing completes `parked`. */
Test(kthread, a_park_of_one_that_ends_before_is_waited_for_in_vain)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	kthread_template(&rig, "kt", "run 5ms; exit 0; kthread_parkme");
	rig_task(&rig, "u", "kthread_run kt; sleep 1ms; kthread_park kt; mark never");
	rig_expect_failure(&rig, "in 'kthread_park kt'");
}
