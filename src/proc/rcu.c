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

static bool has_more(const struct rcu *rcu)
{
	return rcu->nr_queued || rcu->nr_waiting || rcu->tasks.nr_queued || rcu->tasks.nr_waiting;
}

/* Also of those whose turn comes in ksoftirqd: when that is, is not told apart. */
static void free_tasks(struct rcu *rcu)
{
	struct proc_world *world = rcu->world;

	for (; rcu->tasks.nr_done; rcu->tasks.nr_done--) {
		const struct rcu_task *task = &rcu->tasks.all.at[rcu->tasks.first++];

		stream_put(world->stream, (struct record){
						  .when = world->machine->now,
						  .value = (u64)(s64)task->prio,
						  .task = task->id,
						  .cpu = (u16)world->machine->acting,
						  .kind = RECORD_FREE,
						  .flags = RECORD_FLAG_IRQ,
					  });
	}
	if (rcu->tasks.first == rcu->tasks.all.len)
		rcu->tasks.first = rcu->tasks.all.len = 0;
}

/* rcu_do_batch(). Callbacks beyond a batch raise the softirq again. */
static void invoke_callbacks(struct rcu *rcu, struct cpu *cpu)
{
	u32 nr = rcu->nr_done * CALLBACKS_PER_DEATH;

	rcu->nr_done = 0;
	free_tasks(rcu);
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
	if (has_more(rcu))
		sched_wake(rcu->world->sched, &rcu->thread->task, TASK_IDLE, 0);
	invoke_callbacks(rcu, cpu);
	if (has_more(rcu))
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

bool rcu_free_task(struct proc_world *world, u32 id, s32 prio)
{
	struct rcu *rcu = &world->rcu;

	if (likely(!rcu->thread))
		return false;
	vec_push(&rcu->tasks.all, ((struct rcu_task){id, prio}));
	rcu->tasks.nr_queued++;
	if (!timer_armed(&rcu->timer))
		arm_softirq(rcu, world->machine->acting);
	return true;
}

void rcu_fini(struct proc_world *world)
{
	vec_fini(&world->rcu.tasks.all);
}

enum { RCU_WOKEN, RCU_DONE };

void rcu_step(struct proc_world *world, struct cpu *cpu, struct proc *thread)
{
	struct rcu *rcu = &world->rcu;

	if (thread->phase == RCU_WOKEN) {
		rcu->nr_done += rcu->nr_waiting;
		rcu->nr_waiting = rcu->nr_queued;
		rcu->nr_queued = 0;
		rcu->tasks.nr_done += rcu->tasks.nr_waiting;
		rcu->tasks.nr_waiting = rcu->tasks.nr_queued;
		rcu->tasks.nr_queued = 0;
		if (proc_pay(world, cpu, thread, world->costs->rcu, RCU_DONE))
			return;
	}
	thread->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
	thread->phase = RCU_WOKEN;
	sched_block(world->sched, cpu, TASK_IDLE);
}
