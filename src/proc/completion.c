/* SPDX-License-Identifier: MIT */
/*
 * Completions: one part of the kernel waits until another has done something. Kernel:
 * kernel/sched/completion.c, kernel/sched/swait.c; reference: process.md 7.4.
 *
 * A completion counts how often it was completed and nobody has waited for that yet. Who waits
 * stands in a line and takes one; each complete wakes the first, who may find that somebody has
 * come by and taken it. complete_all is for all who come from then on, until it is initialised
 * anew.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/sync.h"

enum { DONE_FOR_ALL = UINT32_MAX };

struct completion {
	struct wait_queue queue;
	u32 done;
	u32 name; /* name id */
};

void completions_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->completions = arena_array(world->arena, struct completion, w->nr_completions);
	for (u32 i = 0; i < w->nr_completions; i++) {
		wait_queue_init(&world->completions[i].queue);
		world->completions[i].name = names_intern_str(world->names, w->completions[i].name);
	}
}

enum { COMPLETION_CALL, COMPLETION_LOOK, COMPLETION_WOKEN };

/* swake_up_locked(): the first is out of the queue, whatever state it is in. */
static void wake_first(struct proc_world *world, struct completion *c)
{
	struct wait_entry *first = list_first(&c->queue.entries, struct wait_entry, link);

	list_del(&first->link);
	sched_wake(world->sched, &container_of(first, struct proc, wait)->task, TASK_NORMAL, 0);
}

static void complete(struct proc_world *world, struct completion *c, const struct op *op)
{
	switch (op->code) {
	case OP_COMPLETE_ALL:
		c->done = DONE_FOR_ALL;
		while (!wait_queue_empty(&c->queue))
			wake_first(world, c);
		break;
	case OP_COMPLETE:
		c->done += c->done != DONE_FOR_ALL;
		if (!wait_queue_empty(&c->queue))
			wake_first(world, c);
		break;
	default: /* OP_REINIT_COMPLETION */
		c->done = 0;
	}
}

static bool finish(struct proc_world *world, struct proc *proc)
{
	wait_finish(proc);
	wait_drop_timeout(world, proc);
	return true;
}

static bool wait_for(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct completion *c, const struct op *op)
{
	switch (proc->phase) {
	case COMPLETION_CALL:
		if (proc_pay(world, cpu, proc, kernel_call_cost(world, op, c->done),
			     COMPLETION_LOOK))
			return false;
		break;
	case COMPLETION_WOKEN:
		if (c->done)
			break;
		if (op->value && !timer_armed(&proc->timer) &&
		    world->machine->now >= proc->wake_at) {
			record_put(world, proc, RECORD_FAILED, 0, ETIMEDOUT, c->name);
			return finish(world, proc);
		}
		if (!wait_linked(&proc->wait) && proc->in_call == IN_CALL_SLEPT)
			record_put(world, proc, RECORD_FUTILE, 0, 0, c->name);
		break;
	}
	if (c->done) {
		c->done -= c->done != DONE_FOR_ALL;
		return finish(world, proc);
	}
	if (!wait_linked(&proc->wait))
		wait_add(&c->queue, proc, true);
	if (op->value && !timer_armed(&proc->timer))
		wait_arm_ticks(world, cpu, proc, op->value);
	proc_sleep_state(world, cpu, proc, COMPLETION_WOKEN, kernel_sleep_state(op));
	return false;
}

bool completion_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		   const struct op *op)
{
	struct completion *c = &world->completions[op->b];

	if (op->code == OP_WAIT_COMPLETION)
		return wait_for(world, cpu, proc, c, op);
	if (proc->phase == COMPLETION_CALL &&
	    proc_pay(world, cpu, proc, kernel_call_cost(world, op, true), COMPLETION_LOOK))
		return false;
	complete(world, c, op);
	return true;
}
