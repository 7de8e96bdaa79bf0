/* SPDX-License-Identifier: MIT */
/*
 * need_resched: who asks for the scheduler, and when the cpu comes to it.
 * Kernel: kernel/sched/core.c, resched_curr(), resched_curr_lazy(); reference: core-rt-dl-ext.md
 * 1.7.
 */
#include "sched/decide.h"
#include "sched/internal.h"

bool sched_preempts_kernel(const struct rq *rq)
{
	switch (rq->sched->platform->preempt) {
	case PREEMPT_FULL:
		return true;
	case PREEMPT_LAZY:
	case PREEMPT_RT:
		return rq->need_resched & RESCHED_FULL;
	default:
		return false;
	}
}

bool sched_preemptible_here(const struct rq *rq)
{
	u32 flags =
		rq->curr->flags & (TASK_FLAG_IN_KERNEL | TASK_FLAG_NO_PREEMPT | TASK_FLAG_SPINS);

	if (!flags)
		return true;
	if (flags == TASK_FLAG_SPINS)
		return rq->need_resched & RESCHED_FULL;
	return flags == TASK_FLAG_IN_KERNEL &&
	       (sched_preempts_kernel(rq) ||
		(rq->curr->points && rq->sched->platform->preempt == PREEMPT_VOLUNTARY));
}

/* The earliest moment at which rq's cpu can act on need_resched, given who asks. */
static u64 resched_time(const struct rq *rq, const struct cpu *cpu)
{
	const struct machine *machine = rq->sched->machine;
	const struct costs *costs = &rq->sched->platform->costs;
	u64 at = machine->now;

	if (cpu->idle)
		/* it polls its flag: no interrupt is sent */
		at += sched_idle_exit_ns(rq->sched, cpu);
	else if (cpu->id != machine->acting)
		at += costs->ipi;
	return max_of(at, cpu->kernel_until);
}

/* From the flag to the switch. */
static u64 way_to_switch(const struct rq *rq)
{
	const struct costs *costs = &rq->sched->platform->costs;

	if (rq->sched->machine->in_irq)
		return costs->schedule + costs->preempt;
	return costs->schedule + (rq->cpu == rq->sched->machine->acting ? costs->preempt_call : 0);
}

/*
 * From the begin of the scheduler's work on interrupts are off, as at the end of a block, of which
 * taking off the queue is a part.
 */
static void end_with_irqs_off(struct cpu *cpu, const struct costs *costs)
{
	u64 entry = costs->irq_entry + costs->timer_entry;

	cpu_preempt_begins(cpu, costs->irqs_off - min_of(costs->irqs_off, costs->dequeue),
			   entry - min_of(entry, costs->timer_work));
}

/* What the scheduler takes up to the switch is time in which the running task does no work. */
static u64 pay_for_schedule(struct rq *rq, struct cpu *cpu, u64 at)
{
	struct machine *machine = rq->sched->machine;
	const struct costs *costs = &rq->sched->platform->costs;
	u64 cost = way_to_switch(rq);

	if (cpu->idle)
		return at; /* it is part of idle_exit */
	if (cost && cpu->id == machine->acting)
		cpu_steal(machine, cpu, cost);
	else if (cost && cpu->segment_end != NEVER)
		cpu->segment_end += cost;
	if (unlikely(costs->irqs_off) && cpu->id == machine->acting)
		end_with_irqs_off(cpu, costs);
	/* it leaves the interrupt when it is back */
	rq->resume_paid = machine->in_irq && cpu->segment_end != NEVER;
	if (rq->resume_paid)
		cpu->segment_end += rq->sched->platform->costs.irq_resume;
	return at + cost;
}

void sched_arm_resched(struct rq *rq)
{
	struct cpu *cpu = rq_cpu(rq);
	u64 at;

	if (cpu->resched_at != NEVER && cpu->resched_at <= rq->sched->machine->now)
		return;
	if (!sched_preemptible_here(rq))
		return;
	at = resched_time(rq, cpu);
	if (at + way_to_switch(rq) >= cpu->resched_at)
		return;
	cpu->resched_at = pay_for_schedule(rq, cpu, at);
	machine_touch(rq->sched->machine, cpu);
}

void sched_resched_curr(struct rq *rq)
{
	if (rq->need_resched & RESCHED_FULL)
		return;
	rq->need_resched |= RESCHED_FULL;
	if (rq->cpu != sched_this_cpu(rq->sched) &&
	    (!rq_cpu(rq)->idle || rq->sched->platform->idle_halts))
		rq_cpu(rq)->irq_stat.ipis[IPI_RESCHEDULE]++;
	if (decisions_wanted(rq->sched))
		decide_resched(rq, false);
	sched_arm_resched(rq);
}

void sched_resched_curr_lazy(struct rq *rq)
{
	struct sched *sched = rq->sched;

	if (!sched->platform->lazy || rq->curr == rq->idle) {
		sched_resched_curr(rq);
		return;
	}
	if (rq->need_resched)
		return;
	rq->need_resched |= RESCHED_LAZY;
	if (decisions_wanted(sched))
		decide_resched(rq, true);
	/* No interrupt is sent: another cpu sees the flag at its next way back to user mode. */
	if (rq->cpu == sched_this_cpu(sched))
		sched_arm_resched(rq);
}

void sched_irq_exit(void *self, struct cpu *cpu)
{
	struct sched *sched = self;
	struct rq *rq = sched_rq(sched, cpu->id);

	if (!rq->need_resched)
		cpu_leave_irq(cpu, sched->platform->costs.irq_exit);
	else if (cpu->resched_at == NEVER)
		sched_arm_resched(rq);
}
