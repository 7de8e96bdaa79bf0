/* SPDX-License-Identifier: MIT */
/*
 * Interrupts that come while they are off are served when they are on again. HZ is 250: a tick each
 * 4 ms.
 */
#include <criterion/criterion.h>

#include <stdio.h>

#include "rig.h"

enum { WAKES = RECORD_BIT(WAKEUP) | RECORD_BIT(MARK) };

/*
 * The timer of a sleep: without irqsave the sleeper is woken under the lock and waits; with it both
 * come after it.
 */
Test(irqsave, a_timer_waits)
{
	struct rig rig;

	rig_init(&rig, 1, "v6.18");
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 9, .woken = true}, "sleep 3ms; mark up");
	rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 5},
		      "spin_lock k; run 10ms; spin_unlock k; run 5ms");
	rig_expect(&rig, WAKES, "0 wakeup s\n3 ms wakeup s\n10 ms mark s up\n");
	rig_init(&rig, 1, "v6.18");
	rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 9, .woken = true}, "sleep 3ms; mark up");
	rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 5},
		      "spin_lock k irqsave; run 10ms; spin_unlock k; run 5ms");
	rig_expect(&rig, WAKES, "0 wakeup s\n10 ms wakeup s\n10 ms mark s up\n");
}

/* An inner lock without it, or with it, ends nothing. */
Test(irqsave, sections_nest)
{
	static const char *const inner[] = {"spin_lock j; run 2ms; spin_unlock j;",
					    "spin_lock j irqsave; run 2ms; spin_unlock j;"};
	char program[200];

	for (u32 i = 0; i < 2; i++) {
		struct rig rig;

		snprintf(program, sizeof(program),
			 "spin_lock k irqsave; run 1ms; %s run 7ms; spin_unlock k; run 5ms",
			 inner[i]);
		rig_init(&rig, 1, "v6.18");
		rig_task_attr(&rig, "s", (struct rig_attr){.fifo = 9, .woken = true},
			      "sleep 2ms; mark up");
		rig_task_attr(&rig, "l", (struct rig_attr){.fifo = 5}, program);
		rig_expect(&rig, WAKES, "0 wakeup s\n10 ms wakeup s\n10 ms mark s up\n");
	}
}

/* The interrupt by which another cpu makes this one reschedule. */
Test(irqsave, an_interrupt_from_another_cpu_waits)
{
	struct rig rig;

	rig_init(&rig, 2, "v6.18");
	rig_task_attr(&rig, "w", (struct rig_attr){.fifo = 9, .cpus = "0", .woken = true},
		      "wait_event q; mark got");
	rig_task_attr(&rig, "l",
		      (struct rig_attr){.fifo = 5, .cpus = "0", .start_ns = MSEC, .woken = true},
		      "spin_lock k irqsave; run 10ms; spin_unlock k; run 5ms");
	rig_task_attr(&rig, "n", (struct rig_attr){.fifo = 9, .cpus = "1", .woken = true},
		      "sleep 2ms; wake_up q; mark told");
	rig_expect(&rig, RECORD_BIT(MARK), "2 ms mark n told\n11 ms mark w got\n");
}

/*
 * RR slices are counted in ticks, and of the five that were missed (4, 8, 12, 16, 20 ms) one comes:
 * the slice of 25 ends at the 25th, the tick of 116 ms, not of 100.
 */
Test(irqsave, of_missed_ticks_one_comes)
{
	for (u32 irqsave = 0; irqsave < 2; irqsave++) {
		struct rig rig;

		rig_init(&rig, 1, "v6.18");
		rig_task_attr(
			&rig, "a", (struct rig_attr){.fifo = 5, .woken = true},
			irqsave ? "policy rr:5; spin_lock k irqsave; run 22ms; spin_unlock k; run 200ms"
				: "policy rr:5; spin_lock k; run 22ms; spin_unlock k; run 200ms");
		rig_task_attr(&rig, "b", (struct rig_attr){.fifo = 5, .woken = true}, "mark runs");
		rig_expect(&rig, RECORD_BIT(MARK),
			   irqsave ? "116 ms mark b runs\n" : "100 ms mark b runs\n");
	}
}
