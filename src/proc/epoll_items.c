/* SPDX-License-Identifier: MIT */
/*
 * What epolls watch, and what happens to it. Kernel: fs/eventpoll.c, ep_poll_callback(),
 * ep_insert(); reference: process.md 8.8.
 *
 * Each watched thing has an entry in the wait queue of what it watches: not exclusive at the head,
 * or exclusive at the tail (EPOLLEXCLUSIVE). A wakeup there puts it on the ready list, once, and
 * wakes one who waits for the epoll: the last who came.
 */
#include "proc/epoll.h"

#include <errno.h>

#include "base/ensure.h"
#include "proc/signalfd.h"

/* ---- Events ---- */

void epoll_wake_one(struct epoll *epoll, u32 wake_flags)
{
	while (!wait_queue_empty(&epoll->waiters)) {
		struct wait_entry *entry =
			list_first(&epoll->waiters.entries, struct wait_entry, link);
		struct proc *proc = container_of(entry, struct proc, wait);

		list_del(&entry->link);
		if (sched_wake(epoll->world->sched, &proc->task, TASK_NORMAL, wake_flags))
			return;
	}
}

static void add_ready(struct epoll_item *item, u32 wake_flags)
{
	if (!list_linked(&item->ready))
		list_add_tail(&item->epoll->ready, &item->ready);
	epoll_wake_one(item->epoll, wake_flags);
	if (unlikely(!wait_queue_empty(&item->epoll->watchers)))
		wait_wake(item->epoll->world, &item->epoll->watchers, 1, TASK_NORMAL, 0, WATCH_IN);
}

/* ep_poll_callback(). What is exclusive has its event only if somebody waits for it here. */
static bool item_event(struct wait_watch *wait, u64 key, u32 wake_flags)
{
	struct epoll_item *item = container_of(wait, struct epoll_item, wait);
	bool exclusive = item->watch.how & WATCH_EXCLUSIVE, somebody;

	if (item->disabled || (key && !(key & item->watch.events)))
		return !exclusive;
	somebody = !wait_queue_empty(&item->epoll->waiters);
	add_ready(item, wake_flags);
	return !exclusive || somebody;
}

/* __ep_eventpoll_poll(): is any of its items ready? Those that are not any more leave its list. */
static u32 epoll_poll(struct proc_world *world, const struct proc *proc, struct epoll *epoll,
		      struct wait_queue **queue)
{
	struct epoll_item *item, *next;
	struct wait_queue *unused;

	*queue = &epoll->watchers;
	list_for_each_safe (item, next, &epoll->ready, ready) {
		if (epoll_item_poll(world, proc, item, &unused))
			return WATCH_IN;
		list_del(&item->ready);
	}
	return 0;
}

u32 watch_poll(struct proc_world *world, const struct proc *proc, const struct op_watch *watch,
	       struct epoll *inner, struct wait_queue **queue)
{
	u32 wanted = watch->events | WATCH_HUP;

	switch ((enum watch_kind)watch->kind) {
	case WATCH_PIPE:
		return wanted & pipe_poll(world, watch->index, watch->end, queue);
	case WATCH_EVENTFD:
		return wanted & eventfd_poll(world, watch->index, queue);
	case WATCH_TIMERFD:
		return wanted & timerfd_poll(world, watch->index, queue);
	case WATCH_SOCKET:
		return wanted & socket_poll(world, watch->index, watch->end, queue);
	case WATCH_EPOLL:
		return wanted & epoll_poll(world, proc, inner, queue);
	case WATCH_LISTENER:
		return wanted & listener_poll(world, watch->index, queue);
	case WATCH_MQUEUE:
		return wanted & mqueue_poll(world, watch->index, queue);
	case WATCH_SIGNALFD:
		return wanted & signalfd_poll(world, proc, watch->index, queue);
	case WATCH_CONNECTION:
		return wanted & connection_poll(world, watch->index, watch->end, queue);
	case NR_WATCH_KINDS:
		break;
	}
	ensure(!"a kind of what can be watched");
	return 0;
}

u32 epoll_item_poll(struct proc_world *world, const struct proc *proc,
		    const struct epoll_item *item, struct wait_queue **queue)
{
	u32 events = watch_poll(world, proc, &item->watch, item->inner, queue);

	return item->disabled ? 0 : events;
}

/* ---- epoll_ctl() ---- */

struct op_watch watch_of(struct proc_world *world, const struct proc *proc, struct op_watch watch)
{
	if (watch.kind == WATCH_LISTENER)
		watch.index = listener_socket_of(world, proc, watch.index);
	else if (watch.kind == WATCH_MQUEUE)
		watch.index = mqueue_of(world, proc->process, watch.index);
	else if (watch.kind == WATCH_CONNECTION)
		connection_identify(world, proc, watch.index, &watch);
	return watch;
}

static struct epoll *make(struct proc_world *world, u32 spec, struct process *process)
{
	u32 index;
	struct epoll *epoll = pool_get(&world->epolls->epolls, &index);

	*epoll = (struct epoll){
		.world = world,
		.process = process,
		.index = index,
		.name = names_intern_str(world->names, world->workload->epolls[spec].name),
	};
	list_init(&epoll->items);
	list_init(&epoll->ready);
	wait_queue_init(&epoll->waiters);
	wait_queue_init(&epoll->watchers);
	list_add_tail(&world->epolls->specs[spec], &epoll->link);
	return epoll;
}

/* The one that @proc means by a name; made at its first use. */
struct epoll *epoll_of(struct proc_world *world, const struct proc *proc, u32 spec)
{
	struct process *owner = world->workload->epolls[spec].private ? proc->process : NULL;
	struct epoll *epoll;

	list_for_each (epoll, &world->epolls->specs[spec], link)
		if (epoll->process == owner)
			return epoll;
	return make(world, spec, owner);
}

static struct epoll_item *find_item(struct epoll *epoll, const struct op_watch *watch)
{
	struct epoll_item *item;

	list_for_each (item, &epoll->items, link)
		if (epoll_watch_is(&item->watch, watch))
			return item;
	return NULL;
}

/* ---- Epolls in epolls ---- */

enum { NESTS_MOST = 4 };

/* How deep it goes from @from; above NESTS_MOST: too deep, or it comes to @target. */
static u32 depth_below(const struct epoll *from, const struct epoll *target, u32 so_far)
{
	const struct epoll_item *item;
	u32 depth = 0;

	list_for_each (item, &from->items, link) {
		if (!item->inner)
			continue;
		if (item->inner == target || so_far > NESTS_MOST)
			return NESTS_MOST + 1;
		depth = max_of(depth, depth_below(item->inner, target, so_far + 1) + 1);
	}
	return depth;
}

/* Who watches the epoll in whose queue @link is, if that is an epoll; NULL: a poll. */
static struct epoll_item *watcher_at(const struct list *link)
{
	struct wait_watch *watch = list_entry((struct list *)link, struct wait_watch, entry.link);

	return watch->wake == item_event ? container_of(watch, struct epoll_item, wait) : NULL;
}

static u32 height_above(const struct epoll *epoll)
{
	u32 height = 0;

	for (const struct list *at = epoll->watchers.entries.next; at != &epoll->watchers.entries;
	     at = at->next) {
		const struct epoll_item *item = watcher_at(at);

		if (item)
			height = max_of(height, height_above(item->epoll) + 1);
	}
	return height;
}

/* ep_loop_check() */
static bool nests_too_deep(const struct epoll *epoll, const struct epoll *inner)
{
	u32 depth = depth_below(inner, epoll, 0);

	return depth > NESTS_MOST || depth + 1 + height_above(epoll) > NESTS_MOST;
}

static void add_item(struct proc_world *world, const struct proc *proc, struct epoll *epoll,
		     const struct op_watch *watch, struct epoll *inner)
{
	u32 index;
	struct epoll_item *item = pool_get(&world->epolls->items, &index);
	struct wait_queue *queue;
	u32 events;

	*item = (struct epoll_item){
		.epoll = epoll, .inner = inner, .watch = *watch, .index = index};
	list_add_tail(&epoll->items, &item->link);
	events = epoll_item_poll(world, proc, item, &queue);
	item->wait = (struct wait_watch){.entry.flags = WAIT_CALLS, .wake = item_event};
	if (watch->how & WATCH_EXCLUSIVE) {
		item->wait.entry.flags |= WAIT_EXCLUSIVE;
		list_add_tail(&queue->entries, &item->wait.entry.link);
	} else {
		list_add_head(&queue->entries, &item->wait.entry.link);
	}
	if (events)
		add_ready(item, 0);
}

static void change_item(struct proc_world *world, const struct proc *proc, struct epoll_item *item,
			const struct op_watch *watch)
{
	struct wait_queue *queue;

	if (item->watch.how & WATCH_EXCLUSIVE) /* EINVAL */
		return;
	item->watch = *watch;
	item->disabled = false;
	if (epoll_item_poll(world, proc, item, &queue) && !list_linked(&item->ready))
		add_ready(item, 0);
}

static void drop_item(struct proc_world *world, struct epoll_item *item)
{
	list_del(&item->link);
	if (wait_linked(&item->wait.entry)) /* not if what it watched is gone */
		list_del(&item->wait.entry.link);
	if (list_linked(&item->ready))
		list_del(&item->ready);
	pool_put(&world->epolls->items, item->index);
}

/* EEXIST and ENOENT are the program's own affair. */
void epoll_control(struct proc_world *world, struct proc *proc, struct epoll *epoll,
		   const struct op *op)
{
	struct op_watch watch = watch_of(world, proc, op_watch_unpack(op->value));
	struct epoll_item *item = find_item(epoll, &watch);
	struct epoll *inner = watch.kind == WATCH_EPOLL ? epoll_of(world, proc, watch.index) : NULL;

	if (watch.kind == WATCH_CONNECTION && watch.index == WATCH_NOTHING)
		proc_refuse(world, proc, EBADF, names_text(world->names, epoll->name));
	else if (op->code == OP_EPOLL_ADD && !item && inner && nests_too_deep(epoll, inner))
		proc_refuse(world, proc, ELOOP, names_text(world->names, epoll->name));
	else if (op->code == OP_EPOLL_ADD && !item)
		add_item(world, proc, epoll, &watch, inner);
	else if (op->code == OP_EPOLL_MOD && item)
		change_item(world, proc, item, &watch);
	else if (op->code == OP_EPOLL_DEL && item)
		drop_item(world, item);
}

void epoll_forget(struct proc_world *world, const struct wait_queue *queue)
{
	struct list *at = queue->entries.next;

	while (at != &queue->entries) {
		struct wait_entry *entry = list_entry(at, struct wait_entry, link);
		struct epoll_item *item = entry->flags & WAIT_CALLS ? watcher_at(at) : NULL;

		at = at->next;
		if (item)
			drop_item(world, item);
	}
}

bool epoll_watches(const struct wait_queue *queue)
{
	for (const struct list *at = queue->entries.next; at != &queue->entries; at = at->next)
		if (list_entry((struct list *)at, struct wait_entry, link)->flags & WAIT_CALLS &&
		    watcher_at(at))
			return true;
	return false;
}

/* It goes, and with it what others watch of it. */
static void drop_watchers(struct proc_world *world, struct epoll *epoll)
{
	struct list *entries = &epoll->watchers.entries;

	while (!list_empty(entries)) {
		struct epoll_item *item = watcher_at(entries->next);

		if (item)
			drop_item(world, item);
		else
			list_del(entries->next);
	}
}

void epoll_drop_all(struct proc_world *world, const struct process *process)
{
	for (u32 i = 0; i < world->workload->nr_epolls; i++) {
		struct epoll *epoll, *next;
		struct epoll_item *item, *next_item;

		list_for_each_safe (epoll, next, &world->epolls->specs[i], link) {
			if (epoll->process != process)
				continue;
			list_for_each_safe (item, next_item, &epoll->items, link)
				drop_item(world, item);
			drop_watchers(world, epoll);
			list_del(&epoll->link);
			pool_put(&world->epolls->epolls, epoll->index);
		}
	}
}
