/* SPDX-License-Identifier: MIT */
/*
 * epoll: a set of things that are watched, and those of them that may be ready.
 * Kernel: fs/eventpoll.c; reference: process.md 8.8.
 *
 * Whoever collects looks at each of the ready list again; what is still ready and level-triggered goes back to the end of
 * the list, for which the next waiter is woken.
 *
 * What a task was told last is kept for its `ready` blocks; a program has no other way to ask.
 */
#include "proc/epoll.h"

#include "proc/calls.h"

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

bool epoll_has_told(struct proc_world *world, const struct proc *proc, const struct op *op)
{
	struct op_watch asked;
	struct told *told;

	if (!world->epolls)
		return false;
	asked = epoll_watch_of(world, proc, op);
	list_for_each (told, told_bucket(world, proc), link)
		if (told->task == proc->task.id && epoll_watch_is(&told->watch, &asked) &&
		    told->watch.events & (asked.events | WATCH_HUP))
			return true;
	return false;
}

void epoll_proc_exit(struct proc_world *world, struct proc *proc)
{
	forget_told(world, proc);
	if (!proc->process->nr_live)
		epoll_drop_all(world, proc->process);
}

/* ---- epoll_wait() ---- */

/* One of the ready list; false: it is not ready any more. */
static bool deliver(struct proc_world *world, const struct proc *proc, struct epoll_item *item)
{
	struct wait_queue *queue;
	u32 events = epoll_item_poll(world, item, &queue);

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
		epoll_wake_one(epoll, 0);
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
	epoll_control(world, proc, epoll, op);
	return true;
}
