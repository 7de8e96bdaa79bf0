/* SPDX-License-Identifier: MIT */
/* The RT class's inner seam: queues (rt.c) and moving tasks between cpus (rt_push.c). */
#ifndef OSSIM_CLASSES_RT_H
#define OSSIM_CLASSES_RT_H

#include "sched/sched.h"

enum { RT_PRIO_NONE = PRIO_RT_MAX - 1 }; /* highest_curr, highest_next of an empty queue */

/* A position is kept over a SAVE without MOVE: the task never left its list. */
static inline bool rt_moves(u32 flags)
{
	return (flags & (ENQUEUE_RESTORE | ENQUEUE_MOVE)) != ENQUEUE_RESTORE;
}

/* rt_rq_throttled() */
static inline bool rt_is_throttled(const struct rt_rq *rt)
{
	return rt->throttled && !rt->nr_boosted;
}

static inline s16 rt_best_prio(const struct rt_rq *rt)
{
	if (rt->bitmap[0])
		return (s16)__builtin_ctzll(rt->bitmap[0]);
	return rt->bitmap[1] ? (s16)(64 + __builtin_ctzll(rt->bitmap[1])) : RT_PRIO_NONE;
}

/* ---- Lists by priority: of tasks, and of groups ---- */

static inline void rt_list(struct rt_rq *rt, struct list *link, s16 prio, bool head)
{
	if (head)
		list_add_head(&rt->queue[prio], link);
	else
		list_add_tail(&rt->queue[prio], link);
	rt->bitmap[prio / 64] |= 1ULL << prio % 64;
}

static inline void rt_unlist(struct rt_rq *rt, struct list *link, s16 prio)
{
	list_del(link);
	if (list_empty(&rt->queue[prio]))
		rt->bitmap[prio / 64] &= ~(1ULL << prio % 64);
}

static inline void rt_move_in_list(struct rt_rq *rt, struct list *link, s16 prio, bool head)
{
	if (head)
		list_move_head(&rt->queue[prio], link);
	else
		list_move_tail(&rt->queue[prio], link);
}

/* ---- rt.c ---- */

/* The best priority of the cpu's own queue may be another: others are told. */
void rt_note_highest(struct rq *rq);

/* ---- rt_push.c ---- */

u32 rt_select_cpu(struct task *task, u32 prev_cpu, u32 wake_flags);
/* Moves the best waiting task to a cpu that runs something weaker; repeats until it fails. */
void rt_push_tasks(struct rq *rq);
/* The class's better_cpu: find_lock_lowest_rq(). */
u32 rt_better_cpu(struct rq *rq, struct task *task);
/* Takes a waiting task of an overloaded cpu that is stronger than all here. */
void rt_pull_task(struct rq *rq);
/* RT_PUSH_IPI: this cpu is overloaded and another has gone lower. */
void rt_push_irq_work(struct rq *rq);
/* check_preempt_equal_prio: should @woken go before the running task of equal priority? */
bool rt_equal_prio_takes_over(struct rq *rq, struct task *woken);

#endif
