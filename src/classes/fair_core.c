/* SPDX-License-Identifier: MIT */
/*
 * Fair tasks of several threads of a core are weighed against each other, and slices end while a
 * thread is forced to idle (sched/cookie.h). Kernel: cfs_prio_less(), se_fi_update(),
 * task_tick_core() in kernel/sched/fair.c.
 *
 * Virtual times of two queues have nothing to do with each other but for how they have grown since
 * the core began to force threads to idle: each queue remembers where it stood then.
 */
#include "classes/fair_entity.h"
#include "sched/cookie.h"
#include "sched/decide.h"

/*
 * MIN_NR_TASKS_DURING_FORCEIDLE: who runs, and somebody who has to wait for it at another thread.
 */
enum { FEWEST_TASKS = 2 };

/* se_fi_update(): from @se's queue upwards. */
static void remember_base(const struct fair_entity *se, u32 seq, bool forced)
{
	for (; se; se = se->parent) {
		struct fair_rq *queue = se->queue;

		if (forced && queue->forced_seq == seq)
			break;
		if (forced)
			queue->forced_seq = seq;
		queue->forced_base = queue->virtual_base;
	}
}

void fair_core_note(const struct task *task, u32 seq, bool forced)
{
	remember_base(&task->fair, seq, forced);
}

static const struct task_group *group_of(const struct fair_rq *queue)
{
	return fair_is_group(queue) ? group_cpu_of((struct fair_rq *)queue)->group : NULL;
}

/* Up to entities of one group, on different cpus. */
static void find_equals(const struct fair_entity **a, const struct fair_entity **b)
{
	while (group_of((*a)->queue) != group_of((*b)->queue)) {
		u32 depth_a = (*a)->depth, depth_b = (*b)->depth;

		if (depth_a >= depth_b)
			*a = (*a)->parent;
		if (depth_a <= depth_b)
			*b = (*b)->parent;
	}
}

bool fair_core_less(const struct task *a, const struct task *b, bool forced)
{
	const struct fair_entity *se = &a->fair, *other = &b->fair;
	u32 seq = a->fair.queue->rq->core->core->forced_idle_seq;

	find_equals(&se, &other);
	remember_base(se, seq, forced);
	remember_base(other, seq, forced);
	return (s64)(se->vruntime - other->vruntime) +
		       (s64)(other->queue->forced_base - se->queue->forced_base) >
	       0;
}

/* A whole slice is for who is alone on its cpu; not while others wait beside it. */
void fair_core_tick(struct rq *rq, struct task *curr)
{
	struct fair_entity *se = &curr->fair;
	u64 ran = se->sum_exec_runtime - se->prev_sum_exec_runtime;

	if (rq->core->core->nr_forced_idle && rq->fair.nr_queued == 1 &&
	    ran * FEWEST_TASKS > (rq->fair.eevdf ? se->slice : cfs_slice(se->queue, se))) {
		decide_resched_rule(rq, RULE_RESCHED_CORE);
		sched_resched_curr(rq);
	}
}

bool fair_core_matches(struct sched *sched, const struct sched_group *group,
		       const struct task *task)
{
	if (likely(!sched->rqs[group->first_cpu].core))
		return true;
	cpumask_for_each_and (cpu, group->span, task->cpus)
		if (sched_core_matches(&sched->rqs[cpu], task))
			return true;
	return false;
}
