/* SPDX-License-Identifier: MIT */
/*
 * What a task was told last, by an epoll_wait or a poll: kept for its `ready` blocks, for a program has no other way
 * to ask.
 */
#include "proc/calls.h"
#include "proc/epoll.h"

static struct list *told_bucket(const struct proc_world *world, const struct proc *proc)
{
	return &world->epolls->told[proc->task.id % TOLD_BUCKETS];
}

void told_forget(struct proc_world *world, const struct proc *proc)
{
	struct told *told, *next;

	list_for_each_safe (told, next, told_bucket(world, proc), link) {
		if (told->task != proc->task.id)
			continue;
		list_del(&told->link);
		pool_put(&world->epolls->tolds, told->index);
	}
}

void told_add(struct proc_world *world, const struct proc *proc, struct op_watch watch, u32 events)
{
	u32 index;
	struct told *told = pool_get(&world->epolls->tolds, &index);

	watch.events = (u8)events;
	*told = (struct told){.task = proc->task.id, .index = index, .watch = watch};
	list_add_tail(told_bucket(world, proc), &told->link);
}

bool epoll_has_told(struct proc_world *world, const struct proc *proc, const struct op *op)
{
	struct op_watch asked;
	struct told *told;

	if (!world->epolls)
		return false;
	asked = watch_of(world, proc, op_watch_unpack(op->value));
	if (asked.kind == WATCH_CONNECTION && asked.index == WATCH_NOTHING)
		return false;
	list_for_each (told, told_bucket(world, proc), link)
		if (told->task == proc->task.id && epoll_watch_is(&told->watch, &asked) &&
		    told->watch.events & (asked.events | WATCH_HUP))
			return true;
	return false;
}
