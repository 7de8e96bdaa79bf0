/* SPDX-License-Identifier: MIT */
/* RT groups: groups of tasks in the queues of the RT class. */
#include "classes/rt_group.h"

#include "base/ensure.h"
#include "classes/rt.h"
#include "classes/rt_bandwidth.h"
#include "sched/decide.h"

struct rt_group_cpu *rt_group_of(const struct rq *rq, const struct task *task)
{
	const struct task_group *group = task->group;

	if (!group || group->is_autogroup)
		return NULL;
	return &rq->sched->rt_groups->at[group->id].cpus[rq->cpu];
}

static struct rt_rq *queue_above(const struct rt_group_cpu *gc)
{
	return gc->above ? &gc->above->rt : &gc->rq->rt;
}

/* ---- Off the queues and back ---- */

static void delist(struct rt_group_cpu *gc)
{
	if (!gc->on_list)
		return;
	rt_unlist(queue_above(gc), &gc->link, gc->prio);
	gc->on_list = false;
}

/* That of the cpu's own queue is known to others: the caller notes it. */
static void note_highest(struct rt_group_cpu *gc)
{
	if (gc)
		gc->rt.highest_curr = rt_best_prio(&gc->rt);
}

static void leave(struct rt_group_cpu *gc, u32 flags)
{
	struct rt_rq *above = queue_above(gc);

	if (!gc->on_rq)
		return;
	if (rt_moves(flags))
		delist(gc);
	gc->on_rq = false;
	above->nr_running -= gc->rt.nr_running;
	above->nr_boosted -= gc->rt.nr_boosted != 0;
	note_highest(gc->above);
}

void rt_group_take_off(struct rt_group_cpu *gc, u32 flags)
{
	if (!gc)
		return;
	rt_group_take_off(gc->above, flags);
	leave(gc, flags);
}

static struct rt_bandwidth *bandwidth_above(const struct rt_group_cpu *gc)
{
	return gc->above ? gc->above->rt.bandwidth : &gc->rq->sched->rt_bandwidth;
}

static void join(struct rt_group_cpu *gc, u32 flags)
{
	struct rt_rq *above = queue_above(gc);

	if (rt_is_throttled(&gc->rt) || !gc->rt.nr_running) {
		delist(gc);
		return;
	}
	if (!gc->on_list) {
		gc->prio = gc->rt.highest_curr;
		rt_list(above, &gc->link, gc->prio, flags & ENQUEUE_HEAD);
		gc->on_list = true;
	}
	gc->on_rq = true;
	above->nr_running += gc->rt.nr_running;
	above->nr_boosted += gc->rt.nr_boosted != 0;
	note_highest(gc->above);
	if (gc->rq->rt.limited)
		rt_bandwidth_start(gc->rq->sched, bandwidth_above(gc));
}

void rt_group_put_back(struct rt_group_cpu *gc, u32 flags, bool comes)
{
	note_highest(gc);
	for (; gc; gc = gc->above)
		/* else its place, if it has kept that, waits for who comes back */
		if (comes || gc->rt.nr_running)
			join(gc, flags);
}

void rt_group_requeue(struct rt_group_cpu *gc, bool head)
{
	for (; gc; gc = gc->above)
		if (gc->on_list)
			rt_move_in_list(queue_above(gc), &gc->link, gc->prio, head);
}

bool rt_group_has_equals(const struct rt_group_cpu *gc)
{
	for (; gc; gc = gc->above)
		if (gc->on_list && gc->link.next != gc->link.prev)
			return true;
	return false;
}

/* ---- Throttling ---- */

bool rt_group_stands(const struct rt_group_cpu *gc)
{
	for (; gc; gc = gc->above)
		if (rt_is_throttled(&gc->rt))
			return true;
	return false;
}

static void tell(const struct rt_group_cpu *gc, const struct task *task, bool begins)
{
	decide_throttle(gc->rq, task, RULE_THROTTLE_RT_GROUP, begins);
}

/*
 * All of its tasks but one, and those of groups below that stand in its queue: others are throttled
 * themselves.
 */
static void tell_others(const struct rt_group_cpu *gc, const struct task *but, bool begins)
{
	for (u32 prio = 0; prio < PRIO_RT_MAX; prio++)
		for (const struct list *at = gc->rt.queue[prio].next; at != &gc->rt.queue[prio];
		     at = at->next) {
			const struct rt_group_cpu *below = rt_group_at(gc->rq->sched, at);

			const struct task *task = list_entry(at, const struct task, rt_link);

			if (below)
				tell_others(below, but, begins);
			else if (task != but)
				tell(gc, task, begins);
		}
}

static void tell_all(const struct rt_group_cpu *gc, bool begins)
{
	tell_others(gc, NULL, begins);
}

/* The highest one that is throttled, or would be but for a boosted task. */
static const struct rt_group_cpu *highest_throttled(const struct rt_group_cpu *gc)
{
	const struct rt_group_cpu *highest = gc;

	for (; gc; gc = gc->above)
		if (gc->rt.throttled)
			highest = gc;
	return highest;
}

void rt_group_tell_change(const struct rt_group_cpu *gc, const struct task *task, bool comes)
{
	bool stands = rt_group_stands(gc);

	if (stands != gc->stood)
		tell_others(highest_throttled(gc), task, stands);
	else if (stands)
		tell(gc, task, comes);
}

static void stand_anew(struct rt_group_cpu *gc)
{
	rt_group_take_off(gc, 0);
	rt_group_put_back(gc, 0, true);
	rt_count_visible(gc->rq);
	rt_note_highest(gc->rq);
}

void rt_group_throttle(struct rt_group_cpu *gc)
{
	if (decisions_wanted(gc->rq->sched))
		tell_all(gc, true);
	if (gc->on_rq)
		stand_anew(gc);
}

void rt_group_unthrottle(struct rt_group_cpu *gc, bool stood)
{
	struct rq *rq = gc->rq;

	if (!gc->rt.nr_running)
		return;
	if (decisions_wanted(rq->sched) && stood && !rt_group_stands(gc))
		tell_all(gc, false);
	if (!gc->on_rq)
		stand_anew(gc);
	if (gc->rt.highest_curr < rq->curr->prio) {
		decide_resched_rule(rq, RULE_RESCHED_UNTHROTTLED);
		sched_resched_curr(rq);
	}
}

/* ---- What a group may have ---- */

bool rt_group_has_runtime(const struct sched *sched, const struct task_group *group)
{
	return !group || group->is_autogroup || sched->rt_groups->at[group->id].bandwidth.runtime;
}

static u64 ratio(const struct rt_bandwidth *bandwidth)
{
	return group_quota_ratio(bandwidth->runtime, bandwidth->period);
}

/* The parts of the groups below @parent; @but has @part. */
static u64 parts_below(const struct sched *sched, const struct task_group *parent,
		       const struct task_group *but, u64 part)
{
	u64 sum = 0;

	for (u32 i = 0; i < sched->nr_groups; i++)
		if (sched->groups[i].parent == parent)
			sum += &sched->groups[i] == but ? part
							: ratio(&sched->rt_groups->at[i].bandwidth);
	return sum;
}

/* __rt_schedulable(): no more than the group above has, and not less than those below. */
static bool fits(const struct sched *sched, const struct task_group *group, u64 part)
{
	const struct task_group *above = group->parent;
	const struct knobs *knobs = &sched->kernel->knobs;
	u64 most = 1 << 20;

	if (knobs->rt_runtime_us != KNOB_UNLIMITED)
		most = group_quota_ratio(knobs->rt_runtime_us, knobs->rt_period_us);
	if (part > most || parts_below(sched, group, NULL, 0) > part)
		return false;
	return parts_below(sched, above, group, part) <=
	       (above ? ratio(&sched->rt_groups->at[above->id].bandwidth) : most);
}

bool rt_set_group(struct sched *sched, struct task_group *task_group, u64 runtime, u64 period)
{
	struct rt_group *group = &sched->rt_groups->at[task_group->id];

	runtime = runtime == NEVER ? group->bandwidth.runtime : runtime;
	period = period ? period : group->bandwidth.period;
	if (runtime > period || !fits(sched, task_group, group_quota_ratio(runtime, period)))
		return false;
	group->bandwidth.period = period;
	group->bandwidth.runtime = runtime;
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		if (group->cpus[cpu].rt.runtime != NEVER)
			group->cpus[cpu].rt.runtime = runtime;
	return true;
}

/* ---- Making them ---- */

static void group_cpu_init(struct rt_group_cpu *gc, struct rt_group *group,
			   struct rt_group_cpu *above, struct rq *rq)
{
	*gc = (struct rt_group_cpu){.above = above, .rq = rq};
	for (u32 prio = 0; prio < ARRAY_SIZE(gc->rt.queue); prio++)
		list_init(&gc->rt.queue[prio]);
	list_init(&gc->rt.pushable);
	gc->rt.highest_curr = gc->rt.highest_next = RT_PRIO_NONE;
	gc->rt.runtime = group->bandwidth.runtime;
	gc->rt.bandwidth = &group->bandwidth;
}

void rt_groups_init(struct sched *sched, const struct group_spec *specs)
{
	struct rt_groups *groups = arena_new(sched->arena, struct rt_groups);
	u32 nr_cpus = sched->nr_cpus;

	groups->nr = sched->nr_groups;
	groups->at = arena_array(sched->arena, struct rt_group, groups->nr);
	groups->first = arena_array(sched->arena, struct rt_group_cpu, groups->nr * nr_cpus);
	groups->end = groups->first + groups->nr * nr_cpus;
	for (u32 i = 0; i < groups->nr; i++) {
		const struct task_group *above = sched->groups[i].parent;
		struct rt_group *group = &groups->at[i];

		group->cpus = groups->first + i * nr_cpus;
		rt_bandwidth_make(sched, group, specs[i].rt_runtime_ns, specs[i].rt_period_ns,
				  i + 1);
		for (u32 cpu = 0; cpu < nr_cpus; cpu++)
			group_cpu_init(&group->cpus[cpu], group,
				       above ? &groups->at[above->id].cpus[cpu] : NULL,
				       sched_rq(sched, cpu));
	}
	sched->rt_groups = groups;
}
