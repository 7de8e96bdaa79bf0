/* SPDX-License-Identifier: MIT */
/*
 * Mutexes: what all kinds have in common, and normal ones. Reference: process.md 8.1, 8.3.
 *
 * A normal mutex is never handed over: an unlock frees it and wakes the first waiter, which has to
 * compete with whoever comes by (barging).
 */
#include "proc/lock.h"

#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/futex.h"
#include "proc/poll.h"
#include "proc/signalfd.h"

/* ---- Holding ---- */

struct locks *locks_make(struct proc_world *world, struct proc *proc)
{
	struct locks *locks = proc->locks;
	u32 index;

	if (likely(locks))
		return locks;
	locks = proc->locks = pool_get(&world->locks, &index);
	locks->index = index;
	list_init(&locks->held);
	list_init(&locks->to_wake);
	list_init(&locks->extras);
	return locks;
}

void locks_drop(struct proc_world *world, struct proc *proc)
{
	if (unlikely(proc->locks))
		pool_put(&world->locks, proc->locks->index);
	proc->locks = NULL;
}

/* ---- Locking ---- */

/* Its holder locks it again. 0: it waits, for itself; EALREADY: it has it once more. */
static int lock_again(struct mutex *mutex)
{
	if (mutex->spec->type == MUTEX_ERRORCHECK)
		return EDEADLK;
	if (mutex->spec->type == MUTEX_PLAIN)
		return 0;
	mutex->depth++;
	return EALREADY;
}

/* What the lock comes to before anybody waits; 0: nothing yet. */
static int refusal(const struct proc *proc, struct mutex *mutex)
{
	int error = 0;

	if (mutex->not_recoverable)
		return ENOTRECOVERABLE;
	if (mutex->own.owner == proc && !mutex->reserved)
		error = lock_again(mutex);
	if (!error && mutex->locked && is_try(proc))
		error = EBUSY;
	return error;
}

static bool lock_normal(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			struct mutex *mutex, u8 base, bool marked)
{
	switch (proc->phase - base) {
	case LOCK_TRY:
		if (!mutex->locked) {
			mutex_take(world, mutex, proc, marked);
			return mutex_got(world, proc, mutex);
		}
		if (proc_pay_block(world, cpu, proc, world->costs->block + world->costs->lock_wait,
				   base + LOCK_WAIT))
			return false;
		break;
	case LOCK_WOKEN:
		if (unlikely(wait_is_late(world, proc)))
			return mutex_too_late(world, proc, mutex);
		wait_finish(proc);
		proc->locks->waits_for = NULL;
		if (mutex->locked &&
		    proc_pay_block(world, cpu, proc, world->costs->block + world->costs->lock_wait,
				   base + LOCK_WAIT))
			return false;
		break;
	}
	/* FUTEX_WAIT looks at the word again, and so does who comes back from it. */
	if (!mutex->locked) {
		mutex_take(world, mutex, proc, true);
		wait_drop_timeout(world, proc);
		return mutex_got(world, proc, mutex);
	}
	wait_arm_timeout(world, cpu, proc, false);
	if (is_deadlock(world, proc, &mutex->own))
		return false;
	mutex->contended = true;
	locks_make(world, proc)->waits_for = &mutex->own;
	futex_add(&mutex->waiters, proc);
	proc_sleep(world, cpu, proc, base + LOCK_WOKEN);
	return false;
}

bool mutex_lock_plainly(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			struct mutex *mutex, u8 base, bool marked)
{
	return mutex->pi ? mutex_lock_pi(world, cpu, proc, mutex, base)
			 : lock_normal(world, cpu, proc, mutex, base, marked);
}

bool mutex_lock_steps(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		      struct mutex *mutex, u8 base, bool marked)
{
	int error = unlikely(mutex->locked || mutex->not_recoverable) ? refusal(proc, mutex) : 0;

	if (unlikely(error == EALREADY))
		return true;
	if (unlikely(error) && !(error == EBUSY && mutex->spec->ceiling)) {
		if (mutex->own.owner == proc && mutex->reserved)
			mutex_pass_on(world, mutex, proc);
		sync_interrupt(world, proc);
		wait_drop_timeout(world, proc);
		return proc_goes_without(world, proc, error, mutex->own.name);
	}
	if (unlikely(mutex->spec->ceiling))
		return ceiling_lock(world, cpu, proc, mutex, base, marked);
	return mutex_lock_plainly(world, cpu, proc, mutex, base, marked);
}

bool mutex_lock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   const struct op *op)
{
	if (proc->phase == OP_START)
		proc->wake_at =
			op->value ? min_of(world->machine->now + op->value, (u64)NEVER) : NEVER;
	return mutex_lock_steps(world, cpu, proc, &world->mutexes[op->b], OP_START, false);
}

/* ---- Unlocking ---- */

/* In user mode the word is free at once; the system call that wakes a waiter comes after it. */
static bool unlock_normal(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			  struct mutex *mutex, u8 base)
{
	if (proc->phase - base == UNLOCK_BEGIN) {
		bool contended = mutex->contended;

		mutex_give_up(mutex);
		mutex->locked = mutex->contended = false;
		if (!contended)
			return true;
		if (proc_pay(world, cpu, proc, futex_wake_cost(world, &mutex->waiters),
			     base + UNLOCK_WAKE))
			return false;
	}
	futex_wake_one(world, &mutex->waiters);
	return true;
}

bool mutex_unlock_plainly(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			  struct mutex *mutex, u8 base)
{
	return mutex->pi ? mutex_unlock_pi(world, cpu, proc, mutex, base)
			 : unlock_normal(world, cpu, proc, mutex, base);
}

/*
 * What was not put in order is of no use to anybody any more. All waiters are told at once; in the
 * C library each of them wakes the next.
 */
static void abandon_for_good(struct proc_world *world, struct mutex *mutex)
{
	mutex->inconsistent = false;
	mutex->not_recoverable = true;
	if (!mutex->pi)
		futex_wake(world, &mutex->waiters, UINT32_MAX);
}

/* Before anything is given back. True: this is all there is to do. */
static bool unlock_is_special(struct proc_world *world, struct proc *proc, struct mutex *mutex)
{
	if (mutex->own.owner != proc) {
		if (mutex->spec->type != MUTEX_PLAIN)
			proc_refuse(world, proc, EPERM, mutex->own.name);
		else
			proc_fail(world, proc, "unlocks mutex '%s', which it does not hold",
				  mutex->own.name);
		return true;
	}
	if (unlikely(mutex->depth)) {
		mutex->depth--;
		return true;
	}
	if (unlikely(mutex->inconsistent))
		abandon_for_good(world, mutex);
	return false;
}

bool mutex_unlock_steps(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			struct mutex *mutex, u8 base)
{
	if (proc->phase == base && unlock_is_special(world, proc, mutex))
		return !world->failure;
	return mutex->spec->ceiling ? ceiling_unlock(world, cpu, proc, mutex, base)
				    : mutex_unlock_plainly(world, cpu, proc, mutex, base);
}

void mutex_consistent_op(struct proc_world *world, struct proc *proc, u32 mutex)
{
	struct mutex *m = &world->mutexes[mutex];

	if (m->own.owner == proc && m->inconsistent)
		m->inconsistent = false;
	else
		proc_refuse(world, proc, EINVAL, m->own.name);
}

bool mutex_unlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 mutex)
{
	return mutex_unlock_steps(world, cpu, proc, &world->mutexes[mutex], OP_START);
}

/* ---- Exit ---- */

/*
 * exit_robust_list() for robust ones, exit_pi_state_list() for PI mutexes; nobody unlocks another
 * one for the dead.
 */
static void abandon(struct proc_world *world, struct mutex *mutex, struct proc *proc)
{
	mutex->depth = 0;
	mutex->own.died = true;
	mutex->owner_died = mutex->spec->robust;
	mutex->inconsistent = false;
	mutex_pass_on(world, mutex, proc);
	if (!mutex->pi && mutex->spec->robust)
		futex_wake(world, &mutex->waiters, 1);
}

void sync_interrupt(struct proc_world *world, struct proc *proc)
{
	struct mutex *waited = pi_blocked_on(proc);

	if (wait_linked(&proc->wait) && world->workload->nr_wait_queues)
		event_queue_left(world, proc);
	if (!(proc->wait.flags & WAIT_STAYS))
		wait_finish(proc);
	if (unlikely(world->polls))
		poll_leave(world, proc);
	if (unlikely(world->listeners))
		connection_interrupted(world, proc);
	if (!proc->locks)
		return;
	futex_leave_others(world, proc);
	proc->locks->pi_blocked_on = NULL;
	proc->locks->waits_for = NULL;
	if (waited)
		mutex_waiter_has_left(world, waited);
}

/* list_op_pending: the robust mutex that it was about to lock, asleep or woken. */
static struct mutex *pending_mutex(const struct proc_world *world, const struct proc *proc)
{
	const struct op *op;
	struct mutex *mutex;

	if (likely(!proc->locks || !proc->locks->waits_for || !proc->program))
		return NULL;
	op = &proc->program->ops[proc->pc];
	if (op->code != OP_LOCK && op->code != OP_COND_WAIT)
		return NULL;
	mutex = &world->mutexes[op->code == OP_LOCK ? op->b : op->a];
	return mutex->spec->robust && !mutex->pi && proc->locks->waits_for == &mutex->own ? mutex
											  : NULL;
}

/* handle_futex_death(): the wakeup that it may have had is for another. */
static void pass_wake_on(struct proc_world *world, struct mutex *mutex)
{
	if (!mutex->locked)
		futex_wake(world, &mutex->waiters, 1);
}

/* futex_exit_release(), before anything of its files is closed. */
void sync_proc_exit(struct proc_world *world, struct proc *proc)
{
	struct mutex *mutex, *next, *pending = pending_mutex(world, proc);

	proc->wait.flags = 0;
	sync_interrupt(world, proc);
	if (unlikely(pending))
		pass_wake_on(world, pending);
	rwlocks_proc_exit(world, proc);
	rwsems_proc_exit(world, proc);
	if (!proc->locks)
		return;
	/* The list of robust ones begins with the last that was taken. */
	for (struct list *held = &proc->locks->held, *at = held->prev, *before; at != held;
	     at = before) {
		before = at->prev;
		mutex = list_entry(at, struct mutex, held_link);
		if (mutex->spec->robust)
			abandon(world, mutex, proc);
	}
	list_for_each_safe (mutex, next, &proc->locks->held, held_link)
		abandon(world, mutex, proc);
}

/*
 * exit_sem(), and what close() of the last of those who have it does to a file that is no pipe's.
 */
void sync_files_exit(struct proc_world *world, struct proc *proc)
{
	if (unlikely(world->sem_sets) && !proc->process->nr_live)
		sem_process_exit(world, proc->process);
	if (unlikely(world->epolls))
		epoll_proc_exit(world, proc);
	if (unlikely(world->signalfds) && !proc->process->nr_live)
		signalfd_process_gone(world, proc->process);
	if (unlikely(world->mqueues) && !proc->process->nr_live)
		mqueue_process_gone(world, proc->process);
}
