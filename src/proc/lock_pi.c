/* SPDX-License-Identifier: MIT */
/*
 * Mutexes with priority inheritance. Kernel: kernel/locking/rtmutex.c, kernel/futex/pi.c;
 * reference: process.md 8.2, core-rt-dl-ext.md 1.12.
 *
 * One always has an owner: an unlock makes the top waiter the owner and wakes it; while waiters
 * sleep, the owner runs at least at their priority, and so does whoever the owner waits for.
 */
#include "proc/lock.h"

/* Longest chain of owners that is followed (the kernel's max_lock_depth). */
enum { CHAIN_MAX = 1024 };

/* ---- Ranks: rt_waiter_node_less() ---- */

/* All fair tasks are equal; among deadline tasks the earlier deadline is the stronger. */
struct pi_rank {
	s16 prio;
	u64 deadline;
};

/* As it is now. */
static struct pi_rank rank_of(const struct proc *proc)
{
	s16 prio = pi_waiter_prio(proc);

	return (struct pi_rank){prio, prio == PRIO_DL ? proc->task.dl->deadline : 0};
}

/* As of when it was queued. */
static struct pi_rank rank_queued(const struct proc *proc)
{
	return (struct pi_rank){proc->wait.prio,
				proc->wait.prio == PRIO_DL ? proc->locks->pi_deadline : 0};
}

static bool is_stronger(struct pi_rank a, struct pi_rank b)
{
	return a.prio != b.prio ? a.prio < b.prio : vtime_before(a.deadline, b.deadline);
}

static bool is_equal(struct pi_rank a, struct pi_rank b)
{
	return a.prio == b.prio && a.deadline == b.deadline;
}

static struct proc *waiter_at(const struct list *link)
{
	return container_of(list_entry(link, struct wait_entry, link), struct proc, wait);
}

/* Deadline tasks are at the head, and there are few of them. @first: before its equals. */
static void place_by_deadline(struct wait_queue *queue, struct proc *proc, bool first)
{
	struct pi_rank own;
	struct list *at;

	proc->locks->pi_deadline = proc->task.dl->deadline;
	own = rank_queued(proc);
	list_del(&proc->wait.link);
	for (at = queue->entries.next; at != &queue->entries; at = at->next)
		if (first ? !is_stronger(rank_queued(waiter_at(at)), own)
			  : is_stronger(own, rank_queued(waiter_at(at))))
			break;
	list_insert_between(&proc->wait.link, at->prev, at);
}

static void queue_waiter(struct mutex *mutex, struct proc *proc, bool first)
{
	pi_waiter_add(&mutex->waiters, proc, first);
	if (unlikely(proc->wait.prio == PRIO_DL))
		place_by_deadline(&mutex->waiters, proc, first);
}

/* ---- Boosting ---- */

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
		if (!first || is_stronger(rank_queued(mutex->top), rank_queued(first->top)) ||
		    (is_equal(rank_queued(mutex->top), rank_queued(first->top)) &&
		     mutex->top_turn < first->top_turn))
			first = mutex;
	}
	return first ? &first->top->task : NULL;
}

/* The waiters, or the owner, have changed. @moved: has come or gone; the turn of others stays. */
static void note_top(struct proc_world *world, struct mutex *mutex, const struct proc *moved)
{
	struct proc *top = mutex->pi ? mutex_first_waiter(mutex) : NULL;

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

		if (!mutex || is_equal(rank_queued(proc), rank_of(proc)))
			return;
		was_top = mutex->top == proc;
		wait_finish(proc);
		queue_waiter(mutex, proc, false);
		note_top(world, mutex, proc);
		if (mutex->reserved) {
			/* It may take the mutex before the one that was chosen comes. */
			if (is_stronger(rank_queued(proc), rank_queued(mutex->own.owner)))
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

/*
 * rt_mutex_steal(): only a stronger task may take what is reserved for one that has not run since.
 */
static bool may_steal(const struct mutex *mutex, const struct proc *proc)
{
	struct pi_rank own, other;

	if (!mutex->reserved)
		return false;
	own = rank_of(proc);
	other = rank_queued(mutex->own.owner);
	return is_stronger(own, other) ||
	       (unlikely(mutex->lateral) && own.prio == other.prio && own.prio >= PRIO_RT_MAX);
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
	mutex_give_up(mutex);
	mutex->reserved = false;
	mutex_take(world, mutex, proc, true);
	robbed->locks->pi_blocked_on = mutex;
	robbed->locks->waits_for = &mutex->own;
	queue_waiter(mutex, robbed, true);
	note_top(world, mutex, robbed);
}

/*
 * The top waiter becomes the owner; it is woken after the old owner has lost its boost. No other
 * waiter is stronger, so it gets none.
 */
static void hand_over(struct proc_world *world, struct mutex *mutex, struct proc *from)
{
	struct proc *to = mutex_first_waiter(mutex);

	mutex_give_up(mutex);
	stop_waiting(to);
	mutex_take(world, mutex, to, true);
	mutex->reserved = true;
	note_top(world, mutex, to);
	adjust(world, from);
	sched_wake(world->sched, &to->task, TASK_NORMAL, 0);
}

void mutex_pass_on(struct proc_world *world, struct mutex *mutex, struct proc *proc)
{
	mutex->reserved = false;
	if (mutex->pi && mutex_first_waiter(mutex)) {
		hand_over(world, mutex, proc);
		return;
	}
	mutex_give_up(mutex);
	if (mutex->pi || mutex->spec->robust)
		mutex->locked = mutex->contended = false;
}

/* remove_waiter(): that concerns the owner if it was the top waiter. */
void mutex_waiter_has_left(struct proc_world *world, struct mutex *mutex)
{
	const struct proc *top = mutex->top;

	note_top(world, mutex, NULL);
	if (mutex->own.owner && !mutex->reserved && mutex->top != top)
		boost_chain(world, mutex->own.owner);
}

/* ---- Locking, unlocking ---- */

static void wait_for(struct proc_world *world, struct mutex *mutex, struct proc *proc)
{
	mutex->contended = true;
	locks_make(world, proc)->pi_blocked_on = mutex;
	proc->locks->pi_waited = true;
	proc->locks->waits_for = &mutex->own;
	queue_waiter(mutex, proc, false);
	note_top(world, mutex, proc);
	if (mutex->own.owner && !mutex->reserved && mutex->top == proc)
		boost_chain(world, mutex->own.owner);
}

/*
 * The way to sleep: all owners up the chain are looked at. The first time memory for the state and
 * the code are not there yet.
 */
static u64 wait_cost(const struct proc_world *world, const struct proc *proc,
		     const struct mutex *mutex)
{
	const struct costs *costs = world->costs;
	bool first = !proc->locks || !proc->locks->pi_waited;
	u64 cost = costs->block + costs->lock_wait + costs->pi_wait + (first ? costs->pi_first : 0);
	u32 left = CHAIN_MAX;

	if (likely(!costs->pi_chain))
		return cost;
	while (mutex->own.owner && (mutex = pi_blocked_on(mutex->own.owner)) != NULL && left--)
		cost += costs->pi_chain;
	return cost;
}

bool mutex_lock_pi(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   struct mutex *mutex, u8 base)
{
	switch (proc->phase - base) {
	case LOCK_TRY:
		if (!mutex->locked)
			break;
		if (proc_pay_block(world, cpu, proc, wait_cost(world, proc, mutex),
				   base + LOCK_WAIT))
			return false;
		break;
	case LOCK_WOKEN:
		/* Who waits for itself holds it, too, but nobody has handed it over. */
		if (mutex->own.owner == proc && mutex->reserved) {
			mutex->reserved = false;
			wait_drop_timeout(world, proc);
			return mutex_got(world, proc, mutex);
		}
		if (unlikely(wait_is_late(world, proc)) && !may_steal(mutex, proc))
			return mutex_too_late(world, proc, mutex);
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
		mutex_take(world, mutex, proc, false);
		wait_drop_timeout(world, proc);
		return mutex_got(world, proc, mutex);
	}
	if (may_steal(mutex, proc)) {
		steal(world, mutex, proc);
		wait_drop_timeout(world, proc);
		return mutex_got(world, proc, mutex);
	}
	wait_arm_timeout(world, cpu, proc, true);
	if (is_deadlock(world, proc, &mutex->own))
		return false;
	wait_for(world, mutex, proc);
	proc_sleep(world, cpu, proc, base + LOCK_WOKEN);
	return false;
}

bool mutex_take_for(struct proc_world *world, struct mutex *mutex, struct proc *proc,
		    bool contended)
{
	if (may_steal(mutex, proc))
		steal(world, mutex, proc);
	else if (mutex->locked)
		return false;
	else
		mutex_take(world, mutex, proc, contended);
	return true;
}

void mutex_wait_for(struct proc_world *world, struct mutex *mutex, struct proc *proc, u8 base)
{
	wait_for(world, mutex, proc);
	proc->phase = base + LOCK_WOKEN;
}

/*
 * rt_mutex_setprio() does little for who has not been boosted. (It queues a deadline task anew;
 * what that takes is not told apart.)
 */
static u64 hand_over_cost(const struct proc_world *world, const struct proc *proc,
			  const struct mutex *mutex)
{
	u64 cost = futex_wake_cost(world, &mutex->waiters);

	if (mutex_first_waiter(mutex) && proc->task.prio != proc->task.normal_prio)
		cost += world->costs->pi_wake;
	return cost;
}

bool mutex_unlock_pi(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct mutex *mutex, u8 base)
{
	bool contended = mutex->contended;

	if (proc->phase - base == UNLOCK_BEGIN && contended &&
	    proc_pay(world, cpu, proc, hand_over_cost(world, proc, mutex), base + UNLOCK_WAKE))
		return false;
	if (contended && mutex_first_waiter(mutex)) {
		hand_over(world, mutex, proc);
		return true;
	}
	mutex_give_up(mutex);
	mutex->locked = mutex->contended = false;
	return true;
}
