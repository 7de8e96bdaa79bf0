/* SPDX-License-Identifier: MIT */
/*
 * Cpus that go offline and come back, as far as the scheduler sees it.
 * Kernel: kernel/sched/core.c, sched_cpu_*(); reference: core-rt-dl-ext.md 1.15.
 *
 * A leaving cpu first becomes inactive: nobody chooses it any more, and whatever it picks is pushed
 * away by its stopper at once (balance_push), but for threads that belong to it. Then it leaves the
 * root domain and the scheduling domains. When its queue is empty it stops for good. Who takes
 * these steps, and when, is told in proc/hotplug.c.
 */
#include "sched/hotplug.h"

#include "base/ensure.h"
#include "sched/internal.h"

/* ---- Who cannot stay, and where to ---- */

static u32 allowed_cpu(const struct sched *sched, const struct task *task,
		       const struct cpumask *within)
{
	cpumask_for_each_and (cpu, within, task->cpus)
		if (sched_cpu_allowed(sched, task, cpu))
			return cpu;
	return sched->nr_cpus;
}

/* Nothing it may use is left: from now on it may use all there is. */
static void override_affinity(struct sched *sched, struct task *task, u32 cpu)
{
	sched_set_mask(sched, task, sched->all_cpus);
	stream_put(sched->stream, (struct record){
					  .when = sched->machine->now,
					  .kind = RECORD_UNBOUND,
					  .flags = sched->machine->in_irq ? RECORD_FLAG_IRQ : 0,
					  .cpu = (u16)sched_this_cpu(sched),
					  .task = task->id,
					  .arg = cpu,
				  });
}

u32 sched_fallback_cpu(struct sched *sched, struct task *task, u32 cpu)
{
	u32 found = allowed_cpu(sched, task, sched->machine->topology.node[cpu]);

	if (found == sched->nr_cpus)
		found = allowed_cpu(sched, task, sched->all_cpus);
	if (unlikely(found == sched->nr_cpus)) {
		override_affinity(sched, task, cpu);
		found = allowed_cpu(sched, task, sched->all_cpus);
	}
	ensure(found < sched->nr_cpus);
	return found;
}

/* __balance_push_cpu_stop(). */
static void push_away(struct sched *sched, struct cpu *cpu, struct stop_work *work)
{
	struct task *task = work->task;

	if (task->id != work->task_id || task->cpu != cpu->id || task->on_rq != ON_RQ_QUEUED ||
	    task->on_cpu)
		return;
	sched_move_queued(sched, task, sched_fallback_cpu(sched, task, cpu->id),
			  RECORD_MOVE_HOTPLUG);
}

void sched_balance_push(struct rq *rq)
{
	struct sched *sched = rq->sched;
	struct task *curr = rq->curr;

	if (!rq->dying || rq->cpu != sched_this_cpu(sched) || rq->push_work.queued)
		return;
	if (curr->flags & TASK_FLAG_PER_CPU || curr->pinned) {
		if (!rq->nr_running && !rq->nr_pinned && rq->hotplug_waiter)
			sched_wake(sched, rq->hotplug_waiter, TASK_UNINTERRUPTIBLE, 0);
		return;
	}
	rq->push_work = (struct stop_work){.fn = push_away, .task = curr, .task_id = curr->id};
	sched_stop_cpu(sched, rq->cpu, &rq->push_work);
}

/* ---- Root domain and scheduling domains ---- */

static void set_rq_online(struct rq *rq, bool online)
{
	const struct sched_class *const *classes = rq->sched->classes;

	if (rq->online == online)
		return;
	if (!online)
		rq_update_clock(rq);
	for (u32 id = 0; id < NR_CLASSES; id++) {
		if (!online && classes[id] && classes[id]->rq_offline)
			classes[id]->rq_offline(rq);
	}
	rq->online = online;
	for (u32 id = 0; id < NR_CLASSES; id++) {
		if (online && classes[id] && classes[id]->rq_online)
			classes[id]->rq_online(rq);
	}
}

/*
 * partition_sched_domains(): all active cpus leave their root domain and enter the new one, which
 * the classes notice. 6.1 does this some microseconds later, in a kworker.
 */
static void rebuild_domains(struct sched *sched)
{
	cpumask_for_each (cpu, sched->rd.active)
		set_rq_online(sched_rq(sched, cpu), false);
	domain_build(sched);
	if (sched->classes[CLASS_DEADLINE])
		sched->classes[CLASS_DEADLINE]->rebuild_root(sched);
	cpumask_copy(sched->rd.span, sched->rd.active);
	/* At each of the above and below; a cpu on its way out still counts. */
	kernel_rescale(sched->kernel, kernel_scaling_factor(cpumask_count(sched->rd.online),
							    sched->kernel->knobs.tunable_scaling));
	cpumask_for_each (cpu, sched->rd.active)
		set_rq_online(sched_rq(sched, cpu), true);
}

/* ---- Down ---- */

bool sched_cpu_may_leave(struct sched *sched, u32 cpu)
{
	const struct sched_class *deadline = sched->classes[CLASS_DEADLINE];

	return !deadline || deadline->may_lose_cpu(sched_rq(sched, cpu));
}

void sched_cpu_stay(struct sched *sched, u32 cpu)
{
	cpumask_set(sched->rd.active, cpu);
	sched_rq(sched, cpu)->balance_callbacks &= (u8)~BALANCE_PUSH;
	sched_rq(sched, cpu)->dying = false;
}

void sched_cpu_deactivate(struct sched *sched, u32 cpu)
{
	struct rq *rq = sched_rq(sched, cpu);

	if (sched->balancer && sched->balancer->cpu_leaves)
		sched->balancer->cpu_leaves(rq);
	cpumask_clear(sched->rd.active, cpu);
	rq->dying = true;
	rq->balance_callbacks |= BALANCE_PUSH;
}

void sched_cpu_leave_domains(struct sched *sched, u32 cpu)
{
	set_rq_online(sched_rq(sched, cpu), false);
	if (unlikely(sched->rqs[cpu].ext))
		sched->extender->hotplug(sched_rq(sched, cpu), false);
	rebuild_domains(sched);
	rq_set_capacity(sched_rq(sched, cpu), CPU_CAPACITY);
}

bool sched_cpu_is_empty(const struct sched *sched, u32 cpu)
{
	return sched->rqs[cpu].nr_running == 1 && !sched->rqs[cpu].nr_pinned;
}

static void put_cpu_record(struct sched *sched, u32 cpu, bool online)
{
	stream_put(sched->stream, (struct record){
					  .when = sched->machine->now,
					  .kind = RECORD_CPU,
					  .flags = sched->machine->in_irq ? RECORD_FLAG_IRQ : 0,
					  .cpu = (u16)cpu,
					  .value = online,
				  });
}

void sched_cpu_dying(struct sched *sched, u32 cpu)
{
	struct rq *rq = sched_rq(sched, cpu);
	u32 heir = cpumask_next(sched->rd.active, 0);

	sched_ttwu_pending(rq);
	for (u32 id = 0; id < NR_CLASSES; id++)
		if (sched->classes[id] && sched->classes[id]->cpu_dying)
			sched->classes[id]->cpu_dying(rq);
	/* The stopper, which runs this, is all that is left. */
	ensure(rq->nr_running == 1 && rq->curr == rq->stop);
	sched->rqs[heir].nr_uninterruptible += rq->nr_uninterruptible;
	rq->nr_uninterruptible = 0;
	rq->balance_callbacks &= (u8)~BALANCE_PUSH;
	rq->dying = false;
	cpumask_clear(sched->rd.online, cpu);
	machine_move_timers(sched->machine, cpu, heir);
	put_cpu_record(sched, cpu, false);
}

/* ---- Up ---- */

void sched_cpu_starting(struct sched *sched, u32 cpu)
{
	struct rq *rq = sched_rq(sched, cpu);

	rq_update_clock(rq);
	cpumask_set(sched->rd.online, cpu);
	put_cpu_record(sched, cpu, true);
	sched_wake(sched, rq->stop, TASK_PARKED, 0);
}

void sched_cpu_activate(struct sched *sched, u32 cpu)
{
	struct rq *rq = sched_rq(sched, cpu);

	cpumask_set(sched->rd.active, cpu);
	rebuild_domains(sched);
	if (unlikely(rq->ext))
		sched->extender->hotplug(rq, true);
	set_rq_online(rq, true);
}
