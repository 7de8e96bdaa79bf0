/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks, and mutexes of the kernel with optimistic spinning and handoff (process.md 8.4, 10).
 */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS    RECORD_BIT(MARK)
#define SWITCHES (RECORD_BIT(MARK) | RECORD_BIT(SWITCH))

static void preemption(struct rig *rig, enum preempt_model preempt)
{
	builder_platform(rig->builder)->preempt = preempt;
}

static const enum preempt_model models[] = {PREEMPT_NONE, PREEMPT_VOLUNTARY, PREEMPT_FULL};

/*
 * b comes at 1 ms, burns its cpu until 2 and has the lock until 3; f wants that cpu from 1.5 ms on.
 */
Test(spinlock, who_waits_burns_its_cpu_and_gives_it_to_nobody)
{
	for (u32 i = 0; i < ARRAY_SIZE(models); i++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.12");
		preemption(&rig, models[i]);
		rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "0"},
			      "spin_lock l; run 2ms; spin_unlock l; mark a");
		rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "1"},
			      "run 1ms; spin_lock l; run 1ms; spin_unlock l; mark b");
		rig_task_attr(&rig, "f",
			      (struct rig_attr){.cpus = "1", .fifo = 9, .start_ns = 1500 * USEC},
			      "mark f; run 1ms");
		rig_expect(&rig, MARKS, "2 ms mark a a\n3 ms mark f f\n4 ms mark b b\n");
	}
}

/* Whatever their priorities. */
Test(spinlock, it_goes_to_spinners_in_order_of_their_coming)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_task_attr(
		&rig, "a", (struct rig_attr){.cpus = "0"},
		"spin_lock l; run 9ms; spin_unlock l; spin_lock l; mark again; spin_unlock l");
	rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "3"},
		      "run 1ms; spin_lock l; mark in; run 1ms; spin_unlock l");
	rig_task_attr(&rig, "c", (struct rig_attr){.cpus = "1", .fifo = 1},
		      "run 3ms; spin_lock l; mark in; run 1ms; spin_unlock l");
	rig_task_attr(&rig, "d", (struct rig_attr){.cpus = "2", .fifo = 9},
		      "run 2ms; spin_lock l; mark in; run 1ms; spin_unlock l");
	rig_expect(&rig, MARKS,
		   "9 ms mark b in\n10 ms mark d in\n11 ms mark c in\n12 ms mark a again\n");
}

/*
 * What is due happens when the last of them is given back: in the kernel or on the way out of it.
 */
Test(spinlock, preemption_waits_for_the_last_unlock)
{
	for (u32 i = 0; i < ARRAY_SIZE(models); i++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		preemption(&rig, models[i]);
		rig_task(
			&rig, "a",
			"kernel_lock k; spin_lock l; run 1ms; spin_lock m; run 1ms; spin_unlock m; run 1ms; "
			"spin_unlock l; run 1ms; kernel_unlock k; run 1ms; mark a");
		rig_task_attr(&rig, "f", (struct rig_attr){.fifo = 9, .start_ns = MSEC},
			      "mark f; run 1ms");
		/*
		 * Unlocked at 3 ms; only a preemptible kernel does not go on to the end of the
		 * call.
		 */
		rig_expect(&rig, MARKS,
			   models[i] == PREEMPT_FULL ? "3 ms mark f f\n6 ms mark a a\n"
						     : "4 ms mark f f\n6 ms mark a a\n");
	}
}

Test(spinlock, a_circle_is_told)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "a", "spin_lock l; run 2ms; spin_lock m; spin_unlock m; spin_unlock l");
	rig_task(&rig, "b", "spin_lock m; run 3ms; spin_lock l; spin_unlock l; spin_unlock m");
	rig_expect_failure(&rig, "task 'b' (pid");
}

/* Signals wait for the way out of the kernel, death too. */
Test(spinlock, a_task_that_is_killed_gives_it_back_first)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "a", "spin_lock l; run 3ms; spin_unlock l; run 3ms");
	rig_task(&rig, "b", "run 1ms; kill a; spin_lock l; mark in; spin_unlock l");
	rig_expect(&rig, MARKS | RECORD_BIT(EXIT),
		   "3 ms exit a 0x9\n3 ms mark b in\n3 ms exit b 0x0\n");
}

/* The holder runs: no sleep, no wakeup. (init comes to reap.) */
Test(kernel_mutex, who_waits_for_a_running_holder_spins)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "0"},
		      "kernel_lock k; run 3ms; kernel_unlock k; mark a; run 5ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "1"},
		      "run 1ms; kernel_lock k; mark b; kernel_unlock k; run 5ms");
	rig_expect(
		&rig, SWITCHES | RECORD_BIT(WAKEUP),
		"0 switch swapper/0 R > a\n0 switch swapper/1 R > b\n"
		"3 ms mark a a\n3 ms mark b b\n8 ms switch a Z > init\n8 ms switch b Z > swapper/1\n");
}

Test(kernel_mutex, who_waits_for_a_sleeping_holder_sleeps)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "0"},
		      "kernel_lock k; wait_event q+D; kernel_unlock k; run 3ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "1"},
		      "run 1ms; kernel_lock k; mark b; kernel_unlock k; run 5ms");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "0"}, "sleep 4ms; wake_up q");
	rig_expect(&rig, MARKS | RECORD_BIT(WAKEUP),
		   "4 ms wakeup k\n4 ms wakeup a\n4 ms wakeup b\n4 ms mark b b\n");
}

/* At 2 ms f takes the holder's cpu: b stops to spin and sleeps. The holder goes on at 5 ms. */
Test(kernel_mutex, a_spinner_sleeps_when_the_holder_loses_its_cpu)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	preemption(&rig, PREEMPT_FULL);
	rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "0"},
		      "kernel_lock k; run 3ms; kernel_unlock k; run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "1"},
		      "run 1ms; kernel_lock k; mark b; kernel_unlock k");
	rig_task_attr(&rig, "f", (struct rig_attr){.cpus = "0", .fifo = 9, .start_ns = 2 * MSEC},
		      "run 3ms");
	rig_expect(
		&rig, SWITCHES | RECORD_BIT(WAKEUP),
		"0 switch swapper/0 R > a\n0 switch swapper/1 R > b\n"
		"2 ms switch a R+ > f\n2 ms switch b D > swapper/1\n"
		"5 ms switch f Z > a\n6 ms wakeup b\n6 ms switch swapper/1 R > b\n6 ms mark b b\n"
		"6 ms switch b Z > init\n7 ms switch a Z > swapper/0\n");
}

/* Where the kernel is not preemptible, too. b runs again at 4 ms and sleeps then. */
Test(kernel_mutex, a_spinner_leaves_its_cpu_to_who_wants_it)
{
	for (u32 i = 0; i < ARRAY_SIZE(models); i++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.12");
		preemption(&rig, models[i]);
		rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "0"},
			      "kernel_lock k; run 3ms; run 3ms; kernel_unlock k; run 1ms");
		rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "1"},
			      "run 1ms; kernel_lock k; mark b; kernel_unlock k");
		rig_task_attr(&rig, "f",
			      (struct rig_attr){.cpus = "1", .fifo = 9, .start_ns = 2 * MSEC},
			      "run 2ms");
		rig_expect(&rig, SWITCHES,
			   "0 switch swapper/0 R > a\n0 switch swapper/1 R > b\n"
			   "2 ms switch b R > f\n4 ms switch f Z > b\n4 ms switch b D > init\n"
			   "6 ms switch swapper/1 R > b\n6 ms mark b b\n6 ms switch b Z > init\n"
			   "7 ms switch a Z > swapper/0\n");
	}
}

/* c comes second, so it does not look at the mutex before b has it. */
Test(kernel_mutex, spinners_queue)
{
	struct rig rig;

	rig_init(&rig, 3, "v6.12");
	rig_task_attr(&rig, "a", (struct rig_attr){.cpus = "0"},
		      "kernel_lock k; run 3ms; kernel_unlock k");
	rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "2"},
		      "run 1ms; kernel_lock k; mark in; run 2ms; kernel_unlock k");
	rig_task_attr(&rig, "c", (struct rig_attr){.cpus = "1", .fifo = 9},
		      "run 2ms; kernel_lock k; mark in; kernel_unlock k");
	rig_expect(&rig, MARKS, "3 ms mark b in\n5 ms mark c in\n");
}

/*
 * a gives it back at 4 ms and takes it again before b, which was woken, has looked. b asks for a
 * handoff and spins; the next unlock is for b, however quick a is.
 */
Test(kernel_mutex, who_was_woken_for_nothing_is_handed_it_next_time)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(
		&rig, "a", (struct rig_attr){.cpus = "0"},
		"kernel_lock k; wait_event q+D; kernel_unlock k; kernel_lock k; mark again; run 2ms; "
		"kernel_unlock k; kernel_lock k; mark third; kernel_unlock k");
	rig_task_attr(&rig, "b", (struct rig_attr){.cpus = "1"},
		      "run 1ms; kernel_lock k; mark b; run 1ms; kernel_unlock k");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "0"}, "sleep 4ms; wake_up q");
	rig_expect(&rig, MARKS, "4 ms mark a again\n6 ms mark b b\n7 ms mark a third\n");
}

/*
 * b has asked for a handoff, and a signal ends its wait: nobody is there to hand it over to at 8
 * ms.
 */
Test(kernel_mutex, a_handoff_is_forgotten_with_the_last_who_waits)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_template(&rig, "h", "mark handled");
	rig_task_attr(
		&rig, "a", (struct rig_attr){.cpus = "0"},
		"kernel_lock k; wait_event q+D; kernel_unlock k; kernel_lock k; wait_event q+D; kernel_unlock k; mark free; "
		"kernel_lock k; mark again; kernel_unlock k");
	rig_task_attr(
		&rig, "b", (struct rig_attr){.cpus = "1"},
		"sigaction USR1=h; run 1ms; kernel_lock k+S; mark never; kernel_unlock k; mark left");
	rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "0"},
		      "sleep 4ms; wake_up q; sleep 2ms; signal USR1 b; sleep 2ms; wake_up q");
	rig_expect(&rig, MARKS,
		   "6 ms mark b handled\n6 ms mark b left\n8 ms mark a free\n8 ms mark a again\n");
}

Test(kernel_mutex, a_circle_is_told_across_kinds_of_locks)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "a",
		 "kernel_lock k; run 2ms; kernel_lock j; kernel_unlock j; kernel_unlock k");
	rig_task(&rig, "b",
		 "kernel_lock j; run 3ms; kernel_lock k; kernel_unlock k; kernel_unlock j");
	rig_expect_failure(&rig, "deadlock: it waits for 'k', held by 'a'");
}
