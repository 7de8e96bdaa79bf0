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
#include "base/ensure.h"
#include "base/text.h"
#include "proc/proc.h"
#include "proc/sync.h"

/* Longest chain of owners that is followed (the kernel's max_lock_depth). */
enum { CHAIN_MAX = 1024 };

static struct proc *first_waiter(const struct mutex *mutex)
{
	return wait_queue_empty(&mutex->waiters)
		       ? NULL
		       : container_of(list_first(&mutex->waiters.entries, struct wait_entry, link),
				      struct proc, wait);
}

static void take(struct mutex *mutex, struct proc *proc, bool contended)
{
	mutex->locked = true;
	mutex->contended = contended;
	mutex->owner = proc;
	list_add_tail(&proc->held, &mutex->held_link);
}

static void give_up(struct mutex *mutex)
{
	mutex->owner = NULL;
	list_del(&mutex->held_link);
}

/* ---- Deadlocks ---- */

/* True, and the run has failed, if waiting for @mutex closes a circle of owners. */
static bool is_deadlock(struct proc_world *world, struct proc *proc, const struct mutex *mutex)
{
	struct text circle = {0};
	const struct proc *at = mutex->owner;
	u32 links = 0;

	while (at && at != proc && at->waits_for && links++ < CHAIN_MAX)
		at = at->waits_for->owner;
	if (at != proc)
		return false;
	at = mutex->owner;
	text_printf(&circle, "it waits for '%s'", mutex->name);
	for (; at != proc; at = at->waits_for->owner)
		text_printf(&circle, ", held by '%s' (pid %u), which waits for '%s'",
			    names_text(world->names, at->comm), at->pid, at->waits_for->name);
	proc_fail(world, proc, "deadlock: %s, which it holds itself", circle.at);
	text_fini(&circle);
	return true;
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

	list_for_each (mutex, &proc->held, held_link) {
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
	sched_set_boost(world->sched, &proc->task, donor(proc));
}

/*
 * rt_mutex_adjust_prio_chain(): @proc has another priority. If it waits for a mutex with another
 * rank than now, it is queued anew, and if that concerns the top waiter the owner's priority
 * follows, and so on.
 */
static void walk_chain(struct proc_world *world, struct proc *proc)
{
	for (u32 depth = 0; depth < CHAIN_MAX; depth++) {
		struct mutex *mutex = proc->pi_blocked_on;
		bool was_top;

		if (!mutex || proc->wait.prio == pi_waiter_prio(proc))
			return;
		was_top = mutex->top == proc;
		wait_finish(proc);
		pi_waiter_add(&mutex->waiters, proc, false);
		note_top(world, mutex, proc);
		if (mutex->reserved) {
			/* It may take the mutex before the one that was chosen comes. */
			if (proc->wait.prio < mutex->owner->wait.prio)
				sched_wake(world->sched, &proc->task, TASK_NORMAL, 0);
			return;
		}
		if (!mutex->owner || (!was_top && mutex->top != proc))
			return;
		proc = mutex->owner;
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
	return mutex->reserved && pi_waiter_prio(proc) < mutex->owner->wait.prio;
}

static void stop_waiting(struct proc *proc)
{
	wait_finish(proc);
	proc->pi_blocked_on = proc->waits_for = NULL;
}

/* The one that was chosen waits on in front of its equals, where it has stood all the time. */
static void steal(struct proc_world *world, struct mutex *mutex, struct proc *proc)
{
	struct proc *robbed = mutex->owner;

	stop_waiting(proc);
	give_up(mutex);
	mutex->reserved = false;
	take(mutex, proc, true);
	robbed->pi_blocked_on = robbed->waits_for = mutex;
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
	take(mutex, to, true);
	mutex->reserved = true;
	note_top(world, mutex, to);
	adjust(world, from);
	sched_wake(world->sched, &to->task, TASK_NORMAL, 0);
}

/* ---- Locking ---- */

enum { LOCK_TRY, LOCK_WAIT, LOCK_WOKEN };

static bool lock_normal(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			struct mutex *mutex, u8 base, bool marked)
{
	switch (proc->phase - base) {
	case LOCK_TRY:
		if (!mutex->locked) {
			take(mutex, proc, marked);
			return true;
		}
		if (proc_pay(world, cpu, proc, world->costs->block + world->costs->lock_wait, base + LOCK_WAIT))
			return false;
		break;
	case LOCK_WOKEN:
		wait_finish(proc);
		proc->waits_for = NULL;
		if (mutex->locked &&
		    proc_pay(world, cpu, proc, world->costs->block + world->costs->lock_wait, base + LOCK_WAIT))
			return false;
		break;
	}
	/* FUTEX_WAIT looks at the word again, and so does who comes back from it. */
	if (!mutex->locked) {
		take(mutex, proc, true);
		return true;
	}
	if (is_deadlock(world, proc, mutex))
		return false;
	mutex->contended = true;
	proc->waits_for = mutex;
	futex_add(&mutex->waiters, proc);
	proc_sleep(world, cpu, proc, base + LOCK_WOKEN);
	return false;
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
		if (mutex->owner == proc) {
			mutex->reserved = false;
			return true;
		}
		/* Stolen on the way: it waits on in its place. A signal lets it come back anew. */
		if (!(proc->task.flags & TASK_FLAG_NOTIFY) && mutex->locked &&
		    proc->pi_blocked_on == mutex && !may_steal(mutex, proc)) {
			proc_sleep(world, cpu, proc, base + LOCK_WOKEN);
			return false;
		}
		if (!may_steal(mutex, proc))
			sync_interrupt(world, proc);
		break;
	}
	if (!mutex->locked) {
		take(mutex, proc, false);
		return true;
	}
	if (may_steal(mutex, proc)) {
		steal(world, mutex, proc);
		return true;
	}
	if (is_deadlock(world, proc, mutex))
		return false;
	mutex->contended = true;
	proc->pi_blocked_on = proc->waits_for = mutex;
	pi_waiter_add(&mutex->waiters, proc, false);
	note_top(world, mutex, proc);
	if (mutex->owner && !mutex->reserved && mutex->top == proc)
		boost_chain(world, mutex->owner);
	proc_sleep(world, cpu, proc, base + LOCK_WOKEN);
	return false;
}

bool mutex_lock_steps(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		      struct mutex *mutex, u8 base, bool marked)
{
	return mutex->pi ? lock_pi(world, cpu, proc, mutex, base)
			 : lock_normal(world, cpu, proc, mutex, base, marked);
}

bool mutex_lock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 mutex)
{
	return mutex_lock_steps(world, cpu, proc, &world->mutexes[mutex], OP_START, false);
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

bool mutex_unlock_steps(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			struct mutex *mutex, u8 base)
{
	if (proc->phase == base && mutex->owner != proc) {
		proc_fail(world, proc, "unlocks mutex '%s', which it does not hold", mutex->name);
		return false;
	}
	return mutex->pi ? unlock_pi(world, cpu, proc, mutex, base)
			 : unlock_normal(world, cpu, proc, mutex, base);
}

bool mutex_unlock_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 mutex)
{
	return mutex_unlock_steps(world, cpu, proc, &world->mutexes[mutex], OP_START);
}

/* ---- Exit ---- */

/* exit_pi_state_list() for PI mutexes; nobody unlocks a normal one for the dead. */
static void abandon(struct proc_world *world, struct mutex *mutex, struct proc *proc)
{
	mutex->reserved = false;
	if (mutex->pi && first_waiter(mutex)) {
		hand_over(world, mutex, proc);
		return;
	}
	give_up(mutex);
	if (mutex->pi)
		mutex->locked = mutex->contended = false;
}

void sync_interrupt(struct proc_world *world, struct proc *proc)
{
	struct mutex *waited = proc->pi_blocked_on;

	if (!(proc->wait.flags & WAIT_STAYS))
		wait_finish(proc);
	proc->pi_blocked_on = proc->waits_for = NULL;
	if (!waited)
		return;
	note_top(world, waited, NULL);
	if (waited->owner && !waited->reserved)
		boost_chain(world, waited->owner);
}

void sync_proc_exit(struct proc_world *world, struct proc *proc)
{
	struct mutex *mutex, *next;

	proc->wait.flags = 0;
	sync_interrupt(world, proc);
	if (unlikely(world->epolls))
		epoll_proc_exit(world, proc);
	list_for_each_safe (mutex, next, &proc->held, held_link)
		abandon(world, mutex, proc);
}
