/* SPDX-License-Identifier: MIT */
/*
 * Waiting at a word to get a PI mutex: what conditions can be made of. Kernel:
 * kernel/futex/requeue.c, futex_wait_requeue_pi(), futex_requeue(); reference: process.md 8.1.
 *
 * Who waits has said to which mutex it shall be moved. The call that moves gives the mutex to the
 * first waiter, if it is free, and wakes that one alone; the others become waiters of the mutex, so
 * its holder runs at their priority from then on, and each is woken when the mutex is handed to it.
 * Nobody wakes only to sleep again.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/futex.h"
#include "proc/sync.h"

enum { PI_CALL, PI_LOOK, PI_WOKEN, PI_GOT, PI_REST, PI_LOCK };

static const struct op *op_of(const struct proc *proc)
{
	return &proc->program->ops[proc->pc];
}

static bool wait_at(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct futex *futex, const struct op *op)
{
	const struct futex_call *call = &world->workload->futex_calls[op->value];

	switch (proc->phase) {
	case PI_CALL:
		proc->wake_at = NEVER;
		if (proc_pay_block(world, cpu, proc, futex_wait_cost(world), PI_LOOK))
			return false;
		break;
	case PI_WOKEN:
		/* A signal or a stop came in between: the call begins anew. */
		if (proc->in_call != IN_CALL_SLEPT)
			break;
		proc_sleep(world, cpu, proc, PI_WOKEN);
		return false;
	case PI_LOOK:
		break;
	case PI_GOT:
		return true;
	default:
		return mutex_lock_plainly(world, cpu, proc, &world->mutexes[op->a], PI_LOCK, true);
	}
	wait_finish(proc);
	if (futex->value != call->value)
		return proc_goes_without(world, proc, EAGAIN, futex->name);
	proc->wait_arg = call->bitset;
	futex_add(&futex->waiters, proc);
	proc_sleep(world, cpu, proc, PI_WOKEN);
	return false;
}

/* The first who waits at @futex, for this mutex; NULL: nobody, or (@error) somebody else. */
static struct proc *first_waiter(struct futex *futex, u32 mutex, int *error)
{
	struct proc *waiter;

	if (wait_queue_empty(&futex->waiters))
		return NULL;
	waiter = wait_proc_of(list_first(&futex->waiters.entries, struct wait_entry, link));
	if (op_of(waiter)->code == OP_FUTEX_WAIT_PI && op_of(waiter)->a == mutex)
		return waiter;
	*error = EINVAL;
	return NULL;
}

/* True: it has the mutex, and @proc will wake it. */
static bool pass_mutex(struct proc_world *world, struct mutex *mutex, struct proc *waiter,
		       struct proc *proc, bool contended)
{
	struct list *to_wake = &locks_make(world, proc)->to_wake;

	wait_finish(waiter);
	if (!mutex_take_for(world, mutex, waiter, contended))
		return false;
	waiter->phase = PI_GOT;
	list_add_tail(to_wake, &waiter->wait.link);
	return true;
}

static bool requeue(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct futex *futex, const struct op *op)
{
	const struct futex_call *call = &world->workload->futex_calls[op->value];
	struct mutex *mutex = &world->mutexes[op->a];
	struct proc *waiter;
	s64 count = 0;
	int error = 0;

	if (call->compare && futex->value != call->value)
		error = EAGAIN;
	/* One more if nobody has got it. */
	for (; !error && count - 1 < call->requeue; count++) {
		waiter = first_waiter(futex, op->a, &error);
		if (!waiter)
			break;
		if (pass_mutex(world, mutex, waiter, proc, call->requeue > 0))
			continue;
		if (is_deadlock(world, waiter, &mutex->own))
			return false;
		mutex_wait_for(world, mutex, waiter, PI_LOCK);
	}
	if (error)
		proc_refuse(world, proc, error, futex->name);
	locks_make(world, proc);
	return futex_wake_rest(world, cpu, proc, PI_REST);
}

bool futex_pi_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct futex *futex = &world->futexes[op->b];

	if (op->code == OP_FUTEX_WAIT_PI)
		return wait_at(world, cpu, proc, futex, op);
	if (proc->phase == PI_REST)
		return futex_wake_rest(world, cpu, proc, PI_REST);
	if (proc->phase == PI_CALL &&
	    proc_pay(world, cpu, proc, futex_wake_cost(world, &futex->waiters), PI_LOOK))
		return false;
	return requeue(world, cpu, proc, futex, op);
}
