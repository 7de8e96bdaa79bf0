/* SPDX-License-Identifier: MIT */
/* The ops that do something to a task: to oneself, to another, to all instances of a name. */
#include <errno.h>

#include "proc/calls.h"
#include "proc/group.h"
#include "sched/cookie.h"

static enum sched_result set_slice(struct proc_world *world, struct task *task, u64 slice_ns)
{
	struct sched_attr attr = {
		.policy = task->policy,
		.nice = (s8)(task->static_prio - PRIO_DEFAULT),
		.rt_priority = task->rt_priority,
		.slice_ns = slice_ns,
		.reset_on_fork = task->flags & TASK_FLAG_RESET_ON_FORK,
	};

	/* Its runtime field is the budget of a deadline task, which this op does not mean. */
	if (task->policy == POLICY_DEADLINE)
		return SCHED_OK;
	return sched_set_attr(world->sched, task, &attr);
}

/* Each of whom @target stands for has @cookie from now on. */
static void give_cookie(struct proc_world *world, struct proc *target, u32 scope, u32 cookie)
{
	struct process *process = target->process;
	struct proc *thread;

	switch ((enum core_sched_scope)scope) {
	case CORE_SCHED_GROUP:
		if (!process->pgrp) /* a kernel thread */
			break;
		list_for_each (process, &target->process->pgrp->members, pgrp_link)
			list_for_each (thread, &process->threads, thread_link)
				sched_cookie_set(world->sched, &thread->task, cookie);
		break;
	case CORE_SCHED_PROCESS:
		list_for_each (thread, &process->threads, thread_link)
			sched_cookie_set(world->sched, &thread->task, cookie);
		break;
	default:
		sched_cookie_set(world->sched, &target->task, cookie);
	}
}

/* sched_core_share_pid(): prctl(PR_SCHED_CORE, ...). */
static void core_sched(struct proc_world *world, struct proc *proc, struct proc *target,
		       const struct op *op)
{
	struct sched *sched = world->sched;
	u32 scope = (u32)(op->value >> CORE_SCHED_SCOPE_SHIFT);

	if (!sched_has_cookies(sched)) {
		proc_refuse(world, proc, ENODEV, "core_sched");
		return;
	}
	switch ((enum core_sched_call)(op->value & 0xff)) {
	case CORE_SCHED_CREATE:
		give_cookie(world, target, scope, sched_cookie_new(sched));
		break;
	case CORE_SCHED_SHARE_TO:
		give_cookie(world, target, scope, sched_cookie(sched, &proc->task));
		break;
	default: /* CORE_SCHED_SHARE_FROM */
		sched_cookie_set(sched, &proc->task, sched_cookie(sched, &target->task));
	}
}

static const int error_of[] = {
	[SCHED_OK] = 0,        [SCHED_SWITCHED] = 0,    [SCHED_EINVAL] = EINVAL,
	[SCHED_EPERM] = EPERM, [SCHED_EACCES] = EACCES, [SCHED_EBUSY] = EBUSY,
};

/* True: this cpu has switched. A refused change is the program's own affair, as errors are. */
static bool apply_change(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			 struct proc *target, const struct op *op)
{
	const struct workload *w = world->workload;
	struct sched *sched = world->sched;
	enum sched_result result = SCHED_OK;
	s32 prio = target->task.prio;

	switch (op->code) {
	case OP_KILL:
		signal_send_from(world, proc, target, SIGNAL_KILL, false);
		break;
	case OP_STOP:
		signal_send_from(world, proc, target, SIGNAL_STOP, false);
		break;
	case OP_CONT:
		signal_send_from(world, proc, target, SIGNAL_CONT, false);
		break;
	case OP_SIGNAL:
		if (op->flags & OP_TO_ALL && !signal_send_all(world, proc, (u32)op->value))
			proc_refuse(world, proc, ESRCH, "signal");
		if (op->flags & OP_TO_ALL)
			break;
		if (op->flags & OP_TO_GROUP)
			pgrp_signal(world, proc, target->process->pgrp, (u32)op->value);
		else if (!(op->flags & OP_QUEUED ? signal_queue_from : signal_send_from)(
				 world, proc, target, (u32)op->value, op->flags & OP_TO_THREAD))
			proc_refuse(world, proc, EAGAIN,
				    op->flags & OP_QUEUED ? "sigqueue" : "signal");
		break;
	case OP_TRACE:
		ptrace_attach(world, proc, target); /* as here */
		break;
	case OP_TRACE_SEIZE:
		ptrace_seize(world, proc, target, (u32)op->value);
		break;
	case OP_TRACE_OPTIONS:
		ptrace_set_events(proc, target, (u32)op->value);
		break;
	case OP_TRACE_CONT:
	case OP_TRACE_SYSCALL:
		ptrace_cont(world, proc, target, (u32)op->value, op->code == OP_TRACE_SYSCALL);
		break;
	case OP_TRACE_INTERRUPT:
		ptrace_interrupt(world, proc, target);
		break;
	case OP_TRACE_LISTEN:
		ptrace_listen(world, proc, target);
		break;
	case OP_UNTRACE:
		ptrace_detach(world, proc, target, (u32)op->value);
		break;
	case OP_SETPGID:
		if (!pgrp_set(world, proc->process, target == proc ? NULL : target->process->pgrp))
			proc_refuse(world, proc, EPERM, "setpgid");
		break;
	case OP_SETNS:
		if (!pidns_join(world, proc, pidns_of(target)))
			proc_refuse(world, proc, EINVAL, "setns");
		break;
	case OP_NICE:
		result = sched_set_nice(sched, &target->task, (s32)(s64)op->value);
		break;
	case OP_POLICY:
		result = sched_set_attr(sched, &target->task, &w->attrs[op->value]);
		break;
	case OP_SLICE:
		result = set_slice(world, &target->task, op_draw(world, proc, op));
		break;
	case OP_GROUP:
		if (!group_move(world, target, op->value, op->flags & OP_TO_THREAD))
			result = SCHED_EINVAL;
		break;
	case OP_CORE_SCHED:
		core_sched(world, proc, target, op);
		break;
	case OP_AUTOGROUP_NICE:
		group_set_session_nice(world, target, (s32)(s64)op->value);
		break;
	default: /* OP_AFFINITY */
		result = sched_set_affinity(sched, cpu, &target->task, w->masks[op->value]);
	}
	if (target->task.prio != prio)
		mutex_prio_changed(world, target);
	if (unlikely(error_of[result]))
		proc_refuse(world, proc, error_of[result], op_infos[op->code].key);
	return result == SCHED_SWITCHED;
}

/* The instances of a name are in one group or namespace, as a rule: the first one tells which. */
static bool means_one_group(const struct op *op)
{
	return op->code == OP_SETPGID || op->code == OP_SETNS || op->flags & OP_TO_GROUP ||
	       (op->code == OP_CORE_SCHED &&
		op->value >> CORE_SCHED_SCOPE_SHIFT == CORE_SCHED_GROUP);
}

static bool is_for_process(const struct op *op)
{
	switch (op->code) {
	case OP_KILL:
	case OP_STOP:
	case OP_CONT:
	case OP_SETPGID:
		return true;
	case OP_SIGNAL:
		return !(op->flags & OP_TO_THREAD);
	default:
		return false;
	}
}

/* A signal to a process comes once, however many of the process's threads bear the name. */
static bool has_got_it(const struct op *op, const struct proc *target, const struct process *last)
{
	return is_for_process(op) && target->process == last;
}

/* A leader that has died before its threads still stands for the process. */
static bool is_there_for(const struct op *op, const struct proc *target)
{
	return !(target->task.flags & TASK_FLAG_EXITING) || is_for_process(op);
}

static u64 call_cost(const struct costs *costs, const struct op *op)
{
	switch (op->code) {
	case OP_CONT:
	case OP_KILL:
	case OP_STOP:
	case OP_SIGNAL:
		return costs->syscall + costs->kill;
	case OP_NICE:
		return costs->syscall + costs->change + costs->change_entry;
	case OP_POLICY:
	case OP_SLICE:
	case OP_AFFINITY:
		return costs->syscall + costs->change + costs->change_entry + costs->change_attr;
	default:
		return costs->syscall + costs->change;
	}
}

/* set_user_nice() looks at that first. Of others it is not known before they are found. */
static bool has_that_nice(const struct proc *proc, const struct op *op)
{
	return op->code == OP_NICE && op->b == TARGET_SELF &&
	       proc->task.static_prio == PRIO_DEFAULT + (s32)(s64)op->value;
}

/* What leads up to the effect: nothing of a kind if all that the name means are dead (ESRCH). */
static u64 entry_cost(const struct proc_world *world, const struct proc *proc, const struct op *op)
{
	bool none = op->b != TARGET_SELF && is_for_process(op) &&
		    list_empty(&world->specs[op->b].living);

	return none || has_that_nice(proc, op) ? world->costs->syscall
					       : call_cost(world->costs, op);
}

static bool lets_tracees_go(const struct op *op)
{
	return op->code == OP_TRACE_CONT || op->code == OP_TRACE_SYSCALL;
}

/*
 * `while (!ptrace(PTRACE_SYSCALL, ...))`: without a tracee (ESRCH) the op is done, and so is the
 * loop around it.
 */
static bool has_no_tracee(struct proc_world *world, struct proc *proc, const struct op *op)
{
	proc_refuse(world, proc, ESRCH, op_infos[op->code].key);
	proc->pc = program_loop_end(proc->program, proc->pc);
	return true;
}

static bool is_traced_by(const struct proc *target, const struct proc *tracer)
{
	const struct ptrace *ptrace = ptrace_of_tracee(target);

	return ptrace && ptrace->tracer == tracer;
}

/* Of a child. */
static bool set_childs_group(struct proc_world *world, struct proc *proc, const struct op *op)
{
	u32 group = op->value == PGRP_OF_CHILD_ITSELF ? SPEC_NONE : (u32)(op->value - PGRP_OF_TASK);
	int error = pgrp_set_child(world, proc, op->b, group);

	if (error)
		proc_refuse(world, proc, error, "setpgid");
	return true;
}

/*
 * The dying, and the dead for whom nobody has waited yet, can still be found, though nothing
 * becomes of them.
 */
static bool has_corpse(const struct proc_world *world, const struct proc *proc, const struct op *op)
{
	const struct proc *corpse;

	for (u32 at = 0; (corpse = proc_next(world, &at));)
		if (corpse->spec == op->b &&
		    (op->a == TARGET_ALL || corpse->instance == op->a - 1u) &&
		    corpse->exit_state != PROC_DEAD && pidns_sees(proc, corpse))
			return true;
	return false;
}

/* find_task_by_vpid() has found nobody; no group to join is EPERM. */
static bool finds_nobody(struct proc_world *world, struct proc *proc, const struct op *op)
{
	if (!has_corpse(world, proc, op))
		proc_refuse(world, proc, op->code == OP_SETPGID ? EPERM : ESRCH,
			    op_infos[op->code].key);
	return true;
}

/* Of its policy, nice or slice: the class is told, and an average begins anew. */
static bool is_of_class(const struct op *op)
{
	return op->code == OP_NICE || op->code == OP_POLICY || op->code == OP_SLICE;
}

/*
 * What remains of the call once the change is made comes before a reschedule that it has asked for.
 */
static void pay_behind_change(struct proc_world *world, struct cpu *cpu, bool own)
{
	const struct costs *costs = world->costs;
	u64 more = own && sched_rq(world->sched, cpu->id)->need_resched ? costs->change_resched : 0;

	cpu_steal(world->machine, cpu, costs->change_exit + more);
}

/* A signal has found its target in @state: what remains of the call once that is awake. */
static void pay_behind_signal(struct proc_world *world, struct cpu *cpu, const struct op *op,
			      u16 state)
{
	const struct costs *costs = world->costs;

	switch (op->code) {
	case OP_CONT:
		cpu_steal(world->machine, cpu, state & TASK_STOPPED ? costs->cont : 0);
		break;
	case OP_KILL:
	case OP_STOP:
	case OP_SIGNAL:
		cpu_steal(world->machine, cpu, state & TASK_INTERRUPTIBLE ? costs->kill_wake : 0);
	}
}

/* True: the op is done. */
static bool change_self(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			const struct op *op)
{
	bool same = has_that_nice(proc, op);

	if (apply_change(world, cpu, proc, proc, op))
		return false;
	if (is_of_class(op) && !same)
		pay_behind_change(world, cpu, true);
	return true;
}

/* One system call for all targets; wait_arg: the first instance not yet done. */
bool change_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	const struct process *last = NULL;
	struct proc *target, *next;
	bool has_tracee = op->code != OP_TRACE_SYSCALL, found, own = false;
	u16 state;

	if (proc->phase == CHANGE_CALL) {
		proc->wait_arg = 0;
		if (proc_pay(world, cpu, proc, entry_cost(world, proc, op), CHANGE_EFFECT))
			return false;
	}
	if (op->code == OP_SETPGID && op->value != PGRP_OF_SELF)
		return set_childs_group(world, proc, op);
	if (op->b == TARGET_SELF) {
		if (proc->wait_arg++)
			return true;
		if (lets_tracees_go(op))
			return ptrace_cont_all(world, proc, (u32)op->value,
					       op->code == OP_TRACE_SYSCALL) ||
			       has_no_tracee(world, proc, op);
		return change_self(world, cpu, proc, op);
	}
	found = proc->wait_arg || lets_tracees_go(op);
	list_for_each_safe (target, next, &world->specs[op->b].living, spec_link) {
		if (target->instance < proc->wait_arg)
			continue;
		if (op->a != TARGET_ALL && target->instance != op->a - 1u)
			continue;
		proc->wait_arg = target->instance + 1;
		if (!is_there_for(op, target) || has_got_it(op, target, last))
			continue;
		last = target->process;
		has_tracee |= is_traced_by(target, proc);
		if (!pidns_sees(proc, target))
			continue;
		found = true;
		own |= target == proc;
		state = target->task.state;
		if (apply_change(world, cpu, proc, target, op))
			return false;
		pay_behind_signal(world, cpu, op, state);
		if (means_one_group(op))
			break;
	}
	if (!found)
		return finds_nobody(world, proc, op);
	if (is_of_class(op))
		pay_behind_change(world, cpu, own);
	return has_tracee || has_no_tracee(world, proc, op);
}
