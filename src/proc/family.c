/* SPDX-License-Identifier: MIT */
/* The ops by which a program makes children, waits for them, and becomes another. */
#include "proc/calls.h"

enum { FORK_CALL, FORK_EFFECT };

bool fork_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	bool thread = op->code == OP_CLONE;
	u64 cost = thread ? world->costs->fork_thread : world->costs->fork;
	struct proc *child;

	if (proc->phase == FORK_CALL && proc_pay(world, cpu, proc, cost, FORK_EFFECT))
		return false;
	/* With a signal pending there is no fork: the signal comes first, then the call again. */
	if (unlikely(proc->task.flags & TASK_FLAG_NOTIFY)) {
		proc->phase = FORK_CALL;
		if (proc_deliver(world, cpu, proc))
			return false;
	}
	child = proc_fork(world, proc, op->b, thread);
	if (child)
		proc_wake_child(world, child);
	return true;
}

enum { EXEC_CALL, EXEC_LOAD, EXEC_EFFECT };

bool exec_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	const struct workload *w = world->workload;
	const struct program *program = NULL;

	switch (proc->phase) {
	case EXEC_CALL:
		if (proc->process->leader != proc) {
			proc_fail(world, proc, "exec by a thread that is not its process's first");
			return false;
		}
		/* It has the least cache contents to lose now: a good moment to move. */
		proc->phase = EXEC_LOAD;
		if (sched_exec(world->sched, cpu) == SCHED_SWITCHED)
			return false;
		/* fall through */
	case EXEC_LOAD:
		if (proc_pay(world, cpu, proc, world->costs->exec, EXEC_EFFECT))
			return false;
	}
	if (op->a != TEMPLATE_NONE)
		program = &w->programs[w->tasks[op->a].program];
	proc->pc++;
	proc_exec(world, proc, w->texts[op->b], program);
	return true;
}

enum { WAIT_CALL, WAIT_SCAN, WAIT_REAP, WAIT_NONE, WAIT_SLEEP, WAIT_WOKEN };

/* init waits whether it has children or not. */
static bool scan_children(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	const struct costs *costs = world->costs;
	bool has_children;

	if (proc_find_zombie(proc, &has_children))
		return proc_pay(world, cpu, proc, costs->reap, WAIT_REAP);
	if (has_children || proc->process->is_init)
		return proc_pay(world, cpu, proc, costs->block, WAIT_SLEEP);
	return proc_pay(world, cpu, proc, costs->syscall, WAIT_NONE);
}

/* A wait's sleep: nothing may have happened since the scan. */
static bool sleep_for_child(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	bool has_children;

	if (proc_find_zombie(proc, &has_children) || !(has_children || proc->process->is_init)) {
		proc->phase = WAIT_SCAN;
		return false;
	}
	wait_add(&proc->process->child_wait, proc, false);
	proc_sleep(world, cpu, proc, WAIT_WOKEN);
	return true;
}

bool wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, bool all)
{
	for (;;) {
		switch (proc->phase) {
		case WAIT_CALL:
			record_put(world, proc, RECORD_WAIT, 0, 0, (u64)(s64)proc->task.prio);
			/* fall through */
		case WAIT_SCAN:
			if (scan_children(world, cpu, proc))
				return false;
			break;
		case WAIT_REAP:
			if (proc_reap_one(world, proc) <= 0) {
				proc->phase = WAIT_SCAN; /* another thread was faster */
				break;
			}
			if (!all)
				return true;
			proc->phase = WAIT_CALL;
			if (proc_return_to_user(world, cpu, proc))
				return false;
			break;
		case WAIT_SLEEP:
			if (sleep_for_child(world, cpu, proc))
				return false;
			break;
		case WAIT_WOKEN:
			wait_finish(proc);
			proc->phase = WAIT_SCAN;
			break;
		default: /* WAIT_NONE */
			return true;
		}
	}
}
