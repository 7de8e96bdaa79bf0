/* SPDX-License-Identifier: MIT */
/*
 * The ops that map, touch and write pages. Each fault enters the kernel for a moment and comes
 * back, so all of them together are work that signals and reschedules may interrupt.
 */
#include "proc/calls.h"

enum { FAULT_BEGIN, FAULT_DONE };

static u64 cost_of(const struct costs *costs, const struct faults *faults)
{
	u128 cost = (u128)faults->anonymous * costs->fault +
		    (u128)faults->reused * costs->fault_reuse +
		    (u128)faults->copied * costs->fault_copy;

	return (u64)min_of(cost, (u128)NEVER - 1);
}

static void tell(struct proc_world *world, const struct proc *proc, enum fault_kind kind, u64 pages)
{
	if (!pages)
		return;
	times_faults(world, proc->process, pages);
	record_put(world, proc, RECORD_FAULT, 0, kind, pages);
}

bool fault_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	      u64 pages)
{
	struct faults faults;

	if (proc->phase != FAULT_BEGIN)
		return true;
	faults = op->code == OP_TOUCH_PAGES ? mm_touch(world, proc->process, pages)
					    : mm_write(world, proc->process, pages);
	tell(world, proc, FAULT_REUSED, faults.reused);
	tell(world, proc, FAULT_COPIED, faults.copied);
	tell(world, proc, FAULT_ANONYMOUS, faults.anonymous);
	return !proc_work(world, cpu, proc, cost_of(world->costs, &faults), FAULT_DONE);
}

bool area_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
	     u64 pages)
{
	if (proc->phase != FAULT_BEGIN)
		return true;
	if (op->code == OP_MUNMAP)
		mm_unmap(world, proc->process, pages);
	else
		mm_map(proc->process, pages, op->code == OP_MMAP);
	return !proc_pay(world, cpu, proc, world->costs->syscall, FAULT_DONE);
}
