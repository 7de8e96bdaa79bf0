/* SPDX-License-Identifier: MIT */
/*
 * One simulated cpu: its segment of work, its tick, its timers, its interrupts.
 *
 * A segment is what the running task computes without asking anybody: overhead (switch, cold cache)
 * first, then its work. Interrupts steal time: they push the segment's end. `kernel_until` is the
 * end of what interrupts have taken so far; a reschedule asked for before it happens at it.
 */
#ifndef OSSIM_MACHINE_CPU_H
#define OSSIM_MACHINE_CPU_H

#include "base/types.h"
#include "machine/irq_stat.h"
#include "machine/timer.h"

/*
 * In irqs_off: a switch is under way until switch_ends, or was: nobody looks before an interrupt
 * comes. Or the task that runs is on its way to sleep, or to be preempted, the end of which is with
 * interrupts off; or it was.
 */
enum {
	IRQS_OFF_SWITCH = 0x80,
	IRQS_OFF_BLOCK = 0x40,
	IRQS_OFF_PREEMPT = 0x20,
	IRQS_OFF_FLAGS = IRQS_OFF_SWITCH | IRQS_OFF_BLOCK | IRQS_OFF_PREEMPT
};

struct cpu {
	/* When each of this cpu's things is due; NEVER: not at all. Rank order as written. */
	u64 segment_end;
	u64 timer_at; /* the first of its timers */
	u64 ipi_at;
	u64 tick_at; /* the tick's handler: grid point + irq_entry */
	u64 resched_at;

	u64 kernel_until; /* end of interrupt time so far */
	u64 work_begins;  /* end of the segment's overhead */
	u32 id;
	bool idle; /* runs no segment and waits for an interrupt */
	bool tick_stopped;
	bool segment_timed; /* the segment has a length: its end is a timed event of its own */
	/*
	 * how often interrupts were disabled: then timers, IPIs and ticks wait; or IRQS_OFF_SWITCH
	 * and its like
	 */
	u8 irqs_off;

	u64 irq_ns; /* stolen since the last IRQ record */
	struct timer_queue timers;
	u32 tick_late;     /* the part of tick_at that is jitter */
	u32 nr_timer_irqs; /* interrupts of its own timer: the tick, and timers */
	u64 timer_irq_at;  /* when timers were served last, or will be in the same interrupt */
	bool ipi_held;     /* it came while interrupts were off */
	u64 tick_held;     /* when the tick that waits was due; 0: none does */
	/* when the interrupt that is served comes to the next timer that may fire */
	u64 next_served;
	/* with IRQS_OFF_SWITCH: what is due in between waits for the end */
	u64 switch_from, switch_ends;
	/*
	 * with IRQS_OFF_BLOCK: so does what is due in that last part of the segment that began
	 * then,
	 */
	u64 block_began, block_tail;
	/* or with IRQS_OFF_PREEMPT in that last part of the way to resched_at */
	u64 preempt_tail;
	struct irq_stat irq_stat;
	u64 idle_jiffies; /* when it began to idle, if that is asked for */
};

static_assert(offsetof(struct cpu, irq_ns) <= 64,
	      "what every event touches left a cpu's first line");

#endif
