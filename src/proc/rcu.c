/* SPDX-License-Identifier: MIT */
/* Grace periods of read-copy-update: see rcu.h. */
#include "proc/rcu.h"

#include "proc/proc.h"

/* The softirq runs when the next tick's own work is done. */
static void arm_softirq(struct rcu *rcu, u32 cpu)
{
	struct machine *machine = rcu->world->machine;
	const struct costs *costs = rcu->world->costs;

	machine_timer_arm(machine, &rcu->timer, cpu,
			  machine_next_tick(machine, cpu) + costs->irq_entry + costs->tick +
				  costs->softirq);
}

static void softirq(struct machine *machine, struct timer *timer)
{
	struct rcu *rcu = container_of(timer, struct rcu, timer);

	/* Awake it is still at what an earlier tick has told it. */
	if (rcu->nr_queued || rcu->nr_waiting)
		sched_wake(rcu->world->sched, &rcu->thread->task, TASK_IDLE, 0);
	cpu_steal_irq(machine, &machine->cpus[machine->acting],
		      rcu->nr_done * rcu->world->costs->rcu_callback);
	rcu->nr_done = 0;
	if (rcu->nr_queued || rcu->nr_waiting)
		arm_softirq(rcu, machine->acting);
}

void rcu_init(struct proc_world *world, struct proc *thread)
{
	world->rcu = (struct rcu){.world = world, .thread = thread};
	timer_init(&world->rcu.timer, softirq, TIMER_RANK_LATE, 0);
}

void rcu_call(struct proc_world *world)
{
	struct rcu *rcu = &world->rcu;

	if (likely(!rcu->thread))
		return;
	rcu->nr_queued++;
	if (!timer_armed(&rcu->timer))
		arm_softirq(rcu, world->machine->acting);
}

enum { RCU_WOKEN, RCU_DONE };

void rcu_step(struct proc_world *world, struct cpu *cpu, struct proc *thread)
{
	struct rcu *rcu = &world->rcu;

	if (thread->phase == RCU_WOKEN) {
		rcu->nr_done += rcu->nr_waiting;
		rcu->nr_waiting = rcu->nr_queued;
		rcu->nr_queued = 0;
		if (proc_pay(world, cpu, thread, world->costs->rcu, RCU_DONE))
			return;
	}
	thread->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
	thread->phase = RCU_WOKEN;
	sched_block(world->sched, cpu, TASK_IDLE);
}
