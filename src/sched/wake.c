/* SPDX-License-Identifier: MIT */
/*
 * Waking: try_to_wake_up(), the wake list and its interrupt, new tasks.
 * Kernel: kernel/sched/core.c; reference: core-rt-dl-ext.md 1.8, 1.9.
 */
#include "base/ensure.h"
#include "machine/turns.h"
#include "sched/decide.h"
#include "sched/internal.h"
#include "sched/schedstat.h"

static struct rq *this_rq(struct sched *sched)
{
	return &sched->rqs[sched_this_cpu(sched)];
}

/* @here: this cpu's. */
static u8 wake_record_flags(const struct rq *here)
{
	return (here->sched->machine->in_irq ? RECORD_FLAG_IRQ : RECORD_FLAG_BY_TASK) |
	       (here->need_resched & RESCHED_FULL ? RECORD_FLAG_RESCHED : 0);
}

static always_inline void put_wake_record(const struct rq *here, enum record_kind kind,
					  const struct task *task, u32 waker)
{
	stream_put(here->sched->stream, (struct record){
						.when = here->sched->machine->now,
						.kind = (u8)kind,
						.flags = wake_record_flags(here),
						.cpu = (u16)here->cpu,
						.task = task->id,
						.other = waker,
						.arg = task->cpu,
						.value = (u64)(s64)task->prio,
					});
}

void sched_wakeup_preempt(struct rq *rq, struct task *task, u32 wake_flags)
{
	u8 mine = task->class_id, current = rq->curr->class_id, before = rq->need_resched;

	if (mine == current) {
		if (class_answers(rq->sched, mine, wakeup_preempt))
			class_call(rq->sched, mine, wakeup_preempt, rq, task, wake_flags);
	} else if (mine < current) {
		decide_resched_rule(rq, RULE_RESCHED_WAKEUP);
		sched_resched_curr(rq);
	}
	if (decisions_wanted(rq->sched))
		decide_weighed(rq, task, wake_flags, before);
	if (rq->need_resched & RESCHED_FULL && rq->curr->on_rq == ON_RQ_QUEUED)
		rq_skip_clock_update(rq);
}

/* The cpu was idle by the fair class's account: how long its idle times are. */
static void update_avg_idle(struct rq *rq)
{
	u64 delta = rq->clock - rq->idle_stamp, most = 2 * rq->max_idle_balance_cost;

	rq->avg_idle += (u64)((s64)(delta - rq->avg_idle) / 8);
	if (rq->avg_idle > most)
		rq->avg_idle = most;
	if (unlikely(rq->nr_iowait))
		rq->iowait_ns += rq->clock - rq->idle_stamp;
	rq->idle_stamp = 0;
}

/*
 * What an interrupt's first wakeup of a task above the fair class takes more, where it asks for a
 * switch.
 */
static not_inline void pay_for_real_time(struct rq *rq)
{
	u64 cost = rq->sched->platform->costs.wakeup_rt;

	if (cost && rq->sched->machine->in_irq && !rq->need_resched && rq->curr != rq->idle)
		cpu_steal(rq->sched->machine, rq_cpu(rq), cost);
}

/*
 * A real-time or deadline task goes on behind a wakeup that it or an interrupt makes: no fair one
 * was charged for it. What another cpu has put on the wake list was paid for there.
 */
static not_inline void take_back_fair_part(struct rq *rq, const struct task *woken, u32 wake_flags)
{
	const struct costs *costs = &rq->sched->platform->costs;

	if (costs->wakeup_fair && wake_flags & WF_TTWU && rq->cpu == sched_this_cpu(rq->sched) &&
	    rq->curr->class_id < CLASS_FAIR && woken->class_id > CLASS_DEADLINE &&
	    woken->prio >= rq->curr->prio)
		cpu_return(rq_cpu(rq), min_of(costs->wakeup, costs->wakeup_fair));
}

/* A fair task is weighed against the one that runs, which is charged for it. */
static void pay_for_check(struct rq *rq, const struct task *woken, u32 wake_flags, u64 cost)
{
	if (woken->class_id == CLASS_FAIR && likely(rq->curr->class_id == CLASS_FAIR)) {
		cpu_steal(rq->sched->machine, rq_cpu(rq), cost);
		return;
	}
	if (woken->class_id != CLASS_FAIR)
		pay_for_real_time(rq);
	take_back_fair_part(rq, woken, wake_flags);
}

/* A cpu's idle time is iowait while somebody waits; nobody begins to wait on an idle cpu. */
static void end_iowait(struct rq *rq)
{
	if (rq->nr_iowait == 1)
		rq->iowait_ns += sched_iowait_so_far(rq);
	rq->nr_iowait--;
}

/* It slept in D and counted in the load, and as waiting for I/O on the cpu where it ran. */
static void end_uninterruptible(struct rq *rq, struct task *task)
{
	task->flags &= (u16)~TASK_FLAG_CONTRIBUTES;
	rq->nr_uninterruptible--;
	if (task->flags & TASK_FLAG_IN_IOWAIT) {
		task->flags &= (u16)~TASK_FLAG_IN_IOWAIT;
		end_iowait(sched_rq(rq->sched, task->last_cpu));
	}
}

/* ttwu_do_activate(). @rq's clock is up to date; @here is this cpu's. */
static always_inline void do_activate(struct rq *rq, struct task *task, u32 wake_flags,
				      const struct rq *here, u32 waker)
{
	struct sched *sched = rq->sched;
	u32 flags = ENQUEUE_WAKEUP;

	if (wake_flags & WF_MIGRATED)
		flags |= ENQUEUE_MIGRATED;
	sched_activate(rq, task, flags);
	/* Behind it: until then it is known that it waited for I/O. */
	if (unlikely(task->flags & TASK_FLAG_CONTRIBUTES))
		end_uninterruptible(rq, task);
	pay_for_check(rq, task, wake_flags, sched->platform->costs.wakeup_check);
	sched_wakeup_preempt(rq, task, wake_flags);
	task->state = TASK_RUNNING;
	put_wake_record(here, RECORD_WAKEUP, task, waker);
	if (class_answers(sched, task->class_id, woken))
		sched->classes[task->class_id]->woken(rq, task);
	if (rq->idle_stamp)
		update_avg_idle(rq);
}

/*
 * On the waker's own cpu the clock is read some way into the wakeup, whose time was taken already.
 * Of several wakeups of one call each comes after the ones before, so that a deadline task which
 * was woken first has the earlier deadline.
 */
static void update_clock_for_wakeup(struct rq *rq, u64 charge)
{
	const struct sched *sched = rq->sched;
	const struct costs *costs = &sched->platform->costs;
	u64 from = sched->machine->now;

	rq_update_clock(rq);
	if (!charge || rq->cpu != sched_this_cpu(sched))
		return;
	if (!sched->machine->in_irq)
		from = max_of(from, rq_cpu(rq)->kernel_until - costs->wakeup);
	rq_clock_to(rq, max_of(rq->clock, from + RQ_CLOCK_BASE + charge));
}

void sched_clock_ahead(struct sched *sched, struct cpu *cpu, u64 ns)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	rq_clock_to(rq, rq->clock + ns);
}

/* ttwu_runnable(): it never left its queue (a delayed dequeue), so it stays on its cpu. */
static not_inline void wake_queued(struct sched *sched, struct task *task, u32 wake_flags)
{
	struct rq *rq = task_rq(sched, task);

	update_clock_for_wakeup(rq, sched->platform->costs.queued_charge);
	if (unlikely(task->flags & TASK_FLAG_CONTRIBUTES))
		end_uninterruptible(rq, task);
	if (task->fair.sched_delayed) {
		task_class(sched, task)->enqueue(rq, task, ENQUEUE_DELAYED);
		if (decisions_wanted(sched))
			decide_delay(rq, task, RULE_DELAY_WOKEN);
	}
	if (!task->on_cpu || sched_feature(sched, FEATURE_WAKE_PREEMPT_RUNNING)) {
		pay_for_check(rq, task, wake_flags, sched->platform->costs.queued_check);
		sched_wakeup_preempt(rq, task, wake_flags);
	}
	task->state = TASK_RUNNING;
	put_wake_record(this_rq(sched), RECORD_WAKEUP, task, this_rq(sched)->curr->id);
}

/* ttwu_queue_cond(). */
static bool wants_wake_list(const struct sched *sched, const struct task *task, u32 cpu)
{
	u32 this_cpu = sched_this_cpu(sched);

	if (cpu == this_cpu || !sched_feature(sched, FEATURE_TTWU_QUEUE))
		return false;
	if (sched->cache[this_cpu].llc_id == sched->cache[cpu].llc_id &&
	    sched->rqs[cpu].nr_running != 0)
		return false;
	if (task->class_id == CLASS_STOP && !sched_feature(sched, FEATURE_TTWU_QUEUE_STOP))
		return false;
	if (task->class_id == CLASS_EXT && !sched->ext_queued_wakeups)
		return false;
	return cpumask_test(sched->rd.active, cpu) && cpumask_test(task->cpus, cpu);
}

static not_inline void put_on_wake_list(struct sched *sched, struct task *task, u32 cpu,
					u32 wake_flags)
{
	struct rq *rq = sched_rq(sched, cpu);

	task->waker = this_rq(sched)->curr->id;
	task->wake_flags_pending = wake_flags & WF_MIGRATED;
	task->wake_next = NULL;
	rq->ttwu_pending = true;
	if (rq->wake_last) {
		rq->wake_last->wake_next = task;
		rq->wake_last = task;
		return; /* an interrupt is on its way already */
	}
	rq->wake_first = rq->wake_last = task;
	sched_send_ipi(sched, cpu, IPI_CALL);
}

not_inline void sched_ttwu_pending(struct rq *rq)
{
	struct task *task = rq->wake_first;

	if (!task)
		return;
	rq->wake_first = rq->wake_last = NULL;
	rq_update_clock(rq);
	while (task) {
		struct task *next = task->wake_next;

		task->wake_next = NULL;
		do_activate(rq, task, task->wake_flags_pending, this_rq(rq->sched), task->waker);
		task = next;
	}
	rq->ttwu_pending = false;
}

static void queue_wakeup(struct sched *sched, struct task *task, u32 cpu, u32 wake_flags,
			 const struct rq *here)
{
	struct rq *rq;

	if (wants_wake_list(sched, task, cpu)) {
		put_on_wake_list(sched, task, cpu, wake_flags);
		return;
	}
	rq = sched_rq(sched, cpu);
	update_clock_for_wakeup(rq, sched->platform->costs.wakeup_charge);
	do_activate(rq, task, wake_flags, here, here->curr->id);
}

bool sched_cpu_allowed(const struct sched *sched, const struct task *task, u32 cpu)
{
	const struct root_domain *rd = &sched->rd;

	if (!cpumask_test(task->cpus, cpu))
		return false;
	if (unlikely(task->pinned))
		return cpumask_test(rd->online, cpu);
	if (!(task->flags & TASK_FLAG_KTHREAD))
		return cpumask_test(rd->active, cpu);
	/* A kernel thread that is not bound to the cpu does not stay while it goes offline. */
	return cpumask_test(rd->online, cpu) &&
	       (task->flags & TASK_FLAG_PER_CPU || !sched->rqs[cpu].dying);
}

/* select_task_rq(). */
static u32 select_cpu(struct sched *sched, struct task *task, u32 prev_cpu, u32 wake_flags)
{
	u32 cpu = prev_cpu;

	if (decisions_wanted(sched))
		decide_select_begin(sched, task, prev_cpu, wake_flags);
	if (task->nr_cpus_allowed > 1 && !task->pinned &&
	    class_answers(sched, task->class_id, select_cpu))
		cpu = class_call(sched, task->class_id, select_cpu, task, prev_cpu, wake_flags);
	else if (task->nr_cpus_allowed == 1 || task->pinned)
		cpu = cpumask_next(task->cpus, 0);
	if (unlikely(!sched_cpu_allowed(sched, task, cpu))) {
		decide_select_rule(sched, RULE_SELECT_FALLBACK);
		cpu = sched_fallback_cpu(sched, task, task->cpu);
	}
	if (decisions_wanted(sched))
		decide_select_end(sched, task, cpu);
	return cpu;
}

/* The waker's part: the running task's own doing, or more of an interrupt's. */
static void steal_for_wakeup(const struct rq *here, u64 cost)
{
	struct machine *machine = here->sched->machine;

	if (machine->in_irq)
		cpu_steal_irq(machine, rq_cpu(here), cost);
	else
		cpu_steal(machine, rq_cpu(here), cost);
}

/* Where cpus take turns, one may find its runqueue locked by a waker whose turn is over. */
static void hold_runqueue(struct sched *sched, const struct task *task, u32 cpu)
{
	const struct costs *costs = &sched->platform->costs;

	if (!wants_wake_list(sched, task, cpu))
		turns_hold(sched->machine, cpu,
			   costs->wakeup + costs->wakeup_charge + costs->wakeup_check);
}

/* @task may be woken. Returns how it was: wake_flags and what came of them. */
static always_inline u32 wake(struct sched *sched, struct task *task, u32 wake_flags)
{
	const struct rq *here = this_rq(sched);
	u32 cpu;

	put_wake_record(here, RECORD_WAKING, task, here->curr->id);
	if (unlikely(task == here->curr)) {
		task->state = TASK_RUNNING;
		put_wake_record(here, RECORD_WAKEUP, task, task->id);
		return wake_flags;
	}
	steal_for_wakeup(here, sched->platform->costs.wakeup);
	wake_flags |= WF_TTWU;
	if (task->on_rq != ON_RQ_NO) {
		wake_queued(sched, task, wake_flags);
		return wake_flags;
	}
	task->state = TASK_WAKING;
	cpu = select_cpu(sched, task, task->wake_cpu, wake_flags);
	if (cpu != task->cpu) {
		wake_flags |= WF_MIGRATED;
		sched_set_cpu(sched, task, cpu, RECORD_MOVE_WAKEUP);
	}
	if (cpu != here->cpu) {
		steal_for_wakeup(here, sched->platform->costs.wakeup_remote);
		if (unlikely(sched->machine->turns))
			hold_runqueue(sched, task, cpu);
	}
	queue_wakeup(sched, task, cpu, wake_flags, here);
	return wake_flags;
}

/* ttwu_state_match(): it does not run before it thaws, and who wakes it need not know. */
static bool wake_frozen(struct task *task, u16 mask)
{
	bool matches = task->frozen_state & mask;

	if (matches)
		task->frozen_state = TASK_RUNNING;
	return matches;
}

bool sched_freeze_asleep(struct task *task)
{
	if (task->on_rq != ON_RQ_NO || task->on_cpu || task->state == TASK_RUNNING)
		return false;
	task->frozen_state = task->state;
	task->state = TASK_REFRIGERATED;
	return true;
}

void sched_thaw(struct sched *sched, struct task *task)
{
	if (task->frozen_state == TASK_RUNNING)
		sched_wake(sched, task, TASK_REFRIGERATED, 0);
	else
		task->state = task->frozen_state;
}

bool sched_wake(struct sched *sched, struct task *task, u16 mask, u32 wake_flags)
{
	if (!(task->state & mask))
		return unlikely(task->state == TASK_REFRIGERATED) && wake_frozen(task, mask);
	wake_flags = wake(sched, task, wake_flags);
	if (schedstat_wanted(sched))
		schedstat_woken(sched, task, wake_flags);
	return true;
}

void sched_wake_new(struct sched *sched, struct task *task)
{
	const struct sched_class *class = task_class(sched, task);
	struct rq *rq;
	u32 cpu;

	ensure(task->state == TASK_NEW);
	task->state = TASK_RUNNING;
	task->recent_used_cpu = task->cpu;
	cpu = select_cpu(sched, task, task->cpu, WF_FORK);
	task->cpu = task->wake_cpu = (u16)cpu; /* not a migration: it never ran */
	rq = sched_rq(sched, cpu);
	task_set_queue(sched, task, cpu);
	rq_update_clock(rq);
	if (class->new_task)
		class->new_task(rq, task);
	sched_activate(rq, task, ENQUEUE_INITIAL);
	put_wake_record(this_rq(sched), RECORD_WAKEUP_NEW, task, this_rq(sched)->curr->id);
	sched_wakeup_preempt(rq, task, WF_FORK);
	if (class->woken)
		class->woken(rq, task);
	sched->births.nr++;
	sched->births.cpu = cpu;
}
