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
#include "classes/fair_eevdf.h"
#include "classes/fair_throttle.h"
#include "classes/fair_toll.h"
#include "classes/server.h"
#include "sched/cookie.h"
#include "sched/decide.h"
#include "sched/hrtick.h"

/* ---- Counts of the hierarchy ---- */

static always_inline struct tally tally_of(const struct task *task)
{
	return (struct tally){
		.queued = 1,
		.runnable = !task->fair.sched_delayed,
		.idle = task_is_idle_policy(task),
	};
}

void fair_update_runnable_bit(struct rq *rq)
{
	u8 bit = 1 << CLASS_FAIR;

	if (rq->fair.h_nr_queued)
		rq->classes_runnable |= bit;
	else
		rq->classes_runnable &= (u8)~bit;
}

/* ---- The high-resolution tick ---- */

not_inline void fair_start_hrtick(struct rq *rq, struct task *task)
{
	struct fair_entity *se = &task->fair;
	s64 left;

	if (rq->fair.h_nr_queued <= 1)
		return;
	left = (s64)(rq->fair.eevdf ? se->slice : cfs_slice(se->queue, se)) -
	       (s64)(se->sum_exec_runtime - se->prev_sum_exec_runtime);
	if (left >= 0) {
		sched_hrtick_start(rq, (u64)left);
	} else if (rq->curr == task) {
		decide_resched_rule(rq, RULE_RESCHED_SLICE);
		sched_resched_curr(rq);
	}
}

/* hrtick_update(): who runs now has more company, or less. CFS asks only while slices are long. */
static not_inline void update_hrtick(struct rq *rq)
{
	struct task *curr = rq->curr;

	if (curr->class_id == CLASS_FAIR &&
	    (rq->fair.eevdf || curr->fair.queue->nr_queued < rq->sched->kernel->knobs.nr_latency))
		fair_start_hrtick(rq, curr);
}

static void fair_hrtick(struct rq *rq, struct task *curr)
{
	for (struct fair_entity *se = &curr->fair; se; se = se->parent) {
		fair_update_curr(se->queue);
		fair_load_update_shared(se->queue, se);
		fair_group_update(se);
	}
	decide_resched_rule(rq, RULE_RESCHED_SLICE);
	sched_resched_curr_lazy(rq);
}

/* ---- Enqueue, dequeue ---- */

/* The first fair task of this cpu: from now on it must not starve. */
static void start_server(struct rq *rq)
{
	if (!rq->nr_running)
		server_charge_idle(rq, &rq->fair_server, rq->curr);
	server_start(rq, &rq->fair_server);
}

static void add_running(struct rq *rq, bool had_none)
{
	if (had_none && rq->fair_server.dl_runtime)
		start_server(rq);
	rq_add_running(rq, 1);
	fair_update_runnable_bit(rq);
}

void fair_add_group(struct rq *rq, u32 nr, bool had_none)
{
	if (had_none && rq->fair_server.dl_runtime)
		server_start(rq, &rq->fair_server);
	rq_add_running(rq, nr);
	fair_update_runnable_bit(rq);
}

/* A group is as impatient as who is the most so in it (GROUP_SLICE); 0: nobody is known. */
static void set_group_slice(struct rq *rq, struct fair_entity *se, u32 slice)
{
	if (slice && sched_feature(rq->sched, FEATURE_GROUP_SLICE))
		eevdf_set_slice(se->queue, se, slice);
}

/*
 * Levels that already had somebody, or still have: averages, shares, slice and counts follow.
 * False: the queue is throttled, and what is above it knows nothing of its tasks.
 */
static not_inline bool change_above(struct rq *rq, struct fair_entity *se, struct tally *tally,
				    u32 slice, bool more, bool throttles)
{
	for (; se; se = se->parent) {
		fair_queue_toll(se->queue, se, ANY_WAY);
		fair_load_update_shared(se->queue, se);
		fair_group_update(se);
		if (unlikely(se->owned))
			set_group_slice(rq, se, slice);
		if (more)
			tally_add(se->queue, *tally);
		else
			tally_sub(se->queue, *tally);
		if (likely(!se->parent))
			break;
		if (unlikely(throttles))
			fair_throttled_time_begins(group_cpu_of(se->queue));
		slice = eevdf_min_slice(se->queue);
		tally_up(tally, se->queue);
		if (fair_hides_tasks(se->queue))
			return false;
	}
	return true;
}

static always_inline void enqueue_levels(struct rq *rq, struct task *task, u32 flags,
					 enum fair_way way)
{
	struct fair_entity *se = &task->fair;
	struct tally tally = tally_of(task);
	u32 slice = 0;
	bool had_none = !rq->fair.h_nr_queued;

	if (way == ANY_WAY && unlikely(task->throttled) && fair_limbo_enqueue(rq, task))
		return;
	if (!se->sched_delayed || flags & ENQUEUE_DELAYED)
		fair_util_est_enqueue(&rq->fair, task);
	if (flags & ENQUEUE_DELAYED) {
		eevdf_requeue(se->queue, se);
		return;
	}
	for (; se; se = fair_parent(se, way)) {
		struct fair_rq *queue = way == PLAIN_WAY ? &rq->fair : se->queue;

		if (way == ANY_WAY && se->on_rq) {
			if (se->sched_delayed)
				eevdf_requeue(queue, se);
			break;
		}
		if (unlikely(slice))
			set_group_slice(rq, se, slice);
		fair_queue_toll(queue, se, way);
		fair_ask_by(way, rq, enqueue, queue, se, flags);
		tally_add(queue, tally);
		flags = ENQUEUE_WAKEUP;
		if (likely(!fair_parent(se, way)))
			continue;
		slice = eevdf_min_slice(queue);
		tally_up(&tally, queue);
		if (fair_hides_tasks(queue))
			return;
	}
	if (unlikely(se) && !change_above(rq, se, &tally, slice, true, false))
		return;
	add_running(rq, had_none);
	if (unlikely(tally.idle))
		rq->sched->rd.sched_idle_seen = true;
}

static not_inline void enqueue_any_way(struct rq *rq, struct task *task, u32 flags)
{
	enqueue_levels(rq, task, flags, ANY_WAY);
	core_note_enqueue(rq, task);
	if (fair_has_hrtick(rq))
		update_hrtick(rq);
}

void fair_enqueue(struct rq *rq, struct task *task, u32 flags)
{
	/* (A throttled task may have left its group a moment ago.) */
	if (likely(fair_is_plain(rq, task) && !task->throttled))
		enqueue_levels(rq, task, flags, PLAIN_WAY);
	else
		enqueue_any_way(rq, task, flags);
}

/*
 * The entity leaves, and groups that become empty leave with it, up to the first that stays: *at.
 * *slice is the least in the queue below that. False: the rest knows nothing of it, since what it
 * left is throttled.
 */
static always_inline bool dequeue_emptied(struct rq *rq, struct fair_entity **at,
					  struct tally *tally, u32 flags, u32 *slice,
					  enum fair_way way)
{
	bool sleeps = flags & DEQUEUE_SLEEP;
	struct fair_entity *se = *at;

	for (; se; se = fair_parent(se, way)) {
		struct fair_rq *queue = way == PLAIN_WAY ? &rq->fair : se->queue;

		fair_queue_toll(queue, se, way);
		if (!fair_ask_by(way, rq, dequeue, queue, se, flags)) {
			if (fair_stands_for_group(se, way))
				*slice = eevdf_min_slice(queue);
			break;
		}
		tally_sub(queue, *tally);
		if (likely(!fair_parent(se, way))) {
			se = NULL;
			break;
		}
		if (flags & DEQUEUE_THROTTLE)
			fair_throttled_time_begins(group_cpu_of(queue));
		tally_up(tally, queue);
		if (fair_hides_tasks(queue))
			return false;
		if (queue->load_weight) {
			se = se->parent;
			*slice = eevdf_min_slice(queue);
			/* The rest of the group shall go on: its cache is warm. */
			if (sleeps && !fair_parts_with(queue))
				fair_set_next_buddy(se);
			break;
		}
		flags |= DEQUEUE_SLEEP;
		flags &= ~(u32)(DEQUEUE_DELAYED | DEQUEUE_SPECIAL);
	}
	*at = se;
	return true;
}

/*
 * dequeue_entities(): the entity leaves, and groups that become empty leave with it. False: the
 * entity itself stays, delayed.
 */
static always_inline bool dequeue_levels(struct rq *rq, struct fair_entity *entity, u32 flags,
					 enum fair_way way)
{
	bool was_sched_idle = rq_is_sched_idle(rq);
	bool finishes = flags & DEQUEUE_DELAYED; /* a delayed dequeue */
	struct tally tally = {0};
	struct fair_entity *se = entity;
	u32 slice = 0;

	if (!fair_stands_for_group(entity, way)) {
		tally = tally_of(fair_task_of(entity));
		/* Its delayed state ends with this. */
		tally.runnable |= finishes;
	}
	if (dequeue_emptied(rq, &se, &tally, flags, &slice, way)) {
		if (se == entity && !fair_stands_for_group(se, way))
			return false;
		if (!se || change_above(rq, se, &tally, slice, false, flags & DEQUEUE_THROTTLE)) {
			rq_sub_running(rq, tally.queued);
			fair_update_runnable_bit(rq);
		}
	}
	/* Only SCHED_IDLE tasks are left: look for better ones at once. */
	if (unlikely(!was_sched_idle && rq_is_sched_idle(rq)))
		rq->next_balance = machine_jiffies(rq->sched->machine);
	if (finishes && !fair_stands_for_group(entity, way))
		fair_task_of(entity)->on_rq = ON_RQ_NO;
	return true;
}

static always_inline bool dequeue_task(struct rq *rq, struct task *task, u32 flags,
				       enum fair_way way)
{
	bool learns_later = fair_has(&rq->fair, FEATURE_UTIL_EST_AFTER_DEQUEUE, way);
	bool left;

	if (!task->fair.sched_delayed)
		fair_util_est_dequeue(&rq->fair, task);
	if (flags & DEQUEUE_SLEEP && !learns_later)
		fair_util_est_learn(rq->sched, task);
	left = dequeue_levels(rq, &task->fair, flags, way);
	if (unlikely(learns_later) && flags & DEQUEUE_SLEEP)
		fair_util_est_learn(rq->sched, task);
	return left;
}

static not_inline bool dequeue_any_way(struct rq *rq, struct task *task, u32 flags)
{
	bool left;

	core_note_dequeue(rq, task, flags);
	if (unlikely(task->throttled)) {
		fair_limbo_dequeue(task, flags);
		return true;
	}
	left = dequeue_task(rq, task, flags, ANY_WAY);
	if (fair_has_hrtick(rq))
		update_hrtick(rq);
	return left;
}

bool fair_dequeue(struct rq *rq, struct task *task, u32 flags)
{
	if (likely(fair_is_plain(rq, task)))
		return dequeue_task(rq, task, flags, PLAIN_WAY);
	return dequeue_any_way(rq, task, flags);
}

void fair_finish_delayed(struct rq *rq, struct fair_entity *se)
{
	if (decisions_wanted(rq->sched) && fair_is_task(se))
		decide_delay(rq, fair_task_of(se), RULE_DELAY_DONE);
	dequeue_levels(rq, se, DEQUEUE_SLEEP | DEQUEUE_DELAYED, ANY_WAY);
}

/* ---- Preemption, ticks ---- */

/* It was queued, but cannot run before its group is unthrottled. */
static bool waits_in_throttled(const struct task *woken)
{
	struct fair_rq *queue = woken->fair.queue;

	if (sched_feature(queue->rq->sched, FEATURE_THROTTLE_TASKS))
		return woken->throttled;
	return fair_throttled_hierarchy(queue);
}

void fair_wakeup_preempt(struct rq *rq, struct task *woken, u32 wake_flags)
{
	if (unlikely(woken->group) && waits_in_throttled(woken))
		return;
	fair_ask(rq, wakeup_preempt, rq, woken, wake_flags);
}

static void fair_yield(struct rq *rq)
{
	if (rq->nr_running > 1)
		fair_rules_of(rq)->yield(rq, rq->curr);
}

static not_inline void tick_any_way(const struct rq *rq, struct fair_entity *se)
{
	for (; se; se = se->parent) {
		fair_update_curr(se->queue);
		fair_load_toll(se->queue, se, ANY_WAY);
		fair_load_update_shared(se->queue, se);
		fair_group_update(se);
		if (unlikely(!rq->fair.eevdf))
			cfs_tick(se->queue, se);
	}
}

void fair_tick(struct rq *rq, struct task *curr)
{
	if (unlikely(!fair_is_plain(rq, curr))) {
		tick_any_way(rq, &curr->fair);
		if (unlikely(rq->core))
			fair_core_tick(rq, curr);
		return;
	}
	fair_update_curr_by(&rq->fair, PLAIN_WAY);
	fair_load_update_by(&rq->fair, &curr->fair, PLAIN_WAY);
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
	if (unlikely(task->group))
		fair_group_propagate_up(&task->fair);
}

static void fair_dead(struct rq *rq unused_arg, struct task *task)
{
	fair_load_remove(task->fair.queue, &task->fair);
}

/* The cpu it left is idle and its clock stands: age the sleeper up to now. */
static void age_idle_time(struct fair_rq *queue, struct task *task)
{
	struct rq *rq = queue->rq;

	if (rq->curr == rq->idle && !(fair_is_group(queue) && group_cpu_of(queue)->pelt_stands))
		fair_age_blocked(&task->fair, rq->sched->machine->now + RQ_CLOCK_BASE -
						      rq->lost_idle_time - fair_pelt_stood(queue));
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
	task_set_queue(queue->rq->sched, task, cpu);
}

/* ---- Changes ---- */

static void fair_switched_from(struct rq *rq, struct task *task)
{
	struct fair_entity *se = &task->fair;

	if (fair_sleeps_here(task) && fair_rules_of(rq)->detach)
		fair_rules_of(rq)->detach(se->queue, se);
	fair_load_detach(se->queue, se);
	if (unlikely(task->group))
		fair_group_propagate_up(se);
}

static void fair_switched_to(struct rq *rq, struct task *task)
{
	struct fair_entity *se = &task->fair;

	if (!sched_feature(rq->sched, FEATURE_ATTACH_AGE_LOAD))
		se->avg.last_update = 0;
	fair_load_attach(se->queue, se);
	if (unlikely(task->group))
		fair_group_propagate_up(se);
	if (fair_sleeps_here(task) && fair_rules_of(rq)->attach)
		fair_rules_of(rq)->attach(se->queue, se);
	if (task->on_rq != ON_RQ_QUEUED)
		return;
	if (rq->curr == task) {
		decide_resched_rule(rq, RULE_RESCHED_CHANGED);
		sched_resched_curr(rq);
	} else
		sched_wakeup_preempt(rq, task, 0);
}

static void fair_prio_changed(struct rq *rq, struct task *task, s32 old_prio)
{
	if (task->on_rq != ON_RQ_QUEUED || rq->fair.nr_queued == 1)
		return;
	if (rq->curr != task)
		sched_wakeup_preempt(rq, task, 0);
	else if (task->prio > old_prio) {
		decide_resched_rule(rq, RULE_RESCHED_CHANGED);
		sched_resched_curr(rq);
	}
}

/*
 * set_load_weight(): of a task of another class only the weight changes, not what it has with it.
 */
static void fair_reweight(struct task *task)
{
	struct fair_entity *se = &task->fair;
	struct weight weight =
		weight_of(task->static_prio - PRIO_DEFAULT, task_is_idle_policy(task));

	if (unlikely(task->class_id < CLASS_FAIR && se->weight)) {
		fair_entity_avg(se);
		se->weight = weight.weight;
		se->inv_weight = weight.inverse;
		return;
	}
	fair_rules_of(se->queue->rq)->reweight(se->queue, se, weight);
}

static void fair_owe(struct task *task, u64 ns)
{
	struct fair_rq *queue = task->fair.queue;
	const struct fair_rules *rules = fair_rules_of(queue->rq);

	task->fair.vruntime = queue->virtual_base - ns;
	task->fair.vlag = (s64)ns;
	if (rules->bound_lag)
		rules->bound_lag(queue, &task->fair);
}

bool fair_task_eligible(struct task *task)
{
	struct fair_rq *queue = task->fair.queue;
	const struct fair_rules *rules = fair_rules_of(queue->rq);

	return !rules->eligible || rules->eligible(queue, &task->fair);
}

/* get_rr_interval_fair(): 0 on a queue that is empty; less than a tick is none, too. */
static u64 fair_rr_interval(const struct rq *rq, struct task *task)
{
	struct fair_entity *se = &task->fair;

	if (!rq->fair.load_weight)
		return 0;
	return (rq->fair.eevdf ? se->slice : cfs_slice(se->queue, se)) /
	       rq->sched->machine->tick_ns;
}

const struct sched_class fair_class = {
	.name = "fair",
	.enqueue = fair_enqueue,
	.dequeue = fair_dequeue,
	.yield = fair_yield,
	.rr_interval = fair_rr_interval,
	.wakeup_preempt = fair_wakeup_preempt,
	.balance = fair_balance,
	.pick = fair_pick,
	.explain_pick = fair_explain_pick,
	.put_prev = fair_put_prev,
	.set_next = fair_set_next,
	.select_cpu = fair_select_cpu,
	.migrate = fair_migrate,
	.tick = fair_tick,
	.hrtick = fair_hrtick,
	.fork = fair_fork,
	.new_task = fair_new_task,
	.dead = fair_dead,
	.switched_from = fair_switched_from,
	.switched_to = fair_switched_to,
	.prio_changed = fair_prio_changed,
	.reweight = fair_reweight,
	.owe = fair_owe,
	.update_curr = fair_class_update_curr,
	.rq_offline = fair_rq_offline,
	.rq_online = fair_rq_online,
	.change_group = fair_change_group,
	.limit_group = fair_limit_group,
	.drop_group = fair_drop_group,
	.set_shares = fair_set_shares,
	.set_idle = fair_set_idle,
	.set_quota = fair_set_quota,
	.throttle_curr = fair_throttle_curr,
	.core_less = fair_core_less,
	.core_note = fair_core_note,
	.is_throttled = fair_task_stays_throttled,
	.unthrottle = fair_unthrottle,
};
