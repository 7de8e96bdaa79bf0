/* SPDX-License-Identifier: MIT */
/* Reader-writer semaphores of the kernel (process.md 8.4). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)

Test(rwsem, readers_share_it_and_do_not_pass_a_writer)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_task(&rig, "r1", "down_read s; run 4ms; up_read s; mark out");
	rig_task(&rig, "r2", "run 1ms; down_read s; mark in; run 4ms; up_read s; mark out");
	rig_task(&rig, "w", "run 2ms; down_write s; mark in; run 2ms; up_write s");
	rig_task(&rig, "r3", "run 3ms; down_read s; mark in; up_read s");
	rig_expect(
		&rig, MARKS,
		"1 ms mark r2 in\n4 ms mark r1 out\n5 ms mark r2 out\n5 ms mark w in\n7 ms mark r3 in\n");
}

/*
 * The queue is r1 w2 r2: r1 and r2 come in together, past w2. The holder sleeps, so nobody spins.
 */
Test(rwsem, all_readers_that_wait_come_in_with_the_first)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w1", "down_write s; wait_event q+D; up_write s");
	rig_task(&rig, "r1", "sleep 1ms; down_read s; mark in; wait_event p+D; up_read s");
	rig_task(&rig, "w2", "sleep 2ms; down_write s; mark in; up_write s");
	rig_task(&rig, "r2", "sleep 3ms; down_read s; mark in; up_read s");
	rig_task(&rig, "k", "sleep 10ms; wake_up q; sleep 5ms; wake_up p");
	rig_expect(&rig, MARKS, "10 ms mark r1 in\n10 ms mark r2 in\n15 ms mark w2 in\n");
}

/* No sleep and no wakeup of w2. (init comes to reap.) */
Test(rwsem, a_writer_spins_while_another_runs_with_it)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task_attr(&rig, "w1", (struct rig_attr){.cpus = "0"},
		      "down_write s; run 3ms; up_write s");
	rig_task_attr(&rig, "w2", (struct rig_attr){.cpus = "1"},
		      "run 1ms; down_write s; mark in; up_write s; run 1ms");
	rig_expect(&rig, MARKS | RECORD_BIT(SWITCH) | RECORD_BIT(WAKEUP),
		   "0 switch swapper/0 R > w1\n0 switch swapper/1 R > w2\n3 ms switch w1 Z > init\n"
		   "3 ms mark w2 in\n4 ms switch w2 Z > swapper/1\n");
}

/*
 * w sleeps while s is held by one that sleeps. At 4 ms it is woken, and finds that a, which runs,
 * has taken it again: w1 waits for less than 4 ms and asks for nothing, so that a has it a third
 * time; then, at 10 ms, it has waited long enough, and at 12 ms it is its turn, however quick a is.
 * A real-time writer asks at once.
 */
Test(rwsem, who_has_waited_for_long_has_it_next)
{
	for (u32 fifo = 0; fifo < 2; fifo++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.12");
		rig_task_attr(
			&rig, "a", (struct rig_attr){.cpus = "0"},
			"down_write s; wait_event q+D; up_write s; down_write s; mark two; run 6ms; "
			"up_write s; down_write s; mark three; run 2ms; up_write s; "
			"down_write s; mark four; up_write s");
		rig_task_attr(&rig, "w", (struct rig_attr){.cpus = "1", .fifo = fifo},
			      "run 3ms; down_write s; mark in; run 1ms; up_write s");
		rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "0"}, "sleep 4ms; wake_up q");
		rig_expect(
			&rig, MARKS,
			fifo ? "4 ms mark w in\n5 ms mark a two\n11 ms mark a three\n13 ms mark a four\n"
			     : "4 ms mark a two\n10 ms mark a three\n12 ms mark w in\n13 ms mark a four\n");
	}
}

Test(rwsem, a_circle_is_told)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "a", "down_write s; run 2ms; kernel_lock k; kernel_unlock k; up_write s");
	rig_task(&rig, "b", "kernel_lock k; run 3ms; down_read s; up_read s; kernel_unlock k");
	rig_expect_failure(&rig, "deadlock: it waits for 's', held by 'a'");
}

/* Granted behind a writer, they read it as others do. */
Test(rwsem, a_circle_leads_through_a_reader_that_was_queued)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "w", "down_write s; run 1ms; up_write s");
	rig_task(&rig, "r",
		 "sleep 500us; down_read s; run 2ms; kernel_lock k; kernel_unlock k; up_read s");
	rig_task(&rig, "b",
		 "sleep 500us; kernel_lock k; run 1ms; down_write s; up_write s; kernel_unlock k");
	rig_expect_failure(
		&rig,
		"deadlock: it waits for 'k', held by 'b' (pid 15), which waits for 's', read by 'r' (pid 14)");
}
