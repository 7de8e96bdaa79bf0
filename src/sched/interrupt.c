/* SPDX-License-Identifier: MIT */
/*
 * Interrupts from one cpu to another: wake lists, irq work, NOHZ kicks, signals.
 * Kernel: kernel/smp.c, kernel/irq_work.c; reference: core-rt-dl-ext.md 1.8. Those that are asked
 * for before the first is delivered come as one.
 */
#include "sched/internal.h"

out_of_line u64 sched_irq_time(struct rq *rq, u64 delta)
{
	u64 irq = min_of(rq->hardware->irq_ns - rq->irq_seen, delta);

	rq->irq_seen += irq;
	if (irq && rq->sched->balancer && sched_feature(rq->sched, FEATURE_NONTASK_CAPACITY))
		rq->sched->balancer->irq_time(rq, irq);
	return irq;
}

/*
 * The smaller of two draws: most handlers find what they need in the caches, few take much longer.
 */
out_of_line u64 sched_draw_irq_jitter(struct sched *sched)
{
	u64 most = sched->platform->costs.irq_jitter, first = rng_below(&sched->irq_rng, most + 1);

	return min_of(first, rng_below(&sched->irq_rng, most + 1));
}

out_of_line u64 sched_draw_timer_jitter(struct sched *sched)
{
	return rng_below(&sched->irq_rng, sched->platform->costs.timer_jitter + 1);
}

/*
 * Who measures his work by the clock, and leaves out only gaps that are longer than some, takes a
 * short interruption for work: he ends no later by that, or at once when it is over. An interrupt
 * that comes while another is served makes its gap longer.
 */
static void pass_for_work(struct rq *rq, struct cpu *cpu)
{
	const struct costs *costs = &rq->sched->platform->costs;
	u64 now = rq->sched->machine->now, came = now - min_of(now, costs->irq_entry);
	u64 back = max_of(cpu->kernel_until, now) + costs->irq_exit, end = cpu->segment_end;

	if (came > rq->gap_until) {
		rq->gap_from = came;
		rq->gap_passed = 0;
	}
	rq->gap_until = back;
	if (cpu->work_begins > rq->gap_from)
		return;
	end += rq->gap_passed;
	cpu->segment_end = end;
	if (back - rq->gap_from < costs->work_gap)
		cpu->segment_end = max_of(end - min_of(end, back - rq->gap_from), back);
	rq->gap_passed = end - cpu->segment_end;
}

bool sched_works_by_clock(void *self, const struct cpu *cpu)
{
	return !(sched_rq(self, cpu->id)->curr->flags & TASK_FLAG_IN_KERNEL);
}

void sched_irq_exit_clocked(void *self, struct cpu *cpu)
{
	struct rq *rq = sched_rq(self, cpu->id);

	sched_irq_exit(self, cpu);
	if (!rq->need_resched && cpu->segment_end != NEVER &&
	    !(rq->curr->flags & TASK_FLAG_IN_KERNEL))
		pass_for_work(rq, cpu);
}

/*
 * An idle cpu polls, if it does not halt, and no interrupt is sent (set_nr_if_polling()). What
 * waits to be delivered takes along what is asked for later.
 */
static void count_ipi(const struct platform *platform, struct cpu *target, enum ipi_kind kind)
{
	struct irq_stat *stat = &target->irq_stat;

	if ((target->idle && !platform->idle_halts) || stat->ipis_sent & 1u << kind)
		return;
	stat->ipis_sent |= (u8)(1u << kind);
	stat->ipis[kind]++;
}

void sched_send_ipi(struct sched *sched, u32 cpu, enum ipi_kind kind)
{
	const struct costs *costs = &sched->platform->costs;
	struct cpu *target = &sched->machine->cpus[cpu];
	u64 at = sched->machine->now + costs->ipi +
		 (target->idle ? sched_idle_exit_ns(sched, target) : 0);

	count_ipi(sched->platform, target, kind);
	if (at >= target->ipi_at)
		return;
	target->ipi_at = at;
	machine_touch(sched->machine, target);
}

void sched_irq_work_on(struct sched *sched, u32 cpu, u8 class_id)
{
	sched_rq(sched, cpu)->irq_work |= (u8)(1u << class_id);
	sched_send_ipi(sched, cpu, IPI_CALL);
}

void sched_kick(struct sched *sched, struct task *task)
{
	u32 this_cpu = sched_this_cpu(sched);

	if (!task->on_cpu)
		return;
	if (task->cpu != this_cpu)
		sched_send_ipi(sched, task->cpu, IPI_RESCHEDULE);
	else if (sched->machine->in_irq)
		sched_cut_segment(sched, &sched->machine->cpus[this_cpu], task);
	/* Else it is the caller, who looks at its signals when it leaves the kernel. */
}

void sched_cut_segment(struct sched *sched, struct cpu *cpu, struct task *curr)
{
	if (cpu->segment_end == NEVER || curr->flags & TASK_FLAG_IN_KERNEL)
		return;
	curr->work_left += cpu_segment_stop(sched->machine, cpu);
	cpu_segment_begin(sched->machine, cpu, 0, 0);
}

static void run_irq_work(struct rq *rq)
{
	for (u32 left = rq->irq_work; left; left &= left - 1) {
		u32 id = (u32)__builtin_ctz(left);

		rq->irq_work &= (u8) ~(1u << id);
		rq->sched->classes[id]->irq_work(rq);
	}
}

void sched_ipi(void *self, struct cpu *cpu)
{
	struct sched *sched = self;
	struct rq *rq = sched_rq(sched, cpu->id);

	cpu->idle = false;
	cpu_steal_irq(sched->machine, cpu, sched->platform->costs.ipi_handler);
	sched_ttwu_pending(rq);
	if (unlikely(rq->irq_work))
		run_irq_work(rq);
	if (unlikely(!list_empty(&rq->to_unthrottle)))
		fair_class.unthrottle(rq);
	if (rq->nohz_kick && sched->balancer)
		sched->balancer->nohz_run(rq);
	if (rq->curr->flags & TASK_FLAG_NOTIFY)
		sched_cut_segment(sched, cpu, rq->curr);
	if (rq->curr == rq->idle && !rq->need_resched)
		cpu->idle = true;
}
