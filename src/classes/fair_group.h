/* SPDX-License-Identifier: MIT */
/*
 * Groups in the fair class: the weight of a group on a cpu, and how averages go up the levels.
 *
 * A group shares its parent's time by its shares; on each cpu its entity gets the part of them that
 * the load of the group on this cpu is of its load on all. Kernel: update_cfs_group(),
 * calc_group_shares(), update_tg_load_avg(), update_tg_cfs_*(), propagate_entity_cfs_rq() in
 * kernel/sched/fair.c. Reference: fair.md 2.9, 4.4.
 */
#ifndef OSSIM_CLASSES_FAIR_GROUP_H
#define OSSIM_CLASSES_FAIR_GROUP_H

#include "classes/fair_load.h"

/* Is the queue a group's? Then group_cpu_of() may be asked. */
static inline bool fair_is_group(const struct fair_rq *queue)
{
	return queue->owner;
}

/* What the group's entity weighs now, scaled (calc_group_shares). */
u64 fair_group_shares(struct group_cpu *gc);

void fair_group_update_slow(struct fair_entity *se);

/* The entity was updated: its runnable weight and its shares follow (update_cfs_group). */
static inline void fair_group_update(struct fair_entity *se)
{
	if (unlikely(se->owned))
		fair_group_update_slow(se);
}

/* The group takes notice of its queue's load_avg (update_tg_load_avg). */
void fair_group_contribute(struct fair_rq *queue);
/* The group forgets what it was told (clear_tg_load_avg). */
void fair_group_withdraw(struct group_cpu *gc);
/* The queue's load_sum changed by more than time, by @load_sum of an entity's. */
void fair_group_note_change(struct fair_rq *queue, s64 load_sum);
/* A group's entity follows such changes below it. True: its own queue has changed. */
bool fair_group_propagate(struct fair_rq *queue, struct fair_entity *se);
/* After @se was attached or detached outside of an enqueue: the levels above follow at once. */
void fair_group_propagate_up(struct fair_entity *se);
/* Averages of all groups of the cpu pass their time (update_blocked_averages, but for the root). */
void fair_group_update_blocked(struct rq *rq);
/* The queue has something queued or attached: it is one of those that update_blocked looks at. */
void fair_group_link(struct fair_rq *queue);
void fair_group_unlink(struct group_cpu *gc);
/* Nothing is left that could decay (cfs_rq_is_decayed). */
bool fair_group_is_decayed(const struct group_cpu *gc);
/* While a group is throttled its averages see no time pass. */
void fair_group_stop_clock(struct group_cpu *gc);
void fair_group_start_clock(struct group_cpu *gc);
/* se_update_runnable(). */
void fair_group_count_runnable(struct fair_entity *se);

/* The class's answers. */
void fair_change_group(struct rq *rq, struct task *task, struct task_group *group);
void fair_drop_group(struct sched *sched, struct task_group *group);
void fair_set_shares(struct sched *sched, struct task_group *group, u64 shares);
/* sched_group_set_idle(). */
void fair_set_idle(struct sched *sched, struct task_group *group, bool idle);

#endif
