/* SPDX-License-Identifier: MIT */
/*
 * Semaphores of the kernel. Kernel: kernel/locking/semaphore.c; reference: process.md 8.4.
 *
 * A count that down lowers and up raises. Who finds it 0 stands in a line; an up hands over to the
 * first, who has it then: nobody who comes by can take it. Whoever may raise it, it has no owner.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/sync.h"

struct ksem {
	const char *name;
	struct wait_queue queue;
	u64 count;
};

void ksems_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->ksems = arena_array(world->arena, struct ksem, w->nr_ksems);
	for (u32 i = 0; i < w->nr_ksems; i++) {
		world->ksems[i].name = w->ksems[i].name;
		world->ksems[i].count = w->ksems[i].value;
		wait_queue_init(&world->ksems[i].queue);
	}
}

enum { KSEM_CALL, KSEM_LOOK, KSEM_WOKEN };

static void up(struct proc_world *world, struct ksem *sem)
{
	struct wait_entry *first;

	if (wait_queue_empty(&sem->queue)) {
		sem->count++;
		return;
	}
	first = list_first(&sem->queue.entries, struct wait_entry, link);
	list_del(&first->link);
	sched_wake(world->sched, &container_of(first, struct proc, wait)->task, TASK_NORMAL, 0);
}

static bool give_up(struct proc_world *world, struct proc *proc, const struct ksem *sem, int error)
{
	wait_finish(proc);
	wait_drop_timeout(world, proc);
	return proc_goes_without(world, proc, error, sem->name);
}

static bool down(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct ksem *sem,
		 const struct op *op)
{
	switch (proc->phase) {
	case KSEM_CALL:
		if (proc_pay(world, cpu, proc, kernel_call_cost(world, op, sem->count), KSEM_LOOK))
			return false;
		/* fall through */
	case KSEM_LOOK:
		if (sem->count) {
			sem->count--;
			return true;
		}
		wait_add(&sem->queue, proc, true);
		break;
	case KSEM_WOKEN:
		if (!wait_linked(&proc->wait)) {
			wait_drop_timeout(world, proc);
			return true;
		}
		if (op->value && !timer_armed(&proc->timer) && world->machine->now >= proc->wake_at)
			return give_up(world, proc, sem, ETIME);
		break;
	}
	if (kernel_sleep_is_broken(proc, op))
		return give_up(world, proc, sem, EINTR);
	if (op->value && !timer_armed(&proc->timer))
		wait_arm_ticks(world, cpu, proc, op->value);
	proc_sleep_state(world, cpu, proc, KSEM_WOKEN, kernel_sleep_state(op));
	return false;
}

bool ksem_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct ksem *sem = &world->ksems[op->b];

	if (op->code == OP_DOWN)
		return down(world, cpu, proc, sem, op);
	if (proc->phase == KSEM_CALL &&
	    proc_pay(world, cpu, proc, kernel_call_cost(world, op, true), KSEM_LOOK))
		return false;
	up(world, sem);
	return true;
}
