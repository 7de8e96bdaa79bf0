/* SPDX-License-Identifier: MIT */
/* The ops by which a program makes children, waits for them, and becomes another. */
#include <errno.h>

#include "model/clone.h"
#include "proc/calls.h"
#include "proc/children.h"
#include "proc/cow.h"
#include "proc/exec.h"
#include "proc/fork.h"
#include "proc/quota.h"
#include "proc/stack.h"
#include "proc/sync.h"

/* ---- fork, vfork, clone ---- */

enum { FORK_CALL, FORK_EFFECT, FORK_WAKE, FORK_TOLD, VFORK_SLEEP, FORK_USER, FORK_DONE };

/* The kernel's pools of objects grow with the most processes that there were. */
static u64 grow_ns(const struct proc_world *world)
{
	const struct platform *platform = &world->workload->platform;
	u32 nth = world->nr_alive - world->most_at_begin;

	if (world->nr_alive < world->most_alive)
		return 0;
	return nth < platform->nr_growth ? platform->growth[nth] : world->costs->fork_grow;
}

/* Objects come in slabs, of which one is used up now and then: this fork takes the next one. */
static u64 slab_ns(const struct proc_world *world)
{
	const struct platform *platform = &world->workload->platform;
	u32 every = platform->slab_forks,
	    first = platform->slab_first ? platform->slab_first : every;

	return every && world->nr_forks >= first && (world->nr_forks - first) % every == 0
		       ? world->costs->fork_slab
		       : 0;
}

/* Copying the memory is what makes a fork dear. */
static u64 fork_cost(const struct proc_world *world, const struct proc *proc, u64 word)
{
	const struct costs *costs = world->costs;

	if (word & CLONE_FLAG_THREAD)
		return costs->fork_thread;
	if (word & CLONE_FLAG_VM)
		return costs->vfork;
	return costs->fork + mm_fork_cost(world, proc->process) + grow_ns(world) + slab_ns(world);
}

/* The child uses its parent's memory until it has its own, and the parent sleeps as long. */
static bool sleep_for_vfork(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	if (!proc->vfork_child)
		return true;
	proc_sleep_state(world, cpu, proc, VFORK_SLEEP, TASK_KILLABLE);
	return false;
}

/* The child is made, but not yet awake. NULL: there is none, or a signal comes first. */
static struct proc *make_child(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			       const struct op *op)
{
	/* With a signal pending there is no fork: the signal comes first, then the call again. */
	if (unlikely(proc->task.flags & TASK_FLAG_NOTIFY)) {
		proc->phase = FORK_CALL;
		if (proc_deliver(world, cpu, proc))
			return NULL;
	}
	proc->phase = FORK_DONE;
	return proc_fork(world, proc, op->b, op_clone_word(op),
			 op->code == OP_CLONE && op->a >= CLONE_WITH_TIDS
				 ? &world->workload->set_tids[op->a - CLONE_WITH_TIDS]
				 : NULL);
}

/* Back in user mode the parent writes to pages that it shares with its child. */
static bool pay_for_pages(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	if (proc->phase != FORK_USER) {
		if (!cow_concerns(world, proc) && !world->costs->fork_user)
			return true;
		proc->phase = FORK_USER;
		if (proc_return_to_user(world, cpu, proc))
			return false;
	}
	proc->phase = FORK_DONE;
	return !cow_pay_parent(world, cpu, proc);
}

bool fork_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	u64 word = op_clone_word(op);
	bool of_process = !(word & (CLONE_FLAG_THREAD | CLONE_FLAG_VM));
	struct proc *child;

	/* Copying is full of them: memory is allocated and page tables are walked. */
	proc->task.points = proc->phase == FORK_CALL;
	switch (proc->phase) {
	case FORK_CALL:
		world->nr_forks += of_process;
		if (proc_pay(world, cpu, proc,
			     fork_cost(world, proc, word) + stack_take(world, cpu) +
				     cow_fork_begins(world, cpu, proc),
			     FORK_EFFECT))
			return false;
		proc->task.points = false;
		/* fall through */
	case FORK_EFFECT:
		child = make_child(world, cpu, proc, op);
		if (!child) {
			world->nr_forks -= of_process;
			stack_give(world, cpu);
			return proc->phase == FORK_DONE;
		}
		proc->wait_arg = child->index;
		if (proc_pay(world, cpu, proc, world->costs->fork_wake, FORK_WAKE))
			return false;
		/* fall through */
	case FORK_WAKE:
		proc_wake_child(world, pool_at(&world->procs, (u32)proc->wait_arg));
		cpu_steal(world->machine, cpu, world->costs->fork_exit);
		if (unlikely(proc->signals) &&
		    ptrace_stops_at_event(world, cpu, proc, 0, FORK_TOLD))
			return false;
		/* fall through */
	case FORK_TOLD:
		if (!(word & CLONE_FLAG_VFORK))
			return pay_for_pages(world, cpu, proc);
		/* fall through */
	case VFORK_SLEEP:
		if (!sleep_for_vfork(world, cpu, proc))
			return false;
		return !(unlikely(proc->signals) &&
			 ptrace_stops_at_event(world, cpu, proc, TRACE_ON_VFORK_DONE, FORK_DONE));
	case FORK_USER:
		return pay_for_pages(world, cpu, proc);
	default:
		return true;
	}
}

/* ---- exec ---- */

enum { EXEC_CALL, EXEC_LOAD, EXEC_EFFECT, EXEC_ALONE, EXEC_REFUSED };

static void load_program(struct proc_world *world, struct proc *proc, const struct op *op)
{
	proc->pc++;
	proc_exec(world, proc, world->workload->texts[op->b],
		  op->a == TEMPLATE_NONE ? SPEC_NONE : op->a);
}

bool exec_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	switch (proc->phase) {
	case EXEC_REFUSED:
		proc_refuse(world, proc, EAGAIN, "exec");
		proc->pc++;
		return true;
	case EXEC_CALL:
		if (unlikely(world->quotas) && !quota_may_exec(world, proc))
			return !proc_pay(world, cpu, proc, world->costs->syscall, EXEC_REFUSED) &&
			       exec_op(world, cpu, proc, op);
		/* It has the least cache contents to lose now: a good moment to move. */
		proc->phase = EXEC_LOAD;
		if (sched_exec(world->sched, cpu) == SCHED_SWITCHED)
			return false;
		/* fall through */
	case EXEC_LOAD:
		if (proc_pay(world, cpu, proc, world->costs->exec, EXEC_EFFECT))
			return false;
		/* fall through */
	case EXEC_EFFECT:
		if (world->workload->kernel.traces_prepare_exec)
			record_put(world, proc, RECORD_PREPARE_EXEC, 0, 0,
				   names_intern_str(world->names, world->workload->texts[op->b]));
		if (!proc_de_thread(world, proc)) {
			proc->pc++; /* EAGAIN: another thread does it, and this one dies */
			return true;
		}
		/* fall through */
	case EXEC_ALONE:
		if (!proc_is_alone(proc)) {
			proc_sleep_state(world, cpu, proc, EXEC_ALONE, TASK_KILLABLE);
			return false;
		}
	}
	load_program(world, proc, op);
	return true;
}

/* ---- wait ---- */

enum { WAIT_CALL, WAIT_SCAN, WAIT_TAKE, WAIT_NONE, WAIT_SLEEP, WAIT_WOKEN };

static struct wait_filter filter_of(const struct proc *proc, const struct op *op)
{
	if (op->code != OP_WAITPID)
		return (struct wait_filter){.spec = SPEC_NONE};
	if (op->a & WAIT_IN_GROUP)
		return (struct wait_filter){.spec = SPEC_NONE,
					    .flags = op->a,
					    .group_leader = op->b + 1};
	return (struct wait_filter){
		.spec = op->b == TARGET_SELF ? SPEC_NONE : op->b,
		.flags = op->a,
		.group = op->a & WAIT_OWN_GROUP ? proc->process->pgrp : NULL,
	};
}

/* init waits whether it has children or not. */
static bool scan_children(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			  const struct wait_filter *filter)
{
	const struct costs *costs = world->costs;
	/* that of a call that sleeps is in its block */
	u64 way_in = proc->phase == WAIT_CALL ? costs->wait_call : 0;
	bool has_children;
	enum child_event event;

	proc_find_child(proc, filter, &event, &has_children);
	if (event == CHILD_DEAD && !(filter->flags & WAIT_NO_TAKE))
		return proc_pay(world, cpu, proc,
				way_in + costs->reap + cow_thread_due(world, cpu, proc), WAIT_TAKE);
	if (event != CHILD_NOTHING)
		return proc_pay(world, cpu, proc, way_in + costs->syscall, WAIT_TAKE);
	if ((has_children || proc->process->is_init) && !(filter->flags & WAIT_NO_HANG))
		return proc_pay_block(world, cpu, proc,
				      costs->block + cow_thread_due(world, cpu, proc), WAIT_SLEEP);
	return proc_pay(world, cpu, proc, way_in + costs->syscall, WAIT_NONE);
}

/* A wait's sleep: nothing may have happened since the scan. */
static bool sleep_for_child(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			    const struct wait_filter *filter)
{
	bool has_children;
	enum child_event event;

	proc_find_child(proc, filter, &event, &has_children);
	if (event != CHILD_NOTHING || !(has_children || proc->process->is_init)) {
		proc->phase = WAIT_SCAN;
		return false;
	}
	if (is_wait_deadlock(world, proc))
		return true;
	wait_add(&proc->process->child_wait, proc, false);
	proc_sleep(world, cpu, proc, WAIT_WOKEN);
	return true;
}

/*
 * Nobody to wait for is a failure, but where that is what one waits for; a child that has nothing
 * to tell (nohang) is none.
 */
static void tell_nobody(struct proc_world *world, struct proc *proc, const struct op *op,
			const struct wait_filter *filter)
{
	enum child_event event;
	bool has_children = false;

	proc_find_child(proc, filter, &event, &has_children);
	if (!has_children && op->code != OP_WAITALL && !proc->process->is_init)
		proc_refuse(world, proc, ECHILD, op_infos[op->code].key);
}

bool wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct wait_filter filter = filter_of(proc, op);

	for (;;) {
		switch (proc->phase) {
		case WAIT_CALL:
			record_put(world, proc, RECORD_WAIT, 0, 0, (u64)(s64)proc->task.prio);
			/* fall through */
		case WAIT_SCAN:
			if (scan_children(world, cpu, proc, &filter))
				return false;
			break;
		case WAIT_TAKE:
			if (proc_take_child(world, proc, &filter) <= 0) {
				proc->phase = WAIT_SCAN; /* another thread was faster */
				break;
			}
			if (op->code != OP_WAITALL)
				return true;
			proc->phase = WAIT_CALL;
			if (unlikely(world->counts_calls))
				interp_count_call(world, proc, op);
			if (proc_return_to_user(world, cpu, proc))
				return false;
			break;
		case WAIT_SLEEP:
			if (sleep_for_child(world, cpu, proc, &filter))
				return false;
			break;
		case WAIT_WOKEN:
			wait_finish(proc);
			proc->phase = WAIT_SCAN;
			break;
		default: /* WAIT_NONE */
			tell_nobody(world, proc, op, &filter);
			return true;
		}
	}
}
