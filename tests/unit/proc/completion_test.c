/* SPDX-License-Identifier: MIT */
/*
 * Completions and semaphores of the kernel, and mutexes whose waits signals end (process.md 7.4,
 * 8.4).
 */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS (RECORD_BIT(MARK) | RECORD_BIT(FAILED))
#define WAKES (MARKS | RECORD_BIT(WAKEUP))

/*
 * One complete, one waiter, first come first served; what was completed before is there for who
 * comes.
 */
Test(completion, counts_and_wakes_one_each)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "wait_for_completion c; mark done");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 5, .start_ns = 100 * USEC},
		      "wait_for_completion c; mark done");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sleep 1ms; complete c; sleep 1ms; complete c; complete c");
	rig_task(
		&rig, "late",
		"sleep 5ms; wait_for_completion c; mark done; wait_for_completion c+3ms; mark none");
	/*
	 * Nobody completes for the second wait of `late`: it ends at the second tick (250 a
	 * second), by which 3 ms are over for certain.
	 */
	rig_expect(
		&rig, MARKS,
		"1 ms mark a done\n2 ms mark b done\n5 ms mark late done\n12 ms failed late ETIMEDOUT c\n12 ms mark late none\n");
}

/* complete_all: for all, and for all who come until it is initialised anew. */
Test(completion, complete_all_is_for_ever)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.count = 3},
		      "wait_for_completion c; mark done; wait_for_completion c");
	rig_task(
		&rig, "k",
		"sleep 1ms; complete_all c; complete c; sleep 1ms; reinit_completion c; wait_for_completion c+S+1ms");
	rig_expect(
		&rig, MARKS,
		"1 ms mark a0 done\n1 ms mark a1 done\n1 ms mark a2 done\n8 ms failed k ETIMEDOUT c\n");
}

/* Woken, but somebody has come by: it stands at the end of the line then. */
Test(completion, who_comes_by_may_be_quicker)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1}, "wait_for_completion c; mark done");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 2},
		      "sleep 500us; wait_for_completion c; mark done");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 90},
		"sleep 1ms; complete c; wait_for_completion c; mark took; sleep 1ms; complete c; sleep 1ms; complete c");
	rig_expect(&rig, MARKS | RECORD_BIT(FUTILE),
		   "1 ms mark k took\n1 ms futile a\n2 ms mark b done\n3 ms mark a done\n");
}

/*
 * do_wait_for_common(): with a timeout, too, who is woken looks first, and hears of a signal only
 * if there is nothing.
 */
Test(completion, is_taken_in_spite_of_a_signal)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(
		&rig, "a",
		"sigaction USR1=h; wait_for_completion c+S+9ms; mark done; wait_for_completion c+S+5ms; mark late");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 1},
		      "sleep 1ms; complete c; signal USR1 a");
	/* Nothing is left for the second wait, which ends at the third tick (250 a second). */
	rig_expect(
		&rig, MARKS,
		"1 ms mark a handler\n1 ms mark a done\n12 ms failed a ETIMEDOUT c\n12 ms mark a late\n");
}

/* D hears nothing, killable only death, S all. */
Test(completion, states)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_template(&rig, "h", "mark handler");
	rig_task(&rig, "d", "sigaction USR1=h; wait_for_completion c; mark d");
	rig_task(&rig, "kl", "sigaction USR1=h; wait_for_completion c+killable; mark no");
	rig_task(&rig, "s", "sigaction USR1=h; wait_for_completion c+S; mark s");
	rig_task(
		&rig, "k",
		"sleep 1ms; signal USR1 d; signal USR1 kl; signal USR1 s; sleep 1ms; kill kl; sleep 1ms; complete c; complete c");
	rig_expect(
		&rig, MARKS | RECORD_BIT(EXIT),
		"1 ms mark s handler\n1 ms mark s s\n1 ms exit s 0x0\n2 ms exit kl 0x9\n3 ms exit k 0x0\n"
		"3 ms mark d handler\n3 ms mark d d\n3 ms exit d 0x0\n");
}

/* up hands over: who comes by in between does not get it, though the first has not run yet. */
Test(ksem, up_hands_over_to_the_first)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 1, .start_ns = 100 * USEC},
		      "down k; mark in; up k");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 9, .start_ns = 200 * USEC},
		      "down k; mark in; up k");
	rig_task_attr(&rig, "o", (struct rig_attr){.fifo = 90},
		      "down k; sleep 1ms; up k; down k; mark again; up k");
	rig_expect(
		&rig, WAKES,
		"1 ms wakeup o\n1 ms wakeup a\n1 ms mark a in\n1 ms wakeup b\n1 ms mark b in\n1 ms wakeup o\n1 ms mark o again\n");
}

/* A count above one; who is not the owner may raise it; ETIME and EINTR go on behind the up. */
Test(ksem, counts_timeouts_kills)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_kernel_semaphore(rig.builder, (struct loc){0}, "k", 2);
	rig_task(&rig, "a",
		 "down k; down k; down k+3ms; mark no; up k; mark late; down k; mark in");
	rig_task(&rig, "b", "sleep 1ms; down k+killable; mark no; up k");
	rig_task(&rig, "s", "sleep 1ms; down k+S; mark s");
	rig_task(&rig, "x",
		 "sleep 9ms; kill b; sleep 1ms; up k; sleep 1ms; up k; up k; down k; mark count");
	/* s waits before a comes back. */
	rig_expect(
		&rig, MARKS,
		"8 ms failed a ETIME k\n8 ms mark a late\n9 ms failed b EINTR k\n10 ms mark s s\n11 ms mark x count\n11 ms mark a in\n");
}

/* A killable wait for a mutex ends at once; the holder's unlock finds nobody. */
Test(kernel_mutex, a_killable_wait_ends_with_death)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "holder", "kernel_lock k; io disk 1; kernel_unlock k; mark out");
	builder_device(rig.builder, (struct loc){0}, "disk",
		       &(struct device_options){.service.value = 9 * MSEC, .has_service = true});
	rig_task(&rig, "w", "sleep 1ms; kernel_lock k+killable; run 1ms; kernel_unlock k; mark no");
	rig_task(&rig, "d", "sleep 1ms; kernel_lock k; kernel_unlock k; mark no");
	rig_task(&rig, "x", "sleep 2ms; kill w; kill d");
	rig_expect(
		&rig, MARKS | RECORD_BIT(EXIT),
		"2 ms exit x 0x0\n2 ms failed w EINTR k\n2 ms exit w 0x9\n9 ms mark holder out\n9 ms exit holder 0x0\n9 ms exit d 0x9\n");
}

/*
 * mutex_lock_interruptible() within another section: it leaves that one as usual, and the handler
 * runs then.
 */
Test(kernel_mutex, an_interrupted_wait_goes_on_behind_the_unlock)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark handler");
	builder_device(rig.builder, (struct loc){0}, "disk",
		       &(struct device_options){.service.value = 9 * MSEC, .has_service = true});
	rig_task(&rig, "holder", "kernel_lock k; io disk 1; kernel_unlock k");
	rig_task(
		&rig, "w",
		"sigaction USR1=h; sleep 1ms; kernel_lock o; kernel_lock k+S; mark no; kernel_unlock k; run 1ms; kernel_unlock o; mark on; "
		"kernel_lock k+S; mark in; kernel_unlock k");
	rig_task(&rig, "x", "sleep 2ms; signal USR1 w");
	rig_expect(&rig, MARKS,
		   "2 ms failed w EINTR k\n3 ms mark w handler\n3 ms mark w on\n9 ms mark w in\n");
}
