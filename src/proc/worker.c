/* SPDX-License-Identifier: MIT */
/* Kworkers to which the kernel itself gives work: see worker.h. */
#include "proc/worker.h"

#include "proc/proc.h"

enum { WORKER_WOKEN, WORKER_DONE };

/* A timer's softirq would wake it then: its own timer stands for that. */
static void wait_for_work(struct proc_world *world, struct worker *worker)
{
	const struct platform *platform = &world->workload->platform;
	const struct costs *costs = world->costs;
	u64 due;

	if (worker != world->workers || worker->next == platform->nr_work)
		return;
	due = platform->work[worker->next].at;
	machine_timer_arm(
		world->machine, &worker->thread->timer, 0,
		max_of(world->machine->now - min_of(world->machine->now, costs->irq_delivery),
		       due) +
			costs->irq_entry + costs->timer_entry);
}

void worker_init(struct proc_world *world, struct proc *const *threads)
{
	u32 nr_cpus = world->sched->nr_cpus;

	world->workers = arena_array(world->arena, struct worker, nr_cpus);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		world->workers[cpu].thread = threads[cpu];
	threads[0]->timer.soft = world->bh ? TIMER_WHEEL : TIMER_HARD;
	wait_for_work(world, &world->workers[0]);
}

struct worker *worker_of(const struct proc_world *world, const struct proc *proc)
{
	for (u32 cpu = 0; world->workers && cpu < world->sched->nr_cpus; cpu++)
		if (world->workers[cpu].thread == proc)
			return &world->workers[cpu];
	return NULL;
}

void worker_free_stack(struct proc_world *world, u32 cpu)
{
	if (!world->workers)
		return;
	world->workers[cpu].nr_stacks++;
	sched_wake(world->sched, &world->workers[cpu].thread->task, TASK_IDLE, 0);
}

/* What the boot has left, as far as it is due. */
static u64 take_work(struct proc_world *world, struct worker *worker)
{
	const struct platform *platform = &world->workload->platform;
	u64 ns = 0;

	if (worker != world->workers)
		return 0;
	while (worker->next < platform->nr_work &&
	       platform->work[worker->next].at <= world->machine->now)
		ns += platform->work[worker->next++].ns;
	return ns;
}

void worker_step(struct proc_world *world, struct cpu *cpu, struct worker *worker)
{
	struct proc *thread = worker->thread;
	u64 ns = worker->nr_stacks * world->costs->free_stack + take_work(world, worker);

	if (thread->phase == WORKER_WOKEN || ns) {
		if (thread->phase == WORKER_WOKEN)
			ns += worker->nr_stacks ? world->costs->worker
						: world->costs->block + world->costs->nanosleep;
		worker->nr_stacks = 0;
		if (proc_pay(world, cpu, thread, ns, WORKER_DONE))
			return;
	}
	thread->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
	thread->phase = WORKER_WOKEN;
	wait_for_work(world, worker);
	sched_block(world->sched, cpu, TASK_IDLE);
}
