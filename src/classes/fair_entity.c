/* SPDX-License-Identifier: MIT */
/*
 * What CFS and EEVDF share: charging, counting, buddies, becoming and ceasing to be current.
 */
#include "classes/fair_entity.h"

#include "classes/fair_eevdf.h"
#include "classes/fair_throttle.h"
#include "classes/fair_toll.h"
#include "classes/server.h"

/* ---- Charging ---- */

/* Who else hears that curr ran, and what comes of it. */
static not_inline void tell_of_charge(struct fair_rq *queue, struct fair_entity *curr, u64 delta)
{
	struct rq *rq = queue->rq;

	if (fair_is_task(curr)) {
		sched_account_runtime(rq, fair_task_of(curr), delta);
		if (unlikely(rq->sched->has_tolls) && queue->eevdf)
			fair_toll_for_weighing(queue, curr);
		if (rq->fair_server_active)
			server_charge(rq, &rq->fair_server, delta);
	}
	fair_ask(rq, charged, queue, curr);
	if (unlikely(queue->limited))
		fair_bandwidth_charge(queue, delta);
}

/* Usually the server has enough left, and nothing comes of it; then there is no more to do. */
void fair_charge(struct fair_rq *queue, struct fair_entity *curr, u64 delta)
{
	struct rq *rq = queue->rq;
	struct dl_entity *server = &rq->fair_server;

	curr->exec_start = rq->clock_task;
	curr->sum_exec_runtime += delta;
	curr->vruntime += weight_virtual(delta, curr);
	if (likely(queue->newest && eevdf_goes_on(queue, curr) && !curr->owned &&
		   !stream_wants(rq->sched->stream, RECORD_RUNTIME))) {
		if (!rq->fair_server_active)
			return;
		if (likely(server_can_pay(server, delta))) {
			server->runtime -= (s64)delta;
			return;
		}
	}
	tell_of_charge(queue, curr, delta);
}

/* ---- Buddies ---- */

void fair_set_next_buddy(struct fair_entity *se)
{
	for (; se && se->on_rq && !fair_is_idle(se); se = se->parent)
		se->queue->next = se;
}

/* As far up as the chain is still the one that was set. */
static not_inline void clear_chain(struct fair_entity *se, size_t buddy)
{
	for (; se; se = se->parent) {
		struct fair_entity **at = (struct fair_entity **)((char *)se->queue + buddy);

		if (*at != se)
			break;
		*at = NULL;
	}
}

void fair_clear_next_buddy(struct fair_entity *se)
{
	clear_chain(se, offsetof(struct fair_rq, next));
}

void fair_clear_cfs_buddies(struct fair_rq *queue, struct fair_entity *se)
{
	if (unlikely(queue->last == se))
		clear_chain(se, offsetof(struct fair_rq, last));
	if (unlikely(queue->skip == se))
		clear_chain(se, offsetof(struct fair_rq, skip));
}

bool fair_task_is_buddy(const struct task *task)
{
	const struct fair_entity *se = &task->fair;

	return se->queue->next == se || se->queue->last == se;
}

/* ---- Being current ---- */

/* ---- The first and the last of a group ---- */

void fair_group_first(struct fair_rq *queue)
{
	struct group_cpu *gc = group_cpu_of(queue);

	if (queue->limited)
		fair_bandwidth_first(queue);
	if (queue->features & FEATURE_THROTTLE_TASKS)
		fair_group_start_clock(gc);
	else
		fair_throttled_time_begins(gc);
	fair_group_link(queue);
}

void fair_group_left_slow(struct fair_rq *queue, struct fair_entity *se)
{
	bool was_last = fair_is_group(queue) && !queue->nr_queued;

	if (was_last && queue->limited)
		fair_bandwidth_last(queue);
	fair_group_update(se);
	if (was_last && fair_throttled_hierarchy(queue) && queue->features & FEATURE_THROTTLE_TASKS)
		fair_group_stop_clock(group_cpu_of(queue));
}

/* ---- Levels ---- */

void fair_find_siblings(struct fair_entity **a, struct fair_entity **b)
{
	while ((*a)->depth > (*b)->depth)
		*a = (*a)->parent;
	while ((*b)->depth > (*a)->depth)
		*b = (*b)->parent;
	while ((*a)->queue != (*b)->queue) {
		*a = (*a)->parent;
		*b = (*b)->parent;
	}
}
