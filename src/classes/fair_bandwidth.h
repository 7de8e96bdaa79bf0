/* SPDX-License-Identifier: MIT */
/*
 * Bandwidth control of groups: quotas per period, throttling, refills.
 *
 * A group has a pool of runtime, refilled each period; its queue on a cpu takes a slice of it when
 * what it took before is used up. One that gets nothing is throttled until the pool is refilled.
 * Two forms (FEATURE_THROTTLE_TASKS): the group's entity leaves its queue with all that is below
 * it; or everything stays queued, and each task leaves by itself when it would return to user mode.
 * Kernel: CONFIG_CFS_BANDWIDTH in kernel/sched/fair.c. Reference: fair.md 8.
 */
#ifndef OSSIM_CLASSES_FAIR_BANDWIDTH_H
#define OSSIM_CLASSES_FAIR_BANDWIDTH_H

#include "classes/fair_group.h"

/* It was throttled itself, by its own quota. */
static inline bool fair_queue_throttled(struct fair_rq *queue)
{
	return unlikely(queue->limited) && group_cpu_of(queue)->throttled;
}

/* It or a group above it is throttled. */
static inline bool fair_throttled_hierarchy(struct fair_rq *queue)
{
	return unlikely(queue->owner) && group_cpu_of(queue)->throttle_count;
}

/*
 * Queues above know nothing of its tasks while it is throttled: in the form that dequeues the
 * group.
 */
static inline bool fair_hides_tasks(struct fair_rq *queue)
{
	return fair_queue_throttled(queue) && !(queue->features & FEATURE_THROTTLE_TASKS);
}

/*
 * Nobody in it is favoured for a sibling's sake: it is throttled, in the form that dequeues the
 * group.
 */
static inline bool fair_parts_with(struct fair_rq *queue)
{
	return fair_throttled_hierarchy(queue) && !(queue->features & FEATURE_THROTTLE_TASKS);
}

/* Is the task's group throttled where the task is, or (LB_THROTTLED_AT_DST) would be on @cpu? */
bool fair_task_stays_throttled(struct task *task, u32 cpu);

/* curr of a group with a quota ran for @delta (account_cfs_rq_runtime); 0: is there any left? */
void fair_bandwidth_charge(struct fair_rq *queue, u64 delta);
/* check_cfs_rq_runtime(): has it none left? Then it is throttled now: true. */
bool fair_bandwidth_check(struct fair_rq *queue);
/* The first entity was queued, with none running (check_enqueue_throttle). */
void fair_bandwidth_first(struct fair_rq *queue);
/* The last entity has left: what is left goes back to the pool (return_cfs_rq_runtime). */
void fair_bandwidth_last(struct fair_rq *queue);

/* A throttled task is put on a queue: true if it goes on waiting in its limbo. */
bool fair_limbo_enqueue(struct rq *rq, struct task *task);
/*
 * It leaves its limbo: for good if it sleeps; for another cpu with its load
 * (dequeue_throttled_task).
 */
void fair_limbo_dequeue(struct task *task, u32 flags);

/* The class's answers. */
void fair_rq_offline(struct rq *rq);
void fair_rq_online(struct rq *rq);
void fair_limit_group(struct task_group *group, u64 seed);
void fair_set_quota(struct task_group *group, u64 quota_ns, u64 period_ns, u64 burst_ns);
bool fair_throttle_curr(struct rq *rq, struct task *curr);
void fair_unthrottle(struct rq *rq);

#endif
