/* SPDX-License-Identifier: MIT */
/*
 * Mutexes: normal ones and those with priority inheritance.
 * Reference: process.md 8.1-8.3, core-rt-dl-ext.md 1.12.
 *
 * A normal mutex is never handed over: an unlock frees it and wakes the first waiter, which has to
 * compete with whoever comes by (barging). A PI mutex always has an owner: an unlock makes the
 * top waiter the owner and wakes it; while waiters sleep, the owner runs at least at their
 * priority, and so does whoever the owner waits for.
 */
#include <errno.h>

#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/futex.h"
#include "proc/sync.h"

/* Longest chain of owners that is followed (the kernel's max_lock_depth). */
enum { CHAIN_MAX = 1024 };

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

static struct mutex *pi_blocked_on(const struct proc *proc)
{
	return proc->locks ? proc->locks->pi_blocked_on : NULL;
}

static struct proc *first_waiter(const struct mutex *mutex)
{
	return wait_queue_empty(&mutex->waiters)
		       ? NULL
		       : container_of(list_first(&mutex->waiters.entries, struct wait_entry, link),
				      struct proc, wait);
}

static void take(struct proc_world *world, struct mutex *mutex, struct proc *proc, bool contended)
{
	mutex->locked = true;
	mutex->contended = contended;
	mutex->own.owner = proc;
	list_add_tail(&locks_make(world, proc)->held, &mutex->held_link);
}

static void give_up(struct mutex *mutex)
{
	mutex->own.owner = NULL;
	list_del(&mutex->held_link);
}

/* ---- Priority inheritance ---- */

/*
 * The owner's pi_waiters: the top waiter of each PI mutex that @proc holds, the strongest first,
 * among equals (as all fair ones are) the one that has been a top waiter for longest. NULL: nobody
 * waits.
 */
static const struct task *donor(const struct proc *proc)
{
	const struct mutex *mutex, *first = NULL;

	list_for_each (mutex, &proc->locks->held, held_link) {
		if (!mutex->top)
			continue;
		if (!first || mutex->top->wait.prio < first->top->wait.prio ||
		    (mutex->top->wait.prio == first->top->wait.prio &&
		     mutex->top_turn < first->top_turn))
			first = mutex;
	}
	return first ? &first->top->task : NULL;
}

/* The waiters, or the owner, have changed. @moved: has come or gone; the turn of others stays. */
static void note_top(struct proc_world *world, struct mutex *mutex, const struct proc *moved)
{
	struct proc *top = mutex->pi ? first_waiter(mutex) : NULL;

	if (top == mutex->top && top != moved)
		return;
	mutex->top = top;
	mutex->top_turn = ++world->pi_turns;
}

static void adjust(struct proc_world *world, struct proc *proc)
{
	sched_set_boost(world->sched, &proc->task, proc->locks ? donor(proc) : NULL);
}

/*
 * rt_mutex_adjust_prio_chain(): @proc has another priority. If it waits for a mutex with another
 * rank than now, it is queued anew, and if that concerns the top waiter the owner's priority
 * follows, and so on.
 */
static void walk_chain(struct proc_world *world, struct proc *proc)
{
	for (u32 depth = 0; depth < CHAIN_MAX; depth++) {
		struct mutex *mutex = pi_blocked_on(proc);
		bool was_top;

		if (!mutex || proc->wait.prio == pi_waiter_prio(proc))
			return;
		was_top = mutex->top == proc;
		wait_finish(proc);
		pi_waiter_add(&mutex->waiters, proc, false);
		note_top(world, mutex, proc);
		if (mutex->reserved) {
			/* It may take the mutex before the one that was chosen comes. */
			if (proc->wait.prio < mutex->own.owner->wait.prio)
				sched_wake(world->sched, &proc->task, TASK_NORMAL, 0);
			return;
		}
		if (!mutex->own.owner || (!was_top && mutex->top != proc))
			return;
		proc = mutex->own.owner;
		adjust(world, proc);
	}
}

/* @proc's waiters have changed: its priority follows, and that of those it waits for. */
static void boost_chain(struct proc_world *world, struct proc *proc)
{
	adjust(world, proc);
	walk_chain(world, proc);
}

void mutex_prio_changed(struct proc_world *world, struct proc *proc)
{
	walk_chain(world, proc);
}

/* Only a strictly stronger task may take what is reserved for one that has not run since. */
static bool may_steal(const struct mutex *mutex, const struct proc *proc)
{
	return mutex->reserved && pi_waiter_prio(proc) < mutex->own.owner->wait.prio;
}

static void stop_waiting(struct proc *proc)
{
	wait_finish(proc);
	if (!proc->locks)
		return;
	proc->locks->pi_blocked_on = NULL;
	proc->locks->waits_for = NULL;
}

/* The one that was chosen waits on in front of its equals, where it has stood all the time. */
static void steal(struct proc_world *world, struct mutex *mutex, struct proc *proc)
{
	struct proc *robbed = mutex->own.owner;

	stop_waiting(proc);
	give_up(mutex);
	mutex->reserved = false;
	take(world, mutex, proc, true);
	robbed->locks->pi_blocked_on = mutex;
	robbed->locks->waits_for = &mutex->own;
	pi_waiter_add(&mutex->waiters, robbed, true);
	note_top(world, mutex, robbed);
}

/*
 * The top waiter becomes the owner; it is woken after the old owner has lost its boost. No other
 * waiter is stronger, so it gets none.
 */
static void hand_over(struct proc_world *world, struct mutex *mutex, struct proc *from)
{
	struct proc *to = first_waiter(mutex);

	give_up(mutex);
	stop_waiting(to);
	take(world, mutex, to, true);
	mutex->reserved = true;
	note_top(world, mutex, to);
	adjust(world, from);
	sched_wake(world->sched, &to->task, TASK_NORMAL, 0);
}

/* ---- Locking ---- */

enum { LOCK_TRY, LOCK_WAIT, LOCK_WOKEN };

/* The lock is @proc's. The holder before may have died with it, or left it as it was then. */
static bool got(struct proc_world *world, struct proc *proc, struct mutex *mutex)
{
	if (likely(!mutex->owner_died))
		return true;
	mutex->owner_died = false;
	mutex->inconsistent = true;
	proc_refuse(world, proc, EOWNERDEAD, mutex->own.name);
	return true;
}

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

/* To the next waiter of a PI mutex, or to nobody. */
static void pass_on(struct proc_world *world, struct mutex *mutex, struct proc *proc)
{
	mutex->reserved = false;
	if (mutex->pi && first_waiter(mutex)) {
		hand_over(world, mutex, proc);
		return;
	}
	give_up(mutex);
	if (mutex->pi || mutex->spec->robust)
		mutex->locked = mutex->contended = false;
}

static bool too_late(struct proc_world *world, struct proc *proc, struct mutex *mutex)
{
	sync_interrupt(world, proc);
	return proc_goes_without(world, proc, ETIMEDOUT, mutex->own.name);
}

static bool lock_normal(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			struct mutex *mutex, u8 base, bool marked)
{
	switch (proc->phase - base) {
	case LOCK_TRY:
		if (!mutex->locked) {
			take(world, mutex, proc, marked);
			return got(world, proc, mutex);
		}
		if (proc_pay(world, cpu, proc, world->costs->block + world->costs->lock_wait, base + LOCK_WAIT))
			return false;
		break;
	case LOCK_WOKEN:
		if (unlikely(wait_is_late(world, proc)))
			return too_late(world, proc, mutex);
		wait_finish(proc);
		proc->locks->waits_for = NULL;
		if (mutex->locked &&
		    proc_pay(world, cpu, proc, world->costs->block + world->costs->lock_wait, base + LOCK_WAIT))
			return false;
		break;
	}
	/* FUTEX_WAIT looks at the word again, and so does who comes back from it. */
	if (!mutex->locked) {
		take(world, mutex, proc, true);
		wait_drop_timeout(world, proc);
		return got(world, proc, mutex);
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

static void wait_for(struct proc_world *world, struct mutex *mutex, struct proc *proc)
{
	mutex->contended = true;
	locks_make(world, proc)->pi_blocked_on = mutex;
	proc->locks->waits_for = &mutex->own;
	pi_waiter_add(&mutex->waiters, proc, false);
	note_top(world, mutex, proc);
	if (mutex->own.owner && !mutex->reserved && mutex->top == proc)
		boost_chain(world, mutex->own.owner);
}

static bool lock_pi(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct mutex *mutex, u8 base)
{
	switch (proc->phase - base) {
	case LOCK_TRY:
		if (!mutex->locked)
			break;
		if (proc_pay(world, cpu, proc, world->costs->block + world->costs->lock_wait, base + LOCK_WAIT))
			return false;
		break;
	case LOCK_WOKEN:
		/* Who waits for itself holds it, too, but nobody has handed it over. */
		if (mutex->own.owner == proc && mutex->reserved) {
			mutex->reserved = false;
			wait_drop_timeout(world, proc);
			return got(world, proc, mutex);
		}
		if (unlikely(wait_is_late(world, proc)) && !may_steal(mutex, proc))
			return too_late(world, proc, mutex);
		/* Stolen on the way: it waits on in its place. A signal lets it come back anew. */
		if (!(proc->task.flags & TASK_FLAG_NOTIFY) && mutex->locked &&
		    pi_blocked_on(proc) == mutex && !may_steal(mutex, proc)) {
			proc_sleep(world, cpu, proc, base + LOCK_WOKEN);
			return false;
		}
		if (!may_steal(mutex, proc))
			sync_interrupt(world, proc);
		break;
	}
	if (!mutex->locked) {
		take(world, mutex, proc, false);
		wait_drop_timeout(world, proc);
		return got(world, proc, mutex);
	}
	if (may_steal(mutex, proc)) {
		steal(world, mutex, proc);
		wait_drop_timeout(world, proc);
		return got(world, proc, mutex);
	}
	wait_arm_timeout(world, cpu, proc, true);
	if (is_deadlock(world, proc, &mutex->own))
		return false;
	wait_for(world, mutex, proc);
	proc_sleep(world, cpu, proc, base + LOCK_WOKEN);
	return false;
}

bool mutex_take_for(struct proc_world *world, struct mutex *mutex, struct proc *proc, bool contended)
{
	if (may_steal(mutex, proc))
		steal(world, mutex, proc);
	else if (mutex->locked)
		return false;
	else
		take(world, mutex, proc, contended);
	return true;
}

void mutex_wait_for(struct proc_world *world, struct mutex *mutex, struct proc *proc, u8 base)
{
	wait_for(world, mutex, proc);
	proc->phase = base + LOCK_WOKEN;
}

bool mutex_lock_plainly(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			struct mutex *mutex, u8 base, bool marked)
{
	return mutex->pi ? lock_pi(world, cpu, proc, mutex, base)
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
			pass_on(world, mutex, proc);
		sync_interrupt(world, proc);
		wait_drop_timeout(world, proc);
		return proc_goes_without(world, proc, error, mutex->own.name);
	}
	if (unlikely(mutex->spec->ceiling))
		return ceiling_lock(world, cpu, proc, mutex, base, marked);
	return mutex_lock_plainly(world, cpu, proc, mutex, base, marked);
}

bool mutex_lock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	if (proc->phase == OP_START)
		proc->wake_at = op->value ? min_of(world->machine->now + op->value, (u64)NEVER) : NEVER;
	return mutex_lock_steps(world, cpu, proc, &world->mutexes[op->b], OP_START, false);
}

/* ---- Unlocking ---- */

enum { UNLOCK_BEGIN, UNLOCK_WAKE };

/* In user mode the word is free at once; the system call that wakes a waiter comes after it. */
static bool unlock_normal(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			  struct mutex *mutex, u8 base)
{
	if (proc->phase - base == UNLOCK_BEGIN) {
		bool contended = mutex->contended;

		give_up(mutex);
		mutex->locked = mutex->contended = false;
		if (!contended)
			return true;
		if (proc_pay(world, cpu, proc, futex_wake_cost(world, &mutex->waiters), base + UNLOCK_WAKE))
			return false;
	}
	futex_wake_one(world, &mutex->waiters);
	return true;
}

static bool unlock_pi(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		      struct mutex *mutex, u8 base)
{
	bool contended = mutex->contended;

	if (proc->phase - base == UNLOCK_BEGIN && contended &&
	    proc_pay(world, cpu, proc, futex_wake_cost(world, &mutex->waiters), base + UNLOCK_WAKE))
		return false;
	if (contended && first_waiter(mutex)) {
		hand_over(world, mutex, proc);
		return true;
	}
	give_up(mutex);
	mutex->locked = mutex->contended = false;
	if (contended)
		boost_chain(world, proc);
	return true;
}

bool mutex_unlock_plainly(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			  struct mutex *mutex, u8 base)
{
	return mutex->pi ? unlock_pi(world, cpu, proc, mutex, base)
			 : unlock_normal(world, cpu, proc, mutex, base);
}

/*
 * What was not put in order is of no use to anybody any more. All waiters are told at once; in the C
 * library each of them wakes the next.
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
 * exit_robust_list() for robust ones, exit_pi_state_list() for PI mutexes; nobody unlocks another one
 * for the dead.
 */
static void abandon(struct proc_world *world, struct mutex *mutex, struct proc *proc)
{
	mutex->depth = 0;
	mutex->owner_died = mutex->spec->robust;
	mutex->inconsistent = false;
	pass_on(world, mutex, proc);
	if (!mutex->pi && mutex->spec->robust)
		futex_wake(world, &mutex->waiters, 1);
}

void sync_interrupt(struct proc_world *world, struct proc *proc)
{
	struct mutex *waited = pi_blocked_on(proc);

	if (!(proc->wait.flags & WAIT_STAYS))
		wait_finish(proc);
	if (!proc->locks)
		return;
	futex_leave_others(world, proc);
	proc->locks->pi_blocked_on = NULL;
	proc->locks->waits_for = NULL;
	if (!waited)
		return;
	note_top(world, waited, NULL);
	if (waited->own.owner && !waited->reserved)
		boost_chain(world, waited->own.owner);
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
	return mutex->spec->robust && !mutex->pi && proc->locks->waits_for == &mutex->own ? mutex : NULL;
}

/* handle_futex_death(): the wakeup that it may have had is for another. */
static void pass_wake_on(struct proc_world *world, struct mutex *mutex)
{
	if (!mutex->locked)
		futex_wake(world, &mutex->waiters, 1);
}

void sync_proc_exit(struct proc_world *world, struct proc *proc)
{
	struct mutex *mutex, *next, *pending = pending_mutex(world, proc);

	proc->wait.flags = 0;
	sync_interrupt(world, proc);
	if (unlikely(pending))
		pass_wake_on(world, pending);
	if (unlikely(world->epolls))
		epoll_proc_exit(world, proc);
	rwlocks_proc_exit(world, proc);
	if (unlikely(world->mqueues) && !proc->process->nr_live)
		mqueue_process_gone(world, proc->process);
	if (unlikely(world->sem_sets) && !proc->process->nr_live)
		sem_process_exit(world, proc->process);
	if (!proc->locks)
		return;
	/* The list of robust ones begins with the last that was taken. */
	for (struct list *held = &proc->locks->held, *at = held->prev, *before; at != held; at = before) {
		before = at->prev;
		mutex = list_entry(at, struct mutex, held_link);
		if (mutex->spec->robust)
			abandon(world, mutex, proc);
	}
	list_for_each_safe (mutex, next, &proc->locks->held, held_link)
		abandon(world, mutex, proc);
}
