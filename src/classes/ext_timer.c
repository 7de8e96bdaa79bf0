/* SPDX-License-Identifier: MIT */
/* A policy's timers: interrupts of the cpu that set them, which call the op `timer`. */
#include "classes/ext.h"

/*
 * A timer that sets itself again and again would keep a simulation going in which everybody sleeps
 * for good: after so many with no task to run none is set any more, until there is one again.
 */
enum { IDLE_FIRES_MAX = 1000000 };

static void timer_fires(struct machine *machine, struct timer *timer)
{
	struct ext_timer *own = container_of(timer, struct ext_timer, timer);
	struct cpu *cpu = &machine->cpus[timer->cpu];
	const struct costs *costs = &own->ext->sched->platform->costs;

	cpu_enter_irq(machine, cpu, costs->irq_entry);
	cpu_serve_timer(machine, cpu, costs->timer);
	own->ext->idle_fires++;
	ext_call(own->ext, EXT_FROM_UNLOCKED, timer, own->id);
}

void ext_timers_init(struct ext *ext)
{
	for (u32 i = 0; i < EXT_TIMERS; i++) {
		ext->timers[i].ext = ext;
		ext->timers[i].id = i;
		timer_init(&ext->timers[i].timer, timer_fires, TIMER_RANK_EXT, UINT32_MAX - i);
	}
}

void ext_timer_arm(struct ext *ext, u32 id, u64 delay)
{
	struct machine *machine = ext->sched->machine;
	u64 least = 1; /* time must go on */

	if (id >= EXT_TIMERS) {
		ext_fail(ext, EXT_EXIT_ERROR, 0, "timer_start: there are timers 0..%d, not %u",
			 EXT_TIMERS - 1, id);
		return;
	}
	if (ext->idle_fires > IDLE_FIRES_MAX)
		return;
	machine_timer_arm(machine, &ext->timers[id].timer, machine->acting,
			  machine->now + max_of(delay, least));
}
