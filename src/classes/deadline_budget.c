/* SPDX-License-Identifier: MIT */
/*
 * An entity's budget: the constant-bandwidth server (CBS) of each task and each server.
 *
 * A budget is given at the beginning of a period, used up by execution, and renewed when the next
 * period begins; in between the entity is throttled. A wakeup keeps budget and deadline if they fit
 * the reserved bandwidth, else it begins a new period (or, with a deadline before the period's end,
 * cuts the budget). Kernel: kernel/sched/deadline.c. Reference: core-rt-dl-ext.md 3.3, 3.4, 3.9.
 */
#include "classes/deadline.h"
#include "classes/server.h"
#include "sched/decide.h"

enum { MICROSECOND = 1000, COARSE_SHIFT = 10, RATIO_SHIFT = 20 };

/* ---- Timers ---- */

void dl_enter_timer(struct sched *sched, const struct timer *timer)
{
	const struct costs *costs = &sched->platform->costs;
	struct cpu *cpu = &sched->machine->cpus[timer->cpu];

	cpu_enter_irq(sched->machine, cpu, costs->irq_entry);
	cpu_steal_irq(sched->machine, cpu, costs->timer);
}

static u64 next_period(const struct dl_entity *dl)
{
	return dl->deadline - dl->dl_deadline + dl->dl_period;
}

/*
 * A timer that is set in the wakeup of an interrupt is served by the same one, if it is due by
 * then: that comes to it as to one that had been set before (costs.timer_next).
 */
static u64 served_next(const struct sched *sched)
{
	const struct costs *costs = &sched->platform->costs;

	return sched->machine->in_irq && costs->timer_next
		       ? sched->machine->now + costs->wakeup + costs->timer_next
		       : 0;
}

bool dl_arm(struct rq *rq, struct dl_entity *dl)
{
	struct sched *sched = rq->sched;
	u64 at = dl->armed ? dl->deadline - (u64)dl->runtime : next_period(dl);

	if ((s64)(at - rq->clock) <= -MICROSECOND)
		return false;
	if (!timer_armed(&dl->replenish)) {
		at = max_of(at, (u64)RQ_CLOCK_BASE) - RQ_CLOCK_BASE +
		     sched->platform->costs.irq_entry;
		if (unlikely(at < served_next(sched))) {
			at = served_next(sched);
			cpu_steal_irq(sched->machine, &sched->machine->cpus[sched_this_cpu(sched)],
				      sched->platform->costs.timer_next);
		}
		machine_timer_arm(sched->machine, &dl->replenish, sched_this_cpu(sched), at);
	}
	return true;
}

/* dl_task_timer(): a throttled task gets its next budget. */
static void replenish_timer(struct machine *machine unused_arg, struct timer *timer)
{
	struct dl_entity *dl = container_of(timer, struct dl_entity, replenish);
	struct task *task = dl->task;
	struct rq *rq;

	dl_enter_timer(dl->sched, timer);
	if (!task_is_dl(task) || dl_is_boosted(dl) || !dl->throttled)
		return;
	rq = task_rq(dl->sched, task);
	rq_update_clock(rq);
	if (task->on_rq != ON_RQ_QUEUED) {
		/* It blocked as its budget ended: its wakeup will queue it. */
		dl_replenish(rq, dl);
		return;
	}
	/* (One that may not leave keeps the cpu from going: it has to come to its end there.) */
	if (unlikely(!rq->online && !task->pinned))
		rq = dl_leave_offline_cpu(rq, task);
	dl_task_enqueue(rq, task, ENQUEUE_REPLENISH);
	dl_check_preempt(rq, dl);
	if (rq->need_resched && rq->cpu == sched_this_cpu(rq->sched))
		rq->entry_late = rq->sched->platform->costs.dl_timer;
	if (rb_first(&rq->dl.pushable))
		dl_push_one(rq);
}

struct dl_entity *dl_entity_new(struct sched *sched, struct task *task)
{
	u32 index;
	struct dl_entity *dl = pool_get(&sched->dl_entities, &index);

	dl->index = index;
	dl->sched = sched;
	dl->task = task;
	dl->pi = dl;
	timer_init(&dl->replenish, replenish_timer, TIMER_RANK_DEADLINE, index);
	timer_init(&dl->inactive, dl_inactive_timer, TIMER_RANK_ZERO_LAG, index);
	return dl;
}

/* ---- Periods ---- */

void dl_new_period(struct rq *rq, struct dl_entity *dl)
{
	dl->deadline = rq->clock + dl->pi->dl_deadline;
	dl->runtime = (s64)dl->pi->dl_runtime;
	if (dl->defer && !dl->defer_running)
		dl->throttled = dl->armed = true;
}

void dl_replenish(struct rq *rq, struct dl_entity *dl)
{
	const struct dl_entity *pi = dl->pi;

	ensure(pi->dl_runtime);
	/* A boosted task without a reservation; a server that could not run in the background. */
	if (!dl->dl_deadline || (dl->armed && dl_overflows(rq, dl))) {
		dl->deadline = rq->clock + pi->dl_deadline;
		dl->runtime = (s64)pi->dl_runtime;
	}
	if (dl->yielded && dl->runtime > 0)
		dl->runtime = 0;
	while (dl->runtime <= 0) {
		dl->deadline += pi->dl_period;
		dl->runtime += (s64)pi->dl_runtime;
	}
	/* So late that even the next deadline is past. */
	if (vtime_before(dl->deadline, rq->clock))
		dl_new_period(rq, dl);
	dl->yielded = dl->throttled = false;
	if (dl->defer)
		server_replenished(rq, dl);
}

/* ---- The wakeup rule ---- */

/* In units of 1024 ns, as the kernel compares them, so that products fit. */
bool dl_overflows(const struct rq *rq, const struct dl_entity *dl)
{
	u64 left = (dl->pi->dl_deadline >> COARSE_SHIFT) * (u64)(dl->runtime >> COARSE_SHIFT);
	u64 right =
		((dl->deadline - rq->clock) >> COARSE_SHIFT) * (dl->pi->dl_runtime >> COARSE_SHIFT);

	return vtime_before(right, left);
}

/* May the budget be cut to what fits until the deadline, which stays? Else there is a new period.
 */
static bool is_cut(const struct rq *rq, const struct dl_entity *dl)
{
	if (dl_is_implicit(dl) && !(dl->defer && server_is_cut(dl)))
		return false;
	return !vtime_before(dl->deadline, rq->clock) && !dl_is_boosted(dl);
}

/* update_dl_entity(): CBS, or revised CBS where the deadline is before the period's end. */
static void wake_entity(struct rq *rq, struct dl_entity *dl)
{
	if (vtime_before(dl->deadline, rq->clock) || dl_overflows(rq, dl)) {
		if (is_cut(rq, dl)) {
			dl->runtime =
				(s64)((dl->density * (dl->deadline - rq->clock)) >> RATIO_SHIFT);
			return;
		}
		dl->defer_running = false;
		dl_new_period(rq, dl);
	} else if (dl->defer && !dl->defer_running) {
		dl->armed = dl->throttled = true;
	}
}

/* A constrained task that wakes after its deadline waits for its next period. */
static void check_constrained(struct rq *rq, struct dl_entity *dl)
{
	if (!vtime_before(dl->deadline, rq->clock) || !vtime_before(rq->clock, next_period(dl)))
		return;
	if (dl_is_boosted(dl) || !dl_arm(rq, dl))
		return;
	dl->throttled = true;
	dl->runtime = min_of(dl->runtime, (s64)0);
}

/* ---- Queueing ---- */

static void refresh(struct rq *rq, struct dl_entity *dl, u32 flags)
{
	if (flags & ENQUEUE_WAKEUP) {
		dl_contending(rq, dl, flags);
		wake_entity(rq, dl);
	} else if (flags & ENQUEUE_REPLENISH) {
		dl_replenish(rq, dl);
	} else if (flags & ENQUEUE_RESTORE && !dl_is_boosted(dl) &&
		   vtime_before(dl->deadline, rq->clock) && !dl->throttled) {
		dl_new_period(rq, dl);
	}
}

/* Does the task wait for its next period? For who asks. */
static void tell_throttled(const struct rq *rq, const struct dl_entity *dl)
{
	if (!dl_is_server(dl))
		decide_throttle(rq, dl->task, RULE_THROTTLE_DEADLINE, !dl->on_queue);
}

static void enqueue(struct rq *rq, struct dl_entity *dl, u32 flags)
{
	ensure(!dl->on_queue);
	if (!dl->throttled && !dl_is_implicit(dl))
		check_constrained(rq, dl);
	if (flags & (ENQUEUE_RESTORE | ENQUEUE_MIGRATING)) {
		dl_add_this_bw(rq, dl);
		dl_add_running_bw(rq, dl);
	}
	/* Throttled: its timer will queue it. Its bandwidth counts all the same. */
	if (!dl->defer && dl->throttled && !(flags & ENQUEUE_REPLENISH)) {
		if (flags & ENQUEUE_WAKEUP)
			dl_contending(rq, dl, flags);
		return;
	}
	refresh(rq, dl, flags);
	if (dl->throttled) {
		if (dl_arm(rq, dl))
			return;
		/* It is time already. */
		machine_timer_cancel(rq->sched->machine, &dl->replenish);
		dl->armed = dl->throttled = false;
	}
	dl_queue_insert(rq, dl);
}

void dl_enqueue(struct rq *rq, struct dl_entity *dl, u32 flags)
{
	enqueue(rq, dl, flags);
	if (decisions_wanted(rq->sched))
		tell_throttled(rq, dl);
}

void dl_dequeue(struct rq *rq, struct dl_entity *dl, u32 flags)
{
	if (dl->on_queue)
		dl_queue_erase(rq, dl);
	if (flags & (DEQUEUE_SAVE | DEQUEUE_MIGRATING)) {
		dl_sub_running_bw(rq, dl);
		dl_sub_this_bw(rq, dl);
	}
	if (flags & DEQUEUE_SLEEP)
		dl_non_contending(rq, dl);
}

/* ---- Charging ---- */

static bool is_leftmost(const struct rq *rq, const struct dl_entity *dl)
{
	return rb_first(&rq->dl.timeline) == &dl->node;
}

/* The budget is used up or given away: off the queue until the next period. */
static void throttle(struct rq *rq, struct dl_entity *dl)
{
	dl->throttled = true;
	if (dl->runtime <= 0 && dl->flags & DL_FLAG_OVERRUN)
		dl->overrun = true;
	dl_dequeue(rq, dl, 0);
	if (!dl_is_server(dl))
		dl_pushable_del(rq, dl);
	if (dl_is_boosted(dl) || !dl_arm(rq, dl)) {
		if (dl_is_server(dl))
			server_is_late(rq, dl);
		else
			dl_task_enqueue(rq, dl->task, ENQUEUE_REPLENISH);
	}
	if (decisions_wanted(rq->sched))
		tell_throttled(rq, dl);
	if (!is_leftmost(rq, dl)) {
		if (rq->sched->machine->in_irq && !dl_is_server(dl) &&
		    rq->cpu == sched_this_cpu(rq->sched))
			rq->entry_late = rq->sched->platform->costs.dl_throttle;
		decide_resched_rule(rq, RULE_RESCHED_BUDGET);
		sched_resched_curr(rq);
	}
}

void dl_charge(struct rq *rq, struct dl_entity *dl, u64 delta)
{
	if (!delta && !dl->yielded)
		return;
	dl->runtime -= (s64)(dl->flags & DL_FLAG_RECLAIM ? dl_grub_cost(rq, dl, delta) : delta);
	if (dl->runtime <= 0 || dl->yielded)
		throttle(rq, dl);
}

void server_used_up(struct rq *rq, struct dl_entity *server)
{
	if (server->defer && server->throttled)
		server_had_enough(rq, server);
	else
		throttle(rq, server);
}
