/* SPDX-License-Identifier: MIT */
/* A kworker to which the kernel itself gives work: see worker.h. */
#include "proc/worker.h"

#include "proc/proc.h"

enum { WORKER_WOKEN, WORKER_DONE };

void worker_init(struct proc_world *world, struct proc *thread)
{
	world->worker = (struct worker){.thread = thread};
}

void worker_free_stack(struct proc_world *world)
{
	struct worker *worker = &world->worker;

	if (!worker->thread)
		return;
	worker->nr_stacks++;
	sched_wake(world->sched, &worker->thread->task, TASK_IDLE, 0);
}

void worker_step(struct proc_world *world, struct cpu *cpu, struct proc *thread)
{
	struct worker *worker = &world->worker;

	if (thread->phase == WORKER_WOKEN || worker->nr_stacks) {
		u64 ns = worker->nr_stacks * world->costs->free_stack;

		ns += thread->phase == WORKER_WOKEN ? world->costs->worker : 0;
		worker->nr_stacks = 0;
		if (proc_pay(world, cpu, thread, ns, WORKER_DONE))
			return;
	}
	thread->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
	thread->phase = WORKER_WOKEN;
	sched_block(world->sched, cpu, TASK_IDLE);
}
