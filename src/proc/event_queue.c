/* SPDX-License-Identifier: MIT */
/*
 * Wait queues as drivers use them: wait_event() and wake_up() around a condition, which here is
 * that the queue has an event. Kernel: include/linux/wait.h; reference: process.md 7.
 *
 * wait_event() enters the queue and sets its state before it tests the condition a last time: a
 * wakeup that comes in between finds it there. sleep_on() tests first and enters then, and a wakeup
 * in between is lost: this is why it is gone.
 */
#include "base/ensure.h"
#include "proc/calls.h"
#include "proc/sync.h"

struct event_queue {
	struct wait_queue queue;
	u64 events;
	u32 name; /* name id */
	u32 nr;   /* tasks in it */
};

/* The queue is longer or shorter now. */
static void record_length(struct proc_world *world, const struct event_queue *q)
{
	stream_put(world->stream, (struct record){
					  .when = world->machine->now,
					  .kind = RECORD_QUEUE,
					  .cpu = (u16)world->machine->acting,
					  .task = (u32)(q - world->event_queues),
					  .arg = q->nr,
					  .value = q->name,
				  });
}

void event_queues_init(struct proc_world *world)
{
	const struct workload *w = world->workload;

	world->event_queues = arena_array(world->arena, struct event_queue, w->nr_wait_queues);
	for (u32 i = 0; i < w->nr_wait_queues; i++) {
		wait_queue_init(&world->event_queues[i].queue);
		world->event_queues[i].name =
			names_intern_str(world->names, w->wait_queues[i].name);
		record_length(world, &world->event_queues[i]);
	}
}

enum { EVENT_CALL, EVENT_PREPARE, EVENT_WOKEN, EVENT_TAKE };

static u16 state_of(const struct op *op)
{
	static const u16 states[] = {
		[WAIT_IN_S] = TASK_INTERRUPTIBLE,
		[WAIT_IN_D] = TASK_UNINTERRUPTIBLE,
		[WAIT_KILLABLE] = TASK_KILLABLE,
		[WAIT_IN_I] = TASK_IDLE,
	};

	return states[op->a >> WAIT_QUEUE_STATE_SHIFT & 3];
}

static bool take(struct event_queue *q, const struct op *op)
{
	if (!q->events)
		return false;
	q->events -= !(op->a & WAIT_QUEUE_KEEPS);
	return true;
}

static void sleep_in(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct event_queue *q, const struct op *op)
{
	wait_add(&q->queue, proc, op->a & WAIT_QUEUE_EXCLUSIVE);
	q->nr++;
	record_length(world, q);
	if (op->value && !timer_armed(&proc->timer))
		wait_arm_ticks(world, cpu, proc, op->value);
	proc_sleep_state(world, cpu, proc, EVENT_WOKEN, state_of(op));
}

/* Nobody has woken it, or it has not been there. */
static void leave(struct proc_world *world, struct proc *proc, struct event_queue *q)
{
	if (!wait_linked(&proc->wait))
		return;
	wait_finish(proc);
	q->nr--;
	record_length(world, q);
}

void event_queue_left(struct proc_world *world, struct proc *proc)
{
	const struct op *op = proc->program ? &proc->program->ops[proc->pc] : NULL;

	if (op && (op->code == OP_WAIT_EVENT || op->code == OP_SLEEP_ON))
		leave(world, proc, &world->event_queues[op->b]);
}

static bool finish(struct proc_world *world, struct proc *proc, struct event_queue *q)
{
	leave(world, proc, q);
	machine_timer_cancel(world->machine, &proc->timer);
	return true;
}

static bool has_timed_out(const struct proc_world *world, const struct proc *proc,
			  const struct op *op)
{
	return op->value && !timer_armed(&proc->timer) && world->machine->now >= proc->wake_at;
}

/* It was woken for nothing if another took the event: the loop goes on. */
static void note_futile(struct proc_world *world, const struct proc *proc,
			const struct event_queue *q)
{
	/* Out of the queue by a wakeup, not by a timeout or a signal. */
	if (!wait_linked(&proc->wait) && proc->in_call == IN_CALL_SLEPT)
		record_put(world, proc, RECORD_FUTILE, 0, 0, q->name);
}

static bool wait_event(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		       struct event_queue *q, const struct op *op)
{
	switch (proc->phase) {
	case EVENT_CALL:
		if (proc_pay(world, cpu, proc,
			     q->events ? world->costs->syscall : world->costs->block,
			     EVENT_PREPARE))
			return false;
		break;
	case EVENT_WOKEN:
		if (!q->events)
			note_futile(world, proc, q);
		if (!q->events && has_timed_out(world, proc, op))
			return finish(world, proc, q);
		leave(world, proc, q);
		break;
	}
	if (take(q, op) || unlikely(proc->should_stop | proc->should_park))
		return finish(world, proc, q);
	sleep_in(world, cpu, proc, q, op);
	return false;
}

/* The test comes before the way to sleep, not after. */
static bool sleep_on(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		     struct event_queue *q, const struct op *op)
{
	switch (proc->phase) {
	case EVENT_CALL:
		if (take(q, op))
			return true;
		if (proc_pay_block(world, cpu, proc, world->costs->block, EVENT_PREPARE))
			return false;
		break;
	case EVENT_WOKEN:
		take(q, op);
		return finish(world, proc, q);
	}
	sleep_in(world, cpu, proc, q, op);
	return false;
}

static bool wake_up(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    struct event_queue *q, const struct op *op)
{
	u32 woken;

	if (proc->phase == EVENT_CALL &&
	    proc_pay(world, cpu, proc, world->costs->syscall, EVENT_TAKE))
		return false;
	q->events += op->value;
	woken = wait_wake(world, &q->queue, op->a, TASK_NORMAL, op->flags & OP_SYNC ? WF_SYNC : 0,
			  0);
	q->nr -= woken;
	if (woken)
		record_length(world, q);
	return true;
}

bool event_queue_op(struct proc_world *world, struct cpu *cpu, struct proc *proc,
		    const struct op *op)
{
	struct event_queue *q = &world->event_queues[op->b];

	switch (op->code) {
	case OP_WAIT_EVENT:
		return wait_event(world, cpu, proc, q, op);
	case OP_SLEEP_ON:
		return sleep_on(world, cpu, proc, q, op);
	default: /* OP_WAKE_UP */
		return wake_up(world, cpu, proc, q, op);
	}
}
