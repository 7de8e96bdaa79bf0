/* SPDX-License-Identifier: MIT */
/*
 * Groups are made, and tasks move between them.
 * Kernel: kernel/sched/core.c (sched_create_group, sched_move_task), autogroup.c.
 */
#include "sched/group.h"

#include <string.h>

#include "base/ensure.h"
#include "model/nice.h"
#include "sched/decide.h"
#include "sched/internal.h"

enum { WEIGHT_SHIFT = 10, WEIGHT_NICE_0 = 1024 << WEIGHT_SHIFT };
enum { LIMITS = GROUP_SETS_QUOTA | GROUP_SETS_PERIOD | GROUP_SETS_BURST };

/* The group on one cpu: an empty queue, and an entity of nice 0 that is on no queue. */
static void group_cpu_init(struct sched *sched, struct task_group *group, u32 cpu)
{
	struct group_cpu *gc = &group->cpus[cpu];
	struct rq *rq = sched_rq(sched, cpu);

	memset(gc, 0, sizeof(*gc));
	gc->group = group;
	fair_rq_init(sched, &gc->queue, rq);
	gc->queue.owner = &gc->se;
	gc->queue.idle = group->idle;
	gc->se.weight = WEIGHT_NICE_0;
	gc->se.owned = &gc->queue;
	gc->se.depth = group->depth - 1;
	gc->se.parent = group->parent ? &group->parent->cpus[cpu].se : NULL;
	gc->se.queue = group->parent ? &group->parent->cpus[cpu].queue : &rq->fair;
	list_init(&gc->limbo);
	/* A subgroup of a throttled one is throttled, too. */
	if (group->parent)
		gc->throttle_count = group->parent->cpus[cpu].throttle_count;
}

static void group_init(struct sched *sched, struct task_group *group, struct task_group *parent,
		       u32 shares, bool idle)
{
	struct group_cpu *cpus = group->cpus;

	if (!cpus)
		cpus = arena_alloc_aligned(sched->arena, sched->nr_cpus * sizeof(*cpus), 64);
	*group = (struct task_group){
		.id = group->id,
		.depth = parent ? parent->depth + 1 : 1,
		.parent = parent,
		.shares = (u64)(idle ? GROUP_SHARES_IDLE : shares) << WEIGHT_SHIFT,
		.written_shares = shares,
		.idle = idle,
		.made_before = group->made_before,
		.cpus = cpus,
	};
	list_init(&group->children);
	if (parent)
		list_add_head(&parent->children, &group->sibling);
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++)
		group_cpu_init(sched, group, cpu);
}

static struct bandwidth *bandwidth_new(struct sched *sched, const struct task_group *group,
				       const struct group_spec *spec)
{
	struct bandwidth *bandwidth = arena_new(sched->arena, struct bandwidth);

	*bandwidth = (struct bandwidth){
		.sched = sched,
		.quota_ns = spec->quota_ns,
		.period_ns = spec->period_ns,
		.burst_ns = spec->burst_ns,
		.group = group->id,
	};
	list_init(&bandwidth->throttled);
	return bandwidth;
}

void sched_groups_init(struct sched *sched, const struct group_spec *specs, u32 nr, u64 seed)
{
	sched->groups = arena_array(sched->arena, struct task_group, nr);
	sched->nr_groups = nr;
	sched->next_group_id = nr;
	for (u32 i = 0; i < nr; i++) {
		const struct group_spec *spec = &specs[i];
		struct task_group *group = &sched->groups[i];

		ensure(spec->parent == GROUP_ROOT || spec->parent < i);
		group->id = i;
		group_init(sched, group,
			   spec->parent == GROUP_ROOT ? NULL : &sched->groups[spec->parent],
			   spec->shares, spec->idle);
		if (spec->quota_ns == GROUP_NO_QUOTA && !spec->gets_quota)
			continue;
		group->bandwidth = bandwidth_new(sched, group, spec);
		sched->classes[CLASS_FAIR]->limit_group(group, seed);
	}
	if (nr && sched_feature(sched, FEATURE_RT_GROUP_SCHED))
		sched->classes[CLASS_RT]->groups_init(sched, specs);
}

static u64 ratio_of(const struct task_group *group)
{
	const struct bandwidth *b = group->bandwidth;

	return b && b->quota_ns != GROUP_NO_QUOTA ? group_quota_ratio(b->quota_ns, b->period_ns)
						  : GROUP_NO_QUOTA;
}

/* tg_cfs_schedulable_down() of cgroup v1: may the groups below have what they have under @most? */
static bool fits_below(const struct task_group *group, u64 most)
{
	const struct task_group *child;

	list_for_each (child, &group->children, sibling) {
		u64 ratio = ratio_of(child);

		if (ratio != GROUP_NO_QUOTA && ratio > most)
			return false;
		if (!fits_below(child, min_of(ratio, most)))
			return false;
	}
	return true;
}

static bool quota_fits(const struct task_group *group, u64 quota, u64 period)
{
	u64 ratio = quota == GROUP_NO_QUOTA ? quota : group_quota_ratio(quota, period);
	u64 most = GROUP_NO_QUOTA;

	for (const struct task_group *above = group->parent; above && most == GROUP_NO_QUOTA;
	     above = above->parent)
		most = ratio_of(above);
	if (ratio != GROUP_NO_QUOTA && ratio > most)
		return false;
	return fits_below(group, min_of(ratio, most));
}

/*
 * tg_set_cfs_bandwidth(): what is not written stays; a burst above the quota is refused (EINVAL:
 * @refused). True: something is another than before.
 */
static bool set_quota(struct sched *sched, struct task_group *group,
		      const struct group_change *change, bool *refused)
{
	const struct bandwidth *b = group->bandwidth;
	u64 quota, period, burst;
	bool changes;

	if (!b)
		return false; /* A period alone changes nothing. */
	quota = change->what & GROUP_SETS_QUOTA ? change->quota_ns : b->quota_ns;
	period = change->what & GROUP_SETS_PERIOD ? change->period_ns : b->period_ns;
	burst = change->what & GROUP_SETS_BURST ? change->burst_ns : b->burst_ns;
	*refused = (quota != GROUP_NO_QUOTA && burst > quota) ||
		   (change->what & GROUP_QUOTA_OF_V1 && !quota_fits(group, quota, period));
	if (*refused)
		return false;
	changes = quota != b->quota_ns || period != b->period_ns || burst != b->burst_ns;
	sched->classes[CLASS_FAIR]->set_quota(group, quota, period, burst);
	return changes;
}

/* False: refused, and all is as it was. */
static bool set_rt(struct sched *sched, struct task_group *group, const struct group_change *change)
{
	return sched->classes[CLASS_RT]->set_rt_group(
		sched, group, change->what & GROUP_SETS_RT_RUNTIME ? change->rt_runtime_ns : NEVER,
		change->what & GROUP_SETS_RT_PERIOD ? change->rt_period_ns : 0);
}

bool sched_set_group(struct sched *sched, const struct group_change *change)
{
	struct task_group *group = &sched->groups[change->group];
	struct group_change told = *change;
	u32 shares = group->written_shares;
	bool weight_refused, quota_refused = false, rt_refused = false;

	if (change->what & GROUP_SETS_IDLE)
		sched->classes[CLASS_FAIR]->set_idle(sched, group, change->idle);
	weight_refused = change->what & GROUP_SETS_SHARES && group->idle;
	if (change->what & GROUP_SETS_SHARES && !group->idle) {
		group->written_shares = change->shares;
		sched->classes[CLASS_FAIR]->set_shares(sched, group,
						       (u64)change->shares << WEIGHT_SHIFT);
	}
	if (change->what & LIMITS && !set_quota(sched, group, change, &quota_refused))
		told.what &= ~(u32)LIMITS;
	if (change->what & (GROUP_SETS_RT_RUNTIME | GROUP_SETS_RT_PERIOD) && sched->rt_groups)
		rt_refused = !set_rt(sched, group, change);
	if (unlikely(sched->extender))
		sched->extender->group_written(sched, group, shares, &told);
	return !weight_refused && !quota_refused && !rt_refused;
}

bool sched_group_has_rt_runtime(const struct sched *sched, const struct task_group *group)
{
	return !sched->rt_groups || sched->classes[CLASS_RT]->has_rt_runtime(sched, group);
}

bool sched_group_allows_rt(const struct sched *sched, const struct task_group *group)
{
	return sched->kernel->knobs.rt_runtime_us == KNOB_UNLIMITED ||
	       sched_group_has_rt_runtime(sched, group);
}

/* ---- Autogroups ---- */

struct task_group *sched_autogroup_new(struct sched *sched)
{
	struct task_group *group = sched->free_autogroups;

	if (group) {
		sched->free_autogroups = group->parent;
	} else {
		group = arena_new(sched->arena, struct task_group);
		group->id = sched->next_group_id++;
		group->made_before = sched->autogroups;
		sched->autogroups = group;
	}
	group_init(sched, group, NULL, GROUP_SHARES_DEFAULT, false);
	group->is_autogroup = true;
	group->nr_users = 1;
	return group;
}

void sched_autogroup_set_nice(struct sched *sched, struct task_group *group, s32 nice)
{
	sched->classes[CLASS_FAIR]->set_shares(sched, group,
					       (u64)nice_weight(nice) << WEIGHT_SHIFT);
}

void sched_autogroup_get(struct task_group *group)
{
	group->nr_users++;
}

/* Somebody of another cpu may still be on its way out of its queues. */
static bool is_quiet(const struct sched *sched, const struct task_group *group)
{
	for (u32 cpu = 0; cpu < sched->nr_cpus; cpu++) {
		const struct group_cpu *gc = &group->cpus[cpu];

		if (gc->queue.nr_queued || gc->queue.curr || gc->se.on_rq)
			return false;
	}
	return true;
}

void sched_autogroup_put(struct sched *sched, struct task_group *group)
{
	if (--group->nr_users || !is_quiet(sched, group))
		return;
	sched->classes[CLASS_FAIR]->drop_group(sched, group);
	group->parent = sched->free_autogroups;
	sched->free_autogroups = group;
}

/* ---- Moving ---- */

void sched_move_group(struct sched *sched, struct task *task, struct task_group *group)
{
	const struct sched_class *class = task_class(sched, task);
	struct task_group *from = task->group;
	struct rq *rq = task_rq(sched, task);
	struct sched_change change;

	rq_update_clock(rq);
	change = sched_change_begin(sched, task, DEQUEUE_SAVE | DEQUEUE_MOVE);
	if (task->group == group) {
		/* Nothing changes but its place in the queue. */
	} else if (class->change_group) {
		class->change_group(rq, task, group);
	} else {
		task->group = group;
		task_set_queue(sched, task, task->cpu);
	}
	if (unlikely(sched->extender))
		sched->extender->move(sched, task, from, group);
	sched_change_end(sched, &change, ENQUEUE_RESTORE | ENQUEUE_MOVE);
	/* It may run in a throttled group now. */
	if (change.running) {
		decide_resched_rule(rq, RULE_RESCHED_GROUP);
		sched_resched_curr(rq);
	}
}

bool sched_throttle_point(struct sched *sched, struct cpu *cpu)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	if (!fair_class.throttle_curr(rq, rq->curr))
		return false;
	/* task_work_run() is a point at which a task in the kernel may be switched out, in every
	 * model. */
	decide_resched_rule(rq, RULE_RESCHED_QUOTA);
	sched_resched_curr(rq);
	sched_schedule_kernel(rq);
	return true;
}
