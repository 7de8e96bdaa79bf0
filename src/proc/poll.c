/* SPDX-License-Identifier: MIT */
/*
 * poll and select: sleeping until one of several things is ready. Kernel: fs/select.c, do_poll(),
 * pollwake(); reference: process.md 8.8.
 *
 * The call looks at all of them. If nothing is ready it has a place in the queue of each, not
 * exclusive and at the head, so that every event wakes everybody who polls, the last who came
 * first; it looks at all of them again then. The places are given up when the call returns.
 */
#include "proc/poll.h"

#include "base/ensure.h"
#include "model/program.h"
#include "proc/calls.h"
#include "proc/epoll.h"

/* A call that sleeps; proc.wait_arg is its index. */
struct poll_call {
	struct proc *proc;  /* NULL: free */
	struct list places; /* poll_place.link */
	struct proc_world *world;
	bool triggered; /* an event has come since it looked */
	u32 by;         /* what the last one was about: among the workload's polled */
};

struct poll_place {
	struct wait_watch wait;
	struct list link;
	struct poll_call *call; /* NULL: free */
	u32 polled;             /* what it is about: among the workload's polled */
	u32 index;
};

struct polls {
	struct pool calls, places;
};

void polls_init(struct proc_world *world)
{
	if (!world->workload->nr_polled)
		return;
	world->polls = arena_new(world->arena, struct polls);
	pool_init(&world->polls->calls, sizeof(struct poll_call), 4);
	pool_init(&world->polls->places, sizeof(struct poll_place), 4);
}

void polls_fini(struct proc_world *world)
{
	if (!world->polls)
		return;
	pool_fini(&world->polls->calls);
	pool_fini(&world->polls->places);
}

/* NULL: @proc is in no call that has slept. */
static struct poll_call *call_of(const struct proc_world *world, const struct proc *proc)
{
	struct poll_call *call;

	if (proc->wait_arg >= world->polls->calls.nr_used)
		return NULL;
	call = pool_at(&world->polls->calls, (u32)proc->wait_arg);
	return call->proc == proc ? call : NULL;
}

bool poll_is_triggered(const struct proc_world *world, const struct proc *proc)
{
	const struct poll_call *call = call_of(world, proc);

	return call && call->triggered;
}

const struct wait_watch *poll_next_place(const struct proc_world *world, u32 *at,
					 const struct proc **whose)
{
	const struct polls *polls = world->polls;

	while (polls && *at < polls->places.nr_used) {
		const struct poll_place *place = pool_at(&polls->places, (*at)++);

		if (!place->call || !wait_linked(&place->wait.entry))
			continue;
		*whose = place->call->proc;
		return &place->wait;
	}
	return NULL;
}

/* ---- Places ---- */

/*
 * pollwake(): what the event is about has to be asked for; whoever has been woken since it looked
 * is not asleep.
 */
static bool event(struct wait_watch *wait, u64 key, u32 wake_flags)
{
	struct poll_place *place = container_of(wait, struct poll_place, wait);
	struct poll_call *call = place->call;

	if (key && !(key & (call->world->workload->polled[place->polled].events | WATCH_HUP)))
		return false;
	call->triggered = true;
	call->by = place->polled;
	return sched_wake(call->world->sched, &call->proc->task, TASK_NORMAL, wake_flags);
}

static void add_place(struct proc_world *world, struct poll_call *call, u32 polled,
		      struct wait_queue *queue)
{
	u32 index;
	struct poll_place *place = pool_get(&world->polls->places, &index);

	*place = (struct poll_place){.wait = {.entry.flags = WAIT_CALLS, .wake = event},
				     .call = call,
				     .polled = polled,
				     .index = index};
	list_add_tail(&call->places, &place->link);
	list_add_head(&queue->entries, &place->wait.entry.link);
}

void poll_leave(struct proc_world *world, struct proc *proc)
{
	struct poll_call *call = call_of(world, proc);
	struct poll_place *place, *next;

	if (!call)
		return;
	list_for_each_safe (place, next, &call->places, link) {
		if (wait_linked(&place->wait.entry))
			list_del(&place->wait.entry.link);
		place->call = NULL;
		pool_put(&world->polls->places, place->index);
	}
	call->proc = NULL;
	pool_put(&world->polls->calls, (u32)proc->wait_arg);
	proc->wait_arg = UINT64_MAX;
}

/* ---- The call ---- */

/* What of the op's file @i holds now, and where one waits for it. */
static u32 look_at(struct proc_world *world, const struct proc *proc, const struct op *op, u32 i,
		   struct op_watch *watch, struct wait_queue **queue)
{
	struct epoll *inner;

	*watch = watch_of(world, proc, world->workload->polled[op->value + i]);
	inner = watch->kind == WATCH_EPOLL ? epoll_of(world, proc, watch->index) : NULL;
	return watch_poll(world, proc, watch, inner, queue);
}

static bool some_ready(struct proc_world *world, const struct proc *proc, const struct op *op)
{
	struct wait_queue *queue;
	struct op_watch watch;

	for (u32 i = 0; i < op->a; i++)
		if (look_at(world, proc, op, i, &watch, &queue))
			return true;
	return false;
}

/* What is ready is told. */
static void tell(struct proc_world *world, const struct proc *proc, const struct op *op)
{
	struct wait_queue *queue;
	struct op_watch watch;

	told_forget(world, proc);
	for (u32 i = 0; i < op->a; i++) {
		u32 events = look_at(world, proc, op, i, &watch, &queue);

		if (events)
			told_add(world, proc, watch, events);
	}
}

static bool finish(struct proc_world *world, struct proc *proc, const struct op *op)
{
	poll_leave(world, proc);
	wait_drop_timeout(world, proc);
	tell(world, proc, op);
	return true;
}

static void take_places(struct proc_world *world, struct proc *proc, const struct op *op)
{
	struct wait_queue *queue;
	struct op_watch watch;
	u32 index;
	struct poll_call *call = pool_get(&world->polls->calls, &index);

	*call = (struct poll_call){.proc = proc, .world = world};
	list_init(&call->places);
	proc->wait_arg = index;
	for (u32 i = 0; i < op->a; i++) {
		look_at(world, proc, op, i, &watch, &queue);
		if (queue)
			add_place(world, call, (u32)op->value + i, queue);
	}
}

enum { POLL_CALL, POLL_LOOK, POLL_WOKEN };

/*
 * Woken, and nothing is there. It keeps its places if an event has woken it, else the call has
 * begun anew.
 */
static void look_later(struct proc_world *world, struct proc *proc)
{
	struct poll_call *call = call_of(world, proc);
	const struct op_watch *watch;

	if (!call || !call->triggered) {
		poll_leave(world, proc);
		return;
	}
	watch = &world->workload->polled[call->by];
	call->triggered = false;
	record_put(world, proc, RECORD_FUTILE, 0, 0,
		   names_intern_str(world->names,
				    resource_name(world->workload, watched_symbols[watch->kind],
						  watch->index)));
}

bool poll_op(struct proc_world *world, struct cpu *cpu, struct proc *proc, const struct op *op)
{
	u64 timeout = op->b ? world->workload->timer_settings[op->b - 1].value : 0;
	bool over = op->flags & OP_NONBLOCK, woken = proc->phase == POLL_WOKEN;

	if (proc->phase == POLL_CALL) {
		proc->wait_arg = UINT64_MAX;
		proc->wake_at = timeout ? min_of(world->machine->now + timeout, (u64)NEVER) : NEVER;
		if (proc_pay(world, cpu, proc,
			     over || some_ready(world, proc, op) ? world->costs->syscall
								 : world->costs->block,
			     POLL_LOOK))
			return false;
	}
	if (woken && timeout && !timer_armed(&proc->timer) && world->machine->now >= proc->wake_at)
		over = true;
	if (over || some_ready(world, proc, op))
		return finish(world, proc, op);
	if (woken)
		look_later(world, proc);
	if (!call_of(world, proc))
		take_places(world, proc, op);
	wait_arm_poll(world, cpu, proc, timeout);
	proc_sleep(world, cpu, proc, POLL_WOKEN);
	return false;
}
