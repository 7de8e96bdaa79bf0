/* SPDX-License-Identifier: MIT */
/* What a task says of itself: a mark in the trace, another name, a session of its own. */
#include "proc/calls.h"
#include "proc/group.h"

#include <errno.h>
#include <string.h>

#include "model/syscalls.h"

enum { SELF_CALL, SELF_EFFECT };

bool mark_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	if (proc->phase == SELF_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, SELF_EFFECT))
		return false;
	record_put(world, proc, RECORD_MARK, 0, 0, world->text_names[op->b]);
	return true;
}

/* prctl(PR_SET_CHILD_SUBREAPER), prctl(PR_SET_PDEATHSIG), setsid() and others. */
bool process_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	if (proc->phase == SELF_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, SELF_EFFECT))
		return false;
	if (op->code == OP_SUBREAPER)
		proc->process->is_subreaper = world->has_subreapers = true;
	else if (op->code == OP_PDEATH_SIGNAL)
		sig_task_make(world, proc)->pdeath = (u8)op->value;
	else if (op->code == OP_TRACE_ME)
		ptrace_by(world, proc->real_parent, proc); /* EPERM is the program's own affair */
	else if (op->code == OP_UNSHARE)
		pidns_unshare(world, proc);
	else if (pgrp_set_session(world, proc->process)) /* EPERM is the program's own affair */
		group_new_session(world, proc->process);
	return true;
}

bool rename_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	const char *comm = world->workload->texts[op->b];

	if (proc->phase == SELF_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, SELF_EFFECT))
		return false;
	proc->comm = names_intern(world->names, comm, strnlen(comm, COMM_LEN - 1));
	record_put(world, proc, RECORD_RENAME, 0, 0, proc->comm);
	return true;
}

bool syscall_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
		u64 work)
{
	enum { SERVED = OP_START + 1 };

	u64 entry = op->a & SECTION_INSIDE ? 0 : world->costs->syscall;

	if (proc->phase != SERVED && proc_pay(world, cpu, proc, entry + work, SERVED))
		return false;
	if (unlikely(op->b == CALL_UNKNOWN + 1))
		proc_refuse(world, proc, ENOSYS, "syscall");
	return true;
}
