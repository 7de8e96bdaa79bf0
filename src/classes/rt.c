/* SPDX-License-Identifier: MIT */
/*
 * The RT class: FIFO and RR. 100 FIFO lists and a bitmap per cpu; the first of the best list runs.
 * Kernel: kernel/sched/rt.c; reference: core-rt-dl-ext.md 2.1, 2.2, 2.4.
 *
 * The running task stays in its list. "Pushable" are the queued, not running ones that may use more
 * than one cpu; they are kept by priority, first come first among equals.
 */
#include "classes/rt.h"

#include "base/ensure.h"
#include "classes/classes.h"
#include "classes/cpupri.h"
#include "classes/pelt.h"
#include "classes/rt_bandwidth.h"
#include "classes/rt_group.h"
#include "classes/runtime.h"
#include "sched/cookie.h"
#include "sched/decide.h"
#include "sched/schedstat.h"

/* ---- Queues ---- */

void rt_note_highest(struct rq *rq)
{
	s16 best = rt_best_prio(&rq->rt);

	if (best == rq->rt.highest_curr)
		return;
	rq->rt.highest_curr = best;
	if (rq->online)
		cpupri_set(rq->sched, rq->cpu, best);
}

static void requeue(struct rq *rq, struct task *task, bool head)
{
	struct rt_group_cpu *gc = unlikely(rq->sched->rt_groups) ? rt_group_of(rq, task) : NULL;

	if (!task->rt.on_list)
		return;
	rt_move_in_list(gc ? &gc->rt : &rq->rt, &task->rt_link, task->prio, head);
	rt_group_requeue(gc, head);
}

/* ---- Pushable tasks ---- */

static void set_overloaded(struct rq *rq, bool overloaded)
{
	struct root_domain *rd = &rq->sched->rd;

	if (overloaded == rq->rt.overloaded)
		return;
	rq->rt.overloaded = overloaded;
	if (!rq->online)
		return;
	if (overloaded) {
		cpumask_set(rd->rto_mask, rq->cpu);
		rd->rto_count++;
	} else {
		cpumask_clear(rd->rto_mask, rq->cpu);
		rd->rto_count--;
	}
}

/* The cpu has entered a root domain: it is known there by what it runs. */
static void rt_rq_online(struct rq *rq)
{
	bool overloaded = rq->rt.overloaded;

	rt_bandwidth_online(rq);
	rq->rt.overloaded = false;
	set_overloaded(rq, overloaded);
	cpupri_set(rq->sched, rq->cpu, rq->rt.highest_curr);
}

static void rt_rq_offline(struct rq *rq)
{
	bool overloaded = rq->rt.overloaded;

	set_overloaded(rq, false);
	rq->rt.overloaded = overloaded;
	rt_bandwidth_offline(rq);
	cpupri_unset(rq->sched, rq->cpu);
}

/* update_rt_migration(): 6.1's idea of it counts the running task, too. */
static void count_movable(struct rq *rq, const struct task *task, bool comes)
{
	struct rt_rq *rt = &rq->rt;

	rt->nr_total += comes ? 1 : -1u;
	if (task->nr_cpus_allowed > 1)
		rt->nr_migratory += comes ? 1 : -1u;
	if (sched_feature(rq->sched, FEATURE_RT_OVERLOAD_BY_COUNT))
		set_overloaded(rq, rt->nr_migratory && rt->nr_total > 1);
}

static void note_pushable(struct rq *rq)
{
	struct rt_rq *rt = &rq->rt;
	bool any = !list_empty(&rt->pushable);

	rt->highest_next =
		any ? list_first(&rt->pushable, struct task, rt_push)->prio : RT_PRIO_NONE;
	if (!sched_feature(rq->sched, FEATURE_RT_OVERLOAD_BY_COUNT))
		set_overloaded(rq, any);
}

static void rt_pushable_del(struct rq *rq, struct task *task)
{
	if (!list_linked(&task->rt_push))
		return;
	list_del(&task->rt_push);
	note_pushable(rq);
}

static void pushable_add(struct rq *rq, struct task *task)
{
	struct list *at;

	rt_pushable_del(rq, task);
	if (task->nr_cpus_allowed < 2)
		return;
	/* From the end: behind its equals, which may be many. */
	for (at = rq->rt.pushable.prev; at != &rq->rt.pushable; at = at->prev)
		if (list_entry(at, struct task, rt_push)->prio <= task->prio)
			break;
	list_insert_between(&task->rt_push, at, at->next);
	note_pushable(rq);
}

/* ---- Class hooks ---- */

static void charge(struct rq *rq, struct task *curr)
{
	u64 delta = runtime_charge(rq, curr);

	if (delta && rq->rt.limited)
		rt_bandwidth_charge(rq, curr, delta);
}

static void update_curr_rt(struct rq *rq)
{
	if (rq->curr->class_id == CLASS_RT)
		charge(rq, rq->curr);
}

/* rt_se_boosted(): where it matters, for kernels with RT groups. */
static bool is_boosted(const struct rq *rq, const struct task *task)
{
	return task->prio != task->normal_prio &&
	       sched_feature(rq->sched, FEATURE_RT_BOOST_LIFTS_THROTTLE | FEATURE_RT_GROUP_SCHED);
}

/* The queue of the task's group, if it has one, is about to change; it has changed. */
static struct rt_group_cpu *begin_change(struct rq *rq, const struct task *task, u32 flags)
{
	struct rt_group_cpu *gc;

	if (likely(!rq->sched->rt_groups))
		return NULL;
	gc = rt_group_of(rq, task);
	if (gc && decisions_wanted(rq->sched))
		gc->stood = rt_group_stands(gc);
	rt_group_take_off(gc, flags);
	return gc;
}

static void end_change(struct rq *rq, struct rt_group_cpu *gc, const struct task *task, u32 flags,
		       bool comes)
{
	if (likely(!gc))
		return;
	if (comes && rq->rt.limited)
		rt_bandwidth_start(rq->sched, gc->rt.bandwidth);
	rt_group_put_back(gc, flags, comes);
	if (decisions_wanted(rq->sched))
		rt_group_tell_change(gc, task, comes);
}

static void rt_enqueue(struct rq *rq, struct task *task, u32 flags)
{
	struct rt_group_cpu *gc = begin_change(rq, task, flags);
	struct rt_rq *rt = gc ? &gc->rt : &rq->rt;

	if (schedstat_wanted(rq->sched))
		schedstat_enqueue(rq, task, flags, true);
	if (!task->rt.on_list || rt_moves(flags)) {
		if (task->rt.on_list)
			rt_unlist(rt, &task->rt_link, task->prio);
		rt_list(rt, &task->rt_link, task->prio, flags & ENQUEUE_HEAD);
		task->rt.on_list = true;
	}
	task->rt.on_rq = true;
	task->rt.woken |= flags & ENQUEUE_WAKEUP;
	rt->nr_running++;
	rq->rt.rr_nr_running += task->policy == POLICY_RR;
	rt->nr_boosted += is_boosted(rq, task);
	end_change(rq, gc, task, flags, true);
	rt_count_visible(rq);
	rt_note_highest(rq);
	count_movable(rq, task, true);
	if (rq->rt.limited)
		rt_bandwidth_start(rq->sched, &rq->sched->rt_bandwidth);
	if (rq->curr != task)
		pushable_add(rq, task);
	core_note_enqueue(rq, task);
}

static bool rt_dequeue(struct rq *rq, struct task *task, u32 flags)
{
	struct rt_group_cpu *gc;
	struct rt_rq *rt;

	core_note_dequeue(rq, task, flags);
	update_curr_rt(rq);
	if (schedstat_wanted(rq->sched))
		schedstat_dequeue(rq, task, flags, false);
	gc = begin_change(rq, task, flags);
	rt = gc ? &gc->rt : &rq->rt;
	if (rt_moves(flags)) {
		rt_unlist(rt, &task->rt_link, task->prio);
		task->rt.on_list = false;
	}
	task->rt.on_rq = false;
	rt->nr_running--;
	rq->rt.rr_nr_running -= task->policy == POLICY_RR;
	rt->nr_boosted -= is_boosted(rq, task);
	end_change(rq, gc, task, flags, false);
	rt_count_visible(rq);
	rt_note_highest(rq);
	count_movable(rq, task, false);
	rt_pushable_del(rq, task);
	return true;
}

static void rt_yield(struct rq *rq)
{
	requeue(rq, rq->curr, false);
}

static void rt_wakeup_preempt(struct rq *rq, struct task *woken, u32 wake_flags unused_arg)
{
	decide_preempt_rule(rq, RULE_PREEMPT_PRIO_NOT);
	if (woken->prio < rq->curr->prio) {
		decide_preempt_rule(rq, RULE_PREEMPT_PRIO);
		decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
		sched_resched_curr(rq);
		return;
	}
	if (woken->prio == rq->curr->prio && !rq->need_resched &&
	    rt_equal_prio_takes_over(rq, woken)) {
		decide_preempt_rule(rq, RULE_PREEMPT_PRIO_EQUAL);
		decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
		requeue(rq, woken, true);
		sched_resched_curr(rq);
	}
}

static bool rt_balance(struct rq *rq, struct task *prev)
{
	if (!prev->rt.on_rq && rq->online && rq->rt.highest_curr > prev->prio)
		rt_pull_task(rq);
	return rq->classes_runnable & ((2u << CLASS_RT) - 1);
}

static struct task *rt_pick(struct rq *rq)
{
	s16 prio = rt_best_prio(&rq->rt);
	struct rt_group_cpu *gc;
	struct list *link;

	if (prio == RT_PRIO_NONE) {
		ensure(!rq->rt.nr_running);
		return NULL;
	}
	link = rq->rt.queue[prio].next;
	while (unlikely(rq->sched->rt_groups) && (gc = rt_group_at(rq->sched, link)) != NULL)
		link = gc->rt.queue[rt_best_prio(&gc->rt)].next;
	return list_entry(link, struct task, rt_link);
}

static void rt_put_prev(struct rq *rq, struct task *prev, struct task *next unused_arg)
{
	if (schedstat_wanted(rq->sched) && prev->rt.on_rq)
		schedstat_wait_start(rq, prev);
	charge(rq, prev);
	pelt_update_rq(&rq->rt.avg, rq->clock_pelt - rq->lost_idle_time, true);
	if (prev->rt.on_rq)
		pushable_add(rq, prev);
}

static void rt_set_next(struct rq *rq, struct task *next, bool first)
{
	next->fair.exec_start = rq->clock_task;
	if (schedstat_wanted(rq->sched) && next->rt.on_rq)
		schedstat_wait_end(rq, next);
	rt_pushable_del(rq, next);
	if (!first)
		return;
	if (rq->curr->class_id != CLASS_RT)
		pelt_update_rq(&rq->rt.avg, rq->clock_pelt - rq->lost_idle_time, false);
	if (!list_empty(&rq->rt.pushable))
		rq->balance_callbacks |= 1u << CLASS_RT;
}

/* After a wakeup: a task that must wait here may run elsewhere. */
static void rt_woken(struct rq *rq, struct task *task)
{
	const struct task *curr = rq->curr;

	if (task != curr && !rq->need_resched && task->nr_cpus_allowed > 1 &&
	    curr->prio < PRIO_RT_MAX && (curr->nr_cpus_allowed < 2 || curr->prio <= task->prio))
		rt_push_tasks(rq);
}

/* sched_rr_timeslice */
static u32 rr_ticks(const struct sched *sched)
{
	return (u32)max_of(div_round_up(sched->kernel->knobs.rr_timeslice_ms * sched->platform->hz,
					1000),
			   (u64)1);
}

static u64 rt_rr_interval(const struct rq *rq, struct task *task)
{
	return task->policy == POLICY_RR ? rr_ticks(rq->sched) : 0;
}

static void rt_tick(struct rq *rq, struct task *curr)
{

	charge(rq, curr);
	pelt_update_rq(&rq->rt.avg, rq->clock_pelt - rq->lost_idle_time, true);
	if (curr->policy != POLICY_RR || --curr->rt.time_slice)
		return;
	curr->rt.time_slice = rr_ticks(rq->sched);
	if (curr->rt_link.next != curr->rt_link.prev ||
	    (unlikely(rq->sched->rt_groups) && rt_group_has_equals(rt_group_of(rq, curr)))) {
		requeue(rq, curr, false);
		decide_resched_rule(rq, RULE_RESCHED_RR_SLICE);
		sched_resched_curr(rq);
	}
}

static void rt_switched_from(struct rq *rq, struct task *task)
{
	if (task->on_rq == ON_RQ_QUEUED && !rq->rt.nr_running)
		rt_pull_task(rq);
}

static void rt_switched_to(struct rq *rq, struct task *task)
{
	/* What it has run so far was not of this class, nor was the time before. */
	if (rq->curr == task)
		pelt_update_rq(&rq->rt.avg, rq->clock_pelt - rq->lost_idle_time, false);
	if (task->on_rq != ON_RQ_QUEUED || rq->curr == task)
		return;
	if (task->nr_cpus_allowed > 1 && rq->rt.overloaded)
		rq->balance_callbacks |= 1u << CLASS_RT;
	if (task->prio < rq->curr->prio) {
		decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
		sched_resched_curr(rq);
	}
}

static void rt_prio_changed(struct rq *rq, struct task *task, s32 old_prio)
{
	if (task->on_rq != ON_RQ_QUEUED)
		return;
	if (rq->curr != task) {
		if (task->prio < rq->curr->prio) {
			decide_resched_rule(rq, RULE_RESCHED_CHANGED);
			sched_resched_curr(rq);
		}
		return;
	}
	if (old_prio < task->prio)
		rt_pull_task(rq);
	if (task->prio > rq->rt.highest_curr) {
		decide_resched_rule(rq, RULE_RESCHED_CHANGED);
		sched_resched_curr(rq);
	}
}

static void show_queue(struct rq *rq, const struct rt_rq *rt, const struct task *next)
{
	for (u32 prio = 0; prio < PRIO_RT_MAX; prio++)
		for (const struct list *at = rt->queue[prio].next; at != &rt->queue[prio];
		     at = at->next) {
			const struct rt_group_cpu *below = rt_group_at(rq->sched, at);
			const struct task *task = list_entry(at, const struct task, rt_link);

			if (below)
				show_queue(rq, &below->rt, next);
			else
				decide_task(rq->sched->desk, task,
					    (task == next ? CANDIDATE_CHOSEN : 0) |
						    (task == rq->curr ? CANDIDATE_RUNS : 0));
		}
}

/* Whose turn it is among the rt tasks: by priority, first come first within one. */
static void rt_explain_pick(struct rq *rq, const struct task *next, struct decision *decision)
{
	decision->rule = RULE_PICK_RT;
	decision->pick.order = ORDER_RT;
	show_queue(rq, &rq->rt, next);
}

static bool rt_task_is_throttled(struct task *task, u32 cpu)
{
	struct rq *rq = sched_rq(task->fair.queue->rq->sched, cpu);
	const struct rt_group_cpu *gc =
		unlikely(rq->sched->rt_groups) ? rt_group_of(rq, task) : NULL;

	return rt_is_throttled(gc ? &gc->rt : &rq->rt);
}

const struct sched_class rt_class = {
	.name = "rt",
	.init = rt_bandwidth_init,
	.groups_init = rt_groups_init,
	.has_rt_runtime = rt_group_has_runtime,
	.limit_fits = rt_bandwidth_limit_fits,
	.take_limit = rt_bandwidth_take_limit,
	.set_rt_group = rt_set_group,
	.enqueue = rt_enqueue,
	.dequeue = rt_dequeue,
	.yield = rt_yield,
	.rr_interval = rt_rr_interval,
	.wakeup_preempt = rt_wakeup_preempt,
	.balance = rt_balance,
	.pick = rt_pick,
	.explain_pick = rt_explain_pick,
	.put_prev = rt_put_prev,
	.set_next = rt_set_next,
	.balance_callback = rt_push_tasks,
	.irq_work = rt_push_irq_work,
	.select_cpu = rt_select_cpu,
	.better_cpu = rt_better_cpu,
	.woken = rt_woken,
	.tick = rt_tick,
	.switched_from = rt_switched_from,
	.switched_to = rt_switched_to,
	.prio_changed = rt_prio_changed,
	.update_curr = update_curr_rt,
	.is_throttled = rt_task_is_throttled,
	.rq_online = rt_rq_online,
	.rq_offline = rt_rq_offline,
};
