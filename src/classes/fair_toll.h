/* SPDX-License-Identifier: MIT */
/*
 * What the class's bookkeeping takes, by the state that it finds: the way down the queue's tree,
 * repairs of it, averages of which a period ends. Some ten to some hundred nanoseconds each, told
 * apart because virtual times of tasks that do the same are no further apart. Nothing of this is
 * asked for while these costs are 0 (sched->has_tolls).
 */
#ifndef OSSIM_CLASSES_FAIR_TOLL_H
#define OSSIM_CLASSES_FAIR_TOLL_H

#include "base/rbtree.h"
#include "classes/fair.h"
#include "classes/fair_way.h"

/*
 * @node is about to be put below @parent (NULL: it is alone), the so many-th on its way
 * (rb_insert_color).
 */
u64 toll_of_insert(const struct costs *costs, const struct rb_node *parent,
		   const struct rb_node *node, bool right, u32 levels);
/* @node is about to leave its tree (rb_erase). */
u64 toll_of_erase(const struct costs *costs, const struct rb_node *node);

/* The cpu that acts takes @ns more. */
void fair_toll(struct fair_rq *queue, u64 ns);
/*
 * @se and its queue are about to be brought up to date (update_load_avg); it may stand for a group
 * (update_cfs_group).
 */
void fair_toll_for_load(struct fair_rq *queue, const struct fair_entity *se);

/* The pick came upon a delayed dequeue and is about to finish it (pick_next_entity). */
void fair_toll_for_delayed(struct fair_rq *queue);
/*
 * @se, which ran, is about to be put back into the tree (put_prev_entity); which was not there, to
 * join it (enqueue_entity).
 */
void fair_toll_for_put(struct fair_rq *queue, const struct fair_entity *se);
void fair_toll_for_joining(struct fair_rq *queue, const struct fair_entity *se);
/* @se is about to leave the tree, to run (set_next_entity). */
void fair_toll_for_going(struct fair_rq *queue, const struct fair_entity *se);
/*
 * A time is turned into virtual time for @se, which is no more than to copy it at nice 0
 * (calc_delta_fair).
 */
void fair_toll_for_weighing(struct fair_rq *queue, const struct fair_entity *se);
/* @se's request is used up: it has a new deadline (update_deadline). */
void fair_toll_for_request(struct fair_rq *queue, const struct fair_entity *se);
/*
 * A delayed dequeue ends as the task wakes, and time has made it a creditor: it is placed anew
 * (requeue_delayed_entity).
 */
void fair_toll_for_requeue(struct fair_rq *queue);
/* So many were asked whether they are eligible (pick_eevdf); @weighed: one that runs among them. */
void fair_toll_for_pick(struct fair_rq *queue, bool weighed, u32 checks);

/* The same where @se is put on a queue or taken off it, or somebody below it is. */
void fair_toll_for_queueing(struct fair_rq *queue, const struct fair_entity *se);

static always_inline void fair_queue_toll(struct fair_rq *queue, const struct fair_entity *se,
					  enum fair_way way)
{
	if (way == ANY_WAY && unlikely(queue->rq->sched->has_tolls))
		fair_toll_for_queueing(queue, se);
}

static always_inline void fair_load_toll(struct fair_rq *queue, const struct fair_entity *se,
					 enum fair_way way)
{
	if (way == ANY_WAY && unlikely(queue->rq->sched->has_tolls))
		fair_toll_for_load(queue, se);
}

#endif
