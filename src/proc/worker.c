/* SPDX-License-Identifier: MIT */
/* Kworkers to which the kernel itself gives work: see worker.h. */
#include "proc/worker.h"

#include "machine/wheel.h"
#include "proc/proc.h"

enum { WORKER_WOKEN, WORKER_DONE };

/* Of work that is being done, when it is due. */
#define IN_HAND (NEVER - 1)

/* The first of what is still to be done. */
static u64 next_due(const struct proc_world *world, const struct worker *worker)
{
	u64 first = NEVER;

	for (u32 i = 0; i < world->workload->platform.nr_work; i++)
		first = min_of(first, worker->due[i]);
	return first;
}

/* A timer's softirq would wake it then: its own timer stands for that. */
static void wait_for_work(struct proc_world *world, struct worker *worker)
{
	const struct costs *costs = world->costs;
	u64 due = worker == world->workers ? next_due(world, worker) : NEVER;

	if (due == NEVER)
		return;
	machine_timer_arm(world->machine, &worker->thread->timer, 0,
			  max_of(world->machine->now -
					 min_of(world->machine->now, costs->irq_delivery),
				 due) +
				  costs->irq_entry + costs->timer_entry);
}

void worker_init(struct proc_world *world, struct proc *const *threads)
{
	const struct platform *platform = &world->workload->platform;
	u32 nr_cpus = world->sched->nr_cpus;

	world->workers = arena_array(world->arena, struct worker, nr_cpus);
	for (u32 cpu = 0; cpu < nr_cpus; cpu++)
		world->workers[cpu].thread = threads[cpu];
	world->workers->due = arena_array(world->arena, u64, platform->nr_work);
	for (u32 i = 0; i < platform->nr_work; i++)
		world->workers->due[i] = platform->work[i].at;
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

/* When work that is done now is due once more, as far behind the tick as it was. */
static u64 due_again(struct machine *machine, const struct kernel_work *work)
{
	u64 tick_ns = machine->tick_ns, ticks = div_round_up(work->again, tick_ns);
	u64 behind = (work->at + tick_ns - machine_next_tick(machine, 0) % tick_ns) % tick_ns;

	return work->again ? wheel_end(machine, 0, wheel_rounded(machine, ticks)) + behind : NEVER;
}

/* What the boot has left, as far as it is due. */
static u64 take_work(struct proc_world *world, struct worker *worker)
{
	const struct platform *platform = &world->workload->platform;
	u64 ns = 0;

	for (u32 i = 0; worker == world->workers && i < platform->nr_work; i++)
		if (worker->due[i] <= world->machine->now) {
			ns += platform->work[i].ns;
			worker->due[i] = IN_HAND;
		}
	return ns;
}

/* Work that is due again queues itself when it is done. */
static void put_back(struct proc_world *world, struct worker *worker)
{
	const struct platform *platform = &world->workload->platform;

	for (u32 i = 0; worker == world->workers && i < platform->nr_work; i++)
		if (worker->due[i] == IN_HAND)
			worker->due[i] = due_again(world->machine, &platform->work[i]);
}

void worker_step(struct proc_world *world, struct cpu *cpu, struct worker *worker)
{
	struct proc *thread = worker->thread;
	u64 ns;

	put_back(world, worker);
	ns = worker->nr_stacks * world->costs->free_stack + take_work(world, worker);
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
	put_back(world, worker);
	wait_for_work(world, worker);
	sched_block(world->sched, cpu, TASK_IDLE);
}
