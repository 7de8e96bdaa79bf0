/* SPDX-License-Identifier: MIT */
/*
 * Spinlocks. Kernel: kernel/locking/qspinlock.c; reference: process.md 8.4.
 *
 * Holder and spinners cannot be preempted: what is due happens when the last spinlock is given
 * back. With `irqsave` interrupts wait as well. Spinners queue, so the lock goes to them in order
 * of arrival, and each is told at the moment when it is its turn; until then it computes for
 * nothing.
 */
#include "proc/calls.h"
#include "proc/rt_lock.h"
#include "proc/sync.h"

struct spinlock {
	struct owned own;
	struct list spinners; /* proc.wait.link */
};

void spinlocks_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->spinlocks = arena_array(world->arena, struct spinlock, w->nr_spinlocks);
	for (u32 i = 0; i < w->nr_spinlocks; i++) {
		world->spinlocks[i].own.name = w->spinlocks[i].name;
		list_init(&world->spinlocks[i].spinners);
	}
}

enum { SPIN_CALL, SPIN_TRY, SPIN_SPINS };

static void spin(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	proc->phase = SPIN_SPINS;
	proc->task.flags |= TASK_FLAG_IN_KERNEL;
	sched_spin(world->sched, cpu);
}

static bool lock(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		 struct spinlock *lock, const struct op *op)
{
	if (proc->phase == SPIN_CALL && op->a & SECTION_ENTERS &&
	    proc_pay(world, cpu, proc, world->costs->syscall, SPIN_TRY))
		return false;
	if (proc->phase == SPIN_SPINS) {
		if (lock->own.owner == proc)
			return true;
		spin(world, cpu, proc);
		return false;
	}
	proc->task.flags |= TASK_FLAG_SECTION | TASK_FLAG_NO_PREEMPT;
	if (op->flags & OP_IRQS_OFF)
		machine_irqs_off(cpu);
	if (!lock->own.owner) {
		lock->own.owner = proc;
		return true;
	}
	if (is_deadlock(world, proc, &lock->own))
		return false;
	locks_make(world, proc)->waits_for = &lock->own;
	list_add_tail(&lock->spinners, &proc->wait.link);
	spin(world, cpu, proc);
	return false;
}

static void unlock(struct proc_world *world, struct proc *proc, struct spinlock *lock,
		   const struct op *op)
{
	lock->own.owner = NULL;
	if (!list_empty(&lock->spinners)) {
		struct wait_entry *first = list_first(&lock->spinners, struct wait_entry, link);
		struct proc *next = container_of(first, struct proc, wait);

		list_del(&first->link);
		next->locks->waits_for = NULL;
		lock->own.owner = next;
		sched_spin_ends(world->sched, &next->task);
	}
	if (op->a & SECTION_PREEMPTIBLE)
		proc->task.flags &= (u16)~TASK_FLAG_NO_PREEMPT;
	if (op->a & SECTION_LEAVES)
		proc->task.flags &= (u16)~TASK_FLAG_SECTION;
}

bool spinlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct spinlock *s = &world->spinlocks[op->b];

	if (unlikely(world->rt_locks))
		return rt_spinlock_op(world, cpu, proc, op);
	if (op->code == OP_SPIN_LOCK)
		return lock(world, cpu, proc, s, op);
	unlock(world, proc, s, op);
	if (op->flags & OP_IRQS_OFF)
		machine_irqs_on(world->machine, cpu);
	return true;
}
