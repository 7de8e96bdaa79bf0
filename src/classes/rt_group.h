/* SPDX-License-Identifier: MIT */
/*
 * RT groups: what CONFIG_RT_GROUP_SCHED adds to the RT class (switch RT_GROUP_SCHED).
 *
 * Each cgroup has, on each cpu, a queue of its RT tasks and of the groups below it, and stands for
 * them in the queue above, at the priority of its best. It has runtime of its own in each period of
 * its own, none by default: then it can have no RT tasks. Autogroups are none of these. Kernel:
 * kernel/sched/rt.c; reference: core-rt-dl-ext.md 1.16, 2.1, 2.5.
 */
#ifndef OSSIM_CLASSES_RT_GROUP_H
#define OSSIM_CLASSES_RT_GROUP_H

#include "sched/group.h"
#include "sched/sched.h"

/* A group on a cpu. */
struct rt_group_cpu {
	/* what is in it; its tasks are pushable from the cpu's own queue, as all are */
	struct rt_rq rt;
	struct list link;           /* in the queue above, while it is on_list, at prio */
	struct rt_group_cpu *above; /* NULL: it stands in the cpu's own queue */
	struct rq *rq;
	s16 prio;
	bool on_rq, on_list;
	bool stood; /* for who asks why: rt_group_stands(), before the change under way */
};

struct rt_group {
	struct rt_bandwidth bandwidth;
	struct rt_group_cpu *cpus;
};

struct rt_groups {
	struct rt_group *at; /* by id */
	u32 nr;
	struct rt_group_cpu *first, *end; /* of all */
};

void rt_groups_init(struct sched *sched, const struct group_spec *specs);
/* Without runtime a group has no RT tasks, unless RT tasks are not limited at all. */
bool rt_group_has_runtime(const struct sched *sched, const struct task_group *group);
/*
 * What is written to cpu.rt_runtime_us and cpu.rt_period_us; NEVER, 0: as it is. False: refused
 * (EINVAL). That it has RT tasks, and keeps what it has (EBUSY), the caller knows.
 */
bool rt_set_group(struct sched *sched, struct task_group *group, u64 runtime, u64 period);

/* Where @task is queued on @rq; NULL: in the cpu's own queue. There are groups. */
struct rt_group_cpu *rt_group_of(const struct rq *rq, const struct task *task);
/* The group whose link it is; NULL: a task's. */
static inline struct rt_group_cpu *rt_group_at(const struct sched *sched, const struct list *link)
{
	struct rt_group_cpu *gc = container_of(link, struct rt_group_cpu, link);

	return sched->rt_groups && gc >= sched->rt_groups->first && gc < sched->rt_groups->end
		       ? gc
		       : NULL;
}

/*
 * Before the group's own queue changes it and those above are taken off theirs, from the top down;
 * after that they come back, those that have something to run: dequeue_rt_stack(),
 * __enqueue_rt_entity(). @comes: a task has come to it; of a task that has left with its place kept
 * the groups that are empty now keep theirs, too. The cpu's own counts are the caller's.
 */
void rt_group_take_off(struct rt_group_cpu *gc, u32 flags);
void rt_group_put_back(struct rt_group_cpu *gc, u32 flags, bool comes);
/* To the head or the tail of its priority's list, and so all the way up. */
void rt_group_requeue(struct rt_group_cpu *gc, bool head);
/* Somebody else stands beside it, or beside a group above it, at its priority. */
bool rt_group_has_equals(const struct rt_group_cpu *gc);
/* It has used up its runtime, or has some again: sched_rt_rq_dequeue(), sched_rt_rq_enqueue(). */
void rt_group_throttle(struct rt_group_cpu *gc);
/* @stood: it did so before. */
void rt_group_unthrottle(struct rt_group_cpu *gc, bool stood);
/* It, or one above it, is throttled: who is in it waits. */
bool rt_group_stands(const struct rt_group_cpu *gc);
/*
 * For who asks why: @task has come or left. It waits in a throttled group from now on, or no
 * longer; if it is boosted, or was the only one that is, those beside it no longer do, or do from
 * now on.
 */
void rt_group_tell_change(const struct rt_group_cpu *gc, const struct task *task, bool comes);

#endif
