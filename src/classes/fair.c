/* SPDX-License-Identifier: MIT */
/*
 * The fair class: tasks in and out of the tree, level by level.
 *
 * An entity's parent stands for its queue one level up; without groups there is one level. What
 * happens on a level is said by the rules (CFS or EEVDF); here are the ways up and down, and the
 * counts. Kernel: kernel/sched/fair.c. Reference: fair.md 2.5, 3.7-3.15.
 */
#include "classes/fair_entity.h"

#include "base/ensure.h"
#include "classes/classes.h"
#include "sched/decide.h"

/* ---- Counts of the hierarchy ---- */

/* What a coming or going task means to each queue above it. */
struct tally {
	u32 queued, runnable, idle;
};

static struct tally tally_of(const struct task *task)
{
	return (struct tally){
		.queued = 1,
		.runnable = !task->fair.sched_delayed,
		.idle = task_is_idle_policy(task),
	};
}

static void tally_add(struct fair_rq *queue, struct tally t)
{
	queue->h_nr_queued += t.queued;
	queue->h_nr_runnable += t.runnable;
	queue->h_nr_idle += t.idle;
}

static void tally_sub(struct fair_rq *queue, struct tally t)
{
	queue->h_nr_queued -= t.queued;
	queue->h_nr_runnable -= t.runnable;
	queue->h_nr_idle -= t.idle;
}

static void update_runnable_bit(struct rq *rq)
{
	u8 bit = 1 << CLASS_FAIR;

	if (rq->fair.h_nr_queued)
		rq->classes_runnable |= bit;
	else
		rq->classes_runnable &= (u8)~bit;
}

/* ---- Enqueue, dequeue ---- */

static void fair_enqueue(struct rq *rq, struct task *task, u32 flags)
{
	struct fair_entity *se = &task->fair;
	struct tally tally = tally_of(task);

	if (!se->sched_delayed || flags & ENQUEUE_DELAYED)
		fair_util_est_enqueue(&rq->fair, task);
	if (flags & ENQUEUE_DELAYED) {
		fair_ask(rq, requeue, se->queue, se);
		return;
	}
	for (; se; se = se->parent) {
		if (se->on_rq) {
			if (se->sched_delayed)
				fair_ask(rq, requeue, se->queue, se);
			break;
		}
		fair_ask(rq, enqueue, se->queue, se, flags);
		tally_add(se->queue, tally);
		flags = ENQUEUE_WAKEUP;
	}
	for (; se; se = se->parent) {
		fair_load_update(se->queue, se);
		tally_add(se->queue, tally);
	}
	rq_add_running(rq, 1);
	update_runnable_bit(rq);
	if (unlikely(tally.idle))
		rq->sched->rd.sched_idle_seen = true;
}

/* After the first queue that still has somebody: only counts and averages change above it. */
static void dequeue_above(struct fair_entity *se, struct tally tally)
{
	for (; se; se = se->parent) {
		fair_load_update(se->queue, se);
		tally_sub(se->queue, tally);
	}
}

/*
 * dequeue_entities(): the entity leaves, and groups that become empty leave with it. False: the
 * entity itself stays, delayed.
 */
static bool dequeue_levels(struct rq *rq, struct fair_entity *entity, u32 flags)
{
	bool was_sched_idle = rq_is_sched_idle(rq), sleeps = flags & DEQUEUE_SLEEP;
	bool finishes = flags & DEQUEUE_DELAYED; /* a delayed dequeue */
	struct tally tally = { 0 };
	struct fair_entity *se = entity;

	if (fair_is_task(entity)) {
		tally = tally_of(fair_task_of(entity));
		/* Its delayed state ends with this. */
		tally.runnable |= finishes;
	}
	for (; se; se = se->parent) {
		struct fair_rq *queue = se->queue;

		if (!fair_ask(rq, dequeue, queue, se, flags)) {
			if (se == entity && fair_is_task(se))
				return false;
			break;
		}
		tally_sub(queue, tally);
		if (queue->load_weight) {
			se = se->parent;
			/* The rest of the group shall go on: its cache is warm. */
			if (sleeps && se)
				fair_set_next_buddy(se);
			break;
		}
		flags |= DEQUEUE_SLEEP;
		flags &= ~(u32)(DEQUEUE_DELAYED | DEQUEUE_SPECIAL);
	}
	dequeue_above(se, tally);
	rq_sub_running(rq, tally.queued);
	update_runnable_bit(rq);
	/* Only SCHED_IDLE tasks are left: look for better ones at once. */
	if (unlikely(!was_sched_idle && rq_is_sched_idle(rq)))
		rq->next_balance = machine_jiffies(rq->sched->machine);
	if (fair_is_task(entity) && finishes)
		fair_task_of(entity)->on_rq = ON_RQ_NO;
	return true;
}

static bool fair_dequeue(struct rq *rq, struct task *task, u32 flags)
{
	if (!task->fair.sched_delayed)
		fair_util_est_dequeue(&rq->fair, task);
	if (flags & DEQUEUE_SLEEP)
		fair_util_est_learn(rq->sched, task);
	return dequeue_levels(rq, &task->fair, flags);
}

void fair_finish_delayed(struct rq *rq, struct fair_entity *se)
{
	if (decisions_wanted(rq->sched) && fair_is_task(se))
		decide_delay(rq, fair_task_of(se), RULE_DELAY_DONE);
	dequeue_levels(rq, se, DEQUEUE_SLEEP | DEQUEUE_DELAYED);
}

/* ---- Who runs ---- */

static bool fair_balance(struct rq *rq, struct task *prev unused_arg)
{
	return rq->nr_running || fair_newidle_balance(rq) != 0;
}

static struct task *fair_pick(struct rq *rq)
{
	struct fair_rq *queue = &rq->fair;
	struct fair_entity *se = NULL;

	while (queue) {
		if (!queue->nr_queued)
			return NULL;
		if (fair_queued_curr(queue))
			fair_update_curr(queue);
		se = fair_ask(rq, pick, queue);
		ensure(se);
		queue = se->owned;
		if (unlikely(se->sched_delayed)) {
			fair_finish_delayed(rq, se);
			queue = &rq->fair;
		}
	}
	return fair_task_of(se);
}

/* What prev and next have in common stays current. */
static void fair_put_prev(struct rq *rq unused_arg, struct task *prev, struct task *next)
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

static void fair_set_next(struct rq *rq, struct task *next, bool first)
{
	if (list_linked(&next->rq_link))
		list_move_head(&rq->fair_tasks, &next->rq_link);
	for (struct fair_entity *se = &next->fair; se && se->queue->curr != se; se = se->parent)
		fair_set_next_entity(se->queue, se, first);
}

static void fair_wakeup_preempt(struct rq *rq, struct task *woken, u32 wake_flags)
{
	fair_ask(rq, wakeup_preempt, rq, woken, wake_flags);
}

static void fair_yield(struct rq *rq)
{
	if (rq->nr_running > 1)
		fair_rules_of(rq)->yield(rq, rq->curr);
}

static void fair_tick(struct rq *rq, struct task *curr)
{
	for (struct fair_entity *se = &curr->fair; se; se = se->parent) {
		fair_update_curr(se->queue);
		fair_load_update(se->queue, se);
		fair_tell(rq, tick, se->queue, se);
	}
}

static void fair_class_update_curr(struct rq *rq)
{
	fair_update_curr(rq->curr->fair.queue);
}

/* ---- A task's life ---- */

static void fair_fork(struct task *child)
{
	struct fair_rq *queue = child->fair.queue;

	rq_update_clock(queue->rq);
	if (fair_rules_of(queue->rq)->fork)
		fair_rules_of(queue->rq)->fork(queue, &child->fair);
}

static void fair_new_task(struct rq *rq unused_arg, struct task *task)
{
	fair_load_begin(task->fair.queue, &task->fair);
}

static void fair_dead(struct rq *rq unused_arg, struct task *task)
{
	fair_load_remove(task->fair.queue, &task->fair);
}

/* The cpu it left is idle and its clock stands: age the sleeper up to now. */
static void age_idle_time(struct fair_rq *queue, struct task *task)
{
	struct rq *rq = queue->rq;

	if (rq->curr == rq->idle)
		fair_age_blocked(&task->fair, rq->sched->machine->now + RQ_CLOCK_BASE -
						      rq->lost_idle_time);
}

static void fair_migrate(struct task *task, u32 cpu)
{
	struct fair_entity *se = &task->fair;
	struct fair_rq *queue = se->queue;
	const struct fair_rules *rules = fair_rules_of(queue->rq);

	if (task->state == TASK_WAKING && rules->migrate)
		rules->migrate(queue, se);
	if (task->on_rq != ON_RQ_MIGRATING && se->avg.attached) {
		fair_load_remove(queue, se);
		age_idle_time(queue, task);
	}
	se->avg.last_update = 0;
	se->queue = &queue->rq->sched->rqs[cpu].fair;
}

/* ---- Changes ---- */

/* Its vruntime is absolute: it sleeps on this queue after having run here. */
static bool sleeps_here(const struct task *task)
{
	return task->on_rq == ON_RQ_NO && task->fair.sum_exec_runtime && task->state != TASK_WAKING;
}

static void fair_switched_from(struct rq *rq, struct task *task)
{
	struct fair_entity *se = &task->fair;

	if (sleeps_here(task) && fair_rules_of(rq)->detach)
		fair_rules_of(rq)->detach(se->queue, se);
	fair_load_detach(se->queue, se);
}

static void fair_switched_to(struct rq *rq, struct task *task)
{
	struct fair_entity *se = &task->fair;

	if (!sched_feature(rq->sched, FEATURE_ATTACH_AGE_LOAD))
		se->avg.last_update = 0;
	fair_load_attach(se->queue, se);
	if (sleeps_here(task) && fair_rules_of(rq)->attach)
		fair_rules_of(rq)->attach(se->queue, se);
	if (task->on_rq != ON_RQ_QUEUED)
		return;
	if (rq->curr == task)
		sched_resched_curr(rq);
	else
		sched_wakeup_preempt(rq, task, 0);
}

static void fair_prio_changed(struct rq *rq, struct task *task, s32 old_prio)
{
	if (task->on_rq != ON_RQ_QUEUED || rq->fair.nr_queued == 1)
		return;
	if (rq->curr != task)
		sched_wakeup_preempt(rq, task, 0);
	else if (task->prio > old_prio)
		sched_resched_curr(rq);
}

static void fair_reweight(struct task *task)
{
	struct fair_rq *queue = task->fair.queue;
	struct weight weight = weight_of(task->static_prio - PRIO_DEFAULT, task_is_idle_policy(task));

	fair_rules_of(queue->rq)->reweight(queue, &task->fair, weight);
}

bool fair_task_eligible(struct task *task)
{
	struct fair_rq *queue = task->fair.queue;
	const struct fair_rules *rules = fair_rules_of(queue->rq);

	return !rules->eligible || rules->eligible(queue, &task->fair);
}

const struct sched_class fair_class = {
	.name = "fair",
	.enqueue = fair_enqueue,
	.dequeue = fair_dequeue,
	.yield = fair_yield,
	.wakeup_preempt = fair_wakeup_preempt,
	.balance = fair_balance,
	.pick = fair_pick,
	.explain_pick = fair_explain_pick,
	.put_prev = fair_put_prev,
	.set_next = fair_set_next,
	.select_cpu = fair_select_cpu,
	.migrate = fair_migrate,
	.tick = fair_tick,
	.fork = fair_fork,
	.new_task = fair_new_task,
	.dead = fair_dead,
	.switched_from = fair_switched_from,
	.switched_to = fair_switched_to,
	.prio_changed = fair_prio_changed,
	.reweight = fair_reweight,
	.update_curr = fair_class_update_curr,
};
