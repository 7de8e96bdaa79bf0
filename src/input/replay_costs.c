/* SPDX-License-Identifier: MIT */
/*
 * What does the recorded machine's kernel take for its work? The simulation charges what a trace
 * shows of it, instead of the preset's figures, and what it will charge is taken off the recorded
 * time.
 *
 * Between two events of one cpu that belong together nothing but the kernel runs
 * (kernel/sched/core.c: try_to_wake_up(), __schedule(); fair.c: update_curr() tells
 * sched_stat_runtime):
 *
 *	runtime of prev, switch               the way through the scheduler
 *	waking, wakeup                        a wakeup
 *	waking, runtime of curr, wakeup       one that weighs the woken task against the one that
 *	                                      runs
 *	wakeup, waking by the same task       from one to the next, in a call that wakes several, as
 *	                                      far as that can be told
 *	waking, switch from the idle task     the interrupt, and the way out of the idle loop
 *	waking by another cpu, wakeup         an interrupt's way to it; and that out of the idle
 *	                                      loop, if it was there
 *	wakeup, switch to it from another     the way out of an interrupt, or of a system call, and
 *	                                      through the scheduler
 *	runtime, runtime of prev, switch      a tick, from its accounting to the scheduler
 *
 * Each is the median of what was seen, in the first part of a long trace.
 */
#include "input/replay_collect.h"

#include "base/fixed.h"
#include "base/sorted.h"

enum {
	ENOUGH = 20,
	MANY = 4096,
	LONGEST = 30 * (int)USEC, /* a cpu of a virtual machine may be away */
};

static void sample(struct replay *replay, enum replay_interval interval, u64 ns)
{
	if (ns <= LONGEST && replay->intervals[interval].len < MANY)
		vec_push(&replay->intervals[interval], ns);
}

static bool idles(const struct replay *replay, const struct replay_cpu *cpu)
{
	return cpu->curr < replay->nr_cpus;
}

/* Was @task woken by a cpu that interrupted @cpu to have it done there? */
static bool is_sent(const struct replay_task *task, u32 cpu)
{
	return task->waking_cpu != REPLAY_NONE && task->waking_cpu != cpu;
}

static bool was(const struct replay_glance *glance, enum record_kind kind, u32 task)
{
	return glance->kind == kind && glance->task == task;
}

/*
 * How long after the wakeup of @next, if nothing but the accounting of @prev has been since? 0:
 * something has.
 */
static u64 since_wakeup(const struct replay_cpu *cpu, u32 prev, u32 next, u64 now)
{
	const struct replay_glance *last = &cpu->last;

	if (was(last, RECORD_RUNTIME, prev))
		last = &cpu->before;
	return was(last, RECORD_WAKEUP, next) ? now - last->when : 0;
}

/* The idle task makes room for a task that was woken @ns ago. */
static void see_idle_exit(struct replay *replay, const struct record *r, u64 ns)
{
	const struct replay_task *next = replay_task_at(replay, r->other);

	if (is_sent(next, r->cpu))
		sample(replay, INTERVAL_IPI_SWITCH, ns);
	else if (next->waking_cpu == r->cpu)
		sample(replay, INTERVAL_IDLE_EXIT, r->when - min_of(r->when, next->waking_at));
}

/* Whether an interrupt made that wakeup, or a call, is judged later. */
static void note_way(struct replay *replay, const struct replay_task *next, u64 ns)
{
	u32 waking = replay->open && next->block_step != REPLAY_NONE
			     ? next->steps.at[next->block_step].arg
			     : REPLAY_NONE;

	if (waking != REPLAY_NONE && ns <= LONGEST)
		replay->wakings.at[waking].way_ns = (u16)ns;
}

static void see_switch(struct replay *replay, const struct replay_cpu *cpu, const struct record *r)
{
	u64 woken = since_wakeup(cpu, r->task, r->other, r->when);

	if (r->flags & RECORD_FLAG_MENDED)
		return;
	if (was(&cpu->last, RECORD_RUNTIME, r->task))
		sample(replay, INTERVAL_SCHEDULE, r->when - cpu->last.when);
	if (was(&cpu->last, RECORD_RUNTIME, r->task) &&
	    was(&cpu->before, RECORD_RUNTIME, r->task) && record_prev_runnable(r))
		sample(replay, INTERVAL_TICK, cpu->last.when - cpu->before.when);
	if (!woken || !record_prev_runnable(r))
		return;
	if (r->task < replay->nr_cpus)
		see_idle_exit(replay, r, woken);
	else if (cpu->wakeup_flags & RECORD_FLAG_IRQ)
		sample(replay, INTERVAL_IRQ_SWITCH, woken);
	else if (cpu->wakeup_flags & RECORD_FLAG_BY_TASK)
		sample(replay, INTERVAL_CALL_SWITCH, woken);
	else
		note_way(replay, replay_task_at(replay, r->other), woken);
}

static void see_wakeup(struct replay *replay, struct replay_cpu *cpu, const struct record *r)
{
	const struct replay_task *task = replay_task_at(replay, r->task);

	if (is_sent(task, r->cpu) && idles(replay, cpu))
		sample(replay, INTERVAL_IPI, r->when - min_of(r->when, task->waking_at));
	cpu->wakeup_flags = r->flags;
	cpu->weighed =
		cpu->last.kind == RECORD_RUNTIME && was(&cpu->before, RECORD_WAKING, r->task);
	if (was(&cpu->last, RECORD_WAKING, r->task))
		sample(replay, INTERVAL_WAKEUP, r->when - cpu->last.when);
	else if (cpu->weighed)
		sample(replay, INTERVAL_CHECKED_WAKEUP, r->when - cpu->before.when);
}

static void see_waking(struct replay *replay, const struct record *r)
{
	struct replay_task *task = replay_task_at(replay, r->task);

	task->waking_at = r->when;
	task->waking_cpu = r->cpu;
}

void replay_costs_see(struct replay *replay, const struct record *r)
{
	struct replay_cpu *cpu = &replay->cpus[r->cpu];

	if (r->kind == RECORD_TASK || r->kind == RECORD_ATTR || r->kind == RECORD_VRUNTIME)
		return; /* no events of their own */
	if (r->kind == RECORD_SWITCH)
		see_switch(replay, cpu, r);
	else if (r->kind == RECORD_WAKEUP)
		see_wakeup(replay, cpu, r);
	else if (r->kind == RECORD_WAKING)
		see_waking(replay, r);
	cpu->before = cpu->last;
	cpu->last = (struct replay_glance){.when = r->when, .task = r->task, .kind = r->kind};
}

/* False: it was seen too seldom. */
static bool median(struct replay *replay, enum replay_interval interval, u64 *ns)
{
	u32 nr = replay->intervals[interval].len;

	if (nr < ENOUGH)
		return false;
	*ns = median_u64(replay->intervals[interval].at, nr);
	return true;
}

static u64 beyond(u64 ns, u64 part)
{
	return ns > part ? ns - part : 0;
}

static void learn_wakeup(struct replay *replay, struct costs *costs)
{
	u64 ns;

	if (median(replay, INTERVAL_WAKEUP, &ns))
		costs->wakeup = ns;
	if (!median(replay, INTERVAL_CHECKED_WAKEUP, &ns))
		return;
	costs->wakeup = min_of(costs->wakeup, ns);
	costs->wakeup_check = ns - costs->wakeup;
}

/*
 * The ways out of interrupts, that of a timer's, of the tick and of another cpu's, have the last
 * part in common.
 */
static void learn_interrupts(struct replay *replay, struct costs *costs)
{
	u64 timer, tick, ipi = 0;
	bool has_timer = median(replay, INTERVAL_IRQ_SWITCH, &timer);
	/* a yield accounts twice, too */
	bool has_tick = replay->grid.hz && median(replay, INTERVAL_TICK, &tick);
	bool has_ipi = median(replay, INTERVAL_IPI_SWITCH, &ipi);

	ipi = beyond(ipi, costs->schedule);
	if (has_timer) {
		timer = beyond(timer, costs->schedule);
		costs->preempt =
			min_of(timer, min_of(has_tick ? tick : NEVER, has_ipi ? ipi : NEVER));
		costs->timer = timer - costs->preempt;
	}
	if (has_ipi)
		costs->ipi_handler = beyond(ipi, costs->preempt);
	if (has_tick)
		costs->tick = tick - costs->preempt;
}

/*
 * The way out of the idle loop is behind the wakeup by an interrupt of the cpu's own, whose handler
 * is part of it (sched_arm_resched()), and before one that another cpu asks for.
 */
static void learn_idle(struct replay *replay, struct costs *costs)
{
	u64 ns;
	bool has_own = median(replay, INTERVAL_IDLE_EXIT, &ns);

	if (has_own)
		costs->idle_exit = ns;
	if (!median(replay, INTERVAL_IPI, &ns))
		return;
	if (has_own)
		costs->ipi = beyond(ns, costs->idle_exit);
	else
		costs->idle_exit = beyond(ns, costs->ipi);
}

static void learn_calls(struct replay *replay, struct costs *costs)
{
	u64 ns;

	if (median(replay, INTERVAL_CALL_SWITCH, &ns))
		costs->preempt_call = beyond(ns, costs->schedule);
}

void replay_costs_learn(struct replay *replay)
{
	struct costs *costs = &replay->costs;
	u64 ns;

	if (median(replay, INTERVAL_SCHEDULE, &ns)) {
		costs->schedule = ns;
		costs->block += ns;
		/* else who sleeps for a time that has passed would never leave its cpu */
		costs->timer_least += ns;
	}
	learn_wakeup(replay, costs);
	learn_interrupts(replay, costs);
	learn_idle(replay, costs);
	learn_calls(replay, costs);
}

/* Does the call that wakes somebody in the step before @index go on to that of @index? */
static bool is_next(const struct replay *replay, const struct replay_task *task, u32 index)
{
	const struct replay_step *step = &task->steps.at[index];
	const struct replay_waking *w;

	if (step->kind != STEP_WAKE || step[-1].kind != STEP_WAKE)
		return false;
	w = &replay->wakings.at[step->arg];
	return w->queue && !w->opens ? replay_queue_kind(replay, w) != QUEUE_SEMAPHORE
				     : replay_is_same_call(replay, task, index);
}

/* Where the heads do not tell what made a wakeup, its verdict does. */
static void learn_ways(struct replay *replay)
{
	for (u32 i = 0; i < replay->wakings.len; i++) {
		const struct replay_waking *w = &replay->wakings.at[i];

		if (w->way_ns)
			sample(replay,
			       replay_is_interrupt(w) ? INTERVAL_IRQ_SWITCH : INTERVAL_CALL_SWITCH,
			       w->way_ns);
	}
	learn_interrupts(replay, &replay->costs);
	learn_calls(replay, &replay->costs);
}

void replay_costs_learn_judged(struct replay *replay)
{
	learn_ways(replay);
	for (u32 t = 0; t < replay->tasks.len; t++) {
		const struct replay_task *task = &replay->tasks.at[t];

		for (u32 i = 1; i < task->steps.len; i++)
			if (is_next(replay, task, i))
				sample(replay, INTERVAL_NEXT_WAKING,
				       beyond(task->steps.at[i].ran,
					      replay_wakeup_cost(
						      replay,
						      &replay->wakings
							       .at[task->steps.at[i - 1].arg])));
	}
	(void)median(replay, INTERVAL_NEXT_WAKING, &replay->costs.futex_next);
}

u64 replay_wakeup_cost(const struct replay *replay, const struct replay_waking *w)
{
	const struct costs *costs = &replay->costs;

	return costs->wakeup + (w->weighed ? costs->wakeup_check : 0) +
	       (w->remote ? costs->wakeup_remote : 0);
}

u64 replay_toll(const struct replay *replay, const struct replay_toll *toll, u64 ran)
{
	const struct costs *costs = &replay->costs;
	u64 interrupt = costs->irq_entry + costs->timer + costs->wakeup + costs->wakeup_check;

	return toll->switches * costs->switch_other_mm + toll->moves * costs->migrate_llc +
	       toll->preemptions * (costs->schedule + costs->preempt) +
	       toll->interrupts * interrupt +
	       mul_div_u64(ran, (costs->irq_entry + costs->tick) * replay->grid.hz, SEC);
}
