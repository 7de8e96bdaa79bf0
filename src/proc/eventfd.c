/* SPDX-License-Identifier: MIT */
/*
 * eventfd: a counter that is written and read. Kernel: fs/eventfd.c; reference: process.md 8.8.
 *
 * Readers wait in order of arrival but not exclusively: each write wakes all of them, one finds the
 * counter above 0, the others sleep again.
 */
#include "proc/calls.h"
#include "proc/sync.h"

struct eventfd {
	struct wait_queue queue;
	u64 count;
	bool semaphore;
	u32 name; /* name id */
};

void eventfds_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->eventfds = arena_array(world->arena, struct eventfd, w->nr_eventfds);
	for (u32 i = 0; i < w->nr_eventfds; i++) {
		struct eventfd *e = &world->eventfds[i];

		wait_queue_init(&e->queue);
		e->count = w->eventfds[i].value;
		e->semaphore = w->eventfds[i].semaphore;
		e->name = names_intern_str(world->names, w->eventfds[i].name);
	}
}

u32 eventfd_poll(struct proc_world *world, u32 index, struct wait_queue **queue)
{
	struct eventfd *e = &world->eventfds[index];

	*queue = &e->queue;
	return WATCH_OUT | (e->count ? WATCH_IN : 0);
}

enum { EVENTFD_CALL, EVENTFD_LOOK, EVENTFD_WOKEN };

static bool read_count(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       struct eventfd *e, bool nonblock)
{
	switch (proc->phase) {
	case EVENTFD_CALL:
		if (proc_pay(world, cpu, proc,
			     e->count || nonblock ? world->costs->syscall : world->costs->block,
			     EVENTFD_LOOK))
			return false;
		break;
	case EVENTFD_WOKEN:
		if (!e->count && !wait_linked(&proc->wait) && proc->in_call == IN_CALL_SLEPT)
			record_put(world, proc, RECORD_FUTILE, 0, 0, e->name);
		wait_finish(proc);
		break;
	}
	if (e->count) {
		e->count = e->semaphore ? e->count - 1 : 0;
		wait_wake(world, &e->queue, 1, TASK_NORMAL, 0, WATCH_OUT);
		return true;
	}
	if (nonblock) /* EAGAIN */
		return true;
	wait_add_tail(&e->queue, proc);
	proc_sleep(world, cpu, proc, EVENTFD_WOKEN);
	return false;
}

static bool write_count(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			struct eventfd *e, u64 value)
{
	if (proc->phase == EVENTFD_CALL) {
		proc->wait_arg = value;
		if (proc_pay(world, cpu, proc, world->costs->syscall, EVENTFD_LOOK))
			return false;
	}
	e->count += proc->wait_arg;
	wait_wake(world, &e->queue, 1, TASK_NORMAL, 0, WATCH_IN);
	return true;
}

bool eventfd_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op,
		u64 value)
{
	struct eventfd *e = &world->eventfds[op->b];

	if (op->code == OP_EVENT_READ)
		return read_count(world, cpu, proc, e, op->flags & OP_NONBLOCK);
	return write_count(world, cpu, proc, e, value);
}
