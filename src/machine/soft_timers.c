/* SPDX-License-Identifier: MIT */
/* Timers that expire in a softirq. */
#include "machine/soft_timers.h"

#include "base/ensure.h"

/* Of one cpu: HRTIMER_ACTIVE_SOFT. */
struct soft_timers {
	struct timer_queue queue;
	struct timer irq; /* for the first of them (softirq_expires_next) */
	bool raised;      /* it has come, and they have not been looked at since (softirq_activated) */
	void (*due)(struct machine *machine, struct cpu *cpu);
};

static void irq_fires(struct machine *machine, struct timer *timer)
{
	struct soft_timers *soft = container_of(timer, struct soft_timers, irq);

	soft->raised = true;
	soft->due(machine, &machine->cpus[timer->cpu]);
}

/* hrtimer_update_softirq_timer(): the cpu's clock is set for the first, if its softirq is not to come anyway. */
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

void soft_timers_init(struct machine *machine, struct arena *arena, void (*due)(struct machine *machine, struct cpu *cpu))
{
	machine->soft = arena_array(arena, struct soft_timers, machine->nr_cpus);
	for (u32 cpu = 0; cpu < machine->nr_cpus; cpu++) {
		struct soft_timers *soft = &machine->soft[cpu];

		soft->due = due;
		timer_queue_init(&soft->queue, &machine->timer_blocks);
		timer_init(&soft->irq, irq_fires, TIMER_RANK_SOFT, cpu);
	}
}

void soft_timers_fini(struct machine *machine)
{
	for (u32 cpu = 0; machine->soft && cpu < machine->nr_cpus; cpu++)
		timer_queue_fini(&machine->soft[cpu].queue);
}

void soft_timer_insert(struct machine *machine, struct timer *timer)
{
	struct soft_timers *soft = &machine->soft[timer->cpu];

	timer_queue_insert(&soft->queue, timer);
	program(machine, soft, timer->cpu);
}

void soft_timer_remove(struct machine *machine, struct timer *timer)
{
	struct soft_timers *soft = &machine->soft[timer->cpu];

	timer_queue_remove(&soft->queue, timer);
	program(machine, soft, timer->cpu);
}

bool soft_timers_wait(const struct machine *machine, const struct cpu *cpu)
{
	const struct timer_key *first = timer_queue_first(&machine->soft[cpu->id].queue);

	return first && first->when - min_of(first->when, (u64)first->timer->slack) <= machine->now;
}

struct timer *soft_timers_take(struct machine *machine, const struct cpu *cpu)
{
	struct soft_timers *soft = &machine->soft[cpu->id];

	if (soft_timers_wait(machine, cpu))
		return timer_queue_pop(&soft->queue);
	soft->raised = false;
	program(machine, soft, cpu->id);
	return NULL;
}
