/* SPDX-License-Identifier: MIT */
/* Grace periods of read-copy-update: see rcu.h. */
#include "proc/rcu.h"

#include "proc/irq.h"
#include "proc/proc.h"

/* What a death leaves besides the task itself: its pid, credentials and the like; blimit, a batch of them. */
enum { CALLBACKS_PER_DEATH = 4, BATCH = 10 };

/* The softirq runs when the next tick's own work is done. */
static void arm_softirq(struct rcu *rcu, u32 cpu)
{
	struct machine *machine = rcu->world->machine;
	const struct costs *costs = rcu->world->costs;

	machine_timer_arm(machine, &rcu->timer, cpu,
			  machine_next_tick(machine, cpu) + costs->irq_entry + costs->tick +
				  costs->softirq);
}

static u64 callbacks_ns(const struct rcu *rcu, u32 nr)
{
	return nr * rcu->world->costs->rcu_callback / CALLBACKS_PER_DEATH;
}

/* rcu_do_batch(). Callbacks beyond a batch raise the softirq again. */
static void invoke_callbacks(struct rcu *rcu, struct cpu *cpu)
{
	u32 nr = rcu->nr_done * CALLBACKS_PER_DEATH;

	rcu->nr_done = 0;
	if (nr > BATCH && irq_softirq(rcu->world, cpu, callbacks_ns(rcu, BATCH),
				      rcu->world->costs->block + callbacks_ns(rcu, nr - BATCH)))
		return;
	cpu_steal_irq(rcu->world->machine, cpu, callbacks_ns(rcu, nr));
}

/* The way here from the tick's end: what ran stood still, or the switch that the tick asked for comes later. */
static void pay_for_way(struct rcu *rcu, struct cpu *cpu)
{
	u64 now = rcu->world->machine->now, way = rcu->world->costs->softirq;
	u64 from = max_of(cpu->kernel_until, cpu->work_begins);

	if (cpu->kernel_until > now)
		cpu_steal_irq(rcu->world->machine, cpu, way);
	else if (from < now)
		cpu_leave_irq(cpu, min_of(way, now - from));
}

static void softirq(struct machine *machine, struct timer *timer)
{
	struct rcu *rcu = container_of(timer, struct rcu, timer);
	struct cpu *cpu = &machine->cpus[machine->acting];

	pay_for_way(rcu, cpu);

	/* Awake it is still at what an earlier tick has told it. */
	if (rcu->nr_queued || rcu->nr_waiting)
		sched_wake(rcu->world->sched, &rcu->thread->task, TASK_IDLE, 0);
	invoke_callbacks(rcu, cpu);
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
