/* SPDX-License-Identifier: MIT */
/*
 * epoll: a set of things that are watched, and those of them that may be ready.
 * Kernel: fs/eventpoll.c; reference: process.md 8.8.
 *
 * Whoever collects looks at each of the ready list again; what is still ready and level-triggered
 * goes back to the end of the list, for which the next waiter is woken.
 */
#include "proc/epoll.h"

#include "proc/calls.h"

void epolls_init(struct proc_world *world)
{
	u32 nr = world->workload->nr_epolls;
	struct epolls *all;

	if (!nr && !world->workload->nr_polled)
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

void epoll_proc_exit(struct proc_world *world, struct proc *proc)
{
	told_forget(world, proc);
	if (!proc->process->nr_live)
		epoll_drop_all(world, proc->process);
}

/* ---- epoll_wait() ---- */

/* One of the ready list; false: it is not ready any more. */
static bool deliver(struct proc_world *world, const struct proc *proc, struct epoll_item *item)
{
	struct wait_queue *queue;
	u32 events = epoll_item_poll(world, proc, item, &queue);

	list_del(&item->ready);
	if (!events)
		return false;
	told_add(world, proc, item->watch, events);
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
	told_forget(world, proc);
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

static void sleep_in(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct epoll *epoll, u64 timeout)
{
	wait_add_first(&epoll->waiters, proc);
	wait_arm_poll(world, cpu, proc, timeout);
	proc_sleep(world, cpu, proc, EPOLL_WOKEN);
}

static bool finish(struct proc_world *world, struct proc *proc)
{
	wait_finish(proc);
	machine_timer_cancel(world->machine, &proc->timer);
	return true;
}

/* It was out of its place when it woke: somebody has collected before it. */
static void note_futile(struct proc_world *world, const struct proc *proc,
			const struct epoll *epoll)
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
	told_forget(world, proc);
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
