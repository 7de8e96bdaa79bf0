/* SPDX-License-Identifier: MIT */
/*
 * Conditions, barriers, semaphores: what the C library makes of futexes.
 * Reference: process.md 8.1, 8.3.
 *
 * The state is in user space, so what needs no sleep and no wakeup costs no system call.
 */
#include "proc/sync.h"

#include <errno.h>

#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/files.h"
#include "proc/optimistic.h"
#include "proc/poll.h"
#include "proc/rt_lock.h"
#include "proc/shm.h"
#include "proc/signalfd.h"
#include "proc/tty.h"

void sync_init(struct proc_world *world)
{
	const struct workload *w = world->workload;
	struct arena *arena = world->arena;

	world->mutexes = arena_array(arena, struct mutex, w->nr_mutexes);
	for (u32 i = 0; i < w->nr_mutexes; i++) {
		world->mutexes[i].own.name = w->mutexes[i].name;
		world->mutexes[i].spec = &w->mutexes[i];
		world->mutexes[i].pi = w->mutexes[i].kind == MUTEX_PI;
		wait_queue_init(&world->mutexes[i].waiters);
	}
	world->conds = arena_array(arena, struct cond, w->nr_conds);
	for (u32 i = 0; i < w->nr_conds; i++) {
		world->conds[i].name = w->conds[i].name;
		wait_queue_init(&world->conds[i].waiters);
	}
	world->barriers = arena_array(arena, struct barrier, w->nr_barriers);
	for (u32 i = 0; i < w->nr_barriers; i++) {
		world->barriers[i].name = w->barriers[i].name;
		world->barriers[i].parties = w->barriers[i].parties;
		wait_queue_init(&world->barriers[i].waiters);
	}
	world->semaphores = arena_array(arena, struct semaphore, w->nr_semaphores);
	for (u32 i = 0; i < w->nr_semaphores; i++) {
		world->semaphores[i].name = w->semaphores[i].name;
		world->semaphores[i].value = w->semaphores[i].value;
		wait_queue_init(&world->semaphores[i].waiters);
	}
	pipes_init(world);
	devices_init(world);
	event_queues_init(world);
	rwlocks_init(world);
	eventfds_init(world);
	timerfds_init(world);
	futexes_init(world);
	sockets_init(world);
	listeners_init(world);
	ttys_init(world);
	sem_sets_init(world);
	shms_init(world);
	msg_queues_init(world);
	mqueues_init(world);
	pipe_ends_init(world);
	fs_init(world);
	optimistic_init(world);
	kmutexes_init(world);
	rwsems_init(world);
	spinlocks_init(world);
	rt_locks_init(world);
	completions_init(world);
	ksems_init(world);
	epolls_init(world);
	polls_init(world);
	signalfds_init(world);
}

/* ---- Conditions ---- */

enum {
	COND_BEGIN,
	COND_REGISTER,
	COND_UNLOCK,
	COND_ENTER = COND_UNLOCK + UNLOCK_STEPS,
	COND_SLEEP,
	COND_WOKEN,
	COND_LOCK,
};

/*
 * Registers, unlocks, sleeps until signalled, locks. A signal that comes between the first and the
 * third finds the waiter registered: it does not sleep then.
 */
bool cond_wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct cond *c = &world->conds[op->b];
	struct mutex *m = &world->mutexes[op->a];

	switch (proc->phase) {
	case COND_BEGIN:
		if (m->own.owner != proc) {
			proc_fail(world, proc,
				  "waits for condition '%s' without holding mutex '%s'", c->name,
				  m->own.name);
			return false;
		}
		proc->wake_at =
			op->value ? min_of(world->machine->now + op->value, (u64)NEVER) : NEVER;
		if (proc_work(world, cpu, proc, world->costs->cond_wait, COND_REGISTER))
			return false;
		/* fall through */
	case COND_REGISTER:
		futex_add(&c->waiters, proc);
		proc->wait.flags |= WAIT_STAYS;
		proc->phase = COND_UNLOCK;
		/* fall through */
	case COND_UNLOCK:
	case COND_UNLOCK + 1:
	case COND_UNLOCK + 2:
	case COND_UNLOCK + 3:
		if (!mutex_unlock_steps(world, cpu, proc, m, COND_UNLOCK))
			return false;
		proc->phase = COND_ENTER;
		/* If it woke somebody that was a system call of its own. */
		if (proc->in_call && proc_return_to_user(world, cpu, proc))
			return false;
		/* fall through */
	case COND_ENTER:
		if (wait_linked(&proc->wait) &&
		    proc_pay_block(world, cpu, proc, futex_wait_cost(world), COND_SLEEP))
			return false;
		/* fall through */
	case COND_SLEEP:
	case COND_WOKEN:
		if (unlikely(wait_is_late(world, proc))) {
			wait_finish(proc);
			proc_refuse(world, proc, ETIMEDOUT, c->name);
		}
		if (wait_stands(&proc->wait)) {
			wait_arm_timeout(world, cpu, proc, false);
			proc_sleep(world, cpu, proc, COND_WOKEN);
			return false;
		}
		wait_finish(proc);
		wait_drop_timeout(world, proc);
		proc->wake_at = NEVER;
		cpu_steal(world->machine, cpu,
			  world->costs->cond_woken + (m->own.owner ? world->costs->cond_lock : 0));
		proc->phase = COND_LOCK;
		/* fall through */
	default:
		return mutex_lock_steps(world, cpu, proc, m, COND_LOCK, true);
	}
}

enum { WAKE_BEGIN, WAKE_ENTER, WAKE_CALL, WAKE_REST };

/*
 * Who has stopped, or is frozen, has left the futex and is still registered: the signal is for the
 * first who sleeps there, and waits for the others if nobody does (as in glibc's
 * pthread_cond_signal()).
 */
static void sleeper_first(struct wait_queue *queue)
{
	for (struct list *at = queue->entries.next; at != &queue->entries; at = at->next) {
		const struct proc *proc = wait_proc_of(list_entry(at, struct wait_entry, link));

		if (proc->task.state & (TASK_STOPPED | TASK_TRACED | TASK_FROZEN) ||
		    (proc->task.state == TASK_REFRIGERATED &&
		     proc->task.frozen_state == TASK_RUNNING))
			continue;
		list_move_head(&queue->entries, at);
		return;
	}
}

bool cond_signal_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 cond,
		    bool all)
{
	struct cond *c = &world->conds[cond];

	if (proc->phase == WAKE_REST)
		return futex_wake_rest(world, cpu, proc, WAKE_REST);
	if (proc->phase == WAKE_BEGIN) {
		if (wait_queue_empty(&c->waiters))
			return true;
		if (proc_work(world, cpu, proc, world->costs->cond_signal, WAKE_ENTER))
			return false;
	}
	if (proc->phase == WAKE_ENTER) {
		if (proc_pay(world, cpu, proc,
			     all ? futex_wake_all_cost(world, &c->waiters)
				 : futex_wake_cost(world, &c->waiters),
			     WAKE_CALL))
			return false;
	}
	if (all)
		return futex_wake_all(world, cpu, proc, &c->waiters, WAKE_REST);
	sleeper_first(&c->waiters);
	futex_wake_one(world, &c->waiters);
	return true;
}

/* ---- Barriers ---- */

/* The way back of a wait in a futex, if it slept. */
static void pay_for_waking(struct proc_world *world, const struct proc *proc)
{
	struct machine *machine = world->machine;

	if (proc->in_call == IN_CALL_SLEPT)
		cpu_steal(machine, &machine->cpus[machine->acting], world->costs->futex_woken);
}

enum { BARRIER_ARRIVE, BARRIER_SLEEP, BARRIER_WAKE, BARRIER_REST };

/* The last to arrive opens the next round and wakes all. */
bool barrier_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, u32 barrier)
{
	struct barrier *b = &world->barriers[barrier];

	switch (proc->phase) {
	case BARRIER_ARRIVE:
		proc->wait_arg = b->round;
		if (++b->arrived == b->parties) {
			b->arrived = 0;
			b->round++;
			if (b->parties == 1)
				return true;
			if (proc_pay(world, cpu, proc, futex_wake_all_cost(world, &b->waiters),
				     BARRIER_WAKE))
				return false;
			return futex_wake_all(world, cpu, proc, &b->waiters, BARRIER_REST);
		}
		if (proc_pay_block(world, cpu, proc, futex_wait_cost(world), BARRIER_SLEEP))
			return false;
		break;
	case BARRIER_WAKE:
		return futex_wake_all(world, cpu, proc, &b->waiters, BARRIER_REST);
	case BARRIER_REST:
		return futex_wake_rest(world, cpu, proc, BARRIER_REST);
	}
	wait_finish(proc);
	if (b->round != proc->wait_arg) {
		pay_for_waking(world, proc);
		return true;
	}
	futex_add(&b->waiters, proc);
	proc_sleep(world, cpu, proc, BARRIER_SLEEP);
	return false;
}

/* ---- Semaphores ---- */

enum { SEM_TRY, SEM_SLEEP, SEM_WOKEN };

static bool sem_get(struct semaphore *s)
{
	if (!s->value)
		return false;
	s->value--;
	return true;
}

/* A post raises the value and wakes one sleeper, which has to compete for it. */
bool sem_wait_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct semaphore *s = &world->semaphores[op->b];

	switch (proc->phase) {
	case SEM_TRY:
		if (sem_get(s))
			return true;
		if (op->flags & OP_NONBLOCK)
			return proc_goes_without(world, proc, EAGAIN, s->name);
		proc->wake_at =
			op->value ? min_of(world->machine->now + op->value, (u64)NEVER) : NEVER;
		s->nr_waiters++;
		if (proc_pay_block(world, cpu, proc, futex_wait_cost(world), SEM_SLEEP))
			return false;
		break;
	case SEM_WOKEN:
		if (unlikely(wait_is_late(world, proc))) {
			wait_finish(proc);
			s->nr_waiters--;
			return proc_goes_without(world, proc, ETIMEDOUT, s->name);
		}
		wait_finish(proc);
		if (!s->value &&
		    proc_pay_block(world, cpu, proc, futex_wait_cost(world), SEM_SLEEP))
			return false;
		break;
	}
	if (sem_get(s)) {
		s->nr_waiters--;
		wait_drop_timeout(world, proc);
		pay_for_waking(world, proc);
		return true;
	}
	wait_arm_timeout(world, cpu, proc, false);
	futex_add(&s->waiters, proc);
	proc_sleep(world, cpu, proc, SEM_WOKEN);
	return false;
}

/* One of the posts of a call; @first: it enters the kernel. True: it is done. */
static bool post(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
		 bool first)
{
	struct semaphore *s = &world->semaphores[op->b];

	if (proc->phase == WAKE_BEGIN || proc->phase == WAKE_REST) {
		s->value++;
		if (!s->nr_waiters)
			return true;
		if (first ? proc_pay(world, cpu, proc, futex_wake_cost(world, &s->waiters),
				     WAKE_CALL)
			  : proc_pay_all(world, cpu, proc, world->costs->futex_next, WAKE_CALL))
			return false;
	}
	if (op->flags & OP_MORE) { /* it is in mid-call: no way out to a switch */
		proc->task.flags |= TASK_FLAG_IN_KERNEL;
		futex_wake(world, &s->waiters, 1);
		proc->task.flags &= (u16)~TASK_FLAG_IN_KERNEL;
	} else {
		futex_wake_one(world, &s->waiters);
	}
	return true;
}

bool sem_post_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	while (post(world, cpu, proc, op, !proc->in_call)) {
		if (!(op->flags & OP_MORE))
			return true;
		op++;
		proc->pc++;
		proc->phase = WAKE_REST;
	}
	return false;
}
