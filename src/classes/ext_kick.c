/* SPDX-License-Identifier: MIT */
/*
 * Kicks: a policy makes a cpu schedule. Kernel: kernel/sched/ext.c; reference:
 * core-rt-dl-ext.md 5.7.
 *
 * A kick is an irq work of the cpu that asks for it: it comes as soon as the present operation is
 * over, at the same instant but as an interrupt of its own. Several kicks of a cpu are one.
 */
#include "classes/ext.h"
#include "sched/decide.h"

static bool runs_ext(const struct rq *rq)
{
	return rq->curr->class_id == CLASS_EXT;
}

/* EXT_KICK_WAIT: this cpu spins until the other has switched, which is known to be at resched_at.
 */
static void wait_for(struct sched *sched, struct rq *target)
{
	struct cpu *this_cpu = &sched->machine->cpus[sched_this_cpu(sched)];
	u64 at = rq_cpu(target)->resched_at;

	/* NEVER: a kernel section that is not preempted holds it up; how long is not known
	 * beforehand. */
	if (target->cpu != this_cpu->id && at != NEVER && at > sched->machine->now)
		cpu_steal_irq(sched->machine, this_cpu, at - sched->machine->now);
}

static void kick_one(struct ext_rq *from, u32 cpu)
{
	struct sched *sched = from->rq->sched;
	struct rq *target = &sched->rqs[cpu];
	bool spares_higher = sched_feature(sched, FEATURE_EXT_KICK_SPARES_HIGHER);
	bool waits = cpumask_test(from->wait, cpu) && (!spares_higher || runs_ext(target));

	if (target->online && !(spares_higher && target->curr->class_id < CLASS_EXT)) {
		if (cpumask_test(from->preempt, cpu) && runs_ext(target))
			target->curr->ext->slice = 0;
		decide_resched_rule(target, RULE_RESCHED_EXT_KICK);
		sched_resched_curr(target);
		if (waits)
			wait_for(sched, target);
	}
	cpumask_clear(from->preempt, cpu);
	cpumask_clear(from->wait, cpu);
	cpumask_clear(from->kick, cpu);
	cpumask_clear(from->kick_if_idle, cpu);
}

static bool is_busy(const struct rq *rq)
{
	return rq->curr != rq->idle && !rq->ext->in_balance;
}

static void kick_work(struct machine *machine unused_arg, struct timer *timer)
{
	struct ext_rq *from = container_of(timer, struct ext_rq, kick_work);
	struct sched *sched = from->rq->sched;

	if (!from->rq->ext)
		return; /* the policy is gone */
	cpumask_for_each (cpu, from->kick) {
		kick_one(from, cpu);
	}
	cpumask_for_each (cpu, from->kick_if_idle) {
		struct rq *target = &sched->rqs[cpu];

		if (!is_busy(target) && target->online) {
			decide_resched_rule(target, RULE_RESCHED_EXT_KICK);
			sched_resched_curr(target);
		}
		cpumask_clear(from->kick_if_idle, cpu);
	}
}

static void deferred_work(struct machine *machine unused_arg, struct timer *timer)
{
	struct ext_rq *erq = container_of(timer, struct ext_rq, deferred_work);

	if (!erq->rq->ext)
		return;
	ext_run_deferred(erq->rq);
}

void ext_kick_init(struct ext_rq *erq, struct arena *arena)
{
	u32 nr_cpus = erq->rq->sched->nr_cpus;

	erq->kick = cpumask_new(arena, nr_cpus);
	erq->kick_if_idle = cpumask_new(arena, nr_cpus);
	erq->preempt = cpumask_new(arena, nr_cpus);
	erq->wait = cpumask_new(arena, nr_cpus);
	timer_init(&erq->kick_work, kick_work, TIMER_RANK_EXT_KICK, 2 * erq->rq->cpu + 1);
	timer_init(&erq->deferred_work, deferred_work, TIMER_RANK_EXT_KICK, 2 * erq->rq->cpu);
}

void ext_kick(struct ext *ext, s32 cpu, u64 flags)
{
	struct machine *machine = ext->sched->machine;
	struct ext_rq *from = &ext->rqs[machine->acting];

	if (!ext_cpu_valid(ext, cpu, "kick_cpu") || from->bypassing)
		return;
	ext->report.counts.kicks++;
	if (flags & EXT_KICK_IDLE) {
		if (flags & (EXT_KICK_PREEMPT | EXT_KICK_WAIT))
			ext_fail(
				ext, EXT_EXIT_ERROR, 0,
				"kick_cpu: KICK_IDLE goes with neither KICK_PREEMPT nor KICK_WAIT");
		/* Whether it is idle is looked at when this operation is over, which may change it.
		 */
		cpumask_set(from->kick_if_idle, (u32)cpu);
	} else {
		cpumask_set(from->kick, (u32)cpu);
		if (flags & EXT_KICK_PREEMPT)
			cpumask_set(from->preempt, (u32)cpu);
		if (flags & EXT_KICK_WAIT)
			cpumask_set(from->wait, (u32)cpu);
	}
	if (!timer_armed(&from->kick_work))
		machine_timer_arm(machine, &from->kick_work, machine->acting, machine->now);
}
