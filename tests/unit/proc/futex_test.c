/* SPDX-License-Identifier: MIT */
/* Words and who sleeps at them (process.md 8.1). */
#include <criterion/criterion.h>

#include "rig.h"

#define MARKS (RECORD_BIT(MARK) | RECORD_BIT(FAILED))

Test(futex, who_comes_with_another_value_does_not_sleep)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.12");
	rig_task(&rig, "a",
		 "futex_wait w+=1; mark on; futex_wait w+=0; mark woken; futex_wait w+=0; mark on");
	rig_task(&rig, "b", "run 2ms; futex_set w+=7; futex_wake w");
	rig_expect(&rig, MARKS,
		   "0 failed a EAGAIN w\n0 mark a on\n2 ms mark a woken\n2 ms failed a EAGAIN w\n"
		   "2 ms mark a on\n");
}

/* Real-time waiters by priority, the others as they came, whatever their nice. */
Test(futex, the_order_is_rank_then_arrival)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "n19", (struct rig_attr){.nice = 19}, "futex_wait w+=0");
	rig_task_attr(&rig, "n0", (struct rig_attr){.start_ns = 1 * MSEC, .nice = -20},
		      "futex_wait w+=0");
	rig_task_attr(&rig, "f1", (struct rig_attr){.start_ns = 2 * MSEC, .fifo = 1},
		      "futex_wait w+=0");
	rig_task_attr(&rig, "f9", (struct rig_attr){.start_ns = 3 * MSEC, .fifo = 9},
		      "futex_wait w+=0");
	rig_task_attr(&rig, "f9b", (struct rig_attr){.start_ns = 4 * MSEC, .fifo = 9},
		      "futex_wait w+=0");
	rig_task_attr(&rig, "k", (struct rig_attr){.start_ns = 5 * MSEC, .fifo = 90},
		      "futex_wake w+#2; mark two; futex_wake w+#9");
	rig_expect(&rig, MARKS | RECORD_BIT(WAKEUP),
		   "5 ms wakeup f9\n5 ms wakeup f9b\n5 ms mark k two\n"
		   "5 ms wakeup f1\n5 ms wakeup n19\n5 ms wakeup n0\n");
}

Test(futex, a_wake_is_for_those_with_a_bit_in_common)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "futex_wait w+=0+&1; mark up");
	rig_task(&rig, "b", "futex_wait w+=0+&2; mark up");
	rig_task(&rig, "c", "futex_wait w+=0+&3; mark up");
	rig_task(&rig, "k", "sleep 1ms; futex_wake w+#9+&2; sleep 1ms; futex_wake w+#9");
	rig_expect(&rig, MARKS, "1 ms mark b up\n1 ms mark c up\n2 ms mark a up\n");
}

/* The first is woken, the next two go to v, where rank counts again; the fourth stays. */
Test(futex, requeue_wakes_some_and_moves_others)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task_attr(&rig, "x", (struct rig_attr){.fifo = 2}, "futex_wait v+=0; mark up");
	rig_task_attr(&rig, "a", (struct rig_attr){.fifo = 4}, "futex_wait w+=0; mark up");
	rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 3}, "futex_wait w+=0; mark up");
	rig_task_attr(&rig, "c", (struct rig_attr){.fifo = 1}, "futex_wait w+=0; mark up");
	rig_task(&rig, "d", "futex_wait w+=0; mark up");
	rig_task_attr(
		&rig, "k", (struct rig_attr){.fifo = 90, .start_ns = MSEC},
		"futex_requeue w+>v+=5; futex_requeue w+>v+#1+%2+=0; sleep 1ms; futex_wake v+#9; "
		"sleep 1ms; futex_wake w+#9");
	rig_expect(
		&rig, MARKS,
		"1 ms failed k EAGAIN w\n1 ms mark a up\n2 ms mark b up\n2 ms mark x up\n2 ms mark c up\n"
		"3 ms mark d up\n");
}

/* requeue_futex(): nobody moves, nor does it go on for ever. */
Test(futex, a_requeue_to_the_same_word_leaves_all_in_their_places)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "futex_wait w+=0; mark up");
	rig_task(&rig, "b", "futex_wait w+=0; mark up");
	rig_task(
		&rig, "k",
		"sleep 1ms; futex_requeue w+>w+#0+%9; sleep 1ms; futex_wake w; sleep 1ms; futex_wake w");
	rig_expect(&rig, MARKS, "2 ms mark a up\n3 ms mark b up\n");
}

Test(futex, a_wait_ends_with_its_timeout)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.12");
	rig_task(&rig, "a", "futex_wait w+=0+3ms; mark late; futex_wait w+=0+9ms; mark up");
	rig_task(&rig, "b", "sleep 5ms; futex_wake w; sleep 20ms");
	rig_expect(&rig, MARKS, "3 ms failed a ETIMEDOUT w\n3 ms mark a late\n5 ms mark a up\n");
}

/* A restarted wait looks at the word anew: process.md 6.8. */
Test(futex, a_signal_interrupts_it_or_lets_it_begin_anew)
{
	for (u32 restart = 0; restart < 2; restart++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.12");
		rig_template(&rig, "h", "mark handled");
		rig_task(&rig, "a",
			 restart ? "sigaction USR1=h+restart; futex_wait w+=0; mark on"
				 : "sigaction USR1=h; futex_wait w+=0; mark on");
		rig_task(&rig, "b", "sleep 1ms; signal USR1 a; sleep 1ms; futex_wake w");
		rig_expect(&rig, MARKS,
			   restart ? "1 ms mark a handled\n2 ms mark a on\n"
				   : "1 ms mark a handled\n1 ms mark a on\n");
	}
}
