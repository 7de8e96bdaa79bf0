/* SPDX-License-Identifier: MIT */
/*
 * Groups in the fair class: shares and averages, up the levels.
 */
#include "classes/fair_group.h"

#include "classes/fair_bandwidth.h"
#include "classes/fair_entity.h"

enum { SHARES_MIN = 2, CONTRIB_SLACK = 64, CAPACITY_SHIFT = 10 };

/* ---- Weights ---- */

u64 fair_group_shares(struct group_cpu *gc)
{
	const struct task_group *group = gc->group;
	u64 queued = weight_scale_down(gc->queue.load_weight);
	u64 load = max_of(queued, fair_queue_avg(&gc->queue)->load_avg);
	u64 all = group->load_avg - gc->load_contrib + load;
	u64 shares = group->shares * load;

	if (all)
		shares /= all;
	return clamp_to(shares, (u64)SHARES_MIN, group->shares);
}

static void update_shares(struct fair_entity *se, struct group_cpu *gc)
{
	struct rq *rq = gc->queue.rq;
	u32 weight;

	if (!gc->queue.load_weight && sched_feature(rq->sched, FEATURE_EMPTY_GROUP_KEEPS_WEIGHT))
		return;
	if (gc->throttle_count && sched_feature(rq->sched, FEATURE_THROTTLED_GROUP_KEEPS_WEIGHT))
		return;
	weight = (u32)fair_group_shares(gc);
	if (weight == se->weight && sched_feature(rq->sched, FEATURE_SAME_WEIGHT_IS_NO_CHANGE))
		return;
	fair_rules_of(rq)->reweight(se->queue, se, (struct weight){weight, weight_inverse(weight)});
}

void fair_group_count_runnable(struct fair_entity *se)
{
	bool excludes = fair_feature(se->owned, FEATURE_RUNNABLE_EXCLUDES_DELAYED);

	se->runnable_weight = excludes ? se->owned->h_nr_runnable : se->owned->h_nr_queued;
}

void fair_group_update_slow(struct fair_entity *se)
{
	fair_group_count_runnable(se);
	update_shares(se, group_cpu_of(se->owned));
}

/* ---- The group's load ---- */

void fair_group_contribute(struct fair_rq *queue)
{
	struct group_cpu *gc = group_cpu_of(queue);
	u64 load = fair_queue_avg(queue)->load_avg, now = queue->rq->clock, change;

	if (sched_feature(queue->rq->sched, FEATURE_GROUP_LOAD_EACH_MS) &&
	    now - gc->load_contrib_at < MSEC)
		return;
	if (sched_feature(queue->rq->sched, FEATURE_OFFLINE_TAKES_GROUP_LOAD) &&
	    !cpumask_test(queue->rq->sched->rd.active, queue->rq->cpu))
		return;
	change = load > gc->load_contrib ? load - gc->load_contrib : gc->load_contrib - load;
	if (change <= gc->load_contrib / CONTRIB_SLACK)
		return;
	gc->group->load_avg += load - gc->load_contrib;
	gc->load_contrib = load;
	gc->load_contrib_at = now;
}

void fair_group_withdraw(struct group_cpu *gc)
{
	gc->group->load_avg -= gc->load_contrib;
	gc->load_contrib = 0;
	gc->load_contrib_at = gc->queue.rq->clock;
}

/* ---- Averages follow, level by level ---- */

void fair_group_note_change(struct fair_rq *queue, s64 load_sum)
{
	struct group_cpu *gc = group_cpu_of(queue);

	gc->propagates = true;
	gc->prop_runnable_sum += load_sum;
}

static u64 moved(u64 value, s64 by)
{
	return by < 0 && value < (u64)-by ? 0 : value + (u64)by;
}

/* The entity's utilisation is its queue's; the queue it is on changes by the difference. */
static void follow_util(struct pelt *on, struct pelt *se, const struct pelt *of)
{
	u32 divider = pelt_divider(on);
	s64 avg = (s64)of->util_avg - (s64)se->util_avg, sum;

	if (!avg)
		return;
	se->util_avg = of->util_avg;
	sum = (s64)se->util_avg * divider - (s64)se->util_sum;
	se->util_sum = (u32)(se->util_avg * divider);
	on->util_avg = (u32)moved(on->util_avg, avg);
	on->util_sum = (u32)moved(on->util_sum, sum);
	on->util_sum = max_of(on->util_sum, (u32)(on->util_avg * PELT_MIN_DIVIDER));
}

static void follow_runnable(struct pelt *on, struct pelt *se, const struct pelt *of)
{
	u32 divider = pelt_divider(on);
	s64 avg = (s64)of->runnable_avg - (s64)se->runnable_avg, sum;

	if (!avg)
		return;
	se->runnable_avg = of->runnable_avg;
	sum = (s64)(se->runnable_avg * divider) - (s64)se->runnable_sum;
	se->runnable_sum = se->runnable_avg * divider;
	on->runnable_avg = moved(on->runnable_avg, avg);
	on->runnable_sum = moved(on->runnable_sum, sum);
	on->runnable_sum = max_of(on->runnable_sum, on->runnable_avg * PELT_MIN_DIVIDER);
}

/*
 * How long the entity has been runnable is not known: if load came, as long as all that came
 * together, but never always; if it left, as long as what is left was at most.
 */
static s64 runnable_sum(const struct fair_entity *se, const struct group_cpu *gc, s64 change,
			u32 divider)
{
	u64 weight = weight_scale_down(gc->queue.load_weight);
	s64 sum, running = se->avg.util_sum >> CAPACITY_SHIFT;

	if (change >= 0)
		sum = min_of((s64)se->avg.load_sum + change, (s64)divider);
	else
		sum = min_of((s64)se->avg.load_sum,
			     weight ? (s64)(gc->queue.avg.load_sum / weight) : 0);
	return max_of(sum, running);
}

static void follow_load(struct fair_rq *queue, struct fair_entity *se, struct group_cpu *gc)
{
	struct pelt *on = &queue->avg;
	u32 divider = pelt_divider(on);
	s64 change = gc->prop_runnable_sum, sum, load_sum, load_avg, avg;

	if (!change)
		return;
	gc->prop_runnable_sum = 0;
	sum = runnable_sum(se, gc, change, divider);
	load_sum = (s64)fair_weight(se) * sum;
	load_avg = load_sum / divider;
	avg = load_avg - (s64)se->avg.load_avg;
	if (!avg)
		return;
	load_sum -= (s64)(fair_weight(se) * se->avg.load_sum);
	se->avg.load_sum = (u64)sum;
	se->avg.load_avg = (u64)load_avg;
	on->load_avg = moved(on->load_avg, avg);
	on->load_sum = moved(on->load_sum, load_sum);
	on->load_sum = max_of(on->load_sum, on->load_avg * PELT_MIN_DIVIDER);
}

bool fair_group_propagate(struct fair_rq *queue, struct fair_entity *se)
{
	struct group_cpu *gc = group_cpu_of(se->owned);

	if (!gc->propagates)
		return false;
	gc->propagates = false;
	/*
	 * It has been there since its group was made, with nothing to add
	 * (online_fair_sched_group()).
	 */
	if (unlikely(!se->avg.attached))
		fair_load_join(queue, se);
	fair_queue_avg(queue);
	fair_entity_avg(se);
	fair_queue_avg(se->owned);
	if (fair_is_group(queue))
		fair_group_note_change(queue, gc->prop_runnable_sum);
	follow_util(&queue->avg, &se->avg, &se->owned->avg);
	follow_runnable(&queue->avg, &se->avg, &se->owned->avg);
	follow_load(queue, se, gc);
	return true;
}

void fair_group_propagate_up(struct fair_entity *se)
{
	if (fair_hides_tasks(se->queue))
		return;
	fair_group_link(se->queue);
	for (se = se->parent; se; se = se->parent) {
		fair_load_update_shared(se->queue, se);
		if (fair_hides_tasks(se->queue))
			return;
		if (fair_is_group(se->queue))
			fair_group_link(se->queue);
	}
}

/* ---- Groups with load ---- */

void fair_group_link(struct fair_rq *queue)
{
	struct group_cpu *gc = group_cpu_of(queue);

	if (list_linked(&gc->leaf) || gc->pelt_stands)
		return;
	/* The parent first, so that it comes later in the list. */
	if (gc->se.parent) {
		fair_group_link(gc->se.queue);
		group_cpu_of(gc->se.queue)->nr_leaf_children++;
	}
	list_add_head(&queue->rq->leaf_groups, &gc->leaf);
}

void fair_group_unlink(struct group_cpu *gc)
{
	if (!list_linked(&gc->leaf))
		return;
	list_del(&gc->leaf);
	if (gc->se.parent)
		group_cpu_of(gc->se.queue)->nr_leaf_children--;
}

bool fair_group_is_decayed(const struct group_cpu *gc)
{
	const struct pelt *avg = &gc->queue.avg;

	return !gc->queue.load_weight && !gc->nr_leaf_children && !gc->load_contrib &&
	       !(avg->load_sum | avg->util_sum | avg->runnable_sum);
}

/* An entity without load, above a queue without changes, has nothing to pass. */
static bool has_nothing_to_pass(struct group_cpu *gc)
{
	const struct pelt *avg = fair_entity_avg(&gc->se);

	return !avg->load_avg && !avg->util_avg && !gc->propagates;
}

not_inline void fair_group_update_blocked(struct rq *rq)
{
	struct group_cpu *gc, *next;

	list_for_each_safe (gc, next, &rq->leaf_groups, leaf) {
		if (fair_queue_update(&gc->queue, fair_pelt_clock(&gc->queue)))
			fair_group_contribute(&gc->queue);
		if (!has_nothing_to_pass(gc))
			fair_load_update_shared(gc->se.queue, &gc->se);
		if (fair_group_is_decayed(gc))
			fair_group_unlink(gc);
	}
}

/* ---- Tasks change groups, groups end ---- */

/* It was attached or detached: the groups above hear of it. */
static void tell_groups_above(struct task *task)
{
	if (task->group)
		fair_group_propagate_up(&task->fair);
}

/*
 * task_change_group_fair(). What the task adds to averages it takes along, and a sleeper's vruntime
 * too, where vruntimes are relative to a queue.
 */
void fair_change_group(struct rq *rq, struct task *task, struct task_group *group)
{
	struct fair_entity *se = &task->fair;
	const struct fair_rules *rules = fair_rules_of(rq);
	bool is_new = task->state == TASK_NEW, absolute = fair_sleeps_here(task);

	if (!is_new && absolute && rules->detach)
		rules->detach(se->queue, se);
	if (!is_new && se->avg.attached) {
		fair_load_detach(se->queue, se);
		tell_groups_above(task);
		se->avg.last_update = 0;
	}
	task->group = group;
	task_set_queue(rq->sched, task, task->cpu);
	if (is_new)
		return;
	fair_load_attach(se->queue, se);
	tell_groups_above(task);
	if (absolute && rules->attach)
		rules->attach(se->queue, se);
}

void fair_drop_group(struct sched *sched, struct task_group *group)
{
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		struct group_cpu *gc = &group->cpus[cpu];

		if (gc->se.avg.attached)
			fair_load_detach(gc->se.queue, &gc->se);
		fair_group_unlink(gc);
	}
}

/*
 * __sched_group_set_shares(): on each cpu the group's entity and those above it are weighed anew.
 */
static void weigh_anew(struct sched *sched, struct task_group *group, u64 shares)
{
	if (group->shares == shares)
		return;
	group->shares = shares;
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		rq_update_clock(sched_rq(sched, cpu));
		for (struct fair_entity *se = &group->cpus[cpu].se; se; se = se->parent) {
			fair_load_update_shared(se->queue, se);
			fair_group_update(se);
		}
	}
}

void fair_set_shares(struct sched *sched, struct task_group *group, u64 shares)
{
	if (!group->idle)
		weigh_anew(sched, group, shares);
}

/*
 * The tasks below count as idle in the queues above from now on, or no longer; to the next idle
 * group.
 */
static void count_idle(struct group_cpu *gc, bool idle)
{
	u32 others = gc->queue.h_nr_queued - gc->queue.h_nr_idle, by = idle ? others : -others;

	gc->queue.idle = idle;
	if (gc->se.on_rq)
		gc->se.queue->nr_idle += idle ? 1u : -1u;
	for (struct fair_entity *se = &gc->se; se && se->on_rq; se = se->parent) {
		se->queue->h_nr_idle += by;
		if (se->queue->idle)
			break;
	}
}

void fair_set_idle(struct sched *sched, struct task_group *group, bool idle)
{
	if (group->idle == idle)
		return;
	group->idle = idle;
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		count_idle(&group->cpus[cpu], idle);
	sched->rd.sched_idle_seen |= idle;
	weigh_anew(sched, group,
		   (u64)(idle ? GROUP_SHARES_IDLE : GROUP_SHARES_DEFAULT) << WEIGHT_SHIFT);
}
