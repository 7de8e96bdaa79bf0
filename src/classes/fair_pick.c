/* SPDX-License-Identifier: MIT */
/*
 * The fair class: who runs, and what becoming and ceasing to be current does, level by level.
 * Kernel: kernel/sched/fair.c, pick_task_fair(), set_next_task_fair(), put_prev_task_fair().
 * Reference: fair.md 3.7-3.15.
 */
#include "classes/fair_entity.h"

#include "base/ensure.h"
#include "classes/fair_eevdf.h"
#include "classes/fair_toll.h"
#include "sched/decide.h"
#include "sched/schedstat.h"

bool fair_balance(struct rq *rq, struct task *prev unused_arg)
{
	return rq->nr_running || fair_newidle_balance(rq) != 0;
}

/* task_throttle_setup_work(): it leaves on its way to user mode. */
static void mark_throttled(struct task *task)
{
	if (!(task->flags & (TASK_FLAG_EXITING | TASK_FLAG_KTHREAD)))
		task->flags |= TASK_FLAG_THROTTLE;
}

/*
 * pick_next_task_fair() of 6.1 puts back all that is current when it comes upon a throttled queue:
 * the groups above it that go on have new slices.
 */
static void begin_slices_anew(struct rq *rq)
{
	if (rq->curr->class_id != CLASS_FAIR)
		return;
	for (struct fair_entity *se = &rq->curr->fair; se; se = se->parent)
		if (se->queue->curr == se)
			se->prev_sum_exec_runtime = se->sum_exec_runtime;
}

/*
 * What CFS does for whoever is picked, and EEVDF for who is switched to: it is the last that
 * balancing would take, and its slice may end by a timer.
 */
static void note_picked(struct rq *rq, struct task *task)
{
	list_move_head(&rq->fair_tasks, &task->rq_link);
	if (fair_has_hrtick(rq))
		fair_start_hrtick(rq, task);
}

static not_inline struct task *pick_any_way(struct rq *rq)
{
	struct fair_rq *queue = &rq->fair;
	struct fair_entity *se = NULL;
	bool throttled = false;

	while (queue) {
		if (!queue->nr_queued)
			return NULL;
		if (fair_queued_curr(queue))
			fair_update_curr(queue);
		if (unlikely(queue->limited) && fair_bandwidth_check(queue)) {
			if (!sched_feature(rq->sched, FEATURE_THROTTLE_TASKS)) {
				if (!rq->fair.eevdf && !rq->core)
					begin_slices_anew(rq);
				queue = &rq->fair;
				continue;
			}
			throttled = true;
		}
		se = fair_ask(rq, pick, queue);
		ensure(se);
		if (decisions_wanted(rq->sched))
			fair_explain_level(queue, se);
		queue = se->owned;
		if (unlikely(se->sched_delayed)) {
			if (rq->sched->has_tolls)
				fair_toll_for_delayed(&rq->fair);
			fair_finish_delayed(rq, se);
			queue = &rq->fair;
			throttled = false;
		}
	}
	if (unlikely(throttled))
		mark_throttled(fair_task_of(se));
	if (!rq->fair.eevdf && !rq->core)
		note_picked(rq, fair_task_of(se));
	return fair_task_of(se);
}

/* A group that comes up is left to the general way, which comes upon it again. */
struct task *fair_pick(struct rq *rq)
{
	struct fair_rq *queue = &rq->fair;
	struct fair_entity *se;

	if (unlikely(!queue->newest))
		return pick_any_way(rq);
	while (queue->nr_queued) {
		if (fair_queued_curr(queue))
			fair_update_curr_by(queue, PLAIN_WAY);
		se = eevdf_pick_plain(queue);
		ensure(se);
		if (unlikely(se->owned))
			return pick_any_way(rq);
		if (likely(!se->sched_delayed))
			return fair_task_of(se);
		fair_finish_delayed(rq, se);
	}
	return NULL;
}

/* A task that is put back waits from now on; one that comes to run has waited until now. */
static always_inline void stat_put_prev(struct fair_rq *queue, struct fair_entity *se,
					enum fair_way way)
{
	if (way == ANY_WAY && schedstat_wanted(queue->rq->sched) && fair_is_task(se))
		schedstat_wait_start(queue->rq, fair_task_of(se));
}

static always_inline void stat_set_next(struct fair_rq *queue, struct fair_entity *se,
					enum fair_way way)
{
	if (way == PLAIN_WAY || !schedstat_wanted(queue->rq->sched) || !fair_is_task(se))
		return;
	if (se->on_rq)
		schedstat_wait_end(queue->rq, fair_task_of(se));
	schedstat_slice(queue->rq, fair_task_of(se));
}

static not_inline void put_back(struct fair_rq *queue, struct fair_entity *se)
{
	if (unlikely(queue->rq->sched->has_tolls) && queue->eevdf)
		fair_toll_for_put(queue, se);
	fair_ask(queue->rq, insert, queue, se);
}

static always_inline void put_prev_entity(struct fair_rq *queue, struct fair_entity *se,
					  enum fair_way way)
{
	if (se->on_rq) {
		fair_update_curr_by(queue, way);
		/* It may be throttled here: then the entities above are no longer queued. */
		if (fair_has_quota(queue, way))
			(void)fair_bandwidth_check(queue);
		stat_put_prev(queue, se, way);
		if (way == PLAIN_WAY)
			eevdf_insert(queue, se);
		else
			put_back(queue, se);
		fair_load_toll(queue, se, way);
		fair_load_update_by(queue, se, way);
	} else if (fair_has_quota(queue, way)) {
		(void)fair_bandwidth_check(queue);
	}
	queue->curr = NULL;
}

void fair_put_prev_entity(struct fair_rq *queue, struct fair_entity *se)
{
	put_prev_entity(queue, se, ANY_WAY);
}

/* What prev and next have in common stays current. */
static not_inline void put_prev_any_way(struct task *prev, struct task *next)
{
	struct fair_entity *se = &prev->fair, *last = NULL;

	if (next && next->class_id == CLASS_FAIR) {
		struct fair_entity *other = &next->fair;

		last = se;
		fair_find_siblings(&last, &other);
	}
	for (; se; se = se->parent) {
		fair_put_prev_entity(se->queue, se);
		if (se == last)
			break;
	}
}

void fair_put_prev(struct rq *rq, struct task *prev, struct task *next)
{
	if (likely(fair_is_plain(rq, prev)))
		put_prev_entity(&rq->fair, &prev->fair, PLAIN_WAY);
	else
		put_prev_any_way(prev, next);
}

static always_inline void set_next_entity(struct fair_rq *queue, struct fair_entity *se, bool first,
					  enum fair_way way)
{
	fair_clear_buddies(queue, se);
	stat_set_next(queue, se, way);
	if (se->on_rq) {
		if (way == ANY_WAY && unlikely(queue->rq->sched->has_tolls) && queue->eevdf)
			fair_toll_for_going(queue, se);
		if (way == PLAIN_WAY)
			eevdf_erase(queue, se);
		else
			fair_ask(queue->rq, erase, queue, se);
		fair_load_toll(queue, se, way);
		fair_load_update_waited(queue, se, way);
		if (way == PLAIN_WAY)
			eevdf_begin_plain(queue, se, first);
		else if (likely(queue->eevdf))
			eevdf_begin(queue, se, first);
	}
	se->exec_start = fair_rq_rq(queue, way)->clock_task;
	queue->curr = se;
	se->prev_sum_exec_runtime = se->sum_exec_runtime;
}

void fair_set_next_entity(struct fair_rq *queue, struct fair_entity *se, bool first)
{
	set_next_entity(queue, se, first, ANY_WAY);
}

static not_inline void set_next_any_way(struct rq *rq, struct task *next, bool first)
{
	for (struct fair_entity *se = &next->fair; se && se->queue->curr != se; se = se->parent) {
		fair_set_next_entity(se->queue, se, first);
		if (unlikely(se->queue->limited))
			fair_bandwidth_charge(se->queue, 0);
	}
	if (fair_has_hrtick(rq) && first && rq->fair.eevdf)
		fair_start_hrtick(rq, next);
}

void fair_set_next(struct rq *rq, struct task *next, bool first)
{
	if (list_linked(&next->rq_link))
		list_move_head(&rq->fair_tasks, &next->rq_link);
	if (unlikely(!fair_is_plain(rq, next)))
		set_next_any_way(rq, next, first);
	else if (likely(rq->fair.curr != &next->fair))
		set_next_entity(&rq->fair, &next->fair, first, PLAIN_WAY);
}
