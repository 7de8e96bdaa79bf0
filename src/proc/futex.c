/* SPDX-License-Identifier: MIT */
/*
 * Words, and the kernel's queues of who sleeps at them: what locks in user space are made of.
 * Kernel: kernel/futex/waitwake.c, requeue.c; reference: process.md 8.1.
 *
 * The queue is by priority: real-time tasks first, all others are equal and served in order of their
 * coming. A wait looks at the word when it is in the queue already, so a wake that comes after a change
 * of the word misses nobody.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/sync.h"

struct futex {
	const char *name;
	u32 value;
	struct wait_queue waiters;
};

void futexes_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->futexes = arena_array(world->arena, struct futex, w->nr_futexes);
	for (u32 i = 0; i < w->nr_futexes; i++) {
		world->futexes[i].name = w->futexes[i].name;
		world->futexes[i].value = w->futexes[i].value;
		wait_queue_init(&world->futexes[i].waiters);
	}
}

/* ---- FUTEX_WAIT ---- */

enum { FUTEX_CALL, FUTEX_LOOK, FUTEX_WOKEN, FUTEX_REST };

/* What the call answers; true: it is complete. */
static bool answer(struct proc_world *world, struct proc *proc, struct futex *futex, int error)
{
	wait_finish(proc);
	wait_drop_timeout(world, proc);
	if (error)
		proc_refuse(world, proc, error, futex->name);
	return true;
}

static bool wait_at(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct futex *futex,
		    const struct futex_call *call)
{
	switch (proc->phase) {
	case FUTEX_CALL:
		proc->wake_at = call->timeout_ns
					? min_of(world->machine->now + call->timeout_ns, (u64)NEVER)
					: NEVER;
		if (proc_pay(world, cpu, proc, futex_wait_cost(world), FUTEX_LOOK))
			return false;
		break;
	case FUTEX_WOKEN:
		if (wait_is_late(world, proc))
			return answer(world, proc, futex, ETIMEDOUT);
		/* A signal or a stop came in between: the call begins anew. */
		if (proc->in_call != IN_CALL_SLEPT)
			break;
		if (!wait_linked(&proc->wait))
			return answer(world, proc, futex, 0);
		proc_sleep(world, cpu, proc, FUTEX_WOKEN);
		return false;
	}
	if (futex->value != call->value)
		return answer(world, proc, futex, EAGAIN);
	proc->wait_arg = call->bitset;
	wait_arm_timeout(world, cpu, proc, false);
	futex_add(&futex->waiters, proc);
	proc_sleep(world, cpu, proc, FUTEX_WOKEN);
	return false;
}

/* ---- FUTEX_WAKE, FUTEX_CMP_REQUEUE ---- */

/* The first @nr that share a bit with @bitset are out of the queue and wait to be woken by @proc. */
static void pick(struct proc_world *world, struct futex *futex, struct proc *proc, u32 nr, u32 bitset)
{
	struct list *to_wake = &locks_make(world, proc)->to_wake;
	struct wait_entry *entry, *next;

	list_for_each_safe (entry, next, &futex->waiters.entries, link) {
		if (!nr)
			return;
		if (!(container_of(entry, struct proc, wait)->wait_arg & bitset))
			continue;
		list_move_tail(to_wake, &entry->link);
		nr--;
	}
}

static bool wake_at(struct proc_world *world, struct cpu *cpu, struct proc *proc, struct futex *futex,
		    const struct futex_call *call, bool requeue)
{
	if (proc->phase == FUTEX_REST)
		return futex_wake_rest(world, cpu, proc, FUTEX_REST);
	if (proc->phase == FUTEX_CALL &&
	    proc_pay(world, cpu, proc, futex_wake_cost(world, &futex->waiters), FUTEX_LOOK))
		return false;
	if (call->compare && futex->value != call->value) {
		proc_refuse(world, proc, EAGAIN, futex->name);
		return true;
	}
	pick(world, futex, proc, call->wake, call->bitset);
	if (requeue)
		futex_move(&futex->waiters, &world->futexes[call->to].waiters, call->requeue);
	return futex_wake_rest(world, cpu, proc, FUTEX_REST);
}

bool futex_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct futex *futex = &world->futexes[op->b];
	const struct futex_call *call = &world->workload->futex_calls[op->value];

	switch (op->code) {
	case OP_FUTEX_WAIT:
		return wait_at(world, cpu, proc, futex, call);
	case OP_FUTEX_SET:
		futex->value = call->value;
		return true;
	default:
		return wake_at(world, cpu, proc, futex, call, op->code == OP_FUTEX_REQUEUE);
	}
}
