/* SPDX-License-Identifier: MIT */
/*
 * What a task was told last, by an epoll_wait or a poll: kept for its `ready` blocks, for a program
 * has no other way to ask.
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

static bool is_told(const struct told *told, const struct proc *proc, const struct op_watch *asked)
{
	return told->task == proc->task.id && told->watch.kind == asked->kind &&
	       told->watch.events & (asked->events | WATCH_HUP);
}

static bool has_told(struct proc_world *world, const struct proc *proc, struct op_watch asked)
{
	const struct told *told;

	asked = watch_of(world, proc, asked);
	list_for_each (told, told_bucket(world, proc), link)
		if (is_told(told, proc, &asked) && epoll_watch_is(&told->watch, &asked))
			return true;
	return false;
}

u32 epoll_times_told(struct proc_world *world, const struct proc *proc, const struct op *op)
{
	struct op_watch asked = op_watch_unpack(op->value);
	const struct told *told;
	u32 nr = 0;

	if (!world->epolls)
		return 0;
	if (asked.kind != WATCH_CONNECTION)
		return has_told(world, proc, asked);
	list_for_each (told, told_bucket(world, proc), link)
		nr += is_told(told, proc, &asked) &&
		      connection_is_open(world, proc, asked.index, &told->watch);
	return nr;
}

bool epoll_take_told(struct proc_world *world, const struct proc *proc, const struct op *op)
{
	struct op_watch asked = op_watch_unpack(op->value);
	struct told *told;

	list_for_each (told, told_bucket(world, proc), link) {
		if (!is_told(told, proc, &asked) ||
		    !connection_is_open(world, proc, asked.index, &told->watch))
			continue;
		connection_mean(world, proc, asked.index, &told->watch);
		list_del(&told->link);
		pool_put(&world->epolls->tolds, told->index);
		return true;
	}
	return false;
}
