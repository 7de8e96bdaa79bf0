/* SPDX-License-Identifier: MIT */
/*
 * nanosleep() and the sleeps of a periodic timer: the way to sleep, the timer with its slack, and
 * its interrupt. Kernel: kernel/time/hrtimer.c, do_nanosleep(); reference: process.md 8.9.
 */
#include "proc/sleep.h"

#include "machine/turns.h"
#include "proc/sync.h"

/* Real-time tasks have no timer slack. */
static u64 timer_slack(const struct proc *proc)
{
	return policy_is_fair(proc->task.policy) ? proc->timer_slack_ns : 0;
}

/*
 * Is nothing of this cpu's due before the sleep's end? Its hardware clock is set to the first of
 * all.
 */
static bool comes_first(const struct cpu *cpu, const struct proc *proc)
{
	return proc->wake_at + timer_slack(proc) < min_of(cpu->tick_at, cpu->timer_at);
}

bool sleep_pay(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	const struct costs *costs = world->costs;
	u64 cost = costs->block + costs->nanosleep;

	if (unlikely(costs->timer_program) && comes_first(cpu, proc))
		cost += costs->timer_program;
	return proc_pay_block(world, cpu, proc, cost, SLEEP_BEGIN);
}

/*
 * The time has passed already, and the interrupt that says so comes while the task is still on its
 * way to sleep: it wakes itself and stays.
 */
static bool sleeps_past(const struct proc_world *world, const struct proc *proc)
{
	const struct costs *costs = world->costs;
	u64 way = costs->block + costs->nanosleep;

	return costs->timer_least < way && proc->phase != SLEEP_WOKEN &&
	       proc->wake_at + timer_slack(proc) + costs->timer_least <= world->machine->now;
}

static void wake_oneself(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct machine *machine = world->machine;

	if (machine->turns)
		turns_program_past(machine, world->costs->timer_least);
	machine->in_irq = true;
	proc->task.state = TASK_INTERRUPTIBLE;
	sched_wake(world->sched, &proc->task, TASK_NORMAL, 0);
	cpu_steal_irq(machine, cpu, world->costs->timer + world->costs->irq_exit);
	machine->in_irq = false;
}

bool sleep_begin(struct proc_world *world, struct cpu *cpu, struct proc *proc)
{
	struct machine *machine = world->machine;
	const struct costs *costs = world->costs;
	u64 slack = timer_slack(proc), entry = costs->irq_entry + costs->timer_entry;
	u64 end = proc->wake_at + slack - min_of(proc->wake_at, min_of(costs->timer_early, entry));

	if (unlikely(proc->phase == SLEEP_WOKEN) && proc->task.flags & TASK_FLAG_KTHREAD) {
		/* schedule_timeout_interruptible(): it does not look again */
		machine_timer_cancel(machine, &proc->timer);
		return true;
	}
	if (unlikely(sleeps_past(world, proc))) {
		wake_oneself(world, cpu, proc);
		return true;
	}
	proc_choose_softness(world, proc);
	end = max_of(machine->now - min_of(machine->now, costs->irq_delivery), end) +
	      sched_timer_jitter(world->sched);
	machine_timer_arm_slack(machine, &proc->timer, cpu->id, min_of(end + entry, (u64)NEVER),
				(u32)min_of(slack, (u64)UINT32_MAX));
	proc_sleep(world, cpu, proc, SLEEP_WOKEN);
	return false;
}

/*
 * Another interrupt has ended, and the switch that it asked for is on its way: this one comes on
 * top. (Before it has ended, it serves this timer as well.)
 */
static void come_before_switch(struct proc_world *world, struct cpu *cpu)
{
	const struct costs *costs = world->costs;

	if (cpu->resched_at < world->machine->now + costs->schedule + costs->preempt)
		cpu_steal_irq(world->machine, cpu,
			      costs->irq_entry + costs->timer_entry + costs->timer);
}

/*
 * The interrupt that wakes an idle cpu has ended another sleep before this one: the switch is later
 * by that.
 */
static void put_switch_off(struct proc_world *world, struct cpu *cpu)
{
	if (!cpu->idle || cpu->resched_at == NEVER)
		return;
	cpu->resched_at += world->costs->idle_next;
	machine_touch(world->machine, cpu);
	sched_clock_ahead(world->sched, cpu, world->costs->idle_next);
}

void sleep_is_over(struct machine *machine, struct timer *timer)
{
	struct proc *proc = container_of(timer, struct proc, timer);
	struct proc_world *world = proc_world_of(machine);
	struct cpu *cpu = &machine->cpus[timer->cpu];

	if (unlikely(timer->soft)) { /* a thread has paid */
		sched_wake(world->sched, &proc->task, TASK_NORMAL, 0);
		return;
	}
	u64 entry = world->costs->irq_entry + world->costs->timer_entry;
	bool first = cpu->kernel_until <= machine->now;

	if (unlikely(cpu->next_served == machine->now)) {
		cpu_serve_next(machine, cpu, world->costs->timer_next);
	} else {
		cpu_enter_irq(machine, cpu, entry - min_of(entry, world->costs->timer_work));
		if (!first)
			come_before_switch(world, cpu);
		cpu_serve_timer(machine, cpu, world->costs->timer + sched_irq_jitter(world->sched));
	}
	if (unlikely(world->costs->idle_next))
		put_switch_off(world, cpu);
	sched_wake(world->sched, &proc->task, TASK_NORMAL, 0);
	if (first && unlikely(world->costs->timer_exit) &&
	    !sched_rq(world->sched, cpu->id)->need_resched)
		cpu_leave_irq(cpu, world->costs->timer_exit);
	if (unlikely(proc->task.flags & TASK_FLAG_KTHREAD) &&
	    !sched_rq(world->sched, cpu->id)->need_resched)
		cpu_leave_irq(cpu, world->costs->softirq_exit);
}
