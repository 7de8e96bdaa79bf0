/* SPDX-License-Identifier: MIT */
/* Timers that expire in a softirq. */
#include "machine/soft_timers.h"

#include "base/ensure.h"

/* Of one cpu and kind: HRTIMER_ACTIVE_SOFT, or timer_base. */
struct soft_timers {
	struct timer_queue queue;
	struct timer irq; /* for the first of them (softirq_expires_next) */
	/* it has come, and they have not been looked at since (softirq_activated) */
	bool raised;
	u8 kind;
	soft_timers_due due;
};

enum { NR_KINDS = 2 };

static struct soft_timers *soft_of(const struct machine *machine, u32 cpu, u32 kind)
{
	return &machine->soft[NR_KINDS * cpu + kind - TIMER_SOFT];
}

static void irq_fires(struct machine *machine, struct timer *timer)
{
	struct soft_timers *soft = container_of(timer, struct soft_timers, irq);

	soft->raised = true;
	soft->due(machine, &machine->cpus[timer->cpu], soft->kind);
}

/*
 * hrtimer_update_softirq_timer(): the cpu's clock is set for the first, if its softirq is not to
 * come anyway.
 */
static void program(struct machine *machine, struct soft_timers *soft, u32 cpu)
{
	u64 next = timer_queue_next(&soft->queue);

	if (soft->raised)
		return;
	if (next == NEVER)
		machine_timer_cancel(machine, &soft->irq);
	else if (!timer_armed(&soft->irq) || soft->irq.when != next)
		machine_timer_arm(machine, &soft->irq, cpu, next);
}

void soft_timers_init(struct machine *machine, struct arena *arena, soft_timers_due due)
{
	machine->soft = arena_array(arena, struct soft_timers, NR_KINDS * machine->nr_cpus);
	for (u32 i = 0; i < NR_KINDS * machine->nr_cpus; i++) {
		struct soft_timers *soft = &machine->soft[i];

		soft->due = due;
		soft->kind = (u8)(TIMER_SOFT + i % NR_KINDS);
		timer_queue_init(&soft->queue, &machine->timer_blocks);
		/* Of both at once the wheel's is the tick's. */
		timer_init(&soft->irq, irq_fires, TIMER_RANK_SOFT,
			   2 * (i / NR_KINDS) + (soft->kind == TIMER_SOFT));
	}
}

void soft_timers_fini(struct machine *machine)
{
	for (u32 i = 0; machine->soft && i < NR_KINDS * machine->nr_cpus; i++)
		timer_queue_fini(&machine->soft[i].queue);
}

void soft_timer_insert(struct machine *machine, struct timer *timer)
{
	struct soft_timers *soft = soft_of(machine, timer->cpu, timer->soft);

	timer_queue_insert(&soft->queue, timer);
	program(machine, soft, timer->cpu);
}

void soft_timer_remove(struct machine *machine, struct timer *timer)
{
	struct soft_timers *soft = soft_of(machine, timer->cpu, timer->soft);

	timer_queue_remove(&soft->queue, timer);
	program(machine, soft, timer->cpu);
}

bool soft_timers_wait(const struct machine *machine, const struct cpu *cpu,
		      enum timer_softness kind, u64 as_of)
{
	const struct timer_key *first = timer_queue_first(&soft_of(machine, cpu->id, kind)->queue);

	return first && first->when - min_of(first->when, (u64)first->timer->slack) <= as_of;
}

struct timer *soft_timers_take(struct machine *machine, const struct cpu *cpu,
			       enum timer_softness kind, u64 as_of)
{
	struct soft_timers *soft = soft_of(machine, cpu->id, kind);

	if (soft_timers_wait(machine, cpu, kind, as_of))
		return timer_queue_pop(&soft->queue);
	soft->raised = false;
	program(machine, soft, cpu->id);
	return NULL;
}
