/* SPDX-License-Identifier: MIT */
/*
 * Timers that expire in a softirq, as most do on a PREEMPT_RT kernel: a second queue of each cpu.
 *
 * The interrupt comes when the first of them is due in any case. It runs none but says so to
 * whoever does softirqs, and comes no more before they have been looked at; those that are armed
 * meanwhile wait with the others. Who looks takes all that may expire by then, with their slack, so
 * neither a tick nor another timer's interrupt takes such a timer along. There are two kinds, with
 * a queue each: hrtimers, and those of the timer wheel, of which another softirq takes care.
 * Kernel: kernel/time/hrtimer.c, hrtimer_interrupt(), hrtimer_run_softirq(); kernel/time/timer.c,
 * run_local_timers().
 */
#ifndef OSSIM_MACHINE_SOFT_TIMERS_H
#define OSSIM_MACHINE_SOFT_TIMERS_H

#include "machine/machine.h"

/* In the interrupt on @cpu, which has cost nothing yet. */
typedef void (*soft_timers_due)(struct machine *machine, struct cpu *cpu, enum timer_softness kind);
void soft_timers_init(struct machine *machine, struct arena *arena, soft_timers_due due);

/*
 * Takes out the first of @kind that may expire at @as_of: a pass asks with the time at which it has
 * begun. NULL: none may; the interrupt comes for the next one again.
 */
struct timer *soft_timers_take(struct machine *machine, const struct cpu *cpu,
			       enum timer_softness kind, u64 as_of);
/* There is one. */
bool soft_timers_wait(const struct machine *machine, const struct cpu *cpu,
		      enum timer_softness kind, u64 as_of);
void soft_timers_fini(struct machine *machine);

/* ---- For machine.c: of timers that are soft ---- */

/* timer.when, .slack and .cpu are set. */
not_inline void soft_timer_insert(struct machine *machine, struct timer *timer);
not_inline void soft_timer_remove(struct machine *machine, struct timer *timer);

#endif
