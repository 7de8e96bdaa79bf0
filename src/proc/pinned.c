/* SPDX-License-Identifier: MIT */
/* The ops by which a task in the kernel disables and enables its migration: sched/pinned.h. */
#include "sched/pinned.h"

#include "proc/calls.h"

enum { PIN_CALL, PIN_EFFECT };

bool migrate_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	if (op->code == OP_MIGRATE_ENABLE) {
		sched_migrate_enable(world->sched, &proc->task);
		if (op->a & SECTION_LEAVES)
			proc->task.flags &= (u16)~TASK_FLAG_SECTION;
		return true;
	}
	if (proc->phase == PIN_CALL && op->a & SECTION_ENTERS &&
	    proc_pay(world, cpu, proc, world->costs->syscall, PIN_EFFECT))
		return false;
	proc->task.flags |= TASK_FLAG_SECTION;
	sched_migrate_disable(world->sched, &proc->task);
	return true;
}
