/* SPDX-License-Identifier: MIT */
/*
 * epoll: a set of things that are watched, and those of them that may be ready.
 * Kernel: fs/eventpoll.c; reference: process.md 8.8.
 *
 * Each watched thing has an entry in the wait queue of what it watches: not exclusive at the head, or
 * exclusive at the tail (EPOLLEXCLUSIVE). A wakeup there puts it on the ready list, once, and wakes one
 * who waits for the epoll: the last who came. Whoever collects looks at each again; what is still
 * ready and level-triggered goes back to the end of the list, for which the next waiter is woken.
 *
 * What a task was told last is kept for its `ready` blocks; a program has no other way to ask.
 */
#include <errno.h>

#include "proc/calls.h"
#include "proc/sync.h"

#include "base/ensure.h"

struct epoll {
	struct proc_world *world;
	struct process *process; /* whose it is; NULL: everybody's */
	struct list link;        /* instances of one spec */
	struct list items;       /* epoll_item.link, by when they were added */
	struct list ready;       /* epoll_item.ready */
	struct wait_queue waiters;
	struct wait_queue watchers; /* items of other epolls that watch this one */
	u32 index; /* in the pool */
	u32 name;
};

struct epoll_item {
	struct list link, ready;
	struct wait_watch wait; /* in the queue of what it watches */
	struct epoll *epoll;
	struct epoll *inner; /* what it watches, if that is an epoll */
	struct op_watch watch;
	u32 index;
	bool disabled; /* EPOLLONESHOT: it was told */
};

/* Something that a task was told by its last epoll_wait. */
struct told {
	struct list link;
	u32 task, index;
	struct op_watch watch; /* events: what was told */
};

enum { TOLD_BUCKETS = 64 };

struct epolls {
	struct pool epolls, items, tolds;
	struct list *specs; /* epoll.link, by spec */
	struct list told[TOLD_BUCKETS];
};

void epolls_init(struct proc_world *world)
{
	u32 nr = world->workload->nr_epolls;
	struct epolls *all;

	if (!nr)
		return;
	all = world->epolls = arena_new(world->arena, struct epolls);
	pool_init(&all->epolls, sizeof(struct epoll), 4);
	pool_init(&all->items, sizeof(struct epoll_item), 4);
	pool_init(&all->tolds, sizeof(struct told), 4);
	all->specs = arena_array(world->arena, struct list, nr);
	for (u32 i = 0; i < nr; i++)
		list_init(&all->specs[i]);
	for (u32 i = 0; i < TOLD_BUCKETS; i++)
		list_init(&all->told[i]);
}

void epolls_fini(struct proc_world *world)
{
	if (!world->epolls)
		return;
	pool_fini(&world->epolls->epolls);
	pool_fini(&world->epolls->items);
	pool_fini(&world->epolls->tolds);
}

const struct wait_watch *epoll_next_watch(const struct proc_world *world, u32 *at)
{
	const struct epolls *all = world->epolls;

	while (all && *at < all->items.nr_used) {
		const struct epoll_item *item = pool_at(&all->items, (*at)++);

		if (wait_linked(&item->wait.entry))
			return &item->wait;
	}
	return NULL;
}

/* ---- Told ---- */

static struct list *told_bucket(const struct proc_world *world, const struct proc *proc)
{
	return &world->epolls->told[proc->task.id % TOLD_BUCKETS];
}

static void forget_told(struct proc_world *world, const struct proc *proc)
{
	struct told *told, *next;

	list_for_each_safe (told, next, told_bucket(world, proc), link) {
		if (told->task != proc->task.id)
			continue;
		list_del(&told->link);
		pool_put(&world->epolls->tolds, told->index);
	}
}

static void tell(struct proc_world *world, const struct proc *proc, struct op_watch watch, u32 events)
{
	u32 index;
	struct told *told = pool_get(&world->epolls->tolds, &index);

	watch.events = (u8)events;
	*told = (struct told){.task = proc->task.id, .index = index, .watch = watch};
	list_add_tail(told_bucket(world, proc), &told->link);
}

static bool is_same(const struct op_watch *a, const struct op_watch *b)
{
	return a->kind == b->kind && a->index == b->index && a->end == b->end;
}

/* What the op is about; of a listener's sockets that of the task. */
static struct op_watch watch_of(struct proc_world *world, const struct proc *proc, const struct op *op)
{
	struct op_watch watch = op_watch_unpack(op->value);

	if (watch.kind == WATCH_LISTENER)
		watch.index = listener_socket_of(world, proc, watch.index);
	return watch;
}

bool epoll_has_told(struct proc_world *world, const struct proc *proc, const struct op *op)
{
	struct op_watch asked;
	struct told *told;

	if (!world->epolls)
		return false;
	asked = watch_of(world, proc, op);
	list_for_each (told, told_bucket(world, proc), link)
		if (told->task == proc->task.id && is_same(&told->watch, &asked) &&
		    told->watch.events & (asked.events | WATCH_HUP))
			return true;
	return false;
}

/* ---- Events ---- */

/*
 * Whoever waits is out of the queue at once, even if something else has woken him already: then the
 * next one is woken (ep_autoremove_wake_function).
 */
static void wake_one(struct epoll *epoll, u32 wake_flags)
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
	wake_one(item->epoll, wake_flags);
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

static u32 item_poll(struct proc_world *world, const struct epoll_item *item, struct wait_queue **queue);

/* __ep_eventpoll_poll(): is any of its items ready? Those that are not any more leave its list. */
static u32 epoll_poll(struct proc_world *world, struct epoll *epoll, struct wait_queue **queue)
{
	struct epoll_item *item, *next;
	struct wait_queue *unused;

	*queue = &epoll->watchers;
	list_for_each_safe (item, next, &epoll->ready, ready) {
		if (item_poll(world, item, &unused))
			return WATCH_IN;
		list_del(&item->ready);
	}
	return 0;
}

/* What it shall tell now. */
static u32 item_poll(struct proc_world *world, const struct epoll_item *item,
		     struct wait_queue **queue)
{
	u32 wanted = item->disabled ? 0 : item->watch.events | WATCH_HUP;

	switch ((enum watch_kind)item->watch.kind) {
	case WATCH_PIPE:
		return wanted & pipe_poll(world, item->watch.index, item->watch.end, queue);
	case WATCH_EVENTFD:
		return wanted & eventfd_poll(world, item->watch.index, queue);
	case WATCH_TIMERFD:
		return wanted & timerfd_poll(world, item->watch.index, queue);
	case WATCH_SOCKET:
		return wanted & socket_poll(world, item->watch.index, item->watch.end, queue);
	case WATCH_EPOLL:
		return wanted & epoll_poll(world, item->inner, queue);
	case WATCH_LISTENER:
		return wanted & listener_poll(world, item->watch.index, queue);
	case WATCH_MQUEUE:
		return wanted & mqueue_poll(world, item->watch.index, queue);
	case NR_WATCH_KINDS:
		break;
	}
	ensure(!"a kind of what can be watched");
	return 0;
}

/* ---- epoll_ctl() ---- */

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
static struct epoll *epoll_of(struct proc_world *world, const struct proc *proc, u32 spec)
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
		if (is_same(&item->watch, watch))
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

static u32 height_above(const struct epoll *epoll)
{
	u32 height = 0;

	for (const struct list *at = epoll->watchers.entries.next; at != &epoll->watchers.entries; at = at->next) {
		const struct epoll_item *item = container_of(list_entry((struct list *)at, struct wait_watch, entry.link),
							     struct epoll_item, wait);

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

static void add_item(struct proc_world *world, struct epoll *epoll, const struct op_watch *watch, struct epoll *inner)
{
	u32 index;
	struct epoll_item *item = pool_get(&world->epolls->items, &index);
	struct wait_queue *queue;
	u32 events;

	*item = (struct epoll_item){.epoll = epoll, .inner = inner, .watch = *watch, .index = index};
	list_add_tail(&epoll->items, &item->link);
	events = item_poll(world, item, &queue);
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

static void change_item(struct proc_world *world, struct epoll_item *item,
			const struct op_watch *watch)
{
	struct wait_queue *queue;

	if (item->watch.how & WATCH_EXCLUSIVE) /* EINVAL */
		return;
	item->watch = *watch;
	item->disabled = false;
	if (item_poll(world, item, &queue) && !list_linked(&item->ready))
		add_ready(item, 0);
}

static void drop_item(struct proc_world *world, struct epoll_item *item)
{
	list_del(&item->link);
	list_del(&item->wait.entry.link);
	if (list_linked(&item->ready))
		list_del(&item->ready);
	pool_put(&world->epolls->items, item->index);
}

/* EEXIST and ENOENT are the program's own affair. */
static void control(struct proc_world *world, struct proc *proc, struct epoll *epoll, const struct op *op)
{
	struct op_watch watch = watch_of(world, proc, op);
	struct epoll_item *item = find_item(epoll, &watch);
	struct epoll *inner = watch.kind == WATCH_EPOLL ? epoll_of(world, proc, watch.index) : NULL;

	if (op->code == OP_EPOLL_ADD && !item && inner && nests_too_deep(epoll, inner))
		proc_refuse(world, proc, ELOOP, names_text(world->names, epoll->name));
	else if (op->code == OP_EPOLL_ADD && !item)
		add_item(world, epoll, &watch, inner);
	else if (op->code == OP_EPOLL_MOD && item)
		change_item(world, item, &watch);
	else if (op->code == OP_EPOLL_DEL && item)
		drop_item(world, item);
}

/* It goes, and with it what others watch of it. */
static void drop_watchers(struct proc_world *world, struct epoll *epoll)
{
	struct list *entries = &epoll->watchers.entries;

	while (!list_empty(entries))
		drop_item(world, container_of(list_entry(entries->next, struct wait_watch, entry.link),
					      struct epoll_item, wait));
}

void epoll_proc_exit(struct proc_world *world, struct proc *proc)
{
	struct process *process = proc->process;

	forget_told(world, proc);
	for (u32 i = 0; i < world->workload->nr_epolls && !process->nr_live; i++) {
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

/* ---- epoll_wait() ---- */

/* One of the ready list; false: it is not ready any more. */
static bool deliver(struct proc_world *world, const struct proc *proc, struct epoll_item *item)
{
	struct wait_queue *queue;
	u32 events = item_poll(world, item, &queue);

	list_del(&item->ready);
	if (!events)
		return false;
	tell(world, proc, item->watch, events);
	if (item->watch.how & WATCH_ONESHOT)
		item->disabled = true;
	else if (!(item->watch.how & WATCH_EDGE))
		list_add_tail(&item->epoll->ready, &item->ready);
	return true;
}

/* ep_send_events(): what is ready now, at most @most; how many that is. */
static u32 collect(struct proc_world *world, const struct proc *proc, struct epoll *epoll, u32 most)
{
	struct epoll_item *item, *next;
	struct list batch;
	u32 told = 0;

	list_init(&batch);
	list_splice_tail(&batch, &epoll->ready);
	forget_told(world, proc);
	list_for_each_safe (item, next, &batch, ready) {
		if (told == most)
			break;
		told += deliver(world, proc, item);
	}
	/* What was not looked at stays in front of what goes round. */
	list_splice_tail(&batch, &epoll->ready);
	list_splice_tail(&epoll->ready, &batch);
	if (!list_empty(&epoll->ready))
		wake_one(epoll, 0);
	return told;
}

enum { EPOLL_CALL, EPOLL_LOOK, EPOLL_WOKEN };

/* select_estimate_accuracy(): the longer the timeout, the later it may end; a real-time task's never. */
static u64 timeout_slack(const struct proc *proc, u64 ns)
{
	enum { MOST = 100 * MSEC };
	u64 least = policy_is_fair(proc->task.policy) ? proc->timer_slack_ns : 0;
	bool is_nice = proc->task.static_prio > PRIO_DEFAULT;

	if (!least)
		return 0;
	return max_of(least, min_of(ns / (is_nice ? 200 : 1000), (u64)MOST));
}

static void sleep_in(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct epoll *epoll, u64 timeout)
{
	u64 slack = timeout_slack(proc, timeout);

	wait_add_first(&epoll->waiters, proc);
	if (timeout && !timer_armed(&proc->timer))
		machine_timer_arm_slack(world->machine, &proc->timer, cpu->id,
					min_of(max_of(world->machine->now, proc->wake_at + slack) +
						       world->costs->irq_entry +
						       world->costs->timer_entry,
					       (u64)NEVER),
					(u32)min_of(slack, (u64)UINT32_MAX));
	proc_sleep(world, cpu, proc, EPOLL_WOKEN);
}

static bool finish(struct proc_world *world, struct proc *proc)
{
	wait_finish(proc);
	machine_timer_cancel(world->machine, &proc->timer);
	return true;
}

/* It was out of its place when it woke: somebody has collected before it. */
static void note_futile(struct proc_world *world, const struct proc *proc, const struct epoll *epoll)
{
	if (proc->phase == EPOLL_WOKEN && proc->in_call == IN_CALL_SLEPT)
		record_put(world, proc, RECORD_FUTILE, 0, 0, epoll->name);
}

static bool wait_for_events(struct proc_world *world, struct cpu *cpu, struct proc *proc,
			    struct epoll *epoll, const struct op *op)
{
	bool timed_out = op->flags & OP_NONBLOCK, look = !list_empty(&epoll->ready);
	bool on_queue = wait_linked(&proc->wait);

	switch (proc->phase) {
	case EPOLL_CALL:
		proc->wake_at = min_of(world->machine->now + op->value, (u64)NEVER);
		if (proc_pay(world, cpu, proc,
			     look || timed_out ? world->costs->syscall : world->costs->block,
			     EPOLL_LOOK))
			return false;
		break;
	case EPOLL_WOKEN:
		if (proc->in_call == IN_CALL_BROKEN_OFF) /* EINTR, even if no handler has run */
			return finish(world, proc);
		timed_out = op->value && !timer_armed(&proc->timer) &&
			    world->machine->now >= proc->wake_at;
		look = !on_queue || !timed_out;
		wait_finish(proc);
		break;
	}
	if (look && collect(world, proc, epoll, op->a))
		return finish(world, proc);
	if (!on_queue)
		note_futile(world, proc, epoll);
	if (!timed_out) {
		sleep_in(world, cpu, proc, epoll, op->value);
		return false;
	}
	forget_told(world, proc);
	return finish(world, proc);
}

bool epoll_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	struct epoll *epoll = epoll_of(world, proc, op->b);

	if (op->code == OP_EPOLL_WAIT)
		return wait_for_events(world, cpu, proc, epoll, op);
	if (proc->phase == EPOLL_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, EPOLL_LOOK))
		return false;
	control(world, proc, epoll, op);
	return true;
}
