/* SPDX-License-Identifier: MIT */
/*
 * wake_affine(): is a waking task better off near its waker, or where it ran?
 * Kernel: kernel/sched/fair.c, wake_affine_idle(), wake_affine_weight(); reference: fair.md 5.2.
 */
#include "classes/fair_select.h"

#include "sched/schedstat.h"

/* Tasks on the queue but for those that only wait for their delayed dequeue. */
static u32 nr_really_running(const struct rq *rq)
{
	if (!sched_feature(rq->sched, FEATURE_WAKE_AFFINE_DELAYED))
		return rq->nr_running;
	return rq->nr_running - (rq->fair.h_nr_queued - rq->fair.h_nr_runnable);
}

static u32 wake_affine_idle(struct sched *sched, u32 this_cpu, u32 prev, bool sync)
{
	const struct rq *this_rq = sched_rq(sched, this_cpu);
	bool prev_idle = rq_is_idle(sched_rq(sched, prev));

	/* The waker itself keeps its cpu busy, unless an interrupt wakes on an idle cpu. */
	if (rq_is_idle(this_rq) && cpus_share_cache(sched, this_cpu, prev))
		return prev_idle ? prev : this_cpu;
	if (sync && nr_really_running(this_rq) == 1)
		return this_cpu;
	return prev_idle ? prev : CPU_NONE;
}

static u32 wake_affine_weight(struct sched *sched, const struct sched_domain *sd, struct task *task,
			      u32 this_cpu, u32 prev, bool sync)
{
	struct rq *this_rq = sched_rq(sched, this_cpu), *prev_rq = sched_rq(sched, prev);
	s64 here = (s64)fair_cpu_load(this_rq), there, load;

	if (sync) {
		struct task *waker = this_rq->curr;
		/* Of another class it is what the waker was as a fair task. */
		s64 leaves = waker != this_rq->idle ? (s64)fair_task_h_load(waker) : 0;

		if (leaves > here)
			return this_cpu;
		here -= leaves;
	}
	load = (s64)fair_task_h_load(task);
	here += load;
	there = (s64)fair_cpu_load(prev_rq) - load;
	if (sched_feature(sched, FEATURE_WA_BIAS)) {
		here *= 100;
		there *= 100 + (sd->imbalance_pct - 100) / 2;
	}
	here *= prev_rq->cpu_capacity;
	there = there * this_rq->cpu_capacity + sync;
	return here < there ? this_cpu : CPU_NONE;
}

static u32 affine_target(struct sched *sched, const struct sched_domain *sd, struct task *task,
			 u32 this_cpu, u32 prev, bool sync)
{
	u32 cpu = CPU_NONE;

	if (sched_feature(sched, FEATURE_WA_IDLE)) {
		cpu = wake_affine_idle(sched, this_cpu, prev, sync);
		if (cpu == this_cpu)
			return fair_aim(sched, cpu,
					rq_is_idle(sched_rq(sched, cpu)) ? RULE_AFFINE_IDLE_THIS
									 : RULE_AFFINE_SYNC);
		if (cpu == prev)
			return fair_aim(sched, cpu, RULE_AFFINE_IDLE_PREV);
	}
	if (!sched_feature(sched, FEATURE_WA_WEIGHT))
		return fair_aim(sched, prev, RULE_AFFINE_UNDECIDED);
	cpu = wake_affine_weight(sched, sd, task, this_cpu, prev, sync);
	return cpu == this_cpu ? fair_aim(sched, this_cpu, RULE_AFFINE_WEIGHT_THIS)
			       : fair_aim(sched, prev, RULE_AFFINE_WEIGHT_PREV);
}

u32 fair_wake_affine(struct sched *sched, const struct sched_domain *sd, struct task *task,
		     u32 this_cpu, u32 prev, bool sync)
{
	u32 target = affine_target(sched, sd, task, this_cpu, prev, sync);

	schedstat_inc(sched, task, nr_wakeups_affine_attempts);
	if (target == this_cpu) {
		schedstat_inc(sched, task, nr_wakeups_affine);
		domain_stat_add(sd, move_affine, 1);
	}
	return target;
}
