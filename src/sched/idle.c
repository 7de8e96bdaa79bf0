/* SPDX-License-Identifier: MIT */
/*
 * A cpu enters idle and leaves it: what becomes of its tick. Kernel: kernel/time/tick-sched.c,
 * kernel/sched/idle.c; reference: core-rt-dl-ext.md 1.13, 1.14.
 */
#include "sched/governor.h"
#include "sched/internal.h"

/* On a machine without NOHZ, and while the boot has left something that waits for ticks. */
static bool ticks_always(const struct sched *sched)
{
	return !sched->platform->nohz_idle || sched->machine->now < sched->platform->nohz_from_ns;
}

/*
 * Does the tick go on in idle? Only while the next timer is at most a tick away, or the governor
 * expects less. Stable kernels of 2026 take a tick for the sign that idling lasts where no governor
 * says so, whatever timers there are.
 */
static bool idle_keeps_tick(struct rq *rq, const struct cpu *cpu, bool ticked)
{
	const struct sched *sched = rq->sched;
	bool governed = unlikely(sched->governors) && governor_select(rq, ticked);

	if (ticks_always(sched) || unlikely(rq->needs_tick))
		return cpumask_test(sched->rd.online, cpu->id);
	if (sched_idle_ticks_once(sched))
		return !ticked;
	return governed || cpu->timer_at <= sched->machine->now + sched->tick_ns;
}

void sched_idle_tick(struct rq *rq, struct cpu *cpu, bool ticked)
{
	struct sched *sched = rq->sched;

	if (idle_keeps_tick(rq, cpu, ticked) || cpu->tick_stopped)
		return;
	cpu->tick_at = NEVER;
	cpu->tick_stopped = true;
	if (sched->balancer)
		sched->balancer->tick_stopped(rq);
}

static void restart_tick(struct rq *rq, struct cpu *cpu)
{
	struct sched *sched = rq->sched;

	cpu->tick_stopped = false;
	cpu->tick_late = 0;
	cpu->tick_at =
		machine_next_tick(sched->machine, cpu->id) + sched->platform->costs.irq_entry;
}

void sched_idle_needs_tick(struct sched *sched, u32 cpu, bool needs)
{
	struct rq *rq = sched_rq(sched, cpu);
	struct cpu *hardware = rq_cpu(rq);

	rq->needs_tick = needs;
	if (rq->curr != rq->idle || rq->need_resched)
		return;
	if (!needs)
		sched_idle_tick(rq, hardware, true);
	else if (hardware->tick_at == NEVER && rq->online)
		restart_tick(rq, hardware);
	machine_touch(sched->machine, hardware);
}

/*
 * A tick that was due meanwhile is made up for, and the next one is the cpu's next timer, or not.
 */
u64 sched_idle_exit_ns(struct sched *sched, const struct cpu *cpu)
{
	const struct costs *costs = &sched->platform->costs;
	u64 ns = costs->idle_exit;

	if (unlikely(sched->governors)) {
		ns += sched->governors[cpu->id].exit_ns;
		if (cpu->tick_at != NEVER)
			/* a tick that the governor lets go on is none that is made up for */
			return ns;
	}
	if (likely(!costs->idle_tick) || machine_jiffies(sched->machine) == cpu->idle_jiffies)
		return ns;
	return ns + costs->idle_tick +
	       (cpu->timer_at > machine_next_tick(sched->machine, cpu->id) ? costs->idle_program
									   : 0);
}

void sched_enter_idle(struct rq *rq)
{
	const struct costs *costs = &rq->sched->platform->costs;
	struct cpu *cpu = rq_cpu(rq);

	if (unlikely(costs->idle_tick))
		cpu->idle_jiffies = machine_jiffies(rq->sched->machine);

	cpu_go_idle(cpu);
	sched_idle_tick(rq, cpu, false);
	if (unlikely(costs->irqs_off))
		cpu_switch_begins(rq->sched->machine, cpu, costs->schedule, costs->idle_switch,
				  costs->irq_entry - min_of(costs->irq_entry, costs->irq_delivery),
				  false);
}

void sched_leave_idle(struct rq *rq)
{
	struct cpu *cpu = rq_cpu(rq);

	if (unlikely(rq->sched->governors))
		governor_reflect(rq);
	if (rq->sched->balancer)
		rq->sched->balancer->idle_exit(rq);
	if (cpu->tick_at == NEVER)
		restart_tick(rq, cpu);
}

void sched_set_idle(struct sched *sched, u32 cpu, struct task *idle)
{
	struct rq *rq = sched_rq(sched, cpu);

	idle->cpu = idle->wake_cpu = idle->last_cpu = (u16)cpu;
	idle->class_id = CLASS_IDLE;
	idle->state = TASK_RUNNING;
	idle->on_rq = ON_RQ_QUEUED;
	idle->on_cpu = true;
	idle->prio = PRIO_DEFAULT;
	rq->idle = rq->curr = idle;
	rq->idle_stamp = rq->clock;
	sched->classes[CLASS_IDLE]->set_next(rq, idle, true);
	if (ticks_always(sched))
		restart_tick(rq, rq_cpu(rq));
	else if (sched->balancer)
		sched->balancer->tick_stopped(rq); /* cpus start without a tick */
	machine_refresh(sched->machine, rq_cpu(rq));
}

u64 sched_iowait_so_far(const struct rq *rq)
{
	if (rq->curr != rq->idle || !rq->idle_stamp || !rq->nr_iowait)
		return 0;
	return rq->sched->machine->now + RQ_CLOCK_BASE - rq->idle_stamp;
}
