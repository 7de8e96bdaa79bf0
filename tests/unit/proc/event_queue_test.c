/* SPDX-License-Identifier: MIT */
/* Wait queues, rwlocks, eventfds end to end (process.md 7.2, 7.3, 8.3, 8.8, 14.7, 14.8). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS RECORD_BIT(MARK)
#define WAKES (RECORD_BIT(WAKEUP) | RECORD_BIT(FUTILE))

/* The queue of 14.7: E1 N1 N2 E2 N3 come in that order, so it reads N3 N2 N1 E1 E2. */
static void add_waiters(struct rig *rig, const char *e1)
{
	rig_task_attr(rig, "e1", (struct rig_attr){.fifo = 9}, e1);
	rig_task_attr(rig, "n1", (struct rig_attr){.fifo = 8}, "wait_event q+keep; mark up");
	rig_task_attr(rig, "n2", (struct rig_attr){.fifo = 7}, "wait_event q+keep; mark up");
	rig_task_attr(rig, "e2", (struct rig_attr){.fifo = 6}, "wait_event q+excl+keep; mark up");
	rig_task_attr(rig, "n3", (struct rig_attr){.fifo = 5}, "wait_event q+keep; mark up");
}

Test(event_queue, a_wakeup_takes_all_that_are_not_exclusive_and_one_that_is)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	add_waiters(&rig, "wait_event q+excl+keep; mark up");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "sleep 1ms; wake_up q; sleep 1ms; wake_up q");
	rig_expect(&rig, RECORD_BIT(WAKEUP),
		   "1 ms wakeup k\n1 ms wakeup n3\n1 ms wakeup n2\n1 ms wakeup n1\n1 ms wakeup e1\n"
		   "2 ms wakeup k\n2 ms wakeup e2\n");
}

Test(event_queue, as_many_exclusive_ones_as_asked_for_or_all)
{
	for (u32 all = 0; all < 2; all++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		add_waiters(&rig, "wait_event q+excl+keep; mark up");
		rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
			      all ? "sleep 1ms; wake_up q+all" : "sleep 1ms; wake_up q+2");
		rig_expect(&rig, RECORD_BIT(WAKEUP),
			   "1 ms wakeup k\n1 ms wakeup n3\n1 ms wakeup n2\n1 ms wakeup n1\n"
			   "1 ms wakeup e1\n1 ms wakeup e2\n");
	}
}

/* A herd: all come for one event, the others sleep again. */
Test(event_queue, who_finds_the_event_gone_sleeps_again)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 1, .count = 3},
		      "wait_event q; mark got");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "loop 3; sleep 1ms; wake_up q; end");
	rig_expect(&rig, RECORD_BIT(FUTILE) | MARKS,
		   "1 ms mark w2 got\n1 ms futile w1\n1 ms futile w0\n"
		   "2 ms mark w0 got\n2 ms futile w1\n"
		   "3 ms mark w1 got\n");
}

/* 14.8, with a task that runs between the test and the sleep. */
Test(event_queue, sleep_on_loses_a_wakeup_that_wait_event_sees)
{
	for (u32 safe = 0; safe < 2; safe++) {
		struct rig rig;

		rig_init(&rig, 2, "v6.12");
		builder_platform(rig.builder)->costs.block = 2 * MSEC;
		rig_task_attr(&rig, "w", (struct rig_attr){.cpus = "0"},
			      safe ? "wait_event q; mark up" : "sleep_on q; mark up");
		rig_task_attr(&rig, "k", (struct rig_attr){.cpus = "1"}, "run 1ms; wake_up q");
		if (safe)
			rig_expect(&rig, MARKS, "2 ms mark w up\n");
		else
			rig_expect_failure(&rig, "1 task sleeps and nothing will wake it");
	}
}

/*
 * calc_wheel_index(): 5 ms are two ticks, from before the first one on: they are over for certain
 * at the third.
 */
Test(event_queue, a_timeout_ends_with_the_first_tick_by_which_it_is_over_for_certain)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w", "run 1ms; wait_event q+5ms; mark late");
	rig_task(&rig, "k", "sleep 50ms; wake_up q");
	rig_expect(&rig, MARKS, "12 ms mark w late\n");
}

/* Times are told in microseconds: 999 ns are none, and over with the next tick. */
Test(event_queue, a_timeout_below_a_microsecond_ends_with_the_next_tick)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "w", "run 1ms; wait_event q+999ns; mark next; wait_event q+1us; mark later");
	rig_task(&rig, "k", "sleep 50ms; wake_up q");
	rig_expect(&rig, MARKS, "4 ms mark w next\n12 ms mark w later\n");
}

/*
 * From 63 ticks on slots are 8 ticks apart, by the ticks counted since boot. Of the first sleep's
 * 125, from before tick 7 on, 131 are behind slot 128, so it ends at 136; with 2 ticks counted
 * before the run at 126 of it, 134. The next ones are over 128 ticks later, unless who sleeps runs
 * for 3 ticks before.
 */
static void sleeps_long(u64 jiffies, const char *lines)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_platform(rig.builder)->jiffies = jiffies;
	rig_task(
		&rig, "w",
		"run 26ms; wait_event q+500ms; mark first; wait_event q+500ms; mark second; run 13ms; wait_event q+500ms; mark third");
	rig_task(&rig, "k", "sleep 1900ms; wake_up q");
	rig_expect(&rig, MARKS, lines);
}

Test(event_queue, a_long_timeout_ends_at_a_slot_of_the_wheel)
{
	sleeps_long(0, "544 ms mark w first\n1.056 s mark w second\n1.6 s mark w third\n");
	sleeps_long(2, "536 ms mark w first\n1.048 s mark w second\n1.592 s mark w third\n");
}

Test(event_queue, a_sleep_in_D_is_not_for_signals)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "d", "wait_event q+D; mark up");
	rig_task(&rig, "k", "sleep 1ms; kill d; sleep 5ms; wake_up q");
	rig_expect(&rig, RECORD_BIT(EXIT), "6 ms exit k 0x0\n6 ms exit d 0x9\n");
}

Test(rwlock, readers_share_it_and_a_writer_has_it_alone)
{
	struct rig rig;

	rig_init(&rig, 4, "v6.12");
	rig_task_attr(&rig, "r", (struct rig_attr){.count = 2},
		      "read_lock l; run 4ms; rw_unlock l; mark read");
	rig_task(&rig, "w", "run 1ms; write_lock l; run 4ms; rw_unlock l; mark wrote");
	rig_task(&rig, "late",
		 "run 2ms; read_lock l; mark beside; run 4ms; rw_unlock l; mark read");
	rig_expect(&rig, MARKS,
		   "2 ms mark late beside\n4 ms mark r0 read\n4 ms mark r1 read\n"
		   "6 ms mark late read\n10 ms mark w wrote\n");
}

/* It stays locked, but by nobody: whoever gets the dead task's memory next does not hold it. */
Test(rwlock, a_writer_that_dies_with_it_is_not_mistaken_for_a_later_task)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "write_lock l; run 1ms");
	rig_task_attr(&rig, "b", (struct rig_attr){.start_ns = 20 * MSEC},
		      "write_lock l 1ms; mark in; rw_unlock l; mark out; rw_unlock l");
	rig_expect_failure(&rig, "at 21 ms: unlocks rwlock 'l', which it does not hold");
}

Test(eventfd, each_write_wakes_all_readers_and_one_gets_it)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "r", (struct rig_attr){.fifo = 1, .count = 3},
		      "event_read e; mark got");
	rig_task_attr(&rig, "k", (struct rig_attr){.fifo = 90},
		      "loop 3; sleep 1ms; event_write e 2; end");
	rig_expect(&rig, RECORD_BIT(FUTILE) | MARKS,
		   "1 ms mark r0 got\n1 ms futile r1\n1 ms futile r2\n"
		   "2 ms mark r1 got\n2 ms futile r2\n"
		   "3 ms mark r2 got\n");
}

Test(eventfd, a_semaphore_gives_one_at_a_time)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	builder_eventfd(rig.builder, (struct loc){0}, "e", 2, true);
	rig_task(&rig, "a", "event_read e; event_read e; mark two; event_read e; mark three");
	rig_task(&rig, "k", "sleep 1ms; event_write e 1");
	rig_expect(&rig, MARKS, "0 mark a two\n1 ms mark a three\n");
}
