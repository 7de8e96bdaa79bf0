/* SPDX-License-Identifier: MIT */
/*
 * RT tasks find a cpu: at wakeup, by push from an overloaded cpu, by pull to one that goes lower.
 * Kernel: kernel/sched/rt.c; reference: core-rt-dl-ext.md 2.3, 2.4.
 */
#include "classes/cpupri.h"
#include "classes/nearest.h"
#include "classes/rt.h"
#include "sched/decide.h"
#include "sched/pinned.h"

/* find_lowest_rq() */
static u32 find_lowest_cpu(struct sched *sched, struct task *task)
{
	const struct cpumask *found;

	if (task->nr_cpus_allowed == 1 || !cpupri_find(sched, task, &found))
		return NO_CPU;
	return nearest_cpu(sched, task, found);
}

/* rt_task(): from 6.12 on a deadline task is none; who finds one running is pushed away later. */
static bool keeps_waiting(const struct sched *sched, const struct task *curr)
{
	return prio_is_rt(curr->prio) ||
	       (curr->prio < 0 && sched_feature(sched, FEATURE_RT_WAKE_AVOIDS_DEADLINE));
}

u32 rt_select_cpu(struct task *task, u32 prev_cpu, u32 wake_flags)
{
	struct sched *sched = task->fair.queue->rq->sched;
	const struct task *curr = sched->rqs[prev_cpu].curr;
	u32 target;

	if (!(wake_flags & (WF_TTWU | WF_FORK)))
		return prev_cpu;
	if (!keeps_waiting(sched, curr) || (curr->nr_cpus_allowed >= 2 && curr->prio > task->prio))
		return prev_cpu;
	target = find_lowest_cpu(sched, task);
	if (target != NO_CPU && task->prio < sched->rqs[target].rt.highest_curr)
		return target;
	return prev_cpu;
}

bool rt_equal_prio_takes_over(struct rq *rq, struct task *woken)
{
	const struct cpumask *found;

	/* The running one cannot go anywhere, or the woken one can: leave things as they are. */
	if (rq->curr->nr_cpus_allowed == 1 || !cpupri_find(rq->sched, rq->curr, &found))
		return false;
	return woken->nr_cpus_allowed == 1 || !cpupri_find(rq->sched, woken, &found);
}

u32 rt_better_cpu(struct rq *rq, struct task *task)
{
	u32 cpu = find_lowest_cpu(rq->sched, task);

	if (cpu == NO_CPU || cpu == rq->cpu || rq->sched->rqs[cpu].rt.highest_curr <= task->prio)
		return NO_CPU;
	return cpu;
}

/*
 * The one that waits may not leave its cpu although another cpu would run it: so the running one,
 * which is the stronger, goes instead, if there is a cpu for it.
 */
static void make_room(struct rq *rq)
{
	u32 cpu;

	if (sched_push_is_busy(rq) || rq->curr->class_id != CLASS_RT)
		return;
	cpu = find_lowest_cpu(rq->sched, rq->curr);
	if (cpu != NO_CPU && cpu != rq->cpu)
		sched_push_current(rq);
}

/* @pulled: a cpu that goes lower has asked for it. */
static bool push_one(struct rq *rq, bool pulled)
{
	struct sched *sched = rq->sched;
	struct task *next;
	u32 cpu;

	if (!rq->rt.overloaded || list_empty(&rq->rt.pushable))
		return false;
	next = list_first(&rq->rt.pushable, struct task, rt_push);
	if (next->prio < rq->curr->prio) {
		decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
		sched_resched_curr(rq);
		return false;
	}
	if (unlikely(next->pinned)) {
		if (pulled)
			make_room(rq);
		return false;
	}
	cpu = rt_better_cpu(rq, next);
	if (cpu == NO_CPU)
		return false;
	sched_deactivate(rq, next, 0);
	sched_set_cpu(sched, next, cpu, RECORD_MOVE_PUSH);
	rq_update_clock(sched_rq(sched, cpu));
	sched_activate(sched_rq(sched, cpu), next, 0);
	decide_resched_rule(sched_rq(sched, cpu), RULE_RESCHED_WAKEUP);
	sched_resched_curr(sched_rq(sched, cpu));
	return true;
}

void rt_push_tasks(struct rq *rq)
{
	while (push_one(rq, false))
		;
}

/* pick_highest_pushable_task(): it may have disabled its migration. */
static struct task *pullable(struct rq *from, u32 cpu)
{
	struct task *task;

	list_for_each (task, &from->rt.pushable, rt_push)
		if (cpumask_test(sched_own_cpus(from->sched, task), cpu))
			return task;
	return NULL;
}

/* True if a task came from @from. */
static bool pull_from(struct rq *rq, struct rq *from)
{
	struct task *task;

	if (from->rt.highest_next >= rq->rt.highest_curr)
		return false;
	task = pullable(from, rq->cpu);
	if (!task || task->prio >= rq->rt.highest_curr)
		return false;
	/* It is about to preempt there. */
	if (task->prio < from->curr->prio)
		return false;
	if (unlikely(task->pinned)) {
		sched_push_current(from);
		return false;
	}
	rq_update_clock(from);
	sched_deactivate(from, task, 0);
	sched_set_cpu(rq->sched, task, rq->cpu, RECORD_MOVE_PULL);
	sched_activate(rq, task, 0);
	return true;
}

/* ---- RT_PUSH_IPI: the overloaded cpus push, one after the other, asked by an interrupt ---- */

/*
 * rto_next_cpu(): the next overloaded cpu but this one; NO_CPU: all were asked since the last cpu
 * wished for it.
 */
static u32 next_overloaded(struct sched *sched)
{
	struct root_domain *rd = &sched->rd;

	for (;;) {
		u32 cpu = cpumask_next(rd->rto_mask, rd->rto_cpu == NO_CPU ? 0 : rd->rto_cpu + 1);

		if (cpu < sched->nr_cpus) {
			rd->rto_cpu = cpu;
			if (cpu == sched_this_cpu(sched))
				continue;
			return cpu;
		}
		rd->rto_cpu = NO_CPU;
		if (rd->rto_loop == rd->rto_loop_next)
			return NO_CPU;
		rd->rto_loop = rd->rto_loop_next;
	}
}

static void ask_next(struct sched *sched)
{
	u32 cpu = next_overloaded(sched);

	if (cpu != NO_CPU)
		sched_irq_work_on(sched, cpu, CLASS_RT);
}

/* A round that is under way goes once more around; it is enough that somebody wished for it. */
static void tell_cpus_to_push(struct sched *sched)
{
	sched->rd.rto_loop_next++;
	if (sched->rd.rto_cpu == NO_CPU)
		ask_next(sched);
}

void rt_push_irq_work(struct rq *rq)
{
	rq_update_clock(rq);
	while (push_one(rq, true))
		;
	ask_next(rq->sched);
}

/* ---- Pull ---- */

void rt_pull_task(struct rq *rq)
{
	struct root_domain *rd = &rq->sched->rd;
	bool pulled = false;

	if (!rd->rto_count || (rd->rto_count == 1 && cpumask_test(rd->rto_mask, rq->cpu)))
		return;
	if (sched_feature(rq->sched, FEATURE_RT_PUSH_IPI)) {
		tell_cpus_to_push(rq->sched);
		return;
	}
	/*
	 * It would have to push away at once what it pulls, and pull it again: here that takes no
	 * time.
	 */
	if (unlikely(rq->dying))
		return;
	cpumask_for_each (cpu, rd->rto_mask)
		if (cpu != rq->cpu)
			pulled |= pull_from(rq, sched_rq(rq->sched, cpu));
	if (pulled) {
		decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
		sched_resched_curr(rq);
	}
}
