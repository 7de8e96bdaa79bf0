/* SPDX-License-Identifier: MIT */
/*
 * From the policy's hands to a cpu's local queue: inserts out of dispatch, moves between queues and
 * cpus. Kernel: kernel/sched/ext.c; reference: core-rt-dl-ext.md 5.4, 5.5.
 *
 * A task sits on the rq of some cpu even while it waits in a queue that all cpus share; the cpu
 * that takes it moves it over, which a trace shows as a migration. Locks are not modelled: a move
 * that the kernel must put off until it may take another rq's lock is put off here as well, since
 * the order in which things happen depends on it.
 */
#include "classes/ext.h"

#include "sched/decide.h"

void ext_clear_direct(struct ext_entity *entity)
{
	entity->direct_dsq = EXT_DSQ_INVALID;
	entity->direct_flags = 0;
}

/*
 * schedule_deferred(): at the end of the wakeup, of the schedule, or as an irq work of this cpu,
 * whichever is at hand.
 */
static void defer(struct rq *rq)
{
	struct machine *machine = rq->sched->machine;

	if (rq->ext->in_wakeup)
		return;
	if (rq->ext->in_balance)
		rq->balance_callbacks |= 1u << CLASS_EXT;
	else if (!timer_armed(&rq->ext->deferred_work))
		machine_timer_arm(machine, &rq->ext->deferred_work, machine->acting, machine->now);
}

void ext_direct_dispatch(struct rq *rq, struct ext_entity *entity, u64 flags)
{
	struct ext_dsq *dsq = ext_dsq_for(rq, entity->direct_dsq, entity);

	entity->ext->report.counts.direct++;
	entity->owned = false;
	entity->direct_flags |= flags;
	if (dsq->rq && dsq->rq != rq) {
		list_add_tail(&rq->ext->deferred, &entity->dsq_link);
		defer(rq);
		return;
	}
	flags = entity->direct_flags;
	ext_clear_direct(entity);
	ext_dsq_put(dsq, entity, flags);
}

/* May the task be moved to @to? @enforce: it is a mistake of the policy if its affinity says no. */
static bool can_move_to(struct ext_entity *entity, struct rq *to, bool enforce)
{
	const struct task *task = entity->task;
	char name[EXT_NAME_LEN];

	if (!cpumask_test(task->cpus, to->cpu)) {
		if (enforce)
			ext_fail(
				entity->ext, EXT_EXIT_ERROR, 0,
				"insert of %s into the local queue of cpu %u, on which it may not run",
				ext_task_text(entity, name), to->cpu);
		return false;
	}
	if (!to->ext->online)
		entity->ext->report.events.dispatch_local_dsq_offline += enforce;
	return to->ext->online && sched_cpu_allowed(to->sched, task, to->cpu);
}

/* move_remote_task_to_local_dsq(). @entity is in no queue. */
static void migrate(struct ext_entity *entity, struct rq *to, u64 flags, enum record_move why)
{
	struct sched *sched = to->sched;
	struct task *task = entity->task;
	struct rq *from = task_rq(sched, task);

	rq_update_clock(from);
	sched_deactivate(from, task, 0);
	sched_set_cpu(sched, task, to->cpu, why);
	entity->sticky_cpu = (s32)to->cpu;
	rq_update_clock(to);
	to->ext->enq_flags = flags;
	sched_activate(to, task, 0);
	to->ext->enq_flags = 0;
	entity->ext->report.counts.moved++;
}

/* dispatch_to_local_dsq(). @entity is in no queue. */
static void put_local(struct rq *to, struct ext_entity *entity, u64 flags)
{
	struct rq *from = ext_entity_rq(entity);

	if (from != to && unlikely(!can_move_to(entity, to, true))) {
		ext_dsq_put(ext_dsq_global(entity), entity, flags);
		return;
	}
	entity->owned = false;
	if (from == to)
		ext_dsq_put(&to->ext->local, entity, flags);
	else
		migrate(entity, to, flags, RECORD_MOVE_PUSH);
	if (to->curr->class_id > CLASS_EXT && !to->ext->in_balance) {
		decide_resched_rule(to, RULE_RESCHED_WAKEUP);
		sched_resched_curr(to);
	}
}

void ext_run_deferred(struct rq *rq)
{
	struct list *deferred = &rq->ext->deferred;

	while (!list_empty(deferred)) {
		struct ext_entity *entity = list_first(deferred, struct ext_entity, dsq_link);
		u64 dsq_id = entity->direct_dsq, flags = entity->direct_flags;
		struct ext_dsq *dsq = ext_dsq_for(rq, dsq_id, entity);

		list_del(&entity->dsq_link);
		ext_clear_direct(entity);
		put_local(dsq->rq, entity, flags);
	}
}

/*
 * finish_dispatch(). What the policy no longer keeps, or keeps anew since it was inserted, is
 * passed over: double and belated inserts do no harm.
 */
static void finish_insert(struct rq *rq, const struct ext_insert *insert)
{
	struct ext_entity *entity = insert->entity;
	struct ext_dsq *dsq;

	if (!entity->owned || entity->enqueued != insert->enqueued)
		return;
	dsq = ext_dsq_for(rq, insert->dsq, entity);
	if (dsq->rq)
		put_local(dsq->rq, entity, insert->flags);
	else
		ext_dsq_put(dsq, entity, insert->flags);
}

void ext_flush_inserts(struct ext *ext, struct rq *rq)
{
	for (u32 i = 0; i < ext->nr_inserts; i++)
		finish_insert(rq, &ext->inserts[i]);
	ext->nr_dispatched += ext->nr_inserts;
	ext->nr_inserts = 0;
}

bool ext_consume(struct rq *rq, struct ext_dsq *dsq)
{
	struct ext_entity *entity;

	list_for_each (entity, &dsq->tasks, dsq_link) {
		if (ext_entity_rq(entity) == rq) {
			ext_dsq_take(entity);
			ext_dsq_put(&rq->ext->local, entity, 0);
			return true;
		}
		if (can_move_to(entity, rq, false)) {
			ext_dsq_take(entity);
			migrate(entity, rq, 0, RECORD_MOVE_PULL);
			return true;
		}
	}
	return false;
}

bool ext_consume_global(struct rq *rq)
{
	return ext_consume(rq, &rq->ext->ext->global[rq->sched->platform->cpu[rq->cpu].node]);
}

void ext_move(struct rq *rq unused_arg, struct ext_entity *entity, struct ext_dsq *dst, u64 flags)
{
	ext_dsq_take(entity);
	if (dst->rq)
		put_local(dst->rq, entity, flags);
	else
		ext_dsq_put(dst, entity, flags);
}
