/* SPDX-License-Identifier: MIT */
/*
 * The calls that sleep for a time, as the interpreter steps them: here, since most events are such
 * a step; the way to sleep is in sleep.c. True: the op is complete. Kernel: kernel/time/hrtimer.c,
 * do_nanosleep(); reference: process.md 8.9.
 */
#ifndef OSSIM_PROC_SLEEP_H
#define OSSIM_PROC_SLEEP_H

#include "proc/calls.h"

enum { SLEEP_CALL, SLEEP_BEGIN, SLEEP_WOKEN };

/* What the way to sleep costs. True: the task pays, and is called again in phase SLEEP_BEGIN. */
bool sleep_pay(struct proc_world *world, struct cpu *cpu, struct proc *proc);
/* Sleeps until proc->wake_at; true: that has passed. */
bool sleep_begin(struct proc_world *world, struct cpu *cpu, struct proc *proc);

/* The function of a task's timer: it is woken. */
void sleep_is_over(struct machine *machine, struct timer *timer);

/*
 * What leads to the sleep: the call, or its restart after a stop, which sleeps even if it is over
 * by then.
 */
static inline bool enters_sleep(const struct proc *proc)
{
	return proc->phase == SLEEP_CALL || proc->in_call == IN_CALL_BROKEN_OFF;
}

/* Sleeps until proc->wake_at, however often it is woken before; true: it has come. */
static always_inline bool sleep_on(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	if (proc->phase == SLEEP_WOKEN && world->machine->now >= proc->wake_at) {
		if (unlikely(world->costs->sleep_woken))
			cpu_steal(world->machine, cpu, world->costs->sleep_woken);
		return true;
	}
	return sleep_begin(world, cpu, proc);
}

/*
 * When @cpu has done what its task's last call left to do, as a wakeup: then comes the next call.
 * What it has paid for a way through the scheduler that it did not need has not passed.
 */
static inline u64 time_of_call(const struct proc_world *world, const struct cpu *cpu,
			       const struct proc *proc)
{
	const struct rq *rq = sched_rq(world->sched, cpu->id);
	u64 at = max_of(world->machine->now, cpu->kernel_until);

	return unlikely(rq->refunded == proc->task.id) ? at - min_of(at, rq->refund) : at;
}

static always_inline bool sleep_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				   const struct op *op)
{
	bool enters = enters_sleep(proc);

	/* The timer runs from the call on, while the task is still on its way to sleep. */
	if (proc->phase == SLEEP_CALL)
		proc->wake_at = min_of(time_of_call(world, cpu, proc) +
					       min_of(op_draw(world, proc, op), (u64)NEVER),
				       (u64)NEVER);
	if (enters && sleep_pay(world, cpu, proc))
		return false;
	return sleep_on(world, cpu, proc);
}

/* The grid begins at the first use and never skips a point: a late task catches up. */
static always_inline bool timer_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
				   const struct op *op)
{
	bool enters = enters_sleep(proc);

	if (proc->phase == SLEEP_CALL) {
		if (proc->grid_next == NEVER)
			proc->grid_next = time_of_call(world, cpu, proc);
		proc->grid_next =
			min_of(proc->grid_next + min_of(op_draw(world, proc, op), (u64)NEVER),
			       (u64)NEVER - 1);
		proc->wake_at = proc->grid_next;
	}
	if (enters && sleep_pay(world, cpu, proc))
		return false;
	return sleep_on(world, cpu, proc);
}

#endif
