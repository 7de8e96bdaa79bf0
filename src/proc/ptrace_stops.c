/* SPDX-License-Identifier: MIT */
/*
 * Stops of tracees that are not for a signal: at the entry to and the return from system calls
 * (PTRACE_SYSCALL), and at events (PTRACE_O_TRACEFORK and so on). Kernel: kernel/entry/common.c
 * (syscall_trace_enter, syscall_exit_work), include/linux/ptrace.h (ptrace_event), kernel/fork.c,
 * fs/exec.c, kernel/exit.c.
 *
 * Only worlds with a tracer that asks for such stops come here: for them the interpreter has a step
 * of its own. What the C library does without the kernel, a lock that is free, is no call.
 */
#include "proc/ptrace.h"

#include "model/syscalls.h"
#include "proc/calls.h"
#include "proc/sync.h"

bool ptrace_is_used(const struct workload *workload)
{
	for (u32 i = 0; i < workload->nr_programs; i++)
		for (u32 k = 0; k < workload->programs[i].nr_ops; k++) {
			u8 code = workload->programs[i].ops[k].code;

			if (code == OP_TRACE_SEIZE || code == OP_TRACE_OPTIONS ||
			    code == OP_TRACE_SYSCALL)
				return true;
		}
	return false;
}

/* What is done in user space as long as nobody waits. */
static bool enters_kernel(const struct proc_world *world, const struct op *op)
{
	switch (op->code) {
	case OP_LOCK:
		return world->mutexes[op->b].locked;
	case OP_UNLOCK:
		return world->mutexes[op->b].contended;
	case OP_COND_SIGNAL:
	case OP_COND_BROADCAST:
		return !wait_queue_empty(&world->conds[op->b].waiters);
	case OP_SEM_WAIT:
		return !world->semaphores[op->b].value;
	case OP_SEM_POST:
		return world->semaphores[op->b].nr_waiters;
	case OP_READ_LOCK: /* not told before, but at their return */
	case OP_WRITE_LOCK:
	case OP_RW_UNLOCK:
		return false;
	default:
		return syscall_of_op(op) != CALL_NONE || op->code == OP_SYSCALL;
	}
}

/* The end of a handler: its rt_sigreturn() is not told of. */
static bool is_sigreturn(const struct proc *proc, const struct op *op)
{
	return op->code == OP_EXIT && op->flags & OP_IMPLICIT && proc->signals->frame;
}

static bool is_part_of_call(const struct op *op)
{
	return op->code == OP_SYSCALL && op->a & SECTION_INSIDE;
}

/* A fatal signal is not held up. */
static bool may_stop(const struct proc *proc)
{
	return !(proc->task.flags & TASK_FLAG_FATAL);
}

static void stop(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		 enum ptrace_where where)
{
	struct ptrace *ptrace = proc->signals->ptrace;

	ptrace->where = (u8)where;
	ptrace->due = 0;
	ptrace_tell_stop(world, proc, SIGNAL_TRAP, false);
	if (proc->in_call)
		proc->in_call = IN_CALL_SLEPT;
	sched_block(world->sched, cpu, TASK_TRACED);
}

bool ptrace_stops_at_entry(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			   const struct op *op)
{
	struct ptrace *ptrace = ptrace_of_tracee(proc);

	if (!ptrace || !ptrace->by_calls || ptrace->in_call || proc->phase != OP_START ||
	    proc->task.flags & TASK_FLAG_SECTION || !may_stop(proc) || is_sigreturn(proc, op) ||
	    !enters_kernel(world, op))
		return false;
	ptrace->in_call = true;
	stop(world, cpu, proc, PTRACE_AT_ENTRY);
	return true;
}

/*
 * The call is over, also if the tracer has gone since: the next one is told of the next entry.
 * NULL: it has none.
 */
static struct ptrace *leave_call(const struct proc *proc)
{
	struct ptrace *ptrace = proc->signals ? proc->signals->ptrace : NULL;

	if (ptrace)
		ptrace->in_call = false;
	return ptrace_of_tracee(proc);
}

bool ptrace_stops_at_end(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			 const struct op *op)
{
	struct ptrace *ptrace = leave_call(proc);

	if (!ptrace)
		return false;
	if (!may_stop(proc) || proc->task.flags & TASK_FLAG_SECTION)
		return false;
	if (ptrace->due) {
		stop(world, cpu, proc, PTRACE_AT_END);
		return true;
	}
	if (!ptrace->by_calls || !proc->in_call || is_part_of_call(op))
		return false;
	stop(world, cpu, proc, PTRACE_AT_RETURN);
	return true;
}

bool ptrace_goes_on(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct ptrace *ptrace = proc->signals->ptrace;
	u8 where = ptrace ? ptrace->where : PTRACE_ELSEWHERE;

	if (likely(where == PTRACE_ELSEWHERE))
		return false;
	ptrace->where = PTRACE_ELSEWHERE;
	if (where < PTRACE_AT_END)
		return false;
	if (where == PTRACE_AT_END && ptrace->by_calls && may_stop(proc)) {
		stop(world, cpu, proc, PTRACE_AT_RETURN);
		return true;
	}
	return proc->in_call && proc_return_to_user(world, cpu, proc);
}

void ptrace_has_yielded(struct proc *proc)
{
	struct ptrace *ptrace = leave_call(proc);

	if (ptrace && ptrace->by_calls)
		ptrace->where = PTRACE_AT_END;
}

bool ptrace_stops_at_event(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 event,
			   u8 phase)
{
	struct ptrace *ptrace = ptrace_of_tracee(proc);

	proc->phase = phase;
	if (!ptrace || !may_stop(proc) || !(ptrace->due || ptrace->events & event))
		return false;
	stop(world, cpu, proc, PTRACE_AT_EVENT);
	return true;
}

bool ptrace_stops_at_exit(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct ptrace *ptrace = ptrace_of_tracee(proc);

	if (!ptrace || !(ptrace->events & TRACE_ON_EXIT) || ptrace->exit_told)
		return false;
	ptrace->exit_told = true;
	/* Whatever kills it has been taken by now, and nothing else comes any more. */
	proc->task.flags &= (u16) ~(TASK_FLAG_NOTIFY | TASK_FLAG_FATAL);
	stop(world, cpu, proc, PTRACE_AT_EVENT);
	return true;
}
