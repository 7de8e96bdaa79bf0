/* SPDX-License-Identifier: MIT */
/*
 * The ext class: a policy from outside decides (sched_ext).
 *
 * Here are the moments at which the core asks the class, and at which the class calls the policy's
 * ops; their order is the kernel's. Kernel: kernel/sched/ext.c; reference:
 * core-rt-dl-ext.md 5.3-5.5.
 */
#include "classes/ext.h"

#include "classes/classes.h"
#include "classes/runtime.h"
#include "sched/decide.h"

/* What a task runs beyond its slice is not charged to the next one. */
void ext_charge(struct rq *rq, struct task *task)
{
	u64 delta = runtime_charge(rq, task);

	if (task->ext->slice != EXT_SLICE_INF)
		task->ext->slice -= min_of(task->ext->slice, delta);
}

static void ext_update_curr(struct rq *rq)
{
	if (rq->curr->class_id == CLASS_EXT)
		ext_charge(rq, rq->curr);
}

/* ---- Enqueue ---- */

static void set_runnable(struct ext_rq *erq, struct ext_entity *entity)
{
	if (entity->reset_runnable_at) {
		entity->runnable_at = machine_jiffies(erq->rq->sched->machine);
		entity->reset_runnable_at = false;
	}
	list_add_tail(&erq->runnable, &entity->runnable_link);
	ext_watch(erq->ext);
}

static void clear_runnable(struct ext_entity *entity, bool reset)
{
	if (list_linked(&entity->runnable_link))
		list_del(&entity->runnable_link);
	entity->reset_runnable_at |= reset;
}

static void refill_slice(struct ext_entity *entity)
{
	entity->slice = entity->ext->slice_dfl;
	entity->ext->report.events.refill_slice_dfl++;
}

static void put_into(struct ext_dsq *dsq, struct ext_entity *entity, u64 flags, bool refill)
{
	if (refill)
		refill_slice(entity);
	ext_clear_direct(entity);
	ext_dsq_put(dsq, entity, flags);
}

static void ask_policy(struct rq *rq, struct ext_entity *entity, u64 flags)
{
	struct ext *ext = entity->ext;
	struct ext_entity *outer = ext->direct;
	bool outer_done = ext->direct_done;

	entity->enqueued = ++ext->nr_enqueues;
	entity->owned = true;
	ext->direct = entity;
	ext->direct_done = false;
	ext->report.counts.enqueues++;
	ext_call(ext, EXT_FROM_ENQUEUE, enqueue, ext_task_of(entity), flags);
	ext->direct = outer;
	ext->direct_done = outer_done;
	if (entity->direct_dsq != EXT_DSQ_INVALID)
		ext_direct_dispatch(rq, entity, flags);
}

/* do_enqueue_task(): the first that fits. */
void ext_enqueue_policy(struct rq *rq, struct ext_entity *entity, u64 flags, s32 sticky_cpu)
{
	struct ext_rq *erq = rq->ext;
	struct ext *ext = erq->ext;
	u64 exiting_too = ext->ops.flags & EXT_OPS_ENQ_EXITING;
	bool pinned_too = ext->ops.flags & EXT_OPS_ENQ_MIGRATION_DISABLED ||
			  !sched_feature(rq->sched, FEATURE_EXT_PINNED_STAY_LOCAL);

	if (sticky_cpu == (s32)rq->cpu) {
		put_into(&erq->local, entity, flags, false);
	} else if (!erq->online || !cpumask_test(rq->sched->rd.active, rq->cpu)) {
		put_into(&erq->local, entity, flags, true);
	} else if (erq->bypassing) {
		ext->report.counts.bypassed++;
		ext->report.events.bypass_dispatch++;
		put_into(ext_dsq_global(entity), entity, flags, true);
	} else if (entity->direct_dsq != EXT_DSQ_INVALID) {
		ext_direct_dispatch(rq, entity, flags);
	} else if (entity->task->flags & TASK_FLAG_EXITING && !exiting_too) {
		ext->report.events.enq_skip_exiting++;
		put_into(&erq->local, entity, flags, true);
	} else if (entity->task->pinned && !pinned_too) {
		ext->report.events.enq_skip_migration_disabled++;
		put_into(&erq->local, entity, flags, true);
	} else if (!ext->ops.enqueue) {
		put_into(ext_dsq_global(entity), entity, flags, true);
	} else {
		ask_policy(rq, entity, flags);
	}
}

static void ext_enqueue(struct rq *rq, struct task *task, u32 core_flags)
{
	struct ext_rq *erq = rq->ext;
	struct ext_entity *entity = task->ext;
	u64 flags = core_flags | erq->enq_flags;
	s32 sticky_cpu = entity->sticky_cpu;

	erq->in_wakeup = core_flags & ENQUEUE_WAKEUP;
	if (entity->selected) {
		flags |= EXT_ENQ_CPU_SELECTED;
		erq->ext->report.events.select_cpu_fallback += entity->selected_cpu != rq->cpu;
	}
	entity->selected = false;
	entity->sticky_cpu = -1;
	/* It will be set_next at once, and that takes tasks from the local queue only. */
	if (core_flags & ENQUEUE_RESTORE && rq->curr == task)
		sticky_cpu = (s32)rq->cpu;
	if (!entity->queued) {
		set_runnable(erq, entity);
		entity->queued = true;
		erq->nr_running++;
		rq_add_running(rq, 1);
		rq->classes_runnable |= 1u << CLASS_EXT;
		if (task->on_rq != ON_RQ_MIGRATING)
			ext_call(erq->ext, EXT_FROM_REST, runnable, ext_task_of(entity), flags);
		ext_enqueue_policy(rq, entity, flags, sticky_cpu);
	}
	erq->in_wakeup = false;
}

/* ops_dequeue(): it is nobody's any more. */
static void leave_policy(struct ext_entity *entity, u64 flags)
{
	clear_runnable(entity, false);
	if (!entity->owned)
		return;
	ext_call(entity->ext, EXT_FROM_REST, dequeue, ext_task_of(entity), flags);
	entity->owned = false;
}

static bool ext_dequeue(struct rq *rq, struct task *task, u32 flags)
{
	struct ext_rq *erq = rq->ext;
	struct ext_entity *entity = task->ext;
	u64 deq_flags = flags & ~(u32)DEQUEUE_MIGRATING;

	if (!entity->queued)
		return true;
	leave_policy(entity, deq_flags);
	/* It still runs: it stops here, so that running and stopping come between runnable and
	 * quiescent. */
	if (rq->curr == task) {
		ext_charge(rq, task);
		ext_call(erq->ext, EXT_FROM_REST, stopping, ext_task_of(entity), false);
	}
	if (task->on_rq != ON_RQ_MIGRATING)
		ext_call(erq->ext, EXT_FROM_REST, quiescent, ext_task_of(entity), deq_flags);
	entity->queued = false;
	erq->nr_running--;
	rq_sub_running(rq, 1);
	if (!erq->nr_running)
		rq->classes_runnable &= (u8) ~(1u << CLASS_EXT);
	ext_dsq_take(entity);
	ext_clear_direct(entity);
	return true;
}

static void ext_yield(struct rq *rq)
{
	struct ext_entity *entity = rq->curr->ext;
	bool ignored = false;

	if (entity->ext->ops.yield)
		ext_ask(entity->ext, EXT_FROM_REST, ignored, yield, ext_task_of(entity), NULL);
	else
		entity->slice = 0;
	(void)ignored;
}

/* A wakeup never preempts by itself: the policy kicks, or inserts with EXT_ENQ_PREEMPT. */
static void ext_wakeup_preempt(struct rq *rq, struct task *woken unused_arg,
			       u32 wake_flags unused_arg)
{
	decide_preempt_rule(rq, RULE_PREEMPT_EXT);
}

/* ---- Picking ---- */

static struct task *ext_pick(struct rq *rq)
{
	struct ext_rq *erq = rq->ext;
	struct task *prev = rq->curr;
	struct ext_entity *entity;
	/* (Of a @prev of this class the walk begins here, so this class's balance was asked.) */
	bool keep = prev->class_id == CLASS_EXT && erq->keep_prev;

	entity = keep ? prev->ext : ext_dsq_first(&erq->local);
	if (!entity) {
		/*
		 * The fair class said it had something, so it was not asked; and then it had not.
		 */
		if (!rq->ext_balanced)
			ext_kick(erq->ext, (s32)rq->cpu, EXT_KICK_IDLE);
		return NULL;
	}
	if (!entity->slice)
		refill_slice(entity);
	return entity->task;
}

static enum ossim_ext_release_reason release_reason(const struct task *next)
{
	switch (next->class_id) {
	case CLASS_STOP:
		return EXT_RELEASE_STOP;
	case CLASS_DEADLINE:
		return EXT_RELEASE_DL;
	case CLASS_RT:
		return EXT_RELEASE_RT;
	default:
		return EXT_RELEASE_UNKNOWN;
	}
}

/* switch_class(): a higher class takes the cpu. */
static void release_cpu(struct ext_rq *erq, const struct task *next)
{
	struct ext *ext = erq->ext;

	if ((!ext->ops.cpu_acquire && !ext->ops.cpu_release) || next->class_id > CLASS_EXT ||
	    erq->released)
		return;
	ext_call(ext, EXT_FROM_RELEASE, cpu_release, (s32)erq->rq->cpu, release_reason(next));
	erq->released = true;
}

/* The last runnable task of this cpu was put on its local queue although the cpu goes idle. */
static void resched_for_last(struct rq *rq, const struct ext_entity *entity)
{
	if (sched_feature(rq->sched, FEATURE_EXT_LAST_RESCHEDS) && entity->dsq == &rq->ext->local)
		rq->need_resched |= RESCHED_FULL;
}

static void ext_put_prev(struct rq *rq, struct task *prev, struct task *next)
{
	struct ext_rq *erq = rq->ext;
	struct ext_entity *entity = prev->ext;
	bool last = next && next->class_id > CLASS_EXT;

	ext_charge(rq, prev);
	if (entity->queued) {
		ext_call(erq->ext, EXT_FROM_REST, stopping, ext_task_of(entity), true);
		set_runnable(erq, entity);
		if (entity->slice && !erq->bypassing)
			/* Preempted by a higher class: it goes on where it was. */
			ext_dsq_put(&erq->local, entity, EXT_ENQ_HEAD);
		else
			ext_enqueue_policy(rq, entity, last ? EXT_ENQ_LAST : 0, -1);
		if (last)
			resched_for_last(rq, entity);
	}
	if (next && next->class_id != CLASS_EXT)
		release_cpu(erq, next);
}

static void ext_set_next(struct rq *rq, struct task *next, bool first unused_arg)
{
	struct ext_entity *entity = next->ext;

	if (entity->queued) {
		leave_policy(entity, 0);
		ext_dsq_take(entity);
	}
	next->fair.exec_start = rq->clock_task;
	if (entity->queued)
		ext_call(entity->ext, EXT_FROM_REST, running, ext_task_of(entity));
	clear_runnable(entity, true);
}

static void ext_tick(struct rq *rq, struct task *curr)
{
	struct ext_entity *entity = curr->ext;

	ext_charge(rq, curr);
	if (rq->ext->bypassing)
		entity->slice = 0;
	else
		ext_call(entity->ext, EXT_FROM_REST, tick, ext_task_of(entity));
	if (entity->slice)
		return;
	decide_resched_rule(rq, RULE_RESCHED_EXT_SLICE);
	sched_resched_curr(rq);
}

/* ---- Waking ---- */

static s32 ask_for_cpu(struct ext_entity *entity, u32 prev_cpu, u64 wake_flags)
{
	struct ext *ext = entity->ext;
	struct ext_entity *outer = ext->direct;
	bool outer_done = ext->direct_done;
	s32 cpu;

	ext->direct = entity;
	ext->direct_done = false;
	ext_ask(ext, EXT_FROM_SELECT_CPU, cpu, select_cpu, ext_task_of(entity), (s32)prev_cpu,
		wake_flags);
	ext->direct = outer;
	ext->direct_done = outer_done;
	return ext_cpu_valid(ext, cpu, "select_cpu") ? cpu : (s32)prev_cpu;
}

static u32 ext_select_cpu(struct task *task, u32 prev_cpu, u32 wake_flags)
{
	struct ext_entity *entity = task->ext;
	struct ext *ext = entity->ext;
	bool found;
	u32 cpu;

	/* The cpu a task is on says little about where it will run: exec is no occasion to move. */
	if (wake_flags & WF_EXEC)
		return prev_cpu;
	entity->selected = true;
	if (ext->ops.select_cpu && !ext->rqs[task->cpu].bypassing)
		return entity->selected_cpu = (u16)ask_for_cpu(entity, prev_cpu, wake_flags);
	cpu = ext_select_default(entity, prev_cpu, wake_flags, &found);
	if (found) {
		refill_slice(entity);
		entity->direct_dsq = EXT_DSQ_LOCAL;
	}
	return entity->selected_cpu = (u16)cpu;
}

static void ext_woken(struct rq *rq, struct task *task unused_arg)
{
	ext_run_deferred(rq);
}

/* ---- Changes ---- */

static void ext_switching_to(struct rq *rq unused_arg, struct task *task)
{
	ext_enable_task(task->ext);
	ext_call(task->ext->ext, EXT_FROM_REST, set_cpumask, ext_task_of(task->ext));
}

static void ext_switched_from(struct rq *rq unused_arg, struct task *task)
{
	ext_disable_task(task->ext);
}

static void ext_reweight(struct task *task)
{
	ext_set_weight(task->ext);
}

static void ext_affinity_changed(struct rq *rq unused_arg, struct task *task)
{
	ext_call(task->ext->ext, EXT_FROM_REST, set_cpumask, ext_task_of(task->ext));
}

static void ext_rq_online(struct rq *rq)
{
	if (rq->ext)
		rq->ext->online = true;
}

/*
 * When domains are built anew the cpu comes back at once. One that leaves dispatches no more: what
 * waits for it elsewhere goes to its local queue, so that it is picked, and pushed away.
 */
static void ext_rq_offline(struct rq *rq)
{
	struct ext_rq *erq = rq->ext;
	struct list *link, *before;

	if (!erq)
		return;
	erq->online = false;
	if (cpumask_test(rq->sched->rd.active, rq->cpu))
		return;
	for (link = erq->runnable.prev; link != &erq->runnable; link = before) {
		struct ext_entity *entity = list_entry(link, struct ext_entity, runnable_link);

		before = link->prev;
		if (entity->dsq != &erq->local)
			sched_requeue(rq->sched, entity->task);
	}
}

const struct sched_class ext_class = {
	.name = "ext",
	.enqueue = ext_enqueue,
	.dequeue = ext_dequeue,
	.yield = ext_yield,
	.wakeup_preempt = ext_wakeup_preempt,
	.balance = ext_balance,
	.pick = ext_pick,
	.explain_pick = ext_explain_pick,
	.put_prev = ext_put_prev,
	.set_next = ext_set_next,
	.balance_callback = ext_run_deferred,
	.select_cpu = ext_select_cpu,
	.woken = ext_woken,
	.tick = ext_tick,
	.switching_to = ext_switching_to,
	.switched_from = ext_switched_from,
	.reweight = ext_reweight,
	.update_curr = ext_update_curr,
	.affinity_changed = ext_affinity_changed,
	.rq_offline = ext_rq_offline,
	.rq_online = ext_rq_online,
};
