/* SPDX-License-Identifier: MIT */
/*
 * Waiting at several words at once: FUTEX_WAITV. Kernel: kernel/futex/waitwake.c,
 * futex_wait_multiple(); reference: process.md 8.1.
 *
 * The task stands in the queue of each word, and the first wake at any of them lets it go on. Its
 * own entry is in the first queue; for the others there are entries of their own. It leaves them
 * when it runs: a wake that comes to another word before that finds it there, and has woken nobody
 * else.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/futex.h"
#include "proc/sync.h"

void futex_leave_others(struct proc_world *world, struct proc *proc)
{
	struct futex_extra *extra, *next;

	if (likely(!proc->locks || list_empty(&proc->locks->extras)))
		return;
	list_for_each_safe (extra, next, &proc->locks->extras, link) {
		if (wait_linked(&extra->entry))
			list_del(&extra->entry.link);
		list_del(&extra->link);
		pool_put(&world->futex_extras, extra->index);
	}
}

bool futex_waitv_is_over(const struct proc *proc)
{
	const struct futex_extra *extra;

	if (!wait_stands(&proc->wait))
		return true;
	if (!proc->locks) /* one word, and never a lock */
		return false;
	list_for_each (extra, &proc->locks->extras, link)
		if (!wait_stands(&extra->entry))
			return true;
	return false;
}

static void add_extra(struct proc_world *world, struct proc *proc, struct wait_queue *queue)
{
	u32 index;
	struct futex_extra *extra = pool_get(&world->futex_extras, &index);

	*extra = (struct futex_extra){.proc = proc, .index = index};
	list_add_tail(&locks_make(world, proc)->extras, &extra->link);
	futex_add_entry(queue, &extra->entry, proc);
	extra->entry.flags |= WAIT_EXTRA;
}

/* Out of all queues. */
static bool done(struct proc_world *world, struct proc *proc, int error, u32 word)
{
	wait_finish(proc);
	futex_leave_others(world, proc);
	wait_drop_timeout(world, proc);
	if (error)
		proc_refuse(world, proc, error, world->futexes[word].name);
	return true;
}

enum { WAITV_CALL, WAITV_LOOK, WAITV_WOKEN };

bool futex_waitv_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	const struct futex_call *calls = &world->workload->futex_calls[op->value];

	switch (proc->phase) {
	case WAITV_CALL:
		proc->wake_at = calls->timeout_ns ? min_of(world->machine->now + calls->timeout_ns,
							   (u64)NEVER)
						  : NEVER;
		if (proc_pay_block(world, cpu, proc, futex_wait_cost(world), WAITV_LOOK))
			return false;
		break;
	case WAITV_WOKEN:
		/* A signal or a stop came in between: the call begins anew. */
		if (proc->in_call != IN_CALL_SLEPT) {
			futex_leave_others(world, proc);
			break;
		}
		if (futex_waitv_is_over(proc))
			return done(world, proc, 0, op->b);
		if (wait_is_late(world, proc))
			return done(world, proc, ETIMEDOUT, op->b);
		proc_sleep(world, cpu, proc, WAITV_WOKEN);
		return false;
	}
	for (u32 i = 0; i < op->a; i++)
		if (world->futexes[calls[i].to].value != calls[i].value)
			return done(world, proc, EAGAIN, calls[i].to);
	proc->wait_arg = UINT32_MAX;
	futex_add(&world->futexes[op->b].waiters, proc);
	for (u32 i = 1; i < op->a; i++)
		add_extra(world, proc, &world->futexes[calls[i].to].waiters);
	wait_arm_timeout(world, cpu, proc, true);
	proc_sleep(world, cpu, proc, WAITV_WOKEN);
	return false;
}
