/* SPDX-License-Identifier: MIT */
/*
 * Throttling in its two forms.
 *
 * Up to 6.12 the group's entity is dequeued, so that nothing below it can be picked; tasks that
 * wake in it are queued inside. In 6.18 nothing is dequeued: whoever is picked out of the group is
 * marked, and leaves for the limbo of its queue when it would return to user mode, so that no task
 * is stopped while it is in the kernel. Reference: fair.md 8.4, 8.5.
 */
#include "classes/fair_throttle.h"

#include "classes/fair_entity.h"
#include "sched/decide.h"

static bool by_task(const struct rq *rq)
{
	return sched_feature(rq->sched, FEATURE_THROTTLE_TASKS);
}

/* ---- Time that counts as throttled ---- */

static void record_throttled(const struct group_cpu *gc, bool begins, u64 ns)
{
	struct sched *sched = gc->queue.rq->sched;

	stream_put(sched->stream, (struct record){
					  .when = sched->machine->now,
					  .kind = RECORD_THROTTLE,
					  .flags = sched->machine->in_irq ? RECORD_FLAG_IRQ : 0,
					  .cpu = (u16)gc->queue.rq->cpu,
					  .task = gc->group->id,
					  .arg = begins,
					  .value = ns,
				  });
}

/* cpu.stat.local: whoever is throttled, those of this queue wait. */
static void self_time_begins(struct group_cpu *gc)
{
	if (gc->throttle_count && !gc->self_throttled_since)
		gc->self_throttled_since = gc->queue.rq->clock;
}

static void self_time_ends(struct group_cpu *gc)
{
	if (gc->self_throttled_since)
		gc->self_throttled_ns += gc->queue.rq->clock - gc->self_throttled_since;
	gc->self_throttled_since = 0;
}

/* Somebody has to wait because of it, from now on. */
void fair_throttled_time_begins(struct group_cpu *gc)
{
	self_time_begins(gc);
	if (!gc->throttled || gc->throttled_since)
		return;
	gc->throttled_since = gc->queue.rq->clock;
	record_throttled(gc, true, 0);
}

static void throttled_time_ends(struct group_cpu *gc)
{
	if (!gc->throttled_since)
		return;
	record_throttled(gc, false, gc->queue.rq->clock - gc->throttled_since);
	gc->throttled_since = 0;
}

/* ---- The clock of averages ---- */

void fair_group_stop_clock(struct group_cpu *gc)
{
	fair_group_unlink(gc);
	gc->pelt_stands = true;
	gc->pelt_stands_since = rq_pelt_clock(gc->queue.rq);
}

void fair_group_start_clock(struct group_cpu *gc)
{
	if (!gc->pelt_stands)
		return;
	gc->pelt_stands = false;
	gc->pelt_stood += rq_pelt_clock(gc->queue.rq) - gc->pelt_stands_since;
}

/* ---- Down and up the groups below ---- */

/* By task, a queue's clock goes on as long as somebody is on it. */
static void throttle_down(struct task_group *group, u32 cpu)
{
	struct group_cpu *gc = &group->cpus[cpu];
	struct task_group *child;

	if (!gc->throttle_count++) {
		if (!by_task(gc->queue.rq) || !gc->queue.nr_queued)
			fair_group_stop_clock(gc);
		if (!by_task(gc->queue.rq) && gc->queue.nr_queued)
			self_time_begins(gc);
	}
	list_for_each (child, &group->children, sibling)
		throttle_down(child, cpu);
}

static void leave_limbo(struct group_cpu *gc)
{
	struct rq *rq = gc->queue.rq;
	struct task *task, *next;

	list_for_each_safe (task, next, &gc->limbo, limbo_link) {
		list_del(&task->limbo_link);
		task->throttled = false;
		fair_class.enqueue(rq, task, ENQUEUE_WAKEUP);
	}
}

/* Groups below come first. */
static void unthrottle_up(struct task_group *group, u32 cpu)
{
	struct group_cpu *gc = &group->cpus[cpu];
	struct task_group *child;

	list_for_each (child, &group->children, sibling)
		unthrottle_up(child, cpu);
	if (--gc->throttle_count)
		return;
	fair_group_start_clock(gc);
	self_time_ends(gc);
	leave_limbo(gc);
	if (!fair_group_is_decayed(gc))
		fair_group_link(&gc->queue);
}

/* ---- The group as a whole ---- */

static struct tally tally_of_group(const struct group_cpu *gc)
{
	const struct fair_rq *queue = &gc->queue;

	return (struct tally){
		.queued = queue->h_nr_queued,
		.runnable = queue->h_nr_runnable,
		.idle = queue->idle ? queue->h_nr_queued : queue->h_nr_idle,
	};
}

/* The entity leaves its queue and, where that becomes empty, the one above leaves as well. */
static void dequeue_group(struct rq *rq, struct group_cpu *gc)
{
	struct tally tally = tally_of_group(gc);
	struct fair_entity *se = &gc->se;

	for (; se; se = se->parent) {
		struct fair_rq *queue = se->queue;
		u32 flags = DEQUEUE_SLEEP | DEQUEUE_SPECIAL;

		if (!se->on_rq)
			return;
		if (se->sched_delayed)
			flags |= DEQUEUE_DELAYED;
		(void)fair_ask(rq, dequeue, queue, se, flags);
		tally_sub(queue, tally);
		tally_up(&tally, queue);
		if (queue->load_weight) {
			se = se->parent;
			break;
		}
	}
	for (; se; se = se->parent) {
		if (!se->on_rq)
			return;
		fair_load_update(se->queue, se);
		fair_group_count_runnable(se);
		tally_sub(se->queue, tally);
		tally_up(&tally, se->queue);
	}
	rq_sub_running(rq, tally.queued);
	fair_update_runnable_bit(rq);
}

/* The other way, up to the first queue that is throttled itself. */
static void enqueue_group(struct rq *rq, struct group_cpu *gc)
{
	bool had_none = !rq->fair.h_nr_queued;
	struct tally tally = tally_of_group(gc);
	struct fair_entity *se = &gc->se;

	for (; se; se = se->parent) {
		struct fair_rq *queue = se->queue;

		if (se->sched_delayed)
			(void)fair_ask(rq, dequeue, queue, se, DEQUEUE_SLEEP | DEQUEUE_DELAYED);
		else if (se->on_rq)
			break;
		fair_ask(rq, enqueue, queue, se, ENQUEUE_WAKEUP);
		tally_add(queue, tally);
		tally_up(&tally, queue);
		if (fair_queue_throttled(queue))
			return;
	}
	for (; se; se = se->parent) {
		fair_load_update_shared(se->queue, se);
		fair_group_count_runnable(se);
		tally_add(se->queue, tally);
		tally_up(&tally, se->queue);
		if (fair_queue_throttled(se->queue))
			return;
	}
	fair_add_group(rq, tally.queued, had_none);
}

void fair_throttle(struct group_cpu *gc)
{
	struct rq *rq = gc->queue.rq;
	bool counts =
		gc->queue.nr_queued || !sched_feature(rq->sched, FEATURE_THROTTLED_TIME_IF_QUEUED);

	throttle_down(gc->group, rq->cpu);
	if (by_task(rq)) {
		gc->throttled = true;
		return;
	}
	dequeue_group(rq, gc);
	gc->throttled = true;
	if (counts)
		fair_throttled_time_begins(gc);
}

void fair_unthrottle_queue(struct group_cpu *gc)
{
	struct rq *rq = gc->queue.rq;

	/* Others below it may have used up what it got, before it came to this. */
	if (by_task(rq) && gc->runtime_left <= 0)
		return;
	gc->throttled = false;
	rq_update_clock(rq);
	throttled_time_ends(gc);
	list_del(&gc->throttled_link);
	unthrottle_up(gc->group, rq->cpu);
	if (!by_task(rq) && gc->queue.load_weight)
		enqueue_group(rq, gc);
	if (rq->curr == rq->idle && rq->fair.nr_queued) {
		decide_resched_rule(rq, RULE_RESCHED_UNTHROTTLED);
		sched_resched_curr(rq);
	}
}

void fair_unthrottle(struct rq *rq)
{
	struct group_cpu *gc, *next;

	list_for_each_safe (gc, next, &rq->to_unthrottle, unthrottle_link) {
		list_del(&gc->unthrottle_link);
		if (gc->throttled)
			fair_unthrottle_queue(gc);
	}
}

/* ---- Task by task ---- */

bool fair_throttle_curr(struct rq *rq, struct task *curr)
{
	struct fair_rq *queue = curr->fair.queue;

	curr->flags &= (u16)~TASK_FLAG_THROTTLE;
	if (curr->class_id != CLASS_FAIR || curr->flags & TASK_FLAG_EXITING ||
	    !fair_throttled_hierarchy(queue))
		return false;
	rq_update_clock(rq);
	(void)fair_class.dequeue(rq, curr, DEQUEUE_SLEEP | DEQUEUE_THROTTLE);
	list_add_head(&group_cpu_of(queue)->limbo, &curr->limbo_link);
	curr->throttled = true;
	return true;
}

bool fair_limbo_enqueue(struct rq *rq, struct task *task)
{
	struct fair_rq *queue = task->fair.queue;

	if (fair_throttled_hierarchy(queue) && rq->curr != task) {
		list_add_head(&group_cpu_of(queue)->limbo, &task->limbo_link);
		return true;
	}
	task->throttled = false;
	return false;
}

void fair_limbo_dequeue(struct task *task, u32 flags)
{
	struct fair_entity *se = &task->fair;

	list_del(&task->limbo_link);
	if (flags & DEQUEUE_SLEEP) {
		task->throttled = false;
	} else if (flags & DEQUEUE_MIGRATING) {
		fair_load_detach(se->queue, se);
		fair_group_propagate_up(se);
	}
}

/* ---- For balancing ---- */

bool fair_task_stays_throttled(struct task *task, u32 cpu)
{
	struct task_group *group = task->group;

	if (likely(!group))
		return false;
	if (group->cpus[cpu].throttle_count)
		return true;
	return fair_throttled_hierarchy(task->fair.queue) &&
	       !sched_feature(task->fair.queue->rq->sched, FEATURE_LB_THROTTLED_AT_DST);
}
