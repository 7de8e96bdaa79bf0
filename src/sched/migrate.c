/* SPDX-License-Identifier: MIT */
/*
 * Moving tasks between cpus, and the stopper threads that move running ones.
 * Kernel: kernel/sched/core.c, kernel/stop_machine.c; reference: core-rt-dl-ext.md 1.10, 4.
 */
#include "base/ensure.h"
#include "sched/internal.h"
#include "sched/pinned.h"

void sched_activate(struct rq *rq, struct task *task, u32 flags)
{
	if (task->on_rq == ON_RQ_MIGRATING)
		flags |= ENQUEUE_MIGRATED;
	class_call(rq->sched, task->class_id, enqueue, rq, task, flags);
	task->on_rq = ON_RQ_QUEUED;
}

bool sched_deactivate(struct rq *rq, struct task *task, u32 flags)
{
	task->on_rq = ON_RQ_MIGRATING;
	return class_call(rq->sched, task->class_id, dequeue, rq, task, flags | DEQUEUE_MIGRATING);
}

void sched_set_cpu(struct sched *sched, struct task *task, u32 cpu, enum record_move why)
{
	if (task->cpu == cpu)
		return;
	stream_put(sched->stream, (struct record){
					  .when = sched->machine->now,
					  .kind = RECORD_MIGRATE,
					  .flags = sched->machine->in_irq ? RECORD_FLAG_IRQ : 0,
					  .cpu = (u16)sched_this_cpu(sched),
					  .task = task->id,
					  .arg = cpu << 16 | task->cpu,
					  .value = (u64)why << 32 | (u32)(s32)task->prio,
				  });
	if (task_class(sched, task)->migrate)
		task_class(sched, task)->migrate(task, cpu);
	task->cpu = task->wake_cpu = (u16)cpu;
	task_set_queue(sched, task, cpu);
}

void sched_move_queued(struct sched *sched, struct task *task, u32 cpu, enum record_move why)
{
	struct rq *from = task_rq(sched, task), *to = sched_rq(sched, cpu);

	rq_update_clock(from);
	sched_deactivate(from, task, 0);
	sched_set_cpu(sched, task, cpu, why);
	rq_update_clock(to);
	sched_activate(to, task, 0);
	sched_wakeup_preempt(to, task, 0);
}

u32 sched_any_and_distribute(struct sched *sched, const struct cpumask *a, const struct cpumask *b)
{
	struct rq *rq = sched_rq(sched, sched_this_cpu(sched));
	u32 cpu = cpumask_next_and(a, b, rq->any_distribute + 1);

	if (cpu >= sched->nr_cpus)
		cpu = cpumask_next_and(a, b, 0);
	if (cpu < sched->nr_cpus)
		rq->any_distribute = cpu;
	return cpu;
}

/* ---- Stoppers ---- */

void sched_stop_cpu(struct sched *sched, u32 cpu, struct stop_work *work)
{
	struct rq *rq = sched_rq(sched, cpu);

	ensure(!work->queued);
	work->queued = true;
	work->done = false;
	work->next = NULL;
	if (rq->stop_last)
		rq->stop_last->next = work;
	else
		rq->stop_first = work;
	rq->stop_last = work;
	sched_wake(sched, rq->stop, TASK_NORMAL, 0);
}

static struct stop_work *next_stop_work(struct rq *rq)
{
	struct stop_work *work = rq->stop_first;

	if (!work)
		return NULL;
	rq->stop_first = work->next;
	if (!rq->stop_first)
		rq->stop_last = NULL;
	work->queued = false;
	return work;
}

/* It cannot be done yet, and nothing behind it is. */
static void spin_for_work(struct rq *rq, struct cpu *cpu, struct stop_work *work)
{
	work->spins = false;
	work->queued = true;
	work->next = rq->stop_first;
	rq->stop_first = work;
	if (!rq->stop_last)
		rq->stop_last = work;
	sched_spin(rq->sched, cpu);
}

void sched_stopper_step(struct sched *sched, struct cpu *cpu)
{
	struct rq *rq = sched_rq(sched, cpu->id);
	struct stop_work *work;

	while ((work = next_stop_work(rq))) {
		struct task *waiter;

		rq_update_clock(rq);
		work->fn(sched, cpu, work);
		if (unlikely(work->spins)) {
			spin_for_work(rq, cpu, work);
			return;
		}
		work->done = true;
		waiter = work->waiter;
		if (work->pooled)
			pool_put(&sched->stop_works, work->index);
		if (waiter)
			sched_wake(sched, waiter, TASK_NORMAL, 0);
	}
	sched_run_balance_callbacks(rq);
	rq->stop->work_left = 0;
	sched_block(sched, cpu,
		    cpumask_test(sched->rd.online, cpu->id) ? TASK_INTERRUPTIBLE : TASK_PARKED);
}

/* Of its cpus, or, if none of them is active any more, of all. */
static u32 any_active_cpu(struct sched *sched, struct task *task)
{
	u32 cpu = sched_any_and_distribute(sched, task->cpus, sched->rd.active);

	return cpu < sched->nr_cpus ? cpu : sched_fallback_cpu(sched, task, task->cpu);
}

/* Where the task is to go now; its present cpu: nowhere. Its affinity may have changed once more.
 */
static u32 migration_dest(struct sched *sched, const struct stop_work *work)
{
	const struct task *task = work->task;

	if (work->why == RECORD_MOVE_AFFINITY && cpumask_test(task->cpus, task->cpu))
		return task->cpu;
	if (sched_cpu_allowed(sched, task, work->dest_cpu))
		return work->dest_cpu;
	return work->why == RECORD_MOVE_AFFINITY ? any_active_cpu(sched, work->task) : task->cpu;
}

/* migration_cpu_stop(): if the task is still here, it goes to its destination. */
static void migration_stop(struct sched *sched, struct cpu *cpu, struct stop_work *work)
{
	struct task *task = work->task;
	u32 dest;

	/* It may have moved, or died and been reaped, before the stopper came to it. */
	if (task->id != work->task_id || task->cpu != cpu->id || task->pinned)
		return;
	dest = migration_dest(sched, work);
	if (dest == task->cpu)
		return;
	if (task->on_rq == ON_RQ_QUEUED && !task->on_cpu)
		sched_move_queued(sched, task, dest, work->why);
	else
		task->wake_cpu = (u16)dest;
}

struct stop_work *sched_migration_work(struct sched *sched, struct task *task, u32 dest,
				       enum record_move why)
{
	u32 index;
	struct stop_work *work = pool_get(&sched->stop_works, &index);

	*work = (struct stop_work){
		.fn = migration_stop,
		.task = task,
		.task_id = task->id,
		.why = why,
		.dest_cpu = dest,
		.index = index,
		.pooled = true,
	};
	return work;
}

/*
 * The caller, current on @cpu, has @work done by the stopper of @where. This cpu's own stopper may
 * preempt it before it sleeps (in cond_resched, might_sleep or preempt_enable): then all is done
 * when it goes on. Else it sleeps in D meanwhile.
 */
static void stop_and_wait(struct sched *sched, struct cpu *cpu, u32 where, struct stop_work *work,
			  bool preempted)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	sched_stop_cpu(sched, where, work);
	if (where == cpu->id && preempted) {
		sched_schedule_kernel(rq);
		return;
	}
	work->waiter = rq->curr;
	sched_block(sched, cpu, TASK_UNINTERRUPTIBLE);
}

void sched_set_mask(struct sched *sched, struct task *task, const struct cpumask *cpus)
{
	struct rq *rq = task_rq(sched, task);
	const struct sched_class *class = task_class(sched, task);
	bool queued = task->on_rq == ON_RQ_QUEUED, running = rq->curr == task;

	rq_update_clock(rq);
	if (queued)
		class->dequeue(rq, task, DEQUEUE_SAVE);
	if (running)
		class->put_prev(rq, task, NULL);
	task->cpus = cpus;
	task->nr_cpus_allowed = cpumask_count(cpus);
	if (class->affinity_changed)
		class->affinity_changed(rq, task);
	if (queued)
		class->enqueue(rq, task, ENQUEUE_RESTORE);
	if (running)
		class->set_next(rq, task, false);
}

enum sched_result sched_set_affinity(struct sched *sched, struct cpu *cpu, struct task *task,
				     const struct cpumask *cpus)
{
	u32 dest;

	/*
	 * A deadline task may be needed on any cpu, if its bandwidth was admitted at all
	 * (dl_task_check_affinity).
	 */
	if (task->policy == POLICY_DEADLINE &&
	    sched->kernel->knobs.rt_runtime_us != KNOB_UNLIMITED &&
	    !cpumask_subset(sched->rd.span, cpus))
		return SCHED_EBUSY;
	if (!cpumask_intersects(cpus, sched->rd.active))
		return SCHED_EINVAL;
	if (cpumask_equal(sched_own_cpus(sched, task), cpus))
		return SCHED_OK;
	dest = sched_any_and_distribute(sched, sched->rd.active, cpus);
	if (unlikely(task->pinned))
		return sched_pinned_set_cpus(sched, cpu, task, cpus, dest) ? SCHED_SWITCHED
									   : SCHED_OK;
	sched_set_mask(sched, task, cpus);
	if (cpumask_test(cpus, task->cpu))
		return SCHED_OK;
	if (!task->on_cpu && task->state != TASK_WAKING) {
		if (task->on_rq == ON_RQ_QUEUED)
			sched_move_queued(sched, task, dest, RECORD_MOVE_AFFINITY);
		return SCHED_OK;
	}
	stop_and_wait(sched, cpu, task->cpu,
		      sched_migration_work(sched, task, dest, RECORD_MOVE_AFFINITY),
		      sched->platform->preempt != PREEMPT_NONE);
	return SCHED_SWITCHED;
}

enum sched_result sched_exec(struct sched *sched, struct cpu *cpu)
{
	struct rq *rq = sched_rq(sched, cpu->id);
	struct task *task = rq->curr;
	const struct sched_class *class = task_class(sched, task);
	u32 dest;

	if (task->nr_cpus_allowed == 1 || task->pinned || !class->select_cpu)
		return SCHED_OK;
	dest = class->select_cpu(task, task->cpu, WF_EXEC);
	if (dest == task->cpu || !sched_cpu_allowed(sched, task, dest))
		return SCHED_OK;
	/* Even without preemption: the caller avoids its sleep by a cond_resched. */
	stop_and_wait(sched, cpu, cpu->id,
		      sched_migration_work(sched, task, dest, RECORD_MOVE_EXEC), true);
	return SCHED_SWITCHED;
}
