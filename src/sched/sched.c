/* SPDX-License-Identifier: MIT */
/*
 * The heart of the mechanism: __schedule() and the pick.
 * Kernel: kernel/sched/core.c; reference: core-rt-dl-ext.md 1.3-1.7, 1.14.
 *
 * One call of schedule() is one atomic step: dequeue what sleeps, pick, switch, begin the next
 * task's segment. Time passes only in segments and interrupts.
 */
#include "sched/sched.h"

#include "base/ensure.h"
#include "sched/cookie.h"
#include "sched/decide.h"
#include "sched/hrtick.h"
#include "sched/internal.h"
#include "sched/schedstat.h"

out_of_line void sched_record_runtime(struct rq *rq, struct task *task, u64 delta)
{
	struct stream *stream = rq->sched->stream;
	struct record record = {
		.when = rq->sched->machine->now,
		.kind = RECORD_RUNTIME,
		.flags = rq->sched->machine->in_irq ? RECORD_FLAG_IRQ : 0,
		.cpu = (u16)sched_this_cpu(rq->sched), /* who accounts, maybe for another cpu */
		.task = task->id,
		.value = delta,
	};

	if (schedstat_wanted(rq->sched))
		schedstat_charged(rq, task, delta);
	stream_put(stream, record);
	if (rq->sched->kernel->trace_runtime_vruntime) {
		record.kind = RECORD_VRUNTIME;
		record.value = task->class_id == CLASS_FAIR ? task->fair.vruntime : 0;
		stream_put(stream, record);
	}
}

/* ---- Picking ---- */

/* Fair tasks only (the usual case), from the idle task or another fair one. NULL: start again. */
static struct task *pick_fair_only(struct rq *rq, struct task *prev)
{
	struct task *next = fair_pick(rq);

	if (next)
		return next;
	/* Nothing fair: try to find work elsewhere (newidle balancing). */
	if (!fair_balance(rq, prev))
		return rq->idle;
	return NULL;
}

void sched_balance_classes(struct rq *rq, struct task *prev)
{
	const struct sched_class *const *classes = rq->sched->classes;
	/* From the idle task: an ext scheduler is asked as well. */
	u32 from = rq->pick_asks & PICK_ASKS_EXT ? min_of(prev->class_id, (u8)CLASS_EXT)
						 : prev->class_id;

	rq->ext_balanced = false;
	for (u32 id = from; id < NR_CLASSES; id++)
		if (classes[id] && classes[id]->balance &&
		    !(id == CLASS_FAIR && sched_ext_runs_all(rq->sched)) &&
		    classes[id]->balance(rq, prev))
			break;
}

struct task *sched_pick_class(struct rq *rq, bool *served)
{
	const struct sched_class *const *classes = rq->sched->classes;

	*served = false;
	for (u32 left = rq->classes_runnable; left; left &= left - 1) {
		u32 id = (u32)__builtin_ctz(left);
		struct task *next = classes[id]->pick(rq);

		if (next) {
			*served = next->class_id != id;
			return next;
		}
	}
	return classes[CLASS_IDLE]->pick(rq);
}

static struct task *pick_any_class(struct rq *rq, struct task *prev)
{
	bool served;

	if (unlikely(rq->pick_asks & PICK_ASKS_CORE))
		return sched_core_pick(rq, prev);
	sched_balance_classes(rq, prev);
	if (prev->class_id <= CLASS_RT && prev->class_id != CLASS_STOP &&
	    sched_feature(rq->sched, FEATURE_CHARGED_BEFORE_PICK))
		rq->sched->classes[prev->class_id]->update_curr(rq);
	return sched_pick_class(rq, &served);
}

/* __pick_next_task(). */
static struct task *pick_next(struct rq *rq, struct task *prev)
{
	while (prev->class_id >= CLASS_FAIR && rq->nr_running == rq->fair.h_nr_queued &&
	       likely(!rq->pick_asks)) {
		struct task *next = pick_fair_only(rq, prev);

		if (next)
			return next;
	}
	return pick_any_class(rq, prev);
}

/* ---- Switching ---- */

/*
 * What a switch and a cold cache cost @next before its own work. Interrupts are on again when the
 * caches fill.
 */
static u64 switch_overhead(struct rq *rq, const struct task *next)
{
	struct sched *sched = rq->sched;
	const struct costs *costs = &sched->platform->costs;
	u64 cost = costs->switch_same_mm, refill = 0;

	/* An address space stays loaded while the idle task or a kernel thread runs. */
	if (next->mm && next->mm != rq->active_mm) {
		cost = costs->switch_other_mm;
		rq->active_mm = next->mm;
		refill = unlikely(rq->drops_mm) ? costs->mm_drop : 0;
		rq->drops_mm = false;
		if (unlikely(costs->switch_flush))
			refill += rq_asid_overhead(rq, next->mm);
	}
	if (unlikely(rq->schedule_unpaid))
		cost += costs->schedule;
	if (cost || unlikely(sched->late_switches))
		cost += cpu_switch_begins(sched->machine, rq_cpu(rq), costs->schedule, cost,
					  costs->irq_entry -
						  min_of(costs->irq_entry, costs->irq_delivery),
					  !next->work_left);
	if (unlikely(next->last_cpu != next->cpu && next->last_cpu != CPU_NONE))
		cost += topology_migration_cost(&sched->machine->topology, next->last_cpu,
						next->cpu);
	return cost + refill;
}

static not_inline void take_refund(struct rq *rq, struct task *task)
{
	u64 taken = min_of(rq->refund, task->work_left);

	task->work_left -= taken;
	rq->refund -= taken;
	if (!rq->refund)
		rq->refunded = 0;
}

static void begin_segment(struct rq *rq, struct task *task, u64 overhead)
{
	struct machine *machine = rq->sched->machine;
	struct cpu *cpu = rq_cpu(rq);

	if (unlikely(rq->refunded == task->id))
		take_refund(rq, task);
	if (unlikely(task->flags & (TASK_FLAG_NOTIFY | TASK_FLAG_THROTTLE) &&
		     !(task->flags & TASK_FLAG_IN_KERNEL))) {
		/*
		 * A signal waits, or it is throttled: seen on its way to user mode, before its
		 * work.
		 */
		cpu_segment_begin(machine, cpu, overhead, 0);
		return;
	}
	cpu_segment_begin(machine, cpu, overhead, task->work_left);
	task->work_left = 0;
}

/* The state as sched_switch reports it (core-rt-dl-ext.md 6.2). */
static u32 reported_state(u16 state)
{
	if ((state & TASK_IDLE) == TASK_IDLE)
		return 0x80;
	state &= 0x7f;
	return state ? 1u << (31 - __builtin_clz(state)) : 0;
}

/*
 * The way through the scheduler has been paid, but not what it took more by what it found, nor that
 * of a yield: the switch comes so much later. Nothing of this cpu is told until then, as interrupts
 * are off; of a task that dies or stops, more is told in the same moment.
 */
static u64 switch_time(const struct rq *rq, const struct task *prev, const struct task *next)
{
	const struct sched *sched = rq->sched;
	u64 now = sched->machine->now;

	if (likely(!sched->late_switches) || next == rq->idle || prev->state & TASK_SPECIAL)
		return now;
	now += sched->tolls_at == now ? sched->tolls_ns : 0;
	now += rq->schedule_unpaid ? sched->platform->costs.schedule : 0;
	return min_of(now, sched->ends_at);
}

static void context_switch(struct rq *rq, struct task *prev, struct task *next, u32 prev_state)
{
	struct sched *sched = rq->sched;

	stream_put(sched->stream,
		   (struct record){
			   .when = switch_time(rq, prev, next),
			   .kind = RECORD_SWITCH,
			   .flags = prev_state & 0xff && prev->state == TASK_RUNNING
					    ? RECORD_FLAG_STAYS
					    : 0,
			   .cpu = (u16)rq->cpu,
			   .task = prev->id,
			   .other = next->id,
			   .arg = record_switch_arg(prev_state, prev->prio, next->prio),
		   });
	prev->on_cpu = false;
	next->on_cpu = true;
	if (prev == rq->idle)
		sched_leave_idle(rq);
	if (next == rq->idle)
		sched_enter_idle(rq);
	else
		begin_segment(rq, next, switch_overhead(rq, next));
	next->last_cpu = (u16)rq->cpu;
}

static void run_balance_callbacks(struct rq *rq)
{
	while (rq->balance_callbacks & (u8) ~(BALANCE_PUSH | BALANCE_WATCH)) {
		u32 id = (u32)__builtin_ctz(rq->balance_callbacks);

		rq->balance_callbacks &= (u8) ~(1u << id);
		rq->sched->classes[id]->balance_callback(rq);
	}
	if (unlikely(rq->balance_callbacks & BALANCE_WATCH)) {
		rq->balance_callbacks &= (u8)~BALANCE_WATCH;
		rq->sched->watch(rq->sched->watch_self);
	}
	if (unlikely(rq->balance_callbacks & BALANCE_PUSH))
		sched_balance_push(rq);
}

void sched_run_balance_callbacks(struct rq *rq)
{
	if (unlikely(rq->balance_callbacks))
		run_balance_callbacks(rq);
}

/* signal_pending_state(). */
static bool signal_prevents_sleep(const struct task *task)
{
	return task->state & TASK_INTERRUPTIBLE ||
	       (task->state & TASK_WAKEKILL && task->flags & TASK_FLAG_FATAL);
}

static void begin_iowait(struct rq *rq, const struct task *task)
{
	rq->nr_iowait++;
	stream_put(rq->sched->stream, (struct record){
					      .when = rq->sched->machine->now,
					      .kind = RECORD_IOWAIT,
					      .cpu = (u16)rq->cpu,
					      .task = task->id,
				      });
}

/* Takes a sleeping task off its queue, unless a signal keeps it running. */
static void deactivate_blocked(struct rq *rq, struct task *prev, u32 *traced)
{
	u32 flags = DEQUEUE_SLEEP;

	if (unlikely(prev->flags & TASK_FLAG_NOTIFY) && signal_prevents_sleep(prev)) {
		if (sched_feature(rq->sched, FEATURE_ABORTED_SLEEP_TRACED_R))
			*traced = 0;
		prev->state = TASK_RUNNING;
		return;
	}
	if (prev->state & TASK_UNINTERRUPTIBLE && !(prev->state & TASK_NOLOAD)) {
		prev->flags |= TASK_FLAG_CONTRIBUTES;
		rq->nr_uninterruptible++;
		if (unlikely(prev->flags & TASK_FLAG_IN_IOWAIT))
			begin_iowait(rq, prev);
	}
	if (prev->state & TASK_SPECIAL)
		flags |= DEQUEUE_SPECIAL;
	if (class_call(rq->sched, prev->class_id, dequeue, rq, prev, flags))
		prev->on_rq = ON_RQ_NO;
	else if (decisions_wanted(rq->sched))
		decide_delay(rq, prev, RULE_DELAY_BEGINS);
}

/*
 * The time up to which prev is charged: when the scheduler was entered, some way before the switch.
 */
static void update_clock_at_entry(struct rq *rq, enum schedule_mode mode)
{
	const struct costs *costs = &rq->sched->platform->costs;
	u64 entered = rq->sched->machine->now + RQ_CLOCK_BASE - costs->schedule;

	if (mode == SCHEDULE_BLOCK)
		entered -= costs->dequeue +
			   (unlikely(rq->curr->class_id == CLASS_DEADLINE) ? costs->dl_block : 0);
	else
		entered += rq->entry_late;
	if (entered > rq->clock)
		rq_clock_to(rq, entered);
}

/* Of what a task has paid up to a switch, it did not need that much, as it goes on itself. */
static u64 refund_of(const struct rq *rq, const struct task *task)
{
	const struct costs *costs = &rq->sched->platform->costs;
	u64 way = costs->schedule - min_of(costs->schedule, costs->schedule_same);

	if (rq->resume_paid)
		return way + costs->irq_resume;
	/* Behind a system call, of which nothing is left, the way back is in what it has paid. */
	return task->work_left ? way : way + costs->syscall_exit;
}

/* The same task again. Its next work has the refund: behind a system call it has not begun. */
static void go_on(struct rq *rq, struct task *task)
{
	const struct costs *costs = &rq->sched->platform->costs;

	if (rq->schedule_unpaid)
		begin_segment(rq, task, costs->syscall_exit + costs->yield_same);
	else {
		rq->refund = (rq->refunded == task->id ? rq->refund : 0) + refund_of(rq, task);
		rq->refunded = task->id;
		begin_segment(rq, task, 0);
	}
}

/* __schedule(). @traced: what the trace shows as prev's state. */
static void schedule(struct rq *rq, enum schedule_mode mode, u32 traced)
{
	struct sched *sched = rq->sched;
	struct cpu *cpu = rq_cpu(rq);
	struct task *prev = rq->curr, *next;

	if (unlikely(sched_feature(sched, FEATURE_HRTICK | FEATURE_HRTICK_DL)))
		sched_hrtick_clear(rq);
	if (likely(!rq->skip_clock_update))
		update_clock_at_entry(rq, mode);
	rq->skip_clock_update = false;
	if (cpu->segment_end != NEVER)
		/* On top of what was held back for a signal. */
		prev->work_left += cpu_segment_stop(sched->machine, cpu);
	/* what asks for a reschedule from here on needs no other */
	cpu->resched_at = sched->machine->now;
	if (mode == SCHEDULE_BLOCK && prev->state != TASK_RUNNING)
		deactivate_blocked(rq, prev, &traced);
	next = pick_next(rq, prev);
	if (decisions_wanted(sched))
		decide_picked(rq, prev, next);
	if (schedstat_wanted(sched))
		schedstat_picked(rq, prev, next);
	if (likely(next != prev)) {
		class_call(sched, prev->class_id, put_prev, rq, prev, next);
		class_call(sched, next->class_id, set_next, rq, next, true);
	}
	/*
	 * Whatever asked for it while prev was charged and put back has its answer in this very
	 * pick.
	 */
	rq->need_resched = 0;
	rq->entry_late = 0;
	cpu->resched_at = NEVER;
	if (likely(next != prev)) {
		rq->nr_switches++;
		rq->curr = next;
		context_switch(rq, prev, next, traced);
	} else if (prev == rq->idle) {
		sched_enter_idle(rq);
	} else {
		go_on(rq, prev);
	}
	rq->schedule_unpaid = false;
	sched_run_balance_callbacks(rq);
	/* A push or a balancing pass may have asked for a reschedule of what was just picked. */
	if (unlikely(rq->need_resched && cpu->resched_at == NEVER)) {
		sched_arm_resched(rq);
		/* __schedule() is called again before the task goes on, even in kernel mode. */
		if (rq->balance_callbacks & BALANCE_PUSH && cpu->resched_at == NEVER)
			schedule(rq, SCHEDULE_USER, 0);
	}
}

void sched_continue(struct sched *sched, struct cpu *cpu)
{
	begin_segment(sched_rq(sched, cpu->id), sched_rq(sched, cpu->id)->curr, 0);
}

void sched_block(struct sched *sched, struct cpu *cpu, u16 state)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	rq->curr->state = state;
	schedule(rq, SCHEDULE_BLOCK, reported_state(state));
}

void sched_freeze(struct sched *sched, struct cpu *cpu)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	rq->curr->state = TASK_FROZEN;
	schedule(rq, SCHEDULE_BLOCK, reported_state(TASK_INTERRUPTIBLE));
}

void sched_refrigerate(struct sched *sched, struct cpu *cpu)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	rq->curr->state = TASK_REFRIGERATED;
	rq->curr->frozen_state = TASK_RUNNING;
	schedule(rq, SCHEDULE_BLOCK, reported_state(TASK_UNINTERRUPTIBLE));
}

void sched_exit_task(struct sched *sched, struct cpu *cpu, u16 reported)
{
	struct rq *rq = sched_rq(sched, cpu->id);
	struct task *dead = rq->curr;

	dead->state = TASK_DEAD;
	dead->flags &= (u16)~TASK_FLAG_NOTIFY;
	schedule(rq, SCHEDULE_BLOCK, reported);
	if (task_class(sched, dead)->dead)
		task_class(sched, dead)->dead(rq, dead);
	/* It was a deadline task once, or boosted to it. */
	if (unlikely(dead->dl))
		sched->classes[CLASS_DEADLINE]->dead(rq, dead);
}

void sched_yield_curr(struct sched *sched, struct cpu *cpu)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	if (schedstat_wanted(sched))
		sched->schedstat->rqs[rq->cpu].yields++;
	rq_update_clock(rq);
	cpu->resched_at = min_of(cpu->resched_at, sched->machine->now); /* as in schedule() */
	if (task_class(sched, rq->curr)->yield)
		task_class(sched, rq->curr)->yield(rq);
	rq->skip_clock_update = true;
	/* If it goes on itself, there is nothing to pay. */
	rq->schedule_unpaid = true;
	schedule(rq, SCHEDULE_USER, 0);
}

/* The way through the scheduler takes time: the task does nothing more until the switch. */
static void switch_later(struct rq *rq, struct cpu *cpu)
{
	if (cpu->resched_at == NEVER)
		sched_arm_resched(rq);
	cpu->kernel_until = max_of(cpu->kernel_until, cpu->resched_at);
	cpu_segment_begin(rq->sched->machine, cpu, 0, 0);
}

bool sched_preempt_point(struct sched *sched, struct cpu *cpu)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	if (likely(!rq->need_resched))
		return false;
	/* The call itself made it due: it is preempted at its next preempt_enable. */
	if (sched_preempts_kernel(rq))
		rq->curr->flags |= TASK_FLAG_IN_KERNEL;
	/* What the call has done, such as a wakeup, takes its time first. */
	if (sched->platform->costs.schedule || cpu->kernel_until > sched->machine->now)
		switch_later(rq, cpu);
	else
		sched_resched(sched, cpu);
	return true;
}

bool sched_preempt_enable(struct sched *sched, struct cpu *cpu)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	return rq->need_resched && sched_preempts_kernel(rq) && sched_preempt_point(sched, cpu);
}

void sched_schedule_kernel(struct rq *rq)
{
	schedule(rq, SCHEDULE_KERNEL, 0x100);
}

bool sched_cond_resched(struct sched *sched, struct cpu *cpu)
{
	struct rq *rq = sched_rq(sched, cpu->id);

	if (!rq->need_resched)
		return false;
	sched_schedule_kernel(rq);
	return true;
}

/* ---- The machine's handlers ---- */

void sched_resched(void *self, struct cpu *cpu)
{
	struct rq *rq = sched_rq(self, cpu->id);

	if (!rq->need_resched || !sched_preemptible_here(rq))
		return;
	if (rq->curr->flags & TASK_FLAG_IN_KERNEL)
		sched_schedule_kernel(rq);
	else
		schedule(rq, SCHEDULE_USER, 0);
}
