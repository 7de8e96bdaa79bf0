/* SPDX-License-Identifier: MIT */
/*
 * Mutexes that protect a priority (PTHREAD_PRIO_PROTECT): whoever holds one runs at its ceiling at
 * least, from before it takes it until after it has given it back. Reference: process.md 8.3.
 *
 * The C library does that with sched_setscheduler(), under the task's own policy; so a task that is
 * not a real-time one cannot have such a mutex (EINVAL), and neither can one whose own priority is
 * above the ceiling. A task that holds several runs at the highest of their ceilings.
 */
#include <errno.h>

#include "proc/sync.h"

/* Behind the steps of a normal lock and of a normal unlock. */
enum { LOCK_SLEPT = 2, LOCK_RAISED, LOCK_LOWERED, UNLOCK_LOWER = 2, UNLOCK_LOWERED };

static u64 change_cost(const struct proc_world *world)
{
	return world->costs->syscall + world->costs->change;
}

/* The highest ceiling of those that @proc holds; 0: it holds none. */
static u8 ceiling_of(const struct proc *proc)
{
	const struct mutex *mutex;
	u8 ceiling = 0;

	if (!proc->locks)
		return 0;
	list_for_each (mutex, &proc->locks->held, held_link)
		ceiling = max_of(ceiling, mutex->spec->ceiling);
	return ceiling;
}

/* Its rt priority without any ceiling. */
static u8 own_priority(const struct proc *proc)
{
	const struct mutex *mutex;

	if (!proc->locks)
		return proc->task.rt_priority;
	list_for_each (mutex, &proc->locks->held, held_link)
		if (mutex->spec->ceiling)
			return mutex->own_priority;
	return proc->task.rt_priority;
}

static void set_priority(struct proc_world *world, struct proc *proc, u8 priority)
{
	struct sched_attr attr = {
		.policy = proc->task.policy,
		.rt_priority = priority,
		.reset_on_fork = proc->task.flags & TASK_FLAG_RESET_ON_FORK,
	};

	/* Somebody has made it another kind of task meanwhile. */
	if (!policy_is_rt(proc->task.policy))
		return;
	/*
	 * Who is of the deadline class by a boost is refused, and keeps the priority that it has.
	 */
	if (sched_set_attr(world->sched, &proc->task, &attr) != SCHED_OK)
		proc_refuse(world, proc, EBUSY, "lock");
}

/* Where the task is to be without the mutex that it does not hold, or no more. */
static u8 lower_priority(const struct proc *proc)
{
	return max_of((u8)proc->wait_arg, ceiling_of(proc));
}

/* It has the lock, or goes on without: then at its old priority. */
static void settle(struct proc_world *world, struct proc *proc, struct mutex *mutex)
{
	if (mutex->own.owner == proc)
		mutex->own_priority = (u8)proc->wait_arg;
	else
		set_priority(world, proc, lower_priority(proc));
}

/* It goes on without, at its old priority: to have that back is a call. */
static bool too_late(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct mutex *mutex, u8 step, u8 base)
{
	sync_interrupt(world, proc);
	if (step != LOCK_LOWERED && lower_priority(proc) != proc->task.rt_priority &&
	    proc_pay(world, cpu, proc, change_cost(world), base + LOCK_LOWERED))
		return false;
	set_priority(world, proc, lower_priority(proc));
	return proc_goes_without(world, proc, ETIMEDOUT, mutex->own.name);
}

bool ceiling_lock(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct mutex *mutex,
		  u8 base, bool marked)
{
	u8 step = (u8)(proc->phase - base), ceiling = mutex->spec->ceiling;

	if (step == LOCK_LOWERED && is_try(proc))
		return proc_goes_without(world, proc, EBUSY, mutex->own.name);
	if (step == LOCK_LOWERED || (step == LOCK_SLEPT && wait_is_late(world, proc)))
		return too_late(world, cpu, proc, mutex, step, base);
	if (step == 0) {
		proc->wait_arg = own_priority(proc);
		if (!policy_is_rt(proc->task.policy) || proc->wait_arg > ceiling)
			return proc_goes_without(world, proc, EINVAL, mutex->own.name);
		/* To try in vain means to raise and to lower: nothing comes in between. */
		if (is_try(proc) && mutex->locked) {
			if (proc_pay(world, cpu, proc, 2 * change_cost(world), base + LOCK_LOWERED))
				return false;
			return proc_goes_without(world, proc, EBUSY, mutex->own.name);
		}
		if (max_of((u8)proc->wait_arg, ceiling_of(proc)) < ceiling &&
		    proc_pay(world, cpu, proc, change_cost(world), base + LOCK_RAISED))
			return false;
	}
	if (step == 0 || step == LOCK_RAISED) {
		if (proc->task.rt_priority < ceiling)
			set_priority(world, proc, ceiling);
		if (is_try(proc) && mutex->locked) {
			settle(world, proc, mutex);
			return proc_goes_without(world, proc, EBUSY, mutex->own.name);
		}
		proc->phase = base;
	}
	if (!mutex_lock_plainly(world, cpu, proc, mutex, base, marked))
		return false;
	settle(world, proc, mutex);
	return true;
}

bool ceiling_unlock(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct mutex *mutex, u8 base)
{
	u8 step = (u8)(proc->phase - base);

	if (step == 0)
		proc->wait_arg = mutex->own_priority;
	if (step < UNLOCK_LOWER && !mutex_unlock_plainly(world, cpu, proc, mutex, base))
		return false;
	if (step <= UNLOCK_LOWER) {
		if (lower_priority(proc) == proc->task.rt_priority)
			return true;
		if (proc_pay(world, cpu, proc, change_cost(world), base + UNLOCK_LOWERED))
			return false;
	}
	set_priority(world, proc, lower_priority(proc));
	return true;
}
