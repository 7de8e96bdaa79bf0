/* SPDX-License-Identifier: MIT */
/* Mutexes, spinlocks and rwsems of a PREEMPT_RT kernel. */
#include "proc/rt_lock.h"

#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/lock.h"
#include "proc/optimistic.h"
#include "sched/pinned.h"

struct rt_lock {
	struct mutex mutex;
	struct spin_point at; /* its holder, for the first waiter, which may spin */
};

struct rt_rwsem {
	/* of writers, from before they wait for readers; readers wait for it while one has it */
	struct rt_lock lock;
	u32 readers;
	struct readers who_reads;
	struct owned own; /* the readers, for whom a writer waits */
};

struct rt_locks {
	struct rt_lock *mutexes, *spinlocks; /* by the workload's numbers */
	struct rt_rwsem *rwsems;
};

/* Steps of all; mutex_wait_for() knows the third. A writer waits for readers. */
enum { RT_CALL, RT_TRY, RT_WOKEN, RT_SPINS, RT_READERS };

static_assert((int)RT_WOKEN == (int)LOCK_WOKEN, "who is woken comes back to the step of his lock");

/* ---- Locking ---- */

static bool has_got(struct proc_world *world, struct rt_lock *lock, struct proc *proc)
{
	lock->mutex.reserved = false;
	lock->at.own.owner = proc;
	watch_holder(world, &lock->at);
	return true;
}

/* Who spun as the first of those that wait is it no more, and will sleep. */
static void displace(struct proc_world *world, struct rt_lock *lock, const struct proc *proc)
{
	struct proc *before = lock->at.spinning_sleeper;

	if (before && before != proc)
		sched_spin_ends(world->sched, &before->task);
}

/* rtmutex_spin_on_owner(), or it sleeps; it tries again then. */
static bool wait(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct rt_lock *lock,
		 u16 state)
{
	bool first = mutex_first_waiter(&lock->mutex) == proc;

	lock->at.own.owner = lock->mutex.own.owner;
	if (first && lock->at.own.owner && may_spin(world, cpu, &lock->at)) {
		displace(world, lock, proc);
		lock->at.spinning_sleeper = proc;
		spin(world, cpu, proc, &lock->at, RT_SPINS);
	} else {
		proc_sleep_state(world, cpu, proc, RT_WOKEN, state);
	}
	return false;
}

/* EINTR: it waits no more, and the program goes on behind the unlock. */
static bool broken_off(struct proc_world *world, struct proc *proc, struct rt_lock *lock,
		       const struct op *op)
{
	sync_interrupt(world, proc);
	if (op->a & SECTION_ENTERS)
		proc->task.flags &= (u16)~TASK_FLAG_SECTION;
	return proc_goes_without(world, proc, EINTR, lock->mutex.own.name);
}

static bool waiter_looks(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			 struct rt_lock *lock, u16 state)
{
	const struct op *op = &proc->program->ops[proc->pc];

	stop_spinning_sleeper(&lock->at, proc);
	if (lock->mutex.own.owner == proc || mutex_take_for(world, &lock->mutex, proc, true))
		return has_got(world, lock, proc);
	if (op->code == OP_KERNEL_LOCK && kernel_sleep_is_broken(proc, op))
		return broken_off(world, proc, lock, op);
	return wait(world, cpu, proc, lock, state);
}

/* True: it has the lock, or its op is over without it. */
static bool lock(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct rt_lock *lock,
		 u16 state)
{
	const struct op *op = &proc->program->ops[proc->pc];

	if (proc->phase >= RT_WOKEN)
		return waiter_looks(world, cpu, proc, lock, state);
	if (proc->phase == RT_CALL && op->a & SECTION_ENTERS &&
	    proc_pay(world, cpu, proc, world->costs->syscall, RT_TRY))
		return false;
	proc->task.flags |= TASK_FLAG_SECTION;
	if (mutex_take_for(world, &lock->mutex, proc, false))
		return has_got(world, lock, proc);
	if (is_deadlock(world, proc, &lock->mutex.own))
		return false;
	mutex_wait_for(world, &lock->mutex, proc, RT_CALL);
	return wait(world, cpu, proc, lock, state);
}

static void unlock(struct proc_world *world, struct proc *proc, struct rt_lock *lock)
{
	ensure(lock->mutex.own.owner == proc);
	mutex_pass_on(world, &lock->mutex, proc);
	lock->at.own.owner = lock->mutex.own.owner;
	tell_spinners(world, &lock->at);
}

static void leave_section(struct proc *proc, const struct op *op)
{
	if (op->a & SECTION_LEAVES)
		proc->task.flags &= (u16)~TASK_FLAG_SECTION;
}

bool rt_kmutex_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct rt_lock *l = &world->rt_locks->mutexes[op->b];

	if (op->code == OP_KERNEL_LOCK)
		return lock(world, cpu, proc, l, kernel_sleep_state(op));
	unlock(world, proc, l);
	leave_section(proc, op);
	return true;
}

/* spin_lock_irqsave() leaves interrupts on. TASK_RTLOCK_WAIT is D. */
bool rt_spinlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	struct rt_lock *l = &world->rt_locks->spinlocks[op->b];

	if (op->code == OP_SPIN_LOCK) {
		if (!lock(world, cpu, proc, l, TASK_UNINTERRUPTIBLE))
			return false;
		sched_migrate_disable(world->sched, &proc->task);
		return true;
	}
	sched_migrate_enable(world->sched, &proc->task);
	unlock(world, proc, l);
	leave_section(proc, op);
	return true;
}

/* ---- Reader-writer semaphores ---- */

/*
 * Without a writer it takes no lock, nor before one to whom the lock was left has come for it
 * (__rwbase_write_unlock); else it waits for his, and has it for a moment.
 */
static bool down_read(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		      struct rt_rwsem *sem)
{
	bool fast = proc->phase < RT_WOKEN && (!sem->lock.mutex.locked || sem->lock.mutex.reserved);

	if (fast)
		proc->task.flags |= TASK_FLAG_SECTION;
	else if (!lock(world, cpu, proc, &sem->lock, TASK_UNINTERRUPTIBLE))
		return false;
	sem->readers++;
	readers_add(&sem->who_reads, proc);
	if (!fast)
		unlock(world, proc, &sem->lock);
	return true;
}

/* The last one wakes the writer that waits. */
static void up_read(struct proc_world *world, struct rt_rwsem *sem, const struct proc *proc)
{
	struct proc *writer = sem->lock.mutex.own.owner;

	readers_remove(&sem->who_reads, proc);
	if (!--sem->readers && writer)
		sched_wake(world->sched, &writer->task, TASK_UNINTERRUPTIBLE, 0);
}

static bool down_write(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       struct rt_rwsem *sem)
{
	if (proc->phase < RT_READERS && !lock(world, cpu, proc, &sem->lock, TASK_UNINTERRUPTIBLE))
		return false;
	if (!sem->readers) {
		locks_make(world, proc)->waits_for = NULL;
		return true;
	}
	if (is_deadlock(world, proc, &sem->own))
		return false;
	locks_make(world, proc)->waits_for = &sem->own;
	proc_sleep_state(world, cpu, proc, RT_READERS, TASK_UNINTERRUPTIBLE);
	return false;
}

bool rt_rwsem_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct rt_rwsem *sem = &world->rt_locks->rwsems[op->b];

	if ((op->code == OP_DOWN_READ || op->code == OP_DOWN_WRITE) && proc->phase == RT_CALL &&
	    op->a & SECTION_ENTERS && proc_pay(world, cpu, proc, world->costs->syscall, RT_TRY))
		return false;
	switch (op->code) {
	case OP_DOWN_READ:
		return down_read(world, cpu, proc, sem);
	case OP_DOWN_WRITE:
		return down_write(world, cpu, proc, sem);
	case OP_UP_READ:
		up_read(world, sem, proc);
		break;
	default:
		unlock(world, proc, &sem->lock);
	}
	leave_section(proc, op);
	return true;
}

void rt_rwsems_proc_exit(struct proc_world *world, const struct proc *proc)
{
	for (u32 i = 0; i < world->workload->nr_rwsems; i++)
		readers_exit(&world->rt_locks->rwsems[i].who_reads, proc);
}

/* ---- Set-up ---- */

static void rt_lock_init(struct rt_lock *lock, const char *name)
{
	static const struct mutex_spec plain;

	lock->mutex = (struct mutex){.own.name = name, .spec = &plain, .pi = true};
	wait_queue_init(&lock->mutex.waiters);
	spin_point_init(&lock->at, name);
}

static struct rt_lock *make(struct proc_world *world, const struct kernel_lock_spec *specs, u32 nr)
{
	struct rt_lock *locks = arena_array(world->arena, struct rt_lock, nr);

	for (u32 i = 0; i < nr; i++)
		rt_lock_init(&locks[i], specs[i].name);
	return locks;
}

void rt_locks_init(struct proc_world *world)
{
	const struct workload *w = world->workload;
	struct rt_locks *all;

	if (w->platform.preempt != PREEMPT_RT)
		return;
	all = world->rt_locks = arena_new(world->arena, struct rt_locks);
	all->mutexes = make(world, w->kernel_mutexes, w->nr_kernel_mutexes);
	all->spinlocks = make(world, w->spinlocks, w->nr_spinlocks);
	for (u32 i = 0; i < w->nr_spinlocks; i++)
		all->spinlocks[i].mutex.lateral = true;
	all->rwsems = arena_array(world->arena, struct rt_rwsem, w->nr_rwsems);
	for (u32 i = 0; i < w->nr_rwsems; i++) {
		struct rt_rwsem *sem = &all->rwsems[i];

		rt_lock_init(&sem->lock, w->rwsems[i].name);
		sem->own = (struct owned){.name = w->rwsems[i].name, .readers = &sem->who_reads};
	}
}
